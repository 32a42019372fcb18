package api

import (
	"context"
	"time"

	"goodword/internal/db"
	"goodword/internal/fault"
	"goodword/internal/introduction"
	"goodword/internal/money"
	"goodword/internal/report"
	"goodword/internal/staff"
)

// IntroductionOut is one introduction as lists and the board show it; a row of introduction.
type IntroductionOut struct {
	ID             string        `json:"id"`
	Version        int64         `json:"version"`
	State          string        `json:"state"`
	Step           string        `json:"step,omitempty"`
	Kind           string        `json:"kind"`
	How            string        `json:"how"`
	Channel        string        `json:"channel,omitempty"`
	Source         string        `json:"source,omitempty"`
	Review         string        `json:"review,omitempty"`
	Flagged        string        `json:"flagged,omitempty" doc:"What the checks found, for staff."`
	Prospect       prospectOut   `json:"prospect"`
	Introducer     introducerOut `json:"introducer"`
	ForCustomer    *named        `json:"for_customer,omitempty"`
	CampaignID     string        `json:"campaign_id"`
	CampaignName   string        `json:"campaign_name"`
	OwnerID        string        `json:"owner_id,omitempty"`
	OwnerName      string        `json:"owner_name,omitempty"`
	Division       string        `json:"division"`
	Note           string        `json:"note" doc:"The introducer's own words, which the prospect reads."`
	AcceptHow      string        `json:"accept_how,omitempty"`
	SlotAt         *time.Time    `json:"slot_at,omitempty"`
	Tell           bool          `json:"tell" doc:"Whether the introducer may see the steps."`
	ContactBlocked bool          `json:"contact_blocked" doc:"The prospect withdrew the consent; do not contact them."`
	SharedAt       *time.Time    `json:"shared_at,omitempty"`
	AcceptedAt     *time.Time    `json:"accepted_at,omitempty"`
	LaterUntil     *time.Time    `json:"later_until,omitempty"`
	AnswerDueAt    *time.Time    `json:"answer_due_at,omitempty"`
	AnsweredAt     *time.Time    `json:"answered_at,omitempty"`
	Overdue        bool          `json:"overdue" doc:"The promised time to answer is over."`
	QualifiedAt    *time.Time    `json:"qualified_at,omitempty"`
	WonAt          *time.Time    `json:"won_at,omitempty"`
	ClosedAt       *time.Time    `json:"closed_at,omitempty"`
	ThankedAt      *time.Time    `json:"thanked_at,omitempty"`
	OutcomeReason  string        `json:"outcome_reason,omitempty"`
	CreatedAt      time.Time     `json:"created_at"`
	UpdatedAt      time.Time     `json:"updated_at"`
}

// prospectOut is the person introduced. The fields are empty once the data was deleted.
type prospectOut struct {
	Name       string `json:"name"`
	FirstName  string `json:"first_name"`
	LastName   string `json:"last_name"`
	Email      string `json:"email"`
	Phone      string `json:"phone"`
	Company    string `json:"company"`
	Language   string `json:"language"`
	CustomerID string `json:"customer_id,omitempty" doc:"The customer that the prospect became."`
}

// introducerOut is who introduced: a customer, a colleague, or nobody known at a public placement.
type introducerOut struct {
	Kind string `json:"kind"`
	ID   string `json:"id,omitempty"`
	Name string `json:"name,omitempty"`
}

// storyOut is everything about one introduction.
type storyOut struct {
	IntroductionOut
	OutcomeNote string            `json:"outcome_note,omitempty"`
	Evidence    string            `json:"evidence,omitempty"`
	Promises    []string          `json:"promises" doc:"What the offer of this introduction promises, in sentences."`
	Deals       []dealOut         `json:"deals"`
	Notes       []noteOut         `json:"notes"`
	Rewards     []RewardOut       `json:"rewards"`
	Why         []whyOut          `json:"why" doc:"Why a rule of the offer earned nothing, or less than it promised; nothing about those that earned all."`
	Related     []IntroductionOut `json:"related" doc:"Others of the same person or the same company's domain."`
	Timeline    []report.Entry    `json:"timeline" doc:"Newest first."`
	Actions     []string          `json:"actions" doc:"The verbs that the state and your role allow now."`
	LostReasons []string          `json:"lost_reasons"`
	Findings    []findingOut      `json:"findings" doc:"What the checks for abuse say; empty unless your role decides about them."`
}

// dealOut is a payment or close that was recognised; a row of deal.
type dealOut struct {
	ID         string       `json:"id"`
	Source     string       `json:"source"`
	ExternalID string       `json:"external_id"`
	Amount     money.Amount `json:"amount" doc:"Net of tax, discounts and credits."`
	Net        money.Amount `json:"net" doc:"What is left after refunds."`
	Dispute    string       `json:"dispute,omitempty"`
	Counted    bool         `json:"counted" doc:"Whether it counts for rewards; the others are only written down."`
	Evidence   string       `json:"evidence,omitempty"`
	At         time.Time    `json:"at"`
}

type noteOut struct {
	ID        string    `json:"id"`
	AuthorID  string    `json:"author_id"`
	Author    string    `json:"author"`
	Told      bool      `json:"told" doc:"Whether the introducer may read it."`
	Text      string    `json:"text"`
	CreatedAt time.Time `json:"created_at"`
}

type introductionsQuery struct {
	Paging
	Q            string   `query:"q" doc:"Looked for in the prospect's name, company and address."`
	State        []string `query:"state"`
	Kind         string   `query:"kind"`
	OwnerID      string   `query:"owner_id" doc:"A colleague's id, or me."`
	CampaignID   string   `query:"campaign_id"`
	IntroducerID string   `query:"introducer_id"`
	Division     string   `query:"division"`
	Review       string   `query:"review"`
	Overdue      bool     `query:"overdue" doc:"Only yeses that wait for their answer longer than was promised."`
}

func (a *api) introductionFilter(ctx context.Context, q introductionsQuery) introduction.Filter {
	f := introduction.Filter{States: typed[introduction.State](q.State), OwnerID: mine(ctx, q.OwnerID), CampaignID: q.CampaignID, IntroducerID: q.IntroducerID,
		Division: q.Division, Kind: q.Kind, Review: q.Review, Q: q.Q}
	if q.Overdue {
		f.OverdueAt = a.Clock()
	}
	return f
}

func (a *api) listIntroductions(ctx context.Context, in *introductionsQuery) (*body[list[IntroductionOut]], error) {
	page, err := a.Introductions.List(ctx, a.introductionFilter(ctx, *in), in.page())
	if err != nil {
		return nil, err
	}
	shape, err := a.introductions(ctx, page.Items)
	if err != nil {
		return nil, err
	}
	return listed(page, shape), nil
}

// introductions looks up the names around some introductions and returns how to show one of them.
func (a *api) introductions(ctx context.Context, rows []introduction.Introduction) (func(introduction.Introduction) IntroductionOut, error) {
	var refs report.Refs
	for _, i := range rows {
		refs.Customers = append(refs.Customers, i.IntroducerID, i.ForCustomerID)
		refs.Staff = append(refs.Staff, i.OwnerID, i.IntroducerStaffID)
		refs.Campaigns = append(refs.Campaigns, i.CampaignID)
	}
	names, err := a.Reports.Names(ctx, refs)
	if err != nil {
		return nil, err
	}
	now := a.now()
	return func(i introduction.Introduction) IntroductionOut { return shapeIntroduction(i, names, now) }, nil
}

func shapeIntroduction(i introduction.Introduction, names report.Names, now time.Time) IntroductionOut {
	out := IntroductionOut{ID: i.ID, Version: i.Version, State: string(i.State), Step: i.Step, Kind: i.Kind, How: i.How, Channel: i.Channel, Source: i.Source,
		Review: i.Review, Flagged: i.Flagged,
		Prospect: prospectOut{Name: joined(i.FirstName, i.LastName), FirstName: i.FirstName, LastName: i.LastName, Email: i.Email, Phone: i.Phone, Company: i.Company,
			Language: i.Language, CustomerID: i.ProspectCustomerID},
		Introducer: introducerOut{Kind: "placement"}, CampaignID: i.CampaignID, CampaignName: names.Campaigns[i.CampaignID], OwnerID: i.OwnerID, OwnerName: names.Staff[i.OwnerID],
		Division: i.Division, Note: i.Note, AcceptHow: i.AcceptHow, SlotAt: at(i.SlotAt), Tell: i.Tell, ContactBlocked: i.ContactBlocked, SharedAt: at(i.SharedAt),
		AcceptedAt: at(i.AcceptedAt), LaterUntil: at(i.LaterUntil), AnswerDueAt: at(i.AnswerDueAt), AnsweredAt: at(i.AnsweredAt),
		Overdue:     !i.AnswerDueAt.IsZero() && i.AnsweredAt.IsZero() && i.State == introduction.Accepted && i.AnswerDueAt.Before(now),
		QualifiedAt: at(i.QualifiedAt), WonAt: at(i.WonAt), ClosedAt: at(i.ClosedAt), ThankedAt: at(i.ThankedAt), OutcomeReason: i.OutcomeReason,
		CreatedAt: i.CreatedAt.UTC(), UpdatedAt: i.UpdatedAt.UTC()}
	switch {
	case i.IntroducerID != "":
		out.Introducer = introducerOut{Kind: "customer", ID: i.IntroducerID, Name: names.Customers[i.IntroducerID]}
	case i.IntroducerStaffID != "":
		out.Introducer = introducerOut{Kind: "staff", ID: i.IntroducerStaffID, Name: names.Staff[i.IntroducerStaffID]}
	}
	if i.ForCustomerID != "" {
		out.ForCustomer = &named{ID: i.ForCustomerID, Name: names.Customers[i.ForCustomerID]}
	}
	return out
}

func joined(first, last string) string {
	if first == "" || last == "" {
		return first + last
	}
	return first + " " + last
}

// boardOut is the columns of the board.
type boardOut struct {
	Columns []columnOut `json:"columns"`
}

type columnOut struct {
	State string            `json:"state"`
	Count int               `json:"count"`
	Items []IntroductionOut `json:"items" doc:"The newest of them."`
}

type boardQuery struct {
	Q          string `query:"q"`
	OwnerID    string `query:"owner_id" doc:"A colleague's id, or me."`
	CampaignID string `query:"campaign_id"`
	Division   string `query:"division"`
	Kind       string `query:"kind"`
	PerColumn  int    `query:"per_column" minimum:"1" maximum:"100" default:"30"`
}

func (a *api) introductionBoard(ctx context.Context, in *boardQuery) (*body[boardOut], error) {
	columns, err := a.Introductions.Board(ctx, introduction.Filter{OwnerID: mine(ctx, in.OwnerID), CampaignID: in.CampaignID, Division: in.Division, Kind: in.Kind, Q: in.Q}, in.PerColumn)
	if err != nil {
		return nil, err
	}
	var rows []introduction.Introduction
	for _, c := range columns {
		rows = append(rows, c.Items...)
	}
	shape, err := a.introductions(ctx, rows)
	if err != nil {
		return nil, err
	}
	return &body[boardOut]{boardOut{each(columns, func(c introduction.Column) columnOut {
		return columnOut{State: string(c.State), Count: c.Count, Items: each(c.Items, shape)}
	})}}, nil
}

func (a *api) getIntroduction(ctx context.Context, in *byID) (*body[storyOut], error) {
	i, err := a.Introductions.ByID(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	out, err := a.story(ctx, i)
	if err != nil {
		return nil, err
	}
	return &body[storyOut]{out}, nil
}

func (a *api) story(ctx context.Context, i introduction.Introduction) (storyOut, error) {
	related, err := a.Introductions.Related(ctx, i)
	if err != nil {
		return storyOut{}, err
	}
	shape, err := a.introductions(ctx, append([]introduction.Introduction{i}, related...))
	if err != nil {
		return storyOut{}, err
	}
	deals, err := a.Introductions.Deals(ctx, i.ID)
	if err != nil {
		return storyOut{}, err
	}
	notes, err := a.notes(ctx, i.ID)
	if err != nil {
		return storyOut{}, err
	}
	rewards, err := a.introductionRewards(ctx, i.ID)
	if err != nil {
		return storyOut{}, err
	}
	offer, err := a.Campaigns.OfferByID(ctx, a.DB, i.OfferID)
	if err != nil {
		return storyOut{}, err
	}
	timeline, err := a.Reports.IntroductionTimeline(ctx, i.ID, db.Page{Limit: 200})
	if err != nil {
		return storyOut{}, err
	}
	found, err := a.findings(ctx, []string{i.ID}, nil)
	if err != nil {
		return storyOut{}, err
	}
	why, err := a.Rewards.Why(ctx, i)
	if err != nil {
		return storyOut{}, err
	}
	shown := shape(i)
	return storyOut{Findings: filled(found[i.ID]), IntroductionOut: shown, OutcomeNote: i.OutcomeNote, Evidence: i.Evidence, Promises: promised(offer, i, shown.Introducer.Name), Deals: each(deals, deal), Notes: notes, Rewards: rewards, Why: each(why, whyNot),
		Related: each(related, shape), Timeline: filled(timeline.Items), Actions: actions(ctx, i), LostReasons: introduction.LostReasons}, nil
}

func deal(d introduction.Deal) dealOut {
	return dealOut{ID: d.ID, Source: d.Source, ExternalID: d.ExternalID, Amount: d.Amount(), Net: d.Net(), Dispute: d.Dispute, Counted: d.Counted, Evidence: d.Evidence, At: d.At.UTC()}
}

func (a *api) notes(ctx context.Context, id string) ([]noteOut, error) {
	rows, err := a.Introductions.Notes(ctx, id, false)
	if err != nil {
		return nil, err
	}
	var refs report.Refs
	for _, n := range rows {
		refs.Staff = append(refs.Staff, n.StaffID)
	}
	names, err := a.Reports.Names(ctx, refs)
	if err != nil {
		return nil, err
	}
	return each(rows, func(n introduction.Note) noteOut {
		return noteOut{ID: n.ID, AuthorID: n.StaffID, Author: names.Staff[n.StaffID], Told: n.Told, Text: n.Text, CreatedAt: n.CreatedAt.UTC()}
	}), nil
}

// actions lists the verbs that lead somewhere from here, so that a client shows no button that can only be refused.
func actions(ctx context.Context, i introduction.Introduction) []string {
	out := []string{}
	add := func(verb string, p staff.Permission, events ...introduction.Event) {
		if !allowed(ctx, p) {
			return
		}
		for _, e := range events {
			if next, err := introduction.Next(i.State, e); err == nil && next != "" {
				out = append(out, verb)
				return
			}
		}
	}
	add("accept", staff.WorkIntroductions, introduction.AcceptByReply)
	if allowed(ctx, staff.WorkIntroductions) && !i.State.Terminal() {
		out = append(out, "assign")
	}
	if allowed(ctx, staff.WorkIntroductions) && (i.State == introduction.Accepted || i.State == introduction.InPipeline) {
		out = append(out, "advance")
	}
	add("win", staff.CloseIntroductions, introduction.Win)
	add("lose", staff.CloseIntroductions, introduction.Lose)
	add("reopen", staff.CloseIntroductions, introduction.Reopen)
	add("unwind", staff.CloseIntroductions, introduction.Unwind)
	add("rewin", staff.CloseIntroductions, introduction.Rewin)
	if allowed(ctx, staff.WorkIntroductions) {
		out = append(out, "note")
		if i.IntroducerID != "" && i.ThankedAt.IsZero() {
			out = append(out, "thank")
		}
	}
	if i.IntroducerID != "" && allowed(ctx, staff.WorkIntroductions) {
		out = append(out, "tell")
	}
	if allowed(ctx, staff.ReviewIntroductions) {
		out = append(out, "review")
	}
	return out
}

// moved is the answer of every verb.
func (a *api) moved(ctx context.Context, i introduction.Introduction, err error) (*body[storyOut], error) {
	if err != nil {
		return nil, err
	}
	out, err := a.story(ctx, i)
	if err != nil {
		return nil, err
	}
	return &body[storyOut]{out}, nil
}

// introducedByIn names who introduces: one of the two.
type introducedByIn struct {
	CustomerID string `json:"customer_id,omitempty"`
	StaffID    string `json:"staff_id,omitempty" doc:"A colleague's id, or me. A colleague earns nothing."`
}

// introductionIn records an introduction by hand.
type introductionIn struct {
	CampaignID    string         `json:"campaign_id"`
	Introducer    introducedByIn `json:"introducer"`
	ForCustomerID string         `json:"for_customer_id,omitempty" doc:"Introduces the person to this customer of ours: a favour, without reward."`
	Division      string         `json:"division,omitempty"`
	OwnerID       string         `json:"owner_id,omitempty"`
	FirstName     string         `json:"first_name,omitempty"`
	LastName      string         `json:"last_name,omitempty"`
	Email         string         `json:"email,omitempty"`
	Phone         string         `json:"phone,omitempty"`
	Company       string         `json:"company,omitempty"`
	Note          string         `json:"note,omitempty"`
	Source        string         `json:"source,omitempty"`
	How           string         `json:"how,omitempty"`
	Language      string         `json:"language,omitempty"`
}

func (a *api) createIntroduction(ctx context.Context, in *create[introductionIn]) (*made[storyOut], error) {
	b := in.Body
	i, err := a.Introductions.ByHand(ctx, actorOf(ctx), introduction.Manual{CampaignID: b.CampaignID, IntroducerCustomerID: b.Introducer.CustomerID,
		IntroducerStaffID: mine(ctx, b.Introducer.StaffID), ForCustomerID: b.ForCustomerID, Division: b.Division, OwnerID: mine(ctx, b.OwnerID),
		Submission: introduction.Submission{FirstName: b.FirstName, LastName: b.LastName, Email: b.Email, Phone: b.Phone, Company: b.Company, Note: b.Note,
			Source: b.Source, How: b.How, Lang: b.Language}})
	out, err := a.moved(ctx, i, err)
	if err != nil {
		return nil, err
	}
	return &made[storyOut]{Location: Prefix + "/introductions/" + i.ID, Body: out.Body}, nil
}

// replyIn is a yes that the prospect gave outside the page.
type replyIn struct {
	Evidence string     `json:"evidence" doc:"What the prospect wrote or said."`
	At       *time.Time `json:"at,omitempty"`
	Name     string     `json:"name,omitempty"`
	Email    string     `json:"email,omitempty"`
	Phone    string     `json:"phone,omitempty"`
}

func (a *api) acceptIntroduction(ctx context.Context, in *act[replyIn]) (*body[storyOut], error) {
	i, err := a.Introductions.AcceptByReply(ctx, actorOf(ctx), in.ID, introduction.Reply{Evidence: in.Body.Evidence, At: when(in.Body.At), Name: in.Body.Name, Email: in.Body.Email, Phone: in.Body.Phone})
	return a.moved(ctx, i, err)
}

type ownerIn struct {
	OwnerID string `json:"owner_id" doc:"A colleague's id, or me."`
}

func (a *api) assignIntroduction(ctx context.Context, in *act[ownerIn]) (*body[storyOut], error) {
	i, err := a.Introductions.Assign(ctx, actorOf(ctx), in.ID, mine(ctx, in.Body.OwnerID))
	return a.moved(ctx, i, err)
}

type stepIn struct {
	Step string `json:"step"`
}

func (a *api) advanceIntroduction(ctx context.Context, in *act[stepIn]) (*body[storyOut], error) {
	i, err := a.Introductions.Advance(ctx, actorOf(ctx), in.ID, in.Body.Step)
	return a.moved(ctx, i, err)
}

// winIn closes an introduction by hand.
type winIn struct {
	Amount         money.Amount `json:"amount" doc:"Net of tax, discounts and credits."`
	StripeCustomer string       `json:"stripe_customer,omitempty"`
	ExternalID     string       `json:"external_id,omitempty"`
	Evidence       string       `json:"evidence,omitempty" doc:"What shows that the deal was made."`
	At             *time.Time   `json:"at,omitempty"`
}

func (a *api) winIntroduction(ctx context.Context, in *act[winIn]) (*body[storyOut], error) {
	b := in.Body
	i, err := a.Introductions.Win(ctx, introduction.NewDeal{IntroductionID: in.ID, Source: introduction.FromHand, ExternalID: b.ExternalID, Amount: b.Amount,
		StripeCustomer: b.StripeCustomer, Evidence: b.Evidence, At: when(b.At), Actor: actorOf(ctx)})
	return a.moved(ctx, i, err)
}

type loseIn struct {
	Reason string `json:"reason"`
	Note   string `json:"note,omitempty" doc:"Private to staff."`
}

func (a *api) loseIntroduction(ctx context.Context, in *act[loseIn]) (*body[storyOut], error) {
	i, err := a.Introductions.Lose(ctx, actorOf(ctx), in.ID, in.Body.Reason, in.Body.Note)
	return a.moved(ctx, i, err)
}

func (a *api) reopenIntroduction(ctx context.Context, in *byID) (*body[storyOut], error) {
	i, err := a.Introductions.Reopen(ctx, actorOf(ctx), in.ID)
	return a.moved(ctx, i, err)
}

func (a *api) unwindIntroduction(ctx context.Context, in *act[reasonIn]) (*body[storyOut], error) {
	i, err := a.Introductions.Unwind(ctx, actorOf(ctx), in.ID, in.Body.Reason)
	return a.moved(ctx, i, err)
}

func (a *api) rewinIntroduction(ctx context.Context, in *act[reasonIn]) (*body[storyOut], error) {
	i, err := a.Introductions.Rewin(ctx, actorOf(ctx), in.ID, in.Body.Reason)
	return a.moved(ctx, i, err)
}

type noteIn struct {
	Text string `json:"text"`
	Told bool   `json:"told,omitempty" doc:"Lets the introducer read it on their page."`
}

func (a *api) addNote(ctx context.Context, in *act[noteIn]) (*body[noteOut], error) {
	n, err := a.Introductions.AddNote(ctx, actorOf(ctx), in.ID, in.Body.Text, in.Body.Told)
	if err != nil {
		return nil, err
	}
	return &body[noteOut]{noteOut{ID: n.ID, AuthorID: n.StaffID, Author: actorOf(ctx).Name, Told: n.Told, Text: n.Text, CreatedAt: n.CreatedAt.UTC()}}, nil
}

type lineIn struct {
	Line string `json:"line,omitempty" doc:"A line of your own; may be left out."`
}

func (a *api) thankIntroducer(ctx context.Context, in *nod[lineIn]) (*body[storyOut], error) {
	i, err := a.Introductions.Thank(ctx, actorOf(ctx), in.ID, in.said().Line)
	return a.moved(ctx, i, err)
}

type reviewIn struct {
	Verdict string `json:"verdict"`
	Reason  string `json:"reason,omitempty"`
}

func (a *api) reviewIntroduction(ctx context.Context, in *act[reviewIn]) (*body[storyOut], error) {
	i, err := a.Introductions.Review(ctx, actorOf(ctx), in.ID, in.Body.Verdict, in.Body.Reason)
	return a.moved(ctx, i, err)
}

// crmDealIn is a CRM's word on an introduction.
type crmDealIn struct {
	IntroductionID string        `json:"introduction_id,omitempty"`
	ProspectEmail  string        `json:"prospect_email,omitempty" doc:"Instead of introduction_id."`
	Stage          string        `json:"stage"`
	Amount         *money.Amount `json:"amount,omitempty" doc:"Needed for won."`
	ExternalID     string        `json:"external_id" doc:"The CRM's own id; the same again changes nothing."`
	Reason         string        `json:"reason,omitempty" doc:"For lost."`
	StripeCustomer string        `json:"stripe_customer,omitempty"`
	At             *time.Time    `json:"at,omitempty"`
}

func (a *api) reportDeal(ctx context.Context, in *create[crmDealIn]) (*body[IntroductionOut], error) {
	b := in.Body
	id := b.IntroductionID
	if id == "" {
		if b.ProspectEmail == "" {
			return nil, invalid("introduction_id", "Please name the introduction or the prospect's address.")
		}
		found, err := a.Introductions.RecogniseStripe(ctx, introduction.Recognition{Email: b.ProspectEmail})
		if err != nil {
			return nil, err
		}
		id = found
	}
	i, err := a.deal(ctx, id, b)
	if err != nil {
		return nil, err
	}
	shape, err := a.introductions(ctx, []introduction.Introduction{i})
	if err != nil {
		return nil, err
	}
	return &body[IntroductionOut]{shape(i)}, nil
}

func (a *api) deal(ctx context.Context, id string, b crmDealIn) (introduction.Introduction, error) {
	switch b.Stage {
	case "won":
		if b.Amount == nil {
			return introduction.Introduction{}, invalid("amount", "Please fill this in.")
		}
		return a.Introductions.RecordDeal(ctx, introduction.NewDeal{IntroductionID: id, Source: introduction.FromCRM, ExternalID: b.ExternalID, Amount: *b.Amount,
			StripeCustomer: b.StripeCustomer, Email: b.ProspectEmail, At: when(b.At), Actor: actorOf(ctx)})
	case "lost":
		return a.Introductions.Lose(ctx, actorOf(ctx), id, b.Reason, "")
	}
	return a.Introductions.Advance(ctx, actorOf(ctx), id, b.Stage)
}

// invalid is an Invalid fault at one field.
func invalid(field, message string) error {
	var check fault.Check
	check.Add(field, message)
	return check.Err()
}
