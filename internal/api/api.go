// Package api is the JSON API: the console's only way in, and the same for programs of others, with its OpenAPI document.
package api

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humaecho"
	"github.com/labstack/echo/v4"

	"goodword/internal/ident"
	"goodword/internal/web"
)

// Prefix is where the API is mounted.
const Prefix = "/api/v1"

// api answers the routes of routes.go.
type api struct {
	Deps
	huma huma.API
	// routes finds an operation by echo's pattern and the method.
	routes map[string]map[string]*route
}

// Mount adds the API and its documents to e. It panics if a dependency is missing or a route breaks the rules of
// registration.
func Mount(e *echo.Echo, d Deps) {
	d.check()
	a := build(e, d)
	group := e.Group("/api")
	group.GET("/docs", a.docs())
	// Drawn up when somebody asks: it takes the start of the program 20 ms and 11 MB.
	spec := sync.OnceValue(func() []byte { return document(a.huma.OpenAPI()) })
	e.GET(Prefix+"/openapi.json", func(c echo.Context) error {
		return web.Content(c, "application/openapi+json", spec(), time.Minute)
	})
}

// Document returns the OpenAPI 3.1 document, indented, the same for every installation.
func Document() []byte {
	return document(build(echo.New(), Deps{}).huma.OpenAPI())
}

func document(o *huma.OpenAPI) []byte {
	out, err := json.MarshalIndent(o, "", "  ")
	if err != nil {
		panic("api: " + err.Error()) // the document is ours alone
	}
	return append(out, '\n')
}

func build(e *echo.Echo, d Deps) *api {
	a := &api{Deps: d, routes: map[string]map[string]*route{}}
	// Not the group's own middleware: that would answer 404 to a method that an address does not know.
	e.Use(a.ours(web.Authenticate(a.authenticate, d.Cookies)))
	group := e.Group(Prefix)
	a.huma = humaecho.NewWithGroup(e, group, huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI:    "3.1.0",
			Info:       &huma.Info{Title: "Goodword", Version: "1", Description: aboutAPI},
			Servers:    []*huma.Server{{URL: Prefix}},
			Components: &huma.Components{Schemas: huma.NewMapRegistry("#/components/schemas/", schemaName), SecuritySchemes: securitySchemes()},
			Tags:       tags(),
		},
		Formats:                      map[string]huma.Format{"application/json": huma.DefaultJSONFormat, "json": huma.DefaultJSONFormat},
		DefaultFormat:                "application/json",
		RejectUnknownQueryParameters: true,
		Transformers:                 []huma.Transformer{a.intercept},
	})
	a.register(group)
	a.finishSchemas()
	return a
}

// ours puts the API's own middleware before its operations and leaves everybody else's alone.
func (a *api) ours(authenticate echo.MiddlewareFunc) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		serve := authenticate(a.serve(next))
		return func(c echo.Context) error {
			if a.route(c) == nil {
				return next(c)
			}
			return serve(c)
		}
	}
}

// route is the operation that a request asks for, nil if it is none of ours.
func (a *api) route(c echo.Context) *route {
	method := c.Request().Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	return a.routes[c.Path()][method]
}

func (a *api) now() time.Time { return a.Clock().UTC().Truncate(time.Microsecond) }

// authenticate finds out whose session or key it is.
func (a *api) authenticate(ctx context.Context, token ident.Token, kind web.Kind) (web.Principal, error) {
	if kind == web.APIKeyToken {
		k, err := a.Staff.AuthenticateKey(ctx, token)
		if err != nil {
			return web.Principal{}, err
		}
		return web.Principal{APIKeyID: k.ID, Role: string(k.Role), Name: k.Name}, nil
	}
	m, err := a.Staff.Authenticate(ctx, token)
	if err != nil {
		return web.Principal{}, err
	}
	return web.Principal{StaffID: m.ID, Role: string(m.Role), Name: m.Name}, nil
}

// MaxBody is the part of web.Options.MaxBody that concerns the API: uploads may be larger than documents.
// It returns 0 for any other route.
func MaxBody(pattern string) int64 {
	switch pattern {
	case Prefix + "/imports", Prefix + "/imports/preview":
		return 1 << 30
	case Prefix + "/gift-codes":
		return 5 << 20
	}
	return 0
}
