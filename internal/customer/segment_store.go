package customer

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/uptrace/bun"

	"goodword/internal/db"
	"goodword/internal/fault"
)

func insertSegment(ctx context.Context, tx db.Tx, seg Segment) error {
	n, err := db.Affected(tx.NewInsert().Model(&seg).On("CONFLICT DO NOTHING").Exec(ctx))
	if err != nil {
		return fmt.Errorf("insert segment: %w", db.Classify(err))
	}
	if n == 0 {
		return taken("name", "There is a segment with this name already.")
	}
	return nil
}

func segments(ctx context.Context, idb bun.IDB) ([]Segment, error) {
	var rows []Segment
	if err := idb.NewSelect().Model(&rows).Order("name", "id").Scan(ctx); err != nil {
		return nil, fmt.Errorf("list segments: %w", db.Classify(err))
	}
	return rows, nil
}

func segmentByID(ctx context.Context, idb bun.IDB, id string) (Segment, error) {
	var seg Segment
	err := idb.NewSelect().Model(&seg).Where("id = ?", id).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return Segment{}, fault.New(fault.NotFound, "There is no such segment.")
	}
	if err != nil {
		return Segment{}, fmt.Errorf("read segment %s: %w", id, db.Classify(err))
	}
	return seg, nil
}

func deleteSegment(ctx context.Context, tx db.Tx, id string) error {
	n, err := db.Affected(tx.NewDelete().Model((*Segment)(nil)).Where("id = ?", id).Exec(ctx))
	if err != nil {
		return db.Classify(err)
	}
	if n == 0 {
		return fault.New(fault.NotFound, "There is no such segment.")
	}
	return nil
}
