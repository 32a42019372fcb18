package event

import (
	"context"
	"encoding/json"
	"time"

	"github.com/uptrace/bun"

	"goodword/internal/db"
	"goodword/internal/fault"
)

// row is a line of table event.
type row struct {
	bun.BaseModel `bun:"table:event,alias:e"`

	ID             string          `bun:"id,pk"`
	Type           string          `bun:"type"`
	At             time.Time       `bun:"at"`
	ActorKind      string          `bun:"actor_kind"`
	ActorID        string          `bun:"actor_id"`
	CustomerID     string          `bun:"customer_id,nullzero"`
	CampaignID     string          `bun:"campaign_id,nullzero"`
	InvitationID   string          `bun:"invitation_id,nullzero"`
	IntroductionID string          `bun:"introduction_id,nullzero"`
	TestimonialID  string          `bun:"testimonial_id,nullzero"`
	RewardID       string          `bun:"reward_id,nullzero"`
	Data           json.RawMessage `bun:"data,type:jsonb"`
	Previous       json.RawMessage `bun:"previous,type:jsonb"`
}

func (r row) recorded() Recorded {
	return Recorded{
		ID: r.ID, Type: r.Type, At: r.At.UTC(), ActorKind: r.ActorKind, ActorID: r.ActorID,
		CustomerID: r.CustomerID, CampaignID: r.CampaignID, InvitationID: r.InvitationID,
		IntroductionID: r.IntroductionID, TestimonialID: r.TestimonialID, RewardID: r.RewardID,
		Data: r.Data, Previous: r.Previous,
	}
}

func insert(ctx context.Context, tx db.Tx, r row) error {
	_, err := tx.NewInsert().Model(&r).Exec(ctx)
	return err
}

// Filter narrows a timeline; every field that is set must match. The zero value asks for everything.
type Filter struct {
	CustomerID     string
	CampaignID     string
	InvitationID   string
	IntroductionID string
	TestimonialID  string
	RewardID       string
	// Types keeps only these types; empty for all.
	Types []string
}

// Timeline returns events newest first, page by page. Returns Malformed for a foreign cursor.
func Timeline(ctx context.Context, idb bun.IDB, f Filter, p db.Page) (db.List[Recorded], error) {
	keys, err := p.Keys(2)
	if err != nil {
		return db.List[Recorded]{}, err
	}
	var rows []row
	q := idb.NewSelect().Model(&rows).OrderExpr("at DESC, id DESC").Limit(int64(p.Size() + 1))
	for column, id := range map[string]string{
		"customer_id": f.CustomerID, "campaign_id": f.CampaignID, "invitation_id": f.InvitationID,
		"introduction_id": f.IntroductionID, "testimonial_id": f.TestimonialID, "reward_id": f.RewardID,
	} {
		if id != "" {
			q.Where("? = ?", bun.Ident(column), id)
		}
	}
	if len(f.Types) > 0 {
		q.Where("type IN (?)", bun.List(f.Types))
	}
	if keys != nil {
		at, err := cursorTime(keys[0])
		if err != nil {
			return db.List[Recorded]{}, err
		}
		q.Where("(at, id) < (?, ?)", at, keys[1])
	}
	if err := q.Scan(ctx); err != nil {
		return db.List[Recorded]{}, db.Classify(err)
	}
	list := db.Cut(rows, p, func(r row) []string { return []string{r.At.UTC().Format(time.RFC3339Nano), r.ID} })
	return db.List[Recorded]{Items: recordedOf(list.Items), Next: list.Next}, nil
}

// Since returns up to limit events whose id is after afterID, oldest first; afterID "" starts at the first event.
//
// Ids are made before their transaction commits, so an event may appear with an id before one that was read already.
// A reader that must not miss any uses Feed.
func Since(ctx context.Context, idb bun.IDB, afterID string, limit int) ([]Recorded, error) {
	var rows []row
	err := idb.NewSelect().Model(&rows).Where("id > ?", afterID).OrderExpr("id").Limit(int64(limit)).Scan(ctx)
	if err != nil {
		return nil, db.Classify(err)
	}
	return recordedOf(rows), nil
}

// Last returns the id of the newest event, "" if there is none: where a reader starts who wants only what comes.
func Last(ctx context.Context, idb bun.IDB) (string, error) {
	var ids []string
	if err := idb.NewSelect().Model((*row)(nil)).Column("id").OrderExpr("id DESC").Limit(1).Scan(ctx, &ids); err != nil {
		return "", db.Classify(err)
	}
	if len(ids) == 0 {
		return "", nil
	}
	return ids[0], nil
}

func cursorTime(s string) (time.Time, error) {
	at, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return time.Time{}, &fault.Error{Code: fault.Malformed, Message: "This cursor is not one of ours.", Cause: err}
	}
	return at, nil
}

func idsBetween(ctx context.Context, idb bun.IDB, after, upTo string) ([]string, error) {
	var ids []string
	err := idb.NewSelect().Model((*row)(nil)).Column("id").Where("id > ?", after).Where("id <= ?", upTo).OrderExpr("id").Scan(ctx, &ids)
	return ids, db.Classify(err)
}

func idsAfter(ctx context.Context, idb bun.IDB, after string, limit int) ([]string, error) {
	var ids []string
	err := idb.NewSelect().Model((*row)(nil)).Column("id").Where("id > ?", after).OrderExpr("id").Limit(int64(limit)).Scan(ctx, &ids)
	return ids, db.Classify(err)
}

func byIDs(ctx context.Context, idb bun.IDB, ids []string) ([]Recorded, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var rows []row
	if err := idb.NewSelect().Model(&rows).Where("id IN (?)", bun.List(ids)).OrderExpr("id").Scan(ctx); err != nil {
		return nil, db.Classify(err)
	}
	return recordedOf(rows), nil
}

func recordedOf(rows []row) []Recorded {
	out := make([]Recorded, len(rows))
	for i, r := range rows {
		out[i] = r.recorded()
	}
	return out
}
