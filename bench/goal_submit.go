package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"goodword/internal/app"
	"goodword/internal/db"
)

// submit is goal 2: an introduction is sent off, with rows, audit, event and job in one commit.
func (b *bench) submit(ctx context.Context) error {
	for _, engine := range engines {
		in, err := b.install(ctx, engine, "submit", 10, 0)
		if err != nil {
			return err
		}
		writes, err := in.captureRows(ctx)
		if err != nil {
			return err
		}
		file := filepath.Join(in.dir, "rows.json")
		text, err := json.Marshal(writes)
		if err != nil {
			return err
		}
		if err := os.WriteFile(file, text, 0o600); err != nil {
			return err
		}
		var tables []string
		for _, w := range writes {
			tables = append(tables, w.Table)
		}
		form := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
		yardstick := func(path string, want int) func(context.Context) (half, error) {
			return func(ctx context.Context) (half, error) {
				h, _, err := b.serveAndLoad(ctx, b.yardstickOn(in, "-rows", file), func(s *server) (load, error) {
					return load{url: s.url, want: want, request: func(c, n int) []byte {
						return post(s.url, path, from(c, n), form, submission("", c, n))
					}}, nil
				})
				return h, err
			}
		}
		product := func(ctx context.Context) (half, error) {
			h, _, err := b.serveAndLoad(ctx, b.productOn(in), func(s *server) (load, error) {
				nonces, err := in.nonces(ctx, s.url)
				return load{url: s.url, want: http.StatusSeeOther, request: func(c, n int) []byte {
					return post(s.url, "/c/"+in.customers[c]+"/introduce", from(c, n), form, submission(nonces[c], c, n))
				}}, err
			})
			return h, err
		}
		m, err := b.alternate(ctx, "submit "+engine, yardstick("/submit", http.StatusSeeOther), product)
		if err != nil {
			return err
		}
		one, err := yardstick("/one", http.StatusNoContent)(ctx)
		if err != nil {
			return err
		}
		b.out.atLeast(result{goal: "2", work: "introduction sent off, " + engine, yardstick: perSecond(median(figures(m.yardstick, rate))),
			product: perSecond(median(figures(m.product, rate)))}, m.ratio(rate), 0.5)
		b.out.processor("submit "+engine, m)
		b.out.note("%s: one submission writes %s; a single committed INSERT behind echo comes to %.0f/s.", engine, strings.Join(tables, ", "), one.rate)
	}
	return nil
}

// sent makes every submission another one.
var sent atomic.Int64

func submission(nonce string, c, n int) []byte {
	return []byte(url.Values{"nonce": {nonce}, "first_name": {fmt.Sprintf("Ben %d", sent.Add(1))}, "how": {"self"}, "channel": {"whatsapp"},
		"note": {"They got our warehouse running in a week. You two should talk."}}.Encode())
}

var nonceInForm = regexp.MustCompile(`(?s)id="main".*?name="nonce" value="([^"]+)"`)

// nonces opens each customer's form once and waits as long as a person needs to fill it in.
func (in *installation) nonces(ctx context.Context, base string) ([]string, error) {
	out := make([]string, len(in.customers))
	for i, token := range in.customers {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/c/"+token+"/introduce", nil)
		if err != nil {
			return nil, err
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			return nil, err
		}
		text, err := io.ReadAll(res.Body)
		if err = errors.Join(err, res.Body.Close()); err != nil {
			return nil, err
		}
		found := nonceInForm.FindSubmatch(text)
		if found == nil {
			return nil, fmt.Errorf("the form has no nonce: %s", res.Status)
		}
		out[i] = string(found[1])
	}
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-time.After(1200 * time.Millisecond):
	}
	return out, nil
}

// row is one new row as the yardstick will write it again.
type row struct {
	Table   string   `json:"table"`
	Columns []string `json:"columns"`
	Values  []value  `json:"values"`
	Fresh   []string `json:"fresh"`
}

type value struct {
	Kind  string  `json:"kind"`
	Text  string  `json:"text"`
	Bytes []byte  `json:"bytes"`
	Int   int64   `json:"int"`
	Real  float64 `json:"real"`
}

// captureRows submits once, without workers, and returns what is new in the database: it asks the product itself which rows
// the yardstick must write.
func (in *installation) captureRows(ctx context.Context) (rows []row, err error) {
	a, err := app.New(ctx, in.cfg, app.Options{Log: slog.New(slog.DiscardHandler), NoSweeps: true})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	server := httptest.NewServer(a.Handler)
	defer server.Close()
	one := &installation{customers: in.customers[:1]}
	nonces, err := one.nonces(ctx, server.URL)
	if err != nil {
		return nil, err
	}
	submit := func() error {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, server.URL+"/c/"+in.customers[0]+"/introduce", strings.NewReader(string(submission(nonces[0], 0, 0))))
		if err != nil {
			return err
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		res, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			return err
		}
		if res.StatusCode != http.StatusSeeOther {
			err = fmt.Errorf("the submission is answered %s", res.Status)
		}
		return errors.Join(err, res.Body.Close())
	}
	// The first of a customer also answers the invitation; the usual case is a later one.
	if err := submit(); err != nil {
		return nil, err
	}
	before, err := contents(ctx, a.DB)
	if err != nil {
		return nil, err
	}
	if err := submit(); err != nil {
		return nil, err
	}
	after, err := contents(ctx, a.DB)
	if err != nil {
		return nil, err
	}
	return fresh(before, after), nil
}

// contents reads every table but the job engine's own book-keeping.
func contents(ctx context.Context, d *db.DB) (map[string][]row, error) {
	list := "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
	if d.Engine() == db.Postgres {
		list = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE' ORDER BY table_name"
	}
	var tables []string
	if err := d.NewRaw(list).Scan(ctx, &tables); err != nil {
		return nil, err
	}
	all := map[string][]row{}
	for _, t := range tables {
		if strings.HasPrefix(t, "river_") && t != "river_job" {
			continue
		}
		rows, err := read(ctx, d, t)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", t, err)
		}
		all[t] = rows
	}
	return all, nil
}

func read(ctx context.Context, d *db.DB, table string) (out []row, err error) {
	// Raw values, as they lie there: on PostgreSQL as text, which it takes back for every type.
	rows, err := d.Writer().QueryContext(ctx, `SELECT * FROM "`+table+`"`) //nolint:gosec // a name from the catalogue
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	for rows.Next() {
		cells, to := make([]any, len(columns)), make([]any, len(columns))
		for i := range cells {
			to[i] = &cells[i]
		}
		if err := rows.Scan(to...); err != nil {
			return nil, err
		}
		r := row{Table: table, Columns: columns}
		for _, c := range cells {
			r.Values = append(r.Values, valueOf(c))
		}
		out = append(out, r)
	}
	return out, rows.Err()
}

const sqliteTime = "2006-01-02 15:04:05.999999999-07:00"

func valueOf(cell any) value {
	switch c := cell.(type) {
	case nil:
		return value{Kind: "null"}
	case int64:
		return value{Kind: "integer", Int: c}
	case float64:
		return value{Kind: "real", Real: c}
	case bool:
		return value{Kind: "text", Text: fmt.Sprint(c)}
	case time.Time:
		return value{Kind: "text", Text: c.UTC().Format(sqliteTime)}
	case []byte:
		return value{Kind: "blob", Bytes: c}
	case string:
		return value{Kind: "text", Text: c}
	}
	return value{Kind: "text", Text: fmt.Sprint(cell)}
}

// key is a row's first column, which is its id in every table that matters here.
func (r row) key() string { return fmt.Sprint(r.Values[0]) }

// fresh returns the rows that are new, with the ids that must be made anew. Changes of rows that were there are left out:
// the yardstick has it a little easier.
func fresh(before, after map[string][]row) []row {
	var out []row
	var ids []string
	for table, rows := range after {
		known := map[string]bool{}
		for _, r := range before[table] {
			known[r.key()] = true
		}
		for _, r := range rows {
			if known[r.key()] {
				continue
			}
			r = r.withoutSerial()
			for i, c := range r.Columns {
				if v := r.Values[i]; v.Kind == "text" && slices.Contains([]string{"id", "token_hash", "key", "cause"}, c) {
					ids = append(ids, v.Text)
				}
			}
			out = append(out, r)
		}
	}
	// References point to rows that must be there before: parents first.
	order := []string{"introduction", "private_link"}
	slices.SortStableFunc(out, func(a, b row) int {
		at := func(r row) int {
			if i := slices.Index(order, r.Table); i >= 0 {
				return i
			}
			return len(order)
		}
		return at(a) - at(b)
	})
	for i := range out {
		out[i].Fresh = ids
	}
	return out
}

// withoutSerial leaves a number to the database that it gives out itself.
func (r row) withoutSerial() row {
	if r.Values[0].Kind != "integer" {
		return r
	}
	r.Columns, r.Values = r.Columns[1:], r.Values[1:]
	return r
}
