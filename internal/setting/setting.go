// Package setting keeps what the company decides about its installation in the console: its name and colour, its
// addresses and languages, its promises and its policies. It also keeps the clock offset of demonstrations.
package setting

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"time"
)

// Settings are what the console's settings page shows. A field that was never changed follows its default.
type Settings struct {
	// Company is the name on pages and in mails.
	Company string `json:"company"`
	// WhatWeDo is one sentence for prospects, by language.
	WhatWeDo map[string]string `json:"what_we_do"`
	// BrandColor is "#rrggbb" in lower case, as chosen; pages take their colours from Palette.
	BrandColor string `json:"brand_color"`
	// LogoSVG is a complete SVG document without script or outside references, at most 64 KiB; empty for none.
	LogoSVG string `json:"logo_svg"`
	// PostalAddress stands at the foot of every mail, with line breaks.
	PostalAddress string `json:"postal_address"`
	// MailFromName is the sender's name where no person writes; empty for Company.
	MailFromName string `json:"mail_from_name"`
	// Languages are those that customers and prospects are offered, two letters each; DefaultLanguage is one of them.
	Languages       []string `json:"languages"`
	DefaultLanguage string   `json:"default_language"`
	// Zone is the IANA time zone for dates where nobody's own is known.
	Zone string `json:"zone"`
	// AnswerHours is the time in working hours within which a rep promises to answer an acceptance.
	AnswerHours int `json:"answer_hours"`
	// SafeApprove lets rewards whose hold is over and whose checks are all green be approved without a person.
	SafeApprove bool `json:"safe_approve"`
	// SecondPersonAboveMinor is the amount, in minor units of whatever currency, above which a reward needs a person's
	// approval, who is not the one that closed the deal.
	SecondPersonAboveMinor int64 `json:"second_person_above_minor"`
	// TransferMinMinor is the least, in minor units of whatever currency, that is transferred at once; what is less is paid
	// another way. Zero for no least amount.
	TransferMinMinor int64 `json:"transfer_min_minor"`
	// TaxThresholds is, by calendar year ("2026"), the total in cents of US dollars from which on a payee in the United States
	// needs a tax form. A year that is not named goes by the last one before it; see TaxThreshold.
	TaxThresholds map[string]int64 `json:"tax_thresholds"`
	// TaxWays are those of TaxChoices that the company counts as income of the payee; money always counts.
	TaxWays []string `json:"tax_ways"`
	// DisclosureText stands beside a published testimonial whose author was offered something, by language.
	DisclosureText map[string]string `json:"disclosure_text"`
	// PrivacyURL and TermsURL are the company's own pages; empty for none.
	PrivacyURL string `json:"privacy_url"`
	TermsURL   string `json:"terms_url"`
	// CountryPolicy names the countries (ISO 3166 alpha-2) to which the portal may send an introduction itself.
	// Empty means nowhere; the introducer always may.
	CountryPolicy map[string]bool `json:"country_policy"`
	// RiskModes says what a check for abuse may do, by its name: CheckOn holds, CheckShadow only writes down, CheckOff does
	// not look. A check that is not named is on.
	RiskModes map[string]string `json:"risk_modes"`
	// RiskCaps bound what passes without a person in some days, by layer; a layer of RiskLayers that is not named has no cap.
	RiskCaps map[string]Cap `json:"risk_caps"`
	// RefundsMost is the number of deals undone after they had earned from which on a person looks at everything that the
	// customer earns; 0 for never.
	RefundsMost int `json:"refunds_most"`
	// Version counts the updates; it serves as ETag.
	Version int64 `json:"-"`
}

// Cap is how many in how many days.
type Cap struct {
	Count int `json:"count"`
	Days  int `json:"days"`
}

// The modes of a check.
const (
	CheckOn     = "on"
	CheckShadow = "shadow"
	CheckOff    = "off"
)

// RiskLayers are what is counted: introductions of one customer, from one browser, from one network, in one campaign; and
// rewards of one payee.
var RiskLayers = []string{"introducer", "device", "network", "campaign", "payee"}

// RiskMode returns what a check may do.
func (s Settings) RiskMode(check string) string {
	if m := s.RiskModes[check]; m != "" {
		return m
	}
	return CheckOn
}

// Defaults are the settings of a fresh installation. The app replaces what its configuration names.
func Defaults() Settings {
	return Settings{
		Company:                "Your company",
		WhatWeDo:               map[string]string{},
		BrandColor:             "#1d4ed8",
		Languages:              []string{"en", "de"},
		DefaultLanguage:        "en",
		Zone:                   "UTC",
		AnswerHours:            24,
		SafeApprove:            true,
		SecondPersonAboveMinor: 500_00,
		TransferMinMinor:       5_00,
		TaxThresholds:          map[string]int64{"2025": 600_00, "2026": 2_000_00},
		TaxWays:                []string{},
		DisclosureText: map[string]string{
			"en": "The author was offered a thank-you for writing this, whatever it says.",
			"de": "Für diesen Beitrag wurde ein Dankeschön angeboten, unabhängig vom Inhalt.",
		},
		CountryPolicy: map[string]bool{},
		RiskModes:     map[string]string{},
		RiskCaps: map[string]Cap{"introducer": {Count: 30, Days: 30}, "device": {Count: 60, Days: 30}, "network": {Count: 300, Days: 30},
			"payee": {Count: 20, Days: 30}},
		RefundsMost: 3,
	}
}

// TaxChoices are the ways to pay a reward of which each company decides whether they are income of the payee or, as a discount
// or a gift to somebody else, are not.
var TaxChoices = []string{"promotion_code", "invoice_credit", "donation"}

// TaxThreshold returns the total of a calendar year, in cents of US dollars, from which on a payee in the United States needs
// a tax form. Thresholds rise with prices, so that a year without one of its own goes by the last one before it: nobody is
// paid too much without a form. What lies before the first goes by the first.
func (s Settings) TaxThreshold(year int) int64 {
	years := slices.Sorted(maps.Keys(s.TaxThresholds))
	if len(years) == 0 {
		return 0
	}
	found := years[0]
	for _, y := range years {
		if y <= strconv.Itoa(year) {
			found = y
		}
	}
	return s.TaxThresholds[found]
}

// Location returns Zone, or UTC where the system does not know it.
func (s Settings) Location() *time.Location {
	if zone, err := time.LoadLocation(s.Zone); err == nil {
		return zone
	}
	return time.UTC
}

// PortalMaySend reports whether the portal may itself send an introduction to somebody in country.
func (s Settings) PortalMaySend(country string) bool { return s.CountryPolicy[country] }

// In returns the text of language, else of the default language, else any, else "". It serves WhatWeDo and
// DisclosureText.
func (s Settings) In(texts map[string]string, language string) string {
	for _, l := range []string{language, s.DefaultLanguage} {
		if t := texts[l]; t != "" {
			return t
		}
	}
	for _, l := range slices.Sorted(maps.Keys(texts)) {
		if texts[l] != "" {
			return texts[l]
		}
	}
	return ""
}

// From returns the sender's name where no person writes.
func (s Settings) From() string {
	if s.MailFromName != "" {
		return s.MailFromName
	}
	return s.Company
}

// clone copies s with everything it points to, so that nobody can change a cached value.
func (s Settings) clone() Settings {
	s.WhatWeDo, s.DisclosureText, s.CountryPolicy = maps.Clone(s.WhatWeDo), maps.Clone(s.DisclosureText), maps.Clone(s.CountryPolicy)
	s.RiskModes, s.RiskCaps = maps.Clone(s.RiskModes), maps.Clone(s.RiskCaps)
	s.Languages, s.TaxThresholds, s.TaxWays = slices.Clone(s.Languages), maps.Clone(s.TaxThresholds), slices.Clone(s.TaxWays)
	return s
}

// fields splits s into the JSON of each field by name.
func (s Settings) fields() (map[string]json.RawMessage, error) {
	b, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	var m map[string]json.RawMessage
	return m, json.Unmarshal(b, &m)
}
