// Package invitation holds one ask to one customer in one campaign: whom a campaign reaches, the mails and their
// reminders, the answers, and how a customer stops them.
package invitation

import (
	"slices"
	"time"

	"github.com/uptrace/bun"

	"goodword/internal/fault"
)

// State is where an invitation stands in its life.
type State string

// The states of an invitation.
const (
	Planned  State = "planned"
	Sent     State = "sent"
	Answered State = "answered"
	Stopped  State = "stopped"
	Expired  State = "expired"
	Bounced  State = "bounced"
)

// Channel is how an invitation reaches the customer.
type Channel string

// The channels. Links and codes are handed over by a person.
const (
	ByEmail Channel = "email"
	ByLink  Channel = "link"
	ByQR    Channel = "qr"
)

// Reasons for which an invitation is stopped or a customer is left out, beside those of customer.MayAsk.
const (
	ReasonUnsubscribed = "unsubscribed"
	ReasonInvited      = "already_invited"
	ReasonNotNow       = "not_now"
	ReasonEnded        = "campaign_ended"
	ReasonStaff        = "staff"
)

// Invitation is a row of table invitation. The offer is the one that the customer was promised, whatever the campaign
// offers later. Zero times mean never.
type Invitation struct {
	bun.BaseModel `bun:"table:invitation,alias:invitation"`

	ID         string `bun:",pk"`
	CampaignID string
	CustomerID string
	OfferID    string
	Channel    Channel
	State      State
	// Occasion tells the asks of one campaign to one customer apart: empty for the launch and for one made by hand,
	// else the event or the period.
	Occasion string
	// SendAt is when the mail may go out; ClaimedAt is when a worker took it and SentAt when the mail server had it.
	SendAt     time.Time `bun:",nullzero"`
	ClaimedAt  time.Time `bun:",nullzero"`
	SentAt     time.Time `bun:",nullzero"`
	AnsweredAt time.Time `bun:",nullzero"`
	// RemindAt is when the next reminder is due; zero if there is none.
	RemindAt      time.Time `bun:",nullzero"`
	RemindersSent int
	// Resends counts how often the first mail was asked for again, so that each has a key of its own.
	Resends int
	// ByHand is true when a person asked for this one; then it does not matter that the customer was asked recently.
	ByHand        bool
	ExpiresAt     time.Time
	StoppedReason string
	Version       int64
	CreatedAt     time.Time
}

type verb string

const (
	verbSend   verb = "send"
	verbAnswer verb = "answer"
	verbStop   verb = "stop"
	verbExpire verb = "expire"
	verbBounce verb = "bounce"
	verbResend verb = "resend"
)

var moves = map[State]map[verb]State{
	Planned:  {verbSend: Sent, verbAnswer: Answered, verbStop: Stopped, verbExpire: Expired, verbBounce: Bounced},
	Sent:     {verbAnswer: Answered, verbStop: Stopped, verbExpire: Expired, verbBounce: Bounced},
	Bounced:  {verbAnswer: Answered, verbStop: Stopped, verbExpire: Expired, verbResend: Planned},
	Expired:  {verbAnswer: Answered, verbResend: Planned},
	Stopped:  {verbAnswer: Answered},
	Answered: {},
}

// settled names the states in which a verb has nothing left to do. A customer who answered needs no stop.
var settled = map[verb][]State{
	verbSend:   {Sent, Answered, Stopped, Expired},
	verbAnswer: {Answered},
	verbStop:   {Stopped, Answered, Expired},
	verbExpire: {Expired, Answered, Stopped},
	verbBounce: {Bounced, Answered, Stopped, Expired},
	verbResend: {Planned},
}

// apply moves the invitation. It reports false when there is nothing left to do, and returns Conflict when the table of
// moves does not list it.
func (i *Invitation) apply(v verb) (moved bool, err error) {
	if slices.Contains(settled[v], i.State) {
		return false, nil
	}
	next, ok := moves[i.State][v]
	if !ok {
		return false, fault.Newf(fault.Conflict, "An invitation that is %s cannot be asked to %s.", i.State, v)
	}
	i.State = next
	if next != Planned && next != Sent {
		i.RemindAt = time.Time{}
	}
	return true, nil
}

// from returns the states that a verb leads out of.
func from(v verb) []State {
	var out []State
	for s, m := range moves {
		if _, ok := m[v]; ok {
			out = append(out, s)
		}
	}
	slices.Sort(out)
	return out
}

// outreach is a row of table outreach: one walk over an audience, or over the facts that trigger a campaign.
type outreach struct {
	bun.BaseModel `bun:"table:outreach,alias:outreach"`

	ID         string `bun:",pk"`
	CampaignID string
	Occasion   string
	SendAt     time.Time
	// Cursor is the last customer, or the last event, that was looked at.
	Cursor    string
	Planned   int64
	Skipped   map[string]int `bun:"type:jsonb"`
	DoneAt    time.Time      `bun:",nullzero"`
	Version   int64
	CreatedAt time.Time
}

const day = 24 * time.Hour

const (
	// openFor is how long an ask waits for an answer.
	openFor = 90 * day
	// linkFor is how long the page behind it can be opened: it also shows what became of introductions and rewards.
	linkFor = 400 * day
	// stopFor is how long the link to unsubscribe works at least; the law asks for 30 days.
	stopFor = 800 * day
)
