package stripesim

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Request is one call to /v1 as the stand-in saw it.
type Request struct {
	ID       string     `json:"id"`
	At       time.Time  `json:"at"` // by the stand-in's clock
	Method   string     `json:"method"`
	Path     string     `json:"path"`
	Key      string     `json:"key"`  // Idempotency-Key
	Hash     string     `json:"hash"` // of the parameters, in any order
	Params   url.Values `json:"params"`
	Status   int        `json:"status"` // also when the answer got lost; 0 if the call never arrived, and to OnRequest
	Replayed bool       `json:"replayed"`
	Fault    FaultKind  `json:"fault"`

	holds string // the idempotency key that this call keeps in use
}

// Violation is something that an application must not do, found while it did it.
type Violation struct {
	Request Request `json:"request"`
	Reason  string  `json:"reason"`
}

// Effect is one thing of value that exists at Stripe: a transfer, a promotion code, a customer's credit.
type Effect struct {
	Kind        string            `json:"kind"` // Stripe's object name: transfer, promotion_code, customer_balance_transaction
	ID          string            `json:"id"`
	AmountMinor int64             `json:"amount_minor"` // in the payee's favour; negative for a credit taken back, 0 for a percent code
	Currency    string            `json:"currency"`     // in lower case
	Payee       string            `json:"payee"`        // account or customer; empty for a code that is bound to nobody
	BackMinor   int64             `json:"back_minor"`   // reversed since
	Active      bool              `json:"active"`       // a code that can still be used; true for the others
	Redeemed    int64             `json:"redeemed"`     // times that a code was used
	Created     time.Time         `json:"created"`
	Metadata    map[string]string `json:"metadata"`
}

// Payee is a connected account.
type Payee struct {
	ID       string            `json:"id"`
	Started  bool              `json:"started"`  // its details were given
	Able     bool              `json:"able"`     // it takes transfers
	PaidOut  bool              `json:"paid_out"` // Stripe pays out to its bank
	Metadata map[string]string `json:"metadata"`
}

// Payees returns the connected accounts, newest first.
func (s *Server) Payees() []Payee {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := []Payee{}
	for _, a := range s.model.accounts.newest {
		out = append(out, Payee{ID: a.ID, Started: a.DetailsSubmitted, Able: a.Capabilities["transfers"] == capable, PaidOut: a.PayoutsEnabled,
			Metadata: copied(a.Metadata)})
	}
	return out
}

// PayoutKey is the metadata key by which Effects knows what the application has paid.
const PayoutKey = "payout_id"

// Effects returns everything of value that carries metadata.payout_id, oldest first of each kind. This, not
// the application's database, says what has been paid.
func (s *Server) Effects() []Effect {
	return s.effects(func(metadata map[string]string) bool { _, ok := metadata[PayoutKey]; return ok })
}

// EffectsBy returns everything of value whose metadata has this value under this key.
func (s *Server) EffectsBy(key, value string) []Effect {
	return s.effects(func(metadata map[string]string) bool { v, ok := metadata[key]; return ok && v == value })
}

func (s *Server) effects(keep func(map[string]string) bool) []Effect {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.model.effects(keep)
}

func (m *model) effects(keep func(map[string]string) bool) []Effect {
	out := []Effect{}
	for _, t := range m.transfers.oldest {
		if keep(t.Metadata) {
			out = append(out, Effect{Kind: t.Object, ID: t.ID, AmountMinor: t.Amount, Currency: t.Currency, Payee: t.Destination,
				BackMinor: t.AmountReversed, Active: true, Created: at(t.Created), Metadata: copied(t.Metadata)})
		}
	}
	for _, p := range m.promotions.oldest {
		if keep(p.Metadata) {
			e := Effect{Kind: p.Object, ID: p.ID, Currency: string(p.Coupon.Currency), Payee: string(p.Customer), Active: m.refresh(p).Active,
				Redeemed: p.TimesRedeemed, Created: at(p.Created), Metadata: copied(p.Metadata)}
			if p.Coupon.AmountOff != nil {
				e.AmountMinor = *p.Coupon.AmountOff
			}
			out = append(out, e)
		}
	}
	for _, c := range m.credits.oldest {
		if keep(c.Metadata) {
			out = append(out, Effect{Kind: c.Object, ID: c.ID, AmountMinor: -c.Amount, Currency: c.Currency, Payee: c.Customer, Active: true,
				Created: at(c.Created), Metadata: copied(c.Metadata)})
		}
	}
	return out
}

func at(unix int64) time.Time { return time.Unix(unix, 0).UTC() }

// Requests returns all calls to /v1 in the order of their arrival; late executions stand where they happened.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Request, len(s.requests))
	for i, r := range s.requests {
		out[i] = *r
	}
	return out
}

// Violations returns what the application did wrong: a POST without a key, a key with other parameters or
// for another endpoint, and whatever Options.OnRequest objected to. A call that the hook objects to is not
// executed and is answered 500. A money test that uses the hook checks that this is empty.
func (s *Server) Violations() []Violation {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.violations)
}

// record notes a call when it arrives.
func (s *Server) record(in incoming) *Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	note := &Request{ID: s.model.id("req_"), At: s.model.now(), Method: in.method, Path: in.path, Key: in.key, Hash: in.hash(), Params: in.values}
	s.requests = append(s.requests, note)
	if in.method == "POST" && in.key == "" {
		s.violate(note, "POST without an idempotency key")
	}
	return note
}

// violate is called with the lock held.
func (s *Server) violate(note *Request, reason string) {
	s.violations = append(s.violations, Violation{Request: *note, Reason: reason})
}

func (s *Server) refuse(in incoming, objection error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.violate(in.note, objection.Error())
}

// Payment is one charge with what became of it, for people and for a test that wants to refund one.
type Payment struct {
	ChargeID      string    `json:"charge_id"`
	InvoiceID     string    `json:"invoice_id"`
	CustomerID    string    `json:"customer_id"`
	Email         string    `json:"email"`
	Description   string    `json:"description"`
	Currency      string    `json:"currency"`
	AmountMinor   int64     `json:"amount_minor"`
	RefundedMinor int64     `json:"refunded_minor"`
	DisputeID     string    `json:"dispute_id"` // of its last dispute, if it had one
	DisputeStatus string    `json:"dispute_status"`
	At            time.Time `json:"at"`
}

// Payments returns all charges, newest first.
func (s *Server) Payments() []Payment {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.model.payments()
}

func (m *model) payments() []Payment {
	disputes := map[string]*dispute{}
	for _, d := range m.disputes.oldest {
		disputes[d.Charge] = d
	}
	out := []Payment{}
	for _, c := range m.charges.newest {
		p := Payment{ChargeID: c.ID, InvoiceID: string(c.Invoice), CustomerID: string(c.Customer), Email: string(c.ReceiptEmail),
			Description: string(c.Description), Currency: c.Currency, AmountMinor: c.Amount, RefundedMinor: c.AmountRefunded, At: at(c.Created)}
		if d, ok := disputes[c.ID]; ok {
			p.DisputeID, p.DisputeStatus = d.ID, d.Status
		}
		out = append(out, p)
	}
	return out
}

// State is what the stand-in knows, for a person to look at: Stripe's objects newest first, the last 100
// events and requests.
type State struct {
	Now            time.Time         `json:"now"`
	Balance        map[string]int64  `json:"balance"`
	Pending        int               `json:"pending_deliveries"`
	LateCalls      int               `json:"late_calls"`
	Effects        []Effect          `json:"effects"`
	Payments       []Payment         `json:"payments"`
	Customers      []json.RawMessage `json:"customers"`
	Credits        []json.RawMessage `json:"customer_balance_transactions"`
	Coupons        []json.RawMessage `json:"coupons"`
	PromotionCodes []json.RawMessage `json:"promotion_codes"`
	Accounts       []json.RawMessage `json:"accounts"`
	Transfers      []json.RawMessage `json:"transfers"`
	Invoices       []json.RawMessage `json:"invoices"`
	Sessions       []json.RawMessage `json:"checkout_sessions"`
	Disputes       []json.RawMessage `json:"disputes"`
	Events         []Event           `json:"events"`
	Requests       []Request         `json:"requests"`
	Violations     []Violation       `json:"violations"`
}

// Dump returns the state of this moment.
func (s *Server) Dump() State {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.model
	out := State{Now: m.now(), Balance: map[string]int64{}, Pending: len(m.open), LateCalls: len(m.late.rows),
		Effects: m.effects(func(md map[string]string) bool { return md[PayoutKey] != "" }), Payments: m.payments(),
		Customers: rows(m.customers), Credits: rows(m.credits), Coupons: rows(m.coupons), PromotionCodes: rows(m.promotions),
		Accounts: rows(m.accounts), Transfers: rows(m.transfers), Invoices: rows(m.invoices), Sessions: rows(m.sessions),
		Disputes: rows(m.disputes), Events: []Event{}, Requests: []Request{}, Violations: slices.Clone(s.violations)}
	for _, currency := range m.currencies() {
		out.Balance[strings.ToUpper(currency)] = m.funds(platform, currency)
	}
	for _, e := range m.events.newest {
		if len(out.Events) == 100 {
			break
		}
		out.Events = append(out.Events, *e)
	}
	for _, r := range s.requests[max(0, len(s.requests)-100):] {
		out.Requests = append(out.Requests, *r)
	}
	slices.Reverse(out.Requests)
	return out
}

func rows[T any](t *table[T]) []json.RawMessage {
	out := []json.RawMessage{}
	for _, row := range t.newest {
		out = append(out, object(row))
	}
	return out
}
