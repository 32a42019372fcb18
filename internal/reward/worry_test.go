package reward_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"goodword/internal/campaign"
	"goodword/internal/db"
	"goodword/internal/dbtest"
	"goodword/internal/i18n"
	"goodword/internal/ident"
	"goodword/internal/mail"
	"goodword/internal/reward"
)

// tell lets several processes look for trouble at once and returns how many mails were asked for in all.
func (w *world) tell() int64 {
	w.t.Helper()
	before := w.alerts()
	var all sync.WaitGroup
	for range 4 {
		s := w.service()
		all.Go(func() {
			if _, err := s.Tell(w.ctx); err != nil {
				w.t.Error(err)
			}
		})
	}
	all.Wait()
	return w.alerts() - before
}

// open puts a case before a person, as whatever finds it does.
func (w *world) open(kind string) {
	w.t.Helper()
	w.tx(func(ctx context.Context, tx db.Tx) error {
		c := reward.Case{ID: ident.New(), Kind: kind, Subject: ident.New(), Detail: "EUR 50.00", State: reward.CaseOpen, OpenedAt: w.clock.now()}
		_, err := tx.NewInsert().Model(&c).Exec(ctx)
		return err
	})
}

func (w *world) resolveAll(kind string) {
	w.t.Helper()
	for _, c := range w.cases(kind) {
		_, err := w.ResolveCase(w.ctx, finance, c.ID, reward.Resolution{Action: reward.ActionNote, Note: "seen"})
		w.must(err)
	}
}

// M25: an hour without an outcome is told of, once for all payouts of the incident, to owners and finance only.
func TestTell_StuckPayoutsOnceForAll(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.hire(owner, finance, marketer)
		_, o := w.campaign(10_000_00, nil, thanks(50_00))
		ana := w.customer("Ana")
		for range 5 {
			w.win(o, ana.ID, 900_00)
		}
		w.clock.pass(31 * day)
		w.credit.faults.dropBefore, w.credit.blind = 100, true
		w.sweep()
		if n := w.tell(); n != 0 {
			t.Errorf("%d mails before the hour is over", n)
		}
		w.clock.pass(61 * time.Minute)
		w.sweep()
		if got := len(w.cases(reward.CaseStuck)); got != 5 {
			t.Fatalf("%d stuck payouts, want 5", got)
		}
		if n := w.tell(); n != 2 {
			t.Errorf("%d mails, want one each for owner and finance", n)
		}
		w.clock.pass(5 * time.Hour)
		if n := w.tell(); n != 0 {
			t.Errorf("%d mails about the same payouts", n)
		}
		w.credit.faults.dropBefore, w.credit.blind = 0, false
		w.clock.pass(time.Hour)
		w.sweep()
		w.tell()
		if got := len(w.cases(reward.CaseStuck)); got != 0 {
			t.Errorf("%d cases after the rail is back", got)
		}
		w.verified()
	})
}

// Each trouble is told of when it begins, not again for what is known, once a day while more comes up, and at once when it
// begins again. Every mail can be written in both languages.
func TestTell_EachTroubleOnce(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.hire(owner, finance, marketer)
		for _, kind := range []string{reward.CaseStuck, reward.CaseAbsent, reward.CaseShort, reward.CaseStock, reward.CaseDouble, "stripe_events_missed", reward.CaseMissingThere} {
			steps := []struct {
				what string
				do   func()
				want int64
			}{
				{"nothing is wrong", func() {}, 0},
				{"it begins", func() { w.open(kind); w.open(kind) }, 2},
				{"it is known", func() {}, 0},
				{"more of it", func() { w.open(kind) }, 0},
				{"more of it, and a day is over", func() { w.clock.pass(day) }, 2},
				{"a day without more", func() { w.clock.pass(day) }, 0},
				{"it is over", func() { w.resolveAll(kind) }, 0},
				{"it begins again", func() { w.clock.pass(time.Minute); w.tell(); w.open(kind) }, 2},
				{"it is over again", func() { w.resolveAll(kind); w.clock.pass(time.Minute) }, 0},
			}
			if kind == reward.CaseAbsent {
				continue // it is part of the same trouble as payouts that are stuck
			}
			for _, s := range steps {
				s.do()
				if n := w.tell(); n != s.want {
					t.Errorf("%s: %s: %d mails, want %d", kind, s.what, n, s.want)
				}
			}
		}
		// What nobody has to be woken for.
		for _, kind := range []string{reward.CaseByHand, reward.CaseRefused, reward.CaseReview, reward.CasePayee} {
			w.open(kind)
		}
		if n := w.tell(); n != 0 {
			t.Errorf("%d mails about everyday cases", n)
		}
		w.lettersAreWhole()
	})
}

// lettersAreWhole sends every alert that waits and looks at what it says.
func (w *world) lettersAreWhole() {
	w.t.Helper()
	var rows []struct {
		Args reward.Alert `bun:"args,type:jsonb"`
	}
	args := "args"
	if w.db.Engine() == db.SQLite {
		args = "json(args) AS args" // the engine keeps them in SQLite's own binary form
	}
	w.must(w.db.NewSelect().TableExpr("river_job").ColumnExpr(args).Where("kind = 'reward.alert'").OrderExpr("id").Scan(w.ctx, &rows))
	for _, row := range rows {
		for range 2 {
			w.must(w.SendAlert(w.ctx, row.Args))
		}
		m, ok := w.mails.get("money_alert:" + row.Args.ID + ":" + row.Args.StaffID)
		v, isAlert := m.View.(mail.MoneyAlert)
		if !ok || !isAlert || v.Kind != row.Args.Name || v.First == "" || v.Count == 0 {
			w.t.Errorf("alert %+v became %+v", row.Args, m.View)
		}
		for _, lang := range []string{"en", "de"} {
			l := i18n.For(lang)
			keys := []string{"mail.money_alert." + v.Kind + ".subject", "mail.money_alert." + v.Kind + ".do"}
			if v.What != "" {
				keys = append(keys, "mail.case."+v.What)
			}
			for _, key := range keys {
				if !l.Has(key) {
					w.t.Errorf("%s lacks %s", lang, key)
				}
			}
		}
	}
	if len(rows) == 0 {
		w.t.Error("no alert to look at")
	}
}

// O9: jobs that have failed for good are told of, those that were refused as done by others are not.
func TestTell_DeadLetters(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.hire(owner, finance)
		dead := func(state string) {
			_, err := d.NewRaw(`INSERT INTO river_job (state, attempt, max_attempts, args, created_at, scheduled_at, finalized_at, kind, queue, priority)
				VALUES (?, 12, 12, '{}', ?, ?, ?, 'reward.send', 'payout', 1)`, state, w.clock.now(), w.clock.now(), w.clock.now()).Exec(w.ctx)
			w.must(err)
		}
		dead("cancelled")
		if n := w.tell(); n != 0 {
			t.Errorf("%d mails about a refused job", n)
		}
		dead("discarded")
		if n := w.tell(); n != 2 {
			t.Errorf("%d mails about a dead job, want 2", n)
		}
		dead("discarded")
		if n := w.tell(); n != 0 {
			t.Errorf("%d mails about the next on the same day", n)
		}
		w.clock.pass(day)
		if n := w.tell(); n != 2 {
			t.Errorf("%d mails a day later, want 2", n)
		}
		w.lettersAreWhole()
	})
}

// What the nightly comparison found is told of also when its process died before the end.
func TestTell_AComparisonThatWasCutShort(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.hire(owner, finance)
		w.open(reward.CaseAmount)
		// The rest of the comparison finds nothing new, so it says nothing by itself.
		_, err := w.ReconcileNow(w.ctx, "")
		w.must(err)
		if n := w.tell(); n != 2 {
			t.Errorf("%d mails, want 2", n)
		}
	})
}

// M20: two that find at once that the books do not hold tell once.
func TestProve_TwoAtOnceTellOnce(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.hire(owner, finance)
		_, o := w.campaign(10_000_00, nil, thanks(50_00, campaign.RailInvoiceCredit))
		i, _ := w.win(o, w.customer("Ana").ID, 900_00)
		_, err := d.NewUpdate().Model((*reward.Reward)(nil)).Set("amount_minor = amount_minor - 1").Set("reversed_minor = reversed_minor + 1").Where("introduction_id = ?", i.ID).Exec(w.ctx)
		w.must(err)
		for turn := range int64(3) {
			var all sync.WaitGroup
			for range 4 {
				s := w.service()
				all.Go(func() {
					if _, err := s.Verify(w.ctx, reward.Heads{}, func(reward.Finding) {}); err != nil {
						t.Error(err)
					}
				})
			}
			all.Wait()
			if n := w.alerts(); n != 2*(turn+1) {
				t.Fatalf("turn %d: %d mails, want %d", turn, n, 2*(turn+1))
			}
			// Somebody lets payouts go on without having repaired anything; the case is still open.
			_, err := w.Resume(w.ctx, owner, reward.ScopeAll, "go on")
			w.must(err)
		}
	})
}
