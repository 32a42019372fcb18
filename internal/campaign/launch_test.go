package campaign_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"goodword/internal/campaign"
	"goodword/internal/db"
	"goodword/internal/dbtest"
	"goodword/internal/event"
	"goodword/internal/fault"
	"goodword/internal/ident"
	"goodword/internal/ledger"
)

var start = time.Date(2026, 5, 12, 9, 0, 0, 0, time.UTC)

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

func ctx(t testing.TB) context.Context {
	t.Helper()
	c, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	return c
}

func service(t testing.TB, d *db.DB) (*campaign.Service, *outreach) {
	s, o, _ := serviceAt(t, d)
	return s, o
}

func serviceAt(t testing.TB, d *db.DB) (*campaign.Service, *outreach, *clock) {
	t.Helper()
	o, c := &outreach{recipients: 412}, &clock{at: start}
	return campaign.New(campaign.Deps{DB: d, Clock: c.now, BaseURL: "https://goodword.example", Outreach: o}), o, c
}

func created(t testing.TB, s *campaign.Service, p campaign.Plan) campaign.Campaign {
	t.Helper()
	c, err := s.Create(ctx(t), marketer, p)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func balance(t testing.TB, d *db.DB, account string) int64 {
	t.Helper()
	n, err := ledger.Balance(ctx(t), d, account, "EUR")
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestCreate_ReadsBackWhatWasWritten(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, _ := service(t, d)
		p := good(t)
		at := start.Add(time.Hour)
		p.Trigger = campaign.Trigger{Kind: campaign.TriggerAt, At: &at}
		c := created(t, s, p)
		got, err := s.ByID(ctx(t), d, c.ID)
		if err != nil {
			t.Fatal(err)
		}
		o, err := s.OfferByID(ctx(t), d, got.OfferID)
		if err != nil {
			t.Fatal(err)
		}
		if a, b := fmt.Sprintf("%+v", stripped(got.Plan(o))), fmt.Sprintf("%+v", stripped(p)); a != b {
			t.Errorf("read back\n%s\nwant\n%s", a, b)
		}
		if got.State != campaign.Draft || o.Number != 1 || !got.Trigger.At.Equal(at) {
			t.Errorf("state %s, offer %d, at %s", got.State, o.Number, got.Trigger.At)
		}
		if _, err := s.ByID(ctx(t), d, ident.New()); !fault.Is(err, fault.NotFound) {
			t.Errorf("unknown campaign: %v, want NotFound", err)
		}
	})
}

// stripped leaves out what %+v prints as addresses.
func stripped(p campaign.Plan) campaign.Plan {
	p.Trigger.At = nil
	rules := append([]campaign.Rule{}, p.Offer.Rewards...)
	for i := range rules {
		rules[i].Caps.PerPeriod = nil
	}
	p.Offer.Rewards = rules
	return p
}

func TestDryRun_CountsPeopleAndMoneyAndChangesNothing(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, o := service(t, d)
		p := good(t)
		p.Offer.BudgetMinor = 1_000_000_000
		c := created(t, s, p)
		got, err := s.DryRun(ctx(t), c.ID)
		if err != nil {
			t.Fatal(err)
		}
		// 10.00 for the testimonial, 20.00 + 100.00 + 50.00 for the introduction.
		if got.Recipients != 412 || got.MaxExposure != eur(412*18_000) || len(got.Skipped) != 1 || len(o.started) != 0 {
			t.Errorf("got %+v, started %v", got, o.started)
		}
		if after, err := s.ByID(ctx(t), d, c.ID); err != nil || after.State != campaign.Draft || after.Version != c.Version {
			t.Errorf("after the dry run %s version %d, %v", after.State, after.Version, err)
		}
	})
}

func TestLaunch_NeedsWordsAskAndBudget(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, o := service(t, d)
		p := good(t)
		p.Asks, p.Offer.BudgetMinor = nil, 10
		p.Messages = map[string]campaign.Words{"en": {Subject: "Hello"}}
		p.Offer.Rewards[2].Rails = []campaign.Rail{campaign.RailDonation}
		p.Offer.DefaultRail = ""
		c := created(t, s, p)
		_, err := s.Launch(ctx(t), marketer, c.ID)
		if got, want := problems(err), "asks messages.en.body messages.en.reminder_body messages.en.reminder_subject offer.budget_minor offer.charities"; got != want {
			t.Errorf("problems at %q, want %q", got, want)
		}
		if _, derr := s.DryRun(ctx(t), c.ID); problems(derr) != problems(err) {
			t.Errorf("the dry run says %q", problems(derr))
		}
		if len(o.started) != 0 || balance(t, d, ledger.Control()) != 0 {
			t.Error("a refused launch left something behind")
		}
	})
}

func TestLaunch_TwentyAtOnceStartOnceAndAuthoriseOnce(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, o := service(t, d)
		c := created(t, s, good(t))
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				if got, err := s.Launch(ctx(t), marketer, c.ID); err != nil || got.State != campaign.Live {
					t.Errorf("launch: %s, %v", got.State, err)
				}
			})
		}
		wg.Wait()
		if len(o.started) != 1 {
			t.Errorf("started %d times, want 1", len(o.started))
		}
		if got := balance(t, d, ledger.Avail(c.ID)); got != 500_000 {
			t.Errorf("authorised %d, want 500000", got)
		}
		events, err := event.Timeline(ctx(t), d, event.Filter{CampaignID: c.ID}, db.Page{})
		if err != nil || len(events.Items) != 2 || events.Items[0].Type != "campaign.launched" {
			t.Errorf("events %+v, %v; want launched and created", events.Items, err)
		}
	})
}

func TestLaunch_FailsAsAWhole(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, o := service(t, d)
		c := created(t, s, good(t))
		o.fail = errors.New("no queue")
		if _, err := s.Launch(ctx(t), marketer, c.ID); !errors.Is(err, o.fail) {
			t.Fatalf("got %v, want the outreach's error", err)
		}
		if got, err := s.ByID(ctx(t), d, c.ID); err != nil || got.State != campaign.Draft || balance(t, d, ledger.Avail(c.ID)) != 0 {
			t.Errorf("after a failed launch: %s, %v", got.State, err)
		}
	})
}

func TestLaunch_WithADateAheadWaitsForIt(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, o, clk := serviceAt(t, d)
		p := good(t)
		at := start.Add(48 * time.Hour)
		p.Trigger = campaign.Trigger{Kind: campaign.TriggerAt, At: &at}
		c := created(t, s, p)
		got, err := s.Launch(ctx(t), marketer, c.ID)
		if err != nil || got.State != campaign.Scheduled || !got.LaunchAt.Equal(at) {
			t.Fatalf("got %s at %s, %v", got.State, got.LaunchAt, err)
		}
		for _, step := range []struct {
			pass    time.Duration
			state   campaign.State
			started int
		}{{47 * time.Hour, campaign.Scheduled, 0}, {2 * time.Hour, campaign.Live, 1}, {time.Hour, campaign.Live, 1}} {
			clk.pass(step.pass)
			if err := s.LaunchDue(ctx(t)); err != nil {
				t.Fatal(err)
			}
			if got, err := s.ByID(ctx(t), d, c.ID); err != nil || got.State != step.state || len(o.started) != step.started {
				t.Errorf("after %s: %s, started %d, %v; want %s, %d", step.pass, got.State, len(o.started), err, step.state, step.started)
			}
		}
	})
}

func TestPauseResumeEnd_FollowTheTable(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, o := service(t, d)
		c := created(t, s, good(t))
		type step func(context.Context) (campaign.Campaign, error)
		launch := func(ctx context.Context) (campaign.Campaign, error) { return s.Launch(ctx, marketer, c.ID) }
		pause := func(ctx context.Context) (campaign.Campaign, error) { return s.Pause(ctx, marketer, c.ID) }
		resume := func(ctx context.Context) (campaign.Campaign, error) { return s.Resume(ctx, marketer, c.ID) }
		end := func(ctx context.Context) (campaign.Campaign, error) { return s.End(ctx, marketer, c.ID) }
		for i, st := range []struct {
			do   step
			want campaign.State
			code fault.Code
		}{
			{pause, "", fault.Conflict}, {launch, campaign.Live, ""}, {resume, campaign.Live, ""}, {pause, campaign.Paused, ""}, {pause, campaign.Paused, ""},
			{launch, "", fault.Conflict}, {resume, campaign.Live, ""}, {end, campaign.Ended, ""}, {end, campaign.Ended, ""}, {launch, "", fault.Conflict}, {pause, "", fault.Conflict},
		} {
			got, err := st.do(ctx(t))
			if fault.CodeOf(err) != st.code || err == nil && got.State != st.want {
				t.Errorf("step %d: %s, %v; want %s %s", i, got.State, err, st.want, st.code)
			}
		}
		if len(o.started) != 1 {
			t.Errorf("started %d times, want 1", len(o.started))
		}
	})
}

func TestUpdate_AfterLaunchMakesTheNextOfferAndKeepsTheOld(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, _, clk := serviceAt(t, d)
		c := created(t, s, good(t))

		// In a draft nothing was promised, so the offer is edited in place.
		terms := good(t).Offer
		terms.Rewards[0].AmountMinor = 1500
		c, err := s.Update(ctx(t), marketer, c.ID, campaign.Patch{Offer: &terms}, c.Version)
		if err != nil {
			t.Fatal(err)
		}
		first := c.OfferID
		if offers, err := s.Offers(ctx(t), d, c.ID); err != nil || len(offers) != 1 || offers[0].Rules[0].AmountMinor != 1500 {
			t.Fatalf("draft has offers %+v, %v", offers, err)
		}
		if c, err = s.Launch(ctx(t), marketer, c.ID); err != nil {
			t.Fatal(err)
		}

		clk.pass(time.Hour)
		terms.Rewards[0].AmountMinor, terms.BudgetMinor = 2500, 800_000
		if c, err = s.Update(ctx(t), marketer, c.ID, campaign.Patch{Offer: &terms}, -1); err != nil {
			t.Fatal(err)
		}
		if c.OfferID == first {
			t.Fatal("the offer of a launched campaign was edited in place")
		}
		old, err := s.OfferByID(ctx(t), d, first)
		if err != nil || old.Rules[0].AmountMinor != 1500 || old.Number != 1 {
			t.Errorf("the first offer became %+v, %v", old, err)
		}
		if got := balance(t, d, ledger.Avail(c.ID)); got != 800_000 {
			t.Errorf("authorised %d, want 800000", got)
		}

		// Saving the same again makes no version; words do not either.
		name := "Another name"
		again, err := s.Update(ctx(t), marketer, c.ID, campaign.Patch{Offer: &terms, Name: &name}, c.Version)
		if err != nil || again.OfferID != c.OfferID || again.Name != name {
			t.Errorf("saving the same offer: %s then %s, %v", c.OfferID, again.OfferID, err)
		}

		// Less budget gives the difference back; less than what is promised is refused.
		terms.BudgetMinor = 300_000
		if c, err = s.Update(ctx(t), marketer, c.ID, campaign.Patch{Offer: &terms}, -1); err != nil {
			t.Fatal(err)
		}
		if got := balance(t, d, ledger.Avail(c.ID)); got != 300_000 {
			t.Errorf("authorised %d, want 300000", got)
		}
		err = d.InTx(ctx(t), func(ctx context.Context, tx db.Tx) error {
			_, err := ledger.Post(ctx, tx, ledger.Journal{Key: "accrue:test", Kind: "accrue", At: clk.now(), CampaignID: c.ID, ActorKind: "system",
				Legs: []ledger.Leg{ledger.Debit(ledger.Avail(c.ID), eur(290_000)), ledger.Credit(ledger.Committed(c.ID), eur(290_000))}})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		terms.BudgetMinor = 200_000
		if _, err = s.Update(ctx(t), marketer, c.ID, campaign.Patch{Offer: &terms}, -1); !fault.Is(err, fault.Conflict) {
			t.Errorf("a budget below what is promised: %v, want Conflict", err)
		}
		if offers, err := s.Offers(ctx(t), d, c.ID); err != nil || len(offers) != 3 {
			t.Errorf("%d offers, %v; want 3", len(offers), err)
		}
	})
}

func TestUpdate_RefusesWhatIsFixedAndWhoIsLate(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, _ := service(t, d)
		c := created(t, s, good(t))
		name := "B"
		if _, err := s.Update(ctx(t), marketer, c.ID, campaign.Patch{Name: &name}, c.Version+1); !fault.Is(err, fault.Conflict) {
			t.Errorf("a foreign version: %v, want Conflict", err)
		}
		c, err := s.Launch(ctx(t), marketer, c.ID)
		if err != nil {
			t.Fatal(err)
		}
		terms := good(t).Offer
		terms.Currency = "USD"
		patch := campaign.Patch{Asks: &[]campaign.Ask{campaign.AskTestimonial, campaign.AskIntroduction}, Audience: &campaign.Audience{}, Trigger: &campaign.Trigger{Kind: campaign.TriggerNow}, Offer: &terms}
		_, err = s.Update(ctx(t), marketer, c.ID, patch, c.Version)
		if got, want := problems(err), "asks audience offer.currency trigger"; got != want {
			t.Errorf("problems at %q, want %q", got, want)
		}
		empty := map[string]campaign.Words{}
		if _, err = s.Update(ctx(t), marketer, c.ID, campaign.Patch{Messages: &empty}, -1); problems(err) != "messages" {
			t.Errorf("a live campaign lost its words: %v", err)
		}
		if _, err = s.End(ctx(t), marketer, c.ID); err != nil {
			t.Fatal(err)
		}
		if _, err = s.Update(ctx(t), marketer, c.ID, campaign.Patch{Name: &name}, -1); !fault.Is(err, fault.Conflict) {
			t.Errorf("an ended campaign was edited: %v", err)
		}
	})
}

func TestPlacements_AreFoundByCodeUntilTheyEnd(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, _ := service(t, d)
		c := created(t, s, good(t))
		p, err := s.AddPlacement(ctx(t), marketer, c.ID, " Poster in the entrance ")
		if err != nil || p.Name != "Poster in the entrance" {
			t.Fatalf("%+v, %v", p, err)
		}
		if got, err := s.PlacementByCode(ctx(t), d, p.Code); err != nil || got.ID != p.ID {
			t.Errorf("found %+v, %v", got, err)
		}
		if _, err := s.PlacementByCode(ctx(t), d, "nope"); !fault.Is(err, fault.NotFound) {
			t.Errorf("unknown code: %v, want NotFound", err)
		}
		for range 2 {
			if err := s.EndPlacement(ctx(t), marketer, p.ID); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := s.PlacementByCode(ctx(t), d, p.Code); !fault.Is(err, fault.Gone) || got.ID != p.ID {
			t.Errorf("ended: %v, want Gone with the placement", err)
		}
		if _, err := s.AddPlacement(ctx(t), marketer, c.ID, ""); problems(err) != "name" {
			t.Errorf("no name: %v", err)
		}
		if l, err := s.Placements(ctx(t), c.ID, db.Page{}); err != nil || len(l.Items) != 1 {
			t.Errorf("%d placements, %v", len(l.Items), err)
		}
	})
}

func TestList_PagesByStateAndName(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, _ := service(t, d)
		for _, name := range []string{"Spring", "Summer 50%", "Autumn"} {
			p := good(t)
			p.Name = name
			created(t, s, p)
		}
		first, err := s.List(ctx(t), campaign.Filter{}, db.Page{Limit: 2})
		if err != nil || len(first.Items) != 2 || first.Items[0].Name != "Autumn" {
			t.Fatalf("%+v, %v", first, err)
		}
		second, err := s.List(ctx(t), campaign.Filter{}, db.Page{Limit: 2, Cursor: first.Next})
		if err != nil || len(second.Items) != 1 || second.Items[0].Name != "Spring" || second.Next != "" {
			t.Errorf("%+v, %v", second, err)
		}
		for q, want := range map[string]int{"SUMMER": 1, "50%": 1, "%": 1, "_": 0} {
			if got, err := s.List(ctx(t), campaign.Filter{Q: q, States: []campaign.State{campaign.Draft}}, db.Page{}); err != nil || len(got.Items) != want {
				t.Errorf("%q finds %d, %v; want %d", q, len(got.Items), err, want)
			}
		}
	})
}
