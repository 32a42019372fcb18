package reward_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"goodword/internal/campaign"
	"goodword/internal/customer"
	"goodword/internal/db"
	"goodword/internal/dbtest"
	"goodword/internal/fault"
	"goodword/internal/ident"
	"goodword/internal/introduction"
	"goodword/internal/ledger"
	"goodword/internal/mail"
	"goodword/internal/reward"
)

// charity enters one that takes donations in Germany and Austria and gets them within 30 days.
func (w *world) charity(name, registration string, change ...func(*campaign.CharityDraft)) campaign.Charity {
	w.t.Helper()
	d := campaign.CharityDraft{Name: name, Registration: registration, Country: "DE", Jurisdictions: []string{"DE", "AT"}, Contract: "C-" + registration,
		Contact: "board@" + strings.ToLower(registration) + ".example", RemitDays: 30}
	for _, f := range change {
		f(&d)
	}
	c, err := w.campaigns.AddCharity(w.ctx, finance, d)
	w.must(err)
	return c
}

// donated is a reward of 50.00 EUR that an introducer gave to a charity and that was approved and paid.
func (w *world) donated(o campaign.Offer, name string) (customer.Customer, introduction.Introduction, introduction.Deal) {
	w.t.Helper()
	c := w.customer(name)
	i, d := w.win(o, c.ID, 900_00)
	w.paid(i)
	return c, i, d
}

// giving is a campaign whose rewards of 50.00 EUR can only be given to one charity.
func (w *world) giving(c campaign.Charity) (campaign.Campaign, campaign.Offer) {
	w.t.Helper()
	return w.campaign(10_000_00, func(t *campaign.Terms) { t.Charities = []string{c.ID} }, thanks(50_00, campaign.RailDonation))
}

func (w *world) remit(c campaign.Charity) reward.Remittance {
	w.t.Helper()
	m, err := w.Remit(w.ctx, finance, c.ID, "EUR")
	w.must(err)
	return m
}

// transferred pays a remittance today.
func (w *world) transferred(m reward.Remittance) reward.Remittance {
	w.t.Helper()
	m, err := w.MarkRemitted(w.ctx, finance, m.ID, reward.Transfer{Reference: "SEPA-" + m.ID[30:], On: w.clock.now().Format(time.DateOnly), Proof: "receipts/2026/17.pdf"})
	w.must(err)
	return m
}

func (w *world) given(r reward.Reward) reward.Given {
	w.t.Helper()
	g, ok, err := w.GivenBy(w.ctx, r)
	w.must(err)
	if !ok {
		w.t.Fatal("it is given to nobody")
	}
	return g
}

// The life of a donation: chosen among the offer's charities, due to one of them in the books, remitted once with its proof,
// and told to its giver.
func TestDonation_FromTheChoiceToTheCharity(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		library, trees := w.charity("Library on Wheels", "vr 12 34"), w.charity("=Trees", "DE-77")
		if library.Registration != "VR1234" {
			t.Errorf("registration %q", library.Registration)
		}
		c, o := w.campaign(1_000_00, func(t *campaign.Terms) { t.Charities = []string{library.ID, trees.ID} },
			thanks(50_00, campaign.RailInvoiceCredit, campaign.RailDonation))
		ana := w.customer("Ana")
		i, _ := w.win(o, ana.ID, 900_00)
		r := w.one(i)
		options, err := w.OptionsFor(w.ctx, r)
		w.must(err)
		var names []string
		for _, o := range options {
			names = append(names, string(o.Rail)+" "+o.Charity.Name)
		}
		if got := strings.Join(names, ", "); got != "invoice_credit , donation Library on Wheels, donation =Trees" {
			t.Errorf("options: %s", got)
		}
		if _, err := w.Choose(w.ctx, ana.ID, r.ID, campaign.RailDonation); code(err) != fault.Invalid {
			t.Errorf("a donation to nobody: %v", err)
		}
		if _, err := w.Give(w.ctx, ana.ID, r.ID, ident.New()); code(err) != fault.Invalid {
			t.Errorf("a donation to somebody else: %v", err)
		}
		if _, err := w.Give(w.ctx, w.customer("Bob").ID, r.ID, trees.ID); code(err) != fault.NotFound {
			t.Errorf("Bob gave what is Ana's: %v", err)
		}
		for _, to := range []campaign.Charity{library, trees, trees} {
			r, err = w.Give(w.ctx, ana.ID, r.ID, to.ID)
			w.must(err)
		}
		if g := w.given(r); g.Charity != "=Trees" || !g.DueOn.IsZero() {
			t.Errorf("chosen: %+v", g)
		}
		r = w.paid(i)
		on := w.clock.now()
		if w.balance(ledger.Charity("DE-77")) != 50_00 || w.balance(ledger.Spent(c.ID)) != 50_00 || w.balance(ledger.Bank) != 0 {
			t.Errorf("given: %d due, %d at the bank", w.balance(ledger.Charity("DE-77")), w.balance(ledger.Bank))
		}
		if g := w.given(r); !g.DueOn.Equal(on.AddDate(0, 0, 30)) || !g.SentOn.IsZero() || r.Key() != "reward.state.given" {
			t.Errorf("given: %+v %s", g, r.Key())
		}
		w.must(w.SendMail(w.ctx, reward.Mail{Name: "paid", RewardID: r.ID}))
		if m, ok := w.mails.get("reward_paid:" + r.ID); !ok || m.View.(mail.RewardPaid).Charity != "=Trees" || m.View.(mail.RewardPaid).DueOn.IsZero() {
			t.Errorf("the first mail: %+v", m)
		}
		owed, err := w.Liability(w.ctx, time.Time{})
		w.must(err)
		if owed[0].CharityMinor != 50_00 || owed[0].TotalMinor != 50_00 {
			t.Errorf("owed: %+v", owed)
		}
		due, err := w.DonationsDue(w.ctx)
		w.must(err)
		if len(due) != 1 || due[0].CharityID != trees.ID || due[0].Amount.Minor != 50_00 || due[0].Donations != 1 || due[0].Overdue || !due[0].DueAt.Equal(on.AddDate(0, 0, 30)) {
			t.Errorf("due: %+v", due)
		}

		m := w.remit(trees)
		var file bytes.Buffer
		w.must(w.ExportRemittance(w.ctx, finance, m.ID, &file))
		rows, err := csv.NewReader(&file).ReadAll()
		w.must(err)
		if len(rows) != 2 || rows[1][0] != w.payouts()[0].RailObject || strings.Join(rows[1][2:6], " ") != "'=Trees DE-77 50.00 EUR" || strings.Contains(fmt.Sprint(rows), "Ana") {
			t.Errorf("the file: %q", rows)
		}
		if err := w.ExportRemittance(w.ctx, marketer, m.ID, &file); code(err) != fault.Forbidden {
			t.Errorf("a marketer's file: %v", err)
		}
		w.clock.pass(5 * day)
		m = w.transferred(m)
		if w.balance(ledger.Charity("DE-77")) != 0 || w.balance(ledger.Bank) != -50_00 || m.State != reward.RemittancePaid {
			t.Errorf("remitted: %d due, %d at the bank, %s", w.balance(ledger.Charity("DE-77")), w.balance(ledger.Bank), m.State)
		}
		w.sweep()
		r = w.get(r.ID)
		if g := w.given(r); r.State != reward.Redeemed || g.SentOn.Format(time.DateOnly) != m.PaidOn {
			t.Errorf("%s, %+v", r.State, g)
		}
		w.must(w.SendMail(w.ctx, reward.Mail{Name: "remitted", RewardID: r.ID}))
		if m, ok := w.mails.get("reward_remitted:" + r.ID); !ok || m.View.(mail.DonationSent).Charity != "=Trees" {
			t.Errorf("the second mail: %+v", m)
		}
		w.verified()

		// The next one goes to the same charity without a question.
		again, _ := w.win(o, ana.ID, 900_00)
		if r := w.one(again); r.Rail != campaign.RailDonation || r.CharityID != trees.ID {
			t.Errorf("the next comes by %q to %q", r.Rail, r.CharityID)
		}
	})
}

// M7: however often it is sent, by whomever, a payout gives once.
func TestDonation_SendIsIdempotentPerPayout(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		c := w.charity("Trees", "DE-77")
		_, o := w.giving(c)
		i, _ := w.win(o, w.customer("Ana").ID, 900_00)
		w.clock.pass(31 * day)
		w.count(w.Mature(w.ctx))
		w.count(w.Due(w.ctx))
		p := w.payouts()[0]
		var all sync.WaitGroup
		for _, s := range []*reward.Service{w.Service, w.service(), w.service()} {
			all.Go(func() {
				for range 40 {
					if err := s.Send(w.ctx, reward.Send{PayoutID: p.ID}); err != nil && code(err) != fault.Conflict {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		if w.balance(ledger.Charity("DE-77")) != 50_00 || w.one(i).State != reward.Issued {
			t.Errorf("%d given, the reward is %s", w.balance(ledger.Charity("DE-77")), w.one(i).State)
		}
		w.verified()
	})
}

// M16: what has not been remitted is taken back from the charity's account, and what is to stay is given anew.
func TestDonation_TakenBackBeforeItIsRemitted(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct{ refund, left int64 }{"all": {900_00, 0}, "half": {450_00, 45_00}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				w := newWorld(t, d)
				trees := w.charity("Trees", "DE-77")
				c, o := w.campaign(1_000_00, func(t *campaign.Terms) { t.Charities = []string{trees.ID} },
					campaign.Rule{To: campaign.ToCustomer, On: campaign.OnWon, PercentBPS: 1000, Of: campaign.OfInvoices, MaxMinor: 100_000, WithinDays: 365, Rails: []campaign.Rail{campaign.RailDonation}})
				_, i, deal := w.donated(o, "Ana")
				w.refund(i, &deal, row.refund)
				w.sweep()
				if got := w.balance(ledger.Charity("DE-77")); got != row.left {
					t.Errorf("%d due to the charity, want %d", got, row.left)
				}
				if w.balance(ledger.Clawback(w.all(i)[0].Advocate())) != 0 || w.balance(ledger.Rewards(c.ID)) != row.left || w.balance(ledger.Avail(c.ID)) != 1_000_00-row.left {
					t.Errorf("owed %d, cost %d, budget %d", w.balance(ledger.Clawback(w.all(i)[0].Advocate())), w.balance(ledger.Rewards(c.ID)), w.balance(ledger.Avail(c.ID)))
				}
				w.verified()
			})
		})
	}
}

// What is with the charity is gone: its giver owes it, as for every other value that cannot come back (trust.md 5.2).
func TestDonation_TakenBackAfterwardsIsOwed(t *testing.T) {
	t.Parallel()
	for _, late := range []bool{false, true} {
		t.Run(fmt.Sprintf("swept=%t", late), func(t *testing.T) {
			t.Parallel()
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				w := newWorld(t, d)
				c := w.charity("Trees", "DE-77")
				_, o := w.giving(c)
				ana, i, deal := w.donated(o, "Ana")
				w.transferred(w.remit(c))
				if late {
					w.sweep()
				}
				w.refund(i, &deal, 900_00)
				w.sweep()
				if r := w.one(i); r.State != reward.Clawback || w.balance(ledger.Clawback(ana.ID)) != 50_00 || w.balance(ledger.Charity("DE-77")) != 0 {
					t.Errorf("%s, %d owed, %d due", r.State, w.balance(ledger.Clawback(ana.ID)), w.balance(ledger.Charity("DE-77")))
				}
				w.verified()
			})
		})
	}
}

// The sum of an open remittance may be with the bank already: what is to be taken back of it waits for its end, for however long and
// without a false alarm, and then goes the right way.
func TestDonation_TakingBackWaitsForTheRemittance(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		paid  bool
		state reward.State
		owed  int64
	}{"paid": {true, reward.Clawback, 50_00}, "cancelled": {false, reward.Reversed, 0}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				w := newWorld(t, d)
				c := w.charity("Trees", "DE-77", func(d *campaign.CharityDraft) { d.RemitDays = 90 })
				_, o := w.giving(c)
				ana, i, deal := w.donated(o, "Ana")
				_, other, _ := w.donated(o, "Bob")
				m := w.remit(c)
				w.refund(i, &deal, 900_00)
				for range 5 {
					w.clock.pass(30 * time.Hour)
					w.sweep()
				}
				if r := w.one(i); r.State != reward.Issued || r.WantedMinor == nil || w.balance(ledger.Charity("DE-77")) != 100_00 {
					t.Errorf("meanwhile %s, %d due", r.State, w.balance(ledger.Charity("DE-77")))
				}
				l, err := w.Cases(w.ctx, reward.CaseFilter{State: reward.CaseOpen}, db.Page{})
				w.must(err)
				if len(l.Items) != 0 {
					t.Errorf("cases: %+v", l.Items)
				}
				w.verified()
				if row.paid {
					w.transferred(m)
				} else {
					_, err := w.CancelRemittance(w.ctx, finance, m.ID, "wrong account")
					w.must(err)
				}
				w.sweep()
				if r := w.one(i); r.State != row.state || w.balance(ledger.Clawback(ana.ID)) != row.owed {
					t.Errorf("%s with %d owed, want %s with %d", r.State, w.balance(ledger.Clawback(ana.ID)), row.state, row.owed)
				}
				if want := map[bool]reward.State{true: reward.Redeemed, false: reward.Issued}[row.paid]; w.one(other).State != want {
					t.Errorf("Bob's is %s, want %s", w.one(other).State, want)
				}
				w.verified()
			})
		})
	}
}

// Two colleagues at the same time: one remittance is made, and it is paid once, by one reference.
func TestRemittance_TwoPeopleAtOnceAreOne(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		c := w.charity("Trees", "DE-77")
		_, o := w.giving(c)
		w.donated(o, "Ana")
		w.donated(o, "Bob")
		var mu sync.Mutex
		count := func(fn func(n int) error) (won int) {
			var all sync.WaitGroup
			for n := range 10 {
				all.Go(func() {
					err := fn(n)
					mu.Lock()
					defer mu.Unlock()
					switch {
					case err == nil:
						won++
					case code(err) != fault.Conflict:
						t.Error(err)
					}
				})
			}
			all.Wait()
			return won
		}
		if n := count(func(int) error { _, err := w.Remit(w.ctx, finance, c.ID, "EUR"); return err }); n != 1 {
			t.Errorf("%d remittances were made, want 1", n)
		}
		l, err := w.Remittances(w.ctx, c.ID, reward.RemittanceOpen, db.Page{})
		w.must(err)
		m := l.Items[0]
		if m.AmountMinor != 100_00 || m.Donations != 2 {
			t.Errorf("it is of %d in %d", m.AmountMinor, m.Donations)
		}
		pay := func(n int) error {
			_, err := w.MarkRemitted(w.ctx, finance, m.ID, reward.Transfer{Reference: fmt.Sprint("SEPA-", n), On: w.clock.now().Format(time.DateOnly), Proof: "17.pdf"})
			return err
		}
		if n := count(pay); n != 1 {
			t.Errorf("%d were believed, want 1", n)
		}
		m, err = w.RemittanceByID(w.ctx, m.ID)
		w.must(err)
		if n := count(func(int) error {
			_, err := w.MarkRemitted(w.ctx, owner, m.ID, reward.Transfer{Reference: m.Reference})
			return err
		}); n != 10 {
			t.Errorf("the same reference again was refused to %d", 10-n)
		}
		if w.balance(ledger.Bank) != -100_00 || w.balance(ledger.Charity("DE-77")) != 0 {
			t.Errorf("%d at the bank, %d due", w.balance(ledger.Bank), w.balance(ledger.Charity("DE-77")))
		}
		w.verified()
	})
}

func TestRemittance_Refuses(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		c := w.charity("Trees", "DE-77")
		camp, o := w.giving(c)
		_, err := w.Remit(w.ctx, finance, c.ID, "EUR")
		if code(err) != fault.Conflict {
			t.Errorf("of nothing: %v", err)
		}
		w.donated(o, "Ana")
		for _, actor := range []struct {
			name string
			want fault.Code
		}{{"marketer", fault.Forbidden}, {"rep", fault.Forbidden}, {"viewer", fault.Forbidden}} {
			by := marketer
			by.Role = actor.name
			_, err := w.Remit(w.ctx, by, c.ID, "EUR")
			if code(err) != actor.want {
				t.Errorf("by a %s: %v", actor.name, err)
			}
		}
		if _, err := w.Remit(w.ctx, finance, ident.New(), "EUR"); code(err) != fault.NotFound {
			t.Errorf("to nobody: %v", err)
		}
		// What is paused is not paid: all of it, the rail, or what a campaign has given.
		for _, scope := range []string{reward.ScopeAll, reward.RailScope(campaign.RailDonation), reward.CampaignScope(camp.ID)} {
			_, err := w.Pause(w.ctx, finance, scope, "looking into something")
			w.must(err)
			if _, err := w.Remit(w.ctx, finance, c.ID, "EUR"); code(err) != fault.Conflict {
				t.Errorf("while %s is paused: %v", scope, err)
			}
			_, err = w.Resume(w.ctx, finance, scope, "found")
			w.must(err)
		}
		m := w.remit(c)
		today := w.clock.now().Format(time.DateOnly)
		good := reward.Transfer{Reference: "SEPA-1", On: today, Proof: "17.pdf"}
		for field, change := range map[string]func(*reward.Transfer){
			"reference": func(x *reward.Transfer) { x.Reference = " " },
			"proof":     func(x *reward.Transfer) { x.Proof = "" },
			"paid_on":   func(x *reward.Transfer) { x.On = w.clock.now().AddDate(0, 0, 3).Format(time.DateOnly) },
		} {
			x := good
			change(&x)
			_, err := w.MarkRemitted(w.ctx, finance, m.ID, x)
			if e := fault.As(err); e == nil || len(e.Problems) != 1 || e.Problems[0].Field != field {
				t.Errorf("%+v: %v", x, err)
			}
		}
		for _, on := range []string{"", "yesterday", w.clock.now().AddDate(0, 0, -9).Format(time.DateOnly)} {
			x := good
			x.On = on
			if _, err := w.MarkRemitted(w.ctx, finance, m.ID, x); code(err) != fault.Invalid {
				t.Errorf("on %q: %v", on, err)
			}
		}
		_, err = w.Pause(w.ctx, finance, reward.ScopeAll, "looking into something")
		w.must(err)
		if _, err := w.MarkRemitted(w.ctx, finance, m.ID, good); code(err) != fault.Conflict {
			t.Errorf("while paused: %v", err)
		}
		_, err = w.Resume(w.ctx, finance, reward.ScopeAll, "found")
		w.must(err)
		if _, err := w.CancelRemittance(w.ctx, finance, m.ID, " "); code(err) != fault.Invalid {
			t.Errorf("without a reason: %v", err)
		}
		for range 2 {
			_, err = w.CancelRemittance(w.ctx, finance, m.ID, "wrong account")
			w.must(err)
		}
		if _, err := w.MarkRemitted(w.ctx, finance, m.ID, good); code(err) != fault.Conflict {
			t.Errorf("a cancelled one: %v", err)
		}
		m = w.transferred(w.remit(c))
		if _, err := w.CancelRemittance(w.ctx, finance, m.ID, "too late"); code(err) != fault.Conflict {
			t.Errorf("a paid one: %v", err)
		}
		if w.balance(ledger.Bank) != -50_00 {
			t.Errorf("%d at the bank", w.balance(ledger.Bank))
		}
		w.verified()
	})
}

// Random refunds, remittances, payments and cancellations, some at the same moment: at each end the books, the donations and the
// remittances agree, and every reward ends with its charity, taken back, or owed.
func TestRemittance_AmongRefunds(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		seed := rand.Uint64()
		t.Logf("seed %d", seed)
		rng := rand.New(rand.NewPCG(seed, 1))
		w := newWorld(t, d)
		c := w.charity("Trees", "DE-77")
		_, o := w.giving(c)
		type won struct {
			i introduction.Introduction
			d introduction.Deal
		}
		var open, all []won
		for round := range 6 {
			for n := range 3 {
				i, deal := w.win(o, w.customer(fmt.Sprintf("C%d-%d", round, n)).ID, 900_00)
				open = append(open, won{i, deal})
			}
			w.clock.pass(31 * day)
			w.sweep()
			all = append(all, open[len(open)-3:]...)
			var together sync.WaitGroup
			together.Go(func() {
				if _, err := w.service().Remit(w.ctx, finance, c.ID, "EUR"); err != nil && code(err) != fault.Conflict {
					t.Error(err)
				}
			})
			for range 1 + rng.IntN(2) {
				k := rng.IntN(len(open))
				x := open[k]
				open = append(open[:k], open[k+1:]...)
				w.refund(x.i, &x.d, 900_00)
				together.Go(func() {
					for _, p := range w.payouts() {
						if p.State == reward.Reversing {
							if err := w.Send(w.ctx, reward.Send{PayoutID: p.ID}); err != nil && code(err) != fault.Conflict {
								t.Error(err)
							}
						}
					}
				})
			}
			together.Wait()
			l, err := w.Remittances(w.ctx, c.ID, reward.RemittanceOpen, db.Page{})
			w.must(err)
			for _, m := range l.Items {
				switch rng.IntN(3) {
				case 0:
					_, err := w.CancelRemittance(w.ctx, finance, m.ID, "not now")
					w.must(err)
				case 1:
					w.transferred(m)
				}
			}
			w.verified()
		}
		l, err := w.Remittances(w.ctx, c.ID, reward.RemittanceOpen, db.Page{})
		w.must(err)
		for _, m := range l.Items {
			w.transferred(m)
		}
		w.clock.pass(time.Hour)
		w.sweep()
		for _, x := range all {
			if r := w.one(x.i); r.State != reward.Issued && r.State != reward.Redeemed && r.State != reward.Reversed && r.State != reward.Clawback || r.WantedMinor != nil {
				t.Errorf("%s, and wanted %v", r.State, r.WantedMinor)
			}
		}
		w.verified()
	})
}

// L17: money that should be with a charity and is not makes one case and one alert for each colleague who answers for money, not one
// a day; it ends by itself when the money is there.
func TestDonation_OverdueTellsOnce(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		for _, m := range []struct{ role, state string }{{"owner", "active"}, {"finance", "active"}, {"marketer", "active"}} {
			id := ident.New()
			if _, err := d.ExecContext(w.ctx, fmt.Sprintf(`INSERT INTO staff (id, email, name, role, state, created_at) VALUES ('%s', '%s@example.com', 'N', '%s', '%s', '2026-05-01 00:00:00+00:00')`, id, id, m.role, m.state)); err != nil {
				t.Fatal(err)
			}
		}
		look := func() {
			w.sweep()
			w.count(w.Overdue(w.ctx))
		}
		c := w.charity("Trees", "DE-77")
		_, o := w.giving(c)
		w.donated(o, "Ana")
		w.clock.pass(29 * day)
		look()
		if n := len(w.cases(reward.CaseOverdue)); n != 0 || w.alerts() != 0 {
			t.Errorf("%d cases a day before", n)
		}
		m := w.remit(c) // an open remittance is no money
		for range 3 {
			w.clock.pass(2 * day)
			look()
			_, err := w.service().Overdue(w.ctx)
			w.must(err)
		}
		cases := w.cases(reward.CaseOverdue)
		if len(cases) != 1 || w.alerts() != 2 || !strings.Contains(cases[0].Detail, "Trees (DE-77)") {
			t.Fatalf("%d cases, %d alerts, want 1 and 2: %+v", len(cases), w.alerts(), cases)
		}
		// Somebody has looked at it: nobody is told of the same day again.
		_, err := w.ResolveCase(w.ctx, finance, cases[0].ID, reward.Resolution{Action: reward.ActionNote, Note: "the bank is closed until Monday"})
		w.must(err)
		look()
		if n := len(w.cases(reward.CaseOverdue)); n != 0 || w.alerts() != 2 {
			t.Errorf("%d cases and %d alerts after somebody has looked", n, w.alerts())
		}
		w.transferred(m)
		w.donated(o, "Bob")
		w.clock.pass(31 * day)
		look()
		if n := len(w.cases(reward.CaseOverdue)); n != 1 || w.alerts() != 4 {
			t.Errorf("%d cases and %d alerts about the next", n, w.alerts())
		}
		w.transferred(w.remit(c))
		look()
		if n := len(w.cases(reward.CaseOverdue)); n != 0 {
			t.Errorf("%d cases after all is there", n)
		}
	})
}

// A charity that ended, or does not collect where the giver lives, is not offered; one that ended meanwhile is refused, and its giver
// chooses another way.
func TestDonation_OnlyToThoseThatTakeIt(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		trees, ended := w.charity("Trees", "DE-77"), w.charity("Ended", "DE-78")
		end := func(c campaign.Charity) {
			no := false
			_, err := w.campaigns.UpdateCharity(w.ctx, finance, c.ID, campaign.CharityPatch{Active: &no}, -1)
			w.must(err)
		}
		end(ended)
		_, o := w.campaign(1_000_00, func(t *campaign.Terms) { t.Charities = []string{ended.ID, trees.ID} }, thanks(50_00, campaign.RailInvoiceCredit, campaign.RailDonation))
		for country, want := range map[string]int{"": 2, "AT": 2, "FR": 1} {
			c := w.customer("C"+country, func(d *customer.Draft) { d.Country = country })
			i, _ := w.win(o, c.ID, 900_00)
			if options, err := w.OptionsFor(w.ctx, w.one(i)); err != nil || len(options) != want && (country != "FR" || len(options) != 0) {
				t.Errorf("%q: %d options, %v", country, len(options), err)
			}
		}
		ana := w.customer("Ana")
		i, _ := w.win(o, ana.ID, 900_00)
		r, err := w.Give(w.ctx, ana.ID, w.one(i).ID, trees.ID)
		w.must(err)
		w.clock.pass(31 * day)
		w.count(w.Mature(w.ctx))
		w.count(w.Due(w.ctx))
		end(trees)
		w.sweep()
		if r = w.get(r.ID); r.State != reward.Failed || len(w.cases(reward.CaseRefused)) == 0 || w.balance(ledger.Charity("DE-77")) != 0 {
			t.Fatalf("%s with %d due", r.State, w.balance(ledger.Charity("DE-77")))
		}
		_, err = w.Choose(w.ctx, ana.ID, r.ID, campaign.RailInvoiceCredit)
		w.must(err)
		w.sweep()
		if r = w.get(r.ID); r.State != reward.Issued || r.CharityID != "" || r.Rail != campaign.RailInvoiceCredit {
			t.Errorf("%s by %s to %q", r.State, r.Rail, r.CharityID)
		}
		w.verified()
	})
}

// What the default is, where nobody chooses: the first charity that the offer names.
func TestDonation_DefaultIsTheFirstCharity(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		one, two := w.charity("One", "DE-1"), w.charity("Two", "DE-2")
		_, o := w.campaign(1_000_00, func(t *campaign.Terms) {
			t.Charities, t.DefaultRail = []string{two.ID, one.ID}, campaign.RailDonation
		}, thanks(50_00, campaign.RailInvoiceCredit, campaign.RailDonation))
		i, _ := w.win(o, w.customer("Ana").ID, 900_00)
		w.clock.pass(31 * day)
		w.sweep()
		if r := w.one(i); r.Rail != "" || r.State != reward.Approved {
			t.Fatalf("%s by %q before anybody was asked", r.State, r.Rail)
		}
		w.clock.pass(15 * day)
		w.sweep()
		if r := w.one(i); r.CharityID != two.ID || w.balance(ledger.Charity("DE-2")) != 50_00 {
			t.Errorf("given to %q", r.CharityID)
		}
	})
}

// M11: what does not fit between donations, remittances and the books is named.
func TestVerify_NamesWhatIsWrongWithDonations(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		c := w.charity("Trees", "DE-77")
		_, o := w.giving(c)
		w.donated(o, "Ana")
		m := w.transferred(w.remit(c))
		w.donated(o, "Bob")
		w.sweep()
		w.verified()
		payouts := w.payouts()
		find := func() string {
			var found []string
			_, err := w.Verify(context.Background(), reward.Heads{}, func(f reward.Finding) { found = append(found, f.Table+" "+f.Row) })
			w.must(err)
			return strings.Join(found, "; ")
		}
		for _, row := range []struct{ do, undo, names string }{
			{"UPDATE donation SET amount_minor = 4999 WHERE payout_id = '%[2]s'", "UPDATE donation SET amount_minor = 5000 WHERE payout_id = '%[2]s'", "donation " + payouts[1].ID},
			{"UPDATE donation SET registration = 'DE-9' WHERE payout_id = '%[2]s'", "UPDATE donation SET registration = 'DE-77' WHERE payout_id = '%[2]s'", "ledger_account L:charity:DE-9 EUR"},
			{"UPDATE donation SET payout_id = 'nobody' WHERE payout_id = '%[2]s'", "UPDATE donation SET payout_id = '%[2]s' WHERE payout_id = 'nobody'", "payout " + payouts[1].ID},
			{"UPDATE remittance SET amount_minor = 5001 WHERE id = '%[1]s'", "UPDATE remittance SET amount_minor = 5000 WHERE id = '%[1]s'", "remittance " + m.ID},
			{"UPDATE donation SET remittance_id = '%[1]s' WHERE payout_id = '%[2]s'", "UPDATE donation SET remittance_id = NULL WHERE payout_id = '%[2]s'", "ledger_account L:charity:DE-77 EUR"},
			{"UPDATE ledger_account SET balance_minor = balance_minor + 1 WHERE name = 'L:charity:DE-77'", "UPDATE ledger_account SET balance_minor = balance_minor - 1 WHERE name = 'L:charity:DE-77'", "ledger_account L:charity:DE-77 EUR"},
		} {
			dbtest.Untriggered(t, d, fmt.Sprintf(row.do+" AND '%[1]s' <> '%[2]s'", m.ID, payouts[1].ID))
			if got := find(); !strings.Contains(got, row.names) {
				t.Errorf("%s: found %q, want %s", row.do, got, row.names)
			}
			dbtest.Untriggered(t, d, fmt.Sprintf(row.undo+" AND '%[1]s' <> '%[2]s'", m.ID, payouts[1].ID))
			if got := find(); got != "" {
				t.Fatalf("%s: still %q", row.undo, got)
			}
		}
	})
}
