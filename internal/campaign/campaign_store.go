package campaign

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"goodword/internal/db"
	"goodword/internal/fault"
	"goodword/internal/staff"
)

// ByID returns a campaign. Returns NotFound.
func ByID(ctx context.Context, idb bun.IDB, id string) (Campaign, error) {
	var c Campaign
	err := idb.NewSelect().Model(&c).Where("id = ?", id).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return Campaign{}, fault.New(fault.NotFound, "There is no such campaign.")
	}
	if err != nil {
		return Campaign{}, fmt.Errorf("read campaign %s: %w", id, db.Classify(err))
	}
	return c, nil
}

// OfferByID returns one version of an offer. Returns NotFound.
func OfferByID(ctx context.Context, idb bun.IDB, id string) (Offer, error) {
	var o Offer
	err := idb.NewSelect().Model(&o).Where("id = ?", id).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return Offer{}, fault.New(fault.NotFound, "There is no such offer.")
	}
	if err != nil {
		return Offer{}, fmt.Errorf("read offer %s: %w", id, db.Classify(err))
	}
	return o, nil
}

// AuthorsOf returns who has written the terms of some versions of offers, by the offer's id.
func AuthorsOf(ctx context.Context, idb bun.IDB, offerIDs []string) (map[string][]string, error) {
	var rows []Offer
	if len(offerIDs) > 0 {
		err := idb.NewSelect().Model(&rows).Column("id", "author_id", "authors").Where("id IN (?)", bun.List(offerIDs)).Order("id").Scan(ctx)
		if err != nil {
			return nil, fmt.Errorf("read authors of offers: %w", db.Classify(err))
		}
	}
	out := make(map[string][]string, len(rows))
	for _, o := range rows {
		out[o.ID] = append(o.Authors, o.AuthorID)
	}
	return out, nil
}

func offersOf(ctx context.Context, idb bun.IDB, campaignID string) ([]Offer, error) {
	var out []Offer
	if err := idb.NewSelect().Model(&out).Where("campaign_id = ?", campaignID).Order("number DESC").Scan(ctx); err != nil {
		return nil, fmt.Errorf("read offers of campaign %s: %w", campaignID, db.Classify(err))
	}
	return out, nil
}

func list(ctx context.Context, idb bun.IDB, f Filter, p db.Page) (db.List[Campaign], error) {
	after, err := p.Keys(1)
	if err != nil {
		return db.List[Campaign]{}, err
	}
	var rows []Campaign
	q := idb.NewSelect().Model(&rows)
	if word := strings.ToLower(strings.TrimSpace(f.Q)); word != "" {
		q = q.Where("lower(name) LIKE ? ESCAPE '!'", "%"+likeEscape.Replace(word)+"%")
	}
	if len(f.States) > 0 {
		q = q.Where("state IN (?)", bun.List(f.States))
	}
	if f.OwnerID != "" {
		q = q.Where("owner_id = ?", f.OwnerID)
	}
	if after != nil {
		q = q.Where("id < ?", after[0])
	}
	// Ids grow with time, so the id alone is the order of making.
	if err := q.Order("id DESC").Limit(int64(p.Size()) + 1).Scan(ctx); err != nil {
		return db.List[Campaign]{}, fmt.Errorf("list campaigns: %w", db.Classify(err))
	}
	return db.Cut(rows, p, func(c Campaign) []string { return []string{c.ID} }), nil
}

var likeEscape = strings.NewReplacer("!", "!!", "%", "!%", "_", "!_")

// lock takes the campaign for this transaction and returns it fresh.
func lock(ctx context.Context, tx db.Tx, id string) (Campaign, error) {
	var c Campaign
	err := tx.NewUpdate().Model(&c).Set("version = version + 1").Where("id = ?", id).Returning("*").Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return Campaign{}, fault.New(fault.NotFound, "There is no such campaign.")
	}
	if err != nil {
		return Campaign{}, fmt.Errorf("lock campaign %s: %w", id, err)
	}
	return c, nil
}

func insert(ctx context.Context, tx db.Tx, c *Campaign, o *Offer) error {
	if _, err := tx.NewInsert().Model(c).Exec(ctx); err != nil {
		return fmt.Errorf("insert campaign: %w", err)
	}
	return insertOffer(ctx, tx, o)
}

func insertOffer(ctx context.Context, tx db.Tx, o *Offer) error {
	if _, err := tx.NewInsert().Model(o).Exec(ctx); err != nil {
		return fmt.Errorf("insert offer %d of campaign %s: %w", o.Number, o.CampaignID, err)
	}
	return nil
}

// save writes a locked campaign back. The count of planned invitations has writers of its own.
func save(ctx context.Context, tx db.Tx, c Campaign) error {
	if _, err := tx.NewUpdate().Model(&c).ExcludeColumn("id", "planned", "created_at").WherePK().Exec(ctx); err != nil {
		return fmt.Errorf("save campaign %s: %w", c.ID, err)
	}
	return nil
}

func saveOffer(ctx context.Context, tx db.Tx, o Offer) error {
	if _, err := tx.NewUpdate().Model(&o).ExcludeColumn("id", "campaign_id", "number", "created_at").WherePK().Exec(ctx); err != nil {
		return fmt.Errorf("save offer %s: %w", o.ID, err)
	}
	return nil
}

// AddPlannedTx counts n invitations more for a campaign, so that the progress of a launch can be watched. It does not
// touch the campaign's version: an editor that is open meanwhile stays valid.
func AddPlannedTx(ctx context.Context, tx db.Tx, id string, n int) error {
	if n == 0 {
		return nil
	}
	if _, err := tx.NewUpdate().Model((*Campaign)(nil)).Set("planned = planned + ?", n).Where("id = ?", id).Exec(ctx); err != nil {
		return fmt.Errorf("count planned invitations of campaign %s: %w", id, err)
	}
	return nil
}

// LiveByTrigger returns the live campaigns that a kind of trigger keeps going, in the order of making.
func LiveByTrigger(ctx context.Context, idb bun.IDB, kind TriggerKind) ([]Campaign, error) {
	var rows []Campaign
	if err := idb.NewSelect().Model(&rows).Where("state = ?", Live).Order("id").Scan(ctx); err != nil {
		return nil, fmt.Errorf("read live campaigns: %w", db.Classify(err))
	}
	// The kind lies inside JSON, which is not asked in SQL; live campaigns are few.
	out := rows[:0]
	for _, c := range rows {
		if c.Trigger.Kind == kind {
			out = append(out, c)
		}
	}
	return out, nil
}

func scheduledBefore(ctx context.Context, idb bun.IDB, now time.Time) ([]string, error) {
	var ids []string
	err := idb.NewSelect().Model((*Campaign)(nil)).Column("id").Where("state = ?", Scheduled).Where("launch_at <= ?", now).Order("launch_at", "id").Scan(ctx, &ids)
	if err != nil {
		return nil, fmt.Errorf("read scheduled campaigns: %w", db.Classify(err))
	}
	return ids, nil
}

// checkOwner refuses an owner who does not exist or has left, at the field.
func checkOwner(ctx context.Context, tx db.Tx, id string) error {
	if id == "" {
		return nil
	}
	ok, err := tx.NewSelect().Model((*staff.Member)(nil)).Where("id = ?", id).Where("state <> ?", staff.Disabled).Exists(ctx)
	if err != nil {
		return fmt.Errorf("look up owner %s: %w", id, err)
	}
	var c fault.Check
	c.That(ok, "owner_id", "This colleague does not exist or is no longer here.")
	return c.Err()
}

func handOver(ctx context.Context, tx db.Tx, from, to string, now time.Time) error {
	_, err := tx.NewUpdate().Model((*Campaign)(nil)).Set("owner_id = ?", to).Set("updated_at = ?", now).Set("version = version + 1").
		Where("owner_id = ?", from).Exec(ctx)
	if err != nil {
		return fmt.Errorf("hand campaigns of %s over: %w", from, err)
	}
	return nil
}
