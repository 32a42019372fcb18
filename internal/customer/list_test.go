package customer_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"goodword/internal/customer"
	"goodword/internal/db"
	"goodword/internal/dbtest"
	"goodword/internal/fault"
	"goodword/internal/ident"
)

func TestList_FiltersAlikeOnBothEngines(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		owner := w.colleague("active")
		ana := w.create(customer.Draft{FirstName: "Ana", LastName: "Älster", Email: "ana@acme.example", Company: "Acme", Division: "North", Country: "DE",
			OwnerID: owner, Tags: []string{"vip", "fair"}, LastOrderAt: start.AddDate(-1, 0, 0), ExternalID: "CRM-7"})
		ben := w.create(customer.Draft{FirstName: "Ben", LastName: "100%_Sure", Email: "ben@blue.example", Company: "Blue", Division: "South", Country: "FR",
			Language: "fr", Tags: []string{"vip"}, LastOrderAt: start.AddDate(0, -1, 0), RenewsAt: start.AddDate(0, 1, 0), GiftPolicy: customer.GiftNone})
		lea := w.create(customer.Draft{FirstName: "Lea", LastName: "Öz", Stage: customer.Lead})
		gone := w.create(customer.Draft{FirstName: "Gone", LastName: "Away", Email: "gone@acme.example"})
		w.must(w.Erase(w.ctx, actor, gone.ID, "asked"))
		w.inTx(func(ctx context.Context, tx db.Tx) error { return w.Asked(ctx, tx, ben.ID, start) })
		seg, err := w.CreateSegment(w.ctx, actor, "Orders", customer.Filter{OrderedAfter: start.AddDate(-2, 0, 0)})
		w.must(err)

		for _, c := range []struct {
			name string
			f    customer.Filter
			want []string
		}{
			{"everybody", customer.Filter{}, []string{ben.ID, ana.ID, lea.ID}},
			{"name without case, beyond ASCII", customer.Filter{Q: "älster"}, []string{ana.ID}},
			{"upper case beyond ASCII", customer.Filter{Q: "ÖZ"}, []string{lea.ID}},
			{"company and name", customer.Filter{Q: "acme ana"}, []string{ana.ID}},
			{"mail", customer.Filter{Q: "@blue"}, []string{ben.ID}},
			{"external id", customer.Filter{Q: "crm-7"}, []string{ana.ID}},
			{"wildcards are letters", customer.Filter{Q: "100%_s"}, []string{ben.ID}},
			{"a wildcard alone", customer.Filter{Q: "_"}, []string{ben.ID}},
			{"backslash", customer.Filter{Q: `\`}, nil},
			{"quote", customer.Filter{Q: `'; DROP TABLE customer; --`}, nil},
			{"erased stay out", customer.Filter{Q: "gone"}, nil},
			{"tag", customer.Filter{Tags: []string{"VIP"}}, []string{ben.ID, ana.ID}},
			{"all tags", customer.Filter{Tags: []string{"vip", "fair"}}, []string{ana.ID}},
			{"division", customer.Filter{Divisions: []string{"North", "East"}}, []string{ana.ID}},
			{"country", customer.Filter{Countries: []string{"FR"}}, []string{ben.ID}},
			{"language", customer.Filter{Languages: []string{"fr"}}, []string{ben.ID}},
			{"stage", customer.Filter{Stages: []customer.Stage{customer.Lead}}, []string{lea.ID}},
			{"gift rule", customer.Filter{Gift: customer.GiftNone}, []string{ben.ID}},
			{"owner", customer.Filter{OwnerID: owner}, []string{ana.ID}},
			{"company", customer.Filter{CompanyID: ben.CompanyID}, []string{ben.ID}},
			{"never asked", customer.Filter{Asked: customer.AskedNever}, []string{ana.ID, lea.ID}},
			{"asked", customer.Filter{Asked: customer.AskedEver}, []string{ben.ID}},
			{"ordered before", customer.Filter{OrderedBefore: start.AddDate(0, -6, 0)}, []string{ana.ID}},
			{"renews", customer.Filter{RenewsBefore: start.AddDate(0, 2, 0)}, []string{ben.ID}},
			{"segment", customer.Filter{SegmentID: seg.ID}, []string{ben.ID, ana.ID}},
			{"segment and more", customer.Filter{SegmentID: seg.ID, Divisions: []string{"North"}}, []string{ana.ID}},
		} {
			list, err := w.List(w.ctx, c.f, db.Page{})
			if err != nil {
				t.Fatalf("%s: %v", c.name, err)
			}
			var got []string
			for _, x := range list.Items {
				got = append(got, x.ID)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%s: got %v, want %v", c.name, got, c.want)
			}
			if n, err := w.Count(w.ctx, c.f); err != nil || n != int64(len(c.want)) {
				t.Errorf("%s: count %d, %v", c.name, n, err)
			}
		}
		list, err := w.List(w.ctx, customer.Filter{Q: "ana"}, db.Page{})
		w.must(err)
		if x := list.Items[0]; x.Email() != "ana@acme.example" || x.CompanyName() != "Acme" || !slices.Equal(x.Tags, []string{"fair", "vip"}) {
			t.Fatalf("listed %+v", x)
		}
		if tags, err := w.Tags(w.ctx); err != nil || !slices.Equal(tags, []string{"fair", "vip"}) {
			t.Fatalf("tags %v, %v", tags, err)
		}
		for field, f := range map[string]customer.Filter{"asked": {Asked: "maybe"}, "stages.0": {Stages: []customer.Stage{"king"}}, "owner_id": {OwnerID: "me"}} {
			_, err := w.List(w.ctx, f, db.Page{})
			wantCode(t, err, fault.Invalid)
			wantField(t, err, field)
			if p := f.Check("audience"); len(p) != 1 || p[0].Field != "audience."+field {
				t.Fatalf("problems %v", p)
			}
		}
		_, err = w.List(w.ctx, customer.Filter{SegmentID: ident.New()}, db.Page{})
		wantCode(t, err, fault.NotFound)
		_, err = w.List(w.ctx, customer.Filter{}, db.Page{Cursor: "x"})
		wantCode(t, err, fault.Malformed)
	})
}

func TestList_PagesByKeyThroughEqualNames(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		for i := range 25 {
			w.create(customer.Draft{FirstName: "Ana", LastName: fmt.Sprintf("Same%d", i%3)})
		}
		seen := map[string]bool{}
		last := ""
		pages := 0
		for p := (db.Page{Limit: 4}); ; pages++ {
			list, err := w.List(w.ctx, customer.Filter{}, p)
			w.must(err)
			for _, c := range list.Items {
				if seen[c.ID] || c.SortName < last {
					t.Fatalf("%s twice or out of order", c.SortName)
				}
				seen[c.ID], last = true, c.SortName
			}
			if list.Next == "" {
				break
			}
			p.Cursor = list.Next
		}
		if len(seen) != 25 || pages != 6 {
			t.Fatalf("%d customers on %d pages", len(seen), pages+1)
		}
		var walked []string
		for after := ""; ; {
			chunk, err := w.Audience(w.ctx, d, customer.Filter{}, after, 10)
			w.must(err)
			if len(chunk) == 0 {
				break
			}
			for _, c := range chunk {
				walked = append(walked, c.ID)
			}
			after = chunk[len(chunk)-1].ID
		}
		if len(walked) != 25 || !slices.IsSorted(walked) {
			t.Fatalf("walked %d", len(walked))
		}
		if m, err := w.ByIDs(w.ctx, d, walked[:3]); err != nil || len(m) != 3 || m[walked[0]].FirstName != "Ana" {
			t.Fatalf("by ids: %d, %v", len(m), err)
		}
		if m, err := w.ByIDs(w.ctx, d, nil); err != nil || len(m) != 0 {
			t.Fatalf("by no ids: %d, %v", len(m), err)
		}
	})
}

func TestSegments_CountNow(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		f := customer.Filter{Q: "x", Tags: []string{"vip"}, Stages: []customer.Stage{customer.Active}, OrderedAfter: start}
		seg, err := w.CreateSegment(w.ctx, actor, "VIPs", f)
		w.must(err)
		back, err := w.SegmentByID(w.ctx, d, seg.ID)
		w.must(err)
		if back.Filter.Q != "x" || !back.Filter.OrderedAfter.Equal(start) || !back.Filter.OrderedBefore.IsZero() || len(back.Filter.Stages) != 1 {
			t.Fatalf("filter %+v", back.Filter)
		}
		_, err = w.CreateSegment(w.ctx, actor, "VIPs", f)
		wantCode(t, err, fault.Conflict)
		wantField(t, err, "name")
		_, err = w.CreateSegment(w.ctx, actor, "Nested", customer.Filter{SegmentID: seg.ID})
		wantField(t, err, "filter.segment_id")
		w.create(customer.Draft{FirstName: "Xaver", Tags: []string{"vip"}, LastOrderAt: start.Add(time.Minute)})
		list, err := w.Segments(w.ctx)
		w.must(err)
		if len(list) != 1 || list[0].Count != 1 {
			t.Fatalf("segments %+v", list)
		}
		w.must(w.DeleteSegment(w.ctx, actor, seg.ID))
		wantCode(t, w.DeleteSegment(w.ctx, actor, seg.ID), fault.NotFound)
	})
}
