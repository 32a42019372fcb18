package customer

import (
	"context"
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"goodword/internal/audit"
	"goodword/internal/db"
	"goodword/internal/fault"
	"goodword/internal/ident"
)

func (f Filter) check(c *fault.Check, path string) {
	if path != "" {
		path += "."
	}
	c.That(utf8.RuneCountInString(f.Q) <= maxCompany, path+"q", "This is too long to look for.")
	c.That(f.Asked == "" || f.Asked == AskedNever || f.Asked == AskedEver, path+"asked", "Choose never or ever.")
	c.That(f.Gift == "" || slices.Contains(GiftPolicies, f.Gift), path+"gift_policy", "The gift rule is person, company or none.")
	for i, st := range f.Stages {
		c.That(slices.Contains(Stages, st), fmt.Sprintf("%sstages.%d", path, i), "The stage is lead, customer or former.")
	}
	for _, id := range []struct{ field, value string }{{"owner_id", f.OwnerID}, {"company_id", f.CompanyID}, {"segment_id", f.SegmentID}} {
		c.That(id.value == "" || ident.Valid(id.value), path+id.field, "This is not an id.")
	}
	for _, l := range []struct {
		field string
		n     int
	}{{"tags", len(f.Tags)}, {"divisions", len(f.Divisions)}, {"countries", len(f.Countries)}, {"languages", len(f.Languages)}} {
		c.That(l.n <= maxTags, path+l.field, fmt.Sprintf("At most %d values.", maxTags))
	}
}

// CreateSegment saves a filter under a name. Returns Invalid, and Conflict when the name is taken.
func (s *Service) CreateSegment(ctx context.Context, actor audit.Actor, name string, f Filter) (Segment, error) {
	var c fault.Check
	name = clean(name)
	c.Required("name", name)
	c.That(utf8.RuneCountInString(name) <= maxShort, "name", "This is too long.")
	f.check(&c, "filter")
	c.That(f.SegmentID == "", "filter.segment_id", "A segment cannot contain another one.")
	if err := c.Err(); err != nil {
		return Segment{}, err
	}
	seg := Segment{ID: ident.New(), Name: name, Filter: f, CreatedAt: s.now()}
	err := s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		if err := insertSegment(ctx, tx, seg); err != nil {
			return err
		}
		return audit.Record(ctx, tx, s.now(), audit.Entry{Actor: actor, Action: "segment.created", Object: "segment", ObjectID: seg.ID})
	})
	if err != nil {
		return Segment{}, fmt.Errorf("create segment: %w", err)
	}
	return seg, nil
}

// Segments lists all segments by name, each with its count now.
func (s *Service) Segments(ctx context.Context) ([]Counted, error) {
	segs, err := segments(ctx, s.DB)
	if err != nil {
		return nil, err
	}
	counted := make([]Counted, len(segs))
	for i, seg := range segs {
		n, err := count(ctx, s.DB, seg.Filter)
		if err != nil {
			return nil, fmt.Errorf("count segment %s: %w", seg.ID, err)
		}
		counted[i] = Counted{Segment: seg, Count: n}
	}
	return counted, nil
}

// SegmentByID returns a segment. Returns NotFound.
func (s *Service) SegmentByID(ctx context.Context, idb bun.IDB, id string) (Segment, error) {
	return segmentByID(ctx, idb, id)
}

// DeleteSegment removes a segment. Returns NotFound. Campaigns that were launched keep their invitations; one that still
// names the segment fails its next dry run with NotFound.
func (s *Service) DeleteSegment(ctx context.Context, actor audit.Actor, id string) error {
	err := s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		if err := deleteSegment(ctx, tx, id); err != nil {
			return err
		}
		return audit.Record(ctx, tx, s.now(), audit.Entry{Actor: actor, Action: "segment.deleted", Object: "segment", ObjectID: id})
	})
	if err != nil {
		return fmt.Errorf("delete segment %s: %w", id, err)
	}
	return nil
}
