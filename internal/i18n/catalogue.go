package i18n

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	goi18n "github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

//go:embed catalog
var files embed.FS

// part is a literal text or, when name is set, a placeholder.
type part struct{ text, name string }

// phrase is one text cut into its parts, so that showing it needs no parsing.
type phrase []part

// message is a text in its plural forms; one without plurals has only Other.
type message struct{ forms [plural.Many + 1]phrase }

type catalogue struct {
	lang     string
	tag      language.Tag
	messages map[string]*message
	fallback *catalogue
}

func (c *catalogue) find(key string) (*message, bool) {
	if m, ok := c.messages[key]; ok {
		return m, true
	}
	if c.fallback != nil {
		return c.fallback.find(key)
	}
	return nil, false
}

type catalogues struct {
	byLang  map[string]*catalogue
	ordered []*catalogue
	matcher language.Matcher
}

// loaded reads the embedded catalogues once. A broken one is a mistake of the build and panics; a test reads them all.
var loaded = sync.OnceValue(func() *catalogues {
	l, err := load(files)
	if err != nil {
		panic(err)
	}
	return l
})

func load(fsys fs.FS) (*catalogues, error) {
	names, err := fs.Glob(fsys, "catalog/*/*.json")
	if err != nil {
		return nil, fmt.Errorf("list catalogues: %w", err)
	}
	l := &catalogues{byLang: map[string]*catalogue{}}
	for _, name := range names {
		lang := path.Base(path.Dir(name))
		c, ok := l.byLang[lang]
		if !ok {
			tag, err := language.Parse(lang)
			if err != nil {
				return nil, fmt.Errorf("catalogue folder %s: %w", lang, err)
			}
			c = &catalogue{lang: lang, tag: tag, messages: map[string]*message{}}
			l.byLang[lang] = c
		}
		if err := c.read(fsys, name); err != nil {
			return nil, fmt.Errorf("catalogue %s: %w", name, err)
		}
	}
	first, ok := l.byLang[Fallback]
	if !ok {
		return nil, fmt.Errorf("catalogue of %s is missing", Fallback)
	}
	l.ordered = []*catalogue{first}
	for _, c := range l.byLang {
		if c != first {
			c.fallback = first
			l.ordered = append(l.ordered, c)
		}
	}
	slices.SortFunc(l.ordered[1:], func(a, b *catalogue) int { return strings.Compare(a.lang, b.lang) })
	tags := make([]language.Tag, len(l.ordered))
	for i, c := range l.ordered {
		tags[i] = c.tag
	}
	l.matcher = language.NewMatcher(tags)
	return l, nil
}

func (c *catalogue) read(fsys fs.FS, name string) error {
	b, err := fs.ReadFile(fsys, name)
	if err != nil {
		return err
	}
	list, err := goi18n.ParseMessageBytes(b, json.Unmarshal)
	if err != nil {
		return err
	}
	for _, m := range list {
		if _, taken := c.messages[m.ID]; taken {
			return fmt.Errorf("key %s stands in two files", m.ID)
		}
		texts := [plural.Many + 1]string{plural.Other: m.Other, plural.Zero: m.Zero, plural.One: m.One, plural.Two: m.Two, plural.Few: m.Few, plural.Many: m.Many}
		out := &message{}
		for form, text := range texts {
			if text == "" {
				continue
			}
			if out.forms[form], err = parse(text); err != nil {
				return fmt.Errorf("key %s: %w", m.ID, err)
			}
		}
		if out.forms[plural.Other] == nil {
			return fmt.Errorf("key %s has no text", m.ID)
		}
		c.messages[m.ID] = out
	}
	return nil
}

// parse cuts a text at its placeholders.
func parse(text string) (phrase, error) {
	var p phrase
	for rest := text; rest != ""; {
		before, after, found := strings.Cut(rest, "{")
		if strings.Contains(before, "}") {
			return nil, fmt.Errorf("a brace is closed that was not opened in %q", text)
		}
		if before != "" {
			p = append(p, part{text: before})
		}
		if !found {
			break
		}
		name, tail, closed := strings.Cut(after, "}")
		if !closed || name == "" || strings.ContainsAny(name, "{ .") {
			return nil, fmt.Errorf("a placeholder is not {name} in %q", text)
		}
		p = append(p, part{name: name})
		rest = tail
	}
	return p, nil
}

// maxMisses bounds what is remembered, should a key ever be made of what a visitor typed.
const maxMisses = 1000

// missing remembers what was asked for in vain.
type missing struct {
	mu   sync.Mutex
	keys map[string]bool
}

var misses = &missing{keys: map[string]bool{}}

func (m *missing) add(key string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.keys) < maxMisses {
		m.keys[key] = true
	}
}

func (m *missing) list() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := make([]string, 0, len(m.keys))
	for k := range m.keys {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
