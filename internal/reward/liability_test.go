package reward_test

import (
	"testing"
	"time"

	"goodword/internal/db"
	"goodword/internal/dbtest"
	"goodword/internal/ledger"
	"goodword/internal/reward"
)

// What was owed on any day comes out of the journal as the accounts stood on that day, whatever has happened since.
func TestLiability_AnyDayIsAsTheAccountsStoodThen(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		type stood struct {
			step     string
			at       time.Time
			accounts map[string]int64
		}
		kinds := map[string]string{"L:pending:": "pending", "L:held:": "held", "L:payable:": "payable", "X:clearing:": "clearing", "L:outstanding:": "outstanding",
			"L:unclaimed": "unclaimed", "A:clawback:": "receivable"}
		var days []stood
		note := func(step string) {
			t.Helper()
			s := stood{step, w.clock.now(), map[string]int64{}}
			for prefix, kind := range kinds {
				list, err := ledger.Balances(w.ctx, d, prefix)
				w.must(err)
				for _, a := range list {
					s.accounts[kind] += a.BalanceMinor
				}
			}
			var rows []reward.Reward
			w.must(d.NewSelect().Model(&rows).Scan(w.ctx))
			for _, r := range rows {
				s.accounts["paid"] += r.IssuedMinor
				s.accounts["reversed"] += r.ReversedMinor + r.ClawedMinor
			}
			days = append(days, s)
			w.clock.pass(day)
		}
		_, o := w.campaign(1_000_00, nil, thanks(50_00))
		i, deal := w.win(o, w.customer("Ana").ID, 900_00)
		note("promised")
		j, second := w.win(o, w.customer("Bea").ID, 900_00)
		note("promised twice")
		w.dispute(j, &second, "open")
		note("held")
		w.clock.pass(31 * day)
		w.sweep()
		note("paid")
		w.refund(i, &deal, 900_00)
		w.sweep()
		note("voided")
		w.dispute(j, &second, "won")
		w.sweep()
		note("released")
		object, used := w.credit.use(w.payouts()[len(w.payouts())-1].ID)
		if !used {
			t.Fatal("there is no credit to use")
		}
		w.must(w.Redeemed(w.ctx, stripe, reward.Redemption{Payout: w.payouts()[len(w.payouts())-1].ID, Object: object}))
		note("used")
		w.refund(j, &second, 900_00)
		w.sweep()
		note("owed back")

		for _, s := range days {
			rows, err := w.Liability(w.ctx, s.at)
			w.must(err)
			if len(rows) != 1 || rows[0].Currency != "EUR" {
				t.Fatalf("%s: %+v", s.step, rows)
			}
			l := rows[0]
			got := map[string]int64{"pending": l.PendingMinor, "held": l.HeldMinor, "payable": l.PayableMinor, "clearing": l.ClearingMinor,
				"outstanding": l.OutstandingMinor, "unclaimed": l.UnclaimedMinor, "receivable": l.ReceivableMinor, "paid": l.PaidMinor, "reversed": l.ReversedMinor}
			total := int64(0)
			for kind, minor := range got {
				if minor != s.accounts[kind] {
					t.Errorf("%s on %s: %s is %d, the accounts held %d", s.step, s.at.Format(time.DateOnly), kind, minor, s.accounts[kind])
				}
				if kind != "receivable" && kind != "paid" && kind != "reversed" {
					total += minor
				}
			}
			if l.TotalMinor != total {
				t.Errorf("%s: the total is %d, want %d", s.step, l.TotalMinor, total)
			}
		}
	})
}
