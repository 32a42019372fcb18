package customer

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/uptrace/bun"

	"goodword/internal/db"
	"goodword/internal/fault"
	"goodword/internal/ident"
)

func insertImport(ctx context.Context, tx db.Tx, run Import) error {
	if _, err := tx.NewInsert().Model(&run).Exec(ctx); err != nil {
		return fmt.Errorf("insert import: %w", db.Classify(err))
	}
	return nil
}

func importByID(ctx context.Context, idb bun.IDB, id string) (Import, error) {
	var run Import
	err := idb.NewSelect().Model(&run).Where("id = ?", id).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return Import{}, &fault.Error{Code: fault.NotFound, Message: "There is no such import.", Key: "error.not_found"}
	}
	if err != nil {
		return Import{}, fmt.Errorf("read import %s: %w", id, db.Classify(err))
	}
	return run, nil
}

// sameFile lists the imports of a file that have not ended, oldest first.
func sameFile(ctx context.Context, idb bun.IDB, hash string) ([]Import, error) {
	var runs []Import
	err := idb.NewSelect().Model(&runs).Where("file_hash = ?", hash).
		Where("state IN (?)", bun.List([]ImportState{ImportUploaded, ImportRunning})).Order("id").Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("find imports of a file: %w", db.Classify(err))
	}
	return runs, nil
}

func listImports(ctx context.Context, idb bun.IDB, p db.Page) (db.List[Import], error) {
	keys, err := p.Keys(1)
	if err != nil {
		return db.List[Import]{}, err
	}
	var runs []Import
	q := idb.NewSelect().Model(&runs).Order("id DESC").Limit(int64(p.Size()) + 1)
	if keys != nil {
		q = q.Where("id < ?", keys[0])
	}
	if err := q.Scan(ctx); err != nil {
		return db.List[Import]{}, fmt.Errorf("list imports: %w", db.Classify(err))
	}
	return db.Cut(runs, p, func(i Import) []string { return []string{i.ID} }), nil
}

// claimImport locks a running import if nobody has moved it since it was read, and reports whether it could.
func claimImport(ctx context.Context, tx db.Tx, run *Import) (bool, error) {
	n, err := db.Affected(tx.NewUpdate().Model(run).Set("version = version + 1").Where("id = ?", run.ID).Where("version = ?", run.Version).
		Where("state IN (?)", bun.List([]ImportState{ImportUploaded, ImportRunning})).Exec(ctx))
	if err != nil {
		return false, fmt.Errorf("claim import %s: %w", run.ID, db.Classify(err))
	}
	run.Version++
	return n == 1, nil
}

// preferIndexes keeps PostgreSQL from answering the look-ups of a chunk by reading whole tables: for a thousand keys it
// takes that for cheaper until there are some hundred thousand customers, and it is ten times as slow.
func preferIndexes(ctx context.Context, tx db.Tx) error {
	if tx.PGX() == nil {
		return nil
	}
	if _, err := tx.ExecContext(ctx, "SET LOCAL enable_seqscan = off"); err != nil {
		return fmt.Errorf("prefer indexes: %w", db.Classify(err))
	}
	return nil
}

// saveImport writes a claimed import.
func saveImport(ctx context.Context, tx db.Tx, run Import) error {
	if _, err := tx.NewUpdate().Model(&run).WherePK().Exec(ctx); err != nil {
		return fmt.Errorf("save import %s: %w", run.ID, db.Classify(err))
	}
	return nil
}

func staleImports(ctx context.Context, idb bun.IDB, before time.Time) ([]Import, error) {
	var runs []Import
	err := idb.NewSelect().Model(&runs).Where("state IN (?)", bun.List([]ImportState{ImportUploaded, ImportRunning})).
		Where("updated_at < ?", before).Order("id").Limit(100).Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("find stale imports: %w", db.Classify(err))
	}
	return runs, nil
}

// oldImports are those that ended before, and of which a file or problems may be left.
func oldImports(ctx context.Context, idb bun.IDB, before time.Time) ([]Import, error) {
	var runs []Import
	err := idb.NewSelect().Model(&runs).Where("finished_at < ?", before).
		Where("file_path <> '' OR EXISTS (SELECT 1 FROM import_problem p WHERE p.import_id = import_run.id)").
		Order("id").Limit(100).Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("find old imports: %w", db.Classify(err))
	}
	return runs, nil
}

func forgetImport(ctx context.Context, tx db.Tx, id string) error {
	if _, err := tx.NewDelete().Model((*ImportProblem)(nil)).Where("import_id = ?", id).Exec(ctx); err != nil {
		return fmt.Errorf("delete problems of import %s: %w", id, db.Classify(err))
	}
	return clearImportFile(ctx, tx, id)
}

func clearImportFile(ctx context.Context, tx db.Tx, id string) error {
	if _, err := tx.NewUpdate().Model((*Import)(nil)).Set("file_path = ''").Where("id = ?", id).Exec(ctx); err != nil {
		return fmt.Errorf("forget file of import %s: %w", id, db.Classify(err))
	}
	return nil
}

var problemColumns = []string{"import_id", "line", "number", "severity", "field", "reason", "value"}

func insertProblems(ctx context.Context, tx db.Tx, problems []ImportProblem) error {
	b := bulk{table: "import_problem", columns: problemColumns, rows: len(problems), row: func(i int, to []any) []any {
		p := &problems[i]
		return append(to, p.ImportID, p.Line, int64(p.Number), string(p.Severity), p.Field, p.Reason, p.Value)
	}}
	if err := b.insert(ctx, tx); err != nil {
		return fmt.Errorf("insert import problems: %w", db.Classify(err))
	}
	return nil
}

func importProblems(ctx context.Context, idb bun.IDB, f ProblemFilter, p db.Page) (db.List[ImportProblem], error) {
	keys, err := p.Keys(2)
	if err != nil {
		return db.List[ImportProblem]{}, err
	}
	var rows []ImportProblem
	q := idb.NewSelect().Model(&rows).Where("import_id = ?", f.ImportID).Order("line", "number").Limit(int64(p.Size()) + 1)
	if f.Severity != "" {
		q = q.Where("severity = ?", f.Severity)
	}
	if keys != nil {
		line, err := strconv.ParseInt(keys[0], 10, 64)
		if err != nil {
			return db.List[ImportProblem]{}, fault.Wrap(fault.Malformed, "This page does not exist.", err)
		}
		number, err := strconv.Atoi(keys[1])
		if err != nil {
			return db.List[ImportProblem]{}, fault.Wrap(fault.Malformed, "This page does not exist.", err)
		}
		q = q.Where("(line, number) > (?, ?)", line, number)
	}
	if err := q.Scan(ctx); err != nil {
		return db.List[ImportProblem]{}, fmt.Errorf("list problems of import %s: %w", f.ImportID, db.Classify(err))
	}
	return db.Cut(rows, p, func(r ImportProblem) []string {
		return []string{strconv.FormatInt(r.Line, 10), strconv.Itoa(r.Number)}
	}), nil
}

// knownCustomers loads the customers that have one of the external ids or normalised mail addresses, with companies and
// addresses, and tags if wanted. The two questions are asked apart, so that each is answered from its own index.
func knownCustomers(ctx context.Context, tx db.Tx, externalIDs, emails []string, tags bool) ([]Customer, error) {
	ids, err := find(ctx, tx, tx.NewSelect().Model((*Customer)(nil)).Column("id"), "external_id", externalIDs)
	if err != nil {
		return nil, fmt.Errorf("find customers by external id: %w", err)
	}
	more, err := find(ctx, tx, tx.NewSelect().Model((*Address)(nil)).Column("customer_id").Where("kind = 'email'"), "value_norm", emails)
	if err != nil {
		return nil, fmt.Errorf("find customers by address: %w", err)
	}
	ids = slices.Compact(slices.Sorted(slices.Values(append(ids, more...))))
	if len(ids) == 0 {
		return nil, nil
	}
	var rows []Customer
	err = tx.NewSelect().Model(&rows).Relation("Company").Relation("Addresses", inOrder).Where("customer.id IN (?)", bun.List(ids)).Order("customer.id").Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("read customers: %w", db.Classify(err))
	}
	if tags {
		return rows, loadTags(ctx, tx, rows)
	}
	return rows, nil
}

// find returns what a query selects of the rows whose column has one of the values.
func find(ctx context.Context, tx db.Tx, q *bun.SelectQuery, column string, values []string) ([]string, error) {
	if len(values) == 0 {
		return nil, nil
	}
	q, err := among(tx, q, column, values)
	if err != nil {
		return nil, err
	}
	var found []string
	if err := q.Scan(ctx, &found); err != nil {
		return nil, db.Classify(err)
	}
	return found, nil
}

// ensureCompanies returns the companies with the normalised names that are the keys, and makes those that are missing. A
// Stripe customer fills an empty one.
func ensureCompanies(ctx context.Context, tx db.Tx, wanted map[string]Company, now time.Time) (map[string]Company, error) {
	found, err := companiesByName(ctx, tx, wanted)
	if err != nil {
		return nil, err
	}
	var missing []Company
	for key, c := range wanted {
		have, ok := found[key]
		if !ok {
			missing = append(missing, Company{ID: ident.New(), Name: c.Name, NameNorm: key, StripeCustomer: c.StripeCustomer, CreatedAt: now})
			continue
		}
		if have.StripeCustomer == "" && c.StripeCustomer != "" {
			_, err := tx.NewUpdate().Model((*Company)(nil)).Set("stripe_customer = ?", c.StripeCustomer).
				Where("id = ?", have.ID).Where("stripe_customer = ''").Exec(ctx)
			if err != nil {
				return nil, fmt.Errorf("update company %s: %w", have.ID, db.Classify(err))
			}
		}
	}
	if len(missing) == 0 {
		return found, nil
	}
	// Two imports that make the same companies in the same order wait for one another instead of for ever.
	slices.SortFunc(missing, func(a, b Company) int { return compareText(a.NameNorm, b.NameNorm) })
	n, err := db.Affected(tx.NewInsert().Model(&missing).On("CONFLICT DO NOTHING").Exec(ctx))
	if err != nil {
		return nil, fmt.Errorf("insert companies: %w", db.Classify(err))
	}
	if n < int64(len(missing)) {
		return companiesByName(ctx, tx, wanted)
	}
	for _, c := range missing {
		found[c.NameNorm] = c
	}
	return found, nil
}

func compareText(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func companiesByName(ctx context.Context, tx db.Tx, wanted map[string]Company) (map[string]Company, error) {
	found := make(map[string]Company, len(wanted))
	if len(wanted) == 0 {
		return found, nil
	}
	names := make([]string, 0, len(wanted))
	for key := range wanted {
		names = append(names, key)
	}
	var rows []Company
	q, err := among(tx, tx.NewSelect().Model(&rows), "name_norm", names)
	if err != nil {
		return nil, err
	}
	if err := q.Scan(ctx); err != nil {
		return nil, fmt.Errorf("find companies: %w", db.Classify(err))
	}
	for _, c := range rows {
		found[c.NameNorm] = c
	}
	return found, nil
}

// batch is what a chunk of a file writes, each kind of row at once.
type batch struct {
	created   []*Customer
	changed   []Customer
	addresses []Address
	demoted   []string // ids of addresses that are no longer the main ones
	tags      []tagRow
}

// errRival means that a customer was changed or made by somebody else since the chunk looked: it looks again.
var errRival = errors.New("customer changed in the meantime")

func (b batch) write(ctx context.Context, tx db.Tx) error {
	if err := insertCustomers(ctx, tx, b.created); err != nil {
		return rivalry("insert customers", err)
	}
	if err := updateCustomers(ctx, tx, b.changed); err != nil {
		return err
	}
	if len(b.demoted) > 0 {
		if _, err := tx.NewUpdate().Model((*Address)(nil)).Set("main = FALSE").Where("id IN (?)", bun.List(b.demoted)).Exec(ctx); err != nil {
			return fmt.Errorf("update addresses: %w", db.Classify(err))
		}
	}
	if err := insertNewAddresses(ctx, tx, b.addresses); err != nil {
		return rivalry("insert addresses", err)
	}
	if len(b.tags) > 0 {
		if _, err := tx.NewInsert().Model(&b.tags).On("CONFLICT DO NOTHING").Exec(ctx); err != nil {
			return fmt.Errorf("insert tags: %w", db.Classify(err))
		}
	}
	return nil
}

// Of the other columns a new customer has the defaults.
var createdColumns = append([]string{"id", "created_at"}, imported...)

func insertCustomers(ctx context.Context, tx db.Tx, list []*Customer) error {
	return bulk{table: "customer", columns: createdColumns, rows: len(list), row: func(i int, to []any) []any {
		c := list[i]
		var minor any
		if c.OrderMinor != nil {
			minor = *c.OrderMinor
		}
		return append(to, c.ID, c.CreatedAt,
			orNull(c.ExternalID), c.FirstName, c.LastName, orNull(c.CompanyID), c.Division, c.Country, c.Language, c.Zone, c.StripeCustomer, string(c.Stage),
			orNull(c.OwnerID), string(c.GiftPolicy), c.Note, timeOrNull(c.LastOrderAt), timeOrNull(c.RenewsAt), minor, c.OrderCurrency, c.Search, c.SortName,
			c.Version, c.UpdatedAt)
	}}.insert(ctx, tx)
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func timeOrNull(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t
}

var addressColumns = []string{"id", "customer_id", "kind", "label", "value", "value_norm", "identity", "main", "state", "created_at"}

func insertNewAddresses(ctx context.Context, tx db.Tx, list []Address) error {
	return bulk{table: "customer_address", columns: addressColumns, rows: len(list), row: func(i int, to []any) []any {
		a := &list[i]
		return append(to, a.ID, a.CustomerID, string(a.Kind), a.Label, a.Value, a.ValueNorm, a.Identity, a.Main, string(a.State), a.CreatedAt)
	}}.insert(ctx, tx)
}

func rivalry(what string, err error) error {
	if db.IsUnique(err) {
		return fmt.Errorf("%s: %w", what, errRival)
	}
	return fmt.Errorf("%s: %w", what, db.Classify(err))
}

// imported are the columns that an import writes. What only Goodword knows (asked_at, stopped_at and so on) moves without a
// new version and must not be put back.
var imported = []string{"external_id", "first_name", "last_name", "company_id", "division", "country", "language", "zone", "stripe_customer", "stage",
	"owner_id", "gift_policy", "note", "last_order_at", "renews_at", "order_minor", "order_currency", "search", "sort_name", "version", "updated_at"}

// updateCustomers writes many rows with one statement: an insertion that always meets its row. Whoever else changes a
// customer raises the version, so a stale row is not written, and the count tells.
func updateCustomers(ctx context.Context, tx db.Tx, rows []Customer) error {
	if len(rows) == 0 {
		return nil
	}
	for i := range rows {
		rows[i].Version++
	}
	q := tx.NewInsert().Model(&rows).On("CONFLICT (id) DO UPDATE").Returning("NULL").Where("customer.version = EXCLUDED.version - 1")
	for _, column := range imported {
		q = q.Set("? = EXCLUDED.?", bun.Ident(column), bun.Ident(column))
	}
	n, err := db.Affected(q.Exec(ctx))
	if err != nil {
		return rivalry("update customers", err)
	}
	if n != int64(len(rows)) {
		return errRival
	}
	return nil
}
