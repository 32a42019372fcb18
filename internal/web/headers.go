package web

import (
	"fmt"
	"time"

	"github.com/labstack/echo/v4"
)

// headers sets what every answer carries, error pages included (S6, S11).
func headers(https bool) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			h := c.Response().Header()
			nonce := Nonce(c)
			h.Set("Content-Security-Policy", "default-src 'self'; script-src 'self' 'nonce-"+nonce+"'; style-src 'self' 'nonce-"+nonce+
				"'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
			h.Set("X-Content-Type-Options", "nosniff")
			h.Set("Referrer-Policy", "no-referrer")
			h.Set("Cross-Origin-Opener-Policy", "same-origin")
			h.Set("Cross-Origin-Resource-Policy", "same-origin")
			h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()")
			// Private by default: most addresses hold a token, and an error page stands at such an address too.
			h.Set("Cache-Control", "no-store")
			h.Set("X-Robots-Tag", "noindex, nofollow")
			if https {
				// Without includeSubDomains: the other hosts below this name are not ours to decide about.
				h.Set("Strict-Transport-Security", "max-age=31536000")
			}
			return next(c)
		}
	}
}

// Cacheable lets browsers and proxies keep an answer that is the same for everybody. Never for a token's address.
func Cacheable(c echo.Context, maxAge time.Duration) {
	c.Response().Header().Set("Cache-Control", fmt.Sprintf("public, max-age=%d", int(maxAge.Seconds())))
}

// Indexable lets search engines list an answer. Never for a token's address.
func Indexable(c echo.Context) { c.Response().Header().Del("X-Robots-Tag") }
