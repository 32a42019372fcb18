package risk_test

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"goodword/internal/audit"
	"goodword/internal/campaign"
	"goodword/internal/customer"
	"goodword/internal/db"
	"goodword/internal/ident"
	"goodword/internal/introduction"
	"goodword/internal/invitation"
	"goodword/internal/ledger"
	"goodword/internal/mail"
	"goodword/internal/money"
	"goodword/internal/queue"
	"goodword/internal/reward"
	"goodword/internal/risk"
	"goodword/internal/setting"
	"goodword/internal/staff"
	"goodword/internal/task"
)

const (
	day  = 24 * time.Hour
	base = "https://gw.example"
)

var start = time.Date(2026, 5, 12, 9, 0, 0, 0, time.UTC)

var (
	mara   = audit.Actor{Kind: audit.KindStaff, ID: "staff-mara", Name: "Mara", Role: string(staff.Marketer)}
	finn   = audit.Actor{Kind: audit.KindStaff, ID: "staff-finn", Name: "Finn", Role: string(staff.Finance)}
	olga   = audit.Actor{Kind: audit.KindStaff, ID: "staff-olga", Name: "Olga", Role: string(staff.Owner)}
	stripe = audit.Actor{Kind: audit.KindStripe, ID: "evt_1"}
)

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

// nowhere takes mails and drops them.
type nowhere struct{}

func (nowhere) Send(context.Context, mail.Message) error { return nil }

type nobody struct{}

func (nobody) Preview(context.Context, campaign.Campaign) (campaign.Preview, error) {
	return campaign.Preview{}, nil
}

func (nobody) Start(context.Context, db.Tx, campaign.Campaign, time.Time) error { return nil }

// world is the business from customers to rewards, with the real checks.
type world struct {
	t         testing.TB
	db        *db.DB
	clock     *clock
	keys      *ident.Keyring
	settings  *setting.Service
	staff     *staff.Service
	customers *customer.Service
	intros    *introduction.Service
	rewards   *reward.Service
	risk      *risk.Service

	camp  campaign.Campaign
	offer campaign.Offer
	count int
}

func newWorld(t testing.TB, d *db.DB) *world {
	t.Helper()
	w := &world{t: t, db: d, clock: &clock{at: start}}
	q, err := queue.New(d, queue.Options{})
	w.must(err)
	w.keys, err = ident.NewKeyring(strings.Repeat("k", 32))
	w.must(err)
	now := w.clock.now
	w.settings = setting.New(setting.Deps{DB: d, Clock: now, Defaults: setting.Defaults()})
	stops := mail.NewStopList(w.keys, now)
	w.staff = staff.New(staff.Deps{DB: d, Queue: q, Clock: now, Wall: now, Keys: w.keys, Mail: nowhere{}, BaseURL: base, HandOvers: []staff.HandOver{}})
	w.customers = customer.New(customer.Deps{DB: d, Queue: q, Clock: now, Keys: w.keys, Mail: nowhere{}, StopList: stops, BaseURL: base, Erasers: []customer.Eraser{}})
	inv := invitation.New(invitation.Deps{DB: d, Queue: q, Clock: now, Mail: nowhere{}, BaseURL: base, Settings: w.settings, Staff: w.staff, Customers: w.customers})
	campaigns := campaign.New(campaign.Deps{DB: d, Clock: now, BaseURL: base, Outreach: nobody{}})
	w.risk = risk.New(risk.Deps{DB: d, Queue: q, Clock: now, Keys: w.keys, Settings: w.settings, Staff: w.staff, Customers: w.customers})
	w.rewards = reward.New(reward.Deps{DB: d, Queue: q, Clock: now, Keys: w.keys, Mail: nowhere{}, BaseURL: base, Settings: w.settings, Staff: w.staff,
		Customers: w.customers, Rails: []reward.Rail{}, ClockOK: func() bool { return true }, Checks: w.risk})
	w.intros = introduction.New(introduction.Deps{DB: d, Queue: q, Clock: now, Keys: w.keys, Mail: nowhere{}, StopList: stops, BaseURL: base, Settings: w.settings,
		Staff: w.staff, Tasks: task.NewService(task.Deps{DB: d, Clock: now}), Customers: w.customers, Campaigns: campaigns, Invitations: inv,
		Earnings: w.rewards.Earnings(), Checks: w.risk})
	w.camp, w.offer = w.campaign()
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) ctx() context.Context { return w.t.Context() }

func (w *world) tx(fn func(ctx context.Context, tx db.Tx) error) {
	w.t.Helper()
	w.must(w.db.InTx(w.ctx(), fn))
}

// campaign is a live one that gives 50.00 by hand for a win.
func (w *world) campaign() (campaign.Campaign, campaign.Offer) {
	w.t.Helper()
	c := campaign.Campaign{ID: ident.New(), Name: "Good words", State: campaign.Live, Asks: []campaign.Ask{campaign.AskIntroduction}, Suits: map[string]string{},
		Trigger: campaign.Trigger{Kind: campaign.TriggerNow}, Messages: map[string]campaign.Words{}, Reminders: campaign.Reminders{AfterDays: []int{}},
		AuthorID: mara.ID, LaunchedAt: w.clock.now(), CreatedAt: w.clock.now(), UpdatedAt: w.clock.now()}
	o := campaign.Offer{ID: ident.New(), CampaignID: c.ID, Number: 1, Currency: "EUR", BudgetMinor: 1_000_000_00, HoldDays: 30, ProtectionDays: 180,
		Rules:    []campaign.Rule{{To: campaign.ToCustomer, On: campaign.OnWon, AmountMinor: 50_00, Rails: []campaign.Rail{campaign.RailManual}}},
		AuthorID: mara.ID, CreatedAt: w.clock.now()}
	c.OfferID = o.ID
	w.tx(func(ctx context.Context, tx db.Tx) error {
		if _, err := tx.NewInsert().Model(&c).Exec(ctx); err != nil {
			return err
		}
		if _, err := tx.NewInsert().Model(&o).Exec(ctx); err != nil {
			return err
		}
		_, err := ledger.Post(ctx, tx, ledger.Journal{Key: "authorise:" + o.ID, Kind: "authorise", At: w.clock.now(), CampaignID: c.ID, ActorKind: "staff", ActorID: mara.ID,
			Legs: []ledger.Leg{ledger.Debit(ledger.Control(), o.Budget()), ledger.Credit(ledger.Avail(c.ID), o.Budget())}})
		return err
	})
	return c, o
}

func (w *world) set(change func(*setting.Settings)) {
	w.t.Helper()
	w.tx(func(ctx context.Context, tx db.Tx) error {
		return w.settings.Update(ctx, tx, func(s *setting.Settings) error { change(s); return nil })
	})
	w.clock.pass(2 * time.Second)
}

func (w *world) customer(change func(*customer.Draft)) customer.Customer {
	w.t.Helper()
	w.count++
	d := customer.Draft{FirstName: "Ana", LastName: fmt.Sprintf("Ruiz%d", w.count), Email: fmt.Sprintf("ana%d@ruiz%d.example", w.count, w.count),
		Language: "en", Stage: customer.Active, GiftPolicy: customer.GiftPerson, Country: "DE"}
	if change != nil {
		change(&d)
	}
	c, err := w.customers.Create(w.ctx(), mara, d)
	w.must(err)
	return c
}

func (w *world) author(c customer.Customer, from introduction.Origin) introduction.Author {
	return introduction.Author{CustomerID: c.ID, OfferID: w.offer.ID, CampaignID: w.camp.ID, LinkID: ident.New(), From: from}
}

// pair is one introduction from both sides.
type pair struct {
	introducer   func(*customer.Draft)
	name         string
	email, phone string
	payer        string
	from, answer introduction.Origin
}

func ip(s string) netip.Addr { return netip.MustParseAddr(s) }

// introduce submits, accepts and wins, looking after each, and returns the introduction and whether it got that far.
func (w *world) introduce(ana customer.Customer, p pair) (introduction.Introduction, bool) {
	w.t.Helper()
	w.count++
	if p.name == "" {
		p.name = fmt.Sprintf("Ben Okafor%d", w.count)
	}
	if p.email == "" {
		p.email = fmt.Sprintf("ben%d@acme%d.example", w.count, w.count)
	}
	first, _, _ := strings.Cut(p.name, " ")
	row, err := w.intros.Submit(w.ctx(), w.author(ana, p.from), introduction.Submission{FirstName: first, Note: "You two should talk.", Channel: "whatsapp"})
	w.must(err)
	w.look(row.ID)
	row, err = w.intros.Accept(w.ctx(), introduction.Prospect{IntroductionID: row.ID, From: p.answer},
		introduction.Answer{How: introduction.ByCall, Name: p.name, Email: p.email, Phone: phoneOr(p.phone, w.count), ConsentText: "Yes."})
	w.must(err)
	w.look(row.ID)
	if row.State == introduction.ScreenedOut {
		return row, false
	}
	_, err = w.intros.RecordDeal(w.ctx(), introduction.NewDeal{IntroductionID: row.ID, Source: introduction.FromStripe, ExternalID: ident.New(), ChargeID: ident.New(),
		Amount: money.New(900_00, "EUR"), StripeCustomer: p.payer, Email: p.email, Actor: stripe})
	w.must(err)
	w.look(row.ID)
	row, err = w.intros.ByID(w.ctx(), row.ID)
	w.must(err)
	return row, true
}

func phoneOr(phone string, n int) string {
	if phone != "" {
		return phone
	}
	return fmt.Sprintf("+4930901820%02d", n%90+10)
}

func (w *world) look(id string) {
	w.t.Helper()
	w.must(w.risk.Look(w.ctx(), risk.Look{IntroductionID: id}))
}

// reward is the introducer's reward of an introduction.
func (w *world) reward(i introduction.Introduction) reward.Reward {
	w.t.Helper()
	rows, err := w.rewards.ForIntroduction(w.ctx(), i.ID)
	w.must(err)
	if len(rows) != 1 {
		w.t.Fatalf("%d rewards, want 1", len(rows))
	}
	return rows[0]
}

// mature lets the refund window pass and sweeps.
func (w *world) mature() {
	w.t.Helper()
	w.clock.pass(31 * day)
	_, err := w.rewards.Mature(w.ctx())
	w.must(err)
}

// names are the checks that have an open word about a subject.
func (w *world) names(introductionID, rewardID string) string {
	w.t.Helper()
	found, err := w.risk.Findings(w.ctx(), []string{introductionID}, []string{rewardID})
	w.must(err)
	var out []string
	for _, id := range []string{introductionID, rewardID} {
		for _, f := range found[id] {
			if f.State == risk.Open && id != "" {
				out = append(out, string(f.Name))
			}
		}
	}
	return strings.Join(out, " ")
}

func eur(minor int64) money.Amount { return money.New(minor, "EUR") }
