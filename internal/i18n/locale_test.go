package i18n_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"goodword/internal/fault"
	"goodword/internal/i18n"
	"goodword/internal/money"
)

var en, de = i18n.For("en"), i18n.For("de")

func TestFor_FallsBackToEnglish(t *testing.T) {
	t.Parallel()
	for give, want := range map[string]string{
		"en": "en", "de": "de", "de-AT": "de", "DE": "de", "de_CH": "de", "xx": "en", "": "en", "fr-FR": "en", "../../etc": "en",
	} {
		if got := i18n.For(give).Lang(); got != want {
			t.Errorf("For(%q) = %s, want %s", give, got, want)
		}
	}
	if got := (i18n.Locale{}).T("format.language"); got != "English" {
		t.Errorf("the zero Locale speaks %q", got)
	}
}

func TestMatch_TakesTheBestLanguageOfTheHeader(t *testing.T) {
	t.Parallel()
	for give, want := range map[string]string{
		"": "en", "de": "de", "de-AT,en;q=0.5": "de", "en-GB,de;q=0.9": "en", "fr-FR,de;q=0.8,en;q=0.2": "de", "ja": "en",
		"gsw-CH, de;q=0.7": "de", ";;;,": "en", "*": "en", strings.Repeat("de,", 5000): "en",
	} {
		if got := i18n.Match(give).Lang(); got != want {
			t.Errorf("Match(%.40q) = %s, want %s", give, got, want)
		}
	}
}

func TestT_FillsPlaceholdersAndReportsWhatIsMissing(t *testing.T) {
	t.Parallel()
	if got := de.T("introduction.state.accepted", "name", "Ben"); got != "Ben hat Ja gesagt" {
		t.Errorf("got %q", got)
	}
	// A value is never parsed again, whatever it holds.
	if got := en.T("introduction.state.accepted", "name", "{name} {{.X}}"); got != "{name} {{.X}} said yes" {
		t.Errorf("got %q", got)
	}
	if got := en.T("no.such.key"); got != "no.such.key" || !slices.Contains(i18n.Misses(), "no.such.key") {
		t.Errorf("an unknown key gives %q, misses %v", got, i18n.Misses())
	}
	if got := en.T("introduction.state.won"); got != "{name} is a customer" || !slices.Contains(i18n.Misses(), "introduction.state.won {name}") {
		t.Errorf("a missing value gives %q, misses %v", got, i18n.Misses())
	}
}

func TestN_ChoosesThePluralForm(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		l    i18n.Locale
		n    int
		want string
	}{
		{en, 0, "0 days"}, {en, 1, "1 day"}, {en, 2, "2 days"}, {en, 12500, "12,500 days"}, {en, -1, "-1 day"},
		{de, 1, "1 Tag"}, {de, 21, "21 Tage"}, {de, 1_000_001, "1.000.001 Tage"},
	} {
		if got := c.l.N("count.days", c.n); got != c.want {
			t.Errorf("%s N(%d) = %q, want %q", c.l.Lang(), c.n, got, c.want)
		}
	}
}

func TestMoney_IsWrittenAsTheReaderWritesIt(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		minor    int64
		currency string
		en, de   string
	}{
		{5000, "EUR", "€50.00", "50,00\u00a0€"},
		{123456789, "USD", "$1,234,567.89", "1.234.567,89\u00a0$"},
		{5, "GBP", "£0.05", "0,05\u00a0£"},
		{-5000, "EUR", "-€50.00", "-50,00\u00a0€"},
		{1500, "JPY", "¥1,500", "1.500\u00a0¥"},
		{1234567, "KWD", "KWD\u00a01,234.567", "1.234,567\u00a0KWD"},
		{100, "CHF", "CHF\u00a01.00", "1,00\u00a0CHF"},
		{-1 << 63, "EUR", "-€92,233,720,368,547,758.08", "-92.233.720.368.547.758,08\u00a0€"},
	} {
		a := money.New(c.minor, c.currency)
		if got := en.Money(a); got != c.en {
			t.Errorf("en %v = %q, want %q", a, got, c.en)
		}
		if got := de.Money(a); got != c.de {
			t.Errorf("de %v = %q, want %q", a, got, c.de)
		}
	}
}

func TestPercent_HasNoNeedlessZeros(t *testing.T) {
	t.Parallel()
	for bps, want := range map[int64]string{1000: "10%", 1250: "12.5%", 1: "0.01%", 0: "0%", -505: "-5.05%", 123_456_00: "123,456%"} {
		if got := en.Percent(bps); got != want {
			t.Errorf("Percent(%d) = %q, want %q", bps, got, want)
		}
	}
	if got := de.Percent(1250); got != "12,5\u00a0%" {
		t.Errorf("got %q", got)
	}
}

func TestDates_AreInTheZoneTheyCarry(t *testing.T) {
	t.Parallel()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	brazil, err := time.LoadLocation("America/Sao_Paulo")
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 5, 14, 22, 30, 0, 0, time.UTC)
	for _, c := range []struct{ got, want string }{
		{en.Date(at), "14 May 2026"},
		{de.Date(at), "14. Mai 2026"},
		{en.DayMonth(at.In(berlin)), "15 May"},
		{de.Month(at), "Mai 2026"},
		{en.Time(at), "22:30"},
		{en.DayTime(at), "Thursday 22:30"},
		{de.DayTime(at), "Donnerstag um 22:30 Uhr"},
		{en.DateTime(at, nil), "Thursday, 14 May 2026, 22:30 UTC"},
		{en.DateTime(at, berlin), "Friday, 15 May 2026, 00:30 CEST"},
		{de.DateTime(at, berlin), "Freitag, 15. Mai 2026, 00:30 Uhr MESZ"},
		{en.DateTime(at, brazil), "Thursday, 14 May 2026, 19:30 UTC-03:00"},
		{en.Date(at.In(time.Local)), "14 May 2026"},
		{en.T("reward.state.pending", "date", at), "Waiting for the refund window (until 14 May 2026)"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestList_JoinsAsTheLanguageDoes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		give []string
		want string
	}{{nil, ""}, {[]string{"A"}, "A"}, {[]string{"A", "B"}, "A und B"}, {[]string{"A", "B", "C"}, "A, B und C"}} {
		if got := de.List(c.give); got != c.want {
			t.Errorf("List(%v) = %q, want %q", c.give, got, c.want)
		}
	}
}

func TestFault_IsTranslatedByItsKey(t *testing.T) {
	t.Parallel()
	var c fault.Check
	c.Required("first_name", " ")
	c.Add("amount", "Only English.")
	e := fault.As(c.Err())
	if got := de.Fault(e); got != "Bitte prüfen Sie die markierten Felder." {
		t.Errorf("got %q", got)
	}
	if got := de.Problem(e.Problems[0]); got != "Bitte füllen Sie dieses Feld aus." {
		t.Errorf("got %q", got)
	}
	if got := de.Problem(e.Problems[1]); got != "Only English." {
		t.Errorf("got %q", got)
	}
	if got := en.Fault(nil); got != "" {
		t.Errorf("got %q", got)
	}
	for _, code := range []fault.Code{fault.Malformed, fault.Unauthenticated, fault.Forbidden, fault.NotFound, fault.Conflict, fault.Gone,
		fault.TooLarge, fault.Invalid, fault.TooMany, fault.Unavailable, fault.Internal} {
		if key := "error." + string(code); !de.Has(key) {
			t.Errorf("no catalogue has %s", key)
		}
	}
}

func BenchmarkT(b *testing.B) {
	b.Run("plain", func(b *testing.B) {
		for b.Loop() {
			de.T("error.internal")
		}
	})
	b.Run("filled", func(b *testing.B) {
		for b.Loop() {
			de.T("introduction.state.accepted", "name", "Ben")
		}
	})
}
