package pages

import (
	"sync"
	"time"

	"goodword/frontend/pages"
	"goodword/internal/introduction"
)

const (
	// warmFresh is how old the campaign's words, the rep and the slots on a prospect's page may be. They take a dozen
	// look-ups, and a link that goes round is opened many times a second.
	warmFresh = time.Second
	// warmKept bounds the memory to a few megabytes; when it is full, everything is looked up anew.
	warmKept = 2000
)

// warmCache keeps what prospects' pages show for a moment, by introduction and version: a change of the introduction itself
// is seen at once, in every process. The link is looked up each time, so that a revoked one is dead at once.
type warmCache struct {
	// Both clocks count: the business clock may be moved, and stands still in between.
	wall, clock func() time.Time
	mu          sync.Mutex
	kept        map[string]keptWarm
}

// keptWarm is one page's content with what the introducer said about us, nil if nothing may be shown.
type keptWarm struct {
	version  int64
	at, then time.Time
	warm     introduction.Warm
	quote    *pages.Quote
}

func newWarmCache(wall, clock func() time.Time) *warmCache {
	return &warmCache{wall: wall, clock: clock, kept: map[string]keptWarm{}}
}

func (w *warmCache) get(id string, version int64) (keptWarm, bool) {
	w.mu.Lock()
	k, ok := w.kept[id]
	w.mu.Unlock()
	return k, ok && k.version == version && fresh(w.wall().Sub(k.at)) && fresh(w.clock().Sub(k.then))
}

func fresh(age time.Duration) bool { return age >= 0 && age < warmFresh }

func (w *warmCache) put(id string, k keptWarm) keptWarm {
	k.at, k.then = w.wall(), w.clock()
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.kept) >= warmKept {
		clear(w.kept)
	}
	w.kept[id] = k
	return k
}
