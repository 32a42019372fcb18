//go:build bug_random_key

package reward

import "goodword/internal/ident"

// Key is another one for every try.
func (p Payout) Key() string { return p.Name() + ":" + ident.NewCode(12) }
