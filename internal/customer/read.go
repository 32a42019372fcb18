package customer

import (
	"context"

	"github.com/uptrace/bun"

	"goodword/internal/audit"
	"goodword/internal/db"
	"goodword/internal/fault"
	"goodword/internal/staff"
)

// ByID returns a customer, erased or not, with company, addresses and tags. Returns NotFound.
func (s *Service) ByID(ctx context.Context, idb bun.IDB, id string) (Customer, error) {
	return byID(ctx, idb, id)
}

// ByIDs returns those of the customers that exist, by id, with company and addresses but without tags.
func (s *Service) ByIDs(ctx context.Context, idb bun.IDB, ids []string) (map[string]Customer, error) {
	return byIDs(ctx, idb, ids)
}

// ByEmail returns the customer to whom the mail address belongs, whatever its case, as a main address or not.
// Returns NotFound.
func (s *Service) ByEmail(ctx context.Context, idb bun.IDB, email string) (Customer, error) {
	return byEmail(ctx, idb, email)
}

// ByIdentity returns the customer whose mailbox an address reaches, in whatever spelling, or the one with the phone number
// (any spelling that NormalizePhone understands without a country). It is for matching, never for sending.
// Returns NotFound.
func (s *Service) ByIdentity(ctx context.Context, idb bun.IDB, address string) (Customer, error) {
	key := IdentityKey(address)
	if number, ok := NormalizePhone(address, ""); ok && !ValidEmail(address) {
		key = number
	}
	return byIdentity(ctx, idb, key)
}

// ByStripe returns the first customer with the Stripe customer id, else the first of a company with it. Returns NotFound.
func (s *Service) ByStripe(ctx context.Context, idb bun.IDB, stripeCustomer string) (Customer, error) {
	return byStripe(ctx, idb, stripeCustomer)
}

// List returns a page of customers in the order of their names, with company, addresses and tags.
// Returns Invalid for a filter and Malformed for a cursor that cannot be used.
func (s *Service) List(ctx context.Context, f Filter, p db.Page) (db.List[Customer], error) {
	f, err := s.resolve(ctx, s.DB, f)
	if err != nil {
		return db.List[Customer]{}, err
	}
	return list(ctx, s.DB, f, p)
}

// Count says how many customers pass the filter.
func (s *Service) Count(ctx context.Context, f Filter) (int64, error) {
	f, err := s.resolve(ctx, s.DB, f)
	if err != nil {
		return 0, err
	}
	return count(ctx, s.DB, f)
}

// Audience returns up to limit customers that pass the filter and whose id comes after afterID, in the order of ids, with
// company and addresses. An empty answer is the end. It is how large audiences are walked.
func (s *Service) Audience(ctx context.Context, idb bun.IDB, f Filter, afterID string, limit int) ([]Customer, error) {
	f, err := s.resolve(ctx, idb, f)
	if err != nil {
		return nil, err
	}
	return audience(ctx, idb, f, afterID, limit)
}

// resolve checks a filter and adds its segment's conditions.
func (s *Service) resolve(ctx context.Context, idb bun.IDB, f Filter) (Filter, error) {
	var c fault.Check
	f.check(&c, "")
	if err := c.Err(); err != nil || f.SegmentID == "" {
		return f, err
	}
	seg, err := segmentByID(ctx, idb, f.SegmentID)
	if err != nil {
		return Filter{}, err
	}
	inner := seg.Filter
	// A segment is never made of another one, so this ends.
	inner.SegmentID = ""
	f.SegmentID = ""
	f.and = append(f.and, inner)
	return f, nil
}

// MayEdit reports whether the actor may change this customer: by role, or as the rep who owns it.
func MayEdit(actor audit.Actor, c Customer) bool {
	role := staff.Role(actor.Role)
	return staff.Allowed(role, staff.EditCustomers) ||
		staff.Allowed(role, staff.EditOwnCustomers) && actor.Kind == audit.KindStaff && c.OwnerID != "" && c.OwnerID == actor.ID
}
