package app_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"goodword/internal/apptest"
	"goodword/internal/audit"
	"goodword/internal/campaign"
	"goodword/internal/customer"
	"goodword/internal/db"
	"goodword/internal/dbtest"
	"goodword/internal/ident"
	"goodword/internal/ledger"
	rewards "goodword/internal/reward"
	"goodword/internal/staff"
	"goodword/internal/stripesim"
)

// rough is a day on which everything goes wrong at Stripe, in calls of a thousand (M1).
var rough = stripesim.Faults{DropBefore: 40, Late: 150, DropAfter: 100, Duplicate: 50, ServerError: 30, ServerErrorEffect: 25, ServerErrorLater: 25,
	RateLimit: 50, Unavailable: 20, Reset: 20, Truncated: 20, WebhookLost: 100, WebhookTwice: 50, WebhookTwin: 50, WebhookDelayed: 100, WebhookShuffle: true}

// M1, M2: servers are killed again and again while they pay by every rail that needs no person, at a Stripe that loses, repeats
// and delays. By the stand-in's own record, which lives in the test, every payout took effect once or was refused for certain;
// and before each call its row was on disk.
func TestKills_NothingIsPaidTwiceOrLost(t *testing.T) {
	t.Parallel()
	people, kills := 10, 12 // four payouts each
	if proving() {
		people, kills = 250, 200
	}
	dbtest.EachURL(t, func(t *testing.T, databaseURL string) {
		first := seed(t)
		servers := 3
		if strings.HasPrefix(databaseURL, "sqlite:") {
			servers = 1
		}
		k := &killing{random: rand.New(rand.NewPCG(first, 2)), called: make(chan struct{}, 1), up: make([]bool, servers)}
		f := apptest.NewFleet(t, databaseURL, servers, apptest.StripeFaults(int64(first), stripesim.Faults{}), apptest.OnStripe(k.look), apptest.Env("GOODWORD_LOG=info"))
		k.town = newTown(f, 10_000_000_00,
			campaign.Rule{To: campaign.ToCustomer, On: campaign.OnWon, PercentBPS: 1000, Of: campaign.OfDeal, MaxMinor: 400_00, Rails: []campaign.Rail{campaign.RailInvoiceCredit}},
			campaign.Rule{To: campaign.ToCustomer, On: campaign.OnWon, AmountMinor: 15_03, Rails: []campaign.Rail{campaign.RailTransfer}},
			campaign.Rule{To: campaign.ToCustomer, On: campaign.OnWon, AmountMinor: 25_00, Rails: []campaign.Rail{campaign.RailGiftCode}},
			campaign.Rule{To: campaign.ToProspect, On: campaign.OnAccepted, AmountMinor: 20_01, Rails: []campaign.Rail{campaign.RailPromotionCode}})
		k.country = "DE" // where an account takes euros
		k.stock(people, 25)
		for n := range people {
			payee := fmt.Sprintf("cus_gone%d", n)
			if n%10 != 9 { // every tenth is none of Stripe's customers: a definite refusal
				payee = f.StripeCustomer("", "Ana")
			}
			k.onboards(k.closed(payee, 100_00+k.random.Int64N(3_000_00)).IntroducerID)
		}
		f.Pass(31 * day)
		f.Sim.SetFaults(rough)
		f.Sim.Start(t.Context())
		for range kills {
			k.kill()
		}
		f.Sim.SetFaults(stripesim.Faults{})
		k.drain()
		k.compare(4*people, people/10)
		t.Logf("%d servers, %d kills, %d of them with payouts under way; slowest start %s", servers, kills, k.midway, k.slowest.Round(time.Millisecond))
		if k.midway == 0 && proving() {
			t.Error("no kill came while a payout was under way: they prove nothing")
		}
	})
}

// stock buys gift codes of so many euros.
func (c *town) stock(codes, euros int) {
	c.T.Helper()
	var file strings.Builder
	file.WriteString("code,amount,currency\n")
	for range codes {
		fmt.Fprintf(&file, "G-%s,%d,EUR\n", ident.NewCode(16), euros)
	}
	felix := c.Member(staff.NewMember{Email: "felix.stock@brightwater.example", Name: "Felix Amann", Role: staff.Finance})
	_, err := c.App.Rewards.TakeStock(c.Context(), audit.Actor{Kind: audit.KindStaff, ID: felix.ID, Name: felix.Name, Role: string(felix.Role)},
		rewards.StockFile{Reader: strings.NewReader(file.String())})
	c.Must(err)
}

// onboards gives a customer an account at Stripe that takes transfers.
func (c *town) onboards(customerID string) {
	c.T.Helper()
	self := audit.Actor{Kind: audit.KindCustomer, ID: customerID}
	_, err := c.App.Payees.Start(c.Context(), self, customer.Link{ID: ident.New(), CustomerID: customerID})
	c.Must(err)
	account, err := rewards.AccountOf(c.Context(), c.App.DB, customerID)
	c.Must(err)
	c.Must(c.Sim.Onboard(account.ID))
	c.Must(c.App.Payees.Look(c.Context(), self, account.ID))
}

type killing struct {
	*town
	random  *rand.Rand
	calls   atomic.Int64
	called  chan struct{}
	up      []bool
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
	case p.Key() != r.Key || p.LastSentAt.IsZero():
		return fmt.Errorf("key %s arrives, on disk is %s %s", r.Key, p.Key(), p.State)
	case len(k.up) == 1 && p.State != rewards.Sending && p.State != rewards.Unknown:
		// With several servers another one may have found the effect while this call was on its way.
		return fmt.Errorf("key %s arrives, on disk is %s %s", r.Key, p.Key(), p.State)
	}
	return nil
}

var paying = regexp.MustCompile(`^/v1/(promotion_codes|transfers|customers/[^/]+/balance_transactions)$`)

func pays(r stripesim.Request) bool { return r.Method == http.MethodPost && paying.MatchString(r.Path) }

// kill starts the servers that are down and kills one at a random moment: while it starts, or some calls later. Then time
// passes.
func (k *killing) kill() {
	k.T.Helper()
	began := time.Now()
	for n, up := range k.up {
		if !up {
			k.Process(n).Start()
			k.up[n] = true
		}
	}
	victim := k.random.IntN(len(k.up))
	p := k.Process(victim)
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
	k.up[victim] = false
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
	for n := range k.up {
		k.Process(n).Kill()
	}
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
		if k.T.Failed() {
			k.left()
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
			_, err := k.App.Rewards.ResolveCase(k.Context(), actor, c.ID, rewards.Resolution{Action: rewards.ActionConfirmAbsent, Note: "Stripe shows nothing."})
			k.Must(err)
		}
		k.Pass(40 * time.Minute)
		return false
	})
	k.Process(0).Kill()
}

// left logs the rewards that nothing was paid for.
func (k *killing) left() {
	k.T.Helper()
	list, err := k.App.Rewards.List(k.Context(), rewards.Filter{States: []rewards.State{rewards.Pending, rewards.Held, rewards.Approved}}, db.Page{Limit: 20})
	k.Must(err)
	for _, r := range list.Items {
		k.T.Logf("reward %s by %q is %s (%s %s)", r.ID, r.Rail, r.State, r.HeldReason, r.HeldNote)
	}
}

// compare holds our books against Stripe's own record, and against the stock of gift codes.
func (k *killing) compare(want, wantRefused int) {
	k.T.Helper()
	made := map[string][]stripesim.Effect{}
	worth := map[string]int64{}
	for _, e := range k.Sim.Effects() {
		made[e.Metadata[stripesim.PayoutKey]] = append(made[e.Metadata[stripesim.PayoutKey]], e)
		worth[e.Kind] += e.AmountMinor
	}
	settled, refused, epochs, gifts := 0, 0, 0, 0
	perReward := map[string]int{}
	for _, p := range k.payouts() {
		effects := made[p.Name()]
		delete(made, p.Name())
		perReward[p.Parameters.RewardID]++
		epochs += p.Epoch
		switch {
		case p.State == rewards.Settled && p.Rail == campaign.RailGiftCode:
			settled++
			gifts++
			if n := k.count("SELECT count(*) FROM gift_code WHERE payout_id = ? AND reward_id = ?", p.ID, p.Parameters.RewardID); n != 1 {
				k.T.Errorf("payout %s has %d gift codes", p.Name(), n)
			}
		case p.State == rewards.Settled:
			settled++
			if len(effects) != 1 || effects[0].AmountMinor != p.AmountMinor || effects[0].Payee != p.Destination || effects[0].ID != p.RailObject {
				k.T.Errorf("payout %s of %d to %q is settled by %s; Stripe has %+v", p.Name(), p.AmountMinor, p.Destination, p.RailObject, effects)
			}
		case p.State == rewards.Refused:
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
	if len(perReward) != want || settled+refused != want || refused != wantRefused {
		k.T.Errorf("%d rewards were paid by %d settled and %d refused payouts, want %d with %d refused", len(perReward), settled, refused, want, wantRefused)
	}
	if n := k.bound(); n != gifts {
		k.T.Errorf("%d gift codes are given for %d payouts", n, gifts)
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

// sameToTheCent holds what the books say was given against what Stripe has given.
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
		if a.Name == ledger.Stripe {
			books["transfer"] -= a.BalanceMinor // what left our balance there
		}
	}
	for _, kind := range []string{"promotion_code", "customer_balance_transaction", "transfer", "clearing"} {
		if books[kind] != worth[kind] {
			k.T.Errorf("the books say %d for %s, Stripe %d", books[kind], kind, worth[kind])
		}
		if kind != "clearing" && worth[kind] == 0 {
			k.T.Errorf("Stripe has given no %s: that proves nothing", kind)
		}
	}
}
