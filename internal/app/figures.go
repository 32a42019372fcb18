package app

import (
	"context"
	"time"

	"goodword/internal/web"
)

// figures are the numbers about money that an operator should be woken by; see docs/operations.md.
func (a *App) figures(ctx context.Context) ([]web.Figure, error) {
	g, err := a.Rewards.Guard(ctx)
	if err != nil {
		return nil, err
	}
	queues, err := a.Rewards.Worries(ctx)
	if err != nil {
		return nil, err
	}
	now := a.Now()
	age := func(at time.Time) float64 {
		if at.IsZero() {
			return -1
		}
		return max(0, now.Sub(at).Seconds())
	}
	paused := 0.0
	if queues.Paused {
		paused = 1
	}
	out := []web.Figure{
		{Name: "goodword_books_proven_age_seconds", Help: "Time since the books were last proven without a finding; -1 if they never were.", Value: age(g.Held.FinishedAt)},
		{Name: "goodword_books_findings", Help: "What the newest proof of the books found wrong.", Value: float64(g.Last.Findings)},
		{Name: "goodword_payouts_paused", Help: "1 while all payouts are paused.", Value: paused},
		{Name: "goodword_payouts_unknown", Help: "Payouts whose outcome is not known.", Value: float64(queues.Unknown)},
		{Name: "goodword_clearing_oldest_age_seconds", Help: "Time since the oldest payout with an open outcome was begun; -1 if there is none.", Value: age(queues.Oldest)},
		{Name: "goodword_money_cases_open", Help: "Cases about money that wait for a person.", Value: float64(queues.Cases)},
	}
	for _, r := range g.Compared {
		out = append(out, web.Figure{Name: "goodword_rail_compared_age_seconds", Help: "Time since the books were last compared with the rail.",
			Label: string(r.Rail), Value: age(r.FinishedAt)})
	}
	return out, nil
}
