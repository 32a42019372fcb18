package reward_test

import (
	"context"
	"testing"
	"time"

	"goodword/internal/campaign"
	"goodword/internal/customer"
	"goodword/internal/db"
	"goodword/internal/dbtest"
	"goodword/internal/fault"
	"goodword/internal/introduction"
	"goodword/internal/ledger"
	"goodword/internal/reward"
)

// The main story: a win accrues, waits out the refund window, is approved by the clock, written down, paid and told.
func TestReward_FromTheWinToTheCredit(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ana := w.customer("Ana")
		c, o := w.campaign(1_000_00, nil, thanks(50_00))
		i, _ := w.win(o, ana.ID, 900_00)

		r := w.one(i)
		if r.State != reward.Pending || r.AmountMinor != 50_00 || r.Rail != campaign.RailInvoiceCredit || !r.MaturesAt.Equal(start.AddDate(0, 0, 30)) {
			t.Fatalf("after the win: %s %d %q until %s", r.State, r.AmountMinor, r.Rail, r.MaturesAt)
		}
		if w.balance(ledger.Pending(r.ID)) != 50_00 || w.balance(ledger.Avail(c.ID)) != 950_00 || w.balance(ledger.Committed(c.ID)) != 50_00 {
			t.Error("the budget is not reserved")
		}
		// M18: nothing before the window ends.
		w.clock.pass(30*day - time.Second)
		w.sweep()
		if got := w.get(r.ID).State; got != reward.Pending || w.credit.sent() != 0 {
			t.Fatalf("a second too early: %s, %d calls", got, w.credit.sent())
		}
		w.clock.pass(2 * time.Second)
		w.sweep()
		r = w.get(r.ID)
		if r.State != reward.Issued || r.IssuedMinor != 50_00 || w.credit.sent() != 1 {
			t.Fatalf("after the window: %s %d, %d calls", r.State, r.IssuedMinor, w.credit.sent())
		}
		if w.balance(ledger.OutstandingCredit(r.ID)) != 50_00 || w.balance(ledger.Spent(c.ID)) != 50_00 || w.balance(ledger.Committed(c.ID)) != 0 {
			t.Error("the books do not show the credit")
		}
		w.must(w.SendMail(w.ctx, reward.Mail{Name: "paid", RewardID: r.ID}))
		if m, ok := w.mails.get("reward_paid:" + r.ID); !ok || m.To.Email != "ana@example.com" {
			t.Errorf("no mail to Ana: %+v", m)
		}
		w.must(w.Redeemed(w.ctx, stripe, reward.Redemption{RewardID: r.ID}))
		w.must(w.Redeemed(w.ctx, stripe, reward.Redemption{RewardID: r.ID}))
		if got := w.get(r.ID).State; got != reward.Redeemed || w.balance(ledger.BillingOffset) != 50_00 {
			t.Errorf("after use: %s, offset %d", got, w.balance(ledger.BillingOffset))
		}
		story, err := w.Story(w.ctx, r.ID)
		w.must(err)
		posted := 0
		for _, s := range story.Steps {
			if s.Text == "" || s.At.IsZero() {
				t.Errorf("step %s says nothing", s.What)
			}
			if len(s.Postings) > 0 {
				posted++
			}
		}
		if posted != 5 { // accrue, approve, issue, settle, redeem
			t.Errorf("%d steps with postings, want 5: %+v", posted, story.Steps)
		}
		w.verified()
	})
}

// A prospect's code for the yes has no refund window and is limited to the first transaction.
func TestAccrue_ProspectGetsTheWelcomeCodeAtOnce(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ana := w.customer("Ana")
		_, o := w.campaign(1_000_00, nil, campaign.Rule{To: campaign.ToProspect, On: campaign.OnAccepted, AmountMinor: 20_00, Rails: []campaign.Rail{campaign.RailPromotionCode}})
		i := w.introduction(o, ana.ID, introduction.Accepted)
		w.accrue(i, campaign.OnAccepted, nil, false)
		w.sweep()
		r := w.one(i)
		if r.State != reward.Issued || len(r.ShownCode()) != 10 || r.CustomerID != "" {
			t.Fatalf("the code: %s %q", r.State, r.ShownCode())
		}
		p := w.payouts()[0]
		if !p.Parameters.FirstTransaction || p.Parameters.ExpiresAt != i.ProtectedUntil.Unix() || p.Parameters.Code != r.Code {
			t.Errorf("parameters %+v", p.Parameters)
		}
		w.must(w.SendMail(w.ctx, reward.Mail{Name: "welcome", RewardID: r.ID}))
		if m, ok := w.mails.get("reward_welcome:" + r.ID); !ok || m.To.Email != "ben@acme.example" {
			t.Errorf("no mail to Ben: %+v", m)
		}
		// The yes is taken back: the code is switched off.
		w.tx(func(ctx context.Context, tx db.Tx) error {
			return w.Earnings().Reverse(ctx, tx, introduction.Reversal{Introduction: i, On: []campaign.Stage{campaign.OnAccepted}, Reason: "retracted", Actor: stripe})
		})
		w.sweep()
		if r = w.get(r.ID); r.State != reward.Reversed || r.ShownCode() != "" || !w.promo.of(p.ID)[0].void {
			t.Errorf("after the retraction: %s %q", r.State, r.ShownCode())
		}
		w.verified()
	})
}

// M13: the same close, however often it comes, earns once.
func TestAccrue_SecondCallChangesNothing(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		_, o := w.campaign(1_000_00, nil, thanks(50_00), campaign.Rule{To: campaign.ToProspect, On: campaign.OnWon, AmountMinor: 10_00, Rails: []campaign.Rail{campaign.RailPromotionCode}})
		i, deal := w.win(o, w.customer("Ana").ID, 900_00)
		for range 3 {
			w.accrue(i, campaign.OnWon, &deal, false)
		}
		if n := len(w.all(i)); n != 2 {
			t.Errorf("%d rewards, want one for each side", n)
		}
		w.verified()
	})
}

// The gift rule decides what is promised: nothing, only what goes to the company, or anything.
func TestAccrue_FollowsTheGiftRule(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		_, o := w.campaign(1_000_00, nil, thanks(50_00, campaign.RailManual, campaign.RailInvoiceCredit))
		for rule, want := range map[customer.GiftPolicy]int{customer.GiftNone: 0, customer.GiftCompany: 1, customer.GiftPerson: 2} {
			c := w.customer("C"+string(rule), func(d *customer.Draft) { d.GiftPolicy = rule })
			i, _ := w.win(o, c.ID, 900_00)
			rows := w.all(i)
			if want == 0 {
				if len(rows) != 0 {
					t.Errorf("%s: %d rewards, want none", rule, len(rows))
				}
				continue
			}
			if len(rows) != 1 || len(rows[0].Rails) != want {
				t.Fatalf("%s: %+v, want %d rails", rule, rows, want)
			}
			if want == 1 {
				if _, err := w.Choose(w.ctx, c.ID, rows[0].ID, campaign.RailManual); code(err) != fault.Invalid {
					t.Errorf("%s chose what the gift rule forbids: %v", rule, err)
				}
			}
		}
		// A colleague who introduces somebody earns nothing.
		i := w.introduction(o, "", introduction.Won)
		deal := w.deal(&i, 900_00)
		w.accrue(i, campaign.OnWon, &deal, false)
		if n := len(w.all(i)); n != 0 {
			t.Errorf("a colleague earned %d rewards", n)
		}
	})
}

// M26: nothing is converted; the close in another currency becomes a case.
func TestAccrue_ForeignCurrencyOpensACase(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		_, o := w.campaign(1_000_00, nil,
			campaign.Rule{To: campaign.ToCustomer, On: campaign.OnWon, PercentBPS: 1000, Of: campaign.OfDeal, MaxMinor: 100_00, Rails: []campaign.Rail{campaign.RailInvoiceCredit}})
		i := w.introduction(o, w.customer("Ana").ID, introduction.Won)
		deal := w.deal(&i, 900_00, func(d *introduction.Deal) { d.Currency = "USD" })
		w.accrue(i, campaign.OnWon, &deal, false)
		if n := len(w.all(i)); n != 0 || len(w.cases(reward.CaseCurrency)) != 1 {
			t.Errorf("%d rewards and %d cases, want 0 and 1", n, len(w.cases(reward.CaseCurrency)))
		}
		w.verified()
	})
}

// The choice: asked once at approval, remembered, changed until it is on its way, never somebody else's.
func TestChoose_IsRememberedAndEndsWithThePayout(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ana, bob := w.customer("Ana"), w.customer("Bob")
		_, o := w.campaign(1_000_00, nil, thanks(50_00, campaign.RailManual, campaign.RailInvoiceCredit))
		i, _ := w.win(o, ana.ID, 900_00)
		r := w.one(i)
		if _, err := w.Choose(w.ctx, bob.ID, r.ID, campaign.RailManual); code(err) != fault.NotFound {
			t.Errorf("Bob chose for Ana: %v", err)
		}
		if _, err := w.Choose(w.ctx, ana.ID, r.ID, campaign.RailGiftCode); code(err) != fault.Invalid {
			t.Errorf("a way that was not offered: %v", err)
		}
		w.clock.pass(31 * day)
		w.sweep()
		if r = w.get(r.ID); r.State != reward.Approved || r.Rail != "" || r.Key() != "reward.state.choose" {
			t.Fatalf("approved without a choice: %s %q", r.State, r.Rail)
		}
		w.must(w.SendMail(w.ctx, reward.Mail{Name: "ready", RewardID: r.ID}))
		if _, ok := w.mails.get("reward_ready:" + r.ID); !ok {
			t.Error("Ana was not asked")
		}
		for range 2 {
			_, err := w.Choose(w.ctx, ana.ID, r.ID, campaign.RailInvoiceCredit)
			w.must(err)
		}
		w.sweep()
		if r = w.get(r.ID); r.State != reward.Issued {
			t.Fatalf("after the choice: %s", r.State)
		}
		if _, err := w.Choose(w.ctx, ana.ID, r.ID, campaign.RailManual); code(err) != fault.Conflict {
			t.Errorf("chose after it was paid: %v", err)
		}
		j, _ := w.win(o, ana.ID, 900_00)
		if r := w.one(j); r.Rail != campaign.RailInvoiceCredit {
			t.Errorf("the next reward comes by %q, want the remembered way", r.Rail)
		}
		w.verified()
	})
}

// "No thanks" ends a reward for good; the budget is free again.
func TestDecline_IsFinal(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ana := w.customer("Ana")
		c, o := w.campaign(100_00, nil, thanks(50_00))
		i, deal := w.win(o, ana.ID, 900_00)
		r := w.one(i)
		for range 2 {
			_, err := w.Decline(w.ctx, ana.ID, r.ID)
			w.must(err)
		}
		w.refund(i, &deal, 10_00)
		w.dispute(i, &deal, introduction.DisputeLost)
		w.dispute(i, &deal, introduction.DisputeWon)
		if rows := w.all(i); len(rows) != 1 || rows[0].State != reward.Reversed || w.balance(ledger.Avail(c.ID)) != 100_00 {
			t.Errorf("after declining: %+v, available %d", rows, w.balance(ledger.Avail(c.ID)))
		}
		w.verified()
	})
}

// 14 days without a choice: the campaign's default, if it can be used.
func TestDefaultRail_AppliesAfterTwoWeeks(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		_, o := w.campaign(1_000_00, func(t *campaign.Terms) { t.DefaultRail = campaign.RailInvoiceCredit }, thanks(50_00, campaign.RailManual, campaign.RailInvoiceCredit))
		i, _ := w.win(o, w.customer("Ana").ID, 900_00)
		w.clock.pass(30 * day)
		w.sweep()
		w.clock.pass(14*day - time.Minute)
		w.sweep()
		if r := w.one(i); r.Rail != "" {
			t.Fatalf("the default came too early: %q", r.Rail)
		}
		w.clock.pass(2 * time.Minute)
		w.sweep()
		if r := w.one(i); r.State != reward.Issued || r.Rail != campaign.RailInvoiceCredit {
			t.Errorf("after two weeks: %s by %q", r.State, r.Rail)
		}
		w.verified()
	})
}

// Without a default a reward expires after two reminders and no sooner, and is due to nobody we may keep it for (5.2).
func TestExpire_OnlyAfterTwoReminders(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		_, o := w.campaign(1_000_00, nil, thanks(50_00, campaign.RailManual, campaign.RailInvoiceCredit))
		i, _ := w.win(o, w.customer("Ana").ID, 900_00)
		w.clock.pass(30 * day)
		w.sweep()
		for _, step := range []struct {
			days, reminded int
			state          reward.State
		}{{29, 0, reward.Approved}, {2, 1, reward.Approved}, {44, 1, reward.Approved}, {2, 2, reward.Approved}, {12, 2, reward.Approved}, {2, 2, reward.Expired}} {
			w.clock.pass(time.Duration(step.days) * day)
			w.sweep()
			if r := w.one(i); r.Reminded != step.reminded || r.State != step.state {
				t.Fatalf("%s: %d reminders, %s; want %d, %s", w.clock.now(), r.Reminded, r.State, step.reminded, step.state)
			}
		}
		if got := w.balance(ledger.Unclaimed); got != 50_00 {
			t.Errorf("unclaimed %d, want 5000", got)
		}
		// A clock that jumps (a demonstration) does not swallow the reminders.
		j, _ := w.win(o, w.customer("Bob").ID, 900_00)
		w.clock.pass(30 * day)
		w.sweep()
		w.clock.pass(365 * day)
		w.sweep()
		if r := w.one(j); r.Reminded != 1 || r.State != reward.Approved {
			t.Errorf("after the jump: %d reminders, %s", r.Reminded, r.State)
		}
		w.verified()
	})
}
