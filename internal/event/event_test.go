package event_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"goodword/internal/db"
	"goodword/internal/dbtest"
	"goodword/internal/event"
	"goodword/internal/fault"
)

var at = time.Date(2026, 5, 14, 9, 30, 0, 123456789, time.UTC)

func made(kind string, minutes int) event.Event {
	return event.Event{Type: kind, At: at.Add(time.Duration(minutes) * time.Minute), ActorKind: "system"}
}

func record(t *testing.T, d *db.DB, events ...event.Event) {
	t.Helper()
	for _, e := range events {
		nextMillisecond()
		err := d.InTx(context.Background(), func(ctx context.Context, tx db.Tx) error { return event.Record(ctx, tx, e) })
		if err != nil {
			t.Fatal(err)
		}
	}
}

// nextMillisecond makes the order of ids certain: those of one millisecond may be in any order.
func nextMillisecond() {
	for ms := time.Now().UnixMilli(); time.Now().UnixMilli() == ms; {
	}
}

func types(events []event.Recorded) []string {
	var out []string
	for _, e := range events {
		out = append(out, e.Type)
	}
	return out
}

func TestRecord_KeepsTheWholeEvent(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		full := made("introduction.accepted", 0)
		full.ActorKind, full.ActorID = "prospect", "i1"
		full.CustomerID, full.CampaignID, full.InvitationID = "c1", "k1", "v1"
		full.IntroductionID, full.TestimonialID, full.RewardID = "i1", "t1", "r1"
		full.Data, full.Previous = map[string]any{"state": "accepted"}, map[string]any{"state": "invited"}
		record(t, d, full, made("bare", 1))
		list, err := event.Timeline(t.Context(), d, event.Filter{}, db.Page{})
		if err != nil {
			t.Fatal(err)
		}
		if len(list.Items) != 2 {
			t.Fatalf("%d events, want 2", len(list.Items))
		}
		bare, got := list.Items[0], list.Items[1]
		if string(bare.Data) != "{}" || string(bare.Previous) != "{}" || bare.CustomerID != "" || bare.RewardID != "" {
			t.Errorf("kept %+v", bare)
		}
		if got.Type != full.Type || !got.At.Equal(at.Truncate(time.Microsecond)) || got.At.Location() != time.UTC ||
			got.ActorKind != "prospect" || got.ActorID != "i1" || got.CustomerID != "c1" || got.CampaignID != "k1" || got.InvitationID != "v1" ||
			got.IntroductionID != "i1" || got.TestimonialID != "t1" || got.RewardID != "r1" {
			t.Errorf("kept %+v", got)
		}
		// PostgreSQL writes JSON in its own way.
		if data := string(got.Data); data != `{"state":"accepted"}` && data != `{"state": "accepted"}` {
			t.Errorf("data %s", data)
		}
	})
}

func TestRecord_IsPartOfTheChange(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		undone := errors.New("undone")
		err := d.InTx(t.Context(), func(ctx context.Context, tx db.Tx) error {
			if err := event.Record(ctx, tx, made("x.done", 0)); err != nil {
				t.Error(err)
			}
			return undone
		})
		if !errors.Is(err, undone) {
			t.Fatal(err)
		}
		if events, err := event.Since(t.Context(), d, "", 10); err != nil || len(events) != 0 {
			t.Errorf("%d events, %v of a change that was rolled back", len(events), err)
		}
	})
}

func TestRecord_RefusesAnIncompleteEvent(t *testing.T) {
	t.Parallel()
	d := dbtest.SQLite(t)
	for name, e := range map[string]event.Event{
		"type":  {At: at, ActorKind: "system"},
		"time":  {Type: "x.done", ActorKind: "system"},
		"actor": {Type: "x.done", At: at},
		"json":  {Type: "x.done", At: at, ActorKind: "system", Data: func() {}},
	} {
		err := d.InTx(t.Context(), func(ctx context.Context, tx db.Tx) error { return event.Record(ctx, tx, e) })
		if fault.CodeOf(err) != fault.Internal {
			t.Errorf("without %s: %v, want an internal fault", name, err)
		}
	}
}

func TestTimeline_FiltersAndPagesByTime(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		// Recorded out of order, some at the same time.
		for _, minute := range []int{3, 1, 1, 4, 1, 5} {
			e := made(fmt.Sprintf("m%d", minute), minute)
			e.CustomerID, e.RewardID = "ana", fmt.Sprintf("r%d", minute)
			record(t, d, e)
		}
		other := made("other", 2)
		other.CustomerID = "ben"
		record(t, d, other)
		var got []string
		for p := (db.Page{Limit: 2}); ; {
			list, err := event.Timeline(t.Context(), d, event.Filter{CustomerID: "ana"}, p)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, types(list.Items)...)
			if p.Cursor = list.Next; p.Cursor == "" {
				break
			}
		}
		if want := []string{"m5", "m4", "m3", "m1", "m1", "m1"}; !slices.Equal(got, want) {
			t.Errorf("timeline %v, want %v", got, want)
		}
		for name, c := range map[string]struct {
			f    event.Filter
			want int
		}{
			"reward":           {event.Filter{RewardID: "r1"}, 3},
			"types":            {event.Filter{Types: []string{"m3", "other"}}, 2},
			"both":             {event.Filter{CustomerID: "ana", Types: []string{"m3", "other"}}, 1},
			"nothing":          {event.Filter{IntroductionID: "i"}, 0},
			"not this":         {event.Filter{CustomerID: "ana", RewardID: "r9"}, 0},
			"also testimonial": {event.Filter{TestimonialID: "t"}, 0},
		} {
			list, err := event.Timeline(t.Context(), d, c.f, db.Page{})
			if err != nil || len(list.Items) != c.want {
				t.Errorf("%s: %d events, %v; want %d", name, len(list.Items), err, c.want)
			}
		}
		for _, cursor := range []string{"x", db.EncodeCursor("a"), db.EncodeCursor("yesterday", "x")} {
			if _, err := event.Timeline(t.Context(), d, event.Filter{}, db.Page{Cursor: cursor}); !fault.Is(err, fault.Malformed) {
				t.Errorf("cursor %s: %v, want malformed", cursor, err)
			}
		}
	})
}

func TestSince_ReadsInOrderFromACursor(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		if last, err := event.Last(t.Context(), d); err != nil || last != "" {
			t.Errorf("Last of nothing = %q, %v", last, err)
		}
		for i := range 5 {
			record(t, d, made(fmt.Sprintf("e%d", i), 0))
		}
		first, err := event.Since(t.Context(), d, "", 3)
		if err != nil {
			t.Fatal(err)
		}
		rest, err := event.Since(t.Context(), d, first[2].ID, 3)
		if err != nil {
			t.Fatal(err)
		}
		if got := append(types(first), types(rest)...); !slices.Equal(got, []string{"e0", "e1", "e2", "e3", "e4"}) {
			t.Errorf("read %v", got)
		}
		if last, err := event.Last(t.Context(), d); err != nil || last != rest[1].ID {
			t.Errorf("Last = %s, %v, want %s", last, err, rest[1].ID)
		}
	})
}

// An event whose transaction began first and ended last has an id behind the feed's cursor.
func TestFeed_FindsWhatAppearsLate(t *testing.T) {
	t.Parallel()
	d := dbtest.Postgres(t) // SQLite has one writer and so no such moment
	ctx := t.Context()
	record(t, d, made("before", 0))
	last, err := event.Last(ctx, d)
	if err != nil {
		t.Fatal(err)
	}
	feed := event.NewFeed(last)
	recorded, proceed := make(chan struct{}), make(chan struct{})
	var slow sync.WaitGroup
	slow.Go(func() {
		if err := d.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
			err := event.Record(ctx, tx, made("slow", 0))
			close(recorded)
			<-proceed
			return err
		}); err != nil {
			t.Error(err)
		}
	})
	<-recorded
	record(t, d, made("quick", 0))
	wantNext(t, feed, d, "quick")
	close(proceed)
	slow.Wait()
	wantNext(t, feed, d, "slow")
	wantNext(t, feed, d)
	if events, err := event.Since(ctx, d, feed.Cursor(), 10); err != nil || len(events) != 0 {
		t.Errorf("Since the cursor: %v, %v; it cannot see the slow one", types(events), err)
	}
}

func wantNext(t *testing.T, f *event.Feed, d *db.DB, want ...string) {
	t.Helper()
	got, err := f.Next(context.Background(), d, 2)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(types(got), want) {
		t.Errorf("feed gave %v, want %v", types(got), want)
	}
}

func TestFeed_GivesEachOnce(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		feed := event.NewFeed("")
		wantNext(t, feed, d)
		for i := range 5 {
			record(t, d, made(fmt.Sprintf("e%d", i), 0))
		}
		wantNext(t, feed, d, "e0", "e1")
		wantNext(t, feed, d, "e2", "e3")
		later := event.NewFeed(feed.Cursor())
		record(t, d, made("e5", 0))
		wantNext(t, feed, d, "e4", "e5")
		wantNext(t, feed, d)
		wantNext(t, later, d, "e4", "e5")
	})
}
