package web_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"goodword/internal/fault"
)

// S6, S27: whatever a request carries, the log and the metrics hold the pattern of its route and nothing of it.
func TestLogAndMetrics_HoldNoTokenAddressOrName(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.GET("/fails/:token", func(echo.Context) error { return errors.New("the database is away") })
	s.GET("/missing/:token", func(echo.Context) error { return fault.New(fault.NotFound, "") })
	s.GET("/boom/:token", func(echo.Context) error { panic("boom") })
	secrets := []string{"t0ken-planted", "ana@planted.example", "Planted-Agent", "203.0.113.77", "planted-cookie", "gw_planted", "planted-query", "PlantedName"}
	headers := []string{"User-Agent: " + secrets[2], "From-Address: " + secrets[3] + ":4711", "X-Forwarded-For: " + secrets[3], "Cookie: gw_session=" + secrets[4],
		"Authorization: Bearer " + secrets[5], "X-Request-Id: " + secrets[0], "Referer: https://x.example/" + secrets[0], urlencoded}
	for _, path := range []string{"/c/", "/c/x/", "/fails/", "/missing/", "/boom/", "/none/", "/api/v1/", "/u/", "/%00"} {
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "OPTIONS", "DELETE", "PLANTEDNAME"} {
			s.ask(method, path+secrets[0]+"?q="+secrets[6], "name="+secrets[7]+"&email="+secrets[1], headers...)
		}
	}
	scrape := s.ask("GET", "/metrics", "", "From-Address: 127.0.0.1:1")
	wantStatus(t, scrape, http.StatusOK)
	if !strings.Contains(scrape.Body.String(), `goodword_http_requests_total{method="GET",route="/c/:token",status="200"} 1`) {
		t.Errorf("the metrics do not count:\n%s", scrape.Body)
	}
	for name, text := range map[string]string{"log": s.log.String(), "metrics": scrape.Body.String()} {
		for _, secret := range secrets {
			if strings.Contains(strings.ToLower(text), strings.ToLower(secret)) {
				t.Errorf("%s holds %q", name, secret)
			}
		}
		if !strings.Contains(text, "/c/:token") {
			t.Errorf("%s does not name the route", name)
		}
	}
	log := s.log.String()
	for _, want := range []string{"status=200", "bytes=", "duration_us=", "request_id=", "route=unmatched", "method=other", "code=not_found"} {
		if !strings.Contains(log, want) {
			t.Errorf("the log lacks %q", want)
		}
	}
}

func TestMetrics_AreForTheMachineRoomOnly(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for from, want := range map[string]int{"127.0.0.1:1": 200, "[::1]:1": 200, "10.1.2.3:1": 200, "203.0.113.7:1": 404, "[2001:db8::1]:1": 404} {
		if w := s.ask("GET", "/metrics", "", "From-Address: "+from); w.Code != want {
			t.Errorf("/metrics from %s = %d, want %d", from, w.Code, want)
		}
	}
	wantStatus(t, s.ask("GET", "/metrics", "", "From-Address: 127.0.0.1:1", "X-Forwarded-For: 203.0.113.7"), http.StatusNotFound)
	proxied := newSite(t, "GOODWORD_TRUSTED_PROXIES=127.0.0.1")
	wantStatus(t, proxied.ask("GET", "/metrics", "", "From-Address: 127.0.0.1:1", "X-Forwarded-For: 203.0.113.7"), http.StatusNotFound)
	wantStatus(t, proxied.ask("GET", "/metrics", "", "From-Address: 127.0.0.1:1", "X-Forwarded-For: 10.0.0.9"), http.StatusOK)
}
