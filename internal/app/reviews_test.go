package app_test

import (
	"testing"

	"goodword/internal/apptest"
	"goodword/internal/audit"
	"goodword/internal/campaign"
	rewards "goodword/internal/reward"
	"goodword/internal/staff"
)

// The queue of reviews asks the database no more often the longer it is.
func TestReviews_AsManyQueriesHoweverManyWait(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	c := newTown(&apptest.Fleet{World: w}, 1_000_000_00, campaign.Rule{To: campaign.ToCustomer, On: campaign.OnWon, AmountMinor: 20_00, Rails: []campaign.Rail{campaign.RailManual}})
	felix := audit.Actor{Kind: audit.KindStaff, ID: "felix", Name: "Felix", Role: string(staff.Finance)}
	appeal := func() {
		t.Helper()
		rows, err := w.App.Rewards.ForIntroduction(w.Context(), c.closed("", 900_00).ID)
		w.Must(err)
		by, err := rewards.ReviewerOf(felix)
		w.Must(err)
		_, err = w.App.Rewards.Reject(w.Context(), by, rows[0].ID, rewards.Rejection{Note: "odd"})
		w.Must(err)
		_, err = w.App.Rewards.Appeal(w.Context(), rows[0].CustomerID, rows[0].ID, "It is mine.")
		w.Must(err)
	}
	olga := w.As(staff.Owner, "Olga Reyes", "olga@brightwater.example")
	look := func(want int) int64 {
		t.Helper()
		return w.Queries(func() {
			var page struct {
				Items []struct {
					Appeal  *struct{ Text string }
					Actions []string
				}
			}
			olga.Get("/cases?queue=reviews", &page)
			if len(page.Items) != want || page.Items[0].Appeal == nil || page.Items[0].Appeal.Text == "" || len(page.Items[0].Actions) != 2 {
				t.Errorf("the queue %+v, want %d appeals", page, want)
			}
		})
	}
	appeal()
	look(1) // what is cached from now on
	one := look(1)
	for range 5 {
		appeal()
	}
	if six := look(6); six > one {
		t.Errorf("%d queries for six, and %d for one", six, one)
	}
}
