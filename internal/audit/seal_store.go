package audit

import (
	"context"
	"strings"

	"github.com/uptrace/bun"

	"goodword/internal/db"
)

// headRow is the one line of table audit_head.
type headRow struct {
	bun.BaseModel `bun:"table:audit_head,alias:h"`

	ID   int    `bun:"id,pk"`
	Seq  int64  `bun:"seq"`
	Hash string `bun:"hash"`
}

// CurrentHead returns the end of the sealed chain.
func CurrentHead(ctx context.Context, idb bun.IDB) (Head, error) {
	var r headRow
	err := idb.NewSelect().Model(&r).Where("id = 1").Scan(ctx)
	return Head{Seq: r.Seq, Hash: r.Hash}, db.Classify(err)
}

func lockHead(ctx context.Context, tx db.Tx) (Head, error) {
	var r headRow
	err := tx.NewUpdate().Model(&r).Set("seq = seq").Where("id = 1").Returning("*").Scan(ctx)
	return Head{Seq: r.Seq, Hash: r.Hash}, err
}

// unsealed returns entries without a place in the chain by id, from the one after afterID.
func unsealed(ctx context.Context, idb bun.IDB, afterID string, limit int) ([]row, error) {
	var rows []row
	err := idb.NewSelect().Model(&rows).Where("seq IS NULL").Where("id > ?", afterID).OrderExpr("id").Limit(int64(limit)).Scan(ctx)
	return rows, db.Classify(err)
}

// sealed returns sealed entries in the order of the chain, from after up to and including upTo.
func sealed(ctx context.Context, idb bun.IDB, after, upTo int64, limit int) ([]row, error) {
	var rows []row
	err := idb.NewSelect().Model(&rows).Where("seq > ?", after).Where("seq <= ?", upTo).OrderExpr("seq").Limit(int64(limit)).Scan(ctx)
	return rows, db.Classify(err)
}

// beyond returns the ids of entries that claim a place behind the end of the chain.
func beyond(ctx context.Context, idb bun.IDB, limit int) ([]string, error) {
	var ids []string
	err := idb.NewSelect().Model((*row)(nil)).Column("id").Where("seq > (SELECT seq FROM audit_head)").OrderExpr("id").Limit(int64(limit)).Scan(ctx, &ids)
	return ids, db.Classify(err)
}

func countUnsealed(ctx context.Context, idb bun.IDB) (int64, error) {
	n, err := idb.NewSelect().Model((*row)(nil)).Where("seq IS NULL").Count(ctx)
	return n, db.Classify(err)
}

// saveSeals writes in the order of the chain, which the trigger demands, and moves the head: one statement an entry, sent together.
func saveSeals(ctx context.Context, tx db.Tx, entries []row, head Head) error {
	args := make([]any, 0, 4*len(entries)+2)
	for _, e := range entries {
		args = append(args, e.Seq, e.PrevHash, e.Hash, e.ID)
	}
	const one = "UPDATE audit_entry SET seq = ?, prev_hash = ?, hash = ? WHERE id = ?;\n"
	const end = "UPDATE audit_head SET seq = ?, hash = ? WHERE id = 1"
	_, err := tx.ExecContext(ctx, strings.Repeat(one, len(entries))+end, append(args, head.Seq, head.Hash)...)
	return err
}
