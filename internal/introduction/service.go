package introduction

import (
	"sync"
	"time"

	"goodword/internal/campaign"
	"goodword/internal/customer"
	"goodword/internal/db"
	"goodword/internal/ident"
	"goodword/internal/invitation"
	"goodword/internal/mail"
	"goodword/internal/queue"
	"goodword/internal/setting"
	"goodword/internal/staff"
	"goodword/internal/task"
)

// Deps is what a Service needs. Every field is required.
type Deps struct {
	DB    *db.DB
	Queue *queue.Queue
	// Clock is the business clock.
	Clock func() time.Time
	Keys  *ident.Keyring
	Mail  mail.Sender
	// StopList is asked before somebody is written to, and told of every no.
	StopList *mail.StopList
	// BaseURL is what links begin with, without a slash at its end.
	BaseURL     string
	Settings    *setting.Service
	Staff       *staff.Service
	Tasks       *task.Service
	Customers   *customer.Service
	Campaigns   *campaign.Service
	Invitations *invitation.Service
	Earnings    Earnings
	Checks      Checks
}

// Service holds the use cases of introductions. It is safe for concurrent use.
type Service struct {
	Deps
	usual struct {
		sync.Mutex
		at   time.Time
		told Usual
	}
}

// New returns the Service. It panics if a dependency is missing.
func New(d Deps) *Service {
	for name, missing := range map[string]bool{
		"DB": d.DB == nil, "Queue": d.Queue == nil, "Clock": d.Clock == nil, "Keys": d.Keys == nil, "Mail": d.Mail == nil,
		"StopList": d.StopList == nil,
		"BaseURL":  d.BaseURL == "", "Settings": d.Settings == nil, "Staff": d.Staff == nil, "Tasks": d.Tasks == nil,
		"Customers": d.Customers == nil, "Campaigns": d.Campaigns == nil, "Invitations": d.Invitations == nil,
		"Earnings": d.Earnings == nil, "Checks": d.Checks == nil,
	} {
		if missing {
			panic("introduction.New: Deps." + name + " is missing")
		}
	}
	return &Service{Deps: d}
}

// now is UTC in microseconds, so that a time survives both engines.
func (s *Service) now() time.Time { return s.Clock().UTC().Truncate(time.Microsecond) }

// Author is the customer who introduces, as the private link says.
type Author struct {
	CustomerID, InvitationID, OfferID, CampaignID string
	// LinkID is the private link in use; a draft opens only under its own.
	LinkID string
	// From is where the request came from, if there was one.
	From Origin
}

// Prospect is the introduced person, as the private link says.
type Prospect struct {
	LinkID, IntroductionID string
	// From is where the request came from, if there was one.
	From Origin
}

// Submission is what the introduce form holds; the fields have the names of the form.
type Submission struct {
	// DraftID is the draft that the form continues; empty for none.
	DraftID   string
	FirstName string
	LastName  string
	Email     string
	Phone     string
	Company   string
	Note      string
	Source    string
	How       string
	Channel   string
	Expects   bool
	// Lang is the language that the prospect's page shall have; empty means the customer's.
	Lang string
}

// Answer is what the prospect's form holds when it says yes.
type Answer struct {
	// How is BySlot, ByEmail or ByCall; nothing is preselected.
	How string
	// Name, Email and Phone: the one that How needs is required.
	Name, Email, Phone string
	// Slot is the start of the chosen slot.
	Slot time.Time
	// Tell is the tick that the introducer may see the steps.
	Tell bool
	// ConsentText is the text shown beside the button, kept as the record of the consent.
	ConsentText string
	Lang        string
}
