package reward

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"goodword/internal/campaign"
	"goodword/internal/db"
)

// Worries are what an operator watches.
type Worries struct {
	// Paused says that ScopeAll is off.
	Paused bool
	// Unknown counts payouts whose outcome is not known; Oldest is when the oldest with an open outcome was begun, zero if
	// there is none; Cases counts the open ones.
	Unknown, Cases int64
	Oldest         time.Time
}

// Worries counts what an operator watches.
func (s *Service) Worries(ctx context.Context) (Worries, error) {
	sw, err := switchOf(ctx, s.DB, ScopeAll)
	if err != nil {
		return Worries{}, err
	}
	w := Worries{Paused: sw.Paused}
	unknown, err := s.DB.NewSelect().Model((*Payout)(nil)).Where("po.state = ?", Unknown).Count(ctx)
	if err != nil {
		return Worries{}, fmt.Errorf("count unknown payouts: %w", db.Classify(err))
	}
	cases, err := s.DB.NewSelect().Model((*Case)(nil)).Where("mc.state = ?", CaseOpen).Count(ctx)
	if err != nil {
		return Worries{}, fmt.Errorf("count open cases: %w", db.Classify(err))
	}
	var oldest []Payout
	err = s.DB.NewSelect().Model(&oldest).Where("po.state IN (?)", bun.List(openStates)).Where("po.rail <> ?", campaign.RailManual).
		OrderExpr("po.created_at, po.id").Limit(1).Scan(ctx)
	if err != nil {
		return Worries{}, fmt.Errorf("find the oldest open payout: %w", db.Classify(err))
	}
	w.Unknown, w.Cases = unknown, cases
	if len(oldest) > 0 {
		w.Oldest = oldest[0].CreatedAt
	}
	return w, nil
}
