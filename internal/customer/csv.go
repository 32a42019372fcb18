package customer

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// maxRecord is the most bytes that one row may have; a quote that is still open then was never meant to be one.
const maxRecord = 256 << 10

// csvReader reads a CSV file in UTF-8 row by row. encoding/csv is not used because a single stray quote makes it swallow
// every row up to the next one; here a row that cannot be read costs one physical line.
type csvReader struct {
	src   io.Reader
	comma byte
	// width is the number of columns that a row must have; 0 means any.
	width int
	buf   []byte
	start int
	eof   bool
	// at is where the next row begins.
	at position
}

// position is a place in a file: bytes from its beginning, lines from 1.
type position struct{ Offset, Line int64 }

// csvRow is one row. Problem says why it could not be read; then there are no cells, and Raw is how its line begins.
type csvRow struct {
	Line    int64
	Cells   []string
	Problem string
	Raw     string
}

func newCSVReader(src io.Reader, comma byte, at position) *csvReader {
	return &csvReader{src: src, comma: comma, at: at}
}

// next returns the next row that holds anything, or io.EOF.
func (r *csvReader) next() (csvRow, error) {
	for {
		row, size, err := r.parse()
		if errors.Is(err, errShort) {
			if err := r.fill(); err != nil {
				return csvRow{}, err
			}
			continue
		}
		if err != nil {
			return csvRow{}, err
		}
		row.Line = r.at.Line
		r.advance(size)
		if row.Problem != "" || !blank(row.Cells) {
			return row, nil
		}
	}
}

func blank(cells []string) bool {
	for _, c := range cells {
		if strings.TrimSpace(c) != "" {
			return false
		}
	}
	return true
}

func (r *csvReader) advance(size int) {
	r.at.Line += int64(bytes.Count(r.buf[r.start:r.start+size], []byte{'\n'}))
	r.at.Offset += int64(size)
	r.start += size
}

// fill reads more of the file behind what is there.
func (r *csvReader) fill() error {
	if r.start > 0 {
		r.buf = append(r.buf[:0], r.buf[r.start:]...)
		r.start = 0
	}
	const step = 64 << 10
	n := len(r.buf)
	if cap(r.buf)-n < step {
		r.buf = append(make([]byte, 0, 2*cap(r.buf)+2*step), r.buf...)
	}
	got, err := r.src.Read(r.buf[n:cap(r.buf)])
	r.buf = r.buf[:n+got]
	if errors.Is(err, io.EOF) {
		r.eof = true
		return nil
	}
	if err != nil {
		return fmt.Errorf("read file: %w", err)
	}
	return nil
}

// errShort means that the buffer ends before the row does.
var errShort = errors.New("csv: more to read")

var (
	errQuote = errors.New("csv: stray quote")
	errOpen  = errors.New("csv: quote never closed")
)

// What a row that cannot be read is refused with.
const (
	reasonQuote = "A quotation mark on this line is not closed, or stands inside a quoted text without being doubled."
	reasonUTF8  = "This line is not readable text in the encoding of the file."
	reasonLong  = "This line is too long."
)

// parse reads one row from the buffer and returns how many bytes it takes.
func (r *csvReader) parse() (csvRow, int, error) {
	b := r.buf[r.start:]
	if len(b) == 0 {
		if r.eof {
			return csvRow{}, 0, io.EOF
		}
		return csvRow{}, 0, errShort
	}
	cells, size, err := r.cells(b)
	if errors.Is(err, errShort) && len(b) < maxRecord {
		return csvRow{}, 0, errShort
	}
	line := bytes.IndexByte(b, '\n') + 1
	if line == 0 {
		line = len(b)
		if !r.eof && len(b) < maxRecord {
			return csvRow{}, 0, errShort
		}
	}
	// What went wrong with several lines may be one stray quote on the first: only that one is given up.
	refuse := func(reason string) (csvRow, int, error) {
		return csvRow{Problem: reason, Raw: excerpt(string(b[:min(line, 400)]))}, line, nil
	}
	switch {
	case errors.Is(err, errShort) && bytes.IndexByte(b, '\n') < 0:
		return refuse(reasonLong)
	case err != nil:
		return refuse(reasonQuote)
	case !utf8.Valid(b[:size]):
		return refuse(reasonUTF8)
	case r.width > 0 && len(cells) != r.width && !blank(cells):
		return refuse(fmt.Sprintf("This row has %d columns where the first has %d.", len(cells), r.width))
	}
	return csvRow{Cells: cells}, size, nil
}

// cells splits the row that b begins with. Returns errShort when b ends before the row is known to.
func (r *csvReader) cells(b []byte) ([]string, int, error) {
	cells := make([]string, 0, max(r.width, 8))
	for i := 0; ; {
		var cell string
		if i < len(b) && b[i] == '"' {
			text, n, err := r.quoted(b[i+1:])
			if err != nil {
				return nil, 0, err
			}
			cell, i = text, i+1+n
		} else {
			n := 0
			for i+n < len(b) && b[i+n] != r.comma && b[i+n] != '\n' {
				n++
			}
			if i+n == len(b) && !r.eof {
				return nil, 0, errShort
			}
			cell = string(b[i : i+n])
			if i+n == len(b) || b[i+n] == '\n' {
				cell = strings.TrimSuffix(cell, "\r")
			}
			i += n
		}
		cells = append(cells, cell)
		switch {
		case i >= len(b):
			return cells, i, nil
		case b[i] == '\n':
			return cells, i + 1, nil
		}
		i++ // the comma
		if i == len(b) {
			if !r.eof {
				return nil, 0, errShort
			}
			return append(cells, ""), i, nil
		}
	}
}

// quoted reads what follows an opening quote and returns the text and how many bytes it took, up to the comma or line
// end behind it.
func (r *csvReader) quoted(b []byte) (string, int, error) {
	var text []byte
	for i := 0; ; {
		j := bytes.IndexByte(b[i:], '"')
		if j < 0 {
			if r.eof {
				return "", 0, errOpen
			}
			return "", 0, errShort
		}
		text = append(text, b[i:i+j]...)
		i += j + 1
		if i < len(b) && b[i] == '"' {
			text = append(text, '"')
			i++
			continue
		}
		for i < len(b) && b[i] == ' ' {
			i++
		}
		rest := b[i:]
		switch {
		case len(rest) == 0 && r.eof:
			return string(text), i, nil
		case len(rest) == 0, len(rest) == 1 && rest[0] == '\r' && !r.eof:
			return "", 0, errShort
		case rest[0] == '\r' && (len(rest) == 1 || rest[1] == '\n'):
			return string(text), i + 1, nil
		case rest[0] == r.comma || rest[0] == '\n':
			return string(text), i, nil
		}
		return "", 0, errQuote
	}
}

// excerpt is what a problem shows of a value: one line, at most 200 characters.
func excerpt(s string) string {
	s = clean(strings.ToValidUTF8(s, "\uFFFD"))
	if utf8.RuneCountInString(s) <= 200 {
		return s
	}
	return string([]rune(s)[:199]) + "…"
}
