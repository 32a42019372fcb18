package setting

import (
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
)

const (
	logoBytes = 64 << 10
	svgSpace  = "http://www.w3.org/2000/svg"
)

// What the settings page says about a logo.
const (
	logoTooLarge = "The logo may have at most 64 KiB."
	logoNotSVG   = "This is not an SVG document."
	logoUnsafe   = "The logo holds something beside shapes and text. Please export it as plain SVG."
)

// svgElements is what a logo may consist of; what can run, embed or fetch something is missing on purpose.
var svgElements = strings.Fields(`svg g path rect circle ellipse line polyline polygon text tspan title desc defs
	linearGradient radialGradient stop clipPath mask pattern use symbol style metadata filter feGaussianBlur feOffset
	feBlend feColorMatrix feComposite feFlood feMerge feMergeNode`)

// logoProblem returns what is wrong with text as an SVG document that pages can show; "" if nothing is, or if it is empty.
func logoProblem(text string) string {
	if text == "" {
		return ""
	}
	if len(text) > logoBytes {
		return logoTooLarge
	}
	d := xml.NewDecoder(strings.NewReader(text))
	root := false
	var inside []string
	for {
		t, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return logoNotSVG
		}
		switch t := t.(type) {
		case xml.Directive:
			// A document type can define entities.
			return logoUnsafe
		case xml.ProcInst:
			if t.Target != "xml" {
				return logoUnsafe
			}
		case xml.StartElement:
			if len(inside) == 0 && (root || t.Name.Local != "svg" || t.Name.Space != svgSpace) {
				return logoNotSVG
			}
			root, inside = true, append(inside, t.Name.Local)
			if !harmless(t.Name) || slices.ContainsFunc(t.Attr, unsafeAttribute) {
				return logoUnsafe
			}
		case xml.EndElement:
			inside = inside[:len(inside)-1]
		case xml.CharData:
			if slices.Contains(inside, "style") && unsafeStyle(string(t)) {
				return logoUnsafe
			}
		}
	}
	if !root {
		return logoNotSVG
	}
	return ""
}

// harmless reports whether a browser only draws the element, or ignores it: drawing programs keep notes in namespaces of
// their own.
func harmless(name xml.Name) bool {
	switch name.Space {
	case svgSpace:
		return slices.Contains(svgElements, name.Local)
	case "", "http://www.w3.org/1999/xhtml", "http://www.w3.org/1998/Math/MathML":
		return false
	}
	return true
}

func unsafeAttribute(a xml.Attr) bool {
	name := strings.ToLower(a.Name.Local)
	if strings.HasPrefix(name, "on") {
		return true
	}
	if name == "href" {
		return !strings.HasPrefix(strings.TrimSpace(a.Value), "#")
	}
	return a.Name.Space != "xmlns" && name != "xmlns" && unsafeStyle(a.Value)
}

// unsafeStyle reports whether CSS could fetch something; url(#id) points into the document itself.
func unsafeStyle(css string) bool {
	css = strings.ToLower(strings.Join(strings.Fields(css), ""))
	return strings.Contains(css, "@") || strings.Contains(css, "\\") || strings.Contains(css, "script:") ||
		strings.Count(css, "url(") != strings.Count(css, "url(#")+strings.Count(css, `url("#`)+strings.Count(css, "url('#")
}
