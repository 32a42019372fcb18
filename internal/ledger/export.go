package ledger

import (
	"context"
	"time"

	"github.com/uptrace/bun"
)

// exportPage bounds what an export has in memory at a time, in journals.
const exportPage = 500

// Period bounds journals by their time: From inclusive, To exclusive; zero for no bound.
type Period struct{ From, To time.Time }

// Export calls page with the journals of a period that were sealed when it began, with their legs, in the order of the chain,
// some hundred at a time. What is sealed never changes, so that the same period, once it is over, always comes out the
// same; every journal is sealed within seconds. It ends with page's error.
func Export(ctx context.Context, idb bun.IDB, p Period, page func([]Posted) error) error {
	end, err := CurrentHead(ctx, idb)
	if err != nil {
		return err
	}
	for after := int64(0); ; {
		rows, err := sealedIn(ctx, idb, span{after, end.Seq, p})
		if err != nil || len(rows) == 0 {
			return err
		}
		legs, err := legsOf(ctx, idb, rows)
		if err != nil {
			return err
		}
		out := make([]Posted, len(rows))
		for i, r := range rows {
			out[i] = r.posted(legs[r.ID])
		}
		if err := page(out); err != nil {
			return err
		}
		after = rows[len(rows)-1].Seq
	}
}
