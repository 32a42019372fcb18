package customer

import (
	"time"

	"github.com/uptrace/bun"

	"goodword/internal/fault"
)

// Asked narrows a Filter by whether a customer was ever asked.
type Asked string

// The values of Filter.Asked; empty means both.
const (
	AskedNever Asked = "never"
	AskedEver  Asked = "ever"
)

// Filter narrows lists, counts, segments and audiences. Every field that is set must hold; the zero Filter is everybody
// who was not erased. Its JSON is what a segment and a campaign's audience store.
type Filter struct {
	// Q is looked for in names, company, mail addresses and external id, without case. Several words must all occur.
	Q string `json:"q,omitempty"`
	// Tags must all be there.
	Tags      []string   `json:"tags,omitempty"`
	Divisions []string   `json:"divisions,omitempty"`
	Countries []string   `json:"countries,omitempty"`
	Languages []string   `json:"languages,omitempty"`
	Stages    []Stage    `json:"stages,omitempty"`
	Gift      GiftPolicy `json:"gift_policy,omitempty"`
	OwnerID   string     `json:"owner_id,omitempty"`
	CompanyID string     `json:"company_id,omitempty"`
	Asked     Asked      `json:"asked,omitempty"`
	// OrderedAfter and OrderedBefore bound the last order, RenewsBefore the renewal. Times are UTC.
	OrderedAfter  time.Time `json:"ordered_after,omitzero"`
	OrderedBefore time.Time `json:"ordered_before,omitzero"`
	RenewsBefore  time.Time `json:"renews_before,omitzero"`
	// SegmentID adds a saved filter's conditions to these.
	SegmentID string `json:"segment_id,omitempty"`

	and []Filter // resolved segments
}

// Check names every field that cannot be used, under the given path ("audience.filter").
func (f Filter) Check(path string) []fault.Problem {
	var c fault.Check
	f.check(&c, path)
	if e := fault.As(c.Err()); e != nil {
		return e.Problems
	}
	return nil
}

// Segment is a row of table segment: a filter with a name.
type Segment struct {
	bun.BaseModel `bun:"table:segment,alias:segment"`

	ID        string    `bun:"id,pk"`
	Name      string    `bun:"name"`
	Filter    Filter    `bun:"filter,type:jsonb"`
	CreatedAt time.Time `bun:"created_at"`
}

// Counted is a segment with the number of customers who are in it now.
type Counted struct {
	Segment
	Count int64
}
