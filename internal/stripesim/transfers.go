package stripesim

import "fmt"

// transfer is Stripe's Transfer.
type transfer struct {
	ID                 string            `json:"id"`
	Object             string            `json:"object"`
	Amount             int64             `json:"amount"`
	AmountReversed     int64             `json:"amount_reversed"`
	BalanceTransaction text              `json:"balance_transaction"`
	Created            int64             `json:"created"`
	Currency           string            `json:"currency"`
	Description        text              `json:"description"`
	Destination        string            `json:"destination"`
	DestinationPayment text              `json:"destination_payment"`
	Livemode           bool              `json:"livemode"`
	Metadata           map[string]string `json:"metadata"`
	Reversals          reversals         `json:"reversals"`
	Reversed           bool              `json:"reversed"`
	SourceTransaction  text              `json:"source_transaction"`
	SourceType         string            `json:"source_type"`
	TransferGroup      text              `json:"transfer_group"`
}

// reversals is the list inside a Transfer, newest first.
type reversals struct {
	Object  string     `json:"object"`
	Data    []reversal `json:"data"`
	HasMore bool       `json:"has_more"`
	URL     string     `json:"url"`
}

// reversal is Stripe's TransferReversal.
type reversal struct {
	ID                       string            `json:"id"`
	Object                   string            `json:"object"`
	Amount                   int64             `json:"amount"`
	BalanceTransaction       text              `json:"balance_transaction"`
	Created                  int64             `json:"created"`
	Currency                 string            `json:"currency"`
	DestinationPaymentRefund text              `json:"destination_payment_refund"`
	Metadata                 map[string]string `json:"metadata"`
	SourceRefund             text              `json:"source_refund"`
	Transfer                 string            `json:"transfer"`
}

// payout is Stripe's Payout: money to the platform's own bank account.
type payout struct {
	ID                  string            `json:"id"`
	Object              string            `json:"object"`
	Amount              int64             `json:"amount"`
	ArrivalDate         int64             `json:"arrival_date"`
	Automatic           bool              `json:"automatic"`
	BalanceTransaction  text              `json:"balance_transaction"`
	Created             int64             `json:"created"`
	Currency            string            `json:"currency"`
	Description         text              `json:"description"`
	FailureCode         text              `json:"failure_code"`
	Livemode            bool              `json:"livemode"`
	Metadata            map[string]string `json:"metadata"`
	Method              string            `json:"method"`
	SourceType          string            `json:"source_type"`
	StatementDescriptor text              `json:"statement_descriptor"`
	Status              string            `json:"status"`
	Type                string            `json:"type"`
}

// movement is Stripe's BalanceTransaction: one change of the platform's balance. Fees are zero here.
type movement struct {
	ID                string   `json:"id"`
	Object            string   `json:"object"`
	Amount            int64    `json:"amount"`
	AvailableOn       int64    `json:"available_on"`
	Created           int64    `json:"created"`
	Currency          string   `json:"currency"`
	Description       text     `json:"description"`
	Fee               int64    `json:"fee"`
	FeeDetails        []string `json:"fee_details"`
	Net               int64    `json:"net"`
	ReportingCategory string   `json:"reporting_category"`
	Source            text     `json:"source"`
	Status            string   `json:"status"`
	Type              string   `json:"type"`
}

// move changes the platform's balance and writes the balance transaction.
func (m *model) move(kind, source, currency string, minor int64) text {
	m.addFunds(platform, currency, minor)
	row := &movement{ID: m.id("txn_"), Object: "balance_transaction", Amount: minor, AvailableOn: m.unix(), Created: m.unix(), Currency: currency,
		FeeDetails: []string{}, Net: minor, ReportingCategory: kind, Source: text(source), Status: "available", Type: kind}
	m.movements.put(row.ID, row)
	return text(row.ID)
}

func createTransfer(m *model, c *call) (any, error) {
	f := c.form
	amount := f.positive("amount")
	row := &transfer{Currency: f.currency(), Description: text(f.text("description")), Destination: f.required("destination"),
		Metadata: f.metadata(nil), SourceTransaction: text(f.text("source_transaction")), TransferGroup: text(f.text("transfer_group"))}
	row.SourceType = f.oneOf("source_type", "card", "card", "bank_account", "fpx")
	if amount == nil {
		f.fail(missing("amount"))
	}
	if err := f.check(); err != nil {
		return nil, err
	}
	row.Amount = *amount
	payee, ok := m.accounts.get(row.Destination)
	if !ok {
		return nil, unknownReference("destination", "destination", row.Destination)
	}
	if payee.Capabilities["transfers"] != capable {
		return nil, refused("insufficient_capabilities_for_transfer", "destination",
			"Your destination account needs to have at least one of the following capabilities enabled: transfers, crypto_transfers, legacy_payments")
	}
	if m.funds(platform, row.Currency) < row.Amount {
		return nil, insufficientFunds()
	}
	row.ID, row.Object, row.Created, row.Livemode = m.id("tr_"), "transfer", m.unix(), m.livemode
	row.BalanceTransaction = m.move("transfer", row.ID, row.Currency, -row.Amount)
	row.DestinationPayment = text(m.id("py_"))
	row.Reversals = reversals{Object: "list", Data: []reversal{}, URL: "/v1/transfers/" + row.ID + "/reversals"}
	m.addFunds(payee.ID, row.Currency, row.Amount)
	m.transfers.put(row.ID, row)
	m.emit("transfer.created", row, nil)
	return row, nil
}

func (m *model) transferByID(id string) (*transfer, error) {
	row, ok := m.transfers.get(id)
	if !ok {
		return nil, absent("transfer", id)
	}
	return row, nil
}

func getTransfer(m *model, c *call) (any, error) { return m.transferByID(c.path["id"]) }

func updateTransfer(m *model, c *call) (any, error) {
	row, err := m.transferByID(c.path["id"])
	if err != nil {
		return nil, err
	}
	description, described, metadata := c.form.text("description"), c.form.given("description"), c.form.metadata(row.Metadata)
	if err := c.form.check(); err != nil {
		return nil, err
	}
	before := object(row)
	row.Metadata = metadata
	if described {
		row.Description = text(description)
	}
	m.transfers.put(row.ID, row)
	m.emit("transfer.updated", row, before)
	return row, nil
}

func listTransfers(m *model, c *call) (any, error) {
	group, destination := c.form.text("transfer_group"), c.form.text("destination")
	return listOf(c, m.transfers, func(r *transfer) int64 { return r.Created }, func(r *transfer) bool {
		return (group == "" || string(r.TransferGroup) == group) && (destination == "" || r.Destination == destination)
	})
}

func createReversal(m *model, c *call) (any, error) {
	row, err := m.transferByID(c.path["id"])
	if err != nil {
		return nil, err
	}
	amount, metadata := c.form.positive("amount"), c.form.metadata(nil)
	c.form.accept("description", "refund_application_fee")
	if err := c.form.check(); err != nil {
		return nil, err
	}
	rest := row.Amount - row.AmountReversed
	if amount == nil {
		amount = &rest
	}
	return m.reverse(row, *amount, metadata)
}

// reverse takes money back from a payee: bounded by what is left of the transfer and by what the payee holds.
func (m *model) reverse(row *transfer, minor int64, metadata map[string]string) (*reversal, error) {
	if rest := row.Amount - row.AmountReversed; minor > rest || rest == 0 {
		return nil, refused("", "amount", fmt.Sprintf("Reversal amount (%d) is greater than unreversed amount on transfer (%d).", minor, rest))
	}
	if m.funds(row.Destination, row.Currency) < minor {
		return nil, insufficientFunds()
	}
	before := object(row)
	back := reversal{ID: m.id("trr_"), Object: "transfer_reversal", Amount: minor, Created: m.unix(), Currency: row.Currency,
		Metadata: metadata, Transfer: row.ID}
	if back.Metadata == nil {
		back.Metadata = map[string]string{}
	}
	back.BalanceTransaction = m.move("transfer_refund", back.ID, row.Currency, minor)
	m.addFunds(row.Destination, row.Currency, -minor)
	row.AmountReversed += minor
	row.Reversed = row.AmountReversed == row.Amount
	row.Reversals.Data = append([]reversal{back}, row.Reversals.Data...)
	m.transfers.put(row.ID, row)
	m.emit("transfer.reversed", row, before)
	return &back, nil
}

func listReversals(m *model, c *call) (any, error) {
	row, err := m.transferByID(c.path["id"])
	if err != nil {
		return nil, err
	}
	c.form.accept("limit", "starting_after", "ending_before")
	if err := c.form.check(); err != nil {
		return nil, err
	}
	return row.Reversals, nil
}

func getReversal(m *model, c *call) (any, error) {
	row, err := m.transferByID(c.path["id"])
	if err != nil {
		return nil, err
	}
	for _, back := range row.Reversals.Data {
		if back.ID == c.path["reversal"] {
			return back, nil
		}
	}
	return nil, absent("transfer reversal", c.path["reversal"])
}

func createPayout(m *model, c *call) (any, error) {
	f := c.form
	amount := f.positive("amount")
	row := &payout{Currency: f.currency(), Description: text(f.text("description")), Metadata: f.metadata(nil),
		Method: f.oneOf("method", "standard", "standard", "instant"), StatementDescriptor: text(f.text("statement_descriptor"))}
	f.accept("destination", "source_type")
	if amount == nil {
		f.fail(missing("amount"))
	}
	if err := f.check(); err != nil {
		return nil, err
	}
	if m.funds(platform, row.Currency) < *amount {
		return nil, insufficientFunds()
	}
	row.ID, row.Object, row.Amount, row.Created, row.Livemode = m.id("po_"), "payout", *amount, m.unix(), m.livemode
	row.ArrivalDate, row.SourceType, row.Status, row.Type = m.unix(), "card", "pending", "bank_account"
	row.BalanceTransaction = m.move("payout", row.ID, row.Currency, -row.Amount)
	m.payouts.put(row.ID, row)
	m.emit("payout.created", row, nil)
	return row, nil
}

func getPayout(m *model, c *call) (any, error) {
	row, ok := m.payouts.get(c.path["id"])
	if !ok {
		return nil, absent("payout", c.path["id"])
	}
	return row, nil
}

func listPayouts(m *model, c *call) (any, error) {
	status := c.form.text("status")
	return listOf(c, m.payouts, func(r *payout) int64 { return r.Created }, func(r *payout) bool {
		return status == "" || r.Status == status
	})
}

// balance is Stripe's Balance.
type balance struct {
	Object    string  `json:"object"`
	Available []funds `json:"available"`
	Livemode  bool    `json:"livemode"`
	Pending   []funds `json:"pending"`
}

type funds struct {
	Amount   int64  `json:"amount"`
	Currency string `json:"currency"`
}

func getBalance(m *model, c *call) (any, error) {
	if err := c.form.check(); err != nil {
		return nil, err
	}
	owner := platform
	if c.account != "" && c.account != m.account {
		if _, ok := m.accounts.get(c.account); !ok {
			return nil, noAccess(c.account)
		}
		owner = c.account
	}
	out := balance{Object: "balance", Available: []funds{}, Livemode: m.livemode, Pending: []funds{}}
	for _, currency := range m.currencies() {
		out.Available = append(out.Available, funds{m.funds(owner, currency), currency})
		out.Pending = append(out.Pending, funds{0, currency})
	}
	return out, nil
}

func getMovement(m *model, c *call) (any, error) {
	row, ok := m.movements.get(c.path["id"])
	if !ok {
		return nil, absent("balance transaction", c.path["id"])
	}
	return row, nil
}

func listMovements(m *model, c *call) (any, error) {
	kind, source, currency := c.form.text("type"), c.form.text("source"), c.form.text("currency")
	return listOf(c, m.movements, func(r *movement) int64 { return r.Created }, func(r *movement) bool {
		return (kind == "" || r.Type == kind) && (source == "" || string(r.Source) == source) && (currency == "" || r.Currency == currency)
	})
}
