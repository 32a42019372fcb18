package introduction_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"goodword/internal/campaign"
	"goodword/internal/customer"
	"goodword/internal/db"
	"goodword/internal/dbtest"
	"goodword/internal/fault"
	"goodword/internal/introduction"
	"goodword/internal/money"
)

func invoice(id, introductionID string, minor int64) introduction.NewDeal {
	return introduction.NewDeal{IntroductionID: introductionID, Source: introduction.FromStripe, ExternalID: "in_" + id, ChargeID: "ch_" + id,
		Amount: money.New(minor, "EUR"), Actor: stripe}
}

func TestWin_SecondCallChangesNothing(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		row := w.settled()
		_, err := w.Win(w.ctx(), introduction.NewDeal{IntroductionID: row.ID, Amount: money.New(5000, "EUR"), Actor: mara})
		wantCode(t, err, fault.Invalid)
		by := introduction.NewDeal{IntroductionID: row.ID, Amount: money.New(5000, "EUR"), Evidence: "signed order", Actor: mara}
		first, err := w.Win(w.ctx(), by)
		w.must(err)
		for n, id := range []string{"", "", "other"} {
			by.ExternalID = id
			again, err := w.Win(w.ctx(), by)
			w.must(err)
			if again.DealID != first.DealID || again.State != introduction.Won {
				t.Errorf("call %d: deal %s, want %s", n+2, again.DealID, first.DealID)
			}
		}
		w.wantTold("accrue accepted", "accrue won 50.00 EUR later=false")
		deals, err := w.Deals(w.ctx(), row.ID)
		w.must(err)
		counted := slices.DeleteFunc(slices.Clone(deals), func(d introduction.Deal) bool { return !d.Counted })
		if len(deals) != 2 || len(counted) != 1 {
			t.Errorf("%d deals written down, %d counted; want 2 and 1", len(deals), len(counted))
		}
	})
}

// M13: the same close by Stripe, CRM and hand, at once.
func TestRecordDeal_TheSameCloseFromEverywhereEarnsOnce(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		row := w.settled()
		errs := make([]error, 30)
		var wg sync.WaitGroup
		for n := range errs {
			wg.Go(func() {
				deal := invoice("1", row.ID, 5000)
				switch n % 3 {
				case 1:
					deal.Source, deal.ExternalID, deal.ChargeID = introduction.FromCRM, "D-77", ""
				case 2:
					deal.Evidence, deal.Actor, deal.ExternalID, deal.ChargeID = "signed order", mara, "", ""
					_, errs[n] = w.Win(w.ctx(), deal)
					return
				}
				_, errs[n] = w.RecordDeal(w.ctx(), deal)
			})
		}
		wg.Wait()
		w.must(errors.Join(errs...))
		w.wantTold("accrue accepted", "accrue won 50.00 EUR later=false")
	})
}

func TestRecordDeal_WithoutAYesOpensACase(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		row := w.ben()
		for range 2 {
			_, err := w.RecordDeal(w.ctx(), invoice("1", row.ID, 5000))
			w.must(err)
		}
		w.state(row.ID, introduction.Invited)
		w.wantTold("case deal_without_yes")
		_, err := w.Win(w.ctx(), introduction.NewDeal{IntroductionID: row.ID, Amount: money.New(5000, "EUR"), Evidence: "he said so", Actor: mara})
		wantCode(t, err, fault.Conflict)
		_, err = w.RecordDeal(w.ctx(), invoice("1", w.settled().ID, 5000))
		wantCode(t, err, fault.Conflict)
	})
}

func TestRecordDeal_BeforeTheUndoTimeIsOverEndsIt(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		row := w.accepted()
		_, err := w.RecordDeal(w.ctx(), invoice("1", row.ID, 5000))
		w.must(err)
		_, err = w.UndoAccept(w.ctx(), prospect(row))
		wantCode(t, err, fault.Conflict)
		w.clock.pass(day)
		_, err = w.Settle(w.ctx())
		w.must(err)
		w.wantTold("accrue accepted", "accrue won 50.00 EUR later=false")
	})
}

func TestRecordDeal_LaterInvoicesCountOnlyWhereTheOfferSaysSo(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.camp = w.launched(func(p *campaign.Plan) {
			p.Offer.Rewards = []campaign.Rule{{To: campaign.ToCustomer, On: campaign.OnWon, PercentBPS: 500, Of: campaign.OfInvoices, WithinDays: 90, MaxMinor: 20_000,
				Rails: []campaign.Rail{campaign.RailInvoiceCredit, campaign.RailManual}}}
		})
		w.author.CampaignID, w.author.OfferID, w.author.InvitationID = w.camp.ID, w.camp.OfferID, ""
		row := w.settled()
		_, err := w.RecordDeal(w.ctx(), invoice("1", row.ID, 10_000))
		w.must(err)
		w.clock.pass(30 * day)
		for range 2 {
			_, err = w.RecordDeal(w.ctx(), invoice("2", row.ID, 20_000))
			w.must(err)
		}
		crm := invoice("3", row.ID, 20_000)
		crm.Source, crm.ChargeID = introduction.FromCRM, ""
		_, err = w.RecordDeal(w.ctx(), crm)
		w.must(err)
		twin := invoice("4", row.ID, 20_000)
		twin.ChargeID = "ch_2"
		_, err = w.RecordDeal(w.ctx(), twin)
		w.must(err)
		w.clock.pass(61 * day)
		_, err = w.RecordDeal(w.ctx(), invoice("5", row.ID, 30_000))
		w.must(err)
		w.must(w.Refunded(w.ctx(), stripe, "ch_1", 10_000, w.clock.now()))
		w.state(row.ID, introduction.Won)
		w.must(w.Refunded(w.ctx(), stripe, "ch_2", 20_000, w.clock.now()))
		w.state(row.ID, introduction.Unwound)
		w.wantTold("accrue accepted", "accrue won 100.00 EUR later=false", "accrue won 200.00 EUR later=true", "adjust 0.00 EUR", "reverse [won] refunded")
	})
}

func TestLost_CanBeReopenedOrWonInsideTheWindowOnly(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		row := w.settled()
		_, err := w.Lose(w.ctx(), mara, row.ID, "did not like him", "")
		wantCode(t, err, fault.Invalid)
		for range 2 {
			_, err = w.Lose(w.ctx(), mara, row.ID, "timing", "next year perhaps")
			w.must(err)
		}
		_, err = w.Reopen(w.ctx(), mara, row.ID)
		w.must(err)
		_, err = w.Lose(w.ctx(), mara, row.ID, "timing", "")
		w.must(err)
		w.clock.pass(181 * day)
		_, err = w.Reopen(w.ctx(), mara, row.ID)
		wantCode(t, err, fault.Conflict)
		_, err = w.RecordDeal(w.ctx(), invoice("1", row.ID, 5000))
		w.must(err)
		row = w.state(row.ID, introduction.Lost)
		_, err = w.Sweep(w.ctx())
		w.must(err)
		if row = w.read(row.ID); row.Email != "" {
			t.Error("what was lost for good keeps the address")
		}
		w.work()
		w.wantTold("accrue accepted", "case deal_after_end")
		if got := w.mails("ana@ruiz.example"); len(got) > 1 {
			t.Errorf("Ana got %q", got)
		}
	})
}

func TestLost_IsNotWonWhenAnotherIntroductionCounts(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		lost := w.settled()
		_, err := w.Lose(w.ctx(), mara, lost.ID, "timing", "")
		w.must(err)
		unwound, err := w.Submit(w.ctx(), w.another(1), introduction.Submission{FirstName: "Ben", Channel: "sms"})
		w.must(err)
		_, err = w.Accept(w.ctx(), prospect(unwound), byEmail("ben@acme.example"))
		w.must(err)
		_, err = w.RecordDeal(w.ctx(), invoice("1", unwound.ID, 5000))
		w.must(err)
		_, err = w.RecordDeal(w.ctx(), invoice("2", lost.ID, 5000))
		w.must(err)
		w.state(lost.ID, introduction.Lost)
		_, err = w.Reopen(w.ctx(), mara, lost.ID)
		wantCode(t, err, fault.Conflict)
		report := introduction.DisputeReport{ID: "dp_1", ChargeID: "ch_1", Status: "lost", At: w.clock.now()}
		w.must(w.Disputed(w.ctx(), stripe, report))
		_, err = w.Reopen(w.ctx(), mara, lost.ID)
		w.must(err)
		report.Status, report.At = "won", report.At.Add(day)
		w.must(w.Disputed(w.ctx(), stripe, report))
		w.state(unwound.ID, introduction.Unwound)
		w.wantTold("accrue accepted", "accrue accepted", "accrue won 50.00 EUR later=false", "case deal_after_end", "reverse [won] dispute_lost", "case deal_after_unwind")
	})
}

func TestUnwind_ByStaffAndBack(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		row := w.settled()
		_, err := w.RecordDeal(w.ctx(), invoice("1", row.ID, 5000))
		w.must(err)
		for range 2 {
			_, err = w.Unwind(w.ctx(), mara, row.ID, "the order was a mistake")
			w.must(err)
		}
		// What Stripe says of the money does not bring back what a person undid.
		w.must(w.Refunded(w.ctx(), stripe, "ch_1", 1000, w.clock.now()))
		w.state(row.ID, introduction.Unwound)
		for range 2 {
			_, err = w.Rewin(w.ctx(), mara, row.ID, "it was none")
			w.must(err)
		}
		w.wantTold("accrue accepted", "accrue won 50.00 EUR later=false", "reverse [won] staff", "reinstate [won] staff")
	})
}

// act is one thing that Stripe may report, in any order and more than once.
type act struct {
	name string
	do   func(*world, string) error
}

func refund(minor int64) act {
	return act{fmt.Sprintf("refund %d", minor), func(w *world, _ string) error {
		return w.Refunded(w.ctx(), stripe, "ch_1", minor, w.clock.now())
	}}
}

func dispute(status string, at time.Duration) act {
	return act{"dispute " + status, func(w *world, _ string) error {
		return w.Disputed(w.ctx(), stripe, introduction.DisputeReport{ID: "dp_1", ChargeID: "ch_1", Status: status, At: start.Add(at)})
	}}
}

var paid = act{"paid", func(w *world, id string) error {
	deal := invoice("1", id, 10_000)
	deal.Gross = money.New(11_900, "EUR")
	_, err := w.RecordDeal(w.ctx(), deal)
	return err
}}

// final is where a history ends: the state, what is left of the deal, and whether the last word on the reward is to
// reverse it, hold it or pay it.
func final(w *world, id string) string {
	row := w.read(id)
	deals, err := w.Deals(w.ctx(), id)
	w.must(err)
	held, reversed := false, false
	for _, what := range w.told() {
		switch {
		case what == "hold":
			held = true
		case what == "release":
			held = false
		case strings.HasPrefix(what, "reverse "):
			reversed = true
		case strings.HasPrefix(what, "reinstate "):
			reversed = false
		}
	}
	if reversed {
		held = false
	}
	return fmt.Sprintf("%s net=%s refunded=%d dispute=%q reversed=%t held=%t", row.State, deals[0].Net(), deals[0].RefundedMinor, deals[0].Dispute, reversed, held)
}

// M15 and M17: whatever the order, the copies and the twins, the end is the same. On one engine in every order, on both in
// some.
func TestRefundsAndDisputes_EveryOrderEndsAlike(t *testing.T) {
	t.Parallel()
	histories := []struct {
		name string
		acts []act
		want string
	}{
		{"partial refunds", []act{paid, refund(1000), refund(2380), refund(5950)}, `won net=50.00 EUR refunded=5950 dispute="" reversed=false held=false`},
		{"full refund", []act{paid, refund(5000), refund(11_900)}, `unwound net=0.00 EUR refunded=11900 dispute="" reversed=true held=false`},
		{"dispute won", []act{paid, dispute("needs_response", 0), dispute("under_review", day), dispute("won", 2*day)},
			`won net=100.00 EUR refunded=0 dispute="won" reversed=false held=false`},
		{"dispute lost", []act{paid, dispute("needs_response", 0), dispute("under_review", day), dispute("lost", 2*day)},
			`unwound net=0.00 EUR refunded=0 dispute="lost" reversed=true held=false`},
		{"inquiry", []act{paid, dispute("warning_needs_response", 0), dispute("warning_under_review", day)},
			`won net=100.00 EUR refunded=0 dispute="open" reversed=false held=true`},
		{"inquiry closed", []act{paid, dispute("warning_needs_response", 0), dispute("warning_closed", day)},
			`won net=100.00 EUR refunded=0 dispute="won" reversed=false held=false`},
		{"refund and lost dispute", []act{paid, refund(5950), dispute("needs_response", 0), dispute("lost", day)},
			`unwound net=0.00 EUR refunded=5950 dispute="lost" reversed=true held=false`},
		{"lost, then won after all", []act{paid, dispute("lost", day), dispute("won", 2*day)},
			`won net=100.00 EUR refunded=0 dispute="won" reversed=false held=false`},
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := rand.New(rand.NewPCG(seed, 1))
		w := newWorld(t, d)
		for _, h := range histories {
			orders := permutations(len(h.acts))
			if d.Engine() == db.Postgres {
				r.Shuffle(len(orders), func(i, j int) { orders[i], orders[j] = orders[j], orders[i] })
				orders = orders[:3]
			}
			for _, order := range orders {
				for _, table := range []string{"told", "charge_dispute"} {
					_, err := d.NewRaw("DELETE FROM " + table).Exec(w.ctx())
					w.must(err)
				}
				// Each history has a charge of its own name.
				fresh := w.history(t, h.acts, order, r)
				if got := fresh; got != h.want {
					t.Errorf("%s in order %v\n got %s\nwant %s", h.name, names(h.acts, order), got, h.want)
				}
			}
		}
	})
}

// history plays acts in an order, some of them twice, on a fresh yes, and removes it again.
func (w *world) history(t *testing.T, acts []act, order []int, r *rand.Rand) string {
	t.Helper()
	row, err := w.Submit(w.ctx(), w.author, introduction.Submission{FirstName: "Ben", Channel: "sms"})
	w.must(err)
	row, err = w.Accept(w.ctx(), prospect(row), byEmail(fmt.Sprintf("ben%d@acme.example", r.Uint64())))
	w.must(err)
	var seq []int
	for _, n := range order {
		seq = append(seq, n)
		if r.IntN(2) == 0 {
			seq = append(seq, seq[r.IntN(len(seq))])
		}
	}
	for _, n := range seq {
		w.must(acts[n].do(w, row.ID))
	}
	got := final(w, row.ID)
	for _, sql := range []string{"UPDATE introduction SET deal_id = NULL WHERE id = ?", "DELETE FROM deal WHERE introduction_id = ?"} {
		_, err := w.db.NewRaw(sql, row.ID).Exec(w.ctx())
		w.must(err)
	}
	_, err = w.db.NewRaw("DELETE FROM charge_dispute").Exec(w.ctx())
	w.must(err)
	_, err = w.db.NewRaw("DELETE FROM charge").Exec(w.ctx())
	w.must(err)
	return got
}

func names(acts []act, order []int) []string {
	var out []string
	for _, n := range order {
		out = append(out, acts[n].name)
	}
	return out
}

func permutations(n int) [][]int {
	if n == 0 {
		return [][]int{nil}
	}
	var out [][]int
	for _, p := range permutations(n - 1) {
		for at := range n {
			out = append(out, slices.Insert(slices.Clone(p), at, n-1))
		}
	}
	return out
}

func TestRefunded_AtTheSameTimeAsThePaymentIsNotLost(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		row := w.settled()
		for n := range 10 {
			other, err := w.Submit(w.ctx(), w.author, introduction.Submission{FirstName: "Ben", Channel: "sms"})
			w.must(err)
			row, err = w.Accept(w.ctx(), prospect(other), byEmail(fmt.Sprintf("ben%d@acme.example", n)))
			w.must(err)
			id := fmt.Sprint(n)
			errs := make([]error, 4)
			var wg sync.WaitGroup
			for i := range errs {
				wg.Go(func() {
					if i%2 == 0 {
						_, errs[i] = w.RecordDeal(w.ctx(), invoice(id, row.ID, 5000))
						return
					}
					errs[i] = w.Refunded(w.ctx(), stripe, "ch_"+id, 5000, w.clock.now())
				})
			}
			wg.Wait()
			w.must(errors.Join(errs...))
			w.state(row.ID, introduction.Unwound)
		}
	})
}

func TestNet_IsExactAndRoundsDown(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ amount, gross, refunded, want int64 }{
		{10_000, 11_900, 0, 10_000}, {10_000, 11_900, 5950, 5000}, {10_000, 11_900, 11_899, 0}, {10_000, 11_900, 20_000, 0},
		{10_000, 0, 2500, 7500}, {0, 0, 0, 0}, {0, 0, 100, 0}, {1, 3, 1, 0}, {9_007_199_254_740_993, 9_007_199_254_740_993, 1, 9_007_199_254_740_992},
	} {
		d := introduction.Deal{AmountMinor: c.amount, GrossMinor: c.gross, RefundedMinor: c.refunded, Currency: "EUR"}
		if got := d.Net().Minor; got != c.want {
			t.Errorf("%d of %d with %d refunded is %d, want %d", c.amount, c.gross, c.refunded, got, c.want)
		}
	}
}

func TestRecogniseStripe_InTheOrderOfTheContract(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		var rows []introduction.Introduction
		for n := range 6 {
			row, err := w.Submit(w.ctx(), w.another(n), introduction.Submission{FirstName: "Ben", Channel: "sms"})
			w.must(err)
			row, err = w.Accept(w.ctx(), prospect(row), byEmail(fmt.Sprintf("ben%d@acme.example", n)))
			w.must(err)
			rows = append(rows, row)
		}
		deal := invoice("9", rows[3].ID, 5000)
		deal.StripeCustomer = "cus_3"
		_, err := w.RecordDeal(w.ctx(), deal)
		w.must(err)
		all := introduction.Recognition{IntroductionID: rows[0].ID, ClientReference: rows[1].ID, CodeIntroductionIDs: []string{rows[2].ID}, StripeCustomer: "cus_3", Email: "Ben4+shop@acme.example"}
		for n := range 5 {
			got, err := w.RecogniseStripe(w.ctx(), all)
			w.must(err)
			if got != rows[n].ID {
				t.Errorf("recognised %s, want number %d", got, n)
			}
			switch n {
			case 0:
				all.IntroductionID = "not-one-of-ours"
			case 1:
				all.ClientReference = "0190f0e0-1234-7000-8000-00000000dead"
			case 2:
				all.CodeIntroductionIDs = nil
			case 3:
				all.StripeCustomer = "cus_unknown"
			}
		}
		all.Email = "stranger@acme.example"
		_, err = w.RecogniseStripe(w.ctx(), all)
		wantCode(t, err, fault.NotFound)
		_, err = w.Decline(w.ctx(), prospect(rows[5]))
		w.must(err)
		_, err = w.RecogniseStripe(w.ctx(), introduction.Recognition{Email: "ben5@acme.example"})
		wantCode(t, err, fault.NotFound)
	})
}

func TestRecordDeal_APayerWhoWasACustomerBeforeIsFlagged(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.customer(customer.Draft{FirstName: "Old", Email: "old@acme.example", StripeCustomer: "cus_old"})
		w.clock.pass(time.Hour)
		row := w.settled()
		deal := invoice("1", row.ID, 5000)
		deal.StripeCustomer = "cus_old"
		_, err := w.RecordDeal(w.ctx(), deal)
		w.must(err)
		row = w.state(row.ID, introduction.Won)
		if row.Flagged != "existing_customer" || row.Review != "to_review" {
			t.Errorf("flagged %q, review %q", row.Flagged, row.Review)
		}
		w.wantTold("accrue accepted", "case existing_customer", "accrue won 50.00 EUR later=false")
	})
}
