package web_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"goodword/internal/web"
)

// S27: only configured networks are believed, from the right until the first stranger.
func TestClientIP_BelievesOnlyConfiguredProxies(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ trusted, peer, forwarded, want string }{
		{"", "203.0.113.7:1", "198.51.100.1", "203.0.113.7"},
		{"", "127.0.0.1:1", "198.51.100.1", "127.0.0.1"}, {"", "10.0.0.2:1", "198.51.100.1", "10.0.0.2"},
		{"10.0.0.0/8", "10.0.0.2:1", "198.51.100.1", "198.51.100.1"},
		{"10.0.0.0/8", "10.0.0.2:1", "1.1.1.1, 198.51.100.1", "198.51.100.1"}, {"10.0.0.0/8", "10.0.0.2:1", "198.51.100.1, 10.9.9.9", "198.51.100.1"},
		{"10.0.0.0/8", "203.0.113.7:1", "198.51.100.1", "203.0.113.7"}, {"10.0.0.0/8", "127.0.0.1:1", "198.51.100.1", "127.0.0.1"},
		{"10.0.0.0/8", "10.0.0.2:1", "garbage", "10.0.0.2"}, {"10.0.0.0/8", "10.0.0.2:1", "", "10.0.0.2"},
		{"fd00::/8", "[fd00::1]:1", "2001:db8::7", "2001:db8::7"}, {"192.0.2.1", "192.0.2.1:1", "198.51.100.1", "198.51.100.1"},
	} {
		pairs := []string{}
		if tc.trusted != "" {
			pairs = append(pairs, "GOODWORD_TRUSTED_PROXIES="+tc.trusted)
		}
		s := newSite(t, pairs...)
		var got web.Client
		s.GET("/who", func(c echo.Context) error { got = web.ClientOf(c); return nil })
		s.ask("GET", "/who", "", "From-Address: "+tc.peer, "X-Forwarded-For: "+tc.forwarded, "X-Real-Ip: 9.9.9.9")
		if got.IP.String() != tc.want {
			t.Errorf("trusted %q, peer %s, forwarded %q: %s, want %s", tc.trusted, tc.peer, tc.forwarded, got.IP, tc.want)
		}
	}
}

func TestClient_KeepsTheBrowserShort(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	var got web.Client
	s.GET("/who", func(c echo.Context) error { got = web.ClientOf(c); return nil })
	s.ask("GET", "/who", "", "User-Agent: "+strings.Repeat("é", 300)+"\tx", "Accept-Language: de-AT,de;q=0.9")
	if len(got.UserAgent) > 200 || !utf8.ValidString(got.UserAgent) || got.AcceptLanguage != "de-AT,de;q=0.9" {
		t.Errorf("got %+v", got)
	}
}

func TestLoopbackOnly_CannotBeReachedThroughAnotherName(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.GET("/dev/mail", func(c echo.Context) error { return c.String(200, "mail") }, web.LoopbackOnly)
	for _, tc := range []struct {
		want    int
		headers []string
	}{
		{200, []string{"From-Address: 127.0.0.1:1", "Host: localhost:8080"}}, {200, []string{"From-Address: [::1]:1", "Host: [::1]:8080"}},
		{200, []string{"From-Address: 127.0.0.1:1", "Host: 127.0.0.1"}},
		{404, []string{"From-Address: 127.0.0.1:1", "Host: rebound.evil.example:8080"}}, {404, []string{"From-Address: 127.0.0.1:1", "Host: localhost.evil.example"}},
		{404, []string{"From-Address: 10.0.0.5:1", "Host: localhost:8080"}}, {404, []string{"From-Address: 203.0.113.7:1", "Host: localhost"}},
		{404, []string{"From-Address: 127.0.0.1:1", "Host: localhost", "X-Forwarded-For: 127.0.0.1"}}, {404, []string{"From-Address: 127.0.0.1:1", "Host: localhost", "Forwarded: for=127.0.0.1"}},
	} {
		if w := s.ask("GET", "/dev/mail", "", tc.headers...); w.Code != tc.want {
			t.Errorf("%q = %d, want %d", tc.headers, w.Code, tc.want)
		}
	}
}
