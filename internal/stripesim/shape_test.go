package stripesim_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-go/v76/client"

	"goodword/internal/stripesim"
)

// mockVersion is the stripe-mock that carries Stripe's published OpenAPI description of 2023-10-16.
const mockVersion = "v0.183.0"

// TestShapes_AreThoseOfStripesOpenAPI makes the same calls of stripe-go to the stand-in and to stripe-mock,
// which checks each request against Stripe's OpenAPI description and answers from it. Every member that the
// stand-in returns must be known there and be of the same JSON type.
func TestShapes_AreThoseOfStripesOpenAPI(t *testing.T) {
	t.Parallel()
	r := newRig(t, stripesim.Options{})
	taped := &tape{next: http.DefaultTransport}
	ours := walkAPI(t, apiAt(r.url, &http.Client{Transport: taped}), taped, r)
	socket := startMock(t)
	taped = &tape{next: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", socket)
	}}}
	theirs := walkAPI(t, apiAt("http://stripe-mock", &http.Client{Transport: taped}), taped, nil)
	if len(ours) != len(theirs) || len(ours) < 30 {
		t.Errorf("answers: got %d of ours and %d of theirs, want equally many, at least 30", len(ours), len(theirs))
	}
	names := make([]string, 0, len(ours))
	for name := range ours {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		compareShape(t, name, ours[name], theirs[name])
	}
}

// absentThere are members of Stripe's objects that stripe-mock leaves out of its samples.
var absentThere = map[string]bool{
	"event.data.previous_attributes":            true,
	"list events.data.data.previous_attributes": true,
}

func compareShape(t *testing.T, where string, ours, theirs any) {
	t.Helper()
	switch mine := ours.(type) {
	case nil:
	case map[string]any:
		yours, ok := theirs.(map[string]any)
		if !ok {
			if theirs != nil {
				t.Errorf("%s: ours is an object, theirs %T", where, theirs)
			}
			return
		}
		for key, value := range mine {
			path := where + "." + key
			other, known := yours[key]
			if !known && !absentThere[path] {
				t.Errorf("%s: not in Stripe's object", path)
			}
			if key != "metadata" && key != "capabilities" && path != "event.data.object" && path != "list events.data.data.object" {
				compareShape(t, path, value, other)
			}
		}
	case []any:
		yours, ok := theirs.([]any)
		if theirs != nil && !ok {
			t.Errorf("%s: ours is a list, theirs %T", where, theirs)
		}
		if len(mine) > 0 && len(yours) > 0 {
			compareShape(t, where, mine[0], yours[0])
		}
	default:
		if theirs != nil && fmt.Sprintf("%T", ours) != fmt.Sprintf("%T", theirs) {
			t.Errorf("%s: ours is %T, theirs %T", where, ours, theirs)
		}
	}
}

// tape keeps the last answer's body.
type tape struct {
	next http.RoundTripper
	body []byte
}

func (p *tape) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := p.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	p.body, err = io.ReadAll(resp.Body)
	if err := errors.Join(err, resp.Body.Close()); err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(p.body))
	return resp, nil
}

// walkAPI calls everything that the stand-in models and returns the answers by name. Against stripe-mock
// there is no world that acts, and any id will do.
func walkAPI(t *testing.T, api *client.API, taped *tape, world *rig) map[string]any {
	t.Helper()
	answers := map[string]any{}
	keep := func(name string, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var body any
		mustDo(t, json.Unmarshal(taped.body, &body))
		answers[name] = body
	}
	str, num := stripe.String, stripe.Int64

	who, err := api.Customers.New(&stripe.CustomerParams{Email: str("ana@example.com"), Name: str("Ana"), Metadata: map[string]string{"a": "b"}})
	keep("customer", err)
	_, err = api.Customers.Update(who.ID, &stripe.CustomerParams{Description: str("a customer")})
	keep("update customer", err)
	_, err = api.Customers.Get(who.ID, nil)
	keep("get customer", err)
	keep("list customers", api.Customers.List(&stripe.CustomerListParams{Email: str("ana@example.com")}).Err())
	search := &stripe.CustomerSearchParams{}
	search.Query = "email:'ana@example.com'"
	keep("search customers", api.Customers.Search(search).Err())
	credit, err := api.CustomerBalanceTransactions.New(&stripe.CustomerBalanceTransactionParams{Customer: &who.ID, Amount: num(-500), Currency: str("eur"),
		Description: str("thank you"), Metadata: map[string]string{"payout_id": "po_1"}})
	keep("credit", err)
	_, err = api.CustomerBalanceTransactions.Get(credit.ID, &stripe.CustomerBalanceTransactionParams{Customer: &who.ID})
	keep("get credit", err)
	keep("list credits", api.CustomerBalanceTransactions.List(&stripe.CustomerBalanceTransactionListParams{Customer: &who.ID}).Err())

	_, err = api.Coupons.New(&stripe.CouponParams{ID: str("c1"), AmountOff: num(1000), Currency: str("eur"), Duration: str("once"), Name: str("Welcome")})
	keep("coupon", err)
	_, err = api.Coupons.New(&stripe.CouponParams{ID: str("c2"), PercentOff: stripe.Float64(12.5), Duration: str("repeating"), DurationInMonths: num(3)})
	keep("percent coupon", err)
	_, err = api.Coupons.Get("c1", nil)
	keep("get coupon", err)
	keep("list coupons", api.Coupons.List(&stripe.CouponListParams{}).Err())
	code, err := api.PromotionCodes.New(&stripe.PromotionCodeParams{Coupon: str("c1"), Code: str("HELLO"), MaxRedemptions: num(1),
		Restrictions: &stripe.PromotionCodeRestrictionsParams{FirstTimeTransaction: stripe.Bool(true)}})
	keep("promotion code", err)
	_, err = api.PromotionCodes.Get(code.ID, nil)
	keep("get promotion code", err)
	keep("list promotion codes", api.PromotionCodes.List(&stripe.PromotionCodeListParams{Code: str("HELLO")}).Err())

	account, err := api.Accounts.New(&stripe.AccountParams{Type: str("express"), Country: str("DE"), Email: str("ana@example.com"), BusinessType: str("individual"),
		Capabilities: &stripe.AccountCapabilitiesParams{Transfers: &stripe.AccountCapabilitiesTransfersParams{Requested: stripe.Bool(true)}}})
	keep("account", err)
	_, err = api.Accounts.GetByID(account.ID, nil)
	keep("get account", err)
	_, err = api.AccountLinks.New(&stripe.AccountLinkParams{Account: &account.ID, Type: str("account_onboarding"), RefreshURL: str("http://localhost/a"), ReturnURL: str("http://localhost/b")})
	keep("account link", err)
	_, err = api.Accounts.Get()
	keep("own account", err)

	purchase := stripesim.Purchase{InvoiceID: "in_1", ChargeID: "ch_1", PaymentIntentID: "pi_1", SessionID: "cs_1"}
	dispute := "dp_1"
	if world != nil {
		mustDo(t, world.Onboard(account.ID))
		purchase = must[stripesim.Purchase](t)(world.Checkout(stripesim.Order{CustomerEmail: "ben@example.com", AmountMinor: 5_000, TaxMinor: 760, Currency: "EUR",
			PromotionCode: "hello"}))
		other := must[stripesim.Purchase](t)(world.PayInvoice(stripesim.Order{CustomerID: who.ID, AmountMinor: 5_000, Currency: "EUR"}))
		dispute = must[string](t)(world.Dispute(other.ChargeID, stripesim.NeedsResponse))
	}

	transfer, err := api.Transfers.New(&stripe.TransferParams{Amount: num(500), Currency: str("eur"), Destination: &account.ID, TransferGroup: str("po_1"),
		Description: str("thank you"), Metadata: map[string]string{"payout_id": "po_1"}})
	keep("transfer", err)
	_, err = api.TransferReversals.New(&stripe.TransferReversalParams{ID: &transfer.ID, Amount: num(100)})
	keep("reversal", err)
	_, err = api.Transfers.Get(transfer.ID, nil)
	keep("get transfer", err)
	keep("list transfers", api.Transfers.List(&stripe.TransferListParams{TransferGroup: str("po_1")}).Err())
	_, err = api.Payouts.New(&stripe.PayoutParams{Amount: num(100), Currency: str("eur")})
	keep("payout", err)
	_, err = api.Balance.Get(nil)
	keep("balance", err)
	keep("list balance transactions", api.BalanceTransactions.List(&stripe.BalanceTransactionListParams{}).Err())

	_, err = api.Charges.Get(purchase.ChargeID, nil)
	keep("charge", err)
	_, err = api.Refunds.New(&stripe.RefundParams{Charge: &purchase.ChargeID, Amount: num(100), Reason: str("requested_by_customer")})
	keep("refund", err)
	keep("list refunds", api.Refunds.List(&stripe.RefundListParams{Charge: &purchase.ChargeID}).Err())
	_, err = api.PaymentIntents.Get(purchase.PaymentIntentID, nil)
	keep("payment intent", err)
	_, err = api.Invoices.Get(purchase.InvoiceID, nil)
	keep("invoice", err)
	keep("list invoices", api.Invoices.List(&stripe.InvoiceListParams{}).Err())
	_, err = api.CheckoutSessions.Get(purchase.SessionID, nil)
	keep("checkout session", err)
	_, err = api.Disputes.Get(dispute, nil)
	keep("dispute", err)
	events := api.Events.List(&stripe.EventListParams{})
	keep("list events", events.Err())
	_, err = api.Events.Get(events.EventList().Data[0].ID, nil)
	keep("event", err)
	_, err = api.PromotionCodes.Update(code.ID, &stripe.PromotionCodeParams{Active: stripe.Bool(false)})
	keep("update promotion code", err)
	_, err = api.Coupons.Del("c2", nil)
	keep("delete coupon", err)
	return answers
}

// startMock runs stripe-mock on a unix socket, installing it first if it is not there yet, and returns the
// socket's path. GOODWORD_STRIPE_MOCK names a binary that is used instead.
func startMock(t *testing.T) string {
	t.Helper()
	binary := os.Getenv("GOODWORD_STRIPE_MOCK")
	if binary == "" {
		binary = installMock(t)
	}
	// t.TempDir may be longer than a socket's path can be.
	dir := must[string](t)(os.MkdirTemp("", "mock"))
	t.Cleanup(func() { mustDo(t, os.RemoveAll(dir)) })
	socket := filepath.Join(dir, "http")
	mock := exec.Command(binary, "-http-unix", socket, "-https-unix", filepath.Join(dir, "https"))
	var said bytes.Buffer
	mock.Stdout, mock.Stderr = &said, &said
	mustDo(t, mock.Start())
	exited := make(chan error, 1)
	go func() { exited <- mock.Wait() }()
	t.Cleanup(func() {
		if err := mock.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
			t.Errorf("stop stripe-mock: %v", err)
		}
		<-exited
	})
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); {
		if conn, err := net.Dial("unix", socket); err == nil {
			mustDo(t, conn.Close())
			return socket
		}
		select {
		case err := <-exited:
			exited <- err
			t.Fatalf("stripe-mock ended: %v\n%s", err, said.String())
		case <-time.After(20 * time.Millisecond):
		}
	}
	t.Fatalf("stripe-mock does not listen after a minute")
	return ""
}

func installMock(t *testing.T) string {
	t.Helper()
	cache := must[string](t)(os.UserCacheDir())
	bin := filepath.Join(cache, "goodword", "stripe-mock-"+mockVersion)
	binary := filepath.Join(bin, "stripe-mock")
	if _, err := os.Stat(binary); err == nil {
		return binary
	}
	mustDo(t, os.MkdirAll(bin, 0o755))
	install := exec.CommandContext(t.Context(), "go", "install", "github.com/stripe/stripe-mock@"+mockVersion)
	install.Env = append(os.Environ(), "GOBIN="+bin, "GOFLAGS=")
	if said, err := install.CombinedOutput(); err != nil {
		t.Fatalf("install stripe-mock %s: %v\n%s", mockVersion, err, said)
	}
	return binary
}
