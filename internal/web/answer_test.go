package web_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"goodword/internal/fault"
	"goodword/internal/web"
)

var answers = []struct {
	name   string
	err    error
	status int
	code   fault.Code
	logged bool
}{
	{"malformed", fault.New(fault.Malformed, ""), 400, fault.Malformed, false},
	{"unauthenticated", fault.New(fault.Unauthenticated, ""), 401, fault.Unauthenticated, false},
	{"forbidden", fault.New(fault.Forbidden, "Only finance may do this."), 403, fault.Forbidden, false},
	{"not found", fmt.Errorf("campaign 7: %w", fault.New(fault.NotFound, "")), 404, fault.NotFound, false},
	{"conflict", fault.New(fault.Conflict, ""), 409, fault.Conflict, false},
	{"gone", fault.New(fault.Gone, ""), 410, fault.Gone, false},
	{"too large", fault.New(fault.TooLarge, ""), 413, fault.TooLarge, false},
	{"invalid", fault.New(fault.Invalid, ""), 422, fault.Invalid, false},
	{"too many", fault.New(fault.TooMany, ""), 429, fault.TooMany, false},
	{"unavailable", fault.Wrap(fault.Unavailable, "", errors.New("SELECT secret_cause")), 503, fault.Unavailable, true},
	{"any other", errors.New("SELECT secret_cause"), 500, fault.Internal, true},
	{"unknown code", fault.Wrap("odd", "", errors.New("secret_cause")), 500, "odd", true},
	{"deadline", fmt.Errorf("secret_cause: %w", context.DeadlineExceeded), 503, fault.Unavailable, true},
	{"echo's own", echo.NewHTTPError(415, "secret_cause"), 415, fault.Malformed, false},
	{"body limit", fmt.Errorf("read: %w", &http.MaxBytesError{Limit: 1}), 413, fault.TooLarge, false},
}

func TestErrors_BecomeProblemsForMachinesAndPagesForPeople(t *testing.T) {
	t.Parallel()
	for _, tc := range answers {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			fail := func(echo.Context) error { return tc.err }
			s.GET("/c/:token/fails", fail)
			s.GET("/api/v1/fails", fail)
			s.GET("/hooks/fails", fail)
			for _, ask := range [][]string{{"/api/v1/fails", "Accept: text/html"}, {"/hooks/fails", ""}, {"/c/abc/fails", "Accept: application/json"}} {
				w := s.ask("GET", ask[0], "", ask[1])
				var p web.Problem
				if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
					t.Fatalf("%s: %v in %q", ask[0], err, w.Body)
				}
				if w.Code != tc.status || p.Status != tc.status || w.Header().Get("Content-Type") != "application/problem+json" ||
					p.Type != "urn:goodword:"+string(tc.code) || p.Title != http.StatusText(tc.status) || p.Detail == "" || p.RequestID != w.Header().Get("X-Request-Id") {
					t.Errorf("%s: %d %s %+v", ask[0], w.Code, w.Header().Get("Content-Type"), p)
				}
				if strings.Contains(w.Body.String(), "secret_cause") {
					t.Errorf("%s shows the cause: %s", ask[0], w.Body)
				}
			}
			w := s.ask("GET", "/c/abc/fails", "", "Accept: text/html,application/xhtml+xml")
			if w.Code != tc.status || !strings.HasPrefix(w.Body.String(), "<h1") || !strings.Contains(w.Body.String(), w.Header().Get("X-Request-Id")) || strings.Contains(w.Body.String(), "secret_cause") {
				t.Errorf("page: %d %q", w.Code, w.Body)
			}
			if tc.status == 401 && w.Header().Get("WWW-Authenticate") == "" || tc.status == 503 && w.Header().Get("Retry-After") == "" {
				t.Errorf("a header that belongs to %d is missing: %v", tc.status, w.Header())
			}
			if lines := strings.Count(s.log.String(), "level=ERROR"); lines != map[bool]int{true: 4}[tc.logged] {
				t.Errorf("%d error lines for 4 requests, logged should be %v:\n%s", lines, tc.logged, s.log)
			}
		})
	}
}

func TestErrors_NameEveryField(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.POST("/api/v1/check", func(echo.Context) error {
		var check fault.Check
		check.Add("offer.rewards.0.amount_minor", "The amount must be above zero.")
		check.Required("name", " ")
		return check.Err()
	})
	var p web.Problem
	if err := json.Unmarshal(s.ask("POST", "/api/v1/check", "").Body.Bytes(), &p); err != nil {
		t.Fatal(err)
	}
	if len(p.Errors) != 2 || p.Errors[0] != (web.FieldProblem{Field: "offer.rewards.0.amount_minor", Message: "The amount must be above zero."}) || p.Errors[1].Field != "name" {
		t.Errorf("errors = %+v", p.Errors)
	}
}

func TestPanic_Is500LoggedOnceWithItsStackAndShowsNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.GET("/boom", func(echo.Context) error { panic("boom at the books") })
	w := s.ask("GET", "/boom", "", "Accept: text/html")
	wantStatus(t, w, http.StatusInternalServerError)
	if b := w.Body.String(); strings.Contains(b, "boom") || strings.Contains(b, "goroutine") || !strings.Contains(b, "error.internal") {
		t.Errorf("body %q", b)
	}
	log := s.log.String()
	if strings.Count(log, "boom at the books") != 1 || strings.Count(log, "level=ERROR") != 1 || !strings.Contains(log, "answer_test.go") {
		t.Errorf("log:\n%s", log)
	}
}

func TestErrorPage_ThatFailsIsReplacedByPlainText(t *testing.T) {
	t.Parallel()
	for name, page := range map[string]func(echo.Context, web.ErrorView) templ.Component{
		"none": nil, "panics": func(echo.Context, web.ErrorView) templ.Component { panic("no page") },
	} {
		s := newSite(t)
		o := web.Options{Config: s.config, Logger: discard(), Ready: s.ready, ErrorPage: page}
		s.Echo = web.New(o)
		w := s.ask("GET", "/nothing", "")
		if w.Code != http.StatusNotFound || !strings.HasPrefix(w.Body.String(), "There is nothing") {
			t.Errorf("%s: %d %q", name, w.Code, w.Body)
		}
	}
}

func TestExport_ThatFailsHalfWayBreaksTheConnection(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.GET("/export.csv", func(c echo.Context) error {
		c.Response().WriteHeader(http.StatusOK)
		if _, err := c.Response().Write([]byte("id,name\n")); err != nil {
			return err
		}
		c.Response().Flush()
		return errors.New("the database went away")
	})
	srv := newServer(t, s)
	resp, err := srv.Client().Get(srv.URL + "/export.csv")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := readAll(resp); err == nil {
		t.Error("half an export arrived as a whole one")
	}
	if !strings.Contains(s.log.String(), "the database went away") {
		t.Error("nobody hears of the failure")
	}
}
