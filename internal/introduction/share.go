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
	"goodword/internal/queue"
)

// Share notes that the customer has sent the introduction through a channel; tapping the channel means sent. A lead that
// is shared becomes a referral. Sharing again changes nothing but the channel.
// Returns Invalid for an unknown channel, NotFound for somebody else's introduction, Conflict once it has moved on.
func (s *Service) Share(ctx context.Context, a Author, id, channel string) (Introduction, error) {
	if !slices.Contains(Channels, channel) {
		return Introduction{}, chooseOne("channel")
	}
	return s.own(ctx, a, id, func(ctx context.Context, tx db.Tx, row *Introduction) error {
		return s.shared(ctx, tx, row, channel, change{actor: customerActor(a.CustomerID), at: s.now()})
	})
}

// shared is Share on a locked row.
func (s *Service) shared(ctx context.Context, tx db.Tx, row *Introduction, channel string, by change) error {
	by.what = "shared"
	c, err := campaign.ByID(ctx, tx, row.CampaignID)
	if err != nil {
		return err
	}
	if row.State == ScreenedOut && row.StateBefore != Withdrawn {
		// The customer must not notice (S8): the row keeps its state and shows what any other would show.
		return update(ctx, tx, row, by, func(i *Introduction) {
			i.StateBefore, i.Channel, i.SharedAt = Invited, channel, by.at
			i.lift()
			i.planNudge(c.Nudges, by.at)
		})
	}
	if row.State == Invited {
		if row.Sent() && row.Channel == channel {
			return nil
		}
		return update(ctx, tx, row, by, func(i *Introduction) {
			i.Channel, i.SharedAt = channel, by.at
			i.planNudge(c.Nudges, by.at)
		})
	}
	wasLead := row.How == HowLead
	row.Channel = channel
	if row.State == Ready {
		row.lift()
	}
	if err := step(ctx, tx, row, MarkShared, by); err != nil {
		return err
	}
	if row.planNudge(c.Nudges, by.at); !row.NudgeAt.IsZero() {
		if err := save(ctx, tx, row, by.at); err != nil {
			return err
		}
	}
	if wasLead {
		return s.issueLinkOnce(ctx, tx, *row, by.at)
	}
	return nil
}

// lift turns a lead into a referral: the customer facilitates it now.
func (i *Introduction) lift() {
	if i.How == HowLead {
		i.How, i.Kind = HowSelf, Referral
	}
}

// Unshare takes back "I sent it". The introduction waits to be sent again; its link keeps working.
// Returns NotFound for somebody else's introduction, Conflict once the prospect has answered.
func (s *Service) Unshare(ctx context.Context, a Author, id string) (Introduction, error) {
	return s.own(ctx, a, id, func(ctx context.Context, tx db.Tx, row *Introduction) error {
		if row.Shown(s.now()) != Invited {
			if row.Shown(s.now()) == Ready {
				return nil
			}
			return moved(*row)
		}
		return update(ctx, tx, row, change{what: "unshared", actor: customerActor(a.CustomerID), at: s.now()}, func(i *Introduction) {
			i.SharedAt, i.Channel, i.NudgeAt = time.Time{}, "", time.Time{}
			if i.State == ScreenedOut {
				i.StateBefore = Ready
			}
		})
	})
}

// EditNote changes the words that the prospect reads, as long as there is no answer.
// Returns Invalid if they are too long, NotFound for somebody else's introduction, Conflict after the answer.
func (s *Service) EditNote(ctx context.Context, a Author, id, note string) (Introduction, error) {
	sub := Submission{Note: note}.cleaned()
	if err := sub.validate(true); err != nil {
		return Introduction{}, err
	}
	return s.own(ctx, a, id, func(ctx context.Context, tx db.Tx, row *Introduction) error {
		if !row.Shown(s.now()).Answerable() {
			return moved(*row)
		}
		return update(ctx, tx, row, change{what: "edited", actor: customerActor(a.CustomerID), at: s.now()}, func(i *Introduction) { i.Note = sub.Note })
	})
}

// SetSource notes where the customer knows the prospect from; the done page asks for it and it may be left out.
func (s *Service) SetSource(ctx context.Context, a Author, id, source string) (Introduction, error) {
	if !slices.Contains(Sources, source) {
		return Introduction{}, chooseOne("source")
	}
	return s.own(ctx, a, id, func(ctx context.Context, tx db.Tx, row *Introduction) error {
		return update(ctx, tx, row, change{what: "edited", actor: customerActor(a.CustomerID), at: s.now()}, func(i *Introduction) { i.Source = source })
	})
}

// NudgesOff ends the reminders about one introduction, with one tap.
func (s *Service) NudgesOff(ctx context.Context, a Author, id string) (Introduction, error) {
	return s.own(ctx, a, id, func(ctx context.Context, tx db.Tx, row *Introduction) error {
		return update(ctx, tx, row, change{what: "nudges_off", actor: customerActor(a.CustomerID), at: s.now()}, func(i *Introduction) { i.NudgesOff, i.NudgeAt = true, time.Time{} })
	})
}

// Withdraw takes the introduction back and deletes what the customer gave us about the prospect.
// Returns NotFound for somebody else's introduction, Conflict after a yes. Again changes nothing.
func (s *Service) Withdraw(ctx context.Context, a Author, id string) (Introduction, error) {
	return s.own(ctx, a, id, func(ctx context.Context, tx db.Tx, row *Introduction) error {
		now := s.now()
		by := change{what: "withdrawn", actor: customerActor(a.CustomerID), at: now}
		switch {
		case row.Shown(now) == Withdrawn:
			return nil
		case row.State == ScreenedOut && now.Before(row.NeutralAt):
			return update(ctx, tx, row, by, func(i *Introduction) {
				i.StateBefore = Withdrawn
				i.purge(now)
			})
		case row.State == Draft:
			row.purge(now)
			return step(ctx, tx, row, Discard, by)
		}
		if _, err := Next(row.State, Withdraw); err != nil {
			return err
		}
		row.purge(now)
		if err := step(ctx, tx, row, Withdraw, by); err != nil {
			return err
		}
		return s.Customers.Links.RevokeAll(ctx, tx, customer.Subject{Purpose: customer.ForProspect, IntroductionID: row.ID})
	})
}

// MarkAnswered is the introducer's "Ben answered": the rep is asked to write down what was said. It moves no state,
// because the yes must be the prospect's.
func (s *Service) MarkAnswered(ctx context.Context, a Author, id string) (Introduction, error) {
	return s.own(ctx, a, id, func(ctx context.Context, tx db.Tx, row *Introduction) error {
		now := s.now()
		if !row.Shown(now).Answerable() {
			return moved(*row)
		}
		if row.State == ScreenedOut {
			return nil
		}
		if err := s.taskForReply(ctx, tx, *row, now); err != nil {
			return err
		}
		return update(ctx, tx, row, change{what: "reply_reported", actor: customerActor(a.CustomerID), at: now}, func(i *Introduction) { i.NudgesOff, i.NudgeAt = true, time.Time{} })
	})
}

// ProspectURL returns the private link that the customer sends: the warm introduction. Show it only to its introducer, to
// the prospect, and to staff who may send. Returns NotFound where there is none, as for a lead.
func (s *Service) ProspectURL(ctx context.Context, id string) (string, error) {
	link, err := s.Customers.Links.Find(ctx, s.DB, customer.Subject{Purpose: customer.ForProspect, IntroductionID: id})
	if err != nil {
		return "", err
	}
	return s.Customers.Links.URLOf(link)
}

// issueLinkOnce gives an introduction its link unless it has one.
func (s *Service) issueLinkOnce(ctx context.Context, tx db.Tx, row Introduction, now time.Time) error {
	_, err := s.Customers.Links.Find(ctx, tx, customer.Subject{Purpose: customer.ForProspect, IntroductionID: row.ID})
	if fault.Is(err, fault.NotFound) {
		return s.issueLink(ctx, tx, row, now)
	}
	return err
}

// own runs fn on the locked introduction of this customer. Somebody else's does not exist.
func (s *Service) own(ctx context.Context, a Author, id string, fn func(context.Context, db.Tx, *Introduction) error) (Introduction, error) {
	return s.locked(ctx, id, func(ctx context.Context, tx db.Tx, row *Introduction) error {
		if row.IntroducerID == "" || row.IntroducerID != a.CustomerID {
			return unknown()
		}
		return fn(ctx, tx, row)
	})
}

// locked runs fn on the locked row in a transaction of its own and returns the row as fn left it.
func (s *Service) locked(ctx context.Context, id string, fn func(context.Context, db.Tx, *Introduction) error) (Introduction, error) {
	var row Introduction
	err := s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		var err error
		if row, err = lock(ctx, tx, id); err != nil {
			return err
		}
		return fn(ctx, tx, &row)
	})
	if err != nil {
		return Introduction{}, err
	}
	return row, nil
}

func (s *Service) enqueue(ctx context.Context, tx db.Tx, job queue.Job) error {
	return s.Queue.Enqueue(ctx, tx, time.Time{}, job)
}

func moved(row Introduction) error {
	return &fault.Error{Code: fault.Conflict, Key: "error.introduction_moved",
		Message: "This introduction has moved on, so this is no longer possible.", Cause: fmt.Errorf("introduction %s is %s", row.ID, row.State)}
}

func chooseOne(field string) error {
	return &fault.Error{Code: fault.Invalid, Key: "error.invalid", Message: "Please check the marked fields.",
		Problems: []fault.Problem{{Field: field, Key: "problem.choose", Message: "Please choose one."}}}
}
