package app

import (
	"context"
	"maps"
	"slices"
	"time"

	"goodword/internal/reward"
	"goodword/internal/web"
)

// figures are the numbers about money that an operator should be woken by; see docs/alerts.yml. A label holds the name of a
// rail, queue or kind from the code, a currency or a value of gift codes: never anything about a person.
func (a *App) figures(ctx context.Context) ([]web.Figure, error) {
	var out []web.Figure
	for _, read := range []func(context.Context) ([]web.Figure, error){a.bookFigures, a.moneyFigures, a.jobFigures, a.stripeFigures} {
		part, err := read(ctx)
		if err != nil {
			return nil, err
		}
		out = append(out, part...)
	}
	return out, nil
}

// age is how long ago something was, by a clock; -1 for never.
func age(now, at time.Time) float64 {
	if at.IsZero() {
		return -1
	}
	return max(0, now.Sub(at).Seconds())
}

func one(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

func (a *App) bookFigures(ctx context.Context) ([]web.Figure, error) {
	g, err := a.Rewards.Guard(ctx)
	if err != nil {
		return nil, err
	}
	now := a.Now()
	out := []web.Figure{
		{Name: "goodword_books_proven_age_seconds", Help: "Time since the books were last proven without a finding; -1 if they never were.", Value: age(now, g.Held.FinishedAt)},
		{Name: "goodword_books_findings", Help: "What the newest proof of the books found wrong.", Value: float64(g.Last.Findings)},
	}
	for _, r := range g.Compared {
		out = append(out, web.Figure{Name: "goodword_rail_compared_age_seconds", Help: "Time since the books were last compared with the rail.",
			Label: string(r.Rail), Value: age(now, r.FinishedAt)})
	}
	return out, nil
}

func (a *App) moneyFigures(ctx context.Context) ([]web.Figure, error) {
	w, err := a.Rewards.Worries(ctx)
	if err != nil {
		return nil, err
	}
	now := a.Now()
	out := []web.Figure{
		{Name: "goodword_payouts_paused", Help: "1 while all payouts are paused.", Value: one(w.Paused)},
		{Name: "goodword_payouts_unknown", Help: "Payouts whose outcome is not known.", Value: float64(w.Unknown)},
		{Name: "goodword_clearing_oldest_age_seconds", Help: "Time since the oldest payout with an open outcome was begun; -1 if there is none.", Value: age(now, w.Oldest)},
		{Name: "goodword_charities_overdue", Help: "Charities, in each currency, that should have got their money.", Value: float64(w.Overdue)},
	}
	cases := maps.Clone(w.Cases)
	for _, kind := range reward.UrgentCases() {
		cases[kind] += 0 // a rule needs the zero, too
	}
	for _, kind := range slices.Sorted(maps.Keys(cases)) {
		out = append(out, web.Figure{Name: "goodword_money_cases_open", Help: "Cases about money that wait for a person, by kind.", Label: kind, Value: float64(cases[kind])})
	}
	for _, x := range w.Short {
		out = append(out, web.Figure{Name: "goodword_rail_short_age_seconds", Help: "Time since the balance at a rail has not covered what waits.",
			Label: string(x.Rail) + " " + x.Currency, Value: age(now, x.Since)})
	}
	for _, l := range w.Codes {
		out = append(out,
			web.Figure{Name: "goodword_gift_codes_free", Help: "Gift codes in stock that can be given, by value.", Label: l.Value.String(), Value: float64(l.Free)},
			web.Figure{Name: "goodword_gift_codes_wanted", Help: "Rewards that wait for a gift code, by value.", Label: l.Value.String(), Value: float64(l.Waiting)})
	}
	return out, nil
}

// jobFigures go by wall time, as the queue does.
func (a *App) jobFigures(ctx context.Context) ([]web.Figure, error) {
	waiting, err := a.Queue.Backlogs(ctx)
	if err != nil {
		return nil, err
	}
	dead, _, err := a.Queue.GivenUp(ctx)
	if err != nil {
		return nil, err
	}
	out := []web.Figure{{Name: "goodword_jobs_given_up", Help: "Jobs of the last 30 days that have failed in every attempt.", Value: float64(dead)}}
	for _, b := range waiting {
		out = append(out, web.Figure{Name: "goodword_queue_oldest_age_seconds", Help: "How long the oldest job of a queue has waited for a worker; -1 if none waits.",
			Label: b.Queue, Value: age(wall(), b.Since)})
	}
	return out, nil
}

func (a *App) stripeFigures(ctx context.Context) ([]web.Figure, error) {
	l, err := a.Billing.Lag(ctx)
	if err != nil {
		return nil, err
	}
	now := a.Now()
	return []web.Figure{
		{Name: "goodword_stripe_events_waiting", Help: "Events from Stripe that are kept and not worked yet.", Value: float64(l.Waiting)},
		{Name: "goodword_stripe_events_parked", Help: "Events from Stripe that were given up and wait for a person.", Value: float64(l.Parked)},
		{Name: "goodword_stripe_event_oldest_age_seconds", Help: "How long the oldest event has waited; -1 if none waits.", Value: age(now, l.Oldest)},
		{Name: "goodword_stripe_event_last_age_seconds", Help: "Time since Stripe last told something; -1 if it never did.", Value: age(now, l.Last)},
	}, nil
}
