package db

import (
	"encoding/base64"
	"encoding/json"

	"goodword/internal/fault"
)

// Page asks for one page of a list by key, never by offset.
type Page struct {
	// Limit is the number of rows wanted, 1 to 200; 0 means 50.
	Limit int
	// Cursor is the Next of the page before; empty for the first page.
	Cursor string
}

// Size returns Limit with its default and its bounds applied.
func (p Page) Size() int {
	switch {
	case p.Limit <= 0:
		return 50
	case p.Limit > 200:
		return 200
	}
	return p.Limit
}

// Keys decodes the cursor into want parts. It returns nil for the first page and Malformed for a cursor that
// EncodeCursor did not make with as many parts.
func (p Page) Keys(want int) ([]string, error) {
	if p.Cursor == "" {
		return nil, nil
	}
	b, err := base64.RawURLEncoding.DecodeString(p.Cursor)
	if err != nil {
		return nil, badCursor()
	}
	var parts []string
	if err := json.Unmarshal(b, &parts); err != nil || len(parts) != want {
		return nil, badCursor()
	}
	return parts, nil
}

func badCursor() error {
	return &fault.Error{Code: fault.Malformed, Message: "This cursor is not one of ours.",
		Problems: []fault.Problem{{Field: "cursor", Message: "Use the next_cursor of the page before, unchanged."}}}
}

// EncodeCursor makes the cursor from the sort keys of a page's last row, the id last.
func EncodeCursor(parts ...string) string {
	b, err := json.Marshal(parts)
	if err != nil {
		panic("cursor: " + err.Error()) // strings always marshal
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

// List is one page of rows.
type List[T any] struct {
	Items []T
	// Next is the cursor of the next page, empty on the last.
	Next string
}

// Cut takes the rows of a query that asked for one more than the page's size, and makes the page of them.
func Cut[T any](rows []T, p Page, key func(T) []string) List[T] {
	if len(rows) <= p.Size() {
		return List[T]{Items: rows}
	}
	rows = rows[:p.Size()]
	return List[T]{Items: rows, Next: EncodeCursor(key(rows[len(rows)-1])...)}
}
