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

// openKind counts the open cases of one kind, with the ids of the oldest and the newest.
type openKind struct {
	Kind   string `bun:"kind"`
	Cases  int64  `bun:"cases"`
	Oldest string `bun:"oldest"`
	Newest string `bun:"newest"`
}

func openKinds(ctx context.Context, idb bun.IDB) ([]openKind, error) {
	var rows []openKind
	err := idb.NewSelect().Model((*Case)(nil)).ColumnExpr("mc.kind AS kind, count(*) AS cases, min(mc.id) AS oldest, max(mc.id) AS newest").
		Where("mc.state = 'open'").GroupExpr("mc.kind").OrderExpr("mc.kind").Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("count open cases: %w", db.Classify(err))
	}
	return rows, nil
}

// worry is a row of table money_worry: what was told of a trouble that is not over.
type worry struct {
	bun.BaseModel `bun:"table:money_worry,alias:wo"`

	Name   string    `bun:"name,pk"`
	Newest string    `bun:"newest"`
	ToldAt time.Time `bun:"told_at"`
}

func worriesTold(ctx context.Context, idb bun.IDB) (map[string]worry, error) {
	var rows []worry
	if err := idb.NewSelect().Model(&rows).OrderExpr("wo.name").Scan(ctx); err != nil {
		return nil, fmt.Errorf("read what was told: %w", db.Classify(err))
	}
	out := make(map[string]worry, len(rows))
	for _, w := range rows {
		out[w.Name] = w
	}
	return out, nil
}

// beginWorry reports true to the one who gets to tell: nobody has, or not since before and of less.
func beginWorry(ctx context.Context, tx db.Tx, w worry, before time.Time) (bool, error) {
	n, err := db.Affected(tx.NewInsert().Model(&w).On("CONFLICT (name) DO UPDATE").Set("newest = EXCLUDED.newest").Set("told_at = EXCLUDED.told_at").
		Where("wo.told_at <= ?", before).Where("wo.newest < EXCLUDED.newest").Exec(ctx))
	if err != nil {
		return false, fmt.Errorf("keep what was told: %w", err)
	}
	return n == 1, nil
}

// endWorry forgets a trouble that is over. What was told within the last minute may be news to whoever asks.
func endWorry(ctx context.Context, tx db.Tx, name string, now time.Time) error {
	_, err := tx.NewDelete().Model((*worry)(nil)).Where("name = ?", name).Where("told_at <= ?", now.Add(-time.Minute)).Exec(ctx)
	if err != nil {
		return fmt.Errorf("forget what was told: %w", err)
	}
	return nil
}
