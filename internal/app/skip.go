package app

import (
	"context"
	"time"

	"goodword/internal/fault"
	"goodword/internal/money"
)

// skipSteps bounds how often what is due is done while time passes.
const skipSteps = 12

// Skip lets time pass: the clock of every process moves on by d, in steps of an hour or more, and after each everything that
// is due by then happens. So what is looked at again after an hour is looked at in a day that passes, and not only at its end.
// Returns Forbidden where the clock cannot be moved.
func (a *App) Skip(ctx context.Context, d time.Duration) error {
	if !a.opts.MovableClock {
		return fault.New(fault.Forbidden, "The clock can only be moved in the demonstration.")
	}
	step := max(time.Hour, d/skipSteps)
	for left := d; left > 0; left -= step {
		if err := a.moveClock(ctx, min(step, left)); err != nil {
			return err
		}
		const rounds = 12
		err := a.Sweep(ctx, rounds)
		if err != nil && !fault.Is(err, fault.Unavailable) {
			return err
		}
		if err != nil {
			// Stripe has a bad day: it is asked again in the next step.
			a.log.Warn("time passes", "error", err)
		}
	}
	return nil
}

func (a *App) moveClock(ctx context.Context, d time.Duration) error {
	offset, err := a.Settings.ClockOffset(ctx)
	if err != nil {
		return err
	}
	if err := a.Settings.SetClockOffset(ctx, offset+d); err != nil {
		return err
	}
	a.clock.advance(offset + d)
	return nil
}

func parseEuro(s string) (int64, error) {
	a, err := money.Parse(s, "EUR")
	if err != nil || a.Minor == 0 || a.Minor > 1_000_000_00 {
		return 0, fault.New(fault.Invalid, "Please write an amount like 1200.00.")
	}
	return a.Minor, nil
}
