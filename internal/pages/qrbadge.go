package pages

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"math"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/vector"

	"goodword/internal/setting"
)

// badge stands in for a logo: a disc in the company's colour with its initial.
type badge struct {
	letter     rune // 0 for the disc alone
	paper, ink string
}

func badgeOf(set setting.Settings) badge {
	colors := set.Palette()
	b := badge{paper: colors.Brand, ink: colors.OnBrand}
	for _, r := range set.Company {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			b.letter = unicode.ToUpper(r)
			break
		}
	}
	return b
}

// point is a place in the image.
type point struct{ x, y float32 }

// pen draws closed outlines; *vector.Rasterizer and svgPen do.
type pen interface {
	MoveTo(x, y float32)
	LineTo(x, y float32)
	QuadTo(bx, by, cx, cy float32)
	CubeTo(bx, by, cx, cy, dx, dy float32)
	ClosePath()
}

// disc draws a circle of four curves.
func disc(p pen, at point, r float32) {
	k := r * 0.5523 // a quarter of a circle as a Bézier curve: 4/3 · (√2 − 1)
	p.MoveTo(at.x+r, at.y)
	p.CubeTo(at.x+r, at.y+k, at.x+k, at.y+r, at.x, at.y+r)
	p.CubeTo(at.x-k, at.y+r, at.x-r, at.y+k, at.x-r, at.y)
	p.CubeTo(at.x-r, at.y-k, at.x-k, at.y-r, at.x, at.y-r)
	p.CubeTo(at.x+k, at.y-r, at.x+r, at.y-k, at.x+r, at.y)
	p.ClosePath()
}

// initial draws the letter in the middle of a disc. A letter that the font does not have is left out.
func (b badge) initial(p pen, at point, r float32) error {
	fonts, err := cardFonts()
	if err != nil {
		return err
	}
	var buf sfnt.Buffer
	glyph, err := fonts[0].GlyphIndex(&buf, b.letter)
	if err != nil || glyph == 0 || b.letter == 0 {
		return err
	}
	outline, err := fonts[0].LoadGlyph(&buf, glyph, fixed.I(int(fonts[0].UnitsPerEm())), nil)
	if err != nil {
		return fmt.Errorf("outline of the initial: %w", err)
	}
	box := outline.Bounds()
	wide, high := float32(box.Max.X-box.Min.X), float32(box.Max.Y-box.Min.Y)
	if wide == 0 || high == 0 {
		return nil
	}
	scale := min(1.25*r/wide, 1.05*r/high)
	place := func(f fixed.Point26_6) (x, y float32) {
		return at.x + (float32(f.X-box.Min.X)-wide/2)*scale, at.y + (float32(f.Y-box.Min.Y)-high/2)*scale
	}
	for i, s := range outline {
		x, y := place(s.Args[0])
		switch s.Op {
		case sfnt.SegmentOpMoveTo:
			if i > 0 {
				p.ClosePath()
			}
			p.MoveTo(x, y)
		case sfnt.SegmentOpLineTo:
			p.LineTo(x, y)
		case sfnt.SegmentOpQuadTo:
			cx, cy := place(s.Args[1])
			p.QuadTo(x, y, cx, cy)
		case sfnt.SegmentOpCubeTo:
			cx, cy := place(s.Args[1])
			dx, dy := place(s.Args[2])
			p.CubeTo(x, y, cx, cy, dx, dy)
		}
	}
	p.ClosePath()
	return nil
}

// svgPen writes the data of an SVG path.
type svgPen struct{ strings.Builder }

func (p *svgPen) step(op string, at ...float32) {
	p.WriteString(op)
	for i, v := range at {
		if i > 0 {
			p.WriteByte(' ')
		}
		p.WriteString(strconv.FormatFloat(math.Round(float64(v)*1000)/1000, 'f', -1, 32))
	}
}

func (p *svgPen) MoveTo(x, y float32)                   { p.step("M", x, y) }
func (p *svgPen) LineTo(x, y float32)                   { p.step("L", x, y) }
func (p *svgPen) QuadTo(bx, by, cx, cy float32)         { p.step("Q", bx, by, cx, cy) }
func (p *svgPen) CubeTo(bx, by, cx, cy, dx, dy float32) { p.step("C", bx, by, cx, cy, dx, dy) }
func (p *svgPen) ClosePath()                            { p.step("z") }

// svg draws the badge around the middle of a square image; middle and r are in modules.
func (b badge) svg(middle, r float32) (string, error) {
	var round, letter svgPen
	disc(&round, point{middle, middle}, r)
	if err := b.initial(&letter, point{middle, middle}, r); err != nil {
		return "", err
	}
	return `<g shape-rendering="auto"><path fill="` + b.paper + `" d="` + round.String() + `"/><path fill="` + b.ink + `" d="` + letter.String() + `"/></g>`, nil
}

// A badge's PNG has four bits for each pixel: white, black, and shades that make its edges smooth.
const (
	badgeBits   = 4
	badgeShades = 7
	brandShade  = 1 + badgeShades
)

// shades are white, black, seven from white to the badge's paper and seven from there to its ink.
func (b badge) shades() []byte {
	out := []byte{0xff, 0xff, 0xff, 0, 0, 0}
	paper, ink := shade(b.paper), shade(b.ink)
	for _, ends := range [][2]color.RGBA{{{0xff, 0xff, 0xff, 0xff}, paper}, {paper, ink}} {
		for n := 1; n <= badgeShades; n++ {
			mix := func(a, b uint8) byte { return byte((int(a)*(badgeShades-n) + int(b)*n) / badgeShades) }
			out = append(out, mix(ends[0].R, ends[1].R), mix(ends[0].G, ends[1].G), mix(ends[0].B, ends[1].B))
		}
	}
	return out
}

// pngWithBadge draws the code as png does, with the badge in its hole.
func (m matrix) pngWithBadge(d drawing) ([]byte, error) {
	n := len(m)
	size := max(d.size, n)
	scale := size / n
	margin := (size - scale*n) / 2
	from, to := m.hole()
	side := (to - from) * scale
	left := margin + from*scale
	round, letter := image.NewAlpha(image.Rect(0, 0, side, side)), image.NewAlpha(image.Rect(0, 0, side, side))
	z := vector.NewRasterizer(side, side)
	middle, r := point{float32(side) / 2, float32(side) / 2}, float32(side-scale)/2
	disc(z, middle, r)
	z.Draw(round, round.Bounds(), image.Opaque, image.Point{})
	z.Reset(side, side)
	if err := d.badge.initial(z, middle, r); err != nil {
		return nil, err
	}
	z.Draw(letter, letter.Bounds(), image.Opaque, image.Point{})

	pixel := func(x, y int) byte {
		if hx, hy := x-left, y-left; hx >= 0 && hx < side && hy >= 0 && hy < side {
			if a := steps(letter.AlphaAt(hx, hy)); a > 0 {
				return brandShade + a
			}
			if a := steps(round.AlphaAt(hx, hy)); a > 0 {
				return 1 + a
			}
			return 0
		}
		mx, my := (x-margin)/scale, (y-margin)/scale
		if x >= margin && y >= margin && mx < n && my < n && m[my][mx] {
			return 1
		}
		return 0
	}
	stride := (size + 1) / 2
	var raw bytes.Buffer
	raw.Grow((stride + 1) * size)
	line := make([]byte, stride+1)
	for y := range size {
		clear(line)
		for x := range size {
			line[1+x/2] |= pixel(x, y) << (badgeBits * (1 - x%2))
		}
		raw.Write(line)
	}
	return encodePNG(size, badgeBits, d.badge.shades(), raw.Bytes()), nil
}

// steps is how much of a shade covers a pixel, from 0 to badgeShades.
func steps(a color.Alpha) byte { return byte((int(a.A)*badgeShades + 127) / 255) }
