// Package apptest runs the whole application in one process for tests: a database of its own, the stand-in for Stripe over
// HTTP in both directions, captured mail, a clock that is moved by hand, a browser without script and a client of the API.
package apptest

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"goodword/internal/app"
	"goodword/internal/config"
	"goodword/internal/dbtest"
	"goodword/internal/ident"
	"goodword/internal/staff"
	"goodword/internal/stripesim"
	"goodword/internal/web"
)

const (
	stripeKey     = "sk_test_apptest"
	webhookSecret = "whsec_apptest_0123456789abcdef"
	secretKey     = "nobody-keeps-a-secret-under-this-key-1234567890"
	// patience bounds everything that a test waits for.
	patience = 90 * time.Second
)

// Start is the time at which a World begins unless told otherwise: a Tuesday morning.
var Start = time.Date(2026, 5, 12, 9, 0, 0, 0, time.UTC)

// Option changes how a World begins.
type Option func(*setup)

type setup struct {
	start   time.Time
	environ []string
	faults  stripesim.Faults
	seed    int64
	onCall  func(stripesim.Request) error
	demo    bool
}

// At lets the clock begin at t.
func At(t time.Time) Option {
	return func(s *setup) { s.start = t.UTC().Truncate(time.Microsecond) }
}

// Env adds settings as "NAME=value"; they win over those of the World.
func Env(pairs ...string) Option { return func(s *setup) { s.environ = append(s.environ, pairs...) } }

// StripeFaults lets calls to the stand-in and its webhooks go wrong by chance, the same for the same seed.
func StripeFaults(seed int64, f stripesim.Faults) Option {
	return func(s *setup) { s.seed, s.faults = seed, f }
}

// OnStripe looks at every call that would change something at the stand-in, before it is executed; one that it objects to
// fails Verify.
func OnStripe(look func(stripesim.Request) error) Option {
	return func(s *setup) { s.onCall = look }
}

// Demo runs the installation as the demonstration does: with its play page, and with a clock that goes on by itself and is moved
// by that page or by Skip.
func Demo() Option { return func(s *setup) { s.demo = true } }

// World is a running installation. Its methods fail the test where something does not work; they are for one goroutine,
// the services of App for many.
type World struct {
	T   *testing.T
	App *app.App
	// Sim is Stripe; SimURL its address for calls that the application does not make.
	Sim    *stripesim.Server
	SimURL string
	// URL is where the application answers, without a slash at the end.
	URL string

	start   time.Time
	running bool // the clock goes on by itself
	demo    bool // and is the application's own
	mu      sync.Mutex
	moved   time.Duration
	log     *record
	private []string
	counter counter
}

// Each runs fn as the parallel subtests "sqlite" and "postgres", each in a World of its own.
func Each(t *testing.T, fn func(*World), opts ...Option) {
	t.Helper()
	dbtest.EachURL(t, func(t *testing.T, databaseURL string) { fn(open(t, databaseURL, opts)) })
}

// New starts a World on SQLite, for tests of what does not depend on the database.
func New(t *testing.T, opts ...Option) *World {
	t.Helper()
	return open(t, dbtest.SQLiteURL(t), opts)
}

func open(t *testing.T, databaseURL string, opts []Option) *World {
	t.Helper()
	s := setup{start: Start, seed: 1}
	for _, o := range opts {
		o(&s)
	}
	w := &World{T: t, start: s.start, log: &record{}, demo: s.demo}
	w.stripe(s)

	// The address is known before anything is wired, because links, cookies and webhooks begin with it.
	server := httptest.NewUnstartedServer(nil)
	w.URL = "http://" + server.Listener.Addr().String()
	t.Cleanup(server.Close)
	cfg, log := w.wire(w.settings(s, databaseURL))
	w.App.DB.DB = w.App.DB.WithQueryHook(&w.counter)
	w.Must(w.App.Start(w.Context()))
	w.Must(w.App.Work(w.Context()))
	t.Cleanup(func() {
		// The test's own context may be over by now.
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		if err := w.App.Stop(ctx); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
	server.Config = web.Server(cfg, w.counter.mark(w.App.Handler), log)
	server.Start()
	t.Cleanup(server.Close) // before the jobs stop: requests end first
	w.Sim.PointWebhooksAt(w.URL + "/hooks/stripe")
	return w
}

// settings are those of the installation at w.URL.
func (w *World) settings(s setup, databaseURL string) []string {
	return append([]string{
		"GOODWORD_ADDR=" + strings.TrimPrefix(w.URL, "http://"), "GOODWORD_BASE_URL=" + w.URL, "GOODWORD_DATA_DIR=" + w.T.TempDir(),
		"GOODWORD_DATABASE_URL=" + databaseURL, "GOODWORD_STRIPE_SECRET_KEY=" + stripeKey,
		"GOODWORD_STRIPE_WEBHOOK_SECRET=" + webhookSecret, "GOODWORD_STRIPE_API_BASE=" + w.SimURL,
		"GOODWORD_COMPANY=Brightwater", "GOODWORD_MAIL_FROM=hello@brightwater.example", "GOODWORD_POSTAL_ADDRESS=12 Mill Lane, Bristol",
		"GOODWORD_SECRET_KEY=" + secretKey, "GOODWORD_LOG=debug",
	}, s.environ...)
}

// wire puts the application together.
func (w *World) wire(environ []string) (*config.Config, *slog.Logger) {
	w.T.Helper()
	cfg, err := config.Load(environ)
	w.Must(err)
	log := slog.New(slog.NewJSONHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	o := app.Options{Log: log, Clock: w.Now, NoSweeps: true}
	if w.demo {
		o = app.Options{Log: log, MovableClock: true, NoSweeps: true, Demo: true, Sim: w.Sim}
	}
	w.App, err = app.New(w.Context(), cfg, o)
	w.Must(err)
	w.T.Cleanup(func() {
		if err := w.App.Close(); err != nil {
			w.T.Errorf("close: %v", err)
		}
	})
	return cfg, log
}

func (w *World) stripe(s setup) {
	w.Sim = stripesim.New(stripesim.Options{Clock: w.Now, SecretKey: stripeKey, WebhookSecret: webhookSecret, Seed: s.seed, Faults: s.faults,
		OnRequest: s.onCall})
	server := httptest.NewServer(w.Sim)
	w.SimURL = server.URL
	w.T.Cleanup(func() {
		server.Close()
		if err := w.Sim.Close(); err != nil {
			w.T.Errorf("close the stand-in for Stripe: %v", err)
		}
	})
}

// Context ends with the test, or when the test has waited too long.
func (w *World) Context() context.Context {
	ctx, cancel := context.WithTimeout(w.T.Context(), patience)
	w.T.Cleanup(cancel)
	return ctx
}

// Must fails the test on an error.
func (w *World) Must(err error) {
	w.T.Helper()
	if err != nil {
		w.T.Fatal(err)
	}
}

// Now is the business time: of the application and of Stripe. It stands still between two calls of Skip, but in a Fleet and in
// a Demo.
func (w *World) Now() time.Time {
	if w.demo && w.App != nil {
		return w.App.Now()
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.running || w.demo {
		return time.Now().UTC().Add(w.moved)
	}
	return w.start.Add(w.moved)
}

// Settle waits until nothing is left to do at this time: no job, no webhook on its way.
func (w *World) Settle() {
	w.T.Helper()
	ctx := w.Context()
	for {
		w.Must(w.App.Queue.Wait(ctx))
		taken, err := w.Sim.Deliver(ctx)
		w.Must(err)
		if taken == 0 {
			return
		}
	}
}

// Sweep lets everything happen that is due at this time.
func (w *World) Sweep() {
	w.T.Helper()
	const rounds = 12
	w.Settle()
	w.Must(w.App.Sweep(w.Context(), rounds))
	w.Settle()
}

// Skip lets time pass, for the application and for Stripe, and then everything happen that is due.
func (w *World) Skip(d time.Duration) {
	w.T.Helper()
	w.Settle()
	if w.demo {
		w.Must(w.App.Skip(w.Context(), d))
	}
	w.mu.Lock()
	w.moved += d
	w.mu.Unlock()
	w.Sweep()
	// What Stripe told in between may have made something due.
	w.Sweep()
}

// Tick lets a moment pass without anything happening that may be due, so that what is written now has a time of its own.
func (w *World) Tick() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.moved += time.Second
}

// Verify fails the test unless books, rewards and audit chain agree, and no job was given up.
func (w *World) Verify(when string) {
	w.T.Helper()
	w.Settle()
	v, err := w.App.Verify(w.Context())
	w.Must(err)
	for _, f := range v.Findings {
		w.T.Errorf("%s: verify finds %s", when, f)
	}
	dead, err := w.App.Queue.Dead(w.Context(), 20)
	w.Must(err)
	for _, j := range dead {
		w.T.Errorf("%s: job %s %s ended with %s", when, j.Kind, j.Args, j.LastError)
	}
	for _, v := range w.Sim.Violations() {
		w.T.Errorf("%s: Stripe was asked %s %s wrongly: %s", when, v.Request.Method, v.Request.Path, v.Reason)
	}
}

// password is long enough for the rules and the same for everybody.
const password = "a quiet violet teapot"

// Member adds an active colleague.
func (w *World) Member(n staff.NewMember) staff.Member {
	w.T.Helper()
	_, link, err := w.App.Staff.Add(w.Context(), owner, n)
	w.Must(err)
	m, err := w.App.Staff.CompleteSetup(w.Context(), ident.Token(lastPart(w.T, link)), password, staff.Client{})
	w.Must(err)
	w.Private(m.Email, m.Name, lastPart(w.T, link))
	return m
}

func lastPart(t *testing.T, link string) string {
	t.Helper()
	u, err := url.Parse(link)
	if err != nil {
		t.Fatal(err)
	}
	return u.Path[strings.LastIndexByte(u.Path, '/')+1:]
}

// do sends a request as it stands, without following where the answer leads.
func do(t *testing.T, c *http.Client, req *http.Request) *http.Response {
	t.Helper()
	res, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	return res
}
