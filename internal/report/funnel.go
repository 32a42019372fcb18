package report

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"goodword/internal/db"
	"goodword/internal/money"
)

// Dimensions are what the funnel can be split by.
var Dimensions = []string{"campaign", "owner", "source", "division", "kind"}

// FunnelQuery asks for what happened from From (inclusive) to To (exclusive).
type FunnelQuery struct {
	From, To time.Time
	// By is one of Dimensions, or empty for the total alone.
	By         string
	CampaignID string
}

// Funnel is how many came how far in a period. Each figure counts what happened in the period, so that a later step can
// exceed an earlier one.
type Funnel struct {
	From  time.Time   `json:"from"`
	To    time.Time   `json:"to"`
	Total FunnelRow   `json:"total"`
	Rows  []FunnelRow `json:"rows" doc:"By the dimension that was asked for, by name; without one empty."`
}

// FunnelRow is one line of the funnel.
type FunnelRow struct {
	Key          string         `json:"key" doc:"The id or word of the dimension; empty for what has none."`
	Name         string         `json:"name"`
	Asked        int64          `json:"asked" doc:"Invitations sent."`
	Started      int64          `json:"started" doc:"Introductions begun, drafts included."`
	Introduced   int64          `json:"introduced" doc:"Introductions handed in."`
	Accepted     int64          `json:"accepted"`
	Won          int64          `json:"won"`
	Rewarded     int64          `json:"rewarded" doc:"Rewards paid."`
	Testimonials int64          `json:"testimonials"`
	Value        []money.Amount `json:"value" doc:"What the won deals are worth after refunds, by currency."`
}

// column names what a dimension is in a table; "" where the table does not know it.
var columns = map[string]map[string]string{
	"invitation":   {"campaign": "t.campaign_id", "owner": "COALESCE(p.owner_id, '')", "division": "p.division"},
	"introduction": {"campaign": "t.campaign_id", "owner": "COALESCE(t.owner_id, '')", "source": "t.source", "division": "t.division", "kind": "t.kind"},
	"testimonial":  {"campaign": "COALESCE(t.campaign_id, '')", "owner": "COALESCE(p.owner_id, '')", "division": "p.division"},
	"reward":       {"campaign": "t.campaign_id", "owner": "COALESCE(i.owner_id, '')", "source": "COALESCE(i.source, '')", "division": "COALESCE(i.division, '')", "kind": "COALESCE(i.kind, '')"},
}

type counted struct {
	Key   string
	Count int64
}

// Funnel counts. What a dimension does not apply to (a testimonial has no source) counts in the total only.
func (s *Service) Funnel(ctx context.Context, q FunnelQuery) (Funnel, error) {
	out := Funnel{From: q.From.UTC(), To: q.To.UTC(), Total: FunnelRow{Name: "Total", Value: []money.Amount{}}, Rows: []FunnelRow{}}
	rows := map[string]*FunnelRow{}
	row := func(key string) *FunnelRow {
		if rows[key] == nil {
			rows[key] = &FunnelRow{Key: key, Name: key, Value: []money.Amount{}}
		}
		return rows[key]
	}
	for _, step := range []struct {
		table, time, also string
		to                func(*FunnelRow) *int64
	}{
		{"invitation", "t.sent_at", "", func(r *FunnelRow) *int64 { return &r.Asked }},
		{"introduction", "t.created_at", "", func(r *FunnelRow) *int64 { return &r.Started }},
		{"introduction", "t.created_at", "t.state <> 'draft'", func(r *FunnelRow) *int64 { return &r.Introduced }},
		{"introduction", "t.accepted_at", "", func(r *FunnelRow) *int64 { return &r.Accepted }},
		{"introduction", "t.won_at", "", func(r *FunnelRow) *int64 { return &r.Won }},
		{"testimonial", "t.submitted_at", "", func(r *FunnelRow) *int64 { return &r.Testimonials }},
		{"reward", "t.issued_at", "", func(r *FunnelRow) *int64 { return &r.Rewarded }},
	} {
		counts, err := s.count(ctx, q, step.table, step.time, step.also)
		if err != nil {
			return Funnel{}, fmt.Errorf("funnel of %s: %w", step.table, err)
		}
		for _, c := range counts {
			*step.to(&out.Total) += c.Count
			if q.By != "" && columns[step.table][q.By] != "" {
				*step.to(row(c.Key)) += c.Count
			}
		}
	}
	values, err := s.values(ctx, q)
	if err != nil {
		return Funnel{}, fmt.Errorf("funnel of deals: %w", err)
	}
	for _, v := range values {
		out.Total.Value = plus(out.Total.Value, v.amount())
		if q.By != "" {
			r := row(v.Key)
			r.Value = plus(r.Value, v.amount())
		}
	}
	for _, r := range rows {
		out.Rows = append(out.Rows, *r)
	}
	if err := s.nameRows(ctx, q.By, out.Rows); err != nil {
		return Funnel{}, err
	}
	slices.SortFunc(out.Rows, func(a, b FunnelRow) int {
		if c := strings.Compare(a.Name, b.Name); c != 0 {
			return c
		}
		return strings.Compare(a.Key, b.Key)
	})
	return out, nil
}

// from is the table of a step as t, joined with what its dimension needs.
func (s *Service) from(table, by string) *bun.SelectQuery {
	q := s.DB.NewSelect().TableExpr(table + " AS t")
	switch column := columns[table][by]; {
	case strings.Contains(column, "p."):
		q.Join("JOIN customer AS p ON p.id = t.customer_id")
	case strings.Contains(column, "i."):
		q.Join("LEFT JOIN introduction AS i ON i.id = t.introduction_id")
	}
	return q
}

func (s *Service) count(ctx context.Context, q FunnelQuery, table, at, also string) ([]counted, error) {
	column := columns[table][q.By]
	if column == "" {
		column = "''"
	}
	query := s.from(table, q.By).ColumnExpr(column+" AS key, count(*) AS count").Where(at+" >= ?", q.From.UTC()).Where(at+" < ?", q.To.UTC()).GroupExpr("1")
	if also != "" {
		query.Where(also)
	}
	if q.CampaignID != "" {
		query.Where("t.campaign_id = ?", q.CampaignID)
	}
	var rows []counted
	if err := query.Scan(ctx, &rows); err != nil {
		return nil, db.Classify(err)
	}
	return rows, nil
}

// worth is a deal of an introduction that was won in the period, or a group of them without refunds.
type worth struct {
	Key, Currency                          string
	AmountMinor, GrossMinor, RefundedMinor int64
	Dispute                                string
}

// amount is what is left after refunds, rounded down as introduction.Deal.Net does.
func (w worth) amount() money.Amount {
	a := money.Amount{Minor: w.AmountMinor, Currency: w.Currency}
	switch {
	case w.Dispute == "lost" || w.GrossMinor > 0 && w.RefundedMinor >= w.GrossMinor:
		return money.Amount{Currency: w.Currency}
	case w.RefundedMinor == 0 || w.GrossMinor == 0:
		return a
	}
	left, err := a.ShareDown(w.GrossMinor-w.RefundedMinor, w.GrossMinor)
	if err != nil {
		return money.Amount{Currency: w.Currency} // impossible: both parts are within 0 and the whole
	}
	return left
}

// values returns what the counted deals of introductions won in the period are worth; untouched deals are summed by the
// database, those with refunds come one by one, because their shares are rounded one by one.
func (s *Service) values(ctx context.Context, q FunnelQuery) ([]worth, error) {
	column := columns["introduction"][q.By]
	if column == "" {
		column = "''"
	}
	base := func() *bun.SelectQuery {
		query := s.DB.NewSelect().TableExpr("deal AS d").Join("JOIN introduction AS t ON t.id = d.introduction_id").
			Where("d.counted").Where("t.won_at >= ?", q.From.UTC()).Where("t.won_at < ?", q.To.UTC())
		if q.CampaignID != "" {
			query.Where("t.campaign_id = ?", q.CampaignID)
		}
		return query
	}
	var sums, touched []worth
	err := base().ColumnExpr(column+" AS key, d.currency, CAST(sum(d.amount_minor) AS BIGINT) AS amount_minor").
		Where("d.refunded_minor = 0").Where("d.dispute <> 'lost'").GroupExpr("1, 2").Scan(ctx, &sums)
	if err != nil {
		return nil, db.Classify(err)
	}
	err = base().ColumnExpr(column+" AS key, d.currency, d.amount_minor, d.gross_minor, d.refunded_minor, d.dispute").
		Where("d.refunded_minor > 0").Where("d.dispute <> 'lost'").Scan(ctx, &touched)
	if err != nil {
		return nil, db.Classify(err)
	}
	return append(sums, touched...), nil
}

// plus adds an amount to the one of its currency; different currencies stay apart, in order.
func plus(list []money.Amount, a money.Amount) []money.Amount {
	for i, have := range list {
		if have.Currency == a.Currency {
			list[i].Minor += a.Minor
			return list
		}
	}
	list = append(list, a)
	slices.SortFunc(list, func(a, b money.Amount) int { return strings.Compare(a.Currency, b.Currency) })
	return list
}

// nameRows fills in what people call the keys of a dimension.
func (s *Service) nameRows(ctx context.Context, by string, rows []FunnelRow) error {
	var refs Refs
	for _, r := range rows {
		refs.Campaigns = append(refs.Campaigns, r.Key)
	}
	if by == "owner" {
		refs = Refs{Staff: refs.Campaigns}
	} else if by != "campaign" {
		refs = Refs{}
	}
	known, err := s.Names(ctx, refs)
	if err != nil {
		return err
	}
	for i, r := range rows {
		switch by {
		case "campaign":
			rows[i].Name = known.Campaigns[r.Key]
		case "owner":
			rows[i].Name = known.Staff[r.Key]
		}
	}
	return nil
}
