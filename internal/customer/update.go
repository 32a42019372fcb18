package customer

import (
	"context"
	"fmt"
	"slices"
	"time"

	"goodword/internal/audit"
	"goodword/internal/db"
	"goodword/internal/fault"
	"goodword/internal/mail"
)

// Update changes a customer. ifVersion is the version that the editor saw; a negative one means any.
//
// Returns NotFound, Invalid with every problem at its field, Gone for an erased customer, and Conflict when the customer
// was changed in between or an address or external id belongs to somebody else.
func (s *Service) Update(ctx context.Context, actor audit.Actor, id string, p Patch, ifVersion int64) (Customer, error) {
	var c Customer
	err := s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		var err error
		if c, err = lockLoaded(ctx, tx, id); err != nil {
			return err
		}
		if c.Erased() {
			return fault.New(fault.Gone, "This person's data was erased.")
		}
		// The lock has raised the version by one.
		if ifVersion >= 0 && c.Version != ifVersion+1 {
			return &fault.Error{Code: fault.Conflict, Message: "Somebody changed this in the meantime. Please look again.", Key: "error.conflict"}
		}
		return s.apply(ctx, tx, actor, &c, p)
	})
	if err != nil {
		return Customer{}, fmt.Errorf("update customer %s: %w", id, err)
	}
	return c, nil
}

// apply changes a locked customer with its company, addresses and tags loaded.
func (s *Service) apply(ctx context.Context, tx db.Tx, actor audit.Actor, c *Customer, p Patch) error {
	if err := p.check(*c); err != nil {
		return err
	}
	ch, owner := change{Fields: p.names()}, c.OwnerID
	p.plain(c)
	if c.OwnerID != owner {
		ch.OwnerID = c.OwnerID
		if c.OwnerID != "" {
			if err := checkOwner(ctx, tx, c.OwnerID); err != nil {
				return err
			}
		}
	}
	if p.Company != nil {
		c.Company, c.CompanyID = nil, ""
		if name := clean(*p.Company); name != "" {
			company, err := findOrCreateCompany(ctx, tx, name, "", s.now())
			if err != nil {
				return err
			}
			c.Company, c.CompanyID = &company, company.ID
		}
	}
	if p.Email != nil || p.Phone != nil || p.Addresses != nil {
		next := p.merge(*c, s.now())
		if err := replaceAddresses(ctx, tx, c.Addresses, next); err != nil {
			return err
		}
		c.Addresses = next
	}
	if p.Tags != nil {
		c.Tags = tidyTags(*p.Tags)
		if err := replaceTags(ctx, tx, c.ID, c.Tags); err != nil {
			return err
		}
	}
	if p.Division != nil {
		ch.Division = c.Division
	}
	if p.GiftPolicy != nil {
		ch.GiftPolicy = c.GiftPolicy
	}
	c.index()
	c.UpdatedAt = s.now()
	if err := save(ctx, tx, *c); err != nil {
		return err
	}
	return s.record(ctx, tx, actor, "customer.updated", *c, ch)
}

// plain sets the fields that are columns of customer itself.
func (p Patch) plain(c *Customer) {
	d := Draft{ExternalID: c.ExternalID, FirstName: c.FirstName, LastName: c.LastName, Division: c.Division, Country: c.Country, Language: c.Language,
		Zone: c.Zone, StripeCustomer: c.StripeCustomer, Stage: c.Stage, GiftPolicy: c.GiftPolicy, OwnerID: c.OwnerID, Note: c.Note,
		LastOrderAt: c.LastOrderAt, RenewsAt: c.RenewsAt}
	set(&d.ExternalID, p.ExternalID)
	set(&d.FirstName, p.FirstName)
	set(&d.LastName, p.LastName)
	set(&d.Division, p.Division)
	set(&d.Country, p.Country)
	set(&d.Language, p.Language)
	set(&d.Zone, p.Zone)
	set(&d.StripeCustomer, p.StripeCustomer)
	set(&d.Stage, p.Stage)
	set(&d.GiftPolicy, p.GiftPolicy)
	set(&d.OwnerID, p.OwnerID)
	set(&d.Note, p.Note)
	set(&d.LastOrderAt, p.LastOrderAt)
	set(&d.RenewsAt, p.RenewsAt)
	d = d.tidy()
	c.ExternalID, c.FirstName, c.LastName, c.Division, c.Country, c.Language, c.Zone = d.ExternalID, d.FirstName, d.LastName, d.Division, d.Country, d.Language, d.Zone
	c.StripeCustomer, c.Stage, c.GiftPolicy, c.OwnerID, c.Note, c.LastOrderAt, c.RenewsAt = d.StripeCustomer, d.Stage, d.GiftPolicy, d.OwnerID, d.Note, d.LastOrderAt, d.RenewsAt
	set(&c.AskLess, p.AskLess)
	if p.Order != nil {
		minor := p.Order.Minor
		c.OrderMinor, c.OrderCurrency = &minor, p.Order.Currency
	}
}

func set[T any](to *T, from *T) {
	if from != nil {
		*to = *from
	}
}

// check judges the customer as it would be after the patch, and reports problems of the patched fields.
func (p Patch) check(c Customer) error {
	p.plain(&c)
	var ch fault.Check
	company := ""
	if p.Company != nil {
		company = clean(*p.Company)
	}
	fields{FirstName: c.FirstName, LastName: c.LastName, Company: company, Division: c.Division, Country: c.Country, Language: c.Language, Zone: c.Zone,
		ExternalID: c.ExternalID, StripeCustomer: c.StripeCustomer, OwnerID: c.OwnerID, Note: c.Note, Stage: c.Stage, Gift: c.GiftPolicy}.check(&ch)
	checkOrder(&ch, p.Order)
	if p.Email != nil && clean(*p.Email) != "" {
		checkEmail(&ch, "email", clean(*p.Email))
	}
	if p.Phone != nil && clean(*p.Phone) != "" {
		checkPhone(&ch, "phone", clean(*p.Phone), c.Country)
	}
	if p.Addresses != nil {
		checkFurther(&ch, *p.Addresses, c.Country)
	}
	if p.Tags != nil {
		checkTags(&ch, tidyTags(*p.Tags))
	}
	if !ch.Failed() && c.FirstName == "" && c.LastName == "" {
		for _, a := range p.merge(c, c.CreatedAt) {
			if a.Kind == Email {
				return nil
			}
		}
		ch.AddKey("name", "problem.required", "Give a name or a mail address.")
	}
	return ch.Err()
}

// merge returns the addresses after the patch, main ones first. Rows that stay keep their id, label and state.
func (p Patch) merge(c Customer, now time.Time) []Address {
	var list []Address
	for _, kind := range []AddressKind{Email, Phone} {
		value := p.Email
		if kind == Phone {
			value = p.Phone
		}
		old := slices.IndexFunc(c.Addresses, func(a Address) bool { return a.Kind == kind && a.Main })
		switch {
		case value == nil && old >= 0:
			list = append(list, c.Addresses[old])
		case value != nil && clean(*value) != "":
			list = append(list, newAddress(c.ID, AddressDraft{Kind: kind, Value: *value}, c.Country, now))
			if old >= 0 && p.Addresses == nil {
				list = append(list, c.Addresses[old])
			}
		}
	}
	if p.Addresses == nil {
		for _, a := range c.Addresses {
			if !a.Main {
				list = append(list, a)
			}
		}
	} else {
		for _, a := range *p.Addresses {
			list = append(list, newAddress(c.ID, a, c.Country, now))
		}
	}
	for i, a := range list {
		if j := slices.IndexFunc(c.Addresses, func(b Address) bool { return a.Kind == b.Kind && a.ValueNorm == b.ValueNorm }); j >= 0 {
			list[i] = c.Addresses[j]
			list[i].Value = a.Value
			if a.ID != c.Addresses[j].ID && a.Label != "work" {
				list[i].Label = a.Label
			}
		}
	}
	return settle(list)
}

// names lists the fields that the patch touches, for the audit.
func (p Patch) names() []string {
	var list []string
	for _, f := range []struct {
		name    string
		touched bool
	}{
		{"external_id", p.ExternalID != nil}, {"first_name", p.FirstName != nil}, {"last_name", p.LastName != nil}, {"email", p.Email != nil},
		{"phone", p.Phone != nil}, {"addresses", p.Addresses != nil}, {"company", p.Company != nil}, {"division", p.Division != nil},
		{"country", p.Country != nil}, {"language", p.Language != nil}, {"zone", p.Zone != nil}, {"stripe_customer", p.StripeCustomer != nil},
		{"stage", p.Stage != nil}, {"gift_policy", p.GiftPolicy != nil}, {"owner_id", p.OwnerID != nil}, {"note", p.Note != nil},
		{"last_order_at", p.LastOrderAt != nil}, {"renews_at", p.RenewsAt != nil}, {"order", p.Order != nil}, {"tags", p.Tags != nil},
		{"ask_less", p.AskLess != nil},
	} {
		if f.touched {
			list = append(list, f.name)
		}
	}
	return list
}

// CorrectAddress makes a new mail address the customer's main one, on the customer's own word: the caller has confirmed
// the device by a code. The old address gets a notice and is kept as a further one. It returns nil when the address is the
// main one already. Returns Invalid, Gone for an erased customer, and Conflict when the address belongs to somebody else.
func (s *Service) CorrectAddress(ctx context.Context, actor audit.Actor, id, email string) error {
	err := s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		c, err := lockLoaded(ctx, tx, id)
		if err != nil {
			return err
		}
		if c.Erased() {
			return fault.New(fault.Gone, "This person's data was erased.")
		}
		old := c.address(Email)
		if old.Main && old.ValueNorm == mail.NormalizeEmail(email) {
			return nil
		}
		if clean(email) == "" {
			var ch fault.Check
			ch.Required("email", "")
			return ch.Err()
		}
		if err := s.apply(ctx, tx, actor, &c, Patch{Email: &email}); err != nil {
			return err
		}
		if old.ID == "" {
			return nil
		}
		return s.Queue.Enqueue(ctx, tx, time.Time{}, AddressChangedMail{CustomerID: id, OldAddressID: old.ID, ChangedAt: s.now()})
	})
	if err != nil {
		return fmt.Errorf("correct address of customer %s: %w", id, err)
	}
	return nil
}
