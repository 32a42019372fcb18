package risk

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"goodword/internal/customer"
	"goodword/internal/db"
	"goodword/internal/introduction"
	"goodword/internal/reward"
)

// listMost bounds what is shown of others; a longer list tells a person nothing more.
const listMost = 20

func introductionOf(ctx context.Context, idb bun.IDB, id string) (introduction.Introduction, error) {
	var i introduction.Introduction
	if err := idb.NewSelect().Model(&i).Where("i.id = ?", id).Scan(ctx); err != nil {
		return i, fmt.Errorf("read introduction %s: %w", id, db.Classify(err))
	}
	return i, nil
}

// origin is a row of table risk_origin.
type origin struct {
	bun.BaseModel `bun:"table:risk_origin,alias:ro"`

	IntroductionID string    `bun:"introduction_id,pk"`
	Side           string    `bun:"side,pk"`
	Device         string    `bun:"device"`
	Net            string    `bun:"net"`
	At             time.Time `bun:"at"`
}

func keepOrigin(ctx context.Context, tx db.Tx, o origin) error {
	_, err := tx.NewInsert().Model(&o).On("CONFLICT (introduction_id, side) DO UPDATE").
		Set("device = EXCLUDED.device").Set("net = EXCLUDED.net").Set("at = EXCLUDED.at").Exec(ctx)
	if err != nil {
		return fmt.Errorf("keep origin of introduction %s: %w", o.IntroductionID, err)
	}
	return nil
}

func originsOf(ctx context.Context, idb bun.IDB, introductionID string) (map[string]origin, error) {
	var rows []origin
	if err := idb.NewSelect().Model(&rows).Where("ro.introduction_id = ?", introductionID).OrderExpr("ro.side").Scan(ctx); err != nil {
		return nil, fmt.Errorf("origins of introduction %s: %w", introductionID, db.Classify(err))
	}
	out := map[string]origin{}
	for _, o := range rows {
		out[o.Side] = o
	}
	return out, nil
}

// devicesOf returns the browsers that a private link was used from to enter something; column is that of private_link.
func devicesOf(ctx context.Context, idb bun.IDB, column, id string) ([]string, error) {
	var out []string
	err := idb.NewSelect().TableExpr("step_device AS sd").ColumnExpr("DISTINCT sd.token_hash").
		Join("JOIN private_link AS pl ON pl.id = sd.link_id").Where("pl.? = ?", bun.Ident(column), id).
		OrderExpr("sd.token_hash").Limit(200).Scan(ctx, &out)
	if err != nil {
		return nil, fmt.Errorf("browsers of %s: %w", id, db.Classify(err))
	}
	return out, nil
}

func cardsOf(ctx context.Context, idb bun.IDB, payers []string) ([]string, error) {
	var out []string
	if len(payers) == 0 {
		return nil, nil
	}
	err := idb.NewSelect().TableExpr("risk_card AS rc").ColumnExpr("DISTINCT rc.print").Where("rc.stripe_customer IN (?)", bun.List(payers)).
		OrderExpr("rc.print").Scan(ctx, &out)
	if err != nil {
		return nil, fmt.Errorf("cards of payers: %w", db.Classify(err))
	}
	return out, nil
}

// card is a row of table risk_card.
type card struct {
	bun.BaseModel `bun:"table:risk_card,alias:rc"`

	StripeCustomer string    `bun:"stripe_customer,pk"`
	Print          string    `bun:"print,pk"`
	At             time.Time `bun:"at"`
}

func keepCard(ctx context.Context, idb bun.IDB, c card) error {
	_, err := idb.NewInsert().Model(&c).On("CONFLICT (stripe_customer, print) DO NOTHING").Exec(ctx)
	if err != nil {
		return fmt.Errorf("keep card of %s: %w", c.StripeCustomer, db.Classify(err))
	}
	return nil
}

// knownAs returns the customers who have one of the mailboxes or pay as one of the Stripe customers.
func knownAs(ctx context.Context, idb bun.IDB, mailboxes, payers []string) ([]customer.Customer, error) {
	var rows []customer.Customer
	if len(mailboxes) == 0 && len(payers) == 0 {
		return nil, nil
	}
	q := idb.NewSelect().Model(&rows).Column("customer.id", "customer.division", "customer.stage", "customer.created_at", "customer.from_introduction_id").
		Where("customer.erased_at IS NULL").OrderExpr("customer.id").Limit(listMost)
	q.WhereGroup(" AND ", func(q *bun.SelectQuery) *bun.SelectQuery {
		if len(mailboxes) > 0 {
			q.WhereOr("customer.id IN (?)", idb.NewSelect().Model((*customer.Address)(nil)).Column("customer_id").Where("identity IN (?)", bun.List(mailboxes)))
		}
		if len(payers) > 0 {
			q.WhereOr("customer.stripe_customer IN (?)", bun.List(payers))
		}
		return q
	})
	if err := q.Scan(ctx); err != nil {
		return nil, fmt.Errorf("who the prospect is: %w", db.Classify(err))
	}
	return rows, nil
}

// creditedBefore returns other introductions of the same person that had their yes before this one.
func creditedBefore(ctx context.Context, idb bun.IDB, i introduction.Introduction) ([]string, error) {
	var ids []string
	if i.ProspectBlind == "" && i.StripeCustomer == "" {
		return nil, nil
	}
	q := idb.NewSelect().Model((*introduction.Introduction)(nil)).Column("i.id").Where("i.id <> ?", i.ID).
		Where("i.state IN (?)", bun.List([]introduction.State{introduction.Accepted, introduction.InPipeline, introduction.Won})).
		OrderExpr("i.id").Limit(listMost)
	q.WhereGroup(" AND ", func(q *bun.SelectQuery) *bun.SelectQuery {
		if i.ProspectBlind != "" {
			q.WhereOr("i.prospect_blind = ?", i.ProspectBlind)
		}
		if i.StripeCustomer != "" {
			q.WhereOr("i.stripe_customer = ?", i.StripeCustomer)
		}
		return q
	})
	if !i.AcceptedAt.IsZero() {
		q.Where("i.accepted_at < ?", i.AcceptedAt)
	}
	if err := q.Scan(ctx, &ids); err != nil {
		return nil, fmt.Errorf("introductions beside %s: %w", i.ID, db.Classify(err))
	}
	return ids, nil
}

// introducersOf returns who introduced one of the customers, with success or on the way.
func introducersOf(ctx context.Context, idb bun.IDB, ids []string) ([]string, error) {
	var out []string
	err := idb.NewSelect().Model((*introduction.Introduction)(nil)).ColumnExpr("DISTINCT i.introducer_id").
		Where("i.prospect_customer_id IN (?)", bun.List(ids)).Where("i.introducer_id IS NOT NULL").Where("i.for_customer_id IS NULL").
		OrderExpr("i.introducer_id").Limit(500).Scan(ctx, &out)
	if err != nil {
		return nil, fmt.Errorf("who introduced whom: %w", db.Classify(err))
	}
	return out, nil
}

// undone counts the introductions of a customer whose rewards were taken back because the purchase was.
func undone(ctx context.Context, idb bun.IDB, customerID string) (int, error) {
	var n int
	err := idb.NewSelect().Model((*reward.Reward)(nil)).ColumnExpr("count(DISTINCT rw.introduction_id)").Where("rw.customer_id = ?", customerID).
		Where("rw.reason IN (?)", bun.List([]string{"refunded", "dispute_lost"})).Where("rw.amount_minor = 0").
		Where("rw.state IN (?)", bun.List([]reward.State{reward.Reversed, reward.Clawback, reward.Recovered, reward.WrittenOff})).Scan(ctx, &n)
	if err != nil {
		return 0, fmt.Errorf("refunds of customer %s: %w", customerID, db.Classify(err))
	}
	return n, nil
}

// sharedWith returns the customers of other companies among the rows of q, whose customers are called c. What colleagues share
// is their company's.
func sharedWith(ctx context.Context, who customer.Customer, q *bun.SelectQuery) ([]string, error) {
	var ids []string
	q = q.ColumnExpr("DISTINCT c.id").Where("c.id <> ?", who.ID).Where("c.erased_at IS NULL").OrderExpr("c.id").Limit(listMost)
	if who.CompanyID != "" {
		q.Where("c.company_id IS NULL OR c.company_id <> ?", who.CompanyID)
	}
	if err := q.Scan(ctx, &ids); err != nil {
		return nil, fmt.Errorf("what others share with customer %s: %w", who.ID, db.Classify(err))
	}
	return ids, nil
}

func byPayer(ctx context.Context, idb bun.IDB, who customer.Customer) ([]string, error) {
	if who.StripeCustomer == "" {
		return nil, nil
	}
	return sharedWith(ctx, who, idb.NewSelect().TableExpr("customer AS c").Where("c.stripe_customer = ?", who.StripeCustomer))
}

func byCard(ctx context.Context, idb bun.IDB, who customer.Customer, cards []string) ([]string, error) {
	if len(cards) == 0 {
		return nil, nil
	}
	return sharedWith(ctx, who, idb.NewSelect().TableExpr("risk_card AS rc").Join("JOIN customer AS c ON c.stripe_customer = rc.stripe_customer").
		Where("rc.print IN (?)", bun.List(cards)))
}

// byAccount looks at where payouts went, as it was frozen.
func byAccount(ctx context.Context, idb bun.IDB, who customer.Customer) ([]string, error) {
	own := idb.NewSelect().TableExpr("payout AS p").ColumnExpr("p.destination").Join("JOIN payout_reward AS pr ON pr.payout_id = p.id").
		Join("JOIN reward AS r ON r.id = pr.reward_id").Where("r.customer_id = ?", who.ID).Where("p.destination <> ''")
	return sharedWith(ctx, who, idb.NewSelect().TableExpr("payout AS po").Join("JOIN payout_reward AS por ON por.payout_id = po.id").
		Join("JOIN reward AS rw ON rw.id = por.reward_id").Join("JOIN customer AS c ON c.id = rw.customer_id").
		Where("po.destination <> ''").Where("po.destination IN (?)", own))
}

func byDevice(ctx context.Context, idb bun.IDB, who customer.Customer, devices []string) ([]string, error) {
	if len(devices) == 0 {
		return nil, nil
	}
	return sharedWith(ctx, who, idb.NewSelect().TableExpr("step_device AS sd").Join("JOIN private_link AS pl ON pl.id = sd.link_id").
		Join("JOIN customer AS c ON c.id = pl.customer_id").Where("sd.token_hash IN (?)", bun.List(devices)).Where("pl.purpose = ?", customer.ForCustomer))
}

// counting is one subject that is counted against one cap.
type counting struct {
	layer, key, subject string
	since, at           time.Time
}

func (c counting) compare(o counting) int {
	return slices.Compare([]string{c.layer, c.key}, []string{o.layer, o.key})
}

// place returns the subject's place among those that were counted since, and counts it if it was not. Whoever counts holds the
// limit's row, so that of any number at once exactly as many are within the cap as it allows.
func place(ctx context.Context, tx db.Tx, c counting) (int, error) {
	fail := func(err error) (int, error) { return 0, fmt.Errorf("count %s: %w", c.layer, err) }
	_, err := tx.NewRaw("INSERT INTO risk_limit (layer, key, version) VALUES (?, ?, 1) ON CONFLICT (layer, key) DO UPDATE SET version = risk_limit.version + 1",
		c.layer, c.key).Exec(ctx)
	if err != nil {
		return fail(err)
	}
	var had []int
	err = tx.NewSelect().TableExpr("risk_count").Column("place").Where("layer = ?", c.layer).Where("key = ?", c.key).
		Where("subject_id = ?", c.subject).Scan(ctx, &had)
	if err != nil {
		return fail(err)
	}
	if len(had) > 0 {
		return had[0], nil
	}
	n, err := tx.NewSelect().TableExpr("risk_count").Where("layer = ?", c.layer).Where("key = ?", c.key).Where("at > ?", c.since).Count(ctx)
	if err != nil {
		return fail(err)
	}
	_, err = tx.NewRaw("INSERT INTO risk_count (layer, key, subject_id, place, at) VALUES (?, ?, ?, ?, ?)", c.layer, c.key, c.subject, n+1, c.at).Exec(ctx)
	if err != nil {
		return fail(err)
	}
	return int(n) + 1, nil
}

// placeThen is place for looking back: it counts what there was at the time, and keeps nothing.
func placeThen(ctx context.Context, idb bun.IDB, c counting) (int, error) {
	var q *bun.SelectQuery
	switch c.layer {
	case "payee":
		q = idb.NewSelect().Model((*reward.Reward)(nil)).Where("rw.customer_id = ?", c.key).Where("rw.created_at > ?", c.since).Where("rw.created_at <= ?", c.at)
	case "device", "network":
		column := map[string]string{"device": "device", "network": "net"}[c.layer]
		q = idb.NewSelect().Model((*origin)(nil)).Where("ro.side = ?", sideIntroducer).Where("ro.? = ?", bun.Ident(column), c.key).
			Where("ro.at > ?", c.since).Where("ro.at <= ?", c.at)
	default:
		column := map[string]string{"introducer": "introducer_id", "campaign": "campaign_id"}[c.layer]
		q = idb.NewSelect().Model((*introduction.Introduction)(nil)).Where("i.? = ?", bun.Ident(column), c.key).
			Where("i.state <> ?", introduction.Draft).Where("i.created_at > ?", c.since).Where("i.created_at <= ?", c.at)
	}
	n, err := q.Count(ctx)
	if err != nil {
		return 0, fmt.Errorf("count %s: %w", c.layer, db.Classify(err))
	}
	return max(int(n), 1), nil
}

// pastRewards returns a page of rewards before one, the newest first; the zero Reward begins.
func pastRewards(ctx context.Context, idb bun.IDB, before reward.Reward, n int) ([]reward.Reward, error) {
	var rows []reward.Reward
	q := idb.NewSelect().Model(&rows).OrderExpr("rw.created_at DESC, rw.id DESC").Limit(int64(n))
	if before.ID != "" {
		q.Where("(rw.created_at, rw.id) < (?, ?)", before.CreatedAt, before.ID)
	}
	if err := q.Scan(ctx); err != nil {
		return nil, fmt.Errorf("past rewards: %w", db.Classify(err))
	}
	return rows, nil
}
