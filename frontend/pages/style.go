// Package pages draws the public pages for customers and prospects: one typed view for each, no script needed.
package pages

import (
	"context"
	"io"
	"regexp"

	"github.com/a-h/templ"
)

var brandRule = regexp.MustCompile(`^(--[a-z-]+:#[0-9a-f]{6};?)+$`)

// style writes the page's stylesheet and the company's colours into one element with the request's nonce, so that the
// first paint needs no second request. The sheet is ours; the colours are written only when they are custom properties
// with plain colours, because a style element cannot be escaped.
func style(s Shell) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		parts := []string{`<style nonce="`, templ.EscapeString(templ.GetNonce(ctx)), `">`, s.CSS}
		if brandRule.MatchString(s.Brand) {
			parts = append(parts, ":root{", s.Brand, "}")
		}
		for _, p := range append(parts, `</style>`) {
			if _, err := io.WriteString(w, p); err != nil {
				return err
			}
		}
		return nil
	})
}
