package customer_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"goodword/internal/customer"
	"goodword/internal/db"
	"goodword/internal/dbtest"
	"goodword/internal/fault"
)

func pageWith(cursor string) db.Page { return db.Page{Cursor: cursor} }

// files names what waits in the folder of imports.
func (w *importWorld) files() []string {
	w.t.Helper()
	found, err := os.ReadDir(filepath.Join(w.dir, "imports"))
	w.must(err)
	var names []string
	for _, f := range found {
		names = append(names, f.Name())
	}
	return names
}

// killed works on an import until some chunks are written, and dies there. It has a memory of its own, as a process has.
func (w *importWorld) killed(run customer.Import, chunks int) customer.Import {
	w.t.Helper()
	ctx, kill := context.WithCancel(w.ctx)
	defer kill()
	imports := newImports(w.t, w.db, w.clock.now, w.dir)
	_, err := imports.Work(ctx, run.ID, func(customer.Import) {
		if chunks--; chunks == 0 {
			kill()
		}
	})
	if err == nil {
		w.t.Fatal("the import ended before it was killed")
	}
	run, err = w.imports.ByID(w.ctx, run.ID)
	w.must(err)
	return run
}

func TestImport_ContinuesAfterKill(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		text := bigFile(7_000, 3)
		w := newImportWorld(t, d)
		run := w.begin(text, customer.ImportOptions{Currency: "EUR"}, false)
		for range 3 {
			run = w.killed(run, 1)
			// Rows and progress are written together: what is said to be there is there.
			if n := w.count("SELECT count(*) FROM customer"); int64(n) != run.Created || run.State != customer.ImportRunning || run.RowsDone == 0 {
				t.Fatalf("%d customers, %+v", n, run)
			}
			if n := w.count("SELECT count(*) FROM import_problem WHERE import_id = ? AND severity <> 'warning'", run.ID); int64(n) != run.Merged+run.Refused {
				t.Fatalf("%d problems, %+v", n, run)
			}
		}
		// The same upload once more goes on instead of beginning again.
		if same := w.begin(text, customer.ImportOptions{Currency: "EUR"}, false); same.ID != run.ID || len(w.files()) != 1 {
			t.Errorf("a second import of the same file began: %v", w.files())
		}
		run = w.finish(run)

		other := newImportWorld(t, dbtest.SQLite(t))
		straight := other.run(text, customer.ImportOptions{Currency: "EUR"})
		if figures(run) != figures(straight) || run.Warnings != straight.Warnings || run.Refused == 0 || run.Merged == 0 {
			t.Errorf("killed three times %+v\nin one go %+v", run, straight)
		}
		if w.people() != other.people() {
			t.Error("an import that was killed leaves something else than one in one go")
		}
		if n := w.count("SELECT count(*) FROM audit_entry WHERE object_id = ?", run.ID); n != 2 {
			t.Errorf("%d audit entries, want one for the beginning and one for the end", n)
		}
		if left := w.files(); len(left) != 0 {
			t.Errorf("files left: %v", left)
		}
	})
}

func TestImport_TwoWorkersImportOnce(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		text := bigFile(6_000, 5)
		w := newImportWorld(t, d)
		run := w.begin(text, customer.ImportOptions{Currency: "EUR"}, false)
		var wg sync.WaitGroup
		errs := make([]error, 3)
		for i := range errs {
			wg.Go(func() {
				imports := newImports(t, d, w.clock.now, w.dir)
				_, errs[i] = imports.Work(w.ctx, run.ID, func(customer.Import) {})
			})
		}
		wg.Wait()
		w.must(errors.Join(errs...))
		run = w.finish(run)
		if n := w.count("SELECT count(*) FROM customer"); int64(n) != run.Created || run.Created+run.Merged+run.Refused != 6_000 {
			t.Errorf("%d customers, %+v", n, run)
		}
		other := newImportWorld(t, dbtest.SQLite(t))
		other.run(text, customer.ImportOptions{Currency: "EUR"})
		if w.people() != other.people() {
			t.Error("two workers leave something else than one")
		}
	})
}

func TestImport_SeveralImportsOfTheSamePeopleAtOnce(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		text := bigFile(3_000, 9)
		w := newImportWorld(t, d)
		var wg sync.WaitGroup
		errs, runs := make([]error, 3), make([]customer.Import, 3)
		for i := range errs {
			wg.Go(func() {
				imports := newImports(t, d, w.clock.now, w.dir)
				run, err := imports.Start(w.ctx, actor, customer.Upload{Reader: strings.NewReader(text), Options: customer.ImportOptions{Currency: "EUR", Division: fmt.Sprint("Division ", i)}})
				if err == nil {
					run, err = imports.Work(w.ctx, run.ID, func(customer.Import) {})
				}
				runs[i], errs[i] = run, err
			})
		}
		wg.Wait()
		w.must(errors.Join(errs...))
		created := int64(0)
		for _, r := range runs {
			created += r.Created
		}
		if n := w.count("SELECT count(*) FROM customer"); int64(n) != created {
			t.Errorf("%d customers, %d created", n, created)
		}
		if n := w.count("SELECT count(*) FROM customer c WHERE NOT EXISTS (SELECT 1 FROM customer_address a WHERE a.customer_id = c.id AND a.kind = 'email' AND a.main)"); n != 0 {
			t.Errorf("%d half customers", n)
		}
	})
}

func TestImport_ChangesWhatTheFileSaysAndErasesNothing(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newImportWorld(t, d)
		const header = "id,first name,last name,email,phone,company,country,note,last order date,order value,tags,stage\n"
		o := customer.ImportOptions{Currency: "EUR", Division: "North", Language: "de"}
		w.run(header+"7,Ana,López,ana@old.example,+4930123456,Acme,DE,Likes us,2025-05-01,100,vip,customer\n", o)
		id := w.byEmail("ana@old.example").ID
		w.inTx(func(ctx context.Context, tx db.Tx) error { return w.Asked(ctx, tx, id, start) })

		// Empty cells say nothing; neither does an order before the last one.
		run := w.run(header+"7,,,ANA@old.example,,,,,2024-01-01,999,,\n", o)
		if run.Unchanged != 1 {
			t.Fatalf("empty cells changed something: %+v", run)
		}
		run = w.run(header+"7,Ana María,,ana@new.example,+4930999999,Beta,,,2025-06-01,250,Fair;VIP,former customer\n", o)
		c := w.byEmail("ana@new.example")
		order, _ := c.Order()
		if run.Updated != 1 || c.ID != id || c.Name() != "Ana María López" || c.Email() != "ana@new.example" || c.Phone() != "+4930999999" || c.CompanyName() != "Beta" ||
			c.Country != "DE" || c.Note != "Likes us" || order != *eur(25000) || !c.LastOrderAt.Equal(day(2025, 6, 1)) || c.Stage != customer.Former ||
			c.Division != "North" || c.Language != "de" || strings.Join(c.Tags, " ") != "fair vip" || c.Version != 1 {
			t.Errorf("%+v", c)
		}
		if !c.AskedAt.Equal(start) {
			t.Error("the import forgot when the customer was asked")
		}
		if len(c.Addresses) != 4 || w.byEmail("ana@old.example").ID != id {
			t.Errorf("old addresses are gone: %+v", c.Addresses)
		}
		main := 0
		for _, a := range c.Addresses {
			if a.Main {
				main++
			}
		}
		if main != 2 {
			t.Errorf("%d main addresses, want one of each kind", main)
		}
		found, err := w.List(w.ctx, customer.Filter{Q: "maría beta ana@new"}, db.Page{})
		w.must(err)
		if len(found.Items) != 1 || c.SortName != "lopez ana maria" {
			t.Errorf("not found by what changed; sorted as %q", c.SortName)
		}
		// An address that the customer has already does not become the main one again: they may have corrected it.
		if run = w.run(header+"7,,,ana@old.example,,,,,,,,\n", o); run.Unchanged != 1 || w.byEmail("ana@old.example").Email() != "ana@new.example" {
			t.Errorf("the old address came back: %+v", run)
		}
		// An external id is never exchanged.
		run = w.run(header+"8,,,ana@new.example,,,,,,,,\n", o)
		if got := tally(w.problems(run)); run.Unchanged != 1 || got["warning external_id"] != 1 {
			t.Errorf("%+v %v", run, got)
		}
	})
}

func TestImport_WhoIsWho(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newImportWorld(t, d)
		w.create(customer.Draft{FirstName: "By", LastName: "Hand", Email: "Hand@x.example"})
		text := "id,first name,email,email 2,phone,owner,stage,country,language\n" +
			"1,,HAND@X.example ,hand@home.example,,nobody@x.example,,Deutschland,Deutsch\n" + // joins the one made by hand
			"2,Ben,ben@x.example,,,,Advocate,,\n" + // an unknown stage is never asked
			"2,Benjamin,ben@home.example,,+49301234567,,,,\n" + // same id: fills gaps, adds the address
			"1,Eve,ben@x.example,,,,,,\n" + // id of one, address of another
			"3,Cem,\u200bcem@x.example\u200b,ben@x.example,12345,nobody@x.example,,Atlantis,Klingon\n" +
			"4,Dee,cem@X.EXAMPLE,,,,,,\n"
		run := w.run(text, customer.ImportOptions{})
		if run.Created != 2 || run.Updated != 1 || run.Merged != 2 || run.Refused != 1 {
			t.Errorf("%+v", run)
		}
		hand, ben, cem := w.byEmail("hand@x.example"), w.byEmail("ben@x.example"), w.byEmail("cem@x.example")
		if hand.ExternalID != "1" || hand.Name() != "By Hand" || hand.Country != "DE" || hand.Language != "de" || len(hand.Addresses) != 2 || hand.Email() != "Hand@x.example" {
			t.Errorf("%+v", hand)
		}
		if ben.FirstName != "Ben" || ben.Stage != customer.Lead || ben.Email() != "ben@x.example" || ben.Phone() == "" || w.byEmail("ben@home.example").ID != ben.ID {
			t.Errorf("%+v", ben)
		}
		if cem.FirstName != "Cem" || cem.ExternalID != "3" || len(cem.Addresses) != 1 || cem.Language != "en" {
			t.Errorf("%+v", cem)
		}
		want := "map[merged email:1 merged external_id:1 refused email:1 warning country:1 warning further_email:1 warning language:1 warning owner:1 warning phone:1 warning stage:1]"
		if got := fmt.Sprint(tally(w.problems(run))); got != want {
			t.Errorf("problems\n%s, want\n%s", got, want)
		}
		before := w.dump()
		if w.run(text, customer.ImportOptions{}); w.dump() != before {
			t.Error("the second time changed something")
		}
	})
}

func TestImport_FindsIDsWithSignsOfEveryKind(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newImportWorld(t, d)
		var b strings.Builder
		b.WriteString("id,first name,email,company,note\n")
		for i, id := range []string{`a"b`, `a\b`, `o'x`, "{}", "NULL", "null", "a,b", "ünï", "<b>&", "$1", "?", "{a,b}", `\"`, "''", "0", "00", "[1]"} {
			quoted := `"` + strings.ReplaceAll(id, `"`, `""`) + `"`
			fmt.Fprintf(&b, "%s,Ana,p%d@x.example,%s,%s\n", quoted, i, quoted, quoted)
		}
		run := w.run(b.String(), customer.ImportOptions{})
		if run.Created != 17 || run.Refused+run.Merged+run.Warnings != 0 {
			t.Errorf("%+v", run)
		}
		before := w.dump()
		again := w.run(strings.ReplaceAll(b.String(), "@x.example", "@y.example"), customer.ImportOptions{})
		if again.Updated != 17 || again.Created+again.Merged+again.Refused != 0 {
			t.Errorf("with other addresses %+v", again)
		}
		if c := w.byEmail("p1@y.example"); c.ExternalID != `a\b` || c.CompanyName() != `a\b` || c.Note != `a\b` || w.byEmail("p1@x.example").ID != c.ID {
			t.Errorf("%+v", c)
		}
		if n := w.count("SELECT count(*) FROM company"); n != 16 { // NULL and null are one
			t.Errorf("%d companies", n)
		}
		if w.dump() == before {
			t.Error("the addresses were not added")
		}
	})
}

func TestImport_MergesFarApartToo(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newImportWorld(t, d)
		var b strings.Builder
		b.WriteString("id,first name,last name,email\n1,Ana,,ana@x.example\n")
		for i := range 2_500 {
			fmt.Fprintf(&b, "%d,P,Q,p%d@x.example\n", i+10, i)
		}
		b.WriteString("2,Other,López,ANA@x.example\n")
		dry := w.dryRun(b.String(), customer.ImportOptions{})
		run := w.run(b.String(), customer.ImportOptions{})
		if dry.Merged != 1 || run.Merged != 1 || run.Created != 2_501 || figures(dry) != figures(run) {
			t.Errorf("dry run %s, import %s", figures(dry), figures(run))
		}
		if c := w.byEmail("ana@x.example"); c.Name() != "Ana López" || c.ExternalID != "1" {
			t.Errorf("%+v", c)
		}
	})
}

func TestStop_KeepsWhatIsWrittenAndEndsTheRest(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newImportWorld(t, d)
		run := w.killed(w.begin(bigFile(5_000, 1), customer.ImportOptions{}, false), 2)
		stopped, err := w.imports.Stop(w.ctx, actor, run.ID)
		w.must(err)
		w.must(w.imports.Run(w.ctx, customer.ImportRun{ImportID: run.ID}))
		after, err := w.imports.ByID(w.ctx, run.ID)
		w.must(err)
		if stopped.State != customer.ImportStopped || after.State != customer.ImportStopped || after.RowsDone != run.RowsDone || len(w.files()) != 0 {
			t.Errorf("stopped %+v\nafter %+v", stopped, after)
		}
		if n := w.count("SELECT count(*) FROM customer"); int64(n) != run.Created {
			t.Errorf("%d customers, want %d", n, run.Created)
		}
		again, err := w.imports.Stop(w.ctx, actor, run.ID)
		w.must(err)
		if again.Version != after.Version {
			t.Error("stopping twice changed something")
		}
		_, err = w.imports.Stop(w.ctx, actor, "nope")
		wantCode(t, err, fault.NotFound)
	})
}

func TestApply_ImportsADryRunForReal(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newImportWorld(t, d)
		dry := w.dryRun("E-Mail;Vorname\r\na@x.example;J\xfcrgen\r\n", customer.ImportOptions{Division: "North"})
		run, err := w.imports.Apply(w.ctx, actor, dry.ID)
		w.must(err)
		run = w.finish(run)
		if c := w.byEmail("a@x.example"); run.Created != 1 || c.FirstName != "Jürgen" || c.Division != "North" || run.DryRun || run.FileHash != dry.FileHash {
			t.Errorf("%+v", run)
		}
		_, err = w.imports.Apply(w.ctx, actor, run.ID)
		wantCode(t, err, fault.Conflict)

		// A week later nothing personal is left of either.
		w.clock.add(8 * 24 * time.Hour)
		_, err = w.imports.Sweep(w.ctx)
		w.must(err)
		_, err = w.imports.Apply(w.ctx, actor, dry.ID)
		wantCode(t, err, fault.Gone)
		if left := w.files(); len(left) != 0 || w.count("SELECT count(*) FROM import_problem") != 0 {
			t.Errorf("left: %v", left)
		}
		page, err := w.imports.List(w.ctx, db.Page{Limit: 1})
		w.must(err)
		if len(page.Items) != 1 || page.Items[0].ID != run.ID || page.Next == "" {
			t.Errorf("list %+v", page)
		}
	})
}

func TestSweep_SetsAForgottenImportGoing(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newImportWorld(t, d)
		run := w.begin("email\na@x.example\n", customer.ImportOptions{}, false)
		_, err := d.NewRaw("DELETE FROM river_job").Exec(w.ctx)
		w.must(err)
		_, err = w.imports.Sweep(w.ctx)
		w.must(err)
		if n := w.count("SELECT count(*) FROM river_job"); n != 0 {
			t.Error("a fresh import was taken for forgotten")
		}
		w.clock.add(time.Hour)
		for range 2 {
			_, err = w.imports.Sweep(w.ctx)
			w.must(err)
		}
		if n := w.count("SELECT count(*) FROM river_job WHERE kind = 'customer.import'"); n != 1 {
			t.Errorf("%d jobs, want 1", n)
		}
		w.must(w.imports.Run(w.ctx, customer.ImportRun{ImportID: run.ID}))
		if c := w.byEmail("a@x.example"); c.Email() != "a@x.example" {
			t.Errorf("%+v", c)
		}
	})
}

func TestStart_KeepsFilesToItself(t *testing.T) {
	t.Parallel()
	w := newImportWorld(t, dbtest.SQLite(t))
	run := w.begin("email\na@x.example\n", customer.ImportOptions{}, false)
	for path, want := range map[string]os.FileMode{filepath.Join(w.dir, "imports"): 0o700, filepath.Join(w.dir, run.FilePath): 0o600} {
		info, err := os.Stat(path)
		w.must(err)
		if info.Mode().Perm() != want {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
	}
	_, err := w.imports.Start(w.ctx, actor, customer.Upload{Reader: io.MultiReader(strings.NewReader("email\n"), broken{}), Name: "x.csv"})
	if err == nil || len(w.files()) != 1 {
		t.Errorf("an upload cut short: %v, %v", err, w.files())
	}
	w.must(os.Remove(filepath.Join(w.dir, run.FilePath)))
	w.must(w.imports.Run(w.ctx, customer.ImportRun{ImportID: run.ID}))
	run, err = w.imports.ByID(w.ctx, run.ID)
	w.must(err)
	if run.State != customer.ImportFailed || run.Message == "" {
		t.Errorf("%+v", run)
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }
