package billing_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"goodword/internal/audit"
	"goodword/internal/campaign"
	"goodword/internal/customer"
	"goodword/internal/db"
	"goodword/internal/dbtest"
	"goodword/internal/ident"
	"goodword/internal/introduction"
	"goodword/internal/ledger"
	"goodword/internal/reward"
	"goodword/internal/stripesim"
)

// paid makes n settled payouts on one rail to a few customers, as closed deals would.
func (w *world) paid(rail campaign.Rail, n int) []reward.Payout {
	w.t.Helper()
	const minor = 50_00
	now := w.clock.now()
	c := campaign.Campaign{ID: ident.New(), Name: "Many", State: campaign.Live, Asks: []campaign.Ask{}, Suits: map[string]string{},
		Trigger: campaign.Trigger{Kind: campaign.TriggerNow}, Messages: map[string]campaign.Words{}, Reminders: campaign.Reminders{AfterDays: []int{}},
		AuthorID: mara.ID, LaunchedAt: now, CreatedAt: now, UpdatedAt: now}
	o := campaign.Offer{ID: ident.New(), CampaignID: c.ID, Number: 1, Currency: "EUR", BudgetMinor: int64(n) * minor, HoldDays: 30, ProtectionDays: 180,
		Rules: []campaign.Rule{{To: campaign.ToCustomer, On: campaign.OnWon, AmountMinor: minor, Rails: []campaign.Rail{rail}}}, AuthorID: mara.ID, CreatedAt: now}
	c.OfferID = o.ID
	w.must(w.db.InTx(w.ctx(), func(ctx context.Context, tx db.Tx) error {
		if _, err := tx.NewInsert().Model(&c).Exec(ctx); err != nil {
			return err
		}
		if _, err := tx.NewInsert().Model(&o).Exec(ctx); err != nil {
			return err
		}
		_, err := ledger.Post(ctx, tx, ledger.Journal{Key: "authorise:" + o.ID, Kind: "authorise", At: now, CampaignID: c.ID, ActorKind: "staff", ActorID: mara.ID,
			Legs: []ledger.Leg{ledger.Debit(ledger.Control(), o.Budget()), ledger.Credit(ledger.Avail(c.ID), o.Budget())}})
		return err
	}))
	owners := make([]string, min(n, 10))
	for i := range owners {
		email := fmt.Sprintf("%s-%d@many.example", strings.ReplaceAll(string(rail), "_", "-"), i)
		who, err := w.customers.Create(w.ctx(), mara, customer.Draft{FirstName: "Ana", Email: email, Country: "DE", StripeCustomer: w.stripeCustomer(email)})
		w.must(err)
		owners[i] = who.ID
		if rail == campaign.RailTransfer {
			w.banks(who.ID)
		}
	}
	for k := range n {
		d := introduction.Deal{ID: ident.New(), IntroductionID: ident.New(), Source: introduction.FromStripe, ExternalID: ident.New(), AmountMinor: 900_00,
			GrossMinor: 900_00, Currency: "EUR", Counted: true, At: now}
		i := introduction.Introduction{ID: d.IntroductionID, CampaignID: c.ID, OfferID: o.ID, IntroducerID: owners[k%len(owners)], Kind: introduction.Referral,
			How: introduction.HowSelf, State: introduction.Won, FirstName: "Ben", Language: "en", WonAt: now, AcceptedAt: now, ProtectedUntil: now.AddDate(1, 0, 0),
			CreatedAt: now, UpdatedAt: now, DealID: d.ID}
		w.must(w.db.InTx(w.ctx(), func(ctx context.Context, tx db.Tx) error {
			if _, err := tx.NewInsert().Model(&i).Exec(ctx); err != nil {
				return err
			}
			if _, err := tx.NewInsert().Model(&d).Exec(ctx); err != nil {
				return err
			}
			return w.rewards.Earnings().Accrue(ctx, tx, introduction.Earned{On: campaign.OnWon, Introduction: i, Deal: &d, At: now,
				Actor: audit.Actor{Kind: audit.KindStripe, ID: "evt_1"}})
		}))
	}
	w.clock.pass(31 * day)
	var out []reward.Payout
	for len(out) < n {
		before := len(out)
		w.pay()
		out = nil
		w.must(w.db.NewSelect().Model(&out).Where("po.rail = ?", rail).Where("po.state = ?", reward.Settled).OrderExpr("po.id").Scan(w.ctx()))
		if len(out) == before {
			w.t.Fatalf("%d of %d payouts on %s settled", len(out), n, rail)
		}
	}
	return out
}

// banks gives a customer an account at the stand-in that takes transfers.
func (w *world) banks(customerID string) {
	w.t.Helper()
	_, err := w.payees.Start(w.ctx(), mara, customer.Link{CustomerID: customerID})
	w.must(err)
	a, err := w.rewards.AccountFor(w.ctx(), customerID)
	w.must(err)
	w.must(w.sim.Onboard(a.ID))
	w.must(w.payees.Look(w.ctx(), mara, a.ID))
}

// books is everything that moves money, as text.
func (w *world) books() string {
	w.t.Helper()
	out := ""
	for _, q := range []string{
		"SELECT j.key || ' ' || l.number || ' ' || l.account || ' ' || l.currency || ' ' || l.side || ' ' || l.amount_minor FROM ledger_journal AS j JOIN ledger_leg AS l ON l.journal_id = j.id ORDER BY j.id, l.number",
		"SELECT name || ' ' || currency || ' ' || balance_minor FROM ledger_account ORDER BY name, currency",
		"SELECT id || ' ' || state || ' ' || amount_minor || ' ' || version || ' ' || rail_object FROM payout ORDER BY id",
	} {
		var rows []string
		w.must(w.db.NewRaw(q).Scan(w.ctx(), &rows))
		out += fmt.Sprintln(rows)
	}
	return out
}

func (w *world) railCases() map[string]int {
	w.t.Helper()
	out := map[string]int{}
	for _, kind := range reward.RailCases {
		l, err := w.rewards.Cases(w.ctx(), reward.CaseFilter{Kind: kind, State: reward.CaseOpen}, db.Page{Limit: 200})
		w.must(err)
		if len(l.Items) > 0 {
			out[kind] = len(l.Items)
		}
	}
	return out
}

// M21 on the rails that Stripe has: among clean payouts, each thing that somebody does at Stripe behind our back is one case,
// and the books do not move. GOODWORD_PROVE=1 takes 5,000 payouts.
func TestReconcile_FindsWhatWasDoneAtStripe(t *testing.T) {
	t.Parallel()
	n := 30
	if os.Getenv("GOODWORD_PROVE") != "" {
		n = 1700
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		credits, codes, transfers := w.paid(campaign.RailInvoiceCredit, n), w.paid(campaign.RailPromotionCode, n), w.paid(campaign.RailTransfer, n)
		run := func() (out [3]reward.Reconciliation) {
			t.Helper()
			rows, err := w.rewards.ReconcileNow(w.ctx(), "")
			w.must(err)
			for _, r := range rows {
				switch r.Rail {
				case campaign.RailInvoiceCredit:
					out[0] = r
				case campaign.RailPromotionCode:
					out[1] = r
				case campaign.RailTransfer:
					out[2] = r
				}
			}
			return out
		}
		began := time.Now()
		for _, r := range run() {
			if r.Payouts != int64(n) || r.Effects != int64(n) || r.Discrepancies != 0 || r.Account != "acct_stripesim (test)" {
				t.Errorf("clean: %+v", r)
			}
		}
		t.Logf("compared %d clean payouts in %s", 3*n, time.Since(began))
		if got := w.railCases(); len(got) != 0 {
			t.Fatalf("clean payouts make cases: %v", got)
		}

		tamper := func(p reward.Payout, x stripesim.Tampering) { t.Helper(); w.must(w.sim.Tamper(p.RailObject, x)) }
		meta := func(p reward.Payout) map[string]string {
			return map[string]string{"payout_id": p.Name(), "reward_id": p.Parameters.RewardID}
		}
		form := func(p reward.Payout, amount string) map[string]string {
			return map[string]string{"amount": amount, "currency": "eur", "metadata[payout_id]": p.Name(), "metadata[reward_id]": p.Parameters.RewardID}
		}
		tamper(credits[0], stripesim.Tampering{AmountMinor: 51_00})
		tamper(credits[1], stripesim.Tampering{Currency: "usd"})
		tamper(credits[2], stripesim.Tampering{Payee: credits[3].Destination})
		tamper(credits[4], stripesim.Tampering{Lost: true})
		tamper(credits[5], stripesim.Tampering{CreatedUnix: start.Unix()})
		w.call("/v1/customers/"+credits[6].Destination+"/balance_transactions", "twin", form(credits[6], "-5000"))
		gone := credits[7]
		gone.ID = "00000000-0000-7000-8000-000000000000"
		w.call("/v1/customers/"+credits[7].Destination+"/balance_transactions", "foreign", form(gone, "-5000"))
		wrong := meta(codes[0])
		wrong["reward_id"] = codes[1].Parameters.RewardID
		tamper(codes[0], stripesim.Tampering{Metadata: wrong})
		tamper(codes[2], stripesim.Tampering{Metadata: meta(codes[3])})
		w.call("/v1/promotion_codes/"+codes[4].RailObject, "off", map[string]string{"active": "false"})
		tamper(codes[5], stripesim.Tampering{AmountMinor: 1})
		tamper(codes[6], stripesim.Tampering{Payee: codes[7].Destination})
		tamper(transfers[0], stripesim.Tampering{AmountMinor: 51_00})
		tamper(transfers[1], stripesim.Tampering{Currency: "usd"})
		tamper(transfers[2], stripesim.Tampering{Payee: transfers[3].Destination})
		tamper(transfers[4], stripesim.Tampering{Lost: true})
		tamper(transfers[5], stripesim.Tampering{CreatedUnix: start.Unix()})
		tamper(transfers[6], stripesim.Tampering{Metadata: meta(transfers[7])})
		send := func(p reward.Payout, once string) {
			t.Helper()
			in := form(p, "5000")
			in["destination"], in["transfer_group"] = p.Destination, p.Name()
			w.call("/v1/transfers", once, in)
		}
		send(transfers[8], "transfertwin")
		gone = transfers[9]
		gone.ID = "00000000-0000-7000-8000-000000000001"
		send(gone, "transferforeign")
		// Nobody tells us of what was taken back.
		w.sim.MuteEvents("transfer.reversed")
		w.must(w.sim.ReverseTransfer(transfers[10].RailObject, 20_00))
		w.sim.MuteEvents()
		// A year later nothing is too old to be found.
		w.clock.pass(400 * day)
		want := map[string]int{reward.CaseAmount: 3, reward.CaseOtherMoney: 2, reward.CaseDestination: 3, reward.CaseMissingThere: 2, reward.CaseOld: 2,
			reward.CaseDuplicate: 2, reward.CaseMissingHere: 2, reward.CaseMetadata: 3, reward.CaseReversal: 2}
		before := w.books()
		for again := range 2 {
			if r := run(); r[0].Discrepancies != 7 || r[1].Discrepancies != 5 || r[2].Discrepancies != 9 ||
				again == 1 && r[0].Opened+r[1].Opened+r[2].Opened != 0 {
				t.Errorf("run %d: %+v", again, r)
			}
			if got := w.railCases(); fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("run %d: %v, want %v", again, got, want)
			}
		}
		if w.books() != before {
			t.Error("the comparison moved something")
		}
		if slices.ContainsFunc(w.sim.Requests(), func(r stripesim.Request) bool { return strings.Contains(r.Path, "search") }) {
			t.Error("somebody searched")
		}
	})
}

// Stripe that does not answer to the end makes no case and no finished comparison.
func TestReconcile_HalfAListIsNoList(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.paid(campaign.RailPromotionCode, 3)
		w.sim.ScriptGet("/v1/promotion_codes", stripesim.Fault{Kind: stripesim.FaultUnavailable})
		if _, err := w.rewards.ReconcileNow(w.ctx(), campaign.RailPromotionCode); err == nil {
			t.Error("half a list is taken for the whole")
		}
		g, err := w.rewards.Guard(w.ctx())
		w.must(err)
		if len(g.Compared) != 0 || len(w.railCases()) != 0 {
			t.Errorf("%+v, %v", g.Compared, w.railCases())
		}
		if _, err := w.rewards.ReconcileNow(w.ctx(), campaign.RailPromotionCode); err != nil {
			t.Error(err)
		}
	})
}

// call does something at Stripe that the application knows nothing of.
func (w *world) call(path, once string, form map[string]string) {
	w.t.Helper()
	values := url.Values{}
	for k, v := range form {
		values.Set(k, v)
	}
	req, err := http.NewRequestWithContext(w.ctx(), http.MethodPost, w.simURL+path, strings.NewReader(values.Encode()))
	w.must(err)
	req.Header.Set("Authorization", "Bearer "+key)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Idempotency-Key", "po_0"+once+":0")
	resp, err := http.DefaultClient.Do(req)
	w.must(err)
	w.must(resp.Body.Close())
	if resp.StatusCode != http.StatusOK {
		w.t.Fatalf("%s answers %d", path, resp.StatusCode)
	}
}
