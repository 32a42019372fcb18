package customer

import (
	"context"
	"fmt"

	"goodword/internal/audit"
	"goodword/internal/db"
	"goodword/internal/mail"
)

// Erase destroys a customer's personal data: names, addresses, notes, tags, suggestions, links, devices, and what the
// packages above keep. The row stays under its id, so that amounts and counts keep their sum, and the addresses stay
// suppressed as blind hashes. Erasing twice changes nothing. Returns NotFound.
func (s *Service) Erase(ctx context.Context, actor audit.Actor, id, reason string) error {
	err := s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		c, err := lockLoaded(ctx, tx, id)
		if err != nil || c.Erased() {
			return err
		}
		now := s.now()
		for _, a := range c.Addresses {
			if a.Kind != Email {
				continue
			}
			if err := s.StopList.Suppress(ctx, tx, a.Value, mail.All, mail.Erased); err != nil {
				return err
			}
		}
		for _, destroy := range []func() error{
			func() error { return deleteAddresses(ctx, tx, id) },
			func() error { return replaceTags(ctx, tx, id, nil) },
			func() error { return deleteSuggestions(ctx, tx, id) },
			func() error { return deleteSteps(ctx, tx, id) },
			func() error { return destroyLinks(ctx, tx, id, now) },
		} {
			if err := destroy(); err != nil {
				return err
			}
		}
		for _, erase := range s.Erasers {
			if err := erase(ctx, tx, id); err != nil {
				return err
			}
		}
		if err := save(ctx, tx, c.emptied(now)); err != nil {
			return err
		}
		return audit.Record(ctx, tx, now, audit.Entry{Actor: actor, Action: "customer.erased", Object: "customer", ObjectID: id, Reason: reason})
	})
	if err != nil {
		return fmt.Errorf("erase customer %s: %w", id, err)
	}
	return nil
}
