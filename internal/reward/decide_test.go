package reward_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"goodword/internal/audit"
	"goodword/internal/campaign"
	"goodword/internal/customer"
	"goodword/internal/db"
	"goodword/internal/dbtest"
	"goodword/internal/fault"
	"goodword/internal/introduction"
	"goodword/internal/ledger"
	"goodword/internal/reward"
	"goodword/internal/testimonial"
)

// verbs are what a person can do to a reward.
func (w *world) verbs() map[string]func(actor audit.Actor, id string) error {
	only := func(f func() (reward.Reward, error)) error { _, err := f(); return err }
	return map[string]func(actor audit.Actor, id string) error{
		"approve": func(a audit.Actor, id string) error {
			return only(func() (reward.Reward, error) { return w.Approve(w.ctx, a, id, "ok") })
		},
		"hold": func(a audit.Actor, id string) error {
			return only(func() (reward.Reward, error) { return w.Hold(w.ctx, a, id, "wait") })
		},
		"release": func(a audit.Actor, id string) error {
			return only(func() (reward.Reward, error) { return w.Release(w.ctx, a, id, "go") })
		},
		"reject": func(a audit.Actor, id string) error {
			return only(func() (reward.Reward, error) { return w.reject(a, id, reward.Rejection{Note: "no"}) })
		},
		"retry": func(a audit.Actor, id string) error {
			return only(func() (reward.Reward, error) { return w.Retry(w.ctx, a, id, "again") })
		},
		"write off": func(a audit.Actor, id string) error {
			return only(func() (reward.Reward, error) { return w.WriteOff(w.ctx, a, id, "gone") })
		},
		"paid back": func(a audit.Actor, id string) error {
			return only(func() (reward.Reward, error) { return w.PaidBack(w.ctx, a, id, "bank") })
		},
		"mark paid": func(a audit.Actor, id string) error {
			return only(func() (reward.Reward, error) { return w.MarkPaid(w.ctx, a, id, "bank") })
		},
	}
}

// M19: who may decide is a matter of role, and never of the one who closed the deal or wrote the offer.
func TestDecide_RolesAndSecondPerson(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.hire(owner, finance)
		_, o := w.campaign(10_000_00, nil, thanks(50_00))
		r := func() reward.Reward {
			i := w.introduction(o, w.customer("A"+time.Now().Format("150405.000000000")).ID, introduction.Won)
			deal := w.deal(&i, 900_00, func(d *introduction.Deal) { d.Source, d.ActorID = introduction.FromHand, owner.ID })
			w.accrue(i, campaign.OnWon, &deal, false)
			return w.one(i)
		}()
		for _, actor := range []audit.Actor{marketer, rep, viewer, {Kind: audit.KindCustomer, ID: r.CustomerID}, {Kind: audit.KindAPIKey, ID: "k", Role: "marketer"}, {Kind: audit.KindStaff, ID: "x"}, audit.System("sweep")} {
			for name, do := range w.verbs() {
				if err := do(actor, r.ID); code(err) != fault.Forbidden {
					t.Errorf("%s by %s %s: %v, want Forbidden", name, actor.Kind, actor.Role, err)
				}
			}
		}
		w.clock.pass(31 * day)
		w.sweep()
		if r = w.get(r.ID); r.State != reward.Held || r.HeldReason != reward.HeldSecondPerson {
			t.Fatalf("closed by hand: %s %s", r.State, r.HeldReason)
		}
		author := finance
		author.ID = marketer.ID // the author of the offer was promoted
		for name, actor := range map[string]audit.Actor{"closer": owner, "author": author} {
			for _, verb := range []string{"approve", "release"} {
				if err := w.verbs()[verb](actor, r.ID); code(err) != fault.Forbidden {
					t.Errorf("%s by the %s: %v, want Forbidden", verb, name, err)
				}
			}
		}
		w.must(w.verbs()["approve"](finance, r.ID))
		w.must(w.verbs()["approve"](finance, r.ID))
		if r = w.get(r.ID); r.State != reward.Approved || r.ApprovedBy != finance.ID {
			t.Errorf("%s by %s", r.State, r.ApprovedBy)
		}
		w.verified()
	})
}

// Above the threshold a person decides, and one who releases it has decided.
func TestMature_LargeRewardWaitsForAPerson(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		_, o := w.campaign(10_000_00, nil, thanks(500_01))
		i, _ := w.win(o, w.customer("Ana").ID, 9_000_00)
		w.clock.pass(31 * day)
		w.sweep()
		if r := w.one(i); r.State != reward.Held || r.HeldReason != reward.HeldSecondPerson {
			t.Fatalf("%s %s", r.State, r.HeldReason)
		}
		_, err := w.Release(w.ctx, finance, w.one(i).ID, "checked the order")
		w.must(err)
		w.sweep()
		if r := w.one(i); r.State != reward.Issued {
			t.Errorf("after the release: %s %s", r.State, r.HeldReason)
		}
		w.verified()
	})
}

// An introduction under review holds its reward until a person has cleared it.
func TestMature_ReviewHolds(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		_, o := w.campaign(10_000_00, nil, thanks(50_00))
		i, _ := w.win(o, w.customer("Ana").ID, 9_000_00)
		_, err := d.NewUpdate().Model(&i).Set("review = 'to_review'").Set("flagged = 'existing_customer'").WherePK().Exec(w.ctx)
		w.must(err)
		w.clock.pass(31 * day)
		w.sweep()
		if r := w.one(i); r.State != reward.Held || r.HeldReason != reward.HeldReview {
			t.Fatalf("%s %s", r.State, r.HeldReason)
		}
		if _, err := w.Approve(w.ctx, finance, w.one(i).ID, "fine"); err != nil {
			t.Errorf("a person cannot approve it: %v", err)
		}
	})
}

// Every verb in every state that the table does not allow it in is refused with Conflict and posts nothing; where it has
// been done already it changes nothing.
func TestDecide_InEveryState(t *testing.T) {
	t.Parallel()
	legal := map[string]string{ // verb: states in which it does something or has been done
		"approve": "pending held approved", "hold": "pending held approved issuing failed", "release": "held pending",
		"reject": "pending held approved issuing failed issued redeemed reversed", "retry": "failed", "write off": "clawback written_off",
		"paid back": "clawback recovered", "mark paid": "issuing issued clawback recovered written_off",
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		_, o := w.campaign(1_000_000_00, nil, thanks(50_00, campaign.RailManual), campaign.Rule{To: campaign.ToCustomer, On: campaign.OnQualified, AmountMinor: 10_00,
			Rails: []campaign.Rail{campaign.RailPromotionCode}})
		for _, state := range reward.States {
			id := w.reach(o, w.customer("Ana"+string(state)), state)
			offered := w.get(id).Actions()
			for name, do := range w.verbs() {
				if strings.Contains(" "+legal[name]+" ", " "+string(state)+" ") {
					continue
				}
				if slices.Contains(offered, strings.ReplaceAll(name, " ", "-")) {
					t.Errorf("%s is offered for a reward that is %s", name, state)
				}
				before, journals := w.get(id), w.journals(id)
				if err := do(finance, id); code(err) != fault.Conflict {
					t.Errorf("%s of a reward that is %s: %v, want Conflict", name, state, err)
				}
				if after := w.get(id); after.State != before.State || after.AmountMinor != before.AmountMinor || w.journals(id) != journals {
					t.Errorf("%s of a reward that is %s changed it", name, state)
				}
			}
		}
		w.verified()
	})
}

func (w *world) journals(rewardID string) int {
	w.t.Helper()
	l, err := ledger.Journals(w.ctx, w.db, ledger.Filter{RewardID: rewardID}, db.Page{Limit: 200})
	w.must(err)
	return len(l.Items)
}

// reach brings a reward of 50.00 into a state by the use cases alone.
func (w *world) reach(o campaign.Offer, ana customer.Customer, state reward.State) string {
	w.t.Helper()
	if state == reward.Redeemed || state == reward.Failed {
		i := w.introduction(o, ana.ID, introduction.InPipeline)
		w.accrue(i, campaign.OnQualified, nil, false)
		id := w.one(i).ID
		w.clock.pass(31 * day)
		if state == reward.Failed {
			w.promo.faults.refuse = 100
		}
		w.sweep()
		w.promo.faults.refuse = 0
		if state == reward.Redeemed {
			w.must(w.Redeemed(w.ctx, stripe, reward.Redemption{Code: w.get(id).Code}))
		}
		return w.in(id, state)
	}
	i, deal := w.win(o, ana.ID, 900_00)
	id := w.one(i).ID
	fin := func(verb string) { w.must(w.verbs()[verb](finance, id)) }
	switch state {
	case reward.Held:
		fin("hold")
	case reward.Reversed:
		fin("reject")
	}
	if state == reward.Pending || state == reward.Held || state == reward.Reversed {
		return w.in(id, state)
	}
	w.clock.pass(31 * day)
	w.count(w.Mature(w.ctx))
	if state == reward.Expired {
		// Nobody ever chose, because there was more than one way.
		_, err := w.db.NewUpdate().Model((*reward.Reward)(nil)).Set("rail = ''").Set("reminded = 2").Set("expires_at = ?", w.clock.now()).Where("id = ?", id).Exec(w.ctx)
		w.must(err)
		w.count(w.Expire(w.ctx))
	}
	if state == reward.Approved || state == reward.Expired {
		return w.in(id, state)
	}
	w.count(w.Due(w.ctx))
	if state == reward.Issuing {
		return w.in(id, state)
	}
	fin("mark paid")
	if state == reward.Issued {
		return w.in(id, state)
	}
	w.refund(i, &deal, 900_00)
	switch state {
	case reward.Recovered:
		fin("paid back")
	case reward.WrittenOff:
		fin("write off")
	}
	return w.in(id, state)
}

func (w *world) in(id string, state reward.State) string {
	w.t.Helper()
	if r := w.get(id); r.State != state {
		w.t.Fatalf("the reward is %s, want %s", r.State, state)
	}
	return id
}

// F6: two reviewers at once: one wins, the other is told.
func TestReject_TwoReviewersAtOnce(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		_, o := w.campaign(1_000_00, nil, thanks(50_00))
		i, _ := w.win(o, w.customer("Ana").ID, 900_00)
		w.clock.pass(31 * day)
		id := w.one(i).ID
		var wg sync.WaitGroup
		var approve, reject error
		wg.Go(func() { approve = w.verbs()["approve"](finance, id) })
		wg.Go(func() { reject = w.verbs()["reject"](finance, id) })
		wg.Wait()
		r := w.get(id)
		if reject != nil || r.State != reward.Reversed || approve != nil && code(approve) != fault.Conflict {
			t.Errorf("%s; approve: %v, reject: %v", r.State, approve, reject)
		}
		w.verified()
	})
}

// By hand: finance pays, enters the reference once, and gets a list that no spreadsheet runs.
func TestManual_ExportAndMarkPaid(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		_, o := w.campaign(1_000_00, nil, thanks(50_00, campaign.RailManual))
		i, _ := w.win(o, w.customer("Ana", func(d *customer.Draft) { d.FirstName = "=HYPERLINK(1)"; d.Email = "ana@example.com" }).ID, 900_00)
		w.clock.pass(31 * day)
		w.sweep()
		r := w.one(i)
		if r.State != reward.Issuing || len(w.cases(reward.CaseByHand)) != 1 {
			t.Fatalf("%s, %d cases", r.State, len(w.cases(reward.CaseByHand)))
		}
		var out bytes.Buffer
		if err := w.ExportManual(w.ctx, marketer, &out); code(err) != fault.Forbidden {
			t.Errorf("a marketer exported: %v", err)
		}
		w.must(w.ExportManual(w.ctx, finance, &out))
		rows, err := csv.NewReader(&out).ReadAll()
		w.must(err)
		if len(rows) != 2 || rows[1][0] != r.ID || rows[1][2] != "50.00" || rows[1][5] != "'=HYPERLINK(1)" {
			t.Fatalf("the list: %v", rows)
		}
		if _, err := w.MarkPaid(w.ctx, finance, r.ID, " "); code(err) != fault.Invalid {
			t.Errorf("without a reference: %v", err)
		}
		w.manually(r)
		w.manually(r)
		if _, err := w.MarkPaid(w.ctx, finance, r.ID, "another"); code(err) != fault.Conflict {
			t.Errorf("paid a second time: %v", err)
		}
		if got := w.get(r.ID); got.State != reward.Issued || w.balance(ledger.Bank) != -50_00 || len(w.cases("")) != 0 {
			t.Errorf("%s, bank %d, cases %v", got.State, w.balance(ledger.Bank), w.cases(""))
		}
		w.verified()
	})
}

// L1: a testimonial earns once, whatever it says, because nothing that it says can get here.
func TestAccrue_TestimonialEarnsOnce(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ana := w.customer("Ana")
		c, o := w.campaign(1_000_00, nil, campaign.Rule{To: campaign.ToCustomer, On: campaign.OnTestimonial, AmountMinor: 10_00, Rails: []campaign.Rail{campaign.RailPromotionCode}})
		row := testimonial.Testimonial{ID: "0199aaaa-bbbb-7ccc-8ddd-eeeeeeeeeeee", CustomerID: ana.ID, CampaignID: c.ID, OfferID: o.ID, State: testimonial.Submitted,
			Tags: []string{}, Language: "en", Revision: 1, CreatedAt: w.clock.now(), UpdatedAt: w.clock.now()}
		_, err := d.NewInsert().Model(&row).Exec(w.ctx)
		w.must(err)
		for range 2 {
			w.tx(func(ctx context.Context, tx db.Tx) error {
				return w.TestimonialEarnings().Accrue(ctx, tx, testimonial.Earned{TestimonialID: row.ID, CustomerID: ana.ID, CampaignID: c.ID, OfferID: o.ID, Actor: audit.Actor{Kind: audit.KindCustomer, ID: ana.ID}})
			})
		}
		rows, err := w.ForTestimonial(w.ctx, row.ID)
		w.must(err)
		if len(rows) != 1 || rows[0].AmountMinor != 10_00 {
			t.Fatalf("%+v", rows)
		}
		w.clock.pass(31 * day)
		w.sweep()
		if r := w.get(rows[0].ID); r.State != reward.Issued {
			t.Errorf("%s", r.State)
		}
		w.verified()
	})
}

// What is owed at any date comes from the books.
func TestLiability_AtAnyDate(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ana := w.customer("Ana")
		_, o := w.campaign(1_000_00, nil, thanks(50_00))
		i, deal := w.win(o, ana.ID, 900_00)
		w.clock.pass(10 * day)
		w.win(o, ana.ID, 900_00)
		w.clock.pass(21 * day)
		w.sweep()
		w.credit.use(w.payouts()[0].ID)
		w.refund(i, &deal, 900_00)
		w.sweep()
		w.clock.pass(day)
		for at, want := range map[time.Time]reward.Liability{
			start.Add(day):      {Currency: "EUR", PendingMinor: 50_00, TotalMinor: 50_00},
			start.Add(11 * day): {Currency: "EUR", PendingMinor: 100_00, TotalMinor: 100_00},
			{}:                  {Currency: "EUR", PendingMinor: 50_00, TotalMinor: 50_00, ReceivableMinor: 50_00},
		} {
			got, err := w.Liability(w.ctx, at)
			w.must(err)
			if len(got) != 1 {
				t.Fatalf("at %s: %+v", at, got)
			}
			if got[0].ClearingMinor != 0 || got[0].PayableMinor != 0 {
				t.Errorf("at %s: %+v", at, got[0])
			}
			if g := got[0]; g.PendingMinor != want.PendingMinor || g.TotalMinor != want.TotalMinor || g.ReceivableMinor != want.ReceivableMinor {
				t.Errorf("at %s: %+v, want %+v", at, g, want)
			}
		}
		if none, err := w.Liability(w.ctx, start.Add(-day)); err != nil || len(none) != 0 {
			t.Errorf("before everything: %v, %v", none, err)
		}
	})
}

// F5: what cannot be checked is held, never approved, and looked at again by itself.
func TestMature_FailingCheckHolds(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		_, o := w.campaign(10_000_00, nil, thanks(50_00))
		ana := w.customer("Ana")
		i, _ := w.win(o, ana.ID, 900_00)
		j, _ := w.win(o, ana.ID, 900_00)
		broken := func(sql string) {
			if _, err := d.ExecContext(w.ctx, sql); err != nil {
				t.Fatal(err)
			}
		}
		// Without a column the look-up fails.
		broken("ALTER TABLE introduction RENAME COLUMN flagged TO flagged_elsewhere")
		w.clock.pass(31 * day)
		if _, err := w.Mature(w.ctx); err == nil {
			t.Error("the failing check was not reported")
		}
		for _, x := range []introduction.Introduction{i, j} {
			if r := w.one(x); r.State != reward.Held || r.HeldReason != reward.HeldCheckFailed {
				t.Fatalf("%s %s", r.State, r.HeldReason)
			}
		}
		broken("ALTER TABLE introduction RENAME COLUMN flagged_elsewhere TO flagged")
		w.clock.pass(16 * time.Minute)
		w.sweep()
		for _, x := range []introduction.Introduction{i, j} {
			if r := w.one(x); r.State != reward.Issued {
				t.Errorf("afterwards: %s %s", r.State, r.HeldReason)
			}
		}
		w.verified()
	})
}
