package apptest

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"goodword/internal/staff"
)

func TestLeaks_FindsWholeWordsOnly(t *testing.T) {
	t.Parallel()
	lines := []string{`{"msg":"request","route":"/c/:token"}`, `{"msg":"mail","to":"ana@delta.example"}`, `{"msg":"manager"}`}
	for word, want := range map[string]bool{"ana@delta.example": true, "Ana": false, "manage": false, "manager": true, "tok-123": false} {
		if got := len(leaks(lines, []string{word})) > 0; got != want {
			t.Errorf("%q found: %t, want %t", word, got, want)
		}
	}
}

func TestWorld_LogsRequestsWithoutTheTokenThatWasOpened(t *testing.T) {
	t.Parallel()
	w := New(t)
	const token = "AAAAAAAAAAAAAAAAAAAAAAAAAAA"
	b := w.Browser()
	b.Get("/i/" + token).Want(http.StatusNotFound)
	b.Get("/livez").Want(http.StatusOK) // on the same connection, so that the first request is over and logged
	if !slices.Contains(w.private, token) {
		t.Errorf("the browser has noted %q, want the token", w.private)
	}
	if !strings.Contains(w.Log(), "/i/:token") {
		t.Errorf("the request is not logged, so that the log proves nothing:\n%s", w.Log())
	}
	if found := leaks(strings.Split(w.Log(), "\n"), w.private); len(found) > 0 {
		t.Error(found)
	}
}

func TestSkip_MovesTheClockOfBothSides(t *testing.T) {
	t.Parallel()
	w := New(t, At(time.Date(2026, 1, 2, 3, 0, 0, 0, time.UTC)))
	w.Skip(36 * time.Hour)
	want := time.Date(2026, 1, 3, 15, 0, 0, 0, time.UTC)
	if now := w.App.Now(); !now.Equal(want) {
		t.Errorf("the application's time is %s, want %s", now, want)
	}
	w.StripeCustomer("ben@harbor.example", "Ben")
	events := w.Sim.Events("customer.created")
	if len(events) != 1 || events[0].Created != want.Unix() {
		t.Errorf("Stripe has the events %+v, want one at %s", events, want)
	}
}

func TestClient_IsRefusedWhatItsRoleMayNot(t *testing.T) {
	t.Parallel()
	w := New(t)
	viewer := w.As(staff.Viewer, "Vera Lind", "vera.lind@brightwater.example")
	viewer.Get("/customers", nil)
	if status, answer := viewer.Do(http.MethodPost, "/customers", map[string]string{"first_name": "Ana"}); status != http.StatusForbidden {
		t.Errorf("a viewer's POST is answered %d: %s", status, answer)
	}
}
