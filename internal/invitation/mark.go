package invitation

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"goodword/internal/audit"
	"goodword/internal/campaign"
	"goodword/internal/customer"
	"goodword/internal/db"
	"goodword/internal/fault"
	"goodword/internal/mail"
)

// mark writes down what the mail server took. A mail with trouble keeps its claim until the minute is over.
func (s *Service) mark(ctx context.Context, letters []letter, errs []error) error {
	if len(letters) == 0 {
		return nil
	}
	return s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		now := s.now()
		first := map[string][]letter{}
		for i, l := range letters {
			var err error
			switch {
			case errs[i] == nil && l.reminder:
				err = s.markReminded(ctx, tx, l, now)
			case errs[i] == nil:
				first[l.campaign.ID] = append(first[l.campaign.ID], l)
			case fault.Is(errs[i], fault.Invalid):
				err = s.markBounced(ctx, tx, l, now)
			}
			if err != nil {
				return fmt.Errorf("invitation %s: %w", l.invitation.ID, err)
			}
		}
		for id, sent := range first {
			if err := s.markSent(ctx, tx, sent, now); err != nil {
				return fmt.Errorf("campaign %s: %w", id, err)
			}
		}
		return nil
	})
}

// markSent marks the first mails of one campaign.
func (s *Service) markSent(ctx context.Context, tx db.Tx, letters []letter, now time.Time) error {
	ids := make([]string, len(letters))
	byID := map[string]Invitation{}
	for i, l := range letters {
		ids[i], byID[l.invitation.ID] = l.invitation.ID, l.invitation
	}
	example := Invitation{SentAt: now}
	example.remindFrom(letters[0].campaign.Reminders, now)
	moved, err := markSent(ctx, tx, ids, example.RemindAt, now)
	if err != nil {
		return err
	}
	// In order, so that two workers who touch the same customers cannot wait for one another.
	slices.SortFunc(moved, func(a, b string) int { return cmp.Compare(byID[a].CustomerID, byID[b].CustomerID) })
	for _, id := range moved {
		row := byID[id]
		row.State = Sent
		if err := s.Customers.Asked(ctx, tx, row.CustomerID, now); err != nil {
			return err
		}
		if err := s.record(ctx, tx, audit.System("invitation.send"), row, "sent", now); err != nil {
			return err
		}
	}
	return nil
}

// markReminded counts a reminder once, also when two workers had it because the first one's claim ran out.
func (s *Service) markReminded(ctx context.Context, tx db.Tx, l letter, now time.Time) error {
	row, err := lock(ctx, tx, l.invitation.ID)
	if err != nil || row.State != Sent || row.RemindersSent != l.invitation.RemindersSent {
		return err
	}
	row.ClaimedAt = time.Time{}
	row.RemindersSent++
	row.remindFrom(l.campaign.Reminders, now)
	if err := save(ctx, tx, row); err != nil {
		return err
	}
	return s.record(ctx, tx, audit.System("invitation.send"), row, "reminded", now)
}

// remindFrom sets when the next reminder is due, counted from the first mail but never at once after another.
func (i *Invitation) remindFrom(r campaign.Reminders, now time.Time) {
	i.RemindAt = time.Time{}
	days, ok := r.Next(i.RemindersSent)
	if !ok {
		return
	}
	i.RemindAt = i.SentAt.Add(time.Duration(days) * day)
	if soonest := now.Add(day); i.RemindAt.Before(soonest) {
		i.RemindAt = soonest
	}
}

func (s *Service) markBounced(ctx context.Context, tx db.Tx, l letter, now time.Time) error {
	// Only a mailbox that does not exist is stopped for mails that people need.
	gone, err := s.Customers.StopList.Suppressed(ctx, tx, l.customer.Email(), "", mail.Transactional)
	if err != nil {
		return err
	}
	if gone {
		if err := s.Customers.MarkBounced(ctx, tx, l.customer.Email(), customer.Bounced); err != nil {
			return err
		}
	}
	row, err := lock(ctx, tx, l.invitation.ID)
	if err != nil {
		return err
	}
	row.ClaimedAt = time.Time{}
	moved, err := row.apply(verbBounce)
	if err != nil || !moved {
		return err
	}
	if err := save(ctx, tx, row); err != nil {
		return err
	}
	return s.record(ctx, tx, audit.System("invitation.send"), row, "bounced", now)
}
