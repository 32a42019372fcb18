package reward

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"goodword/internal/db"
	"goodword/internal/fault"
)

func unknownRemittance() error {
	return &fault.Error{Code: fault.NotFound, Key: "error.not_found", Message: "There is no such remittance."}
}

func remittanceByID(ctx context.Context, idb bun.IDB, id string) (Remittance, error) {
	var m Remittance
	err := idb.NewSelect().Model(&m).Where("rm.id = ?", id).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return Remittance{}, unknownRemittance()
	}
	if err != nil {
		return Remittance{}, fmt.Errorf("read remittance %s: %w", id, db.Classify(err))
	}
	return m, nil
}

func lockRemittance(ctx context.Context, tx db.Tx, id string) (Remittance, error) {
	var m Remittance
	err := tx.NewUpdate().Model(&m).Set("version = version + 1").Where("id = ?", id).Returning("*").Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return Remittance{}, unknownRemittance()
	}
	if err != nil {
		return Remittance{}, fmt.Errorf("lock remittance %s: %w", id, err)
	}
	return m, nil
}

// insertRemittance reports false when one to the charity is open in the currency.
func insertRemittance(ctx context.Context, tx db.Tx, m *Remittance) (bool, error) {
	n, err := db.Affected(tx.NewInsert().Model(m).On("CONFLICT (charity_id, currency) WHERE state = 'open' DO NOTHING").Exec(ctx))
	if err != nil {
		return false, fmt.Errorf("insert remittance: %w", err)
	}
	return n == 1, nil
}

func saveRemittance(ctx context.Context, tx db.Tx, m *Remittance) error {
	if _, err := tx.NewUpdate().Model(m).ExcludeColumn("id", "charity_id", "registration", "currency", "created_at").WherePK().Exec(ctx); err != nil {
		return fmt.Errorf("save remittance %s: %w", m.ID, err)
	}
	return nil
}

// freezeDonations gives a remittance everything that may go with it and returns what that is. A donation that is taken back at the
// same moment goes with one of the two only: both write its row.
func freezeDonations(ctx context.Context, tx db.Tx, m Remittance) (minor, count int64, err error) {
	var amounts []int64
	err = tx.NewRaw(`UPDATE donation SET remittance_id = ? WHERE charity_id = ? AND registration = ? AND currency = ? AND remittance_id IS NULL AND taken_back_at IS NULL
		AND EXISTS (SELECT 1 FROM payout AS p WHERE p.id = donation.payout_id AND p.state = 'settled')
		AND NOT EXISTS (SELECT 1 FROM reward AS r JOIN payout_switch AS s ON s.scope = 'campaign:' || r.campaign_id
			WHERE r.id = donation.reward_id AND s.paused = ?)
		RETURNING amount_minor`, m.ID, m.CharityID, m.Registration, m.Currency, true).Scan(ctx, &amounts)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, 0, fmt.Errorf("freeze the donations of remittance %s: %w", m.ID, err)
	}
	for _, a := range amounts {
		minor += a
	}
	return minor, int64(len(amounts)), nil
}

// thawDonations makes the donations of a remittance due again.
func thawDonations(ctx context.Context, tx db.Tx, id string) error {
	if _, err := tx.NewUpdate().Model((*donation)(nil)).Set("remittance_id = NULL").Where("remittance_id = ?", id).Exec(ctx); err != nil {
		return fmt.Errorf("thaw the donations of remittance %s: %w", id, err)
	}
	return nil
}

// wakeReversing lets the reversals that wait for a remittance's end be tried again at once.
func wakeReversing(ctx context.Context, tx db.Tx, id string, now time.Time) error {
	waiting := tx.NewSelect().Model((*donation)(nil)).Column("dn.payout_id").Where("dn.remittance_id = ?", id)
	_, err := tx.NewUpdate().Model((*Payout)(nil)).Set("next_try_at = ?", now).Where("state = ?", Reversing).Where("id IN (?)", waiting).Exec(ctx)
	if err != nil {
		return fmt.Errorf("wake what waits for remittance %s: %w", id, err)
	}
	return nil
}

// donationsIn walks the donations of a remittance by payout.
func donationsIn(ctx context.Context, idb bun.IDB, id, after string, limit int) ([]donation, error) {
	var rows []donation
	err := idb.NewSelect().Model(&rows).Where("dn.remittance_id = ?", id).Where("dn.payout_id > ?", after).
		OrderExpr("dn.payout_id").Limit(int64(limit)).Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("walk the donations of remittance %s: %w", id, db.Classify(err))
	}
	return rows, nil
}

func listRemittances(ctx context.Context, idb bun.IDB, charityID string, state RemittanceState, p db.Page) (db.List[Remittance], error) {
	at, id, err := after(p)
	if err != nil {
		return db.List[Remittance]{}, err
	}
	var rows []Remittance
	q := idb.NewSelect().Model(&rows).OrderExpr("rm.created_at DESC, rm.id DESC").Limit(int64(p.Size() + 1))
	if charityID != "" {
		q = q.Where("rm.charity_id = ?", charityID)
	}
	if state != "" {
		q = q.Where("rm.state = ?", state)
	}
	if id != "" {
		q = q.Where("(rm.created_at, rm.id) < (?, ?)", at, id)
	}
	if err := q.Scan(ctx); err != nil {
		return db.List[Remittance]{}, fmt.Errorf("list remittances: %w", db.Classify(err))
	}
	return db.Cut(rows, p, func(m Remittance) []string { return cursor(m.CreatedAt, m.ID) }), nil
}
