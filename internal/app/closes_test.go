package app_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"
	"time"

	"goodword/internal/apptest"
	"goodword/internal/campaign"
	"goodword/internal/dbtest"
	"goodword/internal/ident"
	introductions "goodword/internal/introduction"
	"goodword/internal/ledger"
	"goodword/internal/staff"
	"goodword/internal/stripesim"
)

// M13: the same close by signed webhook, by the CRM and by hand, a hundred times at once: one won deal, one reward for each
// rule and beneficiary, one entry in the audit.
func TestCloses_TheSameCloseFromEverywhereEarnsOnce(t *testing.T) {
	t.Parallel()
	closes, rounds := 100, 1
	if proving() {
		rounds = 20
	}
	t.Run("postgres, three processes", func(t *testing.T) {
		t.Parallel()
		closeAtOnce(t, dbtest.PostgresURL(t), 3, closes, rounds)
	})
	t.Run("sqlite, one process", func(t *testing.T) {
		t.Parallel()
		closeAtOnce(t, dbtest.SQLiteURL(t), 1, closes/2, rounds)
	})
}

func closeAtOnce(t *testing.T, databaseURL string, processes, closes, rounds int) {
	t.Helper()
	random := rand.New(rand.NewPCG(seed(t), 1))
	f := apptest.NewFleet(t, databaseURL, processes)
	c := newTown(f, 1_000_000_00,
		campaign.Rule{To: campaign.ToCustomer, On: campaign.OnWon, PercentBPS: 1000, Of: campaign.OfDeal, MaxMinor: 200_00, Rails: []campaign.Rail{campaign.RailManual}},
		campaign.Rule{To: campaign.ToCustomer, On: campaign.OnWon, AmountMinor: 5_00, Rails: []campaign.Rail{campaign.RailManual}},
		campaign.Rule{To: campaign.ToProspect, On: campaign.OnWon, AmountMinor: 10_00, Rails: []campaign.Rail{campaign.RailPromotionCode}},
		campaign.Rule{To: campaign.ToProspect, On: campaign.OnAccepted, AmountMinor: 20_00, Rails: []campaign.Rail{campaign.RailPromotionCode}})
	_, key, err := f.App.Staff.AddKey(f.Context(), system, "CRM", staff.Marketer)
	f.Must(err)
	_, hand, err := f.App.Staff.AddKey(f.Context(), system, "Desk", staff.Owner)
	f.Must(err)
	for n := range processes {
		f.Process(n).Start()
	}
	for n := range processes {
		f.Process(n).Ready()
	}
	for range rounds {
		row := c.yes(f.StripeCustomer("", "Ana"))
		doors := []func(n int) call{c.byStripe(row), c.byCRM(row, key), c.byHand(row, hand)}
		calls := make([]call, closes)
		for n := range calls {
			calls[n] = doors[n%len(doors)](n)
			calls[n].process = n / len(doors) % processes
		}
		random.Shuffle(len(calls), func(a, b int) { calls[a], calls[b] = calls[b], calls[a] })
		c.atOnce(calls)
		f.Must(f.App.Queue.Wait(f.Context()))
		c.earnedOnce(row)
	}
	v, err := f.App.Verify(f.Context())
	f.Must(err)
	for _, x := range v.Findings {
		t.Errorf("verify finds %s", x)
	}
	t.Logf("%d closes, %d times, over %d processes. %s", closes, rounds, processes, v.Summary)
}

// call is a request that closes the deal, and what the answer must say.
type call struct {
	process    int
	path, kind string
	body       []byte
	header     map[string]string
	says       string
}

func (c *town) byStripe(row introductions.Introduction) func(int) call {
	c.T.Helper()
	known := len(c.Sim.Events())
	_, err := c.Sim.Checkout(stripesim.Order{CustomerEmail: row.Email, Name: "Ben Ossen", AmountMinor: 1_200_00, Currency: "eur", ClientReferenceID: row.ID})
	c.Must(err)
	for _, e := range c.Sim.Events()[known:] {
		if e.Type != "invoice.paid" && e.Type != "checkout.session.completed" {
			continue
		}
		for range 4 { // other ids, same fact
			_, err := c.Sim.Twin(e.ID)
			c.Must(err)
		}
	}
	var bodies [][]byte
	for _, e := range c.Sim.Events()[known:] {
		body, err := json.Marshal(e)
		c.Must(err)
		bodies = append(bodies, body)
	}
	return func(n int) call {
		body := bodies[n/3%len(bodies)]
		return call{path: "/hooks/stripe", kind: "webhook", body: body, header: map[string]string{"Stripe-Signature": c.StripeSignature(body)}}
	}
}

func (c *town) byCRM(row introductions.Introduction, key ident.Token) func(int) call {
	return func(n int) call {
		return call{path: "/api/v1/deals", kind: "CRM", says: `"state":"won"`, header: map[string]string{"Authorization": "Bearer " + key.Plain()},
			body: fmt.Appendf(nil, `{"introduction_id":%q,"stage":"won","external_id":"D-%s","amount":{"amount_minor":120000,"currency":"EUR"}}`, row.ID, row.ID)}
	}
}

func (c *town) byHand(row introductions.Introduction, key ident.Token) func(int) call {
	return func(n int) call {
		return call{path: "/api/v1/introductions/" + row.ID + "/win", kind: "hand", says: `"state":"won"`, header: map[string]string{"Authorization": "Bearer " + key.Plain()},
			body: []byte(`{"amount":{"amount_minor":120000,"currency":"EUR"},"evidence":"Order 18"}`)}
	}
}

// atOnce makes the calls in parallel, each to its process. Each must be taken.
func (c *town) atOnce(calls []call) {
	c.T.Helper()
	client := &http.Client{Timeout: 60 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: len(calls)}}
	defer client.CloseIdleConnections()
	errs := make([]error, len(calls))
	begin := make(chan struct{})
	var all sync.WaitGroup
	for n, x := range calls {
		all.Go(func() {
			<-begin
			errs[n] = c.make(client, x)
		})
	}
	close(begin)
	all.Wait()
	c.Must(errors.Join(errs...))
}

func (c *town) make(client *http.Client, x call) error {
	req, err := http.NewRequestWithContext(c.T.Context(), http.MethodPost, c.Process(x.process).URL+x.path, bytes.NewReader(x.body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	for name, value := range x.header {
		req.Header.Set(name, value)
	}
	res, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("%s at process %d: %w", x.kind, x.process, err)
	}
	answer, err := io.ReadAll(res.Body)
	if err = errors.Join(err, res.Body.Close()); err != nil {
		return err
	}
	if res.StatusCode/100 != 2 || !bytes.Contains(answer, []byte(x.says)) {
		return fmt.Errorf("%s at process %d is answered %d: %s", x.kind, x.process, res.StatusCode, answer)
	}
	return nil
}

// earnedOnce asserts that the introduction was won once, whoever told it first.
func (c *town) earnedOnce(row introductions.Introduction) {
	c.T.Helper()
	row, err := c.App.Introductions.ByID(c.Context(), row.ID)
	c.Must(err)
	deals, err := c.App.Introductions.Deals(c.Context(), row.ID)
	c.Must(err)
	sources, counted := map[string]int{}, 0
	for _, d := range deals {
		sources[d.Source]++
		if d.Counted {
			counted++
		}
	}
	if row.State != introductions.Won || counted != 1 {
		c.T.Errorf("introduction is %s with %d counted deals, want won with 1: %+v", row.State, counted, deals)
	}
	for _, source := range []string{introductions.FromStripe, introductions.FromCRM, introductions.FromHand} {
		if sources[source] == 0 {
			c.T.Errorf("nothing was written down from %s: the calls did not meet", source)
		}
	}
	rewards, err := c.App.Rewards.ForIntroduction(c.Context(), row.ID)
	c.Must(err)
	got := map[int]int64{}
	for _, r := range rewards {
		got[r.Rule] += r.AmountMinor
	}
	if len(rewards) != 4 || got[0] != 120_00 || got[1] != 5_00 || got[2] != 10_00 || got[3] != 20_00 {
		c.T.Errorf("%d rewards with the sums %v by rule, want one each", len(rewards), got)
	}
	for what, query := range map[string]string{
		"audit entries": "SELECT count(*) FROM audit_entry WHERE action = 'introduction.won' AND object_id = ?",
		"events":        "SELECT count(*) FROM event WHERE type = 'introduction.won' AND introduction_id = ?",
	} {
		var n int
		c.Must(c.App.DB.NewRaw(query, row.ID).Scan(c.Context(), &n))
		if n != 1 {
			c.T.Errorf("%d %s of the win, want 1", n, what)
		}
	}
	for _, r := range rewards {
		b, err := ledger.Balance(c.Context(), c.App.DB, ledger.Pending(r.ID), "EUR")
		c.Must(err)
		if r.State == "pending" && b != r.AmountMinor {
			c.T.Errorf("the books hold %d for a reward of %d", b, r.AmountMinor)
		}
	}
}
