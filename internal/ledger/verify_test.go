package ledger_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"goodword/internal/db"
	"goodword/internal/dbtest"
	"goodword/internal/ledger"
)

// untriggered changes rows as somebody would who can switch off triggers and foreign keys.
func untriggered(t *testing.T, d *db.DB, statements ...string) {
	t.Helper()
	dbtest.Untriggered(t, d, statements...)
}

// id returns the id of the journal with key.
func id(t *testing.T, d *db.DB, key string) string {
	t.Helper()
	var id string
	if err := d.NewRaw("SELECT id FROM ledger_journal WHERE key = ?", key).Scan(context.Background(), &id); err != nil {
		t.Fatal(err)
	}
	return id
}

func TestSeal_NumbersWithoutGaps(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		if n := seal(t, d); n != 0 {
			t.Errorf("%d journals sealed in an empty ledger", n)
		}
		post(t, d, authorise("authorise:c:1", 1000), accrue("r1", 1))
		if sum := wantSound(t, d); sum.Unsealed != 2 || !sum.OldestUnsealedAt.Equal(at) || sum.Journals != 2 || sum.Legs != 6 {
			t.Errorf("before sealing: %+v", sum)
		}
		if n := seal(t, d); n != 2 {
			t.Errorf("%d journals sealed, want 2", n)
		}
		post(t, d, accrue("r2", 1))
		if n, again := seal(t, d), seal(t, d); n != 1 || again != 0 {
			t.Errorf("%d, then %d journals sealed, want 1, then 0", n, again)
		}
		head, err := ledger.CurrentHead(t.Context(), d)
		if err != nil {
			t.Fatal(err)
		}
		if sum := wantSound(t, d); sum.Unsealed != 0 || sum.Head != head || head.Seq != 3 {
			t.Errorf("after sealing: %+v, head %+v", sum, head)
		}
		list, err := ledger.Journals(t.Context(), d, ledger.Filter{}, db.Page{})
		if err != nil {
			t.Fatal(err)
		}
		if j := list.Items[0]; j.Seq != 3 || j.Hash != head.Hash {
			t.Errorf("the last journal has number %d and hash %s, the head is %+v", j.Seq, j.Hash, head)
		}
	})
}

// Posting, sealing by two and verifying at once: no error, no finding, nothing left out.
func TestSeal_WhileOthersPostSealAndVerify(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		post(t, d, authorise("authorise:c:1", 1000_00))
		var posting, others sync.WaitGroup
		stop := make(chan struct{})
		repeat := func(fn func()) {
			others.Go(func() {
				for {
					select {
					case <-stop:
						return
					default:
						fn()
					}
				}
			})
		}
		repeat(func() { seal(t, d) })
		repeat(func() { seal(t, d) })
		repeat(func() { wantSound(t, d) })
		for p := range 4 {
			posting.Go(func() {
				for i := range 25 {
					if _, err := tryPost(d, accrue(fmt.Sprintf("r%d-%d", p, i), 5)); err != nil {
						t.Error(err)
					}
				}
			})
		}
		posting.Wait()
		close(stop)
		others.Wait()
		seal(t, d)
		if sum := wantSound(t, d); sum.Journals != 101 || sum.Unsealed != 0 || sum.Head.Seq != 101 {
			t.Errorf("%+v, want 101 sealed journals", sum)
		}
	})
}

func TestVerify_NamesWhatWasCorrupted(t *testing.T) {
	t.Parallel()
	type want struct{ kind, row string }
	cases := []struct {
		name string
		// corrupt returns the statements, and what must be among the findings. r is the id of accrue:r's journal, the
		// second of four sealed; its first leg is on M:avail:c.
		corrupt func(r string) ([]string, []want)
	}{
		{"flip an amount", func(r string) ([]string, []want) {
			return []string{"UPDATE ledger_leg SET amount_minor = 301 WHERE journal_id = '" + r + "' AND number = 1"},
				[]want{{ledger.Changed, r}, {ledger.Unbalanced, r}, {ledger.WrongBalance, "M:avail:c EUR"}}
		}},
		{"flip two amounts so that they balance", func(r string) ([]string, []want) {
			return []string{"UPDATE ledger_leg SET amount_minor = 301 WHERE journal_id = '" + r + "' AND account LIKE 'M:%'"},
				[]want{{ledger.Changed, r}, {ledger.WrongBalance, "M:committed:c EUR"}}
		}},
		{"drop a leg", func(r string) ([]string, []want) {
			return []string{"DELETE FROM ledger_leg WHERE journal_id = '" + r + "' AND number = 2"},
				[]want{{ledger.WrongLegs, r}, {ledger.Unbalanced, r}, {ledger.Changed, r}}
		}},
		{"swap an account", func(r string) ([]string, []want) {
			return []string{"UPDATE ledger_leg SET account = 'L:pending:r2' WHERE journal_id = '" + r + "' AND account = 'L:pending:r'"},
				[]want{{ledger.Changed, r}, {ledger.WrongBalance, "L:pending:r EUR"}, {ledger.WrongBalance, "L:pending:r2 EUR"}, {ledger.BelowZero, "L:pending:r EUR"}}
		}},
		{"swap an account for one that is not there", func(r string) ([]string, []want) {
			return []string{"UPDATE ledger_leg SET account = 'L:pending:nobody' WHERE journal_id = '" + r + "' AND account = 'L:pending:r'"},
				[]want{{ledger.Changed, r}, {ledger.NoAccount, "L:pending:nobody EUR"}}
		}},
		{"delete a journal", func(r string) ([]string, []want) {
			return []string{"DELETE FROM ledger_journal WHERE id = '" + r + "'"},
				[]want{{ledger.Gap, "approve:r"}, {ledger.OrphanLeg, r + "/1"}, {ledger.WrongKey, "accrue:r"}}
		}},
		{"delete a journal and its legs", func(r string) ([]string, []want) {
			return []string{"DELETE FROM ledger_journal WHERE id = '" + r + "'", "DELETE FROM ledger_leg WHERE journal_id = '" + r + "'"},
				[]want{{ledger.Gap, "approve:r"}, {ledger.WrongKey, "accrue:r"}, {ledger.WrongBalance, "L:pending:r EUR"}}
		}},
		{"delete the newest", func(string) ([]string, []want) {
			return []string{"DELETE FROM ledger_journal WHERE seq = 4"}, []want{{ledger.WrongHead, "1"}}
		}},
		{"reorder", func(r string) ([]string, []want) {
			return []string{"UPDATE ledger_journal SET seq = 20 WHERE seq = 2", "UPDATE ledger_journal SET seq = 2 WHERE seq = 3", "UPDATE ledger_journal SET seq = 3 WHERE seq = 20"},
				[]want{{ledger.BrokenChain, r}, {ledger.BrokenChain, "approve:r"}, {ledger.Changed, r}}
		}},
		{"edit a hash", func(r string) ([]string, []want) {
			return []string{"UPDATE ledger_journal SET hash = '" + strings.Repeat("a", 64) + "' WHERE id = '" + r + "'"},
				[]want{{ledger.Changed, r}, {ledger.BrokenChain, "approve:r"}}
		}},
		{"edit a journal", func(r string) ([]string, []want) {
			return []string{"UPDATE ledger_journal SET reward_id = 'r2' WHERE id = '" + r + "'"}, []want{{ledger.Changed, r}}
		}},
		{"duplicate a journal", func(r string) ([]string, []want) {
			return []string{
					"INSERT INTO ledger_journal (id, key, kind, at, actor_kind, legs) SELECT 'twin', 'twin', kind, at, actor_kind, legs FROM ledger_journal WHERE id = '" + r + "'",
					"INSERT INTO ledger_leg SELECT 'twin', number, account, currency, side, amount_minor FROM ledger_leg WHERE journal_id = '" + r + "'"},
				[]want{{ledger.WrongKey, "twin"}, {ledger.WrongBalance, "L:pending:r EUR"}, {ledger.WrongBalance, "E:rewards:c EUR"}}
		}},
		{"a leg of another currency", func(r string) ([]string, []want) {
			return []string{"UPDATE ledger_leg SET currency = 'USD' WHERE journal_id = '" + r + "' AND number = 4"},
				[]want{{ledger.Changed, r}, {ledger.Unbalanced, r}, {ledger.NoAccount, "L:pending:r USD"}}
		}},
		{"a stale balance", func(string) ([]string, []want) {
			return []string{"UPDATE ledger_account SET balance_minor = balance_minor + 5 WHERE name = 'L:payable:r'"},
				[]want{{ledger.WrongBalance, "L:payable:r EUR"}, {ledger.UnevenSum, "EUR"}}
		}},
		{"a richer budget", func(string) ([]string, []want) {
			return []string{"UPDATE ledger_account SET balance_minor = balance_minor + 5 WHERE name = 'M:avail:c'"},
				[]want{{ledger.WrongBalance, "M:avail:c EUR"}, {ledger.WrongBudget, "EUR"}}
		}},
		{"the head set back", func(string) ([]string, []want) {
			return []string{"UPDATE ledger_head SET seq = 3, hash = (SELECT hash FROM ledger_journal WHERE seq = 3)"},
				[]want{{ledger.WrongHead, "accrue:r2"}}
		}},
		{"a forgotten key", func(r string) ([]string, []want) {
			return []string{"DELETE FROM ledger_key WHERE key = 'accrue:r'"}, []want{{ledger.WrongKey, r}}
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				post(t, d, authorise("authorise:c:1", 1000), accrue("r", 300), approve("r", 300), accrue("r2", 100))
				seal(t, d)
				wantSound(t, d)
				ids := map[string]string{}
				for _, key := range []string{"accrue:r", "approve:r", "accrue:r2"} {
					ids[key] = id(t, d, key)
				}
				statements, wants := c.corrupt(ids["accrue:r"])
				untriggered(t, d, statements...)
				found, _ := verify(t, d)
				for _, w := range wants {
					ok := false
					for _, f := range found {
						ok = ok || f.Kind == w.kind && (f.Row == w.row || f.Row == ids[w.row])
					}
					if !ok {
						t.Errorf("no finding %s of %s in %v", w.kind, w.row, found)
					}
				}
			})
		})
	}
}

// Whoever rewrites the end of the chain consistently, head included, is caught by a head that was kept elsewhere.
func TestVerify_KnownHeadFindsARewrittenEnd(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		post(t, d, authorise("authorise:c:1", 1000), accrue("r", 300))
		seal(t, d)
		yesterday, err := ledger.CurrentHead(t.Context(), d)
		if err != nil {
			t.Fatal(err)
		}
		post(t, d, accrue("r2", 10))
		seal(t, d)
		if found, _ := verify(t, d, ledger.Head{}, yesterday); len(found) != 0 {
			t.Errorf("a kept head on the chain: %v", found)
		}
		unseal := []string{
			"UPDATE ledger_journal SET seq = NULL, prev_hash = NULL, hash = NULL WHERE seq > 1",
			"UPDATE ledger_head SET seq = 1, hash = (SELECT hash FROM ledger_journal WHERE seq = 1)",
		}
		untriggered(t, d, unseal...)
		wantForged(t, d, "cut off", yesterday)

		untriggered(t, d, "UPDATE ledger_journal SET actor_id = 'somebody' WHERE key = 'accrue:r'")
		seal(t, d)
		wantForged(t, d, "rewritten", yesterday)
	})
}

// wantForged wants books that are sound by themselves and that a kept head betrays.
func wantForged(t *testing.T, d *db.DB, name string, kept ledger.Head) {
	t.Helper()
	if found, _ := verify(t, d); len(found) != 0 {
		t.Fatalf("%s: the forgery is not consistent: %v", name, found)
	}
	if found, _ := verify(t, d, kept); len(found) != 1 || found[0].Kind != ledger.WrongHead {
		t.Errorf("%s: findings %v, want one wrong head", name, found)
	}
}
