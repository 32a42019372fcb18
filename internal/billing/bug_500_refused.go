//go:build bug_500_refused

package billing

import "goodword/internal/reward"

const (
	onSilence     = reward.NotAnswered
	onServerError = reward.AnsweredNo
)
