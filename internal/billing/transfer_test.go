package billing_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"goodword/internal/audit"
	"goodword/internal/billing"
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

var ana = audit.Actor{Kind: audit.KindCustomer, ID: "ana"}

// payee makes an account at the stand-in that takes transfers.
func (b *bench) payee(address string) string {
	b.t.Helper()
	form := url.Values{"type": {"express"}, "country": {"DE"}, "capabilities[transfers][requested]": {"true"}}
	req, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, address+"/v1/accounts", strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+key)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Idempotency-Key", "pa_bench:0")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	var made struct{ ID string }
	if err := errors.Join(err, resp.Body.Close(), json.Unmarshal(body, &made), b.Onboard(made.ID)); err != nil {
		b.t.Fatalf("no account: %v: %s", err, body)
	}
	return made.ID
}

// M7: a lasting natural key stands behind Stripe's own, which it forgets after a day.
func TestTransfer_OneEffectAfterStripeForgotTheKey(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	p := b.payout(campaign.RailTransfer)
	first := b.want(b.bank.Send(t.Context(), p), reward.AnsweredOK)
	for range 100 {
		if err := b.ForgetKeys(); err != nil {
			t.Fatal(err)
		}
		if a := b.want(b.bank.Send(t.Context(), p), reward.AnsweredOK); a.Object != first.Object {
			t.Fatalf("a second transfer %s beside %s", a.Object, first.Object)
		}
	}
	b.effects(1)
}

func TestTransfer_WhoseRefusalItIs(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.must(b.SetFunds(stripesim.Funds{Currency: "eur"}))
	b.want(b.bank.Send(t.Context(), b.payout(campaign.RailTransfer)), reward.AnsweredShort)
	b.must(b.SetFunds(stripesim.Funds{Currency: "eur", AmountMinor: 10_000}))
	b.must(b.Disable(b.account))
	b.want(b.bank.Send(t.Context(), b.payout(campaign.RailTransfer)), reward.AnsweredPayee)
	p := b.payout(campaign.RailTransfer)
	p.Destination = "acct_gone"
	b.want(b.bank.Send(t.Context(), p), reward.AnsweredPayee)
	b.effects(0)
}

// A look that fails proves nothing and sends nothing.
func TestTransfer_SendsNothingItCouldNotLookFor(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for _, f := range []stripesim.FaultKind{stripesim.FaultUnavailable, stripesim.FaultRateLimit, stripesim.FaultTruncated, stripesim.FaultDropBefore} {
		b.ScriptGet("/v1/transfers", stripesim.Fault{Kind: f})
		b.want(b.bank.Send(t.Context(), b.payout(campaign.RailTransfer)), reward.AnsweredLater)
	}
	b.effects(0)
}

func (b *bench) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

// M16: what can be fetched back is what the payee still has.
func TestTransfer_VoidTakesWhatThePayeeHas(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		holds, back, taken int64
		class              reward.AnswerClass
	}{
		{5_000, 5_000, 5_000, reward.AnsweredOK}, {5_000, 2_000, 2_000, reward.AnsweredOK}, {1_200, 5_000, 1_200, reward.AnsweredOK},
		{0, 5_000, 0, reward.AnsweredNo}, {-300, 5_000, 0, reward.AnsweredNo},
	} {
		t.Run(fmt.Sprintf("%d of %d", row.back, row.holds), func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			p := b.payout(campaign.RailTransfer)
			p.RailObject = b.want(b.bank.Send(t.Context(), p), reward.AnsweredOK).Object
			b.must(b.SetFunds(stripesim.Funds{AccountID: b.account, Currency: "eur", AmountMinor: row.holds}))
			p.BackMinor = row.back
			for n := range 2 { // the second time as if the answer had been lost
				if n == 1 && row.taken < row.back {
					break // what was refused under a key stays refused; see below
				}
				if a := b.want(b.bank.Void(t.Context(), p), row.class); a.TakenMinor != row.taken {
					t.Errorf("took %d, want %d", a.TakenMinor, row.taken)
				}
			}
			if got := b.effects(1)[0].BackMinor; got != row.taken {
				t.Errorf("Stripe has %d back, want %d", got, row.taken)
			}
		})
	}
}

func TestTransfer_LostReversalIsFoundAndNotRepeated(t *testing.T) {
	t.Parallel()
	for _, kind := range []stripesim.FaultKind{stripesim.FaultDropBefore, stripesim.FaultDropAfter, stripesim.FaultTruncated, stripesim.FaultReset, stripesim.FaultUnavailable, stripesim.FaultRateLimit} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			p := b.payout(campaign.RailTransfer)
			p.RailObject = b.want(b.bank.Send(t.Context(), p), reward.AnsweredOK).Object
			p.BackMinor = 3_000
			b.Script("/v1/transfers/"+p.RailObject+"/reversals", stripesim.Fault{Kind: kind})
			if a := b.bank.Void(t.Context(), p); a.Class == reward.AnsweredOK || a.Class == reward.AnsweredNo {
				t.Fatalf("answer is %s, which proves too much", a.Class)
			}
			if a := b.want(b.bank.Void(t.Context(), p), reward.AnsweredOK); a.TakenMinor != 3_000 {
				t.Errorf("took %d, want 3000", a.TakenMinor)
			}
			// The rest is another reversal.
			p.ReversedMinor, p.BackMinor = 3_000, 2_000
			if a := b.want(b.bank.Void(t.Context(), p), reward.AnsweredOK); a.TakenMinor != 2_000 {
				t.Errorf("took %d of the rest, want 2000", a.TakenMinor)
			}
			if got := b.effects(1)[0].BackMinor; got != 5_000 {
				t.Errorf("Stripe has %d back, want 5000", got)
			}
		})
	}
}

// bank is a world in which Ana gets 100.00 for each win, by transfer.
type bank struct {
	*world
	sent map[string]reward.Reward
}

func newBank(t *testing.T, d *db.DB) *bank {
	t.Helper()
	return &bank{world: newWorld(t, d), sent: map[string]reward.Reward{}}
}

// onboards leads Ana to Stripe and lets her finish there.
func (w *bank) onboards() string {
	w.t.Helper()
	w.begins()
	a := w.account()
	w.must(w.sim.Onboard(a.ID))
	w.deliver()
	if a = w.account(); a.State != reward.AccountReady || a.Currencies != "EUR" {
		w.t.Fatalf("Ana's account is %s (%s) for %q, want ready for EUR", a.State, a.Reason, a.Currencies)
	}
	return a.ID
}

func (w *bank) begins() string {
	w.t.Helper()
	url, err := w.payees.Start(w.ctx(), ana, customer.Link{ID: w.author.LinkID, CustomerID: w.ana.ID})
	w.must(err)
	return url
}

func (w *bank) account() reward.Account {
	w.t.Helper()
	a, err := w.rewards.AccountFor(w.ctx(), w.ana.ID)
	w.must(err)
	return a
}

// wins lets one more person buy for 1,000.00 and returns the reward and the payment's charge.
func (w *bank) wins(name string) (reward.Reward, string) {
	w.t.Helper()
	row, err := w.introductions.Submit(w.ctx(), w.author, introduction.Submission{FirstName: name, Note: "You two should talk.", Channel: "whatsapp"})
	w.must(err)
	_, err = w.introductions.Accept(w.ctx(), introduction.Prospect{IntroductionID: row.ID}, introduction.Answer{How: introduction.ByEmail,
		Name: name + " Okafor", Email: strings.ToLower(name) + "@acme.example", ConsentText: "Yes, introduce us."})
	w.must(err)
	w.clock.pass(16 * time.Minute)
	_, err = w.introductions.Settle(w.ctx())
	w.must(err)
	bought, err := w.sim.Checkout(stripesim.Order{CustomerEmail: strings.ToLower(name) + "@acme.example", AmountMinor: 100_000, Currency: "eur"})
	w.must(err)
	w.deliver()
	return w.rewardOf(row.ID, campaign.ToCustomer), bought.ChargeID
}

// chooses lets Ana have a reward by transfer.
func (w *bank) chooses(r reward.Reward) {
	w.t.Helper()
	_, err := w.rewards.Choose(w.ctx(), w.ana.ID, r.ID, campaign.RailTransfer)
	w.must(err)
}

func (w *bank) get(id string) reward.Reward {
	w.t.Helper()
	r, err := w.rewards.ByID(w.ctx(), w.db, id)
	w.must(err)
	return r
}

// sweeps lets everything that is due be done.
func (w *bank) sweeps() {
	w.t.Helper()
	for range 3 {
		_, err := w.rewards.Sweep(w.ctx())
		w.must(err)
		w.deliver()
	}
}

func (w *bank) wants(id string, state reward.State) reward.Reward {
	w.t.Helper()
	r := w.get(id)
	if r.State != state {
		w.t.Fatalf("reward is %s (%s %s), want %s", r.State, r.HeldReason, r.HeldNote, state)
	}
	return r
}

// holds checks balances of the books, debit above zero, and everything that verify proves.
func (w *bank) holds(want map[string]int64) {
	w.t.Helper()
	accounts, err := ledger.Balances(w.ctx(), w.db, "")
	w.must(err)
	got := map[string]int64{}
	for _, a := range accounts {
		n := a.BalanceMinor
		if a.Normal == ledger.C {
			n = -n
		}
		got[a.Name] = n
	}
	for name, n := range want {
		if got[name] != n {
			w.t.Errorf("%s is %d, want %d", name, got[name], n)
		}
	}
	_, err = w.rewards.Verify(w.ctx(), reward.Heads{}, func(f reward.Finding) { w.t.Errorf("verify finds %s", f) })
	w.must(err)
}

func (w *bank) transfers() []stripesim.Effect {
	w.t.Helper()
	return slices.DeleteFunc(w.sim.Effects(), func(e stripesim.Effect) bool { return e.Kind != "transfer" })
}

func TestTransfer_FromTheChoiceToThePayeeAndBack(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newBank(t, d)
		r, charge := w.wins("Ben")
		w.clock.pass(31 * day)
		w.chooses(r)
		w.sweeps()
		w.wants(r.ID, reward.Approved) // chosen, and no account yet
		if link := w.begins(); !strings.Contains(link, "/_sim/onboard/acct_") || strings.Contains(link, "/c/") {
			t.Errorf("Ana is led to %s, want Stripe's page, which does not learn her link", link)
		}
		account := w.onboards()
		w.sweeps()
		w.wants(r.ID, reward.Issued)
		paid := w.transfers()
		if len(paid) != 1 || paid[0].AmountMinor != 10_000 || paid[0].Payee != account || paid[0].Metadata["reward_id"] != r.ID {
			t.Fatalf("transfers %+v, want one of 100.00 to %s", paid, account)
		}
		w.holds(map[string]int64{ledger.Stripe: -10_000, ledger.Clawback(w.ana.ID): 0})

		// A part of the order is refunded, then all of it.
		_, err := w.sim.Refund(charge, 40_000)
		w.must(err)
		w.deliver()
		if r = w.wants(r.ID, reward.Issued); r.AmountMinor != 6_000 || r.OwedMinor != 0 {
			t.Errorf("after the refund of 40 %% the reward is %d and %d owed, want 6000 and 0", r.AmountMinor, r.OwedMinor)
		}
		w.holds(map[string]int64{ledger.Stripe: -6_000, ledger.Clawback(w.ana.ID): 0})
		_, err = w.sim.Refund(charge, 0)
		w.must(err)
		w.deliver()
		w.wants(r.ID, reward.Recovered)
		if got := w.transfers()[0].BackMinor; got != 10_000 {
			t.Errorf("Stripe has %d back, want all", got)
		}
		w.holds(map[string]int64{ledger.Stripe: 0, ledger.Clawback(w.ana.ID): 0, ledger.Recoveries(w.camp.ID): -10_000})
	})
}

// M16: nothing, a part, or all of it is still in the payee's account; the rest is owed and netted from the next reward.
func TestTransfer_ReversalIsBoundedByWhatThePayeeHas(t *testing.T) {
	t.Parallel()
	for _, has := range []int64{0, 4_000, 10_000} {
		t.Run(fmt.Sprint(has), func(t *testing.T) {
			t.Parallel()
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				w := newBank(t, d)
				account := w.onboards()
				r, charge := w.wins("Ben")
				w.chooses(r)
				w.clock.pass(31 * day)
				w.sweeps()
				w.wants(r.ID, reward.Issued)
				w.must(w.sim.SetFunds(stripesim.Funds{AccountID: account, Currency: "eur", AmountMinor: has}))
				_, err := w.sim.Refund(charge, 0)
				w.must(err)
				w.deliver()
				state, payout := reward.Clawback, reward.PartReversed
				switch has {
				case 0:
					payout = reward.Settled
				case 10_000:
					state, payout = reward.Recovered, reward.PaidBack
				}
				if r = w.wants(r.ID, state); r.OwedMinor != 10_000-has {
					t.Errorf("owed is %d, want %d", r.OwedMinor, 10_000-has)
				}
				p := w.payout(r.ID)
				if p.State != payout || p.ReversedMinor != has {
					t.Errorf("payout is %s with %d back, want %s with %d", p.State, p.ReversedMinor, payout, has)
				}
				w.holds(map[string]int64{ledger.Stripe: has - 10_000, ledger.Clawback(w.ana.ID): 10_000 - has})
				// The next reward pays what is owed first.
				next, _ := w.wins("Cleo")
				w.chooses(next)
				w.clock.pass(31 * day)
				w.sweeps()
				w.wants(next.ID, reward.Issued)
				sum := int64(0)
				for _, e := range w.transfers() {
					sum += e.AmountMinor - e.BackMinor
				}
				if sum != 10_000 {
					t.Errorf("Ana has %d of two rewards of which one was taken back, want 10000", sum)
				}
				w.wants(r.ID, reward.Recovered)
				w.holds(map[string]int64{ledger.Stripe: -10_000, ledger.Clawback(w.ana.ID): 0})
			})
		})
	}
}

func (w *bank) payout(rewardID string) reward.Payout {
	w.t.Helper()
	list, err := w.rewards.Payouts(w.ctx(), reward.PayoutFilter{RewardID: rewardID}, db.Page{})
	w.must(err)
	if len(list.Items) == 0 {
		w.t.Fatalf("no payout of reward %s", rewardID)
	}
	return list.Items[0]
}

// M29: somebody undoes a transfer at Stripe. It is booked once, whatever is told how often, and stays owed to Ana.
func TestTransfer_ReversedAtStripeStaysOwed(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newBank(t, d)
		w.onboards()
		r, _ := w.wins("Ben")
		w.chooses(r)
		w.clock.pass(31 * day)
		w.sweeps()
		w.wants(r.ID, reward.Issued)
		id := w.transfers()[0].ID
		w.sim.PauseWebhooks(true)
		w.must(w.sim.ReverseTransfer(id, 3_000))
		w.must(w.sim.ReverseTransfer(id, 0))
		told := w.sim.Events("transfer.reversed")
		if len(told) != 2 {
			t.Fatalf("%d events, want 2", len(told))
		}
		twin, err := w.sim.Twin(told[0].ID)
		w.must(err)
		for _, e := range []string{told[1].ID, told[0].ID, twin, told[1].ID, told[0].ID} {
			w.must(w.sim.Send(w.ctx(), e))
			w.work()
		}
		w.wants(r.ID, reward.Recovered)
		if p := w.payout(r.ID); p.State != reward.PaidBack || p.ReversedMinor != 10_000 {
			t.Errorf("payout is %s with %d back, want reversed with 10000", p.State, p.ReversedMinor)
		}
		rows, err := w.rewards.ForIntroduction(w.ctx(), r.IntroductionID)
		w.must(err)
		held := 0
		for _, x := range rows {
			if x.State == reward.Held && x.AmountMinor == 10_000 {
				held++
				w.holds(map[string]int64{ledger.Held(x.ID): -10_000, ledger.Stripe: 0, ledger.Clawback(w.ana.ID): 0})
			}
		}
		if held != 1 {
			t.Errorf("%d rewards of 100.00 are kept for Ana, want 1: %+v", held, rows)
		}
		if n := w.mails("reversed"); n != 1 {
			t.Errorf("Ana is told %d times, want once", n)
		}
		cases, err := w.rewards.Cases(w.ctx(), reward.CaseFilter{Kind: reward.CaseAtRail}, db.Page{})
		w.must(err)
		if len(cases.Items) != 1 {
			t.Errorf("%d cases, want 1", len(cases.Items))
		}
	})
}

// In order and one by one the first part is booked first; the end is the same.
func TestTransfer_PartReversedAtStripe(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newBank(t, d)
		w.onboards()
		r, _ := w.wins("Ben")
		w.chooses(r)
		w.clock.pass(31 * day)
		w.sweeps()
		id := w.transfers()[0].ID
		for i, back := range []int64{3_000, 10_000} {
			w.must(w.sim.ReverseTransfer(id, []int64{3_000, 0}[i]))
			w.deliver()
			if p := w.payout(r.ID); p.ReversedMinor != back {
				t.Errorf("%d are back, want %d", p.ReversedMinor, back)
			}
			w.holds(map[string]int64{ledger.Stripe: back - 10_000, ledger.Clawback(w.ana.ID): 0})
		}
		w.wants(r.ID, reward.Recovered)
	})
}

// M29: the bank of a payee sends the money back. It is theirs and lies at Stripe, so the books stay as they are; they are
// told once, however often and in whatever order it is told us, and what comes next waits until their bank details are right.
func TestTransfer_BankSentItBack(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newBank(t, d)
		account := w.onboards()
		r, _ := w.wins("Ben")
		w.chooses(r)
		w.clock.pass(31 * day)
		w.sweeps()
		w.wants(r.ID, reward.Issued)
		before := w.books()

		// Of an account that is nobody's here, and of the operator's own bank, it changes nothing.
		asked := func() (n int) {
			for _, q := range w.sim.Requests() {
				if strings.HasPrefix(q.Path, "/v1/accounts/") {
					n++
				}
			}
			return n
		}
		w.call("/v1/accounts", "stranger", map[string]string{"type": "express", "country": "DE", "capabilities[transfers][requested]": "true"})
		stranger := ""
		for _, raw := range w.sim.Dump().Accounts {
			var x struct{ ID string }
			w.must(json.Unmarshal(raw, &x))
			if x.ID != account {
				stranger = x.ID
			}
		}
		looks := asked()
		w.sim.MuteEvents("account.updated")
		for _, whose := range []string{stranger, ""} {
			w.must(w.sim.FailPayout(stripesim.Funds{AccountID: whose, Currency: "eur", AmountMinor: 10_000}))
		}
		w.deliver()
		if n := asked(); n != looks || w.mails("sent_back") != 0 || w.states()["quarantined"] != 0 {
			t.Errorf("a stranger's payout: asked %d times, %d mails, %v", n-looks, w.mails("sent_back"), w.states())
		}
		w.sim.MuteEvents()

		w.sim.PauseWebhooks(true)
		w.must(w.sim.FailPayout(stripesim.Funds{AccountID: account, Currency: "eur", AmountMinor: 10_000}))
		failed, updated := w.sim.Events("payout.failed")[2].ID, w.sim.Events("account.updated")
		twin, err := w.sim.Twin(failed)
		w.must(err)
		for _, e := range []string{updated[len(updated)-1].ID, failed, twin, failed, updated[len(updated)-1].ID} {
			w.must(w.sim.Send(w.ctx(), e))
			w.work()
		}
		if a := w.account(); a.State != reward.AccountRestricted || a.Reason != "external_account" {
			t.Errorf("account is %s (%s), want restricted for its bank", a.State, a.Reason)
		}
		if n := w.mails("sent_back"); n != 1 {
			t.Errorf("Ana is told %d times, want once", n)
		}
		w.wants(r.ID, reward.Issued)
		if w.books() != before {
			t.Error("the books moved")
		}

		// What comes next waits for her, and goes on by itself.
		w.sim.PauseWebhooks(false)
		next, _ := w.wins("Cleo")
		w.chooses(next)
		w.clock.pass(31 * day)
		w.sweeps()
		if held := w.wants(next.ID, reward.Held); held.HeldReason != reward.HeldPayee {
			t.Errorf("held for %s, want %s", held.HeldReason, reward.HeldPayee)
		}
		w.must(w.sim.Onboard(account))
		w.deliver()
		w.sweeps()
		w.wants(next.ID, reward.Issued)
		w.holds(map[string]int64{ledger.Stripe: -20_000, ledger.Clawback(w.ana.ID): 0})
	})
}

// The notice is one mail for each payout that came back, also when its job runs again after a crash.
func TestPayees_SentBackIsOneMailEach(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newBank(t, d)
		for _, payout := range []string{"po_1", "po_1", "po_2", "po_1"} {
			w.must(w.rewards.SentBackMail(w.ctx(), reward.SentBackMail{CustomerID: w.ana.ID, Payout: payout}))
		}
		var n int
		w.must(w.db.NewRaw("SELECT count(*) FROM mail_message WHERE template = 'payee_sent_back'").Scan(w.ctx(), &n))
		if n != 2 {
			t.Errorf("%d mails, want one for each of two payouts", n)
		}
	})
}

// mails counts the jobs for one of the reward mails.
func (w *bank) mails(name string) int {
	w.t.Helper()
	text := "json(args)"
	if w.db.Engine() == db.Postgres {
		text = "CAST(args AS TEXT)"
	}
	var args []string
	w.must(w.db.NewRaw("SELECT "+text+" FROM river_job WHERE kind IN ('reward.mail', 'reward.payee_mail', 'reward.sent_back_mail')").Scan(w.ctx(), &args))
	n := 0
	for _, a := range args {
		if strings.Contains(strings.ReplaceAll(a, " ", ""), `"name":"`+name+`"`) || name == "changed" && strings.Contains(a, "address_id") ||
			name == "sent_back" && strings.Contains(a, `"payout"`) {
			n++
		}
	}
	return n
}

// M22: an empty balance is asked about four times an hour and no more; once it is filled everybody is paid, the oldest first.
func TestTransfer_EmptyBalanceMakesNoStorm(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newBank(t, d)
		w.onboards()
		const many = 8
		var want []string
		for n := range many {
			r, _ := w.wins(fmt.Sprintf("Ben%c", 'a'+n))
			w.chooses(r)
			want = append(want, r.ID)
		}
		w.must(w.sim.SetFunds(stripesim.Funds{Currency: "eur"}))
		w.clock.pass(31 * day)
		w.sweeps()
		asked := func() (n int) {
			for _, q := range w.sim.Requests() {
				if q.Method == http.MethodPost && q.Path == "/v1/transfers" {
					n++
				}
			}
			return n
		}
		for range 6 * 60 / 5 {
			w.clock.pass(5 * time.Minute)
			_, err := w.rewards.Sweep(w.ctx())
			w.must(err)
			w.work()
		}
		if n := asked(); n < 20 || n > 1+6*4 {
			t.Errorf("asked %d times in six hours, want one in 15 minutes", n)
		}
		cases, err := w.rewards.Cases(w.ctx(), reward.CaseFilter{State: reward.CaseOpen}, db.Page{})
		w.must(err)
		if len(cases.Items) != 1 || cases.Items[0].Kind != reward.CaseShort {
			t.Errorf("cases %+v, want one about the balance", cases.Items)
		}
		// Enough for some: the oldest get it.
		w.must(w.sim.SetFunds(stripesim.Funds{Currency: "eur", AmountMinor: 30_000}))
		w.clock.pass(16 * time.Minute)
		w.sweeps()
		if n := len(w.transfers()); n != 3 {
			t.Fatalf("%d transfers from 300.00, want 3", n)
		}
		w.must(w.sim.SetFunds(stripesim.Funds{Currency: "eur", AmountMinor: 1_000_000}))
		w.clock.pass(16 * time.Minute)
		w.sweeps()
		var got []string
		for _, e := range w.transfers() {
			got = append(got, e.Metadata["reward_id"])
		}
		slices.Sort(want) // their ids grow with time, and so do those of their payouts
		if !slices.Equal(got, want) {
			t.Errorf("paid in the order %v, want %v", got, want)
		}
		cases, err = w.rewards.Cases(w.ctx(), reward.CaseFilter{State: reward.CaseOpen}, db.Page{})
		w.must(err)
		if len(cases.Items) != 0 {
			t.Errorf("cases %+v are open, want none", cases.Items)
		}
		w.holds(map[string]int64{ledger.Stripe: -many * 10_000})
	})
}

// What waits for the balance has certainly not been paid, so a refund need not wait.
func TestTransfer_RefundWhileTheBalanceIsEmpty(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newBank(t, d)
		w.onboards()
		r, charge := w.wins("Ben")
		w.chooses(r)
		w.must(w.sim.SetFunds(stripesim.Funds{Currency: "eur"}))
		w.clock.pass(31 * day)
		w.sweeps()
		w.wants(r.ID, reward.Issuing)
		_, err := w.sim.Refund(charge, 0)
		w.must(err)
		w.deliver()
		w.wants(r.ID, reward.Reversed)
		w.must(w.sim.SetFunds(stripesim.Funds{Currency: "eur", AmountMinor: 1_000_000}))
		w.clock.pass(time.Hour)
		w.sweeps()
		if n := len(w.transfers()); n != 0 {
			t.Errorf("%d transfers of a reward that was taken back", n)
		}
		w.holds(map[string]int64{ledger.Stripe: 0})
	})
}

// M22: an account that Stripe has closed holds the rewards, its owner is told once, and they go on when it is open again.
func TestTransfer_DisabledAccountHoldsAndTellsOnce(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newBank(t, d)
		account := w.onboards()
		var ids []string
		for n := range 3 {
			r, _ := w.wins(fmt.Sprintf("Ben%c", 'a'+n))
			w.chooses(r)
			ids = append(ids, r.ID)
		}
		// Nobody tells us: Stripe's refusal does.
		w.sim.PauseWebhooks(true)
		w.must(w.sim.Disable(account))
		w.clock.pass(31 * day)
		for range 3 {
			_, err := w.rewards.Sweep(w.ctx())
			w.must(err)
			w.work()
		}
		w.clock.pass(2 * time.Hour)
		_, err := w.rewards.Sweep(w.ctx())
		w.must(err)
		for _, id := range ids {
			if r := w.wants(id, reward.Held); r.HeldReason != reward.HeldPayee {
				t.Errorf("held for %s, want %s", r.HeldReason, reward.HeldPayee)
			}
		}
		if n := w.mails("payee"); n != 1 {
			t.Errorf("Ana is told %d times, want once", n)
		}
		// It is open again, and again nobody tells us.
		w.must(w.sim.Onboard(account))
		w.clock.pass(time.Hour)
		if _, err := w.payees.LookAgain(w.ctx()); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			_, err := w.rewards.Sweep(w.ctx())
			w.must(err)
			w.work()
		}
		for _, id := range ids {
			w.wants(id, reward.Issued)
		}
		if n := len(w.transfers()); n != 3 {
			t.Errorf("%d transfers, want 3", n)
		}
		w.holds(map[string]int64{ledger.Stripe: -30_000})
	})
}

// An account that Stripe does not show keeps nobody else's from being looked at, night after night.
func TestPayees_OneThatIsNotShownHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newBank(t, d)
		account := w.onboards()
		r, _ := w.wins("Ben")
		w.chooses(r)
		w.sim.PauseWebhooks(true)
		w.must(w.sim.Disable(account))
		w.clock.pass(31 * day)
		for range 3 {
			_, err := w.rewards.Sweep(w.ctx())
			w.must(err)
			w.work()
		}
		held := w.wants(r.ID, reward.Held)
		bob, err := w.customers.Create(w.ctx(), audit.System("test"), customer.Draft{FirstName: "Bob", Email: "bob@example.com"})
		w.must(err)
		_, err = d.NewInsert().Model(&reward.Account{CustomerID: bob.ID, ID: "acct_0", State: reward.AccountRestricted, CreatedAt: w.clock.now(), UpdatedAt: w.clock.now()}).Exec(w.ctx())
		w.must(err)
		held.ID, held.Cause, held.CustomerID = ident.New(), ident.New(), bob.ID
		_, err = d.NewInsert().Model(&held).Exec(w.ctx())
		w.must(err)
		w.must(w.sim.Onboard(account))
		w.clock.pass(2 * time.Hour)
		for range 10 {
			w.sim.ScriptGet("/v1/accounts/acct_0", stripesim.Fault{Kind: stripesim.FaultUnavailable})
		}
		if _, err := w.payees.LookAgain(w.ctx()); err == nil {
			t.Error("the account that is not shown was not reported")
		}
		if a, err := w.rewards.AccountFor(w.ctx(), r.CustomerID); err != nil || a.State != reward.AccountReady {
			t.Errorf("the other account is %s, %v", a.State, err)
		}
	})
}

// S3: another account pauses transfers for 72 hours, and every address on file is told.
func TestPayees_AnotherAccountPauses(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newBank(t, d)
		first := w.onboards()
		r, _ := w.wins("Ben")
		w.chooses(r)
		w.clock.pass(31 * day)
		_, err := w.rewards.ReplaceAccount(w.ctx(), ana, w.ana.ID)
		w.must(err)
		if n := w.mails("changed"); n != 1 {
			t.Errorf("%d notices, want one for each address on file", n)
		}
		second := w.onboards()
		if second == first {
			t.Fatal("it is the same account")
		}
		w.clock.pass(71 * time.Hour)
		w.sweeps()
		w.wants(r.ID, reward.Approved)
		if n := len(w.transfers()); n != 0 {
			t.Fatalf("%d transfers after 71 hours, want none", n)
		}
		w.clock.pass(2 * time.Hour)
		w.sweeps()
		w.wants(r.ID, reward.Issued)
		if got := w.transfers(); len(got) != 1 || got[0].Payee != second {
			t.Errorf("transfers %+v after 73 hours, want one to the new account", got)
		}
		// What Stripe says of the old one is nobody's.
		w.must(w.sim.Disable(first))
		w.deliver()
		if a := w.account(); a.ID != second || a.State != reward.AccountReady {
			t.Errorf("Ana's account is %s %s", a.ID, a.State)
		}
	})
}

// One account, whatever is lost on the way to it.
func TestPayees_OneAccountInSpiteOfLostAnswers(t *testing.T) {
	t.Parallel()
	for _, kind := range []stripesim.FaultKind{stripesim.FaultDropAfter, stripesim.FaultDropBefore, stripesim.FaultTruncated, stripesim.FaultReset, stripesim.FaultUnavailable, stripesim.FaultRateLimit} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			w := newBank(t, dbtest.SQLite(t))
			w.sim.Script("/v1/accounts", stripesim.Fault{Kind: kind})
			if _, err := w.payees.Start(w.ctx(), ana, customer.Link{ID: w.author.LinkID, CustomerID: w.ana.ID}); err == nil {
				t.Fatal("a lost answer is none")
			}
			w.begins()
			w.begins()
			if n := len(w.sim.Dump().Accounts); n != 1 {
				t.Errorf("%d accounts, want 1", n)
			}
		})
	}
}

// What Stripe says goes by when it was asked: an older look never wins over a newer one.
func TestPayees_TheLastStateWins(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newBank(t, d)
		account := w.onboards()
		at := w.clock.now()
		see := func(s reward.AccountState, at time.Time) {
			w.must(w.rewards.AccountSeen(w.ctx(), ana, account, reward.Capability{State: s, Currencies: []string{"eur"}}, at))
		}
		see(reward.AccountRestricted, at.Add(2*time.Second))
		see(reward.AccountReady, at.Add(time.Second))
		if a := w.account(); a.State != reward.AccountRestricted {
			t.Errorf("account is %s, want restricted", a.State)
		}
		// Events in any order end as Stripe stands, because each of them only makes us look.
		w.clock.pass(time.Minute)
		w.sim.PauseWebhooks(true)
		w.must(w.sim.Disable(account))
		w.must(w.sim.Onboard(account))
		told := w.sim.Events("account.updated")
		for i := len(told) - 1; i >= 0; i-- {
			w.must(w.sim.Send(w.ctx(), told[i].ID))
			w.work()
		}
		if a := w.account(); a.State != reward.AccountReady {
			t.Errorf("account is %s, want ready", a.State)
		}
	})
}

func TestPayees_OffWithoutStripe(t *testing.T) {
	t.Parallel()
	w := newBank(t, dbtest.SQLite(t))
	off := billing.NewPayees(billing.NewClient(billing.ClientOptions{}), w.rewards, base, w.clock.now)
	if _, err := off.Start(w.ctx(), ana, customer.Link{CustomerID: w.ana.ID}); err == nil || off.On() {
		t.Error("there is no Stripe to lead to")
	}
}

// M5 for transfers: the effect is made, the answer lost, and the process away for longer than keys live.
func TestTransfer_LostAnswerIsSettledByALookHoweverLate(t *testing.T) {
	t.Parallel()
	for _, away := range []time.Duration{time.Hour, 23*time.Hour + 59*time.Minute, 24*time.Hour + time.Minute, 8 * day} {
		t.Run(away.String(), func(t *testing.T) {
			t.Parallel()
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				w := newBank(t, d)
				w.onboards()
				r, _ := w.wins("Ben")
				w.chooses(r)
				w.clock.pass(31 * day)
				w.sim.Script("/v1/transfers", stripesim.Fault{Kind: stripesim.FaultDropAfter})
				w.sweeps()
				w.wants(r.ID, reward.Issuing)
				w.clock.pass(away)
				w.sweeps()
				w.wants(r.ID, reward.Issued)
				if n := len(w.transfers()); n != 1 {
					t.Errorf("%d transfers, want 1", n)
				}
				if p := w.payout(r.ID); p.Epoch != 0 {
					t.Errorf("it needed %d new keys", p.Epoch)
				}
			})
		})
	}
}
