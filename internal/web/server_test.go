package web_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"goodword/internal/web"
)

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }

func newServer(t *testing.T, s *site) *httptest.Server {
	t.Helper()
	srv := httptest.NewUnstartedServer(s)
	srv.Config = web.Server(s.config, s, discard())
	srv.Start()
	t.Cleanup(srv.Close)
	return srv
}

func readAll(resp *http.Response) (string, error) {
	b, err := io.ReadAll(resp.Body)
	return string(b), errors.Join(err, resp.Body.Close())
}

func TestServer_BoundsWhatASlowClientCanHold(t *testing.T) {
	t.Parallel()
	srv := web.Server(settings(t), http.NotFoundHandler(), discard())
	for name, d := range map[string]time.Duration{"header": srv.ReadHeaderTimeout, "read": srv.ReadTimeout, "write": srv.WriteTimeout, "idle": srv.IdleTimeout} {
		if d <= 0 || d > 2*time.Minute {
			t.Errorf("%s timeout = %v", name, d)
		}
	}
	if srv.ReadHeaderTimeout > 10*time.Second || srv.MaxHeaderBytes <= 0 || srv.MaxHeaderBytes > 64<<10 || srv.Addr != "127.0.0.1:8080" {
		t.Errorf("headers: %v, %d bytes; address %s", srv.ReadHeaderTimeout, srv.MaxHeaderBytes, srv.Addr)
	}
}

func TestDeadline_LengthensOneRouteOnly(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	wait := func(c echo.Context) error {
		b, err := io.ReadAll(c.Request().Body)
		if err != nil {
			return err
		}
		return c.Blob(http.StatusOK, "text/plain", b)
	}
	s.POST("/hooks/short", wait)
	s.POST("/hooks/long", wait, web.Deadline(time.Minute))
	srv := httptest.NewUnstartedServer(s)
	srv.Config = web.Server(s.config, s, discard())
	srv.Config.ReadTimeout = 600 * time.Millisecond
	srv.Start()
	defer srv.Close()
	for path, want := range map[string]bool{"/hooks/short": false, "/hooks/long": true} {
		body, w := io.Pipe()
		go func() {
			<-time.After(time.Second) // net/http's client itself holds the headers back for 200 ms
			_, err := w.Write([]byte("late"))
			w.CloseWithError(err)
		}()
		resp, err := srv.Client().Post(srv.URL+path, "text/plain", body)
		got := ""
		if err == nil {
			got, err = readAll(resp)
		}
		if arrived := err == nil && got == "late"; arrived != want {
			t.Errorf("%s: %q, %v; want it to arrive: %v", path, got, err, want)
		}
	}
}

// O4: the answer under way is finished, /readyz has turned before, no new connection is taken, and it ends without error.
func TestServe_StopsInOrder(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.ready = web.NewReadiness(discard(), 300*time.Millisecond)
	s.Echo = web.New(web.Options{Config: s.config, Logger: discard(), Ready: s.ready})
	started, finish := make(chan struct{}), make(chan struct{})
	s.GET("/slow", func(c echo.Context) error {
		close(started)
		<-finish
		return c.String(http.StatusOK, "done")
	})
	s.GET("/stream", func(c echo.Context) error {
		c.Response().WriteHeader(http.StatusOK)
		c.Response().Flush()
		<-s.ready.Stopping()
		return nil
	})
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	base := "http://" + ln.Addr().String()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- web.Serve(ctx, ln, web.Server(s.config, s, discard()), s.ready) }()

	type answer struct {
		body string
		err  error
	}
	slow := make(chan answer, 1)
	go func() {
		resp, err := http.Get(base + "/slow")
		if err != nil {
			slow <- answer{err: err}
			return
		}
		body, err := readAll(resp)
		slow <- answer{body, err}
	}()
	events, err := http.NewRequest(http.MethodGet, base+"/stream", nil)
	if err != nil {
		t.Fatal(err)
	}
	events.Header.Set("Accept", "text/event-stream")
	stream, err := http.DefaultClient.Do(events)
	if err != nil {
		t.Fatal(err)
	}
	<-started
	cancel()
	<-s.ready.Stopping()
	resp, err := http.Get(base + "/readyz")
	if err != nil {
		t.Fatalf("during the lag: %v", err)
	}
	if body, err := readAll(resp); err != nil || resp.StatusCode != http.StatusServiceUnavailable || body != "not ready\n" || !resp.Close {
		t.Errorf("/readyz while stopping = %d %q %v, close %v", resp.StatusCode, body, err, resp.Close)
	}
	if _, err := readAll(stream); err != nil {
		t.Errorf("stream: %v", err)
	}
	close(finish)
	if a := <-slow; a.err != nil || a.body != "done" {
		t.Errorf("the request under way got %q, %v", a.body, a.err)
	}
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("Serve = %v", err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("Serve does not end")
	}
	if _, err := http.Get(base + "/livez"); err == nil {
		t.Error("still listening after the stop")
	}
}

func TestRun_SaysWhenTheAddressIsTaken(t *testing.T) {
	t.Parallel()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	s := newSite(t, "GOODWORD_ADDR="+ln.Addr().String())
	if err := web.Run(t.Context(), web.Server(s.config, s, discard()), s.ready); err == nil {
		t.Error("Run on a taken address = nil")
	}
}

// O6: /livez depends on nothing, /readyz on the checks, and neither says more.
func TestReadyz_FollowsTheChecksAndSaysNothingElse(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	var broken atomic.Bool
	var asked atomic.Int32
	s.ready = web.NewReadiness(discard(), 0, web.Check{Name: "database", Run: func(context.Context) error {
		asked.Add(1)
		if broken.Load() {
			return errors.New("dial db.internal: refused")
		}
		return nil
	}})
	s.Echo = web.New(web.Options{Config: s.config, Logger: discard(), Ready: s.ready})
	for range 50 {
		if w := s.ask("GET", "/readyz", ""); w.Code != http.StatusOK || w.Body.String() != "ok\n" {
			t.Fatalf("ready: %d %q", w.Code, w.Body)
		}
	}
	if n := asked.Load(); n > 2 {
		t.Errorf("50 questions became %d checks", n)
	}
	broken.Store(true)
	deadline := time.Now().Add(5 * time.Second)
	w := s.ask("GET", "/readyz", "")
	for w.Code == http.StatusOK && time.Now().Before(deadline) {
		<-time.After(50 * time.Millisecond)
		w = s.ask("GET", "/readyz", "")
	}
	if w.Code != http.StatusServiceUnavailable || w.Body.String() != "not ready\n" {
		t.Errorf("broken: %d %q", w.Code, w.Body)
	}
	if w := s.ask("GET", "/livez", ""); w.Code != http.StatusOK || w.Body.String() != "ok\n" {
		t.Errorf("livez: %d %q", w.Code, w.Body)
	}
}
