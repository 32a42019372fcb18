package staff

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"goodword/internal/db"
	"goodword/internal/fault"
)

func noKey() error { return fault.New(fault.NotFound, "There is no such API key.") }

// hashedKey is a key with the column that nobody outside may see.
type hashedKey struct {
	bun.BaseModel `bun:"table:api_key,alias:api_key"`

	Key       `bun:",extend"`
	TokenHash string `bun:"token_hash"`
}

func insertKey(ctx context.Context, tx db.Tx, k Key, hash string) error {
	if _, err := tx.NewInsert().Model(&hashedKey{Key: k, TokenHash: hash}).Exec(ctx); err != nil {
		return db.Classify(err)
	}
	return nil
}

func keys(ctx context.Context, idb bun.IDB) ([]Key, error) {
	var rows []Key
	if err := idb.NewSelect().Model(&rows).Order("created_at DESC", "id DESC").Scan(ctx); err != nil {
		return nil, fmt.Errorf("list API keys: %w", db.Classify(err))
	}
	return rows, nil
}

func keyByHash(ctx context.Context, idb bun.IDB, hash string) (Key, error) {
	var k Key
	err := idb.NewSelect().Model(&k).Where("token_hash = ?", hash).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return Key{}, noKey()
	}
	if err != nil {
		return Key{}, fmt.Errorf("look up API key: %w", db.Classify(err))
	}
	return k, nil
}

// makers returns who made the keys among some ids.
func makers(ctx context.Context, idb bun.IDB, ids []string) (map[string]string, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var rows []Key
	err := idb.NewSelect().Model(&rows).Column("id", "made_by").Where("id IN (?)", bun.List(ids)).OrderExpr("id").Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("who made API keys: %w", db.Classify(err))
	}
	out := make(map[string]string, len(rows))
	for _, k := range rows {
		out[k.ID] = k.MadeBy
	}
	return out, nil
}

// revokeKey reports whether the key was alive.
func revokeKey(ctx context.Context, tx db.Tx, id string, now time.Time) (bool, error) {
	n, err := db.Affected(tx.NewUpdate().Model((*Key)(nil)).Set("revoked_at = ?", now).Where("id = ?", id).Where("revoked_at IS NULL").Exec(ctx))
	if err != nil {
		return false, db.Classify(err)
	}
	if n == 1 {
		return true, nil
	}
	there, err := tx.NewSelect().Model((*Key)(nil)).Where("id = ?", id).Exists(ctx)
	if err != nil {
		return false, db.Classify(err)
	}
	if !there {
		return false, noKey()
	}
	return false, nil
}

func seeKey(ctx context.Context, tx db.Tx, id string, now time.Time) error {
	_, err := tx.NewUpdate().Model((*Key)(nil)).Set("used_at = ?", now).Where("id = ?", id).Exec(ctx)
	return db.Classify(err)
}
