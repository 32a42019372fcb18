package introduction

import (
	"context"
	"fmt"
	"time"

	"goodword/internal/campaign"
	"goodword/internal/customer"
	"goodword/internal/fault"
	"goodword/internal/setting"
	"goodword/internal/staff"
)

// Contact is how a rep is reached.
type Contact struct {
	Name, Title, Email, Phone string
	// Zone is the rep's IANA zone; slots are shown in it, by name.
	Zone string
}

func contactOf(m staff.Member) Contact {
	return Contact{Name: m.Name, Title: m.Title, Email: m.Email, Phone: m.Phone, Zone: m.Zone}
}

// Notice is what Article 14 GDPR asks to be said at first contact: who holds what, from whom, why, how long, and what can
// be done about it. The texts are the page's.
type Notice struct {
	// Controller, PostalAddress and PrivacyURL say who we are.
	Controller, PostalAddress, PrivacyURL string
	// Source is the full name of whoever gave us the data; empty for the prospect themselves.
	Source string
	// Given names the fields that we hold: first_name, last_name, email, phone, company, note.
	Given []string
	// DeletedAt is when it is deleted without an answer; zero once there was one.
	DeletedAt time.Time
}

// Warm is everything that the prospect's page shows.
type Warm struct {
	ID       string
	State    State
	Step     string
	Language string

	// IntroducerFirstName is empty when nobody introduced; IntroducerName is the full name, with the company beside it.
	IntroducerFirstName, IntroducerName, IntroducerCompany string
	// IntroducerCustomerID leads to the introducer's testimonial; empty for a colleague.
	IntroducerCustomerID string
	// FirstName is the prospect's.
	FirstName string
	// Note is the introducer's own words.
	Note string

	Company, WhatWeDo string
	CampaignID        string
	// Words are the campaign's, merged, in the page's language or the one that the campaign has.
	Words campaign.Words
	// ForProspect is what the prospect gets, ForIntroducer what the introducer gets by it (L11). Either may be empty.
	ForProspect, ForIntroducer []campaign.Promise
	// OfferUntil is the last day of the offer.
	OfferUntil time.Time

	Rep Contact
	// Slots are free half hours of the rep, in UTC; only while there is no answer, or to change one.
	Slots []time.Time

	// What was answered.
	How            string
	Email, Phone   string
	SlotAt         time.Time
	Tell           bool
	AcceptedAt     time.Time
	UndoUntil      time.Time // zero when it is over
	AnswerDueAt    time.Time
	LaterUntil     time.Time
	ContactBlocked bool
	Purged         bool

	Notice Notice
}

// PageFor returns what the page behind a prospect's link shows. It changes nothing. Returns NotFound for a link that
// belongs to no introduction.
func (s *Service) PageFor(ctx context.Context, link customer.Link) (Warm, error) {
	if link.Purpose != customer.ForProspect || link.IntroductionID == "" {
		return Warm{}, unknown()
	}
	row, err := byID(ctx, s.DB, link.IntroductionID)
	if err != nil {
		return Warm{}, err
	}
	return s.warm(ctx, row)
}

// Preview returns the same page for an introducer's own draft or introduction: exactly what the prospect will see.
func (s *Service) Preview(ctx context.Context, a Author, id string) (Warm, error) {
	row, err := byID(ctx, s.DB, id)
	if err != nil {
		return Warm{}, err
	}
	if row.IntroducerID == "" || row.IntroducerID != a.CustomerID || row.State == Draft && row.LinkID != a.LinkID {
		return Warm{}, unknown()
	}
	w, err := s.warm(ctx, row)
	// The prospect's own answer is not the introducer's business.
	w.State, w.Step, w.How, w.Email, w.Phone = row.Shown(s.now()), "", "", "", ""
	w.SlotAt, w.AcceptedAt, w.UndoUntil, w.AnswerDueAt, w.LaterUntil = time.Time{}, time.Time{}, time.Time{}, time.Time{}, time.Time{}
	w.Tell, w.ContactBlocked, w.Slots = false, false, nil
	return w, err
}

func (s *Service) warm(ctx context.Context, row Introduction) (Warm, error) {
	now := s.now()
	st, err := s.story(ctx, row)
	if err != nil {
		return Warm{}, fmt.Errorf("page of introduction %s: %w", row.ID, err)
	}
	w := st.warm()
	if row.Undoable(now) {
		w.UndoUntil = row.UndoUntil
	}
	if st.rep.ID != "" && (row.State.Answerable() || row.State == Accepted || row.State == Draft) {
		if w.Slots, err = s.Staff.Slots(ctx, s.DB, st.rep.ID, now); err != nil {
			return Warm{}, fmt.Errorf("page of introduction %s: %w", row.ID, err)
		}
	}
	return w, nil
}

// Surroundings are the rows that an introduction's page shows besides the introduction itself. Introducer is nil where a
// colleague or nobody introduced, Colleague where no colleague did, Rep where nobody owns it.
type Surroundings struct {
	Campaign       *campaign.Campaign
	Offer          *campaign.Offer
	Introducer     *customer.Customer
	Colleague, Rep *staff.Member
}

// Around returns what the page of an introduction in these surroundings shows, without free slots and as if nothing could be
// undone: the page before an answer, which does not depend on the time.
func Around(a Surroundings, row Introduction, set setting.Settings) Warm {
	st := story{row: row, campaign: *a.Campaign, offer: *a.Offer, set: set}
	switch {
	case a.Introducer != nil:
		st.introducer, st.introducerName = *a.Introducer, a.Introducer.FirstName
	case a.Colleague != nil:
		st.introducerName = a.Colleague.Name
	}
	if a.Rep != nil {
		st.rep = *a.Rep
	}
	return st.warm()
}

func (st story) warm() Warm {
	row := st.row
	w := Warm{ID: row.ID, State: row.State, Step: row.Step, Language: row.Language, FirstName: row.FirstName, Note: row.Note,
		Company: st.set.Company, WhatWeDo: st.set.In(st.set.WhatWeDo, row.Language), CampaignID: row.CampaignID,
		How: row.AcceptHow, Email: row.Email, Phone: row.Phone, SlotAt: row.SlotAt, Tell: row.Tell, AcceptedAt: row.AcceptedAt,
		AnswerDueAt: row.AnswerDueAt, LaterUntil: row.LaterUntil, ContactBlocked: row.ContactBlocked, Purged: !row.PurgedAt.IsZero(),
		OfferUntil: row.ExpiresAt}
	if !row.ProtectedUntil.IsZero() {
		w.OfferUntil = row.ProtectedUntil
	}
	w.IntroducerFirstName, w.IntroducerName = st.introducerName, st.introducerName
	if st.introducer.ID != "" {
		w.IntroducerName, w.IntroducerCompany, w.IntroducerCustomerID = st.introducer.Name(), st.introducer.CompanyName(), st.introducer.ID
	}
	words, _, _ := st.campaign.Message(row.Language, st.set.DefaultLanguage)
	w.Words = words.Merged(campaign.Values{FirstName: row.FirstName, Company: st.set.Company,
		Suits: st.campaign.SuitsIn(row.Language), Rep: st.rep.Name})
	if row.RewardsProspect() {
		w.ForProspect = st.offer.Promises(campaign.ToProspect, customer.GiftPerson)
	}
	if row.RewardsIntroducer() {
		w.ForIntroducer = earnedByIntroducing(st.offer.Promises(campaign.ToCustomer, st.introducer.GiftPolicy))
	}
	if st.rep.ID != "" {
		w.Rep = contactOf(st.rep)
	}
	w.Notice = notice(row, st)
	return w
}

// earnedByIntroducing leaves out what the customer gets for a testimonial.
func earnedByIntroducing(ps []campaign.Promise) []campaign.Promise {
	var out []campaign.Promise
	for _, p := range ps {
		if p.On != campaign.OnTestimonial {
			out = append(out, p)
		}
	}
	return out
}

func notice(row Introduction, st story) Notice {
	n := Notice{Controller: st.set.Company, PostalAddress: st.set.PostalAddress, PrivacyURL: st.set.PrivacyURL, Source: st.introducerName}
	if st.introducer.ID != "" {
		n.Source = st.introducer.Name()
	}
	for _, f := range []struct{ name, value string }{{"first_name", row.FirstName}, {"last_name", row.LastName}, {"email", row.Email},
		{"phone", row.Phone}, {"company", row.Company}, {"note", row.Note}} {
		if f.value != "" {
			n.Given = append(n.Given, f.name)
		}
	}
	if row.State.Answerable() {
		n.DeletedAt = row.ExpiresAt
	}
	return n
}

// PublicPage returns what a share link or placement shows before anybody has said anything. Returns NotFound, or Gone for
// a code that has ended, and Conflict if the campaign is over.
func (s *Service) PublicPage(ctx context.Context, d Door, lang string) (Warm, error) {
	row := Introduction{Kind: Referral, How: HowSelf, State: Ready, Language: lang}
	if d.ShareCode != "" {
		l, err := s.Campaigns.ShareByCode(ctx, s.DB, d.ShareCode)
		if err != nil {
			return Warm{}, err
		}
		row.CampaignID, row.OfferID, row.IntroducerID = l.CampaignID, l.OfferID, l.CustomerID
	} else {
		pl, err := s.Campaigns.PlacementByCode(ctx, s.DB, d.PlacementCode)
		if err != nil {
			return Warm{}, err
		}
		row.CampaignID, row.PlacementID = pl.CampaignID, pl.ID
	}
	c, err := s.Campaigns.ByID(ctx, s.DB, row.CampaignID)
	if err != nil {
		return Warm{}, err
	}
	if !c.Open() {
		return Warm{}, &fault.Error{Code: fault.Conflict, Key: "error.campaign_over", Message: "This campaign is over."}
	}
	if row.OfferID == "" {
		row.OfferID = c.OfferID
	}
	var who customer.Customer
	if row.IntroducerID != "" {
		if who, err = s.Customers.ByID(ctx, s.DB, row.IntroducerID); err != nil {
			return Warm{}, err
		}
		if who.Erased() {
			return Warm{}, unknown()
		}
	}
	if row.OwnerID, err = s.assignee(ctx, s.DB, c, who); err != nil {
		return Warm{}, err
	}
	return s.warm(ctx, row)
}
