package api_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"goodword/internal/audit"
	"goodword/internal/campaign"
	"goodword/internal/customer"
	"goodword/internal/db"
	"goodword/internal/dbtest"
	"goodword/internal/introduction"
	"goodword/internal/money"
	"goodword/internal/reward"
	"goodword/internal/staff"
)

// office is a world with one colleague of each role and two more who can decide, so that nobody is alone.
type office struct {
	*world
	people  map[staff.Role]staff.Member
	cookies map[staff.Role]string
	// boss and judge had no hand in anything but what judge takes back.
	boss, judge staff.Member
	// campaigns are by who wrote their terms; the one of nobody is "".
	written map[string]campaign.Campaign
	count   int
}

func newOffice(t *testing.T, d *db.DB) *office {
	t.Helper()
	o := &office{world: newWorld(t, d), people: map[staff.Role]staff.Member{}, cookies: map[staff.Role]string{}, written: map[string]campaign.Campaign{}}
	o.boss, o.judge = o.member("Boss", staff.Owner), o.member("Judge", staff.Finance)
	for _, r := range staff.Roles {
		m := o.member("The-"+string(r), r)
		o.people[r], o.cookies[r] = m, o.signedIn(m)
	}
	return o
}

func person(m staff.Member) audit.Actor {
	return audit.Actor{Kind: audit.KindStaff, ID: m.ID, Name: m.Name, Role: string(m.Role)}
}

// terms is a live campaign that pays 10.00 for a win, written by somebody.
func (o *office) terms(by audit.Actor) campaign.Campaign {
	o.t.Helper()
	if c, ok := o.written[by.ID]; ok {
		return c
	}
	template, _ := campaign.TemplateByKey("order_placed")
	p := template.Plan
	p.Trigger = campaign.Trigger{Kind: campaign.TriggerNow}
	p.Offer.Rewards = []campaign.Rule{{To: campaign.ToCustomer, On: campaign.OnWon, AmountMinor: 10_00, Rails: []campaign.Rail{campaign.RailManual}}}
	p.Offer.DefaultRail = campaign.RailManual
	c, err := o.campaigns.Create(o.ctx(), by, p)
	o.must(err)
	c, err = o.campaigns.Launch(o.ctx(), system, c.ID)
	o.must(err)
	o.written[by.ID] = c
	return c
}

// yes is an introduction in a campaign whose prospect has said yes.
func (o *office) yes(c campaign.Campaign) introduction.Introduction {
	o.t.Helper()
	o.count++
	ana, err := o.customers.Create(o.ctx(), system, customer.Draft{FirstName: "Ana", Email: fmt.Sprintf("ana%d@ruiz.example", o.count)})
	o.must(err)
	i, err := o.intros.ByHand(o.ctx(), system, introduction.Manual{CampaignID: c.ID, IntroducerCustomerID: ana.ID,
		Submission: introduction.Submission{FirstName: "Ben", Note: "You two should talk.", How: introduction.HowSelf, Channel: "copy"}})
	o.must(err)
	i, err = o.intros.AcceptByReply(o.ctx(), system, i.ID, introduction.Reply{Evidence: "Yes.", Email: fmt.Sprintf("ben%d@acme.example", o.count)})
	o.must(err)
	return i
}

// The hands of docs/money.md.
const (
	wrote    = "wrote its terms"
	closed   = "closed it"
	tookBack = "took it back"
)

// held is a matured reward that somebody stopped, in which m had a hand, or none.
func (o *office) held(m staff.Member, hand string) reward.Reward {
	o.t.Helper()
	author := system
	if hand == wrote {
		author = person(m)
	}
	i := o.yes(o.terms(author))
	deal := introduction.NewDeal{IntroductionID: i.ID, Source: introduction.FromStripe, ExternalID: i.ID, Amount: money.New(500_00, "EUR"), Evidence: "Order", Actor: system}
	if hand == closed {
		deal.Source, deal.Actor = introduction.FromHand, person(m)
	}
	_, err := o.intros.RecordDeal(o.ctx(), deal)
	o.must(err)
	rows, err := o.rewards.ForIntroduction(o.ctx(), i.ID)
	o.must(err)
	if len(rows) != 1 {
		o.t.Fatalf("%d rewards, want 1", len(rows))
	}
	r, err := o.rewards.Hold(o.ctx(), person(o.judge), rows[0].ID, "One moment.")
	o.must(err)
	o.clock.pass(31 * 24 * time.Hour)
	return r
}

// unpaid is a reward that finance has to pay by hand.
func (o *office) unpaid(m staff.Member, hand string) reward.Reward {
	o.t.Helper()
	r := o.held(m, hand)
	_, err := o.rewards.Approve(o.ctx(), person(o.boss), r.ID, "fine")
	o.must(err)
	_, err = o.rewards.Due(o.ctx())
	o.must(err)
	return r
}

// appealed is the case of a reward that was taken back and whose owner disagrees.
func (o *office) appealed(m staff.Member, hand string) string {
	o.t.Helper()
	r := o.held(m, hand)
	judge := person(o.judge)
	if hand == tookBack {
		judge = person(m)
	}
	by, err := reward.ReviewerOf(judge)
	o.must(err)
	_, err = o.rewards.Reject(o.ctx(), by, r.ID, reward.Rejection{Note: "odd"})
	o.must(err)
	_, err = o.rewards.Appeal(o.ctx(), r.CustomerID, r.ID, "It is mine.")
	o.must(err)
	page, err := o.rewards.Cases(o.ctx(), reward.CaseFilter{RewardID: r.ID, Kind: reward.CaseAppeal}, db.Page{})
	o.must(err)
	return page.Items[0].ID
}

// duty is one line of the table: what is done, and which hands make a difference. try does it as m, who had a hand in it or
// none.
type duty struct {
	name  string
	hands []string
	try   func(o *office, m staff.Member, hand string, cookie string) *reply
}

var duties = []duty{
	{"write the terms of a reward", nil, func(o *office, m staff.Member, _, cookie string) *reply {
		c := o.terms(person(o.boss))
		rule := doc{"to": "customer", "on": "won", "amount_minor": 10_00, "rails": []string{"manual"}, "caps": doc{}}
		return o.send("PATCH", "/campaigns/"+c.ID, doc{"offer": doc{"currency": "EUR", "budget_minor": 5_000_00, "hold_days": 30, "protection_days": 180,
			"terms": "Terms for " + m.Name, "default_rail": "manual", "rewards": []doc{rule}}}, cookie)
	}},
	{"close by hand", nil, func(o *office, _ staff.Member, _, cookie string) *reply {
		i := o.yes(o.terms(system))
		return o.send("POST", "/introductions/"+i.ID+"/win", doc{"amount": doc{"amount_minor": 500_00, "currency": "EUR"}, "evidence": "Order"}, cookie)
	}},
	{"approve", []string{wrote, closed}, func(o *office, m staff.Member, hand, cookie string) *reply {
		return o.send("POST", "/rewards/"+o.held(m, hand).ID+"/approve", doc{"reason": "fine"}, cookie)
	}},
	{"release", []string{wrote, closed}, func(o *office, m staff.Member, hand, cookie string) *reply {
		return o.send("POST", "/rewards/"+o.held(m, hand).ID+"/release", doc{"reason": "fine"}, cookie)
	}},
	{"answer an appeal", []string{wrote, closed, tookBack}, func(o *office, m staff.Member, hand, cookie string) *reply {
		return o.send("POST", "/cases/"+o.appealed(m, hand)+"/resolve", doc{"action": "grant", "note": "You are right."}, cookie)
	}},
	{"mark as paid by hand", []string{wrote, closed}, func(o *office, m staff.Member, hand, cookie string) *reply {
		return o.send("POST", "/rewards/"+o.unpaid(m, hand).ID+"/mark-paid", doc{"reference": "SEPA-1"}, cookie)
	}},
	{"hold", []string{wrote, closed}, func(o *office, m staff.Member, hand, cookie string) *reply {
		return o.send("POST", "/rewards/"+o.unpaid(m, hand).ID+"/hold", doc{"reason": "odd"}, cookie)
	}},
	{"take back", []string{wrote, closed}, func(o *office, m staff.Member, hand, cookie string) *reply {
		return o.send("POST", "/rewards/"+o.held(m, hand).ID+"/reject", doc{"reason": "odd"}, cookie)
	}},
	{"pause and resume payouts", nil, func(o *office, _ staff.Member, _, cookie string) *reply {
		return o.send("PUT", "/payouts/switch", doc{"paused": false, "reason": "fine"}, cookie)
	}},
	{"change the amount that takes two", nil, func(o *office, _ staff.Member, _, cookie string) *reply {
		return o.send("PATCH", "/settings", doc{"second_person_above_minor": 500_00}, cookie)
	}},
	{"make an API key", nil, func(o *office, _ staff.Member, _, cookie string) *reply {
		return o.send("POST", "/api-keys", doc{"name": "key", "role": "viewer"}, cookie)
	}},
}

// may does a duty and reports whether that was allowed; what is allowed has to work.
func (o *office) may(d duty, r staff.Role, hand string) bool {
	o.t.Helper()
	if hand == tookBack && !staff.Allowed(r, staff.DecideRewards) {
		return false
	}
	switch answer := d.try(o, o.people[r], hand, o.cookies[r]); answer.Code {
	case 200, 201:
		return true
	case 403:
		return false
	default:
		o.t.Errorf("%s by %s (%s) = %d: %s", d.name, r, hand, answer.Code, answer.Body)
	}
	return false
}

// line is what the document has to say of a duty.
func (o *office) line(d duty) string {
	o.t.Helper()
	cells := []string{d.name}
	var deciders []staff.Role
	for _, r := range staff.Roles {
		cell := "–"
		if o.may(d, r, "") {
			cell = "yes"
			deciders = append(deciders, r)
		}
		cells = append(cells, cell)
	}
	var not []string
	for _, hand := range d.hands {
		refused := slices.DeleteFunc(slices.Clone(deciders), func(r staff.Role) bool { return o.may(d, r, hand) })
		switch len(refused) {
		case 0:
		case len(deciders):
			not = append(not, hand)
		default:
			o.t.Errorf("%s: of those who may, who %s is refused only as %v", d.name, hand, refused)
		}
		for _, r := range staff.Roles {
			if !slices.Contains(deciders, r) && o.may(d, r, hand) {
				o.t.Errorf("%s: who %s may as %s", d.name, hand, r)
			}
		}
	}
	return "| " + strings.Join(append(cells, strings.Join(not, ", ")), " | ") + " |"
}

// M19: the table of docs/money.md is what the running API does: each duty as each role, by somebody who had a hand in the
// reward and by somebody who had none.
func TestDuties_AreThoseOfTheDocument(t *testing.T) {
	t.Parallel()
	document, err := os.ReadFile("../../docs/money.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, ok := strings.Cut(string(document), "| | owner | finance | marketer | rep | viewer | but not whoever |\n|---|---|---|---|---|---|---|\n")
	if !ok {
		t.Fatal("docs/money.md has no table of duties")
	}
	table, _, _ := strings.Cut(section, "\n\n")
	want := strings.Split(strings.TrimSpace(table), "\n")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := newOffice(t, d)
		if len(want) != len(duties) {
			t.Errorf("the document has %d lines, want %d", len(want), len(duties))
		}
		for n, d := range duties {
			if got := o.line(d); n < len(want) && got != want[n] {
				t.Errorf("line %d\nin the document %s\nin fact         %s", n+1, want[n], got)
			}
		}
	})
}

// M19: who had a hand in a reward sees why others decide, at the button and not only after pressing it.
func TestDuties_TheReasonStandsAtTheVerb(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := newOffice(t, d)
		finance := o.people[staff.Finance]
		cookie := o.cookies[staff.Finance]
		for hand, why := range map[string]string{wrote: "You wrote the terms", closed: "rests on your own word"} {
			id := o.held(finance, hand).ID
			seen := o.send("GET", "/rewards/"+id, nil, cookie).want(200)
			if got := fmt.Sprint(seen.at("actions")); got != "[reject]" || seen.length("blocked") != 2 || !strings.Contains(seen.text("blocked.0.why"), why) {
				t.Errorf("who %s sees %s %v", hand, got, seen.at("blocked"))
			}
			listed := o.send("GET", "/rewards?state=held", nil, cookie).want(200)
			if listed.length("items.0.blocked") != 2 {
				t.Errorf("in the list: %v", listed.at("items.0.blocked"))
			}
			if other := o.send("GET", "/rewards/"+id, nil, o.cookies[staff.Owner]).want(200); other.length("blocked") != 0 || other.length("actions") != 3 {
				t.Errorf("who had no hand sees %s", other.Body)
			}
		}
		id := o.appealed(finance, tookBack)
		cases := o.send("GET", "/cases?queue=reviews", nil, cookie).want(200)
		if cases.text("items.0.id") != id || cases.length("items.0.actions") != 0 || !strings.Contains(cases.text("items.0.blocked.0.why"), "You took this reward back") {
			t.Errorf("the appeal %s", cases.Body)
		}
	})
}

// An owner who is alone is asked for a reason, and what they said stands beside the reward.
func TestDuties_WhoIsAloneIsAskedWhy(t *testing.T) {
	t.Parallel()
	o := newOffice(t, dbtest.SQLite(t))
	me := o.people[staff.Owner]
	cookie := o.cookies[staff.Owner]
	for _, m := range []staff.Member{o.boss, o.judge, o.people[staff.Finance]} {
		o.must(o.staff.Disable(o.ctx(), person(me), m.ID, me.ID))
	}
	path := "/rewards/" + o.held(me, closed).ID
	if seen := o.send("GET", path, nil, cookie).want(200); seen.at("alone") != true || seen.length("blocked") != 0 || !strings.Contains(fmt.Sprint(seen.at("actions")), "approve") {
		t.Errorf("alone: %s", seen.Body)
	}
	o.send("POST", path+"/approve", nil, cookie).wantProblem(422, "reason")
	if done := o.send("POST", path+"/approve", doc{"reason": "I was at the meeting."}, cookie).want(200); done.text("decided_alone") != "I was at the meeting." {
		t.Errorf("approved: %s", done.Body)
	}
	if kept := o.send("GET", "/audit?action=reward.decided_alone", nil, cookie).want(200); kept.length("items") != 1 || kept.text("items.0.reason") != "I was at the meeting." {
		t.Errorf("audit: %s", kept.Body)
	}
}

// M19: what another system reports is no close by hand, so people cannot report it.
func TestDuties_APersonIsNoCRM(t *testing.T) {
	t.Parallel()
	o := newOffice(t, dbtest.SQLite(t))
	i := o.yes(o.terms(system))
	deal := doc{"introduction_id": i.ID, "stage": "won", "external_id": "d1", "amount": doc{"amount_minor": 70000, "currency": "EUR"}}
	for r, cookie := range o.cookies {
		if got := o.send("POST", "/deals", deal, cookie); got.Code != 403 {
			t.Errorf("reported by a person who is %s = %d", r, got.Code)
		}
	}
	o.send("POST", "/deals", deal, o.as(staff.Marketer)).want(200)
}
