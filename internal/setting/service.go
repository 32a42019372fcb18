package setting

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"time"

	"goodword/internal/db"
	"goodword/internal/fault"
)

// freshFor is how long another process's update may go unseen.
const freshFor = time.Second

// Deps is what the service needs; all of it.
type Deps struct {
	DB *db.DB
	// Clock is wall time, not the business clock: that one is made from ClockOffset.
	Clock func() time.Time
	// Defaults are the values of fields that were never changed: the result of the function Defaults with what the
	// configuration names.
	Defaults Settings
}

// Service reads and changes the settings. It is safe for concurrent use.
type Service struct {
	Deps

	settings cached[*Settings]
	last     struct {
		sync.Mutex
		value *Settings
	}
	offset cached[time.Duration]
}

// New makes the service. It panics if a dependency is missing or the defaults are against the rules.
func New(d Deps) *Service {
	switch {
	case d.DB == nil:
		panic("setting: Deps.DB is missing")
	case d.Clock == nil:
		panic("setting: Deps.Clock is missing")
	}
	if err := d.Defaults.validate(); err != nil {
		panic("setting: Deps.Defaults: " + err.Error())
	}
	return &Service{Deps: d}
}

// Get returns the settings in force, at most a second old. The caller may change the value.
func (s *Service) Get(ctx context.Context) (Settings, error) {
	v, err := s.Shared(ctx)
	if err != nil {
		return Settings{}, err
	}
	return v.clone(), nil
}

// Shared is Get for pages that are opened many times a second: everybody gets the same value, which nobody may change, at the
// address that it has had since the settings last changed.
func (s *Service) Shared(ctx context.Context) (*Settings, error) {
	return s.settings.get(s.Clock(), func() (*Settings, error) {
		v, err := s.load(ctx, s.DB)
		if err != nil {
			return nil, err
		}
		return s.same(&v), nil
	})
}

// same returns the value that was read last if v is no different.
func (s *Service) same(v *Settings) *Settings {
	s.last.Lock()
	defer s.last.Unlock()
	if s.last.value == nil || !reflect.DeepEqual(s.last.value, v) {
		s.last.value = v
	}
	return s.last.value
}

// Update changes the settings in the caller's transaction: fn gets those in force and changes them. Concurrent updates
// wait for one another. Returns fn's error, or Invalid with every problem at its field if the result is against the rules.
// Other processes see the change within a second of the commit.
func (s *Service) Update(ctx context.Context, tx db.Tx, fn func(*Settings) error) error {
	defer s.settings.forget(s.Clock())
	if err := lock(ctx, tx, s.Clock()); err != nil {
		return fmt.Errorf("update settings: %w", err)
	}
	now, err := s.load(ctx, tx)
	if err != nil {
		return err
	}
	before, err := now.fields()
	if err != nil {
		return fmt.Errorf("update settings: %w", err)
	}
	next := now.clone()
	if err := fn(&next); err != nil {
		return err
	}
	next.normalize()
	if err := next.validate(); err != nil {
		return err
	}
	after, err := next.fields()
	if err != nil {
		return fmt.Errorf("update settings: %w", err)
	}
	for key, value := range after {
		if string(before[key]) == string(value) {
			delete(after, key)
		}
	}
	if err := save(ctx, tx, s.Clock(), after); err != nil {
		return fmt.Errorf("update settings: %w", err)
	}
	return nil
}

// ClockOffset returns by how much the business clock is ahead of wall time, at most a second old; 0 unless
// SetClockOffset was called. Only demonstrations and builds for proof may honour it.
func (s *Service) ClockOffset(ctx context.Context) (time.Duration, error) {
	return s.offset.get(s.Clock(), func() (time.Duration, error) { return loadOffset(ctx, s.DB) })
}

// SetClockOffset moves the business clock of every process that honours the offset, within a second.
// Returns Invalid if the clock would go back: due dates must not become undue again.
func (s *Service) SetClockOffset(ctx context.Context, d time.Duration) error {
	defer s.offset.forget(s.Clock())
	return s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		if err := lock(ctx, tx, s.Clock()); err != nil {
			return fmt.Errorf("set clock offset: %w", err)
		}
		now, err := loadOffset(ctx, tx)
		if err != nil {
			return err
		}
		if d < now {
			return fault.New(fault.Invalid, "The clock cannot go back.")
		}
		value, err := json.Marshal(d.String())
		if err != nil {
			return err
		}
		return save(ctx, tx, s.Clock(), map[string]json.RawMessage{offsetKey: value})
	})
}

// cached keeps a value for freshFor.
type cached[T any] struct {
	mu    sync.Mutex
	value T
	// until is the end of the value's time; before notBefore nothing is kept, since an update may not be committed yet.
	until, notBefore time.Time
}

func (c *cached[T]) get(now time.Time, load func() (T, error)) (T, error) {
	c.mu.Lock()
	if now.Before(c.until) && !now.Before(c.until.Add(-freshFor)) {
		defer c.mu.Unlock()
		return c.value, nil
	}
	keep := !now.Before(c.notBefore)
	c.mu.Unlock()

	v, err := load()
	if err != nil || !keep {
		return v, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !now.Before(c.notBefore) {
		c.value, c.until = v, now.Add(freshFor)
	}
	return v, nil
}

func (c *cached[T]) forget(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.until, c.notBefore = time.Time{}, now.Add(freshFor)
}

var errStored = errors.New("stored setting cannot be read")
