package introduction

import (
	"context"
	"fmt"
	"time"

	"goodword/internal/audit"
	"goodword/internal/campaign"
	"goodword/internal/customer"
	"goodword/internal/db"
	"goodword/internal/fault"
	"goodword/internal/ident"
	"goodword/internal/money"
)

// Win closes an introduction by hand: with evidence, from accepted, in_pipeline or lost. A second call, by whatever source
// and whatever id, is written down and changes nothing; the first result comes back.
// Returns Invalid with the field at fault, NotFound, and Conflict when there is no yes or the window to win is over.
func (s *Service) Win(ctx context.Context, n NewDeal) (Introduction, error) {
	n.Source = FromHand
	if err := n.validate(true); err != nil {
		return Introduction{}, err
	}
	return s.takeDeal(ctx, n, true)
}

// RecordDeal takes a close or payment that Stripe or a CRM reports, once per source and external id, in whatever order
// reports, refunds and disputes arrive. The first that finds a yes wins the introduction; later payments count where the
// offer pays a share of every invoice; everything else is only written down. A payment that has no yes, or comes after the
// end, opens a case and earns nothing.
// Returns Invalid, NotFound for an unknown introduction, and Conflict if the deal belongs to another introduction.
func (s *Service) RecordDeal(ctx context.Context, n NewDeal) (Introduction, error) {
	if err := n.validate(n.Source == FromHand); err != nil {
		return Introduction{}, err
	}
	return s.takeDeal(ctx, n, false)
}

func (s *Service) takeDeal(ctx context.Context, n NewDeal, strict bool) (Introduction, error) {
	if n.ExternalID == "" {
		n.ExternalID = n.IntroductionID
	}
	if (n.Gross == money.Amount{}) {
		n.Gross = n.Amount
	}
	var row Introduction
	err := s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		now := s.now()
		// The charge is locked before the introduction, here and in Refunded, so that they never wait for each other.
		var level charge
		if n.ChargeID != "" {
			var err error
			if level, err = raiseCharge(ctx, tx, charge{ID: n.ChargeID, UpdatedAt: now}); err != nil {
				return err
			}
		}
		var err error
		if row, err = lock(ctx, tx, n.IntroductionID); err != nil {
			return err
		}
		d := n.deal(row.ID, now)
		fresh, err := insertDeal(ctx, tx, &d)
		if err != nil {
			return err
		}
		if !fresh {
			return s.sameDeal(ctx, tx, n)
		}
		if err := s.learnPayer(ctx, tx, &row, n, now); err != nil {
			return err
		}
		if err := s.count(ctx, tx, &row, &d, n, strict); err != nil {
			return err
		}
		return s.applyLevel(ctx, tx, &row, d, level, change{actor: n.Actor, at: now})
	})
	if err != nil {
		return Introduction{}, fmt.Errorf("deal for introduction %s: %w", n.IntroductionID, err)
	}
	return row, nil
}

func (n NewDeal) deal(introductionID string, now time.Time) Deal {
	if n.At.IsZero() || n.At.After(now) {
		n.At = now
	}
	return Deal{ID: ident.New(), IntroductionID: introductionID, Source: n.Source, ExternalID: n.ExternalID, ChargeID: n.ChargeID,
		AmountMinor: n.Amount.Minor, GrossMinor: n.Gross.Minor, Currency: n.Amount.Currency, ActorID: n.Actor.ID,
		Evidence: n.Evidence, At: n.At.UTC().Truncate(time.Microsecond)}
}

// sameDeal is what a repeated report comes to.
func (s *Service) sameDeal(ctx context.Context, tx db.Tx, n NewDeal) error {
	d, found, err := dealByExternal(ctx, tx, n.Source, n.ExternalID)
	if err != nil {
		return err
	}
	if found && d.IntroductionID != n.IntroductionID {
		return fault.New(fault.Conflict, "This deal belongs to another introduction.")
	}
	return nil
}

// learnPayer writes the Stripe customer on the introduction the first time, and flags one who was a customer of ours
// before (F3): the reward then waits for a person.
func (s *Service) learnPayer(ctx context.Context, tx db.Tx, row *Introduction, n NewDeal, now time.Time) error {
	before := *row
	if row.StripeCustomer == "" {
		row.StripeCustomer = n.StripeCustomer
	}
	known, err := s.payer(ctx, tx, n)
	if err != nil {
		return err
	}
	if row.Flagged == "" && known.ID != "" && existing(known, *row) && known.ID != row.ProspectCustomerID &&
		known.CreatedAt.Before(row.CreatedAt) {
		row.Flagged = "existing_customer"
		if row.Review == "" {
			row.Review = "to_review"
		}
		err := s.Earnings.OpenCase(ctx, tx, Case{Kind: "existing_customer", Subject: row.ID, IntroductionID: row.ID,
			Detail: "The payer was a customer before the introduction.", At: now})
		if err != nil {
			return err
		}
	}
	if before == *row {
		return nil
	}
	return save(ctx, tx, row, now)
}

func (s *Service) payer(ctx context.Context, tx db.Tx, n NewDeal) (customer.Customer, error) {
	for _, find := range []func() (customer.Customer, error){
		func() (customer.Customer, error) {
			if n.StripeCustomer == "" {
				return customer.Customer{}, unknown()
			}
			return s.Customers.ByStripe(ctx, tx, n.StripeCustomer)
		},
		func() (customer.Customer, error) {
			if n.Email == "" {
				return customer.Customer{}, unknown()
			}
			return s.Customers.ByEmail(ctx, tx, n.Email)
		},
	} {
		c, err := find()
		if err == nil {
			return c, nil
		}
		if !fault.Is(err, fault.NotFound) {
			return customer.Customer{}, fmt.Errorf("who pays: %w", err)
		}
	}
	return customer.Customer{}, nil
}

// count decides what a new deal means where the introduction stands.
func (s *Service) count(ctx context.Context, tx db.Tx, row *Introduction, d *Deal, n NewDeal, strict bool) error {
	now := s.now()
	by := change{what: "won", actor: n.Actor, reason: n.Evidence, at: now}
	if n.Source == FromHand {
		// Evidence may name people; it stays on the deal.
		by.reason = "by hand"
	}
	switch row.State {
	case Accepted, InPipeline:
		return s.close(ctx, tx, row, d, by)
	case Lost:
		// Meanwhile somebody else's introduction of the same person may count (F2).
		other, err := credited(ctx, tx, row.CampaignID, row.ProspectBlind, row.ID)
		if err != nil {
			return err
		}
		if other != "" || now.After(row.ProtectedUntil) {
			return s.onlyNoted(ctx, tx, row, *d, "deal_after_end", strict, now)
		}
		return s.close(ctx, tx, row, d, by)
	case Won:
		return s.laterPayment(ctx, tx, row, d, by)
	case Ready, Invited, Undeliverable, Submitted, Draft:
		return s.onlyNoted(ctx, tx, row, *d, "deal_without_yes", strict, now)
	case Unwound:
		return s.onlyNoted(ctx, tx, row, *d, "deal_after_unwind", strict, now)
	}
	return s.onlyNoted(ctx, tx, row, *d, "", strict, now)
}

// close wins the introduction with its first counted deal.
func (s *Service) close(ctx context.Context, tx db.Tx, row *Introduction, d *Deal, by change) error {
	if err := s.settle(ctx, tx, row, by); err != nil {
		return err
	}
	d.Counted = true
	if err := saveDeal(ctx, tx, d); err != nil {
		return err
	}
	row.DealID = d.ID
	if err := step(ctx, tx, row, Win, by); err != nil {
		return err
	}
	err := s.Earnings.Accrue(ctx, tx, Earned{On: campaign.OnWon, Introduction: *row, Deal: d, At: by.at, Actor: by.actor})
	if err != nil {
		return fmt.Errorf("accrue: %w", err)
	}
	if err := s.closeTasks(ctx, tx, *row); err != nil {
		return err
	}
	if err := s.Checks.Noticed(ctx, tx, *row, Origin{}); err != nil {
		return err
	}
	if err := s.enqueue(ctx, tx, Mail{Name: mailWon, IntroductionID: row.ID}); err != nil {
		return err
	}
	return s.enqueue(ctx, tx, Welcome{IntroductionID: row.ID})
}

// laterPayment counts a payment after the close if the offer pays a share of every invoice. Only Stripe's payments after
// a close by Stripe count, each charge once: the same sale is often told by Stripe, by the CRM and by hand, and must not be
// paid three times (M13).
func (s *Service) laterPayment(ctx context.Context, tx db.Tx, row *Introduction, d *Deal, by change) error {
	offer, err := campaign.OfferByID(ctx, tx, row.OfferID)
	if err != nil {
		return err
	}
	deals, err := dealsOf(ctx, tx, row.ID)
	if err != nil {
		return err
	}
	eligible := d.Source == FromStripe
	for _, have := range deals {
		if have.ID == row.DealID && have.Source != FromStripe || have.ID != d.ID && have.Counted && d.ChargeID != "" && have.ChargeID == d.ChargeID {
			eligible = false
		}
	}
	by.what = "payment_recorded"
	for _, r := range offer.Rules {
		inTime := r.WithinDays == 0 || !d.At.After(row.WonAt.AddDate(0, 0, r.WithinDays))
		if eligible && inTime && r.On == campaign.OnWon && r.Of == campaign.OfInvoices {
			d.Counted = true
		}
	}
	if d.Counted {
		if err := saveDeal(ctx, tx, d); err != nil {
			return err
		}
		err := s.Earnings.Accrue(ctx, tx, Earned{On: campaign.OnWon, Introduction: *row, Deal: d, Later: true, At: by.at, Actor: by.actor})
		if err != nil {
			return fmt.Errorf("accrue: %w", err)
		}
	}
	by.before = *row
	return record(ctx, tx, *row, by)
}

// onlyNoted keeps a deal that earns nothing. By hand that is refused, so that nobody believes in a close that is none.
func (s *Service) onlyNoted(ctx context.Context, tx db.Tx, row *Introduction, d Deal, kind string, strict bool, now time.Time) error {
	if strict {
		if _, err := Next(row.State, Win); err != nil {
			return err
		}
		return moved(*row)
	}
	if kind == "" {
		return nil
	}
	return s.Earnings.OpenCase(ctx, tx, Case{Kind: kind, Subject: row.ID, IntroductionID: row.ID,
		Detail: fmt.Sprintf("Deal %s of %s while the introduction was %s.", d.ID, d.Amount(), row.State), At: now})
}

// settle ends the time in which a yes can be undone and promises what it earns.
func (s *Service) settle(ctx context.Context, tx db.Tx, row *Introduction, by change) error {
	if row.UndoUntil.IsZero() {
		return nil
	}
	row.UndoUntil = time.Time{}
	err := s.Earnings.Accrue(ctx, tx, Earned{On: campaign.OnAccepted, Introduction: *row, At: by.at, Actor: by.actor})
	if err != nil {
		return fmt.Errorf("settle introduction %s: %w", row.ID, err)
	}
	return nil
}

// Welcome is the job that makes a customer of a prospect who was won.
type Welcome struct {
	IntroductionID string `json:"introduction_id"`
}

// Kind names the job's type.
func (Welcome) Kind() string { return "introduction.welcome" }

// Welcome makes a customer of a prospect whose address is known, or finds the one with that address, and ties both rows
// together: so the tree of generations grows.
func (s *Service) Welcome(ctx context.Context, job Welcome) error {
	_, err := s.locked(ctx, job.IntroductionID, func(ctx context.Context, tx db.Tx, row *Introduction) error {
		if row.State != Won || row.ProspectCustomerID != "" || row.Email == "" || row.ContactBlocked || row.ForCustomerID != "" {
			return nil
		}
		c, _, err := s.Customers.EnsureTx(ctx, tx, audit.System("introduction.welcome"), customer.Draft{FirstName: row.FirstName,
			LastName: row.LastName, Email: row.Email, Phone: row.Phone, Company: row.Company, Division: row.Division,
			Language: row.Language, StripeCustomer: row.StripeCustomer, Stage: customer.Active, OwnerID: row.OwnerID,
			FromIntroductionID: row.ID})
		if err != nil {
			return fmt.Errorf("welcome prospect of introduction %s: %w", row.ID, err)
		}
		row.ProspectCustomerID = c.ID
		return save(ctx, tx, row, s.now())
	})
	return err
}
