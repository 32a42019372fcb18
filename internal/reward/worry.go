package reward

import (
	"context"
	"fmt"
	"slices"
	"time"

	"goodword/internal/db"
)

// The names of alerts that stand for a trouble, not for one case of it.
const (
	AlertStuck  = "stuck"  // the outcome of payouts has been open for too long
	AlertShort  = "short"  // the balance at a rail does not cover what waits
	AlertStock  = "stock"  // there is no gift code of a value that somebody waits for
	AlertDouble = "double" // a rail shows more than was to be paid
	AlertUnread = "unread" // what Stripe told was missed for longer than it can be asked
	AlertDead   = "dead"   // jobs have failed in every attempt
)

// worries are the alerts and the kinds of cases that each stands for. Those of package reward that are told of with the case
// itself, in its transaction, are not among them.
var worries = []struct {
	alert string
	kinds []string
}{
	{AlertStuck, []string{CaseStuck, CaseAbsent, CaseVoidUnclear}},
	{AlertShort, []string{CaseShort}},
	{AlertStock, []string{CaseStock}},
	{AlertDouble, []string{CaseDouble, CaseLate}},
	{AlertUnread, []string{"stripe_events_missed"}},
	{AlertRails, RailCases},
}

// UrgentCases lists the kinds of cases that owners and finance are mailed about.
func UrgentCases() []string {
	kinds := []string{CaseVerify, CaseOverdue}
	for _, w := range worries {
		kinds = append(kinds, w.kinds...)
	}
	return kinds
}

// againAfter is how long people are left in peace about a trouble that goes on, even if more of it comes up.
const againAfter = 24 * time.Hour

// Tell mails owners and finance about each trouble with money, once however many cases of it there are and however many
// processes look: when it begins, and again after a day if more has come up meanwhile. It is a sweep.
func (s *Service) Tell(ctx context.Context) (int, error) {
	open, err := openKinds(ctx, s.DB)
	if err != nil {
		return 0, err
	}
	known, err := worriesTold(ctx, s.DB)
	if err != nil {
		return 0, err
	}
	jobs, newest, err := s.Queue.GivenUp(ctx)
	if err != nil {
		return 0, err
	}
	all := []trouble{{alert: AlertDead, count: jobs, newest: fmt.Sprintf("%020d", newest.ID), detail: newest.Kind}}
	for _, w := range worries {
		t := trouble{alert: w.alert}
		for _, k := range open {
			if slices.Contains(w.kinds, k.Kind) {
				t.add(k)
			}
		}
		all = append(all, t)
	}
	told := 0
	for _, t := range all {
		last, found := known[t.alert]
		if !t.worth(last, found, s.now()) {
			continue
		}
		n, err := s.tell(ctx, t)
		if err != nil {
			return told, fmt.Errorf("tell of %s: %w", t.alert, err)
		}
		told += n
	}
	return told, nil
}

// trouble is what is open of one kind.
type trouble struct {
	alert string
	count int64
	// newest grows with every new one; oldest is the id of the oldest case, empty for jobs.
	newest, oldest string
	// detail says what the oldest is about; for cases it is read when somebody is told.
	detail string
}

func (t *trouble) add(k openKind) {
	t.count += k.Cases
	t.newest = max(t.newest, k.Newest)
	if t.oldest == "" || k.Oldest < t.oldest {
		t.oldest = k.Oldest
	}
}

// worth reports whether there may be something to write down: a trouble to tell of, or one that is over.
func (t trouble) worth(last worry, found bool, now time.Time) bool {
	switch {
	case t.count == 0:
		return found
	case !found:
		return true
	}
	return last.Newest < t.newest && !last.ToldAt.After(now.Add(-againAfter))
}

func (s *Service) tell(ctx context.Context, t trouble) (int, error) {
	told := 0
	err := s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		told = 0
		now := s.now()
		if t.count == 0 {
			return endWorry(ctx, tx, t.alert, now)
		}
		// Of several processes that have seen the same, one gets to tell.
		fresh, err := beginWorry(ctx, tx, worry{Name: t.alert, Newest: t.newest, ToldAt: now}, now.Add(-againAfter))
		if err != nil || !fresh {
			return err
		}
		a := Alert{Name: t.alert, Count: t.count, Detail: t.detail}
		if t.oldest != "" {
			c, err := caseByID(ctx, tx, t.oldest)
			if err != nil {
				return err
			}
			a.Detail, a.CaseKind = c.Detail, c.Kind
		}
		told = 1
		return s.alert(ctx, tx, a)
	})
	return told, err
}
