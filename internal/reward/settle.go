package reward

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"goodword/internal/audit"
	"goodword/internal/campaign"
	"goodword/internal/db"
)

// batch is a locked payout with its locked rewards.
type batch struct {
	*Payout
	rewards []*Reward
}

// outcome is what we know of a payout and how.
type outcome struct {
	event PayoutEvent
	Answer
}

// settled writes down that a payout's effect exists.
func (s *Service) settled(ctx context.Context, tx db.Tx, b batch, a outcome, c change) error {
	p := b.Payout
	p.RailObject, p.RailNote, p.LastAnswer, p.SettledAt, p.NextTryAt = a.Object, a.Note, AnsweredOK, c.at, time.Time{}
	if err := s.stepPayout(ctx, tx, p, a.event, *b.rewards[0], c); err != nil {
		return err
	}
	for _, r := range b.rewards {
		if p.Parameters.ExpiresAt > 0 {
			r.ExpiresAt = time.Unix(p.Parameters.ExpiresAt, 0).UTC()
		}
		settle := c
		settle.event, settle.fact = Settle, p.ID
		if err := s.step(ctx, tx, r, settle); err != nil {
			return err
		}
		if r.WantedMinor == nil {
			if err := s.mailPaid(ctx, tx, *r); err != nil {
				return err
			}
			continue
		}
		if err := s.settleWanted(ctx, tx, r, c); err != nil {
			return err
		}
	}
	if err := s.passOn(ctx, tx, p, c); err != nil {
		return err
	}
	return closeCases(ctx, tx, p.ID, "The payout settled.", c.at)
}

// refused writes down that a payout has no effect and never will under its key.
func (s *Service) refused(ctx context.Context, tx db.Tx, b batch, a outcome, c change) error {
	p := b.Payout
	p.RailNote, p.LastAnswer, p.NextTryAt = a.Note, AnsweredNo, time.Time{}
	if err := s.stepPayout(ctx, tx, p, a.event, *b.rewards[0], c); err != nil {
		return err
	}
	if err := closeCases(ctx, tx, p.ID, "The payout was refused.", c.at); err != nil {
		return err
	}
	if err := s.passOn(ctx, tx, p, c); err != nil {
		return err
	}
	for _, r := range b.rewards {
		fail := c
		fail.event, fail.fact = Fail, p.ID+":"+strconv.Itoa(p.Epoch)
		if err := s.step(ctx, tx, r, fail); err != nil {
			return err
		}
		if err := s.settleWanted(ctx, tx, r, c); err != nil {
			return err
		}
		if r.State != Failed {
			continue
		}
		if open, err := disputed(ctx, tx, *r); err != nil {
			return err
		} else if open {
			if err := s.hold(ctx, tx, r, HeldDispute, c); err != nil {
				return err
			}
		}
		if a.Class == AnsweredPayee && r.State == Failed {
			if err := s.cancel(ctx, tx, p, *r, c); err != nil {
				return err
			}
			if err := s.holdForPayee(ctx, tx, r, whyDisabled, a.Note, c); err != nil {
				return err
			}
			continue
		}
		err := s.openCase(ctx, tx, Case{Kind: CaseRefused, Subject: p.ID, PayoutID: p.ID, RewardID: r.ID, IntroductionID: r.IntroductionID,
			Detail: fmt.Sprintf("%s refused to pay %s: %s. Send it again, choose another way, or take the reward back.", p.Rail, p.Amount(), a.Note)})
		if err != nil {
			return err
		}
	}
	return nil
}

// settleWanted does what had to wait for the outcome of the payout.
func (s *Service) settleWanted(ctx context.Context, tx db.Tx, r *Reward, c change) error {
	if r.WantedMinor == nil {
		return nil
	}
	target := *r.WantedMinor
	r.WantedMinor = nil
	c.reason = r.Reason
	if target >= r.AmountMinor {
		return save(ctx, tx, r, c.at)
	}
	return s.lower(ctx, tx, r, target, c)
}

// dropUnsent cancels the reward's payout if nobody has begun to pay it: that is a certain refusal. It reports false, and
// changes nothing, when a request may have left.
func (s *Service) dropUnsent(ctx context.Context, tx db.Tx, r *Reward, c change) (bool, error) {
	p, ok, err := lockLive(ctx, tx, r.ID)
	if err != nil || !ok {
		return false, err
	}
	if p.State != Queued || p.Epoch > p.ShortCount || !p.LastSentAt.IsZero() {
		return false, nil
	}
	if err := s.cancel(ctx, tx, &p, *r, c); err != nil {
		return false, err
	}
	c.event, c.part, c.fact = Fail, 0, p.ID+":0"
	return true, s.step(ctx, tx, r, c)
}

// endPayout cancels the refused payout of a failed reward, because it is paid another way or not at all.
func (s *Service) endPayout(ctx context.Context, tx db.Tx, r *Reward, c change) error {
	if r.State != Failed {
		return nil
	}
	p, ok, err := lockLive(ctx, tx, r.ID)
	if err != nil || !ok {
		return err
	}
	return s.cancel(ctx, tx, &p, *r, c)
}

func (s *Service) cancel(ctx context.Context, tx db.Tx, p *Payout, r Reward, c change) error {
	p.NextTryAt = time.Time{}
	if err := s.stepPayout(ctx, tx, p, Cancel, r, c); err != nil {
		return err
	}
	if err := setLive(ctx, tx, p.ID, false); err != nil {
		return err
	}
	if p.Rail == campaign.RailGiftCode {
		if err := unbind(ctx, tx, p.ID); err != nil {
			return err
		}
	}
	return closeCases(ctx, tx, p.ID, "The payout was cancelled.", c.at)
}

// requeue sends the refused payout of a failed reward again. If its owner has been paid so much since that a tax form is needed,
// the payout ends and the reward is held.
func (s *Service) requeue(ctx context.Context, tx db.Tx, r *Reward, t taxRules, c change) error {
	if _, err := r.Next(Issue); err != nil || r.State != Failed {
		return moved(*r)
	}
	p, ok, err := lockLive(ctx, tx, r.ID)
	if err != nil {
		return err
	}
	if !ok {
		return nil // its payout was cancelled, so the sweep begins another
	}
	if r.Payable().Minor != p.AmountMinor {
		// The amount is frozen with the key: another amount is another payout.
		return s.cancel(ctx, tx, &p, *r, c)
	}
	if ok, err := s.running(ctx, tx, p.Rail, r.CampaignID); err != nil {
		return err
	} else if !ok {
		return paused()
	}
	if held, err := s.holdForTax(ctx, tx, r, p.AmountMinor, t, c); err != nil {
		return err
	} else if held {
		return s.cancel(ctx, tx, &p, *r, c)
	}
	if err := s.newEpoch(ctx, tx, &p, *r, RequeueNewEpoch, c); err != nil {
		return err
	}
	c.event, c.fact = Issue, p.ID+":"+strconv.Itoa(p.Epoch)
	return s.step(ctx, tx, r, c)
}

// voidFor takes an issued code or credit back at the rail, so that target is left: the whole of it, because a code has one
// value; what is to stay is earned anew afterwards.
func (s *Service) voidFor(ctx context.Context, tx db.Tx, r *Reward, target int64, c change) error {
	p, ok, err := lockLive(ctx, tx, r.ID)
	if err != nil {
		return err
	}
	if !ok {
		return fmt.Errorf("reward %s was issued by no payout", r.ID)
	}
	if p.State != Reversing {
		p.FirstSentAt, p.LastSentAt, p.LastAnswer, p.RailNote = c.at, time.Time{}, "", ""
		p.NextTryAt = c.at.Add(wakeEvery)
		if err := s.stepPayout(ctx, tx, &p, ReversalRequest, *r, c); err != nil {
			return err
		}
		if err := s.Queue.Enqueue(ctx, tx, time.Time{}, Send{PayoutID: p.ID}); err != nil {
			return err
		}
	}
	return s.want(ctx, tx, r, target, c)
}

// voided takes the answer to a void.
func (s *Service) voided(ctx context.Context, p Payout, a Answer) error {
	return s.concluded(ctx, p, func(ctx context.Context, tx db.Tx, b batch, c change) error {
		b.RailNote = a.Note
		if b.Rail == campaign.RailTransfer {
			if a.Class != AnsweredOK && a.Class != AnsweredNo {
				b.rest(c.at)
				return savePayout(ctx, tx, b.Payout, c.at)
			}
			return s.fetched(ctx, tx, b, p.BackMinor, a, c)
		}
		used := slices.ContainsFunc(b.rewards, func(r *Reward) bool { return r.State != Issued })
		switch {
		case a.Class == AnsweredOK && !used:
			return s.takenBack(ctx, tx, b, c)
		case a.Class == AnsweredNo, used:
			return s.goneAlready(ctx, tx, b, c)
		}
		if b.Rail == campaign.RailDonation && a.Class == AnsweredLater {
			// It waits for a person and for no answer: no key dies meanwhile. The end of the remittance wakes it.
			b.LastSentAt, b.NextTryAt = time.Time{}, c.at.Add(30*time.Minute)
			return savePayout(ctx, tx, b.Payout, c.at)
		}
		b.rest(c.at)
		return savePayout(ctx, tx, b.Payout, c.at)
	})
}

// takenBack is a void that worked.
func (s *Service) takenBack(ctx context.Context, tx db.Tx, b batch, c change) error {
	b.ReversedMinor, b.NextTryAt = b.AmountMinor, time.Time{}
	if err := s.stepPayout(ctx, tx, b.Payout, ReversalOK, *b.rewards[0], c); err != nil {
		return err
	}
	if err := setLive(ctx, tx, b.ID, false); err != nil {
		return err
	}
	for _, r := range b.rewards {
		if err := s.afterVoid(ctx, tx, r, c); err != nil {
			return err
		}
	}
	return closeCases(ctx, tx, b.ID, "What was issued is taken back.", c.at)
}

// afterVoid ends a reward whose code or credit is gone, and earns anew what was to stay.
func (s *Service) afterVoid(ctx context.Context, tx db.Tx, r *Reward, c change) error {
	target := int64(0)
	if r.WantedMinor != nil {
		target = *r.WantedMinor
	}
	taken := r.AmountMinor - target
	r.WantedMinor = nil
	c.reason, c.event = r.Reason, VoidUnused
	if err := s.step(ctx, tx, r, c); err != nil {
		return err
	}
	if over := r.AmountMinor - target; over > 0 {
		// What paid an older receivable cannot be voided.
		if err := s.owe(ctx, tx, r, over, c); err != nil {
			return err
		}
	}
	if err := s.mailReversed(ctx, tx, *r, taken, false); err != nil {
		return err
	}
	if rest := target - r.AmountMinor; rest > 0 && r.IntroductionID != "" {
		rows, err := lockGroup(ctx, tx, r.group())
		if err != nil {
			return err
		}
		c.event = ""
		return s.earnAgain(ctx, tx, *r, rest, len(rows)+1, c)
	}
	return nil
}

// goneAlready is a void that came too late: the code or credit is used, so its value becomes a receivable.
func (s *Service) goneAlready(ctx context.Context, tx db.Tx, b batch, c change) error {
	b.NextTryAt = time.Time{}
	if err := s.stepPayout(ctx, tx, b.Payout, ReversalRefused, *b.rewards[0], c); err != nil {
		return err
	}
	for _, r := range b.rewards {
		if r.State == Issued {
			used := c
			used.event = Redeem
			if err := s.step(ctx, tx, r, used); err != nil {
				return err
			}
		}
		if err := s.settleWanted(ctx, tx, r, c); err != nil {
			return err
		}
	}
	return closeCases(ctx, tx, b.ID, "What was issued had been used.", c.at)
}

// MarkPaid records that finance has paid a reward by hand: reference is the bank's or whatever finds it again.
// The same reference again changes nothing. Returns Forbidden, Invalid, NotFound, and Conflict when the reward is not to be
// paid by hand now or payouts are paused.
func (s *Service) MarkPaid(ctx context.Context, actor audit.Actor, id, reference string) (Reward, error) {
	if err := mayDecide(actor); err != nil {
		return Reward{}, err
	}
	reference = strings.TrimSpace(reference)
	if err := checkReference(reference); err != nil {
		return Reward{}, err
	}
	d, err := s.asks(ctx, actor)
	if err != nil {
		return Reward{}, err
	}
	return s.locked(ctx, id, func(ctx context.Context, tx db.Tx, r *Reward) error {
		p, ok, err := lockLive(ctx, tx, r.ID)
		if err != nil {
			return err
		}
		switch {
		case !ok || p.Rail != campaign.RailManual:
			return moved(*r)
		case p.State == Settled && p.RailObject == reference:
			return nil
		case p.State != Queued:
			return moved(*r)
		}
		if err := s.paysOwn(ctx, tx, d, *r); err != nil {
			return err
		}
		if ok, err := s.running(ctx, tx, p.Rail, r.CampaignID); err != nil {
			return err
		} else if !ok {
			return paused()
		}
		c := change{actor: actor, at: s.now(), reason: reference}
		p.FirstSentAt, p.LastSentAt, p.Fence = c.at, c.at, p.Fence+1
		if err := s.stepPayout(ctx, tx, &p, Claim, *r, c); err != nil {
			return err
		}
		return s.settled(ctx, tx, batch{&p, []*Reward{r}}, outcome{OK, Answer{Class: AnsweredOK, Object: reference}}, c)
	})
}

// payoutID reads a payout's id from either of its names.
func payoutID(name string) string {
	hex, ok := strings.CutPrefix(name, "po_")
	if !ok || len(hex) != 32 {
		return name
	}
	return hex[:8] + "-" + hex[8:12] + "-" + hex[12:16] + "-" + hex[16:20] + "-" + hex[20:]
}

// Seen takes a rail's word, by a webhook with our metadata, that a payout's effect exists: name is the payout's id or its
// Name, object the rail's id. Late evidence of success wins over whatever we believed; what contradicts it becomes a case,
// and payouts pause where somebody may have been paid twice. Again changes nothing.
// Returns NotFound for a payout that is not ours.
func (s *Service) Seen(ctx context.Context, actor audit.Actor, name, object string) error {
	id := payoutID(name)
	err := s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		b, err := lockBatch(ctx, tx, id)
		if err != nil {
			return err
		}
		c := change{actor: actor, at: s.now()}
		seen := func(e PayoutEvent) outcome { return outcome{e, Answer{Class: AnsweredOK, Object: object}} }
		switch b.State {
		case Unknown:
			return s.settled(ctx, tx, b, seen(WebhookMatch), c)
		case Queued:
			// An effect of an earlier key: nothing may be sent any more.
			if err := s.stepPayout(ctx, tx, b.Payout, Claim, *b.rewards[0], c); err != nil {
				return err
			}
			return s.settled(ctx, tx, b, seen(OK), c)
		case Sending:
			return s.settled(ctx, tx, b, seen(OK), c)
		case Refused, Cancelled:
			return s.seenLate(ctx, tx, b, seen(WebhookMatch), c)
		}
		if b.RailObject == object {
			return nil
		}
		return s.contradiction(ctx, tx, Case{Kind: CaseDouble, Subject: b.ID, PayoutID: b.ID, RewardID: b.rewards[0].ID,
			Detail: fmt.Sprintf("The rail shows %s beside %s for one payout of %s.", object, b.RailObject, b.Amount())}, c)
	})
	if err != nil {
		return fmt.Errorf("payout %s: %w", id, err)
	}
	return nil
}

// seenLate settles a payout that we took for refused or cancelled, where its reward can still be settled by it.
func (s *Service) seenLate(ctx context.Context, tx db.Tx, b batch, a outcome, c change) error {
	p, r := b.Payout, b.rewards[0]
	other, sibling, err := lockLive(ctx, tx, r.ID)
	if err != nil {
		return err
	}
	sibling = sibling && other.ID != p.ID
	fits := len(b.rewards) == 1 && (r.State == Failed || r.State == Approved || r.State == Issuing && sibling) && r.Payable().Minor == p.AmountMinor
	if fits && r.State == Issuing {
		// The sibling that was to take its place is not needed, unless it may have left.
		fits, err = s.dropUnsent(ctx, tx, r, c)
		if err != nil {
			return err
		}
	}
	if !fits {
		return s.contradiction(ctx, tx, Case{Kind: CaseLate, Subject: p.ID, PayoutID: p.ID, RewardID: r.ID, IntroductionID: r.IntroductionID,
			Detail: fmt.Sprintf("%s was paid (%s) although it had been %s; the reward is %s.", p.Amount(), a.Object, p.State, r.State)}, c)
	}
	wasCancelled := p.State == Cancelled
	if err := setLive(ctx, tx, p.ID, true); err != nil {
		return err
	}
	r.Rail = p.Rail
	issue := c
	issue.event, issue.fact = Issue, p.ID+":late"
	if err := s.step(ctx, tx, r, issue); err != nil {
		return err
	}
	if err := s.settled(ctx, tx, b, a, c); err != nil {
		return err
	}
	if !wasCancelled {
		return nil
	}
	return s.openCase(ctx, tx, Case{Kind: CaseLate, Subject: p.ID, PayoutID: p.ID, RewardID: r.ID, IntroductionID: r.IntroductionID,
		Detail: fmt.Sprintf("%s was paid (%s) although the payout had been cancelled. The reward is settled by it.", p.Amount(), a.Object)})
}

// contradiction opens a case and stops all payouts: somebody may have been paid twice.
func (s *Service) contradiction(ctx context.Context, tx db.Tx, cs Case, c change) error {
	if err := s.openCase(ctx, tx, cs); err != nil {
		return err
	}
	_, err := s.flip(ctx, tx, ScopeAll, true, cs.Detail, c)
	return err
}

// Redemption is the use of a code or credit; one of the names is set.
type Redemption struct {
	// Code is the promotion code, RewardID the reward, Payout the payout's id or Name.
	Code, RewardID, Payout string
	// Object is the rail's id of the code, kept if we did not know yet that it exists.
	Object string
}

// Redeemed takes a rail's word that a code or credit was used. It proves that the payout's effect exists, too.
// Again changes nothing; NotFound for a code that is not ours. A use after the end becomes a case.
func (s *Service) Redeemed(ctx context.Context, actor audit.Actor, u Redemption) error {
	r, err := s.usedBy(ctx, u)
	if err != nil {
		return err
	}
	if u.Object != "" && (r.State == Issuing || r.State == Failed) {
		if err := s.seenUsed(ctx, actor, r, u.Object); err != nil {
			return err
		}
	}
	_, err = s.locked(ctx, r.ID, func(ctx context.Context, tx db.Tx, r *Reward) error {
		c := change{event: Redeem, actor: actor, at: s.now()}
		switch r.State {
		case Redeemed, Clawback, Recovered, WrittenOff:
			return nil
		case Issued:
			if err := s.step(ctx, tx, r, c); err != nil {
				return err
			}
			// A void under way will find it used; a reversal that waits is done then.
			return nil
		}
		return s.openCase(ctx, tx, Case{Kind: CaseUsedLate, Subject: r.ID, RewardID: r.ID, IntroductionID: r.IntroductionID,
			Detail: fmt.Sprintf("A code or credit was used although the reward is %s.", r.State)})
	})
	return err
}

func (s *Service) usedBy(ctx context.Context, u Redemption) (Reward, error) {
	switch {
	case u.RewardID != "":
		return byID(ctx, s.DB, u.RewardID)
	case u.Payout != "":
		p, err := payoutByID(ctx, s.DB, payoutID(u.Payout))
		if err != nil {
			return Reward{}, err
		}
		return byID(ctx, s.DB, p.Parameters.RewardID)
	case u.Code == "":
		return Reward{}, unknown()
	}
	rows, err := byCode(ctx, s.DB, strings.ToUpper(strings.TrimSpace(u.Code)))
	if err != nil {
		return Reward{}, err
	}
	if len(rows) == 0 {
		return Reward{}, unknown()
	}
	return rows[0], nil
}

// seenUsed settles the newest payout of a reward whose code was used before we knew that it exists.
func (s *Service) seenUsed(ctx context.Context, actor audit.Actor, r Reward, object string) error {
	payouts, err := payoutsOf(ctx, s.DB, r.ID)
	if err != nil || len(payouts) == 0 {
		return err
	}
	return s.Seen(ctx, actor, payouts[len(payouts)-1].ID, object)
}

// ReversedAtRail takes a rail's word that somebody undid a settled payout there (M29). What was unused is taken back in the
// books, not earned again by itself, and shown to a person. Again changes nothing; NotFound for a payout that is not ours.
func (s *Service) ReversedAtRail(ctx context.Context, actor audit.Actor, name, note string) error {
	id := payoutID(name)
	err := s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		b, err := lockBatch(ctx, tx, id)
		if err != nil {
			return err
		}
		p, r := b.Payout, b.rewards[0]
		c := change{actor: actor, at: s.now(), reason: note}
		switch p.State {
		case PaidBack, Reversing:
			return nil // we did it, or are about to
		case Settled, PartReversed:
		default:
			return s.openCase(ctx, tx, Case{Kind: CaseAtRail, Subject: p.ID, PayoutID: p.ID, RewardID: r.ID,
				Detail: fmt.Sprintf("The rail reports a reversal of a payout that is %s.", p.State)})
		}
		if r.State != Issued || !r.Voidable() {
			return s.openCase(ctx, tx, Case{Kind: CaseAtRail, Subject: p.ID, PayoutID: p.ID, RewardID: r.ID, IntroductionID: r.IntroductionID,
				Detail: fmt.Sprintf("The rail reports that the payout of %s was undone there; the reward is %s.", p.Amount(), r.State)})
		}
		p.ReversedMinor, p.RailNote = p.AmountMinor, note
		if err := s.stepPayout(ctx, tx, p, RailReversed, *r, c); err != nil {
			return err
		}
		if err := setLive(ctx, tx, p.ID, false); err != nil {
			return err
		}
		for _, r := range b.rewards {
			r.ForgoneMinor = min(r.ForgoneMinor+r.IssuedMinor, r.AccruedMinor)
			r.WantedMinor = nil
			void := c
			void.event = VoidUnused
			if err := s.step(ctx, tx, r, void); err != nil {
				return err
			}
		}
		return s.openCase(ctx, tx, Case{Kind: CaseAtRail, Subject: p.ID, PayoutID: p.ID, RewardID: r.ID, IntroductionID: r.IntroductionID,
			Detail: fmt.Sprintf("What was issued for %s was taken back at the rail, not by us. Please look why.", p.Amount())})
	})
	if err != nil {
		return fmt.Errorf("payout %s: %w", id, err)
	}
	return nil
}
