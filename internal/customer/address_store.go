package customer

import (
	"context"
	"fmt"
	"slices"

	"github.com/uptrace/bun"

	"goodword/internal/db"
	"goodword/internal/mail"
)

func insertAddresses(ctx context.Context, tx db.Tx, list []Address) error {
	for _, a := range list {
		n, err := db.Affected(tx.NewInsert().Model(&a).On("CONFLICT DO NOTHING").Exec(ctx))
		if err != nil {
			return fmt.Errorf("insert address: %w", db.Classify(err))
		}
		if n == 0 {
			return taken("email", "This mail address belongs to another customer.")
		}
	}
	return nil
}

// replaceAddresses turns the rows of before into those of after: same id, same row.
func replaceAddresses(ctx context.Context, tx db.Tx, before, after []Address) error {
	var gone []string
	for _, a := range before {
		if !slices.ContainsFunc(after, func(b Address) bool { return b.ID == a.ID }) {
			gone = append(gone, a.ID)
		}
	}
	if len(gone) > 0 {
		if _, err := tx.NewDelete().Model((*Address)(nil)).Where("id IN (?)", bun.List(gone)).Exec(ctx); err != nil {
			return fmt.Errorf("delete addresses: %w", db.Classify(err))
		}
	}
	var added []Address
	for _, a := range after {
		if !slices.ContainsFunc(before, func(b Address) bool { return b.ID == a.ID }) {
			added = append(added, a)
			continue
		}
		if _, err := tx.NewUpdate().Model(&a).Column("label", "value", "main").WherePK().Exec(ctx); err != nil {
			return fmt.Errorf("update address %s: %w", a.ID, db.Classify(err))
		}
	}
	return insertAddresses(ctx, tx, added)
}

func setAddressState(ctx context.Context, tx db.Tx, email string, state AddressState) error {
	_, err := tx.NewUpdate().Model((*Address)(nil)).Set("state = ?", state).Where("kind = ?", Email).
		Where("value_norm = ?", mail.NormalizeEmail(email)).Exec(ctx)
	if err != nil {
		return fmt.Errorf("set state of address: %w", db.Classify(err))
	}
	return nil
}

func deleteAddresses(ctx context.Context, tx db.Tx, customerID string) error {
	if _, err := tx.NewDelete().Model((*Address)(nil)).Where("customer_id = ?", customerID).Exec(ctx); err != nil {
		return fmt.Errorf("delete addresses of customer %s: %w", customerID, db.Classify(err))
	}
	return nil
}
