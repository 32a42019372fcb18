package pages

import (
	"context"
	"net/http"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"goodword/frontend/pages"
	"goodword/internal/audit"
	"goodword/internal/campaign"
	"goodword/internal/customer"
	"goodword/internal/db"
	"goodword/internal/fault"
	"goodword/internal/i18n"
	"goodword/internal/ident"
	"goodword/internal/introduction"
	"goodword/internal/setting"
	"goodword/internal/testimonial"
	"goodword/internal/web"
)

// deviceLife is how long a browser is remembered.
const deviceLife = 180 * 24 * time.Hour

// guest is a customer who came through a private link, with what every page of theirs needs.
type guest struct {
	ctx  context.Context
	set  setting.Settings
	l    i18n.Locale
	zone *time.Location
	link customer.Link
	who  customer.Customer
	// base is the address of the private link: "/c/…".
	base string
	// campaign and offer are what the link's invitation promised; open is false where there is none or it is over.
	campaign campaign.Campaign
	offer    campaign.Offer
	open     bool
	device   customer.Device
	cookie   ident.Token
	ip       netip.Addr
}

// customer resolves the private link before a handler runs. A link that is unknown, revoked or too old gets the page that
// offers a fresh one, the same for all of them (S7).
func (p *Pages) customer(handle func(echo.Context, *guest) error) echo.HandlerFunc {
	return func(c echo.Context) error {
		g, err := p.guest(c)
		switch fault.CodeOf(err) {
		case "":
			return handle(c, g)
		case fault.NotFound, fault.Gone:
			return p.freshPage(c, http.StatusNotFound)
		}
		return err
	}
}

func (p *Pages) guest(c echo.Context) (*guest, error) {
	ctx, token := c.Request().Context(), c.Param("token")
	link, err := p.Customers.Links.Resolve(ctx, customer.ForCustomer, ident.Token(token))
	if err != nil {
		return nil, err
	}
	g := &guest{ctx: ctx, link: link, base: "/c/" + token, ip: web.ClientOf(c).IP}
	if g.set, err = p.Settings.Get(ctx); err != nil {
		return nil, err
	}
	if g.who, err = p.Customers.ByID(ctx, p.DB, link.CustomerID); err != nil {
		return nil, err
	}
	if g.who.Erased() {
		return nil, fault.New(fault.Gone, "")
	}
	g.l, g.zone = i18n.For(g.who.Language), p.zone(g.who.Zone, g.set.Zone)
	if err := p.promised(g); err != nil {
		return nil, err
	}
	if value, ok := p.cookies.Step(c); ok {
		g.cookie = ident.Token(value)
		if g.device, err = p.Customers.StepUp.Device(ctx, g.cookie, link.ID); err != nil {
			return nil, err
		}
	}
	return g, nil
}

// promised finds the campaign and the offer that the link stands for: its invitation's, else those of the last
// introduction, so that the link in a later mail still leads on.
func (p *Pages) promised(g *guest) error {
	var campaignID, offerID string
	if g.link.InvitationID != "" {
		inv, err := p.Invitations.ByID(g.ctx, p.DB, g.link.InvitationID)
		if err != nil {
			return err
		}
		campaignID, offerID = inv.CampaignID, inv.OfferID
	} else {
		made, err := p.Introductions.ForCustomer(g.ctx, g.who.ID)
		if err != nil {
			return err
		}
		if len(made) == 0 {
			return nil
		}
		campaignID, offerID = made[0].CampaignID, made[0].OfferID
	}
	var err error
	if g.campaign, err = p.Campaigns.ByID(g.ctx, p.DB, campaignID); err != nil {
		return err
	}
	if offerID == "" {
		offerID = g.campaign.OfferID
	}
	if g.offer, err = p.Campaigns.OfferByID(g.ctx, p.DB, offerID); err != nil {
		return err
	}
	g.open = g.campaign.Open()
	return nil
}

// introducer and author say who it is to the services.
func (g *guest) introducer() introduction.Author {
	return introduction.Author{CustomerID: g.who.ID, InvitationID: g.link.InvitationID, OfferID: g.offer.ID, CampaignID: g.campaign.ID, LinkID: g.link.ID,
		From: introduction.Origin{Device: g.cookie, IP: g.ip}}
}

func (g *guest) author() testimonial.Author {
	return testimonial.Author{CustomerID: g.who.ID, InvitationID: g.link.InvitationID, OfferID: g.offer.ID, CampaignID: g.campaign.ID, LinkID: g.link.ID}
}

func (g *guest) actor() audit.Actor { return audit.Actor{Kind: audit.KindCustomer, ID: g.who.ID} }

// sees reports whether this browser may see names and amounts of something: it entered them, or confirmed a code.
func (g *guest) sees(subjectID string) bool { return g.device.Verified || g.device.Subjects[subjectID] }

func (g *guest) asks(a campaign.Ask) bool { return g.open && g.campaign.Asked(a) }

// formID names a form of this link.
func (g *guest) formID(name string) web.FormID { return web.FormID{Link: g.link.ID, Name: name} }

// shell is Pages.shell for this customer, with the way out for somebody else.
func (p *Pages) guestShell(g *guest, key string, args ...any) pages.Shell {
	s := p.shell(g.set, g.l, g.l.T(key, args...))
	if g.open && g.who.FirstName != "" {
		s.NotMe = &pages.Press{Action: g.base + "/not-me", Nonce: p.nonces.Make(g.formID("not-me")), Text: g.l.T("hello.not_me", "name", g.who.FirstName)}
	}
	return s
}

// origin is where a request comes from, for the checks.
func (p *Pages) origin(c echo.Context) introduction.Origin {
	o := introduction.Origin{IP: web.ClientOf(c).IP}
	if value, ok := p.cookies.Step(c); ok {
		o.Device = ident.Token(value)
	}
	return o
}

// remember notes that this browser entered something, and gives it its cookie.
func (p *Pages) remember(c echo.Context, linkID, subjectID string) error {
	var device ident.Token
	if value, ok := p.cookies.Step(c); ok {
		device = ident.Token(value)
	}
	var token ident.Token
	err := p.DB.InTx(c.Request().Context(), func(ctx context.Context, tx db.Tx) error {
		var err error
		token, err = p.Customers.StepUp.Remember(ctx, tx, customer.Submission{Device: device, LinkID: linkID, SubjectID: subjectID})
		return err
	})
	if err != nil {
		return err
	}
	p.cookies.SetStep(c, token.Plain(), deviceLife)
	return nil
}

// notMe leads somebody to whom the private page was passed on to the page that may be passed on.
func (p *Pages) notMe(c echo.Context, g *guest) error {
	if err := p.posted(c, g.formID("not-me"), 0); err != nil || !g.open {
		return web.SeeOther(c, g.base)
	}
	var code string
	err := p.DB.InTx(g.ctx, func(ctx context.Context, tx db.Tx) error {
		var err error
		code, err = p.Campaigns.ShareLink(ctx, tx, g.who.ID, g.campaign.ID)
		return err
	})
	if err != nil {
		return err
	}
	return web.SeeOther(c, "/r/"+code)
}

// further are the pages behind a code; anything else leads to the first page.
var further = regexp.MustCompile(`^(mine|rewards|bank|data|introduce|testimonial|introductions/[0-9a-f-]{36}(/done|/nudges)?)$`)

// needCode leads to the code and from there to the page that needs it.
func (g *guest) codeURL(next string) string {
	return g.base + "/code?next=" + strings.TrimPrefix(next, g.base+"/")
}

func (g *guest) after(next string) string {
	if further.MatchString(next) {
		return g.base + "/" + next
	}
	return g.base + "/mine"
}

// code mails a code, or asks for the one that was mailed. The challenge is the code's id; it opens nothing by itself.
func (p *Pages) code(c echo.Context, g *guest) error {
	return p.showCode(c, g, codePage{challenge: c.QueryParam("sent"), next: c.QueryParam("next")})
}

type codePage struct {
	challenge, next string
	problems        pages.Problems
}

func (p *Pages) showCode(c echo.Context, g *guest, v codePage) error {
	id := g.formID("code")
	if ident.Valid(v.challenge) {
		id.Draft = v.challenge
	}
	view := pages.Ask{Shell: p.guestShell(g, "code.title"), Form: p.form(c, id), Heading: g.l.T("code.title"), BackURL: g.base}
	view.Action, view.Problems = g.base+"/code?next="+g.next(v.next), v.problems
	if id.Draft == "" {
		view.Text = []string{g.l.T("code.why"), g.l.T("code.where", "address", masked(g.who.Email()))}
		view.Go, view.GoName, view.GoValue = g.l.T("code.send"), "action", "send"
	} else {
		view.Text = []string{g.l.T("code.sent", "address", masked(g.who.Email()))}
		view.Inputs = []pages.Input{{Name: "code", Label: g.l.T("code.label"), Help: g.l.T("code.help"), Autocomplete: "one-time-code", InputMode: "numeric", EnterKey: "done", MaxLength: "12"}}
		view.Go, view.GoName, view.GoValue = g.l.T("code.confirm"), "action", "confirm"
		view.Links = []pages.Anchor{{Text: g.l.T("code.again"), URL: g.base + "/code?next=" + g.next(v.next)}}
	}
	return web.Render(c, status(v.problems), pages.ShowAsk(view))
}

func (g *guest) next(next string) string {
	if further.MatchString(next) {
		return next
	}
	return "mine"
}

func (p *Pages) postCode(c echo.Context, g *guest) error {
	v := codePage{challenge: web.Form(c).Get("draft"), next: c.QueryParam("next")}
	id := g.formID("code")
	id.Draft = v.challenge
	if err := p.posted(c, id, 0); err != nil {
		v.problems = problems(g.l, err)
		return p.showCode(c, g, v)
	}
	if v.challenge == "" {
		challenge, err := p.Customers.StepUp.Start(g.ctx, g.link)
		if ps := problems(g.l, err); len(ps) > 0 {
			v.problems = ps
			return p.showCode(c, g, v)
		}
		if err != nil {
			return err
		}
		return web.SeeOther(c, g.base+"/code?sent="+challenge+"&next="+g.next(v.next))
	}
	token, err := p.Customers.StepUp.Confirm(g.ctx, g.link, customer.Attempt{Challenge: v.challenge, Code: value(c, "code"), Device: g.cookie})
	if ps := problems(g.l, err); len(ps) > 0 {
		v.problems = ps
		return p.showCode(c, g, v)
	}
	if err != nil {
		return err
	}
	p.cookies.SetStep(c, token.Plain(), deviceLife)
	return web.SeeOther(c, g.after(v.next))
}

// masked shows the first letter and the domain of an address: enough to know which mailbox to look into. A word joiner keeps
// a narrow screen from breaking the line in the middle.
func masked(email string) string {
	local, domain, ok := strings.Cut(email, "@")
	if !ok || local == "" {
		return ""
	}
	return string([]rune(local)[0]) + "…\u2060@" + domain
}

// freshPage offers a fresh link. It says the same to everybody, whatever the token was.
func (p *Pages) freshPage(c echo.Context, code int) error {
	set, err := p.Settings.Get(c.Request().Context())
	if err != nil {
		return err
	}
	l := speak(c, set)
	view := pages.Ask{Shell: p.shell(set, l, l.T("page.fresh_link.title")), Heading: l.T("page.fresh_link.title"),
		Text: []string{l.T("page.fresh_link.text")}, Go: l.T("page.fresh_link.button")}
	view.Form = pages.Form{Action: "/c/" + c.Param("token") + "/fresh", Nonce: p.nonces.Make(freshForm)}
	return web.Render(c, code, pages.ShowAsk(view))
}

var freshForm = web.FormID{Name: "fresh"}

// fresh is what follows the button, for everybody alike.
func (p *Pages) fresh(c echo.Context) error {
	set, err := p.Settings.Get(c.Request().Context())
	if err != nil {
		return err
	}
	l := speak(c, set)
	return web.Render(c, http.StatusOK, pages.ShowNotice(pages.Notice{Shell: p.shell(set, l, l.T("page.fresh_link.button")),
		Heading: l.T("page.fresh_link.sent"), Text: []string{l.T("page.fresh_link.done")}}))
}

func (p *Pages) postFresh(c echo.Context) error {
	token := c.Param("token")
	if p.posted(c, freshForm, 0) != nil || web.Trapped(web.Form(c)) {
		return p.freshPage(c, http.StatusUnprocessableEntity)
	}
	if err := p.Customers.Links.MailFresh(c.Request().Context(), ident.Token(token)); err != nil {
		return err
	}
	return web.SeeOther(c, "/c/"+token+"/fresh")
}

// rails translates the ways to pay for a list of choices.
func (g *guest) rail(name campaign.Rail) string { return upper(g.l.T("rail." + string(name))) }

// upper begins a sentence with a word from the catalogue.
func upper(s string) string {
	r := []rune(s)
	if len(r) == 0 {
		return s
	}
	return strings.ToUpper(string(r[0])) + string(r[1:])
}

// oneOf returns what was posted if it is one of the known values, else "".
func oneOf(value string, known ...string) string {
	if slices.Contains(known, value) {
		return value
	}
	return ""
}
