package reward

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"goodword/internal/db"
)

// The states of an appeal.
const (
	AppealOpen    = "open"
	AppealGranted = "granted"
	AppealRefused = "refused"
)

// Appeal is a row of table reward_appeal: what the owner of a rejected reward says against it, and what a person answered.
type Appeal struct {
	bun.BaseModel `bun:"table:reward_appeal,alias:ap"`

	ID         string `bun:"id,pk"`
	RewardID   string `bun:"reward_id"`
	CustomerID string `bun:"customer_id"`
	// Text is the owner's own words; Answer is a colleague's, for the owner to read.
	Text      string    `bun:"text"`
	State     string    `bun:"state"`
	Answer    string    `bun:"answer"`
	DecidedBy string    `bun:"decided_by"`
	CreatedAt time.Time `bun:"created_at"`
	DecidedAt time.Time `bun:"decided_at,nullzero"`
}

// insertAppeal reports false when there is one for the reward.
func insertAppeal(ctx context.Context, tx db.Tx, a *Appeal) (bool, error) {
	n, err := db.Affected(tx.NewInsert().Model(a).On("CONFLICT (reward_id) DO NOTHING").Exec(ctx))
	if err != nil {
		return false, fmt.Errorf("insert appeal: %w", err)
	}
	return n == 1, nil
}

func saveAppeal(ctx context.Context, tx db.Tx, a *Appeal) error {
	if _, err := tx.NewUpdate().Model(a).WherePK().Exec(ctx); err != nil {
		return fmt.Errorf("save appeal %s: %w", a.ID, err)
	}
	return nil
}

// appealOf reports false when nothing was said against the rejection.
func appealOf(ctx context.Context, idb bun.IDB, rewardID string) (Appeal, bool, error) {
	var a Appeal
	err := idb.NewSelect().Model(&a).Where("ap.reward_id = ?", rewardID).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return Appeal{}, false, nil
	}
	if err != nil {
		return Appeal{}, false, fmt.Errorf("read appeal of reward %s: %w", rewardID, db.Classify(err))
	}
	return a, true, nil
}

// appealsOf returns what was said against the rejection of some rewards, by the reward's id.
func appealsOf(ctx context.Context, idb bun.IDB, rewardIDs []string) (map[string]Appeal, error) {
	var rows []Appeal
	if len(rewardIDs) > 0 {
		if err := idb.NewSelect().Model(&rows).Where("ap.reward_id IN (?)", bun.List(rewardIDs)).OrderExpr("ap.id").Scan(ctx); err != nil {
			return nil, fmt.Errorf("read appeals: %w", db.Classify(err))
		}
	}
	out := make(map[string]Appeal, len(rows))
	for _, a := range rows {
		out[a.RewardID] = a
	}
	return out, nil
}

// forgetAppeals empties what an erased customer has written.
func forgetAppeals(ctx context.Context, tx db.Tx, customerID string) error {
	_, err := tx.NewUpdate().Model((*Appeal)(nil)).Set("text = ?", "").Set("answer = ?", "").Where("customer_id = ?", customerID).Exec(ctx)
	if err != nil {
		return fmt.Errorf("forget appeals of customer %s: %w", customerID, err)
	}
	return nil
}
