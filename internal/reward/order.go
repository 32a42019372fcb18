//go:build !bug_settled_first

package reward

import "context"

// order makes the first call under a key and takes its answer. call bounds the call, ctx does not.
func (s *Service) order(ctx, call context.Context, rail Rail, p Payout) error {
	return s.answered(ctx, p, rail.Send(call, p))
}
