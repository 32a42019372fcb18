package customer_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"goodword/internal/customer"
	"goodword/internal/db"
	"goodword/internal/dbtest"
)

// The environment that turns the test program into one that imports a file and can be killed.
const (
	importerURL = "GOODWORD_TEST_IMPORTER_URL"
	importerDir = "GOODWORD_TEST_IMPORTER_DIR"
)

func init() {
	url := os.Getenv(importerURL)
	if url == "" {
		return
	}
	if err := importer(context.Background(), url, os.Getenv(importerDir)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// importer does what "goodword import customers" does, and prints a line for each chunk.
func importer(ctx context.Context, url, dir string) error {
	d, err := db.Open(ctx, url)
	if err != nil {
		return err
	}
	at := time.Date(2027, 1, 4, 9, 0, 0, 0, time.UTC)
	imports, err := importsOn(d, func() time.Time { return at }, dir)
	if err != nil {
		return err
	}
	file, err := os.Open(filepath.Join(dir, "people.csv"))
	if err != nil {
		return err
	}
	run, err := imports.Start(ctx, actor, customer.Upload{Reader: file, Name: "people.csv", Options: customer.ImportOptions{Currency: "EUR"}})
	if err == nil {
		_, err = imports.Work(ctx, run.ID, func(i customer.Import) { fmt.Println(i.RowsDone) })
	}
	return errors.Join(err, file.Close(), d.Close())
}

// killImporter starts the importer and kills it some time after as many chunks. It reports whether the importer came to its
// end before.
func killImporter(t *testing.T, url, dir string, chunks int, later time.Duration) (ended bool) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), importerURL+"="+url, importerDir+"="+dir)
	var problem strings.Builder
	cmd.Stderr = &problem
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(out); chunks > 0 && lines.Scan(); chunks-- {
	}
	// The moment is to have nothing to do with what the importer does: any is right.
	kill := time.AfterFunc(later, func() {
		if err := cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
			t.Error(err)
		}
	})
	defer kill.Stop()
	err = cmd.Wait()
	if err != nil && cmd.ProcessState.Exited() {
		t.Fatalf("the importer failed: %v\n%s", err, problem.String())
	}
	return err == nil
}

func TestImport_KilledAtAnyMomentEndsAsIfItHadNotBeen(t *testing.T) {
	t.Parallel()
	const rows, kills = 20_000, 6
	// What is said once about the whole file must not be said again by whoever goes on.
	text := strings.ReplaceAll(bigFile(rows, 11), ",customer,", ",wizard,")
	straight := newImportWorld(t, dbtest.SQLite(t))
	want := straight.run(text, customer.ImportOptions{Currency: "EUR"})
	people, report := straight.people(), straight.report(want)
	dbtest.EachURL(t, func(t *testing.T, url string) {
		seed := rand.Uint64()
		t.Logf("seed %d", seed)
		rnd := rand.New(rand.NewPCG(seed, 2))
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "people.csv"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		killed, ended := 0, false
		for n := 0; n < kills && !ended; n++ {
			// Without a chunk the importer dies while it starts or keeps the file.
			if ended = killImporter(t, url, dir, rnd.IntN(3), time.Duration(rnd.IntN(150))*time.Millisecond); !ended {
				killed++
			}
		}
		d, err := db.Open(t.Context(), url)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := d.Close(); err != nil {
				t.Error(err)
			}
		})
		w := newImportWorld(t, d)
		if left := w.count("SELECT count(*) FROM import_run WHERE state <> 'done'"); left > 0 || w.count("SELECT count(*) FROM import_run") == 0 {
			if !killImporter(t, url, dir, 0, time.Hour) {
				t.Fatal("the last importer did not come to its end")
			}
		}
		if killed == 0 {
			t.Error("no importer was killed")
		}
		list, err := w.imports.List(w.ctx, db.Page{})
		w.must(err)
		if len(list.Items) != 1 {
			t.Fatalf("%d imports, want the one that went on each time", len(list.Items))
		}
		run := list.Items[0]
		if run.State != customer.ImportDone || figures(run) != figures(want) || run.Warnings != want.Warnings || run.RowsDone != rows {
			t.Errorf("killed %d times %+v\nundisturbed %+v", killed, run, want)
		}
		if w.people() != people {
			t.Error("the customers are not those of an import that was not killed")
		}
		if !slices.Equal(w.report(run), report) {
			t.Error("the report of bad lines is not that of an import that was not killed")
		}
		if n := w.count("SELECT count(*) FROM audit_entry WHERE object_id = ?", run.ID); n != 2 {
			t.Errorf("%d audit entries, want one for the beginning and one for the end", n)
		}
		t.Logf("killed %d times", killed)
	})
}

// report is every problem of an import, but for its id.
func (w *importWorld) report(run customer.Import) []string {
	w.t.Helper()
	var lines []string
	p := db.Page{Limit: 200}
	for {
		page, err := w.imports.Problems(w.ctx, customer.ProblemFilter{ImportID: run.ID}, p)
		w.must(err)
		for _, r := range page.Items {
			lines = append(lines, fmt.Sprint(r.Line, r.Number, r.Severity, r.Field, r.Reason, r.Value))
		}
		if page.Next == "" {
			return lines
		}
		p.Cursor = page.Next
	}
}
