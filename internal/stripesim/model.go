package stripesim

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"
)

// text is a string that Stripe writes as null while it is empty: a reference or an optional word.
type text string

// MarshalJSON writes null for the empty string.
func (t text) MarshalJSON() ([]byte, error) {
	if t == "" {
		return []byte("null"), nil
	}
	return json.Marshal(string(t))
}

// hundredths is a percentage in hundredths of a percent, which Stripe writes as a decimal: 2550 is 25.5.
type hundredths int64

// MarshalJSON writes the decimal, and null for nothing.
func (h hundredths) MarshalJSON() ([]byte, error) {
	if h == 0 {
		return []byte("null"), nil
	}
	whole := strings.TrimRight(fmt.Sprintf("%d.%02d", h/100, h%100), "0")
	return []byte(strings.TrimSuffix(whole, ".")), nil
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (h *hundredths) UnmarshalJSON(raw []byte) error {
	if string(raw) == "null" {
		return nil
	}
	parsed, err := parseHundredths(string(raw))
	*h = parsed
	return err
}

func parseHundredths(decimal string) (hundredths, error) {
	whole, fraction, _ := strings.Cut(decimal, ".")
	if len(fraction) > 2 {
		if strings.Trim(fraction[2:], "0") != "" {
			return 0, fmt.Errorf("more than two decimals in %q", decimal)
		}
		fraction = fraction[:2]
	}
	n, err := strconv.ParseInt(whole+fraction+strings.Repeat("0", 2-len(fraction)), 10, 64)
	return hundredths(n), err
}

// counter feeds the ids. It is a row, so that a stand-in that starts again goes on counting.
type counter struct {
	N int64 `json:"n"`
}

// purse is the money of one party: the platform, a connected account, or a customer's invoice credit
// (negative = credit, as Stripe counts it).
type purse struct {
	Minor map[string]int64 `json:"minor"`
}

const platform = "platform"

// model is Stripe's state. It has no lock of its own; Server holds one around every use. An operation
// first reads and checks everything, and only then changes anything, because nothing is rolled back.
type model struct {
	clock    func() time.Time
	seed     int64
	account  string
	livemode bool
	startsAt map[string]int64
	dice     *dice
	cause    cause
	muted    map[string]bool
	open     []string // ids of deliveries not yet done, oldest first
	byCode   map[string][]string

	log        *journal
	counter    *table[counter]
	purses     *table[purse]
	customers  *table[customer]
	credits    *table[creditEntry]
	coupons    *table[coupon]
	promotions *table[promotionCode]
	discounts  *table[discount]
	accounts   *table[connected]
	transfers  *table[transfer]
	payouts    *table[payout]
	movements  *table[movement]
	charges    *table[charge]
	refunds    *table[refund]
	intents    *table[paymentIntent]
	invoices   *table[invoice]
	sessions   *table[session]
	disputes   *table[dispute]
	events     *table[Event]
	deliveries *table[delivery]
	keys       *table[remembered]
	late       *table[lateCall]
}

// cause is the API request that an event goes back to; empty when the outside world acted.
type cause struct{ requestID, key string }

func newModel(o Options) *model {
	log := newJournal()
	return &model{
		clock: o.Clock, seed: o.Seed, account: o.AccountID, livemode: o.Livemode, startsAt: o.Balance,
		dice: newDice(o.Seed, o.Faults), muted: map[string]bool{}, byCode: map[string][]string{}, log: log,
		counter:    newTable[counter](log, "counter"),
		purses:     newTable[purse](log, "purse"),
		customers:  newTable[customer](log, "customer"),
		credits:    newTable[creditEntry](log, "customer_balance_transaction"),
		coupons:    newTable[coupon](log, "coupon"),
		promotions: newTable[promotionCode](log, "promotion_code"),
		discounts:  newTable[discount](log, "discount"),
		accounts:   newTable[connected](log, "account"),
		transfers:  newTable[transfer](log, "transfer"),
		payouts:    newTable[payout](log, "payout"),
		movements:  newTable[movement](log, "balance_transaction"),
		charges:    newTable[charge](log, "charge"),
		refunds:    newTable[refund](log, "refund"),
		intents:    newTable[paymentIntent](log, "payment_intent"),
		invoices:   newTable[invoice](log, "invoice"),
		sessions:   newTable[session](log, "checkout.session"),
		disputes:   newTable[dispute](log, "dispute"),
		events:     newTable[Event](log, "event"),
		deliveries: newTable[delivery](log, "delivery"),
		keys:       newTable[remembered](log, "idempotency_key"),
		late:       newTable[lateCall](log, "late_call"),
	}
}

// restore builds what is derived from the rows after the record was read.
func (m *model) restore() {
	for id, d := range m.deliveries.oldest {
		if !d.Done {
			m.open = append(m.open, id)
		}
	}
	for id, p := range m.promotions.oldest {
		m.byCode[strings.ToLower(p.Code)] = append(m.byCode[strings.ToLower(p.Code)], id)
	}
}

func (m *model) now() time.Time { return m.clock().UTC() }

func (m *model) unix() int64 { return m.clock().Unix() }

// next counts up once per thing made.
func (m *model) next() int64 {
	c, ok := m.counter.get("n")
	if !ok {
		c = &counter{}
	}
	c.N++
	m.counter.put("n", c)
	return c.N
}

// id makes an id that looks like Stripe's and depends on the seed and the count only.
func (m *model) id(prefix string) string {
	var seeded [16]byte
	binary.BigEndian.PutUint64(seeded[:8], uint64(m.seed))
	binary.BigEndian.PutUint64(seeded[8:], uint64(m.next()))
	sum := sha256.Sum256(seeded[:])
	return prefix + new(big.Int).SetBytes(sum[:16]).Text(62)
}

// funds returns what a party holds. The platform starts with Options.Balance in every currency it names,
// and with ten million in others when it names none.
func (m *model) funds(owner, currency string) int64 {
	if p, ok := m.purses.get(owner); ok {
		if minor, ok := p.Minor[currency]; ok {
			return minor
		}
	}
	if owner != platform {
		return 0
	}
	if m.startsAt == nil {
		return 10_000_000_00
	}
	return m.startsAt[currency]
}

func (m *model) setFunds(owner, currency string, minor int64) {
	p, ok := m.purses.get(owner)
	if !ok {
		p = &purse{Minor: map[string]int64{}}
	}
	p.Minor[currency] = minor
	m.purses.put(owner, p)
}

func (m *model) addFunds(owner, currency string, minor int64) {
	m.setFunds(owner, currency, m.funds(owner, currency)+minor)
}

// currencies lists what the platform has ever held, in alphabetical order.
func (m *model) currencies() []string {
	seen := map[string]int64{}
	maps.Copy(seen, m.startsAt)
	if p, ok := m.purses.get(platform); ok {
		maps.Copy(seen, p.Minor)
	}
	if len(seen) == 0 {
		seen["eur"] = 0
	}
	return slices.Sorted(maps.Keys(seen))
}

// object is the JSON of an object as it is at this moment. The stand-in's own structs always encode.
func object(row any) json.RawMessage {
	raw, err := json.Marshal(row)
	if err != nil {
		panic(fmt.Sprintf("stripesim: encode %T: %v", row, err))
	}
	return raw
}

// changedFields returns the old values of the top-level members that differ: Stripe's previous_attributes.
func changedFields(before, after json.RawMessage) json.RawMessage {
	if before == nil {
		return nil
	}
	var old, now map[string]json.RawMessage
	if json.Unmarshal(before, &old) != nil || json.Unmarshal(after, &now) != nil {
		return nil
	}
	previous := map[string]json.RawMessage{}
	for name, value := range old {
		if !bytes.Equal(value, now[name]) {
			previous[name] = value
		}
	}
	return object(previous)
}

// list is Stripe's list envelope.
type list struct {
	Object  string `json:"object"`
	Data    []any  `json:"data"`
	HasMore bool   `json:"has_more"`
	URL     string `json:"url"`
}

// listOf answers a list request: newest first, limit, starting_after, ending_before and the created
// filter. The lists are strongly consistent, as Stripe's are. created tells a row's second.
func listOf[T any](c *call, t *table[T], created func(*T) int64, keep func(*T) bool) (any, error) {
	limit := int64(10)
	if n := c.form.positive("limit"); n != nil {
		limit = *n
	}
	if limit > 100 {
		c.form.fail(invalid("limit", "Limit must be at most 100."))
	}
	after, before := c.form.text("starting_after"), c.form.text("ending_before")
	inRange := createdRange(c.form)
	if err := c.form.check(); err != nil {
		return nil, err
	}
	for param, id := range map[string]string{"starting_after": after, "ending_before": before} {
		if _, ok := t.get(id); id != "" && !ok {
			return nil, unknownReference(t.kind, param, id)
		}
	}
	out := list{Object: "list", Data: []any{}, URL: c.url}
	started := after == ""
	for id, row := range t.newest {
		if id == before {
			// The page before a row ends right above it: of all that was newer, the last ones are wanted.
			if extra := int64(len(out.Data)) - limit; extra > 0 {
				out.Data, out.HasMore = out.Data[extra:], true
			}
			return out, nil
		}
		if started && keep(row) && inRange(created(row)) {
			if before == "" && int64(len(out.Data)) == limit {
				out.HasMore = true
				return out, nil
			}
			out.Data = append(out.Data, row)
		}
		started = started || id == after
	}
	return out, nil
}

func createdRange(f *form) func(int64) bool {
	exact, gt, gte := f.integer("created"), f.integer("created[gt]"), f.integer("created[gte]")
	lt, lte := f.integer("created[lt]"), f.integer("created[lte]")
	return func(at int64) bool {
		return (exact == nil || at == *exact) && (gt == nil || at > *gt) && (gte == nil || at >= *gte) &&
			(lt == nil || at < *lt) && (lte == nil || at <= *lte)
	}
}
