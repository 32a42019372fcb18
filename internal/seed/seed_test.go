package seed_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"goodword/internal/app"
	"goodword/internal/audit"
	"goodword/internal/campaign"
	"goodword/internal/config"
	"goodword/internal/db"
	"goodword/internal/dbtest"
	"goodword/internal/introduction"
	"goodword/internal/invitation"
	"goodword/internal/money"
	"goodword/internal/report"
	"goodword/internal/reward"
	"goodword/internal/seed"
	"goodword/internal/stripesim"
	"goodword/internal/testimonial"
)

// A Monday just after midnight is the hardest day: the week has hardly begun.
var monday = time.Date(2026, 5, 11, 0, 45, 0, 0, time.UTC)

// world is an installation whose clock history moves.
func world(t *testing.T) (*app.App, seed.World) {
	t.Helper()
	var now atomic.Pointer[time.Time]
	now.Store(&monday)
	clock := func() time.Time { return *now.Load() }
	sim := stripesim.New(stripesim.Options{Clock: clock, SecretKey: "sk_test_history", WebhookSecret: "whsec_history_0123456789", Seed: 7})
	server := httptest.NewServer(sim)
	t.Cleanup(func() {
		server.Close()
		must(t, sim.Close())
	})
	cfg, err := config.Load([]string{
		"GOODWORD_BASE_URL=http://localhost:8080", "GOODWORD_DATA_DIR=" + t.TempDir(), "GOODWORD_DATABASE_URL=" + dbtest.SQLiteURL(t),
		"GOODWORD_STRIPE_SECRET_KEY=sk_test_history", "GOODWORD_STRIPE_WEBHOOK_SECRET=whsec_history_0123456789",
		"GOODWORD_STRIPE_API_BASE=" + server.URL, "GOODWORD_SECRET_KEY=nobody-keeps-a-secret-under-this-key-1234567890", "GOODWORD_COMPANY=Brightwater", "GOODWORD_MAIL_FROM=hello@brightwater.example",
	})
	must(t, err)
	a, err := app.New(t.Context(), cfg, app.Options{Log: slog.New(slog.DiscardHandler), Clock: clock, NoSweeps: true})
	must(t, err)
	must(t, a.Start(t.Context()))
	must(t, a.Work(t.Context()))
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		must(t, errors.Join(a.Stop(ctx), a.Close()))
	})
	return a, seed.World{
		Services: seed.Services{DB: a.DB, Settings: a.Settings, Staff: a.Staff, Customers: a.Customers, Campaigns: a.Campaigns,
			Invitations: a.Invitations, Introductions: a.Introductions, Testimonials: a.Testimonials, Rewards: a.Rewards, Visits: a.Visits},
		Now:      monday,
		SetClock: func(at time.Time) { now.Store(&at) },
		Pass:     func(ctx context.Context) error { return a.Sweep(ctx, 6) },
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestDemo_EndsInThePresent(t *testing.T) {
	t.Parallel()
	a, w := world(t)
	ctx := t.Context()
	made, err := seed.Short(ctx, w, 120, 60*24*time.Hour)
	must(t, err)
	if len(made.Links) != 3 || !strings.HasPrefix(made.Links[0].Name, "Ana") {
		t.Errorf("links %v, want Ana's and two more", made.Links)
	}

	home, err := a.Reports.Home(ctx, report.HomeQuery{Money: true})
	must(t, err)
	if !home.From.Equal(monday.Truncate(24 * time.Hour)) {
		t.Fatalf("the week began at %s", home.From)
	}
	f := home.Funnel
	for what, n := range map[string]int64{"asked": f.Asked, "introduced": f.Introduced, "accepted": f.Accepted, "won": f.Won, "testimonials": f.Testimonials} {
		if n == 0 {
			t.Errorf("this week nobody was counted as %s: %+v", what, f)
		}
	}
	for _, key := range []string{"testimonials", "rewards_held"} {
		if i := slices.IndexFunc(home.Queues, func(q report.Queue) bool { return q.Key == key }); home.Queues[i].Count == 0 {
			t.Errorf("the queue %s is empty", key)
		}
	}

	intros, err := a.Introductions.List(ctx, introduction.Filter{}, db.Page{Limit: 200})
	must(t, err)
	recent := map[string]int{}
	for _, i := range intros.Items {
		switch {
		case i.CreatedAt.Before(monday.AddDate(0, 0, -7)):
		case !i.LaterUntil.IsZero():
			recent["later"]++
		default:
			recent[string(i.State)]++
		}
	}
	if recent["later"] == 0 || recent["invited"] == 0 || recent["accepted"] == 0 {
		t.Errorf("introductions of the last seven days: %v, want some sent, put off and accepted", recent)
	}

	// Nobody who was asked by mail was asked within thirty days before.
	last := map[string]time.Time{}
	var all []invitation.Invitation
	for cursor, more := "", true; more; more = cursor != "" {
		page, err := a.Invitations.List(ctx, invitation.Filter{}, db.Page{Limit: 200, Cursor: cursor})
		must(t, err)
		all, cursor = append(all, page.Items...), page.Next
	}
	slices.SortFunc(all, func(a, b invitation.Invitation) int { return a.SentAt.Compare(b.SentAt) })
	for _, i := range all {
		if i.SentAt.IsZero() || i.Channel != invitation.ByEmail {
			continue
		}
		if before, ok := last[i.CustomerID]; ok && i.SentAt.Before(before.AddDate(0, 0, 30)) {
			t.Errorf("customer %s was asked on %s and again on %s", i.CustomerID, before, i.SentAt)
		}
		last[i.CustomerID] = i.SentAt
	}

	waiting, err := a.Testimonials.List(ctx, testimonial.Filter{States: []testimonial.State{testimonial.Submitted}}, db.Page{Limit: 200})
	must(t, err)
	for _, one := range waiting.Items {
		if one.SubmittedAt.After(monday) {
			t.Errorf("a testimonial of %s comes from the future", one.SubmittedAt)
		}
	}
	held, err := a.Rewards.List(ctx, reward.Filter{States: []reward.State{reward.Held}}, db.Page{Limit: 10})
	must(t, err)
	if len(held.Items) == 0 || held.Items[0].HeldNote == "" {
		t.Errorf("held rewards %+v, want one with the reason of whoever held it", held.Items)
	}
	sixWays(t, a)
	v, err := a.Verify(ctx)
	must(t, err)
	if len(v.Findings) > 0 {
		t.Errorf("the books do not hold: %v", v.Findings)
	}
}

// sixWays fails unless Ana, whose link the newcomer has in hand, may choose among every rail when somebody whom she introduced is won.
func sixWays(t *testing.T, a *app.App) {
	t.Helper()
	ctx := t.Context()
	ana, err := a.Customers.ByEmail(ctx, a.DB, "ana@delta-logistics.example")
	must(t, err)
	asked, err := a.Invitations.List(ctx, invitation.Filter{CustomerID: ana.ID}, db.Page{Limit: 1})
	must(t, err)
	actor := audit.System("newcomer")
	row, err := a.Introductions.ByHand(ctx, actor, introduction.Manual{CampaignID: asked.Items[0].CampaignID, IntroducerCustomerID: ana.ID,
		Submission: introduction.Submission{FirstName: "Ben", Note: "You two should talk.", How: introduction.HowSelf, Channel: "copy"}})
	must(t, err)
	_, err = a.Introductions.Accept(ctx, introduction.Prospect{IntroductionID: row.ID}, introduction.Answer{How: introduction.ByEmail, Name: "Ben Ossen",
		Email: "ben@harbor-optics.example", ConsentText: "Yes, introduce us."})
	must(t, err)
	_, err = a.Introductions.RecordDeal(ctx, introduction.NewDeal{IntroductionID: row.ID, Source: introduction.FromCRM, ExternalID: "CRM-newcomer",
		Amount: money.New(1_200_00, "EUR"), Actor: actor})
	must(t, err)
	earned, err := a.Rewards.ForIntroduction(ctx, row.ID)
	must(t, err)
	for _, r := range earned {
		if r.CustomerID != ana.ID {
			continue
		}
		options, err := a.Rewards.OptionsFor(ctx, r)
		must(t, err)
		offered := map[campaign.Rail]int{}
		for _, o := range options {
			offered[o.Rail]++
		}
		for _, rail := range campaign.Rails() {
			if offered[rail] == 0 {
				t.Errorf("Ana may not choose %s, only %v", rail, offered)
			}
		}
		if offered[campaign.RailDonation] != 2 {
			t.Errorf("Ana may give to %d charities, want 2", offered[campaign.RailDonation])
		}
		return
	}
	t.Errorf("Ana has earned nothing: %+v", earned)
}
