package introduction

import (
	"context"
	"fmt"
	"time"

	"goodword/internal/audit"
	"goodword/internal/db"
	"goodword/internal/event"
)

// Public is what events and the audit say of an introduction: no personal data.
type Public struct {
	ID         string `json:"id"`
	State      State  `json:"state"`
	Step       string `json:"step,omitempty"`
	Kind       string `json:"kind,omitempty"`
	How        string `json:"how,omitempty"`
	Reason     string `json:"reason,omitempty"`
	CampaignID string `json:"campaign_id,omitempty"`
	OfferID    string `json:"offer_id,omitempty"`
	OwnerID    string `json:"owner_id,omitempty"`
	DealID     string `json:"deal_id,omitempty"`
}

func (i Introduction) public() Public {
	return Public{ID: i.ID, State: i.State, Step: i.Step, Kind: i.Kind, How: i.How, Reason: i.OutcomeReason,
		CampaignID: i.CampaignID, OfferID: i.OfferID, OwnerID: i.OwnerID, DealID: i.DealID}
}

// change is one thing that happened to a locked row.
type change struct {
	// what is the verb in the past: "accepted".
	what   string
	actor  audit.Actor
	reason string
	before Introduction
	at     time.Time
}

// record writes the event and the audit entry of a change.
func record(ctx context.Context, tx db.Tx, row Introduction, c change) error {
	after, before := row.public(), c.before.public()
	err := event.Record(ctx, tx, event.Event{Type: "introduction." + c.what, At: c.at,
		ActorKind: string(c.actor.Kind), ActorID: c.actor.ID, CustomerID: row.IntroducerID, CampaignID: row.CampaignID,
		InvitationID: row.InvitationID, IntroductionID: row.ID, Data: after, Previous: before})
	if err != nil {
		return fmt.Errorf("introduction %s %s: %w", row.ID, c.what, err)
	}
	err = audit.Record(ctx, tx, c.at, audit.Entry{Actor: c.actor, Action: "introduction." + c.what, Object: "introduction",
		ObjectID: row.ID, Reason: c.reason, Before: before, After: after})
	if err != nil {
		return fmt.Errorf("introduction %s %s: %w", row.ID, c.what, err)
	}
	return nil
}

// step is one transition inside a running transaction: apply, save, record. The row must be locked.
func step(ctx context.Context, tx db.Tx, row *Introduction, e Event, c change) error {
	c.before = *row
	if err := row.apply(e, c.at); err != nil {
		return fmt.Errorf("introduction %s: %w", row.ID, err)
	}
	if err := save(ctx, tx, row, c.at); err != nil {
		return err
	}
	return record(ctx, tx, *row, c)
}

// update is a change of a locked row that moves no state.
func update(ctx context.Context, tx db.Tx, row *Introduction, c change, set func(*Introduction)) error {
	c.before = *row
	set(row)
	if err := save(ctx, tx, row, c.at); err != nil {
		return err
	}
	return record(ctx, tx, *row, c)
}

func customerActor(id string) audit.Actor { return audit.Actor{Kind: audit.KindCustomer, ID: id} }

func prospectActor(introductionID string) audit.Actor {
	return audit.Actor{Kind: audit.KindProspect, ID: introductionID}
}
