package staff

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"goodword/internal/db"
)

type slotRow struct {
	bun.BaseModel `bun:"table:slot,alias:slot"`

	StaffID        string    `bun:"staff_id,pk"`
	StartsAt       time.Time `bun:"starts_at,pk"`
	IntroductionID string    `bun:"introduction_id"`
}

// takenSlots returns the booked starts after now, as Unix seconds: times from the database differ in zone.
func takenSlots(ctx context.Context, idb bun.IDB, staffID string, now time.Time) (map[int64]bool, error) {
	var rows []slotRow
	if err := idb.NewSelect().Model(&rows).Where("staff_id = ?", staffID).Where("starts_at > ?", now).Order("starts_at").Scan(ctx); err != nil {
		return nil, fmt.Errorf("read slots of staff %s: %w", staffID, db.Classify(err))
	}
	taken := make(map[int64]bool, len(rows))
	for _, r := range rows {
		taken[r.StartsAt.Unix()] = true
	}
	return taken, nil
}

func insertSlot(ctx context.Context, tx db.Tx, b Booking) (bool, error) {
	row := slotRow{StaffID: b.StaffID, StartsAt: b.At, IntroductionID: b.IntroductionID}
	n, err := db.Affected(tx.NewInsert().Model(&row).On("CONFLICT DO NOTHING").Exec(ctx))
	if err != nil {
		return false, db.Classify(err)
	}
	return n == 1, nil
}

func releaseSlot(ctx context.Context, tx db.Tx, introductionID string) error {
	if _, err := tx.NewDelete().Model((*slotRow)(nil)).Where("introduction_id = ?", introductionID).Exec(ctx); err != nil {
		return fmt.Errorf("release slot of introduction %s: %w", introductionID, db.Classify(err))
	}
	return nil
}
