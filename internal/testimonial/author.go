package testimonial

import (
	"context"
	"slices"

	"github.com/uptrace/bun"

	"goodword/internal/audit"
	"goodword/internal/customer"
	"goodword/internal/db"
	"goodword/internal/fault"
)

// Withdraw takes the testimonial down at once, everywhere, and ends every consent. Again changes nothing.
// Returns NotFound for somebody else's.
func (s *Service) Withdraw(ctx context.Context, a Author, id string) (Testimonial, error) {
	return s.own(ctx, a, id, func(ctx context.Context, tx db.Tx, row *Testimonial) error {
		if row.State == Withdrawn {
			return nil
		}
		now := s.now()
		if err := s.setConsents(ctx, tx, *row, Submission{}, now); err != nil {
			return err
		}
		return s.move(ctx, tx, row, Withdraw, change{what: "withdrawn", actor: customerActor(a.CustomerID), at: now})
	})
}

// SetConsents replaces what the author allows, with the texts that were shown. What is published with no place left is
// taken down at once. Returns NotFound for somebody else's, Invalid for an unknown channel or a missing text.
func (s *Service) SetConsents(ctx context.Context, a Author, id string, consents []string, texts map[string]string) (Testimonial, error) {
	sub := Submission{Rating: 1, SignedAs: SignAnonymous, Consents: consents, ConsentTexts: texts}
	if err := sub.validate(); err != nil {
		return Testimonial{}, err
	}
	return s.own(ctx, a, id, func(ctx context.Context, tx db.Tx, row *Testimonial) error {
		if row.State == Withdrawn || row.State == Expired || row.State == AwaitingAuthor {
			_, err := Next(row.State, Approve)
			return err
		}
		by := change{what: "consents_changed", actor: customerActor(a.CustomerID), at: s.now(), before: *row}
		if err := s.setConsents(ctx, tx, *row, sub, by.at); err != nil {
			return err
		}
		if err := save(ctx, tx, row, by.at); err != nil {
			return err
		}
		if err := record(ctx, tx, *row, by); err != nil {
			return err
		}
		if row.State != Published || slices.ContainsFunc(Places, func(p string) bool { return slices.Contains(consents, p) }) {
			return nil
		}
		return s.move(ctx, tx, row, Unpublish, change{what: "unpublished", actor: by.actor, at: by.at})
	})
}

// Allowed returns where a testimonial may be shown and with what: the consents in force, all false unless staff has
// approved this very text. Every output asks it.
func (s *Service) Allowed(ctx context.Context, idb bun.IDB, id string) (map[string]bool, error) {
	row, err := byID(ctx, idb, id)
	if err != nil {
		return nil, err
	}
	if !row.Decided() {
		return map[string]bool{}, nil
	}
	return s.consented(ctx, idb, id)
}

func (s *Service) consented(ctx context.Context, idb bun.IDB, id string) (map[string]bool, error) {
	have, err := s.Customers.Consents(ctx, idb, customer.AboutTestimonial, id)
	if err != nil {
		return nil, err
	}
	out := map[string]bool{}
	for ch, c := range have {
		if c.Granted {
			out[ch] = true
		}
	}
	return out, nil
}

// ByID returns a testimonial. Returns NotFound.
func (s *Service) ByID(ctx context.Context, id string) (Testimonial, error) {
	return byID(ctx, s.DB, id)
}

// ByInvitation returns the testimonial that answers an invitation. Returns NotFound.
func (s *Service) ByInvitation(ctx context.Context, invitationID string) (Testimonial, error) {
	return byInvitation(ctx, s.DB, invitationID)
}

// OfCustomer returns one testimonial of a customer; somebody else's is NotFound.
func (s *Service) OfCustomer(ctx context.Context, a Author, id string) (Testimonial, error) {
	row, err := byID(ctx, s.DB, id)
	if err == nil && row.CustomerID != a.CustomerID {
		return Testimonial{}, unknown()
	}
	return row, err
}

// ForCustomer returns what a customer has said, newest first.
func (s *Service) ForCustomer(ctx context.Context, customerID string) ([]Testimonial, error) {
	return ofCustomer(ctx, s.DB, customerID)
}

// List returns testimonials for staff, newest first. Returns Malformed for a foreign cursor.
func (s *Service) List(ctx context.Context, f Filter, p db.Page) (db.List[Testimonial], error) {
	return list(ctx, s.DB, f, p)
}

// Revisions returns everything the author wrote, oldest first.
func (s *Service) Revisions(ctx context.Context, id string) ([]Revision, error) {
	return revisions(ctx, s.DB, id)
}

// Shown returns the customer's newest testimonial that may be shown in a place, with what may be shown of it. It has a text.
// Returns NotFound if there is none.
func (s *Service) Shown(ctx context.Context, customerID, place string) (Testimonial, map[string]bool, error) {
	rows, err := ofCustomer(ctx, s.DB, customerID)
	if err != nil {
		return Testimonial{}, nil, err
	}
	for _, row := range rows {
		if !row.Decided() || row.Text == "" {
			continue
		}
		allowed, err := s.consented(ctx, s.DB, row.ID)
		if err != nil {
			return Testimonial{}, nil, err
		}
		if allowed[place] {
			return row, allowed, nil
		}
	}
	return Testimonial{}, nil, unknown()
}

// Erase ends and empties everything a customer said, when the customer is erased. It is a customer.Eraser.
func (s *Service) Erase(ctx context.Context, tx db.Tx, customerID string) error {
	rows, err := ofCustomer(ctx, tx, customerID)
	if err != nil {
		return err
	}
	now := s.now()
	for _, r := range rows {
		row, err := lock(ctx, tx, r.ID)
		if err != nil {
			return err
		}
		row.Text, row.Name, row.Role, row.QuoteSource, row.Reason = "", "", "", "", ""
		if err := forgetRevisions(ctx, tx, row.ID); err != nil {
			return err
		}
		by := change{what: "withdrawn", actor: audit.System("customer.erase"), reason: "erased", at: now}
		if err := s.move(ctx, tx, &row, Withdraw, by); fault.Is(err, fault.Conflict) {
			err = save(ctx, tx, &row, now)
			if err != nil {
				return err
			}
		} else if err != nil {
			return err
		}
	}
	return nil
}
