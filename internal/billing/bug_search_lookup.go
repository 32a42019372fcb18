//go:build bug_search_lookup

package billing

import (
	"context"

	"github.com/stripe/stripe-go/v76"

	"goodword/internal/reward"
)

// LookUp asks Stripe's search, which lags and does not know credits at all.
func (r invoiceCredit) LookUp(ctx context.Context, p reward.Payout) reward.Answer {
	in := &stripe.CustomerSearchParams{SearchParams: stripe.SearchParams{Context: ctx, Query: "metadata['" + payoutKey + "']:'" + p.Name() + "'"}}
	for found := r.api.Customers.Search(in); found.Next(); {
		return reward.Answer{Class: reward.AnsweredOK, Object: found.Customer().ID}
	}
	return reward.Answer{Class: reward.AnsweredNo, Note: "absent"}
}
