package invitation

import (
	"context"
	"fmt"
	"slices"
	"time"

	"goodword/internal/audit"
	"goodword/internal/campaign"
	"goodword/internal/customer"
	"goodword/internal/db"
	"goodword/internal/fault"
	"goodword/internal/i18n"
	"goodword/internal/ident"
	"goodword/internal/mail"
	"goodword/internal/staff"
)

// Create invites one customer by hand and returns the private link: by e-mail, which goes out with the next batch, or as
// a link or QR code that the caller hands over. A customer who was invited to the campaign before keeps that invitation,
// and its link is returned. Give the link only to staff who may send.
//
// Returns NotFound, Invalid for another channel, and Conflict when the campaign is not live or the customer stopped, has an
// open complaint, was erased or, for e-mail, has no usable address.
func (s *Service) Create(ctx context.Context, actor audit.Actor, campaignID, customerID string, channel Channel) (Invitation, string, error) {
	if !slices.Contains([]Channel{ByEmail, ByLink, ByQR}, channel) {
		var c fault.Check
		c.Add("channel", "Please choose email, link or qr.")
		return Invitation{}, "", c.Err()
	}
	var out Invitation
	var url string
	err := s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		now := s.now()
		c, err := campaign.ByID(ctx, tx, campaignID)
		if err != nil {
			return err
		}
		if c.State != campaign.Live {
			return fault.Newf(fault.Conflict, "The campaign is %s; only a live one invites.", c.State)
		}
		p, err := s.Customers.ByID(ctx, tx, customerID)
		if err != nil {
			return err
		}
		if err := s.mayInvite(ctx, tx, c, p, channel); err != nil {
			return err
		}
		out = Invitation{
			ID: ident.New(), CampaignID: c.ID, CustomerID: p.ID, OfferID: c.OfferID, Channel: channel, State: Planned, ByHand: true,
			SendAt: now, ExpiresAt: now.Add(openFor), CreatedAt: now,
		}
		made, err := insertNew(ctx, tx, []Invitation{out})
		if err != nil {
			return err
		}
		if !made[out.ID] {
			if out, err = byOccasion(ctx, tx, campaignID, customerID, ""); err != nil {
				return err
			}
		} else if err := s.begun(ctx, tx, actor, &out, c, now); err != nil {
			return err
		}
		url, err = s.link(ctx, tx, out, customer.ForCustomer)
		return err
	})
	if err != nil {
		return Invitation{}, "", fmt.Errorf("invite customer %s to campaign %s: %w", customerID, campaignID, err)
	}
	return out, url, nil
}

// mayInvite keeps to what the customer decided; how recently they were asked is for the person to judge who asks by hand.
func (s *Service) mayInvite(ctx context.Context, tx db.Tx, c campaign.Campaign, p customer.Customer, channel Channel) error {
	refused := func(why string) error { return fault.New(fault.Conflict, why) }
	switch customer.MayAsk(p, s.now()) {
	case customer.SkipErased:
		return fault.New(fault.NotFound, "There is no such customer.")
	case customer.SkipStopped:
		return refused("This customer does not want to be asked.")
	case customer.SkipComplaint:
		return refused("This customer has an open complaint. Please see to it first.")
	case customer.SkipNotCustomer:
		return refused("This person is not a customer yet.")
	case customer.SkipNoAddress:
		if channel == ByEmail {
			return refused("This customer has no mail address that works.")
		}
	}
	if channel != ByEmail {
		return nil
	}
	stopped, err := s.suppressed(ctx, tx, c.ID, []customer.Customer{p})
	if err != nil {
		return err
	}
	if stopped[p.ID] {
		return refused("This customer has stopped these mails.")
	}
	return nil
}

// begun finishes a new invitation: what is handed over counts as sent at once.
func (s *Service) begun(ctx context.Context, tx db.Tx, actor audit.Actor, i *Invitation, c campaign.Campaign, now time.Time) error {
	if _, err := s.Customers.Links.IssueAll(ctx, tx, newLinks(*i, now)); err != nil {
		return err
	}
	if err := campaign.AddPlannedTx(ctx, tx, c.ID, 1); err != nil {
		return err
	}
	what := "created"
	if i.Channel != ByEmail {
		if _, err := i.apply(verbSend); err != nil {
			return err
		}
		i.SentAt = now
		if err := save(ctx, tx, *i); err != nil {
			return err
		}
		if err := s.Customers.Asked(ctx, tx, i.CustomerID, now); err != nil {
			return err
		}
		what = "sent"
	}
	if err := s.record(ctx, tx, actor, *i, what, now); err != nil {
		return err
	}
	return audit.Record(ctx, tx, now, audit.Entry{Actor: actor, Action: "invitation.created", Object: "invitation", ObjectID: i.ID, After: change{State: i.State, Channel: i.Channel}})
}

// URL returns the private link of an invitation, for staff who may send. Returns NotFound.
func (s *Service) URL(ctx context.Context, id string) (url string, err error) {
	err = s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		i, err := byID(ctx, tx, id)
		if err != nil {
			return err
		}
		url, err = s.link(ctx, tx, i, customer.ForCustomer)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("link of invitation %s: %w", id, err)
	}
	return url, nil
}

// Resend sends one invitation again: one that bounced or expired starts anew, one that waits for an answer gets a reminder
// now, whatever the campaign's rule says. Returns NotFound, and Conflict for one that was answered or stopped, that has
// a mail waiting, or whose campaign is not live.
func (s *Service) Resend(ctx context.Context, actor audit.Actor, id string) error {
	err := s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		i, err := lock(ctx, tx, id)
		if err != nil {
			return err
		}
		c, err := campaign.ByID(ctx, tx, i.CampaignID)
		if err != nil {
			return err
		}
		now := s.now()
		switch {
		case c.State != campaign.Live:
			return fault.Newf(fault.Conflict, "The campaign is %s; only a live one sends.", c.State)
		case i.Channel != ByEmail:
			return fault.New(fault.Conflict, "This invitation was handed over by a person.")
		case i.State == Sent:
			i.RemindAt = now
		case i.State == Planned:
			return fault.New(fault.Conflict, "This invitation is about to be sent.")
		default:
			if _, err := i.apply(verbResend); err != nil {
				return err
			}
			i.Resends++
			i.SendAt, i.ExpiresAt, i.ByHand = now, now.Add(openFor), true
		}
		i.ClaimedAt = time.Time{}
		if err := save(ctx, tx, i); err != nil {
			return err
		}
		if err := s.record(ctx, tx, actor, i, "resent", now); err != nil {
			return err
		}
		return audit.Record(ctx, tx, now, audit.Entry{Actor: actor, Action: "invitation.resent", Object: "invitation", ObjectID: i.ID})
	})
	if err != nil {
		return fmt.Errorf("resend invitation %s: %w", id, err)
	}
	return nil
}

// TestSend mails the campaign's invitation as a sample to a colleague. Only addresses of active staff are accepted, so that
// nobody can use it to write to strangers. Returns NotFound, and Invalid for another address or missing words.
func (s *Service) TestSend(ctx context.Context, actor audit.Actor, campaignID, lang, to string) error {
	m, err := s.testMail(ctx, campaignID, lang, to)
	if err == nil {
		err = s.Mail.Send(ctx, m)
	}
	if err != nil {
		return fmt.Errorf("test campaign %s: %w", campaignID, err)
	}
	return s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		return audit.Record(ctx, tx, s.now(), audit.Entry{Actor: actor, Action: "campaign.tested", Object: "campaign", ObjectID: campaignID})
	})
}

func (s *Service) testMail(ctx context.Context, campaignID, lang, to string) (mail.Message, error) {
	c, err := campaign.ByID(ctx, s.DB, campaignID)
	if err != nil {
		return mail.Message{}, err
	}
	o, err := campaign.OfferByID(ctx, s.DB, c.OfferID)
	if err != nil {
		return mail.Message{}, err
	}
	reader, err := s.colleague(ctx, to)
	if err != nil {
		return mail.Message{}, err
	}
	first, _ := customer.SplitName(reader.Name)
	m, err := s.Sample(ctx, Sample{Plan: c.Plan(o), CampaignID: c.ID, Lang: lang, FirstName: first, Email: reader.Email, RepName: reader.Name})
	if err != nil {
		return mail.Message{}, err
	}
	view := m.View.(mail.Invitation)
	view.Subject = i18n.For(lang).T("campaign.test_subject", "subject", view.Subject)
	m.View, m.ReplyTo = view, mail.Address{Name: reader.Name, Email: reader.Email}
	return m, nil
}

// Sample is what a mail is composed from that goes to no customer: for the preview beside the words, and for tests.
type Sample struct {
	// Plan need not be saved, nor be complete.
	Plan campaign.Plan
	// CampaignID is where the mail's links lead in the console; empty for the list of campaigns.
	CampaignID string
	Lang       string
	// FirstName and Email are the reader's, RepName is who signs. All may be empty for a preview.
	FirstName, Email, RepName string
	// Reminder asks for the reminder instead of the first mail.
	Reminder bool
}

// Sample composes the mail as a customer without a gift rule would get it. All its links lead to the console.
// Returns Invalid when the plan has no words in the language.
func (s *Service) Sample(ctx context.Context, x Sample) (mail.Message, error) {
	if _, ok := x.Plan.Messages[x.Lang]; !ok {
		var check fault.Check
		check.Add("language", "The campaign has no words in this language.")
		return mail.Message{}, check.Err()
	}
	settings, err := s.Settings.Get(ctx)
	if err != nil {
		return mail.Message{}, err
	}
	page := s.BaseURL + "/console/campaigns/" + x.CampaignID
	m := s.compose(letter{
		invitation: Invitation{ID: ident.New()}, reminder: x.Reminder,
		campaign: campaign.Campaign{ID: x.CampaignID, Asks: x.Plan.Asks, Suits: x.Plan.Suits, Messages: x.Plan.Messages},
		offer:    campaign.Offer{Currency: x.Plan.Offer.Currency, HoldDays: x.Plan.Offer.HoldDays, Rules: x.Plan.Offer.Rewards},
		rep:      rep{name: x.RepName},
		customer: customer.Customer{FirstName: x.FirstName, Language: x.Lang, GiftPolicy: customer.GiftPerson,
			Addresses: []customer.Address{{ID: "sample", Kind: customer.Email, Value: x.Email, Main: true, State: customer.AddressOK}}},
		pageURL: page, stopURL: page, shareURL: page,
	}, settings)
	m.Key = "campaign_test:" + ident.New()
	switch view := m.View.(type) {
	case mail.Invitation:
		m.View = mail.Invitation(leadTo(mail.InvitationReminder(view), page))
	case mail.InvitationReminder:
		m.View = leadTo(view, page)
	}
	return m, nil
}

// leadTo sets the links of a sample: a private page belongs to a customer.
func leadTo(view mail.InvitationReminder, page string) mail.InvitationReminder {
	if view.URL != "" {
		view.URL, view.NotNowURL = page, page
	}
	return view
}

// colleague finds the active member with a mail address.
func (s *Service) colleague(ctx context.Context, email string) (staff.Member, error) {
	members, err := s.Staff.List(ctx, s.DB)
	if err != nil {
		return staff.Member{}, err
	}
	for _, m := range members {
		if m.State == staff.Active && mail.NormalizeEmail(m.Email) == mail.NormalizeEmail(email) {
			return m, nil
		}
	}
	var check fault.Check
	check.Add("to", "A test goes to colleagues only. Please use the address of an active account.")
	return staff.Member{}, check.Err()
}
