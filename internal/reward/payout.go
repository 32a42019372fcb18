package reward

import (
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"goodword/internal/campaign"
	"goodword/internal/fault"
	"goodword/internal/ident"
	"goodword/internal/money"
)

// PayoutState is where a payout stands; the names are those of the API.
type PayoutState string

// The states.
const (
	Queued       PayoutState = "queued"
	Sending      PayoutState = "sending"
	Unknown      PayoutState = "unknown"
	Refused      PayoutState = "refused"
	Settled      PayoutState = "settled"
	Reversing    PayoutState = "reversing"
	PartReversed PayoutState = "part_reversed"
	PaidBack     PayoutState = "reversed"
	Cancelled    PayoutState = "cancelled"
)

// PayoutStates lists every state in the order of a life.
var PayoutStates = []PayoutState{Queued, Sending, Unknown, Refused, Settled, Reversing, PartReversed, PaidBack, Cancelled}

// PayoutEvent is what happens to a payout.
type PayoutEvent string

// The events.
const (
	Claim                 PayoutEvent = "claim"
	Cancel                PayoutEvent = "cancel"
	OK                    PayoutEvent = "ok"
	Definite4xx           PayoutEvent = "definite_4xx"
	NoAnswer              PayoutEvent = "no_answer"
	HTTP5xx               PayoutEvent = "http_5xx"
	HTTP409               PayoutEvent = "http_409"
	HTTP429               PayoutEvent = "http_429"
	LeaseLost             PayoutEvent = "lease_lost"
	RetrySameKeyOK        PayoutEvent = "retry_same_key_ok"
	RetrySameKey4xx       PayoutEvent = "retry_same_key_4xx"
	FoundByList           PayoutEvent = "found_by_list"
	WebhookMatch          PayoutEvent = "webhook_match"
	AbsentAndKeyDead      PayoutEvent = "absent_and_key_dead"
	OperatorAbsentConfirm PayoutEvent = "operator_absent_confirm"
	RequeueNewEpoch       PayoutEvent = "requeue_new_epoch"
	ReversalRequest       PayoutEvent = "reversal_request"
	RailReversed          PayoutEvent = "rail_reversed_event"
	ReversalOK            PayoutEvent = "reversal_ok"
	ReversalPartial       PayoutEvent = "reversal_partial"
	ReversalRefused       PayoutEvent = "reversal_refused"
)

// PayoutEvents lists every event.
var PayoutEvents = []PayoutEvent{Claim, Cancel, OK, Definite4xx, NoAnswer, HTTP5xx, HTTP409, HTTP429, LeaseLost, RetrySameKeyOK,
	RetrySameKey4xx, FoundByList, WebhookMatch, AbsentAndKeyDead, OperatorAbsentConfirm, RequeueNewEpoch, ReversalRequest,
	RailReversed, ReversalOK, ReversalPartial, ReversalRefused}

// payoutTransitions is the table of the trust bar, section 4.3. What it does not list is refused.
var payoutTransitions = map[PayoutState]map[PayoutEvent]PayoutState{
	Queued: {Claim: Sending, Cancel: Cancelled},
	Sending: {OK: Settled, Definite4xx: Refused, NoAnswer: Unknown, HTTP5xx: Unknown, HTTP409: Unknown, LeaseLost: Unknown,
		HTTP429: Queued},
	Unknown: {RetrySameKeyOK: Settled, RetrySameKey4xx: Refused, FoundByList: Settled, WebhookMatch: Settled,
		AbsentAndKeyDead: Queued, OperatorAbsentConfirm: Queued},
	// Late evidence of success wins over our belief.
	Refused:      {RequeueNewEpoch: Queued, Cancel: Cancelled, WebhookMatch: Settled},
	Settled:      {ReversalRequest: Reversing, RailReversed: PaidBack},
	Reversing:    {ReversalOK: PaidBack, ReversalPartial: PartReversed, ReversalRefused: Settled},
	PartReversed: {ReversalRequest: Reversing, RailReversed: PaidBack},
	Cancelled:    {WebhookMatch: Settled},
}

// NextPayout returns the state that the event leads to. Returns Conflict for a pair that the table does not list.
func NextPayout(from PayoutState, e PayoutEvent) (PayoutState, error) {
	if to, ok := payoutTransitions[from][e]; ok {
		return to, nil
	}
	return "", &fault.Error{Code: fault.Conflict,
		Message: "This payout has moved on, so this is no longer possible.",
		Cause:   fmt.Errorf("event %s in state %s", e, from)}
}

// The times of the payout protocol (trust.md M5, M23), on the injected clock.
const (
	// Lease is how long one worker may act on a payout; afterwards its fence number no longer fits.
	Lease = 2 * time.Minute
	// KeyLife is how long an idempotency key is trusted; the rail forgets it after 24 h.
	KeyLife = 23 * time.Hour
	// AbsentApart is the least time between two look-ups that found nothing, and since the last send.
	AbsentApart = time.Hour
	// RollForward is how long a cached 500 may still become an object.
	RollForward = 30 * time.Hour
)

// Payout is a row of table payout: one attempt series on one rail. What it pays, to whom and under which key is frozen
// with the row and never changes within an epoch.
type Payout struct {
	bun.BaseModel `bun:"table:payout,alias:po"`

	ID          string        `bun:"id,pk"`
	Rail        campaign.Rail `bun:"rail"`
	State       PayoutState   `bun:"state"`
	Currency    string        `bun:"currency"`
	AmountMinor int64         `bun:"amount_minor"`
	// ReversedMinor is what came back of it.
	ReversedMinor int64 `bun:"reversed_minor"`
	// BackMinor is what the reversal under way is about; 0 where a code or a credit is taken back as a whole.
	BackMinor int64 `bun:"back_minor"`
	// Destination is the rail's own id of the payee (a Stripe customer), empty where there is none.
	Destination string     `bun:"destination"`
	Parameters  Parameters `bun:"parameters,type:jsonb"`
	// Epoch numbers the keys; it grows only when the key before is dead and the effect proved absent.
	Epoch int `bun:"epoch"`
	// ShortCount is how many of the keys before were refused because the rail's balance was too small.
	ShortCount int `bun:"short_count"`
	// Fence grows with every claim; a worker whose fence is older may not write.
	Fence       int64     `bun:"fence"`
	LeasedUntil time.Time `bun:"leased_until,nullzero"`
	FirstSentAt time.Time `bun:"first_sent_at,nullzero"` // of this epoch's key
	LastSentAt  time.Time `bun:"last_sent_at,nullzero"`
	// LastAnswer is the class of the newest answer: an AnswerClass, or "" before the first.
	LastAnswer  AnswerClass `bun:"last_answer"`
	AbsentSince time.Time   `bun:"absent_since,nullzero"`
	AbsentCount int         `bun:"absent_count"`
	NextTryAt   time.Time   `bun:"next_try_at,nullzero"`
	// RailObject is the id of what the rail made: a promotion code, a balance transaction, a bank reference.
	RailObject string    `bun:"rail_object"`
	RailNote   string    `bun:"rail_note"`
	SettledAt  time.Time `bun:"settled_at,nullzero"`
	Version    int64     `bun:"version"`
	CreatedAt  time.Time `bun:"created_at"`
	UpdatedAt  time.Time `bun:"updated_at"`
}

// Parameters are what the rail is told besides amount and destination; frozen at intent, so that a key always stands for
// the same request.
type Parameters struct {
	// RewardID is the first reward of the payout and goes into the rail object's metadata with the payout's id.
	RewardID string `json:"reward_id"`
	// CharityID is whom a donation is given to.
	CharityID string `json:"charity_id,omitempty"`
	// Code is the promotion code to create, made from the reward's id.
	Code string `json:"code,omitempty"`
	// FirstTransaction limits a code to a customer's first purchase.
	FirstTransaction bool `json:"first_transaction,omitempty"`
	// ExpiresAt is when a code ends, as Unix seconds; 0 for never.
	ExpiresAt int64 `json:"expires_at,omitempty"`
}

// openStates are those in which something is still to be done at the rail.
var openStates = []PayoutState{Queued, Sending, Unknown, Reversing}

func (s PayoutState) open() bool { return slices.Contains(openStates, s) }

// Amount is what the payout pays.
func (p Payout) Amount() money.Amount { return money.New(p.AmountMinor, p.Currency) }

// Name is the payout's id as rails see it: "po_" and letters and digits.
func (p Payout) Name() string { return "po_" + ident.Compact(p.ID) }
