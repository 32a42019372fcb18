package invitation

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"goodword/internal/campaign"
	"goodword/internal/customer"
	"goodword/internal/db"
	"goodword/internal/mail"
	"goodword/internal/queue"
	"goodword/internal/setting"
	"goodword/internal/staff"
)

// Deps is what a Service needs. Every field is required.
type Deps struct {
	DB    *db.DB
	Queue *queue.Queue
	// Clock is the business clock.
	Clock func() time.Time
	Mail  mail.Sender
	// BaseURL is what links begin with, without a slash at its end.
	BaseURL   string
	Settings  *setting.Service
	Staff     *staff.Service
	Customers *customer.Service
}

// Service holds the use cases of invitations and is the campaigns' Outreach. It is safe for concurrent use.
type Service struct{ Deps }

var _ campaign.Outreach = (*Service)(nil)

// New returns the Service. It panics if a dependency is missing.
func New(d Deps) *Service {
	for name, missing := range map[string]bool{
		"DB": d.DB == nil, "Queue": d.Queue == nil, "Clock": d.Clock == nil, "Mail": d.Mail == nil,
		"BaseURL": d.BaseURL == "", "Settings": d.Settings == nil, "Staff": d.Staff == nil, "Customers": d.Customers == nil,
	} {
		if missing {
			panic("invitation.New: Deps." + name + " is missing")
		}
	}
	return &Service{Deps: d}
}

// now is UTC in microseconds, so that a time survives both engines.
func (s *Service) now() time.Time { return s.Clock().UTC().Truncate(time.Microsecond) }

// ByID returns an invitation. Returns NotFound.
func (s *Service) ByID(ctx context.Context, idb bun.IDB, id string) (Invitation, error) {
	return byID(ctx, idb, id)
}

// Filter narrows List; every field that is set must hold.
type Filter struct {
	CampaignID string
	CustomerID string
	States     []State
}

// List returns a page of invitations, the newest first.
func (s *Service) List(ctx context.Context, f Filter, p db.Page) (db.List[Invitation], error) {
	return list(ctx, s.DB, f, p)
}

// Counts says how many invitations of a campaign stand where.
type Counts struct{ Planned, Sent, Answered, Stopped, Expired, Bounced int }

// Counts counts a campaign's invitations by state, as they are now.
func (s *Service) Counts(ctx context.Context, campaignID string) (Counts, error) {
	return counts(ctx, s.DB, campaignID)
}

// Progress is how far the walks over a campaign's audience have come.
type Progress struct {
	Planned int64
	// Skipped is sorted by reason.
	Skipped []campaign.Skip
	// Done is true when no walk is under way.
	Done bool
}

// Progress sums up all walks of a campaign.
func (s *Service) Progress(ctx context.Context, campaignID string) (Progress, error) {
	rows, err := outreachesOf(ctx, s.DB, campaignID)
	if err != nil {
		return Progress{}, err
	}
	p := Progress{Done: true}
	sum := map[string]int{}
	for _, o := range rows {
		p.Planned += o.Planned
		if o.DoneAt.IsZero() && o.Occasion != onEvents {
			p.Done = false
		}
		for reason, n := range o.Skipped {
			sum[reason] += n
		}
	}
	p.Skipped = skips(sum)
	return p, nil
}
