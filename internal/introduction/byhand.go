package introduction

import (
	"context"
	"fmt"

	"goodword/internal/audit"
	"goodword/internal/campaign"
	"goodword/internal/customer"
	"goodword/internal/db"
	"goodword/internal/fault"
	"goodword/internal/ident"
)

// Manual is an introduction that staff record: one that came by word of mouth, a customer handed to another division, or a
// favour, somebody introduced to a customer of ours.
type Manual struct {
	CampaignID string
	// IntroducerCustomerID or IntroducerStaffID is set, the other empty. A colleague earns nothing.
	IntroducerCustomerID, IntroducerStaffID string
	// ForCustomerID makes it a favour to this customer. It earns nothing.
	ForCustomerID string
	// Division is where it goes; empty means the campaign's, else the introducer's.
	Division string
	// OwnerID is the rep; empty means the customary one.
	OwnerID    string
	Submission Submission
}

// ByHand records an introduction for staff: it is ready, and its link can be sent. How "portal" is not offered: the portal
// writes only when a customer has asked it to.
// Returns Invalid with every problem at its field, NotFound for unknown ids, and Conflict if the campaign is over.
func (s *Service) ByHand(ctx context.Context, actor audit.Actor, n Manual) (Introduction, error) {
	sub := n.Submission.cleaned()
	var c fault.Check
	c.That((n.IntroducerCustomerID == "") != (n.IntroducerStaffID == ""), "introducer", "Name one customer or one colleague.")
	c.That(sub.How != HowPortal, "how", "Staff cannot let the portal write.")
	if err := sub.validate(false); err != nil {
		for _, p := range fault.As(err).Problems {
			c.AddKey(p.Field, p.Key, p.Message)
		}
	}
	if err := c.Err(); err != nil {
		return Introduction{}, err
	}
	var row Introduction
	err := s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		now := s.now()
		camp, err := s.openCampaign(ctx, tx, n.CampaignID)
		if err != nil {
			return err
		}
		who, err := s.introducer(ctx, tx, n)
		if err != nil {
			return err
		}
		row = s.draft(Author{CustomerID: n.IntroducerCustomerID, CampaignID: camp.ID, OfferID: camp.OfferID}, camp, who, now)
		row.ID, row.IntroducerStaffID, row.ForCustomerID = ident.New(), n.IntroducerStaffID, n.ForCustomerID
		if n.Division != "" {
			row.Division = n.Division
		}
		s.fill(&row, sub)
		row.ProspectBlind = s.blind(row.Email, row.Phone, who.Country)
		if row.Language == "" {
			row.Language = "en"
		}
		if row.OwnerID, err = s.ownerByHand(ctx, tx, n, camp, who); err != nil {
			return err
		}
		return s.send(ctx, tx, &row, sending{fresh: true, nudges: camp.Nudges, by: change{actor: actor, at: now}})
	})
	if err != nil {
		return Introduction{}, fmt.Errorf("record introduction: %w", err)
	}
	return row, nil
}

func (s *Service) introducer(ctx context.Context, tx db.Tx, n Manual) (customer.Customer, error) {
	if n.ForCustomerID != "" {
		if _, err := s.Customers.ByID(ctx, tx, n.ForCustomerID); err != nil {
			return customer.Customer{}, err
		}
	}
	if n.IntroducerCustomerID != "" {
		return s.Customers.ByID(ctx, tx, n.IntroducerCustomerID)
	}
	_, err := s.Staff.ByID(ctx, tx, n.IntroducerStaffID)
	return customer.Customer{}, err
}

func (s *Service) ownerByHand(ctx context.Context, tx db.Tx, n Manual, c campaign.Campaign, who customer.Customer) (string, error) {
	if n.OwnerID != "" {
		m, err := s.Staff.ByID(ctx, tx, n.OwnerID)
		return m.ID, err
	}
	id, err := s.assignee(ctx, tx, c, who)
	if err != nil || id != "" {
		return id, err
	}
	return n.IntroducerStaffID, nil
}
