package reward

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/uptrace/bun"

	"goodword/internal/db"
	"goodword/internal/fault"
)

func proofByID(ctx context.Context, idb bun.IDB, id string) (Proof, error) {
	var p Proof
	err := idb.NewSelect().Model(&p).Where("bp.id = ?", id).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return Proof{}, fault.Newf(fault.NotFound, "There is no proof %s.", id)
	}
	if err != nil {
		return Proof{}, fmt.Errorf("read proof %s: %w", id, db.Classify(err))
	}
	return p, nil
}

func proofBegun(ctx context.Context, idb bun.IDB, day string) (bool, error) {
	begun, err := idb.NewSelect().Model((*Proof)(nil)).Where("bp.day = ?", day).Exists(ctx)
	if err != nil {
		return false, fmt.Errorf("look for the proof of %s: %w", day, db.Classify(err))
	}
	return begun, nil
}

// insertProof reports false when the day has one.
func insertProof(ctx context.Context, tx db.Tx, p *Proof) (bool, error) {
	n, err := db.Affected(tx.NewInsert().Model(p).On("CONFLICT (day) DO NOTHING").Exec(ctx))
	if err != nil {
		return false, fmt.Errorf("begin a proof: %w", err)
	}
	return n == 1, nil
}

func saveProof(ctx context.Context, tx db.Tx, p *Proof) error {
	if _, err := tx.NewUpdate().Model(p).WherePK().Exec(ctx); err != nil {
		return fmt.Errorf("save proof %s: %w", p.ID, err)
	}
	return nil
}

// signedProofs returns all proofs that found nothing, oldest first.
func signedProofs(ctx context.Context, idb bun.IDB) ([]Proof, error) {
	var rows []Proof
	if err := idb.NewSelect().Model(&rows).Where("bp.signature <> ''").OrderExpr("bp.finished_at, bp.id").Scan(ctx); err != nil {
		return nil, fmt.Errorf("read kept heads: %w", db.Classify(err))
	}
	return rows, nil
}

// lastProof returns the newest that has ended, or the newest that found nothing; the zero Proof if there is none.
func lastProof(ctx context.Context, idb bun.IDB, held bool) (Proof, error) {
	var rows []Proof
	q := idb.NewSelect().Model(&rows).Where("bp.finished_at IS NOT NULL").OrderExpr("bp.finished_at DESC, bp.id DESC").Limit(1)
	if held {
		q = q.Where("bp.findings = 0")
	}
	if err := q.Scan(ctx); err != nil {
		return Proof{}, fmt.Errorf("read the last proof: %w", db.Classify(err))
	}
	if len(rows) == 0 {
		return Proof{}, nil
	}
	return rows[0], nil
}
