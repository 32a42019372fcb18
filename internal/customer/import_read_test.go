package customer_test

import (
	"encoding/csv"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"goodword/internal/customer"
	"goodword/internal/dbtest"
	"goodword/internal/fault"
	"goodword/internal/money"
)

func TestImport_ABadRowCostsItsOwnLineOnly(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		rows    string
		refused []int64
		created int64
	}{
		"quote never closed":          {"1,\"Ana,a@x.example\n2,Ben,b@x.example\n3,Cem,c@x.example\n", []int64{2}, 2},
		"quote closed by another row": {"1,\"Ana,a@x.example\n2,\"Ben\",b@x.example\n3,Cem,c@x.example\n", []int64{2}, 2},
		"quote not doubled":           {"1,\"Ana \"the\" one\",a@x.example\n2,Ben,b@x.example\n", []int64{2}, 1},
		"too few columns":             {"1,Ana\n2,Ben,b@x.example\n", []int64{2}, 1},
		"too many columns":            {"1,Ana,a@x.example,more\n2,Ben,b@x.example\n", []int64{2}, 1},
		"not UTF-8 in a UTF-8 file":   {"1,Müller,m@x.example\n2,Özil,o@x.example\n3,Ünal,u@x.example\n4,Åsa,å@x.example\n5,Bj\xf6rn,b@x.example\n6,Zoë,z@x.example\n", []int64{6}, 5},
		"empty lines are no rows":     {"\n1,Ana,a@x.example\n\n,,\n2,Ben,\n", []int64{6}, 1},
		"several lines in a cell":     {"1,\"Ana\r\nMaria\",a@x.example\r\n2,Ben,nothing\r\n", []int64{4}, 1},
		"a quote inside a cell":       {"1,Ana 5\" López,a@x.example\n", nil, 1},
		"space behind a quote":        {"1,\"Ana\" ,a@x.example\n", nil, 1},
		"no line end at the end":      {"1,Ana,a@x.example", nil, 1},
		"NUL":                         {"1,A\x00na,a@x.example\n", nil, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newImportWorld(t, dbtest.SQLite(t))
			run := w.run("id,name,email\n"+c.rows, customer.ImportOptions{})
			if got := lines(w.problems(run), customer.Refused); fmt.Sprint(got) != fmt.Sprint(c.refused) || run.Created != c.created {
				t.Errorf("refused %v, want %v; created %d, want %d", got, c.refused, run.Created, c.created)
			}
		})
	}
}

func TestImport_AHugeBrokenCellIsNotReadToTheEnd(t *testing.T) {
	t.Parallel()
	w := newImportWorld(t, dbtest.SQLite(t))
	var b strings.Builder
	b.WriteString("id,note,email\n1,\"never closed,a@x.example\n")
	for i := range 20_000 {
		fmt.Fprintf(&b, "%d,%s,p%d@x.example\n", i+2, strings.Repeat("n", 20), i)
	}
	b.WriteString("99999," + strings.Repeat("long ", 100_000) + ",l@x.example\n100000,ok,ok@x.example\n")
	run := w.run(b.String(), customer.ImportOptions{})
	if run.Created != 20_001 || run.Refused < 2 {
		t.Errorf("created %d, refused %d", run.Created, run.Refused)
	}
}

func utf16le(s string) string {
	var b strings.Builder
	for _, u := range append([]uint16{0xFEFF}, utf16.Encode([]rune(s))...) {
		b.WriteByte(byte(u))
		b.WriteByte(byte(u >> 8))
	}
	return b.String()
}

func utf16be(s string) string {
	var b strings.Builder
	for _, u := range append([]uint16{0xFEFF}, utf16.Encode([]rune(s))...) {
		b.WriteByte(byte(u >> 8))
		b.WriteByte(byte(u))
	}
	return b.String()
}

func TestImport_FindsEncodingAndDelimiter(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ text, encoding, delimiter, last string }{
		"UTF-8 with a mark":  {"\uFEFFE-Mail-Adresse,Nachname\nm@x.example,Müller\n", "utf-8", ",", "Müller"},
		"UTF-16, Excel":      {utf16le("E-Mail\tNachname\r\nm@x.example\tŁukasiewicz\r\n"), "utf-16le", "\t", "Łukasiewicz"},
		"UTF-16, big endian": {utf16be("E-Mail;Nachname\nm@x.example;さくら\n"), "utf-16be", ";", "さくら"},
		"Windows-1252":       {"E-Mail;Nachname\r\nm@x.example;M\xfcller\x80\r\n", "windows-1252", ";", "Müller€"},
		"bars":               {"email|surname\nm@x.example|Smith, John; Jr\n", "utf-8", "|", "Smith, John; Jr"},
		"carriage returns":   {"email,surname\rm@x.example,Smith\r", "utf-8", ",", "Smith"},
		"Excel's own line":   {"sep=;\r\nemail;surname\r\nm@x.example;Smith\r\n", "utf-8", ";", "Smith"},
		"commas in cells":    {"email;surname;note\nm@x.example;Smith;a, b, c\nn@x.example;Li;d, e, f\n", "utf-8", ";", "Smith"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newImportWorld(t, dbtest.SQLite(t))
			p, err := w.imports.Preview(w.ctx, strings.NewReader(c.text), "")
			w.must(err)
			if p.Encoding != c.encoding || p.Delimiter != c.delimiter || p.Columns[0].Field != "email" || p.Columns[1].Field != "last_name" {
				t.Errorf("preview %+v", p)
			}
			run := w.run(c.text, customer.ImportOptions{})
			if got := w.byEmail("m@x.example"); got.LastName != c.last || run.Options.Encoding != c.encoding || run.Refused != 0 {
				t.Errorf("last name %q, want %q; %+v", got.LastName, c.last, run)
			}
		})
	}
}

func TestImport_AmbiguousValuesAreAskedAboutAndNeverGuessed(t *testing.T) {
	t.Parallel()
	const text = "email;ordered;amount\n" +
		"a@x.example;02/03/2025;1.234\n" +
		"b@x.example;13/02/2025;1.234,50\n"
	mapping := map[string]string{"email": "email", "ordered": "ordered_at", "amount": "order_value"}
	for name, c := range map[string]struct {
		options  customer.ImportOptions
		at       time.Time
		order    *money.Amount
		warnings int64
	}{
		"nothing said":    {customer.ImportOptions{Currency: "EUR"}, time.Time{}, nil, 2},
		"German":          {customer.ImportOptions{Currency: "EUR", DateOrder: "dmy", Decimal: "comma"}, day(2025, 3, 2), eur(123400), 0},
		"American":        {customer.ImportOptions{Currency: "EUR", DateOrder: "mdy", Decimal: "comma"}, day(2025, 2, 3), eur(123400), 0},
		"not that amount": {customer.ImportOptions{Currency: "EUR", DateOrder: "mdy", Decimal: "point"}, day(2025, 2, 3), nil, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newImportWorld(t, dbtest.SQLite(t))
			c.options.Mapping = mapping
			run := w.run(text, c.options)
			a, b := w.byEmail("a@x.example"), w.byEmail("b@x.example")
			order, ok := a.Order()
			if !a.LastOrderAt.Equal(c.at) || ok != (c.order != nil) || ok && order != *c.order || run.Warnings != c.warnings {
				t.Errorf("at %v for %v, %d warnings", a.LastOrderAt, order, run.Warnings)
			}
			if order, _ := b.Order(); !b.LastOrderAt.Equal(day(2025, 2, 13)) || order != *eur(123450) {
				t.Errorf("what is clear was read as %v %v", b.LastOrderAt, order)
			}
		})
	}
	w := newImportWorld(t, dbtest.SQLite(t))
	p, err := w.imports.Preview(w.ctx, strings.NewReader(strings.Replace(text, "ordered;amount", "Close Date;Amount", 1)), "")
	w.must(err)
	var asked []string
	for _, q := range p.Questions {
		asked = append(asked, q.Option+" "+q.Example)
	}
	if fmt.Sprint(asked) != "[date_order 02/03/2025 decimal 1.234 currency 1.234,50]" && fmt.Sprint(asked) != "[date_order 02/03/2025 decimal 1.234 currency 1.234]" {
		t.Errorf("asked %q", asked)
	}
}

func TestImport_ReadsDatesAndAmounts(t *testing.T) {
	t.Parallel()
	dates := map[string]time.Time{
		"2025-02-13": day(2025, 2, 13), "2025/02/13": day(2025, 2, 13), "13.02.2025": day(2025, 2, 13), "03.02.2025": day(2025, 2, 3), "13.2.25": day(2025, 2, 13),
		"05/05/2025": day(2025, 5, 5), "13 Feb 2025": day(2025, 2, 13), "13. Februar 2025": day(2025, 2, 13), "February 13, 2025": day(2025, 2, 13),
		"2025-02-13T10:20:30Z": time.Date(2025, 2, 13, 10, 20, 30, 0, time.UTC), "2025-02-13T10:20:30+02:00": time.Date(2025, 2, 13, 8, 20, 30, 0, time.UTC),
		"2025-02-13 10:20": time.Date(2025, 2, 13, 10, 20, 0, 0, time.UTC), "13/02/2025 10:20": time.Date(2025, 2, 13, 10, 20, 0, 0, time.UTC),
		"1739404800000": day(2025, 2, 13), "2024-02-29": day(2024, 2, 29),
		"2025-02-29": {}, "31.04.2025": {}, "yesterday": {}, "45700": {}, "01/02/25": {}, "2025": {}, "2025-13-01": {}, "0000-00-00": {}, "1/2/3/4": {}, "2999-01-01": {},
		"2027-06-01": {}, // later than today: not a last order
	}
	amounts := map[string]string{
		"1234": "1234.00 EUR", "1234.5": "1234.50 EUR", "1,5": "1.50 EUR", "52.197,50": "52197.50 EUR", "47,436.50": "47436.50 EUR", "1.664.000": "1664000.00 EUR",
		"1,664,000.5": "1664000.50 EUR", "1 234,50": "1234.50 EUR", "1'234.50": "1234.50 EUR", "€ 12,50": "12.50 EUR", "12,50 €": "12.50 EUR", "$12.50": "12.50 EUR",
		"12.50 USD": "12.50 USD", "£5": "5.00 GBP", "JPY 1200": "1200 JPY", "0": "0.00 EUR", "0.125": "", ".50": "0.50 EUR", "1.234": "", "1,234": "", "-5": "", "(5)": "",
		"12.5.50": "", "1.23,4.5": "", "abc": "", "12 apples": "", "1e5": "", "99999999999999999999": "",
	}
	w := newImportWorld(t, dbtest.SQLite(t))
	var b strings.Builder
	b.WriteString("email\tordered at\torder value\n")
	for text := range dates {
		fmt.Fprintf(&b, "%s\t%s\t\n", mailFor("d", text), text)
	}
	for text := range amounts {
		fmt.Fprintf(&b, "%s\t\t%s\n", mailFor("a", text), text)
	}
	run := w.run(b.String(), customer.ImportOptions{Currency: "EUR"})
	bad := int64(0)
	for text, want := range dates {
		if c := w.byEmail(mailFor("d", text)); !c.LastOrderAt.Equal(want) {
			t.Errorf("%q is read as %v, want %v", text, c.LastOrderAt, want)
		}
		if want.IsZero() {
			bad++
		}
	}
	for text, want := range amounts {
		got := ""
		if order, ok := w.byEmail(mailFor("a", text)).Order(); ok {
			got = order.String()
		}
		if got != want {
			t.Errorf("%q is read as %q, want %q", text, got, want)
		}
		if want == "" {
			bad++
		}
	}
	if run.Warnings != bad {
		t.Errorf("%d warnings, want one for each of the %d values that were left out", run.Warnings, bad)
	}
}

func mailFor(kind, text string) string { return fmt.Sprintf("%s%x@x.example", kind, text) }

func TestImport_RecognisesColumns(t *testing.T) {
	t.Parallel()
	w := newImportWorld(t, dbtest.SQLite(t))
	for header, want := range map[string]string{
		"Kundennummer,Vorname,Nachname,E-Mail,Telefon,Firma,Land,Sprache":         "external_id first_name last_name email phone company country language",
		"Record ID - Contact,Full Name,Email Address,Mobile Phone,Time Zone,Tags": "external_id name email further_phone zone tags",
		"id,Contact ID,EMAIL, email ,Favourite colour,":                           "- external_id email - - -",
		"Work Email,Personal Email,Order Value,Currency,Renewal Date":             "email further_email order_value order_currency renews_at",
	} {
		p, err := w.imports.Preview(w.ctx, strings.NewReader(header+"\n"+strings.Repeat(",", strings.Count(header, ","))+"\n"), "")
		w.must(err)
		var got []string
		for _, c := range p.Columns {
			if c.Field == "" {
				c.Field = "-"
			}
			got = append(got, c.Field)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %v, want %s", header, got, want)
		}
	}
}

func TestStart_RefusesWhatCannotBeRead(t *testing.T) {
	t.Parallel()
	w := newImportWorld(t, dbtest.SQLite(t))
	for name, c := range map[string]struct {
		text    string
		options customer.ImportOptions
		field   string
	}{
		"empty file":         {"", customer.ImportOptions{}, "file"},
		"no mail address":    {"id,name\n1,Ana\n", customer.ImportOptions{}, "mapping"},
		"unknown column":     {"id,email\n1,a@x.example\n", customer.ImportOptions{Mapping: map[string]string{"email": "email", "mail": "email"}}, "mapping.mail"},
		"unknown field":      {"id,email\n1,a@x.example\n", customer.ImportOptions{Mapping: map[string]string{"email": "email", "id": "shoe_size"}}, "mapping.id"},
		"one field twice":    {"a,b\nx,y\n", customer.ImportOptions{Mapping: map[string]string{"a": "email", "b": "email"}}, "mapping.b"},
		"strange date order": {"email\na@x.example\n", customer.ImportOptions{DateOrder: "ydm"}, "date_order"},
		"strange currency":   {"email\na@x.example\n", customer.ImportOptions{Currency: "XYZ"}, "currency"},
		"strange delimiter":  {"email\na@x.example\n", customer.ImportOptions{Delimiter: "e"}, "delimiter"},
		"strange encoding":   {"email\na@x.example\n", customer.ImportOptions{Encoding: "ebcdic"}, "encoding"},
	} {
		_, err := w.imports.Start(w.ctx, actor, customer.Upload{Reader: strings.NewReader(c.text), Name: "x.csv", Options: c.options})
		wantCode(t, err, fault.Invalid)
		wantField(t, err, c.field)
		_ = name
	}
	if left := w.files(); len(left) != 0 {
		t.Errorf("files left: %v", left)
	}
}

func TestWriteProblemsCSV_NoCellIsAFormula(t *testing.T) {
	t.Parallel()
	w := newImportWorld(t, dbtest.SQLite(t))
	values := []string{"=1+1", "+1", "-1", "@SUM(A1)", "  =1", "＝1", "＋1", "－1", "＠x", "'=1", "\"quoted\"", "a,b", "n/a", "=cmd|' /C calc'!A0", "\u00a0=1"}
	var b strings.Builder
	out := csv.NewWriter(&b)
	w.must(out.Write([]string{"email"}))
	for _, v := range values {
		w.must(out.Write([]string{v}))
	}
	out.Flush()
	run := w.run(b.String(), customer.ImportOptions{Delimiter: ","})
	if run.Refused != int64(len(values)) {
		t.Fatalf("%d refused", run.Refused)
	}
	var file strings.Builder
	w.must(w.imports.WriteProblemsCSV(w.ctx, run.ID, &file))
	if strings.Count(file.String(), "\r\n") != len(values)+1 {
		t.Errorf("lines do not end as RFC 4180 says: %q", file.String())
	}
	rows, err := csv.NewReader(strings.NewReader(file.String())).ReadAll()
	w.must(err)
	for i, row := range rows[1:] {
		want := strings.TrimSpace(values[i])
		if got := strings.TrimPrefix(row[4], "'"); got != want || strings.ContainsRune("=+-@＝＋－＠", []rune(row[4])[0]) {
			t.Errorf("value %q is written as %q", values[i], row[4])
		}
	}
	_, err = w.imports.Problems(w.ctx, customer.ProblemFilter{ImportID: run.ID}, pageWith("nonsense"))
	wantCode(t, err, fault.Malformed)
	wantCode(t, w.imports.WriteProblemsCSV(w.ctx, "nope", &file), fault.NotFound)
}
