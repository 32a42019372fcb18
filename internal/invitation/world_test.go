package invitation_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"goodword/emails"
	"goodword/internal/audit"
	"goodword/internal/campaign"
	"goodword/internal/customer"
	"goodword/internal/db"
	"goodword/internal/ident"
	"goodword/internal/invitation"
	"goodword/internal/mail"
	"goodword/internal/queue"
	"goodword/internal/setting"
	"goodword/internal/staff"
)

var start = time.Date(2026, 5, 12, 9, 0, 0, 0, time.UTC)

var mara = audit.Actor{Kind: audit.KindStaff, ID: "staff-1", Name: "Mara", Role: "marketer"}

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

// post is the real outbox in front of a folder, with a place to fail.
type post struct {
	*mail.Outbox
	// before may refuse or change a batch; after sees what became of it. Both may panic, as a process may die.
	before func([]mail.Message) []error
	after  func()
}

func (p *post) SendAll(ctx context.Context, ms []mail.Message) []error {
	if p.before != nil {
		if errs := p.before(ms); errs != nil {
			return errs
		}
	}
	errs := p.Outbox.SendAll(ctx, ms)
	if p.after != nil {
		p.after()
	}
	return errs
}

type world struct {
	t         *testing.T
	db        *db.DB
	clock     *clock
	queue     *queue.Queue
	post      *post
	capture   *mail.Capture
	settings  *setting.Service
	staff     *staff.Service
	customers *customer.Service
	*invitation.Service
	campaigns *campaign.Service
}

func newWorld(t *testing.T, d *db.DB) *world {
	t.Helper()
	w := &world{t: t, db: d, clock: &clock{at: start}}
	var err error
	if w.queue, err = queue.New(d, queue.Options{}); err != nil {
		t.Fatal(err)
	}
	keys, err := ident.NewKeyring(strings.Repeat("k", 32))
	if err != nil {
		t.Fatal(err)
	}
	renderer, err := mail.NewRenderer(emails.FS)
	if err != nil {
		t.Fatal(err)
	}
	if w.capture, err = mail.NewCapture(t.TempDir()); err != nil {
		t.Fatal(err)
	}
	defaults := setting.Defaults()
	defaults.Company = "Example"
	w.settings = setting.New(setting.Deps{DB: d, Clock: w.clock.now, Defaults: defaults})
	w.post = &post{Outbox: mail.NewOutbox(mail.Options{
		DB: d, Renderer: renderer, Transport: w.capture, Keys: keys, Now: w.clock.now,
		Identity: func() mail.Identity {
			return mail.Identity{Company: "Example", PostalAddress: "12 Mill Lane", FromEmail: "hello@example.com", BaseURL: "https://gw.example", BrandColor: "#0b5fa5"}
		},
	})}
	const base = "https://gw.example"
	w.staff = staff.New(staff.Deps{DB: d, Queue: w.queue, Clock: w.clock.now, Wall: w.clock.now, Keys: keys, Mail: w.post, BaseURL: base, HandOvers: []staff.HandOver{}})
	w.customers = customer.New(customer.Deps{DB: d, Queue: w.queue, Clock: w.clock.now, Keys: keys, Mail: w.post, StopList: w.post.StopList(), BaseURL: base, Erasers: []customer.Eraser{}})
	w.Service = invitation.New(invitation.Deps{DB: d, Queue: w.queue, Clock: w.clock.now, Mail: w.post, BaseURL: base, Settings: w.settings, Staff: w.staff, Customers: w.customers})
	w.campaigns = campaign.New(campaign.Deps{DB: d, Clock: w.clock.now, BaseURL: base, Outreach: w.Service})
	return w
}

func (w *world) ctx() context.Context {
	c, cancel := context.WithTimeout(context.Background(), time.Minute)
	w.t.Cleanup(cancel)
	return c
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) customer(d customer.Draft) customer.Customer {
	w.t.Helper()
	c, err := w.customers.Create(w.ctx(), mara, d)
	w.must(err)
	return c
}

// people makes n customers who may be asked.
func (w *world) people(n int) []customer.Customer {
	w.t.Helper()
	out := make([]customer.Customer, n)
	w.must(w.db.InTx(w.ctx(), func(ctx context.Context, tx db.Tx) error {
		for i := range out {
			var err error
			out[i], err = w.customers.CreateTx(ctx, tx, mara, customer.Draft{FirstName: fmt.Sprintf("Person%d", i), Email: fmt.Sprintf("p%d@acme.example", i)})
			if err != nil {
				return err
			}
		}
		return nil
	}))
	return out
}

func (w *world) plan(key string) campaign.Plan {
	w.t.Helper()
	t, ok := campaign.TemplateByKey(key)
	if !ok {
		w.t.Fatalf("no template %s", key)
	}
	return t.Plan
}

func (w *world) created(p campaign.Plan) campaign.Campaign {
	w.t.Helper()
	c, err := w.campaigns.Create(w.ctx(), mara, p)
	w.must(err)
	return c
}

// live makes and launches a campaign that writes to everybody now.
func (w *world) live() campaign.Campaign {
	w.t.Helper()
	c := w.created(w.plan("two_lines"))
	return w.launch(c.ID)
}

func (w *world) launch(id string) campaign.Campaign {
	w.t.Helper()
	c, err := w.campaigns.Launch(w.ctx(), mara, id)
	w.must(err)
	return c
}

// walk finishes every walk that is open, as the queue would.
func (w *world) walk() {
	w.t.Helper()
	w.must(w.Triggers(w.ctx()))
	var ids []string
	w.must(w.db.NewRaw("SELECT id FROM outreach WHERE done_at IS NULL AND occasion <> 'events' ORDER BY id").Scan(w.ctx(), &ids))
	for _, id := range ids {
		w.must(w.Plan(w.ctx(), invitation.Plan{OutreachID: id}))
	}
}

// deliver walks and sends until nothing is due, as the queue would.
func (w *world) deliver() {
	w.t.Helper()
	w.walk()
	w.must(w.Release(w.ctx()))
	w.must(w.Send(w.ctx(), invitation.Send{}))
}

func (w *world) counts(c campaign.Campaign) invitation.Counts {
	w.t.Helper()
	n, err := w.Counts(w.ctx(), c.ID)
	w.must(err)
	return n
}

// mails returns every mail that went out, the newest first.
func (w *world) mails() []mail.CapturedMail {
	w.t.Helper()
	list, err := w.capture.List()
	w.must(err)
	out := make([]mail.CapturedMail, len(list))
	for i, m := range list {
		out[i], err = w.capture.Get(m.ID)
		w.must(err)
	}
	return out
}

// onePerAddress fails when somebody got more than one mail and returns how many people got one.
func (w *world) onePerAddress() int {
	w.t.Helper()
	seen := map[string]bool{}
	list, err := w.capture.List()
	w.must(err)
	for _, m := range list {
		if seen[m.To.Email] {
			w.t.Errorf("%s got two mails", m.To.Email)
		}
		seen[m.To.Email] = true
	}
	return len(seen)
}

func (w *world) invitationOf(c campaign.Campaign, p customer.Customer) invitation.Invitation {
	w.t.Helper()
	l, err := w.List(w.ctx(), invitation.Filter{CampaignID: c.ID, CustomerID: p.ID}, db.Page{})
	w.must(err)
	if len(l.Items) != 1 {
		w.t.Fatalf("customer has %d invitations, want 1", len(l.Items))
	}
	return l.Items[0]
}
