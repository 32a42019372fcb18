package ledger_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"goodword/internal/db"
	"goodword/internal/dbtest"
	"goodword/internal/ledger"
)

// What is exported adds up to every account, debits equal credits in each journal, each is there once, and no more than a page
// is read at a time.
func TestExport_AddsUpToTheAccounts(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		const rewards = 1200
		post(t, d, authorise("authorise:c:1", 5_000_00))
		for n := range rewards {
			post(t, d, accrue(fmt.Sprintf("r%04d", n), int64(1+n%400)))
		}
		seal(t, d)
		// What comes while it is read, and what is not sealed yet, is the next export's.
		late := false
		sums, journals, pages, most := map[[2]string]int64{}, map[string]bool{}, 0, 0
		err := ledger.Export(t.Context(), d, ledger.Period{}, func(page []ledger.Posted) error {
			if !late {
				late = true
				post(t, d, accrue("late", 1))
				seal(t, d)
			}
			pages, most = pages+1, max(most, len(page))
			for _, j := range page {
				if journals[j.ID] || j.Seq != int64(len(journals)+1) {
					t.Fatalf("journal %s comes as number %d after %d", j.ID, j.Seq, len(journals))
				}
				journals[j.ID] = true
				even := map[string]int64{}
				for _, l := range j.Legs {
					minor := l.Amount.Minor
					if l.Side == ledger.C {
						minor = -minor
					}
					even[l.Amount.Currency] += minor
					sums[[2]string{l.Account, l.Amount.Currency}] += minor
				}
				for currency, sum := range even {
					if sum != 0 {
						t.Errorf("journal %s is out by %d %s", j.ID, sum, currency)
					}
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if len(journals) != rewards+1 || pages < 3 || most > 500 {
			t.Errorf("%d journals in %d pages of at most %d", len(journals), pages, most)
		}
		accounts, err := ledger.Balances(t.Context(), d, "")
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range accounts {
			want := a.BalanceMinor
			switch a.Name {
			case "L:pending:late":
				continue
			case ledger.Avail("c"):
				want++
			case ledger.Committed("c"), ledger.Rewards("c"):
				want--
			}
			if a.Normal == ledger.C {
				want = -want
			}
			if got := sums[[2]string{a.Name, a.Currency}]; got != want {
				t.Errorf("%s %s: exported %d, in the books %d", a.Name, a.Currency, got, want)
			}
		}
	})
}

func TestExport_KeepsToThePeriodAndEndsWithAnError(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		first := authorise("authorise:c:1", 100)
		post(t, d, first)
		for n, key := range []string{"early", "in", "edge"} {
			j := accrue(key, 1)
			j.At = first.At.Add(time.Duration(n) * time.Hour)
			post(t, d, j)
		}
		seal(t, d)
		post(t, d, accrue("open", 1)) // not sealed yet
		read := func(p ledger.Period) (keys []string) {
			t.Helper()
			err := ledger.Export(t.Context(), d, p, func(page []ledger.Posted) error {
				for _, j := range page {
					keys = append(keys, j.Key)
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			return keys
		}
		from, to := first.At.Add(time.Hour), first.At.Add(2*time.Hour)
		for _, c := range []struct {
			period ledger.Period
			want   string
		}{
			{ledger.Period{}, "[authorise:c:1 accrue:early accrue:in accrue:edge]"},
			{ledger.Period{From: from}, "[accrue:in accrue:edge]"},
			{ledger.Period{From: from, To: to}, "[accrue:in]"},
			{ledger.Period{To: first.At}, "[]"},
		} {
			if got := fmt.Sprint(read(c.period)); got != c.want {
				t.Errorf("%v: %s, want %s", c.period, got, c.want)
			}
		}
		broken := errors.New("the line is cut")
		if err := ledger.Export(t.Context(), d, ledger.Period{}, func([]ledger.Posted) error { return broken }); !errors.Is(err, broken) {
			t.Errorf("%v, want what the reader said", err)
		}
	})
}
