package api_test

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"testing"

	"goodword/internal/db"
	"goodword/internal/dbtest"
	"goodword/internal/staff"
)

// dump returns every table as text, without what a look may change: visits, and when a key or session was last used.
func (w *world) dump() map[string]string {
	w.t.Helper()
	query := "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
	if w.db.Engine() == db.Postgres {
		query = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
	}
	var tables []string
	w.must(w.db.NewRaw(query).Scan(w.ctx(), &tables))
	out := map[string]string{}
	for _, table := range tables {
		if table == "visit" || strings.HasPrefix(table, "river_") || strings.HasPrefix(table, "goose") {
			continue
		}
		var rows []map[string]any
		w.must(w.db.NewRaw("SELECT * FROM "+table).Scan(w.ctx(), &rows))
		lines := make([]string, len(rows))
		for i, row := range rows {
			delete(row, "seen_at")
			delete(row, "used_at")
			lines[i] = fmt.Sprint(row)
		}
		slices.Sort(lines)
		out[table] = strings.Join(lines, "\n")
	}
	return out
}

// filled replaces the parameters of a path by ids that exist, where the stage has some.
func (s *stage) filled(path string) string {
	id := s.ids[strings.Split(path, "/")[1]]
	if id == "" {
		id = absent
	}
	return strings.NewReplacer("{id}", id, "{suggestion_id}", s.suggestion).Replace(path)
}

const absent = "018f2b1c-0000-7000-8000-000000000000"

// S4: no GET or HEAD changes anything, whatever it finds.
func TestSafe_GetAndHeadChangeNothing(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newStage(t, d)
		key := s.as(staff.Owner)
		s.send("GET", "/me", nil, key).want(200)
		before := s.dump()
		n := 0
		for _, op := range s.schema.operations() {
			if op.method != "GET" {
				continue
			}
			for _, method := range []string{"GET", "HEAD"} {
				if op.path == "/stream" && method == "GET" {
					continue // it lasts; see TestStream
				}
				for _, id := range []string{s.filled(op.path), strings.ReplaceAll(op.path, "{id}", absent)} {
					for _, more := range []string{"Purpose: prefetch", "Sec-Purpose: prefetch;prerender", "Accept: text/csv"} {
						r := s.send(method, id, nil, key, more)
						if r.Code >= 500 {
							t.Errorf("%s %s = %d: %s", method, id, r.Code, r.Body)
						}
						n++
					}
				}
			}
		}
		if n < 200 {
			t.Errorf("only %d requests", n)
		}
		for table, rows := range s.dump() {
			if rows != before[table] {
				t.Errorf("table %s changed:\nbefore %s\nafter  %s", table, before[table], rows)
			}
		}
	})
}

// S21: no operation takes a field that it does not document, at any depth.
func TestMassAssignment_IsRefusedEverywhere(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newStage(t, d)
		owner, key := s.signedIn(s.member("Olga", staff.Owner)), s.as(staff.Owner)
		extra := doc{}
		names := strings.Fields("status state amount accrued_minor amount_minor role approved_by approved_at closer_id program_id version id created_at updated_at " +
			"owner customer introducer_id earned_on rail_object destination paused_by actor_id password_hash token_hash deal_id offer_id planned")
		for _, n := range names {
			extra["x_"+n] = "x"
			extra[n] = "x"
		}
		s.send("GET", "/me", nil, owner).want(200)
		s.send("GET", "/me", nil, key).want(200)
		before := s.dump()
		n := 0
		for _, op := range s.schema.operations() {
			content, ok := op.doc["requestBody"].(map[string]any)
			if !ok {
				continue
			}
			if _, ok := content["content"].(map[string]any)["application/json"]; !ok || op.path == "/session" || strings.HasPrefix(op.path, "/setup") || strings.HasPrefix(op.path, "/me") {
				continue
			}
			who := owner // some operations are for people alone, and one is for keys alone
			if op.path == "/deals" {
				who = key
			}
			r := s.send(op.method, s.filled(op.path), extra, who)
			if r.Code != 400 || r.length("errors") < len(names) {
				t.Errorf("%s %s with unknown fields = %d: %s", op.method, op.path, r.Code, r.Body)
			}
			n++
		}
		if n < 40 {
			t.Errorf("only %d operations", n)
		}
		for table, rows := range s.dump() {
			if rows != before[table] {
				t.Errorf("table %s changed", table)
			}
		}
	})
}

const matrixFile = "testdata/matrix.txt"

// S20, M19: every operation × role × own, foreign or absent object. The file is the answer that was agreed; the test asks
// the running API. A new operation without a line fails.
func TestMatrix_EveryOperationAndRole(t *testing.T) {
	t.Parallel()
	var lines []string
	s := newStage(t, dbtest.SQLite(t))
	everybody := s.cast()
	cases := 0
	for _, op := range s.schema.operations() {
		line := fmt.Sprintf("%-6s %-48s", op.method, op.path)
		for _, who := range everybody {
			line += " " + who.name + ":"
			for _, a := range s.attempts(op) {
				line += s.gate(op, a, who)
				cases++
			}
		}
		lines = append(lines, line)
	}
	got := strings.Join(lines, "\n") + "\n"
	if *update {
		s.must(os.WriteFile(matrixFile, []byte(got), 0o644))
	}
	want, err := fs.ReadFile(os.DirFS(path.Dir(matrixFile)), path.Base(matrixFile))
	s.must(err)
	if got != string(want) {
		for i, line := range strings.Split(string(want), "\n") {
			if i >= len(lines) || line != lines[i] {
				t.Errorf("from line %d on\nwant %s\ngot  %s", i+1, line, append(lines, "(end)")[min(i, len(lines))])
				break
			}
		}
	}
	if cases < 2000 {
		t.Errorf("only %d cases", cases)
	}
}

// attempt is one request of the matrix.
type attempt struct {
	path string
	body any
}

// attempts are the own, the foreign and the absent object of an operation, or what of them makes a difference. Bodies are
// such that the handler gets as far as its own question of who may, and does little beyond.
func (s *stage) attempts(op operation) []attempt {
	body := func(d doc) any {
		if _, ok := op.doc["requestBody"]; !ok {
			return nil
		}
		return d
	}
	with := func(d doc, ids ...string) []attempt {
		var out []attempt
		for _, id := range ids {
			out = append(out, attempt{strings.NewReplacer("{id}", id, "{suggestion_id}", absent).Replace(op.path), body(d)})
		}
		return out
	}
	switch target := op.method + " " + op.path; {
	case target == "POST /customers/{id}/events":
		return with(doc{"type": "contacted"}, s.own.ID, s.foreign.ID, absent)
	case target == "POST /customers/{id}/erase":
		return with(doc{"reason": "asked"}, absent)
	case target == "POST /campaigns/{id}/invitations":
		var out []attempt
		for _, customer := range []string{s.own.ID, s.foreign.ID, absent} {
			out = append(out, attempt{"/campaigns/" + s.ids["campaigns"] + "/invitations", doc{"customer_id": customer, "channel": "link"}})
		}
		return out
	case target == "PUT /payouts/switch":
		return with(doc{"paused": false, "reason": "test"}, "")
	case strings.HasPrefix(op.path, "/customers/{id}"):
		return with(doc{}, s.own.ID, s.foreign.ID, absent)
	case strings.HasPrefix(op.path, "/tasks/{id}"):
		// Done comes before the others; what nobody owns, and a closed task, still has its owner.
		bodies := map[string]doc{"done": {}, "snooze": {"until": "2020-01-01T00:00:00Z"}, "reassign": {"owner_id": absent}}
		return with(bodies[path.Base(op.path)], s.ownTask, s.foreignTask, absent)
	case strings.HasPrefix(op.path, "/staff/{id}"), !strings.Contains(op.path, "{id}"):
		return with(doc{}, absent)
	}
	id := s.ids[strings.Split(op.path, "/")[1]]
	if id == "" {
		return with(doc{}, absent)
	}
	return with(doc{}, id, absent)
}

// gate is + when a request is let through, whatever becomes of it then, - when it is forbidden, and x for nobody.
func (s *stage) gate(op operation, a attempt, who somebody) string {
	s.t.Helper()
	ctx, cancel := context.WithCancel(s.ctx())
	defer cancel()
	if op.path == "/stream" {
		cancel()
	}
	var headers []string
	if who.header != "" {
		headers = append(headers, who.header)
	}
	if op.method == "DELETE" && op.path == "/session" && who.member.ID != "" {
		headers = []string{s.signedIn(who.member)} // one more session, to be ended
	}
	r := s.sendIn(ctx, op.method, a.path, a.body, headers...)
	switch {
	case r.Code == 401:
		return "x"
	case r.Code == 403:
		return "-"
	case r.Code >= 500:
		s.t.Errorf("%s %s by %s = %d: %s", op.method, a.path, who.name, r.Code, r.Body)
	}
	return "+"
}
