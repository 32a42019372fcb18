package reward_test

import (
	"context"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"goodword/internal/campaign"
	"goodword/internal/customer"
	"goodword/internal/db"
	"goodword/internal/dbtest"
	"goodword/internal/fault"
	"goodword/internal/introduction"
	"goodword/internal/ledger"
	"goodword/internal/money"
	"goodword/internal/reward"
)

// proving reports whether the long proofs are asked for: make prove PART=histories, or all.
func proving() bool {
	switch os.Getenv("GOODWORD_PROVE") {
	case "", "0", "kills", "closes", "scanners":
		return false
	}
	return true
}

// seed is printed, so that a failing run can be repeated with GOODWORD_SEED.
func seed(t *testing.T) uint64 {
	t.Helper()
	s := uint64(time.Now().UnixNano())
	if text := os.Getenv("GOODWORD_SEED"); text != "" {
		if _, err := fmt.Sscan(text, &s); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("GOODWORD_SEED=%d", s)
	return s
}

// M14: a budget of 1,000.00 and 60 parallel wins of 30.00 (200 when proving): exactly 33 are accepted, no error reaches
// anybody, and the budget adds up.
func TestAccrue_BudgetIsNeverOverrun(t *testing.T) {
	t.Parallel()
	n := 60
	if proving() {
		n = 200
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		c, o := w.campaign(1_000_00, nil, thanks(30_00))
		made := w.parallelWins(n, o, func(k int) string { return w.customer(fmt.Sprintf("C%d", k)).ID })
		if made != 33 {
			t.Errorf("%d rewards, want 33", made)
		}
		if a, m := w.balance(ledger.Avail(c.ID)), w.balance(ledger.Committed(c.ID)); a != 10_00 || m != 990_00 {
			t.Errorf("available %d, committed %d, want 1000 and 99000", a, m)
		}
		if got := len(w.cases(reward.CaseBudget)); got != n-33 {
			t.Errorf("%d cases, want %d", got, n-33)
		}
		w.verified()
	})
}

// parallelWins wins n introductions at once through three services and returns how many rewards there are.
func (w *world) parallelWins(n int, o campaign.Offer, who func(int) string) int {
	w.t.Helper()
	type fact struct {
		i introduction.Introduction
		d introduction.Deal
	}
	var facts []fact
	for k := range n {
		i := w.introduction(o, who(k), introduction.Won)
		facts = append(facts, fact{i, w.deal(&i, 900_00)})
		facts[k].i = i
	}
	services := []*reward.Service{w.Service, w.service(), w.service()}
	errs := make(chan error, n)
	var wg sync.WaitGroup
	for k, f := range facts {
		wg.Go(func() {
			err := w.db.InTx(w.ctx, func(ctx context.Context, tx db.Tx) error {
				if err := lockIntroduction(ctx, tx, f.i.ID); err != nil {
					return err
				}
				return services[k%3].Earnings().Accrue(ctx, tx, introduction.Earned{On: campaign.OnWon, Introduction: f.i, Deal: &f.d, Actor: stripe})
			})
			if err != nil {
				errs <- err
			}
		})
	}
	wg.Wait()
	close(errs)
	for err := range errs {
		w.t.Error(err)
	}
	l, err := w.List(w.ctx, reward.Filter{CampaignID: o.CampaignID}, db.Page{Limit: 200})
	w.must(err)
	return len(l.Items)
}

// M14: caps per customer, per company and per period hold under parallel wins, too.
func TestAccrue_CapsHoldInParallel(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ana := w.customer("Ana", func(d *customer.Draft) { d.Company = "Acme" })
		bob := w.customer("Bob", func(d *customer.Draft) { d.Company = "Acme" })
		for name, c := range map[string]struct {
			caps campaign.Caps
			who  func(int) string
			want int
		}{
			"customer": {campaign.Caps{PerCustomer: 3}, func(int) string { return ana.ID }, 3},
			"company": {campaign.Caps{PerCompany: 5}, func(k int) string {
				if k%2 == 0 {
					return ana.ID
				}
				return bob.ID
			}, 5},
			"period": {campaign.Caps{PerPeriod: &campaign.Period{Days: 30, Count: 2}}, func(int) string { return bob.ID }, 2},
		} {
			rule := thanks(30_00)
			rule.Caps = c.caps
			_, o := w.campaign(1_000_00, nil, rule)
			if made := w.parallelWins(20, o, c.who); made != c.want {
				t.Errorf("%s: %d rewards, want %d", name, made, c.want)
			}
			if name != "period" {
				continue
			}
			w.clock.pass(31 * day)
			w.win(o, bob.ID, 900_00)
			if l, err := w.List(w.ctx, reward.Filter{CampaignID: o.CampaignID}, db.Page{}); err != nil || len(l.Items) != 3 {
				t.Errorf("after the period: %d rewards, %v", len(l.Items), err)
			}
		}
		w.verified()
	})
}

// M13: the same win, 20 times in parallel through three services: one reward and one accrual.
func TestAccrue_SameWinInParallelEarnsOnce(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		_, o := w.campaign(1_000_00, nil, thanks(30_00))
		i := w.introduction(o, w.customer("Ana").ID, introduction.Won)
		deal := w.deal(&i, 900_00)
		var wg sync.WaitGroup
		errs := make(chan error, 20)
		for range 20 {
			s := w.service()
			wg.Go(func() {
				errs <- w.db.InTx(w.ctx, func(ctx context.Context, tx db.Tx) error {
					return s.Earnings().Accrue(ctx, tx, introduction.Earned{On: campaign.OnWon, Introduction: i, Deal: &deal, Actor: stripe})
				})
			})
		}
		wg.Wait()
		close(errs)
		for err := range errs {
			if err != nil {
				t.Error(err)
			}
		}
		js, err := ledger.Journals(w.ctx, w.db, ledger.Filter{Kind: "accrue", IntroductionID: i.ID}, db.Page{})
		w.must(err)
		if n := len(w.all(i)); n != 1 || len(js.Items) != 1 {
			t.Errorf("%d rewards and %d accruals", n, len(js.Items))
		}
		w.verified()
	})
}

// topUp authorises more for a campaign.
func (w *world) topUp(c campaign.Campaign, minor int64) {
	w.t.Helper()
	w.tx(func(ctx context.Context, tx db.Tx) error {
		more := money.New(minor, "EUR")
		_, err := ledger.Post(ctx, tx, ledger.Journal{Key: "authorise:more", Kind: "authorise", At: w.clock.now(), CampaignID: c.ID, ActorKind: "staff",
			Legs: []ledger.Leg{ledger.Debit(ledger.Control(), more), ledger.Credit(ledger.Avail(c.ID), more)}})
		return err
	})
}

// What an empty budget refused is made good once there is more: what was promised is paid.
func TestResolveCase_AccruesWhatTheBudgetRefused(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		c, o := w.campaign(40_00, nil, thanks(30_00))
		ana := w.customer("Ana")
		w.win(o, ana.ID, 900_00)
		i, _ := w.win(o, ana.ID, 900_00)
		cases := w.cases(reward.CaseBudget)
		if len(cases) != 1 || len(w.all(i)) != 0 {
			t.Fatalf("%d cases, %d rewards", len(cases), len(w.all(i)))
		}
		if _, err := w.ResolveCase(w.ctx, finance, cases[0].ID, reward.Resolution{Action: reward.ActionRetry, Note: "try"}); code(err) != fault.Conflict {
			t.Errorf("without more budget: %v", err)
		}
		w.topUp(c, 100_00)
		for range 2 {
			_, err := w.ResolveCase(w.ctx, finance, cases[0].ID, reward.Resolution{Action: reward.ActionRetry, Note: "raised the budget"})
			w.must(err)
		}
		if r := w.one(i); r.State != reward.Pending || r.AmountMinor != 30_00 || len(w.cases("")) != 0 {
			t.Errorf("%s with %d, cases %v", r.State, r.AmountMinor, w.cases(""))
		}
		w.verified()
	})
}
