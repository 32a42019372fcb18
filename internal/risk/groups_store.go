package risk

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"goodword/internal/customer"
	"goodword/internal/db"
)

// allTraits reads what customers share, or could. What a company pays with is the company's.
func allTraits(ctx context.Context, idb bun.IDB) ([]Trait, error) {
	var out []Trait
	for what, q := range map[string]*bun.SelectQuery{
		"account": idb.NewSelect().TableExpr("payout AS p").ColumnExpr("DISTINCT p.destination AS value").Join("JOIN payout_reward AS pr ON pr.payout_id = p.id").
			Join("JOIN reward AS r ON r.id = pr.reward_id").Join("JOIN customer AS c ON c.id = r.customer_id").Where("p.destination <> ''"),
		"payer": idb.NewSelect().TableExpr("customer AS c").ColumnExpr("c.stripe_customer AS value").Where("c.stripe_customer <> ''"),
		"card": idb.NewSelect().TableExpr("risk_card AS rc").ColumnExpr("DISTINCT rc.print AS value").
			Join("JOIN customer AS c ON c.stripe_customer = rc.stripe_customer"),
		"device": idb.NewSelect().TableExpr("step_device AS sd").ColumnExpr("DISTINCT sd.token_hash AS value").
			Join("JOIN private_link AS pl ON pl.id = sd.link_id").Join("JOIN customer AS c ON c.id = pl.customer_id").Where("pl.purpose = ?", customer.ForCustomer),
	} {
		var rows []Trait
		err := q.ColumnExpr("c.id AS customer_id").ColumnExpr("COALESCE(c.company_id, '') AS company_id").Where("c.erased_at IS NULL").
			OrderExpr("value, customer_id").Scan(ctx, &rows)
		if err != nil {
			return nil, fmt.Errorf("what customers share: %w", db.Classify(err))
		}
		for _, t := range rows {
			t.What = what
			out = append(out, t)
		}
	}
	return out, nil
}

func allEdges(ctx context.Context, idb bun.IDB) ([]Edge, error) {
	var out []Edge
	err := idb.NewSelect().TableExpr("introduction AS i").ColumnExpr(`i.introducer_id AS "from"`).ColumnExpr(`i.prospect_customer_id AS "to"`).
		Where("i.prospect_customer_id IS NOT NULL").Where("i.introducer_id IS NOT NULL").Where("i.for_customer_id IS NULL").OrderExpr("i.id").Scan(ctx, &out)
	if err != nil {
		return nil, fmt.Errorf("who introduced whom: %w", db.Classify(err))
	}
	return out, nil
}
