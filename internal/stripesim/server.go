package stripesim

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"
)

// Options sets up a stand-in. The zero value is a lenient one in memory that sends no webhooks.
type Options struct {
	Clock         func() time.Time // Stripe's clock; nil = wall time
	Wall          func() time.Time // what webhook signatures and the pauses between tries go by; nil = time.Now
	WebhookURL    string           // where events go; empty = they wait, see PointWebhooksAt
	WebhookSecret string           // signs them
	SecretKey     string           // if set, calls with another key are answered 401
	AccountID     string           // the platform's own account; empty = acct_stripesim
	Livemode      bool
	Seed          int64            // decides ids, faults and shuffling
	Path          string           // file that keeps the record; empty = memory only
	Balance       map[string]int64 // what the platform holds at first, by currency in lower case; nil = ten million of each
	Faults        Faults
	MaxAttempts   int                 // tries per delivery; 0 = 16
	OnRequest     func(Request) error // called on every POST to /v1 before it is executed; see Violations
}

// Server is the stand-in: an http.Handler for /v1 and, on loopback, for /_sim/. Its methods may be called
// from any goroutine.
type Server struct {
	options     Options
	wall        func() time.Time
	client      *http.Client
	controls    http.Handler
	maxAttempts int

	delivering sync.Mutex // one round of deliveries at a time; taken before mu
	running    sync.WaitGroup
	wake       chan struct{}
	closed     chan struct{}
	closeOnce  sync.Once

	mu         sync.Mutex // guards all below
	model      *model
	webhookURL string
	secrets    []string
	paused     bool
	requests   []*Request
	violations []Violation
	inUse      map[string]bool // keys of calls that are being executed
	stops      []context.CancelFunc
}

// New makes a stand-in. It panics if Options.Path is set and cannot be used; use Open where a file is meant.
func New(o Options) *Server {
	s, err := Open(o)
	if err != nil {
		panic(err)
	}
	return s
}

// Open makes a stand-in and reads its record from Options.Path, if there is one. Close it.
func Open(o Options) (*Server, error) {
	if o.Wall == nil {
		o.Wall = time.Now
	}
	if o.Clock == nil {
		o.Clock = o.Wall
	}
	if o.AccountID == "" {
		o.AccountID = "acct_stripesim"
	}
	if o.MaxAttempts == 0 {
		o.MaxAttempts = 16
	}
	s := &Server{options: o, wall: o.Wall, maxAttempts: o.MaxAttempts, wake: make(chan struct{}, 1), closed: make(chan struct{}),
		client: &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
		model:  newModel(o), webhookURL: o.WebhookURL, inUse: map[string]bool{}}
	if o.WebhookSecret != "" {
		s.secrets = []string{o.WebhookSecret}
	}
	if o.Path != "" {
		if err := s.model.log.open(o.Path); err != nil {
			return nil, err
		}
	}
	s.model.restore()
	s.controls = s.controlRoutes()
	return s, nil
}

// Close stops the deliveries, waits for them and closes the file. Calls after it are not kept.
func (s *Server) Close() error {
	s.closeOnce.Do(func() { close(s.closed) })
	s.mu.Lock()
	for _, stop := range s.stops {
		stop()
	}
	s.mu.Unlock()
	s.running.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.model.log.close()
	s.model.log.file = nil
	return err
}

// ListenAndServe serves on a loopback address and delivers webhooks until ctx ends. Refuses any other
// address: what it serves has no protection.
func (s *Server) ListenAndServe(ctx context.Context, address string) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("listen on %q: %w", address, err)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return fmt.Errorf("listen on %q: the stand-in for Stripe listens on loopback only", address)
	}
	server := &http.Server{Addr: address, Handler: s, ReadHeaderTimeout: 10 * time.Second}
	s.Start(ctx)
	ended := make(chan error, 1)
	running := context.AfterFunc(ctx, func() {
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		ended <- server.Shutdown(grace)
	})
	if err := server.ListenAndServe(); running() {
		return fmt.Errorf("serve on %q: %w", address, err)
	}
	return <-ended
}

// play lets the outside world act: under the lock, with what is due done first, and kept before it returns.
func (s *Server) play(act func(*model) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.runLate()
	waiting := len(s.model.open)
	err := act(s.model)
	if len(s.model.open) > waiting {
		s.nudge()
	}
	if unkept := s.model.log.flush(); unkept != nil {
		return errors.Join(err, unkept)
	}
	return err
}

func playing[T any](s *Server, act func(*model) (T, error)) (out T, err error) {
	err = s.play(func(m *model) error {
		var failed error
		out, failed = act(m)
		return failed
	})
	return out, err
}

// nudge wakes the delivery loop.
func (s *Server) nudge() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}
