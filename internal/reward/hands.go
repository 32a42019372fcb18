package reward

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"goodword/internal/audit"
	"goodword/internal/campaign"
	"goodword/internal/db"
	"goodword/internal/fault"
	"goodword/internal/money"
	"goodword/internal/setting"
	"goodword/internal/staff"
)

// The hands that somebody can have had in a reward before it is decided about (M19).
type hand string

const (
	handRejected hand = "rejected" // took it back; somebody else answers the appeal
	handClosed   hand = "closed"   // what it was earned for rests on their word
	handWrote    hand = "wrote"    // wrote the terms it was earned under
)

// words is what whoever had the hand is told; the reward is decided about by somebody else.
func (h hand) words() string {
	switch h {
	case handRejected:
		return "You took this reward back, so somebody else answers the appeal."
	case handClosed:
		return "This reward rests on your own word, so somebody else decides about it."
	}
	return "You wrote the terms of this reward, so somebody else decides about it."
}

// Verdict says whether one colleague or key may decide about a reward: let it go on, approve it, give it back.
type Verdict struct {
	// Why is the sentence for whoever may not; empty for whoever may.
	Why string
	// Alone is true for an owner who had a hand in it and may decide all the same, because nobody else could: with a reason.
	Alone bool
}

// Verdicts says for each reward whether actor may decide about it, as far as the hands go that people had in it: what else
// is needed, a role and the right time, is not looked at.
func (s *Service) Verdicts(ctx context.Context, actor audit.Actor, rewards []Reward) (map[string]Verdict, error) {
	set, err := s.Settings.Get(ctx)
	if err != nil {
		return nil, err
	}
	return s.verdicts(ctx, s.DB, decider{actor: actor, set: set}, rewards...)
}

// CaseVerdicts says the same, by the case's id, for the rewards that open reviews and appeals are about.
func (s *Service) CaseVerdicts(ctx context.Context, actor audit.Actor, cases []Case) (map[string]Verdict, error) {
	set, err := s.Settings.Get(ctx)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, c := range cases {
		if c.decides() {
			ids = append(ids, c.RewardID)
		}
	}
	rows, err := byIDs(ctx, s.DB, ids)
	if err != nil {
		return nil, err
	}
	out := map[string]Verdict{}
	for _, appeal := range []bool{false, true} {
		all, err := s.verdicts(ctx, s.DB, decider{actor: actor, set: set, appeal: appeal}, rows...)
		if err != nil {
			return nil, err
		}
		for _, c := range cases {
			if c.decides() && (c.Kind == CaseAppeal) == appeal {
				out[c.ID] = all[c.RewardID]
			}
		}
	}
	return out, nil
}

// decides reports whether a person's word on the case lets a reward go on or takes it back.
func (c Case) decides() bool {
	return c.State == CaseOpen && (c.Kind == CaseReview || c.Kind == CaseAppeal)
}

// decider is who wants to decide, and whether about an appeal, where also the person who rejected it is out.
type decider struct {
	actor  audit.Actor
	set    setting.Settings
	appeal bool
}

func (s *Service) verdicts(ctx context.Context, idb bun.IDB, d decider, rewards ...Reward) (map[string]Verdict, error) {
	if len(rewards) == 0 {
		return map[string]Verdict{}, nil
	}
	had, byHand, err := s.handsIn(ctx, idb, d, rewards)
	if err != nil {
		return nil, err
	}
	out := make(map[string]Verdict, len(rewards))
	var colleagues []staff.Member
	for _, r := range rewards {
		second := byHand[r.ID] || r.large(d.set)
		mine, involved := had[r.ID][d.actor.ID]
		switch {
		case second && d.actor.Kind == audit.KindAPIKey:
			out[r.ID] = Verdict{Why: "This reward needs a second person, and an API key is none."}
		case !involved:
			out[r.ID] = Verdict{}
		default:
			if colleagues == nil {
				if colleagues, err = s.Staff.List(ctx, idb); err != nil {
					return nil, fmt.Errorf("who could decide: %w", err)
				}
			}
			out[r.ID] = d.judge(r, mine, had[r.ID], colleagues)
		}
	}
	return out, nil
}

// judge decides about somebody who had a hand in a reward. Where nobody else could decide, an owner may, up to the amount
// above which it always takes two.
func (d decider) judge(r Reward, mine hand, had map[string]hand, colleagues []staff.Member) Verdict {
	others := slices.ContainsFunc(colleagues, func(m staff.Member) bool {
		_, involved := had[m.ID]
		return !involved && m.State == staff.Active && staff.Allowed(m.Role, staff.DecideRewards)
	})
	switch {
	case others || d.actor.Kind != audit.KindStaff || staff.Role(d.actor.Role) != staff.Owner:
		return Verdict{Why: mine.words()}
	case r.large(d.set):
		return Verdict{Why: fmt.Sprintf("Above %s it always takes two. Please add a colleague with the role finance, or raise the limit in the settings.",
			money.New(d.set.SecondPersonAboveMinor, r.Currency))}
	}
	return Verdict{Alone: true}
}

// large reports whether a person has to look at the reward because of its amount alone.
func (r Reward) large(set setting.Settings) bool {
	return set.SecondPersonAboveMinor > 0 && r.AmountMinor > set.SecondPersonAboveMinor
}

// handsIn returns who had which hand in each reward, by the ids of the colleagues, and which rewards rest on somebody's word.
// The asking actor is among them by the id that they act under.
func (s *Service) handsIn(ctx context.Context, idb bun.IDB, d decider, rewards []Reward) (had map[string]map[string]hand, byHand map[string]bool, err error) {
	var offers, deals []string
	for _, r := range rewards {
		offers, deals = append(offers, r.OfferID), append(deals, r.DealID)
	}
	authors, err := campaign.AuthorsOf(ctx, idb, offers)
	if err != nil {
		return nil, nil, err
	}
	closers, err := closersOf(ctx, idb, deals)
	if err != nil {
		return nil, nil, err
	}
	ids := []string{d.actor.ID}
	for _, r := range rewards {
		ids = append(ids, r.CloserID, closers[r.DealID], r.RejectedBy)
		ids = append(ids, authors[r.OfferID]...)
	}
	behind, err := s.Staff.Hands(ctx, idb, ids...)
	if err != nil {
		return nil, nil, err
	}
	had, byHand = map[string]map[string]hand{}, map[string]bool{}
	for _, r := range rewards {
		of := map[string]hand{}
		put := func(h hand, ids ...string) {
			for _, id := range ids {
				if id != "" {
					of[behind[id]] = h
				}
			}
		}
		put(handWrote, authors[r.OfferID]...)
		put(handClosed, r.CloserID, closers[r.DealID])
		if d.appeal {
			put(handRejected, r.RejectedBy)
		}
		if h, ok := of[behind[d.actor.ID]]; ok && d.actor.ID != "" {
			of[d.actor.ID] = h
		}
		had[r.ID], byHand[r.ID] = of, r.CloserID != "" || closers[r.DealID] != ""
	}
	return had, byHand, nil
}

// secondPerson refuses whoever had a hand in a locked reward, and keeps why an owner decides who is alone (M19).
func (s *Service) secondPerson(ctx context.Context, tx db.Tx, d decider, r *Reward, c change) error {
	all, err := s.verdicts(ctx, tx, d, *r)
	if err != nil {
		return err
	}
	v := all[r.ID]
	r.AloneNote = ""
	switch {
	case v.Why != "":
		return &fault.Error{Code: fault.Forbidden, Message: v.Why}
	case !v.Alone:
		return nil
	case strings.TrimSpace(c.reason) == "":
		var check fault.Check
		check.Add("reason", "You had a hand in this reward and nobody else can decide about it. Please say why it is right.")
		return check.Err()
	}
	r.AloneNote = c.reason
	return audit.Record(ctx, tx, c.at, audit.Entry{Actor: c.actor, Action: "reward.decided_alone", Object: "reward", ObjectID: r.ID,
		Reason: c.reason, After: r.public()})
}

// paysOwn refuses whoever closed the deal to say that its reward was paid by hand. An owner who is alone has said why when they
// approved it.
func (s *Service) paysOwn(ctx context.Context, tx db.Tx, d decider, r Reward) error {
	had, _, err := s.handsIn(ctx, tx, d, []Reward{r})
	if err != nil {
		return err
	}
	if had[r.ID][d.actor.ID] != handClosed || r.AloneNote != "" {
		return nil
	}
	return &fault.Error{Code: fault.Forbidden, Message: "Whoever closed the deal cannot pay the reward. Please ask a colleague."}
}
