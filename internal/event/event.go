// Package event keeps what happened, one row for each change of state, written in the transaction that changed it.
// Timelines, webhooks out, triggers and server-sent events read these rows by cursor. It also counts visits.
package event

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"goodword/internal/db"
	"goodword/internal/fault"
	"goodword/internal/ident"
)

// Event is one change of state to be kept. It holds ids, states, steps and amounts, never personal data.
type Event struct {
	// Type is object.verb in the past: "introduction.accepted".
	Type string
	At   time.Time
	// ActorKind and ActorID are those of the audit.Actor who caused it.
	ActorKind string
	ActorID   string
	// The ids of everything whose timeline shows the event; empty where it does not concern one.
	CustomerID     string
	CampaignID     string
	InvitationID   string
	IntroductionID string
	TestimonialID  string
	RewardID       string
	// Data is the object's public form after the change and Previous the changed fields before it, as they go into
	// JSON; nil for {}.
	Data     any
	Previous any
}

// Recorded is an event as it was kept. Ids that it does not concern are empty.
type Recorded struct {
	ID             string
	Type           string
	At             time.Time
	ActorKind      string
	ActorID        string
	CustomerID     string
	CampaignID     string
	InvitationID   string
	IntroductionID string
	TestimonialID  string
	RewardID       string
	Data           json.RawMessage
	Previous       json.RawMessage
}

// Record keeps an event in the transaction of the change itself.
func Record(ctx context.Context, tx db.Tx, e Event) error {
	if e.Type == "" || e.At.IsZero() || e.ActorKind == "" {
		return fault.Newf(fault.Internal, "event without type, time or actor")
	}
	r := row{
		ID: ident.New(), Type: e.Type, At: e.At.UTC().Truncate(time.Microsecond), ActorKind: e.ActorKind, ActorID: e.ActorID,
		CustomerID: e.CustomerID, CampaignID: e.CampaignID, InvitationID: e.InvitationID,
		IntroductionID: e.IntroductionID, TestimonialID: e.TestimonialID, RewardID: e.RewardID,
	}
	for _, c := range []struct {
		to   *json.RawMessage
		from any
	}{{&r.Data, e.Data}, {&r.Previous, e.Previous}} {
		*c.to = json.RawMessage("{}")
		if c.from == nil {
			continue
		}
		b, err := json.Marshal(c.from)
		if err != nil {
			return fmt.Errorf("record %s: %w", e.Type, err)
		}
		*c.to = b
	}
	if err := insert(ctx, tx, r); err != nil {
		return fmt.Errorf("record %s: %w", e.Type, err)
	}
	return nil
}
