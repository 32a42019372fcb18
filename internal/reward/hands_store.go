package reward

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"goodword/internal/db"
	"goodword/internal/introduction"
)

func byIDs(ctx context.Context, idb bun.IDB, ids []string) ([]Reward, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var rows []Reward
	if err := idb.NewSelect().Model(&rows).Where("rw.id IN (?)", bun.List(ids)).OrderExpr("rw.id").Scan(ctx); err != nil {
		return nil, fmt.Errorf("read rewards: %w", db.Classify(err))
	}
	return rows, nil
}

// closersOf returns who closed some deals by hand, by the deal's id; what a program reported is left out.
func closersOf(ctx context.Context, idb bun.IDB, dealIDs []string) (map[string]string, error) {
	var rows []introduction.Deal
	err := idb.NewSelect().Model(&rows).Column("d.id", "d.actor_id").Where("d.id IN (?)", bun.List(dealIDs)).
		Where("d.source = ?", introduction.FromHand).OrderExpr("d.id").Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("who closed deals: %w", db.Classify(err))
	}
	out := make(map[string]string, len(rows))
	for _, d := range rows {
		out[d.ID] = d.ActorID
	}
	return out, nil
}
