package staff_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"goodword/internal/audit"
	"goodword/internal/db"
	"goodword/internal/dbtest"
	"goodword/internal/fault"
	"goodword/internal/ident"
	"goodword/internal/staff"
)

var from = staff.Client{IP: "192.0.2.1", RequestID: "r1"}

func TestSignIn_RotatesAndEndsByTheClock(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		m := w.member("Rosa@example.com", staff.Owner)
		first, _, err := w.SignIn(w.ctx, " rosa@EXAMPLE.com ", password, from)
		w.must(err)
		second, _, err := w.SignIn(w.ctx, m.Email, password, staff.Client{IP: from.IP, Previous: first})
		w.must(err)
		if first == second {
			t.Fatal("the session was not rotated")
		}
		_, err = w.Authenticate(w.ctx, first)
		wantCode(t, err, fault.Unauthenticated)

		// Used every eleven hours it lives, until the seventh day.
		for range 15 {
			w.clock.add(11 * time.Hour)
			got, err := w.Authenticate(w.ctx, second)
			w.must(err)
			if got.ID != m.ID {
				t.Fatalf("got %s, want %s", got.ID, m.ID)
			}
		}
		w.clock.add(4 * time.Hour)
		_, err = w.Authenticate(w.ctx, second)
		wantCode(t, err, fault.Unauthenticated)

		third, _, err := w.SignIn(w.ctx, m.Email, password, from)
		w.must(err)
		w.clock.add(12 * time.Hour)
		_, err = w.Authenticate(w.ctx, third)
		wantCode(t, err, fault.Unauthenticated)
		n, err := w.Purge(w.ctx)
		w.must(err)
		if n == 0 || w.count("SELECT count(*) FROM staff_token") != 0 {
			t.Fatalf("purged %d, left %d", n, w.count("SELECT count(*) FROM staff_token"))
		}
	})
}

func TestSignIn_ReplayAfterSignOutFails(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		m := w.member("rosa@example.com", staff.Owner)
		token, _, err := w.SignIn(w.ctx, m.Email, password, from)
		w.must(err)
		w.must(w.SignOut(w.ctx, token, from))
		w.must(w.SignOut(w.ctx, token, from))
		_, err = w.Authenticate(w.ctx, token)
		wantCode(t, err, fault.Unauthenticated)
	})
}

// queries counts what reaches the database.
type queries struct{ n atomic.Int64 }

func (q *queries) BeforeQuery(ctx context.Context, _ *bun.QueryEvent) context.Context { return ctx }
func (q *queries) AfterQuery(context.Context, *bun.QueryEvent)                        { q.n.Add(1) }

// S7: an unknown address, a wrong password and a disabled account answer alike and cost the same.
func TestSignIn_TellsNothingAboutWhoHasAnAccount(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		boss := w.member("boss@example.com", staff.Owner)
		w.member("rosa@example.com", staff.Owner)
		gone := w.member("gone@example.com", staff.Rep)
		_, _, err := w.Add(w.ctx, audit.System("test"), staff.NewMember{Email: "new@example.com", Name: "N", Role: staff.Rep})
		w.must(err)
		w.must(w.Disable(w.ctx, audit.System("test"), gone.ID, boss.ID))

		counter := &queries{}
		d.DB = d.WithQueryHook(counter)
		var texts []string
		var counts []int64
		for _, email := range []string{"nobody@example.com", "rosa@example.com", "gone@example.com", "new@example.com"} {
			before := counter.n.Load()
			_, _, err := w.SignIn(w.ctx, email, "not the password", from)
			wantCode(t, err, fault.Unauthenticated)
			texts = append(texts, err.Error())
			counts = append(counts, counter.n.Load()-before)
		}
		for i := range texts {
			if texts[i] != texts[0] || counts[i] != counts[0] {
				t.Fatalf("answers differ: %v, queries %v", texts, counts)
			}
		}
		if counts[0] == 0 {
			t.Fatal("no query was counted")
		}
	})
}

// S25: a thousand tries are throttled, and the owner still gets in from elsewhere.
func TestSignIn_ThrottlesWithoutLockingOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dbtest.SQLite(t))
	m := w.member("rosa@example.com", staff.Owner)
	refused := 0
	for range 200 {
		_, _, err := w.SignIn(w.ctx, m.Email, "not the password", from)
		if fault.Is(err, fault.TooMany) {
			refused++
		}
	}
	if refused != 190 {
		t.Fatalf("%d of 200 were throttled, want 190", refused)
	}
	_, _, err := w.SignIn(w.ctx, m.Email, password, from)
	wantCode(t, err, fault.TooMany)
	_, _, err = w.SignIn(w.ctx, m.Email, password, staff.Client{IP: "198.51.100.7"})
	w.must(err)

	// From many addresses: each newcomer has one try left, so the owner with the right password gets in at once.
	for i := range 12 {
		for range 10 {
			_, _, _ = w.SignIn(w.ctx, m.Email, "not the password", staff.Client{IP: fmt.Sprintf("203.0.113.%d", i)})
		}
	}
	_, _, err = w.SignIn(w.ctx, m.Email, "not the password", staff.Client{IP: "203.0.113.200"})
	wantCode(t, err, fault.Unauthenticated)
	_, _, err = w.SignIn(w.ctx, m.Email, "not the password", staff.Client{IP: "203.0.113.200"})
	wantCode(t, err, fault.TooMany)
	_, _, err = w.SignIn(w.ctx, m.Email, password, staff.Client{IP: "203.0.113.201"})
	w.must(err)

	w.clock.add(16 * time.Minute)
	_, _, err = w.SignIn(w.ctx, m.Email, password, from)
	w.must(err)
}

func TestChangePassword_OffersToEndOthers(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		m := w.member("rosa@example.com", staff.Owner)
		mine, _, err := w.SignIn(w.ctx, m.Email, password, from)
		w.must(err)
		other, _, err := w.SignIn(w.ctx, m.Email, password, from)
		w.must(err)
		change := staff.PasswordChange{StaffID: m.ID, Old: "wrong", New: "four louder herons", Keep: mine, EndOthers: true, From: from}
		wantField(t, w.ChangePassword(w.ctx, change), "old")
		change.Old, change.New = password, "qwerty123"
		wantField(t, w.ChangePassword(w.ctx, change), "new")
		change.New = "four louder herons"
		w.must(w.ChangePassword(w.ctx, change))
		_, err = w.Authenticate(w.ctx, mine)
		w.must(err)
		_, err = w.Authenticate(w.ctx, other)
		wantCode(t, err, fault.Unauthenticated)
	})
}

func TestKeys_AuthenticateUntilRevoked(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		k, token, err := w.AddKey(w.ctx, audit.System("test"), "CRM", staff.Marketer)
		w.must(err)
		if !strings.HasPrefix(token.Plain(), "gw_") || len(token.Plain()) != 30 {
			t.Fatalf("token of %d characters", len(token.Plain()))
		}
		got, err := w.AuthenticateKey(w.ctx, token)
		w.must(err)
		if got.ID != k.ID || got.Role != staff.Marketer {
			t.Fatalf("got %+v", got)
		}
		if list, err := w.ListKeys(w.ctx); err != nil || len(list) != 1 || list[0].UsedAt.IsZero() {
			t.Fatalf("list %+v, %v", list, err)
		}
		for _, wrong := range []ident.Token{"", "gw_", ident.NewToken(), "gw_" + ident.NewToken()} {
			_, err = w.AuthenticateKey(w.ctx, wrong)
			wantCode(t, err, fault.Unauthenticated)
		}
		w.must(w.RevokeKey(w.ctx, audit.System("test"), k.ID))
		w.must(w.RevokeKey(w.ctx, audit.System("test"), k.ID))
		_, err = w.AuthenticateKey(w.ctx, token)
		wantCode(t, err, fault.Unauthenticated)
		wantCode(t, w.RevokeKey(w.ctx, audit.System("test"), ident.New()), fault.NotFound)
		if n := w.count("SELECT count(*) FROM audit_entry WHERE action = 'api_key.revoked'"); n != 1 {
			t.Fatalf("%d audit entries, want 1", n)
		}
	})
}
