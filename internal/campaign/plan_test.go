package campaign_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"goodword/internal/audit"
	"goodword/internal/campaign"
	"goodword/internal/db"
	"goodword/internal/dbtest"
	"goodword/internal/fault"
)

func problems(err error) string {
	e := fault.As(err)
	if e == nil {
		return ""
	}
	var fields []string
	for _, p := range e.Problems {
		if !slices.Contains(fields, p.Field) {
			fields = append(fields, p.Field)
		}
	}
	slices.Sort(fields)
	return strings.Join(fields, " ")
}

func good(t *testing.T) campaign.Plan {
	t.Helper()
	tpl, ok := campaign.TemplateByKey("two_lines")
	if !ok {
		t.Fatal("no template two_lines")
	}
	return tpl.Plan
}

// Every problem is named with the path of its field, as the document has it.
func TestCreate_NamesEveryFieldThatIsWrong(t *testing.T) {
	t.Parallel()
	d := dbtest.SQLite(t)
	s, _ := service(t, d)
	for _, c := range []struct {
		name   string
		change func(*campaign.Plan)
		want   string
	}{
		{"nothing", func(*campaign.Plan) {}, ""},
		{"no name", func(p *campaign.Plan) { p.Name = " " }, "name"},
		{"unknown template", func(p *campaign.Plan) { p.Template = "nope" }, "template"},
		{"unknown ask", func(p *campaign.Plan) { p.Asks = []campaign.Ask{"introduction", "testimonial", "money"} }, "asks.2"},
		{"ask twice", func(p *campaign.Plan) { p.Asks = []campaign.Ask{"introduction", "testimonial", "introduction"} }, "asks.2"},
		{"asking and not asking", func(p *campaign.Plan) { p.Asks = append(p.Asks, campaign.AskPrime) }, "asks.2"},
		{"unknown merge word", func(p *campaign.Plan) { edit(p, "en", func(w *campaign.Words) { w.Body = "Hi {{firstname}}" }) }, "messages.en.body"},
		{"unclosed brace", func(p *campaign.Plan) { edit(p, "en", func(w *campaign.Words) { w.PageBody = "Hi {{first_name" }) }, "messages.en.page_body"},
		{"two-line subject", func(p *campaign.Plan) { edit(p, "de", func(w *campaign.Words) { w.Subject = "a\nb" }) }, "messages.de.subject"},
		{"praise", func(p *campaign.Plan) {
			edit(p, "de", func(w *campaign.Words) { w.Body = "Bitte eine positive Bewertung." })
		}, "messages.de.body"},
		{"praise in the terms", func(p *campaign.Plan) { p.Offer.Text = "For 5-star reviews only." }, "offer.terms"},
		{"language", func(p *campaign.Plan) { p.Suits["English"] = "x" }, "suits.English"},
		{"nudges", func(p *campaign.Plan) { p.Nudges.UnsentDays, p.Nudges.UnansweredDays = -1, 31 }, "nudges.unanswered_days nudges.unsent_days"},
		{"trigger", func(p *campaign.Plan) { p.Trigger = campaign.Trigger{Kind: "soon"} }, "trigger.kind"},
		{"date missing", func(p *campaign.Plan) { p.Trigger = campaign.Trigger{Kind: campaign.TriggerAt} }, "trigger.at"},
		{"event", func(p *campaign.Plan) { p.Trigger = campaign.Trigger{Kind: campaign.TriggerEvent, Event: "rained"} }, "trigger.event"},
		{"sweep", func(p *campaign.Plan) { p.Trigger = campaign.Trigger{Kind: campaign.TriggerSweep, Every: "hour"} }, "trigger.every"},
		{"reminders", func(p *campaign.Plan) { p.Reminders = campaign.Reminders{AfterDays: []int{7, 7}, Max: 3} }, "reminders.after_days.1 reminders.max"},
		{"currency", func(p *campaign.Plan) { p.Offer.Currency = "ZZZ" }, "offer.currency"},
		{"budget", func(p *campaign.Plan) { p.Offer.BudgetMinor = -1 }, "offer.budget_minor"},
		{"default rail", func(p *campaign.Plan) { p.Offer.DefaultRail = campaign.RailTransfer }, "offer.default_rail"},
		{"audience", func(p *campaign.Plan) { p.Audience.RenewsWithinDays = -1 }, "audience.renews_within_days"},
		{"two amounts", func(p *campaign.Plan) { p.Offer.Rewards[0].PercentBPS = 5 }, "offer.rewards.0.amount_minor offer.rewards.0.max_minor offer.rewards.0.of offer.rewards.0.percent_bps"},
		{"no amount", func(p *campaign.Plan) { p.Offer.Rewards[1].AmountMinor = 0 }, "offer.rewards.1.amount_minor"},
		{"negative amount", func(p *campaign.Plan) { p.Offer.Rewards[1].AmountMinor = -5 }, "offer.rewards.1.amount_minor"},
		{"unbounded percentage", func(p *campaign.Plan) {
			p.Offer.Rewards[2] = campaign.Rule{To: "customer", On: "won", PercentBPS: 500, Of: campaign.OfInvoices, Rails: []campaign.Rail{"manual"}}
		}, "offer.rewards.2.max_minor offer.rewards.2.within_days"},
		{"percentage of nothing", func(p *campaign.Plan) {
			p.Offer.Rewards[2] = campaign.Rule{To: "customer", On: "accepted", PercentBPS: 10_001, MaxMinor: 5, Of: "mood", Rails: []campaign.Rail{"manual"}}
		}, "offer.rewards.2.of offer.rewards.2.percent_bps"},
		{"tiers out of order", func(p *campaign.Plan) {
			p.Offer.Rewards[2] = campaign.Rule{To: "customer", On: "won", Tiers: []campaign.Tier{{FromMinor: 10, AmountMinor: 5}, {FromMinor: 10, AmountMinor: 4}}, Rails: []campaign.Rail{"manual"}}
		}, "offer.rewards.2.tiers.1.amount_minor offer.rewards.2.tiers.1.from_minor"},
		{"stage", func(p *campaign.Plan) { p.Offer.Rewards[2].On = "published" }, "offer.rewards.2.on"},
		{"party", func(p *campaign.Plan) { p.Offer.Rewards[2].To = "friend" }, "offer.rewards.2.to"},
		{"prospect writes", func(p *campaign.Plan) { p.Offer.Rewards[3].On = campaign.OnTestimonial }, "offer.rewards.3.to"},
		{"rails", func(p *campaign.Plan) { p.Offer.Rewards[2].Rails = []campaign.Rail{"cash", "manual", "manual"} }, "offer.rewards.2.rails.0 offer.rewards.2.rails.2"},
		{"no rail", func(p *campaign.Plan) { p.Offer.Rewards[2].Rails = nil }, "offer.rewards.2.rails"},
		{"prospect's credit", func(p *campaign.Plan) { p.Offer.Rewards[3].Rails = []campaign.Rail{campaign.RailInvoiceCredit} }, "offer.rewards.3.rails.0"},
		{"caps", func(p *campaign.Plan) {
			p.Offer.Rewards[0].Caps = campaign.Caps{PerCustomer: -1, PerCompany: -1, PerPeriod: &campaign.Period{}}
		}, "offer.rewards.0.caps.per_company offer.rewards.0.caps.per_customer offer.rewards.0.caps.per_period.count offer.rewards.0.caps.per_period.days"},
		{"testimonial reward without the ask", func(p *campaign.Plan) { p.Asks = []campaign.Ask{campaign.AskIntroduction} }, "offer.rewards.0.on"},
		{"owner", func(p *campaign.Plan) { p.OwnerID = "0190f0e0-0000-7000-8000-000000000000" }, "owner_id"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := good(t)
			c.change(&p)
			_, err := s.Create(ctx(t), marketer, p)
			if got := problems(err); got != c.want {
				t.Errorf("got problems at %q, want %q (%v)", got, c.want, err)
			}
			if c.want != "" && !fault.Is(err, fault.Invalid) {
				t.Errorf("got %v, want Invalid", err)
			}
		})
	}
}

func edit(p *campaign.Plan, lang string, change func(*campaign.Words)) {
	w := p.Messages[lang]
	change(&w)
	p.Messages[lang] = w
}

// L1: nothing in the shape of a rule can look at a rating, a text, a length or a publication.
func TestReadPlan_ARewardCannotDependOnWhatIsSaid(t *testing.T) {
	t.Parallel()
	for _, extra := range []string{
		`"min_rating": 4`, `"rating": 5`, `"stars": 5`, `"sentiment": "positive"`, `"score": 9`, `"nps": 9`, `"published": true`, `"approved": true`,
		`"min_length": 100`, `"contains": "great"`, `"if": {"rating": 5}`, `"condition": "rating >= 4"`,
	} {
		doc := fmt.Sprintf(`{"name": "x", "offer": {"rewards": [{"to": "customer", "on": "testimonial_submitted", "amount_minor": 500, "rails": ["manual"], %s}]}}`, extra)
		if _, err := campaign.ReadPlan(strings.NewReader(doc)); !fault.Is(err, fault.Malformed) {
			t.Errorf("%s: got %v, want Malformed", extra, err)
		}
	}
	for _, on := range []campaign.Stage{"approved", "published", "testimonial_published", "rated", "testimonial_approved"} {
		p := good(t)
		p.Offer.Rewards[0].On = on
		d := dbtest.SQLite(t)
		s, _ := service(t, d)
		if _, err := s.Create(ctx(t), marketer, p); problems(err) != "offer.rewards.0.on" {
			t.Errorf("on %s: %v, want a problem at offer.rewards.0.on", on, err)
		}
	}
}

// The document of contract.md is read and written as it stands there.
func TestReadPlan_TakesTheContractsShape(t *testing.T) {
	t.Parallel()
	const doc = `{"name":"Spring","template":"order_placed","division":"North","owner_id":"o","asks":["introduction","testimonial"],
		"suits":{"en":"a baker"},"nudges":{"unsent_days":1,"unanswered_days":4},"audience":{"segment_id":"s"},
		"trigger":{"kind":"at","at":"2026-06-01T09:00:00Z"},
		"offer":{"currency":"EUR","budget_minor":500000,"hold_days":30,"protection_days":180,"terms":"t","cost_centre":"4711","default_rail":"invoice_credit",
			"rewards":[{"to":"customer","on":"won","amount_minor":5000,"rails":["invoice_credit"],"caps":{"per_customer":5,"per_company":9,"per_period":{"days":30,"count":2}}},
				{"to":"customer","on":"won","percent_bps":500,"of":"invoices","within_days":90,"max_minor":20000,"rails":["transfer","manual"],"caps":{}},
				{"to":"customer","on":"won","tiers":[{"from_minor":0,"amount_minor":100}],"rails":["gift_code","donation","manual"],"caps":{}}]},
		"messages":{"en":{"subject":"s","body":"b","page_title":"t","page_body":"p","reminder_subject":"rs","reminder_body":"rb"}},
		"reminders":{"after_days":[7],"max":1}}`
	p, err := campaign.ReadPlan(strings.NewReader(doc))
	if err != nil {
		t.Fatal(err)
	}
	var a, b any
	out, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	if json.Unmarshal([]byte(doc), &a) != nil || json.Unmarshal(out, &b) != nil || fmt.Sprint(a) != fmt.Sprint(b) {
		t.Errorf("came back as\n%s", out)
	}
	if _, err := campaign.ReadPlan(strings.NewReader(`{"name":"x","asks":"introduction"}`)); problems(err) != "asks" {
		t.Errorf("a text for asks: %v, want a problem at asks", err)
	}
}

func TestTemplates_SevenAreReadyToLaunchInEnglishAndGerman(t *testing.T) {
	t.Parallel()
	d := dbtest.SQLite(t)
	s, _ := service(t, d)
	all := campaign.Templates()
	if len(all) != 7 {
		t.Errorf("%d templates, want 7", len(all))
	}
	for _, tpl := range all {
		c, err := s.Create(ctx(t), marketer, tpl.Plan)
		if err != nil {
			t.Errorf("%s cannot be created: %v", tpl.Key, err)
			continue
		}
		if _, err := s.DryRun(ctx(t), c.ID); err != nil {
			t.Errorf("%s is not ready: %v", tpl.Key, err)
		}
		if _, err := s.Launch(ctx(t), marketer, c.ID); err != nil {
			t.Errorf("%s cannot be launched: %v", tpl.Key, err)
		}
		for _, lang := range []string{"en", "de"} {
			if tpl.Name[lang] == "" || tpl.About[lang] == "" {
				t.Errorf("%s has no name or description in %s", tpl.Key, lang)
			}
			w := tpl.Plan.Messages[lang]
			for name, text := range map[string]string{"subject": w.Subject, "body": w.Body, "page_title": w.PageTitle, "page_body": w.PageBody, "reminder_subject": w.ReminderSubject, "reminder_body": w.ReminderBody} {
				if strings.HasPrefix(name, "reminder") && tpl.Plan.Reminders.Max == 0 {
					continue
				}
				if text == "" || strings.Contains(text, "!") {
					t.Errorf("%s %s %s is empty or loud: %q", tpl.Key, lang, name, text)
				}
				bare := campaign.Merge(text, campaign.Values{})
				if strings.Contains(bare, "{{") || strings.Contains(bare, " ,") || strings.Contains(bare, ",?") || strings.Contains(bare, "  ") {
					t.Errorf("%s %s %s without a name reads %q", tpl.Key, lang, name, bare)
				}
			}
			if asks := tpl.Plan.Asks[0].Form(); asks != strings.Contains(w.Body, "{{reward}}") || asks && tpl.Plan.Suits[lang] == "" {
				t.Errorf("%s %s: what is asked, whom it suits and what it brings do not go together", tpl.Key, lang)
			}
		}
	}
}

func TestWarnings_PercentagesGiveThePriceAway(t *testing.T) {
	t.Parallel()
	p := good(t)
	if w := p.Warnings(); len(w) != 0 {
		t.Errorf("a template warns: %v", w)
	}
	p.Offer.Rewards = []campaign.Rule{{To: "customer", On: "won", PercentBPS: 500, Of: "deal", MaxMinor: 100, Rails: []campaign.Rail{"manual"}}}
	p.Suits, p.Offer.HoldDays = nil, 0
	var fields []string
	for _, w := range p.Warnings() {
		fields = append(fields, w.Field)
	}
	if got, want := strings.Join(fields, " "), "offer.rewards.0.percent_bps offer.rewards.0.rails suits.de suits.en offer.hold_days"; got != want {
		t.Errorf("warnings at %q, want %q", got, want)
	}
}

var marketer = audit.Actor{Kind: audit.KindStaff, ID: "staff-1", Name: "Mara", Role: "marketer"}

// outreach counts what it was asked for; the recipients are fixed.
type outreach struct {
	recipients int
	started    []string
	fail       error
}

func (o *outreach) Preview(context.Context, campaign.Campaign) (campaign.Preview, error) {
	return campaign.Preview{Recipients: o.recipients, Skipped: []campaign.Skip{{Reason: "no_address", Count: 3}}}, nil
}

func (o *outreach) Start(_ context.Context, _ db.Tx, c campaign.Campaign, _ time.Time) error {
	o.started = append(o.started, c.ID)
	return o.fail
}
