package report

import (
	"context"
	"encoding/json"
	"time"

	"goodword/internal/audit"
	"goodword/internal/db"
	"goodword/internal/event"
)

// Entry is one thing that happened, in words and as data. API: the items of every timeline.
type Entry struct {
	ID   string    `json:"id"`
	Type string    `json:"type"`
	At   time.Time `json:"at"`
	// Text is an English sentence for staff.
	Text           string          `json:"text"`
	Actor          Who             `json:"actor"`
	CustomerID     string          `json:"customer_id,omitempty"`
	CampaignID     string          `json:"campaign_id,omitempty"`
	CampaignName   string          `json:"campaign_name,omitempty"`
	InvitationID   string          `json:"invitation_id,omitempty"`
	IntroductionID string          `json:"introduction_id,omitempty"`
	TestimonialID  string          `json:"testimonial_id,omitempty"`
	RewardID       string          `json:"reward_id,omitempty"`
	Data           json.RawMessage `json:"data" doc:"The object after the change."`
	Previous       json.RawMessage `json:"previous" doc:"The object before it."`
}

// Who caused something; the name is empty where there is none to show.
type Who struct {
	Kind string `json:"kind"`
	ID   string `json:"id,omitempty"`
	Name string `json:"name,omitempty"`
}

// CustomerTimeline returns what happened to a customer, newest first. Returns Malformed for a foreign cursor.
func (s *Service) CustomerTimeline(ctx context.Context, id string, p db.Page) (db.List[Entry], error) {
	return s.timeline(ctx, event.Filter{CustomerID: id}, p)
}

// CampaignTimeline returns what happened in a campaign, newest first.
func (s *Service) CampaignTimeline(ctx context.Context, id string, p db.Page) (db.List[Entry], error) {
	return s.timeline(ctx, event.Filter{CampaignID: id}, p)
}

// IntroductionTimeline returns what happened to an introduction and its rewards, newest first.
func (s *Service) IntroductionTimeline(ctx context.Context, id string, p db.Page) (db.List[Entry], error) {
	return s.timeline(ctx, event.Filter{IntroductionID: id}, p)
}

// TestimonialTimeline returns what happened to a testimonial, newest first.
func (s *Service) TestimonialTimeline(ctx context.Context, id string, p db.Page) (db.List[Entry], error) {
	return s.timeline(ctx, event.Filter{TestimonialID: id}, p)
}

func (s *Service) timeline(ctx context.Context, f event.Filter, p db.Page) (db.List[Entry], error) {
	page, err := event.Timeline(ctx, s.DB, f, p)
	if err != nil {
		return db.List[Entry]{}, err
	}
	actors := make([]Who, len(page.Items))
	var refs Refs
	for i, e := range page.Items {
		actors[i] = Who{Kind: e.ActorKind, ID: e.ActorID}
		refs.Campaigns = append(refs.Campaigns, e.CampaignID)
	}
	if err := s.NameActors(ctx, actors); err != nil {
		return db.List[Entry]{}, err
	}
	known, err := s.Names(ctx, refs)
	if err != nil {
		return db.List[Entry]{}, err
	}
	out := db.List[Entry]{Items: make([]Entry, len(page.Items)), Next: page.Next}
	for i, e := range page.Items {
		out.Items[i] = Entry{ID: e.ID, Type: e.Type, At: e.At.UTC(), Text: sentence(e), Actor: actors[i], CustomerID: e.CustomerID, CampaignID: e.CampaignID,
			CampaignName: known.Campaigns[e.CampaignID], InvitationID: e.InvitationID, IntroductionID: e.IntroductionID, TestimonialID: e.TestimonialID,
			RewardID: e.RewardID, Data: orEmpty(e.Data), Previous: orEmpty(e.Previous)}
	}
	return out, nil
}

// NameActors fills in the names of those that have one: staff, API keys, customers and prospects.
func (s *Service) NameActors(ctx context.Context, actors []Who) error {
	ids := map[audit.ActorKind][]string{}
	for _, a := range actors {
		ids[audit.ActorKind(a.Kind)] = append(ids[audit.ActorKind(a.Kind)], a.ID)
	}
	known, err := s.Names(ctx, Refs{Staff: append(ids[audit.KindStaff], ids[audit.KindAPIKey]...), Customers: ids[audit.KindCustomer], Prospects: ids[audit.KindProspect]})
	if err != nil {
		return err
	}
	by := map[audit.ActorKind]map[string]string{audit.KindStaff: known.Staff, audit.KindAPIKey: known.Staff, audit.KindCustomer: known.Customers, audit.KindProspect: known.Prospects}
	for i, a := range actors {
		actors[i].Name = by[audit.ActorKind(a.Kind)][a.ID]
	}
	return nil
}

func orEmpty(j json.RawMessage) json.RawMessage {
	if len(j) == 0 {
		return json.RawMessage("{}")
	}
	return j
}
