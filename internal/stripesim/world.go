package stripesim

import (
	"maps"
	"strings"
)

// Order is something that somebody pays for. The buyer is CustomerID, else the customer with that e-mail
// address, else a new customer. Stripe copies no metadata from one object to another in what is modelled
// here, so each of the three sets says where it goes.
type Order struct {
	CustomerID        string            `json:"customer_id"`
	CustomerEmail     string            `json:"customer_email"`
	Name              string            `json:"name"`
	Description       string            `json:"description"`
	AmountMinor       int64             `json:"amount_minor"`   // the subtotal: before discount and tax
	DiscountMinor     int64             `json:"discount_minor"` // a discount by hand, on top of a code's
	TaxMinor          int64             `json:"tax_minor"`      // on top of the discounted sum
	Currency          string            `json:"currency"`
	PromotionCode     string            `json:"promotion_code"` // what the buyer types, in any case
	ClientReferenceID string            `json:"client_reference_id"`
	CardFingerprint   string            `json:"card_fingerprint"`
	Metadata          map[string]string `json:"metadata"`         // of the session, or of the invoice in PayInvoice
	InvoiceMetadata   map[string]string `json:"invoice_metadata"` // of the invoice that a checkout makes
	PaymentMetadata   map[string]string `json:"payment_metadata"` // of payment intent and charge
}

// Purchase is what an Order became. Ids are empty where there was nothing to make: an invoice covered by
// credit has no charge, an invoice by itself no session.
type Purchase struct {
	SessionID       string `json:"session_id"`
	CustomerID      string `json:"customer_id"`
	InvoiceID       string `json:"invoice_id"`
	PaymentIntentID string `json:"payment_intent_id"`
	ChargeID        string `json:"charge_id"`
	Currency        string `json:"currency"`
	SubtotalMinor   int64  `json:"subtotal_minor"`
	DiscountMinor   int64  `json:"discount_minor"`
	TaxMinor        int64  `json:"tax_minor"`
	TotalMinor      int64  `json:"total_minor"`
	CreditUsedMinor int64  `json:"credit_used_minor"`
	PaidMinor       int64  `json:"paid_minor"`
}

// Checkout plays a hosted checkout in payment mode with an invoice: the customer appears, the code is
// redeemed, the money is charged, the invoice is paid, and each of it is told. Returns *Error and changes
// nothing if the code is refused or the order is none.
func (s *Server) Checkout(o Order) (Purchase, error) {
	return playing(s, func(m *model) (Purchase, error) { return m.buy(o, true) })
}

// PayInvoice plays an invoice that is paid without a checkout, such as the second month. The customer's
// credit is used first, as Stripe does. Returns *Error as Checkout does.
func (s *Server) PayInvoice(o Order) (Purchase, error) {
	return playing(s, func(m *model) (Purchase, error) { return m.buy(o, false) })
}

// Refund gives back a part of a charge, all that is left of it when minor is zero; returns the refund's id.
// charge.refunded tells the sum of all refunds so far. Returns *Error when there is not that much left.
func (s *Server) Refund(chargeID string, minor int64) (string, error) {
	return playing(s, func(m *model) (string, error) {
		row, err := m.chargeByID(chargeID)
		if err != nil {
			return "", err
		}
		if minor == 0 {
			minor = row.Amount - row.AmountRefunded
		}
		back, err := m.refund(row, refund{Amount: minor, Reason: "requested_by_customer"})
		if err != nil {
			return "", err
		}
		return back.ID, nil
	})
}

// DisputeStatus is the status of a dispute, as Stripe names them. A warning is a question by the bank: no
// money moves.
type DisputeStatus string

// The statuses in which a dispute may begin, be, and end.
const (
	NeedsResponse        DisputeStatus = "needs_response"
	UnderReview          DisputeStatus = "under_review"
	WarningNeedsResponse DisputeStatus = "warning_needs_response"
	WarningUnderReview   DisputeStatus = "warning_under_review"
	Won                  DisputeStatus = "won"
	Lost                 DisputeStatus = "lost"
	WarningClosed        DisputeStatus = "warning_closed"
)

func (d DisputeStatus) warning() bool { return strings.HasPrefix(string(d), "warning_") }

func (d DisputeStatus) closed() bool { return d == Won || d == Lost || d == WarningClosed }

// Dispute opens a dispute over all of a charge and returns its id: charge.dispute.created, and
// charge.dispute.funds_withdrawn unless it is a warning.
func (s *Server) Dispute(chargeID string, status DisputeStatus) (string, error) {
	return playing(s, func(m *model) (string, error) { return m.openDispute(chargeID, status) })
}

// MoveDispute gives an open dispute another status: charge.dispute.updated, or charge.dispute.closed with
// charge.dispute.funds_reinstated if it was won. A warning that becomes a dispute withdraws the money.
func (s *Server) MoveDispute(disputeID string, status DisputeStatus) error {
	return s.play(func(m *model) error { return m.moveDispute(disputeID, status) })
}

// CloseDispute is MoveDispute to Won, Lost or WarningClosed.
func (s *Server) CloseDispute(disputeID string, outcome DisputeStatus) error {
	if !outcome.closed() {
		return invalid("status", "A dispute closes as won, lost or warning_closed.")
	}
	return s.MoveDispute(disputeID, outcome)
}

// Onboard completes a connected account: it may receive transfers, account.updated is told.
func (s *Server) Onboard(accountID string) error {
	return s.play(func(m *model) error { return m.setAbility(accountID, true) })
}

// Disable takes a connected account's ability to receive transfers away: account.updated is told.
func (s *Server) Disable(accountID string) error {
	return s.play(func(m *model) error { return m.setAbility(accountID, false) })
}

// FailPayout lets the bank of a connected account, or the platform's, send back what Stripe paid out to it: payout.failed is
// told as that account's event. The money is the account's again; a connected one is paid out nothing more until its bank
// details are corrected.
func (s *Server) FailPayout(f Funds) error {
	return s.play(func(m *model) error {
		row, ok := m.accounts.get(f.AccountID)
		if !ok && f.AccountID != "" {
			return absent("account", f.AccountID)
		}
		m.emitFor(f.AccountID, "payout.failed", &payout{ID: m.id("po_"), Object: "payout", Amount: f.AmountMinor, ArrivalDate: m.unix(), Automatic: true,
			Created: m.unix(), Currency: f.Currency, FailureCode: "account_closed", Livemode: m.livemode, Metadata: map[string]string{},
			Method: "standard", SourceType: "card", Status: "failed", Type: "bank_account"}, nil)
		if !ok {
			return nil
		}
		before := object(row)
		row.PayoutsEnabled = false
		row.Requirements = requirements{CurrentlyDue: []string{bankDetails}, EventuallyDue: []string{bankDetails}, PastDue: []string{bankDetails}}
		m.accounts.put(row.ID, row)
		m.emitFor(row.ID, "account.updated", row, before)
		return nil
	})
}

// ReverseTransfer reverses a part of a transfer from Stripe's side, all of it when minor is zero:
// transfer.reversed is told.
func (s *Server) ReverseTransfer(transferID string, minor int64) error {
	return s.play(func(m *model) error {
		row, err := m.transferByID(transferID)
		if err != nil {
			return err
		}
		if minor == 0 {
			minor = row.Amount - row.AmountReversed
		}
		_, err = m.reverse(row, minor, nil)
		return err
	})
}

// Funds is money of a connected account in one currency; the platform's when AccountID is empty.
type Funds struct {
	AccountID   string `json:"account_id"`
	Currency    string `json:"currency"`
	AmountMinor int64  `json:"amount_minor"`
}

// SetFunds sets a balance: no money on the platform, or a payee who has already spent theirs.
func (s *Server) SetFunds(f Funds) error {
	return s.play(func(m *model) error {
		if f.AccountID == "" {
			f.AccountID = platform
		} else if _, ok := m.accounts.get(f.AccountID); !ok {
			return absent("account", f.AccountID)
		}
		m.setFunds(f.AccountID, strings.ToLower(f.Currency), f.AmountMinor)
		return nil
	})
}

// buyer finds the customer of an order; nil for somebody new.
func (m *model) buyer(o Order) (*customer, error) {
	if o.CustomerID != "" {
		return m.customerByID(o.CustomerID)
	}
	for _, row := range m.customers.newest {
		if o.CustomerEmail != "" && strings.EqualFold(string(row.Email), o.CustomerEmail) {
			return row, nil
		}
	}
	return nil, nil
}

func (m *model) buy(o Order, checkout bool) (Purchase, error) {
	currency := strings.ToLower(o.Currency)
	switch {
	case len(currency) != 3:
		return Purchase{}, missing("currency")
	case o.AmountMinor < 1 || o.DiscountMinor < 0 || o.TaxMinor < 0:
		return Purchase{}, invalid("amount", "Amounts must not be negative, and the amount must be at least 1.")
	}
	who, err := m.buyer(o)
	if err != nil {
		return Purchase{}, err
	}
	var promotion *promotionCode
	if o.PromotionCode != "" {
		if promotion, err = m.redeemable(o.PromotionCode, who, currency, o.AmountMinor); err != nil {
			return Purchase{}, err
		}
	}
	if who == nil {
		who = m.addCustomer(&customer{Email: text(o.CustomerEmail), Name: text(o.Name), Currency: text(currency)})
	}
	bill := m.draft(o, who, currency)
	if promotion != nil {
		m.redeem(promotion)
		m.deduct(bill, promotion.Coupon, promotion.ID, promotion.Coupon.off(o.AmountMinor))
	}
	if o.DiscountMinor > 0 {
		byHand := coupon{ID: m.id("")[:8], Object: "coupon", AmountOff: &o.DiscountMinor, Created: m.unix(), Currency: text(currency),
			Duration: "once", Livemode: m.livemode, Metadata: map[string]string{}}
		m.deduct(bill, byHand, "", min(o.DiscountMinor, *bill.TotalExcludingTax))
	}
	m.total(bill, o.TaxMinor)
	if !checkout {
		m.useCredit(bill, who)
	}
	m.collect(bill, who, o)
	done := bill.purchase()
	if checkout {
		done.SessionID = m.complete(bill, who, o)
	}
	m.emit("invoice.paid", bill, nil)
	m.emit("invoice.payment_succeeded", bill, nil)
	return done, nil
}

// draft makes the invoice with its one line; nothing is off yet.
func (m *model) draft(o Order, who *customer, currency string) *invoice {
	now, excluding := m.unix(), o.AmountMinor
	bill := &invoice{ID: m.id("in_"), Object: "invoice", AccountCountry: "DE", BillingReason: "manual", CollectionMethod: "charge_automatically",
		Created: now, Currency: currency, Customer: text(who.ID), CustomerEmail: who.Email, CustomerName: who.Name, Discounts: []any{},
		Livemode: m.livemode, Metadata: copied(o.Metadata), PeriodStart: now, PeriodEnd: now, Subtotal: o.AmountMinor,
		SubtotalExcludingTax: &o.AmountMinor, TotalExcludingTax: &excluding, TotalDiscountAmounts: []discountAmount{},
		TotalTaxAmounts: []taxAmount{}}
	bill.Number = text(who.InvoicePrefix + "-" + strings.ToUpper(bill.ID[len(bill.ID)-4:]))
	bill.Lines = invoiceLines{Object: "list", URL: "/v1/invoices/" + bill.ID + "/lines", Data: []invoiceLine{{
		ID: m.id("il_"), Object: "line_item", Amount: o.AmountMinor, AmountExcluding: &o.AmountMinor, Currency: currency,
		Description: text(o.Description), DiscountAmounts: []discountAmount{}, Discountable: true, Livemode: m.livemode,
		Metadata: map[string]string{}, Period: period{End: now, Start: now}, Quantity: 1, TaxAmounts: []taxAmount{}, Type: "invoiceitem"}}}
	return bill
}

// deduct takes one discount off. Stripe fills the invoice's discount only while it is the only one.
func (m *model) deduct(bill *invoice, source coupon, promotionID string, minor int64) {
	d := &discount{ID: m.id("di_"), Object: "discount", Coupon: source, Customer: bill.Customer, Invoice: text(bill.ID),
		PromotionCode: text(promotionID), Start: m.unix()}
	m.discounts.put(d.ID, d)
	*bill.TotalExcludingTax -= minor
	bill.TotalDiscountAmounts = append(bill.TotalDiscountAmounts, discountAmount{Amount: minor, Discount: d.ID})
	bill.Lines.Data[0].DiscountAmounts = bill.TotalDiscountAmounts
	bill.Discounts = append(bill.Discounts, d.ID)
	if bill.Discount = d; len(bill.Discounts) > 1 {
		bill.Discount = nil
	}
}

func (m *model) total(bill *invoice, taxMinor int64) {
	if taxMinor > 0 {
		taxable := *bill.TotalExcludingTax
		bill.Tax = &taxMinor
		bill.TotalTaxAmounts = []taxAmount{{Amount: taxMinor, TaxRate: m.id("txr_"), TaxabilityReason: "standard_rated", TaxableAmount: &taxable}}
		bill.Lines.Data[0].TaxAmounts = bill.TotalTaxAmounts
	}
	bill.Total = *bill.TotalExcludingTax + taxMinor
	bill.AmountDue = bill.Total
}

// useCredit applies the customer's balance to the invoice: credit makes less due, a debt more.
func (m *model) useCredit(bill *invoice, who *customer) {
	bill.StartingBalance = m.funds(who.ID, bill.Currency)
	bill.AmountDue = max(bill.Total+bill.StartingBalance, 0)
	if used := bill.Total - bill.AmountDue; used != 0 {
		m.addCredit(who, &creditEntry{Amount: used, Currency: bill.Currency, Type: "applied_to_invoice", Invoice: text(bill.ID)})
	}
}

// collect charges what is due and marks the invoice as paid.
func (m *model) collect(bill *invoice, who *customer, o Order) {
	now, ending := m.unix(), bill.StartingBalance+bill.Total-bill.AmountDue
	bill.EndingBalance, bill.AmountPaid, bill.Paid, bill.Status = &ending, bill.AmountDue, true, "paid"
	bill.Attempted, bill.AttemptCount = true, 1
	bill.StatusTransitions = transitions{FinalizedAt: &now, PaidAt: &now}
	if bill.AmountDue > 0 {
		intent := &paymentIntent{ID: m.id("pi_"), Object: "payment_intent", Amount: bill.AmountDue, AmountReceived: bill.AmountDue,
			CaptureMethod: "automatic", ConfirmationMethod: "automatic", Created: now, Currency: bill.Currency, Customer: text(who.ID),
			Description: text(o.Description), Invoice: text(bill.ID), Livemode: m.livemode, Metadata: copied(o.PaymentMetadata),
			PaymentMethodTypes: []string{"card"}, ReceiptEmail: who.Email, Status: "succeeded"}
		paid := &charge{ID: m.id("ch_"), Object: "charge", Amount: bill.AmountDue, AmountCaptured: bill.AmountDue,
			BillingDetails: billingDetails{Email: who.Email, Name: who.Name}, Captured: true, Created: now, Currency: bill.Currency,
			Customer: text(who.ID), Description: text(o.Description), Invoice: text(bill.ID), Livemode: m.livemode,
			Metadata: copied(o.PaymentMetadata), Paid: true, PaymentIntent: text(intent.ID), PaymentMethod: text(m.id("pm_")),
			PaymentMethodDetails: methodDetails{Type: "card", Card: card{Brand: "visa", Country: "DE", ExpMonth: 12, ExpYear: 2034,
				Fingerprint: text(o.CardFingerprint), Funding: "credit", Last4: "4242"}},
			ReceiptEmail: who.Email, Status: "succeeded"}
		paid.BalanceTransaction = m.move("charge", paid.ID, paid.Currency, paid.Amount)
		intent.LatestCharge, bill.Charge, bill.PaymentIntent = text(paid.ID), text(paid.ID), text(intent.ID)
		m.charges.put(paid.ID, paid)
		m.intents.put(intent.ID, intent)
		m.emit("charge.succeeded", paid, nil)
		m.emit("payment_intent.succeeded", intent, nil)
	}
	m.invoices.put(bill.ID, bill)
}

// complete makes the finished checkout session around a paid invoice and returns its id.
func (m *model) complete(bill *invoice, who *customer, o Order) string {
	bill.Metadata = copied(o.InvoiceMetadata)
	mode := "cs_test_"
	if m.livemode {
		mode = "cs_live_"
	}
	shipping, allowed, status := int64(0), true, "paid"
	if bill.Total == 0 {
		status = "no_payment_required"
	}
	row := &session{ID: m.id(mode), Object: "checkout.session", AllowPromotion: &allowed, AmountSubtotal: &bill.Subtotal, AmountTotal: &bill.Total,
		ClientReferenceID: text(o.ClientReferenceID), Created: m.unix(), Currency: text(bill.Currency), Customer: text(who.ID),
		CustomerCreation: "always", CustomerDetails: &customerDetails{Email: text(o.CustomerEmail), Name: who.Name, TaxExempt: "none"},
		ExpiresAt: m.unix() + 24*60*60, Invoice: text(bill.ID), Livemode: m.livemode, Metadata: copied(o.Metadata), Mode: "payment",
		PaymentIntent: bill.PaymentIntent, PaymentMethodTypes: []string{"card"}, PaymentStatus: status, Status: "complete", UIMode: "hosted",
		TotalDetails: &totalDetails{AmountDiscount: bill.discounted(), AmountShipping: &shipping}}
	if row.CustomerDetails.Email == "" {
		row.CustomerDetails.Email = who.Email
	}
	if bill.Tax != nil {
		row.TotalDetails.AmountTax = *bill.Tax
	}
	m.sessions.put(row.ID, row)
	m.emit("checkout.session.completed", row, nil)
	return row.ID
}

func (b *invoice) discounted() int64 {
	var sum int64
	for _, part := range b.TotalDiscountAmounts {
		sum += part.Amount
	}
	return sum
}

func (b *invoice) purchase() Purchase {
	p := Purchase{CustomerID: string(b.Customer), InvoiceID: b.ID, PaymentIntentID: string(b.PaymentIntent), ChargeID: string(b.Charge),
		Currency: b.Currency, SubtotalMinor: b.Subtotal, DiscountMinor: b.discounted(), TotalMinor: b.Total,
		CreditUsedMinor: b.Total - b.AmountPaid, PaidMinor: b.AmountPaid}
	if b.Tax != nil {
		p.TaxMinor = *b.Tax
	}
	return p
}

func copied(metadata map[string]string) map[string]string {
	if metadata == nil {
		return map[string]string{}
	}
	return maps.Clone(metadata)
}

func (m *model) openDispute(chargeID string, status DisputeStatus) (string, error) {
	paid, err := m.chargeByID(chargeID)
	if err != nil {
		return "", err
	}
	if status.closed() || status == "" {
		return "", invalid("status", "A dispute opens as needs_response, under_review or a warning.")
	}
	row := &dispute{ID: m.id("dp_"), Object: "dispute", Amount: paid.Amount - paid.AmountRefunded, BalanceTransactions: []movement{},
		Charge: paid.ID, Created: m.unix(), Currency: paid.Currency, IsChargeRefundable: status.warning(), Livemode: m.livemode,
		Metadata: map[string]string{}, PaymentIntent: paid.PaymentIntent, Reason: "general", Status: string(status)}
	m.disputes.put(row.ID, row)
	m.emit("charge.dispute.created", row, nil)
	if !status.warning() {
		m.withdraw(row, paid)
	}
	return row.ID, nil
}

// withdraw takes the disputed sum from the platform until the dispute is won.
func (m *model) withdraw(row *dispute, paid *charge) {
	paid.Disputed = true
	m.charges.put(paid.ID, paid)
	m.adjust(row, -row.Amount)
	m.emit("charge.dispute.funds_withdrawn", row, nil)
}

func (m *model) adjust(row *dispute, minor int64) {
	id := m.move("adjustment", row.ID, row.Currency, minor)
	moved, _ := m.movements.get(string(id))
	row.BalanceTransactions = append(row.BalanceTransactions, *moved)
	m.disputes.put(row.ID, row)
}

func (m *model) moveDispute(id string, status DisputeStatus) error {
	row, ok := m.disputes.get(id)
	if !ok {
		return absent("dispute", id)
	}
	from := DisputeStatus(row.Status)
	if from.closed() {
		return refused("", "status", "This dispute is already closed.")
	}
	if !from.warning() && status.warning() || from.warning() && (status == Won || status == Lost) {
		return refused("", "status", "A dispute cannot go from "+row.Status+" to "+string(status)+".")
	}
	paid, err := m.chargeByID(row.Charge)
	if err != nil {
		return err
	}
	before := object(row)
	row.Status = string(status)
	if from.warning() && !status.warning() {
		row.IsChargeRefundable = false
		m.withdraw(row, paid)
	}
	if status == Won {
		paid.Disputed = false
		m.charges.put(paid.ID, paid)
		m.adjust(row, row.Amount)
		m.emit("charge.dispute.funds_reinstated", row, nil)
	}
	m.disputes.put(row.ID, row)
	if status.closed() {
		m.emit("charge.dispute.closed", row, before)
	} else {
		m.emit("charge.dispute.updated", row, before)
	}
	return nil
}
