package pages_test

import (
	"bytes"
	"context"
	"image/png"
	"net/http"
	"strings"
	"testing"

	"github.com/skip2/go-qrcode"

	"goodword/internal/apptest"
	"goodword/internal/db"
	"goodword/internal/setting"
)

func TestQR_IsTheCodeOfThePublicAddress(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	for _, size := range []int{128, 512, 777} {
		res := get(t, w, "/qr/r/abcd2345.png?size="+itoa(size), nil)
		img, err := png.Decode(bytes.NewReader(body(t, res)))
		if err != nil {
			t.Fatal(err)
		}
		if b := img.Bounds(); b.Dx() != size || b.Dy() != size {
			t.Fatalf("%d by %d pixels, want %d", b.Dx(), b.Dy(), size)
		}
		q, err := qrcode.New(w.URL+"/r/abcd2345", qrcode.Medium)
		if err != nil {
			t.Fatal(err)
		}
		bits := q.Bitmap()
		scale := size / len(bits)
		margin := (size - scale*len(bits)) / 2
		for y, row := range bits {
			for x, dark := range row {
				r, _, _, _ := img.At(margin+x*scale+scale/2, margin+y*scale+scale/2).RGBA()
				if (r == 0) != dark {
					t.Fatalf("size %d: module %d, %d is wrong", size, x, y)
				}
			}
		}
	}
}

func TestQR_IsKeptByBrowsers(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	first := get(t, w, "/qr/q/abcd2345.svg", nil)
	svg := string(body(t, first))
	if !strings.HasPrefix(svg, "<svg ") || !strings.Contains(svg, `width="512"`) || first.Header.Get("Content-Type") != "image/svg+xml" {
		t.Fatalf("not a drawing: %.80s", svg)
	}
	again := get(t, w, "/qr/q/abcd2345.svg", map[string]string{"If-None-Match": first.Header.Get("ETag")})
	body(t, again)
	if again.StatusCode != http.StatusNotModified {
		t.Errorf("asked again with its ETag it is answered %d", again.StatusCode)
	}
}

func withCompany(w *apptest.World, change func(*setting.Settings)) {
	w.T.Helper()
	w.Must(w.App.DB.InTx(w.Context(), func(ctx context.Context, tx db.Tx) error {
		return w.App.Settings.Update(ctx, tx, func(s *setting.Settings) error { change(s); return nil })
	}))
}

// The badge covers little enough for the redundancy, and nothing beside its square changes.
func TestQR_WithLogoKeepsTheModulesAroundIt(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	withCompany(w, func(s *setting.Settings) { s.Company, s.BrandColor = "Øresund Lager", "#1f5f4a" })
	for _, size := range []int{128, 512, 777} {
		img, err := png.Decode(bytes.NewReader(body(t, get(t, w, "/qr/r/abcd2345.png?logo=1&size="+itoa(size), nil))))
		w.Must(err)
		if b := img.Bounds(); b.Dx() != size || b.Dy() != size {
			t.Fatalf("%d by %d pixels, want %d", b.Dx(), b.Dy(), size)
		}
		q, err := qrcode.New(w.URL+"/r/abcd2345", qrcode.Highest)
		w.Must(err)
		bits := q.Bitmap()
		n := len(bits)
		scale := size / n
		margin := (size - scale*n) / 2
		different, brand, ink := 0, 0, 0
		first, last := n, 0
		for y, row := range bits {
			for x, dark := range row {
				px, py := margin+x*scale+scale/2, margin+y*scale+scale/2
				if r, g, b, _ := img.At(px, py).RGBA(); (r|g|b == 0) != dark {
					different++
					first, last = min(first, x, y), max(last, x, y)
				}
			}
		}
		// The code proper is without the quiet zone of four modules on each side.
		if code := (n - 8) * (n - 8); different == 0 || (last-first+1)*(last-first+1)*10 > code {
			t.Errorf("size %d: modules %d to %d of %d are covered, want a square under a tenth", size, first, last, n)
		}
		if first+last != n-1 && first+last != n && first+last != n-2 {
			t.Errorf("size %d: modules %d to %d of %d are not the middle", size, first, last, n)
		}
		for y := range size {
			for x := range size {
				r, g, b, _ := img.At(x, y).RGBA()
				if r>>8 == 0x1f && g>>8 == 0x5f && b>>8 == 0x4a {
					brand++
				}
				if x > margin+(first+1)*scale && x < margin+last*scale && y > margin+(first+1)*scale && y < margin+last*scale && r&g&b == 0xffff {
					ink++
				}
			}
		}
		if brand < 4*scale*scale || ink < scale*scale/2 {
			t.Errorf("size %d: %d pixels in the brand's colour and %d of the letter on it", size, brand, ink)
		}
	}
}

func TestQR_LogoIsTheInitialUntilThereIsOne(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	picture := func(ext string) string {
		return string(body(t, get(t, w, "/qr/q/abcd2345."+ext+"?logo=1&size=256", nil)))
	}
	svg, file := picture("svg"), picture("png")
	if !strings.Contains(svg, `<g shape-rendering="auto"><path fill="#`) || strings.Contains(svg, "<image") {
		t.Errorf("the initial is missing: %s", svg[max(0, len(svg)-400):])
	}
	withCompany(w, func(s *setting.Settings) { s.Company = "Other" })
	if picture("svg") == svg || picture("png") == file {
		t.Error("another company has the same badge")
	}
	withCompany(w, func(s *setting.Settings) { s.Company = "🙂" })
	if res := get(t, w, "/qr/q/abcd2345.png?logo=1", nil); res.StatusCode != http.StatusOK || len(body(t, res)) == 0 {
		t.Errorf("without a letter it is answered %d", res.StatusCode)
	}
	withCompany(w, func(s *setting.Settings) {
		s.LogoSVG = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><path d="M0 0h1v1z"/></svg>`
	})
	if s := picture("svg"); !strings.Contains(s, `<image `) || strings.Contains(s, "<g ") {
		t.Error("the company's own logo is missing")
	}
}

// Personal codes are never drawn at a public address (S19).
func TestQR_DrawsNothingPersonal(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	for path, want := range map[string]int{"/qr/c/abcd2345.svg": 404, "/qr/i/abcd2345.png": 404, "/qr/r/ABCD.svg": 404, "/qr/r/abcd2345.gif": 404,
		"/qr/r/abcd2345.svg?size=9": 422, "/qr/r/abcd2345.png?size=99999": 422, "/qr/r/..%2f..%2fx.svg": 404} {
		res := get(t, w, path, nil)
		body(t, res)
		if res.StatusCode != want {
			t.Errorf("%s is answered %d, want %d", path, res.StatusCode, want)
		}
	}
}
