//go:build !bug_budget_unlocked

package ledger

import (
	"context"

	"goodword/internal/db"
)

// Lock returns an account's balance and keeps others from changing it until the transaction ends; 0 if nothing was ever
// posted to it. To avoid deadlocks lock only a campaign's Avail, and before any other posting of the transaction.
func Lock(ctx context.Context, tx db.Tx, account, currency string) (int64, error) {
	var balances []int64
	err := tx.NewUpdate().Model((*Account)(nil)).Set("balance_minor = balance_minor").
		Where("name = ?", account).Where("currency = ?", currency).Returning("balance_minor").Scan(ctx, &balances)
	if err != nil || len(balances) == 0 {
		return 0, db.Classify(err)
	}
	return balances[0], nil
}
