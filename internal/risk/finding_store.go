package risk

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"time"

	"github.com/uptrace/bun"

	"goodword/internal/db"
	"goodword/internal/ident"
)

// The kinds of subjects.
const (
	onIntroduction = "introduction"
	onReward       = "reward"
)

// The states of a finding.
const (
	Open      = "open"      // nobody has decided
	Cleared   = "cleared"   // a person has looked and found nothing wrong
	Confirmed = "confirmed" // a person has taken the reward back
	Gone      = "gone"      // it is no longer so
)

// Finding is a row of table risk_finding: the last word of one check about one introduction or reward.
type Finding struct {
	bun.BaseModel `bun:"table:risk_finding,alias:rf"`

	ID          string     `bun:"id,pk"`
	SubjectKind string     `bun:"subject_kind"`
	SubjectID   string     `bun:"subject_id"`
	Name        Name       `bun:"name"`
	Strong      bool       `bun:"strong"`
	Mode        string     `bun:"mode"`
	Evidence    []Evidence `bun:"evidence,type:jsonb"`
	State       string     `bun:"state"`
	DecidedBy   string     `bun:"decided_by"`
	FoundAt     time.Time  `bun:"found_at"`
	SeenAt      time.Time  `bun:"seen_at"`
	DecidedAt   time.Time  `bun:"decided_at,nullzero"`
}

type subject struct{ kind, id string }

func findingsOf(ctx context.Context, idb bun.IDB, subjects ...subject) ([]Finding, error) {
	var rows []Finding
	q := idb.NewSelect().Model(&rows).OrderExpr("rf.found_at, rf.id")
	q.WhereGroup(" AND ", func(q *bun.SelectQuery) *bun.SelectQuery {
		for _, s := range subjects {
			q.WhereOr("rf.subject_kind = ? AND rf.subject_id = ?", s.kind, s.id)
		}
		return q
	})
	if err := q.Scan(ctx); err != nil {
		return nil, fmt.Errorf("findings: %w", db.Classify(err))
	}
	return rows, nil
}

// keep writes what was found now, and ends what was found before and is no more.
func keep(ctx context.Context, tx db.Tx, s subject, all []found, now time.Time) error {
	rest, err := add(ctx, tx, s, all, now)
	if err != nil {
		return err
	}
	for name, row := range rest {
		if row.State != Open {
			continue
		}
		if _, err := tx.NewUpdate().Model((*Finding)(nil)).Set("state = ?", Gone).Set("seen_at = ?", now).Where("id = ?", row.ID).Exec(ctx); err != nil {
			return fmt.Errorf("end finding %s: %w", name, err)
		}
	}
	return nil
}

// add writes what was found and returns what else is known of the subject. What a person has decided stays decided as long as
// it is the same.
func add(ctx context.Context, tx db.Tx, s subject, all []found, now time.Time) (map[Name]Finding, error) {
	have, err := findingsOf(ctx, tx, s)
	if err != nil {
		return nil, err
	}
	byName := map[Name]Finding{}
	for _, f := range have {
		byName[f.Name] = f
	}
	for _, f := range all {
		row, known := byName[f.Check]
		delete(byName, f.Check)
		same := known && sameEvidence(row.Evidence, f.Evidence)
		if !known {
			row = Finding{ID: ident.New(), SubjectKind: s.kind, SubjectID: s.id, Name: f.Check, FoundAt: now}
		}
		if !same || row.State != Cleared && row.State != Confirmed {
			row.State, row.DecidedBy, row.DecidedAt = Open, "", time.Time{}
		}
		row.Strong, row.Mode, row.Evidence, row.SeenAt = f.Strong, f.mode, f.Evidence, now
		_, err := tx.NewInsert().Model(&row).On("CONFLICT (subject_kind, subject_id, name) DO UPDATE").Set("strong = EXCLUDED.strong").
			Set("mode = EXCLUDED.mode").Set("evidence = EXCLUDED.evidence").Set("state = EXCLUDED.state").Set("decided_by = EXCLUDED.decided_by").
			Set("decided_at = EXCLUDED.decided_at").Set("seen_at = EXCLUDED.seen_at").Exec(ctx)
		if err != nil {
			return nil, fmt.Errorf("keep finding %s: %w", f.Check, err)
		}
	}
	return byName, nil
}

// sameEvidence compares what JSON makes of both, since one has been through the database.
func sameEvidence(a, b []Evidence) bool {
	x, errA := json.Marshal(a)
	y, errB := json.Marshal(b)
	return errA == nil && errB == nil && reflect.DeepEqual(x, y)
}

// decideAll ends the open findings of a subject by a person's word.
func decideAll(ctx context.Context, tx db.Tx, s subject, state, by string, now time.Time) error {
	_, err := tx.NewUpdate().Model((*Finding)(nil)).Set("state = ?", state).Set("decided_by = ?", by).Set("decided_at = ?", now).
		Where("subject_kind = ?", s.kind).Where("subject_id = ?", s.id).Where("state = ?", Open).Exec(ctx)
	if err != nil {
		return fmt.Errorf("decide findings of %s %s: %w", s.kind, s.id, err)
	}
	return nil
}

func forget(ctx context.Context, tx db.Tx, customerID string) error {
	// What was counted by this person's key goes with them; the counts of others stay.
	for _, layer := range []string{"introducer", "payee"} {
		for _, table := range []string{"risk_count", "risk_limit"} {
			if _, err := tx.NewDelete().TableExpr(table).Where("layer = ?", layer).Where("key = ?", customerID).Exec(ctx); err != nil {
				return fmt.Errorf("forget counts of customer %s: %w", customerID, err)
			}
		}
	}
	own := tx.NewSelect().TableExpr("introduction AS i").ColumnExpr("i.id").Where("i.introducer_id = ?", customerID)
	_, err := tx.NewDelete().Model((*origin)(nil)).Where("introduction_id IN (?)", own).Where("side = ?", sideIntroducer).Exec(ctx)
	if err != nil {
		return fmt.Errorf("forget origins of customer %s: %w", customerID, err)
	}
	return nil
}

// stale deletes origins and counts that no cap looks at any more.
func stale(ctx context.Context, idb bun.IDB, before time.Time) (int64, error) {
	n, err := db.Affected(idb.NewDelete().Model((*origin)(nil)).Where("at < ?", before).Exec(ctx))
	if err != nil {
		return 0, fmt.Errorf("forget old origins: %w", err)
	}
	m, err := db.Affected(idb.NewDelete().TableExpr("risk_count").Where("at < ?", before).Exec(ctx))
	if err != nil {
		return n, fmt.Errorf("forget old counts: %w", err)
	}
	return n + m, nil
}
