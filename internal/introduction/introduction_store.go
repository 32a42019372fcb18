package introduction

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

func unknown() error {
	return &fault.Error{Code: fault.NotFound, Key: "error.not_found", Message: "There is no such introduction."}
}

func byID(ctx context.Context, idb bun.IDB, id string) (Introduction, error) {
	var row Introduction
	err := idb.NewSelect().Model(&row).Where("i.id = ?", id).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return Introduction{}, unknown()
	}
	if err != nil {
		return Introduction{}, fmt.Errorf("read introduction %s: %w", id, db.Classify(err))
	}
	return row, nil
}

// lock is the one lock: it holds the row on PostgreSQL and returns the fresh row on both engines. It writes, so it is not
// for looking.
func lock(ctx context.Context, tx db.Tx, id string) (Introduction, error) {
	var row Introduction
	err := tx.NewUpdate().Model(&row).Set("version = version + 1").Where("id = ?", id).Returning("*").Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return Introduction{}, unknown()
	}
	if err != nil {
		return Introduction{}, fmt.Errorf("lock introduction %s: %w", id, err)
	}
	return row, nil
}

// save writes a locked row. A broken unique index comes back as it is: Accept needs to see it.
func save(ctx context.Context, tx db.Tx, row *Introduction, now time.Time) error {
	row.UpdatedAt = now
	if _, err := tx.NewUpdate().Model(row).WherePK().Exec(ctx); err != nil {
		return fmt.Errorf("save introduction %s: %w", row.ID, err)
	}
	return nil
}

// insert reports false when the id is there already.
func insert(ctx context.Context, tx db.Tx, row *Introduction) (bool, error) {
	n, err := db.Affected(tx.NewInsert().Model(row).On("CONFLICT DO NOTHING").Exec(ctx))
	if err != nil {
		return false, fmt.Errorf("insert introduction: %w", err)
	}
	return n == 1, nil
}

func draftOf(ctx context.Context, tx db.Tx, linkID string) (string, error) {
	var id string
	err := tx.NewSelect().Model((*Introduction)(nil)).Column("i.id").Where("i.link_id = ?", linkID).
		Where("i.state = ?", Draft).OrderExpr("i.id").Limit(1).Scan(ctx, &id)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("find draft: %w", err)
	}
	return id, nil
}

// credited returns the introduction of this person that counts in the campaign (F2), other than except; "" if none does.
func credited(ctx context.Context, idb bun.IDB, campaignID, blind, except string) (string, error) {
	if blind == "" {
		return "", nil
	}
	var id string
	err := idb.NewSelect().Model((*Introduction)(nil)).Column("i.id").Where("i.campaign_id = ?", campaignID).
		Where("i.prospect_blind = ?", blind).Where("i.state IN (?)", bun.List([]State{Accepted, InPipeline, Won})).
		Where("i.id <> ?", except).OrderExpr("i.id").Limit(1).Scan(ctx, &id)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("find credited introduction: %w", err)
	}
	return id, nil
}

// waiting returns the other introductions of this person in the campaign that are not decided yet, in the order in which
// they are to be locked.
func waiting(ctx context.Context, idb bun.IDB, campaignID, blind, except string) ([]string, error) {
	var ids []string
	if blind == "" {
		return nil, nil
	}
	err := idb.NewSelect().Model((*Introduction)(nil)).Column("i.id").Where("i.campaign_id = ?", campaignID).
		Where("i.prospect_blind = ?", blind).Where("i.state IN (?)", bun.List([]State{Ready, Invited, Undeliverable})).
		Where("i.id <> ?", except).OrderExpr("i.id").Scan(ctx, &ids)
	if err != nil {
		return nil, fmt.Errorf("find waiting introductions: %w", err)
	}
	return ids, nil
}

// everIntroduced reports whether the portal has written to this person before. One message is all that there will ever be.
func portalSent(ctx context.Context, idb bun.IDB, blind, except string) (bool, error) {
	found, err := idb.NewSelect().Model((*Introduction)(nil)).Where("i.prospect_blind = ?", blind).Where("i.how = ?", HowPortal).
		Where("i.shared_at IS NOT NULL").Where("i.id <> ?", except).Exists(ctx)
	if err != nil {
		return false, fmt.Errorf("find portal-sent introductions: %w", err)
	}
	return found, nil
}

// due returns the ids of up to sweepSize rows of a sweep, oldest id first.
func (s *Service) due(ctx context.Context, where func(*bun.SelectQuery) *bun.SelectQuery) ([]string, error) {
	var ids []string
	q := s.DB.NewSelect().Model((*Introduction)(nil)).Column("i.id").OrderExpr("i.id").Limit(sweepSize)
	if err := where(q).Scan(ctx, &ids); err != nil {
		return nil, fmt.Errorf("find due introductions: %w", db.Classify(err))
	}
	return ids, nil
}

// Filter narrows a list of introductions; the zero value asks for all but drafts.
type Filter struct {
	States       []State
	OwnerID      string
	CampaignID   string
	IntroducerID string
	Division     string
	Kind         string
	Review       string
	// OverdueAt leaves only the yeses that should have had their answer before this time; zero leaves all.
	OverdueAt time.Time
	// Q is looked for in the prospect's name, company and address.
	Q string
}

func list(ctx context.Context, idb bun.IDB, f Filter, p db.Page) (db.List[Introduction], error) {
	keys, err := p.Keys(2)
	if err != nil {
		return db.List[Introduction]{}, err
	}
	var rows []Introduction
	q := f.where(idb.NewSelect().Model(&rows)).OrderExpr("i.created_at DESC, i.id DESC").Limit(int64(p.Size()) + 1)
	if keys != nil {
		at, err := time.Parse(time.RFC3339Nano, keys[0])
		if err != nil {
			return db.List[Introduction]{}, fault.Wrap(fault.Malformed, "This cursor is not one of ours.", err)
		}
		q.Where("(i.created_at, i.id) < (?, ?)", at.UTC(), keys[1])
	}
	if err := q.Scan(ctx); err != nil {
		return db.List[Introduction]{}, fmt.Errorf("list introductions: %w", db.Classify(err))
	}
	return db.Cut(rows, p, func(i Introduction) []string {
		return []string{i.CreatedAt.UTC().Format(time.RFC3339Nano), i.ID}
	}), nil
}

func (f Filter) where(q *bun.SelectQuery) *bun.SelectQuery {
	if len(f.States) > 0 {
		q.Where("i.state IN (?)", bun.List(f.States))
	} else {
		q.Where("i.state <> ?", Draft)
	}
	for column, value := range map[string]string{"owner_id": f.OwnerID, "campaign_id": f.CampaignID,
		"introducer_id": f.IntroducerID, "division": f.Division, "kind": f.Kind, "review": f.Review} {
		if value != "" {
			q.Where("i.? = ?", bun.Ident(column), value)
		}
	}
	if !f.OverdueAt.IsZero() {
		q.Where("i.state = ?", Accepted).Where("i.answered_at IS NULL").Where("i.answer_due_at < ?", f.OverdueAt.UTC())
	}
	if f.Q != "" {
		like := likePattern(f.Q)
		q.WhereGroup(" AND ", func(q *bun.SelectQuery) *bun.SelectQuery {
			return q.Where("lower(i.first_name || ' ' || i.last_name) LIKE ? ESCAPE '\\'", like).
				WhereOr("lower(i.company) LIKE ? ESCAPE '\\'", like).WhereOr("lower(i.email) LIKE ? ESCAPE '\\'", like)
		})
	}
	return q
}

func countByState(ctx context.Context, idb bun.IDB, f Filter) (map[State]int, error) {
	var rows []struct {
		State State
		N     int
	}
	q := f.where(idb.NewSelect().Model((*Introduction)(nil))).ColumnExpr("i.state AS state, count(*) AS n").
		GroupExpr("i.state").OrderExpr("i.state")
	if err := q.Scan(ctx, &rows); err != nil {
		return nil, fmt.Errorf("count introductions: %w", db.Classify(err))
	}
	out := make(map[State]int, len(rows))
	for _, r := range rows {
		out[r.State] = r.N
	}
	return out, nil
}

func ofCustomer(ctx context.Context, idb bun.IDB, customerID string) ([]Introduction, error) {
	var rows []Introduction
	err := idb.NewSelect().Model(&rows).Where("i.introducer_id = ?", customerID).Where("i.state <> ?", Draft).
		OrderExpr("i.created_at DESC, i.id DESC").Limit(500).Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("introductions of customer %s: %w", customerID, db.Classify(err))
	}
	return rows, nil
}

func related(ctx context.Context, idb bun.IDB, row Introduction) ([]Introduction, error) {
	var rows []Introduction
	q := idb.NewSelect().Model(&rows).Where("i.id <> ?", row.ID).Where("i.state <> ?", Draft)
	domain := workDomain(row.Email)
	if row.ProspectBlind == "" && domain == "" {
		return nil, nil
	}
	q.WhereGroup(" AND ", func(q *bun.SelectQuery) *bun.SelectQuery {
		if row.ProspectBlind != "" {
			q.WhereOr("i.prospect_blind = ?", row.ProspectBlind)
		}
		if domain != "" {
			q.WhereOr("lower(i.email) LIKE ? ESCAPE '\\'", "%@"+escapeLike(domain))
		}
		return q
	})
	if err := q.OrderExpr("i.created_at DESC, i.id DESC").Limit(20).Scan(ctx); err != nil {
		return nil, fmt.Errorf("introductions related to %s: %w", row.ID, db.Classify(err))
	}
	return rows, nil
}

// Note is a row of table introduction_note.
type Note struct {
	bun.BaseModel `bun:"table:introduction_note,alias:n"`

	ID             string `bun:"id,pk"`
	IntroductionID string `bun:"introduction_id"`
	StaffID        string `bun:"staff_id"`
	// Told notes may be read by the introducer; the others are private to staff.
	Told      bool      `bun:"told"`
	Text      string    `bun:"text"`
	CreatedAt time.Time `bun:"created_at"`
}

func insertNote(ctx context.Context, tx db.Tx, n *Note) error {
	if _, err := tx.NewInsert().Model(n).Exec(ctx); err != nil {
		return fmt.Errorf("insert note: %w", err)
	}
	return nil
}

func notesOf(ctx context.Context, idb bun.IDB, introductionID string, toldOnly bool) ([]Note, error) {
	var rows []Note
	q := idb.NewSelect().Model(&rows).Where("n.introduction_id = ?", introductionID).OrderExpr("n.created_at, n.id")
	if toldOnly {
		q.Where("n.told = ?", true)
	}
	if err := q.Scan(ctx); err != nil {
		return nil, fmt.Errorf("notes of introduction %s: %w", introductionID, db.Classify(err))
	}
	return rows, nil
}

// matching returns introductions by one column, for recognising whose payment it is.
func matching(ctx context.Context, idb bun.IDB, column, value string) ([]Introduction, error) {
	var rows []Introduction
	err := idb.NewSelect().Model(&rows).Where("i.? = ?", bun.Ident(column), value).Where("i.state <> ?", Draft).
		OrderExpr("i.created_at, i.id").Limit(200).Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("recognise by %s: %w", column, db.Classify(err))
	}
	return rows, nil
}

// handOver moves what is still open from one rep to another.
func handOver(ctx context.Context, tx db.Tx, from, to string) error {
	open := []State{Draft, Submitted, Ready, Invited, Undeliverable, Accepted, InPipeline, Won, Unwound, Lost}
	_, err := tx.NewUpdate().Model((*Introduction)(nil)).Set("owner_id = ?", to).Set("version = version + 1").
		Where("owner_id = ?", from).Where("state IN (?)", bun.List(open)).Exec(ctx)
	if err != nil {
		return fmt.Errorf("hand over introductions of %s: %w", from, err)
	}
	return nil
}

func idsOfCustomer(ctx context.Context, tx db.Tx, customerID string) ([]string, error) {
	var ids []string
	err := tx.NewSelect().Model((*Introduction)(nil)).Column("i.id").Where("i.introducer_id = ?", customerID).OrderExpr("i.id").Scan(ctx, &ids)
	if err != nil {
		return nil, fmt.Errorf("introductions of customer %s: %w", customerID, err)
	}
	return ids, nil
}
