package stripesim

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
)

// table holds the rows of one kind in the order of their creation. Rows are changed in place; put after
// each change tells the journal.
type table[T any] struct {
	kind  string
	rows  map[string]*T
	order []string
	log   *journal
}

func newTable[T any](log *journal, kind string) *table[T] {
	t := &table[T]{kind: kind, rows: map[string]*T{}, log: log}
	log.tables[kind] = t
	log.kinds = append(log.kinds, kind)
	return t
}

func (t *table[T]) get(id string) (*T, bool) { row, ok := t.rows[id]; return row, ok }

func (t *table[T]) put(id string, row *T) {
	if _, ok := t.rows[id]; !ok {
		t.order = append(t.order, id)
	}
	t.rows[id] = row
	t.log.mark(t.kind, id)
}

func (t *table[T]) drop(id string) {
	t.remove(id)
	t.log.mark(t.kind, id)
}

// remove makes a new order, so that a loop over the old one goes on undisturbed.
func (t *table[T]) remove(id string) {
	delete(t.rows, id)
	if i := slices.Index(t.order, id); i >= 0 {
		t.order = slices.Concat(t.order[:i], t.order[i+1:])
	}
}

// newest yields the rows, the last created first, as Stripe lists them.
func (t *table[T]) newest(yield func(string, *T) bool) {
	for i := len(t.order) - 1; i >= 0; i-- {
		if row, ok := t.rows[t.order[i]]; ok && !yield(t.order[i], row) {
			return
		}
	}
}

// oldest yields the rows in the order of their creation.
func (t *table[T]) oldest(yield func(string, *T) bool) {
	for _, id := range t.order {
		if row, ok := t.rows[id]; ok && !yield(id, row) {
			return
		}
	}
}

func (t *table[T]) encode(id string) (json.RawMessage, error) {
	row, ok := t.rows[id]
	if !ok {
		return nil, nil
	}
	return json.Marshal(row)
}

func (t *table[T]) load(id string, raw json.RawMessage) error {
	if len(raw) == 0 || string(raw) == "null" {
		t.remove(id)
		return nil
	}
	row := new(T)
	if err := json.Unmarshal(raw, row); err != nil {
		return err
	}
	if _, ok := t.rows[id]; !ok {
		t.order = append(t.order, id)
	}
	t.rows[id] = row
	return nil
}

func (t *table[T]) ids() []string { return t.order }

type keeper interface {
	encode(id string) (json.RawMessage, error)
	load(id string, raw json.RawMessage) error
	ids() []string
}

type mark struct{ kind, id string }

// entry is one line of the file: the row as it is now; null when it is gone.
type entry struct {
	Kind string          `json:"kind"`
	ID   string          `json:"id"`
	Row  json.RawMessage `json:"row"`
}

// journal writes changed rows to the file, one line each, before a request is answered. A whole snapshot
// per request would cost the square of their number. The file survives kill -9, not a loss of power.
type journal struct {
	file    *os.File
	tables  map[string]keeper
	kinds   []string
	pending []mark
	marked  map[mark]bool
}

func newJournal() *journal {
	return &journal{tables: map[string]keeper{}, marked: map[mark]bool{}}
}

func (j *journal) mark(kind, id string) {
	m := mark{kind, id}
	if j.file == nil || j.marked[m] {
		return
	}
	j.marked[m] = true
	j.pending = append(j.pending, m)
}

// flush writes what has changed since the last call, in one write.
func (j *journal) flush() error {
	if j.file == nil || len(j.pending) == 0 {
		return nil
	}
	var out bytes.Buffer
	for _, m := range j.pending {
		if err := j.line(&out, m.kind, m.id); err != nil {
			return err
		}
	}
	if _, err := j.file.Write(out.Bytes()); err != nil {
		return fmt.Errorf("write the stand-in's record: %w", err)
	}
	j.pending = j.pending[:0]
	clear(j.marked)
	return nil
}

func (j *journal) line(w io.Writer, kind, id string) error {
	row, err := j.tables[kind].encode(id)
	if err != nil {
		return fmt.Errorf("encode %s %s: %w", kind, id, err)
	}
	return json.NewEncoder(w).Encode(entry{Kind: kind, ID: id, Row: row})
}

// open reads the file, rewrites it with one line per living row and keeps it open for more.
func (j *journal) open(path string) error {
	if err := j.read(path); err != nil {
		return err
	}
	fresh, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("open the stand-in's record: %w", err)
	}
	out := bufio.NewWriter(fresh)
	for _, kind := range j.kinds {
		for _, id := range j.tables[kind].ids() {
			if err := j.line(out, kind, id); err != nil {
				return errors.Join(err, fresh.Close())
			}
		}
	}
	if err := out.Flush(); err != nil {
		return errors.Join(fmt.Errorf("rewrite the stand-in's record: %w", err), fresh.Close())
	}
	if err := os.Rename(fresh.Name(), path); err != nil {
		return errors.Join(fmt.Errorf("replace the stand-in's record: %w", err), fresh.Close())
	}
	j.file = fresh
	return nil
}

func (j *journal) read(path string) error {
	raw, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the stand-in's record: %w", err)
	}
	for number, text := range bytes.SplitAfter(raw, []byte("\n")) {
		if !bytes.HasSuffix(text, []byte("\n")) {
			return nil // torn by a crash in the middle of a write: its request was never answered
		}
		var e entry
		if err := json.Unmarshal(text, &e); err != nil {
			return fmt.Errorf("read the stand-in's record, line %d: %w", number+1, err)
		}
		t, ok := j.tables[e.Kind]
		if !ok {
			return fmt.Errorf("read the stand-in's record, line %d: unknown kind %q", number+1, e.Kind)
		}
		if err := t.load(e.ID, e.Row); err != nil {
			return fmt.Errorf("read the stand-in's record, line %d: %w", number+1, err)
		}
	}
	return nil
}

func (j *journal) close() error {
	if j.file == nil {
		return nil
	}
	return errors.Join(j.flush(), j.file.Close())
}
