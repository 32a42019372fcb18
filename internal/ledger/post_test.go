package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"goodword/internal/db"
	"goodword/internal/dbtest"
	"goodword/internal/fault"
	"goodword/internal/ledger"
	"goodword/internal/money"
)

func TestPost_MovesBalancesInTheirNormalDirection(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		post(t, d, authorise("authorise:c:1", 1000), accrue("r", 300), approve("r", 300))
		for account, want := range map[string]int64{
			ledger.Control(): 1000, ledger.Avail("c"): 700, ledger.Committed("c"): 300, ledger.Spent("c"): 0,
			ledger.Rewards("c"): 300, ledger.Pending("r"): 0, ledger.Payable("r"): 300,
		} {
			if got := balance(t, d, account); got != want {
				t.Errorf("balance of %s = %d, want %d", account, got, want)
			}
		}
		wantSound(t, d)
	})
}

func TestPost_SecondTimeChangesNothing(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		if !post(t, d, authorise("authorise:c:1", 1000)) {
			t.Error("the first Post reported false")
		}
		if post(t, d, authorise("authorise:c:1", 1000)) || post(t, d, authorise("authorise:c:1", 5)) {
			t.Error("a later Post with the same key reported true")
		}
		if got := balance(t, d, ledger.Control()); got != 1000 {
			t.Errorf("authorised %d, want 1000", got)
		}
		wantSound(t, d)
	})
}

func TestPost_RolledBackLeavesNothing(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		stop := errors.New("stop")
		err := d.InTx(t.Context(), func(ctx context.Context, tx db.Tx) error {
			if posted, err := ledger.Post(ctx, tx, authorise("authorise:c:1", 1000)); err != nil || !posted {
				t.Errorf("Post = %v, %v", posted, err)
			}
			return stop
		})
		if !errors.Is(err, stop) {
			t.Fatal(err)
		}
		if got := balance(t, d, ledger.Control()); got != 0 {
			t.Errorf("authorised %d, want 0", got)
		}
		if !post(t, d, authorise("authorise:c:1", 1000)) {
			t.Error("the key was still taken")
		}
	})
}

func TestPost_OverdrawIsAConflict(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		post(t, d, authorise("authorise:c:1", 100))
		_, err := tryPost(d, accrue("r", 101))
		if f := fault.As(err); f == nil || f.Code != fault.Conflict || f.Key != "ledger.overdraw" {
			t.Errorf("accrual over the budget: %v, want a conflict with the key ledger.overdraw", err)
		}
		clawback := journal("netting", "recover", ledger.Debit(ledger.Payable("r"), eur(1)), ledger.Credit(ledger.Clawback("a"), eur(1)))
		if _, err := tryPost(d, clawback); !fault.Is(err, fault.Conflict) {
			t.Errorf("recovery of nothing: %v, want a conflict", err)
		}
		// Mirrors of real balances may be below zero.
		post(t, d, journal("fee", "fee", ledger.Debit(ledger.Fees("transfer"), eur(5)), ledger.Credit(ledger.Stripe, eur(5))))
		if got := balance(t, d, ledger.Stripe); got != -5 {
			t.Errorf("balance of %s = %d, want -5", ledger.Stripe, got)
		}
		wantSound(t, d)
	})
}

func TestPost_RefusesMistakesBeforeTheDatabaseDoes(t *testing.T) {
	t.Parallel()
	bare := func(change func(*ledger.Journal)) ledger.Journal {
		j := authorise("k", 1)
		change(&j)
		return j
	}
	cases := map[string]ledger.Journal{
		"no key":     bare(func(j *ledger.Journal) { j.Key = "" }),
		"no kind":    bare(func(j *ledger.Journal) { j.Kind = "" }),
		"no time":    bare(func(j *ledger.Journal) { j.At = time.Time{} }),
		"no actor":   bare(func(j *ledger.Journal) { j.ActorKind = "" }),
		"no legs":    bare(func(j *ledger.Journal) { j.Legs = nil }),
		"one leg":    bare(func(j *ledger.Journal) { j.Legs = j.Legs[:1] }),
		"too many":   bare(func(j *ledger.Journal) { j.Legs = slices.Repeat(j.Legs, 501) }),
		"unbalanced": journal("k", "x", ledger.Debit(ledger.Bank, eur(2)), ledger.Credit(ledger.Stripe, eur(1))),
		"zero":       journal("k", "x", ledger.Debit(ledger.Bank, eur(0)), ledger.Credit(ledger.Stripe, eur(0))),
		"negative":   journal("k", "x", ledger.Debit(ledger.Bank, eur(-1)), ledger.Credit(ledger.Stripe, eur(-1))),
		"huge":       journal("k", "x", ledger.Debit(ledger.Bank, eur(ledger.MaxLeg+1)), ledger.Credit(ledger.Stripe, eur(ledger.MaxLeg+1))),
		"two currencies": journal("k", "x", ledger.Debit(ledger.Bank, eur(1)),
			ledger.Credit(ledger.Stripe, money.New(1, "USD"))),
		"unknown currency": journal("k", "x", ledger.Debit(ledger.Bank, money.New(1, "ZZZ")), ledger.Credit(ledger.Stripe, money.New(1, "ZZZ"))),
		"budget against money": journal("k", "x", ledger.Debit(ledger.Bank, eur(1)),
			ledger.Credit(ledger.Avail("c"), eur(1))),
		"no account": journal("k", "x", ledger.Debit(ledger.Pending(""), eur(1)), ledger.Credit(ledger.Stripe, eur(1))),
		"side":       journal("k", "x", ledger.Leg{Account: ledger.Bank, Side: "d", Amount: eur(1)}, ledger.Credit(ledger.Stripe, eur(1))),
	}
	d := dbtest.SQLite(t)
	for name, j := range cases {
		if posted, err := tryPost(d, j); posted || fault.CodeOf(err) != fault.Internal {
			t.Errorf("%s: Post = %v, %v, want an internal fault", name, posted, err)
		}
	}
	post(t, d, journal("codes", "issue", ledger.Debit(ledger.Rewards("c"), money.New(1, "CODE")), ledger.Credit(ledger.OutstandingPromo("r"), money.New(1, "CODE"))))
}

func TestPost_TwentyAtOnceWithOneKeyPostOnce(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		var posted atomic.Int64
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				ok, err := tryPost(d, authorise("authorise:c:1", 100))
				if err != nil {
					t.Error(err)
				}
				if ok {
					posted.Add(1)
				}
			})
		}
		wg.Wait()
		if got := balance(t, d, ledger.Control()); posted.Load() != 1 || got != 100 {
			t.Errorf("%d posted, authorised %d; want 1 and 100", posted.Load(), got)
		}
		wantSound(t, d)
	})
}

// A budget of 1,000.00, 120 accruals of 30.00 and reversals of half of them at once: never below zero, no deadlock.
func TestPost_BudgetHoldsUnderParallelAccrualsAndReversals(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		post(t, d, authorise("authorise:c:1", 1000_00))
		var accepted atomic.Int64
		take := func(i int) bool {
			took := false
			err := d.InTx(context.Background(), func(ctx context.Context, tx db.Tx) error {
				took = false
				left, err := ledger.Lock(ctx, tx, ledger.Avail("c"), "EUR")
				if err != nil || left < 30_00 {
					return err
				}
				took, err = ledger.Post(ctx, tx, accrue(fmt.Sprintf("r%d", i), 30_00))
				return err
			})
			if err != nil {
				t.Error(err)
			}
			return took
		}
		var wg sync.WaitGroup
		for i := range 120 {
			wg.Go(func() {
				if !take(i) {
					return
				}
				accepted.Add(1)
				if i%2 == 1 {
					return
				}
				r := fmt.Sprintf("r%d", i)
				if _, err := tryPost(d, journal("reverse:"+r, "reverse",
					ledger.Debit(ledger.Pending(r), eur(30_00)), ledger.Credit(ledger.Rewards("c"), eur(30_00)),
					ledger.Debit(ledger.Committed("c"), eur(30_00)), ledger.Credit(ledger.Avail("c"), eur(30_00)))); err != nil {
					t.Error(err)
				}
				accepted.Add(-1)
			})
		}
		wg.Wait()
		left, committed := balance(t, d, ledger.Avail("c")), balance(t, d, ledger.Committed("c"))
		if committed != accepted.Load()*30_00 || left+committed != 1000_00 || left < 0 || committed > 990_00 {
			t.Errorf("available %d, committed %d with %d accruals left", left, committed, accepted.Load())
		}
		wantSound(t, d)
	})
}

func TestPost_CapAcceptsExactlyWhatFits(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		post(t, d, authorise("authorise:c:1", 1000_00))
		var accepted, refused atomic.Int64
		var wg sync.WaitGroup
		for i := range 60 {
			wg.Go(func() {
				switch _, err := tryPost(d, accrue(fmt.Sprintf("r%d", i), 30_00)); fault.CodeOf(err) {
				case "":
					accepted.Add(1)
				case fault.Conflict:
					refused.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if accepted.Load() != 33 || refused.Load() != 27 {
			t.Errorf("%d accepted and %d refused, want 33 and 27", accepted.Load(), refused.Load())
		}
		wantSound(t, d)
	})
}

func TestJournals_FiltersAndPages(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		post(t, d, authorise("authorise:c:1", 1000))
		for i := range 5 {
			post(t, d, accrue(fmt.Sprintf("r%d", i), 10))
		}
		var keys []string
		for p := (db.Page{Limit: 2}); ; {
			list, err := ledger.Journals(t.Context(), d, ledger.Filter{}, p)
			if err != nil {
				t.Fatal(err)
			}
			for _, j := range list.Items {
				keys = append(keys, j.Key)
			}
			if p.Cursor = list.Next; p.Cursor == "" {
				break
			}
		}
		want := []string{"accrue:r4", "accrue:r3", "accrue:r2", "accrue:r1", "accrue:r0", "authorise:c:1"}
		if !slices.Equal(keys, want) {
			t.Errorf("journals %v, want %v", keys, want)
		}
		for name, f := range map[string]ledger.Filter{
			"reward":  {RewardID: "r3"},
			"account": {Account: ledger.Pending("r3")},
			"both":    {Kind: "accrue", CampaignID: "c", RewardID: "r3", From: at, To: at.Add(time.Second)},
		} {
			list, err := ledger.Journals(t.Context(), d, f, db.Page{})
			if err != nil {
				t.Fatal(err)
			}
			if len(list.Items) != 1 || list.Items[0].Key != "accrue:r3" {
				t.Errorf("%s: %+v, want accrue:r3", name, list.Items)
			} else if j := list.Items[0]; len(j.Legs) != 4 || !j.At.Equal(at) || j.RewardID != "r3" || j.ActorKind != "system" {
				t.Errorf("%s: %+v is not what was posted", name, j)
			}
		}
		for _, f := range []ledger.Filter{{To: at}, {From: at.Add(time.Second)}, {IntroductionID: "i"}, {Account: "A:bank"}} {
			if list, err := ledger.Journals(t.Context(), d, f, db.Page{}); err != nil || len(list.Items) != 0 {
				t.Errorf("%+v: %d journals, %v; want none", f, len(list.Items), err)
			}
		}
		if _, err := ledger.Journals(t.Context(), d, ledger.Filter{}, db.Page{Cursor: "x"}); !fault.Is(err, fault.Malformed) {
			t.Errorf("a foreign cursor: %v, want malformed", err)
		}
	})
}

func TestAccounts_PrefixAndPages(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		post(t, d, authorise("authorise:c:1", 1000), accrue("r1", 10), accrue("r2", 20), approve("r2", 20))
		var names []string
		for p := (db.Page{Limit: 1}); ; {
			list, err := ledger.Accounts(t.Context(), d, "L:p", p)
			if err != nil {
				t.Fatal(err)
			}
			for _, a := range list.Items {
				names = append(names, a.Name)
			}
			if p.Cursor = list.Next; p.Cursor == "" {
				break
			}
		}
		if want := []string{"L:payable:r2", "L:pending:r1", "L:pending:r2"}; !slices.Equal(names, want) {
			t.Errorf("accounts %v, want %v", names, want)
		}
		all, err := ledger.Balances(t.Context(), d, "M:")
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range all {
			if a.Currency != "EUR" || a.Guarded != (a.Name != "M:control") || (a.Normal == ledger.D) != (a.Name == "M:control") {
				t.Errorf("account %+v", a)
			}
		}
		if len(all) != 3 {
			t.Errorf("%d memo accounts, want 3", len(all))
		}
	})
}
