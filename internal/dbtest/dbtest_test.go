package dbtest_test

import (
	"context"
	"testing"

	"goodword/internal/db"
	"goodword/internal/dbtest"
)

func TestEach_GivesMigratedDatabasesOfTheirOwn(t *testing.T) {
	t.Parallel()
	for range 2 {
		dbtest.Each(t, func(t *testing.T, d *db.DB) {
			ctx := context.Background()
			n, err := d.NewSelect().TableExpr("setting").Count(ctx)
			if err != nil || n != 0 {
				t.Fatalf("setting has %d rows, %v; want an empty table", n, err)
			}
			if _, err := d.NewInsert().Model(&map[string]any{"key": "a", "value": "{}", "updated_at": "2026-01-01 00:00:00+00:00"}).TableExpr("setting").Exec(ctx); err != nil {
				t.Fatal(err)
			}
		})
	}
}
