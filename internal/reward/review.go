package reward

import (
	"context"
	"fmt"
	"slices"

	"goodword/internal/audit"
	"goodword/internal/db"
	"goodword/internal/fault"
	"goodword/internal/staff"
)

// Reviewer is a person who decides about somebody's reward. Only ReviewerOf makes one that counts, so that nothing which runs by
// itself, and no key of a program, can reject (F13, GDPR 22).
type Reviewer struct{ actor audit.Actor }

// ReviewerOf returns the colleague behind an actor. Returns Forbidden for sweeps, keys, customers, and roles that do not decide.
func ReviewerOf(actor audit.Actor) (Reviewer, error) {
	if actor.Kind != audit.KindStaff || actor.ID == "" {
		return Reviewer{}, &fault.Error{Code: fault.Forbidden, Message: "Only a person can decide this."}
	}
	if err := may(actor, staff.DecideRewards); err != nil {
		return Reviewer{}, err
	}
	return Reviewer{actor: actor}, nil
}

// RejectReasons are what the owner of a rejected reward can be told, as catalogue keys "reward.rejected.<reason>".
var RejectReasons = []string{"self", "customer", "duplicate", "staff", "terms", "other"}

// Rejection is why a reward is taken back.
type Rejection struct {
	// Note is for colleagues and the audit; it is never shown outside.
	Note string
	// Why is what the owner is told; empty means "other".
	Why string
}

func (x *Rejection) check() error {
	if x.Why == "" {
		x.Why = "other"
	}
	var c fault.Check
	c.Required("reason", x.Note)
	c.That(len(x.Note) <= maxText, "reason", "Please keep this shorter.")
	c.That(slices.Contains(RejectReasons, x.Why), "why", "There is no such reason.")
	return c.Err()
}

// Reject takes a reward back by a person's decision, wherever it stands; it is never earned again unless an appeal is granted.
// What is on its way is taken back when its outcome is known. Returns Forbidden, Invalid without a reason, NotFound, and Conflict
// when nothing is left of it or it has expired.
func (s *Service) Reject(ctx context.Context, by Reviewer, id string, x Rejection) (Reward, error) {
	if by.actor.ID == "" {
		return Reward{}, &fault.Error{Code: fault.Forbidden, Message: "Only a person can decide this."}
	}
	if err := x.check(); err != nil {
		return Reward{}, err
	}
	return s.locked(ctx, id, func(ctx context.Context, tx db.Tx, r *Reward) error { return s.reject(ctx, tx, r, by, x) })
}

func (s *Service) reject(ctx context.Context, tx db.Tx, r *Reward, by Reviewer, x Rejection) error {
	if r.Effective() == 0 && r.ForgoneMinor > 0 {
		return nil
	}
	c := change{actor: by.actor, at: s.now(), reason: x.Note}
	r.RejectedBy, r.RejectedWhy, r.RejectedAt = by.actor.ID, x.Why, c.at
	if err := s.Checks.Decided(ctx, tx, *r, false, by.actor.ID); err != nil {
		return err
	}
	return s.forgo(ctx, tx, r, c)
}

// reviewed are the reasons for holding that put a reward into the queue of reviews.
var reviewed = []string{HeldRisk, HeldReview, HeldCheckFailed}

// openReview puts a reward that was just held into the queue.
func (s *Service) openReview(ctx context.Context, tx db.Tx, r Reward) error {
	if !slices.Contains(reviewed, r.HeldReason) {
		return nil
	}
	detail := fmt.Sprintf("A reward of %s: %s.", r.Amount(), heldText(r.HeldReason))
	return s.openCase(ctx, tx, Case{Kind: CaseReview, Subject: r.ID, RewardID: r.ID, IntroductionID: r.IntroductionID, Detail: detail})
}

// closeReviews takes a reward that is not held any more out of the queue, with the word of whoever ended it.
func closeReviews(ctx context.Context, tx db.Tx, r Reward, c change) error {
	by := c.actor.ID
	if by == "" {
		by = c.actor.Name
	}
	what := string(c.event)
	if c.event == Reverse && c.actor.Kind == audit.KindStaff {
		what = ActionReject
	}
	return endReviews(ctx, tx, r.ID, Case{Resolution: what + ": " + c.reason, ResolvedBy: by, ResolvedAt: c.at})
}

// decideCase is a person's word on a review or an appeal. The reward is locked before the case, as everywhere; of two people who
// decide at once the second finds the case closed and is told.
func (s *Service) decideCase(ctx context.Context, tx db.Tx, d decider, seen Case, how Resolution, c change) error {
	by, err := ReviewerOf(c.actor)
	if err != nil {
		return err
	}
	r, err := lock(ctx, tx, seen.RewardID)
	if err != nil {
		return err
	}
	cs, err := lockCase(ctx, tx, seen.ID)
	if err != nil {
		return err
	}
	if cs.State != CaseOpen {
		return s.decidedBefore(ctx, tx, cs)
	}
	if err := checkAction(cs, how.Action, how.Note); err != nil {
		return err
	}
	switch how.Action {
	case ActionRelease:
		err = s.release(ctx, tx, d, &r, c)
	case ActionReject:
		x := Rejection{Note: how.Note, Why: how.Why}
		if err := x.check(); err != nil {
			return err
		}
		err = s.reject(ctx, tx, &r, by, x)
	default:
		err = s.decideAppeal(ctx, tx, d, &r, how, c)
	}
	if err != nil {
		return err
	}
	// A release has closed its case already.
	if cs, err = lockCase(ctx, tx, cs.ID); err != nil || cs.State != CaseOpen {
		return err
	}
	return s.resolve(ctx, tx, &cs, how.Action, how.Note, c)
}

// decidedBefore tells the second who was first.
func (s *Service) decidedBefore(ctx context.Context, tx db.Tx, c Case) error {
	who := "Somebody"
	m, err := s.Staff.ByID(ctx, tx, c.ResolvedBy)
	if err == nil {
		who = m.Name
	} else if !fault.Is(err, fault.NotFound) {
		return err
	}
	return &fault.Error{Code: fault.Conflict, Message: who + " has decided this already."}
}
