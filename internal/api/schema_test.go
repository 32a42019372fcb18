package api_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"goodword/internal/api"
)

// schema holds answers against the OpenAPI document: nothing undocumented, nothing missing, the right words and types.
type schema struct{ document map[string]any }

var parsed = sync.OnceValues(func() (map[string]any, error) {
	var d map[string]any
	err := json.Unmarshal(api.Document(), &d)
	return d, err
})

func theSchema(t *testing.T) *schema {
	t.Helper()
	d, err := parsed()
	if err != nil {
		t.Fatal(err)
	}
	return &schema{d}
}

// operation is one of the document.
type operation struct {
	method, path string
	doc          map[string]any
}

func (s *schema) operations() []operation {
	var out []operation
	for path, item := range s.document["paths"].(map[string]any) {
		for method, op := range item.(map[string]any) {
			out = append(out, operation{strings.ToUpper(method), path, op.(map[string]any)})
		}
	}
	slices.SortFunc(out, func(a, b operation) int { return strings.Compare(a.path+a.method, b.path+b.method) })
	return out
}

// find returns the operation behind a concrete path; the one with the fewest parameters wins, as in the router.
func (s *schema) find(method, path string) (operation, bool) {
	path, _, _ = strings.Cut(path, "?")
	parts := strings.Split(path, "/")
	best, found := operation{}, false
	for _, op := range s.operations() {
		want := strings.Split(op.path, "/")
		if op.method != method || len(want) != len(parts) {
			continue
		}
		fits := true
		for i, w := range want {
			fits = fits && (strings.HasPrefix(w, "{") || w == parts[i])
		}
		if fits && (!found || strings.Count(op.path, "{") < strings.Count(best.path, "{")) {
			best, found = op, true
		}
	}
	return best, found
}

func (s *schema) check(method, path string, status int, contentType string, body any) []string {
	op, ok := s.find(method, path)
	if !ok {
		return nil
	}
	contentType, _, _ = strings.Cut(contentType, ";")
	responses := op.doc["responses"].(map[string]any)
	response, ok := responses[fmt.Sprint(status)].(map[string]any)
	if !ok {
		if status < 300 {
			return []string{"status is not documented"}
		}
		response = responses["default"].(map[string]any)
	}
	content, ok := response["content"].(map[string]any)[contentType].(map[string]any)
	if !ok {
		return []string{contentType + " is not documented"}
	}
	var problems []string
	s.value(content["schema"].(map[string]any), body, "", &problems)
	return problems
}

func (s *schema) value(want map[string]any, v any, at string, problems *[]string) {
	add := func(format string, args ...any) { *problems = append(*problems, at+": "+fmt.Sprintf(format, args...)) }
	if ref, ok := want["$ref"].(string); ok {
		name := ref[strings.LastIndexByte(ref, '/')+1:]
		s.value(s.document["components"].(map[string]any)["schemas"].(map[string]any)[name].(map[string]any), v, at, problems)
		return
	}
	if words, ok := want["enum"].([]any); ok && !slices.Contains(words, v) {
		add("%v is not one of %v", v, words)
	}
	switch v := v.(type) {
	case map[string]any:
		s.object(want, v, at, problems)
	case []any:
		items, ok := want["items"].(map[string]any)
		if !ok {
			add("a list")
			return
		}
		for i, x := range v {
			s.value(items, x, fmt.Sprintf("%s.%d", at, i), problems)
		}
	case string:
		if kind := want["type"]; kind != nil && kind != "string" {
			add("a text where %v is documented", kind)
		}
		if want["format"] == "date-time" {
			if t, err := time.Parse(time.RFC3339Nano, v); err != nil || !strings.HasSuffix(v, "Z") || t.Nanosecond()%1000 != 0 {
				add("%q is no RFC 3339 time in UTC", v)
			}
		}
	case float64:
		if kind := want["type"]; kind != nil && kind != "integer" {
			add("a number where %v is documented", kind)
		}
	case bool:
		if kind := want["type"]; kind != nil && kind != "boolean" {
			add("true or false where %v is documented", kind)
		}
	case nil:
		if want["type"] != nil {
			add("null")
		}
	}
}

func (s *schema) object(want, v map[string]any, at string, problems *[]string) {
	if want["type"] == nil {
		return // anything
	}
	if want["type"] != "object" {
		*problems = append(*problems, fmt.Sprintf("%s: an object where %v is documented", at, want["type"]))
		return
	}
	properties, _ := want["properties"].(map[string]any)
	if required, ok := want["required"].([]any); ok {
		for _, name := range required {
			if _, there := v[name.(string)]; !there {
				*problems = append(*problems, at+"."+name.(string)+" is missing")
			}
		}
	}
	for name, x := range v {
		p, known := properties[name].(map[string]any)
		if extra, ok := want["additionalProperties"].(map[string]any); !known && ok {
			p, known = extra, true
		}
		if !known {
			*problems = append(*problems, at+"."+name+" is not documented")
			continue
		}
		s.value(p, x, at+"."+name, problems)
	}
}
