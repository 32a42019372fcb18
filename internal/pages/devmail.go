package pages

import (
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"goodword/frontend/pages"
	"goodword/internal/fault"
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
	v := pages.Inbox{Shell: p.shell(set, i18n.For("en"), "Captured mail"), Text: strconv.Itoa(len(list)) + " mails, newest first. Nothing left this machine.",
		Other: pages.Anchor{Text: "See a sample of every mail", URL: samplesURL}}
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
	return framed(c, m.HTML)
}

func framed(c echo.Context, html string) error {
	c.Response().Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; "+
		"sandbox allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation")
	return c.HTML(http.StatusOK, `<base target="_top">`+html)
}

const samplesURL = "/dev/samples"

// samples lists one mail of each kind in each language, with invented people, as this installation would send it.
func (p *Pages) samples(c echo.Context) error {
	set, err := p.Settings.Get(c.Request().Context())
	if err != nil {
		return err
	}
	v := pages.Inbox{Shell: p.shell(set, i18n.For("en"), "Sample mails"), Text: "One mail of each kind in each language, with invented people. Nobody gets them.",
		Other: pages.Anchor{Text: "Captured mail", URL: "/dev/mail"}}
	for _, lang := range i18n.Languages() {
		for _, m := range mail.Samples(lang) {
			r, err := p.Mails.Render(m, p.Identity())
			if err != nil {
				return err
			}
			v.Mails = append(v.Mails, sampleLetter(m, r))
		}
	}
	return web.Render(c, http.StatusOK, pages.ShowInbox(v))
}

func sampleLetter(m mail.Message, r mail.Rendered) pages.Letter {
	url := samplesURL + "/" + m.Lang + "/" + m.Template()
	return pages.Letter{From: m.FromName, To: address(m.To), Subject: r.Subject, At: m.Lang, URL: url, HTMLURL: url + "/html", Text: r.Text}
}

func (p *Pages) sampleOf(c echo.Context) (mail.Message, mail.Rendered, error) {
	for _, m := range mail.Samples(c.Param("lang")) {
		if m.Template() == c.Param("kind") {
			r, err := p.Mails.Render(m, p.Identity())
			return m, r, err
		}
	}
	return mail.Message{}, mail.Rendered{}, fault.New(fault.NotFound, "")
}

func (p *Pages) sample(c echo.Context) error {
	set, err := p.Settings.Get(c.Request().Context())
	if err != nil {
		return err
	}
	m, r, err := p.sampleOf(c)
	if err != nil {
		return err
	}
	return web.Render(c, http.StatusOK, pages.ShowLetter(pages.OneLetter{Shell: p.shell(set, i18n.For("en"), r.Subject), Letter: sampleLetter(m, r), BackURL: samplesURL}))
}

func (p *Pages) sampleHTML(c echo.Context) error {
	_, r, err := p.sampleOf(c)
	if err != nil {
		return err
	}
	return framed(c, r.HTML)
}
