package config

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"reflect"
	"slices"
	"strings"
)

// Setting is one line of `goodword doctor`.
type Setting struct {
	Name string `json:"name"`
	// Value is what is in force, masked if it is or holds a secret; empty when nothing is set.
	Value string `json:"value"`
	// Source is "default", "environment", "file PATH", or the path of the generated key.
	Source string `json:"source"`
}

// Describe lists what is in force, in the order of the documentation, then the OTEL_* variables.
func (c Config) Describe() []Setting { return slices.Clone(c.settings) }

func describe(v values, set, sources map[string]string) []Setting {
	rv, rt := reflect.ValueOf(v), reflect.TypeFor[values]()
	var list []Setting
	for i := range rt.NumField() {
		tag := rt.Field(i).Tag
		s := Setting{Name: tag.Get("env"), Value: masked(tag.Get("mask"), rv.Field(i).String()), Source: "default"}
		if from, ok := sources[s.Name]; ok {
			s.Source = from
		}
		list = append(list, s)
	}
	var otel []Setting
	for name, value := range set {
		if !strings.HasPrefix(name, "OTEL_") {
			continue
		}
		mask := "url"
		if strings.Contains(name, "HEADERS") || strings.Contains(name, "KEY") {
			mask = "secret"
		}
		otel = append(otel, Setting{Name: name, Value: masked(mask, value), Source: sources[name]})
	}
	slices.SortFunc(otel, func(a, b Setting) int { return strings.Compare(a.Name, b.Name) })
	return append(list, otel...)
}

func masked(mask, value string) string {
	switch {
	case value == "" || mask == "":
		return value
	case mask == "url":
		u, err := url.Parse(value)
		if err != nil {
			return "(set)"
		}
		// A PostgreSQL address may also carry its password as a parameter; no parameter is worth the risk.
		if u.RawQuery != "" {
			u.RawQuery = "…"
		}
		return u.Redacted()
	case mask == "stripe":
		// The mode (sk_test_, rk_live_) is what one wants to see, and is no secret.
		if parts := strings.SplitN(value, "_", 3); len(parts) == 3 {
			return parts[0] + "_" + parts[1] + "_…"
		}
	}
	return "(set)"
}

// String lists the settings with secrets masked.
func (c Config) String() string {
	var b strings.Builder
	for i, s := range c.settings {
		if i > 0 {
			b.WriteString(" ")
		}
		fmt.Fprintf(&b, "%s=%q", s.Name, s.Value)
	}
	return b.String()
}

// GoString is String.
func (c Config) GoString() string { return c.String() }

// Format writes String for every verb: without it %d would walk the fields and print the secrets.
func (c Config) Format(f fmt.State, _ rune) {
	if _, err := io.WriteString(f, c.String()); err != nil {
		return // fmt has no way to hear of it
	}
}

// LogValue gives slog the masked settings.
func (c Config) LogValue() slog.Value {
	attrs := make([]slog.Attr, 0, len(c.settings))
	for _, s := range c.settings {
		attrs = append(attrs, slog.String(s.Name, s.Value))
	}
	return slog.GroupValue(attrs...)
}

// MarshalJSON encodes the masked settings.
func (c Config) MarshalJSON() ([]byte, error) { return json.Marshal(c.settings) }
