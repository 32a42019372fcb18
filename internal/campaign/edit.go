package campaign

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
	"goodword/internal/money"
)

// launchable returns Invalid with everything that keeps the plan from being launched.
func (s *Service) launchable(ctx context.Context, idb bun.IDB, p Plan) error {
	known, err := CharitiesOf(ctx, idb, p.Offer.Charities)
	if err != nil {
		return err
	}
	var c fault.Check
	p.check(&c, known, s.now())
	p.ready(&c, known)
	return c.Err()
}

// Create makes a draft. Only the name, and a currency where there are rewards, are needed; what is there must be right.
// Returns Invalid with every problem at its field.
func (s *Service) Create(ctx context.Context, actor audit.Actor, p Plan) (Campaign, error) {
	p = p.withDefaults()
	now := s.now()
	known, err := CharitiesOf(ctx, s.DB, p.Offer.Charities)
	if err != nil {
		return Campaign{}, err
	}
	var check fault.Check
	p.check(&check, known, now)
	if err := check.Err(); err != nil {
		return Campaign{}, err
	}
	c := Campaign{ID: ident.New(), State: Draft, Template: p.Template, AuthorID: actor.ID, CreatedAt: now}
	o := Offer{ID: ident.New(), CampaignID: c.ID, Number: 1, CreatedAt: now}
	o.wrote(actor)
	c.OfferID = o.ID
	c.take(p, now)
	o.take(p.Offer)
	err = s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		if err := checkOwner(ctx, tx, c.OwnerID); err != nil {
			return err
		}
		if err := insert(ctx, tx, &c, &o); err != nil {
			return err
		}
		return s.record(ctx, tx, actor, c, "created", nil)
	})
	if err != nil {
		return Campaign{}, fmt.Errorf("create campaign: %w", err)
	}
	return c, nil
}

// withDefaults fills what an editor may leave out.
func (p Plan) withDefaults() Plan {
	if p.Trigger.Kind == "" {
		p.Trigger.Kind = TriggerNow
	}
	if p.Offer.Currency == "" {
		p.Offer.Currency = "EUR"
	}
	// Empty, not null, so that the columns hold what the JSON of the API shows.
	if p.Asks == nil {
		p.Asks = []Ask{}
	}
	if p.Suits == nil {
		p.Suits = map[string]string{}
	}
	if p.Messages == nil {
		p.Messages = map[string]Words{}
	}
	if p.Reminders.AfterDays == nil {
		p.Reminders.AfterDays = []int{}
	}
	if p.Offer.Rewards == nil {
		p.Offer.Rewards = []Rule{}
	}
	if p.Offer.Charities == nil {
		p.Offer.Charities = []string{}
	}
	return p
}

func (c *Campaign) take(p Plan, now time.Time) {
	c.Name, c.Division, c.OwnerID = p.Name, p.Division, p.OwnerID
	c.Asks, c.Suits, c.Nudges, c.Audience, c.Trigger = p.Asks, p.Suits, p.Nudges, p.Audience, p.Trigger
	c.Messages, c.Reminders = p.Messages, p.Reminders
	c.UpdatedAt = now
}

func (o *Offer) take(t Terms) {
	o.Currency, o.BudgetMinor, o.HoldDays, o.ProtectionDays = t.Currency, t.BudgetMinor, t.HoldDays, t.ProtectionDays
	o.Terms, o.CostCentre, o.DefaultRail, o.Rules, o.Charities = t.Text, t.CostCentre, t.DefaultRail, t.Rewards, t.Charities
}

// wrote keeps who has written the terms, beside those who did before.
func (o *Offer) wrote(actor audit.Actor) {
	o.AuthorID = actor.ID
	o.Authors = slices.Clone(o.Authors)
	if actor.ID != "" && !slices.Contains(o.Authors, actor.ID) {
		o.Authors = append(o.Authors, actor.ID)
	}
	if o.Authors == nil {
		o.Authors = []string{}
	}
}

// Update changes parts of a campaign. Once it is launched, whom it asks for what and when is fixed, and a change of the
// offer makes the offer's next version: invitations, introductions and rewards keep the one they were made under, and the
// difference of the budgets is posted to the books.
//
// ifVersion is the version that the editor saw; a negative one means any. Returns NotFound, Conflict if somebody else was
// faster, the campaign has ended, or the smaller budget is spent already, and Invalid with every problem at its field.
func (s *Service) Update(ctx context.Context, actor audit.Actor, id string, patch Patch, ifVersion int64) (Campaign, error) {
	var c Campaign
	err := s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) (err error) {
		if c, err = lock(ctx, tx, id); err != nil {
			return err
		}
		// The lock has raised the version by one.
		if ifVersion >= 0 && c.Version != ifVersion+1 {
			return &fault.Error{Code: fault.Conflict, Message: "Somebody changed this in the meantime. Please look again.", Key: "error.conflict"}
		}
		if c.State == Ended {
			return fault.New(fault.Conflict, "This campaign has ended.")
		}
		old, err := OfferByID(ctx, tx, c.OfferID)
		if err != nil {
			return err
		}
		now := s.now()
		plan := c.Plan(old).with(patch).withDefaults()
		known, err := CharitiesOf(ctx, tx, plan.Offer.Charities)
		if err != nil {
			return err
		}
		if err := checkEdit(edit{campaign: c, offer: old, plan: plan, patch: patch, charities: known, at: now}); err != nil {
			return err
		}
		if patch.OwnerID != nil {
			if err := checkOwner(ctx, tx, plan.OwnerID); err != nil {
				return err
			}
		}
		before := c
		c.take(plan, now)
		if err := s.replaceOffer(ctx, tx, actor, &c, old, plan.Offer); err != nil {
			return err
		}
		if c.State == Scheduled && c.Trigger.At != nil {
			c.LaunchAt = c.Trigger.At.UTC()
		}
		if err := save(ctx, tx, c); err != nil {
			return err
		}
		return s.record(ctx, tx, actor, c, "changed", before)
	})
	if err != nil {
		return Campaign{}, fmt.Errorf("update campaign %s: %w", id, err)
	}
	return c, nil
}

// edit is a change before it is made: what there was, what shall be, and the charities of it that exist.
type edit struct {
	campaign  Campaign
	offer     Offer
	plan      Plan
	patch     Patch
	charities []Charity
	at        time.Time
}

func checkEdit(e edit) error {
	c, old, plan, patch := e.campaign, e.offer, e.plan, e.patch
	var check fault.Check
	plan.check(&check, e.charities, e.at)
	if c.State != Draft {
		plan.ready(&check, e.charities)
	}
	if !c.LaunchedAt.IsZero() {
		const fixed = "This is fixed once a campaign was launched."
		check.That(patch.Asks == nil, "asks", fixed)
		check.That(patch.Audience == nil, "audience", fixed)
		check.That(patch.Trigger == nil, "trigger", fixed)
		check.That(plan.Offer.Currency == old.Currency, "offer.currency", fixed)
	}
	if c.State == Scheduled {
		check.That(plan.Trigger.Kind == TriggerAt, "trigger.kind", "A scheduled campaign needs a date.")
	}
	return check.Err()
}

// replaceOffer edits the offer of a draft in place; otherwise it makes the next version and posts what the budget gained or lost.
func (s *Service) replaceOffer(ctx context.Context, tx db.Tx, actor audit.Actor, c *Campaign, old Offer, t Terms) error {
	next := old
	next.take(t)
	if sameTerms(old, next) {
		return nil
	}
	next.wrote(actor)
	if c.State == Draft {
		return saveOffer(ctx, tx, next)
	}
	next.ID, next.Number, next.CreatedAt = ident.New(), old.Number+1, c.UpdatedAt
	if err := insertOffer(ctx, tx, &next); err != nil {
		return err
	}
	c.OfferID = next.ID
	if c.LaunchedAt.IsZero() {
		return nil
	}
	change, err := next.Budget().Sub(old.Budget())
	if err != nil {
		return err
	}
	return authorise(ctx, tx, actor, *c, change)
}

// record writes the event and the audit entry of a change. The words of a campaign stay out of both: they are long, and
// the row has them.
func (s *Service) record(ctx context.Context, tx db.Tx, actor audit.Actor, c Campaign, what string, before any) error {
	type state struct {
		State   State  `json:"state"`
		Version int64  `json:"version"`
		OfferID string `json:"offer_id"`
	}
	now := state{c.State, c.Version, c.OfferID}
	var was any
	if b, ok := before.(Campaign); ok {
		was = state{b.State, b.Version, b.OfferID}
	}
	err := event.Record(ctx, tx, event.Event{
		Type: "campaign." + what, At: s.now(), ActorKind: string(actor.Kind), ActorID: actor.ID, CampaignID: c.ID, Data: now, Previous: was,
	})
	if err != nil {
		return err
	}
	return audit.Record(ctx, tx, s.now(), audit.Entry{Actor: actor, Action: "campaign." + what, Object: "campaign", ObjectID: c.ID, Before: was, After: now})
}

func positive(a money.Amount) (money.Amount, bool) {
	if a.Minor < 0 {
		return money.New(-a.Minor, a.Currency), false
	}
	return a, true
}

// HandOver gives every campaign of one colleague to another. It is a staff.HandOver.
func (s *Service) HandOver(ctx context.Context, tx db.Tx, from, to string) error {
	return handOver(ctx, tx, from, to, s.now())
}
