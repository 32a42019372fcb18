package campaign

import (
	"slices"
	"strings"

	"goodword/internal/customer"
	"goodword/internal/i18n"
	"goodword/internal/money"
)

// companyRails pay the company and never the person.
var companyRails = []Rail{RailInvoiceCredit, RailPromotionCode, RailDonation}

// Allowed returns the rails of the rule that a gift rule permits, in the offer's order; none for customer.GiftNone.
// It applies to customers only: a prospect's discount belongs to whoever buys.
func (r Rule) Allowed(g customer.GiftPolicy) []Rail {
	if r.To == ToProspect {
		return r.Rails
	}
	switch g {
	case customer.GiftNone:
		return nil
	case customer.GiftCompany:
		var out []Rail
		for _, rail := range r.Rails {
			if slices.Contains(companyRails, rail) {
				out = append(out, rail)
			}
		}
		return out
	}
	return r.Rails
}

// Promise is one reward as data for a text: what, to whom, when, and how.
type Promise struct {
	// Rule is the number of the offer's rule.
	Rule int
	To   Party
	On   Stage
	// Amount is what is fixed, or the most that a percentage or the tiers can reach.
	Amount money.Amount
	// From is the lowest tier; zero unless the rule has tiers.
	From money.Amount
	// PercentBPS is the share in basis points; zero unless the rule is a percentage.
	PercentBPS int64
	Of         Base
	WithinDays int
	// Rails are the ways that the reader's gift rule allows; at least one.
	Rails []Rail
	// HoldDays is how long after the fact the reward waits for the refund window.
	HoldDays int
}

// Promises returns what the offer promises to one side, in the order of the rules. For a customer their gift rule
// decides: what it does not allow is not promised.
func (o Offer) Promises(to Party, g customer.GiftPolicy) []Promise {
	var out []Promise
	for i, r := range o.Rules {
		rails := r.Allowed(g)
		if r.To != to || len(rails) == 0 {
			continue
		}
		p := Promise{
			Rule: i, To: to, On: r.On, Amount: money.New(r.MaxPossible(), o.Currency), From: money.New(0, o.Currency),
			PercentBPS: r.PercentBPS, Of: r.Of, WithinDays: r.WithinDays, Rails: rails, HoldDays: o.HoldDays,
		}
		if len(r.Tiers) > 0 {
			p.From.Minor = r.Tiers[0].AmountMinor
		}
		out = append(out, p)
	}
	return out
}

// What says how much: "€50.00", "between €25.00 and €100.00, depending on the order", "5% of the first invoice, at most €200.00".
func (p Promise) What(l i18n.Locale) string {
	switch {
	case p.PercentBPS > 0 && p.Of == OfInvoices:
		return l.T("promise.what.invoices", "percent", l.Percent(p.PercentBPS), "days", l.N("count.days", p.WithinDays), "amount", p.Amount)
	case p.PercentBPS > 0 && p.Of == OfFirstInvoice:
		return l.T("promise.what.first_invoice", "percent", l.Percent(p.PercentBPS), "amount", p.Amount)
	case p.PercentBPS > 0:
		return l.T("promise.what.deal", "percent", l.Percent(p.PercentBPS), "amount", p.Amount)
	case p.From.Minor > 0 && p.From.Minor < p.Amount.Minor:
		return l.T("promise.what.tiers", "from", p.From, "amount", p.Amount)
	}
	return l.Money(p.Amount)
}

// ForReader is the sentence for the one who gets it: "You get €50.00 as credit on your next invoice when …".
func (p Promise) ForReader(l i18n.Locale) string { return p.sentence(l, "promise.you.") }

func (p Promise) sentence(l i18n.Locale, kind string) string {
	what := p.What(l)
	if len(p.Rails) == 1 && p.Rails[0] != RailManual {
		what = l.T("promise.by", "what", what, "rail", l.T("rail."+string(p.Rails[0])))
	}
	return l.T(kind+string(p.To)+"."+string(p.On), "what", what)
}

// ForOther is the sentence for the other side: the customer reads what the prospect gets, the prospect what the customer
// gets. name is the one who gets it; empty stands for "the person you introduce" and "the person who introduced you".
func (p Promise) ForOther(l i18n.Locale, name string) string {
	if name == "" {
		name = l.T("promise.name." + string(p.To))
	}
	return l.T("promise.other."+string(p.To)+"."+string(p.On), "name", name, "what", p.What(l))
}

// RewardLine returns what {{reward}} stands for in a mail or page to a customer: one or more full sentences, empty when
// the offer or the customer's gift rule promises nothing. Only what the asks can earn is said.
func (o Offer) RewardLine(l i18n.Locale, g customer.GiftPolicy, asks []Ask) string {
	var out []string
	for _, p := range o.Promises(ToCustomer, g) {
		need := AskIntroduction
		if p.On == OnTestimonial {
			need = AskTestimonial
		}
		if !slices.Contains(asks, need) {
			continue
		}
		kind := "promise.you."
		if len(out) > 0 {
			kind = "promise.more."
		}
		out = append(out, p.sentence(l, kind))
	}
	return strings.Join(out, " ")
}
