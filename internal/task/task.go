// Package task keeps what a named person should do by a time: ask, recover, reconnect, answer, thank.
package task

import (
	"time"

	"github.com/uptrace/bun"
)

// Kind says what is to be done.
type Kind string

// The kinds of tasks.
const (
	Ask       Kind = "ask"       // ask a customer for an introduction
	Recovery  Kind = "recovery"  // an unhappy customer waits for help
	Reconnect Kind = "reconnect" // a customer has been silent for long
	Answer    Kind = "answer"    // somebody waits for the promised answer
	Thank     Kind = "thank"     // somebody deserves thanks
)

// Kinds lists every kind.
var Kinds = []Kind{Ask, Recovery, Reconnect, Answer, Thank}

// State says whether a task is still to be done.
type State string

// The states of a task.
const (
	Open    State = "open"
	Done    State = "done"    // somebody did it
	Dropped State = "dropped" // what it was about has ended by itself
)

// Task is a row of table task.
type Task struct {
	bun.BaseModel `bun:"table:task,alias:task"`

	ID   string `bun:"id,pk"`
	Kind Kind   `bun:"kind"`
	// OwnerID is who should do it; empty for nobody yet.
	OwnerID        string `bun:"owner_id,nullzero"`
	CustomerID     string `bun:"customer_id,nullzero"`
	IntroductionID string `bun:"introduction_id,nullzero"`
	// Cause is why the task exists; there is one task for each, ever ("answer:<introduction id>").
	Cause string `bun:"cause"`
	// Title says what to do, for staff, in English.
	Title        string    `bun:"title"`
	State        State     `bun:"state"`
	DueAt        time.Time `bun:"due_at"`
	SnoozedUntil time.Time `bun:"snoozed_until,nullzero"`
	// Outcome is what whoever closed it noted.
	Outcome   string    `bun:"outcome"`
	ClosedAt  time.Time `bun:"closed_at,nullzero"`
	Version   int64     `bun:"version"`
	CreatedAt time.Time `bun:"created_at"`
}

// Overdue reports whether an open task should have been done by now.
func (t Task) Overdue(now time.Time) bool { return t.State == Open && now.After(t.DueAt) }

// New is what a task is made from. Kind, Cause, Title and DueAt are required.
type New struct {
	Kind           Kind
	OwnerID        string
	CustomerID     string
	IntroductionID string
	Cause          string
	Title          string
	DueAt          time.Time
}

// Filter narrows lists; every field that is set must hold.
type Filter struct {
	Kind           Kind
	OwnerID        string
	CustomerID     string
	IntroductionID string
	// State is Open when empty.
	State State
	// Awake leaves out what is snoozed until later.
	Awake bool
}
