package staff

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"goodword/internal/db"
	"goodword/internal/fault"
)

const (
	slotLength = 30 * time.Minute
	// slotsOffered is how many half hours a prospect chooses from, slotDays how far ahead they are looked for.
	slotsOffered = 6
	slotDays     = 60
)

// Slots returns the next six free half hours of a member from tomorrow on, Monday to Friday within their working hours and
// zone, not while they are away. Fewer if the next 60 days hold no more. Times are UTC. Returns NotFound.
func (s *Service) Slots(ctx context.Context, idb bun.IDB, staffID string, now time.Time) ([]time.Time, error) {
	m, err := memberByID(ctx, idb, staffID)
	if err != nil {
		return nil, err
	}
	taken, err := takenSlots(ctx, idb, staffID, now)
	if err != nil {
		return nil, err
	}
	var free []time.Time
	for at := range m.halfHours(now) {
		if !taken[at.Unix()] {
			free = append(free, at)
		}
		if len(free) == slotsOffered {
			break
		}
	}
	return free, nil
}

// halfHours yields the starts that a member offers, in order.
func (m Member) halfHours(now time.Time) func(yield func(time.Time) bool) {
	loc := m.Location()
	today := now.In(loc)
	return func(yield func(time.Time) bool) {
		for day := 1; day <= slotDays; day++ {
			d := time.Date(today.Year(), today.Month(), today.Day()+day, 12, 0, 0, 0, loc)
			if d.Weekday() == time.Saturday || d.Weekday() == time.Sunday {
				continue
			}
			for minute := m.WorkFrom * 60; minute < m.WorkUntil*60; minute += int(slotLength / time.Minute) {
				at := time.Date(d.Year(), d.Month(), d.Day(), 0, minute, 0, 0, loc)
				// An hour that the clocks skip does not exist; time.Date would move it.
				if at.Hour()*60+at.Minute() != minute || m.Away(at) {
					continue
				}
				if !yield(at.UTC()) {
					return
				}
			}
		}
	}
}

// Booking is one half hour for one introduction.
type Booking struct {
	StaffID        string
	At             time.Time
	IntroductionID string
}

// BookSlot books a half hour in the caller's transaction, which must end when it fails, and gives back the one that the
// introduction had before. Booking the same again changes nothing.
//
// Returns Invalid at "slot" for a time that the member does not offer, and Conflict when it was taken in the meantime.
func (s *Service) BookSlot(ctx context.Context, tx db.Tx, b Booking) error {
	m, err := memberByID(ctx, tx, b.StaffID)
	if err != nil {
		return err
	}
	b.At = b.At.UTC().Truncate(time.Microsecond)
	offered := false
	for at := range m.halfHours(s.now()) {
		if offered = at.Equal(b.At); offered || at.After(b.At) {
			break
		}
	}
	if !offered {
		var c fault.Check
		c.AddKey("slot", "problem.slot_taken", "Somebody has just taken this time. Please choose another.")
		return c.Err()
	}
	if err := releaseSlot(ctx, tx, b.IntroductionID); err != nil {
		return err
	}
	booked, err := insertSlot(ctx, tx, b)
	if err != nil {
		return fmt.Errorf("book slot for introduction %s: %w", b.IntroductionID, err)
	}
	if !booked {
		return &fault.Error{Code: fault.Conflict, Message: "Somebody has just taken this time. Please choose another.", Key: "problem.slot_taken",
			Problems: []fault.Problem{{Field: "slot", Key: "problem.slot_taken", Message: "Somebody has just taken this time. Please choose another."}}}
	}
	return nil
}

// ReleaseSlot gives an introduction's half hour back. Without one it does nothing.
func (s *Service) ReleaseSlot(ctx context.Context, tx db.Tx, introductionID string) error {
	return releaseSlot(ctx, tx, introductionID)
}
