package customer

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"goodword/internal/fault"
	"goodword/internal/ident"
	"goodword/internal/mail"
	"goodword/internal/money"
)

// Draft is what a new customer is made from. Only a first or last name, or a mail address, is required.
type Draft struct {
	ExternalID, FirstName, LastName string
	// Email and Phone are the main addresses; Addresses are further ones.
	Email, Phone string
	Addresses    []AddressDraft
	// Company is found by its name without case, or made.
	Company string
	// CompanyStripe is the Stripe customer of the company; it fills an empty one.
	CompanyStripe string
	// Division, Country (ISO 3166-1 alpha-2) and Zone may be empty; Language is "en" when empty.
	Division, Country, Language, Zone string
	StripeCustomer                    string
	// Stage is Active, GiftPolicy GiftPerson when empty.
	Stage      Stage
	GiftPolicy GiftPolicy
	OwnerID    string
	Note       string
	// LastOrderAt and RenewsAt may be zero, Order nil.
	LastOrderAt, RenewsAt time.Time
	Order                 *money.Amount
	Tags                  []string
	// FromIntroductionID is the introduction that brought the customer.
	FromIntroductionID string
}

// AddressDraft is one address as typed. Label is "work" when empty.
type AddressDraft struct {
	Kind  AddressKind
	Label string
	Value string
}

// Patch is what changes about a customer: nil fields stay as they are, empty values empty the field.
type Patch struct {
	ExternalID, FirstName, LastName *string
	// Email and Phone replace the main address of their kind; the one before is kept as a further one unless Addresses
	// says otherwise. An empty string removes the main address.
	Email, Phone *string
	// Addresses replaces all addresses that are not main.
	Addresses                         *[]AddressDraft
	Company                           *string
	Division, Country, Language, Zone *string
	StripeCustomer                    *string
	Stage                             *Stage
	GiftPolicy                        *GiftPolicy
	OwnerID                           *string
	Note                              *string
	LastOrderAt, RenewsAt             *time.Time
	Order                             *money.Amount
	Tags                              *[]string
	AskLess                           *bool
}

// Lengths in characters. They hold for imports too.
const (
	maxName    = 100
	maxCompany = 200
	maxShort   = 100
	maxNote    = 5000
	maxTag     = 50
	maxTags    = 50
	maxFurther = 20
)

var labels = []string{"work", "private", "other"}

// tidy brings every field into the form in which it is kept.
func (d Draft) tidy() Draft {
	for _, p := range []*string{&d.ExternalID, &d.FirstName, &d.LastName, &d.Email, &d.Phone, &d.Company, &d.CompanyStripe, &d.Division,
		&d.Country, &d.Language, &d.Zone, &d.StripeCustomer, &d.OwnerID} {
		*p = clean(*p)
	}
	d.Note = cleanText(d.Note)
	d.Country = strings.ToUpper(d.Country)
	d.Language, _, _ = strings.Cut(strings.ToLower(d.Language), "-")
	if d.Language == "" {
		d.Language = "en"
	}
	if d.Stage == "" {
		d.Stage = Active
	}
	if d.GiftPolicy == "" {
		d.GiftPolicy = GiftPerson
	}
	d.LastOrderAt, d.RenewsAt = micro(d.LastOrderAt), micro(d.RenewsAt)
	d.Tags = tidyTags(d.Tags)
	return d
}

func tidyTags(tags []string) []string {
	var out []string
	for _, t := range tags {
		if t = normalizeTag(t); t != "" {
			out = append(out, t)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func micro(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC().Truncate(time.Microsecond)
}

// Check returns an Invalid fault that names every field that cannot be kept, or nil. What only the database knows
// (a taken address, an unknown owner) is found by Create.
func (d Draft) Check() error {
	var c fault.Check
	d = d.tidy()
	if d.FirstName == "" && d.LastName == "" && d.Email == "" {
		c.AddKey("name", "problem.required", "Give a name or a mail address.")
	}
	if d.Email != "" {
		checkEmail(&c, "email", d.Email)
	}
	if d.Phone != "" {
		checkPhone(&c, "phone", d.Phone, d.Country)
	}
	checkFurther(&c, d.Addresses, d.Country)
	checkTags(&c, d.Tags)
	checkOrder(&c, d.Order)
	fields{
		FirstName: d.FirstName, LastName: d.LastName, Company: d.Company, Division: d.Division, Country: d.Country, Language: d.Language, Zone: d.Zone,
		ExternalID: d.ExternalID, StripeCustomer: d.StripeCustomer, OwnerID: d.OwnerID, Note: d.Note, Stage: d.Stage, Gift: d.GiftPolicy,
	}.check(&c)
	return c.Err()
}

// fields are the plain columns that Create and Update check alike.
type fields struct {
	FirstName, LastName, Company, Division, Country, Language, Zone string
	ExternalID, StripeCustomer, OwnerID, Note                       string
	Stage                                                           Stage
	Gift                                                            GiftPolicy
}

func (f fields) check(c *fault.Check) {
	for _, l := range []struct {
		field, value string
		limit        int
	}{
		{"first_name", f.FirstName, maxName}, {"last_name", f.LastName, maxName}, {"company", f.Company, maxCompany},
		{"division", f.Division, maxShort}, {"external_id", f.ExternalID, maxShort}, {"stripe_customer", f.StripeCustomer, maxShort},
		{"note", f.Note, maxNote},
	} {
		if utf8.RuneCountInString(l.value) > l.limit {
			c.AddKey(l.field, "problem.too_long", fmt.Sprintf("This is too long. At most %d characters.", l.limit))
		}
	}
	c.That(f.Country == "" || isLetters(f.Country, 2, 2), "country", "Give the country as two letters, like DE.")
	c.That(isLetters(f.Language, 2, 3), "language", "Give the language as two or three letters, like en.")
	c.That(slices.Contains(Stages, f.Stage), "stage", "The stage is lead, customer or former.")
	c.That(slices.Contains(GiftPolicies, f.Gift), "gift_policy", "The gift rule is person, company or none.")
	c.That(f.OwnerID == "" || ident.Valid(f.OwnerID), "owner_id", "This is not the id of a colleague.")
	if f.Zone != "" {
		_, err := time.LoadLocation(f.Zone)
		c.That(err == nil && f.Zone != "Local", "zone", "Give the time zone as in Europe/Berlin.")
	}
}

func isLetters(s string, least, most int) bool {
	for _, r := range s {
		if (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') {
			return false
		}
	}
	return len(s) >= least && len(s) <= most
}

func checkEmail(c *fault.Check, field, value string) {
	if !ValidEmail(value) {
		c.AddKey(field, "problem.email", "Please write an e-mail address like name@example.com.")
	}
}

func checkPhone(c *fault.Check, field, value, country string) {
	if _, ok := NormalizePhone(value, country); !ok {
		c.AddKey(field, "problem.phone", "Please write a phone number with its country code, like +44 20 7946 0958.")
	}
}

func checkFurther(c *fault.Check, list []AddressDraft, country string) {
	c.That(len(list) <= maxFurther, "addresses", fmt.Sprintf("At most %d addresses.", maxFurther))
	for i, a := range list {
		path := fmt.Sprintf("addresses.%d.", i)
		switch a.Kind {
		case Email:
			checkEmail(c, path+"value", a.Value)
		case Phone:
			checkPhone(c, path+"value", a.Value, country)
		default:
			c.Add(path+"kind", "The kind is email or phone.")
		}
		c.That(a.Label == "" || slices.Contains(labels, a.Label), path+"label", "The label is work, private or other.")
	}
}

func checkTags(c *fault.Check, tags []string) {
	c.That(len(tags) <= maxTags, "tags", fmt.Sprintf("At most %d tags.", maxTags))
	for i, t := range tags {
		c.That(utf8.RuneCountInString(t) <= maxTag, fmt.Sprintf("tags.%d", i), fmt.Sprintf("A tag has at most %d characters.", maxTag))
	}
}

func checkOrder(c *fault.Check, order *money.Amount) {
	if order == nil {
		return
	}
	c.That(money.Known(order.Currency), "order.currency", "This currency is not known.")
	c.That(order.Minor >= 0, "order.amount_minor", "An order has no negative value.")
}

// addresses builds the rows of the main and the further addresses. The draft must have passed Check.
func (d Draft) addresses(customerID string, now time.Time) []Address {
	var list []Address
	if d.Email != "" {
		list = append(list, newAddress(customerID, AddressDraft{Kind: Email, Value: d.Email}, d.Country, now))
	}
	if d.Phone != "" {
		list = append(list, newAddress(customerID, AddressDraft{Kind: Phone, Value: d.Phone}, d.Country, now))
	}
	for _, a := range d.Addresses {
		list = append(list, newAddress(customerID, a, d.Country, now))
	}
	return settle(list)
}

func newAddress(customerID string, a AddressDraft, country string, now time.Time) Address {
	row := Address{ID: ident.New(), CustomerID: customerID, Kind: a.Kind, Label: a.Label, Value: clean(a.Value), State: AddressOK, CreatedAt: now}
	if row.Label == "" {
		row.Label = "work"
	}
	if a.Kind == Phone {
		row.ValueNorm, _ = NormalizePhone(row.Value, country)
		row.Identity = row.ValueNorm
	} else {
		row.ValueNorm = mail.NormalizeEmail(row.Value)
		row.Identity = IdentityKey(row.Value)
	}
	return row
}

// settle drops repeated addresses and makes the first of each kind the main one.
func settle(list []Address) []Address {
	var out []Address
	main := map[AddressKind]bool{}
	for _, a := range list {
		if slices.ContainsFunc(out, func(b Address) bool { return a.Kind == b.Kind && a.ValueNorm == b.ValueNorm }) {
			continue
		}
		a.Main = !main[a.Kind]
		main[a.Kind] = true
		out = append(out, a)
	}
	return out
}

// cleanText keeps the lines of what a person typed and drops control characters.
func cleanText(s string) string {
	if tidy(s) {
		return s
	}
	lines := strings.Split(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(s), "\n")
	for i, l := range lines {
		lines[i] = clean(l)
	}
	return strings.TrimSpace(strings.Join(lines, "\n"))
}
