// Package reward keeps what is owed to customers and prospects and pays it: once, to the cent, and back in proportion when
// the deal behind it is undone. Rewards are things earned, payouts are attempt series on a rail; both move with the books.
package reward

import (
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"goodword/internal/campaign"
	"goodword/internal/fault"
	"goodword/internal/money"
)

// State is where a reward stands; each open state owns exactly one ledger account. The names are those of the API.
type State string

// The states.
const (
	Pending    State = "pending"
	Held       State = "held"
	Approved   State = "approved"
	Issuing    State = "issuing"
	Failed     State = "failed"
	Issued     State = "issued"
	Redeemed   State = "redeemed"
	Clawback   State = "clawback"
	Reversed   State = "reversed"
	Expired    State = "expired"
	Recovered  State = "recovered"
	WrittenOff State = "written_off"
)

// States lists every state in the order of a life.
var States = []State{Pending, Held, Approved, Issuing, Failed, Issued, Redeemed, Clawback, Reversed, Expired, Recovered, WrittenOff}

// Event is what happens to a reward.
type Event string

// The events.
const (
	Hold       Event = "hold"
	Release    Event = "release"
	Approve    Event = "approve"
	Adjust     Event = "adjust"
	Reverse    Event = "reverse"
	Issue      Event = "issue"
	Settle     Event = "settle"
	Fail       Event = "fail"
	Redeem     Event = "redeem"
	VoidUnused Event = "void_unused"
	Expire     Event = "expire"
	Recover    Event = "recover"
	WriteOff   Event = "write_off"
	Reinstate  Event = "reinstate"
)

// Events lists every event.
var Events = []Event{Hold, Release, Approve, Adjust, Reverse, Issue, Settle, Fail, Redeem, VoidUnused, Expire, Recover, WriteOff, Reinstate}

// transitions is the table of the trust bar, section 4.2. What it does not list is refused. Two targets depend on more
// than the state and are settled in Next: reverse of an issued reward, and reinstate.
var transitions = map[State]map[Event]State{
	Pending:  {Hold: Held, Approve: Approved, Adjust: Pending, Reverse: Reversed},
	Held:     {Release: Pending, Adjust: Held, Reverse: Reversed},
	Approved: {Issue: Issuing, Hold: Held, Adjust: Approved, Reverse: Reversed, Expire: Expired},
	// Nothing else leads out of issuing: while the outcome is unknown, a reversal waits in wanted_minor.
	Issuing:  {Settle: Issued, Fail: Failed},
	Failed:   {Issue: Issuing, Hold: Held, Adjust: Failed, Reverse: Reversed, Expire: Expired},
	Issued:   {Redeem: Redeemed, VoidUnused: Reversed, Reverse: Clawback, Expire: Expired},
	Redeemed: {Reverse: Clawback},
	Clawback: {Recover: Recovered, WriteOff: WrittenOff, Reinstate: Issued},
}

// Reward is a row of table reward: one thing earned by one person for one reason. It is never encoded to JSON and never
// handed to a template. Amounts are minor units of Currency.
type Reward struct {
	bun.BaseModel `bun:"table:reward,alias:rw"`

	ID string `bun:"id,pk"`
	// Cause is unique: "introduction:<id>:<rule>:<beneficiary>", with the deal's id behind it for later invoices.
	Cause          string         `bun:"cause"`
	CampaignID     string         `bun:"campaign_id"`
	OfferID        string         `bun:"offer_id"`
	Rule           int            `bun:"rule"`
	EarnedOn       campaign.Stage `bun:"earned_on"`
	Beneficiary    campaign.Party `bun:"beneficiary"`
	CustomerID     string         `bun:"customer_id,nullzero"` // the introducer or author; empty for a prospect's reward
	IntroductionID string         `bun:"introduction_id,nullzero"`
	TestimonialID  string         `bun:"testimonial_id,nullzero"`
	DealID         string         `bun:"deal_id,nullzero"`
	State          State          `bun:"state"`
	// StateBefore is where a clawback came from, so that reinstate can go back there.
	StateBefore State  `bun:"state_before"`
	Currency    string `bun:"currency"`
	// AccruedMinor is what was earned at first. It is always the sum of AmountMinor, what is left to its owner,
	// ReversedMinor, what was taken back before it was used, and ClawedMinor, what was taken back when its value was gone.
	AccruedMinor  int64 `bun:"accrued_minor"`
	AmountMinor   int64 `bun:"amount_minor"`
	ReversedMinor int64 `bun:"reversed_minor"`
	ClawedMinor   int64 `bun:"clawed_minor"`
	// OwedMinor is the part of ClawedMinor that its owner still owes us, WrittenOffMinor the part that they keep because we gave
	// it up.
	OwedMinor       int64 `bun:"owed_minor"`
	WrittenOffMinor int64 `bun:"written_off_minor"`
	// NettedMinor is the part of AmountMinor that paid an older receivable of the same owner instead of them.
	NettedMinor int64 `bun:"netted_minor"`
	// IssuedMinor is what a rail paid or made, less what was voided there.
	IssuedMinor int64 `bun:"issued_minor"`
	// ForgoneMinor is what is never earned again: declined by its owner, rejected by a person, or undone at the rail.
	ForgoneMinor int64 `bun:"forgone_minor"`
	// WantedMinor is what shall be left of it once the outcome of a payout, or of voiding it, is known; nil when nothing waits.
	WantedMinor *int64 `bun:"wanted_minor"`
	// BaseMinor is the net amount that a percentage was taken of; nil for a fixed reward.
	BaseMinor *int64 `bun:"base_minor"`
	// Rails are the ones that the offer promised; Rail is the chosen one, empty until then.
	Rails        []campaign.Rail `bun:"rails,type:jsonb"`
	Rail         campaign.Rail   `bun:"rail"`
	RailChosenAt time.Time       `bun:"rail_chosen_at,nullzero"`
	// CharityID is whom it is given to and Charity their registration, after which the account is named; only with RailDonation.
	CharityID  string    `bun:"charity_id,nullzero"`
	Charity    string    `bun:"charity"`
	DeclinedAt time.Time `bun:"declined_at,nullzero"`
	// HeldReason is one of the Held… constants, for an approved reward HeldNoStock or empty; HeldNote is what a person or check
	// added.
	HeldReason string `bun:"held_reason"`
	HeldNote   string `bun:"held_note"`
	// Reason is why it was taken back, in the words of introduction.Reversal or of the person.
	Reason string `bun:"reason"`
	// MaturesAt is when the hold period is over.
	MaturesAt  time.Time `bun:"matures_at"`
	ChooseBy   time.Time `bun:"choose_by,nullzero"`
	ExpiresAt  time.Time `bun:"expires_at,nullzero"`
	ApprovedAt time.Time `bun:"approved_at,nullzero"`
	ApprovedBy string    `bun:"approved_by"`
	// CloserID is the colleague or key on whose word alone it rests: a deal closed by hand, a yes or a meeting written down.
	// They may not decide about it.
	CloserID string `bun:"closer_id"`
	// AloneNote is why an owner decided who had a hand in it, because nobody else could; empty otherwise.
	AloneNote string `bun:"alone_note"`
	// ClearedBy is who released it last: the sweep then does not hold it again for what a person has looked at.
	ClearedBy string    `bun:"cleared_by"`
	IssuedAt  time.Time `bun:"issued_at,nullzero"`
	// RetryAt puts off the next try to pay it, after its owner could not be paid.
	RetryAt  time.Time `bun:"retry_at,nullzero"`
	Reminded int       `bun:"reminded"`
	// RejectedBy is the person who rejected it, RejectedWhy what its owner is told: one of RejectReasons.
	RejectedBy  string    `bun:"rejected_by"`
	RejectedWhy string    `bun:"rejected_why"`
	RejectedAt  time.Time `bun:"rejected_at,nullzero"`
	// Code is the promotion code, known from the moment it is asked for; see ShownCode.
	Code      string    `bun:"code"`
	Version   int64     `bun:"version"`
	CreatedAt time.Time `bun:"created_at"`
	UpdatedAt time.Time `bun:"updated_at"`
}

// Amount is what is left of the reward.
func (r Reward) Amount() money.Amount { return money.New(r.AmountMinor, r.Currency) }

// Accrued is what was earned at first.
func (r Reward) Accrued() money.Amount { return money.New(r.AccruedMinor, r.Currency) }

// Payable is what a payout would pay: the amount less what netting has taken.
func (r Reward) Payable() money.Amount { return money.New(r.AmountMinor-r.NettedMinor, r.Currency) }

// Effective is what will be left when all that waits is done, in minor units.
func (r Reward) Effective() int64 {
	if r.WantedMinor != nil {
		return *r.WantedMinor
	}
	return r.AmountMinor
}

// Choosable reports whether its owner may still say how it shall come.
func (r Reward) Choosable() bool {
	return r.Beneficiary == campaign.ToCustomer && r.State.Open() && r.State != Issuing && r.Effective() > 0
}

// Voidable reports whether what was issued can be taken back at the rail while it is unused: a promotion code, a credit, a
// gift code that nobody has seen, or a donation that has not been remitted.
func (r Reward) Voidable() bool {
	return (r.lapses() || r.Rail == campaign.RailGiftCode || r.Rail == campaign.RailDonation) && r.IssuedMinor > 0
}

// lapses reports whether what the rail makes is owed until it is used, and may end unused.
func (r Reward) lapses() bool {
	return r.Rail == campaign.RailPromotionCode || r.Rail == campaign.RailInvoiceCredit
}

// ShownCode is the promotion code that its owner may read: none before it exists and none once it is taken back.
func (r Reward) ShownCode() string {
	if (r.State == Issued || r.State == Redeemed) && r.Rail == campaign.RailPromotionCode {
		return r.Code
	}
	return ""
}

// Key is the catalogue key of the state in the words of people; {date} is MaturesAt.
func (r Reward) Key() string {
	if r.State == Approved && r.Rail == "" {
		return "reward.state.choose"
	}
	if r.Rail == campaign.RailDonation && (r.State == Issued || r.State == Redeemed) {
		return "reward.state.given"
	}
	return "reward.state." + string(r.State)
}

// Next returns the state that the event leads to. Returns Conflict for a pair that the table does not list.
//
// Reverse of an issued promotion code or credit is refused here: it has to be voided at the rail first, and then becomes
// void_unused, or redeem and reverse if it turns out to be used.
func (r Reward) Next(e Event) (State, error) {
	to, ok := transitions[r.State][e]
	if ok && e == Reinstate {
		to = r.StateBefore
	}
	if !ok || !r.allows(e, to) {
		return "", &fault.Error{Code: fault.Conflict, Key: "error.reward_moved",
			Message: "This reward has moved on, so this is no longer possible.",
			Cause:   fmt.Errorf("event %s in state %s", e, r.State)}
	}
	return to, nil
}

// allows holds what the table of transitions cannot say, because it depends on the rail.
func (r Reward) allows(e Event, to State) bool {
	switch e {
	case VoidUnused, Redeem:
		return r.Voidable()
	case Expire:
		return r.State != Issued || r.lapses() && r.Voidable()
	case Reverse:
		return r.State != Issued || !r.Voidable()
	case Reinstate:
		// A second redeem would overdraw the account if it went back to issued from redeemed.
		return to == Issued || to == Redeemed
	}
	return true
}

// Open reports whether the reward is still owed and not yet handed to a rail for good.
func (s State) Open() bool {
	switch s {
	case Pending, Held, Approved, Issuing, Failed:
		return true
	}
	return false
}

// Terminal reports whether nothing can happen any more.
func (s State) Terminal() bool { return len(transitions[s]) == 0 }

// The reasons for which a reward is held.
const (
	HeldDispute      = "dispute"       // the deal behind it is disputed
	HeldReview       = "review"        // the introduction waits for a review
	HeldRisk         = "risk"          // a check for abuse has found something; HeldNote names it
	HeldSecondPerson = "second_person" // too large, or closed by hand: a second person decides
	HeldApproval     = "approval"      // this installation lets a person approve everything
	HeldCheckFailed  = "check_failed"  // a check could not be made; it is made again
	HeldByStaff      = "staff"         // a person stopped it and said why
	HeldPayee        = "payee_action"  // its owner has to do something before they can be paid
	HeldTaxForm      = "tax_form"      // its owner has to hand in a tax form before they may be paid so much in a year
	// HeldNoStock is why an approved reward waits: there is no gift code of its value. It goes on by itself.
	HeldNoStock = "out_of_stock"
)

// endsByItself reports whether a held reward goes on without a person's word.
func (r Reward) endsByItself() bool {
	return r.State == Held && slices.Contains([]string{HeldPayee, HeldCheckFailed, HeldDispute, HeldTaxForm}, r.HeldReason)
}

// Actions lists what staff may ask for while the reward stands as it does, by the names of the API.
func (r Reward) Actions() []string {
	switch r.State {
	case Pending:
		return []string{"approve", "hold", "reject"}
	case Held:
		if r.HeldReason == HeldTaxForm {
			return []string{"hold", "reject"} // only the form lets it go on: what a person released would be held again
		}
		if r.endsByItself() {
			return []string{"approve", "hold", "reject", "release"}
		}
		return []string{"approve", "reject", "release"}
	case Approved:
		return []string{"hold", "reject"}
	case Issuing:
		if r.Rail == campaign.RailManual {
			return []string{"hold", "mark-paid", "reject"}
		}
		return []string{"reject"}
	case Failed:
		return []string{"hold", "reject", "retry"}
	case Issued, Redeemed:
		return []string{"reject"}
	case Clawback:
		return []string{"paid-back", "write-off"}
	}
	return nil
}
