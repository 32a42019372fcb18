//go:build bug_select_then_insert

package ledger

import (
	"context"

	"goodword/internal/db"
)

// claim looks first and believes what it saw.
func claim(ctx context.Context, tx db.Tx, key string) (bool, error) {
	known, err := tx.NewSelect().Model((*keyRow)(nil)).Where("k.key = ?", key).Exists(ctx)
	if err != nil || known {
		return false, err
	}
	_, err = tx.NewInsert().Model(&keyRow{Key: key}).Exec(ctx)
	return err == nil, err
}
