package ledger

import (
	"context"
	"strconv"

	"github.com/uptrace/bun"

	"goodword/internal/db"
)

// row names the leg in a finding.
func (l legRow) row() string { return l.JournalID + "/" + strconv.Itoa(l.Number) }

func (l legRow) debit() int64 {
	if l.Side == D {
		return l.AmountMinor
	}
	return -l.AmountMinor
}

// sealed returns sealed journals in the order of the chain, from after up to and including upTo.
func sealed(ctx context.Context, idb bun.IDB, after, upTo int64, limit int) ([]journalRow, error) {
	var rows []journalRow
	err := idb.NewSelect().Model(&rows).Where("seq > ?", after).Where("seq <= ?", upTo).OrderExpr("seq").Limit(int64(limit)).Scan(ctx)
	return rows, db.Classify(err)
}

// sums is each account's debits less its credits, from the legs.
const sums = `(SELECT account, currency, sum(CASE side WHEN 'D' THEN amount_minor ELSE -amount_minor END) AS debit
	FROM ledger_leg GROUP BY account, currency)`

// balance is what an account's balance must be, from sums as s beside ledger_account as a.
const balance = `CASE a.normal WHEN 'D' THEN coalesce(s.debit, 0) ELSE -coalesce(s.debit, 0) END`

// questions each select the names of rows for which something does not hold.
var questions = []struct{ kind, table, detail, sql string }{
	{WrongHead, "ledger_journal", "it claims a place behind the end of the chain",
		`SELECT id FROM ledger_journal WHERE seq > (SELECT seq FROM ledger_head)`},
	{OrphanLeg, "ledger_leg", "its journal does not exist",
		`SELECT l.journal_id || '/' || l.number FROM ledger_leg AS l LEFT JOIN ledger_journal AS j ON j.id = l.journal_id WHERE j.id IS NULL`},
	{WrongKey, "ledger_key", "its journal does not exist",
		`SELECT k.key FROM ledger_key AS k LEFT JOIN ledger_journal AS j ON j.key = k.key WHERE j.id IS NULL`},
	{WrongKey, "ledger_journal", "its key is not claimed",
		`SELECT j.id FROM ledger_journal AS j LEFT JOIN ledger_key AS k ON k.key = j.key WHERE k.key IS NULL`},
	{WrongKey, "ledger_journal", "another journal has the same key",
		`SELECT max(id) FROM ledger_journal GROUP BY key HAVING count(*) > 1`},
	{NoAccount, "ledger_account", "it has legs and does not exist",
		`SELECT s.account || ' ' || s.currency FROM ` + sums + ` AS s
		LEFT JOIN ledger_account AS a ON a.name = s.account AND a.currency = s.currency WHERE a.name IS NULL`},
	{WrongBalance, "ledger_account", "its stored balance is not the sum of its legs",
		`SELECT a.name || ' ' || a.currency FROM ledger_account AS a
		LEFT JOIN ` + sums + ` AS s ON s.account = a.name AND s.currency = a.currency WHERE a.balance_minor <> ` + balance},
	{BelowZero, "ledger_account", "its legs add up to less than zero",
		`SELECT a.name || ' ' || a.currency FROM ledger_account AS a
		LEFT JOIN ` + sums + ` AS s ON s.account = a.name AND s.currency = a.currency WHERE a.guarded AND ` + balance + ` < 0`},
	{UnevenSum, "ledger_account", "the stored balances do not add up to zero",
		`SELECT currency FROM ledger_account GROUP BY currency
		HAVING sum(CASE normal WHEN 'D' THEN balance_minor ELSE -balance_minor END) <> 0`},
	{WrongBudget, "ledger_account", "authorised is not available + committed + spent",
		`SELECT currency FROM ledger_account WHERE substr(name, 1, 2) = 'M:' GROUP BY currency
		HAVING sum(CASE normal WHEN 'D' THEN balance_minor ELSE -balance_minor END) <> 0`},
}

// ask returns the first 1,000 names that a question selects.
func ask(ctx context.Context, d *db.DB, sql string) ([]string, error) {
	var names []string
	err := d.NewRaw(sql+" ORDER BY 1 LIMIT 1000").Scan(ctx, &names)
	return names, db.Classify(err)
}
