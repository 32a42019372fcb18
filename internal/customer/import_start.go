package customer

import (
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"time"

	"goodword/internal/audit"
	"goodword/internal/db"
	"goodword/internal/fault"
	"goodword/internal/ident"
)

// Upload is a file to import.
type Upload struct {
	Reader io.Reader
	// Name is the file's name, for people.
	Name    string
	Options ImportOptions
	// DryRun reports what would happen and changes nothing.
	DryRun bool
}

// Start keeps a file and lets a worker import it. It never holds more than a small part of the file in memory. While an
// import of the same file with the same options has not ended, that one is returned and goes on where it is.
//
// Returns Invalid for options that cannot be and for a file that is no CSV with a mail address.
func (im *Imports) Start(ctx context.Context, actor audit.Actor, u Upload) (Import, error) {
	run := im.newImport(actor, u)
	if err := run.Options.check(); err != nil {
		return Import{}, err
	}
	if err := im.keep(&run, u.Reader); err != nil {
		return Import{}, errors.Join(err, im.remove(run))
	}
	started, err := im.begin(ctx, actor, run)
	if err != nil || started.ID != run.ID {
		err = errors.Join(err, im.remove(run))
	}
	if err != nil {
		return Import{}, fmt.Errorf("start import: %w", err)
	}
	return started, nil
}

// Apply starts for real what was a dry run, with the file that is there. Returns NotFound, Conflict if it was no dry run or
// has not ended, and Gone if its file was deleted in the meantime.
func (im *Imports) Apply(ctx context.Context, actor audit.Actor, id string) (Import, error) {
	dry, err := importByID(ctx, im.DB, id)
	if err != nil {
		return Import{}, err
	}
	if !dry.DryRun || !dry.Ended() {
		return Import{}, fault.New(fault.Conflict, "Only a dry run that has ended can be imported.")
	}
	file, err := os.Open(filepath.Clean(im.path(dry)))
	if dry.FilePath == "" || errors.Is(err, fs.ErrNotExist) {
		return Import{}, fault.New(fault.Gone, "The file is no longer here. Please choose it again.")
	}
	if err != nil {
		return Import{}, fmt.Errorf("open file of import %s: %w", id, err)
	}
	defer file.Close() //nolint:errcheck // only read
	// What waits is UTF-8 whatever it was.
	options := dry.Options
	options.Encoding = utf8Name
	run := im.newImport(actor, Upload{Name: dry.FileName, Options: options})
	if err := im.keep(&run, file); err != nil {
		return Import{}, errors.Join(err, im.remove(run))
	}
	run.FileHash, run.Options = dry.FileHash, dry.Options
	started, err := im.begin(ctx, actor, run)
	if err != nil || started.ID != run.ID {
		err = errors.Join(err, im.remove(run))
	}
	return started, err
}

func (im *Imports) newImport(actor audit.Actor, u Upload) Import {
	id, now := ident.New(), im.now()
	name := clean(filepath.Base(strings.ReplaceAll(u.Name, `\`, "/")))
	return Import{
		ID: id, Kind: "customers", FileName: excerpt(name), FilePath: filepath.Join("imports", id+".csv"), Options: u.Options.tidy(), DryRun: u.DryRun,
		State: ImportUploaded, Line: 1, ActorKind: actor.Kind, ActorID: actor.ID, CreatedAt: now, UpdatedAt: now,
	}
}

func (im *Imports) path(run Import) string { return filepath.Join(im.DataDir, run.FilePath) }

// keep stores the file as UTF-8 and fills in what it shows.
func (im *Imports) keep(run *Import, src io.Reader) error {
	path := im.path(*run)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("make folder of imports: %w", err)
	}
	raw, err := os.OpenFile(path+".raw", os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("keep file: %w", err)
	}
	defer raw.Close()              //nolint:errcheck // deleted at once
	defer os.Remove(path + ".raw") //nolint:errcheck // Sweep deletes what is left
	var sniff sniffer
	hash := sha256.New()
	if _, err := io.Copy(io.MultiWriter(raw, hash, &sniff), src); err != nil {
		return fmt.Errorf("keep file: %w", err)
	}
	if _, err := raw.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("keep file: %w", err)
	}
	run.FileHash = hex.EncodeToString(hash.Sum(nil))
	if run.Options.Encoding == "" {
		run.Options.Encoding = sniff.encoding()
	}
	text, err := os.OpenFile(filepath.Clean(path), os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("keep file: %w", err)
	}
	err = toUTF8(text, raw, run.Options.Encoding, sniff.cr && !sniff.lf)
	if err == nil {
		err = text.Sync()
	}
	if err == nil {
		err = run.look(text)
	}
	return errors.Join(err, text.Close())
}

// look finds the columns and counts the rows of the stored file.
func (i *Import) look(text io.ReadSeeker) error {
	beginning := make([]byte, 64<<10)
	if _, err := text.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("read file: %w", err)
	}
	n, err := io.ReadFull(text, beginning)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read file: %w", err)
	}
	if i.Options.Delimiter == "" {
		i.Options.Delimiter = string(findDelimiter(beginning[:n]))
	}
	if _, err := text.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("read file: %w", err)
	}
	r := newCSVReader(text, i.Options.Delimiter[0], position{Line: 1})
	columns, err := r.header()
	if err != nil {
		return err
	}
	if _, i.Options.Mapping, err = i.Options.resolve(columns); err != nil {
		return err
	}
	i.ByteOffset, i.Line = r.at.Offset, r.at.Line
	for {
		_, err := r.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		i.RowsTotal++
	}
}

func (im *Imports) remove(run Import) error {
	if run.FilePath == "" {
		return nil
	}
	if err := os.Remove(im.path(run)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("delete file of import %s: %w", run.ID, err)
	}
	return nil
}

// begin keeps the import and enqueues its work, unless the same one is on its way already.
func (im *Imports) begin(ctx context.Context, actor audit.Actor, run Import) (Import, error) {
	started := run
	err := im.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		started = run
		same, err := sameFile(ctx, tx, run.FileHash)
		if err != nil {
			return err
		}
		for _, other := range same {
			_, err := os.Stat(im.path(other))
			if err == nil && other.DryRun == run.DryRun && reflect.DeepEqual(other.Options, run.Options) {
				started = other
				return im.Queue.EnqueueUnique(ctx, tx, time.Time{}, ImportRun{ImportID: other.ID})
			}
		}
		if err := insertImport(ctx, tx, run); err != nil {
			return err
		}
		if err := im.record(ctx, tx, actor, "import.started", run); err != nil {
			return err
		}
		return im.Queue.EnqueueUnique(ctx, tx, time.Time{}, ImportRun{ImportID: run.ID})
	})
	return started, err
}

// importFigures are what the audit keeps of an import.
type importFigures struct {
	FileHash  string `json:"file_hash"`
	DryRun    bool   `json:"dry_run"`
	RowsTotal int64  `json:"rows_total"`
	RowsDone  int64  `json:"rows_done"`
	Created   int64  `json:"created"`
	Updated   int64  `json:"updated"`
	Unchanged int64  `json:"unchanged"`
	Merged    int64  `json:"merged"`
	Refused   int64  `json:"refused"`
}

func (im *Imports) record(ctx context.Context, tx db.Tx, actor audit.Actor, action string, run Import) error {
	return audit.Record(ctx, tx, im.now(), audit.Entry{Actor: actor, Action: action, Object: "import", ObjectID: run.ID, After: importFigures{
		FileHash: run.FileHash, DryRun: run.DryRun, RowsTotal: run.RowsTotal, RowsDone: run.RowsDone, Created: run.Created, Updated: run.Updated,
		Unchanged: run.Unchanged, Merged: run.Merged, Refused: run.Refused,
	}})
}

// Stop ends an import after the rows that are being written; they stay. One that has ended stays as it is. Returns NotFound.
func (im *Imports) Stop(ctx context.Context, actor audit.Actor, id string) (Import, error) {
	var run Import
	moved := true
	// A worker may move the import between the two statements; it cannot do so for long.
	for moved {
		err := im.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
			var err error
			if run, err = importByID(ctx, tx, id); err != nil || run.Ended() {
				moved = false
				return err
			}
			ok, err := claimImport(ctx, tx, &run)
			if moved = !ok; err != nil || moved {
				return err
			}
			run.State, run.FinishedAt, run.UpdatedAt, run.FilePath = ImportStopped, im.now(), im.now(), ""
			if err := saveImport(ctx, tx, run); err != nil {
				return err
			}
			return im.record(ctx, tx, actor, "import.stopped", run)
		})
		if err != nil {
			return Import{}, fmt.Errorf("stop import %s: %w", id, err)
		}
	}
	if run.State == ImportStopped {
		return run, im.remove(Import{ID: id, FilePath: filepath.Join("imports", id+".csv")})
	}
	return run, nil
}

// ByID returns an import with its progress. Returns NotFound.
func (im *Imports) ByID(ctx context.Context, id string) (Import, error) {
	return importByID(ctx, im.DB, id)
}

// List lists imports, newest first.
func (im *Imports) List(ctx context.Context, p db.Page) (db.List[Import], error) {
	return listImports(ctx, im.DB, p)
}

// ProblemFilter says which problems to list; an empty Severity means all.
type ProblemFilter struct {
	ImportID string
	Severity Severity
}

// Problems lists an import's problems by line. Returns Malformed for a foreign cursor.
func (im *Imports) Problems(ctx context.Context, f ProblemFilter, p db.Page) (db.List[ImportProblem], error) {
	return importProblems(ctx, im.DB, f, p)
}

// WriteProblemsCSV writes all problems of an import after RFC 4180. No spreadsheet takes a cell for a formula: one that could
// be, or that begins with an apostrophe, gets an apostrophe in front. Returns NotFound.
func (im *Imports) WriteProblemsCSV(ctx context.Context, id string, w io.Writer) error {
	if _, err := importByID(ctx, im.DB, id); err != nil {
		return err
	}
	out := csv.NewWriter(w)
	out.UseCRLF = true
	if err := out.Write([]string{"line", "severity", "field", "reason", "value"}); err != nil {
		return fmt.Errorf("write problems of import %s: %w", id, err)
	}
	p := db.Page{Limit: 200}
	for {
		page, err := importProblems(ctx, im.DB, ProblemFilter{ImportID: id}, p)
		if err != nil {
			return err
		}
		for _, r := range page.Items {
			if err := out.Write([]string{strconv.FormatInt(r.Line, 10), string(r.Severity), r.Field, safeCell(r.Reason), safeCell(r.Value)}); err != nil {
				return fmt.Errorf("write problems of import %s: %w", id, err)
			}
		}
		out.Flush()
		if err := out.Error(); err != nil {
			return fmt.Errorf("write problems of import %s: %w", id, err)
		}
		if page.Next == "" {
			return nil
		}
		p.Cursor = page.Next
	}
}

func safeCell(s string) string {
	if t := strings.TrimLeft(s, " \u00a0"); t != "" && strings.ContainsRune("=+-@\t\r\n＝＋－＠'", []rune(t)[0]) {
		return "'" + s
	}
	return s
}

const (
	// staleAfter is longer than a worker takes for one chunk, even a slow one.
	staleAfter = 2 * time.Minute
	// importKept is how long problems, and the files of dry runs, are there after the end: they hold personal data.
	importKept = 7 * 24 * time.Hour
)

// Sweep sets imports going again that nobody works on, and forgets the problems and files of old ones. It returns how many it
// touched.
func (im *Imports) Sweep(ctx context.Context) (int64, error) {
	now := im.now()
	stale, err := staleImports(ctx, im.DB, now.Add(-staleAfter))
	if err != nil {
		return 0, err
	}
	old, err := oldImports(ctx, im.DB, now.Add(-importKept))
	if err != nil {
		return 0, err
	}
	for _, run := range old {
		if err := im.remove(run); err != nil {
			return 0, err
		}
	}
	if err := im.removeStray(ctx, now); err != nil {
		return 0, err
	}
	err = im.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		for _, run := range stale {
			if err := im.Queue.EnqueueUnique(ctx, tx, time.Time{}, ImportRun{ImportID: run.ID}); err != nil {
				return err
			}
		}
		for _, run := range old {
			if err := forgetImport(ctx, tx, run.ID); err != nil {
				return err
			}
		}
		return nil
	})
	// A stale import whose job waits already must not keep the sweeps from coming to rest.
	return int64(len(old)), err
}

// removeStray deletes files that no import knows: their upload was cut short, or the program was killed before it could
// delete them.
func (im *Imports) removeStray(ctx context.Context, now time.Time) error {
	dir := filepath.Join(im.DataDir, "imports")
	files, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("list files of imports: %w", err)
	}
	for _, f := range files {
		info, err := f.Info()
		if errors.Is(err, fs.ErrNotExist) || err == nil && info.ModTime().After(now.Add(-24*time.Hour)) {
			continue
		}
		if err != nil {
			return fmt.Errorf("look at file of imports: %w", err)
		}
		id, raw := strings.CutSuffix(f.Name(), ".csv.raw")
		run, err := importByID(ctx, im.DB, strings.TrimSuffix(id, ".csv"))
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		if raw || err != nil || run.FilePath == "" {
			if err := os.Remove(filepath.Join(dir, f.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("delete file of imports: %w", err)
			}
		}
	}
	return nil
}
