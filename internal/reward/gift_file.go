package reward

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"goodword/internal/fault"
	"goodword/internal/money"
)

// The bounds of a file with gift codes.
const (
	maxStockFile = 4 << 20
	maxStockRows = 20_000
	maxCode      = 500
	maxLabel     = 80
	maxListed    = 200 // problems
)

// stockRow is one row of a file with gift codes.
type stockRow struct {
	line             int
	code, pin, label string
	amount           money.Amount
	expires          time.Time
}

// stockColumns are the names that a column may have.
var stockColumns = map[string][]string{
	"code":     {"code", "gift_code", "gift code", "voucher", "gutscheincode", "gutschein"},
	"amount":   {"amount", "value", "betrag", "wert"},
	"currency": {"currency", "währung", "waehrung"},
	"expires":  {"expires", "expires_at", "expiry", "valid_until", "gültig bis", "gueltig bis"},
	"label":    {"label", "brand", "shop", "name", "bezeichnung"},
	"pin":      {"pin"},
}

// problems collects what is wrong with a file, by line.
type problems struct {
	list []fault.Problem
	more int
}

func (p *problems) add(line int, field, message string) {
	if len(p.list) == maxListed {
		p.more++
		return
	}
	p.list = append(p.list, fault.Problem{Field: fmt.Sprintf("line %d: %s", line, field), Message: message})
}

func (p *problems) err() error {
	if len(p.list) == 0 {
		return nil
	}
	message := "Nothing was taken into stock, because some rows are wrong."
	if p.more > 0 {
		message += fmt.Sprintf(" The first %d problems are listed, %d more are not.", maxListed, p.more)
	}
	return &fault.Error{Code: fault.Invalid, Message: message, Problems: p.list}
}

func badFile(message string) error {
	return &fault.Error{Code: fault.Invalid, Message: message, Problems: []fault.Problem{{Field: "file", Message: message}}}
}

// readStock reads a whole file. Commas, semicolons and tabs part the columns. Returns TooLarge and Invalid.
func readStock(r io.Reader, now time.Time) ([]stockRow, error) {
	body, err := io.ReadAll(io.LimitReader(r, maxStockFile+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read file: %w", err)
	case len(body) > maxStockFile:
		return nil, fault.New(fault.TooLarge, "This file is too large. Please split it into files of at most 4 MB.")
	case !utf8.Valid(body):
		return nil, badFile("This file is no text in UTF-8. Please save it as CSV UTF-8.")
	}
	text := strings.TrimPrefix(string(body), "\uFEFF")
	in := csv.NewReader(strings.NewReader(text))
	in.Comma, in.FieldsPerRecord, in.ReuseRecord = comma(text), -1, true
	head, err := in.Read()
	if errors.Is(err, io.EOF) {
		return nil, badFile("This file is empty.")
	}
	if err != nil {
		return nil, badFile("The first row cannot be read.")
	}
	at, err := columns(head)
	if err != nil {
		return nil, err
	}
	var rows []stockRow
	var wrong problems
	for {
		cells, err := in.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if bad, ok := errors.AsType[*csv.ParseError](err); ok {
			wrong.add(bad.StartLine, "row", "This row cannot be read: a quotation mark is not closed or stands in the wrong place.")
			break
		}
		if err != nil {
			return nil, fmt.Errorf("read file: %w", err)
		}
		line, _ := in.FieldPos(0)
		if blank(cells) {
			continue
		}
		if len(rows) == maxStockRows {
			return nil, fault.New(fault.TooLarge, "These are too many rows for one file. Please split it.")
		}
		rows = append(rows, readRow(line, cells, at, now, &wrong))
	}
	if err := wrong.err(); err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, badFile("There are no codes in this file.")
	}
	return rows, nil
}

// comma is what parts the columns of the first row.
func comma(text string) rune {
	first, _, _ := strings.Cut(text, "\n")
	best := ','
	for _, c := range ";\t" {
		if strings.Count(first, string(c)) > strings.Count(first, string(best)) {
			best = c
		}
	}
	return best
}

// columns finds where each column stands.
func columns(head []string) (map[string]int, error) {
	at := map[string]int{}
	for i, cell := range head {
		name := strings.ToLower(strings.TrimSpace(cell))
		for column, names := range stockColumns {
			if _, twice := at[column]; !twice && slices.Contains(names, name) {
				at[column] = i
			}
		}
	}
	for _, needed := range []string{"code", "amount", "currency"} {
		if _, ok := at[needed]; !ok {
			return nil, badFile(fmt.Sprintf("The first row needs a column named %q. The columns are code, amount, currency, and if wanted expires, label, pin.", needed))
		}
	}
	return at, nil
}

func blank(cells []string) bool {
	return !slices.ContainsFunc(cells, func(c string) bool { return strings.TrimSpace(c) != "" })
}

func readRow(line int, cells []string, at map[string]int, now time.Time, wrong *problems) stockRow {
	cell := func(column string) string {
		if i, ok := at[column]; ok && i < len(cells) {
			return strings.TrimSpace(cells[i])
		}
		return ""
	}
	r := stockRow{line: line, code: cell("code"), pin: cell("pin"), label: cell("label")}
	switch {
	case r.code == "":
		wrong.add(line, "code", "The code is missing.")
	case len(r.code) > maxCode:
		wrong.add(line, "code", "This code is too long.")
	}
	if len(r.pin) > maxCode {
		wrong.add(line, "pin", "This PIN is too long.")
	}
	if utf8.RuneCountInString(r.label) > maxLabel {
		wrong.add(line, "label", fmt.Sprintf("A label has at most %d letters.", maxLabel))
	}
	currency := strings.ToUpper(cell("currency"))
	amount, err := money.Parse(decimal(cell("amount")), currency)
	switch {
	case !money.Known(currency):
		wrong.add(line, "currency", "This is no currency. Please write three letters, such as EUR.")
	case err != nil || amount.Minor <= 0:
		wrong.add(line, "amount", "This is no amount. Please write it like 25 or 25.00.")
	case amount.Minor > maxWorth:
		wrong.add(line, "amount", "No single code is worth that much.")
	}
	r.amount = amount
	if text := cell("expires"); text != "" {
		r.expires, err = lastMoment(text)
		switch {
		case err != nil:
			wrong.add(line, "expires", "This is no date. Please write it like 2027-12-31.")
		case !r.expires.After(now):
			wrong.add(line, "expires", "This code has ended already.")
		}
	}
	return r
}

// maxWorth keeps a slipped decimal point from becoming a fortune: 100,000 in currencies with cents.
const maxWorth = 100_000_00

// decimal lets a comma stand for the decimal point: "25,00".
func decimal(s string) string {
	if strings.Count(s, ",") == 1 && !strings.Contains(s, ".") {
		return strings.Replace(s, ",", ".", 1)
	}
	return s
}

// lastMoment is the end of a day that is written as in ISO 8601 or with dots.
func lastMoment(s string) (time.Time, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		t, err = time.Parse("2.1.2006", s)
	}
	if err != nil {
		return time.Time{}, fmt.Errorf("read date: %w", err)
	}
	return t.AddDate(0, 0, 1).Add(-time.Second), nil
}
