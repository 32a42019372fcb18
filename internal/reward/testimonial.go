package reward

import (
	"context"
	"fmt"

	"goodword/internal/campaign"
	"goodword/internal/db"
	"goodword/internal/money"
	"goodword/internal/testimonial"
)

// TestimonialEarnings is the service as testimonials see it: it implements testimonial.Earnings.
type TestimonialEarnings struct{ s *Service }

// TestimonialEarnings returns the service as testimonials see it.
func (s *Service) TestimonialEarnings() TestimonialEarnings { return TestimonialEarnings{s} }

var _ testimonial.Earnings = TestimonialEarnings{}

// Accrue promises what the offer gives for a submitted testimonial, once per testimonial and rule. It cannot see rating,
// text or outcome (L1), and takes nothing back when the words are withdrawn or declined.
func (e TestimonialEarnings) Accrue(ctx context.Context, tx db.Tx, f testimonial.Earned) error {
	if f.OfferID == "" || f.CustomerID == "" {
		return nil
	}
	offer, err := campaign.OfferByID(ctx, tx, f.OfferID)
	if err != nil {
		return err
	}
	now := e.s.now()
	for _, n := range offer.Earned(campaign.OnTestimonial) {
		rule := offer.Rules[n]
		if rule.To != campaign.ToCustomer {
			continue
		}
		amount, err := rule.Amount(money.New(0, offer.Currency))
		if err != nil {
			return fmt.Errorf("accrue rule %d of testimonial %s: %w", n, f.TestimonialID, err)
		}
		if amount.Zero() {
			continue
		}
		r := Reward{Cause: cause("testimonial", f.TestimonialID, n, rule.To), CampaignID: offer.CampaignID, OfferID: offer.ID, Rule: n,
			EarnedOn: rule.On, Beneficiary: rule.To, CustomerID: f.CustomerID, TestimonialID: f.TestimonialID,
			Currency: offer.Currency, AccruedMinor: amount.Minor, AmountMinor: amount.Minor, MaturesAt: now.AddDate(0, 0, offer.HoldDays)}
		if err := e.s.promise(ctx, tx, &r, rule, true, change{actor: f.Actor, at: now}); err != nil {
			return fmt.Errorf("accrue rule %d of testimonial %s: %w", n, f.TestimonialID, err)
		}
	}
	return nil
}
