package reward

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"goodword/internal/audit"
	"goodword/internal/db"
	"goodword/internal/ident"
	"goodword/internal/ledger"
)

// Proof is a row of table book_proof: one time that the books were proven, or found not to hold.
type Proof struct {
	bun.BaseModel `bun:"table:book_proof,alias:bp"`

	ID string `bun:"id,pk"`
	// Day is the day that the nightly proof is for, as 2026-05-12; empty for one that a person asked for.
	Day        string    `bun:"day,nullzero"`
	StartedAt  time.Time `bun:"started_at"`
	FinishedAt time.Time `bun:"finished_at,nullzero"`
	Rewards    int64     `bun:"rewards"`
	Payouts    int64     `bun:"payouts"`
	Journals   int64     `bun:"journals"`
	Legs       int64     `bun:"legs"`
	Entries    int64     `bun:"entries"`
	Findings   int64     `bun:"findings"`
	// Detail is the first finding in words.
	Detail     string `bun:"detail"`
	LedgerSeq  int64  `bun:"ledger_seq"`
	LedgerHash string `bun:"ledger_hash"`
	AuditSeq   int64  `bun:"audit_seq"`
	AuditHash  string `bun:"audit_hash"`
	// SigningKey and Signature are there when nothing was found; see SignedHead.
	SigningKey string `bun:"signing_key"`
	Signature  string `bun:"signature"`
}

// Prove is the job that proves the books once a day.
type Prove struct {
	ProofID string `json:"proof_id"`
}

// Kind names the job's type.
func (Prove) Kind() string { return "reward.prove" }

// ProveTimeout is how long one proof may take: a million legs need two minutes.
const ProveTimeout = 10 * time.Minute

// nightly is when the day's proof and comparison are due, after midnight in UTC.
const nightly = 2 * time.Hour

// night returns the day for which the nightly work is due at now.
func night(now time.Time) string { return now.Add(-nightly).Format(time.DateOnly) }

// ProveDue begins the day's proof, once however many processes ask. It is a sweep.
func (s *Service) ProveDue(ctx context.Context) (int, error) {
	p := Proof{ID: ident.New(), Day: night(s.now()), StartedAt: s.now()}
	if begun, err := proofBegun(ctx, s.DB, p.Day); err != nil || begun {
		return 0, err
	}
	n := 0
	err := s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		n = 0
		fresh, err := insertProof(ctx, tx, &p)
		if err != nil || !fresh {
			return err
		}
		n = 1
		return s.Queue.Enqueue(ctx, tx, time.Time{}, Prove{ProofID: p.ID})
	})
	return n, err
}

// ProveDay is the job behind ProveDue. A proof that has ended is not made again.
func (s *Service) ProveDay(ctx context.Context, job Prove) error {
	p, err := proofByID(ctx, s.DB, job.ProofID)
	if err != nil || !p.FinishedAt.IsZero() {
		return err
	}
	heads, err := s.kept(ctx)
	if err != nil {
		return err
	}
	_, err = s.prove(ctx, &p, heads, func(Finding) {})
	return err
}

// Proven is what ProveNow found.
type Proven struct {
	Proof
	Summary
	// Foreign counts kept heads that were signed by a key that is no longer ours.
	Foreign int
}

// ProveNow proves the books at once, against every head that was kept here and those given, and keeps the proof. What does
// not hold goes to report, and then payouts pause as by Verify.
func (s *Service) ProveNow(ctx context.Context, more []SignedHead, report func(Finding)) (Proven, error) {
	p := Proof{ID: ident.New(), StartedAt: s.now()}
	heads, err := s.kept(ctx)
	if err != nil {
		return Proven{}, err
	}
	err = s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		_, err := insertProof(ctx, tx, &p)
		return err
	})
	if err != nil {
		return Proven{}, err
	}
	return s.prove(ctx, &p, append(heads, more...), report)
}

// prove seals what is open, so that the head covers everything, checks, and keeps what came of it. Only where nothing was
// found is the head signed.
func (s *Service) prove(ctx context.Context, p *Proof, heads []SignedHead, report func(Finding)) (Proven, error) {
	if _, err := ledger.Seal(ctx, s.DB); err != nil {
		return Proven{}, err
	}
	if _, err := audit.Seal(ctx, s.DB); err != nil {
		return Proven{}, err
	}
	var first string
	var wrong int64
	find := func(f Finding) {
		if first == "" {
			first = f.String()
		}
		wrong++
		report(f)
	}
	known, foreign := s.trust(heads, find)
	sum, err := s.check(ctx, known, find)
	sum.Findings = wrong
	if err != nil {
		return Proven{}, err
	}
	p.Rewards, p.Payouts, p.Journals, p.Legs, p.Entries = sum.Rewards, sum.Payouts, sum.Ledger.Journals, sum.Ledger.Legs, sum.Audit.Entries
	p.Findings, p.Detail, p.FinishedAt = wrong, first, s.now()
	p.LedgerSeq, p.LedgerHash, p.AuditSeq, p.AuditHash = sum.Ledger.Head.Seq, sum.Ledger.Head.Hash, sum.Audit.Head.Seq, sum.Audit.Head.Hash
	if wrong == 0 {
		s.sign(p)
	}
	err = s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		if err := saveProof(ctx, tx, p); err != nil {
			return err
		}
		if wrong == 0 {
			return nil
		}
		return s.stopFor(ctx, tx, wrong, first)
	})
	if err != nil {
		return Proven{}, fmt.Errorf("keep proof %s: %w", p.ID, err)
	}
	return Proven{*p, sum, foreign}, s.file(ctx)
}

// stopFor pauses everything because the books cannot be trusted, and tells the people who answer for money: once, until
// somebody lets payouts go on and it happens again.
func (s *Service) stopFor(ctx context.Context, tx db.Tx, findings int64, first string) error {
	c := system("verify", s.now())
	detail := fmt.Sprintf("The books and the states disagree in %d places. Run goodword verify and look at each. The first: %s.", findings, first)
	fresh, err := s.openFresh(ctx, tx, Case{Kind: CaseVerify, Subject: ScopeAll, Detail: detail})
	if err != nil {
		return err
	}
	// Of two that find it at once one gets the case, or turns the switch, and tells.
	turned, err := s.flip(ctx, tx, ScopeAll, true, detail, c)
	if err != nil || !fresh && !turned {
		return err
	}
	return s.alert(ctx, tx, Alert{Name: AlertBooks, Count: findings, Detail: first})
}

// Guarded says when the books were last looked at, and with what result.
type Guarded struct {
	// Last is the newest proof that has ended; Held the newest one that found nothing. Their ID is empty where there is none.
	Last, Held Proof
	// Compared is the newest comparison of each rail that has ended, by rail.
	Compared []Reconciliation
}

// Guard returns when the books were last proven and compared with the rails.
func (s *Service) Guard(ctx context.Context) (Guarded, error) { return GuardOf(ctx, s.DB) }

// GuardOf is Guard for a program that has nothing but the database.
func GuardOf(ctx context.Context, idb bun.IDB) (g Guarded, err error) {
	if g.Last, err = lastProof(ctx, idb, false); err != nil {
		return g, err
	}
	if g.Held, err = lastProof(ctx, idb, true); err != nil {
		return g, err
	}
	g.Compared, err = lastReconciliations(ctx, idb)
	return g, err
}
