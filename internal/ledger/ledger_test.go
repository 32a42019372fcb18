package ledger_test

import (
	"context"
	"testing"
	"time"

	"goodword/internal/db"
	"goodword/internal/ledger"
	"goodword/internal/money"
)

var at = time.Date(2026, 5, 14, 9, 30, 0, 123456000, time.UTC)

func eur(minor int64) money.Amount { return money.New(minor, "EUR") }

// journal makes a journal of kind about campaign "c" with key and legs.
func journal(key, kind string, legs ...ledger.Leg) ledger.Journal {
	return ledger.Journal{Key: key, Kind: kind, At: at, CampaignID: "c", ActorKind: "system", Legs: legs}
}

func authorise(key string, minor int64) ledger.Journal {
	return journal(key, "authorise", ledger.Debit(ledger.Control(), eur(minor)), ledger.Credit(ledger.Avail("c"), eur(minor)))
}

func accrue(reward string, minor int64) ledger.Journal {
	j := journal("accrue:"+reward, "accrue",
		ledger.Debit(ledger.Rewards("c"), eur(minor)), ledger.Credit(ledger.Pending(reward), eur(minor)),
		ledger.Debit(ledger.Avail("c"), eur(minor)), ledger.Credit(ledger.Committed("c"), eur(minor)))
	j.RewardID = reward
	return j
}

func approve(reward string, minor int64) ledger.Journal {
	j := journal("approve:"+reward, "approve",
		ledger.Debit(ledger.Pending(reward), eur(minor)), ledger.Credit(ledger.Payable(reward), eur(minor)))
	j.RewardID = reward
	return j
}

// post posts each journal in a transaction of its own and returns what the last Post said.
func post(t *testing.T, d *db.DB, journals ...ledger.Journal) bool {
	t.Helper()
	posted := false
	for _, j := range journals {
		nextMillisecond()
		var err error
		if posted, err = tryPost(d, j); err != nil {
			t.Fatal(err)
		}
	}
	return posted
}

// nextMillisecond makes the order of ids certain: those of one millisecond may be in any order.
func nextMillisecond() {
	for ms := time.Now().UnixMilli(); time.Now().UnixMilli() == ms; {
	}
}

func tryPost(d *db.DB, j ledger.Journal) (posted bool, err error) {
	err = d.InTx(context.Background(), func(ctx context.Context, tx db.Tx) error {
		posted, err = ledger.Post(ctx, tx, j)
		return err
	})
	return posted, err
}

func balance(t *testing.T, d *db.DB, account string) int64 {
	t.Helper()
	b, err := ledger.Balance(context.Background(), d, account, "EUR")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func seal(t *testing.T, d *db.DB) int {
	t.Helper()
	n, err := ledger.Seal(context.Background(), d)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func verify(t *testing.T, d *db.DB, known ...ledger.Head) ([]ledger.Finding, ledger.Summary) {
	t.Helper()
	var found []ledger.Finding
	sum, err := ledger.Verify(context.Background(), d, func(f ledger.Finding) { found = append(found, f) }, known...)
	if err != nil {
		t.Fatal(err)
	}
	return found, sum
}

func wantSound(t *testing.T, d *db.DB) ledger.Summary {
	t.Helper()
	found, sum := verify(t, d)
	for _, f := range found {
		t.Errorf("a sound ledger has the finding %s: %s", f.Kind, f)
	}
	return sum
}
