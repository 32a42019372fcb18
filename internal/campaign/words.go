package campaign

import (
	"regexp"
	"slices"
	"strings"
)

// Values are what merge words stand for in one mail or page. An empty value leaves no gap; see Merge.
type Values struct {
	// FirstName is the reader's first name.
	FirstName string
	// Company is our own company's name.
	Company string
	// Suits says whom an introduction suits, in the reader's language: "a warehouse manager with 20 people or more".
	Suits string
	// Reward is one full sentence on what the reader gets; empty where the offer or their gift rule allows nothing.
	Reward string
	// Rep is the name of the person who writes.
	Rep string
}

// MergeWords lists the names that texts may hold between double braces.
func MergeWords() []string { return []string{"first_name", "company", "suits", "reward", "rep"} }

func (v Values) get(name string) (value string, whole bool) {
	switch name {
	case "first_name":
		return v.FirstName, false
	case "company":
		return v.Company, false
	case "suits":
		return v.Suits, true
	case "reward":
		return v.Reward, true
	case "rep":
		return v.Rep, false
	}
	return "", false
}

var (
	mergeWord  = regexp.MustCompile(`\{\{\s*([^{}]*?)\s*\}\}`)
	emptyLines = regexp.MustCompile(`\n{3,}`)
	gaps       = regexp.MustCompile(`[ \t]{2,}`)
	// An empty name takes the comma that set it apart with it: "Thanks, {{first_name}}?" becomes "Thanks?".
	gapAtStart = regexp.MustCompile(`^\x00[,;:]?[ \t]*`)
	gapAtMark  = regexp.MustCompile(`,?[ \t]*\x00([,.;:?]|$)`)
	gap        = regexp.MustCompile(`[ \t]*\x00`)
)

// Merge puts the values in place of the merge words. A line that holds {{suits}} or {{reward}} disappears when that value
// is empty, so that nothing is promised that does not apply; an empty name only closes its gap. What a value contains is
// never read as a merge word. The result is plain text.
func Merge(text string, v Values) string {
	if !strings.Contains(text, "{{") {
		return text
	}
	lines := strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	kept := lines[:0]
	for _, line := range lines {
		if merged, ok := mergeLine(line, v); ok {
			kept = append(kept, merged)
		}
	}
	return strings.TrimSpace(emptyLines.ReplaceAllString(strings.Join(kept, "\n"), "\n\n"))
}

func mergeLine(line string, v Values) (merged string, keep bool) {
	keep = true
	merged = mergeWord.ReplaceAllStringFunc(line, func(word string) string {
		value, whole := v.get(mergeWord.FindStringSubmatch(word)[1])
		if value != "" {
			return value
		}
		keep = keep && !whole
		return "\x00"
	})
	if strings.Contains(merged, "\x00") {
		merged = gap.ReplaceAllString(gapAtMark.ReplaceAllString(gapAtStart.ReplaceAllString(merged, ""), "$1"), "")
		merged = strings.TrimSpace(gaps.ReplaceAllString(merged, " "))
	}
	return merged, keep
}

// Merged returns the words with every text merged.
func (w Words) Merged(v Values) Words {
	return Words{
		Subject: oneLine(Merge(w.Subject, v)), Body: Merge(w.Body, v),
		PageTitle: oneLine(Merge(w.PageTitle, v)), PageBody: Merge(w.PageBody, v),
		ReminderSubject: oneLine(Merge(w.ReminderSubject, v)), ReminderBody: Merge(w.ReminderBody, v),
	}
}

// oneLine keeps a name with a line break in it out of subjects and headings.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// unknownWords returns what a text has between double braces that is no merge word.
func unknownWords(text string) []string {
	var out []string
	for _, m := range mergeWord.FindAllStringSubmatch(text, -1) {
		if !slices.Contains(MergeWords(), m[1]) && !slices.Contains(out, m[1]) {
			out = append(out, m[1])
		}
	}
	if rest := mergeWord.ReplaceAllString(text, ""); strings.Contains(rest, "{{") || strings.Contains(rest, "}}") {
		out = append(out, "an unclosed brace")
	}
	return out
}

// Message returns the words in the reader's language, else in fallback, else in any that the campaign has, together with
// the language they are in. False when the campaign has no words at all.
func (c Campaign) Message(lang, fallback string) (words Words, in string, ok bool) {
	in, ok = pick(c.Messages, lang, fallback)
	return c.Messages[in], in, ok
}

// SuitsIn returns whom an introduction suits in a language; it is empty rather than in another language.
func (c Campaign) SuitsIn(lang string) string { return c.Suits[base(lang)] }

func pick(m map[string]Words, lang, fallback string) (string, bool) {
	for _, l := range []string{lang, base(lang), fallback, "en"} {
		if _, ok := m[l]; ok {
			return l, true
		}
	}
	langs := languages(m)
	if len(langs) == 0 {
		return "", false
	}
	return langs[0], true
}

func base(lang string) string {
	b, _, _ := strings.Cut(strings.ToLower(strings.ReplaceAll(lang, "_", "-")), "-")
	return b
}

func languages[T any](m map[string]T) []string {
	out := make([]string, 0, len(m))
	for l := range m {
		out = append(out, l)
	}
	slices.Sort(out)
	return out
}
