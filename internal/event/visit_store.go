package event

import (
	"context"
	"errors"
	"slices"
	"strings"
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
const visitsPostgres = `INSERT INTO visit (id, kind, subject_id, robot, at)
	SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::boolean[], $5::timestamptz[]) ON CONFLICT (id) DO NOTHING`

// sqliteRows is how many visits one statement takes on SQLite, where calling the driver costs more than a row.
const sqliteRows = 50

func visitsSQLite(rows int) string {
	return "INSERT INTO visit (id, kind, subject_id, robot, at) VALUES " + strings.Repeat("(?, ?, ?, ?, ?), ", rows-1) +
		"(?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING"
}

// insertVisits may meet visits that are there: of a batch whose answer was lost.
func insertVisits(ctx context.Context, d *db.DB, batch []visit) error {
	if d.Pool() == nil {
		return d.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
			whole := len(batch) - len(batch)%sqliteRows
			if err := insertRows(ctx, tx, batch[:whole], sqliteRows); err != nil {
				return err
			}
			return insertRows(ctx, tx, batch[whole:], 1)
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

// insertRows inserts a batch with one prepared statement for so many rows at a time; the batch must divide evenly.
func insertRows(ctx context.Context, tx db.Tx, batch []visit, rows int) (err error) {
	if len(batch) == 0 {
		return nil
	}
	stmt, err := tx.PrepareContext(ctx, visitsSQLite(rows))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stmt.Close()) }()
	// The driver would start a goroutine for each call, to see whether the context ends.
	ctx = context.WithoutCancel(ctx)
	values := make([]any, 0, 5*rows)
	for some := range slices.Chunk(batch, rows) {
		values = values[:0]
		for _, v := range some {
			values = append(values, v.ID, v.Kind, v.SubjectID, v.Robot, v.At)
		}
		if _, err := stmt.ExecContext(ctx, values...); err != nil {
			return err
		}
	}
	return nil
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
