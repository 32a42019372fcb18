package app

import "time"

// Hasten lets every sweep run in this rhythm.
func (a *App) Hasten(every time.Duration) {
	for n := range a.sweeps {
		a.sweeps[n].every = min(a.sweeps[n].every, every)
	}
}
