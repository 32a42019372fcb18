package pages

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"goodword/frontend/pages"
	"goodword/internal/customer"
	"goodword/internal/fault"
	"goodword/internal/i18n"
	"goodword/internal/ident"
	"goodword/internal/introduction"
	"goodword/internal/setting"
	"goodword/internal/web"
)

// stranger is somebody who came through a public code: a share link (/r) or a placement (/q). Neither is a capability.
type stranger struct {
	ctx  context.Context
	set  setting.Settings
	l    i18n.Locale
	zone *time.Location
	door introduction.Door
	warm introduction.Warm
	// code is the public code, scope what sealed drafts are bound to, base the page's address: "/r/…".
	code, scope, base string
	share             bool
}

// public resolves a public code before a handler runs.
func (p *Pages) public(kind string, handle func(echo.Context, *stranger) error) echo.HandlerFunc {
	return func(c echo.Context) error {
		v := &stranger{ctx: c.Request().Context(), code: c.Param("code"), share: kind == "r"}
		v.scope = kind + "/" + v.code
		v.base = "/" + v.scope
		if !publicCode.MatchString(v.code) {
			return fault.New(fault.NotFound, "")
		}
		v.door = introduction.Door{PlacementCode: v.code}
		if v.share {
			v.door = introduction.Door{ShareCode: v.code}
		}
		v.door.From = p.origin(c)
		var err error
		if v.set, err = p.Settings.Get(v.ctx); err != nil {
			return err
		}
		v.l = speak(c, v.set)
		if v.warm, err = p.Introductions.PublicPage(v.ctx, v.door, v.l.Lang()); err != nil {
			return err
		}
		// A public page names the customer by the first name only.
		v.warm.IntroducerName, v.warm.IntroducerCompany = v.warm.IntroducerFirstName, ""
		v.zone = p.zone(v.warm.Rep.Zone, v.set.Zone)
		return handle(c, v)
	}
}

func (v *stranger) formID() web.FormID { return web.FormID{Link: v.scope, Name: "door"} }

// door is the public page: the campaign, and the same choices as behind a private link.
func (p *Pages) door(c echo.Context, v *stranger) error {
	if v.share {
		p.visit(c, "share", v.code)
	} else {
		place, err := p.Campaigns.PlacementByCode(v.ctx, p.DB, v.code)
		if err != nil {
			return err
		}
		p.visit(c, "placement", place.ID)
	}
	view := p.warmView(v.warm)
	view.Shell = p.shell(v.set, v.l, view.Heading)
	view.Card = card(v.l, v.warm, v.set)
	view.Card.Image = p.Config.BaseURL + v.base + "/card.png"
	view.YesURL, view.LaterURL, view.NoURL = v.base+"/yes", v.base+"/later", v.base+"/no"
	return web.Render(c, http.StatusOK, pages.ShowWarm(view))
}

// draft is what a public page keeps in its hidden field: the id that the introduction will have, so that the same form
// sent twice makes one.
type draft struct {
	ID string `json:"id"`
}

func (p *Pages) doorForm(c echo.Context, v *stranger, d draft) (pages.Form, error) {
	if d.ID == "" {
		d.ID = ident.New()
	}
	sealed, err := p.sealer.Seal(v.scope, d)
	if err != nil {
		return pages.Form{}, err
	}
	f := p.form(c, v.formID())
	f.Draft = sealed
	return f, nil
}

// doorDraft reads the hidden field back. One that is too old is replaced: what was typed stays.
func (p *Pages) doorDraft(c echo.Context, v *stranger) (draft, error) {
	var d draft
	if err := p.sealer.Open(v.scope, web.Form(c).Get("draft"), &d); err != nil {
		return draft{}, err
	}
	return d, p.posted(c, v.formID(), thinking)
}

func (p *Pages) doorYes(c echo.Context, v *stranger) error {
	return p.showDoorYes(c, v, draft{}, yesForm{})
}

func (p *Pages) showDoorYes(c echo.Context, v *stranger, d draft, f yesForm) error {
	view := p.yesView(v.l, v.zone, v.warm, f)
	view.Shell = p.shell(v.set, v.l, view.Heading)
	var err error
	if view.Form, err = p.doorForm(c, v, d); err != nil {
		return err
	}
	view.Action, view.Problems, view.BackURL = v.base+"/yes", f.problems, v.base
	view.AskName, view.AskSentBy = true, !v.share
	view.Consent = v.l.T("warm.consent", "company", v.set.Company)
	return web.Render(c, status(f.problems), pages.ShowYes(view))
}

func (p *Pages) postDoorYes(c echo.Context, v *stranger) error {
	if web.Trapped(web.Form(c)) {
		return web.SeeOther(c, v.base)
	}
	f := readYes(c)
	d, err := p.doorDraft(c, v)
	if err == nil && value(c, "answer") != "yes" {
		f.problems = pages.Problems{{Message: v.l.T("problem.choose")}}
		return p.showDoorYes(c, v, d, f)
	}
	var row introduction.Introduction
	var link string
	if err == nil {
		door := v.door
		door.ID, door.SentBy = d.ID, f.sentBy
		row, link, err = p.Introductions.OpenAccept(v.ctx, door, f.answer(v.l, v.l.T("warm.consent", "company", v.set.Company)))
	}
	if f.problems = problems(v.l, err); len(f.problems) > 0 {
		return p.showDoorYes(c, v, d, f)
	}
	if err != nil {
		return err
	}
	return p.enter(c, v, row, link)
}

// enter leads on to the reader's own page, and remembers that this browser gave the answer.
func (p *Pages) enter(c echo.Context, v *stranger, row introduction.Introduction, link string) error {
	own, err := p.Customers.Links.Find(v.ctx, p.DB, customer.Subject{Purpose: customer.ForProspect, IntroductionID: row.ID})
	if err != nil {
		return err
	}
	if err := p.remember(c, own.ID, row.ID); err != nil {
		return err
	}
	u, err := url.Parse(link)
	if err != nil {
		return err
	}
	return web.SeeOther(c, u.Path)
}

func (p *Pages) doorLater(c echo.Context, v *stranger) error {
	if c.QueryParam("kept") != "" {
		return web.Render(c, http.StatusOK, pages.ShowNotice(pages.Notice{Shell: p.shell(v.set, v.l, v.l.T("warm.thanks")),
			Heading: v.l.T("warm.thanks"), Text: []string{v.l.T("later.public_kept")}}))
	}
	return p.showDoorLater(c, v, draft{}, laterForm{})
}

func (p *Pages) showDoorLater(c echo.Context, v *stranger, d draft, f laterForm) error {
	view := laterView(v.l, v.base, f)
	view.Shell = p.shell(v.set, v.l, view.Heading)
	var err error
	if view.Form, err = p.doorForm(c, v, d); err != nil {
		return err
	}
	view.Action, view.Problems, view.BackURL = v.base+"/later", f.problems, v.base
	view.Inputs[0].Optional, view.Inputs[0].Help = false, v.l.T("later.public_help")
	view.Inputs = append([]pages.Input{{Name: "name", Label: v.l.T("warm.your_name"), Value: f.name, Autocomplete: "name", EnterKey: "next", MaxLength: "80"}}, view.Inputs...)
	return web.Render(c, status(f.problems), pages.ShowAsk(view))
}

func (p *Pages) postDoorLater(c echo.Context, v *stranger) error {
	if web.Trapped(web.Form(c)) {
		return web.SeeOther(c, v.base)
	}
	f := laterForm{name: value(c, "name"), months: value(c, "months"), email: value(c, "email")}
	d, err := p.doorDraft(c, v)
	if err == nil {
		months, parseErr := strconv.Atoi(f.months)
		if parseErr != nil {
			months = 0
		}
		door := v.door
		door.ID = d.ID
		_, err = p.Introductions.OpenLater(v.ctx, door, f.name, months, f.email, v.l.T("later.public_help"))
	}
	if f.problems = problems(v.l, err); len(f.problems) > 0 {
		return p.showDoorLater(c, v, d, f)
	}
	if err != nil {
		return err
	}
	return web.SeeOther(c, v.base+"/later?kept=1")
}

func (p *Pages) doorRemindMe(c echo.Context, v *stranger) error {
	return p.calendarLater(c, v.l, reminder{id: v.code, path: v.base, company: v.set.Company})
}

// doorNo keeps nothing: nobody is waiting for an answer.
func (p *Pages) doorNo(c echo.Context, v *stranger) error {
	return web.Render(c, http.StatusOK, pages.ShowNotice(pages.Notice{Shell: p.shell(v.set, v.l, v.l.T("public.no")),
		Heading: v.l.T("public.no"), Text: []string{v.l.T("public.no_text")}}))
}
