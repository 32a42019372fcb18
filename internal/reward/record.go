package reward

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"goodword/internal/audit"
	"goodword/internal/campaign"
	"goodword/internal/db"
	"goodword/internal/event"
	"goodword/internal/ledger"
)

// Public is what events and the audit say of a reward: no personal data and no code.
type Public struct {
	ID          string         `json:"id"`
	State       State          `json:"state"`
	AmountMinor int64          `json:"amount_minor"`
	Currency    string         `json:"currency"`
	To          campaign.Party `json:"to"`
	On          campaign.Stage `json:"on"`
	Rail        campaign.Rail  `json:"rail,omitempty"`
	// Charity is the registration of whom it is given to.
	Charity    string `json:"charity,omitempty"`
	HeldReason string `json:"held_reason,omitempty"`
	// PartMinor is what this one step concerned, where that is not all of it.
	PartMinor int64 `json:"part_minor,omitempty"`
	OwedMinor int64 `json:"owed_minor,omitempty"`
	// Capped is the cap that let nothing be earned by rule number Rule; set for that alone.
	Capped string `json:"capped,omitempty"`
	Rule   *int   `json:"rule,omitempty"`
}

func (r Reward) public() Public {
	return Public{ID: r.ID, State: r.State, AmountMinor: r.AmountMinor, Currency: r.Currency, To: r.Beneficiary, On: r.EarnedOn,
		Rail: r.Rail, Charity: r.Charity, HeldReason: r.HeldReason, OwedMinor: r.OwedMinor}
}

// past names what happened in events and the audit.
var past = map[Event]string{Hold: "held", Release: "released", Approve: "approved", Adjust: "adjusted", Reverse: "reversed",
	Issue: "sent", Settle: "issued", Fail: "failed", Redeem: "redeemed", VoidUnused: "voided", Expire: "expired",
	Recover: "recovered", WriteOff: "written_off", Reinstate: "reinstated"}

// change is one event on a locked reward: what, how much of it, by whom and why.
type change struct {
	event Event
	// part is for Adjust and Reinstate, in minor units.
	part   int64
	actor  audit.Actor
	reason string
	at     time.Time
	// fact, with Settle, Issue and Fail, names the payout in the journal's key, so that the books themselves refuse a
	// second settlement.
	fact string
	// closer is the colleague or key on whose word what is earned anew rests; empty where it rests on what it rested on before.
	closer string
	// clearedBy is the person after whose word what is earned anew is not held again.
	clearedBy string
}

// step is one transition inside a running transaction: apply, save, post, record. The reward must be locked.
func (s *Service) step(ctx context.Context, tx db.Tx, r *Reward, c change) error {
	before := r.public()
	legs, err := r.apply(c.event, c.part, c.at)
	if err != nil {
		return fmt.Errorf("reward %s: %w", r.ID, err)
	}
	what := past[c.event]
	if r.State == Clawback {
		what = "clawed_back"
	}
	if before.State == Held && r.State != Held {
		if err := closeReviews(ctx, tx, *r, c); err != nil {
			return err
		}
	}
	return s.write(ctx, tx, r, entry{change: c, kind: string(c.event), what: what, legs: legs, before: before})
}

// entry is what is written of one change.
type entry struct {
	change
	// what is the event's verb in the past.
	what   string
	before Public
	// legs are posted under kind; both are empty for a change that moves no money.
	kind string
	legs []ledger.Leg
}

// write saves, posts and records what has changed on a locked reward: a transition, or a movement of money or of a wish
// without one.
func (s *Service) write(ctx context.Context, tx db.Tx, r *Reward, e entry) error {
	// Each journal has a key of its own, also when one transaction posts two of a kind.
	r.Version++
	if err := save(ctx, tx, r, e.at); err != nil {
		return err
	}
	if len(e.legs) > 0 {
		fact := e.fact
		if fact == "" {
			fact = strconv.FormatInt(r.Version, 10)
		}
		if err := post(ctx, tx, *r, e, e.kind+":"+r.ID+":"+fact); err != nil {
			return err
		}
	}
	after := r.public()
	after.PartMinor = e.part
	return s.record(ctx, tx, *r, e, after)
}

// post refuses a key that is there: the books would know a fact that the reward does not.
func post(ctx context.Context, tx db.Tx, r Reward, e entry, key string) error {
	posted, err := ledger.Post(ctx, tx, ledger.Journal{Key: key, Kind: e.kind, At: e.at, RewardID: r.ID, CampaignID: r.CampaignID,
		IntroductionID: r.IntroductionID, ActorKind: string(e.actor.Kind), ActorID: e.actor.ID, Legs: e.legs})
	if err != nil {
		return err
	}
	if !posted {
		return fmt.Errorf("reward %s: the books have %s already", r.ID, key)
	}
	return nil
}

func (s *Service) record(ctx context.Context, tx db.Tx, r Reward, e entry, after Public) error {
	err := event.Record(ctx, tx, event.Event{Type: "reward." + e.what, At: e.at, ActorKind: string(e.actor.Kind), ActorID: e.actor.ID,
		CustomerID: r.CustomerID, CampaignID: r.CampaignID, IntroductionID: r.IntroductionID, TestimonialID: r.TestimonialID,
		RewardID: r.ID, Data: after, Previous: e.before})
	if err != nil {
		return fmt.Errorf("reward %s %s: %w", r.ID, e.what, err)
	}
	err = audit.Record(ctx, tx, e.at, audit.Entry{Actor: e.actor, Action: "reward." + e.what, Object: "reward", ObjectID: r.ID,
		Reason: e.reason, Before: e.before, After: after})
	if err != nil {
		return fmt.Errorf("reward %s %s: %w", r.ID, e.what, err)
	}
	return nil
}

// PublicPayout is what events and the audit say of a payout: no destination.
type PublicPayout struct {
	ID          string        `json:"id"`
	State       PayoutState   `json:"state"`
	Rail        campaign.Rail `json:"rail"`
	AmountMinor int64         `json:"amount_minor"`
	Currency    string        `json:"currency"`
	Epoch       int           `json:"epoch"`
	Answer      AnswerClass   `json:"answer,omitempty"`
	Object      string        `json:"object,omitempty"`
	Note        string        `json:"note,omitempty"`
}

func (p Payout) public() PublicPayout {
	return PublicPayout{ID: p.ID, State: p.State, Rail: p.Rail, AmountMinor: p.AmountMinor, Currency: p.Currency, Epoch: p.Epoch,
		Answer: p.LastAnswer, Object: p.RailObject, Note: p.RailNote}
}

// stepPayout moves a locked payout by the table, saves and records it. r is one of its rewards, for the timelines.
func (s *Service) stepPayout(ctx context.Context, tx db.Tx, p *Payout, e PayoutEvent, r Reward, c change) error {
	before := p.public()
	to, err := NextPayout(p.State, e)
	if err != nil {
		return fmt.Errorf("payout %s: %w", p.ID, err)
	}
	p.State = to
	if to != Sending && to != Reversing {
		p.LeasedUntil = time.Time{}
	}
	if err := savePayout(ctx, tx, p, c.at); err != nil {
		return err
	}
	what := "payout." + string(to)
	err = event.Record(ctx, tx, event.Event{Type: what, At: c.at, ActorKind: string(c.actor.Kind), ActorID: c.actor.ID,
		CustomerID: r.CustomerID, CampaignID: r.CampaignID, IntroductionID: r.IntroductionID, TestimonialID: r.TestimonialID,
		RewardID: r.ID, Data: p.public(), Previous: before})
	if err != nil {
		return fmt.Errorf("payout %s %s: %w", p.ID, e, err)
	}
	err = audit.Record(ctx, tx, c.at, audit.Entry{Actor: c.actor, Action: what, Object: "payout", ObjectID: p.ID, Reason: c.reason,
		Before: before, After: p.public()})
	if err != nil {
		return fmt.Errorf("payout %s %s: %w", p.ID, e, err)
	}
	return nil
}
