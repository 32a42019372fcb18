package invitation

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"goodword/internal/campaign"
	"goodword/internal/db"
	"goodword/internal/fault"
)

func byID(ctx context.Context, idb bun.IDB, id string) (Invitation, error) {
	var i Invitation
	err := idb.NewSelect().Model(&i).Where("id = ?", id).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return Invitation{}, noInvitation()
	}
	if err != nil {
		return Invitation{}, fmt.Errorf("read invitation %s: %w", id, db.Classify(err))
	}
	return i, nil
}

func noInvitation() error { return fault.New(fault.NotFound, "There is no such invitation.") }

// byOccasion returns the invitation of a customer to a campaign for one occasion.
func byOccasion(ctx context.Context, idb bun.IDB, campaignID, customerID, occasion string) (Invitation, error) {
	var i Invitation
	err := idb.NewSelect().Model(&i).Where("campaign_id = ?", campaignID).Where("customer_id = ?", customerID).Where("occasion = ?", occasion).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return Invitation{}, noInvitation()
	}
	if err != nil {
		return Invitation{}, fmt.Errorf("read invitation of customer %s: %w", customerID, err)
	}
	return i, nil
}

func list(ctx context.Context, idb bun.IDB, f Filter, p db.Page) (db.List[Invitation], error) {
	after, err := p.Keys(1)
	if err != nil {
		return db.List[Invitation]{}, err
	}
	var rows []Invitation
	q := idb.NewSelect().Model(&rows)
	if f.CampaignID != "" {
		q = q.Where("campaign_id = ?", f.CampaignID)
	}
	if f.CustomerID != "" {
		q = q.Where("customer_id = ?", f.CustomerID)
	}
	if len(f.States) > 0 {
		q = q.Where("state IN (?)", bun.List(f.States))
	}
	if after != nil {
		q = q.Where("id < ?", after[0])
	}
	// Ids grow with time, so the id alone is the order of making.
	if err := q.Order("id DESC").Limit(int64(p.Size()) + 1).Scan(ctx); err != nil {
		return db.List[Invitation]{}, fmt.Errorf("list invitations: %w", db.Classify(err))
	}
	return db.Cut(rows, p, func(i Invitation) []string { return []string{i.ID} }), nil
}

func counts(ctx context.Context, idb bun.IDB, campaignID string) (Counts, error) {
	var rows []struct {
		State State
		N     int
	}
	err := idb.NewSelect().Model((*Invitation)(nil)).Column("state").ColumnExpr("count(*) AS n").Where("campaign_id = ?", campaignID).Group("state").Scan(ctx, &rows)
	if err != nil {
		return Counts{}, fmt.Errorf("count invitations of campaign %s: %w", campaignID, db.Classify(err))
	}
	var c Counts
	to := map[State]*int{Planned: &c.Planned, Sent: &c.Sent, Answered: &c.Answered, Stopped: &c.Stopped, Expired: &c.Expired, Bounced: &c.Bounced}
	for _, r := range rows {
		if n, ok := to[r.State]; ok {
			*n = r.N
		}
	}
	return c, nil
}

// lock takes the invitation for this transaction and returns it fresh.
func lock(ctx context.Context, tx db.Tx, id string) (Invitation, error) {
	var i Invitation
	err := tx.NewUpdate().Model(&i).Set("version = version + 1").Where("id = ?", id).Returning("*").Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return Invitation{}, noInvitation()
	}
	if err != nil {
		return Invitation{}, fmt.Errorf("lock invitation %s: %w", id, err)
	}
	return i, nil
}

func save(ctx context.Context, tx db.Tx, i Invitation) error {
	if _, err := tx.NewUpdate().Model(&i).ExcludeColumn("id", "campaign_id", "customer_id", "offer_id", "created_at").WherePK().Exec(ctx); err != nil {
		return fmt.Errorf("save invitation %s: %w", i.ID, err)
	}
	return nil
}

// insertNew inserts the rows that are new for their campaign, customer and occasion, and returns their ids.
func insertNew(ctx context.Context, tx db.Tx, rows []Invitation) (map[string]bool, error) {
	made := map[string]bool{}
	if len(rows) == 0 {
		return made, nil
	}
	var ids []string
	err := tx.NewInsert().Model(&rows).On("CONFLICT (campaign_id, customer_id, occasion) DO NOTHING").Returning("id").Scan(ctx, &ids)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("insert invitations: %w", err)
	}
	for _, id := range ids {
		made[id] = true
	}
	return made, nil
}

// invitedSince returns which of the customers have an invitation to the campaign that was made after a time; after the
// zero time that is any.
func invitedSince(ctx context.Context, idb bun.IDB, campaignID string, customerIDs []string, since time.Time) (map[string]bool, error) {
	out := map[string]bool{}
	if len(customerIDs) == 0 {
		return out, nil
	}
	var found []string
	q := idb.NewSelect().Model((*Invitation)(nil)).Column("customer_id").Where("campaign_id = ?", campaignID).Where("customer_id IN (?)", bun.List(customerIDs))
	if !since.IsZero() {
		q = q.Where("created_at > ?", since)
	}
	if err := q.Scan(ctx, &found); err != nil {
		return nil, fmt.Errorf("read invitations of campaign %s: %w", campaignID, db.Classify(err))
	}
	for _, id := range found {
		out[id] = true
	}
	return out, nil
}

// due selects what a live campaign has to send: first mails whose time has come, or reminders. A claim that is a minute old
// belongs to a worker that died.
func due(idb bun.IDB, reminders bool, now time.Time) *bun.SelectQuery {
	live := idb.NewSelect().Model((*campaign.Campaign)(nil)).Column("campaign.id").Where("campaign.state = ?", campaign.Live)
	q := idb.NewSelect().Model((*Invitation)(nil)).Column("invitation.id").Where("invitation.campaign_id IN (?)", live).
		Where("(invitation.claimed_at IS NULL OR invitation.claimed_at <= ?)", now.Add(-claimFor)).
		// What is over was not sent in time. The sweep that ends it may come after the one that sends.
		Where("invitation.expires_at > ?", now)
	if reminders {
		return q.Where("invitation.state = ?", Sent).Where("invitation.remind_at <= ?", now).Order("invitation.remind_at", "invitation.id")
	}
	return q.Where("invitation.state = ?", Planned).Where("invitation.send_at <= ?", now).Order("invitation.send_at", "invitation.id")
}

// countDue counts at most limit mails that are due.
func countDue(ctx context.Context, d *db.DB, now time.Time, limit int) (int, error) {
	total := 0
	for _, reminders := range []bool{false, true} {
		var ids []string
		if err := due(d, reminders, now).Limit(int64(limit)).Scan(ctx, &ids); err != nil {
			return 0, fmt.Errorf("count due invitations: %w", db.Classify(err))
		}
		total += len(ids)
	}
	return total, nil
}

// take claims up to limit due mails for this worker. It returns their rows and the ids of those that were claimed before,
// by a worker that died or had trouble.
func take(ctx context.Context, d *db.DB, tx db.Tx, now time.Time, limit int) (rows []Invitation, before map[string]bool, err error) {
	var ids []string
	before = map[string]bool{}
	for _, reminders := range []bool{false, true} {
		var found []Invitation
		if err := d.SkipLocked(due(tx, reminders, now).Column("invitation.claimed_at")).Limit(int64(limit-len(ids))).Scan(ctx, &found); err != nil {
			return nil, nil, fmt.Errorf("find due invitations: %w", err)
		}
		for _, f := range found {
			ids = append(ids, f.ID)
			before[f.ID] = !f.ClaimedAt.IsZero()
		}
		if len(ids) >= limit {
			break
		}
	}
	if len(ids) == 0 {
		return nil, nil, nil
	}
	err = tx.NewUpdate().Model((*Invitation)(nil)).Set("claimed_at = ?", now).Set("version = version + 1").Where("id IN (?)", bun.List(ids)).Returning("*").Scan(ctx, &rows)
	if err != nil {
		return nil, nil, fmt.Errorf("claim invitations: %w", err)
	}
	return rows, before, nil
}

// markSent moves a batch that one campaign sent in one statement, because a statement for each mail is what makes a
// campaign slow. It does what apply(verbSend) does, for every state that the verb leads out of, and returns the ids of
// those that moved; what was answered, stopped or sent meanwhile stays.
func markSent(ctx context.Context, tx db.Tx, ids []string, remindAt, now time.Time) ([]string, error) {
	var moved []string
	q := tx.NewUpdate().Model((*Invitation)(nil)).Set("state = ?", Sent).Set("sent_at = ?", now).Set("claimed_at = NULL").Set("version = version + 1").
		Where("id IN (?)", bun.List(ids)).Where("state IN (?)", bun.List(from(verbSend))).Returning("id")
	if !remindAt.IsZero() {
		q = q.Set("remind_at = ?", remindAt)
	}
	if err := q.Scan(ctx, &moved); err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("mark invitations as sent: %w", err)
	}
	return moved, nil
}

// listedAmong returns which hashes are on package mail's stop list at all, whatever the entry says.
func listedAmong(ctx context.Context, idb bun.IDB, blinds []string) (map[string]bool, error) {
	out := map[string]bool{}
	if len(blinds) == 0 {
		return out, nil
	}
	var found []string
	if err := idb.NewSelect().TableExpr("suppression").Column("blind").Where("blind IN (?)", bun.List(blinds)).Scan(ctx, &found); err != nil {
		return nil, fmt.Errorf("look into the stop list: %w", db.Classify(err))
	}
	for _, b := range found {
		out[b] = true
	}
	return out, nil
}

// claimedElsewhere returns which of the customers have a first mail on its way that is not among the rows. Two workers that
// claim at the same instant may miss one another; the worst is a second mail on one day.
func claimedElsewhere(ctx context.Context, tx db.Tx, customerIDs []string, rows []Invitation, now time.Time) (map[string]bool, error) {
	mine := make([]string, len(rows))
	for i, r := range rows {
		mine[i] = r.ID
	}
	var found []string
	err := tx.NewSelect().Model((*Invitation)(nil)).Column("customer_id").Where("customer_id IN (?)", bun.List(customerIDs)).
		Where("state = ?", Planned).Where("claimed_at > ?", now.Add(-claimFor)).Where("id NOT IN (?)", bun.List(mine)).Scan(ctx, &found)
	if err != nil {
		return nil, fmt.Errorf("read claims of others: %w", err)
	}
	busy := map[string]bool{}
	for _, id := range found {
		busy[id] = true
	}
	return busy, nil
}

// openOf returns the invitations that a stop would end: of one campaign, or of all if it is empty.
func openOf(ctx context.Context, tx db.Tx, customerID, campaignID string) ([]string, error) {
	var ids []string
	q := tx.NewSelect().Model((*Invitation)(nil)).Column("id").Where("customer_id = ?", customerID).Where("state IN (?)", bun.List(from(verbStop)))
	if campaignID != "" {
		q = q.Where("campaign_id = ?", campaignID)
	}
	if err := q.Order("id").Scan(ctx, &ids); err != nil {
		return nil, fmt.Errorf("read open invitations of customer %s: %w", customerID, err)
	}
	return ids, nil
}

// expired returns invitations whose time is over, and planned ones whose campaign has ended.
func expired(ctx context.Context, idb bun.IDB, now time.Time, limit int) (over, orphaned []string, err error) {
	err = idb.NewSelect().Model((*Invitation)(nil)).Column("id").Where("state IN (?)", bun.List([]State{Planned, Sent})).Where("expires_at <= ?", now).
		Order("expires_at", "id").Limit(int64(limit)).Scan(ctx, &over)
	if err != nil {
		return nil, nil, fmt.Errorf("read expired invitations: %w", db.Classify(err))
	}
	ended := idb.NewSelect().Model((*campaign.Campaign)(nil)).Column("campaign.id").Where("campaign.state = ?", campaign.Ended)
	err = idb.NewSelect().Model((*Invitation)(nil)).Column("invitation.id").Where("invitation.state = ?", Planned).Where("invitation.campaign_id IN (?)", ended).
		Order("invitation.id").Limit(int64(limit)).Scan(ctx, &orphaned)
	if err != nil {
		return nil, nil, fmt.Errorf("read invitations of ended campaigns: %w", db.Classify(err))
	}
	return over, orphaned, nil
}
