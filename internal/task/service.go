package task

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"goodword/internal/audit"
	"goodword/internal/db"
	"goodword/internal/event"
	"goodword/internal/fault"
	"goodword/internal/ident"
)

// Deps is what a Service needs. Every field is required.
type Deps struct {
	DB *db.DB
	// Clock is the business clock.
	Clock func() time.Time
}

// Service holds the use cases of tasks. It is safe for concurrent use.
type Service struct{ Deps }

// NewService returns the Service. It panics if a dependency is missing.
func NewService(d Deps) *Service {
	if d.DB == nil || d.Clock == nil {
		panic("task.NewService: Deps.DB or Deps.Clock is missing")
	}
	return &Service{Deps: d}
}

func (s *Service) now() time.Time { return s.Clock().UTC().Truncate(time.Microsecond) }

// Add makes a task in the caller's transaction. A second one with the same cause changes nothing, even when the first is
// closed. Returns Invalid for a task without kind, cause, title or due time.
func (s *Service) Add(ctx context.Context, tx db.Tx, n New) error {
	if !slices.Contains(Kinds, n.Kind) || n.Cause == "" || n.Title == "" || n.DueAt.IsZero() {
		return fault.New(fault.Invalid, "A task needs a kind, a cause, a title and a time.")
	}
	return insert(ctx, tx, Task{
		ID: ident.New(), Kind: n.Kind, OwnerID: n.OwnerID, CustomerID: n.CustomerID, IntroductionID: n.IntroductionID, Cause: n.Cause, Title: n.Title,
		State: Open, DueAt: n.DueAt.UTC().Truncate(time.Microsecond), CreatedAt: s.now(),
	})
}

// Close drops the open task of a cause in the caller's transaction, because there is nothing left to do. Without one it
// does nothing.
func (s *Service) Close(ctx context.Context, tx db.Tx, cause string) error {
	return drop(ctx, tx, cause, s.now())
}

// ByID returns a task. Returns NotFound.
func (s *Service) ByID(ctx context.Context, idb bun.IDB, id string) (Task, error) {
	return byID(ctx, idb, id)
}

// List returns a page of tasks, the most urgent first. Returns Malformed for a cursor that cannot be used.
func (s *Service) List(ctx context.Context, f Filter, p db.Page) (db.List[Task], error) {
	return list(ctx, s.DB, f, p, s.now())
}

// Count says how many tasks pass the filter.
func (s *Service) Count(ctx context.Context, f Filter) (int64, error) {
	return count(ctx, s.DB, f, s.now())
}

const maxOutcome = 2000

// Done closes a task with a note, which may be empty. Closing a task that is done already changes nothing.
// Returns NotFound, and Conflict for one that was dropped.
func (s *Service) Done(ctx context.Context, actor audit.Actor, id, outcome string) (Task, error) {
	return s.change(ctx, id, func(ctx context.Context, tx db.Tx, t *Task) error {
		outcome = strings.TrimSpace(outcome)
		var c fault.Check
		c.That(utf8.RuneCountInString(outcome) <= maxOutcome, "outcome", "This is too long.")
		if err := c.Err(); err != nil {
			return err
		}
		switch t.State {
		case Done:
			return nil
		case Dropped:
			return fault.New(fault.Conflict, "This task has ended by itself.")
		}
		t.State, t.Outcome, t.ClosedAt = Done, outcome, s.now()
		return event.Record(ctx, tx, event.Event{Type: "task.done", At: s.now(), ActorKind: string(actor.Kind), ActorID: actor.ID,
			CustomerID: t.CustomerID, IntroductionID: t.IntroductionID, Data: map[string]string{"task_id": t.ID, "kind": string(t.Kind)}})
	})
}

// Snooze hides an open task until a time, and makes it due then. Returns NotFound, Invalid for a time that is past or over
// a year ahead, and Conflict for a closed task.
func (s *Service) Snooze(ctx context.Context, actor audit.Actor, id string, until time.Time) (Task, error) {
	return s.change(ctx, id, func(ctx context.Context, tx db.Tx, t *Task) error {
		until = until.UTC().Truncate(time.Microsecond)
		var c fault.Check
		c.That(until.After(s.now()) && until.Before(s.now().AddDate(1, 0, 1)), "until", "Choose a time within the next year.")
		if err := c.Err(); err != nil {
			return err
		}
		if err := t.mustBeOpen(); err != nil {
			return err
		}
		t.SnoozedUntil = until
		if t.DueAt.Before(until) {
			t.DueAt = until
		}
		return audit.Record(ctx, tx, s.now(), audit.Entry{Actor: actor, Action: "task.snoozed", Object: "task", ObjectID: t.ID,
			After: map[string]time.Time{"until": until}})
	})
}

// Reassign gives an open task to somebody else. Returns NotFound, Invalid at "owner_id" for an unknown or disabled
// colleague, and Conflict for a closed task.
func (s *Service) Reassign(ctx context.Context, actor audit.Actor, id, ownerID string) (Task, error) {
	return s.change(ctx, id, func(ctx context.Context, tx db.Tx, t *Task) error {
		if err := t.mustBeOpen(); err != nil {
			return err
		}
		if err := checkOwner(ctx, tx, ownerID); err != nil {
			return err
		}
		before := t.OwnerID
		t.OwnerID, t.SnoozedUntil = ownerID, time.Time{}
		return audit.Record(ctx, tx, s.now(), audit.Entry{Actor: actor, Action: "task.reassigned", Object: "task", ObjectID: t.ID,
			Before: map[string]string{"owner_id": before}, After: map[string]string{"owner_id": ownerID}})
	})
}

func (t Task) mustBeOpen() error {
	if t.State != Open {
		return fault.New(fault.Conflict, "This task is closed.")
	}
	return nil
}

func (s *Service) change(ctx context.Context, id string, fn func(ctx context.Context, tx db.Tx, t *Task) error) (Task, error) {
	var t Task
	err := s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		var err error
		if t, err = lock(ctx, tx, id); err != nil {
			return err
		}
		if err := fn(ctx, tx, &t); err != nil {
			return err
		}
		return save(ctx, tx, t)
	})
	if err != nil {
		return Task{}, fmt.Errorf("task %s: %w", id, err)
	}
	return t, nil
}

// HandOver gives every open task of one colleague to another. It is a staff.HandOver.
func (s *Service) HandOver(ctx context.Context, tx db.Tx, from, to string) error {
	return handOver(ctx, tx, from, to)
}
