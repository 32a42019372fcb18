package app_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"goodword/internal/app"
	"goodword/internal/apptest"
	"goodword/internal/audit"
	"goodword/internal/campaign"
	"goodword/internal/customer"
	"goodword/internal/db"
	introductions "goodword/internal/introduction"
	"goodword/internal/money"
	"goodword/internal/setting"
	"goodword/internal/staff"
)

// TestMain lets the processes of a fleet be this binary. Their sweeps are hasty, so that one that is killed after a second
// has got to work.
func TestMain(m *testing.M) {
	apptest.Main(m, func(a *app.App) { a.Hasten(100 * time.Millisecond) })
}

var (
	system = audit.System("app.test")
	stripe = audit.Actor{Kind: audit.KindStripe, ID: "evt_test"}
)

// proving reports whether the long proofs were asked for.
func proving() bool { return os.Getenv("GOODWORD_PROVE") != "" }

// seed returns the seed of a random test, which prints it: GOODWORD_SEED, or another one each time.
func seed(t *testing.T) uint64 {
	t.Helper()
	n := rand.Uint64() >> 1
	if s := os.Getenv("GOODWORD_SEED"); s != "" {
		var err error
		if n, err = strconv.ParseUint(s, 10, 63); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("GOODWORD_SEED=%d", n)
	return n
}

// town is a fleet with a campaign and people who have said yes.
type town struct {
	*apptest.Fleet
	rosa     staff.Member
	campaign campaign.Campaign
	people   int
	// country is that of the customers.
	country string
}

func newTown(f *apptest.Fleet, budget int64, rules ...campaign.Rule) *town {
	f.T.Helper()
	// A town's customers introduce more people than an honest one does.
	f.Must(f.App.DB.InTx(f.Context(), func(ctx context.Context, tx db.Tx) error {
		return f.App.Settings.Update(ctx, tx, func(s *setting.Settings) error { s.RiskCaps = map[string]setting.Cap{}; return nil })
	}))
	c := &town{Fleet: f, country: "GB", rosa: f.Member(staff.NewMember{Email: rosaMail, Name: "Rosa Winterfeldt", Role: staff.Rep, Zone: "Europe/Berlin"})}
	made, err := f.App.Campaigns.Create(f.Context(), system, campaign.Plan{Name: "Good words", OwnerID: c.rosa.ID,
		Asks: []campaign.Ask{campaign.AskIntroduction}, Trigger: campaign.Trigger{Kind: campaign.TriggerNow},
		Audience: campaign.Audience{Filter: &customer.Filter{Divisions: []string{"Nowhere"}}},
		Messages: map[string]campaign.Words{"en": {Subject: "Who else?", Body: "Somebody you know may need this.", PageTitle: "Whom?", PageBody: "One name."}},
		Offer:    campaign.Terms{Currency: "EUR", BudgetMinor: budget, HoldDays: 30, ProtectionDays: 180, Text: "Terms", DefaultRail: rules[0].Rails[0], Rewards: rules}})
	f.Must(err)
	c.campaign, err = f.App.Campaigns.Launch(f.Context(), system, made.ID)
	f.Must(err)
	return c
}

// yes is an introduction whose prospect has said yes. atStripe is the introducer's customer there.
func (c *town) yes(atStripe string) introductions.Introduction {
	c.T.Helper()
	c.people++
	ana, err := c.App.Customers.Create(c.Context(), system, customer.Draft{FirstName: "Ana", LastName: fmt.Sprintf("Nr%d", c.people),
		Email: fmt.Sprintf("ana-%d@delta.example", c.people), Country: c.country, OwnerID: c.rosa.ID, StripeCustomer: atStripe})
	c.Must(err)
	row, err := c.App.Introductions.ByHand(c.Context(), system, introductions.Manual{CampaignID: c.campaign.ID, IntroducerCustomerID: ana.ID,
		Submission: introductions.Submission{FirstName: "Ben", Note: "You two should talk.", How: introductions.HowSelf, Channel: "copy"}})
	c.Must(err)
	row, err = c.App.Introductions.Accept(c.Context(), introductions.Prospect{IntroductionID: row.ID}, introductions.Answer{How: introductions.ByEmail,
		Name: "Ben Ossen", Email: fmt.Sprintf("ben-%d@harbor.example", c.people), ConsentText: "Yes, introduce us."})
	c.Must(err)
	return row
}

// closed is a yes that Stripe has reported as paid.
func (c *town) closed(atStripe string, minor int64) introductions.Introduction {
	c.T.Helper()
	row := c.yes(atStripe)
	row, err := c.App.Introductions.RecordDeal(c.Context(), introductions.NewDeal{IntroductionID: row.ID, Source: introductions.FromStripe,
		ExternalID: "in_" + row.ID, Amount: money.New(minor, "EUR"), Actor: stripe})
	c.Must(err)
	return row
}
