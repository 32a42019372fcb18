package testimonial

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
)

// Revision is a row of table testimonial_revision: one version of the author's words.
type Revision struct {
	bun.BaseModel `bun:"table:testimonial_revision,alias:r"`

	TestimonialID string `bun:"testimonial_id,pk"`
	Number        int    `bun:"number,pk"`
	Rating        int    `bun:"rating,nullzero"`
	Text          string `bun:"text"`
	Name          string `bun:"name"`
	Role          string `bun:"role"`
	// Author is "customer", or "staff" for the first version of a kept quote.
	Author string    `bun:"author"`
	At     time.Time `bun:"at"`
}

func unknown() error {
	return &fault.Error{Code: fault.NotFound, Key: "error.not_found", Message: "There is no such testimonial."}
}

func one(ctx context.Context, q *bun.SelectQuery, row *Testimonial) error {
	err := q.Limit(1).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return unknown()
	}
	if err != nil {
		return fmt.Errorf("read testimonial: %w", db.Classify(err))
	}
	return nil
}

func byID(ctx context.Context, idb bun.IDB, id string) (Testimonial, error) {
	var row Testimonial
	return row, one(ctx, idb.NewSelect().Model(&row).Where("t.id = ?", id), &row)
}

func byInvitation(ctx context.Context, idb bun.IDB, invitationID string) (Testimonial, error) {
	var row Testimonial
	return row, one(ctx, idb.NewSelect().Model(&row).Where("t.invitation_id = ?", invitationID), &row)
}

// lock is the one lock; it writes, so it is not for looking.
func lock(ctx context.Context, tx db.Tx, id string) (Testimonial, error) {
	var row Testimonial
	err := tx.NewUpdate().Model(&row).Set("version = version + 1").Where("id = ?", id).Returning("*").Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return Testimonial{}, unknown()
	}
	if err != nil {
		return Testimonial{}, fmt.Errorf("lock testimonial %s: %w", id, err)
	}
	return row, nil
}

func save(ctx context.Context, tx db.Tx, row *Testimonial, now time.Time) error {
	row.UpdatedAt = now
	if row.Tags == nil {
		row.Tags = []string{}
	}
	if _, err := tx.NewUpdate().Model(row).WherePK().Exec(ctx); err != nil {
		return fmt.Errorf("save testimonial %s: %w", row.ID, err)
	}
	return nil
}

// insert reports false when the invitation has its testimonial already.
func insert(ctx context.Context, tx db.Tx, row *Testimonial) (bool, error) {
	n, err := db.Affected(tx.NewInsert().Model(row).On("CONFLICT DO NOTHING").Exec(ctx))
	if err != nil {
		return false, fmt.Errorf("insert testimonial: %w", err)
	}
	return n == 1, nil
}

func insertRevision(ctx context.Context, tx db.Tx, row Testimonial, author string, at time.Time) error {
	r := Revision{TestimonialID: row.ID, Number: row.Revision, Rating: row.Rating, Text: row.Text, Name: row.Name, Role: row.Role, Author: author, At: at}
	if _, err := tx.NewInsert().Model(&r).Exec(ctx); err != nil {
		return fmt.Errorf("keep revision of testimonial %s: %w", row.ID, err)
	}
	return nil
}

func revisions(ctx context.Context, idb bun.IDB, id string) ([]Revision, error) {
	var rows []Revision
	if err := idb.NewSelect().Model(&rows).Where("r.testimonial_id = ?", id).OrderExpr("r.number").Scan(ctx); err != nil {
		return nil, fmt.Errorf("revisions of testimonial %s: %w", id, db.Classify(err))
	}
	return rows, nil
}

// forgetRevisions deletes what an erased author or a lapsed quote said.
func forgetRevisions(ctx context.Context, tx db.Tx, id string) error {
	_, err := tx.NewUpdate().Model((*Revision)(nil)).Set("text = ''").Set("name = ''").Set("role = ''").Where("testimonial_id = ?", id).Exec(ctx)
	if err != nil {
		return fmt.Errorf("forget revisions of testimonial %s: %w", id, err)
	}
	return nil
}

// Filter narrows a list; every field that is set must hold.
type Filter struct {
	States     []State
	CustomerID string
	CampaignID string
	Tag        string
	// Q is looked for in the text and the name.
	Q string
}

func list(ctx context.Context, idb bun.IDB, f Filter, p db.Page) (db.List[Testimonial], error) {
	keys, err := p.Keys(2)
	if err != nil {
		return db.List[Testimonial]{}, err
	}
	var rows []Testimonial
	q := idb.NewSelect().Model(&rows).OrderExpr("t.created_at DESC, t.id DESC").Limit(int64(p.Size()) + 1)
	if len(f.States) > 0 {
		q.Where("t.state IN (?)", bun.List(f.States))
	}
	if f.CustomerID != "" {
		q.Where("t.customer_id = ?", f.CustomerID)
	}
	if f.CampaignID != "" {
		q.Where("t.campaign_id = ?", f.CampaignID)
	}
	if f.Tag != "" {
		// The tags are JSON text on one engine and jsonb on the other; both read as text with the tag in quotes.
		q.Where("CAST(t.tags AS TEXT) LIKE ? ESCAPE '\\'", "%\""+escapeLike(f.Tag)+"\"%")
	}
	if f.Q != "" {
		like := "%" + escapeLike(strings.ToLower(f.Q)) + "%"
		q.Where("(lower(t.text) LIKE ? ESCAPE '\\' OR lower(t.name) LIKE ? ESCAPE '\\')", like, like)
	}
	if keys != nil {
		at, err := time.Parse(time.RFC3339Nano, keys[0])
		if err != nil {
			return db.List[Testimonial]{}, fault.Wrap(fault.Malformed, "This cursor is not one of ours.", err)
		}
		q.Where("(t.created_at, t.id) < (?, ?)", at.UTC(), keys[1])
	}
	if err := q.Scan(ctx); err != nil {
		return db.List[Testimonial]{}, fmt.Errorf("list testimonials: %w", db.Classify(err))
	}
	return db.Cut(rows, p, func(t Testimonial) []string { return []string{t.CreatedAt.UTC().Format(time.RFC3339Nano), t.ID} }), nil
}

func escapeLike(s string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(s)
}

func ofCustomer(ctx context.Context, idb bun.IDB, customerID string) ([]Testimonial, error) {
	var rows []Testimonial
	err := idb.NewSelect().Model(&rows).Where("t.customer_id = ?", customerID).OrderExpr("t.created_at DESC, t.id DESC").Limit(200).Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("testimonials of customer %s: %w", customerID, db.Classify(err))
	}
	return rows, nil
}

func lapsed(ctx context.Context, idb bun.IDB, before time.Time) ([]string, error) {
	var ids []string
	err := idb.NewSelect().Model((*Testimonial)(nil)).Column("t.id").Where("t.state = ?", AwaitingAuthor).
		Where("t.created_at <= ?", before).OrderExpr("t.id").Limit(200).Scan(ctx, &ids)
	if err != nil {
		return nil, fmt.Errorf("find lapsed quotes: %w", db.Classify(err))
	}
	return ids, nil
}
