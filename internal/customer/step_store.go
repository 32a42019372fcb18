package customer

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

// stepCode is a row of table step_code.
type stepCode struct {
	bun.BaseModel `bun:"table:step_code,alias:step_code"`

	ID        string    `bun:"id,pk"`
	LinkID    string    `bun:"link_id"`
	CodeHash  string    `bun:"code_hash"`
	Tries     int       `bun:"tries"`
	CreatedAt time.Time `bun:"created_at"`
	ExpiresAt time.Time `bun:"expires_at"`
	UsedAt    time.Time `bun:"used_at,nullzero"`
}

// stepDevice is a row of table step_device: a browser that confirmed a code (SubjectID empty) or submitted a subject.
type stepDevice struct {
	bun.BaseModel `bun:"table:step_device,alias:step_device"`

	TokenHash string    `bun:"token_hash,pk"`
	LinkID    string    `bun:"link_id,pk"`
	SubjectID string    `bun:"subject_id,pk"`
	Verified  bool      `bun:"verified"`
	CreatedAt time.Time `bun:"created_at"`
	ExpiresAt time.Time `bun:"expires_at"`
}

func insertCode(ctx context.Context, tx db.Tx, c stepCode) error {
	if _, err := tx.NewInsert().Model(&c).Exec(ctx); err != nil {
		return fmt.Errorf("insert step-up code: %w", db.Classify(err))
	}
	return nil
}

func countCodes(ctx context.Context, tx db.Tx, linkID string, now time.Time) (hour, day int, err error) {
	err = tx.NewSelect().Model((*stepCode)(nil)).
		ColumnExpr("COALESCE(SUM(CASE WHEN created_at > ? THEN 1 ELSE 0 END), 0)", now.Add(-time.Hour)).ColumnExpr("COUNT(*)").
		Where("link_id = ?", linkID).Where("created_at > ?", now.Add(-codeDay)).Scan(ctx, &hour, &day)
	if err != nil {
		return 0, 0, fmt.Errorf("count step-up codes of link %s: %w", linkID, db.Classify(err))
	}
	return hour, day, nil
}

// tryCode counts one try and returns the row after it.
func tryCode(ctx context.Context, tx db.Tx, id, linkID string) (stepCode, error) {
	var c stepCode
	err := tx.NewUpdate().Model(&c).Set("tries = tries + 1").Where("id = ?", id).Where("link_id = ?", linkID).Returning("*").Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return stepCode{}, fault.New(fault.NotFound, "There is no such code.")
	}
	if err != nil {
		return stepCode{}, fmt.Errorf("try step-up code: %w", db.Classify(err))
	}
	return c, nil
}

func useCode(ctx context.Context, tx db.Tx, id string, now time.Time) error {
	if _, err := tx.NewUpdate().Model((*stepCode)(nil)).Set("used_at = ?", now).Where("id = ?", id).Exec(ctx); err != nil {
		return fmt.Errorf("use step-up code: %w", db.Classify(err))
	}
	return nil
}

func codeByID(ctx context.Context, idb bun.IDB, id string) (stepCode, error) {
	var c stepCode
	err := idb.NewSelect().Model(&c).Where("id = ?", id).Scan(ctx)
	if err != nil {
		return stepCode{}, fmt.Errorf("read step-up code: %w", db.Classify(err))
	}
	return c, nil
}

// insertDevice refreshes a row that is there already.
func insertDevice(ctx context.Context, tx db.Tx, d stepDevice) error {
	_, err := tx.NewInsert().Model(&d).On("CONFLICT (token_hash, link_id, subject_id) DO UPDATE").
		Set("expires_at = EXCLUDED.expires_at").Exec(ctx)
	if err != nil {
		return fmt.Errorf("remember device for link %s: %w", d.LinkID, db.Classify(err))
	}
	return nil
}

func renameDevice(ctx context.Context, tx db.Tx, from, to string) error {
	if _, err := tx.NewUpdate().Model((*stepDevice)(nil)).Set("token_hash = ?", to).Where("token_hash = ?", from).Exec(ctx); err != nil {
		return fmt.Errorf("renew device: %w", db.Classify(err))
	}
	// What the old cookie had confirmed must be confirmed by this code, at this time.
	_, err := tx.NewDelete().Model((*stepDevice)(nil)).Where("token_hash = ?", to).Where("verified = ?", true).Exec(ctx)
	if err != nil {
		return fmt.Errorf("renew device: %w", db.Classify(err))
	}
	return nil
}

func knownDevice(ctx context.Context, tx db.Tx, hash string, now time.Time) (bool, error) {
	found, err := tx.NewSelect().Model((*stepDevice)(nil)).Where("token_hash = ?", hash).Where("expires_at > ?", now).Exists(ctx)
	if err != nil {
		return false, fmt.Errorf("look up device: %w", db.Classify(err))
	}
	return found, nil
}

// devices returns the rows of a browser for a link and for the other links of the same customer.
func devices(ctx context.Context, idb bun.IDB, hash, linkID string, now time.Time) ([]stepDevice, error) {
	var rows []stepDevice
	siblings := idb.NewSelect().TableExpr("private_link AS l").ColumnExpr("l.id").
		Join("JOIN private_link AS own ON own.id = l.id OR own.customer_id = l.customer_id AND own.purpose = l.purpose").
		Where("own.id = ?", linkID)
	err := idb.NewSelect().Model(&rows).Where("token_hash = ?", hash).Where("expires_at > ?", now).
		Where("link_id IN (?)", siblings).Order("created_at", "link_id", "subject_id").Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("look up device: %w", db.Classify(err))
	}
	return rows, nil
}

func deleteSteps(ctx context.Context, tx db.Tx, customerID string) error {
	links := tx.NewSelect().Model((*Link)(nil)).Column("id").Where("customer_id = ?", customerID)
	for _, model := range []any{(*stepCode)(nil), (*stepDevice)(nil)} {
		if _, err := tx.NewDelete().Model(model).Where("link_id IN (?)", links).Exec(ctx); err != nil {
			return fmt.Errorf("delete devices of customer %s: %w", customerID, db.Classify(err))
		}
	}
	return nil
}
