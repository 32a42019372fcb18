package campaign_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"goodword/internal/campaign"
	"goodword/internal/db"
	"goodword/internal/dbtest"
	"goodword/internal/fault"
	"goodword/internal/ident"
)

func draftOf(registration string) campaign.CharityDraft {
	return campaign.CharityDraft{Name: "Trees", Registration: registration, Country: "de", Jurisdictions: []string{"at", "DE", "AT "}, Contract: "C-1", Contact: "Tessa", RemitDays: 30}
}

func added(t *testing.T, s *campaign.Service, change func(*campaign.CharityDraft)) campaign.Charity {
	t.Helper()
	d := draftOf("DE-" + ident.NewCode(8))
	change(&d)
	c, err := s.AddCharity(ctx(t), marketer, d)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCharity_NamesEveryFieldThatIsWrong(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, _ := service(t, d)
		first, err := s.AddCharity(ctx(t), marketer, draftOf("de 12 34"))
		if err != nil || first.Registration != "DE1234" || fmt.Sprint(first.Jurisdictions) != "[AT DE]" || first.Country != "DE" {
			t.Fatalf("kept as %+v, %v", first, err)
		}
		for want, change := range map[string]func(*campaign.CharityDraft){
			"name":            func(d *campaign.CharityDraft) { d.Name = " " },
			"registration":    func(d *campaign.CharityDraft) { d.Registration = "L:charity:x" },
			"country":         func(d *campaign.CharityDraft) { d.Country = "Germany" },
			"jurisdictions.0": func(d *campaign.CharityDraft) { d.Jurisdictions = []string{"Austria"} },
			"contract":        func(d *campaign.CharityDraft) { d.Contract = "a\nb" },
			"contact":         func(d *campaign.CharityDraft) { d.Contact = strings.Repeat("x", 121) },
			"remit_days":      func(d *campaign.CharityDraft) { d.RemitDays = 400 },
		} {
			x := draftOf("DE-5")
			change(&x)
			if _, err := s.AddCharity(ctx(t), marketer, x); problems(err) != want {
				t.Errorf("%s: problems at %q (%v)", want, problems(err), err)
			}
		}
		if _, err := s.AddCharity(ctx(t), marketer, draftOf("DE1234")); problems(err) != "registration" {
			t.Errorf("the same number again: %v", err)
		}
	})
}

// The books are kept under the number, so a change of everything else leaves it, and of two editors the slower is told.
func TestCharity_ChangesButItsNumber(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, _ := service(t, d)
		c := added(t, s, func(*campaign.CharityDraft) {})
		var mu sync.Mutex
		var all sync.WaitGroup
		won := 0
		for n := range 8 {
			all.Go(func() {
				name := fmt.Sprint("Trees ", n)
				_, err := s.UpdateCharity(ctx(t), marketer, c.ID, campaign.CharityPatch{Name: &name}, c.Version)
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					won++
				} else if !fault.Is(err, fault.Conflict) {
					t.Error(err)
				}
			})
		}
		all.Wait()
		got, err := campaign.CharityByID(ctx(t), d, c.ID)
		if err != nil || won != 1 || got.Registration != c.Registration || !strings.HasPrefix(got.Name, "Trees ") {
			t.Errorf("%d editors won: %+v, %v", won, got, err)
		}
		if _, err := s.UpdateCharity(ctx(t), marketer, ident.New(), campaign.CharityPatch{}, -1); !fault.Is(err, fault.NotFound) {
			t.Errorf("an unknown one: %v", err)
		}
	})
}

// L17: no donation is promised before it is known to whom, under which contract, where, and by when; the offer keeps its charities.
func TestLaunch_NeedsEverythingOfACharity(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, _ := service(t, d)
		whole := added(t, s, func(*campaign.CharityDraft) {})
		ended := added(t, s, func(d *campaign.CharityDraft) { d.Name = "Ended" })
		no := false
		if _, err := s.UpdateCharity(ctx(t), marketer, ended.ID, campaign.CharityPatch{Active: &no}, -1); err != nil {
			t.Fatal(err)
		}
		plan := func(ids ...string) campaign.Plan {
			p := good(t)
			p.Offer.Charities, p.Offer.DefaultRail = ids, ""
			for i, r := range p.Offer.Rewards {
				if r.To == campaign.ToCustomer {
					p.Offer.Rewards[i].Rails = []campaign.Rail{campaign.RailDonation, campaign.RailManual}
				}
			}
			return p
		}
		for want, p := range map[string]campaign.Plan{
			"": plan(whole.ID), "offer.charities": plan(), "offer.charities.1": plan(whole.ID, ended.ID),
		} {
			if _, err := s.Launch(ctx(t), marketer, created(t, s, p).ID); problems(err) != want {
				t.Errorf("problems at %q, want %q (%v)", problems(err), want, err)
			}
		}
		for field, change := range map[string]func(*campaign.CharityDraft){
			"country":       func(d *campaign.CharityDraft) { d.Country = "" },
			"jurisdictions": func(d *campaign.CharityDraft) { d.Jurisdictions = nil },
			"contract":      func(d *campaign.CharityDraft) { d.Contract = "" },
			"contact":       func(d *campaign.CharityDraft) { d.Contact = "" },
			"remit_days":    func(d *campaign.CharityDraft) { d.RemitDays = 0 },
		} {
			x := added(t, s, change)
			c := created(t, s, plan(whole.ID, x.ID))
			_, err := s.Launch(ctx(t), marketer, c.ID)
			if e := fault.As(err); problems(err) != "offer.charities.1" || !strings.Contains(e.Problems[0].Message, strings.ReplaceAll(field, "_", " ")) {
				t.Errorf("without %s: %v", field, err)
			}
			if _, derr := s.DryRun(ctx(t), c.ID); problems(derr) != problems(err) {
				t.Errorf("the dry run says %q", problems(derr))
			}
		}
		for want, ids := range map[string][]string{
			"offer.charities.0": {ident.New()},
			"offer.charities.1": {whole.ID, whole.ID},
		} {
			if _, err := s.Create(ctx(t), marketer, plan(ids...)); problems(err) != want {
				t.Errorf("%v: problems at %q, want %q", ids, problems(err), want)
			}
		}

		// A launched campaign that names another charity makes the next version; what was promised keeps the first.
		c := created(t, s, plan(whole.ID))
		c, err := s.Launch(ctx(t), marketer, c.ID)
		if err != nil {
			t.Fatal(err)
		}
		first := c.OfferID
		terms := plan(added(t, s, func(*campaign.CharityDraft) {}).ID).Offer
		if c, err = s.Update(ctx(t), marketer, c.ID, campaign.Patch{Offer: &terms}, -1); err != nil {
			t.Fatal(err)
		}
		kept, err := s.OfferByID(ctx(t), d, first)
		if err != nil || c.OfferID == first || len(kept.Charities) != 1 || kept.Charities[0] != whole.ID {
			t.Errorf("the first version has %v, %v", kept.Charities, err)
		}
		terms.Charities = []string{ended.ID}
		if _, err := s.Update(ctx(t), marketer, c.ID, campaign.Patch{Offer: &terms}, -1); problems(err) != "offer.charities.0" {
			t.Errorf("a live campaign for one that takes nothing more: %v", err)
		}
	})
}
