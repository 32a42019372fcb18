package reward

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"goodword/internal/campaign"
	"goodword/internal/db"
	"goodword/internal/fault"
)

// AccountOf is Service.AccountFor on a running transaction, for the rail that pays to it.
func AccountOf(ctx context.Context, idb bun.IDB, customerID string) (Account, error) {
	a := Account{CustomerID: customerID, State: AccountNone}
	err := idb.NewSelect().Model(&a).Where("py.customer_id = ?", customerID).Scan(ctx)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return Account{}, fmt.Errorf("read account of customer %s: %w", customerID, db.Classify(err))
	}
	return a, nil
}

func accountByID(ctx context.Context, idb bun.IDB, id string) (Account, error) {
	var a Account
	err := idb.NewSelect().Model(&a).Where("py.account = ?", id).Where("py.account <> ''").Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return Account{}, &fault.Error{Code: fault.NotFound, Key: "error.not_found", Message: "There is no such account."}
	}
	if err != nil {
		return Account{}, fmt.Errorf("read account: %w", db.Classify(err))
	}
	return a, nil
}

// lockAccount locks a customer's row and makes it first if there is none.
func lockAccount(ctx context.Context, tx db.Tx, customerID string, now time.Time) (Account, error) {
	a := Account{CustomerID: customerID, State: AccountNone, CreatedAt: now, UpdatedAt: now}
	if _, err := tx.NewInsert().Model(&a).On("CONFLICT (customer_id) DO NOTHING").Exec(ctx); err != nil {
		return Account{}, fmt.Errorf("insert account: %w", err)
	}
	a = Account{}
	err := tx.NewUpdate().Model(&a).Set("version = version + 1").Where("customer_id = ?", customerID).Returning("*").Scan(ctx)
	if err != nil {
		return Account{}, fmt.Errorf("lock account: %w", err)
	}
	return a, nil
}

func saveAccount(ctx context.Context, tx db.Tx, a *Account, now time.Time) error {
	a.UpdatedAt = now
	if _, err := tx.NewUpdate().Model(a).WherePK().Exec(ctx); err != nil {
		return fmt.Errorf("save account: %w", err)
	}
	return nil
}

// noteLook keeps that an account was looked at and was as before.
func noteLook(ctx context.Context, idb bun.IDB, id string, at time.Time) error {
	_, err := idb.NewUpdate().Model((*Account)(nil)).Set("looked_at = ?", at).Where("account = ?", id).
		Where("looked_at IS NULL OR looked_at < ?", at).Exec(ctx)
	if err != nil {
		return fmt.Errorf("note look at account: %w", db.Classify(err))
	}
	return nil
}

// waitedFor returns the accounts that are not ready, were not looked at since, and that rewards wait for.
func waitedFor(ctx context.Context, idb bun.IDB, since time.Time) ([]string, error) {
	var ids []string
	err := idb.NewSelect().Model((*Account)(nil)).Column("py.account").Where("py.account <> ''").Where("py.state <> ?", AccountReady).
		Where("py.looked_at IS NULL OR py.looked_at <= ?", since).
		Where("EXISTS (SELECT 1 FROM reward AS rw WHERE rw.customer_id = py.customer_id AND rw.rail = ? AND rw.state IN (?))",
			campaign.RailTransfer, bun.List([]State{Held, Approved, Failed})).
		OrderExpr("py.account").Limit(sweepSize).Scan(ctx, &ids)
	if err != nil {
		return nil, fmt.Errorf("find accounts to look at: %w", db.Classify(err))
	}
	return ids, nil
}

func deleteAccount(ctx context.Context, tx db.Tx, customerID string) error {
	if _, err := tx.NewDelete().Model((*Account)(nil)).Where("customer_id = ?", customerID).Exec(ctx); err != nil {
		return fmt.Errorf("delete account of customer %s: %w", customerID, err)
	}
	return nil
}

// shortage is a row of table rail_shortage: a rail whose balance in a currency did not cover a payout.
type shortage struct {
	bun.BaseModel `bun:"table:rail_shortage,alias:rs"`

	Rail        campaign.Rail `bun:"rail,pk"`
	Currency    string        `bun:"currency,pk"`
	Since       time.Time     `bun:"since"`
	NextProbeAt time.Time     `bun:"next_probe_at"`
}

// lockShortage locks the shortage of a rail. It reports false when there is none.
func lockShortage(ctx context.Context, tx db.Tx, rail campaign.Rail, currency string) (shortage, bool, error) {
	var rows []shortage
	err := tx.NewUpdate().Model((*shortage)(nil)).Set("since = since").Where("rail = ?", rail).Where("currency = ?", currency).
		Returning("*").Scan(ctx, &rows)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return shortage{}, false, fmt.Errorf("lock shortage of %s: %w", rail, err)
	}
	if len(rows) == 0 {
		return shortage{}, false, nil
	}
	return rows[0], true, nil
}

// keepShortage notes that the balance was too small, and when to ask again.
func keepShortage(ctx context.Context, tx db.Tx, x shortage) error {
	_, err := tx.NewInsert().Model(&x).On("CONFLICT (rail, currency) DO UPDATE").Set("next_probe_at = EXCLUDED.next_probe_at").Exec(ctx)
	if err != nil {
		return fmt.Errorf("keep shortage of %s: %w", x.Rail, err)
	}
	return nil
}

func endShortage(ctx context.Context, tx db.Tx, x shortage) error {
	if _, err := tx.NewDelete().Model(&x).WherePK().Exec(ctx); err != nil {
		return fmt.Errorf("end shortage of %s: %w", x.Rail, err)
	}
	return nil
}

// firstInLine returns the oldest queued payout of a rail and currency whose campaign is not paused, except one; "" if none.
func firstInLine(ctx context.Context, tx db.Tx, x shortage, except string) (string, error) {
	var ids []string
	err := tx.NewSelect().Model((*Payout)(nil)).Column("po.id").Where("po.rail = ?", x.Rail).Where("po.currency = ?", x.Currency).
		Where("po.state = ?", Queued).Where("po.id <> ?", except).
		Where(`NOT EXISTS (SELECT 1 FROM payout_reward AS pr JOIN reward AS rw ON rw.id = pr.reward_id
			JOIN payout_switch AS sw ON sw.scope = 'campaign:' || rw.campaign_id AND sw.paused = ? WHERE pr.payout_id = po.id)`, true).
		OrderExpr("po.id").Limit(1).Scan(ctx, &ids)
	if err != nil {
		return "", fmt.Errorf("find first payout in line: %w", err)
	}
	if len(ids) == 0 {
		return "", nil
	}
	return ids[0], nil
}
