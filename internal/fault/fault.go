// Package fault holds the one error type that crosses package borders: a code, a sentence that is
// safe to show, the fields that are wrong, and the cause for the log.
package fault

import (
	"errors"
	"fmt"
	"strings"
)

// Code says what kind of failure an error is. The delivery packages map each to one HTTP status.
type Code string

// The codes, with the HTTP status that package web gives them.
const (
	Malformed       Code = "malformed"       // 400: the request cannot be read
	Unauthenticated Code = "unauthenticated" // 401: nobody is signed in
	Forbidden       Code = "forbidden"       // 403: this actor may not do it
	NotFound        Code = "not_found"       // 404: no such thing, or not for this actor
	Conflict        Code = "conflict"        // 409: the state has moved, or the key is taken
	Gone            Code = "gone"            // 410: it was there and has ended
	TooLarge        Code = "too_large"       // 413: the body is over its limit
	Invalid         Code = "invalid"         // 422: readable, but against a rule
	TooMany         Code = "too_many"        // 429: over a rate limit
	Unavailable     Code = "unavailable"     // 503: try again later
	Internal        Code = "internal"        // 500: anything else
)

// Problem is one thing wrong with one field of a form or document.
type Problem struct {
	// Field is the name in the form or JSON document, with dots for nesting: "offer.rewards.0.amount_minor".
	Field string
	// Message is a full English sentence for the person who typed it.
	Message string
	// Key is the message's name in the catalogue ("problem.required"); empty where only staff read it.
	Key string
}

// Error is the one error type of Goodword.
type Error struct {
	Code Code
	// Message is a full sentence for the visitor, without internals. May be empty.
	Message string
	// Key is the Message's name in the catalogue; empty where only staff read it.
	Key      string
	Problems []Problem
	// Cause is for the log only and never shown.
	Cause error
}

// Error joins message, problems' fields and cause for the log. It never contains what a person typed.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(string(e.Code))
	if e.Message != "" {
		b.WriteString(": " + e.Message)
	}
	for i, p := range e.Problems {
		if i == 0 {
			b.WriteString(": ")
		} else {
			b.WriteString(", ")
		}
		b.WriteString(p.Field + ": " + p.Message)
	}
	if e.Cause != nil {
		b.WriteString(": " + e.Cause.Error())
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// New makes an error with a sentence for the visitor.
func New(code Code, message string) *Error { return &Error{Code: code, Message: message} }

// Newf is New with a format. Only pass values that may be shown.
func Newf(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Wrap gives a cause a code and a sentence.
func Wrap(code Code, message string, cause error) *Error {
	return &Error{Code: code, Message: message, Cause: cause}
}

// CodeOf returns the code of the first *Error in err's chain, Internal for any other error, and "" for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return Internal
}

// Is reports whether err carries the code.
func Is(err error, code Code) bool { return err != nil && CodeOf(err) == code }

// As returns the first *Error in err's chain, or an Internal one around err. It returns nil for nil.
func As(err error) *Error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	return &Error{Code: Internal, Message: "Something went wrong on our side.", Key: "error.internal", Cause: err}
}

// Check collects the problems of one form, so that all are shown at once.
// The zero value is ready to use.
type Check struct{ problems []Problem }

// Add records a problem with a sentence for staff-only fields.
func (c *Check) Add(field, message string) {
	c.problems = append(c.problems, Problem{Field: field, Message: message})
}

// AddKey records a problem that has a name in the catalogue.
func (c *Check) AddKey(field, key, message string) {
	c.problems = append(c.problems, Problem{Field: field, Key: key, Message: message})
}

// That records the problem unless ok.
func (c *Check) That(ok bool, field, message string) {
	if !ok {
		c.Add(field, message)
	}
}

// Required records "problem.required" when the value is empty or only white space.
func (c *Check) Required(field, value string) {
	if strings.TrimSpace(value) == "" {
		c.AddKey(field, "problem.required", "Please fill this in.")
	}
}

// Failed reports whether a problem was recorded.
func (c *Check) Failed() bool { return len(c.problems) > 0 }

// Err returns an Invalid error with every problem, or nil when there is none.
func (c *Check) Err() error {
	if len(c.problems) == 0 {
		return nil
	}
	return &Error{Code: Invalid, Message: "Please check the marked fields.", Key: "error.invalid", Problems: c.problems}
}
