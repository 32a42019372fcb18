package setting

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"goodword/internal/db"
)

// Keys of table setting beside the fields of Settings.
const (
	versionKey = "version"
	offsetKey  = "clock_offset"
)

// row is a line of table setting: one changed field of Settings, or one of the keys above.
type row struct {
	bun.BaseModel `bun:"table:setting,alias:s"`

	Key       string          `bun:"key,pk"`
	Value     json.RawMessage `bun:"value,type:jsonb"`
	UpdatedAt time.Time       `bun:"updated_at"`
}

// lock makes concurrent updates wait for one another and counts the version up.
func lock(ctx context.Context, tx db.Tx, now time.Time) error {
	first := row{Key: versionKey, Value: json.RawMessage("0"), UpdatedAt: now.UTC()}
	if _, err := tx.NewInsert().Model(&first).On("CONFLICT (key) DO NOTHING").Exec(ctx); err != nil {
		return err
	}
	var r row
	err := tx.NewUpdate().Model(&r).Set("updated_at = ?", now.UTC()).Where("key = ?", versionKey).Returning("*").Scan(ctx)
	if err != nil {
		return err
	}
	var version int64
	if err := json.Unmarshal(r.Value, &version); err != nil {
		return fmt.Errorf("%w: %s: %w", errStored, versionKey, err)
	}
	next, err := json.Marshal(version + 1)
	if err != nil {
		return err
	}
	return save(ctx, tx, now, map[string]json.RawMessage{versionKey: next})
}

func (s *Service) load(ctx context.Context, idb bun.IDB) (Settings, error) {
	var rows []row
	if err := idb.NewSelect().Model(&rows).Where("key <> ?", offsetKey).OrderExpr("key").Scan(ctx); err != nil {
		return Settings{}, fmt.Errorf("load settings: %w", db.Classify(err))
	}
	fields, err := s.Defaults.fields()
	if err != nil {
		return Settings{}, fmt.Errorf("load settings: %w", err)
	}
	var version int64
	for _, r := range rows {
		if r.Key != versionKey {
			fields[r.Key] = r.Value
			continue
		}
		if err := json.Unmarshal(r.Value, &version); err != nil {
			return Settings{}, fmt.Errorf("%w: %s: %w", errStored, r.Key, err)
		}
	}
	b, err := json.Marshal(fields)
	if err != nil {
		return Settings{}, fmt.Errorf("load settings: %w", err)
	}
	out := Settings{Version: version}
	if err := json.Unmarshal(b, &out); err != nil {
		return Settings{}, fmt.Errorf("%w: %w", errStored, err)
	}
	return out, nil
}

func save(ctx context.Context, tx db.Tx, now time.Time, values map[string]json.RawMessage) error {
	if len(values) == 0 {
		return nil
	}
	var rows []row
	for _, key := range slices.Sorted(maps.Keys(values)) {
		rows = append(rows, row{Key: key, Value: values[key], UpdatedAt: now.UTC().Truncate(time.Microsecond)})
	}
	_, err := tx.NewInsert().Model(&rows).On("CONFLICT (key) DO UPDATE").
		Set("value = EXCLUDED.value").Set("updated_at = EXCLUDED.updated_at").Exec(ctx)
	return err
}

func loadOffset(ctx context.Context, idb bun.IDB) (time.Duration, error) {
	var rows []row
	if err := idb.NewSelect().Model(&rows).Where("key = ?", offsetKey).Scan(ctx); err != nil {
		return 0, fmt.Errorf("load clock offset: %w", db.Classify(err))
	}
	if len(rows) == 0 {
		return 0, nil
	}
	var text string
	if err := json.Unmarshal(rows[0].Value, &text); err != nil {
		return 0, fmt.Errorf("%w: %s: %w", errStored, offsetKey, err)
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		return 0, fmt.Errorf("%w: %s: %w", errStored, offsetKey, err)
	}
	return d, nil
}
