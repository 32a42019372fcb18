package reward_test

import (
	"testing"

	"goodword/internal/db"
	"goodword/internal/dbtest"
	"goodword/internal/introduction"
	"goodword/internal/reward"
)

// A person's hold stays, also on a reward whose hold would have ended by itself: a check that works again, a dispute that is over.
func TestDecide_APersonsHoldOutlastsTheOthers(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		_, o := w.campaign(10_000_00, nil, thanks(50_00))
		i, deal := w.win(o, w.customer("Ana").ID, 900_00)
		w.dispute(i, &deal, introduction.DisputeOpen)
		if r := w.one(i); r.HeldReason != reward.HeldDispute {
			t.Fatalf("%s %s", r.State, r.HeldReason)
		}
		_, err := w.Hold(w.ctx, finance, w.one(i).ID, "I call them first.")
		w.must(err)
		w.dispute(i, &deal, introduction.DisputeWon)
		w.clock.pass(31 * day)
		w.sweep()
		if r := w.one(i); r.State != reward.Held || r.HeldReason != reward.HeldByStaff || r.HeldNote != "I call them first." {
			t.Errorf("after the dispute: %s %s %q", r.State, r.HeldReason, r.HeldNote)
		}
		_, err = w.Release(w.ctx, finance, w.one(i).ID, "Called.")
		w.must(err)
		w.sweep()
		if r := w.one(i); r.State != reward.Issued {
			t.Errorf("released: %s %s", r.State, r.HeldReason)
		}
		w.verified()
	})
}
