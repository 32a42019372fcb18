package stripesim_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"goodword/internal/stripesim"
)

// TestContract_IdempotencyAndAnswers holds the stand-in against what Stripe documents about idempotency
// keys and low-level errors, one row per statement. Each row makes calls and says what the last one must
// answer and how many transfers exist at the end.
func TestContract_IdempotencyAndAnswers(t *testing.T) {
	t.Parallel()
	const path = "/v1/transfers"
	type want struct {
		status    int // 0: the connection breaks
		code      string
		kind      string
		replayed  bool
		transfers int
	}
	rows := []struct {
		name string
		play func(r *rig, to string) reply
		want want
	}{
		{"first call executes", func(r *rig, to string) reply { return r.post(path, "k", transferForm(to, "100")) },
			want{status: 200, transfers: 1}},
		{"same key and parameters replay the first answer", func(r *rig, to string) reply {
			r.post(path, "k", transferForm(to, "100"))
			return r.post(path, "k", transferForm(to, "100"))
		}, want{status: 200, replayed: true, transfers: 1}},
		{"another key executes again", func(r *rig, to string) reply {
			r.post(path, "k", transferForm(to, "100"))
			return r.post(path, "k2", transferForm(to, "100"))
		}, want{status: 200, transfers: 2}},
		{"no key executes every time", func(r *rig, to string) reply {
			r.post(path, "", transferForm(to, "100"))
			return r.post(path, "", transferForm(to, "100"))
		}, want{status: 200, transfers: 2}},
		{"same key with other parameters is an idempotency error", func(r *rig, to string) reply {
			r.post(path, "k", transferForm(to, "100"))
			return r.post(path, "k", transferForm(to, "101"))
		}, want{status: 400, kind: "idempotency_error", transfers: 1}},
		{"same key for another endpoint is an idempotency error", func(r *rig, to string) reply {
			first := r.post(path, "k", transferForm(to, "100"))
			return r.post(path+"/"+first.id+"/reversals", "k", url.Values{"amount": {"100"}})
		}, want{status: 400, kind: "idempotency_error", transfers: 1}},
		{"the answer is kept for 23 h 59", func(r *rig, to string) reply {
			r.post(path, "k", transferForm(to, "100"))
			r.clock.pass(24*time.Hour - time.Minute)
			return r.post(path, "k", transferForm(to, "100"))
		}, want{status: 200, replayed: true, transfers: 1}},
		{"after 24 h the key is new and pays again", func(r *rig, to string) reply {
			r.post(path, "k", transferForm(to, "100"))
			r.clock.pass(24 * time.Hour)
			return r.post(path, "k", transferForm(to, "100"))
		}, want{status: 200, transfers: 2}},
		{"failed validation is not kept: the key is free for other parameters", func(r *rig, to string) reply {
			r.post(path, "k", url.Values{"amount": {"x"}, "currency": {"eur"}, "destination": {to}})
			return r.post(path, "k", transferForm(to, "100"))
		}, want{status: 200, transfers: 1}},
		{"a missing parameter is 400 parameter_missing", func(r *rig, to string) reply {
			return r.post(path, "k", url.Values{"amount": {"5"}, "currency": {"eur"}})
		}, want{status: 400, code: "parameter_missing", kind: "invalid_request_error"}},
		{"an unknown parameter is 400 parameter_unknown", func(r *rig, to string) reply {
			form := transferForm(to, "100")
			form.Set("colour", "blue")
			return r.post(path, "k", form)
		}, want{status: 400, code: "parameter_unknown", kind: "invalid_request_error"}},
		{"an executed refusal is kept: money that arrives later does not change the answer", func(r *rig, to string) reply {
			mustDo(r.t, r.SetFunds(stripesim.Funds{Currency: "EUR"}))
			r.post(path, "k", transferForm(to, "100"))
			mustDo(r.t, r.SetFunds(stripesim.Funds{Currency: "EUR", AmountMinor: 1000}))
			return r.post(path, "k", transferForm(to, "100"))
		}, want{status: 400, code: "balance_insufficient", kind: "invalid_request_error", replayed: true}},
		{"a wrong API key is 401 and not kept", func(r *rig, to string) reply {
			r.call(http.MethodPost, path, "k", "sk_wrong", transferForm(to, "1"))
			return r.post(path, "k", transferForm(to, "100"))
		}, want{status: 200, transfers: 1}},
		{"429 is not kept and has no effect", func(r *rig, to string) reply {
			r.Script(path, stripesim.Fault{Kind: stripesim.FaultRateLimit})
			if first := r.post(path, "k", transferForm(to, "100")); first.status != 429 || first.code != "rate_limit" {
				r.t.Errorf("first answer: got %d %s, want 429 rate_limit", first.status, first.code)
			}
			return r.post(path, "k", transferForm(to, "100"))
		}, want{status: 200, transfers: 1}},
		{"503 is not kept and has no effect", func(r *rig, to string) reply {
			r.Script(path, stripesim.Fault{Kind: stripesim.FaultUnavailable})
			r.post(path, "k", transferForm(to, "100"))
			return r.post(path, "k", transferForm(to, "100"))
		}, want{status: 200, transfers: 1}},
		{"500 without effect is kept for the key", func(r *rig, to string) reply {
			r.Script(path, stripesim.Fault{Kind: stripesim.FaultServerError})
			r.post(path, "k", transferForm(to, "100"))
			return r.post(path, "k", transferForm(to, "100"))
		}, want{status: 500, kind: "api_error", replayed: true}},
		{"500 with effect is kept as 500", func(r *rig, to string) reply {
			r.Script(path, stripesim.Fault{Kind: stripesim.FaultServerErrorEffect})
			r.post(path, "k", transferForm(to, "100"))
			return r.post(path, "k", transferForm(to, "100"))
		}, want{status: 500, kind: "api_error", replayed: true, transfers: 1}},
		{"500 may have its effect hours later", func(r *rig, to string) reply {
			r.Script(path, stripesim.Fault{Kind: stripesim.FaultServerErrorLater})
			r.post(path, "k", transferForm(to, "100"))
			r.clock.pass(2 * time.Hour)
			return r.post(path, "k", transferForm(to, "100"))
		}, want{status: 500, kind: "api_error", replayed: true, transfers: 1}},
		{"a call that broke before execution executes when repeated", func(r *rig, to string) reply {
			r.Script(path, stripesim.Fault{Kind: stripesim.FaultDropBefore})
			r.post(path, "k", transferForm(to, "100"))
			return r.post(path, "k", transferForm(to, "100"))
		}, want{status: 200, transfers: 1}},
		{"a call whose answer broke replays when repeated", func(r *rig, to string) reply {
			r.Script(path, stripesim.Fault{Kind: stripesim.FaultDropAfter})
			if first := r.post(path, "k", transferForm(to, "100")); first.err == nil {
				r.t.Error("first call: got an answer, want a broken connection")
			}
			return r.post(path, "k", transferForm(to, "100"))
		}, want{status: 200, replayed: true, transfers: 1}},
		{"a call that arrives late finds its key used and does nothing", func(r *rig, to string) reply {
			r.Script(path, stripesim.Fault{Kind: stripesim.FaultLate})
			r.post(path, "k", transferForm(to, "100"))
			r.post(path, "k", transferForm(to, "100"))
			r.clock.pass(10 * time.Minute)
			return r.post(path, "k", transferForm(to, "100"))
		}, want{status: 200, replayed: true, transfers: 1}},
		{"a call that arrives late under its own key pays beside a new key", func(r *rig, to string) reply {
			r.Script(path, stripesim.Fault{Kind: stripesim.FaultLate})
			r.post(path, "k", transferForm(to, "100"))
			r.clock.pass(10 * time.Minute)
			return r.post(path, "k2", transferForm(to, "100"))
		}, want{status: 200, transfers: 2}},
		{"keys on GET mean nothing", func(r *rig, to string) reply {
			r.call(http.MethodGet, path, "k", secretKey, nil)
			return r.post(path, "k", transferForm(to, "100"))
		}, want{status: 200, transfers: 1}},
		{"an unknown address is 404 and not kept", func(r *rig, to string) reply {
			return r.post("/v1/fortunes", "k", url.Values{})
		}, want{status: 404, kind: "invalid_request_error"}},
		{"a key is at most 255 characters long", func(r *rig, to string) reply {
			return r.post(path, strings.Repeat("k", 256), transferForm(to, "100"))
		}, want{status: 400, kind: "invalid_request_error", code: "parameter_invalid"}},
		{"an unlisted status comes as it is, without effect", func(r *rig, to string) reply {
			r.Script(path, stripesim.Fault{Kind: stripesim.FaultStatus, Status: 418, ShouldRetry: "false"})
			return r.post(path, "k", transferForm(to, "100"))
		}, want{status: 418, kind: "api_error"}},
	}
	if len(rows) < 24 {
		t.Fatalf("rows: got %d, want at least 24", len(rows))
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, stripesim.Options{})
			got := row.play(r, r.payee())
			if got.status != row.want.status || got.code != row.want.code || got.kind != row.want.kind || got.replayed != row.want.replayed {
				t.Errorf("answer: got %d %q %q replayed %t, want %+v\n%s", got.status, got.kind, got.code, got.replayed, row.want, got.body)
			}
			if n := len(r.Effects()); n != row.want.transfers {
				t.Errorf("transfers: got %d, want %d", n, row.want.transfers)
			}
		})
	}
}

func TestIdempotency_ConcurrentSecondCallIsConflict(t *testing.T) {
	t.Parallel()
	inside, goOn := make(chan struct{}), make(chan struct{})
	var calls atomic.Int64
	r := newRig(t, stripesim.Options{OnRequest: func(q stripesim.Request) error {
		if q.Key == "k" && calls.Add(1) == 1 {
			close(inside)
			<-goOn
		}
		return nil
	}})
	to := r.payee()
	first := make(chan reply)
	go func() { first <- r.post("/v1/transfers", "k", transferForm(to, "100")) }()
	<-inside
	second := r.post("/v1/transfers", "k", transferForm(to, "100"))
	close(goOn)
	if a := <-first; a.status != 200 {
		t.Errorf("first call: got %d, want 200", a.status)
	}
	if second.status != 409 || second.code != "idempotency_key_in_use" || second.retry != "true" {
		t.Errorf("second call: got %d %q retry %q, want 409 idempotency_key_in_use true", second.status, second.code, second.retry)
	}
	if third := r.post("/v1/transfers", "k", transferForm(to, "100")); !third.replayed {
		t.Errorf("third call: got %d, want the first answer again", third.status)
	}
}

func TestOnRequest_ObjectionIsAViolationAndHasNoEffect(t *testing.T) {
	t.Parallel()
	var objection error
	r := newRig(t, stripesim.Options{OnRequest: func(q stripesim.Request) error {
		if q.Path != "/v1/transfers" {
			return nil
		}
		return objection
	}})
	to := r.payee()
	objection = errors.New("no committed intent for this key")
	if got := r.post("/v1/transfers", "k", transferForm(to, "100")); got.status != 500 {
		t.Errorf("answer: got %d, want 500", got.status)
	}
	if n := len(r.Effects()); n != 0 {
		t.Errorf("effects: got %d, want none", n)
	}
	found := false
	for _, v := range r.Violations() {
		found = found || v.Reason == objection.Error() && v.Request.Key == "k" && v.Request.Params.Get("amount") == "100"
	}
	if !found {
		t.Errorf("violations: got %v, want the objection with its request", r.Violations())
	}
	objection = nil
	if got := r.post("/v1/transfers", "k", transferForm(to, "100")); got.status != 200 || got.replayed {
		t.Errorf("after the objection: got %d replayed %t, want 200 executed", got.status, got.replayed)
	}
}

func TestViolations_MissingAndMisusedKeysAreNamed(t *testing.T) {
	t.Parallel()
	r := newRig(t, stripesim.Options{})
	r.post("/v1/customers", "a", url.Values{"email": {"ana@example.com"}})
	if got := r.Violations(); len(got) != 0 {
		t.Fatalf("violations after a clean call: got %v", got)
	}
	r.post("/v1/customers", "a", url.Values{"email": {"ben@example.com"}})
	r.post("/v1/coupons", "a", url.Values{"email": {"ana@example.com"}})
	r.post("/v1/customers", "", url.Values{})
	var reasons []string
	for _, v := range r.Violations() {
		reasons = append(reasons, v.Reason)
	}
	want := "idempotency key used with other parameters|idempotency key used for another endpoint|POST without an idempotency key"
	if got := strings.Join(reasons, "|"); got != want {
		t.Errorf("violations: got %s, want %s", got, want)
	}
}
