package introduction

import (
	"context"
	"fmt"
	"strings"

	"goodword/internal/audit"
	"goodword/internal/db"
	"goodword/internal/fault"
	"goodword/internal/ident"
)

// AddNote keeps a note of staff. A told one is for the introducer to read on their page ("Tell Ana"); the others stay
// private. Either counts as no answer to the prospect.
func (s *Service) AddNote(ctx context.Context, actor audit.Actor, id, text string, told bool) (Note, error) {
	text = strings.TrimSpace(text)
	var c fault.Check
	c.Required("text", text)
	short(&c, "text", text, maxText)
	if err := c.Err(); err != nil {
		return Note{}, err
	}
	n := Note{ID: ident.New(), IntroductionID: id, StaffID: actor.ID, Told: told, Text: text}
	_, err := s.locked(ctx, id, func(ctx context.Context, tx db.Tx, row *Introduction) error {
		n.CreatedAt = s.now()
		if err := insertNote(ctx, tx, &n); err != nil {
			return err
		}
		what := "noted"
		if told {
			what = "told"
		}
		by := change{what: what, actor: actor, at: n.CreatedAt, before: *row}
		return record(ctx, tx, *row, by)
	})
	return n, err
}

// Notes returns the notes of an introduction, oldest first; only the told ones for the introducer's page.
func (s *Service) Notes(ctx context.Context, id string, toldOnly bool) ([]Note, error) {
	return notesOf(ctx, s.DB, id, toldOnly)
}

// Thank sends the introducer the rep's thank-you with a line of their own, once.
// Returns Conflict when they were thanked already, or when no customer stands behind the introduction.
func (s *Service) Thank(ctx context.Context, actor audit.Actor, id, line string) (Introduction, error) {
	line = strings.TrimSpace(line)
	var c fault.Check
	short(&c, "line", line, maxNote)
	if err := c.Err(); err != nil {
		return Introduction{}, err
	}
	return s.locked(ctx, id, func(ctx context.Context, tx db.Tx, row *Introduction) error {
		if row.IntroducerID == "" {
			return fault.New(fault.Conflict, "No customer stands behind this introduction.")
		}
		if !row.ThankedAt.IsZero() {
			return fault.New(fault.Conflict, "The customer was thanked for this already.")
		}
		now := s.now()
		n := Note{ID: ident.New(), IntroductionID: row.ID, StaffID: actor.ID, Told: true, Text: line, CreatedAt: now}
		if line != "" {
			if err := insertNote(ctx, tx, &n); err != nil {
				return err
			}
		}
		err := update(ctx, tx, row, change{what: "thanked", actor: actor, at: now}, func(i *Introduction) { i.ThankedAt = now })
		if err != nil {
			return err
		}
		job := Mail{Name: mailThanks, IntroductionID: row.ID}
		if line != "" {
			job.NoteID = n.ID
		}
		return s.enqueue(ctx, tx, job)
	})
}

// Review puts an introduction up for review ("to_review") or clears it ("cleared").
func (s *Service) Review(ctx context.Context, actor audit.Actor, id, verdict, reason string) (Introduction, error) {
	if verdict != "to_review" && verdict != "cleared" {
		return Introduction{}, chooseOne("review")
	}
	return s.locked(ctx, id, func(ctx context.Context, tx db.Tx, row *Introduction) error {
		if row.Review == verdict {
			return nil
		}
		if verdict == "cleared" {
			if err := s.Checks.Cleared(ctx, tx, row.ID, actor); err != nil {
				return err
			}
		}
		return update(ctx, tx, row, change{what: "reviewed", actor: actor, reason: reason, at: s.now()}, func(i *Introduction) { i.Review = verdict })
	})
}

// ByID returns an introduction for staff. Returns NotFound.
func (s *Service) ByID(ctx context.Context, id string) (Introduction, error) {
	return byID(ctx, s.DB, id)
}

// OfCustomer returns one introduction of a customer; somebody else's is NotFound.
func (s *Service) OfCustomer(ctx context.Context, a Author, id string) (Introduction, error) {
	row, err := byID(ctx, s.DB, id)
	if err == nil && (row.IntroducerID == "" || row.IntroducerID != a.CustomerID) {
		return Introduction{}, unknown()
	}
	return row, err
}

// DraftOf returns the draft of a link, to go on with. Returns NotFound.
func (s *Service) DraftOf(ctx context.Context, a Author, id string) (Introduction, error) {
	row, err := byID(ctx, s.DB, id)
	if err == nil && (row.LinkID == "" || row.LinkID != a.LinkID || row.IntroducerID != a.CustomerID) {
		return Introduction{}, unknown()
	}
	return row, err
}

// ForCustomer returns what a customer has introduced, newest first, without drafts. Show State and Step only through
// Shown and ShownStep.
func (s *Service) ForCustomer(ctx context.Context, customerID string) ([]Introduction, error) {
	return ofCustomer(ctx, s.DB, customerID)
}

// List returns introductions for staff, newest first. Returns Malformed for a foreign cursor.
func (s *Service) List(ctx context.Context, f Filter, p db.Page) (db.List[Introduction], error) {
	return list(ctx, s.DB, f, p)
}

// Column is one column of the board.
type Column struct {
	State State
	Count int
	// Items are the newest of them.
	Items []Introduction
}

// BoardStates are the columns of the board.
var BoardStates = []State{Ready, Invited, Accepted, InPipeline, Won, Lost}

// Board returns the columns of the board, each with its count and its newest introductions.
func (s *Service) Board(ctx context.Context, f Filter, perColumn int) ([]Column, error) {
	f.States = BoardStates
	counts, err := countByState(ctx, s.DB, f)
	if err != nil {
		return nil, err
	}
	var out []Column
	for _, st := range BoardStates {
		f.States = []State{st}
		page, err := list(ctx, s.DB, f, db.Page{Limit: perColumn})
		if err != nil {
			return nil, fmt.Errorf("board: %w", err)
		}
		out = append(out, Column{State: st, Count: counts[st], Items: page.Items})
	}
	return out, nil
}

// Deals returns the deals of an introduction, oldest first.
func (s *Service) Deals(ctx context.Context, id string) ([]Deal, error) {
	return dealsOf(ctx, s.DB, id)
}

// Related returns other introductions of the same person or of the same company's domain, newest first.
func (s *Service) Related(ctx context.Context, row Introduction) ([]Introduction, error) {
	return related(ctx, s.DB, row)
}
