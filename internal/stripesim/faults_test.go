package stripesim_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"goodword/internal/stripesim"
)

func TestFaults_BrokenAnswersHaveTheirEffect(t *testing.T) {
	t.Parallel()
	for _, fault := range []stripesim.Fault{
		{Kind: stripesim.FaultDropAfter}, {Kind: stripesim.FaultReset}, {Kind: stripesim.FaultTruncated},
		{Kind: stripesim.FaultTruncated, CutAt: 1}, {Kind: stripesim.FaultReset, CutAt: 5},
	} {
		t.Run(fmt.Sprintf("%s %d", fault.Kind, fault.CutAt), func(t *testing.T) {
			t.Parallel()
			r := newRig(t, stripesim.Options{})
			to := r.payee()
			r.Script("/v1/transfers", fault)
			if got := r.post("/v1/transfers", "k", transferForm(to, "100")); got.err == nil {
				t.Errorf("answer: got %d %s, want a broken one", got.status, got.body)
			}
			if n := len(r.Effects()); n != 1 {
				t.Errorf("effects: got %d, want 1", n)
			}
			calls := r.Requests()
			if last := calls[len(calls)-1]; last.Fault != fault.Kind || last.Status != 200 {
				t.Errorf("request log: got %s %d, want %s 200", last.Fault, last.Status, fault.Kind)
			}
		})
	}
}

func TestFaults_HangEndsWhenTheClientGivesUp(t *testing.T) {
	t.Parallel()
	r := newRig(t, stripesim.Options{})
	to := r.payee()
	r.Script("/v1/transfers", stripesim.Fault{Kind: stripesim.FaultHang})
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, r.url+"/v1/transfers", strings.NewReader(transferForm(to, "100").Encode()))
	mustDo(t, err)
	req.Header.Set("Authorization", "Bearer "+secretKey)
	req.Header.Set("Idempotency-Key", "k")
	if _, err := http.DefaultClient.Do(req); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("call: got %v, want a timeout", err)
	}
	if got := r.post("/v1/transfers", "k", transferForm(to, "100")); got.status != 200 || !got.replayed {
		t.Errorf("same key again: got %d replayed %t, want the first answer", got.status, got.replayed)
	}
}

func TestFaults_SlowAnswerArrivesWhole(t *testing.T) {
	t.Parallel()
	r := newRig(t, stripesim.Options{})
	to := r.payee()
	r.Script("/v1/transfers", stripesim.Fault{Kind: stripesim.FaultSlow, For: 100 * time.Millisecond})
	if got := r.post("/v1/transfers", "k", transferForm(to, "100")); got.err != nil || !strings.HasPrefix(got.id, "tr_") {
		t.Errorf("got %q %v, want a whole transfer", got.body, got.err)
	}
}

// outcome is what a client saw of one call.
func outcome(a reply) string {
	if a.err != nil {
		return "broken"
	}
	return strconv.Itoa(a.status)
}

var stormy = stripesim.Faults{DropBefore: 80, DropAfter: 120, Late: 60, Duplicate: 50, ServerError: 30, ServerErrorEffect: 40, ServerErrorLater: 20,
	RateLimit: 50, Unavailable: 20, Reset: 20, Truncated: 20, Slow: 2}

func TestFaults_TheSameSeedGivesTheSameFate(t *testing.T) {
	t.Parallel()
	run := func(seed int64) string {
		r := newRig(t, stripesim.Options{Seed: seed})
		to := r.payee()
		r.SetFaults(stormy)
		var seen strings.Builder
		for i := range 60 {
			seen.WriteString(outcome(r.post("/v1/transfers", fmt.Sprintf("k%d", i%40), transferForm(to, "100"))) + " ")
		}
		r.clock.pass(3 * time.Hour)
		late := must[int](t)(r.RunLate())
		return fmt.Sprintf("%s late %d effects %d", seen.String(), late, len(r.Effects()))
	}
	first, again, other := run(11), run(11), run(12)
	if first != again {
		t.Errorf("seed 11:\n%s\nagain:\n%s", first, again)
	}
	if first == other {
		t.Error("seed 12 gives the same as seed 11")
	}
	for _, fate := range []string{"broken", "200", "500", "429"} {
		if !strings.Contains(first, fate) {
			t.Errorf("seed 11 never gave %s: %s", fate, first)
		}
	}
}

// TestFaults_ACarefulClientPaysOnceAndACarelessOneDoesNot runs payouts through the storm. Careful repeats
// the same key until it has an answer; careless takes a new key for every try. The stand-in's own record
// must tell the two apart, else it could prove nothing about the application.
func TestFaults_ACarefulClientPaysOnceAndACarelessOneDoesNot(t *testing.T) {
	t.Parallel()
	seed := seedOf(t)
	pay := func(careful bool) (twice, never, errored int) {
		r := newRig(t, stripesim.Options{Seed: seed})
		to := r.payee()
		r.SetFaults(stormy)
		for i := range 200 {
			form := transferForm(to, "100")
			form.Set("metadata[payout_id]", fmt.Sprintf("po_%d", i))
			for try := range 30 {
				key := fmt.Sprintf("po_%d:0", i)
				if !careful {
					key = fmt.Sprintf("po_%d:%d", i, try)
				}
				a := r.post("/v1/transfers", key, form)
				if careful && a.status == 500 {
					errored++
					break
				}
				if a.err == nil && a.status == 200 {
					break
				}
				r.clock.pass(time.Second)
			}
		}
		r.SetFaults(stripesim.Faults{})
		r.clock.pass(3 * time.Hour)
		if left := must[int](t)(r.RunLate()); left != 0 {
			t.Errorf("late calls left after three hours: %d", left)
		}
		for i := range 200 {
			switch n := len(r.EffectsBy("payout_id", fmt.Sprintf("po_%d", i))); {
			case n > 1:
				twice++
			case n == 0:
				never++
			}
		}
		return twice, never, errored
	}
	if twice, never, errored := pay(true); twice != 0 || never > errored {
		t.Errorf("careful client: %d paid twice, %d never paid with %d answered 500; want 0, and a 500 for each unpaid", twice, never, errored)
	}
	if twice, _, _ := pay(false); twice < 10 {
		t.Errorf("careless client: %d of 200 paid twice, want many", twice)
	}
}

// seedOf prints the seed of a random test; GOODWORD_SEED repeats one.
func seedOf(t *testing.T) int64 {
	t.Helper()
	seed := time.Now().UnixNano()
	if given := os.Getenv("GOODWORD_SEED"); given != "" {
		parsed, err := strconv.ParseInt(given, 10, 64)
		mustDo(t, err)
		seed = parsed
	}
	t.Logf("seed %d", seed)
	return seed
}
