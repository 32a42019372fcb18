package reward

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/uptrace/bun"

	"goodword/internal/campaign"
	"goodword/internal/db"
)

func switches(ctx context.Context, idb bun.IDB) ([]Switch, error) {
	all, err := switchOf(ctx, idb, ScopeAll)
	if err != nil {
		return nil, err
	}
	rows := []Switch{all}
	var rest []Switch
	if err := idb.NewSelect().Model(&rest).Where("sw.scope <> ?", ScopeAll).OrderExpr("sw.scope").Scan(ctx); err != nil {
		return nil, fmt.Errorf("read the payout switches: %w", db.Classify(err))
	}
	return append(rows, rest...), nil
}

// switchOf returns a scope that was never switched as running.
func switchOf(ctx context.Context, idb bun.IDB, scope string) (Switch, error) {
	sw := Switch{Scope: scope}
	err := idb.NewSelect().Model(&sw).Where("sw.scope = ?", scope).Scan(ctx)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return Switch{}, fmt.Errorf("read payout switch %s: %w", scope, db.Classify(err))
	}
	return sw, nil
}

// setSwitch reports false when the switch stands so already.
func setSwitch(ctx context.Context, tx db.Tx, sw Switch) (bool, error) {
	n, err := db.Affected(tx.NewInsert().Model(&sw).On("CONFLICT (scope) DO UPDATE").
		Set("paused = EXCLUDED.paused").Set("reason = EXCLUDED.reason").Set("actor_id = EXCLUDED.actor_id").
		Set("changed_at = EXCLUDED.changed_at").Where("sw.paused <> EXCLUDED.paused").Exec(ctx))
	if err != nil {
		return false, fmt.Errorf("set payout switch %s: %w", sw.Scope, err)
	}
	return n == 1, nil
}

// isPaused reports whether a switch is off that holds for the rail or one of the campaigns.
func isPaused(ctx context.Context, idb bun.IDB, rail campaign.Rail, campaigns []string) (bool, error) {
	scopes := []string{ScopeAll, RailScope(rail)}
	for _, id := range campaigns {
		scopes = append(scopes, CampaignScope(id))
	}
	off, err := idb.NewSelect().Model((*Switch)(nil)).Where("sw.scope IN (?)", bun.List(scopes)).Where("sw.paused = ?", true).Exists(ctx)
	if err != nil {
		return false, fmt.Errorf("read the payout switch: %w", db.Classify(err))
	}
	return off, nil
}
