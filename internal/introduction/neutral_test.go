package introduction_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"goodword/internal/customer"
	"goodword/internal/db"
	"goodword/internal/dbtest"
	"goodword/internal/fault"
	"goodword/internal/introduction"
	"goodword/internal/mail"
)

// shown is everything that the introducer can read of an introduction, without its ids.
func shown(w *world, row introduction.Introduction) string {
	w.t.Helper()
	row = w.read(row.ID)
	now := w.clock.now()
	_, err := w.ProspectURL(w.ctx(), row.ID)
	return fmt.Sprintf("%s %q %q step=%q channel=%q sent=%t shared=%s note=%q nudged=%t/%t link=%t email=%q", row.Shown(now), row.FirstName, row.LastName,
		row.ShownStep(), row.Channel, row.Sent(), row.SharedAt.UTC().Format(time.RFC3339), row.Note, !row.NudgedUnsentAt.IsZero(), !row.NudgedUnansweredAt.IsZero(), err == nil, row.Email)
}

// S8: the kinds of contact get the same answers, pages and mails until the neutral outcome, and that is the same too.
func TestSubmit_TheIntroducerCannotTellWhomWeKnow(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) { testNeutral(newWorld(t, d), introduction.HowSelf) })
}

func TestSubmit_TheIntroducerCannotTellWhomWeKnowFromThePortal(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) { testNeutral(newWorld(t, d), introduction.HowPortal) })
}

func testNeutral(w *world, how string) {
	w.t.Helper()
	w.customer(customer.Draft{FirstName: "Known", Email: "known@acme.example"})
	w.must(w.db.InTx(w.ctx(), func(ctx context.Context, tx db.Tx) error {
		return w.stops.Suppress(ctx, tx, "wants-no-mail@acme.example", mail.All, mail.Declined)
	}))
	carl := w.another(1)
	before, err := w.Submit(w.ctx(), carl, introduction.Submission{FirstName: "Ben", Channel: "sms"})
	w.must(err)
	_, err = w.Accept(w.ctx(), prospect(before), byEmail("Introduced+before@acme.example"))
	w.must(err)

	kinds := map[string]string{"new": "new@acme.example", introduction.ReasonCustomer: "KNOWN@acme.example", introduction.ReasonSuppressed: "wants-no-mail@acme.example",
		introduction.ReasonSeconded: "introduced@acme.example", introduction.ReasonStaff: "rosa@example.com", introduction.ReasonSelf: "Ana@ruiz.example"}
	rows := map[string]introduction.Introduction{}
	for kind, email := range kinds {
		row, err := w.Submit(w.ctx(), w.author, introduction.Submission{FirstName: "Ben", Email: email, How: how, Expects: true, Note: "You two should talk."})
		w.must(err)
		rows[kind] = row
		if kind == "new" && row.State == introduction.ScreenedOut || kind != "new" && (row.State != introduction.ScreenedOut || row.OutcomeReason != kind) {
			w.t.Fatalf("%s: %s (%s)", kind, row.State, row.OutcomeReason)
		}
	}
	alike := func(when string) {
		w.t.Helper()
		want := strings.Replace(shown(w, rows["new"]), kinds["new"], "-", 1)
		for kind, row := range rows {
			if got := strings.Replace(shown(w, row), kinds[kind], "-", 1); got != want {
				w.t.Errorf("%s, %s:\n got %s\nwant %s", when, kind, got, want)
			}
		}
	}
	all := func(what string, fn func(introduction.Introduction) error) {
		w.t.Helper()
		var first error
		for i, kind := range slices.Sorted(maps.Keys(rows)) {
			err := fn(rows[kind])
			if i == 0 {
				first = err
			}
			if fault.CodeOf(err) != fault.CodeOf(first) || err != nil && fault.As(err).Message != fault.As(first).Message {
				w.t.Errorf("%s, %s: %v, but %v for another", what, kind, err, first)
			}
		}
		alike(what)
	}
	alike("submitted")
	sweep := func(after time.Duration) func(introduction.Introduction) error {
		w.clock.pass(after)
		_, err := w.Sweep(w.ctx())
		w.must(err)
		w.work()
		return func(introduction.Introduction) error { return nil }
	}
	all("a day later", sweep(25*time.Hour))
	all("shared", func(r introduction.Introduction) error {
		_, err := w.Share(w.ctx(), w.author, r.ID, "sms")
		if how == introduction.HowPortal {
			return nil
		}
		return err
	})
	all("note edited", func(r introduction.Introduction) error {
		_, err := w.EditNote(w.ctx(), w.author, r.ID, "Do talk.")
		return err
	})
	all("five days later", sweep(5*day))
	if how == introduction.HowSelf {
		all("unshared", func(r introduction.Introduction) error {
			_, err := w.Unshare(w.ctx(), w.author, r.ID)
			return err
		})
	}
	if n := len(w.mails("ana@ruiz.example")); how == introduction.HowSelf && n != 2*len(rows) {
		w.t.Errorf("Ana got %d nudges, want %d", n, 2*len(rows))
	}
	all("after the neutral outcome", sweep(26*day))
	all("withdrawn too late", func(r introduction.Introduction) error {
		_, err := w.Withdraw(w.ctx(), w.author, r.ID)
		return err
	})
	if got := shown(w, rows["new"]); !strings.HasPrefix(got, "expired") {
		w.t.Errorf("in the end Ana reads %s", got)
	}
	stopped := map[string]int{}
	for _, subject := range w.mails("ana@ruiz.example") {
		if strings.Contains(subject, "not this time") {
			stopped[subject]++
		}
	}
	if len(stopped) != 1 || stopped["Your introduction: not this time"] != len(rows) {
		w.t.Errorf("last mails: %v, want %d alike", stopped, len(rows))
	}
	if how == introduction.HowPortal {
		for kind, email := range kinds {
			want := 0
			if kind == "new" {
				want = 1
			}
			if kind != introduction.ReasonSelf && kind != introduction.ReasonStaff && len(w.mails(email)) != want {
				w.t.Errorf("the portal sent %s %d mails, want %d", kind, len(w.mails(email)), want)
			}
		}
	}
}

func TestWithdraw_OfAScreenedOutOneLooksLikeAnyOther(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dbtest.SQLite(t))
	a, err := w.Submit(w.ctx(), w.author, introduction.Submission{FirstName: "Ben", Email: "new@acme.example"})
	w.must(err)
	b, err := w.Submit(w.ctx(), w.author, introduction.Submission{FirstName: "Ben", Email: "rosa@example.com"})
	w.must(err)
	for _, row := range []introduction.Introduction{a, b} {
		for range 2 {
			row, err = w.Withdraw(w.ctx(), w.author, row.ID)
			w.must(err)
		}
		if row.Shown(w.clock.now()) != introduction.Withdrawn || row.Email != "" {
			t.Errorf("%s: shown %s, email %q", row.State, row.Shown(w.clock.now()), row.Email)
		}
	}
}

func TestPortal_OnlyWhereThePolicyAllowsAndOnceEver(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		sub := introduction.Submission{FirstName: "Ben", How: introduction.HowPortal, Expects: true, Email: "ben@acme.de"}
		_, err := w.Submit(w.ctx(), w.author, sub)
		wantCode(t, err, "invalid")
		abroad := w.another(1) // no country
		sub.Email = "ben@acme.example"
		_, err = w.Submit(w.ctx(), abroad, sub)
		wantCode(t, err, "invalid")
		for range 2 {
			_, err = w.Submit(w.ctx(), w.author, sub)
			w.must(err)
			w.work()
		}
		w.clock.pass(40 * day)
		_, err = w.Sweep(w.ctx())
		w.must(err)
		_, err = w.Submit(w.ctx(), w.author, sub)
		w.must(err)
		w.work()
		if got := w.mails("ben@acme.example"); len(got) != 1 || !strings.HasPrefix(got[0], "Ana Ruiz") {
			t.Errorf("the portal wrote %q, want one mail", got)
		}
		list, err := w.capture.List()
		w.must(err)
		for _, m := range list {
			if m.To.Email == "ben@acme.example" && !strings.HasPrefix(m.UnsubscribeOf, base+"/u/") {
				t.Errorf("the portal's mail can be stopped at %q", m.UnsubscribeOf)
			}
		}
	})
}

func TestPortal_ABouncedAddressCanBeCorrected(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		row, err := w.Submit(w.ctx(), w.author, introduction.Submission{FirstName: "Ben", How: introduction.HowPortal, Expects: true, Email: "bn@acme.example"})
		w.must(err)
		_, err = w.CorrectAddress(w.ctx(), w.author, row.ID, "ben@acme.example")
		wantCode(t, err, fault.Conflict)
		w.post.refuse = "bn@acme.example"
		w.work()
		w.state(row.ID, introduction.Undeliverable)
		row, err = w.CorrectAddress(w.ctx(), w.author, row.ID, "ben@acme.example")
		w.must(err)
		w.work()
		if got := w.mails("ben@acme.example"); row.State != introduction.Invited || len(got) != 1 {
			t.Errorf("%s, Ben got %q", row.State, got)
		}
	})
}

func TestUnwanted_EndsItAndTheAddressIsLeftAlone(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		row, err := w.Submit(w.ctx(), w.author, introduction.Submission{FirstName: "Ben", How: introduction.HowPortal, Expects: true, Email: "ben@acme.example"})
		w.must(err)
		w.work()
		for range 2 {
			row, err = w.Unwanted(w.ctx(), prospect(row))
			w.must(err)
		}
		if row.State != introduction.Declined || row.Email != "" {
			t.Errorf("unwanted: %+v", row)
		}
		row, err = w.Submit(w.ctx(), w.another(1), introduction.Submission{FirstName: "Ben", Email: "ben@acme.example"})
		w.must(err)
		if row.State != introduction.ScreenedOut {
			t.Errorf("introduced again it is %s", row.State)
		}
	})
}

// F2: many introduce one person, in many spellings; one counts, the others come second, and nobody notices.
func TestAccept_OfManyForOnePersonOneCounts(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		const many = 20
		spelling := []string{"b.en.okafor@gmail.com", "benokafor+a@gmail.com", "BenOkafor@googlemail.com", "ben.okafor@GMAIL.com", "benokafor@gmail.com"}
		rows := make([]introduction.Introduction, many)
		for n := range rows {
			var err error
			rows[n], err = w.Submit(w.ctx(), w.another(n), introduction.Submission{FirstName: "Ben", Channel: "sms"})
			w.must(err)
		}
		errs := make([]error, many)
		var wg sync.WaitGroup
		for n, row := range rows {
			wg.Go(func() {
				a := byEmail(spelling[n%len(spelling)])
				a.Name = "Benjamin Okafor"
				_, errs[n] = w.Accept(w.ctx(), prospect(row), a)
			})
		}
		wg.Wait()
		w.must(errors.Join(errs...))
		accepted, seconded := 0, 0
		for _, row := range rows {
			switch row = w.read(row.ID); {
			case row.State == introduction.Accepted:
				accepted++
			case row.State == introduction.ScreenedOut && row.OutcomeReason == introduction.ReasonSeconded && row.Shown(w.clock.now()) == introduction.Invited && row.FirstName == "Ben":
				seconded++
			default:
				t.Errorf("%s (%s), shown %s", row.State, row.OutcomeReason, row.Shown(w.clock.now()))
			}
		}
		if accepted != 1 || seconded != many-1 {
			t.Errorf("%d accepted, %d seconded; want 1 and %d", accepted, seconded, many-1)
		}
	})
}

func TestSettle_KeepsTheOthersWhoWaitAsSeconded(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		other, err := w.Submit(w.ctx(), w.another(1), introduction.Submission{FirstName: "Ben", Email: "ben+x@acme.example", Channel: "sms"})
		w.must(err)
		elsewhere := w.another(2)
		elsewhere.CampaignID = w.launched(nil).ID
		elsewhere.OfferID = ""
		apart, err := w.Submit(w.ctx(), elsewhere, introduction.Submission{FirstName: "Ben", Email: "ben@acme.example", Channel: "sms"})
		w.must(err)
		row := w.accepted()
		w.state(other.ID, introduction.Invited)
		w.clock.pass(16 * time.Minute)
		_, err = w.Settle(w.ctx())
		w.must(err)
		w.work()
		other = w.state(other.ID, introduction.ScreenedOut)
		if other.OutcomeReason != introduction.ReasonSeconded || other.Shown(w.clock.now()) != introduction.Invited {
			t.Errorf("the other: %s, shown %s", other.OutcomeReason, other.Shown(w.clock.now()))
		}
		w.state(row.ID, introduction.Accepted)
		w.state(apart.ID, introduction.Invited)
	})
}

func TestSettle_ByManyProcessesAtOnceEarnsOnce(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		row := w.accepted()
		w.clock.pass(16 * time.Minute)
		errs := make([]error, 8)
		var wg sync.WaitGroup
		for n := range errs {
			wg.Go(func() { _, errs[n] = w.Settle(w.ctx()) })
		}
		wg.Wait()
		w.must(errors.Join(errs...))
		w.wantTold("accrue accepted")
		var events int
		w.must(d.NewRaw("SELECT count(*) FROM event WHERE introduction_id = ? AND type = 'introduction.settled'", row.ID).Scan(w.ctx(), &events))
		if events != 1 {
			t.Errorf("settled %d times", events)
		}
	})
}

func TestAccept_20TimesAtOnceIsOneYes(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		row := w.ben()
		errs := make([]error, 20)
		var wg sync.WaitGroup
		for n := range errs {
			wg.Go(func() { _, errs[n] = w.Accept(w.ctx(), prospect(row), byEmail("ben@acme.example")) })
		}
		wg.Wait()
		w.must(errors.Join(errs...))
		var consents, jobs int
		w.must(d.NewRaw("SELECT count(*) FROM consent WHERE subject_id = ?", row.ID).Scan(w.ctx(), &consents))
		w.must(d.NewRaw("SELECT count(*) FROM river_job WHERE kind = 'introduction.mail'").Scan(w.ctx(), &jobs))
		if consents != 1 || jobs != 3 {
			t.Errorf("%d consents and %d mails, want 1 and 3", consents, jobs)
		}
	})
}

func TestAccept_ACustomerOrAColleagueIsAnsweredButCreditsNobody(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.customer(customer.Draft{FirstName: "Known", Email: "known@acme.example"})
		for email, reason := range map[string]string{"known@acme.example": introduction.ReasonCustomer, "rosa@example.com": introduction.ReasonStaff, "ana@ruiz.example": introduction.ReasonSelf} {
			row, err := w.Accept(w.ctx(), prospect(w.ben()), byEmail(email))
			w.must(err)
			if row.State != introduction.ScreenedOut || row.OutcomeReason != reason || row.Shown(w.clock.now()) != introduction.Invited {
				t.Errorf("%s: %s (%s)", email, row.State, row.OutcomeReason)
			}
		}
		w.clock.pass(day)
		_, err := w.Sweep(w.ctx())
		w.must(err)
		w.wantTold()
	})
}
