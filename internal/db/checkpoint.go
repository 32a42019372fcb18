package db

import (
	"context"
	"database/sql"
	"log/slog"
	"time"
)

const (
	// checkpointEvery is how often SQLite's write-ahead log is moved into the database.
	checkpointEvery = time.Second
	// A reader that began before the last commit keeps a checkpoint from its end; look-ups are over in a moment.
	checkpointAgain = 5 * time.Millisecond
	checkpointTries = 20
)

// checkpoints moves the write-ahead log into the database from time to time, until it is stopped.
type checkpoints struct {
	writer *sql.DB
	cancel context.CancelFunc
	ended  chan struct{}
}

func newCheckpoints(writer *sql.DB) *checkpoints {
	ctx, cancel := context.WithCancel(context.Background())
	c := &checkpoints{writer: writer, cancel: cancel, ended: make(chan struct{})}
	go c.run(ctx)
	return c
}

func (c *checkpoints) stop() {
	c.cancel()
	<-c.ended
}

func (c *checkpoints) run(ctx context.Context) {
	defer close(c.ended)
	tick := time.NewTicker(checkpointEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		for range checkpointTries {
			whole, err := c.once(ctx)
			if err != nil && ctx.Err() == nil {
				slog.WarnContext(ctx, "the write-ahead log stays as it is", "error", err)
			}
			if whole || err != nil {
				break
			}
			select {
			case <-ctx.Done():
				return
			case <-time.After(checkpointAgain):
			}
		}
	}
}

// once waits for nobody but other writers. It reports whether all of the log is in the database now, so that the next commit
// begins it anew, or whether another process is at it.
func (c *checkpoints) once(ctx context.Context) (whole bool, err error) {
	var busy, log, done int
	if err := c.writer.QueryRowContext(ctx, "PRAGMA wal_checkpoint(PASSIVE)").Scan(&busy, &log, &done); err != nil {
		return false, err
	}
	return busy != 0 || done >= log, nil
}
