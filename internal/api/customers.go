package api

import (
	"context"
	"time"

	"goodword/internal/customer"
	"goodword/internal/fault"
	"goodword/internal/money"
	"goodword/internal/report"
)

// customerOut is a customer; rows of customer, company, customer_address and customer_tag.
type customerOut struct {
	ID             string        `json:"id"`
	Version        int64         `json:"version"`
	ExternalID     string        `json:"external_id,omitempty"`
	Name           string        `json:"name"`
	FirstName      string        `json:"first_name"`
	LastName       string        `json:"last_name"`
	Email          string        `json:"email" doc:"The address that we write to; empty if there is none that works."`
	Phone          string        `json:"phone"`
	Company        string        `json:"company"`
	CompanyID      string        `json:"company_id,omitempty"`
	Division       string        `json:"division"`
	Country        string        `json:"country" doc:"ISO 3166-1 alpha-2, or empty."`
	Language       string        `json:"language"`
	Zone           string        `json:"zone"`
	StripeCustomer string        `json:"stripe_customer"`
	Stage          string        `json:"stage"`
	OwnerID        string        `json:"owner_id,omitempty"`
	OwnerName      string        `json:"owner_name,omitempty"`
	GiftPolicy     string        `json:"gift_policy"`
	PreferredRail  string        `json:"preferred_rail,omitempty"`
	Note           string        `json:"note"`
	LastOrderAt    *time.Time    `json:"last_order_at,omitempty"`
	RenewsAt       *time.Time    `json:"renews_at,omitempty"`
	LastOrder      *money.Amount `json:"last_order,omitempty"`
	AskedAt        *time.Time    `json:"asked_at,omitempty"`
	ContactedAt    *time.Time    `json:"contacted_at,omitempty"`
	AskLess        bool          `json:"ask_less"`
	StoppedAt      *time.Time    `json:"stopped_at,omitempty"`
	ComplaintAt    *time.Time    `json:"complaint_at,omitempty"`
	ErasedAt       *time.Time    `json:"erased_at,omitempty"`
	// MayNotAsk is why no mail may ask the customer now.
	MayNotAsk          string       `json:"may_not_ask,omitempty" doc:"Why the customer must not be asked by mail now; left out when they may."`
	MayEdit            bool         `json:"may_edit" doc:"Whether you may change this customer."`
	FromIntroductionID string       `json:"from_introduction_id,omitempty"`
	Addresses          []addressOut `json:"addresses"`
	Tags               []string     `json:"tags"`
	CreatedAt          time.Time    `json:"created_at"`
	UpdatedAt          time.Time    `json:"updated_at"`
}

type addressOut struct {
	ID    string `json:"id"`
	Kind  string `json:"kind"`
	Label string `json:"label"`
	Value string `json:"value"`
	Main  bool   `json:"main"`
	State string `json:"state"`
}

type addressIn struct {
	Kind  string `json:"kind"`
	Label string `json:"label,omitempty"`
	Value string `json:"value"`
}

// customerIn makes a customer.
type customerIn struct {
	Name           string        `json:"name,omitempty" doc:"First and last name in one; instead of the two fields."`
	FirstName      string        `json:"first_name,omitempty"`
	LastName       string        `json:"last_name,omitempty"`
	Email          string        `json:"email,omitempty"`
	Phone          string        `json:"phone,omitempty"`
	Company        string        `json:"company,omitempty"`
	Division       string        `json:"division,omitempty"`
	Country        string        `json:"country,omitempty"`
	Language       string        `json:"language,omitempty"`
	Zone           string        `json:"zone,omitempty"`
	ExternalID     string        `json:"external_id,omitempty"`
	StripeCustomer string        `json:"stripe_customer,omitempty"`
	Stage          string        `json:"stage,omitempty"`
	OwnerID        string        `json:"owner_id,omitempty"`
	GiftPolicy     string        `json:"gift_policy,omitempty"`
	Note           string        `json:"note,omitempty"`
	LastOrderAt    *time.Time    `json:"last_order_at,omitempty"`
	RenewsAt       *time.Time    `json:"renews_at,omitempty"`
	LastOrder      *money.Amount `json:"last_order,omitempty"`
	Tags           []string      `json:"tags,omitempty"`
	Addresses      []addressIn   `json:"addresses,omitempty" doc:"Further addresses, beside email and phone."`
}

// customerPatchIn changes a customer; what is left out stays.
type customerPatchIn struct {
	FirstName      *string       `json:"first_name,omitempty"`
	LastName       *string       `json:"last_name,omitempty"`
	Name           *string       `json:"name,omitempty"`
	Email          *string       `json:"email,omitempty"`
	Phone          *string       `json:"phone,omitempty"`
	Company        *string       `json:"company,omitempty"`
	Division       *string       `json:"division,omitempty"`
	Country        *string       `json:"country,omitempty"`
	Language       *string       `json:"language,omitempty"`
	Zone           *string       `json:"zone,omitempty"`
	ExternalID     *string       `json:"external_id,omitempty"`
	StripeCustomer *string       `json:"stripe_customer,omitempty"`
	Stage          *string       `json:"stage,omitempty"`
	OwnerID        *string       `json:"owner_id,omitempty"`
	GiftPolicy     *string       `json:"gift_policy,omitempty"`
	Note           *string       `json:"note,omitempty"`
	LastOrderAt    clearable     `json:"last_order_at,omitempty"`
	RenewsAt       clearable     `json:"renews_at,omitempty"`
	LastOrder      *money.Amount `json:"last_order,omitempty"`
	Tags           *[]string     `json:"tags,omitempty"`
	Addresses      *[]addressIn  `json:"addresses,omitempty" doc:"Replaces all addresses that are not main."`
	AskLess        *bool         `json:"ask_less,omitempty"`
}

// customerFilter is what segments and audiences keep, and what the list takes as parameters.
type customerFilter struct {
	Q             string     `json:"q,omitempty"`
	Tags          []string   `json:"tags,omitempty"`
	Divisions     []string   `json:"divisions,omitempty"`
	Countries     []string   `json:"countries,omitempty"`
	Languages     []string   `json:"languages,omitempty"`
	Stages        []string   `json:"stages,omitempty"`
	GiftPolicy    string     `json:"gift_policy,omitempty"`
	OwnerID       string     `json:"owner_id,omitempty"`
	CompanyID     string     `json:"company_id,omitempty"`
	Asked         string     `json:"asked,omitempty"`
	OrderedAfter  *time.Time `json:"ordered_after,omitempty"`
	OrderedBefore *time.Time `json:"ordered_before,omitempty"`
	RenewsBefore  *time.Time `json:"renews_before,omitempty"`
	SegmentID     string     `json:"segment_id,omitempty"`
}

func (f customerFilter) filter() customer.Filter {
	return customer.Filter{Q: f.Q, Tags: f.Tags, Divisions: f.Divisions, Countries: f.Countries, Languages: f.Languages, Stages: typed[customer.Stage](f.Stages),
		Gift: customer.GiftPolicy(f.GiftPolicy), OwnerID: f.OwnerID, CompanyID: f.CompanyID, Asked: customer.Asked(f.Asked),
		OrderedAfter: when(f.OrderedAfter), OrderedBefore: when(f.OrderedBefore), RenewsBefore: when(f.RenewsBefore), SegmentID: f.SegmentID}
}

func filterOf(f customer.Filter) customerFilter {
	return customerFilter{Q: f.Q, Tags: f.Tags, Divisions: f.Divisions, Countries: f.Countries, Languages: f.Languages, Stages: texts(f.Stages),
		GiftPolicy: string(f.Gift), OwnerID: f.OwnerID, CompanyID: f.CompanyID, Asked: string(f.Asked),
		OrderedAfter: at(f.OrderedAfter), OrderedBefore: at(f.OrderedBefore), RenewsBefore: at(f.RenewsBefore), SegmentID: f.SegmentID}
}

type customersQuery struct {
	Paging
	Q             string    `query:"q" doc:"Looked for in names, company, mail addresses and external id."`
	Tag           []string  `query:"tag" doc:"All of them must be there; separated by commas."`
	Division      []string  `query:"division"`
	Country       []string  `query:"country"`
	Language      []string  `query:"language"`
	Stage         []string  `query:"stage"`
	GiftPolicy    string    `query:"gift_policy"`
	OwnerID       string    `query:"owner_id" doc:"A colleague's id, or me."`
	CompanyID     string    `query:"company_id"`
	Asked         string    `query:"asked"`
	OrderedAfter  time.Time `query:"ordered_after"`
	OrderedBefore time.Time `query:"ordered_before"`
	RenewsBefore  time.Time `query:"renews_before"`
	SegmentID     string    `query:"segment_id"`
}

func (q customersQuery) filter(ctx context.Context) customer.Filter {
	return customer.Filter{Q: q.Q, Tags: q.Tag, Divisions: q.Division, Countries: q.Country, Languages: q.Language, Stages: typed[customer.Stage](q.Stage),
		Gift: customer.GiftPolicy(q.GiftPolicy), OwnerID: mine(ctx, q.OwnerID), CompanyID: q.CompanyID, Asked: customer.Asked(q.Asked),
		OrderedAfter: q.OrderedAfter.UTC(), OrderedBefore: q.OrderedBefore.UTC(), RenewsBefore: q.RenewsBefore.UTC(), SegmentID: q.SegmentID}
}

// mine lets "me" stand for whoever asks.
func mine(ctx context.Context, ownerID string) string {
	if ownerID == "me" {
		return actorOf(ctx).ID
	}
	return ownerID
}

func (a *api) listCustomers(ctx context.Context, in *customersQuery) (*body[list[customerOut]], error) {
	page, err := a.Customers.List(ctx, in.filter(ctx), in.page())
	if err != nil {
		return nil, err
	}
	var refs report.Refs
	for _, c := range page.Items {
		refs.Staff = append(refs.Staff, c.OwnerID)
	}
	names, err := a.Reports.Names(ctx, refs)
	if err != nil {
		return nil, err
	}
	return listed(page, func(c customer.Customer) customerOut { return a.customer(ctx, c, names) }), nil
}

type countOut struct {
	Count int64 `json:"count"`
}

func (a *api) countCustomers(ctx context.Context, in *customersQuery) (*body[countOut], error) {
	n, err := a.Customers.Count(ctx, in.filter(ctx))
	if err != nil {
		return nil, err
	}
	return &body[countOut]{countOut{n}}, nil
}

func (a *api) createCustomer(ctx context.Context, in *create[customerIn]) (*made[customerOut], error) {
	c, err := a.Customers.Create(ctx, actorOf(ctx), in.Body.draft())
	if err != nil {
		return nil, err
	}
	out, err := a.shapeCustomer(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	return &made[customerOut]{Location: Prefix + "/customers/" + c.ID, ETag: out.ETag, Body: out.Body}, nil
}

func (a *api) getCustomer(ctx context.Context, in *byID) (*tagged[customerOut], error) {
	return a.shapeCustomer(ctx, in.ID)
}

func (a *api) updateCustomer(ctx context.Context, in *edit[customerPatchIn]) (*tagged[customerOut], error) {
	if err := a.mayEdit(ctx, in.ID); err != nil {
		return nil, err
	}
	if _, err := a.Customers.Update(ctx, actorOf(ctx), in.ID, in.Body.patch(), callOf(ctx).ifMatch); err != nil {
		return nil, err
	}
	return a.shapeCustomer(ctx, in.ID)
}

// mayEdit is the second half of the permission to change a customer: a rep may change those that they own.
func (a *api) mayEdit(ctx context.Context, id string) error {
	c, err := a.Customers.ByID(ctx, a.DB, id)
	if err != nil {
		return err
	}
	if !customer.MayEdit(actorOf(ctx), c) {
		return fault.New(fault.Forbidden, "This customer belongs to a colleague.")
	}
	return nil
}

func (a *api) shapeCustomer(ctx context.Context, id string) (*tagged[customerOut], error) {
	c, err := a.Customers.ByID(ctx, a.DB, id)
	if err != nil {
		return nil, err
	}
	names, err := a.Reports.Names(ctx, report.Refs{Staff: []string{c.OwnerID}})
	if err != nil {
		return nil, err
	}
	return tag(c.Version, a.customer(ctx, c, names)), nil
}

func (a *api) customer(ctx context.Context, c customer.Customer, names report.Names) customerOut {
	return customerOut{
		ID: c.ID, Version: c.Version, ExternalID: c.ExternalID, Name: c.Name(), FirstName: c.FirstName, LastName: c.LastName, Email: c.Email(), Phone: c.Phone(),
		Company: c.CompanyName(), CompanyID: c.CompanyID, Division: c.Division, Country: c.Country, Language: c.Language, Zone: c.Zone,
		StripeCustomer: c.StripeCustomer, Stage: string(c.Stage), OwnerID: c.OwnerID, OwnerName: names.Staff[c.OwnerID], GiftPolicy: string(c.GiftPolicy),
		PreferredRail: c.PreferredRail, Note: c.Note, LastOrderAt: at(c.LastOrderAt), RenewsAt: at(c.RenewsAt), LastOrder: sum(c.OrderMinor, c.OrderCurrency),
		AskedAt: at(c.AskedAt), ContactedAt: at(c.ContactedAt), AskLess: c.AskLess, StoppedAt: at(c.StoppedAt), ComplaintAt: at(c.ComplaintAt), ErasedAt: at(c.ErasedAt),
		MayNotAsk: customer.MayAsk(c, a.now()), MayEdit: customer.MayEdit(actorOf(ctx), c), FromIntroductionID: c.FromIntroductionID,
		Addresses: each(c.Addresses, func(x customer.Address) addressOut {
			return addressOut{ID: x.ID, Kind: string(x.Kind), Label: x.Label, Value: x.Value, Main: x.Main, State: string(x.State)}
		}),
		Tags: filled(c.Tags), CreatedAt: c.CreatedAt.UTC(), UpdatedAt: c.UpdatedAt.UTC(),
	}
}

func (in customerIn) draft() customer.Draft {
	d := customer.Draft{ExternalID: in.ExternalID, FirstName: in.FirstName, LastName: in.LastName, Email: in.Email, Phone: in.Phone, Addresses: addressDrafts(in.Addresses),
		Company: in.Company, Division: in.Division, Country: in.Country, Language: in.Language, Zone: in.Zone, StripeCustomer: in.StripeCustomer,
		Stage: customer.Stage(in.Stage), GiftPolicy: customer.GiftPolicy(in.GiftPolicy), OwnerID: in.OwnerID, Note: in.Note,
		LastOrderAt: when(in.LastOrderAt), RenewsAt: when(in.RenewsAt), Order: in.LastOrder, Tags: in.Tags}
	if d.FirstName == "" && d.LastName == "" {
		d.FirstName, d.LastName = customer.SplitName(in.Name)
	}
	return d
}

func (in customerPatchIn) patch() customer.Patch {
	p := customer.Patch{ExternalID: in.ExternalID, FirstName: in.FirstName, LastName: in.LastName, Email: in.Email, Phone: in.Phone, Company: in.Company,
		Division: in.Division, Country: in.Country, Language: in.Language, Zone: in.Zone, StripeCustomer: in.StripeCustomer,
		Stage: (*customer.Stage)(in.Stage), GiftPolicy: (*customer.GiftPolicy)(in.GiftPolicy), OwnerID: in.OwnerID, Note: in.Note,
		LastOrderAt: in.LastOrderAt.change(), RenewsAt: in.RenewsAt.change(), Order: in.LastOrder, Tags: in.Tags, AskLess: in.AskLess}
	if in.Name != nil && in.FirstName == nil && in.LastName == nil {
		first, last := customer.SplitName(*in.Name)
		p.FirstName, p.LastName = &first, &last
	}
	if in.Addresses != nil {
		p.Addresses = ptr(addressDrafts(*in.Addresses))
	}
	return p
}

func addressDrafts(in []addressIn) []customer.AddressDraft {
	return each(in, func(x addressIn) customer.AddressDraft {
		return customer.AddressDraft{Kind: customer.AddressKind(x.Kind), Label: x.Label, Value: x.Value}
	})
}

// typed turns strings into named strings; nil stays nil.
func typed[T ~string](values []string) []T {
	if values == nil {
		return nil
	}
	return each(values, func(v string) T { return T(v) })
}

type timelineQuery struct {
	Paging
	ID string `path:"id"`
}

func (a *api) customerTimeline(ctx context.Context, in *timelineQuery) (*body[list[report.Entry]], error) {
	if _, err := a.Customers.ByID(ctx, a.DB, in.ID); err != nil {
		return nil, err
	}
	page, err := a.Reports.CustomerTimeline(ctx, in.ID, in.page())
	if err != nil {
		return nil, err
	}
	return listed(page, same), nil
}

type suggestionOut struct {
	ID        string    `json:"id"`
	FirstName string    `json:"first_name"`
	Company   string    `json:"company"`
	Source    string    `json:"source"`
	CreatedAt time.Time `json:"created_at"`
	ExpiresAt time.Time `json:"expires_at"`
}

type suggestionIn struct {
	FirstName string `json:"first_name"`
	Company   string `json:"company,omitempty"`
	Source    string `json:"source,omitempty"`
}

func suggestion(s customer.Suggestion) suggestionOut {
	return suggestionOut{ID: s.ID, FirstName: s.FirstName, Company: s.Company, Source: s.Source, CreatedAt: s.CreatedAt.UTC(), ExpiresAt: s.ExpiresAt.UTC()}
}

func (a *api) listSuggestions(ctx context.Context, in *byID) (*body[list[suggestionOut]], error) {
	rows, err := a.Customers.Suggestions(ctx, a.DB, in.ID)
	if err != nil {
		return nil, err
	}
	return whole(rows, suggestion), nil
}

func (a *api) createSuggestion(ctx context.Context, in *act[suggestionIn]) (*body[suggestionOut], error) {
	s, err := a.Customers.Suggest(ctx, actorOf(ctx), in.ID, customer.SuggestionDraft(in.Body))
	if err != nil {
		return nil, err
	}
	return &body[suggestionOut]{suggestion(s)}, nil
}

type bySuggestion struct {
	ID           string `path:"id"`
	SuggestionID string `path:"suggestion_id"`
}

func (a *api) deleteSuggestion(ctx context.Context, in *bySuggestion) (*done, error) {
	return nil, a.Customers.RemoveSuggestion(ctx, actorOf(ctx), in.ID, in.SuggestionID)
}

// factIn is something that happened to a customer outside Goodword.
type factIn struct {
	Type  string        `json:"type"`
	At    *time.Time    `json:"at,omitempty"`
	Value *money.Amount `json:"value,omitempty"`
}

func (a *api) recordFact(ctx context.Context, in *act[factIn]) (*done, error) {
	if err := a.mayEdit(ctx, in.ID); err != nil {
		return nil, err
	}
	return nil, a.Customers.RecordFact(ctx, actorOf(ctx), in.ID, customer.Fact{Type: in.Body.Type, At: when(in.Body.At), Value: in.Body.Value})
}

type reasonIn struct {
	Reason string `json:"reason"`
}

func (a *api) eraseCustomer(ctx context.Context, in *act[reasonIn]) (*done, error) {
	return nil, a.Customers.Erase(ctx, actorOf(ctx), in.ID, in.Body.Reason)
}

// facetsOut is what lists can be narrowed by.
type facetsOut struct {
	Tags      []string `json:"tags"`
	Divisions []string `json:"divisions"`
	Countries []string `json:"countries"`
	Languages []string `json:"languages"`
	Owners    []named  `json:"owners"`
}

func (a *api) listFacets(ctx context.Context, _ *nothing) (*body[facetsOut], error) {
	f, err := a.Reports.Facets(ctx)
	if err != nil {
		return nil, err
	}
	return &body[facetsOut]{facetsOut{Tags: filled(f.Tags), Divisions: filled(f.Divisions), Countries: filled(f.Countries), Languages: filled(f.Languages),
		Owners: each(f.Owners, func(n report.Named) named { return named(n) })}}, nil
}

// segmentOut is a saved filter with how many customers it finds now.
type segmentOut struct {
	ID        string         `json:"id"`
	Name      string         `json:"name"`
	Filter    customerFilter `json:"filter"`
	Count     int64          `json:"count"`
	CreatedAt time.Time      `json:"created_at"`
}

type segmentIn struct {
	Name   string         `json:"name"`
	Filter customerFilter `json:"filter"`
}

func (a *api) listSegments(ctx context.Context, _ *nothing) (*body[list[segmentOut]], error) {
	rows, err := a.Customers.Segments(ctx)
	if err != nil {
		return nil, err
	}
	return whole(rows, func(s customer.Counted) segmentOut {
		return segmentOut{ID: s.ID, Name: s.Name, Filter: filterOf(s.Filter), Count: s.Count, CreatedAt: s.CreatedAt.UTC()}
	}), nil
}

func (a *api) createSegment(ctx context.Context, in *create[segmentIn]) (*body[segmentOut], error) {
	s, err := a.Customers.CreateSegment(ctx, actorOf(ctx), in.Body.Name, in.Body.Filter.filter())
	if err != nil {
		return nil, err
	}
	n, err := a.Customers.Count(ctx, s.Filter)
	if err != nil {
		return nil, err
	}
	return &body[segmentOut]{segmentOut{ID: s.ID, Name: s.Name, Filter: filterOf(s.Filter), Count: n, CreatedAt: s.CreatedAt.UTC()}}, nil
}

func (a *api) deleteSegment(ctx context.Context, in *byID) (*done, error) {
	return nil, a.Customers.DeleteSegment(ctx, actorOf(ctx), in.ID)
}
