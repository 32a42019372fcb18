package report

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/uptrace/bun"

	"goodword/internal/campaign"
	"goodword/internal/db"
	"goodword/internal/event"
)

// Refs are the ids on a page whose names people want to read; empty ids and repeats are allowed.
type Refs struct {
	Customers, Campaigns []string
	// Staff are ids of colleagues, or of API keys that acted for them.
	Staff []string
	// Prospects are ids of introductions.
	Prospects []string
	Charities []string
}

// Names are what Refs stand for, by id. An erased person and an unknown id have none.
type Names struct {
	Customers, Staff, Campaigns, Prospects, Charities map[string]string
}

// Names looks the names up, with one query for each kind that is asked for.
func (s *Service) Names(ctx context.Context, r Refs) (Names, error) {
	var out Names
	for _, kind := range []struct {
		to         *map[string]string
		ids        []string
		table      string
		name, rest string
	}{
		{&out.Customers, r.Customers, "customer", "first_name", "last_name"},
		{&out.Staff, r.Staff, "staff", "name", "''"},
		{&out.Charities, r.Charities, "charity", "name", "''"},
		{&out.Campaigns, r.Campaigns, "campaign", "name", "''"},
		{&out.Prospects, r.Prospects, "introduction", "first_name", "last_name"},
	} {
		m, err := names(ctx, s.DB, kind.table, kind.name, kind.rest, distinct(kind.ids))
		if err != nil {
			return Names{}, fmt.Errorf("names of %s: %w", kind.table, err)
		}
		*kind.to = m
	}
	others := slices.DeleteFunc(distinct(r.Staff), func(id string) bool { return out.Staff[id] != "" })
	keys, err := names(ctx, s.DB, "api_key", "name", "''", others)
	if err != nil {
		return Names{}, fmt.Errorf("names of api_key: %w", err)
	}
	maps.Copy(out.Staff, keys)
	return out, nil
}

// names reads two columns as one name. Table and columns are words of this package.
func names(ctx context.Context, idb bun.IDB, table, name, rest string, ids []string) (map[string]string, error) {
	out := map[string]string{}
	if len(ids) == 0 {
		return out, nil
	}
	var rows []struct{ ID, Name, Rest string }
	err := idb.NewSelect().TableExpr(table).ColumnExpr("id").ColumnExpr(name+" AS name").ColumnExpr(rest+" AS rest").
		Where("id IN (?)", bun.List(ids)).Scan(ctx, &rows)
	if err != nil {
		return nil, db.Classify(err)
	}
	for _, r := range rows {
		out[r.ID] = fullName(r.Name, r.Rest)
	}
	return out, nil
}

func fullName(first, last string) string {
	if first != "" && last != "" {
		first += " "
	}
	return first + last
}

func distinct(ids []string) []string {
	out := slices.Clone(ids)
	slices.Sort(out)
	out = slices.Compact(out)
	return slices.DeleteFunc(out, func(id string) bool { return id == "" })
}

// Named is an id with its name.
type Named struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Facets are the values that customers can be narrowed by, in order.
type Facets struct {
	Tags, Divisions, Countries, Languages []string
	// Owners are the colleagues who own a customer, by name.
	Owners []Named
}

// Facets collects them from the customers that were not erased.
func (s *Service) Facets(ctx context.Context) (Facets, error) {
	var f Facets
	for column, to := range map[string]*[]string{"division": &f.Divisions, "country": &f.Countries, "language": &f.Languages} {
		err := s.DB.NewSelect().Distinct().TableExpr("customer").ColumnExpr("?", bun.Ident(column)).
			Where("? <> ''", bun.Ident(column)).Where("erased_at IS NULL").OrderExpr("1").Scan(ctx, to)
		if err != nil {
			return Facets{}, fmt.Errorf("facets: %w", db.Classify(err))
		}
	}
	if err := s.DB.NewSelect().Distinct().TableExpr("customer_tag").ColumnExpr("tag").OrderExpr("1").Scan(ctx, &f.Tags); err != nil {
		return Facets{}, fmt.Errorf("facets: %w", db.Classify(err))
	}
	err := s.DB.NewSelect().TableExpr("staff").ColumnExpr("id, name").
		Where("EXISTS (SELECT 1 FROM customer WHERE customer.owner_id = staff.id)").OrderExpr("name, id").Scan(ctx, &f.Owners)
	if err != nil {
		return Facets{}, fmt.Errorf("facets: %w", db.Classify(err))
	}
	return f, nil
}

// Offers returns the offers that exist, by id.
func (s *Service) Offers(ctx context.Context, ids []string) (map[string]campaign.Offer, error) {
	out := map[string]campaign.Offer{}
	if ids = distinct(ids); len(ids) == 0 {
		return out, nil
	}
	var rows []campaign.Offer
	if err := s.DB.NewSelect().Model(&rows).Where("id IN (?)", bun.List(ids)).Scan(ctx); err != nil {
		return nil, fmt.Errorf("offers: %w", db.Classify(err))
	}
	for _, o := range rows {
		out[o.ID] = o
	}
	return out, nil
}

// PlacementCount says how often a placement was opened by people, and how many introductions began there with a yes.
type PlacementCount struct{ Visits, Accepted int64 }

// PlacementVisits is the kind under which the public pages count visits of placements.
const PlacementVisits = "placement"

// Placements counts for each of the ids.
func (s *Service) Placements(ctx context.Context, ids []string) (map[string]PlacementCount, error) {
	out := make(map[string]PlacementCount, len(ids))
	if len(ids) == 0 {
		return out, nil
	}
	visits, err := event.Counts(ctx, s.DB, PlacementVisits, ids)
	if err != nil {
		return nil, fmt.Errorf("count placements: %w", err)
	}
	var rows []struct {
		PlacementID string
		Count       int64
	}
	err = s.DB.NewSelect().TableExpr("introduction").ColumnExpr("placement_id, count(*) AS count").Where("placement_id IN (?)", bun.List(ids)).
		Where("accepted_at IS NOT NULL").GroupExpr("placement_id").Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("count placements: %w", db.Classify(err))
	}
	for _, id := range ids {
		out[id] = PlacementCount{Visits: visits[id]}
	}
	for _, r := range rows {
		c := out[r.PlacementID]
		c.Accepted = r.Count
		out[r.PlacementID] = c
	}
	return out, nil
}
