package customer

import (
	netmail "net/mail"
	"strings"
	"unicode"

	"github.com/nyaruka/phonenumbers"
	"golang.org/x/text/unicode/norm"

	"goodword/internal/ident"
	"goodword/internal/mail"
)

// clean makes one line of what a person typed: composed (NFC), no control characters, single spaces.
func clean(s string) string {
	if tidy(s) {
		return s
	}
	return strings.Join(strings.FieldsFunc(norm.NFC.String(s), func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r)
	}), " ")
}

// tidy reports whether s is what clean makes of it, as far as that is quickly seen: ASCII with single spaces inside.
func tidy(s string) bool {
	space := true
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == ' ' && space {
			return false
		}
		space = s[i] == ' '
	}
	return !space || s == ""
}

// ValidEmail reports whether s is one plain mail address: no display name, no list, a dot in its domain, at most 254
// bytes. Surrounding white space is ignored. It says nothing about whether mail arrives there.
func ValidEmail(s string) bool {
	s = strings.TrimSpace(s)
	if len(s) > 254 || strings.ContainsAny(s, " \t\r\n<>(),;:\"\\") || strings.ContainsFunc(s, unicode.IsControl) {
		return false
	}
	a, err := netmail.ParseAddress(s)
	if err != nil || a.Address != s {
		return false
	}
	local, domain, _ := strings.Cut(s, "@")
	labels := strings.Split(domain, ".")
	for _, l := range labels {
		if l == "" || len(l) > 63 || strings.HasPrefix(l, "-") || strings.HasSuffix(l, "-") {
			return false
		}
	}
	return len(labels) > 1 && len(local) <= 64
}

// IdentityKey folds a mail address to the mailbox behind it, for finding duplicates and self-referrals only, never for
// sending: lower case, nothing after a "+", and for Gmail no dots and one domain. An address that ValidEmail refuses
// comes back in lower case.
func IdentityKey(email string) string {
	e := mail.NormalizeEmail(email)
	local, domain, ok := strings.Cut(e, "@")
	if !ok {
		return e
	}
	if plain, _, tagged := strings.Cut(local, "+"); tagged && plain != "" {
		local = plain
	}
	if domain == "googlemail.com" {
		domain = "gmail.com"
	}
	if domain == "gmail.com" {
		if plain := strings.ReplaceAll(local, ".", ""); plain != "" {
			local = plain
		}
	}
	return local + "@" + domain
}

// Blind returns a keyed hash of the mailbox behind an address, for matching people whose address we must not keep. Two
// spellings of one mailbox have the same.
func Blind(keys *ident.Keyring, email string) string { return keys.Blind("email", IdentityKey(email)) }

// Domain returns what follows the @ of a mail address in lower case, or "".
func Domain(email string) string {
	_, domain, _ := strings.Cut(mail.NormalizeEmail(email), "@")
	return domain
}

// NormalizePhone returns a number in E.164 ("+493012345"). country (ISO 3166-1 alpha-2) is where a number without a
// country code is dialled; empty means that only international numbers are understood. It returns false for what is no
// number of anywhere.
func NormalizePhone(number, country string) (string, bool) {
	region := strings.ToUpper(country)
	if region == "" {
		region = "ZZ"
	}
	// "00" is how most of the world dials abroad, and how such numbers are written down.
	if rest, ok := strings.CutPrefix(strings.TrimSpace(number), "00"); ok {
		number = "+" + rest
	}
	n, err := phonenumbers.Parse(number, region)
	if err != nil || !phonenumbers.IsPossibleNumber(n) {
		return "", false
	}
	e164 := phonenumbers.Format(n, phonenumbers.E164)
	// The library takes emergency and service numbers ("12") for possible; nobody is reached there.
	if len(e164) < shortestPhone {
		return "", false
	}
	return e164, true
}

// shortestPhone is longer than every service number and shorter than every other number: "+" and six digits.
const shortestPhone = 7

// companyKey is what two spellings of one company share: compatibility form, lower case, single spaces, no full stops or
// commas. Legal forms stay, because Acme AG and Acme GmbH are two companies.
func companyKey(name string) string {
	name = companyMarks.Replace(norm.NFKC.String(name))
	return strings.ToLower(strings.Join(strings.Fields(name), " "))
}

var companyMarks = strings.NewReplacer(".", "", ",", "")

// normalizeTag makes tags comparable: one line in lower case.
func normalizeTag(tag string) string { return strings.ToLower(clean(tag)) }

// sortName is what lists are ordered by: last name, then first name, without case and accents.
func sortName(first, last string) string {
	s := strings.ToLower(clean(last + " " + first))
	if tidy(s) {
		return s // has no accents
	}
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFD.String(s))
}

// searchText is what Filter.Q is looked for in.
func searchText(c Customer, company string, addresses []Address) string {
	parts := []string{c.FirstName, c.LastName, company, c.ExternalID}
	for _, a := range addresses {
		parts = append(parts, a.ValueNorm)
	}
	return strings.ToLower(clean(strings.Join(parts, " ")))
}
