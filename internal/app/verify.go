package app

import (
	"context"
	"fmt"

	"goodword/internal/reward"
)

// Verified is what Verify found.
type Verified struct {
	Findings []string `json:"findings"`
	Summary  string   `json:"summary"`
}

// Verify proves the books, their agreement with every reward, and the audit chain. Where they do not hold, payouts are
// paused. The error is for a database that cannot be read.
func (a *App) Verify(ctx context.Context) (Verified, error) {
	var v Verified
	sum, err := a.Rewards.Verify(ctx, reward.Heads{}, func(f reward.Finding) { v.Findings = append(v.Findings, f.String()) })
	if err != nil {
		return Verified{}, err
	}
	v.Summary = fmt.Sprintf("Looked at %d rewards, %d payouts, %d journals with %d legs and %d audit entries: %d findings.",
		sum.Rewards, sum.Payouts, sum.Ledger.Journals, sum.Ledger.Legs, sum.Audit.Entries, sum.Findings)
	return v, nil
}
