package campaign

import (
	"fmt"
	"math/bits"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"goodword/internal/money"
)

// Party is who gets a reward.
type Party string

// The two sides of an introduction. Nobody else can be rewarded: one generation pays.
const (
	ToCustomer Party = "customer"
	ToProspect Party = "prospect"
)

// Stage is the fact for which a reward is earned. No stage knows a rating, a text or a publication.
type Stage string

// The stages at which something can be earned.
const (
	OnAccepted    Stage = "accepted"
	OnQualified   Stage = "qualified"
	OnWon         Stage = "won"
	OnTestimonial Stage = "testimonial_submitted"
)

// Base is what a percentage is taken of: paid amounts net of tax, discounts and credits.
type Base string

// The bases of a percentage.
const (
	OfFirstInvoice Base = "first_invoice"
	OfInvoices     Base = "invoices"
	OfDeal         Base = "deal"
)

// Rail names how a reward is paid.
type Rail string

// The rails of contract.md.
const (
	RailPromotionCode Rail = "promotion_code"
	RailInvoiceCredit Rail = "invoice_credit"
	RailTransfer      Rail = "transfer"
	RailGiftCode      Rail = "gift_code"
	RailDonation      Rail = "donation"
	RailManual        Rail = "manual"
)

// Words is what staff read after "by": how a reward is paid.
func (r Rail) Words() string {
	switch r {
	case RailManual:
		return "hand"
	case RailTransfer:
		return "bank transfer"
	}
	return strings.ReplaceAll(string(r), "_", " ")
}

// Rails lists the rails that an offer may name.
func Rails() []Rail {
	return []Rail{RailPromotionCode, RailInvoiceCredit, RailTransfer, RailGiftCode, RailDonation, RailManual}
}

// Tier is one step of a stepped reward: AmountMinor for a deal of FromMinor or more.
type Tier struct {
	FromMinor   int64 `json:"from_minor"`
	AmountMinor int64 `json:"amount_minor"`
}

// Period caps how many rewards of a rule one customer can earn in any Days days.
type Period struct {
	Days  int `json:"days"`
	Count int `json:"count"`
}

// Caps bound how many rewards of a rule can be earned; 0 means no bound.
type Caps struct {
	PerCustomer int     `json:"per_customer,omitempty"`
	PerCompany  int     `json:"per_company,omitempty"`
	PerPeriod   *Period `json:"per_period,omitempty"`
}

// Rule is one reward of an offer: who gets what for which fact. Exactly one of AmountMinor, PercentBPS and Tiers is set.
// Amounts are minor units of the offer's currency. It is kept as JSON in offer.rewards, in the shape of contract.md.
type Rule struct {
	To          Party `json:"to"`
	On          Stage `json:"on"`
	AmountMinor int64 `json:"amount_minor,omitempty"`
	// PercentBPS is the share in basis points: 500 is 5 %.
	PercentBPS int64 `json:"percent_bps,omitempty"`
	Of         Base  `json:"of,omitempty"`
	// WithinDays is how long after the win invoices still count, for a percentage of "invoices".
	WithinDays int `json:"within_days,omitempty"`
	// MaxMinor bounds what a percentage earns over all invoices of one introduction.
	MaxMinor int64  `json:"max_minor,omitempty"`
	Tiers    []Tier `json:"tiers,omitempty"`
	// MinMinor is the least a deal must be worth for the rule to earn anything; 0 means any deal.
	MinMinor int64  `json:"min_minor,omitempty"`
	Rails    []Rail `json:"rails"`
	Caps     Caps   `json:"caps"`
}

// Amount returns what the rule earns on base, in base's currency, rounded down to the minor unit.
// For a percentage, base is the sum of everything paid and kept so far on the introduction, so that rounding and the cap
// fall once: what an invoice adds or a refund takes away is the difference of two calls. A fixed amount looks at base
// only for MinMinor; pass a zero amount in the offer's currency when there is no deal.
// Returns money.ErrRange for a negative base.
func (r Rule) Amount(base money.Amount) (money.Amount, error) {
	if base.Minor < 0 {
		return money.Amount{}, fmt.Errorf("reward on %d: %w", base.Minor, money.ErrRange)
	}
	none := money.New(0, base.Currency)
	if base.Minor < r.MinMinor {
		return none, nil
	}
	switch {
	case r.PercentBPS > 0:
		a, err := base.PercentDown(r.PercentBPS)
		if err != nil {
			return money.Amount{}, fmt.Errorf("reward of %d basis points: %w", r.PercentBPS, err)
		}
		if r.MaxMinor > 0 && a.Minor > r.MaxMinor {
			a.Minor = r.MaxMinor
		}
		return a, nil
	case len(r.Tiers) > 0:
		a := none
		for _, t := range r.Tiers {
			if base.Minor >= t.FromMinor {
				a.Minor = t.AmountMinor
			}
		}
		return a, nil
	}
	return money.New(r.AmountMinor, base.Currency), nil
}

// MaxPossible returns the most that the rule can earn on one introduction or testimonial, in minor units.
func (r Rule) MaxPossible() int64 {
	switch {
	case r.PercentBPS > 0:
		return r.MaxMinor
	case len(r.Tiers) > 0:
		most := int64(0)
		for _, t := range r.Tiers {
			most = max(most, t.AmountMinor)
		}
		return most
	}
	return r.AmountMinor
}

// Offer is a row of table offer: one version of what a campaign promises. It is never changed after the campaign left
// its draft; an edit makes the next number.
type Offer struct {
	bun.BaseModel `bun:"table:offer,alias:offer"`

	ID             string `bun:",pk"`
	CampaignID     string
	Number         int
	Currency       string
	BudgetMinor    int64
	HoldDays       int
	ProtectionDays int
	Terms          string
	CostCentre     string
	DefaultRail    Rail
	Rules          []Rule `bun:"rewards,type:jsonb"`
	// Charities are the ids of those to whom a customer may give a reward that can be paid by donation, in the order in which
	// they are shown; the first is taken where the default rail decides.
	Charities []string `bun:"charities,type:jsonb"`
	AuthorID  string
	// Authors are all who have written its terms, those of earlier versions included: none of them decides what they earn (M19).
	Authors   []string `bun:"authors,type:jsonb"`
	CreatedAt time.Time
}

// Rule returns rule number i of the offer; false when there is none.
func (o Offer) Rule(i int) (Rule, bool) {
	if i < 0 || i >= len(o.Rules) {
		return Rule{}, false
	}
	return o.Rules[i], true
}

// Amount is Rule(i).Amount with the base's currency checked against the offer's.
// Returns money.ErrCurrency when they differ: nothing is ever converted.
func (o Offer) Amount(i int, base money.Amount) (money.Amount, error) {
	r, ok := o.Rule(i)
	if !ok {
		return money.Amount{}, fmt.Errorf("offer %s has no rule %d", o.ID, i)
	}
	if base.Currency != o.Currency {
		return money.Amount{}, fmt.Errorf("offer %s in %s, deal in %s: %w", o.ID, o.Currency, base.Currency, money.ErrCurrency)
	}
	return r.Amount(base)
}

// Budget returns what may be promised in total.
func (o Offer) Budget() money.Amount { return money.New(o.BudgetMinor, o.Currency) }

// Earned returns the numbers of the rules that a stage earns for.
func (o Offer) Earned(on Stage) []int {
	var out []int
	for i, r := range o.Rules {
		if r.On == on {
			out = append(out, i)
		}
	}
	return out
}

// MaxPerIntroduction returns the most that one introduction can cost, both sides and all stages together.
func (o Offer) MaxPerIntroduction() money.Amount {
	return o.most(func(r Rule) bool { return r.On != OnTestimonial })
}

// MaxPerTestimonial returns the most that one testimonial can cost.
func (o Offer) MaxPerTestimonial() money.Amount {
	return o.most(func(r Rule) bool { return r.On == OnTestimonial })
}

func (o Offer) most(counts func(Rule) bool) money.Amount {
	sum := int64(0)
	for _, r := range o.Rules {
		if counts(r) {
			sum += r.MaxPossible()
		}
	}
	return money.New(sum, o.Currency)
}

// Exposure returns what inviting that many people promises if each of them introduces one person and answers every ask;
// it is never above the budget, which bounds what can be earned whatever people do.
func (o Offer) Exposure(recipients int) money.Amount {
	each := o.MaxPerIntroduction().Minor + o.MaxPerTestimonial().Minor
	hi, lo := bits.Mul64(uint64(max(recipients, 0)), uint64(each))
	if hi > 0 || lo > uint64(o.BudgetMinor) {
		return o.Budget()
	}
	return money.New(int64(lo), o.Currency)
}

// sameTerms reports whether two offers promise the same, so that saving a form unchanged makes no version.
func sameTerms(a, b Offer) bool {
	x, y := a.Written(), b.Written()
	return x.Currency == y.Currency && x.BudgetMinor == y.BudgetMinor && x.HoldDays == y.HoldDays &&
		x.ProtectionDays == y.ProtectionDays && x.Text == y.Text && x.CostCentre == y.CostCentre &&
		x.DefaultRail == y.DefaultRail && slices.Equal(x.Charities, y.Charities) && slices.EqualFunc(x.Rewards, y.Rewards, sameRule)
}

func sameRule(a, b Rule) bool {
	period := func(c Caps) Period {
		if c.PerPeriod == nil {
			return Period{}
		}
		return *c.PerPeriod
	}
	return a.To == b.To && a.On == b.On && a.AmountMinor == b.AmountMinor && a.PercentBPS == b.PercentBPS && a.Of == b.Of &&
		a.WithinDays == b.WithinDays && a.MaxMinor == b.MaxMinor && a.MinMinor == b.MinMinor &&
		slices.Equal(a.Tiers, b.Tiers) && slices.Equal(a.Rails, b.Rails) &&
		a.Caps.PerCustomer == b.Caps.PerCustomer && a.Caps.PerCompany == b.Caps.PerCompany && period(a.Caps) == period(b.Caps)
}
