package mail

import (
	"time"

	"goodword/internal/money"
)

// DonationSent tells a customer that what they gave to a charity is there.
type DonationSent struct {
	FirstName string
	Reward    money.Amount
	Charity   string
	// SentOn is the day of the transfer.
	SentOn       time.Time
	ProspectName string
	RepName      string
	URL          string
}

func (DonationSent) template() string { return "donation_sent" }

func (v DonationSent) action() string { return v.URL }

func (v DonationSent) signer() string { return v.RepName }
