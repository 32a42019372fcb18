package staff_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"goodword/internal/audit"
	"goodword/internal/db"
	"goodword/internal/dbtest"
	"goodword/internal/fault"
	"goodword/internal/ident"
	"goodword/internal/staff"
)

// introduction makes a row that a slot may point at.
func (w *world) introduction() string {
	w.t.Helper()
	campaign, offer, id := ident.New(), ident.New(), ident.New()
	for _, q := range []string{
		fmt.Sprintf(`INSERT INTO campaign (id, name, state, asks, suits, nudges, audience, trigger_rule, messages, reminders, created_at, updated_at)
			VALUES ('%s', 'c', 'live', '[]', '{}', '{}', '{}', '{}', '{}', '{}', '2026-01-01', '2026-01-01')`, campaign),
		fmt.Sprintf(`INSERT INTO offer (id, campaign_id, number, currency, budget_minor, hold_days, protection_days, rewards, created_at)
			VALUES ('%s', '%s', 1, 'EUR', 0, 0, 0, '[]', '2026-01-01')`, offer, campaign),
		fmt.Sprintf(`INSERT INTO introduction (id, campaign_id, offer_id, kind, how, state, created_at, updated_at)
			VALUES ('%s', '%s', '%s', 'referral', 'self', 'ready', '2026-01-01', '2026-01-01')`, id, campaign, offer),
	} {
		_, err := w.db.ExecContext(w.ctx, q)
		w.must(err)
	}
	return id
}

func (w *world) book(b staff.Booking) error {
	return w.db.InTx(w.ctx, func(ctx context.Context, tx db.Tx) error { return w.BookSlot(ctx, tx, b) })
}

func TestSlots_NextSixFromTomorrowInTheirZone(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		m := w.member("rosa@example.com", staff.Rep)
		berlin := m.Location()
		// Thursday 23:30 UTC is Friday in Berlin already, so tomorrow is a Saturday and the next slots are on Monday.
		late := time.Date(2026, 3, 12, 23, 30, 0, 0, time.UTC)
		slots, err := w.Slots(w.ctx, d, m.ID, late)
		w.must(err)
		if want := time.Date(2026, 3, 16, 9, 0, 0, 0, berlin); len(slots) != 6 || !slots[0].Equal(want) || slots[0].Location() != time.UTC {
			t.Fatalf("got %v, want six from %v", slots, want)
		}
		// The week after the clocks go forward, nine o'clock is an hour earlier in UTC.
		slots, err = w.Slots(w.ctx, d, m.ID, time.Date(2026, 3, 28, 12, 0, 0, 0, time.UTC))
		w.must(err)
		if want := time.Date(2026, 3, 30, 7, 0, 0, 0, time.UTC); !slots[0].Equal(want) {
			t.Fatalf("got %v, want %v", slots[0], want)
		}
		away := time.Date(2026, 3, 17, 12, 0, 0, 0, berlin)
		_, err = w.Update(w.ctx, audit.System("test"), m.ID, staff.Patch{AwayUntil: &away}, -1)
		w.must(err)
		slots, err = w.Slots(w.ctx, d, m.ID, start)
		w.must(err)
		if !slots[0].Equal(away) {
			t.Fatalf("got %v while away until %v", slots[0], away)
		}
	})
}

// Working hours that cover the skipped hour offer neither it nor a second name for the hour after.
func TestSlots_SkipTheHourThatDoesNotExist(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dbtest.SQLite(t))
	m := w.member("rosa@example.com", staff.Rep)
	// In Cairo the clocks went forward on Friday 2026-04-24 at midnight, a working day here.
	zone, night, morning := "Africa/Cairo", 0, 2
	_, err := w.Update(w.ctx, audit.System("test"), m.ID, staff.Patch{Zone: &zone, WorkFrom: &night, WorkUntil: &morning}, -1)
	w.must(err)
	slots, err := w.Slots(w.ctx, w.db, m.ID, time.Date(2026, 4, 23, 12, 0, 0, 0, time.UTC))
	w.must(err)
	seen := map[int64]bool{}
	for _, s := range slots {
		if seen[s.Unix()] {
			t.Fatalf("%v is offered twice", s)
		}
		seen[s.Unix()] = true
	}
	loc, err := time.LoadLocation(zone)
	w.must(err)
	if first := slots[0].In(loc); first.Day() != 24 || first.Hour() != 1 {
		t.Fatalf("the first slot is %v, want 01:00 on the 24th", first)
	}
}

func TestBookSlot_OneWinsAndTheListMovesOn(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		m := w.member("rosa@example.com", staff.Rep)
		slots, err := w.Slots(w.ctx, d, m.ID, start)
		w.must(err)
		ids := make([]string, 5)
		for i := range ids {
			ids[i] = w.introduction()
		}
		errs := make([]error, len(ids))
		var wg sync.WaitGroup
		for i, id := range ids {
			wg.Go(func() { errs[i] = w.book(staff.Booking{StaffID: m.ID, At: slots[0], IntroductionID: id}) })
		}
		wg.Wait()
		winner := ""
		for i, err := range errs {
			if err == nil {
				if winner != "" {
					t.Fatal("two won")
				}
				winner = ids[i]
				continue
			}
			wantCode(t, err, fault.Conflict)
		}
		w.must(w.book(staff.Booking{StaffID: m.ID, At: slots[0], IntroductionID: winner}))
		left, err := w.Slots(w.ctx, d, m.ID, start)
		w.must(err)
		if len(left) != 6 || !left[0].Equal(slots[1]) {
			t.Fatalf("after booking: %v", left)
		}
		// A change gives the first one back.
		w.must(w.book(staff.Booking{StaffID: m.ID, At: slots[2], IntroductionID: winner}))
		left, err = w.Slots(w.ctx, d, m.ID, start)
		w.must(err)
		if !left[0].Equal(slots[0]) || left[2].Equal(slots[2]) {
			t.Fatalf("after the change: %v", left)
		}
		for _, at := range []time.Time{start, slots[0].Add(time.Minute), slots[0].Add(12 * time.Hour), time.Date(2026, 3, 14, 9, 0, 0, 0, time.UTC)} {
			wantCode(t, w.book(staff.Booking{StaffID: m.ID, At: at, IntroductionID: ids[0]}), fault.Invalid)
		}
	})
}
