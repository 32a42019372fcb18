package billing_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"goodword/internal/billing"
	"goodword/internal/db"
	"goodword/internal/dbtest"
	"goodword/internal/introduction"
	"goodword/internal/stripesim"
)

// sign makes one signature of a Stripe-Signature header.
func sign(body string, at time.Time, key string) string {
	mac := hmac.New(sha256.New, []byte(key))
	fmt.Fprintf(mac, "%d.%s", at.Unix(), body)
	return hex.EncodeToString(mac.Sum(nil))
}

func header(body string, at time.Time, keys ...string) string {
	h := fmt.Sprintf("t=%d", at.Unix())
	for _, k := range keys {
		h += ",v1=" + sign(body, at, k)
	}
	return h
}

func (w *world) post(body, signature string) int {
	w.t.Helper()
	return post(w.t, w.hook, body, signature)
}

func post(t *testing.T, url, body, signature string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if signature != "" {
		req.Header.Set("Stripe-Signature", signature)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	io.Copy(io.Discard, resp.Body)
	resp.Body.Close()
	return resp.StatusCode
}

func event(id string) string {
	return `{"id":"` + id + `","object":"event","api_version":"2023-10-16","created":1778576400,"livemode":false,"type":"customer.updated","data":{"object":{"id":"cus_x","object":"customer"}}}`
}

func TestWebhook_OnlyGenuineSignaturesChangeAnything(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		now := time.Now()
		deps := w.events.Deps
		deps.Wall = func() time.Time { return now }
		hook := serveHook(t, billing.NewEvents(deps))
		large := func(id string, size int) string {
			e := event(id)
			return e + strings.Repeat(" ", size-len(e))
		}
		at := func(seconds int) time.Time { return now.Add(time.Duration(seconds) * time.Second) }
		stamp := fmt.Sprintf("t=%d", now.Unix())
		for i, row := range []struct {
			name   string
			body   string
			header func(body string) string
			status int
		}{
			{"valid", event("evt_1"), func(b string) string { return header(b, now, secret) }, 204},
			{"valid by one of two signatures", event("evt_2"), func(b string) string { return header(b, now, "whsec_stranger", secret) }, 204},
			{"valid by the older secret", event("evt_3"), func(b string) string { return header(b, now, "whsec_old") }, 204},
			{"valid with 1 MiB", large("evt_4", 1<<20), func(b string) string { return header(b, now, secret) }, 204},
			{"300 s old", event("evt_22"), func(b string) string { return header(b, at(-300), secret) }, 204},
			{"300 s ahead", event("evt_23"), func(b string) string { return header(b, at(300), secret) }, 204},
			{"over 1 MiB", large("evt_5", 1<<20+1), func(b string) string { return header(b, now, secret) }, 413},
			{"altered byte", event("evt_6"), func(b string) string { return header(strings.Replace(b, "evt_6", "evt_7", 1), now, secret) }, 400},
			{"written differently", event("evt_7"), func(b string) string { return header(strings.ReplaceAll(b, ",", ", "), now, secret) }, 400},
			{"no header", event("evt_8"), func(string) string { return "" }, 400},
			{"v0 only", event("evt_9"), func(b string) string { return strings.ReplaceAll(header(b, now, secret), "v1=", "v0=") }, 400},
			{"301 s old", event("evt_10"), func(b string) string { return header(b, at(-301), secret) }, 400},
			{"301 s ahead", event("evt_11"), func(b string) string { return header(b, at(301), secret) }, 400},
			{"another secret", event("evt_12"), func(b string) string { return header(b, now, "whsec_stranger") }, 400},
			{"empty secret", event("evt_13"), func(b string) string { return header(b, now, "") }, 400},
			{"no time", event("evt_14"), func(b string) string { return "v1=" + sign(b, now, secret) }, 400},
			{"time that is no number", event("evt_15"), func(b string) string { return "t=now,v1=" + sign(b, now, secret) }, 400},
			{"time that was not signed", event("evt_16"), func(b string) string { return stamp + ",v1=" + sign(b, at(-10), secret) }, 400},
			{"two times", event("evt_17"), func(b string) string {
				return fmt.Sprintf("t=%d,%s", at(-5000).Unix(), header(b, now, secret))
			}, 400},
			{"no signature", event("evt_18"), func(string) string { return stamp }, 400},
			{"signature cut short", event("evt_19"), func(b string) string { return stamp + ",v1=" + sign(b, now, secret)[:62] }, 400},
			{"signature not hexadecimal", event("evt_20"), func(string) string { return stamp + ",v1=" + strings.Repeat("zz", 32) }, 400},
			{"signature of the body alone", event("evt_21"), func(b string) string {
				mac := hmac.New(sha256.New, []byte(secret))
				mac.Write([]byte(b))
				return stamp + ",v1=" + hex.EncodeToString(mac.Sum(nil))
			}, 400},
			{"empty body", "", func(string) string { return stamp + ",v1=" }, 400},
		} {
			before := w.states()
			if got := post(t, hook, row.body, row.header(row.body)); got != row.status {
				t.Errorf("%d %s: status %d, want %d", i, row.name, got, row.status)
			}
			kept := int64(0)
			if row.status == 204 {
				kept = 1
			}
			if got := w.states()["received"] - before["received"]; got != kept {
				t.Errorf("%d %s: kept %d, want %d", i, row.name, got, kept)
			}
		}
	})
}

func TestWebhook_WithoutASecretIsUnavailable(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dbtest.SQLite(t))
	for _, secrets := range [][]string{{}, {""}} {
		deps := w.events.Deps
		deps.Secrets = secrets
		hook := serveHook(t, billing.NewEvents(deps))
		body := event("evt_1")
		if got := post(t, hook, body, header(body, time.Now(), "")); got != http.StatusServiceUnavailable {
			t.Errorf("secrets %q: status %d, want 503", secrets, got)
		}
	}
	if s := w.states(); len(s) != 0 {
		t.Errorf("events kept: %v, want none", s)
	}
}

func TestWebhook_KeepsEachEventOnceUnderLoad(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		var group sync.WaitGroup
		next := make(chan int)
		for range 32 {
			group.Go(func() {
				for n := range next {
					body := event(fmt.Sprintf("evt_%d", n%300))
					if err := w.events.Receive(context.Background(), []byte(body), header(body, time.Now(), secret)); err != nil {
						t.Error(err)
					}
				}
			})
		}
		for n := range 900 {
			next <- n
		}
		close(next)
		group.Wait()
		if got := w.states()["received"]; got != 300 {
			t.Errorf("kept %d events, want 300", got)
		}
		w.work()
		if got := w.states()["processed"]; got != 300 {
			t.Errorf("processed %d events, want 300", got)
		}
	})
}

func TestEvents_OddOnesAreQuarantined(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ben := w.ben()
		w.deliver()
		_, err := w.sim.Checkout(stripesim.Order{CustomerEmail: "ben@acme.example", AmountMinor: 10_000, Currency: "eur"})
		w.must(err)
		id := w.sim.Events("invoice.paid")[0].ID
		refused := 0
		for range 2 {
			for _, odd := range []stripesim.Oddity{stripesim.OddAccount, stripesim.OddLivemode, stripesim.OddVersion, stripesim.OddType, stripesim.OddBroken} {
				w.must(w.sim.Odd(id, odd))
			}
		}
		for _, body := range []string{strings.Replace(event("evt_older"), "2023-10-16", "2022-11-15", 1),
			strings.Replace(event("evt_thin"), `"object":"event"`, `"object":"v2.core.event"`, 1)} {
			if got := w.post(body, header(body, time.Now(), secret)); got != 204 {
				t.Errorf("status %d, want 204", got)
			}
		}
		for _, odd := range []stripesim.Oddity{stripesim.OddEmpty, stripesim.OddUnsigned, stripesim.OddScheme, stripesim.OddSecret, stripesim.OddAltered,
			stripesim.OddReencoded, stripesim.OddStale} {
			w.must(w.sim.Odd(id, odd))
			refused++
		}
		if _, err := w.sim.Deliver(w.ctx()); err == nil || strings.Count(err.Error(), "answered 400") != refused {
			t.Errorf("deliveries: %v; want %d answered 400", err, refused)
		}
		w.work()
		s := w.states()
		if s["quarantined"] != 12 {
			t.Errorf("quarantined %d, want 12", s["quarantined"])
		}
		if s["received"]+s["parked"] != 0 {
			t.Errorf("events are %v, want the others processed", s)
		}
		if got := w.introduction(ben.ID).State; got != introduction.Won {
			t.Errorf("introduction is %s, want won", got)
		}
		var reasons []string
		w.must(d.NewRaw("SELECT DISTINCT reason FROM stripe_event WHERE state = 'quarantined' ORDER BY reason").Scan(w.ctx(), &reasons))
		if got := strings.Join(reasons, ", "); got != "other API version, other account, other mode, unknown type, unreadable" {
			t.Errorf("reasons: %s", got)
		}
	})
}

func TestEvents_PoisonIsParkedAndHoldsUpNobody(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		// Stripe knows nothing of this customer, for as long as anybody asks.
		poison := strings.Replace(strings.Replace(event("evt_poison"), "customer.updated", "invoice.paid", 1), `"object":"customer"`, `"customer":"cus_none"`, 1)
		shapeless := strings.Replace(event("evt_shapeless"), `{"id":"cus_x","object":"customer"}`, `{"id":7}`, 1)
		for range 8 {
			w.sim.ScriptGet("/v1/invoices", stripesim.Fault{Kind: stripesim.FaultStatus, Status: http.StatusBadRequest})
		}
		for _, body := range []string{poison, shapeless, event("evt_good")} {
			if got := w.post(body, header(body, time.Now(), secret)); got != 204 {
				t.Fatalf("status %d, want 204", got)
			}
		}
		job := billing.Process{EventIDs: []string{"evt_poison", "evt_shapeless", "evt_good"}}
		w.must(w.events.Process(w.ctx(), job))
		if s := w.states(); s["received"] != 1 || s["processed"] != 1 || s["quarantined"] != 1 {
			t.Errorf("events are %v, want one put off, one processed, one quarantined", s)
		}
		for range 8 {
			w.must(w.events.Process(w.ctx(), job))
		}
		if s := w.states(); s["parked"] != 1 || s["received"] != 0 {
			t.Errorf("events are %v, want the poison parked", s)
		}
		w.must(w.events.Retry(w.ctx(), "evt_poison"))
		w.must(w.events.Process(w.ctx(), job))
		if s := w.states(); s["processed"] != 2 {
			t.Errorf("events are %v, want the poison processed after a person let it go again", s)
		}
	})
}

func TestProcess_DividesWhatACrowdBrought(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		const events = 20
		var ids []string
		for i := range events {
			ids = append(ids, fmt.Sprintf("evt_%d", i))
		}
		var all sync.WaitGroup
		for range 2 {
			for _, id := range ids {
				all.Go(func() {
					body := event(id)
					if got := w.post(body, header(body, time.Now(), secret)); got != 204 {
						t.Errorf("status %d, want 204", got)
					}
				})
			}
		}
		all.Wait()
		w.must(w.events.Process(w.ctx(), billing.Process{EventIDs: ids}))
		if s := w.states(); s["received"] != events {
			t.Errorf("events are %v, want %d divided among jobs and none worked yet", s, events)
		}
		w.work()
		if s := w.states(); s["processed"] != events || s["received"] != 0 {
			t.Errorf("events are %v, want %d processed", s, events)
		}
	})
}

func TestForget_EmptiesWhatIsOld(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		body := event("evt_1")
		w.must(w.events.Receive(w.ctx(), []byte(body), header(body, time.Now(), secret)))
		w.work()
		w.clock.pass(29 * day)
		if n, err := w.events.Forget(w.ctx()); err != nil || n != 0 {
			t.Errorf("after 29 days: %d %v, want 0", n, err)
		}
		w.clock.pass(2 * day)
		if n, err := w.events.Forget(w.ctx()); err != nil || n != 1 {
			t.Errorf("after 31 days: %d %v, want 1", n, err)
		}
		w.must(w.events.Receive(w.ctx(), []byte(body), header(body, time.Now(), secret)))
		if s := w.states(); s["processed"] != 1 || s["received"] != 0 {
			t.Errorf("events are %v, want the old one still known", s)
		}
	})
}

func TestLogs_HoldNoPersonalData(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dbtest.SQLite(t))
	var said bytes.Buffer
	deps := w.events.Deps
	deps.Logger = slog.New(slog.NewTextHandler(&said, nil))
	events := billing.NewEvents(deps)
	body := strings.Replace(strings.Replace(event("evt_1"), "customer.updated", "invoice.paid", 1), `"object":"customer"`, `"customer":"cus_none","customer_email":"ben@acme.example"`, 1)
	w.must(events.Receive(w.ctx(), []byte(body), header(body, time.Now(), secret)))
	w.sim.ScriptGet("/v1/invoices", stripesim.Fault{Kind: stripesim.FaultUnavailable})
	w.must(events.Process(w.ctx(), billing.Process{EventIDs: []string{"evt_1"}}))
	if !strings.Contains(said.String(), "evt_1") || strings.Contains(said.String(), "acme") {
		t.Errorf("log: %s", said.String())
	}
}

func TestEvents_AnOutageParksNothing(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		const tries = 40
		for n := range tries {
			kind := []stripesim.FaultKind{stripesim.FaultUnavailable, stripesim.FaultRateLimit, stripesim.FaultDropBefore}[n%3]
			w.sim.ScriptGet("/v1/invoices", stripesim.Fault{Kind: kind})
		}
		paid := strings.Replace(strings.Replace(event("evt_paid"), "customer.updated", "invoice.paid", 1), `"object":"customer"`, `"customer":"cus_none"`, 1)
		if got := w.post(paid, header(paid, time.Now(), secret)); got != 204 {
			t.Fatalf("status %d, want 204", got)
		}
		job := billing.Process{EventIDs: []string{"evt_paid"}}
		for range tries {
			w.must(w.events.Process(w.ctx(), job))
		}
		if s := w.states(); s["received"] != 1 {
			t.Fatalf("events are %v after %d tries, want it to wait", s, tries)
		}
		var latest time.Time
		w.must(d.NewRaw("SELECT max(scheduled_at) FROM river_job WHERE kind = 'billing.process'").Scan(w.ctx(), &latest))
		if wait := time.Until(latest); wait > 11*time.Minute {
			t.Errorf("the next try is in %s, want ten minutes at most", wait)
		}
		w.must(w.events.Process(w.ctx(), job))
		if s := w.states(); s["processed"] != 1 {
			t.Errorf("events are %v, want it processed once Stripe answers", s)
		}
	})
}
