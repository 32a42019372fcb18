package stripesim_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stripe/stripe-go/v76"

	"goodword/internal/stripesim"
)

func TestCheckout_TellsTheWholeStory(t *testing.T) {
	t.Parallel()
	r := newRig(t, stripesim.Options{})
	must[*stripe.PromotionCode](t)(r.codeFor("one", "HELLO", nil))
	done := must[stripesim.Purchase](t)(r.Checkout(stripesim.Order{CustomerEmail: "ben@example.com", Name: "Ben", AmountMinor: 10_000, TaxMinor: 1_710,
		DiscountMinor: 0, Currency: "EUR", PromotionCode: "hello", ClientReferenceID: "ref_1", Metadata: map[string]string{"goodword_introduction": "i1"}}))
	if done.TotalMinor != 10_710 || done.PaidMinor != 10_710 || done.DiscountMinor != 1_000 {
		t.Errorf("purchase: got %+v, want 10000 - 1000 + 1710 = 10710 paid", done)
	}
	bill := must[*stripe.Invoice](t)(r.api.Invoices.Get(done.InvoiceID, nil))
	if !bill.Paid || bill.Subtotal != 10_000 || bill.Tax != 1_710 || bill.TotalExcludingTax != 9_000 || bill.AmountPaid != 10_710 ||
		bill.TotalDiscountAmounts[0].Amount != 1_000 || bill.Discount.PromotionCode == nil || bill.Lines.Data[0].Amount != 10_000 {
		t.Errorf("invoice: got %+v", bill)
	}
	with := &stripe.CheckoutSessionParams{}
	with.AddExpand("total_details.breakdown")
	s := must[*stripe.CheckoutSession](t)(r.api.CheckoutSessions.Get(done.SessionID, with))
	if s.ClientReferenceID != "ref_1" || s.Metadata["goodword_introduction"] != "i1" || s.AmountTotal != 10_710 || s.PaymentStatus != "paid" ||
		s.Invoice.ID != bill.ID || s.CustomerDetails.Email != "ben@example.com" ||
		s.TotalDetails.Breakdown.Discounts[0].Discount.PromotionCode.ID != bill.Discount.PromotionCode.ID {
		t.Errorf("session: got %+v", s)
	}
	var types string
	for _, e := range r.Events() {
		types += e.Type + " "
	}
	want := "coupon.created promotion_code.created customer.created promotion_code.updated charge.succeeded payment_intent.succeeded " +
		"checkout.session.completed invoice.paid invoice.payment_succeeded "
	if types != want {
		t.Errorf("events:\ngot  %s\nwant %s", types, want)
	}
}

func TestPayInvoice_UsesCreditFirst(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ credit, amount, paid, left int64 }{
		{credit: 5_000, amount: 12_000, paid: 7_000, left: 0},
		{credit: 5_000, amount: 5_000, paid: 0, left: 0},
		{credit: 5_000, amount: 3_000, paid: 0, left: 2_000},
		{credit: 0, amount: 3_000, paid: 3_000, left: 0},
	} {
		t.Run(fmt.Sprintf("%d of %d", row.credit, row.amount), func(t *testing.T) {
			t.Parallel()
			r := newRig(t, stripesim.Options{})
			who := r.customer("ana@example.com")
			if row.credit > 0 {
				must[*stripe.CustomerBalanceTransaction](t)(r.api.CustomerBalanceTransactions.New(&stripe.CustomerBalanceTransactionParams{
					Customer: stripe.String(who), Amount: stripe.Int64(-row.credit), Currency: stripe.String("eur")}))
			}
			done := must[stripesim.Purchase](t)(r.PayInvoice(stripesim.Order{CustomerID: who, AmountMinor: row.amount, Currency: "EUR"}))
			bill := must[*stripe.Invoice](t)(r.api.Invoices.Get(done.InvoiceID, nil))
			if bill.AmountPaid != row.paid || bill.StartingBalance != -row.credit || bill.EndingBalance != -row.left || (bill.Charge == nil) != (row.paid == 0) {
				t.Errorf("invoice: got paid %d, balance %d to %d, charge %v; want %d, %d to %d",
					bill.AmountPaid, bill.StartingBalance, bill.EndingBalance, bill.Charge, row.paid, -row.credit, -row.left)
			}
			if c := must[*stripe.Customer](t)(r.api.Customers.Get(who, nil)); c.Balance != -row.left {
				t.Errorf("customer balance: got %d, want %d", c.Balance, -row.left)
			}
		})
	}
}

func TestRefund_TellsTheSumOfAllRefunds(t *testing.T) {
	t.Parallel()
	r := newRig(t, stripesim.Options{})
	done := must[stripesim.Purchase](t)(r.Checkout(stripesim.Order{CustomerEmail: "ben@example.com", AmountMinor: 10_000, Currency: "EUR"}))
	must[string](t)(r.Refund(done.ChargeID, 1_000))
	must[*stripe.Refund](t)(r.api.Refunds.New(&stripe.RefundParams{Charge: stripe.String(done.ChargeID), Amount: stripe.Int64(2_500)}))
	must[string](t)(r.Refund(done.ChargeID, 0))
	if _, err := r.Refund(done.ChargeID, 1); codeOf(t, err) != "charge_already_refunded" {
		t.Errorf("refund of nothing: got %v", err)
	}
	var sums []int64
	for _, e := range r.Events("charge.refunded") {
		var c stripe.Charge
		mustDo(t, json.Unmarshal(e.Data.Object, &c))
		sums = append(sums, c.AmountRefunded)
		if c.Refunded != (c.AmountRefunded == 10_000) || c.Invoice.ID != done.InvoiceID {
			t.Errorf("charge in event: got refunded %t at %d of invoice %v", c.Refunded, c.AmountRefunded, c.Invoice)
		}
	}
	if fmt.Sprint(sums) != "[1000 3500 10000]" {
		t.Errorf("amount_refunded: got %v, want [1000 3500 10000]", sums)
	}
}

func TestDispute_MovesMoneyAndCloses(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name    string
		moves   []stripesim.DisputeStatus
		want    string
		balance int64
	}{
		{"won", []stripesim.DisputeStatus{stripesim.NeedsResponse, stripesim.UnderReview, stripesim.Won},
			"created funds_withdrawn updated funds_reinstated closed ", 10_000},
		{"lost", []stripesim.DisputeStatus{stripesim.NeedsResponse, stripesim.Lost}, "created funds_withdrawn closed ", 0},
		{"inquiry", []stripesim.DisputeStatus{stripesim.WarningNeedsResponse, stripesim.WarningClosed}, "created closed ", 10_000},
		{"inquiry becomes dispute", []stripesim.DisputeStatus{stripesim.WarningNeedsResponse, stripesim.NeedsResponse, stripesim.Lost},
			"created funds_withdrawn updated closed ", 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, stripesim.Options{Balance: map[string]int64{"eur": 0}})
			done := must[stripesim.Purchase](t)(r.Checkout(stripesim.Order{CustomerEmail: "ben@example.com", AmountMinor: 10_000, Currency: "EUR"}))
			id := must[string](t)(r.Dispute(done.ChargeID, row.moves[0]))
			for _, to := range row.moves[1:] {
				mustDo(t, r.MoveDispute(id, to))
			}
			var types string
			for _, e := range r.Events() {
				if rest := e.Type[len("charge."):]; len(e.Type) > 15 && e.Type[:15] == "charge.dispute." {
					types += rest[len("dispute."):] + " "
				}
			}
			if types != row.want {
				t.Errorf("events: got %s, want %s", types, row.want)
			}
			b := must[*stripe.Balance](t)(r.api.Balance.Get(nil))
			if b.Available[0].Amount != row.balance {
				t.Errorf("balance: got %d, want %d", b.Available[0].Amount, row.balance)
			}
			if err := r.MoveDispute(id, stripesim.UnderReview); err == nil {
				t.Error("moving a closed dispute: got no error")
			}
		})
	}
}
