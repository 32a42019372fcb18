package main

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"goodword/internal/db"
	"goodword/internal/ident"
)

// imports is goal 5: customers from a CSV file, against the fastest way to load the same rows.
func (b *bench) imports(ctx context.Context) error {
	file := filepath.Join(b.dir, "customers.csv")
	if err := b.writeCSV(file); err != nil {
		return err
	}
	for _, engine := range engines {
		number := 0
		// Every load gets an empty database, migrated before the clock starts.
		fresh := func(ctx context.Context) (*installation, error) {
			number++
			in, err := b.empty(ctx, engine, fmt.Sprintf("import_%d", number))
			if err != nil {
				return nil, err
			}
			d, err := in.open(ctx)
			if err != nil {
				return nil, err
			}
			return in, errors.Join(d.Migrate(ctx), d.Close())
		}
		m, err := b.alternate(ctx, "import "+engine,
			func(ctx context.Context) (half, error) {
				in, err := fresh(ctx)
				if err != nil {
					return half{}, err
				}
				d, err := in.open(ctx)
				if err != nil {
					return half{}, err
				}
				bulk := bulkSQLite
				if engine == "postgres" {
					bulk = bulkPostgres
				}
				began := time.Now()
				err = bulk(ctx, d, b.rows)
				h := half{rate: float64(b.rows) / time.Since(began).Seconds()}
				return h, errors.Join(err, d.Close(), b.drop(ctx, in))
			},
			func(ctx context.Context) (half, error) {
				in, err := fresh(ctx)
				if err != nil {
					return half{}, err
				}
				cmd := exec.CommandContext(ctx, b.product, "import", "customers", file)
				cmd.Env = in.environ
				began := time.Now()
				text, most, err := runMeasured(cmd)
				h := half{rate: float64(b.rows) / time.Since(began).Seconds(), extra: most}
				if err != nil {
					return h, fmt.Errorf("goodword import: %w\n%s", err, text)
				}
				n, err := in.count(ctx, "customer", "1 = 1")
				if err == nil && n != b.rows {
					err = fmt.Errorf("%d of %d customers are there\n%s", n, b.rows, text)
				}
				return h, errors.Join(err, b.drop(ctx, in))
			})
		if err != nil {
			return err
		}
		b.out.atLeast(result{goal: "5", work: fmt.Sprintf("import of %d customers, %s", b.rows, engine), yardstick: perSecond(median(figures(m.yardstick, rate))),
			product: perSecond(median(figures(m.product, rate)))}, m.ratio(rate), 0.5)
		b.out.atMost(result{goal: "5", work: "the same, memory, " + engine, yardstick: "–", product: fmt.Sprintf("%.0f MB", median(figures(m.product, extra)))},
			median(figures(m.product, extra)), 128, " MB")
	}
	return nil
}

// runMeasured runs a program and returns what it prints and the most memory that it used, in megabytes. The kernel's own
// figure for children that have ended will not do: it is at least the memory of whoever started the program.
func runMeasured(cmd *exec.Cmd) (text string, most float64, err error) {
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		return "", 0, err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for {
		select {
		case err := <-ended:
			return out.String(), most, err
		case <-look.C:
			// A program that is about to end has no figure any more; the one before stands.
			if kb, err := highWater(cmd.Process.Pid); err == nil {
				most = kb / 1024
			}
		}
	}
}

// highWater returns the most memory that a running program has used so far, in kilobytes.
func highWater(pid int) (float64, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	_, rest, found := strings.Cut(string(b), "VmHWM:")
	if !found {
		return 0, errors.New("no VmHWM")
	}
	rest, _, _ = strings.Cut(rest, "kB")
	return strconv.ParseFloat(strings.TrimSpace(rest), 64)
}

func (b *bench) drop(ctx context.Context, in *installation) error {
	if in.engine == "postgres" {
		return b.postgres.exec(ctx, "postgres", "DROP DATABASE "+strings.TrimPrefix(filepath.Base(in.dir), "postgres-"))
	}
	return os.RemoveAll(in.dir)
}

// person is the n-th customer of the file.
type person struct{ externalID, first, last, email, company, country string }

var (
	firstNames = []string{"Ana", "Ben", "Chidi", "Дмитрий", "Zoë", "Łukasz", "Ngọc", "Mary-Jane"}
	lastNames  = []string{"Kovač", "O'Neil", "Nakamura", "Müller", "van der Berg", "Okonkwo", "García López", "Smith"}
	countries  = []string{"GB", "DE", "FR", "US", "PL"}
)

// perCompany is how many customers share a company.
const perCompany = 10

func customerNumber(n int) person {
	return person{externalID: fmt.Sprintf("C-%07d", n), first: firstNames[n%len(firstNames)], last: lastNames[(n/3)%len(lastNames)],
		email: fmt.Sprintf("person%d@company%d.example", n, n/perCompany), company: fmt.Sprintf("Company %d", n/perCompany), country: countries[n%len(countries)]}
}

func (b *bench) writeCSV(file string) (err error) {
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	w := bufio.NewWriter(f)
	fmt.Fprintln(w, "id,first_name,last_name,email,company,country,stage,division")
	for n := range b.rows {
		p := customerNumber(n)
		fmt.Fprintf(w, "%s,%s,%s,%s,%s,%s,customer,Equipment\n", p.externalID, p.first, p.last, p.email, p.company, p.country)
	}
	return w.Flush()
}

var (
	companyColumns  = []string{"id", "name", "name_norm", "created_at"}
	customerColumns = []string{"id", "external_id", "first_name", "last_name", "company_id", "division", "country", "language", "stage", "search", "sort_name",
		"created_at", "updated_at"}
	addressColumns = []string{"id", "customer_id", "kind", "label", "value", "value_norm", "identity", "main", "created_at"}
)

// tables calls each for every row of a table, in order, with the same buffer.
type tables struct {
	rows      int
	now       time.Time
	companies []string
	ids       []string
}

func newTables(rows int) *tables {
	t := &tables{rows: rows, now: time.Now().UTC().Truncate(time.Microsecond)}
	for range (rows + perCompany - 1) / perCompany {
		t.companies = append(t.companies, ident.New())
	}
	for range rows {
		t.ids = append(t.ids, ident.New())
	}
	return t
}

func (t *tables) company(n int) []any {
	name := fmt.Sprintf("Company %d", n)
	return []any{t.companies[n], name, strings.ToLower(name), t.now}
}

func (t *tables) customer(n int) []any {
	p := customerNumber(n)
	lower := strings.ToLower(p.first + " " + p.last)
	return []any{t.ids[n], p.externalID, p.first, p.last, t.companies[n/perCompany], "Equipment", p.country, "en", "customer",
		lower + " " + p.email + " " + strings.ToLower(p.company), lower, t.now, t.now}
}

func (t *tables) address(n int) []any {
	p := customerNumber(n)
	return []any{ident.New(), t.ids[n], "email", "work", p.email, p.email, p.email, true, t.now}
}

// bulkPostgres is \copy: the same tables, the same indexes.
func bulkPostgres(ctx context.Context, d *db.DB, rows int) error {
	t := newTables(rows)
	tx, err := d.Pool().Begin(ctx)
	if err != nil {
		return err
	}
	for _, c := range []struct {
		table   string
		columns []string
		n       int
		row     func(int) []any
	}{{"company", companyColumns, len(t.companies), t.company}, {"customer", customerColumns, rows, t.customer}, {"customer_address", addressColumns, rows, t.address}} {
		_, err := tx.CopyFrom(ctx, pgx.Identifier{c.table}, c.columns, pgx.CopyFromSlice(c.n, func(n int) ([]any, error) { return c.row(n), nil }))
		if err != nil {
			return errors.Join(err, tx.Rollback(ctx))
		}
	}
	return tx.Commit(ctx)
}

// bulkSQLite is a prepared insert for each row, all in one transaction.
func bulkSQLite(ctx context.Context, d *db.DB, rows int) error {
	t := newTables(rows)
	tx, err := d.Writer().BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	insert := func(table string, columns []string, n int, row func(int) []any) error {
		stmt, err := tx.PrepareContext(ctx, "INSERT INTO "+table+" ("+strings.Join(columns, ", ")+") VALUES (?"+strings.Repeat(", ?", len(columns)-1)+")")
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, stmt.Close()) }()
		for i := range n {
			if _, err := stmt.ExecContext(ctx, row(i)...); err != nil {
				return err
			}
		}
		return nil
	}
	err = errors.Join(insert("company", companyColumns, len(t.companies), t.company), insert("customer", customerColumns, rows, t.customer),
		insert("customer_address", addressColumns, rows, t.address))
	if err != nil {
		if rerr := tx.Rollback(); !errors.Is(rerr, sql.ErrTxDone) {
			err = errors.Join(err, rerr)
		}
		return err
	}
	return tx.Commit()
}
