package ledger_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"goodword/internal/db"
	"goodword/internal/dbtest"
	"goodword/internal/fault"
	"goodword/internal/ledger"
)

const (
	claimX  = `INSERT INTO ledger_key (key) VALUES ('x')`
	insertX = `INSERT INTO ledger_journal (id, key, kind, at, actor_kind, legs) VALUES ('x', 'x', 'x', '2026-05-14 09:30:00+00:00', 'x', 2)`
)

// legX adds a leg to journal x.
func legX(values string) string {
	return "INSERT INTO ledger_leg (journal_id, number, account, currency, side, amount_minor) VALUES ('x', " + values + ")"
}

// The books as an attacker with a connection finds them: 1,000 authorised, 300 accrued for r and sealed, 100 for r2 not
// yet sealed. Accounts A:bank and A:stripe exist in euros and dollars.
func attacked(t *testing.T, d *db.DB) {
	t.Helper()
	post(t, d, authorise("authorise:c:1", 1000), accrue("r", 300))
	seal(t, d)
	post(t, d, accrue("r2", 100))
	for _, currency := range []string{"EUR", "USD"} {
		for _, account := range []string{"A:bank", "A:stripe"} {
			exec(t, d, `INSERT INTO ledger_account (name, currency, normal, guarded, balance_minor) VALUES ('`+account+`', '`+currency+`', 'D', FALSE, 0)`)
		}
	}
}

func exec(t *testing.T, d *db.DB, statements ...string) {
	t.Helper()
	if _, err := tryExec(d, statements...); err != nil {
		t.Fatal(err)
	}
}

// tryExec runs the statements in one transaction and returns how many rows the last one changed.
func tryExec(d *db.DB, statements ...string) (n int64, err error) {
	err = d.InTx(context.Background(), func(ctx context.Context, tx db.Tx) error {
		for _, s := range statements {
			if n, err = db.Affected(tx.ExecContext(ctx, s)); err != nil {
				return err
			}
		}
		return nil
	})
	return n, err
}

func TestDatabase_RefusesAttacks(t *testing.T) {
	t.Parallel()
	debit := legX(`1, 'A:bank', 'EUR', 'D', 100`)
	credit := legX(`2, 'A:stripe', 'EUR', 'C', 100`)
	type attack struct {
		name       string
		statements []string
	}
	common := []attack{
		{"unbalanced", []string{claimX, debit, legX(`2, 'A:stripe', 'EUR', 'C', 99`), insertX}},
		{"both on one side", []string{claimX, debit, legX(`2, 'A:stripe', 'EUR', 'D', 100`), insertX}},
		{"mixed currency", []string{claimX, debit, legX(`2, 'A:stripe', 'USD', 'C', 100`), insertX}},
		{"budget against money", []string{claimX, debit, legX(`2, 'M:avail:c', 'EUR', 'C', 100`), insertX}},
		{"no leg", []string{claimX, insertX}},
		{"one leg", []string{claimX, debit, insertX}},
		{"one leg that says one", []string{claimX, debit, strings.Replace(insertX, "2)", "1)", 1)}},
		{"other legs than it says", []string{claimX, debit, credit, strings.Replace(insertX, "2)", "3)", 1)}},
		{"zero amounts", []string{claimX, legX(`1, 'A:bank', 'EUR', 'D', 0`), legX(`2, 'A:stripe', 'EUR', 'C', 0`), insertX}},
		{"negative amounts", []string{claimX, legX(`1, 'A:bank', 'EUR', 'D', -5`), legX(`2, 'A:stripe', 'EUR', 'C', -5`), insertX}},
		{"broken amounts", []string{claimX, legX(`1, 'A:bank', 'EUR', 'D', '1.5'`), legX(`2, 'A:stripe', 'EUR', 'C', '1.5'`), insertX}},
		{"huge amounts", []string{claimX, legX(`1, 'A:bank', 'EUR', 'D', 9000000000000000000`), legX(`2, 'A:stripe', 'EUR', 'C', 9000000000000000000`), insertX}},
		{"no such side", []string{claimX, legX(`1, 'A:bank', 'EUR', 'd', 100`), credit, insertX}},
		{"no such account", []string{claimX, legX(`1, 'A:cash', 'EUR', 'D', 100`), credit, insertX}},
		{"orphan legs", []string{debit, credit}},
		{"legs added to a closed journal", []string{
			`INSERT INTO ledger_leg SELECT id, 7, 'A:bank', 'EUR', 'D', 5 FROM ledger_journal WHERE key = 'accrue:r2'`}},
		{"legs added in the journal's own transaction", []string{claimX, debit, credit, insertX, legX(`3, 'A:bank', 'EUR', 'D', 5`)}},
		{"overdraw", []string{claimX, legX(`1, 'M:avail:c', 'EUR', 'D', 601`), legX(`2, 'M:committed:c', 'EUR', 'C', 601`), insertX}},
		{"overdraw an expense owed", []string{claimX, legX(`1, 'L:pending:r', 'EUR', 'D', 301`), legX(`2, 'A:stripe', 'EUR', 'C', 301`), insertX}},
		{"duplicate business key", []string{debit, credit, strings.Replace(insertX, "'x', 'x', 'x'", "'x', 'accrue:r', 'x'", 1)}},
		{"a key that nobody claimed", []string{debit, credit, insertX}},
		{"a key claimed for nothing", []string{claimX}},
		{"a key given back", []string{`DELETE FROM ledger_key WHERE key = 'accrue:r'`}},
		{"a key renamed", []string{`UPDATE ledger_key SET key = 'y' WHERE key = 'accrue:r'`}},
		{"backdated sequence at birth", []string{claimX, debit, credit,
			`INSERT INTO ledger_journal (id, key, kind, at, actor_kind, legs, seq, prev_hash, hash)
			SELECT 'x', 'x', 'x', '2026-05-14 09:30:00+00:00', 'x', 2, 1, prev_hash, hash FROM ledger_journal WHERE seq = 1`}},
		{"sequence number twice", []string{`UPDATE ledger_journal SET seq = 2, prev_hash = '', hash = '` + strings.Repeat("0", 64) + `' WHERE seq IS NULL`}},
		{"sequence with a gap", []string{`UPDATE ledger_journal SET seq = 4, prev_hash = (SELECT hash FROM ledger_head), hash = '` + strings.Repeat("0", 64) + `' WHERE seq IS NULL`}},
		{"a seal without the chain", []string{`UPDATE ledger_journal SET seq = 3, prev_hash = '', hash = '` + strings.Repeat("0", 64) + `' WHERE seq IS NULL`}},
		{"a seal that also changes", []string{`UPDATE ledger_journal SET kind = 'y', seq = 3, prev_hash = (SELECT hash FROM ledger_head), hash = '` + strings.Repeat("0", 64) + `' WHERE seq IS NULL`}},
		{"a seal broken", []string{`UPDATE ledger_journal SET seq = NULL, prev_hash = NULL, hash = NULL WHERE seq = 2`}},
		{"a hash changed", []string{`UPDATE ledger_journal SET hash = '` + strings.Repeat("0", 64) + `' WHERE seq = 2`}},
		{"a sealed journal changed", []string{`UPDATE ledger_journal SET kind = 'y' WHERE seq = 2`}},
		{"a journal changed", []string{`UPDATE ledger_journal SET reward_id = 'y' WHERE seq IS NULL`}},
		{"a journal deleted", []string{`DELETE FROM ledger_leg WHERE journal_id IN (SELECT id FROM ledger_journal WHERE key = 'accrue:r2')`, `DELETE FROM ledger_journal WHERE key = 'accrue:r2'`}},
		{"a journal deleted, legs left", []string{`DELETE FROM ledger_journal WHERE key = 'accrue:r2'`}},
		{"a leg changed", []string{`UPDATE ledger_leg SET amount_minor = amount_minor + 1`}},
		{"a leg moved", []string{`UPDATE ledger_leg SET account = 'A:bank' WHERE account = 'L:pending:r'`}},
		{"an open leg changed", []string{claimX, debit, credit, `UPDATE ledger_leg SET amount_minor = 1 WHERE journal_id = 'x'`, insertX}},
		{"a leg deleted", []string{`DELETE FROM ledger_leg WHERE account = 'L:pending:r'`}},
		{"all legs deleted", []string{`DELETE FROM ledger_leg`}},
		{"a balance changed", []string{`UPDATE ledger_account SET balance_minor = balance_minor + 1 WHERE name = 'M:avail:c'`}},
		{"a balance changed beside a leg", []string{claimX, debit, `UPDATE ledger_account SET balance_minor = balance_minor + 1 WHERE name = 'A:bank' AND currency = 'EUR'`, credit, insertX}},
		{"a guard lifted", []string{`UPDATE ledger_account SET guarded = FALSE WHERE name = 'M:avail:c'`}},
		{"an account turned over", []string{`UPDATE ledger_account SET normal = 'D', balance_minor = -balance_minor WHERE name = 'E:rewards:c'`}},
		{"an account renamed", []string{`UPDATE ledger_account SET name = 'M:avail:d' WHERE name = 'M:avail:c'`}},
		{"an account deleted", []string{`DELETE FROM ledger_account WHERE name = 'M:avail:c'`}},
		{"an account born rich", []string{`INSERT INTO ledger_account (name, currency, normal, guarded, balance_minor) VALUES ('M:avail:d', 'EUR', 'C', TRUE, 5)`}},
		{"an account without its guard", []string{`INSERT INTO ledger_account (name, currency, normal, guarded) VALUES ('M:avail:d', 'EUR', 'C', FALSE)`}},
		{"an account on the wrong side", []string{`INSERT INTO ledger_account (name, currency, normal, guarded) VALUES ('M:avail:d', 'EUR', 'D', TRUE)`}},
		{"an account in no currency", []string{`INSERT INTO ledger_account (name, currency, normal, guarded) VALUES ('M:avail:d', 'euro', 'C', TRUE)`}},
		{"the head moved back", []string{`UPDATE ledger_head SET seq = 1, hash = (SELECT hash FROM ledger_journal WHERE seq = 1)`}},
		{"the head moved on", []string{`UPDATE ledger_head SET seq = seq + 1, hash = '` + strings.Repeat("0", 64) + `'`}},
		{"the head deleted", []string{`DELETE FROM ledger_head`}},
		{"a second head", []string{`INSERT INTO ledger_head (id, seq, hash) VALUES (2, 0, '')`}},
	}
	onlyPostgres := [][]string{
		{"TRUNCATE ledger_leg"}, {"TRUNCATE ledger_journal CASCADE"}, {"TRUNCATE ledger_account"}, {"TRUNCATE ledger_key"}, {"TRUNCATE ledger_head"},
	}
	// REPLACE deletes without asking the DELETE triggers.
	onlySQLite := [][]string{
		{`INSERT OR REPLACE INTO ledger_leg SELECT journal_id, number, account, currency, side, 1 FROM ledger_leg`},
		{claimX, debit, `INSERT OR REPLACE INTO ledger_leg VALUES ('x', 1, 'A:bank', 'EUR', 'D', 5)`},
		{`INSERT OR REPLACE INTO ledger_journal SELECT id, key, 'y', at, reward_id, campaign_id, introduction_id, actor_kind, actor_id, legs, NULL, NULL, NULL FROM ledger_journal`},
		{`UPDATE OR REPLACE ledger_journal SET seq = 1, prev_hash = '', hash = '` + strings.Repeat("0", 64) + `' WHERE key = 'accrue:r2'`},
		{`INSERT OR REPLACE INTO ledger_head (id, seq, hash) VALUES (1, 0, '')`},
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		attacked(t, d)
		before := dump(t, d)
		special := onlySQLite
		if d.Engine() == db.Postgres {
			special = onlyPostgres
		}
		attacks := slices.Clone(common)
		for _, s := range special {
			attacks = append(attacks, attack{s[len(s)-1], s})
		}
		for _, a := range attacks {
			if n, err := tryExec(d, a.statements...); err == nil {
				t.Errorf("%s: it was accepted, %d rows", a.name, n)
			} else if code := fault.CodeOf(err); code != fault.Invalid && code != fault.Conflict && a.name != "broken amounts" {
				t.Errorf("%s: refused for another reason: %v", a.name, err)
			}
		}
		// These have nothing to refuse: they must have no effect.
		if d.Engine() == db.SQLite {
			exec(t, d, `INSERT OR REPLACE INTO ledger_account VALUES ('M:avail:c', 'EUR', 'C', TRUE, 0)`)
			exec(t, d, `INSERT OR REPLACE INTO ledger_key VALUES ('accrue:r')`)
		}
		if after := dump(t, d); after != before {
			t.Errorf("the books have changed from\n%s\nto\n%s", before, after)
		}
		wantSound(t, d)
		// The books still work, so it was not a broken fixture that refused.
		exec(t, d, claimX, debit, credit, insertX)
		if n := seal(t, d); n != 2 {
			t.Errorf("%d journals sealed afterwards, want 2", n)
		}
		wantSound(t, d)
	})
}

// A leg written before a rival transaction closes the same journal is not seen by that one's check. SQLite has one
// writer and so no such moment.
func TestDatabase_RefusesALegSlippedUnderAJournal(t *testing.T) {
	t.Parallel()
	d := dbtest.Postgres(t)
	attacked(t, d)
	ctx := context.Background()
	slow, err := d.BeginTx(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer slow.Rollback()
	for _, s := range []string{legX(`8, 'A:stripe', 'USD', 'D', 5`), legX(`9, 'A:bank', 'USD', 'C', 5`)} {
		if _, err := slow.ExecContext(ctx, s); err != nil {
			t.Fatal(err)
		}
	}
	exec(t, d, claimX, legX(`1, 'A:bank', 'EUR', 'D', 100`), legX(`2, 'A:stripe', 'EUR', 'C', 100`), insertX)
	if err := slow.Commit(); err == nil {
		t.Error("legs were added to a journal after it was closed")
	}
	wantSound(t, d)
}

// dump returns all rows of the books as text.
func dump(t *testing.T, d *db.DB) string {
	t.Helper()
	var b strings.Builder
	for _, q := range []string{
		`SELECT name || ' ' || currency || ' ' || normal || ' ' || balance_minor FROM ledger_account ORDER BY name, currency`,
		`SELECT key || ' ' || kind || ' ' || legs || ' ' || coalesce(seq, 0) || ' ' || coalesce(hash, '') FROM ledger_journal ORDER BY id`,
		`SELECT journal_id || ' ' || number || ' ' || account || ' ' || currency || ' ' || side || ' ' || amount_minor FROM ledger_leg ORDER BY journal_id, number`,
		`SELECT key FROM ledger_key ORDER BY key`,
		`SELECT seq || ' ' || hash FROM ledger_head`,
	} {
		var lines []string
		if err := d.NewRaw(q).Scan(context.Background(), &lines); err != nil {
			t.Fatal(err)
		}
		b.WriteString(strings.Join(lines, "\n") + "\n")
	}
	return b.String()
}

func TestLock_DoesNotCountAsChange(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		post(t, d, authorise("authorise:c:1", 1000))
		err := d.InTx(t.Context(), func(ctx context.Context, tx db.Tx) error {
			for account, want := range map[string]int64{ledger.Avail("c"): 1000, ledger.Avail("d"): 0} {
				if got, err := ledger.Lock(ctx, tx, account, "EUR"); err != nil || got != want {
					t.Errorf("Lock(%s) = %d, %v, want %d", account, got, err, want)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
