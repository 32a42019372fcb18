package stripesim

import (
	"encoding/binary"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// FaultKind is one way in which a call goes wrong.
type FaultKind string

// The faults. "Remembered" means: the answer is kept under the idempotency key and comes again.
const (
	FaultNone              FaultKind = ""
	FaultDropBefore        FaultKind = "drop_before"         // the connection breaks, nothing was executed
	FaultDropAfter         FaultKind = "drop_after"          // executed and remembered, then the connection breaks
	FaultLate              FaultKind = "late"                // the connection breaks; executed under its key 5 s to 10 min later
	FaultDuplicate         FaultKind = "duplicate"           // the network sends the request twice
	FaultServerError       FaultKind = "server_error"        // 500, remembered, no effect
	FaultServerErrorEffect FaultKind = "server_error_effect" // 500, remembered, with effect
	FaultServerErrorLater  FaultKind = "server_error_later"  // 500, remembered; the effect and its events come 1 to 120 min later
	FaultRateLimit         FaultKind = "rate_limit"          // 429, not remembered, no effect
	FaultUnavailable       FaultKind = "unavailable"         // 503, not remembered, no effect
	FaultStatus            FaultKind = "status"              // Fault.Status, not remembered, no effect
	FaultReset             FaultKind = "reset"               // executed; the connection is reset in the middle of the body
	FaultTruncated         FaultKind = "truncated"           // executed; the body ends early but looks complete
	FaultSlow              FaultKind = "slow"                // executed; the body comes in small pieces over Fault.For
	FaultHold              FaultKind = "hold"                // executed only after Fault.For of wall time; the key is in use until then
	FaultHang              FaultKind = "hang"                // executed; no answer until the client gives up
)

// Fault is one fault, set for a certain call by Script.
type Fault struct {
	Kind        FaultKind     `json:"kind"`
	Status      int           `json:"status"`       // FaultStatus
	ShouldRetry string        `json:"should_retry"` // the Stripe-Should-Retry header: "true", "false" or none
	CutAt       int           `json:"cut_at"`       // FaultReset and FaultTruncated: bytes of the body that arrive; 0 = half
	For         time.Duration `json:"for"`          // FaultSlow and FaultHold: wall time; FaultLate and FaultServerErrorLater: clock time
}

// Faults is a plan by chance. The numbers are calls in a thousand; zero is never. What happens to a call
// depends on the seed, its idempotency key and its number under that key, not on the order of other calls.
// Calls that only read get the kinds without effect.
type Faults struct {
	DropBefore        int `json:"drop_before"`
	DropAfter         int `json:"drop_after"`
	Late              int `json:"late"`
	Duplicate         int `json:"duplicate"`
	ServerError       int `json:"server_error"`
	ServerErrorEffect int `json:"server_error_effect"`
	ServerErrorLater  int `json:"server_error_later"`
	RateLimit         int `json:"rate_limit"`
	Unavailable       int `json:"unavailable"`
	Reset             int `json:"reset"`
	Truncated         int `json:"truncated"`
	Slow              int `json:"slow"` // the answer takes a fifth of a second

	// Webhooks, in a thousand events.
	WebhookNever    int           `json:"webhook_never"` // no event is generated
	WebhookLost     int           `json:"webhook_lost"`  // in the event list, but never delivered
	WebhookTwice    int           `json:"webhook_twice"` // delivered twice
	WebhookTwin     int           `json:"webhook_twin"`  // a second event tells the same
	WebhookDelayed  int           `json:"webhook_delayed"`
	WebhookForeign  int           `json:"webhook_foreign"`   // beside it comes one that belongs to another account
	WebhookMode     int           `json:"webhook_mode"`      // beside it comes one of test for live, or the other way round
	WebhookMaxDelay time.Duration `json:"webhook_max_delay"` // clock time; 0 = three days
	WebhookShuffle  bool          `json:"webhook_shuffle"`   // what is due goes out in any order
}

// slowFor is how long a planned slow answer takes.
const slowFor = 200 * time.Millisecond

// dice turns the seed into decisions.
type dice struct {
	seed   int64
	faults Faults
	thrown map[string]uint64
	script []scripted
	// byTurn lets a call's fate hang on its turn alone.
	byTurn bool
}

type scripted struct {
	method, path string
	fault        Fault
}

func newDice(seed int64, faults Faults) *dice {
	return &dice{seed: seed, faults: faults, thrown: map[string]uint64{}}
}

// random is a generator for one named decision: the same name and number give the same decision.
func (d *dice) random(name string, number uint64) *rand.Rand {
	h := fnv.New64a()
	h.Write([]byte(name))
	var count [8]byte
	binary.BigEndian.PutUint64(count[:], number)
	h.Write(count[:])
	return rand.New(rand.NewPCG(uint64(d.seed), h.Sum64()))
}

// call decides what happens to the next call. A scripted fault for its path goes first.
func (d *dice) call(method, path, key string) (Fault, *rand.Rand) {
	name := method + " " + path + " " + key
	if d.byTurn {
		name = "turn"
	}
	random := d.random(name, d.thrown[name])
	d.thrown[name]++
	for i, s := range d.script {
		if s.method == method && strings.HasPrefix(path, s.path) {
			d.script = slices.Delete(d.script, i, i+1)
			return s.fault, random
		}
	}
	f := d.faults
	plan := []struct {
		kind   FaultKind
		parts  int
		reader bool
	}{
		{FaultDropBefore, f.DropBefore, true}, {FaultDropAfter, f.DropAfter, true}, {FaultLate, f.Late, false},
		{FaultDuplicate, f.Duplicate, false}, {FaultServerError, f.ServerError, true},
		{FaultServerErrorEffect, f.ServerErrorEffect, false}, {FaultServerErrorLater, f.ServerErrorLater, false},
		{FaultRateLimit, f.RateLimit, true}, {FaultUnavailable, f.Unavailable, true},
		{FaultReset, f.Reset, true}, {FaultTruncated, f.Truncated, true}, {FaultSlow, f.Slow, true},
	}
	roll := random.IntN(1000)
	for _, p := range plan {
		if roll -= p.parts; roll < 0 {
			if !p.reader && method != "POST" {
				break
			}
			planned := Fault{Kind: p.kind}
			if p.kind == FaultSlow {
				planned.For = slowFor
			}
			return planned, random
		}
	}
	return Fault{}, random
}

// webhook decides one of the questions about an event.
func (d *dice) webhook(number int64, question string) bool {
	f := d.faults
	parts := map[string]int{"never": f.WebhookNever, "lost": f.WebhookLost, "twice": f.WebhookTwice, "twin": f.WebhookTwin,
		"delayed": f.WebhookDelayed, "foreign": f.WebhookForeign, "mode": f.WebhookMode}[question]
	return parts > 0 && d.random("webhook "+question, uint64(number)).IntN(1000) < parts
}

// delay is how long an event waits.
func (d *dice) delay(number int64) time.Duration {
	if !d.webhook(number, "delayed") {
		return 0
	}
	longest := d.faults.WebhookMaxDelay
	if longest == 0 {
		longest = 72 * time.Hour
	}
	return time.Duration(d.random("webhook delay", uint64(number)).Int64N(int64(longest)) + 1)
}

func (d *dice) shuffle(number int64, parcels []parcel) {
	d.random("webhook order", uint64(number)).Shuffle(len(parcels), func(i, k int) { parcels[i], parcels[k] = parcels[k], parcels[i] })
}

// SetFaults replaces the plan; the zero value ends all faults to come. What is already on its way late
// still arrives.
func (s *Server) SetFaults(f Faults) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.model.dice.faults = f
}

// Faults returns the plan; the zero value is a good day.
func (s *Server) Faults() Faults {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.model.dice.faults
}

// Storm begins a plan of its own seed in which a call's fate depends on its turn and not on its key. It is for who makes one
// call after the other and whose keys are others each time.
func (s *Server) Storm(seed int64, f Faults) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.model.dice
	d.seed, d.faults, d.byTurn, d.thrown = seed, f, true, map[string]uint64{}
}

// Script sets faults for the next POSTs whose path begins with path, one after the other.
func (s *Server) Script(path string, faults ...Fault) { s.script("POST", path, faults) }

// ScriptGet is Script for calls that read.
func (s *Server) ScriptGet(path string, faults ...Fault) { s.script("GET", path, faults) }

// Unscript forgets what Script and ScriptGet have set and no call has met yet.
func (s *Server) Unscript() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.model.dice.script = nil
}

func (s *Server) script(method, path string, faults []Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range faults {
		s.model.dice.script = append(s.model.dice.script, scripted{method, path, f})
	}
}
