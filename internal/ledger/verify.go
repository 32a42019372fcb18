package ledger

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"goodword/internal/db"
	"goodword/internal/money"
)

// verifyBatch is how many journals are in memory at a time.
const verifyBatch = 1000

// What a Finding can be.
const (
	Unbalanced   = "unbalanced"    // I1: a journal's debits and credits differ
	WrongLegs    = "wrong_legs"    // I1: a journal has other legs than it was closed with, or impossible ones
	OrphanLeg    = "orphan_leg"    // I1: a leg without a journal
	Gap          = "gap"           // I2: the sequence jumps before this journal
	BrokenChain  = "broken_chain"  // I2: a journal does not continue the one before it
	Changed      = "changed"       // I2: a journal or its legs are not what was sealed
	WrongHead    = "wrong_head"    // I2: the chain does not end, or does not pass, where it did
	UnevenSum    = "uneven_sum"    // I3: the balances of a currency do not add up to zero
	BelowZero    = "below_zero"    // I4: a guarded account is overdrawn
	WrongKey     = "wrong_key"     // I7: a key without a journal, a journal without its key, or a key used twice
	WrongBalance = "wrong_balance" // a stored balance is not the sum of the account's legs
	NoAccount    = "no_account"    // legs on an account that does not exist
	WrongBudget  = "wrong_budget"  // I9: a currency's authorised budget is not available + committed + spent
)

// Finding is one thing that does not hold.
type Finding struct {
	// Kind is one of the constants above.
	Kind string
	// Table and Row name the row: a journal's id, "<journal>/<number>" of a leg, "<name> <currency>" of an account,
	// a key, or a currency.
	Table string
	Row   string
	// Detail says in words what was found.
	Detail string
}

func (f Finding) String() string { return f.Table + " " + f.Row + ": " + f.Detail }

// Summary says how much Verify has seen.
type Summary struct {
	Journals, Legs int64
	// Unsealed is the number of journals that are not in the chain yet; they are checked like the others, but a change
	// to one would not be noticed. OldestUnsealedAt is the first one's time, zero if there is none.
	Unsealed         int64
	OldestUnsealedAt time.Time
	Head             Head
}

// Verify replays the journal and proves the books: every journal balanced (I1), the sequence without gaps and the chain
// of hashes unbroken (I2), sums of zero (I3), no guarded account below zero (I4), each key once (I7), the
// budgets (I9), and the stored balances. Whatever does not hold goes to report; a healthy ledger makes none.
// known are heads kept from earlier, which must lie on the chain: they prove that its end was not cut off and rewritten.
//
// It reads in batches, takes no lock and may run while others post; nobody's memory grows with the ledger. Set-based
// questions report at most 1,000 findings of a kind. The error is for a database that cannot be read.
func Verify(ctx context.Context, d *db.DB, report func(Finding), known ...Head) (Summary, error) {
	v := verifier{db: d, report: report, known: make(map[int64]string, len(known))}
	for _, h := range known {
		if h.Seq > 0 {
			v.known[h.Seq] = h.Hash
		}
	}
	for _, step := range []func(context.Context) error{v.chain, v.tail, v.questions} {
		if err := step(ctx); err != nil {
			return v.sum, fmt.Errorf("verify the ledger: %w", err)
		}
	}
	return v.sum, nil
}

type verifier struct {
	db     *db.DB
	report func(Finding)
	known  map[int64]string
	sum    Summary
}

func (v *verifier) find(kind, table, row, format string, args ...any) {
	v.report(Finding{Kind: kind, Table: table, Row: row, Detail: fmt.Sprintf(format, args...)})
}

// chain replays the sealed journals up to the head, which is read first: what is sealed meanwhile is the next run's.
func (v *verifier) chain(ctx context.Context) error {
	end, err := CurrentHead(ctx, v.db)
	if err != nil {
		return err
	}
	at := Head{}
	for {
		journals, err := sealed(ctx, v.db, at.Seq, end.Seq, verifyBatch)
		if err != nil {
			return err
		}
		if len(journals) == 0 {
			break
		}
		legs, err := legsOf(ctx, v.db, journals)
		if err != nil {
			return err
		}
		for _, j := range journals {
			v.link(at, j, legs[j.ID])
			v.journal(j, legs[j.ID])
			// One bad journal is one finding: the chain goes on from what is stored.
			at = Head{Seq: j.Seq, Hash: j.Hash}
		}
	}
	if at != end {
		v.find(WrongHead, "ledger_head", "1", "the chain ends at %d, not at %d as sealed", at.Seq, end.Seq)
	}
	for seq := range v.known {
		v.find(WrongHead, "ledger_head", strconv.FormatInt(seq, 10), "the chain once passed here and no longer does")
	}
	v.sum.Head = at
	return nil
}

func (v *verifier) link(at Head, j journalRow, legs []legRow) {
	if j.Seq != at.Seq+1 {
		v.find(Gap, "ledger_journal", j.ID, "number %d follows number %d", j.Seq, at.Seq)
	}
	if j.PrevHash != at.Hash {
		v.find(BrokenChain, "ledger_journal", j.ID, "number %d does not continue number %d", j.Seq, at.Seq)
	}
	if j.digest(legs) != j.Hash {
		v.find(Changed, "ledger_journal", j.ID, "number %d (%s) or its legs are not what was sealed", j.Seq, j.Key)
	}
	if hash, ok := v.known[j.Seq]; ok {
		if hash != j.Hash {
			v.find(WrongHead, "ledger_journal", j.ID, "number %d is another journal than when this head was kept", j.Seq)
		}
		delete(v.known, j.Seq)
	}
}

// journal checks one journal by itself.
func (v *verifier) journal(j journalRow, legs []legRow) {
	v.sum.Journals++
	v.sum.Legs += int64(len(legs))
	if len(legs) != j.Legs || j.Legs < 2 {
		v.find(WrongLegs, "ledger_journal", j.ID, "%d legs, closed with %d", len(legs), j.Legs)
	}
	type book struct {
		currency string
		memo     bool
	}
	sums := map[book]int64{}
	for _, l := range legs {
		if l.AmountMinor <= 0 || l.AmountMinor > MaxLeg || l.Side != D && l.Side != C || !known(l.Account) {
			v.find(WrongLegs, "ledger_leg", l.row(), "%s %s on %s is no possible leg", l.Side, money.New(l.AmountMinor, l.Currency), l.Account)
			continue
		}
		sums[book{l.Currency, memo(l.Account)}] += l.debit()
	}
	for b, sum := range sums {
		if sum != 0 {
			v.find(Unbalanced, "ledger_journal", j.ID, "debits and credits differ by %s", money.New(sum, b.currency))
		}
	}
}

// tail checks the journals that are not sealed yet.
func (v *verifier) tail(ctx context.Context) error {
	for after := ""; ; {
		journals, err := unsealed(ctx, v.db, after, verifyBatch)
		if err != nil {
			return err
		}
		if len(journals) == 0 {
			return nil
		}
		legs, err := legsOf(ctx, v.db, journals)
		if err != nil {
			return err
		}
		for _, j := range journals {
			v.journal(j, legs[j.ID])
			if v.sum.Unsealed++; v.sum.OldestUnsealedAt.IsZero() || j.At.Before(v.sum.OldestUnsealedAt) {
				v.sum.OldestUnsealedAt = j.At.UTC()
			}
			after = j.ID
		}
	}
}

// questions asks the database what needs all rows at once. Each is one statement and therefore sees one moment.
func (v *verifier) questions(ctx context.Context) error {
	for _, q := range questions {
		rows, err := ask(ctx, v.db, q.sql)
		if err != nil {
			return fmt.Errorf("%s: %w", q.kind, err)
		}
		for _, row := range rows {
			v.find(q.kind, q.table, row, "%s", q.detail)
		}
	}
	return nil
}
