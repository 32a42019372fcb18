package customer

import (
	"context"
	"time"

	"goodword/internal/db"
	"goodword/internal/ident"
	"goodword/internal/mail"
	"goodword/internal/queue"
)

// Eraser destroys what another package keeps about an erased customer, in the same transaction.
type Eraser func(ctx context.Context, tx db.Tx, customerID string) error

// Deps is what a Service needs. Every field is required.
type Deps struct {
	DB    *db.DB
	Queue *queue.Queue
	// Clock is the business clock.
	Clock func() time.Time
	Keys  *ident.Keyring
	Mail  mail.Sender
	// StopList keeps erased people from being written to.
	StopList *mail.StopList
	// BaseURL is what private links begin with, without a slash at its end.
	BaseURL string
	// Erasers of the packages above; may be empty, not nil.
	Erasers []Eraser
}

// Service holds the use cases of customers. It is safe for concurrent use.
type Service struct {
	Deps
	Links  *Links
	StepUp *StepUp
}

// New returns the Service. It panics if a dependency is missing.
func New(d Deps) *Service {
	for name, missing := range map[string]bool{
		"DB": d.DB == nil, "Queue": d.Queue == nil, "Clock": d.Clock == nil, "Keys": d.Keys == nil,
		"Mail": d.Mail == nil, "StopList": d.StopList == nil, "BaseURL": d.BaseURL == "", "Erasers": d.Erasers == nil,
	} {
		if missing {
			panic("customer.New: Deps." + name + " is missing")
		}
	}
	s := &Service{Deps: d}
	s.Links = &Links{Deps: d}
	s.StepUp = &StepUp{Deps: d}
	return s
}

func (d Deps) now() time.Time { return d.Clock().UTC().Truncate(time.Microsecond) }
