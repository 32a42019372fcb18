package reward

import (
	"context"
	"fmt"
	"time"

	"goodword/internal/audit"
	"goodword/internal/db"
	"goodword/internal/ledger"
	"goodword/internal/money"
)

// What was transferred is the payee's money. Taking it back makes a receivable (trust.md 5.2); what Stripe can fetch back from
// the payee's account recovers it, or a part of it, at once.

// lowerSent takes back what is over target of a reward that was transferred: first at the rail, then in the books.
func (s *Service) lowerSent(ctx context.Context, tx db.Tx, r *Reward, target int64, c change) error {
	p, ok, err := lockLive(ctx, tx, r.ID)
	if err != nil {
		return err
	}
	if !ok {
		return s.lowerPaid(ctx, tx, r, target, c) // all of it paid an older receivable
	}
	if p.State == Reversing {
		return s.want(ctx, tx, r, target, c) // the rest follows when this answer is there
	}
	fetched, err := s.fetch(ctx, tx, &p, *r, r.AmountMinor-target, c)
	if err != nil {
		return err
	}
	if !fetched {
		return s.lowerPaid(ctx, tx, r, target, c)
	}
	return s.want(ctx, tx, r, target, c)
}

// fetch begins to take an amount of a settled payout back. It reports false when nothing of it is left there.
func (s *Service) fetch(ctx context.Context, tx db.Tx, p *Payout, r Reward, minor int64, c change) (bool, error) {
	minor = min(minor, p.AmountMinor-p.ReversedMinor)
	if minor <= 0 || p.State != Settled && p.State != PartReversed {
		return false, nil
	}
	p.BackMinor = minor
	p.FirstSentAt, p.LastSentAt, p.LastAnswer, p.RailNote = c.at, time.Time{}, "", ""
	p.NextTryAt = c.at.Add(wakeEvery)
	if err := s.stepPayout(ctx, tx, p, ReversalRequest, r, c); err != nil {
		return false, err
	}
	return true, s.Queue.Enqueue(ctx, tx, time.Time{}, Send{PayoutID: p.ID})
}

// fetched takes the answer to a reversal. asked is what it was about; what came back of it is in the answer.
func (s *Service) fetched(ctx context.Context, tx db.Tx, b batch, asked int64, a Answer, c change) error {
	p := b.Payout
	taken := min(max(a.TakenMinor, 0), p.AmountMinor-p.ReversedMinor)
	p.ReversedMinor, p.BackMinor, p.NextTryAt = p.ReversedMinor+taken, 0, time.Time{}
	e := ReversalPartial
	switch p.ReversedMinor {
	case p.AmountMinor:
		e = ReversalOK
	case 0:
		e = ReversalRefused
	}
	r := b.rewards[0]
	if err := s.stepPayout(ctx, tx, p, e, *r, c); err != nil {
		return err
	}
	if e == ReversalOK {
		if err := setLive(ctx, tx, p.ID, false); err != nil {
			return err
		}
	}
	if err := s.cameBack(ctx, tx, r, taken, c); err != nil {
		return err
	}
	if err := closeCases(ctx, tx, p.ID, "The rail has said what came back.", c.at); err != nil {
		return err
	}
	if taken < asked || r.OwedMinor == 0 {
		return nil
	}
	// More was wanted while this was under way.
	_, err := s.fetch(ctx, tx, p, *r, r.OwedMinor, c)
	return err
}

// cameBack books what is taken from a reward, of which taken came back at the rail; what did not is owed.
func (s *Service) cameBack(ctx context.Context, tx db.Tx, r *Reward, taken int64, c change) error {
	target := r.AmountMinor
	c.reason = r.Reason
	if r.WantedMinor != nil {
		target = *r.WantedMinor
		r.WantedMinor = nil
	}
	// It may be wanted no longer, but what is back at the rail is back.
	lost := max(r.AmountMinor-target, taken-r.OwedMinor)
	if lost > 0 {
		if err := s.clawBack(ctx, tx, r, lost, c); err != nil {
			return err
		}
	}
	if err := s.recover(ctx, tx, r, taken, c); err != nil {
		return err
	}
	if err := s.mailReversed(ctx, tx, *r, max(lost, 0), taken < lost); err != nil {
		return err
	}
	if rest := target - r.AmountMinor; rest > 0 && r.IntroductionID != "" {
		rows, err := lockGroup(ctx, tx, r.group())
		if err != nil {
			return err
		}
		return s.earnAgain(ctx, tx, *r, rest, len(rows)+1, c)
	}
	return nil
}

// clawBack makes a receivable of a part of what was paid, and ends the reward where nothing is left of it.
func (s *Service) clawBack(ctx context.Context, tx db.Tx, r *Reward, lost int64, c change) error {
	if lost == r.AmountMinor && r.State == Issued {
		c.event = Reverse
		return s.step(ctx, tx, r, c)
	}
	return s.owe(ctx, tx, r, lost, c)
}

// recover books what came back at the rail against what is owed.
func (s *Service) recover(ctx context.Context, tx db.Tx, r *Reward, taken int64, c change) error {
	part := min(taken, r.OwedMinor)
	if part <= 0 {
		return nil
	}
	before := r.public()
	r.OwedMinor -= part
	c.part = part
	legs := move(ledger.Stripe, ledger.Clawback(r.Advocate()), money.New(part, r.Currency))
	if err := s.write(ctx, tx, r, entry{change: c, what: "fetched_back", before: before, kind: string(Recover), legs: legs}); err != nil {
		return err
	}
	if r.OwedMinor > 0 || r.State != Clawback {
		return nil
	}
	c.event, c.part = Recover, 0
	return s.step(ctx, tx, r, c)
}

// BackAtRail takes a rail's word on how much of a settled transfer is back, by whomever (M29): total is the sum over all
// reversals, so that the same word again, or an older one, changes nothing. What we took back ourselves is known. What
// somebody else took is booked; it stays owed to its owner as a reward that a person has to release, because we did not want
// it back. NotFound for a payout that is not ours.
func (s *Service) BackAtRail(ctx context.Context, actor audit.Actor, name string, totalMinor int64, note string) error {
	id := payoutID(name)
	err := s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		b, err := lockBatch(ctx, tx, id)
		if err != nil {
			return err
		}
		p, r := b.Payout, b.rewards[0]
		c := change{actor: actor, at: s.now(), reason: note}
		taken := min(totalMinor, p.AmountMinor) - p.ReversedMinor
		switch {
		case p.State == PaidBack, p.State == Reversing, taken <= 0:
			return nil // known, or our own reversal is just finding out
		case p.State != Settled && p.State != PartReversed:
			return s.openCase(ctx, tx, Case{Kind: CaseAtRail, Subject: p.ID, PayoutID: p.ID, RewardID: r.ID,
				Detail: fmt.Sprintf("The rail reports a reversal of a payout that is %s.", p.State)})
		}
		if err := s.takenAtRail(ctx, tx, b, taken, c); err != nil {
			return err
		}
		return s.openCase(ctx, tx, Case{Kind: CaseAtRail, Subject: p.ID, PayoutID: p.ID, RewardID: r.ID, IntroductionID: r.IntroductionID,
			Detail: fmt.Sprintf("%s of %s was taken back at the rail, not by us. It is kept for its owner on hold: release it to pay again, or take it back.",
				money.New(taken, p.Currency), p.Amount())})
	})
	if err != nil {
		return fmt.Errorf("payout %s: %w", id, err)
	}
	return nil
}

// takenAtRail moves a payout of which somebody else took a part back, or all, and books it.
func (s *Service) takenAtRail(ctx context.Context, tx db.Tx, b batch, taken int64, c change) error {
	p, r := b.Payout, b.rewards[0]
	p.ReversedMinor, p.RailNote = p.ReversedMinor+taken, c.reason
	events := []PayoutEvent{ReversalRequest, ReversalPartial}
	if p.ReversedMinor == p.AmountMinor {
		events = []PayoutEvent{RailReversed}
		if err := setLive(ctx, tx, p.ID, false); err != nil {
			return err
		}
	}
	for _, e := range events {
		if err := s.stepPayout(ctx, tx, p, e, *r, c); err != nil {
			return err
		}
	}
	kept := max(taken-r.OwedMinor, 0)
	if kept > 0 {
		if err := s.clawBack(ctx, tx, r, kept, c); err != nil {
			return err
		}
	}
	if err := s.recover(ctx, tx, r, taken, c); err != nil {
		return err
	}
	if kept == 0 {
		return nil // it was owed anyway
	}
	if err := s.mailReversed(ctx, tx, *r, kept, false); err != nil {
		return err
	}
	return s.keepOwing(ctx, tx, r, kept, c)
}

// keepOwing earns anew what was paid and is back against our will, on hold for a person.
func (s *Service) keepOwing(ctx context.Context, tx db.Tx, r *Reward, minor int64, c change) error {
	if r.IntroductionID == "" {
		// A testimonial's reward stands alone: the case says so.
		r.ForgoneMinor = min(r.ForgoneMinor+minor, r.AccruedMinor)
		return save(ctx, tx, r, c.at)
	}
	known, err := lockGroup(ctx, tx, r.group())
	if err != nil {
		return err
	}
	if err := s.earnAgain(ctx, tx, *r, minor, len(known)+1, c); err != nil {
		return err
	}
	rows, err := lockGroup(ctx, tx, r.group())
	if err != nil || len(rows) == len(known) {
		return err // the budget does not cover it: a case says so
	}
	fresh := rows[len(rows)-1]
	c.reason = "It was sent back at the rail."
	return s.hold(ctx, tx, fresh, HeldByStaff, c)
}
