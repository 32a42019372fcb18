package staff_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"goodword/internal/audit"
	"goodword/internal/db"
	"goodword/internal/dbtest"
	"goodword/internal/fault"
	"goodword/internal/ident"
	"goodword/internal/mail"
	"goodword/internal/queue"
	"goodword/internal/staff"
)

var start = time.Date(2026, 3, 12, 10, 7, 0, 0, time.UTC) // a Thursday

const password = "three quiet herons"

// clock is a settable time for both clocks of the service.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// letters keeps what would have gone to the mail server.
type letters struct {
	mu   sync.Mutex
	sent []mail.Message
}

func (l *letters) Send(_ context.Context, m mail.Message) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sent = append(l.sent, m)
	return nil
}

type world struct {
	*staff.Service
	t     *testing.T
	ctx   context.Context
	db    *db.DB
	clock *clock
	post  *letters
	// moved lists what the hand-over hook was called with.
	moved [][2]string
}

func newWorld(t *testing.T, d *db.DB) *world {
	t.Helper()
	q, err := queue.New(d, queue.Options{})
	if err != nil {
		t.Fatal(err)
	}
	keys, err := ident.NewKeyring(strings.Repeat("k", 32))
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, ctx: t.Context(), db: d, clock: &clock{t: start}, post: &letters{}}
	w.Service = staff.New(staff.Deps{DB: d, Queue: q, Clock: w.clock.now, Wall: w.clock.now, Keys: keys, Mail: w.post, BaseURL: "http://gw.example",
		HandOvers: []staff.HandOver{func(_ context.Context, _ db.Tx, from, to string) error {
			w.moved = append(w.moved, [2]string{from, to})
			return nil
		}}})
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// member adds an active member with the test's password.
func (w *world) member(email string, role staff.Role) staff.Member {
	w.t.Helper()
	_, url, err := w.Add(w.ctx, audit.System("test"), staff.NewMember{Email: email, Name: "Rosa Test", Role: role, Zone: "Europe/Berlin"})
	w.must(err)
	m, err := w.CompleteSetup(w.ctx, setupToken(url), password, staff.Client{IP: "192.0.2.1"})
	w.must(err)
	return m
}

func setupToken(url string) ident.Token {
	return ident.Token(url[strings.LastIndexByte(url, '/')+1:])
}

func (w *world) count(query string, args ...any) int {
	w.t.Helper()
	var n int
	w.must(w.db.NewRaw(query, args...).Scan(w.ctx, &n))
	return n
}

func wantCode(t *testing.T, err error, want fault.Code) {
	t.Helper()
	if got := fault.CodeOf(err); got != want {
		t.Fatalf("got %q (%v), want %q", got, err, want)
	}
}

func wantField(t *testing.T, err error, field string) {
	t.Helper()
	for _, p := range fault.As(err).Problems {
		if p.Field == field {
			return
		}
	}
	t.Fatalf("no problem at %q in %v", field, err)
}

func TestAdd_RefusesTheSameAddressInOtherCase(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.member("rosa@example.com", staff.Owner)
		_, _, err := w.Add(w.ctx, audit.System("test"), staff.NewMember{Email: "ROSA@Example.com", Name: "R", Role: staff.Rep})
		wantCode(t, err, fault.Conflict)
		wantField(t, err, "email")
	})
}

func TestAdd_ReportsEveryProblemAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dbtest.SQLite(t))
	_, _, err := w.Add(w.ctx, audit.System("test"), staff.NewMember{Email: "nobody", Role: "king", Zone: "Mars/Base"})
	wantCode(t, err, fault.Invalid)
	for _, f := range []string{"email", "name", "role", "zone"} {
		wantField(t, err, f)
	}
}

func TestAdd_MailsALinkThatWorks(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		m, _, err := w.Add(w.ctx, audit.System("test"), staff.NewMember{Email: "rosa@example.com", Name: "Rosa", Role: staff.Rep, Notify: true})
		w.must(err)
		if n := w.count("SELECT count(*) FROM river_job WHERE kind = 'staff.setup_mail'"); n != 1 {
			t.Fatalf("%d jobs, want 1", n)
		}
		w.must(w.SetupMail(w.ctx, staff.SetupMail{ID: ident.New(), StaffID: m.ID}))
		view, ok := w.post.sent[0].View.(mail.StaffSetup)
		if !ok || w.post.sent[0].To.Email != "rosa@example.com" {
			t.Fatalf("sent %+v", w.post.sent)
		}
		_, err = w.CompleteSetup(w.ctx, setupToken(view.URL), password, staff.Client{})
		w.must(err)
	})
}

func TestCompleteSetup_WorksOnceAndForSevenDays(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		_, url, err := w.Add(w.ctx, audit.System("test"), staff.NewMember{Email: "a@example.com", Name: "A", Role: staff.Rep})
		w.must(err)
		_, err = w.CompleteSetup(w.ctx, setupToken(url), "password1!", staff.Client{})
		wantField(t, err, "password")
		_, err = w.CompleteSetup(w.ctx, setupToken(url), password, staff.Client{})
		w.must(err)
		_, err = w.CompleteSetup(w.ctx, setupToken(url), password+"2", staff.Client{})
		wantCode(t, err, fault.Gone)

		_, late, err := w.Add(w.ctx, audit.System("test"), staff.NewMember{Email: "b@example.com", Name: "B", Role: staff.Rep})
		w.must(err)
		w.clock.add(7*24*time.Hour + time.Second)
		_, err = w.SetupFor(w.ctx, setupToken(late))
		wantCode(t, err, fault.Gone)
	})
}

func TestCompleteSetup_OfManyAtOnceOneWins(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		_, url, err := w.Add(w.ctx, audit.System("test"), staff.NewMember{Email: "a@example.com", Name: "A", Role: staff.Rep})
		w.must(err)
		errs := make([]error, 4)
		var wg sync.WaitGroup
		for i := range errs {
			wg.Go(func() { _, errs[i] = w.CompleteSetup(w.ctx, setupToken(url), password, staff.Client{}) })
		}
		wg.Wait()
		won := 0
		for _, err := range errs {
			if err == nil {
				won++
			} else {
				wantCode(t, err, fault.Gone)
			}
		}
		if won != 1 {
			t.Fatalf("%d completed, want 1", won)
		}
	})
}

func TestRenewSetup_ResetsAForgottenPassword(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		m := w.member("a@example.com", staff.Rep)
		session, _, err := w.SignIn(w.ctx, m.Email, password, staff.Client{IP: "192.0.2.1"})
		w.must(err)
		old, err := w.RenewSetup(w.ctx, audit.System("test"), m.ID)
		w.must(err)
		url, err := w.RenewSetup(w.ctx, audit.System("test"), m.ID)
		w.must(err)
		_, err = w.SetupFor(w.ctx, setupToken(old))
		wantCode(t, err, fault.Gone)
		_, err = w.CompleteSetup(w.ctx, setupToken(url), "four louder herons", staff.Client{})
		w.must(err)
		_, err = w.Authenticate(w.ctx, session)
		wantCode(t, err, fault.Unauthenticated)
		_, _, err = w.SignIn(w.ctx, m.Email, password, staff.Client{IP: "192.0.2.1"})
		wantCode(t, err, fault.Unauthenticated)
		_, _, err = w.SignIn(w.ctx, m.Email, "four louder herons", staff.Client{IP: "192.0.2.1"})
		w.must(err)
	})
}

func TestCheckPassword(t *testing.T) {
	t.Parallel()
	m := staff.Member{Email: "rosa.luz@harbour.example", Name: "Rosa Luz"}
	for _, bad := range []string{"", "short12", "password", "Password1", "P@ssw0rd!", "passw0rd123", "qwertyuiop", "QWERTZ12345", "12345678", "abcd1234",
		"87654321", "aaaaaaaa", "abcabcabc", "iloveyou", "Sommer2026!", "letmein99", "11223344", "rosaluz1", "Rosa.Luz!1", "harbour2026", "passwordpassword",
		"trustno1!", "1q2w3e4r5t", "goodword1", strings.Repeat("x ab", 65)} {
		if staff.CheckPassword(bad, m) == nil {
			t.Errorf("%q was accepted", bad)
		}
	}
	for _, good := range []string{password, "kettle-ladder-9", "Gr8 walks by the Elbe", "zehn kalte Nächte", "x7#Lq0vT", strings.Repeat("quiet heron ", 21), "日本語のながいことば"} {
		if err := staff.CheckPassword(good, m); err != nil {
			t.Errorf("%q was refused: %v", good, err)
		}
	}
}
