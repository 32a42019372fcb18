package task

import (
	"context"
	"fmt"

	"goodword/internal/db"
)

// Move gives the open task of a cause to somebody else in the caller's transaction, because what it is about has moved.
// Without one it does nothing.
func (s *Service) Move(ctx context.Context, tx db.Tx, cause, ownerID string) error {
	_, err := tx.NewUpdate().Model((*Task)(nil)).Set("owner_id = ?", ownerID).Set("snoozed_until = NULL").
		Set("version = version + 1").Where("cause = ?", cause).Where("state = ?", Open).Exec(ctx)
	if err != nil {
		return fmt.Errorf("move task %s: %w", cause, db.Classify(err))
	}
	return nil
}
