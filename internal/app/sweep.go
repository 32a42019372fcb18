package app

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// sweep asks the database every few seconds for what is due. Every sweep may run at any time, in any process, at once.
type sweep struct {
	name  string
	every time.Duration
	run   func(context.Context) error
}

// counted adapts a sweep that says how many rows it moved.
func counted[N int | int64](run func(context.Context) (N, error)) func(context.Context) error {
	return func(ctx context.Context) error {
		_, err := run(ctx)
		return err
	}
}

// sweepLimit ends one run of a sweep: it takes up again where it was.
const sweepLimit = time.Minute

// sweepForever runs each sweep in its own rhythm until ctx ends, and returns when the last has stopped.
func (a *App) sweepForever(ctx context.Context) {
	var all sync.WaitGroup
	for _, s := range a.sweeps {
		all.Go(func() {
			tick := time.NewTicker(s.every)
			defer tick.Stop()
			for {
				select {
				case <-ctx.Done():
					return
				case <-tick.C:
					if err := a.sweepOnce(ctx, s); err != nil && ctx.Err() == nil {
						a.log.Error("sweep", "sweep", s.name, "error", err)
					}
				}
			}
		})
	}
	all.Wait()
}

func (a *App) sweepOnce(ctx context.Context, s sweep) (err error) {
	ctx, cancel := context.WithTimeout(ctx, sweepLimit)
	defer cancel()
	// One sweep that breaks must not end the others, which may be paying somebody.
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return s.run(ctx)
}

// Sweep runs every sweep and every job that follows, again and again until a whole round has found nothing to enqueue,
// at most rounds times. It is how the demonstration and the tests let time pass; jobs must be worked by Start.
func (a *App) Sweep(ctx context.Context, rounds int) error {
	for range rounds {
		before, err := a.Queue.Counts(ctx)
		if err != nil {
			return err
		}
		var errs []error
		for _, s := range a.sweeps {
			if err := a.sweepOnce(ctx, s); err != nil {
				errs = append(errs, fmt.Errorf("sweep %s: %w", s.name, err))
			}
		}
		if err := errors.Join(errs...); err != nil {
			return err
		}
		if err := a.Queue.Wait(ctx); err != nil {
			return err
		}
		after, err := a.Queue.Counts(ctx)
		if err != nil {
			return err
		}
		if total(before) == total(after) {
			return nil
		}
	}
	return nil
}

func total(counts map[string]int64) (n int64) {
	for _, c := range counts {
		n += c
	}
	return n
}
