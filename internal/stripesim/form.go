package stripesim

import (
	"net/url"
	"sort"
	"strconv"
	"strings"
)

// form reads the parameters of one request and keeps the first thing wrong with them. An operation reads
// all it knows, then calls check before it changes anything; a parameter nobody read is refused, so that a
// typing mistake in the application cannot pass unnoticed.
type form struct {
	values  url.Values
	known   map[string]bool
	problem *Error
}

func newForm(values url.Values) *form {
	f := &form{values: values, known: map[string]bool{}}
	f.accept("expand")
	return f
}

func (f *form) fail(e *Error) {
	if f.problem == nil {
		f.problem = e
	}
}

func (f *form) given(key string) bool { f.known[key] = true; _, ok := f.values[key]; return ok }

func (f *form) text(key string) string { f.known[key] = true; return f.values.Get(key) }

func (f *form) required(key string) string {
	v := f.text(key)
	if v == "" {
		f.fail(missing(key))
	}
	return v
}

// integer returns nil when the parameter is not given.
func (f *form) integer(key string) *int64 {
	if !f.given(key) {
		return nil
	}
	n, err := strconv.ParseInt(f.values.Get(key), 10, 64)
	if err != nil {
		f.fail(&Error{Status: 400, Type: invalidRequest, Code: "parameter_invalid_integer", Param: key,
			Message: "Invalid integer: " + f.values.Get(key)})
		return nil
	}
	return &n
}

// positive returns nil when the parameter is not given, and refuses what is below one.
func (f *form) positive(key string) *int64 {
	n := f.integer(key)
	if n != nil && *n < 1 {
		f.fail(&Error{Status: 400, Type: invalidRequest, Code: "parameter_invalid_integer", Param: key,
			Message: "This value must be greater than or equal to 1."})
	}
	return n
}

func (f *form) boolean(key string) bool {
	switch v := f.text(key); v {
	case "true":
		return true
	case "", "false":
		return false
	default:
		f.fail(invalid(key, "Invalid boolean: "+v))
		return false
	}
}

func (f *form) oneOf(key, fallback string, allowed ...string) string {
	v := f.text(key)
	if v == "" {
		v = fallback
	}
	for _, a := range allowed {
		if v == a {
			return v
		}
	}
	f.fail(invalid(key, "Invalid "+key+": must be one of "+strings.Join(allowed, ", ")))
	return v
}

// currency is in lower case, as Stripe keeps it.
func (f *form) currency() string {
	c := strings.ToLower(f.required("currency"))
	if len(c) != 3 && c != "" {
		f.fail(invalid("currency", "Invalid currency: "+c))
	}
	return c
}

// metadata merges what was given into the old values, as an update does: an empty value removes its key,
// an empty hash all of them.
func (f *form) metadata(old map[string]string) map[string]string {
	merged := map[string]string{}
	if !f.given("metadata") {
		for k, v := range old {
			merged[k] = v
		}
	}
	for key, values := range f.values {
		name, ok := strings.CutPrefix(key, "metadata[")
		if !ok || !strings.HasSuffix(name, "]") {
			continue
		}
		f.known[key] = true
		if name = strings.TrimSuffix(name, "]"); values[0] == "" {
			delete(merged, name)
		} else {
			merged[name] = values[0]
		}
		if len(name) > 40 || len(values[0]) > 500 {
			f.fail(invalid(key, "Metadata keys are up to 40 and values up to 500 characters long."))
		}
	}
	if len(merged) > 50 {
		f.fail(invalid("metadata", "Metadata can have up to 50 keys."))
	}
	return merged
}

// accept names parameters that Stripe takes and the stand-in has no use for.
func (f *form) accept(roots ...string) {
	for _, r := range roots {
		f.known[r] = true
		f.known[r+"["] = true
	}
}

// check returns the first problem, also a parameter that nobody has read.
func (f *form) check() error {
	if f.problem != nil {
		return f.problem
	}
	keys := make([]string, 0, len(f.values))
	for key := range f.values {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	for _, key := range keys {
		root, _, nested := strings.Cut(key, "[")
		if !f.known[key] && (!nested || !f.known[root+"["]) {
			return unknownParameter(key)
		}
	}
	return nil
}

// expands tells whether the answer should hold the object at path instead of its id.
func (f *form) expands(path string) bool {
	for key, values := range f.values {
		if strings.HasPrefix(key, "expand") && values[0] == path {
			return true
		}
	}
	return false
}
