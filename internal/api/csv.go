package api

import (
	"bytes"
	"encoding/csv"
	"strings"
	"unicode/utf8"
)

// table is an answer that can be had as CSV.
type table interface{ table() [][]string }

// writeCSV writes rows after RFC 4180 that no spreadsheet takes for formulas: a text that begins like one gets an
// apostrophe in front (S16). Numbers stay numbers.
func writeCSV(rows [][]string) []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.UseCRLF = true
	for _, row := range rows {
		safe := make([]string, len(row))
		for i, cell := range row {
			safe[i] = safeCell(cell)
		}
		if err := w.Write(safe); err != nil {
			panic("api: " + err.Error()) // a buffer takes everything
		}
	}
	w.Flush()
	return b.Bytes()
}

func safeCell(cell string) string {
	cell = strings.ReplaceAll(cell, "\x00", "")
	first, _ := utf8.DecodeRuneInString(strings.TrimLeft(cell, " \u00a0"))
	switch first {
	case '=', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠':
		return "'" + cell
	case '+', '-':
		if !number(cell) {
			return "'" + cell
		}
	}
	return cell
}

// number reports whether a cell is a plain decimal, which is no formula whatever its sign.
func number(cell string) bool {
	digits := strings.TrimPrefix(cell, "-")
	whole, fraction, point := strings.Cut(digits, ".")
	return allDigits(whole) && (!point || allDigits(fraction))
}

func allDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}
