package web_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"goodword/internal/config"
	"goodword/internal/fault"
	"goodword/internal/web"
)

// site is an echo as New makes it, with what it logged.
type site struct {
	*echo.Echo
	log     *logbook
	ready   *web.Readiness
	metrics *web.Metrics
	config  *config.Config
}

type logbook struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logbook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logbook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func settings(t *testing.T, pairs ...string) *config.Config {
	t.Helper()
	c, err := config.Load(append([]string{"GOODWORD_DATA_DIR=" + t.TempDir(), "GOODWORD_SECRET_KEY=0123456789abcdef0123456789abcdef"}, pairs...))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func errorPage(_ echo.Context, v web.ErrorView) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		_, err := io.WriteString(w, `<h1 data-nonce="`+templ.GetNonce(ctx)+`">`+v.Message+`</h1><p>`+v.Key+` `+v.RequestID+`</p>`)
		return err
	})
}

func newSite(t *testing.T, pairs ...string) *site {
	t.Helper()
	s := &site{log: &logbook{}, metrics: web.NewMetrics(), config: settings(t, pairs...)}
	log := slog.New(slog.NewTextHandler(s.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	s.ready = web.NewReadiness(log, 0)
	s.Echo = web.New(web.Options{
		Config: s.config, Logger: log, Ready: s.ready, Metrics: s.metrics, ErrorPage: errorPage,
		MaxBody: func(route string) int64 {
			if route == "/big" {
				return 3 << 20
			}
			return 0
		},
	})
	s.GET("/c/:token", func(c echo.Context) error {
		return web.Render(c, http.StatusOK, templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
			_, err := io.WriteString(w, "<h1>Hello</h1><style nonce=\""+templ.GetNonce(ctx)+"\"></style>")
			return err
		}))
	})
	posted := func(c echo.Context) error { return c.String(http.StatusOK, "name="+web.Form(c).Get("name")) }
	for _, path := range []string{"/c/:token", "/u/:token", "/u/:token/more", "/hooks/stripe", "/api/v1/things", "/big", "/console/x"} {
		s.POST(path, posted)
	}
	s.PUT("/api/v1/things", posted)
	s.DELETE("/api/v1/things", posted)
	return s
}

// ask sends one request; headers come as "Name: value".
func (s *site) ask(method, target, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	if body == "" {
		r = httptest.NewRequest(method, target, nil)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		switch name {
		case "Host":
			r.Host = value
		case "From-Address":
			r.RemoteAddr = value
		default:
			r.Header.Set(name, value)
		}
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

func wantStatus(t *testing.T, w *httptest.ResponseRecorder, want int) {
	t.Helper()
	if w.Code != want {
		t.Errorf("status = %d, want %d; body %q", w.Code, want, w.Body.String())
	}
}

func TestHead_IsAnsweredByTheGetRouteWithoutABody(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.GET("/seen", func(c echo.Context) error {
		c.Response().Header().Set("X-Method", c.Request().Method)
		return c.String(http.StatusOK, "0123456789")
	})
	srv := httptest.NewServer(s)
	defer srv.Close()
	for _, path := range []string{"/c/abc", "/seen", "/livez", "/nothing"} {
		get, err := srv.Client().Get(srv.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		head, err := srv.Client().Head(srv.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(head.Body)
		if err != nil || len(body) != 0 {
			t.Errorf("HEAD %s: body %q, %v", path, body, err)
		}
		if head.StatusCode != get.StatusCode {
			t.Errorf("HEAD %s = %d, GET = %d", path, head.StatusCode, get.StatusCode)
		}
		if m := head.Header.Get("X-Method"); path == "/seen" && m != http.MethodHead {
			t.Errorf("the handler saw %q, want HEAD", m)
		}
		if err := get.Body.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestRoutes_TakeNoMoreThanTheirPath(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, path := range []string{"/c/abc/more", "/c/abc%2Fmore", "/c/abc/", "/c//abc"} {
		wantStatus(t, s.ask("GET", path, ""), http.StatusNotFound)
	}
}

func TestHead_WithoutAGetRouteChangesNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	called := false
	s.POST("/only/post", func(echo.Context) error { called = true; return nil })
	wantStatus(t, s.ask("HEAD", "/only/post", ""), http.StatusMethodNotAllowed)
	if called {
		t.Error("a HEAD reached the POST handler")
	}
}

func TestHeaders_StandOnEveryAnswer(t *testing.T) {
	t.Parallel()
	s := newSite(t, "GOODWORD_BASE_URL=https://a.example")
	s.GET("/boom", func(echo.Context) error { panic("boom") })
	s.GET("/fails", func(echo.Context) error { return fault.New(fault.Conflict, "") })
	s.GET("/kept", func(c echo.Context) error { web.Cacheable(c, 60e9); return fault.New(fault.NotFound, "") })
	nonces := map[string]bool{}
	for _, ask := range [][2]string{
		{"GET", "/c/abc"}, {"HEAD", "/c/abc"}, {"GET", "/c/abc/none"}, {"PUT", "/c/abc"}, {"GET", "/boom"}, {"GET", "/fails"}, {"GET", "/kept"},
		{"GET", "/livez"}, {"GET", "/readyz"}, {"POST", "/c/abc"}, {"GET", "/api/v1/none"}, {"GET", "/c/%00"}, {"GET", "/c/abc?x=%zz"},
	} {
		w := s.ask(ask[0], ask[1], "")
		h := w.Header()
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cross-Origin-Opener-Policy": "same-origin",
			"Cross-Origin-Resource-Policy": "same-origin", "Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow",
			"Strict-Transport-Security": "max-age=31536000",
		} {
			if got := h.Get(name); got != want {
				t.Errorf("%s %s: %s = %q, want %q", ask[0], ask[1], name, got, want)
			}
		}
		csp := h.Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'self'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "form-action 'self'", "script-src 'self' 'nonce-", "style-src 'self' 'nonce-"} {
			if !strings.Contains(csp, want) {
				t.Errorf("%s %s: CSP %q lacks %q", ask[0], ask[1], csp, want)
			}
		}
		if strings.Contains(csp, "unsafe") || !strings.Contains(h.Get("Permissions-Policy"), "camera=()") || len(h.Get("X-Request-Id")) != 16 {
			t.Errorf("%s %s: CSP %q, Permissions-Policy %q, request id %q", ask[0], ask[1], csp, h.Get("Permissions-Policy"), h.Get("X-Request-Id"))
		}
		_, nonce, _ := strings.Cut(csp, "'nonce-")
		nonce, _, _ = strings.Cut(nonce, "'")
		if len(nonce) < 22 || nonces[nonce] {
			t.Errorf("%s %s: nonce %q is short or was used before", ask[0], ask[1], nonce)
		}
		nonces[nonce] = true
		if ask == [2]string{"GET", "/c/abc"} && !strings.Contains(w.Body.String(), `nonce="`+nonce+`"`) {
			t.Errorf("the page carries another nonce than the header: %s", w.Body)
		}
	}
	if got := newSite(t).ask("GET", "/c/abc", "").Header().Get("Strict-Transport-Security"); got != "" {
		t.Errorf("HSTS over http: %q", got)
	}
}

func TestCompress_TextOnlyWhereItPays(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	long := strings.Repeat("Ana would like to introduce us. ", 400)
	s.GET("/long", func(c echo.Context) error { return c.String(http.StatusOK, long) })
	s.GET("/long.png", func(c echo.Context) error { return c.Blob(http.StatusOK, "image/png", []byte(long)) })
	w := s.ask("GET", "/long", "", "Accept-Encoding: gzip")
	if w.Header().Get("Content-Encoding") != "gzip" || w.Body.Len() >= len(long)/4 || w.Header().Get("Vary") != "Accept-Encoding" {
		t.Errorf("long text: %d bytes, %v", w.Body.Len(), w.Header())
	}
	for _, path := range []string{"/long.png", "/c/abc"} {
		if w := s.ask("GET", path, "", "Accept-Encoding: gzip"); w.Header().Get("Content-Encoding") != "" {
			t.Errorf("%s was compressed", path)
		}
	}
	if w := s.ask("GET", "/long", ""); w.Body.String() != long {
		t.Error("a client without gzip got something else")
	}
}

func TestLocalPath_NeverLeavesTheHost(t *testing.T) {
	t.Parallel()
	for _, to := range []string{"", "//x", "///x", `/\x`, `\\x`, "https:x", "https://x", "//u@x", "javascript:alert(1)", "data:text/html,x", "/\t/x",
		"/\n/x", "\t//x", " //x", "x", "ftp://x", "/\x00", "//x@y", "https:/x", `/\/x`, "//。x", "http:///x", "?x", "#x", "/a\\b", "/%zz"} {
		if got := web.LocalPath(to, "/home"); got != "/home" {
			t.Errorf("LocalPath(%q) = %q", to, got)
		}
	}
	for _, to := range []string{"/", "/c/abc?x=1#y", "/console/introductions", "/%2F%2Fx"} {
		if got := web.LocalPath(to, "/home"); got != to && to != "/%2F%2Fx" {
			t.Errorf("LocalPath(%q) = %q", to, got)
		}
	}
	s := newSite(t)
	s.POST("/go", func(c echo.Context) error { return web.SeeOther(c, web.Form(c).Get("next")) })
	w := s.ask("POST", "/go", "next=%2F%2Fevil.example", "Content-Type: application/x-www-form-urlencoded")
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/" {
		t.Errorf("got %d to %q", w.Code, w.Header().Get("Location"))
	}
}
