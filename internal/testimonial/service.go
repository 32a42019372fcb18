package testimonial

import (
	"context"
	"time"

	"goodword/internal/audit"
	"goodword/internal/campaign"
	"goodword/internal/customer"
	"goodword/internal/db"
	"goodword/internal/invitation"
	"goodword/internal/mail"
	"goodword/internal/queue"
	"goodword/internal/setting"
	"goodword/internal/staff"
)

// Earned is the fact that a testimonial was submitted. It holds ids only: no rating, no text and no outcome, so that no
// rule can make a reward depend on them (L1).
type Earned struct {
	TestimonialID, CustomerID, CampaignID, OfferID, InvitationID string
	At                                                           time.Time
	Actor                                                        audit.Actor
}

// Earnings turns a submission into what is owed. Package reward implements it.
type Earnings interface {
	// Accrue promises what the offer gives for a submitted testimonial, once for each testimonial.
	Accrue(ctx context.Context, tx db.Tx, e Earned) error
}

// Deps is what a Service needs. Every field is required.
type Deps struct {
	DB    *db.DB
	Queue *queue.Queue
	// Clock is the business clock.
	Clock func() time.Time
	Mail  mail.Sender
	// BaseURL is what links begin with, without a slash at its end.
	BaseURL     string
	Settings    *setting.Service
	Staff       *staff.Service
	Customers   *customer.Service
	Campaigns   *campaign.Service
	Invitations *invitation.Service
	Earnings    Earnings
}

// Service holds the use cases of testimonials. It is safe for concurrent use.
type Service struct{ Deps }

// New returns the Service. It panics if a dependency is missing.
func New(d Deps) *Service {
	for name, missing := range map[string]bool{
		"DB": d.DB == nil, "Queue": d.Queue == nil, "Clock": d.Clock == nil, "Mail": d.Mail == nil, "BaseURL": d.BaseURL == "",
		"Settings": d.Settings == nil, "Staff": d.Staff == nil, "Customers": d.Customers == nil, "Campaigns": d.Campaigns == nil,
		"Invitations": d.Invitations == nil, "Earnings": d.Earnings == nil,
	} {
		if missing {
			panic("testimonial.New: Deps." + name + " is missing")
		}
	}
	return &Service{Deps: d}
}

func (s *Service) now() time.Time { return s.Clock().UTC().Truncate(time.Microsecond) }

// Author is the customer who writes, as the private link says.
type Author struct {
	CustomerID, InvitationID, OfferID, CampaignID string
	LinkID                                        string
}
