package report

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"goodword/internal/db"
	"goodword/internal/money"
)

// Home is the first page of the console.
type Home struct {
	From   time.Time   `json:"from" doc:"When the week began."`
	To     time.Time   `json:"to"`
	Funnel FunnelRow   `json:"funnel" doc:"This week."`
	Visits int64       `json:"visits" doc:"Page views this week, as far as robots can be told apart; not reliable."`
	Money  []MoneyLine `json:"money" doc:"By currency; empty unless your role may read money."`
	Queues []Queue     `json:"queues"`
	Steps  []FirstStep `json:"steps" doc:"What a new installation needs."`
}

// MoneyLine is what stands where in one currency.
type MoneyLine struct {
	Held money.Amount `json:"held" doc:"Waiting for the refund window or being checked."`
	Due  money.Amount `json:"due" doc:"Approved, on its way, or refused by the rail."`
	Paid money.Amount `json:"paid" doc:"Paid in all, less what was taken back."`
}

// Queue is a list that waits for somebody.
type Queue struct {
	Key   string `json:"key"`
	Count int64  `json:"count"`
}

// Queues are the keys of Home.Queues, in order.
var Queues = []string{"my_tasks", "overdue_answers", "to_review", "testimonials", "rewards_held", "rewards_refused", "payouts_unknown", "cases", "recovery", "blind_spots"}

// FirstStep is one step of setting up.
type FirstStep struct {
	Key  string `json:"key"`
	Done bool   `json:"done"`
}

// FirstSteps are the keys of Home.Steps, in order.
var FirstSteps = []string{"company", "customers", "campaign", "launch", "staff"}

// HomeQuery says for whom.
type HomeQuery struct {
	StaffID string
	// Money includes the sums.
	Money bool
	// Zone decides when the week begins, on Monday; nil is UTC.
	Zone *time.Location
}

// Home collects the page.
func (s *Service) Home(ctx context.Context, q HomeQuery) (Home, error) {
	now := s.now()
	out := Home{From: monday(now, q.Zone), To: now, Money: []MoneyLine{}}
	f, err := s.Funnel(ctx, FunnelQuery{From: out.From, To: now.Add(time.Microsecond)})
	if err != nil {
		return Home{}, err
	}
	out.Funnel = f.Total
	if err := s.DB.NewSelect().TableExpr("visit").ColumnExpr("count(*)").Where("at >= ?", out.From).Where("NOT robot").Scan(ctx, &out.Visits); err != nil {
		return Home{}, fmt.Errorf("home: %w", db.Classify(err))
	}
	if q.Money {
		if out.Money, err = s.money(ctx); err != nil {
			return Home{}, fmt.Errorf("home: %w", err)
		}
	}
	if out.Queues, err = s.queues(ctx, q.StaffID, now); err != nil {
		return Home{}, fmt.Errorf("home: %w", err)
	}
	if out.Steps, err = s.firstSteps(ctx); err != nil {
		return Home{}, fmt.Errorf("home: %w", err)
	}
	return out, nil
}

func monday(now time.Time, zone *time.Location) time.Time {
	if zone == nil {
		zone = time.UTC
	}
	local := now.In(zone)
	back := (int(local.Weekday()) + 6) % 7
	return time.Date(local.Year(), local.Month(), local.Day()-back, 0, 0, 0, 0, zone).UTC()
}

// money sums the rewards by where they stand. Every open state owns one account, so this equals the books.
func (s *Service) money(ctx context.Context) ([]MoneyLine, error) {
	var rows []struct {
		Currency        string
		Held, Due, Paid int64
	}
	err := s.DB.NewSelect().TableExpr("reward").ColumnExpr("currency").
		ColumnExpr("CAST(sum(CASE WHEN state IN ('pending', 'held') THEN amount_minor ELSE 0 END) AS BIGINT) AS held").
		ColumnExpr("CAST(sum(CASE WHEN state IN ('approved', 'issuing', 'failed') THEN amount_minor ELSE 0 END) AS BIGINT) AS due").
		ColumnExpr("CAST(sum(CASE WHEN state IN ('issued', 'redeemed') THEN amount_minor ELSE 0 END) AS BIGINT) AS paid").
		GroupExpr("currency").OrderExpr("currency").Scan(ctx, &rows)
	if err != nil {
		return nil, db.Classify(err)
	}
	out := make([]MoneyLine, len(rows))
	for i, r := range rows {
		out[i] = MoneyLine{Held: money.New(r.Held, r.Currency), Due: money.New(r.Due, r.Currency), Paid: money.New(r.Paid, r.Currency)}
	}
	return out, nil
}

func (s *Service) queues(ctx context.Context, staffID string, now time.Time) ([]Queue, error) {
	count := func(table string) *bun.SelectQuery { return s.DB.NewSelect().TableExpr(table).ColumnExpr("count(*)") }
	queries := map[string]*bun.SelectQuery{
		"my_tasks":        count("task").Where("state = 'open'").Where("owner_id = ?", staffID).Where("snoozed_until IS NULL OR snoozed_until <= ?", now),
		"overdue_answers": count("introduction").Where("state = 'accepted'").Where("answered_at IS NULL").Where("answer_due_at < ?", now),
		"to_review":       count("introduction").Where("review = 'to_review'"),
		"testimonials":    count("testimonial").Where("state = 'submitted'"),
		"rewards_held":    count("reward").Where("state = 'held'"),
		"rewards_refused": count("reward").Where("state = 'failed'"),
		"payouts_unknown": count("payout").Where("state = 'unknown'"),
		"cases":           count("money_case").Where("state = 'open'"),
		"recovery":        count("task").Where("state = 'open'").Where("kind = 'recovery'"),
		"blind_spots":     count("customer").Where("stage = 'customer'").Where("asked_at IS NULL").Where("stopped_at IS NULL").Where("erased_at IS NULL"),
	}
	out := make([]Queue, len(Queues))
	for i, key := range Queues {
		out[i].Key = key
		if err := queries[key].Scan(ctx, &out[i].Count); err != nil {
			return nil, fmt.Errorf("queue %s: %w", key, db.Classify(err))
		}
	}
	return out, nil
}

func (s *Service) firstSteps(ctx context.Context) ([]FirstStep, error) {
	exists := map[string]*bun.SelectQuery{
		// A name may come from the environment; what the company does is said here only.
		"company":   s.DB.NewSelect().TableExpr("setting").Where("key IN ('company', 'what_we_do')"),
		"customers": s.DB.NewSelect().TableExpr("customer"),
		"campaign":  s.DB.NewSelect().TableExpr("campaign"),
		"launch":    s.DB.NewSelect().TableExpr("campaign").Where("launched_at IS NOT NULL"),
		"staff":     s.DB.NewSelect().TableExpr("staff").Where("role <> 'owner'"),
	}
	out := make([]FirstStep, len(FirstSteps))
	for i, key := range FirstSteps {
		out[i].Key = key
		var n []int
		if err := exists[key].ColumnExpr("1").Limit(1).Scan(ctx, &n); err != nil {
			return nil, fmt.Errorf("step %s: %w", key, db.Classify(err))
		}
		out[i].Done = len(n) > 0
	}
	return out, nil
}
