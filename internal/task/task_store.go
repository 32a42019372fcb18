package task

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

func insert(ctx context.Context, tx db.Tx, t Task) error {
	if _, err := tx.NewInsert().Model(&t).On("CONFLICT (cause) DO NOTHING").Exec(ctx); err != nil {
		return fmt.Errorf("add task %s: %w", t.Cause, db.Classify(err))
	}
	return nil
}

func drop(ctx context.Context, tx db.Tx, cause string, now time.Time) error {
	_, err := tx.NewUpdate().Model((*Task)(nil)).Set("state = ?", Dropped).Set("closed_at = ?", now).Set("version = version + 1").
		Where("cause = ?", cause).Where("state = ?", Open).Exec(ctx)
	if err != nil {
		return fmt.Errorf("close task %s: %w", cause, db.Classify(err))
	}
	return nil
}

func lock(ctx context.Context, tx db.Tx, id string) (Task, error) {
	var t Task
	err := tx.NewUpdate().Model(&t).Set("version = version + 1").Where("id = ?", id).Returning("*").Scan(ctx)
	return t, classify(err)
}

func byID(ctx context.Context, idb bun.IDB, id string) (Task, error) {
	var t Task
	err := idb.NewSelect().Model(&t).Where("id = ?", id).Scan(ctx)
	return t, classify(err)
}

func classify(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return fault.New(fault.NotFound, "There is no such task.")
	}
	return db.Classify(err)
}

func save(ctx context.Context, tx db.Tx, t Task) error {
	_, err := tx.NewUpdate().Model(&t).WherePK().Exec(ctx)
	return db.Classify(err)
}

func (f Filter) where(q *bun.SelectQuery, now time.Time) *bun.SelectQuery {
	if f.State == "" {
		f.State = Open
	}
	q = q.Where("state = ?", f.State)
	if f.Kind != "" {
		q = q.Where("kind = ?", f.Kind)
	}
	if f.OwnerID != "" {
		q = q.Where("owner_id = ?", f.OwnerID)
	}
	if f.CustomerID != "" {
		q = q.Where("customer_id = ?", f.CustomerID)
	}
	if f.IntroductionID != "" {
		q = q.Where("introduction_id = ?", f.IntroductionID)
	}
	if f.Awake {
		q = q.Where("snoozed_until IS NULL OR snoozed_until <= ?", now)
	}
	return q
}

func list(ctx context.Context, idb bun.IDB, f Filter, p db.Page, now time.Time) (db.List[Task], error) {
	keys, err := p.Keys(2)
	if err != nil {
		return db.List[Task]{}, err
	}
	var rows []Task
	q := f.where(idb.NewSelect().Model(&rows), now).Order("due_at", "id").Limit(int64(p.Size()) + 1)
	if keys != nil {
		due, err := time.Parse(time.RFC3339Nano, keys[0])
		if err != nil {
			return db.List[Task]{}, fault.Wrap(fault.Malformed, "This cursor is not one of ours.", err)
		}
		q = q.Where("(due_at, id) > (?, ?)", due, keys[1])
	}
	if err := q.Scan(ctx); err != nil {
		return db.List[Task]{}, fmt.Errorf("list tasks: %w", db.Classify(err))
	}
	return db.Cut(rows, p, func(t Task) []string { return []string{t.DueAt.UTC().Format(time.RFC3339Nano), t.ID} }), nil
}

func count(ctx context.Context, idb bun.IDB, f Filter, now time.Time) (int64, error) {
	n, err := f.where(idb.NewSelect().Model((*Task)(nil)), now).Count(ctx)
	if err != nil {
		return 0, fmt.Errorf("count tasks: %w", db.Classify(err))
	}
	return n, nil
}

func checkOwner(ctx context.Context, tx db.Tx, ownerID string) error {
	n, err := tx.NewSelect().TableExpr("staff").Where("id = ?", ownerID).Where("state <> 'disabled'").Count(ctx)
	if err != nil {
		return fmt.Errorf("look up owner %s: %w", ownerID, db.Classify(err))
	}
	if n == 0 {
		var c fault.Check
		c.Add("owner_id", "This colleague does not exist or is no longer here.")
		return c.Err()
	}
	return nil
}

func handOver(ctx context.Context, tx db.Tx, from, to string) error {
	_, err := tx.NewUpdate().Model((*Task)(nil)).Set("owner_id = ?", to).Set("version = version + 1").
		Where("owner_id = ?", from).Where("state = ?", Open).Exec(ctx)
	if err != nil {
		return fmt.Errorf("hand tasks over from %s: %w", from, db.Classify(err))
	}
	return nil
}
