package customer

import (
	"context"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"goodword/internal/audit"
	"goodword/internal/db"
	"goodword/internal/fault"
	"goodword/internal/ident"
)

// Sources are where a customer knows somebody from; the first five are the ones whose coverage is measured.
var Sources = []string{"peer", "colleague", "neighbour", "supplier", "customer", "other"}

// suggestionLife is how long a person worth naming is remembered.
const suggestionLife = 30 * 24 * time.Hour

// Suggestion is a row of table customer_suggestion: a person whom the customer may know, named by the rep. It holds no
// contact data.
type Suggestion struct {
	bun.BaseModel `bun:"table:customer_suggestion,alias:customer_suggestion"`

	ID         string `bun:"id,pk"`
	CustomerID string `bun:"customer_id"`
	FirstName  string `bun:"first_name"`
	Company    string `bun:"company"`
	// Source is one of Sources, or empty.
	Source    string    `bun:"source"`
	CreatedAt time.Time `bun:"created_at"`
	ExpiresAt time.Time `bun:"expires_at"`
}

// SuggestionDraft is what a suggestion is made from; FirstName is required.
type SuggestionDraft struct{ FirstName, Company, Source string }

// Suggest names a person to ask the customer for. Returns NotFound, Invalid, and Gone for an erased customer.
func (s *Service) Suggest(ctx context.Context, actor audit.Actor, customerID string, d SuggestionDraft) (Suggestion, error) {
	var c fault.Check
	d.FirstName, d.Company = clean(d.FirstName), clean(d.Company)
	c.Required("first_name", d.FirstName)
	c.That(utf8.RuneCountInString(d.FirstName) <= maxName, "first_name", "This is too long.")
	c.That(utf8.RuneCountInString(d.Company) <= maxCompany, "company", "This is too long.")
	c.That(d.Source == "" || slices.Contains(Sources, d.Source), "source", "This source is not one of ours.")
	c.That(!ValidEmail(d.FirstName) && !ValidEmail(d.Company), "first_name", "Only a first name and a company; no contact data.")
	if err := c.Err(); err != nil {
		return Suggestion{}, err
	}
	now := s.now()
	row := Suggestion{ID: ident.New(), CustomerID: customerID, FirstName: d.FirstName, Company: d.Company, Source: d.Source,
		CreatedAt: now, ExpiresAt: now.Add(suggestionLife)}
	err := s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		owner, err := byID(ctx, tx, customerID)
		if err != nil {
			return err
		}
		if owner.Erased() {
			return fault.New(fault.Gone, "This person's data was erased.")
		}
		if err := insertSuggestion(ctx, tx, row); err != nil {
			return err
		}
		return audit.Record(ctx, tx, now, audit.Entry{Actor: actor, Action: "customer.suggestion_added", Object: "customer", ObjectID: customerID})
	})
	if err != nil {
		return Suggestion{}, fmt.Errorf("suggest to customer %s: %w", customerID, err)
	}
	return row, nil
}

// Suggestions lists the persons worth naming that have not expired, oldest first.
func (s *Service) Suggestions(ctx context.Context, idb bun.IDB, customerID string) ([]Suggestion, error) {
	return suggestions(ctx, idb, customerID, s.now())
}

// RemoveSuggestion forgets one. Returns NotFound.
func (s *Service) RemoveSuggestion(ctx context.Context, actor audit.Actor, customerID, id string) error {
	err := s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		if err := deleteSuggestion(ctx, tx, customerID, id); err != nil {
			return err
		}
		return audit.Record(ctx, tx, s.now(), audit.Entry{Actor: actor, Action: "customer.suggestion_removed", Object: "customer", ObjectID: customerID})
	})
	if err != nil {
		return fmt.Errorf("remove suggestion %s: %w", id, err)
	}
	return nil
}

// Purge is the sweep that deletes expired suggestions, step-up codes and devices. It returns how many rows went.
func (s *Service) Purge(ctx context.Context) (int64, error) {
	var n int64
	err := s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		var err error
		n, err = purge(ctx, tx, s.now())
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("purge customers' leftovers: %w", err)
	}
	return n, nil
}

// Tags lists every tag in use.
func (s *Service) Tags(ctx context.Context) ([]string, error) { return allTags(ctx, s.DB) }
