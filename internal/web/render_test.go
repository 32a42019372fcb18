package web_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"goodword/internal/web"
)

func TestKeep_EachAnswerHasItsOwnNonceAndNothingElseChanges(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	page := templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		_, err := io.WriteString(w, `<p nonce="`+templ.GetNonce(ctx)+`">a</p><i nonce="`+templ.GetNonce(ctx)+`">b</i>`)
		return err
	})
	kept, err := web.Keep(t.Context(), page)
	if err != nil {
		t.Fatal(err)
	}
	s.GET("/kept", func(c echo.Context) error { return kept.Send(c, http.StatusOK) })
	seen := map[string]bool{}
	for range 3 {
		w := s.ask("GET", "/kept", "")
		wantStatus(t, w, http.StatusOK)
		policy := w.Header().Get("Content-Security-Policy")
		_, nonce, _ := strings.Cut(policy, "'nonce-")
		nonce, _, _ = strings.Cut(nonce, "'")
		if want := `<p nonce="` + nonce + `">a</p><i nonce="` + nonce + `">b</i>`; nonce == "" || seen[nonce] || w.Body.String() != want {
			t.Errorf("answered %q with the policy %q", w.Body.String(), policy)
		}
		seen[nonce] = true
	}
}
