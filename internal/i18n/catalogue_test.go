package i18n_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"goodword/internal/i18n"
)

var placeholder = regexp.MustCompile(`\{[a-z_]+\}`)

// texts reads one language's catalogues as they lie on disk: key and plural form to text.
// It also refuses what JSON forgives: a key that stands twice in one file.
func texts(t *testing.T, lang string) map[string]map[string]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("catalog", lang, "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("catalogues of %s: %v, %v", lang, files, err)
	}
	all := map[string]map[string]string{}
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		d := json.NewDecoder(f)
		if _, err := d.Token(); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for d.More() {
			tok, err := d.Token()
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			key := fmt.Sprint(tok)
			if _, twice := all[key]; twice {
				t.Errorf("%s: %s stands twice", name, key)
			}
			var raw json.RawMessage
			if err := d.Decode(&raw); err != nil {
				t.Fatalf("%s %s: %v", name, key, err)
			}
			var one string
			if json.Unmarshal(raw, &one) == nil {
				all[key] = map[string]string{"other": one}
				continue
			}
			var forms map[string]string
			if err := json.Unmarshal(raw, &forms); err != nil {
				t.Errorf("%s %s is neither a text nor its plural forms", name, key)
			}
			all[key] = forms
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

func placeholders(forms map[string]string) string {
	set := map[string]bool{}
	for _, text := range forms {
		for _, p := range placeholder.FindAllString(text, -1) {
			// "One day left" may leave its number out.
			if p != "{count}" {
				set[p] = true
			}
		}
	}
	return strings.Join(slices.Sorted(maps.Keys(set)), " ")
}

func TestCatalogues_EveryLanguageIsComplete(t *testing.T) {
	t.Parallel()
	en := texts(t, "en")
	for _, lang := range i18n.Languages() {
		other := texts(t, lang)
		for key, forms := range en {
			got, ok := other[key]
			if !ok {
				t.Errorf("%s lacks %s", lang, key)
				continue
			}
			if a, b := placeholders(forms), placeholders(got); a != b {
				t.Errorf("%s %s: placeholders %q, English has %q", lang, key, b, a)
			}
			if _, plural := forms["one"]; plural != (got["one"] != "") {
				t.Errorf("%s %s: plural forms differ from English", lang, key)
			}
		}
		for key := range other {
			if _, ok := en[key]; !ok {
				t.Errorf("%s has %s, which English lacks", lang, key)
			}
		}
	}
}

var goodKey = regexp.MustCompile(`^[a-z][a-z0-9_]*(\.[a-z0-9_]+)+$`)

// The voice of look.md: plain and calm; and texts that templates can escape and mail can carry.
func TestCatalogues_TextsAreWellFormed(t *testing.T) {
	t.Parallel()
	for _, lang := range i18n.Languages() {
		for key, forms := range texts(t, lang) {
			if !goodKey.MatchString(key) {
				t.Errorf("%s: key %q is not lower case with dots", lang, key)
			}
			if forms["other"] == "" {
				t.Errorf("%s %s is empty", lang, key)
			}
			for _, text := range forms {
				if strings.TrimSpace(text) != text || strings.Contains(text, "  ") {
					t.Errorf("%s %s has stray white space: %q", lang, key, text)
				}
				if strings.ContainsAny(text, "!<>\r\n\t\x00") || strings.Contains(text, "&amp;") {
					t.Errorf("%s %s has an exclamation mark, markup or a control character: %q", lang, key, text)
				}
			}
		}
	}
}

func TestLanguages_EnglishFirst(t *testing.T) {
	t.Parallel()
	got := i18n.Languages()
	if len(got) < 2 || got[0] != "en" || !slices.Contains(got, "de") {
		t.Errorf("Languages() = %v, want en first and de among them", got)
	}
}
