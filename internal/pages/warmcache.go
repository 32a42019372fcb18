package pages

import (
	"context"
	"reflect"
	"sync"
	"time"

	"goodword/frontend/pages"
	"goodword/internal/campaign"
	"goodword/internal/customer"
	"goodword/internal/introduction"
	"goodword/internal/setting"
	"goodword/internal/staff"
	"goodword/internal/web"
)

const (
	// partFresh is how old the campaign's words and the rep on a prospect's page may be. They take a dozen look-ups, and a link
	// that goes round is opened many times a second. There are as many introducers as links, nearly, so that theirs are the
	// most; a new name or a withdrawn quote is seen after personFresh.
	partFresh   = time.Second
	personFresh = 10 * time.Second
	// warmKept bounds the memory to some 20 MB of pages that were opened lately; when it is full, all are drawn anew.
	warmKept = 2000
)

// warmCache keeps the prospects' pages as they were drawn, by link, for as long as everything on them is as it was: the
// introduction's version comes with the link, which is looked up each time, so that a revoked one is dead and an answer is
// seen at once, in every process. The rest is read again from time to time.
type warmCache struct {
	mu    sync.Mutex
	pages map[string]keptWarm

	campaigns *parts[campaign.Campaign]
	offers    *parts[campaign.Offer]
	customers *parts[customer.Customer]
	members   *parts[staff.Member]
	quotes    *parts[pages.Quote]
}

// keptWarm is a page that can be answered, and what it was drawn from.
type keptWarm struct {
	row  introduction.Introduction
	from scene
	page web.Kept
}

// scene is what a page shows besides its introduction. Two are equal while nothing in them has changed.
type scene struct {
	introduction.Surroundings
	// quote is what the introducer said about us, nil if nothing may be shown.
	quote *pages.Quote
	set   *setting.Settings
}

func newWarmCache(wall, clock func() time.Time) *warmCache {
	return &warmCache{pages: map[string]keptWarm{}, campaigns: newParts[campaign.Campaign](wall, clock, partFresh),
		offers: newParts[campaign.Offer](wall, clock, partFresh), customers: newParts[customer.Customer](wall, clock, personFresh),
		members: newParts[staff.Member](wall, clock, partFresh), quotes: newParts[pages.Quote](wall, clock, personFresh)}
}

// page returns the page of a link, whatever it was drawn from; the zero one if there is none.
func (w *warmCache) page(linkID string) keptWarm {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.pages[linkID]
}

func (w *warmCache) put(linkID string, k keptWarm) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.pages) >= warmKept {
		clear(w.pages)
	}
	w.pages[linkID] = k
}

// parts keeps rows by id for a moment. A row that is read again and is the same keeps its address, so that addresses can be
// compared instead of rows.
type parts[T any] struct {
	// Both clocks count: the business clock may be moved, and stands still in between.
	wall, clock func() time.Time
	fresh       time.Duration

	mu   sync.Mutex
	kept map[string]*part[T]
}

// part is locked while it is read, so that a crowd that waits for it reads it once.
type part[T any] struct {
	mu       sync.Mutex
	at, then time.Time
	row      *T
}

func newParts[T any](wall, clock func() time.Time, fresh time.Duration) *parts[T] {
	return &parts[T]{wall: wall, clock: clock, fresh: fresh, kept: map[string]*part[T]{}}
}

// get returns the row of an id, nil for none.
func (p *parts[T]) get(ctx context.Context, id string, read func(ctx context.Context, id string) (*T, error)) (*T, error) {
	if id == "" {
		return nil, nil
	}
	p.mu.Lock()
	k := p.kept[id]
	if k == nil {
		if len(p.kept) >= warmKept {
			clear(p.kept)
		}
		k = &part[T]{}
		p.kept[id] = k
	}
	p.mu.Unlock()

	k.mu.Lock()
	defer k.mu.Unlock()
	at, then := p.wall(), p.clock()
	if within(at.Sub(k.at), p.fresh) && within(then.Sub(k.then), p.fresh) {
		return k.row, nil
	}
	row, err := read(ctx, id)
	if err != nil {
		return nil, err
	}
	if !reflect.DeepEqual(k.row, row) {
		k.row = row
	}
	k.at, k.then = at, then
	return k.row, nil
}

func within(age, most time.Duration) bool { return age >= 0 && age < most }
