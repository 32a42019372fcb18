package mail

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"goodword/internal/db"
	"goodword/internal/ident"
)

// Reason says why an address is on the stop list.
type Reason string

// The reasons, with what each ends.
const (
	Unsubscribed Reason = "unsubscribed" // marketing of one campaign, or all of it
	Complained   Reason = "complained"   // all marketing
	Declined     Reason = "declined"     // all marketing: a prospect said no
	Erased       Reason = "erased"       // all marketing
	Bounced      Reason = "bounced"      // every mail: the mailbox does not exist
)

// All is the scope of an entry that is not about one campaign.
const All = "all"

// StopList knows which addresses must not be written to. It keeps keyed hashes only, so it outlives the erasure of
// whom it protects.
type StopList struct {
	keys *ident.Keyring
	now  func() time.Time
}

// NewStopList returns the list whose hashes are made under keys.
func NewStopList(keys *ident.Keyring, now func() time.Time) *StopList {
	return &StopList{keys: keys, now: now}
}

// Blind returns the keyed hash under which an address is kept here and in the log of sent mail.
func (s *StopList) Blind(email string) string { return s.keys.Blind("mail", NormalizeEmail(email)) }

// Suppress puts an address on the list, for a campaign's id or All. A second time changes nothing. A mail that is
// released after the transaction has committed is not sent.
func (s *StopList) Suppress(ctx context.Context, tx db.Tx, email, scope string, reason Reason) error {
	if reason != Unsubscribed || scope == "" {
		scope = All
	}
	return suppress(ctx, tx, entry{Blind: s.Blind(email), Scope: scope, Reason: reason, CreatedAt: s.now().UTC().Truncate(time.Microsecond)})
}

// Suppressed reports whether the list stops mail of this stream and campaign (scope; may be empty) to the address.
func (s *StopList) Suppressed(ctx context.Context, idb bun.IDB, email, scope string, stream Stream) (bool, error) {
	blind := s.Blind(email)
	found, err := entries(ctx, idb, []string{blind})
	if err != nil {
		return false, fmt.Errorf("look into the stop list: %w", err)
	}
	return stops(found[blind], stream, scope), nil
}

// stops is the matrix of reasons and streams.
func stops(entries []entry, stream Stream, scope string) bool {
	for _, e := range entries {
		switch e.Reason {
		case Bounced:
			return true
		case Complained, Declined, Erased:
			if stream == Marketing {
				return true
			}
		case Unsubscribed:
			if stream == Marketing && (e.Scope == All || e.Scope == scope) {
				return true
			}
		}
	}
	return false
}
