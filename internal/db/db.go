// Package db opens SQLite or PostgreSQL behind one bun handle, owns transactions and migrations, and turns driver
// errors into faults. Nobody else knows which engine is running.
package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/uptrace/bun"
)

// Engine names a database engine.
type Engine string

// The engines.
const (
	SQLite   Engine = "sqlite"
	Postgres Engine = "postgres"
)

// DB is an open database. It embeds bun's handle and is therefore a bun.IDB: on SQLite its SELECTs go to read-only
// connections, everything else to the one writer. It is safe for concurrent use.
type DB struct {
	*bun.DB
	engine Engine
	path   string        // SQLite only
	reader *sql.DB       // SQLite: the read pool; PostgreSQL: bun's pool
	pool   *pgxpool.Pool // PostgreSQL only
	refuse *sql.DB

	checkpointing *checkpoints // SQLite only
}

// Open connects to "sqlite:path/to/file" or "postgres://…" and returns once the database has answered.
//
// The SQLite file and its folder are created when missing; the address takes no parameters, because durability is not
// for sale. On PostgreSQL there are two pools, bun's and Pool, each limited by the address's parameter pool_max_conns
// (default 12, at least 4).
func Open(ctx context.Context, url string) (*DB, error) {
	scheme, rest, _ := strings.Cut(url, ":")
	switch scheme {
	case "sqlite":
		return openSQLite(ctx, rest)
	case "postgres", "postgresql":
		return openPostgres(ctx, url)
	}
	// The address may hold a password, so it is not repeated.
	return nil, errors.New("database address: it must start with sqlite: or postgres://")
}

// Engine says which database is behind the handle.
func (d *DB) Engine() Engine { return d.engine }

// Path returns the SQLite file, or "" on PostgreSQL.
func (d *DB) Path() string { return d.path }

// Pool returns the pgx pool in its default (prepared) mode, for the job engine and the hottest look-ups; nil on SQLite.
func (d *DB) Pool() *pgxpool.Pool { return d.pool }

// Writer returns the pool under bun: on SQLite it holds exactly one connection.
func (d *DB) Writer() *sql.DB { return d.DB.DB }

// Reader returns the pool for prepared look-ups: on SQLite four read-only connections, on PostgreSQL the same as Writer.
// It sees only what is committed.
func (d *DB) Reader() *sql.DB { return d.reader }

// Close closes every connection. It waits for running queries.
func (d *DB) Close() error {
	var errs []error
	if d.checkpointing != nil {
		d.checkpointing.stop()
	}
	if d.reader != d.Writer() {
		errs = append(errs, d.reader.Close())
	}
	errs = append(errs, d.DB.Close(), d.refuse.Close())
	if d.pool != nil {
		d.pool.Close()
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("close database: %w", err)
	}
	return nil
}

// resolver routes the queries that bun runs outside a transaction.
type resolver struct{ db *DB }

func (r *resolver) ResolveConn(ctx context.Context, q bun.Query) bun.IConn {
	if inTx(ctx, r.db) {
		return r.db.refuse
	}
	if r.db.engine == SQLite && bun.IsReadOnlyQuery(q) {
		return r.db.reader
	}
	return nil
}

func (r *resolver) Close() error { return nil }
