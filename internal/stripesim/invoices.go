package stripesim

// invoice is Stripe's Invoice. Its sums hold: total = subtotal − discounts + tax; amount_due = total less
// the customer's credit (starting_balance), never below zero; a paid one has amount_paid = amount_due.
type invoice struct {
	ID                   string            `json:"id"`
	Object               string            `json:"object"`
	AccountCountry       text              `json:"account_country"`
	AmountDue            int64             `json:"amount_due"`
	AmountPaid           int64             `json:"amount_paid"`
	AmountRemaining      int64             `json:"amount_remaining"`
	AttemptCount         int64             `json:"attempt_count"`
	Attempted            bool              `json:"attempted"`
	BillingReason        text              `json:"billing_reason"`
	Charge               text              `json:"charge"`
	CollectionMethod     string            `json:"collection_method"`
	Created              int64             `json:"created"`
	Currency             string            `json:"currency"`
	Customer             text              `json:"customer"`
	CustomerEmail        text              `json:"customer_email"`
	CustomerName         text              `json:"customer_name"`
	Discount             *discount         `json:"discount"`
	Discounts            []any             `json:"discounts"`
	EndingBalance        *int64            `json:"ending_balance"`
	Lines                invoiceLines      `json:"lines"`
	Livemode             bool              `json:"livemode"`
	Metadata             map[string]string `json:"metadata"`
	Number               text              `json:"number"`
	Paid                 bool              `json:"paid"`
	PaidOutOfBand        bool              `json:"paid_out_of_band"`
	PaymentIntent        text              `json:"payment_intent"`
	PeriodEnd            int64             `json:"period_end"`
	PeriodStart          int64             `json:"period_start"`
	PostPaymentCredits   int64             `json:"post_payment_credit_notes_amount"`
	PrePaymentCredits    int64             `json:"pre_payment_credit_notes_amount"`
	StartingBalance      int64             `json:"starting_balance"`
	Status               text              `json:"status"`
	StatusTransitions    transitions       `json:"status_transitions"`
	Subscription         text              `json:"subscription"`
	Subtotal             int64             `json:"subtotal"`
	SubtotalExcludingTax *int64            `json:"subtotal_excluding_tax"`
	Tax                  *int64            `json:"tax"`
	Total                int64             `json:"total"`
	TotalDiscountAmounts []discountAmount  `json:"total_discount_amounts"`
	TotalExcludingTax    *int64            `json:"total_excluding_tax"`
	TotalTaxAmounts      []taxAmount       `json:"total_tax_amounts"`
}

// transitions is Invoice.status_transitions.
type transitions struct {
	FinalizedAt           *int64 `json:"finalized_at"`
	MarkedUncollectibleAt *int64 `json:"marked_uncollectible_at"`
	PaidAt                *int64 `json:"paid_at"`
	VoidedAt              *int64 `json:"voided_at"`
}

// invoiceLines is Invoice.lines.
type invoiceLines struct {
	Object  string        `json:"object"`
	Data    []invoiceLine `json:"data"`
	HasMore bool          `json:"has_more"`
	URL     string        `json:"url"`
}

// invoiceLine is one line: here each invoice has one, over its subtotal.
type invoiceLine struct {
	ID              string            `json:"id"`
	Object          string            `json:"object"`
	Amount          int64             `json:"amount"`
	AmountExcluding *int64            `json:"amount_excluding_tax"`
	Currency        string            `json:"currency"`
	Description     text              `json:"description"`
	DiscountAmounts []discountAmount  `json:"discount_amounts"`
	Discountable    bool              `json:"discountable"`
	Livemode        bool              `json:"livemode"`
	Metadata        map[string]string `json:"metadata"`
	Period          period            `json:"period"`
	Proration       bool              `json:"proration"`
	Quantity        int64             `json:"quantity"`
	TaxAmounts      []taxAmount       `json:"tax_amounts"`
	Type            string            `json:"type"`
}

type period struct {
	End   int64 `json:"end"`
	Start int64 `json:"start"`
}

// discountAmount is one entry of total_discount_amounts: which discount took how much.
type discountAmount struct {
	Amount   int64  `json:"amount"`
	Discount string `json:"discount"`
}

// taxAmount is one entry of total_tax_amounts; tax comes on top of the subtotal here.
type taxAmount struct {
	Amount           int64  `json:"amount"`
	Inclusive        bool   `json:"inclusive"`
	TaxRate          string `json:"tax_rate"`
	TaxabilityReason text   `json:"taxability_reason"`
	TaxableAmount    *int64 `json:"taxable_amount"`
}

// session is Stripe's checkout.session.
type session struct {
	ID                 string            `json:"id"`
	Object             string            `json:"object"`
	AllowPromotion     *bool             `json:"allow_promotion_codes"`
	AmountSubtotal     *int64            `json:"amount_subtotal"`
	AmountTotal        *int64            `json:"amount_total"`
	CancelURL          text              `json:"cancel_url"`
	ClientReferenceID  text              `json:"client_reference_id"`
	Created            int64             `json:"created"`
	Currency           text              `json:"currency"`
	Customer           text              `json:"customer"`
	CustomerCreation   text              `json:"customer_creation"`
	CustomerDetails    *customerDetails  `json:"customer_details"`
	CustomerEmail      text              `json:"customer_email"`
	ExpiresAt          int64             `json:"expires_at"`
	Invoice            text              `json:"invoice"`
	Livemode           bool              `json:"livemode"`
	Metadata           map[string]string `json:"metadata"`
	Mode               string            `json:"mode"`
	PaymentIntent      text              `json:"payment_intent"`
	PaymentLink        text              `json:"payment_link"`
	PaymentMethodTypes []string          `json:"payment_method_types"`
	PaymentStatus      string            `json:"payment_status"`
	Status             text              `json:"status"`
	Subscription       text              `json:"subscription"`
	SuccessURL         text              `json:"success_url"`
	TotalDetails       *totalDetails     `json:"total_details"`
	UIMode             text              `json:"ui_mode"`
	URL                text              `json:"url"`
}

// customerDetails is the session's customer_details.
type customerDetails struct {
	Email     text   `json:"email"`
	Name      text   `json:"name"`
	Phone     text   `json:"phone"`
	TaxExempt string `json:"tax_exempt"`
}

// totalDetails is the session's total_details; the breakdown comes only when it is asked for by expand.
type totalDetails struct {
	AmountDiscount int64      `json:"amount_discount"`
	AmountShipping *int64     `json:"amount_shipping"`
	AmountTax      int64      `json:"amount_tax"`
	Breakdown      *breakdown `json:"breakdown,omitempty"`
}

type breakdown struct {
	Discounts []breakdownDiscount `json:"discounts"`
	Taxes     []string            `json:"taxes"`
}

type breakdownDiscount struct {
	Amount   int64    `json:"amount"`
	Discount discount `json:"discount"`
}

func getInvoice(m *model, c *call) (any, error) {
	row, ok := m.invoices.get(c.path["id"])
	if !ok {
		return nil, absent("invoice", c.path["id"])
	}
	if !c.form.expands("discounts") {
		return row, nil
	}
	expanded := *row
	expanded.Discounts = nil
	for _, part := range row.TotalDiscountAmounts {
		d, _ := m.discounts.get(part.Discount)
		expanded.Discounts = append(expanded.Discounts, d)
	}
	return &expanded, nil
}

func listInvoices(m *model, c *call) (any, error) {
	owner, status := c.form.text("customer"), c.form.text("status")
	return listOf(c, m.invoices, func(r *invoice) int64 { return r.Created }, func(r *invoice) bool {
		return (owner == "" || string(r.Customer) == owner) && (status == "" || string(r.Status) == status)
	})
}

func getSession(m *model, c *call) (any, error) {
	row, ok := m.sessions.get(c.path["id"])
	if !ok {
		return nil, absent("checkout.session", c.path["id"])
	}
	if !c.form.expands("total_details.breakdown") {
		return row, nil
	}
	expanded, details := *row, *row.TotalDetails
	details.Breakdown = &breakdown{Discounts: []breakdownDiscount{}, Taxes: []string{}}
	if paid, ok := m.invoices.get(string(row.Invoice)); ok {
		for _, part := range paid.TotalDiscountAmounts {
			d, _ := m.discounts.get(part.Discount)
			details.Breakdown.Discounts = append(details.Breakdown.Discounts, breakdownDiscount{Amount: part.Amount, Discount: *d})
		}
	}
	expanded.TotalDetails = &details
	return &expanded, nil
}

func listSessions(m *model, c *call) (any, error) {
	owner, intent := c.form.text("customer"), c.form.text("payment_intent")
	return listOf(c, m.sessions, func(r *session) int64 { return r.Created }, func(r *session) bool {
		return (owner == "" || string(r.Customer) == owner) && (intent == "" || string(r.PaymentIntent) == intent)
	})
}
