package staff

import (
	"context"
	"fmt"

	"goodword/internal/audit"
	"goodword/internal/db"
	"goodword/internal/fault"
)

// Disable ends an account: everything that belongs to the member goes to the successor, or to the deputy if successorID is
// empty, and then sessions and links end. Disabling twice changes nothing.
//
// Returns NotFound, Invalid at "successor_id" when there is nobody active to hand over to, and Conflict for the last active
// owner.
func (s *Service) Disable(ctx context.Context, actor audit.Actor, id, successorID string) error {
	err := s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		m, err := lock(ctx, tx, id)
		if err != nil || m.State == Disabled {
			return err
		}
		next := successorID
		if next == "" {
			next = m.DeputyID
		}
		if err := checkSuccessor(ctx, tx, id, next); err != nil {
			return err
		}
		for _, handOver := range s.HandOvers {
			if err := handOver(ctx, tx, id, next); err != nil {
				return err
			}
		}
		if err := replaceDeputy(ctx, tx, id, next); err != nil {
			return err
		}
		m.State = Disabled
		if err := save(ctx, tx, m); err != nil {
			return err
		}
		if m.Role == Owner {
			if err := ownersLeft(ctx, tx); err != nil {
				return err
			}
		}
		if err := setPassword(ctx, tx, id, ""); err != nil {
			return err
		}
		if err := deleteTokens(ctx, tx, id, setupToken, sessionToken); err != nil {
			return err
		}
		return audit.Record(ctx, tx, s.now(), audit.Entry{Actor: actor, Action: "staff.disabled", Object: "staff", ObjectID: id,
			After: map[string]string{"successor_id": next}})
	})
	if err != nil {
		return fmt.Errorf("disable staff %s: %w", id, err)
	}
	return nil
}

func checkSuccessor(ctx context.Context, tx db.Tx, id, successorID string) error {
	var c fault.Check
	if successorID == "" {
		c.Add("successor_id", "Name the colleague who takes over, or give this account a deputy first.")
		return c.Err()
	}
	next, err := memberByID(ctx, tx, successorID)
	switch {
	case fault.Is(err, fault.NotFound), err == nil && (next.State == Disabled || next.ID == id):
		c.Add("successor_id", "This colleague cannot take over.")
	case err != nil:
		return err
	}
	return c.Err()
}

// ownersLeft is asked after the change, inside its transaction.
func ownersLeft(ctx context.Context, tx db.Tx) error {
	n, err := countOwners(ctx, tx)
	if err != nil {
		return err
	}
	if n == 0 {
		return fault.New(fault.Conflict, "This is the last owner. Make somebody else an owner first.")
	}
	return nil
}

// Enable lets a disabled member back in with a new set-up link, which it returns. Returns NotFound, and Conflict for an
// account that is not disabled.
func (s *Service) Enable(ctx context.Context, actor audit.Actor, id string) (string, error) {
	var url string
	err := s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		m, err := lock(ctx, tx, id)
		if err != nil {
			return err
		}
		if m.State != Disabled {
			return fault.New(fault.Conflict, "This account is not disabled.")
		}
		m.State = Invited
		if err := save(ctx, tx, m); err != nil {
			return err
		}
		if url, err = s.issueSetup(ctx, tx, id); err != nil {
			return err
		}
		return audit.Record(ctx, tx, s.now(), audit.Entry{Actor: actor, Action: "staff.enabled", Object: "staff", ObjectID: id})
	})
	if err != nil {
		return "", fmt.Errorf("enable staff %s: %w", id, err)
	}
	return url, nil
}
