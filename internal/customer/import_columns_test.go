package customer_test

import (
	"strings"
	"testing"

	"goodword/internal/customer"
	"goodword/internal/dbtest"
)

func TestPreview_KnowsUsualHeadings(t *testing.T) {
	t.Parallel()
	headings := map[string]string{
		"external_id": "Record ID|Contact ID|Customer No.|customer_id|Kundennummer|Kunden-Nr.|Kd.-Nr.|Kunden-ID|Datensatz-ID|Debitorennummer|ID",
		"first_name":  "First Name|given_name|Forename|Vorname|Rufname",
		"last_name":   "Last Name|Surname|Family Name|Nachname|Familienname|Zuname",
		"name":        "Name|Full name|Contact Person|Ansprechpartner|Ansprechpartnerin|Kontaktperson|Vor- und Nachname|Kundenname",
		"email":       "Email|E-mail Address|Work e-mail|E-Mail 1 - Value|E-Mail|E-Mail-Adresse|E-Mail (geschäftlich)|Mailadresse|Geschäftliche E-Mail",
		"further_email": "Email 2|Secondary email|Personal e-mail|Additional email addresses|E-Mail (privat)|Private E-Mail-Adresse|Weitere E-Mail-Adresse|" +
			"Zweite E-Mail",
		"phone": "Phone|Phone Number|Business Phone|Telephone|Telefon|Telefonnummer|Telefon-Nr.|Tel.|Tel.-Nr.|Telefon (geschäftlich)|Festnetz|Rufnummer",
		"further_phone": "Mobile|Mobile Phone Number|Cell phone|Home Phone|Mobil|Mobiltelefon|Mobilnummer|Mobil-Nr.|Handy|Handynummer|Telefon mobil|" +
			"Telefon 2",
		"company": "Company|Company / Account|Company Name|Account Name|Organization - Name|Firma|Firmenname|Unternehmen|Organisation|" +
			"Arbeitgeber",
		"stage":           "Lifecycle Stage|Customer status|Type|Lifecycle-Phase|Kundenstatus|Kundentyp|Status|Typ",
		"owner":           "Contact owner|Owner Email|Account Manager|Assigned To|Betreuer|Betreuerin|Kundenbetreuer|Zuständig|Zuständiger Mitarbeiter|Kontaktinhaber|Verantwortlich|Sachbearbeiter",
		"ordered_at":      "Last order|Last Order Date|Recent Deal Close Date|Last purchase date|Letzter Auftrag|Letzter Auftrag am|Letzte Bestellung|letzte bestellung vom|Datum der letzten Bestellung|Letzter Kauf|Auftragsdatum|Bestelldatum",
		"order_value":     "Amount|Last order value|Recent Deal Amount|Deal value|Auftragswert|Letzter Auftragswert|Wert der letzten Bestellung|Bestellwert|Umsatz|Betrag",
		"order_currency":  "Currency|Currency ISO code|Währung|Waehrung|Währungscode",
		"renews_at":       "Renewal date|Next renewal|Contract End Date|Subscription end|Vertragsende|Vertragsverlängerung|Nächste Verlängerung|Verlängerung am|Laufzeitende|Vertrag läuft bis",
		"country":         "Country|Country/Region|Mailing Country|Land|Land/Region|Ländercode|Länderkürzel",
		"language":        "Language|Preferred language|Sprache|Bevorzugte Sprache|Korrespondenzsprache|Sprachcode",
		"zone":            "Time zone|Zeitzone",
		"division":        "Division|Business Unit|Sparte|Bereich|Geschäftsbereich|Geschäftsfeld|Niederlassung",
		"note":            "Notes|Description|Comments|Notiz|Notizen|Bemerkung|Bemerkungen|Anmerkung|Kommentar|Beschreibung|Hinweise",
		"tags":            "Tags|Labels|Keywords|Schlagworte|Schlagwörter|Stichworte|Stichwörter|Kategorien",
		"gift_policy":     "Gift policy|Geschenkregel",
		"stripe_customer": "Stripe Customer ID|stripe_id|Stripe-Kunde",
		"company_stripe":  "Company Stripe ID",
		"":                "Hausnummer|Geburtstag|Anrede|Salutation|Job Title|PLZ|Website|Annual Revenue growth",
	}
	w := newImportWorld(t, dbtest.SQLite(t))
	for want, list := range headings {
		for heading := range strings.SplitSeq(list, "|") {
			p, err := w.imports.Preview(w.ctx, strings.NewReader(heading+";Nr2;Nr3\nx;y;z\n"), "people.csv")
			w.must(err)
			if got := p.Columns[0].Field; got != want {
				t.Errorf("%q is taken for %q, want %q", heading, got, want)
			}
		}
	}
	for _, f := range customer.ImportFields {
		if headings[f.Key] == "" {
			t.Errorf("no heading is tried for %q", f.Key)
		}
	}
}

func TestPreview_TakesTheSurerOfTwoHeadings(t *testing.T) {
	t.Parallel()
	w := newImportWorld(t, dbtest.SQLite(t))
	p, err := w.imports.Preview(w.ctx, strings.NewReader("ID;Kundennummer;Status;Kundenstatus;Ansprechpartner;E-Mail;E-Mail (privat);Telefon;Mobil;Handy;"+
		"Letzter Auftrag;Auftragswert\n1;2;a;Kunde;Ana López;a@x.example;b@x.example;1;2;3;02.03.2025;1.234,50\n"), "people.csv")
	w.must(err)
	var got []string
	for _, c := range p.Columns {
		got = append(got, c.Field)
	}
	want := ",external_id,,stage,name,email,further_email,phone,further_phone,further_phone,ordered_at,order_value"
	if strings.Join(got, ",") != want {
		t.Errorf("columns are taken for\n%s, want\n%s", strings.Join(got, ","), want)
	}
}

func TestParseStage_KnowsGermanWords(t *testing.T) {
	t.Parallel()
	for want, words := range map[customer.Stage]string{
		customer.Active: "Kunde|KUNDIN|Bestandskunde|Neukunde|aktiv",
		customer.Lead:   "Interessent|Kontakt|Sonstige",
		customer.Former: "Ehemaliger Kunde|Ex-Kunde|inaktiv|Gekündigt",
	} {
		for word := range strings.SplitSeq(words, "|") {
			if got, ok := customer.ParseStage(word); got != want || !ok {
				t.Errorf("ParseStage(%q) = %q, %v", word, got, ok)
			}
		}
	}
}
