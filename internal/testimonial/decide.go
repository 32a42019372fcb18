package testimonial

import (
	"context"
	"slices"
	"strings"
	"time"

	"goodword/internal/audit"
	"goodword/internal/db"
	"goodword/internal/fault"
	"goodword/internal/queue"
)

// Approve says that the text may be shown where its author allows it. Staff can change no word of it.
// Again changes nothing. Returns NotFound, Conflict.
func (s *Service) Approve(ctx context.Context, actor audit.Actor, id string) (Testimonial, error) {
	return s.decide(ctx, actor, id, decision{event: Approve, what: "approved", mail: mailApproved})
}

// Decline says that the text will not be shown, for a reason from DeclineReasons. What was earned stays earned.
// Returns Invalid for another reason, NotFound, Conflict.
func (s *Service) Decline(ctx context.Context, actor audit.Actor, id, reason string) (Testimonial, error) {
	if !slices.Contains(DeclineReasons, reason) {
		var c fault.Check
		c.Add("reason", "Please choose one of the listed reasons.")
		return Testimonial{}, c.Err()
	}
	return s.decide(ctx, actor, id, decision{event: Decline, what: "declined", reason: reason})
}

// RequestChange asks the author for a change, in words that the author reads.
// Returns Invalid without words, NotFound, Conflict.
func (s *Service) RequestChange(ctx context.Context, actor audit.Actor, id, request string) (Testimonial, error) {
	request = strings.TrimSpace(request)
	var c fault.Check
	c.Required("request", request)
	c.That(len([]rune(request)) <= maxText, "request", "Please keep this shorter.")
	if err := c.Err(); err != nil {
		return Testimonial{}, err
	}
	return s.decide(ctx, actor, id, decision{event: RequestChange, what: "change_requested", reason: request, mail: mailChange})
}

// Publish shows an approved testimonial. Returns Conflict when the author allows no place for it.
func (s *Service) Publish(ctx context.Context, actor audit.Actor, id string) (Testimonial, error) {
	return s.locked(ctx, id, func(ctx context.Context, tx db.Tx, row *Testimonial) error {
		if row.State == Published {
			return nil
		}
		allowed, err := s.consented(ctx, tx, row.ID)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(Places, func(p string) bool { return allowed[p] }) {
			return fault.New(fault.Conflict, "The author has not allowed any place to show it.")
		}
		return s.move(ctx, tx, row, Publish, change{what: "published", actor: actor, at: s.now()})
	})
}

// Unpublish takes it down; it stays approved. Again changes nothing.
func (s *Service) Unpublish(ctx context.Context, actor audit.Actor, id string) (Testimonial, error) {
	return s.locked(ctx, id, func(ctx context.Context, tx db.Tx, row *Testimonial) error {
		if row.State == Approved {
			return nil
		}
		return s.move(ctx, tx, row, Unpublish, change{what: "unpublished", actor: actor, at: s.now()})
	})
}

// Tag replaces the tags, the only thing about a testimonial that staff write.
func (s *Service) Tag(ctx context.Context, actor audit.Actor, id string, tags []string) (Testimonial, error) {
	tags = cleanTags(tags)
	var c fault.Check
	for _, t := range tags {
		c.That(len([]rune(t)) <= maxTag, "tags", "Please keep this shorter.")
	}
	if err := c.Err(); err != nil {
		return Testimonial{}, err
	}
	return s.locked(ctx, id, func(ctx context.Context, tx db.Tx, row *Testimonial) error {
		by := change{what: "tagged", actor: actor, before: *row, at: s.now()}
		row.Tags = tags
		if err := save(ctx, tx, row, by.at); err != nil {
			return err
		}
		return record(ctx, tx, *row, by)
	})
}

type decision struct {
	event        Event
	what, reason string
	mail         string
}

func (s *Service) decide(ctx context.Context, actor audit.Actor, id string, d decision) (Testimonial, error) {
	return s.locked(ctx, id, func(ctx context.Context, tx db.Tx, row *Testimonial) error {
		if to, ok := transitions[Submitted][d.event]; ok && row.State == to && row.Reason == d.reason {
			return nil
		}
		by := change{what: d.what, actor: actor, at: s.now()}
		if d.event == Decline {
			by.reason = d.reason
		}
		if _, err := Next(row.State, d.event); err != nil {
			return err
		}
		row.Reason, row.DecidedBy = d.reason, actor.ID
		if err := s.move(ctx, tx, row, d.event, by); err != nil {
			return err
		}
		if d.mail == "" {
			return nil
		}
		return s.enqueue(ctx, tx, Mail{Name: d.mail, TestimonialID: row.ID, Revision: row.Revision})
	})
}

// move is one transition of a locked row: apply, save, record.
func (s *Service) move(ctx context.Context, tx db.Tx, row *Testimonial, e Event, by change) error {
	by.before = *row
	if err := row.apply(e, by.at); err != nil {
		return err
	}
	if err := save(ctx, tx, row, by.at); err != nil {
		return err
	}
	return record(ctx, tx, *row, by)
}

func (s *Service) locked(ctx context.Context, id string, fn func(context.Context, db.Tx, *Testimonial) error) (Testimonial, error) {
	var row Testimonial
	err := s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		var err error
		if row, err = lock(ctx, tx, id); err != nil {
			return err
		}
		return fn(ctx, tx, &row)
	})
	if err != nil {
		return Testimonial{}, err
	}
	return row, nil
}

// own is locked for the author's own. Somebody else's does not exist.
func (s *Service) own(ctx context.Context, a Author, id string, fn func(context.Context, db.Tx, *Testimonial) error) (Testimonial, error) {
	return s.locked(ctx, id, func(ctx context.Context, tx db.Tx, row *Testimonial) error {
		if row.CustomerID != a.CustomerID {
			return unknown()
		}
		return fn(ctx, tx, row)
	})
}

func (s *Service) enqueue(ctx context.Context, tx db.Tx, job queue.Job) error {
	return s.Queue.Enqueue(ctx, tx, time.Time{}, job)
}
