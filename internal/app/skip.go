package app

import (
	"context"
	"time"

	"goodword/internal/fault"
	"goodword/internal/money"
)

// Skip lets time pass: the clock of every process moves on by d, and then everything that is due happens.
// Returns Forbidden where the clock cannot be moved.
func (a *App) Skip(ctx context.Context, d time.Duration) error {
	if !a.opts.MovableClock {
		return fault.New(fault.Forbidden, "The clock can only be moved in the demonstration.")
	}
	offset, err := a.Settings.ClockOffset(ctx)
	if err != nil {
		return err
	}
	if err := a.Settings.SetClockOffset(ctx, offset+d); err != nil {
		return err
	}
	a.clock.offset.Store(int64(offset + d))
	const rounds = 12
	return a.Sweep(ctx, rounds)
}

func parseEuro(s string) (int64, error) {
	a, err := money.Parse(s, "EUR")
	if err != nil || a.Minor == 0 || a.Minor > 1_000_000_00 {
		return 0, fault.New(fault.Invalid, "Please write an amount like 1200.00.")
	}
	return a.Minor, nil
}
