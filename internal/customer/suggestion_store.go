package customer

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"goodword/internal/db"
	"goodword/internal/fault"
)

func insertSuggestion(ctx context.Context, tx db.Tx, row Suggestion) error {
	if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
		return db.Classify(err)
	}
	return nil
}

func suggestions(ctx context.Context, idb bun.IDB, customerID string, now time.Time) ([]Suggestion, error) {
	var rows []Suggestion
	err := idb.NewSelect().Model(&rows).Where("customer_id = ?", customerID).Where("expires_at > ?", now).
		Order("created_at", "id").Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("list suggestions of customer %s: %w", customerID, db.Classify(err))
	}
	return rows, nil
}

func deleteSuggestion(ctx context.Context, tx db.Tx, customerID, id string) error {
	n, err := db.Affected(tx.NewDelete().Model((*Suggestion)(nil)).Where("id = ?", id).Where("customer_id = ?", customerID).Exec(ctx))
	if err != nil {
		return db.Classify(err)
	}
	if n == 0 {
		return fault.New(fault.NotFound, "There is no such suggestion.")
	}
	return nil
}

func deleteSuggestions(ctx context.Context, tx db.Tx, customerID string) error {
	if _, err := tx.NewDelete().Model((*Suggestion)(nil)).Where("customer_id = ?", customerID).Exec(ctx); err != nil {
		return fmt.Errorf("delete suggestions of customer %s: %w", customerID, db.Classify(err))
	}
	return nil
}

func purge(ctx context.Context, tx db.Tx, now time.Time) (int64, error) {
	var total int64
	for _, model := range []any{(*Suggestion)(nil), (*stepDevice)(nil)} {
		n, err := db.Affected(tx.NewDelete().Model(model).Where("expires_at <= ?", now).Exec(ctx))
		if err != nil {
			return 0, db.Classify(err)
		}
		total += n
	}
	// Codes stay for a day after their end, because Start counts the last day's.
	n, err := db.Affected(tx.NewDelete().Model((*stepCode)(nil)).Where("created_at <= ?", now.Add(-codeDay)).Exec(ctx))
	if err != nil {
		return 0, db.Classify(err)
	}
	return total + n, nil
}
