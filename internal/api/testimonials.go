package api

import (
	"context"
	"time"

	"goodword/internal/customer"
	"goodword/internal/db"
	"goodword/internal/report"
	"goodword/internal/staff"
	"goodword/internal/testimonial"
)

// TestimonialOut is what a customer says about us; a row of testimonial. Nobody but its author changes a word.
type TestimonialOut struct {
	ID           string     `json:"id"`
	Version      int64      `json:"version"`
	State        string     `json:"state"`
	CustomerID   string     `json:"customer_id"`
	CustomerName string     `json:"customer_name"`
	CampaignID   string     `json:"campaign_id,omitempty"`
	CampaignName string     `json:"campaign_name,omitempty"`
	Rating       int        `json:"rating,omitempty" minimum:"1" maximum:"5" doc:"Left out where no stars were given."`
	Text         string     `json:"text"`
	SignedAs     string     `json:"signed_as,omitempty"`
	Name         string     `json:"name"`
	Role         string     `json:"role"`
	Language     string     `json:"language"`
	Tags         []string   `json:"tags"`
	QuoteSource  string     `json:"quote_source,omitempty"`
	Disclosure   string     `json:"disclosure,omitempty" doc:"Stands wherever the testimonial is shown."`
	Revision     int        `json:"revision"`
	Reason       string     `json:"reason,omitempty"`
	DecidedBy    string     `json:"decided_by,omitempty"`
	SubmittedAt  *time.Time `json:"submitted_at,omitempty"`
	DecidedAt    *time.Time `json:"decided_at,omitempty"`
	PublishedAt  *time.Time `json:"published_at,omitempty"`
	WithdrawnAt  *time.Time `json:"withdrawn_at,omitempty"`
	CreatedAt    time.Time  `json:"created_at"`
	UpdatedAt    time.Time  `json:"updated_at"`
	Actions      []string   `json:"actions" doc:"The verbs that the state and your role allow now."`
}

// testimonialStoryOut adds what the author allowed and wrote before.
type testimonialStoryOut struct {
	TestimonialOut
	Consents       []consentOut   `json:"consents" doc:"The decision in force for each channel."`
	Revisions      []revisionOut  `json:"revisions" doc:"Oldest first."`
	Timeline       []report.Entry `json:"timeline" doc:"Newest first."`
	DeclineReasons []string       `json:"decline_reasons"`
}

type consentOut struct {
	Channel   string    `json:"channel"`
	Granted   bool      `json:"granted"`
	TextShown string    `json:"text_shown" doc:"The exact words beside the control."`
	Method    string    `json:"method"`
	At        time.Time `json:"at"`
}

type revisionOut struct {
	Number int       `json:"number"`
	Rating int       `json:"rating,omitempty"`
	Text   string    `json:"text"`
	Name   string    `json:"name"`
	Role   string    `json:"role"`
	Author string    `json:"author"`
	At     time.Time `json:"at"`
}

type testimonialsQuery struct {
	Paging
	Q          string   `query:"q" doc:"Looked for in the text and the name."`
	State      []string `query:"state"`
	CustomerID string   `query:"customer_id"`
	CampaignID string   `query:"campaign_id"`
	Tag        string   `query:"tag"`
}

func (a *api) listTestimonials(ctx context.Context, in *testimonialsQuery) (*body[list[TestimonialOut]], error) {
	page, err := a.Testimonials.List(ctx, testimonial.Filter{States: typed[testimonial.State](in.State), CustomerID: in.CustomerID, CampaignID: in.CampaignID, Tag: in.Tag, Q: in.Q}, in.page())
	if err != nil {
		return nil, err
	}
	shape, err := a.testimonials(ctx, page.Items)
	if err != nil {
		return nil, err
	}
	return listed(page, shape), nil
}

func (a *api) testimonials(ctx context.Context, rows []testimonial.Testimonial) (func(testimonial.Testimonial) TestimonialOut, error) {
	var refs report.Refs
	for _, t := range rows {
		refs.Customers, refs.Campaigns, refs.Staff = append(refs.Customers, t.CustomerID), append(refs.Campaigns, t.CampaignID), append(refs.Staff, t.DecidedBy)
	}
	names, err := a.Reports.Names(ctx, refs)
	if err != nil {
		return nil, err
	}
	return func(t testimonial.Testimonial) TestimonialOut {
		return TestimonialOut{ID: t.ID, Version: t.Version, State: string(t.State), CustomerID: t.CustomerID, CustomerName: names.Customers[t.CustomerID],
			CampaignID: t.CampaignID, CampaignName: names.Campaigns[t.CampaignID], Rating: t.Rating, Text: t.Text, SignedAs: t.SignedAs, Name: t.Name, Role: t.Role,
			Language: t.Language, Tags: filled(t.Tags), QuoteSource: t.QuoteSource, Disclosure: t.Disclosure, Revision: t.Revision, Reason: t.Reason,
			DecidedBy: names.Staff[t.DecidedBy], SubmittedAt: at(t.SubmittedAt), DecidedAt: at(t.DecidedAt), PublishedAt: at(t.PublishedAt), WithdrawnAt: at(t.WithdrawnAt),
			CreatedAt: t.CreatedAt.UTC(), UpdatedAt: t.UpdatedAt.UTC(), Actions: testimonialActions(ctx, t)}
	}, nil
}

func testimonialActions(ctx context.Context, t testimonial.Testimonial) []string {
	out := []string{}
	if !allowed(ctx, staff.DecideTestimonials) {
		return out
	}
	for verb, e := range map[string]testimonial.Event{"approve": testimonial.Approve, "decline": testimonial.Decline, "request-change": testimonial.RequestChange,
		"publish": testimonial.Publish, "unpublish": testimonial.Unpublish} {
		if next, err := testimonial.Next(t.State, e); err == nil && next != t.State {
			out = append(out, verb)
		}
	}
	return sorted(out)
}

func (a *api) testimonialAnswer(ctx context.Context, t testimonial.Testimonial, err error) (*body[testimonialStoryOut], error) {
	if err != nil {
		return nil, err
	}
	shape, err := a.testimonials(ctx, []testimonial.Testimonial{t})
	if err != nil {
		return nil, err
	}
	revisions, err := a.Testimonials.Revisions(ctx, t.ID)
	if err != nil {
		return nil, err
	}
	consents, err := a.Customers.Consents(ctx, a.DB, customer.AboutTestimonial, t.ID)
	if err != nil {
		return nil, err
	}
	timeline, err := a.Reports.TestimonialTimeline(ctx, t.ID, db.Page{Limit: 200})
	if err != nil {
		return nil, err
	}
	out := testimonialStoryOut{TestimonialOut: shape(t), Consents: []consentOut{}, Timeline: filled(timeline.Items), DeclineReasons: testimonial.DeclineReasons,
		Revisions: each(revisions, func(r testimonial.Revision) revisionOut {
			return revisionOut{Number: r.Number, Rating: r.Rating, Text: r.Text, Name: r.Name, Role: r.Role, Author: r.Author, At: r.At.UTC()}
		})}
	for _, channel := range testimonial.Channels {
		if c, ok := consents[channel]; ok {
			out.Consents = append(out.Consents, consentOut{Channel: channel, Granted: c.Granted, TextShown: c.TextShown, Method: c.Method, At: c.At.UTC()})
		}
	}
	return &body[testimonialStoryOut]{out}, nil
}

func (a *api) getTestimonial(ctx context.Context, in *byID) (*body[testimonialStoryOut], error) {
	t, err := a.Testimonials.ByID(ctx, in.ID)
	return a.testimonialAnswer(ctx, t, err)
}

// quoteIn is praise from a mail or call, kept until its author confirms it.
type quoteIn struct {
	CustomerID string   `json:"customer_id"`
	Text       string   `json:"text" doc:"Word for word."`
	Source     string   `json:"source" doc:"Where it was said: mail of 3 May."`
	Tags       []string `json:"tags,omitempty"`
}

func (a *api) keepQuote(ctx context.Context, in *create[quoteIn]) (*made[testimonialStoryOut], error) {
	t, err := a.Testimonials.KeepQuote(ctx, actorOf(ctx), testimonial.Quote(in.Body))
	out, err := a.testimonialAnswer(ctx, t, err)
	if err != nil {
		return nil, err
	}
	return &made[testimonialStoryOut]{Location: Prefix + "/testimonials/" + t.ID, Body: out.Body}, nil
}

func (a *api) approveTestimonial(ctx context.Context, in *byID) (*body[testimonialStoryOut], error) {
	t, err := a.Testimonials.Approve(ctx, actorOf(ctx), in.ID)
	return a.testimonialAnswer(ctx, t, err)
}

type declineIn struct {
	Reason string `json:"reason" doc:"One of a closed list; none is about what the author thinks of us."`
}

func (a *api) declineTestimonial(ctx context.Context, in *act[declineIn]) (*body[testimonialStoryOut], error) {
	t, err := a.Testimonials.Decline(ctx, actorOf(ctx), in.ID, in.Body.Reason)
	return a.testimonialAnswer(ctx, t, err)
}

type changeIn struct {
	Request string `json:"request" doc:"What the author is asked to change; the author reads it."`
}

func (a *api) requestTestimonialChange(ctx context.Context, in *act[changeIn]) (*body[testimonialStoryOut], error) {
	t, err := a.Testimonials.RequestChange(ctx, actorOf(ctx), in.ID, in.Body.Request)
	return a.testimonialAnswer(ctx, t, err)
}

func (a *api) publishTestimonial(ctx context.Context, in *byID) (*body[testimonialStoryOut], error) {
	t, err := a.Testimonials.Publish(ctx, actorOf(ctx), in.ID)
	return a.testimonialAnswer(ctx, t, err)
}

func (a *api) unpublishTestimonial(ctx context.Context, in *byID) (*body[testimonialStoryOut], error) {
	t, err := a.Testimonials.Unpublish(ctx, actorOf(ctx), in.ID)
	return a.testimonialAnswer(ctx, t, err)
}

type tagsIn struct {
	Tags []string `json:"tags"`
}

func (a *api) tagTestimonial(ctx context.Context, in *act[tagsIn]) (*body[testimonialStoryOut], error) {
	t, err := a.Testimonials.Tag(ctx, actorOf(ctx), in.ID, in.Body.Tags)
	return a.testimonialAnswer(ctx, t, err)
}
