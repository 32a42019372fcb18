package customer

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"goodword/internal/mail"
	"goodword/internal/money"
	"goodword/internal/staff"
)

// entry is what one row of a file says, in the form in which it is kept. Empty means that the row says nothing.
type entry struct {
	line                    int64
	externalID, first, last string
	email, emailNorm        string
	furtherEmails, phones   []string
	company, companyStripe  string
	companyKey              string
	division, country       string
	language, zone          string
	stripe, ownerID, note   string
	stage                   Stage
	gift                    GiftPolicy
	orderedAt, renewsAt     time.Time
	order                   *money.Amount
	tags                    []string
	refused, stageUnknown   bool
	problems                []ImportProblem
	addresses               []Address // made by prepare; the mail address of the row first
	keys                    []key     // what the set of people already seen knows them by
}

func (e *entry) problem(s Severity, field, reason, value string) {
	e.problems = append(e.problems, ImportProblem{Line: e.line, Severity: s, Field: field, Reason: reason, Value: excerpt(value)})
}

func (e *entry) refuse(field, reason, value string) {
	e.problem(Refused, field, reason, value)
	e.refused = true
}

func (e *entry) warn(field, reason, value string) { e.problem(Warning, field, reason, value) }

// identify fills in what the person of an entry that was not refused is known by.
func (e *entry) identify(s *seen) {
	e.emailNorm = mail.NormalizeEmail(e.email)
	e.keys = append(e.keys, s.mail(e.emailNorm))
	if e.externalID != "" {
		e.keys = append(e.keys, s.ext(e.externalID))
	}
}

// rowMaker turns rows into entries.
type rowMaker struct {
	fields  []string
	options ImportOptions
	owners  map[string]string // ids by mail address and by name, in lower case
	latest  time.Time         // an order cannot be later
	said    map[string]bool   // what was reported and is not repeated for every row
}

// saidMost bounds what rowMaker remembers to have said.
const saidMost = 10_000

func newRowMaker(fields []string, o ImportOptions, colleagues []staff.Member, now time.Time) *rowMaker {
	m := &rowMaker{fields: fields, options: o, owners: map[string]string{}, latest: now.Add(24 * time.Hour), said: map[string]bool{}}
	for _, c := range colleagues {
		if c.State == staff.Disabled {
			continue
		}
		m.owners[mail.NormalizeEmail(c.Email)] = c.ID
		name := strings.ToLower(clean(c.Name))
		if _, twice := m.owners[name]; twice {
			m.owners[name] = ""
		} else {
			m.owners[name] = c.ID
		}
	}
	return m
}

// once reports whether something about a value has not been said yet.
func (m *rowMaker) once(about, value string) bool {
	key := about + "\x00" + value
	if m.said[key] {
		return false
	}
	if len(m.said) < saidMost {
		m.said[key] = true
	}
	return true
}

// invisible characters come with addresses that were copied from web pages.
var invisible = strings.NewReplacer("\u200b", "", "\u200c", "", "\u200d", "", "\u2060", "", "\ufeff", "", "\u00ad", "")

// entry reads a row. What it costs to understand phone numbers is left to prepare.
func (m *rowMaker) entry(row csvRow) *entry {
	e := &entry{line: row.Line}
	if row.Problem != "" {
		e.refuse("row", row.Problem, row.Raw)
		return e
	}
	name := ""
	for i, field := range m.fields {
		value := row.Cells[i]
		if field == "" || value == "" {
			continue
		}
		switch field {
		case fieldNote:
			value = cleanText(value)
		case fieldEmail, fieldFurtherEmail, fieldExternalID:
			value = clean(invisible.Replace(value))
		default:
			value = clean(value)
		}
		switch {
		case value == "":
		case field == fieldName:
			name = value
		default:
			m.set(e, field, value)
		}
	}
	if e.first == "" && e.last == "" {
		e.first, e.last = SplitName(name)
	}
	m.order(e, row)
	switch {
	case e.email == "":
		e.refuse(fieldEmail, "There is no mail address.", "")
	case !ValidEmail(e.email):
		e.refuse(fieldEmail, "This is not a mail address.", e.email)
	}
	for _, l := range []struct{ field, value string }{
		{fieldExternalID, e.externalID}, {fieldFirstName, e.first}, {fieldLastName, e.last}, {fieldCompany, e.company},
		{fieldDivision, e.division}, {fieldStripe, e.stripe}, {fieldCompanyStripe, e.companyStripe}, {fieldNote, e.note},
	} {
		if limit := longest[l.field]; utf8.RuneCountInString(l.value) > limit {
			e.refuse(l.field, fmt.Sprintf("This is too long. At most %d characters.", limit), l.value)
		}
	}
	return e
}

// longest is how many characters the fields have whose rows are refused when they are too long.
var longest = map[string]int{
	fieldExternalID: maxShort, fieldFirstName: maxName, fieldLastName: maxName, fieldName: maxName, fieldCompany: maxCompany, fieldDivision: maxShort,
	fieldStripe: maxShort, fieldCompanyStripe: maxShort, fieldNote: maxNote,
}

// replay returns what is left of a row that was imported before: the keys of its entry, if it was not refused, and what was
// said about it. It takes a fraction of the time, so that a worker who takes over is soon where the last one was.
func (m *rowMaker) replay(row csvRow, s *seen) []key {
	if row.Problem != "" {
		return nil
	}
	var e entry
	for i, field := range m.fields {
		value := row.Cells[i]
		if limit, ok := longest[field]; ok && len(value) > limit {
			// Perhaps too long, perhaps only many bytes to a character.
			full := m.entry(row)
			if !full.refused {
				full.identify(s)
			}
			return full.keys
		}
		switch field {
		case fieldEmail:
			e.email = clean(invisible.Replace(value))
		case fieldExternalID:
			e.externalID = clean(invisible.Replace(value))
		case fieldOwner, fieldStage:
			if value = clean(value); value != "" {
				m.set(&e, field, value)
			}
		}
	}
	if m.options.Currency == "" {
		m.order(&e, row)
	}
	if !ValidEmail(e.email) {
		return nil
	}
	e.identify(s)
	return e.keys
}

// set puts a cell where it belongs, or says why it cannot.
func (m *rowMaker) set(e *entry, field, value string) {
	var ok bool
	switch field {
	case fieldExternalID:
		e.externalID = value
	case fieldFirstName:
		e.first = value
	case fieldLastName:
		e.last = value
	case fieldEmail:
		e.email = value
	case fieldFurtherEmail:
		e.furtherEmails = append(e.furtherEmails, value)
	case fieldPhone:
		e.phones = slices.Insert(e.phones, 0, value)
	case fieldFurtherPhone:
		e.phones = append(e.phones, value)
	case fieldCompany:
		e.company = value
	case fieldCompanyStripe:
		e.companyStripe = value
	case fieldStripe:
		e.stripe = value
	case fieldDivision:
		e.division = value
	case fieldNote:
		e.note = value
	case fieldStage:
		if e.stage, ok = ParseStage(value); !ok {
			e.stageUnknown = true
			if m.once(field, value) {
				e.warn(field, "This stage is not known. People new with it become leads, who are not asked; the stage of others stays. Further rows that say the same are not listed.", value)
			}
		}
	case fieldOwner:
		if e.ownerID = m.owners[strings.ToLower(value)]; e.ownerID == "" && m.once(field, value) {
			e.warn(field, "No colleague has this mail address. Further rows that say the same are not listed.", value)
		}
	case fieldGift:
		e.gift = GiftPolicy(strings.ToLower(value))
		if !slices.Contains(GiftPolicies, e.gift) {
			e.gift = ""
			e.warn(field, "The gift rule is person, company or none.", value)
		}
	case fieldCountry:
		if e.country, ok = parseCountry(value); !ok {
			e.country = ""
			e.warn(field, "This country is not known. Write it as two letters, like DE.", value)
		}
	case fieldLanguage:
		if e.language, ok = parseLanguage(value); !ok {
			e.language = ""
			e.warn(field, "This language is not known. Write it as two letters, like en.", value)
		}
	case fieldZone:
		if _, err := time.LoadLocation(value); err != nil || value == "Local" {
			e.warn(field, "This time zone is not known. Write it like Europe/Berlin.", value)
			return
		}
		e.zone = value
	case fieldTags:
		m.tags(e, value)
	case fieldOrderedAt:
		if e.orderedAt = m.date(e, field, value); e.orderedAt.After(m.latest) {
			e.orderedAt = time.Time{}
			e.warn(field, "This date is in the future.", value)
		}
	case fieldRenewsAt:
		e.renewsAt = m.date(e, field, value)
	}
}

func (m *rowMaker) tags(e *entry, value string) {
	for _, t := range tidyTags(strings.FieldsFunc(value, func(r rune) bool { return r == ',' || r == ';' || r == '|' })) {
		switch {
		case utf8.RuneCountInString(t) > maxTag:
			e.warn(fieldTags, fmt.Sprintf("A tag has at most %d characters.", maxTag), t)
		case len(e.tags) == maxTags:
			e.warn(fieldTags, fmt.Sprintf("At most %d tags.", maxTags), t)
		case !slices.Contains(e.tags, t):
			e.tags = append(e.tags, t)
		}
	}
}

func (m *rowMaker) date(e *entry, field, value string) time.Time {
	t, err := parseDate(value, m.options.DateOrder)
	switch {
	case errors.Is(err, errAmbiguous):
		e.warn(field, "This date can be read in two ways. Say whether the day or the month comes first.", value)
	case errors.Is(err, errNoDate):
		e.warn(field, "There is no such day.", value)
	case err != nil:
		e.warn(field, "This is not a date.", value)
	}
	return micro(t)
}

// order reads the value of the last order, which may need the currency from another column.
func (m *rowMaker) order(e *entry, row csvRow) {
	at := slices.Index(m.fields, fieldOrderValue)
	if at < 0 {
		return
	}
	value, currency := clean(row.Cells[at]), m.options.Currency
	if value == "" {
		return
	}
	if i := slices.Index(m.fields, fieldOrderCurrency); i >= 0 {
		if code := strings.ToUpper(clean(row.Cells[i])); code != "" {
			if !money.Known(code) {
				e.warn(fieldOrderCurrency, "This currency is not known.", code)
				return
			}
			currency = code
		}
	}
	a, err := parseAmount(value, m.options.Decimal, currency)
	switch {
	case errors.Is(err, errAmbiguous):
		e.warn(fieldOrderValue, "This amount can be read in two ways. Say whether the decimal sign is a point or a comma.", value)
	case errors.Is(err, errCurrency):
		if m.once(fieldOrderValue, "currency") {
			e.warn(fieldOrderValue, "The file does not say in which currency this is. Amounts are left out until you do; further rows are not listed.", value)
		}
	case err != nil:
		e.warn(fieldOrderValue, "This is not an amount of money.", value)
	default:
		e.order = &a
	}
}

// prepare makes the addresses of an entry that was not refused.
func (m *rowMaker) prepare(e *entry, s *seen, now time.Time) {
	e.identify(s)
	e.companyKey = companyKey(e.company)
	country := e.country
	if country == "" {
		country = m.options.Country
	}
	e.addresses = []Address{newAddress("", AddressDraft{Kind: Email, Value: e.email}, country, now)}
	for _, value := range e.furtherEmails {
		if !ValidEmail(value) {
			e.warn(fieldFurtherEmail, "This is not a mail address.", value)
			continue
		}
		e.addresses = append(e.addresses, newAddress("", AddressDraft{Kind: Email, Value: value}, country, now))
	}
	for _, value := range e.phones {
		a := newAddress("", AddressDraft{Kind: Phone, Value: value}, country, now)
		switch {
		case a.ValueNorm != "":
			e.addresses = append(e.addresses, a)
		case strings.HasPrefix(value, "+") || strings.HasPrefix(value, "00"):
			e.warn(fieldPhone, "This is not a phone number of anywhere.", value)
		case country == "":
			e.warn(fieldPhone, "This is not a phone number with a country code, and the row has no country.", value)
		default:
			e.warn(fieldPhone, "This is not a phone number of "+country+".", value)
		}
	}
}
