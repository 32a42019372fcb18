package pages_test

import (
	"bytes"
	"compress/gzip"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/a-h/templ"
	"golang.org/x/net/html"

	"goodword/internal/i18n"
)

var write = flag.String("write", "", "a folder that gets every sample page as a file, to look at")

func render(t *testing.T, c templ.Component) (*html.Node, []byte) {
	t.Helper()
	var buf bytes.Buffer
	if err := c.Render(templ.WithNonce(t.Context(), "nonce"), &buf); err != nil {
		t.Fatal(err)
	}
	doc, err := html.Parse(bytes.NewReader(buf.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	return doc, buf.Bytes()
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, key string) bool {
	for _, a := range n.Attr {
		if a.Key == key {
			return true
		}
	}
	return false
}

// all returns the elements of the given names, in order.
func all(doc *html.Node, names ...string) []*html.Node {
	var out []*html.Node
	for n := range doc.Descendants() {
		for _, name := range names {
			if n.Type == html.ElementNode && n.Data == name {
				out = append(out, n)
			}
		}
	}
	return out
}

func text(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return strings.TrimSpace(b.String())
}

func each(t *testing.T, fn func(t *testing.T, name string, doc *html.Node, body []byte)) {
	for _, lang := range i18n.Languages() {
		for name, c := range samples(i18n.For(lang)) {
			t.Run(lang+"/"+name, func(t *testing.T) {
				doc, body := render(t, c)
				fn(t, name, doc, body)
			})
		}
	}
}

func TestPages_EveryControlHasAName(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, _ string, doc *html.Node, _ []byte) {
		labels := map[string]bool{}
		for _, l := range all(doc, "label") {
			labels[attr(l, "for")] = true
		}
		for _, in := range all(doc, "input", "textarea", "select") {
			if kind := attr(in, "type"); kind == "hidden" || attr(in, "name") == "gw_trap" {
				continue
			}
			inside := false
			for p := in.Parent; p != nil; p = p.Parent {
				inside = inside || p.Data == "label"
			}
			if !inside && !labels[attr(in, "id")] {
				t.Errorf("<%s name=%q> has no label", in.Data, attr(in, "name"))
			}
			if d := attr(in, "aria-describedby"); d != "" {
				for id := range strings.FieldsSeq(d) {
					if !strings.Contains(ids(doc), " "+id+" ") {
						t.Errorf("%q is described by %q, which is not there", attr(in, "name"), id)
					}
				}
			}
		}
		for _, b := range all(doc, "a", "button") {
			if text(b) == "" {
				t.Errorf("<%s> without words: %v", b.Data, b.Attr)
			}
		}
	})
}

func ids(doc *html.Node) string {
	list := []string{""}
	for n := range doc.Descendants() {
		if id := attr(n, "id"); id != "" {
			list = append(list, id)
		}
	}
	return strings.Join(append(list, ""), " ")
}

func TestPages_AreWellBuilt(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, name string, doc *html.Node, body []byte) {
		if n := len(all(doc, "h1")); n != 1 {
			t.Errorf("%d headings of the first level, want 1", n)
		}
		seen := map[string]bool{}
		for id := range strings.FieldsSeq(ids(doc)) {
			if seen[id] {
				t.Errorf("id %q stands twice", id)
			}
			seen[id] = true
		}
		for _, f := range all(doc, "form") {
			if attr(f, "method") != "post" || !strings.HasPrefix(attr(f, "action"), "/") {
				t.Errorf("form %v does not post to a page of ours", f.Attr)
			}
		}
		primary := 0
		for _, n := range all(doc, "a", "button") {
			if strings.Contains(" "+attr(n, "class")+" ", " primary ") && !strings.Contains(attr(n, "class"), "only-share") {
				primary++
			}
		}
		if primary > 1 && name != "rewards" {
			t.Errorf("%d main buttons, want one at most", primary)
		}
		for _, a := range all(doc, "a", "form", "img", "script", "link") {
			for _, key := range []string{"href", "action", "src"} {
				if v := attr(a, key); strings.HasPrefix(v, "javascript:") || strings.HasPrefix(v, "//") || strings.HasPrefix(v, "http:") {
					t.Errorf("%s=%q", key, v)
				}
			}
		}
		var zipped bytes.Buffer
		z := gzip.NewWriter(&zipped)
		if _, err := z.Write(body); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		if zipped.Len() > 12<<10 || len(body) > 40<<10 {
			t.Errorf("%d bytes, %d compressed", len(body), zipped.Len())
		}
	})
}

// S13: what people typed is text, wherever it stands.
func TestPages_TypedTextIsText(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, _ string, doc *html.Node, _ []byte) {
		for _, s := range all(doc, "script") {
			if strings.Contains(text(s), "alert") {
				t.Error("typed text became a script")
			}
		}
		for n := range doc.Descendants() {
			for _, a := range n.Attr {
				if strings.HasPrefix(a.Key, "on") || strings.Contains(a.Key, "<") {
					t.Errorf("attribute %q", a.Key)
				}
			}
		}
	})
}

// S5: a program that sends a form as it stands, or presses its first button, must answer nothing for anybody.
func TestPages_NothingIsChosenBeforehand(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"yes", "ask_later", "ask_no", "warm"} {
		doc, _ := render(t, samples(i18n.For("en"))[name])
		for _, in := range all(doc, "input", "option") {
			if has(in, "checked") || has(in, "selected") && attr(in, "value") != "" {
				t.Errorf("%s: %v is chosen beforehand", name, in.Attr)
			}
		}
		if buttons := all(doc, "button"); name == "ask_no" && attr(buttons[0], "value") != "keep" {
			t.Errorf("%s: the first button answers %q", name, attr(buttons[0], "value"))
		}
	}
}

func TestPages_AllWordsAreInTheCatalogue(t *testing.T) {
	each(t, func(t *testing.T, name string, _ *html.Node, body []byte) {
		if *write == "" {
			return
		}
		file := filepath.Join(*write, strings.ReplaceAll(strings.TrimPrefix(t.Name(), "TestPages_AllWordsAreInTheCatalogue/"), "/", "_")+".html")
		if err := os.WriteFile(file, body, 0o600); err != nil {
			t.Fatal(err)
		}
	})
	if m := i18n.Misses(); len(m) > 0 {
		t.Errorf("asked for in vain: %v", m)
	}
}
