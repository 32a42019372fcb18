package billing_test

import (
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"goodword/internal/audit"
	"goodword/internal/billing"
	"goodword/internal/campaign"
	"goodword/internal/db"
	"goodword/internal/dbtest"
	"goodword/internal/fault"
	"goodword/internal/introduction"
	"goodword/internal/ledger"
	"goodword/internal/money"
	"goodword/internal/reward"
	"goodword/internal/stripesim"
)

var felix = audit.Actor{Kind: audit.KindStaff, ID: "staff-2", Name: "Felix", Role: "finance"}

// stormy is a day on which everything goes wrong at Stripe, in calls of a thousand.
var stormy = stripesim.Faults{DropBefore: 40, Late: 40, DropAfter: 120, Duplicate: 50, ServerError: 40, ServerErrorEffect: 25, ServerErrorLater: 15,
	RateLimit: 50, Unavailable: 20, Reset: 20, Truncated: 20, WebhookNever: 50, WebhookLost: 400, WebhookTwice: 50, WebhookTwin: 50, WebhookDelayed: 300,
	WebhookForeign: 20, WebhookMode: 20, WebhookShuffle: true}

// M1, M3, M5 and M6 by seed: forty payouts over Stripe's three rails in a storm, with a process that dies before a call or
// after its answer, long outages, and webhooks that come late, twice, from strangers, or not at all. Everything that happens
// follows from the seed. By Stripe's own record each payout has one effect or was refused for certain.
//
// GOODWORD_SEED repeats a seed, GOODWORD_SEEDS plays so many from there on. It ends at the first that fails.
func TestSeeds_EveryPayoutOnce(t *testing.T) {
	t.Parallel()
	first, many := rand.Uint64()>>1, 2
	if s := os.Getenv("GOODWORD_SEED"); s != "" {
		n, err := strconv.ParseUint(s, 10, 63)
		if err != nil {
			t.Fatal(err)
		}
		first, many = n, 1
	}
	if s := os.Getenv("GOODWORD_SEEDS"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil {
			t.Fatal(err)
		}
		many = n
	}
	t.Logf("GOODWORD_SEED=%d and the next %d", first, many-1)
	for n := range many {
		seed := first + uint64(n)
		if !t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) { storm(t, seed) }) {
			t.Fatalf("fails with GOODWORD_SEED=%d, seed %d of %d", seed, n+1, many)
		}
	}
	t.Logf("%d seeds, %d payouts", many, many*seedPayouts)
}

// seedPayouts are how many payouts one seed has; half are welcome codes, half go out by the rails in turn.
const seedPayouts = 40

func storm(t *testing.T, seed uint64) {
	t.Helper()
	w := newBank(t, dbtest.SQLite(t))
	x := &stormed{bank: w, random: rand.New(rand.NewPCG(seed, 1)), rails: []campaign.Rail{campaign.RailInvoiceCredit, campaign.RailTransfer, campaign.RailPromotionCode}}
	x.approve()
	w.sim.Storm(int64(seed), stormy)
	w.wire.cut = func(bool) {
		if x.random.IntN(100) < 3 {
			x.deaths++
			panic(death{})
		}
	}
	waits := []time.Duration{time.Second, time.Second, 5 * time.Second, 30 * time.Second, 130 * time.Second, 130 * time.Second, 10 * time.Minute, time.Hour, 5 * time.Hour}
	last := reward.Payout{}
	for range 12 * seedPayouts {
		open := x.open()
		if len(open) == 0 {
			break
		}
		w.clock.pass(waits[x.random.IntN(len(waits))])
		if x.random.IntN(80) == 0 {
			w.clock.pass(2 * day)
		}
		if last.ID == "" || x.random.IntN(100) < 45 {
			last = open[x.random.IntN(len(open))]
		}
		x.step(last.ID)
		if x.random.IntN(8) == 0 {
			x.told()
		}
	}
	w.sim.SetFaults(stripesim.Faults{})
	w.wire.cut = nil
	x.drain()
	x.compare()
}

// death is a process that ends in the middle of a step.
type death struct{}

type stormed struct {
	*bank
	random *rand.Rand
	rails  []campaign.Rail
	ids    []string // of the payouts, in the order in which they were earned
	deaths int
}

// approve makes forty rewards that are due, each with its payout written down.
func (x *stormed) approve() {
	x.t.Helper()
	x.onboards()
	var earned []string
	for n := range seedPayouts / 2 {
		name := "Ben" + string(rune('a'+n))
		row, err := x.introductions.Submit(x.ctx(), x.author, introduction.Submission{FirstName: name, Note: "You two should talk.", Channel: "whatsapp"})
		x.must(err)
		_, err = x.introductions.Accept(x.ctx(), introduction.Prospect{IntroductionID: row.ID}, introduction.Answer{How: introduction.ByEmail,
			Name: name + " Okafor", Email: strings.ToLower(name) + "@acme.example", ConsentText: "Yes, introduce us."})
		x.must(err)
		x.clock.pass(16 * time.Minute)
		_, err = x.introductions.Settle(x.ctx())
		x.must(err)
		_, err = x.introductions.RecordDeal(x.ctx(), introduction.NewDeal{IntroductionID: row.ID, Source: introduction.FromStripe, ExternalID: "in_" + row.ID,
			Amount: money.New(100_00+x.random.Int64N(4_000_00), "EUR"), Actor: audit.Actor{Kind: audit.KindStripe, ID: "evt_" + row.ID}})
		x.must(err)
		_, err = x.rewards.Choose(x.ctx(), x.ana.ID, x.rewardOf(row.ID, campaign.ToCustomer).ID, x.rails[n%len(x.rails)])
		x.must(err)
		earned = append(earned, x.rewardOf(row.ID, campaign.ToProspect).ID, x.rewardOf(row.ID, campaign.ToCustomer).ID)
	}
	x.clock.pass(31 * day)
	_, err := x.rewards.Mature(x.ctx())
	x.must(err)
	_, err = x.rewards.Due(x.ctx())
	x.must(err)
	for _, id := range earned {
		x.ids = append(x.ids, x.payout(id).ID)
	}
	if n := len(x.open()); n != seedPayouts {
		x.t.Fatalf("%d payouts are written down, want %d", n, seedPayouts)
	}
}

// payouts returns all of them as they stand, in the order in which they were earned.
func (x *stormed) payouts() []reward.Payout {
	x.t.Helper()
	var rows []reward.Payout
	x.must(x.db.NewSelect().Model(&rows).OrderExpr("po.id").Scan(x.ctx()))
	slices.SortFunc(rows, func(a, b reward.Payout) int { return slices.Index(x.ids, a.ID) - slices.Index(x.ids, b.ID) })
	return rows
}

// open are the payouts whose outcome is not known.
func (x *stormed) open() []reward.Payout {
	x.t.Helper()
	var open []reward.Payout
	for _, p := range x.payouts() {
		if p.State == reward.Queued || p.State == reward.Sending || p.State == reward.Unknown {
			open = append(open, p)
		}
	}
	return open
}

// step lets a worker bring a payout on; it may die.
func (x *stormed) step(id string) {
	x.t.Helper()
	defer func() {
		if died := recover(); died != nil {
			if _, ours := died.(death); !ours {
				panic(died)
			}
		}
	}()
	if err := x.rewards.Send(x.ctx(), reward.Send{PayoutID: id}); err != nil && fault.CodeOf(err) != fault.Conflict {
		x.t.Error(err)
	}
}

// told delivers the webhooks that are due and works them.
func (x *stormed) told() {
	x.t.Helper()
	_, err := x.sim.Deliver(x.ctx())
	x.must(err)
	var ids []string
	x.must(x.db.NewRaw("SELECT id FROM stripe_event WHERE state = 'received' ORDER BY id").Scan(x.ctx(), &ids))
	cut := x.wire.cut
	x.wire.cut = nil
	for _, id := range ids {
		x.must(x.events.Process(x.ctx(), billing.Process{EventIDs: []string{id}}))
	}
	x.wire.cut = cut
}

// drain lets a fine week bring everything to its end; a person looks at Stripe where the protocol asks for one.
func (x *stormed) drain() {
	x.t.Helper()
	for range 100 {
		x.clock.pass(2 * time.Hour)
		for _, p := range x.open() {
			x.step(p.ID)
		}
		cases, err := x.rewards.Cases(x.ctx(), reward.CaseFilter{Kind: reward.CaseAbsent, State: reward.CaseOpen}, db.Page{Limit: 200})
		x.must(err)
		for _, c := range cases.Items {
			_, err := x.rewards.ResolveCase(x.ctx(), felix, c.ID, reward.Resolution{Action: reward.ActionConfirmAbsent, Note: "Stripe shows nothing."})
			x.must(err)
		}
		x.told()
		late, err := x.sim.RunLate()
		x.must(err)
		if len(x.open()) == 0 && late == 0 && x.sim.Pending() == 0 {
			return
		}
	}
	for _, p := range x.open() {
		x.t.Errorf("payout %s by %s stays %s in epoch %d (%s %s)", p.Name(), p.Rail, p.State, p.Epoch, p.LastAnswer, p.RailNote)
	}
}

// compare holds what we believe against Stripe's own record.
func (x *stormed) compare() {
	x.t.Helper()
	made := map[string][]stripesim.Effect{}
	for _, e := range x.sim.Effects() {
		made[e.Metadata[stripesim.PayoutKey]] = append(made[e.Metadata[stripesim.PayoutKey]], e)
	}
	paid, refused := int64(0), int64(0)
	for _, p := range x.payouts() {
		effects := made[p.Name()]
		delete(made, p.Name())
		switch {
		case p.State == reward.Settled && len(effects) == 1 && effects[0].AmountMinor == p.AmountMinor && effects[0].ID == p.RailObject:
			paid += p.AmountMinor
		case p.State == reward.Refused && len(effects) == 0:
			refused += p.AmountMinor
		default:
			x.t.Errorf("payout %s of %d by %s is %s (%s) by %q; Stripe has %+v", p.Name(), p.AmountMinor, p.Rail, p.State, p.RailNote, p.RailObject, effects)
		}
	}
	if refused > 0 {
		x.t.Errorf("payouts of %d were refused, and nothing was wrong with them", refused)
	}
	for name, effects := range made {
		x.t.Errorf("Stripe has %+v for %s, which we do not know", effects, name)
	}
	x.keys()
	x.booked(paid)
	x.weather()
}

// weather says what the payouts went through; a storm without any of it proves nothing.
func (x *stormed) weather() {
	x.t.Helper()
	calls, broken, epochs := 0, 0, 0
	for _, r := range x.sim.Requests() {
		if strings.HasPrefix(r.Key, "po_") {
			calls++
			if r.Fault != stripesim.FaultNone {
				broken++
			}
		}
	}
	for _, p := range x.payouts() {
		epochs += p.Epoch
	}
	x.t.Logf("%d calls with a key, %d of them broken, %d deaths, %d new keys", calls, broken, x.deaths, epochs)
	if broken == 0 || x.deaths == 0 {
		x.t.Error("nothing went wrong: that proves nothing")
	}
}

// keys asserts that no key was used when Stripe might have forgotten it, and that nobody searched.
func (x *stormed) keys() {
	x.t.Helper()
	since := map[string]time.Time{}
	for _, r := range x.sim.Requests() {
		if strings.HasSuffix(r.Path, "/search") {
			x.t.Errorf("%s %s was asked for", r.Method, r.Path)
		}
		if r.Key == "" || !strings.HasPrefix(r.Key, "po_") || r.Fault == stripesim.FaultLate {
			continue
		}
		if begun, ok := since[r.Key]; !ok {
			since[r.Key] = r.At
		} else if age := r.At.Sub(begun); age > 23*time.Hour {
			x.t.Errorf("key %s is used after %s", r.Key, age)
		}
	}
}

// booked asserts that the books say what Stripe has given, to the cent, and that they are true.
func (x *stormed) booked(paid int64) {
	x.t.Helper()
	accounts, err := ledger.Balances(x.ctx(), x.db, "")
	x.must(err)
	given := int64(0)
	for _, a := range accounts {
		switch {
		case strings.HasPrefix(a.Name, "L:outstanding:"):
			given += a.BalanceMinor
		case a.Name == ledger.Stripe:
			given -= a.BalanceMinor
		case strings.HasPrefix(a.Name, "X:clearing:") && a.BalanceMinor != 0:
			x.t.Errorf("%d are left in %s", a.BalanceMinor, a.Name)
		}
	}
	if given != paid {
		x.t.Errorf("the books say that %d were given, Stripe %d", given, paid)
	}
	_, err = x.rewards.Verify(x.ctx(), reward.Heads{}, func(f reward.Finding) { x.t.Errorf("verify finds %s", f) })
	x.must(err)
}
