package event

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"goodword/internal/db"
	"goodword/internal/ident"
)

const (
	// visitQueue holds what the fastest page measured can bring in a second.
	visitQueue = 16384
	// visitBatch bounds one transaction; a full batch is written at once.
	visitBatch = 2000
	// visitDelay is how long a visit may wait to be written with others. With each commit SQLite's readers forget the pages
	// that they have read, so that at 50 ms every look-up pays for it; a visit shall be seen within a second.
	visitDelay = 200 * time.Millisecond
	// visitPatience is how long a page may wait for room when the database is slower than the visitors.
	visitPatience = 250 * time.Millisecond
	// visitDrain is the time for the last batch when the program stops.
	visitDrain = 10 * time.Second
)

// Visits counts views of pages: one writer puts what came in 200 ms into the database in one transaction. Visits are
// counts, never evidence: those of the last 200 ms are lost when the process is killed, none when it is stopped.
type Visits struct {
	db      *db.DB
	clock   func() time.Time
	in      chan visit
	dropped atomic.Int64
}

// NewVisits makes the writer. Nothing is written before Run.
func NewVisits(d *db.DB, clock func() time.Time) *Visits {
	return &Visits{db: d, clock: clock, in: make(chan visit, visitQueue)}
}

// Record counts one view of kind ("prospect", "share", …) of subjectID. It returns at once; only when the queue is full
// it waits, a quarter of a second at most, and then drops the visit, so that a page never hangs on its counter.
func (v *Visits) Record(kind, subjectID string, robot bool) {
	one := visit{ID: ident.New(), Kind: kind, SubjectID: subjectID, Robot: robot, At: v.clock().UTC().Truncate(time.Microsecond)}
	select {
	case v.in <- one:
		return
	default:
	}
	patience := time.NewTimer(visitPatience)
	defer patience.Stop()
	select {
	case v.in <- one:
	case <-patience.C:
		v.dropped.Add(1)
	}
}

// Dropped returns how many visits found no room since the start.
func (v *Visits) Dropped() int64 { return v.dropped.Load() }

// Run writes until ctx ends, then writes what is left and returns. Call it once, and end it after the web server has
// stopped: a visit recorded later is lost. A batch that the database refuses is tried again.
// Returns an error only if the last visits could not be written.
func (v *Visits) Run(ctx context.Context) error {
	tick := time.NewTicker(visitDelay)
	defer tick.Stop()
	batch := make([]visit, 0, visitBatch)
	failing := false
	for {
		in := v.in
		if len(batch) == visitBatch {
			// Nothing more is taken until this batch is written; the queue holds the rest back.
			in = nil
		}
		select {
		case <-ctx.Done():
			return v.drain(context.WithoutCancel(ctx), batch)
		case one := <-in:
			batch = append(batch, one)
			if len(batch) < visitBatch || failing {
				continue
			}
		case <-tick.C:
		}
		if len(batch) == 0 {
			continue
		}
		err := insertVisits(ctx, v.db, batch)
		switch {
		case err == nil:
			batch = batch[:0]
		case ctx.Err() == nil && !failing:
			slog.WarnContext(ctx, "visits are not written, trying again", "error", err)
		}
		failing = err != nil
	}
}

func (v *Visits) drain(ctx context.Context, batch []visit) error {
	ctx, cancel := context.WithTimeout(ctx, visitDrain)
	defer cancel()
	for {
		for more := true; more && len(batch) < visitBatch; {
			select {
			case one := <-v.in:
				batch = append(batch, one)
			default:
				more = false
			}
		}
		if len(batch) == 0 {
			return nil
		}
		if err := insertVisits(ctx, v.db, batch); err != nil {
			return errors.Join(fmt.Errorf("%d visits are lost", len(batch)+len(v.in)), err)
		}
		batch = batch[:0]
	}
}
