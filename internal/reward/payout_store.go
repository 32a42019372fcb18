package reward

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"goodword/internal/campaign"
	"goodword/internal/db"
	"goodword/internal/fault"
)

// payoutReward is a row of table payout_reward: what a payout pays of one reward. Live is true while the payout may still
// pay it or has; a unique index allows one live payout per reward.
type payoutReward struct {
	bun.BaseModel `bun:"table:payout_reward,alias:pr"`

	PayoutID    string `bun:"payout_id,pk"`
	RewardID    string `bun:"reward_id,pk"`
	AmountMinor int64  `bun:"amount_minor"`
	Live        bool   `bun:"live"`
}

func unknownPayout() error {
	return &fault.Error{Code: fault.NotFound, Key: "error.not_found", Message: "There is no such payout."}
}

func payoutByID(ctx context.Context, idb bun.IDB, id string) (Payout, error) {
	var p Payout
	err := idb.NewSelect().Model(&p).Where("po.id = ?", id).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return Payout{}, unknownPayout()
	}
	if err != nil {
		return Payout{}, fmt.Errorf("read payout %s: %w", id, db.Classify(err))
	}
	return p, nil
}

// lockPayout locks one payout; its rewards are locked before it.
func lockPayout(ctx context.Context, tx db.Tx, id string) (Payout, error) {
	var p Payout
	err := tx.NewUpdate().Model(&p).Set("version = version + 1").Where("id = ?", id).Returning("*").Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return Payout{}, unknownPayout()
	}
	if err != nil {
		return Payout{}, fmt.Errorf("lock payout %s: %w", id, err)
	}
	return p, nil
}

func savePayout(ctx context.Context, tx db.Tx, p *Payout, now time.Time) error {
	p.UpdatedAt = now
	if _, err := tx.NewUpdate().Model(p).WherePK().Exec(ctx); err != nil {
		return fmt.Errorf("save payout %s: %w", p.ID, err)
	}
	return nil
}

func insertPayout(ctx context.Context, tx db.Tx, p *Payout, rewards ...payoutReward) error {
	if _, err := tx.NewInsert().Model(p).Exec(ctx); err != nil {
		return fmt.Errorf("insert payout: %w", err)
	}
	if _, err := tx.NewInsert().Model(&rewards).Exec(ctx); err != nil {
		return fmt.Errorf("insert rewards of payout %s: %w", p.ID, err)
	}
	return nil
}

// rewardsOf returns what a payout pays, by reward.
func rewardsOf(ctx context.Context, idb bun.IDB, payoutID string) ([]payoutReward, error) {
	var rows []payoutReward
	err := idb.NewSelect().Model(&rows).Where("pr.payout_id = ?", payoutID).OrderExpr("pr.reward_id").Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("rewards of payout %s: %w", payoutID, db.Classify(err))
	}
	return rows, nil
}

// setLive marks a payout as dead or alive for all its rewards.
func setLive(ctx context.Context, tx db.Tx, payoutID string, live bool) error {
	_, err := tx.NewUpdate().Model((*payoutReward)(nil)).Set("live = ?", live).Where("payout_id = ?", payoutID).Exec(ctx)
	if err != nil {
		return fmt.Errorf("mark rewards of payout %s: %w", payoutID, err)
	}
	return nil
}

// lockLive locks the reward's live payout. It reports false when there is none. The reward must be locked.
func lockLive(ctx context.Context, tx db.Tx, rewardID string) (Payout, bool, error) {
	var ids []string
	err := tx.NewSelect().Model((*payoutReward)(nil)).Column("pr.payout_id").Where("pr.reward_id = ?", rewardID).
		Where("pr.live = ?", true).Scan(ctx, &ids)
	if err != nil {
		return Payout{}, false, fmt.Errorf("live payout of reward %s: %w", rewardID, err)
	}
	if len(ids) == 0 {
		return Payout{}, false, nil
	}
	p, err := lockPayout(ctx, tx, ids[0])
	return p, err == nil, err
}

// payoutsOf returns every payout of a reward, oldest first.
func payoutsOf(ctx context.Context, idb bun.IDB, rewardID string) ([]Payout, error) {
	var rows []Payout
	err := idb.NewSelect().Model(&rows).
		Where("po.id IN (?)", idb.NewSelect().Model((*payoutReward)(nil)).Column("pr.payout_id").Where("pr.reward_id = ?", rewardID)).
		OrderExpr("po.created_at, po.id").Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("payouts of reward %s: %w", rewardID, db.Classify(err))
	}
	return rows, nil
}

// wake returns the payouts that somebody must look after now and puts off their next turn, so that a sweep that runs every
// few seconds enqueues each of them once a minute. Payouts by hand wait for a person.
func wake(ctx context.Context, tx db.Tx, now time.Time) ([]string, error) {
	var ids []string
	due := tx.NewSelect().Model((*Payout)(nil)).Column("po.id").
		Where("po.state IN (?)", bun.List(openStates)).
		Where("po.rail <> ?", campaign.RailManual).
		Where("po.next_try_at IS NULL OR po.next_try_at <= ?", now).
		Where("po.leased_until IS NULL OR po.leased_until <= ?", now).
		OrderExpr("po.id").Limit(sweepSize)
	err := tx.NewUpdate().Model((*Payout)(nil)).Set("next_try_at = ?", now.Add(wakeEvery)).Where("id IN (?)", due).
		Returning("id").Scan(ctx, &ids)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("wake payouts: %w", err)
	}
	return ids, nil
}

// stuck returns payouts that were begun before since and whose outcome is not known yet.
func stuck(ctx context.Context, idb bun.IDB, since time.Time) ([]Payout, error) {
	var rows []Payout
	err := idb.NewSelect().Model(&rows).Where("po.state IN (?)", bun.List(openStates)).
		Where("po.rail <> ?", campaign.RailManual).Where("po.created_at <= ?", since).
		Where("po.first_sent_at IS NULL OR po.first_sent_at <= ?", since).
		// One case about the rail stands for all that wait for its balance.
		Where("NOT (po.state = ? AND EXISTS (SELECT 1 FROM rail_shortage AS rs WHERE rs.rail = po.rail AND rs.currency = po.currency))", Queued).
		// What is to be taken back of a donation waits for the person who has begun to remit it.
		Where("NOT (po.state = ? AND EXISTS (SELECT 1 FROM donation AS d JOIN remittance AS m ON m.id = d.remittance_id WHERE d.payout_id = po.id AND m.state = 'open'))", Reversing).
		Where("NOT EXISTS (SELECT 1 FROM money_case AS mc WHERE mc.payout_id = po.id AND mc.state = 'open')").
		OrderExpr("po.id").Limit(sweepSize).Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("find stuck payouts: %w", db.Classify(err))
	}
	return rows, nil
}

// PayoutFilter narrows Payouts; every field that is set must match.
type PayoutFilter struct {
	States   []PayoutState
	Rail     campaign.Rail
	RewardID string
}

func listPayouts(ctx context.Context, idb bun.IDB, f PayoutFilter, p db.Page) (db.List[Payout], error) {
	at, id, err := after(p)
	if err != nil {
		return db.List[Payout]{}, err
	}
	var rows []Payout
	q := idb.NewSelect().Model(&rows).OrderExpr("po.created_at DESC, po.id DESC").Limit(int64(p.Size() + 1))
	if len(f.States) > 0 {
		q = q.Where("po.state IN (?)", bun.List(f.States))
	}
	if f.Rail != "" {
		q = q.Where("po.rail = ?", f.Rail)
	}
	if f.RewardID != "" {
		q = q.Where("po.id IN (?)", idb.NewSelect().Model((*payoutReward)(nil)).Column("pr.payout_id").Where("pr.reward_id = ?", f.RewardID))
	}
	if id != "" {
		q = q.Where("(po.created_at, po.id) < (?, ?)", at, id)
	}
	if err := q.Scan(ctx); err != nil {
		return db.List[Payout]{}, fmt.Errorf("list payouts: %w", db.Classify(err))
	}
	return db.Cut(rows, p, func(x Payout) []string { return cursor(x.CreatedAt, x.ID) }), nil
}

// byHand is a payout that waits for finance, with its reward.
type byHand struct {
	PayoutID, RewardID, CustomerID, IntroductionID string
	Currency                                       string
	AmountMinor                                    int64
	CreatedAt                                      time.Time
}

// waitingByHand returns the payouts that finance has to pay, oldest first, after the given id.
func waitingByHand(ctx context.Context, idb bun.IDB, afterID string, limit int) ([]byHand, error) {
	var rows []byHand
	err := idb.NewSelect().Model((*Payout)(nil)).
		ColumnExpr("po.id AS payout_id, rw.id AS reward_id, coalesce(rw.customer_id, '') AS customer_id").
		ColumnExpr("coalesce(rw.introduction_id, '') AS introduction_id, po.currency AS currency, pr.amount_minor AS amount_minor").
		ColumnExpr("po.created_at AS created_at").
		Join("JOIN payout_reward AS pr ON pr.payout_id = po.id").Join("JOIN reward AS rw ON rw.id = pr.reward_id").
		Where("po.rail = ?", campaign.RailManual).Where("po.state = ?", Queued).Where("po.id > ?", afterID).
		OrderExpr("po.id").Limit(int64(limit)).Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("payouts by hand: %w", db.Classify(err))
	}
	return rows, nil
}
