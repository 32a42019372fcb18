package customer

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"goodword/internal/db"
)

func insertConsent(ctx context.Context, tx db.Tx, c Consent) error {
	if _, err := tx.NewInsert().Model(&c).Exec(ctx); err != nil {
		return fmt.Errorf("record consent of %s %s: %w", c.SubjectKind, c.SubjectID, db.Classify(err))
	}
	return nil
}

func consents(ctx context.Context, idb bun.IDB, kind SubjectKind, subjectID string) ([]Consent, error) {
	var rows []Consent
	err := idb.NewSelect().Model(&rows).Where("subject_kind = ?", kind).Where("subject_id = ?", subjectID).Order("at", "id").Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("read consents of %s %s: %w", kind, subjectID, db.Classify(err))
	}
	return rows, nil
}
