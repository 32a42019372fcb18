package reward

import (
	"context"

	"github.com/uptrace/bun"

	"goodword/internal/db"
	"goodword/internal/setting"
)

// Mature looks at every pending reward whose hold period is over, by the clock alone (M18): what is small, undisputed, not
// under review and closed by no person's word is approved; everything else is held with its reason and waits for a person.
// It is a sweep, and does nothing while the clock cannot be trusted.
func (s *Service) Mature(ctx context.Context) (int, error) {
	if !s.ClockOK() {
		return 0, nil
	}
	now := s.now()
	ids, err := dueIDs(ctx, s.DB, func(q *bun.SelectQuery) *bun.SelectQuery {
		return q.Where("rw.state = ?", Pending).Where("rw.matures_at <= ?", now)
	})
	if err != nil {
		return 0, err
	}
	set, err := s.Settings.Get(ctx)
	if err != nil {
		return 0, err
	}
	return s.each(ctx, ids, func(ctx context.Context, tx db.Tx, r *Reward) (bool, error) {
		if r.State != Pending || r.MaturesAt.After(now) {
			return false, nil
		}
		c := system("mature", now)
		reason, err := check(ctx, tx, *r, set)
		if err != nil {
			return false, err
		}
		if reason != "" {
			return true, s.hold(ctx, tx, r, reason, "", c)
		}
		return true, s.approve(ctx, tx, r, c)
	})
}

// check names what keeps a matured reward from being approved without a person; "" if nothing does. A failing look-up is an
// error, which approves nothing (F5).
func check(ctx context.Context, tx db.Tx, r Reward, set setting.Settings) (string, error) {
	open, err := disputed(ctx, tx, r)
	if err != nil {
		return "", err
	}
	if open {
		return HeldDispute, nil
	}
	// A person has looked at it and let it go on; a dispute they cannot decide.
	if r.ClearedBy != "" {
		return "", nil
	}
	if r.IntroductionID != "" {
		i, err := introductionOf(ctx, tx, r.IntroductionID)
		if err != nil {
			return "", err
		}
		if i.Review == "to_review" || i.Flagged != "" && i.Review != "cleared" {
			return HeldReview, nil
		}
	}
	switch {
	case r.CloserID != "", set.SecondPersonAboveMinor > 0 && r.AmountMinor > set.SecondPersonAboveMinor:
		return HeldSecondPerson, nil
	case !set.SafeApprove:
		return HeldApproval, nil
	}
	return "", nil
}
