package reward_test

import (
	"testing"

	"goodword/internal/audit"
	"goodword/internal/campaign"
	"goodword/internal/db"
	"goodword/internal/dbtest"
	"goodword/internal/ledger"
	"goodword/internal/reward"
)

// M11, M20: each corruption of states and payouts is found by name, and payouts pause; healthy books make no finding.
func TestVerify_FindsWhatDoesNotAgree(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ kind, sql string }{
		"a changed state":          {reward.WrongAccount, "UPDATE reward SET state = 'approved' WHERE id = (SELECT id FROM reward WHERE state = 'pending' ORDER BY id LIMIT 1)"},
		"a changed amount":         {reward.WrongAccount, "UPDATE reward SET amount_minor = amount_minor + 1, accrued_minor = accrued_minor + 1 WHERE id = (SELECT id FROM reward WHERE state = 'pending' ORDER BY id LIMIT 1)"},
		"a changed history":        {reward.NotWhole, "UPDATE reward SET reversed_minor = reversed_minor + 1, accrued_minor = accrued_minor + 1 WHERE id = (SELECT id FROM reward ORDER BY id LIMIT 1)"},
		"a debt that is not there": {reward.WrongDebt, "UPDATE reward SET owed_minor = 1, clawed_minor = clawed_minor + 1, accrued_minor = accrued_minor + 1 WHERE id = (SELECT id FROM reward ORDER BY id LIMIT 1)"},
		"a missing payout":         {reward.WrongPayout, "DELETE FROM payout_reward WHERE reward_id = (SELECT id FROM reward WHERE state = 'issued' ORDER BY id LIMIT 1)"},
		"a changed payout":         {reward.WrongPayout, "UPDATE payout SET amount_minor = amount_minor - 1 WHERE id = (SELECT id FROM payout WHERE state = 'settled' ORDER BY id LIMIT 1)"},
		"an extra payout":          {reward.WrongPayout, "UPDATE payout SET state = 'unknown' WHERE id = (SELECT id FROM payout WHERE state = 'settled' ORDER BY id LIMIT 1)"},
		"a lost object":            {reward.WrongPayout, "UPDATE payout SET rail_object = '' WHERE id = (SELECT id FROM payout WHERE state = 'settled' ORDER BY id LIMIT 1)"},
		"another currency":         {reward.NoCause, "UPDATE reward SET currency = 'USD' WHERE id = (SELECT id FROM reward WHERE state = 'pending' ORDER BY id LIMIT 1)"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				w := newWorld(t, d)
				ana := w.customer("Ana")
				_, o := w.campaign(1_000_00, nil, thanks(50_00))
				w.win(o, ana.ID, 900_00)
				w.clock.pass(31 * day)
				w.sweep()
				w.win(o, ana.ID, 900_00)
				_, err := ledger.Seal(w.ctx, d)
				w.must(err)
				_, err = audit.Seal(w.ctx, d)
				w.must(err)
				w.verified()
				sw, err := w.Switches(w.ctx)
				w.must(err)
				if sw[0].Paused {
					t.Fatal("healthy books paused the payouts")
				}
				if _, err := d.ExecContext(w.ctx, c.sql); err != nil {
					t.Fatal(err)
				}
				found := map[string]bool{}
				sum, err := w.Verify(w.ctx, reward.Heads{}, func(f reward.Finding) {
					found[f.Kind] = true
					if f.Row == "" || f.Table == "" || f.Detail == "" {
						t.Errorf("a finding without a name: %+v", f)
					}
				})
				w.must(err)
				if !found[c.kind] || sum.Findings == 0 || sum.Rewards != 2 {
					t.Errorf("found %v, want %s", found, c.kind)
				}
				if sw, err = w.Switches(w.ctx); err != nil || !sw[0].Paused || len(w.cases(reward.CaseVerify)) != 1 {
					t.Errorf("payouts go on: %+v, %v", sw, err)
				}
			})
		})
	}
}

// Money on the account of a reward that nobody knows is found.
func TestVerify_FindsMoneyWithoutAReward(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		_, o := w.campaign(1_000_00, nil, thanks(50_00, campaign.RailManual))
		i, _ := w.win(o, w.customer("Ana").ID, 900_00)
		if _, err := d.ExecContext(w.ctx, "DELETE FROM reward WHERE id = '"+w.one(i).ID+"'"); err != nil {
			t.Fatal(err)
		}
		found := map[string]bool{}
		_, err := w.Verify(w.ctx, reward.Heads{}, func(f reward.Finding) { found[f.Kind] = true })
		w.must(err)
		if !found[reward.NoReward] || !found[reward.WrongBudget] {
			t.Errorf("found %v", found)
		}
	})
}
