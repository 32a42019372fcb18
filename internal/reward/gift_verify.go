package reward

import (
	"context"
	"fmt"

	"goodword/internal/ledger"
)

// stockQuestions are asked by Verify about gift codes.
var stockQuestions = []question{
	{WrongStock, "gift_code", "it is bound to nobody who is or was to be paid by it",
		`SELECT gc.id FROM gift_code AS gc LEFT JOIN payout AS p ON p.id = gc.payout_id WHERE gc.payout_id IS NOT NULL AND (p.rail <> 'gift_code'
			OR p.state IN ('cancelled', 'reversed') OR p.amount_minor <> gc.amount_minor OR p.currency <> gc.currency
			OR NOT EXISTS (SELECT 1 FROM payout_reward AS pr WHERE pr.payout_id = p.id AND pr.reward_id = gc.reward_id))`},
	{WrongStock, "gift_code", "it was shown, but its reward does not know",
		`SELECT gc.id FROM gift_code AS gc JOIN reward AS r ON r.id = gc.reward_id WHERE gc.shown_at IS NOT NULL
			AND r.state NOT IN ('redeemed', 'clawback', 'recovered', 'written_off')`},
	{WrongStock, "gift_code", "it was written off before its end",
		`SELECT gc.id FROM gift_code AS gc WHERE gc.written_off_at IS NOT NULL AND (gc.expires_at IS NULL OR gc.expires_at > gc.written_off_at)`},
	{WrongStock, "payout", "it gave no gift code, or another than it says",
		`SELECT p.id FROM payout AS p WHERE p.rail = 'gift_code' AND p.state = 'settled' AND NOT EXISTS (SELECT 1 FROM gift_code AS gc
			WHERE gc.payout_id = p.id AND p.rail_object = 'gc_' || replace(gc.id, '-', '') || '_' || gc.bindings)`},
}

// verifyStock holds the stock of gift codes against payouts and books.
func (s *Service) verifyStock(ctx context.Context, find func(Finding)) error {
	for _, q := range stockQuestions {
		names, err := q.ask(ctx, s.DB)
		if err != nil {
			return err
		}
		for _, name := range names {
			find(Finding{q.kind, q.table, name, q.detail})
		}
	}
	values, err := giftValues(ctx, s.DB)
	if err != nil {
		return err
	}
	for _, v := range values {
		if v.Booked != v.Stock {
			find(Finding{WrongStock, "ledger_account", ledger.GiftCards + " " + v.Currency,
				fmt.Sprintf("it holds %d, but the codes that are not given away are worth %d", v.Booked, v.Stock)})
		}
	}
	return nil
}
