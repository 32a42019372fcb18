package api

import (
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/validation"
	"github.com/labstack/echo/v4"

	"goodword/internal/fault"
	"goodword/internal/web"
)

// refusal turns what huma found wrong with a request into a fault: Malformed where it cannot be read or names what does
// not exist, Invalid where it breaks a rule. Nothing of what was sent is repeated.
func refusal(m *huma.ErrorModel) error {
	switch m.Status {
	case http.StatusUnsupportedMediaType, http.StatusNotAcceptable, http.StatusRequestTimeout:
		return echo.NewHTTPError(m.Status)
	case http.StatusRequestEntityTooLarge:
		return fault.New(fault.TooLarge, "")
	case http.StatusBadRequest, http.StatusUnprocessableEntity:
	default:
		return errors.New(m.Detail)
	}
	f := &fault.Error{Code: fault.Invalid, Key: "error.invalid", Message: "Please check the marked fields."}
	if m.Status == http.StatusBadRequest {
		f.Code = fault.Malformed
	}
	for _, e := range m.Errors {
		p, unreadable := problemOf(e)
		f.Problems = append(f.Problems, p)
		if unreadable {
			f.Code = fault.Malformed
		}
	}
	if f.Code == fault.Malformed {
		f.Key, f.Message = "error.malformed", "The request could not be read."
		if len(f.Problems) == 0 {
			f.Problems = []fault.Problem{{Field: "body", Message: "A document is needed here."}}
		}
	}
	return f
}

var index = regexp.MustCompile(`\[(\d+)\]`)

// problemOf names the field as contract and forms do, "offer.rewards.0.amount_minor", and says what is wrong in a
// sentence. unreadable is true where the request does not have the shape that the documentation describes.
func problemOf(e *huma.ErrorDetail) (p fault.Problem, unreadable bool) {
	field := index.ReplaceAllString(e.Location, ".$1")
	for _, part := range []string{"body.", "query.", "path.", "header."} {
		field = strings.TrimPrefix(field, part)
	}
	if name, ok := between(e.Message, validation.MsgExpectedRequiredProperty); ok {
		if field == "body" {
			field = name
		} else {
			field += "." + name
		}
		return fault.Problem{Field: field, Key: "problem.required", Message: "Please fill this in."}, false
	}
	p.Field = field
	switch {
	case e.Message == validation.MsgUnexpectedProperty, e.Message == "unknown query parameter":
		p.Message, unreadable = "There is no such field.", true
	case field == "body":
		p.Message, unreadable = "This is no JSON document of the right shape.", true
	case e.Message == validation.MsgExpectedString:
		p.Message, unreadable = "A text is needed here.", true
	case e.Message == validation.MsgExpectedInteger, e.Message == validation.MsgExpectedNumber, e.Message == "invalid integer":
		p.Message, unreadable = "A whole number is needed here.", true
	case e.Message == validation.MsgExpectedBoolean, e.Message == "invalid boolean":
		p.Message, unreadable = "true or false is needed here.", true
	case e.Message == validation.MsgExpectedArray:
		p.Message, unreadable = "A list is needed here.", true
	case e.Message == validation.MsgExpectedObject:
		p.Message, unreadable = "An object is needed here.", true
	case e.Message == validation.MsgExpectedRFC3339DateTime, strings.HasPrefix(e.Message, "invalid date/time"):
		p.Message, unreadable = "A time such as 2026-05-14T15:00:00Z is needed here.", true
	default:
		p.Message = ruleSentence(e.Message)
	}
	return p, unreadable
}

// ruleSentence says what rule of the documented shape was broken.
func ruleSentence(message string) string {
	for format, sentence := range map[string]string{
		validation.MsgExpectedOneOf:         "Please choose one of: %.",
		validation.MsgExpectedMinimumNumber: "Please give a number of at least %.",
		validation.MsgExpectedMaximumNumber: "Please give a number of at most %.",
		validation.MsgExpectedMinLength:     "Please give at least % characters.",
		validation.MsgExpectedMaxLength:     "Please give at most % characters.",
		validation.MsgExpectedMinItems:      "Please give at least %.",
		validation.MsgExpectedMaxItems:      "Please give at most %.",
	} {
		if v, ok := between(message, format); ok {
			return strings.Replace(sentence, "%", v, 1)
		}
	}
	return "This cannot be taken."
}

var verb = regexp.MustCompile(`%[sdv]`)

// between returns what stands in a message in place of the one verb of its format.
func between(message, format string) (string, bool) {
	at := verb.FindStringIndex(format)
	if at == nil {
		return "", false
	}
	rest, ok := strings.CutPrefix(message, format[:at[0]])
	if !ok {
		return "", false
	}
	return strings.CutSuffix(rest, format[at[1]:])
}

// problem documents web.Problem, the shape of every error.
type problem web.Problem

func problemResponse() *huma.Response {
	return &huma.Response{Description: "What went wrong, after RFC 9457.", Content: map[string]*huma.MediaType{
		"application/problem+json": {Schema: &huma.Schema{Ref: "#/components/schemas/Problem"}},
	}}
}

// staleAnswer is the 412 of RFC 9110 13.1.1, which no fault code stands for.
func staleAnswer(c echo.Context) (answer, error) {
	body, err := json.Marshal(web.Problem{Type: "urn:goodword:stale", Title: http.StatusText(http.StatusPreconditionFailed), Status: http.StatusPreconditionFailed,
		Detail: "Somebody changed this in the meantime. Please look again.", RequestID: web.RequestID(c)})
	if err != nil {
		return answer{}, err
	}
	return answer{Status: http.StatusPreconditionFailed, Header: http.Header{"Content-Type": {"application/problem+json"}}, Body: body}, nil
}
