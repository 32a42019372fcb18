package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	_ "modernc.org/sqlite" // the driver "sqlite"
)

const sqliteReaders = 4

// Every connection gets its settings from the address, since database/sql opens connections whenever it likes.
// _time_format and _timezone make the driver write and read times exactly as bun writes them into SQL.
const sqliteCommon = "_pragma=busy_timeout(10000)&_pragma=foreign_keys(1)&_time_format=sqlite&_timezone=UTC"

// Without _txlock=immediate most concurrent transactions of several processes end as "database is locked": a
// transaction that starts with a read cannot be upgraded once another one has written.
// The cache (12 MB) holds the pages that busy indexes write again and again. SQLite's own checkpoint runs right after a commit,
// when readers still look at the state before; it gets no further than them, and under constant reading the log grows for
// ever and makes each look-up slower. Ours come later, see checkpoints; its own is left for 64 MB.
const sqliteWriter = sqliteCommon + "&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=cache_size(-12000)" +
	"&_pragma=wal_autocheckpoint(16000)&_txlock=immediate"

const sqliteReader = sqliteCommon + "&mode=ro&_pragma=query_only(1)"

func openSQLite(ctx context.Context, path string) (*DB, error) {
	path = strings.TrimPrefix(path, "//")
	if path == "" || strings.Contains(path, "?") || strings.HasPrefix(path, ":") {
		return nil, errors.New("database address: sqlite: is followed by a file path and nothing else")
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return nil, fmt.Errorf("create the database's folder: %w", err)
	}
	file := "file:" + (&url.URL{Path: path}).EscapedPath()

	w, err := sql.Open("sqlite", file+"?"+sqliteWriter)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	// One writer: SQLite has one write lock, and waiting for a connection is fairer than waiting for the lock
	// (measured: 0.1 s at worst instead of 4 s).
	w.SetMaxOpenConns(1)
	w.SetMaxIdleConns(1)
	r, err := sql.Open("sqlite", file+"?"+sqliteReader)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", path, err), w.Close())
	}
	r.SetMaxOpenConns(sqliteReaders)
	r.SetMaxIdleConns(sqliteReaders)

	d := &DB{engine: SQLite, path: path, reader: r, refuse: newRefusing()}
	d.DB = bun.NewDB(w, sqlitedialect.New(), bun.WithConnResolver(&resolver{d}))
	// The writer creates the file and its WAL; a read-only connection cannot.
	for _, c := range []*sql.DB{w, r} {
		if err := c.PingContext(ctx); err != nil {
			return nil, errors.Join(fmt.Errorf("open %s: %w", path, err), d.Close())
		}
	}
	d.checkpointing = newCheckpoints(w)
	return d, nil
}
