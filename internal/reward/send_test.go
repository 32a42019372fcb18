package reward_test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"goodword/internal/audit"
	"goodword/internal/campaign"
	"goodword/internal/db"
	"goodword/internal/dbtest"
	"goodword/internal/fault"
	"goodword/internal/ident"
	"goodword/internal/ledger"
	"goodword/internal/reward"
)

// due makes n matured rewards on the credit rail and writes their payouts down, without sending any.
func (w *world) due(n int) []reward.Payout {
	w.t.Helper()
	_, o := w.campaign(int64(n)*1_000_00, nil, thanks(50_00))
	for k := range n {
		w.win(o, w.customer(fmt.Sprintf("C%d%s", k, ident.NewCode(6))).ID, 900_00)
	}
	w.clock.pass(31 * day)
	w.count(w.Mature(w.ctx))
	for w.count(w.Due(w.ctx)) > 0 {
	}
	p := w.payouts()
	if len(p) < n {
		w.t.Fatalf("%d payouts, want %d", len(p), n)
	}
	return p
}

func (w *world) send(p reward.Payout) error {
	return w.Send(w.ctx, reward.Send{PayoutID: p.ID})
}

func (w *world) payout(id string) reward.Payout {
	w.t.Helper()
	p, err := w.PayoutByID(w.ctx, id)
	w.must(err)
	return p
}

// M2: before the first byte leaves, the row with this key, amount, destination and time of sending is committed. M3: the key
// has the form that rails expect, and always stands for the same request.
func TestSend_IntentIsCommittedBeforeTheCall(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		p := w.due(1)[0]
		looked := false
		w.credit.before = func(sent reward.Payout) {
			looked = true
			row := w.payout(sent.ID) // another connection: it sees only what is committed
			if row.State != reward.Sending || row.Key() != sent.Key() || row.AmountMinor != sent.AmountMinor || row.Destination != sent.Destination ||
				row.LastSentAt.IsZero() || row.Parameters != sent.Parameters || row.Fence != sent.Fence {
				t.Errorf("on disk: %+v, sent: %+v", row, sent)
			}
			if r := w.get(sent.Parameters.RewardID); r.State != reward.Issuing || w.balance(ledger.Clearing(r.ID)) != sent.AmountMinor {
				t.Errorf("the reward is %s with %d in clearing", r.State, w.balance(ledger.Clearing(r.ID)))
			}
		}
		w.must(w.send(p))
		if !looked || w.payout(p.ID).State != reward.Settled {
			t.Error("it was not sent")
		}
		w.verified()
	})
}

// M4: what each answer to a first call and to a repeated one leads to; an answer of no known class proves nothing.
func TestSend_EveryAnswerHasItsState(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		for _, c := range []struct {
			class         reward.AnswerClass
			first, second reward.PayoutState
			reward        reward.State
		}{
			{reward.AnsweredOK, reward.Settled, reward.Settled, reward.Issued},
			{reward.AnsweredNo, reward.Refused, reward.Refused, reward.Failed},
			{reward.AnsweredConflict, reward.Unknown, reward.Unknown, reward.Issuing},
			{reward.Answered5xx, reward.Unknown, reward.Unknown, reward.Issuing},
			{reward.NotAnswered, reward.Unknown, reward.Unknown, reward.Issuing},
			{reward.AnsweredLater, reward.Queued, reward.Unknown, reward.Issuing},
			{"something new", reward.Unknown, reward.Unknown, reward.Issuing},
		} {
			w := newWorld(t, d)
			before := map[string]bool{}
			for _, p := range w.payouts() {
				before[p.ID] = true
			}
			for _, again := range []bool{false, true} {
				var p reward.Payout
				for _, x := range w.due(1) {
					if !before[x.ID] {
						p = x
					}
				}
				before[p.ID] = true
				answer := func(p reward.Payout) reward.Answer {
					if c.class == reward.AnsweredOK {
						return w.credit.make(p)
					}
					return reward.Answer{Class: c.class, Note: "as told"}
				}
				want := c.first
				if again {
					want = c.second
					w.credit.script = append(w.credit.script, func(reward.Payout) reward.Answer { return reward.Answer{Class: reward.NotAnswered} })
					w.must(w.send(p))
					w.clock.pass(time.Minute)
				}
				w.credit.script = append(w.credit.script, answer)
				w.must(w.send(p))
				p = w.payout(p.ID)
				if r := w.get(p.Parameters.RewardID); p.State != want || r.State != c.reward || !p.LeasedUntil.IsZero() {
					t.Errorf("%s (again %t): payout %s, reward %s, want %s and %s", c.class, again, p.State, r.State, want, c.reward)
				}
			}
			w.verified()
		}
	})
}

// M5: the reply was lost and the process was down; whatever the time, there is one effect and the look-up finds it.
func TestSend_LostReplyIsFoundByTheList(t *testing.T) {
	t.Parallel()
	for _, down := range []time.Duration{time.Minute, 23*time.Hour + 59*time.Minute, 24*time.Hour + time.Minute, 8 * day} {
		t.Run(down.String(), func(t *testing.T) {
			t.Parallel()
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				w := newWorld(t, d)
				p := w.due(1)[0]
				w.credit.faults.dropAfter = 100
				w.must(w.send(p))
				w.credit.faults.dropAfter = 0
				w.clock.pass(down)
				w.sweep()
				if p = w.payout(p.ID); p.State != reward.Settled || p.Epoch != 0 || len(w.credit.of(p.ID)) != 1 {
					t.Errorf("%s in epoch %d with %d effects", p.State, p.Epoch, len(w.credit.of(p.ID)))
				}
				w.verified()
			})
		})
	}
}

// M5: the effect was never made. While the key lives the same request goes again; afterwards only look-ups, two of them an
// hour apart, and then a new key. In no case two effects.
func TestSend_AbsentEffectIsMadeOnce(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		none := func(reward.Payout) reward.Answer { return reward.Answer{Class: reward.NotAnswered} }
		young := w.due(1)[0]
		w.credit.script = append(w.credit.script, none)
		w.must(w.send(young))
		w.clock.pass(22 * time.Hour)
		w.must(w.send(young))
		if p := w.payout(young.ID); p.State != reward.Settled || p.Epoch != 0 || w.credit.sent() != 2 {
			t.Fatalf("young key: %s in epoch %d after %d calls", p.State, p.Epoch, w.credit.sent())
		}

		var old reward.Payout
		for _, p := range w.due(1) {
			if p.ID != young.ID {
				old = p
			}
		}
		w.credit.script = append(w.credit.script, none)
		w.must(w.send(old))
		calls := w.credit.sent()
		w.clock.pass(23 * time.Hour)
		for _, wait := range []time.Duration{0, time.Minute, 58 * time.Minute} {
			w.clock.pass(wait)
			w.must(w.send(old))
			if p := w.payout(old.ID); p.State != reward.Unknown || w.credit.sent() != calls {
				t.Fatalf("after %s: %s and %d new calls", wait, p.State, w.credit.sent()-calls)
			}
		}
		w.clock.pass(2 * time.Minute)
		w.must(w.send(old))
		if p := w.payout(old.ID); p.State != reward.Queued || p.Epoch != 1 || w.credit.sent() != calls {
			t.Fatalf("after two look-ups an hour apart: %s in epoch %d", p.State, p.Epoch)
		}
		w.must(w.send(old))
		if p := w.payout(old.ID); p.State != reward.Settled || len(w.credit.of(old.ID)) != 1 {
			t.Errorf("under the new key: %s with %d effects", p.State, len(w.credit.of(old.ID)))
		}
		w.verified()
	})
}

// M5: after an error that the rail keeps under the key, neither the key nor time alone bring a second request: thirty hours,
// two look-ups and a person do. An object that rolls forward meanwhile settles it without any.
func TestSend_KeptErrorNeedsAPerson(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		kept := func(reward.Payout) reward.Answer { return reward.Answer{Class: reward.Answered5xx, Note: "500"} }
		ps := w.due(2)
		for _, p := range ps {
			w.credit.script = append(w.credit.script, kept)
			w.must(w.send(p))
		}
		rolled, gone := ps[0], ps[1]
		w.clock.pass(90 * time.Minute)
		object := w.credit.make(rolled).Object
		w.must(w.Seen(w.ctx, stripe, rolled.Name(), object))
		w.must(w.Seen(w.ctx, stripe, rolled.Name(), object))
		if p := w.payout(rolled.ID); p.State != reward.Settled || p.Epoch != 0 || p.RailObject != object {
			t.Fatalf("rolled forward: %s in epoch %d", p.State, p.Epoch)
		}
		for range 8 {
			w.clock.pass(time.Hour)
			w.sweep()
		}
		if len(w.cases(reward.CaseStuck)) != 1 || len(w.cases(reward.CaseAbsent)) != 0 {
			t.Errorf("I10: %d stuck, %d to confirm, want 1 and 0", len(w.cases(reward.CaseStuck)), len(w.cases(reward.CaseAbsent)))
		}
		for range 25 {
			w.clock.pass(time.Hour)
			w.sweep()
		}
		if p := w.payout(gone.ID); p.State != reward.Unknown || w.credit.sent() != 2 {
			t.Fatalf("without a person: %s after %d calls", p.State, w.credit.sent())
		}
		cases := w.cases(reward.CaseAbsent)
		if len(cases) != 1 {
			t.Fatalf("%d cases to confirm, want 1", len(cases))
		}
		// M5: a person has looked, not a program.
		key := audit.Actor{Kind: audit.KindAPIKey, ID: "key", Role: finance.Role}
		if _, err := w.ResolveCase(w.ctx, key, cases[0].ID, reward.Resolution{Action: reward.ActionConfirmAbsent, Note: "looked"}); code(err) != fault.Forbidden {
			t.Errorf("a program confirmed: %v", err)
		}
		if _, err := w.ResolveCase(w.ctx, marketer, cases[0].ID, reward.Resolution{Action: reward.ActionConfirmAbsent, Note: "looked"}); code(err) != fault.Forbidden {
			t.Errorf("a marketer confirmed: %v", err)
		}
		for range 2 {
			_, err := w.ResolveCase(w.ctx, finance, cases[0].ID, reward.Resolution{Action: reward.ActionConfirmAbsent, Note: "nothing there"})
			w.must(err)
		}
		w.sweep()
		if p := w.payout(gone.ID); p.State != reward.Settled || p.Epoch != 1 || len(w.credit.of(gone.ID)) != 1 {
			t.Errorf("after the confirmation: %s in epoch %d with %d effects", p.State, p.Epoch, len(w.credit.of(gone.ID)))
		}
		if len(w.cases("")) != 0 {
			t.Errorf("open cases are left: %+v", w.cases(""))
		}
		w.verified()
	})
}

// M23: a worker that was paused for longer than its lease cannot write, and there is one effect.
func TestSend_PausedWorkerIsFenced(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		other := w.service()
		for range 5 {
			w.due(1)
		}
		for _, p := range w.payouts() {
			paused := false
			w.credit.before = func(sent reward.Payout) {
				if paused {
					return
				}
				paused = true
				w.clock.pass(3 * reward.Lease)
				for range 3 { // lease lost, looked up, sent again under the same key
					w.must(other.Send(w.ctx, reward.Send{PayoutID: sent.ID}))
				}
			}
			if err := w.send(p); code(err) != fault.Conflict {
				t.Errorf("the paused worker wrote: %v", err)
			}
			if got := w.payout(p.ID); got.State != reward.Settled || len(w.credit.of(p.ID)) != 1 {
				t.Errorf("%s with %d effects", got.State, len(w.credit.of(p.ID)))
			}
		}
		w.verified()
	})
}

// M23: the answer of a worker that was given up for dead, to a key that was given up, comes while another worker is sending
// under the next key: it must not be taken for the answer to that one.
func TestSend_AnswerToAnOldKeyIsFenced(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		p := w.due(1)[0]
		other := w.service()
		oldSending, newSending, oldDone := make(chan bool), make(chan bool), make(chan bool)
		w.credit.before = func(sent reward.Payout) {
			if sent.Epoch == 0 {
				close(oldSending)
				<-newSending
				return
			}
			close(newSending)
			<-oldDone
		}
		w.credit.script = append(w.credit.script, func(reward.Payout) reward.Answer { return reward.Answer{Class: reward.AnsweredNo, Note: "too late"} })
		var late error
		go func() {
			defer close(oldDone)
			late = w.send(p)
		}()
		<-oldSending
		for range 3 {
			w.clock.pass(24 * time.Hour) // the lease and the key are dead; two look-ups find nothing; then a new key
			w.must(other.Send(w.ctx, reward.Send{PayoutID: p.ID}))
		}
		<-oldDone
		if code(late) != fault.Conflict {
			t.Errorf("the old worker wrote: %v", late)
		}
		if got := w.payout(p.ID); got.State != reward.Settled || got.Epoch != 1 || len(w.credit.of(p.ID)) != 1 {
			t.Errorf("%s in epoch %d with %d effects", got.State, got.Epoch, len(w.credit.of(p.ID)))
		}
		w.verified()
	})
}

// Several workers at once: one claim, one call, one effect.
func TestSend_ParallelWorkersActOnce(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ps := w.due(4)
		var wg sync.WaitGroup
		errs := make(chan error, 100)
		for range 6 {
			s := w.service()
			wg.Go(func() {
				for _, p := range ps {
					if err := s.Send(w.ctx, reward.Send{PayoutID: p.ID}); err != nil {
						errs <- err
					}
				}
			})
		}
		wg.Wait()
		close(errs)
		for err := range errs {
			t.Error(err)
		}
		for _, p := range ps {
			if got := w.payout(p.ID); got.State != reward.Settled || len(w.credit.of(p.ID)) != 1 {
				t.Errorf("%s with %d effects", got.State, len(w.credit.of(p.ID)))
			}
		}
		if w.credit.sent() != len(ps) {
			t.Errorf("%d calls for %d payouts", w.credit.sent(), len(ps))
		}
		w.verified()
	})
}

// Two sweeps at once write one payout for each reward.
func TestDue_ParallelSweepsWriteOnePayoutEach(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		_, o := w.campaign(1_000_00, nil, thanks(50_00))
		for k := range 8 {
			w.win(o, w.customer(fmt.Sprintf("C%d", k)).ID, 900_00)
		}
		w.clock.pass(31 * day)
		w.count(w.Mature(w.ctx))
		var wg sync.WaitGroup
		errs := make(chan error, 8)
		for range 4 {
			s := w.service()
			wg.Go(func() {
				if _, err := s.Due(w.ctx); err != nil {
					errs <- err
				}
			})
		}
		wg.Wait()
		close(errs)
		for err := range errs {
			t.Error(err)
		}
		if n := len(w.payouts()); n != 8 {
			t.Errorf("%d payouts for 8 rewards", n)
		}
		w.verified()
	})
}

// M20: the switch stops claims at once, by everything, rail or campaign, and survives a restart; looking up goes on.
func TestPause_StopsEveryCall(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		p := w.due(1)[0]
		r := w.get(p.Parameters.RewardID)
		if _, err := w.Pause(w.ctx, marketer, reward.ScopeAll, "no"); code(err) != fault.Forbidden {
			t.Errorf("a marketer paused: %v", err)
		}
		if _, err := w.Pause(w.ctx, finance, reward.ScopeAll, ""); code(err) != fault.Invalid {
			t.Errorf("paused without a reason: %v", err)
		}
		for _, scope := range []string{reward.ScopeAll, reward.RailScope(campaign.RailInvoiceCredit), reward.CampaignScope(r.CampaignID)} {
			_, err := w.Pause(w.ctx, finance, scope, "something is wrong")
			w.must(err)
			restarted := w.service()
			w.must(restarted.Send(w.ctx, reward.Send{PayoutID: p.ID}))
			if w.credit.sent() != 0 || w.payout(p.ID).State != reward.Queued {
				t.Fatalf("%s: a call left", scope)
			}
			_, err = w.Resume(w.ctx, finance, scope, "fixed")
			w.must(err)
		}
		_, err := w.Pause(w.ctx, finance, reward.RailScope(campaign.RailPromotionCode), "only codes")
		w.must(err)
		w.credit.faults.dropAfter = 100
		w.must(w.send(p))
		w.credit.faults.dropAfter = 0
		if w.credit.sent() != 1 {
			t.Fatal("another rail's switch stopped it")
		}
		// Unknown and paused: the look-up may settle it.
		_, err = w.Pause(w.ctx, finance, reward.ScopeAll, "stop")
		w.must(err)
		w.clock.pass(time.Hour)
		w.must(w.send(p))
		if got := w.payout(p.ID); got.State != reward.Settled || w.credit.sent() != 1 {
			t.Errorf("%s after %d calls", got.State, w.credit.sent())
		}
		w.verified()
	})
}

// M18: while the clock cannot be trusted nothing is approved and nothing is sent.
func TestMature_ClockThatCannotBeTrusted(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		p := w.due(1)[0]
		_, o := w.campaign(1_000_00, nil, thanks(50_00))
		i, _ := w.win(o, w.customer("Ana").ID, 900_00)
		w.clock.pass(31 * day)
		w.clockOK = false
		w.sweep()
		if got := w.one(i).State; got != reward.Pending || w.credit.sent() != 0 || w.payout(p.ID).State != reward.Queued {
			t.Errorf("approved or sent by a wrong clock: %s, %d calls", got, w.credit.sent())
		}
		if _, err := w.Approve(w.ctx, finance, w.one(i).ID, ""); code(err) != fault.Unavailable {
			t.Errorf("approved by hand: %v", err)
		}
		w.clockOK = true
		w.sweep()
		if got := w.one(i).State; got != reward.Issued || w.payout(p.ID).State != reward.Settled {
			t.Errorf("afterwards: %s, payout %s", got, w.payout(p.ID).State)
		}
	})
}

// Late evidence of success wins over what we believed, and a second effect stops everything (4.3).
func TestSeen_LateEvidence(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		refuse := func(reward.Payout) reward.Answer { return reward.Answer{Class: reward.AnsweredNo, Note: "no"} }
		p := w.due(1)[0]
		r := w.get(p.Parameters.RewardID)
		w.credit.script = append(w.credit.script, refuse)
		w.must(w.send(p))
		if got := w.get(r.ID); got.State != reward.Failed || len(w.cases(reward.CaseRefused)) != 1 {
			t.Fatalf("refused: %s", got.State)
		}
		w.must(w.Seen(w.ctx, stripe, p.Name(), w.credit.make(p).Object))
		if got := w.get(r.ID); got.State != reward.Issued || w.payout(p.ID).State != reward.Settled || len(w.cases("")) != 0 {
			t.Errorf("seen after the refusal: %s, payout %s, cases %+v", got.State, w.payout(p.ID).State, w.cases(""))
		}
		// Queued again under a new key when the old effect shows up: nothing is sent any more.
		ps := w.due(1)
		p = ps[len(ps)-1]
		r = w.get(p.Parameters.RewardID)
		w.credit.script = append(w.credit.script, refuse)
		w.must(w.send(p))
		_, err := w.Retry(w.ctx, finance, r.ID, "try again")
		w.must(err)
		calls := w.credit.sent()
		w.must(w.Seen(w.ctx, stripe, p.ID, w.credit.make(p).Object))
		w.sweep()
		if got := w.get(r.ID); got.State != reward.Issued || w.credit.sent() != calls || len(w.credit.of(p.ID)) != 1 {
			t.Errorf("seen while queued: %s, %d new calls", got.State, w.credit.sent()-calls)
		}
		w.verified()
		// Another object for the same payout: somebody may have been paid twice.
		w.must(w.Seen(w.ctx, stripe, p.ID, "another"))
		sw, err := w.Switches(w.ctx)
		w.must(err)
		if len(w.cases(reward.CaseDouble)) != 1 || !sw[0].Paused {
			t.Errorf("a second effect: %d cases, paused %t", len(w.cases(reward.CaseDouble)), sw[0].Paused)
		}
		if err := w.Seen(w.ctx, stripe, "po_"+ident.Compact(ident.New()), "x"); code(err) != fault.NotFound {
			t.Errorf("somebody else's payout: %v", err)
		}
	})
}

// A refused payout is sent again under a new key, or another way, and the first is never live beside the second.
func TestRetry_NewKeyOrAnotherWay(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ana := w.customer("Ana")
		_, o := w.campaign(1_000_00, nil, thanks(50_00, campaign.RailInvoiceCredit, campaign.RailPromotionCode))
		i, _ := w.win(o, ana.ID, 900_00)
		_, err := w.Choose(w.ctx, ana.ID, w.one(i).ID, campaign.RailInvoiceCredit)
		w.must(err)
		w.clock.pass(31 * day)
		w.credit.faults.refuse = 100
		w.sweep()
		r := w.one(i)
		if r.State != reward.Failed || w.balance(ledger.Payable(r.ID)) != 50_00 {
			t.Fatalf("refused: %s", r.State)
		}
		_, err = w.Retry(w.ctx, finance, r.ID, "balance topped up")
		w.must(err)
		w.sweep()
		if p := w.payouts()[0]; p.State != reward.Refused || p.Epoch != 1 || w.credit.sent() != 2 {
			t.Fatalf("second refusal: %s in epoch %d", p.State, p.Epoch)
		}
		_, err = w.Choose(w.ctx, ana.ID, r.ID, campaign.RailPromotionCode)
		w.must(err)
		w.sweep()
		ps := w.payouts()
		if r = w.one(i); r.State != reward.Issued || len(ps) != 2 || ps[0].State != reward.Cancelled || ps[1].State != reward.Settled {
			t.Fatalf("another way: %s, %+v", r.State, ps)
		}
		w.verified()
		// The first shows an effect after all: that is two, so everything stops and a person looks.
		w.must(w.Seen(w.ctx, stripe, ps[0].ID, "cbtxn_late"))
		if len(w.cases(reward.CaseLate)) != 1 {
			t.Error("a late second effect went unnoticed")
		}
	})
}

// A reward whose owner cannot be paid waits, tells a person once, and goes on by itself when they can (M22).
func TestDue_PayeeThatIsNotReadyWaits(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		_, o := w.campaign(1_000_00, nil, thanks(50_00))
		i, _ := w.win(o, w.customer("Ana").ID, 900_00)
		w.credit.off = true
		w.clock.pass(31 * day)
		for range 5 {
			w.sweep()
			w.clock.pass(time.Minute)
		}
		if r := w.one(i); r.State != reward.Approved || len(w.cases(reward.CasePayee)) != 1 || w.credit.sent() != 0 {
			t.Fatalf("%s, %d cases", r.State, len(w.cases(reward.CasePayee)))
		}
		w.credit.off = false
		w.clock.pass(15 * time.Minute)
		w.sweep()
		if r := w.one(i); r.State != reward.Issued || len(w.cases("")) != 0 {
			t.Errorf("%s, cases %+v", r.State, w.cases(""))
		}
		w.verified()
	})
}

// A void whose answer is lost is repeated until it is known; one that stays unclear for a day goes to a person.
func TestVoid_LostAnswerIsAskedAgain(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		_, o := w.campaign(1_000_00, nil, thanks(50_00))
		i, deal := w.win(o, w.customer("Ana").ID, 900_00)
		w.paid(i)
		w.credit.faults.dropAfter = 100
		w.refund(i, &deal, 900_00)
		w.sweep()
		p := w.payouts()[0]
		if p.State != reward.Reversing || w.one(i).State != reward.Issued {
			t.Fatalf("the answer was lost: payout %s, reward %s", p.State, w.one(i).State)
		}
		w.clock.pass(25 * time.Hour)
		w.sweep()
		if cases := w.cases(reward.CaseVoidUnclear); len(cases) != 1 {
			t.Fatalf("%d cases, want 1", len(cases))
		}
		w.credit.faults.dropAfter = 0
		_, err := w.ResolveCase(w.ctx, finance, w.cases(reward.CaseVoidUnclear)[0].ID, reward.Resolution{Action: reward.ActionConfirmAbsent, Note: "not taken back yet"})
		w.must(err)
		w.sweep()
		if got := w.one(i).State; got != reward.Reversed {
			t.Errorf("afterwards: %s", got)
		}
		w.verified()
	})
}

// crash is a process that dies at a point of the protocol.
type crash struct{}

// M1, small: payouts on a rail that drops, errs, rolls forward and refuses, with processes that die before and after the call.
// At the end each payout has exactly one effect or one certain refusal, and the books are the rail's to the cent.
func TestSend_NothingTwiceNothingLost(t *testing.T) {
	t.Parallel()
	seeds := 3
	if proving() {
		seeds = 60
	}
	first := seed(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		for n := range seeds {
			w := newWorld(t, d)
			w.credit.rng = rand.New(rand.NewPCG(first, uint64(n)))
			faultyRun(t, w, rand.New(rand.NewPCG(first, uint64(n)+1000)))
			if t.Failed() {
				t.Fatalf("seed %d, run %d", first, n)
			}
		}
	})
}

func faultyRun(t *testing.T, w *world, rng *rand.Rand) {
	t.Helper()
	const n = 10
	known := map[string]bool{}
	for _, p := range w.payouts() {
		known[p.ID] = true
	}
	var ps []reward.Payout
	for _, p := range w.due(n) {
		if !known[p.ID] {
			ps = append(ps, p)
		}
	}
	w.credit.faults = faults{dropBefore: 8, dropAfter: 12, error500: 8, refuse: 4, later: 5}
	w.credit.before = func(reward.Payout) {
		if rng.IntN(100) < 6 {
			panic(crash{})
		}
	}
	step := func(p reward.Payout) {
		defer func() {
			if x := recover(); x != nil {
				if _, ours := x.(crash); !ours {
					panic(x)
				}
			}
		}()
		if err := w.send(p); err != nil && code(err) != fault.Conflict {
			t.Error(err)
		}
	}
	waits := []time.Duration{time.Second, time.Second, 5 * time.Second, 30 * time.Second, 130 * time.Second, 10 * time.Minute, time.Hour, 5 * time.Hour}
	for range 25 * n {
		w.clock.pass(waits[rng.IntN(len(waits))])
		if rng.IntN(100) == 0 {
			w.clock.pass(2 * day)
		}
		step(ps[rng.IntN(len(ps))])
		if rng.IntN(5) == 0 {
			w.webhook(rng)
		}
	}
	// Faults off, drain: people confirm what they are asked.
	w.credit.faults, w.credit.before = faults{}, nil
	for range 60 {
		w.clock.pass(2 * time.Hour)
		for _, p := range ps {
			step(p)
		}
		for _, c := range w.cases(reward.CaseAbsent) {
			_, err := w.ResolveCase(w.ctx, finance, c.ID, reward.Resolution{Action: reward.ActionConfirmAbsent, Note: "looked"})
			w.must(err)
		}
		w.webhook(rng)
	}
	sum := int64(0)
	for _, p := range ps {
		effects, got := w.credit.of(p.ID), w.payout(p.ID)
		r := w.get(got.Parameters.RewardID)
		sum += int64(len(effects)) * p.AmountMinor
		switch {
		case len(effects) > 1:
			t.Errorf("payout %s was made %d times", p.ID, len(effects))
		case len(effects) == 1 && (got.State != reward.Settled || r.State != reward.Issued || w.balance(ledger.OutstandingCredit(r.ID)) != p.AmountMinor):
			t.Errorf("payout %s has an effect and is %s, its reward %s", p.ID, got.State, r.State)
		case len(effects) == 0 && (got.State != reward.Refused || r.State != reward.Failed):
			t.Errorf("payout %s has no effect and is %s, its reward %s", p.ID, got.State, r.State)
		}
	}
	w.verified()
}

// webhook tells of some effects, in any order and more than once.
func (w *world) webhook(rng *rand.Rand) {
	w.t.Helper()
	w.credit.mu.Lock()
	effects := append([]*effect(nil), w.credit.effects...)
	w.credit.mu.Unlock()
	for range min(3, len(effects)) {
		e := effects[rng.IntN(len(effects))]
		w.must(w.Seen(w.ctx, stripe, e.payout, e.object))
	}
}
