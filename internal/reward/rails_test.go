package reward_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"goodword/internal/audit"
	"goodword/internal/billing"
	"goodword/internal/campaign"
	"goodword/internal/customer"
	"goodword/internal/db"
	"goodword/internal/dbtest"
	"goodword/internal/fault"
	"goodword/internal/introduction"
	"goodword/internal/ledger"
	"goodword/internal/reward"
	"goodword/internal/stripesim"
)

// contestant is a rail and how the world around it is moved. Every rail that an offer can name stands in contestants.
type contestant struct {
	name campaign.Rail
	// prepare makes what the rail pays with: stock, a charity, an account.
	prepare func(*ring)
	// use spends what a settled payout has made; nil where its value is gone at once.
	use func(*ring, reward.Reward)
	// refuse lets the rail say no for certain to what is on its way; nil where it never does. refused is where that leaves the reward.
	refuse  func(*ring)
	refused reward.State
	// natural is true where the same request again makes nothing new even if no key is known any more; elsewhere only the look-up
	// before it keeps that from happening.
	natural bool
	// unused is where a reward ends that is taken back before it was used.
	unused reward.State
}

const stripeKey = "sk_test_conformance"

var contestants = []contestant{
	{name: campaign.RailPromotionCode, natural: true, unused: reward.Reversed,
		prepare: func(*ring) {},
		use: func(c *ring, r reward.Reward) {
			_, err := c.sim.Checkout(stripesim.Order{CustomerID: c.ana.StripeCustomer, AmountMinor: 90_00, Currency: "eur", PromotionCode: r.Code})
			c.must(err)
		},
		refuse: (*ring).forgetAna, refused: reward.Failed},
	{name: campaign.RailInvoiceCredit, unused: reward.Reversed,
		prepare: func(*ring) {},
		use: func(c *ring, _ reward.Reward) {
			_, err := c.sim.PayInvoice(stripesim.Order{CustomerID: c.ana.StripeCustomer, AmountMinor: 90_00, Currency: "eur"})
			c.must(err)
		},
		refuse: (*ring).forgetAna, refused: reward.Failed},
	{name: campaign.RailTransfer, natural: true, unused: reward.Recovered,
		prepare: func(c *ring) {
			a, err := c.AskAccount(c.ctx, finance, c.ana.ID)
			c.must(err)
			c.account = c.post("/v1/accounts", a.Key(), url.Values{"type": {"express"}, "country": {"DE"}, "capabilities[transfers][requested]": {"true"}})
			c.must(c.sim.Onboard(c.account))
			_, err = c.AccountMade(c.ctx, finance, a, c.account)
			c.must(err)
			c.must(c.AccountSeen(c.ctx, stripe, c.account, reward.Capability{State: reward.AccountReady, Currencies: []string{"EUR"}}, c.clock.now()))
		},
		use: func(c *ring, _ reward.Reward) {
			c.must(c.sim.SetFunds(stripesim.Funds{AccountID: c.account, Currency: "eur"}))
		},
		refuse: func(c *ring) { c.must(c.sim.Disable(c.account)) }, refused: reward.Held},
	{name: campaign.RailGiftCode, natural: true, unused: reward.Reversed,
		prepare: func(c *ring) {
			file, _ := codes(5)
			c.stock(file)
		},
		use: func(c *ring, r reward.Reward) {
			_, err := c.Reveal(c.ctx, c.ana.ID, r.ID)
			c.must(err)
		}},
	{name: campaign.RailDonation, natural: true, unused: reward.Reversed,
		prepare: func(c *ring) { c.trees = c.charity("Trees", "DE-77") },
		use:     func(c *ring, _ reward.Reward) { c.transferred(c.remit(c.trees)) },
		refuse: func(c *ring) {
			no := false
			_, err := c.campaigns.UpdateCharity(c.ctx, finance, c.trees.ID, campaign.CharityPatch{Active: &no}, -1)
			c.must(err)
		}, refused: reward.Failed},
	{name: campaign.RailManual, unused: reward.Clawback, prepare: func(*ring) {}},
}

// ring is a world with all rails as they are, Stripe's against the stand-in.
type ring struct {
	*world
	contestant
	sim     *stripesim.Server
	simURL  string
	client  *billing.Client
	ana     customer.Customer
	trees   campaign.Charity
	account string
	offer   campaign.Offer
	lossy   *lossy
}

// lossy stands between the protocol and a rail, and keeps answers back.
type lossy struct {
	reward.Rail
	mu sync.Mutex
	// lose is how many answers to Send, and to Void, get lost after the rail has acted; twist runs in the midst of a Send.
	lose, loseVoid int
	twist          func(context.Context, reward.Rail, reward.Payout)
}

func (l *lossy) Send(ctx context.Context, p reward.Payout) reward.Answer {
	l.mu.Lock()
	defer l.mu.Unlock()
	a := l.Rail.Send(ctx, p)
	if l.twist != nil {
		l.twist(ctx, l.Rail, p)
	}
	if l.lose > 0 {
		l.lose--
		return reward.Answer{Class: reward.NotAnswered, Note: "lost"}
	}
	return a
}

func (l *lossy) Void(ctx context.Context, p reward.Payout) reward.Answer {
	l.mu.Lock()
	defer l.mu.Unlock()
	a := l.Rail.Void(ctx, p)
	if l.loseVoid > 0 {
		l.loseVoid--
		return reward.Answer{Class: reward.NotAnswered, Note: "lost"}
	}
	return a
}

func newRing(t *testing.T, d *db.DB, k contestant) *ring {
	t.Helper()
	c := &ring{world: newWorld(t, d), contestant: k}
	c.sim = stripesim.New(stripesim.Options{Clock: c.clock.now, SecretKey: stripeKey, Seed: 7})
	listener := httptest.NewServer(c.sim)
	t.Cleanup(func() {
		for _, v := range c.sim.Violations() {
			t.Errorf("violation: %s %s: %s", v.Request.Method, v.Request.Path, v.Reason)
		}
		if err := c.sim.Close(); err != nil {
			t.Error(err)
		}
		listener.Close()
	})
	c.simURL = listener.URL
	c.client = billing.NewClient(billing.ClientOptions{Key: stripeKey, APIBase: c.simURL})
	c.Service = c.process()
	c.Wrap(k.name, func(r reward.Rail) reward.Rail {
		c.lossy = &lossy{Rail: r}
		return c.lossy
	})
	c.ana = c.customer("Ana", func(d *customer.Draft) {
		d.Country, d.StripeCustomer = "DE", c.post("/v1/customers", "customer:ana", url.Values{"email": {"ana@example.com"}})
	})
	k.prepare(c)
	_, c.offer = c.campaign(1_000_00, func(t *campaign.Terms) {
		if c.trees.ID != "" {
			t.Charities = []string{c.trees.ID}
		}
	}, thanks(50_00, k.name))
	return c
}

// process is another one on the same database and rails.
func (c *ring) process() *reward.Service {
	deps := c.Deps
	deps.Rails = c.client.Rails()
	return reward.New(deps)
}

// post makes an object at the stand-in and returns its id.
func (c *ring) post(path, key string, form url.Values) string {
	c.t.Helper()
	req, err := http.NewRequestWithContext(c.ctx, http.MethodPost, c.simURL+path, strings.NewReader(form.Encode()))
	c.must(err)
	req.Header.Set("Authorization", "Bearer "+stripeKey)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Idempotency-Key", key)
	resp, err := http.DefaultClient.Do(req)
	c.must(err)
	body, err := io.ReadAll(resp.Body)
	c.must(err)
	c.must(resp.Body.Close())
	var made struct{ ID string }
	c.must(json.Unmarshal(body, &made))
	if made.ID == "" {
		c.t.Fatalf("%s: %s", path, body)
	}
	return made.ID
}

// forgetAna deletes the customer at Stripe whom a payout was frozen for.
func (c *ring) forgetAna() {
	c.t.Helper()
	req, err := http.NewRequestWithContext(c.ctx, http.MethodDelete, c.simURL+"/v1/customers/"+c.ana.StripeCustomer, http.NoBody)
	c.must(err)
	req.Header.Set("Authorization", "Bearer "+stripeKey)
	req.Header.Set("Idempotency-Key", "delete:ana")
	resp, err := http.DefaultClient.Do(req)
	c.must(err)
	c.must(resp.Body.Close())
	if resp.StatusCode != http.StatusOK {
		c.t.Fatalf("delete customer: %d", resp.StatusCode)
	}
}

// worth is what the rail's own record says that a payout is still worth: not our payouts and not our books.
func (c *ring) worth(p reward.Payout) int64 {
	c.t.Helper()
	query := map[campaign.Rail]string{
		campaign.RailGiftCode: `SELECT coalesce(CAST(sum(amount_minor) AS BIGINT), 0) FROM gift_code WHERE payout_id = ?`,
		campaign.RailDonation: `SELECT coalesce(CAST(sum(amount_minor) AS BIGINT), 0) FROM donation WHERE payout_id = ? AND taken_back_at IS NULL`,
		campaign.RailManual:   `SELECT coalesce(CAST(sum(amount_minor) AS BIGINT), 0) FROM payout WHERE id = ? AND rail_object <> ''`,
	}[c.name]
	var sum int64
	if query != "" {
		c.must(c.db.NewRaw(query, p.ID).Scan(c.ctx, &sum))
		return sum
	}
	for _, e := range c.sim.EffectsBy(stripesim.PayoutKey, p.Name()) {
		if e.Active || e.Redeemed > 0 {
			sum += e.AmountMinor - e.BackMinor
		}
	}
	return sum
}

// intent brings a reward of 50.00 to a payout that is written down and not sent.
func (c *ring) intent() (introduction.Introduction, introduction.Deal, reward.Payout) {
	c.t.Helper()
	i, d := c.win(c.offer, c.ana.ID, 900_00)
	c.clock.pass(31 * day)
	c.count(c.Mature(c.ctx))
	c.count(c.Due(c.ctx))
	p := c.payouts()
	if len(p) != 1 || p[0].State != reward.Queued || c.one(i).State != reward.Issuing || c.balance(ledger.Clearing(c.one(i).ID)) != 50_00 || c.name != campaign.RailManual && c.name != campaign.RailGiftCode && c.worth(p[0]) != 0 {
		c.t.Fatalf("after the intent: %+v, the reward is %s", p, c.one(i).State)
	}
	return i, d, p[0]
}

// pay sends the payout once, or pays it by hand.
func (c *ring) pay(p reward.Payout) error {
	if c.name == campaign.RailManual {
		_, err := c.MarkPaid(c.ctx, finance, p.Parameters.RewardID, "SEPA 1")
		return err
	}
	return c.send(p)
}

// settled fails unless the payout was made once, to the cent, and the books agree.
func (c *ring) settled(i introduction.Introduction, p reward.Payout) {
	c.t.Helper()
	r := c.one(i)
	if now := c.payout(p.ID); now.State != reward.Settled || now.RailObject == "" || r.State != reward.Issued || c.worth(p) != 50_00 {
		c.t.Fatalf("payout %s (%q), reward %s, worth %d at the rail; want it made once", now.State, now.RailObject, r.State, c.worth(p))
	}
	if c.balance(ledger.Clearing(r.ID)) != 0 || r.IssuedMinor != 50_00 {
		c.t.Errorf("%d in clearing, %d issued", c.balance(ledger.Clearing(r.ID)), r.IssuedMinor)
	}
	c.verified()
}

// conform runs fn for every rail on both engines.
func conform(t *testing.T, fn func(*ring)) {
	t.Helper()
	t.Parallel()
	for _, k := range contestants {
		t.Run(string(k.name), func(t *testing.T) {
			t.Parallel()
			dbtest.Each(t, func(t *testing.T, d *db.DB) { fn(newRing(t, d, k)) })
		})
	}
}

func TestEveryRail_StandsInTheTable(t *testing.T) {
	t.Parallel()
	if got, want := len(contestants), len(campaign.Rails()); got != want {
		t.Fatalf("%d rails conform, an offer can name %d", got, want)
	}
	for _, name := range campaign.Rails() {
		found := false
		for _, k := range contestants {
			found = found || k.name == name
		}
		if !found {
			t.Errorf("%s does not conform", name)
		}
	}
}

func TestEveryRail_PaysWhatWasIntended(t *testing.T) {
	conform(t, func(c *ring) {
		i, _, p := c.intent()
		c.must(c.pay(p))
		c.settled(i, p)
	})
}

// M3: the same request again, inside of one claim, by later jobs and by other processes, has one effect.
func TestEveryRail_TheSameAgainIsOneEffect(t *testing.T) {
	conform(t, func(c *ring) {
		i, _, p := c.intent()
		c.lossy.twist = func(ctx context.Context, rail reward.Rail, p reward.Payout) {
			first := rail.LookUp(ctx, p)
			for range 5 {
				if a := rail.Send(ctx, p); a.Class != reward.AnsweredOK || a.Object != first.Object {
					c.t.Errorf("again: %+v, the first was %+v", a, first)
				}
			}
		}
		c.must(c.pay(p))
		var all sync.WaitGroup
		for _, s := range []*reward.Service{c.Service, c.process(), c.process()} {
			all.Go(func() {
				for range 5 {
					if err := s.Send(c.ctx, reward.Send{PayoutID: p.ID}); err != nil && code(err) != fault.Conflict {
						c.t.Error(err)
					}
					if _, err := s.MarkPaid(c.ctx, finance, p.Parameters.RewardID, "SEPA 1"); err != nil && code(err) != fault.Conflict {
						c.t.Error(err)
					}
				}
			})
		}
		all.Wait()
		c.settled(i, p)
	})
}

// M4, M6: no answer is no failure: nothing is posted, and a look-up finds what was made.
func TestEveryRail_ALostAnswerIsLookedUp(t *testing.T) {
	conform(t, func(c *ring) {
		if c.name == campaign.RailManual {
			return // nobody is asked, so no answer can be lost
		}
		i, _, p := c.intent()
		c.lossy.lose = 1
		c.must(c.pay(p))
		if now := c.payout(p.ID); now.State != reward.Unknown || c.one(i).State != reward.Issuing || c.balance(ledger.Clearing(c.one(i).ID)) != 50_00 {
			c.t.Fatalf("after a lost answer: payout %s, reward %s", now.State, c.one(i).State)
		}
		c.work()
		c.settled(i, p)
	})
}

// M5, M7: the rail has forgotten the key: what was made is found however late, and where there is a natural key the same request
// makes nothing new even without a look.
func TestEveryRail_AForgottenKeyPaysNothingTwice(t *testing.T) {
	conform(t, func(c *ring) {
		if c.name == campaign.RailManual {
			return // there is no key
		}
		i, _, p := c.intent()
		c.lossy.lose = 1
		c.lossy.twist = func(ctx context.Context, rail reward.Rail, p reward.Payout) {
			for range 10 {
				c.must(c.sim.ForgetKeys())
				if !c.natural {
					return
				}
				if a := rail.Send(ctx, p); a.Class != reward.AnsweredOK {
					c.t.Errorf("without its key: %+v", a)
				}
			}
		}
		c.must(c.pay(p))
		c.clock.pass(25 * time.Hour)
		c.work()
		c.settled(i, p)
	})
}

// M4: a certain refusal has no effect, gives the money back to what is owed, and ends nothing.
func TestEveryRail_ARefusalPaysNothing(t *testing.T) {
	conform(t, func(c *ring) {
		if c.refuse == nil {
			return
		}
		i, _, p := c.intent()
		c.refuse(c)
		c.must(c.pay(p))
		r := c.one(i)
		account := map[reward.State]string{reward.Failed: ledger.Payable(r.ID), reward.Held: ledger.Held(r.ID)}[r.State]
		if r.State != c.refused || c.balance(ledger.Clearing(r.ID)) != 0 || c.balance(account) != 50_00 || c.worth(p) != 0 {
			c.t.Errorf("the reward is %s, want %s, with %d at the rail", r.State, c.refused, c.worth(p))
		}
		c.verified()
	})
}

// M16: what is unused is taken back at the rail; the answer to that may get lost, too.
func TestEveryRail_TakesBackWhatIsUnused(t *testing.T) {
	conform(t, func(c *ring) {
		i, d, p := c.intent()
		c.must(c.pay(p))
		c.settled(i, p)
		c.lossy.loseVoid = 1
		c.refund(i, &d, 900_00)
		for range 3 {
			c.clock.pass(time.Hour)
			c.sweep()
		}
		r := c.one(i)
		if r.State != c.unused {
			c.t.Errorf("it is %s, want %s", r.State, c.unused)
		}
		if back := c.unused != reward.Clawback; back && (c.worth(p) != 0 || r.OwedMinor != 0) {
			c.t.Errorf("%d is left at the rail, %d is owed", c.worth(p), r.OwedMinor)
		}
		c.verified()
	})
}

// M16: what is used is gone, and its owner owes it.
func TestEveryRail_WhatIsUsedIsOwed(t *testing.T) {
	conform(t, func(c *ring) {
		i, d, p := c.intent()
		c.must(c.pay(p))
		c.settled(i, p)
		if c.use != nil {
			c.use(c, c.one(i))
		}
		c.refund(i, &d, 900_00)
		for range 3 {
			c.clock.pass(time.Hour)
			c.sweep()
		}
		if r := c.one(i); r.State != reward.Clawback || r.OwedMinor != 50_00 || c.balance(ledger.Clawback(c.ana.ID)) != 50_00 {
			c.t.Errorf("it is %s with %d owed", r.State, r.OwedMinor)
		}
		c.verified()
	})
}

// M20: what is paused asks nothing of the rail, whatever was written down, and goes on where it stopped.
func TestEveryRail_StopsWithTheSwitch(t *testing.T) {
	conform(t, func(c *ring) {
		i, _, p := c.intent()
		for _, scope := range []string{reward.ScopeAll, reward.RailScope(c.name), reward.CampaignScope(c.offer.CampaignID)} {
			_, err := c.Pause(c.ctx, finance, scope, "looking into something")
			c.must(err)
			for _, s := range []*reward.Service{c.Service, c.process()} {
				c.must(s.Send(c.ctx, reward.Send{PayoutID: p.ID}))
			}
			if c.name == campaign.RailManual {
				if err := c.pay(p); code(err) != fault.Conflict {
					c.t.Errorf("paid by hand while %s is paused: %v", scope, err)
				}
			}
			if now := c.payout(p.ID); now.State != reward.Queued || !now.LastSentAt.IsZero() {
				c.t.Errorf("while %s is paused: %s", scope, now.State)
			}
			_, err = c.Resume(c.ctx, audit.Actor{Kind: audit.KindStaff, ID: "staff-owner", Name: "Olga", Role: "owner"}, scope, "found")
			c.must(err)
		}
		c.clock.pass(2 * time.Minute)
		c.must(c.pay(p))
		c.settled(i, p)
	})
}
