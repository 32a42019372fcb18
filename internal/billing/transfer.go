package billing

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/stripe/stripe-go/v76"

	"goodword/internal/campaign"
	"goodword/internal/money"
	"goodword/internal/reward"
)

// transfer pays to the payee's own account at Stripe, from where it goes to their bank.
type transfer struct{ *Client }

func (transfer) Name() campaign.Rail { return campaign.RailTransfer }

func (transfer) ByHand() bool { return false }

// Ready goes by what Stripe has said of the payee's account, as it is kept here.
func (r transfer) Ready(ctx context.Context, p reward.Payee) (bool, string) {
	if !r.On() || p.CustomerID == "" {
		return false, "rail.off"
	}
	account := p.Account
	if account.State == "" {
		var err error
		if account, err = reward.AccountOf(ctx, p.Store, p.CustomerID); err != nil {
			return false, "rail.unclear"
		}
	}
	why := account.Hindrance(p)
	return why == "", why
}

func (transfer) Destination(p reward.Payee) string { return p.Account.ID }

// Send looks first: the transfer group finds a transfer of the payout also when Stripe has forgotten the key (M7).
func (r transfer) Send(ctx context.Context, p reward.Payout) reward.Answer {
	if !r.On() {
		return reward.Answer{Class: reward.AnsweredLater, Note: "stripe is off"}
	}
	if p.Destination == "" {
		return reward.Answer{Class: reward.AnsweredPayee, Note: "no account"}
	}
	switch found := r.LookUp(ctx, p); found.Class {
	case reward.AnsweredOK:
		return found
	case reward.AnsweredNo:
	default:
		// Nothing was asked for under this key just now, so it may go again.
		return reward.Answer{Class: reward.AnsweredLater, Note: found.Note}
	}
	call, x := observed(ctx)
	in := &stripe.TransferParams{Params: params(call, p.Key()), Amount: stripe.Int64(toStripe(p.Amount())), Currency: stripe.String(lower(p.Currency)),
		Destination: stripe.String(p.Destination), TransferGroup: stripe.String(p.Name()), Metadata: metadata(p)}
	made, err := r.api.Transfers.New(in)
	id := ""
	if err == nil {
		id = made.ID
	}
	a := answer(*x, err, id)
	if a.Class == reward.AnsweredNo {
		a.Class = whose(err)
	}
	return a
}

// payeeCodes are Stripe's refusals that are about the account that was to be paid.
var payeeCodes = []string{"insufficient_capabilities_for_transfer", string(stripe.ErrorCodeAccountInvalid), string(stripe.ErrorCodeTransfersNotAllowed),
	string(stripe.ErrorCodeResourceMissing)}

// whose says whether a definite refusal of a transfer is about our balance, about the payee, or about neither.
func whose(err error) reward.AnswerClass {
	switch {
	case refusedFor(err, stripe.ErrorCodeBalanceInsufficient):
		return reward.AnsweredShort
	case slices.ContainsFunc(payeeCodes, func(code string) bool { return refusedFor(err, stripe.ErrorCode(code)) }):
		return reward.AnsweredPayee
	}
	return reward.AnsweredNo
}

// Void fetches BackMinor back from the payee's account, or as much of it as is there. It goes by the sum of all reversals of
// the transfer, so that a reversal whose answer was lost is found and not made again.
func (r transfer) Void(ctx context.Context, p reward.Payout) reward.Answer {
	if !r.On() {
		return reward.Answer{Class: reward.NotAnswered, Note: "stripe is off"}
	}
	call, x := observed(ctx)
	t, err := r.api.Transfers.Get(p.RailObject, &stripe.TransferParams{Params: params(call, "")})
	if err != nil {
		return unread(*x, err) // it was paid, so it must be there
	}
	before, back := toStripe(money.New(p.ReversedMinor, p.Currency)), toStripe(money.New(p.BackMinor, p.Currency))
	rest := min(before+back, t.Amount) - t.AmountReversed
	if rest <= 0 {
		return r.taken(p, t.AmountReversed)
	}
	a, short := r.reverse(ctx, p, t, rest)
	if !short {
		return a
	}
	// The payee has spent a part of it, or all.
	held, a := r.holds(ctx, p)
	switch {
	case a.Class != reward.AnsweredOK:
		return a
	case held <= 0:
		return r.taken(p, t.AmountReversed)
	case held >= rest:
		return reward.Answer{Class: reward.NotAnswered, Note: "the payee's balance moves"}
	}
	if a, short = r.reverse(ctx, p, t, held); short {
		return reward.Answer{Class: reward.NotAnswered, Note: "the payee's balance moves"}
	}
	return a
}

// taken is the answer when a sum of reversals is all that will come back.
func (r transfer) taken(p reward.Payout, sum int64) reward.Answer {
	minor := fromStripe(sum, stripe.Currency(lower(p.Currency))).Minor - p.ReversedMinor
	if minor <= 0 {
		return reward.Answer{Class: reward.AnsweredNo, Note: "spent"}
	}
	return reward.Answer{Class: reward.AnsweredOK, Object: p.RailObject, TakenMinor: minor}
}

// reverse takes units of a transfer back. It reports short when the payee does not have that much. Where it would end stands in
// the key, so that a further reversal of the same payout has another.
func (r transfer) reverse(ctx context.Context, p reward.Payout, t *stripe.Transfer, units int64) (a reward.Answer, short bool) {
	call, x := observed(ctx)
	in := &stripe.TransferReversalParams{Params: params(call, keyFor(p, fmt.Sprintf("back%dto%d", units, t.AmountReversed+units))),
		ID: stripe.String(t.ID), Amount: stripe.Int64(units), Metadata: metadata(p)}
	made, err := r.api.TransferReversals.New(in)
	if refusedFor(err, stripe.ErrorCodeBalanceInsufficient) {
		return reward.Answer{}, true
	}
	id := ""
	if err == nil {
		id = made.ID
	}
	if a = answer(*x, err, id); a.Class == reward.AnsweredOK {
		return r.taken(p, t.AmountReversed+units), false
	}
	if a.Class == reward.AnsweredNo && !slices.ContainsFunc(payeeCodes, func(code string) bool { return refusedFor(err, stripe.ErrorCode(code)) }) {
		// That reversal was refused; it says nothing about what may be there.
		a.Class = reward.NotAnswered
	}
	return a, false
}

// holds reads what the payee's account has in the payout's currency, in Stripe's units.
func (r transfer) holds(ctx context.Context, p reward.Payout) (int64, reward.Answer) {
	call, x := observed(ctx)
	in := &stripe.BalanceParams{Params: params(call, "")}
	in.SetStripeAccount(p.Destination)
	b, err := r.api.Balance.Get(in)
	if err != nil {
		if a := answer(*x, err, ""); a.Class == reward.AnsweredNo {
			return 0, reward.Answer{Class: reward.AnsweredOK} // the account is gone, and what was in it
		}
		return 0, unread(*x, err)
	}
	sum := int64(0)
	for _, part := range b.Available {
		if strings.EqualFold(string(part.Currency), p.Currency) {
			sum += part.Amount
		}
	}
	return sum, reward.Answer{Class: reward.AnsweredOK}
}
