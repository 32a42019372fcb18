package api

import (
	"bytes"
	_ "embed"
	"html/template"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/labstack/echo/v4"

	"goodword/internal/staff"
	"goodword/internal/web"
)

//go:embed docs.html
var docsPage string

// docsView is the readable form of the OpenAPI document.
type docsView struct {
	Nonce   string
	About   []string
	Server  string
	Groups  []docsGroup
	Schemas []docsSchema
}

type docsGroup struct {
	Name, About string
	Operations  []docsOperation
}

type docsOperation struct {
	ID, Method, Path, Summary, About string
	// Who says in words who may use it.
	Who        string
	Parameters []docsField
	// Takes and Gives name schemas, or content types where there is none.
	Takes, Gives []docsType
}

type docsSchema struct {
	Name   string
	Fields []docsField
}

type docsField struct {
	Name, In string
	Type     docsType
	Required bool
	About    string
	Words    []string
}

// docsType is a type in words; Link names the schema in it.
type docsType struct{ Before, Link, After string }

// docs draws the documentation once; only the nonce changes.
func (a *api) docs() echo.HandlerFunc {
	page := template.Must(template.New("docs").Parse(docsPage))
	view := docsOf(a.huma.OpenAPI())
	return func(c echo.Context) error {
		v := view
		v.Nonce = web.Nonce(c)
		var b bytes.Buffer
		if err := page.Execute(&b, v); err != nil {
			return err
		}
		return c.HTMLBlob(http.StatusOK, b.Bytes())
	}
}

func docsOf(o *huma.OpenAPI) docsView {
	v := docsView{About: strings.Split(o.Info.Description, "\n\n"), Server: Prefix}
	for _, tag := range o.Tags {
		g := docsGroup{Name: tag.Name, About: tag.Description}
		for _, path := range keys(o.Paths) {
			for _, op := range operations(o.Paths[path]) {
				if slices.Contains(op.Tags, tag.Name) {
					g.Operations = append(g.Operations, operationOf(op))
				}
			}
		}
		v.Groups = append(v.Groups, g)
	}
	all := o.Components.Schemas.Map()
	for _, name := range keys(all) {
		v.Schemas = append(v.Schemas, docsSchema{Name: name, Fields: fields(all[name])})
	}
	return v
}

func operations(item *huma.PathItem) []*huma.Operation {
	return slices.DeleteFunc([]*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete}, func(op *huma.Operation) bool { return op == nil })
}

func operationOf(op *huma.Operation) docsOperation {
	d := docsOperation{ID: op.OperationID, Method: op.Method, Path: op.Path, Summary: op.Summary, About: op.Description, Who: who(op)}
	for _, p := range op.Parameters {
		d.Parameters = append(d.Parameters, docsField{Name: p.Name, In: p.In, Type: typeOf(p.Schema), Required: p.Required, About: p.Description, Words: wordsOf(p.Schema)})
	}
	if op.RequestBody != nil {
		d.Takes = typesOf(op.RequestBody.Content)
	}
	for _, status := range keys(op.Responses) {
		if status != "default" {
			d.Gives = append(d.Gives, typesOf(op.Responses[status].Content)...)
		}
	}
	return d
}

// who says in words which roles have one of the operation's permissions.
func who(op *huma.Operation) string {
	need, ok := op.Extensions["x-permissions"].([]staff.Permission)
	if !ok {
		if len(op.Security) == 0 {
			return "anyone"
		}
		return "whoever is signed in"
	}
	var names []string
	for _, r := range staff.Roles {
		if slices.ContainsFunc(need, func(p staff.Permission) bool { return staff.Allowed(r, p) }) {
			names = append(names, string(r))
		}
	}
	return strings.Join(names, ", ")
}

func typesOf(content map[string]*huma.MediaType) []docsType {
	var out []docsType
	for _, kind := range keys(content) {
		if kind != "application/json" || content[kind].Schema == nil {
			out = append(out, docsType{Before: kind})
			continue
		}
		out = append(out, typeOf(content[kind].Schema))
	}
	return out
}

func typeOf(s *huma.Schema) docsType {
	switch {
	case s == nil:
		return docsType{Before: "anything"}
	case s.Ref != "":
		return docsType{Link: s.Ref[strings.LastIndexByte(s.Ref, '/')+1:]}
	case s.Type == huma.TypeArray:
		t := typeOf(s.Items)
		t.Before = "list of " + t.Before
		return t
	case s.Type == huma.TypeObject:
		if values, ok := s.AdditionalProperties.(*huma.Schema); ok {
			t := typeOf(values)
			t.Before = "map of " + t.Before
			return t
		}
		return docsType{Before: "object"}
	case s.Format == "date-time":
		return docsType{Before: "time"}
	case s.Type == "":
		return docsType{Before: "anything"}
	}
	return docsType{Before: map[string]string{huma.TypeString: "text", huma.TypeInteger: "whole number", huma.TypeBoolean: "true or false"}[s.Type]}
}

func wordsOf(s *huma.Schema) []string {
	if s == nil {
		return nil
	}
	if s.Items != nil {
		s = s.Items
	}
	var out []string
	for _, v := range s.Enum {
		if text, ok := v.(string); ok {
			out = append(out, text)
		}
	}
	return out
}

func fields(s *huma.Schema) []docsField {
	var out []docsField
	for _, name := range keys(s.Properties) {
		p := s.Properties[name]
		out = append(out, docsField{Name: name, Type: typeOf(p), Required: slices.Contains(s.Required, name), About: p.Description, Words: wordsOf(p)})
	}
	return out
}

func keys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	return sorted(out)
}
