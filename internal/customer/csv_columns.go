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

// ImportFields lists what columns can be mapped to. The names are those of HubSpot, Salesforce, Pipedrive, Google and the
// usual German programs, and what people write over a column themselves.
var ImportFields = []ImportField{
	{Key: fieldExternalID, Label: "Id in the other system", names: words(`externalid recordid recordidcontact contactid hubspotid salesforceid crmid
		customerid customernumber customerno customernr clientid clientnumber datensatzid kundennummer kundennr kundenid kundeid kdnr kontaktid kontaktnummer
		debitorennummer debitorennr debitor externeid id`)},
	{Key: fieldFirstName, Label: "First name", names: words("firstname givenname forename vorname rufname first")},
	{Key: fieldLastName, Label: "Last name", names: words("lastname surname familyname nachname familienname zuname last")},
	{Key: fieldName, Label: "Full name", names: words(`fullname name contactname contactperson kontaktname kontaktperson ansprechpartner ansprechpartnerin
		ansprechperson vorundnachname vornamenachname vollstaendigername customername kundenname kontakt contact`)},
	{Key: fieldEmail, Label: "Mail address", names: words(`email emailaddress mail mailaddress workemail primaryemail businessemail email1 email1value
		emailadresse mailadresse emailgeschaeftlich geschaeftlicheemail emaildienstlich dienstlicheemail hauptemail`)},
	{Key: fieldFurtherEmail, Label: "Further mail address", many: true, names: words(`email2 email2value email3 emailaddress2 secondaryemail additionalemail
		additionalemails additionalemailaddresses alternateemail alternativeemail otheremail personalemail privateemail homeemail emailprivat privateemailadresse
		emailadresseprivat emailadresse2 weitereemail weitereemailadresse zweiteemail zusaetzlicheemail`)},
	{Key: fieldPhone, Label: "Phone", names: words(`phone phonenumber telephone telephonenumber workphone businessphone officephone phone1 phone1value
		telefon telefonnummer telefonnr telnr tel rufnummer telefongeschaeftlich geschaeftlichestelefon telefondienstlich telefonbuero festnetz festnetznummer
		telefon1`)},
	{Key: fieldFurtherPhone, Label: "Further phone", many: true, names: words(`mobile mobilephone mobilephonenumber mobilenumber cell cellphone cellphonenumber
		phone2 phone2value otherphone homephone mobil mobiltelefon mobiltelefonnummer mobilnummer mobilnr mobilfunk mobilfunknummer telefonmobil handy handynummer
		handynr telefon2 telefonprivat weitererufnummer weiterestelefonnummer`)},
	{Key: fieldCompany, Label: "Company", names: words(`company companyname accountname account companyaccount organization organizationname organisation
		organisationname employer businessname associatedcompany primaryassociatedcompany firma firmenname firmierung unternehmen unternehmensname betrieb
		arbeitgeber zugeordnetesunternehmen`)},
	{Key: fieldStage, Label: "Stage", names: words(`stage lifecyclestage lifecycle contacttype customertype accounttype customerstatus contactstatus
		lifecyclephase kundenstatus kundentyp kundenart kontaktstatus kontakttyp type status phase typ`)},
	{Key: fieldOwner, Label: "Owner (a colleague's mail address)", names: words(`owner owneremail contactowner contactowneremail accountowner recordowner
		ownername salesrep salesrepresentative salesperson salesowner accountmanager keyaccountmanager assignedto betreuer betreuerin betreueremail kundenbetreuer
		kundenbetreuerin zustaendig zustaendiger zustaendigermitarbeiter zustaendigermitarbeiterfuerkontakt kontaktinhaber verantwortlich verantwortlicher
		vertriebsmitarbeiter sachbearbeiter besitzer inhaber`)},
	{Key: fieldOrderedAt, Label: "Date of the last order", names: words(`lastorderat orderedat lastorderdate dateoflastorder lastorder lastordered lastorderedat
		orderdate lastpurchase lastpurchasedate lastpurchasedat purchasedate lastinvoicedate recentdealclosedate lastdealclosedate closedate
		letzterauftrag letzterauftragam letzterauftragvom letzteauftragsdatum letztesauftragsdatum datumletzterauftrag datumdesletztenauftrags
		letztebestellung letztebestellungam letztebestellungvom letztesbestelldatum datumletztebestellung datumderletztenbestellung letzterkauf letzterkaufam
		letzteskaufdatum datumletzterkauf letzterabschluss letzterabschlussam letzterumsatzam auftragsdatum bestelldatum kaufdatum bestelltam beauftragtam
		abschlussdatum`)},
	{Key: fieldOrderValue, Label: "Value of the last order", names: words(`ordervalue order lastordervalue lastorderamount lastordertotal orderamount ordertotal
		lastpurchasevalue lastpurchaseamount recentdealamount dealamount dealvalue amount value revenue letzterauftragswert wertletzterauftrag
		wertdesletztenauftrags letzterbestellwert wertletztebestellung wertderletztenbestellung auftragswert auftragssumme auftragsvolumen bestellwert bestellsumme
		umsatz betrag wert`)},
	{Key: fieldOrderCurrency, Label: "Currency of that value", names: words(`ordercurrency lastordercurrency currency currencycode currencyisocode
		dealcurrencycode waehrung waehrungscode waehrungskuerzel`)},
	{Key: fieldRenewsAt, Label: "Date of the next renewal", names: words(`renewsat renewson renewaldate nextrenewal nextrenewaldate contractrenewaldate renewal
		contractenddate contractend contractexpiry contractexpirydate subscriptionend subscriptionenddate verlaengerung verlaengerungam verlaengerungsdatum
		naechsteverlaengerung vertragsverlaengerung vertragsende vertragsendeam vertragsenddatum vertragsablauf vertragbis vertraglaeuftbis laufzeitende
		laufzeitbis`)},
	{Key: fieldCountry, Label: "Country", names: words(`country countryregion countrycode countryname mailingcountry mailingcountrycode billingcountry
		billingcountrycode land landregion laendercode laenderkennung laenderkuerzel landeskennung staat`)},
	{Key: fieldLanguage, Label: "Language", names: words(`language preferredlanguage languagecode contactlanguage correspondencelanguage lang locale sprache
		bevorzugtesprache korrespondenzsprache kontaktsprache sprachcode`)},
	{Key: fieldZone, Label: "Time zone", names: words("zone timezone zeitzone")},
	{Key: fieldDivision, Label: "Division", names: words(`division businessunit department region sparte bereich geschaeftsbereich geschaeftsfeld
		geschaeftseinheit unternehmensbereich niederlassung abteilung`)},
	{Key: fieldNote, Label: "Note", names: words(`note notes description comment comments remark remarks memo notiz notizen beschreibung bemerkung bemerkungen
		anmerkung anmerkungen kommentar kommentare hinweis hinweise freitext`)},
	{Key: fieldTags, Label: "Tags", many: true, names: words(`tags tag labels label keywords categories schlagwoerter schlagworte schlagwort stichwoerter
		stichworte stichwort kategorien kategorie merkmale etiketten`)},
	{Key: fieldGift, Label: "Gift rule (person, company, none)", names: words("giftpolicy giftrule geschenkregel geschenkregelung")},
	{Key: fieldStripe, Label: "Stripe customer", names: words("stripecustomer stripecustomerid stripeid stripekunde stripekundenid stripekundennummer")},
	{Key: fieldCompanyStripe, Label: "Stripe customer of the company", names: words(`companystripe companystripecustomer companystripeid companystripecustomerid
		firmastripe firmastripekunde`)},
}

func words(s string) []string { return strings.Fields(s) }

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
