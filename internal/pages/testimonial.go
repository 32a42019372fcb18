package pages

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"goodword/frontend/pages"
	"goodword/internal/campaign"
	"goodword/internal/customer"
	"goodword/internal/fault"
	"goodword/internal/i18n"
	"goodword/internal/ident"
	"goodword/internal/testimonial"
	"goodword/internal/web"
)

// The two switches and the channels behind them; each channel is recorded on its own.
var (
	ownPlaces    = []string{"website", "sales"}
	publicPlaces = []string{"social", "ads"}
	signs        = []string{testimonial.SignFull, testimonial.SignFirst, testimonial.SignAnonymous}
)

// testimonial is the page on which a customer says what they think, and where they look after it later.
func (p *Pages) testimonial(c echo.Context, g *guest) error {
	row, err := p.said(c, g)
	if fault.Is(err, fault.NotFound) {
		if !g.asks(campaign.AskTestimonial) {
			return p.over(c, g)
		}
		return p.showTestimonial(c, g, testimonial.Testimonial{}, sayForm{signedAs: testimonial.SignFull, name: g.who.Name()})
	}
	if err != nil {
		return err
	}
	editing := c.QueryParam("edit") != "" || row.State == testimonial.ChangeRequested || row.State == testimonial.AwaitingAuthor
	if !editing || row.State == testimonial.Expired {
		return p.showSaid(c, g, row)
	}
	f := sayForm{rating: row.Rating, text: row.Text, signedAs: row.SignedAs, name: row.Name, role: row.Role}
	if f.signedAs != testimonial.SignFull || f.name == "" {
		f.name = g.who.Name()
	}
	have, err := p.Customers.Consents(g.ctx, p.DB, customer.AboutTestimonial, row.ID)
	if err != nil {
		return err
	}
	for ch, one := range have {
		if one.Granted {
			f.consents = append(f.consents, ch)
		}
	}
	return p.showTestimonial(c, g, row, f)
}

// said returns the testimonial that the page is about: a kept quote, the one that answers this invitation, or the newest.
func (p *Pages) said(c echo.Context, g *guest) (testimonial.Testimonial, error) {
	if id := c.QueryParam("quote"); ident.Valid(id) {
		return p.Testimonials.OfCustomer(g.ctx, g.author(), id)
	}
	return p.saidHere(g)
}

// saidHere returns the testimonial that answers this invitation, or the newest. Returns NotFound if there is none yet.
func (p *Pages) saidHere(g *guest) (testimonial.Testimonial, error) {
	if g.link.InvitationID != "" {
		row, err := p.Testimonials.ByInvitation(g.ctx, g.link.InvitationID)
		if err == nil && row.CustomerID == g.who.ID || !fault.Is(err, fault.NotFound) {
			return row, err
		}
		if g.asks(campaign.AskTestimonial) {
			return row, fault.New(fault.NotFound, "")
		}
	}
	all, err := p.Testimonials.ForCustomer(g.ctx, g.who.ID)
	if err == nil && len(all) == 0 {
		err = fault.New(fault.NotFound, "")
	}
	if err != nil {
		return testimonial.Testimonial{}, err
	}
	return all[0], nil
}

type sayForm struct {
	rating                     int
	text, signedAs, name, role string
	own, public                bool
	consents                   []string
	problems                   pages.Problems
}

func (f sayForm) submission(l i18n.Locale, company string) testimonial.Submission {
	s := testimonial.Submission{Rating: f.rating, Text: f.text, SignedAs: f.signedAs, Name: f.name, Role: f.role, ConsentTexts: map[string]string{}, Lang: l.Lang()}
	allow := func(text string, channels ...string) {
		for _, ch := range channels {
			if !slices.Contains(s.Consents, ch) {
				s.Consents = append(s.Consents, ch)
				s.ConsentTexts[ch] = text
			}
		}
	}
	if f.own {
		allow(l.T("testimonial.allow_own", "company", company), ownPlaces...)
	}
	if f.public {
		allow(l.T("testimonial.allow_public"), publicPlaces...)
	}
	for _, ch := range f.consents {
		text := l.T("problem.choose")
		switch {
		case ch == "logo":
			text = l.T("testimonial.logo")
		case slices.Contains(testimonial.Channels, ch):
			text = l.T("consent." + ch)
		}
		allow(text, ch)
	}
	// How it is signed says whether the name may stand there.
	if f.signedAs != testimonial.SignAnonymous && len(s.Consents) > 0 && f.signedAs != "" {
		allow(l.T("testimonial.sign_"+f.signedAs), "name")
	}
	return s
}

func (p *Pages) sayForm(g *guest, row testimonial.Testimonial) web.FormID {
	f := g.formID("testimonial")
	f.Draft = row.ID
	return f
}

func (p *Pages) showTestimonial(c echo.Context, g *guest, row testimonial.Testimonial, f sayForm) error {
	l := g.l
	v := pages.Testimonial{Shell: p.guestShell(g, "testimonial.title"), Form: p.form(c, p.sayForm(g, row)), Heading: l.T("testimonial.title"),
		Rating: f.rating, Text: f.text, SignedAs: f.signedAs, Name: f.name, Role: f.role, Own: f.own, Public: f.public, Consents: map[string]bool{},
		OwnText: l.T("testimonial.allow_own", "company", g.set.Company), PublicText: l.T("testimonial.allow_public"), LogoText: l.T("testimonial.logo"),
		BackURL: g.base}
	v.Action, v.Problems = g.base+"/testimonial", f.problems
	if row.State == testimonial.ChangeRequested {
		v.Request = l.T("testimonial.request", "text", row.Reason)
	}
	if row.State == testimonial.AwaitingAuthor {
		v.Heading, v.Request = l.T("testimonial.quote_title"), l.T("testimonial.quote_text")
	}
	for _, ch := range f.consents {
		v.Consents[ch] = true
	}
	for _, key := range []string{"person", "product", "smooth", "care"} {
		v.Chips = append(v.Chips, l.T("testimonial.chip."+key))
	}
	for _, ch := range testimonial.Places {
		v.Channels = append(v.Channels, pages.Option{Value: ch, Text: l.T("consent." + ch)})
	}
	for _, s := range signs {
		v.Signs = append(v.Signs, pages.Option{Value: s, Text: l.T("testimonial.sign_" + s)})
	}
	for _, o := range g.offer.Promises(campaign.ToCustomer, g.who.GiftPolicy) {
		if o.On == campaign.OnTestimonial && row.ID == "" {
			v.Thanks = append(v.Thanks, o.ForReader(l))
			v.Disclosure = g.set.In(g.set.DisclosureText, l.Lang())
		}
	}
	return web.Render(c, status(f.problems), pages.ShowTestimonial(v))
}

// postTestimonial takes new words, changed ones, the yes to a kept quote, and a withdrawal.
func (p *Pages) postTestimonial(c echo.Context, g *guest) error {
	if web.Trapped(web.Form(c)) {
		return web.SeeOther(c, g.base)
	}
	row := testimonial.Testimonial{}
	if id := web.Form(c).Get("draft"); id != "" {
		var err error
		if !ident.Valid(id) {
			return fault.New(fault.NotFound, "")
		}
		if row, err = p.Testimonials.OfCustomer(g.ctx, g.author(), id); err != nil {
			return err
		}
	}
	here := g.base + "/testimonial"
	if value(c, "action") == "withdraw" && row.ID != "" {
		err := p.posted(c, p.sayForm(g, row), 0)
		if err == nil {
			_, err = p.Testimonials.Withdraw(g.ctx, g.author(), row.ID)
		}
		if err != nil && problems(g.l, err) == nil {
			return err
		}
		return web.SeeOther(c, here)
	}
	f := readSay(c)
	err := p.posted(c, p.sayForm(g, row), thinking)
	if err == nil {
		row, err = p.say(g, row, f.submission(g.l, g.set.Company))
	}
	if f.problems = problems(g.l, err); len(f.problems) > 0 {
		return p.showTestimonial(c, g, row, f)
	}
	if err != nil {
		return err
	}
	if err := p.remember(c, g.link.ID, row.ID); err != nil {
		return err
	}
	return web.SeeOther(c, here)
}

func readSay(c echo.Context) sayForm {
	form := web.Form(c)
	f := sayForm{text: value(c, "text"), signedAs: value(c, "signed_as"), name: value(c, "name"), role: value(c, "role"), consents: form["consent"],
		own: slices.Contains(form["allow"], "own"), public: slices.Contains(form["allow"], "public")}
	if s := value(c, "rating"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil {
			n = -1 // no number of stars; the service says so at its field
		}
		f.rating = n
	}
	return f
}

func (p *Pages) say(g *guest, row testimonial.Testimonial, s testimonial.Submission) (testimonial.Testimonial, error) {
	switch {
	case row.ID == "" && !g.asks(campaign.AskTestimonial):
		return row, &fault.Error{Code: fault.Conflict, Key: "error.campaign_over", Message: "This campaign is over."}
	case row.ID == "":
		return p.Testimonials.Submit(g.ctx, g.author(), s)
	case row.State == testimonial.AwaitingAuthor:
		said, err := p.Testimonials.ConfirmQuote(g.ctx, g.author(), row.ID, s)
		return kept(row, said, err)
	}
	said, err := p.Testimonials.Edit(g.ctx, g.author(), row.ID, s)
	return kept(row, said, err)
}

// kept keeps the row that the form was about when nothing was saved.
func kept(before, after testimonial.Testimonial, err error) (testimonial.Testimonial, error) {
	if err != nil {
		return before, err
	}
	return after, nil
}

// showSaid says where the words stand and how they are changed or withdrawn.
func (p *Pages) showSaid(c echo.Context, g *guest, row testimonial.Testimonial) error {
	l := g.l
	v := pages.Said{Shell: p.guestShell(g, "testimonial.said"), Form: p.form(c, p.sayForm(g, row)), Heading: l.T("testimonial.said"),
		State: l.T("testimonial.state." + string(row.State)), Quote: pages.Quote{Text: row.Text, Rating: row.Rating, By: row.Name, Disclosure: row.Disclosure},
		EditURL: g.base + "/testimonial?edit=1&quote=" + row.ID, Withdrawable: row.State != testimonial.Withdrawn && row.State != testimonial.Expired}
	v.Action = g.base + "/testimonial"
	switch row.State {
	case testimonial.Submitted:
		v.Text = []string{l.T("testimonial.next")}
	case testimonial.Declined:
		v.Text = []string{l.T("testimonial.declined")}
	case testimonial.Withdrawn:
		v.Text = []string{l.T("testimonial.gone")}
	case testimonial.Approved, testimonial.Published:
		allowed, err := p.Testimonials.Allowed(g.ctx, p.DB, row.ID)
		if err != nil {
			return err
		}
		var where []string
		for _, place := range testimonial.Places {
			if allowed[place] {
				where = append(where, l.T("consent."+place))
			}
		}
		if len(where) > 0 {
			v.Where = l.T("testimonial.where_allowed", "places", l.List(where))
		}
	}
	if g.asks(campaign.AskIntroduction) {
		v.Next = append(v.Next, pages.Anchor{Text: l.T("hello.introduce"), URL: g.base + "/introduce"})
	}
	v.Next = append(v.Next, pages.Anchor{Text: l.T("done.finish"), URL: g.base + "/mine"})
	return web.Render(c, http.StatusOK, pages.ShowSaid(v))
}
