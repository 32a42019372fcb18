package invitation

import (
	"context"
	"errors"
	"fmt"
	"time"

	"goodword/internal/audit"
	"goodword/internal/campaign"
	"goodword/internal/customer"
	"goodword/internal/db"
	"goodword/internal/event"
	"goodword/internal/fault"
	"goodword/internal/mail"
)

const (
	// batch is how many mails one transaction claims and another marks as sent.
	batch = 50
	// claimFor is how long a claim keeps other workers away. What a dead worker had claimed goes out again after it; the
	// mail's key keeps a mail that had left from leaving twice.
	claimFor = time.Minute
	// lanes is how many workers send at once at most.
	lanes = 8
)

// Send is the job that sends what is due, batch by batch. Lane tells the jobs that run side by side apart.
type Send struct {
	Lane int `json:"lane"`
}

// Kind names the job's type.
func (Send) Kind() string { return "invitation.send" }

// Release is the sweep that looks for due mails and wakes as many lanes as there are batches.
func (s *Service) Release(ctx context.Context) error {
	n, err := countDue(ctx, s.DB, s.now(), lanes*batch)
	if err != nil || n == 0 {
		return err
	}
	err = s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		for lane := range min(lanes, (n+batch-1)/batch) {
			if err := s.Queue.EnqueueUnique(ctx, tx, time.Time{}, Send{Lane: lane}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("release invitations: %w", err)
	}
	return nil
}

// Send sends due mails until there are none or the shift is over. It may run in any number of processes at once and may
// die at any point: a mail that was not marked as sent is claimed again after a minute, and the mail's key keeps it from
// going out twice.
func (s *Service) Send(ctx context.Context, _ Send) error {
	shiftEnds, cancel := context.WithTimeout(ctx, shift)
	defer cancel()
	for shiftEnds.Err() == nil {
		n, err := s.SendBatch(ctx)
		if err != nil {
			return err
		}
		if n == 0 {
			return nil
		}
	}
	return nil
}

// letter is one mail of a batch, with all that it needs to be written.
type letter struct {
	invitation Invitation
	reminder   bool
	campaign   campaign.Campaign
	offer      campaign.Offer
	customer   customer.Customer
	rep        rep
	// pageURL, stopURL and shareURL are the private page, the link to unsubscribe and the link to pass on.
	pageURL, stopURL, shareURL string
	suggestion                 *customer.Suggestion
}

// rep is who signs a mail and gets the answer; the zero value is the company.
type rep struct{ name, email string }

// SendBatch claims up to fifty due mails, sends them and marks those that the mail server took. It returns how many it
// claimed: 0 when nothing was due. Trouble with single mails is no error: they are claimed again after a minute.
func (s *Service) SendBatch(ctx context.Context) (int, error) {
	settings, err := s.Settings.Get(ctx)
	if err != nil {
		return 0, fmt.Errorf("send invitations: %w", err)
	}
	letters, claimed, err := s.claim(ctx)
	if err != nil {
		return 0, fmt.Errorf("claim invitations: %w", err)
	}
	messages := make([]mail.Message, len(letters))
	for i, l := range letters {
		messages[i] = s.compose(l, settings)
	}
	errs := sendAll(ctx, s.Mail, messages)
	// What was sent must be marked even when the process is asked to stop.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
	defer cancel()
	if err := s.mark(ctx, letters, errs); err != nil {
		return claimed, fmt.Errorf("mark invitations as sent: %w", err)
	}
	return claimed, broken(errs)
}

// sendAll uses the outbox's way to send many with two transactions; any other sender takes them one by one.
func sendAll(ctx context.Context, sender mail.Sender, messages []mail.Message) []error {
	if len(messages) == 0 {
		return nil
	}
	if many, ok := sender.(interface {
		SendAll(ctx context.Context, messages []mail.Message) []error
	}); ok {
		return many.SendAll(ctx, messages)
	}
	errs := make([]error, len(messages))
	for i, m := range messages {
		errs[i] = sender.Send(ctx, m)
	}
	return errs
}

// broken returns what keeps the whole batch from going out, so that the job is tried again later instead of claiming the
// next batch into the same trouble; nil as long as one mail could be handed over or refused.
func broken(errs []error) error {
	for _, err := range errs {
		if err == nil || fault.Is(err, fault.Invalid) {
			return nil
		}
	}
	if len(errs) == 0 {
		return nil
	}
	return errors.Join(errs[0])
}

// claim takes due mails and leaves out, in the same transaction, those whose customer must not get them any more.
func (s *Service) claim(ctx context.Context) (letters []letter, claimed int, err error) {
	err = s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		letters = nil
		now := s.now()
		rows, before, err := take(ctx, s.DB, tx, now, batch)
		if err != nil || len(rows) == 0 {
			claimed = 0
			return err
		}
		claimed = len(rows)
		desk := desk{s: s, now: now, campaigns: map[string]campaign.Campaign{}, offers: map[string]campaign.Offer{}, reps: map[string]rep{}}
		if err := desk.readCustomers(ctx, tx, rows); err != nil {
			return err
		}
		for _, row := range rows {
			l, ok, err := desk.prepare(ctx, tx, row)
			if err != nil {
				return fmt.Errorf("invitation %s: %w", row.ID, err)
			}
			if ok {
				letters = append(letters, l)
				desk.busy[row.CustomerID] = true
			}
		}
		if err := s.addLinks(ctx, tx, letters, before); err != nil {
			return err
		}
		return s.addShares(ctx, tx, letters, now)
	})
	return letters, claimed, err
}

// desk reads what the mails of one batch share only once.
type desk struct {
	s         *Service
	now       time.Time
	customers map[string]customer.Customer
	stopped   map[string]map[string]bool // campaign → customers on its stop list
	// busy are the customers to whom another mail of this minute is on its way, of this batch or of another worker's.
	busy      map[string]bool
	campaigns map[string]campaign.Campaign
	offers    map[string]campaign.Offer
	reps      map[string]rep
}

func (d *desk) readCustomers(ctx context.Context, tx db.Tx, rows []Invitation) (err error) {
	byCampaign := map[string][]string{}
	var all []string
	for _, r := range rows {
		byCampaign[r.CampaignID] = append(byCampaign[r.CampaignID], r.CustomerID)
		all = append(all, r.CustomerID)
	}
	if d.customers, err = d.s.Customers.ByIDs(ctx, tx, all); err != nil {
		return err
	}
	if d.busy, err = claimedElsewhere(ctx, tx, all, rows, d.now); err != nil {
		return err
	}
	d.stopped = map[string]map[string]bool{}
	for campaignID, ids := range byCampaign {
		people := make([]customer.Customer, 0, len(ids))
		for _, id := range ids {
			people = append(people, d.customers[id])
		}
		if d.stopped[campaignID], err = d.s.suppressed(ctx, tx, campaignID, people); err != nil {
			return err
		}
	}
	return nil
}

// prepare returns false when the mail must not go out; the row then says why.
func (d *desk) prepare(ctx context.Context, tx db.Tx, row Invitation) (letter, bool, error) {
	l := letter{invitation: row, reminder: row.State == Sent, customer: d.customers[row.CustomerID]}
	var err error
	if l.campaign, err = cached(d.campaigns, row.CampaignID, func(id string) (campaign.Campaign, error) { return campaign.ByID(ctx, tx, id) }); err != nil {
		return l, false, err
	}
	if reason := d.reason(l); reason != "" {
		return l, false, d.drop(ctx, tx, l, reason)
	}
	if l.offer, err = cached(d.offers, row.OfferID, func(id string) (campaign.Offer, error) { return campaign.OfferByID(ctx, tx, id) }); err != nil {
		return l, false, err
	}
	owner := l.customer.OwnerID
	if owner == "" {
		owner = l.campaign.OwnerID
	}
	if l.rep, err = cached(d.reps, owner, func(id string) (rep, error) { return d.s.rep(ctx, tx, id) }); err != nil {
		return l, false, err
	}
	if l.campaign.Asked(campaign.AskIntroduction) {
		suggestions, err := d.s.Customers.Suggestions(ctx, tx, row.CustomerID)
		if err != nil {
			return l, false, err
		}
		if len(suggestions) > 0 {
			l.suggestion = &suggestions[0]
		}
	}
	return l, true, nil
}

// addLinks gives every letter its two private links. Those of a first mail are made now, all in one statement; a reminder,
// and whatever was claimed before, uses the links that it has.
func (s *Service) addLinks(ctx context.Context, tx db.Tx, letters []letter, before map[string]bool) error {
	var fresh []customer.NewLink
	for i := range letters {
		l := &letters[i]
		if !l.reminder && !before[l.invitation.ID] && !l.invitation.ByHand {
			fresh = append(fresh, newLinks(l.invitation, s.now())...)
			continue
		}
		var err error
		if l.pageURL, err = s.link(ctx, tx, l.invitation, customer.ForCustomer); err != nil {
			return err
		}
		if l.stopURL, err = s.link(ctx, tx, l.invitation, customer.ForUnsubscribe); err != nil {
			return err
		}
	}
	made, err := s.Customers.Links.IssueAll(ctx, tx, fresh)
	if err != nil {
		return err
	}
	urls := map[customer.Subject]string{}
	for _, m := range made {
		url, err := s.Customers.Links.URLOf(m)
		if err != nil {
			return err
		}
		urls[customer.Subject{Purpose: m.Purpose, InvitationID: m.InvitationID}] = url
	}
	for i := range letters {
		l := &letters[i]
		if l.pageURL == "" {
			l.pageURL = urls[customer.Subject{Purpose: customer.ForCustomer, InvitationID: l.invitation.ID}]
			l.stopURL = urls[customer.Subject{Purpose: customer.ForUnsubscribe, InvitationID: l.invitation.ID}]
		}
	}
	return nil
}

// addShares gives the letters of campaigns that ask for introductions the link that may be passed on.
func (s *Service) addShares(ctx context.Context, tx db.Tx, letters []letter, now time.Time) error {
	people := map[string][]string{}
	campaigns := map[string]campaign.Campaign{}
	for _, l := range letters {
		if l.campaign.Asked(campaign.AskIntroduction) {
			campaigns[l.campaign.ID] = l.campaign
			people[l.campaign.ID] = append(people[l.campaign.ID], l.customer.ID)
		}
	}
	for id, c := range campaigns {
		codes, err := campaign.ShareCodesTx(ctx, tx, c, people[id], now)
		if err != nil {
			return err
		}
		for i := range letters {
			if letters[i].campaign.ID == id {
				letters[i].shareURL = s.BaseURL + "/r/" + codes[letters[i].customer.ID]
			}
		}
	}
	return nil
}

func cached[T any](m map[string]T, id string, read func(string) (T, error)) (T, error) {
	if v, ok := m[id]; ok {
		return v, nil
	}
	v, err := read(id)
	if err == nil {
		m[id] = v
	}
	return v, err
}

// reason is why a mail that was planned must not go out now. What a person asked for by hand, and a reminder of what was
// asked already, do not count against the contact budget.
func (d *desk) reason(l letter) string {
	reason := d.s.mayAsk(l.campaign, l.customer, d.now)
	if reason == "" && d.busy[l.customer.ID] {
		reason = customer.SkipAsked
	}
	switch reason {
	case customer.SkipAsked, customer.SkipAskLess, customer.SkipSilent:
		if l.reminder || l.invitation.ByHand {
			reason = ""
		}
	}
	if reason == "" && d.stopped[l.campaign.ID][l.customer.ID] {
		reason = ReasonUnsubscribed
	}
	return reason
}

// drop ends a planned invitation, or the reminders of one that was sent.
func (d *desk) drop(ctx context.Context, tx db.Tx, l letter, reason string) error {
	row := l.invitation
	row.ClaimedAt = time.Time{}
	if l.reminder {
		row.RemindAt = time.Time{}
		return save(ctx, tx, row)
	}
	if moved, err := row.apply(verbStop); err != nil || !moved {
		return err
	}
	row.StoppedReason = reason
	if err := save(ctx, tx, row); err != nil {
		return err
	}
	return d.s.record(ctx, tx, audit.System("invitation.send"), row, "stopped", d.now)
}

// rep returns who signs; the company when nobody does or when they have left.
func (s *Service) rep(ctx context.Context, tx db.Tx, id string) (rep, error) {
	if id == "" {
		return rep{}, nil
	}
	m, err := s.Staff.Deputy(ctx, tx, id)
	if fault.Is(err, fault.NotFound) {
		return rep{}, nil
	}
	if err != nil {
		return rep{}, err
	}
	return rep{name: m.Name, email: m.Email}, nil
}

// record writes the event of a change of state.
func (s *Service) record(ctx context.Context, tx db.Tx, actor audit.Actor, i Invitation, what string, now time.Time) error {
	return event.Record(ctx, tx, event.Event{
		Type: "invitation." + what, At: now, ActorKind: string(actor.Kind), ActorID: actor.ID,
		CustomerID: i.CustomerID, CampaignID: i.CampaignID, InvitationID: i.ID,
		Data: change{State: i.State, Channel: i.Channel, Reason: i.StoppedReason, Reminders: i.RemindersSent},
	})
}

// change is what an event says about an invitation.
type change struct {
	State     State   `json:"state"`
	Channel   Channel `json:"channel"`
	Reason    string  `json:"reason,omitempty"`
	Reminders int     `json:"reminders,omitempty"`
}
