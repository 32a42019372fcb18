package stripesim_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76"

	"goodword/internal/stripesim"
)

func TestAccount_TakesTheCurrencyOfItsCountry(t *testing.T) {
	t.Parallel()
	r := newRig(t, stripesim.Options{})
	for country, want := range map[string]string{"": "eur", "FR": "eur", "US": "usd", "GB": "gbp"} {
		in := &stripe.AccountParams{Type: stripe.String("express")}
		if country != "" {
			in.Country = stripe.String(country)
		}
		if a := must[*stripe.Account](t)(r.api.Accounts.New(in)); string(a.DefaultCurrency) != want || a.DetailsSubmitted {
			t.Errorf("account in %q: %s, details %t; want %s and none", country, a.DefaultCurrency, a.DetailsSubmitted, want)
		}
	}
}

func TestBalance_OfAConnectedAccount(t *testing.T) {
	t.Parallel()
	r := newRig(t, stripesim.Options{})
	to := r.payee()
	must[*stripe.Transfer](t)(r.api.Transfers.New(&stripe.TransferParams{Amount: stripe.Int64(700), Currency: stripe.String("eur"), Destination: stripe.String(to)}))
	in := &stripe.BalanceParams{}
	in.SetStripeAccount(to)
	if b := must[*stripe.Balance](t)(r.api.Balance.Get(in)); b.Available[0].Amount != 700 {
		t.Errorf("the payee holds %d, want 700", b.Available[0].Amount)
	}
	in = &stripe.BalanceParams{}
	in.SetStripeAccount("acct_other")
	_, err := r.api.Balance.Get(in)
	if code := codeOf(t, err); code != "account_invalid" {
		t.Errorf("somebody else's account: got %s, want account_invalid", code)
	}
}

func TestAccountLink_FinishesOnItsPageAndEnds(t *testing.T) {
	t.Parallel()
	r := newRig(t, stripesim.Options{})
	a := must[*stripe.Account](t)(r.api.Accounts.New(&stripe.AccountParams{Type: stripe.String("express"), Country: stripe.String("DE")}))
	link := must[*stripe.AccountLink](t)(r.api.AccountLinks.New(&stripe.AccountLinkParams{Account: stripe.String(a.ID), Type: stripe.String("account_onboarding"),
		RefreshURL: stripe.String("http://localhost/again"), ReturnURL: stripe.String("http://localhost/back")}))
	stay := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	ask := func(method string) (int, string) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), method, link.URL, strings.NewReader(""))
		mustDo(t, err)
		resp, err := stay.Do(req)
		mustDo(t, err)
		mustDo(t, resp.Body.Close())
		return resp.StatusCode, resp.Header.Get("Location")
	}
	if status, _ := ask(http.MethodGet); status != http.StatusOK {
		t.Errorf("the page is answered %d", status)
	}
	if able := must[*stripe.Account](t)(r.api.Accounts.GetByID(a.ID, nil)).DetailsSubmitted; able {
		t.Error("looking at the page gave the details")
	}
	if _, to := ask(http.MethodPost); to != "http://localhost/back" {
		t.Errorf("finished, it leads to %q", to)
	}
	if got := must[*stripe.Account](t)(r.api.Accounts.GetByID(a.ID, nil)); got.Capabilities.Transfers != stripe.AccountCapabilityStatusActive {
		t.Errorf("transfers are %s, want active", got.Capabilities.Transfers)
	}
	r.clock.pass(6 * time.Minute)
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		if _, to := ask(method); to != "http://localhost/again" {
			t.Errorf("after its end a %s leads to %q, want to a new link", method, to)
		}
	}
}

func TestFailPayout_IsToldByTheAccountAndStopsItsPayouts(t *testing.T) {
	t.Parallel()
	r := newRig(t, stripesim.Options{})
	to := r.payee()
	before := len(r.Events("account.updated"))
	for _, whose := range []string{to, ""} {
		mustDo(t, r.FailPayout(stripesim.Funds{AccountID: whose, Currency: "eur", AmountMinor: 700}))
	}
	told := r.Events("payout.failed")
	if len(told) != 2 || told[0].Account != to || told[1].Account != "" {
		t.Errorf("told %+v, want one of %s and one of the platform", told, to)
	}
	if n := len(r.Events("account.updated")) - before; n != 1 {
		t.Errorf("the account is told of %d times, want once", n)
	}
	got := must[*stripe.Account](t)(r.api.Accounts.GetByID(to, nil))
	if got.PayoutsEnabled || got.Capabilities.Transfers != stripe.AccountCapabilityStatusActive || len(got.Requirements.CurrentlyDue) != 1 ||
		got.Requirements.CurrentlyDue[0] != "external_account" {
		t.Errorf("payouts %t, transfers %s, due %v; want a bank account to be due and transfers taken", got.PayoutsEnabled, got.Capabilities.Transfers,
			got.Requirements.CurrentlyDue)
	}
	if err := r.FailPayout(stripesim.Funds{AccountID: "acct_nobody"}); err == nil {
		t.Error("an account that is not there has a bank")
	}
	mustDo(t, r.Onboard(to))
	if got := r.Payees(); len(got) != 1 || got[0].ID != to || !got[0].Able || !got[0].PaidOut {
		t.Errorf("after it was put right: %+v", got)
	}
}
