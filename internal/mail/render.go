package mail

import (
	"bytes"
	"errors"
	"fmt"
	htmltemplate "html/template"
	"io/fs"
	"path"
	"slices"
	"strings"
	texttemplate "text/template"
	"time"

	"goodword/internal/fault"
	"goodword/internal/i18n"
	"goodword/internal/money"
)

// Identity is who writes: what the mails say about the company, from settings and configuration.
type Identity struct {
	Company string
	// PostalAddress stands in every footer, its lines joined by commas. Without one no marketing is sent.
	PostalAddress string
	// FromEmail is the one address that mail comes from.
	FromEmail string
	// ReplyTo gets the answers where a message names nobody.
	ReplyTo Address
	// BaseURL is the installation's address, without a slash at its end.
	BaseURL string
	// BrandColor is "#rrggbb"; anything else means the default.
	BrandColor string
}

// Rendered is a message as people read it.
type Rendered struct {
	// Subject is one line.
	Subject string
	HTML    string
	Text    string
}

// maxHTML is the size that a mail may have (look.md); beyond about 100 KB Gmail cuts it off.
const maxHTML = 60 << 10

// Renderer turns messages into subject, HTML and text. Safe for use by several goroutines.
type Renderer struct {
	sets map[string]map[string]*set // language, template
}

type set struct {
	html *htmltemplate.Template
	text *texttemplate.Template
}

// NewRenderer parses every template of fsys (package emails; a folder on disk during development) for every language.
// It fails if a template or its text twin is missing, does not parse, or belongs to no view.
func NewRenderer(fsys fs.FS) (*Renderer, error) {
	if err := checkTwins(fsys); err != nil {
		return nil, err
	}
	r := &Renderer{sets: map[string]map[string]*set{}}
	for _, lang := range i18n.Languages() {
		funcs := words(i18n.For(lang))
		html, err := htmltemplate.New("layout.html").Funcs(funcs).Funcs(outlook).ParseFS(fsys, "layout.html")
		if err != nil {
			return nil, fmt.Errorf("parse mail layout: %w", err)
		}
		text, err := texttemplate.New("layout.txt").Funcs(funcs).ParseFS(fsys, "layout.txt")
		if err != nil {
			return nil, fmt.Errorf("parse mail layout: %w", err)
		}
		r.sets[lang] = map[string]*set{}
		for name := range kinds {
			s, err := parseSet(fsys, html, text, name)
			if err != nil {
				return nil, fmt.Errorf("parse mail template %s: %w", name, err)
			}
			r.sets[lang][name] = s
		}
	}
	return r, nil
}

func checkTwins(fsys fs.FS) error {
	var problems []error
	known := map[string]bool{"layout.html": false, "layout.txt": false}
	for name := range kinds {
		known[name+".html"], known[name+".txt"] = false, false
	}
	files, err := fs.ReadDir(fsys, ".")
	if err != nil {
		return fmt.Errorf("read mail templates: %w", err)
	}
	for _, f := range files {
		if ext := path.Ext(f.Name()); ext != ".html" && ext != ".txt" {
			continue
		}
		if _, ok := known[f.Name()]; !ok {
			problems = append(problems, fmt.Errorf("mail template %s belongs to no view", f.Name()))
		}
		known[f.Name()] = true
	}
	for name, there := range known {
		if !there {
			problems = append(problems, fmt.Errorf("mail template %s is missing", name))
		}
	}
	slices.SortFunc(problems, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return errors.Join(problems...)
}

func parseSet(fsys fs.FS, html *htmltemplate.Template, text *texttemplate.Template, name string) (*set, error) {
	h, err := html.Clone()
	if err != nil {
		return nil, err
	}
	if h, err = h.ParseFS(fsys, name+".html"); err != nil {
		return nil, err
	}
	x, err := text.Clone()
	if err != nil {
		return nil, err
	}
	if x, err = x.ParseFS(fsys, name+".txt"); err != nil {
		return nil, err
	}
	for _, block := range []string{"subject", "content"} {
		if x.Lookup(block) == nil {
			return nil, fmt.Errorf("%s.txt has no block %q", name, block)
		}
	}
	if h.Lookup("content") == nil {
		return nil, fmt.Errorf("%s.html has no block \"content\"", name)
	}
	return &set{html: h, text: x}, nil
}

// sheet is what the layout shows around a view.
type sheet struct {
	Lang, Dir          string
	Subject, Preheader string
	Headline           string
	View               View
	Action, Label      string
	Signed             bool
	Signer             string
	Company, Postal    string
	Why                string
	StopURL, StopLabel string
	// Brand and Ink are the button's colour and the colour of its text.
	Brand, Ink string
}

// Render makes the mail that a message's reader sees. It sends and records nothing. It returns Invalid for a message
// without a view and for one whose HTML would be over 60 KB.
func (r *Renderer) Render(m Message, id Identity) (Rendered, error) {
	if m.View == nil {
		return Rendered{}, fault.New(fault.Invalid, "The mail has no content.")
	}
	l := i18n.For(m.Lang)
	name := m.View.template()
	s, ok := r.sets[l.Lang()][name]
	if !ok {
		return Rendered{}, fmt.Errorf("mail template %s: not parsed", name)
	}
	p := newSheet(m, id, l)
	out := Rendered{}
	var b bytes.Buffer
	for block, to := range map[string]*string{"subject": &p.Subject, "preheader": &p.Preheader, "headline": &p.Headline} {
		b.Reset()
		if err := s.text.ExecuteTemplate(&b, block, m.View); err != nil {
			return Rendered{}, fmt.Errorf("render mail %s: %w", name, err)
		}
		*to = line(b.String(), maxSubject)
	}
	out.Subject = p.Subject
	b.Reset()
	if err := s.html.ExecuteTemplate(&b, "layout.html", p); err != nil {
		return Rendered{}, fmt.Errorf("render mail %s: %w", name, err)
	}
	out.HTML = tidy(b.String())
	b.Reset()
	if err := s.text.ExecuteTemplate(&b, "layout.txt", p); err != nil {
		return Rendered{}, fmt.Errorf("render mail %s: %w", name, err)
	}
	out.Text = tidy(b.String())
	if len(out.HTML) > maxHTML {
		return Rendered{}, fault.Newf(fault.Invalid, "The mail is %d KB long; at most %d KB are sent.", len(out.HTML)>>10, maxHTML>>10)
	}
	return out, nil
}

func newSheet(m Message, id Identity, l i18n.Locale) sheet {
	name := m.View.template()
	p := sheet{
		Lang: l.Lang(), Dir: l.Dir(),
		View: m.View, Action: m.View.action(), Label: "mail." + name + ".button",
		Company: line(id.Company, maxName), Postal: strings.Join(strings.FieldsFunc(text(id.PostalAddress), func(r rune) bool { return r == '\n' }), ", "),
		StopURL: m.UnsubscribeURL, StopLabel: l.T("mail.stop"),
	}
	p.Brand, p.Ink = button(id.BrandColor)
	why := m.Why
	if why == "" {
		why = kinds[name].why
	}
	p.Why = l.T(why, "company", p.Company)
	if v, ok := m.View.(labelled); ok {
		p.Label = v.label()
	}
	if p.Action != "" {
		// The prospect is the only name that stands on a button.
		p.Label = l.T(p.Label, "prospect", line(prospectOf(m.View), maxName))
	}
	if v, ok := m.View.(signed); ok {
		p.Signed, p.Signer = true, line(v.signer(), maxName)
	}
	return p
}

func prospectOf(v View) string {
	if v, ok := v.(NudgeUnanswered); ok {
		return v.ProspectName
	}
	return ""
}

// tidy takes out what templates and people leave behind: runs of blank lines, spaces at line ends, control characters.
func tidy(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	blank := false
	for l := range strings.SplitSeq(text(s), "\n") {
		if l = strings.TrimRight(l, " \t"); l == "" {
			blank = true
			continue
		}
		if blank && b.Len() > 0 {
			b.WriteByte('\n')
		}
		blank = false
		b.WriteString(l)
		b.WriteByte('\n')
	}
	return b.String()
}

// fact is a line of a table: what it is, and the value.
type fact struct{ Label, Value string }

// anchor is a link in small print.
type anchor struct{ URL, Label string }

// words are the functions that templates speak with, in one language.
func words(l i18n.Locale) map[string]any {
	return map[string]any{
		"t": func(key string, args ...any) string { return l.T(key, oneLine(args)...) },
		"n": func(key string, count int, args ...any) string { return l.N(key, count, oneLine(args)...) },
		"hello": func(name string) string {
			if name = line(name, maxName); name == "" {
				return l.T("mail.hello_unnamed")
			}
			return l.T("mail.hello", "name", name)
		},
		"dayTime":  l.DayTime,
		"clock":    l.Time,
		"dateTime": func(t time.Time) string { return l.DateTime(t, t.Location()) },
		"when": func(t time.Time) string {
			if t.IsZero() {
				return ""
			}
			return l.DayTime(t)
		},
		"worth": func(a money.Amount, bps int64) string {
			if a.Zero() {
				return l.Percent(bps)
			}
			return l.Money(a)
		},
		"person": func(name, company string) string {
			name, company = line(name, maxName), line(company, maxName)
			if company == "" {
				return name
			}
			return l.T("mail.fact.person_at", "name", name, "company", company)
		},
		// facts pairs labels and values and leaves out what has no value.
		"facts": func(pairs ...string) []fact {
			var out []fact
			for i := 0; i+1 < len(pairs); i += 2 {
				if v := line(pairs[i+1], maxSubject); v != "" {
					out = append(out, fact{pairs[i], v})
				}
			}
			return out
		},
		"link":       func(url, label string) anchor { return anchor{url, label} },
		"word":       func(s string) string { return line(s, maxSubject) },
		"lines":      func(s string) string { return strings.TrimSpace(text(s)) },
		"paragraphs": paragraphs,
		"quoted": func(s string) string {
			return "> " + strings.ReplaceAll(strings.TrimSpace(text(s)), "\n", "\n> ")
		},
	}
}

// oneLine keeps names and titles on the line they are put into, so that nobody writes paragraphs of ours with a name.
func oneLine(args []any) []any {
	out := make([]any, len(args))
	for i, a := range args {
		if s, ok := a.(string); ok {
			a = line(s, maxSubject)
		}
		out[i] = a
	}
	return out
}

// paragraphs cuts plain text at its empty lines, and each paragraph into its lines.
func paragraphs(s string) [][]string {
	var out [][]string
	for p := range strings.SplitSeq(tidy(s), "\n\n") {
		if p = strings.TrimSpace(p); p != "" {
			out = append(out, strings.Split(p, "\n"))
		}
	}
	return out
}

// outlook are the conditional comments that the Windows programs need and html/template would drop. They are constants.
var outlook = htmltemplate.FuncMap{
	"outlookHead": func() htmltemplate.HTML {
		return `<!--[if mso]><style>.gw-button{padding:12px 24px !important}td,p,a,h1{font-family:Arial,sans-serif !important}</style><![endif]-->`
	},
	"outlookOpen": func() htmltemplate.HTML {
		return `<!--[if mso]><table role="presentation" width="600" cellpadding="0" cellspacing="0" border="0"><tr><td><![endif]-->`
	},
	"outlookClose": func() htmltemplate.HTML { return `<!--[if mso]></td></tr></table><![endif]-->` },
	// spacer keeps mail lists from showing the body's first words behind the preheader.
	"spacer": func() htmltemplate.HTML {
		return htmltemplate.HTML(strings.Repeat("&#847;&zwnj;&nbsp;", 40))
	},
}
