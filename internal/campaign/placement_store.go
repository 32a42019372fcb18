package campaign

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"goodword/internal/db"
	"goodword/internal/fault"
)

func insertPlacement(ctx context.Context, tx db.Tx, p Placement) error {
	if _, err := tx.NewInsert().Model(&p).Exec(ctx); err != nil {
		return fmt.Errorf("insert placement: %w", err)
	}
	return nil
}

func endPlacement(ctx context.Context, tx db.Tx, id string, now time.Time) error {
	n, err := db.Affected(tx.NewUpdate().Model((*Placement)(nil)).Set("ended_at = COALESCE(ended_at, ?)", now).Where("id = ?", id).Exec(ctx))
	if err != nil {
		return fmt.Errorf("end placement %s: %w", id, err)
	}
	if n == 0 {
		return fault.New(fault.NotFound, "There is no such placement.")
	}
	return nil
}

func placements(ctx context.Context, idb bun.IDB, campaignID string, p db.Page) (db.List[Placement], error) {
	after, err := p.Keys(1)
	if err != nil {
		return db.List[Placement]{}, err
	}
	var rows []Placement
	q := idb.NewSelect().Model(&rows)
	if campaignID != "" {
		q = q.Where("campaign_id = ?", campaignID)
	}
	if after != nil {
		q = q.Where("id < ?", after[0])
	}
	if err := q.Order("id DESC").Limit(int64(p.Size()) + 1).Scan(ctx); err != nil {
		return db.List[Placement]{}, fmt.Errorf("list placements: %w", db.Classify(err))
	}
	return db.Cut(rows, p, func(p Placement) []string { return []string{p.ID} }), nil
}

func placementByCode(ctx context.Context, idb bun.IDB, code string) (Placement, error) {
	var p Placement
	err := idb.NewSelect().Model(&p).Where("code = ?", code).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return Placement{}, fault.New(fault.NotFound, "There is no such page.")
	}
	if err != nil {
		return Placement{}, fmt.Errorf("read placement: %w", db.Classify(err))
	}
	return p, nil
}

// shareCodes inserts the links that are missing and returns the codes in force by customer.
func shareCodes(ctx context.Context, tx db.Tx, campaignID string, links []ShareLink) (map[string]string, error) {
	if len(links) == 0 {
		return nil, nil
	}
	// Taken before the insert, which leaves in the slice only the rows that are new.
	people := make([]string, len(links))
	for i, l := range links {
		people[i] = l.CustomerID
	}
	if _, err := tx.NewInsert().Model(&links).On("CONFLICT (customer_id, campaign_id) DO NOTHING").Exec(ctx); err != nil {
		return nil, fmt.Errorf("insert share links of campaign %s: %w", campaignID, err)
	}
	var rows []ShareLink
	err := tx.NewSelect().Model(&rows).Column("customer_id", "code").Where("campaign_id = ?", campaignID).Where("customer_id IN (?)", bun.List(people)).Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("read share links of campaign %s: %w", campaignID, err)
	}
	codes := make(map[string]string, len(rows))
	for _, r := range rows {
		codes[r.CustomerID] = r.Code
	}
	return codes, nil
}

func shareByCode(ctx context.Context, idb bun.IDB, code string) (ShareLink, error) {
	var l ShareLink
	err := idb.NewSelect().Model(&l).Where("code = ?", code).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return ShareLink{}, fault.New(fault.NotFound, "There is no such page.")
	}
	if err != nil {
		return ShareLink{}, fmt.Errorf("read share link: %w", db.Classify(err))
	}
	return l, nil
}

func revokeShares(ctx context.Context, tx db.Tx, customerID string, now time.Time) error {
	_, err := tx.NewUpdate().Model((*ShareLink)(nil)).Set("revoked_at = ?", now).Where("customer_id = ?", customerID).Where("revoked_at IS NULL").Exec(ctx)
	if err != nil {
		return fmt.Errorf("revoke share links of customer %s: %w", customerID, err)
	}
	return nil
}
