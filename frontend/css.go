package frontend

import (
	"io/fs"
	"regexp"
	"strings"
	"sync"
)

var (
	cssComment = regexp.MustCompile(`(?s)/\*.*?\*/`)
	cssSpace   = regexp.MustCompile(`\s+`)
	cssPunct   = regexp.MustCompile(` ?([{};,]) ?`)
)

// PageCSS returns the stylesheet of the public pages, tokens included, without comments and needless space. Pages carry
// it inside, so that the first paint needs one round trip. It panics if a file is missing from the binary.
var PageCSS = sync.OnceValue(func() string {
	var b strings.Builder
	for _, name := range []string{"assets/tokens.css", "assets/pages.css"} {
		css, err := fs.ReadFile(Assets, name)
		if err != nil {
			panic(err)
		}
		b.Write(css)
	}
	css := cssSpace.ReplaceAllString(cssComment.ReplaceAllString(b.String(), ""), " ")
	return strings.TrimSpace(strings.ReplaceAll(cssPunct.ReplaceAllString(css, "$1"), ";}", "}"))
})
