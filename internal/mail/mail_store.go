package mail

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"goodword/internal/db"
	"goodword/internal/fault"
)

// Outcome is what became of a message.
type Outcome string

// The outcomes.
const (
	Released   Outcome = "released"   // being sent, or to be tried again
	Sent       Outcome = "sent"       // taken by the mail server
	Suppressed Outcome = "suppressed" // its reader does not want it
	Refused    Outcome = "bounced"    // refused for good
)

// sending is a row of mail_message: one for each message ever, without the address.
type sending struct {
	bun.BaseModel `bun:"table:mail_message,alias:m"`

	Key       string  `bun:",pk"`
	Template  string  `bun:"template"`
	Stream    Stream  `bun:"stream"`
	Scope     string  `bun:"scope"`
	ToBlind   string  `bun:"to_blind"`
	MessageID string  `bun:"message_id"`
	State     Outcome `bun:"state"`
	Tries     int     `bun:"tries"`
	// Answer is the server's code after a try that failed. While State is Released, an empty one means that a try is
	// under way.
	Answer     string    `bun:"answer"`
	ReleasedAt time.Time `bun:"released_at"`
	SentAt     time.Time `bun:"sent_at,nullzero"`
}

// Written is a message as its row remembers it: that it was, and what became of it, without reader and words.
type Written struct {
	Key   string
	State Outcome
	// At is when it was sent, or released where it was not.
	At time.Time
}

// ByKeys returns the messages with these keys that were ever tried, oldest first.
func ByKeys(ctx context.Context, idb bun.IDB, keys []string) ([]Written, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	var rows []sending
	err := idb.NewSelect().Model(&rows).Where("m.key IN (?)", bun.List(keys)).OrderExpr("m.released_at, m.key").Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("read mails: %w", db.Classify(err))
	}
	out := make([]Written, len(rows))
	for i, r := range rows {
		out[i] = Written{Key: r.Key, State: r.State, At: r.ReleasedAt}
		if !r.SentAt.IsZero() {
			out[i].At = r.SentAt
		}
	}
	return out, nil
}

// entry is a row of suppression.
type entry struct {
	bun.BaseModel `bun:"table:suppression,alias:s"`

	Blind     string    `bun:",pk"`
	Scope     string    `bun:",pk"`
	Reason    Reason    `bun:",pk"`
	CreatedAt time.Time `bun:"created_at"`
}

// claim makes the rows ours: new ones are inserted, and those whose last try ended or was lost before staleBefore are
// taken over. It returns what is ours, with the message id of the first try, and the outcome of everything else.
func claim(ctx context.Context, tx db.Tx, rows []sending, staleBefore time.Time) (ours map[string]sending, others map[string]Outcome, err error) {
	ours, others = map[string]sending{}, map[string]Outcome{}
	var fresh []string
	err = tx.NewInsert().Model(&rows).On("CONFLICT (key) DO NOTHING").Returning("key").Scan(ctx, &fresh)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, nil, fmt.Errorf("insert mails: %w", err)
	}
	isFresh := map[string]bool{}
	for _, k := range fresh {
		isFresh[k] = true
	}
	var rest []string
	for _, r := range rows {
		if isFresh[r.Key] {
			ours[r.Key] = r
		} else {
			rest = append(rest, r.Key)
		}
	}
	if len(rest) == 0 {
		return ours, others, nil
	}
	var taken []sending
	err = tx.NewUpdate().Model((*sending)(nil)).
		Set("tries = tries + 1").Set("answer = ''").Set("released_at = ?", rows[0].ReleasedAt).
		Where("key IN (?)", bun.List(rest)).Where("state = ?", Released).
		Where("(answer <> '' OR released_at < ?)", staleBefore).
		Returning("*").Scan(ctx, &taken)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, nil, fmt.Errorf("take mails over: %w", err)
	}
	for _, r := range taken {
		ours[r.Key] = r
	}
	var known []sending
	if err := tx.NewSelect().Model(&known).Column("key", "state").Where("key IN (?)", bun.List(rest)).Order("key").Scan(ctx); err != nil {
		return nil, nil, fmt.Errorf("read mails: %w", err)
	}
	for _, r := range known {
		if _, mine := ours[r.Key]; !mine {
			others[r.Key] = r.State
		}
	}
	return ours, others, nil
}

// conclude records what became of mails that were ours. Rows that somebody has concluded already are left alone.
func conclude(ctx context.Context, tx db.Tx, keys []string, state Outcome, at time.Time) error {
	if len(keys) == 0 {
		return nil
	}
	q := tx.NewUpdate().Model((*sending)(nil)).Set("state = ?", state).Set("answer = ''").Where("key IN (?)", bun.List(keys)).Where("state = ?", Released)
	if state == Sent {
		q = q.Set("sent_at = ?", at)
	}
	if _, err := q.Exec(ctx); err != nil {
		return fmt.Errorf("record %d mails as %s: %w", len(keys), state, err)
	}
	return nil
}

// failed records a try that failed: Released to be tried again, or Refused for good.
func failed(ctx context.Context, tx db.Tx, key string, state Outcome, answer string) error {
	_, err := tx.NewUpdate().Model((*sending)(nil)).Set("state = ?", state).Set("answer = ?", answer).
		Where("key = ?", key).Where("state = ?", Released).Exec(ctx)
	if err != nil {
		return fmt.Errorf("record failed mail %s: %w", key, err)
	}
	return nil
}

func outcome(ctx context.Context, idb bun.IDB, key string) (Outcome, error) {
	var s Outcome
	err := idb.NewSelect().Model((*sending)(nil)).Column("state").Where("key = ?", key).Scan(ctx, &s)
	if errors.Is(err, sql.ErrNoRows) {
		return "", fault.New(fault.NotFound, "No such mail was sent.")
	}
	if err != nil {
		return "", fmt.Errorf("read mail %s: %w", key, err)
	}
	return s, nil
}

func suppress(ctx context.Context, tx db.Tx, e entry) error {
	if _, err := tx.NewInsert().Model(&e).On("CONFLICT DO NOTHING").Exec(ctx); err != nil {
		return fmt.Errorf("write the stop list: %w", err)
	}
	return nil
}

// entries returns the stop list's entries for each of the hashes.
func entries(ctx context.Context, idb bun.IDB, blinds []string) (map[string][]entry, error) {
	out := map[string][]entry{}
	if len(blinds) == 0 {
		return out, nil
	}
	var rows []entry
	err := idb.NewSelect().Model(&rows).Column("blind", "scope", "reason").Where("blind IN (?)", bun.List(blinds)).Order("blind", "scope", "reason").Scan(ctx)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		out[r.Blind] = append(out[r.Blind], r)
	}
	return out, nil
}
