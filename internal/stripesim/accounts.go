package stripesim

import (
	"net/url"
	"strconv"
	"time"
)

// connected is Stripe's Account: a payee's Express account, or the platform's own.
type connected struct {
	ID               string            `json:"id"`
	Object           string            `json:"object"`
	BusinessType     text              `json:"business_type"`
	Capabilities     map[string]string `json:"capabilities"`
	ChargesEnabled   bool              `json:"charges_enabled"`
	Country          string            `json:"country"`
	Created          int64             `json:"created"`
	DefaultCurrency  string            `json:"default_currency"`
	DetailsSubmitted bool              `json:"details_submitted"`
	Email            text              `json:"email"`
	Metadata         map[string]string `json:"metadata"`
	PayoutsEnabled   bool              `json:"payouts_enabled"`
	Requirements     requirements      `json:"requirements"`
	Type             string            `json:"type"`
}

// requirements is Account.requirements.
type requirements struct {
	CurrentDeadline *int64   `json:"current_deadline"`
	CurrentlyDue    []string `json:"currently_due"`
	DisabledReason  text     `json:"disabled_reason"`
	EventuallyDue   []string `json:"eventually_due"`
	PastDue         []string `json:"past_due"`
}

// accountLink is Stripe's AccountLink. Its page is the stand-in's own, under /_sim/.
type accountLink struct {
	Object    string `json:"object"`
	Created   int64  `json:"created"`
	ExpiresAt int64  `json:"expires_at"`
	URL       string `json:"url"`
}

const (
	capable   = "active"
	incapable = "inactive"
)

// ownCountry is the platform's, and that of an account that names none.
const ownCountry = "DE"

// currencyOf is the default currency of an account in a country; the euro for those that are not listed.
func currencyOf(country string) string {
	currency, ok := map[string]string{"US": "usd", "GB": "gbp", "CH": "chf", "CA": "cad", "AU": "aud", "JP": "jpy", "SE": "sek", "DK": "dkk", "NO": "nok", "PL": "pln"}[country]
	if !ok {
		return "eur"
	}
	return currency
}

// bankDetails is the requirement to name a bank account, or another one.
const bankDetails = "external_account"

var onboardingDue = []string{"individual.first_name", "individual.last_name", bankDetails, "tos_acceptance.date"}

func createAccount(m *model, c *call) (any, error) {
	f := c.form
	row := &connected{Type: f.oneOf("type", "", "express", "custom", "standard"), Country: f.text("country"), Email: text(f.text("email")),
		BusinessType: text(f.text("business_type")), DefaultCurrency: f.text("default_currency"), Metadata: f.metadata(nil),
		Capabilities: map[string]string{}}
	for _, name := range []string{"transfers", "card_payments"} {
		if f.boolean("capabilities[" + name + "][requested]") {
			row.Capabilities[name] = incapable
		}
	}
	f.accept("business_profile", "individual", "company", "settings", "tos_acceptance")
	if err := f.check(); err != nil {
		return nil, err
	}
	if row.Country == "" {
		row.Country = ownCountry
	}
	if row.DefaultCurrency == "" {
		row.DefaultCurrency = currencyOf(row.Country)
	}
	row.ID, row.Object, row.Created = m.id("acct_"), "account", m.unix()
	row.Requirements = requirements{CurrentlyDue: onboardingDue, EventuallyDue: onboardingDue, PastDue: []string{}, DisabledReason: "requirements.past_due"}
	m.accounts.put(row.ID, row)
	return row, nil
}

func getAccount(m *model, c *call) (any, error) {
	if c.path["id"] == m.account {
		return getOwnAccount(m, c)
	}
	row, ok := m.accounts.get(c.path["id"])
	if !ok {
		return nil, absent("account", c.path["id"])
	}
	return row, nil
}

func getOwnAccount(m *model, _ *call) (any, error) {
	return &connected{ID: m.account, Object: "account", Type: "standard", Country: ownCountry, DefaultCurrency: currencyOf(ownCountry), ChargesEnabled: true,
		PayoutsEnabled: true, DetailsSubmitted: true, Metadata: map[string]string{},
		Capabilities: map[string]string{"card_payments": capable, "transfers": capable},
		Requirements: requirements{CurrentlyDue: []string{}, EventuallyDue: []string{}, PastDue: []string{}}}, nil
}

func updateAccount(m *model, c *call) (any, error) {
	row, ok := m.accounts.get(c.path["id"])
	if !ok {
		return nil, absent("account", c.path["id"])
	}
	email, emailGiven, metadata := c.form.text("email"), c.form.given("email"), c.form.metadata(row.Metadata)
	c.form.accept("business_profile", "individual", "company", "settings", "tos_acceptance", "capabilities")
	if err := c.form.check(); err != nil {
		return nil, err
	}
	before := object(row)
	row.Metadata = metadata
	if emailGiven {
		row.Email = text(email)
	}
	m.accounts.put(row.ID, row)
	m.emitFor(row.ID, "account.updated", row, before)
	return row, nil
}

func listAccounts(m *model, c *call) (any, error) {
	return listOf(c, m.accounts, func(r *connected) int64 { return r.Created }, func(*connected) bool { return true })
}

func createAccountLink(m *model, c *call) (any, error) {
	f := c.form
	id, returnURL, refreshURL := f.required("account"), f.text("return_url"), f.text("refresh_url")
	if f.oneOf("type", "", "account_onboarding", "account_update") == "account_onboarding" && (returnURL == "" || refreshURL == "") {
		f.fail(missing("refresh_url"))
	}
	f.accept("collect", "collection_options")
	if err := f.check(); err != nil {
		return nil, err
	}
	if _, ok := m.accounts.get(id); !ok {
		return nil, unknownReference("account", "account", id)
	}
	expires := m.now().Add(5 * time.Minute).Unix()
	page := url.URL{Scheme: "http", Host: c.host, Path: "/_sim/onboard/" + id, RawQuery: url.Values{"return_url": {returnURL},
		"refresh_url": {refreshURL}, "expires": {strconv.FormatInt(expires, 10)}}.Encode()}
	return accountLink{Object: "account_link", Created: m.unix(), ExpiresAt: expires, URL: page.String()}, nil
}

// setAbility switches what a connected account may do and tells it as that account's event.
func (m *model) setAbility(id string, able bool) error {
	row, ok := m.accounts.get(id)
	if !ok {
		return absent("account", id)
	}
	before := object(row)
	state, due, reason := capable, []string{}, text("")
	if !able {
		state, due, reason = incapable, []string{"individual.verification.document"}, "requirements.past_due"
	}
	row.Capabilities = map[string]string{"transfers": state}
	row.DetailsSubmitted, row.PayoutsEnabled, row.ChargesEnabled = true, able, able
	row.Requirements = requirements{CurrentlyDue: due, EventuallyDue: due, PastDue: []string{}, DisabledReason: reason}
	m.accounts.put(id, row)
	m.emitFor(id, "account.updated", row, before)
	return nil
}
