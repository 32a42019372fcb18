package report

import (
	"context"
	"fmt"
	"slices"
	"time"

	"goodword/internal/customer"
	"goodword/internal/db"
	"goodword/internal/money"
)

// Coverage shows the blind spots: who was never asked, which source was never tried, who was never thanked.
type Coverage struct {
	Customers    int64              `json:"customers" doc:"People who buy from us."`
	Asked        int64              `json:"asked" doc:"Asked at least once."`
	NeverAsked   int64              `json:"never_asked"`
	Introducers  int64              `json:"introducers" doc:"Introduced somebody at least once."`
	NeverThanked int64              `json:"never_thanked" doc:"Introduced somebody who said yes, and were never thanked."`
	Sources      []SourceCoverage   `json:"sources" doc:"The five sources, other, and none given."`
	Divisions    []DivisionCoverage `json:"divisions"`
}

// SourceCoverage is one source; the empty one is where nobody asked.
type SourceCoverage struct {
	Source        string `json:"source"`
	Introductions int64  `json:"introductions"`
	Customers     int64  `json:"customers" doc:"How many customers introduced somebody from there."`
	Accepted      int64  `json:"accepted"`
	Won           int64  `json:"won"`
}

// DivisionCoverage is one division.
type DivisionCoverage struct {
	Division  string `json:"division"`
	Customers int64  `json:"customers"`
	Asked     int64  `json:"asked"`
}

// Coverage counts the people who buy from us now.
func (s *Service) Coverage(ctx context.Context) (Coverage, error) {
	out := Coverage{Sources: []SourceCoverage{}, Divisions: []DivisionCoverage{}}
	err := s.DB.NewSelect().TableExpr("customer").
		ColumnExpr("division, count(*) AS customers, count(asked_at) AS asked").
		Where("erased_at IS NULL").Where("stage = ?", customer.Active).GroupExpr("division").OrderExpr("division").Scan(ctx, &out.Divisions)
	if err != nil {
		return Coverage{}, fmt.Errorf("coverage: %w", db.Classify(err))
	}
	for _, d := range out.Divisions {
		out.Customers += d.Customers
		out.Asked += d.Asked
	}
	out.NeverAsked = out.Customers - out.Asked
	err = s.DB.NewSelect().TableExpr("introduction").
		ColumnExpr("count(DISTINCT introducer_id) AS introducers").
		Where("introducer_id IS NOT NULL").Where("state <> 'draft'").Scan(ctx, &out.Introducers)
	if err != nil {
		return Coverage{}, fmt.Errorf("coverage: %w", db.Classify(err))
	}
	err = s.DB.NewSelect().TableExpr("introduction AS i").ColumnExpr("count(DISTINCT i.introducer_id)").
		Where("i.introducer_id IS NOT NULL").Where("i.accepted_at IS NOT NULL").
		Where("NOT EXISTS (SELECT 1 FROM introduction AS o WHERE o.introducer_id = i.introducer_id AND o.thanked_at IS NOT NULL)").Scan(ctx, &out.NeverThanked)
	if err != nil {
		return Coverage{}, fmt.Errorf("coverage: %w", db.Classify(err))
	}
	var found []SourceCoverage
	err = s.DB.NewSelect().TableExpr("introduction").
		ColumnExpr("source, count(*) AS introductions, count(DISTINCT introducer_id) AS customers, count(accepted_at) AS accepted, count(won_at) AS won").
		Where("state <> 'draft'").GroupExpr("source").Scan(ctx, &found)
	if err != nil {
		return Coverage{}, fmt.Errorf("coverage: %w", db.Classify(err))
	}
	for _, source := range append(slices.Clone(customer.Sources), "") {
		row := SourceCoverage{Source: source}
		if i := slices.IndexFunc(found, func(f SourceCoverage) bool { return f.Source == source }); i >= 0 {
			row = found[i]
		}
		out.Sources = append(out.Sources, row)
	}
	return out, nil
}

// Pipeline is what is under way, and what was closed in the last twelve months.
type Pipeline struct {
	Stages []PipelineStage `json:"stages" doc:"Open introductions by where they stand; leads and referrals apart."`
	Closed []ClosedMonth   `json:"closed" doc:"Newest month first."`
}

// PipelineStage counts the introductions that stand somewhere.
type PipelineStage struct {
	State    string     `json:"state"`
	Step     string     `json:"step,omitempty"`
	Kind     string     `json:"kind"`
	Count    int64      `json:"count"`
	OldestAt *time.Time `json:"oldest_at,omitempty" doc:"When the one that has waited longest last moved."`
}

// ClosedMonth is what was won in a month, in one currency.
type ClosedMonth struct {
	Month string       `json:"month" doc:"2026-05, in UTC."`
	Won   int64        `json:"won"`
	Value money.Amount `json:"value" doc:"After refunds."`
}

// Pipeline counts.
func (s *Service) Pipeline(ctx context.Context) (Pipeline, error) {
	out := Pipeline{Stages: []PipelineStage{}, Closed: []ClosedMonth{}}
	var stages []struct {
		State, Step, Kind string
		Count             int64
		OldestAt          time.Time
	}
	err := s.DB.NewSelect().TableExpr("introduction").ColumnExpr("state, step, kind, count(*) AS count, min(updated_at) AS oldest_at").
		Where("state IN ('ready', 'invited', 'undeliverable', 'accepted', 'in_pipeline')").GroupExpr("state, step, kind").OrderExpr("state, step, kind").Scan(ctx, &stages)
	if err != nil {
		return Pipeline{}, fmt.Errorf("pipeline: %w", db.Classify(err))
	}
	for _, g := range stages {
		oldest := g.OldestAt.UTC()
		out.Stages = append(out.Stages, PipelineStage{State: g.State, Step: g.Step, Kind: g.Kind, Count: g.Count, OldestAt: &oldest})
	}
	month := func(t time.Time) time.Time { return time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, time.UTC) }
	end := s.now().Add(time.Microsecond)
	for from, i := month(s.now()), 0; i < 12; i++ {
		f, err := s.Funnel(ctx, FunnelQuery{From: from, To: end})
		if err != nil {
			return Pipeline{}, err
		}
		for n, v := range f.Total.Value {
			won := int64(0)
			if n == 0 {
				won = f.Total.Won // an introduction is won once, whatever currencies follow
			}
			out.Closed = append(out.Closed, ClosedMonth{Month: from.Format("2006-01"), Won: won, Value: v})
		}
		end, from = from, from.AddDate(0, -1, 0)
	}
	return out, nil
}
