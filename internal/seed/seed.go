// Package seed writes the demonstration's data: three hundred customers and a year of history, made by the same use cases
// that people use, so that every screen has something to show and the books hold.
package seed

import (
	"container/heap"
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"goodword/internal/audit"
	"goodword/internal/campaign"
	"goodword/internal/customer"
	"goodword/internal/db"
	"goodword/internal/event"
	"goodword/internal/introduction"
	"goodword/internal/invitation"
	"goodword/internal/money"
	"goodword/internal/reward"
	"goodword/internal/setting"
	"goodword/internal/staff"
	"goodword/internal/testimonial"
)

// Services are the use cases that history is made with.
type Services struct {
	DB            *db.DB
	Settings      *setting.Service
	Staff         *staff.Service
	Customers     *customer.Service
	Campaigns     *campaign.Service
	Invitations   *invitation.Service
	Introductions *introduction.Service
	Testimonials  *testimonial.Service
	Rewards       *reward.Service
	Visits        *event.Visits
}

// World is where history happens.
type World struct {
	Services
	// Now is the moment at which history ends: today.
	Now time.Time
	// SetClock moves the business clock that Services go by.
	SetClock func(time.Time)
	// Pass does what is due by the clock: sweeps and jobs.
	Pass func(context.Context) error
	// StripeCustomer makes a customer at the payment provider and returns its id; nil where there is none.
	StripeCustomer func(ctx context.Context, email, name string) (string, error)
	// Progress is told how far it is, in percent; may be nil.
	Progress func(percent int)
}

// Password is that of every demonstration account.
const Password = "kind-words-travel"

// Made is what a newcomer needs to start.
type Made struct {
	// Links are private links of three customers, ready to open.
	Links []Link
	// Accounts are the addresses to sign in with.
	Accounts []Account
}

// Link is a customer's private link.
type Link struct{ Name, URL string }

// Account is one member of staff.
type Account struct{ Email, Name, Role string }

const (
	people  = 300
	history = 365 * day
	// step is how often what is due is done while history passes.
	step = 7 * day
	// fresh is how long before today desks are left as they are and time passes day by day.
	fresh = 12 * day
	day   = 24 * time.Hour
	// anasCountry is where the customer lives whose story the newcomer plays: a country where accounts take euros.
	anasCountry = "IE"
)

// Demo fills an empty database. It takes about half a minute and is the same every time but for ids.
func Demo(ctx context.Context, w World) (Made, error) { return demo(ctx, w, people, history) }

func demo(ctx context.Context, w World, people int, history time.Duration) (Made, error) {
	h := &teller{World: w, people: people, history: history, rand: rand.New(rand.NewPCG(2024, 11)), at: w.Now.Add(-history)}
	w.SetClock(h.at)
	for _, chapter := range []func(context.Context) error{h.company, h.staff, h.stock, h.charities, h.customers, h.campaigns, h.live} {
		if err := chapter(ctx); err != nil {
			return Made{}, fmt.Errorf("seed: %w", err)
		}
	}
	return h.made, nil
}

// teller plays history forward.
type teller struct {
	World
	people  int
	history time.Duration
	rand    *rand.Rand
	at      time.Time
	plan    agenda
	made    Made

	owner, finance, marketer audit.Actor
	reps                     []staff.Member
	everybody                []customer.Customer
	// everyone asks everybody, orders those who have just ordered, and newest is the youngest campaign.
	everyone, orders, newest campaign.Campaign
	deals                    int

	// gives are the charities that customers may give to, and kind decides who does.
	gives []campaign.Charity
	kind  *rand.Rand
}

// agenda holds what will happen, the earliest first.
type agenda []entry

type entry struct {
	at time.Time
	do func(context.Context) error
}

func (a agenda) Len() int           { return len(a) }
func (a agenda) Less(i, j int) bool { return a[i].at.Before(a[j].at) }
func (a agenda) Swap(i, j int)      { a[i], a[j] = a[j], a[i] }
func (a *agenda) Push(x any)        { *a = append(*a, x.(entry)) }
func (a *agenda) Pop() any {
	old := *a
	last := old[len(old)-1]
	*a = old[:len(old)-1]
	return last
}

func (h *teller) on(at time.Time, do func(context.Context) error) { heap.Push(&h.plan, entry{at, do}) }

func (h *teller) later(days float64, do func(context.Context) error) {
	h.on(h.at.Add(time.Duration(days*24*float64(time.Hour))), do)
}

func (h *teller) chance(percent int) bool { return h.rand.IntN(100) < percent }

func pick[T any](h *teller, from []T) T { return from[h.rand.IntN(len(from))] }

func actor(m staff.Member) audit.Actor {
	return audit.Actor{Kind: audit.KindStaff, ID: m.ID, Name: m.Name, Role: string(m.Role)}
}

func (h *teller) company(ctx context.Context) error {
	return h.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		return h.Settings.Update(ctx, tx, func(s *setting.Settings) error {
			s.Company = "Brightwater"
			s.WhatWeDo = map[string]string{
				"en": "Brightwater plans, builds and looks after small warehouses: shelves, conveyors and the software behind them.",
				"de": "Brightwater plant, baut und betreut kleine Lager: Regale, Fördertechnik und die Software dahinter.",
			}
			s.BrandColor = "#1f5f4a"
			s.PostalAddress = "Brightwater GmbH, Beispielweg 7, 20095 Hamburg"
			s.Languages = []string{"en", "de"}
			s.DefaultLanguage = "en"
			s.Zone = "Europe/Berlin"
			s.SecondPersonAboveMinor = 15_000
			return nil
		})
	})
}

func (h *teller) staff(ctx context.Context) error {
	for _, n := range []staff.NewMember{
		{Email: "olga@brightwater.example", Name: "Olga Brandt", Role: staff.Owner, Title: "Managing director"},
		{Email: "felix@brightwater.example", Name: "Felix Amann", Role: staff.Finance, Title: "Finance"},
		{Email: "mara@brightwater.example", Name: "Mara Jensen", Role: staff.Marketer, Title: "Marketing"},
		{Email: "rosa@brightwater.example", Name: "Rosa Winter", Role: staff.Rep, Division: "Equipment", Title: "Your contact for equipment", Phone: "+49 40 5550 101"},
		{Email: "sam@brightwater.example", Name: "Sam Holloway", Role: staff.Rep, Division: "Software", Title: "Your contact for software", Phone: "+49 40 5550 102"},
		{Email: "lin@brightwater.example", Name: "Lin Berger", Role: staff.Rep, Division: "Services", Title: "Your contact for services", Phone: "+49 40 5550 103"},
	} {
		n.Zone, n.Language = "Europe/Berlin", "en"
		_, url, err := h.Staff.Add(ctx, audit.System("demonstration"), n)
		if err != nil {
			return err
		}
		token, err := tokenIn(url)
		if err != nil {
			return err
		}
		m, err := h.Staff.CompleteSetup(ctx, token, Password, staff.Client{})
		if err != nil {
			return err
		}
		switch m.Role {
		case staff.Owner:
			h.owner = actor(m)
		case staff.Finance:
			h.finance = actor(m)
		case staff.Marketer:
			h.marketer = actor(m)
		case staff.Rep:
			h.reps = append(h.reps, m)
		}
		h.made.Accounts = append(h.made.Accounts, Account{Email: m.Email, Name: m.Name, Role: string(m.Role)})
	}
	return nil
}

func (h *teller) customers(ctx context.Context) error {
	for n := range h.people {
		first, last := firstNames[n%len(firstNames)], lastNames[(n*7+n/len(firstNames)*3)%len(lastNames)]
		company := companyHeads[n%len(companyHeads)] + " " + companyTails[(n/2)%len(companyTails)] + " " + companyForms[n%len(companyForms)]
		division := divisions[n%len(divisions)]
		d := customer.Draft{
			ExternalID: fmt.Sprintf("BW-%05d", 10_000+n), FirstName: first, LastName: last,
			Email:   fmt.Sprintf("customer%03d@%s.example", n+1, strings.ToLower(companyHeads[n%len(companyHeads)]+"-"+companyTails[(n/2)%len(companyTails)])),
			Company: company, Division: division, Country: countries[n%len(countries)], Language: "en",
			OwnerID: h.reps[n%len(h.reps)].ID, Stage: customer.Active,
			LastOrderAt: h.at.AddDate(0, -h.rand.IntN(20), -h.rand.IntN(28)),
		}
		if d.Country == "DE" || d.Country == "AT" {
			d.Language = "de"
		}
		if n == 0 {
			d.FirstName, d.LastName, d.Email, d.Language, d.Country = "Ana", "Kovač", "ana@delta-logistics.example", "en", anasCountry
			d.Company, d.Division, d.OwnerID = "Delta Logistics Ltd", "Equipment", h.reps[0].ID
		}
		if n%9 == 0 {
			d.Tags = []string{pick(h, tags)}
		}
		if n%23 == 22 {
			d.GiftPolicy = customer.GiftCompany
		}
		if n%61 == 60 {
			d.GiftPolicy = customer.GiftNone
		}
		if amount := money.New(int64(200_000+h.rand.IntN(6_000_000)), "EUR"); n%4 != 3 {
			d.Order = &amount
		}
		if h.StripeCustomer != nil && n%2 == 0 {
			id, err := h.StripeCustomer(ctx, d.Email, d.FirstName+" "+d.LastName)
			if err != nil {
				return err
			}
			d.StripeCustomer = id
		}
		c, err := h.Customers.Create(ctx, h.marketer, d)
		if err != nil {
			return fmt.Errorf("customer %d: %w", n, err)
		}
		h.everybody = append(h.everybody, c)
	}
	return nil
}

// opening is one campaign of the year.
type opening struct {
	template, name, division string
	daysAgo                  int
	trigger                  campaign.Trigger
	is                       *campaign.Campaign
}

// campaigns launches the year's campaigns at their dates and plays everything until today.
func (h *teller) campaigns(ctx context.Context) error {
	now := campaign.Trigger{Kind: campaign.TriggerNow}
	var other campaign.Campaign
	for _, o := range []opening{
		{"two_lines", "Say it in two lines, equipment", "Equipment", 350, now, &other},
		{"blind_spot", "Whom nobody had asked", "Software", 270, now, &other},
		{"two_lines", "Say it in two lines, services", "Services", 150, now, &other},
		// The next may ask the same people: its mail and its reminder are more than thirty days old by then.
		{"thanked", "A good word", "", 52, now, &h.everyone},
		{"order_placed", "After every order", "", 48, campaign.Trigger{Kind: campaign.TriggerEvent, Event: "order.placed", DelayDays: 1, AgainAfterDays: 180}, &h.orders},
		{"two_lines", "Say it in two lines, software", "Software", 9, now, &h.newest},
	} {
		h.on(h.Now.AddDate(0, 0, -o.daysAgo), func(ctx context.Context) error { return h.launch(ctx, o) })
	}
	h.lately()
	for h.at.Before(h.Now) {
		if err := h.pass(ctx, h.next()); err != nil {
			return err
		}
		if h.Progress != nil {
			h.Progress(int(100 - 100*h.Now.Sub(h.at)/h.history))
		}
	}
	return nil
}

// next is when what is due is done again; the last days pass one by one, so that their mails go out on their day.
func (h *teller) next() time.Time {
	left := h.Now.Sub(h.at)
	if left <= fresh {
		return h.Now.Add(-(left - 1).Truncate(day))
	}
	return h.at.Add(min(step, left-fresh))
}

// pass plays the agenda until then, and does what is due by then.
func (h *teller) pass(ctx context.Context, then time.Time) error {
	for h.plan.Len() > 0 && h.plan[0].at.Before(then) {
		e := heap.Pop(&h.plan).(entry)
		if e.at.After(h.at) {
			h.at = e.at
			h.SetClock(h.at)
		}
		if err := e.do(ctx); err != nil {
			return err
		}
	}
	h.at = then
	h.SetClock(h.at)
	if err := h.Pass(ctx); err != nil {
		return err
	}
	return h.desk(ctx)
}

func (h *teller) launch(ctx context.Context, o opening) error {
	t, ok := campaign.TemplateByKey(o.template)
	if !ok {
		return fmt.Errorf("there is no template %s", o.template)
	}
	p := t.Plan
	p.Name, p.Division, p.OwnerID, p.Trigger = o.name, o.division, h.reps[0].ID, o.trigger
	p.Audience = campaign.Audience{Filter: &customer.Filter{Stages: []customer.Stage{customer.Active}}}
	if o.division != "" {
		p.Audience.Filter.Divisions = []string{o.division}
	}
	p.Offer.BudgetMinor, p.Offer.HoldDays, p.Offer.CostCentre = 1_500_000, 30, "MK-17"
	p.Offer.DefaultRail = campaign.RailManual
	for i, r := range p.Offer.Rewards {
		if r.To == campaign.ToCustomer {
			p.Offer.Rewards[i].Rails = append(append([]campaign.Rail{}, r.Rails...), campaign.RailTransfer)
		}
	}
	withGiftCodes(&p.Offer)
	h.withCharities(&p.Offer)
	c, err := h.Campaigns.Create(ctx, h.marketer, p)
	if err != nil {
		return fmt.Errorf("campaign %s: %w", o.name, err)
	}
	if c, err = h.Campaigns.Launch(ctx, h.owner, c.ID); err != nil {
		return fmt.Errorf("launch %s: %w", o.name, err)
	}
	*o.is = c
	if o.is == &h.everyone {
		if err := h.post(ctx, c.ID); err != nil {
			return err
		}
	}
	// The first pass plans the mails, the second sends them.
	for range 2 {
		if err := h.Pass(ctx); err != nil {
			return err
		}
	}
	return h.invited(ctx, c.ID, h.react)
}

// invited calls fn with every invitation of a campaign, the newest first.
func (h *teller) invited(ctx context.Context, campaignID string, fn func(invitation.Invitation)) error {
	cursor := ""
	for {
		page, err := h.Invitations.List(ctx, invitation.Filter{CampaignID: campaignID}, db.Page{Limit: 200, Cursor: cursor})
		if err != nil {
			return err
		}
		for _, inv := range page.Items {
			fn(inv)
		}
		if cursor = page.Next; cursor == "" {
			return nil
		}
	}
}

// post puts the campaign up in two public places; somebody answers at each.
func (h *teller) post(ctx context.Context, campaignID string) error {
	for n, place := range []struct{ name, who, email, sentBy string }{
		{"Poster in the entrance", "Greta Olsen", "greta.olsen@fjord-optics.example", "The people at the desk"},
		{"On every delivery note", "Hugo Martin", "hugo.martin@atelier-nord.example", ""},
	} {
		pl, err := h.Campaigns.AddPlacement(ctx, h.marketer, campaignID, place.name)
		if err != nil {
			return fmt.Errorf("placement %s: %w", place.name, err)
		}
		h.later(float64(6+9*n), func(ctx context.Context) error {
			_, _, err := h.Introductions.OpenAccept(ctx, introduction.Door{PlacementCode: pl.Code, SentBy: place.sentBy},
				introduction.Answer{How: introduction.ByEmail, Name: place.who, Email: place.email, ConsentText: "Yes, introduce us."})
			return err
		})
	}
	return nil
}

// live leaves today as a newcomer should find it: Ana and two others have a fresh link in hand.
func (h *teller) live(ctx context.Context) error {
	for _, c := range []customer.Customer{h.everybody[0], h.everybody[4], h.everybody[11]} {
		inv, url, err := h.Invitations.Create(ctx, h.marketer, h.everyone.ID, c.ID, invitation.ByLink)
		if err != nil {
			return fmt.Errorf("link for customer %s: %w", c.ID, err)
		}
		if url == "" {
			if url, err = h.Invitations.URL(ctx, inv.ID); err != nil {
				return err
			}
		}
		h.made.Links = append(h.made.Links, Link{Name: c.Name(), URL: url})
	}
	return h.Pass(ctx)
}
