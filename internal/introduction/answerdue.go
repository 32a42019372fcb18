package introduction

import (
	"time"

	"goodword/internal/staff"
)

// Hours are a rep's working hours, Monday to Friday.
type Hours struct {
	// Zone is where the hours hold; nil means UTC.
	Zone *time.Location
	// From and Until are full hours of the day, Until excluded.
	From, Until int
}

// AnswerDue returns by when a rep answers who promises it within so many hours of working days: the count begins with the
// next working moment and leaves out Saturdays and Sundays, and what would end at night ends with the next morning's first
// hour. 24 hours from a Friday at 15:00 is Monday at 15:00.
func AnswerDue(from time.Time, hours int, h Hours) time.Time {
	if h.Zone == nil {
		h.Zone = time.UTC
	}
	if h.Until <= h.From {
		h.From, h.Until = 9, 16
	}
	t := h.working(from.In(h.Zone))
	for ; hours > 0; hours-- {
		t = t.Add(time.Hour)
		for weekend(t) {
			t = t.AddDate(0, 0, 1)
		}
	}
	if w := h.working(t); !w.Equal(t) {
		t = w.Add(time.Hour)
	}
	return t.UTC().Truncate(time.Minute)
}

// working returns t, or the next working moment after it.
func (h Hours) working(t time.Time) time.Time {
	start := func(day time.Time) time.Time {
		return time.Date(day.Year(), day.Month(), day.Day(), h.From, 0, 0, 0, h.Zone)
	}
	end := time.Date(t.Year(), t.Month(), t.Day(), h.Until, 0, 0, 0, h.Zone)
	switch {
	case !weekend(t) && t.Before(start(t)):
		return start(t)
	case !weekend(t) && !t.After(end):
		return t
	}
	for t = t.AddDate(0, 0, 1); weekend(t); t = t.AddDate(0, 0, 1) {
	}
	return start(t)
}

func weekend(t time.Time) bool { return t.Weekday() == time.Saturday || t.Weekday() == time.Sunday }

// hoursOf returns the hours of a rep; of nobody, the usual ones in the company's zone.
func hoursOf(m staff.Member, zone string) Hours {
	if m.ID == "" {
		loc, err := time.LoadLocation(zone)
		if err != nil {
			loc = time.UTC
		}
		return Hours{Zone: loc, From: 9, Until: 16}
	}
	return Hours{Zone: m.Location(), From: m.WorkFrom, Until: m.WorkUntil}
}
