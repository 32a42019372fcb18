package web

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"
)

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// A buffer that one rare page made this big is not kept for the small ones.
const keepBuffer = 256 << 10

// Render draws the page completely and only then answers, so that a page that fails half-way is an error page and not
// half a page. The page finds the nonce in templ.GetNonce.
func Render(c echo.Context, status int, page templ.Component) error {
	buf, give := buffer()
	defer give()
	if err := page.Render(templ.WithNonce(c.Request().Context(), Nonce(c)), buf); err != nil {
		return fmt.Errorf("render page: %w", err)
	}
	return send(c, status, buf)
}

// buffer lends a buffer until the function is called.
func buffer() (*bytes.Buffer, func()) {
	buf, ok := buffers.Get().(*bytes.Buffer)
	if !ok {
		buf = new(bytes.Buffer)
	}
	buf.Reset()
	return buf, func() {
		if buf.Cap() <= keepBuffer {
			buffers.Put(buf)
		}
	}
}

func send(c echo.Context, status int, buf *bytes.Buffer) error {
	h := c.Response().Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(buf.Len()))
	c.Response().WriteHeader(status)
	_, err := c.Response().Write(buf.Bytes())
	return err
}

// Kept is a page that was drawn once for many answers. It is safe for concurrent use.
type Kept struct {
	// parts are what stands between the places of the nonce.
	parts [][]byte
}

// Keep draws a page whose only difference between two answers is the nonce.
func Keep(ctx context.Context, page templ.Component) (Kept, error) {
	// Nobody can write it into a page beforehand, to be given a real nonce in its place.
	place := rand.Text()
	var buf bytes.Buffer
	if err := page.Render(templ.WithNonce(ctx, place), &buf); err != nil {
		return Kept{}, fmt.Errorf("render page: %w", err)
	}
	return Kept{bytes.Split(buf.Bytes(), []byte(place))}, nil
}

// Send answers with the page, with this answer's own nonce in it.
func (k Kept) Send(c echo.Context, status int) error {
	buf, give := buffer()
	defer give()
	for i, part := range k.parts {
		if i > 0 {
			buf.WriteString(Nonce(c))
		}
		buf.Write(part)
	}
	return send(c, status, buf)
}

// Content answers with bytes that are the same for everybody (QR images, wall data), keepable for maxAge; a client
// that already has them gets 304.
func Content(c echo.Context, contentType string, body []byte, maxAge time.Duration) error {
	Cacheable(c, maxAge)
	etag := etagOf(body)
	c.Response().Header().Set("ETag", etag)
	if matches(c.Request(), etag) {
		return c.NoContent(http.StatusNotModified)
	}
	return c.Blob(http.StatusOK, contentType, body)
}

// etagOf is weak, because compression may change the bytes on the wire.
func etagOf(body []byte) string {
	sum := sha256.Sum256(body)
	return `W/"` + base64.RawURLEncoding.EncodeToString(sum[:9]) + `"`
}

// matches answers If-None-Match by weak comparison (RFC 9110 13.1.2).
func matches(r *http.Request, etag string) bool {
	for v := range strings.SplitSeq(r.Header.Get("If-None-Match"), ",") {
		v = strings.TrimSpace(v)
		if v == "*" || v != "" && strings.TrimPrefix(v, "W/") == strings.TrimPrefix(etag, "W/") {
			return true
		}
	}
	return false
}

// SeeOther answers a form: 303 to an address of our own. An address that could leave the host goes to "/" instead.
func SeeOther(c echo.Context, to string) error {
	return c.Redirect(http.StatusSeeOther, LocalPath(to, "/"))
}

// LocalPath returns to if a browser would stay on this host with it, otherwise the fallback (S18).
func LocalPath(to, fallback string) string {
	// Browsers read a backslash as a slash and drop tabs and line ends, so "/\evil" and "/\t/evil" leave the host.
	if !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.ContainsFunc(to, func(r rune) bool {
		return r == '\\' || unicode.IsControl(r)
	}) {
		return fallback
	}
	if u, err := url.Parse(to); err != nil || u.Host != "" || u.Scheme != "" || strings.HasPrefix(u.Path, "//") {
		return fallback
	}
	return to
}
