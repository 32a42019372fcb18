package seed

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"goodword/internal/campaign"
	"goodword/internal/ident"
	"goodword/internal/reward"
)

// charities enters two organisations, which do not exist, to which customers may give their thank-you.
func (h *teller) charities(ctx context.Context) error {
	h.kind = rand.New(rand.NewPCG(2024, 13)) // of its own, so that the rest of the story stays the same
	for _, d := range []campaign.CharityDraft{
		{Name: "Library on Wheels", Registration: "VR 20731", Country: "DE", Contract: "BW-2025-114", Contact: "Henrike Voss, Library on Wheels e. V.", RemitDays: 30},
		{Name: "Thousand Hedges", Registration: "1180457", Country: "GB", Contract: "BW-2025-131", Contact: "Owen Hartley, Thousand Hedges Trust", RemitDays: 120},
	} {
		d.Jurisdictions = append(slices.Clone(countries), anasCountry)
		c, err := h.Campaigns.AddCharity(ctx, h.finance, d)
		if err != nil {
			return fmt.Errorf("charity %s: %w", d.Name, err)
		}
		h.gives = append(h.gives, c)
	}
	return nil
}

// withCharities lets customers give what they earn to one of them.
func (h *teller) withCharities(t *campaign.Terms) {
	for i, r := range t.Rewards {
		if r.To == campaign.ToCustomer {
			t.Rewards[i].Rails = append(append([]campaign.Rail{}, r.Rails...), campaign.RailDonation)
		}
	}
	for _, c := range h.gives {
		t.Charities = append(t.Charities, c.ID)
	}
}

// give lets one in six give a reward away; it reports whether this one does.
func (h *teller) give(ctx context.Context, r reward.Reward, to []campaign.Charity) (bool, error) {
	if len(to) == 0 || h.kind.IntN(6) > 0 {
		return false, nil
	}
	_, err := h.Rewards.Give(ctx, r.CustomerID, r.ID, to[h.kind.IntN(len(to))].ID)
	return true, moved(err)
}

// remit pays charities what has to be there within two weeks.
func (h *teller) remit(ctx context.Context) error {
	due, err := h.Rewards.DonationsDue(ctx)
	if err != nil {
		return err
	}
	for _, d := range due {
		if d.DueAt.Sub(h.at) > 14*day || d.RemittanceID != "" {
			continue
		}
		m, err := h.Rewards.Remit(ctx, h.finance, d.CharityID, d.Amount.Currency)
		if err != nil {
			return err
		}
		_, err = h.Rewards.MarkRemitted(ctx, h.finance, m.ID, reward.Transfer{Reference: "SEPA " + ident.NewCode(8), On: h.at.Format(time.DateOnly),
			Proof: "Receipts " + h.at.Format("2006/01") + ", " + d.Charity})
		if err != nil {
			return err
		}
	}
	return nil
}
