package introduction

import (
	"time"

	"github.com/uptrace/bun"

	"goodword/internal/audit"
	"goodword/internal/fault"
	"goodword/internal/money"
)

// The sources of a deal.
const (
	FromStripe = "stripe"
	FromCRM    = "crm"
	FromHand   = "hand"
)

// The states of a deal's dispute.
const (
	DisputeOpen = "open"
	DisputeWon  = "won"
	DisputeLost = "lost"
)

// Deal is a row of table deal: one payment or close that was recognised, unique by source and external id.
type Deal struct {
	bun.BaseModel `bun:"table:deal,alias:d"`

	ID             string `bun:"id,pk"`
	IntroductionID string `bun:"introduction_id"`
	// Source is FromStripe, FromCRM or FromHand.
	Source string `bun:"source"`
	// ExternalID is the source's own name for it: an invoice or checkout session, a CRM's deal.
	ExternalID string `bun:"external_id"`
	// ChargeID is the Stripe charge that refunds and disputes name; empty where there is none.
	ChargeID string `bun:"charge_id"`
	// AmountMinor is net of tax, discounts and credits: the base of percentages. GrossMinor is what was charged, of which
	// refunds are parts.
	AmountMinor int64 `bun:"amount_minor"`
	GrossMinor  int64 `bun:"gross_minor"`
	// RefundedMinor is the greatest cumulative refund seen.
	RefundedMinor int64  `bun:"refunded_minor"`
	Currency      string `bun:"currency"`
	Dispute       string `bun:"dispute"`
	// Counted tells the close and later payments that may earn from what was only written down.
	Counted  bool      `bun:"counted"`
	ActorID  string    `bun:"actor_id"`
	Evidence string    `bun:"evidence"`
	At       time.Time `bun:"at"`
	Version  int64     `bun:"version"`
}

// Amount is what the deal was worth when it was made.
func (d Deal) Amount() money.Amount { return money.New(d.AmountMinor, d.Currency) }

// Net is what is left of Amount after refunds, rounded down to the minor unit; nothing after a lost dispute.
func (d Deal) Net() money.Amount {
	gross := d.gross()
	switch {
	case d.Dispute == DisputeLost, gross > 0 && d.RefundedMinor >= gross:
		return money.New(0, d.Currency)
	case d.RefundedMinor == 0 || gross == 0:
		return d.Amount()
	}
	net, err := d.Amount().ShareDown(gross-d.RefundedMinor, gross)
	if err != nil {
		// The table's checks and the cases above leave no such row.
		panic("deal " + d.ID + ": " + err.Error())
	}
	return net
}

// gross falls back to the amount for sources that know no tax.
func (d Deal) gross() int64 { return max(d.GrossMinor, d.AmountMinor) }

// NewDeal is a close or payment as a source reports it.
type NewDeal struct {
	IntroductionID string
	// Source is FromStripe, FromCRM or FromHand.
	Source string
	// ExternalID makes the report idempotent. By hand it may be empty: then the introduction has one such deal.
	ExternalID string
	ChargeID   string
	// Amount is net of tax, discounts and credits. Gross is what was charged; zero means the same as Amount.
	Amount, Gross money.Amount
	// StripeCustomer is written on the introduction if that has none yet.
	StripeCustomer string
	// Email is the payer's; it only helps to tell an existing customer.
	Email    string
	Evidence string
	// At is when it was paid or closed; zero means now.
	At    time.Time
	Actor audit.Actor
}

func (n NewDeal) validate(byHand bool) error {
	var c fault.Check
	c.That(n.Source == FromStripe || n.Source == FromCRM || n.Source == FromHand, "source", "Use stripe, crm or hand.")
	if n.ExternalID == "" && n.Source != FromHand {
		c.Required("external_id", "")
	}
	c.That(n.Amount.Minor >= 0, "amount", "The amount must not be negative.")
	c.That(money.Known(n.Amount.Currency), "amount", "This currency is not one that we know.")
	c.That(n.Gross == money.Amount{} || n.Gross.Currency == n.Amount.Currency && n.Gross.Minor >= 0, "gross", "Gross and net must share one currency.")
	if byHand {
		c.Required("evidence", n.Evidence)
		c.That(len(n.Evidence) <= maxText, "evidence", "Please keep this shorter.")
	}
	return c.Err()
}
