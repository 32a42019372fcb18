package reward

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"goodword/internal/audit"
	"goodword/internal/db"
	"goodword/internal/event"
	"goodword/internal/fault"
	"goodword/internal/ident"
	"goodword/internal/staff"
)

// The kinds of cases that rewards and payouts open. Introductions open others; see introduction.Case.
const (
	CaseBudget      = "budget_exhausted"   // earned, but the campaign's budget does not cover it
	CaseCurrency    = "currency_mismatch"  // a payment in another currency than the offer
	CasePayee       = "payee_not_ready"    // cannot be paid by the chosen rail yet
	CaseByHand      = "manual_payment"     // finance has to pay and enter the reference
	CaseRefused     = "payout_refused"     // the rail said no
	CaseShort       = "balance_too_small"  // the balance at the rail does not cover the next payout
	CaseStuck       = "payout_stuck"       // the outcome has been open for over an hour
	CaseAbsent      = "confirm_absent"     // a person must confirm that the rail has nothing
	CaseVoidUnclear = "void_unclear"       // a person must say whether what was issued is taken back
	CaseDouble      = "double_effect"      // the rail shows two effects of one payout
	CaseLate        = "late_effect"        // an effect of a payout that was refused or cancelled
	CaseUsedLate    = "used_after_end"     // a code or credit was used after its reward ended
	CaseAtRail      = "reversed_at_rail"   // somebody undid a payout at the rail
	CaseDisputed    = "disputed_after"     // the deal is disputed after the reward was paid
	CaseVerify      = "verify_failed"      // the books and the states do not agree
	CaseReview      = "review"             // a person must decide about a reward that is held
	CaseAppeal      = "appeal"             // the owner of a rejected reward says something against it
	CaseStock       = "out_of_stock"       // somebody waits for a gift code of a value that is not in stock
	CaseOverdue     = "remittance_overdue" // what was given to a charity should be there and is not
)

// The states of a case.
const (
	CaseOpen     = "open"
	CaseResolved = "resolved"
)

// The ways to resolve a case.
const (
	// ActionNote closes it with a sentence. It moves nothing.
	ActionNote = "note"
	// ActionConfirmAbsent says that the rail has nothing of the payout, or has not taken back what was issued: it is tried
	// again under a new key.
	ActionConfirmAbsent = "confirm_absent"
	// ActionRetry sends a refused payout again, or accrues what an empty budget refused, now that there is more.
	ActionRetry = "retry"
	// ActionRelease and ActionReject decide a review; ActionGrant and ActionRefuse an appeal. Whoever comes second is told.
	ActionRelease = "release"
	ActionReject  = "reject"
	ActionGrant   = "grant"
	ActionRefuse  = "refuse"
)

// Case is a row of table money_case: something about money that a person must look at. It never moves money by itself.
type Case struct {
	bun.BaseModel `bun:"table:money_case,alias:mc"`

	ID   string `bun:"id,pk"`
	Kind string `bun:"kind"`
	// Subject is what the case is about; one case of a kind is open for it at a time.
	Subject        string `bun:"subject"`
	RewardID       string `bun:"reward_id,nullzero"`
	PayoutID       string `bun:"payout_id,nullzero"`
	IntroductionID string `bun:"introduction_id,nullzero"`
	// Detail is for staff: ids, states and amounts.
	Detail     string    `bun:"detail"`
	State      string    `bun:"state"`
	Resolution string    `bun:"resolution"`
	ResolvedBy string    `bun:"resolved_by"`
	OpenedAt   time.Time `bun:"opened_at"`
	ResolvedAt time.Time `bun:"resolved_at,nullzero"`
	Version    int64     `bun:"version"`
}

// Actions lists the ways to resolve the case; none when it is resolved.
func (c Case) Actions() []string {
	switch {
	case c.State != CaseOpen:
		return nil
	case c.Kind == CaseAbsent, c.Kind == CaseVoidUnclear:
		return []string{ActionConfirmAbsent, ActionNote}
	case c.Kind == CaseRefused, c.Kind == CaseBudget:
		return []string{ActionRetry, ActionNote}
	case c.Kind == CaseReview:
		return []string{ActionRelease, ActionReject}
	case c.Kind == CaseAppeal:
		return []string{ActionGrant, ActionRefuse}
	}
	return []string{ActionNote}
}

// openCase puts something before a person, once as long as it is open.
func (s *Service) openCase(ctx context.Context, tx db.Tx, c Case) error {
	_, err := s.openFresh(ctx, tx, c)
	return err
}

// openFresh is openCase for who must know whether the case is new.
func (s *Service) openFresh(ctx context.Context, tx db.Tx, c Case) (fresh bool, err error) {
	if c.ID == "" {
		c.ID = ident.New()
	}
	c.State, c.OpenedAt = CaseOpen, s.now()
	if fresh, err = insertCase(ctx, tx, &c); err != nil || !fresh {
		return false, err
	}
	err = event.Record(ctx, tx, event.Event{Type: "case.opened", At: c.OpenedAt, ActorKind: string(audit.KindSystem),
		IntroductionID: c.IntroductionID, RewardID: c.RewardID, Data: publicCase{ID: c.ID, Kind: c.Kind, Detail: c.Detail}})
	if err != nil {
		return false, fmt.Errorf("open case %s: %w", c.Kind, err)
	}
	return true, nil
}

type publicCase struct {
	ID     string `json:"id"`
	Kind   string `json:"kind"`
	Detail string `json:"detail"`
}

// CaseFilter narrows Cases; every field that is set must match.
type CaseFilter struct {
	State, Kind, RewardID, IntroductionID string
	// Queue is QueueReviews, QueueMoney or empty for both.
	Queue string
}

// The queues that cases wait in: what a person decides about somebody, and what a person finds out about money.
const (
	QueueReviews = "reviews"
	QueueMoney   = "money"
)

// Cases returns a page of cases, the newest first.
func (s *Service) Cases(ctx context.Context, f CaseFilter, p db.Page) (db.List[Case], error) {
	return listCases(ctx, s.DB, f, p)
}

// CaseByID returns a case. Returns NotFound.
func (s *Service) CaseByID(ctx context.Context, id string) (Case, error) {
	return caseByID(ctx, s.DB, id)
}

// Resolution is how a person ends a case.
type Resolution struct {
	Action, Note string
	// Why is what the owner is told when a review rejects their reward: one of RejectReasons.
	Why string
}

// ResolveCase closes a case by one of its Actions, with a note. A case that is resolved already comes back unchanged; of a review
// or an appeal the second is told who decided.
// Returns Forbidden, NotFound, Invalid, and Conflict when the action does not fit what has happened meanwhile.
func (s *Service) ResolveCase(ctx context.Context, actor audit.Actor, id string, how Resolution) (Case, error) {
	if err := may(actor, staff.ResolveCases); err != nil {
		return Case{}, err
	}
	d, err := s.asks(ctx, actor)
	if err != nil {
		return Case{}, err
	}
	action, note := how.Action, how.Note
	rules, err := s.taxRules(ctx)
	if err != nil {
		return Case{}, err
	}
	var c Case
	err = s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		seen, err := caseByID(ctx, tx, id)
		if err != nil {
			return err
		}
		// Rewards and payouts are locked before their cases, here and wherever a payout closes them.
		by := change{actor: actor, at: s.now(), reason: note}
		if seen.Kind == CaseReview || seen.Kind == CaseAppeal {
			if err := s.decideCase(ctx, tx, d, seen, how, by); err != nil {
				return err
			}
			c, err = caseByID(ctx, tx, id)
			return err
		}
		if seen.State == CaseOpen {
			if err := checkAction(seen, action, note); err != nil {
				return err
			}
			if err := s.act(ctx, tx, seen, action, rules, by); err != nil {
				return err
			}
		}
		if c, err = lockCase(ctx, tx, id); err != nil || c.State != CaseOpen {
			return err
		}
		return s.resolve(ctx, tx, &c, action, note, by)
	})
	if err != nil {
		return Case{}, fmt.Errorf("resolve case %s: %w", id, err)
	}
	return c, nil
}

func checkAction(c Case, action, note string) error {
	var check fault.Check
	check.That(slices.Contains(c.Actions(), action), "action", "This case cannot be resolved in this way.")
	check.Required("note", note)
	check.That(len(note) <= maxText, "note", "Please keep this shorter.")
	return check.Err()
}

func (s *Service) act(ctx context.Context, tx db.Tx, c Case, action string, t taxRules, by change) error {
	switch action {
	case ActionConfirmAbsent:
		return s.confirmAbsent(ctx, tx, c, by)
	case ActionRetry:
		if c.Kind == CaseBudget {
			return s.accrueAgain(ctx, tx, c, by)
		}
		r, err := lock(ctx, tx, c.RewardID)
		if err != nil {
			return err
		}
		return s.requeue(ctx, tx, &r, t, by)
	}
	return nil
}

// confirmAbsent lets a payout, or a void, start again because a person has looked at the rail (M5).
func (s *Service) confirmAbsent(ctx context.Context, tx db.Tx, c Case, by change) error {
	if by.actor.Kind != audit.KindStaff {
		return &fault.Error{Code: fault.Forbidden, Message: "Only a person who has looked at the rail can say this."}
	}
	b, err := lockBatch(ctx, tx, c.PayoutID)
	if err != nil {
		return err
	}
	p := b.Payout
	if p.LeasedUntil.After(by.at) {
		return &fault.Error{Code: fault.Conflict, Message: "This payout is just being looked up. Please try again in two minutes."}
	}
	switch {
	case c.Kind == CaseAbsent && p.State == Unknown && p.AbsentCount >= 2:
		return s.newEpoch(ctx, tx, p, *b.rewards[0], OperatorAbsentConfirm, by)
	case c.Kind == CaseVoidUnclear && p.State == Reversing:
		p.Epoch++
		p.FirstSentAt, p.LastSentAt, p.NextTryAt = by.at, time.Time{}, by.at.Add(wakeEvery)
		if err := savePayout(ctx, tx, p, by.at); err != nil {
			return err
		}
		return s.Queue.Enqueue(ctx, tx, time.Time{}, Send{PayoutID: p.ID})
	}
	_, err = NextPayout(p.State, OperatorAbsentConfirm)
	if err == nil {
		err = &fault.Error{Code: fault.Conflict, Message: "This payout has not been missing for long enough."}
	}
	return err
}

func (s *Service) resolve(ctx context.Context, tx db.Tx, c *Case, action, note string, by change) error {
	c.State, c.Resolution, c.ResolvedBy, c.ResolvedAt = CaseResolved, action+": "+note, by.actor.ID, by.at
	if err := saveCase(ctx, tx, c); err != nil {
		return err
	}
	err := event.Record(ctx, tx, event.Event{Type: "case.resolved", At: by.at, ActorKind: string(by.actor.Kind), ActorID: by.actor.ID,
		IntroductionID: c.IntroductionID, RewardID: c.RewardID, Data: publicCase{ID: c.ID, Kind: c.Kind, Detail: action}})
	if err != nil {
		return fmt.Errorf("resolve case %s: %w", c.ID, err)
	}
	return audit.Record(ctx, tx, by.at, audit.Entry{Actor: by.actor, Action: "case.resolved", Object: "case", ObjectID: c.ID,
		Reason: note, After: map[string]string{"kind": c.Kind, "action": action}})
}
