package billing

import (
	"context"
	"strconv"

	"github.com/stripe/stripe-go/v76"

	"goodword/internal/campaign"
	"goodword/internal/ident"
	"goodword/internal/reward"
)

// The metadata by which Stripe's objects find back to ours. Nothing in it is about a person.
const (
	payoutKey       = "payout_id"
	rewardKey       = "reward_id"
	introductionKey = "goodword_introduction"
)

// Rails returns the ways to pay by Stripe. Without a key they exist and say that they are off.
func (c *Client) Rails() []reward.Rail {
	return []reward.Rail{promotionCode{c}, invoiceCredit{c}, transfer{c}}
}

// keyFor is the idempotency key of a further call that belongs to a payout: like Payout.Key, with what the call is for.
func keyFor(p reward.Payout, call string) string {
	return p.Name() + call + ":" + strconv.Itoa(p.Epoch)
}

// promotionCode pays with a code for one discount. The code is known before the call and the coupon behind it has an id made
// of the payout's, so that there is one of each however often the call goes out, also when Stripe has forgotten the key.
type promotionCode struct{ *Client }

func (promotionCode) Name() campaign.Rail { return campaign.RailPromotionCode }

func (promotionCode) ByHand() bool { return false }

// Ready needs nothing of the payee: a code that is bound to nobody can be typed by anybody who has it.
func (r promotionCode) Ready(context.Context, reward.Payee) (bool, string) {
	if !r.On() {
		return false, "rail.off"
	}
	return true, ""
}

// Destination binds the code to the payee's Stripe customer, where one is known (F9).
func (promotionCode) Destination(p reward.Payee) string { return p.StripeCustomer }

func couponID(p reward.Payout) string { return "gw_" + ident.Compact(p.ID) }

func (r promotionCode) Send(ctx context.Context, p reward.Payout) reward.Answer {
	if !r.On() {
		return reward.Answer{Class: reward.AnsweredLater, Note: "stripe is off"}
	}
	existed, a := r.coupon(ctx, p)
	if a.Class != reward.AnsweredOK {
		return a
	}
	if existed {
		// Not the first try. A used code no longer stops a second one of the same name, so look first.
		if a := r.LookUp(ctx, p); a.Class != reward.AnsweredNo {
			return a
		}
	}
	call, x := observed(ctx)
	in := &stripe.PromotionCodeParams{Params: params(call, p.Key()), Coupon: stripe.String(couponID(p)), Code: stripe.String(p.Parameters.Code),
		MaxRedemptions: stripe.Int64(1), Metadata: metadata(p)}
	if p.Destination != "" {
		in.Customer = stripe.String(p.Destination)
	}
	if p.Parameters.ExpiresAt > 0 {
		in.ExpiresAt = stripe.Int64(p.Parameters.ExpiresAt)
	}
	if p.Parameters.FirstTransaction {
		in.Restrictions = &stripe.PromotionCodeRestrictionsParams{FirstTimeTransaction: stripe.Bool(true)}
	}
	made, err := r.api.PromotionCodes.New(in)
	id := ""
	if err == nil {
		id = made.ID
	}
	a = answer(*x, err, id)
	if a.Class == reward.AnsweredNo {
		// "A code of this name exists already" may be about our own, made under a key that Stripe has forgotten.
		if found := r.LookUp(ctx, p); found.Class != reward.AnsweredNo {
			return found
		}
	}
	return a
}

// coupon makes the coupon behind the code, which by itself is worth nothing to anybody. It reports whether it was there.
// As long as it is missing the payout has no effect, so trouble here only puts the payout off.
func (r promotionCode) coupon(ctx context.Context, p reward.Payout) (existed bool, a reward.Answer) {
	call, x := observed(ctx)
	in := &stripe.CouponParams{Params: params(call, keyFor(p, "coupon")), ID: stripe.String(couponID(p)),
		AmountOff: stripe.Int64(toStripe(p.Amount())), Currency: stripe.String(lower(p.Currency)),
		Duration: stripe.String(string(stripe.CouponDurationOnce)), MaxRedemptions: stripe.Int64(1), Metadata: map[string]string{rewardKey: p.Parameters.RewardID}}
	made, err := r.api.Coupons.New(in)
	id := ""
	if err == nil {
		id = made.ID
	}
	if a = answer(*x, err, id); a.Class == reward.AnsweredOK && made.LastResponse.Header.Get("Idempotent-Replayed") == "" {
		return false, a
	}
	if a.Class == reward.AnsweredNo && !refusedFor(err, stripe.ErrorCodeResourceAlreadyExists) {
		return false, a
	}
	get, y := observed(ctx)
	there, err := r.api.Coupons.Get(couponID(p), &stripe.CouponParams{Params: params(get, "")})
	switch {
	case err == nil && there.AmountOff == toStripe(p.Amount()) && string(there.Currency) == lower(p.Currency):
		return true, reward.Answer{Class: reward.AnsweredOK, Object: there.ID}
	case err == nil:
		return false, reward.Answer{Class: reward.AnsweredNo, Note: "coupon of another amount"}
	case refusedFor(err, stripe.ErrorCodeResourceMissing):
		return false, reward.Answer{Class: reward.AnsweredLater, Note: a.Note}
	}
	return false, reward.Answer{Class: reward.AnsweredLater, Note: note(*y, err)}
}

func (r promotionCode) LookUp(ctx context.Context, p reward.Payout) reward.Answer {
	found, a := r.find(ctx, p)
	if found != nil {
		return reward.Answer{Class: reward.AnsweredOK, Object: found.ID}
	}
	return a
}

// find lists the codes of the payout's name, used and unused ones; ours carries the payout's id.
func (r promotionCode) find(ctx context.Context, p reward.Payout) (*stripe.PromotionCode, reward.Answer) {
	if !r.On() {
		return nil, reward.Answer{Class: reward.NotAnswered, Note: "stripe is off"}
	}
	call, x := observed(ctx)
	codes := r.api.PromotionCodes.List(&stripe.PromotionCodeListParams{ListParams: listParams(call), Code: stripe.String(p.Parameters.Code)})
	for codes.Next() {
		if codes.PromotionCode().Metadata[payoutKey] == p.Name() {
			return codes.PromotionCode(), reward.Answer{}
		}
	}
	if err := codes.Err(); err != nil {
		return nil, unread(*x, err)
	}
	return nil, reward.Answer{Class: reward.AnsweredNo, Note: "absent"}
}

// Void switches an unused code off. One that has expired is off already.
func (r promotionCode) Void(ctx context.Context, p reward.Payout) reward.Answer {
	found, a := r.find(ctx, p)
	if found == nil {
		if a.Class == reward.AnsweredNo {
			// It was paid, so it must be there; only a person can say more.
			a.Class = reward.NotAnswered
		}
		return a
	}
	if found.TimesRedeemed == 0 && found.Active {
		// Switching off twice is harmless, so every claim has a key of its own and no kept error stands in the way.
		call, x := observed(ctx)
		at := strconv.FormatInt(p.LastSentAt.Unix(), 36)
		stopped, err := r.api.PromotionCodes.Update(found.ID, &stripe.PromotionCodeParams{Params: params(call, keyFor(p, "void"+at)), Active: stripe.Bool(false)})
		if err != nil {
			return unread(*x, err)
		}
		found = stopped
	}
	switch {
	case found.TimesRedeemed > 0:
		return reward.Answer{Class: reward.AnsweredNo, Note: "redeemed"}
	case found.Active || found.ID == "":
		return reward.Answer{Class: reward.NotAnswered, Note: "still active"}
	}
	return reward.Answer{Class: reward.AnsweredOK, Object: found.ID}
}
