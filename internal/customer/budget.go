package customer

import (
	"context"
	"fmt"
	"time"

	"goodword/internal/db"
)

// Reasons not to ask a customer now, as MayAsk returns them and dry runs count them.
const (
	SkipErased      = "erased"
	SkipStopped     = "stopped"
	SkipNotCustomer = "not_customer"
	SkipComplaint   = "complaint"
	SkipNoAddress   = "no_address"
	SkipAskLess     = "ask_less"
	SkipAsked       = "asked_recently"
	SkipSilent      = "reconnect_first"
)

const (
	askEvery     = 30 * 24 * time.Hour
	askLessEvery = 180 * 24 * time.Hour
	silentYears  = 2
)

// MayAsk is the contact budget: it returns why the customer must not be asked by mail at now, or "" if they may be. It is
// the same for everybody and looks at no score. It needs Addresses. SkipSilent means that a campaign that reconnects may
// write, one that asks may not. Suppression is not looked at here, but when the mail is released.
func MayAsk(c Customer, now time.Time) string {
	switch {
	case c.Erased():
		return SkipErased
	case !c.StoppedAt.IsZero():
		return SkipStopped
	case c.Stage == Lead:
		return SkipNotCustomer
	case !c.ComplaintAt.IsZero():
		return SkipComplaint
	case c.Email() == "":
		return SkipNoAddress
	case c.AskLess && within(c.AskedAt, askLessEvery, now):
		return SkipAskLess
	case within(c.AskedAt, askEvery, now):
		return SkipAsked
	case c.silent(now):
		return SkipSilent
	}
	return ""
}

func within(t time.Time, d time.Duration, now time.Time) bool {
	return !t.IsZero() && now.Before(t.Add(d))
}

// silent means that all we know of the customer is two years old. Someone of whom we know nothing is not silent: an import
// without dates must not keep everybody from being asked.
func (c Customer) silent(now time.Time) bool {
	last := c.LastOrderAt
	if c.ContactedAt.After(last) {
		last = c.ContactedAt
	}
	return !last.IsZero() && last.AddDate(silentYears, 0, 0).Before(now)
}

// Asked notes that an ask went out to the customer at that time. An earlier time than the one known changes nothing.
func (s *Service) Asked(ctx context.Context, tx db.Tx, id string, at time.Time) error {
	return touch(ctx, tx, id, "asked_at", at)
}

// Contacted notes a real contact: a talk, an answer, a favour. An earlier time than the one known changes nothing.
func (s *Service) Contacted(ctx context.Context, tx db.Tx, id string, at time.Time) error {
	return touch(ctx, tx, id, "contacted_at", at)
}

// Stop ends all asks to the customer until Resume; about people that they introduced they still hear.
func (s *Service) Stop(ctx context.Context, tx db.Tx, id string) error {
	return s.setColumn(ctx, tx, id, "stopped_at", s.now())
}

// Resume undoes Stop.
func (s *Service) Resume(ctx context.Context, tx db.Tx, id string) error {
	return s.setColumn(ctx, tx, id, "stopped_at", nil)
}

// AskLess sets or lifts the customer's wish to be asked at most every 180 days.
func (s *Service) AskLess(ctx context.Context, tx db.Tx, id string, less bool) error {
	return s.setColumn(ctx, tx, id, "ask_less", less)
}

// PreferRail remembers how the customer wants rewards to come.
func (s *Service) PreferRail(ctx context.Context, tx db.Tx, id, rail string) error {
	return s.setColumn(ctx, tx, id, "preferred_rail", rail)
}

// LinkStripe writes the Stripe customer on a person who has none. One that is there stays: it was set by a person or by
// an earlier payment.
func (s *Service) LinkStripe(ctx context.Context, tx db.Tx, id, stripeCustomer string) error {
	c, err := lock(ctx, tx, id)
	if err != nil {
		return err
	}
	if c.StripeCustomer != "" || stripeCustomer == "" {
		return nil
	}
	return s.setColumn(ctx, tx, id, "stripe_customer", stripeCustomer)
}

func (s *Service) setColumn(ctx context.Context, tx db.Tx, id, column string, value any) error {
	if err := setColumn(ctx, tx, id, column, value, s.now()); err != nil {
		return fmt.Errorf("set %s of customer %s: %w", column, id, err)
	}
	return nil
}

// MarkBounced notes that an address refused a mail, for good or only for now. An unknown address changes nothing.
func (s *Service) MarkBounced(ctx context.Context, tx db.Tx, email string, state AddressState) error {
	return setAddressState(ctx, tx, email, state)
}
