package campaign

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"goodword/internal/db"
	"goodword/internal/money"
)

// Skip counts the customers of an audience who are left out for one reason.
type Skip struct {
	// Reason is a short name: "asked_recently", "no_address", "unsubscribed" and the like.
	Reason string
	Count  int
}

// Preview is who would get a campaign now.
type Preview struct {
	Recipients int
	// Skipped is sorted by reason.
	Skipped []Skip
}

// Outreach brings a campaign to its audience. Package invitation implements it.
type Outreach interface {
	// Preview counts who would be invited now, by the same rules as Start.
	Preview(ctx context.Context, c Campaign) (Preview, error)
	// Start begins in the launch's own transaction; at is when the first mail may go out. It does the walk over the
	// audience later, and nothing when it was started before.
	Start(ctx context.Context, tx db.Tx, c Campaign, at time.Time) error
}

// Deps is what a Service needs. Every field is required.
type Deps struct {
	DB *db.DB
	// Clock is the business clock.
	Clock func() time.Time
	// BaseURL is what share links and placements begin with, without a slash at its end.
	BaseURL  string
	Outreach Outreach
}

// Service holds the use cases of campaigns. It is safe for concurrent use.
type Service struct{ Deps }

// New returns the Service. It panics if a dependency is missing.
func New(d Deps) *Service {
	for name, missing := range map[string]bool{"DB": d.DB == nil, "Clock": d.Clock == nil, "BaseURL": d.BaseURL == "", "Outreach": d.Outreach == nil} {
		if missing {
			panic("campaign.New: Deps." + name + " is missing")
		}
	}
	return &Service{Deps: d}
}

// now is UTC in microseconds, so that a time survives both engines.
func (s *Service) now() time.Time { return s.Clock().UTC().Truncate(time.Microsecond) }

// ByID returns a campaign. Returns NotFound.
func (s *Service) ByID(ctx context.Context, idb bun.IDB, id string) (Campaign, error) {
	return ByID(ctx, idb, id)
}

// OfferByID returns one version of an offer: the one that an invitation, introduction or reward points at. Returns NotFound.
func (s *Service) OfferByID(ctx context.Context, idb bun.IDB, id string) (Offer, error) {
	return OfferByID(ctx, idb, id)
}

// Offers returns every version of a campaign's offer, the newest first.
func (s *Service) Offers(ctx context.Context, idb bun.IDB, campaignID string) ([]Offer, error) {
	return offersOf(ctx, idb, campaignID)
}

// Filter narrows List; every field that is set must hold.
type Filter struct {
	// Q is looked for in the name, without case.
	Q       string
	States  []State
	OwnerID string
}

// List returns a page of campaigns, the newest first.
func (s *Service) List(ctx context.Context, f Filter, p db.Page) (db.List[Campaign], error) {
	return list(ctx, s.DB, f, p)
}

// DryRun says what a launch would do, without doing it.
type DryRun struct {
	Preview
	// MaxExposure is what is promised if each recipient introduces one person who becomes a customer; never above the budget.
	MaxExposure money.Amount
	Warnings    []Warning
}

// DryRun counts who would get the campaign now and what it may cost. Returns NotFound, and Invalid with every problem that
// keeps it from being launched.
func (s *Service) DryRun(ctx context.Context, id string) (DryRun, error) {
	c, err := ByID(ctx, s.DB, id)
	if err != nil {
		return DryRun{}, err
	}
	o, err := OfferByID(ctx, s.DB, c.OfferID)
	if err != nil {
		return DryRun{}, err
	}
	plan := c.Plan(o)
	if err := s.launchable(ctx, s.DB, plan); err != nil {
		return DryRun{}, err
	}
	p, err := s.Outreach.Preview(ctx, c)
	if err != nil {
		return DryRun{}, err
	}
	return DryRun{Preview: p, MaxExposure: o.Exposure(p.Recipients), Warnings: plan.Warnings()}, nil
}
