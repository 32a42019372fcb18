package reward_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"goodword/internal/campaign"
	"goodword/internal/db"
	"goodword/internal/dbtest"
	"goodword/internal/ident"
	"goodword/internal/reward"
)

// books is a world whose service keeps its heads in a file, with n closed deals.
type books struct {
	*world
	file string
}

func newBooks(t *testing.T, d *db.DB, n int) *books {
	t.Helper()
	b := &books{world: newWorld(t, d), file: filepath.Join(t.TempDir(), "heads.jsonl")}
	b.Service = b.process()
	ana := b.customer("Ana")
	_, o := b.campaign(1_000_000_00, nil, thanks(5_00, campaign.RailManual))
	for range n {
		b.win(o, ana.ID, 900_00)
	}
	return b
}

// process is another one on the same database and file.
func (b *books) process() *reward.Service {
	deps := b.Deps
	deps.HeadsFile = b.file
	return reward.New(deps)
}

// proven proves and returns what was found.
func (b *books) proven(heads ...reward.SignedHead) (reward.Proven, []reward.Finding) {
	b.t.Helper()
	var found []reward.Finding
	p, err := b.ProveNow(b.ctx, heads, func(f reward.Finding) { found = append(found, f) })
	b.must(err)
	return p, found
}

func (b *books) lines() []reward.SignedHead {
	b.t.Helper()
	text, err := os.ReadFile(b.file)
	b.must(err)
	heads, err := reward.ReadHeads(bytes.NewReader(text))
	b.must(err)
	return heads
}

// alerts returns the mails about money that wait to be sent, and how many there are of each alert.
func (w *world) alerts() int64 {
	w.t.Helper()
	var n int64
	err := w.db.NewRaw("SELECT count(*) FROM river_job WHERE kind = 'reward.alert'").Scan(w.ctx, &n)
	w.must(err)
	return n
}

// The day's proof is begun once by however many processes, made once by however many workers, and again the next day.
func TestProve_OnceADayByHoweverManyProcesses(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := newBooks(t, d, 3)
		for turn := 1; turn <= 2; turn++ {
			var all sync.WaitGroup
			begun := make([]int, 4)
			for i := range begun {
				s := b.process()
				all.Go(func() {
					n, err := s.ProveDue(b.ctx)
					if err != nil {
						t.Error(err)
					}
					begun[i] = n
				})
			}
			all.Wait()
			if n := begun[0] + begun[1] + begun[2] + begun[3]; n != 1 {
				t.Fatalf("day %d: begun %d times", turn, n)
			}
			var ids []string
			b.must(d.NewRaw("SELECT id FROM book_proof WHERE finished_at IS NULL").Scan(b.ctx, &ids))
			if len(ids) != 1 {
				t.Fatalf("day %d: %d proofs wait", turn, len(ids))
			}
			for range 2 {
				b.must(b.ProveDay(b.ctx, reward.Prove{ProofID: ids[0]}))
			}
			g, err := b.Guard(b.ctx)
			b.must(err)
			if g.Last.ID != ids[0] || g.Held.ID != ids[0] || g.Last.Findings != 0 || g.Last.Rewards != 3 || g.Last.Signature == "" {
				t.Errorf("day %d: %+v", turn, g.Last)
			}
			if heads := b.lines(); len(heads) != turn || heads[turn-1] != withoutPlace(g.Last.SignedHead(), heads[turn-1]) {
				t.Errorf("day %d: %d heads in the file, the last %+v", turn, len(heads), heads[len(heads)-1])
			}
			b.clock.pass(day)
		}
	})
}

// withoutPlace is the head as another one that was read elsewhere: where it was found does not matter.
func withoutPlace(h, like reward.SignedHead) reward.SignedHead {
	like.ID, like.At, like.LedgerSeq, like.LedgerHash, like.AuditSeq, like.AuditHash = h.ID, h.At, h.LedgerSeq, h.LedgerHash, h.AuditSeq, h.AuditHash
	like.Key, like.Signature = h.Key, h.Signature
	return like
}

// M20: books that do not hold pause the payouts and alert once, not each night; again only after somebody let payouts go on.
func TestProve_AlertsOnceAndNeverResumes(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := newBooks(t, d, 2)
		for _, m := range []struct{ role, state string }{{"owner", "active"}, {"finance", "active"}, {"finance", "disabled"}, {"marketer", "active"}, {"rep", "active"}} {
			id := ident.New()
			if _, err := d.ExecContext(b.ctx, fmt.Sprintf(`INSERT INTO staff (id, email, name, role, state, created_at) VALUES ('%s', '%s@example.com', 'N', '%s', '%s', '2026-05-01 00:00:00+00:00')`, id, id, m.role, m.state)); err != nil {
				t.Fatal(err)
			}
		}
		paused := func() bool {
			sw, err := b.Switches(b.ctx)
			b.must(err)
			return sw[0].Paused
		}
		if _, found := b.proven(); len(found) != 0 || paused() || b.alerts() != 0 {
			t.Fatalf("healthy books: %v, paused %t", found, paused())
		}
		var leg struct {
			JournalID string
			Number    int
		}
		b.must(d.NewRaw("SELECT journal_id, number FROM ledger_leg ORDER BY journal_id DESC, number LIMIT 1").Scan(b.ctx, &leg))
		change := func(by int) {
			dbtest.Untriggered(t, d, fmt.Sprintf("UPDATE ledger_leg SET amount_minor = amount_minor + (%d) WHERE journal_id = '%s' AND number = %d", by, leg.JournalID, leg.Number))
		}
		change(1)
		for night := 1; night <= 3; night++ {
			p, found := b.proven()
			if !slices.ContainsFunc(found, func(f reward.Finding) bool { return f.Row == leg.JournalID }) || p.Signature != "" || p.Proof.Findings == 0 {
				t.Fatalf("night %d: %v, want journal %s", night, found, leg.JournalID)
			}
			if !paused() || len(b.cases(reward.CaseVerify)) != 1 || b.alerts() != 2 {
				t.Errorf("night %d: paused %t, %d cases, %d alerts, want one for the owner and one for finance", night, paused(), len(b.cases(reward.CaseVerify)), b.alerts())
			}
		}
		_, err := b.Resume(b.ctx, finance, reward.ScopeAll, "We looked at it.")
		b.must(err)
		if b.proven(); !paused() || b.alerts() != 4 {
			t.Errorf("after somebody resumed too early: paused %t, %d alerts", paused(), b.alerts())
		}
		change(-1)
		if _, found := b.proven(); len(found) != 0 || !paused() || b.alerts() != 4 {
			t.Errorf("repaired books: %v, paused %t, %d alerts; only a person lets payouts go on", found, paused(), b.alerts())
		}
		g, err := b.Guard(b.ctx)
		b.must(err)
		if g.Last.ID != g.Held.ID || g.Last.Findings != 0 {
			t.Errorf("the last proof is %+v", g.Last)
		}
	})
}

// M28: whichever row of the books or the audit is changed, verify names it.
func TestProve_NamesWhicheverRowWasChanged(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	if s := os.Getenv("GOODWORD_SEED"); s != "" {
		n, err := strconv.ParseUint(s, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		seed = n
	}
	t.Logf("GOODWORD_SEED=%d", seed)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		rng := rand.New(rand.NewPCG(seed, 1))
		b := newBooks(t, d, 40)
		if _, found := b.proven(); len(found) != 0 {
			t.Fatal(found)
		}
		for _, c := range []struct{ ids, do, undo string }{
			{"SELECT journal_id || '/' || number FROM ledger_leg", "UPDATE ledger_leg SET amount_minor = amount_minor + 1 WHERE journal_id || '/' || number = '%s'",
				"UPDATE ledger_leg SET amount_minor = amount_minor - 1 WHERE journal_id || '/' || number = '%s'"},
			{"SELECT id FROM ledger_journal", "UPDATE ledger_journal SET kind = kind || 'x' WHERE id = '%s'", "UPDATE ledger_journal SET kind = substr(kind, 1, length(kind) - 1) WHERE id = '%s'"},
			{"SELECT id FROM ledger_journal", "UPDATE ledger_journal SET hash = '0' || substr(hash, 2), prev_hash = prev_hash || 'x' WHERE id = '%s'", ""},
			{"SELECT id FROM audit_entry", "UPDATE audit_entry SET reason = reason || 'x' WHERE id = '%s'", "UPDATE audit_entry SET reason = substr(reason, 1, length(reason) - 1) WHERE id = '%s'"},
		} {
			var ids []string
			b.must(d.NewRaw(c.ids+" ORDER BY 1").Scan(b.ctx, &ids))
			for range 4 {
				row := ids[rng.IntN(len(ids))]
				dbtest.Untriggered(t, d, fmt.Sprintf(c.do, row))
				id, _, _ := strings.Cut(row, "/")
				if _, found := b.proven(); !slices.ContainsFunc(found, func(f reward.Finding) bool { return f.Row == id }) {
					t.Errorf("%s of %d: verify finds %v", row, len(ids), found)
				}
				if c.undo == "" {
					return
				}
				dbtest.Untriggered(t, d, fmt.Sprintf(c.undo, row))
			}
		}
	})
}

// M28: the newest entries are cut off so well that what is left is sound in itself. Yesterday's head still tells: that in the
// database, and where it was taken away too, that in the file, and one that was carried elsewhere.
func TestProve_YesterdaysHeadTellsWhatWasCutOff(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := newBooks(t, d, 20)
		// Entries of the audit hang on nothing else, so that a forger can cut them off without a trace.
		for i := range 10 {
			_, err := b.Pause(b.ctx, finance, reward.CampaignScope("c"+strconv.Itoa(i)), "A reason.")
			b.must(err)
		}
		p, found := b.proven()
		if len(found) != 0 || p.AuditSeq < 10 {
			t.Fatalf("%v, %d entries", found, p.AuditSeq)
		}
		elsewhere := b.lines()
		end := fmt.Sprint(p.AuditSeq - 3)
		dbtest.Untriggered(t, d, "DELETE FROM audit_entry WHERE seq > "+end,
			"UPDATE audit_head SET seq = "+end+", hash = (SELECT hash FROM audit_entry WHERE seq = "+end+")")
		wrong := func(where string, found []reward.Finding) {
			t.Helper()
			if !slices.ContainsFunc(found, func(f reward.Finding) bool { return f.Kind == "wrong_head" && f.Row == fmt.Sprint(p.AuditSeq) }) {
				t.Errorf("%s: %v", where, found)
			}
		}
		_, found = b.proven()
		wrong("by the database", found)
		dbtest.Untriggered(t, d, "DELETE FROM book_proof")
		_, found = b.proven()
		wrong("by the file", found)
		b.must(os.Remove(b.file))
		// This run records a pause that is there already, and seals nothing.
		if _, found = b.proven(); len(found) != 0 {
			t.Fatalf("a forger without a trace is found: %v", found)
		}
		_, found = b.proven(elsewhere...)
		wrong("by a head from elsewhere", found)
	})
}

// A head that was changed, or that contradicts another, is a finding; one under a key that was given up is none.
func TestProve_TrustsHeadsBySignature(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := newBooks(t, d, 3)
		_, found := b.proven()
		if len(found) != 0 {
			t.Fatal(found)
		}
		head := b.lines()[0]
		for name, change := range map[string]func(*reward.SignedHead){
			"number":    func(h *reward.SignedHead) { h.LedgerSeq++ },
			"hash":      func(h *reward.SignedHead) { h.AuditHash = strings.Repeat("0", 64) },
			"time":      func(h *reward.SignedHead) { h.At = h.At.Add(day) },
			"signature": func(h *reward.SignedHead) { h.Signature = h.Signature[1:] + "A" },
		} {
			h := head
			change(&h)
			if _, found := b.proven(h); len(found) != 1 || found[0].Kind != reward.BadHead {
				t.Errorf("a changed %s: %v", name, found)
			}
		}
		// The secret key is replaced and the old one thrown away.
		deps := b.Deps
		var err error
		deps.Keys, err = ident.NewKeyring(strings.Repeat("n", 40))
		b.must(err)
		b.Service = reward.New(deps)
		p, found := b.proven()
		if len(found) != 0 || p.Foreign == 0 || p.SigningKey == head.Key {
			t.Errorf("with another key: %v, %d foreign", found, p.Foreign)
		}
		if heads := b.lines(); heads[len(heads)-1].Key == head.Key {
			t.Error("the newest head is signed by the old key")
		}
	})
}

// A crash while a head was written leaves half a line: the next one goes behind the last whole one.
func TestProve_OvercomesHalfALine(t *testing.T) {
	t.Parallel()
	b := newBooks(t, dbtest.SQLite(t), 1)
	b.proven()
	text, err := os.ReadFile(b.file)
	b.must(err)
	b.must(os.WriteFile(b.file, append(text, []byte(`{"id":"half`)...), 0o600))
	if _, found := b.proven(); len(found) != 0 || len(b.lines()) != 2 {
		t.Errorf("%v, %d heads", found, len(b.lines()))
	}
}
