package api_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"goodword/internal/campaign"
	"goodword/internal/customer"
	"goodword/internal/db"
	"goodword/internal/dbtest"
	"goodword/internal/setting"
	"goodword/internal/staff"
)

// american is a stage on which somebody in the United States, whose name is a formula, has earned 2,000.00 dollars that are to be
// paid by hand.
func american(t *testing.T, d *db.DB) *stage {
	t.Helper()
	s := &stage{world: newWorld(t, d), ids: map[string]string{}}
	s.rosa = s.member("Rosa", staff.Rep)
	var err error
	s.own, err = s.customers.Create(s.ctx(), system, customer.Draft{FirstName: "=HYPERLINK(1)", LastName: "Ruiz", Email: "ana@ruiz.example", Country: "US", OwnerID: s.rosa.ID})
	s.must(err)
	template, _ := campaign.TemplateByKey("order_placed")
	p := template.Plan
	p.Trigger = campaign.Trigger{Kind: campaign.TriggerNow}
	p.Offer.Currency, p.Offer.BudgetMinor, p.Offer.DefaultRail = "USD", 10_000_00, campaign.RailManual
	p.Offer.Rewards = []campaign.Rule{{To: campaign.ToCustomer, On: campaign.OnWon, AmountMinor: 2_000_00, Rails: []campaign.Rail{campaign.RailManual}}}
	s.campaign, err = s.campaigns.Create(s.ctx(), system, p)
	s.must(err)
	s.campaign, err = s.campaigns.Launch(s.ctx(), system, s.campaign.ID)
	s.must(err)
	s.introduce()
	s.clock.pass(31 * 24 * time.Hour)
	s.send("POST", "/rewards/"+s.ids["rewards"]+"/approve", nil, s.signedIn(s.member("Finn", staff.Finance))).want(200)
	s.sweep()
	return s
}

func (s *stage) sweep() {
	s.t.Helper()
	for range 3 {
		_, err := s.rewards.Sweep(s.ctx())
		s.must(err)
	}
}

func TestTax_FromTheHoldToTheFile(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := american(t, d)
		key, tax, form := s.as(staff.Finance), "/customers/"+s.own.ID+"/tax", "/customers/"+s.own.ID+"/tax-form"
		reward := s.send("GET", "/rewards/"+s.ids["rewards"], nil, key).want(200)
		if reward.text("state") != "held" || reward.text("held_reason") != "tax_form" || fmt.Sprint(reward.at("actions")) != "[hold reject]" {
			t.Fatalf("reward %s", reward.Body)
		}
		if y := s.send("GET", tax, nil, key).want(200); y.at("rows.0.held.amount_minor") != 200000.0 || y.at("rows.0.form") != nil || y.at("year") != 2026.0 {
			t.Errorf("%s", y.Body)
		}
		const head = "year,customer_id,payee,country,currency,paid,taken_back,total,taken_back_of_earlier_years,threshold,reached,form,form_received_on,held\r\n"
		line := func(rest string) string {
			return head + "2026," + s.own.ID + ",'=HYPERLINK(1) Ruiz,US,USD," + rest + "\r\n"
		}
		file := func(want string) {
			t.Helper()
			if got := s.send("GET", "/reports/tax?year=2026", nil, key, "Accept: text/csv").want(200).Body.String(); got != want {
				t.Errorf("file\n%swant\n%s", got, want)
			}
		}
		file(line("0.00,0.00,0.00,0.00,2000.00,no,,,2000.00"))

		s.send("POST", form, doc{"kind": "W-9", "received_on": "2026-06-01", "number": "12-3456789"}, key).wantProblem(400, "number")
		s.send("POST", form, doc{"kind": "W-7", "received_on": "2026-06-01"}, key).wantProblem(422, "kind")
		s.send("POST", form, doc{"kind": "W-9", "received_on": "soon"}, key).wantProblem(422, "received_on")
		s.send("POST", form, doc{"kind": "W-9", "received_on": "2026-06-01"}, s.as(staff.Marketer)).want(403)
		if y := s.send("POST", form, doc{"kind": "W-9", "received_on": "2026-06-01"}, key).want(200); y.text("rows.0.form.kind") != "W-9" {
			t.Errorf("%s", y.Body)
		}
		s.sweep()
		s.send("POST", "/rewards/"+s.ids["rewards"]+"/mark-paid", doc{"reference": "wire 1"}, key).want(200)
		file(line("2000.00,0.00,2000.00,0.00,2000.00,yes,W-9,2026-06-01,0.00"))
		if got := s.send("GET", "/reports/tax?year=2025", nil, key, "Accept: text/csv").want(200).Body.String(); got != head {
			t.Errorf("2025: %s", got)
		}
		s.send("POST", form+"/forget", doc{}, key).wantProblem(422, "reason")
		if y := s.send("POST", form+"/forget", doc{"reason": "not signed"}, key).want(200); y.at("rows.0.form") != nil {
			t.Errorf("%s", y.Body)
		}
		if a := s.send("GET", "/audit?object_id="+s.own.ID+"&action=tax_form.received", nil, s.as(staff.Owner)).want(200); a.length("items") != 1 || strings.Contains(a.Body.String(), "HYPERLINK") {
			t.Errorf("audit %s", a.Body)
		}
	})
}

func TestSettings_TaxThresholds(t *testing.T) {
	t.Parallel()
	s := newStage(t, dbtest.SQLite(t))
	key := s.as(staff.Owner)
	now := s.send("PATCH", "/settings", doc{"tax_thresholds": doc{"2025": 60000, "2026": 200000, "2027": 205000}, "tax_ways": []string{"donation"}}, key).want(200)
	if now.at("tax_thresholds.2027") != 205000.0 || fmt.Sprint(now.at("tax_ways")) != "[donation]" {
		t.Errorf("%s", now.Body)
	}
	s.send("PATCH", "/settings", doc{"tax_thresholds": doc{"1999": 1, "2027": 0}}, key).wantProblem(422, "tax_thresholds", "tax_thresholds.2027")
	s.send("PATCH", "/settings", doc{"tax_thresholds": doc{}}, key).wantProblem(422, "tax_thresholds")
	set, err := s.settings.Get(s.ctx())
	s.must(err)
	for year, want := range map[int]int64{2024: 600_00, 2025: 600_00, 2026: 2_000_00, 2027: 2_050_00, 2031: 2_050_00} {
		if got := set.TaxThreshold(year); got != want {
			t.Errorf("%d: %d, want %d", year, got, want)
		}
	}
	if d := setting.Defaults(); d.TaxThreshold(2025) != 600_00 || d.TaxThreshold(2026) != 2_000_00 || len(d.TaxWays) != 0 {
		t.Errorf("defaults: %v, %v", d.TaxThresholds, d.TaxWays)
	}
}
