package app_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"goodword/internal/apptest"
	"goodword/internal/campaign"
	"goodword/internal/db"
	"goodword/internal/ident"
	"goodword/internal/mail"
	"goodword/internal/staff"
)

// S4: for every route of the router, 20 GET and 20 HEAD with a valid token or session change no row of any table but the
// visits, and the links work afterwards as before. A route for which this test knows no valid address fails it.
//
// The use of a session and of an API key is noted once in a quarter of an hour (staff_token.seen_at, api_key.used_at): like a
// visit it is the trace of the look itself, and sessions need it to end when idle. Here each is used once before the dump, so
// that nothing at all has to be left out of the comparison.
func TestQuiet_NoGETOrHEADChangesAnything(t *testing.T) {
	t.Parallel()
	const times = 20
	apptest.Each(t, func(w *apptest.World) {
		t := w.T
		h := newHouse(t, w)
		h.ask(http.MethodGet, "/api/v1/me")
		h.key.send(http.MethodGet, "/api/v1/me")
		before := dump(w)
		requests, refused := 0, map[string]int{}
		for n, r := range h.routes() {
			path := h.fill(r)
			w.Tick() // a row that is written again as it was would not be seen otherwise
			for range times {
				for k, method := range []string{http.MethodGet, http.MethodHead} {
					h.address = fmt.Sprintf("127.0.%d.%d:1", k+1, n) // another visitor each, because those who ask too much are turned away
					status := h.ask(method, path)
					requests++
					if status >= 500 {
						t.Errorf("%s %s is answered %d", method, r, status)
					}
					if status >= 400 {
						refused[r] = status
					}
				}
			}
			h.ask(http.MethodOptions, path)
		}
		for r, status := range refused {
			if mayRefuse[r] != status {
				t.Errorf("%s is answered %d: its handler was not reached with something valid", r, status)
			}
		}
		w.Settle()
		after := dump(w)
		for table, rows := range after {
			if rows != before[table] {
				t.Errorf("table %s was changed by looking\nbefore %s\nafter  %s", table, before[table], rows)
			}
		}
		t.Logf("%d requests to %d routes; %d tables compared", requests, len(h.routes()), len(after))

		// The links are as good as new.
		h.s.ana.Open(h.s.anaURL).Follow("/introduce").Main().Fill("first_name", "Dora").Fill("note", anasNote).Press("how", "self").Want(http.StatusOK)
		cleo := w.Browser().Open(h.cleoURL).Follow("/yes").Main().Choose("how", "email").Fill("email", "cleo.park@acme.example")
		if len(cleo.Options("name")) > 0 {
			cleo.Fill("name", "Cleo Park")
		}
		cleo.Send().Want(http.StatusOK).Shows("Thank you")
	})
}

// mayRefuse are routes that have nothing to show in the world of this test.
var mayRefuse = map[string]int{
	"/logo.svg":          http.StatusNotFound, // no logo was uploaded
	"/i/:token/talk.ics": http.StatusNotFound, // no talk was agreed
}

// house is an installation with something behind every route.
type house struct {
	s       *story
	cleoURL string
	owner   *apptest.Client
	key     *visitor
	places  []place
	address string
}

// place is how the parameters of the routes below a path are filled, and with which cookies.
type place struct {
	prefix string
	fill   *strings.Replacer
	cookie string
}

func newHouse(t *testing.T, w *apptest.World) *house {
	t.Helper()
	s := &story{World: w}
	s.open(t)
	for _, play := range []func(*testing.T){s.imports, s.launches, s.introduces, s.testifies, s.accepts, s.welcomes, s.advances, s.buys} {
		if play(t); t.Failed() {
			t.Fatal("the story stops")
		}
	}
	h := &house{s: s, owner: w.As(staff.Owner, "Olga Berg", "olga.berg@brightwater.example"), address: "127.0.0.1:1"}
	_, token, err := w.App.Staff.AddKey(w.Context(), system, "CRM", staff.Owner)
	w.Must(err)
	h.key = &visitor{handler: w.App.Handler, header: http.Header{"Authorization": {"Bearer " + token.Plain()}}, address: "127.0.0.1:1"}

	// One more introduction, whose prospect has not answered.
	send := s.ana.Open(s.anaURL+"/introduce").Main().Fill("first_name", "Cleo").Fill("note", anasNote).Press("how", "self").Want(http.StatusOK)
	send.Main().Press("channel", "copy").Want(http.StatusOK)
	cleo := h.text("SELECT id FROM introduction WHERE first_name = 'Cleo'")
	h.cleoURL, err = w.App.Introductions.ProspectURL(w.Context(), cleo)
	w.Must(err)
	share := s.ana.Open(s.anaURL).FormWith("nonce", "").Send()
	poster, err := w.App.Campaigns.AddPlacement(w.Context(), system, s.campaignID, "Poster")
	w.Must(err)
	charity, err := w.App.Campaigns.AddCharity(w.Context(), system, campaign.CharityDraft{Name: "Library on Wheels", Registration: "VR20731"})
	w.Must(err)
	_, err = w.App.DB.NewRaw(`INSERT INTO remittance (id, charity_id, registration, currency, amount_minor, donations, state, created_at, ended_at)
		VALUES (?, ?, ?, 'EUR', 0, 0, 'cancelled', ?, ?)`, ident.New(), charity.ID, charity.Registration, w.Now(), w.Now()).Exec(w.Context())
	w.Must(err)
	s.mara.Post("/campaigns/"+s.campaignID+"/invitations", map[string]string{"customer_id": h.first("customer"), "channel": "link"}, nil)
	w.Settle()

	letter := w.Mail(anaMail, "Who else should know")
	unsubscribe, err := url.Parse(letter.UnsubscribeOf)
	w.Must(err)
	shared, err := url.Parse(share.URL)
	w.Must(err)
	ana, ben := tokenOf(s.anaURL), tokenOf(h.cleoURL)
	session := h.owner.Header()
	h.places = []place{
		{"/c/:token", strings.NewReplacer(":token", ana, ":id", cleo), s.ana.Header()},
		{"/bank/:link", strings.NewReplacer(":link", h.first("private_link")), s.ana.Header()},
		{"/i/:token", strings.NewReplacer(":token", ben), ""},
		{"/r/:code", strings.NewReplacer("/r/:code", strings.Join(strings.SplitN(shared.Path, "/", 4)[:3], "/")), ""},
		{"/q/:code", strings.NewReplacer(":code", poster.Code), ""},
		{"/qr/:kind", strings.NewReplacer(":kind", "q", ":file", poster.Code+".svg"), ""},
		{"/u/:token", strings.NewReplacer("/u/:token", unsubscribe.Path), ""},
		{"/dev/samples/", strings.NewReplacer(":lang", "en", ":kind", mail.Samples("en")[0].Template()), ""},
		{"/dev/mail/:id", strings.NewReplacer(":id", letter.ID), ""},
		{"/assets/", strings.NewReplacer("/assets/*", firstAsset(t, s.ana.Open(s.anaURL).Source)), ""},
		{"/console/", strings.NewReplacer("*", "customers"), ""},
	}
	// One that is told what to show.
	h.places = append(h.places, place{"/api/v1/campaigns/:id/preview.html", strings.NewReplacer(":id/preview.html", s.campaignID+"/preview.html?kind=reminder&language=en"), session})
	for _, table := range []string{"customer", "campaign", "introduction", "testimonial", "reward", "staff", "task", "invitation"} {
		collection := table + "s"
		if table == "staff" {
			collection = table
		}
		h.places = append(h.places, place{"/api/v1/" + collection + "/:id", strings.NewReplacer(":id", h.first(table)), session})
	}
	h.places = append(h.places, place{"/api/v1/charities/:id", strings.NewReplacer(":id", charity.ID), session},
		place{"/api/v1/remittances/:id", strings.NewReplacer(":id", h.first("remittance")), session})
	h.places = append(h.places, place{"/api/v1/imports/:id", strings.NewReplacer(":id", h.first("import_run")), session}, place{"/api/", nil, session}, place{"/", nil, ""})
	return h
}

func tokenOf(address string) string { return address[strings.LastIndexByte(address, '/')+1:] }

func firstAsset(t *testing.T, page string) string {
	t.Helper()
	at := strings.Index(page, "/assets/")
	if at < 0 {
		t.Fatal("the page names no asset")
	}
	return page[at : at+strings.IndexAny(page[at:], `"'`)]
}

func (h *house) first(table string) string {
	return h.text("SELECT id FROM " + table + " ORDER BY id LIMIT 1")
}

func (h *house) text(query string) string {
	h.s.T.Helper()
	var out string
	h.s.Must(h.s.App.DB.NewRaw(query).Scan(h.s.Context(), &out))
	return out
}

// routes are the patterns of everything that answers a GET.
func (h *house) routes() []string {
	var out []string
	for _, r := range h.s.App.Handler.(*echo.Echo).Routes() {
		if (r.Method == http.MethodGet || r.Method == http.MethodHead) && !slices.Contains(out, r.Path) {
			out = append(out, r.Path)
		}
	}
	slices.Sort(out)
	return out
}

// fill makes an address of a pattern that finds something.
func (h *house) fill(pattern string) string {
	h.s.T.Helper()
	path := pattern
	if p := h.placeOf(pattern); p.fill != nil {
		path = p.fill.Replace(pattern)
	}
	if strings.HasSuffix(path, "/later.ics") {
		path += "?months=1"
	}
	if strings.ContainsAny(path, ":*") {
		h.s.T.Errorf("route %s is new: say in this test what stands behind it", pattern)
	}
	return path
}

func (h *house) placeOf(path string) place {
	for _, p := range h.places {
		if strings.HasPrefix(path, p.prefix) || p.fill != nil && strings.HasPrefix(path, p.fill.Replace(p.prefix)) {
			return p
		}
	}
	return place{}
}

// ask makes one request as a program does that loads pages before anybody wants them.
func (h *house) ask(method, path string) int {
	v := &visitor{handler: h.s.App.Handler, header: http.Header{"Purpose": {"prefetch"}, "Sec-Purpose": {"prefetch;prerender"}}, address: h.address}
	if c := h.placeOf(path).cookie; c != "" {
		v.header.Set("Cookie", c)
	}
	return v.send(method, path)
}

// visitor asks the handler directly.
type visitor struct {
	handler http.Handler
	header  http.Header
	address string
}

func (v *visitor) send(method, path string) int {
	// What streams would go on for ever; it has begun by then.
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if strings.HasSuffix(path, "/stream") {
		time.AfterFunc(5*time.Millisecond, cancel)
	}
	r := httptest.NewRequestWithContext(ctx, method, "http://127.0.0.1"+path, http.NoBody)
	r.Header, r.RemoteAddr = v.header.Clone(), v.address
	answer := httptest.NewRecorder()
	v.handler.ServeHTTP(answer, r)
	return answer.Code
}

// dump returns every table as text but the visits. Of the job engine's tables only the jobs count: the others are its pulse.
func dump(w *apptest.World) map[string]string {
	w.T.Helper()
	query := "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
	if w.App.DB.Engine() == db.Postgres {
		query = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
	}
	var tables []string
	w.Must(w.App.DB.NewRaw(query).Scan(w.Context(), &tables))
	out := map[string]string{}
	for _, table := range tables {
		columns := "*"
		switch {
		case table == "river_job":
			columns = "id, kind"
		case table == "visit" || strings.HasPrefix(table, "river_") || strings.HasPrefix(table, "goose"):
			continue
		}
		var rows []map[string]any
		w.Must(w.App.DB.NewRaw("SELECT "+columns+" FROM "+table).Scan(w.Context(), &rows))
		lines := make([]string, len(rows))
		for n, row := range rows {
			lines[n] = fmt.Sprint(row)
		}
		slices.Sort(lines)
		out[table] = strings.Join(lines, "\n")
	}
	return out
}
