package billing_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"goodword/internal/campaign"
	"goodword/internal/customer"
	"goodword/internal/db"
	"goodword/internal/dbtest"
	"goodword/internal/introduction"
	"goodword/internal/reward"
	"goodword/internal/stripesim"
)

func TestStory_CodeDealCreditAndRefund(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ben := w.ben()
		w.pay()
		welcome := w.rewardOf(ben.ID, campaign.ToProspect)
		if welcome.State != reward.Issued || welcome.Code == "" {
			t.Fatalf("welcome code is %s %q, want issued", welcome.State, welcome.Code)
		}
		bought, err := w.sim.Checkout(stripesim.Order{CustomerEmail: "b.okafor@private.example", AmountMinor: 100_000, TaxMinor: 18_050, Currency: "eur", PromotionCode: welcome.Code})
		w.must(err)
		w.deliver()
		ben = w.introduction(ben.ID)
		if ben.State != introduction.Won || ben.StripeCustomer != bought.CustomerID {
			t.Fatalf("introduction is %s with customer %q, want won with %s", ben.State, ben.StripeCustomer, bought.CustomerID)
		}
		deals, err := w.introductions.Deals(w.ctx(), ben.ID)
		w.must(err)
		if len(deals) != 1 || deals[0].AmountMinor != 95_000 || deals[0].GrossMinor != 113_050 || deals[0].ChargeID != bought.ChargeID || deals[0].ExternalID != bought.InvoiceID {
			t.Fatalf("deals %+v, want one of 950.00 net and 1130.50 gross", deals)
		}
		if r := w.rewardOf(ben.ID, campaign.ToProspect); r.State != reward.Redeemed {
			t.Errorf("welcome code is %s, want redeemed", r.State)
		}
		anas := w.rewardOf(ben.ID, campaign.ToCustomer)
		if anas.AmountMinor != 9_500 {
			t.Fatalf("Ana's reward is %d, want 9500", anas.AmountMinor)
		}

		// A tenth comes back before the refund window is over.
		_, err = w.sim.Refund(bought.ChargeID, 11_305)
		w.must(err)
		w.deliver()
		if anas = w.rewardOf(ben.ID, campaign.ToCustomer); anas.AmountMinor != 8_550 {
			t.Fatalf("Ana's reward after the refund is %d, want 8550", anas.AmountMinor)
		}
		_, err = w.rewards.Choose(w.ctx(), w.ana.ID, anas.ID, campaign.RailInvoiceCredit)
		w.must(err)
		w.clock.pass(31 * day)
		w.pay()
		if anas = w.rewardOf(ben.ID, campaign.ToCustomer); anas.State != reward.Issued {
			t.Fatalf("Ana's reward is %s (%s), want issued", anas.State, anas.HeldReason)
		}
		var credits []stripesim.Effect
		for _, e := range w.sim.Effects() {
			if e.Kind == "customer_balance_transaction" {
				credits = append(credits, e)
			}
		}
		if len(credits) != 1 || credits[0].AmountMinor != 8_550 || credits[0].Payee != w.ana.StripeCustomer {
			t.Fatalf("credits %+v, want one of 85.50 to Ana", credits)
		}

		// Ana's next invoices eat the credit up: the first a part, the second the rest.
		for i, want := range []reward.State{reward.Issued, reward.Redeemed} {
			_, err = w.sim.PayInvoice(stripesim.Order{CustomerID: w.ana.StripeCustomer, AmountMinor: 5_000, Currency: "eur"})
			w.must(err)
			w.deliver()
			if r := w.rewardOf(ben.ID, campaign.ToCustomer); r.State != want {
				t.Fatalf("Ana's reward after invoice %d is %s, want %s", i+1, r.State, want)
			}
		}
		var facts []string
		w.must(d.NewRaw("SELECT type FROM event WHERE customer_id = ? AND type IN ('order.placed', 'renewed') ORDER BY at, id", w.ana.ID).Scan(w.ctx(), &facts))
		// The first invoice was covered by the credit: nothing was paid.
		if !slices.Equal(facts, []string{"order.placed"}) {
			t.Errorf("facts about Ana: %v, want [order.placed]", facts)
		}
		if s := w.states(); s["parked"]+s["quarantined"]+s["received"] != 0 {
			t.Errorf("events are %v, want all processed", s)
		}
		var found []reward.Finding
		_, err = w.rewards.Verify(w.ctx(), reward.Heads{}, func(f reward.Finding) { found = append(found, f) })
		w.must(err)
		if len(found) > 0 {
			t.Errorf("the books: %+v", found)
		}
	})
}

func TestRecognise_MarksInTheirOrder(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name  string
		order func(introduction.Introduction) stripesim.Order
		won   bool
	}{
		{"metadata of the session", func(i introduction.Introduction) stripesim.Order {
			return stripesim.Order{CustomerEmail: "x@x.example", Metadata: map[string]string{"goodword_introduction": i.ID}}
		}, true},
		{"metadata of the invoice", func(i introduction.Introduction) stripesim.Order {
			return stripesim.Order{CustomerEmail: "x@x.example", InvoiceMetadata: map[string]string{"goodword_introduction": i.ID}}
		}, true},
		{"client reference", func(i introduction.Introduction) stripesim.Order {
			return stripesim.Order{CustomerEmail: "x@x.example", ClientReferenceID: i.ID}
		}, true},
		{"mail address", func(introduction.Introduction) stripesim.Order {
			return stripesim.Order{CustomerEmail: "Ben@Acme.example"}
		}, true},
		{"a stranger", func(introduction.Introduction) stripesim.Order {
			return stripesim.Order{CustomerEmail: "x@x.example"}
		}, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, dbtest.SQLite(t))
			ben := w.ben()
			o := row.order(ben)
			o.AmountMinor, o.Currency = 10_000, "eur"
			_, err := w.sim.Checkout(o)
			w.must(err)
			w.deliver()
			if got := w.introduction(ben.ID).State == introduction.Won; got != row.won {
				t.Errorf("won is %t, want %t", got, row.won)
			}
		})
	}
}

func TestRecognise_ThankYouCodeOfACustomerTellsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dbtest.SQLite(t))
	ben := w.ben()
	_, err := w.sim.Checkout(stripesim.Order{CustomerEmail: "ben@acme.example", AmountMinor: 100_000, Currency: "eur"})
	w.must(err)
	w.deliver()
	anas := w.rewardOf(ben.ID, campaign.ToCustomer)
	_, err = w.rewards.Choose(w.ctx(), w.ana.ID, anas.ID, campaign.RailPromotionCode)
	w.must(err)
	w.clock.pass(31 * day)
	w.pay()
	anas = w.rewardOf(ben.ID, campaign.ToCustomer)
	if anas.State != reward.Issued {
		t.Fatalf("Ana's reward is %s, want issued", anas.State)
	}
	_, err = w.sim.Checkout(stripesim.Order{CustomerID: w.ana.StripeCustomer, AmountMinor: 50_000, Currency: "eur", PromotionCode: anas.Code})
	w.must(err)
	w.deliver()
	deals, err := w.introductions.Deals(w.ctx(), ben.ID)
	w.must(err)
	if len(deals) != 1 {
		t.Errorf("got %d deals, want Ben's one: Ana's own purchase is not his", len(deals))
	}
	if r := w.rewardOf(ben.ID, campaign.ToCustomer); r.State != reward.Redeemed {
		t.Errorf("Ana's reward is %s, want redeemed", r.State)
	}
}

// TestEvents_AnyOrderSameEnd is W3 in small: copies, twins and any order lead to the state of once and in order.
func TestEvents_AnyOrderSameEnd(t *testing.T) {
	t.Parallel()
	dbtest.EachURL(t, func(t *testing.T, url string) {
		seed := time.Now().UnixNano()
		t.Logf("seed %d", seed)
		dice := rand.New(rand.NewPCG(uint64(seed), 1))
		fresh := dbtest.SQLite
		if strings.HasPrefix(url, "postgres") {
			fresh = dbtest.Postgres
		}
		want := history(t, fresh(t), nil)
		if !strings.Contains(want, "won") {
			t.Fatalf("the reference has no close:\n%s", want)
		}
		for n := range 6 {
			if got := history(t, fresh(t), dice); got != want {
				t.Errorf("permutation %d:\n got %s\nwant %s", n, got, want)
			}
		}
	})
}

// history lets the same things happen to Ben's payments, delivers the events in order, or as the dice have it, and returns
// the end.
func history(t *testing.T, d *db.DB, dice *rand.Rand) string {
	t.Helper()
	w := newWorld(t, d)
	ben := w.ben()
	w.pay()
	w.deliver()
	w.sim.PauseWebhooks(true)
	before := len(w.sim.Events())
	w.payments(ben, func(...string) {})
	var ids []string
	for _, e := range w.sim.Events()[before:] {
		ids = append(ids, e.ID)
		if dice == nil {
			continue
		}
		for range dice.IntN(3) {
			ids = append(ids, e.ID)
		}
		if dice.IntN(5) == 0 {
			twin, err := w.sim.Twin(e.ID)
			w.must(err)
			ids = append(ids, twin)
		}
	}
	if dice != nil {
		dice.Shuffle(len(ids), func(a, b int) { ids[a], ids[b] = ids[b], ids[a] })
	}
	for _, id := range ids {
		w.must(w.sim.Send(w.ctx(), id))
		if dice == nil || dice.IntN(3) == 0 {
			w.work()
		}
	}
	w.work()
	if s := w.states(); s["parked"]+s["quarantined"]+s["received"] != 0 {
		t.Errorf("events are %v, want all processed", s)
	}
	return w.end(ben)
}

// payments lets Ben and Ana buy, and a part and more be refunded and disputed. It asks mute before what may go untold.
func (w *world) payments(ben introduction.Introduction, mute func(types ...string)) {
	w.t.Helper()
	first, err := w.sim.Checkout(stripesim.Order{CustomerEmail: "x@x.example", AmountMinor: 80_000, TaxMinor: 16_000, Currency: "eur", Metadata: map[string]string{"goodword_introduction": ben.ID}})
	w.must(err)
	w.clock.pass(time.Hour)
	mute("invoice.paid")
	second, err := w.sim.PayInvoice(stripesim.Order{CustomerID: first.CustomerID, AmountMinor: 40_000, Currency: "eur"})
	w.must(err)
	mute()
	_, err = w.sim.PayInvoice(stripesim.Order{CustomerID: w.ana.StripeCustomer, AmountMinor: 7_000, Currency: "eur"})
	w.must(err)
	for n, part := range []int64{9_600, 19_200} {
		w.clock.pass(time.Hour)
		if n == 1 {
			mute("charge.refunded")
		}
		_, err = w.sim.Refund(first.ChargeID, part)
		w.must(err)
	}
	mute()
	dispute, err := w.sim.Dispute(second.ChargeID, stripesim.NeedsResponse)
	w.must(err)
	w.clock.pass(time.Hour)
	mute("charge.dispute.closed", "charge.dispute.funds_withdrawn")
	w.must(w.sim.CloseDispute(dispute, stripesim.Lost))
	mute()
}

// end tells where Ben's introduction and what it earned have come to, without the ids and times that differ.
func (w *world) end(ben introduction.Introduction) string {
	w.t.Helper()
	row := w.introduction(ben.ID)
	out := []string{fmt.Sprintf("introduction %s %s", row.State, row.OutcomeReason)}
	deals, err := w.introductions.Deals(w.ctx(), ben.ID)
	w.must(err)
	for _, x := range deals {
		out = append(out, fmt.Sprintf("deal net %d gross %d refunded %d dispute %q counted %t closing %t", x.AmountMinor, x.GrossMinor,
			x.RefundedMinor, x.Dispute, x.Counted, x.ID == row.DealID))
	}
	rewards, err := w.rewards.ForIntroduction(w.ctx(), ben.ID)
	w.must(err)
	byRule := map[string]int64{}
	for _, r := range rewards {
		byRule[fmt.Sprintf("earned by rule %d to %s", r.Rule, r.Beneficiary)] += r.AmountMinor
	}
	for rule, sum := range byRule {
		out = append(out, fmt.Sprintf("%s: %d", rule, sum))
	}
	var facts []string
	w.must(w.db.NewRaw("SELECT type FROM event WHERE customer_id = ? AND type IN ('order.placed', 'renewed')", w.ana.ID).Scan(w.ctx(), &facts))
	out = append(out, fmt.Sprintf("facts about Ana %v", facts))
	slices.Sort(out)
	return strings.Join(out, "\n")
}

func TestRefund_BeforeThePaymentIsKnown(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ben := w.ben()
		w.sim.PauseWebhooks(true)
		bought, err := w.sim.Checkout(stripesim.Order{CustomerEmail: "ben@acme.example", AmountMinor: 10_000, Currency: "eur"})
		w.must(err)
		_, err = w.sim.Refund(bought.ChargeID, 4_000)
		w.must(err)
		// Only the refund is told, ever: the payment is fetched.
		w.must(w.sim.Send(w.ctx(), w.sim.Events("charge.refunded")[0].ID))
		w.work()
		if r := w.rewardOf(ben.ID, campaign.ToCustomer); r.AmountMinor != 600 {
			t.Errorf("Ana's reward is %d, want 600", r.AmountMinor)
		}
	})
}

func TestOrders_FirstIsPlacedLaterRenewed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dbtest.SQLite(t))
	for range 2 {
		_, err := w.sim.PayInvoice(stripesim.Order{CustomerID: w.ana.StripeCustomer, AmountMinor: 5_000, Currency: "eur"})
		w.must(err)
		w.clock.pass(time.Hour)
		w.deliver()
	}
	_, err := w.sim.Twin(w.sim.Events("invoice.paid")[0].ID)
	w.must(err)
	w.deliver()
	var facts []string
	w.must(w.db.NewRaw("SELECT type FROM event WHERE customer_id = ? AND type IN ('order.placed', 'renewed') ORDER BY at", w.ana.ID).Scan(w.ctx(), &facts))
	if !slices.Equal(facts, []string{"order.placed", "renewed"}) {
		t.Errorf("facts: %v, want order.placed, renewed", facts)
	}
	ana, err := w.customers.ByID(w.ctx(), w.db, w.ana.ID)
	w.must(err)
	if ana.Stage != customer.Active || ana.OrderMinor == nil || *ana.OrderMinor != 5_000 {
		t.Errorf("Ana: stage %s, last order %v; want active, 5000", ana.Stage, ana.OrderMinor)
	}
}
