package app

import (
	"context"
	"sync/atomic"
	"time"

	"goodword/internal/db"
)

// maxSkew is how far the machine's clock may be from the database's before payouts pause.
const maxSkew = 60 * time.Second

// skew compares the machine's clock with the database's. On SQLite they are the same clock, and it is always well.
type skew struct {
	db  *db.DB
	bad atomic.Bool
}

func (s *skew) ok() bool { return !s.bad.Load() }

// look is a sweep. A database that does not answer proves nothing and changes nothing.
func (s *skew) look(ctx context.Context) error {
	before := wall()
	now, err := s.db.Now(ctx)
	if err != nil {
		return err
	}
	// The answer took until now, so the database's clock was read somewhere in between.
	s.bad.Store(now.Before(before.Add(-maxSkew)) || now.After(wall().Add(maxSkew)))
	return nil
}
