package web

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"goodword/internal/fault"
)

// sameOrigin refuses unsafe requests that another site made a browser send (S10). The exemptions are exactly three:
// signed webhooks, RFC 8058 one-click unsubscribing, and requests with an API key, which no other site can attach.
func sameOrigin(baseURL string) echo.MiddlewareFunc {
	cop := http.NewCrossOriginProtection()
	if err := cop.AddTrustedOrigin(baseURL); err != nil {
		panic("web: base URL: " + err.Error()) // config has checked it
	}
	cop.AddInsecureBypassPattern("/hooks/")
	cop.AddInsecureBypassPattern("POST /u/{token}")
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if _, ok := bearer(c.Request()); ok {
				return next(c)
			}
			if err := cop.Check(c.Request()); err != nil {
				return &fault.Error{Code: fault.Forbidden, Key: "error.cross_site", Message: "This request came from another site. Please open the page again and send it from there.", Cause: err}
			}
			return next(c)
		}
	}
}

// bearer returns the credentials of an Authorization: Bearer header. Whoever sends one is never also known by cookie
// (see Authenticate), which is what makes the exemption above safe.
func bearer(r *http.Request) (string, bool) {
	scheme, value, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	return strings.TrimSpace(value), strings.EqualFold(scheme, "Bearer")
}
