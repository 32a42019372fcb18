package reward

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"goodword/internal/campaign"
	"goodword/internal/db"
)

// lockTaxForm locks a payee's row and makes it first if there is none. Their rewards and payouts are locked before it.
func lockTaxForm(ctx context.Context, tx db.Tx, customerID string, now time.Time) (TaxForm, error) {
	f := TaxForm{CustomerID: customerID, CreatedAt: now, UpdatedAt: now}
	if _, err := tx.NewInsert().Model(&f).On("CONFLICT (customer_id) DO NOTHING").Exec(ctx); err != nil {
		return TaxForm{}, fmt.Errorf("insert tax form: %w", err)
	}
	f = TaxForm{}
	err := tx.NewUpdate().Model(&f).Set("version = version + 1").Where("customer_id = ?", customerID).Returning("*").Scan(ctx)
	if err != nil {
		return TaxForm{}, fmt.Errorf("lock tax form: %w", err)
	}
	return f, nil
}

func saveTaxForm(ctx context.Context, tx db.Tx, f *TaxForm, now time.Time) error {
	f.UpdatedAt = now
	if _, err := tx.NewUpdate().Model(f).WherePK().Exec(ctx); err != nil {
		return fmt.Errorf("save tax form: %w", err)
	}
	return nil
}

// taxFormsOf returns the rows of some payees by their ids; who has none is missing.
func taxFormsOf(ctx context.Context, idb bun.IDB, customerIDs []string) (map[string]TaxForm, error) {
	var rows []TaxForm
	if err := idb.NewSelect().Model(&rows).Where("tf.customer_id IN (?)", bun.List(customerIDs)).Scan(ctx); err != nil {
		return nil, fmt.Errorf("read tax forms: %w", db.Classify(err))
	}
	out := make(map[string]TaxForm, len(rows))
	for _, f := range rows {
		out[f.CustomerID] = f
	}
	return out, nil
}

// taxQuery says whose year is added up; an empty customerID stands for everybody.
type taxQuery struct {
	rails      []campaign.Rail
	year       year
	customerID string
}

// taxMoves are the legs by which money came to payees in a year, or came back: a settlement, what was voided or lapsed unused,
// and what a rail or a bank brought back. A debt that nobody has paid yet is no money that came back, and what netting keeps
// never left; so the sum over all years is what payees have.
func taxMoves(idb bun.IDB, q taxQuery) *bun.SelectQuery {
	sel := idb.NewSelect().TableExpr("reward AS rw").
		Join("JOIN ledger_journal AS j ON j.reward_id = rw.id AND j.reward_id <> ''").Join("JOIN ledger_leg AS l ON l.journal_id = j.id").
		Where("rw.currency = ?", TaxCurrency).Where("l.currency = ?", TaxCurrency).Where("rw.rail IN (?)", bun.List(q.rails)).
		Where("j.at >= ?", q.year.from).Where("j.at < ?", q.year.to).
		Where(`(j.kind = 'settle' AND l.side = 'D' AND l.account LIKE 'X:clearing:%'
			OR j.kind = 'void_unused' AND l.side = 'C' AND l.account LIKE 'E:rewards:%'
			OR j.kind = 'expire' AND l.side = 'C' AND l.account = 'E:breakage'
			OR j.kind = 'recover' AND l.side = 'D' AND l.account IN ('A:stripe', 'A:bank'))`)
	if q.customerID != "" {
		sel = sel.Where("rw.customer_id = ?", q.customerID)
	}
	return sel
}

// taxTotals adds up what came to payees in a year, by payee. For everybody at once it keeps to the United States and to those of
// whom nobody knows where they live.
func taxTotals(ctx context.Context, idb bun.IDB, q taxQuery) ([]TaxLine, error) {
	var out []TaxLine
	sel := taxMoves(idb, q).Join("JOIN customer AS c ON c.id = rw.customer_id").
		ColumnExpr("rw.customer_id AS customer_id, max(c.country) AS country").
		ColumnExpr("CAST(sum(CASE WHEN j.kind = 'settle' THEN l.amount_minor ELSE 0 END) AS BIGINT) AS paid_minor").
		ColumnExpr("CAST(sum(CASE WHEN j.kind <> 'settle' AND rw.issued_at >= ? THEN l.amount_minor ELSE 0 END) AS BIGINT) AS back_minor", q.year.from).
		ColumnExpr("CAST(sum(CASE WHEN j.kind <> 'settle' AND rw.issued_at < ? THEN l.amount_minor ELSE 0 END) AS BIGINT) AS earlier_minor", q.year.from).
		GroupExpr("rw.customer_id").OrderExpr("rw.customer_id")
	if q.customerID == "" {
		sel = sel.Where("c.country IN (?, '')", TaxCountry)
	}
	if err := sel.Scan(ctx, &out); err != nil {
		return nil, fmt.Errorf("add up the year %d: %w", q.year.number, db.Classify(err))
	}
	return out, nil
}

// taxWeight is one payee's total of a year with what is with a rail and may have come to them. It is one statement, so that what
// settles at this moment is seen once: as the one or as the other.
func taxWeight(ctx context.Context, tx db.Tx, q taxQuery) (int64, error) {
	settled := taxMoves(tx, q).ColumnExpr("sum(CASE WHEN j.kind = 'settle' THEN l.amount_minor WHEN rw.issued_at >= ? THEN -l.amount_minor ELSE 0 END)", q.year.from)
	open := tx.NewSelect().TableExpr("reward AS rw").ColumnExpr("sum(rw.amount_minor - rw.netted_minor)").
		Where("rw.customer_id = ?", q.customerID).Where("rw.currency = ?", TaxCurrency).Where("rw.state = ?", Issuing).
		Where("rw.rail IN (?)", bun.List(q.rails))
	var minor int64
	if err := tx.NewSelect().ColumnExpr("CAST(coalesce((?), 0) + coalesce((?), 0) AS BIGINT)", settled, open).Scan(ctx, &minor); err != nil {
		return 0, fmt.Errorf("add up what customer %s got: %w", q.customerID, err)
	}
	return minor, nil
}

// taxHeld is what waits for a form, by payee, in PaidMinor; an empty customerID stands for everybody.
func taxHeld(ctx context.Context, idb bun.IDB, customerID string) ([]TaxLine, error) {
	var out []TaxLine
	q := idb.NewSelect().TableExpr("reward AS rw").Join("JOIN customer AS c ON c.id = rw.customer_id").
		ColumnExpr("rw.customer_id AS customer_id, max(c.country) AS country").
		ColumnExpr("CAST(sum(rw.amount_minor - rw.netted_minor) AS BIGINT) AS paid_minor").
		Where("rw.held_reason = ?", HeldTaxForm).Where("rw.state = ?", Held).GroupExpr("rw.customer_id").OrderExpr("rw.customer_id")
	if customerID != "" {
		q = q.Where("rw.customer_id = ?", customerID)
	}
	if err := q.Scan(ctx, &out); err != nil {
		return nil, fmt.Errorf("add up what waits for tax forms: %w", db.Classify(err))
	}
	return out, nil
}
