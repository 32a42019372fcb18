package reward

import (
	"context"
	"errors"

	"github.com/uptrace/bun"

	"goodword/internal/db"
)

// ByID returns a reward. Returns NotFound.
func (s *Service) ByID(ctx context.Context, idb bun.IDB, id string) (Reward, error) {
	return byID(ctx, idb, id)
}

// List returns a page of rewards, the newest first.
func (s *Service) List(ctx context.Context, f Filter, p db.Page) (db.List[Reward], error) {
	return list(ctx, s.DB, f, p)
}

// Totals returns what the rewards that pass the filter add up to, by state and currency.
func (s *Service) Totals(ctx context.Context, f Filter) ([]Total, error) { return totals(ctx, s.DB, f) }

// ForCustomer returns a customer's own rewards, the newest first.
func (s *Service) ForCustomer(ctx context.Context, customerID string) ([]Reward, error) {
	return ofColumn(ctx, s.DB, "customer_id", customerID)
}

// ForIntroduction returns the rewards of both sides of an introduction, the newest first.
func (s *Service) ForIntroduction(ctx context.Context, introductionID string) ([]Reward, error) {
	return ofColumn(ctx, s.DB, "introduction_id", introductionID)
}

// ForTestimonial returns the rewards of a testimonial, the newest first.
func (s *Service) ForTestimonial(ctx context.Context, testimonialID string) ([]Reward, error) {
	return ofColumn(ctx, s.DB, "testimonial_id", testimonialID)
}

// Payouts returns a page of payouts, the newest first.
func (s *Service) Payouts(ctx context.Context, f PayoutFilter, p db.Page) (db.List[Payout], error) {
	return listPayouts(ctx, s.DB, f, p)
}

// PayoutByID returns a payout by its id or Name. Returns NotFound.
func (s *Service) PayoutByID(ctx context.Context, name string) (Payout, error) {
	return payoutByID(ctx, s.DB, payoutID(name))
}

// Sweep runs every sweep once and returns how much they moved. One that fails keeps none of the others back: what waits for a
// rail's answer is looked after also while something else cannot begin.
func (s *Service) Sweep(ctx context.Context) (int, error) {
	total := 0
	var errs []error
	for _, sweep := range []func(context.Context) (int, error){s.GoOn, s.GoOnTaxed, s.Mature, s.DefaultRail, s.Remind, s.Expire, s.Due, s.Recover, s.Remitted} {
		n, err := sweep(ctx)
		total += n
		errs = append(errs, err)
	}
	return total, errors.Join(errs...)
}
