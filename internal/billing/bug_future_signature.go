//go:build bug_future_signature

package billing

// timely refuses what is too old, and nothing else.
func timely(age int64) bool { return age <= 300 }
