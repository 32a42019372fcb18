package web

import (
	"math"
	"net/http"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"github.com/labstack/echo/v4"
	"golang.org/x/time/rate"

	"goodword/internal/fault"
)

// Rate is a token bucket: PerMinute flow in, at most Burst are kept.
type Rate struct {
	PerMinute int
	Burst     int
}

// UnknownTokens is how many unknown links one address may try (S7).
var UnknownTokens = Rate{PerMinute: 30, Burst: 30}

// Each space remembers at most twice this many keys; then the ones not used for longest are forgotten.
const keysPerGeneration = 20_000

// Limits counts per space and key in bounded memory. A space is a name from the code: a feature or a kind of token.
// Each process counts for itself.
type Limits struct {
	now    func() time.Time
	mu     sync.Mutex
	spaces map[string]*space
}

// space forgets by generations: when young is full it becomes old, and what old still held is gone. Cheaper than a
// list in order of use, with the same bound.
type space struct{ young, old map[string]*rate.Limiter }

// NewLimits takes a clock, which should be wall time.
func NewLimits(now func() time.Time) *Limits {
	return &Limits{now: now, spaces: map[string]*space{}}
}

// Take counts one use. Where the bucket is empty it returns false and how long to wait.
func (l *Limits) Take(space, key string, r Rate) (time.Duration, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now, b := l.now(), l.bucket(space, key, r)
	return wait(b, now), b.AllowN(now, 1)
}

// Left is Take without counting.
func (l *Limits) Left(space, key string, r Rate) (time.Duration, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now, b := l.now(), l.bucket(space, key, r)
	return wait(b, now), b.TokensAt(now) >= 1
}

func wait(b *rate.Limiter, now time.Time) time.Duration {
	missing := 1 - b.TokensAt(now)
	return time.Duration(max(0, missing) / float64(b.Limit()) * float64(time.Second))
}

func (l *Limits) bucket(name, key string, r Rate) *rate.Limiter {
	s := l.spaces[name]
	if s == nil {
		s = &space{young: map[string]*rate.Limiter{}}
		l.spaces[name] = s
	}
	if b, ok := s.young[key]; ok {
		return b
	}
	b, ok := s.old[key]
	if !ok {
		b = rate.NewLimiter(rate.Limit(float64(r.PerMinute)/60), r.Burst)
	}
	if len(s.young) >= keysPerGeneration {
		s.young, s.old = map[string]*rate.Limiter{}, s.young
	}
	s.young[key] = b
	return b
}

// Size is how many keys a space remembers now.
func (l *Limits) Size(space string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.spaces[space]
	if s == nil {
		return 0
	}
	return len(s.young) + len(s.old)
}

// Limit lets each client address pass at the given rate and answers TooMany with Retry-After beyond it.
func (l *Limits) Limit(space string, r Rate) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if after, ok := l.Take(space, AddressKey(ClientOf(c).IP), r); !ok {
				return tooMany(c, after)
			}
			return next(c)
		}
	}
}

// Misses lets everything pass that finds something, and counts what ends in NotFound or Unauthenticated. An address
// with too many of those gets TooMany even for a link that exists, or guessing would only have to ignore the refusals.
func (l *Limits) Misses(space string, r Rate) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			key := AddressKey(ClientOf(c).IP)
			if after, ok := l.Left(space, key, r); !ok {
				return tooMany(c, after)
			}
			err := next(c)
			status := c.Response().Status
			if err != nil {
				_, status = faultOf(err)
			}
			if status == http.StatusNotFound || status == http.StatusUnauthorized {
				l.Take(space, key, r)
			}
			return err
		}
	}
}

func tooMany(c echo.Context, after time.Duration) error {
	c.Response().Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(max(1, after.Seconds())))))
	return fault.New(fault.TooMany, "")
}

// AddressKey is what counts as one visitor: an IPv4 address, or the /64 that one household or host gets of IPv6.
func AddressKey(ip netip.Addr) string {
	ip = ip.Unmap()
	if ip.Is6() {
		if p, err := ip.WithZone("").Prefix(64); err == nil {
			return p.String()
		}
	}
	return ip.String()
}
