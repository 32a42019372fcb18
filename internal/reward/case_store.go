package reward

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

func unknownCase() error {
	return &fault.Error{Code: fault.NotFound, Key: "error.not_found", Message: "There is no such case."}
}

func caseByID(ctx context.Context, idb bun.IDB, id string) (Case, error) {
	var c Case
	err := idb.NewSelect().Model(&c).Where("mc.id = ?", id).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return Case{}, unknownCase()
	}
	if err != nil {
		return Case{}, fmt.Errorf("read case %s: %w", id, db.Classify(err))
	}
	return c, nil
}

func lockCase(ctx context.Context, tx db.Tx, id string) (Case, error) {
	var c Case
	err := tx.NewUpdate().Model(&c).Set("version = version + 1").Where("id = ?", id).Returning("*").Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return Case{}, unknownCase()
	}
	if err != nil {
		return Case{}, fmt.Errorf("lock case %s: %w", id, err)
	}
	return c, nil
}

// insertCase reports false when one of the kind is open for the subject.
func insertCase(ctx context.Context, tx db.Tx, c *Case) (bool, error) {
	n, err := db.Affected(tx.NewInsert().Model(c).On("CONFLICT (kind, subject) WHERE state = 'open' DO NOTHING").Exec(ctx))
	if err != nil {
		return false, fmt.Errorf("open case %s: %w", c.Kind, err)
	}
	return n == 1, nil
}

func saveCase(ctx context.Context, tx db.Tx, c *Case) error {
	if _, err := tx.NewUpdate().Model(c).WherePK().Exec(ctx); err != nil {
		return fmt.Errorf("save case %s: %w", c.ID, err)
	}
	return nil
}

// closeCases ends the open cases of a payout, because its outcome is known.
func closeCases(ctx context.Context, tx db.Tx, payoutID, why string, now time.Time) error {
	_, err := tx.NewUpdate().Model((*Case)(nil)).Set("state = ?", CaseResolved).Set("resolution = ?", why).
		Set("resolved_by = ?", "system").Set("resolved_at = ?", now).Set("version = version + 1").
		Where("payout_id = ?", payoutID).Where("state = ?", CaseOpen).
		Where("kind IN (?)", bun.List([]string{CaseByHand, CaseRefused, CaseStuck, CaseAbsent, CaseVoidUnclear})).Exec(ctx)
	if err != nil {
		return fmt.Errorf("close cases of payout %s: %w", payoutID, err)
	}
	return nil
}

// closeCasesAbout ends the open case of one kind about a subject.
func closeCasesAbout(ctx context.Context, tx db.Tx, kind, subject, why string, now time.Time) error {
	_, err := tx.NewUpdate().Model((*Case)(nil)).Set("state = ?", CaseResolved).Set("resolution = ?", why).
		Set("resolved_by = ?", "system").Set("resolved_at = ?", now).Set("version = version + 1").
		Where("subject = ?", subject).Where("state = ?", CaseOpen).Where("kind = ?", kind).Exec(ctx)
	if err != nil {
		return fmt.Errorf("close cases about %s: %w", subject, err)
	}
	return nil
}

// closeCasesOf ends the open cases of one kind about a reward.
func closeCasesOf(ctx context.Context, tx db.Tx, rewardID, kind, why string, now time.Time) error {
	_, err := tx.NewUpdate().Model((*Case)(nil)).Set("state = ?", CaseResolved).Set("resolution = ?", why).
		Set("resolved_by = ?", "system").Set("resolved_at = ?", now).Set("version = version + 1").
		Where("reward_id = ?", rewardID).Where("state = ?", CaseOpen).Where("kind = ?", kind).Exec(ctx)
	if err != nil {
		return fmt.Errorf("close cases of reward %s: %w", rewardID, err)
	}
	return nil
}

// endReviews ends the open review of a reward by what was decided, and by whom.
func endReviews(ctx context.Context, tx db.Tx, rewardID string, c Case) error {
	_, err := tx.NewUpdate().Model((*Case)(nil)).Set("state = ?", CaseResolved).Set("resolution = ?", c.Resolution).
		Set("resolved_by = ?", c.ResolvedBy).Set("resolved_at = ?", c.ResolvedAt).Set("version = version + 1").
		Where("reward_id = ?", rewardID).Where("state = ?", CaseOpen).Where("kind = ?", CaseReview).Exec(ctx)
	if err != nil {
		return fmt.Errorf("end review of reward %s: %w", rewardID, err)
	}
	return nil
}

// openCasesOf returns the open cases of a kind.
func openCasesOf(ctx context.Context, idb bun.IDB, kind string) ([]Case, error) {
	var rows []Case
	if err := idb.NewSelect().Model(&rows).Where("mc.kind = ?", kind).Where("mc.state = 'open'").OrderExpr("mc.id").Scan(ctx); err != nil {
		return nil, fmt.Errorf("list open cases %s: %w", kind, db.Classify(err))
	}
	return rows, nil
}

// hadCase reports whether there was ever a case of a kind about a subject.
func hadCase(ctx context.Context, tx db.Tx, kind, subject string) (bool, error) {
	ok, err := tx.NewSelect().Model((*Case)(nil)).Where("mc.kind = ?", kind).Where("mc.subject = ?", subject).Exists(ctx)
	if err != nil {
		return false, fmt.Errorf("look for cases about %s: %w", subject, err)
	}
	return ok, nil
}

func listCases(ctx context.Context, idb bun.IDB, f CaseFilter, p db.Page) (db.List[Case], error) {
	at, id, err := after(p)
	if err != nil {
		return db.List[Case]{}, err
	}
	var rows []Case
	q := idb.NewSelect().Model(&rows).OrderExpr("mc.opened_at DESC, mc.id DESC").Limit(int64(p.Size() + 1))
	for _, c := range []struct{ column, value string }{
		{"state", f.State}, {"kind", f.Kind}, {"reward_id", f.RewardID}, {"introduction_id", f.IntroductionID},
	} {
		if c.value != "" {
			q = q.Where("mc.? = ?", bun.Ident(c.column), c.value)
		}
	}
	decided := bun.List([]string{CaseReview, CaseAppeal})
	switch f.Queue {
	case QueueReviews:
		q = q.Where("mc.kind IN (?)", decided)
	case QueueMoney:
		q = q.Where("mc.kind NOT IN (?)", decided)
	}
	if id != "" {
		q = q.Where("(mc.opened_at, mc.id) < (?, ?)", at, id)
	}
	if err := q.Scan(ctx); err != nil {
		return db.List[Case]{}, fmt.Errorf("list cases: %w", db.Classify(err))
	}
	return db.Cut(rows, p, func(c Case) []string { return cursor(c.OpenedAt, c.ID) }), nil
}
