package mail_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"goodword/internal/db"
	"goodword/internal/dbtest"
	"goodword/internal/fault"
	"goodword/internal/ident"
	"goodword/internal/mail"
)

var start = time.Date(2026, 5, 12, 9, 0, 0, 0, time.UTC)

type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

func keyring(t testing.TB) *ident.Keyring {
	t.Helper()
	k, err := ident.NewKeyring("0123456789abcdef0123456789abcdef")
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func outbox(t *testing.T, d *db.DB, tr mail.Transport) (*mail.Outbox, *clock) {
	t.Helper()
	c := &clock{at: start}
	return mail.NewOutbox(mail.Options{DB: d, Renderer: renderer(t), Transport: tr, Keys: keyring(t), Identity: func() mail.Identity { return identity }, Now: c.now}), c
}

func note(key string) mail.Message {
	return mail.Message{Key: key, To: mail.Address{Name: "Ana Ruiz", Email: "Ana@Ruiz.example"}, Lang: "en",
		View: mail.IntroductionAccepted{FirstName: "Ana", ProspectName: "Ben", URL: "https://goodword.example/c/x"}}
}

func ask(key, scope string) mail.Message {
	return mail.Message{Key: key, To: mail.Address{Email: "ana@ruiz.example"}, Lang: "en", Scope: scope, UnsubscribeURL: "https://goodword.example/u/token",
		View: mail.Invitation{Subject: "Whom may we help next?", Body: "Hi Ana.", Ask: "introduction", URL: "https://goodword.example/c/x"}}
}

func ctx(t *testing.T) context.Context {
	t.Helper()
	c, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	return c
}

func wantOutcome(t *testing.T, d *db.DB, o *mail.Outbox, key string, want mail.Outcome) {
	t.Helper()
	got, err := o.Outcome(ctx(t), d, key)
	if err != nil || got != want {
		t.Errorf("outcome of %s = %s, %v, want %s", key, got, err, want)
	}
}

func TestSend_OneKeyIsSentOnce(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSink(t)
		o, _ := outbox(t, d, s.transport(t, mail.SMTPOptions{}))
		for range 3 {
			if err := o.Send(ctx(t), note("accepted:1")); err != nil {
				t.Fatal(err)
			}
		}
		if got := s.got(); len(got) != 1 {
			t.Fatalf("%d mails arrived, want 1", len(got))
		}
		wantOutcome(t, d, o, "accepted:1", mail.Sent)
		if _, err := o.Outcome(ctx(t), d, "accepted:2"); !fault.Is(err, fault.NotFound) {
			t.Errorf("outcome of a mail never tried: %v, want NotFound", err)
		}
	})
}

func TestSend_ManyAtOnceSendOnce(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSink(t)
		o, _ := outbox(t, d, s.transport(t, mail.SMTPOptions{}))
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				if err := o.Send(ctx(t), note("accepted:1")); err != nil && !fault.Is(err, fault.Unavailable) {
					t.Errorf("got %v, want nil or Unavailable", err)
				}
			})
		}
		wg.Wait()
		if got := s.got(); len(got) != 1 {
			t.Errorf("%d mails arrived, want 1", len(got))
		}
		wantOutcome(t, d, o, "accepted:1", mail.Sent)
	})
}

func TestSendAll_EachMessageHasItsOwnResult(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSink(t)
		s.rcpt = func(to string) error {
			if strings.HasPrefix(to, "gone") {
				return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such user gone@x.example"}
			}
			return nil
		}
		o, _ := outbox(t, d, s.transport(t, mail.SMTPOptions{}))
		var ms []mail.Message
		for i := range 50 {
			ms = append(ms, ask(fmt.Sprintf("invitation:%02d", i), "c1"))
			ms[i].To.Email = fmt.Sprintf("a%d@x.example", i)
		}
		ms[7].To.Email = "gone@x.example"
		ms[8].To.Email = "not an address"
		ms[9].UnsubscribeURL = ""
		ms[10] = ms[11]
		for i, err := range o.SendAll(ctx(t), ms) {
			want := i == 7 || i == 8 || i == 9
			if fault.Is(err, fault.Invalid) != want || (err != nil) != want {
				t.Errorf("message %d: %v", i, err)
			}
			if err != nil && strings.Contains(err.Error(), "gone@") {
				t.Errorf("the error holds an address: %v", err)
			}
		}
		if got := s.got(); len(got) != 46 {
			t.Errorf("%d mails arrived, want 46", len(got))
		}
		// 5.1.1 puts the address on the list, so that nothing at all goes there any more.
		next := note("accepted:9")
		next.To.Email = "GONE@x.example "
		if err := o.Send(ctx(t), next); err != nil {
			t.Error(err)
		}
		wantOutcome(t, d, o, "accepted:9", mail.Suppressed)
		if err := o.Send(ctx(t), ms[7]); !fault.Is(err, fault.Invalid) {
			t.Errorf("a refused mail again: %v, want Invalid", err)
		}
		wantOutcome(t, d, o, ms[7].Key, mail.Refused)
	})
}

func TestSend_TriesAgainAfterATemporaryAnswer(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSink(t)
		s.data = func(n int) error {
			if n == 1 {
				return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "ana@ruiz.example is greylisted"}
			}
			return nil
		}
		o, _ := outbox(t, d, s.transport(t, mail.SMTPOptions{}))
		err := o.Send(ctx(t), note("accepted:1"))
		if !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "451 4.7.1") || strings.Contains(err.Error(), "ruiz") {
			t.Errorf("got %v, want Unavailable with the code and without the address", err)
		}
		wantOutcome(t, d, o, "accepted:1", mail.Released)
		// The try is over, so the next one need not wait for the lease.
		if err := o.Send(ctx(t), note("accepted:1")); err != nil {
			t.Error(err)
		}
		wantOutcome(t, d, o, "accepted:1", mail.Sent)
		if got := s.got(); len(got) != 1 {
			t.Errorf("%d mails arrived, want 1", len(got))
		}
	})
}

// A refusal that is not about the mailbox stops the mail, not the address.
func TestSend_APolicyRefusalDoesNotStopTheAddress(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSink(t)
		s.data = func(n int) error {
			if n == 1 {
				return &smtp.SMTPError{Code: 554, EnhancedCode: smtp.EnhancedCode{5, 7, 1}, Message: "looks like spam"}
			}
			return nil
		}
		o, _ := outbox(t, d, s.transport(t, mail.SMTPOptions{}))
		if err := o.Send(ctx(t), note("accepted:1")); !fault.Is(err, fault.Invalid) {
			t.Errorf("got %v, want Invalid", err)
		}
		if err := o.Send(ctx(t), note("accepted:2")); err != nil {
			t.Error(err)
		}
		wantOutcome(t, d, o, "accepted:1", mail.Refused)
		wantOutcome(t, d, o, "accepted:2", mail.Sent)
	})
}

// A process that died between release and mark: another takes the mail over after the lease, with the same Message-ID.
func TestSend_TakesOverAfterACrash(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSink(t)
		o, c := outbox(t, d, s.transport(t, mail.SMTPOptions{}))
		if err := o.Send(ctx(t), note("accepted:1")); err != nil {
			t.Fatal(err)
		}
		if _, err := d.NewRaw("UPDATE mail_message SET state = 'released', sent_at = NULL").Exec(ctx(t)); err != nil {
			t.Fatal(err)
		}
		if err := o.Send(ctx(t), note("accepted:1")); !fault.Is(err, fault.Unavailable) {
			t.Errorf("inside the lease: %v, want Unavailable", err)
		}
		c.pass(2*time.Minute + time.Second)
		if err := o.Send(ctx(t), note("accepted:1")); err != nil {
			t.Fatal(err)
		}
		got := s.got()
		if len(got) != 2 {
			t.Fatalf("%d mails arrived, want 2", len(got))
		}
		a, b := got[0].parse(t).Header.Get("Message-Id"), got[1].parse(t).Header.Get("Message-Id")
		if a != b || !strings.HasSuffix(a, "@example.com>") {
			t.Errorf("message ids %q and %q, want one and the same at our domain", a, b)
		}
	})
}

func TestSend_KeepsNoAddressInClear(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSink(t)
		s.rcpt = func(to string) error {
			return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: to + " unknown"}
		}
		o, _ := outbox(t, d, s.transport(t, mail.SMTPOptions{}))
		if err := o.Send(ctx(t), note("accepted:1")); err == nil {
			t.Fatal("the refused mail was sent")
		}
		for _, table := range []string{"mail_message", "suppression"} {
			var rows []map[string]any
			if err := d.NewSelect().Table(table).Scan(ctx(t), &rows); err != nil {
				t.Fatal(err)
			}
			if text := strings.ToLower(fmt.Sprint(rows)); len(rows) != 1 || strings.Contains(text, "ruiz") || strings.Contains(text, "ana") {
				t.Errorf("%s: %v", table, rows)
			}
		}
	})
}

func TestSend_MarketingNeedsPostalAddressAndStop(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSink(t)
		id := identity
		id.PostalAddress = " "
		o := mail.NewOutbox(mail.Options{DB: d, Renderer: renderer(t), Transport: s.transport(t, mail.SMTPOptions{}), Keys: keyring(t),
			Identity: func() mail.Identity { return id }, Now: func() time.Time { return start }})
		if err := o.Send(ctx(t), ask("invitation:1", "c1")); !fault.Is(err, fault.Unavailable) {
			t.Errorf("without a postal address: %v, want Unavailable", err)
		}
		if err := o.Send(ctx(t), note("accepted:1")); err != nil {
			t.Errorf("transactional mail without a postal address: %v", err)
		}
		m := ask("invitation:2", "c1")
		m.UnsubscribeURL = "javascript:alert(1)"
		if err := o.Send(ctx(t), m); !fault.Is(err, fault.Invalid) {
			t.Errorf("with a bad link: %v, want Invalid", err)
		}
		if n := len(s.got()); n != 1 {
			t.Errorf("%d mails arrived, want 1", n)
		}
	})
}

// D2: nine kinds of mail against the states of the stop list.
func TestSend_ObeysTheMatrixOfStopsAndStreams(t *testing.T) {
	t.Parallel()
	const campaign, other = "c1", "c2"
	states := []struct {
		name   string
		scope  string
		reason mail.Reason
		// what still arrives: marketing of the campaign, marketing of another, transactional
		mine, others, needed bool
	}{
		{"nothing", "", "", true, true, true},
		{"unsubscribed from the campaign", campaign, mail.Unsubscribed, false, true, true},
		{"unsubscribed from all", mail.All, mail.Unsubscribed, false, false, true},
		{"complained", campaign, mail.Complained, false, false, true},
		{"declined", mail.All, mail.Declined, false, false, true},
		{"erased", mail.All, mail.Erased, false, false, true},
		{"bounced", mail.All, mail.Bounced, false, false, false},
	}
	kinds := map[string]bool{"invitation": true, "invitation_reminder": true, "nudge_unsent": true, "nudge_unanswered": true,
		"introduction_accepted": false, "reward_paid": false, "step_code": false, "prospect_confirmation": false, "fresh_link": false}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSink(t)
		o, _ := outbox(t, d, s.transport(t, mail.SMTPOptions{}))
		for i, state := range states {
			address := fmt.Sprintf("ana%d@ruiz.example", i)
			if state.reason != "" {
				err := d.InTx(ctx(t), func(ctx context.Context, tx db.Tx) error {
					// Twice, because a person may press the button twice.
					return errors.Join(o.StopList().Suppress(ctx, tx, strings.ToUpper(address), state.scope, state.reason),
						o.StopList().Suppress(ctx, tx, address, state.scope, state.reason))
				})
				if err != nil {
					t.Fatal(err)
				}
			}
			for _, m := range mail.Samples("en") {
				marketing, tested := kinds[m.Template()]
				if !tested {
					continue
				}
				for _, scope := range []string{campaign, other} {
					m.Key, m.To.Email, m.Scope = fmt.Sprintf("%s:%d:%s", m.Template(), i, scope), address, scope
					if err := o.Send(ctx(t), m); err != nil {
						t.Fatal(err)
					}
					want := state.needed
					if marketing {
						want = map[string]bool{campaign: state.mine, other: state.others}[scope]
					}
					got, err := o.Outcome(ctx(t), d, m.Key)
					if err != nil || (got == mail.Sent) != want {
						t.Errorf("%s, %s of %s: %s, %v, want sent = %v", state.name, m.Template(), scope, got, err, want)
					}
					stopped, err := o.StopList().Suppressed(ctx(t), d, address, scope, m.Stream())
					if err != nil || stopped == want {
						t.Errorf("%s, %s of %s: Suppressed = %v, %v", state.name, m.Template(), scope, stopped, err)
					}
				}
			}
		}
	})
}

// L8: an opt-out races a send. Whoever commits first wins, and no mail arrives whose release is younger than the
// opt-out: when the opt-out had committed before Send began, nothing arrives; when both ran at once, at most one.
func TestSend_RacesAnOptOut(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSink(t)
		o, _ := outbox(t, d, s.transport(t, mail.SMTPOptions{}))
		for i := range 60 {
			first, second := ask(fmt.Sprintf("a:%d", i), "c1"), ask(fmt.Sprintf("b:%d", i), "c1")
			first.To.Email = fmt.Sprintf("ana%d@ruiz.example", i)
			second.To.Email = first.To.Email
			var wg sync.WaitGroup
			wg.Go(func() {
				if err := o.Send(ctx(t), first); err != nil {
					t.Error(err)
				}
			})
			wg.Go(func() {
				err := d.InTx(ctx(t), func(ctx context.Context, tx db.Tx) error {
					return o.StopList().Suppress(ctx, tx, first.To.Email, "c1", mail.Unsubscribed)
				})
				if err != nil {
					t.Error(err)
				}
				if err := o.Send(ctx(t), second); err != nil {
					t.Error(err)
				}
			})
			wg.Wait()
			wantOutcome(t, d, o, second.Key, mail.Suppressed)
		}
		for _, l := range s.got() {
			if id := l.parse(t).Header.Get("Message-Id"); len(l.to) != 1 || id == "" {
				t.Errorf("to %v, id %q", l.to, id)
			}
		}
		if n := len(s.got()); n > 60 {
			t.Errorf("%d mails arrived, want at most the 60 that raced", n)
		}
	})
}

// The window that a race rarely hits: an opt-out that commits after the release has looked and before it has committed.
// A deferred trigger holds the release's commit open.
func TestSend_SeesAnOptOutThatCommittedDuringTheRelease(t *testing.T) {
	t.Parallel()
	d := dbtest.Postgres(t)
	s := newSink(t)
	o, _ := outbox(t, d, s.transport(t, mail.SMTPOptions{}))
	_, err := d.NewRaw(`CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_xact_lock_shared(42); RETURN NULL; END $$;
		CREATE CONSTRAINT TRIGGER hold AFTER INSERT ON mail_message DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION hold()`).Exec(ctx(t))
	if err != nil {
		t.Fatal(err)
	}
	holding, err := d.BeginTx(ctx(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := holding.NewRaw("SELECT pg_advisory_xact_lock(42)").Exec(ctx(t)); err != nil {
		t.Fatal(err)
	}
	m := ask("k", "c1")
	done := make(chan error, 1)
	go func() { done <- o.Send(ctx(t), m) }()
	waitForLock(t, d)
	err = d.InTx(ctx(t), func(ctx context.Context, tx db.Tx) error {
		return o.StopList().Suppress(ctx, tx, m.To.Email, "c1", mail.Unsubscribed)
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := holding.Rollback(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	wantOutcome(t, d, o, "k", mail.Suppressed)
	if n := len(s.got()); n != 0 {
		t.Errorf("%d mails arrived after the opt-out", n)
	}
}

// waitForLock returns when some transaction of this database waits for another.
func waitForLock(t *testing.T, d *db.DB) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); {
		var n int
		err := d.NewRaw("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'").Scan(ctx(t), &n)
		if err != nil {
			t.Fatal(err)
		}
		if n > 0 {
			return
		}
	}
	t.Fatal("nobody came to wait for the lock")
}
