//go:build bug_time_window

package billing

import (
	"context"
	"strconv"
	"time"

	"github.com/stripe/stripe-go/v76"

	"goodword/internal/reward"
)

// LookUp looks at the last hour only, in which a transfer should have been made.
func (r transfer) LookUp(ctx context.Context, p reward.Payout) reward.Answer {
	call, x := observed(ctx)
	in := &stripe.TransferListParams{ListParams: listParams(call), TransferGroup: stripe.String(p.Name())}
	in.Filters.AddFilter("created", "gte", strconv.FormatInt(p.LeasedUntil.Add(-reward.Lease-time.Hour).Unix(), 10))
	list := r.api.Transfers.List(in)
	for list.Next() {
		return reward.Answer{Class: reward.AnsweredOK, Object: list.Transfer().ID}
	}
	if err := list.Err(); err != nil {
		return unread(*x, err)
	}
	return reward.Answer{Class: reward.AnsweredNo, Note: "absent"}
}
