//go:build bug_one_lookup

package reward

import "time"

// keyUseless takes a new key as soon as nothing is found.
func (p Payout) keyUseless(time.Time) bool { return true }

// missed believes the first look.
func (p *Payout) missed(now time.Time) bool {
	p.AbsentCount, p.AbsentSince = 2, now
	return true
}
