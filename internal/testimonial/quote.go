package testimonial

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"goodword/internal/audit"
	"goodword/internal/db"
	"goodword/internal/fault"
	"goodword/internal/ident"
)

// Quote is praise that a customer wrote or said elsewhere, kept by staff word for word.
type Quote struct {
	CustomerID string
	Text       string
	// Source says where it was said: "mail of 3 May". For staff.
	Source string
	Tags   []string
}

// KeepQuote keeps a quote until its author says whether it may be used; nothing shows before that. The author is asked by
// mail. It earns nothing. Returns Invalid, NotFound for an unknown customer.
func (s *Service) KeepQuote(ctx context.Context, actor audit.Actor, q Quote) (Testimonial, error) {
	q.Text, q.Source = strings.TrimSpace(q.Text), strings.TrimSpace(q.Source)
	var c fault.Check
	c.Required("text", q.Text)
	c.Required("source", q.Source)
	c.That(len([]rune(q.Text)) <= maxText, "text", "Please keep this shorter.")
	c.That(len([]rune(q.Source)) <= maxName, "source", "Please keep this shorter.")
	if err := c.Err(); err != nil {
		return Testimonial{}, err
	}
	var row Testimonial
	err := s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		now := s.now()
		who, err := s.Customers.ByID(ctx, tx, q.CustomerID)
		if err != nil {
			return err
		}
		if who.Erased() {
			return fault.New(fault.Gone, "This person's data was erased.")
		}
		row = Testimonial{ID: ident.New(), CustomerID: who.ID, State: AwaitingAuthor, Text: q.Text, QuoteSource: q.Source,
			SignedAs: SignFull, Name: who.Name(), Language: who.Language, Tags: cleanTags(q.Tags), Revision: 1, CreatedAt: now, UpdatedAt: now}
		if _, err := insert(ctx, tx, &row); err != nil {
			return err
		}
		if err := insertRevision(ctx, tx, row, "staff", now); err != nil {
			return err
		}
		if err := record(ctx, tx, row, change{what: "kept", actor: actor, at: now}); err != nil {
			return err
		}
		return s.enqueue(ctx, tx, Mail{Name: mailQuote, TestimonialID: row.ID})
	})
	if err != nil {
		return Testimonial{}, fmt.Errorf("keep quote: %w", err)
	}
	return row, nil
}

// ConfirmQuote is the author's yes to a kept quote, with the words as the author wants them and what they allow.
// Returns Invalid, NotFound for somebody else's, Conflict once it was answered or has lapsed.
func (s *Service) ConfirmQuote(ctx context.Context, a Author, id string, sub Submission) (Testimonial, error) {
	sub = sub.cleaned()
	if err := sub.validate(); err != nil {
		return Testimonial{}, err
	}
	set, err := s.Settings.Get(ctx)
	if err != nil {
		return Testimonial{}, fmt.Errorf("confirm quote: %w", err)
	}
	return s.own(ctx, a, id, func(ctx context.Context, tx db.Tx, row *Testimonial) error {
		who, err := s.Customers.ByID(ctx, tx, row.CustomerID)
		if err != nil {
			return err
		}
		by := change{what: "submitted", actor: customerActor(a.CustomerID), at: s.now()}
		tags := row.Tags
		if _, err := Next(row.State, Confirm); err != nil {
			return err
		}
		row.fill(sub, who)
		row.Tags = slices.Concat(tags, sub.Tags)
		row.Revision++
		if row.Disclosure, err = s.disclosure(ctx, tx, *row, who, set); err != nil {
			return err
		}
		if err := s.move(ctx, tx, row, Confirm, by); err != nil {
			return err
		}
		if err := insertRevision(ctx, tx, *row, "customer", by.at); err != nil {
			return err
		}
		return s.setConsents(ctx, tx, *row, sub, by.at)
	})
}

// Expire ends kept quotes that nobody confirmed and forgets their words. It returns how many.
func (s *Service) Expire(ctx context.Context) (int, error) {
	now := s.now()
	ids, err := lapsed(ctx, s.DB, now.AddDate(0, 0, -QuoteDays))
	if err != nil {
		return 0, err
	}
	for n, id := range ids {
		_, err := s.locked(ctx, id, func(ctx context.Context, tx db.Tx, row *Testimonial) error {
			if row.State != AwaitingAuthor {
				return nil
			}
			row.Text, row.Name = "", ""
			if err := forgetRevisions(ctx, tx, row.ID); err != nil {
				return err
			}
			return s.move(ctx, tx, row, Expire, change{what: "expired", actor: audit.System("testimonial.expire"), at: now})
		})
		if err != nil {
			return n, fmt.Errorf("expire quote %s: %w", id, err)
		}
	}
	return len(ids), nil
}
