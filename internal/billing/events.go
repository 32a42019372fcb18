package billing

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"log/slog"
	"regexp"
	"strings"
	"time"

	"github.com/stripe/stripe-go/v76"

	"goodword/internal/customer"
	"goodword/internal/db"
	"goodword/internal/fault"
	"goodword/internal/introduction"
	"goodword/internal/queue"
	"goodword/internal/reward"
)

// Deps is what Events needs. Every field is required.
type Deps struct {
	DB    *db.DB
	Queue *queue.Queue
	// Clock is the business clock; Wall is wall time, by which signatures and retries go.
	Clock, Wall func() time.Time
	Client      *Client
	// Secrets are the webhook's signing secrets in force; empty turns the webhook off, nil is refused.
	Secrets       []string
	Introductions *introduction.Service
	Rewards       *reward.Service
	Customers     *customer.Service
	Payees        *Payees
	// SawCard is told the fingerprint of what a Stripe customer has paid with.
	SawCard func(ctx context.Context, stripeCustomer, fingerprint string) error
	Logger  *slog.Logger
}

// Events takes what Stripe tells: it keeps each event once and works it in a job. It is safe for concurrent use.
type Events struct {
	Deps
	intake intake
}

// NewEvents returns the Events. It panics if a dependency is missing.
func NewEvents(d Deps) *Events {
	for name, missing := range map[string]bool{
		"DB": d.DB == nil, "Queue": d.Queue == nil, "Clock": d.Clock == nil, "Wall": d.Wall == nil, "Client": d.Client == nil,
		"Secrets": d.Secrets == nil, "Introductions": d.Introductions == nil, "Rewards": d.Rewards == nil,
		"Customers": d.Customers == nil, "Payees": d.Payees == nil, "SawCard": d.SawCard == nil, "Logger": d.Logger == nil,
	} {
		if missing {
			panic("billing.NewEvents: Deps." + name + " is missing")
		}
	}
	return &Events{Deps: d}
}

// now is UTC in microseconds, so that a time survives both engines.
func (e *Events) now() time.Time { return e.Clock().UTC().Truncate(time.Microsecond) }

// Receive takes one delivery of Stripe's webhook: the raw body and the header Stripe-Signature. When it returns nil the event
// is on disk, once, however often it comes. What is signed but foreign or odd is kept in quarantine and never worked (W5).
// Returns Unavailable when no secret is set or the event could not be kept, Malformed for a signature that is not genuine.
func (e *Events) Receive(ctx context.Context, body []byte, signature string) error {
	secrets := usable(e.Secrets)
	if len(secrets) == 0 || !e.Client.On() {
		return off()
	}
	if !genuine(body, signature, secrets, e.Wall()) {
		return &fault.Error{Code: fault.Malformed, Key: "error.malformed", Message: "The signature does not fit."}
	}
	return e.keep(ctx, e.judge(body))
}

// The states of an event.
const (
	received    = "received"
	processed   = "processed"
	quarantined = "quarantined"
	parked      = "parked"
)

// The reasons for which an event is not worked.
const (
	reasonUnreadable = "unreadable"
	reasonAccount    = "other account"
	reasonLivemode   = "other mode"
	reasonVersion    = "other API version"
	reasonType       = "unknown type"
	reasonUnused     = "not used"
)

// used are the types of events that change something here, or could.
var used = map[stripe.EventType]bool{
	"checkout.session.completed": true, "checkout.session.async_payment_succeeded": true, "invoice.paid": true,
	"charge.succeeded": true, "charge.refunded": true, "charge.dispute.created": true, "charge.dispute.updated": true, "charge.dispute.closed": true,
	"charge.dispute.funds_withdrawn": true, "charge.dispute.funds_reinstated": true,
	"customer.updated": true, "promotion_code.created": true, "promotion_code.updated": true, "transfer.reversed": true, "account.updated": true,
	payoutFailed: true,
}

// payoutFailed tells that a bank sent back what Stripe had paid out to it. Of a connected account that is money of its owner.
const payoutFailed = "payout.failed"

// ofPayee reports whether an event is of a type that connected accounts send, and about such an account.
func ofPayee(kind, account, object string) bool {
	return kind == payoutFailed || kind == "account.updated" && account == object
}

// families are Stripe's objects that may send events to an account's webhook. The operator may have subscribed to them all:
// those that we have no use for are kept as processed.
var families = regexp.MustCompile(`^(account|application_fee|balance|billing_portal|capability|cash_balance|charge|checkout|coupon|credit_note|` +
	`customer|customer_cash_balance_transaction|file|identity|invoice|invoiceitem|mandate|payment_intent|payment_link|payment_method|` +
	`payout|person|plan|price|product|promotion_code|quote|radar|refund|reporting|review|setup_intent|sigma|source|subscription_schedule|` +
	`tax|tax_rate|terminal|test_helpers|topup|transfer)\.[a-z0-9_.]+$`)

var (
	idShape   = regexp.MustCompile(`^[A-Za-z0-9_-]{1,255}$`)
	typeShape = regexp.MustCompile(`^[a-z0-9_.]{1,100}$`)
)

// judge reads an event as far as needed to decide whether it is to be worked.
func (e *Events) judge(body []byte) Event {
	now := e.now()
	ev := Event{Payload: body, State: received, ReceivedAt: now, CreatedAt: now}
	var in struct {
		ID         string `json:"id"`
		Object     string `json:"object"`
		Type       string `json:"type"`
		Account    string `json:"account"`
		APIVersion string `json:"api_version"`
		Livemode   bool   `json:"livemode"`
		Created    int64  `json:"created"`
		Data       struct {
			Object struct {
				ID string `json:"id"`
			} `json:"object"`
		} `json:"data"`
	}
	refuse := func(reason string) Event {
		ev.State, ev.Reason, ev.ProcessedAt = quarantined, reason, now
		return ev
	}
	err := json.Unmarshal(body, &in)
	if err != nil || in.Object != "event" || !idShape.MatchString(in.ID) || !typeShape.MatchString(in.Type) || in.Created < 0 ||
		in.Created > 1<<40 || in.Account != "" && !idShape.MatchString(in.Account) || len(in.APIVersion) > 100 || strings.ContainsRune(in.APIVersion, 0) {
		sum := sha256.Sum256(body)
		ev.ID = "unreadable_" + hex.EncodeToString(sum[:16])
		return refuse(reasonUnreadable)
	}
	ev.ID, ev.Type, ev.Account, ev.APIVersion, ev.Livemode = in.ID, in.Type, in.Account, in.APIVersion, in.Livemode
	ev.CreatedAt = time.Unix(in.Created, 0).UTC()
	if idShape.MatchString(in.Data.Object.ID) {
		ev.ObjectID = in.Data.Object.ID
	}
	switch {
	case in.Account != "" && !ofPayee(in.Type, in.Account, ev.ObjectID):
		return refuse(reasonAccount)
	case in.Livemode != e.Client.Livemode():
		return refuse(reasonLivemode)
	case in.APIVersion != stripe.APIVersion:
		return refuse(reasonVersion)
	case used[stripe.EventType(in.Type)]:
		return ev
	case !families.MatchString(in.Type):
		return refuse(reasonType)
	}
	ev.State, ev.Reason, ev.ProcessedAt = processed, reasonUnused, now
	return ev
}
