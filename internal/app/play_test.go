package app_test

import (
	"net/http"
	"slices"
	"testing"

	"goodword/internal/apptest"
	"goodword/internal/campaign"
	rewards "goodword/internal/reward"
	"goodword/internal/staff"
)

// The demonstration's bad day, as somebody plays it: outcomes become unknown, time settles them, and by the stand-in's own
// record everybody was paid once.
func TestPlay_BadDayPaysEverybodyOnce(t *testing.T) {
	t.Parallel()
	apptest.Each(t, func(w *apptest.World) {
		t, c := w.T, newTown(&apptest.Fleet{World: w}, 10_000_00, campaign.Rule{To: campaign.ToCustomer, On: campaign.OnWon, AmountMinor: 50_00, Rails: []campaign.Rail{campaign.RailInvoiceCredit}})
		felix := w.As(staff.Finance, "Felix Amann", "felix.amann@brightwater.example")
		const people = 20
		for range people {
			c.closed(w.StripeCustomer("", "Ana"), 900_00)
		}
		player := w.Browser()
		press := func(name, value string) *apptest.Page {
			t.Helper()
			page := player.Open("/dev/play").FormWith(name, value).Press(name, value).Want(http.StatusOK)
			w.Settle()
			return page
		}
		w.Skip(29 * day)
		if n := len(w.Sim.Effects()); n > 0 {
			t.Fatalf("%d were paid within the refund window", n)
		}
		player.Open("/dev/play").Shows("Stripe answers at once", "Outcome not known yet: 0")
		press("do", "bad-day").Shows("Stripe has a bad day", "outcome unknown", "case")

		press("pass", "24h")
		unknown := c.payouts(felix, "unknown")
		if len(unknown) == 0 {
			t.Error("on a bad day every payout has a certain answer: that proves nothing")
		}
		player.Open("/dev/play").Hides("Outcome not known yet: 0").Shows("Its story")
		press("pass", "6h")
		left := len(c.payouts(felix, "unknown"))
		press("pass", "168h")
		press("do", "good-day").Shows("Stripe answers at once")
		press("pass", "24h")

		// What Stripe itself answered with an error and shows nothing of is for a person to look at.
		var cases struct {
			Items []struct {
				ID   string `json:"id"`
				Kind string `json:"kind"`
			} `json:"items"`
		}
		felix.Get("/cases?state=open&limit=200", &cases)
		looked := 0
		for _, x := range cases.Items {
			switch x.Kind {
			case rewards.CaseAbsent:
				looked++
				felix.Post("/cases/"+x.ID+"/resolve", map[string]string{"action": rewards.ActionConfirmAbsent, "note": "Nothing of it at Stripe."}, nil)
			case rewards.CaseDouble, rewards.CaseLate:
				t.Errorf("a case of the kind %s is open", x.Kind)
			}
		}
		press("pass", "24h")

		if got := c.payouts(felix, "settled"); len(got) != people {
			t.Errorf("%d payouts are settled, want %d", len(got), people)
		}
		var paid []string
		for _, e := range w.Sim.Effects() {
			if e.AmountMinor != 50_00 {
				t.Errorf("%s is over %d", e.ID, e.AmountMinor)
			}
			paid = append(paid, e.Payee)
		}
		slices.Sort(paid)
		if different := slices.Compact(slices.Clone(paid)); len(paid) != people || len(different) != people {
			t.Errorf("by the stand-in's record %d payments went to %d people, want one to each of %d", len(paid), len(different), people)
		}
		player.Open("/dev/play").Shows("Outcome not known yet: 0")
		w.Verify("after the bad day")
		t.Logf("%d of %d outcomes were unknown at first, %d after six hours, %d needed a person", len(unknown), people, left, looked)
	}, apptest.Demo())
}

// payouts lists those in a state, as finance sees them.
func (c *town) payouts(felix *apptest.Client, state string) []string {
	c.T.Helper()
	var page struct {
		Items []struct {
			ID string `json:"id"`
		} `json:"items"`
	}
	felix.Get("/payouts?limit=200&state="+state, &page)
	var ids []string
	for _, p := range page.Items {
		ids = append(ids, p.ID)
	}
	return ids
}
