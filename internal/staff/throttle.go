package staff

import (
	"container/list"
	"sync"
	"time"
)

const (
	throttleWindow = 15 * time.Minute
	// triesPerPair is how often one network address may try one account within the window.
	triesPerPair = 10
	// triesPerAddress is how often an account may be tried from everywhere before newcomers get one try each.
	triesPerAddress = 100
	// triesPerIP is how often one network address may try any accounts.
	triesPerIP = 100
	// throttleSize bounds the memory; what was seen longest ago is forgotten first.
	throttleSize = 20_000
)

// throttle counts tries to sign in, in this process. It never locks an account: whoever tries from another network address
// keeps at least one try, so an attacker cannot shut the owner out.
type throttle struct {
	wall func() time.Time

	mu    sync.Mutex
	seen  map[string]*list.Element
	order *list.List // latest first
}

type tries struct {
	key   string
	count int
	since time.Time
}

func newThrottle(wall func() time.Time) *throttle {
	return &throttle{wall: wall, seen: map[string]*list.Element{}, order: list.New()}
}

// take counts one try and reports whether it may go on; if not, after how long to come back.
func (t *throttle) take(address, ip string) (time.Duration, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.wall()
	pair, all, from := t.at("p\x00"+address+"\x00"+ip, now), t.at("a\x00"+address, now), t.at("i\x00"+ip, now)
	limit := triesPerPair
	if all.count >= triesPerAddress {
		limit = 1
	}
	for _, c := range []struct {
		t     *tries
		limit int
	}{{pair, limit}, {from, triesPerIP}} {
		if c.t.count >= c.limit {
			return c.t.since.Add(throttleWindow).Sub(now), false
		}
	}
	// Refused tries do not count for the account: they told the attacker nothing.
	pair.count++
	all.count++
	from.count++
	return 0, true
}

// forgive undoes a try that turned out to be right, and clears the pair's count.
func (t *throttle) forgive(address, ip string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.wall()
	t.at("p\x00"+address+"\x00"+ip, now).count = 0
	for _, key := range []string{"a\x00" + address, "i\x00" + ip} {
		if c := t.at(key, now); c.count > 0 {
			c.count--
		}
	}
}

func (t *throttle) at(key string, now time.Time) *tries {
	if e, ok := t.seen[key]; ok {
		t.order.MoveToFront(e)
		c := e.Value.(*tries)
		if now.Sub(c.since) >= throttleWindow {
			c.count, c.since = 0, now
		}
		return c
	}
	c := &tries{key: key, since: now}
	t.seen[key] = t.order.PushFront(c)
	if t.order.Len() > throttleSize {
		oldest := t.order.Back()
		delete(t.seen, oldest.Value.(*tries).key)
		t.order.Remove(oldest)
	}
	return c
}
