package staff

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/uptrace/bun"

	"goodword/internal/db"
	"goodword/internal/fault"
)

func notFound() error { return fault.New(fault.NotFound, "There is no such colleague.") }

func addressTaken() error {
	return &fault.Error{Code: fault.Conflict, Message: "This address has an account already.", Key: "error.conflict",
		Problems: []fault.Problem{{Field: "email", Message: "This address has an account already."}}}
}

func lock(ctx context.Context, tx db.Tx, id string) (Member, error) {
	var m Member
	err := tx.NewUpdate().Model(&m).Set("version = version + 1").Where("id = ?", id).Returning(memberColumns).Scan(ctx)
	return m, classify(err, id)
}

// memberColumns are all of Member's, which leaves the password out.
const memberColumns = "id, email, name, role, state, division, phone, title, language, zone, deputy_id, away_until, work_from, work_until, version, created_at"

func classify(err error, id string) error {
	if errors.Is(err, sql.ErrNoRows) {
		return notFound()
	}
	if err != nil {
		return fmt.Errorf("read staff %s: %w", id, db.Classify(err))
	}
	return nil
}

// save writes every column of a locked row but the password.
func save(ctx context.Context, tx db.Tx, m Member) error {
	_, err := tx.NewUpdate().Model(&m).WherePK().Exec(ctx)
	if db.IsUnique(err) {
		return addressTaken()
	}
	if err != nil {
		return fmt.Errorf("save staff %s: %w", m.ID, db.Classify(err))
	}
	return nil
}

func insertMember(ctx context.Context, tx db.Tx, m Member) error {
	n, err := db.Affected(tx.NewInsert().Model(&m).On("CONFLICT DO NOTHING").Exec(ctx))
	if err != nil {
		return db.Classify(err)
	}
	if n == 0 {
		return addressTaken()
	}
	return nil
}

// setPassword stores a hash, or none for "".
func setPassword(ctx context.Context, tx db.Tx, id, hash string) error {
	var value any
	if hash != "" {
		value = hash
	}
	if _, err := tx.NewUpdate().Model((*Member)(nil)).Set("password_hash = ?", value).Where("id = ?", id).Exec(ctx); err != nil {
		return fmt.Errorf("set password of staff %s: %w", id, db.Classify(err))
	}
	return nil
}

func memberByID(ctx context.Context, idb bun.IDB, id string) (Member, error) {
	var m Member
	err := idb.NewSelect().Model(&m).Where("id = ?", id).Scan(ctx)
	return m, classify(err, id)
}

// memberWithPassword finds by address, or by id if there is no address. The hash is empty before set-up.
func memberWithPassword(ctx context.Context, idb bun.IDB, email, id string) (Member, string, error) {
	var row struct {
		Member       `bun:",extend"`
		PasswordHash string `bun:"password_hash"`
	}
	q := idb.NewSelect().Model(&row.Member).ColumnExpr(memberColumns).ColumnExpr("COALESCE(password_hash, '') AS password_hash")
	if id != "" {
		q = q.Where("id = ?", id)
	} else {
		q = q.Where("lower(email) = ?", strings.ToLower(strings.TrimSpace(email)))
	}
	err := q.Scan(ctx, &row)
	return row.Member, row.PasswordHash, classify(err, id)
}

func members(ctx context.Context, idb bun.IDB) ([]Member, error) {
	var rows []Member
	err := idb.NewSelect().Model(&rows).OrderExpr("CASE WHEN state = 'disabled' THEN 1 ELSE 0 END, lower(name), id").Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("list staff: %w", db.Classify(err))
	}
	return rows, nil
}

// countOwners locks nothing, so two owners who leave at the same moment are told apart by the row that both must raise.
func countOwners(ctx context.Context, tx db.Tx) (int64, error) {
	var ids []string
	err := tx.NewUpdate().Model((*Member)(nil)).Set("version = version + 1").Where("role = ?", Owner).Where("state = ?", Active).
		Returning("id").Scan(ctx, &ids)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, fmt.Errorf("count owners: %w", db.Classify(err))
	}
	return int64(len(ids)), nil
}

// replaceDeputy names the successor wherever the member was the deputy, and nobody where that would be oneself.
func replaceDeputy(ctx context.Context, tx db.Tx, from, to string) error {
	_, err := tx.NewUpdate().Model((*Member)(nil)).Set("deputy_id = CASE WHEN id = ? THEN NULL ELSE ? END", to, to).
		Set("version = version + 1").Where("deputy_id = ?", from).Exec(ctx)
	if err != nil {
		return fmt.Errorf("replace deputy %s: %w", from, db.Classify(err))
	}
	return nil
}
