package staff

import (
	"context"
	"time"

	"goodword/internal/db"
	"goodword/internal/ident"
	"goodword/internal/mail"
	"goodword/internal/queue"
)

// HandOver gives what belongs to one member to another, in the transaction that disables the first.
type HandOver func(ctx context.Context, tx db.Tx, from, to string) error

// Deps is what a Service needs. Every field is required.
type Deps struct {
	DB    *db.DB
	Queue *queue.Queue
	// Clock is the business clock, for leave and slots.
	Clock func() time.Time
	// Wall is the time on the wall, for sessions and set-up links: a demonstration that skips a week signs nobody out.
	Wall func() time.Time
	Keys *ident.Keyring
	Mail mail.Sender
	// BaseURL is what links begin with, without a slash at its end.
	BaseURL string
	// HandOvers of the packages above, in the order in which Disable calls them; may be empty, not nil.
	HandOvers []HandOver
}

// Service holds the use cases of staff. It is safe for concurrent use.
type Service struct {
	Deps
	hasher   *hasher
	throttle *throttle
}

// New returns the Service. It panics if a dependency is missing.
func New(d Deps) *Service {
	for name, missing := range map[string]bool{
		"DB": d.DB == nil, "Queue": d.Queue == nil, "Clock": d.Clock == nil, "Wall": d.Wall == nil, "Keys": d.Keys == nil,
		"Mail": d.Mail == nil, "BaseURL": d.BaseURL == "", "HandOvers": d.HandOvers == nil,
	} {
		if missing {
			panic("staff.New: Deps." + name + " is missing")
		}
	}
	return &Service{Deps: d, hasher: newHasher(), throttle: newThrottle(d.Wall)}
}

func (d Deps) now() time.Time  { return d.Clock().UTC().Truncate(time.Microsecond) }
func (d Deps) wall() time.Time { return d.Wall().UTC().Truncate(time.Microsecond) }
