package customer

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/uptrace/bun"

	"goodword/internal/db"
	"goodword/internal/mail"
)

// GlanceByEmail is ByEmail without company, addresses and tags: one query, whether there is such a customer or not, so that
// nobody can tell one from the other by what the look-up costs (S7). Returns NotFound.
func (s *Service) GlanceByEmail(ctx context.Context, idb bun.IDB, email string) (Customer, error) {
	var c Customer
	owner := idb.NewSelect().Model((*Address)(nil)).Column("customer_id").
		Where("kind = ?", Email).Where("value_norm = ?", mail.NormalizeEmail(email))
	err := idb.NewSelect().Model(&c).Where("customer.id IN (?)", owner).Limit(1).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return Customer{}, notFound()
	}
	if err != nil {
		return Customer{}, fmt.Errorf("read customer: %w", db.Classify(err))
	}
	return c, nil
}
