package billing

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"time"

	"github.com/stripe/stripe-go/v76"

	"goodword/internal/audit"
	"goodword/internal/db"
	"goodword/internal/fault"
	"goodword/internal/introduction"
	"goodword/internal/reward"
)

const (
	// triesMost is how often an event is tried before it is parked (W5).
	triesMost = 8
	// triesOutage is the same while Stripe cannot be reached: about a day, because the event is not at fault.
	triesOutage = 175
	// waitsDouble is how often the wait between two tries doubles, from a second to eight and a half minutes.
	waitsDouble = 9
)

// forgetAfter is how long the content of an event is kept; Stripe keeps it 30 days as well.
const forgetAfter = 30 * 24 * time.Hour

// Process is the job that works kept events.
type Process struct {
	EventIDs []string `json:"event_ids"`
}

// Kind names the job's type.
func (Process) Kind() string { return "billing.process" }

// Process works events, each on its own: one that fails is tried again later, eight times in all, and then parked; it holds
// up no other. While Stripe cannot be reached it is tried for a day. What an event does is decided by the level that it tells
// of, never by how often or in which order events come (W3).
func (e *Events) Process(ctx context.Context, job Process) error {
	e.intake.letIn(ctx)
	if len(job.EventIDs) > jobMost {
		return e.divide(ctx, job.EventIDs)
	}
	for _, id := range job.EventIDs {
		err := e.work(ctx, id)
		if err == nil {
			continue
		}
		if ctx.Err() != nil {
			return fmt.Errorf("event %s: %w", id, err)
		}
		if err := e.failed(ctx, id, err); err != nil {
			return err
		}
	}
	return nil
}

// divide makes jobs of the usual size.
func (e *Events) divide(ctx context.Context, ids []string) error {
	return e.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		for some := range slices.Chunk(ids, jobMost) {
			if err := e.Queue.Enqueue(ctx, tx, time.Time{}, Process{EventIDs: some}); err != nil {
				return err
			}
		}
		return nil
	})
}

// work brings one event to its end. A panic is an error like any other: the event must not take its job with it.
func (e *Events) work(ctx context.Context, id string) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("event %s: panic: %v", id, r)
		}
	}()
	ev, err := eventByID(ctx, e.DB, id)
	if err != nil {
		return err
	}
	if ev.State != received {
		return nil
	}
	var in stripe.Event
	if err := json.Unmarshal(ev.Payload, &in); err != nil || in.Data == nil {
		return conclude(ctx, e.DB, id, quarantined, reasonUnreadable, e.now())
	}
	err = e.take(ctx, in)
	if errors.Is(err, errUnreadable) {
		return conclude(ctx, e.DB, id, quarantined, reasonUnreadable, e.now())
	}
	if err != nil {
		return err
	}
	return conclude(ctx, e.DB, id, processed, "", e.now())
}

// failed puts an event off, or parks it. The reason names no person.
func (e *Events) failed(ctx context.Context, id string, cause error) error {
	reason := reasonOf(cause)
	state := "put off"
	err := e.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		tries, err := countTry(ctx, tx, id, reason)
		if err != nil || tries == 0 {
			return err
		}
		most := triesMost
		if outage(cause) {
			most = triesOutage
		}
		if tries >= most {
			state = parked
			return conclude(ctx, tx, id, parked, reason, e.now())
		}
		again := e.Wall().Add(time.Second << min(tries, waitsDouble))
		return e.Queue.Enqueue(ctx, tx, again, Process{EventIDs: []string{id}})
	})
	if err != nil {
		return fmt.Errorf("event %s: %w", id, err)
	}
	e.Logger.WarnContext(ctx, "stripe event was not worked", "event", id, "state", state, "reason", reason)
	return nil
}

func reasonOf(err error) string {
	if refusal, ok := errors.AsType[*stripe.Error](err); ok {
		return "stripe: " + note(exchange{status: refusal.HTTPStatusCode}, err)
	}
	return string(fault.CodeOf(err))
}

// outage reports whether Stripe, or the way to it, is at fault and not the event.
func outage(err error) bool {
	if refusal, ok := errors.AsType[*stripe.Error](err); ok {
		return refusal.HTTPStatusCode >= http.StatusInternalServerError || refusal.HTTPStatusCode == http.StatusTooManyRequests
	}
	_, network := errors.AsType[net.Error](err)
	return network || fault.Is(err, fault.Unavailable)
}

// Retry lets a parked event be worked again. Returns NotFound, and Conflict when it is not parked.
func (e *Events) Retry(ctx context.Context, id string) error {
	if _, err := eventByID(ctx, e.DB, id); err != nil {
		return err
	}
	return e.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		ok, err := unpark(ctx, tx, id)
		if err != nil {
			return err
		}
		if !ok {
			return fault.New(fault.Conflict, "This event is not parked.")
		}
		return e.Queue.Enqueue(ctx, tx, time.Time{}, Process{EventIDs: []string{id}})
	})
}

// Forget empties events that ended more than 30 days ago: they hold names and addresses. It is a sweep.
func (e *Events) Forget(ctx context.Context) (int64, error) {
	return forget(ctx, e.DB, e.now().Add(-forgetAfter))
}

// Lag is how far the work is behind what Stripe has told.
type Lag struct {
	// Waiting events are kept and not worked yet, Parked ones were given up.
	Waiting, Parked int64
	// Oldest is when the oldest waiting one came, Last when the newest of all did; zero if there is none.
	Oldest, Last time.Time
}

// Lag returns how far the work is behind.
func (e *Events) Lag(ctx context.Context) (l Lag, err error) {
	if l.Waiting, l.Oldest, err = waitingEvents(ctx, e.DB); err != nil {
		return l, err
	}
	if l.Parked, err = countParked(ctx, e.DB); err != nil {
		return l, err
	}
	if l.Last, err = newestReceipt(ctx, e.DB); fault.Is(err, fault.NotFound) {
		return l, nil
	}
	return l, err
}

// Counts returns how many events are in each state.
func (e *Events) Counts(ctx context.Context) (map[string]int64, error) { return countEvents(ctx, e.DB) }

var errUnreadable = errors.New("object cannot be read")

// read decodes the event's object.
func read[T any](in stripe.Event) (T, error) {
	var object T
	if err := json.Unmarshal(in.Data.Raw, &object); err != nil {
		// The error may quote the object.
		return object, fmt.Errorf("event %s: %w", in.ID, errUnreadable)
	}
	return object, nil
}

// by is who acts when Stripe tells something.
func by(in stripe.Event) audit.Actor { return audit.Actor{Kind: audit.KindStripe, ID: in.ID} }

// told decodes the event's object and hands it to do.
func told[T any](in stripe.Event, do func(T) error) error {
	object, err := read[T](in)
	if err != nil {
		return err
	}
	return do(object)
}

func (e *Events) take(ctx context.Context, in stripe.Event) error {
	switch in.Type {
	case "checkout.session.completed", "checkout.session.async_payment_succeeded":
		return told(in, func(s stripe.CheckoutSession) error { return e.checkout(ctx, by(in), &s) })
	case "invoice.paid":
		return told(in, func(i stripe.Invoice) error { return e.invoice(ctx, by(in), i) })
	case "charge.succeeded":
		return told(in, func(c stripe.Charge) error { return e.sawCard(ctx, c) })
	case "charge.refunded":
		return told(in, func(c stripe.Charge) error { return e.refund(ctx, in, c) })
	case "charge.dispute.created", "charge.dispute.updated", "charge.dispute.closed", "charge.dispute.funds_withdrawn",
		"charge.dispute.funds_reinstated":
		return told(in, func(d stripe.Dispute) error { return e.dispute(ctx, in, d) })
	case "customer.updated":
		return told(in, func(c stripe.Customer) error {
			if _, moved := in.Data.PreviousAttributes["balance"]; !moved {
				return nil
			}
			return e.creditsUsed(ctx, by(in), c.ID)
		})
	case "promotion_code.created", "promotion_code.updated":
		return told(in, func(c stripe.PromotionCode) error { return e.code(ctx, by(in), c) })
	case "transfer.reversed":
		return told(in, func(t stripe.Transfer) error { return e.reversed(ctx, by(in), t) })
	case "account.updated":
		// What the event says may be old by now, so the account itself is asked.
		return told(in, func(a stripe.Account) error { return e.Payees.Look(ctx, by(in), a.ID) })
	case payoutFailed:
		return told(in, func(p stripe.Payout) error { return e.Payees.sentBack(ctx, by(in), in.Account, p.ID) })
	}
	return nil
}

// reversed takes how much of one of our transfers is back. The sum on the event only grows, so an old event says less.
func (e *Events) reversed(ctx context.Context, actor audit.Actor, t stripe.Transfer) error {
	name := t.Metadata[payoutKey]
	if name == "" {
		return nil
	}
	return ignoreForeign(e.Rewards.BackAtRail(ctx, actor, name, fromStripe(t.AmountReversed, t.Currency).Minor, "transfer.reversed"))
}

func (e *Events) invoice(ctx context.Context, actor audit.Actor, invoice stripe.Invoice) error {
	if invoice.Customer == nil || invoice.Customer.ID == "" {
		return nil
	}
	if err := e.settle(ctx, actor, invoice.Customer.ID); err != nil {
		return err
	}
	if invoice.StartingBalance < 0 {
		return e.creditsUsed(ctx, actor, invoice.Customer.ID)
	}
	return nil
}

// sawCard keeps what a charge was paid with, where Stripe has told us.
func (e *Events) sawCard(ctx context.Context, charge stripe.Charge) error {
	if charge.Customer == nil || charge.PaymentMethodDetails == nil {
		return nil
	}
	mark := ""
	switch d := charge.PaymentMethodDetails; {
	case d.Card != nil:
		mark = d.Card.Fingerprint
	case d.SEPADebit != nil:
		mark = d.SEPADebit.Fingerprint
	case d.USBankAccount != nil:
		mark = d.USBankAccount.Fingerprint
	}
	return e.SawCard(ctx, charge.Customer.ID, mark)
}

// refund makes sure that the payment is known, and takes the charge's cumulative refund. If the payment is known later the
// level waits for it.
func (e *Events) refund(ctx context.Context, in stripe.Event, charge stripe.Charge) error {
	if err := e.sawCard(ctx, charge); err != nil {
		return err
	}
	if charge.Customer != nil && charge.Customer.ID != "" {
		if err := e.settle(ctx, by(in), charge.Customer.ID); err != nil {
			return err
		}
	}
	back := fromStripe(charge.AmountRefunded, charge.Currency)
	return e.Introductions.Refunded(ctx, by(in), charge.ID, back.Minor, time.Unix(in.Created, 0).UTC())
}

func (e *Events) dispute(ctx context.Context, in stripe.Event, dispute stripe.Dispute) error {
	if dispute.Charge == nil {
		return nil
	}
	return e.Introductions.Disputed(ctx, by(in), introduction.DisputeReport{ID: dispute.ID, ChargeID: dispute.Charge.ID,
		Status: string(dispute.Status), At: time.Unix(in.Created, 0).UTC()})
}

// code takes that one of our codes exists, which settles a payout without an answer, or that it was used.
func (e *Events) code(ctx context.Context, actor audit.Actor, code stripe.PromotionCode) error {
	name := code.Metadata[payoutKey]
	switch {
	case name == "":
		return nil
	case code.TimesRedeemed > 0:
		return ignoreForeign(e.Rewards.Redeemed(ctx, actor, reward.Redemption{Payout: name, Object: code.ID}))
	case code.Active:
		return ignoreForeign(e.Rewards.Seen(ctx, actor, name, code.ID))
	}
	return nil
}

// creditsUsed marks those of our credits as used that the customer's invoices have eaten up.
func (e *Events) creditsUsed(ctx context.Context, actor audit.Actor, customer string) error {
	call, x := observed(ctx)
	all, a := invoiceCredit{e.Client}.entries(call, customer)
	if a.Class != reward.AnsweredOK {
		return &fault.Error{Code: fault.Unavailable, Message: "Stripe did not answer.", Cause: fmt.Errorf("balance: %s (%d)", a.Note, x.status)}
	}
	for _, c := range tally(all) {
		if c.payout == "" || c.left > 0 || c.voided {
			continue
		}
		if err := ignoreForeign(e.Rewards.Redeemed(ctx, actor, reward.Redemption{Payout: c.payout})); err != nil {
			return err
		}
	}
	return nil
}

// ignoreForeign drops "not ours": another installation may pay through the same Stripe account.
func ignoreForeign(err error) error {
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	return err
}
