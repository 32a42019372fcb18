package customer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"

	"goodword/internal/db"
)

// bulk is many new rows of one table. They go in the fastest way that the engine has, COPY or a prepared statement: bun
// would write every value into the SQL as text, and the database spends longer on reading that than on keeping the rows.
type bulk struct {
	table   string
	columns []string
	rows    int
	// row appends the values of one row, counted from 0. Text is a string and nothing else: drivers are slow with named types.
	row func(i int, to []any) []any
}

func (b bulk) insert(ctx context.Context, tx db.Tx) error {
	if b.rows == 0 {
		return nil
	}
	insert := b.insertSQLite
	if tx.PGX() != nil {
		insert = b.insertPostgres
	}
	return insert(ctx, tx)
}

func (b bulk) insertPostgres(ctx context.Context, tx db.Tx) error {
	values := make([]any, 0, len(b.columns))
	_, err := tx.PGX().CopyFrom(ctx, pgx.Identifier{b.table}, b.columns, pgx.CopyFromSlice(b.rows, func(i int) ([]any, error) {
		values = b.row(i, values[:0])
		return values, nil
	}))
	return err
}

// insertSQLite inserts row by row: a statement with several rows keeps a journal of its own, to undo the first ones if a
// later one fails, which costs more than it saves.
func (b bulk) insertSQLite(ctx context.Context, tx db.Tx) (err error) {
	stmt, err := tx.PrepareContext(ctx, "INSERT INTO "+b.table+" ("+strings.Join(b.columns, ", ")+") VALUES (?"+strings.Repeat(", ?", len(b.columns)-1)+")")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stmt.Close()) }()
	values := make([]any, 0, len(b.columns))
	for i := range b.rows {
		values = b.row(i, values[:0])
		if _, err := stmt.ExecContext(ctx, values...); err != nil {
			return err
		}
	}
	return nil
}

// among asks for the rows whose column has one of many values. They are one literal, because a list of thousands takes the
// database as long to read as the look-ups themselves.
func among(tx db.Tx, q *bun.SelectQuery, column string, values []string) (*bun.SelectQuery, error) {
	if tx.PGX() != nil {
		return q.Where("? = ANY (?)", bun.Ident(column), pgdialect.Array(values)), nil
	}
	list, err := json.Marshal(values)
	if err != nil {
		return nil, fmt.Errorf("list values of %s: %w", column, err)
	}
	return q.Where("? IN (SELECT value FROM json_each(?))", bun.Ident(column), string(list)), nil
}
