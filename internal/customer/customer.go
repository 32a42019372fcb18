// Package customer keeps the people who introduce others and say what they think of us: who they are, how to reach
// them, what they allowed, how often they may be asked, and the private links that open their pages.
package customer

import (
	"strings"
	"time"

	"github.com/uptrace/bun"

	"goodword/internal/money"
)

// Stage says where a person stands with us. Only customers are asked; the rest is kept for matching and reports.
type Stage string

// The stages.
const (
	Lead   Stage = "lead"     // known, not yet a customer
	Active Stage = "customer" // buys from us
	Former Stage = "former"   // bought from us
)

// Stages lists every stage.
var Stages = []Stage{Lead, Active, Former}

// GiftPolicy is the gift rule: what a customer may be promised.
type GiftPolicy string

// The gift rules.
const (
	GiftPerson  GiftPolicy = "person"  // anything may go to the person
	GiftCompany GiftPolicy = "company" // only what goes to the company (credit on an invoice)
	GiftNone    GiftPolicy = "none"    // nothing: public sector, strict policies
)

// GiftPolicies lists every gift rule.
var GiftPolicies = []GiftPolicy{GiftPerson, GiftCompany, GiftNone}

// Customer is a row of table customer. A person survives a change of employer: the company and the addresses change,
// the id stays. Zero times mean never.
type Customer struct {
	bun.BaseModel `bun:"table:customer,alias:customer"`

	ID string `bun:"id,pk"`
	// ExternalID is the id in the company's own CRM; unique where set.
	ExternalID string `bun:"external_id,nullzero"`
	FirstName  string `bun:"first_name"`
	LastName   string `bun:"last_name"`
	CompanyID  string `bun:"company_id,nullzero"`
	Division   string `bun:"division"`
	// Country is ISO 3166-1 alpha-2 in capitals, or empty.
	Country string `bun:"country"`
	// Language is the reader's language, a primary BCP 47 tag ("en", "de").
	Language string `bun:"language"`
	// Zone is an IANA time zone, or empty for the installation's.
	Zone           string     `bun:"zone"`
	StripeCustomer string     `bun:"stripe_customer"`
	Stage          Stage      `bun:"stage"`
	OwnerID        string     `bun:"owner_id,nullzero"`
	GiftPolicy     GiftPolicy `bun:"gift_policy"`
	// PreferredRail is the customer's last choice of how rewards come, or empty.
	PreferredRail string    `bun:"preferred_rail"`
	Note          string    `bun:"note"`
	LastOrderAt   time.Time `bun:"last_order_at,nullzero"`
	RenewsAt      time.Time `bun:"renews_at,nullzero"`
	// OrderMinor and OrderCurrency are the value of the last order; see Order.
	OrderMinor    *int64 `bun:"order_minor"`
	OrderCurrency string `bun:"order_currency"`
	// AskedAt is when the last ask went out, ContactedAt the last real contact.
	AskedAt     time.Time `bun:"asked_at,nullzero"`
	ContactedAt time.Time `bun:"contacted_at,nullzero"`
	AskLess     bool      `bun:"ask_less"`
	StoppedAt   time.Time `bun:"stopped_at,nullzero"`
	// ComplaintAt is when the complaint that is still open began.
	ComplaintAt time.Time `bun:"complaint_at,nullzero"`
	ErasedAt    time.Time `bun:"erased_at,nullzero"`
	// FromIntroductionID is the introduction through which the person became a customer.
	FromIntroductionID string    `bun:"from_introduction_id,nullzero"`
	Search             string    `bun:"search"`
	SortName           string    `bun:"sort_name"`
	Version            int64     `bun:"version"`
	CreatedAt          time.Time `bun:"created_at"`
	UpdatedAt          time.Time `bun:"updated_at"`

	// Company is nil for a person without one.
	Company   *Company  `bun:"rel:belongs-to,join:company_id=id"`
	Addresses []Address `bun:"rel:has-many,join:id=customer_id"`
	Tags      []string  `bun:"-"`
}

// Company is a row of table company: an employer, found by its normalised name.
type Company struct {
	bun.BaseModel `bun:"table:company,alias:company"`

	ID             string    `bun:"id,pk"`
	Name           string    `bun:"name"`
	NameNorm       string    `bun:"name_norm"`
	StripeCustomer string    `bun:"stripe_customer"`
	CreatedAt      time.Time `bun:"created_at"`
}

// AddressKind is what an address is for.
type AddressKind string

// The kinds of address.
const (
	Email AddressKind = "email"
	Phone AddressKind = "phone"
)

// AddressState says whether an address can be used.
type AddressState string

// The states of an address.
const (
	AddressOK   AddressState = "ok"
	SoftBounced AddressState = "soft_bounced" // a full mailbox: tried again
	Bounced     AddressState = "bounced"      // refused for good
	Complained  AddressState = "complained"   // the reader called it spam
)

// Address is a row of table customer_address.
type Address struct {
	bun.BaseModel `bun:"table:customer_address,alias:customer_address"`

	ID         string      `bun:"id,pk"`
	CustomerID string      `bun:"customer_id"`
	Kind       AddressKind `bun:"kind"`
	// Label is "work", "private" or "other".
	Label string `bun:"label"`
	// Value is as typed; ValueNorm is what is compared: mail.NormalizeEmail, or E.164 for a phone.
	Value     string `bun:"value"`
	ValueNorm string `bun:"value_norm"`
	// Identity is IdentityKey of a mail address, ValueNorm of a phone.
	Identity  string       `bun:"identity"`
	Main      bool         `bun:"main"`
	State     AddressState `bun:"state"`
	CreatedAt time.Time    `bun:"created_at"`
}

// Usable reports whether mail or calls may go there.
func (a Address) Usable() bool { return a.State == AddressOK || a.State == SoftBounced }

// Name is first and last name with one space, or whichever there is.
func (c Customer) Name() string { return strings.TrimSpace(c.FirstName + " " + c.LastName) }

// Erased reports whether the personal data is gone.
func (c Customer) Erased() bool { return !c.ErasedAt.IsZero() }

// Email returns the mail address that we write to: the main one if it can be used, else the first that can. Empty if
// there is none. It needs Addresses.
func (c Customer) Email() string { return c.address(Email).Value }

// Phone returns the main phone number as typed, else the first; empty if there is none. It needs Addresses.
func (c Customer) Phone() string { return c.address(Phone).Value }

func (c Customer) address(kind AddressKind) Address {
	var best Address
	for _, a := range c.Addresses {
		if a.Kind != kind || !a.Usable() {
			continue
		}
		if a.Main {
			return a
		}
		if best.ID == "" {
			best = a
		}
	}
	return best
}

// CompanyName is the employer's name, or empty. It needs Company.
func (c Customer) CompanyName() string {
	if c.Company == nil {
		return ""
	}
	return c.Company.Name
}

// CreditTo returns the Stripe customer that gets credit: the person's own, else the company's, else "".
// It needs Company.
func (c Customer) CreditTo() string {
	if c.StripeCustomer != "" || c.Company == nil {
		return c.StripeCustomer
	}
	return c.Company.StripeCustomer
}

// Order returns the value of the last order, if it is known.
func (c Customer) Order() (money.Amount, bool) {
	if c.OrderMinor == nil {
		return money.Amount{}, false
	}
	return money.New(*c.OrderMinor, c.OrderCurrency), true
}

// SplitName takes a full name apart at the last space: what follows is the last name. A single word is a first name.
func SplitName(name string) (first, last string) {
	name = clean(name)
	if i := strings.LastIndexByte(name, ' '); i > 0 {
		return name[:i], name[i+1:]
	}
	return name, ""
}

// ParseStage maps the English and German words of common CRMs ("evangelist", "Marketing Qualified Lead", "Interessent") to
// a Stage. It returns false for a word that it does not know; an empty one is Active.
func ParseStage(word string) (Stage, bool) {
	key := wordMarks.Replace(strings.ToLower(strings.TrimSpace(word)))
	switch key {
	case "", "customer", "client", "active", "evangelist", "current", "account", "kunde", "kundin", "bestandskunde", "stammkunde", "neukunde", "aktiv":
		return Active, true
	case "lead", "subscriber", "prospect", "opportunity", "marketingqualifiedlead", "salesqualifiedlead", "mql", "sql", "contact", "other",
		"interessent", "interessentin", "kontakt", "abonnent", "sonstige", "sonstiges", "verkaufschance":
		return Lead, true
	case "former", "formercustomer", "churned", "lost", "inactive", "excustomer", "lapsed",
		"ehemalig", "ehemaliger", "ehemaligerkunde", "exkunde", "altkunde", "inaktiv", "verloren", "gekündigt":
		return Former, true
	}
	return "", false
}

var wordMarks = strings.NewReplacer(" ", "", "_", "", "-", "")

// emptied returns the row without anything that tells who the person was. The company, the owner and the division stay:
// figures are kept by them.
func (c Customer) emptied(now time.Time) Customer {
	return Customer{
		ID: c.ID, Division: c.Division, Language: c.Language, Stage: c.Stage, OwnerID: c.OwnerID, GiftPolicy: c.GiftPolicy, CompanyID: c.CompanyID,
		AskedAt: c.AskedAt, LastOrderAt: c.LastOrderAt, ErasedAt: now, FromIntroductionID: c.FromIntroductionID,
		Version: c.Version, CreatedAt: c.CreatedAt, UpdatedAt: now,
	}
}
