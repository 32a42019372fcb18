package reward

import (
	"context"
	"fmt"

	"goodword/internal/ledger"
)

// donationQuestions are asked by Verify about what was given to charity.
var donationQuestions = []question{
	{WrongDonation, "donation", "it is not what its payout was to give",
		`SELECT d.payout_id FROM donation AS d JOIN payout AS p ON p.id = d.payout_id WHERE p.rail <> 'donation' OR p.amount_minor <> d.amount_minor
			OR p.currency <> d.currency OR p.destination <> d.registration OR p.state IN ('queued', 'refused', 'cancelled')
			OR NOT EXISTS (SELECT 1 FROM payout_reward AS pr WHERE pr.payout_id = p.id AND pr.reward_id = d.reward_id)`},
	{WrongDonation, "payout", "it has given nothing that is not taken back",
		`SELECT p.id FROM payout AS p WHERE p.rail = 'donation' AND p.state = 'settled' AND NOT EXISTS (SELECT 1 FROM donation AS d
			WHERE d.payout_id = p.id AND d.taken_back_at IS NULL AND p.rail_object = 'do_' || replace(d.payout_id, '-', ''))`},
	{WrongDonation, "donation", "its payout was reversed, but it is not taken back",
		`SELECT d.payout_id FROM donation AS d JOIN payout AS p ON p.id = d.payout_id WHERE p.state = 'reversed' AND d.taken_back_at IS NULL`},
	{WrongDonation, "remittance", "it is not the sum of its donations, or not to their charity",
		`SELECT m.id FROM remittance AS m WHERE m.state <> 'cancelled' AND (m.amount_minor <> (SELECT coalesce(sum(d.amount_minor), 0) FROM donation AS d
			WHERE d.remittance_id = m.id AND d.registration = m.registration AND d.currency = m.currency)
			OR m.donations <> (SELECT count(*) FROM donation AS d WHERE d.remittance_id = m.id))`},
	{WrongDonation, "remittance", "the books do not know that it was paid",
		`SELECT m.id FROM remittance AS m WHERE m.state = 'paid' AND NOT EXISTS (SELECT 1 FROM ledger_journal AS j JOIN ledger_leg AS l ON l.journal_id = j.id
			WHERE j.key = 'remit:' || m.id AND l.side = 'D' AND l.account = 'L:charity:' || m.registration AND l.currency = m.currency AND l.amount_minor = m.amount_minor)`},
	{WrongDonation, "ledger_journal", "it pays a remittance that is not paid",
		`SELECT j.id FROM ledger_journal AS j WHERE j.kind = 'remit' AND NOT EXISTS (SELECT 1 FROM remittance AS m WHERE m.state = 'paid' AND j.key = 'remit:' || m.id)`},
	{WrongDonation, "reward", "it says that its charity has the money, but none was remitted",
		`SELECT rw.id FROM reward AS rw WHERE rw.rail = 'donation' AND rw.state = 'redeemed' AND NOT ` + isRemitted},
}

// verifyDonations holds donations and remittances against payouts and books.
func (s *Service) verifyDonations(ctx context.Context, find func(Finding)) error {
	for _, q := range donationQuestions {
		names, err := q.ask(ctx, s.DB)
		if err != nil {
			return err
		}
		for _, name := range names {
			find(Finding{q.kind, q.table, name, q.detail})
		}
	}
	values, err := charityValues(ctx, s.DB)
	if err != nil {
		return err
	}
	for _, v := range values {
		if v.Booked != v.Due {
			find(Finding{WrongDonation, "ledger_account", ledger.Charity(v.Registration) + " " + v.Currency,
				fmt.Sprintf("it holds %d, but donations of %d are not remitted", v.Booked, v.Due)})
		}
	}
	return nil
}
