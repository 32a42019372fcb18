// Package migrations holds the one set of SQL migrations for both engines. Package db renders and runs them.
package migrations

import "embed"

// FS holds NNNNN_name.sql: goose files with the words {{.Timestamp}}, {{.JSON}}, {{.Bytes}} and
// {{if .Postgres}} … {{else}} … {{end}}. A file is never edited after it was released.
//
//go:embed *.sql
var FS embed.FS
