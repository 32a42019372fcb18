package introduction

import (
	"context"
	"fmt"
	"strings"
	"time"

	"goodword/internal/campaign"
	"goodword/internal/customer"
	"goodword/internal/db"
	"goodword/internal/fault"
	"goodword/internal/ident"
	"goodword/internal/setting"
)

// linkDays is how long a prospect's private link opens: a status may be looked up long after the yes.
const linkDays = 400

// SaveDraft keeps what was typed so far and returns the draft, a row of its own for each link. It asks for nothing, but
// refuses what is too long. Returns Invalid, Conflict if the campaign is over, NotFound for a draft of another link.
func (s *Service) SaveDraft(ctx context.Context, a Author, sub Submission) (Introduction, error) {
	sub = sub.cleaned()
	if err := sub.validate(true); err != nil {
		return Introduction{}, err
	}
	var row Introduction
	err := s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		now := s.now()
		if sub.DraftID != "" {
			var err error
			if row, err = s.ownDraft(ctx, tx, a, sub.DraftID); err != nil {
				return err
			}
			if row.State == Draft {
				s.fill(&row, sub)
				return s.keepDraft(ctx, tx, &row, now)
			}
			// It was sent off meanwhile, perhaps in another window: what is typed now is a new one.
		}
		c, err := s.openCampaign(ctx, tx, a.CampaignID)
		if err != nil {
			return err
		}
		who, err := s.Customers.ByID(ctx, tx, a.CustomerID)
		if err != nil {
			return err
		}
		row = s.draft(a, c, who, now)
		fresh, err := insert(ctx, tx, &row)
		if err != nil {
			return err
		}
		if !fresh {
			id, err := draftOf(ctx, tx, a.LinkID)
			if err != nil {
				return err
			}
			if row, err = lock(ctx, tx, id); err != nil {
				return err
			}
		}
		s.fill(&row, sub)
		return s.keepDraft(ctx, tx, &row, now)
	})
	return row, err
}

// keepDraft saves a draft and plans the reminder that it was not sent.
func (s *Service) keepDraft(ctx context.Context, tx db.Tx, row *Introduction, now time.Time) error {
	c, err := campaign.ByID(ctx, tx, row.CampaignID)
	if err != nil {
		return err
	}
	row.planNudge(c.Nudges, now)
	return save(ctx, tx, row, now)
}

// Submit sends the introduction off: it is ready to be shared, or shared at once when sub names a channel. An unknown
// person, a customer of ours, one who wants no mail, a colleague and somebody whom another customer has introduced are
// answered alike (S8); what was found is only in the row. Sending the same draft again returns the first result.
//
// Returns Invalid with every problem at its field, Conflict if the campaign is over, NotFound for a draft of another link.
func (s *Service) Submit(ctx context.Context, a Author, sub Submission) (Introduction, error) {
	sub = sub.cleaned()
	if err := sub.validate(false); err != nil {
		return Introduction{}, err
	}
	set, err := s.Settings.Get(ctx)
	if err != nil {
		return Introduction{}, fmt.Errorf("submit introduction: %w", err)
	}
	var row Introduction
	err = s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		now := s.now()
		fresh := sub.DraftID == ""
		if !fresh {
			if row, err = s.ownDraft(ctx, tx, a, sub.DraftID); err != nil || row.State != Draft {
				return err
			}
		}
		c, err := s.openCampaign(ctx, tx, a.CampaignID)
		if err != nil {
			return err
		}
		who, err := s.Customers.ByID(ctx, tx, a.CustomerID)
		if err != nil {
			return err
		}
		if fresh {
			row = s.draft(a, c, who, now)
		}
		s.fill(&row, sub)
		if sub.How == HowPortal && !portalAllowed(set, who.Country, row.Email) {
			return &fault.Error{Code: fault.Invalid, Key: "error.invalid", Message: "Please check the marked fields.",
				Problems: []fault.Problem{{Field: "how", Key: "problem.portal_off", Message: "We may not write for you here. Please send it yourself."}}}
		}
		row.ProspectBlind = s.blind(row.Email, row.Phone, who.Country)
		if row.OwnerID, err = s.assignee(ctx, tx, c, who); err != nil {
			return err
		}
		return s.send(ctx, tx, &row, sending{fresh: fresh, channel: sub.Channel, nudges: c.Nudges, from: a.From,
			by: change{actor: customerActor(a.CustomerID), at: now}})
	})
	return row, err
}

// sending is how a draft leaves the desk.
type sending struct {
	fresh   bool
	channel string
	nudges  campaign.Nudges
	from    Origin
	by      change
}

// send takes a draft to ready, screened_out or invited, with its link, task and mails. The row is new or locked.
func (s *Service) send(ctx context.Context, tx db.Tx, row *Introduction, how sending) error {
	now, before := how.by.at, *row
	if err := row.apply(Submit, now); err != nil {
		return err
	}
	row.LinkID = before.LinkID
	row.ExpiresAt = now.AddDate(0, 0, UnansweredDays)
	if row.How == HowLead {
		row.ExpiresAt = now.AddDate(0, 0, LeadDays)
	}
	reason, err := s.screenFirst(ctx, tx, *row)
	if err != nil {
		return err
	}
	verdict := "ready"
	if reason == "" {
		err = row.apply(MakeReady, now)
	} else {
		verdict, row.OutcomeReason = "screened_out", reason
		err = row.apply(ScreenOut, now)
	}
	if err != nil {
		return err
	}
	row.planNudge(how.nudges, now)
	row.UpdatedAt = now
	if how.fresh {
		if _, err := insert(ctx, tx, row); err != nil {
			return err
		}
	} else if err := save(ctx, tx, row, now); err != nil {
		return err
	}
	for _, what := range []string{"submitted", verdict} {
		how.by.what, how.by.before = what, before
		if err := record(ctx, tx, *row, how.by); err != nil {
			return err
		}
	}
	if err := s.Checks.Noticed(ctx, tx, *row, how.from); err != nil {
		return err
	}
	if row.InvitationID != "" {
		if err := s.Invitations.Answered(ctx, tx, row.InvitationID); err != nil {
			return fmt.Errorf("submit introduction %s: %w", row.ID, err)
		}
	}
	switch row.How {
	case HowLead:
		return s.askForLead(ctx, tx, *row, now)
	case HowPortal:
		if err := s.issueLink(ctx, tx, *row, now); err != nil {
			return err
		}
		return s.portalSend(ctx, tx, row, how.by)
	}
	if err := s.issueLink(ctx, tx, *row, now); err != nil {
		return err
	}
	if how.channel != "" {
		return s.shared(ctx, tx, row, how.channel, how.by)
	}
	return nil
}

// ownDraft locks the draft of a form. A draft under another link does not exist for this one.
func (s *Service) ownDraft(ctx context.Context, tx db.Tx, a Author, id string) (Introduction, error) {
	if !ident.Valid(id) {
		return Introduction{}, unknown()
	}
	row, err := lock(ctx, tx, id)
	if err != nil {
		return Introduction{}, err
	}
	if row.LinkID == "" || row.LinkID != a.LinkID || row.IntroducerID != a.CustomerID {
		return Introduction{}, unknown()
	}
	return row, nil
}

func (s *Service) draft(a Author, c campaign.Campaign, who customer.Customer, now time.Time) Introduction {
	row := Introduction{ID: ident.New(), CampaignID: c.ID, OfferID: a.OfferID, InvitationID: a.InvitationID, LinkID: a.LinkID,
		IntroducerID: a.CustomerID, Kind: Referral, How: HowSelf, State: Draft, Language: who.Language, Division: c.Division,
		CreatedAt: now, UpdatedAt: now}
	if row.Division == "" {
		row.Division = who.Division
	}
	if row.OfferID == "" {
		row.OfferID = c.OfferID
	}
	row.ExpiresAt = now.AddDate(0, 0, DraftDays)
	return row
}

// fill copies the form into the row. What a way of introducing does not need is not kept.
func (s *Service) fill(row *Introduction, sub Submission) {
	row.FirstName, row.Note, row.Source, row.How = sub.FirstName, sub.Note, sub.Source, sub.How
	row.LastName, row.Email, row.Phone, row.Company, row.Expects = sub.LastName, sub.Email, sub.Phone, sub.Company, sub.Expects
	row.Kind = Referral
	if sub.How == HowLead {
		row.Kind, row.Email, row.Phone, row.LastName = Lead, "", "", ""
	}
	if sub.Lang != "" {
		row.Language = sub.Lang
	}
}

func (s *Service) openCampaign(ctx context.Context, tx db.Tx, id string) (campaign.Campaign, error) {
	c, err := s.Campaigns.ByID(ctx, tx, id)
	if err != nil {
		return campaign.Campaign{}, err
	}
	if !c.Open() {
		return campaign.Campaign{}, &fault.Error{Code: fault.Conflict, Key: "error.campaign_over", Message: "This campaign is over."}
	}
	return c, nil
}

func (s *Service) issueLink(ctx context.Context, tx db.Tx, row Introduction, now time.Time) error {
	_, err := s.Customers.Links.Issue(ctx, tx, customer.NewLink{Purpose: customer.ForProspect, IntroductionID: row.ID,
		ExpiresAt: now.AddDate(0, 0, linkDays)})
	if err != nil {
		return fmt.Errorf("link of introduction %s: %w", row.ID, err)
	}
	return nil
}

// portalAllowed reports whether the country policy lets the portal write: the introducer's country must be on the list,
// and so must the country that the address itself names, if it names one (L7).
func portalAllowed(set setting.Settings, country, email string) bool {
	if !set.PortalMaySend(country) {
		return false
	}
	domain := customer.Domain(email)
	top := strings.ToUpper(domain[strings.LastIndexByte(domain, '.')+1:])
	switch {
	case len(top) != 2, top == "EU", top == "IO", top == "AI", top == "CO", top == "TV", top == "ME":
		return true
	case top == "UK":
		top = "GB"
	}
	return set.PortalMaySend(top)
}
