//go:build bug_key_per_send

package reward

import "strconv"

// Key is another one for every claim, so that a second try is a second request.
func (p Payout) Key() string { return p.Name() + ":" + strconv.FormatInt(p.Fence, 10) }
