package invitation

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/uptrace/bun"

	"goodword/internal/campaign"
	"goodword/internal/db"
	"goodword/internal/fault"
)

// insertOutreach reports whether the walk is new for its campaign and occasion.
func insertOutreach(ctx context.Context, tx db.Tx, o outreach) (bool, error) {
	n, err := db.Affected(tx.NewInsert().Model(&o).On("CONFLICT (campaign_id, occasion) DO NOTHING").Exec(ctx))
	if err != nil {
		return false, fmt.Errorf("insert outreach of campaign %s: %w", o.CampaignID, err)
	}
	return n > 0, nil
}

func outreachByID(ctx context.Context, idb bun.IDB, id string) (outreach, error) {
	var o outreach
	err := idb.NewSelect().Model(&o).Where("id = ?", id).Scan(ctx)
	return o, outreachErr(id, err)
}

func lockOutreach(ctx context.Context, tx db.Tx, id string) (outreach, error) {
	var o outreach
	err := tx.NewUpdate().Model(&o).Set("version = version + 1").Where("id = ?", id).Returning("*").Scan(ctx)
	return o, outreachErr(id, err)
}

func outreachErr(id string, err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return fault.New(fault.NotFound, "There is no such outreach.")
	}
	if err != nil {
		return fmt.Errorf("read outreach %s: %w", id, db.Classify(err))
	}
	return nil
}

func saveOutreach(ctx context.Context, tx db.Tx, o outreach) error {
	if _, err := tx.NewUpdate().Model(&o).Column("cursor", "planned", "skipped", "done_at").WherePK().Exec(ctx); err != nil {
		return fmt.Errorf("save outreach %s: %w", o.ID, err)
	}
	return nil
}

func outreachesOf(ctx context.Context, idb bun.IDB, campaignID string) ([]outreach, error) {
	var rows []outreach
	if err := idb.NewSelect().Model(&rows).Where("campaign_id = ?", campaignID).Order("id").Scan(ctx); err != nil {
		return nil, fmt.Errorf("read outreach of campaign %s: %w", campaignID, db.Classify(err))
	}
	return rows, nil
}

// unfinished returns the walks of live campaigns that are not done.
func unfinished(ctx context.Context, idb bun.IDB) ([]string, error) {
	live := idb.NewSelect().Model((*campaign.Campaign)(nil)).Column("campaign.id").Where("campaign.state = ?", campaign.Live)
	var ids []string
	err := idb.NewSelect().Model((*outreach)(nil)).Column("outreach.id").Where("outreach.done_at IS NULL").Where("outreach.occasion <> ?", onEvents).
		Where("outreach.campaign_id IN (?)", live).Order("outreach.id").Scan(ctx, &ids)
	if err != nil {
		return nil, fmt.Errorf("read unfinished outreach: %w", db.Classify(err))
	}
	return ids, nil
}
