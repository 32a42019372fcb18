package web_test

import (
	"fmt"
	"net/http"
	"net/netip"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"goodword/internal/fault"
	"goodword/internal/web"
)

func TestLimit_CountsByAddressAndSaysWhenToComeBack(t *testing.T) {
	t.Parallel()
	c := newClock()
	l := web.NewLimits(c.now)
	s := newSite(t)
	s.POST("/submit", func(c echo.Context) error { return c.NoContent(204) }, l.Limit("submit", web.Rate{PerMinute: 6, Burst: 3}))
	s.POST("/other", func(c echo.Context) error { return c.NoContent(204) }, l.Limit("other", web.Rate{PerMinute: 6, Burst: 3}))
	post := func(path, from string, more ...string) int {
		return s.ask("POST", path, "", append(more, "From-Address: "+from)...).Code
	}
	for i := range 3 {
		if got := post("/submit", "203.0.113.7:1"); got != 204 {
			t.Fatalf("request %d = %d", i, got)
		}
	}
	w := s.ask("POST", "/submit", "", "From-Address: 203.0.113.7:999")
	if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") != "10" {
		t.Errorf("fourth = %d, Retry-After %q", w.Code, w.Header().Get("Retry-After"))
	}
	// S27: what the client says about its address does not matter.
	if got := post("/submit", "203.0.113.7:1", "X-Forwarded-For: 198.51.100.1", "X-Real-Ip: 198.51.100.1", "Forwarded: for=198.51.100.1"); got != 429 {
		t.Errorf("with a forged address = %d", got)
	}
	if got := post("/submit", "203.0.113.8:1"); got != 204 {
		t.Errorf("the neighbour = %d", got)
	}
	if got := post("/other", "203.0.113.7:1"); got != 204 {
		t.Errorf("another feature = %d", got)
	}
	c.t = c.t.Add(10 * time.Second)
	if first, second := post("/submit", "203.0.113.7:1"), post("/submit", "203.0.113.7:1"); first != 204 || second != 429 {
		t.Errorf("after ten seconds: %d, %d, want one more", first, second)
	}
}

func TestLimit_CountsIPv6ByNetwork(t *testing.T) {
	t.Parallel()
	l := web.NewLimits(newClock().now)
	r := web.Rate{PerMinute: 1, Burst: 1}
	for i, tc := range []struct {
		ip   string
		want bool
	}{{"2001:db8:1:2::1", true}, {"2001:db8:1:2:ffff::9", false}, {"2001:db8:1:3::1", true}, {"203.0.113.7", true}, {"::ffff:203.0.113.7", false}, {"fe80::1%eth0", true}, {"fe80::2%eth1", false}} {
		if _, got := l.Take("x", web.AddressKey(netip.MustParseAddr(tc.ip)), r); got != tc.want {
			t.Errorf("%d: Take for %s = %v, want %v", i, tc.ip, got, tc.want)
		}
	}
}

// S7: 30 unknown links a minute, then nothing opens from there, not even a link that exists.
func TestMisses_StopGuessing(t *testing.T) {
	t.Parallel()
	c := newClock()
	l := web.NewLimits(c.now)
	s := newSite(t)
	s.GET("/i/:token", func(c echo.Context) error {
		if c.Param("token") == "good" {
			return c.String(200, "hello")
		}
		return fault.New(fault.NotFound, "")
	}, l.Misses("i", web.UnknownTokens))
	get := func(token, from string) int { return s.ask("GET", "/i/"+token, "", "From-Address: "+from).Code }
	for i := range 100 {
		if got := get("good", "203.0.113.7:1"); got != 200 {
			t.Fatalf("good link, opening %d = %d", i, got)
		}
	}
	for i := range 30 {
		if got := get(fmt.Sprint("guess", i), "203.0.113.7:1"); got != 404 {
			t.Fatalf("guess %d = %d", i, got)
		}
	}
	if a, b := get("guess", "203.0.113.7:1"), get("good", "203.0.113.7:1"); a != 429 || b != 429 {
		t.Errorf("after 30 guesses: unknown %d, good %d, want 429 for both", a, b)
	}
	if got := get("good", "203.0.113.8:1"); got != 200 {
		t.Errorf("the neighbour = %d", got)
	}
	c.t = c.t.Add(2 * time.Second)
	if got := get("good", "203.0.113.7:1"); got != 200 {
		t.Errorf("good link two seconds later = %d", got)
	}
}

func TestLimits_MemoryIsBoundedAndTheBusyStay(t *testing.T) {
	t.Parallel()
	c := newClock()
	l := web.NewLimits(c.now)
	r := web.Rate{PerMinute: 1, Burst: 1}
	l.Take("x", "busy", r)
	for i := range 200_000 {
		l.Take("x", fmt.Sprint(i), r)
		if i%10_000 == 0 {
			if _, ok := l.Take("x", "busy", r); ok {
				t.Fatalf("a busy key was forgotten after %d others", i)
			}
		}
	}
	if n := l.Size("x"); n > 40_000 {
		t.Errorf("%d keys are remembered", n)
	}
	if _, ok := l.Take("x", "0", r); !ok {
		t.Error("a key unused for long is still remembered: the bound cannot hold")
	}
}
