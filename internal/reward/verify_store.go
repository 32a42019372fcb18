package reward

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"goodword/internal/db"
	"goodword/internal/ledger"
)

// kindSum is the credit balance of all accounts of one kind.
type kindSum struct {
	Currency string `bun:"currency"`
	Kind     string `bun:"kind"`
	Minor    int64  `bun:"minor"`
}

// balancesAt sums the legs posted up to a moment by the kind of account; besides, what had been paid and taken back by then.
func balancesAt(ctx context.Context, idb bun.IDB, at time.Time) ([]kindSum, error) {
	var out []kindSum
	err := idb.NewRaw(`SELECT currency, kind, CAST(sum(minor) AS BIGINT) AS minor FROM (
			SELECT l.currency AS currency, CASE l.side WHEN 'C' THEN l.amount_minor ELSE -l.amount_minor END AS minor,
				CASE WHEN l.account LIKE 'L:pending:%' THEN 'pending' WHEN l.account LIKE 'L:held:%' THEN 'held'
					WHEN l.account LIKE 'L:payable:%' THEN 'payable' WHEN l.account LIKE 'X:clearing:%' THEN 'clearing'
					WHEN l.account LIKE 'L:outstanding:%' THEN 'outstanding' WHEN l.account LIKE 'L:charity:%' THEN 'charity' WHEN l.account = 'L:unclaimed' THEN 'unclaimed'
					WHEN l.account LIKE 'A:clawback:%' THEN 'receivable' ELSE '' END AS kind
			FROM ledger_leg AS l JOIN ledger_journal AS j ON j.id = l.journal_id WHERE j.at <= ?
			UNION ALL SELECT l.currency, CASE j.kind WHEN 'settle' THEN l.amount_minor ELSE -l.amount_minor END, 'paid'
			FROM ledger_leg AS l JOIN ledger_journal AS j ON j.id = l.journal_id WHERE j.at <= ?
				AND (j.kind = 'settle' AND l.side = 'D' AND l.account LIKE 'X:clearing:%' OR j.kind = 'void_unused' AND l.side = 'C' AND l.account LIKE 'E:rewards:%')
			UNION ALL SELECT l.currency, CASE l.side WHEN 'C' THEN l.amount_minor ELSE -l.amount_minor END, 'reversed'
			FROM ledger_leg AS l JOIN ledger_journal AS j ON j.id = l.journal_id WHERE j.at <= ?
				AND (l.side = 'C' AND l.account LIKE 'E:rewards:%' OR l.account LIKE 'E:recoveries:%')
		) AS legs WHERE kind <> '' GROUP BY currency, kind ORDER BY currency, kind`, at, at, at).Scan(ctx, &out)
	if err != nil {
		return nil, fmt.Errorf("sum up what is owed: %w", db.Classify(err))
	}
	return out, nil
}

// rewardsAfter walks all rewards by id.
func rewardsAfter(ctx context.Context, idb bun.IDB, id string, limit int) ([]Reward, error) {
	var rows []Reward
	if err := idb.NewSelect().Model(&rows).Where("rw.id > ?", id).OrderExpr("rw.id").Limit(int64(limit)).Scan(ctx); err != nil {
		return nil, fmt.Errorf("walk the rewards: %w", db.Classify(err))
	}
	return rows, nil
}

// balancesOf returns the balances of the accounts that are there, by name and currency.
func balancesOf(ctx context.Context, idb bun.IDB, names []string) (map[[2]string]int64, error) {
	out := make(map[[2]string]int64, len(names))
	if len(names) == 0 {
		return out, nil
	}
	var rows []ledger.Account
	if err := idb.NewSelect().Model(&rows).Where("name IN (?)", bun.List(names)).Scan(ctx); err != nil {
		return nil, fmt.Errorf("read balances: %w", db.Classify(err))
	}
	for _, a := range rows {
		out[[2]string{a.Name, a.Currency}] = a.BalanceMinor
	}
	return out, nil
}

// moment is a reward and the balances of its accounts, seen by one statement.
type moment struct {
	Name    string `bun:"name"`
	Balance int64  `bun:"balance"`
}

// rewardNow reads a reward together with its accounts in one statement, so that nothing can move between the two.
func rewardNow(ctx context.Context, idb bun.IDB, id string, names []string) (Reward, []moment, error) {
	var rows []struct {
		Reward
		moment
	}
	err := idb.NewSelect().TableExpr("reward AS rw").ColumnExpr("rw.*").ColumnExpr("coalesce(a.name, '') AS name, coalesce(a.balance_minor, 0) AS balance").
		Join("LEFT JOIN ledger_account AS a ON a.currency = rw.currency AND a.name IN (?)", bun.List(names)).
		Where("rw.id = ?", id).Scan(ctx, &rows)
	if err != nil {
		return Reward{}, nil, fmt.Errorf("read reward %s with its accounts: %w", id, db.Classify(err))
	}
	if len(rows) == 0 {
		return Reward{}, nil, unknown()
	}
	var out []moment
	for _, row := range rows {
		out = append(out, row.moment)
	}
	return rows[0].Reward, out, nil
}

// campaignSums are what the rewards and the books of a campaign say, seen by one statement.
type campaignSums struct {
	CampaignID string `bun:"campaign_id"`
	Currency   string `bun:"currency"`
	// Cost is earned less taken back before it was used; Open is what is owed and not settled; Clawed was taken back after.
	Cost   int64 `bun:"cost"`
	Open   int64 `bun:"open_minor"`
	Clawed int64 `bun:"clawed"`
	// The balances of E:rewards, E:recoveries and the three budget accounts.
	Rewards    int64 `bun:"rewards"`
	Recoveries int64 `bun:"recoveries"`
	Avail      int64 `bun:"avail"`
	Committed  int64 `bun:"committed"`
	Spent      int64 `bun:"spent"`
	Authorised int64 `bun:"authorised"`
}

// campaigns returns every campaign and currency that has rewards or a budget.
func campaigns(ctx context.Context, idb bun.IDB) ([]campaignSums, error) {
	var out []campaignSums
	err := idb.NewRaw(`SELECT campaign_id, currency FROM reward GROUP BY campaign_id, currency
		UNION SELECT substr(name, 9) AS campaign_id, currency FROM ledger_account WHERE name LIKE 'M:avail:%' ORDER BY 1, 2`).Scan(ctx, &out)
	if err != nil {
		return nil, fmt.Errorf("list campaigns with money: %w", db.Classify(err))
	}
	return out, nil
}

func (c *campaignSums) read(ctx context.Context, idb bun.IDB) error {
	id, cur := c.CampaignID, c.Currency
	balance := `coalesce((SELECT balance_minor FROM ledger_account WHERE name = ? AND currency = ?), 0)`
	err := idb.NewRaw(`SELECT ? AS campaign_id, ? AS currency,
		coalesce((SELECT CAST(sum(accrued_minor - reversed_minor) AS BIGINT) FROM reward WHERE campaign_id = ? AND currency = ?), 0) AS cost,
		coalesce((SELECT CAST(sum(amount_minor - netted_minor) AS BIGINT) FROM reward WHERE campaign_id = ? AND currency = ?
			AND state IN ('pending', 'held', 'approved', 'issuing', 'failed')), 0) AS open_minor,
		coalesce((SELECT CAST(sum(clawed_minor) AS BIGINT) FROM reward WHERE campaign_id = ? AND currency = ?), 0) AS clawed,
		`+balance+` AS rewards, `+balance+` AS recoveries, `+balance+` AS avail, `+balance+` AS committed, `+balance+` AS spent,
		coalesce((SELECT CAST(sum(CASE l.side WHEN 'C' THEN l.amount_minor ELSE -l.amount_minor END) AS BIGINT) FROM ledger_leg AS l
			JOIN ledger_journal AS j ON j.id = l.journal_id WHERE j.kind = 'authorise' AND l.account = ? AND l.currency = ?), 0) AS authorised`,
		id, cur, id, cur, id, cur, id, cur,
		ledger.Rewards(id), cur, ledger.Recoveries(id), cur, ledger.Avail(id), cur, ledger.Committed(id), cur, ledger.Spent(id), cur,
		ledger.Avail(id), cur).Scan(ctx, c)
	if err != nil {
		return fmt.Errorf("sum up campaign %s: %w", id, db.Classify(err))
	}
	return nil
}

// debt is what an advocate owes by the rewards and by the books, seen by one statement.
type debt struct {
	Advocate string `bun:"advocate"`
	Currency string `bun:"currency"`
	Owed     int64  `bun:"owed"`
	Booked   int64  `bun:"booked"`
}

func debtors(ctx context.Context, idb bun.IDB) ([]debt, error) {
	var out []debt
	err := idb.NewRaw(`SELECT coalesce(customer_id, introduction_id) AS advocate, currency FROM reward WHERE owed_minor > 0
		UNION SELECT substr(name, 12) AS advocate, currency FROM ledger_account WHERE name LIKE 'A:clawback:%' AND balance_minor <> 0
		ORDER BY 1, 2`).Scan(ctx, &out)
	if err != nil {
		return nil, fmt.Errorf("list who owes: %w", db.Classify(err))
	}
	return out, nil
}

func (d *debt) read(ctx context.Context, idb bun.IDB) error {
	err := idb.NewRaw(`SELECT ? AS advocate, ? AS currency,
		coalesce((SELECT CAST(sum(owed_minor) AS BIGINT) FROM reward WHERE coalesce(customer_id, introduction_id) = ? AND currency = ?), 0) AS owed,
		coalesce((SELECT balance_minor FROM ledger_account WHERE name = ? AND currency = ?), 0) AS booked`,
		d.Advocate, d.Currency, d.Advocate, d.Currency, ledger.Clawback(d.Advocate), d.Currency).Scan(ctx, d)
	if err != nil {
		return fmt.Errorf("sum up what %s owes: %w", d.Advocate, db.Classify(err))
	}
	return nil
}

// question selects the names of rows for which something about payouts and accounts does not hold.
type question struct{ kind, table, detail, sql string }

var questions = []question{
	{NoReward, "ledger_account", "money lies on the account of a reward that does not exist",
		`SELECT name FROM ledger_account AS a WHERE balance_minor <> 0 AND (name LIKE 'L:pending:%' OR name LIKE 'L:held:%' OR name LIKE 'L:payable:%'
			OR name LIKE 'X:clearing:%' OR name LIKE 'L:outstanding:%') AND NOT EXISTS (SELECT 1 FROM reward AS r WHERE r.id = substr(a.name, length(a.name) - 35))`},
	{WrongPayout, "payout", "its amount is not the sum of its rewards",
		`SELECT id FROM payout AS p WHERE amount_minor <> (SELECT coalesce(sum(amount_minor), 0) FROM payout_reward AS pr WHERE pr.payout_id = p.id)`},
	{WrongPayout, "payout", "it settled without an object at the rail",
		`SELECT id FROM payout WHERE state IN ('settled', 'reversing', 'part_reversed', 'reversed') AND (rail_object = '' OR settled_at IS NULL)`},
	{WrongPayout, "payout", "another payout has the same object at the rail",
		`SELECT max(id) FROM payout WHERE rail_object <> '' AND rail <> 'manual' GROUP BY rail, rail_object HAVING count(*) > 1`},
	{WrongPayout, "payout", "it settled, but its reward was not issued",
		`SELECT p.id FROM payout AS p JOIN payout_reward AS pr ON pr.payout_id = p.id JOIN reward AS r ON r.id = pr.reward_id
			WHERE p.state IN ('settled', 'reversing', 'part_reversed') AND r.state NOT IN ('issued', 'redeemed', 'clawback', 'recovered', 'written_off', 'expired')`},
	{WrongPayout, "payout", "its outcome is open, but its reward is not with a rail",
		`SELECT p.id FROM payout AS p JOIN payout_reward AS pr ON pr.payout_id = p.id JOIN reward AS r ON r.id = pr.reward_id
			WHERE p.state IN ('queued', 'sending', 'unknown') AND r.state <> 'issuing'`},
	{WrongPayout, "reward", "it was issued, but no payout of that amount settled",
		`SELECT r.id FROM reward AS r WHERE r.issued_minor > 0 AND r.issued_minor <> (SELECT coalesce(sum(pr.amount_minor), 0) FROM payout_reward AS pr
			JOIN payout AS p ON p.id = pr.payout_id WHERE pr.reward_id = r.id AND (p.state IN ('settled', 'reversing', 'part_reversed') OR p.state = 'reversed' AND p.rail = 'transfer'))`},
	{WrongPayout, "reward", "it is with a rail, but no payout of that amount is under way",
		`SELECT r.id FROM reward AS r WHERE r.state = 'issuing' AND r.amount_minor - r.netted_minor <> (SELECT coalesce(sum(pr.amount_minor), 0)
			FROM payout_reward AS pr JOIN payout AS p ON p.id = pr.payout_id WHERE pr.reward_id = r.id AND p.state IN ('queued', 'sending', 'unknown'))`},
	{NotWhole, "reward", "what was earned, undone or taken back is not what the books say",
		`SELECT r.id FROM reward AS r WHERE r.accrued_minor <> ` + booked("rewards", "D") + ` OR r.reversed_minor <> ` + booked("rewards", "C") + `
			OR r.clawed_minor <> ` + booked("recoveries", "C") + ` - ` + booked("recoveries", "D")},
	{NoCause, "reward", "it traces to no introduction or testimonial, or to no rule of its offer's campaign",
		`SELECT r.id FROM reward AS r JOIN offer AS o ON o.id = r.offer_id WHERE (r.introduction_id IS NULL AND r.testimonial_id IS NULL)
			OR o.campaign_id <> r.campaign_id OR o.currency <> r.currency`},
}

// booked is what the journals of reward r have posted to one side of an account of its campaign.
func booked(account, side string) string {
	name := "E:" + account + ":"
	return fmt.Sprintf(`(SELECT coalesce(sum(l.amount_minor), 0) FROM ledger_journal AS j JOIN ledger_leg AS l ON l.journal_id = j.id
		WHERE j.reward_id = r.id AND l.side = '%s' AND substr(l.account, 1, %d) = '%s')`, side, len(name), name)
}

// ask returns the first 1,000 names that a question selects.
func (q question) ask(ctx context.Context, idb bun.IDB) ([]string, error) {
	var names []string
	if err := idb.NewRaw(q.sql+" ORDER BY 1 LIMIT 1000").Scan(ctx, &names); err != nil {
		return nil, fmt.Errorf("verify %s: %w", q.kind, db.Classify(err))
	}
	return names, nil
}

func countPayouts(ctx context.Context, idb bun.IDB) (int64, error) {
	n, err := idb.NewSelect().Model((*Payout)(nil)).Count(ctx)
	if err != nil {
		return 0, fmt.Errorf("count payouts: %w", db.Classify(err))
	}
	return n, nil
}
