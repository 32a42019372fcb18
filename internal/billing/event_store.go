package billing

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/uptrace/bun"

	"goodword/internal/db"
	"goodword/internal/fault"
)

// Event is a row of table stripe_event: one event as Stripe sent it.
type Event struct {
	bun.BaseModel `bun:"table:stripe_event,alias:se"`

	// ID is Stripe's id of the event, or one made of its content when that could not be read.
	ID       string `bun:"id,pk"`
	Type     string `bun:"type"`
	ObjectID string `bun:"object_id"`
	// Account is the connected account that it is about; empty for our own.
	Account    string `bun:"account"`
	Livemode   bool   `bun:"livemode"`
	APIVersion string `bun:"api_version"`
	// Payload is the body as it was signed; empty once it was forgotten.
	Payload []byte `bun:"payload"`
	// State is "received", "processed", "quarantined" or "parked"; Reason says why it was not worked.
	State  string `bun:"state"`
	Reason string `bun:"reason"`
	Tries  int    `bun:"tries"`
	// CreatedAt is Stripe's time, ReceivedAt ours.
	CreatedAt   time.Time `bun:"created_at"`
	ReceivedAt  time.Time `bun:"received_at"`
	ProcessedAt time.Time `bun:"processed_at,nullzero"`
}

// The insert behind the webhook is raw and prepared: bun would write every payload into the SQL as text.
const (
	eventsPostgres = `INSERT INTO stripe_event (id, type, object_id, account, livemode, api_version, payload, state, reason, tries, created_at, received_at, processed_at)
		SELECT id, type, object_id, account, livemode, api_version, payload, state, reason, 0, created_at, received_at, processed_at
		FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::boolean[], $6::text[], $7::bytea[], $8::text[], $9::text[],
			$10::timestamptz[], $11::timestamptz[], $12::timestamptz[])
			AS u (id, type, object_id, account, livemode, api_version, payload, state, reason, created_at, received_at, processed_at)
		ON CONFLICT (id) DO NOTHING RETURNING id`
	eventSQLite = `INSERT INTO stripe_event (id, type, object_id, account, livemode, api_version, payload, state, reason, tries, created_at, received_at, processed_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?) ON CONFLICT (id) DO NOTHING`
)

// insertEvents keeps those events that are new and returns their ids.
func insertEvents(ctx context.Context, tx db.Tx, events []Event) (map[string]bool, error) {
	insert := insertSQLite
	if tx.PGX() != nil {
		insert = insertPostgres
	}
	fresh, err := insert(ctx, tx, events)
	if err != nil {
		return nil, fmt.Errorf("keep events: %w", err)
	}
	return fresh, nil
}

func insertSQLite(ctx context.Context, tx db.Tx, events []Event) (fresh map[string]bool, err error) {
	stmt, err := tx.PrepareContext(ctx, eventSQLite)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, stmt.Close()) }()
	fresh = map[string]bool{}
	for _, e := range events {
		var done any
		if !e.ProcessedAt.IsZero() {
			done = e.ProcessedAt
		}
		n, err := db.Affected(stmt.ExecContext(ctx, e.ID, e.Type, e.ObjectID, e.Account, e.Livemode, e.APIVersion, e.Payload, e.State, e.Reason,
			e.CreatedAt, e.ReceivedAt, done))
		if err != nil {
			return nil, err
		}
		if n == 1 {
			fresh[e.ID] = true
		}
	}
	return fresh, nil
}

func insertPostgres(ctx context.Context, tx db.Tx, events []Event) (map[string]bool, error) {
	n := len(events)
	ids, types, objects, accounts := make([]string, n), make([]string, n), make([]string, n), make([]string, n)
	live, versions, payloads := make([]bool, n), make([]string, n), make([][]byte, n)
	states, reasons, created, at, done := make([]string, n), make([]string, n), make([]time.Time, n), make([]time.Time, n), make([]*time.Time, n)
	for i, e := range events {
		ids[i], types[i], objects[i], accounts[i] = e.ID, e.Type, e.ObjectID, e.Account
		live[i], versions[i], payloads[i], states[i], reasons[i] = e.Livemode, e.APIVersion, e.Payload, e.State, e.Reason
		created[i], at[i] = e.CreatedAt, e.ReceivedAt
		if !e.ProcessedAt.IsZero() {
			done[i] = &events[i].ProcessedAt
		}
	}
	rows, err := tx.PGX().Query(ctx, eventsPostgres, pgx.QueryExecModeCacheStatement, ids, types, objects, accounts, live, versions, payloads,
		states, reasons, created, at, done)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	fresh := map[string]bool{}
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		fresh[id] = true
	}
	return fresh, rows.Err()
}

func eventByID(ctx context.Context, idb bun.IDB, id string) (Event, error) {
	var ev Event
	err := idb.NewSelect().Model(&ev).Where("se.id = ?", id).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return Event{}, &fault.Error{Code: fault.NotFound, Key: "error.not_found", Message: "There is no such event."}
	}
	if err != nil {
		return Event{}, fmt.Errorf("read event %s: %w", id, db.Classify(err))
	}
	return ev, nil
}

// newestReceipt returns when the last event was received. Returns NotFound when there was none.
func newestReceipt(ctx context.Context, idb bun.IDB) (time.Time, error) {
	return oneTime(ctx, idb.NewSelect().Model((*Event)(nil)).Column("se.received_at").Where("se.state <> ?", quarantined).
		OrderExpr("se.received_at DESC, se.id DESC").Limit(1), "the newest event")
}

// eventList names the list of events in table stripe_list.
const eventList = "events"

// listRead returns up to when Stripe's list of events was read. Returns NotFound before the first time.
func listRead(ctx context.Context, idb bun.IDB) (time.Time, error) {
	return oneTime(ctx, idb.NewSelect().Table("stripe_list").Column("read_to").Where("name = ?", eventList), "what was read of Stripe's list")
}

// oneTime reads one time. Returns NotFound when there is none.
func oneTime(ctx context.Context, q *bun.SelectQuery, what string) (time.Time, error) {
	var at time.Time
	err := q.Scan(ctx, &at)
	if errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, fault.New(fault.NotFound, "There is none yet.")
	}
	if err != nil {
		return time.Time{}, fmt.Errorf("read %s: %w", what, db.Classify(err))
	}
	return at, nil
}

// saveListRead notes that the list was read up to a time, unless it was read further already.
func saveListRead(ctx context.Context, idb bun.IDB, at time.Time) error {
	_, err := idb.NewRaw(`INSERT INTO stripe_list (name, read_to) VALUES (?, ?)
		ON CONFLICT (name) DO UPDATE SET read_to = excluded.read_to WHERE stripe_list.read_to < excluded.read_to`, eventList, at).Exec(ctx)
	if err != nil {
		return fmt.Errorf("note what was read of Stripe's list: %w", db.Classify(err))
	}
	return nil
}

// waitingEvents counts the events that were kept and not worked, and finds when the oldest of them came.
func waitingEvents(ctx context.Context, idb bun.IDB) (n int64, oldest time.Time, err error) {
	n, err = idb.NewSelect().Model((*Event)(nil)).Where("se.state = ?", received).Count(ctx)
	if err != nil || n == 0 {
		return n, oldest, db.Classify(err)
	}
	var rows []Event
	err = idb.NewSelect().Model(&rows).Column("se.id", "se.received_at").Where("se.state = ?", received).
		OrderExpr("se.received_at, se.id").Limit(1).Scan(ctx)
	if err != nil {
		return 0, oldest, fmt.Errorf("read the oldest event: %w", db.Classify(err))
	}
	if len(rows) > 0 {
		oldest = rows[0].ReceivedAt
	}
	return n, oldest, nil
}

func countParked(ctx context.Context, idb bun.IDB) (int64, error) {
	n, err := idb.NewSelect().Model((*Event)(nil)).Where("se.state = ?", parked).Count(ctx)
	if err != nil {
		return 0, fmt.Errorf("count parked events: %w", db.Classify(err))
	}
	return n, nil
}

// conclude ends the work on an event, unless that was done already.
func conclude(ctx context.Context, idb bun.IDB, id, state, reason string, at time.Time) error {
	_, err := idb.NewUpdate().Model((*Event)(nil)).Set("state = ?", state).Set("reason = ?", reason).Set("processed_at = ?", at).
		Where("id = ?", id).Where("state = ?", received).Exec(ctx)
	if err != nil {
		return fmt.Errorf("conclude event %s: %w", id, db.Classify(err))
	}
	return nil
}

// countTry writes down one more failure and returns how many there were; zero if the event is not to be worked any more.
func countTry(ctx context.Context, tx db.Tx, id, reason string) (int, error) {
	var tries []int
	err := tx.NewUpdate().Model((*Event)(nil)).Set("tries = tries + 1").Set("reason = ?", reason).Where("id = ?", id).
		Where("state = ?", received).Returning("tries").Scan(ctx, &tries)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, fmt.Errorf("count try of event %s: %w", id, err)
	}
	if len(tries) == 0 {
		return 0, nil
	}
	return tries[0], nil
}

// unpark lets an event be worked again. It reports false when it was not parked.
func unpark(ctx context.Context, tx db.Tx, id string) (bool, error) {
	n, err := db.Affected(tx.NewUpdate().Model((*Event)(nil)).Set("state = ?", received).Set("reason = ''").Set("tries = 0").
		Set("processed_at = NULL").Where("id = ?", id).Where("state = ?", parked).Exec(ctx))
	if err != nil {
		return false, fmt.Errorf("unpark event %s: %w", id, err)
	}
	return n == 1, nil
}

// forget empties the payload of events that ended before; their ids stay, so that they are still known.
func forget(ctx context.Context, idb bun.IDB, before time.Time) (int64, error) {
	n, err := db.Affected(idb.NewUpdate().Model((*Event)(nil)).Set("payload = ?", []byte{}).
		Where("state IN (?)", bun.List([]string{processed, quarantined})).Where("received_at < ?", before).Where("length(payload) > 0").Exec(ctx))
	if err != nil {
		return 0, fmt.Errorf("forget events: %w", db.Classify(err))
	}
	return n, nil
}

func countEvents(ctx context.Context, idb bun.IDB) (map[string]int64, error) {
	var rows []struct {
		State string
		N     int64
	}
	err := idb.NewSelect().Model((*Event)(nil)).ColumnExpr("se.state AS state, count(*) AS n").GroupExpr("se.state").
		OrderExpr("se.state").Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("count events: %w", db.Classify(err))
	}
	counts := map[string]int64{}
	for _, r := range rows {
		counts[r.State] = r.N
	}
	return counts, nil
}

// decision is a row of table stripe_payment: what was decided about one payment, once.
type decision struct {
	bun.BaseModel `bun:"table:stripe_payment,alias:sp"`

	// ID is Stripe's id of the invoice, or of the checkout session where there is no invoice.
	ID string `bun:"id,pk"`
	// IntroductionID is the introduction that it closed or belongs to; empty if the payer was not introduced.
	IntroductionID string `bun:"introduction_id"`
	// CustomerID is the customer of ours who paid, Fact what it was: "order.placed", "renewed", or empty.
	CustomerID string    `bun:"customer_id"`
	Fact       string    `bun:"fact"`
	PaidAt     time.Time `bun:"paid_at"`
}

// insertDecision reports false when the payment was decided on before.
func insertDecision(ctx context.Context, tx db.Tx, d decision) (bool, error) {
	n, err := db.Affected(tx.NewInsert().Model(&d).On("CONFLICT (id) DO NOTHING").Exec(ctx))
	if err != nil {
		return false, fmt.Errorf("decide payment %s: %w", d.ID, err)
	}
	return n == 1, nil
}

// decided returns those of the payments that were decided on.
func decided(ctx context.Context, idb bun.IDB, ids []string) (map[string]bool, error) {
	out := map[string]bool{}
	if len(ids) == 0 {
		return out, nil
	}
	var found []string
	err := idb.NewSelect().Model((*decision)(nil)).Column("sp.id").Where("sp.id IN (?)", bun.List(ids)).OrderExpr("sp.id").Scan(ctx, &found)
	if err != nil {
		return nil, fmt.Errorf("read payments: %w", db.Classify(err))
	}
	for _, id := range found {
		out[id] = true
	}
	return out, nil
}
