package campaign

import (
	"context"
	"errors"
	"fmt"

	"goodword/internal/audit"
	"goodword/internal/db"
	"goodword/internal/ledger"
	"goodword/internal/money"
)

// Launch starts a campaign: its budget is authorised in the books and its audience invited, in one transaction. One with a
// date ahead is scheduled instead and launched by LaunchDue. Launching twice changes nothing.
// Returns NotFound, Invalid with everything that is missing, and Conflict for one that is paused or has ended.
func (s *Service) Launch(ctx context.Context, actor audit.Actor, id string) (Campaign, error) {
	c, err := s.move(ctx, actor, id, func(ctx context.Context, tx db.Tx, c *Campaign) (bool, string, error) {
		o, err := OfferByID(ctx, tx, c.OfferID)
		if err != nil {
			return false, "", err
		}
		now := s.now()
		if c.State == Draft || c.State == Scheduled {
			if err := s.launchable(ctx, tx, c.Plan(o)); err != nil {
				return false, "", err
			}
		}
		if at := c.Trigger.At; c.State != Live && c.Trigger.Kind == TriggerAt && at != nil && at.After(now) {
			moved, err := c.apply(verbSchedule)
			c.LaunchAt = at.UTC()
			return moved, "scheduled", err
		}
		moved, err := c.apply(verbLaunch)
		if !moved || err != nil {
			return moved, "", err
		}
		c.LaunchedAt = now
		if err := authorise(ctx, tx, actor, *c, o.Budget()); err != nil {
			return false, "", err
		}
		return true, "launched", s.Outreach.Start(ctx, tx, *c, now)
	})
	if err != nil {
		return Campaign{}, fmt.Errorf("launch campaign %s: %w", id, err)
	}
	return c, nil
}

// LaunchDue launches the scheduled campaigns whose date has come. It is a sweep: one that fails does not keep the others back.
func (s *Service) LaunchDue(ctx context.Context) error {
	ids, err := scheduledBefore(ctx, s.DB, s.now())
	if err != nil {
		return err
	}
	for _, id := range ids {
		if _, lerr := s.Launch(ctx, audit.System("campaign.launch"), id); lerr != nil {
			err = errors.Join(err, lerr)
		}
	}
	return err
}

// Pause stops the sending; pages stay open and what was promised stays promised. Pausing twice changes nothing.
// Returns NotFound, and Conflict for a draft or one that has ended.
func (s *Service) Pause(ctx context.Context, actor audit.Actor, id string) (Campaign, error) {
	return s.simple(ctx, actor, id, verbPause, "paused")
}

// Resume goes on where Pause stopped. Returns NotFound, and Conflict for one that is not paused.
func (s *Service) Resume(ctx context.Context, actor audit.Actor, id string) (Campaign, error) {
	return s.simple(ctx, actor, id, verbResume, "resumed")
}

// End closes a campaign for good: nothing more is sent and no new introduction begins under it. What was promised is
// still paid, so the budget stays authorised. Ending twice changes nothing.
func (s *Service) End(ctx context.Context, actor audit.Actor, id string) (Campaign, error) {
	return s.simple(ctx, actor, id, verbEnd, "ended")
}

func (s *Service) simple(ctx context.Context, actor audit.Actor, id string, v verb, what string) (Campaign, error) {
	c, err := s.move(ctx, actor, id, func(_ context.Context, _ db.Tx, c *Campaign) (bool, string, error) {
		moved, err := c.apply(v)
		return moved, what, err
	})
	if err != nil {
		return Campaign{}, fmt.Errorf("%s campaign %s: %w", v, id, err)
	}
	return c, nil
}

// move is the one shape of a transition: lock, apply, save, record.
func (s *Service) move(ctx context.Context, actor audit.Actor, id string, apply func(context.Context, db.Tx, *Campaign) (moved bool, what string, err error)) (Campaign, error) {
	var c Campaign
	err := s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) (err error) {
		if c, err = lock(ctx, tx, id); err != nil {
			return err
		}
		before := c
		moved, what, err := apply(ctx, tx, &c)
		if err != nil || !moved {
			return err
		}
		c.UpdatedAt = s.now()
		if err := save(ctx, tx, c); err != nil {
			return err
		}
		return s.record(ctx, tx, actor, c, what, before)
	})
	return c, err
}

// authorise posts a change of a campaign's budget; the key holds the offer's id, because each version is authorised once.
// A smaller budget is refused by the books with Conflict when more than that is promised already.
func authorise(ctx context.Context, tx db.Tx, actor audit.Actor, c Campaign, change money.Amount) error {
	if change.Zero() {
		return nil
	}
	amount, more := positive(change)
	legs := []ledger.Leg{ledger.Debit(ledger.Control(), amount), ledger.Credit(ledger.Avail(c.ID), amount)}
	if !more {
		legs = []ledger.Leg{ledger.Debit(ledger.Avail(c.ID), amount), ledger.Credit(ledger.Control(), amount)}
	}
	at := c.LaunchedAt
	if c.UpdatedAt.After(at) {
		at = c.UpdatedAt
	}
	_, err := ledger.Post(ctx, tx, ledger.Journal{
		Key: "authorise:" + c.OfferID, Kind: "authorise", At: at, CampaignID: c.ID, ActorKind: string(actor.Kind), ActorID: actor.ID, Legs: legs,
	})
	return err
}
