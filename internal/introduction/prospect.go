package introduction

import (
	"context"
	"fmt"
	"slices"
	"time"

	"goodword/internal/campaign"
	"goodword/internal/customer"
	"goodword/internal/db"
	"goodword/internal/fault"
	"goodword/internal/mail"
)

// UndoAccept takes a yes back as if it had not been said, within UndoMinutes. What the prospect had entered is deleted.
// Returns Conflict when the time is over or somebody has begun to work on it; Decline still ends it then.
func (s *Service) UndoAccept(ctx context.Context, p Prospect) (Introduction, error) {
	return s.locked(ctx, p.IntroductionID, func(ctx context.Context, tx db.Tx, row *Introduction) error {
		now := s.now()
		if row.State == Invited && row.UndoUntil.IsZero() && row.AcceptedAt.IsZero() {
			return nil
		}
		if !row.Undoable(now) {
			return &fault.Error{Code: fault.Conflict, Key: "error.undo_over", Message: "The time to undo this is over."}
		}
		if err := s.Staff.ReleaseSlot(ctx, tx, row.ID); err != nil {
			return fmt.Errorf("undo yes of introduction %s: %w", row.ID, err)
		}
		if err := s.Tasks.Close(ctx, tx, answerCause(*row)); err != nil {
			return fmt.Errorf("undo yes of introduction %s: %w", row.ID, err)
		}
		if row.How != HowPortal {
			row.Email, row.Phone, row.LastName, row.ProspectBlind = "", "", "", ""
		}
		row.Evidence, row.ProtectedUntil = "", time.Time{}
		row.ExpiresAt = now.AddDate(0, 0, UnansweredDays)
		if err := step(ctx, tx, row, UndoAccept, change{what: "accept_undone", actor: prospectActor(row.ID), at: now}); err != nil {
			return err
		}
		return s.Customers.RecordConsent(ctx, tx, customer.Consent{SubjectKind: "introduction", SubjectID: row.ID, Channel: "contact",
			Granted: false, Method: "page", At: now})
	})
}

// Change gives another time or another way to be reached to a yes that still stands. The rep is told.
// Returns Invalid with the field at fault, and Conflict when there is no yes.
func (s *Service) Change(ctx context.Context, p Prospect, a Answer) (Introduction, error) {
	a = a.cleaned()
	if err := a.validate(); err != nil {
		return Introduction{}, err
	}
	return s.locked(ctx, p.IntroductionID, func(ctx context.Context, tx db.Tx, row *Introduction) error {
		now := s.now()
		if row.State != Accepted && row.State != InPipeline || row.ContactBlocked {
			return moved(*row)
		}
		if row.AcceptHow == a.How && row.SlotAt.Equal(a.Slot) && (a.Email == "" || a.Email == row.Email) &&
			(a.Phone == "" || a.Phone == row.Phone) && row.Tell == a.Tell {
			return nil
		}
		if a.How != BySlot || !row.SlotAt.Equal(a.Slot) {
			if err := s.Staff.ReleaseSlot(ctx, tx, row.ID); err != nil {
				return fmt.Errorf("change introduction %s: %w", row.ID, err)
			}
			if a.How == BySlot {
				if err := s.book(ctx, tx, *row, a.Slot); err != nil {
					return err
				}
			}
		}
		err := update(ctx, tx, row, change{what: "changed", actor: prospectActor(row.ID), at: now}, func(i *Introduction) {
			i.AcceptHow, i.Tell, i.SlotAt = a.How, a.Tell, a.Slot.UTC()
			if a.How != BySlot {
				i.SlotAt = time.Time{}
			}
			if a.Phone != "" {
				i.Phone = a.Phone
			}
			// The blind hash stays: the credit belongs to the person who said yes.
			if a.Email != "" {
				i.Email = a.Email
			}
		})
		if err != nil || row.OwnerID == "" {
			return err
		}
		return s.enqueue(ctx, tx, Mail{Name: mailRepChanged, IntroductionID: row.ID, Version: row.Version})
	})
}

// Later puts the answer off by 1, 3 or 6 months. With an address the prospect asks for one mail then; without one nothing
// is stored but the date. The introducer's credit is kept until UnansweredDays after it.
// Returns Invalid with the field at fault, and Conflict after another answer.
func (s *Service) Later(ctx context.Context, p Prospect, months int, email, consentText string) (Introduction, error) {
	if err := validateLater(months, email); err != nil {
		return Introduction{}, err
	}
	return s.locked(ctx, p.IntroductionID, func(ctx context.Context, tx db.Tx, row *Introduction) error {
		return s.postpone(ctx, tx, row, months, clean(email), consentText)
	})
}

func validateLater(months int, email string) error {
	var c fault.Check
	if !slices.Contains([]int{1, 3, 6}, months) {
		c.AddKey("months", "problem.choose", "Please choose one.")
	}
	if email != "" && !customer.ValidEmail(email) {
		c.AddKey("email", "problem.email", "This does not look like a mail address.")
	}
	return c.Err()
}

func (s *Service) postpone(ctx context.Context, tx db.Tx, row *Introduction, months int, email, consentText string) error {
	now := s.now()
	if !row.State.Answerable() {
		return moved(*row)
	}
	by := change{what: "postponed", actor: prospectActor(row.ID), at: now}
	if row.State == Ready {
		if err := step(ctx, tx, row, MarkShared, change{what: "shared", actor: by.actor, at: now}); err != nil {
			return err
		}
	}
	row.LaterUntil = now.AddDate(0, months, 0)
	row.LaterMailedAt = time.Time{}
	row.ExpiresAt = row.LaterUntil.AddDate(0, 0, UnansweredDays)
	if email != "" {
		row.Email, row.ProspectBlind = email, s.blind(email, "", "")
		err := s.Customers.RecordConsent(ctx, tx, customer.Consent{SubjectKind: "introduction", SubjectID: row.ID, Channel: "later",
			Granted: true, TextShown: consentText, Method: "page", At: now})
		if err != nil {
			return err
		}
	}
	return step(ctx, tx, row, Postpone, by)
}

// Decline is the prospect's no, also after a yes: the data is deleted and only the do-not-contact hash of a known address
// is kept. The introducer reads "not this time". With a deal under way the deal goes on and contact is blocked.
// Declining again changes nothing. Returns Conflict once it is won.
func (s *Service) Decline(ctx context.Context, p Prospect) (Introduction, error) {
	return s.locked(ctx, p.IntroductionID, func(ctx context.Context, tx db.Tx, row *Introduction) error {
		if row.State == Won || row.State == Unwound {
			return moved(*row)
		}
		return s.leave(ctx, tx, row, "declined")
	})
}

// DeleteMyData deletes what is known of the prospect in any state. Where nothing was decided yet it is also a no.
func (s *Service) DeleteMyData(ctx context.Context, p Prospect) (Introduction, error) {
	return s.locked(ctx, p.IntroductionID, func(ctx context.Context, tx db.Tx, row *Introduction) error {
		return s.leave(ctx, tx, row, "deleted")
	})
}

// leave ends what the state still allows to end, keeps the do-not-contact hash and deletes the rest.
func (s *Service) leave(ctx context.Context, tx db.Tx, row *Introduction, reason string) error {
	now := s.now()
	by := change{what: "declined", actor: prospectActor(row.ID), reason: reason, at: now}
	if row.State.Terminal() && !row.PurgedAt.IsZero() {
		return nil
	}
	if row.Email != "" {
		if err := s.StopList.Suppress(ctx, tx, row.Email, mail.All, mail.Declined); err != nil {
			return fmt.Errorf("decline introduction %s: %w", row.ID, err)
		}
	}
	e := Event("")
	switch row.State {
	case Ready:
		e = OpenDecline
	case Invited:
		e = Decline
	case Accepted, InPipeline:
		e = RetractConsent
	}
	row.purge(now)
	if e == "" {
		// Nothing is left to decide; only the data goes.
		return update(ctx, tx, row, change{what: "purged", actor: by.actor, reason: reason, at: now}, func(*Introduction) {})
	}
	wasAccepted, settled := row.State == Accepted, row.UndoUntil.IsZero()
	if wasAccepted || row.State == InPipeline {
		if err := s.Staff.ReleaseSlot(ctx, tx, row.ID); err != nil {
			return fmt.Errorf("decline introduction %s: %w", row.ID, err)
		}
		if err := s.Tasks.Close(ctx, tx, answerCause(*row)); err != nil {
			return fmt.Errorf("decline introduction %s: %w", row.ID, err)
		}
		row.SlotAt, row.ContactBlocked = time.Time{}, true
		by.what = "consent_retracted"
	}
	row.OutcomeReason, row.UndoUntil = reason, time.Time{}
	if !wasAccepted && e == RetractConsent {
		row.OutcomeReason = ""
		if err := step(ctx, tx, row, e, by); err != nil {
			return err
		}
		return nil
	}
	if err := step(ctx, tx, row, e, by); err != nil {
		return err
	}
	if wasAccepted && settled {
		err := s.Earnings.Reverse(ctx, tx, Reversal{Introduction: *row, On: []campaign.Stage{campaign.OnAccepted}, Reason: "retracted",
			At: now, Actor: by.actor})
		if err != nil {
			return fmt.Errorf("decline introduction %s: %w", row.ID, err)
		}
	}
	return s.stopped(ctx, tx, *row)
}

// PassOn is what a prospect gives to somebody else who is the right person.
type PassOn struct {
	// URL is the introducer's share link: whoever says yes there was introduced by the same customer. Empty if no
	// customer stands behind the introduction.
	URL string
	// IntroducerName and Note are for the message.
	IntroducerName, Note string
}

// SomeoneElse returns a message to pass on. The introduction stays open, and the introducer keeps the credit for whoever
// comes through the link. Returns Conflict after another answer.
func (s *Service) SomeoneElse(ctx context.Context, p Prospect) (PassOn, error) {
	var out PassOn
	_, err := s.locked(ctx, p.IntroductionID, func(ctx context.Context, tx db.Tx, row *Introduction) error {
		if !row.State.Answerable() {
			return moved(*row)
		}
		out = PassOn{Note: row.Note}
		if row.IntroducerID != "" {
			who, err := s.Customers.ByID(ctx, tx, row.IntroducerID)
			if err != nil {
				return err
			}
			code, err := s.Campaigns.ShareLink(ctx, tx, row.IntroducerID, row.CampaignID)
			if err != nil {
				return fmt.Errorf("share link for introduction %s: %w", row.ID, err)
			}
			out.IntroducerName, out.URL = who.FirstName, s.Campaigns.ShareURL(code)
		}
		return update(ctx, tx, row, change{what: "passed_on", actor: prospectActor(row.ID), at: s.now()}, func(*Introduction) {})
	})
	return out, err
}
