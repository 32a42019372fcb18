package stripesim_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76"

	"goodword/internal/stripesim"
)

func TestTransfer_MovesMoneyAndIsFoundByItsGroup(t *testing.T) {
	t.Parallel()
	r := newRig(t, stripesim.Options{Balance: map[string]int64{"eur": 10_000}})
	to := r.payee()
	for i := range 3 {
		tr, err := r.api.Transfers.New(&stripe.TransferParams{Amount: stripe.Int64(2_500), Currency: stripe.String("eur"), Destination: stripe.String(to),
			TransferGroup: stripe.String(fmt.Sprintf("po_%d", i)), Metadata: map[string]string{"payout_id": fmt.Sprintf("po_%d", i)}})
		if err != nil {
			t.Fatal(err)
		}
		if tr.Amount != 2_500 || tr.Destination.ID != to {
			t.Errorf("transfer: got %d to %s, want 2500 to %s", tr.Amount, tr.Destination.ID, to)
		}
	}
	found := r.api.Transfers.List(&stripe.TransferListParams{TransferGroup: stripe.String("po_1")})
	if !found.Next() || found.Transfer().Metadata["payout_id"] != "po_1" || found.Next() {
		t.Errorf("list by group: want exactly the transfer of po_1, got %v, error %v", found.TransferList().Data, found.Err())
	}
	_, err := r.api.Transfers.New(&stripe.TransferParams{Amount: stripe.Int64(2_501), Currency: stripe.String("eur"), Destination: stripe.String(to)})
	if code := codeOf(t, err); code != "balance_insufficient" {
		t.Errorf("transfer over the balance: got %s, want balance_insufficient", code)
	}
	b, err := r.api.Balance.Get(nil)
	if err != nil || b.Available[0].Amount != 2_500 {
		t.Errorf("balance: got %v %v, want 2500", b, err)
	}
	if got := r.EffectsBy("payout_id", "po_2"); len(got) != 1 || got[0].AmountMinor != 2_500 || got[0].Payee != to {
		t.Errorf("effects of po_2: got %+v, want one of 2500 to %s", got, to)
	}
}

func TestTransfer_NeedsTheCapability(t *testing.T) {
	t.Parallel()
	r := newRig(t, stripesim.Options{})
	to := r.payee()
	mustDo(t, r.Disable(to))
	_, err := r.api.Transfers.New(&stripe.TransferParams{Amount: stripe.Int64(1), Currency: stripe.String("eur"), Destination: stripe.String(to)})
	if code := codeOf(t, err); code != "insufficient_capabilities_for_transfer" {
		t.Errorf("got %s", code)
	}
	_, err = r.api.Transfers.New(&stripe.TransferParams{Amount: stripe.Int64(1), Currency: stripe.String("eur"), Destination: stripe.String("acct_x")})
	if code := codeOf(t, err); code != "resource_missing" {
		t.Errorf("unknown destination: got %s, want resource_missing", code)
	}
	link, err := r.api.AccountLinks.New(&stripe.AccountLinkParams{Account: stripe.String(to), Type: stripe.String("account_onboarding"),
		RefreshURL: stripe.String("http://localhost/again"), ReturnURL: stripe.String("http://localhost/back")})
	if err != nil || link.URL == "" {
		t.Errorf("account link: got %v %v", link, err)
	}
	if a, err := r.api.Accounts.GetByID(to, nil); err != nil || a.Capabilities.Transfers != stripe.AccountCapabilityStatusInactive {
		t.Errorf("account: got %v %v, want transfers inactive", a, err)
	}
}

func TestReversal_IsBoundedByTheTransferAndByWhatThePayeeHolds(t *testing.T) {
	t.Parallel()
	r := newRig(t, stripesim.Options{})
	to := r.payee()
	tr := must[*stripe.Transfer](t)(r.api.Transfers.New(&stripe.TransferParams{Amount: stripe.Int64(1_000), Currency: stripe.String("eur"), Destination: stripe.String(to)}))
	back := func(minor int64) error {
		_, err := r.api.TransferReversals.New(&stripe.TransferReversalParams{ID: stripe.String(tr.ID), Amount: stripe.Int64(minor)})
		return err
	}
	mustDo(t, back(400))
	if err := back(601); err == nil {
		t.Error("reversal over the rest: got none, want an error")
	}
	mustDo(t, r.SetFunds(stripesim.Funds{AccountID: to, Currency: "eur", AmountMinor: 599}))
	if code := codeOf(t, back(600)); code != "balance_insufficient" {
		t.Errorf("reversal over the payee's balance: got %s, want balance_insufficient", code)
	}
	mustDo(t, r.ReverseTransfer(tr.ID, 599))
	again := must[*stripe.Transfer](t)(r.api.Transfers.Get(tr.ID, nil))
	if again.AmountReversed != 999 || again.Reversed || len(again.Reversals.Data) != 2 {
		t.Errorf("transfer: got %d reversed in %d parts, whole %t; want 999 in 2, not whole", again.AmountReversed, len(again.Reversals.Data), again.Reversed)
	}
	if n := len(r.Events("transfer.reversed")); n != 2 {
		t.Errorf("transfer.reversed: got %d, want 2", n)
	}
}

func TestCredit_IsNegativeAndListed(t *testing.T) {
	t.Parallel()
	r := newRig(t, stripesim.Options{})
	who := r.customer("ana@example.com")
	entry := must[*stripe.CustomerBalanceTransaction](t)(r.api.CustomerBalanceTransactions.New(&stripe.CustomerBalanceTransactionParams{
		Customer: stripe.String(who), Amount: stripe.Int64(-5_000), Currency: stripe.String("eur"), Metadata: map[string]string{"payout_id": "po_7"}}))
	if entry.EndingBalance != -5_000 {
		t.Errorf("ending balance: got %d, want -5000", entry.EndingBalance)
	}
	c := must[*stripe.Customer](t)(r.api.Customers.Get(who, nil))
	if c.Balance != -5_000 || c.Currency != "eur" {
		t.Errorf("customer: got %d %s, want -5000 eur", c.Balance, c.Currency)
	}
	list := r.api.CustomerBalanceTransactions.List(&stripe.CustomerBalanceTransactionListParams{Customer: stripe.String(who)})
	if !list.Next() || list.CustomerBalanceTransaction().Metadata["payout_id"] != "po_7" {
		t.Errorf("list: want the entry of po_7, got %v", list.Err())
	}
	if got := r.Effects(); len(got) != 1 || got[0].AmountMinor != 5_000 || got[0].Kind != "customer_balance_transaction" {
		t.Errorf("effects: got %+v, want one credit of 5000", got)
	}
}

// codeFor makes a coupon with the given id and a code on it.
func (r *rig) codeFor(coupon, code string, more func(*stripe.PromotionCodeParams)) (*stripe.PromotionCode, error) {
	r.t.Helper()
	if _, err := r.api.Coupons.New(&stripe.CouponParams{ID: stripe.String(coupon), AmountOff: stripe.Int64(1_000), Currency: stripe.String("eur"),
		Duration: stripe.String("once")}); err != nil {
		return nil, err
	}
	p := &stripe.PromotionCodeParams{Coupon: stripe.String(coupon), Code: stripe.String(code), MaxRedemptions: stripe.Int64(1)}
	p.AddMetadata("payout_id", "po_"+coupon)
	if more != nil {
		more(p)
	}
	return r.api.PromotionCodes.New(p)
}

func TestCoupon_ClientIDIsTakenOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t, stripesim.Options{})
	params := func() *stripe.CouponParams {
		return &stripe.CouponParams{ID: stripe.String("gw_1"), PercentOff: stripe.Float64(12.5), Duration: stripe.String("once")}
	}
	c := must[*stripe.Coupon](t)(r.api.Coupons.New(params()))
	if c.ID != "gw_1" || c.PercentOff != 12.5 {
		t.Errorf("coupon: got %s %v, want gw_1 12.5", c.ID, c.PercentOff)
	}
	_, err := r.api.Coupons.New(params())
	if code := codeOf(t, err); code != "resource_already_exists" {
		t.Errorf("second coupon: got %s, want resource_already_exists", code)
	}
	_, err = r.api.Coupons.Get("gw_2", nil)
	if code := codeOf(t, err); code != "resource_missing" {
		t.Errorf("unknown coupon: got %s, want resource_missing", code)
	}
}

func TestPromotionCode_IsUniqueAmongActiveWithoutCase(t *testing.T) {
	t.Parallel()
	r := newRig(t, stripesim.Options{})
	first := must[*stripe.PromotionCode](t)(r.codeFor("one", "BEN-HELLO", nil))
	if _, err := r.codeFor("two", "ben-hello", nil); err == nil {
		t.Error("same code in small letters: got no error")
	}
	found := r.api.PromotionCodes.List(&stripe.PromotionCodeListParams{Code: stripe.String("Ben-Hello")})
	if !found.Next() || found.PromotionCode().ID != first.ID {
		t.Errorf("list by code: want %s, got %v", first.ID, found.Err())
	}
	off := must[*stripe.PromotionCode](t)(r.api.PromotionCodes.Update(first.ID, &stripe.PromotionCodeParams{Active: stripe.Bool(false)}))
	if off.Active {
		t.Error("code after active=false: still active")
	}
	second := must[*stripe.PromotionCode](t)(r.codeFor("three", "ben-hello", nil))
	if _, err := r.api.PromotionCodes.Update(first.ID, &stripe.PromotionCodeParams{Active: stripe.Bool(true)}); err == nil {
		t.Errorf("activating %s beside %s: got no error", first.ID, second.ID)
	}
	if _, err := r.codeFor("four", "under_score", nil); err == nil {
		t.Error("code with an underscore: got no error")
	}
}

func TestPromotionCode_ExpiresByTheClock(t *testing.T) {
	t.Parallel()
	r := newRig(t, stripesim.Options{})
	p := must[*stripe.PromotionCode](t)(r.codeFor("one", "SOON", func(p *stripe.PromotionCodeParams) {
		p.ExpiresAt = stripe.Int64(r.clock.now().Add(time.Hour).Unix())
	}))
	r.clock.pass(time.Hour)
	if again := must[*stripe.PromotionCode](t)(r.api.PromotionCodes.Get(p.ID, nil)); again.Active {
		t.Error("code after its expiry: still active")
	}
	if _, err := r.Checkout(stripesim.Order{CustomerEmail: "ben@example.com", AmountMinor: 5_000, Currency: "EUR", PromotionCode: "soon"}); err == nil {
		t.Error("checkout with an expired code: got no error")
	}
}

func TestPromotionCode_FiftyBuyersOneRedemption(t *testing.T) {
	t.Parallel()
	r := newRig(t, stripesim.Options{})
	p := must[*stripe.PromotionCode](t)(r.codeFor("one", "WELCOME", nil))
	var taken atomic.Int64
	var group sync.WaitGroup
	for i := range 50 {
		group.Go(func() {
			_, err := r.Checkout(stripesim.Order{CustomerEmail: fmt.Sprintf("b%d@example.com", i), AmountMinor: 5_000, Currency: "EUR", PromotionCode: "welcome"})
			if err == nil {
				taken.Add(1)
			}
		})
	}
	group.Wait()
	again := must[*stripe.PromotionCode](t)(r.api.PromotionCodes.Get(p.ID, nil))
	if taken.Load() != 1 || again.TimesRedeemed != 1 || again.Active {
		t.Errorf("got %d checkouts, %d redemptions, active %t; want 1, 1, false", taken.Load(), again.TimesRedeemed, again.Active)
	}
}

func TestPromotionCode_RestrictionsHold(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name  string
		more  func(r *rig, p *stripe.PromotionCodeParams)
		order stripesim.Order
		code  string // "" = accepted
	}{
		{"a new buyer may use a first-transaction code", func(_ *rig, p *stripe.PromotionCodeParams) {
			p.Restrictions = &stripe.PromotionCodeRestrictionsParams{FirstTimeTransaction: stripe.Bool(true)}
		}, stripesim.Order{CustomerEmail: "new@example.com"}, ""},
		{"somebody who has paid may not", func(_ *rig, p *stripe.PromotionCodeParams) {
			p.Restrictions = &stripe.PromotionCodeRestrictionsParams{FirstTimeTransaction: stripe.Bool(true)}
		}, stripesim.Order{CustomerEmail: "Old@example.com"}, "promotion_code_customer_not_first_time_customer"},
		{"a bound code is for its customer", func(r *rig, p *stripe.PromotionCodeParams) {
			p.Customer = stripe.String(r.customer("bound@example.com"))
		}, stripesim.Order{CustomerEmail: "bound@example.com"}, ""},
		{"a bound code is for nobody else", func(r *rig, p *stripe.PromotionCodeParams) {
			p.Customer = stripe.String(r.customer("bound@example.com"))
		}, stripesim.Order{CustomerEmail: "new@example.com"}, "resource_missing"},
		{"another currency", nil, stripesim.Order{CustomerEmail: "new@example.com", Currency: "usd"}, "coupon_currency_mismatch"},
		{"below the minimum", func(_ *rig, p *stripe.PromotionCodeParams) {
			p.Restrictions = &stripe.PromotionCodeRestrictionsParams{MinimumAmount: stripe.Int64(5_001), MinimumAmountCurrency: stripe.String("eur")}
		}, stripesim.Order{CustomerEmail: "new@example.com"}, "promotion_code_minimum_amount_not_met"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, stripesim.Options{})
			must[stripesim.Purchase](t)(r.Checkout(stripesim.Order{CustomerEmail: "old@example.com", AmountMinor: 1, Currency: "eur"}))
			must[*stripe.PromotionCode](t)(r.codeFor("one", "HELLO", func(p *stripe.PromotionCodeParams) {
				if row.more != nil {
					row.more(r, p)
				}
			}))
			row.order.AmountMinor, row.order.PromotionCode = 5_000, "hello"
			if row.order.Currency == "" {
				row.order.Currency = "eur"
			}
			before := len(r.Payments())
			done, err := r.Checkout(row.order)
			if row.code == "" {
				if err != nil || done.DiscountMinor != 1_000 || done.PaidMinor != 4_000 {
					t.Errorf("got %+v, error %v; want 1000 off and 4000 paid", done, err)
				}
				return
			}
			if code := codeOf(t, err); code != row.code {
				t.Errorf("got %s, want %s", code, row.code)
			}
			if after := len(r.Payments()); after != before {
				t.Errorf("refused checkout changed payments from %d to %d", before, after)
			}
		})
	}
}

func TestSearch_LagsBehindAnHour(t *testing.T) {
	t.Parallel()
	r := newRig(t, stripesim.Options{})
	who := r.customer("ana@example.com")
	search := func() bool {
		p := &stripe.CustomerSearchParams{}
		p.Query = "email:'ana@example.com'"
		found := r.api.Customers.Search(p)
		return found.Next() && found.Customer().ID == who
	}
	if search() {
		t.Error("search at once: found, want nothing yet")
	}
	r.clock.pass(time.Hour)
	if !search() {
		t.Error("search after an hour: want the customer")
	}
	list := r.api.Customers.List(&stripe.CustomerListParams{Email: stripe.String("ana@example.com")})
	if !list.Next() {
		t.Errorf("list: want the customer, got %v", list.Err())
	}
}

func TestLists_PageBothWaysWithoutGapsOrRepeats(t *testing.T) {
	t.Parallel()
	r := newRig(t, stripesim.Options{})
	var want []string
	for i := range 23 {
		want = append([]string{r.customer(fmt.Sprintf("c%d@example.com", i))}, want...)
	}
	forward := &stripe.CustomerListParams{}
	forward.Limit = stripe.Int64(5)
	var got []string
	for it := r.api.Customers.List(forward); it.Next(); {
		got = append(got, it.Customer().ID)
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("forward: got %v, want %v", got, want)
	}
	backward := &stripe.CustomerListParams{}
	backward.Limit, backward.EndingBefore = stripe.Int64(5), stripe.String(want[len(want)-1])
	got = nil
	for it := r.api.Customers.List(backward); it.Next(); {
		got = append([]string{it.Customer().ID}, got...)
	}
	if fmt.Sprint(got) != fmt.Sprint(want[:len(want)-1]) {
		t.Errorf("backward: got %v, want %v", got, want[:len(want)-1])
	}
}

func TestMetadata_UpdateMergesAndEmptyRemoves(t *testing.T) {
	t.Parallel()
	r := newRig(t, stripesim.Options{})
	who := r.customer("ana@example.com")
	update := func(metadata map[string]string) map[string]string {
		return must[*stripe.Customer](t)(r.api.Customers.Update(who, &stripe.CustomerParams{Metadata: metadata})).Metadata
	}
	update(map[string]string{"a": "1", "b": "2"})
	if got := fmt.Sprint(update(map[string]string{"a": "", "c": "3"})); got != "map[b:2 c:3]" {
		t.Errorf("metadata: got %s, want map[b:2 c:3]", got)
	}
}

func TestEvents_ReachBackThirtyDays(t *testing.T) {
	t.Parallel()
	r := newRig(t, stripesim.Options{})
	r.customer("old@example.com")
	r.clock.pass(5 * 24 * time.Hour)
	r.customer("new@example.com")
	count := func() (n int) {
		for it := r.api.Events.List(&stripe.EventListParams{Type: stripe.String("customer.created")}); it.Next(); {
			n++
		}
		return n
	}
	if n := count(); n != 2 {
		t.Errorf("events: got %d, want 2", n)
	}
	r.clock.pass(25 * 24 * time.Hour)
	if n := count(); n != 1 {
		t.Errorf("events 30 days after the first: got %d, want 1", n)
	}
}
