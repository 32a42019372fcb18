package web

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"goodword/internal/fault"
)

// The part of a multipart form that is kept in memory; the rest goes to temporary files.
const formMemory = 1 << 20

func malformed(cause error) error {
	return &fault.Error{Code: fault.Malformed, Key: "error.malformed", Message: "The request could not be read.", Cause: cause}
}

func tooLarge(cause error) error {
	return &fault.Error{Code: fault.TooLarge, Key: "error.too_large", Message: "That is more than can be taken at once.", Cause: cause}
}

var errText = errors.New("text with NUL or invalid UTF-8")

// clean reports whether s may reach the database: PostgreSQL takes no NUL and no broken UTF-8, and answers with a
// syntax error that looks like our own.
func clean(s string) bool {
	for i := range len(s) {
		if c := s[i]; c == 0 || c >= utf8.RuneSelf {
			return strings.IndexByte(s, 0) < 0 && utf8.ValidString(s)
		}
	}
	return true
}

// checkTarget refuses a path or query that is no text, and a parameter with a slash: echo lets the last parameter of a
// pattern take the rest of the path, so that /i/TOKEN/anything would be a second address of the same page.
func checkTarget(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		u := c.Request().URL
		if !strings.HasSuffix(c.Path(), "*") {
			for _, v := range c.ParamValues() {
				if strings.Contains(v, "/") || strings.Contains(v, "%2F") || strings.Contains(v, "%2f") {
					return fault.New(fault.NotFound, "")
				}
			}
		}
		if !clean(u.Path) {
			return malformed(errText)
		}
		if u.RawQuery != "" {
			q, err := url.ParseQuery(u.RawQuery)
			if err != nil {
				// The error repeats the query, which may hold what a person typed.
				return malformed(errors.New("query cannot be read"))
			}
			if !cleanValues(q) {
				return malformed(errText)
			}
		}
		return next(c)
	}
}

func cleanValues(values url.Values) bool {
	for name, list := range values {
		if !clean(name) {
			return false
		}
		for _, v := range list {
			if !clean(v) {
				return false
			}
		}
	}
	return true
}

// readBody bounds every body, and reads forms and API documents here, once, so that no handler can go on with a form
// that was cut off: http.Request.FormValue swallows that error. Webhooks get their body untouched, for the signature.
func readBody(maxBody func(route string) int64) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			r := c.Request()
			if r.Body == nil || r.Body == http.NoBody {
				return next(c)
			}
			limit := int64(DefaultMaxBody)
			if maxBody != nil {
				if n := maxBody(c.Path()); n > 0 {
					limit = n
				}
			}
			if r.ContentLength > limit {
				return tooLarge(nil)
			}
			r.Body = http.MaxBytesReader(c.Response().Writer, r.Body, limit)
			err := parse(r)
			if r.MultipartForm != nil {
				// net/http tidies up by itself only where it still holds this very request.
				defer func() {
					if err := r.MultipartForm.RemoveAll(); err != nil {
						c.Logger().Warn("remove form files: ", err)
					}
				}()
			}
			if err != nil {
				return err
			}
			return next(c)
		}
	}
}

func parse(r *http.Request) error {
	kind := mediaType(r)
	api := strings.HasPrefix(r.URL.Path, "/api/")
	var err error
	switch {
	case strings.HasPrefix(r.URL.Path, "/hooks/"):
		return nil
	case api && (kind == "application/json" || strings.HasSuffix(kind, "+json")):
		return readJSON(r)
	case api:
		return nil
	case kind == "application/x-www-form-urlencoded":
		err = r.ParseForm()
	case kind == "multipart/form-data":
		err = r.ParseMultipartForm(formMemory)
	}
	if err != nil {
		return bodyFault(err)
	}
	if !cleanValues(r.PostForm) {
		return malformed(errText)
	}
	return nil
}

func mediaType(r *http.Request) string {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return ""
	}
	return kind
}

func bodyFault(err error) error {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return tooLarge(err)
	}
	// Parse errors may quote the body.
	return malformed(errors.New("body cannot be read"))
}

// readJSON buffers the document and refuses it when a string in it would hold NUL or broken UTF-8: encoding/json
// lets the first through and silently replaces the second.
func readJSON(r *http.Request) error {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return bodyFault(err)
	}
	if !utf8.Valid(body) || escapedNUL(body) {
		return malformed(errText)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	return nil
}

// escapedNUL finds a NUL written as backslash, u, 0000 whose backslash is not itself escaped.
func escapedNUL(body []byte) bool {
	for at := 0; ; {
		i := bytes.Index(body[at:], []byte(`\u0000`))
		if i < 0 {
			return false
		}
		i += at
		slashes := 1
		for j := i - 1; j >= 0 && body[j] == '\\'; j-- {
			slashes++
		}
		if slashes%2 == 1 {
			return true
		}
		at = i + 1
	}
}

// Form returns the fields of the posted form, never those of the address: a link must not be able to preselect an
// answer. The values are valid UTF-8 without NUL, and complete.
func Form(c echo.Context) url.Values {
	if f := c.Request().PostForm; f != nil {
		return f
	}
	return url.Values{}
}
