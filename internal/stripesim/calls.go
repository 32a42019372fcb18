package stripesim

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// keysKept is how long Stripe remembers the answer for an idempotency key.
const keysKept = 24 * time.Hour

// remembered is the first answer for an idempotency key.
type remembered struct {
	Hash   string    `json:"hash"`
	Path   string    `json:"path"`
	Status int       `json:"status"`
	Body   []byte    `json:"body"`
	At     time.Time `json:"at"`
}

// lateCall is a call whose effect comes later: dropped on the way and arriving under its key, or answered
// 500 and rolled forward.
type lateCall struct {
	At      time.Time `json:"at"`
	Path    string    `json:"path"`
	Query   string    `json:"query"`
	Key     string    `json:"key"`
	Request string    `json:"request"`
	Host    string    `json:"host"`
	Forward bool      `json:"forward"`
}

// call is what an operation gets.
type call struct {
	form *form
	path map[string]string
	url  string
	host string
	// account is the connected account in whose name it is; empty for the platform.
	account string
}

// incoming is a call to /v1 as it arrived.
type incoming struct {
	method, path, key, secret, host, account string
	values                                   url.Values
	note                                     *Request
}

// answer is what goes back, and how.
type answer struct {
	status   int
	body     []byte
	replayed bool
	fault    Fault
	random   *rand.Rand
}

// dropped tells that the client gets no answer at all.
func (a answer) dropped() bool {
	return a.fault.Kind == FaultDropBefore || a.fault.Kind == FaultDropAfter || a.fault.Kind == FaultLate
}

func answered(status int, row any) answer { return answer{status: status, body: object(row)} }

func failed(e *Error) answer {
	return answered(e.Status, struct {
		Error *Error `json:"error"`
	}{e})
}

// ServeHTTP answers /v1 as Stripe does and /_sim/ for the outside world.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/_sim/") {
		s.controls.ServeHTTP(w, r)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
	if err != nil {
		http.Error(w, "request body cannot be read", http.StatusBadRequest)
		return
	}
	source := r.URL.RawQuery
	if r.Method == http.MethodPost && len(body) > 0 {
		source = string(body)
	}
	values, err := url.ParseQuery(source)
	if err != nil {
		http.Error(w, "request parameters cannot be read", http.StatusBadRequest)
		return
	}
	in := incoming{method: r.Method, path: r.URL.Path, key: r.Header.Get("Idempotency-Key"), secret: secretOf(r), host: r.Host, account: r.Header.Get("Stripe-Account"), values: values}
	in.note = s.record(in)
	s.write(w, r, in, s.handle(in))
}

func secretOf(r *http.Request) string {
	if user, _, ok := r.BasicAuth(); ok {
		return user
	}
	return strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
}

// hash stands for a call's parameters, in any order.
func (in incoming) hash() string {
	sum := sha256.Sum256([]byte(in.values.Encode()))
	return hex.EncodeToString(sum[:8])
}

// handle answers one call. It is admitted under the lock, then the hook runs without it, then it is
// executed under the lock again; in between its key is in use.
func (s *Server) handle(in incoming) answer {
	a, execute := s.admit(in)
	if in.method == http.MethodPost && s.options.OnRequest != nil {
		if err := s.options.OnRequest(*in.note); err != nil {
			s.refuse(in, err)
			a, execute = failed(broken(http.StatusInternalServerError)), nil
		}
	}
	if execute != nil {
		if a.fault.Kind == FaultHold {
			s.wait(a.fault.For)
		}
		fault := a.fault
		a = s.execute(in, execute, fault, a.random)
		a.fault = fault
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.inUse, in.note.holds)
	in.note.Status, in.note.Replayed, in.note.Fault = a.status, a.replayed, a.fault.Kind
	return a
}

// wait lets wall time pass. The client's going away does not end it, because Stripe goes on as well.
func (s *Server) wait(pause time.Duration) {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-s.closed:
	}
}

// admit decides everything that comes before execution: key, route, faults on the way, idempotency. The
// operation is nil when the answer stands already.
func (s *Server) admit(in incoming) (answer, *matched) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.runLate()
	m := s.model
	fault, random := m.dice.call(in.method, in.path, in.key)
	with := func(a answer) answer { a.fault, a.random = fault, random; return a }
	if s.options.SecretKey != "" && in.secret != s.options.SecretKey {
		return failed(wrongKey()), nil
	}
	found, ok := match(in.method, in.path)
	if !ok {
		return failed(noRoute(in.method, in.path)), nil
	}
	switch fault.Kind {
	case FaultDropBefore:
		return with(answer{}), nil
	case FaultLate:
		s.postpone(in, fault, random, false)
		return with(answer{}), nil
	case FaultRateLimit:
		return with(failed(tooManyRequests())), nil
	case FaultUnavailable:
		return with(failed(broken(http.StatusServiceUnavailable))), nil
	case FaultStatus:
		return with(failed(broken(fault.Status))), nil
	}
	if in.method != http.MethodPost || in.key == "" {
		return with(answer{}), found
	}
	if len(in.key) > 255 {
		return failed(invalid("Idempotency-Key", "Idempotency keys are up to 255 characters long.")), nil
	}
	if s.inUse[in.key] {
		return with(failed(keyInUse(in.key))), nil
	}
	if first, ok := s.known(in.key); ok {
		return with(s.replay(in, first)), nil
	}
	s.inUse[in.key] = true
	in.note.holds = in.key
	return with(answer{}), found
}

// known returns the remembered answer for a key that is younger than a day.
func (s *Server) known(key string) (*remembered, bool) {
	first, ok := s.model.keys.get(key)
	return first, ok && s.model.now().Sub(first.At) < keysKept
}

func (s *Server) replay(in incoming, first *remembered) answer {
	switch {
	case first.Path != in.path:
		s.violate(in.note, "idempotency key used for another endpoint")
		return failed(otherEndpoint(in.key, in.path, first.Path))
	case first.Hash != in.hash():
		s.violate(in.note, "idempotency key used with other parameters")
		return failed(otherParameters(in.key))
	}
	return answer{status: first.Status, body: first.Body, replayed: true}
}

// execute runs an operation and remembers its answer under the key, as far as Stripe does.
func (s *Server) execute(in incoming, found *matched, fault Fault, random *rand.Rand) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	waiting := len(s.model.open)
	var a answer
	remember := true
	switch fault.Kind {
	case FaultServerError, FaultServerErrorLater:
		if fault.Kind == FaultServerErrorLater {
			s.postpone(in, fault, random, true)
		}
		a = failed(broken(http.StatusInternalServerError))
	case FaultServerErrorEffect:
		s.run(in, found)
		a = failed(broken(http.StatusInternalServerError))
	default:
		a, remember = s.run(in, found)
	}
	if remember && in.method == http.MethodPost && in.key != "" {
		s.model.keys.put(in.key, &remembered{Hash: in.hash(), Path: in.path, Status: a.status, Body: a.body, At: s.model.now()})
	}
	if err := s.model.log.flush(); err != nil {
		return failed(broken(http.StatusInternalServerError))
	}
	if len(s.model.open) > waiting {
		s.nudge()
	}
	if fault.Kind == FaultDuplicate && in.key != "" {
		again := *in.note
		again.Replayed, again.Status, again.Fault = true, a.status, FaultDuplicate
		s.requests = append(s.requests, &again)
	}
	return a
}

// run is the operation itself; it reports whether its answer is one to remember.
func (s *Server) run(in incoming, found *matched) (answer, bool) {
	m := s.model
	m.cause = cause{requestID: in.note.ID, key: in.key}
	defer func() { m.cause = cause{} }()
	row, err := found.run(m, &call{form: newForm(in.values), path: found.path, url: in.path, host: in.host, account: in.account})
	var refusal *Error
	switch {
	case err == nil:
		return answered(http.StatusOK, row), true
	case errors.As(err, &refusal):
		return failed(refusal), refusal.executed
	default:
		panic(fmt.Sprintf("stripesim: %s %s: %v", in.method, in.path, err))
	}
}

// postpone keeps a call for later: after the fault's own time, else 5 s to 10 min for a dropped call and
// 1 to 120 min for one that is rolled forward.
func (s *Server) postpone(in incoming, fault Fault, random *rand.Rand, forward bool) {
	after := fault.For
	if after == 0 && forward {
		after = time.Minute + time.Duration(random.Int64N(int64(119*time.Minute)))
	} else if after == 0 {
		after = 5*time.Second + time.Duration(random.Int64N(int64(595*time.Second)))
	}
	m := s.model
	m.late.put(m.id("late_"), &lateCall{At: m.now().Add(after), Path: in.path, Query: in.values.Encode(), Key: in.key,
		Request: in.note.ID, Host: in.host, Forward: forward})
}

// runLate executes the late calls that are due. One that finds its key used does nothing, as at Stripe.
// The lock is held.
func (s *Server) runLate() {
	m := s.model
	for id, l := range m.late.oldest {
		if l.At.After(m.now()) || s.inUse[l.Key] && !l.Forward {
			continue
		}
		m.late.drop(id)
		if _, used := s.known(l.Key); used && l.Key != "" && !l.Forward {
			continue
		}
		values, err := url.ParseQuery(l.Query)
		found, ok := match(http.MethodPost, l.Path)
		if err != nil || !ok {
			continue
		}
		in := incoming{method: http.MethodPost, path: l.Path, key: l.Key, host: l.Host, values: values}
		in.note = &Request{ID: l.Request, At: m.now(), Method: http.MethodPost, Path: l.Path, Key: l.Key, Hash: in.hash(),
			Params: values, Fault: FaultLate}
		a, remember := s.run(in, found)
		in.note.Status = a.status
		s.requests = append(s.requests, in.note)
		if remember && l.Key != "" && !l.Forward {
			m.keys.put(l.Key, &remembered{Hash: in.hash(), Path: l.Path, Status: a.status, Body: a.body, At: m.now()})
		}
	}
}

// RunLate executes the late calls that are due by the clock now, and returns how many are still to come.
func (s *Server) RunLate() (int, error) {
	return playing(s, func(m *model) (int, error) { return len(m.late.rows), nil })
}

// ForgetKeys empties the store of idempotency keys, as after their 24 hours.
func (s *Server) ForgetKeys() error {
	return s.play(func(m *model) error {
		for _, key := range append([]string(nil), m.keys.order...) {
			m.keys.drop(key)
		}
		return nil
	})
}

// write sends the answer, broken as the fault has it.
func (s *Server) write(w http.ResponseWriter, r *http.Request, in incoming, a answer) {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Request-Id", in.note.ID)
	h.Set("Stripe-Version", APIVersion)
	if in.key != "" {
		h.Set("Idempotency-Key", in.key)
	}
	if a.replayed {
		h.Set("Idempotent-Replayed", "true")
	}
	if a.status == http.StatusConflict {
		h.Set("Stripe-Should-Retry", "true")
	}
	if a.fault.ShouldRetry != "" {
		h.Set("Stripe-Should-Retry", a.fault.ShouldRetry)
	}
	s.send(w, r, a)
}

func (s *Server) send(w http.ResponseWriter, r *http.Request, a answer) {
	cut := a.fault.CutAt
	if cut == 0 {
		cut = len(a.body) / 2
	}
	cut = min(cut, len(a.body))
	switch {
	case a.dropped():
		breakOff(w, nil, false)
	case a.fault.Kind == FaultHang:
		select {
		case <-r.Context().Done():
		case <-s.closed:
		}
		breakOff(w, nil, false)
	case a.fault.Kind == FaultReset:
		head := fmt.Sprintf("HTTP/1.1 %d %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n", a.status, http.StatusText(a.status), len(a.body))
		breakOff(w, append([]byte(head), a.body[:cut]...), true)
	case a.fault.Kind == FaultTruncated:
		w.WriteHeader(a.status)
		writeAll(w, a.body[:cut])
	case a.fault.Kind == FaultSlow:
		s.trickle(w, r, a)
	default:
		w.WriteHeader(a.status)
		writeAll(w, a.body)
	}
}

// writeAll writes to the client. If it has gone away there is nobody to tell.
func writeAll(w io.Writer, body []byte) bool {
	_, err := w.Write(body)
	return err == nil
}

// trickle sends the body in fifty pieces.
func (s *Server) trickle(w http.ResponseWriter, r *http.Request, a answer) {
	w.WriteHeader(a.status)
	step := len(a.body)/50 + 1
	for at := 0; at < len(a.body) && r.Context().Err() == nil; at += step {
		if !writeAll(w, a.body[at:min(at+step, len(a.body))]) || http.NewResponseController(w).Flush() != nil {
			return
		}
		s.wait(a.fault.For / 50)
	}
}
