package audit_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"goodword/internal/audit"
	"goodword/internal/db"
	"goodword/internal/dbtest"
	"goodword/internal/fault"
)

var at = time.Date(2026, 5, 14, 9, 30, 0, 123456789, time.UTC)

var rosa = audit.Actor{Kind: audit.KindStaff, ID: "rosa", Name: "Rosa Lind", Role: "finance", IP: "192.0.2.7", RequestID: "req-1"}

func entry(action, id string) audit.Entry {
	return audit.Entry{Actor: rosa, Action: action, Object: "reward", ObjectID: id, Reason: "all good",
		Before: map[string]any{"state": "pending"}, After: map[string]any{"state": "approved", "amount_minor": 5000}}
}

func record(t *testing.T, d *db.DB, entries ...audit.Entry) {
	t.Helper()
	for _, e := range entries {
		nextMillisecond()
		err := d.InTx(context.Background(), func(ctx context.Context, tx db.Tx) error { return audit.Record(ctx, tx, at, e) })
		if err != nil {
			t.Fatal(err)
		}
	}
}

// nextMillisecond makes the order of ids certain: those of one millisecond may be in any order.
func nextMillisecond() {
	for ms := time.Now().UnixMilli(); time.Now().UnixMilli() == ms; {
	}
}

func seal(t *testing.T, d *db.DB) int {
	t.Helper()
	n, err := audit.Seal(context.Background(), d)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func verify(t *testing.T, d *db.DB, known ...audit.Head) ([]audit.Finding, audit.Summary) {
	t.Helper()
	var found []audit.Finding
	sum, err := audit.Verify(context.Background(), d, func(f audit.Finding) { found = append(found, f) }, known...)
	if err != nil {
		t.Fatal(err)
	}
	return found, sum
}

func wantSound(t *testing.T, d *db.DB) audit.Summary {
	t.Helper()
	found, sum := verify(t, d)
	for _, f := range found {
		t.Errorf("a sound audit has the finding %s: %s", f.Kind, f)
	}
	return sum
}

func list(t *testing.T, d *db.DB, f audit.Filter, p db.Page) db.List[audit.Recorded] {
	t.Helper()
	l, err := audit.List(context.Background(), d, f, p)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestRecord_KeepsTheWholeEntry(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		record(t, d, entry("reward.approved", "r"), audit.Entry{Actor: audit.System("reward.mature"), Action: "reward.matured", Object: "reward"})
		items := list(t, d, audit.Filter{}, db.Page{}).Items
		if len(items) != 2 {
			t.Fatalf("%d entries, want 2", len(items))
		}
		bare, full := items[0], items[1]
		if full.Actor != rosa || full.Action != "reward.approved" || full.Object != "reward" || full.ObjectID != "r" || full.Reason != "all good" ||
			string(full.Before) != `{"state":"pending"}` || string(full.After) != `{"amount_minor":5000,"state":"approved"}` ||
			!full.At.Equal(at.Truncate(time.Microsecond)) || full.At.Location() != time.UTC {
			t.Errorf("kept %+v", full)
		}
		if bare.Actor.Kind != audit.KindSystem || bare.Actor.Name != "reward.mature" || len(bare.Before) != 0 || len(bare.After) != 0 {
			t.Errorf("kept %+v", bare)
		}
	})
}

func TestRecord_IsPartOfTheAction(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		undone := errors.New("undone")
		err := d.InTx(t.Context(), func(ctx context.Context, tx db.Tx) error {
			if err := audit.Record(ctx, tx, at, entry("reward.approved", "r")); err != nil {
				t.Error(err)
			}
			return undone
		})
		if !errors.Is(err, undone) {
			t.Fatal(err)
		}
		if n := len(list(t, d, audit.Filter{}, db.Page{}).Items); n != 0 {
			t.Errorf("%d entries of an action that was rolled back", n)
		}
	})
}

func TestRecord_RefusesAnIncompleteEntry(t *testing.T) {
	t.Parallel()
	d := dbtest.SQLite(t)
	for name, change := range map[string]func(*audit.Entry){
		"actor":  func(e *audit.Entry) { e.Actor = audit.Actor{} },
		"action": func(e *audit.Entry) { e.Action = "" },
		"object": func(e *audit.Entry) { e.Object = "" },
		"json":   func(e *audit.Entry) { e.After = func() {} },
	} {
		e := entry("reward.approved", "r")
		change(&e)
		err := d.InTx(t.Context(), func(ctx context.Context, tx db.Tx) error { return audit.Record(ctx, tx, at, e) })
		if fault.CodeOf(err) != fault.Internal {
			t.Errorf("without %s: %v, want an internal fault", name, err)
		}
	}
}

func TestList_FiltersAndPages(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		for i := range 5 {
			record(t, d, entry("reward.approved", fmt.Sprintf("r%d", i)))
		}
		record(t, d, audit.Entry{Actor: audit.System("sweep"), Action: "reward.matured", Object: "reward", ObjectID: "r1"})
		var ids []string
		for p := (db.Page{Limit: 2}); ; {
			l := list(t, d, audit.Filter{Action: "reward.approved"}, p)
			for _, e := range l.Items {
				ids = append(ids, e.ObjectID)
			}
			if p.Cursor = l.Next; p.Cursor == "" {
				break
			}
		}
		if got := strings.Join(ids, " "); got != "r4 r3 r2 r1 r0" {
			t.Errorf("listed %s", got)
		}
		for name, c := range map[string]struct {
			f    audit.Filter
			want int
		}{
			"object": {audit.Filter{Object: "reward", ObjectID: "r1"}, 2},
			"actor":  {audit.Filter{ActorID: "rosa"}, 5},
			"from":   {audit.Filter{From: at.Add(time.Second)}, 0},
			"to":     {audit.Filter{To: at.Add(time.Second)}, 6},
			"past":   {audit.Filter{To: at.Add(-time.Second)}, 0},
		} {
			if n := len(list(t, d, c.f, db.Page{}).Items); n != c.want {
				t.Errorf("%s: %d entries, want %d", name, n, c.want)
			}
		}
		if _, err := audit.List(t.Context(), d, audit.Filter{}, db.Page{Cursor: "x"}); !fault.Is(err, fault.Malformed) {
			t.Errorf("a foreign cursor: %v, want malformed", err)
		}
	})
}

func TestSeal_WhileOthersRecordSealAndVerify(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		var recording, others sync.WaitGroup
		stop := make(chan struct{})
		for _, fn := range []func(){func() { seal(t, d) }, func() { seal(t, d) }, func() { wantSound(t, d) }} {
			others.Go(func() {
				for {
					select {
					case <-stop:
						return
					default:
						fn()
					}
				}
			})
		}
		for range 4 {
			recording.Go(func() {
				for range 25 {
					record(t, d, entry("reward.approved", "r"))
				}
			})
		}
		recording.Wait()
		close(stop)
		others.Wait()
		record(t, d, entry("reward.approved", "r"))
		if sum := wantSound(t, d); sum.Entries+sum.Unsealed != 101 || sum.Unsealed < 1 || !sum.OldestUnsealedAt.Equal(at.Truncate(time.Microsecond)) {
			t.Errorf("before the last sealing: %+v", sum)
		}
		seal(t, d)
		if sum := wantSound(t, d); sum.Entries != 101 || sum.Unsealed != 0 || sum.Head.Seq != 101 {
			t.Errorf("%+v, want 101 sealed entries", sum)
		}
	})
}

func TestDatabase_RefusesChanges(t *testing.T) {
	t.Parallel()
	zeros := strings.Repeat("0", 64)
	common := []string{
		`UPDATE audit_entry SET reason = 'x'`,
		`UPDATE audit_entry SET reason = 'x' WHERE seq IS NULL`,
		`UPDATE audit_entry SET actor_id = 'x' WHERE seq = 1`,
		`UPDATE audit_entry SET hash = '` + zeros + `' WHERE seq = 1`,
		`UPDATE audit_entry SET seq = NULL, prev_hash = NULL, hash = NULL WHERE seq = 2`,
		`UPDATE audit_entry SET seq = 1, prev_hash = '', hash = '` + zeros + `' WHERE seq IS NULL`,
		`UPDATE audit_entry SET seq = 9, prev_hash = (SELECT hash FROM audit_head), hash = '` + zeros + `' WHERE seq IS NULL`,
		`UPDATE audit_entry SET seq = 3, prev_hash = '', hash = '` + zeros + `' WHERE seq IS NULL`,
		`UPDATE audit_entry SET reason = 'x', seq = 3, prev_hash = (SELECT hash FROM audit_head), hash = '` + zeros + `' WHERE seq IS NULL`,
		`DELETE FROM audit_entry WHERE seq IS NULL`,
		`DELETE FROM audit_entry`,
		`INSERT INTO audit_entry (id, at, actor_kind, action, object, seq, prev_hash, hash) SELECT 'x', at, 'x', 'x', 'x', 3, hash, hash FROM audit_entry WHERE seq = 2`,
		`INSERT INTO audit_entry (id, at, actor_kind, action, object) SELECT 'x', at, '', 'x', 'x' FROM audit_entry WHERE seq = 2`,
		`INSERT INTO audit_entry (id, at, actor_kind, action, object) SELECT id, at, 'x', 'x', 'x' FROM audit_entry WHERE seq = 2`,
		`UPDATE audit_head SET seq = 1, hash = (SELECT hash FROM audit_entry WHERE seq = 1)`,
		`UPDATE audit_head SET seq = 3, hash = '` + zeros + `'`,
		`DELETE FROM audit_head`,
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		record(t, d, entry("reward.approved", "r1"), entry("reward.approved", "r2"))
		seal(t, d)
		record(t, d, entry("reward.approved", "r3"))
		attacks := append([]string{}, common...)
		if d.Engine() == db.Postgres {
			attacks = append(attacks, `TRUNCATE audit_entry`, `TRUNCATE audit_head`)
		} else {
			attacks = append(attacks,
				`INSERT OR REPLACE INTO audit_entry (id, at, actor_kind, action, object) SELECT id, at, 'x', 'x', 'x' FROM audit_entry`,
				`UPDATE OR REPLACE audit_entry SET seq = 1, prev_hash = '', hash = '`+zeros+`' WHERE seq IS NULL`,
				`INSERT OR REPLACE INTO audit_head (id, seq, hash) VALUES (1, 0, '')`)
		}
		for _, a := range attacks {
			if n, err := db.Affected(d.ExecContext(context.Background(), a)); err == nil {
				t.Errorf("%s: it was accepted, %d rows", a, n)
			} else if code := fault.CodeOf(db.Classify(err)); code != fault.Invalid && code != fault.Conflict {
				t.Errorf("%s: refused for another reason: %v", a, err)
			}
		}
		if sum := wantSound(t, d); sum.Entries != 2 || sum.Unsealed != 1 {
			t.Errorf("%+v, want 2 sealed and 1 unsealed", sum)
		}
		if n := seal(t, d); n != 1 {
			t.Errorf("%d entries sealed afterwards, want 1", n)
		}
	})
}

func TestVerify_NamesWhatWasCorrupted(t *testing.T) {
	t.Parallel()
	type want struct{ kind, row string }
	cases := map[string]struct {
		statements []string
		wants      []want // rows are the places in the chain of four; 0 is the head
	}{
		"flip":        {[]string{"UPDATE audit_entry SET after_json = '{}' WHERE seq = 2"}, []want{{audit.Changed, "2"}}},
		"change who":  {[]string{"UPDATE audit_entry SET actor_name = 'Ben' WHERE seq = 4"}, []want{{audit.Changed, "4"}}},
		"change when": {[]string{"UPDATE audit_entry SET at = '2026-05-14 09:30:01+00:00' WHERE seq = 4"}, []want{{audit.Changed, "4"}}},
		"delete":      {[]string{"DELETE FROM audit_entry WHERE seq = 2"}, []want{{audit.Gap, "3"}, {audit.BrokenChain, "3"}}},
		"delete last": {[]string{"DELETE FROM audit_entry WHERE seq = 4"}, []want{{audit.WrongHead, "0"}}},
		"reorder": {[]string{"UPDATE audit_entry SET seq = 20 WHERE seq = 2", "UPDATE audit_entry SET seq = 2 WHERE seq = 3",
			"UPDATE audit_entry SET seq = 3 WHERE seq = 20"}, []want{{audit.Changed, "2"}, {audit.Changed, "3"}, {audit.BrokenChain, "2"}}},
		"edit a hash": {[]string{"UPDATE audit_entry SET hash = prev_hash WHERE seq = 2"}, []want{{audit.Changed, "2"}, {audit.BrokenChain, "3"}}},
		"head back":   {[]string{"UPDATE audit_head SET seq = 3, hash = (SELECT hash FROM audit_entry WHERE seq = 3)"}, []want{{audit.WrongHead, "4"}}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				for i := range 4 {
					record(t, d, entry("reward.approved", fmt.Sprintf("r%d", i)))
				}
				seal(t, d)
				wantSound(t, d)
				ids := map[string]string{"0": "1"}
				for _, e := range list(t, d, audit.Filter{}, db.Page{}).Items {
					ids[fmt.Sprint(e.Seq)] = e.ID
				}
				untriggered(t, d, c.statements...)
				// A row that moved is named by its id, which is looked up by its old place.
				if name == "reorder" {
					ids["2"], ids["3"] = ids["3"], ids["2"]
				}
				found, _ := verify(t, d)
				for _, w := range c.wants {
					ok := false
					for _, f := range found {
						ok = ok || f.Kind == w.kind && f.Row == ids[w.row]
					}
					if !ok {
						t.Errorf("no finding %s of number %s in %v", w.kind, w.row, found)
					}
				}
			})
		})
	}
}

func TestVerify_KnownHeadFindsARewrittenEnd(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		record(t, d, entry("reward.approved", "r1"), entry("reward.approved", "r2"))
		seal(t, d)
		kept, err := audit.CurrentHead(t.Context(), d)
		if err != nil {
			t.Fatal(err)
		}
		record(t, d, entry("reward.approved", "r3"))
		seal(t, d)
		if found, _ := verify(t, d, kept); len(found) != 0 {
			t.Errorf("a kept head on the chain: %v", found)
		}
		untriggered(t, d,
			"UPDATE audit_entry SET seq = NULL, prev_hash = NULL, hash = NULL, reason = 'other' WHERE seq > 1",
			"UPDATE audit_head SET seq = 1, hash = (SELECT hash FROM audit_entry WHERE seq = 1)")
		seal(t, d)
		wantSound(t, d)
		if found, _ := verify(t, d, kept); len(found) != 1 || found[0].Kind != audit.WrongHead {
			t.Errorf("findings %v, want one wrong head", found)
		}
	})
}

// untriggered changes rows as somebody would who can switch off triggers.
func untriggered(t *testing.T, d *db.DB, statements ...string) {
	t.Helper()
	ctx := context.Background()
	conn, err := d.Writer().Conn(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	run := func(statements ...string) {
		for _, s := range statements {
			if _, err := conn.ExecContext(ctx, s); err != nil {
				t.Fatalf("%s: %v", s, err)
			}
		}
	}
	if d.Engine() == db.Postgres {
		run("SET session_replication_role = replica")
		run(statements...)
		run("SET session_replication_role = origin")
		return
	}
	names, texts := triggers(t, conn)
	for _, n := range names {
		run("DROP TRIGGER " + n)
	}
	run(statements...)
	run(texts...)
}

func triggers(t *testing.T, conn *sql.Conn) (names, texts []string) {
	t.Helper()
	rows, err := conn.QueryContext(context.Background(), "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var name, text string
		if err := rows.Scan(&name, &text); err != nil {
			t.Fatal(err)
		}
		names, texts = append(names, name), append(texts, text)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return names, texts
}
