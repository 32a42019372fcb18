package event

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"goodword/internal/db"
)

// visit is a line of table visit.
type visit struct {
	bun.BaseModel `bun:"table:visit,alias:v"`

	ID        string    `bun:"id,pk"`
	Kind      string    `bun:"kind"`
	SubjectID string    `bun:"subject_id"`
	Robot     bool      `bun:"robot"`
	At        time.Time `bun:"at"`
}

// insertVisits may meet visits that are there: of a batch whose answer was lost.
func insertVisits(ctx context.Context, d *db.DB, batch []visit) error {
	_, err := d.NewInsert().Model(&batch).On("CONFLICT (id) DO NOTHING").Exec(ctx)
	return db.Classify(err)
}

// Count returns how often a subject was visited by people; robots are left out.
func Count(ctx context.Context, idb bun.IDB, kind, subjectID string) (int64, error) {
	n, err := Counts(ctx, idb, kind, []string{subjectID})
	return n[subjectID], err
}

// Counts returns how often each subject was visited by people; robots are left out, and subjects without visits are
// missing.
func Counts(ctx context.Context, idb bun.IDB, kind string, subjectIDs []string) (map[string]int64, error) {
	out := make(map[string]int64, len(subjectIDs))
	if len(subjectIDs) == 0 {
		return out, nil
	}
	var rows []struct {
		SubjectID string
		N         int64
	}
	err := idb.NewSelect().Model((*visit)(nil)).ColumnExpr("subject_id, count(*) AS n").
		Where("kind = ?", kind).Where("subject_id IN (?)", bun.List(subjectIDs)).Where("NOT robot").
		Group("subject_id").Scan(ctx, &rows)
	if err != nil {
		return nil, db.Classify(err)
	}
	for _, r := range rows {
		out[r.SubjectID] = r.N
	}
	return out, nil
}
