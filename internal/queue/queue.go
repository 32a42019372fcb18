// Package queue runs jobs in the background: enqueued in the transaction that makes them true, worked at least once,
// retried, and kept as dead letters. It hides the job engine (River) completely.
package queue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"goodword/internal/db"
	"goodword/internal/fault"
)

// Queues that every process knows. Each has workers of its own, so a long mailing delays no payout.
const (
	Default = "default"
	Mail    = "mail"
	Payout  = "payout"
	Import  = "import"
	Stripe  = "stripe"
)

const (
	// A killed worker's job is taken over at the latest after rescueAfter + 30 s (the engine looks every 30 s) + 6 s
	// (first retry and schedule), which must stay within 90 s. A worker's time must end before its job is rescued.
	defaultTimeout = 40 * time.Second
	rescueAfter    = 45 * time.Second

	// The engine waits attempt⁴ seconds before the next attempt: the twelfth runs about eleven hours after the first.
	maxAttempts = 12

	softStop = 20 * time.Second
	hardStop = 30 * time.Second

	// New jobs announce themselves, but of several announcements within a millisecond only the first is made; polling
	// finds the rest. Polling every 100 ms instead costs 12 % of a core on SQLite while nothing happens, this 2 %.
	pollInterval  = 500 * time.Millisecond
	fetchCooldown = 10 * time.Millisecond

	deadLettersKept = 30 * 24 * time.Hour
)

var defaultWorkers = map[string]int{Default: 8, Mail: 8, Payout: 4, Import: 2, Stripe: 8}

// Job is the arguments of one background job: a struct of ids that survives JSON, never personal data. Kind names the
// job's type for ever ("reward.issue"), since rows of older versions carry it.
type Job interface{ Kind() string }

// Options tune a Queue; the zero value is right for production.
type Options struct {
	// Logger receives one line per failed attempt. Nil means slog.Default().
	Logger *slog.Logger
	// Workers sets how many jobs of a queue run at once in this process, on top of the defaults for the known queues.
	Workers map[string]int
	// FetchCooldown is the shortest time between two looks for new jobs, 10 ms when zero. A queue works at most its
	// number of workers per FetchCooldown.
	FetchCooldown time.Duration
	// Timeout is how long a job may run, 40 s when zero, which is also the most: a job that runs longer needs
	// HandleTimeout, because after 45 s it is taken for lost.
	Timeout time.Duration
}

// Queue enqueues jobs and, between Start and Stop, works them. It is safe for concurrent use.
type Queue struct {
	db      *db.DB
	log     *slog.Logger
	opts    Options
	workers map[string]int // queue → at once

	insert engine
	bundle *river.Workers

	// A job that was waiting may enqueue others while Start still holds mu, and on SQLite keep the writer that Start needs:
	// so what Enqueue looks at has a lock of its own.
	kinds   sync.RWMutex
	queueOf map[string]string // kind → queue

	mu      sync.Mutex
	running engine
}

// New returns a Queue that can enqueue at once; nothing is worked before Start.
func New(d *db.DB, o Options) (*Queue, error) {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.FetchCooldown <= 0 {
		o.FetchCooldown = fetchCooldown
	}
	if o.Timeout <= 0 {
		o.Timeout = defaultTimeout
	}
	if o.Timeout > defaultTimeout {
		return nil, fmt.Errorf("queue: a timeout of %s for all jobs is over %s", o.Timeout, defaultTimeout)
	}
	q := &Queue{db: d, log: o.Logger, opts: o, workers: maps.Clone(defaultWorkers), bundle: river.NewWorkers(), queueOf: map[string]string{}}
	maps.Copy(q.workers, o.Workers)
	// The inserting engine has no queues and knows no kinds, so that any process may enqueue anything. Its cooldown only
	// limits notifications; short, so that few are dropped.
	var err error
	q.insert, err = newEngine(d, &river.Config{
		Logger:        quiet(o.Logger),
		FetchCooldown: river.FetchCooldownMin,
		MaxAttempts:   maxAttempts,
	})
	if err != nil {
		return nil, fmt.Errorf("queue: %w", err)
	}
	return q, nil
}

// Enqueue adds a job that exists exactly if tx commits and runs once at is reached, at once if it is zero or past.
// at is wall time, not the business clock: due dates of the business are columns that a sweep asks for.
func (q *Queue) Enqueue(ctx context.Context, tx db.Tx, at time.Time, job Job) error {
	return q.enqueue(ctx, tx, at, job, river.UniqueOpts{})
}

// EnqueueUnique is Enqueue, except that nothing is added while a job of the same kind with equal arguments is waiting,
// running or to be retried. Since a running one counts, the worker must look again for work before it ends.
func (q *Queue) EnqueueUnique(ctx context.Context, tx db.Tx, at time.Time, job Job) error {
	return q.enqueue(ctx, tx, at, job, river.UniqueOpts{ByArgs: true, ByState: unfinished})
}

// EnqueueOnce is Enqueue, except that nothing is added while a job of the same kind with equal arguments is known, also one that
// has ended: the engine knows those for a day. It is for what is to be done once a day, with the day in the arguments.
func (q *Queue) EnqueueOnce(ctx context.Context, tx db.Tx, job Job) error {
	return q.enqueue(ctx, tx, time.Time{}, job, river.UniqueOpts{ByArgs: true, ByState: rivertype.JobStates()})
}

var unfinished = []rivertype.JobState{
	rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRetryable, rivertype.JobStateRunning, rivertype.JobStateScheduled,
}

func (q *Queue) enqueue(ctx context.Context, tx db.Tx, at time.Time, job Job, unique river.UniqueOpts) error {
	opts := &river.InsertOpts{Queue: q.queueFor(job.Kind()), UniqueOpts: unique}
	// A job scheduled for the past would wait for the engine's scheduler, up to five seconds.
	if at.After(time.Now()) {
		opts.ScheduledAt = at
	}
	if err := q.insert.insertTx(ctx, tx, job, opts); err != nil {
		return fmt.Errorf("enqueue %s: %w", job.Kind(), err)
	}
	return nil
}

// queueFor falls back to the default queue, whose workers work every kind.
func (q *Queue) queueFor(kind string) string {
	q.kinds.RLock()
	defer q.kinds.RUnlock()
	if name, ok := q.queueOf[kind]; ok {
		return name
	}
	return Default
}

// Start begins to work jobs in the background until Stop. Cancelling ctx later does not stop it, so that the caller
// decides the order in which things end. Starting twice is an error.
func (q *Queue) Start(ctx context.Context) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.running != nil {
		return errors.New("queue: it is already started")
	}
	queues := map[string]river.QueueConfig{}
	for name, n := range q.workers {
		queues[name] = river.QueueConfig{MaxWorkers: n}
	}
	e, err := newEngine(q.db, &river.Config{
		DiscardedJobRetentionPeriod: deadLettersKept,
		CancelledJobRetentionPeriod: deadLettersKept,
		FetchCooldown:               q.opts.FetchCooldown,
		FetchPollInterval:           max(pollInterval, q.opts.FetchCooldown),
		JobTimeout:                  q.opts.Timeout,
		Logger:                      quiet(q.log),
		MaxAttempts:                 maxAttempts,
		Queues:                      queues,
		RescueStuckJobsAfter:        rescueAfter,
		SoftStopTimeout:             softStop,
		Workers:                     q.bundle,
	})
	if err != nil {
		return fmt.Errorf("queue: %w", err)
	}
	if err := e.Start(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("start queue: %w", err)
	}
	q.running = e
	return nil
}

// Stop takes no new jobs and waits for the running ones: 20 s, then their contexts are cancelled, and after 30 s (or
// when ctx ends) it gives up with an error. Jobs cut short run again later. Without Start it does nothing.
func (q *Queue) Stop(ctx context.Context) error {
	q.mu.Lock()
	e := q.running
	q.running = nil
	q.mu.Unlock()
	if e == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, hardStop)
	defer cancel()
	if err := e.Stop(ctx); err != nil {
		return fmt.Errorf("stop queue: %w", err)
	}
	return nil
}

// DeadJob is a job that will not run again by itself.
type DeadJob struct {
	ID       int64
	Kind     string
	Queue    string
	Args     json.RawMessage
	Attempts int
	// GaveUp tells trouble that outlasted every attempt from a job that was refused as wrong at once.
	GaveUp    bool
	LastError string
	EndedAt   time.Time // UTC
}

// Dead lists the jobs that gave up or were refused, latest first. They are kept for 30 days.
func (q *Queue) Dead(ctx context.Context, limit int) ([]DeadJob, error) {
	params := river.NewJobListParams().
		States(rivertype.JobStateDiscarded, rivertype.JobStateCancelled).
		OrderBy(river.JobListOrderByFinalizedAt, river.SortOrderDesc).
		First(min(max(limit, 1), 10_000))
	res, err := q.insert.JobList(ctx, params)
	if err != nil {
		return nil, fmt.Errorf("list dead jobs: %w", db.Classify(err))
	}
	list := make([]DeadJob, 0, len(res.Jobs))
	for _, j := range res.Jobs {
		list = append(list, dead(j))
	}
	return list, nil
}

func dead(j *rivertype.JobRow) DeadJob {
	d := DeadJob{ID: j.ID, Kind: j.Kind, Queue: j.Queue, Args: j.EncodedArgs, Attempts: j.Attempt, GaveUp: j.State == rivertype.JobStateDiscarded}
	if n := len(j.Errors); n > 0 {
		d.LastError = j.Errors[n-1].Error
	}
	if j.FinalizedAt != nil {
		d.EndedAt = j.FinalizedAt.UTC()
	}
	return d
}

// GivenUp returns how many jobs have failed in every attempt within the last 30 days, and the newest of them. Refused ones are
// left out: somebody else had done their work, or it was undone.
func (q *Queue) GivenUp(ctx context.Context) (int64, DeadJob, error) {
	res, err := q.insert.JobList(ctx, river.NewJobListParams().States(rivertype.JobStateDiscarded).
		OrderBy(river.JobListOrderByID, river.SortOrderDesc).First(1))
	if err != nil {
		return 0, DeadJob{}, fmt.Errorf("find the newest dead job: %w", db.Classify(err))
	}
	if len(res.Jobs) == 0 {
		return 0, DeadJob{}, nil
	}
	n, err := countState(ctx, q.db, string(rivertype.JobStateDiscarded))
	return n, dead(res.Jobs[0]), err
}

// Backlog is the oldest job of a queue that could run and does not.
type Backlog struct {
	Queue string
	// Since is when it was to run; zero where nothing waits.
	Since time.Time
}

// Backlogs returns the oldest waiting job of each queue that every process knows.
func (q *Queue) Backlogs(ctx context.Context) ([]Backlog, error) {
	var out []Backlog
	for _, name := range slices.Sorted(maps.Keys(defaultWorkers)) {
		res, err := q.insert.JobList(ctx, river.NewJobListParams().States(rivertype.JobStateAvailable).Queues(name).
			OrderBy(river.JobListOrderByScheduledAt, river.SortOrderAsc).First(1))
		if err != nil {
			return nil, fmt.Errorf("find the oldest job of queue %s: %w", name, db.Classify(err))
		}
		b := Backlog{Queue: name}
		if len(res.Jobs) > 0 {
			b.Since = res.Jobs[0].ScheduledAt.UTC()
		}
		out = append(out, b)
	}
	return out, nil
}

// Retry lets a dead or waiting job run now; a running one is left alone. Returns NotFound if there is no such job.
func (q *Queue) Retry(ctx context.Context, id int64) error {
	_, err := q.insert.JobRetry(ctx, id)
	if errors.Is(err, river.ErrNotFound) {
		return fault.Wrap(fault.NotFound, "There is no such job.", err)
	}
	if err != nil {
		return fmt.Errorf("retry job %d: %w", id, db.Classify(err))
	}
	return nil
}

// Wait returns once Idle is true, looking every few milliseconds, or with ctx's error.
func (q *Queue) Wait(ctx context.Context) error {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		idle, err := q.Idle(ctx)
		if err != nil || idle {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}
