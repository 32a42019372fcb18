package ledger

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strconv"

	"goodword/internal/db"
)

// sealBatch bounds one sealing transaction, which on SQLite keeps the one writer.
const sealBatch = 500

// Head is the end of the sealed chain. Kept somewhere else, it later proves that nothing before it was changed.
type Head struct {
	// Seq is the number of sealed journals.
	Seq int64
	// Hash is the last one's, "" if there is none.
	Hash string
}

// Seal gives every committed journal that has none its place in the chain: the next number and a hash over the journal,
// its legs and the hash before it. It returns how many. Journals are posted without, so that no two writers wait for
// each other; one job seals them every few seconds. Two sealing at once do no harm.
func Seal(ctx context.Context, d *db.DB) (int, error) {
	after := ""
	for total := 0; ; {
		last, n := "", 0
		err := d.InTx(ctx, func(ctx context.Context, tx db.Tx) (err error) {
			last, n, err = sealSome(ctx, tx, after)
			return err
		})
		if err != nil {
			return total, fmt.Errorf("seal the journal: %w", err)
		}
		if total += n; n < sealBatch {
			return total, nil
		}
		after = last
	}
}

// sealSome seals a batch and returns the last one's id: what appears before it meanwhile is the next Seal's, so that
// nothing already sealed is searched again.
func sealSome(ctx context.Context, tx db.Tx, after string) (last string, n int, err error) {
	head, err := lockHead(ctx, tx)
	if err != nil {
		return "", 0, err
	}
	journals, err := unsealed(ctx, tx, after, sealBatch)
	if err != nil || len(journals) == 0 {
		return "", 0, err
	}
	legs, err := legsOf(ctx, tx, journals)
	if err != nil {
		return "", 0, err
	}
	for i := range journals {
		j := &journals[i]
		j.Seq, j.PrevHash = head.Seq+1, head.Hash
		j.Hash = j.digest(legs[j.ID])
		head = Head{Seq: j.Seq, Hash: j.Hash}
	}
	return journals[len(journals)-1].ID, len(journals), saveSeals(ctx, tx, journals, head)
}

// digest returns the hash of a journal: SHA-256 in hex over its fields in the order below and over those of its legs in
// theirs, each as its UTF-8 text with the length in bytes in front, four bytes, the highest first. The time is in
// microseconds since 1970, numbers are decimal.
func (r journalRow) digest(legs []legRow) string {
	h := sha256.New()
	field := func(values ...string) {
		var size [4]byte
		for _, v := range values {
			binary.BigEndian.PutUint32(size[:], uint32(len(v)))
			h.Write(size[:])
			h.Write([]byte(v))
		}
	}
	field(r.PrevHash, strconv.FormatInt(r.Seq, 10), r.ID, r.Key, r.Kind, strconv.FormatInt(r.At.UnixMicro(), 10),
		r.RewardID, r.CampaignID, r.IntroductionID, r.ActorKind, r.ActorID, strconv.Itoa(r.Legs))
	for _, l := range legs {
		field(strconv.Itoa(l.Number), l.Account, l.Currency, string(l.Side), strconv.FormatInt(l.AmountMinor, 10))
	}
	return hex.EncodeToString(h.Sum(nil))
}
