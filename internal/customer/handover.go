package customer

import (
	"context"

	"goodword/internal/db"
)

// HandOver gives every customer of one colleague to another. It is a staff.HandOver.
func (s *Service) HandOver(ctx context.Context, tx db.Tx, from, to string) error {
	_, err := handOver(ctx, tx, from, to, s.now())
	return err
}
