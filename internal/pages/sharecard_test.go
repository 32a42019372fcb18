package pages_test

import (
	"bytes"
	"image"
	"image/png"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"goodword/internal/apptest"
	"goodword/internal/campaign"
	"goodword/internal/customer"
)

var cardAddress = regexp.MustCompile(`<meta property="og:image" content="([^"]+)"`)

// card opens a page as a messenger does, and the image that it names.
func (p *place) card(page string) (image.Image, []byte) {
	p.T.Helper()
	html := string(body(p.T, get(p.T, p.World, strings.TrimPrefix(page, p.URL), nil)))
	m := cardAddress.FindStringSubmatch(html)
	if m == nil {
		p.T.Fatalf("the page names no image: %.300s", html)
	}
	res := get(p.T, p.World, strings.TrimPrefix(m[1], p.URL), nil)
	file := body(p.T, res)
	img, err := png.Decode(bytes.NewReader(file))
	if err != nil || res.Header.Get("Content-Type") != "image/png" {
		p.T.Fatalf("status %d, %s: %v", res.StatusCode, res.Header.Get("Content-Type"), err)
	}
	if b := img.Bounds(); b.Dx() != 1200 || b.Dy() != 630 {
		p.T.Errorf("the card is %d by %d", b.Dx(), b.Dy())
	}
	return img, file
}

// inked counts the pixels that are not the paper.
func inked(img image.Image) int {
	n, paper := 0, img.At(0, 0)
	for y := range 630 {
		for x := range 1200 {
			if img.At(x, y) != paper {
				n++
			}
		}
	}
	return n
}

func TestShareCard_SaysWhoIntroducesAndNothingElse(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	p := newPlace(t, w)
	_, benURL := p.introduces(w.Browser())
	img, file := p.card(benURL)
	if n := inked(img); n < 10_000 || n > 200_000 {
		t.Errorf("%d pixels are written on", n)
	}
	// The words are the introducer's alone: another line to another person makes the same card.
	_, another := p.introduces(w.Browser())
	if _, same := p.card(another); !bytes.Equal(file, same) {
		t.Error("the card depends on more than who introduces")
	}
	if res := get(t, w, "/i/never-was/card.png", nil); res.StatusCode != http.StatusNotFound {
		t.Errorf("an unknown link's card is answered %d", res.StatusCode)
	}
}

func TestShareCard_OfANameThatTheFontDoesNotHave(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	p := newPlace(t, w, func(_ *campaign.Plan, d *customer.Draft) { d.FirstName = "安娜" })
	_, benURL := p.introduces(w.Browser())
	img, _ := p.card(benURL)
	// The company alone is written.
	if n := inked(img); n == 0 || n > 10_000 {
		t.Errorf("%d pixels are written on", n)
	}
}
