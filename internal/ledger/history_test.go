package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"testing"

	"goodword/internal/db"
	"goodword/internal/dbtest"
	"goodword/internal/fault"
	"goodword/internal/ledger"
	"goodword/internal/money"
)

// model is the ledger as one would write it in an afternoon: balances, keys, and no database.
type model struct {
	balances map[string]int64
	keys     map[string]bool
}

// post returns what the ledger is after Post, and what Post must answer.
func (m model) post(j ledger.Journal) (next model, posted, overdrawn bool) {
	if m.keys[j.Key] {
		return m, false, false
	}
	next = model{balances: maps.Clone(m.balances), keys: maps.Clone(m.keys)}
	next.keys[j.Key] = true
	for _, l := range j.Legs {
		amount := l.Amount.Minor
		creditNormal := strings.HasPrefix(l.Account, "L:") || strings.HasPrefix(l.Account, "X:") || strings.HasPrefix(l.Account, "O:") ||
			strings.HasPrefix(l.Account, "M:") && l.Account != "M:control" ||
			strings.HasPrefix(l.Account, "E:recoveries:") || l.Account == "E:breakage"
		if (l.Side == ledger.C) != creditNormal {
			amount = -amount
		}
		next.balances[l.Account+" "+l.Amount.Currency] += amount
	}
	for name, b := range next.balances {
		floor := strings.HasPrefix(name, "L:") || strings.HasPrefix(name, "X:") || strings.HasPrefix(name, "A:clawback:") ||
			strings.HasPrefix(name, "M:") && !strings.HasPrefix(name, "M:control ")
		if floor && b < 0 {
			return m, false, true
		}
	}
	return next, true, false
}

// step makes a random posting of trust.md 5.2 on two campaigns and three rewards in two currencies, legal or not:
// whether there is enough on the accounts is left to luck.
func step(r *rand.Rand, n int) ledger.Journal {
	c, w := fmt.Sprintf("c%d", r.IntN(2)), fmt.Sprintf("r%d", r.IntN(3))
	currency := []string{"EUR", "EUR", "JPY"}[r.IntN(3)]
	a := money.New(1+r.Int64N(400), currency)
	j := ledger.Journal{Key: fmt.Sprintf("k%d", n), At: at, RewardID: w, CampaignID: c, ActorKind: "system"}
	if r.IntN(10) == 0 {
		j.Key = fmt.Sprintf("k%d", r.IntN(n+1))
	}
	move := func(debit, credit string) {
		j.Legs = append(j.Legs, ledger.Debit(debit, a), ledger.Credit(credit, a))
	}
	open := []string{ledger.Pending(w), ledger.Held(w), ledger.Payable(w)}[r.IntN(3)]
	outstanding := []string{ledger.OutstandingPromo(w), ledger.OutstandingCredit(w)}[r.IntN(2)]
	switch r.IntN(14) {
	case 0:
		j.Kind = "authorise"
		a.Minor *= 5
		move(ledger.Control(), ledger.Avail(c))
	case 1, 2, 3:
		j.Kind = "accrue"
		move(ledger.Rewards(c), ledger.Pending(w))
		move(ledger.Avail(c), ledger.Committed(c))
	case 4:
		j.Kind = "hold"
		move(open, ledger.Held(w))
	case 5:
		j.Kind = "approve"
		move(ledger.Pending(w), ledger.Payable(w))
	case 6:
		j.Kind = "issue"
		move(ledger.Payable(w), ledger.Clearing(w))
	case 7:
		j.Kind = "settle"
		move(ledger.Clearing(w), []string{ledger.Stripe, ledger.GiftCards, ledger.Charity("e1"), outstanding}[r.IntN(4)])
		move(ledger.Committed(c), ledger.Spent(c))
	case 8:
		j.Kind = "fail"
		move(ledger.Clearing(w), ledger.Payable(w))
	case 9:
		j.Kind = "reverse"
		move(open, ledger.Rewards(c))
		move(ledger.Committed(c), ledger.Avail(c))
	case 10:
		j.Kind = "redeem"
		move(outstanding, ledger.BillingOffset)
	case 11:
		j.Kind = "clawback"
		move(ledger.Clawback("a"), ledger.Recoveries(c))
	case 12:
		j.Kind = "recover"
		move([]string{ledger.Stripe, ledger.Payable(w), ledger.BadDebt}[r.IntN(3)], ledger.Clawback("a"))
	default:
		// Down and up on one account: only the sum may count, whatever the order of the legs.
		j.Kind = "netting"
		move(ledger.Payable(w), ledger.Clawback("a"))
		move(ledger.Bank, ledger.Payable(w))
	}
	r.Shuffle(len(j.Legs), func(i, k int) { j.Legs[i], j.Legs[k] = j.Legs[k], j.Legs[i] })
	return j
}

func TestHistory_EqualsTheModelOnBothEngines(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	const histories, steps = 3, 80
	engines := []*db.DB{dbtest.SQLite(t), dbtest.Postgres(t)}
	posted, refused := 0, 0
	m := model{balances: map[string]int64{}, keys: map[string]bool{}}
	for h := range histories {
		r := rand.New(rand.NewPCG(seed, uint64(h)))
		for n := range steps {
			j := step(r, h*steps+n)
			abandoned := r.IntN(12) == 0
			next, ok, overdrawn := m.post(j)
			for _, d := range engines {
				check(t, d, j, ok, overdrawn, abandoned)
			}
			if abandoned {
				continue
			}
			m = next
			if ok {
				posted++
			}
			if overdrawn {
				refused++
			}
			for _, d := range engines {
				if got := balances(t, d, m.balances); !maps.Equal(got, m.balances) {
					t.Fatalf("%s, history %d, step %d, %s: balances\n%v, want\n%v", d.Engine(), h, n, j.Kind, got, m.balances)
				}
			}
			if t.Failed() {
				t.Fatalf("history %d, step %d", h, n)
			}
		}
		for _, d := range engines {
			seal(t, d)
			wantSound(t, d)
		}
	}
	if posted < 40 || refused < 20 {
		t.Errorf("%d posted and %d refused: the histories have no power", posted, refused)
	}
}

// check posts j and compares the answer; an abandoned transaction is rolled back after it.
func check(t *testing.T, d *db.DB, j ledger.Journal, ok, overdrawn, abandoned bool) {
	t.Helper()
	abandon := errors.New("abandon")
	err := d.InTx(context.Background(), func(ctx context.Context, tx db.Tx) error {
		posted, err := ledger.Post(ctx, tx, j)
		if err == nil && posted != ok {
			t.Errorf("%s %s: posted %v, want %v", d.Engine(), j.Kind, posted, ok)
		}
		if err == nil && abandoned {
			return abandon
		}
		return err
	})
	if overdrawn {
		if f := fault.As(err); f == nil || f.Key != "ledger.overdraw" {
			t.Errorf("%s %s: %v, want an overdraw", d.Engine(), j.Kind, err)
		}
	} else if err != nil && !errors.Is(err, abandon) {
		t.Errorf("%s %s: %v", d.Engine(), j.Kind, err)
	}
}

// balances returns those of want; one that was never posted to is 0.
func balances(t *testing.T, d *db.DB, want map[string]int64) map[string]int64 {
	t.Helper()
	accounts, err := ledger.Balances(context.Background(), d, "")
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]int64{}
	for name := range want {
		got[name] = 0
	}
	for _, a := range accounts {
		got[a.Name+" "+a.Currency] = a.BalanceMinor
	}
	return got
}
