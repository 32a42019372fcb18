package dbtest

import (
	"context"
	"database/sql"
	"testing"

	"goodword/internal/db"
)

// Untriggered changes rows as somebody would who can switch off triggers and foreign keys.
func Untriggered(t testing.TB, d *db.DB, statements ...string) {
	t.Helper()
	ctx := context.Background()
	conn, err := d.Writer().Conn(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
	}()
	run := func(statements ...string) {
		for _, s := range statements {
			if _, err := conn.ExecContext(ctx, s); err != nil {
				t.Fatalf("%s: %v", s, err)
			}
		}
	}
	if d.Engine() == db.Postgres {
		run("SET session_replication_role = replica")
		run(statements...)
		run("SET session_replication_role = origin")
		return
	}
	names, texts := triggers(t, conn)
	run("PRAGMA foreign_keys = OFF")
	for _, n := range names {
		run("DROP TRIGGER " + n)
	}
	run(statements...)
	run(texts...)
	run("PRAGMA foreign_keys = ON")
}

func triggers(t testing.TB, conn *sql.Conn) (names, texts []string) {
	t.Helper()
	rows, err := conn.QueryContext(context.Background(), "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := rows.Close(); err != nil {
			t.Error(err)
		}
	}()
	for rows.Next() {
		var name, text string
		if err := rows.Scan(&name, &text); err != nil {
			t.Fatal(err)
		}
		names, texts = append(names, name), append(texts, text)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return names, texts
}
