package customer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"goodword/internal/fault"
	"goodword/internal/money"
)

// ImportEncodings lists the encodings that a file can be said to have.
var ImportEncodings = slices.Sorted(maps.Keys(encodings))

// Preview is what the beginning of a file shows, before anything is kept.
type Preview struct {
	// Delimiter and Encoding are as in ImportOptions.
	Delimiter, Encoding string
	Columns             []ImportColumn
	// Sample holds the first rows that could be read, by column.
	Sample [][]string
	// Questions are what the file leaves open.
	Questions []ImportQuestion
}

// ImportColumn is a column of a file. Field is the key of the field that it seems to hold, or empty.
type ImportColumn struct{ Name, Field string }

// ImportQuestion asks for an option without which values of a column are left out with a warning.
type ImportQuestion struct {
	// Option is "date_order", "decimal" or "currency".
	Option  string
	Column  string
	Example string
	// Choices are the possible answers; nil where there are too many to list.
	Choices []string
}

const (
	previewBytes  = 1 << 20
	previewSample = 10
)

// Preview reads the beginning of a file, at most a mebibyte. Returns Invalid for a file without a heading and a row, and
// for one that is no text.
func (im *Imports) Preview(_ context.Context, file io.Reader, _ string) (Preview, error) {
	raw, err := io.ReadAll(io.LimitReader(file, previewBytes+1))
	if err != nil {
		return Preview{}, fmt.Errorf("read beginning of file: %w", err)
	}
	cut := len(raw) > previewBytes
	var sniff sniffer
	if _, err := sniff.Write(raw); err != nil {
		return Preview{}, err
	}
	p := Preview{Encoding: sniff.encoding()}
	var text bytes.Buffer
	if err := toUTF8(&text, bytes.NewReader(raw), p.Encoding, sniff.cr && !sniff.lf); err != nil {
		return Preview{}, err
	}
	b := text.Bytes()
	if end := bytes.LastIndexByte(b, '\n'); cut && end >= 0 {
		b = b[:end+1]
	}
	comma := findDelimiter(b)
	p.Delimiter = string(comma)
	r := newCSVReader(bytes.NewReader(b), comma, position{Line: 1})
	columns, err := r.header()
	if err != nil {
		return Preview{}, err
	}
	fields := guessFields(columns)
	for i, name := range columns {
		p.Columns = append(p.Columns, ImportColumn{Name: name, Field: fields[i]})
	}
	asked := map[string]bool{}
	for {
		row, err := r.next()
		if errors.Is(err, io.EOF) {
			return p, nil
		}
		if err != nil {
			return Preview{}, err
		}
		if row.Problem != "" {
			continue
		}
		if len(p.Sample) < previewSample {
			cells := make([]string, len(row.Cells))
			for i, c := range row.Cells {
				cells[i] = excerpt(c)
			}
			p.Sample = append(p.Sample, cells)
		}
		for _, q := range questions(columns, fields, row.Cells) {
			if !asked[q.Option+q.Column] {
				asked[q.Option+q.Column] = true
				p.Questions = append(p.Questions, q)
			}
		}
	}
}

// questions returns what one row leaves open.
func questions(columns, fields, cells []string) []ImportQuestion {
	var list []ImportQuestion
	for i, f := range fields {
		value := clean(cells[i])
		if value == "" {
			continue
		}
		q := ImportQuestion{Column: columns[i], Example: excerpt(value)}
		switch f {
		case fieldOrderedAt, fieldRenewsAt:
			if _, err := parseDate(value, ""); errors.Is(err, errAmbiguous) {
				q.Option, q.Choices = "date_order", dateOrders
				list = append(list, q)
			}
		case fieldOrderValue:
			_, err := parseAmount(value, "", "EUR")
			if errors.Is(err, errAmbiguous) {
				q.Option, q.Choices = "decimal", decimals
				list = append(list, q)
			}
			if _, err := parseAmount(value, "point", ""); errors.Is(err, errCurrency) && !slices.Contains(fields, fieldOrderCurrency) {
				q.Option, q.Choices = "currency", nil
				list = append(list, q)
			}
		}
	}
	return list
}

var (
	dateOrders = []string{"dmy", "mdy", "ymd"}
	decimals   = []string{"point", "comma"}
)

// header reads the names of the columns and fixes the width of all rows.
func (r *csvReader) header() ([]string, error) {
	row, err := r.next()
	if err == nil && len(row.Cells) > 0 && len(row.Cells) < 3 && strings.HasPrefix(row.Cells[0], "sep=") {
		row, err = r.next()
	}
	if errors.Is(err, io.EOF) {
		return nil, badFile("The file is empty.")
	}
	if err != nil {
		return nil, err
	}
	if row.Problem != "" {
		return nil, badFile("The headings of the columns cannot be read. " + row.Problem)
	}
	r.width = len(row.Cells)
	return columnNames(row.Cells), nil
}

func badFile(message string) error {
	return &fault.Error{Code: fault.Invalid, Message: message, Problems: []fault.Problem{{Field: "file", Message: message}}}
}

// check finds what is wrong with options by themselves.
func (o ImportOptions) check() error {
	var c fault.Check
	c.That(o.DateOrder == "" || slices.Contains(dateOrders, o.DateOrder), "date_order", "The order of a date is dmy, mdy or ymd.")
	c.That(o.Decimal == "" || slices.Contains(decimals, o.Decimal), "decimal", "The decimal sign is point or comma.")
	c.That(o.Currency == "" || money.Known(o.Currency), "currency", "This currency is not known.")
	c.That(o.Country == "" || isLetters(o.Country, 2, 2), "country", "Give the country as two letters, like DE.")
	c.That(o.Language == "" || isLetters(o.Language, 2, 3), "language", "Give the language as two or three letters, like en.")
	c.That(len([]rune(o.Division)) <= maxShort, "division", "This is too long.")
	c.That(o.Delimiter == "" || len(o.Delimiter) == 1 && bytes.IndexByte(delimiters, o.Delimiter[0]) >= 0, "delimiter", "The delimiter is a comma, a semicolon, a bar or a tab.")
	c.That(o.Encoding == "" || encodings[o.Encoding] != nil, "encoding", "This encoding is not known.")
	for column, field := range o.Mapping {
		_, known := importField(field)
		c.That(field == "" || known, "mapping."+column, "There is no such field.")
	}
	return c.Err()
}

// tidy brings options into the form in which they are kept and compared.
func (o ImportOptions) tidy() ImportOptions {
	o.Currency, o.Country, o.Language = strings.ToUpper(clean(o.Currency)), strings.ToUpper(clean(o.Country)), strings.ToLower(clean(o.Language))
	o.Division = clean(o.Division)
	return o
}

// resolve returns the field that each column fills, after the mapping or else by guess, and the mapping that says so.
func (o ImportOptions) resolve(columns []string) ([]string, map[string]string, error) {
	fields := guessFields(columns)
	if o.Mapping != nil {
		for i, name := range columns {
			fields[i] = o.Mapping[name]
		}
	}
	var c fault.Check
	for name := range o.Mapping {
		c.That(slices.Contains(columns, name), "mapping."+name, "The file has no such column.")
	}
	mapping, used := map[string]string{}, map[string]bool{}
	for i, key := range fields {
		mapping[columns[i]] = key
		f, _ := importField(key)
		c.That(key == "" || f.many || !used[key], "mapping."+columns[i], "Another column fills this field already.")
		used[key] = true
	}
	c.That(used[fieldEmail], "mapping", "No column holds the mail address.")
	return fields, mapping, c.Err()
}
