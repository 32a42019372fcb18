// Command yardstick is what Goodword is measured against: echo, the two drivers and hand-written SQL, as well as we can
// write them, with nothing around. It answers on the schema of a Goodword database.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/skip2/go-qrcode"
	"github.com/stripe/stripe-go/v76/webhook"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "yardstick:", err)
		os.Exit(1)
	}
}

func run() error {
	address := flag.String("addr", "127.0.0.1:0", "listen address")
	engine := flag.String("engine", "", "sqlite or postgres; empty for none")
	database := flag.String("db", "", "file or address")
	rows := flag.String("rows", "", "file with the rows that one POST writes")
	secret := flag.String("secret", "", "signs the webhooks")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	page := bytes.Repeat([]byte("Goodword"), 1024)
	e.GET("/", func(c echo.Context) error { return c.Blob(http.StatusOK, "text/html", page) })
	e.GET("/image", func(c echo.Context) error { return c.Blob(http.StatusOK, "image/png", page[:2048]) })
	e.GET("/bitmap/:text", func(c echo.Context) error {
		code, err := qrcode.New("http://127.0.0.1:8080/q/"+c.Param("text"), qrcode.Medium)
		if err != nil {
			return err
		}
		if len(code.Bitmap()) == 0 {
			return errors.New("an empty code")
		}
		return c.Blob(http.StatusOK, "image/png", page[:2048])
	})
	if *engine != "" {
		s, err := open(ctx, *engine, *database)
		if err != nil {
			return err
		}
		defer s.close()
		var writes []write
		if *rows != "" {
			if writes, err = readWrites(*rows); err != nil {
				return err
			}
			if err := s.prepare(ctx, writes); err != nil {
				return err
			}
		}
		routes(e, s, page, *secret)
	}
	var listen net.ListenConfig
	ln, err := listen.Listen(ctx, "tcp", *address)
	if err != nil {
		return err
	}
	e.Listener = ln
	served := make(chan error, 1)
	go func() { served <- e.Start("") }()
	fmt.Println("http://" + ln.Addr().String())
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := e.Shutdown(end); err != nil {
		return err
	}
	if err := <-served; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func routes(e *echo.Echo, s store, page []byte, secret string) {
	e.GET("/page/:hash", func(c echo.Context) error {
		found, err := s.link(c.Request().Context(), c.Param("hash"))
		if err != nil {
			return err
		}
		if !found {
			return echo.ErrNotFound
		}
		return c.Blob(http.StatusOK, "text/html", page)
	})
	e.POST("/submit", func(c echo.Context) error {
		if c.FormValue("first_name") == "" {
			return echo.ErrBadRequest
		}
		if err := s.submit(c.Request().Context()); err != nil {
			return err
		}
		return c.Redirect(http.StatusSeeOther, "/")
	})
	// A single row, to show what one commit costs.
	e.POST("/one", func(c echo.Context) error {
		if err := s.one(c.Request().Context()); err != nil {
			return err
		}
		return c.NoContent(http.StatusNoContent)
	})
	e.POST("/hooks/stripe", func(c echo.Context) error {
		var body bytes.Buffer
		if _, err := body.ReadFrom(http.MaxBytesReader(c.Response(), c.Request().Body, 1<<20)); err != nil {
			return err
		}
		event, err := webhook.ConstructEventWithOptions(body.Bytes(), c.Request().Header.Get("Stripe-Signature"), secret,
			webhook.ConstructEventOptions{IgnoreAPIVersionMismatch: true})
		if err != nil {
			return echo.ErrBadRequest
		}
		if err := s.event(c.Request().Context(), event.ID, string(event.Type), event.APIVersion, body.Bytes(), time.Unix(event.Created, 0)); err != nil {
			return err
		}
		return c.NoContent(http.StatusNoContent)
	})
}
