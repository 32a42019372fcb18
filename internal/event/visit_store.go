package event

import (
	"context"
	"errors"
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

// The insert behind every page is raw and prepared: bun would write each batch into the SQL as text, a new one each time.
const (
	visitsPostgres = `INSERT INTO visit (id, kind, subject_id, robot, at)
		SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::boolean[], $5::timestamptz[]) ON CONFLICT (id) DO NOTHING`
	visitSQLite = `INSERT INTO visit (id, kind, subject_id, robot, at) VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`
)

// insertVisits may meet visits that are there: of a batch whose answer was lost.
func insertVisits(ctx context.Context, d *db.DB, batch []visit) error {
	if d.Pool() == nil {
		return d.InTx(ctx, func(ctx context.Context, tx db.Tx) (err error) {
			stmt, err := tx.PrepareContext(ctx, visitSQLite)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, stmt.Close()) }()
			// The driver would start a goroutine for each row, to see whether the context ends.
			whole := context.WithoutCancel(ctx)
			for _, v := range batch {
				if _, err := stmt.ExecContext(whole, v.ID, v.Kind, v.SubjectID, v.Robot, v.At); err != nil {
					return err
				}
			}
			return nil
		})
	}
	n := len(batch)
	ids, kinds, subjects, robots, at := make([]string, n), make([]string, n), make([]string, n), make([]bool, n), make([]time.Time, n)
	for i, v := range batch {
		ids[i], kinds[i], subjects[i], robots[i], at[i] = v.ID, v.Kind, v.SubjectID, v.Robot, v.At
	}
	_, err := d.Pool().Exec(ctx, visitsPostgres, ids, kinds, subjects, robots, at)
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
