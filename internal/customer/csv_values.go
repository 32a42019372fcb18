package customer

import (
	"errors"
	"strconv"
	"strings"
	"time"
	"unicode"

	"goodword/internal/money"
)

var (
	// errAmbiguous means that a value can be read in two ways; it is never guessed.
	errAmbiguous = errors.New("can be read in two ways")
	errUnread    = errors.New("cannot be read")
	errNoDate    = errors.New("no such day")
	errCurrency  = errors.New("no currency")
)

// parseDate reads a date, or a date with a time, in UTC unless it says otherwise. order is "dmy", "mdy", "ymd" or empty; it
// decides what the value leaves open, and only that: 13/02/2025 is in February whatever the order. Dots stand between days
// and months in this order everywhere, so 02.03.2025 leaves nothing open. HubSpot writes milliseconds since 1970.
func parseDate(s, order string) (time.Time, error) {
	if t, ok := parseEpoch(s); ok {
		return t, nil
	}
	if len(s) > len("2006-01-02") && strings.ContainsRune(s, ':') {
		for _, layout := range momentLayouts {
			if t, err := time.Parse(layout, s); err == nil {
				return inRange(t.UTC())
			}
		}
	}
	if t, err := parseMonthName(s); !errors.Is(err, errUnread) {
		return t, err
	}
	day, clock, timed := strings.Cut(s, " ")
	sep := strings.IndexFunc(day, func(r rune) bool { return !unicode.IsDigit(r) })
	if sep < 1 || !strings.ContainsRune("-/.", rune(day[sep])) {
		return time.Time{}, errUnread
	}
	parts := strings.Split(day, day[sep:sep+1])
	if len(parts) != 3 {
		return time.Time{}, errUnread
	}
	var n [3]int
	for i, p := range parts {
		if !allDigits(p) || len(p) > 4 || len(p) == 3 {
			return time.Time{}, errUnread
		}
		n[i], _ = strconv.Atoi(p) //nolint:errcheck // at most four digits
	}
	t, err := arrange(parts, n, day[sep], order)
	if err != nil || !timed {
		return t, err
	}
	for _, layout := range []string{"15:04", "15:04:05", "3:04 PM", "3:04:05 PM", "3:04PM"} {
		if c, err := time.Parse(layout, strings.ToUpper(strings.TrimSpace(clock))); err == nil {
			return t.Add(time.Duration(c.Hour())*time.Hour + time.Duration(c.Minute())*time.Minute + time.Duration(c.Second())*time.Second), nil
		}
	}
	return time.Time{}, errUnread
}

var momentLayouts = []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02T15:04", "2006-01-02 15:04:05 -0700 MST"}

// arrange decides which of three numbers is the year, the month and the day.
func arrange(parts []string, n [3]int, sep byte, order string) (time.Time, error) {
	switch {
	case len(parts[0]) == 4:
		return dayOf(n[0], n[1], n[2])
	case len(parts[2]) == 4 && sep == '.':
		return dayOf(n[2], n[1], n[0])
	case len(parts[2]) == 4:
		dmy, dayFirst := calendarDay(n[2], n[1], n[0])
		mdy, monthFirst := calendarDay(n[2], n[0], n[1])
		switch {
		case !dayFirst && !monthFirst:
			return time.Time{}, errNoDate
		case !monthFirst, dayFirst && (order == "dmy" || dmy.Equal(mdy)):
			return dmy, nil
		case !dayFirst, order == "mdy":
			return mdy, nil
		}
		return time.Time{}, errAmbiguous
	case len(parts[0]) > 2 || len(parts[1]) > 2 || len(parts[2]) > 2:
		return time.Time{}, errUnread
	}
	// Two digits for the year leave even more open: only a known order helps.
	switch {
	case order == "dmy":
		return dayOf(century(n[2]), n[1], n[0])
	case order == "mdy":
		return dayOf(century(n[2]), n[0], n[1])
	case order == "ymd":
		return dayOf(century(n[0]), n[1], n[2])
	case sep == '.':
		return dayOf(century(n[2]), n[1], n[0])
	}
	return time.Time{}, errAmbiguous
}

// century reads two digits of a year as 1970 to 2069.
func century(year int) int {
	if year < 70 {
		return 2000 + year
	}
	return 1900 + year
}

func dayOf(year, month, day int) (time.Time, error) {
	t, ok := calendarDay(year, month, day)
	if !ok {
		return time.Time{}, errNoDate
	}
	return t, nil
}

// calendarDay reports whether there is such a day, between 1970 and 2100.
func calendarDay(year, month, day int) (time.Time, bool) {
	t := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	_, err := inRange(t)
	return t, err == nil && t.Month() == time.Month(month) && t.Day() == day
}

func inRange(t time.Time) (time.Time, error) {
	if t.Year() < 1970 || t.Year() > 2100 {
		return time.Time{}, errNoDate
	}
	return t, nil
}

func parseEpoch(s string) (time.Time, bool) {
	if !allDigits(s) {
		return time.Time{}, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	switch {
	case err != nil:
		return time.Time{}, false
	case len(s) == 13:
		return time.UnixMilli(n).UTC(), true
	case len(s) == 10:
		return time.Unix(n, 0).UTC(), true
	}
	return time.Time{}, false
}

var monthNames = map[string]int{
	"jan": 1, "feb": 2, "mar": 3, "mär": 3, "mrz": 3, "apr": 4, "may": 5, "mai": 5, "jun": 6, "jul": 7, "aug": 8,
	"sep": 9, "oct": 10, "okt": 10, "nov": 11, "dec": 12, "dez": 12,
}

// parseMonthName reads "13 Feb 2025", "13. Februar 2025" and "February 13, 2025".
func parseMonthName(s string) (time.Time, error) {
	if s == "" || allDigits(s[:1]) && strings.IndexFunc(s, unicode.IsLetter) < 0 {
		return time.Time{}, errUnread
	}
	words := strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return r == ' ' || r == ',' || r == '.' || r == '-' })
	if len(words) != 3 {
		return time.Time{}, errUnread
	}
	for i, dayAt := range [2]int{1, 0} {
		month := monthNames[string(firstRunes(words[i], 3))]
		if month == 0 || !isWord(words[i]) || len(words[2]) != 4 || !allDigits(words[2]) || !allDigits(words[dayAt]) || len(words[dayAt]) > 2 {
			continue
		}
		year, _ := strconv.Atoi(words[2])    //nolint:errcheck // digits
		day, _ := strconv.Atoi(words[dayAt]) //nolint:errcheck // digits
		return dayOf(year, month, day)
	}
	return time.Time{}, errUnread
}

func firstRunes(s string, n int) []rune {
	r := []rune(s)
	return r[:min(n, len(r))]
}

func isWord(s string) bool {
	return s != "" && strings.IndexFunc(s, func(r rune) bool { return !unicode.IsLetter(r) }) < 0
}

func allDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

var currencySigns = map[string]string{"€": "EUR", "£": "GBP", "zł": "PLN", "Kč": "CZK", "Ft": "HUF", "US$": "USD"}

// parseAmount reads an amount of money. decimal is "point", "comma" or empty; it decides what the value leaves open, which is
// only a single point or comma with three digits behind it. A currency in the value comes before the given one, which may be
// empty. "$", "kr" and "¥" are several currencies each: then the given one must say which.
func parseAmount(s, decimal, currency string) (money.Amount, error) {
	number := strings.TrimFunc(s, func(r rune) bool {
		return !unicode.IsDigit(r) && r != '-' && r != '(' && r != ')' && r != '.' && r != ','
	})
	number = strings.TrimSuffix(strings.TrimSuffix(number, "-"), ".")
	sign := strings.TrimSpace(strings.Replace(s, number, " ", 1))
	switch code := strings.ToUpper(strings.Trim(sign, " .-")); {
	case sign == "":
	case currencySigns[sign] != "":
		currency = currencySigns[sign]
	case money.Known(code):
		currency = code
	case sign == "$" || sign == "kr" || sign == "kr." || sign == "¥":
	default:
		return money.Amount{}, errUnread
	}
	plain, err := plainNumber(number, decimal)
	switch {
	case err != nil:
		return money.Amount{}, err
	case currency == "":
		return money.Amount{}, errCurrency
	}
	// More digits than the currency has are dropped when they say nothing: 12.50 of a currency without cents does.
	if whole, cents, point := strings.Cut(plain, "."); point {
		if e := money.Exponent(currency); len(cents) > e {
			if strings.Trim(cents[e:], "0") != "" {
				return money.Amount{}, errUnread
			}
			plain = whole + "." + cents[:e]
		}
		plain = strings.TrimSuffix(plain, ".")
	}
	a, err := money.Parse(plain, currency)
	if err != nil {
		return money.Amount{}, errUnread
	}
	return a, nil
}

// plainNumber turns "1.664,50", "47,436.50" and "1 234.5" into digits with a point.
func plainNumber(s, decimal string) (string, error) {
	grouped := strings.ContainsAny(s, " \u00a0\u202f'’")
	for _, space := range []string{" ", "\u00a0", "\u202f", "'", "’"} {
		s = strings.ReplaceAll(s, space, "")
	}
	points, commas := strings.Count(s, "."), strings.Count(s, ",")
	group, point := "", ""
	switch {
	case points == 0 && commas == 0:
	case points > 0 && commas > 0:
		group, point = ",", "."
		if strings.LastIndex(s, ",") > strings.LastIndex(s, ".") {
			group, point = ".", ","
		}
	case points > 1:
		group = "."
	case commas > 1:
		group = ","
	default:
		mark := "."
		if commas == 1 {
			mark = ","
		}
		whole, behind, _ := strings.Cut(s, mark)
		switch {
		case len(behind) != 3 || grouped || len(whole) > 3 || whole == "0" || whole == "":
			point = mark
		case decimal == "":
			return "", errAmbiguous
		case (decimal == "point") == (mark == "."):
			point = mark
		default:
			group = mark
		}
	}
	if group != "" {
		whole := s
		if point != "" {
			whole, _, _ = strings.Cut(s, point)
		}
		for i, part := range strings.Split(whole, group) {
			if !allDigits(part) || i > 0 && len(part) != 3 || i == 0 && len(part) > 3 {
				return "", errUnread
			}
		}
		s = strings.ReplaceAll(s, group, "")
	}
	if point != "" {
		whole, behind, _ := strings.Cut(s, point)
		if whole == "" {
			whole = "0"
		}
		if !allDigits(whole) || !allDigits(behind) {
			return "", errUnread
		}
		return whole + "." + behind, nil
	}
	if !allDigits(s) {
		return "", errUnread
	}
	return s, nil
}

// countries are names that exports use instead of codes. Codes need no table; other names are listed as a problem.
var countries = map[string]string{
	"austria": "AT", "österreich": "AT", "australia": "AU", "australien": "AU", //nolint:misspell // German
	"belgium": "BE", "belgien": "BE", "brazil": "BR", "brasilien": "BR",
	"canada": "CA", "kanada": "CA", "china": "CN", "croatia": "HR", "kroatien": "HR", "czechia": "CZ", "czech republic": "CZ", "tschechien": "CZ",
	"denmark": "DK", "dänemark": "DK", "estonia": "EE", "estland": "EE", "finland": "FI", "finnland": "FI", "france": "FR", "frankreich": "FR",
	"germany": "DE", "deutschland": "DE", "greece": "GR", "griechenland": "GR", "hungary": "HU", "ungarn": "HU", "india": "IN", "indien": "IN",
	"ireland": "IE", "irland": "IE", "israel": "IL", "italy": "IT", "italien": "IT", "japan": "JP", "latvia": "LV", "lettland": "LV",
	"liechtenstein": "LI", "lithuania": "LT", "litauen": "LT", "luxembourg": "LU", "luxemburg": "LU", "mexico": "MX", "mexiko": "MX",
	"netherlands": "NL", "the netherlands": "NL", "niederlande": "NL", "new zealand": "NZ", "neuseeland": "NZ", "norway": "NO", "norwegen": "NO",
	"poland": "PL", "polen": "PL", "portugal": "PT", "romania": "RO", "rumänien": "RO", "singapore": "SG", "singapur": "SG", "slovakia": "SK",
	"slowakei": "SK", "slovenia": "SI", "slowenien": "SI", "south africa": "ZA", "südafrika": "ZA", "south korea": "KR", "südkorea": "KR",
	"spain": "ES", "spanien": "ES", "sweden": "SE", "schweden": "SE", "switzerland": "CH", "schweiz": "CH", "turkey": "TR", "türkei": "TR",
	"ukraine": "UA", "united arab emirates": "AE", "united kingdom": "GB", "uk": "GB", "great britain": "GB", "england": "GB",
	"grossbritannien": "GB", "großbritannien": "GB", "vereinigtes königreich": "GB", "united states": "US", "united states of america": "US", "usa": "US",
	"vereinigte staaten": "US",
}

// parseCountry returns the ISO code of a country's code or name.
func parseCountry(s string) (string, bool) {
	if code := countries[strings.ToLower(s)]; code != "" {
		return code, true
	}
	return strings.ToUpper(s), isLetters(s, 2, 2)
}

var languageNames = map[string]string{
	"english": "en", "englisch": "en", "german": "de", "deutsch": "de", "french": "fr", "französisch": "fr", "spanish": "es", "spanisch": "es", //nolint:misspell // German
	"italian": "it", "italienisch": "it", "dutch": "nl", "niederländisch": "nl", "polish": "pl", "polnisch": "pl", "portuguese": "pt",
	"portugiesisch": "pt", "swedish": "sv", "schwedisch": "sv",
}

// parseLanguage returns the primary tag of "de", "de-DE", "de_AT" and "Deutsch".
func parseLanguage(s string) (string, bool) {
	s = strings.ToLower(s)
	if tag := languageNames[s]; tag != "" {
		return tag, true
	}
	tag, _, _ := strings.Cut(strings.ReplaceAll(s, "_", "-"), "-")
	return tag, isLetters(tag, 2, 3)
}
