//go:build !bug_random_key && !bug_key_per_send

package reward

import "strconv"

// Key is the idempotency key of the payout's present epoch.
func (p Payout) Key() string { return p.Name() + ":" + strconv.Itoa(p.Epoch) }
