package introduction

import (
	"context"
	"math"
	"slices"
	"time"
)

// Usual is how long it has taken lately from an introduction to the first payment: the middle half, in whole weeks, at
// least one. The zero Usual means that too few came so far to say anything.
type Usual struct{ FromWeeks, ToWeeks int }

const (
	usualSample = 200 // the newest wins are looked at
	usualLeast  = 10  // fewer tell nothing
	usualFresh  = time.Hour
)

// Usual tells from our own history how long an introduction takes. It reads the history at most once an hour.
func (s *Service) Usual(ctx context.Context) (Usual, error) {
	s.usual.Lock()
	defer s.usual.Unlock()
	now := s.now()
	if !s.usual.at.IsZero() && now.Sub(s.usual.at) < usualFresh {
		return s.usual.told, nil
	}
	took, err := newestWins(ctx, s.DB, usualSample)
	if err != nil {
		return Usual{}, err
	}
	s.usual.told, s.usual.at = usualOf(took), now
	return s.usual.told, nil
}

func usualOf(took []time.Duration) Usual {
	if len(took) < usualLeast {
		return Usual{}
	}
	slices.Sort(took)
	weeks := func(d time.Duration) int { return max(1, int(math.Round(d.Hours()/(7*24)))) }
	return Usual{FromWeeks: weeks(took[len(took)/4]), ToWeeks: weeks(took[len(took)*3/4])}
}
