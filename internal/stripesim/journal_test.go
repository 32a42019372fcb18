package stripesim_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76"

	"goodword/internal/stripesim"
)

// TestOpen_TheRecordOutlivesTheProcess opens a second stand-in on a copy of the first one's file, taken
// while that is still running: what was answered must be there, as after kill -9.
func TestOpen_TheRecordOutlivesTheProcess(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "stripe.jsonl")
	r := newRig(t, stripesim.Options{Path: path, Seed: 3})
	to := r.payee()
	first := r.post("/v1/transfers", "k", transferForm(to, "100"))
	must[*stripe.PromotionCode](t)(r.codeFor("one", "HELLO", nil))
	must[stripesim.Purchase](t)(r.Checkout(stripesim.Order{CustomerEmail: "ben@example.com", AmountMinor: 5_000, Currency: "EUR", PromotionCode: "hello"}))
	r.Script("/v1/transfers", stripesim.Fault{Kind: stripesim.FaultLate, For: time.Minute})
	r.post("/v1/transfers", "late", transferForm(to, "200"))
	if _, err := r.api.Coupons.Del("one", nil); err != nil {
		t.Fatal(err)
	}

	copied := filepath.Join(t.TempDir(), "copy.jsonl")
	raw, err := os.ReadFile(path)
	mustDo(t, err)
	mustDo(t, os.WriteFile(copied, append(raw, []byte(`{"kind":"transfer","id":"tr_torn","row":{"id`)...), 0o600))
	second := newRig(t, stripesim.Options{Path: copied, Seed: 3, Clock: r.clock.now})
	before, after := dumped(t, r.Server), dumped(t, second.Server)
	if before != after {
		t.Errorf("state:\nbefore %s\nafter  %s", before, after)
	}
	if again := second.post("/v1/transfers", "k", transferForm(to, "100")); !again.replayed || again.id != first.id {
		t.Errorf("known key: got %s replayed %t, want %s again", again.id, again.replayed, first.id)
	}
	if fresh := second.post("/v1/transfers", "k3", transferForm(to, "1")); fresh.id == "" || fresh.id == first.id {
		t.Errorf("new transfer: got id %q after %q", fresh.id, first.id)
	}
	r.clock.pass(time.Minute)
	must[int](t)(second.RunLate())
	if n := len(second.EffectsBy("payout_id", "po_1")); n != 3 {
		t.Errorf("transfers of po_1 after the late call: got %d, want 3", n)
	}
}

func dumped(t *testing.T, s *stripesim.Server) string {
	t.Helper()
	state := s.Dump()
	state.Requests, state.Violations = nil, nil
	raw, err := json.Marshal(state)
	mustDo(t, err)
	return string(raw)
}

func TestOpen_RefusesAFileItCannotRead(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "stripe.jsonl")
	mustDo(t, os.WriteFile(path, []byte("not a record\n"), 0o600))
	if _, err := stripesim.Open(stripesim.Options{Path: path}); err == nil || !strings.Contains(err.Error(), "line 1") {
		t.Errorf("got %v, want the line named", err)
	}
}

func TestControl_PlaysTheOutsideWorldOverHTTP(t *testing.T) {
	t.Parallel()
	r := newRig(t, stripesim.Options{})
	var done stripesim.Purchase
	r.control("/_sim/checkout", stripesim.Order{CustomerEmail: "ben@example.com", AmountMinor: 5_000, Currency: "EUR"}, 200, &done)
	r.control("/_sim/refund", map[string]any{"id": done.ChargeID, "amount_minor": 2_000}, 200, nil)
	r.control("/_sim/refund", map[string]any{"id": done.ChargeID, "amount_minor": 3_001}, 400, nil)
	r.control("/_sim/refund", map[string]any{"identity": done.ChargeID}, 400, nil)
	if p := r.Payments(); len(p) != 1 || p[0].RefundedMinor != 2_000 {
		t.Errorf("payments: got %+v, want one with 2000 refunded", p)
	}
	var state stripesim.State
	resp := must[*http.Response](t)(http.Get(r.url + "/_sim/state"))
	mustDo(t, json.NewDecoder(resp.Body).Decode(&state))
	mustDo(t, resp.Body.Close())
	if len(state.Invoices) != 1 || state.Payments[0].ChargeID != done.ChargeID {
		t.Errorf("state: got %d invoices, payments %+v", len(state.Invoices), state.Payments)
	}
}

func (r *rig) control(path string, body any, status int, out any) {
	r.t.Helper()
	raw, err := json.Marshal(body)
	mustDo(r.t, err)
	resp := must[*http.Response](r.t)(http.Post(r.url+path, "application/json", bytes.NewReader(raw)))
	answer, err := io.ReadAll(resp.Body)
	mustDo(r.t, err)
	mustDo(r.t, resp.Body.Close())
	if resp.StatusCode != status {
		r.t.Errorf("%s: got %d %s, want %d", path, resp.StatusCode, answer, status)
	}
	if out != nil {
		mustDo(r.t, json.Unmarshal(answer, out))
	}
}

func TestControl_IsForThisMachineOnly(t *testing.T) {
	t.Parallel()
	sim := stripesim.New(stripesim.Options{})
	for name, change := range map[string]func(*http.Request){
		"another machine": func(r *http.Request) { r.RemoteAddr = "192.0.2.7:5000" },
		"another site":    func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") },
	} {
		req := httptest.NewRequest(http.MethodPost, "/_sim/checkout", strings.NewReader(`{"amount_minor":1,"currency":"eur"}`))
		req.RemoteAddr = "127.0.0.1:5000"
		change(req)
		w := httptest.NewRecorder()
		sim.ServeHTTP(w, req)
		if w.Code != http.StatusForbidden {
			t.Errorf("%s: got %d, want 403", name, w.Code)
		}
	}
	if n := len(sim.Payments()); n != 0 {
		t.Errorf("payments: got %d, want none", n)
	}
}

func TestOnboardPage_CompletesTheAccountAndReturns(t *testing.T) {
	t.Parallel()
	r := newRig(t, stripesim.Options{})
	to := r.payee()
	mustDo(t, r.Disable(to))
	link := must[*stripe.AccountLink](t)(r.api.AccountLinks.New(&stripe.AccountLinkParams{Account: stripe.String(to), Type: stripe.String("account_onboarding"),
		RefreshURL: stripe.String("http://localhost/again"), ReturnURL: stripe.String("http://localhost/back")}))
	stay := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	page := must[*http.Response](t)(stay.Get(link.URL))
	mustDo(t, page.Body.Close())
	if a := must[*stripe.Account](t)(r.api.Accounts.GetByID(to, nil)); page.StatusCode != http.StatusOK || a.PayoutsEnabled {
		t.Errorf("after looking: got %d, payouts enabled %t; want 200 and nothing changed", page.StatusCode, a.PayoutsEnabled)
	}
	sent := must[*http.Response](t)(stay.PostForm(link.URL, url.Values{}))
	mustDo(t, sent.Body.Close())
	if a := must[*stripe.Account](t)(r.api.Accounts.GetByID(to, nil)); !a.PayoutsEnabled || sent.Header.Get("Location") != "http://localhost/back" {
		t.Errorf("after sending: payouts enabled %t, back to %q", a.PayoutsEnabled, sent.Header.Get("Location"))
	}
	if e := r.Events("account.updated"); len(e) != 3 || e[2].Account != to {
		t.Errorf("account.updated: got %d, want 3 of account %s", len(e), to)
	}
}

func TestListenAndServe_LoopbackOnlyUntilTheContextEnds(t *testing.T) {
	t.Parallel()
	sim := stripesim.New(stripesim.Options{})
	if err := sim.ListenAndServe(t.Context(), "0.0.0.0:0"); err == nil {
		t.Error("listening on all interfaces: got no error")
	}
	spare := must[net.Listener](t)(net.Listen("tcp", "127.0.0.1:0"))
	address := spare.Addr().String()
	if err := sim.ListenAndServe(t.Context(), address); err == nil {
		t.Error("listening on a taken port: got no error")
	}
	mustDo(t, spare.Close())
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- sim.ListenAndServe(ctx, address) }()
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("end: got %v", err)
	}
	mustDo(t, sim.Close())
}

func TestAuthorization_WrongKeyIsRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t, stripesim.Options{})
	for _, secret := range []string{"", "sk_other"} {
		if got := r.call(http.MethodGet, "/v1/customers", "", secret, nil); got.status != 401 {
			t.Errorf("key %q: got %d, want 401", secret, got.status)
		}
	}
	if got := r.call(http.MethodGet, "/v1/account", "", secretKey, nil); got.status != 200 || got.id != "acct_stripesim" {
		t.Errorf("right key: got %d %s", got.status, got.id)
	}
	if stripesim.APIVersion != stripe.APIVersion {
		t.Errorf("API version: got %s, want stripe-go's %s", stripesim.APIVersion, stripe.APIVersion)
	}
}
