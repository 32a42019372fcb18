//go:build bug_budget_unlocked

package ledger

import (
	"context"

	"goodword/internal/db"
)

// Lock reads the balance and keeps nobody from changing it.
func Lock(ctx context.Context, tx db.Tx, account, currency string) (int64, error) {
	return Balance(ctx, tx, account, currency)
}
