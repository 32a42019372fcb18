package customer

import (
	"context"
	"fmt"
	"time"

	"goodword/internal/audit"
	"goodword/internal/db"
)

// Access is everything that this package keeps about a person, for a data protection request. Links are listed without
// their tokens.
type Access struct {
	Customer    Customer
	Suggestions []Suggestion
	Consents    []Consent
	Links       []AccessLink
}

// AccessLink tells of a private link without opening it.
type AccessLink struct {
	Purpose              Purpose
	CreatedAt, ExpiresAt time.Time
	RevokedAt            time.Time
}

// Access collects a person's data and notes in the audit that it was given out. Returns NotFound.
func (s *Service) Access(ctx context.Context, actor audit.Actor, id string) (Access, error) {
	var a Access
	err := s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		a = Access{}
		var err error
		if a.Customer, err = byID(ctx, tx, id); err != nil {
			return err
		}
		if a.Suggestions, err = suggestions(ctx, tx, id, s.now()); err != nil {
			return err
		}
		if a.Consents, err = consents(ctx, tx, AboutCustomer, id); err != nil {
			return err
		}
		links, err := linksOf(ctx, tx, id)
		if err != nil {
			return err
		}
		for _, l := range links {
			a.Links = append(a.Links, AccessLink{Purpose: l.Purpose, CreatedAt: l.CreatedAt, ExpiresAt: l.ExpiresAt, RevokedAt: l.RevokedAt})
		}
		return audit.Record(ctx, tx, s.now(), audit.Entry{Actor: actor, Action: "customer.exported", Object: "customer", ObjectID: id})
	})
	if err != nil {
		return Access{}, fmt.Errorf("access data of customer %s: %w", id, err)
	}
	return a, nil
}
