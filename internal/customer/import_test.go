package customer_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"goodword/internal/customer"
	"goodword/internal/db"
	"goodword/internal/ident"
	"goodword/internal/queue"
	"goodword/internal/staff"
)

// importWorld is a world with imports. Its clock says a moment at which no date in testdata is in the future.
type importWorld struct {
	*world
	imports *customer.Imports
	dir     string
}

func newImportWorld(t *testing.T, d *db.DB) *importWorld {
	t.Helper()
	w := newWorld(t, d)
	w.clock.t = time.Date(2027, 1, 4, 9, 0, 0, 0, time.UTC)
	i := &importWorld{world: w, dir: t.TempDir()}
	i.imports = newImports(t, d, w.clock.now, i.dir)
	return i
}

func newImports(t testing.TB, d *db.DB, now func() time.Time, dir string) *customer.Imports {
	t.Helper()
	imports, err := importsOn(d, now, dir)
	if err != nil {
		t.Fatal(err)
	}
	return imports
}

func importsOn(d *db.DB, now func() time.Time, dir string) (*customer.Imports, error) {
	q, err := queue.New(d, queue.Options{})
	if err != nil {
		return nil, err
	}
	keys, err := ident.NewKeyring(strings.Repeat("k", 32))
	if err != nil {
		return nil, err
	}
	colleagues := staff.New(staff.Deps{DB: d, Queue: q, Clock: now, Wall: now, Keys: keys, Mail: &letters{},
		BaseURL: "http://gw.example", HandOvers: []staff.HandOver{}})
	return customer.NewImports(customer.ImportDeps{DB: d, Queue: q, Clock: now, Staff: colleagues, DataDir: dir}), nil
}

// rep adds a colleague with an address and a name.
func (w *importWorld) rep(email, name string) string {
	w.t.Helper()
	id := ident.New()
	_, err := w.db.NewRaw("INSERT INTO staff (id, email, name, role, state, created_at) VALUES (?, ?, ?, 'rep', 'active', ?)", id, email, name, start).Exec(w.ctx)
	w.must(err)
	return id
}

func (w *importWorld) begin(text string, o customer.ImportOptions, dry bool) customer.Import {
	w.t.Helper()
	run, err := w.imports.Start(w.ctx, actor, customer.Upload{Reader: strings.NewReader(text), Name: "people.csv", Options: o, DryRun: dry})
	w.must(err)
	return run
}

func (w *importWorld) run(text string, o customer.ImportOptions) customer.Import {
	w.t.Helper()
	return w.finish(w.begin(text, o, false))
}

func (w *importWorld) dryRun(text string, o customer.ImportOptions) customer.Import {
	w.t.Helper()
	return w.finish(w.begin(text, o, true))
}

func (w *importWorld) finish(run customer.Import) customer.Import {
	w.t.Helper()
	run, err := w.imports.Work(w.ctx, run.ID, func(customer.Import) {})
	w.must(err)
	if run.State != customer.ImportDone {
		w.t.Fatalf("import ended as %s: %s", run.State, run.Message)
	}
	if n := run.Created + run.Updated + run.Unchanged + run.Merged + run.Refused; n != run.RowsDone || n != run.RowsTotal {
		w.t.Fatalf("%d rows in all, %d done, %d with an outcome", run.RowsTotal, run.RowsDone, n)
	}
	return run
}

// problems returns all problems of an import by line.
func (w *importWorld) problems(run customer.Import) map[int64][]customer.ImportProblem {
	w.t.Helper()
	all, p := map[int64][]customer.ImportProblem{}, db.Page{Limit: 7}
	for {
		page, err := w.imports.Problems(w.ctx, customer.ProblemFilter{ImportID: run.ID}, p)
		w.must(err)
		for _, r := range page.Items {
			all[r.Line] = append(all[r.Line], r)
		}
		if page.Next == "" {
			return all
		}
		p.Cursor = page.Next
	}
}

// tally counts problems by severity and field.
func tally(all map[int64][]customer.ImportProblem) map[string]int {
	n := map[string]int{}
	for _, list := range all {
		for _, p := range list {
			n[string(p.Severity)+" "+p.Field]++
		}
	}
	return n
}

func sampleFile(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// dump is all that imports write, except the imports themselves.
func (w *importWorld) dump() string {
	w.t.Helper()
	var lines []string
	for _, table := range []string{"customer", "customer_address", "customer_tag", "company"} {
		rows, err := w.db.QueryContext(w.ctx, "SELECT * FROM "+table+" ORDER BY 1, 2")
		w.must(err)
		defer rows.Close()
		columns, err := rows.Columns()
		w.must(err)
		for rows.Next() {
			cells := make([]any, len(columns))
			for i := range cells {
				cells[i] = new(any)
			}
			w.must(rows.Scan(cells...))
			var b strings.Builder
			for _, c := range cells {
				fmt.Fprintf(&b, "%v|", *c.(*any))
			}
			lines = append(lines, b.String())
		}
		w.must(rows.Err())
	}
	return strings.Join(lines, "\n")
}

// people is what imports say about everybody, without ids and times of their own.
func (w *importWorld) people() string {
	w.t.Helper()
	var lines []string
	after := ""
	for {
		page, err := w.Audience(w.ctx, w.db, customer.Filter{}, after, 500)
		w.must(err)
		if len(page) == 0 {
			slices.Sort(lines)
			return strings.Join(lines, "\n")
		}
		for _, c := range page {
			after = c.ID
			addresses := make([]string, len(c.Addresses))
			for i, a := range c.Addresses {
				addresses[i] = fmt.Sprint(a.ValueNorm, a.Identity, a.Main)
			}
			slices.Sort(addresses)
			order, _ := c.Order()
			lines = append(lines, fmt.Sprint(c.ExternalID, "|", c.Name(), "|", c.CompanyName(), "|", c.Stage, c.Country, c.Division, c.Language, "|", c.Note,
				"|", c.LastOrderAt, order, c.StripeCustomer, c.Search, "|", c.SortName, addresses))
		}
	}
}
