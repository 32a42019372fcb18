package customer

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"goodword/internal/db"
	"goodword/internal/ident"
)

// person is a customer that rows of a chunk are about.
type person struct {
	c Customer
	// had is how many of the addresses, and tags how many of the tags, are in the database.
	had, hadTags int
	made         bool
	changed      bool
	touched      bool // by an earlier row of this chunk
	demoted      []string
}

// chunk puts the entries of one transaction together with who is there.
type chunk struct {
	options         ImportOptions
	now             time.Time
	dryRun          bool
	seen            *seen
	byExt, byMail   map[string]*person
	people          []*person
	problems        []ImportProblem
	created, merged int64
	updated, same   int64
	refused         int64
}

// newChunk looks up everybody whom the entries could be about.
func newChunk(ctx context.Context, tx db.Tx, run Import, earlier *seen, entries []*entry, now time.Time) (*chunk, error) {
	ch := &chunk{options: run.Options, now: now, dryRun: run.DryRun, seen: earlier, byExt: make(map[string]*person, len(entries)), byMail: make(map[string]*person, len(entries))}
	var ids, emails []string
	tags := false
	for _, e := range entries {
		if e.refused {
			continue
		}
		if e.externalID != "" {
			ids = append(ids, e.externalID)
		}
		for _, a := range e.addresses {
			if a.Kind == Email {
				emails = append(emails, a.ValueNorm)
			}
		}
		tags = tags || len(e.tags) > 0
	}
	known, err := knownCustomers(ctx, tx, ids, emails, tags)
	if err != nil {
		return nil, err
	}
	for _, c := range known {
		ch.know(&person{c: c, had: len(c.Addresses), hadTags: len(c.Tags)})
	}
	for _, e := range entries {
		ch.problems = append(ch.problems, e.problems...)
		if e.refused {
			ch.refused++
			continue
		}
		ch.take(e)
	}
	return ch, nil
}

func (ch *chunk) know(p *person) {
	ch.people = append(ch.people, p)
	if p.c.ExternalID != "" {
		ch.byExt[p.c.ExternalID] = p
	}
	for _, a := range p.c.Addresses {
		if a.Kind == Email {
			ch.byMail[a.ValueNorm] = p
		}
	}
}

func (ch *chunk) problem(e *entry, s Severity, field, reason, value string) {
	ch.problems = append(ch.problems, ImportProblem{Line: e.line, Severity: s, Field: field, Reason: reason, Value: excerpt(value)})
}

// take does what one row asks for.
func (ch *chunk) take(e *entry) {
	byExt, byMail := ch.byExt[e.externalID], ch.byMail[e.emailNorm]
	if byExt != nil && byMail != nil && byExt != byMail {
		ch.refused++
		ch.problem(e, Refused, fieldEmail, "The id of this row belongs to one customer and its mail address to another.", e.email)
		return
	}
	p, field, value := byExt, fieldExternalID, e.externalID
	if p == nil {
		p, field, value = byMail, fieldEmail, e.email
	}
	again := p != nil && p.touched
	for _, k := range e.keys {
		again = again || ch.seen.has(k)
	}
	switch {
	case p == nil && again && ch.dryRun:
		// Whom the earlier row would have made is not there to compare with.
		ch.merged++
		ch.problem(e, MergedInto, fieldEmail, "An earlier row has the same id or mail address. This row only fills gaps.", e.email)
	case p == nil:
		p = ch.make(e)
		ch.created++
	case again:
		kept := ch.apply(p, e, true)
		reason := "An earlier row has the same mail address. This row only fills gaps."
		if field == fieldExternalID {
			reason = "An earlier row has the same id. This row only fills gaps."
		}
		if len(kept) > 0 {
			reason += " What the earlier one says stays: " + strings.Join(kept, ", ") + "."
		}
		ch.merged++
		ch.problem(e, MergedInto, field, reason, value)
	default:
		changed := p.changed
		p.changed = false
		ch.apply(p, e, false)
		if p.changed {
			ch.updated++
		} else {
			ch.same++
		}
		p.changed = p.changed || changed
	}
	if p != nil {
		p.touched = true
	}
}

func (ch *chunk) make(e *entry) *person {
	c := Customer{ID: ident.New(), GiftPolicy: GiftPerson, Stage: Active, Language: ch.options.Language, CreatedAt: ch.now}
	if c.Language == "" {
		c.Language = "en"
	}
	if e.stageUnknown {
		c.Stage = Lead
	}
	p := &person{c: c, made: true}
	ch.apply(p, e, false)
	ch.know(p)
	return p
}

// apply puts what an entry says into a customer: into gaps only, or over what is there. It returns the fields that say
// something else and stay.
func (ch *chunk) apply(p *person, e *entry, gaps bool) []string {
	var kept []string
	keep := func(field string) {
		if f, ok := importField(field); ok {
			kept = append(kept, strings.ToLower(f.Label))
		}
	}
	text := func(field string, to *string, value string) {
		switch {
		case value == "" || *to == value:
		case gaps && *to != "":
			keep(field)
		default:
			*to, p.changed = value, true
		}
	}
	c := &p.c
	switch {
	case e.externalID == "" || e.externalID == c.ExternalID:
	case c.ExternalID == "":
		c.ExternalID, p.changed = e.externalID, true
		ch.byExt[e.externalID] = p
	case gaps:
		keep(fieldExternalID)
	default:
		ch.problem(e, Warning, fieldExternalID, "The customer with this mail address has another id, which stays.", e.externalID)
	}
	text(fieldFirstName, &c.FirstName, e.first)
	text(fieldLastName, &c.LastName, e.last)
	text(fieldDivision, &c.Division, e.division)
	text(fieldCountry, &c.Country, e.country)
	text(fieldZone, &c.Zone, e.zone)
	text(fieldStripe, &c.StripeCustomer, e.stripe)
	text(fieldOwner, &c.OwnerID, e.ownerID)
	text(fieldNote, &c.Note, e.note)
	text(fieldDivision, &c.Division, unless(c.Division, ch.options.Division))
	text(fieldCountry, &c.Country, unless(c.Country, ch.options.Country))
	// These three are never empty: the first row about somebody decides.
	if !gaps {
		text(fieldLanguage, &c.Language, e.language)
		text(fieldStage, (*string)(&c.Stage), string(e.stage))
		text(fieldGift, (*string)(&c.GiftPolicy), string(e.gift))
	} else if e.stage != "" && e.stage != c.Stage {
		keep(fieldStage)
	}
	if key := e.companyKey; key != "" {
		switch {
		case c.Company != nil && c.Company.NameNorm == key:
			text(fieldCompanyStripe, &c.Company.StripeCustomer, unless(c.Company.StripeCustomer, e.companyStripe))
		case c.Company != nil && gaps:
			keep(fieldCompany)
		default:
			c.Company, c.CompanyID, p.changed = &Company{Name: e.company, NameNorm: key, StripeCustomer: e.companyStripe}, "", true
		}
	}
	if !e.renewsAt.IsZero() && !e.renewsAt.Equal(c.RenewsAt) {
		if gaps && !c.RenewsAt.IsZero() {
			keep(fieldRenewsAt)
		} else {
			c.RenewsAt, p.changed = e.renewsAt, true
		}
	}
	ch.order(p, e, gaps, keep)
	ch.addresses(p, e, gaps, keep)
	for _, t := range e.tags {
		if len(c.Tags) < maxTags && !slices.Contains(c.Tags, t) {
			c.Tags, p.changed = append(c.Tags, t), true
		}
	}
	return kept
}

// unless returns other where there is nothing yet.
func unless(there, other string) string {
	if there != "" {
		return ""
	}
	return other
}

// order takes date and value of the last order together: one that is older than the one known is not the last.
func (ch *chunk) order(p *person, e *entry, gaps bool, keep func(string)) {
	c := &p.c
	if e.orderedAt.IsZero() && e.order == nil {
		return
	}
	if gaps && (!c.LastOrderAt.IsZero() || c.OrderMinor != nil) {
		if !e.orderedAt.IsZero() && !e.orderedAt.Equal(c.LastOrderAt) {
			keep(fieldOrderedAt)
		}
		return
	}
	if !e.orderedAt.IsZero() && e.orderedAt.Before(c.LastOrderAt) {
		return
	}
	if !e.orderedAt.IsZero() && !e.orderedAt.Equal(c.LastOrderAt) {
		c.LastOrderAt, p.changed = e.orderedAt, true
	}
	if before, ok := c.Order(); e.order != nil && (!ok || before != *e.order) {
		minor := e.order.Minor
		c.OrderMinor, c.OrderCurrency, p.changed = &minor, e.order.Currency, true
	}
}

// addresses adds those that the customer does not have. A new one is the main one from now on, unless it only fills a gap.
func (ch *chunk) addresses(p *person, e *entry, gaps bool, keep func(string)) {
	hasPhone := slices.ContainsFunc(p.c.Addresses, func(a Address) bool { return a.Kind == Phone })
	first := map[AddressKind]bool{}
	for i, a := range e.addresses {
		main := !first[a.Kind]
		first[a.Kind] = true
		if slices.ContainsFunc(p.c.Addresses, func(b Address) bool { return a.Kind == b.Kind && a.ValueNorm == b.ValueNorm }) {
			continue
		}
		if a.Kind == Phone && gaps && hasPhone {
			keep(fieldPhone)
			continue
		}
		if a.Kind == Email {
			if other := ch.byMail[a.ValueNorm]; other != nil && other != p {
				ch.problem(e, Warning, fieldFurtherEmail, "This mail address belongs to another customer.", a.Value)
				continue
			}
		}
		if len(p.c.Addresses) >= maxFurther {
			ch.problem(e, Warning, string(a.Kind), fmt.Sprintf("A customer has at most %d addresses.", maxFurther), a.Value)
			continue
		}
		a.CustomerID, a.Main = p.c.ID, true
		for j := range p.c.Addresses {
			if b := &p.c.Addresses[j]; b.Kind == a.Kind && b.Main {
				if gaps || !main || i > 0 && a.Kind == Email {
					a.Main = false
					break
				}
				b.Main = false
				if j < p.had {
					p.demoted = append(p.demoted, b.ID)
				}
			}
		}
		p.c.Addresses = append(p.c.Addresses, a)
		p.changed = true
		if a.Kind == Email {
			ch.byMail[a.ValueNorm] = p
		}
	}
}

// write makes what the chunk found out true.
func (ch *chunk) write(ctx context.Context, tx db.Tx) error {
	wanted := map[string]Company{}
	for _, p := range ch.people {
		if c := p.c.Company; c != nil && (p.changed || p.made) {
			w, twice := wanted[c.NameNorm]
			if !twice {
				w = *c
			}
			if w.StripeCustomer == "" {
				w.StripeCustomer = c.StripeCustomer
			}
			wanted[c.NameNorm] = w
		}
	}
	companies, err := ensureCompanies(ctx, tx, wanted, ch.now)
	if err != nil {
		return err
	}
	var b batch
	for _, p := range ch.people {
		if !p.changed && !p.made {
			continue
		}
		c := &p.c
		if c.Company != nil {
			company := companies[c.Company.NameNorm]
			c.Company, c.CompanyID = &company, company.ID
		}
		c.UpdatedAt = ch.now
		c.index()
		if p.made {
			b.created = append(b.created, c)
		} else {
			b.changed = append(b.changed, *c)
		}
		b.addresses = append(b.addresses, c.Addresses[p.had:]...)
		b.demoted = append(b.demoted, p.demoted...)
		for _, t := range c.Tags[p.hadTags:] {
			b.tags = append(b.tags, tagRow{CustomerID: c.ID, Tag: t})
		}
	}
	return b.write(ctx, tx)
}
