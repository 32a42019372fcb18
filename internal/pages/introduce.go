package pages

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"goodword/frontend/pages"
	"goodword/internal/campaign"
	"goodword/internal/fault"
	"goodword/internal/ident"
	"goodword/internal/introduction"
	"goodword/internal/web"
)

// introduce is the first of two pages: who, and one line why.
func (p *Pages) introduce(c echo.Context, g *guest) error {
	if !g.asks(campaign.AskIntroduction) {
		return p.over(c, g)
	}
	sub := introduction.Submission{How: introduction.HowSelf}
	// A draft goes on where it was entered, and nowhere else.
	for id := range g.device.Subjects {
		row, err := p.Introductions.DraftOf(g.ctx, g.introducer(), id)
		if fault.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return err
		}
		if row.State == introduction.Draft {
			sub = introduction.Submission{DraftID: row.ID, FirstName: row.FirstName, Note: row.Note, Source: row.Source, Company: row.Company,
				Email: row.Email, Expects: row.Expects, How: row.How}
		}
	}
	if id := c.QueryParam("suggestion"); ident.Valid(id) {
		named, err := p.Customers.Suggestions(g.ctx, p.DB, g.who.ID)
		if err != nil {
			return err
		}
		for _, s := range named {
			if s.ID == id {
				sub.FirstName, sub.Company, sub.Source = s.FirstName, s.Company, s.Source
			}
		}
	}
	if g.link.InvitationID != "" {
		p.visit(c, "invitation", g.link.InvitationID)
	}
	return p.showIntroduce(c, g, sub, nil)
}

// over says that nothing is asked for here any more.
func (p *Pages) over(c echo.Context, g *guest) error {
	return web.Render(c, http.StatusOK, pages.ShowNotice(pages.Notice{Shell: p.guestShell(g, "hello.over"), Heading: g.l.T("hello.over"),
		Text: []string{g.l.T("hello.over_text")}, Next: []pages.Anchor{{Text: g.l.T("hello.mine"), URL: g.base + "/mine"}}}))
}

func (p *Pages) introduceForm(g *guest, draftID string) web.FormID {
	f := g.formID("introduce")
	f.Draft = draftID
	return f
}

func (p *Pages) showIntroduce(c echo.Context, g *guest, sub introduction.Submission, wrong pages.Problems) error {
	_, in, _ := g.campaign.Message(g.who.Language, g.set.DefaultLanguage)
	v := pages.Introduce{Shell: p.guestShell(g, "introduce.title"), Form: p.form(c, p.introduceForm(g, sub.DraftID)), Suits: g.campaign.SuitsIn(in),
		FirstName: sub.FirstName, LastName: sub.LastName, Email: sub.Email, Phone: sub.Phone, Company: sub.Company, Note: sub.Note,
		Source: sub.Source, How: sub.How, Expects: sub.Expects, Portal: g.set.PortalMaySend(g.who.Country), BackURL: g.base,
		LeadText: g.l.T("introduce.lead_text"), PortalText: g.l.T("introduce.portal_text", "company", g.set.Company),
		ExpectsText: g.l.T("introduce.expects", "company", g.set.Company)}
	v.Action, v.Problems = g.base+"/introduce", wrong
	for _, key := range []string{"need", "trust", "change"} {
		v.Chips = append(v.Chips, g.l.T("introduce.chip."+key, "company", g.set.Company))
	}
	for _, s := range introduction.Sources[:5] {
		v.Ideas = append(v.Ideas, pages.Option{Value: s, Text: g.l.T("source." + s), Help: g.l.T("introduce.idea." + s)})
	}
	named, err := p.Customers.Suggestions(g.ctx, p.DB, g.who.ID)
	if err != nil {
		return err
	}
	for _, s := range named {
		text := s.FirstName
		if s.Company != "" {
			text = g.l.T("from.company", "name", s.FirstName, "company", s.Company)
		}
		v.Names = append(v.Names, pages.Chip{Text: text, Value: s.FirstName, URL: g.base + "/introduce?suggestion=" + s.ID})
	}
	return web.Render(c, status(wrong), pages.ShowIntroduce(v))
}

// postIntroduce keeps what was typed as a draft, and sends it off when nothing is missing: then it waits to be shared.
func (p *Pages) postIntroduce(c echo.Context, g *guest) error {
	if !g.asks(campaign.AskIntroduction) {
		return p.over(c, g)
	}
	sub := introduction.Submission{DraftID: web.Form(c).Get("draft"), FirstName: value(c, "first_name"), LastName: value(c, "last_name"),
		Email: value(c, "email"), Phone: value(c, "phone"), Company: value(c, "company"), Note: value(c, "note"), Source: value(c, "source"),
		How:     oneOf(value(c, "how"), introduction.HowSelf, introduction.HowLead, introduction.HowPortal),
		Channel: value(c, "channel"), Expects: web.Form(c).Get("expects") != ""}
	if sub.How == "" {
		sub.How = introduction.HowSelf
	}
	if web.Trapped(web.Form(c)) {
		return web.SeeOther(c, g.base)
	}
	if err := p.posted(c, p.introduceForm(g, sub.DraftID), thinking); err != nil {
		return p.keepDraft(c, g, sub, err)
	}
	form := []string{web.Form(c).Get("nonce"), sub.FirstName, sub.Note, sub.How, sub.Company, sub.Email}
	if id := p.once.of(form...); id != "" {
		return web.SeeOther(c, g.base+"/introductions/"+id)
	}
	row, err := p.Introductions.Submit(g.ctx, g.introducer(), sub)
	if problems(g.l, err) != nil {
		return p.keepDraft(c, g, sub, err)
	}
	if err != nil {
		return err
	}
	p.once.keep(row.ID, form...)
	if err := p.remember(c, g.link.ID, row.ID); err != nil {
		return err
	}
	next := g.base + "/introductions/" + row.ID
	if sub.How != introduction.HowSelf {
		next += "/done"
	}
	if sub.Channel != "" {
		next += "?show=" + url.QueryEscape(sub.Channel)
	}
	return web.SeeOther(c, next)
}

// keepDraft shows the form again as it was typed, and keeps it, as far as it can be kept.
func (p *Pages) keepDraft(c echo.Context, g *guest, sub introduction.Submission, why error) error {
	row, err := p.Introductions.SaveDraft(g.ctx, g.introducer(), sub)
	switch {
	case err == nil:
		sub.DraftID = row.ID
		if err := p.remember(c, g.link.ID, row.ID); err != nil {
			return err
		}
	case fault.Is(err, fault.NotFound):
		// The draft of another link: what was typed stays on the page, without it.
		sub.DraftID = ""
	case problems(g.l, err) == nil:
		return err
	}
	return p.showIntroduce(c, g, sub, problems(g.l, why))
}

// introduction is the second page until there is an answer, and the story afterwards.
func (p *Pages) introduction(c echo.Context, g *guest) error {
	row, err := p.ownIntroduction(c, g)
	if err != nil || c.Response().Committed {
		return err
	}
	return p.showIntroduction(c, g, row, sending{show: c.QueryParam("show")})
}

// ownIntroduction returns the introduction in the address. Where this browser may not see whose it is, it leads to the code.
func (p *Pages) ownIntroduction(c echo.Context, g *guest) (introduction.Introduction, error) {
	id := c.Param("id")
	if !ident.Valid(id) {
		return introduction.Introduction{}, fault.New(fault.NotFound, "")
	}
	row, err := p.Introductions.OfCustomer(g.ctx, g.introducer(), id)
	if err != nil {
		return row, err
	}
	if !g.sees(id) {
		return row, web.SeeOther(c, g.codeURL("introductions/"+id))
	}
	return row, nil
}

type sending struct {
	// show is the channel whose text is shown.
	show     string
	note     string
	problems pages.Problems
}

func (p *Pages) showIntroduction(c echo.Context, g *guest, row introduction.Introduction, s sending) error {
	shown := row.Shown(p.now())
	switch {
	case row.State == introduction.Draft:
		return web.SeeOther(c, g.base+"/introduce")
	case row.How == introduction.HowPortal, row.How == introduction.HowLead && shown == introduction.Ready && s.show == "":
		return p.story(c, g, row)
	case shown == introduction.Ready || shown == introduction.Invited:
		return p.showSend(c, g, row, s)
	}
	return p.story(c, g, row)
}

func (p *Pages) sendForm(g *guest, row introduction.Introduction) web.FormID {
	f := g.formID("send")
	f.Draft = row.ID
	return f
}

func (p *Pages) showSend(c echo.Context, g *guest, row introduction.Introduction, s sending) error {
	w, err := p.Introductions.Preview(g.ctx, g.introducer(), row.ID)
	if err != nil {
		return err
	}
	link, err := p.Introductions.ProspectURL(g.ctx, row.ID)
	// A mere suggestion has no link before a channel is tapped.
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	note := row.Note
	if len(s.problems) > 0 {
		note = s.note
	}
	id, name := g.base+"/introductions/"+row.ID, row.FirstName
	v := pages.Send{Shell: p.guestShell(g, "send.title", "name", name), Form: p.form(c, p.sendForm(g, row)), Name: name,
		Heading: g.l.T("send.title", "name", name), Text: g.l.T("send.text", "name", name), Preview: p.warmView(w), Note: note,
		Show: oneOf(s.show, "copy", "share", "qr"), DoneURL: id + "/done", BackURL: g.base, Remind: !row.NudgeAt.IsZero()}
	v.Action, v.Problems, v.Preview.Inside = id, s.problems, true
	if link != "" {
		v.Message = message(g, row, w, link)
	}
	if row.Sent() {
		v.Heading, v.Sent = g.l.T("send.sent_title", "name", name), g.l.T("send.sent", "name", name)
		v.Text = g.l.T("send.sent_text", "name", name)
	}
	for _, ch := range introduction.Channels {
		v.Ways = append(v.Ways, pages.Option{Value: ch, Text: g.l.T("channel." + ch)})
	}
	if v.Show == "qr" && link != "" {
		if v.QR, err = drawInline(link); err != nil {
			return err
		}
	}
	allowApps(c)
	return web.Render(c, status(s.problems), pages.ShowSend(v))
}

// allowApps lets the form lead on to the apps that send a message. Browsers check where a form ends up, not only where it
// posts to.
func allowApps(c echo.Context) {
	h := c.Response().Header()
	h.Set("Content-Security-Policy", strings.Replace(h.Get("Content-Security-Policy"), "form-action 'self'",
		"form-action 'self' https://wa.me https://api.whatsapp.com https://web.whatsapp.com whatsapp: sms: mailto:", 1))
}

// message is the ready text in the introducer's language: their words, the link, and the way around the page.
func message(g *guest, row introduction.Introduction, w introduction.Warm, link string) string {
	parts := []string{g.l.T("send.hi", "name", row.FirstName)}
	if row.Note != "" {
		parts = append(parts, row.Note)
	}
	parts = append(parts, g.l.T("send.link", "company", g.set.Company, "url", link))
	if w.Rep.Email != "" {
		parts = append(parts, g.l.T("send.just_write", "rep", w.Rep.Name, "email", w.Rep.Email))
	}
	return strings.Join(parts, "\n\n")
}

// opens returns the address that hands the message to an app, or "" for a channel without one.
func opens(channel, subject, text string) string {
	// Apps take %20 for a space; not all of them know the plus sign of forms.
	encode := func(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }
	switch channel {
	case "whatsapp":
		return "https://wa.me/?text=" + encode(text)
	case "sms":
		return "sms:?&body=" + encode(text)
	case "mail":
		return "mailto:?subject=" + encode(subject) + "&body=" + encode(text)
	}
	return ""
}

// sentBy is what our own script does after a channel was tapped.
type sentBy struct {
	// Open is the address of the app, or empty; Next is where the page goes on.
	Open string `json:"open"`
	Next string `json:"next"`
}

// postIntroduction takes a tap on a channel and the few other things that can be done before there is an answer.
func (p *Pages) postIntroduction(c echo.Context, g *guest) error {
	row, err := p.ownIntroduction(c, g)
	if err != nil || c.Response().Committed {
		return err
	}
	s := sending{note: value(c, "note")}
	if err := p.posted(c, p.sendForm(g, row), 0); err != nil {
		s.problems = problems(g.l, err)
		return p.showIntroduction(c, g, row, s)
	}
	here, channel, next := g.base+"/introductions/"+row.ID, value(c, "channel"), ""
	switch channel {
	case "undo":
		_, err = p.Introductions.Unshare(g.ctx, g.introducer(), row.ID)
	case "edit":
		_, err = p.Introductions.EditNote(g.ctx, g.introducer(), row.ID, s.note)
	case "quiet":
		_, err = p.Introductions.NudgesOff(g.ctx, g.introducer(), row.ID)
	case "answered":
		_, err = p.Introductions.MarkAnswered(g.ctx, g.introducer(), row.ID)
		next = here + "/done?saved=answered"
	case "withdraw":
		_, err = p.Introductions.Withdraw(g.ctx, g.introducer(), row.ID)
		next = g.base + "/mine"
	default:
		return p.share(c, g, row, channel)
	}
	if ps := problems(g.l, err); len(ps) > 0 {
		s.problems = ps
		return p.showAgain(c, g, row.ID, s)
	}
	if err != nil {
		return err
	}
	if next == "" {
		next = here
	}
	return web.SeeOther(c, next)
}

// share notes that it was sent and leads to the app, or shows what is to be copied or held up.
func (p *Pages) share(c echo.Context, g *guest, row introduction.Introduction, channel string) error {
	row, err := p.Introductions.Share(g.ctx, g.introducer(), row.ID, channel)
	if ps := problems(g.l, err); len(ps) > 0 {
		return p.showAgain(c, g, c.Param("id"), sending{problems: ps})
	}
	if err != nil {
		return err
	}
	w, err := p.Introductions.Preview(g.ctx, g.introducer(), row.ID)
	if err != nil {
		return err
	}
	link, err := p.Introductions.ProspectURL(g.ctx, row.ID)
	if err != nil {
		return err
	}
	here := g.base + "/introductions/" + row.ID
	app := opens(channel, g.l.T("send.subject", "company", g.set.Company), message(g, row, w, link))
	if wantsJSON(c) {
		return c.JSON(http.StatusOK, sentBy{Open: app, Next: here + "/done"})
	}
	if app != "" {
		allowApps(c)
		return c.Redirect(http.StatusSeeOther, app)
	}
	return web.SeeOther(c, here+"?show="+channel)
}

// showAgain shows the page with what went wrong, as the introduction stands now.
func (p *Pages) showAgain(c echo.Context, g *guest, id string, s sending) error {
	row, err := p.Introductions.OfCustomer(g.ctx, g.introducer(), id)
	if err != nil {
		return err
	}
	if shown := row.Shown(p.now()); shown != introduction.Ready && shown != introduction.Invited {
		// It has moved on meanwhile: its story says how it stands.
		return web.SeeOther(c, g.base+"/introductions/"+id)
	}
	return p.showSend(c, g, row, s)
}

// story is an introduction that was answered, or that somebody else takes further.
func (p *Pages) story(c echo.Context, g *guest, row introduction.Introduction) error {
	v := pages.Story{Shell: p.guestShell(g, "mine.introductions"), Line: p.line(g, row)}
	v.Heading = v.Line.State
	if row.FirstName != "" {
		v.Heading = g.l.T("mine.story", "name", row.FirstName, "state", v.Line.State)
	}
	if err := p.tell(g, row, &v.Line); err != nil {
		return err
	}
	if err := p.why(g, row, &v.Line); err != nil {
		return err
	}
	if row.How == introduction.HowLead && row.Shown(p.now()) == introduction.Ready {
		v.Next = append(v.Next, pages.Anchor{Text: g.l.T("mine.lift", "name", row.FirstName), URL: g.base + "/introductions/" + row.ID + "?show=lift"})
	}
	if g.asks(campaign.AskIntroduction) {
		v.Next = append(v.Next, pages.Anchor{Text: g.l.T("done.another"), URL: g.base + "/introduce"})
	}
	v.Next = append(v.Next, pages.Anchor{Text: g.l.T("hello.mine"), URL: g.base + "/mine"})
	return web.Render(c, http.StatusOK, pages.ShowStory(v))
}

// tell adds what the rep lets the introducer know.
func (p *Pages) tell(g *guest, row introduction.Introduction, v *pages.Line) error {
	if !g.sees(row.ID) {
		return nil
	}
	notes, err := p.Introductions.Notes(g.ctx, row.ID, true)
	if err != nil {
		return err
	}
	for _, n := range notes {
		v.Told = append(v.Told, n.Text)
	}
	return nil
}

// done follows a sent introduction.
func (p *Pages) done(c echo.Context, g *guest) error {
	row, err := p.ownIntroduction(c, g)
	if err != nil || c.Response().Committed {
		return err
	}
	return p.showDone(c, g, row, doneForm{saved: c.QueryParam("saved")})
}

type doneForm struct {
	saved, source, rail string
	problems            pages.Problems
}

func (p *Pages) doneForm(g *guest, row introduction.Introduction) web.FormID {
	f := g.formID("done")
	f.Draft = row.ID
	return f
}

func (p *Pages) showDone(c echo.Context, g *guest, row introduction.Introduction, f doneForm) error {
	shown := row.Shown(p.now())
	here := g.base + "/introductions/" + row.ID
	if shown == introduction.Draft || shown == introduction.Ready && row.How == introduction.HowSelf {
		return web.SeeOther(c, here)
	}
	name := row.FirstName
	v := pages.Done{Shell: p.guestShell(g, "done.title"), Form: p.form(c, p.doneForm(g, row)), Heading: g.l.T("done.title"), Name: name,
		Steps: g.steps(row, shown), Source: f.source, Rail: f.rail}
	v.Action, v.Problems = here+"/done", f.problems
	usually, err := p.usually(g)
	if err != nil {
		return err
	}
	switch row.How {
	case introduction.HowLead:
		v.Heading = g.l.T("done.lead_title", "name", name)
		v.Usually = []string{g.l.T("done.lead", "name", name), g.l.T("introduction.lead_sentences", "name", name, "introducer", g.who.FirstName, "company", row.Company)}
	case introduction.HowPortal:
		v.Usually = []string{g.l.T("done.portal", "name", name), usually}
	default:
		v.Usually = []string{g.l.T("done.text", "name", name), usually}
	}
	switch f.saved {
	case "answered":
		v.Saved = g.l.T("done.saved_answered", "name", name)
	case "":
	default:
		v.Saved = g.l.T("done.saved")
	}
	if row.Source == "" {
		for _, s := range introduction.Sources {
			v.Sources = append(v.Sources, pages.Option{Value: s, Text: g.l.T("done.source." + s)})
		}
	}
	if g.who.PreferredRail == "" && row.RewardsIntroducer() {
		if v.Rails, err = p.railChoices(g); err != nil {
			return err
		}
	}
	if v.Next, err = p.doneNext(g); err != nil {
		return err
	}
	return web.Render(c, status(f.problems), pages.ShowDone(v))
}

// usually says how long it takes, from our own history, or that we tell each step.
func (p *Pages) usually(g *guest) (string, error) {
	u, err := p.Introductions.Usual(g.ctx)
	switch {
	case err != nil || u == introduction.Usual{}:
		return g.l.T("done.usually"), err
	case u.FromWeeks == u.ToWeeks:
		return g.l.N("done.usually_about", u.ToWeeks), nil
	}
	return g.l.T("done.usually_weeks", "from", strconv.Itoa(u.FromWeeks), "to", strconv.Itoa(u.ToWeeks)), nil
}

// railChoices are the ways in which a reward of this offer may come, where there is something to choose.
func (p *Pages) railChoices(g *guest) ([]pages.Option, error) {
	options, err := p.Rewards.Options(g.ctx, g.who, g.offer, g.introducingRules()...)
	if err != nil {
		return nil, err
	}
	var out []pages.Option
	for _, o := range options {
		opt := pages.Option{Value: string(o.Rail), Text: g.rail(o.Rail)}
		if !o.Ready && g.l.Has(o.Why) {
			opt.Help = g.l.T(o.Why)
		}
		out = append(out, opt)
	}
	if len(out) < 2 {
		return nil, nil
	}
	return out, nil
}

func (g *guest) introducingRules() []campaign.Rule {
	var out []campaign.Rule
	for _, r := range g.offer.Rules {
		if r.To == campaign.ToCustomer && r.On != campaign.OnTestimonial {
			out = append(out, r)
		}
	}
	return out
}

func (p *Pages) doneNext(g *guest) ([]pages.Anchor, error) {
	var out []pages.Anchor
	if g.asks(campaign.AskTestimonial) {
		said, err := p.hasSaid(g)
		if err != nil {
			return nil, err
		}
		if !said {
			out = append(out, pages.Anchor{Text: g.l.T("hello.testimonial"), URL: g.base + "/testimonial"})
		}
	}
	if g.asks(campaign.AskIntroduction) {
		out = append(out, pages.Anchor{Text: g.l.T("done.another"), URL: g.base + "/introduce"})
	}
	return append(out, pages.Anchor{Text: g.l.T("done.finish"), URL: g.base + "/mine"}), nil
}

func (p *Pages) postDone(c echo.Context, g *guest) error {
	row, err := p.ownIntroduction(c, g)
	if err != nil || c.Response().Committed {
		return err
	}
	f := doneForm{source: value(c, "source"), rail: value(c, "rail")}
	if err = p.posted(c, p.doneForm(g, row), 0); err == nil {
		err = p.saveDone(g, row, f)
	}
	if f.problems = problems(g.l, err); len(f.problems) > 0 {
		return p.showDone(c, g, row, f)
	}
	if err != nil {
		return err
	}
	return web.SeeOther(c, g.base+"/introductions/"+row.ID+"/done?saved=1")
}

func (p *Pages) saveDone(g *guest, row introduction.Introduction, f doneForm) error {
	if f.rail != "" {
		choices, err := p.railChoices(g)
		if err != nil {
			return err
		}
		known := false
		for _, o := range choices {
			known = known || o.Value == f.rail
		}
		if !known {
			var check fault.Check
			check.AddKey("rail", "problem.choose", "Please choose one.")
			return check.Err()
		}
		if err := p.prefer(g, f.rail); err != nil {
			return err
		}
	}
	if f.source == "" {
		return nil
	}
	_, err := p.Introductions.SetSource(g.ctx, g.introducer(), row.ID, f.source)
	return err
}

// nudges turns the reminders about one person off: the link in each reminder leads here.
func (p *Pages) nudges(c echo.Context, g *guest) error {
	return p.showNudges(c, g, nil)
}

func (p *Pages) showNudges(c echo.Context, g *guest, wrong pages.Problems) error {
	id := c.Param("id")
	if !ident.Valid(id) {
		return fault.New(fault.NotFound, "")
	}
	row, err := p.Introductions.OfCustomer(g.ctx, g.introducer(), id)
	if err != nil {
		return err
	}
	v := pages.Ask{Shell: p.guestShell(g, "nudges.title"), Form: p.form(c, g.formID("nudges")), Heading: g.l.T("nudges.title"),
		Text: []string{g.l.T("nudges.text")}, Back: g.l.T("nudges.keep"), Go: g.l.T("nudges.go"), GoName: "answer", GoValue: "off", BackURL: g.base}
	v.Action, v.Problems = g.base+"/introductions/"+row.ID+"/nudges", wrong
	if row.NudgesOff {
		v.Done, v.Text, v.Go = g.l.T("nudges.done"), nil, ""
	}
	return web.Render(c, status(wrong), pages.ShowAsk(v))
}

// postNudges asks for no code: it shows nothing and can only make us quieter.
func (p *Pages) postNudges(c echo.Context, g *guest) error {
	if err := p.posted(c, g.formID("nudges"), 0); err != nil {
		return p.showNudges(c, g, problems(g.l, err))
	}
	if value(c, "answer") != "off" {
		return web.SeeOther(c, g.base)
	}
	if _, err := p.Introductions.NudgesOff(g.ctx, g.introducer(), c.Param("id")); err != nil {
		return err
	}
	return web.SeeOther(c, g.base+"/introductions/"+c.Param("id")+"/nudges")
}
