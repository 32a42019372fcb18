package event_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"goodword/internal/db"
	"goodword/internal/dbtest"
	"goodword/internal/event"
)

func clock() time.Time { return at }

// start runs the writer and returns a function that stops it and waits.
func start(t *testing.T, v *event.Visits) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- v.Run(ctx) }()
	return func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

func count(t *testing.T, d *db.DB, kind, subject string) int64 {
	t.Helper()
	n, err := event.Count(context.Background(), d, kind, subject)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestVisits_CountPeopleOnly(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		v := event.NewVisits(d, clock)
		stop := start(t, v)
		for range 3 {
			v.Record("prospect", "i1", false)
		}
		v.Record("prospect", "i1", true)
		v.Record("prospect", "i2", true)
		v.Record("share", "i1", false)
		stop()
		counts, err := event.Counts(t.Context(), d, "prospect", []string{"i1", "i2", "i3"})
		if err != nil {
			t.Fatal(err)
		}
		if len(counts) != 1 || counts["i1"] != 3 {
			t.Errorf("counts %v, want i1: 3", counts)
		}
		if n := count(t, d, "share", "i1"); n != 1 {
			t.Errorf("%d shares, want 1", n)
		}
	})
}

// More visits than the queue holds, from 64 visitors, and the program stops right after the last: none is lost.
func TestVisits_NoneLostWhenStopped(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		v := event.NewVisits(d, clock)
		stop := start(t, v)
		var visitors sync.WaitGroup
		for i := range 64 {
			visitors.Go(func() {
				for range 300 {
					v.Record("prospect", fmt.Sprint("i", i%3), false)
				}
			})
		}
		visitors.Wait()
		stop()
		var n int64
		for i := range 3 {
			n += count(t, d, "prospect", fmt.Sprint("i", i))
		}
		// On a busy machine the database may be too slow for this flood; what was dropped is at least known.
		if n+v.Dropped() != 64*300 || v.Dropped() > 1000 {
			t.Errorf("%d visits counted and %d dropped, want 19200 in all and nearly none dropped", n, v.Dropped())
		}
	})
}

func TestVisits_AreVisibleWithinASecond(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		v := event.NewVisits(d, clock)
		defer start(t, v)()
		v.Record("prospect", "i1", false)
		deadline := time.Now().Add(10 * time.Second) // a busy machine; 200 ms is meant
		for count(t, d, "prospect", "i1") == 0 {
			if time.Now().After(deadline) {
				t.Fatal("the visit did not appear")
			}
		}
	})
}

// Without a writer the queue fills up; then a page waits a moment and goes on.
func TestVisits_NeverHoldAPageForLong(t *testing.T) {
	t.Parallel()
	v := event.NewVisits(dbtest.SQLite(t), clock)
	for range 16384 {
		v.Record("prospect", "i1", false)
	}
	if v.Dropped() != 0 {
		t.Fatalf("%d dropped before the queue was full", v.Dropped())
	}
	start := time.Now()
	v.Record("prospect", "i1", false)
	if took := time.Since(start); v.Dropped() != 1 || took > 5*time.Second {
		t.Errorf("%d dropped after %s, want 1 after a moment", v.Dropped(), took)
	}
}

// A writer that meets a lock goes on when it is gone, and has kept everything.
func TestVisits_SurviveABusyDatabase(t *testing.T) {
	t.Parallel()
	d := dbtest.Postgres(t)
	ctx := context.Background()
	tx, err := d.BeginTx(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.ExecContext(ctx, "LOCK TABLE visit IN EXCLUSIVE MODE"); err != nil {
		t.Fatal(err)
	}
	v := event.NewVisits(d, clock)
	stop := start(t, v)
	for range 5000 {
		v.Record("prospect", "i1", false)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	stop()
	if n := count(t, d, "prospect", "i1"); n != 5000 {
		t.Errorf("%d visits, want 5000", n)
	}
}
