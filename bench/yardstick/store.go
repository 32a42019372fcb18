package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	_ "modernc.org/sqlite" // the driver "sqlite"
)

// store is the hand-written SQL of one engine.
type store interface {
	link(ctx context.Context, hash string) (bool, error)
	prepare(ctx context.Context, writes []write) error
	submit(ctx context.Context) error
	one(ctx context.Context) error
	event(ctx context.Context, id, kind, version string, body []byte, created time.Time) error
	close()
}

// write is one row that a submission inserts. Values are text, bytes, whole numbers, fractions or nil; those in Fresh are
// new each time, wherever they stand.
type write struct {
	Table   string   `json:"table"`
	Columns []string `json:"columns"`
	Values  []value  `json:"values"`
	Fresh   []string `json:"fresh"`
}

type value struct {
	Kind  string  `json:"kind"` // text, blob, integer, real, null
	Text  string  `json:"text"`
	Bytes []byte  `json:"bytes"`
	Int   int64   `json:"int"`
	Real  float64 `json:"real"`
}

func readWrites(file string) ([]write, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var w []write
	return w, json.Unmarshal(b, &w)
}

// renewed returns the rows' values with fresh ids, the same one wherever the old one stood.
func renewed(writes []write) [][]any {
	var pairs []string
	for _, w := range writes {
		for _, old := range w.Fresh {
			pairs = append(pairs, old, like(old))
		}
	}
	renew := strings.NewReplacer(pairs...)
	out := make([][]any, len(writes))
	for i, w := range writes {
		out[i] = make([]any, len(w.Values))
		for k, v := range w.Values {
			switch v.Kind {
			case "text":
				out[i][k] = renew.Replace(v.Text)
			case "blob":
				out[i][k] = []byte(renew.Replace(string(v.Bytes)))
			case "integer":
				out[i][k] = v.Int
			case "real":
				out[i][k] = v.Real
			}
		}
	}
	return out
}

// like makes an id of the same shape: a UUID in time order, or as many random characters.
func like(old string) string {
	if len(old) == 36 && strings.Count(old, "-") == 4 {
		if id, err := uuid.NewV7(); err == nil {
			return id.String()
		}
	}
	b := make([]byte, (len(old)+1)/2)
	rand.Read(b)
	return hex.EncodeToString(b)[:len(old)]
}

func insert(w write, mark func(int) string) string {
	marks := make([]string, len(w.Columns))
	for i := range marks {
		marks[i] = mark(i + 1)
	}
	return "INSERT INTO " + w.Table + " (" + strings.Join(w.Columns, ", ") + ") VALUES (" + strings.Join(marks, ", ") + ")"
}

func open(ctx context.Context, engine, database string) (store, error) {
	if engine == "postgres" {
		cfg, err := pgxpool.ParseConfig(database)
		if err != nil {
			return nil, err
		}
		cfg.MaxConns = 24 // as many as the product's two pools together
		pool, err := pgxpool.NewWithConfig(ctx, cfg)
		if err != nil {
			return nil, err
		}
		return &postgres{pool: pool}, pool.Ping(ctx)
	}
	const common = "?_pragma=busy_timeout(10000)&_pragma=foreign_keys(1)&_time_format=sqlite&_timezone=UTC"
	w, err := sql.Open("sqlite", "file:"+database+common+"&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_txlock=immediate")
	if err != nil {
		return nil, err
	}
	w.SetMaxOpenConns(1)
	r, err := sql.Open("sqlite", "file:"+database+common+"&mode=ro&_pragma=query_only(1)")
	if err != nil {
		return nil, errors.Join(err, w.Close())
	}
	r.SetMaxOpenConns(4)
	r.SetMaxIdleConns(4)
	s := &sqlite{writer: w, reader: r}
	return s, s.statements(ctx)
}

const (
	linkSQL  = "SELECT id, purpose, introduction_id FROM private_link WHERE token_hash = "
	eventSQL = `INSERT INTO stripe_event (id, type, livemode, api_version, payload, state, created_at, received_at)
		VALUES (%s, %s, %s, %s, %s, 'received', %s, %s) ON CONFLICT (id) DO NOTHING`
	oneSQL = "INSERT INTO visit (id, kind, subject_id, robot, at) VALUES (%s, %s, %s, %s, %s)"
)

type postgres struct {
	pool   *pgxpool.Pool
	writes []write
	sql    []string
}

func dollar(n int) string { return fmt.Sprintf("$%d", n) }

func numbered(text string, n int) string {
	marks := make([]any, n)
	for i := range marks {
		marks[i] = dollar(i + 1)
	}
	return fmt.Sprintf(text, marks...)
}

func (s *postgres) close() { s.pool.Close() }

func (s *postgres) link(ctx context.Context, hash string) (bool, error) {
	var id, purpose string
	var introduction *string
	err := s.pool.QueryRow(ctx, linkSQL+"$1", hash).Scan(&id, &purpose, &introduction)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

func (s *postgres) prepare(_ context.Context, writes []write) error {
	s.writes = writes
	for _, w := range writes {
		s.sql = append(s.sql, insert(w, dollar))
	}
	return nil
}

// submit sends all inserts in one batch, which is one transaction and one round trip.
func (s *postgres) submit(ctx context.Context) error {
	var b pgx.Batch
	for i, values := range renewed(s.writes) {
		b.Queue(s.sql[i], values...)
	}
	return s.pool.SendBatch(ctx, &b).Close()
}

var onePostgres, eventPostgres = numbered(oneSQL, 5), numbered(eventSQL, 7)

func (s *postgres) one(ctx context.Context) error {
	_, err := s.pool.Exec(ctx, onePostgres, like("00000000-0000-0000-0000-000000000000"), "yardstick", "one", false, time.Now().UTC())
	return err
}

func (s *postgres) event(ctx context.Context, id, kind, version string, body []byte, created time.Time) error {
	_, err := s.pool.Exec(ctx, eventPostgres, id, kind, false, version, body, created, time.Now().UTC())
	return err
}

type sqlite struct {
	writer, reader             *sql.DB
	find, insertOne, keepEvent *sql.Stmt
	writes                     []write
	inserts                    []*sql.Stmt
}

func question(int) string { return "?" }

func questions(text string, n int) string {
	marks := make([]any, n)
	for i := range marks {
		marks[i] = "?"
	}
	return fmt.Sprintf(text, marks...)
}

func (s *sqlite) close() {
	if err := errors.Join(s.reader.Close(), s.writer.Close()); err != nil {
		fmt.Fprintln(os.Stderr, "yardstick:", err)
	}
}

func (s *sqlite) statements(ctx context.Context) (err error) {
	if err := s.writer.PingContext(ctx); err != nil {
		return err
	}
	if s.find, err = s.reader.PrepareContext(ctx, linkSQL+"?"); err != nil {
		return err
	}
	if s.insertOne, err = s.writer.PrepareContext(ctx, questions(oneSQL, 5)); err != nil {
		return err
	}
	s.keepEvent, err = s.writer.PrepareContext(ctx, questions(eventSQL, 7))
	return err
}

func (s *sqlite) link(ctx context.Context, hash string) (bool, error) {
	var id, purpose string
	var introduction sql.NullString
	err := s.find.QueryRowContext(ctx, hash).Scan(&id, &purpose, &introduction)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

func (s *sqlite) prepare(ctx context.Context, writes []write) error {
	s.writes = writes
	for _, w := range writes {
		stmt, err := s.writer.PrepareContext(ctx, insert(w, question)) //nolint:sqlclosecheck // kept for the life of the process
		if err != nil {
			return err
		}
		s.inserts = append(s.inserts, stmt)
	}
	return nil
}

func (s *sqlite) submit(ctx context.Context) (err error) {
	rows := renewed(s.writes)
	tx, err := s.writer.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, tx.Rollback())
		}
	}()
	for i, values := range rows {
		//nolint:sqlclosecheck // it ends with the transaction
		if _, err = tx.StmtContext(ctx, s.inserts[i]).ExecContext(ctx, values...); err != nil {
			return err
		}
	}
	return tx.Commit()
}

func (s *sqlite) one(ctx context.Context) error {
	_, err := s.insertOne.ExecContext(ctx, like("00000000-0000-0000-0000-000000000000"), "yardstick", "one", false, time.Now().UTC())
	return err
}

func (s *sqlite) event(ctx context.Context, id, kind, version string, body []byte, created time.Time) error {
	_, err := s.keepEvent.ExecContext(ctx, id, kind, false, version, body, created, time.Now().UTC())
	return err
}
