package introduction

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"goodword/internal/audit"
	"goodword/internal/campaign"
	"goodword/internal/db"
	"goodword/internal/staff"
	"goodword/internal/task"
)

// sweepSize is how many rows a sweep takes at once; it is called again soon.
const sweepSize = 200

// Sweep runs every sweep once and returns how many introductions it moved.
func (s *Service) Sweep(ctx context.Context) (int, error) {
	total := 0
	for _, sweep := range []func(context.Context) (int, error){s.Settle, s.Nudge, s.LaterDue, s.Escalate, s.Expire, s.Purge} {
		n, err := sweep(ctx)
		total += n
		if err != nil {
			return total, err
		}
	}
	return total, nil
}

// each locks the rows one by one, each in a transaction of its own, and looks again whether fn still has something to do.
// fn reports whether it moved the row.
func (s *Service) each(ctx context.Context, ids []string, fn func(context.Context, db.Tx, *Introduction) (bool, error)) (int, error) {
	n := 0
	for _, id := range ids {
		var did bool
		_, err := s.locked(ctx, id, func(ctx context.Context, tx db.Tx, row *Introduction) error {
			var err error
			did, err = fn(ctx, tx, row)
			return err
		})
		if err != nil {
			return n, fmt.Errorf("sweep introduction %s: %w", id, err)
		}
		if did {
			n++
		}
	}
	return n, nil
}

// Settle promises what a yes earns once it can no longer be undone, and ends the other introductions of the same person
// (F2): they are kept as seconded.
func (s *Service) Settle(ctx context.Context) (int, error) {
	now := s.now()
	ids, err := s.due(ctx, func(q *bun.SelectQuery) *bun.SelectQuery {
		return q.Where("i.undo_until IS NOT NULL").Where("i.undo_until <= ?", now)
	})
	if err != nil {
		return 0, err
	}
	by := change{what: "settled", actor: audit.System("introduction.settle"), at: now}
	return s.each(ctx, ids, func(ctx context.Context, tx db.Tx, row *Introduction) (bool, error) {
		if row.UndoUntil.IsZero() || row.UndoUntil.After(now) {
			return false, nil
		}
		by.before = *row
		if err := s.settle(ctx, tx, row, by); err != nil {
			return false, err
		}
		if err := save(ctx, tx, row, now); err != nil {
			return false, err
		}
		if err := s.enqueue(ctx, tx, Second{IntroductionID: row.ID}); err != nil {
			return false, err
		}
		return true, record(ctx, tx, *row, by)
	})
}

// Second is the job that keeps the other introductions of a person as seconded.
type Second struct {
	IntroductionID string `json:"introduction_id"`
}

// Kind names the job's type.
func (Second) Kind() string { return "introduction.second" }

// Second ends the other undecided introductions of the same person in the campaign, one by one, so that no two yeses
// wait for each other. Their introducers notice nothing before the neutral outcome.
func (s *Service) Second(ctx context.Context, job Second) error {
	winner, err := byID(ctx, s.DB, job.IntroductionID)
	if err != nil || !winner.State.Credited() {
		return err
	}
	ids, err := waiting(ctx, s.DB, winner.CampaignID, winner.ProspectBlind, winner.ID)
	if err != nil {
		return db.Classify(err)
	}
	now := s.now()
	_, err = s.each(ctx, ids, func(ctx context.Context, tx db.Tx, row *Introduction) (bool, error) {
		if row.State != Ready && row.State != Invited && row.State != Undeliverable {
			return false, nil
		}
		row.OutcomeReason = ReasonSeconded
		return true, step(ctx, tx, row, ScreenOut, change{what: "screened_out", reason: ReasonSeconded,
			actor: audit.System("introduction.second"), at: now})
	})
	return err
}

// Nudge reminds a customer once of an introduction that was not sent, and once of one that was not answered, after the
// campaign's days. What was screened out is nudged alike (S8). The prospect is never nudged.
func (s *Service) Nudge(ctx context.Context) (int, error) {
	now := s.now()
	ids, err := s.due(ctx, func(q *bun.SelectQuery) *bun.SelectQuery {
		return q.Where("i.nudge_at IS NOT NULL").Where("i.nudge_at <= ?", now)
	})
	if err != nil {
		return 0, err
	}
	return s.each(ctx, ids, func(ctx context.Context, tx db.Tx, row *Introduction) (bool, error) {
		if row.NudgeAt.IsZero() || row.NudgeAt.After(now) {
			return false, nil
		}
		c, err := campaign.ByID(ctx, tx, row.CampaignID)
		if err != nil {
			return false, err
		}
		name := mailNudgeUnsent
		if row.Sent() {
			name = mailNudgeUnanswered
		}
		if !c.Open() || !wanted(name, *row, now) {
			return false, update(ctx, tx, row, change{what: "not_nudged", actor: audit.System("introduction.nudge"), at: now}, func(i *Introduction) { i.NudgeAt = time.Time{} })
		}
		err = update(ctx, tx, row, change{what: name, actor: audit.System("introduction.nudge"), at: now}, func(i *Introduction) {
			i.NudgeAt = time.Time{}
			if i.Sent() {
				i.NudgedUnansweredAt = now
			} else {
				i.NudgedUnsentAt = now
			}
		})
		if err != nil {
			return false, err
		}
		return true, s.enqueue(ctx, tx, Mail{Name: name, IntroductionID: row.ID})
	})
}

// planNudge sets when the introducer is reminded next: each kind once.
func (i *Introduction) planNudge(n campaign.Nudges, now time.Time) {
	i.NudgeAt = time.Time{}
	if i.IntroducerID == "" || i.FirstName == "" || i.How != HowSelf || i.NudgesOff || !i.LaterUntil.IsZero() {
		return
	}
	switch shown := i.Shown(now); {
	case (shown == Draft || shown == Ready) && n.UnsentDays > 0 && i.NudgedUnsentAt.IsZero():
		i.NudgeAt = nextWorkday(now, n.UnsentDays)
	case shown == Invited && i.Sent() && n.UnansweredDays > 0 && i.NudgedUnansweredAt.IsZero():
		i.NudgeAt = now.AddDate(0, 0, n.UnansweredDays)
	}
}

// nextWorkday returns the instant so many days later, moved past Saturday and Sunday.
func nextWorkday(from time.Time, days int) time.Time {
	t := from.AddDate(0, 0, days)
	for weekend(t) {
		t = t.AddDate(0, 0, 1)
	}
	return t
}

// LaterDue sends the one mail that a prospect asked for with "maybe later".
func (s *Service) LaterDue(ctx context.Context) (int, error) {
	now := s.now()
	ids, err := s.due(ctx, func(q *bun.SelectQuery) *bun.SelectQuery {
		return q.Where("i.state = ?", Invited).Where("i.later_until <= ?", now).Where("i.later_mailed_at IS NULL").Where("i.email <> ''")
	})
	if err != nil {
		return 0, err
	}
	return s.each(ctx, ids, func(ctx context.Context, tx db.Tx, row *Introduction) (bool, error) {
		if row.State != Invited || row.LaterUntil.IsZero() || row.LaterUntil.After(now) || !row.LaterMailedAt.IsZero() || row.Email == "" {
			return false, nil
		}
		by := change{what: "later_due", actor: audit.System("introduction.later"), at: now}
		if err := update(ctx, tx, row, by, func(i *Introduction) { i.LaterMailedAt = now }); err != nil {
			return false, err
		}
		return true, s.enqueue(ctx, tx, Mail{Name: mailLater, IntroductionID: row.ID})
	})
}

// Escalate hands a yes that was not answered within the promised time to somebody else: the rep's deputy, else the
// campaign's author.
func (s *Service) Escalate(ctx context.Context) (int, error) {
	now := s.now()
	ids, err := s.due(ctx, func(q *bun.SelectQuery) *bun.SelectQuery {
		return q.Where("i.state = ?", Accepted).Where("i.answer_due_at <= ?", now).Where("i.answered_at IS NULL").Where("i.escalated_at IS NULL")
	})
	if err != nil {
		return 0, err
	}
	return s.each(ctx, ids, func(ctx context.Context, tx db.Tx, row *Introduction) (bool, error) {
		if row.State != Accepted || row.AnswerDueAt.IsZero() || row.AnswerDueAt.After(now) || !row.AnsweredAt.IsZero() || !row.EscalatedAt.IsZero() {
			return false, nil
		}
		to, err := s.escalateTo(ctx, tx, *row)
		if err != nil {
			return false, err
		}
		by := change{what: "escalated", actor: audit.System("introduction.escalate"), at: now}
		if err := update(ctx, tx, row, by, func(i *Introduction) { i.EscalatedAt = now }); err != nil {
			return false, err
		}
		err = s.Tasks.Add(ctx, tx, task.New{Kind: task.Answer, OwnerID: to.ID, CustomerID: row.IntroducerID, IntroductionID: row.ID,
			Cause: escalationCause(row.ID), Title: "Nobody has answered this yes in time: answer it now", DueAt: now.Add(4 * time.Hour)})
		if err != nil || to.ID == "" {
			return true, err
		}
		return true, s.enqueue(ctx, tx, Mail{Name: mailEscalated, IntroductionID: row.ID, StaffID: to.ID})
	})
}

// escalateTo returns who answers when the rep does not: the deputy, the campaign's owner or author, any marketer or owner.
func (s *Service) escalateTo(ctx context.Context, tx db.Tx, row Introduction) (staff.Member, error) {
	c, err := campaign.ByID(ctx, tx, row.CampaignID)
	if err != nil {
		return staff.Member{}, err
	}
	all, err := s.Staff.List(ctx, tx)
	if err != nil {
		return staff.Member{}, fmt.Errorf("escalate introduction %s: %w", row.ID, err)
	}
	byID := map[string]staff.Member{}
	for _, m := range all {
		byID[m.ID] = m
	}
	now := s.now()
	free := func(m staff.Member) bool {
		return m.ID != "" && m.ID != row.OwnerID && m.State == staff.Active && !m.Away(now)
	}
	for _, id := range []string{byID[row.OwnerID].DeputyID, c.OwnerID, c.AuthorID} {
		if m := byID[id]; free(m) {
			return m, nil
		}
	}
	for _, role := range []staff.Role{staff.Marketer, staff.Owner} {
		for _, m := range all {
			if m.Role == role && free(m) {
				return m, nil
			}
		}
	}
	return byID[row.OwnerID], nil
}

// Expire ends what nobody has answered in time, drafts that were left lying, and yeses whose protection window is over.
func (s *Service) Expire(ctx context.Context) (int, error) {
	now := s.now()
	ids, err := s.due(ctx, func(q *bun.SelectQuery) *bun.SelectQuery {
		return q.Where("i.expires_at IS NOT NULL").Where("i.expires_at <= ?", now)
	})
	if err != nil {
		return 0, err
	}
	by := change{what: "expired", actor: audit.System("introduction.expire"), at: now}
	return s.each(ctx, ids, func(ctx context.Context, tx db.Tx, row *Introduction) (bool, error) {
		if row.ExpiresAt.IsZero() || row.ExpiresAt.After(now) {
			return false, nil
		}
		e, unanswered := Expire, row.State != Accepted
		if row.State == Draft {
			e = Discard
		}
		if unanswered {
			row.purge(now)
		}
		if err := step(ctx, tx, row, e, by); err != nil {
			return false, err
		}
		if e == Discard {
			return true, nil
		}
		if err := s.closeTasks(ctx, tx, *row); err != nil {
			return false, err
		}
		return true, s.stopped(ctx, tx, *row)
	})
}

// Purge deletes the contact data of what has ended (L9): what was screened out when its neutral outcome may be read, what
// was lost or expired when its window is over, what was declined or withdrawn at once. The blind hash and the outcome stay.
func (s *Service) Purge(ctx context.Context) (int, error) {
	now := s.now()
	ids, err := s.due(ctx, func(q *bun.SelectQuery) *bun.SelectQuery {
		return q.Where("i.purged_at IS NULL").WhereGroup(" AND ", func(q *bun.SelectQuery) *bun.SelectQuery {
			return q.Where("i.state = ? AND i.neutral_at <= ?", ScreenedOut, now).
				WhereOr("i.state = ? AND i.protected_until <= ?", Lost, now).
				WhereOr("i.state IN (?)", bun.List([]State{Declined, Withdrawn, Expired}))
		})
	})
	if err != nil {
		return 0, err
	}
	by := change{what: "purged", actor: audit.System("introduction.purge"), at: now}
	return s.each(ctx, ids, func(ctx context.Context, tx db.Tx, row *Introduction) (bool, error) {
		if !row.purgeable(now) {
			return false, nil
		}
		if err := update(ctx, tx, row, by, func(i *Introduction) { i.purge(now) }); err != nil {
			return false, err
		}
		if row.State != ScreenedOut {
			return true, nil
		}
		// Whoever introduced somebody in vain hears the same as everybody whose introduction was not answered.
		return true, s.stopped(ctx, tx, *row)
	})
}

func (i Introduction) purgeable(now time.Time) bool {
	if !i.PurgedAt.IsZero() {
		return false
	}
	switch i.State {
	case ScreenedOut:
		return !i.NeutralAt.After(now)
	case Lost:
		return !i.ProtectedUntil.After(now)
	}
	return i.State == Declined || i.State == Withdrawn || i.State == Expired
}
