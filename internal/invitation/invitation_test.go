package invitation

import (
	"testing"

	"goodword/internal/fault"
)

// want is the whole table of an invitation's life; a pair that is not listed is a conflict.
var want = map[State]map[verb]State{
	Planned:  {verbSend: Sent, verbAnswer: Answered, verbStop: Stopped, verbExpire: Expired, verbBounce: Bounced, verbResend: Planned},
	Sent:     {verbSend: Sent, verbAnswer: Answered, verbStop: Stopped, verbExpire: Expired, verbBounce: Bounced},
	Answered: {verbSend: Answered, verbAnswer: Answered, verbStop: Answered, verbExpire: Answered, verbBounce: Answered},
	Stopped:  {verbSend: Stopped, verbAnswer: Answered, verbStop: Stopped, verbExpire: Stopped, verbBounce: Stopped},
	Expired:  {verbSend: Expired, verbAnswer: Answered, verbStop: Expired, verbExpire: Expired, verbBounce: Expired, verbResend: Planned},
	Bounced:  {verbAnswer: Answered, verbStop: Stopped, verbExpire: Expired, verbBounce: Bounced, verbResend: Planned},
}

func TestApply_OnlyTheListedMovesExist(t *testing.T) {
	t.Parallel()
	for _, from := range []State{Planned, Sent, Answered, Stopped, Expired, Bounced} {
		for _, v := range []verb{verbSend, verbAnswer, verbStop, verbExpire, verbBounce, verbResend} {
			i := Invitation{State: from}
			moved, err := i.apply(v)
			next, listed := want[from][v]
			switch {
			case listed && (err != nil || i.State != next || moved != (next != from)):
				t.Errorf("%s %s: got %s, %t, %v; want %s", from, v, i.State, moved, err, next)
			case !listed && (!fault.Is(err, fault.Conflict) || i.State != from):
				t.Errorf("%s %s: got %s, %v; want a conflict", from, v, i.State, err)
			}
		}
	}
}

func TestIDBefore_IsALowerBoundInTime(t *testing.T) {
	t.Parallel()
	const id = "0190f0e0-1234-7000-8000-000000000000"
	if got, w := idBefore(id, 0), "0190f0e0-1234"; got != w {
		t.Errorf("got %s, want %s", got, w)
	}
	if got := idBefore(id, settle); got >= id || got != "0190f0df-27d4" {
		t.Errorf("a minute before is %s", got)
	}
}
