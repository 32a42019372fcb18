package pages

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"strings"
	"sync"
	"time"

	"github.com/labstack/echo/v4"
	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"

	"goodword/internal/setting"
	"goodword/internal/web"
)

// The share card is what a messenger shows beside a link: the sentence of the page on the company's colour. It holds a first
// name and nothing else of anybody.
const (
	cardWidth, cardHeight = 1200, 630
	cardMargin            = 90
	cardLines             = 4 // more do not fit between the margins
	cardTextSize          = 76
	cardNameSize          = 40
	cardsKept             = 200 // of some 25 KB each; a full cache starts anew
)

// shareCard is what a card is drawn from; equal ones are equal bytes.
type shareCard struct{ text, company, paper, ink string }

// cardFonts are parsed once. They have Latin, Greek and Cyrillic letters.
var cardFonts = sync.OnceValues(func() ([2]*opentype.Font, error) {
	var out [2]*opentype.Font
	for i, file := range [][]byte{gobold.TTF, goregular.TTF} {
		f, err := opentype.Parse(file)
		if err != nil {
			return out, fmt.Errorf("read font: %w", err)
		}
		out[i] = f
	}
	return out, nil
})

type cardCache struct {
	mu   sync.Mutex
	kept map[shareCard][]byte
}

// prospectCard and doorCard are the images of a prospect's page and of a public one.
func (p *Pages) prospectCard(c echo.Context, v *invited) error {
	return p.shareCard(c, card(v.l, v.warm, v.set).Title, v.set)
}

func (p *Pages) doorCard(c echo.Context, v *stranger) error {
	return p.shareCard(c, card(v.l, v.warm, v.set).Title, v.set)
}

func (p *Pages) shareCard(c echo.Context, text string, set setting.Settings) error {
	colors := set.Palette()
	body, err := p.cards.draw(shareCard{text: text, company: set.Company, paper: colors.Brand, ink: colors.OnBrand})
	if err != nil {
		return err
	}
	c.Response().Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
	return web.Content(c, "image/png", body, time.Hour)
}

func (k *cardCache) draw(d shareCard) ([]byte, error) {
	k.mu.Lock()
	body, ok := k.kept[d]
	k.mu.Unlock()
	if ok {
		return body, nil
	}
	body, err := d.png()
	if err != nil {
		return nil, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.kept == nil || len(k.kept) >= cardsKept {
		k.kept = map[shareCard][]byte{}
	}
	k.kept[d] = body
	return body, nil
}

// png draws the card in the colours' shades alone, which makes a small file.
func (d shareCard) png() ([]byte, error) {
	fonts, err := cardFonts()
	if err != nil {
		return nil, err
	}
	paper, ink := shade(d.paper), shade(d.ink)
	img := image.NewPaletted(image.Rect(0, 0, cardWidth, cardHeight), between(paper, ink))
	draw.Draw(img, img.Bounds(), image.NewUniform(paper), image.Point{}, draw.Src)
	text, err := opentype.NewFace(fonts[0], &opentype.FaceOptions{Size: cardTextSize, DPI: 72, Hinting: font.HintingNone})
	if err != nil {
		return nil, fmt.Errorf("size font: %w", err)
	}
	name, err := opentype.NewFace(fonts[1], &opentype.FaceOptions{Size: cardNameSize, DPI: 72, Hinting: font.HintingNone})
	if err != nil {
		return nil, fmt.Errorf("size font: %w", err)
	}
	pen := font.Drawer{Dst: img, Src: image.NewUniform(ink), Face: text}
	// Letters that the font does not have would be boxes; the colour alone says more.
	if hasAll(fonts[0], d.text) {
		for i, line := range wrap(&pen, d.text) {
			pen.Dot = fixed.P(cardMargin, cardMargin+cardTextSize+i*cardTextSize*5/4)
			pen.DrawString(line)
		}
	}
	if hasAll(fonts[1], d.company) {
		pen.Face = name
		pen.Dot = fixed.P(cardMargin, cardHeight-cardMargin)
		pen.DrawString(d.company)
	}
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		return nil, fmt.Errorf("encode share card: %w", err)
	}
	return out.Bytes(), nil
}

func shade(hex string) color.RGBA {
	c := rgbOf(hex)
	return color.RGBA{c[0], c[1], c[2], 0xff}
}

// between are sixteen shades from one colour to the other, so that the letters' edges are smooth.
func between(from, to color.RGBA) color.Palette {
	const steps = 16
	mix := func(a, b uint8, n int) uint8 { return uint8((int(a)*(steps-1-n) + int(b)*n) / (steps - 1)) }
	out := make(color.Palette, steps)
	for n := range out {
		out[n] = color.RGBA{mix(from.R, to.R, n), mix(from.G, to.G, n), mix(from.B, to.B, n), 0xff}
	}
	return out
}

func hasAll(f *opentype.Font, text string) bool {
	var b sfnt.Buffer
	for _, r := range text {
		if n, err := f.GlyphIndex(&b, r); err != nil || n == 0 {
			return false
		}
	}
	return true
}

// wrap breaks a text at its spaces; what does not fit ends with an ellipsis.
func wrap(pen *font.Drawer, text string) []string {
	const most = fixed.Int26_6((cardWidth - 2*cardMargin) << 6)
	var lines []string
	for _, word := range strings.Fields(text) {
		if n := len(lines); n > 0 && pen.MeasureString(lines[n-1]+" "+word) <= most {
			lines[n-1] += " " + word
			continue
		}
		lines = append(lines, word)
	}
	for i, line := range lines {
		for pen.MeasureString(line) > most {
			r := []rune(strings.TrimSuffix(line, "…"))
			line = string(r[:len(r)-1]) + "…"
		}
		lines[i] = line
	}
	if len(lines) > cardLines {
		lines = lines[:cardLines]
		lines[cardLines-1] += "…"
	}
	return lines
}
