package app

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"
)

// clock is the business clock: wall time plus an offset that every process reads from the settings. The offset is honoured
// only where the application was started to allow it; elsewhere it is always zero.
type clock struct {
	offset atomic.Int64 // nanoseconds
}

// Now returns the business time in UTC.
func (c *clock) Now() time.Time { return wall().Add(time.Duration(c.offset.Load())) }

// wall is the one place where the application looks at the machine's clock.
func wall() time.Time { return time.Now().UTC() }

// follow keeps the offset up to date until ctx ends. A failed look keeps the last offset.
func (c *clock) follow(ctx context.Context, read func(context.Context) (time.Duration, error), log *slog.Logger) {
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			offset, err := read(ctx)
			if err != nil {
				if ctx.Err() == nil {
					log.Warn("the clock's offset could not be read", "error", err)
				}
				continue
			}
			c.advance(offset)
		}
	}
}

// advance takes over an offset unless the clock is further already: it never goes back, whoever has read first.
func (c *clock) advance(offset time.Duration) {
	for {
		have := c.offset.Load()
		if int64(offset) <= have || c.offset.CompareAndSwap(have, int64(offset)) {
			return
		}
	}
}
