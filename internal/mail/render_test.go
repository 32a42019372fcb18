package mail_test

import (
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"goodword/emails"
	"goodword/internal/fault"
	"goodword/internal/i18n"
	"goodword/internal/mail"
)

var update = flag.Bool("update", false, "write the golden mails anew")

var identity = mail.Identity{
	Company: "Example Ltd", PostalAddress: "12 Mill Lane\nBristol BS1 4DJ", FromEmail: "hello@example.com",
	ReplyTo: mail.Address{Email: "office@example.com"}, BaseURL: "https://goodword.example", BrandColor: "#0b5fa5",
}

func renderer(t *testing.T) *mail.Renderer {
	t.Helper()
	r, err := mail.NewRenderer(emails.FS)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// The goldens are the mails as people read them; a change of words or layout shows in review.
func TestRender_EveryTemplateLooksLikeItsGolden(t *testing.T) {
	t.Parallel()
	r := renderer(t)
	seen := map[string]bool{}
	for _, lang := range []string{"en", "de"} {
		for _, m := range mail.Samples(lang) {
			seen[m.Template()] = true
			got, err := r.Render(m, identity)
			if err != nil {
				t.Errorf("%s %s: %v", lang, m.Template(), err)
				continue
			}
			golden(t, filepath.Join("testdata", lang, m.Template()+".txt"), "Subject: "+got.Subject+"\n\n"+got.Text)
			golden(t, filepath.Join("testdata", lang, m.Template()+".html"), got.HTML)
		}
	}
	files, err := fs.Glob(emails.FS, "*.html")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if name := strings.TrimSuffix(f, ".html"); name != "layout" && !seen[name] {
			t.Errorf("no sample shows %s", name)
		}
	}
	for _, key := range i18n.Misses() {
		t.Errorf("the catalogues lack %s", key)
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs from its golden; read the change, then run with -update\ngot:\n%s", name, got)
	}
}

var (
	tag    = regexp.MustCompile(`<[^>]*>`)
	pixel  = regexp.MustCompile(`(?i)<img|<script|<link|@import|url\(|<form|<iframe`)
	unused = regexp.MustCompile(`\{[a-z_]+\}|%!|<no value>|ZgotmplZ`)
)

// look.md: one main link, a footer with reason and postal address, a stop in marketing, no pixel, at most 60 KB.
func TestRender_EveryMailKeepsTheHouseRules(t *testing.T) {
	t.Parallel()
	r := renderer(t)
	for _, lang := range []string{"en", "de"} {
		for _, m := range mail.Samples(lang) {
			got, err := r.Render(m, identity)
			if err != nil {
				t.Fatal(err)
			}
			name := lang + " " + m.Template()
			if got.Subject == "" || strings.ContainsAny(got.Subject, "\r\n") {
				t.Errorf("%s: subject %q", name, got.Subject)
			}
			if n := strings.Count(got.HTML, `class="gw-button"`); n > 1 || (n == 0) != (m.Template() == "step_code" || m.Template() == "address_changed" || m.Template() == "payee_changed") {
				t.Errorf("%s: %d main buttons", name, n)
			}
			if len(got.HTML) > 60<<10 {
				t.Errorf("%s: %d bytes of HTML", name, len(got.HTML))
			}
			if found := pixel.FindString(got.HTML); found != "" {
				t.Errorf("%s loads or runs something: %s", name, found)
			}
			_, body, _ := strings.Cut(got.HTML, "</style>")
			plain := tag.ReplaceAllString(body, " ")
			for _, body := range []string{plain, got.Text} {
				if !strings.Contains(body, "12 Mill Lane, Bristol BS1 4DJ") {
					t.Errorf("%s has no postal address", name)
				}
				if found := unused.FindString(body); found != "" {
					t.Errorf("%s shows %q", name, found)
				}
			}
			if strings.Contains(got.Text, "!") {
				t.Errorf("%s has an exclamation mark", name)
			}
			if stop := strings.Contains(got.HTML, m.UnsubscribeURL) && strings.Contains(got.Text, m.UnsubscribeURL); m.Stream() == mail.Marketing && (!stop || m.UnsubscribeURL == "") {
				t.Errorf("%s is marketing without a stop", name)
			}
			if !strings.Contains(got.HTML, `<html lang="`+lang+`"`) || !strings.Contains(got.HTML, "prefers-color-scheme:dark") {
				t.Errorf("%s lacks its language or the dark mode", name)
			}
		}
	}
}

// S13: what people typed is text in HTML, and one line where it is a name.
func TestRender_UserTextIsText(t *testing.T) {
	t.Parallel()
	r := renderer(t)
	evil := `<script>alert(1)</script>"'><img src=x onerror=y>{{.}}` + "\r\n\r\nPay here\u2028\u202e\x00"
	m := mail.Samples("en")[0]
	m.View = mail.NudgeUnanswered{FirstName: evil, ProspectName: evil, URL: "javascript:alert(1)", Line: evil, RepName: evil}
	got, err := r.Render(m, identity)
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"<script", "<img", "javascript:", "\x00", "\u202e", "\r", "\u2028"} {
		if strings.Contains(strings.ToLower(got.HTML), bad) {
			t.Errorf("the HTML contains %q", bad)
		}
	}
	for l := range strings.Lines(got.Text) {
		if strings.HasPrefix(l, "Pay here") {
			t.Errorf("a name made a paragraph of its own in the text part:\n%s", got.Text)
		}
	}
	if strings.ContainsAny(got.Subject, "\r\n\x00\u2028\u202e") || !strings.Contains(got.Subject, "<script>") {
		t.Errorf("subject %q: want the typed text on one line", got.Subject)
	}
}

// A zero time, amount or optional text is left out of the sentence; a date of the year 1 never shows.
func TestRender_LeavesOutWhatIsNotKnown(t *testing.T) {
	t.Parallel()
	r := renderer(t)
	for _, lang := range []string{"en", "de"} {
		for _, m := range mail.Samples(lang) {
			v := reflect.New(reflect.TypeOf(m.View)).Elem()
			v.Set(reflect.ValueOf(m.View))
			for i := range v.NumField() {
				switch f := v.Field(i); f.Interface().(type) {
				case time.Time:
					f.SetZero()
				case string:
					if !choices[v.Type().Field(i).Name] && v.Type().Field(i).Name != "URL" {
						f.SetZero()
					}
				}
			}
			if p, ok := v.Interface().(mail.ProspectConfirmation); ok {
				p.How = "call" // a slot without its time is no slot
				v.Set(reflect.ValueOf(p))
			}
			m.View = v.Interface().(mail.View)
			got, err := r.Render(m, mail.Identity{})
			if err != nil {
				t.Errorf("%s %s: %v", lang, m.Template(), err)
				continue
			}
			if found := regexp.MustCompile(`\b0001\b|January 1\b|Januar 1\b|\b00:00\b|Hi ,|Hallo ,`).FindString(got.Subject + got.Text); found != "" {
				t.Errorf("%s %s shows %q:\n%s", lang, m.Template(), found, got.Text)
			}
		}
	}
}

func TestRender_RefusesWhatIsTooLong(t *testing.T) {
	t.Parallel()
	m := mail.Samples("en")[0]
	v := m.View.(mail.Invitation)
	v.Body = strings.Repeat("long words. ", 6000)
	m.View = v
	if _, err := renderer(t).Render(m, identity); !fault.Is(err, fault.Invalid) {
		t.Errorf("got %v, want Invalid", err)
	}
}

func TestRender_ButtonTextKeepsItsContrast(t *testing.T) {
	t.Parallel()
	r := renderer(t)
	for brand, ink := range map[string]string{"#0b5fa5": "#ffffff", "#ffdd00": "#000000", "#777777": "#000000", "red": "#ffffff", "": "#ffffff", "#fff;x": "#ffffff"} {
		id := identity
		id.BrandColor = brand
		got, err := r.Render(mail.Samples("en")[0], id)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(got.HTML, "color:"+ink+";text-decoration:none") {
			t.Errorf("brand %q: the button's text is not %s", brand, ink)
		}
	}
}

func TestNewRenderer_FailsWhenATemplateOrItsTwinIsMissing(t *testing.T) {
	t.Parallel()
	for _, change := range []struct{ name, want string }{
		{"reward_paid.txt", "reward_paid.txt is missing"},
		{"layout.html", "layout.html is missing"},
		{"+party.html", "party.html belongs to no view"},
		{"!thanks.html", "thanks"},
	} {
		fsys := fstest.MapFS{}
		files, err := fs.Glob(emails.FS, "*.*")
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			b, err := fs.ReadFile(emails.FS, f)
			if err != nil {
				t.Fatal(err)
			}
			fsys[f] = &fstest.MapFile{Data: b}
		}
		switch change.name[0] {
		case '+':
			fsys[change.name[1:]] = &fstest.MapFile{Data: []byte("x")}
		case '!':
			fsys[change.name[1:]] = &fstest.MapFile{Data: []byte(`{{define "content"}}{{nonsense}}{{end}}`)}
		default:
			delete(fsys, change.name)
		}
		if _, err := mail.NewRenderer(fsys); err == nil || !strings.Contains(err.Error(), change.want) {
			t.Errorf("%s: got %v, want an error with %q", change.name, err, change.want)
		}
	}
}

func BenchmarkNewRenderer(b *testing.B) {
	for b.Loop() {
		if _, err := mail.NewRenderer(emails.FS); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRender(b *testing.B) {
	r, err := mail.NewRenderer(emails.FS)
	if err != nil {
		b.Fatal(err)
	}
	m := mail.Samples("de")[0]
	for b.Loop() {
		if _, err := r.Render(m, identity); err != nil {
			b.Fatal(err)
		}
	}
}
