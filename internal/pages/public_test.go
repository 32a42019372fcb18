package pages_test

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"goodword/internal/apptest"
	"goodword/internal/customer"
	"goodword/internal/mail"
)

func itoa(n int) string { return strconv.Itoa(n) }

func get(t *testing.T, w *apptest.World, path string, header map[string]string) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(w.Context(), http.MethodGet, w.URL+path, http.NoBody)
	w.Must(err)
	for k, v := range header {
		req.Header.Set(k, v)
	}
	res, err := http.DefaultClient.Do(req)
	w.Must(err)
	return res
}

func body(t *testing.T, res *http.Response) []byte {
	t.Helper()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if err := res.Body.Close(); err != nil {
		t.Fatal(err)
	}
	return b
}

// stopURL is Ana's link to unsubscribe.
func (p *place) stopURL() string {
	p.T.Helper()
	row := p.introduced()
	link, err := p.App.Introductions.CustomerURL(p.Context(), customer.ForUnsubscribe, row)
	p.Must(err)
	return link
}

// D1: GET shows, POST acts at once, without cookie, nonce, origin or redirect; again is fine.
func TestUnsubscribe_OneClick(t *testing.T) {
	t.Parallel()
	apptest.Each(t, func(w *apptest.World) {
		p := newPlace(t, w)
		p.introduces(w.Browser())
		stop := p.stopURL()
		before := p.rows()
		for range 5 {
			w.Browser().Open(stop).Shows("Which mails would you like to stop?")
		}
		if after := p.rows(); !equal(before, after) {
			t.Errorf("opening the page changed %v to %v", before, after)
		}
		for i := range 2 {
			res, err := http.PostForm(stop, url.Values{"List-Unsubscribe": {"One-Click"}})
			w.Must(err)
			body(t, res)
			if res.StatusCode != http.StatusOK || res.Request.URL.String() != stop || len(res.Cookies()) > 0 {
				t.Fatalf("time %d: answered %d at %s with %d cookies", i+1, res.StatusCode, res.Request.URL, len(res.Cookies()))
			}
		}
		var form bytes.Buffer
		m := multipart.NewWriter(&form)
		w.Must(m.WriteField("List-Unsubscribe", "One-Click"))
		w.Must(m.Close())
		res, err := http.Post(stop, m.FormDataContentType(), &form)
		w.Must(err)
		body(t, res)
		if res.StatusCode != http.StatusOK {
			t.Errorf("as multipart it is answered %d", res.StatusCode)
		}
		none, err := http.PostForm(w.URL+"/u/"+strings.Repeat("A", 27), url.Values{"List-Unsubscribe": {"One-Click"}})
		w.Must(err)
		body(t, none)
		if none.StatusCode != http.StatusNotFound {
			t.Errorf("an unknown token is answered %d", none.StatusCode)
		}
	})
}

func TestUnsubscribe_ByHandChoosesTheScope(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	p := newPlace(t, w)
	p.introduces(w.Browser())
	page := w.Browser().Open(p.stopURL())
	page.Main().Send().Want(http.StatusUnprocessableEntity)
	page.Main().Choose("scope", "all").Send().Want(200).Shows("We will not write to you about this again.")
	if who := p.customer(); who.StoppedAt.IsZero() {
		t.Error("she is still asked")
	}
}

func TestErrors_AreKindPages(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	b := w.Browser()
	b.Get("/nothing/here").Want(http.StatusNotFound).Shows("There is nothing here")
	b.Get("/i/" + strings.Repeat("A", 27)).Want(http.StatusNotFound).Shows("Whoever sent you this link can send you a new one.")
	b.Language = "de"
	b.Get("/nothing/here").Want(http.StatusNotFound).Shows("Hier ist nichts")
	b.Get("/q/nothing2").Want(http.StatusNotFound).Shows("Diese Seite haben wir nicht gefunden.")
}

// S2: a token opens its own purpose only.
func TestTokens_OpenTheirOwnPagesOnly(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	p := newPlace(t, w)
	_, benURL := p.introduces(w.Browser())
	tokens := map[string]string{"c": last(p.anaURL), "i": last(benURL), "u": last(p.stopURL())}
	for kind, token := range tokens {
		for _, at := range []string{"c", "i", "u"} {
			want := http.StatusNotFound
			if at == kind {
				want = http.StatusOK
			}
			w.Browser().Get("/" + at + "/" + token).Want(want)
		}
	}
}

func last(link string) string { return link[strings.LastIndexByte(link, '/')+1:] }

func TestDevMail_ShowsCapturedMailOnLoopback(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	p := newPlace(t, w)
	b := w.Browser()
	b.Open(p.anaURL+"/code").Main().Press("action", "send").Want(200)
	w.Mail(anaMail, "is your code")
	letter := b.Open("/dev/mail").Shows("is your code").Follow("/dev/mail/")
	frame := b.Get(letter.URL + "/html").Want(200)
	if csp := frame.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "sandbox") || strings.Contains(csp, "allow-scripts") {
		t.Errorf("the frame's policy is %q", csp)
	}
	res := get(t, w, "/dev/mail", map[string]string{"X-Forwarded-For": "203.0.113.7"})
	body(t, res)
	if res.StatusCode != http.StatusNotFound {
		t.Errorf("through a proxy it is answered %d", res.StatusCode)
	}
}

func TestDevMail_ShowsASampleOfEveryMail(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	b := w.Browser()
	list := b.Open("/dev/mail").Follow("/dev/samples").Want(200)
	seen := 0
	for _, link := range list.Links() {
		if !strings.Contains(link, "/dev/samples/") {
			continue
		}
		seen++
		b.Get(link).Want(200)
		b.Get(link + "/html").Want(200).Shows("Brightwater")
	}
	if want := 2 * len(mail.Samples("en")); seen != want {
		t.Errorf("%d samples are listed, want %d", seen, want)
	}
	b.Get("/dev/samples/en/none").Want(404)
}

// S24: one link takes no more forms than a person sends, however many addresses send them.
func TestForms_AreLimitedByLinkAndByAddress(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	p := newPlace(t, w)
	refused := 0
	for range 40 {
		res, err := http.PostForm(p.anaURL+"/stop", url.Values{"scope": {"less"}})
		w.Must(err)
		body(t, res)
		if res.StatusCode == http.StatusTooManyRequests {
			refused++
		}
	}
	if refused == 0 {
		t.Error("40 forms at once are all taken")
	}
}
