package web

import (
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Metrics counts requests; other packages add their own collectors to Registry. No label ever holds more than a name
// from the code: no address, id, token or path.
type Metrics struct {
	Registry *prometheus.Registry
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	handler  http.Handler
}

// NewMetrics returns a registry with the figures of the process and of HTTP.
func NewMetrics() *Metrics {
	m := &Metrics{
		Registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "goodword_http_requests_total", Help: "Requests answered, by route pattern, method and status.",
		}, []string{"route", "method", "status"}),
		// Few buckets: the number of routes multiplies them, and all series together shall stay below 2,000.
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "goodword_http_request_duration_seconds", Help: "Time to answer, by route pattern.",
			Buckets: []float64{0.01, 0.05, 0.15, 0.3, 1},
		}, []string{"route"}),
	}
	m.Registry.MustRegister(m.requests, m.seconds, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.handler = promhttp.HandlerFor(m.Registry, promhttp.HandlerOpts{DisableCompression: true})
	return m
}

func (m *Metrics) serve(c echo.Context) error {
	m.handler.ServeHTTP(c.Response(), c.Request())
	return nil
}

// route is the pattern of the route, never the path: "/c/:token", or "unmatched".
func route(c echo.Context) string {
	if p := c.Path(); p != "" {
		return p
	}
	return "unmatched"
}

// method keeps invented methods out of log and labels.
func method(c echo.Context) string {
	switch m := c.Request().Method; m {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return m
	}
	return "other"
}

// observe answers errors, then counts and logs the request: pattern, status, size and time, and nothing that says who.
func observe(log *slog.Logger, m *Metrics) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			start := time.Now()
			err := next(c)
			cut := err != nil && c.Response().Committed
			if err != nil {
				c.Error(err)
			}
			took := time.Since(start)
			route, method, status := route(c), method(c), c.Response().Status
			if m != nil {
				m.requests.WithLabelValues(route, method, strconv.Itoa(status)).Inc()
				m.seconds.WithLabelValues(route).Observe(took.Seconds())
			}
			level := slog.LevelInfo
			if c.Get(quietKey) != nil {
				level = slog.LevelDebug
			}
			if log.Enabled(c.Request().Context(), level) {
				attrs := []slog.Attr{
					slog.String("request_id", RequestID(c)), slog.String("method", method), slog.String("route", route),
					slog.Int("status", status), slog.Int64("bytes", c.Response().Size), slog.Int64("duration_us", took.Microseconds()),
				}
				if err != nil {
					f, _ := faultOf(err)
					attrs = append(attrs, slog.String("code", string(f.Code)))
				}
				log.LogAttrs(c.Request().Context(), level, "request", attrs...)
			}
			if cut {
				// Half an export must not look like a whole one: break the connection instead of ending the body.
				panic(http.ErrAbortHandler)
			}
			return nil
		}
	}
}

// quietKey marks requests that monitors send every few seconds.
const quietKey = "web.quiet"

func unsupported(err error) bool { return errors.Is(err, http.ErrNotSupported) }
