package billing_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"goodword/internal/billing"
	"goodword/internal/db"
	"goodword/internal/dbtest"
	"goodword/internal/introduction"
	"goodword/internal/stripesim"
)

// W3: a long history of payments, refunds and disputes of many people is told once and in order, and then in random orders with
// one to five copies of each event and a twin of every fifth. What the database says in the end is the same to the byte, but
// for ids and times.
func TestOrders_AnyOrderLeavesTheSameDatabase(t *testing.T) {
	t.Parallel()
	people, orders := 6, 2
	if os.Getenv("GOODWORD_PROVE") != "" {
		people, orders = 70, 200
	}
	seed := rand.Uint64() >> 1
	if s := os.Getenv("GOODWORD_SEED"); s != "" {
		n, err := strconv.ParseUint(s, 10, 63)
		if err != nil {
			t.Fatal(err)
		}
		seed = n
	}
	t.Logf("GOODWORD_SEED=%d", seed)
	dbtest.EachURL(t, func(t *testing.T, url string) {
		fresh := dbtest.SQLite
		if strings.HasPrefix(url, "postgres") {
			fresh = dbtest.Postgres
		}
		reference, events, _ := told(t, fresh(t), people, seed, nil)
		if people > 6 && events < 1000 {
			t.Errorf("the history has %d events, want a thousand", events)
		}
		if !strings.Contains(reference, "unwound") || !strings.Contains(reference, "won") {
			t.Fatalf("the history proves nothing:\n%s", reference)
		}
		differ, deliveries := 0, 0
		for n := range orders {
			got, _, sent := told(t, fresh(t), people, seed, rand.New(rand.NewPCG(seed, uint64(n)+1)))
			deliveries += sent
			if got != reference {
				differ++
				t.Errorf("order %d ends differently: %s", n, firstDifference(got, reference))
			}
		}
		t.Logf("%d events in %d orders, %d deliveries: %d of %d end like the reference %s", events, orders, deliveries, orders-differ, orders, digest(reference))
	})
}

func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:8])
}

func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range max(len(g), len(w)) {
		a, b := "nothing", "nothing"
		if i < len(g) {
			a = g[i]
		}
		if i < len(w) {
			b = w[i]
		}
		if a != b {
			return fmt.Sprintf("got %s, want %s", a, b)
		}
	}
	return "nowhere"
}

// told plays the history of a seed on a database, tells it in order or as the dice have it, and returns what the database says
// then, how many events there were, and how many deliveries.
func told(t *testing.T, d *db.DB, people int, seed uint64, dice *rand.Rand) (end string, events, deliveries int) {
	t.Helper()
	w := newWorld(t, d)
	var rows []introduction.Introduction
	for n := range people {
		rows = append(rows, w.says(n))
	}
	w.clock.pass(16 * time.Minute)
	for range people/100 + 1 {
		_, err := w.introductions.Settle(w.ctx())
		w.must(err)
	}
	w.work()
	w.sim.PauseWebhooks(true)
	before := len(w.sim.Events())
	w.trade(rows, rand.New(rand.NewPCG(seed, 0)))
	happened := w.sim.Events()[before:]
	ids := make([]string, 0, 4*len(happened))
	for _, e := range happened {
		ids = append(ids, e.ID)
		if dice == nil {
			continue
		}
		for range dice.IntN(5) {
			ids = append(ids, e.ID)
		}
		if dice.IntN(5) == 0 {
			twin, err := w.sim.Twin(e.ID)
			w.must(err)
			ids = append(ids, twin)
		}
	}
	if dice != nil {
		dice.Shuffle(len(ids), func(a, b int) { ids[a], ids[b] = ids[b], ids[a] })
	}
	for n, id := range ids {
		w.must(w.sim.Send(w.ctx(), id))
		if dice == nil || n%40 == 0 {
			w.process()
		}
	}
	w.process()
	if s := w.states(); s["parked"]+s["quarantined"]+s["received"] != 0 {
		t.Errorf("events are %v, want all processed", s)
	}
	return w.normalised(), len(happened), len(ids)
}

// says is a yes of one person more.
func (w *world) says(n int) introduction.Introduction {
	w.t.Helper()
	row, err := w.introductions.Submit(w.ctx(), w.author, introduction.Submission{FirstName: fmt.Sprintf("Ben%03d", n), Note: "You two should talk.", Channel: "whatsapp"})
	w.must(err)
	_, err = w.introductions.Accept(w.ctx(), introduction.Prospect{IntroductionID: row.ID}, introduction.Answer{How: introduction.ByEmail,
		Name: fmt.Sprintf("Ben%03d Okafor", n), Email: fmt.Sprintf("ben%03d@acme.example", n), ConsentText: "Yes, introduce us."})
	w.must(err)
	return row
}

// trade lets them buy, be refunded in parts, dispute, and lose or win.
func (w *world) trade(rows []introduction.Introduction, random *rand.Rand) {
	w.t.Helper()
	for n, row := range rows {
		first, err := w.sim.Checkout(stripesim.Order{CustomerEmail: fmt.Sprintf("buyer%03d@x.example", n), AmountMinor: 50_000 + random.Int64N(100_000), TaxMinor: random.Int64N(20_000),
			Currency: "eur", Metadata: map[string]string{"goodword_introduction": row.ID}})
		w.must(err)
		charges := []string{first.ChargeID}
		for range random.IntN(3) {
			w.clock.pass(time.Duration(1+random.IntN(50)) * time.Minute)
			more, err := w.sim.PayInvoice(stripesim.Order{CustomerID: first.CustomerID, AmountMinor: 10_000 + random.Int64N(40_000), Currency: "eur"})
			w.must(err)
			charges = append(charges, more.ChargeID)
		}
		w.clock.pass(time.Minute)
		charge := charges[random.IntN(len(charges))]
		fate := random.IntN(4)
		if n == 0 {
			fate = 2 // whatever the seed, one close is undone
		}
		switch fate {
		case 0:
		case 1:
			for range 1 + random.IntN(3) {
				_, err := w.sim.Refund(charge, 500+random.Int64N(2_500))
				w.must(err)
				w.clock.pass(time.Minute)
			}
		case 2:
			for _, c := range charges { // everything comes back
				_, err := w.sim.Refund(c, 0)
				w.must(err)
				w.clock.pass(time.Minute)
			}
		case 3:
			dispute, err := w.sim.Dispute(charge, stripesim.NeedsResponse)
			w.must(err)
			w.clock.pass(time.Hour)
			w.must(w.sim.CloseDispute(dispute, []stripesim.DisputeStatus{stripesim.Lost, stripesim.Won}[random.IntN(2)]))
		}
	}
	_, err := w.sim.PayInvoice(stripesim.Order{CustomerID: w.ana.StripeCustomer, AmountMinor: 7_000, Currency: "eur"})
	w.must(err)
}

// process works the events that were received.
func (w *world) process() {
	w.t.Helper()
	var ids []string
	w.must(w.db.NewRaw("SELECT id FROM stripe_event WHERE state = 'received' ORDER BY received_at, id").Scan(w.ctx(), &ids))
	for some := range slices.Chunk(ids, 8) {
		w.must(w.events.Process(w.ctx(), billing.Process{EventIDs: some}))
	}
}

// normalised is what the database says, with names for ids and without times. What an introduction has earned is added up,
// because it depends on the order into how many rewards it was divided.
func (w *world) normalised() string {
	w.t.Helper()
	var out []string
	take := func(query string) {
		w.t.Helper()
		var rows []string
		w.must(w.db.NewRaw(query).Scan(w.ctx(), &rows))
		slices.Sort(rows)
		out = append(out, rows...)
	}
	take(`SELECT 'introduction ' || first_name || ' ' || state || ' ' || outcome_reason || ' ' || coalesce(stripe_customer, '') FROM introduction`)
	take(`SELECT 'deal ' || i.first_name || ' ' || d.external_id || ' ' || d.amount_minor || ' ' || d.gross_minor || ' refunded ' || d.refunded_minor || ' ' || d.dispute ||
		CASE WHEN d.counted THEN ' counted' ELSE '' END || CASE WHEN d.id = i.deal_id THEN ' closed it' ELSE '' END FROM deal AS d JOIN introduction AS i ON i.id = d.introduction_id`)
	take(`SELECT 'earned ' || i.first_name || ' ' || r.rule || ' ' || r.beneficiary || ' ' || CAST(sum(r.amount_minor) AS TEXT) FROM reward AS r
		JOIN introduction AS i ON i.id = r.introduction_id GROUP BY i.first_name, r.rule, r.beneficiary`)
	take(`SELECT 'held ' || i.first_name || ' ' || r.beneficiary FROM reward AS r JOIN introduction AS i ON i.id = r.introduction_id
		WHERE r.state = 'held' AND r.amount_minor > 0 GROUP BY i.first_name, r.beneficiary`)
	take(`SELECT 'decided ' || p.id || ' ' || coalesce(i.first_name, '') || ' ' || p.fact FROM stripe_payment AS p LEFT JOIN introduction AS i ON i.id = p.introduction_id`)
	take(`SELECT 'charge ' || id || ' ' || refunded_minor FROM charge`)
	take(`SELECT 'dispute ' || id || ' ' || state FROM charge_dispute`)
	take(`SELECT 'fact ' || type || ' ' || CAST(count(*) AS TEXT) FROM event WHERE type IN ('order.placed', 'renewed', 'introduction.won') GROUP BY type`)
	accounts := map[string]int64{}
	var rows []struct {
		Name         string
		BalanceMinor int64
	}
	w.must(w.db.NewRaw("SELECT name, balance_minor FROM ledger_account").Scan(w.ctx(), &rows))
	for _, r := range rows {
		kind, _, _ := strings.Cut(r.Name[2:], ":")
		accounts[r.Name[:2]+kind] += r.BalanceMinor
	}
	for name, minor := range accounts {
		if minor == 0 {
			continue // whether something was held in between depends on the order
		}
		out = append(out, fmt.Sprintf("account %s %d", name, minor))
	}
	slices.Sort(out)
	return strings.Join(out, "\n")
}
