package pages_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"goodword/internal/apptest"
)

func TestZBench(t *testing.T) {
	w := apptest.New(t)
	p := newPlace(t, w)
	_, benURL := p.introduces(w.Browser())
	path := benURL[len(w.URL):]
	r := testing.Benchmark(func(b *testing.B) {
		for b.Loop() {
			req := httptest.NewRequest(http.MethodGet, path, nil)
			rec := httptest.NewRecorder()
			w.App.Handler.ServeHTTP(rec, req)
			if rec.Code != 200 { b.Fatal(rec.Code) }
		}
	})
	t.Log(r, r.MemString())
	r = testing.Benchmark(func(b *testing.B) {
		for b.Loop() {
			req := httptest.NewRequest(http.MethodGet, "/livez", nil)
			rec := httptest.NewRecorder()
			w.App.Handler.ServeHTTP(rec, req)
		}
	})
	t.Log(r)
}
