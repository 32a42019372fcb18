package apptest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"goodword/internal/ident"
)

// StripeCustomer makes a customer at Stripe and returns its id.
func (w *World) StripeCustomer(email, name string) string {
	w.T.Helper()
	form := url.Values{"email": {email}, "name": {name}}
	req, err := http.NewRequestWithContext(w.Context(), http.MethodPost, w.SimURL+"/v1/customers", strings.NewReader(form.Encode()))
	w.Must(err)
	req.SetBasicAuth(stripeKey, "")
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Idempotency-Key", ident.New())
	res := do(w.T, http.DefaultClient, req)
	defer func() { w.Must(res.Body.Close()) }()
	var made struct {
		ID string `json:"id"`
	}
	w.Must(json.NewDecoder(res.Body).Decode(&made))
	if made.ID == "" {
		w.T.Fatalf("Stripe made no customer: %s", res.Status)
	}
	return made.ID
}

// StripeSignature is the header under which Stripe would send a webhook with this body now.
func (w *World) StripeSignature(body []byte) string {
	at := time.Now().Unix()
	mac := hmac.New(sha256.New, []byte(webhookSecret))
	fmt.Fprintf(mac, "%d.", at)
	mac.Write(body)
	return fmt.Sprintf("t=%d,v1=%s", at, hex.EncodeToString(mac.Sum(nil)))
}
