//go:build !bug_one_lookup

package reward

import "time"

// keyUseless reports whether another request under the key would bring nothing: it is dead, or stands for an error.
func (p Payout) keyUseless(now time.Time) bool { return p.keyDead(now) || p.LastAnswer == Answered5xx }

// missed counts a look-up that found nothing. It reports true once two of them, an hour apart and an hour after the last
// request, prove that the effect is absent.
func (p *Payout) missed(now time.Time) bool {
	switch {
	case p.AbsentCount == 0:
		p.AbsentCount, p.AbsentSince = 1, now
	case now.Sub(p.AbsentSince) >= AbsentApart && now.Sub(p.LastSentAt) >= AbsentApart:
		p.AbsentCount = 2
	}
	return p.AbsentCount >= 2
}
