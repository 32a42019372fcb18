//go:build bug_no_fence

package reward

// holds lets whoever wakes up write.
func (p Payout) holds(Payout) bool { return true }
