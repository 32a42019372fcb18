package reward_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"goodword/internal/audit"
	"goodword/internal/campaign"
	"goodword/internal/db"
	"goodword/internal/dbtest"
	"goodword/internal/fault"
	"goodword/internal/introduction"
	"goodword/internal/reward"
	"goodword/internal/staff"
)

// hire gives actors an account, so that they count among those who could decide.
func (w *world) hire(actors ...audit.Actor) {
	w.t.Helper()
	w.tx(func(ctx context.Context, tx db.Tx) error {
		for _, a := range actors {
			m := staff.Member{ID: a.ID, Email: a.ID + "@staff.example", Name: a.Name, Role: staff.Role(a.Role), State: staff.Active, Language: "en",
				Zone: "UTC", WorkFrom: 9, WorkUntil: 17, CreatedAt: w.clock.now()}
			if _, err := tx.NewInsert().Model(&m).Exec(ctx); err != nil {
				return err
			}
		}
		return nil
	})
}

// byHand is a matured reward for a deal that somebody closed by hand.
func (w *world) byHand(o campaign.Offer, closer string) reward.Reward {
	w.t.Helper()
	i := w.introduction(o, w.customer("Ana"+time.Now().Format("150405.000000000")).ID, introduction.Won)
	d := w.deal(&i, 900_00, func(d *introduction.Deal) { d.Source, d.ActorID = introduction.FromHand, closer })
	w.accrue(i, campaign.OnWon, &d, false)
	w.clock.pass(31 * day)
	w.count(w.Mature(w.ctx))
	r := w.one(i)
	if r.State != reward.Held || r.HeldReason != reward.HeldSecondPerson {
		w.t.Fatalf("closed by hand: %s %s", r.State, r.HeldReason)
	}
	return r
}

// M19: granting an appeal lets money go as an approval does, so whoever wrote the terms, or closed the deal, does not grant.
func TestDecide_WhoeverHadOneGrantsNoAppeal(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		second := audit.Actor{Kind: audit.KindStaff, ID: "staff-second", Name: "Sam", Role: string(staff.Finance)}
		w.hire(owner, finance, second)
		_, o := w.campaign(10_000_00, nil, thanks(50_00))
		r := w.byHand(o, owner.ID)
		_, err := w.reject(finance, r.ID, reward.Rejection{Note: "odd"})
		w.must(err)
		_, err = w.Appeal(w.ctx, r.CustomerID, r.ID, "It is mine.")
		w.must(err)
		c := w.cases(reward.CaseAppeal)[0]
		author := second
		author.ID = marketer.ID
		for name, a := range map[string]audit.Actor{"closer": owner, "author": author, "rejecter": finance} {
			for _, action := range []string{reward.ActionGrant, reward.ActionRefuse} {
				if _, err := w.ResolveCase(w.ctx, a, c.ID, reward.Resolution{Action: action, Note: "fine"}); code(err) != fault.Forbidden {
					t.Errorf("%s by the %s: %v, want Forbidden", action, name, err)
				}
			}
		}
		_, err = w.ResolveCase(w.ctx, second, c.ID, reward.Resolution{Action: reward.ActionGrant, Note: "You are right."})
		w.must(err)
		w.verified()
	})
}

// M19: an API key is whoever made it, and never the second person.
func TestDecide_AKeyIsNoSecondPerson(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.hire(owner, finance)
		key := func(maker audit.Actor) audit.Actor {
			k, _, err := w.staff.AddKey(w.ctx, maker, "key", staff.Finance)
			w.must(err)
			return audit.Actor{Kind: audit.KindAPIKey, ID: k.ID, Role: string(staff.Finance)}
		}
		_, o := w.campaign(10_000_00, nil, thanks(50_00))
		r := w.byHand(o, key(finance).ID)
		for name, a := range map[string]audit.Actor{"the closer's maker": finance, "another of their keys": key(finance), "somebody else's key": key(owner)} {
			for _, verb := range []string{"approve", "release"} {
				if err := w.verbs()[verb](a, r.ID); code(err) != fault.Forbidden {
					t.Errorf("%s by %s: %v, want Forbidden", verb, name, err)
				}
			}
		}
		w.must(w.verbs()["approve"](owner, r.ID))
		// Where no second person is needed a key may approve, but not that of the author.
		own := func() string {
			i, _ := w.win(o, w.customer("Ana"+time.Now().Format("150405.000000000")).ID, 900_00)
			_, err := w.Hold(w.ctx, finance, w.one(i).ID, "wait")
			w.must(err)
			w.clock.pass(31 * day)
			return w.one(i).ID
		}
		if id := own(); code(w.verbs()["approve"](key(marketer), id)) != fault.Forbidden {
			t.Error("the author approved by help of a key")
		}
		w.must(w.verbs()["approve"](key(finance), own()))
		w.verified()
	})
}

// M19, the owner who is alone: with a reason, which is kept in the audit and shown, up to the amount that always takes two.
func TestDecide_WhoIsAloneSaysWhy(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.hire(owner, marketer)
		_, o := w.campaign(10_000_00, nil, thanks(50_00))
		r := w.byHand(o, owner.ID)
		seen, err := w.Verdicts(w.ctx, owner, []reward.Reward{r})
		w.must(err)
		if v := seen[r.ID]; !v.Alone || v.Why != "" {
			t.Errorf("verdict %+v", v)
		}
		_, err = w.Approve(w.ctx, owner, r.ID, "  ")
		if code(err) != fault.Invalid || fault.As(err).Problems[0].Field != "reason" {
			t.Errorf("without a reason: %v", err)
		}
		_, err = w.Approve(w.ctx, owner, r.ID, "I met the customer myself.")
		w.must(err)
		if r = w.get(r.ID); r.State != reward.Approved || r.AloneNote != "I met the customer myself." {
			t.Errorf("%s, %q", r.State, r.AloneNote)
		}
		page, err := audit.List(w.ctx, d, audit.Filter{Action: "reward.decided_alone"}, db.Page{})
		w.must(err)
		if len(page.Items) != 1 || page.Items[0].Actor.ID != owner.ID || page.Items[0].Reason != "I met the customer myself." || page.Items[0].ObjectID != r.ID {
			t.Errorf("audit %+v", page.Items)
		}

		// Released alone, the sweep approves it; stopped again, the word counts no more.
		r = w.byHand(o, owner.ID)
		_, err = w.Release(w.ctx, owner, r.ID, "Checked.")
		w.must(err)
		w.count(w.Mature(w.ctx))
		if r = w.get(r.ID); r.State != reward.Approved || r.AloneNote != "Checked." {
			t.Errorf("released: %s %s %q", r.State, r.HeldReason, r.AloneNote)
		}
		_, err = w.Hold(w.ctx, owner, r.ID, "One moment.")
		w.must(err)
		if r = w.get(r.ID); r.AloneNote != "" {
			t.Errorf("held again: %q", r.AloneNote)
		}

		_, big := w.campaign(10_000_00, nil, thanks(500_01))
		large := w.byHand(big, owner.ID)
		if _, err := w.Approve(w.ctx, owner, large.ID, "It is right."); code(err) != fault.Forbidden || !strings.Contains(fault.As(err).Message, "500") {
			t.Errorf("above the amount: %v", err)
		}
		// As soon as there is somebody else, they decide.
		w.hire(finance)
		if _, err := w.Approve(w.ctx, owner, r.ID, "It is right."); code(err) != fault.Forbidden {
			t.Errorf("with a colleague: %v", err)
		}
		w.must(w.verbs()["approve"](finance, large.ID))
		w.verified()
	})
}

// M19: a yes or a meeting that a colleague wrote down rests on their word, whenever it earns: also when an empty budget made it
// wait and somebody else lets it be tried again.
func TestDecide_AWrittenDownFactRestsOnItsWriter(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.hire(owner, finance)
		rule := func(on campaign.Stage) campaign.Rule {
			return campaign.Rule{To: campaign.ToCustomer, On: on, AmountMinor: 10_00, Rails: []campaign.Rail{campaign.RailInvoiceCredit}}
		}
		c, o := w.campaign(15_00, nil, rule(campaign.OnAccepted), rule(campaign.OnQualified))
		i := w.introduction(o, w.customer("Ana").ID, introduction.InPipeline)
		i.YesBy, i.QualifiedBy, i.QualifiedAt = rep.ID, owner.ID, w.clock.now()
		w.tx(func(ctx context.Context, tx db.Tx) error {
			_, err := tx.NewUpdate().Model(&i).WherePK().Exec(ctx)
			return err
		})
		w.accrue(i, campaign.OnAccepted, nil, false)
		w.accrue(i, campaign.OnQualified, nil, false)
		if r := w.one(i); r.CloserID != rep.ID {
			t.Errorf("the yes rests on %q", r.CloserID)
		}
		w.topUp(c, 100_00)
		_, err := w.ResolveCase(w.ctx, finance, w.cases(reward.CaseBudget)[0].ID, reward.Resolution{Action: reward.ActionRetry, Note: "There is more now."})
		w.must(err)
		rows := w.all(i)
		if len(rows) != 2 || rows[1].CloserID != owner.ID {
			t.Fatalf("the meeting rests on %+v", rows)
		}
		w.clock.pass(31 * day)
		w.count(w.Mature(w.ctx))
		for _, r := range w.all(i) {
			if r.State != reward.Held || r.HeldReason != reward.HeldSecondPerson {
				t.Errorf("%s: %s %s", r.EarnedOn, r.State, r.HeldReason)
			}
		}
		if err := w.verbs()["approve"](owner, rows[1].ID); code(err) != fault.Forbidden {
			t.Errorf("whoever wrote the meeting down approved: %v", err)
		}
		w.must(w.verbs()["approve"](finance, rows[1].ID))
		w.verified()
	})
}

// M19: who gives an undone close back by hand has closed by hand, whoever had closed before.
func TestDecide_GivingACloseBackIsClosing(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.hire(owner, finance)
		_, o := w.campaign(10_000_00, nil, thanks(50_00))
		i, deal := w.win(o, w.customer("Ana").ID, 900_00)
		r := introduction.Reversal{Introduction: i, Deal: &deal, On: []campaign.Stage{campaign.OnWon}, Reason: "staff", Actor: rep}
		w.tx(func(ctx context.Context, tx db.Tx) error { return w.Earnings().Reverse(ctx, tx, r) })
		w.tx(func(ctx context.Context, tx db.Tx) error { return w.Earnings().Reinstate(ctx, tx, r) })
		w.clock.pass(31 * day)
		w.count(w.Mature(w.ctx))
		rows := w.all(i)
		if len(rows) != 2 || rows[1].CloserID != rep.ID || rows[1].State != reward.Held || rows[1].HeldReason != reward.HeldSecondPerson {
			t.Errorf("given back: %+v", rows)
		}
		w.verified()
	})
}
