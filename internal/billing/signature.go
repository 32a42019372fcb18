package billing

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"time"
)

// tolerance is how far the time in a signature may be from ours, in both directions. stripe-go only refuses what is too old.
const tolerance = 300 * time.Second

// genuine reports whether one of the v1 signatures of a Stripe-Signature header was made over this very body with one of the
// secrets, at a time within tolerance. An empty secret signs nothing.
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
	if age := now.Unix() - unix; age > int64(tolerance.Seconds()) || age < -int64(tolerance.Seconds()) {
		return false
	}
	ok := false
	for _, secret := range secrets {
		if secret == "" {
			continue
		}
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
