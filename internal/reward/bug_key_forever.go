//go:build bug_key_forever

package reward

import "time"

// keyDead trusts the rail to remember a key for ever.
func (p Payout) keyDead(time.Time) bool { return false }
