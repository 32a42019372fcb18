package introduction

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"goodword/internal/db"
)

// newestWins returns how long each of the newest wins took, from the introduction to the first payment.
func newestWins(ctx context.Context, idb bun.IDB, limit int64) ([]time.Duration, error) {
	var rows []struct {
		CreatedAt time.Time `bun:"created_at"`
		WonAt     time.Time `bun:"won_at"`
	}
	err := idb.NewSelect().TableExpr("introduction").Column("created_at", "won_at").Where("won_at IS NOT NULL").
		OrderExpr("won_at DESC").Limit(limit).Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("read the newest wins: %w", db.Classify(err))
	}
	took := make([]time.Duration, len(rows))
	for i, r := range rows {
		took[i] = r.WonAt.Sub(r.CreatedAt)
	}
	return took, nil
}
