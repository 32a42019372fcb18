package web

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
	"unicode"

	"github.com/labstack/echo/v4"

	"goodword/internal/fault"
)

// Client is what a request says about its sender. It is personal data: it goes into audit entries and limits, never
// into the log.
type Client struct {
	// IP is the nearest address that no trusted proxy vouches beyond; the zero Addr if there is none.
	IP netip.Addr
	// UserAgent is at most 200 bytes, without control characters.
	UserAgent string
	// AcceptLanguage is the header as sent, at most 200 bytes, for i18n.Match.
	AcceptLanguage string
}

// ClientOf reads the sender's address and what the browser says of itself.
func ClientOf(c echo.Context) Client {
	ip, err := netip.ParseAddr(c.RealIP())
	if err != nil {
		ip = netip.Addr{}
	}
	h := c.Request().Header
	return Client{IP: ip.Unmap(), UserAgent: shortened(h.Get("User-Agent")), AcceptLanguage: shortened(h.Get("Accept-Language"))}
}

func shortened(s string) string {
	if len(s) > 200 {
		s = s[:200]
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
}

// clientIP believes X-Forwarded-For only from the configured networks, from the right until the first stranger (S27).
func clientIP(trusted []netip.Prefix) echo.IPExtractor {
	if len(trusted) == 0 {
		return echo.ExtractIPDirect()
	}
	options := []echo.TrustOption{echo.TrustLoopback(false), echo.TrustLinkLocal(false), echo.TrustPrivateNet(false)}
	for _, p := range trusted {
		options = append(options, echo.TrustIPRange(&net.IPNet{
			IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen()),
		}))
	}
	return echo.ExtractIPFromXFFHeader(options...)
}

// LoopbackOnly hides a route from everybody but a program on this machine that talks to us directly: the captured
// mail and the play page of the demo. The Host is checked as well, because a foreign page can point a name of its own
// at 127.0.0.1 and read the answer.
func LoopbackOnly(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		host := hostOnly(c.Request().Host)
		named, err := netip.ParseAddr(strings.Trim(host, "[]"))
		local := host == "localhost" || err == nil && named.IsLoopback()
		peer, err := netip.ParseAddr(hostOnly(c.Request().RemoteAddr))
		if !local || err != nil || !peer.Unmap().IsLoopback() || forwarded(c.Request()) {
			return fault.New(fault.NotFound, "")
		}
		return next(c)
	}
}

// Private hides a route from the internet: only loopback and private networks get in, and a proxy that is not
// configured as trusted cannot make a stranger look local.
func Private(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		ip := ClientOf(c).IP
		peer, err := netip.ParseAddr(hostOnly(c.Request().RemoteAddr))
		direct := err == nil && peer.Unmap() == ip
		if !ip.IsLoopback() && !ip.IsPrivate() || direct && forwarded(c.Request()) {
			return fault.New(fault.NotFound, "")
		}
		return next(c)
	}
}

func forwarded(r *http.Request) bool {
	return r.Header.Get("X-Forwarded-For") != "" || r.Header.Get("Forwarded") != "" || r.Header.Get("X-Real-Ip") != ""
}
