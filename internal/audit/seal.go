package audit

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
	// Seq is the number of sealed entries.
	Seq int64
	// Hash is the last one's, "" if there is none.
	Hash string
}

// Seal gives every committed entry that has none its place in the chain: the next number and a hash over the entry and
// the hash before it. It returns how many. Entries are recorded without, so that no two writers wait for each other; one
// job seals them every few seconds. Two sealing at once do no harm.
func Seal(ctx context.Context, d *db.DB) (int, error) {
	after := ""
	for total := 0; ; {
		last, n := "", 0
		err := d.InTx(ctx, func(ctx context.Context, tx db.Tx) (err error) {
			last, n, err = sealSome(ctx, tx, after)
			return err
		})
		if err != nil {
			return total, fmt.Errorf("seal the audit: %w", err)
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
	entries, err := unsealed(ctx, tx, after, sealBatch)
	if err != nil || len(entries) == 0 {
		return "", 0, err
	}
	for i := range entries {
		e := &entries[i]
		e.Seq, e.PrevHash = head.Seq+1, head.Hash
		e.Hash = e.digest()
		head = Head{Seq: e.Seq, Hash: e.Hash}
	}
	return entries[len(entries)-1].ID, len(entries), saveSeals(ctx, tx, entries, head)
}

// digest returns the hash of an entry: SHA-256 in hex over its fields in the order below, each as its UTF-8 text with
// the length in bytes in front, four bytes, the highest first. The time is in microseconds since 1970, numbers are
// decimal.
func (r row) digest() string {
	h := sha256.New()
	var size [4]byte
	for _, v := range []string{
		r.PrevHash, strconv.FormatInt(r.Seq, 10), r.ID, strconv.FormatInt(r.At.UnixMicro(), 10),
		string(r.ActorKind), r.ActorID, r.ActorName, r.ActorRole, r.IP, r.RequestID,
		r.Action, r.Object, r.ObjectID, r.Reason, r.Before, r.After,
	} {
		binary.BigEndian.PutUint32(size[:], uint32(len(v)))
		h.Write(size[:])
		h.Write([]byte(v))
	}
	return hex.EncodeToString(h.Sum(nil))
}
