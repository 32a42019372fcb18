package web_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"goodword/internal/fault"
	"goodword/internal/ident"
	"goodword/internal/web"
)

func cookieOf(t *testing.T, s *site, set func(web.Cookies, echo.Context)) (*http.Cookie, string) {
	t.Helper()
	s.GET("/set", func(c echo.Context) error { set(web.NewCookies(s.config), c); return c.NoContent(204) })
	w := s.ask("GET", "/set", "")
	cookies := w.Result().Cookies()
	if len(cookies) != 1 {
		t.Fatalf("%d cookies: %v", len(cookies), w.Header()["Set-Cookie"])
	}
	return cookies[0], w.Header().Get("Set-Cookie")
}

func TestCookies_AreBoundToTheHost(t *testing.T) {
	t.Parallel()
	session := func(k web.Cookies, c echo.Context) { k.SetSession(c, "tok", time.Hour) }
	step := func(k web.Cookies, c echo.Context) { k.SetStep(c, "sealed", 24*time.Hour) }
	for _, tc := range []struct {
		base, name string
		set        func(web.Cookies, echo.Context)
		age        int
	}{
		{"https://a.example", "__Host-gw_session", session, 3600}, {"https://a.example", "__Host-gw_step", step, 86400},
		{"http://localhost:8080", "gw_session", session, 3600}, {"http://localhost:8080", "gw_step", step, 86400},
	} {
		c, raw := cookieOf(t, newSite(t, "GOODWORD_BASE_URL="+tc.base), tc.set)
		secure := strings.HasPrefix(tc.base, "https")
		if c.Name != tc.name || c.Path != "/" || c.Domain != "" || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Secure != secure || c.MaxAge != tc.age {
			t.Errorf("%s: %s", tc.base, raw)
		}
	}
	c, raw := cookieOf(t, newSite(t, "GOODWORD_BASE_URL=https://a.example"), func(k web.Cookies, c echo.Context) { k.ClearSession(c) })
	if c.MaxAge >= 0 || c.Value != "" || !c.Secure {
		t.Errorf("clearing: %s", raw)
	}
}

// guarded has a page for anybody, one for signed-in people and one for finance.
func guarded(t *testing.T) *site {
	s := newSite(t, "GOODWORD_BASE_URL=https://a.example")
	auth := func(_ context.Context, token ident.Token, kind web.Kind) (web.Principal, error) {
		switch {
		case kind == web.SessionToken && token == "rosa":
			return web.Principal{StaffID: "s1", Role: "rep", Name: "Rosa"}, nil
		case kind == web.SessionToken && token == "fred":
			return web.Principal{StaffID: "s2", Role: "finance", Name: "Fred"}, nil
		case kind == web.APIKeyToken && token == "gw_crm":
			return web.Principal{APIKeyID: "k1", Role: "finance", Name: "CRM"}, nil
		case token == "away":
			return web.Principal{}, errors.New("the database is away")
		}
		return web.Principal{}, fault.New(fault.Unauthenticated, "")
	}
	g := s.Group("/api/v1", web.Authenticate(auth, web.NewCookies(s.config)))
	show := func(c echo.Context) error {
		p, ok := web.PrincipalFrom(c)
		inContext, okIn := web.PrincipalIn(c.Request().Context())
		if p != inContext || ok != okIn || web.RequestIDIn(c.Request().Context()) != web.RequestID(c) {
			return errors.New("context and echo disagree")
		}
		if !ok {
			return c.String(200, "nobody")
		}
		return c.String(200, p.Name)
	}
	g.GET("/open", show)
	g.GET("/staff", show, web.Require())
	g.GET("/finance", show, web.Require("finance", "owner"))
	return s
}

func TestRequire_LetsInWhoMay(t *testing.T) {
	t.Parallel()
	s := guarded(t)
	const session = "Cookie: __Host-gw_session="
	for _, tc := range []struct {
		path, header string
		status       int
		body         string
	}{
		{"/open", "", 200, "nobody"}, {"/staff", "", 401, ""}, {"/finance", "", 401, ""},
		{"/open", session + "rosa", 200, "Rosa"}, {"/staff", session + "rosa", 200, "Rosa"}, {"/finance", session + "rosa", 403, ""},
		{"/finance", session + "fred", 200, "Fred"}, {"/finance", "Authorization: Bearer gw_crm", 200, "CRM"}, {"/finance", "Authorization: bearer gw_crm", 200, "CRM"},
		{"/open", session + "stale", 200, "nobody"}, {"/staff", session + "stale", 401, ""},
		{"/open", "Authorization: Bearer gw_wrong", 401, ""}, {"/open", "Authorization: Bearer", 401, ""},
		{"/staff", "Cookie: gw_session=rosa", 401, ""}, // without the prefix a subdomain could have set it
		{"/open", session + "away", 500, ""}, {"/open", "Authorization: Bearer rosa", 401, ""},
	} {
		w := s.ask("GET", "/api/v1"+tc.path, "", tc.header)
		if w.Code != tc.status || tc.body != "" && w.Body.String() != tc.body {
			t.Errorf("%s with %q = %d %q, want %d %q", tc.path, tc.header, w.Code, w.Body, tc.status, tc.body)
		}
	}
	if w := s.ask("GET", "/api/v1/open", "", session+"stale"); !strings.Contains(w.Header().Get("Set-Cookie"), "Max-Age=0") {
		t.Errorf("a stale cookie stays: %q", w.Header().Get("Set-Cookie"))
	}
}

// The exemption of API keys from the cross-origin check must not open the cookie's door.
func TestAuthenticate_NeverUsesTheCookieBesideAnAuthorizationHeader(t *testing.T) {
	t.Parallel()
	s := guarded(t)
	w := s.ask("GET", "/api/v1/staff", "", "Cookie: __Host-gw_session=fred", "Authorization: Bearer x")
	wantStatus(t, w, http.StatusUnauthorized)
	w = s.ask("GET", "/api/v1/staff", "", "Cookie: __Host-gw_session=fred", "Authorization: Bearer gw_crm")
	if w.Body.String() != "CRM" {
		t.Errorf("got %q", w.Body)
	}
}
