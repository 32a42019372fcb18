package mail

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/uptrace/bun"

	"goodword/internal/db"
	"goodword/internal/fault"
	"goodword/internal/ident"
)

const (
	// lease is how long a released mail belongs to the process that released it. After a crash somebody else takes it
	// over then. It is longer than budget and the slowest single delivery together.
	lease = 2 * time.Minute
	// budget is how long one SendAll begins new deliveries.
	budget = time.Minute
)

// Options is what an outbox needs; every field is required.
type Options struct {
	DB        *db.DB
	Renderer  *Renderer
	Transport Transport
	Keys      *ident.Keyring
	// Identity is asked for every mail, so that settings take effect at once.
	Identity func() Identity
	Now      func() time.Time
}

// Outbox sends each message once. The row of a message says how far it is: it is released in a transaction that has
// looked into the stop list, sent outside of any transaction, and marked as sent after the server has taken it. A crash
// in between sends it again with the same Message-ID; nothing is ever lost.
type Outbox struct {
	db        *db.DB
	renderer  *Renderer
	transport Transport
	keys      *ident.Keyring
	identity  func() Identity
	now       func() time.Time
	stop      *StopList
}

// NewOutbox returns an outbox that implements Sender.
func NewOutbox(o Options) *Outbox {
	return &Outbox{db: o.DB, renderer: o.Renderer, transport: o.Transport, keys: o.Keys, identity: o.Identity, now: o.Now, stop: NewStopList(o.Keys, o.Now)}
}

// StopList returns the list that the outbox obeys.
func (o *Outbox) StopList() *StopList { return o.stop }

// Outcome returns what became of the message with this key. Returns NotFound if it was never tried.
func (o *Outbox) Outcome(ctx context.Context, idb bun.IDB, key string) (Outcome, error) {
	return outcome(ctx, idb, key)
}

// Send sends one message as Sender describes.
func (o *Outbox) Send(ctx context.Context, m Message) error { return o.SendAll(ctx, []Message{m})[0] }

// delivery is a message on its way through SendAll.
type delivery struct {
	message Message
	row     sending
	err     error
	// refused is set when the server has refused the mail for good.
	refused *refusal
}

// SendAll sends up to a few dozen messages with two transactions for all of them, which is what makes a campaign fast.
// The result has one error for each message, with the meaning that Sender gives it.
func (o *Outbox) SendAll(ctx context.Context, messages []Message) []error {
	errs := make([]error, len(messages))
	id := o.identity()
	at := o.now().UTC().Truncate(time.Microsecond)
	byKey := map[string]*delivery{}
	var rows []sending
	for i, m := range messages {
		row, err := o.row(m, id, at)
		if err != nil {
			errs[i] = err
			continue
		}
		if _, twice := byKey[row.Key]; !twice {
			byKey[row.Key] = &delivery{message: m, row: row}
			rows = append(rows, row)
		}
	}
	if len(rows) > 0 {
		// Several processes may ask for the same keys: the same order everywhere keeps them from waiting in a ring.
		slices.SortFunc(rows, func(a, b sending) int { return cmp.Compare(a.Key, b.Key) })
		o.sendRows(ctx, id, rows, byKey)
	}
	for i, m := range messages {
		if d := byKey[m.Key]; errs[i] == nil && d != nil && d.err != nil {
			errs[i] = fmt.Errorf("send mail %s: %w", m.Key, d.err)
		}
	}
	return errs
}

func (o *Outbox) sendRows(ctx context.Context, id Identity, rows []sending, byKey map[string]*delivery) {
	fail := func(err error) {
		for _, r := range rows {
			byKey[r.Key].err = err
		}
	}
	var ours map[string]sending
	var others map[string]Outcome
	err := o.db.InTx(ctx, func(ctx context.Context, tx db.Tx) (err error) {
		ours, others, err = claim(ctx, tx, rows, rows[0].ReleasedAt.Add(-lease))
		if err != nil {
			return err
		}
		stopped, err := takeStopped(ctx, tx, ours)
		if err != nil {
			return err
		}
		return conclude(ctx, tx, stopped, Suppressed, time.Time{})
	})
	if err != nil {
		fail(err)
		return
	}
	for key, state := range others {
		switch state {
		case Released:
			byKey[key].err = fault.New(fault.Unavailable, "The mail is being sent by another process.")
		case Refused:
			byKey[key].err = fault.New(fault.Invalid, "The mail was refused by its receiver.")
		}
	}
	// On PostgreSQL an opt-out may have committed while our transaction ran, unseen by it. Every opt-out that committed
	// before our release did is seen now, so no mail leaves whose release is younger than the opt-out.
	if err := o.stopLate(ctx, ours); err != nil {
		fail(err)
		return
	}
	o.deliver(ctx, id, ours, byKey)
	if err := o.record(ctx, ours, byKey); err != nil {
		fail(err)
	}
}

func (o *Outbox) stopLate(ctx context.Context, ours map[string]sending) error {
	stopped, err := takeStopped(ctx, o.db, ours)
	if err != nil || len(stopped) == 0 {
		return err
	}
	return o.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		return conclude(ctx, tx, stopped, Suppressed, time.Time{})
	})
}

// takeStopped takes the mails that the stop list forbids out of ours and returns their keys.
func takeStopped(ctx context.Context, idb bun.IDB, ours map[string]sending) ([]string, error) {
	var blinds []string
	for _, r := range ours {
		blinds = append(blinds, r.ToBlind)
	}
	found, err := entries(ctx, idb, blinds)
	if err != nil {
		return nil, fmt.Errorf("look into the stop list: %w", err)
	}
	var keys []string
	for key, r := range ours {
		if stops(found[r.ToBlind], r.Stream, r.Scope) {
			keys = append(keys, key)
			delete(ours, key)
		}
	}
	slices.Sort(keys)
	return keys, nil
}

// row checks a message and makes its row. What it refuses can never be sent, but for the missing postal address, which
// somebody will add.
func (o *Outbox) row(m Message, id Identity, at time.Time) (sending, error) {
	if m.Key == "" || m.View == nil {
		return sending{}, fault.New(fault.Invalid, "A mail needs a key and a view.")
	}
	email, err := bare(m.To.Email)
	if err != nil {
		return sending{}, fmt.Errorf("mail %s: %w", m.Key, err)
	}
	marketing := m.Stream() == Marketing
	if (marketing || m.UnsubscribeURL != "") && !webAddress(m.UnsubscribeURL) {
		return sending{}, fmt.Errorf("mail %s: %w", m.Key, fault.New(fault.Invalid, "The mail has no proper link to unsubscribe."))
	}
	if marketing && strings.TrimSpace(id.PostalAddress) == "" {
		return sending{}, fmt.Errorf("mail %s: %w", m.Key, fault.New(fault.Unavailable, "Marketing is not sent without a postal address: set GOODWORD_POSTAL_ADDRESS."))
	}
	return sending{
		Key: m.Key, Template: m.Template(), Stream: m.Stream(), Scope: m.Scope, ToBlind: o.stop.Blind(email),
		MessageID: o.keys.Blind("message-id", m.Key)[:32] + "@" + domain(id.FromEmail), State: Released, Tries: 1, ReleasedAt: at,
	}, nil
}

// webAddress reports whether s is an absolute link that fits into a header as it is.
func webAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http") && !strings.ContainsAny(s, "<>, \"")
}

// domain returns what stands behind the @; "localhost" for an address without one.
func domain(email string) string {
	if _, d, ok := strings.Cut(email, "@"); ok && d != "" {
		return strings.ToLower(d)
	}
	return "localhost"
}

// deliver renders and hands over every mail that is ours, as many at a time as the transport takes.
func (o *Outbox) deliver(ctx context.Context, id Identity, ours map[string]sending, byKey map[string]*delivery) {
	ctx, cancel := context.WithTimeout(ctx, budget)
	defer cancel()
	work := make(chan *delivery)
	var wg sync.WaitGroup
	for range min(o.transport.Connections(), len(ours)) {
		wg.Go(func() {
			for d := range work {
				d.refused, d.err = o.deliverOne(ctx, id, d)
			}
		})
	}
	for key, row := range ours {
		d := byKey[key]
		d.row = row
		work <- d
	}
	close(work)
	wg.Wait()
}

func (o *Outbox) deliverOne(ctx context.Context, id Identity, d *delivery) (*refusal, error) {
	if ctx.Err() != nil {
		return nil, fault.Wrap(fault.Unavailable, "There was no time left to send the mail.", ctx.Err())
	}
	rendered, err := o.renderer.Render(d.message, id)
	if err != nil {
		return nil, err
	}
	l, err := newLetter(d.message, id, rendered, d.row.MessageID, o.now().UTC())
	if err != nil {
		return nil, err
	}
	return classify(o.transport.Deliver(ctx, l))
}

// record writes down what became of the mails that were ours. It goes on when ctx has ended, because what was sent must
// not be sent again.
func (o *Outbox) record(ctx context.Context, ours map[string]sending, byKey map[string]*delivery) error {
	if len(ours) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 15*time.Second)
	defer cancel()
	var sent []string
	keys := make([]string, 0, len(ours))
	for key := range ours {
		keys = append(keys, key)
		if byKey[key].err == nil {
			sent = append(sent, key)
		}
	}
	slices.Sort(keys)
	slices.Sort(sent)
	return o.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		if err := conclude(ctx, tx, sent, Sent, o.now().UTC().Truncate(time.Microsecond)); err != nil {
			return err
		}
		for _, key := range keys {
			d := byKey[key]
			if d.err == nil {
				continue
			}
			state, answer := Released, string(fault.CodeOf(d.err))
			if d.refused != nil {
				answer = d.refused.String()
			}
			if fault.Is(d.err, fault.Invalid) {
				state = Refused
			}
			if err := failed(ctx, tx, key, state, answer); err != nil {
				return err
			}
			if d.refused != nil && d.refused.noMailbox() {
				e := entry{Blind: d.row.ToBlind, Scope: All, Reason: Bounced, CreatedAt: o.now().UTC().Truncate(time.Microsecond)}
				if err := suppress(ctx, tx, e); err != nil {
					return err
				}
			}
		}
		return nil
	})
}
