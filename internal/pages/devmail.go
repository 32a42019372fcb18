package pages

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"goodword/frontend/pages"
	"goodword/internal/i18n"
	"goodword/internal/mail"
	"goodword/internal/web"
)

// inbox lists the captured mail. It exists on loopback only, where nothing is really sent.
func (p *Pages) inbox(c echo.Context) error {
	set, err := p.Settings.Get(c.Request().Context())
	if err != nil {
		return err
	}
	list, err := p.Captured.List()
	if err != nil {
		return err
	}
	v := pages.Inbox{Shell: p.shell(set, i18n.For("en"), "Captured mail")}
	for _, m := range list {
		v.Mails = append(v.Mails, letter(m))
	}
	return web.Render(c, http.StatusOK, pages.ShowInbox(v))
}

func letter(m mail.Captured) pages.Letter {
	return pages.Letter{From: address(m.From), To: address(m.To), Subject: m.Subject, At: m.At.Format(time.DateTime), URL: "/dev/mail/" + m.ID, HTMLURL: "/dev/mail/" + m.ID + "/html"}
}

func address(a mail.Address) string {
	if a.Name == "" {
		return a.Email
	}
	return a.Name + " (" + a.Email + ")"
}

func (p *Pages) letter(c echo.Context) error {
	set, err := p.Settings.Get(c.Request().Context())
	if err != nil {
		return err
	}
	m, err := p.Captured.Get(c.Param("id"))
	if err != nil {
		return err
	}
	v := pages.OneLetter{Shell: p.shell(set, i18n.For("en"), m.Subject), Letter: letter(m.Captured), BackURL: "/dev/mail"}
	v.Text = m.Text
	for _, h := range m.Headers {
		v.Headers = append(v.Headers, pages.Fact{Name: h.Name, Value: h.Value})
	}
	return web.Render(c, http.StatusOK, pages.ShowLetter(v))
}

// letterHTML is the mail as a mail program would show it: without script, in a frame of our own page. Its links lead the
// whole window on.
func (p *Pages) letterHTML(c echo.Context) error {
	m, err := p.Captured.Get(c.Param("id"))
	if err != nil {
		return err
	}
	c.Response().Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; "+
		"sandbox allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation")
	return c.HTML(http.StatusOK, `<base target="_top">`+m.HTML)
}
