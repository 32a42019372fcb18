package reward_test

import (
	"context"
	"testing"
	"time"

	"goodword/internal/campaign"
	"goodword/internal/db"
	"goodword/internal/dbtest"
	"goodword/internal/introduction"
	"goodword/internal/ledger"
	"goodword/internal/reward"
)

// Rewards that stand still, more of them than a sweep takes, keep nobody else waiting.
func TestDue_WhatIsPausedHoldsUpNobody(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		_, stopped := w.campaign(100_000_00, nil, thanks(1_00))
		_, other := w.campaign(100_000_00, nil, thanks(1_00))
		ana := w.customer("Ana")
		w.tx(func(ctx context.Context, tx db.Tx) error {
			for range 201 {
				i := introduced(stopped, ana.ID, introduction.Won, w.clock.now())
				if _, err := tx.NewInsert().Model(&i).Exec(ctx); err != nil {
					return err
				}
				if err := w.Earnings().Accrue(ctx, tx, introduction.Earned{On: campaign.OnWon, Introduction: i, At: w.clock.now(), Actor: stripe}); err != nil {
					return err
				}
			}
			return nil
		})
		i, _ := w.win(other, ana.ID, 900_00)
		w.clock.pass(31 * day)
		for range 2 {
			w.count(w.Mature(w.ctx))
		}
		_, err := w.Pause(w.ctx, finance, reward.CampaignScope(stopped.CampaignID), "One moment.")
		w.must(err)
		w.count(w.Due(w.ctx))
		if r := w.one(i); r.State != reward.Issuing {
			t.Errorf("the other campaign's reward is %s", r.State)
		}
		if n := len(w.payouts()); n != 1 {
			t.Errorf("%d payouts, want 1", n)
		}
		_, err = w.Resume(w.ctx, finance, reward.CampaignScope(stopped.CampaignID), "Go on.")
		w.must(err)
		w.count(w.Due(w.ctx))
		if b := w.balance(ledger.Payable(w.one(i).ID)); b != 0 || len(w.payouts()) < 200 {
			t.Errorf("after going on: %d payouts", len(w.payouts()))
		}
	})
}

// A sweep that fails keeps none of the others back: an unknown outcome is looked after although another payout cannot begin.
func TestSweep_OneThatFailsHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		_, o := w.campaign(10_000_00, nil, thanks(50_00))
		i, _ := w.win(o, w.customer("Ana").ID, 900_00)
		w.clock.pass(31 * day)
		w.credit.faults.dropAfter, w.credit.blind = 100, true
		w.sweep()
		p := w.payouts()[0]
		if p.State != reward.Unknown {
			t.Fatalf("the payout is %s", p.State)
		}
		// Without a column no sweep that looks for due rewards works.
		rename := func(from, to string) {
			_, err := d.ExecContext(w.ctx, "ALTER TABLE reward RENAME COLUMN "+from+" TO "+to)
			w.must(err)
		}
		rename("retry_at", "retry_at_elsewhere")
		w.clock.pass(2 * time.Hour)
		if _, err := w.Sweep(w.ctx); err == nil {
			t.Error("the failing sweep was not reported")
		}
		rename("retry_at_elsewhere", "retry_at")
		if got := len(w.cases(reward.CaseStuck)); got != 1 {
			t.Errorf("%d cases about the open outcome, want 1", got)
		}
		w.credit.blind = false
		w.work()
		if r := w.one(i); r.State != reward.Issued {
			t.Errorf("the reward is %s", r.State)
		}
		w.verified()
	})
}
