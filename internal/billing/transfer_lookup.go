//go:build !bug_time_window

package billing

import (
	"context"

	"github.com/stripe/stripe-go/v76"

	"goodword/internal/reward"
)

// LookUp lists the transfers of the payout's group.
func (r transfer) LookUp(ctx context.Context, p reward.Payout) reward.Answer {
	if !r.On() {
		return reward.Answer{Class: reward.NotAnswered, Note: "stripe is off"}
	}
	call, x := observed(ctx)
	list := r.api.Transfers.List(&stripe.TransferListParams{ListParams: listParams(call), TransferGroup: stripe.String(p.Name())})
	for list.Next() {
		if t := list.Transfer(); t.Metadata[payoutKey] == p.Name() {
			return reward.Answer{Class: reward.AnsweredOK, Object: t.ID}
		}
	}
	if err := list.Err(); err != nil {
		return unread(*x, err)
	}
	return reward.Answer{Class: reward.AnsweredNo, Note: "absent"}
}
