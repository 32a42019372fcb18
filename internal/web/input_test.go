package web_test

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"
)

const urlencoded = "Content-Type: application/x-www-form-urlencoded"

func multipartForm(t *testing.T, name, value string) (body, header string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	if err := w.WriteField(name, value); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String(), "Content-Type: " + w.FormDataContentType()
}

func TestInput_TextTheDatabaseCannotHoldIs400(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	nul, nulType := multipartForm(t, "name", "a\x00b")
	cases := []struct{ method, target, body, header string }{
		{"GET", "/c/%00", "", ""}, {"GET", "/c/%ff", "", ""}, {"GET", "/c/abc?q=%00", "", ""}, {"GET", "/c/abc?q=%c3%28", "", ""},
		{"GET", "/c/abc?%00=1", "", ""}, {"GET", "/c/abc?q=%zz", "", ""}, {"GET", "/c/abc?a=1;b=2", "", ""},
		{"POST", "/c/abc", "name=a%00b", urlencoded}, {"POST", "/c/abc", "name=%ff", urlencoded}, {"POST", "/c/abc", "name=%zz", urlencoded},
		{"POST", "/c/abc", "%00=1", urlencoded}, {"POST", "/c/abc", nul, nulType}, {"POST", "/c/abc", "garbage", "Content-Type: multipart/form-data; boundary=x"},
		{"POST", "/api/v1/things", `{"name":"a\u0000"}`, "Content-Type: application/json"},
		{"POST", "/api/v1/things", `{"name":"\\\u0000"}`, "Content-Type: application/json; charset=utf-8"},
		{"POST", "/api/v1/things", "{\"name\":\"\xff\"}", "Content-Type: application/merge-patch+json"},
	}
	for _, tc := range cases {
		if w := s.ask(tc.method, tc.target, tc.body, tc.header); w.Code != http.StatusBadRequest {
			t.Errorf("%s %s %q = %d, want 400", tc.method, tc.target, tc.body, w.Code)
		}
	}
	for _, secret := range []string{"garbage", "%zz", "a%00b"} {
		if strings.Contains(s.log.String(), secret) {
			t.Errorf("the log quotes %q", secret)
		}
	}
}

func TestInput_OrdinaryTextGetsThrough(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	form, formType := multipartForm(t, "name", "Zoë 高橋 🙂")
	for _, tc := range []struct{ body, header string }{{"name=Zo%C3%AB+%E9%AB%98%E6%A9%8B+%F0%9F%99%82", urlencoded}, {form, formType}} {
		if w := s.ask("POST", "/c/abc?name=other", tc.body, tc.header); w.Body.String() != "name=Zoë 高橋 🙂" {
			t.Errorf("got %d %q", w.Code, w.Body)
		}
	}
	if w := s.ask("POST", "/c/abc?name=preselected", "", urlencoded); w.Body.String() != "name=" {
		t.Errorf("the address filled in the form: %q", w.Body)
	}
	s.POST("/api/v1/echo", func(c echo.Context) error {
		b, err := io.ReadAll(c.Request().Body)
		if err != nil {
			return err
		}
		return c.Blob(http.StatusOK, "application/json", b)
	})
	doc := `{"path":"c:\\u0000","name":"é"}`
	if w := s.ask("POST", "/api/v1/echo", doc, "Content-Type: application/json"); w.Body.String() != doc {
		t.Errorf("a literal backslash-u0000 came back as %d %q", w.Code, w.Body)
	}
}

func TestInput_WebhooksGetTheirBytesUntouched(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.POST("/hooks/raw", func(c echo.Context) error {
		b, err := io.ReadAll(c.Request().Body)
		if err != nil {
			return err
		}
		return c.Blob(http.StatusOK, "text/plain", b)
	})
	for _, header := range []string{urlencoded, "Content-Type: application/json"} {
		if w := s.ask("POST", "/hooks/raw", "a=%zz\x00\\u0000", header); w.Body.String() != "a=%zz\x00\\u0000" {
			t.Errorf("%s: got %d %q", header, w.Code, w.Body)
		}
	}
}

func TestBody_LimitsHoldWithAndWithoutALength(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	read := func(c echo.Context) error {
		n, err := io.Copy(io.Discard, c.Request().Body)
		if err != nil {
			return err
		}
		return c.JSON(http.StatusOK, n)
	}
	s.POST("/hooks/read", read)
	srv := newServer(t, s)
	const mb = 1 << 20
	for _, tc := range []struct {
		path, kind string
		size, want int
	}{
		{"/c/abc", "application/x-www-form-urlencoded", mb, 200}, {"/c/abc", "application/x-www-form-urlencoded", mb + 1, 413},
		{"/big", "application/x-www-form-urlencoded", 3 * mb, 200}, {"/big", "application/x-www-form-urlencoded", 3*mb + 1, 413},
		{"/api/v1/things", "application/json", mb + 1, 413}, {"/hooks/read", "application/json", mb, 200}, {"/hooks/read", "application/json", mb + 1, 413},
	} {
		for _, chunked := range []bool{false, true} {
			var body io.Reader = strings.NewReader("name=" + strings.Repeat("x", tc.size-5))
			if chunked {
				body = io.NopCloser(body)
			}
			resp, err := srv.Client().Post(srv.URL+tc.path, tc.kind, body)
			if err != nil {
				t.Errorf("%s with %d bytes, chunked %v: %v", tc.path, tc.size, chunked, err)
				continue
			}
			if resp.StatusCode != tc.want {
				t.Errorf("%s with %d bytes, chunked %v = %d, want %d", tc.path, tc.size, chunked, resp.StatusCode, tc.want)
			}
			if err := resp.Body.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}
