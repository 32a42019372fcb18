package pages

import (
	"net/http"
	"strings"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"goodword/frontend/pages"
	"goodword/internal/i18n"
	"goodword/internal/setting"
	"goodword/internal/web"
)

// Error draws the page that people see when something fails. It must work when the database does not.
func (p *Pages) Error(c echo.Context, e web.ErrorView) templ.Component {
	set, err := p.Settings.Get(c.Request().Context())
	if err != nil {
		set = setting.Defaults()
		set.Company = p.Config.Company
	}
	l := speak(c, set)
	v := pages.Notice{Shell: p.shell(set, l, ""), Heading: l.T("error.title." + errorKind(e.Status)), Text: []string{errorText(l, e)}, RequestID: e.RequestID}
	v.Title = v.Heading
	if e.Status == http.StatusNotFound || e.Status == http.StatusGone {
		// Nobody needs a number for a wrong address.
		v.RequestID = ""
		if strings.HasPrefix(c.Path(), "/i/") {
			v.Text = []string{l.T("error.link_dead"), l.T("error.ask_introducer")}
		}
	}
	return pages.ShowNotice(v)
}

// errorText prefers the catalogue: a message without a key was written for colleagues, in English.
func errorText(l i18n.Locale, e web.ErrorView) string {
	for _, key := range []string{e.Key, "error." + errorKind(e.Status)} {
		if l.Has(key) {
			return l.T(key)
		}
	}
	return e.Message
}

func errorKind(status int) string {
	switch {
	case status == http.StatusNotFound:
		return "not_found"
	case status == http.StatusGone:
		return "gone"
	case status == http.StatusTooManyRequests:
		return "too_many"
	case status >= 500:
		return "internal"
	}
	return "other"
}
