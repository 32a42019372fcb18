package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"

	"goodword/internal/config"
)

// A stop takes at most this long in all, so that a supervisor's usual 30 seconds are never used up.
const stopWithin = 28 * time.Second

// Server bounds what a slow or greedy client can hold: headers 5 s and 32 KiB, the whole request 30 s, the answer 60 s
// (Deadline lengthens both for one route).
func Server(cfg *config.Config, h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Addr:              cfg.Addr,
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      60 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    32 << 10,
		// net/http writes the client's address into its lines.
		ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug),
	}
}

// Check is one thing that must work before requests should come: the database, its migrations, the disk, the clock.
type Check struct {
	// Name appears in the log only.
	Name string
	Run  func(context.Context) error
}

// Readiness answers /livez and /readyz, and tells everybody when the process stops.
type Readiness struct {
	log      *slog.Logger
	lag      time.Duration
	checks   []Check
	stopping atomic.Bool
	stopped  chan struct{}
	once     sync.Once

	mu     sync.Mutex
	at     time.Time
	failed string
}

// NewReadiness takes the time that a proxy needs to notice that /readyz has turned (0 without one; at most 10 s), and
// the checks.
func NewReadiness(log *slog.Logger, lag time.Duration, checks ...Check) *Readiness {
	return &Readiness{log: log, lag: min(lag, 10*time.Second), checks: checks, stopped: make(chan struct{})}
}

// Stopping is closed when the process begins to stop; streams end then.
func (r *Readiness) Stopping() <-chan struct{} { return r.stopped }

func (r *Readiness) stop() {
	r.once.Do(func() {
		r.stopping.Store(true)
		close(r.stopped)
	})
}

// live depends on nothing: a process without its database must not be killed for it.
func (r *Readiness) live(c echo.Context) error {
	c.Set(quietKey, true)
	return c.String(http.StatusOK, "ok\n")
}

func (r *Readiness) ready(c echo.Context) error {
	c.Set(quietKey, true)
	if r.stopping.Load() || !r.ok(c.Request().Context()) {
		return c.String(http.StatusServiceUnavailable, "not ready\n")
	}
	return c.String(http.StatusOK, "ok\n")
}

// ok runs the checks, at most once a second however many ask, and logs when the answer changes.
func (r *Readiness) ok(ctx context.Context) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if time.Since(r.at) < time.Second {
		return r.failed == ""
	}
	// The result is for everybody, so the first asker's departure must not decide it.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
	defer cancel()
	failed := ""
	for _, check := range r.checks {
		if err := check.Run(ctx); err != nil {
			failed = check.Name
			if r.failed != failed {
				r.log.Error("not ready", "check", check.Name, "error", err)
			}
			break
		}
	}
	if failed == "" && r.failed != "" {
		r.log.Info("ready again", "check", r.failed)
	}
	r.at, r.failed = time.Now(), failed
	return failed == ""
}

// hangUp asks clients to open their next connection elsewhere once we are stopping.
func (r *Readiness) hangUp(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if r.stopping.Load() {
			c.Response().Header().Set("Connection", "close")
		}
		return next(c)
	}
}

// Run listens on srv.Addr and serves until ctx ends; see Serve.
func Run(ctx context.Context, srv *http.Server, ready *Readiness) error {
	var lc net.ListenConfig
	ln, err := lc.Listen(ctx, "tcp", srv.Addr)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	return Serve(ctx, ln, srv, ready)
}

// Serve serves until ctx ends, then stops in order: /readyz turns, the proxy gets its lag to notice, no new
// connection is taken, requests under way are finished. All within 28 s; what still runs then is cut off, and an
// error says so.
func Serve(ctx context.Context, ln net.Listener, srv *http.Server, ready *Readiness) error {
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(ln) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	ready.stop()
	if ready.lag > 0 {
		select {
		case err := <-failed:
			return fmt.Errorf("serve: %w", err)
		case <-time.After(ready.lag):
		}
	}
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWithin-ready.lag)
	defer cancel()
	err := srv.Shutdown(drain)
	if err != nil {
		err = fmt.Errorf("requests cut off at the stop: %w", errors.Join(err, srv.Close()))
	}
	if serveErr := <-failed; !errors.Is(serveErr, http.ErrServerClosed) {
		err = errors.Join(err, fmt.Errorf("serve: %w", serveErr))
	}
	return err
}
