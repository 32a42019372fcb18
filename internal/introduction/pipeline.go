package introduction

import (
	"context"
	"fmt"
	"slices"
	"time"

	"goodword/internal/audit"
	"goodword/internal/campaign"
	"goodword/internal/db"
	"goodword/internal/fault"
	"goodword/internal/task"
)

// Assign gives the introduction to another rep, in any state that is not terminal. The task to answer goes along.
// Returns NotFound for the introduction or the member, Conflict when it has ended.
func (s *Service) Assign(ctx context.Context, actor audit.Actor, id, staffID string) (Introduction, error) {
	return s.locked(ctx, id, func(ctx context.Context, tx db.Tx, row *Introduction) error {
		if row.State.Terminal() {
			return moved(*row)
		}
		m, err := s.Staff.ByID(ctx, tx, staffID)
		if err != nil {
			return err
		}
		if row.OwnerID == m.ID {
			return nil
		}
		// The appointment stands; only the half hour of the rep who is out of it is free again.
		if err := s.Staff.ReleaseSlot(ctx, tx, row.ID); err != nil {
			return fmt.Errorf("assign introduction %s: %w", row.ID, err)
		}
		by := change{what: "assigned", actor: actor, at: s.now()}
		if row.State == InPipeline {
			row.OwnerID = m.ID
			err = step(ctx, tx, row, Reassign, by)
		} else {
			err = update(ctx, tx, row, by, func(i *Introduction) { i.OwnerID = m.ID })
		}
		if err != nil {
			return err
		}
		if err := s.Tasks.Move(ctx, tx, answerCause(*row), m.ID); err != nil {
			return fmt.Errorf("assign introduction %s: %w", row.ID, err)
		}
		if row.State != Accepted {
			return nil
		}
		return s.enqueue(ctx, tx, Mail{Name: mailRepChanged, IntroductionID: row.ID, Version: row.Version})
	})
}

// Advance moves the introduction along. The first call links the deal, later ones set the step; a step may be skipped and
// may be set back. The first time that it is "qualified" is a fact that may earn.
// Returns Invalid for an unknown step, NotFound, and Conflict before a yes or after the end.
func (s *Service) Advance(ctx context.Context, actor audit.Actor, id, step string) (Introduction, error) {
	if !slices.Contains(Steps, step) {
		return Introduction{}, chooseOne("step")
	}
	return s.locked(ctx, id, func(ctx context.Context, tx db.Tx, row *Introduction) error {
		if row.State == InPipeline && row.Step == step {
			return nil
		}
		if row.State != Accepted && row.State != InPipeline {
			return moved(*row)
		}
		return s.advance(ctx, tx, row, step, change{what: "advanced", actor: actor, reason: step, at: s.now()})
	})
}

func (s *Service) advance(ctx context.Context, tx db.Tx, row *Introduction, to string, by change) error {
	if err := s.settle(ctx, tx, row, by); err != nil {
		return err
	}
	told := stepAfter(row.Step, to) && to != "contacted" && row.Tell && stepNumber(row.Step) < stepNumber("meeting")
	if row.AnsweredAt.IsZero() {
		row.AnsweredAt = by.at
	}
	qualified := to == "qualified" && row.QualifiedAt.IsZero()
	if qualified {
		row.QualifiedAt, row.QualifiedBy = by.at, byHand(by.actor)
	}
	var err error
	if row.State == Accepted {
		row.Step = to
		err = step(ctx, tx, row, LinkDeal, by)
	} else {
		err = update(ctx, tx, row, by, func(i *Introduction) { i.Step = to })
	}
	if err != nil {
		return err
	}
	if qualified {
		err := s.Earnings.Accrue(ctx, tx, Earned{On: campaign.OnQualified, Introduction: *row, At: by.at, Actor: by.actor})
		if err != nil {
			return fmt.Errorf("qualify introduction %s: %w", row.ID, err)
		}
	}
	if err := s.Tasks.Close(ctx, tx, answerCause(*row)); err != nil {
		return fmt.Errorf("advance introduction %s: %w", row.ID, err)
	}
	if !told {
		return nil
	}
	return s.enqueue(ctx, tx, Mail{Name: mailMeeting, IntroductionID: row.ID})
}

// Lose closes the introduction without a sale, for a reason from LostReasons and a private note. The introducer reads
// "not this time". What the yes has earned stays earned.
func (s *Service) Lose(ctx context.Context, actor audit.Actor, id, reason, note string) (Introduction, error) {
	var c fault.Check
	c.That(slices.Contains(LostReasons, reason), "reason", "Please choose one of the listed reasons.")
	short(&c, "note", note, maxText)
	if err := c.Err(); err != nil {
		return Introduction{}, err
	}
	return s.locked(ctx, id, func(ctx context.Context, tx db.Tx, row *Introduction) error {
		if row.State == Lost {
			return nil
		}
		if _, err := Next(row.State, Lose); err != nil {
			return err
		}
		by := change{what: "lost", actor: actor, reason: reason, at: s.now()}
		if err := s.settle(ctx, tx, row, by); err != nil {
			return err
		}
		row.OutcomeReason, row.OutcomeNote = reason, note
		if err := s.Staff.ReleaseSlot(ctx, tx, row.ID); err != nil {
			return fmt.Errorf("lose introduction %s: %w", row.ID, err)
		}
		if err := step(ctx, tx, row, Lose, by); err != nil {
			return err
		}
		if err := s.closeTasks(ctx, tx, *row); err != nil {
			return err
		}
		return s.stopped(ctx, tx, *row)
	})
}

// Reopen takes a lost introduction up again, inside the window in which a close counts.
func (s *Service) Reopen(ctx context.Context, actor audit.Actor, id string) (Introduction, error) {
	return s.locked(ctx, id, func(ctx context.Context, tx db.Tx, row *Introduction) error {
		now := s.now()
		if row.State == InPipeline {
			return nil
		}
		if row.State == Lost && now.After(row.ProtectedUntil) {
			return &fault.Error{Code: fault.Conflict, Message: "The protection window is over, so this introduction stays closed."}
		}
		return step(ctx, tx, row, Reopen, change{what: "reopened", actor: actor, at: now})
	})
}

// Unwind undoes a close and takes back what it earned. Again changes nothing.
func (s *Service) Unwind(ctx context.Context, actor audit.Actor, id, reason string) (Introduction, error) {
	var c fault.Check
	c.Required("reason", reason)
	short(&c, "reason", reason, maxText)
	if err := c.Err(); err != nil {
		return Introduction{}, err
	}
	return s.locked(ctx, id, func(ctx context.Context, tx db.Tx, row *Introduction) error {
		if row.State == Unwound {
			return nil
		}
		by := change{what: "unwound", actor: actor, reason: reason, at: s.now()}
		row.OutcomeReason = "staff"
		if err := step(ctx, tx, row, Unwind, by); err != nil {
			return err
		}
		return s.Earnings.Reverse(ctx, tx, Reversal{Introduction: *row, On: []campaign.Stage{campaign.OnWon}, Reason: "staff",
			At: by.at, Actor: actor})
	})
}

// Rewin gives an undone close back. Again changes nothing.
func (s *Service) Rewin(ctx context.Context, actor audit.Actor, id, reason string) (Introduction, error) {
	return s.locked(ctx, id, func(ctx context.Context, tx db.Tx, row *Introduction) error {
		if row.State == Won {
			return nil
		}
		by := change{what: "rewon", actor: actor, reason: reason, at: s.now()}
		row.OutcomeReason = ""
		if err := step(ctx, tx, row, Rewin, by); err != nil {
			return err
		}
		return s.Earnings.Reinstate(ctx, tx, Reversal{Introduction: *row, On: []campaign.Stage{campaign.OnWon}, Reason: "staff",
			At: by.at, Actor: actor})
	})
}

// closeTasks ends what somebody should still do about the introduction.
func (s *Service) closeTasks(ctx context.Context, tx db.Tx, row Introduction) error {
	for _, cause := range []string{answerCause(row), escalationCause(row.ID), replyCause(row.ID)} {
		if err := s.Tasks.Close(ctx, tx, cause); err != nil {
			return fmt.Errorf("tasks of introduction %s: %w", row.ID, err)
		}
	}
	return nil
}

// HandOver gives the open introductions of one member to another. It is a staff.HandOver.
func HandOver(ctx context.Context, tx db.Tx, from, to string) error {
	return handOver(ctx, tx, from, to)
}

func escalationCause(introductionID string) string { return "escalation:" + introductionID }

func replyCause(introductionID string) string { return "reply:" + introductionID }

func leadCause(introductionID string) string { return "lead:" + introductionID }

// taskForReply asks the rep to write down an answer that came outside the page.
func (s *Service) taskForReply(ctx context.Context, tx db.Tx, row Introduction, now time.Time) error {
	return s.Tasks.Add(ctx, tx, task.New{Kind: task.Answer, OwnerID: row.OwnerID, CustomerID: row.IntroducerID, IntroductionID: row.ID,
		Cause: replyCause(row.ID), Title: "The introducer says that there was an answer: write it down", DueAt: now.Add(24 * time.Hour)})
}

// askForLead asks the rep to win the customer's introduction for a mere suggestion.
func (s *Service) askForLead(ctx context.Context, tx db.Tx, row Introduction, now time.Time) error {
	err := s.Tasks.Add(ctx, tx, task.New{Kind: task.Ask, OwnerID: row.OwnerID, CustomerID: row.IntroducerID, IntroductionID: row.ID,
		Cause: leadCause(row.ID), Title: "Ask for an introduction", DueAt: now.Add(48 * time.Hour)})
	if err != nil {
		return fmt.Errorf("task for lead %s: %w", row.ID, err)
	}
	if row.OwnerID == "" {
		return nil
	}
	return s.enqueue(ctx, tx, Mail{Name: mailLead, IntroductionID: row.ID})
}
