package reward

import (
	"context"
	"fmt"
	"time"

	"goodword/internal/db"
)

// ProbeEvery is how often a rail is asked again whose balance was too small (M22).
const ProbeEvery = 15 * time.Minute

// admitted reports whether the payout may be sent: always, but while its rail's balance is too small only one at a time, the
// oldest first, and not before the next probe is due. It commits that this one is the probe.
func (s *Service) admitted(ctx context.Context, tx db.Tx, p *Payout, c change) (bool, error) {
	x, short, err := lockShortage(ctx, tx, p.Rail, p.Currency)
	if err != nil || !short {
		return err == nil, err
	}
	oldest, err := firstInLine(ctx, tx, x, "")
	if err != nil {
		return false, err
	}
	if c.at.Before(x.NextProbeAt) || oldest != "" && oldest != p.ID {
		p.NextTryAt = c.at.Add(ProbeEvery)
		if x.NextProbeAt.After(c.at) {
			p.NextTryAt = x.NextProbeAt
		}
		return false, nil
	}
	x.NextProbeAt = c.at.Add(ProbeEvery)
	return true, keepShortage(ctx, tx, x)
}

// fellShort takes the answer that the rail's balance does not cover the payout. That is a certain refusal of this key, so the
// payout waits under the next one, in its place in the line, and one person is told about the rail, not about each payout.
func (s *Service) fellShort(ctx context.Context, tx db.Tx, b batch, e PayoutEvent, a Answer, c change) error {
	p := b.Payout
	p.RailNote = a.Note
	if err := s.stepPayout(ctx, tx, p, e, *b.rewards[0], c); err != nil {
		return err
	}
	p.Epoch++
	p.ShortCount++
	p.FirstSentAt, p.LastSentAt, p.LastAnswer = time.Time{}, time.Time{}, AnsweredShort
	p.AbsentSince, p.AbsentCount, p.NextTryAt = time.Time{}, 0, c.at.Add(ProbeEvery)
	if err := s.stepPayout(ctx, tx, p, RequeueNewEpoch, *b.rewards[0], c); err != nil {
		return err
	}
	if err := keepShortage(ctx, tx, shortage{Rail: p.Rail, Currency: p.Currency, Since: c.at, NextProbeAt: c.at.Add(ProbeEvery)}); err != nil {
		return err
	}
	if err := s.openCase(ctx, tx, Case{Kind: CaseShort, Subject: shortSubject(p),
		Detail: fmt.Sprintf("The balance for %s in %s does not cover the next payout of %s. Top it up: payouts go on by themselves, the oldest first.",
			p.Rail.Words(), p.Currency, p.Amount())}); err != nil {
		return err
	}
	return s.dropShort(ctx, tx, b, c)
}

// dropShort does at once what waited for the outcome: a payout that the balance did not cover has had none.
func (s *Service) dropShort(ctx context.Context, tx db.Tx, b batch, c change) error {
	for _, r := range b.rewards {
		if r.WantedMinor == nil {
			continue
		}
		target := *r.WantedMinor
		r.WantedMinor = nil
		c.reason = r.Reason
		if err := s.lower(ctx, tx, r, target, c); err != nil {
			return err
		}
	}
	return nil
}

func shortSubject(p *Payout) string { return string(p.Rail) + ":" + p.Currency }

// passOn lets the next in line go, because the rail has just shown what it does with a payout. When nobody is left in it the
// shortage has ended.
func (s *Service) passOn(ctx context.Context, tx db.Tx, p *Payout, c change) error {
	x, short, err := lockShortage(ctx, tx, p.Rail, p.Currency)
	if err != nil || !short {
		return err
	}
	next, err := firstInLine(ctx, tx, x, p.ID)
	if err != nil {
		return err
	}
	if next == "" {
		if err := endShortage(ctx, tx, x); err != nil {
			return err
		}
		return closeCasesAbout(ctx, tx, CaseShort, shortSubject(p), "The balance covers what waited.", c.at)
	}
	x.NextProbeAt = c.at
	if err := keepShortage(ctx, tx, x); err != nil {
		return err
	}
	return s.Queue.Enqueue(ctx, tx, time.Time{}, Send{PayoutID: next})
}
