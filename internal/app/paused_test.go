package app_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"goodword/internal/apptest"
	"goodword/internal/campaign"
	"goodword/internal/dbtest"
	rewards "goodword/internal/reward"
	"goodword/internal/stripesim"
)

// M23: a server is stopped while its calls are at Stripe, for three leases. Another one brings the payouts to their end. When
// the first wakes up it has its answers, and none of them is written; each payout has one effect.
func TestPaused_AWorkerThatWakesUpLateWritesNothing(t *testing.T) {
	t.Parallel()
	want := 6
	if proving() {
		want = 100
	}
	b := &barrier{open: make(chan struct{})}
	f := apptest.NewFleet(t, dbtest.PostgresURL(t), 2, apptest.OnStripe(b.look), apptest.Env("GOODWORD_LOG=info"))
	t.Cleanup(b.release)
	c := newTown(f, 1_000_000_00, campaign.Rule{To: campaign.ToProspect, On: campaign.OnAccepted, AmountMinor: 20_01, Rails: []campaign.Rail{campaign.RailPromotionCode}})
	sleeper, other := f.Process(0), f.Process(1)
	other.Start()
	other.Ready()
	c.freeze(other)
	b.catch()
	sleeper.Start()
	sleeper.Ready()
	caught, batches, absent := 0, 0, 0
	for caught < want {
		for range 3 {
			c.closed("", 900_00)
		}
		f.Pass(time.Minute)
		f.Until("calls at Stripe", func() bool { return b.waiting() > 0 })
		<-time.After(300 * time.Millisecond) // for what else this server begins
		c.freeze(sleeper)
		inside := b.names()
		caught, batches = caught+len(inside), batches+1
		b.release()
		f.Until("Stripe to be done", func() bool { return b.waiting() == 0 })
		for _, name := range inside {
			if len(f.Sim.EffectsBy(stripesim.PayoutKey, name)) == 0 {
				absent++
			}
		}
		f.Sim.Unscript()
		f.Pass(3 * rewards.Lease)
		other.Resume()
		next := time.Now().Add(time.Second)
		f.Until("the other server to end them", func() bool {
			if time.Now().After(next) {
				next = time.Now().Add(time.Second)
				f.Pass(time.Minute)
			}
			return c.settledOf(inside) == len(inside)
		})
		c.freeze(other)
		b.catch()
		if batches%2 == 1 { // every other time Stripe gets none of it, so the other server has to send
			for range 20 {
				f.Sim.Script("/v1/promotion_codes", stripesim.Fault{Kind: stripesim.FaultDropBefore})
			}
		}
		sleeper.Resume()
		f.Until("the first server to be refused", func() bool { return c.refusals() >= caught })
	}
	b.release()
	f.Until("the rest to be paid", func() bool { return c.settled() == 3*batches })
	sleeper.Kill()
	other.Kill()
	for name, n := range c.effectsByPayout() {
		if n != 1 {
			t.Errorf("payout %s has %d effects", name, n)
		}
	}
	v, err := f.App.Verify(f.Context())
	f.Must(err)
	for _, x := range v.Findings {
		t.Errorf("verify finds %s", x)
	}
	if absent == 0 && proving() {
		t.Error("every effect was made before the server was stopped")
	}
	t.Logf("%d calls of a server that was stopped over them in %d turns, %d without an effect by then; %d answers refused. %s",
		caught, batches, absent, c.refusals(), v.Summary)
}

// barrier keeps calls that pay at Stripe's door for as long as it catches.
type barrier struct {
	mu       sync.Mutex
	catching bool
	open     chan struct{}
	inside   map[string]bool // names of the payouts whose calls wait
}

func (b *barrier) look(r stripesim.Request) error {
	if !pays(r) {
		return nil
	}
	b.mu.Lock()
	if !b.catching {
		b.mu.Unlock()
		return nil
	}
	name, open := r.Params.Get("metadata[payout_id]"), b.open
	b.inside[name] = true
	b.mu.Unlock()
	<-open
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.inside, name)
	return nil
}

func (b *barrier) catch() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.catching, b.open, b.inside = true, make(chan struct{}), map[string]bool{}
}

// release lets in what waits and catches no more. Without catching it does nothing.
func (b *barrier) release() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.catching {
		b.catching = false
		close(b.open)
	}
}

func (b *barrier) waiting() int { return len(b.names()) }

func (b *barrier) names() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var names []string
	for name := range b.inside {
		names = append(names, name)
	}
	return names
}

// freeze stops a server at a moment when it has no transaction open: locks that it keeps are another story, which the
// database ends after a minute.
func (c *town) freeze(p *apptest.Process) {
	c.T.Helper()
	c.Until("a moment without a transaction", func() bool {
		p.Pause()
		<-time.After(20 * time.Millisecond) // what the database is about for it comes to an end
		if c.count("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'") == 0 {
			return true
		}
		p.Resume()
		return false
	})
}

// settledOf counts those of the payouts that are settled.
func (c *town) settledOf(names []string) int {
	c.T.Helper()
	n := 0
	for _, name := range names {
		p, err := c.App.Rewards.PayoutByID(c.Context(), name)
		c.Must(err)
		if p.State == rewards.Settled {
			n++
		}
	}
	return n
}

// refusals counts the answers that came too late.
func (c *town) refusals() int {
	n := 0
	for line := range strings.Lines(c.Log()) {
		if strings.Contains(line, "fenced") {
			n++
		}
	}
	return n
}

func (c *town) effectsByPayout() map[string]int {
	c.T.Helper()
	n := map[string]int{}
	var rows []rewards.Payout
	c.Must(c.App.DB.NewSelect().Model(&rows).OrderExpr("po.id").Scan(c.Context()))
	for _, p := range rows {
		n[p.Name()] = len(c.Sim.EffectsBy(stripesim.PayoutKey, p.Name()))
	}
	return n
}
