// Package frontend carries what browsers get besides pages: stylesheets, a little script, and the built console.
package frontend

import "embed"

// Assets holds the files below assets/, which get addresses with a content hash.
//
//go:embed assets
var Assets embed.FS

// Console holds the built console below console/dist/. Without a build it holds only .gitkeep, and the console's route
// says how to make one.
//
//go:embed all:console/dist
var Console embed.FS
