package web_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"goodword/internal/fault"
	"goodword/internal/ident"
	"goodword/internal/web"
)

type clock struct{ t time.Time }

func (c *clock) now() time.Time { return c.t }

func newClock() *clock { return &clock{time.Date(2026, 5, 14, 9, 0, 0, 0, time.UTC)} }

func keys(t *testing.T, secret string) *ident.Keyring {
	t.Helper()
	k, err := ident.NewKeyring(secret)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

const (
	secretA = "0123456789abcdef0123456789abcdef"
	secretB = "fedcba9876543210fedcba9876543210"
)

func wantKey(t *testing.T, what string, err error, key string) {
	t.Helper()
	if key == "" {
		if err != nil {
			t.Errorf("%s: %v, want no error", what, err)
		}
		return
	}
	if !fault.Is(err, fault.Invalid) || fault.As(err).Key != key {
		t.Errorf("%s: %v, want Invalid with %s", what, err, key)
	}
}

func TestNonce_ExpiresAndCannotBeForgedOrMoved(t *testing.T) {
	t.Parallel()
	c := newClock()
	n := web.NewNonces(keys(t, secretA), c.now)
	form := web.FormID{Link: "link-1", Name: "introduce", Draft: "draft-1"}
	nonce := n.Make(form)
	c.t = c.t.Add(2 * time.Second)
	wantKey(t, "after two seconds", n.Check(nonce, form, time.Second), "")
	for what, f := range map[string]web.FormID{
		"another link": {Link: "link-2", Name: "introduce", Draft: "draft-1"}, "another form": {Link: "link-1", Name: "testimonial", Draft: "draft-1"},
		"another draft": {Link: "link-1", Name: "introduce", Draft: "draft-2"}, "no draft": {Link: "link-1", Name: "introduce"},
		"shifted parts": {Link: "link-1introduce", Name: "", Draft: "draft-1"},
	} {
		wantKey(t, what, n.Check(nonce, f, 0), "error.form_old")
	}
	expires, sig, _ := strings.Cut(nonce, ".")
	for _, forged := range []string{"", ".", expires, expires + ".", "." + sig, "zzzz" + nonce, nonce + "x", expires + "." + strings.ToUpper(sig), "-1." + sig} {
		wantKey(t, "forged "+forged, n.Check(forged, form, 0), "error.form_old")
	}
	wantKey(t, "another installation", web.NewNonces(keys(t, secretB), c.now).Check(nonce, form, 0), "error.form_old")
	wantKey(t, "after rotation", web.NewNonces(keys(t, secretB+","+secretA), c.now).Check(nonce, form, 0), "")
	c.t = c.t.Add(web.FormLife - 3*time.Second)
	wantKey(t, "just before the end", n.Check(nonce, form, 0), "")
	c.t = c.t.Add(2 * time.Second)
	wantKey(t, "after the end", n.Check(nonce, form, 0), "error.form_old")
}

func TestNonce_RefusesWhatNoPersonCanDo(t *testing.T) {
	t.Parallel()
	c := newClock()
	n := web.NewNonces(keys(t, secretA), c.now)
	form := web.FormID{Link: "l", Name: "f"}
	nonce := n.Make(form)
	wantKey(t, "at once", n.Check(nonce, form, time.Second), "error.too_fast")
	c.t = c.t.Add(999 * time.Millisecond)
	wantKey(t, "just before", n.Check(nonce, form, time.Second), "error.too_fast")
	c.t = c.t.Add(time.Millisecond)
	wantKey(t, "after a second", n.Check(nonce, form, time.Second), "")
	if !web.Trapped(url.Values{web.TrapField: {"x"}}) || web.Trapped(url.Values{"name": {"x"}, web.TrapField: {""}}) {
		t.Error("the trap tells nobody apart")
	}
}

func TestSealer_KeepsADraftInItsScopeForItsTime(t *testing.T) {
	t.Parallel()
	type draft struct{ FirstName, Note string }
	c := newClock()
	s := web.NewSealer(keys(t, secretA), c.now)
	sealed, err := s.Seal("r/abc", draft{"Ben", "hello"})
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(sealed, "Ben") {
		t.Errorf("readable: %s", sealed)
	}
	var got draft
	if err := s.Open("r/abc", sealed, &got); err != nil || got != (draft{"Ben", "hello"}) {
		t.Errorf("Open = %+v, %v", got, err)
	}
	var other draft
	wantKey(t, "another code", s.Open("r/abd", sealed, &other), "error.form_expired")
	wantKey(t, "changed", s.Open("r/abc", "A"+sealed[1:], &other), "error.form_expired")
	wantKey(t, "empty", s.Open("r/abc", "", &other), "error.form_expired")
	wantKey(t, "another key", web.NewSealer(keys(t, secretB), c.now).Open("r/abc", sealed, &other), "error.form_expired")
	c.t = c.t.Add(web.FormLife + time.Second)
	wantKey(t, "ended", s.Open("r/abc", sealed, &other), "error.form_expired")
	if other != (draft{}) {
		t.Errorf("a refused draft was filled in: %+v", other)
	}
}
