package billing_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"goodword/internal/db"
	"goodword/internal/dbtest"
)

// F1: what Stripe tells of a charge's card or account is kept for the checks, hashed, whichever event tells it.
func TestCards_FingerprintsAreKeptHashed(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		for i, details := range []string{`{"type":"card","card":{"fingerprint":"FP1"}}`, `{"type":"card","card":{"fingerprint":"FP1"}}`,
			`{"type":"sepa_debit","sepa_debit":{"fingerprint":"FP2"}}`, `{"type":"card","card":{}}`, `null`} {
			body := fmt.Sprintf(`{"id":"evt_card%d","object":"event","api_version":"2023-10-16","created":1778576400,"livemode":false,"type":"charge.succeeded",`+
				`"data":{"object":{"id":"ch_%d","object":"charge","customer":"cus_%d","payment_method_details":%s}}}`, i, i, i, details)
			if status := w.post(body, header(body, time.Now(), secret)); status != 204 {
				t.Fatalf("event %d answered %d", i, status)
			}
		}
		w.work()
		var rows []struct{ StripeCustomer, Print string }
		w.must(d.NewSelect().TableExpr("risk_card").Column("stripe_customer", "print").OrderExpr("stripe_customer").Scan(w.ctx(), &rows))
		if len(rows) != 3 || rows[0].Print != rows[1].Print || rows[0].Print == rows[2].Print || slices.Contains([]string{"FP1", "FP2"}, rows[0].Print) {
			t.Errorf("kept %+v", rows)
		}
	})
}
