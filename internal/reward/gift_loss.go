package reward

import (
	"context"
	"fmt"

	"goodword/internal/audit"
	"goodword/internal/db"
	"goodword/internal/ident"
	"goodword/internal/ledger"
	"goodword/internal/money"
	"goodword/internal/staff"
)

// Loss is how many codes were written off, and what they were worth by currency.
type Loss struct {
	Codes int64
	Worth []money.Amount
}

// WriteOffStock writes off the gift codes that ended before anybody got them: what was paid for them is lost. All that have
// ended by now are one journal; where there is none, nothing happens, so that a second call changes nothing. A code that
// comes back into stock later, or ends later, is written off by the next call. Returns Forbidden.
func (s *Service) WriteOffStock(ctx context.Context, actor audit.Actor) (Loss, error) {
	if err := may(actor, staff.StockCodes); err != nil {
		return Loss{}, err
	}
	var out Loss
	err := s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		out = Loss{}
		now := s.now()
		lost, err := writeOffEnded(ctx, tx, now)
		if err != nil || len(lost) == 0 {
			return err
		}
		for _, a := range lost {
			out.Codes, out.Worth = out.Codes+1, addTo(out.Worth, a)
		}
		var legs []ledger.Leg
		for _, a := range out.Worth {
			legs = append(legs, ledger.Debit(ledger.Breakage, a), ledger.Credit(ledger.GiftCards, a))
		}
		id := ident.New()
		_, err = ledger.Post(ctx, tx, ledger.Journal{Key: "stock_ended:" + id, Kind: "stock_ended", At: now, ActorKind: string(actor.Kind), ActorID: actor.ID, Legs: legs})
		if err != nil {
			return err
		}
		return audit.Record(ctx, tx, now, audit.Entry{Actor: actor, Action: "gift_codes.written_off", Object: "gift_stock", ObjectID: id,
			After: map[string]any{"codes": out.Codes, "worth": out.Worth}})
	})
	if err != nil {
		return Loss{}, fmt.Errorf("write off gift codes: %w", err)
	}
	return out, nil
}
