package app_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"goodword/internal/apptest"
	"goodword/internal/campaign"
	"goodword/internal/customer"
	"goodword/internal/db"
	rewards "goodword/internal/reward"
	"goodword/internal/staff"
)

// The whole way of a donation: a charity entered by finance and named by a marketer, chosen on the page, remitted with its proof, and
// told in both mails and on the page.
func TestDonations_FromTheCharityToTheProof(t *testing.T) {
	t.Parallel()
	apptest.Each(t, func(w *apptest.World) {
		t := w.T
		c := newTown(&apptest.Fleet{World: w}, 10_000_00, campaign.Rule{To: campaign.ToCustomer, On: campaign.OnWon, AmountMinor: 50_00, Rails: []campaign.Rail{campaign.RailManual}})
		felix := w.As(staff.Finance, "Felix Amann", "felix.amann@brightwater.example")
		mara := w.As(staff.Marketer, "Mara Jensen", "mara.jensen@brightwater.example")

		type object = map[string]any
		var charity struct {
			ID      string   `json:"id"`
			Missing []string `json:"missing"`
		}
		entered := object{"name": "Library on Wheels", "registration": "VR 20731", "country": "DE", "jurisdictions": []string{"DE", "GB"}, "contact": "Henrike Voss", "remit_days": 30}
		if status, answer := mara.Do(http.MethodPost, "/charities", entered); status != http.StatusForbidden {
			t.Errorf("a marketer enters a charity: %d %s", status, answer)
		}
		felix.Post("/charities", entered, &charity)
		if strings.Join(charity.Missing, " ") != "contract" {
			t.Errorf("missing: %v", charity.Missing)
		}

		// The live campaign cannot promise it before the contract is there; the answer says so at the charity.
		offer := object{"offer": object{"currency": "EUR", "budget_minor": 10_000_00, "hold_days": 30, "protection_days": 180, "terms": "Terms", "charities": []string{charity.ID},
			"rewards": []object{{"to": "customer", "on": "won", "amount_minor": 50_00, "rails": []string{"manual", "donation"}, "caps": object{}}}}}
		status, answer := mara.Do(http.MethodPatch, "/campaigns/"+c.campaign.ID, offer)
		if status != http.StatusUnprocessableEntity || !strings.Contains(string(answer), "offer.charities.0") || !strings.Contains(string(answer), "contract") {
			t.Errorf("promised without a contract: %d %s", status, answer)
		}
		felix.Patch("/charities/"+charity.ID, object{"contract": "BW-2025-114"}, &charity)
		mara.Patch("/campaigns/"+c.campaign.ID, offer, nil)

		ana, err := w.App.Customers.Create(w.Context(), system, customer.Draft{FirstName: "Ana", LastName: "Kovač", Email: anaMail, Country: "GB", OwnerID: c.rosa.ID})
		w.Must(err)
		var url string
		w.Must(w.App.DB.InTx(w.Context(), func(ctx context.Context, tx db.Tx) error {
			token, err := w.App.Customers.Links.Issue(ctx, tx, customer.NewLink{Purpose: customer.ForCustomer, CustomerID: ana.ID, ExpiresAt: w.Now().AddDate(1, 0, 0)})
			url = w.App.Customers.Links.TokenURL(customer.ForCustomer, token)
			return err
		}))
		won := c.wins(ana.ID)
		b := w.Browser()
		b.Open(url+"/rewards").Shows("Give it to Library on Wheels", "within 30 days", "no tax receipt").
			FormWith("reward", c.rewardOf(won).ID).Choose("rail", "donation:"+charity.ID).Send().Want(http.StatusOK).Shows("Saved", "given to Library on Wheels")
		w.Skip(31 * day)
		w.Sweep()
		if r := c.rewardOf(won); r.State != rewards.Issued {
			t.Fatalf("the reward is %s (%s)", r.State, r.HeldReason)
		}
		b.Open(url+"/rewards").Shows("Given to charity", "It will be sent to Library on Wheels by")
		if letter := w.Mail(anaMail, "for you"); !strings.Contains(letter.Text, "goes to Library on Wheels") {
			t.Errorf("the first mail:\n%s", letter.Text)
		}
		w.Verify("after the donation")

		var due struct {
			Items []struct {
				CharityID string `json:"charity_id"`
				Amount    amount `json:"amount"`
				Donations int64  `json:"donations"`
				Overdue   bool   `json:"overdue"`
			} `json:"items"`
		}
		felix.Get("/remittances/due", &due)
		if len(due.Items) != 1 || due.Items[0].Amount != (amount{50_00, "EUR"}) || due.Items[0].Overdue {
			t.Errorf("due: %+v", due)
		}
		var owed struct {
			Rows []struct {
				Charity amount `json:"charity"`
				Total   amount `json:"total"`
			} `json:"rows"`
		}
		felix.Get("/reports/liability", &owed)
		if len(owed.Rows) != 1 || owed.Rows[0].Charity != (amount{50_00, "EUR"}) || owed.Rows[0].Total.Minor != 50_00 {
			t.Errorf("liability: %+v", owed)
		}
		run := object{"charity_id": charity.ID, "currency": "EUR"}
		if status, answer := mara.Do(http.MethodPost, "/remittances", run); status != http.StatusForbidden {
			t.Errorf("a marketer remits: %d %s", status, answer)
		}
		var m struct {
			ID     string `json:"id"`
			State  string `json:"state"`
			MadeBy string `json:"made_by"`
			Amount amount `json:"amount"`
		}
		felix.Post("/remittances", run, &m)
		if m.State != "open" || m.MadeBy != "Felix Amann" || m.Amount.Minor != 50_00 {
			t.Errorf("made: %+v", m)
		}
		if status, answer := felix.Do(http.MethodPost, "/remittances", run); status != http.StatusConflict {
			t.Errorf("another: %d %s", status, answer)
		}
		status, answer = felix.Do(http.MethodGet, "/remittances/"+m.ID+"/donations.csv", nil)
		if lines := strings.Split(strings.TrimSpace(string(answer)), "\r\n"); status != http.StatusOK || len(lines) != 2 || !strings.Contains(lines[1], ",VR20731,50.00,EUR,") || strings.Contains(string(answer), "Kova") {
			t.Errorf("the file: %d %q", status, answer)
		}
		status, answer = felix.Do(http.MethodPost, "/remittances/"+m.ID+"/mark-paid", object{"reference": "SEPA 4711"})
		if status != http.StatusUnprocessableEntity || !strings.Contains(string(answer), "paid_on") || !strings.Contains(string(answer), "proof") {
			t.Errorf("without a proof: %d %s", status, answer)
		}
		today := w.Now().Format(time.DateOnly)
		for range 2 {
			felix.Post("/remittances/"+m.ID+"/mark-paid", object{"reference": "SEPA 4711", "paid_on": today, "proof": "Receipts 2026/06"}, &m)
		}
		w.Sweep()
		b.Open(url + "/rewards").Shows("It was sent to Library on Wheels on").Hides("will be sent")
		if letter := w.Mail(anaMail, "Library on Wheels"); !strings.Contains(letter.Text, "was sent to Library on Wheels on") {
			t.Errorf("the second mail:\n%s", letter.Text)
		}
		w.Verify("after the remittance")
	})
}
