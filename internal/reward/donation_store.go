package reward

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"goodword/internal/db"
	"goodword/internal/ledger"
)

// isRemitted selects rewards whose donation is with the charity.
const isRemitted = `EXISTS (SELECT 1 FROM donation AS d JOIN remittance AS m ON m.id = d.remittance_id WHERE d.reward_id = rw.id AND m.state = 'paid')`

// donationOf returns what a payout has given; false where there is nothing.
func donationOf(ctx context.Context, idb bun.IDB, payoutID string) (donation, bool, error) {
	return oneDonation(ctx, idb.NewSelect().Where("dn.payout_id = ?", payoutID))
}

// donationByReward returns what a reward has given and was not taken back.
func donationByReward(ctx context.Context, idb bun.IDB, rewardID string) (donation, bool, error) {
	return oneDonation(ctx, idb.NewSelect().Where("dn.reward_id = ?", rewardID).Where("dn.taken_back_at IS NULL"))
}

func oneDonation(ctx context.Context, q *bun.SelectQuery) (donation, bool, error) {
	var d donation
	err := q.Model(&d).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return donation{}, false, nil
	}
	if err != nil {
		return donation{}, false, fmt.Errorf("read donation: %w", db.Classify(err))
	}
	return d, true, nil
}

func insertDonation(ctx context.Context, tx db.Tx, d *donation) error {
	if _, err := tx.NewInsert().Model(d).Exec(ctx); err != nil {
		return fmt.Errorf("insert donation of payout %s: %w", d.PayoutID, err)
	}
	return nil
}

// takeBackDonation reports false when there is nothing that could be taken back now.
func takeBackDonation(ctx context.Context, tx db.Tx, payoutID string, now time.Time) (bool, error) {
	n, err := db.Affected(tx.NewUpdate().Model((*donation)(nil)).Set("taken_back_at = ?", now).Where("payout_id = ?", payoutID).
		Where("taken_back_at IS NULL").Where("remittance_id IS NULL").Exec(ctx))
	if err != nil {
		return false, fmt.Errorf("take back the donation of payout %s: %w", payoutID, err)
	}
	return n == 1, nil
}

// lastCharity is the one that a customer chose last; "" where they never did.
func lastCharity(ctx context.Context, idb bun.IDB, customerID string) (string, error) {
	var id string
	err := idb.NewSelect().Model((*Reward)(nil)).Column("rw.charity_id").Where("rw.customer_id = ?", customerID).
		Where("rw.charity_id IS NOT NULL").Where("rw.rail_chosen_at IS NOT NULL").OrderExpr("rw.rail_chosen_at DESC, rw.id DESC").Limit(1).Scan(ctx, &id)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("read the last charity of customer %s: %w", customerID, db.Classify(err))
	}
	return id, nil
}

// dueRow is what is due to one charity in one currency.
type dueRow struct {
	CharityID    string    `bun:"charity_id"`
	Name         string    `bun:"name"`
	Registration string    `bun:"registration"`
	Currency     string    `bun:"currency"`
	AmountMinor  int64     `bun:"amount_minor"`
	Donations    int64     `bun:"donations"`
	DueAt        time.Time `bun:"due_at"`
	RemittanceID string    `bun:"remittance_id"`
}

func dueDonations(ctx context.Context, idb bun.IDB) ([]dueRow, error) {
	var rows []dueRow
	// Two indexes find what is open among all that was ever given. The oldest date is read from its row, because SQLite gives a
	// min() of times back as text.
	err := idb.NewRaw(`WITH unpaid AS (SELECT * FROM donation WHERE remittance_id IS NULL AND taken_back_at IS NULL
			UNION ALL SELECT d.* FROM remittance AS m JOIN donation AS d ON d.remittance_id = m.id WHERE m.state = 'open')
		SELECT g.charity_id, c.name, c.registration, g.currency, g.amount_minor, g.donations, o.due_at, coalesce(m.id, '') AS remittance_id
		FROM (SELECT u.charity_id, u.currency, CAST(sum(u.amount_minor) AS BIGINT) AS amount_minor, count(*) AS donations, min(u.due_at) AS oldest
			FROM unpaid AS u JOIN payout AS p ON p.id = u.payout_id WHERE p.state IN ('settled', 'reversing') GROUP BY u.charity_id, u.currency) AS g
		JOIN charity AS c ON c.id = g.charity_id
		LEFT JOIN remittance AS m ON m.charity_id = g.charity_id AND m.currency = g.currency AND m.state = 'open'
		JOIN donation AS o ON o.payout_id = (SELECT x.payout_id FROM unpaid AS x WHERE x.charity_id = g.charity_id AND x.currency = g.currency
			AND x.due_at = g.oldest ORDER BY x.payout_id LIMIT 1)
		ORDER BY lower(c.name), c.id, g.currency`).Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("sum up what is due to charities: %w", db.Classify(err))
	}
	return rows, nil
}

// charityValue is what the books and the donations say is due under one registration and currency, seen by one statement.
type charityValue struct {
	Registration string `bun:"registration"`
	Currency     string `bun:"currency"`
	Booked       int64  `bun:"booked"`
	Due          int64  `bun:"due"`
}

// charityValues compares the charities' accounts with the donations that are not remitted. One that is taken back while the
// books do not know yet is under way: its payout is reversing.
func charityValues(ctx context.Context, idb bun.IDB) ([]charityValue, error) {
	var rows []charityValue
	err := idb.NewRaw(`SELECT c.registration AS registration, c.currency AS currency,
		coalesce((SELECT balance_minor FROM ledger_account WHERE name = 'L:charity:' || c.registration AND currency = c.currency), 0) AS booked,
		coalesce((SELECT CAST(sum(d.amount_minor) AS BIGINT) FROM donation AS d JOIN payout AS p ON p.id = d.payout_id
			LEFT JOIN remittance AS m ON m.id = d.remittance_id WHERE d.registration = c.registration AND d.currency = c.currency
				AND p.state IN ('settled', 'reversing') AND coalesce(m.state, 'open') = 'open'), 0) AS due
		FROM (SELECT registration, currency FROM donation
			UNION SELECT substr(name, ?), currency FROM ledger_account WHERE name LIKE 'L:charity:%') AS c ORDER BY 1, 2`,
		len(ledger.Charity(""))+1).Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("compare donations with the books: %w", db.Classify(err))
	}
	return rows, nil
}
