package staff

import (
	"context"

	"github.com/uptrace/bun"

	"goodword/internal/fault"
)

// deputies is how many absences in a row are followed; it also ends a circle.
const deputies = 5

// Deputy returns who acts for a member now: the member, or while they are away or disabled their deputy, whose own deputy
// acts if they are away too. If everybody in the row is away, the member acts, unless disabled.
// Returns NotFound if there is nobody, or no such member.
func (s *Service) Deputy(ctx context.Context, idb bun.IDB, id string) (Member, error) {
	first, err := memberByID(ctx, idb, id)
	if err != nil {
		return Member{}, err
	}
	now := s.now()
	for m, i := first, 0; i < deputies; i++ {
		if m.State != Disabled && !m.Away(now) {
			return m, nil
		}
		if m.DeputyID == "" {
			break
		}
		if m, err = memberByID(ctx, idb, m.DeputyID); err != nil {
			return Member{}, err
		}
	}
	if first.State == Disabled {
		return Member{}, fault.New(fault.NotFound, "Nobody acts for this colleague.")
	}
	return first, nil
}
