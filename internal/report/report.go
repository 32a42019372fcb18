// Package report answers read-only questions that span features: the names around a list, timelines in words, the home
// page's queues, the funnel, coverage and the pipeline. It changes nothing and decides nothing.
package report

import (
	"time"

	"goodword/internal/db"
)

// Deps is what a Service needs. Every field is required.
type Deps struct {
	DB *db.DB
	// Clock is the business clock.
	Clock func() time.Time
}

// Service answers the questions. It is safe for concurrent use.
type Service struct{ Deps }

// New returns the Service. It panics if a dependency is missing.
func New(d Deps) *Service {
	switch {
	case d.DB == nil:
		panic("report.New: Deps.DB is missing")
	case d.Clock == nil:
		panic("report.New: Deps.Clock is missing")
	}
	return &Service{d}
}

func (s *Service) now() time.Time { return s.Clock().UTC().Truncate(time.Microsecond) }
