//go:build !bug_parameter_drift

package billing

import "goodword/internal/reward"

// metadata is what every object of a payout carries.
func metadata(p reward.Payout) map[string]string {
	return map[string]string{payoutKey: p.Name(), rewardKey: p.Parameters.RewardID}
}
