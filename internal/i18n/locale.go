package i18n

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"

	"goodword/internal/fault"
	"goodword/internal/money"
)

// Fallback is the language of a reader whose own we do not speak, and of a text that a catalogue lacks.
const Fallback = "en"

// maxAcceptLanguage bounds the header that Match reads; browsers send a few dozen bytes.
const maxAcceptLanguage = 256

// Locale speaks one language. It is a small value, safe for use by several goroutines; the zero value speaks English.
type Locale struct{ c *catalogue }

// For returns the locale for a language tag such as "de" or "de-AT", English for one that has no catalogue.
func For(lang string) Locale {
	l := loaded()
	if c, ok := l.byLang[lang]; ok {
		return Locale{c}
	}
	base, _, _ := strings.Cut(strings.ToLower(strings.ReplaceAll(lang, "_", "-")), "-")
	if c, ok := l.byLang[base]; ok {
		return Locale{c}
	}
	return Locale{l.byLang[Fallback]}
}

// Match returns the locale that fits an Accept-Language header best, English for an empty or broken one.
func Match(header string) Locale {
	if header == "" || len(header) > maxAcceptLanguage {
		return For(Fallback)
	}
	tags, _, err := language.ParseAcceptLanguage(header)
	if err != nil || len(tags) == 0 {
		return For(Fallback)
	}
	l := loaded()
	_, i, confidence := l.matcher.Match(tags...)
	if confidence == language.No {
		return For(Fallback)
	}
	return Locale{l.ordered[i]}
}

// Languages returns the tags that have a catalogue, the fallback first.
func Languages() []string {
	l := loaded()
	out := make([]string, len(l.ordered))
	for i, c := range l.ordered {
		out[i] = c.lang
	}
	return out
}

// Misses returns the keys that were asked for and that no catalogue has, and "key {name}" for placeholders that got
// no value, since the program started. Tests use it to prove that there are none.
func Misses() []string { return misses.list() }

func (l Locale) catalogue() *catalogue {
	if l.c == nil {
		return loaded().byLang[Fallback]
	}
	return l.c
}

// Lang returns the tag for the lang attribute and the Content-Language header: "en".
func (l Locale) Lang() string { return l.catalogue().lang }

// Dir returns the writing direction for the dir attribute, "ltr" or "rtl".
func (l Locale) Dir() string { return l.T("format.dir") }

// T returns the text of a key, its placeholders filled by args: alternating names and values. A value may be a string,
// an integer, a money.Amount, a time.Time (shown as Date) or a fmt.Stringer. A text that this language lacks is taken
// from English; an unknown key is returned as it is and counted in Misses.
func (l Locale) T(key string, args ...any) string {
	m, ok := l.catalogue().find(key)
	if !ok {
		misses.add(key)
		return key
	}
	return l.fill(key, m.forms[plural.Other], args)
}

// Has reports whether T knows the key, in this language or in English.
func (l Locale) Has(key string) bool {
	_, ok := l.catalogue().find(key)
	return ok
}

// N returns the plural form of a key for count, which also fills {count}. For the rest it is T.
func (l Locale) N(key string, count int, args ...any) string {
	c := l.catalogue()
	m, ok := c.find(key)
	if !ok {
		misses.add(key)
		return key
	}
	n := count
	if n < 0 {
		n = -n
	}
	// Rules ask only for the number's last six digits; the million keeps "many" of French and Spanish right.
	if n > 1_000_000 {
		n = 1_000_000 + n%1_000_000
	}
	p := m.forms[plural.Cardinal.MatchPlural(c.tag, n, 0, 0, 0, 0)]
	if p == nil {
		p = m.forms[plural.Other]
	}
	return l.fill(key, p, append([]any{"count", count}, args...))
}

// fill joins a phrase's parts. A phrase of one literal is returned without work, which is most of a page.
func (l Locale) fill(key string, p phrase, args []any) string {
	if len(p) == 1 && p[0].name == "" {
		return p[0].text
	}
	var b strings.Builder
	for _, part := range p {
		if part.name == "" {
			b.WriteString(part.text)
			continue
		}
		v, ok := lookup(args, part.name)
		if !ok {
			misses.add(key + " {" + part.name + "}")
			b.WriteString("{" + part.name + "}")
			continue
		}
		b.WriteString(l.show(v))
	}
	return b.String()
}

func lookup(args []any, name string) (any, bool) {
	for i := 0; i+1 < len(args); i += 2 {
		if args[i] == name {
			return args[i+1], true
		}
	}
	return nil, false
}

func (l Locale) show(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case int:
		return l.Int(int64(v))
	case int64:
		return l.Int(v)
	case money.Amount:
		return l.Money(v)
	case time.Time:
		return l.Date(v)
	case fmt.Stringer:
		return v.String()
	}
	return fmt.Sprint(v)
}

// Int returns a whole number with the language's group separator: "12,500".
func (l Locale) Int(n int64) string {
	s := strconv.FormatInt(n, 10)
	if n < 0 {
		return "-" + group(s[1:], l.T("format.group"))
	}
	return group(s, l.T("format.group"))
}

// group sets a separator between thousands.
func group(digits, separator string) string {
	if len(digits) <= 3 {
		return digits
	}
	var b strings.Builder
	for i := range len(digits) {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteString(separator)
		}
		b.WriteByte(digits[i])
	}
	return b.String()
}

// symbols are the currencies that people know by a sign; every other is shown by its ISO code.
var symbols = map[string]string{
	"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥", "INR": "₹", "ILS": "₪", "KRW": "₩", "VND": "₫", "UAH": "₴", "PHP": "₱",
	"AUD": "A$", "CAD": "CA$", "NZD": "NZ$", "MXN": "MX$", "BRL": "R$", "HKD": "HK$", "TWD": "NT$", "CNY": "CN¥",
}

// Money returns an amount as its reader writes it, with all digits of the currency: "€50.00", in German "50,00 €".
// It works on the integers alone; nothing is rounded.
func (l Locale) Money(a money.Amount) string {
	digits, sign := a.Decimal(), ""
	if digits[0] == '-' {
		digits, sign = digits[1:], "-"
	}
	whole, fraction, point := strings.Cut(digits, ".")
	whole = group(whole, l.T("format.group"))
	if point {
		whole += l.T("format.decimal") + fraction
	}
	if s, ok := symbols[a.Currency]; ok {
		return sign + l.T("format.money", "symbol", s, "amount", whole)
	}
	return sign + l.T("format.money_code", "code", a.Currency, "amount", whole)
}

// Percent returns basis points as a percentage without needless zeros: 1250 is "12.5%".
func (l Locale) Percent(bps int64) string {
	sign := ""
	if bps < 0 {
		sign, bps = "-", -bps
	}
	s := l.Int(bps / 100)
	if f := strings.TrimRight(fmt.Sprintf("%02d", bps%100), "0"); f != "" {
		s += l.T("format.decimal") + f
	}
	return sign + l.T("format.percent", "number", s)
}

// readerTime guards against times that a database driver has put into the machine's zone, which is nobody's:
// they are shown in UTC. Callers put a time into the reader's zone with In before they show it.
func readerTime(t time.Time) time.Time {
	if t.Location() == time.Local {
		return t.UTC()
	}
	return t
}

// Date returns "14 May 2026", in the zone that t carries.
func (l Locale) Date(t time.Time) string { return l.stamp("format.date", t) }

// DayMonth returns "14 May", for dates whose year nobody doubts.
func (l Locale) DayMonth(t time.Time) string { return l.stamp("format.day_month", t) }

// Month returns "May 2026".
func (l Locale) Month(t time.Time) string { return l.stamp("format.month", t) }

// Time returns "15:00", in the zone that t carries.
func (l Locale) Time(t time.Time) string { return l.stamp("format.time", t) }

// DayTime returns "Tuesday 15:00", for the next few days.
func (l Locale) DayTime(t time.Time) string { return l.stamp("format.day_time", t) }

// DateTime returns "Tuesday, 14 May 2026, 15:00 CEST": the moment in the reader's zone, with the zone named.
// A nil zone is UTC.
func (l Locale) DateTime(t time.Time, zone *time.Location) string {
	if zone == nil {
		zone = time.UTC
	}
	return l.stamp("format.date_time", t.In(zone))
}

func (l Locale) stamp(pattern string, t time.Time) string {
	t = readerTime(t)
	p, ok := l.catalogue().find(pattern)
	if !ok {
		misses.add(pattern)
		return pattern
	}
	var b strings.Builder
	for _, part := range p.forms[plural.Other] {
		switch part.name {
		case "":
			b.WriteString(part.text)
		case "day":
			b.WriteString(strconv.Itoa(t.Day()))
		case "month":
			b.WriteString(l.T("format.month." + strconv.Itoa(int(t.Month()))))
		case "year":
			b.WriteString(strconv.Itoa(t.Year()))
		case "weekday":
			b.WriteString(l.T("format.weekday." + strconv.Itoa(int(t.Weekday()))))
		case "hour":
			b.WriteString(t.Format("15"))
		case "minute":
			b.WriteString(t.Format("04"))
		case "zone":
			b.WriteString(l.zoneName(t))
		}
	}
	return b.String()
}

// zoneName returns the zone's abbreviation as the language has it, or the distance from UTC for zones that have none.
func (l Locale) zoneName(t time.Time) string {
	name, _ := t.Zone()
	if name == "" || name[0] == '+' || name[0] == '-' {
		return "UTC" + t.Format("-07:00")
	}
	if own := "format.zone." + strings.ToLower(name); l.Has(own) {
		return l.T(own)
	}
	return name
}

// List joins words as the language does: "A, B and C".
func (l Locale) List(words []string) string {
	switch len(words) {
	case 0:
		return ""
	case 1:
		return words[0]
	}
	last := len(words) - 1
	return l.T("format.and", "list", strings.Join(words[:last], ", "), "last", words[last])
}

// Problem returns a field's problem in this language, or its English message where it has no key.
func (l Locale) Problem(p fault.Problem) string {
	if p.Key != "" && l.Has(p.Key) {
		return l.T(p.Key)
	}
	return p.Message
}

// Fault returns an error's sentence in this language, or its English message where it has no key. It returns "" for nil.
func (l Locale) Fault(e *fault.Error) string {
	if e == nil {
		return ""
	}
	if e.Key != "" && l.Has(e.Key) {
		return l.T(e.Key)
	}
	return e.Message
}

// Keys returns every key of this language that begins with prefix, in order, for tests and editors.
func (l Locale) Keys(prefix string) []string {
	var out []string
	for k := range l.catalogue().messages {
		if strings.HasPrefix(k, prefix) {
			out = append(out, k)
		}
	}
	slices.Sort(out)
	return out
}
