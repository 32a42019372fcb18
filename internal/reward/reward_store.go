package reward

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"goodword/internal/campaign"
	"goodword/internal/db"
	"goodword/internal/fault"
	"goodword/internal/introduction"
	"goodword/internal/testimonial"
)

func unknown() error {
	return &fault.Error{Code: fault.NotFound, Key: "error.not_found", Message: "There is no such reward."}
}

func byID(ctx context.Context, idb bun.IDB, id string) (Reward, error) {
	var r Reward
	err := idb.NewSelect().Model(&r).Where("rw.id = ?", id).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return Reward{}, unknown()
	}
	if err != nil {
		return Reward{}, fmt.Errorf("read reward %s: %w", id, db.Classify(err))
	}
	return r, nil
}

// lock is the one lock: it holds the row on PostgreSQL and returns the fresh row on both engines. It writes, so it is not
// for looking.
func lock(ctx context.Context, tx db.Tx, id string) (Reward, error) {
	var r Reward
	err := tx.NewUpdate().Model(&r).Set("version = version + 1").Where("id = ?", id).Returning("*").Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return Reward{}, unknown()
	}
	if err != nil {
		return Reward{}, fmt.Errorf("lock reward %s: %w", id, err)
	}
	return r, nil
}

// lockAll locks several rewards in the order of their ids, each once.
func lockAll(ctx context.Context, tx db.Tx, ids ...string) ([]*Reward, error) {
	ids = slices.Clone(ids)
	slices.Sort(ids)
	var rows []*Reward
	for _, id := range slices.Compact(ids) {
		r, err := lock(ctx, tx, id)
		if err != nil {
			return nil, err
		}
		rows = append(rows, &r)
	}
	return rows, nil
}

func save(ctx context.Context, tx db.Tx, r *Reward, now time.Time) error {
	r.UpdatedAt = now
	if _, err := tx.NewUpdate().Model(r).WherePK().Exec(ctx); err != nil {
		return fmt.Errorf("save reward %s: %w", r.ID, err)
	}
	return nil
}

// insert reports false when something was earned for this cause before.
func insert(ctx context.Context, tx db.Tx, r *Reward) (bool, error) {
	n, err := db.Affected(tx.NewInsert().Model(r).On("CONFLICT (cause) DO NOTHING").Exec(ctx))
	if err != nil {
		return false, fmt.Errorf("insert reward: %w", err)
	}
	return n == 1, nil
}

// group names the rewards that one rule has earned on one introduction.
type group struct {
	introductionID string
	rule           int
	beneficiary    campaign.Party
}

func (r Reward) group() group { return group{r.IntroductionID, r.Rule, r.Beneficiary} }

func (g group) ids(ctx context.Context, tx db.Tx) ([]string, error) {
	var ids []string
	err := tx.NewSelect().Model((*Reward)(nil)).Column("rw.id").Where("rw.introduction_id = ?", g.introductionID).
		Where("rw.rule = ?", g.rule).Where("rw.beneficiary = ?", g.beneficiary).OrderExpr("rw.id").Scan(ctx, &ids)
	if err != nil {
		return nil, fmt.Errorf("rewards of introduction %s: %w", g.introductionID, err)
	}
	return ids, nil
}

// lockGroup locks the group in the order of ids. Whoever adds to a group holds all of it, so nothing is added unseen:
// what came while the lock was waited for is found by looking again.
func lockGroup(ctx context.Context, tx db.Tx, g group) ([]*Reward, error) {
	var rows []*Reward
	for {
		ids, err := g.ids(ctx, tx)
		if err != nil {
			return nil, err
		}
		if len(ids) == len(rows) {
			return rows, nil
		}
		for _, id := range ids {
			if slices.ContainsFunc(rows, func(r *Reward) bool { return r.ID == id }) {
				continue
			}
			r, err := lock(ctx, tx, id)
			if err != nil {
				return nil, err
			}
			rows = append(rows, &r)
		}
	}
}

// ofIntroduction returns the ids of an introduction's rewards that were earned at the stages, in the order of locking.
func ofIntroduction(ctx context.Context, tx db.Tx, introductionID string, on []campaign.Stage) ([]string, error) {
	var ids []string
	err := tx.NewSelect().Model((*Reward)(nil)).Column("rw.id").Where("rw.introduction_id = ?", introductionID).
		Where("rw.earned_on IN (?)", bun.List(on)).OrderExpr("rw.id").Scan(ctx, &ids)
	if err != nil {
		return nil, fmt.Errorf("rewards of introduction %s: %w", introductionID, err)
	}
	return ids, nil
}

// earnedBy returns the rewards of one deal, by id.
func earnedBy(ctx context.Context, tx db.Tx, dealID string) ([]string, error) {
	var ids []string
	err := tx.NewSelect().Model((*Reward)(nil)).Column("rw.id").Where("rw.deal_id = ?", dealID).OrderExpr("rw.id").Scan(ctx, &ids)
	if err != nil {
		return nil, fmt.Errorf("rewards of deal %s: %w", dealID, err)
	}
	return ids, nil
}

// owing returns the ids of the rewards for which a customer owes something, oldest first.
func owing(ctx context.Context, idb bun.IDB, customerID, currency string) ([]string, error) {
	var ids []string
	err := idb.NewSelect().Model((*Reward)(nil)).Column("rw.id").Where("rw.customer_id = ?", customerID).
		Where("rw.currency = ?", currency).Where("rw.owed_minor > 0").OrderExpr("rw.id").Scan(ctx, &ids)
	if err != nil {
		return nil, fmt.Errorf("what customer %s owes: %w", customerID, err)
	}
	return ids, nil
}

// counted says how many rewards a cap has to look at.
type counted struct {
	reward Reward
	// CompanyID counts everybody of a company instead of the customer.
	companyID string
	since     time.Time
}

// countSources counts the introductions or testimonials, other than the reward's own, that have earned the same kind of
// reward of the campaign. The campaign's budget must be locked.
func countSources(ctx context.Context, tx db.Tx, c counted) (int, error) {
	r := c.reward
	q := tx.NewSelect().Model((*Reward)(nil)).ColumnExpr("count(DISTINCT coalesce(rw.introduction_id, rw.testimonial_id))").
		Where("rw.campaign_id = ?", r.CampaignID).Where("rw.earned_on = ?", r.EarnedOn).Where("rw.beneficiary = ?", r.Beneficiary).
		Where("rw.rule = ?", r.Rule).Where("rw.state <> ?", Reversed).
		Where("coalesce(rw.introduction_id, rw.testimonial_id) <> ?", r.source())
	if c.companyID != "" {
		q = q.Where("rw.customer_id IN (SELECT id FROM customer WHERE company_id = ?)", c.companyID)
	} else {
		q = q.Where("rw.customer_id = ?", r.CustomerID)
	}
	if !c.since.IsZero() {
		q = q.Where("rw.created_at > ?", c.since)
	}
	var n int
	if err := q.Scan(ctx, &n); err != nil {
		return 0, fmt.Errorf("count rewards of campaign %s: %w", r.CampaignID, err)
	}
	return n, nil
}

// source is the introduction or testimonial that earned it.
func (r Reward) source() string {
	if r.IntroductionID != "" {
		return r.IntroductionID
	}
	return r.TestimonialID
}

// introductionOf and dealsOf read the rows of the package below as they are in this transaction.
func introductionOf(ctx context.Context, idb bun.IDB, id string) (introduction.Introduction, error) {
	var i introduction.Introduction
	if err := idb.NewSelect().Model(&i).Where("i.id = ?", id).Scan(ctx); err != nil {
		return i, fmt.Errorf("read introduction %s: %w", id, db.Classify(err))
	}
	return i, nil
}

func dealsOf(ctx context.Context, idb bun.IDB, introductionID string) ([]introduction.Deal, error) {
	var ds []introduction.Deal
	err := idb.NewSelect().Model(&ds).Where("d.introduction_id = ?", introductionID).Where("d.counted = ?", true).
		OrderExpr("d.at, d.id").Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("deals of introduction %s: %w", introductionID, db.Classify(err))
	}
	return ds, nil
}

// allDealsOf are dealsOf and those that were only written down.
func allDealsOf(ctx context.Context, idb bun.IDB, introductionID string) ([]introduction.Deal, error) {
	var ds []introduction.Deal
	if err := idb.NewSelect().Model(&ds).Where("d.introduction_id = ?", introductionID).OrderExpr("d.at, d.id").Scan(ctx); err != nil {
		return nil, fmt.Errorf("deals of introduction %s: %w", introductionID, db.Classify(err))
	}
	return ds, nil
}

func testimonialOf(ctx context.Context, idb bun.IDB, id string) (testimonial.Testimonial, error) {
	var t testimonial.Testimonial
	if err := idb.NewSelect().Model(&t).Where("id = ?", id).Scan(ctx); err != nil {
		return t, fmt.Errorf("read testimonial %s: %w", id, db.Classify(err))
	}
	return t, nil
}

func hasCause(ctx context.Context, tx db.Tx, cause string) (bool, error) {
	ok, err := tx.NewSelect().Model((*Reward)(nil)).Where("rw.cause = ?", cause).Exists(ctx)
	if err != nil {
		return false, fmt.Errorf("look for %s: %w", cause, err)
	}
	return ok, nil
}

// disputed reports whether a deal behind the reward is disputed now.
func disputed(ctx context.Context, idb bun.IDB, r Reward) (bool, error) {
	if r.DealID == "" {
		return false, nil
	}
	found, err := idb.NewSelect().Model((*introduction.Deal)(nil)).Where("d.id = ?", r.DealID).
		Where("d.dispute = ?", introduction.DisputeOpen).Exists(ctx)
	if err != nil {
		return false, fmt.Errorf("dispute of reward %s: %w", r.ID, db.Classify(err))
	}
	return found, nil
}

// sweepSize is how many rows a sweep takes at once; it is called again soon.
const sweepSize = 200

func dueIDs(ctx context.Context, idb bun.IDB, where func(*bun.SelectQuery) *bun.SelectQuery) ([]string, error) {
	var ids []string
	q := idb.NewSelect().Model((*Reward)(nil)).Column("rw.id").OrderExpr("rw.id").Limit(sweepSize)
	if err := where(q).Scan(ctx, &ids); err != nil {
		return nil, fmt.Errorf("find due rewards: %w", db.Classify(err))
	}
	return ids, nil
}

// Filter narrows List; every field that is set must match.
type Filter struct {
	States         []State
	CustomerID     string
	CampaignID     string
	IntroductionID string
	Rail           campaign.Rail
	Beneficiary    campaign.Party
	HeldReason     string
}

func (f Filter) where(q *bun.SelectQuery) *bun.SelectQuery {
	if len(f.States) > 0 {
		q = q.Where("rw.state IN (?)", bun.List(f.States))
	}
	for _, c := range []struct{ column, value string }{
		{"customer_id", f.CustomerID}, {"campaign_id", f.CampaignID}, {"introduction_id", f.IntroductionID}, {"rail", string(f.Rail)},
		{"beneficiary", string(f.Beneficiary)}, {"held_reason", f.HeldReason},
	} {
		if c.value != "" {
			q = q.Where("rw.? = ?", bun.Ident(c.column), c.value)
		}
	}
	return q
}

func list(ctx context.Context, idb bun.IDB, f Filter, p db.Page) (db.List[Reward], error) {
	at, id, err := after(p)
	if err != nil {
		return db.List[Reward]{}, err
	}
	var rows []Reward
	q := f.where(idb.NewSelect().Model(&rows)).OrderExpr("rw.created_at DESC, rw.id DESC").Limit(int64(p.Size() + 1))
	if id != "" {
		q = q.Where("(rw.created_at, rw.id) < (?, ?)", at, id)
	}
	if err := q.Scan(ctx); err != nil {
		return db.List[Reward]{}, fmt.Errorf("list rewards: %w", db.Classify(err))
	}
	return db.Cut(rows, p, func(r Reward) []string { return cursor(r.CreatedAt, r.ID) }), nil
}

func cursor(at time.Time, id string) []string { return []string{at.UTC().Format(time.RFC3339Nano), id} }

// after decodes a cursor made by cursor; the id is empty for the first page.
func after(p db.Page) (time.Time, string, error) {
	keys, err := p.Keys(2)
	if err != nil || keys == nil {
		return time.Time{}, "", err
	}
	at, err := time.Parse(time.RFC3339Nano, keys[0])
	if err != nil {
		return time.Time{}, "", fault.Wrap(fault.Malformed, "This cursor is not one of ours.", err)
	}
	return at.UTC(), keys[1], nil
}

// listLimit bounds the lists of one person or one introduction, which are shown whole.
const listLimit = 500

func ofColumn(ctx context.Context, idb bun.IDB, column, value string) ([]Reward, error) {
	var rows []Reward
	err := idb.NewSelect().Model(&rows).Where("rw.? = ?", bun.Ident(column), value).OrderExpr("rw.created_at DESC, rw.id DESC").
		Limit(listLimit).Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("rewards by %s: %w", column, db.Classify(err))
	}
	return rows, nil
}

func byCode(ctx context.Context, idb bun.IDB, code string) ([]Reward, error) {
	return ofColumn(ctx, idb, "code", code)
}

// Total is what the rewards in one state and currency add up to.
type Total struct {
	State    State  `bun:"state"`
	Currency string `bun:"currency"`
	Count    int    `bun:"n"`
	// AmountMinor is what is left of them.
	AmountMinor int64 `bun:"minor"`
}

func totals(ctx context.Context, idb bun.IDB, f Filter) ([]Total, error) {
	var out []Total
	err := f.where(idb.NewSelect().Model((*Reward)(nil))).ColumnExpr("rw.state AS state, rw.currency AS currency, count(*) AS n").
		ColumnExpr("CAST(sum(rw.amount_minor) AS BIGINT) AS minor").GroupExpr("rw.state, rw.currency").OrderExpr("rw.state, rw.currency").Scan(ctx, &out)
	if err != nil {
		return nil, fmt.Errorf("sum up rewards: %w", db.Classify(err))
	}
	return out, nil
}
