package db

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"syscall"
	"testing/fstest"
	"text/template"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"

	"goodword/migrations"
)

// migrateLock is the key of PostgreSQL's advisory lock around migrations: "goodword" cut to seven digits.
const migrateLock = 4663967

// words are what a migration may say differently per engine.
type words struct {
	Postgres               bool
	Timestamp, JSON, Bytes string
}

var engineWords = map[Engine]words{
	SQLite:   {Timestamp: "TIMESTAMP", JSON: "TEXT", Bytes: "BLOB"},
	Postgres: {Postgres: true, Timestamp: "timestamptz", JSON: "jsonb", Bytes: "bytea"},
}

// Migration is one file of the migration set and whether the database has it.
type Migration struct {
	Version int64
	Name    string
	// AppliedAt is the database's own time, zero if the migration is still to come.
	AppliedAt time.Time
}

// Migrate brings the schema and the job engine's tables up to date. Any number of processes may call it at once: one
// works, the others wait and find nothing to do. Each file is one transaction; after an error the files before it stay.
func (d *DB) Migrate(ctx context.Context) error {
	return d.whileLocked(ctx, func(ctx context.Context) error {
		p, err := d.provider()
		if err != nil {
			return err
		}
		if _, err := p.Up(ctx); err != nil {
			return fmt.Errorf("migrate: %w", err)
		}
		if err := d.migrateJobs(ctx); err != nil {
			return fmt.Errorf("migrate the job tables: %w", err)
		}
		return nil
	})
}

// MigrationStatus lists every migration that this program knows, oldest first.
func (d *DB) MigrationStatus(ctx context.Context) ([]Migration, error) {
	var list []Migration
	// goose creates its own table when it is missing, which is a race as well.
	err := d.whileLocked(ctx, func(ctx context.Context) error {
		p, err := d.provider()
		if err != nil {
			return err
		}
		status, err := p.Status(ctx)
		if err != nil {
			return fmt.Errorf("migration status: %w", err)
		}
		for _, s := range status {
			list = append(list, Migration{Version: s.Source.Version, Name: s.Source.Path, AppliedAt: s.AppliedAt.UTC()})
		}
		return nil
	})
	return list, err
}

func (d *DB) provider() (*goose.Provider, error) {
	files, err := render(migrations.FS, engineWords[d.engine])
	if err != nil {
		return nil, err
	}
	dialect := goose.DialectSQLite3
	if d.engine == Postgres {
		dialect = goose.DialectPostgres
	}
	p, err := goose.NewProvider(dialect, d.Writer(), files,
		goose.WithDisableGlobalRegistry(true), goose.WithSlog(slog.New(slog.DiscardHandler)))
	if err != nil {
		return nil, fmt.Errorf("migrate: %w", err)
	}
	return p, nil
}

// migrateJobs runs the job engine's own migrations, which have no lock of their own: four starters at once failed in
// one run of three.
func (d *DB) migrateJobs(ctx context.Context) error {
	quiet := &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)}
	if d.engine == Postgres {
		m, err := rivermigrate.New(riverpgxv5.New(d.pool), quiet)
		if err != nil {
			return err
		}
		_, err = m.Migrate(ctx, rivermigrate.DirectionUp, nil)
		return err
	}
	m, err := rivermigrate.New(riversqlite.New(d.Writer()), quiet)
	if err != nil {
		return err
	}
	_, err = m.Migrate(ctx, rivermigrate.DirectionUp, nil)
	return err
}

// whileLocked runs fn while no other process does. The lock ends with its connection or file, so a crash leaves none.
func (d *DB) whileLocked(ctx context.Context, fn func(ctx context.Context) error) (err error) {
	if d.engine == SQLite {
		f, err := lockFile(d.path+".migrate", syscall.LOCK_EX)
		if err != nil {
			return fmt.Errorf("lock for migration: %w", err)
		}
		defer unlock(f)
		return fn(ctx)
	}
	// A connection of its own: one from a pool would be missing there, and a pool could not be closed early.
	conn, err := pgx.ConnectConfig(ctx, d.pool.Config().ConnConfig)
	if err != nil {
		return Classify(fmt.Errorf("lock for migration: %w", err))
	}
	defer func() { err = errors.Join(err, conn.Close(context.WithoutCancel(ctx))) }()
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock($1)", migrateLock); err != nil {
		return Classify(fmt.Errorf("lock for migration: %w", err))
	}
	return fn(ctx)
}

// render fills the engine's words into every .sql file.
func render(set fs.FS, w words) (fs.FS, error) {
	names, err := fs.Glob(set, "*.sql")
	if err != nil {
		return nil, err
	}
	out := fstest.MapFS{}
	for _, name := range names {
		text, err := fs.ReadFile(set, name)
		if err != nil {
			return nil, err
		}
		t, err := template.New(name).Option("missingkey=error").Parse(string(text))
		if err != nil {
			return nil, fmt.Errorf("migration %s: %w", name, err)
		}
		var b bytes.Buffer
		if err := t.Execute(&b, w); err != nil {
			return nil, fmt.Errorf("migration %s: %w", name, err)
		}
		out[name] = &fstest.MapFile{Data: b.Bytes()}
	}
	return out, nil
}
