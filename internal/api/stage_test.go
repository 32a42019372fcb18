package api_test

import (
	"context"
	"testing"
	"time"

	"goodword/internal/campaign"
	"goodword/internal/customer"
	"goodword/internal/db"
	"goodword/internal/introduction"
	"goodword/internal/invitation"
	"goodword/internal/money"
	"goodword/internal/staff"
	"goodword/internal/task"
	"goodword/internal/testimonial"
)

// stage is a world in which something has happened: Ana, a customer of the rep Rosa, introduced Ben, who was won, and said
// what she thinks; there is one of most things.
type stage struct {
	*world
	rosa, tom    staff.Member
	own, foreign customer.Customer
	campaign     campaign.Campaign
	ben          introduction.Introduction
	words        testimonial.Testimonial
	suggestion   string

	ownTask, foreignTask string
	// ids are of one object for each resource, by the first part of its path.
	ids map[string]string
}

// somebody is who asks in the matrix.
type somebody struct {
	name, header string
	member       staff.Member
}

func newStage(t *testing.T, d *db.DB) *stage {
	t.Helper()
	s := &stage{world: newWorld(t, d), ids: map[string]string{}}
	ctx := s.ctx()
	s.rosa = s.member("Rosa", staff.Rep)
	s.tom, _, _ = s.added("Tom", staff.Rep)
	var err error
	s.own, err = s.customers.Create(ctx, system, customer.Draft{FirstName: "Ana", LastName: "Ruiz", Email: "ana@ruiz.example", Company: "Ruiz Logistics",
		Country: "US", Division: "North", OwnerID: s.rosa.ID, Tags: []string{"vip"}, Order: &money.Amount{Minor: 125_000, Currency: "EUR"}, LastOrderAt: start.AddDate(0, -1, 0)})
	s.must(err)
	s.foreign, err = s.customers.Create(ctx, system, customer.Draft{FirstName: "Carl", Email: "carl@carl.example", Division: "South", OwnerID: s.tom.ID})
	s.must(err)
	s.live()
	s.introduce()
	suggestion, err := s.customers.Suggest(ctx, system, s.own.ID, customer.SuggestionDraft{FirstName: "Dora", Company: "Acme", Source: "peer"})
	s.must(err)
	s.suggestion = suggestion.ID
	segment, err := s.customers.CreateSegment(ctx, system, "North", customer.Filter{Divisions: []string{"North"}})
	s.must(err)
	key, _, err := s.staff.AddKey(ctx, system, "CRM", staff.Viewer)
	s.must(err)
	placement, err := s.campaigns.AddPlacement(ctx, system, s.campaign.ID, "Poster")
	s.must(err)
	s.ownTask, s.foreignTask = s.task(s.rosa.ID, "own"), s.task(s.tom.ID, "foreign")
	for path, id := range map[string]string{"customers": s.own.ID, "campaigns": s.campaign.ID, "introductions": s.ben.ID, "testimonials": s.words.ID, "staff": s.tom.ID,
		"segments": segment.ID, "api-keys": key.ID, "placements": placement.ID, "tasks": s.ownTask} {
		s.ids[path] = id
	}
	return s
}

// cast is everybody who may ask: nobody, and each role as a person and as a key. Rosa is the rep.
func (s *stage) cast() []somebody {
	s.t.Helper()
	out := []somebody{{name: "nobody"}}
	for _, r := range staff.Roles {
		m := s.rosa
		if r != staff.Rep {
			m = s.member(string(r), r)
		}
		out = append(out, somebody{string(r), s.signedIn(m), m})
	}
	for _, r := range staff.Roles {
		out = append(out, somebody{"key-" + string(r), s.as(r), staff.Member{}})
	}
	return out
}

func (w *world) added(name string, r staff.Role) (staff.Member, string, error) {
	w.t.Helper()
	m, url, err := w.staff.Add(w.ctx(), system, staff.NewMember{Name: name, Email: name + "@example.com", Role: r})
	w.must(err)
	return m, url, err
}

func (s *stage) task(owner, cause string) string {
	s.t.Helper()
	s.must(s.db.InTx(s.ctx(), func(ctx context.Context, tx db.Tx) error {
		return s.tasks.Add(ctx, tx, task.New{Kind: task.Ask, OwnerID: owner, CustomerID: s.own.ID, Cause: "test:" + cause, Title: "Ask Ana", DueAt: start.Add(time.Hour)})
	}))
	page, err := s.tasks.List(s.ctx(), task.Filter{OwnerID: owner, Kind: task.Ask}, db.Page{})
	s.must(err)
	return page.Items[0].ID
}

// live launches a campaign that pays Ana 100.00 for a win by hand and 10.00 for a testimonial.
func (s *stage) live() {
	s.t.Helper()
	template, _ := campaign.TemplateByKey("order_placed")
	p := template.Plan
	p.Trigger = campaign.Trigger{Kind: campaign.TriggerNow}
	p.Offer.Rewards = []campaign.Rule{
		{To: campaign.ToCustomer, On: campaign.OnWon, AmountMinor: 10_000, Rails: []campaign.Rail{campaign.RailManual}},
		{To: campaign.ToCustomer, On: campaign.OnTestimonial, AmountMinor: 1_000, Rails: []campaign.Rail{campaign.RailManual}},
	}
	p.Offer.DefaultRail = campaign.RailManual
	c, err := s.campaigns.Create(s.ctx(), system, p)
	s.must(err)
	s.campaign, err = s.campaigns.Launch(s.ctx(), system, c.ID)
	s.must(err)
}

func (s *stage) introduce() {
	s.t.Helper()
	ctx := s.ctx()
	i, _, err := s.invites.Create(ctx, system, s.campaign.ID, s.own.ID, invitation.ByLink)
	s.must(err)
	s.ids["invitations"] = i.ID
	link, err := s.customers.Links.Find(ctx, s.db, customer.Subject{Purpose: customer.ForCustomer, InvitationID: i.ID})
	s.must(err)
	author := introduction.Author{CustomerID: s.own.ID, InvitationID: i.ID, OfferID: i.OfferID, CampaignID: s.campaign.ID, LinkID: link.ID}
	sent, err := s.intros.Submit(ctx, author, introduction.Submission{FirstName: "Ben", Note: "You two should talk.", Source: "peer", Channel: "whatsapp"})
	s.must(err)
	s.clock.pass(time.Hour)
	_, err = s.intros.Accept(ctx, introduction.Prospect{IntroductionID: sent.ID}, introduction.Answer{How: introduction.ByEmail, Name: "Ben Okafor", Email: "ben@acme.example", ConsentText: "Yes, introduce us."})
	s.must(err)
	s.clock.pass(20 * time.Minute)
	_, err = s.intros.Settle(ctx)
	s.must(err)
	s.clock.pass(24 * time.Hour)
	s.ben, err = s.intros.Win(ctx, introduction.NewDeal{IntroductionID: sent.ID, Source: introduction.FromHand, Amount: money.New(250_000, "EUR"), Evidence: "Order 17", Actor: system})
	s.must(err)
	s.words, err = s.world.words.Submit(ctx, testimonial.Author{CustomerID: s.own.ID, InvitationID: i.ID, OfferID: i.OfferID, CampaignID: s.campaign.ID, LinkID: link.ID},
		testimonial.Submission{Rating: 4, Text: "They answer the phone.", Consents: []string{"website", "name"}, ConsentTexts: map[string]string{"website": "On the website.", "name": "With my name."}})
	s.must(err)
	rewards, err := s.rewards.ForIntroduction(ctx, s.ben.ID)
	s.must(err)
	if len(rewards) != 1 {
		s.t.Fatalf("%d rewards, want 1", len(rewards))
	}
	s.ids["rewards"] = rewards[0].ID
}
