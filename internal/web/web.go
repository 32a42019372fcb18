// Package web is the ground that the delivery packages stand on: echo set up with its middleware, sessions and forms,
// limits, errors → answers, page rendering and hashed assets. It knows no feature.
package web

import (
	"compress/gzip"
	"context"
	"crypto/rand"
	"log/slog"
	"net"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"goodword/internal/config"
)

// Options is what New needs. All fields are required unless said otherwise.
type Options struct {
	Config *config.Config
	Logger *slog.Logger
	Ready  *Readiness
	// Metrics may be nil: then nothing is counted and /metrics does not exist.
	Metrics *Metrics
	// ErrorPage draws what people see when something fails. Nil, or a page that cannot be drawn, gives plain text.
	ErrorPage func(echo.Context, ErrorView) templ.Component
	// MaxBody returns the most bytes that a body sent to this route pattern may have; nil, or an answer of 0,
	// means DefaultMaxBody.
	MaxBody func(route string) int64
}

// DefaultMaxBody is the limit of a request body in bytes where MaxBody names no other: a form or a JSON document.
const DefaultMaxBody = 1 << 20

// New returns an echo with every middleware that all audiences share, and /livez, /readyz and /metrics.
//
// Every answer is private unless its handler says otherwise: no-store, noindex, no framing (see Cacheable).
func New(o Options) *echo.Echo {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.Logger.SetOutput(slogWriter{o.Logger})
	e.IPExtractor = clientIP(o.Config.TrustedProxies)
	a := answerer{log: o.Logger, page: o.ErrorPage}
	e.HTTPErrorHandler = a.answer

	e.Pre(routeHeadAsGet)
	e.Use(
		restoreHead,
		begin,
		observe(o.Logger, o.Metrics),
		headers(o.Config.HTTPS()),
		recoverPanic,
		o.Ready.hangUp,
		checkTarget,
		sameOrigin(o.Config.BaseURL),
		compress(),
		readBody(o.MaxBody),
	)
	e.GET("/livez", o.Ready.live)
	e.GET("/readyz", o.Ready.ready)
	if o.Metrics != nil {
		e.GET("/metrics", o.Metrics.serve, Private)
	}
	return e
}

// exchange is what web remembers of one request; one allocation, one key.
type exchange struct {
	id        string
	nonce     string
	principal Principal
	panicked  *panicked
}

const exchangeKey = "web.exchange"

type contextKey struct{}

func begin(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		// The id is ours alone: one taken from a header could be somebody else's, or a token.
		x := &exchange{id: rand.Text()[:16], nonce: rand.Text()}
		c.Set(exchangeKey, x)
		c.Response().Header().Set("X-Request-Id", x.id)
		return next(c)
	}
}

func exchangeOf(c echo.Context) *exchange {
	if x, ok := c.Get(exchangeKey).(*exchange); ok {
		return x
	}
	return &exchange{}
}

// RequestID returns the id that the log, the error page and the X-Request-Id header share.
func RequestID(c echo.Context) string { return exchangeOf(c).id }

// RequestIDIn is RequestID for handlers that only get a context; it is known on routes behind Authenticate.
func RequestIDIn(ctx context.Context) string {
	if x, ok := ctx.Value(contextKey{}).(*exchange); ok {
		return x.id
	}
	return ""
}

// Nonce returns the value that inline <style> and <script> elements of this answer must carry. Render also hands it
// to templ, so components may use templ.GetNonce.
func Nonce(c echo.Context) string { return exchangeOf(c).nonce }

// A HEAD is answered by the GET route (RFC 9110 9.3.2). Only the router is deceived: everybody after it, net/http
// included, sees HEAD and leaves out the body.
func routeHeadAsGet(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if c.Request().Method == http.MethodHead {
			c.Request().Method = http.MethodGet
			c.Set(headKey, true)
		}
		return next(c)
	}
}

const headKey = "web.head"

func restoreHead(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if c.Get(headKey) != nil {
			c.Request().Method = http.MethodHead
		}
		return next(c)
	}
}

// BestSpeed: on an 8 KB page it costs a third of the default level's time for a tenth more bytes.
func compress() echo.MiddlewareFunc {
	return middleware.GzipWithConfig(middleware.GzipConfig{
		Level:     gzip.BestSpeed,
		MinLength: 1400, // below that the answer fits one packet anyway
		Skipper: func(c echo.Context) bool {
			r := c.Request()
			// Routes that end in a wildcard serve files (Assets, SPA), which bring their own compressed form.
			return path.Ext(r.URL.Path) == ".png" || strings.HasSuffix(c.Path(), "*") || r.Header.Get("Accept") == "text/event-stream"
		},
	})
}

// Deadline lets one route take longer than the server's usual time for reading the request and writing the answer,
// for uploads, exports and streams.
func Deadline(d time.Duration) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			rc := http.NewResponseController(c.Response())
			until := time.Now().Add(d)
			if err := rc.SetReadDeadline(until); err != nil && !unsupported(err) {
				return err
			}
			if err := rc.SetWriteDeadline(until); err != nil && !unsupported(err) {
				return err
			}
			return next(c)
		}
	}
}

// slogWriter takes the few lines that echo writes by itself.
type slogWriter struct{ log *slog.Logger }

func (w slogWriter) Write(p []byte) (int, error) {
	w.log.Debug("echo", "line", string(p))
	return len(p), nil
}

func hostOnly(hostport string) string {
	if host, _, err := net.SplitHostPort(hostport); err == nil {
		return host
	}
	return hostport
}
