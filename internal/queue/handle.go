package queue

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/riverqueue/river"

	"goodword/internal/db"
	"goodword/internal/fault"
)

// Handle registers the function that works jobs of J's kind, on the named queue. Only before Start; a kind registered
// twice and a queue without workers are mistakes of the programmer and panic.
//
// fn may run twice, at any time, after any crash: it reads the row first and returns nil if the work is done. Its error
// decides: none completes the job, a fault other than Internal, Unavailable or TooMany ends it (wrong input), anything
// else is tried again, twelve times in all. A panic counts as an error. ctx ends after Options.Timeout.
func Handle[J Job](q *Queue, queueName string, fn func(ctx context.Context, job J) error) {
	HandleTimeout(q, queueName, q.opts.Timeout, fn)
}

// HandleTimeout is Handle with a time of its own. If its process dies, the job is taken over only when that time is
// over, so a long piece of work is better cut into short jobs.
func HandleTimeout[J Job](q *Queue, queueName string, timeout time.Duration, fn func(ctx context.Context, job J) error) {
	register(q, queueName, &worker[J]{q: q, timeout: timeout, work: func(ctx context.Context, job *river.Job[J]) error {
		return fn(ctx, job.Args)
	}})
}

// HandleTx is Handle for jobs whose whole effect is in the database: fn's transaction also completes the job, so the
// effect happens exactly once. A worker that was paused so long that its job was given to another cannot commit.
func HandleTx[J Job](q *Queue, queueName string, fn func(ctx context.Context, tx db.Tx, job J) error) {
	complete := completer[J](q.db)
	register(q, queueName, &worker[J]{q: q, timeout: q.opts.Timeout, work: func(ctx context.Context, job *river.Job[J]) error {
		return q.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
			if err := fn(ctx, tx, job.Args); err != nil {
				return err
			}
			done, err := complete(ctx, tx, job)
			if err != nil {
				return fmt.Errorf("complete: %w", err)
			}
			if !done {
				return errLost
			}
			return nil
		})
	}})
}

var errLost = errors.New("queue: the job was given to another worker meanwhile")

func register[J Job](q *Queue, queueName string, w *worker[J]) {
	var zero J
	kind := zero.Kind()
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case q.running != nil:
		panic(fmt.Sprintf("queue: %s is registered after Start", kind))
	case q.workers[queueName] < 1:
		panic(fmt.Sprintf("queue: %s is registered on queue %q, which has no workers", kind, queueName))
	}
	river.AddWorker(q.bundle, w)
	q.kinds.Lock()
	defer q.kinds.Unlock()
	q.queueOf[kind] = queueName
}

type worker[J Job] struct {
	river.WorkerDefaults[J]
	q       *Queue
	timeout time.Duration
	work    func(ctx context.Context, job *river.Job[J]) error
}

func (w *worker[J]) Timeout(*river.Job[J]) time.Duration { return w.timeout }

func (w *worker[J]) Work(ctx context.Context, job *river.Job[J]) error {
	err := w.guarded(ctx, job)
	if err == nil {
		return nil
	}
	code := fault.CodeOf(err)
	log := w.q.log.With("kind", job.Kind, "job_id", job.ID, "attempt", job.Attempt, "code", code, "error", err)
	if p, ok := errors.AsType[*panicked](err); ok {
		log = log.With("panic", p.what, "stack", p.stack)
	}
	switch {
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		// The process is stopping; the job runs again elsewhere and nothing went wrong.
		return err
	case code == fault.Internal, code == fault.Unavailable, code == fault.TooMany:
		if job.Attempt >= job.MaxAttempts {
			log.ErrorContext(ctx, "job gave up")
		} else {
			log.WarnContext(ctx, "job will be retried")
		}
		return err
	default:
		log.WarnContext(ctx, "job refused")
		return river.JobCancel(err)
	}
}

// panicked is the error of a job that panicked. Its text is stored with the job, so the panic's value, which may hold
// anything, is not in it.
type panicked struct{ what, stack string }

func (*panicked) Error() string { return "the job panicked" }

func (w *worker[J]) guarded(ctx context.Context, job *river.Job[J]) (err error) {
	defer func() {
		v := recover()
		if v == nil {
			return
		}
		p := &panicked{what: fmt.Sprintf("a value of type %T", v), stack: string(debug.Stack())}
		if re, ok := v.(runtime.Error); ok {
			p.what = re.Error()
		}
		err = p
	}()
	return w.work(ctx, job)
}
