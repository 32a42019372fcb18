package campaign

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/uptrace/bun"

	"goodword/internal/db"
	"goodword/internal/fault"
)

func unknownCharity() error { return fault.New(fault.NotFound, "There is no such charity.") }

// CharityByID returns a charity. Returns NotFound.
func CharityByID(ctx context.Context, idb bun.IDB, id string) (Charity, error) {
	rows, err := charitiesByID(ctx, idb, []string{id})
	if err == nil && len(rows) == 0 {
		err = unknownCharity()
	}
	if err != nil {
		return Charity{}, err
	}
	return rows[0], nil
}

func charitiesByID(ctx context.Context, idb bun.IDB, ids []string) ([]Charity, error) {
	var rows []Charity
	if err := idb.NewSelect().Model(&rows).Where("ch.id IN (?)", bun.List(ids)).OrderExpr("ch.id").Scan(ctx); err != nil {
		return nil, fmt.Errorf("read charities: %w", db.Classify(err))
	}
	return rows, nil
}

func charities(ctx context.Context, idb bun.IDB) ([]Charity, error) {
	var rows []Charity
	if err := idb.NewSelect().Model(&rows).OrderExpr("lower(ch.name), ch.id").Scan(ctx); err != nil {
		return nil, fmt.Errorf("list charities: %w", db.Classify(err))
	}
	return rows, nil
}

// insertCharity reports false when the number is known already.
func insertCharity(ctx context.Context, tx db.Tx, c *Charity) (bool, error) {
	n, err := db.Affected(tx.NewInsert().Model(c).On("CONFLICT (registration) DO NOTHING").Exec(ctx))
	if err != nil {
		return false, fmt.Errorf("insert charity: %w", err)
	}
	return n == 1, nil
}

func lockCharity(ctx context.Context, tx db.Tx, id string) (Charity, error) {
	var c Charity
	err := tx.NewUpdate().Model(&c).Set("version = version + 1").Where("id = ?", id).Returning("*").Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return Charity{}, unknownCharity()
	}
	if err != nil {
		return Charity{}, fmt.Errorf("lock charity %s: %w", id, err)
	}
	return c, nil
}

func saveCharity(ctx context.Context, tx db.Tx, c *Charity) error {
	if _, err := tx.NewUpdate().Model(c).ExcludeColumn("id", "registration", "created_at").WherePK().Exec(ctx); err != nil {
		return fmt.Errorf("save charity %s: %w", c.ID, err)
	}
	return nil
}
