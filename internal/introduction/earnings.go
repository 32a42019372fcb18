package introduction

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"goodword/internal/audit"
	"goodword/internal/campaign"
	"goodword/internal/db"
	"goodword/internal/money"
)

// Earned is a fact for which the offer of the introduction may promise something.
type Earned struct {
	// On is campaign.OnAccepted, OnQualified or OnWon.
	On           campaign.Stage
	Introduction Introduction
	// Deal is the close or the later payment, for OnWon; nil otherwise.
	Deal *Deal
	// Later marks a payment after the close: only percentages of "invoices" earn by it.
	Later bool
	At    time.Time
	Actor audit.Actor
}

// Adjustment says that a counted deal is worth less, or again more, than before.
type Adjustment struct {
	Introduction Introduction
	// Deal carries its refunds; Deal.Net is what is left of it.
	Deal  Deal
	At    time.Time
	Actor audit.Actor
}

// Reversal takes back, or gives back, what an introduction earned.
type Reversal struct {
	Introduction Introduction
	// Deal is the deal that was undone; nil when staff or the prospect undid the introduction itself.
	Deal *Deal
	// On limits it to what was earned at these stages: OnWon when a close is undone, OnAccepted when a yes is taken back.
	On []campaign.Stage
	// Reason is "refunded", "dispute_lost", "dispute_won", "staff" or "retracted".
	Reason string
	At     time.Time
	Actor  audit.Actor
}

// Dispute says that a counted deal is disputed, or no longer.
type Dispute struct {
	Introduction Introduction
	Deal         Deal
	At           time.Time
	Actor        audit.Actor
}

// Case is something about money that a person must look at. One case of a kind is open for a subject at a time.
type Case struct {
	// Kind is "deal_without_yes", "deal_after_end", "deal_after_unwind" or "existing_customer".
	Kind           string
	Subject        string
	IntroductionID string
	// Detail is for staff and names ids, states and amounts only.
	Detail string
	At     time.Time
}

// Earnings turns what happens to an introduction into what is owed. Package reward implements it.
// Every method runs in the transition's own transaction and does nothing when the same fact comes again.
type Earnings interface {
	// Accrue promises what the introduction's offer gives for the fact: once per rule and beneficiary, for Later once per
	// deal as well. It earns only for RewardsIntroducer and RewardsProspect.
	Accrue(ctx context.Context, tx db.Tx, e Earned) error
	// Adjust brings what a deal earned down or up to what is left of the deal. It is level-triggered.
	Adjust(ctx context.Context, tx db.Tx, a Adjustment) error
	// Reverse takes back what was earned at the stages.
	Reverse(ctx context.Context, tx db.Tx, r Reversal) error
	// Reinstate gives back what Reverse took, never more.
	Reinstate(ctx context.Context, tx db.Tx, r Reversal) error
	// Hold keeps what the deal earned from being paid while it is disputed.
	Hold(ctx context.Context, tx db.Tx, d Dispute) error
	// Release ends Hold.
	Release(ctx context.Context, tx db.Tx, d Dispute) error
	// OpenCase puts something before a person; it moves no money.
	OpenCase(ctx context.Context, tx db.Tx, c Case) error
	// Owed tells what the introducer has earned by an introduction so far, for the mail that says "Ben is a customer".
	Owed(ctx context.Context, idb bun.IDB, introductionID string) (Owed, error)
}

// Owed is what an introducer has earned by one introduction.
type Owed struct {
	// Amount is the sum in the offer's currency; zero if nothing.
	Amount money.Amount
	// PayableAt is the end of the refund window.
	PayableAt time.Time
	// Choose is true when the customer has not said yet how it should come.
	Choose bool
}
