package ledger

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"goodword/internal/db"
)

// Account is one account in one currency.
type Account struct {
	bun.BaseModel `bun:"table:ledger_account,alias:a"`

	Name     string `bun:"name,pk"`
	Currency string `bun:"currency,pk"`
	// Normal is the side on which the balance is counted up.
	Normal Side `bun:"normal"`
	// Guarded accounts never fall below zero.
	Guarded bool `bun:"guarded"`
	// BalanceMinor is counted in the normal direction.
	BalanceMinor int64 `bun:"balance_minor"`
}

// Posted is a journal in the books. Seq and Hash are 0 and empty until it is sealed.
type Posted struct {
	ID string
	Journal
	Seq  int64
	Hash string
}

// Balance returns an account's balance in its normal direction; 0 if nothing was ever posted to it.
func Balance(ctx context.Context, idb bun.IDB, account, currency string) (int64, error) {
	var balances []int64
	err := idb.NewSelect().Model((*Account)(nil)).Column("balance_minor").
		Where("name = ?", account).Where("currency = ?", currency).Scan(ctx, &balances)
	if err != nil || len(balances) == 0 {
		return 0, db.Classify(err)
	}
	return balances[0], nil
}

// Balances returns every account whose name begins with prefix, by name and currency.
func Balances(ctx context.Context, idb bun.IDB, prefix string) ([]Account, error) {
	var accounts []Account
	err := within(idb.NewSelect().Model(&accounts), prefix).OrderExpr("name, currency").Scan(ctx)
	return accounts, db.Classify(err)
}

// Accounts returns the accounts whose name begins with prefix, page by page in the order of name and currency.
// Returns Malformed for a foreign cursor.
func Accounts(ctx context.Context, idb bun.IDB, prefix string, p db.Page) (db.List[Account], error) {
	keys, err := p.Keys(2)
	if err != nil {
		return db.List[Account]{}, err
	}
	var accounts []Account
	q := within(idb.NewSelect().Model(&accounts), prefix).OrderExpr("name, currency").Limit(int64(p.Size() + 1))
	if keys != nil {
		q.Where("(name, currency) > (?, ?)", keys[0], keys[1])
	}
	if err := q.Scan(ctx); err != nil {
		return db.List[Account]{}, db.Classify(err)
	}
	return db.Cut(accounts, p, func(a Account) []string { return []string{a.Name, a.Currency} }), nil
}

// within keeps the names that begin with prefix. Names are compared by bytes, so a range of the primary key does it.
func within(q *bun.SelectQuery, prefix string) *bun.SelectQuery {
	if prefix == "" {
		return q
	}
	return q.Where("name >= ?", prefix).Where("name < ?", prefix+"\x7f")
}

// Filter narrows the list of journals; every field that is set must match. The zero value asks for everything.
type Filter struct {
	Kind           string
	RewardID       string
	CampaignID     string
	IntroductionID string
	// Account keeps journals with a leg on it.
	Account string
	// From and To bound At: from inclusive, to exclusive; zero for no bound.
	From, To time.Time
}

// Journals returns journals with their legs, newest first, page by page. Returns Malformed for a foreign cursor.
func Journals(ctx context.Context, idb bun.IDB, f Filter, p db.Page) (db.List[Posted], error) {
	keys, err := p.Keys(1)
	if err != nil {
		return db.List[Posted]{}, err
	}
	var rows []journalRow
	q := idb.NewSelect().Model(&rows).OrderExpr("id DESC").Limit(int64(p.Size() + 1))
	for _, c := range []struct{ column, value string }{
		{"kind", f.Kind}, {"reward_id", f.RewardID}, {"campaign_id", f.CampaignID}, {"introduction_id", f.IntroductionID},
	} {
		if c.value != "" {
			q.Where("? = ?", bun.Ident(c.column), c.value)
		}
	}
	if f.Account != "" {
		q.Where("id IN (?)", idb.NewSelect().Model((*legRow)(nil)).Column("journal_id").Where("account = ?", f.Account))
	}
	if !f.From.IsZero() {
		q.Where("at >= ?", f.From.UTC())
	}
	if !f.To.IsZero() {
		q.Where("at < ?", f.To.UTC())
	}
	if keys != nil {
		q.Where("id < ?", keys[0])
	}
	if err := q.Scan(ctx); err != nil {
		return db.List[Posted]{}, db.Classify(err)
	}
	list := db.Cut(rows, p, func(r journalRow) []string { return []string{r.ID} })
	legs, err := legsOf(ctx, idb, list.Items)
	if err != nil {
		return db.List[Posted]{}, err
	}
	out := db.List[Posted]{Next: list.Next, Items: make([]Posted, len(list.Items))}
	for i, r := range list.Items {
		out.Items[i] = r.posted(legs[r.ID])
	}
	return out, nil
}
