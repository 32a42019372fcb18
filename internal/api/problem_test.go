package api_test

import (
	"strings"
	"testing"

	"goodword/internal/dbtest"
	"goodword/internal/staff"
)

func TestProblem_NamesEveryWrongField(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dbtest.SQLite(t))
	key := w.as(staff.Owner)
	for _, c := range []struct {
		name, method, path string
		body               any
		status             int
		fields             string
	}{
		{"malformed", "POST", "/customers", `{"email": `, 400, "body"},
		{"no document", "POST", "/customers", ``, 400, "body"},
		{"not an object", "POST", "/customers", `[]`, 400, "body"},
		{"unknown field", "POST", "/customers", doc{"email": "a@b.example", "vip": true}, 400, "vip"},
		{"unknown fields at depth", "POST", "/customers", doc{"email": "a@b.example", "addresses": []doc{{"kind": "email", "value": "c@d.example", "main": true}}}, 400, "addresses.0.main"},
		{"wrong type", "POST", "/customers", doc{"email": 7}, 400, "email"},
		{"no time", "POST", "/customers", doc{"email": "a@b.example", "renews_at": "soon"}, 400, "renews_at"},
		{"missing", "POST", "/segments", doc{"filter": doc{}}, 422, "name"},
		{"missing at depth", "POST", "/introductions/x/win", doc{"amount": doc{"amount_minor": 5}}, 422, "amount.currency"},
		{"no such word", "POST", "/customers", doc{"email": "a@b.example", "gift_policy": "everything"}, 422, "gift_policy"},
		{"rule of the service", "POST", "/customers", doc{"email": "nobody", "country": "Atlantis"}, 422, "email country"},
		{"unknown parameter", "GET", "/customers?vip=1", nil, 400, "vip"},
		{"no number", "GET", "/customers?limit=many", nil, 400, "limit"},
		{"too many", "GET", "/customers?limit=201", nil, 422, "limit"},
		{"no such state", "GET", "/introductions?state=won,lots", nil, 422, "state.1"},
		{"foreign cursor", "GET", "/customers?cursor=AAAA", nil, 400, "cursor"},
		{"no such thing", "GET", "/customers/018f2b1c-0000-7000-8000-000000000000", nil, 404, ""},
		{"no id", "GET", "/customers/x%00", nil, 400, ""},
		{"no such route", "GET", "/unicorns", nil, 404, ""},
		{"no such method", "PUT", "/customers", doc{}, 405, ""},
		{"no JSON", "POST", "/customers", "a=b", 400, "body"},
		{"NUL", "POST", "/customers", `{"first_name": "\u0000"}`, 400, ""},
	} {
		r := w.send(c.method, c.path, c.body, key)
		got := []string{}
		if c.fields != "" {
			got = strings.Fields(c.fields)
		}
		t.Run(c.name, func(t *testing.T) {
			r.t = t
			r.wantProblem(c.status, got...)
			if strings.Contains(r.Body.String(), "nobody") || strings.Contains(r.Body.String(), "Atlantis") {
				t.Errorf("the answer repeats what was sent: %s", r.Body)
			}
		})
	}
	if r := w.send("POST", "/customers", "a=b", key, "Content-Type: application/x-www-form-urlencoded"); r.Code != 415 {
		t.Errorf("a form = %d: %s", r.Code, r.Body)
	}
	if strings.Contains(w.log.String(), "level=ERROR") {
		t.Errorf("refusals are no errors of ours: %s", w.log)
	}
}
