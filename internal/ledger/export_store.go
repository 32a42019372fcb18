package ledger

import (
	"context"

	"github.com/uptrace/bun"

	"goodword/internal/db"
)

// span is a part of the chain, after one number and up to another, narrowed by time.
type span struct {
	after, upTo int64
	Period
}

// sealedIn returns the next sealed journals of a span in the order of the chain.
func sealedIn(ctx context.Context, idb bun.IDB, s span) ([]journalRow, error) {
	var rows []journalRow
	q := idb.NewSelect().Model(&rows).Where("seq > ?", s.after).Where("seq <= ?", s.upTo).OrderExpr("seq").Limit(exportPage)
	if !s.From.IsZero() {
		q.Where("at >= ?", s.From.UTC())
	}
	if !s.To.IsZero() {
		q.Where("at < ?", s.To.UTC())
	}
	return rows, db.Classify(q.Scan(ctx))
}
