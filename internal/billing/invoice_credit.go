package billing

import (
	"context"
	"slices"
	"strings"

	"github.com/stripe/stripe-go/v76"

	"goodword/internal/campaign"
	"goodword/internal/reward"
)

// What an entry of a customer's balance is for, in its metadata: a credit carries nothing.
const (
	purposeKey = "goodword"
	voiding    = "void"
	restoring  = "void_undone"
)

// invoiceCredit pays with credit on the next invoices of the payee's Stripe customer: their own or their company's.
type invoiceCredit struct{ *Client }

func (invoiceCredit) Name() campaign.Rail { return campaign.RailInvoiceCredit }

func (invoiceCredit) ByHand() bool { return false }

// Ready needs a Stripe customer that exists; we make none.
func (r invoiceCredit) Ready(_ context.Context, p reward.Payee) (bool, string) {
	switch {
	case !r.On():
		return false, "rail.off"
	case p.StripeCustomer == "":
		return false, "rail.no_stripe_customer"
	}
	return true, ""
}

func (invoiceCredit) Destination(p reward.Payee) string { return p.StripeCustomer }

func (r invoiceCredit) Send(ctx context.Context, p reward.Payout) reward.Answer {
	if !r.On() {
		return reward.Answer{Class: reward.AnsweredLater, Note: "stripe is off"}
	}
	if p.Destination == "" {
		return reward.Answer{Class: reward.AnsweredNo, Note: "no stripe customer"}
	}
	// In Stripe's books a credit is negative.
	_, a := r.post(ctx, p, p.Key(), -toStripe(p.Amount()), "")
	return a
}

// post adds one entry to the balance of the payout's customer.
func (r invoiceCredit) post(ctx context.Context, p reward.Payout, key string, units int64, purpose string) (*stripe.CustomerBalanceTransaction, reward.Answer) {
	call, x := observed(ctx)
	in := &stripe.CustomerBalanceTransactionParams{Params: params(call, key), Customer: stripe.String(p.Destination), Amount: stripe.Int64(units),
		Currency: stripe.String(lower(p.Currency)), Metadata: metadata(p)}
	if purpose != "" {
		in.Metadata[purposeKey] = purpose
	}
	made, err := r.api.CustomerBalanceTransactions.New(in)
	if err != nil {
		return nil, answer(*x, err, "")
	}
	return made, answer(*x, nil, made.ID)
}

// entries returns a customer's whole balance history, oldest first; the class is AnsweredOK if it is complete, and AnsweredNo
// if there is no such customer.
func (r invoiceCredit) entries(ctx context.Context, customer string) ([]*stripe.CustomerBalanceTransaction, reward.Answer) {
	if !r.On() || customer == "" {
		return nil, reward.Answer{Class: reward.NotAnswered, Note: "no stripe customer"}
	}
	call, x := observed(ctx)
	list := r.api.CustomerBalanceTransactions.List(&stripe.CustomerBalanceTransactionListParams{ListParams: listParams(call), Customer: stripe.String(customer)})
	var all []*stripe.CustomerBalanceTransaction
	for list.Next() {
		all = append(all, list.CustomerBalanceTransaction())
	}
	if err := list.Err(); err != nil {
		if refusedFor(err, stripe.ErrorCodeResourceMissing) {
			// Stripe knows no such customer, or not any more: there is no balance that could hold a credit.
			return nil, reward.Answer{Class: reward.AnsweredNo, Note: string(stripe.ErrorCodeResourceMissing)}
		}
		return nil, unread(*x, err)
	}
	slices.Reverse(all)
	return all, reward.Answer{Class: reward.AnsweredOK}
}

// Void takes an unspent credit back by an entry against it. If an invoice used the credit in the same moment, so that the
// customer would owe us, the entry is undone and the credit counts as used.
func (r invoiceCredit) Void(ctx context.Context, p reward.Payout) reward.Answer {
	all, a := r.entries(ctx, p.Destination)
	if a.Class == reward.AnsweredNo {
		a.Class = reward.NotAnswered // it was paid, so the customer must be there; only a person can say more
	}
	if a.Class != reward.AnsweredOK {
		return a
	}
	var taken *stripe.CustomerBalanceTransaction
	for _, t := range all {
		if t.Metadata[payoutKey] != p.Name() {
			continue
		}
		switch t.Metadata[purposeKey] {
		case voiding:
			taken = t
		case restoring:
			return reward.Answer{Class: reward.AnsweredNo, Note: "used"}
		}
	}
	if taken == nil {
		credit, ok := find(tally(all), p.Name())
		if !ok {
			return reward.Answer{Class: reward.NotAnswered, Note: "credit not found"}
		}
		if credit.left < credit.units {
			return reward.Answer{Class: reward.AnsweredNo, Note: "used"}
		}
		if taken, a = r.post(ctx, p, keyFor(p, "void"), toStripe(p.Amount()), voiding); taken == nil {
			if a.Class == reward.AnsweredNo {
				// That entry was refused; it says nothing about the credit.
				a.Class = reward.NotAnswered
			}
			return a
		}
	}
	if taken.EndingBalance > 0 {
		if restored, a := r.post(ctx, p, keyFor(p, "restore"), -toStripe(p.Amount()), restoring); restored == nil {
			a.Class = reward.NotAnswered
			return a
		}
		return reward.Answer{Class: reward.AnsweredNo, Note: "used"}
	}
	return reward.Answer{Class: reward.AnsweredOK, Object: taken.ID}
}

// credit is what is left of one credit in a customer's balance, in Stripe's units.
type credit struct {
	// payout is the payout's name; empty for a credit that is not ours.
	payout      string
	units, left int64
	currency    stripe.Currency
	voided      bool
}

// tally follows a balance through its history, oldest first: invoices use the oldest credit first, and a debt eats what
// comes after it. An entry that takes one of our credits back touches no other.
func tally(all []*stripe.CustomerBalanceTransaction) []credit {
	var credits []credit
	debt := map[stripe.Currency]int64{}
	spend := func(c *credit, units int64) int64 {
		used := min(c.left, units)
		c.left -= used
		return units - used
	}
	for _, t := range all {
		name, purpose := t.Metadata[payoutKey], t.Metadata[purposeKey]
		if t.Amount < 0 {
			c := credit{units: -t.Amount, left: -t.Amount, currency: t.Currency}
			if purpose == "" {
				c.payout = name
			}
			debt[t.Currency] = spend(&c, debt[t.Currency])
			credits = append(credits, c)
			continue
		}
		rest := t.Amount
		if purpose == voiding {
			for i := range credits {
				if credits[i].payout == name {
					rest, credits[i].voided = spend(&credits[i], rest), true
				}
			}
		}
		for i := range credits {
			if credits[i].currency == t.Currency {
				rest = spend(&credits[i], rest)
			}
		}
		debt[t.Currency] += rest
	}
	return credits
}

func find(credits []credit, payout string) (credit, bool) {
	i := slices.IndexFunc(credits, func(c credit) bool { return c.payout == payout })
	if i < 0 {
		return credit{}, false
	}
	return credits[i], true
}

func lower(currency string) string { return strings.ToLower(currency) }
