package reward

import (
	"context"
	"fmt"
	"strings"
	"time"

	"goodword/internal/audit"
	"goodword/internal/db"
	"goodword/internal/fault"
	"goodword/internal/staff"
)

// locked runs fn on one locked reward in a transaction.
func (s *Service) locked(ctx context.Context, id string, fn func(context.Context, db.Tx, *Reward) error) (Reward, error) {
	var r Reward
	err := s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		var err error
		if r, err = lock(ctx, tx, id); err != nil {
			return err
		}
		return fn(ctx, tx, &r)
	})
	if err != nil {
		return Reward{}, fmt.Errorf("reward %s: %w", id, err)
	}
	return r, nil
}

// mayDecide refuses everybody but staff and keys whose role decides about money.
func mayDecide(actor audit.Actor) error { return may(actor, staff.DecideRewards) }

func may(actor audit.Actor, p staff.Permission) error {
	if (actor.Kind == audit.KindStaff || actor.Kind == audit.KindAPIKey) && staff.Allowed(staff.Role(actor.Role), p) {
		return nil
	}
	return &fault.Error{Code: fault.Forbidden, Message: "Your role does not allow this."}
}

func reasonNeeded(reason string) error {
	var c fault.Check
	c.Required("reason", reason)
	c.That(len(reason) <= maxText, "reason", "Please keep this shorter.")
	return c.Err()
}

const maxText = 2000

// asks is who wants to decide. The settings are read before the transaction begins.
func (s *Service) asks(ctx context.Context, actor audit.Actor) (decider, error) {
	set, err := s.Settings.Get(ctx)
	return decider{actor: actor, set: set}, err
}

// Approve makes a reward payable: by somebody who had no hand in it (see Verdicts), once its hold period is over, and not while
// its deal is disputed. Checks that nobody has seen the outcome of are made first: what they find holds the reward instead. On one
// that is approved already it changes nothing.
// Returns Forbidden, NotFound, Invalid without a reason where one decides alone, Unavailable while the checks cannot be made, and
// Conflict when it is too early or too late or a check has found something.
func (s *Service) Approve(ctx context.Context, actor audit.Actor, id, reason string) (Reward, error) {
	if err := mayDecide(actor); err != nil {
		return Reward{}, err
	}
	d, err := s.asks(ctx, actor)
	if err != nil {
		return Reward{}, err
	}
	r, err := s.locked(ctx, id, func(ctx context.Context, tx db.Tx, r *Reward) error {
		c := change{event: Approve, actor: actor, at: s.now(), reason: reason}
		switch r.State {
		case Approved:
			return nil
		case Pending, Held:
		default:
			return moved(*r)
		}
		if err := s.approvable(ctx, tx, *r, c.at); err != nil {
			return err
		}
		if err := s.secondPerson(ctx, tx, d, r, c); err != nil {
			return err
		}
		if held, err := s.unseen(ctx, tx, d, r, c); err != nil || held {
			return err
		}
		if err := s.Checks.Decided(ctx, tx, *r, true, actor.ID); err != nil {
			return err
		}
		if r.State == Held {
			release := c
			release.event = Release
			if err := s.step(ctx, tx, r, release); err != nil {
				return err
			}
		}
		return s.approve(ctx, tx, r, c)
	})
	if err == nil && r.State == Held {
		err = &fault.Error{Code: fault.Conflict, Message: "A check has found something that nobody has seen yet. The reward waits in the reviews."}
	}
	return r, err
}

// unseen makes the checks that the sweep has not made, or could not make, and reports whether what they find holds the reward: a
// person decides about what they have seen (F5).
func (s *Service) unseen(ctx context.Context, tx db.Tx, d decider, r *Reward, c change) (held bool, err error) {
	if r.State != Pending && r.HeldReason != HeldCheckFailed || r.ClearedBy != "" {
		return false, nil
	}
	found, err := s.examine(ctx, tx, *r, d.set)
	if err != nil {
		return false, &fault.Error{Code: fault.Unavailable, Message: "The checks for abuse cannot be made now, so nothing is approved.", Cause: err}
	}
	if found == "" {
		return false, nil
	}
	c.reason = found
	if r.State == Pending {
		return true, s.hold(ctx, tx, r, HeldRisk, c)
	}
	before := r.public()
	r.HeldReason, r.HeldNote, r.RetryAt = HeldRisk, found, time.Time{}
	return true, s.write(ctx, tx, r, entry{change: c, what: past[Hold], before: before})
}

func (s *Service) approvable(ctx context.Context, tx db.Tx, r Reward, now time.Time) error {
	if !s.ClockOK() {
		return &fault.Error{Code: fault.Unavailable,
			Message: "The clock of this machine and the database's differ, so nothing is approved now."}
	}
	if now.Before(r.MaturesAt) {
		return &fault.Error{Code: fault.Conflict,
			Message: "The refund window of this reward is not over yet."}
	}
	open, err := disputed(ctx, tx, r)
	if err != nil {
		return err
	}
	if open {
		return &fault.Error{Code: fault.Conflict, Message: "The payment behind this reward is disputed."}
	}
	return nil
}

// approve is the step itself with what follows from it: the question how it shall come, or nothing.
func (s *Service) approve(ctx context.Context, tx db.Tx, r *Reward, c change) error {
	r.ApprovedBy = c.actor.ID
	if r.ApprovedBy == "" {
		r.ApprovedBy = c.actor.Name
	}
	c.event = Approve
	if r.Rail == "" {
		if err := s.ask(ctx, tx, r, c.at); err != nil {
			return err
		}
	}
	if err := s.step(ctx, tx, r, c); err != nil {
		return err
	}
	if r.Rail == "" {
		return s.Queue.Enqueue(ctx, tx, time.Time{}, Mail{Name: mailReady, RewardID: r.ID})
	}
	return nil
}

// Hold stops a reward that is not on its way yet. One that is held already stays so, also where its hold would have ended by
// itself.
// Returns Forbidden, Invalid without a reason, NotFound and Conflict.
func (s *Service) Hold(ctx context.Context, actor audit.Actor, id, reason string) (Reward, error) {
	if err := mayDecide(actor); err != nil {
		return Reward{}, err
	}
	if err := reasonNeeded(reason); err != nil {
		return Reward{}, err
	}
	return s.locked(ctx, id, func(ctx context.Context, tx db.Tx, r *Reward) error {
		c := change{actor: actor, at: s.now(), reason: reason}
		if r.State == Held {
			return s.holdOn(ctx, tx, r, c)
		}
		if r.State == Issuing {
			if _, err := s.dropUnsent(ctx, tx, r, c); err != nil {
				return err
			}
		}
		r.ClearedBy, r.AloneNote = "", ""
		return s.hold(ctx, tx, r, HeldByStaff, c)
	})
}

// holdOn makes a person's hold of one that would end by itself: as soon as its owner has an account, a check works again, or a
// dispute is over.
func (s *Service) holdOn(ctx context.Context, tx db.Tx, r *Reward, c change) error {
	if !r.endsByItself() {
		return nil
	}
	before := r.public()
	r.HeldReason, r.HeldNote, r.RetryAt = HeldByStaff, c.reason, time.Time{}
	r.ClearedBy, r.AloneNote = "", ""
	return s.write(ctx, tx, r, entry{change: c, what: past[Hold], before: before})
}

// Release lets a held reward go on: it is pending again, and the sweep approves it when everything else allows. Whoever had a
// hand in it may not (see Verdicts). On one that is pending it changes nothing.
// Returns Forbidden, NotFound, Invalid without a reason where one decides alone, and Conflict.
func (s *Service) Release(ctx context.Context, actor audit.Actor, id, reason string) (Reward, error) {
	if err := mayDecide(actor); err != nil {
		return Reward{}, err
	}
	d, err := s.asks(ctx, actor)
	if err != nil {
		return Reward{}, err
	}
	return s.locked(ctx, id, func(ctx context.Context, tx db.Tx, r *Reward) error {
		return s.release(ctx, tx, d, r, change{actor: actor, at: s.now(), reason: reason})
	})
}

func (s *Service) release(ctx context.Context, tx db.Tx, d decider, r *Reward, c change) error {
	if r.State == Pending {
		return nil
	}
	if r.State == Held {
		if err := s.secondPerson(ctx, tx, d, r, c); err != nil {
			return err
		}
	}
	if err := s.Checks.Decided(ctx, tx, *r, true, c.actor.ID); err != nil {
		return err
	}
	if r.HeldReason != HeldCheckFailed {
		// What could not be checked nobody has looked at: the checks are made again.
		r.ClearedBy = c.actor.ID
	}
	c.event = Release
	return s.step(ctx, tx, r, c)
}

// forgo takes everything that is left of a locked reward for good.
func (s *Service) forgo(ctx context.Context, tx db.Tx, r *Reward, c change) error {
	if r.Effective() == 0 || r.State == Expired {
		return moved(*r)
	}
	r.ForgoneMinor = min(r.ForgoneMinor+r.Effective(), r.AccruedMinor)
	return s.lower(ctx, tx, r, 0, c)
}

func moved(r Reward) error {
	return &fault.Error{Code: fault.Conflict, Key: "error.reward_moved",
		Message: "This reward has moved on, so this is no longer possible.", Cause: fmt.Errorf("in state %s", r.State)}
}

// WriteOff gives up what the owner of a reward owes. Returns Forbidden, Invalid without a reason, NotFound, and Conflict when
// nothing is owed.
func (s *Service) WriteOff(ctx context.Context, actor audit.Actor, id, reason string) (Reward, error) {
	if err := mayDecide(actor); err != nil {
		return Reward{}, err
	}
	if err := reasonNeeded(reason); err != nil {
		return Reward{}, err
	}
	return s.locked(ctx, id, func(ctx context.Context, tx db.Tx, r *Reward) error {
		c := change{event: WriteOff, actor: actor, at: s.now(), reason: reason}
		switch {
		case r.State == WrittenOff:
			return nil
		case r.State == Clawback:
			return s.step(ctx, tx, r, c)
		case r.OwedMinor == 0:
			return moved(*r)
		}
		before := r.public()
		return s.write(ctx, tx, r, entry{change: c, what: "written_off", before: before, kind: string(WriteOff), legs: r.forgive()})
	})
}

// PaidBack records that the owner of a reward has paid back what they owed. Returns Forbidden, Invalid without a reference,
// NotFound, and Conflict unless all of the reward was taken back.
func (s *Service) PaidBack(ctx context.Context, actor audit.Actor, id, reference string) (Reward, error) {
	if err := mayDecide(actor); err != nil {
		return Reward{}, err
	}
	if err := checkReference(reference); err != nil {
		return Reward{}, err
	}
	return s.locked(ctx, id, func(ctx context.Context, tx db.Tx, r *Reward) error {
		if r.State == Recovered {
			return nil
		}
		return s.step(ctx, tx, r, change{event: Recover, actor: actor, at: s.now(), reason: reference})
	})
}

func checkReference(reference string) error {
	var c fault.Check
	c.Required("reference", reference)
	c.That(len(reference) <= 200 && !strings.ContainsAny(reference, "\r\n"), "reference", "Please use one line of at most 200 characters.")
	return c.Err()
}

// Retry sends a refused payout again, under a new key. Returns Forbidden, NotFound, and Conflict unless the reward has failed.
func (s *Service) Retry(ctx context.Context, actor audit.Actor, id, reason string) (Reward, error) {
	if err := mayDecide(actor); err != nil {
		return Reward{}, err
	}
	rules, err := s.taxRules(ctx)
	if err != nil {
		return Reward{}, err
	}
	return s.locked(ctx, id, func(ctx context.Context, tx db.Tx, r *Reward) error {
		c := change{actor: actor, at: s.now(), reason: reason}
		if err := s.requeue(ctx, tx, r, rules, c); err != nil {
			return err
		}
		return closeCasesOf(ctx, tx, r.ID, CaseRefused, "The payout is sent again.", c.at)
	})
}
