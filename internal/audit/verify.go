package audit

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"goodword/internal/db"
)

// verifyBatch is how many entries are in memory at a time.
const verifyBatch = 1000

// What a Finding can be.
const (
	Gap         = "gap"          // the sequence jumps before this entry: one or more are missing
	BrokenChain = "broken_chain" // an entry does not continue the one before it
	Changed     = "changed"      // an entry is not what was sealed
	WrongHead   = "wrong_head"   // the chain does not end, or does not pass, where it did
)

// Finding is one thing that does not hold.
type Finding struct {
	// Kind is one of the constants above.
	Kind string
	// Table and Row name the row: an entry's id, or a place in the chain.
	Table string
	Row   string
	// Detail says in words what was found.
	Detail string
}

func (f Finding) String() string { return f.Table + " " + f.Row + ": " + f.Detail }

// Summary says how much Verify has seen.
type Summary struct {
	Entries int64
	// Unsealed is the number of entries that are not in the chain yet; a change to one would not be noticed.
	// OldestUnsealedAt is the first one's time, zero if there is none.
	Unsealed         int64
	OldestUnsealedAt time.Time
	Head             Head
}

// Verify proves that no sealed entry was changed, removed, added or moved; whatever was goes to report. known are heads
// kept from earlier, which must lie on the chain: they prove that its end was not cut off and rewritten.
// It reads in batches, takes no lock and may run while others record. The error is for a database that cannot be read.
func Verify(ctx context.Context, d *db.DB, report func(Finding), known ...Head) (Summary, error) {
	v := verifier{report: report, known: make(map[int64]string, len(known))}
	for _, h := range known {
		if h.Seq > 0 {
			v.known[h.Seq] = h.Hash
		}
	}
	if err := v.run(ctx, d); err != nil {
		return v.sum, fmt.Errorf("verify the audit: %w", err)
	}
	return v.sum, nil
}

type verifier struct {
	report func(Finding)
	known  map[int64]string
	sum    Summary
}

func (v *verifier) find(kind, table, row, format string, args ...any) {
	v.report(Finding{Kind: kind, Table: table, Row: row, Detail: fmt.Sprintf(format, args...)})
}

// run reads the head first: what is sealed meanwhile is the next run's.
func (v *verifier) run(ctx context.Context, d *db.DB) error {
	end, err := CurrentHead(ctx, d)
	if err != nil {
		return err
	}
	at := Head{}
	for {
		entries, err := sealed(ctx, d, at.Seq, end.Seq, verifyBatch)
		if err != nil {
			return err
		}
		if len(entries) == 0 {
			break
		}
		for _, e := range entries {
			v.link(at, e)
			// One bad entry is one finding: the chain goes on from what is stored.
			at = Head{Seq: e.Seq, Hash: e.Hash}
		}
	}
	if at != end {
		v.find(WrongHead, "audit_head", "1", "the chain ends at %d, not at %d as sealed", at.Seq, end.Seq)
	}
	for seq := range v.known {
		v.find(WrongHead, "audit_head", strconv.FormatInt(seq, 10), "the chain once passed here and no longer does")
	}
	ids, err := beyond(ctx, d, verifyBatch)
	if err != nil {
		return err
	}
	for _, id := range ids {
		v.find(WrongHead, "audit_entry", id, "it claims a place behind the end of the chain")
	}
	return v.tail(ctx, d, at)
}

func (v *verifier) link(at Head, e row) {
	v.sum.Entries++
	if e.Seq != at.Seq+1 {
		v.find(Gap, "audit_entry", e.ID, "number %d follows number %d", e.Seq, at.Seq)
	}
	if e.PrevHash != at.Hash {
		v.find(BrokenChain, "audit_entry", e.ID, "number %d does not continue number %d", e.Seq, at.Seq)
	}
	if e.digest() != e.Hash {
		v.find(Changed, "audit_entry", e.ID, "number %d (%s) is not what was sealed", e.Seq, e.Action)
	}
	if hash, ok := v.known[e.Seq]; ok {
		if hash != e.Hash {
			v.find(WrongHead, "audit_entry", e.ID, "number %d is another entry than when this head was kept", e.Seq)
		}
		delete(v.known, e.Seq)
	}
}

func (v *verifier) tail(ctx context.Context, d *db.DB, at Head) error {
	v.sum.Head = at
	n, err := countUnsealed(ctx, d)
	if err != nil {
		return err
	}
	v.sum.Unsealed = n
	first, err := unsealed(ctx, d, "", 1)
	if err == nil && len(first) > 0 {
		v.sum.OldestUnsealedAt = first[0].At.UTC()
	}
	return err
}
