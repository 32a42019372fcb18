// Package billing speaks with Stripe: it keeps the events that Stripe sends and turns them into deals, refunds, disputes and
// redemptions, and it pays rewards as promotion codes and as credit on the next invoice.
package billing

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-go/v76/client"

	"goodword/internal/fault"
	"goodword/internal/money"
)

// callTimeout bounds one call to Stripe, its body included. Two calls and a look-up fit into a payout's lease.
const callTimeout = 15 * time.Second

// ClientOptions says where Stripe is.
type ClientOptions struct {
	// Key is the secret key; empty turns everything off that calls Stripe.
	Key string
	// APIBase is the address of a stand-in; empty for Stripe itself. Configuration allows loopback only.
	APIBase string
	// Transport carries the calls; nil means a pool of its own.
	Transport http.RoundTripper
}

// Client calls Stripe's API, version 2023-10-16. It never tries twice by itself: the payout protocol decides what goes again
// and under which key. It is safe for concurrent use.
type Client struct {
	api *client.API
	key string
}

// NewClient returns a Client; nothing is called yet.
func NewClient(o ClientOptions) *Client {
	next := o.Transport
	if next == nil {
		pool := http.DefaultTransport.(*http.Transport).Clone()
		pool.MaxIdleConnsPerHost = 16
		next = pool
	}
	config := &stripe.BackendConfig{
		HTTPClient: &http.Client{Timeout: callTimeout, Transport: recorder{next},
			// A POST that is answered by a redirect would be sent a second time, to wherever it points.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
		// stripe-go's log lines hold Stripe's messages, which may name people.
		LeveledLogger:     &stripe.LeveledLogger{Level: stripe.LevelNull},
		MaxNetworkRetries: stripe.Int64(0),
		EnableTelemetry:   stripe.Bool(false),
	}
	if o.APIBase != "" {
		config.URL = stripe.String(o.APIBase)
	}
	return &Client{api: client.New(o.Key, &stripe.Backends{API: stripe.GetBackendWithConfig(stripe.APIBackend, config)}), key: o.Key}
}

// On reports whether there is a key to call Stripe with.
func (c *Client) On() bool { return c.key != "" }

// Livemode reports whether the key moves real money.
func (c *Client) Livemode() bool { return strings.Contains(c.key, "_live_") }

// exchange is what a call showed of the answer besides its content, also when the content could not be read.
type exchange struct {
	// status is zero when no header arrived.
	status int
	// retry is the header Stripe-Should-Retry: "true", "false" or nothing.
	retry string
}

type exchangeKey struct{}

// recorder notes status and headers of each answer on the exchange in the call's context.
type recorder struct{ next http.RoundTripper }

func (r recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := r.next.RoundTrip(req)
	if x, ok := req.Context().Value(exchangeKey{}).(*exchange); ok && err == nil {
		x.status, x.retry = resp.StatusCode, resp.Header.Get("Stripe-Should-Retry")
	}
	return resp, err
}

// observed returns a context for one call and what will be known of its answer.
func observed(ctx context.Context) (context.Context, *exchange) {
	x := &exchange{}
	return context.WithValue(ctx, exchangeKey{}, x), x
}

// params are the parameters that every call shares; key is empty for calls that only read.
func params(ctx context.Context, key string) stripe.Params {
	p := stripe.Params{Context: ctx}
	if key != "" {
		p.IdempotencyKey = stripe.String(key)
	}
	return p
}

func listParams(ctx context.Context) stripe.ListParams {
	return stripe.ListParams{Context: ctx, Limit: stripe.Int64(100)}
}

// twoDecimals are currencies without minor units that Stripe nevertheless counts in hundredths.
var twoDecimals = map[string]bool{"ISK": true, "UGX": true}

// toStripe returns an amount in the units of Stripe's API.
func toStripe(a money.Amount) int64 {
	if twoDecimals[a.Currency] {
		return a.Minor * 100
	}
	return a.Minor
}

// fromStripe returns an amount of Stripe's API in minor units, rounded down.
func fromStripe(units int64, currency stripe.Currency) money.Amount {
	a := money.New(units, string(currency))
	if twoDecimals[a.Currency] {
		a.Minor /= 100
	}
	return a
}

func off() error {
	return &fault.Error{Code: fault.Unavailable, Key: "error.stripe_off", Message: "Stripe is not set up here."}
}
