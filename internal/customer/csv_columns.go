package customer

import (
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// ImportField is something that a column of an imported file can fill.
type ImportField struct {
	// Key is what mappings name it by; Label is English.
	Key, Label string
	// many fields may be filled by several columns.
	many bool
	// names are column headings that mean this field, as columnKey writes them, the surest first.
	names []string
}

// The keys of the fields.
const (
	fieldExternalID    = "external_id"
	fieldFirstName     = "first_name"
	fieldLastName      = "last_name"
	fieldName          = "name"
	fieldEmail         = "email"
	fieldFurtherEmail  = "further_email"
	fieldPhone         = "phone"
	fieldFurtherPhone  = "further_phone"
	fieldCompany       = "company"
	fieldStage         = "stage"
	fieldOwner         = "owner"
	fieldOrderedAt     = "ordered_at"
	fieldOrderValue    = "order_value"
	fieldOrderCurrency = "order_currency"
	fieldRenewsAt      = "renews_at"
	fieldCountry       = "country"
	fieldLanguage      = "language"
	fieldZone          = "zone"
	fieldDivision      = "division"
	fieldNote          = "note"
	fieldTags          = "tags"
	fieldGift          = "gift_policy"
	fieldStripe        = "stripe_customer"
	fieldCompanyStripe = "company_stripe"
)

// ImportFields lists what columns can be mapped to.
var ImportFields = []ImportField{
	{Key: fieldExternalID, Label: "Id in the other system", names: []string{"externalid", "recordid", "recordidcontact", "contactid", "hubspotid",
		"salesforceid", "customerid", "customernumber", "customerno", "kundennummer", "kundennr", "kontaktid", "crmid", "id"}},
	{Key: fieldFirstName, Label: "First name", names: []string{"firstname", "givenname", "vorname", "forename"}},
	{Key: fieldLastName, Label: "Last name", names: []string{"lastname", "surname", "familyname", "nachname", "familienname"}},
	{Key: fieldName, Label: "Full name", names: []string{"fullname", "name", "contactname", "kontaktname", "customername", "kundenname", "kontakt", "contact"}},
	{Key: fieldEmail, Label: "Mail address", names: []string{"email", "emailaddress", "mail", "mailaddress", "workemail", "primaryemail", "businessemail",
		"emailadresse", "mailadresse", "emailgeschaeftlich"}},
	{Key: fieldFurtherEmail, Label: "Further mail address", many: true, names: []string{"email2", "emailaddress2", "secondaryemail", "additionalemail", "otheremail",
		"personalemail", "privateemail", "emailprivat", "weitereemail"}},
	{Key: fieldPhone, Label: "Phone", names: []string{"phone", "phonenumber", "telephone", "telefon", "telefonnummer", "tel", "workphone", "businessphone"}},
	{Key: fieldFurtherPhone, Label: "Further phone", many: true, names: []string{"mobile", "mobilephone", "mobilephonenumber", "cellphone", "phone2", "otherphone",
		"homephone", "handy", "mobil", "mobiltelefon", "mobilnummer"}},
	{Key: fieldCompany, Label: "Company", names: []string{"company", "companyname", "accountname", "account", "organization", "organisation", "employer", "firma",
		"firmenname", "unternehmen", "unternehmensname", "associatedcompany"}},
	{Key: fieldStage, Label: "Stage", names: []string{"stage", "lifecyclestage", "lifecycle", "contacttype", "type", "status", "phase", "lifecyclephase", "typ"}},
	{Key: fieldOwner, Label: "Owner (a colleague's mail address)", names: []string{"owner", "owneremail", "contactowner", "accountowner", "recordowner", "salesrep",
		"accountmanager", "zustaendig", "zustaendiger", "kontaktinhaber", "betreuer", "besitzer"}},
	{Key: fieldOrderedAt, Label: "Date of the last order", names: []string{"lastorderat", "orderedat", "lastorderdate", "lastorder", "orderdate", "lastpurchase",
		"lastpurchasedate", "recentdealclosedate", "closedate", "bestelltam", "letztebestellung", "bestelldatum"}},
	{Key: fieldOrderValue, Label: "Value of the last order", names: []string{"ordervalue", "order", "lastordervalue", "lastorderamount", "orderamount",
		"recentdealamount", "dealamount", "amount", "value", "revenue", "bestellwert", "auftragswert", "umsatz", "betrag", "wert"}},
	{Key: fieldOrderCurrency, Label: "Currency of that value", names: []string{"ordercurrency", "currency", "currencycode", "currencyisocode", "dealcurrencycode", "waehrung"}},
	{Key: fieldRenewsAt, Label: "Date of the next renewal", names: []string{"renewsat", "renewaldate", "renewal", "contractenddate", "contractend", "verlaengerung", "vertragsende"}},
	{Key: fieldCountry, Label: "Country", names: []string{"country", "countryregion", "countrycode", "mailingcountry", "billingcountry", "mailingcountrycode",
		"land", "laenderkennung"}},
	{Key: fieldLanguage, Label: "Language", names: []string{"language", "preferredlanguage", "languagecode", "lang", "locale", "sprache"}},
	{Key: fieldZone, Label: "Time zone", names: []string{"zone", "timezone", "zeitzone"}},
	{Key: fieldDivision, Label: "Division", names: []string{"division", "businessunit", "department", "region", "sparte", "bereich", "geschaeftsbereich", "abteilung"}},
	{Key: fieldNote, Label: "Note", names: []string{"note", "notes", "description", "comment", "comments", "remarks", "notiz", "notizen", "beschreibung", "bemerkung",
		"bemerkungen", "kommentar"}},
	{Key: fieldTags, Label: "Tags", many: true, names: []string{"tags", "tag", "labels", "keywords", "schlagwoerter", "stichwoerter"}},
	{Key: fieldGift, Label: "Gift rule (person, company, none)", names: []string{"giftpolicy", "giftrule", "geschenkregel"}},
	{Key: fieldStripe, Label: "Stripe customer", names: []string{"stripecustomer", "stripecustomerid", "stripeid"}},
	{Key: fieldCompanyStripe, Label: "Stripe customer of the company", names: []string{"companystripe", "companystripecustomer", "companystripeid", "companystripecustomerid"}},
}

func importField(key string) (ImportField, bool) {
	for _, f := range ImportFields {
		if f.Key == key {
			return f, true
		}
	}
	return ImportField{}, false
}

var foldUmlauts = strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "ß", "ss")

// columnKey makes headings comparable: letters and digits in lower case, umlauts written out.
func columnKey(heading string) string {
	heading = foldUmlauts.Replace(strings.ToLower(norm.NFC.String(heading)))
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, heading)
}

// columnNames returns the headings as mappings name them: without space around, and never the same twice.
func columnNames(header []string) []string {
	names, times := make([]string, len(header)), map[string]int{}
	for i, h := range header {
		name := clean(strings.Trim(h, "\uFEFF"))
		if name == "" {
			name = fmt.Sprintf("Column %d", i+1)
		}
		if times[name]++; times[name] > 1 {
			name = fmt.Sprintf("%s (%d)", name, times[name])
		}
		names[i] = name
	}
	return names
}

// guessFields returns the field that each column most likely fills, "" for none. Where several columns could fill one,
// the surer heading wins and the others are left out.
func guessFields(columns []string) []string {
	guess := make([]string, len(columns))
	for _, f := range ImportFields {
		for _, name := range f.names {
			found := false
			for i, column := range columns {
				if guess[i] == "" && columnKey(column) == name && (f.many || !found) {
					guess[i], found = f.Key, true
				}
			}
			if found && !f.many {
				break
			}
		}
	}
	return guess
}
