package customer

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/uptrace/bun"

	"goodword/internal/db"
	"goodword/internal/fault"
)

// hotLinks are the look-ups behind every token page: raw and prepared, because bun costs a third of the page's time.
type hotLinks struct {
	find, open hotStatement
}

// hotStatement keeps one statement for the life of the process, on SQLite; pgx keeps its own.
type hotStatement struct {
	mu   sync.Mutex
	stmt atomic.Pointer[sql.Stmt]
}

const (
	hotPostgres = `SELECT id, token_sealed, purpose, COALESCE(customer_id, ''), COALESCE(invitation_id, ''), COALESCE(introduction_id, ''),
		expires_at, revoked_at, created_at FROM private_link WHERE token_hash = $1`
	// The driver tries several layouts for a TIMESTAMP, which costs a fifth of the look-up; the cast lets us try the right one.
	hotSQLite = `SELECT id, token_sealed, purpose, COALESCE(customer_id, ''), COALESCE(invitation_id, ''), COALESCE(introduction_id, ''),
		CAST(expires_at AS TEXT), CAST(revoked_at AS TEXT), CAST(created_at AS TEXT) FROM private_link WHERE token_hash = ?`
	sqliteTime = "2006-01-02 15:04:05.999999999-07:00"

	openPostgres = `SELECT l.id, i.id, i.version FROM private_link l JOIN introduction i ON i.id = l.introduction_id
		WHERE l.token_hash = $1 AND l.purpose = 'prospect' AND l.revoked_at IS NULL AND l.expires_at > $2`
	openSQLite = `SELECT l.id, i.id, i.version FROM private_link l JOIN introduction i ON i.id = l.introduction_id
		WHERE l.token_hash = ? AND l.purpose = 'prospect' AND l.revoked_at IS NULL AND l.expires_at > ?`
)

// opened returns NotFound for a link that opens no introduction, whatever the reason.
func (h *hotLinks) opened(ctx context.Context, d *db.DB, hash string, now time.Time) (o Opened, err error) {
	if d.Pool() != nil {
		err = d.Pool().QueryRow(ctx, openPostgres, hash, now).Scan(&o.LinkID, &o.IntroductionID, &o.Version)
	} else {
		var stmt *sql.Stmt
		if stmt, err = h.open.prepared(ctx, d, openSQLite); err == nil { //nolint:sqlclosecheck // kept for the life of the process
			// The driver starts a goroutine for each context that may end, which costs more than what it would save here.
			err = stmt.QueryRowContext(context.WithoutCancel(ctx), hash, now).Scan(&o.LinkID, &o.IntroductionID, &o.Version)
		}
	}
	if errors.Is(err, sql.ErrNoRows) || errors.Is(err, pgx.ErrNoRows) {
		return Opened{}, noLink()
	}
	if err != nil {
		return Opened{}, fmt.Errorf("open link: %w", db.Classify(err))
	}
	return o, nil
}

func (h *hotLinks) byHash(ctx context.Context, d *db.DB, hash string) (Link, error) {
	var l Link
	var err error
	if d.Pool() != nil {
		err = h.findPostgres(ctx, d, hash, &l)
	} else {
		err = h.findSQLite(ctx, d, hash, &l)
	}
	if errors.Is(err, sql.ErrNoRows) || errors.Is(err, pgx.ErrNoRows) {
		return Link{}, noLink()
	}
	if err != nil {
		return Link{}, fmt.Errorf("look up link: %w", db.Classify(err))
	}
	l.TokenHash = hash
	return l, nil
}

func (h *hotLinks) findPostgres(ctx context.Context, d *db.DB, hash string, l *Link) error {
	var revoked *time.Time
	err := d.Pool().QueryRow(ctx, hotPostgres, hash).Scan(&l.ID, &l.TokenSealed, &l.Purpose, &l.CustomerID, &l.InvitationID, &l.IntroductionID,
		&l.ExpiresAt, &revoked, &l.CreatedAt)
	if revoked != nil {
		l.RevokedAt = *revoked
	}
	return err
}

func (h *hotLinks) findSQLite(ctx context.Context, d *db.DB, hash string, l *Link) error {
	stmt, err := h.find.prepared(ctx, d, hotSQLite) //nolint:sqlclosecheck // kept for the life of the process
	if err != nil {
		return err
	}
	var expires, created string
	var revoked sql.NullString
	err = stmt.QueryRowContext(ctx, hash).Scan(&l.ID, &l.TokenSealed, &l.Purpose, &l.CustomerID, &l.InvitationID, &l.IntroductionID,
		&expires, &revoked, &created)
	if err != nil {
		return err
	}
	for _, f := range []struct {
		to   *time.Time
		text string
	}{{&l.ExpiresAt, expires}, {&l.RevokedAt, revoked.String}, {&l.CreatedAt, created}} {
		if f.text == "" {
			continue
		}
		if *f.to, err = time.Parse(sqliteTime, f.text); err != nil {
			return err
		}
	}
	return nil
}

// prepared returns the statement of a text, always the same one; a failure is tried again by the next request.
func (h *hotStatement) prepared(ctx context.Context, d *db.DB, text string) (*sql.Stmt, error) {
	if stmt := h.stmt.Load(); stmt != nil {
		return stmt, nil
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if stmt := h.stmt.Load(); stmt != nil {
		return stmt, nil
	}
	// The statement outlives the request that happens to come first.
	//nolint:sqlclosecheck // kept for the life of the process
	stmt, err := d.Reader().PrepareContext(context.WithoutCancel(ctx), text)
	if err != nil {
		return nil, err
	}
	h.stmt.Store(stmt)
	return stmt, nil
}

func insertLinks(ctx context.Context, tx db.Tx, links []Link) error {
	if _, err := tx.NewInsert().Model(&links).Exec(ctx); err != nil {
		return fmt.Errorf("insert private links: %w", db.Classify(err))
	}
	return nil
}

func linkByID(ctx context.Context, idb bun.IDB, id string) (Link, error) {
	var l Link
	err := idb.NewSelect().Model(&l).Where("id = ?", id).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return Link{}, fault.New(fault.NotFound, "There is no such link.")
	}
	if err != nil {
		return Link{}, fmt.Errorf("read link %s: %w", id, db.Classify(err))
	}
	return l, nil
}

func newestLink(ctx context.Context, idb bun.IDB, s Subject, now time.Time) (Link, error) {
	var l Link
	q := idb.NewSelect().Model(&l).Where("revoked_at IS NULL").Where("expires_at > ?", now)
	for column, value := range s.columns() {
		q = q.Where("? = ?", bun.Ident(column), value)
	}
	err := q.Order("created_at DESC", "id DESC").Limit(1).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return Link{}, fault.New(fault.NotFound, "There is no such link.")
	}
	if err != nil {
		return Link{}, fmt.Errorf("find link: %w", db.Classify(err))
	}
	return l, nil
}

// columns names the fields that are set.
func (s Subject) columns() map[string]string {
	m := map[string]string{"purpose": string(s.Purpose), "customer_id": s.CustomerID, "invitation_id": s.InvitationID,
		"introduction_id": s.IntroductionID}
	for k, v := range m {
		if v == "" {
			delete(m, k)
		}
	}
	return m
}

// revokeLinks ends the link with the id, or else every link of the subject.
func revokeLinks(ctx context.Context, tx db.Tx, s Subject, id string, now time.Time) error {
	q := tx.NewUpdate().Model((*Link)(nil)).Set("revoked_at = ?", now).Where("revoked_at IS NULL")
	if id != "" {
		q = q.Where("id = ?", id)
	}
	for column, value := range s.columns() {
		q = q.Where("? = ?", bun.Ident(column), value)
	}
	if _, err := q.Exec(ctx); err != nil {
		return fmt.Errorf("revoke links: %w", db.Classify(err))
	}
	return nil
}

// destroyLinks also forgets the sealed tokens, so that nothing can show the links again.
func destroyLinks(ctx context.Context, tx db.Tx, customerID string, now time.Time) error {
	_, err := tx.NewUpdate().Model((*Link)(nil)).Set("revoked_at = COALESCE(revoked_at, ?)", now).Set("token_sealed = ''").
		Where("customer_id = ?", customerID).Exec(ctx)
	if err != nil {
		return fmt.Errorf("destroy links of customer %s: %w", customerID, db.Classify(err))
	}
	return nil
}

func linksOf(ctx context.Context, idb bun.IDB, customerID string) ([]Link, error) {
	var rows []Link
	if err := idb.NewSelect().Model(&rows).Where("customer_id = ?", customerID).Order("created_at", "id").Scan(ctx); err != nil {
		return nil, fmt.Errorf("list links of customer %s: %w", customerID, db.Classify(err))
	}
	return rows, nil
}
