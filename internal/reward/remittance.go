package reward

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"goodword/internal/audit"
	"goodword/internal/campaign"
	"goodword/internal/db"
	"goodword/internal/event"
	"goodword/internal/fault"
	"goodword/internal/ident"
	"goodword/internal/ledger"
	"goodword/internal/money"
	"goodword/internal/staff"
)

// RemittanceState is where a remittance stands; the names are those of the API.
type RemittanceState string

// The states of a remittance. The last two are final.
const (
	RemittanceOpen      RemittanceState = "open"
	RemittancePaid      RemittanceState = "paid"
	RemittanceCancelled RemittanceState = "cancelled"
)

// Remittance is a row of table remittance: one transfer to one charity, of a set of donations that is frozen when it is made.
type Remittance struct {
	bun.BaseModel `bun:"table:remittance,alias:rm"`

	ID           string          `bun:"id,pk"`
	CharityID    string          `bun:"charity_id"`
	Registration string          `bun:"registration"`
	Currency     string          `bun:"currency"`
	AmountMinor  int64           `bun:"amount_minor"`
	Donations    int64           `bun:"donations"`
	State        RemittanceState `bun:"state"`
	// Reference is the bank's, PaidOn the day of the transfer as 2026-05-12, Proof where the charity's receipt is kept.
	Reference string `bun:"reference"`
	PaidOn    string `bun:"paid_on"`
	Proof     string `bun:"proof"`
	MadeBy    string `bun:"made_by"`
	EndedBy   string `bun:"ended_by"`
	// Note says why it was cancelled.
	Note      string    `bun:"note"`
	Version   int64     `bun:"version"`
	CreatedAt time.Time `bun:"created_at"`
	EndedAt   time.Time `bun:"ended_at,nullzero"`
}

// Amount is what has to be transferred.
func (m Remittance) Amount() money.Amount { return money.New(m.AmountMinor, m.Currency) }

type publicRemittance struct {
	ID           string          `json:"id"`
	State        RemittanceState `json:"state"`
	Registration string          `json:"registration"`
	AmountMinor  int64           `json:"amount_minor"`
	Currency     string          `json:"currency"`
	Donations    int64           `json:"donations"`
	Reference    string          `json:"reference,omitempty"`
	PaidOn       string          `json:"paid_on,omitempty"`
	Proof        string          `json:"proof,omitempty"`
}

func (m Remittance) public() publicRemittance {
	return publicRemittance{m.ID, m.State, m.Registration, m.AmountMinor, m.Currency, m.Donations, m.Reference, m.PaidOn, m.Proof}
}

// Remit makes a remittance: it freezes everything that was given to a charity in a currency and is neither remitted nor being
// taken back. Donations of a campaign whose payouts are paused stay out of it.
// Returns Forbidden, NotFound, and Conflict while another one is open, where nothing is due, and while payouts are paused.
func (s *Service) Remit(ctx context.Context, actor audit.Actor, charityID, currency string) (Remittance, error) {
	if err := may(actor, staff.KeepCharities); err != nil {
		return Remittance{}, err
	}
	var m Remittance
	err := s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		c, err := campaign.CharityByID(ctx, tx, charityID)
		if err != nil {
			return err
		}
		if ok, err := s.running(ctx, tx, campaign.RailDonation); err != nil {
			return err
		} else if !ok {
			return paused()
		}
		m = Remittance{ID: ident.New(), CharityID: c.ID, Registration: c.Registration, Currency: currency, State: RemittanceOpen, MadeBy: actor.ID, CreatedAt: s.now()}
		fresh, err := insertRemittance(ctx, tx, &m)
		if err != nil {
			return err
		}
		if !fresh {
			return fault.New(fault.Conflict, "There is an open remittance to this charity already. Please finish or cancel it first.")
		}
		if m.AmountMinor, m.Donations, err = freezeDonations(ctx, tx, m); err != nil {
			return err
		}
		if m.Donations == 0 {
			return fault.New(fault.Conflict, "Nothing is due to this charity now.")
		}
		if err := saveRemittance(ctx, tx, &m); err != nil {
			return err
		}
		return s.recordRemittance(ctx, tx, m, actor, "made")
	})
	if err != nil {
		return Remittance{}, fmt.Errorf("remit to charity %s: %w", charityID, err)
	}
	return m, nil
}

// maxReference is how long a reference may be.
const maxReference = 200

// Transfer is what shows that a remittance was paid.
type Transfer struct {
	// Reference finds the transfer at the bank again; On is its day, as 2026-05-12; Proof says where the charity's receipt is kept.
	Reference, On, Proof string
}

func (p Transfer) check(m Remittance, now time.Time) error {
	var c fault.Check
	c.Required("reference", p.Reference)
	c.Required("proof", p.Proof)
	for _, f := range []struct{ name, text string }{{"reference", p.Reference}, {"proof", p.Proof}} {
		c.That(len(f.text) <= maxReference, f.name, "Please keep this shorter.")
		c.That(!strings.ContainsFunc(f.text, func(r rune) bool { return r < ' ' }), f.name, "Please write one line.")
	}
	on, err := time.Parse(time.DateOnly, p.On)
	switch {
	case p.On == "":
		c.Required("paid_on", "")
	case err != nil:
		c.Add("paid_on", "Please give the day like 2026-05-12.")
	default:
		// A day of grace on both sides, for those who live where it is another day.
		c.That(on.Before(now.AddDate(0, 0, 1)), "paid_on", "This day has not come yet.")
		c.That(on.After(m.CreatedAt.AddDate(0, 0, -2)), "paid_on", "This is before the remittance was made.")
	}
	return c.Err()
}

// MarkRemitted writes down that a remittance was paid, and posts it, once: of two who say so at the same time with different references
// the first is believed. The same reference again changes nothing.
// Returns Forbidden, NotFound, Invalid at reference, paid_on and proof, and Conflict for one that has ended otherwise and while
// payouts are paused.
func (s *Service) MarkRemitted(ctx context.Context, actor audit.Actor, id string, p Transfer) (Remittance, error) {
	if err := may(actor, staff.KeepCharities); err != nil {
		return Remittance{}, err
	}
	p.Reference, p.On, p.Proof = strings.TrimSpace(p.Reference), strings.TrimSpace(p.On), strings.TrimSpace(p.Proof)
	return s.endRemittance(ctx, id, func(ctx context.Context, tx db.Tx, m *Remittance) error {
		if m.State == RemittancePaid && m.Reference == p.Reference {
			return nil
		}
		if m.State != RemittanceOpen {
			return remittanceEnded()
		}
		if err := p.check(*m, s.now()); err != nil {
			return err
		}
		if ok, err := s.running(ctx, tx, campaign.RailDonation); err != nil {
			return err
		} else if !ok {
			return paused()
		}
		m.State, m.Reference, m.PaidOn, m.Proof, m.EndedBy, m.EndedAt = RemittancePaid, p.Reference, p.On, p.Proof, actor.ID, s.now()
		posted, err := ledger.Post(ctx, tx, ledger.Journal{Key: "remit:" + m.ID, Kind: "remit", At: m.EndedAt, ActorKind: string(actor.Kind), ActorID: actor.ID,
			Legs: move(ledger.Charity(m.Registration), ledger.Bank, m.Amount())})
		if err != nil {
			return err
		}
		if !posted {
			return fmt.Errorf("remittance %s: the books have it already", m.ID)
		}
		if err := saveRemittance(ctx, tx, m); err != nil {
			return err
		}
		return s.recordRemittance(ctx, tx, *m, actor, "paid")
	})
}

// CancelRemittance gives up a remittance that was not paid: its donations are due again. Again changes nothing.
// Returns Forbidden, NotFound, Invalid without a note, and Conflict for one that was paid.
func (s *Service) CancelRemittance(ctx context.Context, actor audit.Actor, id, note string) (Remittance, error) {
	if err := may(actor, staff.KeepCharities); err != nil {
		return Remittance{}, err
	}
	note = strings.TrimSpace(note)
	var c fault.Check
	c.Required("note", note)
	c.That(len(note) <= maxText, "note", "Please keep this shorter.")
	if err := c.Err(); err != nil {
		return Remittance{}, err
	}
	return s.endRemittance(ctx, id, func(ctx context.Context, tx db.Tx, m *Remittance) error {
		switch m.State {
		case RemittanceCancelled:
			return nil
		case RemittancePaid:
			return remittanceEnded()
		}
		m.State, m.Note, m.EndedBy, m.EndedAt = RemittanceCancelled, note, actor.ID, s.now()
		if err := saveRemittance(ctx, tx, m); err != nil {
			return err
		}
		if err := thawDonations(ctx, tx, m.ID); err != nil {
			return err
		}
		return s.recordRemittance(ctx, tx, *m, actor, "cancelled")
	})
}

// endRemittance locks a remittance, lets fn end it, and wakes what has waited for that.
func (s *Service) endRemittance(ctx context.Context, id string, fn func(context.Context, db.Tx, *Remittance) error) (Remittance, error) {
	var m Remittance
	err := s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) (err error) {
		if m, err = lockRemittance(ctx, tx, id); err != nil {
			return err
		}
		// Before fn, because a cancelled remittance has lost its donations.
		if err := wakeReversing(ctx, tx, id, s.now()); err != nil {
			return err
		}
		return fn(ctx, tx, &m)
	})
	if err != nil {
		return Remittance{}, fmt.Errorf("remittance %s: %w", id, err)
	}
	return m, nil
}

func remittanceEnded() error {
	return &fault.Error{Code: fault.Conflict, Message: "This remittance has ended already. Please look again."}
}

func (s *Service) recordRemittance(ctx context.Context, tx db.Tx, m Remittance, actor audit.Actor, what string) error {
	at := s.now()
	err := event.Record(ctx, tx, event.Event{Type: "remittance." + what, At: at, ActorKind: string(actor.Kind), ActorID: actor.ID, Data: m.public()})
	if err != nil {
		return fmt.Errorf("remittance %s: %w", m.ID, err)
	}
	return audit.Record(ctx, tx, at, audit.Entry{Actor: actor, Action: "remittance." + what, Object: "remittance", ObjectID: m.ID, Reason: m.Note, After: m.public()})
}

// Remittances returns a page of remittances, the newest first; charityID and state narrow it where they are not empty.
func (s *Service) Remittances(ctx context.Context, charityID string, state RemittanceState, p db.Page) (db.List[Remittance], error) {
	return listRemittances(ctx, s.DB, charityID, state, p)
}

// RemittanceByID returns a remittance. Returns NotFound.
func (s *Service) RemittanceByID(ctx context.Context, id string) (Remittance, error) {
	return remittanceByID(ctx, s.DB, id)
}

// ExportRemittance writes the donations of a remittance as CSV (RFC 4180) for the bank and the charity: amounts, days and our ids,
// but nobody's name. Returns Forbidden and NotFound.
func (s *Service) ExportRemittance(ctx context.Context, actor audit.Actor, id string, w io.Writer) error {
	if err := may(actor, staff.KeepCharities); err != nil {
		return err
	}
	m, err := remittanceByID(ctx, s.DB, id)
	if err != nil {
		return err
	}
	c, err := campaign.CharityByID(ctx, s.DB, m.CharityID)
	if err != nil {
		return err
	}
	out := csv.NewWriter(w)
	out.UseCRLF = true
	if err := out.Write([]string{"donation", "reward_id", "charity", "registration", "amount", "currency", "given_on", "due_on"}); err != nil {
		return fmt.Errorf("export remittance %s: %w", id, err)
	}
	for after := ""; ; {
		rows, err := donationsIn(ctx, s.DB, id, after, sweepSize)
		if err != nil {
			return err
		}
		for _, d := range rows {
			after = d.PayoutID
			line := []string{d.object(), d.RewardID, cell(c.Name), cell(d.Registration), money.New(d.AmountMinor, d.Currency).Decimal(), d.Currency,
				d.GivenAt.UTC().Format(time.DateOnly), d.DueAt.UTC().Format(time.DateOnly)}
			if err := out.Write(line); err != nil {
				return fmt.Errorf("export remittance %s: %w", id, err)
			}
		}
		if len(rows) < sweepSize {
			break
		}
	}
	out.Flush()
	return out.Error()
}
