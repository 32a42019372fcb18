package audit

import (
	"context"
	"encoding/json"
	"time"

	"github.com/uptrace/bun"

	"goodword/internal/db"
)

// row is a line of table audit_entry. Before and After are JSON kept as text, byte for byte, since they are hashed.
type row struct {
	bun.BaseModel `bun:"table:audit_entry,alias:a"`

	ID        string    `bun:"id,pk"`
	At        time.Time `bun:"at"`
	ActorKind ActorKind `bun:"actor_kind"`
	ActorID   string    `bun:"actor_id"`
	ActorName string    `bun:"actor_name"`
	ActorRole string    `bun:"actor_role"`
	IP        string    `bun:"ip"`
	RequestID string    `bun:"request_id"`
	Action    string    `bun:"action"`
	Object    string    `bun:"object"`
	ObjectID  string    `bun:"object_id"`
	Reason    string    `bun:"reason"`
	Before    string    `bun:"before_json"`
	After     string    `bun:"after_json"`
	Seq       int64     `bun:"seq,nullzero"`
	PrevHash  string    `bun:"prev_hash,nullzero"`
	Hash      string    `bun:"hash,nullzero"`
}

func (r row) recorded() Recorded {
	return Recorded{
		ID: r.ID, At: r.At.UTC(),
		Actor:  Actor{Kind: r.ActorKind, ID: r.ActorID, Name: r.ActorName, Role: r.ActorRole, IP: r.IP, RequestID: r.RequestID},
		Action: r.Action, Object: r.Object, ObjectID: r.ObjectID, Reason: r.Reason,
		Before: json.RawMessage(r.Before), After: json.RawMessage(r.After), Seq: r.Seq, Hash: r.Hash,
	}
}

func insert(ctx context.Context, tx db.Tx, r row) error {
	_, err := tx.NewInsert().Model(&r).Exec(ctx)
	return err
}

// Filter narrows the list; every field that is set must match. The zero value asks for everything.
type Filter struct {
	ActorID  string
	Action   string
	Object   string
	ObjectID string
	// From and To bound At: from inclusive, to exclusive; zero for no bound.
	From, To time.Time
}

// List returns entries newest first, page by page. Returns Malformed for a foreign cursor.
func List(ctx context.Context, idb bun.IDB, f Filter, p db.Page) (db.List[Recorded], error) {
	keys, err := p.Keys(1)
	if err != nil {
		return db.List[Recorded]{}, err
	}
	var rows []row
	q := idb.NewSelect().Model(&rows).OrderExpr("id DESC").Limit(int64(p.Size() + 1))
	for _, c := range []struct{ column, value string }{
		{"actor_id", f.ActorID}, {"action", f.Action}, {"object", f.Object}, {"object_id", f.ObjectID},
	} {
		if c.value != "" {
			q.Where("? = ?", bun.Ident(c.column), c.value)
		}
	}
	if !f.From.IsZero() {
		q.Where("at >= ?", f.From.UTC())
	}
	if !f.To.IsZero() {
		q.Where("at < ?", f.To.UTC())
	}
	if keys != nil {
		q.Where("id < ?", keys[0])
	}
	if err := q.Scan(ctx); err != nil {
		return db.List[Recorded]{}, db.Classify(err)
	}
	list := db.Cut(rows, p, func(r row) []string { return []string{r.ID} })
	out := db.List[Recorded]{Next: list.Next, Items: make([]Recorded, len(list.Items))}
	for i, r := range list.Items {
		out.Items[i] = r.recorded()
	}
	return out, nil
}
