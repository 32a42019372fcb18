package reward

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"goodword/internal/campaign"
	"goodword/internal/db"
	"goodword/internal/fault"
	"goodword/internal/ident"
)

// Reconciliation is a row of table reconciliation: one comparison of the books with one rail.
type Reconciliation struct {
	bun.BaseModel `bun:"table:reconciliation,alias:rc"`

	ID   string        `bun:"id,pk"`
	Rail campaign.Rail `bun:"rail"`
	// Day is the day that the nightly comparison is for, as 2026-05-12; empty for one that a person asked for.
	Day        string    `bun:"day,nullzero"`
	StartedAt  time.Time `bun:"started_at"`
	FinishedAt time.Time `bun:"finished_at,nullzero"`
	// Account is the one at the rail that was compared; empty when the rail was off and nothing was.
	Account string `bun:"account"`
	// Payouts of ours and Effects there that were looked at.
	Payouts int64 `bun:"payouts"`
	Effects int64 `bun:"effects"`
	// Discrepancies counts everything that does not fit, Opened what was not found before.
	Discrepancies int64 `bun:"discrepancies"`
	Opened        int64 `bun:"opened"`
}

// Reconcile is the job that compares the books with one rail.
type Reconcile struct {
	ReconciliationID string `json:"reconciliation_id"`
}

// Kind names the job's type.
func (Reconcile) Kind() string { return "reward.reconcile" }

// ReconcileTimeout is how long one comparison may take: a hundred effects a call.
const ReconcileTimeout = 10 * time.Minute

// statements returns the rails that can be compared, by name.
func (s *Service) statements() []Statement {
	var out []Statement
	for _, r := range s.rails {
		if st, ok := r.(Statement); ok {
			out = append(out, st)
		}
	}
	slices.SortFunc(out, func(a, b Statement) int { return strings.Compare(string(a.Name()), string(b.Name())) })
	return out
}

// ReconcileDue begins the day's comparison with each rail, once however many processes ask. It is a sweep.
func (s *Service) ReconcileDue(ctx context.Context) (int, error) {
	n := 0
	for _, st := range s.statements() {
		r := Reconciliation{ID: ident.New(), Rail: st.Name(), Day: night(s.now()), StartedAt: s.now()}
		if begun, err := reconciliationBegun(ctx, s.DB, r.Rail, r.Day); err != nil || begun {
			if err != nil {
				return n, err
			}
			continue
		}
		var fresh bool
		err := s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) (err error) {
			if fresh, err = insertReconciliation(ctx, tx, &r); err != nil || !fresh {
				return err
			}
			return s.Queue.Enqueue(ctx, tx, time.Time{}, Reconcile{ReconciliationID: r.ID})
		})
		if err != nil {
			return n, err
		}
		if fresh {
			n++
		}
	}
	return n, nil
}

// ReconcileDay is the job behind ReconcileDue. A comparison that has ended is not made again.
func (s *Service) ReconcileDay(ctx context.Context, job Reconcile) error {
	r, err := reconciliationByID(ctx, s.DB, job.ReconciliationID)
	if err != nil || !r.FinishedAt.IsZero() {
		return err
	}
	st, ok := s.rails[r.Rail].(Statement)
	if !ok {
		return fault.Newf(fault.Invalid, "The rail %s cannot be compared.", r.Rail)
	}
	return s.reconcile(ctx, &r, st)
}

// ReconcileNow compares the books with every rail that can list what it holds, or with one of them. It opens a case for
// everything that does not fit and was not found before, and moves nothing. A rail that does not answer is an error, after
// the others have been compared. Returns Invalid for a rail that cannot be compared.
func (s *Service) ReconcileNow(ctx context.Context, only campaign.Rail) ([]Reconciliation, error) {
	var out []Reconciliation
	var errs []error
	for _, st := range s.statements() {
		if only != "" && st.Name() != only {
			continue
		}
		r := Reconciliation{ID: ident.New(), Rail: st.Name(), StartedAt: s.now()}
		err := s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
			_, err := insertReconciliation(ctx, tx, &r)
			return err
		})
		if err == nil {
			err = s.reconcile(ctx, &r, st)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("compare with %s: %w", st.Name(), err))
			continue
		}
		out = append(out, r)
	}
	if only != "" && len(out)+len(errs) == 0 {
		return nil, fault.Newf(fault.Invalid, "The rail %s cannot be compared.", only)
	}
	return out, errors.Join(errs...)
}

// comparison is one run.
type comparison struct {
	*Service
	rail  Statement
	row   *Reconciliation
	since time.Time // payouts from before lie in another account, where nobody looks any more
	own   map[string]bool
	stray map[string][]Effect // objects that name a payout and are not its own, by payout
}

func (s *Service) reconcile(ctx context.Context, row *Reconciliation, rail Statement) error {
	row.StartedAt = s.now()
	account, err := rail.Account(ctx)
	if err != nil {
		return err
	}
	row.Account, row.Payouts, row.Effects, row.Discrepancies, row.Opened = account, 0, 0, 0, 0
	c := comparison{Service: s, rail: rail, row: row, own: map[string]bool{}, stray: map[string][]Effect{}}
	if account != "" {
		if err := c.run(ctx); err != nil {
			return err
		}
	}
	row.FinishedAt = s.now()
	return s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		return saveReconciliation(ctx, tx, row)
	})
}

func (c *comparison) run(ctx context.Context) error {
	if err := c.account(ctx); err != nil {
		return err
	}
	payees := func(ctx context.Context, after string) ([]string, error) {
		return payeesOf(ctx, c.DB, c.row.Rail, after, verifyBatch)
	}
	if err := c.rail.Effects(ctx, payees, func(page []Effect) error { return c.page(ctx, page) }); err != nil {
		return err
	}
	return c.ours(ctx)
}

// account notices that the key opens another account than before: everything older would be missing there.
func (c *comparison) account(ctx context.Context) error {
	known, err := accountsOf(ctx, c.DB, c.row.Rail)
	if err != nil {
		return err
	}
	if i := slices.IndexFunc(known, func(a railAccount) bool { return a.Account == c.row.Account }); i > 0 {
		c.since = known[i].FirstSeenAt
	} else if i < 0 && len(known) > 0 {
		c.since = c.row.StartedAt
	}
	if len(known) > 0 && known[0].Account != c.row.Account {
		d := difference{kind: CaseAccount, effect: Effect{Object: string(c.row.Rail) + ":" + c.row.Account},
			detail: fmt.Sprintf("The key of %s opens the account %s, and before it was %s. What was paid there is not compared any more.",
				c.row.Rail, c.row.Account, known[len(known)-1].Account)}
		if err := c.found(ctx, d); err != nil {
			return err
		}
	}
	return c.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		return insertAccount(ctx, tx, &railAccount{Rail: c.row.Rail, Account: c.row.Account, FirstSeenAt: c.row.StartedAt})
	})
}

// page compares what is there with what is here.
func (c *comparison) page(ctx context.Context, page []Effect) error {
	c.row.Effects += int64(len(page))
	var ids, objects []string
	for _, e := range page {
		if e.Payout != "" {
			ids = append(ids, payoutID(e.Payout))
		}
		objects = append(objects, e.Object)
	}
	payouts, err := payoutsNamed(ctx, c.DB, c.row.Rail, ids, objects)
	if err != nil {
		return err
	}
	byID, byObject := map[string]Payout{}, map[string]Payout{}
	for _, p := range payouts {
		byID[p.ID] = p
		if p.RailObject != "" {
			byObject[p.RailObject] = p
		}
	}
	for _, e := range page {
		p, own := byObject[e.Object]
		if !own {
			if e.Payout == "" {
				continue // not ours
			}
			var known bool
			if p, known = byID[payoutID(e.Payout)]; !known {
				if err := c.found(ctx, difference{kind: CaseMissingHere, effect: e,
					detail: fmt.Sprintf("%s of %s at %s bears the payout %s, which is not here.", e.Object, e.Amount, c.row.Rail, e.Payout)}); err != nil {
					return err
				}
				continue
			}
			if p.State != Refused && p.State != Cancelled {
				c.stray[p.ID] = append(c.stray[p.ID], e)
				continue
			}
		}
		c.own[p.ID] = own
		// What has moved since the list was asked for is the next run's.
		if d, differ := differs(p, e, c.now()); differ && !p.UpdatedAt.After(c.row.StartedAt) {
			if err := c.found(ctx, d); err != nil {
				return err
			}
		}
	}
	return nil
}

// ours compares what is here with what was there.
func (c *comparison) ours(ctx context.Context) error {
	for after := ""; ; {
		payouts, err := paidBy(ctx, c.DB, c.row.Rail, c.row.StartedAt, after, verifyBatch)
		if err != nil {
			return err
		}
		if len(payouts) == 0 {
			break
		}
		for _, p := range payouts {
			after = p.ID
			c.row.Payouts++
			if c.own[p.ID] || p.CreatedAt.Before(c.since) {
				continue
			}
			if err := c.missing(ctx, p); err != nil {
				return err
			}
		}
	}
	return c.strays(ctx)
}

// missing is about a payout whose object was not in the list: only a look-up that finds nothing says that it is not there.
func (c *comparison) missing(ctx context.Context, p Payout) error {
	d := difference{kind: CaseMissingThere, payout: p, effect: Effect{Object: p.RailObject},
		detail: fmt.Sprintf("Payout %s of %s is settled here as %s, and %s shows no such thing.", p.Name(), p.Amount(), p.RailObject, c.row.Rail)}
	if others := c.stray[p.ID]; len(others) > 0 {
		d.detail = fmt.Sprintf("Payout %s of %s is settled here as %s, and %s shows %s instead.", p.Name(), p.Amount(), p.RailObject, c.row.Rail, others[0].Object)
		c.stray[p.ID] = others[1:]
		return c.found(ctx, d)
	}
	switch a := c.rail.LookUp(ctx, p); a.Class {
	case AnsweredOK:
		return nil
	case AnsweredNo:
		return c.found(ctx, d)
	default:
		return fault.Newf(fault.Unavailable, "The rail %s does not say whether payout %s is there (%s).", c.row.Rail, p.ID, a.Note)
	}
}

// strays are objects that name a payout which has another one.
func (c *comparison) strays(ctx context.Context) error {
	for id, effects := range c.stray {
		p, err := payoutByID(ctx, c.DB, id)
		if err != nil {
			return err
		}
		if p.RailObject == "" && len(effects) > 0 {
			effects = effects[1:] // the outcome is open, and this will settle it
		}
		for _, e := range effects {
			if e.Object == p.RailObject {
				continue // it settled meanwhile
			}
			if err := c.found(ctx, difference{kind: CaseDuplicate, payout: p, effect: e,
				detail: fmt.Sprintf("%s shows %s of %s beside %s for one payout %s.", c.row.Rail, e.Object, e.Amount, p.RailObject, p.Name())}); err != nil {
				return err
			}
		}
	}
	return nil
}

// found opens a case for what was not found before.
func (c *comparison) found(ctx context.Context, d difference) error {
	c.row.Discrepancies++
	now := c.now()
	row := discrepancy{Fingerprint: string(c.row.Rail) + " " + d.fingerprint(), Rail: c.row.Rail, Kind: d.kind, CaseID: ident.New(), FirstSeenAt: now, LastSeenAt: now}
	opened := false
	err := c.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		opened = false
		fresh, err := insertDiscrepancy(ctx, tx, &row)
		if err != nil || !fresh {
			return err
		}
		opened, err = c.openFresh(ctx, tx, Case{ID: row.CaseID, Kind: d.kind, Subject: row.Fingerprint, PayoutID: d.payout.ID,
			RewardID: d.payout.Parameters.RewardID, Detail: d.detail})
		return err
	})
	if err != nil || !opened {
		return err
	}
	c.row.Opened++
	return nil
}
