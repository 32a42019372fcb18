package reward

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"goodword/internal/audit"
	"goodword/internal/campaign"
	"goodword/internal/db"
	"goodword/internal/introduction"
)

// Adjust brings what the introduction's deals have earned to what is left of them (M15). It looks at levels, never at
// differences: the same refund twice, or refunds out of order, end the same.
func (e Earnings) Adjust(ctx context.Context, tx db.Tx, a introduction.Adjustment) error {
	return e.s.level(ctx, tx, a.Introduction, []campaign.Stage{campaign.OnWon}, change{actor: a.Actor, at: e.s.now(), reason: "refunded"})
}

// Reverse takes back everything that was earned at the stages: at once where it was not paid yet, at the rail where it is
// unused, as a receivable where its value is gone, and later where the outcome of a payout is not known yet (M16).
func (e Earnings) Reverse(ctx context.Context, tx db.Tx, r introduction.Reversal) error {
	ids, err := ofIntroduction(ctx, tx, r.Introduction.ID, r.On)
	if err != nil {
		return err
	}
	rows, err := lockAll(ctx, tx, ids...)
	if err != nil {
		return err
	}
	for _, row := range rows {
		if err := e.s.lower(ctx, tx, row, 0, change{actor: r.Actor, at: e.s.now(), reason: r.Reason}); err != nil {
			return fmt.Errorf("reverse introduction %s: %w", r.Introduction.ID, err)
		}
	}
	return nil
}

// Reinstate gives back what Reverse took, never more: receivables first, what was never paid as a new reward. What a person
// rejected, or its owner declined, stays so.
func (e Earnings) Reinstate(ctx context.Context, tx db.Tx, r introduction.Reversal) error {
	c := change{actor: r.Actor, at: e.s.now(), reason: r.Reason}
	if r.Actor.Kind == audit.KindStaff || r.Actor.Kind == audit.KindAPIKey {
		// Giving a close back by hand is closing by hand.
		c.closer = r.Actor.ID
	}
	return e.s.level(ctx, tx, r.Introduction, r.On, c)
}

// level brings every rule that has earned something at the stages to what the introduction is worth now.
func (s *Service) level(ctx context.Context, tx db.Tx, i introduction.Introduction, on []campaign.Stage, c change) error {
	offer, err := campaign.OfferByID(ctx, tx, i.OfferID)
	if err != nil {
		return err
	}
	for n, rule := range offer.Rules {
		if !slices.Contains(on, rule.On) {
			continue
		}
		rows, err := lockGroup(ctx, tx, group{i.ID, n, rule.To})
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			continue // refused when it was earned, so there is nothing to bring up or down
		}
		base, err := s.base(ctx, tx, i, offer, rule, "")
		if err != nil {
			return err
		}
		target, err := rule.Amount(base)
		if err != nil {
			return err
		}
		if err := s.bring(ctx, tx, rows, target.Minor, c); err != nil {
			return fmt.Errorf("rule %d of introduction %s: %w", n, i.ID, err)
		}
	}
	return nil
}

// bring moves a locked group to what it shall have in all.
func (s *Service) bring(ctx context.Context, tx db.Tx, rows []*Reward, target int64, c change) error {
	switch has := have(rows); {
	case target < has:
		return s.down(ctx, tx, rows, has-target, c)
	case target > has+kept(rows):
		// What was written off is with its owner already.
		return s.up(ctx, tx, rows, target-has-kept(rows), c)
	}
	return nil
}

// down takes d from the group: first where nothing was paid, then where the outcome is open, at last what was paid.
func (s *Service) down(ctx context.Context, tx db.Tx, rows []*Reward, d int64, c change) error {
	order := slices.Clone(rows)
	slices.SortStableFunc(order, func(a, b *Reward) int {
		return cmp.Or(cmp.Compare(paid(*a), paid(*b)), cmp.Compare(b.ID, a.ID))
	})
	for _, r := range order {
		part := min(d, r.Effective())
		if part == 0 || r.State == Expired {
			continue
		}
		d -= part
		if err := s.lower(ctx, tx, r, r.Effective()-part, c); err != nil {
			return err
		}
	}
	return nil
}

// paid ranks a reward by how much of it is gone.
func paid(r Reward) int {
	switch {
	case r.State == Issuing:
		return 1
	case r.State.Open():
		return 0
	}
	return 2
}

// up gives d to the group: what still waits to be taken is left, what is owed is forgiven, the rest is earned anew.
func (s *Service) up(ctx context.Context, tx db.Tx, rows []*Reward, d int64, c change) error {
	for _, r := range rows {
		if r.WantedMinor == nil || d == 0 {
			continue
		}
		part := min(d, r.AmountMinor-*r.WantedMinor)
		if part <= 0 {
			continue
		}
		d -= part
		wanted, e := *r.WantedMinor+part, entry{change: c, what: "kept", before: r.public()}
		r.WantedMinor = &wanted
		if err := s.write(ctx, tx, r, e); err != nil {
			return err
		}
	}
	for _, r := range rows {
		part := min(d, r.OwedMinor)
		if part == 0 {
			continue
		}
		d -= part
		if err := s.giveBack(ctx, tx, r, part, c); err != nil {
			return err
		}
	}
	if d == 0 {
		return nil
	}
	return s.earnAgain(ctx, tx, *rows[len(rows)-1], d, len(rows)+1, c)
}

// giveBack ends a receivable, or a part of it.
func (s *Service) giveBack(ctx context.Context, tx db.Tx, r *Reward, part int64, c change) error {
	c.part = part
	if r.State == Clawback {
		c.event = Reinstate
		return s.step(ctx, tx, r, c)
	}
	before := r.public()
	return s.write(ctx, tx, r, entry{change: c, what: "reinstated", before: before, kind: string(Reinstate), legs: r.unclaw(part)})
}

// lower takes back what is over target of a locked reward, in the way that its state allows. A target that is not below
// what is left changes nothing.
func (s *Service) lower(ctx context.Context, tx db.Tx, r *Reward, target int64, c change) error {
	if target >= r.Effective() || r.State == Expired {
		return nil
	}
	r.Reason = c.reason
	switch {
	case r.State == Issuing:
		// Finance or a worker may not have begun: then nothing needs to be waited for.
		dropped, err := s.dropUnsent(ctx, tx, r, c)
		if err != nil {
			return err
		}
		if !dropped {
			return s.want(ctx, tx, r, target, c)
		}
		return s.lowerOpen(ctx, tx, r, target, c)
	case r.State.Open():
		return s.lowerOpen(ctx, tx, r, target, c)
	case r.State == Issued && r.Voidable():
		return s.voidFor(ctx, tx, r, target, c)
	case r.Rail == campaign.RailTransfer && r.IssuedMinor > 0:
		return s.lowerSent(ctx, tx, r, target, c)
	}
	return s.lowerPaid(ctx, tx, r, target, c)
}

// lowerOpen takes back before anything was paid; only the part that paid an older receivable becomes one itself.
func (s *Service) lowerOpen(ctx context.Context, tx db.Tx, r *Reward, target int64, c change) error {
	d := r.AmountMinor - target
	unpaid := min(d, r.Payable().Minor)
	if rest := d - unpaid; rest > 0 {
		if err := s.owe(ctx, tx, r, rest, c); err != nil {
			return err
		}
	}
	c.event, c.part = Adjust, unpaid
	if target == 0 {
		c.event, c.part = Reverse, 0
		if err := s.endPayout(ctx, tx, r, c); err != nil {
			return err
		}
	}
	if target > 0 && unpaid == 0 {
		return nil
	}
	if err := s.step(ctx, tx, r, c); err != nil {
		return err
	}
	return s.mailReversed(ctx, tx, *r, d, false)
}

// lowerPaid makes a receivable of what was paid.
func (s *Service) lowerPaid(ctx context.Context, tx db.Tx, r *Reward, target int64, c change) error {
	r.WantedMinor = nil
	d := r.AmountMinor - target
	var err error
	if target == 0 && (r.State == Issued || r.State == Redeemed) {
		c.event = Reverse
		err = s.step(ctx, tx, r, c)
	} else {
		err = s.owe(ctx, tx, r, d, c)
	}
	if err != nil {
		return err
	}
	return s.mailReversed(ctx, tx, *r, d, true)
}

// owe books d as owed by its owner, without a change of state.
func (s *Service) owe(ctx context.Context, tx db.Tx, r *Reward, d int64, c change) error {
	before := r.public()
	c.part = d
	return s.write(ctx, tx, r, entry{change: c, what: "clawed_back", before: before, kind: string(Reverse), legs: r.claw(d)})
}

// want remembers what shall be left once the outcome at the rail is known.
func (s *Service) want(ctx context.Context, tx db.Tx, r *Reward, target int64, c change) error {
	before := r.public()
	r.WantedMinor = &target
	return s.write(ctx, tx, r, entry{change: c, what: "reversal_waits", before: before})
}

// Hold keeps what the deal earned from being paid while it is disputed (M17). What was paid is only shown to a person.
func (e Earnings) Hold(ctx context.Context, tx db.Tx, d introduction.Dispute) error {
	ids, err := earnedBy(ctx, tx, d.Deal.ID)
	if err != nil {
		return err
	}
	rows, err := lockAll(ctx, tx, ids...)
	if err != nil {
		return err
	}
	c := change{event: Hold, actor: d.Actor, at: e.s.now(), reason: HeldDispute}
	for _, r := range rows {
		if err := e.s.holdDisputed(ctx, tx, r, c); err != nil {
			return fmt.Errorf("hold reward %s: %w", r.ID, err)
		}
	}
	return nil
}

func (s *Service) holdDisputed(ctx context.Context, tx db.Tx, r *Reward, c change) error {
	if r.State == Issuing {
		if _, err := s.dropUnsent(ctx, tx, r, c); err != nil {
			return err
		}
	}
	switch r.State {
	case Pending, Approved, Failed:
		return s.hold(ctx, tx, r, HeldDispute, c)
	case Issuing, Issued, Redeemed:
		return s.openCase(ctx, tx, Case{Kind: CaseDisputed, Subject: r.ID, RewardID: r.ID, IntroductionID: r.IntroductionID,
			Detail: fmt.Sprintf("The deal behind this reward of %s is disputed, and the reward is %s.", r.Amount(), r.State)})
	}
	return nil
}

// hold stops a locked reward for one of the Held reasons; what a person said is kept beside it.
func (s *Service) hold(ctx context.Context, tx db.Tx, r *Reward, reason string, c change) error {
	c.event = Hold
	r.HeldReason, r.HeldNote = reason, ""
	if reason == HeldByStaff || reason == HeldRisk {
		r.HeldNote = c.reason
	}
	if err := s.step(ctx, tx, r, c); err != nil {
		return err
	}
	return s.openReview(ctx, tx, *r)
}

// Release ends Hold.
func (e Earnings) Release(ctx context.Context, tx db.Tx, d introduction.Dispute) error {
	ids, err := earnedBy(ctx, tx, d.Deal.ID)
	if err != nil {
		return err
	}
	rows, err := lockAll(ctx, tx, ids...)
	if err != nil {
		return err
	}
	for _, r := range rows {
		if r.State != Held || r.HeldReason != HeldDispute {
			continue
		}
		c := change{event: Release, actor: d.Actor, at: e.s.now(), reason: "dispute_won"}
		if err := e.s.step(ctx, tx, r, c); err != nil {
			return fmt.Errorf("release reward %s: %w", r.ID, err)
		}
	}
	return nil
}

// OpenCase puts something before a person; it moves no money.
func (e Earnings) OpenCase(ctx context.Context, tx db.Tx, c introduction.Case) error {
	return e.s.openCase(ctx, tx, Case{Kind: c.Kind, Subject: c.Subject, IntroductionID: c.IntroductionID, Detail: c.Detail})
}

// system is who acts in sweeps and jobs.
func system(what string, at time.Time) change {
	return change{actor: audit.System("reward." + what), at: at}
}
