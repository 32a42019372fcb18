//go:build bug_settled_first

package reward

import "context"

// order writes down that it is paid, and then pays.
func (s *Service) order(ctx, call context.Context, rail Rail, p Payout) error {
	err := s.answered(ctx, p, Answer{Class: AnsweredOK, Object: "soon"})
	rail.Send(call, p)
	return err
}
