// Package hooks takes what other machines tell us: Stripe's webhooks.
package hooks

import (
	"bytes"
	"errors"
	"io"
	"net/http"

	"github.com/labstack/echo/v4"

	"goodword/internal/billing"
	"goodword/internal/fault"
)

// maxBody is the most bytes that an event may have.
const maxBody = 1 << 20

// Routes adds the webhooks to e.
func Routes(e *echo.Echo, stripe *billing.Events) {
	e.POST("/hooks/stripe", takeStripe(stripe))
}

// takeStripe answers 204 once the event is on disk, 400 for a forgery, 413 for a body over 1 MiB, and 503 when the webhook is
// not set up or the database is away, so that Stripe sends it again. The body is read as it is: the signature is over its
// bytes.
func takeStripe(events *billing.Events) echo.HandlerFunc {
	return func(c echo.Context) error {
		var read bytes.Buffer
		// Most events say how long they are, and then need no second piece of memory.
		if n := c.Request().ContentLength; n > 0 && n <= maxBody {
			read.Grow(int(n) + bytes.MinRead)
		}
		_, err := read.ReadFrom(io.LimitReader(c.Request().Body, maxBody+1))
		body := read.Bytes()
		if _, large := errors.AsType[*http.MaxBytesError](err); large || len(body) > maxBody {
			return fault.New(fault.TooLarge, "That is more than can be taken at once.")
		}
		if err != nil {
			return &fault.Error{Code: fault.Malformed, Message: "The request could not be read.", Cause: err}
		}
		if err := events.Receive(c.Request().Context(), body, c.Request().Header.Get("Stripe-Signature")); err != nil {
			return err
		}
		return c.NoContent(http.StatusNoContent)
	}
}
