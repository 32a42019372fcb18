package db

import (
	"context"
	"errors"
	"fmt"
)

// Check reads the whole SQLite file and returns what is wrong with it: damaged pages or indexes, and rows that refer to
// nothing. It takes seconds per gigabyte, so it is for doctor and for the start after an unclean end. On PostgreSQL it
// only asks whether the server answers.
func (d *DB) Check(ctx context.Context) error {
	if d.engine == Postgres {
		if err := d.PingContext(ctx); err != nil {
			return Classify(fmt.Errorf("check database: %w", err))
		}
		return nil
	}
	rows, err := d.reader.QueryContext(ctx, "PRAGMA integrity_check(10)")
	if err != nil {
		return fmt.Errorf("check %s: %w", d.path, err)
	}
	defer rows.Close()
	var wrong []error
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return fmt.Errorf("check %s: %w", d.path, err)
		}
		if text != "ok" {
			wrong = append(wrong, fmt.Errorf("check %s: %s", d.path, text))
		}
	}
	if err := errors.Join(append(wrong, rows.Err())...); err != nil {
		return err
	}
	var orphans int
	if err := d.reader.QueryRowContext(ctx, "SELECT count(*) FROM pragma_foreign_key_check").Scan(&orphans); err != nil {
		return fmt.Errorf("check %s: %w", d.path, err)
	}
	if orphans > 0 {
		return fmt.Errorf("check %s: %d rows refer to rows that do not exist", d.path, orphans)
	}
	return nil
}
