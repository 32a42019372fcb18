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
			if err := c.whole(ctx); err != nil && ctx.Err() == nil {
				slog.WarnContext(ctx, "the write-ahead log stays as it is", "error", err)
			}
		}
	}
}

// whole tries until all of the log is in the database, or leaves the rest to the next time.
func (c *checkpoints) whole(ctx context.Context) error {
	again := time.NewTicker(checkpointAgain)
	defer again.Stop()
	for range checkpointTries {
		if done, err := c.once(ctx); done || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-again.C:
		}
	}
	return nil
}

// once waits for nobody but other writers. It reports whether all of the log is in the database now, so that the next commit
// begins it anew, or whether another process is at it.
func (c *checkpoints) once(ctx context.Context) (done bool, err error) {
	var busy, pages, moved int
	if err := c.writer.QueryRowContext(ctx, "PRAGMA wal_checkpoint(PASSIVE)").Scan(&busy, &pages, &moved); err != nil {
		return false, err
	}
	return busy != 0 || moved >= pages, nil
}
