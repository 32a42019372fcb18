package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/uptrace/bun"
)

const txAttempts = 3

var (
	errNested   = errors.New("db: InTx inside InTx: pass the transaction on instead")
	errPoolInTx = errors.New("db: the pool was used inside InTx: use the transaction")
)

// Tx is a running transaction. It is a bun.IDB, and functions that must run in one take it by this type.
// It is valid only until the function given to InTx returns, and only for one goroutine at a time.
type Tx struct {
	bun.Tx
	pgx pgx.Tx
}

// PGX returns the same transaction as pgx sees it, or nil on SQLite. Its Commit and Rollback refuse: InTx ends it.
func (t Tx) PGX() pgx.Tx { return t.pgx }

// InTx runs fn in a transaction: committed if fn returns nil, rolled back if it returns an error or panics.
//
// If the database ends the transaction because of a conflict with another one (deadlock, serialization, busy), fn is
// run again, three times in all; it must therefore have no effect outside the database and set what it captures anew.
// The error is fn's own, or a fault made by Classify when it holds a driver's error. A commit without an answer is
// Unavailable: it may have happened.
//
// Using InTx or the pool inside fn (with fn's context) is refused at once: on SQLite it would wait for itself.
func (d *DB) InTx(ctx context.Context, fn func(ctx context.Context, tx Tx) error) error {
	if inTx(ctx, d) {
		return errNested
	}
	for attempt := 1; ; attempt++ {
		err := d.inTx(ctx, fn)
		if attempt == txAttempts || !retryable(err) {
			return Classify(err)
		}
		// The rival needs a moment to finish, and two losers must not meet again.
		pause := time.NewTimer(time.Duration(rand.IntN(20*attempt)+1) * time.Millisecond)
		select {
		case <-ctx.Done():
			pause.Stop()
			return Classify(errors.Join(ctx.Err(), err))
		case <-pause.C:
		}
	}
}

func (d *DB) inTx(ctx context.Context, fn func(ctx context.Context, tx Tx) error) (err error) {
	tx, release, err := d.begin(ctx)
	if err != nil {
		return fmt.Errorf("begin transaction: %w", err)
	}
	defer func() {
		if rerr := release(); rerr != nil {
			err = errors.Join(err, rerr)
		}
	}()

	ended := false
	defer func() {
		if ended {
			return
		}
		// After a cancelled context database/sql has rolled back already.
		if rerr := tx.Rollback(); rerr != nil && !errors.Is(rerr, sql.ErrTxDone) {
			err = errors.Join(err, fmt.Errorf("roll back: %w", rerr))
		}
	}()
	if err := fn(context.WithValue(ctx, txKey{d}, true), tx); err != nil {
		return err
	}
	ended = true
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit transaction: %w", err)
	}
	return nil
}

// begin also gives the pgx view of the transaction on PostgreSQL, for which the connection must be known.
func (d *DB) begin(ctx context.Context) (Tx, func() error, error) {
	if d.engine == SQLite {
		tx, err := d.BeginTx(ctx, nil)
		return Tx{Tx: tx}, func() error { return nil }, err
	}
	conn, err := d.Conn(ctx)
	if err != nil {
		return Tx{}, nil, err
	}
	var c *pgx.Conn
	err = conn.Raw(func(dc any) error {
		c = dc.(*stdlib.Conn).Conn()
		return nil
	})
	if err != nil {
		return Tx{}, nil, errors.Join(err, conn.Close())
	}
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return Tx{}, nil, errors.Join(err, conn.Close())
	}
	return Tx{Tx: tx, pgx: &pgxTx{conn: c}}, conn.Close, nil
}

// txKey marks the context of a running transaction, per database.
type txKey struct{ db *DB }

func inTx(ctx context.Context, d *DB) bool { return ctx.Value(txKey{d}) != nil }

// refusing is a pool that answers every use with errPoolInTx.
type refusing struct{}

func newRefusing() *sql.DB { return sql.OpenDB(refusing{}) }

func (refusing) Connect(context.Context) (driver.Conn, error) { return nil, errPoolInTx }
func (refusing) Driver() driver.Driver                        { return refusing{} }
func (refusing) Open(string) (driver.Conn, error)             { return nil, errPoolInTx }
