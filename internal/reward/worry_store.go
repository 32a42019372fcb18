package reward

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"goodword/internal/campaign"
	"goodword/internal/db"
	"goodword/internal/money"
)

// Worries are what an operator watches.
type Worries struct {
	// Paused says that ScopeAll is off.
	Paused bool
	// Unknown counts payouts whose outcome is not known; Oldest is when the oldest with an open outcome was begun, zero if
	// there is none.
	Unknown int64
	Oldest  time.Time
	// Cases counts the open ones by kind.
	Cases map[string]int64
	// Short are the rails whose balance does not cover what waits.
	Short []Short
	// Codes are the gift codes of each value that there ever was in stock, or that somebody waits for.
	Codes []CodeLevel
	// Overdue counts the charities, in each currency, that should have got their money.
	Overdue int64
}

// Short is a rail whose balance has been too small since a time.
type Short struct {
	Rail     campaign.Rail
	Currency string
	Since    time.Time
}

// CodeLevel is how many gift codes of a value are free, and how many rewards wait for one.
type CodeLevel struct {
	Value         money.Amount
	Free, Waiting int64
}

// Worries counts what an operator watches.
func (s *Service) Worries(ctx context.Context) (w Worries, err error) {
	sw, err := switchOf(ctx, s.DB, ScopeAll)
	if err != nil {
		return w, err
	}
	w.Paused, w.Cases = sw.Paused, map[string]int64{}
	if w.Unknown, w.Oldest, err = openOutcomes(ctx, s.DB); err != nil {
		return w, err
	}
	open, err := openKinds(ctx, s.DB)
	if err != nil {
		return w, err
	}
	for _, k := range open {
		w.Cases[k.Kind] = k.Cases
	}
	short, err := shortages(ctx, s.DB)
	if err != nil {
		return w, err
	}
	for _, x := range short {
		w.Short = append(w.Short, Short{x.Rail, x.Currency, x.Since})
	}
	if w.Codes, err = codeLevels(ctx, s.DB, s.now()); err != nil {
		return w, err
	}
	due, err := dueDonations(ctx, s.DB)
	for _, d := range due {
		if !d.DueAt.After(s.now()) {
			w.Overdue++
		}
	}
	return w, err
}

// openOutcomes counts the payouts whose outcome is not known, and finds when the oldest was begun of which something is open.
func openOutcomes(ctx context.Context, idb bun.IDB) (unknown int64, oldest time.Time, err error) {
	unknown, err = idb.NewSelect().Model((*Payout)(nil)).Where("po.state = ?", Unknown).Count(ctx)
	if err != nil {
		return 0, oldest, fmt.Errorf("count unknown payouts: %w", db.Classify(err))
	}
	var rows []Payout
	err = idb.NewSelect().Model(&rows).Column("po.id", "po.created_at").Where("po.state IN (?)", bun.List(openStates)).
		Where("po.rail <> ?", campaign.RailManual).OrderExpr("po.created_at, po.id").Limit(1).Scan(ctx)
	if err != nil {
		return 0, oldest, fmt.Errorf("find the oldest open payout: %w", db.Classify(err))
	}
	if len(rows) > 0 {
		oldest = rows[0].CreatedAt
	}
	return unknown, oldest, nil
}

func shortages(ctx context.Context, idb bun.IDB) ([]shortage, error) {
	var rows []shortage
	if err := idb.NewSelect().Model(&rows).OrderExpr("rs.rail, rs.currency").Scan(ctx); err != nil {
		return nil, fmt.Errorf("read shortages: %w", db.Classify(err))
	}
	return rows, nil
}

// codeLevels adds up the stock by value, whatever the labels, with the values that somebody waits for in vain.
func codeLevels(ctx context.Context, idb bun.IDB, now time.Time) ([]CodeLevel, error) {
	lines, err := countStock(ctx, idb, now)
	if err != nil {
		return nil, err
	}
	waiting, err := waitingForStock(ctx, idb)
	if err != nil {
		return nil, err
	}
	var out []CodeLevel
	at := func(a money.Amount) *CodeLevel {
		i := slices.IndexFunc(out, func(l CodeLevel) bool { return l.Value == a })
		if i < 0 {
			out, i = append(out, CodeLevel{Value: a}), len(out)
		}
		return &out[i]
	}
	for _, l := range lines {
		at(money.New(l.AmountMinor, l.Currency)).Free += l.Free
	}
	for _, x := range waiting {
		at(x.Amount).Waiting = x.Rewards
	}
	return out, nil
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
