package stripesim

import (
	"fmt"
	"strings"
	"time"
)

// customer is Stripe's Customer.
type customer struct {
	ID               string            `json:"id"`
	Object           string            `json:"object"`
	Address          *address          `json:"address"`
	Balance          int64             `json:"balance"`
	Created          int64             `json:"created"`
	Currency         text              `json:"currency"`
	DefaultSource    text              `json:"default_source"`
	Delinquent       bool              `json:"delinquent"`
	Description      text              `json:"description"`
	Discount         *discount         `json:"discount"`
	Email            text              `json:"email"`
	InvoicePrefix    string            `json:"invoice_prefix"`
	InvoiceSequence  int64             `json:"next_invoice_sequence"`
	Livemode         bool              `json:"livemode"`
	Metadata         map[string]string `json:"metadata"`
	Name             text              `json:"name"`
	Phone            text              `json:"phone"`
	PreferredLocales []string          `json:"preferred_locales"`
	TaxExempt        string            `json:"tax_exempt"`
}

// address is the country of a customer; the stand-in has no use for the rest.
type address struct {
	Country text `json:"country"`
}

// creditEntry is Stripe's CustomerBalanceTransaction: a negative amount is credit for the next invoices.
type creditEntry struct {
	ID            string            `json:"id"`
	Object        string            `json:"object"`
	Amount        int64             `json:"amount"`
	Created       int64             `json:"created"`
	CreditNote    text              `json:"credit_note"`
	Currency      string            `json:"currency"`
	Customer      string            `json:"customer"`
	Description   text              `json:"description"`
	EndingBalance int64             `json:"ending_balance"`
	Invoice       text              `json:"invoice"`
	Livemode      bool              `json:"livemode"`
	Metadata      map[string]string `json:"metadata"`
	Type          string            `json:"type"`
}

// deleted is what Stripe answers for an object that is gone.
type deleted struct {
	ID      string `json:"id"`
	Object  string `json:"object"`
	Deleted bool   `json:"deleted"`
}

func (m *model) customerByID(id string) (*customer, error) {
	row, ok := m.customers.get(id)
	if !ok {
		return nil, absent("customer", id)
	}
	return row, nil
}

// customerWords reads the parameters that creating and updating a customer share.
func customerWords(c *call, row *customer) {
	for key, field := range map[string]*text{"email": &row.Email, "name": &row.Name, "phone": &row.Phone, "description": &row.Description} {
		if c.form.given(key) {
			*field = text(c.form.text(key))
		}
	}
	if c.form.given("address[country]") {
		row.Address = &address{Country: text(c.form.text("address[country]"))}
	}
	row.Metadata = c.form.metadata(row.Metadata)
	c.form.accept("address", "shipping", "preferred_locales", "tax", "invoice_settings", "tax_exempt")
}

func createCustomer(m *model, c *call) (any, error) {
	row := &customer{}
	customerWords(c, row)
	if err := c.form.check(); err != nil {
		return nil, err
	}
	return m.addCustomer(row), nil
}

func (m *model) addCustomer(row *customer) *customer {
	row.ID, row.Object, row.Created, row.Livemode = m.id("cus_"), "customer", m.unix(), m.livemode
	row.InvoicePrefix = strings.ToUpper(row.ID[len(row.ID)-7:])
	row.InvoiceSequence, row.PreferredLocales, row.TaxExempt = 1, []string{}, "none"
	if row.Metadata == nil {
		row.Metadata = map[string]string{}
	}
	m.customers.put(row.ID, row)
	m.emit("customer.created", row, nil)
	return row
}

func getCustomer(m *model, c *call) (any, error) { return m.customerByID(c.path["id"]) }

func updateCustomer(m *model, c *call) (any, error) {
	row, err := m.customerByID(c.path["id"])
	if err != nil {
		return nil, err
	}
	changed := *row
	customerWords(c, &changed)
	if err := c.form.check(); err != nil {
		return nil, err
	}
	before := object(row)
	*row = changed
	m.customers.put(row.ID, row)
	m.emit("customer.updated", row, before)
	return row, nil
}

func deleteCustomer(m *model, c *call) (any, error) {
	row, err := m.customerByID(c.path["id"])
	if err != nil {
		return nil, err
	}
	m.customers.drop(row.ID)
	m.emit("customer.deleted", row, nil)
	return deleted{ID: row.ID, Object: "customer", Deleted: true}, nil
}

func listCustomers(m *model, c *call) (any, error) {
	email := c.form.text("email")
	return listOf(c, m.customers, func(r *customer) int64 { return r.Created }, func(r *customer) bool {
		return email == "" || string(r.Email) == email
	})
}

// searchLag is how far Search is behind the truth here: long enough that code which looks up what it has
// just made through Search fails every time.
const searchLag = time.Hour

// searchCustomers understands one term: email:'…', name:'…' or metadata['…']:'…'.
func searchCustomers(m *model, c *call) (any, error) {
	query := c.form.required("query")
	c.form.accept("limit", "page")
	if err := c.form.check(); err != nil {
		return nil, err
	}
	field, value, ok := strings.Cut(query, ":")
	if !ok {
		return nil, invalid("query", "We were unable to parse your search query.")
	}
	field, value = strings.TrimSpace(field), strings.Trim(strings.TrimSpace(value), `'"`)
	found := []any{}
	for _, row := range m.customers.newest {
		actual, known := string(row.Email), field == "email"
		if field == "name" {
			actual, known = string(row.Name), true
		}
		if name, isMetadata := strings.CutPrefix(field, "metadata["); isMetadata {
			actual, known = row.Metadata[strings.Trim(name, `'"]`)], true
		}
		if !known {
			return nil, invalid("query", fmt.Sprintf("Field `%s` is an unsupported search field.", field))
		}
		if actual == value && m.unix()-row.Created >= int64(searchLag.Seconds()) {
			found = append(found, row)
		}
	}
	return struct {
		list
		TotalCount int `json:"total_count"`
	}{list{Object: "search_result", Data: found, URL: c.url}, len(found)}, nil
}

func createCredit(m *model, c *call) (any, error) {
	owner, err := m.customerByID(c.path["id"])
	if err != nil {
		return nil, err
	}
	amount, currency := c.form.integer("amount"), c.form.currency()
	entry := &creditEntry{Description: text(c.form.text("description")), Metadata: c.form.metadata(nil)}
	if amount == nil {
		c.form.fail(missing("amount"))
	}
	if err := c.form.check(); err != nil {
		return nil, err
	}
	entry.Amount, entry.Currency, entry.Type = *amount, currency, "adjustment"
	return m.addCredit(owner, entry), nil
}

// addCredit moves a customer's invoice credit and tells it as customer.updated.
func (m *model) addCredit(owner *customer, entry *creditEntry) *creditEntry {
	before := object(owner)
	m.addFunds(owner.ID, entry.Currency, entry.Amount)
	if owner.Currency == "" {
		owner.Currency = text(entry.Currency)
	}
	owner.Balance = m.funds(owner.ID, string(owner.Currency))
	m.customers.put(owner.ID, owner)
	entry.ID, entry.Object, entry.Created, entry.Livemode = m.id("cbtxn_"), "customer_balance_transaction", m.unix(), m.livemode
	entry.Customer, entry.EndingBalance = owner.ID, m.funds(owner.ID, entry.Currency)
	if entry.Metadata == nil {
		entry.Metadata = map[string]string{}
	}
	m.credits.put(entry.ID, entry)
	m.emit("customer.updated", owner, before)
	return entry
}

func getCredit(m *model, c *call) (any, error) {
	row, ok := m.credits.get(c.path["entry"])
	if !ok || row.Customer != c.path["id"] {
		return nil, absent("customer_balance_transaction", c.path["entry"])
	}
	return row, nil
}

func updateCredit(m *model, c *call) (any, error) {
	row, ok := m.credits.get(c.path["entry"])
	if !ok || row.Customer != c.path["id"] {
		return nil, absent("customer_balance_transaction", c.path["entry"])
	}
	description, metadata := c.form.text("description"), c.form.metadata(row.Metadata)
	if err := c.form.check(); err != nil {
		return nil, err
	}
	if description != "" {
		row.Description = text(description)
	}
	row.Metadata = metadata
	m.credits.put(row.ID, row)
	return row, nil
}

func listCredits(m *model, c *call) (any, error) {
	owner, err := m.customerByID(c.path["id"])
	if err != nil {
		return nil, err
	}
	return listOf(c, m.credits, func(r *creditEntry) int64 { return r.Created }, func(r *creditEntry) bool {
		return r.Customer == owner.ID
	})
}
