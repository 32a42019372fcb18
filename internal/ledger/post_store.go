package ledger

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"goodword/internal/db"
	"goodword/internal/money"
)

// journalRow is a line of table ledger_journal.
type journalRow struct {
	bun.BaseModel `bun:"table:ledger_journal,alias:j"`

	ID             string    `bun:"id,pk"`
	Key            string    `bun:"key"`
	Kind           string    `bun:"kind"`
	At             time.Time `bun:"at"`
	RewardID       string    `bun:"reward_id"`
	CampaignID     string    `bun:"campaign_id"`
	IntroductionID string    `bun:"introduction_id"`
	ActorKind      string    `bun:"actor_kind"`
	ActorID        string    `bun:"actor_id"`
	Legs           int       `bun:"legs"`
	Seq            int64     `bun:"seq,nullzero"`
	PrevHash       string    `bun:"prev_hash,nullzero"`
	Hash           string    `bun:"hash,nullzero"`
}

// legRow is a line of table ledger_leg; Number counts from 1 in each journal.
type legRow struct {
	bun.BaseModel `bun:"table:ledger_leg,alias:l"`

	JournalID   string `bun:"journal_id,pk"`
	Number      int    `bun:"number,pk"`
	Account     string `bun:"account"`
	Currency    string `bun:"currency"`
	Side        Side   `bun:"side"`
	AmountMinor int64  `bun:"amount_minor"`
}

// keyRow is a line of table ledger_key.
type keyRow struct {
	bun.BaseModel `bun:"table:ledger_key,alias:k"`

	Key string `bun:"key,pk"`
}

func (r journalRow) posted(legs []legRow) Posted {
	p := Posted{ID: r.ID, Seq: r.Seq, Hash: r.Hash, Journal: Journal{
		Key: r.Key, Kind: r.Kind, At: r.At.UTC(), RewardID: r.RewardID, CampaignID: r.CampaignID,
		IntroductionID: r.IntroductionID, ActorKind: r.ActorKind, ActorID: r.ActorID,
	}}
	for _, l := range legs {
		p.Legs = append(p.Legs, Leg{Account: l.Account, Side: l.Side, Amount: money.New(l.AmountMinor, l.Currency)})
	}
	return p
}

// legsOf returns the legs of the journals by their id, each in its order.
func legsOf(ctx context.Context, idb bun.IDB, journals []journalRow) (map[string][]legRow, error) {
	out := make(map[string][]legRow, len(journals))
	if len(journals) == 0 {
		return out, nil
	}
	ids := make([]string, len(journals))
	for i, j := range journals {
		ids[i] = j.ID
	}
	var legs []legRow
	err := idb.NewSelect().Model(&legs).Where("journal_id IN (?)", bun.List(ids)).OrderExpr("journal_id, number").Scan(ctx)
	if err != nil {
		return nil, db.Classify(err)
	}
	for _, l := range legs {
		out[l.JournalID] = append(out[l.JournalID], l)
	}
	return out, nil
}

// write puts accounts, legs and journal into the database, in this order: the journal's trigger checks the legs and
// closes the journal.
func write(ctx context.Context, tx db.Tx, accounts []Account, legs []legRow, j journalRow) error {
	if _, err := tx.NewInsert().Model(&accounts).On("CONFLICT (name, currency) DO NOTHING").Exec(ctx); err != nil {
		return err
	}
	if _, err := tx.NewInsert().Model(&legs).Exec(ctx); err != nil {
		return err
	}
	_, err := tx.NewInsert().Model(&j).Exec(ctx)
	return err
}
