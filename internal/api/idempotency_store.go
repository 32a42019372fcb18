package api

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"goodword/internal/db"
)

// kept is a row of table idempotency: a POST and its answer. Status is 0 while the request is under way.
type kept struct {
	bun.BaseModel `bun:"table:idempotency,alias:idempotency"`

	Principal   string    `bun:"principal,pk"`
	Key         string    `bun:"key,pk"`
	RequestHash string    `bun:"request_hash"`
	Status      int       `bun:"status"`
	Answer      string    `bun:"answer"`
	CreatedAt   time.Time `bun:"created_at"`
}

// claim takes a key, unless it is taken by an answer that still counts or by a request that is under way.
func claim(ctx context.Context, d *db.DB, k kept) (bool, error) {
	var mine bool
	err := d.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		_, err := tx.NewDelete().Model((*kept)(nil)).Where("principal = ?", k.Principal).Where("key = ?", k.Key).
			Where("created_at < ? OR status = 0 AND created_at < ?", k.CreatedAt.Add(-keyLife), k.CreatedAt.Add(-claimLife)).Exec(ctx)
		if err != nil {
			return err
		}
		n, err := db.Affected(tx.NewInsert().Model(&k).On("CONFLICT (principal, key) DO NOTHING").Exec(ctx))
		mine = n == 1
		return err
	})
	return mine, err
}

func find(ctx context.Context, d *db.DB, k kept) (kept, error) {
	var row kept
	err := d.NewSelect().Model(&row).Where("principal = ?", k.Principal).Where("key = ?", k.Key).Scan(ctx)
	return row, db.Classify(err)
}

func finish(ctx context.Context, d *db.DB, k kept) error {
	_, err := d.NewUpdate().Model(&k).Column("request_hash", "status", "answer").WherePK().Exec(ctx)
	return db.Classify(err)
}

// drop frees a key whose request was refused.
func drop(ctx context.Context, d *db.DB, k kept) error {
	_, err := d.NewDelete().Model(&k).WherePK().Where("status = 0").Exec(ctx)
	return db.Classify(err)
}

func purge(ctx context.Context, d *db.DB, before time.Time) (int64, error) {
	n, err := db.Affected(d.NewDelete().Model((*kept)(nil)).Where("created_at < ?", before).Exec(ctx))
	return n, db.Classify(err)
}
