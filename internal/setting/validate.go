package setting

import (
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"goodword/internal/fault"
)

var (
	languageForm = regexp.MustCompile(`^[a-z]{2}$`)
	countryForm  = regexp.MustCompile(`^[A-Z]{2}$`)
	yearForm     = regexp.MustCompile(`^20[0-9]{2}$`)
	checkForm    = regexp.MustCompile(`^[a-z_]{2,40}$`)
	colorForm    = regexp.MustCompile(`^#[0-9a-f]{6}$`)
)

// normalize brings what a person typed into the form that is kept.
func (s *Settings) normalize() {
	for _, text := range []*string{&s.Company, &s.MailFromName, &s.PostalAddress, &s.PrivacyURL, &s.TermsURL, &s.LogoSVG, &s.Zone} {
		*text = strings.TrimSpace(*text)
	}
	s.BrandColor = strings.ToLower(strings.TrimSpace(s.BrandColor))
	for _, texts := range []map[string]string{s.WhatWeDo, s.DisclosureText} {
		for language, text := range texts {
			if texts[language] = strings.TrimSpace(text); texts[language] == "" {
				delete(texts, language)
			}
		}
	}
	for country, on := range s.CountryPolicy {
		if !on {
			delete(s.CountryPolicy, country)
		}
	}
	// A list or map that was never set and an empty one are the same setting.
	if s.WhatWeDo == nil {
		s.WhatWeDo = map[string]string{}
	}
	if s.DisclosureText == nil {
		s.DisclosureText = map[string]string{}
	}
	if s.RiskModes == nil {
		s.RiskModes = map[string]string{}
	}
	if s.TaxThresholds == nil {
		s.TaxThresholds = map[string]int64{}
	}
	if s.TaxWays == nil {
		s.TaxWays = []string{}
	}
	if s.RiskCaps == nil {
		s.RiskCaps = map[string]Cap{}
	}
	if s.CountryPolicy == nil {
		s.CountryPolicy = map[string]bool{}
	}
}

func (s Settings) validate() error {
	var c fault.Check
	c.Required("company", s.Company)
	line(&c, "company", s.Company, 100)
	line(&c, "mail_from_name", s.MailFromName, 100)
	c.That(length(s.PostalAddress) <= 500, "postal_address", "At most 500 characters.")
	c.That(colorForm.MatchString(s.BrandColor), "brand_color", "A colour is written #rrggbb.")
	if problem := logoProblem(s.LogoSVG); problem != "" {
		c.Add("logo_svg", problem)
	}

	c.That(len(s.Languages) > 0, "languages", "At least one language is needed.")
	for i, l := range s.Languages {
		c.That(languageForm.MatchString(l), "languages", "A language is two small letters, such as en.")
		c.That(!slices.Contains(s.Languages[:i], l), "languages", "A language is named twice.")
	}
	c.That(slices.Contains(s.Languages, s.DefaultLanguage), "default_language", "The default language must be one of the languages.")
	texts(&c, "what_we_do", s.WhatWeDo, 300)
	texts(&c, "disclosure_text", s.DisclosureText, 500)
	// What was offered must be said, in every language in which a testimonial can be read.
	c.That(s.In(s.DisclosureText, s.DefaultLanguage) != "", "disclosure_text", "A text is needed at least in the default language.")

	if _, err := time.LoadLocation(s.Zone); err != nil || s.Zone == "" || s.Zone == "Local" {
		c.Add("zone", "A time zone is written like Europe/Berlin.")
	}
	c.That(s.AnswerHours >= 1 && s.AnswerHours <= 240, "answer_hours", "Between 1 and 240 working hours.")
	c.That(s.TransferMinMinor >= 0, "transfer_min_minor", "An amount cannot be negative.")
	c.That(s.SecondPersonAboveMinor >= 0, "second_person_above_minor", "An amount cannot be negative.")
	c.That(len(s.TaxThresholds) > 0, "tax_thresholds", "At least one year is needed.")
	for _, year := range slices.Sorted(maps.Keys(s.TaxThresholds)) {
		c.That(yearForm.MatchString(year), "tax_thresholds", "A year is written like 2026.")
		c.That(s.TaxThresholds[year] > 0 && s.TaxThresholds[year] <= 1_000_000_000_00, "tax_thresholds."+year, "More than 0.00 and at most 1,000,000,000.00.")
	}
	for i, way := range s.TaxWays {
		c.That(slices.Contains(TaxChoices, way) && !slices.Contains(s.TaxWays[:i], way), "tax_ways", "Please choose from the list.")
	}
	link(&c, "privacy_url", s.PrivacyURL)
	link(&c, "terms_url", s.TermsURL)
	for country := range s.CountryPolicy {
		c.That(countryForm.MatchString(country), "country_policy", "A country is two capital letters, such as DE.")
	}
	for _, name := range slices.Sorted(maps.Keys(s.RiskModes)) {
		c.That(checkForm.MatchString(name) && slices.Contains([]string{CheckOn, CheckShadow, CheckOff}, s.RiskModes[name]), "risk_modes", "A check is on, shadow or off.")
	}
	for _, layer := range slices.Sorted(maps.Keys(s.RiskCaps)) {
		limit := s.RiskCaps[layer]
		c.That(slices.Contains(RiskLayers, layer), "risk_caps", "There is no such layer.")
		c.That(limit.Count >= 0 && limit.Count <= 1_000_000 && limit.Days >= 1 && limit.Days <= 366, "risk_caps."+layer, "Between 0 and 1,000,000, in 1 to 366 days.")
	}
	c.That(s.RefundsMost >= 0 && s.RefundsMost <= 1000, "refunds_most", "Between 0 and 1,000.")
	return c.Err()
}

func length(s string) int { return utf8.RuneCountInString(s) }

// line checks a text that may go into a mail header.
func line(c *fault.Check, field, text string, most int) {
	c.That(length(text) <= most, field, "This is too long.")
	c.That(!strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f }), field, "Please keep this on one line.")
}

func texts(c *fault.Check, field string, byLanguage map[string]string, most int) {
	for _, l := range slices.Sorted(maps.Keys(byLanguage)) {
		c.That(languageForm.MatchString(l), field, "A language is two small letters, such as en.")
		line(c, field+"."+l, byLanguage[l], most)
	}
}

func link(c *fault.Check, field, text string) {
	if text == "" {
		return
	}
	u, err := url.Parse(text)
	ok := err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil
	c.That(ok && length(text) <= 500, field, "Please give a complete address, beginning with https://.")
}
