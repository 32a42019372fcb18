package introduction

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"goodword/internal/db"
)

// charge is a row of table charge: the level of what Stripe said of a charge.
type charge struct {
	bun.BaseModel `bun:"table:charge,alias:c"`

	ID            string    `bun:"id,pk"`
	RefundedMinor int64     `bun:"refunded_minor"`
	UpdatedAt     time.Time `bun:"updated_at"`
}

// chargeDispute is a row of table charge_dispute.
type chargeDispute struct {
	bun.BaseModel `bun:"table:charge_dispute,alias:cd"`

	ID       string    `bun:"id,pk"`
	ChargeID string    `bun:"charge_id"`
	State    string    `bun:"state"`
	At       time.Time `bun:"at"`
}

// raiseCharge keeps the greatest refund seen and locks the charge until the transaction ends, so that a payment and its
// refund, worked at the same time, see one another.
func raiseCharge(ctx context.Context, tx db.Tx, c charge) (charge, error) {
	id := c.ID
	err := tx.NewInsert().Model(&c).On("CONFLICT (id) DO UPDATE").
		Set("refunded_minor = " + refundLevel).
		Set("updated_at = excluded.updated_at").Returning("*").Scan(ctx)
	if err != nil {
		return charge{}, fmt.Errorf("raise charge %s: %w", id, err)
	}
	return c, nil
}

// putDispute keeps the newest word on one dispute: a closed one stays closed, and of two outcomes the later counts.
// The charge must be locked.
func putDispute(ctx context.Context, tx db.Tx, d chargeDispute) error {
	_, err := tx.NewInsert().Model(&d).On("CONFLICT (id) DO UPDATE").
		Set("state = excluded.state").Set("at = excluded.at").
		Where("cd.state = 'open' OR (excluded.state <> 'open' AND excluded.at > cd.at)").Exec(ctx)
	if err != nil {
		return fmt.Errorf("put dispute %s: %w", d.ID, err)
	}
	return nil
}

// disputeLevel sums up the disputes of a charge: lost if one is lost, else open if one is open, else won if there was one.
func disputeLevel(ctx context.Context, tx db.Tx, chargeID string) (string, error) {
	var states []string
	err := tx.NewSelect().Model((*chargeDispute)(nil)).Column("cd.state").Where("cd.charge_id = ?", chargeID).
		OrderExpr("cd.id").Scan(ctx, &states)
	if err != nil {
		return "", fmt.Errorf("disputes of charge %s: %w", chargeID, err)
	}
	level := ""
	rank := map[string]int{"": 0, DisputeWon: 1, DisputeOpen: 2, DisputeLost: 3}
	for _, s := range states {
		if rank[s] > rank[level] {
			level = s
		}
	}
	return level, nil
}

// insertDeal reports false when the source has reported it before.
func insertDeal(ctx context.Context, tx db.Tx, d *Deal) (bool, error) {
	n, err := db.Affected(tx.NewInsert().Model(d).On("CONFLICT (source, external_id) DO NOTHING").Exec(ctx))
	if err != nil {
		return false, fmt.Errorf("insert deal: %w", err)
	}
	return n == 1, nil
}

func saveDeal(ctx context.Context, tx db.Tx, d *Deal) error {
	d.Version++
	if _, err := tx.NewUpdate().Model(d).WherePK().Exec(ctx); err != nil {
		return fmt.Errorf("save deal %s: %w", d.ID, err)
	}
	return nil
}

func dealByExternal(ctx context.Context, idb bun.IDB, source, externalID string) (Deal, bool, error) {
	var d Deal
	err := idb.NewSelect().Model(&d).Where("d.source = ?", source).Where("d.external_id = ?", externalID).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return Deal{}, false, nil
	}
	if err != nil {
		return Deal{}, false, fmt.Errorf("read deal of %s: %w", source, err)
	}
	return d, true, nil
}

func dealsOf(ctx context.Context, idb bun.IDB, introductionID string) ([]Deal, error) {
	var ds []Deal
	err := idb.NewSelect().Model(&ds).Where("d.introduction_id = ?", introductionID).OrderExpr("d.at, d.id").Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("deals of introduction %s: %w", introductionID, err)
	}
	return ds, nil
}

// dealsOfCharge returns the deals paid by a charge, in the order in which their introductions are to be locked.
func dealsOfCharge(ctx context.Context, tx db.Tx, chargeID string) ([]Deal, error) {
	var ds []Deal
	err := tx.NewSelect().Model(&ds).Where("d.charge_id = ?", chargeID).OrderExpr("d.introduction_id, d.id").Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("deals of charge %s: %w", chargeID, err)
	}
	return ds, nil
}
