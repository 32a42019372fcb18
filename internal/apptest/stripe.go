package apptest

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

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
