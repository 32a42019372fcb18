package mail

import (
	"time"

	"goodword/internal/money"
)

// RewardPayee tells a customer that they have to do something before a reward can be transferred to them.
type RewardPayee struct {
	FirstName string
	Reward    money.Amount
	RepName   string
	URL       string
}

// RewardTaxForm asks a customer for a tax form, without which they may not be paid so much in a calendar year.
type RewardTaxForm struct {
	FirstName string
	Reward    money.Amount
	// Limit is the total of a year from which on a form is needed.
	Limit   money.Amount
	RepName string
	URL     string
}

// PayeeChanged tells a customer, at every address on file, that the bank account for their rewards was changed.
type PayeeChanged struct {
	FirstName string
	ChangedAt time.Time
	// PaysAgainAt is when the next reward may go out.
	PaysAgainAt time.Time
}

// PayeeSentBack tells a customer that their bank sent back what Stripe paid out to it.
type PayeeSentBack struct {
	FirstName string
	RepName   string
	URL       string
}

func (RewardPayee) template() string   { return "reward_payee" }
func (RewardTaxForm) template() string { return "reward_tax_form" }
func (PayeeChanged) template() string  { return "payee_changed" }
func (PayeeSentBack) template() string { return "payee_sent_back" }

func (v RewardPayee) action() string   { return v.URL }
func (v RewardTaxForm) action() string { return v.URL }
func (v PayeeSentBack) action() string { return v.URL }

// No link: whoever reads it may not be who changed it.
func (PayeeChanged) action() string { return "" }

func (v RewardPayee) signer() string   { return v.RepName }
func (v RewardTaxForm) signer() string { return v.RepName }
func (v PayeeSentBack) signer() string { return v.RepName }
