package introduction_test

import (
	"testing"

	"goodword/internal/fault"
	"goodword/internal/introduction"
)

// legal is section 4.1 of the trust bar, and the rows of F2 for those who came second.
var legal = map[introduction.State]map[introduction.Event]introduction.State{
	"draft":     {"submit": "submitted", "discard": "withdrawn"},
	"submitted": {"ready": "ready", "screen_out": "screened_out", "withdraw": "withdrawn"},
	"ready": {"mark_shared": "invited", "portal_send": "invited", "open_accept": "accepted", "open_decline": "declined", "expire": "expired",
		"withdraw": "withdrawn", "suppress": "screened_out", "screen_out": "screened_out"},
	"invited": {"accept": "accepted", "accept_by_reply": "accepted", "postpone": "invited", "decline": "declined", "bounce": "undeliverable",
		"expire": "expired", "withdraw": "withdrawn", "suppress": "declined", "screen_out": "screened_out"},
	"undeliverable": {"correct": "ready", "expire": "expired", "withdraw": "withdrawn", "screen_out": "screened_out"},
	"accepted":      {"undo_accept": "invited", "link_deal": "in_pipeline", "win": "won", "retract_consent": "declined", "lose": "lost", "expire": "expired"},
	"in_pipeline":   {"win": "won", "lose": "lost", "reassign": "in_pipeline", "retract_consent": "in_pipeline"},
	"won":           {"unwind": "unwound"},
	"unwound":       {"rewin": "won"},
	"lost":          {"reopen": "in_pipeline", "win": "won"},
}

func TestNext_EveryPairIsAsTheTableSays(t *testing.T) {
	t.Parallel()
	if got, want := len(introduction.States), 14; got != want {
		t.Errorf("%d states, want %d", got, want)
	}
	listed, refused := 0, 0
	for _, from := range introduction.States {
		for _, e := range introduction.Events {
			got, err := introduction.Next(from, e)
			want, ok := legal[from][e]
			switch {
			case ok:
				listed++
				if err != nil || got != want {
					t.Errorf("%s + %s = %s, %v; want %s", from, e, got, err, want)
				}
			default:
				refused++
				if !fault.Is(err, fault.Conflict) || got != "" {
					t.Errorf("%s + %s = %s, %v; want Conflict", from, e, got, err)
				}
			}
		}
	}
	total := 0
	for _, row := range legal {
		total += len(row)
	}
	if listed != total {
		t.Errorf("the table lists %d pairs that exist, want %d: an event or state is misspelt", listed, total)
	}
	if listed+refused != len(introduction.States)*len(introduction.Events) {
		t.Error("not every pair was tried")
	}
}

func TestNext_EveryStateIsReachableAndNoneIsStuck(t *testing.T) {
	t.Parallel()
	reached := map[introduction.State]bool{introduction.Draft: true}
	todo := []introduction.State{introduction.Draft}
	for len(todo) > 0 {
		from := todo[0]
		todo = todo[1:]
		for _, e := range introduction.Events {
			if to, err := introduction.Next(from, e); err == nil && !reached[to] {
				reached[to] = true
				todo = append(todo, to)
			}
		}
	}
	for _, s := range introduction.States {
		if !reached[s] {
			t.Errorf("%s cannot be reached", s)
		}
		if s.Terminal() != (legal[s] == nil) {
			t.Errorf("%s: terminal is %t", s, s.Terminal())
		}
	}
}
