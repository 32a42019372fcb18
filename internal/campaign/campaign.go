// Package campaign holds what is offered to whom, when and in which words: campaigns, their versioned offers and
// reward rules, the words of mails and pages, public placements and reusable share links.
package campaign

import (
	"time"

	"github.com/uptrace/bun"

	"goodword/internal/fault"
)

// State is where a campaign stands in its life.
type State string

// The states of a campaign. Ended is final.
const (
	Draft     State = "draft"
	Scheduled State = "scheduled"
	Live      State = "live"
	Paused    State = "paused"
	Ended     State = "ended"
)

// Ask is one thing that a campaign asks a customer for.
type Ask string

// The asks. Prime, Reconnect and Insight ask for nothing and have no form.
const (
	AskIntroduction Ask = "introduction"
	AskTestimonial  Ask = "testimonial"
	AskReference    Ask = "reference"
	AskPulse        Ask = "pulse"
	AskPrime        Ask = "prime"
	AskReconnect    Ask = "reconnect"
	AskInsight      Ask = "insight"
)

// Asks lists every ask in the order in which the editor shows them.
func Asks() []Ask {
	return []Ask{AskIntroduction, AskTestimonial, AskReference, AskPulse, AskPrime, AskReconnect, AskInsight}
}

// Form reports whether the ask leads to a form that can be answered.
func (a Ask) Form() bool {
	return a == AskIntroduction || a == AskTestimonial || a == AskReference || a == AskPulse
}

// Nudges says after how many days an introducer is reminded of an introduction, once each; 0 turns a nudge off.
type Nudges struct {
	UnsentDays     int `json:"unsent_days"`
	UnansweredDays int `json:"unanswered_days"`
}

// Reminders says after how many days without an answer an invitation is repeated, and how often at most.
type Reminders struct {
	AfterDays []int `json:"after_days"`
	Max       int   `json:"max"`
}

// Next returns the days after sending at which reminder number sent+1 is due; false when there is none left.
func (r Reminders) Next(sent int) (days int, ok bool) {
	if sent < 0 || sent >= r.Max || sent >= len(r.AfterDays) {
		return 0, false
	}
	return r.AfterDays[sent], true
}

// TriggerKind says what starts the sending.
type TriggerKind string

// The triggers: at launch, at a date, when something happens to a customer, or again every period.
const (
	TriggerNow   TriggerKind = "now"
	TriggerAt    TriggerKind = "at"
	TriggerEvent TriggerKind = "event"
	TriggerSweep TriggerKind = "sweep"
)

// Trigger is when a campaign writes to its audience.
type Trigger struct {
	Kind TriggerKind `json:"kind"`
	// At is the instant for kind "at".
	At *time.Time `json:"at,omitempty"`
	// Event is the type of the fact for kind "event": "order.placed", "renewed", "thanked" and the like.
	Event string `json:"event,omitempty"`
	// DelayDays is how long after the event the mail goes out.
	DelayDays int `json:"delay_days,omitempty"`
	// Every is the period for kind "sweep": "day", "week" or "month".
	Every string `json:"every,omitempty"`
	// AgainAfterDays is how long a customer is left alone by this campaign before an event or sweep may invite them
	// again; 0 means once ever.
	AgainAfterDays int `json:"again_after_days,omitempty"`
}

// Words are a campaign's texts in one language, plain text with merge words; see Merge.
type Words struct {
	Subject         string `json:"subject"`
	Body            string `json:"body"`
	PageTitle       string `json:"page_title"`
	PageBody        string `json:"page_body"`
	ReminderSubject string `json:"reminder_subject"`
	ReminderBody    string `json:"reminder_body"`
}

// Campaign is a row of table campaign. Its offer is a row of its own, because what was promised must never change.
type Campaign struct {
	bun.BaseModel `bun:"table:campaign,alias:campaign"`

	ID       string `bun:",pk"`
	Name     string
	Template string
	Division string
	State    State
	Asks     []Ask             `bun:"type:jsonb"`
	Suits    map[string]string `bun:"type:jsonb"`
	Nudges   Nudges            `bun:"type:jsonb"`
	Audience Audience          `bun:"type:jsonb"`
	Trigger  Trigger           `bun:"trigger_rule,type:jsonb"`
	Messages map[string]Words  `bun:"type:jsonb"`
	// Reminders is the stop rule of the mails; see Reminders.
	Reminders Reminders `bun:"type:jsonb"`
	// OfferID is the newest offer; people who were promised something keep the offer of their own invitation.
	OfferID  string `bun:",nullzero"`
	OwnerID  string `bun:",nullzero"`
	AuthorID string
	// LaunchAt is when a scheduled campaign goes live; zero if it was not scheduled.
	LaunchAt   time.Time `bun:",nullzero"`
	LaunchedAt time.Time `bun:",nullzero"`
	// Planned counts the invitations that launch, events and sweeps have made so far.
	Planned   int64
	Version   int64
	CreatedAt time.Time
	UpdatedAt time.Time
}

// Asked reports whether the campaign asks for a.
func (c Campaign) Asked(a Ask) bool {
	for _, have := range c.Asks {
		if have == a {
			return true
		}
	}
	return false
}

// FirstForm returns the first ask that has a form; the mail's button leads to it. False when the campaign asks for nothing.
func (c Campaign) FirstForm() (Ask, bool) {
	for _, a := range c.Asks {
		if a.Form() {
			return a, true
		}
	}
	return "", false
}

// Open reports whether the campaign still takes answers and new introductions: only a draft, a scheduled or an ended one does not.
// A paused campaign sends nothing but keeps its pages open.
func (c Campaign) Open() bool { return c.State == Live || c.State == Paused }

// verb is something that happens to a campaign.
type verb string

const (
	verbSchedule verb = "schedule"
	verbLaunch   verb = "launch"
	verbPause    verb = "pause"
	verbResume   verb = "resume"
	verbEnd      verb = "end"
)

var moves = map[State]map[verb]State{
	Draft:     {verbSchedule: Scheduled, verbLaunch: Live, verbEnd: Ended},
	Scheduled: {verbLaunch: Live, verbPause: Paused, verbEnd: Ended},
	Live:      {verbPause: Paused, verbEnd: Ended},
	Paused:    {verbResume: Live, verbEnd: Ended},
}

// settled names the states in which a verb has nothing left to do.
var settled = map[verb][]State{
	verbSchedule: {Scheduled},
	verbLaunch:   {Live},
	verbPause:    {Paused},
	verbResume:   {Live},
	verbEnd:      {Ended},
}

// apply moves the campaign. It reports false when the verb was applied before, and returns Conflict when the table of
// moves does not list it.
func (c *Campaign) apply(v verb) (moved bool, err error) {
	for _, s := range settled[v] {
		if c.State == s {
			return false, nil
		}
	}
	next, ok := moves[c.State][v]
	if !ok {
		return false, fault.Newf(fault.Conflict, "A campaign that is %s cannot be asked to %s.", c.State, v)
	}
	// One that was paused before its date waits for the date again.
	if v == verbResume && c.LaunchedAt.IsZero() {
		next = Scheduled
	}
	c.State = next
	return true, nil
}
