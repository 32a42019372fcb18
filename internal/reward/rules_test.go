package reward_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"goodword/internal/campaign"
	"goodword/internal/fault"
	"goodword/internal/ident"
	"goodword/internal/ledger"
	"goodword/internal/reward"
)

// book is a ledger in memory: balances with debits counted up.
type book map[string]int64

func (b book) post(legs []ledger.Leg) error {
	sums := map[bool]int64{}
	for _, l := range legs {
		d := l.Amount.Minor
		if d <= 0 {
			return fmt.Errorf("I1: a leg of %d", d)
		}
		if l.Side == ledger.C {
			d = -d
		}
		b[l.Account] += d
		sums[strings.HasPrefix(l.Account, "M:")] += d
	}
	if len(legs) == 1 || sums[true] != 0 || sums[false] != 0 {
		return fmt.Errorf("I1: %d legs that differ by %d and %d", len(legs), sums[true], sums[false])
	}
	return nil
}

// check asserts I3, I4, I5, I6 and I9.
func (b book) check(rows []*reward.Reward, budget int64, campaignID string) error {
	sum := int64(0)
	for name, x := range b {
		sum += x
		credit := strings.HasPrefix(name, "L:") || strings.HasPrefix(name, "X:") || strings.HasPrefix(name, "M:") && name != "M:control"
		if credit && x > 0 || strings.HasPrefix(name, "A:clawback:") && x < 0 {
			return fmt.Errorf("I4: %s stands at %d", name, x)
		}
	}
	if sum != 0 {
		return fmt.Errorf("I3: the balances add up to %d", sum)
	}
	if got := -(b[ledger.Avail(campaignID)] + b[ledger.Committed(campaignID)] + b[ledger.Spent(campaignID)]); got != budget || b[ledger.Control()] != budget {
		return fmt.Errorf("I9: available, committed and spent are %d of %d", got, budget)
	}
	cost, clawed, owed, open := int64(0), int64(0), int64(0), int64(0)
	for _, r := range rows {
		own, want := r.Books()
		for _, name := range []string{ledger.Pending(r.ID), ledger.Held(r.ID), ledger.Payable(r.ID), ledger.Clearing(r.ID), ledger.OutstandingPromo(r.ID), ledger.OutstandingCredit(r.ID)} {
			expected := int64(0)
			if name == own {
				expected = want.Minor
			}
			if -b[name] != expected {
				return fmt.Errorf("I5: a reward is %s, and %s holds %d instead of %d", r.State, name, -b[name], expected)
			}
		}
		if r.AccruedMinor != r.AmountMinor+r.ReversedMinor+r.ClawedMinor || r.AmountMinor < 0 || r.ReversedMinor < 0 || r.OwedMinor < 0 || r.OwedMinor > r.ClawedMinor ||
			r.NettedMinor < 0 || r.NettedMinor > r.AmountMinor {
			return fmt.Errorf("I6: %+v", *r)
		}
		cost, clawed, owed = cost+r.AccruedMinor-r.ReversedMinor, clawed+r.ClawedMinor, owed+r.OwedMinor
		if r.State.Open() {
			open += r.Payable().Minor
		}
	}
	for _, x := range []struct {
		what      string
		got, want int64
	}{
		{"cost", b[ledger.Rewards(campaignID)], cost}, {"recoveries", -b[ledger.Recoveries(campaignID)], clawed},
		{"receivable", b[ledger.Clawback("ana")], owed}, {"committed", -b[ledger.Committed(campaignID)], open},
	} {
		if x.got != x.want {
			return fmt.Errorf("I6: %s is %d in the books and %d by the rewards", x.what, x.got, x.want)
		}
	}
	return nil
}

// M10: random sequences of 60 events on the pure rules, with all illegal ones tried as well: the invariants hold after each,
// an illegal event moves nothing, and all 27 transitions come up.
func TestApply_KeepsTheInvariantsInRandomSequences(t *testing.T) {
	t.Parallel()
	sequences := 1_500
	if proving() {
		sequences = 20_000
	}
	first := seed(t)
	seen := map[string]int{}
	for n := range sequences {
		if err := sequence(rand.New(rand.NewPCG(first, uint64(n))), seen); err != nil {
			t.Fatalf("seed %d, sequence %d: %v", first, n, err)
		}
	}
	for from, row := range parseTable(rewardTable) {
		for e := range row {
			if seen[from+" "+e] == 0 {
				t.Errorf("%s in %s never came up", e, from)
			}
		}
	}
}

func sequence(rng *rand.Rand, seen map[string]int) error {
	const c = "c1"
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	budget := 5_000 + rng.Int64N(35_000)
	b := book{ledger.Control(): budget, ledger.Avail(c): -budget}
	rails := campaign.Rails()
	var rows []*reward.Reward
	for range 60 {
		if len(rows) == 0 || len(rows) < 8 && rng.IntN(3) == 0 {
			a := 1 + rng.Int64N(4_000)
			if a > -b[ledger.Avail(c)] {
				continue
			}
			r := &reward.Reward{ID: ident.New(), CampaignID: c, CustomerID: "ana", State: reward.Pending, Currency: "EUR", AccruedMinor: a, AmountMinor: a,
				Rail: rails[rng.IntN(len(rails))], Charity: "DE-77"}
			if err := b.post(r.Accrual()); err != nil {
				return err
			}
			rows = append(rows, r)
			continue
		}
		r := rows[rng.IntN(len(rows))]
		if err := move(rng, b, r, rows, at, seen); err != nil {
			return err
		}
		if err := b.check(rows, budget, c); err != nil {
			return err
		}
	}
	return nil
}

// move does one thing to a reward: an event, legal or not, or a movement without one.
func move(rng *rand.Rand, b book, r *reward.Reward, rows []*reward.Reward, at time.Time, seen map[string]int) error {
	switch rng.IntN(8) {
	case 0: // a part of what was paid is taken back, or given back
		switch paid := r.State == reward.Issued && !r.Voidable() || r.State == reward.Redeemed; {
		case paid && r.AmountMinor > 1:
			return b.post(r.Claw(1 + rng.Int64N(r.AmountMinor-1)))
		case paid && r.OwedMinor > 0:
			return b.post(r.Unclaw(1 + rng.Int64N(r.OwedMinor)))
		}
		return nil
	case 1: // what is owed is taken out of a payable one
		for _, o := range rows {
			if part := min(o.OwedMinor, r.Payable().Minor); r.State == reward.Approved && o != r && part > 0 {
				o.OwedMinor -= part
				return b.post(r.Net(part))
			}
		}
		return nil
	}
	e := pick(rng, *r)
	before := *r
	part := int64(0)
	switch e {
	case reward.Adjust:
		if part = min(r.Payable().Minor, r.AmountMinor-1); part <= 0 {
			return nil
		}
		part = 1 + rng.Int64N(part)
	case reward.Reinstate:
		if part = r.OwedMinor; part == 0 {
			return nil
		}
	case reward.Reverse:
		if r.State.Open() && r.NettedMinor > 0 {
			if err := b.post(r.Claw(r.NettedMinor)); err != nil {
				return err
			}
			before = *r
		}
	}
	legs, err := r.Apply(e, part, at)
	if err != nil {
		if !fault.Is(err, fault.Conflict) || legs != nil || fmt.Sprint(before) != fmt.Sprint(*r) {
			return fmt.Errorf("%s in %s: %w, legs %v", e, before.State, err, legs)
		}
		return nil
	}
	seen[string(before.State)+" "+string(e)]++
	if len(legs) == 0 {
		return nil
	}
	return b.post(legs)
}

// pick returns an event, mostly a legal one, and seldom one that ends the reward early, so that the late ones come up.
func pick(rng *rand.Rand, r reward.Reward) reward.Event {
	for {
		e := reward.Events[rng.IntN(len(reward.Events))]
		if r.State.Terminal() || rng.IntN(50) == 0 {
			return e
		}
		early := r.State.Open() && (e == reward.Reverse || e == reward.Expire || e == reward.Hold)
		if _, err := r.Next(e); err == nil && (!early || rng.IntN(6) == 0) {
			return e
		}
	}
}
