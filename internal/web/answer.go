package web

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"goodword/internal/fault"
)

// ErrorView is what an error page shows. Nothing in it tells what went wrong inside.
type ErrorView struct {
	Status int
	Code   fault.Code
	// Key names the sentence in the catalogue; Message is its English text. Neither is empty.
	Key     string
	Message string
	// RequestID lets support find the line in the log.
	RequestID string
}

// Problem is an error of the API: application/problem+json after RFC 9457.
type Problem struct {
	// Type is "urn:goodword:" and the fault code.
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail,omitempty"`
	// Errors has one entry per wrong field.
	Errors    []FieldProblem `json:"errors,omitempty"`
	RequestID string         `json:"request_id,omitempty"`
}

// FieldProblem is one thing wrong with one field of a document.
type FieldProblem struct {
	// Field is the path in the document, with dots: "offer.rewards.0.amount_minor".
	Field   string `json:"field"`
	Message string `json:"message"`
}

// statusGone is what the access log shows when the client left before the answer.
const statusGone = 499

// StatusOf maps a fault code to its HTTP status; an unknown code is 500.
func StatusOf(code fault.Code) int {
	switch code {
	case fault.Malformed:
		return http.StatusBadRequest
	case fault.Unauthenticated:
		return http.StatusUnauthorized
	case fault.Forbidden:
		return http.StatusForbidden
	case fault.NotFound:
		return http.StatusNotFound
	case fault.Conflict:
		return http.StatusConflict
	case fault.Gone:
		return http.StatusGone
	case fault.TooLarge:
		return http.StatusRequestEntityTooLarge
	case fault.Invalid:
		return http.StatusUnprocessableEntity
	case fault.TooMany:
		return http.StatusTooManyRequests
	case fault.Unavailable:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// codeOf is StatusOf backwards, for the errors that echo makes.
func codeOf(status int) fault.Code {
	for _, code := range []fault.Code{fault.Unauthenticated, fault.Forbidden, fault.NotFound, fault.Conflict, fault.Gone,
		fault.TooLarge, fault.Invalid, fault.TooMany, fault.Unavailable} {
		if StatusOf(code) == status {
			return code
		}
	}
	if status >= 400 && status < 500 {
		return fault.Malformed
	}
	return fault.Internal
}

// sentences are shown where a fault brings none of its own; each key is in the catalogue.
var sentences = map[fault.Code]string{
	fault.Malformed:       "The request could not be read.",
	fault.Unauthenticated: "Please sign in first.",
	fault.Forbidden:       "This is not open to you.",
	fault.NotFound:        "There is nothing at this address.",
	fault.Conflict:        "This has changed in the meantime. Please look again.",
	fault.Gone:            "This is no longer open.",
	fault.TooLarge:        "That is more than can be taken at once.",
	fault.Invalid:         "Please check the marked fields.",
	fault.TooMany:         "That was a lot at once. Please wait a moment and try again.",
	fault.Unavailable:     "This is not available right now. Please try again in a moment.",
	fault.Internal:        "Something went wrong on our side.",
}

// faultOf turns any error into a fault with a sentence, and its status.
func faultOf(err error) (fault.Error, int) {
	var f fault.Error
	status := 0
	if known, ok := errors.AsType[*fault.Error](err); ok {
		f = *known
	} else if he, ok := errors.AsType[*echo.HTTPError](err); ok {
		// Its message may quote the request; only the status is used.
		f, status = fault.Error{Code: codeOf(he.Code)}, he.Code
	} else if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		f.Code = fault.TooLarge
	} else if errors.Is(err, context.DeadlineExceeded) {
		f.Code = fault.Unavailable
	} else {
		f.Code = fault.Internal
	}
	if status == 0 {
		status = StatusOf(f.Code)
	}
	if f.Message == "" {
		f.Key, f.Message = "error."+string(f.Code), sentences[f.Code]
		if f.Message == "" {
			f.Key, f.Message = "error.internal", sentences[fault.Internal]
		}
	}
	return f, status
}

// ProblemOf describes an error for the API, in English.
func ProblemOf(err error, requestID string) Problem {
	f, status := faultOf(err)
	p := Problem{Type: "urn:goodword:" + string(f.Code), Title: http.StatusText(status), Status: status, Detail: f.Message, RequestID: requestID}
	for _, x := range f.Problems {
		p.Errors = append(p.Errors, FieldProblem{Field: x.Field, Message: x.Message})
	}
	return p
}

// answerer is the one place where an error becomes an answer and, if it is ours, a line in the log.
type answerer struct {
	log  *slog.Logger
	page func(echo.Context, ErrorView) templ.Component
}

func (a answerer) answer(err error, c echo.Context) {
	if c.Request().Context().Err() != nil && clientLeft(err) {
		c.Response().Status = statusGone
		return
	}
	f, status := faultOf(err)
	if status >= 500 {
		a.report(c, err, status)
	}
	if c.Response().Committed {
		return
	}
	if sendErr := a.send(c, f, status); sendErr != nil {
		a.log.Debug("answer not delivered", "request_id", RequestID(c), "error", sendErr)
	}
}

func clientLeft(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, http.ErrAbortHandler)
}

func (a answerer) report(c echo.Context, err error, status int) {
	attrs := []any{"request_id", RequestID(c), "method", method(c), "route", route(c), "status", status, "error", err.Error()}
	if p := exchangeOf(c).panicked; p != nil {
		attrs = append(attrs, "stack", string(p.stack))
	}
	a.log.Error("request failed", attrs...)
}

func (a answerer) send(c echo.Context, f fault.Error, status int) error {
	h := c.Response().Header()
	// The handler may already have said that its answer can be kept.
	h.Set("Cache-Control", "no-store")
	h.Set("X-Robots-Tag", "noindex, nofollow")
	h.Del("ETag")
	h.Del("Content-Encoding")
	if status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", `Bearer realm="goodword"`)
	}
	if status == http.StatusServiceUnavailable && h.Get("Retry-After") == "" {
		h.Set("Retry-After", "5")
	}
	if wantsProblem(c.Request()) {
		body, err := json.Marshal(ProblemOf(&f, RequestID(c)).withStatus(status))
		if err != nil {
			return err
		}
		return c.Blob(status, "application/problem+json", body)
	}
	view := ErrorView{Status: status, Code: f.Code, Key: f.Key, Message: f.Message, RequestID: RequestID(c)}
	if a.page != nil {
		err := a.draw(c, view)
		if err == nil || c.Response().Committed {
			return err
		}
		a.log.Error("error page cannot be drawn", "request_id", view.RequestID, "error", err.Error())
	}
	return c.String(status, view.Message+"\n\n"+view.RequestID+"\n")
}

// draw turns a panic of the error page itself into an error, so that the plain text still goes out.
func (a answerer) draw(c echo.Context, view ErrorView) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = newPanicked(v)
		}
	}()
	return Render(c, view.Status, a.page(c, view))
}

// withStatus keeps what ProblemOf cannot know from the fault alone: 405 and 415 have no code of their own.
func (p Problem) withStatus(status int) Problem {
	p.Status, p.Title = status, http.StatusText(status)
	return p
}

// wantsProblem: machines get problem+json, people a page. The address decides first, then what the client asks for.
func wantsProblem(r *http.Request) bool {
	if strings.HasPrefix(r.URL.Path, "/api/") || strings.HasPrefix(r.URL.Path, "/hooks/") {
		return true
	}
	accept := r.Header.Get("Accept")
	return strings.Contains(accept, "json") && !strings.Contains(accept, "text/html")
}

// panicked is a panic on its way to the log.
type panicked struct {
	value any
	stack []byte
}

func newPanicked(value any) *panicked { return &panicked{value: value, stack: debug.Stack()} }

// Error names the panic for the log; an error value keeps its text, anything else only its type, because it may hold
// what a person typed.
func (p *panicked) Error() string {
	switch v := p.value.(type) {
	case error:
		return "panic: " + v.Error()
	case string:
		return "panic: " + v
	}
	return "panic"
}

// recoverPanic turns a panic into an error, once, with its stack. http.ErrAbortHandler is meant to get through.
func recoverPanic(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		defer func() {
			v := recover()
			if v == nil {
				return
			}
			if e, ok := v.(error); ok && errors.Is(e, http.ErrAbortHandler) {
				panic(v)
			}
			p := newPanicked(v)
			exchangeOf(c).panicked = p
			err = p
		}()
		return next(c)
	}
}
