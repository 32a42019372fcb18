package reward_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"goodword/internal/audit"
	"goodword/internal/campaign"
	"goodword/internal/customer"
	"goodword/internal/db"
	"goodword/internal/dbtest"
	"goodword/internal/fault"
	"goodword/internal/introduction"
	"goodword/internal/ledger"
	"goodword/internal/reward"
)

// TestHistories_ProveTheInvariants plays random lives of rewards on the real services and both engines: wins, refunds, disputes,
// approvals, choices, payouts on a faulty rail, uses, reversals and write-offs. After each step the invariants I1 to I9 hold, and
// at the end everybody has exactly what the rules promise. 200 histories of 30 steps, 2,000 with GOODWORD_PROVE.
func TestHistories_ProveTheInvariants(t *testing.T) {
	t.Parallel()
	const steps, perDatabase = 30, 5
	histories := 200
	if proving() {
		histories = 2_000
	}
	first := seed(t)
	for _, engine := range []struct {
		name string
		open func(testing.TB) *db.DB
	}{{"sqlite", dbtest.SQLite}, {"postgres", dbtest.Postgres}} {
		t.Run(engine.name, func(t *testing.T) {
			t.Parallel()
			seen := map[string]int{}
			for n := range histories {
				if n%perDatabase != 0 {
					continue
				}
				// A database of its own for every few: the checks look at all of it.
				t.Run(fmt.Sprintf("%d-%d", n, n+perDatabase-1), func(t *testing.T) {
					w := newWorld(t, engine.open(t))
					// They go on being customers from one campaign to the next, with what they owe.
					people := []customer.Customer{w.customer("Ana"), w.customer("Bob")}
					for k := n; k < min(n+perDatabase, histories); k++ {
						h := newHistory(w, rand.New(rand.NewPCG(first, uint64(k))), people)
						for step := range steps {
							did := h.step()
							if err := h.check(); err != nil {
								t.Fatalf("GOODWORD_SEED=%d, history %d, step %d (%s): %v", first, k, step, did, err)
							}
						}
						h.end()
						if err := h.settled(); err != nil {
							t.Fatalf("GOODWORD_SEED=%d, history %d, at the end: %v", first, k, err)
						}
					}
					_, err := ledger.Seal(w.ctx, w.db)
					w.must(err)
					_, err = audit.Seal(w.ctx, w.db)
					w.must(err)
					w.verified()
					count(w, seen)
				})
			}
			for _, what := range []string{"accrued", "held", "released", "approved", "adjusted", "reversed", "sent", "issued", "failed", "redeemed", "voided", "expired",
				"clawed_back", "recovered", "written_off", "reinstated", "netted"} {
				if seen["reward."+what] == 0 {
					t.Errorf("no reward was ever %s", what)
				}
			}
			t.Logf("events: %v", seen)
		})
	}
}

// history is one random life of one campaign.
type history struct {
	w         *world
	rng       *rand.Rand
	campaign  campaign.Campaign
	offer     campaign.Offer
	customers []customer.Customer
	wins      []*won
}

type won struct {
	i introduction.Introduction
	d introduction.Deal
}

func newHistory(w *world, rng *rand.Rand, people []customer.Customer) *history {
	h := &history{w: w, rng: rng, customers: people}
	all := []campaign.Rail{campaign.RailManual, campaign.RailInvoiceCredit, campaign.RailPromotionCode}
	one := func() []campaign.Rail {
		rng.Shuffle(len(all), func(a, b int) { all[a], all[b] = all[b], all[a] })
		return append([]campaign.Rail(nil), all[:1+rng.IntN(3)]...)
	}
	rules := []campaign.Rule{
		{To: campaign.ToCustomer, On: campaign.OnWon, AmountMinor: 10_00 + rng.Int64N(90_00), MinMinor: rng.Int64N(300_00), Rails: one()},
		{To: campaign.ToCustomer, On: campaign.OnWon, PercentBPS: 1 + rng.Int64N(2000), Of: campaign.OfDeal, MaxMinor: 50_00 + rng.Int64N(200_00), Rails: one()},
		{To: campaign.ToProspect, On: campaign.OnWon, AmountMinor: 1 + rng.Int64N(20_00), Rails: []campaign.Rail{campaign.RailPromotionCode}},
	}
	budget := 100_00 + rng.Int64N(2_000_00)
	h.campaign, h.offer = w.campaign(budget, func(t *campaign.Terms) { t.DefaultRail = all[rng.IntN(3)] }, rules[:1+rng.IntN(3)]...)
	for _, l := range []*till{w.promo, w.credit} {
		l.rng = rand.New(rand.NewPCG(rng.Uint64(), 1))
		l.faults = faults{dropBefore: 8, dropAfter: 8, error500: 4, refuse: 8, later: 4}
	}
	for range 3 {
		h.win()
	}
	// The first rewards are on their way, so that thirty steps reach the late states as well.
	for _, r := range h.rewards() {
		if _, err := w.Choose(w.ctx, r.CustomerID, r.ID, r.Rails[rng.IntN(len(r.Rails))]); err != nil {
			h.expected(err)
		}
	}
	w.clock.pass(31 * day)
	w.count(w.Mature(w.ctx))
	w.count(w.Due(w.ctx))
	h.send(90)
	for _, r := range h.rewards() {
		if r.State == reward.Issuing && r.Rail == campaign.RailManual && rng.IntN(4) > 0 {
			w.manually(r)
		}
	}
	return h
}

func (h *history) win() {
	h.w.t.Helper()
	i, d := h.w.win(h.offer, h.customers[h.rng.IntN(2)].ID, 1+h.rng.Int64N(2_000_00))
	h.wins = append(h.wins, &won{i, d})
}

func (h *history) rewards() []reward.Reward {
	h.w.t.Helper()
	l, err := h.w.List(h.w.ctx, reward.Filter{CampaignID: h.campaign.ID}, db.Page{Limit: 200})
	h.w.must(err)
	return l.Items
}

// expected are the answers that a use case may give to somebody who is late.
func (h *history) expected(err error) {
	h.w.t.Helper()
	switch code(err) {
	case "", fault.Conflict, fault.Invalid, fault.NotFound:
		return
	}
	h.w.t.Fatal(err)
}

// any returns a reward, one in the states if there is any.
func (h *history) any(states ...reward.State) (reward.Reward, bool) {
	rows := h.rewards()
	var fit []reward.Reward
	for _, r := range rows {
		if slices.Contains(states, r.State) {
			fit = append(fit, r)
		}
	}
	if len(fit) > 0 {
		rows = fit
	}
	if len(rows) == 0 {
		return reward.Reward{}, false
	}
	return rows[h.rng.IntN(len(rows))], true
}

// step does one random thing and says what.
func (h *history) step() string {
	h.w.t.Helper()
	w := h.w
	x := h.wins[h.rng.IntN(len(h.wins))]
	// What happens after a payment is the harder half, so it comes more often than it would by chance.
	if r, ok := h.any(reward.Issued, reward.Redeemed, reward.Clawback); ok && h.rng.IntN(3) > 0 {
		x = h.wins[slices.IndexFunc(h.wins, func(x *won) bool { return x.i.ID == r.IntroductionID })]
	}
	switch n := h.rng.IntN(24); {
	case n < 2:
		if len(h.wins) < 6 {
			h.win()
		}
		return "win"
	case n < 4:
		if x.d.Net().Zero() {
			return "refund of nothing"
		}
		w.refund(x.i, &x.d, min(x.d.GrossMinor, x.d.RefundedMinor+h.rng.Int64N(x.d.GrossMinor/2+1)))
		return "refund"
	case n < 6:
		return h.dispute(x)
	case n < 9:
		w.clock.pass(time.Duration(h.rng.IntN(60*24)) * time.Hour)
		w.count(w.Mature(w.ctx))
		return "time and mature"
	case n < 12:
		w.count(w.Due(w.ctx))
		h.send(80)
		return "due and send"
	case n < 15:
		w.clock.pass(time.Duration(h.rng.IntN(120)) * time.Minute)
		w.count(w.Recover(w.ctx))
		h.send(50)
		return "recover and send"
	case n < 16:
		w.count(w.DefaultRail(w.ctx))
		w.count(w.Remind(w.ctx))
		w.count(w.Expire(w.ctx))
		return "default, remind, expire"
	case n < 18:
		return h.use()
	}
	return h.decide()
}

func (h *history) dispute(x *won) string {
	to := introduction.DisputeOpen
	switch {
	case x.d.Dispute == "" && h.rng.IntN(2) == 0:
		return "no dispute"
	case x.d.Dispute == introduction.DisputeOpen && h.rng.IntN(3) == 0, x.d.Dispute == introduction.DisputeLost:
		to = introduction.DisputeWon
	case x.d.Dispute == introduction.DisputeOpen:
		to = introduction.DisputeLost
	case x.d.RefundedMinor >= x.d.GrossMinor:
		return "dispute of nothing"
	}
	h.w.dispute(x.i, &x.d, to)
	return "dispute " + to
}

// send lets one worker act on one open payout, and people confirm what they are asked.
func (h *history) send(percent int) {
	h.w.t.Helper()
	l, err := h.w.Payouts(h.w.ctx, reward.PayoutFilter{States: []reward.PayoutState{reward.Queued, reward.Sending, reward.Unknown, reward.Reversing}}, db.Page{Limit: 200})
	h.w.must(err)
	for _, p := range l.Items {
		if h.rng.IntN(100) < percent {
			h.expected(h.w.send(p))
		}
	}
	for _, c := range append(h.w.cases(reward.CaseAbsent), h.w.cases(reward.CaseVoidUnclear)...) {
		_, err := h.w.ResolveCase(h.w.ctx, finance, c.ID, reward.Resolution{Action: reward.ActionConfirmAbsent, Note: "looked"})
		h.expected(err)
	}
}

// use spends a code or credit, or tells late of an effect.
func (h *history) use() string {
	h.w.t.Helper()
	r, ok := h.any(reward.Issued, reward.Issuing)
	if !ok {
		return "no reward"
	}
	ps, err := h.w.Payouts(h.w.ctx, reward.PayoutFilter{RewardID: r.ID}, db.Page{})
	h.w.must(err)
	for _, p := range ps.Items {
		l := h.w.promo
		if p.Rail == campaign.RailInvoiceCredit {
			l = h.w.credit
		}
		if p.Rail == campaign.RailManual {
			continue
		}
		switch effects := l.of(p.ID); {
		case len(effects) == 0:
		case h.rng.IntN(2) == 0 && (p.State == reward.Unknown || p.State == reward.Settled || p.State == reward.Refused):
			h.expected(h.w.Seen(h.w.ctx, stripe, p.Name(), effects[0].object))
			return "seen"
		case h.rng.IntN(2) == 0 && p.State != reward.Cancelled:
			if object, could := l.use(p.ID); could && (r.State == reward.Issued || r.State == reward.Issuing) {
				h.expected(h.w.Redeemed(h.w.ctx, stripe, reward.Redemption{RewardID: r.ID, Object: object}))
			}
			return "used"
		case p.State == reward.Settled && r.State == reward.Issued && !effects[0].used && h.rng.IntN(6) == 0:
			effects[0].void = true
			h.expected(h.w.ReversedAtRail(h.w.ctx, stripe, p.ID, "by hand"))
			return "undone at the rail"
		}
	}
	return "nothing to use"
}

// decide lets somebody decide something, mostly about a reward for which it makes sense.
func (h *history) decide() string {
	h.w.t.Helper()
	w, rng := h.w, h.rng
	type choice struct {
		name   string
		states []reward.State
		do     func(r reward.Reward) error
	}
	choices := []choice{
		{"approve", []reward.State{reward.Held, reward.Pending}, func(r reward.Reward) error { _, err := w.Approve(w.ctx, finance, r.ID, ""); return err }},
		{"hold", []reward.State{reward.Approved, reward.Failed, reward.Pending}, func(r reward.Reward) error { _, err := w.Hold(w.ctx, finance, r.ID, "looking"); return err }},
		{"release", []reward.State{reward.Held}, func(r reward.Reward) error { _, err := w.Release(w.ctx, owner, r.ID, ""); return err }},
		{"release", []reward.State{reward.Held}, func(r reward.Reward) error { _, err := w.Release(w.ctx, owner, r.ID, ""); return err }},
		{"reject", []reward.State{reward.Issued, reward.Approved, reward.Redeemed}, func(r reward.Reward) error {
			_, err := w.reject(finance, r.ID, reward.Rejection{Note: "no"})
			return err
		}},
		{"retry", []reward.State{reward.Failed}, func(r reward.Reward) error { _, err := w.Retry(w.ctx, finance, r.ID, "again"); return err }},
		{"write off", []reward.State{reward.Clawback}, func(r reward.Reward) error { _, err := w.WriteOff(w.ctx, finance, r.ID, "gone"); return err }},
		{"paid back", []reward.State{reward.Clawback}, func(r reward.Reward) error { _, err := w.PaidBack(w.ctx, finance, r.ID, "bank"); return err }},
		{"mark paid", []reward.State{reward.Issuing}, func(r reward.Reward) error { _, err := w.MarkPaid(w.ctx, finance, r.ID, "bank "+r.ID); return err }},
		{"mark paid", []reward.State{reward.Issuing}, func(r reward.Reward) error { _, err := w.MarkPaid(w.ctx, finance, r.ID, "bank "+r.ID); return err }},
		{"choose", []reward.State{reward.Approved, reward.Failed, reward.Pending}, func(r reward.Reward) error {
			_, err := w.Choose(w.ctx, r.CustomerID, r.ID, r.Rails[rng.IntN(len(r.Rails))])
			return err
		}},
		{"choose", []reward.State{reward.Approved, reward.Failed, reward.Pending}, func(r reward.Reward) error {
			_, err := w.Choose(w.ctx, r.CustomerID, r.ID, r.Rails[rng.IntN(len(r.Rails))])
			return err
		}},
		{"decline", []reward.State{reward.Approved}, func(r reward.Reward) error {
			if rng.IntN(3) > 0 {
				return nil
			}
			_, err := w.Decline(w.ctx, r.CustomerID, r.ID)
			return err
		}},
	}
	c := choices[rng.IntN(len(choices))]
	if r, ok := h.any(reward.Clawback); ok && r.State == reward.Clawback && rng.IntN(3) == 0 {
		c = choices[6+rng.IntN(2)]
	}
	if rng.IntN(10) == 0 {
		c.states = nil
	}
	r, ok := h.any(c.states...)
	if !ok {
		return "no reward"
	}
	h.expected(c.do(r))
	return c.name + " " + string(r.State)
}

// check asserts the invariants on everything that is in the database. I1, I2 and I7 are kept by the database itself and
// proved by Verify at the end.
func (h *history) check() error {
	accounts, err := ledger.Balances(h.w.ctx, h.w.db, "")
	if err != nil {
		return err
	}
	b := book{}
	for _, a := range accounts {
		b[a.Name] = a.BalanceMinor
		if a.Normal == ledger.C {
			b[a.Name] = -a.BalanceMinor
		}
	}
	sum := int64(0)
	for name, x := range b {
		sum += x
		credit := strings.HasPrefix(name, "L:") || strings.HasPrefix(name, "X:") || strings.HasPrefix(name, "M:") && name != "M:control"
		if credit && x > 0 || strings.HasPrefix(name, "A:clawback:") && x < 0 {
			return fmt.Errorf("I4: %s stands at %d", name, x)
		}
	}
	if sum != 0 {
		return fmt.Errorf("I3: the balances add up to %d", sum)
	}
	rows := h.rewards()
	cost, clawed, open := int64(0), int64(0), int64(0)
	for _, r := range rows {
		if err := checkAccounts(b, r); err != nil {
			return err
		}
		cost, clawed = cost+r.AccruedMinor-r.ReversedMinor, clawed+r.ClawedMinor
		if r.State.Open() {
			open += r.Payable().Minor
		}
	}
	id := h.campaign.ID
	for _, x := range []struct {
		what      string
		got, want int64
	}{
		{"I6 cost", b[ledger.Rewards(id)], cost}, {"I6 recoveries", -b[ledger.Recoveries(id)], clawed}, {"I9 committed", -b[ledger.Committed(id)], open},
		{"I9 committed and spent", -b[ledger.Committed(id)] - b[ledger.Spent(id)], cost},
		{"I9 authorised", -b[ledger.Avail(id)] - b[ledger.Committed(id)] - b[ledger.Spent(id)], h.offer.BudgetMinor},
	} {
		if x.got != x.want {
			return fmt.Errorf("%s: %d in the books, %d expected", x.what, x.got, x.want)
		}
	}
	return h.checkRails()
}

// checkAccounts is I5 and I6, written down a second time.
func checkAccounts(b book, r reward.Reward) error {
	own, want := "", r.AmountMinor-r.NettedMinor
	switch r.State {
	case reward.Pending:
		own = ledger.Pending(r.ID)
	case reward.Held:
		own = ledger.Held(r.ID)
	case reward.Approved, reward.Failed:
		own = ledger.Payable(r.ID)
	case reward.Issuing:
		own = ledger.Clearing(r.ID)
	case reward.Issued:
		want = r.IssuedMinor
		switch r.Rail {
		case campaign.RailPromotionCode:
			own = ledger.OutstandingPromo(r.ID)
		case campaign.RailInvoiceCredit:
			own = ledger.OutstandingCredit(r.ID)
		}
	}
	for _, name := range []string{ledger.Pending(r.ID), ledger.Held(r.ID), ledger.Payable(r.ID), ledger.Clearing(r.ID), ledger.OutstandingPromo(r.ID), ledger.OutstandingCredit(r.ID)} {
		expected := int64(0)
		if name == own {
			expected = want
		}
		if -b[name] != expected {
			return fmt.Errorf("I5: reward %s is %s, and %s holds %d instead of %d", r.ID, r.State, name, -b[name], expected)
		}
	}
	if r.AccruedMinor != r.AmountMinor+r.ReversedMinor+r.ClawedMinor {
		return fmt.Errorf("I6: reward %s: %d is not %d + %d + %d", r.ID, r.AccruedMinor, r.AmountMinor, r.ReversedMinor, r.ClawedMinor)
	}
	return nil
}

// checkRails is I8: a payout has at most one effect, of its own amount, and nobody believes in one that does not exist.
func (h *history) checkRails() error {
	var ps []reward.Payout
	err := h.w.db.NewSelect().Model(&ps).Where("po.rail <> ?", campaign.RailManual).OrderExpr("po.id").Scan(h.w.ctx)
	if err != nil {
		return err
	}
	made := map[string][]*effect{}
	for _, l := range []*till{h.w.promo, h.w.credit} {
		l.mu.Lock()
		for _, e := range l.effects {
			made[e.payout] = append(made[e.payout], e)
		}
		l.mu.Unlock()
	}
	for _, p := range ps {
		effects := made[p.ID]
		settled := p.State == reward.Settled || p.State == reward.Reversing || p.State == reward.PaidBack
		if len(effects) > 1 || settled && (len(effects) != 1 || effects[0].minor != p.AmountMinor || effects[0].object != p.RailObject) {
			return fmt.Errorf("I8: payout %s is %s and has %d effects", p.ID, p.State, len(effects))
		}
		if p.State == reward.PaidBack && !effects[0].void {
			return fmt.Errorf("I8: payout %s is reversed, its effect is not", p.ID)
		}
	}
	return nil
}

// end lets everything that waits come to its end, with rails that work.
func (h *history) end() {
	h.w.t.Helper()
	for _, l := range []*till{h.w.promo, h.w.credit} {
		l.faults = faults{}
	}
	for range 25 {
		h.w.clock.pass(2 * time.Hour)
		n := h.w.count(h.w.Recover(h.w.ctx))
		h.w.work()
		for _, c := range append(h.w.cases(reward.CaseAbsent), h.w.cases(reward.CaseVoidUnclear)...) {
			_, err := h.w.ResolveCase(h.w.ctx, finance, c.ID, reward.Resolution{Action: reward.ActionConfirmAbsent, Note: "looked"})
			h.expected(err)
		}
		if n == 0 && len(h.w.cases(reward.CaseAbsent)) == 0 {
			break
		}
	}
}

// settled asserts that every rule has given what its deal is worth: no more, and no less but for what the budget did not
// cover, a person took for good, or had expired.
func (h *history) settled() error {
	if err := h.check(); err != nil {
		return err
	}
	for _, x := range h.wins {
		for n := range h.offer.Rules {
			base := x.d.Net()
			target, err := h.offer.Amount(n, base)
			if err != nil {
				return err
			}
			if base.Zero() {
				target.Minor = 0
			}
			got, movable, kept, rows := int64(0), int64(0), int64(0), 0
			for _, r := range h.w.all(x.i) {
				if r.Rule != n {
					continue
				}
				rows++
				if r.WantedMinor != nil {
					return fmt.Errorf("reward %s still waits for %d", r.ID, *r.WantedMinor)
				}
				got += r.AmountMinor + r.ForgoneMinor
				kept += r.WrittenOffMinor
				if r.State != reward.Expired {
					movable += r.AmountMinor
				}
			}
			short := len(h.w.cases(reward.CaseBudget)) > 0 || rows == 0
			if got > target.Minor && movable > 0 || got+kept < target.Minor && !short {
				return fmt.Errorf("rule %d of introduction %s has given %d in %d rewards, want %d", n, x.i.ID, got, rows, target.Minor)
			}
		}
	}
	return nil
}

// count adds up the events of a world by type.
func count(w *world, seen map[string]int) {
	w.t.Helper()
	var types []string
	w.must(w.db.NewRaw("SELECT type FROM event WHERE type LIKE 'reward.%' OR type LIKE 'payout.%'").Scan(w.ctx, &types))
	for _, x := range types {
		seen[x]++
	}
}
