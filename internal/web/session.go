package web

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"goodword/internal/config"
	"goodword/internal/fault"
	"goodword/internal/ident"
)

// Cookies names and reads our two cookies: the staff session and the step-up of public pages.
//
// They are "__Host-…", Secure, HttpOnly, SameSite=Lax, for the whole host. With a base URL of http://localhost the
// prefix and Secure are left out, because browsers refuse the prefix without TLS, even on loopback, and Safari the
// attribute too; config allows http nowhere else.
type Cookies struct{ secure bool }

// NewCookies looks at the scheme of the base URL.
func NewCookies(cfg *config.Config) Cookies { return Cookies{secure: cfg.HTTPS()} }

const (
	sessionName = "gw_session"
	stepName    = "gw_step"
)

// SetSession signs this browser in for at most life. Staff keeps the server's side, and its end.
func (k Cookies) SetSession(c echo.Context, token ident.Token, life time.Duration) {
	k.set(c, sessionName, token.Plain(), life)
}

// Session returns the session token that the browser sent, if any; it may be stale or forged.
func (k Cookies) Session(c echo.Context) (ident.Token, bool) {
	v, ok := k.get(c, sessionName)
	return ident.Token(v), ok
}

// ClearSession takes the cookie back; the session itself must be ended by staff.
func (k Cookies) ClearSession(c echo.Context) { k.set(c, sessionName, "", -1) }

// SetStep remembers on this device what a step-up code or a submission allowed. The value must prove itself (sealed or
// signed); browsers drop values above about 4,000 bytes.
func (k Cookies) SetStep(c echo.Context, value string, life time.Duration) {
	k.set(c, stepName, value, life)
}

// Step returns the value of SetStep, which the caller must verify.
func (k Cookies) Step(c echo.Context) (string, bool) { return k.get(c, stepName) }

// ClearStep forgets the step-up on this device.
func (k Cookies) ClearStep(c echo.Context) { k.set(c, stepName, "", -1) }

func (k Cookies) name(name string) string {
	if k.secure {
		return "__Host-" + name
	}
	return name
}

func (k Cookies) set(c echo.Context, name, value string, life time.Duration) {
	age := int(life.Seconds())
	if life < 0 {
		age = -1
	}
	c.SetCookie(&http.Cookie{Name: k.name(name), Value: value, Path: "/", MaxAge: age, Secure: k.secure, HttpOnly: true, SameSite: http.SameSiteLaxMode})
}

func (k Cookies) get(c echo.Context, name string) (string, bool) {
	cookie, err := c.Cookie(k.name(name))
	if err != nil || cookie.Value == "" {
		return "", false
	}
	return cookie.Value, true
}

// Kind says what sort of token a request authenticates with.
type Kind string

// The kinds of token that Authenticate passes on.
const (
	SessionToken Kind = "session"
	APIKeyToken  Kind = "api_key"
)

// Principal is who asks, as staff knows them. The zero Principal is nobody.
type Principal struct {
	StaffID string
	// APIKeyID is set when a program asks, and then StaffID is empty.
	APIKeyID string
	// Role is one of staff's roles.
	Role string
	// Name is for display and audit.
	Name string
}

// Authenticator finds out whose token it is, and must ask the database each time: a disabled person is out at once.
// It returns Unauthenticated (or NotFound) for a token that opens nothing.
type Authenticator func(ctx context.Context, token ident.Token, kind Kind) (Principal, error)

// Authenticate finds the principal of a request, if it has one; Require decides whether it must.
// An Authorization header alone counts where there is one: the cookie is then not looked at, because such requests
// are exempt from the cross-origin check. A stale cookie is nobody and is taken back; a wrong API key is refused.
func Authenticate(auth Authenticator, k Cookies) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			x := exchangeOf(c)
			r := c.Request()
			c.SetRequest(r.WithContext(context.WithValue(r.Context(), contextKey{}, x)))
			if key, ok := bearer(r); ok {
				p, err := auth(r.Context(), ident.Token(key), APIKeyToken)
				if unknown(err) {
					return fault.Wrap(fault.Unauthenticated, "This API key is not known, or no longer valid.", err)
				}
				if err != nil {
					return err
				}
				x.principal = p
				return next(c)
			}
			token, ok := k.Session(c)
			if !ok {
				return next(c)
			}
			p, err := auth(r.Context(), token, SessionToken)
			if unknown(err) {
				k.ClearSession(c)
				return next(c)
			}
			if err != nil {
				return err
			}
			x.principal = p
			return next(c)
		}
	}
}

func unknown(err error) bool {
	return fault.Is(err, fault.Unauthenticated) || fault.Is(err, fault.NotFound)
}

// PrincipalFrom returns who asks, and false for nobody.
func PrincipalFrom(c echo.Context) (Principal, bool) {
	p := exchangeOf(c).principal
	return p, p != Principal{}
}

// PrincipalIn is PrincipalFrom for handlers that only get a context.
func PrincipalIn(ctx context.Context) (Principal, bool) {
	x, ok := ctx.Value(contextKey{}).(*exchange)
	if !ok {
		return Principal{}, false
	}
	return x.principal, x.principal != Principal{}
}

// Require answers Unauthenticated to nobody, and Forbidden to a role that is not listed. Without roles anybody who is
// signed in may pass.
func Require(roles ...string) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			p, ok := PrincipalFrom(c)
			if !ok {
				return fault.New(fault.Unauthenticated, "")
			}
			if len(roles) > 0 && !slices.Contains(roles, p.Role) {
				return fault.New(fault.Forbidden, "")
			}
			return next(c)
		}
	}
}
