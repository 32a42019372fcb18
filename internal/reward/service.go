package reward

import (
	"time"

	"goodword/internal/campaign"
	"goodword/internal/customer"
	"goodword/internal/db"
	"goodword/internal/ident"
	"goodword/internal/mail"
	"goodword/internal/queue"
	"goodword/internal/setting"
	"goodword/internal/staff"
)

// Deps is what a Service needs. Every field but HeadsFile is required.
type Deps struct {
	DB    *db.DB
	Queue *queue.Queue
	// Clock is the business clock.
	Clock func() time.Time
	Keys  *ident.Keyring
	Mail  mail.Sender
	// BaseURL is what private links begin with, without a slash at its end.
	BaseURL   string
	Settings  *setting.Service
	Staff     *staff.Service
	Customers *customer.Service
	// Rails are the ways to pay that this installation has; by hand, by gift code and by donation are always there. May be empty, not nil.
	Rails []Rail
	// ClockOK reports whether the clock agrees with the database's. Nothing is approved or paid while it does not (M18).
	ClockOK func() bool
	// Checks are asked before anything is approved without a person.
	Checks Checks
	// HeadsFile is where the signed heads of the books are kept beside the database, a line each; empty for nowhere.
	HeadsFile string
}

// Service holds the use cases of rewards and payouts. It is safe for concurrent use.
type Service struct {
	Deps
	rails map[campaign.Rail]Rail
}

// New returns the Service. It panics if a dependency is missing or a rail is there twice.
func New(d Deps) *Service {
	for name, missing := range map[string]bool{
		"DB": d.DB == nil, "Queue": d.Queue == nil, "Clock": d.Clock == nil, "Keys": d.Keys == nil, "Mail": d.Mail == nil,
		"BaseURL": d.BaseURL == "", "Settings": d.Settings == nil, "Staff": d.Staff == nil, "Customers": d.Customers == nil,
		"Rails": d.Rails == nil, "ClockOK": d.ClockOK == nil, "Checks": d.Checks == nil,
	} {
		if missing {
			panic("reward.New: Deps." + name + " is missing")
		}
	}
	s := &Service{Deps: d}
	s.rails = map[campaign.Rail]Rail{campaign.RailManual: manual{}, campaign.RailGiftCode: gifts{s}, campaign.RailDonation: donations{s}}
	for _, r := range d.Rails {
		if _, twice := s.rails[r.Name()]; twice {
			panic("reward.New: rail " + string(r.Name()) + " is there twice")
		}
		s.rails[r.Name()] = r
	}
	return s
}

// now is UTC in microseconds, so that a time survives both engines.
func (s *Service) now() time.Time { return s.Clock().UTC().Truncate(time.Microsecond) }
