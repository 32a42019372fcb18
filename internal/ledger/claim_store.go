//go:build !bug_select_then_insert

package ledger

import (
	"context"

	"goodword/internal/db"
)

// claim takes the key and reports whether it was free. A rival's claim is waited for.
func claim(ctx context.Context, tx db.Tx, key string) (bool, error) {
	n, err := db.Affected(tx.NewInsert().Model(&keyRow{Key: key}).On("CONFLICT (key) DO NOTHING").Exec(ctx))
	return n == 1, err
}
