package billing

import (
	"context"
	"errors"
	"fmt"

	"github.com/stripe/stripe-go/v76"

	"goodword/internal/fault"
)

// Check asks Stripe whether the key works, for doctor. Returns Forbidden when Stripe refuses the key and Unavailable when it
// does not answer.
func (c *Client) Check(ctx context.Context) error {
	params := &stripe.BalanceParams{}
	params.Context = ctx
	_, err := c.api.Balance.Get(params)
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*stripe.Error](err); ok {
		// Stripe's message may name the account; its code does not.
		return fault.Newf(fault.Forbidden, "Stripe answered %d %s.", e.HTTPStatusCode, e.Code)
	}
	return fault.Wrap(fault.Unavailable, "Stripe does not answer.", fmt.Errorf("read balance: %w", err))
}
