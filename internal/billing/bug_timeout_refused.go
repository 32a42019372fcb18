//go:build bug_timeout_refused

package billing

import "goodword/internal/reward"

const (
	onSilence     = reward.AnsweredNo
	onServerError = reward.Answered5xx
)
