package campaign

import (
	"testing"
	"time"

	"goodword/internal/fault"
)

// want is the whole table of a campaign's life; a pair that is not listed is a conflict.
var want = map[State]map[verb]State{
	Draft:     {verbSchedule: Scheduled, verbLaunch: Live, verbEnd: Ended},
	Scheduled: {verbSchedule: Scheduled, verbLaunch: Live, verbPause: Paused, verbEnd: Ended},
	Live:      {verbLaunch: Live, verbPause: Paused, verbResume: Live, verbEnd: Ended},
	Paused:    {verbPause: Paused, verbResume: Live, verbEnd: Ended},
	Ended:     {verbEnd: Ended},
}

func TestApply_OnlyTheListedMovesExist(t *testing.T) {
	t.Parallel()
	for _, from := range []State{Draft, Scheduled, Live, Paused, Ended} {
		for _, v := range []verb{verbSchedule, verbLaunch, verbPause, verbResume, verbEnd} {
			c := Campaign{State: from, LaunchedAt: time.Unix(1, 0)}
			moved, err := c.apply(v)
			next, listed := want[from][v]
			switch {
			case listed && (err != nil || c.State != next || moved != (next != from)):
				t.Errorf("%s %s: got %s, %t, %v; want %s", from, v, c.State, moved, err, next)
			case !listed && (!fault.Is(err, fault.Conflict) || c.State != from):
				t.Errorf("%s %s: got %s, %v; want a conflict", from, v, c.State, err)
			}
		}
	}
}

func TestApply_PausedBeforeItsDateWaitsForItAgain(t *testing.T) {
	t.Parallel()
	c := Campaign{State: Paused}
	if _, err := c.apply(verbResume); err != nil || c.State != Scheduled {
		t.Errorf("resumed to %s, %v; want scheduled", c.State, err)
	}
}
