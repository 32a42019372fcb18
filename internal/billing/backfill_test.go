package billing_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"goodword/internal/db"
	"goodword/internal/dbtest"
	"goodword/internal/introduction"
	"goodword/internal/reward"
	"goodword/internal/stripesim"
)

// missed is a world in which something happens at Stripe while no webhook arrives, and some of it is never told at all.
func missed(t *testing.T, d *db.DB) (*world, introduction.Introduction) {
	t.Helper()
	w := newWorld(t, d)
	ben := w.ben()
	w.pay()
	w.deliver()
	w.sim.PauseWebhooks(true)
	w.payments(ben, w.sim.MuteEvents)
	return w, ben
}

// W4: webhooks fail for days, and three facts are never told. The list of events and a look at the payments themselves lead to
// the state of once and in order, however often that is done.
func TestBackfill_ReachesTheStateThatWasMissed(t *testing.T) {
	t.Parallel()
	dbtest.EachURL(t, func(t *testing.T, url string) {
		fresh := dbtest.SQLite
		if strings.HasPrefix(url, "postgres") {
			fresh = dbtest.Postgres
		}
		want := history(t, fresh(t), nil)
		for _, days := range []int{5, 25} {
			t.Run(fmt.Sprintf("%d days", days), func(t *testing.T) {
				t.Parallel()
				w, ben := missed(t, fresh(t))
				w.clock.pass(time.Duration(days) * day)
				before := w.end(ben)
				if before == want {
					t.Fatal("nothing was missed: that proves nothing")
				}
				n, err := w.events.BackfillNow(w.ctx())
				w.must(err)
				w.work()
				if got := w.end(ben); got != want || n == 0 {
					t.Errorf("with %d events from the list:\n got %s\nwant %s", n, got, want)
				}
				if again, err := w.events.BackfillNow(w.ctx()); err != nil || again != 0 {
					t.Errorf("a second look finds %d new events, %v", again, err)
				}
				// What was missed is delivered after all.
				w.sim.PauseWebhooks(false)
				w.deliver()
				if got := w.end(ben); got != want {
					t.Errorf("after late deliveries:\n got %s\nwant %s", got, want)
				}
				w.told(0)
			})
		}
	})
}

// told asserts how many cases there are about a silence that was too long.
func (w *world) told(want int) {
	w.t.Helper()
	cases, err := w.rewards.Cases(w.ctx(), reward.CaseFilter{Kind: "stripe_events_missed"}, db.Page{Limit: 200})
	w.must(err)
	if len(cases.Items) != want {
		w.t.Errorf("%d cases about missed events, want %d: %+v", len(cases.Items), want, cases.Items)
	}
}

// W4: after 31 days the list of events does not reach back far enough. A person is told, once, and what cannot be looked at any
// more is not guessed.
func TestBackfill_SilenceBeyondTheListIsACase(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w, ben := missed(t, d)
		w.clock.pass(31 * day)
		n, err := w.events.BackfillNow(w.ctx())
		w.must(err)
		w.work()
		if n != 0 {
			t.Errorf("%d events from a list that does not reach back so far", n)
		}
		w.told(1)
		cases, err := w.rewards.Cases(w.ctx(), reward.CaseFilter{Kind: "stripe_events_missed"}, db.Page{})
		w.must(err)
		_, err = w.rewards.ResolveCase(w.ctx(), felix, cases.Items[0].ID, reward.Resolution{Action: reward.ActionNote, Note: "Looked at."})
		w.must(err)
		_, err = w.events.BackfillNow(w.ctx())
		w.must(err)
		w.told(1)
		if got := w.introduction(ben.ID).State; got != introduction.Won {
			t.Errorf("the introduction is %s; a payment of 31 days ago can still be looked at", got)
		}
	})
	w, ben := missed(t, dbtest.SQLite(t))
	before := w.end(ben)
	w.clock.pass(60 * day)
	_, err := w.events.BackfillNow(w.ctx())
	w.must(err)
	w.work()
	w.told(1)
	if got := w.end(ben); got != before {
		t.Errorf("after sixty days something was guessed:\n got %s\nwant %s", got, before)
	}
}

// A business that sells nothing for a quarter of a year is no silence as long as its list was read; and one event that arrives after
// forty days says nothing about those that did not.
func TestBackfill_AQuietQuarterIsNoSilence(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w, _ := missed(t, d)
		for range 13 {
			w.clock.pass(7 * day)
			_, err := w.events.BackfillNow(w.ctx())
			w.must(err)
		}
		w.told(0)
		w.clock.pass(40 * day)
		w.sim.PauseWebhooks(false)
		_, err := w.sim.PayInvoice(stripesim.Order{CustomerID: w.ana.StripeCustomer, AmountMinor: 1_000, Currency: "eur"})
		w.must(err)
		w.work()
		w.sim.ScriptGet("/v1/events", stripesim.Fault{Kind: stripesim.FaultUnavailable})
		if _, err := w.events.BackfillNow(w.ctx()); err == nil {
			t.Fatal("the list came, although Stripe did not answer")
		}
		w.told(1)
		_, err = w.events.BackfillNow(w.ctx())
		w.must(err)
		w.told(1)
	})
}

// A page of the list that does not come leaves what came before, and the next look takes the rest.
func TestBackfill_GoesOnAfterAnOutage(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.sim.PauseWebhooks(true)
		for range 120 { // two pages
			_, err := w.sim.PayInvoice(stripesim.Order{CustomerID: w.ana.StripeCustomer, AmountMinor: 1_000, Currency: "eur"})
			w.must(err)
			w.clock.pass(time.Minute)
		}
		w.sim.ScriptGet("/v1/events", stripesim.Fault{}, stripesim.Fault{Kind: stripesim.FaultUnavailable})
		n, err := w.events.BackfillNow(w.ctx())
		if err == nil || n == 0 || n > 100 {
			t.Fatalf("the second page does not come, and %d events were taken, %v", n, err)
		}
		rest, err := w.events.BackfillNow(w.ctx())
		w.must(err)
		if n+rest < 120 {
			t.Errorf("%d and %d events, want all 120 payments", n, rest)
		}
		w.work()
		if s := w.states(); s["received"]+s["parked"]+s["quarantined"] != 0 {
			t.Errorf("events are %v, want all processed", s)
		}
	})
}

func TestBackfill_OnceANight(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		begun := func() (n int) {
			for range 3 {
				w.must(w.events.BackfillDue(w.ctx()))
			}
			w.must(d.NewRaw("SELECT count(*) FROM river_job WHERE kind = 'billing.backfill'").Scan(w.ctx(), &n))
			return n
		}
		if n := begun(); n != 1 {
			t.Errorf("%d jobs on the first day, want 1", n)
		}
		w.clock.pass(day)
		if n := begun(); n != 2 {
			t.Errorf("%d jobs after the second day, want 2", n)
		}
	})
}
