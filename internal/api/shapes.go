package api

import (
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"goodword/internal/db"
	"goodword/internal/money"
)

// Paging is what every list takes.
type Paging struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"200" doc:"How many, 50 unless said otherwise."`
	Cursor string `query:"cursor" doc:"next_cursor of the page before."`
}

func (p Paging) page() db.Page { return db.Page{Limit: p.Limit, Cursor: p.Cursor} }

// list is one page of anything.
type list[T any] struct {
	Items      []T    `json:"items"`
	NextCursor string `json:"next_cursor" doc:"Where the next page begins; empty on the last."`
}

// listed turns a page of rows into a page of answers.
func listed[R, T any](l db.List[R], shape func(R) T) *body[list[T]] {
	return &body[list[T]]{list[T]{Items: each(l.Items, shape), NextCursor: l.Next}}
}

// whole is a list that has no further pages.
func whole[R, T any](rows []R, shape func(R) T) *body[list[T]] {
	return &body[list[T]]{list[T]{Items: each(rows, shape)}}
}

// each never returns nil, so that JSON shows an empty list.
func each[R, T any](rows []R, shape func(R) T) []T {
	out := make([]T, len(rows))
	for i, r := range rows {
		out[i] = shape(r)
	}
	return out
}

func same[T any](v T) T { return v }

// filled returns an empty list for nil.
func filled[T any](v []T) []T {
	if v == nil {
		return []T{}
	}
	return v
}

func sorted(v []string) []string {
	slices.Sort(v)
	return v
}

// body is an answer that is a document.
type body[T any] struct{ Body T }

// tagged is a document that can be edited; If-Match wants its ETag back.
type tagged[T any] struct {
	ETag string `header:"ETag"`
	Body T
}

func tag[T any](version int64, v T) *tagged[T] {
	return &tagged[T]{ETag: `"` + strconv.FormatInt(version, 10) + `"`, Body: v}
}

// made is a document that was created: 201 with its address.
type made[T any] struct {
	Location string `header:"Location"`
	ETag     string `header:"ETag"`
	Body     T
}

// done has nothing to say: 204.
type done struct{}

// byID is the input of operations on one thing.
type byID struct {
	ID string `path:"id"`
}

// edit is the input of a PATCH.
type edit[T any] struct {
	ID      string `path:"id"`
	IfMatch string `header:"If-Match" doc:"The ETag of what was edited; without it the change is made whatever happened since."`
	Body    T
}

// act is the input of a verb with a document.
type act[T any] struct {
	ID   string `path:"id"`
	Body T
}

// nod is the input of a verb whose document may be left out.
type nod[T any] struct {
	ID   string `path:"id"`
	Body *T
}

// said is the document, or an empty one.
func (n nod[T]) said() T {
	if n.Body == nil {
		var zero T
		return zero
	}
	return *n.Body
}

// create is the input of a POST.
type create[T any] struct{ Body T }

// nothing is the input of operations without any.
type nothing struct{}

// named is a reference with the name that people know.
type named struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// at shows a time, or leaves the field out where it is zero.
func at(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// when reads a time that may be left out.
func when(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC().Truncate(time.Microsecond)
}

// sum shows an amount, or leaves it out.
func sum(minor *int64, currency string) *money.Amount {
	if minor == nil || currency == "" {
		return nil
	}
	return &money.Amount{Minor: *minor, Currency: currency}
}

// clearable is a time in a PATCH: left out it stays, null empties it.
type clearable struct {
	set  bool
	time time.Time
}

// UnmarshalJSON is called for null as well.
func (t *clearable) UnmarshalJSON(data []byte) error {
	t.set = true
	if string(data) == "null" {
		return nil
	}
	return json.Unmarshal(data, &t.time)
}

// Schema documents the field for huma.
func (clearable) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Format: "date-time", Nullable: true}
}

// change returns what a Patch field wants: nil to leave it, zero to empty it.
func (t clearable) change() *time.Time {
	if !t.set {
		return nil
	}
	v := t.time.UTC().Truncate(time.Microsecond)
	return &v
}
