package billing_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"goodword/emails"
	"goodword/internal/audit"
	"goodword/internal/billing"
	"goodword/internal/campaign"
	"goodword/internal/customer"
	"goodword/internal/db"
	"goodword/internal/fault"
	"goodword/internal/hooks"
	"goodword/internal/ident"
	"goodword/internal/introduction"
	"goodword/internal/invitation"
	"goodword/internal/mail"
	"goodword/internal/queue"
	"goodword/internal/reward"
	"goodword/internal/risk"
	"goodword/internal/setting"
	"goodword/internal/staff"
	"goodword/internal/stripesim"
	"goodword/internal/task"
	"goodword/internal/web"
)

// start is a Tuesday.
var start = time.Date(2026, 5, 12, 9, 0, 0, 0, time.UTC)

const (
	base   = "https://gw.example"
	key    = "sk_test_standin"
	secret = "whsec_one"
	day    = 24 * time.Hour
)

var mara = audit.Actor{Kind: audit.KindStaff, ID: "staff-1", Name: "Mara", Role: "marketer"}

type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.at }

func (c *clock) pass(d time.Duration) { c.mu.Lock(); defer c.mu.Unlock(); c.at = c.at.Add(d) }

// world is an installation with Ana the customer, whose Stripe customer exists, and a live campaign; Stripe is the stand-in,
// which reaches the webhook over HTTP.
type world struct {
	t             *testing.T
	db            *db.DB
	clock         *clock
	sim           *stripesim.Server
	simURL        string
	hook          string
	wire          *wire
	client        *billing.Client
	events        *billing.Events
	introductions *introduction.Service
	rewards       *reward.Service
	payees        *billing.Payees
	customers     *customer.Service

	ana    customer.Customer
	author introduction.Author
	camp   campaign.Campaign
	worked map[int64]bool
}

// wire carries the calls to Stripe. cut, if set, runs before each of them and after its answer has come.
type wire struct {
	next http.RoundTripper
	cut  func(answered bool)
}

func (w *wire) RoundTrip(req *http.Request) (*http.Response, error) {
	if w.cut == nil {
		return w.next.RoundTrip(req)
	}
	w.cut(false)
	resp, err := w.next.RoundTrip(req)
	defer func() {
		if x := recover(); x != nil {
			if resp != nil {
				err = resp.Body.Close()
			}
			panic(x)
		}
	}()
	w.cut(true)
	return resp, err
}

var keyShape = regexp.MustCompile(`^p[aol]_[a-z0-9]+:\d+$`)

// newStripe starts a stand-in that refuses calls without a key of ours.
func newStripe(t *testing.T, c *clock) (*stripesim.Server, string) {
	t.Helper()
	sim := stripesim.New(stripesim.Options{Clock: c.now, SecretKey: key, WebhookSecret: secret, Seed: 7, OnRequest: func(r stripesim.Request) error {
		if strings.HasPrefix(r.Path, "/v1/customers") && r.Path == "/v1/customers" || keyShape.MatchString(r.Key) {
			return nil
		}
		return fmt.Errorf("key %q", r.Key)
	}})
	listener := httptest.NewServer(sim)
	t.Cleanup(func() {
		for _, v := range sim.Violations() {
			t.Errorf("violation: %s %s: %s", v.Request.Method, v.Request.Path, v.Reason)
		}
		if err := sim.Close(); err != nil {
			t.Error(err)
		}
		listener.Close()
	})
	return sim, listener.URL
}

func newWorld(t *testing.T, d *db.DB) *world {
	t.Helper()
	c := &clock{at: start}
	w := &world{t: t, db: d, clock: c, worked: map[int64]bool{}}
	w.sim, w.simURL = newStripe(t, c)
	w.wire = &wire{next: http.DefaultTransport}
	w.client = billing.NewClient(billing.ClientOptions{Key: key, APIBase: w.simURL, Transport: w.wire})
	q, err := queue.New(d, queue.Options{})
	w.must(err)
	keys, err := ident.NewKeyring(strings.Repeat("k", 32))
	w.must(err)
	renderer, err := mail.NewRenderer(emails.FS)
	w.must(err)
	capture, err := mail.NewCapture(t.TempDir())
	w.must(err)
	defaults := setting.Defaults()
	defaults.Company, defaults.PostalAddress = "Example", "12 Mill Lane"
	settings := setting.New(setting.Deps{DB: d, Clock: c.now, Defaults: defaults})
	outbox := mail.NewOutbox(mail.Options{DB: d, Renderer: renderer, Transport: capture, Keys: keys, Now: c.now,
		Identity: func() mail.Identity {
			return mail.Identity{Company: "Example", PostalAddress: "12 Mill Lane", FromEmail: "hello@example.com", BaseURL: base, BrandColor: "#0b5fa5"}
		}})
	members := staff.New(staff.Deps{DB: d, Queue: q, Clock: c.now, Wall: c.now, Keys: keys, Mail: outbox, BaseURL: base, HandOvers: []staff.HandOver{introduction.HandOver}})
	tasks := task.NewService(task.Deps{DB: d, Clock: c.now})
	w.customers = customer.New(customer.Deps{DB: d, Queue: q, Clock: c.now, Keys: keys, Mail: outbox, StopList: outbox.StopList(), BaseURL: base,
		Erasers: []customer.Eraser{func(ctx context.Context, tx db.Tx, id string) error { return w.introductions.Erase(ctx, tx, id) }}})
	inv := invitation.New(invitation.Deps{DB: d, Queue: q, Clock: c.now, Mail: outbox, BaseURL: base, Settings: settings, Staff: members, Customers: w.customers})
	campaigns := campaign.New(campaign.Deps{DB: d, Clock: c.now, BaseURL: base, Outreach: inv})
	checks := risk.New(risk.Deps{DB: d, Queue: q, Clock: c.now, Keys: keys, Settings: settings, Staff: members, Customers: w.customers})
	w.rewards = reward.New(reward.Deps{DB: d, Queue: q, Clock: c.now, Keys: keys, Mail: outbox, BaseURL: base, Settings: settings, Staff: members,
		Customers: w.customers, Rails: w.client.Rails(), ClockOK: func() bool { return true }, Checks: checks})
	w.introductions = introduction.New(introduction.Deps{DB: d, Queue: q, Clock: c.now, Keys: keys, Mail: outbox, StopList: outbox.StopList(), BaseURL: base,
		Settings: settings, Staff: members, Tasks: tasks, Customers: w.customers, Campaigns: campaigns, Invitations: inv, Earnings: w.rewards.Earnings(), Checks: checks})
	w.payees = billing.NewPayees(w.client, w.rewards, base, c.now)
	w.events = billing.NewEvents(billing.Deps{DB: d, Queue: q, Clock: c.now, Wall: time.Now, Client: w.client, Secrets: []string{secret, "whsec_old"},
		Introductions: w.introductions, Rewards: w.rewards, Customers: w.customers, Payees: w.payees, SawCard: checks.SawCard, Logger: slog.New(slog.DiscardHandler)})
	w.hook = serveHook(t, w.events)
	w.sim.PointWebhooksAt(w.hook)

	rosa, _, err := members.Add(w.ctx(), mara, staff.NewMember{Name: "Rosa Marsh", Email: "rosa@example.com", Role: staff.Rep})
	w.must(err)
	w.ana, err = w.customers.Create(w.ctx(), mara, customer.Draft{FirstName: "Ana", LastName: "Ruiz", Email: "ana@ruiz.example", Country: "DE",
		OwnerID: rosa.ID, StripeCustomer: w.stripeCustomer("ana@ruiz.example")})
	w.must(err)
	tpl, ok := campaign.TemplateByKey("order_placed")
	if !ok {
		t.Fatal("no template order_placed")
	}
	p := tpl.Plan
	p.Trigger = campaign.Trigger{Kind: campaign.TriggerNow}
	p.Nudges = campaign.Nudges{UnsentDays: 1, UnansweredDays: 4}
	p.Offer.BudgetMinor = 100_000_00
	p.Offer.Rewards = []campaign.Rule{
		{To: campaign.ToCustomer, On: campaign.OnWon, PercentBPS: 1000, Of: campaign.OfInvoices, MaxMinor: 100_000, WithinDays: 365, Rails: []campaign.Rail{campaign.RailInvoiceCredit, campaign.RailPromotionCode, campaign.RailTransfer}},
		{To: campaign.ToProspect, On: campaign.OnAccepted, AmountMinor: 5_000, Rails: []campaign.Rail{campaign.RailPromotionCode}},
	}
	w.camp, err = campaigns.Create(w.ctx(), mara, p)
	w.must(err)
	w.camp, err = campaigns.Launch(w.ctx(), mara, w.camp.ID)
	w.must(err)
	i, _, err := inv.Create(w.ctx(), mara, w.camp.ID, w.ana.ID, invitation.ByLink)
	w.must(err)
	link, err := w.customers.Links.Find(w.ctx(), d, customer.Subject{Purpose: customer.ForCustomer, InvitationID: i.ID})
	w.must(err)
	w.author = introduction.Author{CustomerID: w.ana.ID, InvitationID: i.ID, OfferID: i.OfferID, CampaignID: w.camp.ID, LinkID: link.ID}
	return w
}

// serveHook serves the webhook as the product does, but for the middleware.
func serveHook(t *testing.T, events *billing.Events) string {
	t.Helper()
	e := echo.New()
	e.HTTPErrorHandler = func(err error, c echo.Context) {
		status := web.StatusOf(fault.CodeOf(err))
		if he, ok := errors.AsType[*echo.HTTPError](err); ok {
			status = he.Code
		}
		if err := c.NoContent(status); err != nil {
			t.Error(err)
		}
	}
	hooks.Routes(e, events)
	listener := httptest.NewServer(e)
	t.Cleanup(listener.Close)
	return listener.URL + "/hooks/stripe"
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

// stripeCustomer makes a customer at the stand-in, as the operator's own billing would.
func (w *world) stripeCustomer(email string) string {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.ctx(), http.MethodPost, w.simURL+"/v1/customers", strings.NewReader("email="+email))
	w.must(err)
	req.Header.Set("Authorization", "Bearer "+key)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Idempotency-Key", "customer:"+email)
	resp, err := http.DefaultClient.Do(req)
	w.must(err)
	body, err := io.ReadAll(resp.Body)
	w.must(errors.Join(err, resp.Body.Close()))
	var made struct{ ID string }
	w.must(json.Unmarshal(body, &made))
	if made.ID == "" {
		w.t.Fatalf("no customer: %s", body)
	}
	return made.ID
}

// ben is an introduction with a yes that can no longer be undone.
func (w *world) ben() introduction.Introduction {
	w.t.Helper()
	row, err := w.introductions.Submit(w.ctx(), w.author, introduction.Submission{FirstName: "Ben", Note: "You two should talk.", Channel: "whatsapp"})
	w.must(err)
	_, err = w.introductions.Accept(w.ctx(), introduction.Prospect{IntroductionID: row.ID}, introduction.Answer{How: introduction.ByEmail,
		Name: "Ben Okafor", Email: "ben@acme.example", ConsentText: "Yes, introduce us."})
	w.must(err)
	w.clock.pass(16 * time.Minute)
	_, err = w.introductions.Settle(w.ctx())
	w.must(err)
	return w.introduction(row.ID)
}

func (w *world) introduction(id string) introduction.Introduction {
	w.t.Helper()
	row, err := w.introductions.ByID(w.ctx(), id)
	w.must(err)
	return row
}

// deliver brings every webhook that waits, and works what it started.
func (w *world) deliver() {
	w.t.Helper()
	_, err := w.sim.Deliver(w.ctx())
	w.must(err)
	w.work()
}

// work runs the jobs of billing and payouts that were enqueued, until there are no new ones.
func (w *world) work() {
	w.t.Helper()
	text := "json(args)" // the job engine keeps them in SQLite's binary form
	if w.db.Engine() == db.Postgres {
		text = "CAST(args AS TEXT)"
	}
	for {
		var jobs []struct {
			ID         int64
			Kind, Args string
		}
		w.must(w.db.NewRaw("SELECT id, kind, "+text+" AS args FROM river_job WHERE kind IN ('billing.process', 'reward.send') ORDER BY id").Scan(w.ctx(), &jobs))
		fresh := 0
		for _, j := range jobs {
			if w.worked[j.ID] {
				continue
			}
			w.worked[j.ID] = true
			fresh++
			if j.Kind == "billing.process" {
				var job billing.Process
				w.must(json.Unmarshal([]byte(j.Args), &job))
				w.must(w.events.Process(w.ctx(), job))
				continue
			}
			var job reward.Send
			w.must(json.Unmarshal([]byte(j.Args), &job))
			w.must(w.rewards.Send(w.ctx(), job))
		}
		if fresh == 0 {
			return
		}
	}
}

// pay lets what is due be approved and paid.
func (w *world) pay() {
	w.t.Helper()
	for range 2 {
		_, err := w.rewards.Mature(w.ctx())
		w.must(err)
		_, err = w.rewards.Due(w.ctx())
		w.must(err)
		w.work()
	}
}

// rewardOf returns the one reward that an introduction has earned for one side.
func (w *world) rewardOf(introductionID string, to campaign.Party) reward.Reward {
	w.t.Helper()
	rows, err := w.rewards.ForIntroduction(w.ctx(), introductionID)
	w.must(err)
	var found []reward.Reward
	for _, r := range rows {
		if r.Beneficiary == to {
			found = append(found, r)
		}
	}
	if len(found) != 1 {
		w.t.Fatalf("got %d rewards to %s, want 1", len(found), to)
	}
	return found[0]
}

// states counts the kept events by state.
func (w *world) states() map[string]int64 {
	w.t.Helper()
	counts, err := w.events.Counts(w.ctx())
	w.must(err)
	return counts
}
