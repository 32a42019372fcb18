//go:build bug_parameter_drift

package billing

import "goodword/internal/reward"

// metadata is another one for every try.
func metadata(p reward.Payout) map[string]string {
	return map[string]string{payoutKey: p.Name(), rewardKey: p.Parameters.RewardID, "sent_at": p.LastSentAt.String()}
}
