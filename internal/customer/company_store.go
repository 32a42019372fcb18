package customer

import (
	"context"
	"fmt"
	"time"

	"goodword/internal/db"
	"goodword/internal/ident"
)

// findOrCreateCompany may run at once in many transactions: the unique index decides, and everybody gets the same row.
func findOrCreateCompany(ctx context.Context, tx db.Tx, name, stripeCustomer string, now time.Time) (Company, error) {
	c := Company{ID: ident.New(), Name: name, NameNorm: companyKey(name), StripeCustomer: stripeCustomer, CreatedAt: now}
	// The update writes what is there, for the sake of RETURNING; a Stripe customer that is known stays.
	err := tx.NewInsert().Model(&c).On("CONFLICT (name_norm) DO UPDATE").
		Set("stripe_customer = CASE WHEN company.stripe_customer = '' THEN EXCLUDED.stripe_customer ELSE company.stripe_customer END").
		Returning("*").Scan(ctx)
	if err != nil {
		return Company{}, fmt.Errorf("find or create company: %w", db.Classify(err))
	}
	return c, nil
}
