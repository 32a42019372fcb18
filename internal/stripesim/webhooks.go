package stripesim

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// delivery is one event on its way to the endpoint. It is tried until the endpoint answers 2xx, or until
// its attempts are used up.
type delivery struct {
	EventID    string    `json:"event_id"`
	Oddity     Oddity    `json:"oddity,omitempty"`
	NotBefore  time.Time `json:"not_before"`
	RetryAt    time.Time `json:"retry_at"`
	Attempts   int       `json:"attempts"`
	LastStatus int       `json:"last_status"`
	Done       bool      `json:"done"`
}

// Oddity is something wrong with a delivery: what a webhook endpoint must not fall for.
type Oddity string

// The oddities. Those of the content are correctly signed; those of the signature have correct content.
const (
	OddAccount   Oddity = "account"   // of another connected account
	OddLivemode  Oddity = "livemode"  // test for live or the other way round
	OddVersion   Oddity = "version"   // of a newer API version
	OddType      Oddity = "type"      // of a type that nobody knows
	OddBroken    Oddity = "broken"    // not JSON
	OddEmpty     Oddity = "empty"     // signed with the empty secret
	OddUnsigned  Oddity = "unsigned"  // without a signature
	OddScheme    Oddity = "scheme"    // with a v0 signature only
	OddSecret    Oddity = "secret"    // signed with another secret
	OddAltered   Oddity = "altered"   // one byte changed after signing
	OddReencoded Oddity = "reencoded" // the same JSON, written differently after signing
	OddStale     Oddity = "stale"     // signed 301 seconds ago
	OddFuture    Oddity = "future"    // signed 301 seconds ahead
)

// DeliveryError says that the endpoint did not take an event. Status is 0 when it could not be reached.
type DeliveryError struct {
	EventID string
	Status  int
	Cause   error
}

// Error names the event and the answer.
func (e *DeliveryError) Error() string {
	if e.Cause != nil {
		return fmt.Sprintf("deliver event %s: %v", e.EventID, e.Cause)
	}
	return fmt.Sprintf("deliver event %s: answered %d", e.EventID, e.Status)
}

// Unwrap is the network's error, if it was one.
func (e *DeliveryError) Unwrap() error { return e.Cause }

func (m *model) queue(d delivery) {
	id := m.id("whd_")
	m.deliveries.put(id, &d)
	m.open = append(m.open, id)
}

// PointWebhooksAt changes where events go; what is queued goes there too. While there is no address,
// events wait.
func (s *Server) PointWebhooksAt(url string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.webhookURL = url
}

// RotateSecret signs with a new secret from now on, and with the old one as well for as long as keepOld:
// Stripe sends both signatures during a rotation.
func (s *Server) RotateSecret(secret string, keepOld bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !keepOld {
		s.secrets = nil
	}
	s.secrets = append([]string{secret}, s.secrets...)
}

// PauseWebhooks stops all deliveries or lets them go on. Events are still recorded and wait.
func (s *Server) PauseWebhooks(paused bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.paused = paused
}

// MuteEvents makes the stand-in generate no events of these types from now on, not even in its list: the
// fact is to be found on the object only. Without types everything is told again.
func (s *Server) MuteEvents(types ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.model.muted)
	for _, kind := range types {
		s.model.muted[kind] = true
	}
}

// Redeliver queues an event once more.
func (s *Server) Redeliver(eventID string) error { return s.Odd(eventID, "") }

// Odd queues a copy of an event with something wrong about it. The copy has an id of its own, so that it is
// not taken for a duplicate. An empty oddity queues the event itself again.
func (s *Server) Odd(eventID string, oddity Oddity) error {
	return s.play(func(m *model) error {
		e, ok := m.events.get(eventID)
		if !ok {
			return absent("event", eventID)
		}
		m.queue(delivery{EventID: e.ID, Oddity: oddity, NotBefore: m.now()})
		return nil
	})
}

// Twin makes a second event about the same fact and queues it; returns its id.
func (s *Server) Twin(eventID string) (string, error) {
	return playing(s, func(m *model) (string, error) {
		e, ok := m.events.get(eventID)
		if !ok {
			return "", absent("event", eventID)
		}
		id := m.twin(e)
		m.queue(delivery{EventID: id, NotBefore: m.now()})
		return id, nil
	})
}

// Events returns all events of the given types, oldest first; all of them without a type.
func (s *Server) Events(types ...string) []Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Event
	for _, e := range s.model.events.oldest {
		if len(types) == 0 || slices.Contains(types, e.Type) {
			out = append(out, *e)
		}
	}
	return out
}

// Pending is the number of deliveries that are still to be made, due or not.
func (s *Server) Pending() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.model.open)
}

// parcel is one delivery ready to go out.
type parcel struct {
	id, eventID, url string
	body             []byte
	signature        string
}

// Deliver tries every delivery that is due by the clock once, one after the other, also those that wait to
// be tried again. It returns how many the endpoint took, and a DeliveryError for each that it did not.
func (s *Server) Deliver(ctx context.Context) (int, error) { return s.deliver(ctx, 1, false) }

// Send delivers these events now and in this order, due or not. Returns an error at the first that the
// endpoint did not take.
func (s *Server) Send(ctx context.Context, eventIDs ...string) error {
	s.delivering.Lock()
	defer s.delivering.Unlock()
	for _, eventID := range eventIDs {
		p, err := s.parcelOf(eventID)
		if err != nil {
			return err
		}
		if err := s.post(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

func (s *Server) parcelOf(eventID string) (parcel, error) {
	return playing(s, func(m *model) (parcel, error) {
		e, ok := m.events.get(eventID)
		if !ok {
			return parcel{}, absent("event", eventID)
		}
		for _, id := range m.open {
			if d, _ := m.deliveries.get(id); d.EventID == eventID {
				return s.pack(id, d, e), nil
			}
		}
		return s.pack("", &delivery{EventID: eventID}, e), nil
	})
}

// deliver makes one round; waiting tells whether to respect the pause before another try.
func (s *Server) deliver(ctx context.Context, workers int, waiting bool) (int, error) {
	s.delivering.Lock()
	defer s.delivering.Unlock()
	parcels, err := playing(s, func(m *model) ([]parcel, error) { return s.due(waiting), nil })
	if err != nil {
		return 0, err
	}
	outcomes := make([]error, len(parcels))
	next := make(chan int)
	var group sync.WaitGroup
	for range min(workers, len(parcels)) {
		group.Go(func() {
			for i := range next {
				outcomes[i] = s.post(ctx, parcels[i])
			}
		})
	}
	for i := range parcels {
		next <- i
	}
	close(next)
	group.Wait()
	taken := 0
	for _, failed := range outcomes {
		if failed == nil {
			taken++
		}
	}
	return taken, errors.Join(outcomes...)
}

// due packs what may go out now. The lock is held.
func (s *Server) due(waiting bool) []parcel {
	m := s.model
	if s.webhookURL == "" || s.paused {
		return nil
	}
	var out []parcel
	for _, id := range m.open {
		d, _ := m.deliveries.get(id)
		e, ok := m.events.get(d.EventID)
		if ok && !d.NotBefore.After(m.now()) && (!waiting || !d.RetryAt.After(s.wall())) {
			out = append(out, s.pack(id, d, e))
		}
	}
	if m.dice.faults.WebhookShuffle && len(out) > 1 {
		m.dice.shuffle(m.next(), out)
	}
	return out
}

// pack encodes and signs one delivery; with an oddity, wrongly. Signatures carry wall time.
func (s *Server) pack(id string, d *delivery, e *Event) parcel {
	odd, secrets, at := *e, s.secrets, s.wall()
	if d.Oddity != "" {
		odd.ID = "evt_odd" + strings.TrimPrefix(id, "whd_")
	}
	switch d.Oddity {
	case OddAccount:
		odd.Account = "acct_somebodyelse"
	case OddLivemode:
		odd.Livemode = !odd.Livemode
	case OddVersion:
		odd.APIVersion = "2099-01-01.zebra"
	case OddType:
		odd.Type = "galaxy.collided"
	case OddEmpty:
		secrets = []string{""}
	case OddSecret:
		secrets = []string{"whsec_of_somebody_else"}
	case OddStale:
		at = at.Add(-301 * time.Second)
	case OddFuture:
		at = at.Add(301 * time.Second)
	}
	body := []byte(object(odd))
	if d.Oddity == OddBroken {
		body = body[:len(body)/2]
	}
	p := parcel{id: id, eventID: e.ID, url: s.webhookURL, signature: sign(body, at, secrets...)}
	switch d.Oddity {
	case OddUnsigned:
		p.signature = ""
	case OddScheme:
		p.signature = strings.ReplaceAll(p.signature, "v1=", "v0=")
	case OddAltered:
		body = bytes.Replace(body, []byte(`"event"`), []byte(`"evenT"`), 1)
	case OddReencoded:
		var spaced bytes.Buffer
		if err := json.Indent(&spaced, body, "", "  "); err == nil {
			body = spaced.Bytes()
		}
	}
	p.body = body
	return p
}

// sign writes the Stripe-Signature header: one v1 per secret.
func sign(body []byte, at time.Time, secrets ...string) string {
	header := fmt.Sprintf("t=%d", at.Unix())
	for _, secret := range secrets {
		mac := hmac.New(sha256.New, []byte(secret))
		fmt.Fprintf(mac, "%d.", at.Unix())
		mac.Write(body)
		header += ",v1=" + hex.EncodeToString(mac.Sum(nil))
	}
	return header
}

// post sends one parcel and writes down what came of it.
func (s *Server) post(ctx context.Context, p parcel) error {
	limited, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	status, err := s.request(limited, p)
	if ctx.Err() != nil && status/100 != 2 {
		return &DeliveryError{EventID: p.eventID, Cause: ctx.Err()} // we stopped; it was not the endpoint
	}
	noted := s.play(func(m *model) error { s.note(p, status); return nil })
	if status/100 == 2 {
		return noted
	}
	return errors.Join(&DeliveryError{EventID: p.eventID, Status: status, Cause: err}, noted)
}

func (s *Server) request(ctx context.Context, p parcel) (int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url, bytes.NewReader(p.body))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	req.Header.Set("User-Agent", "Stripe/1.0 (+https://stripe.com/docs/webhooks)")
	if p.signature != "" {
		req.Header.Set("Stripe-Signature", p.signature)
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return 0, err
	}
	// Draining lets the connection be used again; what the endpoint says besides its status is of no interest.
	_, err = io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<20))
	return resp.StatusCode, errors.Join(err, resp.Body.Close())
}

// note records an attempt. The lock is held.
func (s *Server) note(p parcel, status int) {
	m := s.model
	if e, ok := m.events.get(p.eventID); ok && status/100 == 2 && e.PendingWebhooks > 0 {
		e.PendingWebhooks = 0
		m.events.put(e.ID, e)
	}
	d, ok := m.deliveries.get(p.id)
	if !ok {
		return
	}
	d.Attempts++
	d.LastStatus = status
	d.Done = status/100 == 2 || d.Attempts >= s.maxAttempts
	d.RetryAt = s.wall().Add(min(100*time.Millisecond<<min(d.Attempts, 10), 30*time.Second))
	m.deliveries.put(p.id, d)
	if d.Done {
		m.open = slices.DeleteFunc(m.open, func(other string) bool { return other == p.id })
	}
}

// Start delivers in the background until ctx ends or Close is called. It does not block.
func (s *Server) Start(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	s.mu.Lock()
	s.stops = append(s.stops, cancel)
	s.mu.Unlock()
	s.running.Go(func() {
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for {
			// A failed delivery stays in the queue with its status; there is nobody to tell.
			if _, err := s.deliver(ctx, 4, true); err != nil && ctx.Err() != nil {
				return
			}
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			case <-s.wake:
			}
		}
	})
}
