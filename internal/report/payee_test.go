package report_test

import (
	"testing"
	"time"

	"goodword/internal/campaign"
	"goodword/internal/customer"
	"goodword/internal/db"
	"goodword/internal/dbtest"
	"goodword/internal/ident"
	"goodword/internal/introduction"
	"goodword/internal/report"
	"goodword/internal/reward"
)

func TestPayees_AreTheCustomerOrTheProspect(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ana := w.customer("Ana", "North", false)
		gone := customer.Customer{ID: ident.New(), Language: "en", Stage: customer.Active, GiftPolicy: customer.GiftPerson, ErasedAt: start, CreatedAt: start, UpdatedAt: start}
		w.insert(&gone)
		i := w.introduction(ana, introduction.Won, won(start))
		earned := func(party campaign.Party, customerID, introductionID string) string {
			r := reward.Reward{ID: ident.New(), Cause: ident.New(), CampaignID: w.campaign.ID, OfferID: w.offer.ID, EarnedOn: campaign.OnWon, Beneficiary: party,
				CustomerID: customerID, IntroductionID: introductionID, State: reward.Issued, Currency: "EUR", AccruedMinor: 500, AmountMinor: 500,
				Rails: []campaign.Rail{campaign.RailManual}, MaturesAt: start, IssuedAt: start.Add(time.Hour), CreatedAt: start, UpdatedAt: start}
			w.insert(&r)
			return r.ID
		}
		hers, his, theirs := earned(campaign.ToCustomer, ana.ID, i.ID), earned(campaign.ToProspect, "", i.ID), earned(campaign.ToCustomer, gone.ID, "")

		got := must[map[string]report.Payee](t)(w.Payees(t.Context(), []string{hers, his, theirs, hers, "", ident.New()}))
		of := func(p report.Payee) report.Payee {
			p.CampaignID, p.CampaignName = w.campaign.ID, "Spring"
			return p
		}
		want := map[string]report.Payee{
			hers:   of(report.Payee{RewardID: hers, Beneficiary: campaign.ToCustomer, Name: "Ana Ruiz", CustomerID: ana.ID, IntroductionID: i.ID}),
			his:    of(report.Payee{RewardID: his, Beneficiary: campaign.ToProspect, Name: "Ben Okafor", IntroductionID: i.ID}),
			theirs: of(report.Payee{RewardID: theirs, Beneficiary: campaign.ToCustomer, CustomerID: gone.ID}),
		}
		if len(got) != len(want) {
			t.Errorf("%d payees, want %d", len(got), len(want))
		}
		for id, p := range want {
			if got[id] != p {
				t.Errorf("got %+v, want %+v", got[id], p)
			}
		}
	})
}
