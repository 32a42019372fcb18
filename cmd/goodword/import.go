package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"

	"goodword/internal/app"
	"goodword/internal/customer"
	"goodword/internal/fault"
)

// importGC is how many percent the heap may grow between collections. With the usual 100 a million rows take 122 MB on SQLite,
// with these 102, for a few percent of the time.
const importGC = 40

func importCommand(set *flag.FlagSet) func(context.Context, *session, []string) error {
	dryRun := set.Bool("dry-run", false, "say what would happen and change nothing")
	var o customer.ImportOptions
	set.StringVar(&o.DateOrder, "date-order", "", "dmy, mdy or ymd, for dates that can be read in two ways")
	set.StringVar(&o.Decimal, "decimal", "", "point or comma, for amounts that can be read in two ways")
	set.StringVar(&o.Currency, "currency", "", "of amounts that name none")
	set.StringVar(&o.Division, "division", "", "for customers without one")
	set.StringVar(&o.Language, "language", "", "for customers without one")
	set.StringVar(&o.Country, "country", "", "for customers without one")
	asJSON := set.Bool("json", false, "print the figures as JSON")
	return func(ctx context.Context, s *session, args []string) error {
		if len(args) != 2 || args[0] != "customers" {
			return usagef("say: import customers FILE.csv")
		}
		debug.SetGCPercent(importGC)
		return with(ctx, s, func(a *app.App) error {
			run, err := runImport(ctx, a, s, args[1], customer.Upload{Options: o, DryRun: *dryRun}, !*asJSON)
			if err != nil {
				return err
			}
			if *asJSON {
				err = printJSON(s.stdout, run)
			} else {
				fmt.Fprintf(s.stdout, "%d rows: %d created, %d updated, %d unchanged, %d merged, %d refused, %d warnings.\n",
					run.RowsDone, run.Created, run.Updated, run.Unchanged, run.Merged, run.Refused, run.Warnings)
			}
			if err != nil || run.Refused+run.Merged+run.Warnings == 0 {
				return err
			}
			return writeProblems(ctx, a, s, run, args[1]+".errors.csv")
		})
	}
}

// runImport keeps the file and works it in this process. An import of the same file that was interrupted goes on where it
// was. With a server running beside it, either of the two may do the work.
func runImport(ctx context.Context, a *app.App, s *session, path string, u customer.Upload, bar bool) (customer.Import, error) {
	f, err := os.Open(filepath.Clean(path))
	if err != nil {
		return customer.Import{}, fault.Wrap(fault.NotFound, "The file cannot be read.", err)
	}
	u.Reader, u.Name = f, filepath.Base(path)
	run, err := a.Imports.Start(ctx, shell(), u)
	if err = errors.Join(err, f.Close()); err != nil {
		return customer.Import{}, err
	}
	run, err = a.Imports.Work(ctx, run.ID, func(now customer.Import) {
		if bar && now.RowsTotal > 0 {
			fmt.Fprintf(s.stderr, "\r%d of %d rows (%d %%)", now.RowsDone, now.RowsTotal, 100*now.RowsDone/now.RowsTotal)
		}
	})
	if bar {
		fmt.Fprintln(s.stderr)
	}
	if err != nil {
		return run, fmt.Errorf("import stopped; the same command goes on where it was: %w", err)
	}
	if run.State != customer.ImportDone {
		return run, fault.New(fault.Conflict, "The import did not finish: "+run.Message)
	}
	return run, nil
}

func writeProblems(ctx context.Context, a *app.App, s *session, run customer.Import, path string) error {
	f, err := os.OpenFile(filepath.Clean(path), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("write problems: %w", err)
	}
	if err := errors.Join(a.Imports.WriteProblemsCSV(ctx, run.ID, f), f.Close()); err != nil {
		return fmt.Errorf("write problems: %w", err)
	}
	fmt.Fprintln(s.stderr, "Every refused, merged or doubtful row is listed in", path)
	return nil
}
