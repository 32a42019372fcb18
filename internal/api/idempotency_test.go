package api_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"goodword/internal/api"
	"goodword/internal/db"
	"goodword/internal/dbtest"
	"goodword/internal/staff"
)

func TestIdempotency_SameKeyAndBodyGetTheFirstAnswer(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		key, finance := w.as(staff.Marketer), w.as(staff.Owner)
		ask := func(email, who string) *reply {
			return w.send("POST", "/customers", doc{"email": email, "first_name": "Ana"}, who, "Idempotency-Key: one")
		}
		first := ask("ana@example.com", key).want(201)
		again := ask("ana@example.com", key).want(201)
		if first.Body.String() != again.Body.String() || again.Header().Get("Idempotency-Replayed") != "true" {
			t.Errorf("the second answer is another: %s", again.Body)
		}
		for _, h := range []string{"ETag", "Location", "Content-Type"} {
			if first.Header().Get(h) == "" || first.Header().Get(h) != again.Header().Get(h) {
				t.Errorf("%s: first %q, again %q", h, first.Header().Get(h), again.Header().Get(h))
			}
		}
		ask("bea@example.com", key).wantProblem(409)
		w.send("POST", "/segments", doc{"name": "x", "filter": doc{}}, key, "Idempotency-Key: one").wantProblem(409)
		// Keys are each one's own, and an answer that was refused keeps none.
		ask("ana@example.com", finance).wantProblem(409, "email")
		ask("bea@example.com", finance).want(201)
		if n := w.send("GET", "/customers/count", nil, key).want(200).number("count"); n != 2 {
			t.Errorf("%v customers, want 2", n)
		}
		w.wall.pass(24*time.Hour + time.Second)
		ask("carl@example.com", key).want(201)
		if n, err := api.PurgeAnswers(w.ctx(), d, w.wall.now()); err != nil || n != 1 {
			t.Errorf("purged %d, %v; want the one that is over", n, err)
		}
	})
}

// S1: a kept answer may hold a private link, so it is sealed.
func TestIdempotency_AnswersAreKeptSealed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dbtest.SQLite(t))
	answer := w.send("POST", "/api-keys", doc{"name": "CRM", "role": "viewer"}, w.as(staff.Owner), "Idempotency-Key: key").want(201)
	token := answer.text("token")
	if again := w.send("POST", "/api-keys", doc{"name": "CRM", "role": "viewer"}, w.as(staff.Owner), "Idempotency-Key: key").want(201); again.text("token") != token {
		t.Error("the token is another")
	}
	for table, rows := range w.dump() {
		if strings.Contains(rows, token) || strings.Contains(rows, token[4:24]) {
			t.Errorf("table %s holds the token", table)
		}
	}
}

func TestIdempotency_ParallelRequestsDoTheWorkOnce(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		key := w.as(staff.Marketer)
		var wg sync.WaitGroup
		codes := make([]int, 20)
		for i := range codes {
			wg.Go(func() {
				codes[i] = w.send("POST", "/customers", doc{"first_name": "Ana"}, key, "Idempotency-Key: p").Code
			})
		}
		wg.Wait()
		for _, code := range codes {
			if code != 201 && code != 409 {
				t.Errorf("status %d", code)
			}
		}
		if n := w.send("GET", "/customers/count", nil, key).want(200).number("count"); n != 1 {
			t.Errorf("%v customers, want 1", n)
		}
	})
}

// A process that died in the middle keeps its key for a quarter of an hour.
func TestIdempotency_AnAbandonedKeyIsTakenOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dbtest.SQLite(t))
	owner := w.member("Olga", staff.Owner)
	cookie := w.signedIn(owner)
	_, err := w.db.NewRaw("INSERT INTO idempotency (principal, key, request_hash, created_at) VALUES (?, 'k', '', ?)", "staff:"+owner.ID, w.wall.now()).Exec(w.ctx())
	w.must(err)
	w.send("POST", "/segments", doc{"name": "All", "filter": doc{}}, cookie, "Idempotency-Key: k").wantProblem(409)
	w.wall.pass(16 * time.Minute)
	w.send("POST", "/segments", doc{"name": "All", "filter": doc{}}, cookie, "Idempotency-Key: k").want(200)
	w.send("POST", "/segments", doc{"name": "All", "filter": doc{}}, cookie, "Idempotency-Key: "+strings.Repeat("k", 201)).wantProblem(400, "Idempotency-Key")
}

func TestETag_AStaleEditIsRefused(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		key := w.as(staff.Owner)
		rosa, _, err := w.staff.Add(w.ctx(), system, staff.NewMember{Name: "Rosa", Email: "rosa@example.com", Role: staff.Rep})
		w.must(err)
		for path, change := range map[string][2]doc{
			"/customers/" + w.send("POST", "/customers", doc{"first_name": "Ana"}, key).want(201).text("id"):                          {{"note": "one"}, {"note": "two"}},
			"/campaigns/" + w.send("POST", "/campaigns", doc{"template": "order_placed", "name": "Orders"}, key).want(201).text("id"): {{"name": "one"}, {"name": "two"}},
			"/staff/" + rosa.ID: {{"title": "one"}, {"title": "two"}},
			"/settings":         {{"company": "One"}, {"company": "Two"}},
		} {
			etag := w.send("GET", path, nil, key).want(200).Header().Get("ETag")
			if etag == "" {
				t.Errorf("GET %s has no ETag", path)
				continue
			}
			fresh := w.send("PATCH", path, change[0], key, "If-Match: "+etag).want(200).Header().Get("ETag")
			if fresh == etag {
				t.Errorf("PATCH %s leaves the ETag %s", path, etag)
			}
			before := fmt.Sprint(w.dump())
			w.send("PATCH", path, change[1], key, "If-Match: "+etag).wantProblem(412)
			if after := fmt.Sprint(w.dump()); after != before {
				t.Errorf("the refused PATCH %s changed something", path)
			}
			w.send("PATCH", path, change[1], key, "If-Match: W/"+fresh).want(200)
			w.send("PATCH", path, change[0], key, "If-Match: *").want(200)
			w.send("PATCH", path, change[1], key).want(200)
			w.send("PATCH", path, change[1], key, `If-Match: "soon"`).wantProblem(400, "If-Match")
		}
		// Another conflict stays one.
		id := w.send("POST", "/customers", doc{"email": "a@b.example"}, key).want(201).text("id")
		other := w.send("POST", "/customers", doc{"email": "c@d.example"}, key).want(201)
		w.send("PATCH", "/customers/"+id, doc{"email": "C@d.example"}, key, "If-Match: "+other.Header().Get("ETag")).wantProblem(409, "email")
	})
}
