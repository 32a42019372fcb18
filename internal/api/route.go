package api

import (
	"context"
	"fmt"
	"net/http"
	"reflect"
	"runtime"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/labstack/echo/v4"

	"goodword/internal/staff"
	"goodword/internal/web"
)

// access says who may use an operation.
type access struct {
	// anyone needs no sign-in; member takes whoever is signed in; otherwise one of may is enough.
	anyone, member bool
	// people leaves API keys out: what concerns the one who is signed in.
	people bool
	// programs leaves people out: what only another system can know.
	programs bool
	may      []staff.Permission
}

// may lets those in who have one of the permissions.
func may(p ...staff.Permission) access { return access{may: p} }

var (
	anyone = access{anyone: true}
	member = access{member: true}
	person = access{member: true, people: true}
)

// route is an operation as it was registered.
type route struct {
	access access
	op     *huma.Operation
	// stream operations write their answer themselves, piece by piece.
	stream bool
	// limit bounds how often one address may ask; the zero Rate is no limit.
	limit web.Rate
	// patience is how long reading the request and answering may take; 0 means what the server allows everybody.
	patience time.Duration
	// once makes a POST keep its answer under an Idempotency-Key.
	once bool
}

// option changes an operation while it is registered.
type option func(*route)

func describe(text string) option { return func(r *route) { r.op.Description = text } }

// upload documents a body that the handler reads by itself.
func upload(contentType, description string) option {
	return func(r *route) {
		r.op.RequestBody = &huma.RequestBody{Required: true, Description: description,
			Content: map[string]*huma.MediaType{contentType: {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}}}
	}
}

// alsoCSV documents that Accept: text/csv gets the same rows as CSV.
func alsoCSV(r *route) {
	r.op.Responses = map[string]*huma.Response{"200": {Description: "OK", Content: map[string]*huma.MediaType{
		"application/json": {}, "text/csv": {Schema: &huma.Schema{Type: huma.TypeString}}}}}
}

// unkept leaves an operation out of the idempotency of POSTs.
func unkept(r *route) { r.once = false }

// handle registers one operation. target is method and path, group the heading in the documentation.
func handle[I, O any](a *api, target string, who access, group, summary string, h func(context.Context, *I) (*O, error), options ...option) {
	r := a.prepare(target, who, group, summary, options)
	r.op.OperationID = operationID(h)
	huma.Register(a.huma, *r.op, func(ctx context.Context, in *I) (*O, error) {
		out, err := h(ctx, in)
		if err != nil {
			return nil, &carried{err}
		}
		return out, nil
	})
	r.op = registered(a.huma.OpenAPI().Paths[r.op.Path], r.op.Method)
}

// registered is the operation as huma has completed it.
func registered(item *huma.PathItem, method string) *huma.Operation {
	return map[string]*huma.Operation{http.MethodGet: item.Get, http.MethodPost: item.Post, http.MethodPut: item.Put, http.MethodPatch: item.Patch, http.MethodDelete: item.Delete}[method]
}

// raw registers an operation that writes its answer by itself, past huma: streams, files, pages.
func (a *api) raw(g *echo.Group, target string, who access, group, summary, contentType string, h echo.HandlerFunc, options ...option) {
	r := a.prepare(target, who, group, summary, append(options, unkept))
	r.stream = true
	r.op.OperationID = operationID(h)
	r.op.Parameters = append(pathParameters(r.op.Path), r.op.Parameters...)
	r.op.Responses["200"] = &huma.Response{Description: "OK", Content: map[string]*huma.MediaType{contentType: {Schema: &huma.Schema{Type: huma.TypeString}}}}
	a.huma.OpenAPI().AddOperation(r.op)
	g.Add(r.op.Method, pattern(r.op.Path), h)
}

func (a *api) prepare(target string, who access, group, summary string, options []option) *route {
	method, path, ok := strings.Cut(target, " ")
	if !ok || !who.anyone && !who.member && len(who.may) == 0 {
		panic(fmt.Sprintf("api: %q says not who may use it", target))
	}
	for _, p := range who.may {
		if !known(p) {
			panic(fmt.Sprintf("api: %q names the permission %q, which does not exist", target, p))
		}
	}
	r := &route{access: who, once: method == http.MethodPost && !who.anyone, op: &huma.Operation{Method: method, Path: path, Tags: []string{group}, Summary: summary}}
	for _, o := range options {
		o(r)
	}
	r.document()
	where := Prefix + pattern(path)
	if a.routes[where] == nil {
		a.routes[where] = map[string]*route{}
	}
	if a.routes[where][method] != nil {
		panic("api: " + target + " is registered twice")
	}
	a.routes[where][method] = r
	return r
}

// document adds what follows from the access rule.
func (r *route) document() {
	op := r.op
	if op.Responses == nil {
		op.Responses = map[string]*huma.Response{}
	}
	op.Responses["default"] = problemResponse()
	if r.access.anyone {
		op.Security = []map[string][]string{}
	} else {
		op.Security = nil
		if !r.access.programs {
			op.Security = append(op.Security, map[string][]string{"session": {}})
		}
		if !r.access.people {
			op.Security = append(op.Security, map[string][]string{"key": {}})
		}
	}
	if len(r.access.may) > 0 {
		op.Extensions = map[string]any{"x-permissions": r.access.may}
	}
	if r.once {
		op.Parameters = append(op.Parameters, &huma.Param{Name: idempotencyHeader, In: "header", Description: "A name of your choice for this request; the same again within 24 hours gets the first answer.",
			Schema: &huma.Schema{Type: huma.TypeString, MaxLength: ptr(200)}})
	}
}

func known(p staff.Permission) bool { return staff.Allowed(staff.Owner, p) }

// pattern turns {name} into echo's :name.
func pattern(path string) string {
	return strings.NewReplacer("{", ":", "}", "").Replace(path)
}

// operationID is the handler's own name: the operation "listCustomers" is answered by (*api).listCustomers.
func operationID(h any) string {
	name := runtime.FuncForPC(reflect.ValueOf(h).Pointer()).Name()
	name = strings.TrimSuffix(name, "-fm")
	return name[strings.LastIndexByte(name, '.')+1:]
}

func ptr[T any](v T) *T { return &v }

// patient lets an operation take longer than others: an upload over a slow line.
func patient(d time.Duration) option { return func(r *route) { r.patience = d } }

// limited bounds how often one network address may ask (S24).
func limited(perMinute int) option {
	return func(r *route) { r.limit = web.Rate{PerMinute: perMinute, Burst: perMinute} }
}

// creates answers 201.
func creates(r *route) { r.op.DefaultStatus = http.StatusCreated }

// pathParameters documents the parameters of an operation that huma does not see.
func pathParameters(path string) []*huma.Param {
	var out []*huma.Param
	for _, part := range strings.Split(path, "/") {
		if name, ok := strings.CutPrefix(part, "{"); ok {
			out = append(out, &huma.Param{Name: strings.TrimSuffix(name, "}"), In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeString}})
		}
	}
	return out
}

// asking documents query parameters of a raw operation.
func asking(names ...string) option {
	return func(r *route) {
		for _, name := range names {
			r.op.Parameters = append(r.op.Parameters, &huma.Param{Name: name, In: "query", Schema: &huma.Schema{Type: huma.TypeString}})
		}
	}
}
