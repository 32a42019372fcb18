//go:build !bug_future_signature

package billing

// tolerance is how many seconds the time in a signature may be from ours, in both directions. stripe-go only refuses what is
// too old.
const tolerance = 300

// timely reports whether a signature of that age in seconds counts.
func timely(age int64) bool { return age <= tolerance && age >= -tolerance }
