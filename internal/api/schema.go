package api

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"goodword/internal/staff"
)

// schemaName names the types of this package in the document: customerOut is Customer, customerIn CustomerInput,
// list[customerOut] CustomerList.
func schemaName(t reflect.Type, hint string) string {
	name := huma.DefaultSchemaNamer(t, hint)
	if rest, ok := strings.CutPrefix(name, "List"); ok && rest != "" {
		return strings.TrimSuffix(rest, "Out") + "List"
	}
	if name == "Amount" {
		return "Money"
	}
	if rest, ok := strings.CutSuffix(name, "In"); ok {
		return rest + "Input"
	}
	return strings.TrimSuffix(name, "Out")
}

// finishSchemas says what Go's types cannot: lists are never null, and which words a field may hold. It panics when the
// table of words names a field that is not there, so that it cannot fall behind.
func (a *api) finishSchemas() {
	o := a.huma.OpenAPI()
	schemas := o.Components.Schemas
	schemas.Schema(reflect.TypeFor[problem](), true, "Problem")
	schemas.Schema(reflect.TypeFor[changeOut](), true, "Change")
	delete(schemas.Map(), "ErrorModel")
	delete(schemas.Map(), "ErrorDetail")
	for _, s := range schemas.Map() {
		for _, p := range s.Properties {
			settle(p)
		}
	}
	for where, values := range words() {
		name, field, _ := strings.Cut(where, ".")
		s := schemas.Map()[name]
		if s == nil || s.Properties[field] == nil {
			panic("api: the document has no " + where)
		}
		limit(s.Properties[field], values)
	}
	for _, name := range lenient {
		s := schemas.Map()[name.schema]
		s.Required = slices.DeleteFunc(s.Required, func(p string) bool { return slices.Contains(name.optional, p) })
	}
	for _, s := range schemas.Map() {
		s.PrecomputeMessages()
	}
	left := queryWords()
	for _, methods := range a.routes {
		for _, r := range methods {
			for _, p := range r.op.Parameters {
				settle(p.Schema)
				where := r.op.OperationID + "." + p.Name
				if values := left[where]; values != nil {
					limit(p.Schema, values)
					p.Schema.PrecomputeMessages()
					delete(left, where)
				}
			}
		}
	}
	for where := range left {
		panic("api: the document has no " + where)
	}
}

// settle makes arrays, which we never leave out, non-nullable, at any depth.
func settle(s *huma.Schema) {
	if s == nil {
		return
	}
	if s.Type == huma.TypeArray {
		s.Nullable = false
	}
	settle(s.Items)
	if extra, ok := s.AdditionalProperties.(*huma.Schema); ok {
		settle(extra)
	}
}

func limit(s *huma.Schema, values []string) {
	if s.Items != nil {
		s = s.Items
	}
	if s.Ref != "" {
		panic(fmt.Sprintf("api: %s is an object and has no words", s.Ref))
	}
	s.Enum = nil
	for _, v := range values {
		s.Enum = append(s.Enum, v)
	}
}

// texts turns named strings into strings.
func texts[T ~string](values []T) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = string(v)
	}
	return out
}

func securitySchemes() map[string]*huma.SecurityScheme {
	return map[string]*huma.SecurityScheme{
		"session": {Type: "apiKey", In: "cookie", Name: "__Host-gw_session", Description: "The cookie that POST /session sets."},
		"key":     {Type: "http", Scheme: "bearer", Description: "An API key with a role: Authorization: Bearer gw_…"},
	}
}

var roles = texts(staff.Roles)
