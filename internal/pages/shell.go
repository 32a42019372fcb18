package pages

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"goodword/frontend"
	"goodword/frontend/pages"
	"goodword/internal/fault"
	"goodword/internal/i18n"
	"goodword/internal/setting"
	"goodword/internal/web"
)

// shell returns what stands around every page. Title is the page's own.
func (p *Pages) shell(set setting.Settings, l i18n.Locale, title string) pages.Shell {
	colors := p.look(set.BrandColor)
	s := pages.Shell{Locale: l, Title: title, Company: set.Company, Brand: colors.brand, CSS: frontend.PageCSS(), Script: p.script,
		Icon: colors.icon, PrivacyURL: set.PrivacyURL, TermsURL: set.TermsURL, Imprint: set.Company}
	if set.PostalAddress != "" {
		s.Imprint = l.T("page.imprint", "company", set.Company, "address", strings.Join(lines(set.PostalAddress), ", "))
	}
	if set.LogoSVG != "" {
		s.Logo = "/logo.svg?v=" + short(set.LogoSVG)
	}
	return s
}

// look is what a page takes from the company's colour.
type look struct{ brand, icon string }

// look keeps them by colour: working out what is readable takes longer than drawing a page. There are as many as colours were
// tried in the settings, so few that none is ever dropped.
func (p *Pages) look(color string) look {
	if l, ok := p.looks.Load(color); ok {
		return l.(look)
	}
	c := setting.PaletteOf(color)
	// The icon is a dot inside the page: browsers would ask for /favicon.ico otherwise.
	svg := `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><circle cx="8" cy="8" r="7" fill="` + c.Brand + `"/></svg>`
	l := look{brand: "--brand:" + c.Brand + ";--brand-ink:" + c.OnBrand + ";--brand-dark:" + c.DarkBrand, icon: "data:image/svg+xml," + url.PathEscape(svg)}
	p.looks.Store(color, l)
	return l
}

func short(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:5])
}

// lines returns the lines of a text that are not empty.
func lines(text string) []string {
	var out []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	return out
}

// logo serves the company's logo. Its own policy lets it style itself and nothing else.
func (p *Pages) logo(c echo.Context) error {
	set, err := p.Settings.Get(c.Request().Context())
	if err != nil {
		return err
	}
	if set.LogoSVG == "" {
		return fault.New(fault.NotFound, "")
	}
	c.Response().Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox")
	return web.Content(c, "image/svg+xml", []byte(set.LogoSVG), 24*time.Hour)
}

// speak returns the language of somebody of whom we know none: the browser's, among those the company offers.
func speak(c echo.Context, set setting.Settings) i18n.Locale {
	if header := web.ClientOf(c).AcceptLanguage; header != "" {
		if l := i18n.Match(header); slices.Contains(set.Languages, l.Lang()) {
			return l
		}
	}
	return i18n.For(set.DefaultLanguage)
}

// zone loads the first zone that is known, else UTC, and keeps it: the standard library reads it from disk each time.
func (p *Pages) zone(names ...string) *time.Location {
	for _, n := range names {
		if n == "" || n == "Local" {
			continue
		}
		if loc, ok := p.zones.Load(n); ok {
			return loc.(*time.Location)
		}
		if loc, err := time.LoadLocation(n); err == nil {
			p.zones.Store(n, loc)
			return loc
		}
	}
	return time.UTC
}

// robot guesses whether a view is a machine's: previews, prefetching, scanners. Visits are counts, never evidence.
func robot(r *http.Request) bool {
	if r.Header.Get("Purpose") == "prefetch" || strings.HasPrefix(r.Header.Get("Sec-Purpose"), "prefetch") || r.Method == http.MethodHead {
		return true
	}
	agent := strings.ToLower(r.UserAgent())
	if agent == "" {
		return true
	}
	for _, word := range []string{"bot", "crawl", "spider", "preview", "scan", "facebookexternalhit", "whatsapp", "curl", "wget", "python", "headless", "go-http"} {
		if strings.Contains(agent, word) {
			return true
		}
	}
	return false
}

// visit counts one view.
func (p *Pages) visit(c echo.Context, kind, subjectID string) {
	if subjectID != "" {
		p.Visits.Record(kind, subjectID, robot(c.Request()))
	}
}
