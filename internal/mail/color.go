package mail

import (
	"math"
	"regexp"
	"strconv"
)

const defaultBrand = "#1f5f4f"

var hexColor = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)

// button returns a button's colour and the colour of its text, which is white or black, whichever keeps a contrast of at
// least 4.5 (WCAG 2.2, 1.4.3); one of the two always does. Anything but "#rrggbb" means the default.
func button(brand string) (fill, ink string) {
	if !hexColor.MatchString(brand) {
		brand = defaultBrand
	}
	if 1.05/(luminance(brand)+0.05) >= 4.5 {
		return brand, "#ffffff"
	}
	return brand, "#000000"
}

// luminance is the relative luminance of "#rrggbb" as WCAG 2.2 defines it, 0 to 1.
func luminance(color string) float64 {
	n, err := strconv.ParseUint(color[1:], 16, 32)
	if err != nil {
		return 0 // hexColor has refused everything else
	}
	channel := func(shift int) float64 {
		c := float64(n>>shift&0xff) / 255
		if c <= 0.04045 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	return 0.2126*channel(16) + 0.7152*channel(8) + 0.0722*channel(0)
}
