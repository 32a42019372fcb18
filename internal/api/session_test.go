package api_test

import (
	"net/http"
	"strings"
	"testing"

	"goodword/internal/db"
	"goodword/internal/dbtest"
	"goodword/internal/staff"
)

func TestSession_FromSetUpLinkToSignOut(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.send("GET", "/me", nil).wantProblem(401)
		_, link, err := w.staff.Add(w.ctx(), system, staff.NewMember{Name: "Olga", Email: "olga@example.com", Role: staff.Owner})
		w.must(err)
		token := link[strings.LastIndexByte(link, '/')+1:]
		if name := w.send("POST", "/setup/check", doc{"token": token}).want(200).text("name"); name != "Olga" {
			t.Errorf("set-up link is for %q", name)
		}
		w.send("POST", "/setup", doc{"token": token, "password": "12345678"}).wantProblem(422, "password")
		in := w.send("POST", "/setup", doc{"token": token, "password": password}).want(200)
		if in.text("role") != "owner" || in.text("member.email") != "olga@example.com" {
			t.Errorf("signed in as %s", in.Body)
		}
		cookie := in.Result().Cookies()[0]
		if cookie.Name != "__Host-gw_session" || !cookie.HttpOnly || !cookie.Secure || cookie.SameSite != http.SameSiteLaxMode {
			t.Errorf("cookie %v", cookie)
		}
		w.send("POST", "/setup", doc{"token": token, "password": password}).wantProblem(410)
		me := w.send("GET", "/me", nil, "Cookie: "+cookie.Name+"="+cookie.Value).want(200)
		if me.length("permissions") < 20 || me.text("company") != "Example" {
			t.Errorf("GET /me = %s", me.Body)
		}
		w.send("DELETE", "/session", nil, "Cookie: "+cookie.Name+"="+cookie.Value).want(204)
		w.send("GET", "/me", nil, "Cookie: "+cookie.Name+"="+cookie.Value).wantProblem(401)

		w.send("POST", "/session", doc{"email": "olga@example.com", "password": "wrong wrong"}).wantProblem(401)
		again := w.send("POST", "/session", doc{"email": "OLGA@example.com", "password": password}).want(200)
		if c := again.Result().Cookies()[0]; c.Value == cookie.Value {
			t.Error("the session did not change with the sign-in")
		}
	})
}

// S10: another site cannot make a signed-in browser act; an API key has no cookie and is exempt.
func TestCrossSite_IsRefusedButForKeys(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dbtest.SQLite(t))
	cookie := w.signedIn(w.member("Olga", staff.Owner))
	body := doc{"name": "Everybody", "filter": doc{}}
	w.send("POST", "/segments", body, cookie, "Sec-Fetch-Site: cross-site").wantProblem(403)
	w.send("POST", "/segments", body, cookie, "Origin: https://evil.example").wantProblem(403)
	w.send("POST", "/segments", body, cookie, "Sec-Fetch-Site: same-origin").want(200)
	w.send("POST", "/segments", doc{"name": "All", "filter": doc{}}, w.as(staff.Marketer), "Sec-Fetch-Site: cross-site").want(200)
	w.send("GET", "/me", nil, "Authorization: Bearer gw_wrong", cookie).wantProblem(401)
}

func TestMe_OwnAccountAndPassword(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dbtest.SQLite(t))
	rosa := w.member("Rosa", staff.Rep)
	cookie, other := w.signedIn(rosa), w.signedIn(rosa)
	me := w.send("PATCH", "/me", doc{"zone": "Europe/Berlin", "title": "Sales", "away_until": "2026-06-01T00:00:00Z"}, cookie).want(200)
	if me.text("member.zone") != "Europe/Berlin" || me.text("member.away_until") != "2026-06-01T00:00:00Z" {
		t.Errorf("PATCH /me = %s", me.Body)
	}
	if me := w.send("PATCH", "/me", doc{"away_until": nil}, cookie).want(200); me.at("member").(map[string]any)["away_until"] != nil {
		t.Errorf("still away: %s", me.Body)
	}
	w.send("PATCH", "/me", doc{"role": "owner"}, cookie).wantProblem(400, "role")
	w.send("PATCH", "/me", doc{"zone": "Utopia/Nowhere"}, cookie).wantProblem(422, "zone")
	w.send("PATCH", "/me", doc{"zone": "UTC"}, w.as(staff.Rep)).wantProblem(403)
	w.send("POST", "/me/password", doc{"old": "wrong wrong", "new": "another long one", "end_others": true}, cookie).wantProblem(422, "old")
	w.send("POST", "/me/password", doc{"old": password, "new": "another long one", "end_others": true}, cookie).want(204)
	w.send("GET", "/me", nil, cookie).want(200)
	w.send("GET", "/me", nil, other).wantProblem(401)
}
