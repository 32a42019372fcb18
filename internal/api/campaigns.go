package api

import (
	"context"
	"fmt"
	"time"

	"goodword/internal/campaign"
	"goodword/internal/i18n"
	"goodword/internal/invitation"
	"goodword/internal/money"
	"goodword/internal/report"
)

// campaignOut is a campaign with its newest offer; rows of campaign and offer.
type campaignOut struct {
	ID         string                    `json:"id"`
	Version    int64                     `json:"version"`
	Name       string                    `json:"name"`
	Template   string                    `json:"template"`
	Division   string                    `json:"division"`
	State      string                    `json:"state"`
	Asks       []string                  `json:"asks"`
	Suits      map[string]string         `json:"suits" doc:"Whom an introduction suits, by language."`
	Nudges     campaign.Nudges           `json:"nudges"`
	Audience   audienceOut               `json:"audience"`
	Trigger    campaign.Trigger          `json:"trigger"`
	Offer      OfferOut                  `json:"offer" doc:"The newest one. What was promised under an earlier one stays."`
	OfferID    string                    `json:"offer_id,omitempty"`
	Messages   map[string]campaign.Words `json:"messages"`
	Reminders  campaign.Reminders        `json:"reminders"`
	OwnerID    string                    `json:"owner_id,omitempty"`
	OwnerName  string                    `json:"owner_name,omitempty"`
	LaunchAt   *time.Time                `json:"launch_at,omitempty"`
	LaunchedAt *time.Time                `json:"launched_at,omitempty"`
	Planned    int64                     `json:"planned" doc:"How many invitations were made so far."`
	Warnings   []campaign.Warning        `json:"warnings" doc:"What deserves a second thought."`
	CreatedAt  time.Time                 `json:"created_at"`
	UpdatedAt  time.Time                 `json:"updated_at"`
}

type audienceOut struct {
	SegmentID        string          `json:"segment_id,omitempty"`
	Filter           *customerFilter `json:"filter,omitempty"`
	RenewsWithinDays int             `json:"renews_within_days,omitempty"`
	SilentDays       int             `json:"silent_days,omitempty"`
}

func (x audienceOut) audience() campaign.Audience {
	out := campaign.Audience{SegmentID: x.SegmentID, RenewsWithinDays: x.RenewsWithinDays, SilentDays: x.SilentDays}
	if x.Filter != nil {
		out.Filter = ptr(x.Filter.filter())
	}
	return out
}

func audienceOf(x campaign.Audience) audienceOut {
	out := audienceOut{SegmentID: x.SegmentID, RenewsWithinDays: x.RenewsWithinDays, SilentDays: x.SilentDays}
	if x.Filter != nil {
		out.Filter = ptr(filterOf(*x.Filter))
	}
	return out
}

// OfferOut is what a campaign promises, in the shape in which it is edited.
type OfferOut struct {
	Currency       string          `json:"currency"`
	BudgetMinor    int64           `json:"budget_minor"`
	HoldDays       int             `json:"hold_days"`
	ProtectionDays int             `json:"protection_days"`
	Terms          string          `json:"terms"`
	CostCentre     string          `json:"cost_centre"`
	DefaultRail    string          `json:"default_rail,omitempty"`
	Rewards        []campaign.Rule `json:"rewards"`
	Charities      []string        `json:"charities" doc:"Ids of those to whom customers may give; the first is taken where the default decides."`
}

// versionOut is one version of a campaign's offer.
type versionOut struct {
	ID        string    `json:"id"`
	Number    int       `json:"number"`
	CreatedAt time.Time `json:"created_at"`
	OfferOut
}

func offerOf(t campaign.Terms) OfferOut {
	return OfferOut{Currency: t.Currency, BudgetMinor: t.BudgetMinor, HoldDays: t.HoldDays, ProtectionDays: t.ProtectionDays, Terms: t.Text, CostCentre: t.CostCentre,
		DefaultRail: string(t.DefaultRail), Rewards: filled(t.Rewards), Charities: filled(t.Charities)}
}

type offerIn struct {
	Currency       string          `json:"currency,omitempty"`
	BudgetMinor    int64           `json:"budget_minor,omitempty"`
	HoldDays       int             `json:"hold_days,omitempty"`
	ProtectionDays int             `json:"protection_days,omitempty"`
	Terms          string          `json:"terms,omitempty"`
	CostCentre     string          `json:"cost_centre,omitempty"`
	DefaultRail    string          `json:"default_rail,omitempty"`
	Rewards        []campaign.Rule `json:"rewards,omitempty"`
	Charities      []string        `json:"charities,omitempty" doc:"Ids of charities, at most five; needed where a reward may be paid by donation."`
}

func (x offerIn) terms() campaign.Terms {
	return campaign.Terms{Currency: x.Currency, BudgetMinor: x.BudgetMinor, HoldDays: x.HoldDays, ProtectionDays: x.ProtectionDays, Text: x.Terms, CostCentre: x.CostCentre,
		DefaultRail: campaign.Rail(x.DefaultRail), Rewards: filled(x.Rewards), Charities: filled(x.Charities)}
}

type nudgesIn struct {
	UnsentDays     int `json:"unsent_days,omitempty"`
	UnansweredDays int `json:"unanswered_days,omitempty"`
}

type remindersIn struct {
	AfterDays []int `json:"after_days,omitempty"`
	Max       int   `json:"max,omitempty"`
}

type wordsIn struct {
	Subject         string `json:"subject,omitempty"`
	Body            string `json:"body,omitempty"`
	PageTitle       string `json:"page_title,omitempty"`
	PageBody        string `json:"page_body,omitempty"`
	ReminderSubject string `json:"reminder_subject,omitempty"`
	ReminderBody    string `json:"reminder_body,omitempty"`
}

// CampaignPatchIn changes parts of a campaign; a part is replaced as a whole, what is left out stays.
type CampaignPatchIn struct {
	Name      *string             `json:"name,omitempty"`
	Division  *string             `json:"division,omitempty"`
	OwnerID   *string             `json:"owner_id,omitempty"`
	Asks      *[]string           `json:"asks,omitempty"`
	Suits     *map[string]string  `json:"suits,omitempty"`
	Nudges    *nudgesIn           `json:"nudges,omitempty"`
	Audience  *audienceOut        `json:"audience,omitempty"`
	Trigger   *campaign.Trigger   `json:"trigger,omitempty"`
	Offer     *offerIn            `json:"offer,omitempty"`
	Messages  *map[string]wordsIn `json:"messages,omitempty"`
	Reminders *remindersIn        `json:"reminders,omitempty"`
}

// campaignIn makes a campaign: from a template, with whatever parts are given instead of the template's.
type campaignIn struct {
	Template string `json:"template,omitempty" doc:"One of GET /templates; its words and rules stand where nothing else is given."`
	CampaignPatchIn
}

func (in CampaignPatchIn) patch() campaign.Patch {
	p := campaign.Patch{Name: in.Name, Division: in.Division, OwnerID: in.OwnerID, Suits: in.Suits, Trigger: in.Trigger}
	if in.Asks != nil {
		p.Asks = ptr(typed[campaign.Ask](*in.Asks))
	}
	if in.Nudges != nil {
		p.Nudges = ptr(campaign.Nudges(*in.Nudges))
	}
	if in.Audience != nil {
		p.Audience = ptr(in.Audience.audience())
	}
	if in.Offer != nil {
		p.Offer = ptr(in.Offer.terms())
	}
	if in.Messages != nil {
		m := make(map[string]campaign.Words, len(*in.Messages))
		for lang, w := range *in.Messages {
			m[lang] = campaign.Words(w)
		}
		p.Messages = &m
	}
	if in.Reminders != nil {
		p.Reminders = ptr(campaign.Reminders(*in.Reminders))
	}
	return p
}

// plan is what is to be made: the template's parts under those that were given.
func (in campaignIn) plan() campaign.Plan {
	t, _ := campaign.TemplateByKey(in.Template)
	plan := t.Plan
	plan.Template = in.Template
	replace(&plan, in.patch())
	return plan
}

func replace(plan *campaign.Plan, p campaign.Patch) {
	set(&plan.Name, p.Name)
	set(&plan.Division, p.Division)
	set(&plan.OwnerID, p.OwnerID)
	set(&plan.Asks, p.Asks)
	set(&plan.Suits, p.Suits)
	set(&plan.Nudges, p.Nudges)
	set(&plan.Audience, p.Audience)
	set(&plan.Trigger, p.Trigger)
	set(&plan.Offer, p.Offer)
	set(&plan.Messages, p.Messages)
	set(&plan.Reminders, p.Reminders)
}

func set[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

type campaignsQuery struct {
	Paging
	Q       string   `query:"q" doc:"Looked for in the name."`
	State   []string `query:"state"`
	OwnerID string   `query:"owner_id" doc:"A colleague's id, or me."`
}

func (a *api) listCampaigns(ctx context.Context, in *campaignsQuery) (*body[list[campaignOut]], error) {
	page, err := a.Campaigns.List(ctx, campaign.Filter{Q: in.Q, States: typed[campaign.State](in.State), OwnerID: mine(ctx, in.OwnerID)}, in.page())
	if err != nil {
		return nil, err
	}
	var refs report.Refs
	var ids []string
	for _, c := range page.Items {
		refs.Staff, ids = append(refs.Staff, c.OwnerID), append(ids, c.OfferID)
	}
	offers, err := a.Reports.Offers(ctx, ids)
	if err != nil {
		return nil, err
	}
	names, err := a.Reports.Names(ctx, refs)
	if err != nil {
		return nil, err
	}
	return listed(page, func(c campaign.Campaign) campaignOut { return a.shapeCampaign(c, offers[c.OfferID], names) }), nil
}

func (a *api) offer(ctx context.Context, c campaign.Campaign) (campaign.Offer, error) {
	if c.OfferID == "" {
		return campaign.Offer{}, nil
	}
	return a.Campaigns.OfferByID(ctx, a.DB, c.OfferID)
}

func (a *api) shapeCampaign(c campaign.Campaign, o campaign.Offer, names report.Names) campaignOut {
	plan := c.Plan(o)
	return campaignOut{ID: c.ID, Version: c.Version, Name: c.Name, Template: c.Template, Division: c.Division, State: string(c.State), Asks: texts(plan.Asks),
		Suits: mapped(plan.Suits), Nudges: plan.Nudges, Audience: audienceOf(plan.Audience), Trigger: plan.Trigger, Offer: offerOf(plan.Offer), OfferID: o.ID, Messages: mapped(plan.Messages),
		Reminders: campaign.Reminders{AfterDays: filled(plan.Reminders.AfterDays), Max: plan.Reminders.Max}, OwnerID: c.OwnerID, OwnerName: names.Staff[c.OwnerID],
		LaunchAt: at(c.LaunchAt), LaunchedAt: at(c.LaunchedAt), Planned: c.Planned, Warnings: filled(append(plan.Warnings(), a.stripeOff(plan)...)), CreatedAt: c.CreatedAt.UTC(), UpdatedAt: c.UpdatedAt.UTC()}
}

// mapped returns an empty map for nil, so that JSON shows an object.
func mapped[V any](m map[string]V) map[string]V {
	if m == nil {
		return map[string]V{}
	}
	return m
}

func (a *api) campaignAnswer(ctx context.Context, c campaign.Campaign, err error) (*tagged[campaignOut], error) {
	if err != nil {
		return nil, err
	}
	o, err := a.offer(ctx, c)
	if err != nil {
		return nil, err
	}
	names, err := a.Reports.Names(ctx, report.Refs{Staff: []string{c.OwnerID}})
	if err != nil {
		return nil, err
	}
	return tag(c.Version, a.shapeCampaign(c, o, names)), nil
}

func (a *api) createCampaign(ctx context.Context, in *create[campaignIn]) (*made[campaignOut], error) {
	if in.Body.Template != "" {
		if _, ok := campaign.TemplateByKey(in.Body.Template); !ok {
			return nil, invalid("template", "There is no such template.")
		}
	}
	c, err := a.Campaigns.Create(ctx, actorOf(ctx), in.Body.plan())
	out, err := a.campaignAnswer(ctx, c, err)
	if err != nil {
		return nil, err
	}
	return &made[campaignOut]{Location: Prefix + "/campaigns/" + c.ID, ETag: out.ETag, Body: out.Body}, nil
}

func (a *api) getCampaign(ctx context.Context, in *byID) (*tagged[campaignOut], error) {
	c, err := a.Campaigns.ByID(ctx, a.DB, in.ID)
	return a.campaignAnswer(ctx, c, err)
}

func (a *api) updateCampaign(ctx context.Context, in *edit[CampaignPatchIn]) (*tagged[campaignOut], error) {
	c, err := a.Campaigns.Update(ctx, actorOf(ctx), in.ID, in.Body.patch(), callOf(ctx).ifMatch)
	return a.campaignAnswer(ctx, c, err)
}

// dryRunOut says what a launch would do.
type dryRunOut struct {
	Recipients  int                `json:"recipients"`
	Skipped     []skipOut          `json:"skipped"`
	MaxExposure money.Amount       `json:"max_exposure" doc:"What is promised if each recipient introduces one person who becomes a customer; never above the budget."`
	Warnings    []campaign.Warning `json:"warnings"`
}

type skipOut struct {
	Reason string `json:"reason"`
	Count  int    `json:"count"`
}

func skip(s campaign.Skip) skipOut { return skipOut(s) }

func (a *api) dryRunCampaign(ctx context.Context, in *byID) (*body[dryRunOut], error) {
	d, err := a.Campaigns.DryRun(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return &body[dryRunOut]{dryRunOut{Recipients: d.Recipients, Skipped: each(d.Skipped, skip), MaxExposure: d.MaxExposure, Warnings: filled(d.Warnings)}}, nil
}

func (a *api) launchCampaign(ctx context.Context, in *byID) (*tagged[campaignOut], error) {
	c, err := a.Campaigns.Launch(ctx, actorOf(ctx), in.ID)
	return a.campaignAnswer(ctx, c, err)
}

func (a *api) pauseCampaign(ctx context.Context, in *byID) (*tagged[campaignOut], error) {
	c, err := a.Campaigns.Pause(ctx, actorOf(ctx), in.ID)
	return a.campaignAnswer(ctx, c, err)
}

func (a *api) resumeCampaign(ctx context.Context, in *byID) (*tagged[campaignOut], error) {
	c, err := a.Campaigns.Resume(ctx, actorOf(ctx), in.ID)
	return a.campaignAnswer(ctx, c, err)
}

func (a *api) endCampaign(ctx context.Context, in *byID) (*tagged[campaignOut], error) {
	c, err := a.Campaigns.End(ctx, actorOf(ctx), in.ID)
	return a.campaignAnswer(ctx, c, err)
}

type testSendIn struct {
	Language string `json:"language"`
	To       string `json:"to" doc:"The address of an active colleague."`
}

func (a *api) testSendCampaign(ctx context.Context, in *act[testSendIn]) (*done, error) {
	return nil, a.Invitations.TestSend(ctx, actorOf(ctx), in.ID, in.Body.Language, in.Body.To)
}

// templateOut is a campaign to start from.
type templateOut struct {
	Key   string            `json:"key"`
	Name  map[string]string `json:"name"`
	About map[string]string `json:"about"`
	Plan  planOut           `json:"plan"`
}

// planOut is a campaign that does not exist yet.
type planOut struct {
	Name      string                    `json:"name"`
	Asks      []string                  `json:"asks"`
	Suits     map[string]string         `json:"suits"`
	Nudges    campaign.Nudges           `json:"nudges"`
	Audience  audienceOut               `json:"audience"`
	Trigger   campaign.Trigger          `json:"trigger"`
	Offer     OfferOut                  `json:"offer"`
	Messages  map[string]campaign.Words `json:"messages"`
	Reminders campaign.Reminders        `json:"reminders"`
}

func (a *api) listTemplates(context.Context, *nothing) (*body[list[templateOut]], error) {
	return whole(campaign.Templates(), func(t campaign.Template) templateOut {
		p := t.Plan
		return templateOut{Key: t.Key, Name: t.Name, About: t.About, Plan: planOut{Name: p.Name, Asks: texts(p.Asks), Suits: mapped(p.Suits), Nudges: p.Nudges,
			Audience: audienceOf(p.Audience), Trigger: p.Trigger, Offer: offerOf(p.Offer), Messages: mapped(p.Messages), Reminders: p.Reminders}}
	}), nil
}

// previewIn asks how a campaign would look; nothing has to be saved for it.
type previewIn struct {
	Campaign campaignIn `json:"campaign"`
	Kind     string     `json:"kind"`
	Language string     `json:"language"`
}

// previewOut is a complete HTML document for a sandboxed frame.
type previewOut struct {
	Subject string `json:"subject,omitempty"`
	HTML    string `json:"html"`
	Text    string `json:"text,omitempty"`
}

func (a *api) previewCampaign(ctx context.Context, in *create[previewIn]) (*body[previewOut], error) {
	return a.preview(ctx, in.Body.Campaign.plan(), in.Body.Kind, i18n.For(in.Body.Language))
}

// progressOut is how far a campaign has come.
type progressOut struct {
	Done     bool      `json:"done" doc:"True when no walk over the audience is under way."`
	Planned  int64     `json:"planned" doc:"Invitations made so far."`
	Skipped  []skipOut `json:"skipped"`
	Waiting  int       `json:"waiting" doc:"Invitations whose mail has not gone out."`
	Sent     int       `json:"sent" doc:"Sent and not yet answered."`
	Answered int       `json:"answered"`
	Stopped  int       `json:"stopped"`
	Expired  int       `json:"expired"`
	Bounced  int       `json:"bounced"`
}

func (a *api) campaignProgress(ctx context.Context, in *byID) (*body[progressOut], error) {
	if _, err := a.Campaigns.ByID(ctx, a.DB, in.ID); err != nil {
		return nil, err
	}
	p, err := a.Invitations.Progress(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	n, err := a.Invitations.Counts(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return &body[progressOut]{progressOut{Done: p.Done, Planned: p.Planned, Skipped: each(p.Skipped, skip), Waiting: n.Planned, Sent: n.Sent, Answered: n.Answered,
		Stopped: n.Stopped, Expired: n.Expired, Bounced: n.Bounced}}, nil
}

func (a *api) campaignOffers(ctx context.Context, in *byID) (*body[list[versionOut]], error) {
	if _, err := a.Campaigns.ByID(ctx, a.DB, in.ID); err != nil {
		return nil, err
	}
	rows, err := a.Campaigns.Offers(ctx, a.DB, in.ID)
	if err != nil {
		return nil, err
	}
	return whole(rows, func(o campaign.Offer) versionOut {
		return versionOut{ID: o.ID, Number: o.Number, CreatedAt: o.CreatedAt.UTC(), OfferOut: offerOf(o.Written())}
	}), nil
}

func (a *api) campaignTimeline(ctx context.Context, in *timelineQuery) (*body[list[report.Entry]], error) {
	if _, err := a.Campaigns.ByID(ctx, a.DB, in.ID); err != nil {
		return nil, err
	}
	page, err := a.Reports.CampaignTimeline(ctx, in.ID, in.page())
	if err != nil {
		return nil, err
	}
	return listed(page, same), nil
}

// invitationOut is one ask to one customer; a row of invitation. It never holds the private link.
type invitationOut struct {
	ID            string     `json:"id"`
	CampaignID    string     `json:"campaign_id"`
	CampaignName  string     `json:"campaign_name"`
	CustomerID    string     `json:"customer_id"`
	CustomerName  string     `json:"customer_name"`
	Channel       string     `json:"channel"`
	State         string     `json:"state"`
	SendAt        *time.Time `json:"send_at,omitempty"`
	SentAt        *time.Time `json:"sent_at,omitempty"`
	AnsweredAt    *time.Time `json:"answered_at,omitempty"`
	RemindAt      *time.Time `json:"remind_at,omitempty"`
	RemindersSent int        `json:"reminders_sent"`
	ByHand        bool       `json:"by_hand"`
	ExpiresAt     time.Time  `json:"expires_at"`
	StoppedReason string     `json:"stopped_reason,omitempty"`
	CreatedAt     time.Time  `json:"created_at"`
}

type invitationsQuery struct {
	Paging
	CampaignID string   `query:"campaign_id"`
	CustomerID string   `query:"customer_id"`
	State      []string `query:"state"`
}

func (a *api) listInvitations(ctx context.Context, in *invitationsQuery) (*body[list[invitationOut]], error) {
	page, err := a.Invitations.List(ctx, invitation.Filter{CampaignID: in.CampaignID, CustomerID: in.CustomerID, States: typed[invitation.State](in.State)}, in.page())
	if err != nil {
		return nil, err
	}
	var refs report.Refs
	for _, i := range page.Items {
		refs.Customers, refs.Campaigns = append(refs.Customers, i.CustomerID), append(refs.Campaigns, i.CampaignID)
	}
	names, err := a.Reports.Names(ctx, refs)
	if err != nil {
		return nil, err
	}
	return listed(page, func(i invitation.Invitation) invitationOut {
		return invitationOut{ID: i.ID, CampaignID: i.CampaignID, CampaignName: names.Campaigns[i.CampaignID], CustomerID: i.CustomerID, CustomerName: names.Customers[i.CustomerID],
			Channel: string(i.Channel), State: string(i.State), SendAt: at(i.SendAt), SentAt: at(i.SentAt), AnsweredAt: at(i.AnsweredAt), RemindAt: at(i.RemindAt),
			RemindersSent: i.RemindersSent, ByHand: i.ByHand, ExpiresAt: i.ExpiresAt.UTC(), StoppedReason: i.StoppedReason, CreatedAt: i.CreatedAt.UTC()}
	}), nil
}

type inviteIn struct {
	CustomerID string `json:"customer_id"`
	Channel    string `json:"channel"`
}

// invitedOut is the only answer that holds a customer's private link.
type invitedOut struct {
	ID  string `json:"id"`
	URL string `json:"url" doc:"The customer's private link. Give it to nobody else."`
}

func (a *api) createInvitation(ctx context.Context, in *act[inviteIn]) (*body[invitedOut], error) {
	// Whoever has the link can act as the customer, so a rep gets only those of their own customers.
	if err := a.mayEdit(ctx, in.Body.CustomerID); err != nil {
		return nil, err
	}
	i, url, err := a.Invitations.Create(ctx, actorOf(ctx), in.ID, in.Body.CustomerID, invitation.Channel(in.Body.Channel))
	if err != nil {
		return nil, err
	}
	return &body[invitedOut]{invitedOut{ID: i.ID, URL: url}}, nil
}

func (a *api) resendInvitation(ctx context.Context, in *byID) (*done, error) {
	return nil, a.Invitations.Resend(ctx, actorOf(ctx), in.ID)
}

func (a *api) stopInvitation(ctx context.Context, in *byID) (*done, error) {
	return nil, a.Invitations.Stop(ctx, actorOf(ctx), in.ID, invitation.ReasonStaff)
}

// placementOut is a public QR code or link with how often it was opened and what came of it.
type placementOut struct {
	ID           string     `json:"id"`
	Code         string     `json:"code"`
	URL          string     `json:"url"`
	CampaignID   string     `json:"campaign_id"`
	CampaignName string     `json:"campaign_name"`
	Name         string     `json:"name"`
	Visits       int64      `json:"visits" doc:"How often people opened it; not a number of people."`
	Accepted     int64      `json:"accepted"`
	CreatedAt    time.Time  `json:"created_at"`
	EndedAt      *time.Time `json:"ended_at,omitempty"`
}

type placementsQuery struct {
	Paging
	CampaignID string `query:"campaign_id"`
}

type placementIn struct {
	CampaignID string `json:"campaign_id"`
	Name       string `json:"name" doc:"Where it is: Poster in the entrance."`
}

func (a *api) listPlacements(ctx context.Context, in *placementsQuery) (*body[list[placementOut]], error) {
	page, err := a.Campaigns.Placements(ctx, in.CampaignID, in.page())
	if err != nil {
		return nil, err
	}
	var refs report.Refs
	var ids []string
	for _, p := range page.Items {
		refs.Campaigns, ids = append(refs.Campaigns, p.CampaignID), append(ids, p.ID)
	}
	names, err := a.Reports.Names(ctx, refs)
	if err != nil {
		return nil, err
	}
	counts, err := a.Reports.Placements(ctx, ids)
	if err != nil {
		return nil, err
	}
	return listed(page, func(p campaign.Placement) placementOut { return a.placement(p, names, counts[p.ID]) }), nil
}

func (a *api) placement(p campaign.Placement, names report.Names, n report.PlacementCount) placementOut {
	return placementOut{ID: p.ID, Code: p.Code, URL: a.Campaigns.PlacementURL(p.Code), CampaignID: p.CampaignID, CampaignName: names.Campaigns[p.CampaignID], Name: p.Name,
		Visits: n.Visits, Accepted: n.Accepted, CreatedAt: p.CreatedAt.UTC(), EndedAt: at(p.EndedAt)}
}

func (a *api) createPlacement(ctx context.Context, in *create[placementIn]) (*body[placementOut], error) {
	p, err := a.Campaigns.AddPlacement(ctx, actorOf(ctx), in.Body.CampaignID, in.Body.Name)
	if err != nil {
		return nil, err
	}
	names, err := a.Reports.Names(ctx, report.Refs{Campaigns: []string{p.CampaignID}})
	if err != nil {
		return nil, err
	}
	return &body[placementOut]{a.placement(p, names, report.PlacementCount{})}, nil
}

func (a *api) endPlacement(ctx context.Context, in *byID) (*done, error) {
	return nil, a.Campaigns.EndPlacement(ctx, actorOf(ctx), in.ID)
}

// stripeOff warns of ways to pay that need Stripe where it is not set up.
func (a *api) stripeOff(p campaign.Plan) []campaign.Warning {
	if a.Installation.Stripe != "off" {
		return nil
	}
	var out []campaign.Warning
	for i, r := range p.Offer.Rewards {
		for n, rail := range r.Rails {
			switch rail {
			case campaign.RailPromotionCode, campaign.RailInvoiceCredit, campaign.RailTransfer:
				out = append(out, campaign.Warning{Field: fmt.Sprintf("offer.rewards.%d.rails.%d", i, n),
					Message: "Stripe is not set up here, so nothing can be paid by " + rail.Words() + ". Set GOODWORD_STRIPE_SECRET_KEY, or choose another way."})
			}
		}
	}
	return out
}
