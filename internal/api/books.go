package api

import (
	"context"
	"time"

	"goodword/internal/reward"
)

// proofOut says when the books were last proven and compared with the rails.
type proofOut struct {
	ProvenAt   *time.Time    `json:"proven_at,omitempty" doc:"When they were last proven without a finding; left out if they never were."`
	LookedAt   *time.Time    `json:"looked_at,omitempty" doc:"When they were last looked at."`
	Findings   int64         `json:"findings" doc:"What the last look found wrong."`
	Detail     string        `json:"detail,omitempty" doc:"The first finding."`
	Rewards    int64         `json:"rewards"`
	Payouts    int64         `json:"payouts"`
	Journals   int64         `json:"journals"`
	Legs       int64         `json:"legs"`
	Entries    int64         `json:"entries" doc:"Of the audit."`
	Head       *headOut      `json:"head,omitempty" doc:"The signed ends of both chains; worth keeping elsewhere."`
	Comparison []comparedOut `json:"comparison" doc:"The last comparison with each rail that can list what it holds."`
}

type headOut struct {
	ID         string    `json:"id"`
	At         time.Time `json:"at"`
	LedgerSeq  int64     `json:"ledger_seq"`
	LedgerHash string    `json:"ledger_hash"`
	AuditSeq   int64     `json:"audit_seq"`
	AuditHash  string    `json:"audit_hash"`
	Key        string    `json:"key" doc:"The Ed25519 public key, base64url."`
	Signature  string    `json:"signature"`
}

type comparedOut struct {
	Rail          string    `json:"rail"`
	At            time.Time `json:"at"`
	Account       string    `json:"account,omitempty" doc:"Left out when the rail was off and nothing was compared."`
	Payouts       int64     `json:"payouts" doc:"Of ours that were looked at."`
	Effects       int64     `json:"effects" doc:"At the rail that were looked at."`
	Discrepancies int64     `json:"discrepancies" doc:"What does not fit, with what people have settled already."`
}

func (a *api) getProof(ctx context.Context, _ *nothing) (*body[proofOut], error) {
	g, err := a.Rewards.Guard(ctx)
	if err != nil {
		return nil, err
	}
	last := g.Last
	out := proofOut{ProvenAt: at(g.Held.FinishedAt), LookedAt: at(last.FinishedAt), Findings: last.Findings, Detail: last.Detail, Rewards: last.Rewards,
		Payouts: last.Payouts, Journals: last.Journals, Legs: last.Legs, Entries: last.Entries,
		Comparison: each(g.Compared, func(r reward.Reconciliation) comparedOut {
			return comparedOut{Rail: string(r.Rail), At: r.FinishedAt.UTC(), Account: r.Account, Payouts: r.Payouts, Effects: r.Effects, Discrepancies: r.Discrepancies}
		})}
	if g.Held.Signature != "" {
		h := g.Held.SignedHead()
		out.Head = &headOut{ID: h.ID, At: h.At, LedgerSeq: h.LedgerSeq, LedgerHash: h.LedgerHash, AuditSeq: h.AuditSeq, AuditHash: h.AuditHash, Key: h.Key, Signature: h.Signature}
	}
	return &body[proofOut]{out}, nil
}
