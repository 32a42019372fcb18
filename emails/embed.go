// Package emails holds the mails' templates: layout.html and layout.txt, and for each message its .html and .txt, which
// fill the layout's blocks. Every word stands in the catalogues of package i18n. Package mail says how they are read.
package emails

import "embed"

// FS is the folder's templates.
//
//go:embed *.html *.txt
var FS embed.FS
