package reward_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"goodword/internal/campaign"
	"goodword/internal/db"
	"goodword/internal/dbtest"
	"goodword/internal/money"
	"goodword/internal/reward"
)

// listing is a till that lists what it holds, after what somebody did to it behind its back.
type listing struct {
	*till
	account string
	tamper  func([]reward.Effect) []reward.Effect
}

func (l *listing) Account(context.Context) (string, error) { return l.account, nil }

func (l *listing) Effects(_ context.Context, _ reward.Payees, page func([]reward.Effect) error) error {
	var all []reward.Effect
	for _, p := range l.w.payouts() {
		if p.Rail != l.name {
			continue
		}
		for _, e := range l.of(p.ID) {
			x := reward.Effect{Object: e.object, Payout: p.Name(), RewardID: p.Parameters.RewardID, Amount: money.New(e.minor, p.Currency),
				Destination: p.Destination, At: p.CreatedAt}
			if e.void {
				x.BackMinor = e.minor
			}
			all = append(all, x)
		}
	}
	if l.tamper != nil {
		all = l.tamper(all)
	}
	for part := range slices.Chunk(all, 7) {
		if err := page(part); err != nil {
			return err
		}
	}
	return nil
}

// LookUp goes by the same list.
func (l *listing) LookUp(ctx context.Context, p reward.Payout) reward.Answer {
	if l.blind {
		return reward.Answer{Class: reward.NotAnswered}
	}
	out := reward.Answer{Class: reward.AnsweredNo}
	err := l.Effects(ctx, nil, func(page []reward.Effect) error {
		for _, e := range page {
			if e.Payout == p.Name() {
				out = reward.Answer{Class: reward.AnsweredOK, Object: e.Object}
			}
		}
		return nil
	})
	if err != nil {
		return reward.Answer{Class: reward.NotAnswered}
	}
	return out
}

// compared is a world whose credits can be compared, with n settled payouts.
func compared(t *testing.T, d *db.DB, n int) (*world, *listing) {
	t.Helper()
	w := newWorld(t, d)
	l := &listing{till: w.credit, account: "acct_1 (test)"}
	deps := w.Deps
	deps.Rails = []reward.Rail{w.promo, l}
	w.Service = reward.New(deps)
	ana := w.customer("Ana")
	_, o := w.campaign(1_000_000_00, nil, thanks(50_00))
	for range n {
		w.win(o, ana.ID, 900_00)
	}
	w.clock.pass(31 * day)
	w.sweep()
	for _, p := range w.payouts() {
		if p.State != reward.Settled {
			t.Fatalf("payout %s is %s", p.ID, p.State)
		}
	}
	return w, l
}

// dump is every row of the books and of the payouts as text.
func (w *world) dump() string {
	w.t.Helper()
	out := ""
	for _, q := range []string{
		"SELECT key || ' ' || kind || ' ' || legs FROM ledger_journal ORDER BY id",
		"SELECT journal_id || ' ' || number || ' ' || account || ' ' || currency || ' ' || side || ' ' || amount_minor FROM ledger_leg ORDER BY journal_id, number",
		"SELECT name || ' ' || currency || ' ' || balance_minor FROM ledger_account ORDER BY name, currency",
		"SELECT id || ' ' || state || ' ' || amount_minor || ' ' || version || ' ' || rail_object FROM payout ORDER BY id",
		"SELECT id || ' ' || state || ' ' || amount_minor || ' ' || version FROM reward ORDER BY id",
	} {
		var rows []string
		w.must(w.db.NewRaw(q).Scan(w.ctx, &rows))
		out += fmt.Sprintln(rows)
	}
	return out
}

func (w *world) railCases() map[string][]reward.Case {
	w.t.Helper()
	out := map[string][]reward.Case{}
	for _, kind := range reward.RailCases {
		if l := w.cases(kind); len(l) > 0 {
			out[kind] = l
		}
	}
	return out
}

// M21: among clean payouts every kind of discrepancy makes exactly one case, nothing clean makes any, and nothing moves; the
// same found again makes no second one, also after a person has settled the first.
func TestReconcile_OneCaseForEachThingThatDoesNotFit(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w, l := compared(t, d, 30)
		run := func() reward.Reconciliation {
			t.Helper()
			rows, err := w.ReconcileNow(w.ctx, "")
			w.must(err)
			if len(rows) != 1 {
				t.Fatalf("%d rails compared, want the one that has lists", len(rows))
			}
			return rows[0]
		}
		if r := run(); r.Payouts != 30 || r.Effects != 30 || r.Discrepancies != 0 || len(w.railCases()) != 0 {
			t.Fatalf("clean: %+v, %v", r, w.railCases())
		}
		before := w.dump()
		l.tamper = func(all []reward.Effect) []reward.Effect {
			all[0].Amount.Minor++
			all[1].Amount.Currency = "USD"
			all[2].Destination = "cus_else"
			all[3].BackMinor = all[3].Amount.Minor
			twin := all[4]
			twin.Object = "twin"
			all[5].Payout = all[6].Payout // bears the name of another payout, which is clean itself
			all[7].At = all[7].At.Add(-day)
			all[8].FeeMinor = 25
			foreign := all[9]
			foreign.Object, foreign.Payout = "foreign", "po_00000000000070008000000000000000"
			nobodys := reward.Effect{Object: "nobody's", Amount: money.New(1, "EUR"), At: w.clock.now()}
			return append(slices.Delete(all, 10, 11), twin, foreign, nobodys)
		}
		want := []string{reward.CaseAmount, reward.CaseOtherMoney, reward.CaseDestination, reward.CaseReversal, reward.CaseDuplicate, reward.CaseMetadata,
			reward.CaseOld, reward.CaseFee, reward.CaseMissingHere, reward.CaseMissingThere}
		for again := range 2 {
			if r := run(); r.Discrepancies != 10 || r.Opened != int64(10*(1-again)) {
				t.Errorf("run %d: %+v", again, r)
			}
		}
		cases := w.railCases()
		if len(cases) != len(want) {
			t.Errorf("%d kinds of cases, want %d", len(cases), len(want))
		}
		for _, kind := range want {
			if got := cases[kind]; len(got) != 1 || got[0].Detail == "" || got[0].PayoutID == "" != (kind == reward.CaseMissingHere) {
				t.Errorf("%s: %+v, want one case", kind, got)
			}
		}
		if after := w.dump(); after != before {
			t.Error("the comparison moved something")
		}
		w.verified()
		for _, l := range cases {
			for _, c := range l {
				_, err := w.ResolveCase(w.ctx, finance, c.ID, reward.Resolution{Action: reward.ActionNote, Note: "Looked at."})
				w.must(err)
			}
		}
		w.clock.pass(day)
		if r := run(); r.Discrepancies != 10 || r.Opened != 0 || len(w.railCases()) != 0 {
			t.Errorf("after they were settled: %+v, %v", r, w.railCases())
		}
	})
}

// What we took back ourselves, and what is under way, is no discrepancy.
func TestReconcile_KnowsWhatIsTakenBackAndUnderWay(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w, l := compared(t, d, 1)
		_, o := w.campaign(1_000_00, nil, thanks(50_00))
		i, deal := w.win(o, w.customer("Bea").ID, 900_00)
		w.paid(i)
		w.refund(i, &deal, 900_00)
		w.sweep()
		// One whose answer was lost: the effect is there, and the look-ups are blind for now.
		l.faults.dropAfter, l.blind = 100, true
		w.win(o, w.customer("Cora").ID, 900_00)
		w.clock.pass(31 * day)
		_, err := w.Sweep(w.ctx)
		w.must(err)
		w.work()
		states := map[reward.PayoutState]int{}
		for _, p := range w.payouts() {
			states[p.State]++
		}
		if states[reward.Settled] != 1 || states[reward.PaidBack] != 1 || states[reward.Unknown] != 1 {
			t.Fatalf("states %v, want one of each", states)
		}
		rows, err := w.ReconcileNow(w.ctx, campaign.RailInvoiceCredit)
		w.must(err)
		if rows[0].Discrepancies != 0 || len(w.railCases()) != 0 {
			t.Errorf("%+v, %v", rows[0], w.railCases())
		}
	})
}

// A key of another account makes one case, not one for each payout of the account before; what is paid from then on is compared.
func TestReconcile_AnotherAccountIsOneCase(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w, l := compared(t, d, 5)
		run := func() reward.Reconciliation {
			t.Helper()
			rows, err := w.ReconcileNow(w.ctx, "")
			w.must(err)
			return rows[0]
		}
		if r := run(); r.Discrepancies != 0 {
			t.Fatal(r)
		}
		l.account = "acct_2 (test)"
		kept := w.clock.now()
		l.tamper = func(all []reward.Effect) []reward.Effect {
			return slices.DeleteFunc(all, func(e reward.Effect) bool { return !e.At.After(kept) })
		}
		w.clock.pass(time.Hour)
		for range 2 {
			run()
		}
		if got := w.railCases(); len(got) != 1 || len(got[reward.CaseAccount]) != 1 {
			t.Fatalf("%v, want one case about the account", got)
		}
		_, o := w.campaign(1_000_00, nil, thanks(50_00))
		w.clock.pass(time.Hour)
		w.paid(first(w.win(o, w.customer("Bea").ID, 900_00)))
		l.tamper = func([]reward.Effect) []reward.Effect { return nil }
		if run(); len(w.railCases()[reward.CaseMissingThere]) != 1 {
			t.Errorf("%v, want the payout of the new account missing", w.railCases())
		}
	})
}

func first[A, B any](a A, _ B) A { return a }

// Each rail is compared once a day by however many processes; a rail that is off is not compared and makes no case.
func TestReconcile_OnceADay(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w, l := compared(t, d, 2)
		var all sync.WaitGroup
		begun := make([]int, 4)
		for i := range begun {
			s := reward.New(w.Deps)
			all.Go(func() {
				n, err := s.ReconcileDue(w.ctx)
				if err != nil {
					t.Error(err)
				}
				begun[i] = n
			})
		}
		all.Wait()
		if n := begun[0] + begun[1] + begun[2] + begun[3]; n != 1 {
			t.Fatalf("begun %d times", n)
		}
		var ids []string
		w.must(d.NewRaw("SELECT id FROM reconciliation").Scan(w.ctx, &ids))
		l.account = ""
		for range 2 {
			w.must(w.ReconcileDay(w.ctx, reward.Reconcile{ReconciliationID: ids[0]}))
		}
		g, err := w.Guard(w.ctx)
		w.must(err)
		if len(g.Compared) != 1 || g.Compared[0].ID != ids[0] || g.Compared[0].Effects != 0 || len(w.railCases()) != 0 {
			t.Errorf("%+v", g.Compared)
		}
		w.clock.pass(day)
		if n, err := w.ReconcileDue(w.ctx); err != nil || n != 1 {
			t.Errorf("the next day: %d, %v", n, err)
		}
	})
}
