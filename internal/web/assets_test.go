package web_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"goodword/internal/web"
)

var css = strings.Repeat(".card { border-radius: 10px }\n", 200)

func TestAssets_AreHashedImmutableAndCompressed(t *testing.T) {
	t.Parallel()
	fsys := fstest.MapFS{"pages.css": {Data: []byte(css)}, "img/logo.png": {Data: []byte("\x89PNG")}, ".gitkeep": {}}
	a, err := web.NewAssets(fsys, "/assets/")
	if err != nil {
		t.Fatal(err)
	}
	s := newSite(t)
	s.GET("/assets/*", a.Handler)
	u := a.URL("pages.css")
	if !regexp.MustCompile(`^/assets/pages\.[0-9a-f]{10}\.css$`).MatchString(u) {
		t.Errorf("URL = %q", u)
	}
	w := s.ask("GET", u, "")
	if w.Code != 200 || w.Body.String() != css || w.Header().Get("Cache-Control") != "public, max-age=31536000, immutable" || w.Header().Get("Content-Type") != "text/css; charset=utf-8" {
		t.Errorf("plain: %d, %d bytes, %v", w.Code, w.Body.Len(), w.Header())
	}
	w = s.ask("GET", u, "", "Accept-Encoding: br, gzip")
	if w.Header().Get("Content-Encoding") != "gzip" || w.Header().Get("Vary") != "Accept-Encoding" {
		t.Fatalf("compressed: %v", w.Header())
	}
	zr, err := gzip.NewReader(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(zr); err != nil || string(got) != css {
		t.Errorf("unpacked: %d bytes, %v", len(got), err)
	}
	wantStatus(t, s.ask("GET", u, "", "If-None-Match: "+w.Header().Get("ETag")), http.StatusNotModified)
	if w := s.ask("GET", a.URL("img/logo.png"), "", "Accept-Encoding: gzip"); w.Header().Get("Content-Encoding") != "" || w.Header().Get("Content-Type") != "image/png" {
		t.Errorf("image: %v", w.Header())
	}
	for _, path := range []string{"/assets/pages.css", a.URL("none.css"), "/assets/.gitkeep", "/assets/", "/assets/../pages.css", strings.Replace(u, ".css", ".map", 1)} {
		if w := s.ask("GET", path, ""); w.Code != 404 || w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s = %d, %s", path, w.Code, w.Header().Get("Cache-Control"))
		}
	}
	fsys["pages.css"].Data = []byte(css + "x")
	if b, err := web.NewAssets(fsys, "/assets/"); err != nil || b.URL("pages.css") == u {
		t.Errorf("another content has the same address %s, %v", u, err)
	}
}

func TestSPA_ServesTheIndexForEveryViewAndSaysWhenItIsNotBuilt(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	app, err := web.SPA(fstest.MapFS{"index.html": {Data: []byte("<title>Console</title>")}, "assets/app-5f.js": {Data: []byte("go()")}, "icon.svg": {Data: []byte("<svg/>")}}, "run make console")
	if err != nil {
		t.Fatal(err)
	}
	empty, err := web.SPA(fstest.MapFS{".gitkeep": {}}, "The console is not built: run make console.")
	if err != nil {
		t.Fatal(err)
	}
	s.GET("/console/*", app)
	s.GET("/empty/*", empty)
	for _, view := range []string{"/console/", "/console/introductions/7", "/console/index.html"} {
		if w := s.ask("GET", view, ""); w.Code != 200 || w.Body.String() != "<title>Console</title>" || w.Header().Get("Cache-Control") != "no-cache" {
			t.Errorf("%s = %d %q %s", view, w.Code, w.Body, w.Header().Get("Cache-Control"))
		}
	}
	if w := s.ask("GET", "/console/assets/app-5f.js", ""); w.Body.String() != "go()" || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
		t.Errorf("script: %d %q %v", w.Code, w.Body, w.Header())
	}
	wantStatus(t, s.ask("GET", "/console/assets/gone.js", ""), http.StatusNotFound)
	if w := s.ask("GET", "/empty/", ""); w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "make console") {
		t.Errorf("not built: %d %q", w.Code, w.Body)
	}
}

func TestContent_IsKeptAndAskedForByETag(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.GET("/qr/r/:code", func(c echo.Context) error {
		web.Indexable(c)
		return web.Content(c, "image/svg+xml", []byte("<svg/>"), 3600e9)
	})
	w := s.ask("GET", "/qr/r/abc.svg", "")
	if w.Code != 200 || w.Header().Get("Cache-Control") != "public, max-age=3600" || w.Header().Get("X-Robots-Tag") != "" {
		t.Errorf("%d %v", w.Code, w.Header())
	}
	wantStatus(t, s.ask("GET", "/qr/r/abc.svg", "", `If-None-Match: "x", `+w.Header().Get("ETag")), http.StatusNotModified)
	wantStatus(t, s.ask("GET", "/qr/r/abc.svg", "", `If-None-Match: "x"`), http.StatusOK)
}

func TestRender_FailsAsAWhole(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.GET("/half", func(c echo.Context) error {
		return web.Render(c, 200, templ.Join(templ.Raw("<h1>Half"), templ.Raw("", io.ErrUnexpectedEOF)))
	})
	w := s.ask("GET", "/half", "", "Accept: text/html")
	if w.Code != 500 || strings.Contains(w.Body.String(), "Half") {
		t.Errorf("%d %q", w.Code, w.Body)
	}
}
