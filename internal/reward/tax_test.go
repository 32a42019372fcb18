package reward_test

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
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
	"goodword/internal/ident"
	"goodword/internal/introduction"
	"goodword/internal/mail"
	"goodword/internal/reward"
	"goodword/internal/risk"
	"goodword/internal/setting"
)

// taxed is a world whose rewards are in dollars, as high as the deal, and approved without a person.
func taxed(t *testing.T, d *db.DB, change func(*setting.Settings), rails ...campaign.Rail) (*world, campaign.Offer) {
	t.Helper()
	w := newWorld(t, d)
	w.set(func(s *setting.Settings) {
		s.SecondPersonAboveMinor, s.RefundsMost = 0, 0
		for _, name := range risk.Names() {
			s.RiskModes[string(name)] = setting.CheckOff
		}
		if change != nil {
			change(s)
		}
	})
	_, o := w.campaign(10_000_000_00, func(terms *campaign.Terms) { terms.Currency = "USD" },
		campaign.Rule{To: campaign.ToCustomer, On: campaign.OnWon, PercentBPS: 100_00, Of: campaign.OfDeal, MaxMinor: 100_000_00, Rails: rails})
	return w, o
}

func (w *world) set(change func(*setting.Settings)) {
	w.t.Helper()
	w.tx(func(ctx context.Context, tx db.Tx) error {
		return w.settings.Update(ctx, tx, func(s *setting.Settings) error {
			change(s)
			return nil
		})
	})
	w.clock.pass(2 * time.Second) // longer than settings are kept
}

func american(d *customer.Draft) { d.Country = "US" }

// dollars lets a customer earn an amount, to be paid when the hold period is over.
func (w *world) dollars(o campaign.Offer, customerID string, minor int64) (introduction.Introduction, introduction.Deal) {
	w.t.Helper()
	now := w.clock.now()
	d := introduction.Deal{ID: ident.New(), IntroductionID: ident.New(), Source: introduction.FromStripe, ExternalID: ident.New(), AmountMinor: minor,
		GrossMinor: minor, Currency: o.Currency, Counted: true, At: now}
	i := introduced(o, customerID, introduction.Won, now)
	i.ID, i.DealID = d.IntroductionID, d.ID
	w.tx(func(ctx context.Context, tx db.Tx) error {
		if _, err := tx.NewInsert().Model(&i).Exec(ctx); err != nil {
			return err
		}
		if _, err := tx.NewInsert().Model(&d).Exec(ctx); err != nil {
			return err
		}
		return w.Earnings().Accrue(ctx, tx, introduction.Earned{On: campaign.OnWon, Introduction: i, Deal: &d, At: now, Actor: stripe})
	})
	return i, d
}

func (w *world) mustBe(i introduction.Introduction, state reward.State, held string) reward.Reward {
	w.t.Helper()
	r := w.one(i)
	if r.State != state || r.HeldReason != held {
		w.t.Fatalf("reward of %s is %s (%s), want %s (%s)", r.Amount(), r.State, r.HeldReason, state, held)
	}
	return r
}

func TestTax_HeldAtTheThresholdUntilTheFormIsThere(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w, o := taxed(t, d, nil, campaign.RailManual)
		ana := w.customer("Ana", american)
		first, _ := w.dollars(o, ana.ID, 1_999_99)
		w.clock.pass(31 * day)
		w.sweep()
		w.manually(w.mustBe(first, reward.Issuing, ""))
		second, _ := w.dollars(o, ana.ID, 2)
		w.clock.pass(31 * day)
		w.sweep()
		r := w.mustBe(second, reward.Held, reward.HeldTaxForm)
		if got := r.Actions(); !slices.Equal(got, []string{"hold", "reject"}) {
			t.Errorf("staff may %v, want to hold and to reject, and not to let it go", got)
		}
		w.must(w.SendMail(w.ctx, reward.Mail{Name: "tax_form", RewardID: r.ID, Number: 1}))
		m, ok := w.mails.get("reward_tax_form:" + r.ID + ":1")
		if view, is := m.View.(mail.RewardTaxForm); !ok || !is || view.Limit.Minor != 2_000_00 || view.Reward.Minor != 2 {
			t.Errorf("the mail says %+v", m.View)
		}

		asked, err := w.TaxOf(w.ctx, ana.ID, 2026)
		w.must(err)
		// Somebody who lets it go on without a form gets it back.
		w.clock.pass(time.Minute)
		_, err = w.Release(w.ctx, finance, r.ID, "it is fine")
		w.must(err)
		w.sweep()
		w.mustBe(second, reward.Held, reward.HeldTaxForm)
		still, err := w.TaxOf(w.ctx, ana.ID, 2026)
		w.must(err)
		if before, now := asked.Lines[0].Form.ToldAt, still.Lines[0].Form.ToldAt; before.IsZero() || !now.Equal(before) || asked.Lines[0].HeldMinor != 2 {
			t.Errorf("asked at %s and at %s, want once a year", before, now)
		}

		today := w.clock.now().Format(time.DateOnly)
		for _, who := range []audit.Actor{marketer, rep, viewer} {
			if err := w.NoteTaxForm(w.ctx, who, ana.ID, "W-9", today); code(err) != fault.Forbidden {
				t.Errorf("%s: %v, want forbidden", who.Role, err)
			}
		}
		for _, wrong := range [][2]string{{"W-10", today}, {"", today}, {"W-9", "yesterday"}, {"W-9", "2099-01-01"}, {"W-9", ""}} {
			if err := w.NoteTaxForm(w.ctx, finance, ana.ID, wrong[0], wrong[1]); code(err) != fault.Invalid {
				t.Errorf("%v: %v, want invalid", wrong, err)
			}
		}
		if err := w.NoteTaxForm(w.ctx, finance, "nobody", "W-9", today); code(err) != fault.NotFound {
			t.Errorf("nobody's form: %v", err)
		}
		w.must(w.NoteTaxForm(w.ctx, finance, ana.ID, "W-9", today))
		w.must(w.NoteTaxForm(w.ctx, finance, ana.ID, "W-9", today))
		w.sweep()
		w.manually(w.mustBe(second, reward.Issuing, ""))

		y, err := w.TaxOf(w.ctx, ana.ID, 0)
		w.must(err)
		if l := y.Lines[0]; y.Year != 2026 || l.TotalMinor() != 2_000_01 || !y.Reached(l) || l.Form.Kind != "W-9" || l.Form.ReceivedOn != today || l.Form.NotedBy != finance.ID {
			t.Errorf("year %d: %+v", y.Year, l)
		}
		noted, err := audit.List(w.ctx, w.db, audit.Filter{Action: "tax_form.received", ObjectID: ana.ID}, db.Page{})
		w.must(err)
		if len(noted.Items) != 1 || noted.Items[0].Actor.ID != finance.ID {
			t.Errorf("%d entries in the audit, want one by finance", len(noted.Items))
		}

		// The form turns out not to hold: what comes next waits again.
		w.must(w.ForgetTaxForm(w.ctx, finance, ana.ID, "unsigned"))
		third, _ := w.dollars(o, ana.ID, 1)
		w.clock.pass(31 * day)
		w.sweep()
		w.mustBe(third, reward.Held, reward.HeldTaxForm)
		w.verified()
	})
}

func TestTax_WhatEndsOrNeverBeginsTheWait(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		who    func(*customer.Draft)
		change func(*setting.Settings)
		rail   campaign.Rail
		until  func(w *world, customerID, rewardID string)
		held   bool // before until
	}{
		"another country":         {who: func(d *customer.Draft) { d.Country = "DE" }, rail: campaign.RailManual},
		"a discount, not counted": {who: american, rail: campaign.RailInvoiceCredit},
		"a discount, counted":     {who: american, rail: campaign.RailInvoiceCredit, held: true, change: func(s *setting.Settings) { s.TaxWays = []string{"invoice_credit"} }, until: func(w *world, _, _ string) { w.set(func(s *setting.Settings) { s.TaxWays = []string{} }) }},
		"the new year's threshold": {who: american, rail: campaign.RailManual, held: true, change: func(s *setting.Settings) { s.TaxThresholds["2027"] = 3_000_00 },
			until: func(w *world, _, _ string) {
				w.clock.pass(time.Date(2027, 1, 1, 0, 0, 1, 0, time.UTC).Sub(w.clock.now()))
			}},
		"a higher threshold": {who: american, rail: campaign.RailManual, held: true, until: func(w *world, _, _ string) {
			w.set(func(s *setting.Settings) { s.TaxThresholds["2026"] = 2_500_01 })
		}},
		"another way": {who: american, rail: campaign.RailManual, held: true, until: func(w *world, customerID, rewardID string) {
			_, err := w.Choose(w.ctx, customerID, rewardID, campaign.RailInvoiceCredit)
			w.must(err)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				w, o := taxed(t, d, c.change, c.rail, campaign.RailInvoiceCredit)
				ana := w.customer("Ana", c.who)
				w.tx(func(ctx context.Context, tx db.Tx) error {
					return w.customers.PreferRail(ctx, tx, ana.ID, string(c.rail))
				})
				i, _ := w.dollars(o, ana.ID, 2_500_00)
				w.clock.pass(31 * day)
				w.sweep()
				if c.held {
					r := w.mustBe(i, reward.Held, reward.HeldTaxForm)
					c.until(w, ana.ID, r.ID)
					w.clock.pass(time.Hour)
					w.sweep()
				}
				if r := w.one(i); r.State != reward.Issuing && r.State != reward.Issued {
					t.Errorf("%s (%s), want on its way", r.State, r.HeldReason)
				}
				w.verified()
			})
		})
	}
}

func TestTax_ErasedDoesNotEndTheWait(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w, o := taxed(t, d, nil, campaign.RailManual)
		ana := w.customer("Ana", american)
		i, _ := w.dollars(o, ana.ID, 2_000_00)
		w.clock.pass(31 * day)
		w.sweep()
		w.mustBe(i, reward.Held, reward.HeldTaxForm)
		w.must(w.customers.Erase(w.ctx, owner, ana.ID, "asked for it"))
		w.clock.pass(2 * time.Hour)
		w.sweep()
		w.mustBe(i, reward.Held, reward.HeldTaxForm)
		y, err := w.TaxYear(w.ctx, 2026)
		w.must(err)
		if len(y.Lines) != 1 || y.Lines[0].HeldMinor != 2_000_00 || y.Lines[0].Country != "" {
			t.Errorf("%+v", y.Lines)
		}
	})
}

// A refused payout that is sent again is weighed again: others may have been paid since.
func TestTax_SentAgainIsWeighedAgain(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w, o := taxed(t, d, func(s *setting.Settings) { s.TaxWays = []string{"invoice_credit"} }, campaign.RailInvoiceCredit)
		ana := w.customer("Ana", american)
		first, _ := w.dollars(o, ana.ID, 1_500_00)
		w.clock.pass(31 * day)
		w.credit.script = []func(reward.Payout) reward.Answer{func(reward.Payout) reward.Answer { return reward.Answer{Class: reward.AnsweredNo, Note: "no"} }}
		w.sweep()
		r := w.mustBe(first, reward.Failed, "")
		second, _ := w.dollars(o, ana.ID, 1_500_00)
		w.clock.pass(31 * day)
		w.sweep()
		w.mustBe(second, reward.Issued, "")
		if _, err := w.Retry(w.ctx, finance, r.ID, ""); err != nil {
			t.Fatal(err)
		}
		w.sweep()
		w.mustBe(first, reward.Held, reward.HeldTaxForm)
		w.must(w.NoteTaxForm(w.ctx, finance, ana.ID, "W-8BEN", "2026-07-01"))
		w.sweep()
		w.mustBe(first, reward.Issued, "")
		w.verified()
	})
}

// Twelve rewards of 300.00 fall due at once for one payee, in three services, while what was begun settles: six fit.
func TestTax_PayoutsAtOnceDoNotSlipBelow(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w, o := taxed(t, d, func(s *setting.Settings) { s.TaxWays = []string{"invoice_credit"} }, campaign.RailInvoiceCredit)
		ana := w.customer("Ana", american)
		for range 12 {
			w.dollars(o, ana.ID, 300_00)
		}
		w.clock.pass(31 * day)
		_, err := w.Mature(w.ctx)
		w.must(err)
		var all sync.WaitGroup
		for range 3 {
			s := w.service()
			for range 3 {
				all.Go(func() {
					// Two services that take up the same reward at once: one of them is told so, and that is all.
					if _, err := s.Due(w.ctx); err != nil && code(err) != fault.Conflict {
						t.Errorf("due: %v", err)
					}
				})
			}
			all.Go(func() {
				for _, p := range w.payouts() {
					if err := s.Send(w.ctx, reward.Send{PayoutID: p.ID}); err != nil && code(err) != fault.Conflict {
						t.Errorf("send: %v", err)
					}
				}
			})
		}
		all.Wait()
		w.sweep()
		got := map[reward.State]int{}
		rows, err := w.ForCustomer(w.ctx, ana.ID)
		w.must(err)
		for _, r := range rows {
			got[r.State]++
		}
		if got[reward.Issued] != 6 || got[reward.Held] != 6 {
			t.Errorf("%v, want 6 issued and 6 held", got)
		}
		y, err := w.TaxOf(w.ctx, ana.ID, 2026)
		w.must(err)
		if l := y.Lines[0]; l.TotalMinor() != 1_800_00 || l.HeldMinor != 1_800_00 || y.Reached(l) {
			t.Errorf("%+v", l)
		}
		w.verified()
	})
}

// moved is what came to a payee, or came back of what had come at since.
type moved struct {
	payee     string
	at, since time.Time
	minor     int64
}

// taxTable is the year as the oracle counts it: by its own list of what moved, in a time zone.
func taxTable(moves []moved, held map[string]int64, forms map[string]string, year int, zone *time.Location) string {
	lines := map[string][4]int64{}
	for _, m := range moves {
		if m.at.In(zone).Year() != year {
			continue
		}
		l := lines[m.payee]
		switch {
		case m.since.IsZero():
			l[0] += m.minor
		case m.since.In(zone).Year() == year:
			l[1] += m.minor
		default:
			l[2] += m.minor
		}
		lines[m.payee] = l
	}
	for id, minor := range held {
		l := lines[id]
		l[3] = minor
		lines[id] = l
	}
	var out strings.Builder
	for _, id := range sortedKeys(lines) {
		l := lines[id]
		fmt.Fprintf(&out, "%s,%d,%d,%d,%d,%t,%s,%d\n", id, l[0], l[1], l[2], l[0]-l[1], l[0]-l[1] >= 2_000_00, forms[id], l[3])
	}
	return out.String()
}

func sortedKeys[V any](m map[string]V) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func told(y reward.TaxYear) string {
	var out strings.Builder
	for _, l := range y.Lines {
		fmt.Fprintf(&out, "%s,%d,%d,%d,%d,%t,%s,%d\n", l.CustomerID, l.PaidMinor, l.BackMinor, l.EarlierMinor, l.TotalMinor(), y.Reached(l), l.Form.Kind, l.HeldMinor)
	}
	return out.String()
}

// Two hundred payees around the limit, paid at twelve moments around the year's end, some of it taken back within the year and
// some after it: the books of both years are what an independent count says, in three time zones.
func TestTax_TwoHundredPayeesInThreeZones(t *testing.T) {
	t.Parallel()
	random := seed(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w, o := taxed(t, d, func(s *setting.Settings) { s.Zone = "America/New_York" }, campaign.RailManual)
		_, euros := w.campaign(10_000_000_00, nil, thanks(5_000_00, campaign.RailManual))
		rng := rand.New(rand.NewPCG(random, 15))
		type person struct {
			id    string
			deals []introduction.Deal
			intro []introduction.Introduction
		}
		var people []person
		forms, held := map[string]string{}, map[string]int64{}
		var moves []moved
		for n := range 200 {
			c := w.customer(fmt.Sprintf("Payee%d", n), american)
			p := person{id: c.ID}
			// Together they are between two cents below and two cents above the limit.
			part := 1 + rng.Int64N(1_999_97)
			for _, minor := range []int64{part, 2_000_00 + int64(n%5) - 2 - part} {
				i, deal := w.dollars(o, c.ID, minor)
				p.intro, p.deals = append(p.intro, i), append(p.deals, deal)
			}
			people = append(people, p)
		}
		// What does not count: euros, and somebody who lives elsewhere.
		inEuros, _ := w.dollars(euros, people[0].id, 5_000_00)
		elsewhere, _ := w.dollars(o, w.customer("Elsewhere", func(d *customer.Draft) { d.Country = "DE" }).ID, 5_000_00)

		w.clock.pass(31 * day)
		w.sweep()
		w.manually(w.one(inEuros))
		w.manually(w.one(elsewhere))
		pay := func(p person, n int) {
			r := w.one(p.intro[n])
			if r.State != reward.Issuing {
				return
			}
			w.manually(r)
			moves = append(moves, moved{payee: p.id, at: w.clock.now(), minor: r.AmountMinor})
		}
		for n, p := range people {
			over := n%5-2 >= 0
			states := []reward.State{w.one(p.intro[0]).State, w.one(p.intro[1]).State}
			slices.Sort(states)
			want := []reward.State{reward.Issuing, reward.Issuing}
			if over {
				want = []reward.State{reward.Held, reward.Issuing}
			}
			if !slices.Equal(states, want) {
				t.Fatalf("payee %d: %v, want %v", n, states, want)
			}
			if over && n%2 == 0 {
				forms[p.id] = reward.TaxForms[n%len(reward.TaxForms)]
				w.must(w.NoteTaxForm(w.ctx, finance, p.id, forms[p.id], "2026-06-01"))
			}
		}
		w.sweep()
		// The year ends in Auckland at 11:00 UTC, in Kolkata at 18:30, in New York at 05:00 the next day.
		at := time.Date(2026, 12, 31, 10, 0, 0, 0, time.UTC)
		for turn := range 12 {
			w.clock.pass(at.Sub(w.clock.now()))
			for n, p := range people {
				for k := range p.intro {
					if (n+5*k)%12 == turn {
						pay(p, k)
					}
				}
				// Of every seventh all of the first is taken back, at once or months later.
				if n%7 == 0 && (n+4)%12 == turn {
					moves = w.takeBack(p.intro[0], &p.deals[0], moves)
				}
			}
			at = at.Add(2 * time.Hour)
		}
		// The end of the year has ended some waits.
		w.clock.pass(at.Sub(w.clock.now()) + 12*time.Hour)
		w.sweep()
		for _, p := range people {
			for k := range p.intro {
				pay(p, k)
			}
		}
		for n, p := range people {
			if n%11 == 0 {
				moves = w.takeBack(p.intro[1], &p.deals[1], moves)
			}
			for _, i := range p.intro {
				for _, r := range w.all(i) {
					if r.State == reward.Held {
						held[p.id] += r.AmountMinor
					}
				}
			}
		}
		for _, zone := range []string{"America/New_York", "Asia/Kolkata", "Pacific/Auckland"} {
			w.set(func(s *setting.Settings) { s.Zone = zone })
			place, err := time.LoadLocation(zone)
			w.must(err)
			for _, year := range []int{2026, 2027} {
				y, err := w.TaxYear(w.ctx, year)
				w.must(err)
				waits := held
				if year == 2026 {
					waits = nil
				}
				if got, want := told(y), taxTable(moves, waits, forms, year, place); got != want {
					t.Errorf("%d in %s:\n%s", year, zone, firstDifference(got, want))
				}
				if len(y.Lines) < 20 || y.Threshold.Minor != 2_000_00 {
					t.Errorf("%d in %s: %d payees, threshold %s", year, zone, len(y.Lines), y.Threshold)
				}
			}
		}
		w.verified()
	})
}

// takeBack undoes what earned a reward; if it was paid, its owner pays it back.
func (w *world) takeBack(i introduction.Introduction, d *introduction.Deal, moves []moved) []moved {
	w.t.Helper()
	r := w.one(i)
	paid := r.State == reward.Issued
	w.refund(i, d, d.AmountMinor)
	if !paid {
		return moves
	}
	r = w.one(i)
	_, err := w.PaidBack(w.ctx, finance, r.ID, "came back")
	w.must(err)
	return append(moves, moved{payee: r.CustomerID, at: w.clock.now(), since: r.IssuedAt, minor: r.AccruedMinor})
}

func firstDifference(got, want string) string {
	g, x := strings.Split(got, "\n"), strings.Split(want, "\n")
	for n := range min(len(g), len(x)) {
		if g[n] != x[n] {
			return fmt.Sprintf("line %d\n got %s\nwant %s", n+1, g[n], x[n])
		}
	}
	return fmt.Sprintf("%d lines, want %d: %s", len(g), len(x), cmp.Or(strings.Join(g[min(len(g), len(x)):], "\n"), strings.Join(x[min(len(g), len(x)):], "\n")))
}
