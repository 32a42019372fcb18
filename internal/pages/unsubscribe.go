package pages

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"goodword/frontend/pages"
	"goodword/internal/customer"
	"goodword/internal/fault"
	"goodword/internal/i18n"
	"goodword/internal/ident"
	"goodword/internal/introduction"
	"goodword/internal/invitation"
	"goodword/internal/setting"
	"goodword/internal/web"
)

// leaver is who wants no more mail.
type leaver struct {
	set  setting.Settings
	l    i18n.Locale
	link customer.Link
	base string
}

// leaver resolves a link to unsubscribe. One that is too old or revoked still works: nobody is to be kept from stopping.
func (p *Pages) leaver(c echo.Context) (*leaver, error) {
	ctx, token := c.Request().Context(), c.Param("token")
	link, err := p.Customers.Links.Resolve(ctx, customer.ForUnsubscribe, ident.Token(token))
	if err != nil && !fault.Is(err, fault.Gone) {
		return nil, err
	}
	v := &leaver{link: link, base: "/u/" + token}
	if v.set, err = p.Settings.Get(ctx); err != nil {
		return nil, err
	}
	v.l = speak(c, v.set)
	if link.CustomerID != "" {
		who, err := p.Customers.ByID(ctx, p.DB, link.CustomerID)
		if err != nil {
			return nil, err
		}
		v.l = i18n.For(who.Language)
	}
	return v, nil
}

func (v *leaver) formID() web.FormID { return web.FormID{Link: v.link.ID, Name: "unsubscribe"} }

// unsubscribe shows the page and changes nothing, because mail scanners open every link.
func (p *Pages) unsubscribe(c echo.Context) error {
	v, err := p.leaver(c)
	if err != nil {
		return err
	}
	return p.showUnsubscribe(c, v, nil)
}

func (p *Pages) showUnsubscribe(c echo.Context, v *leaver, wrong pages.Problems) error {
	title := v.l.T("page.unsubscribe.title")
	view := pages.Ask{Shell: p.shell(v.set, v.l, title), Form: p.form(c, v.formID()), Heading: title, Name: "scope", Legend: title, Go: v.l.T("page.unsubscribe.button")}
	view.Action, view.Problems = v.base, wrong
	scopes := []invitation.Scope{invitation.ScopeCampaign, invitation.ScopeAll}
	if v.link.InvitationID == "" {
		scopes = scopes[1:]
	}
	for _, s := range scopes {
		key := "page.unsubscribe." + string(s)
		if v.link.CustomerID == "" {
			key = "page.unsubscribe.prospect"
		}
		view.Options = append(view.Options, pages.Option{Value: string(s), Text: v.l.T(key)})
	}
	if c.QueryParam("done") != "" {
		view.Done, view.Go, view.Heading = v.l.T("page.unsubscribe.done"), "", v.l.T("page.unsubscribe.done_title")
	}
	return web.Render(c, status(wrong), pages.ShowAsk(view))
}

// postUnsubscribe acts at once. A mail program posts List-Unsubscribe=One-Click (RFC 8058) without cookie, nonce or origin
// and is answered without a redirect; the token is all it needs.
func (p *Pages) postUnsubscribe(c echo.Context) error {
	v, err := p.leaver(c)
	if err != nil {
		return err
	}
	if web.Form(c).Get("List-Unsubscribe") == "One-Click" {
		scope := invitation.ScopeAll
		if v.link.InvitationID != "" {
			scope = invitation.ScopeCampaign
		}
		if err := p.leave(c, v, scope); err != nil {
			return err
		}
		return c.String(http.StatusOK, v.l.T("page.unsubscribe.done")+"\n")
	}
	err = p.posted(c, v.formID(), 0)
	if err == nil {
		err = p.leave(c, v, invitation.Scope(value(c, "scope")))
	}
	if ps := problems(v.l, err); len(ps) > 0 {
		return p.showUnsubscribe(c, v, ps)
	}
	if err != nil {
		return err
	}
	return web.SeeOther(c, v.base+"?done=1")
}

func (p *Pages) leave(c echo.Context, v *leaver, scope invitation.Scope) error {
	if v.link.CustomerID != "" {
		return p.Invitations.Unsubscribe(c.Request().Context(), v.link, scope)
	}
	if scope != invitation.ScopeAll {
		var check fault.Check
		check.AddKey("scope", "problem.choose", "Please choose one.")
		return check.Err()
	}
	_, err := p.Introductions.Unwanted(c.Request().Context(), introduction.Prospect{LinkID: v.link.ID, IntroductionID: v.link.IntroductionID})
	return err
}
