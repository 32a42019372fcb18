package reward_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
	"time"

	"goodword/internal/campaign"
	"goodword/internal/db"
	"goodword/internal/dbtest"
	"goodword/internal/introduction"
	"goodword/internal/ledger"
	"goodword/internal/reward"
)

// manually pays what waits for finance.
func (w *world) manually(r reward.Reward) reward.Reward {
	w.t.Helper()
	r, err := w.MarkPaid(w.ctx, finance, r.ID, "bank 4711")
	w.must(err)
	return r
}

// The example of trust.md 5.2: 10 % of 1,000.00; 40 % refund in the hold period; the call times out and the look-up finds
// it; the dispute is lost later; the next reward of 75.00 nets 60.00 and pays 15.00.
func TestReverse_TheExampleOfTheBooks(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ana := w.customer("Ana")
		c, o := w.campaign(1_000_00, nil,
			campaign.Rule{To: campaign.ToCustomer, On: campaign.OnWon, PercentBPS: 1000, Of: campaign.OfDeal, MaxMinor: 500_00, Rails: []campaign.Rail{campaign.RailManual}})
		i, deal := w.win(o, ana.ID, 1_000_00)
		w.refund(i, &deal, 400_00)
		if r := w.one(i); r.AmountMinor != 60_00 || r.State != reward.Pending || w.balance(ledger.Pending(r.ID)) != 60_00 {
			t.Fatalf("after the refund: %d %s", r.AmountMinor, r.State)
		}
		w.clock.pass(31 * day)
		w.sweep()
		r := w.manually(w.one(i))
		if w.balance(ledger.Bank) != -60_00 {
			t.Fatalf("bank %d, want -6000", w.balance(ledger.Bank))
		}
		w.dispute(i, &deal, introduction.DisputeLost)
		if r = w.get(r.ID); r.State != reward.Clawback || w.balance(ledger.Clawback(ana.ID)) != 60_00 {
			t.Fatalf("after the lost dispute: %s, owed %d", r.State, w.balance(ledger.Clawback(ana.ID)))
		}
		j, _ := w.win(o, ana.ID, 750_00)
		w.clock.pass(31 * day)
		w.sweep()
		next := w.manually(w.one(j))
		if next.AmountMinor != 75_00 || next.NettedMinor != 60_00 || next.IssuedMinor != 15_00 {
			t.Errorf("the next: %d, netted %d, paid %d", next.AmountMinor, next.NettedMinor, next.IssuedMinor)
		}
		for account, want := range map[string]int64{ledger.Rewards(c.ID): 135_00, ledger.Recoveries(c.ID): 60_00, ledger.Bank: -75_00, ledger.Clawback(ana.ID): 0} {
			if got := w.balance(account); got != want {
				t.Errorf("%s = %d, want %d", account, got, want)
			}
		}
		if got := w.get(r.ID); got.State != reward.Recovered || got.OwedMinor != 0 {
			t.Errorf("the older reward is %s and owes %d", got.State, got.OwedMinor)
		}
		w.verified()
	})
}

// M16: what a full refund does in each situation after approval, with the postings of 5.2.
func TestReverse_InEverySituation(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		rail  campaign.Rail
		until func(w *world, i introduction.Introduction) // how far the reward has come
		state reward.State
		// What is left on the accounts; avail is of a budget of 100.00 with 50.00 earned.
		owed, avail, spent, offset int64
	}{
		"approved":       {campaign.RailPromotionCode, func(w *world, i introduction.Introduction) { w.clock.pass(31 * day); w.count(w.Mature(w.ctx)) }, reward.Reversed, 0, 100_00, 0, 0},
		"unused code":    {campaign.RailPromotionCode, func(w *world, i introduction.Introduction) { w.paid(i) }, reward.Reversed, 0, 100_00, 0, 0},
		"used code":      {campaign.RailPromotionCode, func(w *world, i introduction.Introduction) { w.paid(i); w.promo.use(w.payouts()[0].ID) }, reward.Clawback, 50_00, 50_00, 50_00, 50_00},
		"unspent credit": {campaign.RailInvoiceCredit, func(w *world, i introduction.Introduction) { w.paid(i) }, reward.Reversed, 0, 100_00, 0, 0},
		"spent credit": {campaign.RailInvoiceCredit, func(w *world, i introduction.Introduction) {
			r := w.paid(i)
			w.credit.use(w.payouts()[0].ID)
			w.must(w.Redeemed(w.ctx, stripe, reward.Redemption{RewardID: r.ID}))
		}, reward.Clawback, 50_00, 50_00, 50_00, 50_00},
		"by hand, not paid yet": {campaign.RailManual, func(w *world, i introduction.Introduction) { w.clock.pass(31 * day); w.sweep() }, reward.Reversed, 0, 100_00, 0, 0},
		"by hand, paid":         {campaign.RailManual, func(w *world, i introduction.Introduction) { w.clock.pass(31 * day); w.sweep(); w.manually(w.one(i)) }, reward.Clawback, 50_00, 50_00, 50_00, 0},
		"refused": {campaign.RailInvoiceCredit, func(w *world, i introduction.Introduction) {
			w.credit.faults.refuse = 100
			w.clock.pass(31 * day)
			w.sweep()
		}, reward.Reversed, 0, 100_00, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				w := newWorld(t, d)
				ana := w.customer("Ana")
				camp, o := w.campaign(100_00, nil, thanks(50_00, c.rail))
				i, deal := w.win(o, ana.ID, 900_00)
				c.until(w, i)
				w.refund(i, &deal, 900_00)
				w.refund(i, &deal, 900_00)
				w.sweep()
				r := w.one(i)
				if r.State != c.state || r.AmountMinor != 0 {
					t.Errorf("%s with %d left, want %s", r.State, r.AmountMinor, c.state)
				}
				for account, want := range map[string]int64{ledger.Clawback(ana.ID): c.owed, ledger.Avail(camp.ID): c.avail, ledger.Spent(camp.ID): c.spent,
					ledger.Committed(camp.ID): 0, ledger.BillingOffset: c.offset, ledger.Recoveries(camp.ID): c.owed} {
					if got := w.balance(account); got != want {
						t.Errorf("%s = %d, want %d", account, got, want)
					}
				}
				w.verified()
			})
		})
	}
}

func (w *world) count(n int, err error) int {
	w.t.Helper()
	w.must(err)
	return n
}

// While the outcome is unknown a reversal waits; afterwards it is done in the way that the outcome allows.
func TestReverse_WaitsForAnUnknownOutcome(t *testing.T) {
	t.Parallel()
	for name, succeeds := range map[string]bool{"it had settled": true, "it was refused": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				w := newWorld(t, d)
				c, o := w.campaign(100_00, nil, thanks(50_00))
				i, deal := w.win(o, w.customer("Ana").ID, 900_00)
				w.clock.pass(31 * day)
				lost := func(p reward.Payout) reward.Answer {
					if succeeds {
						w.credit.make(p)
					}
					return reward.Answer{Class: reward.NotAnswered}
				}
				w.credit.script = append(w.credit.script, lost)
				w.credit.blind = true
				w.sweep()
				r := w.one(i)
				if r.State != reward.Issuing || w.payouts()[0].State != reward.Unknown {
					t.Fatalf("%s with a payout that is %s", r.State, w.payouts()[0].State)
				}
				w.refund(i, &deal, 900_00)
				if r = w.get(r.ID); r.State != reward.Issuing || r.WantedMinor == nil || *r.WantedMinor != 0 || r.AmountMinor != 50_00 {
					t.Fatalf("the reversal did not wait: %s, wanted %v", r.State, r.WantedMinor)
				}
				w.credit.blind = false
				w.credit.faults.refuse = 100
				w.clock.pass(2 * time.Hour)
				w.sweep()
				if r = w.get(r.ID); r.State != reward.Reversed || r.WantedMinor != nil || w.balance(ledger.Avail(c.ID)) != 100_00 {
					t.Errorf("afterwards: %s, wanted %v", r.State, r.WantedMinor)
				}
				for _, e := range w.credit.effects {
					if !e.void {
						t.Error("the credit is still there")
					}
				}
				w.verified()
			})
		})
	}
}

// A refund that is undone before the outcome is known leaves everything as it was.
func TestReinstate_BeforeTheOutcomeIsKnown(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		_, o := w.campaign(100_00, nil, thanks(50_00))
		i, deal := w.win(o, w.customer("Ana").ID, 900_00)
		w.clock.pass(31 * day)
		w.credit.script = append(w.credit.script, func(p reward.Payout) reward.Answer {
			w.credit.make(p)
			return reward.Answer{Class: reward.NotAnswered}
		})
		w.credit.blind = true
		w.sweep()
		w.dispute(i, &deal, introduction.DisputeLost)
		w.dispute(i, &deal, introduction.DisputeWon)
		w.credit.blind = false
		w.clock.pass(time.Hour)
		w.sweep()
		if r := w.one(i); r.State != reward.Issued || r.AmountMinor != 50_00 || r.WantedMinor != nil || w.credit.effects[0].void {
			t.Errorf("%s with %d, wanted %v", r.State, r.AmountMinor, r.WantedMinor)
		}
		w.verified()
	})
}

// A part of an unused code cannot be taken back: the code is voided and what is left is earned anew.
func TestAdjust_AfterIssueReplacesTheCode(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		_, o := w.campaign(500_00, nil,
			campaign.Rule{To: campaign.ToCustomer, On: campaign.OnWon, PercentBPS: 1000, Of: campaign.OfDeal, MaxMinor: 500_00, Rails: []campaign.Rail{campaign.RailPromotionCode}})
		i, deal := w.win(o, w.customer("Ana").ID, 1_000_00)
		w.paid(i)
		w.refund(i, &deal, 250_00)
		w.sweep()
		rows := w.all(i)
		if len(rows) != 2 || rows[0].State != reward.Reversed || rows[1].State != reward.Issued || rows[1].IssuedMinor != 75_00 || rows[0].Code == rows[1].Code {
			t.Fatalf("%+v", rows)
		}
		w.refund(i, &deal, 500_00)
		w.refund(i, &deal, 250_00)
		w.sweep()
		if rows = w.all(i); len(rows) != 3 || rows[2].IssuedMinor != 50_00 {
			t.Fatalf("after the second refund: %d rewards", len(rows))
		}
		live := int64(0)
		for _, e := range w.promo.effects {
			if !e.void {
				live += e.minor
			}
		}
		if live != 50_00 {
			t.Errorf("codes worth %d are valid, want 5000", live)
		}
		w.verified()
	})
}

// Part by part of what was paid becomes a receivable, comes back, is written off; nothing of it is paid twice.
func TestReverse_ReceivableAndWriteOff(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ana := w.customer("Ana")
		_, o := w.campaign(1_000_00, nil,
			campaign.Rule{To: campaign.ToCustomer, On: campaign.OnWon, PercentBPS: 1000, Of: campaign.OfDeal, MaxMinor: 500_00, Rails: []campaign.Rail{campaign.RailManual}})
		i, deal := w.win(o, ana.ID, 1_000_00)
		w.clock.pass(31 * day)
		w.sweep()
		r := w.manually(w.one(i))
		w.refund(i, &deal, 300_00)
		if r = w.get(r.ID); r.State != reward.Issued || r.AmountMinor != 70_00 || r.OwedMinor != 30_00 {
			t.Fatalf("after 30 %%: %s %d owed %d", r.State, r.AmountMinor, r.OwedMinor)
		}
		w.dispute(i, &deal, introduction.DisputeLost)
		if r = w.get(r.ID); r.State != reward.Clawback || r.AmountMinor != 0 || r.OwedMinor != 100_00 {
			t.Fatalf("after the lost dispute: %s %d owed %d", r.State, r.AmountMinor, r.OwedMinor)
		}
		w.dispute(i, &deal, introduction.DisputeWon)
		if r = w.get(r.ID); r.State != reward.Issued || r.AmountMinor != 70_00 || r.OwedMinor != 30_00 {
			t.Fatalf("after it was won: %s %d owed %d", r.State, r.AmountMinor, r.OwedMinor)
		}
		w.dispute(i, &deal, introduction.DisputeLost)
		_, err := w.WriteOff(w.ctx, finance, r.ID, "gone")
		w.must(err)
		if r = w.get(r.ID); r.State != reward.WrittenOff || w.balance(ledger.BadDebt) != 100_00 || w.balance(ledger.Clawback(ana.ID)) != 0 {
			t.Fatalf("written off: %s, bad debt %d", r.State, w.balance(ledger.BadDebt))
		}
		// The customer kept the money, so winning after all earns nothing.
		w.dispute(i, &deal, introduction.DisputeWon)
		if n := len(w.all(i)); n != 1 {
			t.Errorf("%d rewards after all", n)
		}
		// A part that was written off is not taken a second time by the next word about the same refund.
		j, part := w.win(o, ana.ID, 1_000_00)
		w.clock.pass(31 * day)
		w.sweep()
		w.manually(w.one(j))
		w.refund(j, &part, 300_00)
		_, err = w.WriteOff(w.ctx, finance, w.one(j).ID, "small")
		w.must(err)
		w.refund(j, &part, 300_00)
		if r = w.one(j); r.AmountMinor != 70_00 || r.WrittenOffMinor != 30_00 || r.OwedMinor != 0 {
			t.Errorf("after writing off a part: %d left, %d owed", r.AmountMinor, r.OwedMinor)
		}
		w.verified()
	})
}

// What was taken from a later reward and turns out to be due after all is earned anew, once.
func TestReinstate_AfterNettingEarnsAnew(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ana := w.customer("Ana")
		_, o := w.campaign(1_000_00, nil, thanks(50_00, campaign.RailManual))
		i, deal := w.win(o, ana.ID, 900_00)
		w.clock.pass(31 * day)
		w.sweep()
		w.manually(w.one(i))
		w.dispute(i, &deal, introduction.DisputeLost)
		j, _ := w.win(o, ana.ID, 900_00)
		w.clock.pass(31 * day)
		w.sweep()
		// All of the second reward went into what was owed: nothing is left for the bank.
		if r := w.one(j); r.State != reward.Issued || r.NettedMinor != 50_00 || r.IssuedMinor != 0 || w.balance(ledger.Bank) != -50_00 {
			t.Fatalf("netted: %s, %d, %d", r.State, r.NettedMinor, r.IssuedMinor)
		}
		for range 2 {
			w.dispute(i, &deal, introduction.DisputeWon)
			deal.Dispute = introduction.DisputeLost
		}
		rows := w.all(i)
		if len(rows) != 2 || rows[0].State != reward.Recovered || rows[1].State != reward.Pending || rows[1].AmountMinor != 50_00 {
			t.Fatalf("%+v", rows)
		}
		w.verified()
	})
}

// A reward that paid a debt and is undone itself becomes a debt, before and after its rest was paid.
func TestReverse_OfARewardThatPaidADebt(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		refuse int
		rail   campaign.Rail
		state  reward.State
	}{
		"refused by the rail": {100, campaign.RailInvoiceCredit, reward.Reversed},
		"credit unused":       {0, campaign.RailInvoiceCredit, reward.Reversed},
		"paid by hand":        {0, campaign.RailManual, reward.Clawback},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				w := newWorld(t, d)
				ana := w.customer("Ana")
				_, first := w.campaign(1_000_00, nil, thanks(60_00, campaign.RailManual))
				_, second := w.campaign(1_000_00, nil, thanks(75_00, c.rail))
				i, deal := w.win(first, ana.ID, 900_00)
				w.clock.pass(31 * day)
				w.sweep()
				w.manually(w.one(i))
				w.refund(i, &deal, 900_00)
				w.credit.faults.refuse = c.refuse
				j, later := w.win(second, ana.ID, 900_00)
				w.clock.pass(31 * day)
				w.sweep()
				if c.rail == campaign.RailManual {
					w.manually(w.one(j))
				}
				if got := w.balance(ledger.Clawback(ana.ID)); got != 0 {
					t.Fatalf("Ana still owes %d", got)
				}
				w.refund(j, &later, 900_00)
				w.sweep()
				r := w.one(j)
				owed := int64(60_00)
				if c.state == reward.Clawback {
					owed = 75_00
				}
				if r.State != c.state || r.OwedMinor != owed || w.balance(ledger.Clawback(ana.ID)) != owed {
					t.Errorf("%s, owes %d (%d in the books), want %s and %d", r.State, r.OwedMinor, w.balance(ledger.Clawback(ana.ID)), c.state, owed)
				}
				w.verified()
			})
		})
	}
}

// M17: disputes in every order end the same: open holds, lost takes back, won releases.
func TestHold_DisputesHoldAndRelease(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		_, o := w.campaign(1_000_00, nil, thanks(50_00))
		i, deal := w.win(o, w.customer("Ana").ID, 900_00)
		w.dispute(i, &deal, introduction.DisputeOpen)
		w.clock.pass(60 * day)
		w.sweep()
		if r := w.one(i); r.State != reward.Held || r.HeldReason != reward.HeldDispute || w.balance(ledger.Held(r.ID)) != 50_00 {
			t.Fatalf("disputed: %s %s", r.State, r.HeldReason)
		}
		if _, err := w.Approve(w.ctx, finance, w.one(i).ID, "why not"); err == nil {
			t.Error("a disputed reward was approved")
		}
		// Even released by a person it does not get past an open dispute.
		_, err := w.Release(w.ctx, finance, w.one(i).ID, "looked at it")
		w.must(err)
		w.sweep()
		if r := w.one(i); r.State != reward.Held {
			t.Fatalf("released with an open dispute: %s", r.State)
		}
		w.dispute(i, &deal, introduction.DisputeWon)
		w.sweep()
		if r := w.one(i); r.State != reward.Issued {
			t.Errorf("after it was won: %s", r.State)
		}
		w.dispute(i, &deal, introduction.DisputeOpen)
		if len(w.cases(reward.CaseDisputed)) != 1 {
			t.Error("a dispute after the payment is not shown")
		}
		w.verified()
	})
}

// M15: 1–4 cumulative refunds, delivered 1–3 times, with twins, shuffled: what is left is always the policy's.
func TestAdjust_RefundsInAnyOrderEndTheSame(t *testing.T) {
	t.Parallel()
	seed := uint64(time.Now().UnixNano())
	if s := os.Getenv("GOODWORD_SEED"); s != "" {
		_, err := fmt.Sscan(s, &seed)
		if err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("GOODWORD_SEED=%d", seed)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		rng := rand.New(rand.NewPCG(seed, 15))
		ana := w.customer("Ana")
		for n := range 30 {
			flat := n%3 == 0
			rule := campaign.Rule{To: campaign.ToCustomer, On: campaign.OnWon, PercentBPS: []int64{500, 1000, 1500, 3300}[rng.IntN(4)], Of: campaign.OfDeal,
				MaxMinor: 1_000_000_00, Rails: []campaign.Rail{campaign.RailInvoiceCredit}}
			total := 1000 + rng.Int64N(99_000)
			if flat {
				rule = thanks(30_00)
				rule.MinMinor = total / 2
			}
			_, o := w.campaign(1_000_000_00, nil, rule)
			i, deal := w.win(o, ana.ID, total)
			if rng.IntN(2) == 0 {
				w.clock.pass(31 * day)
				w.sweep()
			}
			var seen []int64
			cumulative := int64(0)
			for range 1 + rng.IntN(4) {
				cumulative = min(total, cumulative+1+rng.Int64N(total/2+1))
				for range 1 + rng.IntN(3) {
					seen = append(seen, cumulative)
				}
			}
			rng.Shuffle(len(seen), func(a, b int) { seen[a], seen[b] = seen[b], seen[a] })
			for _, c := range seen {
				w.refund(i, &deal, c)
				if rng.IntN(3) == 0 {
					w.sweep()
				}
			}
			w.sweep()
			want, err := o.Amount(0, deal.Net())
			w.must(err)
			if deal.Net().Zero() {
				want.Minor = 0
			}
			got := int64(0)
			for _, r := range w.all(i) {
				got += r.Effective()
			}
			if got != want.Minor {
				t.Fatalf("seed %d, case %d: %d of %d refunded as %v: %d left, want %d", seed, n, cumulative, total, seen, got, want.Minor)
			}
		}
		w.verified()
	})
}

// A share of every invoice: rounding and the cap fall once, over all of them, in whatever order they are refunded.
func TestAccrue_ShareOfInvoicesIsCappedOnce(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		_, o := w.campaign(1_000_00, nil, campaign.Rule{To: campaign.ToCustomer, On: campaign.OnWon, PercentBPS: 1000, Of: campaign.OfInvoices,
			WithinDays: 365, MaxMinor: 20_00, Rails: []campaign.Rail{campaign.RailInvoiceCredit}})
		i, first := w.win(o, w.customer("Ana").ID, 150_05)
		second := w.deal(&i, 150_05)
		w.accrue(i, campaign.OnWon, &second, true)
		w.accrue(i, campaign.OnWon, &second, true)
		amounts := func() []int64 {
			var out []int64
			for _, r := range w.all(i) {
				out = append(out, r.AmountMinor)
			}
			return out
		}
		if got := amounts(); !slices.Equal(got, []int64{15_00, 5_00}) {
			t.Fatalf("two invoices earned %v, want 1500 and 500", got)
		}
		// The first is refunded in full: the second alone earns 15.00.
		first.RefundedMinor = 150_05
		w.tx(func(ctx context.Context, tx db.Tx) error {
			if err := writeDeal(ctx, tx, i, &first); err != nil {
				return err
			}
			return w.Earnings().Adjust(ctx, tx, introduction.Adjustment{Introduction: i, Deal: first, Actor: stripe})
		})
		sum := int64(0)
		for _, a := range amounts() {
			sum += a
		}
		if sum != 15_00 {
			t.Errorf("after the refund %v, want 1500 together", amounts())
		}
		w.verified()
	})
}
