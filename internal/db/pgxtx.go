package db

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

var errOuterTx = errors.New("db: the transaction belongs to InTx")

// pgxTx lets pgx code take part in a database/sql transaction that is open on the same connection. Begin makes a
// savepoint; the outer transaction cannot be ended through it.
type pgxTx struct {
	conn      *pgx.Conn
	savepoint string
	children  int
	done      bool
}

func (t *pgxTx) Begin(ctx context.Context) (pgx.Tx, error) {
	t.children++
	name := fmt.Sprintf("%s_%d", t.savepoint, t.children)
	if t.savepoint == "" {
		name = "goodword" + name
	}
	if _, err := t.conn.Exec(ctx, "SAVEPOINT "+name); err != nil {
		return nil, err
	}
	return &pgxTx{conn: t.conn, savepoint: name}, nil
}

func (t *pgxTx) Commit(ctx context.Context) error { return t.end(ctx, "RELEASE SAVEPOINT ") }

func (t *pgxTx) Rollback(ctx context.Context) error { return t.end(ctx, "ROLLBACK TO SAVEPOINT ") }

func (t *pgxTx) end(ctx context.Context, verb string) error {
	switch {
	case t.savepoint == "":
		return errOuterTx
	case t.done:
		return pgx.ErrTxClosed
	}
	t.done = true
	_, err := t.conn.Exec(ctx, verb+t.savepoint)
	return err
}

func (t *pgxTx) CopyFrom(ctx context.Context, table pgx.Identifier, columns []string, src pgx.CopyFromSource) (int64, error) {
	return t.conn.CopyFrom(ctx, table, columns, src)
}

func (t *pgxTx) SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults {
	return t.conn.SendBatch(ctx, b)
}

func (t *pgxTx) LargeObjects() pgx.LargeObjects {
	panic("db: large objects are not supported")
}

func (t *pgxTx) Prepare(ctx context.Context, name, sql string) (*pgconn.StatementDescription, error) {
	return t.conn.Prepare(ctx, name, sql)
}

func (t *pgxTx) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	return t.conn.Exec(ctx, sql, prepared(args)...)
}

func (t *pgxTx) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	return t.conn.Query(ctx, sql, prepared(args)...)
}

func (t *pgxTx) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	return t.conn.QueryRow(ctx, sql, prepared(args)...)
}

func (t *pgxTx) Conn() *pgx.Conn { return t.conn }

// prepared overrides the connection's simple protocol, in which some of the job engine's JSON arguments are sent as
// bytea and refused (github.com/riverqueue/river/issues/1153); its few statements also run faster prepared.
func prepared(args []any) []any {
	if len(args) == 0 {
		return args
	}
	return append([]any{pgx.QueryExecModeCacheStatement}, args...)
}
