package db_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"goodword/internal/db"
	"goodword/internal/dbtest"
	"goodword/internal/fault"
)

type item struct {
	bun.BaseModel `bun:"table:item"`

	ID        string `bun:",pk"`
	Name      string
	Amount    int64
	Version   int64
	CreatedAt time.Time
}

func newItems(t *testing.T, d *db.DB) {
	t.Helper()
	stamp := map[db.Engine]string{db.SQLite: "TIMESTAMP", db.Postgres: "timestamptz"}[d.Engine()]
	for _, q := range []string{
		`CREATE TABLE item (id TEXT PRIMARY KEY, name TEXT NOT NULL, amount BIGINT NOT NULL CHECK (amount >= 0), version BIGINT NOT NULL DEFAULT 0, created_at ` + stamp + ` NOT NULL)`,
		`CREATE UNIQUE INDEX item_name_amount ON item (name, amount)`,
		`CREATE TABLE word (word TEXT NOT NULL)`,
		`CREATE UNIQUE INDEX word_lower ON word (lower(word))`,
		`CREATE TABLE part (id TEXT PRIMARY KEY, item_id TEXT NOT NULL REFERENCES item (id))`,
	} {
		if _, err := d.ExecContext(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
}

func insert(ctx context.Context, q bun.IDB, id string, amount int64) error {
	_, err := q.NewInsert().Model(&item{ID: id, Name: "n", Amount: amount, CreatedAt: time.Date(2026, 3, 1, 23, 30, 0, 123456000, time.UTC)}).Exec(ctx)
	return err
}

func count(t *testing.T, q bun.IDB) int64 {
	t.Helper()
	n, err := q.NewSelect().Model((*item)(nil)).Count(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestInTx_CommitsOnNilAndRollsBackOnErrorAndPanic(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		newItems(t, d)
		boom := errors.New("boom")
		if err := d.InTx(t.Context(), func(ctx context.Context, tx db.Tx) error { return insert(ctx, tx, "kept", 1) }); err != nil {
			t.Fatal(err)
		}
		err := d.InTx(t.Context(), func(ctx context.Context, tx db.Tx) error {
			if err := insert(ctx, tx, "lost", 2); err != nil {
				return err
			}
			return boom
		})
		if !errors.Is(err, boom) {
			t.Errorf("InTx = %v, want fn's own error", err)
		}
		func() {
			defer func() {
				if r := recover(); r != "bang" {
					t.Errorf("recovered %v, want the panic to pass through", r)
				}
			}()
			err := d.InTx(t.Context(), func(ctx context.Context, tx db.Tx) error {
				if err := insert(ctx, tx, "lost too", 3); err != nil {
					return err
				}
				panic("bang")
			})
			t.Errorf("InTx returned %v after a panic", err)
		}()
		// The connection is back in its pool: the writer on SQLite is the only one.
		if got := count(t, d); got != 1 {
			t.Errorf("%d rows, want only the committed one", got)
		}
		if err := d.InTx(t.Context(), func(ctx context.Context, tx db.Tx) error { return insert(ctx, tx, "after", 4) }); err != nil {
			t.Error(err)
		}
	})
}

func TestInTx_RefusesItselfAndThePoolInside(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		newItems(t, d)
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		err := d.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
			return d.InTx(ctx, func(context.Context, db.Tx) error { return nil })
		})
		if err == nil || errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("nested InTx = %v, want it refused at once", err)
		}
		err = d.InTx(ctx, func(ctx context.Context, tx db.Tx) error { return insert(ctx, d, "a", 1) })
		if err == nil || errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("insert by the pool inside InTx = %v, want it refused at once", err)
		}
		err = d.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
			_, err := d.NewSelect().Model((*item)(nil)).Count(ctx)
			return err
		})
		if err == nil {
			t.Error("a SELECT by the pool inside InTx was answered; it would not see the transaction's rows")
		}
	})
}

func TestInTx_ReportsACommitThatRolledBack(t *testing.T) {
	t.Parallel()
	d := dbtest.Postgres(t)
	newItems(t, d)
	err := d.InTx(t.Context(), func(ctx context.Context, tx db.Tx) error {
		if err := insert(ctx, tx, "a", 1); err != nil {
			return err
		}
		if err := insert(ctx, tx, "a", 1); err == nil {
			t.Error("the second insert was accepted")
		}
		return nil // the mistake: the error is swallowed
	})
	if err == nil || count(t, d) != 0 {
		t.Errorf("InTx = %v with %d rows, want an error and none", err, count(t, d))
	}
}

func TestInTx_CancelledContextLeavesNothing(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		newItems(t, d)
		ctx, cancel := context.WithCancel(t.Context())
		err := d.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
			if err := insert(ctx, tx, "a", 1); err != nil {
				return err
			}
			cancel()
			return nil
		})
		if !errors.Is(err, context.Canceled) || count(t, d) != 0 {
			t.Errorf("InTx = %v with %d rows, want Canceled and none", err, count(t, d))
		}
	})
}

func TestInTx_RetriesADeadlock(t *testing.T) {
	t.Parallel()
	d := dbtest.Postgres(t)
	newItems(t, d)
	for _, id := range []string{"a", "b"} {
		if err := insert(t.Context(), d, id, int64(id[0])); err != nil {
			t.Fatal(err)
		}
	}
	// Both lock their first row before either asks for its second; the database ends one of them.
	var met sync.WaitGroup
	met.Add(2)
	var once [2]sync.Once
	var wg sync.WaitGroup
	errs := make([]error, 2)
	for i, order := range [][]string{{"a", "b"}, {"b", "a"}} {
		wg.Go(func() {
			errs[i] = d.InTx(t.Context(), func(ctx context.Context, tx db.Tx) error {
				for _, id := range order {
					if _, err := tx.NewUpdate().Model((*item)(nil)).Set("version = version + 1").Where("id = ?", id).Exec(ctx); err != nil {
						return err
					}
					once[i].Do(func() { met.Done(); met.Wait() })
				}
				return nil
			})
		})
	}
	wg.Wait()
	var sum int64
	if err := d.NewSelect().Model((*item)(nil)).ColumnExpr("sum(version)").Scan(t.Context(), &sum); err != nil {
		t.Fatal(err)
	}
	if errs[0] != nil || errs[1] != nil || sum != 4 {
		t.Errorf("errors %v, versions sum to %d; want both to succeed and 4", errs, sum)
	}
}

func TestLockTransition_LosesNoIncrement(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		newItems(t, d)
		if err := insert(t.Context(), d, "a", 0); err != nil {
			t.Fatal(err)
		}
		const n = 20
		var wg sync.WaitGroup
		errs := make(chan error, n)
		for range n {
			wg.Go(func() {
				errs <- d.InTx(t.Context(), func(ctx context.Context, tx db.Tx) error {
					var row item
					err := tx.NewUpdate().Model(&row).Set("version = version + 1").Where("id = ?", "a").Returning("*").Scan(ctx)
					if err != nil {
						return err
					}
					row.Amount++ // read, decide, write: only right if the lock holds
					_, err = tx.NewUpdate().Model(&row).Column("amount").WherePK().Exec(ctx)
					return err
				})
			})
		}
		wg.Wait()
		close(errs)
		for err := range errs {
			if err != nil {
				t.Error(err)
			}
		}
		var row item
		if err := d.NewSelect().Model(&row).Where("id = ?", "a").Scan(t.Context()); err != nil {
			t.Fatal(err)
		}
		if row.Amount != n || row.Version != n {
			t.Errorf("amount %d, version %d, want %d", row.Amount, row.Version, n)
		}
	})
}

func TestClassify_NamesWhatWasBrokenAlikeOnBothEngines(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		newItems(t, d)
		ctx := t.Context()
		run := func(query string) error {
			_, err := d.NewRaw(query).Exec(ctx)
			return err
		}
		if err := errors.Join(insert(ctx, d, "a", 1), run("INSERT INTO word VALUES ('a')")); err != nil {
			t.Fatal(err)
		}
		const at = "'2026-01-01 00:00:00+00:00'"
		var none item
		for _, c := range []struct {
			name       string
			err        error
			code       fault.Code
			unique     bool
			constraint string
		}{
			{"primary key", insert(ctx, d, "a", 9), fault.Conflict, true, "item.id"},
			{"two columns", insert(ctx, d, "b", 1), fault.Conflict, true, "item.name,amount"},
			{"expression", run("INSERT INTO word VALUES ('A')"), fault.Conflict, true, "word_lower"},
			{"not null", run("INSERT INTO item (id, name, amount, created_at) VALUES ('n', NULL, 1, " + at + ")"), fault.Invalid, false, "item.name"},
			{"no such row", d.NewSelect().Model(&none).Where("id = ?", "z").Scan(ctx), fault.NotFound, false, ""},
			{"no such table", run("SELECT * FROM nowhere"), fault.Internal, false, ""},
			{"deadline", fmt.Errorf("read: %w", context.DeadlineExceeded), fault.Unavailable, false, ""},
			{"a fault already", fmt.Errorf("x: %w", fault.New(fault.Gone, "Gone.")), fault.Gone, false, ""},
		} {
			got := db.Classify(fmt.Errorf("save: %w", c.err))
			if fault.CodeOf(got) != c.code || db.IsUnique(got) != c.unique || db.Constraint(got) != c.constraint {
				t.Errorf("%s: code %s, unique %v, constraint %q; want %s, %v, %q (%v)",
					c.name, fault.CodeOf(got), db.IsUnique(got), db.Constraint(got), c.code, c.unique, c.constraint, got)
			}
			if !errors.Is(got, c.err) {
				t.Errorf("%s: the cause is lost", c.name)
			}
		}
		// The engines name checks differently and SQLite does not name foreign keys.
		if err := db.Classify(insert(ctx, d, "neg", -1)); !fault.Is(err, fault.Invalid) || db.Constraint(err) == "" {
			t.Errorf("check: %v, constraint %q", err, db.Constraint(err))
		}
		if err := db.Classify(run("INSERT INTO part VALUES ('p', 'nobody')")); !fault.Is(err, fault.Conflict) || db.IsUnique(err) {
			t.Errorf("foreign key: %v", err)
		}
		if db.Classify(nil) != nil {
			t.Error("Classify(nil) is not nil")
		}
	})
}

func TestInTx_ClassifiesWhatFnReturns(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		newItems(t, d)
		err := d.InTx(t.Context(), func(ctx context.Context, tx db.Tx) error {
			if err := insert(ctx, tx, "a", 1); err != nil {
				return err
			}
			return insert(ctx, tx, "a", 2)
		})
		if !fault.Is(err, fault.Conflict) || db.Constraint(err) != "item.id" {
			t.Errorf("InTx = %v, want Conflict on item.id", err)
		}
	})
}

func TestReader_SeesOnlyWhatIsCommitted(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		newItems(t, d)
		err := d.InTx(t.Context(), func(ctx context.Context, tx db.Tx) error {
			if err := insert(ctx, tx, "a", 1); err != nil {
				return err
			}
			// A reader that is not part of the transaction, hence the outer context.
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			defer cancel()
			var n int
			if err := d.Reader().QueryRowContext(ctx, "SELECT count(*) FROM item").Scan(&n); err != nil {
				return err
			}
			if n != 0 {
				t.Errorf("the reader sees %d uncommitted rows", n)
			}
			if got := count(t, d); got != 0 {
				t.Errorf("bun's SELECT outside sees %d uncommitted rows", got)
			}
			if got := count(t, tx); got != 1 {
				t.Errorf("the transaction sees %d of its own rows, want 1", got)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := count(t, d); got != 1 {
			t.Errorf("%d rows after commit, want 1", got)
		}
	})
}

func TestSQLite_EveryConnectionHasItsSettings(t *testing.T) {
	t.Parallel()
	d := dbtest.SQLite(t)
	newItems(t, d)
	pragmas := func(pool *sql.DB, conns int, want map[string]string) {
		t.Helper()
		for range conns {
			c, err := pool.Conn(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close() // only at the end, so that each turn opens another one
			for name, value := range want {
				var got string
				if err := c.QueryRowContext(t.Context(), "PRAGMA "+name).Scan(&got); err != nil || got != value {
					t.Errorf("PRAGMA %s = %q, %v; want %q", name, got, err, value)
				}
			}
		}
	}
	pragmas(d.Writer(), 1, map[string]string{"synchronous": "2", "journal_mode": "wal", "foreign_keys": "1", "busy_timeout": "10000", "query_only": "0"})
	pragmas(d.Reader(), 4, map[string]string{"query_only": "1", "foreign_keys": "1", "busy_timeout": "10000"})
	if n := d.Writer().Stats().MaxOpenConnections; n != 1 {
		t.Errorf("%d writers, want 1", n)
	}
}

func TestSQLite_ReaderCannotWrite(t *testing.T) {
	t.Parallel()
	d := dbtest.SQLite(t)
	newItems(t, d)
	for _, q := range []string{"DELETE FROM item", "CREATE TABLE x (y)", "INSERT INTO part VALUES ('a', 'b')"} {
		if _, err := d.Reader().ExecContext(t.Context(), q); err == nil {
			t.Errorf("the reader ran %q", q)
		}
	}
}

func TestTimes_ComeBackInUTCToTheMicrosecond(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		newItems(t, d)
		// Written in another zone, read by bun, by a prepared look-up and compared in SQL as a raw argument.
		at := time.Date(2026, 3, 2, 0, 30, 0, 120000000, time.FixedZone("CET", 3600))
		row := &item{ID: "a", Name: "n", CreatedAt: at}
		if _, err := d.NewInsert().Model(row).Exec(t.Context()); err != nil {
			t.Fatal(err)
		}
		var got item
		if err := d.NewSelect().Model(&got).Scan(t.Context()); err != nil {
			t.Fatal(err)
		}
		if !got.CreatedAt.Equal(at) || got.CreatedAt.Location() != time.UTC {
			t.Errorf("bun read %v, want %v in UTC", got.CreatedAt, at)
		}
		var raw time.Time
		query := "SELECT created_at FROM item WHERE created_at = $1"
		if err := d.Reader().QueryRowContext(t.Context(), query, at.UTC()).Scan(&raw); err != nil || !raw.Equal(at) || raw.Location() != time.UTC {
			t.Errorf("the look-up by time read %v, %v; want %v in UTC", raw, err, at)
		}
		var day string
		if err := d.NewSelect().Model((*item)(nil)).ColumnExpr(db.DayBucket(d.Engine(), "created_at")).Scan(t.Context(), &day); err != nil || day != "2026-03-01" {
			t.Errorf("DayBucket = %q, %v; want 2026-03-01", day, err)
		}
	})
}

func TestSkipLocked_ClaimsEachRowOnce(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		newItems(t, d)
		const rows, workers = 60, 6
		for i := range rows {
			if err := insert(t.Context(), d, fmt.Sprint(i), int64(i)); err != nil {
				t.Fatal(err)
			}
		}
		var mu sync.Mutex
		claimed := map[string]int{}
		var wg sync.WaitGroup
		for range workers {
			wg.Go(func() {
				for {
					var ids []string
					err := d.InTx(t.Context(), func(ctx context.Context, tx db.Tx) error {
						ids = nil
						q := tx.NewSelect().Model((*item)(nil)).Column("id").Where("version = 0").OrderExpr("id").Limit(7)
						if err := d.SkipLocked(q).Scan(ctx, &ids); err != nil || len(ids) == 0 {
							return err
						}
						_, err := tx.NewUpdate().Model((*item)(nil)).Set("version = 1").Where("id IN (?)", bun.List(ids)).Exec(ctx)
						return err
					})
					if err != nil {
						t.Error(err)
						return
					}
					if len(ids) == 0 {
						return
					}
					mu.Lock()
					for _, id := range ids {
						claimed[id]++
					}
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		for id, n := range claimed {
			if n != 1 {
				t.Errorf("row %s was claimed %d times", id, n)
			}
		}
		// A worker may stop early on PostgreSQL while the others hold the rest, so the rows are counted, not the turns.
		if len(claimed) != rows {
			t.Errorf("%d rows claimed, want %d", len(claimed), rows)
		}
	})
}

func TestMigrate_AnyNumberOfStartersAtOnce(t *testing.T) {
	t.Parallel()
	urls := map[string]func(testing.TB) string{"sqlite": dbtest.EmptySQLiteURL, "postgres": dbtest.EmptyPostgresURL}
	for name, url := range urls {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address := url(t)
			const starters = 4
			var wg sync.WaitGroup
			errs := make([]error, starters)
			for i := range starters {
				wg.Go(func() {
					d, err := db.Open(t.Context(), address)
					if err != nil {
						errs[i] = err
						return
					}
					errs[i] = errors.Join(d.Migrate(t.Context()), d.Close())
				})
			}
			wg.Wait()
			if err := errors.Join(errs...); err != nil {
				t.Fatal(err)
			}
			d, err := db.Open(t.Context(), address)
			if err != nil {
				t.Fatal(err)
			}
			defer d.Close()
			list, err := d.MigrationStatus(t.Context())
			if err != nil || len(list) == 0 {
				t.Fatalf("MigrationStatus = %v, %v", list, err)
			}
			for _, m := range list {
				if m.AppliedAt.IsZero() {
					t.Errorf("%s is not applied", m.Name)
				}
			}
			if _, err := d.NewSelect().TableExpr("river_job").Count(t.Context()); err != nil {
				t.Errorf("the job tables are missing: %v", err)
			}
		})
	}
}

func TestMigrationStatus_TellsWhatIsToCome(t *testing.T) {
	t.Parallel()
	d, err := db.Open(t.Context(), dbtest.EmptySQLiteURL(t))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	list, err := d.MigrationStatus(t.Context())
	if err != nil || len(list) == 0 || !list[0].AppliedAt.IsZero() || list[0].Version != 1 {
		t.Errorf("MigrationStatus = %+v, %v; want the first file, not applied", list, err)
	}
}

func TestOpen_RefusesBadAddressesWithoutShowingThem(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"", "sqlite:", "sqlite:x.db?sync=off", "sqlite::memory:", "mysql://u:hunter2@h/d", "postgres://u:hunter2@%zz/d", "postgres://u:hunter2@h/d?pool_max_conns=x"} {
		d, err := db.Open(t.Context(), address)
		if err == nil {
			t.Errorf("Open(%q) succeeded: %v", address, d.Close())
			continue
		}
		if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("the error shows the password: %v", err)
		}
	}
}

func TestOpen_PoolSizeComesFromTheAddress(t *testing.T) {
	t.Parallel()
	d, err := db.Open(t.Context(), dbtest.PostgresURL(t)+"&pool_max_conns=5")
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if got := d.Writer().Stats().MaxOpenConnections; got != 5 || d.Pool().Config().MaxConns != 5 {
		t.Errorf("bun's pool %d, pgx's pool %d, want 5", got, d.Pool().Config().MaxConns)
	}
}

func TestLockServe_OneAtATimeAndRemembersACrash(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "goodword.db")
	unclean := func() bool {
		t.Helper()
		u, err := db.Unclean(path)
		if err != nil {
			t.Fatal(err)
		}
		return u
	}
	if unclean() {
		t.Error("a fresh database counts as unclean")
	}
	release, err := db.LockServe(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.LockServe(path); !fault.Is(err, fault.Conflict) {
		t.Errorf("the second LockServe = %v, want Conflict", err)
	}
	if !unclean() {
		t.Error("a process that died while serving would not be noticed")
	}
	release()
	if unclean() {
		t.Error("an orderly end counts as unclean")
	}
	release, err = db.LockServe(path)
	if err != nil {
		t.Fatalf("LockServe after release: %v", err)
	}
	release()
}

func TestCheck_FindsADamagedFile(t *testing.T) {
	t.Parallel()
	address := dbtest.SQLiteURL(t)
	path := strings.TrimPrefix(address, "sqlite:")
	check := func() error {
		t.Helper()
		d, err := db.Open(t.Context(), address)
		if err != nil {
			return err
		}
		return errors.Join(d.Check(t.Context()), d.Close())
	}
	if err := check(); err != nil {
		t.Fatalf("a healthy file: %v", err)
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	junk := make([]byte, 3*4096)
	for i := range junk {
		junk[i] = 0xA5
	}
	if _, err := f.WriteAt(junk, 4*4096); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if err := check(); err == nil {
		t.Error("the damage was not found")
	}
}
