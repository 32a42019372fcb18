package setting

import (
	"fmt"
	"math"
	"strconv"
)

// Colours that pages use: text on areas is white or ink; a brand colour must stand out against the darkest light paper and the
// lightest dark one, which are the tinted boxes on the ground and on cards (frontend/assets/tokens.css).
const (
	white      = "#ffffff"
	darkInk    = "#16181d"
	lightPaper = "#edecea"
	darkPaper  = "#272a31"
)

// readable is the least contrast of text, WCAG 2.2 AA.
const readable = 4.5

// Palette is what pages and mails make of the brand colour, each "#rrggbb", each pair readable.
type Palette struct {
	// Brand is for areas, buttons and links on light paper. OnBrand is the text on it.
	Brand, OnBrand string
	// DarkBrand and OnDarkBrand are the same on dark paper.
	DarkBrand, OnDarkBrand string
	// Adjusted says that Brand is darker than what was chosen; the settings page says so.
	Adjusted bool
}

// Palette returns the colours for pages and mails.
func (s Settings) Palette() Palette { return PaletteOf(s.BrandColor) }

// PaletteOf makes a palette of a colour "#rrggbb"; anything else gives that of the default colour.
func PaletteOf(color string) Palette {
	if _, ok := parseColor(color); !ok {
		color = Defaults().BrandColor
	}
	brand, adjusted := Darken(color)
	p := Palette{Brand: brand, OnBrand: TextOn(brand), DarkBrand: lighten(color), Adjusted: adjusted}
	p.OnDarkBrand = TextOn(p.DarkBrand)
	return p
}

// TextOn returns the colour of text on a background "#rrggbb": white where it is readable, else ink, else black.
// One of them always is.
func TextOn(background string) string {
	for _, text := range []string{white, darkInk} {
		if Contrast(text, background) >= readable {
			return text
		}
	}
	return "#000000"
}

// Darken returns color "#rrggbb", darkened just enough to be readable on light paper and to carry white text, and whether
// it had to be.
func Darken(color string) (string, bool) {
	c, ok := parseColor(color)
	if !ok || Contrast(color, lightPaper) >= readable {
		return color, false
	}
	// All channels by the same factor: the hue stays.
	for percent := 99; percent > 0; percent-- {
		darker := rgb{c[0] * percent / 100, c[1] * percent / 100, c[2] * percent / 100}.String()
		if Contrast(darker, lightPaper) >= readable {
			return darker, true
		}
	}
	return "#000000", true
}

// lighten returns color, mixed with just enough white to be readable on dark paper.
func lighten(color string) string {
	c, _ := parseColor(color)
	for percent := range 101 {
		mixed := c
		for i := range mixed {
			mixed[i] += (255 - c[i]) * percent / 100
		}
		if Contrast(mixed.String(), darkPaper) >= readable {
			return mixed.String()
		}
	}
	return white
}

// Contrast returns the contrast ratio of two colours "#rrggbb" as WCAG 2.2 defines it, 1 to 21; 1 for anything else.
func Contrast(a, b string) float64 {
	x, ok1 := parseColor(a)
	y, ok2 := parseColor(b)
	if !ok1 || !ok2 {
		return 1
	}
	l, d := x.luminance(), y.luminance()
	if l < d {
		l, d = d, l
	}
	return (l + 0.05) / (d + 0.05)
}

type rgb [3]int

func parseColor(s string) (rgb, bool) {
	if !colorForm.MatchString(s) {
		return rgb{}, false
	}
	n, err := strconv.ParseUint(s[1:], 16, 32)
	return rgb{int(n >> 16), int(n >> 8 & 255), int(n & 255)}, err == nil
}

func (c rgb) String() string { return fmt.Sprintf("#%02x%02x%02x", c[0], c[1], c[2]) }

// luminance is the relative luminance of WCAG 2.2.
func (c rgb) luminance() float64 {
	var l [3]float64
	for i, v := range c {
		s := float64(v) / 255
		if s <= 0.04045 {
			l[i] = s / 12.92
		} else {
			l[i] = math.Pow((s+0.055)/1.055, 2.4)
		}
	}
	return 0.2126*l[0] + 0.7152*l[1] + 0.0722*l[2]
}
