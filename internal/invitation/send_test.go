package invitation_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"goodword/internal/campaign"
	"goodword/internal/customer"
	"goodword/internal/db"
	"goodword/internal/dbtest"
	"goodword/internal/event"
	"goodword/internal/fault"
	"goodword/internal/invitation"
	"goodword/internal/mail"
	"goodword/internal/staff"
)

// mixed makes customers of every kind that matters to the contact budget and returns those who may be asked.
func (w *world) mixed() []customer.Customer {
	w.t.Helper()
	fine := w.people(7)
	w.customer(customer.Draft{FirstName: "NoMail", Phone: "+49 30 1234567"})
	w.customer(customer.Draft{FirstName: "Lead", Email: "lead@acme.example", Stage: customer.Lead})
	old := w.clock.now().AddDate(-3, 0, 0)
	w.customer(customer.Draft{FirstName: "Silent", Email: "silent@acme.example", LastOrderAt: old})
	stopped := w.customer(customer.Draft{FirstName: "Stopped", Email: "stopped@acme.example"})
	recent := w.customer(customer.Draft{FirstName: "Recent", Email: "recent@acme.example"})
	angry := w.customer(customer.Draft{FirstName: "Angry", Email: "angry@acme.example"})
	w.customer(customer.Draft{FirstName: "Listed", Email: "Listed@acme.example"})
	w.must(w.customers.RecordFact(w.ctx(), mara, angry.ID, customer.Fact{Type: "complaint.opened"}))
	w.must(w.db.InTx(w.ctx(), func(ctx context.Context, tx db.Tx) error {
		return errors.Join(w.customers.Stop(ctx, tx, stopped.ID), w.customers.Asked(ctx, tx, recent.ID, start.Add(-24*time.Hour)),
			w.customers.StopList.Suppress(ctx, tx, "listed@acme.example", mail.All, mail.Unsubscribed))
	}))
	return fine
}

func TestLaunch_SendsExactlyWhatTheDryRunSaid(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		fine := w.mixed()
		draft := w.created(w.plan("two_lines"))
		dry, err := w.campaigns.DryRun(w.ctx(), draft.ID)
		w.must(err)
		const want = "[{asked_recently 1} {complaint 1} {no_address 1} {reconnect_first 1} {stopped 1} {unsubscribed 1}]"
		if dry.Recipients != len(fine) || fmt.Sprint(dry.Skipped) != want {
			t.Errorf("dry run: %d, %v; want %d, %s", dry.Recipients, dry.Skipped, len(fine), want)
		}
		c := w.launch(draft.ID)
		w.deliver()
		if got := w.onePerAddress(); got != dry.Recipients {
			t.Errorf("%d people got a mail, the dry run said %d", got, dry.Recipients)
		}
		p, err := w.Progress(w.ctx(), c.ID)
		w.must(err)
		if p.Planned != int64(dry.Recipients) || fmt.Sprint(p.Skipped) != want || !p.Done {
			t.Errorf("progress %+v, want %d planned and %s skipped", p, dry.Recipients, want)
		}
		if got := w.counts(c); got != (invitation.Counts{Sent: len(fine)}) {
			t.Errorf("counts %+v", got)
		}
		if fresh, err := w.campaigns.ByID(w.ctx(), d, c.ID); err != nil || fresh.Planned != int64(len(fine)) {
			t.Errorf("campaign says %d planned, %v", fresh.Planned, err)
		}
		asked, err := w.customers.ByID(w.ctx(), d, fine[0].ID)
		w.must(err)
		if !asked.AskedAt.Equal(start) {
			t.Errorf("asked at %s, want %s", asked.AskedAt, start)
		}
		again, err := w.campaigns.DryRun(w.ctx(), draft.ID)
		w.must(err)
		if again.Recipients != 0 {
			t.Errorf("after the launch a dry run still finds %d people", again.Recipients)
		}
	})
}

func TestSend_TheMailSaysWhatThePersonIsPromised(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		rosa, _, err := w.staff.Add(w.ctx(), mara, staff.NewMember{Email: "rosa@example.com", Name: "Rosa Klein", Role: staff.Rep})
		w.must(err)
		ana := w.customer(customer.Draft{FirstName: "Ana", LastName: "Ruiz", Email: "ana@acme.example", OwnerID: rosa.ID})
		w.customer(customer.Draft{FirstName: "Udo", Email: "udo@stadt.example", Language: "de", GiftPolicy: customer.GiftNone})
		if _, err := w.customers.Suggest(w.ctx(), mara, ana.ID, customer.SuggestionDraft{FirstName: "Ben", Company: "Acme"}); err != nil {
			t.Fatal(err)
		}
		p := w.plan("blind_spot")
		p.Trigger = campaign.Trigger{Kind: campaign.TriggerNow}
		w.launch(w.created(p).ID)
		w.deliver()

		byTo := map[string]mail.CapturedMail{}
		for _, m := range w.mails() {
			byTo[m.To.Email] = m
		}
		to := byTo["ana@acme.example"]
		for _, want := range []string{
			"Hi Ana,", "You get another €100.00 when somebody you introduce becomes a customer.", "Whom it suits: somebody who does the same work as you at another company",
			"https://gw.example/c/", "/introduce", "https://gw.example/r/", "https://gw.example/u/", "Ben at Acme", "Rosa Klein",
		} {
			if !strings.Contains(to.Text, want) {
				t.Errorf("Ana's mail lacks %q:\n%s", want, to.Text)
			}
		}
		if to.Subject != "A question I should have asked long ago, Ana" || !strings.HasPrefix(to.From.Name, "Rosa Klein at Example") || !strings.HasPrefix(to.UnsubscribeOf, "https://gw.example/u/") {
			t.Errorf("subject %q, from %q, unsubscribe %q", to.Subject, to.From.Name, to.UnsubscribeOf)
		}
		udo := byTo["udo@stadt.example"]
		if !strings.Contains(udo.Text, "Guten Tag Udo,") || strings.Contains(udo.Text, "€") || strings.Contains(udo.Text, "Dankeschön bekommen") || strings.Contains(udo.Text, "{{") {
			t.Errorf("Udo's gift rule allows nothing, his mail reads:\n%s", udo.Text)
		}
	})
}

func TestLaunch_TwiceInvitesOnce(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.people(5)
		c := w.live()
		w.launch(c.ID)
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() { w.walk() })
		}
		wg.Wait()
		wg = sync.WaitGroup{}
		for range 4 {
			wg.Go(func() {
				if err := w.Send(w.ctx(), invitation.Send{}); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if got := w.onePerAddress(); got != 5 || w.counts(c).Sent != 5 {
			t.Errorf("%d people, %+v; want 5", got, w.counts(c))
		}
	})
}

func TestPlan_WalksLargeAudiencesInChunksAndCountsOnce(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.people(620)
		c := w.live()
		w.walk()
		w.walk()
		p, err := w.Progress(w.ctx(), c.ID)
		w.must(err)
		if p.Planned != 620 || !p.Done || w.counts(c).Planned != 620 {
			t.Errorf("%+v, %+v; want 620", p, w.counts(c))
		}
	})
}

func TestPause_InTheMiddleStopsAndResumeReachesTheRest(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.people(120)
		c := w.live()
		w.walk()
		if n, err := w.SendBatch(w.ctx()); err != nil || n != 50 {
			t.Fatalf("first batch %d, %v", n, err)
		}
		if _, err := w.campaigns.Pause(w.ctx(), mara, c.ID); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			w.deliver()
		}
		if got := w.counts(c); got.Sent != 50 || got.Planned != 70 {
			t.Errorf("paused at %+v, want 50 sent and 70 planned", got)
		}
		if _, err := w.campaigns.Resume(w.ctx(), mara, c.ID); err != nil {
			t.Fatal(err)
		}
		w.deliver()
		if got := w.onePerAddress(); got != 120 || w.counts(c).Sent != 120 {
			t.Errorf("%d people, %+v; want 120", got, w.counts(c))
		}
	})
}

func TestEnd_DropsWhatWasNotSent(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.people(60)
		c := w.live()
		w.walk()
		if _, err := w.SendBatch(w.ctx()); err != nil {
			t.Fatal(err)
		}
		if _, err := w.campaigns.End(w.ctx(), mara, c.ID); err != nil {
			t.Fatal(err)
		}
		w.deliver()
		w.must(w.Expire(w.ctx()))
		if got := w.counts(c); got != (invitation.Counts{Sent: 50, Stopped: 10}) {
			t.Errorf("%+v, want 50 sent and 10 stopped", got)
		}
	})
}

// A worker dies after the mail server took the batch and before the rows were marked.
func TestSend_CrashBetweenSendAndMarkSendsNothingTwiceAndLosesNobody(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.people(70)
		c := w.live()
		w.walk()
		w.post.after = func() { panic("killed") }
		die := func() {
			defer func() { w.post.after = nil; _ = recover() }()
			_, err := w.SendBatch(w.ctx())
			t.Errorf("the worker lived: %v", err)
		}
		die()
		if got := w.counts(c); got.Planned != 70 {
			t.Errorf("%+v after the crash, want all planned", got)
		}
		// Others go on with the rest at once and leave the dead worker's claim alone for a minute.
		w.must(w.Send(w.ctx(), invitation.Send{}))
		if got := w.counts(c); got.Sent != 20 {
			t.Errorf("%+v, want the 20 that nobody had claimed", got)
		}
		w.clock.pass(61 * time.Second)
		w.deliver()
		if got := w.onePerAddress(); got != 70 || w.counts(c).Sent != 70 {
			t.Errorf("%d people, %+v; want 70", got, w.counts(c))
		}
		// The second claim took the links that the first had made, and every mail's links are alive.
		var links int
		w.must(d.NewRaw("SELECT count(*) FROM private_link").Scan(w.ctx(), &links))
		if links != 2*70 {
			t.Errorf("%d links, want two each", links)
		}
		for _, m := range w.mails() {
			if _, err := w.customers.Links.Resolve(w.ctx(), customer.ForUnsubscribe, tokenOf(m.UnsubscribeOf)); err != nil {
				t.Errorf("the link to unsubscribe of %s: %v", m.To.Email, err)
			}
		}
	})
}

// A worker dies after the claim and before anything was handed to the mail server.
func TestSend_CrashBetweenClaimAndSendLosesNobody(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.people(10)
		c := w.live()
		w.walk()
		w.post.before = func([]mail.Message) []error { panic("killed") }
		func() {
			defer func() { w.post.before = nil; _ = recover() }()
			_, err := w.SendBatch(w.ctx())
			t.Errorf("the worker lived: %v", err)
		}()
		w.deliver()
		if got := w.counts(c); got.Planned != 10 {
			t.Errorf("%+v, want the claim respected", got)
		}
		w.clock.pass(61 * time.Second)
		w.deliver()
		if got := w.onePerAddress(); got != 10 || w.counts(c).Sent != 10 {
			t.Errorf("%d people, %+v; want 10", got, w.counts(c))
		}
	})
}

func TestSend_TroubleWithSomeKeepsThemForLater(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		people := w.people(6)
		c := w.live()
		w.walk()
		w.post.before = func(ms []mail.Message) []error {
			errs := make([]error, len(ms))
			for i, m := range ms {
				switch m.To.Email {
				case "p1@acme.example":
					errs[i] = fault.New(fault.Unavailable, "later")
				case "p2@acme.example":
					errs[i] = fault.New(fault.Invalid, "never")
				default:
					errs[i] = w.post.Send(context.Background(), m)
				}
			}
			return errs
		}
		if _, err := w.SendBatch(w.ctx()); err != nil {
			t.Fatal(err)
		}
		if got := w.counts(c); got != (invitation.Counts{Planned: 1, Sent: 4, Bounced: 1}) {
			t.Errorf("%+v", got)
		}
		w.post.before = nil
		w.clock.pass(2 * time.Minute)
		w.deliver()
		if got := w.counts(c); got != (invitation.Counts{Sent: 5, Bounced: 1}) {
			t.Errorf("%+v after the trouble", got)
		}
		// The address was corrected: the bounced one starts anew under a new key.
		i := w.invitationOf(c, people[2])
		w.must(w.Resend(w.ctx(), mara, i.ID))
		w.deliver()
		if got := w.invitationOf(c, people[2]); got.State != invitation.Sent || got.Resends != 1 || w.onePerAddress() != 6 {
			t.Errorf("resent: %+v", got)
		}
	})
}

func TestSend_WholeBatchInTroubleIsTheJobsError(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.people(60)
		c := w.live()
		w.walk()
		w.post.before = func(ms []mail.Message) []error {
			errs := make([]error, len(ms))
			for i := range errs {
				errs[i] = fault.New(fault.Unavailable, "the server is down")
			}
			return errs
		}
		if err := w.Send(w.ctx(), invitation.Send{}); !fault.Is(err, fault.Unavailable) {
			t.Errorf("got %v, want Unavailable, so that the job is tried later", err)
		}
		if got := w.counts(c); got.Planned != 60 {
			t.Errorf("%+v", got)
		}
	})
}

// L8: whoever stops first, no mail goes out whose release came after the stop, and the rows say so.
func TestUnsubscribe_RacesWithTheSender(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		const n = 40
		people := w.people(n)
		c := w.live()
		w.walk()
		stoppedBefore := map[string]bool{}
		for _, p := range people[:10] {
			w.stop(c, p, invitation.ScopeAll)
			stoppedBefore[p.Email()] = true
		}
		var wg sync.WaitGroup
		wg.Go(func() {
			for _, p := range people[10:] {
				w.stop(c, p, invitation.ScopeCampaign)
			}
		})
		wg.Go(func() {
			if err := w.Send(w.ctx(), invitation.Send{}); err != nil {
				t.Error(err)
			}
		})
		wg.Wait()
		for _, m := range w.mails() {
			if stoppedBefore[m.To.Email] {
				t.Errorf("%s stopped before the sender began, and got a mail", m.To.Email)
			}
		}
		if got := w.counts(c); got.Stopped != n || got.Planned+got.Sent != 0 {
			t.Errorf("%+v, want all stopped", got)
		}
		for _, p := range people[:10] {
			fresh, err := w.customers.ByID(w.ctx(), d, p.ID)
			w.must(err)
			if fresh.StoppedAt.IsZero() {
				t.Errorf("%s stopped everything, and the customer does not know", p.ID)
			}
		}
	})
}

// stop presses the button of the page behind the mail's link.
func (w *world) stop(c campaign.Campaign, p customer.Customer, scope invitation.Scope) {
	w.t.Helper()
	i := w.invitationOf(c, p)
	for range 2 {
		w.must(w.Unsubscribe(w.ctx(), customer.Link{CustomerID: p.ID, InvitationID: i.ID}, scope))
	}
}

func TestUnsubscribe_FromOneCampaignLeavesTheOthers(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ana := w.people(1)[0]
		first := w.live()
		w.deliver()
		w.stop(first, ana, invitation.ScopeCampaign)
		w.clock.pass(31 * 24 * time.Hour)
		second := w.live()
		w.deliver()
		if w.counts(first) != (invitation.Counts{Stopped: 1}) || w.counts(second) != (invitation.Counts{Sent: 1}) {
			t.Errorf("first %+v, second %+v", w.counts(first), w.counts(second))
		}
		link, err := w.customers.Links.Find(w.ctx(), d, customer.Subject{Purpose: customer.ForCustomer, CustomerID: ana.ID})
		w.must(err)
		if err := w.Unsubscribe(w.ctx(), link, "some"); !fault.Is(err, fault.Invalid) {
			t.Errorf("an unknown scope: %v, want Invalid", err)
		}
	})
}

// Two campaigns plan the same person before either has written: only the first one writes.
func TestSend_TwoCampaignsAtOnceRespectTheContactBudget(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.people(3)
		a, b := w.live(), w.live()
		w.walk()
		w.deliver()
		ca, cb := w.counts(a), w.counts(b)
		if w.onePerAddress() != 3 || ca.Sent+cb.Sent != 3 || ca.Stopped+cb.Stopped != 3 {
			t.Errorf("a %+v, b %+v; want three mails in all", ca, cb)
		}
	})
}

func TestRemind_OnlyThoseWhoDidNotAnswer(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		people := w.people(4)
		p := w.plan("two_lines")
		p.Reminders = campaign.Reminders{AfterDays: []int{7, 14}, Max: 2}
		c := w.launch(w.created(p).ID)
		w.deliver()
		w.must(w.capture.Clear())

		answered := w.invitationOf(c, people[0])
		for range 2 {
			w.must(d.InTx(w.ctx(), func(ctx context.Context, tx db.Tx) error { return w.Answered(ctx, tx, answered.ID) }))
		}
		w.must(w.NotNow(w.ctx(), w.invitationOf(c, people[1]).ID))
		w.stop(c, people[2], invitation.ScopeAll)

		for _, day := range []struct {
			pass time.Duration
			want int
		}{{6 * 24 * time.Hour, 0}, {24 * time.Hour, 1}, {time.Hour, 1}, {7 * 24 * time.Hour, 2}, {30 * 24 * time.Hour, 2}} {
			w.clock.pass(day.pass)
			w.deliver()
			if got := len(w.mails()); got != day.want {
				t.Errorf("%d reminders by %s, want %d", got, w.clock.now(), day.want)
			}
		}
		for _, m := range w.mails() {
			if m.To.Email != people[3].Email() || m.Subject != "Two lines are enough, Person3" {
				t.Errorf("%q went to %s", m.Subject, m.To.Email)
			}
		}
		if got := w.counts(c); got != (invitation.Counts{Sent: 1, Answered: 1, Stopped: 2}) {
			t.Errorf("%+v", got)
		}
		w.clock.pass(90 * 24 * time.Hour)
		w.must(w.Expire(w.ctx()))
		if got := w.counts(c); got.Expired != 1 {
			t.Errorf("%+v, want one expired", got)
		}
		// A late answer counts.
		w.must(d.InTx(w.ctx(), func(ctx context.Context, tx db.Tx) error { return w.Answered(ctx, tx, w.idOf(ctx, tx, c, people[3])) }))
		if got := w.counts(c); got.Answered != 2 {
			t.Errorf("%+v, want the late answer", got)
		}
	})
}

func (w *world) idOf(ctx context.Context, tx db.Tx, c campaign.Campaign, p customer.Customer) string {
	var id string
	if err := tx.NewRaw("SELECT id FROM invitation WHERE campaign_id = ? AND customer_id = ?", c.ID, p.ID).Scan(ctx, &id); err != nil {
		w.t.Error(err)
	}
	return id
}

// The sweep that ends old invitations and the one that sends run side by side, so after a long standstill either may be first.
func TestSend_LeavesWhatIsOver(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.people(2)
		c := w.launch(w.created(w.plan("two_lines")).ID)
		w.walk()
		w.clock.pass(90 * 24 * time.Hour)
		w.deliver()
		if got := w.mails(); len(got) != 0 {
			t.Errorf("%d mails went out that were due three months ago", len(got))
		}
		w.must(w.Expire(w.ctx()))
		if got := w.counts(c); got != (invitation.Counts{Expired: 2}) {
			t.Errorf("%+v, want both expired", got)
		}
	})
}

func TestRemind_CrashAfterSendRemindsOnce(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		people := w.people(3)
		c := w.live()
		w.deliver()
		w.must(w.capture.Clear())
		w.clock.pass(7 * 24 * time.Hour)
		w.post.after = func() { panic("killed") }
		func() {
			defer func() { w.post.after = nil; _ = recover() }()
			_, err := w.SendBatch(w.ctx())
			t.Errorf("the worker lived: %v", err)
		}()
		w.clock.pass(61 * time.Second)
		w.deliver()
		w.clock.pass(time.Hour)
		w.deliver()
		if got := w.onePerAddress(); got != 3 {
			t.Errorf("%d people were reminded, want 3", got)
		}
		if i := w.invitationOf(c, people[0]); i.RemindersSent != 1 || !i.RemindAt.IsZero() {
			t.Errorf("%+v, want one reminder and no further", i)
		}
	})
}

// What was promised is what the mail says, also when the offer changed between planning and sending.
func TestOffer_APlannedInvitationKeepsItsOwn(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		early := w.people(1)[0]
		c := w.live()
		w.walk()
		terms := w.plan("two_lines").Offer
		terms.Rewards[0].AmountMinor = 9900
		changed, err := w.campaigns.Update(w.ctx(), mara, c.ID, campaign.Patch{Offer: &terms}, -1)
		w.must(err)
		late := w.customer(customer.Draft{FirstName: "Late", Email: "late@acme.example"})
		if _, _, err := w.Create(w.ctx(), mara, c.ID, late.ID, invitation.ByEmail); err != nil {
			t.Fatal(err)
		}
		w.deliver()
		if a, b := w.invitationOf(c, early), w.invitationOf(c, late); a.OfferID != c.OfferID || b.OfferID != changed.OfferID || a.OfferID == b.OfferID {
			t.Errorf("offers %s and %s, want %s and %s", a.OfferID, b.OfferID, c.OfferID, changed.OfferID)
		}
		for _, m := range w.mails() {
			want, other := "€10.00", "€99.00"
			if m.To.Email == late.Email() {
				want, other = other, want
			}
			if !strings.Contains(m.Text, want) || strings.Contains(m.Text, other) {
				t.Errorf("%s reads:\n%s\nwant %s", m.To.Email, m.Text, want)
			}
		}
	})
}

func TestCreate_ByHand(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		people := w.people(3)
		p := w.plan("two_lines")
		p.Audience = campaign.Audience{Filter: &customer.Filter{Q: "nobody at all"}}
		draft := w.created(p)
		if _, _, err := w.Create(w.ctx(), mara, draft.ID, people[0].ID, invitation.ByLink); !fault.Is(err, fault.Conflict) {
			t.Errorf("a draft invited: %v, want Conflict", err)
		}
		c := w.launch(draft.ID)
		i, url, err := w.Create(w.ctx(), mara, c.ID, people[0].ID, invitation.ByLink)
		w.must(err)
		if i.State != invitation.Sent || !strings.HasPrefix(url, "https://gw.example/c/") {
			t.Errorf("%s, %s", i.State, url)
		}
		same, again, err := w.Create(w.ctx(), mara, c.ID, people[0].ID, invitation.ByQR)
		if err != nil || same.ID != i.ID || again != url {
			t.Errorf("a second time: %s %t, %v; want the same invitation and link", same.ID, again == url, err)
		}
		// Asked by hand although they were asked yesterday.
		w.must(d.InTx(w.ctx(), func(ctx context.Context, tx db.Tx) error {
			return w.customers.Asked(ctx, tx, people[1].ID, start.Add(-24*time.Hour))
		}))
		if _, _, err := w.Create(w.ctx(), mara, c.ID, people[1].ID, invitation.ByEmail); err != nil {
			t.Fatal(err)
		}
		w.deliver()
		if got := w.onePerAddress(); got != 1 {
			t.Errorf("%d mails, want the one to who was asked by hand", got)
		}
		w.must(d.InTx(w.ctx(), func(ctx context.Context, tx db.Tx) error { return w.customers.Stop(ctx, tx, people[2].ID) }))
		if _, _, err := w.Create(w.ctx(), mara, c.ID, people[2].ID, invitation.ByLink); !fault.Is(err, fault.Conflict) {
			t.Errorf("who stopped was invited: %v, want Conflict", err)
		}
		if _, _, err := w.Create(w.ctx(), mara, c.ID, people[0].ID, "pigeon"); !fault.Is(err, fault.Invalid) {
			t.Errorf("unknown channel: %v, want Invalid", err)
		}
		events, err := event.Timeline(w.ctx(), d, event.Filter{CustomerID: people[0].ID, Types: []string{"invitation.sent"}}, db.Page{})
		if err != nil || len(events.Items) != 1 {
			t.Errorf("%d events, %v; want 1", len(events.Items), err)
		}
	})
}

func TestShareLink_IsOnePerCustomerAndCampaign(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ana := w.people(1)[0]
		c := w.live()
		var codes [2]string
		for i := range codes {
			w.must(d.InTx(w.ctx(), func(ctx context.Context, tx db.Tx) (err error) {
				codes[i], err = w.campaigns.ShareLink(ctx, tx, ana.ID, c.ID)
				return err
			}))
		}
		l, err := w.campaigns.ShareByCode(w.ctx(), d, codes[0])
		if err != nil || codes[0] != codes[1] || l.CustomerID != ana.ID || l.OfferID != c.OfferID {
			t.Errorf("%v, %+v, %v", codes, l, err)
		}
		w.must(d.InTx(w.ctx(), func(ctx context.Context, tx db.Tx) error { return w.Erase(ctx, tx, ana.ID) }))
		if _, err := w.campaigns.ShareByCode(w.ctx(), d, codes[0]); !fault.Is(err, fault.Gone) {
			t.Errorf("after erasure: %v, want Gone", err)
		}
	})
}

func TestTestSend_GoesToColleaguesOnly(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		rosa, url, err := w.staff.Add(w.ctx(), mara, staff.NewMember{Email: "rosa@example.com", Name: "Rosa Klein", Role: staff.Rep})
		w.must(err)
		c := w.created(w.plan("order_placed"))
		if err := w.TestSend(w.ctx(), mara, c.ID, "de", rosa.Email); !fault.Is(err, fault.Invalid) {
			t.Errorf("to somebody who has not set up the account: %v, want Invalid", err)
		}
		if _, err := w.staff.CompleteSetup(w.ctx(), tokenOf(url), "a long and boring passphrase", staff.Client{}); err != nil {
			t.Fatal(err)
		}
		w.must(w.TestSend(w.ctx(), mara, c.ID, "de", "Rosa@example.com"))
		if err := w.TestSend(w.ctx(), mara, c.ID, "de", "stranger@example.org"); !fault.Is(err, fault.Invalid) {
			t.Errorf("to a stranger: %v, want Invalid", err)
		}
		if err := w.TestSend(w.ctx(), mara, c.ID, "fr", rosa.Email); !fault.Is(err, fault.Invalid) {
			t.Errorf("in a language without words: %v, want Invalid", err)
		}
		ms := w.mails()
		sample, err := w.Sample(w.ctx(), invitation.Sample{Plan: w.plan("reconnect"), Lang: "en", FirstName: "Ana", RepName: "Rosa"})
		w.must(err)
		if v, ok := sample.View.(mail.Invitation); !ok || v.URL != "" || v.Subject != "It has been a while, Ana" {
			t.Errorf("a sample of a mail that asks for nothing: %+v", sample.View)
		}
		if len(ms) != 1 || ms[0].Subject != "Test: Wer sollte davon noch wissen, Rosa?" {
			t.Errorf("%d mails: %+v", len(ms), ms)
		}
	})
}
