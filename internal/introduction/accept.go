package introduction

import (
	"context"
	"fmt"
	"time"

	"goodword/internal/audit"
	"goodword/internal/campaign"
	"goodword/internal/customer"
	"goodword/internal/db"
	"goodword/internal/fault"
	"goodword/internal/setting"
	"goodword/internal/staff"
	"goodword/internal/task"
)

// acceptAttempts bounds how often a yes is tried again after a rival took the credit and gave it back.
const acceptAttempts = 5

// Accept is the prospect's yes: the consent record and the start of the introducer's credit. The rep, the introducer and
// the prospect get their mails at once; nothing is earned before UndoMinutes are over. Saying yes again changes nothing.
//
// If another introduction of the same person counts in the campaign already, or the person turns out to be a customer or
// a colleague of ours, this one comes back as screened_out: the prospect is thanked, nobody is told the reason.
//
// Returns Invalid with the field at fault (also for a slot that was just taken), NotFound, and Conflict after another
// answer.
func (s *Service) Accept(ctx context.Context, p Prospect, a Answer) (Introduction, error) {
	a = a.cleaned()
	if err := a.validate(); err != nil {
		return Introduction{}, err
	}
	y := yes{answer: a, method: "page", actor: prospectActor(p.IntroductionID), from: p.From}
	return s.accept(ctx, y, func(ctx context.Context, tx db.Tx) (Introduction, error) {
		return lock(ctx, tx, p.IntroductionID)
	})
}

// Reply is a yes that came outside the page.
type Reply struct {
	// Evidence is what the prospect wrote or said.
	Evidence string
	// At is when; zero means now.
	At time.Time
	// Name, Email and Phone may be empty. Without an address no confirmation can be sent, and the introduction is put up
	// for review.
	Name, Email, Phone string
}

// AcceptByReply writes down a yes that the prospect gave to Ana or to the rep. The prospect gets a confirmation with a way
// to undo it. Returns Invalid without the words, NotFound, and Conflict after another answer.
func (s *Service) AcceptByReply(ctx context.Context, actor audit.Actor, id string, r Reply) (Introduction, error) {
	a := Answer{How: ByReply, Name: r.Name, Email: r.Email, Phone: r.Phone}.cleaned()
	var c fault.Check
	c.Required("evidence", r.Evidence)
	short(&c, "evidence", r.Evidence, maxText)
	short(&c, "name", a.Name, maxName)
	c.That(a.Email == "" || customer.ValidEmail(a.Email), "email", "This does not look like a mail address.")
	c.That(!r.At.After(s.now()), "at", "This is in the future.")
	if err := c.Err(); err != nil {
		return Introduction{}, err
	}
	y := yes{answer: a, method: "reply", evidence: r.Evidence, actor: actor}
	return s.accept(ctx, y, func(ctx context.Context, tx db.Tx) (Introduction, error) { return lock(ctx, tx, id) })
}

// yes is an acceptance on its way.
type yes struct {
	answer   Answer
	method   string
	evidence string
	actor    audit.Actor
	from     Origin
	set      setting.Settings
}

// accept runs a yes in a transaction of its own. The unique index of F2 decides between rivals: the loser's transaction
// fails as a whole and is run again, and then finds the winner.
func (s *Service) accept(ctx context.Context, y yes, open func(context.Context, db.Tx) (Introduction, error)) (Introduction, error) {
	var err error
	if y.set, err = s.Settings.Get(ctx); err != nil {
		return Introduction{}, fmt.Errorf("accept introduction: %w", err)
	}
	var row Introduction
	for range acceptAttempts {
		err = s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
			var err error
			if row, err = open(ctx, tx); err != nil {
				return err
			}
			return s.grant(ctx, tx, &row, y)
		})
		if !db.IsUnique(err) {
			break
		}
	}
	if err != nil {
		return Introduction{}, err
	}
	return row, nil
}

// grant says yes for a locked row.
func (s *Service) grant(ctx context.Context, tx db.Tx, row *Introduction, y yes) error {
	now := s.now()
	if row.State.Credited() {
		return nil
	}
	if !row.State.Answerable() {
		return moved(*row)
	}
	by := change{actor: y.actor, at: now}
	if y.method == "reply" && row.State == Ready {
		by.what = "shared"
		if err := step(ctx, tx, row, MarkShared, by); err != nil {
			return err
		}
	}
	c, err := campaign.ByID(ctx, tx, row.CampaignID)
	if err != nil {
		return err
	}
	offer, err := campaign.OfferByID(ctx, tx, row.OfferID)
	if err != nil {
		return err
	}
	var who customer.Customer
	if row.IntroducerID != "" {
		if who, err = s.Customers.ByID(ctx, tx, row.IntroducerID); err != nil {
			return err
		}
	}
	shownName := row.FirstName
	s.take(row, y, who.Country)
	if err := s.consent(ctx, tx, *row, y, now); err != nil {
		return err
	}
	reason, err := s.screen(ctx, tx, *row)
	if err != nil {
		return err
	}
	if reason != "" {
		// The introducer goes on reading the name they gave (S8).
		row.FirstName = shownName
		return s.screenedAtYes(ctx, tx, row, reason, by)
	}
	rep, err := s.rep(ctx, tx, row, c, who)
	if err != nil {
		return err
	}
	if y.answer.How == BySlot {
		if err := s.book(ctx, tx, *row, y.answer.Slot); err != nil {
			return err
		}
		row.SlotAt = y.answer.Slot.UTC()
	}
	row.AnswerDueAt = AnswerDue(now, y.set.AnswerHours, hoursOf(rep, y.set.Zone))
	if offer.ProtectionDays > 0 {
		row.ProtectedUntil = now.AddDate(0, 0, offer.ProtectionDays)
	} else {
		row.ProtectedUntil = now.AddDate(0, 0, ProtectionDays)
	}
	by.what = "accepted"
	e := Accept
	switch {
	case y.method == "reply":
		e = AcceptByReply
		if row.Email == "" {
			row.Review = "to_review"
		}
	case row.State == Ready:
		e = OpenAccept
	}
	row.ExpiresAt, row.LaterUntil = row.ProtectedUntil, time.Time{}
	if err := step(ctx, tx, row, e, by); err != nil {
		return err
	}
	y.from.Prospect = true
	if err := s.Checks.Noticed(ctx, tx, *row, y.from); err != nil {
		return err
	}
	return s.afterYes(ctx, tx, *row, y)
}

// take copies what the prospect gave over what the introducer had given.
func (s *Service) take(row *Introduction, y yes, country string) {
	a := y.answer
	if a.Name != "" {
		row.FirstName, row.LastName = customer.SplitName(a.Name)
	}
	if a.Email != "" {
		row.Email = a.Email
	}
	if a.Phone != "" {
		row.Phone = a.Phone
	}
	if a.Lang != "" {
		row.Language = a.Lang
	}
	row.AcceptHow, row.Tell, row.Evidence, row.YesBy = a.How, a.Tell, y.evidence, byHand(y.actor)
	row.ProspectBlind = s.blind(row.Email, row.Phone, country)
}

// byHand names the colleague or key that acted; "" for everybody else.
func byHand(actor audit.Actor) string {
	if actor.Kind == audit.KindStaff || actor.Kind == audit.KindAPIKey {
		return actor.ID
	}
	return ""
}

// consent keeps the text that the prospect agreed to.
func (s *Service) consent(ctx context.Context, tx db.Tx, row Introduction, y yes, now time.Time) error {
	text := y.answer.ConsentText
	if y.method == "reply" {
		text = "(given outside the page)"
	}
	err := s.Customers.RecordConsent(ctx, tx, customer.Consent{SubjectKind: "introduction", SubjectID: row.ID, Channel: "contact",
		Granted: true, TextShown: text, Method: y.method, At: now})
	if err != nil {
		return fmt.Errorf("consent of introduction %s: %w", row.ID, err)
	}
	return nil
}

// screenedAtYes ends an introduction that earns nobody anything. A customer of ours who says yes still gets an answer.
func (s *Service) screenedAtYes(ctx context.Context, tx db.Tx, row *Introduction, reason string, by change) error {
	row.OutcomeReason, by.what, by.reason = reason, "screened_out", reason
	if err := step(ctx, tx, row, ScreenOut, by); err != nil {
		return err
	}
	if reason != ReasonCustomer || row.OwnerID == "" {
		return nil
	}
	return s.Tasks.Add(ctx, tx, task.New{Kind: task.Answer, OwnerID: row.OwnerID, IntroductionID: row.ID, Cause: answerCause(*row),
		Title: "A customer of ours said yes to an introduction: answer them", DueAt: by.at.Add(24 * time.Hour)})
}

// rep settles who answers: the one already named, or whoever stands in, or a new one.
func (s *Service) rep(ctx context.Context, tx db.Tx, row *Introduction, c campaign.Campaign, who customer.Customer) (staff.Member, error) {
	if row.OwnerID != "" {
		m, err := s.Staff.Deputy(ctx, tx, row.OwnerID)
		if err == nil {
			row.OwnerID = m.ID
			return m, nil
		}
		if !fault.Is(err, fault.NotFound) {
			return staff.Member{}, fmt.Errorf("rep of introduction %s: %w", row.ID, err)
		}
	}
	id, err := s.assignee(ctx, tx, c, who)
	row.OwnerID = id
	if err != nil || id == "" {
		return staff.Member{}, err
	}
	return s.Staff.ByID(ctx, tx, id)
}

// book takes the slot for the prospect.
func (s *Service) book(ctx context.Context, tx db.Tx, row Introduction, at time.Time) error {
	err := fault.New(fault.Conflict, "")
	if row.OwnerID != "" {
		err = fault.As(s.Staff.BookSlot(ctx, tx, staff.Booking{StaffID: row.OwnerID, At: at, IntroductionID: row.ID}))
	}
	switch {
	case err == nil:
		return nil
	case err.Code == fault.Conflict || err.Code == fault.Invalid:
		// To the prospect it is a field to fill in again, whatever the cause.
		return &fault.Error{Code: fault.Invalid, Key: "error.invalid", Message: "Please check the marked fields.", Problems: []fault.Problem{
			{Field: "slot", Key: "problem.slot_taken", Message: "Somebody has just taken this time. Please choose another."}}}
	}
	return fmt.Errorf("slot for introduction %s: %w", row.ID, err)
}

// afterYes gives everybody their mail and the rep a task.
func (s *Service) afterYes(ctx context.Context, tx db.Tx, row Introduction, y yes) error {
	if row.OwnerID != "" {
		err := s.Tasks.Add(ctx, tx, task.New{Kind: task.Answer, OwnerID: row.OwnerID, CustomerID: row.IntroducerID, IntroductionID: row.ID,
			Cause: answerCause(row), Title: "Answer a yes", DueAt: row.AnswerDueAt})
		if err != nil {
			return fmt.Errorf("task for introduction %s: %w", row.ID, err)
		}
		if err := s.enqueue(ctx, tx, Mail{Name: mailRepAccepted, IntroductionID: row.ID}); err != nil {
			return err
		}
	}
	confirmation := mailConfirmation
	if y.method == "reply" {
		confirmation = mailReplyConfirm
	}
	for _, name := range []string{confirmation, mailAccepted} {
		if err := s.enqueue(ctx, tx, Mail{Name: name, IntroductionID: row.ID}); err != nil {
			return err
		}
	}
	return nil
}

// answerCause is the cause of the task to answer a yes. A yes that was undone and said again is another one.
func answerCause(row Introduction) string {
	return fmt.Sprintf("answer:%s:%d", row.ID, row.AcceptedAt.Unix())
}
