package invitation_test

import (
	"testing"
	"time"

	"goodword/internal/campaign"
	"goodword/internal/customer"
	"goodword/internal/db"
	"goodword/internal/dbtest"
	"goodword/internal/ident"
	"goodword/internal/invitation"
)

func tokenOf(url string) ident.Token {
	for i := len(url) - 1; i >= 0; i-- {
		if url[i] == '/' {
			return ident.Token(url[i+1:])
		}
	}
	return ident.Token(url)
}

func TestEvent_InvitesOnceForEachFactAfterTheLaunch(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		people := w.people(3)
		fact := func(p customer.Customer, kind string) {
			t.Helper()
			w.must(w.customers.RecordFact(w.ctx(), mara, p.ID, customer.Fact{Type: kind}))
		}
		fact(people[0], "order.placed") // before the launch: does not count
		c := w.launch(w.created(w.plan("order_placed")).ID)
		w.deliver()
		fact(people[1], "order.placed")
		fact(people[2], "thanked")
		for range 3 {
			w.deliver()
		}
		if got := w.counts(c); got != (invitation.Counts{Planned: 1}) {
			t.Fatalf("%+v, want one planned for tomorrow", got)
		}
		w.clock.pass(24 * time.Hour)
		w.deliver()
		if got := w.invitationOf(c, people[1]); got.State != invitation.Sent {
			t.Errorf("%s a day after the order, want sent", got.State)
		}
		// Another order within the 180 days makes no second ask; one after them does.
		w.clock.pass(100 * 24 * time.Hour)
		fact(people[1], "order.placed")
		w.deliver()
		w.clock.pass(100 * 24 * time.Hour)
		fact(people[1], "order.placed")
		w.deliver()
		w.clock.pass(24 * time.Hour)
		w.deliver()
		l, err := w.List(w.ctx(), invitation.Filter{CampaignID: c.ID, CustomerID: people[1].ID}, db.Page{})
		if err != nil || len(l.Items) != 2 {
			t.Errorf("%d asks in 200 days, %v; want 2", len(l.Items), err)
		}
	})
}

func TestSweep_WalksOnceAPeriodAndAsksNobodyTwice(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.people(2)
		c := w.launch(w.created(w.plan("blind_spot")).ID)
		for range 3 {
			w.deliver()
		}
		if got := w.counts(c); got != (invitation.Counts{Sent: 2}) {
			t.Fatalf("%+v in the first month, want 2", got)
		}
		w.customer(customer.Draft{FirstName: "New", Email: "new@acme.example"})
		w.deliver()
		if got := w.counts(c); got.Sent != 2 {
			t.Errorf("%+v, want the new customer to wait for the next month", got)
		}
		w.clock.pass(31 * 24 * time.Hour)
		w.deliver()
		if got := w.counts(c); got.Sent != 3 {
			t.Errorf("%+v in the second month, want 3", got)
		}
	})
}

func TestSweep_RenewalAndReconnectFindTheirPeople(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		now := w.clock.now()
		soon := w.customer(customer.Draft{FirstName: "Soon", Email: "soon@acme.example", RenewsAt: now.AddDate(0, 0, 50), LastOrderAt: now.AddDate(-1, 0, 0)})
		w.customer(customer.Draft{FirstName: "Far", Email: "far@acme.example", RenewsAt: now.AddDate(0, 0, 90), LastOrderAt: now.AddDate(-1, 0, 0)})
		silent := w.customer(customer.Draft{FirstName: "Silent", Email: "silent@acme.example", LastOrderAt: now.AddDate(-3, 0, 0)})
		renewal := w.launch(w.created(w.plan("renewal")).ID)
		reconnect := w.launch(w.created(w.plan("reconnect")).ID)
		w.deliver()
		if w.counts(renewal) != (invitation.Counts{Sent: 1}) || w.invitationOf(renewal, soon).State != invitation.Sent {
			t.Errorf("renewal %+v", w.counts(renewal))
		}
		if w.counts(reconnect) != (invitation.Counts{Sent: 1}) || w.invitationOf(reconnect, silent).State != invitation.Sent {
			t.Errorf("reconnect %+v", w.counts(reconnect))
		}
	})
}

func TestTrigger_DryRunOfASweepCountsTheSame(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		fine := w.mixed()
		c := w.created(w.plan("blind_spot"))
		dry, err := w.campaigns.DryRun(w.ctx(), c.ID)
		w.must(err)
		live := w.launch(c.ID)
		w.deliver()
		if got := w.counts(live).Sent; got != dry.Recipients || got != len(fine) {
			t.Errorf("sent %d, dry run %d, want %d", got, dry.Recipients, len(fine))
		}
		if live.Trigger.Kind != campaign.TriggerSweep {
			t.Errorf("trigger %s", live.Trigger.Kind)
		}
	})
}
