package app_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"regexp"
	"sync/atomic"
	"testing"
	"time"

	"goodword/internal/apptest"
	"goodword/internal/audit"
	"goodword/internal/campaign"
	"goodword/internal/db"
	"goodword/internal/dbtest"
	"goodword/internal/ledger"
	rewards "goodword/internal/reward"
	"goodword/internal/staff"
	"goodword/internal/stripesim"
)

// rough is a day on which everything goes wrong at Stripe, in calls of a thousand (M1).
var rough = stripesim.Faults{DropBefore: 40, Late: 150, DropAfter: 100, Duplicate: 50, ServerError: 30, ServerErrorEffect: 25, ServerErrorLater: 25,
	RateLimit: 50, Unavailable: 20, Reset: 20, Truncated: 20, WebhookLost: 100, WebhookTwice: 50, WebhookTwin: 50, WebhookDelayed: 100, WebhookShuffle: true}

// M1, M2: the server is killed again and again while it pays at a rail that loses, repeats and delays. By the stand-in's own
// record, which lives in the test, every payout took effect once or was refused for certain; and before each call its row
// was on disk.
func TestKills_NothingIsPaidTwiceOrLost(t *testing.T) {
	t.Parallel()
	people, kills := 30, 20
	if proving() {
		people, kills = 250, 200
	}
	dbtest.EachURL(t, func(t *testing.T, databaseURL string) {
		first := seed(t)
		k := &killing{random: rand.New(rand.NewPCG(first, 2)), called: make(chan struct{}, 1)}
		f := apptest.NewFleet(t, databaseURL, 1, apptest.StripeFaults(int64(first), stripesim.Faults{}), apptest.OnStripe(k.look), apptest.Env("GOODWORD_LOG=info"))
		k.town = newTown(f, 10_000_000_00,
			campaign.Rule{To: campaign.ToCustomer, On: campaign.OnWon, PercentBPS: 1000, Of: campaign.OfDeal, MaxMinor: 400_00, Rails: []campaign.Rail{campaign.RailInvoiceCredit}},
			campaign.Rule{To: campaign.ToProspect, On: campaign.OnAccepted, AmountMinor: 20_01, Rails: []campaign.Rail{campaign.RailPromotionCode}})
		for n := range people {
			payee := fmt.Sprintf("cus_gone%d", n)
			if n%10 != 9 { // every tenth is none of Stripe's customers: a definite refusal
				payee = f.StripeCustomer("", "Ana")
			}
			k.closed(payee, 100_00+k.random.Int64N(3_000_00))
		}
		f.Pass(31 * day)
		f.Sim.SetFaults(rough)
		f.Sim.Start(t.Context())
		for range kills {
			k.kill()
		}
		f.Sim.SetFaults(stripesim.Faults{})
		k.drain()
		k.compare(2 * people)
		t.Logf("%d kills, %d of them with payouts under way; slowest start %s", kills, k.midway, k.slowest.Round(time.Millisecond))
		if k.midway == 0 {
			t.Error("no kill came while a payout was under way: they prove nothing")
		}
	})
}

type killing struct {
	*town
	random  *rand.Rand
	calls   atomic.Int64
	called  chan struct{}
	midway  int
	slowest time.Duration
}

var payoutKey = regexp.MustCompile(`^po_([a-z0-9]+):(\d+)$`)

// look is asked about every call that would change something at Stripe: a call that pays has its row on disk (M2).
func (k *killing) look(r stripesim.Request) error {
	k.calls.Add(1)
	select {
	case k.called <- struct{}{}:
	default:
	}
	if !pays(r) {
		return nil
	}
	if !payoutKey.MatchString(r.Key) {
		return fmt.Errorf("key %q is none of a payout", r.Key)
	}
	p, err := k.App.Rewards.PayoutByID(k.T.Context(), r.Params.Get("metadata[payout_id]"))
	switch {
	case err != nil:
		return err
	case p.Key() != r.Key || p.LastSentAt.IsZero() || p.State != rewards.Sending && p.State != rewards.Unknown:
		return fmt.Errorf("key %s arrives, on disk is %s %s", r.Key, p.Key(), p.State)
	}
	return nil
}

var paying = regexp.MustCompile(`^/v1/(promotion_codes|customers/[^/]+/balance_transactions)$`)

func pays(r stripesim.Request) bool { return r.Method == http.MethodPost && paying.MatchString(r.Path) }

// kill starts the server and kills it at a random moment: while it starts, or some calls later. Then time passes.
func (k *killing) kill() {
	k.T.Helper()
	p := k.Process(0)
	began := time.Now()
	p.Start()
	if k.random.IntN(6) == 0 {
		<-time.After(time.Duration(k.random.IntN(800)) * time.Millisecond)
	} else {
		p.Ready()
		k.slowest = max(k.slowest, time.Since(began))
		until := k.calls.Load() + 1 + k.random.Int64N(8)
		// Nothing may be due any more.
		late := time.After(1500 * time.Millisecond)
		for k.calls.Load() < until {
			select {
			case <-k.called:
				continue
			case <-late:
				until = 0
			}
		}
		<-time.After(time.Duration(k.random.IntN(12)) * time.Millisecond)
	}
	p.Kill()
	for _, x := range k.payouts() {
		if x.State == rewards.Sending {
			k.midway++
			break
		}
	}
	switch n := k.random.IntN(10); {
	case n < 7: // so little that what Stripe does late is not done yet when we look
		k.Pass(time.Duration(35+k.random.IntN(65)) * time.Second)
	case n < 9:
		k.Pass(time.Duration(5+k.random.IntN(90)) * time.Minute)
	default:
		k.Pass(time.Duration(3+k.random.IntN(10)) * time.Hour)
	}
}

func (k *killing) payouts() []rewards.Payout {
	k.T.Helper()
	var rows []rewards.Payout
	k.Must(k.App.DB.NewSelect().Model(&rows).OrderExpr("po.id").Scan(k.Context()))
	return rows
}

// drain lets a server that nobody kills bring everything to its end. Where the protocol asks a person, finance looks at
// Stripe and confirms what is not there.
func (k *killing) drain() {
	k.T.Helper()
	finance := k.Member(staff.NewMember{Email: "felix@brightwater.example", Name: "Felix Amann", Role: staff.Finance})
	actor := audit.Actor{Kind: audit.KindStaff, ID: finance.ID, Name: finance.Name, Role: string(finance.Role)}
	k.Process(0).Start()
	k.Process(0).Ready()
	next := time.Now()
	defer func() {
		for _, p := range k.payouts() {
			if k.T.Failed() && p.State != rewards.Settled {
				k.T.Logf("payout %s to %q is %s in epoch %d, last answer %s (%s), absent %d times, next try %s", p.Name(), p.Destination, p.State, p.Epoch,
					p.LastAnswer, p.RailNote, p.AbsentCount, p.NextTryAt)
			}
		}
	}()
	k.Until("every payout to end", func() bool {
		open := 0
		for _, p := range k.payouts() {
			if p.State != rewards.Settled && p.State != rewards.Refused {
				open++
			}
		}
		due, err := k.App.Rewards.List(k.Context(), rewards.Filter{States: []rewards.State{rewards.Pending, rewards.Held, rewards.Approved}}, db.Page{Limit: 1})
		k.Must(err)
		if open == 0 && len(due.Items) == 0 {
			return true
		}
		if time.Now().Before(next) {
			return false
		}
		next = time.Now().Add(300 * time.Millisecond)
		cases, err := k.App.Rewards.Cases(k.Context(), rewards.CaseFilter{Kind: rewards.CaseAbsent, State: rewards.CaseOpen}, db.Page{Limit: 200})
		k.Must(err)
		for _, c := range cases.Items {
			_, err := k.App.Rewards.ResolveCase(k.Context(), actor, c.ID, rewards.ActionConfirmAbsent, "Stripe shows nothing.")
			k.Must(err)
		}
		k.Pass(40 * time.Minute)
		return false
	})
	k.Process(0).Kill()
}

// compare holds our books against Stripe's own record.
func (k *killing) compare(want int) {
	k.T.Helper()
	made := map[string][]stripesim.Effect{}
	worth := map[string]int64{}
	for _, e := range k.Sim.Effects() {
		made[e.Metadata[stripesim.PayoutKey]] = append(made[e.Metadata[stripesim.PayoutKey]], e)
		worth[e.Kind] += e.AmountMinor
	}
	settled, refused, epochs := 0, 0, 0
	perReward := map[string]int{}
	for _, p := range k.payouts() {
		effects := made[p.Name()]
		delete(made, p.Name())
		perReward[p.Parameters.RewardID]++
		epochs += p.Epoch
		switch p.State {
		case rewards.Settled:
			settled++
			if len(effects) != 1 || effects[0].AmountMinor != p.AmountMinor || effects[0].Payee != p.Destination || effects[0].ID != p.RailObject {
				k.T.Errorf("payout %s of %d to %q is settled by %s; Stripe has %+v", p.Name(), p.AmountMinor, p.Destination, p.RailObject, effects)
			}
		case rewards.Refused:
			refused++
			if len(effects) != 0 {
				k.T.Errorf("payout %s is refused (%s); Stripe has %+v", p.Name(), p.RailNote, effects)
			}
		default:
			k.T.Errorf("payout %s ends %s", p.Name(), p.State)
		}
	}
	for name, effects := range made {
		k.T.Errorf("Stripe has %+v for %s, which we do not know", effects, name)
	}
	if len(perReward) != want || settled+refused != want || refused != want/20 {
		k.T.Errorf("%d rewards were paid by %d settled and %d refused payouts, want %d with %d refused", len(perReward), settled, refused, want, want/20)
	}
	k.sameToTheCent(worth)
	for _, v := range k.Sim.Violations() {
		k.T.Errorf("Stripe was asked %s %s wrongly: %s", v.Request.Method, v.Request.Path, v.Reason)
	}
	v, err := k.App.Verify(k.Context())
	k.Must(err)
	for _, x := range v.Findings {
		k.T.Errorf("verify finds %s", x)
	}
	faults, calls := map[stripesim.FaultKind]int{}, 0
	for _, r := range k.Sim.Requests() {
		if pays(r) {
			calls++
			faults[r.Fault]++
		}
	}
	k.T.Logf("%d payouts settled, %d refused, %d new keys; %d calls that pay, by fault %v. %s", settled, refused, epochs, calls, faults, v.Summary)
}

// sameToTheCent holds what the books say is outstanding against what Stripe has given.
func (k *killing) sameToTheCent(worth map[string]int64) {
	k.T.Helper()
	accounts, err := ledger.Balances(k.Context(), k.App.DB, "")
	k.Must(err)
	books := map[string]int64{}
	for _, a := range accounts {
		for prefix, kind := range map[string]string{"L:outstanding:promo:": "promotion_code", "L:outstanding:credit:": "customer_balance_transaction", "X:clearing:": "clearing"} {
			if len(a.Name) > len(prefix) && a.Name[:len(prefix)] == prefix {
				books[kind] += a.BalanceMinor
			}
		}
	}
	for _, kind := range []string{"promotion_code", "customer_balance_transaction", "clearing"} {
		if books[kind] != worth[kind] {
			k.T.Errorf("the books say %d for %s, Stripe %d", books[kind], kind, worth[kind])
		}
	}
	if worth["promotion_code"] == 0 || worth["customer_balance_transaction"] == 0 {
		k.T.Error("Stripe has given nothing: that proves nothing")
	}
}
