package pages_test

import (
	"bytes"
	"image/png"
	"net/http"
	"strings"
	"testing"

	"github.com/skip2/go-qrcode"

	"goodword/internal/apptest"
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
	logo := get(t, w, "/qr/q/abcd2345.svg?logo=1&size=256", nil)
	if s := string(body(t, logo)); !strings.Contains(s, "<circle") {
		t.Error("the logo is missing")
	}
	png := get(t, w, "/qr/q/abcd2345.png?logo=1", nil)
	body(t, png)
	if png.StatusCode != http.StatusOK {
		t.Errorf("with a logo it is answered %d", png.StatusCode)
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
