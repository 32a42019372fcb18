package billing

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"goodword/internal/db"
)

const (
	// batchMost bounds how many events one transaction keeps.
	batchMost = 128
	// jobMost bounds how many events one job works, so that it ends within its time. A larger one is divided when it is worked.
	jobMost = 8
	// crowdFrom is how many deliveries at the same time are a crowd, which is let in before its events are worked.
	crowdFrom = 8
	// crowdLook is how often a job looks whether the crowd has gone, crowdLooks how often at most: two seconds.
	crowdLook  = 50 * time.Millisecond
	crowdLooks = 40
	// keepWithin bounds one transaction of the intake, whoever waits for it.
	keepWithin = 10 * time.Second
)

// intake lets deliveries that come at the same time share one commit: each waits for its own, so none is acknowledged before
// it is on disk. Whoever finds nobody at work writes, and hands over to the next who waits; there is no goroutine of its own.
type intake struct {
	mu      sync.Mutex
	waiting []*arrival
	busy    bool

	// kept counts deliveries since the start. crowd says that there was a crowd and nobody has seen yet that it is gone.
	kept  atomic.Int64
	crowd atomic.Bool
}

// letIn waits while deliveries keep coming in a crowd: Stripe waits for their answers and sends again what takes too long, and
// nobody waits for the work. It ends after two seconds, so that a flood does not stop the work.
func (in *intake) letIn(ctx context.Context) {
	for range crowdLooks {
		if !in.crowd.Load() {
			return
		}
		before := in.kept.Load()
		select {
		case <-ctx.Done():
			return
		case <-time.After(crowdLook):
		}
		if in.kept.Load()-before < crowdFrom {
			in.crowd.Store(false)
		}
	}
}

// arrival is one delivery that waits to be kept. Its channel gets one verdict, or the order to write the next batch.
type arrival struct {
	event Event
	turn  chan verdict
}

type verdict struct {
	lead bool
	err  error
}

// lead writes the batch that begins with the caller's own arrival and returns what came of that one.
func (e *Events) lead(ctx context.Context) error {
	in := &e.intake
	in.mu.Lock()
	n := min(len(in.waiting), batchMost)
	batch := in.waiting[:n:n]
	in.waiting = in.waiting[n:]
	in.mu.Unlock()
	in.kept.Add(int64(n))
	if n >= crowdFrom {
		in.crowd.Store(true)
	}

	errs := e.write(ctx, batch)

	for i, a := range batch[1:] {
		a.turn <- verdict{err: errs[i+1]}
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	if len(in.waiting) == 0 {
		in.busy, in.waiting = false, nil
	} else {
		in.waiting[0].turn <- verdict{lead: true}
	}
	return errs[0]
}

// write commits a batch with its jobs. If that fails each event is tried alone, so that none suffers from another.
func (e *Events) write(ctx context.Context, batch []*arrival) []error {
	errs := make([]error, len(batch))
	events := make([]Event, len(batch))
	for i, a := range batch {
		events[i] = a.event
	}
	err := e.commit(ctx, events)
	if err == nil {
		return errs
	}
	if len(batch) == 1 {
		errs[0] = err
		return errs
	}
	for i := range batch {
		errs[i] = e.commit(ctx, events[i:i+1])
	}
	return errs
}

func (e *Events) commit(ctx context.Context, events []Event) (err error) {
	defer func() {
		// A panic would leave everybody who waits behind this batch waiting for ever.
		if r := recover(); r != nil {
			err = fmt.Errorf("keep events: panic: %v", r)
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, keepWithin)
	defer cancel()
	return e.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		fresh, err := insertEvents(ctx, tx, events)
		if err != nil {
			return err
		}
		var work []string
		for _, ev := range events {
			if ev.State == received && fresh[ev.ID] {
				work = append(work, ev.ID)
				delete(fresh, ev.ID) // twice in one batch
			}
		}
		if len(work) == 0 {
			return nil
		}
		return e.Queue.Enqueue(ctx, tx, time.Time{}, Process{EventIDs: work})
	})
}
