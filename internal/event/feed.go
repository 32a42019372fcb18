package event

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"goodword/internal/ident"
)

// feedWindow is how late an event may appear behind one with a later id: the longest transaction and the difference of
// two machines' clocks.
const feedWindow = 30 * time.Second

// Feed reads events once each as they are committed, also those that appear behind what was read already. It is for one
// goroutine.
type Feed struct {
	last string
	// seen are the ids within the window before last that need not be read again; nil before the first Next.
	seen map[string]bool
}

// NewFeed starts after the event afterID: the cursor of an earlier feed, or Last for what comes from now on.
// "" starts at the first event.
func NewFeed(afterID string) *Feed { return &Feed{last: afterID} }

// Cursor returns the latest id that was read; a new feed from there may miss an event that appears late.
func (f *Feed) Cursor() string { return f.last }

// Next returns up to limit events that were not returned before, by id; none if there are none.
func (f *Feed) Next(ctx context.Context, idb bun.IDB, limit int) ([]Recorded, error) {
	from := back(f.last, feedWindow)
	if f.seen == nil {
		ids, err := idsBetween(ctx, idb, from, f.last)
		if err != nil {
			return nil, fmt.Errorf("start the feed of events: %w", err)
		}
		f.seen = make(map[string]bool, len(ids))
		for _, id := range ids {
			f.seen[id] = true
		}
	}
	ids, err := idsAfter(ctx, idb, from, limit+len(f.seen))
	if err != nil {
		return nil, fmt.Errorf("read the feed of events: %w", err)
	}
	fresh := ids[:0]
	for _, id := range ids {
		if !f.seen[id] && len(fresh) < limit {
			fresh = append(fresh, id)
		}
	}
	events, err := byIDs(ctx, idb, fresh)
	if err != nil {
		return nil, fmt.Errorf("read the feed of events: %w", err)
	}
	for _, e := range events {
		f.seen[e.ID] = true
		f.last = max(f.last, e.ID)
	}
	from = back(f.last, feedWindow)
	for id := range f.seen {
		if id <= from {
			delete(f.seen, id)
		}
	}
	return events, nil
}

// back returns a lower bound of the ids that were made up to d before id; "" if id is none of ours. The time is in the
// first 48 bits.
func back(id string, d time.Duration) string {
	if !ident.Valid(id) {
		return ""
	}
	ms, err := strconv.ParseInt(strings.ReplaceAll(id[:13], "-", ""), 16, 64)
	if err != nil || ms < d.Milliseconds() {
		return ""
	}
	h := fmt.Sprintf("%012x", ms-d.Milliseconds())
	return h[:8] + "-" + h[8:]
}
