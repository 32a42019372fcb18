package api

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/labstack/echo/v4"

	"goodword/internal/audit"
	"goodword/internal/fault"
	"goodword/internal/staff"
	"goodword/internal/web"
)

// call is one request on its way through a handler.
type call struct {
	echo  echo.Context
	route *route
	// actor is who asks; the zero Actor is nobody.
	actor audit.Actor
	// ifMatch is the version in If-Match, -1 where any will do.
	ifMatch int64
	// failed is what the handler or huma's validation refused with.
	failed error
	// rows is the answer as a table, for Accept: text/csv.
	rows [][]string
}

type callKey struct{}

// callOf returns the request behind ctx. Handlers run behind serve, which always sets it.
func callOf(ctx context.Context) *call { return ctx.Value(callKey{}).(*call) }

// actorOf returns who asks.
func actorOf(ctx context.Context) audit.Actor { return callOf(ctx).actor }

// allowed reports whether whoever asks has a permission.
func allowed(ctx context.Context, p staff.Permission) bool {
	return staff.Allowed(staff.Role(actorOf(ctx).Role), p)
}

// serve stands before every operation: it decides who may, then lets huma read, check and answer into a buffer, so that
// an error of any origin becomes an answer in one place, package web, and a kept answer can be repeated.
func (a *api) serve(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := a.route(c)
		one, err := admit(c, r)
		if err != nil {
			return err
		}
		c.SetRequest(c.Request().WithContext(context.WithValue(c.Request().Context(), callKey{}, one)))
		answer := func(echo.Context) error { return a.answer(one, next) }
		if r.patience > 0 {
			answer = web.Deadline(r.patience)(answer)
		}
		if r.limit.PerMinute > 0 {
			answer = a.Limits.Limit("api."+r.op.OperationID, r.limit)(answer)
		}
		return answer(c)
	}
}

func (a *api) answer(one *call, next echo.HandlerFunc) error {
	if one.route.stream {
		return next(one.echo)
	}
	if key := one.echo.Request().Header.Get(idempotencyHeader); key != "" && one.route.once {
		return a.once(one, key, next)
	}
	given, err := run(one, next)
	if err != nil {
		return err
	}
	return given.send(one.echo)
}

// admit is the one gate of the API: the table of permissions in package staff decides.
func admit(c echo.Context, r *route) (*call, error) {
	one := &call{echo: c, route: r, ifMatch: -1}
	p, known := web.PrincipalFrom(c)
	if known {
		one.actor = audit.Actor{Kind: audit.KindStaff, ID: p.StaffID, Name: p.Name, Role: p.Role}
		if p.APIKeyID != "" {
			one.actor.Kind, one.actor.ID = audit.KindAPIKey, p.APIKeyID
		}
	}
	if ip := web.ClientOf(c).IP; ip.IsValid() {
		one.actor.IP = ip.String()
	}
	one.actor.RequestID = web.RequestID(c)
	if r.access.anyone {
		return one, nil
	}
	if !known {
		return nil, fault.New(fault.Unauthenticated, "")
	}
	if r.access.people && p.APIKeyID != "" {
		return nil, fault.New(fault.Forbidden, "This is for people who sign in, not for API keys.")
	}
	if r.access.programs && p.APIKeyID == "" {
		return nil, fault.New(fault.Forbidden, "This is for other systems with an API key. Please close the introduction by hand.")
	}
	if !r.access.member && !slices.ContainsFunc(r.access.may, func(want staff.Permission) bool { return staff.Allowed(staff.Role(p.Role), want) }) {
		return nil, fault.New(fault.Forbidden, "Your role does not allow this.")
	}
	if m := c.Request().Header.Get("If-Match"); m != "" && m != "*" {
		version, err := strconv.ParseInt(strings.Trim(strings.TrimPrefix(m, "W/"), `"`), 10, 64)
		if err != nil || version < 0 {
			return nil, &fault.Error{Code: fault.Malformed, Message: "If-Match must be an ETag that we gave out.", Problems: []fault.Problem{{Field: "If-Match", Message: "This is no ETag of ours."}}}
		}
		one.ifMatch = version
	}
	return one, nil
}

// answer is what goes out.
type answer struct {
	Status int         `json:"status"`
	Header http.Header `json:"header"`
	Body   []byte      `json:"body"`
}

func (g answer) send(c echo.Context) error {
	for name, values := range g.Header {
		for _, v := range values {
			c.Response().Header().Add(name, v)
		}
	}
	if len(g.Body) == 0 {
		return c.NoContent(g.Status)
	}
	return c.Blob(g.Status, g.Header.Get("Content-Type"), g.Body)
}

// run lets the operation answer into a buffer. It returns what the operation refused with as an error.
func run(one *call, next echo.HandlerFunc) (answer, error) {
	c, response := one.echo, one.echo.Response()
	buffer := &recorder{header: http.Header{}}
	c.SetResponse(echo.NewResponse(buffer, c.Echo()))
	defer c.SetResponse(response)
	if err := next(c); err != nil {
		return answer{}, err
	}
	if one.failed != nil {
		if stale(one) {
			return staleAnswer(c)
		}
		return answer{}, one.failed
	}
	given := answer{Status: buffer.status, Header: buffer.header, Body: buffer.body.Bytes()}
	if one.rows != nil {
		given.Body = writeCSV(one.rows)
		given.Header.Set("Content-Type", "text/csv; charset=utf-8")
		given.Header.Set("Content-Disposition", `attachment; filename="`+one.route.op.OperationID+`.csv"`)
	}
	return given, nil
}

// stale tells the conflict of two editors, which If-Match was sent for, from every other.
func stale(one *call) bool {
	f, ok := errors.AsType[*fault.Error](one.failed)
	return one.ifMatch >= 0 && ok && f.Code == fault.Conflict && f.Key == "error.conflict" && len(f.Problems) == 0
}

type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (r *recorder) Header() http.Header         { return r.header }
func (r *recorder) WriteHeader(status int)      { r.status = status }
func (r *recorder) Write(p []byte) (int, error) { return r.body.Write(p) }

// carried takes a handler's error through huma unread.
type carried struct{ cause error }

func (e *carried) Error() string  { return e.cause.Error() }
func (e *carried) Unwrap() error  { return e.cause }
func (e *carried) GetStatus() int { return http.StatusInternalServerError }

// intercept sees every answer before huma writes it down: errors go the way of run, tables are noted.
func (a *api) intercept(ctx huma.Context, _ string, v any) (any, error) {
	one := callOf(ctx.Context())
	switch v := v.(type) {
	case *carried:
		one.failed = v.cause
	case *huma.ErrorModel:
		one.failed = refusal(v)
	case table:
		if strings.Contains(ctx.Header("Accept"), "text/csv") {
			one.rows = v.table()
		}
	}
	return v, nil
}
