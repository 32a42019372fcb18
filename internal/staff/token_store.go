package staff

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

type tokenKind string

const (
	setupToken   tokenKind = "setup"
	sessionToken tokenKind = "session"
)

// tokenRow is a row of table staff_token: a session or a set-up link.
type tokenRow struct {
	bun.BaseModel `bun:"table:staff_token,alias:staff_token"`

	TokenHash string    `bun:"token_hash,pk"`
	StaffID   string    `bun:"staff_id"`
	Kind      tokenKind `bun:"kind"`
	CreatedAt time.Time `bun:"created_at"`
	SeenAt    time.Time `bun:"seen_at"`
	ExpiresAt time.Time `bun:"expires_at"`

	Member *Member `bun:"rel:belongs-to,join:staff_id=id"`
}

func insertToken(ctx context.Context, tx db.Tx, row tokenRow) error {
	if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
		return fmt.Errorf("insert %s of staff %s: %w", row.Kind, row.StaffID, db.Classify(err))
	}
	return nil
}

// memberByToken finds a token that has not expired and whose it is.
func memberByToken(ctx context.Context, idb bun.IDB, hash string, kind tokenKind, now time.Time) (Member, tokenRow, error) {
	var row tokenRow
	err := idb.NewSelect().Model(&row).Relation("Member").Where("staff_token.token_hash = ?", hash).Where("staff_token.kind = ?", kind).
		Where("staff_token.expires_at > ?", now).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return Member{}, tokenRow{}, fault.New(fault.NotFound, "There is no such token.")
	}
	if err != nil {
		return Member{}, tokenRow{}, fmt.Errorf("look up %s: %w", kind, db.Classify(err))
	}
	return *row.Member, row, nil
}

// takeToken deletes a token that has not expired at now and reports whether it was there.
func takeToken(ctx context.Context, tx db.Tx, hash string, kind tokenKind, now time.Time) (bool, error) {
	n, err := db.Affected(tx.NewDelete().Model((*tokenRow)(nil)).Where("token_hash = ?", hash).Where("kind = ?", kind).
		Where("expires_at > ?", now).Exec(ctx))
	if err != nil {
		return false, fmt.Errorf("take %s: %w", kind, db.Classify(err))
	}
	return n == 1, nil
}

func deleteTokens(ctx context.Context, tx db.Tx, staffID string, kinds ...tokenKind) error {
	_, err := tx.NewDelete().Model((*tokenRow)(nil)).Where("staff_id = ?", staffID).Where("kind IN (?)", bun.List(kinds)).Exec(ctx)
	if err != nil {
		return fmt.Errorf("delete tokens of staff %s: %w", staffID, db.Classify(err))
	}
	return nil
}

func deleteOtherSessions(ctx context.Context, tx db.Tx, staffID, keepHash string) error {
	_, err := tx.NewDelete().Model((*tokenRow)(nil)).Where("staff_id = ?", staffID).Where("kind = ?", sessionToken).
		Where("token_hash <> ?", keepHash).Exec(ctx)
	if err != nil {
		return fmt.Errorf("end other sessions of staff %s: %w", staffID, db.Classify(err))
	}
	return nil
}

func seeToken(ctx context.Context, tx db.Tx, hash string, now time.Time) error {
	_, err := tx.NewUpdate().Model((*tokenRow)(nil)).Set("seen_at = ?", now).Where("token_hash = ?", hash).Exec(ctx)
	return db.Classify(err)
}

func purgeTokens(ctx context.Context, tx db.Tx, now, idleSince time.Time) (int64, error) {
	n, err := db.Affected(tx.NewDelete().Model((*tokenRow)(nil)).
		Where("expires_at <= ? OR (kind = ? AND seen_at <= ?)", now, sessionToken, idleSince).Exec(ctx))
	return n, db.Classify(err)
}
