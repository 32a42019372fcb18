package pages

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"goodword/frontend/pages"
	"goodword/internal/customer"
	"goodword/internal/fault"
	"goodword/internal/ident"
	"goodword/internal/reward"
	"goodword/internal/web"
)

// bank shows where a customer's transfers go, on a device that confirmed a code (S3). Looking asks Stripe nothing.
func (p *Pages) bank(c echo.Context, g *guest) error {
	if !g.device.Verified {
		return web.SeeOther(c, g.codeURL("bank"))
	}
	return p.showBank(c, g, nil)
}

func (p *Pages) showBank(c echo.Context, g *guest, wrong pages.Problems) error {
	a, err := p.Rewards.AccountFor(g.ctx, g.who.ID)
	if err != nil {
		return err
	}
	v := pages.Ask{Shell: p.guestShell(g, "bank.title"), Form: p.form(c, g.formID("bank")), Heading: g.l.T("bank.title"), BackURL: g.base + "/rewards",
		GoName: "action", GoValue: "start", Go: g.l.T("bank.go"), Text: []string{g.l.T("bank.why")},
		Facts: []pages.Fact{{Name: g.l.T("bank.state"), Value: g.account(a, p)}}}
	v.Action, v.Problems = g.base+"/bank", wrong
	switch {
	case !p.Payees.On():
		v.Go, v.Facts, v.Text = "", nil, []string{g.l.T("rail.off")}
	case c.QueryParam("do") == "replace" && a.ID != "":
		v.Go, v.GoValue, v.Text = g.l.T("bank.replace"), "replace", []string{g.l.T("bank.replace_text")}
		v.BackURL = g.base + "/bank"
	case c.QueryParam("back") != "" && a.ID != "" && a.State != reward.AccountReady:
		v.Go, v.GoValue = g.l.T("bank.look"), "look"
		v.Links = append(v.Links, pages.Anchor{Text: g.l.T("bank.go"), URL: g.base + "/bank"})
	default:
		if a.State == reward.AccountReady {
			v.Go = g.l.T("bank.update")
		}
		if c.QueryParam("again") != "" {
			v.Text = append([]string{g.l.T("bank.again")}, v.Text...)
		}
	}
	if a.ID != "" && v.GoValue != "replace" && v.Go != "" {
		v.Links = append(v.Links, pages.Anchor{Text: g.l.T("bank.replace"), URL: g.base + "/bank?do=replace"})
	}
	return web.Render(c, status(wrong), pages.ShowAsk(v))
}

// account says in the reader's words how their account stands.
func (g *guest) account(a reward.Account, p *Pages) string {
	switch {
	case a.State != reward.AccountReady:
		return g.l.T(a.Hindrance(reward.Payee{}))
	case p.now().Before(a.PausedUntil):
		return g.l.T("bank.paused", "date", g.l.Date(a.PausedUntil.In(g.zone)))
	}
	return g.l.T("bank.ready")
}

// postBank leads to Stripe, asks Stripe how the account stands, or takes another account. A link alone is not enough (S3).
func (p *Pages) postBank(c echo.Context, g *guest) error {
	if !g.device.Verified {
		return stepNeeded()
	}
	if err := p.posted(c, g.formID("bank"), 0); err != nil {
		return p.showBank(c, g, problems(g.l, err))
	}
	switch oneOf(value(c, "action"), "start", "look", "replace") {
	case "look":
		a, err := p.Rewards.AccountFor(g.ctx, g.who.ID)
		if err == nil {
			err = p.Payees.Look(g.ctx, g.actor(), a.ID)
		}
		if err != nil {
			return p.showBank(c, g, pages.Problems{{Message: g.l.T("bank.failed")}})
		}
		return web.SeeOther(c, g.base+"/bank?back=1")
	case "replace":
		if _, err := p.Rewards.ReplaceAccount(g.ctx, g.actor(), g.who.ID); err != nil {
			return err
		}
	case "":
		return web.SeeOther(c, g.base+"/bank")
	}
	return p.toStripe(c, g)
}

// toStripe shows the way to Stripe's page. It is a link and no redirect: a form may only lead to our own pages.
func (p *Pages) toStripe(c echo.Context, g *guest) error {
	url, err := p.Payees.Start(g.ctx, g.actor(), g.link)
	if fault.Is(err, fault.Unavailable) {
		return p.showBank(c, g, pages.Problems{{Message: g.l.T("bank.failed")}})
	}
	if err != nil {
		return err
	}
	v := pages.Ask{Shell: p.guestShell(g, "bank.on"), Heading: g.l.T("bank.on"), Text: []string{g.l.T("bank.on_text")}, BackURL: g.base + "/bank",
		Links: []pages.Anchor{{Text: g.l.T("bank.on_link"), URL: url}}}
	return web.Render(c, http.StatusOK, pages.ShowAsk(v))
}

// backFromBank is where Stripe sends a customer back to. It knows the link's id only; the browser that left is known by its
// cookie and led back to its own page, everybody else is told to use their link.
func (p *Pages) backFromBank(c echo.Context) error {
	ctx, id := c.Request().Context(), c.Param("link")
	set, err := p.Settings.Get(ctx)
	if err != nil {
		return err
	}
	l := speak(c, set)
	stranger := func() error {
		return web.Render(c, http.StatusOK, pages.ShowNotice(pages.Notice{Shell: p.shell(set, l, l.T("bank.back_title")),
			Heading: l.T("bank.back_title"), Text: []string{l.T("bank.back_text")}}))
	}
	value, ok := p.cookies.Step(c)
	if !ok || !ident.Valid(id) {
		return stranger()
	}
	device, err := p.Customers.StepUp.Device(ctx, ident.Token(value), id)
	if err != nil {
		return err
	}
	if !device.Verified {
		return stranger()
	}
	link, err := p.Customers.Links.ByID(ctx, p.DB, id)
	if err != nil || link.Purpose != customer.ForCustomer || !link.Alive(p.now()) {
		return stranger()
	}
	url, err := p.Customers.Links.URLOf(link)
	if err != nil {
		return err
	}
	query := "?back=1"
	if c.QueryParam("again") != "" {
		query = "?again=1"
	}
	return web.SeeOther(c, strings.TrimPrefix(url, p.Config.BaseURL)+"/bank"+query)
}
