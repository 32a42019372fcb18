package reward

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"goodword/internal/campaign"
	"goodword/internal/db"
)

// discrepancy is a row of table discrepancy: what was found once, by what it is.
type discrepancy struct {
	bun.BaseModel `bun:"table:discrepancy,alias:di"`

	Fingerprint string        `bun:"fingerprint,pk"`
	Rail        campaign.Rail `bun:"rail"`
	Kind        string        `bun:"kind"`
	CaseID      string        `bun:"case_id"`
	FirstSeenAt time.Time     `bun:"first_seen_at"`
	LastSeenAt  time.Time     `bun:"last_seen_at"`
}

// railAccount is a row of table rail_account.
type railAccount struct {
	bun.BaseModel `bun:"table:rail_account,alias:ra"`

	Rail        campaign.Rail `bun:"rail,pk"`
	Account     string        `bun:"account,pk"`
	FirstSeenAt time.Time     `bun:"first_seen_at"`
}

func reconciliationByID(ctx context.Context, idb bun.IDB, id string) (Reconciliation, error) {
	var r Reconciliation
	if err := idb.NewSelect().Model(&r).Where("rc.id = ?", id).Scan(ctx); err != nil {
		return Reconciliation{}, fmt.Errorf("read comparison %s: %w", id, db.Classify(err))
	}
	return r, nil
}

func reconciliationBegun(ctx context.Context, idb bun.IDB, rail campaign.Rail, day string) (bool, error) {
	begun, err := idb.NewSelect().Model((*Reconciliation)(nil)).Where("rc.rail = ?", rail).Where("rc.day = ?", day).Exists(ctx)
	if err != nil {
		return false, fmt.Errorf("look for the comparison of %s on %s: %w", rail, day, db.Classify(err))
	}
	return begun, nil
}

// insertReconciliation reports false when the rail's day has one.
func insertReconciliation(ctx context.Context, tx db.Tx, r *Reconciliation) (bool, error) {
	n, err := db.Affected(tx.NewInsert().Model(r).On("CONFLICT (rail, day) DO NOTHING").Exec(ctx))
	if err != nil {
		return false, fmt.Errorf("begin a comparison with %s: %w", r.Rail, err)
	}
	return n == 1, nil
}

func saveReconciliation(ctx context.Context, tx db.Tx, r *Reconciliation) error {
	if _, err := tx.NewUpdate().Model(r).WherePK().Exec(ctx); err != nil {
		return fmt.Errorf("save comparison %s: %w", r.ID, err)
	}
	return nil
}

// lastReconciliations returns the newest of each rail that has ended.
func lastReconciliations(ctx context.Context, idb bun.IDB) ([]Reconciliation, error) {
	var rows []Reconciliation
	err := idb.NewSelect().Model(&rows).Where("rc.finished_at IS NOT NULL").
		Where("NOT EXISTS (SELECT 1 FROM reconciliation AS n WHERE n.rail = rc.rail AND n.finished_at IS NOT NULL AND (n.finished_at, n.id) > (rc.finished_at, rc.id))").
		OrderExpr("rc.rail").Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the last comparisons: %w", db.Classify(err))
	}
	return rows, nil
}

// insertDiscrepancy reports false when the same was found before.
func insertDiscrepancy(ctx context.Context, tx db.Tx, d *discrepancy) (bool, error) {
	n, err := db.Affected(tx.NewInsert().Model(d).On("CONFLICT (fingerprint) DO NOTHING").Exec(ctx))
	if err != nil {
		return false, fmt.Errorf("keep discrepancy: %w", err)
	}
	if n == 1 {
		return true, nil
	}
	_, err = tx.NewUpdate().Model((*discrepancy)(nil)).Set("last_seen_at = ?", d.LastSeenAt).Where("fingerprint = ?", d.Fingerprint).Exec(ctx)
	if err != nil {
		return false, fmt.Errorf("keep discrepancy: %w", err)
	}
	return false, nil
}

// accountsOf returns the accounts that a rail's key has opened, the first first.
func accountsOf(ctx context.Context, idb bun.IDB, rail campaign.Rail) ([]railAccount, error) {
	var rows []railAccount
	if err := idb.NewSelect().Model(&rows).Where("ra.rail = ?", rail).OrderExpr("ra.first_seen_at, ra.account").Scan(ctx); err != nil {
		return nil, fmt.Errorf("accounts of %s: %w", rail, db.Classify(err))
	}
	return rows, nil
}

func insertAccount(ctx context.Context, tx db.Tx, a *railAccount) error {
	if _, err := tx.NewInsert().Model(a).On("CONFLICT (rail, account) DO NOTHING").Exec(ctx); err != nil {
		return fmt.Errorf("keep account of %s: %w", a.Rail, err)
	}
	return nil
}

// payoutsNamed returns the payouts of a rail among the ids, or behind the objects.
func payoutsNamed(ctx context.Context, idb bun.IDB, rail campaign.Rail, ids, objects []string) ([]Payout, error) {
	if len(ids)+len(objects) == 0 {
		return nil, nil
	}
	var rows []Payout
	err := idb.NewSelect().Model(&rows).Where("po.rail = ?", rail).WhereGroup(" AND ", func(q *bun.SelectQuery) *bun.SelectQuery {
		return q.Where("po.id IN (?)", bun.List(append([]string{""}, ids...))).
			WhereOr("po.rail_object <> '' AND po.rail_object IN (?)", bun.List(append([]string{""}, objects...)))
	}).OrderExpr("po.id").Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("payouts behind effects: %w", db.Classify(err))
	}
	return rows, nil
}

// effective are the states in which a payout has an object at its rail.
var effective = []PayoutState{Settled, Reversing, PartReversed, PaidBack}

// paidBy walks the payouts of a rail by id that have an object there and were settled before a moment.
func paidBy(ctx context.Context, idb bun.IDB, rail campaign.Rail, before time.Time, after string, limit int) ([]Payout, error) {
	var rows []Payout
	err := idb.NewSelect().Model(&rows).Where("po.rail = ?", rail).Where("po.state IN (?)", bun.List(effective)).
		Where("po.settled_at <= ?", before).Where("po.id > ?", after).OrderExpr("po.id").Limit(int64(limit)).Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("walk the payouts of %s: %w", rail, db.Classify(err))
	}
	return rows, nil
}

// payeesOf walks the rail's own ids of everybody who was ever paid by it, or who has earned something and could be.
func payeesOf(ctx context.Context, idb bun.IDB, rail campaign.Rail, after string, limit int) ([]string, error) {
	var ids []string
	err := idb.NewRaw(`SELECT payee FROM (
			SELECT destination AS payee FROM payout WHERE rail = ?
			UNION SELECT c.stripe_customer FROM customer AS c WHERE EXISTS (SELECT 1 FROM reward AS r WHERE r.customer_id = c.id)
			UNION SELECT co.stripe_customer FROM company AS co WHERE EXISTS (SELECT 1 FROM customer AS c JOIN reward AS r ON r.customer_id = c.id WHERE c.company_id = co.id)
		) AS payees WHERE payee > ? ORDER BY payee LIMIT ?`, rail, after, limit).Scan(ctx, &ids)
	if err != nil {
		return nil, fmt.Errorf("payees of %s: %w", rail, db.Classify(err))
	}
	return ids, nil
}
