package setting_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"goodword/internal/setting"
)

func TestContrast_IsThatOfWCAG(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b string
		want float64
	}{
		{"#000000", "#ffffff", 21}, {"#ffffff", "#000000", 21}, {"#777777", "#ffffff", 4.48}, {"#767676", "#ffffff", 4.54},
		{"#ff0000", "#ffffff", 4.00}, {"#0000ff", "#ffffff", 8.59}, {"#123456", "#123456", 1}, {"blue", "#ffffff", 1},
	} {
		if got := setting.Contrast(c.a, c.b); math.Abs(got-c.want) > 0.005 {
			t.Errorf("contrast of %s and %s = %.3f, want %.2f", c.a, c.b, got, c.want)
		}
	}
}

func TestTextOn_PrefersWhite(t *testing.T) {
	t.Parallel()
	for background, want := range map[string]string{"#1d4ed8": "#ffffff", "#ffcc00": "#16181d", "#000000": "#ffffff", "#ffffff": "#16181d"} {
		if got := setting.TextOn(background); got != want {
			t.Errorf("text on %s is %s, want %s", background, got, want)
		}
	}
}

func TestDarken_OnlyWhereItMust(t *testing.T) {
	t.Parallel()
	for _, color := range []string{"#1d4ed8", "#000000", "#6a6a6a"} {
		if got, changed := setting.Darken(color); got != color || changed {
			t.Errorf("Darken(%s) = %s, %v; it was readable", color, got, changed)
		}
	}
	got, changed := setting.Darken("#777777")
	if got != "#6b6b6b" || !changed {
		t.Errorf("Darken(#777777) = %s, %v; want the next shade that is readable", got, changed)
	}
	if p := setting.PaletteOf("#ffcc00"); !p.Adjusted {
		t.Error("yellow is not said to be adjusted")
	}
	if p := setting.PaletteOf("nonsense"); p != setting.PaletteOf(setting.Defaults().BrandColor) {
		t.Errorf("palette of no colour: %+v", p)
	}
}

func TestPalette_IsReadableForEveryColor(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	for range 3000 {
		color := fmt.Sprintf("#%06x", r.IntN(1<<24))
		p := setting.PaletteOf(color)
		for name, pair := range map[string][2]string{
			"any text":        {setting.TextOn(color), color},
			"brand on paper":  {p.Brand, "#ffffff"},
			"brand in a box":  {p.Brand, "#edecea"},
			"text on brand":   {p.OnBrand, p.Brand},
			"brand on dark":   {p.DarkBrand, "#272a31"},
			"text, dark mode": {p.OnDarkBrand, p.DarkBrand},
		} {
			if c := setting.Contrast(pair[0], pair[1]); c < 4.5 {
				t.Fatalf("%s of %s: %s on %s has contrast %.2f", name, color, pair[0], pair[1], c)
			}
		}
	}
}
