package invitation

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"goodword/internal/campaign"
	"goodword/internal/customer"
	"goodword/internal/db"
	"goodword/internal/fault"
	"goodword/internal/ident"
)

// planChunk is how many customers one transaction plans: few enough that others get their turn on SQLite's one writer.
const planChunk = 250

// previewChunk is how many customers a dry run reads at once.
const previewChunk = 1000

// Plan is the job that walks a campaign's audience.
type Plan struct {
	OutreachID string `json:"outreach_id"`
}

// Kind names the job's type.
func (Plan) Kind() string { return "invitation.plan" }

// Preview counts who would be invited now, by the same rules as the walk.
func (s *Service) Preview(ctx context.Context, c campaign.Campaign) (campaign.Preview, error) {
	now := s.now()
	sum := map[string]int{}
	var p campaign.Preview
	for after := ""; ; {
		people, err := s.Customers.Audience(ctx, s.DB, c.Audience.At(now), after, previewChunk)
		if err != nil {
			return campaign.Preview{}, fmt.Errorf("preview campaign %s: %w", c.ID, err)
		}
		if len(people) == 0 {
			break
		}
		chosen, err := s.sieve(ctx, s.DB, c, people, now, sum)
		if err != nil {
			return campaign.Preview{}, fmt.Errorf("preview campaign %s: %w", c.ID, err)
		}
		p.Recipients += len(chosen)
		after = people[len(people)-1].ID
	}
	p.Skipped = skips(sum)
	return p, nil
}

func skips(sum map[string]int) []campaign.Skip {
	out := make([]campaign.Skip, 0, len(sum))
	for _, reason := range slices.Sorted(maps.Keys(sum)) {
		out = append(out, campaign.Skip{Reason: reason, Count: sum[reason]})
	}
	return out
}

// sieve returns those who may be invited, in order, and counts the others by reason. It is the one rule for dry runs and
// for launches: the same for everybody, and blind to ratings and scores.
func (s *Service) sieve(ctx context.Context, idb bun.IDB, c campaign.Campaign, people []customer.Customer, now time.Time, skipped map[string]int) ([]customer.Customer, error) {
	since := time.Time{}
	if d := c.Trigger.AgainAfterDays; d > 0 {
		since = now.Add(-time.Duration(d) * day)
	}
	invited, err := invitedSince(ctx, idb, c.ID, ids(people), since)
	if err != nil {
		return nil, err
	}
	var kept []customer.Customer
	for _, p := range people {
		reason := s.mayAsk(c, p, now)
		if reason == "" && invited[p.ID] {
			reason = ReasonInvited
		}
		if reason == "" {
			kept = append(kept, p)
		} else {
			skipped[reason]++
		}
	}
	stopped, err := s.suppressed(ctx, idb, c.ID, kept)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(kept, func(p customer.Customer) bool {
		if stopped[p.ID] {
			skipped[ReasonUnsubscribed]++
		}
		return stopped[p.ID]
	}), nil
}

// mayAsk is the contact budget; a campaign that reconnects is what the silent are waiting for.
func (s *Service) mayAsk(c campaign.Campaign, p customer.Customer, now time.Time) string {
	reason := customer.MayAsk(p, now)
	if reason == customer.SkipSilent && c.Asked(campaign.AskReconnect) {
		return ""
	}
	return reason
}

func ids(people []customer.Customer) []string {
	out := make([]string, len(people))
	for i, p := range people {
		out[i] = p.ID
	}
	return out
}

// Start begins a campaign's walk in the launch's own transaction. Campaigns that wait for events or periods begin with
// the next sweep. Starting twice changes nothing.
func (s *Service) Start(ctx context.Context, tx db.Tx, c campaign.Campaign, at time.Time) error {
	if c.Trigger.Kind != campaign.TriggerNow && c.Trigger.Kind != campaign.TriggerAt {
		return nil
	}
	return s.begin(ctx, tx, c, "", at)
}

// begin makes the walk for an occasion unless it is there, and its job.
func (s *Service) begin(ctx context.Context, tx db.Tx, c campaign.Campaign, occasion string, at time.Time) error {
	o := outreach{ID: ident.New(), CampaignID: c.ID, Occasion: occasion, SendAt: at, Skipped: map[string]int{}, CreatedAt: s.now()}
	made, err := insertOutreach(ctx, tx, o)
	if err != nil || !made {
		return err
	}
	return s.Queue.EnqueueUnique(ctx, tx, time.Time{}, Plan{OutreachID: o.ID})
}

// shift is how long one job goes on before it leaves the rest to the next, well below the queue's timeout.
const shift = 25 * time.Second

// Plan walks on where the last run stopped, chunk by chunk, until the audience ends or the campaign stops. It may run
// twice at once: each chunk is counted by whoever moves the cursor.
func (s *Service) Plan(ctx context.Context, job Plan) error {
	shiftEnds, cancel := context.WithTimeout(ctx, shift)
	defer cancel()
	for shiftEnds.Err() == nil {
		done, err := s.planNext(ctx, job.OutreachID)
		if err != nil {
			return fmt.Errorf("plan outreach %s: %w", job.OutreachID, err)
		}
		if done {
			return nil
		}
	}
	// The sweep enqueues the walk again.
	return nil
}

func (s *Service) planNext(ctx context.Context, id string) (done bool, err error) {
	o, err := outreachByID(ctx, s.DB, id)
	if err != nil || !o.DoneAt.IsZero() {
		return true, err
	}
	c, err := campaign.ByID(ctx, s.DB, o.CampaignID)
	if err != nil || c.State != campaign.Live {
		return true, err
	}
	now := s.now()
	people, err := s.Customers.Audience(ctx, s.DB, c.Audience.At(now), o.Cursor, planChunk)
	if err != nil {
		return false, err
	}
	next := o.Cursor
	if len(people) > 0 {
		next = people[len(people)-1].ID
	}
	err = s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		fresh, err := lockOutreach(ctx, tx, id)
		if err != nil {
			return err
		}
		if fresh.Cursor != o.Cursor || !fresh.DoneAt.IsZero() {
			return nil // another run was faster
		}
		if c, err = campaign.ByID(ctx, tx, o.CampaignID); err != nil || c.State != campaign.Live {
			done = true
			return err
		}
		if fresh.Skipped == nil {
			fresh.Skipped = map[string]int{}
		}
		chosen, err := s.sieve(ctx, tx, c, people, now, fresh.Skipped)
		if err != nil {
			return err
		}
		made, err := s.invite(ctx, tx, c, chosen, fresh.Occasion, fresh.SendAt, now)
		if err != nil {
			return err
		}
		fresh.Planned += int64(made)
		if lost := len(chosen) - made; lost > 0 {
			fresh.Skipped[ReasonInvited] += lost
		}
		fresh.Cursor = next
		if len(people) == 0 {
			fresh.DoneAt, done = now, true
		} else {
			done = false
		}
		return saveOutreach(ctx, tx, fresh)
	})
	return done, err
}

// invite plans the mails of a chunk and returns how many are new. Their links are made when they are sent.
func (s *Service) invite(ctx context.Context, tx db.Tx, c campaign.Campaign, people []customer.Customer, occasion string, sendAt, now time.Time) (int, error) {
	rows := make([]Invitation, len(people))
	for i, p := range people {
		rows[i] = Invitation{
			ID: ident.New(), CampaignID: c.ID, CustomerID: p.ID, OfferID: c.OfferID, Channel: ByEmail, State: Planned, Occasion: occasion,
			SendAt: sendAt, ExpiresAt: sendAt.Add(openFor), CreatedAt: now,
		}
	}
	made, err := insertNew(ctx, tx, rows)
	if err != nil {
		return 0, err
	}
	return len(made), campaign.AddPlannedTx(ctx, tx, c.ID, len(made))
}

func newLinks(i Invitation, now time.Time) []customer.NewLink {
	return []customer.NewLink{
		{Purpose: customer.ForCustomer, CustomerID: i.CustomerID, InvitationID: i.ID, ExpiresAt: now.Add(linkFor)},
		{Purpose: customer.ForUnsubscribe, CustomerID: i.CustomerID, InvitationID: i.ID, ExpiresAt: now.Add(stopFor)},
	}
}

// link returns the newest living link of an invitation and issues one when there is none.
func (s *Service) link(ctx context.Context, tx db.Tx, i Invitation, p customer.Purpose) (string, error) {
	found, err := s.Customers.Links.Find(ctx, tx, customer.Subject{Purpose: p, CustomerID: i.CustomerID, InvitationID: i.ID})
	if err == nil {
		return s.Customers.Links.URLOf(found)
	}
	if !fault.Is(err, fault.NotFound) {
		return "", err
	}
	for _, n := range newLinks(i, s.now()) {
		if n.Purpose == p {
			token, err := s.Customers.Links.Issue(ctx, tx, n)
			if err != nil {
				return "", err
			}
			return s.Customers.Links.TokenURL(p, token), nil
		}
	}
	return "", fmt.Errorf("invitation %s has no link for %s", i.ID, p)
}
