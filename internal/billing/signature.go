package billing

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"time"
)

// genuine reports whether one of the v1 signatures of a Stripe-Signature header was made over this very body with one of the
// usable secrets, at a time within tolerance.
func genuine(body []byte, header string, secrets []string, now time.Time) bool {
	stamp := ""
	var signatures [][]byte
	for part := range strings.SplitSeq(header, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch name {
		case "t":
			if stamp != "" && stamp != value {
				return false
			}
			stamp = value
		case "v1":
			if raw, err := hex.DecodeString(value); err == nil && len(signatures) < 8 {
				signatures = append(signatures, raw)
			}
		}
	}
	unix, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil || len(signatures) == 0 {
		return false
	}
	if !timely(now.Unix() - unix) {
		return false
	}
	ok := false
	for _, secret := range secrets {
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write([]byte(stamp + "."))
		mac.Write(body)
		want := mac.Sum(nil)
		for _, got := range signatures {
			ok = hmac.Equal(got, want) || ok
		}
	}
	return ok
}
