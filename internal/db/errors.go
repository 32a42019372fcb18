package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"net"
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"goodword/internal/fault"
)

// kind is what a driver's error means, whichever driver.
type kind int

const (
	other kind = iota
	unique
	foreignKey
	broken // check, not null, or a trigger that refuses
	rival  // deadlock, serialization, busy: the same again may succeed
	away   // the database cannot be reached or is shutting down
)

// Classify turns a driver's error anywhere in err's chain into a fault: Conflict for a broken unique or foreign key,
// Invalid for a check, a missing value or a refusing trigger, Unavailable for what may succeed later, NotFound for
// sql.ErrNoRows. An error that already is a fault, holds none of these, or is nil comes back as it is.
// The result wraps err, so Constraint and IsUnique still find their answer.
func Classify(err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*fault.Error](err); ok {
		return err
	}
	switch kindOf(err) {
	case unique:
		return &fault.Error{Code: fault.Conflict, Message: "This is already there.", Key: "error.conflict", Cause: err}
	case foreignKey:
		return &fault.Error{Code: fault.Conflict, Message: "Something else depends on this, or it is no longer there.", Key: "error.conflict", Cause: err}
	case broken:
		return &fault.Error{Code: fault.Invalid, Message: "This breaks a rule of the database.", Key: "error.invalid", Cause: err}
	case rival, away:
		return &fault.Error{Code: fault.Unavailable, Message: "The database is busy. Please try again.", Key: "error.unavailable", Cause: err}
	}
	if errors.Is(err, sql.ErrNoRows) {
		return &fault.Error{Code: fault.NotFound, Message: "There is no such thing.", Key: "error.not_found", Cause: err}
	}
	return err
}

// IsUnique reports whether err holds the refusal of a unique index or primary key.
func IsUnique(err error) bool { return err != nil && kindOf(err) == unique }

// Constraint names what a refused statement broke, the same on both engines where both can tell:
// "table.column,column" for a unique index or primary key on columns, the index's name for one on expressions,
// the constraint's name for a check, "table.column" for a missing value. SQLite does not name a foreign key; then, and
// when err is no such refusal, it is "".
func Constraint(err error) string {
	if p, ok := errors.AsType[*pgconn.PgError](err); ok {
		return postgresConstraint(p)
	}
	if s, ok := errors.AsType[*sqlite.Error](err); ok {
		return sqliteConstraint(s)
	}
	return ""
}

// keyColumns finds the columns in "Key (a, b)=(1, 2) already exists.", in any language of the server.
var keyColumns = regexp.MustCompile(`\(([a-z0-9_", ]+)\)=\(`)

func postgresConstraint(p *pgconn.PgError) string {
	switch p.Code {
	case "23505":
		if m := keyColumns.FindStringSubmatch(p.Detail); m != nil {
			return p.TableName + "." + strings.NewReplacer(" ", "", `"`, "").Replace(m[1])
		}
	case "23502":
		return p.TableName + "." + p.ColumnName
	}
	return p.ConstraintName
}

// sqliteConstraint reads the part after "failed: " of texts such as
// "constraint failed: UNIQUE constraint failed: t.a, t.b (2067)", the only place where SQLite says it.
func sqliteConstraint(s *sqlite.Error) string {
	text := s.Error()
	i := strings.LastIndex(text, "constraint failed: ")
	if i < 0 || kindOf(s) == foreignKey {
		return ""
	}
	text = text[i+len("constraint failed: "):]
	if j := strings.LastIndex(text, " ("); j >= 0 {
		text = text[:j]
	}
	if name, ok := strings.CutPrefix(text, "index "); ok {
		return strings.Trim(name, "'")
	}
	if kindOf(s) != unique {
		return text
	}
	var table string
	columns := strings.Split(text, ", ")
	for i, c := range columns {
		table, columns[i], _ = strings.Cut(c, ".")
	}
	return table + "." + strings.Join(columns, ",")
}

func kindOf(err error) kind {
	if p, ok := errors.AsType[*pgconn.PgError](err); ok {
		return postgresKind(p.Code)
	}
	if s, ok := errors.AsType[*sqlite.Error](err); ok {
		return sqliteKind(s.Code())
	}
	if errors.Is(err, context.Canceled) {
		return other
	}
	if _, ok := errors.AsType[net.Error](err); ok {
		return away
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return away
	}
	if errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) || errors.Is(err, context.DeadlineExceeded) || pgconn.Timeout(err) {
		return away
	}
	return other
}

func postgresKind(code string) kind {
	switch code {
	case "23505", "23P01":
		return unique
	case "23503":
		return foreignKey
	case "23514", "23502", "P0001":
		return broken
	case "40001", "40P01", "55P03":
		return rival
	}
	switch code[:2] {
	case "08", "53", "57":
		return away
	}
	return other
}

func sqliteKind(code int) kind {
	switch code {
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, sqlite3.SQLITE_CONSTRAINT_ROWID:
		return unique
	case sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
		return foreignKey
	case sqlite3.SQLITE_CONSTRAINT_CHECK, sqlite3.SQLITE_CONSTRAINT_NOTNULL, sqlite3.SQLITE_CONSTRAINT_TRIGGER:
		return broken
	}
	switch code & 0xff {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return rival
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN:
		return away
	}
	return other
}

func retryable(err error) bool { return err != nil && kindOf(err) == rival }

// Affected returns how many rows a statement changed: db.Affected(query.Exec(ctx)).
func Affected(res sql.Result, err error) (int64, error) {
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}
