//go:build !bug_no_fence

package reward

// holds reports whether the claim p still holds, as the row stands now.
func (p Payout) holds(row Payout) bool { return row.Fence == p.Fence && !row.LeasedUntil.IsZero() }
