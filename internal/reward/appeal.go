package reward

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"goodword/internal/db"
	"goodword/internal/event"
	"goodword/internal/fault"
	"goodword/internal/ident"
)

// AppealDays is how long after a rejection its owner may say something against it.
const AppealDays = 90

// AlertAppeal is the alert that somebody has said something against a rejection.
const AlertAppeal = "appeal"

// Appealable reports whether the owner may say something against the rejection of a reward.
func (r Reward) Appealable(now time.Time) bool {
	return r.RejectedBy != "" && r.ForgoneMinor > 0 && r.CustomerID != "" && now.Before(r.RejectedAt.AddDate(0, 0, AppealDays))
}

// Appeal keeps what the owner of a rejected reward says against it, once: finance is told and decides; nothing decides by itself.
// Saying it again changes nothing. Returns Invalid without words, NotFound for somebody else's reward, and Conflict when it was
// not rejected or too long ago.
func (s *Service) Appeal(ctx context.Context, customerID, rewardID, text string) (Appeal, error) {
	text = strings.TrimSpace(text)
	var c fault.Check
	if text == "" {
		c.AddKey("text", "problem.appeal", "Please say in a sentence why.")
	}
	c.That(utf8.RuneCountInString(text) <= maxText, "text", "Please keep this shorter.")
	if err := c.Err(); err != nil {
		return Appeal{}, err
	}
	if !ident.Valid(rewardID) {
		return Appeal{}, unknown()
	}
	var a Appeal
	_, err := s.locked(ctx, rewardID, func(ctx context.Context, tx db.Tx, r *Reward) error {
		if r.CustomerID == "" || r.CustomerID != customerID {
			return unknown()
		}
		have, found, err := appealOf(ctx, tx, r.ID)
		if err != nil || found {
			a = have
			return err
		}
		now := s.now()
		if !r.Appealable(now) {
			return moved(*r)
		}
		a = Appeal{ID: ident.New(), RewardID: r.ID, CustomerID: customerID, Text: text, State: AppealOpen, CreatedAt: now}
		if _, err := insertAppeal(ctx, tx, &a); err != nil {
			return err
		}
		err = event.Record(ctx, tx, event.Event{Type: "reward.appealed", At: now, ActorKind: "customer", ActorID: customerID, CustomerID: customerID,
			CampaignID: r.CampaignID, IntroductionID: r.IntroductionID, TestimonialID: r.TestimonialID, RewardID: r.ID, Data: r.public(), Previous: r.public()})
		if err != nil {
			return fmt.Errorf("appeal about reward %s: %w", r.ID, err)
		}
		detail := fmt.Sprintf("Its owner says something against the rejection of a reward of %s.", r.Accrued())
		err = s.openCase(ctx, tx, Case{Kind: CaseAppeal, Subject: r.ID, RewardID: r.ID, IntroductionID: r.IntroductionID, Detail: detail})
		if err != nil {
			return err
		}
		return s.alert(ctx, tx, Alert{Name: AlertAppeal, Count: 1, Detail: detail, CaseKind: CaseAppeal})
	})
	return a, err
}

// AppealOf returns what was said against the rejection of a reward; false if nothing was.
func (s *Service) AppealOf(ctx context.Context, rewardID string) (Appeal, bool, error) {
	return appealOf(ctx, s.DB, rewardID)
}

// AppealsOf returns the same for a list of rewards, by the reward's id.
func (s *Service) AppealsOf(ctx context.Context, rewardIDs []string) (map[string]Appeal, error) {
	return appealsOf(ctx, s.DB, rewardIDs)
}

// decideAppeal is a person's answer. Granted, the owner gets what was taken: what they owe is forgiven, the rest is earned anew
// and not held again for what this person has looked at. Neither whoever rejected it answers the appeal nor who had another
// hand in it (M19). Returns Conflict when the budget does not cover it.
func (s *Service) decideAppeal(ctx context.Context, tx db.Tx, d decider, r *Reward, how Resolution, c change) error {
	d.appeal = true
	if err := s.secondPerson(ctx, tx, d, r, c); err != nil {
		return err
	}
	a, found, err := appealOf(ctx, tx, r.ID)
	if err != nil {
		return err
	}
	if !found || a.State != AppealOpen {
		return moved(*r)
	}
	a.State, a.Answer, a.DecidedBy, a.DecidedAt = AppealRefused, how.Note, c.actor.ID, c.at
	if how.Action == ActionGrant {
		a.State = AppealGranted
		if err := s.grant(ctx, tx, r, c); err != nil {
			return err
		}
	}
	return saveAppeal(ctx, tx, &a)
}

func (s *Service) grant(ctx context.Context, tx db.Tx, r *Reward, c change) error {
	if r.IntroductionID != "" {
		i, err := introductionOf(ctx, tx, r.IntroductionID)
		if err != nil {
			return err
		}
		if !stands(i, r.EarnedOn) {
			return &fault.Error{Code: fault.Conflict, Message: "What it was earned for has been undone."}
		}
	}
	back := r.ForgoneMinor
	before := r.public()
	r.ForgoneMinor, r.RejectedBy, r.RejectedWhy, r.RejectedAt = 0, "", "", time.Time{}
	if err := s.write(ctx, tx, r, entry{change: c, what: "granted", before: before}); err != nil {
		return err
	}
	rows := []*Reward{r}
	if r.IntroductionID != "" {
		others, err := lockGroup(ctx, tx, r.group())
		if err != nil {
			return err
		}
		rows = others
	}
	c.clearedBy = c.actor.ID
	had, owed := len(rows), r.OwedMinor
	if err := s.up(ctx, tx, rows, back, c); err != nil {
		return err
	}
	if owed >= back {
		return nil
	}
	return made(ctx, tx, again(*r, had+1))
}
