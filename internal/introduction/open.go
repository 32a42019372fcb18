package introduction

import (
	"context"
	"fmt"

	"goodword/internal/customer"
	"goodword/internal/db"
	"goodword/internal/fault"
	"goodword/internal/ident"
	"goodword/internal/setting"
)

// Door is a public way in: a customer's share link or a campaign's placement.
type Door struct {
	// ShareCode or PlacementCode is set, the other empty.
	ShareCode, PlacementCode string
	// ID is the id that the page made for the introduction before it was sent, from a signed field: the same form sent
	// twice makes one introduction. Empty makes a new one.
	ID string
	// SentBy is what the prospect answered to "who sent you?" at a placement; may be empty.
	SentBy string
	// From is where the request came from.
	From Origin
}

// OpenAccept is a yes through a public door: one transaction from draft to accepted. A placement knows no introducer, so
// its introduction is a lead that earns the introducer nothing. It returns the link that opens the prospect's own page.
// Returns Invalid with the field at fault, NotFound or Gone for the code, and Conflict if the campaign is over.
func (s *Service) OpenAccept(ctx context.Context, d Door, a Answer) (Introduction, string, error) {
	a = a.cleaned()
	if err := a.validate(); err != nil {
		return Introduction{}, "", err
	}
	var c fault.Check
	c.Required("name", a.Name)
	if err := c.Err(); err != nil {
		return Introduction{}, "", err
	}
	set, err := s.Settings.Get(ctx)
	if err != nil {
		return Introduction{}, "", fmt.Errorf("accept through a public link: %w", err)
	}
	if d.ID == "" {
		d.ID = ident.New()
	}
	y := yes{answer: a, method: "page", actor: prospectActor(d.ID), from: d.From, set: set}
	row, err := s.accept(ctx, y, func(ctx context.Context, tx db.Tx) (Introduction, error) {
		return s.enter(ctx, tx, d, a, set)
	})
	if err != nil {
		return Introduction{}, "", err
	}
	url, err := s.ProspectURL(ctx, row.ID)
	return row, url, err
}

// OpenLater is "maybe later" through a public door. It needs the prospect's name, because there is nobody else to ask.
func (s *Service) OpenLater(ctx context.Context, d Door, name string, months int, email, consentText string) (Introduction, error) {
	a := Answer{Name: name, Email: email}.cleaned()
	var c fault.Check
	c.Required("name", a.Name)
	c.Required("email", a.Email)
	if err := c.Err(); err != nil {
		return Introduction{}, err
	}
	if err := validateLater(months, a.Email); err != nil {
		return Introduction{}, err
	}
	set, err := s.Settings.Get(ctx)
	if err != nil {
		return Introduction{}, fmt.Errorf("postpone through a public link: %w", err)
	}
	if d.ID == "" {
		d.ID = ident.New()
	}
	var row Introduction
	err = s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		var err error
		if row, err = s.enter(ctx, tx, d, a, set); err != nil || row.State == Invited && !row.LaterUntil.IsZero() {
			return err
		}
		return s.postpone(ctx, tx, &row, months, a.Email, consentText)
	})
	return row, err
}

// enter makes the ready introduction of somebody who came through a public door, or finds the one that the same form made.
func (s *Service) enter(ctx context.Context, tx db.Tx, d Door, a Answer, set setting.Settings) (Introduction, error) {
	now := s.now()
	row := Introduction{ID: d.ID, Kind: Referral, How: HowSelf, State: Draft, Language: a.Lang, CreatedAt: now, UpdatedAt: now,
		ExpiresAt: now.AddDate(0, 0, UnansweredDays)}
	if row.Language == "" {
		row.Language = set.DefaultLanguage
	}
	if err := s.throughDoor(ctx, tx, d, &row); err != nil {
		return Introduction{}, err
	}
	c, err := s.openCampaign(ctx, tx, row.CampaignID)
	if err != nil {
		return Introduction{}, err
	}
	var who customer.Customer
	if row.IntroducerID != "" {
		if who, err = s.Customers.ByID(ctx, tx, row.IntroducerID); err != nil {
			return Introduction{}, err
		}
	}
	if row.OfferID == "" {
		row.OfferID = c.OfferID
	}
	if row.Division = c.Division; row.Division == "" {
		row.Division = who.Division
	}
	row.FirstName, row.LastName = customer.SplitName(a.Name)
	if row.OwnerID, err = s.assignee(ctx, tx, c, who); err != nil {
		return Introduction{}, err
	}
	by := change{actor: prospectActor(row.ID), at: now, before: row}
	for _, e := range []Event{Submit, MakeReady} {
		if err := row.apply(e, now); err != nil {
			return Introduction{}, err
		}
	}
	fresh, err := insert(ctx, tx, &row)
	if err != nil {
		return Introduction{}, err
	}
	if !fresh {
		have, err := lock(ctx, tx, d.ID)
		if err == nil && (have.ShareCode != row.ShareCode || have.PlacementID != row.PlacementID || have.LinkID != "") {
			// An id from elsewhere opens nothing.
			return Introduction{}, unknown()
		}
		return have, err
	}
	for _, what := range []string{"submitted", "ready"} {
		by.what = what
		if err := record(ctx, tx, row, by); err != nil {
			return Introduction{}, err
		}
	}
	return row, s.issueLink(ctx, tx, row, now)
}

func (s *Service) throughDoor(ctx context.Context, tx db.Tx, d Door, row *Introduction) error {
	if d.ShareCode != "" {
		l, err := s.Campaigns.ShareByCode(ctx, tx, d.ShareCode)
		if err != nil {
			return err
		}
		row.CampaignID, row.OfferID, row.IntroducerID, row.ShareCode = l.CampaignID, l.OfferID, l.CustomerID, l.Code
		return nil
	}
	pl, err := s.Campaigns.PlacementByCode(ctx, tx, d.PlacementCode)
	if err != nil {
		return err
	}
	row.CampaignID, row.PlacementID, row.Kind, row.How = pl.CampaignID, pl.ID, Lead, HowLead
	row.Note = Submission{Note: d.SentBy}.cleaned().Note
	if len(row.Note) > maxNote {
		row.Note = ""
	}
	return nil
}
