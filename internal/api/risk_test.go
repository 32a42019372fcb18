package api_test

import (
	"strings"
	"testing"
	"time"

	"goodword/internal/customer"
	"goodword/internal/db"
	"goodword/internal/dbtest"
	"goodword/internal/introduction"
	"goodword/internal/money"
	"goodword/internal/staff"
)

// A reward that a check has stopped waits in the queue with its evidence; of two reviewers the second is told who was first; who
// does not decide sees that somebody looks, and not at what.
func TestReviews_QueueWithEvidence(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newStage(t, d)
		ctx := s.ctx()
		carl, err := s.customers.Create(ctx, system, customer.Draft{FirstName: "Carla", Email: "carla@north.example", StripeCustomer: "cus_both", Stage: customer.Active})
		s.must(err)
		_, err = s.customers.Create(ctx, system, customer.Draft{FirstName: "Otto", LastName: "Other", Email: "otto@south.example", StripeCustomer: "cus_both", Stage: customer.Active})
		s.must(err)
		row, err := s.intros.Submit(ctx, introduction.Author{CustomerID: carl.ID, OfferID: s.campaign.OfferID, CampaignID: s.campaign.ID},
			introduction.Submission{FirstName: "Dan", Note: "Talk.", Channel: "copy"})
		s.must(err)
		_, err = s.intros.Accept(ctx, introduction.Prospect{IntroductionID: row.ID}, introduction.Answer{How: introduction.ByEmail, Name: "Dan", Email: "dan@west.example", ConsentText: "Yes."})
		s.must(err)
		_, err = s.intros.RecordDeal(ctx, introduction.NewDeal{IntroductionID: row.ID, Source: introduction.FromStripe, ExternalID: "in_9", Amount: money.New(900_00, "EUR"), Actor: system})
		s.must(err)
		s.clock.pass(60 * 24 * time.Hour)
		_, err = s.rewards.Mature(ctx)
		s.must(err)

		finn, olga := s.signedIn(s.member("Finn", staff.Finance)), s.signedIn(s.member("Olga", staff.Owner))
		queue := s.send("GET", "/cases?queue=reviews", nil, finn).want(200)
		if queue.length("items") != 1 || queue.text("items.0.kind") != "review" || queue.text("items.0.findings.0.name") != "shared_payee" ||
			!strings.Contains(queue.text("items.0.findings.0.text"), "paid the same way") || queue.text("items.0.findings.0.evidence.0.customers.0.name") != "Otto Other" {
			t.Fatalf("queue %s", queue.Body)
		}
		if rest := s.send("GET", "/cases?queue=money", nil, finn).want(200); strings.Contains(rest.Body.String(), `"review"`) {
			t.Errorf("the other queue has reviews: %s", rest.Body)
		}
		reward := "/rewards/" + queue.text("items.0.reward_id")
		if seen := s.send("GET", reward, nil, s.as(staff.Viewer)).want(200); seen.length("findings") != 0 || strings.Contains(seen.Body.String(), "Otto") {
			t.Errorf("a viewer reads %s", seen.Body)
		}
		if seen := s.send("GET", reward, nil, s.as(staff.Marketer)).want(200); seen.length("findings") != 1 || strings.Contains(seen.Body.String(), "Otto") {
			t.Errorf("a marketer reads %s", seen.Body)
		}
		decide := "/cases/" + queue.text("items.0.id") + "/resolve"
		s.send("POST", decide, doc{"action": "reject", "note": "x", "why": "nonsense"}, finn).wantProblem(422, "why")
		s.send("POST", decide, doc{"action": "release", "note": "An accountant pays for both."}, s.as(staff.Finance)).wantProblem(403)
		s.send("POST", decide, doc{"action": "release", "note": "An accountant pays for both."}, finn).want(200)
		late := s.send("POST", decide, doc{"action": "reject", "note": "No."}, olga).wantProblem(409)
		if !strings.Contains(late.Body.String(), "Finn has decided this already.") {
			t.Errorf("the second is told %s", late.Body)
		}

		trial := s.send("POST", "/risk/backtest", doc{"limit": 100}, finn).want(200)
		if trial.number("held") != 1 || trial.number("new") != 0 || trial.text("checks.0.check") != "shared_payee" {
			t.Errorf("trial %s", trial.Body)
		}
		s.send("POST", "/risk/backtest", doc{"modes": doc{"unheard_of": "on"}}, finn).wantProblem(422, "modes")
		s.send("POST", "/risk/backtest", doc{}, s.as(staff.Marketer)).wantProblem(403)
		if rings := s.send("GET", "/risk/rings", nil, finn).want(200); rings.length("items") != 1 || rings.length("items.0.customers") != 2 {
			t.Errorf("rings %s", rings.Body)
		}
	})
}

// The settings name every check, so that each can be put on trial.
func TestSettings_ChecksCanBePutOnTrial(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		owner := w.signedIn(w.member("Olga", staff.Owner))
		before := w.send("GET", "/settings", nil, owner).want(200)
		if before.text("risk_modes.self") != "on" || before.number("risk_caps.introducer.count") != 30 || before.number("refunds_most") != 3 {
			t.Errorf("settings %s", before.Body)
		}
		after := w.send("PATCH", "/settings", doc{"risk_modes": doc{"self": "shadow"}, "risk_caps": doc{"device": doc{"count": 5, "days": 7}}}, owner).want(200)
		if after.text("risk_modes.self") != "shadow" || after.text("risk_modes.ring") != "on" || after.number("risk_caps.device.days") != 7 || after.at("risk_caps.introducer") != nil {
			t.Errorf("settings %s", after.Body)
		}
		w.send("PATCH", "/settings", doc{"risk_modes": doc{"self": "sometimes"}}, owner).wantProblem(422, "risk_modes")
		w.send("PATCH", "/settings", doc{"risk_caps": doc{"moon": doc{"count": 5, "days": 7}}}, owner).wantProblem(422, "risk_caps")
	})
}
