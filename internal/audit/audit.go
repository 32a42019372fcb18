// Package audit keeps who did what, from where, why, and what it changed, in rows that are never changed and that are
// chained by hashes. Package audit owns Actor, the one word for whoever causes something.
package audit

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"goodword/internal/db"
	"goodword/internal/fault"
	"goodword/internal/ident"
)

// ActorKind says what sort of somebody acts.
type ActorKind string

// The kinds of actors.
const (
	KindStaff    ActorKind = "staff"
	KindAPIKey   ActorKind = "api_key"
	KindCustomer ActorKind = "customer"
	KindProspect ActorKind = "prospect"
	KindStripe   ActorKind = "stripe"
	KindSystem   ActorKind = "system"
)

// Actor is whoever causes something. Middleware makes it and passes it on as an argument.
type Actor struct {
	Kind ActorKind
	// ID is the staff member's, key's, customer's or introduction's id; for stripe the event's; for system empty.
	ID string
	// Name is shown in the audit list: a staff member's or key's name, a sweep's name. Empty for customers and
	// prospects: their rows outlive the erasure of the person.
	Name string
	// Role is the role that the actor had at that moment; only staff and keys have one.
	Role string
	// IP is where the request came from; empty without a request, and for customers and prospects.
	IP        string
	RequestID string
}

// System is the actor of sweeps and jobs; name says which: "reward.mature".
func System(name string) Actor { return Actor{Kind: KindSystem, Name: name} }

// Entry is one action to be kept.
type Entry struct {
	Actor Actor
	// Action is object.verb in the past: "reward.approved".
	Action string
	// Object and ObjectID name what was acted on: "reward" and its id. ObjectID is empty where there is only one.
	Object   string
	ObjectID string
	// Reason is what the actor gave as one; empty if none was asked for.
	Reason string
	// Before and After are what changed, as they go into JSON; nil for nothing. They hold ids, states and amounts:
	// never a secret, and no personal data of customers and prospects.
	Before any
	After  any
}

// Recorded is an entry as it was kept. Seq and Hash are 0 and empty until it is sealed.
type Recorded struct {
	ID       string
	At       time.Time
	Actor    Actor
	Action   string
	Object   string
	ObjectID string
	Reason   string
	Before   json.RawMessage
	After    json.RawMessage
	Seq      int64
	Hash     string
}

// Record keeps an entry in the transaction of the action itself: an action that is rolled back leaves none.
func Record(ctx context.Context, tx db.Tx, at time.Time, e Entry) error {
	if e.Action == "" || e.Object == "" || e.Actor.Kind == "" {
		return fault.Newf(fault.Internal, "audit entry without action, object or actor")
	}
	r := row{
		ID: ident.New(), At: at.UTC().Truncate(time.Microsecond),
		ActorKind: e.Actor.Kind, ActorID: e.Actor.ID, ActorName: e.Actor.Name, ActorRole: e.Actor.Role, IP: e.Actor.IP, RequestID: e.Actor.RequestID,
		Action: e.Action, Object: e.Object, ObjectID: e.ObjectID, Reason: e.Reason,
	}
	for _, c := range []struct {
		to   *string
		from any
	}{{&r.Before, e.Before}, {&r.After, e.After}} {
		if c.from == nil {
			continue
		}
		b, err := json.Marshal(c.from)
		if err != nil {
			return fmt.Errorf("record %s: %w", e.Action, err)
		}
		*c.to = string(b)
	}
	if err := insert(ctx, tx, r); err != nil {
		return fmt.Errorf("record %s %s: %w", e.Action, e.ObjectID, err)
	}
	return nil
}
