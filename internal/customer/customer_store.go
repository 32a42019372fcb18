package customer

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"goodword/internal/db"
	"goodword/internal/fault"
	"goodword/internal/mail"
)

func notFound() error {
	return &fault.Error{Code: fault.NotFound, Message: "There is no such customer.", Key: "error.not_found"}
}

// lock raises the version and returns the fresh row without its relations. It is the one way to a change that depends on
// what the row says.
func lock(ctx context.Context, tx db.Tx, id string) (Customer, error) {
	var c Customer
	err := tx.NewUpdate().Model(&c).Set("version = version + 1").Where("id = ?", id).Returning("*").Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return Customer{}, notFound()
	}
	if err != nil {
		return Customer{}, fmt.Errorf("lock customer %s: %w", id, db.Classify(err))
	}
	return c, nil
}

// hold locks the row for what is counted under it, without a new version: the customer does not change.
func hold(ctx context.Context, tx db.Tx, id string) (Customer, error) {
	n, err := db.Affected(tx.NewUpdate().Model((*Customer)(nil)).Set("version = version").Where("id = ?", id).Exec(ctx))
	if err != nil {
		return Customer{}, fmt.Errorf("hold customer %s: %w", id, db.Classify(err))
	}
	if n == 0 {
		return Customer{}, notFound()
	}
	return byID(ctx, tx, id)
}

// lockLoaded is lock with company, addresses and tags.
func lockLoaded(ctx context.Context, tx db.Tx, id string) (Customer, error) {
	if _, err := lock(ctx, tx, id); err != nil {
		return Customer{}, err
	}
	return byID(ctx, tx, id)
}

// save writes every column of a locked row.
func save(ctx context.Context, tx db.Tx, c Customer) error {
	_, err := tx.NewUpdate().Model(&c).WherePK().Exec(ctx)
	if db.IsUnique(err) {
		return taken("external_id", "Another customer has this id.")
	}
	if err != nil {
		return fmt.Errorf("save customer %s: %w", c.ID, db.Classify(err))
	}
	return nil
}

func insertCustomer(ctx context.Context, tx db.Tx, c Customer) error {
	n, err := db.Affected(tx.NewInsert().Model(&c).On("CONFLICT DO NOTHING").Exec(ctx))
	if err != nil {
		return fmt.Errorf("insert customer: %w", db.Classify(err))
	}
	if n == 0 {
		return taken("external_id", "Another customer has this id.")
	}
	return nil
}

// touch moves a time forward, never back.
func touch(ctx context.Context, tx db.Tx, id, column string, at time.Time) error {
	at = micro(at)
	n, err := db.Affected(tx.NewUpdate().Model((*Customer)(nil)).
		Set("? = CASE WHEN ? IS NULL OR ? < ? THEN ? ELSE ? END", bun.Ident(column), bun.Ident(column), bun.Ident(column), at, at, bun.Ident(column)).
		Where("id = ?", id).Exec(ctx))
	if err != nil {
		return fmt.Errorf("set %s of customer %s: %w", column, id, db.Classify(err))
	}
	if n == 0 {
		return notFound()
	}
	return nil
}

func setColumn(ctx context.Context, tx db.Tx, id, column string, value any, now time.Time) error {
	n, err := db.Affected(tx.NewUpdate().Model((*Customer)(nil)).Set("? = ?", bun.Ident(column), value).
		Set("version = version + 1").Set("updated_at = ?", now).Where("id = ?", id).Exec(ctx))
	if err != nil {
		return db.Classify(err)
	}
	if n == 0 {
		return notFound()
	}
	return nil
}

func byID(ctx context.Context, idb bun.IDB, id string) (Customer, error) {
	var c Customer
	return one(ctx, idb, &c, idb.NewSelect().Model(&c).Where("customer.id = ?", id))
}

func byEmail(ctx context.Context, idb bun.IDB, email string) (Customer, error) {
	var c Customer
	owner := idb.NewSelect().Model((*Address)(nil)).Column("customer_id").
		Where("kind = ?", Email).Where("value_norm = ?", mail.NormalizeEmail(email))
	return one(ctx, idb, &c, idb.NewSelect().Model(&c).Where("customer.id IN (?)", owner))
}

// byIdentity prefers whoever came first, where two customers share a phone.
func byIdentity(ctx context.Context, idb bun.IDB, key string) (Customer, error) {
	if key == "" {
		return Customer{}, notFound()
	}
	var c Customer
	owner := idb.NewSelect().Model((*Address)(nil)).Column("customer_id").Where("identity = ?", key)
	return one(ctx, idb, &c, idb.NewSelect().Model(&c).Where("customer.id IN (?)", owner).Order("customer.id").Limit(1))
}

func byStripe(ctx context.Context, idb bun.IDB, stripeCustomer string) (Customer, error) {
	if stripeCustomer == "" {
		return Customer{}, notFound()
	}
	var c Customer
	company := idb.NewSelect().Model((*Company)(nil)).Column("id").Where("stripe_customer = ?", stripeCustomer)
	return one(ctx, idb, &c, idb.NewSelect().Model(&c).
		Where("customer.stripe_customer = ? OR customer.company_id IN (?)", stripeCustomer, company).
		OrderExpr("CASE WHEN customer.stripe_customer = ? THEN 0 ELSE 1 END", stripeCustomer).Order("customer.id").Limit(1))
}

// one runs a query for one customer, which goes into the model that c points at, and loads what belongs to it.
func one(ctx context.Context, idb bun.IDB, c *Customer, q *bun.SelectQuery) (Customer, error) {
	err := q.Relation("Company").Relation("Addresses", inOrder).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return Customer{}, notFound()
	}
	if err != nil {
		return Customer{}, fmt.Errorf("read customer: %w", db.Classify(err))
	}
	rows := []Customer{*c}
	if err := loadTags(ctx, idb, rows); err != nil {
		return Customer{}, err
	}
	return rows[0], nil
}

// inOrder puts main addresses first, then in the order in which they came.
func inOrder(q *bun.SelectQuery) *bun.SelectQuery {
	return q.OrderExpr("customer_address.main DESC, customer_address.created_at, customer_address.id")
}

func byIDs(ctx context.Context, idb bun.IDB, ids []string) (map[string]Customer, error) {
	m := make(map[string]Customer, len(ids))
	if len(ids) == 0 {
		return m, nil
	}
	var rows []Customer
	err := idb.NewSelect().Model(&rows).Relation("Company").Relation("Addresses", inOrder).Where("customer.id IN (?)", bun.List(ids)).Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("read customers: %w", db.Classify(err))
	}
	for _, c := range rows {
		m[c.ID] = c
	}
	return m, nil
}

func list(ctx context.Context, idb bun.IDB, f Filter, p db.Page) (db.List[Customer], error) {
	keys, err := p.Keys(2)
	if err != nil {
		return db.List[Customer]{}, err
	}
	var rows []Customer
	q := f.where(idb, idb.NewSelect().Model(&rows).Relation("Company").Relation("Addresses", inOrder)).
		Order("customer.sort_name", "customer.id").Limit(int64(p.Size()) + 1)
	if keys != nil {
		q = q.Where("(customer.sort_name, customer.id) > (?, ?)", keys[0], keys[1])
	}
	if err := q.Scan(ctx); err != nil {
		return db.List[Customer]{}, fmt.Errorf("list customers: %w", db.Classify(err))
	}
	if err := loadTags(ctx, idb, rows); err != nil {
		return db.List[Customer]{}, err
	}
	return db.Cut(rows, p, func(c Customer) []string { return []string{c.SortName, c.ID} }), nil
}

func audience(ctx context.Context, idb bun.IDB, f Filter, afterID string, limit int) ([]Customer, error) {
	var rows []Customer
	q := f.where(idb, idb.NewSelect().Model(&rows).Relation("Company").Relation("Addresses", inOrder)).Order("customer.id").Limit(int64(limit))
	if afterID != "" {
		q = q.Where("customer.id > ?", afterID)
	}
	if err := q.Scan(ctx); err != nil {
		return nil, fmt.Errorf("walk audience: %w", db.Classify(err))
	}
	return rows, nil
}

func count(ctx context.Context, idb bun.IDB, f Filter) (int64, error) {
	n, err := f.where(idb, idb.NewSelect().Model((*Customer)(nil))).Count(ctx)
	if err != nil {
		return 0, fmt.Errorf("count customers: %w", db.Classify(err))
	}
	return n, nil
}

// where adds the filter's conditions to a query over customer.
func (f Filter) where(idb bun.IDB, q *bun.SelectQuery) *bun.SelectQuery {
	q = q.Where("customer.erased_at IS NULL")
	for _, word := range strings.Fields(strings.ToLower(clean(f.Q))) {
		q = q.Where(`customer.search LIKE ? ESCAPE '\'`, "%"+escapeLike.Replace(word)+"%")
	}
	for _, tag := range tidyTags(f.Tags) {
		q = q.Where("EXISTS (SELECT 1 FROM customer_tag t WHERE t.customer_id = customer.id AND t.tag = ?)", tag)
	}
	in := func(column string, values []string) {
		if len(values) > 0 {
			q = q.Where("? IN (?)", bun.Ident("customer."+column), bun.List(values))
		}
	}
	in("division", f.Divisions)
	in("country", f.Countries)
	in("language", f.Languages)
	if len(f.Stages) > 0 {
		q = q.Where("customer.stage IN (?)", bun.List(f.Stages))
	}
	if f.Gift != "" {
		q = q.Where("customer.gift_policy = ?", f.Gift)
	}
	if f.OwnerID != "" {
		q = q.Where("customer.owner_id = ?", f.OwnerID)
	}
	if f.CompanyID != "" {
		q = q.Where("customer.company_id = ?", f.CompanyID)
	}
	switch f.Asked {
	case AskedNever:
		q = q.Where("customer.asked_at IS NULL")
	case AskedEver:
		q = q.Where("customer.asked_at IS NOT NULL")
	}
	if !f.OrderedAfter.IsZero() {
		q = q.Where("customer.last_order_at >= ?", f.OrderedAfter)
	}
	if !f.OrderedBefore.IsZero() {
		q = q.Where("customer.last_order_at < ?", f.OrderedBefore)
	}
	if !f.RenewsBefore.IsZero() {
		q = q.Where("customer.renews_at < ?", f.RenewsBefore)
	}
	for _, g := range f.and {
		q = g.where(idb, q)
	}
	return q
}

var escapeLike = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

func handOver(ctx context.Context, tx db.Tx, from, to string, now time.Time) (int64, error) {
	n, err := db.Affected(tx.NewUpdate().Model((*Customer)(nil)).Set("owner_id = ?", to).Set("version = version + 1").
		Set("updated_at = ?", now).Where("owner_id = ?", from).Exec(ctx))
	if err != nil {
		return 0, fmt.Errorf("hand customers over from %s: %w", from, db.Classify(err))
	}
	return n, nil
}
