package customer

import (
	"context"
	"fmt"

	"goodword/internal/audit"
	"goodword/internal/db"
	"goodword/internal/event"
	"goodword/internal/fault"
	"goodword/internal/ident"
	"goodword/internal/staff"
)

// Create keeps a new customer. Returns Invalid with every problem at its field, and Conflict naming the field when the
// mail address or the external id belongs to somebody else.
func (s *Service) Create(ctx context.Context, actor audit.Actor, d Draft) (Customer, error) {
	var c Customer
	err := s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		var err error
		c, err = s.CreateTx(ctx, tx, actor, d)
		return err
	})
	return c, err
}

// CreateTx is Create in the caller's transaction, which must end when it fails.
func (s *Service) CreateTx(ctx context.Context, tx db.Tx, actor audit.Actor, d Draft) (Customer, error) {
	if err := d.Check(); err != nil {
		return Customer{}, err
	}
	d = d.tidy()
	now := s.now()
	c := Customer{
		ID: ident.New(), ExternalID: d.ExternalID, FirstName: d.FirstName, LastName: d.LastName, Division: d.Division, Country: d.Country,
		Language: d.Language, Zone: d.Zone, StripeCustomer: d.StripeCustomer, Stage: d.Stage, OwnerID: d.OwnerID, GiftPolicy: d.GiftPolicy,
		Note: d.Note, LastOrderAt: d.LastOrderAt, RenewsAt: d.RenewsAt, FromIntroductionID: d.FromIntroductionID, CreatedAt: now, UpdatedAt: now,
		Tags: d.Tags,
	}
	if d.Order != nil {
		c.OrderMinor, c.OrderCurrency = &d.Order.Minor, d.Order.Currency
	}
	if d.Company != "" {
		company, err := findOrCreateCompany(ctx, tx, d.Company, d.CompanyStripe, now)
		if err != nil {
			return Customer{}, err
		}
		c.Company, c.CompanyID = &company, company.ID
	}
	c.Addresses = d.addresses(c.ID, now)
	c.index()
	if err := s.insert(ctx, tx, c); err != nil {
		return Customer{}, fmt.Errorf("create customer: %w", err)
	}
	return c, s.record(ctx, tx, actor, "customer.created", c, change{Division: c.Division, OwnerID: c.OwnerID, GiftPolicy: c.GiftPolicy})
}

// EnsureTx returns the customer with the draft's mail address, or creates one. It reports whether it was created.
// A phone number that cannot be understood is left out: it came from elsewhere, and nobody is there to correct it.
// Returns Conflict when somebody else creates the same one at the same moment; the transaction must end then, and a second
// one finds it.
func (s *Service) EnsureTx(ctx context.Context, tx db.Tx, actor audit.Actor, d Draft) (Customer, bool, error) {
	if d.Email != "" {
		c, err := byEmail(ctx, tx, d.Email)
		if !fault.Is(err, fault.NotFound) {
			return c, false, err
		}
	}
	if _, ok := NormalizePhone(d.Phone, d.Country); !ok {
		d.Phone = ""
	}
	c, err := s.CreateTx(ctx, tx, actor, d)
	return c, err == nil, err
}

func (s *Service) insert(ctx context.Context, tx db.Tx, c Customer) error {
	if c.OwnerID != "" {
		if err := checkOwner(ctx, tx, c.OwnerID); err != nil {
			return err
		}
	}
	if err := insertCustomer(ctx, tx, c); err != nil {
		return err
	}
	if err := insertAddresses(ctx, tx, c.Addresses); err != nil {
		return err
	}
	return insertTags(ctx, tx, c.ID, c.Tags)
}

// checkOwner refuses an owner who has no account or whose account was disabled.
func checkOwner(ctx context.Context, tx db.Tx, ownerID string) error {
	here, err := staff.Here(ctx, tx, ownerID)
	if err != nil {
		return err
	}
	var c fault.Check
	c.That(here, "owner_id", "This colleague does not exist or is no longer here.")
	return c.Err()
}

// index fills the two columns that only searching and sorting read.
func (c *Customer) index() {
	c.Search = searchText(*c, c.CompanyName(), c.Addresses)
	c.SortName = sortName(c.FirstName, c.LastName)
}

// change is what the audit and the events keep of an edit: values that are no personal data, and the names of the fields
// that are. Both outlive an erasure.
type change struct {
	Fields     []string   `json:"fields,omitempty"`
	Division   string     `json:"division,omitempty"`
	OwnerID    string     `json:"owner_id,omitempty"`
	GiftPolicy GiftPolicy `json:"gift_policy,omitempty"`
}

// record keeps the audit entry and the event of one change.
func (s *Service) record(ctx context.Context, tx db.Tx, actor audit.Actor, what string, c Customer, ch change) error {
	now := s.now()
	err := audit.Record(ctx, tx, now, audit.Entry{Actor: actor, Action: what, Object: "customer", ObjectID: c.ID, After: ch})
	if err != nil {
		return err
	}
	return event.Record(ctx, tx, event.Event{Type: what, At: now, ActorKind: string(actor.Kind), ActorID: actor.ID, CustomerID: c.ID, Data: ch})
}

func taken(field, message string) error {
	return &fault.Error{Code: fault.Conflict, Message: "Somebody else has this already.", Key: "error.conflict",
		Problems: []fault.Problem{{Field: field, Message: message}}}
}
