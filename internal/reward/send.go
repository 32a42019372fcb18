package reward

import (
	"context"
	"fmt"
	"time"

	"goodword/internal/db"
	"goodword/internal/fault"
)

// wakeEvery is how often the sweep looks after a payout whose outcome is open; the look-ups of one become rarer with time.
const wakeEvery = time.Minute

// Send is the job that brings a payout on: to its rail, or, when an answer is missing, to the truth.
type Send struct {
	PayoutID string `json:"payout_id"`
}

// Kind names the job's type.
func (Send) Kind() string { return "reward.send" }

// duty is what a worker has undertaken by its claim.
type duty int

const (
	idle  duty = iota
	first      // send under a key that was never used, or only put off
	ask        // look up an unknown outcome
	void       // take back what is unused
)

// Send does one step of the payout protocol (M1–M7, M23): it writes down that it is about to act, acts, and writes down what
// the answer proves. It may run twice, at any time, after any crash: a claim is exclusive for Lease, and a worker that lost
// it cannot write. Trouble with a rail is no error: it is a state. While payouts are paused it does nothing.
func (s *Service) Send(ctx context.Context, job Send) error {
	p, d, err := s.claim(ctx, job.PayoutID)
	if err != nil || d == idle {
		return err
	}
	rail, ok := s.rails[p.Rail]
	if !ok {
		return fmt.Errorf("payout %s: there is no rail %s", p.ID, p.Rail)
	}
	// The rail's own limits are shorter; this one keeps a claim from being outlived by its call.
	call, cancel := context.WithTimeout(ctx, Lease/2)
	defer cancel()
	switch d {
	case void:
		return s.voided(ctx, p, rail.Void(call, p))
	case first:
		if p.Epoch > 0 {
			// The key before this one was given up because its effect was absent, twice. Looking once more is cheap.
			if a := rail.LookUp(call, p); a.Class == AnsweredOK {
				return s.answered(ctx, p, a)
			}
		}
		return s.order(ctx, call, rail, p)
	}
	a := rail.LookUp(call, p)
	if a.Class != AnsweredNo {
		return s.lookedUp(ctx, p, a)
	}
	again, err := s.absent(ctx, &p)
	if err != nil || !again {
		return err
	}
	return s.repeated(ctx, p, rail.Send(call, p))
}

// claim takes the payout for Lease and says what is to be done with it. What the claim commits is on disk before the first
// byte leaves: state, key, fence and the time of sending (M2).
func (s *Service) claim(ctx context.Context, id string) (Payout, duty, error) {
	var p Payout
	var d duty
	err := s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		d = idle
		var err error
		if p, err = lockPayout(ctx, tx, id); err != nil {
			return err
		}
		c := system("send", s.now())
		rail, ok := s.rails[p.Rail]
		if !ok || rail.ByHand() || !p.State.open() || p.LeasedUntil.After(c.at) {
			return nil
		}
		r, campaigns, err := s.behind(ctx, tx, p)
		if err != nil {
			return err
		}
		if p.State == Sending {
			// Whoever had it died or lost the answer.
			if err := s.stepPayout(ctx, tx, &p, LeaseLost, r, c); err != nil {
				return err
			}
		}
		running, err := s.running(ctx, tx, p.Rail, campaigns...)
		if err != nil {
			return err
		}
		switch p.State {
		case Queued:
			if running {
				running, err = s.admitted(ctx, tx, &p, c)
			}
			switch {
			case err != nil:
			case running:
				d, err = s.claimSend(ctx, tx, &p, r, c)
			default:
				err = savePayout(ctx, tx, &p, c.at)
			}
		case Unknown:
			d = ask // looking pays nobody, so it goes on while payouts are paused
		case Reversing:
			if running {
				d, err = s.claimVoid(ctx, tx, &p, c)
			}
		}
		if err != nil || d == idle {
			return err
		}
		p.LeasedUntil, p.Fence = c.at.Add(Lease), p.Fence+1
		return savePayout(ctx, tx, &p, c.at)
	})
	return p, d, err
}

// behind returns the first reward of a payout, for the timelines, and the campaigns of all.
func (s *Service) behind(ctx context.Context, tx db.Tx, p Payout) (Reward, []string, error) {
	parts, err := rewardsOf(ctx, tx, p.ID)
	if err != nil {
		return Reward{}, nil, err
	}
	var one Reward
	var campaigns []string
	for _, part := range parts {
		r, err := byID(ctx, tx, part.RewardID)
		if err != nil {
			return Reward{}, nil, err
		}
		if one.ID == "" {
			one = r
		}
		campaigns = append(campaigns, r.CampaignID)
	}
	return one, campaigns, nil
}

func (s *Service) claimSend(ctx context.Context, tx db.Tx, p *Payout, r Reward, c change) (duty, error) {
	if p.keyDead(c.at) {
		// It was put off for so long that the rail may have forgotten the key: nothing is sent under it any more.
		if err := s.stepPayout(ctx, tx, p, Claim, r, c); err != nil {
			return idle, err
		}
		return idle, s.stepPayout(ctx, tx, p, LeaseLost, r, c)
	}
	if p.FirstSentAt.IsZero() {
		p.FirstSentAt = c.at
	}
	p.LastSentAt = c.at
	return first, s.stepPayout(ctx, tx, p, Claim, r, c)
}

func (s *Service) claimVoid(ctx context.Context, tx db.Tx, p *Payout, c change) (duty, error) {
	if p.keyDead(c.at) {
		return idle, s.openCase(ctx, tx, Case{Kind: CaseVoidUnclear, Subject: p.ID, PayoutID: p.ID, RewardID: p.Parameters.RewardID,
			Detail: "The rail has not said for a day whether what was issued is taken back. Please look there."})
	}
	if p.LastSentAt.IsZero() {
		p.FirstSentAt = c.at
	}
	p.LastSentAt = c.at
	return void, nil
}

// errFenced means that the worker's claim has ended and another may have acted since (M23).
func errFenced(id string) error {
	return &fault.Error{Code: fault.Conflict, Message: "Another worker has taken this payout over.", Cause: fmt.Errorf("payout %s: fenced", id)}
}

// concluded runs fn on the payout and its rewards if the claim of p still holds.
func (s *Service) concluded(ctx context.Context, p Payout, fn func(context.Context, db.Tx, batch, change) error) error {
	// An answer is written down even when the process is about to stop.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	err := s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		b, err := lockBatch(ctx, tx, p.ID)
		if err != nil {
			return err
		}
		if !p.holds(*b.Payout) {
			return errFenced(p.ID)
		}
		b.LeasedUntil = time.Time{}
		return fn(ctx, tx, b, system("send", s.now()))
	})
	if err != nil {
		return fmt.Errorf("payout %s: %w", p.ID, err)
	}
	return nil
}

// lockBatch locks a payout's rewards and then the payout: the order in which everything locks them.
func lockBatch(ctx context.Context, tx db.Tx, payoutID string) (batch, error) {
	parts, err := rewardsOf(ctx, tx, payoutID)
	if err != nil {
		return batch{}, err
	}
	ids := make([]string, len(parts))
	for i, part := range parts {
		ids[i] = part.RewardID
	}
	rewards, err := lockAll(ctx, tx, ids...)
	if err != nil {
		return batch{}, err
	}
	p, err := lockPayout(ctx, tx, payoutID)
	return batch{&p, rewards}, err
}

// answered takes the answer to a first call (M4): what is no proof of success or refusal leaves the outcome unknown.
func (s *Service) answered(ctx context.Context, p Payout, a Answer) error {
	return s.concluded(ctx, p, func(ctx context.Context, tx db.Tx, b batch, c change) error {
		switch a.Class {
		case AnsweredOK:
			return s.settled(ctx, tx, b, outcome{OK, a}, c)
		case AnsweredNo, AnsweredPayee:
			return s.refused(ctx, tx, b, outcome{Definite4xx, a}, c)
		case AnsweredShort:
			return s.fellShort(ctx, tx, b, Definite4xx, a, c)
		case AnsweredLater:
			b.NextTryAt, b.RailNote = c.at.Add(wakeEvery), a.Note
			return s.stepPayout(ctx, tx, b.Payout, HTTP429, *b.rewards[0], c)
		}
		b.remember(a, c.at)
		return s.stepPayout(ctx, tx, b.Payout, missing(a.Class), *b.rewards[0], c)
	})
}

// missing is the event for an answer that proves nothing.
func missing(a AnswerClass) PayoutEvent {
	switch a {
	case AnsweredConflict:
		return HTTP409
	case Answered5xx:
		return HTTP5xx
	}
	return NoAnswer
}

// remember keeps what is known of an unknown outcome. An error that the rail keeps under the key stays known: the key will
// give nothing else any more.
func (p *Payout) remember(a Answer, now time.Time) {
	if p.LastAnswer != Answered5xx {
		p.LastAnswer = a.Class
	}
	p.RailNote = a.Note
	p.rest(now)
}

// rest puts off the next look-up, the longer the older the payout is: from half a minute to half an hour.
func (p *Payout) rest(now time.Time) {
	p.NextTryAt = now.Add(min(max(now.Sub(p.FirstSentAt)/4, 30*time.Second), 30*time.Minute))
}

// lookedUp takes the answer of a look-up that did not prove absence.
func (s *Service) lookedUp(ctx context.Context, p Payout, a Answer) error {
	return s.concluded(ctx, p, func(ctx context.Context, tx db.Tx, b batch, c change) error {
		if a.Class == AnsweredOK {
			return s.settled(ctx, tx, b, outcome{FoundByList, a}, c)
		}
		b.rest(c.at)
		return savePayout(ctx, tx, b.Payout, c.at)
	})
}

// absent takes a look-up that found nothing. It reports true when the same request may go again under the same key, and has
// then committed that it will. Where the key is of no use any more it follows M5: two look-ups an hour apart and an hour
// after the last request allow a new key; after an error that may roll forward also thirty hours and a person.
func (s *Service) absent(ctx context.Context, claimed *Payout) (bool, error) {
	var again bool
	err := s.concluded(ctx, *claimed, func(ctx context.Context, tx db.Tx, b batch, c change) error {
		again = false // a transaction may run twice
		if b.keyUseless(c.at) {
			return s.countAbsence(ctx, tx, b, c)
		}
		campaigns := make([]string, len(b.rewards))
		for i, r := range b.rewards {
			campaigns[i] = r.CampaignID
		}
		var err error
		if again, err = s.running(ctx, tx, b.Rail, campaigns...); err != nil {
			return err
		}
		if again {
			b.LastSentAt, b.LeasedUntil = c.at, c.at.Add(Lease)
		} else {
			b.rest(c.at)
		}
		return savePayout(ctx, tx, b.Payout, c.at)
	})
	if err == nil && again {
		claimed.LastSentAt = s.now()
	}
	return again, err
}

func (s *Service) countAbsence(ctx context.Context, tx db.Tx, b batch, c change) error {
	p, r := b.Payout, b.rewards[0]
	if !p.missed(c.at) {
		p.NextTryAt = c.at.Add(AbsentApart)
		return savePayout(ctx, tx, p, c.at)
	}
	if p.LastAnswer == Answered5xx {
		p.NextTryAt = c.at.Add(30 * time.Minute)
		if err := savePayout(ctx, tx, p, c.at); err != nil {
			return err
		}
		if c.at.Sub(p.LastSentAt) < RollForward {
			return nil
		}
		return s.openCase(ctx, tx, Case{Kind: CaseAbsent, Subject: p.ID, PayoutID: p.ID, RewardID: r.ID, IntroductionID: r.IntroductionID,
			Detail: fmt.Sprintf("The rail answered with an error and still shows nothing of this payout of %s. Confirm that it is absent there, and it is sent again.", p.Amount())})
	}
	return s.newEpoch(ctx, tx, p, *r, AbsentAndKeyDead, c)
}

// newEpoch lets a payout start again under a new key.
func (s *Service) newEpoch(ctx context.Context, tx db.Tx, p *Payout, r Reward, e PayoutEvent, c change) error {
	p.Epoch++
	p.FirstSentAt, p.LastSentAt, p.LastAnswer, p.RailNote = time.Time{}, time.Time{}, "", ""
	p.AbsentSince, p.AbsentCount, p.NextTryAt = time.Time{}, 0, c.at.Add(wakeEvery)
	if err := s.stepPayout(ctx, tx, p, e, r, c); err != nil {
		return err
	}
	return s.Queue.Enqueue(ctx, tx, time.Time{}, Send{PayoutID: p.ID})
}

// repeated takes the answer to a second call under the same key, while the outcome is unknown.
func (s *Service) repeated(ctx context.Context, p Payout, a Answer) error {
	return s.concluded(ctx, p, func(ctx context.Context, tx db.Tx, b batch, c change) error {
		switch a.Class {
		case AnsweredOK:
			return s.settled(ctx, tx, b, outcome{RetrySameKeyOK, a}, c)
		case AnsweredNo, AnsweredPayee:
			return s.refused(ctx, tx, b, outcome{RetrySameKey4xx, a}, c)
		case AnsweredShort:
			return s.fellShort(ctx, tx, b, RetrySameKey4xx, a, c)
		case AnsweredLater:
			b.rest(c.at)
		default:
			b.remember(a, c.at)
		}
		return savePayout(ctx, tx, b.Payout, c.at)
	})
}

// Recover looks after payouts whose outcome is open: it wakes those that wait and opens a case for what has been in clearing
// for over an hour (I10, M25). It is a sweep.
func (s *Service) Recover(ctx context.Context) (int, error) {
	now := s.now()
	var ids []string
	err := s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		var err error
		if ids, err = wake(ctx, tx, now); err != nil {
			return err
		}
		for _, id := range ids {
			if err := s.Queue.Enqueue(ctx, tx, time.Time{}, Send{PayoutID: id}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("wake payouts: %w", err)
	}
	late, err := stuck(ctx, s.DB, now.Add(-time.Hour))
	if err != nil {
		return len(ids), err
	}
	for _, p := range late {
		err := s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
			return s.openCase(ctx, tx, Case{Kind: CaseStuck, Subject: p.ID, PayoutID: p.ID, RewardID: p.Parameters.RewardID,
				Detail: fmt.Sprintf("The outcome of this payout of %s has been open for over an hour: it is %s.", p.Amount(), p.State)})
		})
		if err != nil {
			return len(ids), fmt.Errorf("payout %s: %w", p.ID, err)
		}
	}
	return len(ids) + len(late), nil
}
