package app

import (
	"context"
	"errors"
	"fmt"

	"goodword/internal/campaign"
	"goodword/internal/reward"
)

// headsFile is where signed heads are kept in the data folder.
const headsFile = "heads.jsonl"

// Verified is what Verify found.
type Verified struct {
	Findings []string `json:"findings"`
	Summary  string   `json:"summary"`
	// Head is the signed end of both chains, to be kept elsewhere; nothing where something was found.
	Head *reward.SignedHead `json:"head,omitempty"`
}

// Verify proves the books, their agreement with every reward, and the audit chain, against every head kept here and those
// given. Where they do not hold, payouts are paused. The error is for a database or a file that cannot be read.
func (a *App) Verify(ctx context.Context, heads ...reward.SignedHead) (Verified, error) {
	var v Verified
	p, err := a.Rewards.ProveNow(ctx, heads, func(f reward.Finding) { v.Findings = append(v.Findings, f.String()) })
	if err != nil {
		return Verified{}, err
	}
	v.Summary = fmt.Sprintf("Looked at %d rewards, %d payouts, %d journals with %d legs and %d audit entries: %d findings.",
		p.Proof.Rewards, p.Proof.Payouts, p.Journals, p.Legs, p.Entries, p.Proof.Findings)
	if p.Foreign > 0 {
		v.Summary += fmt.Sprintf(" %d kept heads were signed by a key that is no longer in GOODWORD_SECRET_KEY.", p.Foreign)
	}
	if p.Signature != "" {
		h := p.SignedHead()
		v.Head = &h
	}
	return v, nil
}

// Compared is what Reconcile found at one rail.
type Compared struct {
	Rail          string `json:"rail"`
	Account       string `json:"account"`
	Payouts       int64  `json:"payouts"`
	Effects       int64  `json:"effects"`
	Discrepancies int64  `json:"discrepancies"`
	Opened        int64  `json:"opened"`
}

// Reconcile fetches what Stripe has told while nobody listened, compares the books with every rail that can be asked, and opens
// cases. With the name of a rail it only compares that one. It moves no money.
func (a *App) Reconcile(ctx context.Context, rail string) ([]Compared, error) {
	var unheard error
	if rail == "" && a.Billing.Client.On() {
		_, unheard = a.Billing.BackfillNow(ctx)
	}
	rows, err := a.Rewards.ReconcileNow(ctx, campaign.Rail(rail))
	err = errors.Join(unheard, err)
	out := make([]Compared, len(rows))
	for i, r := range rows {
		out[i] = Compared{Rail: string(r.Rail), Account: r.Account, Payouts: r.Payouts, Effects: r.Effects, Discrepancies: r.Discrepancies, Opened: r.Opened}
	}
	return out, err
}
