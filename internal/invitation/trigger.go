package invitation

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"goodword/internal/campaign"
	"goodword/internal/customer"
	"goodword/internal/db"
	"goodword/internal/event"
	"goodword/internal/fault"
	"goodword/internal/ident"
)

// onEvents is the occasion of the row that remembers how far a campaign has read the events. An invitation's own
// occasion names its event.
const onEvents = "events"

const (
	eventChunk = 500
	// late is how old a fact may be when it is entered and still start a mail.
	late = 30 * day
	// settle is how long an event may stay invisible behind younger ones because its transaction is still open.
	settle = time.Minute
)

// Triggers is the sweep behind everything that starts by itself: it wakes walks that were interrupted, begins the walk of
// a new period, and invites customers for what happened to them. A campaign that fails does not keep the others back.
func (s *Service) Triggers(ctx context.Context) error {
	err := s.wake(ctx)
	sweeps, serr := campaign.LiveByTrigger(ctx, s.DB, campaign.TriggerSweep)
	err = errors.Join(err, serr)
	for _, c := range sweeps {
		err = errors.Join(err, s.beginPeriod(ctx, c))
	}
	onFacts, eerr := campaign.LiveByTrigger(ctx, s.DB, campaign.TriggerEvent)
	err = errors.Join(err, eerr)
	for _, c := range onFacts {
		err = errors.Join(err, s.readEvents(ctx, c))
	}
	return err
}

// wake enqueues walks that a crash, a pause or the end of a shift has interrupted.
func (s *Service) wake(ctx context.Context) error {
	open, err := unfinished(ctx, s.DB)
	if err != nil || len(open) == 0 {
		return err
	}
	return s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		for _, id := range open {
			if err := s.Queue.EnqueueUnique(ctx, tx, time.Time{}, Plan{OutreachID: id}); err != nil {
				return err
			}
		}
		return nil
	})
}

// beginPeriod starts this day's, week's or month's walk, once.
func (s *Service) beginPeriod(ctx context.Context, c campaign.Campaign) error {
	settings, err := s.Settings.Get(ctx)
	if err != nil {
		return err
	}
	now := s.now()
	zone, err := time.LoadLocation(settings.Zone)
	if err != nil {
		zone = time.UTC
	}
	occasion := "sweep:" + period(c.Trigger.Every, now.In(zone))
	known, err := outreachesOf(ctx, s.DB, c.ID)
	if err != nil {
		return err
	}
	for _, o := range known {
		if o.Occasion == occasion {
			return nil
		}
	}
	err = s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error { return s.begin(ctx, tx, c, occasion, now) })
	if err != nil {
		return fmt.Errorf("begin %s of campaign %s: %w", occasion, c.ID, err)
	}
	return nil
}

func period(every string, at time.Time) string {
	switch every {
	case "day":
		return at.Format(time.DateOnly)
	case "week":
		year, week := at.ISOWeek()
		return fmt.Sprintf("%d-W%02d", year, week)
	}
	return at.Format("2006-01")
}

// readEvents invites the customers to whom the campaign's event happened since the last look. Reading an event twice
// makes no second invitation, so the cursor stays behind events that may still be invisible.
func (s *Service) readEvents(ctx context.Context, c campaign.Campaign) error {
	o, err := s.eventsOf(ctx, c)
	if err != nil {
		return fmt.Errorf("events of campaign %s: %w", c.ID, err)
	}
	safe := idBefore(ident.New(), settle)
	for after := o.Cursor; ; {
		events, err := event.Since(ctx, s.DB, after, eventChunk)
		if err != nil {
			return fmt.Errorf("events of campaign %s: %w", c.ID, err)
		}
		if len(events) > 0 {
			after = events[len(events)-1].ID
		}
		cursor := max(o.Cursor, min(after, safe))
		if err := s.inviteFor(ctx, o.ID, c, events, cursor); err != nil {
			return fmt.Errorf("events of campaign %s: %w", c.ID, err)
		}
		if len(events) < eventChunk {
			return nil
		}
	}
}

// eventsOf returns the row that remembers the cursor; the first look begins with what comes from then on.
func (s *Service) eventsOf(ctx context.Context, c campaign.Campaign) (outreach, error) {
	find := func() (outreach, bool, error) {
		known, err := outreachesOf(ctx, s.DB, c.ID)
		for _, o := range known {
			if o.Occasion == onEvents {
				return o, true, err
			}
		}
		return outreach{}, false, err
	}
	o, ok, err := find()
	if ok || err != nil {
		return o, err
	}
	last, err := event.Last(ctx, s.DB)
	if err != nil {
		return outreach{}, err
	}
	err = s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		_, err := insertOutreach(ctx, tx, outreach{ID: ident.New(), CampaignID: c.ID, Occasion: onEvents, SendAt: s.now(), Cursor: last, Skipped: map[string]int{}, CreatedAt: s.now()})
		return err
	})
	if err != nil {
		return outreach{}, err
	}
	o, ok, err = find()
	if err == nil && !ok {
		err = fault.New(fault.Internal, "")
	}
	return o, err
}

// inviteFor plans the invitations for a chunk of events and moves the cursor, in one transaction.
func (s *Service) inviteFor(ctx context.Context, outreachID string, c campaign.Campaign, events []event.Recorded, cursor string) error {
	now := s.now()
	var wanted []event.Recorded
	for _, e := range events {
		if e.Type == c.Trigger.Event && e.CustomerID != "" && e.At.After(now.Add(-late)) && !e.At.Before(c.LaunchedAt.Add(-late)) {
			wanted = append(wanted, e)
		}
	}
	o, err := outreachByID(ctx, s.DB, outreachID)
	if err != nil || (len(wanted) == 0 && o.Cursor >= cursor) {
		return err
	}
	return s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		o, err := lockOutreach(ctx, tx, outreachID)
		if err != nil {
			return err
		}
		if o.Skipped == nil {
			o.Skipped = map[string]int{}
		}
		for _, e := range wanted {
			occasion := "event:" + e.ID
			if _, err := byOccasion(ctx, tx, c.ID, e.CustomerID, occasion); !fault.Is(err, fault.NotFound) {
				if err != nil {
					return err
				}
				continue // read before
			}
			p, err := s.Customers.ByID(ctx, tx, e.CustomerID)
			if err != nil {
				return err
			}
			// An event that was left out is counted each time it is read; only those behind the cursor are final.
			skipped := map[string]int{}
			chosen, err := s.sieve(ctx, tx, c, []customer.Customer{p}, now, skipped)
			if err != nil {
				return err
			}
			if e.ID <= cursor {
				for reason, n := range skipped {
					o.Skipped[reason] += n
				}
			}
			sendAt := e.At.Add(time.Duration(c.Trigger.DelayDays) * day)
			if sendAt.Before(now) {
				sendAt = now
			}
			made, err := s.invite(ctx, tx, c, chosen, occasion, sendAt, now)
			if err != nil {
				return err
			}
			o.Planned += int64(made)
		}
		o.Cursor = max(o.Cursor, cursor)
		return saveOutreach(ctx, tx, o)
	})
}

// idBefore returns a lower bound of the ids that were made from d before the given one on: the first 48 bits of an id are
// its time.
func idBefore(id string, d time.Duration) string {
	var ms int64
	if _, err := fmt.Sscanf(strings.ReplaceAll(id[:13], "-", ""), "%x", &ms); err != nil {
		return ""
	}
	h := fmt.Sprintf("%012x", ms-d.Milliseconds())
	return h[:8] + "-" + h[8:]
}
