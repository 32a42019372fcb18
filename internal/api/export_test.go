package api

import (
	"context"

	"github.com/labstack/echo/v4"

	"goodword/internal/staff"
)

// WriteCSV is writeCSV for the tests.
var WriteCSV = writeCSV

// Register registers an operation that does nothing on an API of its own, for whoever has one of the permissions.
func Register(target string, p ...staff.Permission) {
	a := build(echo.New(), Deps{})
	handle(a, target, may(p...), home, "Nothing", func(context.Context, *nothing) (*done, error) { return nil, nil })
}
