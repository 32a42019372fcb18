package stripesim

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// Event is Stripe's Event: what happened, with the object as it was right then.
type Event struct {
	ID              string       `json:"id"`
	Object          string       `json:"object"`
	Account         string       `json:"account,omitempty"`
	APIVersion      string       `json:"api_version"`
	Created         int64        `json:"created"`
	Data            EventData    `json:"data"`
	Livemode        bool         `json:"livemode"`
	PendingWebhooks int64        `json:"pending_webhooks"`
	Request         EventRequest `json:"request"`
	Type            string       `json:"type"`
}

// EventData is Event.data. PreviousAttributes holds the old values of what an update changed.
type EventData struct {
	Object             json.RawMessage `json:"object"`
	PreviousAttributes json.RawMessage `json:"previous_attributes,omitempty"`
}

// EventRequest is Event.request: the API call behind the event, null when there was none.
type EventRequest struct {
	ID             text `json:"id"`
	IdempotencyKey text `json:"idempotency_key"`
}

// eventsKept is how long Stripe's event list reaches back.
const eventsKept = 30 * 24 * time.Hour

// emit records that something happened on the platform's account. before is the object's old JSON for an
// update, nil for something new.
func (m *model) emit(kind string, row any, before json.RawMessage) { m.emitFor("", kind, row, before) }

// emitFor records an event of a connected account; for the platform itself account is empty.
func (m *model) emitFor(account, kind string, row any, before json.RawMessage) {
	if m.muted[kind] || m.dice.webhook(m.next(), "never") {
		return
	}
	now := object(row)
	m.send(&Event{Account: account, Type: kind, Data: EventData{Object: now, PreviousAttributes: changedFields(before, now)},
		Request: EventRequest{ID: text(m.cause.requestID), IdempotencyKey: text(m.cause.key)}})
}

// send stores an event and queues its deliveries as the fault plan has it.
func (m *model) send(e *Event) {
	e.ID, e.Object, e.APIVersion, e.Created, e.Livemode = m.id("evt_"), "event", APIVersion, m.unix(), m.livemode
	e.PendingWebhooks = 1
	m.events.put(e.ID, e)
	if m.dice.webhook(m.next(), "lost") {
		return
	}
	due := m.now().Add(m.dice.delay(m.next()))
	m.queue(delivery{EventID: e.ID, NotBefore: due})
	if m.dice.webhook(m.next(), "twice") {
		m.queue(delivery{EventID: e.ID, NotBefore: due.Add(m.dice.delay(m.next()))})
	}
	number := m.next()
	if m.dice.webhook(number, "twin") {
		m.queue(delivery{EventID: m.twin(e), NotBefore: due})
	}
	if m.dice.webhook(number, "foreign") {
		m.queue(delivery{EventID: e.ID, Oddity: OddAccount, NotBefore: due})
	}
	if m.dice.webhook(number, "mode") {
		m.queue(delivery{EventID: e.ID, Oddity: OddLivemode, NotBefore: due})
	}
}

// twin stores a second event about the same fact, as Stripe sometimes does, and returns its id.
func (m *model) twin(e *Event) string {
	other := *e
	other.ID = m.id("evt_")
	m.events.put(other.ID, &other)
	return other.ID
}

func getEvent(m *model, c *call) (any, error) {
	row, ok := m.events.get(c.path["id"])
	if !ok || !m.kept(row) {
		return nil, absent("event", c.path["id"])
	}
	return row, nil
}

func (m *model) kept(row *Event) bool { return m.unix()-row.Created < int64(eventsKept.Seconds()) }

func listEvents(m *model, c *call) (any, error) {
	kind, byDelivery, delivered := c.form.text("type"), c.form.given("delivery_success"), c.form.boolean("delivery_success")
	var kinds []string
	for key, values := range c.form.values {
		if strings.HasPrefix(key, "types[") {
			kinds = append(kinds, values[0])
		}
	}
	c.form.accept("types")
	return listOf(c, m.events, func(r *Event) int64 { return r.Created }, func(r *Event) bool {
		return m.kept(r) && (kind == "" || r.Type == kind) && (kinds == nil || slices.Contains(kinds, r.Type)) &&
			(!byDelivery || delivered == (r.PendingWebhooks == 0))
	})
}
