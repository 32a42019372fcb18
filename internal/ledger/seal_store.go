package ledger

import (
	"context"
	"strings"

	"github.com/uptrace/bun"

	"goodword/internal/db"
)

// headRow is the one line of table ledger_head.
type headRow struct {
	bun.BaseModel `bun:"table:ledger_head,alias:h"`

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

// unsealed returns journals without a place in the chain by id, from the one after afterID.
func unsealed(ctx context.Context, idb bun.IDB, afterID string, limit int) ([]journalRow, error) {
	var rows []journalRow
	err := idb.NewSelect().Model(&rows).Where("seq IS NULL").Where("id > ?", afterID).OrderExpr("id").Limit(int64(limit)).Scan(ctx)
	return rows, db.Classify(err)
}

// saveSeals writes in the order of the chain, which the trigger demands, and moves the head: one statement a journal, sent together.
func saveSeals(ctx context.Context, tx db.Tx, journals []journalRow, head Head) error {
	args := make([]any, 0, 4*len(journals)+2)
	for _, j := range journals {
		args = append(args, j.Seq, j.PrevHash, j.Hash, j.ID)
	}
	const one = "UPDATE ledger_journal SET seq = ?, prev_hash = ?, hash = ? WHERE id = ?;\n"
	const end = "UPDATE ledger_head SET seq = ?, hash = ? WHERE id = 1"
	_, err := tx.ExecContext(ctx, strings.Repeat(one, len(journals))+end, append(args, head.Seq, head.Hash)...)
	return err
}
