package customer

import (
	"context"
	"fmt"
	"time"

	"goodword/internal/audit"
	"goodword/internal/db"
	"goodword/internal/event"
	"goodword/internal/fault"
	"goodword/internal/money"
)

// Fact is something that happened to a customer outside Goodword and that moments to ask depend on.
type Fact struct {
	// Type is "order.placed", "renewed", "project.started", "milestone.reached", "thanked", "contacted", "complaint.opened" or
	// "complaint.closed".
	Type string
	// At is when it happened; zero means now.
	At time.Time
	// Value is what the order or renewal is worth, if it is known.
	Value *money.Amount
}

var factTypes = map[string]bool{
	"order.placed": true, "renewed": true, "project.started": true, "milestone.reached": true, "thanked": true, "contacted": true,
	"complaint.opened": true, "complaint.closed": true,
}

// RecordFact keeps a fact and updates what follows from it: the last order, the last contact, the open complaint.
// Returns NotFound, Gone for an erased customer, and Invalid for an unknown type or a time in the future.
func (s *Service) RecordFact(ctx context.Context, actor audit.Actor, id string, f Fact) error {
	err := s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error { return s.RecordFactTx(ctx, tx, actor, id, f) })
	if err != nil {
		return fmt.Errorf("record fact about customer %s: %w", id, err)
	}
	return nil
}

// RecordFactTx is RecordFact in the caller's transaction.
func (s *Service) RecordFactTx(ctx context.Context, tx db.Tx, actor audit.Actor, id string, f Fact) error {
	now := s.now()
	if f.At.IsZero() {
		f.At = now
	}
	f.At = micro(f.At)
	var ch fault.Check
	ch.That(factTypes[f.Type], "type", "This kind of fact is not known.")
	ch.That(!f.At.After(now.Add(24*time.Hour)), "at", "This is in the future.")
	if f.Value != nil {
		ch.That(money.Known(f.Value.Currency) && f.Value.Minor >= 0, "value", "Give an amount of at least 0 in a known currency.")
	}
	if err := ch.Err(); err != nil {
		return err
	}
	c, err := lock(ctx, tx, id)
	if err != nil {
		return err
	}
	if c.Erased() {
		return fault.New(fault.Gone, "This person's data was erased.")
	}
	c.apply(f)
	c.UpdatedAt = now
	if err := save(ctx, tx, c); err != nil {
		return err
	}
	data := map[string]any{}
	if f.Value != nil {
		data["value"] = f.Value
	}
	return event.Record(ctx, tx, event.Event{Type: f.Type, At: f.At, ActorKind: string(actor.Kind), ActorID: actor.ID, CustomerID: id, Data: data})
}

func (c *Customer) apply(f Fact) {
	latest := func(t *time.Time) bool {
		if f.At.Before(*t) {
			return false
		}
		*t = f.At
		return true
	}
	switch f.Type {
	case "order.placed", "renewed":
		if latest(&c.LastOrderAt) && f.Value != nil {
			c.OrderMinor, c.OrderCurrency = &f.Value.Minor, f.Value.Currency
		}
		if c.Stage != Active {
			c.Stage = Active
		}
	case "project.started", "milestone.reached", "thanked", "contacted":
		latest(&c.ContactedAt)
	case "complaint.opened":
		c.ComplaintAt = f.At
	case "complaint.closed":
		c.ComplaintAt = time.Time{}
		latest(&c.ContactedAt)
	}
}
