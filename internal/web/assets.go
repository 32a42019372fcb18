package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"sync"

	"github.com/labstack/echo/v4"

	"goodword/internal/fault"
)

// Assets serves embedded files under addresses that hold a hash of the content, so that browsers may keep them for
// ever and never show an old one.
type Assets struct {
	prefix string
	urls   map[string]string
	files  map[string]*asset
}

// asset compresses itself when it is first asked for: at start-up it would delay the first page.
type asset struct {
	body        []byte
	contentType string
	etag        string
	immutable   bool
	zip         func() []byte
}

const forever = "public, max-age=31536000, immutable"

// The system's table of types differs from machine to machine.
var contentTypes = map[string]string{
	".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".html": "text/html; charset=utf-8",
	".json": "application/json", ".webmanifest": "application/manifest+json", ".txt": "text/plain; charset=utf-8",
	".svg": "image/svg+xml", ".png": "image/png", ".jpg": "image/jpeg", ".webp": "image/webp", ".ico": "image/x-icon",
	".woff2": "font/woff2", ".map": "application/json",
}

// NewAssets reads every file of fsys. Prefix is where Handler is mounted, with slashes on both ends: "/assets/".
func NewAssets(fsys fs.FS, prefix string) (*Assets, error) {
	a := &Assets{prefix: prefix, urls: map[string]string{}, files: map[string]*asset{}}
	err := eachFile(fsys, func(name string, body []byte) {
		sum := sha256.Sum256(body)
		ext := path.Ext(name)
		hashed := strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(sum[:5]) + ext
		a.urls[name] = prefix + hashed
		a.files[hashed] = newAsset(name, body, true)
	})
	if err != nil {
		return nil, fmt.Errorf("read assets: %w", err)
	}
	return a, nil
}

// URL returns the hashed address of a file, "/assets/pages.5e1f0c2b9a.css". For a name that is not there it returns an
// address that answers 404.
func (a *Assets) URL(name string) string {
	if u, ok := a.urls[name]; ok {
		return u
	}
	return a.prefix + name
}

// Handler serves the hashed addresses; mount it at the prefix followed by "*".
func (a *Assets) Handler(c echo.Context) error {
	f, ok := a.files[c.Param("*")]
	if !ok {
		return fault.New(fault.NotFound, "")
	}
	return f.serve(c)
}

func eachFile(fsys fs.FS, fn func(name string, body []byte)) error {
	return fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(path.Base(name), ".") {
			return err
		}
		body, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		fn(name, body)
		return nil
	})
}

func newAsset(name string, body []byte, immutable bool) *asset {
	kind := contentTypes[path.Ext(name)]
	if kind == "" {
		kind = "application/octet-stream"
	}
	f := &asset{body: body, contentType: kind, immutable: immutable, etag: etagOf(body)}
	f.zip = sync.OnceValue(func() []byte { return compressed(kind, body) })
	return f
}

// compressed returns nil where compression does not pay.
func compressed(kind string, body []byte) []byte {
	if strings.HasPrefix(kind, "image/") && kind != "image/svg+xml" || strings.HasPrefix(kind, "font/") {
		return nil
	}
	var buf bytes.Buffer
	w, err := gzip.NewWriterLevel(&buf, gzip.BestCompression)
	if err != nil {
		return nil
	}
	_, err = w.Write(body)
	if errors.Join(err, w.Close()) != nil || buf.Len() >= len(body) {
		return nil
	}
	return buf.Bytes()
}

func (f *asset) serve(c echo.Context) error {
	h := c.Response().Header()
	if f.immutable {
		h.Set("Cache-Control", forever)
	} else {
		h.Set("Cache-Control", "no-cache")
	}
	h.Set("ETag", f.etag)
	h.Set("Vary", "Accept-Encoding")
	if matches(c.Request(), f.etag) {
		return c.NoContent(http.StatusNotModified)
	}
	body := f.body
	if strings.Contains(c.Request().Header.Get("Accept-Encoding"), "gzip") {
		if z := f.zip(); z != nil {
			body = z
			h.Set("Content-Encoding", "gzip")
		}
	}
	return c.Blob(http.StatusOK, f.contentType, body)
}

// SPA serves a built single-page application whose build already puts hashes into the names below assets/. Every
// address without a file extension gets index.html. Mount it at the application's prefix followed by "*".
// Where the build is missing it answers 503 with the hint.
func SPA(dist fs.FS, missing string) (echo.HandlerFunc, error) {
	files := map[string]*asset{}
	err := eachFile(dist, func(name string, body []byte) {
		files[name] = newAsset(name, body, strings.HasPrefix(name, "assets/"))
	})
	if err != nil {
		return nil, fmt.Errorf("read application: %w", err)
	}
	return func(c echo.Context) error {
		name := c.Param("*")
		if f, ok := files[name]; ok {
			return f.serve(c)
		}
		if path.Ext(name) != "" {
			return fault.New(fault.NotFound, "")
		}
		index, ok := files["index.html"]
		if !ok {
			return fault.New(fault.Unavailable, missing)
		}
		return index.serve(c)
	}, nil
}
