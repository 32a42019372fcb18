package pages

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"goodword/frontend/pages"
	"goodword/internal/campaign"
	"goodword/internal/customer"
	"goodword/internal/fault"
	"goodword/internal/i18n"
	"goodword/internal/ident"
	"goodword/internal/introduction"
	"goodword/internal/setting"
	"goodword/internal/staff"
	"goodword/internal/web"
)

// invited is the introduced person, with everything that their page shows.
type invited struct {
	ctx  context.Context
	set  setting.Settings
	l    i18n.Locale
	zone *time.Location
	link customer.Link
	// base is the address of the private link: "/i/…".
	base   string
	warm   introduction.Warm
	device customer.Device
	from   introduction.Origin
}

// prospect resolves the private link before a handler runs.
func (p *Pages) prospect(handle func(echo.Context, *invited) error) echo.HandlerFunc {
	return func(c echo.Context) error {
		v, err := p.invited(c)
		if err != nil {
			return err
		}
		return handle(c, v)
	}
}

func (p *Pages) invited(c echo.Context) (*invited, error) {
	ctx, token := c.Request().Context(), c.Param("token")
	link, err := p.Customers.Links.Resolve(ctx, customer.ForProspect, ident.Token(token))
	if fault.Is(err, fault.Gone) {
		// Whether a link ever was is nobody's business (S7).
		err = fault.Wrap(fault.NotFound, "There is no such page.", err)
	}
	if err != nil {
		return nil, err
	}
	v := &invited{ctx: ctx, link: link, base: "/i/" + token}
	if v.set, err = p.Settings.Get(ctx); err != nil {
		return nil, err
	}
	if v.warm, err = p.Introductions.PageFor(ctx, link); err != nil {
		return nil, err
	}
	v.l, v.zone = i18n.For(v.warm.Language), p.zone(v.warm.Rep.Zone, v.set.Zone)
	v.from = p.origin(c)
	if value, ok := p.cookies.Step(c); ok {
		if v.device, err = p.Customers.StepUp.Device(ctx, ident.Token(value), link.ID); err != nil {
			return nil, err
		}
	}
	return v, nil
}

func (v *invited) formID() web.FormID { return web.FormID{Link: v.link.ID, Name: "answer"} }

func (v *invited) who() introduction.Prospect {
	return introduction.Prospect{LinkID: v.link.ID, IntroductionID: v.warm.ID, From: v.from}
}

// answered reports whether this very browser gave the answer. The introducer knows the address of the page too, so that
// contact data and codes are shown on no other.
func (v *invited) answered() bool { return v.device.Subjects[v.warm.ID] }

// first is what the introducer is called in running text.
func (v *invited) first() string { return v.warm.IntroducerFirstName }

func (p *Pages) prospectShell(v *invited, title string) pages.Shell {
	return p.shell(v.set, v.l, title)
}

// warm is the page that the introduced person opens. Until it is answered it is the same for everybody who has the link.
func (p *Pages) warm(c echo.Context) error {
	ctx := c.Request().Context()
	link, err := p.Customers.Links.Open(ctx, ident.Token(c.Param("token")))
	if err != nil {
		return err
	}
	page, open, err := p.openPage(ctx, link, "/i/"+c.Param("token"))
	if err != nil {
		return err
	}
	p.visit(c, "prospect", link.IntroductionID)
	if open {
		return page.Send(c, http.StatusOK)
	}
	v, err := p.invited(c)
	if err != nil {
		return err
	}
	return p.showAnswered(c, v, nil)
}

// openPage returns the page as it was drawn before if nothing on it has changed, and false where there was an answer.
func (p *Pages) openPage(ctx context.Context, link customer.Opened, base string) (page web.Kept, open bool, err error) {
	k := p.warms.page(link.LinkID)
	if k.row.ID == "" || k.row.Version != link.Version {
		k = keptWarm{}
		if k.row, err = p.Introductions.ByID(ctx, link.IntroductionID); err != nil || !k.row.State.Answerable() {
			return page, false, err
		}
	}
	now, err := p.scene(ctx, k.row)
	if err != nil {
		return page, false, err
	}
	if k.from == now {
		return k.page, true, nil
	}
	k.from = now
	if k.page, err = web.Keep(ctx, pages.ShowWarm(p.openView(now, k.row, base))); err != nil {
		return page, false, err
	}
	p.warms.put(link.LinkID, k)
	return k.page, true, nil
}

// scene finds what stands around an introduction, at most a second old.
func (p *Pages) scene(ctx context.Context, row introduction.Introduction) (s scene, err error) {
	if s.set, err = p.Settings.Shared(ctx); err != nil {
		return s, err
	}
	s.Campaign, err = p.warms.campaigns.get(ctx, row.CampaignID, func(ctx context.Context, id string) (*campaign.Campaign, error) {
		c, err := p.Campaigns.ByID(ctx, p.DB, id)
		return &c, err
	})
	if err != nil {
		return s, err
	}
	s.Offer, err = p.warms.offers.get(ctx, row.OfferID, func(ctx context.Context, id string) (*campaign.Offer, error) {
		o, err := p.Campaigns.OfferByID(ctx, p.DB, id)
		return &o, err
	})
	if err != nil {
		return s, err
	}
	s.Introducer, err = p.warms.customers.get(ctx, row.IntroducerID, func(ctx context.Context, id string) (*customer.Customer, error) {
		c, err := p.Customers.ByID(ctx, p.DB, id)
		return &c, err
	})
	if err != nil {
		return s, err
	}
	if s.quote, err = p.warms.quotes.get(ctx, row.IntroducerID, p.quote); err != nil {
		return s, err
	}
	member := func(ctx context.Context, id string) (*staff.Member, error) {
		m, err := p.Staff.ByID(ctx, p.DB, id)
		return &m, err
	}
	if s.Colleague, err = p.warms.members.get(ctx, row.IntroducerStaffID, member); err != nil {
		return s, err
	}
	s.Rep, err = p.warms.members.get(ctx, row.OwnerID, member)
	return s, err
}

func (p *Pages) openView(s scene, row introduction.Introduction, base string) pages.Warm {
	warm := introduction.Around(s.Surroundings, row, *s.set)
	l := i18n.For(warm.Language)
	view := p.warmView(warm)
	view.Shell = p.shell(*s.set, l, view.Heading)
	view.Card = card(l, warm, *s.set)
	view.Card.Image = p.Config.BaseURL + base + "/card.png"
	view.YesURL, view.LaterURL, view.NoURL, view.OtherURL = base+"/yes", base+"/later", base+"/no", base+"/other"
	view.Given, view.DataURL = given(l, warm), base+"/data"
	view.Quote = s.quote
	return view
}

// warmView is what both the prospect and the previewing introducer see.
func (p *Pages) warmView(w introduction.Warm) pages.Warm {
	l := i18n.For(w.Language)
	v := pages.Warm{Introducer: w.IntroducerName, First: w.IntroducerFirstName, From: w.IntroducerCompany, Initial: initial(w.IntroducerName),
		Note: w.Note, Heading: l.T("public.title", "company", w.Company), WhatWeDo: w.WhatWeDo, Rep: repView(w.Rep)}
	if w.IntroducerFirstName != "" {
		v.Heading = l.T("warm.title", "name", w.IntroducerFirstName, "company", w.Company)
	}
	for _, o := range w.ForProspect {
		v.Offer = append(v.Offer, o.ForReader(l))
	}
	for _, o := range w.ForIntroducer {
		v.Thanks = append(v.Thanks, o.ForOther(l, w.IntroducerFirstName))
	}
	if len(v.Offer) > 0 && !w.OfferUntil.IsZero() {
		v.Until = l.Date(w.OfferUntil.In(p.zone(w.Rep.Zone)))
	}
	return v
}

func initial(name string) string {
	for _, r := range name {
		return strings.ToUpper(string(r))
	}
	return ""
}

func repView(r introduction.Contact) pages.Rep {
	return pages.Rep{Name: r.Name, Title: r.Title, Email: r.Email, Phone: r.Phone}
}

// card is the share preview: a first name and the company, nothing private.
func card(l i18n.Locale, w introduction.Warm, set setting.Settings) *pages.Card {
	title := l.T("public.title", "company", set.Company)
	if w.IntroducerFirstName != "" {
		title = l.T("warm.title", "name", w.IntroducerFirstName, "company", set.Company)
	}
	return &pages.Card{Title: title, Description: w.WhatWeDo}
}

// given says what the introducer gave us: the one line under the answers.
func given(l i18n.Locale, w introduction.Warm) string {
	if w.IntroducerFirstName == "" || len(w.Notice.Given) == 0 {
		return ""
	}
	var what []string
	for _, f := range w.Notice.Given {
		what = append(what, l.T("given."+f))
	}
	return l.T("warm.given", "name", w.IntroducerFirstName, "what", l.List(what))
}

// quote is what a customer said about us, as far as they allow it and with its disclosure; nil if nothing may be shown.
func (p *Pages) quote(ctx context.Context, customerID string) (*pages.Quote, error) {
	t, allowed, err := p.Testimonials.Shown(ctx, customerID, "sales")
	if fault.Is(err, fault.NotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	q := &pages.Quote{Text: t.Text, Rating: t.Rating, Disclosure: t.Disclosure}
	if allowed["name"] {
		q.By = t.Name
	}
	return q, nil
}

// yes is the page on which a yes is confirmed, or an answer changed. Nothing is chosen beforehand (S5).
func (p *Pages) yes(c echo.Context, v *invited) error {
	f := yesForm{}
	if v.changing() {
		if v.answered() {
			f = yesForm{how: v.warm.How, email: v.warm.Email, phone: v.warm.Phone, tell: v.warm.Tell}
		}
	} else if !v.warm.State.Answerable() {
		return web.SeeOther(c, v.base)
	}
	return p.showYes(c, v, f)
}

// changing reports whether there is a yes that can still be changed.
func (v *invited) changing() bool {
	return (v.warm.State == introduction.Accepted || v.warm.State == introduction.InPipeline) && !v.warm.ContactBlocked
}

type yesForm struct {
	how, slot, name, email, phone, sentBy string
	tell                                  bool
	problems                              pages.Problems
}

func readYes(c echo.Context) yesForm {
	return yesForm{how: value(c, "how"), slot: value(c, "slot"), name: value(c, "name"), email: value(c, "email"), phone: value(c, "phone"),
		sentBy: value(c, "sent_by"), tell: web.Form(c).Get("tell") != ""}
}

// answer turns the form into what the service takes. A slot that is no time is one that was not chosen.
func (f yesForm) answer(l i18n.Locale, consent string) introduction.Answer {
	a := introduction.Answer{How: f.how, Name: f.name, Email: f.email, Phone: f.phone, Tell: f.tell, ConsentText: consent, Lang: l.Lang()}
	if f.how == introduction.BySlot {
		if at, err := time.Parse(time.RFC3339, f.slot); err == nil {
			a.Slot = at.UTC()
		}
	}
	return a
}

func (p *Pages) showYes(c echo.Context, v *invited, f yesForm) error {
	view := p.yesView(v.l, v.zone, v.warm, f)
	view.Shell = p.prospectShell(v, view.Heading)
	view.Form = p.form(c, v.formID())
	view.Action, view.Problems, view.BackURL = v.base+"/yes", f.problems, v.base
	view.Consent = v.l.T("warm.consent", "company", v.set.Company)
	if v.changing() {
		view.Heading, view.Go = v.l.T("warm.change_title"), v.l.T("page.save")
		view.Title = view.Heading
	}
	return web.Render(c, status(f.problems), pages.ShowYes(view))
}

func (p *Pages) yesView(l i18n.Locale, in *time.Location, w introduction.Warm, f yesForm) pages.Yes {
	view := pages.Yes{Heading: l.T("warm.yes_title"), Name: f.name, Email: f.email, Phone: f.phone, How: f.how, Slot: f.slot, Tell: f.tell,
		SentBy: f.sentBy, Rep: w.Rep.Name, Go: l.T("warm.confirm"), Zone: in.String()}
	if view.Rep == "" {
		view.Rep = w.Company
	}
	if len(w.Slots) > 0 {
		// The zone's own name, at the time of the first slot.
		stamp := l.DateTime(w.Slots[0], in)
		view.Zone = in.String() + " (" + stamp[strings.LastIndexByte(stamp, ' ')+1:] + ")"
	}
	for _, at := range w.Slots {
		view.Slots = append(view.Slots, pages.Option{Value: at.UTC().Format(time.RFC3339), Text: l.DateTime(at, in)})
	}
	if w.IntroducerFirstName != "" {
		view.TellText = l.T("warm.tell", "name", w.IntroducerFirstName)
	}
	return view
}

// postAnswer takes every answer of the prospect; which one it is stands in the field "answer".
func (p *Pages) postAnswer(c echo.Context, v *invited) error {
	if web.Trapped(web.Form(c)) {
		return web.SeeOther(c, v.base)
	}
	switch value(c, "answer") {
	case "yes":
		return p.postYes(c, v)
	case "later":
		return p.postLater(c, v)
	case "no":
		return p.settle(c, v, func() error { _, err := p.Introductions.Decline(v.ctx, v.who()); return err })
	case "delete":
		return p.settle(c, v, func() error { _, err := p.Introductions.DeleteMyData(v.ctx, v.who()); return err })
	case "undo":
		return p.settle(c, v, func() error { _, err := p.Introductions.UndoAccept(v.ctx, v.who()); return err })
	case "other":
		return p.postOther(c, v)
	case "keep":
		return web.SeeOther(c, v.base)
	}
	// A program that sends the form as it came has chosen nothing.
	return p.askAgain(c, v, pages.Problems{{Message: v.l.T("problem.choose")}})
}

// askAgain shows the page that the form stood on, with what is wrong.
func (p *Pages) askAgain(c echo.Context, v *invited, wrong pages.Problems) error {
	switch path := c.Path(); {
	case strings.HasSuffix(path, "/yes"):
		f := readYes(c)
		f.problems = wrong
		return p.showYes(c, v, f)
	case strings.HasSuffix(path, "/later"):
		return p.showLater(c, v, laterForm{months: value(c, "months"), email: value(c, "email"), problems: wrong})
	case strings.HasSuffix(path, "/no"):
		return p.showNo(c, v, wrong)
	case strings.HasSuffix(path, "/other"):
		return p.showOther(c, v, wrong)
	case strings.HasSuffix(path, "/data"):
		return p.showGiven(c, v, wrong)
	}
	return p.showAnswered(c, v, wrong)
}

// settle does something that one button asks for.
func (p *Pages) settle(c echo.Context, v *invited, do func() error) error {
	err := p.posted(c, v.formID(), 0)
	if err == nil {
		err = do()
	}
	if ps := problems(v.l, err); len(ps) > 0 {
		return p.askAgain(c, v, ps)
	}
	if err != nil {
		return err
	}
	return web.SeeOther(c, v.base)
}

func (p *Pages) postYes(c echo.Context, v *invited) error {
	f := readYes(c)
	err := p.posted(c, v.formID(), thinking)
	if err == nil {
		a := f.answer(v.l, v.l.T("warm.consent", "company", v.set.Company))
		if v.changing() {
			_, err = p.Introductions.Change(v.ctx, v.who(), a)
		} else {
			_, err = p.Introductions.Accept(v.ctx, v.who(), a)
		}
	}
	if f.problems = problems(v.l, err); len(f.problems) > 0 {
		if fault.Is(err, fault.Conflict) {
			return web.SeeOther(c, v.base)
		}
		return p.showYes(c, v, f)
	}
	if err != nil {
		return err
	}
	if err := p.remember(c, v.link.ID, v.warm.ID); err != nil {
		return err
	}
	return web.SeeOther(c, v.base)
}

// showAnswered is the page after an answer, whichever it was, and whenever they come back.
func (p *Pages) showAnswered(c echo.Context, v *invited, wrong pages.Problems) error {
	switch v.warm.State {
	case introduction.Accepted, introduction.InPipeline, introduction.Won:
		if !v.warm.ContactBlocked {
			return p.showYesSaid(c, v, wrong)
		}
	case introduction.ScreenedOut:
		text := []string{v.l.T("warm.noted"), v.l.T("warm.noted_write")}
		return web.Render(c, status(wrong), pages.ShowNotice(pages.Notice{Shell: p.prospectShell(v, v.l.T("warm.thanks")),
			Heading: v.l.T("warm.thanks"), Text: text, Rep: repView(v.warm.Rep)}))
	}
	view := pages.Notice{Shell: p.prospectShell(v, v.l.T("warm.closed")), Heading: v.l.T("warm.closed"), Rep: repView(v.warm.Rep)}
	if v.warm.Purged {
		view.Text = []string{v.l.T("warm.closed_purged")}
	} else {
		view.Text = []string{v.l.T("warm.closed_text")}
		view.Next = []pages.Anchor{{Text: v.l.T("warm.see_delete"), URL: v.base + "/data"}}
	}
	for _, one := range wrong {
		view.Text = append([]string{one.Message}, view.Text...)
	}
	return web.Render(c, status(wrong), pages.ShowNotice(view))
}

func (p *Pages) showYesSaid(c echo.Context, v *invited, wrong pages.Problems) error {
	l, w := v.l, v.warm
	rep := w.Rep.Name
	if rep == "" {
		rep = v.set.Company
	}
	view := pages.Answered{Form: p.form(c, v.formID()), Rep: repView(w.Rep), Heading: l.T("warm.thanks"), DataURL: v.base + "/data"}
	view.Action, view.Problems = v.base, wrong
	switch w.State {
	case introduction.Won:
		view.Heading = l.T("prospect.state.won")
		view.Next = []string{l.T("warm.won", "rep", rep)}
	case introduction.InPipeline:
		view.Heading = l.T("prospect.state.in_pipeline", "rep", rep)
		view.Next = []string{l.T("warm.talking", "rep", rep)}
		view.ChangeURL, view.NoURL = v.base+"/yes", v.base+"/no"
	default:
		view.Next = []string{v.promise(rep)}
		view.ChangeURL, view.NoURL = v.base+"/yes", v.base+"/no"
	}
	if !w.SlotAt.IsZero() && w.State != introduction.Won {
		view.Slot, view.Calendar = l.DateTime(w.SlotAt, v.zone), v.base+"/talk.ics"
	}
	if !w.UndoUntil.IsZero() {
		view.Undo = l.T("warm.undo_until", "time", l.Time(w.UndoUntil.In(v.zone)))
	}
	reached := map[introduction.State]int{introduction.Accepted: 1, introduction.InPipeline: 2, introduction.Won: 3}[w.State]
	for n, key := range []string{"yes", "talk", "customer"} {
		view.Steps = append(view.Steps, pages.Step{Text: l.T("warm.step." + key), Done: n < reached})
	}
	if err := p.welcome(v, &view); err != nil {
		return err
	}
	view.Shell = p.prospectShell(v, view.Heading)
	return web.Render(c, status(wrong), pages.ShowAnswered(view))
}

// promise says who does what by when.
func (v *invited) promise(rep string) string {
	switch v.warm.How {
	case introduction.BySlot:
		return v.l.T("warm.next_slot", "rep", rep)
	case introduction.ByCall:
		return v.l.T("warm.next_call", "rep", rep, "when", v.l.DateTime(v.warm.AnswerDueAt, v.zone))
	}
	return v.l.T("warm.next_email", "rep", rep, "when", v.l.DateTime(v.warm.AnswerDueAt, v.zone))
}

// welcome shows the prospect's code once it is there, on the device that said yes; elsewhere it says where it went.
func (p *Pages) welcome(v *invited, view *pages.Answered) error {
	promised := slices.ContainsFunc(v.warm.ForProspect, func(o campaign.Promise) bool { return o.On == campaign.OnAccepted })
	rewards, err := p.Rewards.ForIntroduction(v.ctx, v.warm.ID)
	if err != nil {
		return err
	}
	for _, r := range rewards {
		if r.Beneficiary != campaign.ToProspect || r.ShownCode() == "" {
			continue
		}
		view.CodeText = v.l.T("warm.code", "what", r.Amount())
		if v.answered() {
			view.Code = r.ShownCode()
		} else {
			view.CodeText = v.l.T("warm.code_mailed", "what", r.Amount())
		}
		return nil
	}
	if promised && v.warm.State != introduction.Won {
		view.CodeText = v.l.T("warm.code_follows")
	}
	return nil
}

type laterForm struct {
	name, months, email string
	problems            pages.Problems
}

// later puts the answer off: a month and an address for one mail then, or a calendar entry and nothing kept.
func (p *Pages) later(c echo.Context, v *invited) error {
	if !v.warm.State.Answerable() {
		return web.SeeOther(c, v.base)
	}
	return p.showLater(c, v, laterForm{})
}

func (p *Pages) showLater(c echo.Context, v *invited, f laterForm) error {
	view := laterView(v.l, v.base, f)
	view.Shell, view.Form = p.prospectShell(v, view.Heading), p.form(c, v.formID())
	view.Action, view.Problems, view.BackURL = v.base+"/later", f.problems, v.base
	if !v.warm.LaterUntil.IsZero() {
		view.Done = v.l.T("later.kept", "date", v.l.Month(v.warm.LaterUntil.In(v.zone)))
	}
	if v.first() != "" {
		view.Help = append(view.Help, v.l.T("later.credit", "name", v.first()))
	}
	return web.Render(c, status(f.problems), pages.ShowAsk(view))
}

// laterMonths are the choices of contract.md.
var laterMonths = []int{1, 3, 6}

func laterView(l i18n.Locale, base string, f laterForm) pages.Ask {
	view := pages.Ask{Heading: l.T("later.title"), Name: "months", Legend: l.T("later.when"), Chosen: f.months,
		Inputs: []pages.Input{{Name: "email", Label: l.T("page.email"), Help: l.T("later.email_help"), Value: f.email, Type: "email", Autocomplete: "email", InputMode: "email", EnterKey: "done", MaxLength: "254", Optional: true}},
		Go:     l.T("later.go"), GoName: "answer", GoValue: "later", Help: []string{l.T("later.calendar")}}
	for _, m := range laterMonths {
		view.Options = append(view.Options, pages.Option{Value: strconv.Itoa(m), Text: l.N("later.months", m)})
		view.Links = append(view.Links, pages.Anchor{Text: l.N("later.months", m), URL: base + "/later.ics?months=" + strconv.Itoa(m)})
	}
	return view
}

func (p *Pages) postLater(c echo.Context, v *invited) error {
	f := laterForm{months: value(c, "months"), email: value(c, "email")}
	err := p.posted(c, v.formID(), 0)
	if err == nil {
		// What is no number is none of the choices, and the service says so.
		months, parseErr := strconv.Atoi(f.months)
		if parseErr != nil {
			months = 0
		}
		_, err = p.Introductions.Later(v.ctx, v.who(), months, f.email, v.l.T("later.email_help"))
	}
	if f.problems = problems(v.l, err); len(f.problems) > 0 {
		return p.showLater(c, v, f)
	}
	if err != nil {
		return err
	}
	return web.SeeOther(c, v.base+"/later")
}

// no asks once more; the first button keeps everything as it is.
func (p *Pages) no(c echo.Context, v *invited) error {
	if !v.warm.State.Answerable() && !v.changing() {
		return web.SeeOther(c, v.base)
	}
	return p.showNo(c, v, nil)
}

func (p *Pages) showNo(c echo.Context, v *invited, wrong pages.Problems) error {
	view := pages.Ask{Shell: p.prospectShell(v, v.l.T("no.title")), Form: p.form(c, v.formID()), Heading: v.l.T("no.title"),
		Text: []string{v.l.T("no.text")}, Back: v.l.T("no.keep"), Go: v.l.T("warm.no"), GoName: "answer", GoValue: "no"}
	if v.first() != "" {
		view.Text = append(view.Text, v.l.T("no.introducer", "name", v.first()))
	}
	view.Action, view.Problems = v.base+"/no", wrong
	return web.Render(c, status(wrong), pages.ShowAsk(view))
}

// other helps to pass the introduction on to the right person.
func (p *Pages) other(c echo.Context, v *invited) error {
	if code := c.QueryParam("code"); code != "" {
		return p.passOn(c, v, code)
	}
	if !v.warm.State.Answerable() {
		return web.SeeOther(c, v.base)
	}
	return p.showOther(c, v, nil)
}

func (p *Pages) showOther(c echo.Context, v *invited, wrong pages.Problems) error {
	view := pages.Ask{Shell: p.prospectShell(v, v.l.T("warm.other")), Form: p.form(c, v.formID()), Heading: v.l.T("warm.other"),
		Text: []string{v.l.T("other.text")}, Back: v.l.T("page.back"), Go: v.l.T("other.go"), GoName: "answer", GoValue: "other"}
	if v.first() != "" {
		view.Text = append(view.Text, v.l.T("other.credit", "name", v.first()))
	}
	view.Action, view.Problems = v.base+"/other", wrong
	return web.Render(c, status(wrong), pages.ShowAsk(view))
}

func (p *Pages) postOther(c echo.Context, v *invited) error {
	var on introduction.PassOn
	err := p.posted(c, v.formID(), 0)
	if err == nil {
		on, err = p.Introductions.SomeoneElse(v.ctx, v.who())
	}
	if ps := problems(v.l, err); len(ps) > 0 {
		return p.askAgain(c, v, ps)
	}
	if err != nil {
		return err
	}
	code := on.URL[strings.LastIndexByte(on.URL, '/')+1:]
	if code == "" {
		code = "none"
	}
	return web.SeeOther(c, v.base+"/other?code="+code)
}

// passOn shows the message to pass on. The code in the address must be the introducer's own, so that nobody can put
// another link into it.
func (p *Pages) passOn(c echo.Context, v *invited, code string) error {
	view := pages.Notice{Shell: p.prospectShell(v, v.l.T("warm.other")), Heading: v.l.T("other.title"), Rep: repView(v.warm.Rep),
		MessageLabel: v.l.T("send.message"), Next: []pages.Anchor{{Text: v.l.T("page.back"), URL: v.base}}}
	share, err := p.Campaigns.ShareByCode(v.ctx, p.DB, code)
	switch {
	case err == nil && share.CustomerID == v.warm.IntroducerCustomerID && share.CustomerID != "":
		view.Message = v.l.T("other.message", "name", v.first(), "company", v.set.Company, "url", p.Campaigns.ShareURL(code))
	case err == nil || fault.Is(err, fault.NotFound) || fault.Is(err, fault.Gone):
		view.Text = []string{v.l.T("other.write")}
	default:
		return err
	}
	return web.Render(c, http.StatusOK, pages.ShowNotice(view))
}

// given shows what we hold about the reader and lets them delete it (Article 14 GDPR).
func (p *Pages) given(c echo.Context, v *invited) error { return p.showGiven(c, v, nil) }

func (p *Pages) showGiven(c echo.Context, v *invited, wrong pages.Problems) error {
	l, n := v.l, v.warm.Notice
	view := pages.Ask{Shell: p.prospectShell(v, l.T("given.title")), Form: p.form(c, v.formID()), Heading: l.T("given.title")}
	view.Action, view.Problems = v.base+"/data", wrong
	if len(n.Given) == 0 {
		view.Text = []string{l.T("given.nothing")}
		view.BackURL = v.base
		return web.Render(c, status(wrong), pages.ShowAsk(view))
	}
	values := map[string]string{"first_name": v.warm.FirstName, "note": v.warm.Note}
	if v.answered() {
		values["email"], values["phone"] = v.warm.Email, v.warm.Phone
	}
	for _, f := range n.Given {
		held := values[f]
		if held == "" {
			// Whoever introduced them knows this address too; it shows what they gave, not what was added since.
			held = l.T("given.held")
		}
		view.Facts = append(view.Facts, pages.Fact{Name: l.T("given.label." + f), Value: held})
	}
	if n.Source != "" {
		view.Text = append(view.Text, l.T("given.source", "name", n.Source))
	}
	view.Text = append(view.Text, l.T("given.why", "company", n.Controller))
	if !n.DeletedAt.IsZero() {
		view.Text = append(view.Text, l.T("given.until", "date", l.Date(n.DeletedAt.In(v.zone))))
	}
	view.Help = []string{l.T("given.rights"), l.T("given.controller", "company", n.Controller, "address", strings.Join(lines(n.PostalAddress), ", "))}
	view.Back, view.Go, view.GoName, view.GoValue = l.T("given.keep"), l.T("given.delete"), "answer", "delete"
	return web.Render(c, status(wrong), pages.ShowAsk(view))
}
