// Package introduction follows one introduction from Ana's draft to a close and what comes after it: the prospect, their
// consent, the review, the deals and the story both sides may read.
package introduction

import (
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"goodword/internal/fault"
)

// State is where an introduction stands; the names are those of the API.
type State string

// The states.
const (
	Draft         State = "draft"
	Submitted     State = "submitted"
	Ready         State = "ready"
	Invited       State = "invited"
	Undeliverable State = "undeliverable"
	Accepted      State = "accepted"
	InPipeline    State = "in_pipeline"
	Won           State = "won"
	Unwound       State = "unwound"
	Lost          State = "lost"
	ScreenedOut   State = "screened_out"
	Declined      State = "declined"
	Expired       State = "expired"
	Withdrawn     State = "withdrawn"
)

// States lists every state in the order of a life.
var States = []State{Draft, Submitted, Ready, Invited, Undeliverable, Accepted, InPipeline, Won, Unwound, Lost, ScreenedOut,
	Declined, Expired, Withdrawn}

// Event is what happens to an introduction.
type Event string

// The events.
const (
	Submit         Event = "submit"
	Discard        Event = "discard"
	MakeReady      Event = "ready"
	ScreenOut      Event = "screen_out"
	Withdraw       Event = "withdraw"
	MarkShared     Event = "mark_shared"
	PortalSend     Event = "portal_send"
	OpenAccept     Event = "open_accept"
	OpenDecline    Event = "open_decline"
	Accept         Event = "accept"
	AcceptByReply  Event = "accept_by_reply"
	Postpone       Event = "postpone"
	Decline        Event = "decline"
	Bounce         Event = "bounce"
	Correct        Event = "correct"
	Suppress       Event = "suppress"
	Expire         Event = "expire"
	UndoAccept     Event = "undo_accept"
	LinkDeal       Event = "link_deal"
	RetractConsent Event = "retract_consent"
	Reassign       Event = "reassign"
	Win            Event = "win"
	Lose           Event = "lose"
	Reopen         Event = "reopen"
	Unwind         Event = "unwind"
	Rewin          Event = "rewin"
)

// Events lists every event.
var Events = []Event{Submit, Discard, MakeReady, ScreenOut, Withdraw, MarkShared, PortalSend, OpenAccept, OpenDecline, Accept,
	AcceptByReply, Postpone, Decline, Bounce, Correct, Suppress, Expire, UndoAccept, LinkDeal, RetractConsent, Reassign, Win,
	Lose, Reopen, Unwind, Rewin}

// transitions is the table of the trust bar, section 4.1. What it does not list is refused. The rows that screen out a
// ready or invited introduction stand for requirement F2: when one introduction of a person is credited, the others become
// screened_out with the reason "seconded", wherever they stood.
var transitions = map[State]map[Event]State{
	Draft:     {Submit: Submitted, Discard: Withdrawn},
	Submitted: {MakeReady: Ready, ScreenOut: ScreenedOut, Withdraw: Withdrawn},
	Ready: {MarkShared: Invited, PortalSend: Invited, OpenAccept: Accepted, OpenDecline: Declined, Expire: Expired,
		Withdraw: Withdrawn, Suppress: ScreenedOut, ScreenOut: ScreenedOut},
	Invited: {Accept: Accepted, AcceptByReply: Accepted, Postpone: Invited, Decline: Declined, Bounce: Undeliverable,
		Expire: Expired, Withdraw: Withdrawn, Suppress: Declined, ScreenOut: ScreenedOut},
	Undeliverable: {Correct: Ready, Expire: Expired, Withdraw: Withdrawn, ScreenOut: ScreenedOut},
	Accepted: {UndoAccept: Invited, LinkDeal: InPipeline, Win: Won, RetractConsent: Declined, Lose: Lost,
		Expire: Expired},
	InPipeline: {Win: Won, Lose: Lost, Reassign: InPipeline, RetractConsent: InPipeline},
	Won:        {Unwind: Unwound},
	Unwound:    {Rewin: Won},
	Lost:       {Reopen: InPipeline, Win: Won},
}

// Next returns the state that the event leads to. Returns Conflict for a pair that the table does not list.
func Next(from State, e Event) (State, error) {
	if to, ok := transitions[from][e]; ok {
		return to, nil
	}
	return "", &fault.Error{Code: fault.Conflict, Key: "error.introduction_moved",
		Message: "This introduction has moved on, so this is no longer possible.",
		Cause:   fmt.Errorf("event %s in state %s", e, from)}
}

// Terminal reports whether nothing can happen any more.
func (s State) Terminal() bool { return len(transitions[s]) == 0 }

// Answerable reports whether the prospect can still say yes, later or no.
func (s State) Answerable() bool { return s == Ready || s == Invited }

// Credited reports whether the yes counts: of one person in one campaign only one introduction may be here (F2).
func (s State) Credited() bool { return s == Accepted || s == InPipeline || s == Won }

// The kinds. A lead is a mere suggestion; a referral is facilitated by the customer. Reports keep them apart.
const (
	Referral = "referral"
	Lead     = "lead"
)

// The ways in which the prospect is reached.
const (
	HowSelf   = "self"
	HowPortal = "portal"
	HowLead   = "lead"
)

// The ways in which the prospect wants to be answered.
const (
	BySlot  = "slot"
	ByEmail = "email"
	ByCall  = "call"
	// ByReply marks a yes that came outside the page and was written down by staff.
	ByReply = "reply"
)

// Sources are where a customer may know the prospect from: the five, and other.
var Sources = []string{"peer", "colleague", "neighbour", "supplier", "customer", "other"}

// Channels are the ways in which a customer may send the introduction.
var Channels = []string{"share", "whatsapp", "sms", "mail", "copy", "qr"}

// Steps are the stages inside in_pipeline, in order. "qualified" means that the meeting took place.
var Steps = []string{"contacted", "meeting", "proposal", "qualified"}

// LostReasons is the closed list of reasons for which staff may close an introduction as lost.
var LostReasons = []string{"no_need", "no_budget", "timing", "competitor", "no_contact", "not_a_fit", "other"}

// The reasons for which the system screens an introduction out. The introducer never sees them (S8).
const (
	ReasonCustomer   = "customer"
	ReasonSuppressed = "suppressed"
	ReasonStaff      = "staff"
	ReasonSelf       = "self"
	ReasonSeconded   = "seconded"
)

// How long things stay open.
const (
	// UnansweredDays is how long an introduction waits for an answer before the contact data is deleted (L9).
	UnansweredDays = 31
	// LeadDays is how long a lead waits for a facilitated introduction.
	LeadDays = 30
	// DraftDays is how long a draft is kept.
	DraftDays = 30
	// UndoMinutes is how long a yes can be taken back as if it had not been said. Nothing is earned before it is over.
	UndoMinutes = 15
	// ProtectionDays stands in where an offer names no protection window.
	ProtectionDays = 180
)

// Introduction is a row of table introduction. It is never encoded to JSON and never handed to a template.
type Introduction struct {
	bun.BaseModel `bun:"table:introduction,alias:i"`

	ID                string `bun:"id,pk"`
	CampaignID        string `bun:"campaign_id"`
	OfferID           string `bun:"offer_id"`
	InvitationID      string `bun:"invitation_id,nullzero"`
	LinkID            string `bun:"link_id"` // the link that a draft belongs to; it opens under no other
	ShareCode         string `bun:"share_code"`
	PlacementID       string `bun:"placement_id,nullzero"`
	IntroducerID      string `bun:"introducer_id,nullzero"`
	IntroducerStaffID string `bun:"introducer_staff_id,nullzero"`
	// ForCustomerID is set for a favour: somebody is introduced to this customer of ours. It earns nothing.
	ForCustomerID string `bun:"for_customer_id,nullzero"`
	Kind          string `bun:"kind"`
	How           string `bun:"how"`
	Channel       string `bun:"channel"`
	Source        string `bun:"source"`
	State         State  `bun:"state"`
	Step          string `bun:"step"`
	OutcomeReason string `bun:"outcome_reason"`
	OutcomeNote   string `bun:"outcome_note"`
	Flagged       string `bun:"flagged"`
	Review        string `bun:"review"`

	FirstName string `bun:"first_name"`
	LastName  string `bun:"last_name"`
	Email     string `bun:"email"`
	Phone     string `bun:"phone"`
	Company   string `bun:"company"`
	// Note is the introducer's own words, which the prospect reads.
	Note string `bun:"note"`
	// ProspectBlind is the keyed hash of the prospect's address or number. It survives the deletion of both.
	ProspectBlind string `bun:"prospect_blind,nullzero"`
	Language      string `bun:"language"`
	Division      string `bun:"division"`
	OwnerID       string `bun:"owner_id,nullzero"`
	Expects       bool   `bun:"expects"`

	AcceptHow string `bun:"accept_how"`
	Evidence  string `bun:"evidence"`
	// YesBy and QualifiedBy are the colleague or API key on whose word alone the yes, or the meeting, rests; empty where the
	// prospect, the introducer or a program said so.
	YesBy       string    `bun:"yes_by"`
	QualifiedBy string    `bun:"qualified_by"`
	SlotAt      time.Time `bun:"slot_at,nullzero"`
	// Tell is the prospect's tick that the introducer may see the steps.
	Tell bool `bun:"tell"`
	// ContactBlocked means that the prospect withdrew the consent while a deal was under way.
	ContactBlocked bool `bun:"contact_blocked"`
	NudgesOff      bool `bun:"nudges_off"`

	// NudgeAt is when the introducer is reminded next; zero if never.
	NudgeAt            time.Time `bun:"nudge_at,nullzero"`
	NudgedUnsentAt     time.Time `bun:"nudged_unsent_at,nullzero"`
	NudgedUnansweredAt time.Time `bun:"nudged_unanswered_at,nullzero"`
	SharedAt           time.Time `bun:"shared_at,nullzero"`
	AcceptedAt         time.Time `bun:"accepted_at,nullzero"`
	// UndoUntil is set from a yes until what it earned is accrued; it may lie in the past until the sweep comes by.
	UndoUntil     time.Time `bun:"undo_until,nullzero"`
	LaterUntil    time.Time `bun:"later_until,nullzero"`
	LaterMailedAt time.Time `bun:"later_mailed_at,nullzero"`
	AnswerDueAt   time.Time `bun:"answer_due_at,nullzero"`
	AnsweredAt    time.Time `bun:"answered_at,nullzero"`
	EscalatedAt   time.Time `bun:"escalated_at,nullzero"`
	QualifiedAt   time.Time `bun:"qualified_at,nullzero"`
	WonAt         time.Time `bun:"won_at,nullzero"`
	ClosedAt      time.Time `bun:"closed_at,nullzero"`
	ThankedAt     time.Time `bun:"thanked_at,nullzero"`
	// ProtectedUntil ends the window in which a close still counts.
	ProtectedUntil time.Time `bun:"protected_until,nullzero"`
	ExpiresAt      time.Time `bun:"expires_at,nullzero"`
	// NeutralAt is when the introducer may read the neutral outcome of an introduction that was screened out.
	NeutralAt time.Time `bun:"neutral_at,nullzero"`
	PurgedAt  time.Time `bun:"purged_at,nullzero"`
	// StateBefore is, for screened_out, the state that the introducer is shown until NeutralAt.
	StateBefore State `bun:"state_before"`

	StripeCustomer     string    `bun:"stripe_customer"`
	DealID             string    `bun:"deal_id,nullzero"`
	ProspectCustomerID string    `bun:"prospect_customer_id,nullzero"`
	Version            int64     `bun:"version"`
	CreatedAt          time.Time `bun:"created_at"`
	UpdatedAt          time.Time `bun:"updated_at"`
}

// apply moves the introduction by the table and keeps the instants that belong to a state. It changes nothing on Conflict.
func (i *Introduction) apply(e Event, at time.Time) error {
	to, err := Next(i.State, e)
	if err != nil {
		return err
	}
	switch e {
	case MarkShared, PortalSend:
		i.SharedAt = at
	case UndoAccept:
		i.AcceptedAt, i.UndoUntil, i.AnswerDueAt, i.SlotAt = time.Time{}, time.Time{}, time.Time{}, time.Time{}
		i.AcceptHow, i.Tell, i.YesBy = "", false, ""
	case Win, Rewin:
		i.ClosedAt = time.Time{}
		if i.WonAt.IsZero() {
			i.WonAt = at
		}
	case Reopen:
		i.ClosedAt, i.OutcomeReason, i.OutcomeNote = time.Time{}, "", ""
	}
	switch to {
	case Accepted:
		i.AcceptedAt = at
		i.UndoUntil = at.Add(UndoMinutes * time.Minute)
	case ScreenedOut:
		// What the introducer saw stays what they see: an outcome at once would say "this person is known to us".
		i.StateBefore = i.State
		if i.State == Submitted {
			i.StateBefore = Ready
		}
		if i.ExpiresAt.IsZero() {
			i.ExpiresAt = at.AddDate(0, 0, UnansweredDays)
		}
		i.NeutralAt = i.ExpiresAt
	case Declined, Expired, Withdrawn, Lost, Unwound:
		i.ClosedAt = at
	}
	if to != Invited && to != Submitted && to != Ready && to != ScreenedOut || e == Postpone || e == UndoAccept {
		i.NudgeAt = time.Time{}
	}
	if to.Terminal() || to == Won || to == InPipeline || to == Lost || to == Unwound {
		i.ExpiresAt = time.Time{}
	}
	i.State = to
	return nil
}

// Shown returns the state that the introducer may read: an introduction that was screened out looks like any other until it
// would have ended unanswered anyway (S8).
func (i Introduction) Shown(now time.Time) State {
	shown := i.State
	if shown == ScreenedOut {
		shown = i.StateBefore
		if shown != Withdrawn && !now.Before(i.NeutralAt) {
			return Expired
		}
	}
	// "I didn't send it" leaves the state, whose link may be in use, and takes back what the introducer reads.
	if shown == Invited && !i.Sent() {
		return Ready
	}
	return shown
}

// ShownStep returns the pipeline step that the introducer may read: none without the prospect's tick.
func (i Introduction) ShownStep() string {
	if !i.Tell || i.State != InPipeline {
		return ""
	}
	return i.Step
}

// Sent reports whether the introducer has sent it, or the portal has.
func (i Introduction) Sent() bool { return !i.SharedAt.IsZero() }

// Undoable reports whether the prospect may still take the yes back.
func (i Introduction) Undoable(now time.Time) bool {
	return i.State == Accepted && now.Before(i.UndoUntil)
}

// RewardsIntroducer reports whether a customer stands behind the introduction who may earn by it. Colleagues of ours,
// public placements and favours earn nothing.
func (i Introduction) RewardsIntroducer() bool { return i.IntroducerID != "" && i.ForCustomerID == "" }

// RewardsProspect reports whether the prospect may earn by it. A favour to a customer is no sale.
func (i Introduction) RewardsProspect() bool { return i.ForCustomerID == "" }

// purge deletes what identifies the prospect. The blind hash and the outcome stay (L9).
func (i *Introduction) purge(at time.Time) {
	i.FirstName, i.LastName, i.Email, i.Phone, i.Company, i.Note = "", "", "", "", "", ""
	i.Evidence = ""
	i.PurgedAt = at
}

// stepAfter reports whether to comes later than from in Steps.
func stepAfter(from, to string) bool { return stepNumber(to) > stepNumber(from) }

func stepNumber(step string) int {
	for n, s := range Steps {
		if s == step {
			return n
		}
	}
	return -1
}
