package billing

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/stripe/stripe-go/v76"

	"goodword/internal/audit"
	"goodword/internal/db"
	"goodword/internal/fault"
	"goodword/internal/introduction"
)

const (
	// listed is how far Stripe's list of events reaches back.
	listed = 30 * 24 * time.Hour
	// disputedFor is how long after its beginning a dispute is looked at: banks take up to four months.
	disputedFor = 120 * 24 * time.Hour
	// nightly is when a day's work begins, after midnight UTC.
	nightly = 2 * time.Hour
)

// BackfillTimeout is how long the job may take: a hundred objects a call.
const BackfillTimeout = 10 * time.Minute

// caseMissed is the kind of the case about events that nobody can fetch any more.
const caseMissed = "stripe_events_missed"

// Backfill is the job that fetches what Stripe has not told us, or told while nobody listened.
type Backfill struct {
	// Day is the night that it is for, as 2026-05-12.
	Day string `json:"day"`
}

// Kind names the job's type.
func (Backfill) Kind() string { return "billing.backfill" }

// BackfillDue begins the night's back-fill, once however many processes ask. It is a sweep.
func (e *Events) BackfillDue(ctx context.Context) error {
	if !e.Client.On() {
		return nil
	}
	return e.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		return e.Queue.EnqueueOnce(ctx, tx, Backfill{Day: e.now().Add(-nightly).Format(time.DateOnly)})
	})
}

// BackfillDay is the job behind BackfillDue.
func (e *Events) BackfillDay(ctx context.Context, _ Backfill) error {
	_, err := e.BackfillNow(ctx)
	return err
}

// BackfillNow takes every event of Stripe's list that was not delivered here, and then looks at the payments, refunds, disputes
// and transfers themselves, of which Stripe may never have told. Both end in the same state as if everything had been told in
// time. It returns how many events were new; they are worked by jobs. Where nothing was heard for longer than the list
// reaches back, a person is told once: what is older than what can be looked at is not guessed.
// Returns Unavailable when Stripe does not answer; what was fetched until then stays.
func (e *Events) BackfillNow(ctx context.Context) (int, error) {
	if !e.Client.On() {
		return 0, off()
	}
	if err := e.missed(ctx); err != nil {
		return 0, err
	}
	begun := e.now()
	n, err := e.untold(ctx)
	if err != nil {
		return n, fmt.Errorf("fetch events: %w", err)
	}
	if err := saveListRead(ctx, e.DB, begun); err != nil {
		return n, err
	}
	if err := e.objects(ctx); err != nil {
		return n, fmt.Errorf("look at payments: %w", err)
	}
	return n, nil
}

// missed opens the case about a silence that was too long, one for each. What counts is when the list was last read to its end: an
// event that arrives says nothing about those before it. Until there was a first reading, the newest event has to do.
func (e *Events) missed(ctx context.Context) error {
	known, err := listRead(ctx, e.DB)
	if fault.Is(err, fault.NotFound) {
		known, err = newestReceipt(ctx, e.DB)
	}
	oldest := e.now().Add(-listed)
	if fault.Is(err, fault.NotFound) || err == nil && !known.Before(oldest) {
		return nil
	}
	if err != nil {
		return err
	}
	since := known.UTC().Format(time.DateOnly)
	return e.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		return e.Rewards.Earnings().OpenCase(ctx, tx, introduction.Case{Kind: caseMissed, Subject: "since:" + since, At: e.now(),
			Detail: fmt.Sprintf("Nothing was heard from Stripe since %s, and its list of events reaches back to %s only. Please look at refunds, disputes and codes used between the two.",
				since, oldest.Format(time.DateOnly))})
	})
}

// untold keeps the events of Stripe's list that we do not have.
func (e *Events) untold(ctx context.Context) (int, error) {
	types := make([]*string, 0, len(used))
	for _, t := range slices.Sorted(maps.Keys(used)) {
		types = append(types, stripe.String(string(t)))
	}
	since := e.now().Add(-listed).Unix()
	n, after := 0, ""
	for {
		in := &stripe.EventListParams{ListParams: listParams(ctx), Types: types, CreatedRange: &stripe.RangeQueryParams{GreaterThanOrEqual: since}}
		in.Single = true
		if after != "" {
			in.StartingAfter = stripe.String(after)
		}
		list := e.Client.api.Events.List(in)
		if err := list.Err(); err != nil {
			return n, err
		}
		page, err := e.page(list.EventList())
		if err != nil {
			return n, err
		}
		fresh, err := e.keepPage(ctx, page)
		n += fresh
		if err != nil || len(page) == 0 || !list.EventList().HasMore {
			return n, err
		}
		after = page[len(page)-1].ID
	}
}

// page reads a page of the list as if each of its events had been delivered.
func (e *Events) page(list *stripe.EventList) ([]Event, error) {
	var raw struct {
		Data []json.RawMessage `json:"data"`
	}
	if err := json.Unmarshal(list.LastResponse.RawJSON, &raw); err != nil {
		return nil, errUnreadable // the error may quote an event
	}
	events := make([]Event, len(raw.Data))
	for i, body := range raw.Data {
		events[i] = e.judge(body)
	}
	return events, nil
}

// keepPage keeps a page, the oldest first, and returns how many of it were new.
func (e *Events) keepPage(ctx context.Context, page []Event) (int, error) {
	oldest := slices.Clone(page)
	slices.Reverse(oldest)
	n := 0
	err := e.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		fresh, err := insertEvents(ctx, tx, oldest)
		n = len(fresh)
		if err != nil {
			return err
		}
		var work []string
		for _, ev := range oldest {
			if ev.State == received && fresh[ev.ID] {
				work = append(work, ev.ID)
			}
		}
		if len(work) == 0 {
			return nil
		}
		return e.Queue.Enqueue(ctx, tx, time.Time{}, Process{EventIDs: work})
	})
	return n, err
}

// objects looks at what has happened at Stripe, whether there was an event about it or not. Everything here goes by levels, so
// what is known already changes nothing.
func (e *Events) objects(ctx context.Context) error {
	actor := audit.System("stripe.objects")
	return errors.Join(e.unseenPayments(ctx, actor), e.unseenRefunds(ctx, actor), e.unseenDisputes(ctx, actor), e.unseenReversals(ctx, actor))
}

func recent(since time.Time) *stripe.RangeQueryParams {
	return &stripe.RangeQueryParams{GreaterThanOrEqual: since.Unix()}
}

// unseenPayments settles the customers of whom a payment is not decided, and asks for the credits that invoices have used.
func (e *Events) unseenPayments(ctx context.Context, actor audit.Actor) error {
	since := e.now().Add(-lookBack)
	var invoices []*stripe.Invoice
	spending := map[string]bool{}
	bills := e.Client.api.Invoices.List(&stripe.InvoiceListParams{ListParams: listParams(ctx), CreatedRange: recent(since),
		Status: stripe.String(string(stripe.InvoiceStatusPaid))})
	for bills.Next() {
		v := bills.Invoice()
		invoices = append(invoices, v)
		if v.StartingBalance < 0 && v.Customer != nil {
			spending[v.Customer.ID] = true
		}
	}
	if err := bills.Err(); err != nil {
		return fmt.Errorf("list invoices: %w", err)
	}
	var sessions []*stripe.CheckoutSession
	checkouts := e.Client.api.CheckoutSessions.List(&stripe.CheckoutSessionListParams{ListParams: listParams(ctx), CreatedRange: recent(since)})
	for checkouts.Next() {
		sessions = append(sessions, checkouts.CheckoutSession())
	}
	if err := checkouts.Err(); err != nil {
		return fmt.Errorf("list checkout sessions: %w", err)
	}
	payments, err := e.join(invoices, sessions)
	if err != nil {
		return err
	}
	var errs []error
	for some := range slices.Chunk(payments, 500) {
		errs = append(errs, e.undecided(ctx, actor, some))
	}
	for _, customer := range slices.Sorted(maps.Keys(spending)) {
		errs = append(errs, e.creditsUsed(ctx, actor, customer))
	}
	return errors.Join(errs...)
}

// undecided settles the customers of those payments that nobody has decided on.
func (e *Events) undecided(ctx context.Context, actor audit.Actor, payments []payment) error {
	ids := make([]string, len(payments))
	for i, p := range payments {
		ids[i] = p.id
	}
	done, err := decided(ctx, e.DB, ids)
	if err != nil {
		return err
	}
	var errs []error
	settled := map[string]bool{}
	for _, p := range payments {
		switch {
		case done[p.id] || settled[p.customer]:
		case p.customer == "":
			errs = append(errs, e.decide(ctx, actor, p, true))
		default:
			settled[p.customer] = true
			errs = append(errs, e.settle(ctx, actor, p.customer))
		}
	}
	return errors.Join(errs...)
}

func (e *Events) unseenRefunds(ctx context.Context, actor audit.Actor) error {
	list := e.Client.api.Refunds.List(&stripe.RefundListParams{ListParams: listParams(ctx), CreatedRange: recent(e.now().Add(-lookBack))})
	charges := map[string]bool{}
	for list.Next() {
		if c := list.Refund().Charge; c != nil && c.ID != "" {
			charges[c.ID] = true
		}
	}
	if err := list.Err(); err != nil {
		return fmt.Errorf("list refunds: %w", err)
	}
	var errs []error
	for _, id := range slices.Sorted(maps.Keys(charges)) {
		charge, err := e.Client.api.Charges.Get(id, &stripe.ChargeParams{Params: params(ctx, "")})
		if err != nil {
			errs = append(errs, fmt.Errorf("get charge %s: %w", id, err))
			continue
		}
		errs = append(errs, e.Introductions.Refunded(ctx, actor, id, fromStripe(charge.AmountRefunded, charge.Currency).Minor, e.now()))
	}
	return errors.Join(errs...)
}

func (e *Events) unseenDisputes(ctx context.Context, actor audit.Actor) error {
	list := e.Client.api.Disputes.List(&stripe.DisputeListParams{ListParams: listParams(ctx), CreatedRange: recent(e.now().Add(-disputedFor))})
	var errs []error
	for list.Next() {
		if d := list.Dispute(); d.Charge != nil {
			errs = append(errs, e.Introductions.Disputed(ctx, actor, introduction.DisputeReport{ID: d.ID, ChargeID: d.Charge.ID, Status: string(d.Status), At: e.now()}))
		}
	}
	if err := list.Err(); err != nil {
		return fmt.Errorf("list disputes: %w", err)
	}
	return errors.Join(errs...)
}

func (e *Events) unseenReversals(ctx context.Context, actor audit.Actor) error {
	list := e.Client.api.Transfers.List(&stripe.TransferListParams{ListParams: listParams(ctx), CreatedRange: recent(e.now().Add(-disputedFor))})
	var errs []error
	for list.Next() {
		if t := list.Transfer(); t.AmountReversed > 0 {
			errs = append(errs, e.reversed(ctx, actor, *t))
		}
	}
	if err := list.Err(); err != nil {
		return fmt.Errorf("list transfers: %w", err)
	}
	return errors.Join(errs...)
}
