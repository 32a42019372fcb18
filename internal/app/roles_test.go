package app_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"goodword/internal/apptest"
	"goodword/internal/dbtest"
	"goodword/internal/ident"
	"goodword/internal/staff"
)

// M19: a role that is taken away in the middle of a session ends it, in every process with the next request, and the new one is
// what counts from then on.
func TestRoles_TakenAwayCountsInEveryProcess(t *testing.T) {
	t.Parallel()
	f := apptest.NewFleet(t, dbtest.PostgresURL(t), 2, apptest.Env("GOODWORD_LOG=info"))
	for n := range 2 {
		f.Process(n).Start()
		f.Process(n).Ready()
	}
	olga := f.As(staff.Owner, "Olga Reyes", "olga@brightwater.example")
	finn := f.As(staff.Finance, "Finn Adler", "finn@brightwater.example")
	approve := "/rewards/" + ident.New() + "/approve"
	cookie := finn.Header()
	ask := func(n int, method, path string) int {
		t.Helper()
		req, err := http.NewRequestWithContext(f.Context(), method, f.Process(n).URL+"/api/v1"+path, strings.NewReader("{}"))
		f.Must(err)
		req.Header.Set("Cookie", cookie)
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Sec-Fetch-Site", "same-origin")
		res, err := http.DefaultClient.Do(req)
		f.Must(err)
		_, err = io.Copy(io.Discard, res.Body)
		f.Must(errors.Join(err, res.Body.Close()))
		return res.StatusCode
	}
	for n := range 2 {
		if got := ask(n, http.MethodPost, approve); got != http.StatusNotFound {
			t.Fatalf("process %d answers finance with %d, want 404 for a reward that does not exist", n, got)
		}
		if got := ask(n, http.MethodGet, "/cases"); got != http.StatusOK {
			t.Fatalf("process %d answers finance with %d, want 200", n, got)
		}
	}
	for _, role := range []staff.Role{staff.Viewer, staff.Finance, staff.Rep} {
		olga.Patch("/staff/"+finn.Member.ID, map[string]string{"role": string(role)}, nil)
		changed := time.Now()
		for n := range 2 {
			if got := ask(n, http.MethodPost, approve); got != http.StatusUnauthorized {
				t.Errorf("process %d answers the session of who is now %s with %d, want 401", n, role, got)
			}
		}
		if took := time.Since(changed); took > time.Second {
			t.Errorf("it took %s", took)
		}
		cookie = f.SignIn(finn.Member).Header()
		want := map[bool]int{true: http.StatusNotFound, false: http.StatusForbidden}[role == staff.Finance]
		for n := range 2 {
			if got := ask(n, http.MethodPost, approve); got != want {
				t.Errorf("process %d answers who is now %s with %d, want %d", n, role, got, want)
			}
		}
	}
	olga.Post("/staff/"+finn.Member.ID+"/disable", map[string]string{"successor_id": olga.Member.ID}, nil)
	for n := range 2 {
		if got := ask(n, http.MethodGet, "/cases"); got != http.StatusUnauthorized {
			t.Errorf("process %d answers a disabled colleague with %d, want 401", n, got)
		}
	}
}
