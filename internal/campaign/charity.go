package campaign

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"goodword/internal/audit"
	"goodword/internal/db"
	"goodword/internal/event"
	"goodword/internal/fault"
	"goodword/internal/ident"
)

// Charity is a row of table charity: an organisation to which customers may give their thank-you.
type Charity struct {
	bun.BaseModel `bun:"table:charity,alias:ch"`

	ID   string `bun:"id,pk"`
	Name string `bun:"name"`
	// Registration is its number with the authority: an EIN, a number of a register. The books' account is named after it, so
	// it never changes.
	Registration string `bun:"registration"`
	// Country is where it is registered, as two letters.
	Country string `bun:"country"`
	// Jurisdictions are the countries in which the contract allows to collect for it, as two letters.
	Jurisdictions []string `bun:"jurisdictions,type:jsonb"`
	// Contract is the reference of the contract with it, Contact who answers there.
	Contract string `bun:"contract"`
	Contact  string `bun:"contact"`
	// RemitDays is how many days after a donation the money has to be there; 0 until that is agreed.
	RemitDays int `bun:"remit_days"`
	// Active is false once nothing more may be given to it.
	Active    bool      `bun:"active"`
	Version   int64     `bun:"version"`
	CreatedAt time.Time `bun:"created_at"`
	UpdatedAt time.Time `bun:"updated_at"`
}

// Missing names what is still to be filled in before an offer may promise donations to it, by the names of the API.
func (c Charity) Missing() []string {
	var out []string
	for _, f := range []struct {
		name string
		ok   bool
	}{
		{"country", c.Country != ""}, {"jurisdictions", len(c.Jurisdictions) > 0}, {"contract", c.Contract != ""},
		{"contact", c.Contact != ""}, {"remit_days", c.RemitDays > 0},
	} {
		if !f.ok {
			out = append(out, f.name)
		}
	}
	return out
}

// Takes reports whether somebody who lives in a country may give to it now. An unknown country is no obstacle: the charity's own
// is what counts then.
func (c Charity) Takes(country string) bool {
	return c.Active && len(c.Missing()) == 0 && (country == "" || slices.Contains(c.Jurisdictions, country))
}

// CharityDraft is a charity as it is entered. Name and Registration are needed at once, the rest before a launch.
type CharityDraft struct {
	Name, Registration, Country string
	Jurisdictions               []string
	Contract, Contact           string
	RemitDays                   int
}

// CharityPatch changes parts of a charity; nil leaves a part as it is.
type CharityPatch struct {
	Name, Country     *string
	Jurisdictions     *[]string
	Contract, Contact *string
	RemitDays         *int
	Active            *bool
}

var (
	registration = regexp.MustCompile(`^[A-Z0-9][A-Z0-9./-]{1,39}$`)
	countryCode  = regexp.MustCompile(`^[A-Z]{2}$`)
)

// maxRemitDays is the longest that a donation may wait for its remittance.
const maxRemitDays = 366

// tidy brings what was typed into the form in which it is kept.
func (c *Charity) tidy() {
	for _, s := range []*string{&c.Name, &c.Contract, &c.Contact} {
		*s = strings.TrimSpace(*s)
	}
	c.Registration = strings.ToUpper(strings.Join(strings.Fields(c.Registration), ""))
	c.Country = strings.ToUpper(strings.TrimSpace(c.Country))
	in := []string{}
	for _, one := range c.Jurisdictions {
		if one = strings.ToUpper(strings.TrimSpace(one)); one != "" && !slices.Contains(in, one) {
			in = append(in, one)
		}
	}
	slices.Sort(in)
	c.Jurisdictions = in
}

func (c Charity) check() error {
	var check fault.Check
	check.Required("name", c.Name)
	check.That(c.Registration != "" && registration.MatchString(c.Registration), "registration",
		"Please give the number as it stands in the register: letters, digits, dots, dashes and slashes.")
	check.That(c.Country == "" || countryCode.MatchString(c.Country), "country", "Give the country as two letters, like DE.")
	for i, one := range c.Jurisdictions {
		check.That(countryCode.MatchString(one), fmt.Sprintf("jurisdictions.%d", i), "Give the country as two letters, like DE.")
	}
	check.That(len(c.Jurisdictions) <= 100, "jurisdictions", "Please give at most 100 countries.")
	for _, f := range []struct{ name, text string }{{"name", c.Name}, {"contract", c.Contract}, {"contact", c.Contact}} {
		check.That(utf8.RuneCountInString(f.text) <= maxName, f.name, "Please use at most 120 characters.")
		check.That(!strings.ContainsFunc(f.text, func(r rune) bool { return r < ' ' }), f.name, "Please write one line.")
	}
	within(&check, "remit_days", c.RemitDays, 0, maxRemitDays)
	return check.Err()
}

// AddCharity enters a charity. Returns Invalid with every problem at its field, also where the number is known already.
func (s *Service) AddCharity(ctx context.Context, actor audit.Actor, d CharityDraft) (Charity, error) {
	now := s.now()
	c := Charity{ID: ident.New(), Name: d.Name, Registration: d.Registration, Country: d.Country, Jurisdictions: d.Jurisdictions, Contract: d.Contract,
		Contact: d.Contact, RemitDays: d.RemitDays, Active: true, CreatedAt: now, UpdatedAt: now}
	c.tidy()
	if err := c.check(); err != nil {
		return Charity{}, err
	}
	err := s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		fresh, err := insertCharity(ctx, tx, &c)
		if err != nil {
			return err
		}
		var check fault.Check
		check.That(fresh, "registration", "There is a charity with this number already.")
		if err := check.Err(); err != nil {
			return err
		}
		return s.recordCharity(ctx, tx, actor, "added", nil, c)
	})
	if err != nil {
		return Charity{}, fmt.Errorf("add charity: %w", err)
	}
	return c, nil
}

// UpdateCharity changes parts of a charity, but never its number. One that is no longer active takes nothing more; what was given is
// remitted all the same. ifVersion is the version that the editor saw; a negative one means any.
// Returns NotFound, Conflict if somebody else was faster, and Invalid with every problem at its field.
func (s *Service) UpdateCharity(ctx context.Context, actor audit.Actor, id string, p CharityPatch, ifVersion int64) (Charity, error) {
	var c Charity
	err := s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) (err error) {
		if c, err = lockCharity(ctx, tx, id); err != nil {
			return err
		}
		// The lock has raised the version by one.
		if ifVersion >= 0 && c.Version != ifVersion+1 {
			return &fault.Error{Code: fault.Conflict, Message: "Somebody changed this in the meantime. Please look again.", Key: "error.conflict"}
		}
		before := c
		set(&c.Name, p.Name)
		set(&c.Country, p.Country)
		set(&c.Jurisdictions, p.Jurisdictions)
		set(&c.Contract, p.Contract)
		set(&c.Contact, p.Contact)
		set(&c.RemitDays, p.RemitDays)
		set(&c.Active, p.Active)
		c.tidy()
		if err := c.check(); err != nil {
			return err
		}
		c.UpdatedAt = s.now()
		if err := saveCharity(ctx, tx, &c); err != nil {
			return err
		}
		return s.recordCharity(ctx, tx, actor, "changed", before.public(), c)
	})
	if err != nil {
		return Charity{}, fmt.Errorf("update charity %s: %w", id, err)
	}
	return c, nil
}

// publicCharity is what events and the audit say of a charity.
type publicCharity struct {
	Name          string   `json:"name"`
	Registration  string   `json:"registration"`
	Country       string   `json:"country"`
	Jurisdictions []string `json:"jurisdictions"`
	Contract      string   `json:"contract"`
	RemitDays     int      `json:"remit_days"`
	Active        bool     `json:"active"`
}

func (c Charity) public() publicCharity {
	return publicCharity{c.Name, c.Registration, c.Country, c.Jurisdictions, c.Contract, c.RemitDays, c.Active}
}

func (s *Service) recordCharity(ctx context.Context, tx db.Tx, actor audit.Actor, what string, before any, c Charity) error {
	err := event.Record(ctx, tx, event.Event{Type: "charity." + what, At: c.UpdatedAt, ActorKind: string(actor.Kind), ActorID: actor.ID, Data: c.public(), Previous: before})
	if err != nil {
		return err
	}
	return audit.Record(ctx, tx, c.UpdatedAt, audit.Entry{Actor: actor, Action: "charity." + what, Object: "charity", ObjectID: c.ID, Before: before, After: c.public()})
}

// Charities returns every charity, by name.
func (s *Service) Charities(ctx context.Context) ([]Charity, error) { return charities(ctx, s.DB) }

// CharitiesOf returns the charities with these ids that exist, in the order of the ids.
func CharitiesOf(ctx context.Context, idb bun.IDB, ids []string) ([]Charity, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	rows, err := charitiesByID(ctx, idb, ids)
	if err != nil {
		return nil, err
	}
	var out []Charity
	for _, id := range ids {
		if i := slices.IndexFunc(rows, func(c Charity) bool { return c.ID == id }); i >= 0 {
			out = append(out, rows[i])
		}
	}
	return out, nil
}

// maxCharities keeps the choice on a customer's page short.
const maxCharities = 5

// donates reports whether a reward of the offer may be given to charity.
func (t Terms) donates() bool {
	return slices.ContainsFunc(t.Rewards, func(r Rule) bool { return slices.Contains(r.Rails, RailDonation) })
}

// checkCharities adds what is wrong with the list itself; known are those of it that exist.
func (t Terms) checkCharities(c *fault.Check, known []Charity) {
	c.That(len(t.Charities) <= maxCharities, "offer.charities", "Please name at most five charities.")
	for i, id := range t.Charities {
		field := fmt.Sprintf("offer.charities.%d", i)
		c.That(slices.ContainsFunc(known, func(k Charity) bool { return k.ID == id }), field, "There is no such charity.")
		c.That(slices.Index(t.Charities, id) == i, field, "This charity is there twice.")
	}
}

// readyCharities adds what keeps donations from being promised (trust.md L17).
func (t Terms) readyCharities(c *fault.Check, known []Charity) {
	if !t.donates() {
		return
	}
	c.That(len(t.Charities) > 0, "offer.charities", "A reward may be given to charity, so please name at least one.")
	for i, id := range t.Charities {
		n := slices.IndexFunc(known, func(k Charity) bool { return k.ID == id })
		if n < 0 {
			continue
		}
		field := fmt.Sprintf("offer.charities.%d", i)
		c.That(known[n].Active, field, known[n].Name+" takes nothing more. Please name another.")
		if missing := known[n].Missing(); len(missing) > 0 {
			c.Add(field, fmt.Sprintf("%s cannot be promised yet. Please fill in first: %s.", known[n].Name, strings.ReplaceAll(strings.Join(missing, ", "), "_", " ")))
		}
	}
}
