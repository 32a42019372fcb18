package billing

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/stripe/stripe-go/v76"

	"goodword/internal/audit"
	"goodword/internal/campaign"
	"goodword/internal/customer"
	"goodword/internal/db"
	"goodword/internal/fault"
	"goodword/internal/introduction"
	"goodword/internal/money"
)

// lookBack is how far behind an event other payments of its customer are looked after. Stripe delivers and lists events for
// 30 days, so what is older has had its turn.
const lookBack = 35 * 24 * time.Hour

// payment is one paid invoice, or a paid checkout without an invoice.
type payment struct {
	// id is the invoice's or the session's: the deal's external id.
	id, charge, intent, customer string
	// net is free of tax, discounts and credits; gross is what was charged.
	net, gross money.Amount
	at         time.Time
	// session is set where there is no invoice.
	session string
	// marks say whose it is; codes are the ids of the promotion codes that were used.
	marks introduction.Recognition
	codes []string
	// unlisted says that the codes are still to be asked for, because a list tells of one discount at most.
	unlisted bool
}

// settle decides on every payment of a Stripe customer that is not decided yet, oldest first, as far back as events reach.
// It asks Stripe for the payments instead of believing the event, so that events may come in any order.
func (e *Events) settle(ctx context.Context, actor audit.Actor, customerID string) error {
	if !e.Client.On() {
		return off()
	}
	invoices, more, err := e.paidInvoices(ctx, customerID)
	if err != nil {
		return err
	}
	sessions, err := e.sessions(ctx, customerID)
	if err != nil {
		return err
	}
	payments, err := e.join(invoices, sessions)
	if err != nil {
		return err
	}
	ids := make([]string, len(payments))
	for i, p := range payments {
		ids[i] = p.id
	}
	done, err := decided(ctx, e.DB, ids)
	if err != nil {
		return err
	}
	since := e.now().Add(-lookBack)
	for i, p := range payments {
		if done[p.id] || p.at.Before(since) {
			continue
		}
		if err := e.decide(ctx, actor, p, i == 0 && !more); err != nil {
			return err
		}
	}
	return nil
}

// checkout takes a finished checkout. One with a customer is looked after with everything else that they have paid.
func (e *Events) checkout(ctx context.Context, actor audit.Actor, session *stripe.CheckoutSession) error {
	if session.Customer != nil && session.Customer.ID != "" {
		return e.settle(ctx, actor, session.Customer.ID)
	}
	if !e.Client.On() {
		return off()
	}
	p, ok, err := ofSession(session)
	if err != nil || !ok {
		return err
	}
	done, err := decided(ctx, e.DB, []string{p.id})
	if err != nil || done[p.id] {
		return err
	}
	return e.decide(ctx, actor, p, true)
}

// paidInvoices returns the newest hundred and whether there are more.
func (e *Events) paidInvoices(ctx context.Context, customerID string) ([]*stripe.Invoice, bool, error) {
	in := &stripe.InvoiceListParams{ListParams: listParams(ctx), Customer: stripe.String(customerID), Status: stripe.String(string(stripe.InvoiceStatusPaid))}
	in.Single = true
	list := e.Client.api.Invoices.List(in)
	var out []*stripe.Invoice
	for list.Next() {
		out = append(out, list.Invoice())
	}
	if err := list.Err(); err != nil {
		return nil, false, fmt.Errorf("list invoices: %w", err)
	}
	return out, list.InvoiceList().HasMore, nil
}

func (e *Events) sessions(ctx context.Context, customerID string) ([]*stripe.CheckoutSession, error) {
	in := &stripe.CheckoutSessionListParams{ListParams: listParams(ctx), Customer: stripe.String(customerID)}
	in.Single = true
	list := e.Client.api.CheckoutSessions.List(in)
	var out []*stripe.CheckoutSession
	for list.Next() {
		out = append(out, list.CheckoutSession())
	}
	if err := list.Err(); err != nil {
		return nil, fmt.Errorf("list checkout sessions: %w", err)
	}
	return out, nil
}

// join makes payments of invoices and the sessions around them, oldest first. What cost nothing, such as a trial, is none.
func (e *Events) join(invoices []*stripe.Invoice, sessions []*stripe.CheckoutSession) ([]payment, error) {
	around := map[string]*stripe.CheckoutSession{}
	var out []payment
	for _, s := range sessions {
		if s.Invoice != nil && s.Invoice.ID != "" {
			around[s.Invoice.ID] = s
			continue
		}
		p, ok, err := ofSession(s)
		if err != nil {
			return nil, err
		}
		if ok {
			out = append(out, p)
		}
	}
	for _, v := range invoices {
		p, ok, err := ofInvoice(v, around[v.ID])
		if err != nil {
			return nil, err
		}
		if ok {
			out = append(out, p)
		}
	}
	slices.SortFunc(out, func(a, b payment) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.id, b.id)) })
	return out, nil
}

// ofInvoice reads a paid invoice; session may be nil. Of what was paid the tax goes out in proportion, rounded down; discounts
// and credits are not in what was paid.
func ofInvoice(v *stripe.Invoice, session *stripe.CheckoutSession) (payment, bool, error) {
	if v.AmountPaid <= 0 || v.Status != stripe.InvoiceStatusPaid {
		return payment{}, false, nil
	}
	tax := v.Tax
	if len(v.TotalTaxAmounts) > 0 {
		tax = 0
		for _, t := range v.TotalTaxAmounts {
			tax += t.Amount
		}
	}
	p := payment{id: v.ID, gross: fromStripe(v.AmountPaid, v.Currency), at: time.Unix(v.Created, 0).UTC()}
	var err error
	if p.net, err = p.gross.ShareDown(max(v.Total-tax, 0), max(v.Total, 1)); err != nil {
		return payment{}, false, fmt.Errorf("invoice %s: %w", v.ID, err)
	}
	if v.StatusTransitions != nil && v.StatusTransitions.PaidAt > 0 {
		p.at = time.Unix(v.StatusTransitions.PaidAt, 0).UTC()
	}
	if v.Charge != nil {
		p.charge = v.Charge.ID
	}
	if v.Customer != nil {
		p.customer = v.Customer.ID
	}
	p.marks = introduction.Recognition{IntroductionID: v.Metadata[introductionKey], StripeCustomer: p.customer, Email: v.CustomerEmail}
	if p.marks.IntroductionID == "" && v.SubscriptionDetails != nil {
		p.marks.IntroductionID = v.SubscriptionDetails.Metadata[introductionKey]
	}
	switch {
	case v.Discount != nil && v.Discount.PromotionCode != nil:
		p.codes = []string{v.Discount.PromotionCode.ID}
	case v.Discount == nil && len(v.Discounts) > 0:
		p.unlisted = true
	}
	if session != nil {
		p.mark(session)
	}
	return p, true, nil
}

// ofSession reads a paid checkout that has no invoice.
func ofSession(s *stripe.CheckoutSession) (payment, bool, error) {
	if s.PaymentStatus != stripe.CheckoutSessionPaymentStatusPaid || s.AmountTotal <= 0 || s.Invoice != nil || s.Mode == stripe.CheckoutSessionModeSubscription {
		return payment{}, false, nil
	}
	p := payment{id: s.ID, session: s.ID, gross: fromStripe(s.AmountTotal, s.Currency), at: time.Unix(s.Created, 0).UTC()}
	tax := int64(0)
	if s.TotalDetails != nil {
		tax, p.unlisted = s.TotalDetails.AmountTax, s.TotalDetails.AmountDiscount > 0
	}
	var err error
	if p.net, err = p.gross.ShareDown(max(s.AmountTotal-tax, 0), s.AmountTotal); err != nil {
		return payment{}, false, fmt.Errorf("session %s: %w", s.ID, err)
	}
	if s.PaymentIntent != nil {
		p.intent = s.PaymentIntent.ID
	}
	if s.Customer != nil {
		p.customer = s.Customer.ID
	}
	p.marks.StripeCustomer = p.customer
	p.mark(s)
	return p, true, nil
}

// mark adds what a checkout session says about where its payer comes from.
func (p *payment) mark(s *stripe.CheckoutSession) {
	if id := s.Metadata[introductionKey]; id != "" {
		p.marks.IntroductionID = id
	}
	p.marks.ClientReference = s.ClientReferenceID
	if s.CustomerDetails != nil && s.CustomerDetails.Email != "" {
		p.marks.Email = s.CustomerDetails.Email
	}
}

// complete asks Stripe for what a list does not tell: several discounts, and the charge of a checkout.
func (e *Events) complete(ctx context.Context, p *payment) error {
	if p.unlisted && p.session == "" {
		in := &stripe.InvoiceParams{Params: params(ctx, "")}
		in.AddExpand("discounts")
		v, err := e.Client.api.Invoices.Get(p.id, in)
		if err != nil {
			return fmt.Errorf("get invoice %s: %w", p.id, err)
		}
		for _, d := range v.Discounts {
			if d.PromotionCode != nil {
				p.codes = append(p.codes, d.PromotionCode.ID)
			}
		}
	}
	if p.unlisted && p.session != "" {
		in := &stripe.CheckoutSessionParams{Params: params(ctx, "")}
		in.AddExpand("total_details.breakdown")
		s, err := e.Client.api.CheckoutSessions.Get(p.session, in)
		if err != nil {
			return fmt.Errorf("get session %s: %w", p.session, err)
		}
		if s.TotalDetails != nil && s.TotalDetails.Breakdown != nil {
			for _, d := range s.TotalDetails.Breakdown.Discounts {
				if d.Discount != nil && d.Discount.PromotionCode != nil {
					p.codes = append(p.codes, d.Discount.PromotionCode.ID)
				}
			}
		}
	}
	if p.charge == "" && p.intent != "" {
		intent, err := e.Client.api.PaymentIntents.Get(p.intent, &stripe.PaymentIntentParams{Params: params(ctx, "")})
		if err != nil {
			return fmt.Errorf("get payment intent %s: %w", p.intent, err)
		}
		if intent.LatestCharge != nil {
			p.charge = intent.LatestCharge.ID
		}
	}
	return nil
}

// decide takes one payment: the codes that it used, the introduction that it belongs to, the order that it is. All of it may
// happen twice after a crash and changes nothing then; the decision itself is written last.
func (e *Events) decide(ctx context.Context, actor audit.Actor, p payment, first bool) error {
	if err := e.complete(ctx, &p); err != nil {
		return err
	}
	for _, id := range p.codes {
		if err := e.usedCode(ctx, actor, id, &p); err != nil {
			return err
		}
	}
	d := decision{ID: p.id, PaidAt: p.at}
	row, err := e.recognise(ctx, p)
	switch {
	case err == nil:
		d.IntroductionID = row.ID
		_, err := e.Introductions.RecordDeal(ctx, introduction.NewDeal{IntroductionID: row.ID, Source: introduction.FromStripe, ExternalID: p.id,
			ChargeID: p.charge, Amount: p.net, Gross: p.gross, StripeCustomer: p.customer, Email: p.marks.Email, At: p.at, Actor: actor})
		if err != nil && !fault.Is(err, fault.Invalid) {
			// Invalid is a currency that we do not deal in: the payment is an order and earns nothing.
			return err
		}
	case !fault.Is(err, fault.NotFound):
		return err
	}
	return e.order(ctx, actor, d, p, first)
}

// usedCode takes the use of a promotion code. One of ours that a prospect got tells whose payment it is; one that a customer
// got as their thank-you tells nothing.
func (e *Events) usedCode(ctx context.Context, actor audit.Actor, id string, p *payment) error {
	code, err := e.Client.api.PromotionCodes.Get(id, &stripe.PromotionCodeParams{Params: params(ctx, "")})
	if err != nil {
		return fmt.Errorf("get promotion code %s: %w", id, err)
	}
	rewardID := code.Metadata[rewardKey]
	if code.Metadata[payoutKey] == "" || rewardID == "" {
		return nil
	}
	if code.TimesRedeemed > 0 {
		if err := e.code(ctx, actor, *code); err != nil {
			return err
		}
	}
	r, err := e.Rewards.ByID(ctx, e.DB, rewardID)
	if err != nil {
		return ignoreForeign(err)
	}
	if r.Beneficiary == campaign.ToProspect && r.IntroductionID != "" {
		p.marks.CodeIntroductionIDs = append(p.marks.CodeIntroductionIDs, r.IntroductionID)
	}
	return nil
}

// recognise returns the introduction that a payment belongs to. One that was made after the payment cannot have led to it.
func (e *Events) recognise(ctx context.Context, p payment) (introduction.Introduction, error) {
	id, err := e.Introductions.RecogniseStripe(ctx, p.marks)
	if err != nil {
		return introduction.Introduction{}, err
	}
	row, err := e.Introductions.ByID(ctx, id)
	if err != nil {
		return introduction.Introduction{}, err
	}
	// Stripe counts in seconds.
	if p.at.Before(row.CreatedAt.Truncate(time.Second)) {
		return introduction.Introduction{}, fault.New(fault.NotFound, "The payment came before the introduction.")
	}
	return row, nil
}

// order writes the decision, and with it the order or renewal of a customer of ours.
func (e *Events) order(ctx context.Context, actor audit.Actor, d decision, p payment, first bool) error {
	who, err := e.Customers.ByStripe(ctx, e.DB, p.customer)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return fmt.Errorf("who pays %s: %w", p.id, err)
	}
	if err == nil && !who.Erased() {
		d.CustomerID, d.Fact = who.ID, "renewed"
		if first {
			d.Fact = "order.placed"
		}
	}
	err = e.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		fresh, err := insertDecision(ctx, tx, d)
		if err != nil || !fresh || d.Fact == "" {
			return err
		}
		fact := customer.Fact{Type: d.Fact, At: p.at}
		if money.Known(p.net.Currency) {
			fact.Value = &p.net
		}
		return e.Customers.RecordFactTx(ctx, tx, actor, d.CustomerID, fact)
	})
	if fault.Is(err, fault.Gone) {
		// Erased in the meantime: then there is nobody whose order it is.
		d.CustomerID, d.Fact = "", ""
		return e.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
			_, err := insertDecision(ctx, tx, d)
			return err
		})
	}
	return err
}
