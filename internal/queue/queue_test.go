package queue_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"goodword/internal/db"
	"goodword/internal/dbtest"
	"goodword/internal/fault"
	"goodword/internal/queue"
)

type note struct {
	ID string `json:"id"`
}

func (note) Kind() string { return "test.note" }

type mailing struct {
	N int `json:"n"`
}

func (mailing) Kind() string { return "test.mailing" }

// lines is a log that tests can read.
type lines struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func newQueue(t *testing.T, d *db.DB, o queue.Options) *queue.Queue {
	t.Helper()
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	q, err := queue.New(d, o)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func start(t *testing.T, q *queue.Queue) {
	t.Helper()
	if err := q.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := q.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
}

func enqueue(t *testing.T, d *db.DB, q *queue.Queue, jobs ...queue.Job) {
	t.Helper()
	err := d.InTx(t.Context(), func(ctx context.Context, tx db.Tx) error {
		for _, j := range jobs {
			if err := q.Enqueue(ctx, tx, time.Time{}, j); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func wait(t *testing.T, q *queue.Queue) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if err := q.Wait(ctx); err != nil {
		t.Fatal(err)
	}
}

func counts(t *testing.T, q *queue.Queue) map[string]int64 {
	t.Helper()
	c, err := q.Counts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func receive[T any](t *testing.T, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(30 * time.Second):
		t.Fatal("nothing happened for 30 s")
		panic("unreachable")
	}
}

func TestEnqueue_AJobExistsExactlyIfItsRowsDo(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		if _, err := d.ExecContext(t.Context(), "CREATE TABLE fact (id TEXT PRIMARY KEY)"); err != nil {
			t.Fatal(err)
		}
		q := newQueue(t, d, queue.Options{}) // no handler and never started: inserting needs neither
		boom := errors.New("boom")
		var wg sync.WaitGroup
		for i := range 100 {
			wg.Go(func() {
				err := d.InTx(t.Context(), func(ctx context.Context, tx db.Tx) error {
					if _, err := tx.NewRaw("INSERT INTO fact (id) VALUES (?)", fmt.Sprint(i)).Exec(ctx); err != nil {
						return err
					}
					if err := q.Enqueue(ctx, tx, time.Time{}, note{ID: fmt.Sprint(i)}); err != nil {
						return err
					}
					if i%2 == 1 {
						return boom
					}
					return nil
				})
				if (i%2 == 1) != errors.Is(err, boom) {
					t.Errorf("transaction %d: %v", i, err)
				}
			})
		}
		wg.Wait()
		facts, err := d.NewSelect().TableExpr("fact").Count(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if c := counts(t, q); facts != 50 || c["available"] != 50 || len(c) != 1 {
			t.Errorf("%d rows and jobs %v, want 50 and 50 available", facts, c)
		}
	})
}

func TestHandle_WorksWhatWasEnqueuedAndIsIdleAfterwards(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		q := newQueue(t, d, queue.Options{})
		var mu sync.Mutex
		seen := map[string]int{}
		queue.Handle(q, queue.Default, func(_ context.Context, j note) error {
			mu.Lock()
			defer mu.Unlock()
			seen[j.ID]++
			return nil
		})
		enqueue(t, d, q, note{ID: "before"})
		if idle, err := q.Idle(t.Context()); err != nil || idle {
			t.Errorf("Idle = %v, %v with a job waiting", idle, err)
		}
		start(t, q)
		enqueue(t, d, q, note{ID: "after"}, note{ID: "too"})
		wait(t, q)
		mu.Lock()
		defer mu.Unlock()
		if len(seen) != 3 || seen["before"] != 1 || seen["after"] != 1 || seen["too"] != 1 {
			t.Errorf("worked %v, want each of the three once", seen)
		}
	})
}

func TestHandle_WrongInputEndsTroubleRetries(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		log := &lines{}
		q := newQueue(t, d, queue.Options{Logger: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
		outcomes := map[string]error{
			"wrong":       fault.New(fault.Invalid, "It is wrong."),
			"gone":        fmt.Errorf("look: %w", fault.New(fault.NotFound, "It is gone.")),
			"internal":    errors.New("disk on fire"),
			"unavailable": fault.New(fault.Unavailable, "Later."),
			"limited":     fault.New(fault.TooMany, "Slower."),
			"panic":       nil,
			"fine":        nil,
		}
		var firstTry sync.Map
		queue.Handle(q, queue.Default, func(_ context.Context, j note) error {
			if _, again := firstTry.LoadOrStore(j.ID, true); again {
				return nil
			}
			if j.ID == "panic" {
				panic("secret-in-a-panic")
			}
			return outcomes[j.ID]
		})
		for id := range outcomes {
			enqueue(t, d, q, note{ID: id})
		}
		start(t, q)
		wait(t, q)
		if c := counts(t, q); c["cancelled"] != 2 || c["available"]+c["retryable"]+c["completed"] != 5 || c["completed"] < 1 {
			t.Errorf("counts %v, want 2 cancelled, 4 to retry (or retried) and 1 completed", c)
		}
		dead, err := q.Dead(t.Context(), 10)
		if err != nil || len(dead) != 2 {
			t.Fatalf("Dead = %v, %v; want the two refused jobs", dead, err)
		}
		for _, j := range dead {
			if j.GaveUp || j.Kind != "test.note" || j.Attempts != 1 || j.LastError == "" || j.EndedAt.IsZero() {
				t.Errorf("dead job %+v", j)
			}
		}
		text := log.String()
		for id, n := range map[string]int{"disk on fire": 1, "It is wrong.": 1, "secret-in-a-panic": 0, "a value of type string": 1, "level=": 6} {
			if got := strings.Count(text, id); got != n {
				t.Errorf("the log holds %q %d times, want %d:\n%s", id, got, n, text)
			}
		}
		// A refused job can be taken up again by hand once its cause is repaired.
		if err := q.Retry(t.Context(), dead[0].ID); err != nil {
			t.Fatal(err)
		}
		wait(t, q)
		if c := counts(t, q); c["cancelled"] != 1 {
			t.Errorf("counts after Retry %v, want 1 cancelled", c)
		}
		if err := q.Retry(t.Context(), 987654321); !fault.Is(err, fault.NotFound) {
			t.Errorf("Retry of no job = %v, want NotFound", err)
		}
	})
}

func TestDead_HoldsWhatGaveUp(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		q := newQueue(t, d, queue.Options{})
		queue.Handle(q, queue.Default, func(context.Context, note) error { return errors.New("still broken") })
		enqueue(t, d, q, note{ID: "poison"})
		// Eleven attempts with their pauses take hours; the row is set to where they would leave it.
		if _, err := d.NewRaw("UPDATE river_job SET attempt = 11").Exec(t.Context()); err != nil {
			t.Fatal(err)
		}
		start(t, q)
		wait(t, q)
		dead, err := q.Dead(t.Context(), 10)
		if err != nil || len(dead) != 1 {
			t.Fatalf("Dead = %v, %v; want one", dead, err)
		}
		if j := dead[0]; !j.GaveUp || j.Attempts != 12 || j.LastError != "still broken" || !strings.Contains(string(j.Args), "poison") {
			t.Errorf("dead job %+v (args %s)", j, j.Args)
		}
	})
}

func TestEnqueue_LaterWaitsAndDoesNotCountAsBusy(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		q := newQueue(t, d, queue.Options{})
		var ran atomic.Int32
		queue.Handle(q, queue.Default, func(context.Context, note) error { ran.Add(1); return nil })
		err := d.InTx(t.Context(), func(ctx context.Context, tx db.Tx) error {
			return errors.Join(
				q.Enqueue(ctx, tx, time.Now().Add(time.Hour), note{ID: "later"}),
				q.Enqueue(ctx, tx, time.Now().Add(-time.Hour), note{ID: "past"}))
		})
		if err != nil {
			t.Fatal(err)
		}
		start(t, q)
		wait(t, q)
		if c := counts(t, q); ran.Load() != 1 || c["scheduled"] != 1 {
			t.Errorf("%d ran, counts %v; want the past one worked and the later one scheduled", ran.Load(), c)
		}
	})
}

func TestEnqueueUnique_AddsNothingWhileAnEqualOneIsUnfinished(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		q := newQueue(t, d, queue.Options{})
		var ran atomic.Int32
		queue.Handle(q, queue.Default, func(context.Context, note) error { ran.Add(1); return nil })
		add := func(id string) {
			t.Helper()
			err := d.InTx(t.Context(), func(ctx context.Context, tx db.Tx) error {
				return q.EnqueueUnique(ctx, tx, time.Time{}, note{ID: id})
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		var wg sync.WaitGroup
		for range 5 {
			wg.Go(func() { add("same") })
		}
		add("other")
		wg.Wait()
		if c := counts(t, q); c["available"] != 2 {
			t.Errorf("counts %v, want 2 available", c)
		}
		start(t, q)
		wait(t, q)
		add("same")
		wait(t, q)
		if ran.Load() != 3 {
			t.Errorf("%d jobs ran, want 3: a finished one does not block the next", ran.Load())
		}
	})
}

func TestEnqueueOnce_AFinishedOneBlocksTheNext(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		q := newQueue(t, d, queue.Options{})
		var ran atomic.Int32
		queue.Handle(q, queue.Default, func(context.Context, note) error { ran.Add(1); return nil })
		add := func(id string) {
			t.Helper()
			err := d.InTx(t.Context(), func(ctx context.Context, tx db.Tx) error { return q.EnqueueOnce(ctx, tx, note{ID: id}) })
			if err != nil {
				t.Fatal(err)
			}
		}
		start(t, q)
		for range 3 {
			add("today")
			wait(t, q)
		}
		add("tomorrow")
		wait(t, q)
		if ran.Load() != 2 {
			t.Errorf("%d jobs ran, want one for each day", ran.Load())
		}
	})
}

func TestHandleTx_EffectAndCompletionAreOne(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		if _, err := d.ExecContext(t.Context(), "CREATE TABLE effect (n BIGINT)"); err != nil {
			t.Fatal(err)
		}
		q := newQueue(t, d, queue.Options{})
		queue.HandleTx(q, queue.Default, func(ctx context.Context, tx db.Tx, j mailing) error {
			if _, err := tx.NewRaw("INSERT INTO effect (n) VALUES (?)", j.N).Exec(ctx); err != nil {
				return err
			}
			if j.N%10 == 0 {
				return fault.New(fault.Conflict, "Not this one.")
			}
			return nil
		})
		var jobs []queue.Job
		for i := range 100 {
			jobs = append(jobs, mailing{N: i})
		}
		enqueue(t, d, q, jobs...)
		start(t, q)
		wait(t, q)
		n, err := d.NewSelect().TableExpr("effect").Count(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if c := counts(t, q); n != 90 || c["completed"] != 90 || c["cancelled"] != 10 {
			t.Errorf("%d effects, counts %v; want 90 and 90 completed, 10 cancelled", n, c)
		}
	})
}

// M23: a worker that was paused beyond its lease must not act when it wakes up.
func TestHandleTx_AWorkerWhoseJobWasGivenAwayCannotCommit(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		if _, err := d.ExecContext(t.Context(), "CREATE TABLE effect (n BIGINT)"); err != nil {
			t.Fatal(err)
		}
		q := newQueue(t, d, queue.Options{})
		second := make(chan struct{}, 1)
		var calls atomic.Int32
		queue.HandleTx(q, queue.Default, func(ctx context.Context, tx db.Tx, j mailing) error {
			if _, err := tx.NewRaw("INSERT INTO effect (n) VALUES (?)", j.N).Exec(ctx); err != nil {
				return err
			}
			if calls.Add(1) == 1 {
				// What the rescuer and a second worker would have done meanwhile.
				_, err := tx.NewRaw("UPDATE river_job SET attempt = attempt + 1").Exec(ctx)
				return err
			}
			second <- struct{}{}
			return nil
		})
		enqueue(t, d, q, mailing{N: 1})
		start(t, q)
		receive(t, second)
		wait(t, q)
		n, err := d.NewSelect().TableExpr("effect").Count(t.Context())
		if err != nil || n != 1 || calls.Load() != 2 {
			t.Errorf("%d effects of %d attempts, %v; want the first of two rolled back", n, calls.Load(), err)
		}
	})
}

func TestQueues_OneFullQueueDoesNotDelayAnother(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		q := newQueue(t, d, queue.Options{Workers: map[string]int{queue.Mail: 2}})
		hold, paid := make(chan struct{}), make(chan struct{}, 1)
		queue.Handle(q, queue.Mail, func(ctx context.Context, _ mailing) error {
			select {
			case <-hold:
			case <-ctx.Done():
			}
			return nil
		})
		queue.Handle(q, queue.Payout, func(context.Context, note) error { paid <- struct{}{}; return nil })
		var jobs []queue.Job
		for i := range 50 {
			jobs = append(jobs, mailing{N: i})
		}
		enqueue(t, d, q, jobs...)
		start(t, q)
		enqueue(t, d, q, note{ID: "payout"})
		receive(t, paid)
		close(hold)
		wait(t, q)
	})
}

func TestTimeout_EndsTheJobsContext(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		q := newQueue(t, d, queue.Options{})
		ended := make(chan error, 1)
		queue.HandleTimeout(q, queue.Default, 50*time.Millisecond, func(ctx context.Context, _ note) error {
			<-ctx.Done()
			ended <- ctx.Err()
			return fault.New(fault.NotFound, "Ends the job.")
		})
		enqueue(t, d, q, note{ID: "slow"})
		start(t, q)
		if err := receive(t, ended); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the job's context ended with %v", err)
		}
		wait(t, q)
	})
}

// O5: the job of a killed process is taken over by itself.
func TestStart_TakesOverALostJob(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		q := newQueue(t, d, queue.Options{})
		ran := make(chan string, 1)
		queue.Handle(q, queue.Default, func(_ context.Context, j note) error { ran <- j.ID; return nil })
		enqueue(t, d, q, note{ID: "orphan"})
		// As a process leaves it that was killed while working 50 s ago.
		since := time.Now().Add(-50 * time.Second).UTC().Format("2006-01-02 15:04:05.000")
		if _, err := d.NewRaw("UPDATE river_job SET state = 'running', attempt = 1, attempted_at = ?", since).Exec(t.Context()); err != nil {
			t.Fatal(err)
		}
		start(t, q)
		if id := receive(t, ran); id != "orphan" {
			t.Errorf("ran %q", id)
		}
		wait(t, q)
	})
}

// A restart finds jobs that wait, and they enqueue others while the engine is still starting: on SQLite both need the one
// writer, so neither may wait for the other.
func TestStart_IsNotHeldUpByJobsThatEnqueue(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		for range 4 {
			q := newQueue(t, d, queue.Options{})
			queue.Handle(q, queue.Default, func(ctx context.Context, j note) error {
				return d.InTx(ctx, func(ctx context.Context, tx db.Tx) error { return q.Enqueue(ctx, tx, time.Time{}, mailing{}) })
			})
			queue.Handle(q, queue.Mail, func(context.Context, mailing) error { return nil })
			waiting := make([]queue.Job, 40)
			for n := range waiting {
				waiting[n] = note{ID: fmt.Sprint(n)}
			}
			enqueue(t, d, q, waiting...)
			started := make(chan error, 1)
			go func() { started <- q.Start(context.Background()) }()
			select {
			case err := <-started:
				if err != nil {
					t.Fatal(err)
				}
			case <-time.After(9 * time.Second): // the engine gives up after ten
				t.Fatal("the start is held up")
			}
			wait(t, q)
			if err := q.Stop(context.Background()); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestStop_WaitsForRunningJobsAndTakesNoNewOnes(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		q := newQueue(t, d, queue.Options{})
		started, finish := make(chan struct{}, 8), make(chan struct{})
		var done atomic.Int32
		queue.Handle(q, queue.Default, func(ctx context.Context, _ note) error {
			started <- struct{}{}
			select {
			case <-finish:
			case <-ctx.Done():
				return ctx.Err()
			}
			done.Add(1)
			return nil
		})
		enqueue(t, d, q, note{ID: "running"})
		if err := q.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		receive(t, started)
		stopped := make(chan error, 1)
		go func() { stopped <- q.Stop(context.Background()) }()
		close(finish)
		if err := receive(t, stopped); err != nil || done.Load() != 1 {
			t.Errorf("Stop = %v after %d jobs finished, want nil after 1", err, done.Load())
		}
		enqueue(t, d, q, note{ID: "late"})
		if c := counts(t, q); c["completed"] != 1 || c["available"] != 1 {
			t.Errorf("counts after Stop %v, want 1 completed and 1 available", c)
		}
		// A stopped queue can be started again.
		start(t, q)
		wait(t, q)
		if done.Load() != 2 {
			t.Errorf("%d jobs done after the second start, want 2", done.Load())
		}
	})
}

func TestRegister_MistakesShowAtStartUp(t *testing.T) {
	t.Parallel()
	d := dbtest.SQLite(t)
	panics := func(what string, fn func()) {
		t.Helper()
		defer func() {
			if recover() == nil {
				t.Errorf("%s did not panic", what)
			}
		}()
		fn()
	}
	q := newQueue(t, d, queue.Options{})
	nothing := func(context.Context, note) error { return nil }
	panics("a queue without workers", func() { queue.Handle(q, "nowhere", nothing) })
	queue.Handle(q, queue.Default, nothing)
	panics("a kind registered twice", func() { queue.Handle(q, queue.Mail, nothing) })
	start(t, q)
	panics("a kind registered after Start", func() {
		queue.Handle(q, queue.Default, func(context.Context, mailing) error { return nil })
	})
	if err := q.Start(t.Context()); err == nil {
		t.Error("starting twice succeeded")
	}
	if _, err := queue.New(d, queue.Options{Timeout: time.Hour}); err == nil {
		t.Error("a timeout beyond the rescue was accepted")
	}
}
