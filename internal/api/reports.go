package api

import (
	"context"
	"strconv"
	"time"

	"goodword/internal/money"
	"goodword/internal/report"
	"goodword/internal/reward"
	"goodword/internal/staff"
)

func (a *api) getHome(ctx context.Context, _ *nothing) (*body[report.Home], error) {
	q := report.HomeQuery{StaffID: actorOf(ctx).ID, Money: allowed(ctx, staff.ReadMoney)}
	settings, err := a.Settings.Get(ctx)
	if err != nil {
		return nil, err
	}
	if zone, err := time.LoadLocation(settings.Zone); err == nil {
		q.Zone = zone
	}
	home, err := a.Reports.Home(ctx, q)
	if err != nil {
		return nil, err
	}
	return &body[report.Home]{home}, nil
}

type funnelQuery struct {
	From       time.Time `query:"from" doc:"30 days ago unless given."`
	To         time.Time `query:"to" doc:"Now unless given."`
	By         string    `query:"by"`
	CampaignID string    `query:"campaign_id"`
}

// funnelOut is report.Funnel, which can also be had as CSV.
type funnelOut report.Funnel

func (f funnelOut) table() [][]string {
	rows := [][]string{{"key", "name", "asked", "started", "introduced", "accepted", "won", "rewarded", "testimonials", "value"}}
	for _, r := range append(f.Rows, f.Total) {
		rows = append(rows, append([]string{r.Key, r.Name}, append(numbers(r.Asked, r.Started, r.Introduced, r.Accepted, r.Won, r.Rewarded, r.Testimonials), amounts(r.Value))...))
	}
	return rows
}

func (a *api) funnelReport(ctx context.Context, in *funnelQuery) (*body[funnelOut], error) {
	from, to := in.From.UTC(), in.To.UTC()
	if to.IsZero() {
		to = a.now().Add(time.Microsecond) // what happens now counts
	}
	if from.IsZero() {
		from = to.AddDate(0, 0, -30)
	}
	if !from.Before(to) {
		return nil, invalid("from", "The period must begin before it ends.")
	}
	f, err := a.Reports.Funnel(ctx, report.FunnelQuery{From: from, To: to, By: in.By, CampaignID: in.CampaignID})
	if err != nil {
		return nil, err
	}
	return &body[funnelOut]{funnelOut(f)}, nil
}

// coverageOut is report.Coverage, which can also be had as CSV.
type coverageOut report.Coverage

func (c coverageOut) table() [][]string {
	rows := [][]string{{"source", "introductions", "customers", "accepted", "won"}}
	for _, s := range c.Sources {
		rows = append(rows, append([]string{s.Source}, numbers(s.Introductions, s.Customers, s.Accepted, s.Won)...))
	}
	return rows
}

func (a *api) coverageReport(ctx context.Context, _ *nothing) (*body[coverageOut], error) {
	c, err := a.Reports.Coverage(ctx)
	if err != nil {
		return nil, err
	}
	return &body[coverageOut]{coverageOut(c)}, nil
}

// pipelineOut is report.Pipeline, which can also be had as CSV.
type pipelineOut report.Pipeline

func (p pipelineOut) table() [][]string {
	rows := [][]string{{"state", "step", "kind", "count"}}
	for _, s := range p.Stages {
		rows = append(rows, append([]string{s.State, s.Step, s.Kind}, numbers(s.Count)...))
	}
	return rows
}

func (a *api) pipelineReport(ctx context.Context, _ *nothing) (*body[pipelineOut], error) {
	p, err := a.Reports.Pipeline(ctx)
	if err != nil {
		return nil, err
	}
	return &body[pipelineOut]{pipelineOut(p)}, nil
}

// liabilityOut is what is owed at a time, by currency.
type liabilityOut struct {
	At   time.Time         `json:"at"`
	Rows []liabilityRowOut `json:"rows"`
}

type liabilityRowOut struct {
	Currency    string       `json:"currency"`
	Pending     money.Amount `json:"pending" doc:"Waiting for the refund window."`
	Held        money.Amount `json:"held" doc:"Being checked."`
	Payable     money.Amount `json:"payable" doc:"Approved."`
	Clearing    money.Amount `json:"clearing" doc:"Handed to a rail, outcome not yet certain."`
	Outstanding money.Amount `json:"outstanding" doc:"Codes and credits issued and not yet used."`
	Charity     money.Amount `json:"charity" doc:"Given to charities and not yet remitted."`
	Unclaimed   money.Amount `json:"unclaimed"`
	Total       money.Amount `json:"total"`
	Receivable  money.Amount `json:"receivable" doc:"To be paid back to us."`
	Paid        money.Amount `json:"paid" doc:"Paid in all until then, less what was taken back unused."`
	Reversed    money.Amount `json:"reversed" doc:"Taken back in all until then."`
}

func (l liabilityOut) table() [][]string {
	rows := [][]string{{"at", "currency", "pending", "held", "payable", "clearing", "outstanding", "charity", "unclaimed", "total", "receivable", "paid", "reversed"}}
	for _, r := range l.Rows {
		rows = append(rows, []string{l.At.Format(time.RFC3339), r.Currency, r.Pending.Decimal(), r.Held.Decimal(), r.Payable.Decimal(), r.Clearing.Decimal(),
			r.Outstanding.Decimal(), r.Charity.Decimal(), r.Unclaimed.Decimal(), r.Total.Decimal(), r.Receivable.Decimal(), r.Paid.Decimal(), r.Reversed.Decimal()})
	}
	return rows
}

type liabilityQuery struct {
	At time.Time `query:"at" doc:"Now unless given."`
}

func (a *api) liabilityReport(ctx context.Context, in *liabilityQuery) (*body[liabilityOut], error) {
	moment := in.At.UTC()
	if moment.IsZero() {
		moment = a.now()
	}
	rows, err := a.Rewards.Liability(ctx, moment)
	if err != nil {
		return nil, err
	}
	return &body[liabilityOut]{liabilityOut{At: moment, Rows: each(rows, func(l reward.Liability) liabilityRowOut {
		amount := func(minor int64) money.Amount { return money.Amount{Minor: minor, Currency: l.Currency} }
		return liabilityRowOut{Currency: l.Currency, Pending: amount(l.PendingMinor), Held: amount(l.HeldMinor), Payable: amount(l.PayableMinor),
			Clearing: amount(l.ClearingMinor), Outstanding: amount(l.OutstandingMinor), Charity: amount(l.CharityMinor), Unclaimed: amount(l.UnclaimedMinor), Total: amount(l.TotalMinor), Receivable: amount(l.ReceivableMinor),
			Paid: amount(l.PaidMinor), Reversed: amount(l.ReversedMinor)}
	})}}, nil
}

func numbers(values ...int64) []string {
	return each(values, func(n int64) string { return strconv.FormatInt(n, 10) })
}

func amounts(values []money.Amount) string {
	out := ""
	for i, v := range values {
		if i > 0 {
			out += "; "
		}
		out += v.String()
	}
	return out
}
