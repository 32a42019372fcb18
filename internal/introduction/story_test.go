package introduction_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"goodword/internal/customer"
	"goodword/internal/db"
	"goodword/internal/dbtest"
	"goodword/internal/event"
	"goodword/internal/fault"
	"goodword/internal/introduction"
	"goodword/internal/money"
	"goodword/internal/task"
)

func TestStory_FromDraftToWonEverybodyHearsOnce(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		draft, err := w.SaveDraft(w.ctx(), w.author, introduction.Submission{FirstName: "Ben"})
		w.must(err)
		row, err := w.Submit(w.ctx(), w.author, introduction.Submission{DraftID: draft.ID, FirstName: "Ben", Note: "You two should talk."})
		w.must(err)
		if row.ID != draft.ID || row.State != introduction.Ready || row.OwnerID != w.rosa.ID || row.Sent() {
			t.Fatalf("submitted: %+v", row)
		}
		row, err = w.Share(w.ctx(), w.author, row.ID, "whatsapp")
		w.must(err)
		url, err := w.ProspectURL(w.ctx(), row.ID)
		w.must(err)
		if !strings.HasPrefix(url, base+"/i/") {
			t.Errorf("link is %q", url)
		}
		link, err := w.customers.Links.Find(w.ctx(), d, customer.Subject{Purpose: customer.ForProspect, IntroductionID: row.ID})
		w.must(err)
		warm, err := w.PageFor(w.ctx(), link)
		w.must(err)
		if warm.IntroducerFirstName != "Ana" || warm.Note != "You two should talk." || warm.Rep.Name != "Rosa Marsh" || len(warm.Slots) != 6 ||
			len(warm.ForIntroducer) == 0 || warm.Notice.Source != "Ana Ruiz" || !slices.Equal(warm.Notice.Given, []string{"first_name", "note"}) {
			t.Errorf("warm page: %+v", warm)
		}

		answer := byEmail("Ben.Okafor@acme.example")
		answer.How, answer.Slot, answer.Tell = introduction.BySlot, warm.Slots[2], true
		row, err = w.Accept(w.ctx(), prospect(row), answer)
		w.must(err)
		if row.State != introduction.Accepted || !row.SlotAt.Equal(warm.Slots[2]) || row.LastName != "Okafor" {
			t.Fatalf("accepted: %+v", row)
		}
		w.work()
		w.wantTold()
		w.clock.pass(16 * time.Minute)
		for range 2 {
			_, err = w.Settle(w.ctx())
			w.must(err)
		}
		w.wantTold("accrue accepted")

		for _, step := range []string{"contacted", "meeting", "meeting", "qualified"} {
			_, err = w.Advance(w.ctx(), mara, row.ID, step)
			w.must(err)
		}
		w.work()
		row, err = w.RecordDeal(w.ctx(), introduction.NewDeal{IntroductionID: row.ID, Source: introduction.FromStripe, ExternalID: "in_1",
			ChargeID: "ch_1", Amount: money.New(100_000, "EUR"), Gross: money.New(119_000, "EUR"), StripeCustomer: "cus_ben", Actor: stripe})
		w.must(err)
		w.work()
		w.wantTold("accrue accepted", "accrue qualified", "accrue won 1000.00 EUR later=false")
		row = w.state(row.ID, introduction.Won)
		if row.StripeCustomer != "cus_ben" || row.ProspectCustomerID == "" {
			t.Errorf("won: stripe %q, customer %q", row.StripeCustomer, row.ProspectCustomerID)
		}
		who, err := w.customers.ByID(w.ctx(), d, row.ProspectCustomerID)
		w.must(err)
		if who.FromIntroductionID != row.ID || who.FirstName != "Ben" {
			t.Errorf("new customer: %+v", who)
		}
		if got := len(w.mails("ana@ruiz.example")); got != 3 {
			t.Errorf("Ana got %d mails, want yes, meeting, won: %q", got, w.mails("ana@ruiz.example"))
		}
		if got := len(w.mails("Ben.Okafor@acme.example")); got != 1 {
			t.Errorf("Ben got %d mails, want 1", got)
		}
		if got := len(w.mails("rosa@example.com")); got != 1 {
			t.Errorf("Rosa got %d mails, want 1", got)
		}
		open, err := w.tasks.List(w.ctx(), task.Filter{IntroductionID: row.ID}, db.Page{})
		w.must(err)
		if len(open.Items) != 0 {
			t.Errorf("%d tasks are still open", len(open.Items))
		}
		story, err := event.Timeline(w.ctx(), d, event.Filter{IntroductionID: row.ID}, db.Page{Limit: 100})
		w.must(err)
		var types []string
		for _, e := range slices.Backward(story.Items) {
			types = append(types, strings.TrimPrefix(e.Type, "introduction."))
		}
		slices.Sort(types)
		want := []string{"accepted", "advanced", "advanced", "advanced", "ready", "settled", "shared", "submitted", "won"}
		if got := slices.DeleteFunc(types, func(s string) bool { return !slices.Contains(want, s) }); !slices.Equal(got, want) {
			t.Errorf("timeline is %q, want %q", got, want)
		}
	})
}

func TestSaveDraft_OneForALinkAndForNobodyElse(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		one, err := w.SaveDraft(w.ctx(), w.author, introduction.Submission{FirstName: "Be"})
		w.must(err)
		two, err := w.SaveDraft(w.ctx(), w.author, introduction.Submission{FirstName: "Ben"})
		w.must(err)
		if one.ID != two.ID || two.FirstName != "Ben" {
			t.Errorf("two drafts for one link: %s, %s", one.ID, two.ID)
		}
		other := w.another(1)
		_, err = w.SaveDraft(w.ctx(), other, introduction.Submission{DraftID: one.ID, FirstName: "Ben"})
		wantCode(t, err, fault.NotFound)
		_, err = w.Submit(w.ctx(), other, introduction.Submission{DraftID: one.ID, FirstName: "Ben"})
		wantCode(t, err, fault.NotFound)
		elsewhere := w.author
		elsewhere.LinkID = other.LinkID
		_, err = w.DraftOf(w.ctx(), elsewhere, one.ID)
		wantCode(t, err, fault.NotFound)

		first, err := w.Submit(w.ctx(), w.author, introduction.Submission{DraftID: one.ID, FirstName: "Ben"})
		w.must(err)
		again, err := w.Submit(w.ctx(), w.author, introduction.Submission{DraftID: one.ID, FirstName: "Benjamin"})
		w.must(err)
		if again.ID != first.ID || again.FirstName != "Ben" {
			t.Errorf("the same form sent twice made %s %s", again.ID, again.FirstName)
		}
		next, err := w.SaveDraft(w.ctx(), w.author, introduction.Submission{DraftID: one.ID, FirstName: "Cleo"})
		w.must(err)
		if next.ID == one.ID || next.State != introduction.Draft {
			t.Errorf("another introduction goes on in %s, %s", next.ID, next.State)
		}
	})
}

func TestSubmit_EachWayNeedsItsFields(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dbtest.SQLite(t))
	for _, c := range []struct {
		name   string
		sub    introduction.Submission
		fields []string
	}{
		{"self", introduction.Submission{}, []string{"first_name"}},
		{"lead", introduction.Submission{How: "lead", FirstName: "Ben"}, []string{"company"}},
		{"portal", introduction.Submission{How: "portal", FirstName: "Ben"}, []string{"email", "expects"}},
		{"portal with a bad address", introduction.Submission{How: "portal", FirstName: "Ben", Email: "ben@", Expects: true}, []string{"email"}},
		{"unknown words", introduction.Submission{FirstName: "Ben", How: "fax", Source: "cousin", Channel: "pigeon"}, []string{"source", "channel", "how"}},
		{"too long", introduction.Submission{FirstName: strings.Repeat("n", 81), Note: strings.Repeat("n", 601)}, []string{"first_name", "note"}},
	} {
		_, err := w.Submit(w.ctx(), w.author, c.sub)
		wantCode(t, err, fault.Invalid)
		var got []string
		for _, p := range fault.As(err).Problems {
			got = append(got, p.Field)
			if p.Key == "" {
				t.Errorf("%s: problem at %s has no key", c.name, p.Field)
			}
		}
		if !slices.Equal(got, c.fields) {
			t.Errorf("%s: problems at %q, want %q", c.name, got, c.fields)
		}
	}
}

func TestSubmit_RefusedWhenTheCampaignIsOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dbtest.SQLite(t))
	_, err := w.campaigns.End(w.ctx(), mara, w.camp.ID)
	w.must(err)
	_, err = w.Submit(w.ctx(), w.author, introduction.Submission{FirstName: "Ben"})
	wantCode(t, err, fault.Conflict)
	_, err = w.SaveDraft(w.ctx(), w.author, introduction.Submission{FirstName: "Ben"})
	wantCode(t, err, fault.Conflict)
}

func TestSubmit_ALeadIsATaskForTheRepAndGoneAfterThirtyDays(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		row, err := w.Submit(w.ctx(), w.author, introduction.Submission{How: "lead", FirstName: "Ben", Company: "Acme", Email: "ben@acme.example", Phone: "+44 20 7946 0958"})
		w.must(err)
		if row.Kind != introduction.Lead || row.Email != "" || row.Phone != "" {
			t.Errorf("a lead keeps %q %q, kind %s", row.Email, row.Phone, row.Kind)
		}
		_, err = w.ProspectURL(w.ctx(), row.ID)
		wantCode(t, err, fault.NotFound)
		open, err := w.tasks.List(w.ctx(), task.Filter{Kind: task.Ask, OwnerID: w.rosa.ID}, db.Page{})
		w.must(err)
		if len(open.Items) != 1 {
			t.Fatalf("Rosa has %d tasks to ask, want 1", len(open.Items))
		}
		w.work()
		if got := w.mails("rosa@example.com"); len(got) != 1 {
			t.Errorf("Rosa got %q", got)
		}
		w.clock.pass(29 * day)
		_, err = w.Sweep(w.ctx())
		w.must(err)
		w.state(row.ID, introduction.Ready)
		w.clock.pass(2 * day)
		_, err = w.Sweep(w.ctx())
		w.must(err)
		row = w.state(row.ID, introduction.Expired)
		if row.FirstName != "" || row.Company != "" {
			t.Errorf("after 30 days there is still %q at %q", row.FirstName, row.Company)
		}
	})
}

func TestShare_OfALeadMakesAReferral(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dbtest.SQLite(t))
	row, err := w.Submit(w.ctx(), w.author, introduction.Submission{How: "lead", FirstName: "Ben", Company: "Acme"})
	w.must(err)
	row, err = w.Share(w.ctx(), w.author, row.ID, "mail")
	w.must(err)
	if row.Kind != introduction.Referral || row.How != introduction.HowSelf || row.State != introduction.Invited {
		t.Errorf("shared lead is %s, %s, %s", row.Kind, row.How, row.State)
	}
	_, err = w.ProspectURL(w.ctx(), row.ID)
	w.must(err)
}

func TestUnshare_TheCustomerReadsReadyAndTheLinkStillWorks(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		row := w.ben()
		row, err := w.Unshare(w.ctx(), w.author, row.ID)
		w.must(err)
		if row.Sent() {
			t.Error("it still counts as sent")
		}
		row, err = w.Share(w.ctx(), w.author, row.ID, "sms")
		w.must(err)
		if !row.Sent() || row.Channel != "sms" {
			t.Errorf("sent again: %t by %q", row.Sent(), row.Channel)
		}
		_, err = w.Unshare(w.ctx(), w.author, row.ID)
		w.must(err)
		row, err = w.Accept(w.ctx(), prospect(row), byEmail("ben@acme.example"))
		w.must(err)
		if row.State != introduction.Accepted {
			t.Errorf("state %s", row.State)
		}
		_, err = w.Unshare(w.ctx(), w.author, row.ID)
		wantCode(t, err, fault.Conflict)
		_, err = w.Withdraw(w.ctx(), w.author, row.ID)
		wantCode(t, err, fault.Conflict)
	})
}

func TestAuthor_SomebodyElsesIntroductionDoesNotExist(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dbtest.SQLite(t))
	row, other := w.ben(), w.another(1)
	for name, try := range map[string]func() error{
		"share":    func() error { _, err := w.Share(w.ctx(), other, row.ID, "sms"); return err },
		"unshare":  func() error { _, err := w.Unshare(w.ctx(), other, row.ID); return err },
		"edit":     func() error { _, err := w.EditNote(w.ctx(), other, row.ID, "x"); return err },
		"withdraw": func() error { _, err := w.Withdraw(w.ctx(), other, row.ID); return err },
		"answered": func() error { _, err := w.MarkAnswered(w.ctx(), other, row.ID); return err },
		"read":     func() error { _, err := w.OfCustomer(w.ctx(), other, row.ID); return err },
		"preview":  func() error { _, err := w.Preview(w.ctx(), other, row.ID); return err },
	} {
		if err := try(); !fault.Is(err, fault.NotFound) {
			t.Errorf("%s: %v, want NotFound", name, err)
		}
	}
}

func TestAccept_NeedsAChoiceAndItsField(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dbtest.SQLite(t))
	row := w.ben()
	for field, a := range map[string]introduction.Answer{
		"how":   {Email: "ben@acme.example"},
		"email": {How: "email"},
		"phone": {How: "call", Email: "ben@acme.example"},
		"slot":  {How: "slot", Email: "ben@acme.example", Slot: start.Add(90 * time.Minute)},
	} {
		a.ConsentText = "Yes."
		_, err := w.Accept(w.ctx(), prospect(row), a)
		wantCode(t, err, fault.Invalid)
		if ps := fault.As(err).Problems; len(ps) != 1 || ps[0].Field != field {
			t.Errorf("%+v: problems %+v, want one at %s", a, ps, field)
		}
	}
	w.state(row.ID, introduction.Invited)
}

func TestAccept_ASlotGoesToOne(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		slots, err := w.staff.Slots(w.ctx(), d, w.rosa.ID, w.clock.now())
		w.must(err)
		for n, email := range []string{"ben@acme.example", "cleo@acme.example"} {
			row, err := w.Submit(w.ctx(), w.author, introduction.Submission{FirstName: "Ben", Channel: "sms"})
			w.must(err)
			a := byEmail(email)
			a.How, a.Slot = introduction.BySlot, slots[0]
			_, err = w.Accept(w.ctx(), prospect(row), a)
			if n == 0 {
				w.must(err)
				continue
			}
			wantCode(t, err, fault.Invalid)
			a.Slot = slots[1]
			_, err = w.Accept(w.ctx(), prospect(row), a)
			w.must(err)
		}
	})
}

func TestUndoAccept_IsAsIfNothingWasSaid(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		row := w.ben()
		slots, err := w.staff.Slots(w.ctx(), d, w.rosa.ID, w.clock.now())
		w.must(err)
		a := byEmail("ben@acme.example")
		a.How, a.Slot = introduction.BySlot, slots[0]
		for range 2 {
			_, err = w.Accept(w.ctx(), prospect(row), a)
			w.must(err)
			w.clock.pass(14 * time.Minute)
			for range 2 {
				row, err = w.UndoAccept(w.ctx(), prospect(row))
				w.must(err)
			}
			if row.State != introduction.Invited || row.Email != "" || !row.SlotAt.IsZero() || row.ProspectBlind != "" {
				t.Fatalf("undone: %+v", row)
			}
		}
		w.clock.pass(day)
		_, err = w.Sweep(w.ctx())
		w.must(err)
		w.work()
		w.wantTold()
		if got := w.mails("ben@acme.example"); len(got) != 0 {
			t.Errorf("Ben got %q", got)
		}
		_, err = w.Accept(w.ctx(), prospect(row), byEmail("ben@acme.example"))
		w.must(err)
		w.clock.pass(15 * time.Minute)
		_, err = w.UndoAccept(w.ctx(), prospect(row))
		wantCode(t, err, fault.Conflict)
		open, err := w.tasks.List(w.ctx(), task.Filter{IntroductionID: row.ID}, db.Page{})
		w.must(err)
		if len(open.Items) != 1 {
			t.Errorf("%d open tasks to answer, want 1", len(open.Items))
		}
	})
}

func TestLater_KeepsTheCreditAndSendsOneMail(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		row := w.ben()
		_, err := w.Later(w.ctx(), prospect(row), 2, "", "")
		wantCode(t, err, fault.Invalid)
		row, err = w.Later(w.ctx(), prospect(row), 3, "ben@acme.example", "Write to me once then.")
		w.must(err)
		if row.State != introduction.Invited {
			t.Fatalf("state %s", row.State)
		}
		w.clock.pass(40 * day)
		_, err = w.Sweep(w.ctx())
		w.must(err)
		w.work()
		if got := append(w.mails("ben@acme.example"), w.mails("ana@ruiz.example")...); len(got) != 0 {
			t.Errorf("too early: %q", got)
		}
		w.clock.pass(52*day + time.Hour)
		for range 3 {
			_, err = w.Sweep(w.ctx())
			w.must(err)
			w.work()
		}
		if got := w.mails("ben@acme.example"); len(got) != 1 {
			t.Errorf("Ben got %q, want one mail", got)
		}
		w.clock.pass(30 * day)
		_, err = w.Sweep(w.ctx())
		w.must(err)
		w.state(row.ID, introduction.Invited)
		w.clock.pass(2 * day)
		_, err = w.Sweep(w.ctx())
		w.must(err)
		if row = w.state(row.ID, introduction.Expired); row.Email != "" || row.ProspectBlind == "" {
			t.Errorf("after it lapsed: email %q, hash %q", row.Email, row.ProspectBlind)
		}
	})
}

func TestDecline_DeletesTheDataAndKeepsOnlyTheHash(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		row, err := w.Submit(w.ctx(), w.author, introduction.Submission{FirstName: "Ben", LastName: "Okafor", Email: "ben@acme.example", Company: "Acme", Note: "Talk.", Channel: "mail"})
		w.must(err)
		for range 2 {
			row, err = w.Decline(w.ctx(), prospect(row))
			w.must(err)
		}
		if row.State != introduction.Declined || row.FirstName+row.LastName+row.Email+row.Phone+row.Company+row.Note != "" || row.ProspectBlind == "" {
			t.Errorf("declined: %+v", row)
		}
		no, err := w.stops.Suppressed(w.ctx(), d, "BEN@acme.example", "", "marketing")
		w.must(err)
		if !no {
			t.Error("the address is not on the stop list")
		}
		w.work()
		if got := w.mails("ana@ruiz.example"); len(got) != 1 || strings.Contains(got[0], "Ben") {
			t.Errorf("Ana got %q", got)
		}
		_, err = w.Accept(w.ctx(), prospect(row), byEmail("ben@acme.example"))
		wantCode(t, err, fault.Conflict)
	})
}

func TestDecline_AfterTheYesTakesBackWhatItEarned(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		row := w.settled()
		row, err := w.DeleteMyData(w.ctx(), prospect(row))
		w.must(err)
		if row.State != introduction.Declined || row.Email != "" || !row.ContactBlocked {
			t.Errorf("retracted: %+v", row)
		}
		w.wantTold("accrue accepted", "reverse [accepted] retracted")
	})
}

func TestDeleteMyData_WithADealUnderWayTheDealGoesOn(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		row := w.settled()
		_, err := w.Advance(w.ctx(), mara, row.ID, "contacted")
		w.must(err)
		row, err = w.DeleteMyData(w.ctx(), prospect(row))
		w.must(err)
		if row.State != introduction.InPipeline || !row.ContactBlocked || row.Email != "" {
			t.Errorf("blocked: %+v", row)
		}
		row, err = w.Win(w.ctx(), introduction.NewDeal{IntroductionID: row.ID, Amount: money.New(5000, "EUR"), Evidence: "signed order", Actor: mara})
		w.must(err)
		w.work()
		if row.State != introduction.Won {
			t.Errorf("state %s", row.State)
		}
		w.wantTold("accrue accepted", "accrue won 50.00 EUR later=false")
	})
}

func TestSomeoneElse_LeadsToTheIntroducersShareLinkAndKeepsTheCredit(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		row := w.ben()
		pass, err := w.SomeoneElse(w.ctx(), prospect(row))
		w.must(err)
		code, ok := strings.CutPrefix(pass.URL, base+"/r/")
		if !ok || pass.IntroducerName != "Ana" {
			t.Fatalf("message to pass on: %+v", pass)
		}
		w.state(row.ID, introduction.Invited)
		door := introduction.Door{ShareCode: code, ID: "0190f0e0-1234-7000-8000-000000000001"}
		a := byEmail("dora@acme.example")
		a.Name = "Dora Lind"
		first, url, err := w.OpenAccept(w.ctx(), door, a)
		w.must(err)
		again, url2, err := w.OpenAccept(w.ctx(), door, a)
		w.must(err)
		if first.State != introduction.Accepted || first.IntroducerID != w.ana.ID || again.ID != first.ID || url != url2 || !strings.HasPrefix(url, base+"/i/") {
			t.Errorf("through the share link: %+v, %s", first, url)
		}
		door.ID = row.ID
		_, _, err = w.OpenAccept(w.ctx(), door, a)
		wantCode(t, err, fault.NotFound)
		w.state(row.ID, introduction.Invited)
	})
}

func TestOpenAccept_APlacementMakesALeadThatRewardsNobodyWhoIntroduced(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		pl, err := w.campaigns.AddPlacement(w.ctx(), mara, w.camp.ID, "Poster")
		w.must(err)
		page, err := w.PublicPage(w.ctx(), introduction.Door{PlacementCode: pl.Code}, "de")
		w.must(err)
		if page.IntroducerName != "" || len(page.ForIntroducer) != 0 {
			t.Errorf("public page names %q", page.IntroducerName)
		}
		row, _, err := w.OpenAccept(w.ctx(), introduction.Door{PlacementCode: pl.Code, SentBy: "the lady at the desk"}, byEmail("ben@acme.example"))
		w.must(err)
		if row.Kind != introduction.Lead || row.RewardsIntroducer() || row.State != introduction.Accepted {
			t.Errorf("through a placement: %+v", row)
		}
		pass, err := w.SomeoneElse(w.ctx(), prospect(w.ben()))
		w.must(err)
		_, _, err = w.OpenAccept(w.ctx(), introduction.Door{ShareCode: strings.TrimPrefix(pass.URL, base+"/r/"), ID: row.ID}, byEmail("eve@acme.example"))
		wantCode(t, err, fault.NotFound)
		_, err = w.OpenLater(w.ctx(), introduction.Door{PlacementCode: pl.Code}, "Dora Lind", 1, "dora@acme.example", "Write to me once.")
		w.must(err)
	})
}

func TestAcceptByReply_ConfirmsToTheProspectWhoCanUndo(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		row := w.ben()
		_, err := w.MarkAnswered(w.ctx(), w.author, row.ID)
		w.must(err)
		_, err = w.AcceptByReply(w.ctx(), mara, row.ID, introduction.Reply{})
		wantCode(t, err, fault.Invalid)
		row, err = w.AcceptByReply(w.ctx(), mara, row.ID, introduction.Reply{Evidence: "Sounds good, call me.", Email: "ben@acme.example"})
		w.must(err)
		if row.State != introduction.Accepted || row.Review != "" {
			t.Errorf("by reply: %s, review %q", row.State, row.Review)
		}
		w.work()
		if got := w.mails("ben@acme.example"); len(got) != 1 {
			t.Errorf("Ben got %q", got)
		}
		row, err = w.UndoAccept(w.ctx(), prospect(row))
		w.must(err)
		row, err = w.AcceptByReply(w.ctx(), mara, row.ID, introduction.Reply{Evidence: "He said yes on the phone."})
		w.must(err)
		if row.Review != "to_review" {
			t.Error("a yes that nobody can confirm is not put up for review")
		}
	})
}

func TestAssignAndHandOver_TheTaskGoesAlong(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		row := w.accepted()
		tom := w.member("Tom", "tom@example.com", "rep")
		row, err := w.Assign(w.ctx(), mara, row.ID, tom.ID)
		w.must(err)
		open, err := w.tasks.List(w.ctx(), task.Filter{OwnerID: tom.ID}, db.Page{})
		w.must(err)
		if row.OwnerID != tom.ID || len(open.Items) != 1 {
			t.Errorf("owner %s, %d tasks", row.OwnerID, len(open.Items))
		}
		w.work()
		if got := w.mails("tom@example.com"); len(got) == 0 {
			t.Error("Tom was not told")
		}
		w.must(w.staff.Disable(w.ctx(), mara, tom.ID, w.rosa.ID))
		if got := w.read(row.ID).OwnerID; got != w.rosa.ID {
			t.Errorf("after Tom left it belongs to %s", got)
		}
	})
}

func TestEscalate_WhatNobodyAnswersGoesToSomebodyElseOnce(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		boss := w.member("Olga", "olga@example.com", "owner")
		w.signsIn(boss)
		row := w.settled()
		w.clock.pass(23 * time.Hour)
		_, err := w.Escalate(w.ctx())
		w.must(err)
		if !w.read(row.ID).EscalatedAt.IsZero() {
			t.Fatal("escalated before the promised time")
		}
		w.clock.pass(2 * time.Hour)
		for range 2 {
			_, err = w.Escalate(w.ctx())
			w.must(err)
		}
		open, err := w.tasks.List(w.ctx(), task.Filter{OwnerID: boss.ID}, db.Page{})
		w.must(err)
		if len(open.Items) != 1 || w.read(row.ID).EscalatedAt.IsZero() {
			t.Errorf("Olga has %d tasks", len(open.Items))
		}
		w.work()
		if got := w.mails("olga@example.com"); len(got) != 1 {
			t.Errorf("Olga got %q", got)
		}
	})
}

func TestNudge_OnceEachAndOffWithOneTap(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		sub := introduction.Submission{FirstName: "Ben"}
		unsent, err := w.Submit(w.ctx(), w.author, sub)
		w.must(err)
		quiet, err := w.Submit(w.ctx(), w.author, sub)
		w.must(err)
		_, err = w.NudgesOff(w.ctx(), w.author, quiet.ID)
		w.must(err)
		sent := w.ben()
		nudge := func(after time.Duration, want int) {
			t.Helper()
			w.clock.pass(after)
			for range 2 {
				_, err := w.Nudge(w.ctx())
				w.must(err)
			}
			w.work()
			if got := w.mails("ana@ruiz.example"); len(got) != want {
				t.Errorf("after %s Ana has %d nudges %q, want %d", after, len(got), got, want)
			}
		}
		nudge(20*time.Hour, 0)
		nudge(5*time.Hour, 1)
		nudge(2*day, 1)
		nudge(day, 2)
		_, err = w.Share(w.ctx(), w.author, unsent.ID, "sms")
		w.must(err)
		_, err = w.Accept(w.ctx(), prospect(sent), byEmail("ben@acme.example"))
		w.must(err)
		nudge(3*day, 3) // the yes
		nudge(2*day, 4)
		nudge(9*day, 4)
	})
}

func TestNudge_ADraftIsRememberedOnceAndGoneAfterThirtyDays(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		row, err := w.SaveDraft(w.ctx(), w.author, introduction.Submission{FirstName: "Ben"})
		w.must(err)
		for range 4 {
			w.clock.pass(day)
			_, err = w.Sweep(w.ctx())
			w.must(err)
		}
		w.work()
		if got := w.mails("ana@ruiz.example"); len(got) != 1 {
			t.Errorf("Ana got %q", got)
		}
		row, err = w.Submit(w.ctx(), w.author, introduction.Submission{DraftID: row.ID, FirstName: "Ben"})
		w.must(err)
		other, err := w.SaveDraft(w.ctx(), w.author, introduction.Submission{FirstName: "Cleo"})
		w.must(err)
		for _, wait := range []time.Duration{3 * day, 27 * day} {
			w.clock.pass(wait)
			_, err = w.Sweep(w.ctx())
			w.must(err)
			w.work()
		}
		w.state(row.ID, introduction.Ready)
		if other = w.state(other.ID, introduction.Withdrawn); other.FirstName != "" {
			t.Errorf("the draft keeps %q", other.FirstName)
		}
		if got := w.mails("ana@ruiz.example"); len(got) != 2 {
			t.Errorf("Ana got %q, want one for each", got)
		}
	})
}

func TestPurge_AfterThirtyOneDaysOnlyTheHashIsLeft(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		row, err := w.Submit(w.ctx(), w.author, introduction.Submission{FirstName: "Ben", LastName: "Okafor", Email: "ben@acme.example", Phone: "+44 20 7946 0958", Company: "Acme", Note: "Talk to Rosa.", Channel: "mail"})
		w.must(err)
		w.clock.pass(30*day + 23*time.Hour)
		_, err = w.Sweep(w.ctx())
		w.must(err)
		w.state(row.ID, introduction.Invited)
		w.clock.pass(time.Hour)
		_, err = w.Sweep(w.ctx())
		w.must(err)
		row = w.state(row.ID, introduction.Expired)
		if row.FirstName+row.LastName+row.Email+row.Phone+row.Company+row.Note != "" || row.ProspectBlind == "" || row.PurgedAt.IsZero() {
			t.Errorf("after 31 days: %+v", row)
		}
	})
}

func TestErase_ForgetsWhatTheCustomerWrote(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		open := w.ben()
		yes := w.accepted()
		w.must(w.customers.Erase(w.ctx(), mara, w.ana.ID, "asked for it"))
		if row := w.state(open.ID, introduction.Withdrawn); row.FirstName != "" || row.Note != "" {
			t.Errorf("open one: %+v", row)
		}
		if row := w.state(yes.ID, introduction.Accepted); row.Note != "" || row.Email == "" {
			t.Errorf("answered one: %+v", row)
		}
	})
}

func TestByHand_AColleagueAndAFavourEarnNothing(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		sub := introduction.Submission{FirstName: "Ben", Email: "ben@acme.example"}
		_, err := w.ByHand(w.ctx(), mara, introduction.Manual{CampaignID: w.camp.ID, Submission: sub})
		wantCode(t, err, fault.Invalid)
		handed, err := w.ByHand(w.ctx(), mara, introduction.Manual{CampaignID: w.camp.ID, IntroducerStaffID: w.rosa.ID, Division: "Cloud", Submission: sub})
		w.must(err)
		if handed.State != introduction.Ready || handed.RewardsIntroducer() || handed.OwnerID != w.rosa.ID || handed.Division != "Cloud" {
			t.Errorf("handed over: %+v", handed)
		}
		sub.Email = "ana@ruiz.example"
		favour, err := w.ByHand(w.ctx(), mara, introduction.Manual{CampaignID: w.camp.ID, IntroducerStaffID: w.rosa.ID, ForCustomerID: w.ana.ID, Submission: sub})
		w.must(err)
		if favour.State != introduction.Ready || favour.RewardsIntroducer() || favour.RewardsProspect() {
			t.Errorf("favour: %+v", favour)
		}
		hers, err := w.ByHand(w.ctx(), mara, introduction.Manual{CampaignID: w.camp.ID, IntroducerCustomerID: w.ana.ID, Submission: introduction.Submission{FirstName: "Dora"}})
		w.must(err)
		if !hers.RewardsIntroducer() {
			t.Error("Ana's own earns nothing")
		}
	})
}

func TestBoard_CountsAndShowsTheNewest(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		for range 3 {
			w.ben()
			w.clock.pass(time.Second)
		}
		w.accepted()
		board, err := w.Board(w.ctx(), introduction.Filter{OwnerID: w.rosa.ID}, 2)
		w.must(err)
		got := map[introduction.State][2]int{}
		for _, c := range board {
			got[c.State] = [2]int{c.Count, len(c.Items)}
		}
		if got[introduction.Invited] != [2]int{3, 2} || got[introduction.Accepted] != [2]int{1, 1} || got[introduction.Won] != [2]int{} {
			t.Errorf("board is %v", got)
		}
		page, err := w.List(w.ctx(), introduction.Filter{Q: "BEN"}, db.Page{Limit: 3})
		w.must(err)
		rest, err := w.List(w.ctx(), introduction.Filter{Q: "BEN"}, db.Page{Limit: 3, Cursor: page.Next})
		w.must(err)
		if len(page.Items) != 3 || len(rest.Items) != 1 || rest.Next != "" {
			t.Errorf("pages of %d and %d", len(page.Items), len(rest.Items))
		}
		related, err := w.Related(w.ctx(), page.Items[0])
		w.must(err)
		if len(related) != 0 {
			t.Errorf("%d related", len(related))
		}
	})
}

func TestList_FindsWhatIsOverdueAndWhatIsToReview(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		row := w.settled()
		count := func(f introduction.Filter) int {
			t.Helper()
			page, err := w.List(w.ctx(), f, db.Page{})
			w.must(err)
			return len(page.Items)
		}
		if n := count(introduction.Filter{OverdueAt: row.AnswerDueAt}); n != 0 {
			t.Errorf("%d overdue on time", n)
		}
		if n := count(introduction.Filter{OverdueAt: row.AnswerDueAt.Add(time.Second)}); n != 1 {
			t.Errorf("%d overdue a second late", n)
		}
		if n := count(introduction.Filter{Review: "to_review"}); n != 0 {
			t.Errorf("%d to review before anybody asked", n)
		}
		_, err := w.Review(w.ctx(), mara, row.ID, "to_review", "Looks odd.")
		w.must(err)
		if n := count(introduction.Filter{Review: "to_review"}); n != 1 {
			t.Errorf("%d to review", n)
		}
		_, err = w.Advance(w.ctx(), mara, row.ID, introduction.Steps[0])
		w.must(err)
		if n := count(introduction.Filter{OverdueAt: row.AnswerDueAt.AddDate(1, 0, 0)}); n != 0 {
			t.Errorf("%d overdue after the answer", n)
		}
	})
}

func TestAnswerDue_CountsWorkingTime(t *testing.T) {
	t.Parallel()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	h := introduction.Hours{Zone: berlin, From: 9, Until: 16}
	at := func(s string) time.Time {
		got, err := time.ParseInLocation("Mon 2006-01-02 15:04", s, berlin)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	for _, c := range []struct {
		from  string
		hours int
		want  string
	}{
		{"Tue 2026-05-12 11:20", 24, "Wed 2026-05-13 11:20"},
		{"Fri 2026-05-15 15:00", 24, "Mon 2026-05-18 15:00"},
		{"Sat 2026-05-16 10:00", 24, "Tue 2026-05-19 09:00"},
		{"Tue 2026-05-12 22:00", 24, "Thu 2026-05-14 09:00"},
		{"Tue 2026-05-12 15:30", 1, "Wed 2026-05-13 10:00"},
		{"Tue 2026-05-12 07:00", 2, "Tue 2026-05-12 11:00"},
		{"Fri 2026-05-15 23:00", 48, "Wed 2026-05-20 09:00"},
	} {
		if got := introduction.AnswerDue(at(c.from).UTC(), c.hours, h); !got.Equal(at(c.want)) {
			t.Errorf("%d hours from %s is %s, want %s", c.hours, c.from, got.In(berlin).Format("Mon 2006-01-02 15:04"), c.want)
		}
	}
}
