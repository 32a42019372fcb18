package introduction

import (
	"context"
	"fmt"

	"goodword/internal/audit"
	"goodword/internal/customer"
	"goodword/internal/db"
)

// Erase forgets what an erased customer wrote, and takes back their introductions that nobody has answered. It is a
// customer.Eraser. What was answered goes on: it is the prospect's now, without the customer's words.
func (s *Service) Erase(ctx context.Context, tx db.Tx, customerID string) error {
	ids, err := idsOfCustomer(ctx, tx, customerID)
	if err != nil {
		return err
	}
	now := s.now()
	by := change{actor: audit.System("customer.erase"), reason: "erased", at: now}
	for _, id := range ids {
		row, err := lock(ctx, tx, id)
		if err != nil {
			return err
		}
		e := Withdraw
		if row.State == Draft {
			e = Discard
		}
		if _, err := Next(row.State, e); err != nil {
			by.what = "edited"
			if err := update(ctx, tx, &row, by, func(i *Introduction) { i.Note, i.NudgesOff = "", true }); err != nil {
				return err
			}
			continue
		}
		by.what = "withdrawn"
		row.purge(now)
		if err := step(ctx, tx, &row, e, by); err != nil {
			return err
		}
		if err := s.Customers.Links.RevokeAll(ctx, tx, customer.Subject{Purpose: customer.ForProspect, IntroductionID: row.ID}); err != nil {
			return fmt.Errorf("erase introduction %s: %w", row.ID, err)
		}
	}
	return nil
}
