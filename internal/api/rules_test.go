package api_test

import (
	"encoding/csv"
	"strings"
	"testing"

	"goodword/internal/api"
	"goodword/internal/dbtest"
	"goodword/internal/staff"
)

// S20: what says not who may use it, or names a permission that the table does not have, cannot be registered.
func TestRegister_RefusesARouteWithoutPermission(t *testing.T) {
	t.Parallel()
	try := func(target string, p ...staff.Permission) (refused any) {
		defer func() { refused = recover() }()
		api.Register(target, p...)
		return nil
	}
	if r := try("GET /nothing", staff.Read); r != nil {
		t.Errorf("a proper route is refused: %v", r)
	}
	for name, r := range map[string]any{
		"no permission": try("GET /nothing"), "unknown permission": try("GET /nothing", "everything"), "no method": try("/nothing", staff.Read),
		"twice": try("GET /home", staff.Read),
	} {
		if r == nil {
			t.Errorf("%s: registered", name)
		}
	}
}

// S16: no cell is a formula to a spreadsheet, numbers stay numbers, and everything comes back.
func TestCSV_IsSafeForSpreadsheets(t *testing.T) {
	t.Parallel()
	for _, cell := range []string{"=1+1", "=HYPERLINK(\"x\")", "@SUM(A1)", "+49 30 12345", "-2+3", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠x", " =1", "\u00a0=1", "-", "+", "-1,5", "--1", "-1.2.3"} {
		out := string(api.WriteCSV([][]string{{cell}}))
		rows, err := csv.NewReader(strings.NewReader(out)).ReadAll()
		if err != nil || len(rows) != 1 {
			t.Fatalf("%q: %v", cell, err)
		}
		// The writer leaves carriage returns out, because lines end with them.
		if got := rows[0][0]; got != "'"+strings.ReplaceAll(cell, "\r", "") {
			t.Errorf("%q becomes %q", cell, got)
		}
	}
	for _, cell := range []string{"", "5", "-5", "-5.00", "5.00 EUR", "Ana", "a=b", "a\"b", "a;b", "a,b", "line\nline", "Çelik", "’t Hooft"} {
		rows, err := csv.NewReader(strings.NewReader(string(api.WriteCSV([][]string{{cell, "x"}})))).ReadAll()
		if err != nil || rows[0][0] != cell {
			t.Errorf("%q becomes %q, %v", cell, rows, err)
		}
	}
	if got := string(api.WriteCSV([][]string{{"a\x00b", "c"}, {"1", "2"}})); got != "ab,c\r\n1,2\r\n" {
		t.Errorf("got %q", got)
	}
}

// S24: guessing set-up links is bounded by network address, whoever guesses.
func TestLimits_OfSetUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dbtest.SQLite(t))
	for range 30 {
		w.send("POST", "/setup/check", doc{"token": "guess"}).want(410)
	}
	r := w.send("POST", "/setup/check", doc{"token": "guess"}).wantProblem(429)
	if r.Header().Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
}
