package introduction_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"goodword/emails"
	"goodword/internal/audit"
	"goodword/internal/campaign"
	"goodword/internal/customer"
	"goodword/internal/db"
	"goodword/internal/fault"
	"goodword/internal/ident"
	"goodword/internal/introduction"
	"goodword/internal/invitation"
	"goodword/internal/mail"
	"goodword/internal/queue"
	"goodword/internal/risk"
	"goodword/internal/setting"
	"goodword/internal/staff"
	"goodword/internal/task"
)

// start is a Tuesday.
var start = time.Date(2026, 5, 12, 9, 0, 0, 0, time.UTC)

const base = "https://gw.example"

var mara = audit.Actor{Kind: audit.KindStaff, ID: "staff-1", Name: "Mara", Role: "marketer"}
var stripe = audit.Actor{Kind: audit.KindStripe, ID: "evt_1"}

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

const day = 24 * time.Hour

// earnings writes down what it is asked to do, and takes it back when the transaction does: it is a table.
type earnings struct{ w *world }

func (e earnings) tell(ctx context.Context, tx db.Tx, format string, args ...any) error {
	_, err := tx.NewRaw("INSERT INTO told (what) VALUES (?)", fmt.Sprintf(format, args...)).Exec(ctx)
	return err
}

func (e earnings) Accrue(ctx context.Context, tx db.Tx, x introduction.Earned) error {
	if x.Deal == nil {
		return e.tell(ctx, tx, "accrue %s", x.On)
	}
	return e.tell(ctx, tx, "accrue %s %s later=%t", x.On, x.Deal.Amount(), x.Later)
}

func (e earnings) Adjust(ctx context.Context, tx db.Tx, x introduction.Adjustment) error {
	return e.tell(ctx, tx, "adjust %s", x.Deal.Net())
}

func (e earnings) Reverse(ctx context.Context, tx db.Tx, x introduction.Reversal) error {
	return e.tell(ctx, tx, "reverse %v %s", x.On, x.Reason)
}

func (e earnings) Reinstate(ctx context.Context, tx db.Tx, x introduction.Reversal) error {
	return e.tell(ctx, tx, "reinstate %v %s", x.On, x.Reason)
}

func (e earnings) Hold(ctx context.Context, tx db.Tx, x introduction.Dispute) error {
	return e.tell(ctx, tx, "hold")
}

func (e earnings) Release(ctx context.Context, tx db.Tx, x introduction.Dispute) error {
	return e.tell(ctx, tx, "release")
}

func (e earnings) OpenCase(ctx context.Context, tx db.Tx, x introduction.Case) error {
	return e.tell(ctx, tx, "case %s", x.Kind)
}

func (e earnings) Owed(context.Context, bun.IDB, string) (introduction.Owed, error) {
	return introduction.Owed{}, nil
}

// post is the real outbox, with an address where nobody lives.
type post struct {
	*mail.Outbox
	refuse string
}

func (p *post) Send(ctx context.Context, m mail.Message) error {
	if m.To.Email == p.refuse {
		return fault.New(fault.Invalid, "There is no such mailbox.")
	}
	return p.Outbox.Send(ctx, m)
}

type world struct {
	post      *post
	t         *testing.T
	db        *db.DB
	clock     *clock
	queue     *queue.Queue
	capture   *mail.Capture
	stops     *mail.StopList
	settings  *setting.Service
	staff     *staff.Service
	tasks     *task.Service
	customers *customer.Service
	campaigns *campaign.Service
	*introduction.Service

	rosa staff.Member
	ana  customer.Customer
	camp campaign.Campaign
	// author is Ana on her invitation's link.
	author introduction.Author
}

// newWorld has Rosa the rep, Ana the customer and a live campaign to which Ana is invited.
func newWorld(t *testing.T, d *db.DB) *world {
	t.Helper()
	w := &world{t: t, db: d, clock: &clock{at: start}}
	q, err := queue.New(d, queue.Options{})
	w.must(err)
	keys, err := ident.NewKeyring(strings.Repeat("k", 32))
	w.must(err)
	renderer, err := mail.NewRenderer(emails.FS)
	w.must(err)
	w.queue = q
	w.capture, err = mail.NewCapture(t.TempDir())
	w.must(err)
	defaults := setting.Defaults()
	defaults.Company, defaults.PostalAddress = "Example", "12 Mill Lane"
	defaults.CountryPolicy = map[string]bool{"US": true}
	w.settings = setting.New(setting.Deps{DB: d, Clock: w.clock.now, Defaults: defaults})
	outbox := mail.NewOutbox(mail.Options{DB: d, Renderer: renderer, Transport: w.capture, Keys: keys, Now: w.clock.now,
		Identity: func() mail.Identity {
			return mail.Identity{Company: "Example", PostalAddress: "12 Mill Lane", FromEmail: "hello@example.com", BaseURL: base, BrandColor: "#0b5fa5"}
		},
	})
	w.stops = outbox.StopList()
	w.post = &post{Outbox: outbox}
	w.staff = staff.New(staff.Deps{DB: d, Queue: q, Clock: w.clock.now, Wall: w.clock.now, Keys: keys, Mail: outbox, BaseURL: base, HandOvers: []staff.HandOver{introduction.HandOver}})
	w.tasks = task.NewService(task.Deps{DB: d, Clock: w.clock.now})
	w.customers = customer.New(customer.Deps{DB: d, Queue: q, Clock: w.clock.now, Keys: keys, Mail: outbox, StopList: w.stops, BaseURL: base,
		Erasers: []customer.Eraser{func(ctx context.Context, tx db.Tx, id string) error { return w.Erase(ctx, tx, id) }}})
	inv := invitation.New(invitation.Deps{DB: d, Queue: q, Clock: w.clock.now, Mail: outbox, BaseURL: base, Settings: w.settings, Staff: w.staff, Customers: w.customers})
	w.campaigns = campaign.New(campaign.Deps{DB: d, Clock: w.clock.now, BaseURL: base, Outreach: inv})
	w.Service = introduction.New(introduction.Deps{DB: d, Queue: q, Clock: w.clock.now, Keys: keys, Mail: w.post, StopList: w.stops, BaseURL: base,
		Settings: w.settings, Staff: w.staff, Tasks: w.tasks, Customers: w.customers, Campaigns: w.campaigns, Invitations: inv, Earnings: earnings{w},
		Checks: risk.New(risk.Deps{DB: d, Queue: q, Clock: w.clock.now, Keys: keys, Settings: w.settings, Staff: w.staff, Customers: w.customers})})
	key := "id INTEGER PRIMARY KEY AUTOINCREMENT"
	if d.Engine() == db.Postgres {
		key = "id BIGSERIAL PRIMARY KEY"
	}
	_, err = d.NewRaw("CREATE TABLE told (" + key + ", what TEXT NOT NULL)").Exec(w.ctx())
	w.must(err)
	w.rosa = w.member("Rosa Marsh", "rosa@example.com", staff.Rep)
	w.ana = w.customer(customer.Draft{FirstName: "Ana", LastName: "Ruiz", Email: "ana@ruiz.example", Company: "Ruiz Logistics", Country: "US", OwnerID: w.rosa.ID})
	w.camp = w.launched(nil)
	w.author = w.invite(inv, w.ana, w.camp)
	return w
}

func (w *world) member(name, email string, role staff.Role) staff.Member {
	w.t.Helper()
	m, _, err := w.staff.Add(w.ctx(), mara, staff.NewMember{Name: name, Email: email, Role: role})
	w.must(err)
	return m
}

func (w *world) customer(d customer.Draft) customer.Customer {
	w.t.Helper()
	c, err := w.customers.Create(w.ctx(), mara, d)
	w.must(err)
	return c
}

// launched makes a live campaign from a template; change may edit its plan.
func (w *world) launched(change func(*campaign.Plan)) campaign.Campaign {
	w.t.Helper()
	tpl, ok := campaign.TemplateByKey("order_placed")
	if !ok {
		w.t.Fatal("no template order_placed")
	}
	p := tpl.Plan
	p.Trigger = campaign.Trigger{Kind: campaign.TriggerNow}
	p.Nudges = campaign.Nudges{UnsentDays: 1, UnansweredDays: 4}
	if change != nil {
		change(&p)
	}
	c, err := w.campaigns.Create(w.ctx(), mara, p)
	w.must(err)
	c, err = w.campaigns.Launch(w.ctx(), mara, c.ID)
	w.must(err)
	return c
}

func (w *world) invite(inv *invitation.Service, c customer.Customer, camp campaign.Campaign) introduction.Author {
	w.t.Helper()
	i, _, err := inv.Create(w.ctx(), mara, camp.ID, c.ID, invitation.ByLink)
	w.must(err)
	link, err := w.customers.Links.Find(w.ctx(), w.db, customer.Subject{Purpose: customer.ForCustomer, InvitationID: i.ID})
	w.must(err)
	return introduction.Author{CustomerID: c.ID, InvitationID: i.ID, OfferID: i.OfferID, CampaignID: camp.ID, LinkID: link.ID}
}

// another is an author of a further customer, without an invitation.
func (w *world) another(n int) introduction.Author {
	w.t.Helper()
	c := w.customer(customer.Draft{FirstName: fmt.Sprintf("Carl%d", n), Email: fmt.Sprintf("carl%d@carl.example", n), OwnerID: w.rosa.ID})
	return introduction.Author{CustomerID: c.ID, OfferID: w.camp.OfferID, CampaignID: w.camp.ID, LinkID: ident.New()}
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

// ben is an introduction that Ana has sent herself.
func (w *world) ben() introduction.Introduction {
	w.t.Helper()
	row, err := w.Submit(w.ctx(), w.author, introduction.Submission{FirstName: "Ben", Note: "You two should talk.", Channel: "whatsapp"})
	w.must(err)
	return row
}

func prospect(row introduction.Introduction) introduction.Prospect {
	return introduction.Prospect{IntroductionID: row.ID}
}

func byEmail(email string) introduction.Answer {
	return introduction.Answer{How: introduction.ByEmail, Name: "Ben Okafor", Email: email, ConsentText: "Yes, introduce us."}
}

// accepted is Ben's yes by mail, not settled yet.
func (w *world) accepted() introduction.Introduction {
	w.t.Helper()
	row, err := w.Accept(w.ctx(), prospect(w.ben()), byEmail("ben@acme.example"))
	w.must(err)
	return row
}

// settled is a yes whose undo time is over.
func (w *world) settled() introduction.Introduction {
	w.t.Helper()
	row := w.accepted()
	w.clock.pass(16 * time.Minute)
	_, err := w.Settle(w.ctx())
	w.must(err)
	return w.read(row.ID)
}

func (w *world) read(id string) introduction.Introduction {
	w.t.Helper()
	row, err := w.ByID(w.ctx(), id)
	w.must(err)
	return row
}

func (w *world) state(id string, want introduction.State) introduction.Introduction {
	w.t.Helper()
	row := w.read(id)
	if row.State != want {
		w.t.Fatalf("introduction is %s (%s), want %s", row.State, row.OutcomeReason, want)
	}
	return row
}

// told returns what Earnings was asked to do, in order, and committed.
func (w *world) told() []string {
	w.t.Helper()
	var out []string
	w.must(w.db.NewRaw("SELECT what FROM told ORDER BY id").Scan(w.ctx(), &out))
	return out
}

func (w *world) wantTold(want ...string) {
	w.t.Helper()
	if got := w.told(); !slices.Equal(got, want) {
		w.t.Errorf("earnings were told\n got %q\nwant %q", got, want)
	}
}

// work runs every mail and follow-up job that was enqueued, twice, as a crash after the work and before its end would.
func (w *world) work() {
	w.t.Helper()
	args := "json(args)"
	if w.db.Engine() == db.Postgres {
		args = "CAST(args AS TEXT)"
	}
	for range 2 {
		var jobs []struct{ Kind, Args string }
		w.must(w.db.NewRaw("SELECT kind, "+args+" AS args FROM river_job WHERE kind LIKE 'introduction.%' ORDER BY id").Scan(w.ctx(), &jobs))
		for _, j := range jobs {
			w.must(w.run(j.Kind, j.Args))
		}
	}
}

// mails returns the templates that went to an address, oldest first.
func (w *world) mails(to string) []string {
	w.t.Helper()
	list, err := w.capture.List()
	w.must(err)
	var out []string
	for _, m := range slices.Backward(list) {
		if m.To.Email == to {
			out = append(out, m.Subject)
		}
	}
	return out
}

func wantCode(t *testing.T, err error, code fault.Code) {
	t.Helper()
	if !fault.Is(err, code) {
		t.Fatalf("error is %v, want %s", err, code)
	}
}

func (w *world) run(kind, args string) error {
	switch kind {
	case introduction.Mail{}.Kind():
		var job introduction.Mail
		w.must(json.Unmarshal([]byte(args), &job))
		return w.SendMail(w.ctx(), job)
	case introduction.Second{}.Kind():
		var job introduction.Second
		w.must(json.Unmarshal([]byte(args), &job))
		return w.Second(w.ctx(), job)
	case introduction.Welcome{}.Kind():
		var job introduction.Welcome
		w.must(json.Unmarshal([]byte(args), &job))
		return w.Welcome(w.ctx(), job)
	}
	return fmt.Errorf("no job is called %s", kind)
}

// signsIn makes an active colleague of an invited one.
func (w *world) signsIn(m staff.Member) {
	w.t.Helper()
	url, err := w.staff.RenewSetup(w.ctx(), mara, m.ID)
	w.must(err)
	_, err = w.staff.CompleteSetup(w.ctx(), ident.Token(url[strings.LastIndexByte(url, '/')+1:]), "a quiet violet teapot", staff.Client{})
	w.must(err)
}
