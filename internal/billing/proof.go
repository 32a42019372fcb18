//go:build !bug_timeout_refused && !bug_500_refused

package billing

import "goodword/internal/reward"

// What proves nothing: silence, and an error that Stripe keeps under the key.
const (
	onSilence     = reward.NotAnswered
	onServerError = reward.Answered5xx
)
