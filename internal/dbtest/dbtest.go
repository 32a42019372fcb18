// Package dbtest gives each test a migrated database of its own, on each engine.
package dbtest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"

	"goodword/internal/db"
	"goodword/migrations"
)

// Each runs fn as the parallel subtests "sqlite" and "postgres", each with an empty migrated database that is gone
// afterwards.
func Each(t *testing.T, fn func(t *testing.T, d *db.DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		fn(t, SQLite(t))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		fn(t, Postgres(t))
	})
}

// EachURL is Each for tests that open the database themselves or in several processes.
func EachURL(t *testing.T, fn func(t *testing.T, url string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		fn(t, SQLiteURL(t))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		fn(t, PostgresURL(t))
	})
}

// SQLite returns an open, migrated SQLite database that is closed and removed with the test.
func SQLite(t testing.TB) *db.DB {
	t.Helper()
	return open(t, SQLiteURL(t))
}

// Postgres returns an open, migrated PostgreSQL database that is closed and dropped with the test.
func Postgres(t testing.TB) *db.DB {
	t.Helper()
	return open(t, PostgresURL(t))
}

func open(t testing.TB, url string) *db.DB {
	t.Helper()
	d, err := db.Open(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// EmptySQLiteURL returns the address of a SQLite file that does not exist yet.
func EmptySQLiteURL(t testing.TB) string {
	t.Helper()
	return "sqlite:" + filepath.Join(t.TempDir(), "goodword.db")
}

// SQLiteURL returns the address of a migrated SQLite file in the test's own folder.
func SQLiteURL(t testing.TB) string {
	t.Helper()
	template, err := sqliteTemplate()
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(template)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "goodword.db")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return "sqlite:" + path
}

// sqliteTemplate makes the migrated file that tests copy, once for all test processes.
var sqliteTemplate = sync.OnceValues(func() (string, error) {
	dir, err := sharedDir()
	if err != nil {
		return "", err
	}
	version, err := schemaVersion()
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "template-"+version+".db")
	err = locked(filepath.Join(dir, "sqlite.lock"), func() error {
		if _, err := os.Stat(path); err == nil {
			return nil
		}
		fresh, err := os.MkdirTemp(dir, "migrating-")
		if err != nil {
			return err
		}
		file := filepath.Join(fresh, "goodword.db")
		if err := migrate("sqlite:" + file); err != nil {
			return errors.Join(err, os.RemoveAll(fresh))
		}
		// Closing has folded the WAL into the file, so the file alone is the database.
		return errors.Join(os.Rename(file, path), os.RemoveAll(fresh))
	})
	return path, err
})

func migrate(url string) error {
	ctx := context.Background()
	d, err := db.Open(ctx, url)
	if err != nil {
		return err
	}
	return errors.Join(d.Migrate(ctx), d.Close())
}

// schemaVersion changes with the migrations, so that a template is never used for another schema.
var schemaVersion = sync.OnceValues(func() (string, error) {
	h := sha256.New()
	fmt.Fprintln(h, templateFormat)
	err := fs.WalkDir(migrations.FS, ".", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := fs.ReadFile(migrations.FS, path)
		fmt.Fprintf(h, "%s %d\n%s", path, len(data), data)
		return err
	})
	return hex.EncodeToString(h.Sum(nil))[:16], err
})

// templateFormat is raised when something else than our migrations changes what a template holds, such as the job
// engine's version.
const templateFormat = "river 0.47"

// sharedDir is a folder for all test processes of this user. It may be deleted at any time when none runs and
// PostgreSQL is stopped.
func sharedDir() (string, error) {
	dir := filepath.Join(os.TempDir(), fmt.Sprintf("goodword-dbtest-%d", os.Getuid()))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	return dir, nil
}

// locked runs fn while no other process holds the lock file.
func locked(name string, fn func() error) (err error) {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		return fmt.Errorf("lock %s: %w", name, err)
	}
	return fn()
}
