package stripesim_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-go/v76/client"

	"goodword/internal/stripesim"
)

const secretKey = "sk_test_standin"

// clock is a settable time.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *clock { return &clock{at: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)} }

func (c *clock) now() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.at }

func (c *clock) pass(d time.Duration) { c.mu.Lock(); defer c.mu.Unlock(); c.at = c.at.Add(d) }

// rig is a stand-in behind a real listener, with Stripe's own client pointed at it.
type rig struct {
	*stripesim.Server
	t     *testing.T
	clock *clock
	url   string
	api   *client.API
}

func newRig(t *testing.T, o stripesim.Options) *rig {
	t.Helper()
	set := newClock()
	if o.Clock == nil {
		o.Clock = set.now
	}
	o.SecretKey = secretKey
	sim, err := stripesim.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	listener := httptest.NewServer(sim)
	t.Cleanup(func() {
		if err := sim.Close(); err != nil {
			t.Errorf("close the stand-in: %v", err)
		}
		listener.Close()
	})
	return &rig{Server: sim, t: t, clock: set, url: listener.URL, api: apiAt(listener.URL, &http.Client{})}
}

// apiAt is stripe-go without its own retries and log lines.
func apiAt(address string, via *http.Client) *client.API {
	return client.New(secretKey, &stripe.Backends{API: stripe.GetBackendWithConfig(stripe.APIBackend, &stripe.BackendConfig{
		URL: stripe.String(address), HTTPClient: via, MaxNetworkRetries: stripe.Int64(0),
		LeveledLogger: &stripe.LeveledLogger{Level: stripe.LevelNull}})})
}

// reply is a raw answer.
type reply struct {
	status   int
	replayed bool
	retry    string
	id, code string
	kind     string // error type
	body     string
	err      error
}

// post sends a form without stripe-go, to see what is on the wire.
func (r *rig) post(path, key string, form url.Values) reply {
	r.t.Helper()
	return r.call(http.MethodPost, path, key, secretKey, form)
}

func (r *rig) call(method, path, key, secret string, form url.Values) reply {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), method, r.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+secret)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if key != "" {
		req.Header.Set("Idempotency-Key", key)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return reply{err: err}
	}
	defer func() {
		if err := resp.Body.Close(); err != nil {
			r.t.Errorf("close body: %v", err)
		}
	}()
	body, err := io.ReadAll(resp.Body)
	out := reply{status: resp.StatusCode, body: string(body), err: err, replayed: resp.Header.Get("Idempotent-Replayed") == "true",
		retry: resp.Header.Get("Stripe-Should-Retry")}
	var content struct {
		ID    string
		Error struct{ Type, Code string }
	}
	if err == nil && json.Unmarshal(body, &content) != nil {
		out.err = errors.New("body is not JSON")
	}
	out.id, out.kind, out.code = content.ID, content.Error.Type, content.Error.Code
	return out
}

// payee makes a connected account that can receive transfers.
func (r *rig) payee() string {
	r.t.Helper()
	a, err := r.api.Accounts.New(&stripe.AccountParams{Type: stripe.String("express"), Country: stripe.String("DE"),
		Capabilities: &stripe.AccountCapabilitiesParams{Transfers: &stripe.AccountCapabilitiesTransfersParams{Requested: stripe.Bool(true)}}})
	if err != nil {
		r.t.Fatal(err)
	}
	if err := r.Onboard(a.ID); err != nil {
		r.t.Fatal(err)
	}
	return a.ID
}

func (r *rig) customer(email string) string {
	r.t.Helper()
	c, err := r.api.Customers.New(&stripe.CustomerParams{Email: stripe.String(email)})
	if err != nil {
		r.t.Fatal(err)
	}
	return c.ID
}

func transferForm(to string, minor string) url.Values {
	return url.Values{"amount": {minor}, "currency": {"eur"}, "destination": {to}, "transfer_group": {"po_1"}, "metadata[payout_id]": {"po_1"}}
}

// inbox is a webhook endpoint that keeps what it gets and answers as told.
type inbox struct {
	*httptest.Server
	mu     sync.Mutex
	got    []message
	answer func(n int) int
}

type message struct {
	body      []byte
	signature string
}

func newInbox(t *testing.T, answer func(n int) int) *inbox {
	t.Helper()
	box := &inbox{answer: answer}
	box.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Errorf("read webhook: %v", err)
		}
		box.mu.Lock()
		defer box.mu.Unlock()
		box.got = append(box.got, message{body, r.Header.Get("Stripe-Signature")})
		status := http.StatusNoContent
		if box.answer != nil {
			status = box.answer(len(box.got))
		}
		w.WriteHeader(status)
	}))
	t.Cleanup(box.Close)
	return box
}

func (b *inbox) all() []message {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]message(nil), b.got...)
}

func (b *inbox) ids(t *testing.T) []string {
	t.Helper()
	var out []string
	for _, m := range b.all() {
		var e struct{ ID string }
		if err := json.Unmarshal(m.body, &e); err != nil {
			t.Fatalf("webhook body: %v", err)
		}
		out = append(out, e.ID)
	}
	return out
}

// codeOf is the code of Stripe's error behind err.
func codeOf(t *testing.T, err error) string {
	t.Helper()
	var theirs *stripe.Error
	var ours *stripesim.Error
	switch {
	case errors.As(err, &theirs):
		return string(theirs.Code)
	case errors.As(err, &ours):
		return ours.Code
	}
	t.Fatalf("want an error of Stripe's, got %v", err)
	return ""
}

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func mustDo(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
