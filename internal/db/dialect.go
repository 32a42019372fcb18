package db

import "github.com/uptrace/bun"

// DayBucket returns an SQL expression for the UTC day of a timestamp column, as the text "2006-01-02" on both engines.
// The column is put into the SQL as it is: never pass anything from outside.
func DayBucket(engine Engine, column string) string {
	if engine == Postgres {
		return "to_char(" + column + " AT TIME ZONE 'UTC', 'YYYY-MM-DD')"
	}
	// Times are stored as UTC text, "2006-01-02 15:04:05…".
	return "substr(" + column + ", 1, 10)"
}

// SkipLocked makes a SELECT in a transaction claim its rows, leaving out those that another transaction has claimed.
// On SQLite nothing is needed: a transaction has the database to itself.
func (d *DB) SkipLocked(q *bun.SelectQuery) *bun.SelectQuery {
	if d.engine == Postgres {
		return q.For("UPDATE SKIP LOCKED")
	}
	return q
}
