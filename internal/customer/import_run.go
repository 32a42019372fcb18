package customer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"goodword/internal/audit"
	"goodword/internal/db"
)

// ImportRun is the job that works on an import for a while and then lets the next one go on.
type ImportRun struct {
	ImportID string `json:"import_id"`
}

// Kind names the job.
func (ImportRun) Kind() string { return "customer.import" }

const (
	// A chunk is one transaction. More rows would be hardly faster, and others wait for the one writer of SQLite.
	chunkRows  = 2000
	chunkBytes = 4 << 20
	// turnTime is well below what a job may take, so that one that was cut short is soon taken over.
	turnTime = 20 * time.Second
	// workTime bounds a turn on the command line, where nobody waits to take over.
	workTime = 24 * time.Hour
	// chunkTries is how often a chunk looks again after somebody else has changed one of its customers.
	chunkTries = 5
)

// errMoved means that another worker, or Stop, has moved the import.
var errMoved = errors.New("import moved by somebody else")

// Run works on an import for up to twenty seconds and enqueues the next turn. Killed at any moment, the next one continues
// behind the last committed row; two at once do not do anything twice.
func (im *Imports) Run(ctx context.Context, job ImportRun) error {
	ended, err := im.turn(ctx, job.ImportID, turnTime, func(Import) {})
	if errors.Is(err, errMoved) {
		return nil // should the other one die, Sweep notices
	}
	if err != nil || ended {
		return err
	}
	return im.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		return im.Queue.Enqueue(ctx, tx, time.Time{}, job)
	})
}

// Work imports in this process until the import has ended, and returns it. progress is called after every chunk. It is for
// the command line; a worker that is on the same import at the same time does no harm.
func (im *Imports) Work(ctx context.Context, id string, progress func(Import)) (Import, error) {
	for {
		ended, err := im.turn(ctx, id, workTime, progress)
		if errors.Is(err, errMoved) {
			err = nil
		}
		if err != nil {
			return Import{}, err
		}
		if ended {
			return importByID(ctx, im.DB, id)
		}
	}
}

// turn works until the import or the given time is over. Returns errMoved when somebody else works on it.
func (im *Imports) turn(ctx context.Context, id string, most time.Duration, progress func(Import)) (ended bool, err error) {
	run, err := importByID(ctx, im.DB, id)
	if err != nil {
		return false, err
	}
	if run.Ended() {
		return true, im.tidyUp(ctx, run)
	}
	file, err := os.Open(filepath.Clean(im.path(run)))
	if errors.Is(err, fs.ErrNotExist) {
		return true, im.fail(ctx, run, "The file is no longer here. Please start the import again.")
	}
	if err != nil {
		return false, fmt.Errorf("open file of import %s: %w", id, err)
	}
	defer file.Close() //nolint:errcheck // only read
	w, err := im.open(ctx, run, file)
	if err == nil {
		err = w.work(ctx, most, progress)
	}
	if err != nil {
		return false, fmt.Errorf("import %s: %w", id, err)
	}
	if w.run.Ended() {
		return true, im.tidyUp(ctx, w.run)
	}
	im.keepMemory(w)
	return false, ctx.Err()
}

// worker reads one file.
type worker struct {
	im   *Imports
	run  Import
	rows *csvReader
	make *rowMaker
	seen *seen
}

// memory is what a turn leaves for the next one in the same process: whom the rows before the offset were about, and what
// was said about them.
type memory struct {
	importID string
	offset   int64
	seen     *seen
	said     map[string]bool
}

func (im *Imports) keepMemory(w *worker) {
	im.mu.Lock()
	defer im.mu.Unlock()
	im.last = memory{w.run.ID, w.run.ByteOffset, w.seen, w.make.said}
}

// takeMemory returns what the turn before left, if it ended where the import stands.
func (im *Imports) takeMemory(run Import) (memory, bool) {
	im.mu.Lock()
	defer im.mu.Unlock()
	m := im.last
	if m.importID != run.ID {
		return memory{}, false
	}
	im.last = memory{}
	return m, m.offset == run.ByteOffset
}

// open goes to where the import stands. Unless this process remembers, it reads the rows before again, to learn whom they
// were about.
func (im *Imports) open(ctx context.Context, run Import, file io.ReadSeeker) (*worker, error) {
	colleagues, err := im.Staff.List(ctx, im.DB)
	if err != nil {
		return nil, err
	}
	w := &worker{im: im, run: run, rows: newCSVReader(file, run.Options.Delimiter[0], position{Line: 1}), seen: newSeen(run.RowsTotal)}
	columns, err := w.rows.header()
	if err != nil {
		return nil, err
	}
	fields, _, err := run.Options.resolve(columns)
	if err != nil {
		return nil, err
	}
	w.make = newRowMaker(fields, run.Options, colleagues, run.CreatedAt)
	if m, ok := im.takeMemory(run); ok {
		if _, err := file.Seek(run.ByteOffset, io.SeekStart); err != nil {
			return nil, fmt.Errorf("read file: %w", err)
		}
		w.seen, w.make.said = m.seen, m.said
		w.rows = newCSVReader(file, w.rows.comma, position{run.ByteOffset, run.Line})
		w.rows.width = len(columns)
	}
	for w.rows.at.Offset < run.ByteOffset {
		row, err := w.rows.next()
		if err != nil {
			return nil, fmt.Errorf("read what was imported: %w", err)
		}
		for _, k := range w.make.replay(row, w.seen) {
			w.seen.add(k)
		}
	}
	return w, nil
}

// piece is what one transaction imports: entries, where the next one begins, and whether there is a next one.
type piece struct {
	entries []*entry
	at      position
	last    bool
	err     error
}

// work reads and understands rows on one goroutine while the database writes those before on another.
func (w *worker) work(ctx context.Context, most time.Duration, progress func(Import)) error {
	reading, stop := context.WithTimeout(ctx, most)
	pieces := make(chan piece, 1)
	go w.read(reading, pieces)
	var failed error
	// The channel ends soon after reading is stopped; what was read by then is written too, unless something went wrong.
	for p := range pieces {
		if failed == nil {
			failed = w.write(ctx, p)
		}
		if failed != nil {
			stop()
			continue
		}
		progress(w.run)
	}
	stop()
	return failed
}

func (w *worker) read(ctx context.Context, pieces chan<- piece) {
	defer close(pieces)
	now := w.im.now()
	for last := false; !last && ctx.Err() == nil; {
		p := piece{}
		from := w.rows.at.Offset
		for len(p.entries) < chunkRows && w.rows.at.Offset-from < chunkBytes {
			row, err := w.rows.next()
			if err != nil {
				p.last, last = errors.Is(err, io.EOF), true
				if !p.last {
					p.err = err
				}
				break
			}
			e := w.make.entry(row)
			if !e.refused {
				w.make.prepare(e, w.seen, now)
			}
			p.entries = append(p.entries, e)
		}
		p.at = w.rows.at
		pieces <- p
	}
}

func (w *worker) write(ctx context.Context, p piece) error {
	if p.err != nil {
		return p.err
	}
	run, err := w.commit(ctx, p)
	if err != nil {
		return err
	}
	w.run = run
	for _, e := range p.entries {
		for _, k := range e.keys {
			w.seen.add(k)
		}
	}
	return nil
}

// commit writes the rows and the progress in one transaction. After the last rows the import is done.
func (w *worker) commit(ctx context.Context, p piece) (Import, error) {
	for try := 1; ; try++ {
		var run Import
		err := w.im.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
			run = w.run
			ok, err := claimImport(ctx, tx, &run)
			if err != nil {
				return err
			}
			if !ok {
				return errMoved
			}
			if err := preferIndexes(ctx, tx); err != nil {
				return err
			}
			now := w.im.now()
			ch, err := newChunk(ctx, tx, run, w.seen, p.entries, now)
			if err != nil {
				return err
			}
			if !run.DryRun {
				if err := ch.write(ctx, tx); err != nil {
					return err
				}
			}
			run.add(ch, int64(len(p.entries)))
			run.State, run.UpdatedAt, run.ByteOffset, run.Line = ImportRunning, now, p.at.Offset, p.at.Line
			if err := insertProblems(ctx, tx, ch.numbered(run.ID)); err != nil {
				return err
			}
			if p.last {
				run.State, run.FinishedAt = ImportDone, now
				if err := w.im.record(ctx, tx, audit.Actor{Kind: run.ActorKind, ID: run.ActorID}, "import.finished", run); err != nil {
					return err
				}
			}
			return saveImport(ctx, tx, run)
		})
		if errors.Is(err, errRival) && try < chunkTries {
			continue
		}
		return run, err
	}
}

func (i *Import) add(ch *chunk, rows int64) {
	i.RowsDone += rows
	i.Created += ch.created
	i.Updated += ch.updated
	i.Unchanged += ch.same
	i.Merged += ch.merged
	i.Refused += ch.refused
	for _, p := range ch.problems {
		if p.Severity == Warning {
			i.Warnings++
		}
	}
}

// numbered returns the problems as rows.
func (ch *chunk) numbered(importID string) []ImportProblem {
	number := map[int64]int{}
	for i := range ch.problems {
		p := &ch.problems[i]
		number[p.Line]++
		p.ImportID, p.Number = importID, number[p.Line]
	}
	return ch.problems
}

func (im *Imports) fail(ctx context.Context, run Import, message string) error {
	return im.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		failed := run
		ok, err := claimImport(ctx, tx, &failed)
		if err != nil || !ok {
			return err
		}
		failed.State, failed.Message, failed.FilePath, failed.FinishedAt, failed.UpdatedAt = ImportFailed, message, "", im.now(), im.now()
		return saveImport(ctx, tx, failed)
	})
}

// tidyUp deletes the file of an import that is done; that of a dry run waits for Apply.
func (im *Imports) tidyUp(ctx context.Context, run Import) error {
	if run.DryRun || run.FilePath == "" {
		return nil
	}
	if err := im.remove(run); err != nil {
		return err
	}
	return im.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error { return clearImportFile(ctx, tx, run.ID) })
}
