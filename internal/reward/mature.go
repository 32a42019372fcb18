package reward

import (
	"context"
	"errors"

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
	again, err := dueIDs(ctx, s.DB, func(q *bun.SelectQuery) *bun.SelectQuery {
		return q.Where("rw.state = ?", Held).Where("rw.held_reason = ?", HeldCheckFailed).Where("rw.retry_at <= ?", now)
	})
	if err != nil {
		return 0, err
	}
	n := 0
	var errs []error
	for _, id := range append(ids, again...) {
		did, err := s.mature(ctx, id, set)
		if err != nil && ctx.Err() == nil {
			// What cannot be checked is not approved: it is held, and looked at again later (F5).
			did, err = true, errors.Join(err, s.holdUnchecked(ctx, id, err))
		}
		errs = append(errs, err)
		if did {
			n++
		}
	}
	return n, errors.Join(errs...)
}

func (s *Service) mature(ctx context.Context, id string, set setting.Settings) (bool, error) {
	var did bool
	_, err := s.locked(ctx, id, func(ctx context.Context, tx db.Tx, r *Reward) error {
		did = false
		c := system("mature", s.now())
		unchecked := r.State == Held && r.HeldReason == HeldCheckFailed
		if r.State != Pending && !unchecked || r.MaturesAt.After(c.at) {
			return nil
		}
		did = true
		reason, found, err := s.keeps(ctx, tx, *r, set)
		if err != nil {
			return err
		}
		if unchecked {
			release := c
			release.event = Release
			if err := s.step(ctx, tx, r, release); err != nil {
				return err
			}
		}
		if reason != "" {
			c.reason = found
			return s.hold(ctx, tx, r, reason, c)
		}
		return s.approve(ctx, tx, r, c)
	})
	return did, err
}

// holdUnchecked holds a reward whose checks could not be made.
func (s *Service) holdUnchecked(ctx context.Context, id string, why error) error {
	_, err := s.locked(ctx, id, func(ctx context.Context, tx db.Tx, r *Reward) error {
		if r.State != Pending && (r.State != Held || r.HeldReason != HeldCheckFailed) {
			return nil // a person has decided meanwhile
		}
		if err := s.Checks.Failed(ctx, tx, *r, why); err != nil {
			return err
		}
		c := system("mature", s.now())
		r.RetryAt = c.at.Add(retryAfter)
		if r.State == Pending {
			return s.hold(ctx, tx, r, HeldCheckFailed, c)
		}
		return save(ctx, tx, r, c.at)
	})
	return err
}

// keeps names what keeps a matured reward from being approved without a person, and which of the checks for abuse that is; ""
// if nothing does. A failing look-up is an error, which approves nothing (F5).
func (s *Service) keeps(ctx context.Context, tx db.Tx, r Reward, set setting.Settings) (reason, found string, err error) {
	open, err := disputed(ctx, tx, r)
	if err != nil {
		return "", "", err
	}
	if open {
		return HeldDispute, "", nil
	}
	// A person has looked at it and let it go on; a dispute they cannot decide.
	if r.ClearedBy != "" {
		return "", "", nil
	}
	if found, err = s.examine(ctx, tx, r, set); err != nil {
		return "", "", err
	}
	if found != "" {
		return HeldRisk, found, nil
	}
	if r.IntroductionID != "" {
		i, err := introductionOf(ctx, tx, r.IntroductionID)
		if err != nil {
			return "", "", err
		}
		if i.Review == "to_review" || i.Flagged != "" && i.Review != "cleared" {
			return HeldReview, "", nil
		}
	}
	switch {
	case r.CloserID != "", r.large(set):
		return HeldSecondPerson, "", nil
	case !set.SafeApprove:
		return HeldApproval, "", nil
	}
	return "", "", nil
}
