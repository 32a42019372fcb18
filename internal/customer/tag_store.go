package customer

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"goodword/internal/db"
)

type tagRow struct {
	bun.BaseModel `bun:"table:customer_tag,alias:customer_tag"`

	CustomerID string `bun:"customer_id,pk"`
	Tag        string `bun:"tag,pk"`
}

func insertTags(ctx context.Context, tx db.Tx, customerID string, tags []string) error {
	if len(tags) == 0 {
		return nil
	}
	rows := make([]tagRow, len(tags))
	for i, t := range tags {
		rows[i] = tagRow{CustomerID: customerID, Tag: t}
	}
	if _, err := tx.NewInsert().Model(&rows).On("CONFLICT DO NOTHING").Exec(ctx); err != nil {
		return fmt.Errorf("insert tags of customer %s: %w", customerID, db.Classify(err))
	}
	return nil
}

func replaceTags(ctx context.Context, tx db.Tx, customerID string, tags []string) error {
	if _, err := tx.NewDelete().Model((*tagRow)(nil)).Where("customer_id = ?", customerID).Exec(ctx); err != nil {
		return fmt.Errorf("delete tags of customer %s: %w", customerID, db.Classify(err))
	}
	return insertTags(ctx, tx, customerID, tags)
}

func loadTags(ctx context.Context, idb bun.IDB, rows []Customer) error {
	if len(rows) == 0 {
		return nil
	}
	at := make(map[string]int, len(rows))
	ids := make([]string, len(rows))
	for i, c := range rows {
		at[c.ID], ids[i] = i, c.ID
	}
	var tags []tagRow
	if err := idb.NewSelect().Model(&tags).Where("customer_id IN (?)", bun.List(ids)).Order("customer_id", "tag").Scan(ctx); err != nil {
		return fmt.Errorf("read tags: %w", db.Classify(err))
	}
	for _, t := range tags {
		i := at[t.CustomerID]
		rows[i].Tags = append(rows[i].Tags, t.Tag)
	}
	return nil
}

func allTags(ctx context.Context, idb bun.IDB) ([]string, error) {
	var tags []string
	if err := idb.NewSelect().Model((*tagRow)(nil)).Distinct().Column("tag").Order("tag").Scan(ctx, &tags); err != nil {
		return nil, fmt.Errorf("list tags: %w", db.Classify(err))
	}
	return tags, nil
}
