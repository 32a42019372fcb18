//go:build !bug_key_forever

package reward

import "time"

// keyDead reports whether the key is too old to be used: the rail forgets it after a day (M5).
func (p Payout) keyDead(now time.Time) bool {
	return !p.FirstSentAt.IsZero() && !p.LastSentAt.IsZero() && now.Sub(p.FirstSentAt) >= KeyLife
}
