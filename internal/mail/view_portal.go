package mail

import "time"

// ProspectIntroduction is the one mail that the portal writes to somebody whom a customer introduced and who expects it.
// It says who gave us what, why, and how to make us forget it (Article 14 GDPR).
type ProspectIntroduction struct {
	FirstName string
	// IntroducerName is the full name.
	IntroducerName, IntroducerCompany string
	// Note is the introducer's words.
	Note string
	// WhatWeDo is one sentence about us.
	WhatWeDo string
	// Offers are full sentences on what the reader gets, Thanks on what the introducer gets by it.
	Offers, Thanks []string
	// DeletedAt is when we delete everything without an answer.
	DeletedAt  time.Time
	PrivacyURL string
	RepName    string
	// URL is the prospect's page: yes, later, no, see and delete.
	URL string
}

func (ProspectIntroduction) template() string { return "prospect_introduction" }
func (v ProspectIntroduction) action() string { return v.URL }
func (v ProspectIntroduction) signer() string { return v.RepName }
