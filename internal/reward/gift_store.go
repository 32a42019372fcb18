package reward

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"goodword/internal/campaign"
	"goodword/internal/db"
	"goodword/internal/ledger"
	"goodword/internal/money"
)

// giveable narrows to codes of an amount that may be given away: free, and good beyond until.
func giveable(q *bun.SelectQuery, a money.Amount, until time.Time) *bun.SelectQuery {
	q = q.Where("gc.payout_id IS NULL").Where("gc.currency = ?", a.Currency).Where("gc.expires_at IS NULL OR gc.expires_at > ?", until)
	if a.Minor > 0 {
		q = q.Where("gc.amount_minor = ?", a.Minor)
	}
	return q
}

// hasFree reports whether a code of the amount may be given away; of any amount when that is zero.
func hasFree(ctx context.Context, idb bun.IDB, a money.Amount, until time.Time) (bool, error) {
	ok, err := giveable(idb.NewSelect().Model((*giftCode)(nil)), a, until).Exists(ctx)
	if err != nil {
		return false, fmt.Errorf("look for a gift code: %w", db.Classify(err))
	}
	return ok, nil
}

// freeCode selects whether a code waits for a reward that waits for one.
const freeCode = `EXISTS (SELECT 1 FROM gift_code AS gc WHERE gc.payout_id IS NULL AND gc.currency = rw.currency
	AND gc.amount_minor = rw.amount_minor - rw.netted_minor AND (gc.expires_at IS NULL OR gc.expires_at > ?))`

// takeFree binds a free code to the locked payout: what ends first goes first. It reports false when there is none.
func takeFree(ctx context.Context, tx db.Tx, p Payout, now time.Time) (giftCode, bool, error) {
	until := now.Add(giftLeft)
	for {
		// On PostgreSQL the row may be gone to somebody else once it is locked: then nothing is updated and the next is tried.
		next := giveable(tx.NewSelect().Model((*giftCode)(nil)).Column("gc.id"), p.Amount(), until).
			OrderExpr("CASE WHEN gc.expires_at IS NULL THEN 1 ELSE 0 END, gc.expires_at, gc.id").Limit(1)
		var c giftCode
		err := tx.NewUpdate().Model(&c).Set("payout_id = ?", p.ID).Set("reward_id = ?", p.Parameters.RewardID).Set("bound_at = ?", now).
			Set("bindings = bindings + 1").Where("id = (?)", next).Where("payout_id IS NULL").Returning("*").Scan(ctx)
		if err == nil {
			return c, true, nil
		}
		if !errors.Is(err, sql.ErrNoRows) {
			return giftCode{}, false, fmt.Errorf("bind a gift code to payout %s: %w", p.ID, err)
		}
		more, err := hasFree(ctx, tx, p.Amount(), until)
		if err != nil || !more {
			return giftCode{}, false, err
		}
	}
}

// writeOffEnded marks the codes that ended in stock and returns what each of them was worth.
func writeOffEnded(ctx context.Context, tx db.Tx, now time.Time) ([]money.Amount, error) {
	var rows []giftCode
	err := tx.NewUpdate().Model(&rows).Set("written_off_at = ?", now).Where("payout_id IS NULL").Where("written_off_at IS NULL").
		Where("expires_at <= ?", now).Returning("*").Scan(ctx)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("write off gift codes: %w", err)
	}
	var out []money.Amount
	for _, c := range rows {
		out = append(out, money.New(c.AmountMinor, c.Currency))
	}
	slices.SortFunc(out, func(a, b money.Amount) int { return strings.Compare(a.Currency, b.Currency) })
	return out, nil
}

// unbind puts the payout's code back into stock, if nobody has seen it.
func unbind(ctx context.Context, tx db.Tx, payoutID string) error {
	_, err := tx.NewUpdate().Model((*giftCode)(nil)).Set("payout_id = NULL").Set("reward_id = NULL").Set("bound_at = NULL").
		Where("payout_id = ?", payoutID).Where("shown_at IS NULL").Exec(ctx)
	if err != nil {
		return fmt.Errorf("put back the gift code of payout %s: %w", payoutID, err)
	}
	return nil
}

func show(ctx context.Context, tx db.Tx, id string, now time.Time) error {
	_, err := tx.NewUpdate().Model((*giftCode)(nil)).Set("shown_at = ?", now).Where("id = ?", id).Where("shown_at IS NULL").Exec(ctx)
	if err != nil {
		return fmt.Errorf("note that gift code %s was shown: %w", id, err)
	}
	return nil
}

// boundTo returns the code of a payout, codeOf that of a reward; false where there is none.
func boundTo(ctx context.Context, idb bun.IDB, payoutID string) (giftCode, bool, error) {
	return giftBy(ctx, idb, "payout_id", payoutID)
}

func codeOf(ctx context.Context, idb bun.IDB, rewardID string) (giftCode, bool, error) {
	return giftBy(ctx, idb, "reward_id", rewardID)
}

func giftBy(ctx context.Context, idb bun.IDB, column, id string) (giftCode, bool, error) {
	var c giftCode
	err := idb.NewSelect().Model(&c).Where("gc.? = ?", bun.Ident(column), id).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return giftCode{}, false, nil
	}
	if err != nil {
		return giftCode{}, false, fmt.Errorf("read gift code by %s %s: %w", column, id, db.Classify(err))
	}
	return c, true, nil
}

// knownCodes returns those of the blinded codes that are in stock already, without their secrets.
func knownCodes(ctx context.Context, tx db.Tx, blinds []string) (map[string]giftCode, error) {
	out := map[string]giftCode{}
	const step = 500
	for ; len(blinds) > 0; blinds = blinds[min(step, len(blinds)):] {
		var rows []giftCode
		err := tx.NewSelect().Model(&rows).Column("gc.id", "gc.blind", "gc.currency", "gc.amount_minor").
			Where("gc.blind IN (?)", bun.List(blinds[:min(step, len(blinds))])).Scan(ctx)
		if err != nil {
			return nil, fmt.Errorf("look for known gift codes: %w", err)
		}
		for _, c := range rows {
			out[c.Blind] = c
		}
	}
	return out, nil
}

func insertStock(ctx context.Context, tx db.Tx, u *StockUpload, codes []giftCode) error {
	if _, err := tx.NewInsert().Model(u).Exec(ctx); err != nil {
		return fmt.Errorf("insert stock upload: %w", err)
	}
	const step = 500
	for ; len(codes) > 0; codes = codes[min(step, len(codes)):] {
		part := codes[:min(step, len(codes))]
		if _, err := tx.NewInsert().Model(&part).Exec(ctx); err != nil {
			return fmt.Errorf("insert gift codes: %w", err)
		}
	}
	return nil
}

// stockLine is a StockLine as it is counted.
type stockLine struct {
	Currency    string `bun:"currency"`
	AmountMinor int64  `bun:"amount_minor"`
	Label       string `bun:"label"`
	Free        int64  `bun:"free"`
	Ending      int64  `bun:"ending"`
	Expired     int64  `bun:"expired"`
	WrittenOff  int64  `bun:"written_off"`
	Bound       int64  `bun:"bound"`
	Shown       int64  `bun:"shown"`
}

func countStock(ctx context.Context, idb bun.IDB, now time.Time) ([]stockLine, error) {
	var rows []stockLine
	until := now.Add(giftLeft)
	count := func(when string) string { return "CAST(sum(CASE WHEN " + when + " THEN 1 ELSE 0 END) AS BIGINT)" }
	err := idb.NewSelect().Model((*giftCode)(nil)).Column("gc.currency", "gc.amount_minor", "gc.label").
		ColumnExpr(count("gc.payout_id IS NULL AND (gc.expires_at IS NULL OR gc.expires_at > ?)")+" AS free", until).
		ColumnExpr(count("gc.payout_id IS NULL AND gc.expires_at > ? AND gc.expires_at <= ?")+" AS ending", now, until).
		ColumnExpr(count("gc.payout_id IS NULL AND gc.expires_at <= ? AND gc.written_off_at IS NULL")+" AS expired", now).
		ColumnExpr(count("gc.written_off_at IS NOT NULL")+" AS written_off").
		ColumnExpr(count("gc.payout_id IS NOT NULL AND gc.shown_at IS NULL")+" AS bound").
		ColumnExpr(count("gc.shown_at IS NOT NULL")+" AS shown").
		GroupExpr("gc.currency, gc.amount_minor, gc.label").OrderExpr("gc.currency, gc.amount_minor, gc.label").Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("count gift codes: %w", db.Classify(err))
	}
	return rows, nil
}

// waitingForStock counts the rewards that wait for a code, by their value.
func waitingForStock(ctx context.Context, idb bun.IDB) ([]Waiting, error) {
	var rows []struct {
		Currency    string `bun:"currency"`
		AmountMinor int64  `bun:"amount_minor"`
		Rewards     int64  `bun:"rewards"`
	}
	err := idb.NewSelect().Model((*Reward)(nil)).ColumnExpr("rw.currency AS currency, rw.amount_minor - rw.netted_minor AS amount_minor, count(*) AS rewards").
		Where("rw.state IN ('approved', 'failed')").Where("rw.held_reason = 'out_of_stock'").Where("rw.rail = ?", campaign.RailGiftCode).
		GroupExpr("rw.currency, rw.amount_minor - rw.netted_minor").OrderExpr("rw.currency, rw.amount_minor - rw.netted_minor").Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("count who waits for a gift code: %w", db.Classify(err))
	}
	out := make([]Waiting, len(rows))
	for i, r := range rows {
		out[i] = Waiting{Amount: money.New(r.AmountMinor, r.Currency), Rewards: r.Rewards}
	}
	return out, nil
}

func stockUploads(ctx context.Context, idb bun.IDB, limit int) ([]StockUpload, error) {
	var rows []StockUpload
	err := idb.NewSelect().Model(&rows).OrderExpr("gu.created_at DESC, gu.id DESC").Limit(int64(limit)).Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("list stock uploads: %w", db.Classify(err))
	}
	return rows, nil
}

// giftValue is what the books and the stock say of the codes of one currency, seen by one statement.
type giftValue struct {
	Currency string `bun:"currency"`
	Booked   int64  `bun:"booked"`
	Stock    int64  `bun:"stock"`
}

// giftValues compares account A:giftcards with the codes that are not given away for good. A code that went back into stock
// while the books do not know yet is under way: its payout is reversing.
func giftValues(ctx context.Context, idb bun.IDB) ([]giftValue, error) {
	var rows []giftValue
	err := idb.NewRaw(`SELECT c.currency AS currency,
		coalesce((SELECT balance_minor FROM ledger_account WHERE name = ? AND currency = c.currency), 0) AS booked,
		coalesce((SELECT CAST(sum(gc.amount_minor) AS BIGINT) FROM gift_code AS gc LEFT JOIN payout AS p ON p.id = gc.payout_id
			WHERE gc.currency = c.currency AND gc.written_off_at IS NULL AND (p.id IS NULL OR p.state NOT IN ('settled', 'reversing'))), 0)
		- coalesce((SELECT CAST(sum(p.amount_minor) AS BIGINT) FROM payout AS p WHERE p.rail = 'gift_code' AND p.state = 'reversing'
			AND p.currency = c.currency AND NOT EXISTS (SELECT 1 FROM gift_code AS gc WHERE gc.payout_id = p.id)), 0) AS stock
		FROM (SELECT DISTINCT currency FROM gift_code UNION SELECT currency FROM ledger_account WHERE name = ?) AS c ORDER BY 1`,
		ledger.GiftCards, ledger.GiftCards).Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("compare gift codes with the books: %w", db.Classify(err))
	}
	return rows, nil
}
