package task_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"goodword/internal/audit"
	"goodword/internal/db"
	"goodword/internal/dbtest"
	"goodword/internal/fault"
	"goodword/internal/ident"
	"goodword/internal/task"
)

var (
	start = time.Date(2026, 3, 12, 10, 7, 0, 0, time.UTC)
	actor = audit.System("test")
)

type world struct {
	*task.Service
	t   *testing.T
	ctx context.Context
	db  *db.DB
	now time.Time
}

func newWorld(t *testing.T, d *db.DB) *world {
	t.Helper()
	w := &world{t: t, ctx: t.Context(), db: d, now: start}
	w.Service = task.NewService(task.Deps{DB: d, Clock: func() time.Time { return w.now }})
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) colleague(state string) string {
	w.t.Helper()
	id := ident.New()
	_, err := w.db.NewRaw("INSERT INTO staff (id, email, name, role, state, created_at) VALUES (?, ?, 'Rosa', 'rep', ?, ?)", id, id+"@example.com", state, start).Exec(w.ctx)
	w.must(err)
	return id
}

func (w *world) add(n task.New) error {
	return w.db.InTx(w.ctx, func(ctx context.Context, tx db.Tx) error { return w.Add(ctx, tx, n) })
}

func (w *world) all(f task.Filter) []task.Task {
	w.t.Helper()
	list, err := w.List(w.ctx, f, db.Page{})
	w.must(err)
	return list.Items
}

func wantCode(t *testing.T, err error, want fault.Code) {
	t.Helper()
	if got := fault.CodeOf(err); got != want {
		t.Fatalf("got %q (%v), want %q", got, err, want)
	}
}

func TestAdd_OneTaskForEachCause(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		owner := w.colleague("active")
		n := task.New{Kind: task.Answer, OwnerID: owner, CustomerID: "c1", IntroductionID: "i1", Cause: "answer:i1", Title: "Answer Ben", DueAt: start.Add(time.Hour)}
		errs := make([]error, 10)
		var wg sync.WaitGroup
		for i := range errs {
			wg.Go(func() { errs[i] = w.add(n) })
		}
		wg.Wait()
		for _, err := range errs {
			w.must(err)
		}
		got := w.all(task.Filter{OwnerID: owner})
		if len(got) != 1 || got[0].Title != "Answer Ben" || got[0].CustomerID != "c1" || got[0].Overdue(start) || !got[0].Overdue(start.Add(2*time.Hour)) {
			t.Fatalf("tasks %+v", got)
		}
		_, err := w.Done(w.ctx, actor, got[0].ID, "called")
		w.must(err)
		w.must(w.add(n))
		if open := w.all(task.Filter{}); len(open) != 0 {
			t.Fatalf("a closed cause opened again: %+v", open)
		}
		for _, bad := range []task.New{{}, {Kind: "dance", Cause: "x", Title: "x", DueAt: start}, {Kind: task.Ask, Title: "x", DueAt: start}, {Kind: task.Ask, Cause: "x", Title: "x"}} {
			wantCode(t, w.add(bad), fault.Invalid)
		}
	})
}

func TestDone_SecondCallChangesNothing(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.must(w.add(task.New{Kind: task.Thank, CustomerID: "c1", Cause: "a", Title: "Thank Ana", DueAt: start}))
		w.must(w.add(task.New{Kind: task.Ask, Cause: "b", Title: "Ask Ana", DueAt: start}))
		id := w.all(task.Filter{Kind: task.Thank})[0].ID
		done, err := w.Done(w.ctx, actor, id, " sent a card ")
		w.must(err)
		w.now = start.Add(time.Hour)
		again, err := w.Done(w.ctx, actor, id, "other")
		w.must(err)
		if done.State != task.Done || again.Outcome != "sent a card" || !again.ClosedAt.Equal(start) {
			t.Fatalf("done %+v, again %+v", done, again)
		}
		var n int
		w.must(d.NewRaw("SELECT count(*) FROM event WHERE type = 'task.done' AND customer_id = 'c1'").Scan(w.ctx, &n))
		if n != 1 {
			t.Fatalf("%d events, want 1", n)
		}
		drop := func() error {
			return d.InTx(w.ctx, func(ctx context.Context, tx db.Tx) error { return w.Close(ctx, tx, "b") })
		}
		w.must(drop())
		w.must(drop())
		dropped := w.all(task.Filter{State: task.Dropped})
		if len(dropped) != 1 {
			t.Fatalf("dropped %+v", dropped)
		}
		_, err = w.Done(w.ctx, actor, dropped[0].ID, "")
		wantCode(t, err, fault.Conflict)
		_, err = w.Done(w.ctx, actor, ident.New(), "")
		wantCode(t, err, fault.NotFound)
	})
}

func TestSnoozeAndReassign(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		rosa, sam, left := w.colleague("active"), w.colleague("active"), w.colleague("disabled")
		w.must(w.add(task.New{Kind: task.Ask, OwnerID: rosa, Cause: "a", Title: "Ask", DueAt: start}))
		id := w.all(task.Filter{})[0].ID
		until := start.Add(24 * time.Hour)
		got, err := w.Snooze(w.ctx, actor, id, until)
		w.must(err)
		if !got.DueAt.Equal(until) || len(w.all(task.Filter{Awake: true})) != 0 || len(w.all(task.Filter{})) != 1 {
			t.Fatalf("snoozed %+v", got)
		}
		for _, bad := range []time.Time{start, start.AddDate(2, 0, 0)} {
			_, err = w.Snooze(w.ctx, actor, id, bad)
			wantCode(t, err, fault.Invalid)
		}
		for _, bad := range []string{"", left, ident.New()} {
			_, err = w.Reassign(w.ctx, actor, id, bad)
			wantCode(t, err, fault.Invalid)
		}
		_, err = w.Reassign(w.ctx, actor, id, sam)
		w.must(err)
		if mine := w.all(task.Filter{OwnerID: sam, Awake: true}); len(mine) != 1 {
			t.Fatalf("Sam has %+v", mine)
		}
		_, err = w.Done(w.ctx, actor, id, "")
		w.must(err)
		_, err = w.Snooze(w.ctx, actor, id, until)
		wantCode(t, err, fault.Conflict)
		_, err = w.Reassign(w.ctx, actor, id, rosa)
		wantCode(t, err, fault.Conflict)
	})
}

func TestHandOver_MovesOpenTasksOnly(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		rosa, sam := w.colleague("active"), w.colleague("active")
		for _, cause := range []string{"a", "b"} {
			w.must(w.add(task.New{Kind: task.Ask, OwnerID: rosa, Cause: cause, Title: "Ask", DueAt: start}))
		}
		_, err := w.Done(w.ctx, actor, w.all(task.Filter{})[0].ID, "")
		w.must(err)
		w.must(d.InTx(w.ctx, func(ctx context.Context, tx db.Tx) error { return w.HandOver(ctx, tx, rosa, sam) }))
		if a, b := len(w.all(task.Filter{OwnerID: sam})), len(w.all(task.Filter{OwnerID: rosa, State: task.Done})); a != 1 || b != 1 {
			t.Fatalf("Sam has %d open, Rosa %d done", a, b)
		}
	})
}

func TestMove_FollowsTheCause(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		rosa, sam := w.colleague("active"), w.colleague("active")
		w.must(w.add(task.New{Kind: task.Answer, OwnerID: rosa, Cause: "answer:i1", Title: "Answer", DueAt: start}))
		for range 2 {
			w.must(d.InTx(w.ctx, func(ctx context.Context, tx db.Tx) error { return w.Move(ctx, tx, "answer:i1", sam) }))
		}
		if mine := w.all(task.Filter{OwnerID: sam}); len(mine) != 1 {
			t.Fatalf("Sam has %+v", mine)
		}
	})
}

func TestList_PagesThroughEqualTimes(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		var want []string
		for i := range 17 {
			w.must(w.add(task.New{Kind: task.Ask, Cause: fmt.Sprint(i), Title: "Ask", DueAt: start.Add(time.Duration(i/4)*time.Hour + 123*time.Microsecond)}))
			want = append(want, fmt.Sprint(i))
		}
		var got []string
		for p := (db.Page{Limit: 5}); ; {
			list, err := w.List(w.ctx, task.Filter{}, p)
			w.must(err)
			for _, x := range list.Items {
				got = append(got, x.Cause)
			}
			if list.Next == "" {
				break
			}
			p.Cursor = list.Next
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Fatalf("got %v", got)
		}
		if n, err := w.Count(w.ctx, task.Filter{}); err != nil || n != 17 {
			t.Fatalf("count %d, %v", n, err)
		}
		_, err := w.List(w.ctx, task.Filter{}, db.Page{Cursor: db.EncodeCursor("soon", "x")})
		wantCode(t, err, fault.Malformed)
	})
}
