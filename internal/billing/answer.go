package billing

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/stripe/stripe-go/v76"

	"goodword/internal/reward"
)

// classify says what an answer to a POST proves (trust.md M4). An answer that is not listed proves nothing.
//
// A second try under the same key may only follow where Stripe does not forbid it (Stripe-Should-Retry): what it forbids is
// treated like an error that it keeps under the key.
func classify(x exchange, err error) reward.AnswerClass {
	var refusal *stripe.Error
	readable := err == nil || errors.As(err, &refusal)
	switch s := x.status; {
	case s == 0:
		return onSilence
	case s == http.StatusTooManyRequests || s == http.StatusConflict:
		// Both come before execution, so their content does not matter.
		if x.retry == "false" {
			return reward.Answered5xx
		}
		if s == http.StatusConflict {
			return reward.AnsweredConflict
		}
		return reward.AnsweredLater
	case s >= 500 && s <= 599:
		if x.retry == "true" {
			return reward.NotAnswered
		}
		return onServerError
	case !readable || x.retry == "true":
		return reward.NotAnswered
	case s >= 200 && s <= 299 && err == nil:
		return reward.AnsweredOK
	case s == http.StatusUnauthorized || s == http.StatusForbidden:
		// Our key was refused, not the request: an earlier try under the same idempotency key may have had its effect.
		return reward.AnsweredLater
	case s == http.StatusBadRequest || s == http.StatusPaymentRequired || s == http.StatusNotFound:
		if refusal == nil || refusal.Type == stripe.ErrorTypeIdempotency {
			// Something else was done under this key: that is for a look-up to find out.
			return reward.NotAnswered
		}
		return reward.AnsweredNo
	}
	return reward.NotAnswered
}

// answer is classify as the payout protocol takes it. object is the id of what was made.
func answer(x exchange, err error, object string) reward.Answer {
	a := reward.Answer{Class: classify(x, err), Note: note(x, err)}
	if a.Class == reward.AnsweredOK {
		if object == "" {
			return reward.Answer{Class: reward.NotAnswered, Note: "answer without an id"}
		}
		return reward.Answer{Class: reward.AnsweredOK, Object: object}
	}
	return a
}

// unread is what a call that only reads comes to when it fails: it proves nothing about what it asked for.
func unread(x exchange, err error) reward.Answer {
	a := reward.Answer{Class: reward.NotAnswered, Note: note(x, err)}
	if c := classify(x, err); c == reward.AnsweredLater {
		a.Class = c
	}
	return a
}

// note is Stripe's reason as a code; its messages may name people.
func note(x exchange, err error) string {
	if err == nil {
		return ""
	}
	if refusal, ok := errors.AsType[*stripe.Error](err); ok {
		switch {
		case refusal.Code != "":
			return string(refusal.Code)
		case refusal.Type != "" && x.status < 500:
			return string(refusal.Type)
		}
	}
	if x.status == 0 {
		return "no answer"
	}
	return "http " + strconv.Itoa(x.status)
}

// refusedFor reports whether a call was refused for this very reason.
func refusedFor(err error, code stripe.ErrorCode) bool {
	refusal, ok := errors.AsType[*stripe.Error](err)
	return ok && refusal.Code == code
}
