package queue

import (
	"context"
	"fmt"
	"time"

	"goodword/internal/db"
)

// Idle reports whether no job runs or could run now. Jobs for later, also those waiting for a retry, do not count.
func (q *Queue) Idle(ctx context.Context) (bool, error) {
	// The engine stores times on SQLite as text in this form, rounded up to a millisecond ahead; PostgreSQL reads it as
	// UTC, the session's zone. A retry within seconds is "available" too, so only its time tells.
	soon := time.Now().Add(50 * time.Millisecond).UTC().Format("2006-01-02 15:04:05.000")
	busy, err := q.db.NewSelect().TableExpr("river_job").
		Where("state = 'running' OR (state IN ('available', 'scheduled', 'retryable') AND scheduled_at <= ?)", soon).
		Exists(ctx)
	if err != nil {
		return false, fmt.Errorf("look for jobs: %w", db.Classify(err))
	}
	return !busy, nil
}

// Counts returns how many jobs are in each state: available, running, scheduled, retryable, completed, cancelled
// (refused) and discarded (gave up). States without jobs are absent.
func (q *Queue) Counts(ctx context.Context) (map[string]int64, error) {
	var rows []struct {
		State string
		N     int64
	}
	err := q.db.NewSelect().TableExpr("river_job").ColumnExpr("state, count(*) AS n").
		GroupExpr("state").OrderExpr("state").Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("count jobs: %w", db.Classify(err))
	}
	counts := make(map[string]int64, len(rows))
	for _, r := range rows {
		counts[r.State] = r.N
	}
	return counts, nil
}

func countState(ctx context.Context, d *db.DB, state string) (int64, error) {
	n, err := d.NewSelect().TableExpr("river_job").Where("state = ?", state).Count(ctx)
	if err != nil {
		return 0, fmt.Errorf("count %s jobs: %w", state, db.Classify(err))
	}
	return n, nil
}
