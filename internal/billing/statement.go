package billing

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/stripe/stripe-go/v76"

	"goodword/internal/fault"
	"goodword/internal/money"
	"goodword/internal/reward"
)

// effectsPage is how many effects are handed on at a time; Stripe's lists have as many.
const effectsPage = 100

// Account names the account that the key opens, and the side of it. Empty while Stripe is off.
func (c *Client) Account(ctx context.Context) (string, error) {
	if !c.On() {
		return "", nil
	}
	call, x := observed(ctx)
	p := params(call, "")
	var account stripe.Account
	// The library's own function for this path takes no context.
	if err := c.api.Accounts.B.Call(http.MethodGet, "/v1/account", c.key, &stripe.AccountParams{Params: p}, &account); err != nil {
		return "", unlisted("account", *x, err)
	}
	side := "test"
	if c.Livemode() {
		side = "live"
	}
	return account.ID + " (" + side + ")", nil
}

// unlisted is the error of a list that could not be read to its end.
func unlisted(what string, x exchange, err error) error {
	return fault.Wrap(fault.Unavailable, "Stripe does not answer.", fmt.Errorf("list %s: %s", what, note(x, err)))
}

// pages collects effects and hands them on when there are enough.
type pages struct {
	next func([]reward.Effect) error
	held []reward.Effect
}

func (p *pages) add(e reward.Effect) error {
	p.held = append(p.held, e)
	if len(p.held) < effectsPage {
		return nil
	}
	return p.flush()
}

func (p *pages) flush() error {
	if len(p.held) == 0 {
		return nil
	}
	held := p.held
	p.held = nil
	return p.next(held)
}

// Effects lists all promotion codes of the account; whose metadata is not ours is nobody's.
func (r promotionCode) Effects(ctx context.Context, _ reward.Payees, page func([]reward.Effect) error) error {
	call, x := observed(ctx)
	out := pages{next: page}
	codes := r.api.PromotionCodes.List(&stripe.PromotionCodeListParams{ListParams: listParams(call)})
	for codes.Next() {
		if err := out.add(codeEffect(codes.PromotionCode())); err != nil {
			return err
		}
	}
	if err := codes.Err(); err != nil {
		return unlisted("promotion codes", *x, err)
	}
	return out.flush()
}

func codeEffect(c *stripe.PromotionCode) reward.Effect {
	e := reward.Effect{Object: c.ID, Payout: c.Metadata[payoutKey], RewardID: c.Metadata[rewardKey], At: time.Unix(c.Created, 0).UTC()}
	if c.Coupon != nil {
		e.Amount = fromStripe(c.Coupon.AmountOff, c.Coupon.Currency)
	}
	if c.Customer != nil {
		e.Destination = c.Customer.ID
	}
	if c.ExpiresAt > 0 {
		e.EndsAt = time.Unix(c.ExpiresAt, 0).UTC()
	}
	if !c.Active && c.TimesRedeemed == 0 {
		e.BackMinor = e.Amount.Minor
	}
	return e
}

// Effects lists the balance of everybody who was or could be paid.
func (r invoiceCredit) Effects(ctx context.Context, payees reward.Payees, page func([]reward.Effect) error) error {
	out := pages{next: page}
	for after := ""; ; {
		customers, err := payees(ctx, after)
		if err != nil {
			return err
		}
		if len(customers) == 0 {
			return out.flush()
		}
		for _, customer := range customers {
			after = customer
			all, a := r.entries(ctx, customer)
			if a.Class != reward.AnsweredOK && a.Class != reward.AnsweredNo {
				return fault.Wrap(fault.Unavailable, "Stripe does not answer.", fmt.Errorf("list a customer's balance: %s", a.Note))
			}
			for _, e := range creditEffects(all, customer) {
				if err := out.add(e); err != nil {
					return err
				}
			}
		}
	}
}

// creditEffects returns the credits of one customer's history, with what was taken back of ours.
func creditEffects(all []*stripe.CustomerBalanceTransaction, customer string) []reward.Effect {
	back := map[string]int64{}
	for _, t := range all {
		if purpose := t.Metadata[purposeKey]; purpose == voiding || purpose == restoring {
			back[t.Metadata[payoutKey]] += fromStripe(t.Amount, t.Currency).Minor
		}
	}
	var out []reward.Effect
	for _, t := range all {
		if t.Amount >= 0 || t.Metadata[purposeKey] != "" {
			continue
		}
		name := t.Metadata[payoutKey]
		given := fromStripe(-t.Amount, t.Currency)
		out = append(out, reward.Effect{Object: t.ID, Payout: name, RewardID: t.Metadata[rewardKey], Amount: given, Destination: customer,
			BackMinor: taken(back, name, given), At: time.Unix(t.Created, 0).UTC()})
	}
	return out
}

// taken is what was taken back of a credit; of a second one under the same name nothing is left to take.
func taken(back map[string]int64, name string, given money.Amount) int64 {
	if name == "" {
		return 0
	}
	n := min(max(back[name], 0), given.Minor)
	back[name] -= n
	return n
}

// Effects lists all transfers of the account, with what Stripe kept of each.
func (r transfer) Effects(ctx context.Context, _ reward.Payees, page func([]reward.Effect) error) error {
	call, x := observed(ctx)
	out := pages{next: page}
	in := &stripe.TransferListParams{ListParams: listParams(call)}
	in.AddExpand("data.balance_transaction")
	list := r.api.Transfers.List(in)
	for list.Next() {
		if err := out.add(transferEffect(list.Transfer())); err != nil {
			return err
		}
	}
	if err := list.Err(); err != nil {
		return unlisted("transfers", *x, err)
	}
	return out.flush()
}

func transferEffect(t *stripe.Transfer) reward.Effect {
	e := reward.Effect{Object: t.ID, Payout: t.Metadata[payoutKey], RewardID: t.Metadata[rewardKey], Amount: fromStripe(t.Amount, t.Currency),
		BackMinor: fromStripe(t.AmountReversed, t.Currency).Minor, At: time.Unix(t.Created, 0).UTC()}
	if t.Destination != nil {
		e.Destination = t.Destination.ID
	}
	if t.BalanceTransaction != nil {
		e.FeeMinor = fromStripe(t.BalanceTransaction.Fee, t.Currency).Minor
	}
	return e
}
