package app_test

import (
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"goodword/internal/apptest"
	"goodword/internal/campaign"
	"goodword/internal/customer"
	introductions "goodword/internal/introduction"
	rewards "goodword/internal/reward"
	"goodword/internal/staff"
)

// walker is a customer who wants their thank-you by one of the ways.
type walker struct {
	rail campaign.Rail
	who  customer.Customer
	// url is their private link, device their phone.
	url    string
	device *apptest.Browser
	buyer  string
	won    introductions.Introduction
	reward string
}

// told is a reward's story as finance reads it.
type told struct {
	State  string `json:"state"`
	Amount amount `json:"amount"`
	Made   struct {
		OfferNumber int    `json:"offer_number"`
		Promise     string `json:"promise"`
	} `json:"made"`
	Deals []struct {
		Net amount `json:"net"`
	} `json:"deals"`
	Payouts []struct {
		State      string `json:"state"`
		Key        string `json:"key"`
		RailObject string `json:"rail_object"`
	} `json:"payouts"`
	Steps []toldStep `json:"steps"`
}

type toldStep struct {
	What     string     `json:"what"`
	Journal  string     `json:"journal"`
	Postings []struct{} `json:"postings"`
}

func (s told) has(what string) bool {
	return slices.ContainsFunc(s.Steps, func(x toldStep) bool { return x.What == what })
}

// Every way of a thank-you as a newcomer plays it: chosen on the customer's page, paid, theirs; then the order is refunded, and it is
// taken back in the way that the rail allows. Ben's payment, Stripe's page and the refund go through the demonstration's own
// pages.
func TestRails_FromTheChoiceToYoursAndBack(t *testing.T) {
	t.Parallel()
	apptest.Each(t, func(w *apptest.World) {
		t, c := w.T, &asked{town: newTown(&apptest.Fleet{World: w}, 1_000_00, thanks())}
		c.felix = w.As(staff.Finance, "Felix Amann", "felix.amann@brightwater.example")
		charity := c.sixWays()
		player := w.Browser()
		press := func(f *apptest.Form, name, value string) {
			t.Helper()
			f.Press(name, value).Want(http.StatusOK)
			w.Sweep()
		}
		var all []*walker
		for _, rail := range campaign.Rails() {
			all = append(all, c.walker(rail))
		}
		w.Skip((introductions.UndoMinutes + 1) * time.Minute)
		for _, x := range all {
			press(player.Open("/dev/play").FormWith("id", x.won.ID).Fill("amount", "900.00"), "do", "pay")
			x.reward = c.rewardOf(x.won).ID
			c.chooses(x, charity)
		}
		press(player.Open("/dev/play").FormWith("pass", "720h"), "pass", "720h")
		press(player.Open("/dev/play").FormWith("pass", "24h"), "pass", "24h")
		c.felix.Post("/rewards/"+all[len(all)-1].reward+"/mark-paid", map[string]string{"reference": "SEPA 4711"}, nil)
		w.Sweep()
		w.Verify("after everybody was paid")

		for _, x := range all {
			page := x.device.Open(x.url + "/rewards")
			if x.rail == campaign.RailDonation {
				page.Shows("Given to charity", "Library on Wheels")
			} else {
				page.Shows("Yours")
			}
			got := c.tells(x)
			if got.State != "issued" || len(got.Payouts) != 1 || got.Payouts[0].State != "settled" || got.Payouts[0].RailObject == "" || !strings.HasPrefix(got.Payouts[0].Key, "po_") {
				t.Errorf("%s: finance reads %+v", x.rail, got)
			}
			for _, what := range []string{"introduction.accepted", "introduction.won", "reward.accrued", "reward.approved", "reward.sent", "reward.issued", "payout.settled", "mail.sent"} {
				if !got.has(what) {
					t.Errorf("%s: the story lacks %s: %+v", x.rail, what, got.Steps)
				}
			}
			if len(got.Deals) != 1 || got.Deals[0].Net.Minor != 900_00 || got.Made.OfferNumber != 1 || !strings.Contains(got.Made.Promise, "50.00") {
				t.Errorf("%s: it was made by %+v of %+v", x.rail, got.Made, got.Deals)
			}
			if n, want := len(w.Sim.EffectsBy("reward_id", x.reward)), atStripe(x.rail); n != want {
				t.Errorf("%s: the stand-in has %d effects, want %d", x.rail, n, want)
			}
		}
		player.Open("/dev/play").Shows("The reward's story")

		for _, x := range all {
			charge := ""
			for _, p := range w.Sim.Payments() {
				if p.Email == x.buyer {
					charge = p.ChargeID
				}
			}
			press(player.Open("/dev/play").FormWith("charge", charge), "do", "refund")
		}
		press(player.Open("/dev/play").FormWith("pass", "24h"), "pass", "24h")
		w.Verify("after everything was refunded")
		for _, x := range all {
			x.device.Open(x.url+"/rewards").Shows("Taken back", "The order behind it was refunded.").Hides("Yours", "Given to charity")
			got := c.tells(x)
			if want := backAs[x.rail]; got.State != string(want) || !got.has("introduction.unwound") || got.Deals[0].Net.Minor != 0 {
				t.Errorf("%s: after the refund finance reads %+v, want %s", x.rail, got, want)
			}
			for _, e := range w.Sim.EffectsBy("reward_id", x.reward) {
				if e.Kind == "transfer" && e.BackMinor != 50_00 || e.Kind == "promotion_code" && e.Active {
					t.Errorf("%s: the stand-in still has %+v", x.rail, e)
				}
			}
		}
		// What was paid by hand is owed, until it has come back the same way.
		last := all[len(all)-1]
		c.felix.Post("/rewards/"+last.reward+"/paid-back", map[string]string{"reference": "SEPA 4712"}, nil)
		if got := c.tells(last); got.State != "recovered" {
			t.Errorf("paid back by hand it is %s", got.State)
		}
		w.Verify("after it was paid back")
	}, apptest.Demo())
}

// backAs is where a refund leads what was paid: taken back at the rail where it is unused, fetched back where Stripe can, owed where
// the money is gone.
var backAs = map[campaign.Rail]rewards.State{campaign.RailPromotionCode: rewards.Reversed, campaign.RailInvoiceCredit: rewards.Reversed, campaign.RailGiftCode: rewards.Reversed,
	campaign.RailDonation: rewards.Reversed, campaign.RailTransfer: rewards.Recovered, campaign.RailManual: rewards.Clawback}

// atStripe is how many effects a rail leaves in the stand-in's record.
func atStripe(rail campaign.Rail) int {
	switch rail {
	case campaign.RailPromotionCode, campaign.RailInvoiceCredit, campaign.RailTransfer:
		return 1
	}
	return 0
}

// sixWays launches a campaign whose thank-you may come by every rail, with a charity and a gift code in stock.
func (c *asked) sixWays() (charity string) {
	c.T.Helper()
	var entered struct {
		ID string `json:"id"`
	}
	c.felix.Post("/charities", map[string]any{"name": "Library on Wheels", "registration": "VR 20731", "country": "DE", "jurisdictions": []string{"DE"},
		"contact": "Henrike Voss", "contract": "BW-2025-114", "remit_days": 90}, &entered)
	c.felix.Upload("/gift-codes?name=codes.csv", "text/csv", "code,amount,currency,expires\nBOOKS-QX71-0001,50,EUR,2036-12-31\n", nil)
	made, err := c.App.Campaigns.Create(c.Context(), system, campaign.Plan{Name: "Six ways", OwnerID: c.rosa.ID,
		Asks: []campaign.Ask{campaign.AskIntroduction}, Trigger: campaign.Trigger{Kind: campaign.TriggerNow},
		Audience: campaign.Audience{Filter: &customer.Filter{Divisions: []string{"Nowhere"}}},
		Messages: map[string]campaign.Words{"en": {Subject: "Who else?", Body: "Somebody you know may need this.", PageTitle: "Whom?", PageBody: "One name."}},
		Offer: campaign.Terms{Currency: "EUR", BudgetMinor: 1_000_00, HoldDays: 30, ProtectionDays: 180, Text: "Terms", DefaultRail: campaign.RailManual,
			Charities: []string{entered.ID}, Rewards: []campaign.Rule{thanks(func(r *campaign.Rule) { r.Rails = campaign.Rails() })}}})
	c.Must(err)
	c.campaign, err = c.App.Campaigns.Launch(c.Context(), system, made.ID)
	c.Must(err)
	return entered.ID
}

// walker is a customer with a phone, whose introduction has got a yes.
func (c *asked) walker(rail campaign.Rail) *walker {
	c.T.Helper()
	x := &walker{rail: rail, device: c.Browser()}
	x.who = c.somebody(func(d *customer.Draft) {
		d.Country, d.Language, d.StripeCustomer = "DE", "en", c.StripeCustomer(d.Email, "Ana")
	})
	x.url = c.linkOf(x.who.ID)
	if rail == campaign.RailTransfer {
		// Bank details are for a device that confirmed a code. The other five are chosen by the link alone.
		ask := x.device.Open(x.url + "/code?next=rewards").Main().Send()
		ask.Main().Fill("code", c.codeFor(x.who.Email())).Send().Want(http.StatusOK)
	}
	x.won = c.introduced(introductions.Manual{IntroducerCustomerID: x.who.ID})
	x.buyer = fmt.Sprintf("ben-%s@harbor.example", strings.ReplaceAll(string(rail), "_", "-"))
	c.saysYesAs(x.won.ID, x.buyer)
	return x
}

var stripesPage = regexp.MustCompile(`http://[^"]+/_sim/onboard/[^"]+`)

// chooses picks the way on the page and does what it asks for.
func (c *asked) chooses(x *walker, charity string) {
	c.T.Helper()
	value := string(x.rail)
	if x.rail == campaign.RailDonation {
		value += ":" + charity
	}
	page := x.device.Open(x.url+"/rewards").FormWith("reward", x.reward).Choose("rail", value).Send().Want(http.StatusOK)
	if x.rail != campaign.RailTransfer {
		page.Shows("Saved")
		return
	}
	// Stripe wants the bank details, on its own page, which leads back here.
	on := page.Main().Press("action", "start").Want(http.StatusOK)
	address := strings.ReplaceAll(stripesPage.FindString(on.Source), "&amp;", "&")
	if address == "" {
		c.T.Fatalf("no way to Stripe on the page:\n%s", on.Text())
	}
	req, err := http.NewRequestWithContext(c.Context(), http.MethodPost, address, nil)
	c.Must(err)
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	c.Must(err)
	_, err = io.Copy(io.Discard, res.Body)
	c.Must(err)
	c.Must(res.Body.Close())
	if res.StatusCode != http.StatusSeeOther {
		c.T.Fatalf("Stripe's page answers %d", res.StatusCode)
	}
	c.Settle()
	x.device.Open(res.Header.Get("Location")).Shows("Your bank account is ready")
}

func (c *asked) tells(x *walker) told {
	c.T.Helper()
	var got told
	c.felix.Get("/rewards/"+x.reward, &got)
	return got
}
