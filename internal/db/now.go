package db

import (
	"context"
	"fmt"
	"time"
)

// Now returns the database's own clock in UTC, so that a process can tell when its own is wrong. SQLite has none of its
// own and returns this machine's.
func (d *DB) Now(ctx context.Context) (time.Time, error) {
	if d.engine == SQLite {
		return time.Now().UTC(), nil
	}
	var now time.Time
	if err := d.Reader().QueryRowContext(ctx, "SELECT clock_timestamp()").Scan(&now); err != nil {
		return time.Time{}, fmt.Errorf("read the database's clock: %w", Classify(err))
	}
	return now.UTC(), nil
}
