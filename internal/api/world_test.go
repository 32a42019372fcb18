package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"goodword/emails"
	"goodword/internal/api"
	"goodword/internal/audit"
	"goodword/internal/campaign"
	"goodword/internal/config"
	"goodword/internal/customer"
	"goodword/internal/db"
	"goodword/internal/ident"
	"goodword/internal/introduction"
	"goodword/internal/invitation"
	"goodword/internal/mail"
	"goodword/internal/queue"
	"goodword/internal/report"
	"goodword/internal/reward"
	"goodword/internal/risk"
	"goodword/internal/setting"
	"goodword/internal/staff"
	"goodword/internal/task"
	"goodword/internal/testimonial"
	"goodword/internal/web"
)

// start is a Tuesday.
var start = time.Date(2026, 5, 12, 9, 0, 0, 0, time.UTC)

const (
	base     = "https://gw.example"
	password = "correct horse battery"
)

type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// world is the real API on real services and a real database; no job runs, mails are captured.
type world struct {
	t         *testing.T
	db        *db.DB
	clock     *clock
	wall      *clock
	echo      *echo.Echo
	keys      *ident.Keyring
	stop      chan struct{}
	log       *bytes.Buffer
	settings  *setting.Service
	staff     *staff.Service
	tasks     *task.Service
	customers *customer.Service
	imports   *customer.Imports
	campaigns *campaign.Service
	invites   *invitation.Service
	intros    *introduction.Service
	words     *testimonial.Service
	rewards   *reward.Service
	risk      *risk.Service
	schema    *schema
	// tokens are API keys by role; made when first asked for.
	tokens map[staff.Role]string
}

var system = audit.System("test")

func newWorld(t *testing.T, d *db.DB) *world {
	t.Helper()
	w := &world{t: t, db: d, clock: &clock{at: start}, wall: &clock{at: start}, stop: make(chan struct{}), log: &bytes.Buffer{}, schema: theSchema(t), tokens: map[staff.Role]string{}}
	q, err := queue.New(d, queue.Options{})
	w.must(err)
	cfg, err := config.Load([]string{"GOODWORD_BASE_URL=" + base, "GOODWORD_ADDR=127.0.0.1:0", "GOODWORD_SECRET_KEY=0123456789abcdef0123456789abcdef",
		"GOODWORD_SMTP_URL=smtp://mail.example:587", "GOODWORD_MAIL_FROM=hello@example.com", "GOODWORD_POSTAL_ADDRESS=12 Mill Lane",
		"GOODWORD_DATA_DIR=" + t.TempDir(), "GOODWORD_DATABASE_URL=sqlite:" + t.TempDir() + "/unused.db"})
	w.must(err)
	w.keys = cfg.Keyring
	renderer, err := mail.NewRenderer(emails.FS)
	w.must(err)
	capture, err := mail.NewCapture(t.TempDir())
	w.must(err)
	defaults := setting.Defaults()
	defaults.Company, defaults.PostalAddress = "Example", "12 Mill Lane"
	now := w.clock.now
	w.settings = setting.New(setting.Deps{DB: d, Clock: w.wall.now, Defaults: defaults})
	identity := func() mail.Identity {
		return mail.Identity{Company: "Example", PostalAddress: "12 Mill Lane", FromEmail: "hello@example.com", BaseURL: base, BrandColor: "#0b5fa5"}
	}
	outbox := mail.NewOutbox(mail.Options{DB: d, Renderer: renderer, Transport: capture, Keys: w.keys, Now: now, Identity: identity})
	w.tasks = task.NewService(task.Deps{DB: d, Clock: now})
	w.staff = staff.New(staff.Deps{DB: d, Queue: q, Clock: now, Wall: w.wall.now, Keys: w.keys, Mail: outbox, BaseURL: base,
		HandOvers: []staff.HandOver{introduction.HandOver, w.tasks.HandOver}})
	w.customers = customer.New(customer.Deps{DB: d, Queue: q, Clock: now, Keys: w.keys, Mail: outbox, StopList: outbox.StopList(), BaseURL: base, Erasers: []customer.Eraser{}})
	w.imports = customer.NewImports(customer.ImportDeps{DB: d, Queue: q, Clock: now, Staff: w.staff, DataDir: cfg.DataDir})
	w.invites = invitation.New(invitation.Deps{DB: d, Queue: q, Clock: now, Mail: outbox, BaseURL: base, Settings: w.settings, Staff: w.staff, Customers: w.customers})
	w.campaigns = campaign.New(campaign.Deps{DB: d, Clock: now, BaseURL: base, Outreach: w.invites})
	w.risk = risk.New(risk.Deps{DB: d, Queue: q, Clock: now, Keys: w.keys, Settings: w.settings, Staff: w.staff, Customers: w.customers})
	w.rewards = reward.New(reward.Deps{DB: d, Queue: q, Clock: now, Keys: w.keys, Mail: outbox, BaseURL: base, Settings: w.settings, Staff: w.staff,
		Customers: w.customers, Rails: []reward.Rail{}, ClockOK: func() bool { return true }, Checks: w.risk})
	w.intros = introduction.New(introduction.Deps{DB: d, Queue: q, Clock: now, Keys: w.keys, Mail: outbox, StopList: outbox.StopList(), BaseURL: base,
		Settings: w.settings, Staff: w.staff, Tasks: w.tasks, Customers: w.customers, Campaigns: w.campaigns, Invitations: w.invites, Earnings: w.rewards.Earnings(), Checks: w.risk})
	w.words = testimonial.New(testimonial.Deps{DB: d, Queue: q, Clock: now, Mail: outbox, BaseURL: base, Settings: w.settings, Staff: w.staff,
		Customers: w.customers, Campaigns: w.campaigns, Invitations: w.invites, Earnings: w.rewards.TestimonialEarnings()})
	log := slog.New(slog.NewTextHandler(w.log, nil))
	ready := web.NewReadiness(log, 0)
	w.echo = web.New(web.Options{Config: cfg, Logger: log, Ready: ready, MaxBody: api.MaxBody})
	api.Mount(w.echo, api.Deps{DB: d, Keys: w.keys, Logger: log, Clock: now, Wall: w.wall.now, BaseURL: base, Cookies: web.NewCookies(cfg), Limits: web.NewLimits(w.wall.now),
		Stopping: w.stop, Mails: renderer, Identity: identity, Installation: api.Installation{Version: "test", Mail: "captured", Stripe: "off"},
		Settings: w.settings, Staff: w.staff, Tasks: w.tasks, Customers: w.customers, Imports: w.imports, Campaigns: w.campaigns, Invitations: w.invites,
		Introductions: w.intros, Testimonials: w.words, Rewards: w.rewards, Risk: w.risk, Reports: report.New(report.Deps{DB: d, Clock: now})})
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) ctx() context.Context { return w.t.Context() }

// as returns the header that makes a request one of an API key with the role.
func (w *world) as(r staff.Role) string {
	w.t.Helper()
	if w.tokens[r] == "" {
		_, token, err := w.staff.AddKey(w.ctx(), system, string(r)+" key", r)
		w.must(err)
		w.tokens[r] = token.Plain()
	}
	return "Authorization: Bearer " + w.tokens[r]
}

// member is a colleague with a password.
func (w *world) member(name string, r staff.Role) staff.Member {
	w.t.Helper()
	_, url, err := w.staff.Add(w.ctx(), system, staff.NewMember{Name: name, Email: strings.ToLower(name) + "@example.com", Role: r})
	w.must(err)
	m, err := w.staff.CompleteSetup(w.ctx(), ident.Token(url[strings.LastIndexByte(url, '/')+1:]), password, staff.Client{IP: "10.0.0.1"})
	w.must(err)
	return m
}

// signedIn returns the cookie header of a new session.
func (w *world) signedIn(m staff.Member) string {
	w.t.Helper()
	token, _, err := w.staff.SignIn(w.ctx(), m.Email, password, staff.Client{IP: "10.0.0.1"})
	w.must(err)
	return "Cookie: __Host-gw_session=" + token.Plain()
}

// reply is an answer of the API.
type reply struct {
	*httptest.ResponseRecorder
	t    *testing.T
	what string
	body any
}

// send asks the API; body is JSON unless it is a string or nil. Every answer is held against the OpenAPI document.
func (w *world) send(method, path string, body any, headers ...string) *reply {
	w.t.Helper()
	return w.sendIn(w.ctx(), method, path, body, headers...)
}

func (w *world) sendIn(ctx context.Context, method, path string, body any, headers ...string) *reply {
	w.t.Helper()
	var reader io.Reader
	kind := "application/json"
	switch b := body.(type) {
	case nil:
	case string:
		reader = strings.NewReader(b)
	default:
		out, err := json.Marshal(b)
		w.must(err)
		reader = bytes.NewReader(out)
	}
	r := httptest.NewRequest(method, base+api.Prefix+path, reader).WithContext(ctx)
	if body != nil {
		r.Header.Set("Content-Type", kind)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	rec := httptest.NewRecorder()
	w.echo.ServeHTTP(rec, r)
	out := &reply{ResponseRecorder: rec, t: w.t, what: method + " " + path}
	if strings.Contains(rec.Header().Get("Content-Type"), "json") && rec.Body.Len() > 0 && method != http.MethodHead {
		if err := json.Unmarshal(rec.Body.Bytes(), &out.body); err != nil {
			w.t.Fatalf("%s: %v in %q", out.what, err, rec.Body)
		}
		for _, problem := range w.schema.check(method, path, rec.Code, rec.Header().Get("Content-Type"), out.body) {
			w.t.Errorf("%s answered %d against the document: %s", out.what, rec.Code, problem)
		}
	}
	return out
}

func (r *reply) want(status int) *reply {
	r.t.Helper()
	if r.Code != status {
		r.t.Fatalf("%s = %d, want %d: %s", r.what, r.Code, status, r.Body)
	}
	return r
}

// at returns what stands at a path such as "items.0.name".
func (r *reply) at(path string) any {
	r.t.Helper()
	v := r.body
	for _, part := range strings.Split(path, ".") {
		switch x := v.(type) {
		case map[string]any:
			v = x[part]
		case []any:
			var i int
			if _, err := fmt.Sscan(part, &i); err != nil || i >= len(x) {
				r.t.Fatalf("%s: no %q in %s", r.what, path, r.Body)
			}
			v = x[i]
		default:
			r.t.Fatalf("%s: no %q in %s", r.what, path, r.Body)
		}
	}
	return v
}

func (r *reply) text(path string) string {
	r.t.Helper()
	s, ok := r.at(path).(string)
	if !ok {
		r.t.Fatalf("%s: %q is no text in %s", r.what, path, r.Body)
	}
	return s
}

func (r *reply) number(path string) float64 {
	r.t.Helper()
	n, ok := r.at(path).(float64)
	if !ok {
		r.t.Fatalf("%s: %q is no number in %s", r.what, path, r.Body)
	}
	return n
}

func (r *reply) length(path string) int {
	r.t.Helper()
	l, ok := r.at(path).([]any)
	if !ok {
		r.t.Fatalf("%s: %q is no list in %s", r.what, path, r.Body)
	}
	return len(l)
}

// wantProblem checks the shape of an error and which fields it names.
func (r *reply) wantProblem(status int, fields ...string) *reply {
	r.t.Helper()
	r.want(status)
	if kind := r.Header().Get("Content-Type"); kind != "application/problem+json" {
		r.t.Errorf("%s: Content-Type %q", r.what, kind)
	}
	if r.number("status") != float64(status) || r.text("title") != http.StatusText(status) || r.text("request_id") != r.Header().Get("X-Request-Id") || r.text("detail") == "" {
		r.t.Errorf("%s: not a whole problem: %s", r.what, r.Body)
	}
	var got []string
	if list, ok := r.at("errors").([]any); ok {
		for i := range list {
			got = append(got, r.text(fmt.Sprintf("errors.%d.field", i)))
			if m := r.text(fmt.Sprintf("errors.%d.message", i)); !strings.HasSuffix(m, ".") {
				r.t.Errorf("%s: %q is no sentence", r.what, m)
			}
		}
	}
	if strings.Join(got, " ") != strings.Join(fields, " ") {
		r.t.Errorf("%s names %q, want %q", r.what, got, fields)
	}
	return r
}

// doc is a JSON object.
type doc = map[string]any
