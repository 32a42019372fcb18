package stripesim

import "fmt"

// charge is Stripe's Charge.
type charge struct {
	ID                   string            `json:"id"`
	Object               string            `json:"object"`
	Amount               int64             `json:"amount"`
	AmountCaptured       int64             `json:"amount_captured"`
	AmountRefunded       int64             `json:"amount_refunded"`
	BalanceTransaction   text              `json:"balance_transaction"`
	BillingDetails       billingDetails    `json:"billing_details"`
	Captured             bool              `json:"captured"`
	Created              int64             `json:"created"`
	Currency             string            `json:"currency"`
	Customer             text              `json:"customer"`
	Description          text              `json:"description"`
	Disputed             bool              `json:"disputed"`
	FailureCode          text              `json:"failure_code"`
	Invoice              text              `json:"invoice"`
	Livemode             bool              `json:"livemode"`
	Metadata             map[string]string `json:"metadata"`
	Paid                 bool              `json:"paid"`
	PaymentIntent        text              `json:"payment_intent"`
	PaymentMethod        text              `json:"payment_method"`
	PaymentMethodDetails methodDetails     `json:"payment_method_details"`
	ReceiptEmail         text              `json:"receipt_email"`
	Refunded             bool              `json:"refunded"`
	Status               string            `json:"status"`
	TransferGroup        text              `json:"transfer_group"`
}

// billingDetails is Charge.billing_details.
type billingDetails struct {
	Email text `json:"email"`
	Name  text `json:"name"`
	Phone text `json:"phone"`
}

// methodDetails is Charge.payment_method_details for a card.
type methodDetails struct {
	Card card   `json:"card"`
	Type string `json:"type"`
}

// card is the part of a card that may be known: the fingerprint is the same for the same card.
type card struct {
	Brand       string `json:"brand"`
	Country     text   `json:"country"`
	ExpMonth    int64  `json:"exp_month"`
	ExpYear     int64  `json:"exp_year"`
	Fingerprint text   `json:"fingerprint"`
	Funding     string `json:"funding"`
	Last4       string `json:"last4"`
}

// refund is Stripe's Refund.
type refund struct {
	ID                 string            `json:"id"`
	Object             string            `json:"object"`
	Amount             int64             `json:"amount"`
	BalanceTransaction text              `json:"balance_transaction"`
	Charge             string            `json:"charge"`
	Created            int64             `json:"created"`
	Currency           string            `json:"currency"`
	Metadata           map[string]string `json:"metadata"`
	PaymentIntent      text              `json:"payment_intent"`
	Reason             text              `json:"reason"`
	ReceiptNumber      text              `json:"receipt_number"`
	Status             string            `json:"status"`
}

// paymentIntent is Stripe's PaymentIntent.
type paymentIntent struct {
	ID                 string            `json:"id"`
	Object             string            `json:"object"`
	Amount             int64             `json:"amount"`
	AmountReceived     int64             `json:"amount_received"`
	CaptureMethod      string            `json:"capture_method"`
	ConfirmationMethod string            `json:"confirmation_method"`
	Created            int64             `json:"created"`
	Currency           string            `json:"currency"`
	Customer           text              `json:"customer"`
	Description        text              `json:"description"`
	Invoice            text              `json:"invoice"`
	LatestCharge       text              `json:"latest_charge"`
	Livemode           bool              `json:"livemode"`
	Metadata           map[string]string `json:"metadata"`
	PaymentMethodTypes []string          `json:"payment_method_types"`
	ReceiptEmail       text              `json:"receipt_email"`
	Status             string            `json:"status"`
	TransferGroup      text              `json:"transfer_group"`
}

// dispute is Stripe's Dispute.
type dispute struct {
	ID                  string            `json:"id"`
	Object              string            `json:"object"`
	Amount              int64             `json:"amount"`
	BalanceTransactions []movement        `json:"balance_transactions"`
	Charge              string            `json:"charge"`
	Created             int64             `json:"created"`
	Currency            string            `json:"currency"`
	IsChargeRefundable  bool              `json:"is_charge_refundable"`
	Livemode            bool              `json:"livemode"`
	Metadata            map[string]string `json:"metadata"`
	PaymentIntent       text              `json:"payment_intent"`
	Reason              string            `json:"reason"`
	Status              string            `json:"status"`
}

func (m *model) chargeByID(id string) (*charge, error) {
	row, ok := m.charges.get(id)
	if !ok {
		return nil, absent("charge", id)
	}
	return row, nil
}

func getCharge(m *model, c *call) (any, error) { return m.chargeByID(c.path["id"]) }

func listCharges(m *model, c *call) (any, error) {
	owner, intent, group := c.form.text("customer"), c.form.text("payment_intent"), c.form.text("transfer_group")
	return listOf(c, m.charges, func(r *charge) int64 { return r.Created }, func(r *charge) bool {
		return (owner == "" || string(r.Customer) == owner) && (intent == "" || string(r.PaymentIntent) == intent) &&
			(group == "" || string(r.TransferGroup) == group)
	})
}

func getIntent(m *model, c *call) (any, error) {
	row, ok := m.intents.get(c.path["id"])
	if !ok {
		return nil, absent("payment_intent", c.path["id"])
	}
	return row, nil
}

func listIntents(m *model, c *call) (any, error) {
	owner := c.form.text("customer")
	return listOf(c, m.intents, func(r *paymentIntent) int64 { return r.Created }, func(r *paymentIntent) bool {
		return owner == "" || string(r.Customer) == owner
	})
}

func createRefund(m *model, c *call) (any, error) {
	f := c.form
	id, intent, amount, reason, metadata := f.text("charge"), f.text("payment_intent"), f.positive("amount"), f.text("reason"), f.metadata(nil)
	if id == "" && intent == "" {
		f.fail(missing("charge"))
	}
	if err := f.check(); err != nil {
		return nil, err
	}
	if id == "" {
		pi, ok := m.intents.get(intent)
		if !ok {
			return nil, unknownReference("payment_intent", "payment_intent", intent)
		}
		id = string(pi.LatestCharge)
	}
	row, ok := m.charges.get(id)
	if !ok {
		return nil, unknownReference("charge", "charge", id)
	}
	minor := row.Amount - row.AmountRefunded
	if amount != nil {
		minor = *amount
	}
	return m.refund(row, refund{Amount: minor, Reason: text(reason), Metadata: metadata})
}

// refund gives money back. The charge's amount_refunded is cumulative; its event carries the whole charge.
func (m *model) refund(row *charge, back refund) (*refund, error) {
	rest := row.Amount - row.AmountRefunded
	if rest == 0 {
		return nil, refused("charge_already_refunded", "", fmt.Sprintf("Charge %s has already been refunded.", row.ID))
	}
	if back.Amount > rest || back.Amount < 1 {
		return nil, refused("", "amount", fmt.Sprintf("Refund amount (%d) is greater than unrefunded amount on charge (%d).", back.Amount, rest))
	}
	if row.Disputed {
		return nil, refused("charge_disputed", "", fmt.Sprintf("Charge %s has been charged back; cannot issue a refund.", row.ID))
	}
	before := object(row)
	back.ID, back.Object, back.Charge, back.Created = m.id("re_"), "refund", row.ID, m.unix()
	back.Currency, back.PaymentIntent, back.Status = row.Currency, row.PaymentIntent, "succeeded"
	if back.Metadata == nil {
		back.Metadata = map[string]string{}
	}
	back.BalanceTransaction = m.move("refund", back.ID, row.Currency, -back.Amount)
	row.AmountRefunded += back.Amount
	row.Refunded = row.AmountRefunded == row.Amount
	m.refunds.put(back.ID, &back)
	m.charges.put(row.ID, row)
	m.emit("refund.created", back, nil)
	m.emit("charge.refunded", row, before)
	return &back, nil
}

func getRefund(m *model, c *call) (any, error) {
	row, ok := m.refunds.get(c.path["id"])
	if !ok {
		return nil, absent("refund", c.path["id"])
	}
	return row, nil
}

func listRefunds(m *model, c *call) (any, error) {
	of, intent := c.form.text("charge"), c.form.text("payment_intent")
	return listOf(c, m.refunds, func(r *refund) int64 { return r.Created }, func(r *refund) bool {
		return (of == "" || r.Charge == of) && (intent == "" || string(r.PaymentIntent) == intent)
	})
}

func getDispute(m *model, c *call) (any, error) {
	row, ok := m.disputes.get(c.path["id"])
	if !ok {
		return nil, absent("dispute", c.path["id"])
	}
	return row, nil
}

func listDisputes(m *model, c *call) (any, error) {
	of, intent := c.form.text("charge"), c.form.text("payment_intent")
	return listOf(c, m.disputes, func(r *dispute) int64 { return r.Created }, func(r *dispute) bool {
		return (of == "" || r.Charge == of) && (intent == "" || string(r.PaymentIntent) == intent)
	})
}
