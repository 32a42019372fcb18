package stripesim

import (
	"regexp"
	"strings"
)

// coupon is Stripe's Coupon.
type coupon struct {
	ID               string            `json:"id"`
	Object           string            `json:"object"`
	AmountOff        *int64            `json:"amount_off"`
	Created          int64             `json:"created"`
	Currency         text              `json:"currency"`
	Duration         string            `json:"duration"`
	DurationInMonths *int64            `json:"duration_in_months"`
	Livemode         bool              `json:"livemode"`
	MaxRedemptions   *int64            `json:"max_redemptions"`
	Metadata         map[string]string `json:"metadata"`
	Name             text              `json:"name"`
	PercentOff       hundredths        `json:"percent_off"`
	RedeemBy         *int64            `json:"redeem_by"`
	TimesRedeemed    int64             `json:"times_redeemed"`
	Valid            bool              `json:"valid"`
}

// promotionCode is Stripe's PromotionCode. Coupon is the coupon as it was when the row was last touched.
type promotionCode struct {
	ID             string            `json:"id"`
	Object         string            `json:"object"`
	Active         bool              `json:"active"`
	Code           string            `json:"code"`
	Coupon         coupon            `json:"coupon"`
	Created        int64             `json:"created"`
	Customer       text              `json:"customer"`
	ExpiresAt      *int64            `json:"expires_at"`
	Livemode       bool              `json:"livemode"`
	MaxRedemptions *int64            `json:"max_redemptions"`
	Metadata       map[string]string `json:"metadata"`
	Restrictions   restrictions      `json:"restrictions"`
	TimesRedeemed  int64             `json:"times_redeemed"`
}

// restrictions is PromotionCode.restrictions.
type restrictions struct {
	FirstTimeTransaction  bool   `json:"first_time_transaction"`
	MinimumAmount         *int64 `json:"minimum_amount"`
	MinimumAmountCurrency text   `json:"minimum_amount_currency"`
}

// discount is Stripe's Discount: one coupon at work on one invoice.
type discount struct {
	ID              string `json:"id"`
	Object          string `json:"object"`
	CheckoutSession text   `json:"checkout_session"`
	Coupon          coupon `json:"coupon"`
	Customer        text   `json:"customer"`
	End             *int64 `json:"end"`
	Invoice         text   `json:"invoice"`
	InvoiceItem     text   `json:"invoice_item"`
	PromotionCode   text   `json:"promotion_code"`
	Start           int64  `json:"start"`
	Subscription    text   `json:"subscription"`
}

func createCoupon(m *model, c *call) (any, error) {
	f := c.form
	row := &coupon{ID: f.text("id"), AmountOff: f.positive("amount_off"), Duration: f.oneOf("duration", "once", "once", "repeating", "forever"),
		DurationInMonths: f.positive("duration_in_months"), MaxRedemptions: f.positive("max_redemptions"), Metadata: f.metadata(nil),
		Name: text(f.text("name")), RedeemBy: f.positive("redeem_by")}
	if percent := f.text("percent_off"); percent != "" {
		off, err := parseHundredths(percent)
		if err != nil || off <= 0 || off > 100_00 {
			f.fail(invalid("percent_off", "Invalid decimal: "+percent))
		}
		row.PercentOff = off
	}
	if (row.AmountOff == nil) == (row.PercentOff == 0) {
		f.fail(invalid("amount_off", "Must provide one of percent_off or amount_off."))
	}
	if row.AmountOff != nil {
		row.Currency = text(f.currency())
	}
	if row.Duration == "repeating" && row.DurationInMonths == nil {
		f.fail(missing("duration_in_months"))
	}
	if row.RedeemBy != nil && *row.RedeemBy <= m.unix() {
		f.fail(invalid("redeem_by", "Coupon redeem_by must be in the future."))
	}
	if len(row.Name) > 40 {
		f.fail(invalid("name", "Invalid string: must be at most 40 characters."))
	}
	f.accept("currency", "applies_to")
	if err := f.check(); err != nil {
		return nil, err
	}
	if row.ID == "" {
		row.ID = m.id("")[:8]
	}
	if _, taken := m.coupons.get(row.ID); taken {
		return nil, refused("resource_already_exists", "id", "Coupon already exists.")
	}
	row.Object, row.Created, row.Livemode, row.Valid = "coupon", m.unix(), m.livemode, true
	m.coupons.put(row.ID, row)
	m.emit("coupon.created", row, nil)
	return row, nil
}

func getCoupon(m *model, c *call) (any, error) {
	row, ok := m.coupons.get(c.path["id"])
	if !ok {
		return nil, absent("coupon", c.path["id"])
	}
	row.Valid = m.couponValid(row)
	return row, nil
}

func updateCoupon(m *model, c *call) (any, error) {
	row, ok := m.coupons.get(c.path["id"])
	if !ok {
		return nil, absent("coupon", c.path["id"])
	}
	name, renamed, metadata := c.form.text("name"), c.form.given("name"), c.form.metadata(row.Metadata)
	if err := c.form.check(); err != nil {
		return nil, err
	}
	before := object(row)
	row.Metadata = metadata
	if renamed {
		row.Name = text(name)
	}
	m.coupons.put(row.ID, row)
	m.emit("coupon.updated", row, before)
	return row, nil
}

func deleteCoupon(m *model, c *call) (any, error) {
	row, ok := m.coupons.get(c.path["id"])
	if !ok {
		return nil, absent("coupon", c.path["id"])
	}
	m.coupons.drop(row.ID)
	m.emit("coupon.deleted", row, nil)
	return deleted{ID: row.ID, Object: "coupon", Deleted: true}, nil
}

func listCoupons(m *model, c *call) (any, error) {
	return listOf(c, m.coupons, func(r *coupon) int64 { return r.Created }, func(r *coupon) bool {
		r.Valid = m.couponValid(r)
		return true
	})
}

func (m *model) couponValid(row *coupon) bool {
	return (row.RedeemBy == nil || *row.RedeemBy > m.unix()) && (row.MaxRedemptions == nil || row.TimesRedeemed < *row.MaxRedemptions)
}

var codeShape = regexp.MustCompile(`^[A-Za-z0-9-]{1,500}$`)

func createPromotionCode(m *model, c *call) (any, error) {
	f := c.form
	row := &promotionCode{Active: !f.given("active") || f.boolean("active"), Code: f.text("code"), Customer: text(f.text("customer")),
		ExpiresAt: f.positive("expires_at"), MaxRedemptions: f.positive("max_redemptions"), Metadata: f.metadata(nil),
		Restrictions: restrictions{FirstTimeTransaction: f.boolean("restrictions[first_time_transaction]"),
			MinimumAmount:         f.positive("restrictions[minimum_amount]"),
			MinimumAmountCurrency: text(strings.ToLower(f.text("restrictions[minimum_amount_currency]")))}}
	couponID := f.required("coupon")
	if row.Code != "" && !codeShape.MatchString(row.Code) {
		f.fail(invalid("code", "Promotion codes may only contain letters, digits and dashes."))
	}
	if row.ExpiresAt != nil && *row.ExpiresAt <= m.unix() {
		f.fail(invalid("expires_at", "The expiration time must be in the future."))
	}
	if (row.Restrictions.MinimumAmount == nil) != (row.Restrictions.MinimumAmountCurrency == "") {
		f.fail(missing("restrictions[minimum_amount_currency]"))
	}
	if err := f.check(); err != nil {
		return nil, err
	}
	source, ok := m.coupons.get(couponID)
	if !ok {
		return nil, unknownReference("coupon", "coupon", couponID)
	}
	if !m.couponValid(source) {
		return nil, refused("coupon_expired", "coupon", "The coupon is no longer valid.")
	}
	if _, known := m.customers.get(string(row.Customer)); row.Customer != "" && !known {
		return nil, unknownReference("customer", "customer", string(row.Customer))
	}
	if row.Code == "" {
		row.Code = strings.ToUpper(m.id("")[:8])
	}
	if row.Active && m.codeTaken(row, "") {
		return nil, refused("", "code", "An active promotion code with `code: "+row.Code+"` already exists.")
	}
	row.ID, row.Object, row.Created, row.Livemode, row.Coupon = m.id("promo_"), "promotion_code", m.unix(), m.livemode, *source
	m.promotions.put(row.ID, row)
	folded := strings.ToLower(row.Code)
	m.byCode[folded] = append(m.byCode[folded], row.ID)
	m.emit("promotion_code.created", row, nil)
	return row, nil
}

// codeTaken reports whether an active code reads the same without case for an overlapping set of customers.
func (m *model) codeTaken(row *promotionCode, self string) bool {
	for _, id := range m.byCode[strings.ToLower(row.Code)] {
		other, ok := m.promotions.get(id)
		if ok && id != self && m.refresh(other).Active && (other.Customer == "" || row.Customer == "" || other.Customer == row.Customer) {
			return true
		}
	}
	return false
}

// usable reports whether neither the clock, nor its limit, nor its coupon ends a code.
func (m *model) usable(row *promotionCode) bool {
	source, ok := m.coupons.get(row.Coupon.ID)
	return ok && m.couponValid(source) && (row.MaxRedemptions == nil || row.TimesRedeemed < *row.MaxRedemptions) &&
		(row.ExpiresAt == nil || *row.ExpiresAt > m.unix())
}

// refresh brings a code up to date with the clock and its coupon: an expired or used-up code is not active.
func (m *model) refresh(row *promotionCode) *promotionCode {
	source, ok := m.coupons.get(row.Coupon.ID)
	if ok {
		row.Coupon = *source
	}
	row.Coupon.Valid = ok && m.couponValid(source)
	if row.Active && !m.usable(row) {
		row.Active = false
		m.promotions.put(row.ID, row)
	}
	return row
}

func getPromotionCode(m *model, c *call) (any, error) {
	row, ok := m.promotions.get(c.path["id"])
	if !ok {
		return nil, absent("promotion code", c.path["id"])
	}
	return m.refresh(row), nil
}

func updatePromotionCode(m *model, c *call) (any, error) {
	row, ok := m.promotions.get(c.path["id"])
	if !ok {
		return nil, absent("promotion code", c.path["id"])
	}
	m.refresh(row)
	changed := *row
	changed.Metadata = c.form.metadata(row.Metadata)
	if c.form.given("active") {
		changed.Active = c.form.boolean("active")
	}
	if err := c.form.check(); err != nil {
		return nil, err
	}
	if changed.Active && !row.Active {
		if !m.usable(row) {
			return nil, refused("promotion_code_expired", "active", "This promotion code can no longer be activated.")
		}
		if m.codeTaken(&changed, row.ID) {
			return nil, refused("", "code", "An active promotion code with `code: "+row.Code+"` already exists.")
		}
	}
	before := object(row)
	*row = changed
	m.promotions.put(row.ID, row)
	m.emit("promotion_code.updated", row, before)
	return row, nil
}

func listPromotionCodes(m *model, c *call) (any, error) {
	code, couponID, owner := c.form.text("code"), c.form.text("coupon"), c.form.text("customer")
	byActive, active := c.form.given("active"), c.form.boolean("active")
	return listOf(c, m.promotions, func(r *promotionCode) int64 { return r.Created }, func(r *promotionCode) bool {
		m.refresh(r)
		return (code == "" || strings.EqualFold(r.Code, code)) && (couponID == "" || r.Coupon.ID == couponID) &&
			(owner == "" || string(r.Customer) == owner) && (!byActive || r.Active == active)
	})
}

// redeemable finds the active code that a buyer typed and checks it against them. buyer is nil for
// somebody whom Stripe does not know yet.
func (m *model) redeemable(code string, buyer *customer, currency string, subtotalMinor int64) (*promotionCode, error) {
	var found *promotionCode
	for _, id := range m.byCode[strings.ToLower(code)] {
		if row, ok := m.promotions.get(id); ok && m.refresh(row).Active && (row.Customer == "" || buyer != nil && string(row.Customer) == buyer.ID) {
			found = row
		}
	}
	if found == nil {
		return nil, refused("resource_missing", "promotion_code", "This code is invalid.")
	}
	if found.Restrictions.FirstTimeTransaction && buyer != nil && m.hasPaid(buyer.ID) {
		return nil, refused("promotion_code_customer_not_first_time_customer", "promotion_code",
			"This promotion code cannot be redeemed because the associated customer has prior transactions.")
	}
	if found.Coupon.AmountOff != nil && string(found.Coupon.Currency) != currency {
		return nil, refused("coupon_currency_mismatch", "promotion_code", "This code is for another currency.")
	}
	minimum := found.Restrictions.MinimumAmount
	if minimum != nil && (string(found.Restrictions.MinimumAmountCurrency) != currency || subtotalMinor < *minimum) {
		return nil, refused("promotion_code_minimum_amount_not_met", "promotion_code", "The order is below this code's minimum.")
	}
	return found, nil
}

// off is what the coupon takes from a subtotal; a percentage is rounded half up to the minor unit.
func (c coupon) off(subtotalMinor int64) int64 {
	if c.AmountOff != nil {
		return min(*c.AmountOff, subtotalMinor)
	}
	return (subtotalMinor*int64(c.PercentOff) + 50_00) / 100_00
}

// redeem counts one use. The caller has checked the code with redeemable under the same lock.
func (m *model) redeem(row *promotionCode) {
	before := object(row)
	row.TimesRedeemed++
	if source, ok := m.coupons.get(row.Coupon.ID); ok {
		source.TimesRedeemed++
		m.coupons.put(source.ID, source)
	}
	m.refresh(row)
	m.promotions.put(row.ID, row)
	m.emit("promotion_code.updated", row, before)
}

func (m *model) hasPaid(customerID string) bool {
	for _, row := range m.invoices.newest {
		if string(row.Customer) == customerID && row.Paid {
			return true
		}
	}
	return false
}
