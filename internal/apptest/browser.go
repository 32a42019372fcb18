package apptest

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/html"
)

// Browser opens the public pages as a phone with script switched off does: it keeps cookies, sends forms as they stand, and
// goes where an answer leads as long as it stays on this site.
type Browser struct {
	w      *World
	client *http.Client
	// Language is sent as Accept-Language.
	Language string
}

const userAgent = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1"

// thinking is how long a person takes for a form with something to write; one that comes back sooner is taken for a program's.
const thinking = 1100 * time.Millisecond

// Browser returns a device that was never here before.
func (w *World) Browser() *Browser {
	jar, err := cookiejar.New(nil)
	w.Must(err)
	return &Browser{w: w, Language: "en", client: &http.Client{Jar: jar, Timeout: patience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// Cookies returns the names of the cookies that the device keeps for this site.
func (b *Browser) Cookies() []string {
	u, err := url.Parse(b.w.URL)
	b.w.Must(err)
	var names []string
	for _, c := range b.client.Jar.Cookies(u) {
		names = append(names, c.Name)
	}
	return names
}

// Open shows an address of this site; a path is enough. The test fails unless the answer is 200.
func (b *Browser) Open(address string) *Page {
	b.w.T.Helper()
	return b.Get(address).Want(http.StatusOK)
}

// Get is Open for any status.
func (b *Browser) Get(address string) *Page {
	b.w.T.Helper()
	return b.load(http.MethodGet, b.resolve(b.w.URL, address), nil)
}

func (b *Browser) resolve(base, address string) *url.URL {
	b.w.T.Helper()
	from, err := url.Parse(base)
	b.w.Must(err)
	to, err := from.Parse(address)
	b.w.Must(err)
	return to
}

// private finds the token of a personal address.
var private = regexp.MustCompile(`^/(?:c|i|u)/([^/]+)`)

func (b *Browser) load(method string, to *url.URL, form url.Values) *Page {
	b.w.T.Helper()
	const most = 10
	for range most {
		if m := private.FindStringSubmatch(to.Path); m != nil {
			b.w.Private(m[1])
		}
		p := b.fetch(method, to, form)
		location := p.Header.Get("Location")
		if p.Status != http.StatusSeeOther || location == "" {
			return p
		}
		p.Location = b.resolve(to.String(), location).String()
		if !strings.HasPrefix(p.Location, b.w.URL+"/") {
			return p // another app: what it does is not ours
		}
		method, form = http.MethodGet, nil
		to = b.resolve(to.String(), location)
	}
	b.w.T.Fatalf("%s leads in circles", to)
	return nil
}

func (b *Browser) fetch(method string, to *url.URL, form url.Values) *Page {
	b.w.T.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	req, err := http.NewRequestWithContext(b.w.Context(), method, to.String(), body)
	b.w.Must(err)
	req.Header.Set("User-Agent", userAgent)
	req.Header.Set("Accept", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8")
	req.Header.Set("Accept-Language", b.Language)
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Origin", b.w.URL)
		req.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	res := do(b.w.T, b.client, req)
	text, err := io.ReadAll(res.Body)
	b.w.Must(err)
	b.w.Must(res.Body.Close())
	p := &Page{b: b, URL: to.String(), Status: res.StatusCode, Header: res.Header, Source: string(text), shown: time.Now()}
	if strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") {
		p.doc, err = html.Parse(strings.NewReader(p.Source))
		b.w.Must(err)
	}
	return p
}

// Page is an answer as the browser shows it.
type Page struct {
	URL    string
	Status int
	Header http.Header
	// Source is the body as it came.
	Source string
	// Location is where the answer leads when that is another site; empty otherwise.
	Location string

	b     *Browser
	doc   *html.Node
	shown time.Time
}

// Want fails the test unless the answer has this status.
func (p *Page) Want(status int) *Page {
	p.b.w.T.Helper()
	if p.Status != status {
		p.b.w.T.Fatalf("%s answers %d, want %d\n%s", p.Path(), p.Status, status, p.Text())
	}
	return p
}

// Path is the address without site, token and query.
func (p *Page) Path() string {
	u, err := url.Parse(p.URL)
	p.b.w.Must(err)
	return private.ReplaceAllStringFunc(u.Path, func(s string) string { return s[:3] + "…" })
}

// Shows fails the test unless every text can be read on the page. White space does not count.
func (p *Page) Shows(texts ...string) *Page {
	p.b.w.T.Helper()
	all := p.Text()
	for _, t := range texts {
		if !strings.Contains(all, squeeze(t)) {
			p.b.w.T.Errorf("%s does not show %q; it shows\n%s", p.Path(), t, all)
		}
	}
	return p
}

// Hides fails the test if one of the texts can be read on the page.
func (p *Page) Hides(texts ...string) *Page {
	p.b.w.T.Helper()
	all := p.Text()
	for _, t := range texts {
		if strings.Contains(all, squeeze(t)) {
			p.b.w.T.Errorf("%s shows %q; it shows\n%s", p.Path(), t, all)
		}
	}
	return p
}

// Text is what can be read on the page, its white space folded. For an answer that is no page it is the body.
func (p *Page) Text() string {
	if p.doc == nil {
		return squeeze(p.Source)
	}
	return text(find(p.doc, element("body")))
}

// Heading is the page's h1.
func (p *Page) Heading() string { return text(find(p.doc, element("h1"))) }

// Alert is what stands in the element with role="alert": what is wrong with the form. Empty if nothing is.
func (p *Page) Alert() string { return text(find(p.doc, attribute("role", "alert"))) }

// Links returns the addresses of the page's links in their order.
func (p *Page) Links() []string {
	var out []string
	for _, n := range all(p.doc, element("a")) {
		if href := attr(n, "href"); href != "" {
			out = append(out, p.b.resolve(p.URL, href).String())
		}
	}
	return out
}

// Follow opens the first link whose address has this in it.
func (p *Page) Follow(part string) *Page {
	p.b.w.T.Helper()
	for _, link := range p.Links() {
		if strings.Contains(link, part) {
			return p.b.Open(link)
		}
	}
	p.b.w.T.Fatalf("%s has no link to %q, only %q", p.Path(), part, p.Links())
	return nil
}

// Main returns the page's main form, <form id="main">.
func (p *Page) Main() *Form {
	p.b.w.T.Helper()
	n := find(p.doc, func(n *html.Node) bool { return isElement(n, "form") && attr(n, "id") == "main" })
	if n == nil {
		p.b.w.T.Fatalf("%s has no main form; it shows\n%s", p.Path(), p.Text())
	}
	return p.form(n)
}

// FormWith returns the first form that has a field or button of this name and value; an empty value means any.
func (p *Page) FormWith(name, value string) *Form {
	p.b.w.T.Helper()
	for _, n := range all(p.doc, element("form")) {
		for _, f := range all(n, hasAttribute("name", name)) {
			if value == "" || attr(f, "value") == value {
				return p.form(n)
			}
		}
	}
	p.b.w.T.Fatalf("%s has no form with %s=%s; it shows\n%s", p.Path(), name, value, p.Text())
	return nil
}

// Form is a form on its way to be sent, with what the page has filled in.
type Form struct {
	p      *Page
	node   *html.Node
	values url.Values
}

func (p *Page) form(n *html.Node) *Form {
	f := &Form{p: p, node: n, values: url.Values{}}
	for _, field := range f.fields() {
		name := attr(field, "name")
		switch {
		case name == "" || has(field, "disabled") || isElement(field, "button"):
		case isElement(field, "textarea"):
			f.values.Add(name, strings.TrimPrefix(rawText(field), "\n"))
		case isElement(field, "select"):
			f.values.Add(name, selected(field))
		case attr(field, "type") == "radio" || attr(field, "type") == "checkbox":
			if has(field, "checked") {
				f.values.Add(name, onValue(field))
			}
		case attr(field, "type") != "submit" && attr(field, "type") != "file":
			f.values.Add(name, attr(field, "value"))
		}
	}
	return f
}

func (f *Form) fields() []*html.Node {
	return all(f.node, func(n *html.Node) bool {
		return isElement(n, "input") || isElement(n, "textarea") || isElement(n, "select") || isElement(n, "button")
	})
}

func (f *Form) named(name string) []*html.Node {
	return slices.DeleteFunc(f.fields(), func(n *html.Node) bool { return attr(n, "name") != name })
}

// Value is what a field holds now.
func (f *Form) Value(name string) string { return f.values.Get(name) }

// Options returns the values that a person may choose from for a field.
func (f *Form) Options(name string) []string {
	var out []string
	for _, n := range f.named(name) {
		if isElement(n, "select") {
			for _, o := range all(n, element("option")) {
				out = append(out, attr(o, "value"))
			}
			continue
		}
		out = append(out, onValue(n))
	}
	return out
}

// Fill types into a field. The test fails if a person could not: the form has no such field.
func (f *Form) Fill(name, value string) *Form {
	f.p.b.w.T.Helper()
	for _, n := range f.named(name) {
		kind := attr(n, "type")
		if isElement(n, "textarea") || isElement(n, "input") && kind != "hidden" && kind != "radio" && kind != "checkbox" && kind != "submit" {
			f.values.Set(name, value)
			return f
		}
	}
	f.p.b.w.T.Fatalf("%s has no field %s to type into; it shows\n%s", f.p.Path(), name, f.p.Text())
	return f
}

// Choose picks one of a field's values: a radio button, a tick or an option.
func (f *Form) Choose(name, value string) *Form {
	f.p.b.w.T.Helper()
	if !slices.Contains(f.Options(name), value) {
		f.p.b.w.T.Fatalf("%s does not offer %s=%q, only %q", f.p.Path(), name, value, f.Options(name))
	}
	for _, n := range f.named(name) {
		if attr(n, "type") == "checkbox" {
			if !slices.Contains(f.values[name], value) {
				f.values.Add(name, value)
			}
			return f
		}
	}
	f.values.Set(name, value)
	return f
}

// Send sends the form by its first button, as the enter key does.
func (f *Form) Send() *Page {
	f.p.b.w.T.Helper()
	for _, n := range f.fields() {
		if isElement(n, "button") && attr(n, "type") != "button" {
			return f.send(n)
		}
	}
	return f.send(nil)
}

// Press sends the form by one of its buttons.
func (f *Form) Press(name, value string) *Page {
	f.p.b.w.T.Helper()
	for _, n := range f.named(name) {
		if isElement(n, "button") && attr(n, "value") == value {
			return f.send(n)
		}
	}
	f.p.b.w.T.Fatalf("%s has no button %s=%s", f.p.Path(), name, value)
	return nil
}

// writable reports whether a person has something to write here, which takes time.
func (f *Form) writable() bool {
	return slices.ContainsFunc(f.fields(), func(n *html.Node) bool {
		kind := attr(n, "type")
		return attr(n, "tabindex") != "-1" && !has(n, "readonly") &&
			(isElement(n, "textarea") || isElement(n, "input") && (kind == "" || kind == "text" || kind == "email" || kind == "tel"))
	})
}

func (f *Form) send(button *html.Node) *Page {
	f.p.b.w.T.Helper()
	values := url.Values{}
	for k, v := range f.values {
		values[k] = slices.Clone(v)
	}
	if button != nil && attr(button, "name") != "" {
		values.Add(attr(button, "name"), attr(button, "value"))
	}
	to := f.p.b.resolve(f.p.URL, attr(f.node, "action"))
	if !strings.EqualFold(attr(f.node, "method"), http.MethodPost) {
		f.p.b.w.T.Fatalf("%s has a form that does not post", f.p.Path())
	}
	if f.writable() {
		// Forms are measured by the machine's own clock, which no test moves.
		time.Sleep(time.Until(f.p.shown.Add(thinking)))
	}
	return f.p.b.load(http.MethodPost, to, values)
}

// Header is the Cookie header that the device sends.
func (b *Browser) Header() string { return cookieHeader(b.w, b.client) }

func cookieHeader(w *World, client *http.Client) string {
	u, err := url.Parse(w.URL)
	w.Must(err)
	var parts []string
	for _, c := range client.Jar.Cookies(u) {
		parts = append(parts, c.Name+"="+c.Value)
	}
	return strings.Join(parts, "; ")
}
