package app_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"goodword/internal/apptest"
	"goodword/internal/campaign"
	"goodword/internal/customer"
	"goodword/internal/db"
	introductions "goodword/internal/introduction"
	"goodword/internal/money"
	rewards "goodword/internal/reward"
	"goodword/internal/staff"
)

// asked is a town in which somebody asks why there is no reward.
type asked struct {
	*town
	rosaAt, felix *apptest.Client
}

type why struct {
	Why      string `json:"why"`
	To       string `json:"to"`
	Text     string `json:"text"`
	Happened bool   `json:"happened"`
	Waiting  bool   `json:"waiting"`
	RewardID string `json:"reward_id"`
	Earned   amount `json:"earned"`
}

// another launches a campaign in which the next introductions are made.
func (c *asked) another(budget int64, rules ...campaign.Rule) {
	c.T.Helper()
	made, err := c.App.Campaigns.Create(c.Context(), system, campaign.Plan{Name: fmt.Sprintf("Words %d", c.people), OwnerID: c.rosa.ID,
		Asks: []campaign.Ask{campaign.AskIntroduction}, Trigger: campaign.Trigger{Kind: campaign.TriggerNow},
		Audience: campaign.Audience{Filter: &customer.Filter{Divisions: []string{"Nowhere"}}},
		Messages: map[string]campaign.Words{"en": {Subject: "Who else?", Body: "Somebody you know may need this.", PageTitle: "Whom?", PageBody: "One name."}},
		Offer:    campaign.Terms{Currency: "EUR", BudgetMinor: budget, HoldDays: 30, ProtectionDays: 180, Text: "Terms", DefaultRail: rules[0].Rails[0], Rewards: rules}})
	c.Must(err)
	c.campaign, err = c.App.Campaigns.Launch(c.Context(), system, made.ID)
	c.Must(err)
}

// thanks is EUR 50 for a customer.
func thanks(change ...func(*campaign.Rule)) campaign.Rule {
	r := campaign.Rule{To: campaign.ToCustomer, On: campaign.OnWon, AmountMinor: 50_00, Rails: []campaign.Rail{campaign.RailManual}}
	for _, f := range change {
		f(&r)
	}
	return r
}

func (c *asked) somebody(change ...func(*customer.Draft)) customer.Customer {
	c.T.Helper()
	c.people++
	d := customer.Draft{FirstName: "Ana", LastName: fmt.Sprintf("Nr%d", c.people), Email: fmt.Sprintf("ana-%d@delta.example", c.people), Country: "GB", OwnerID: c.rosa.ID}
	for _, f := range change {
		f(&d)
	}
	a, err := c.App.Customers.Create(c.Context(), system, d)
	c.Must(err)
	return a
}

// introduced is one more introduction by a customer, sent and not answered.
func (c *asked) introduced(m introductions.Manual) introductions.Introduction {
	c.T.Helper()
	m.CampaignID = c.campaign.ID
	if m.Submission.FirstName == "" {
		m.Submission = introductions.Submission{FirstName: "Ben", Note: "You two should talk.", How: introductions.HowSelf, Channel: "copy"}
	}
	row, err := c.App.Introductions.ByHand(c.Context(), system, m)
	c.Must(err)
	return row
}

func (c *asked) saysYes(id string) {
	c.T.Helper()
	c.people++
	_, err := c.App.Introductions.Accept(c.Context(), introductions.Prospect{IntroductionID: id}, introductions.Answer{How: introductions.ByEmail,
		Name: "Ben Ossen", Email: fmt.Sprintf("ben-%d@harbor.example", c.people), ConsentText: "Yes, introduce us."})
	c.Must(err)
}

// pays is a payment of EUR 900 through Stripe.
func (c *asked) pays(id string, change ...func(*introductions.NewDeal)) introductions.Introduction {
	c.T.Helper()
	c.people++
	n := introductions.NewDeal{IntroductionID: id, Source: introductions.FromStripe, ExternalID: fmt.Sprintf("in_%d_%s", c.people, id),
		ChargeID: fmt.Sprintf("ch_%d_%s", c.people, id), Amount: money.New(900_00, "EUR"), Actor: stripe}
	for _, f := range change {
		f(&n)
	}
	row, err := c.App.Introductions.RecordDeal(c.Context(), n)
	c.Must(err)
	return row
}

// whyOf is what staff read of an introduction, of one side.
func (c *asked) whyOf(id string) []why {
	c.T.Helper()
	var got struct {
		Why []why `json:"why"`
	}
	c.rosaAt.Get("/introductions/"+id, &got)
	return slices.DeleteFunc(got.Why, func(w why) bool { return w.To != "customer" })
}

// wants fails unless staff read these reasons, the first of them with the text in it.
func (c *asked) wants(i introductions.Introduction, text string, reasons ...rewards.WhyNot) []why {
	c.T.Helper()
	got := c.whyOf(i.ID)
	var have []string
	for _, w := range got {
		have = append(have, w.Why)
	}
	var want []string
	for _, r := range reasons {
		want = append(want, string(r))
	}
	if !slices.Equal(have, want) || len(got) > 0 && !strings.Contains(got[0].Text, text) {
		c.T.Errorf("%s: staff read %+v, want %q with %q", c.campaign.Name, got, want, text)
	}
	return got
}

// reads fails unless a customer reads this on their page, in English and in German.
func (c *asked) reads(who customer.Customer, english, german string) {
	c.T.Helper()
	url := c.linkOf(who.ID)
	c.Browser().Open(url + "/mine").Shows(english)
	// What the introduced person did, and what a check found, stays with them.
	c.Browser().Open(url+"/mine").Hides("Ben", "harbor", "screened", "suspic", "abuse", "1000", "1,000")
	c.Must(c.App.DB.InTx(c.Context(), func(ctx context.Context, tx db.Tx) error {
		_, err := tx.NewRaw("UPDATE customer SET language = 'de' WHERE id = ?", who.ID).Exec(ctx)
		return err
	}))
	c.Browser().Open(url + "/mine").Shows(german)
}

func (c *asked) linkOf(customerID string) string {
	c.T.Helper()
	var url string
	c.Must(c.App.DB.InTx(c.Context(), func(ctx context.Context, tx db.Tx) error {
		token, err := c.App.Customers.Links.Issue(ctx, tx, customer.NewLink{Purpose: customer.ForCustomer, CustomerID: customerID, ExpiresAt: c.Now().AddDate(1, 0, 0)})
		url = c.App.Customers.Links.TokenURL(customer.ForCustomer, token)
		return err
	}))
	return url
}

func newAsked(w *apptest.World) *asked {
	c := &asked{town: newTown(&apptest.Fleet{World: w}, 1_000_00, thanks())}
	c.rosaAt, c.felix = w.SignIn(c.rosa), w.As(staff.Finance, "Felix Amann", "felix.amann@brightwater.example")
	return c
}

// Whatever the offer's own limits refuse is answered in words, to staff with the numbers and to the customer without them.
func TestWhy_TheOfferRefused(t *testing.T) {
	t.Parallel()
	apptest.Each(t, func(w *apptest.World) {
		c := newAsked(w)
		for _, x := range []struct {
			name            string
			budget          int64
			rule            campaign.Rule
			who             func(*customer.Draft)
			pay             func(*introductions.NewDeal)
			before          int
			why             rewards.WhyNot
			text            string
			english, german string
		}{
			{name: "the cap for one person", rule: thanks(func(r *campaign.Rule) { r.Caps.PerCustomer = 2 }), before: 2, why: rewards.WhyCapPerson,
				text: "at most 2 for one customer", english: "gives to one person.", german: "für eine Person gibt."},
			{name: "the cap for one company", rule: thanks(func(r *campaign.Rule) { r.Caps.PerCompany = 1 }), before: 1, why: rewards.WhyCapCompany,
				text: "at most 1 for one company", english: "Your company has had all", german: "Ihre Firma hat schon alle"},
			{name: "the cap for a time", rule: thanks(func(r *campaign.Rule) { r.Caps.PerPeriod = &campaign.Period{Days: 90, Count: 1} }), before: 1, why: rewards.WhyCapPeriod,
				text: "at most 1 for one customer in 90 days", english: "to one person in this time", german: "in dieser Zeit"},
			{name: "the budget", budget: 60_00, rule: thanks(), before: 1, why: rewards.WhyBudget,
				text: "10.00 EUR of the campaign's budget is left", english: "not decided yet", german: "noch nicht entschieden"},
			{name: "the least worth", rule: thanks(func(r *campaign.Rule) { r.MinMinor = 1_000_00 }), why: rewards.WhyMinimum,
				text: "900.00 EUR, and the rule begins at 1000.00 EUR", english: "was not met", german: "nicht erfüllt"},
			{name: "the lowest tier", rule: thanks(func(r *campaign.Rule) {
				r.AmountMinor, r.Tiers = 0, []campaign.Tier{{FromMinor: 1_000_00, AmountMinor: 70_00}}
			}), why: rewards.WhyMinimum,
				text: "begins at 1000.00 EUR", english: "was not met", german: "nicht erfüllt"},
			{name: "the currency", rule: thanks(func(r *campaign.Rule) { r.AmountMinor, r.PercentBPS, r.Of, r.MaxMinor = 0, 500, campaign.OfDeal, 90_00 }),
				pay: func(n *introductions.NewDeal) { n.Amount = money.New(900_00, "USD") }, why: rewards.WhyCurrency,
				text: "paid in USD and the offer is in EUR", english: "not decided yet", german: "noch nicht entschieden"},
			{name: "nothing to share", rule: thanks(func(r *campaign.Rule) { r.AmountMinor, r.PercentBPS, r.Of, r.MaxMinor = 0, 500, campaign.OfDeal, 90_00 }),
				pay: func(n *introductions.NewDeal) { n.Amount = money.New(1, "EUR") }, why: rewards.WhyZero, text: "comes to nothing", english: "was not met", german: "nicht erfüllt"},
			{name: "the gift rule", rule: thanks(), who: func(d *customer.Draft) { d.GiftPolicy = customer.GiftNone }, why: rewards.WhyGiftRule,
				text: "gift rule", english: "By the gift rule", german: "Geschenkregel"},
			{name: "no promise", rule: campaign.Rule{To: campaign.ToProspect, On: campaign.OnAccepted, AmountMinor: 20_00, Rails: []campaign.Rail{campaign.RailPromotionCode}},
				why: rewards.WhyNoRule, text: "promises the introducer nothing", english: "thanks in words only", german: "Dank in Worten"},
		} {
			budget := x.budget
			if budget == 0 {
				budget = 1_000_00
			}
			c.another(budget, x.rule)
			ana := c.somebody(func(d *customer.Draft) {
				d.Company = "Delta " + d.LastName
				if x.who != nil {
					x.who(d)
				}
			})
			for range x.before {
				c.wants(c.wins(ana.ID), "")
			}
			row := c.introduced(introductions.Manual{IntroducerCustomerID: ana.ID})
			c.saysYes(row.ID)
			row = c.pays(row.ID, func(n *introductions.NewDeal) {
				if x.pay != nil {
					x.pay(n)
				}
			})
			if row.State != introductions.Won {
				c.T.Fatalf("%s: the introduction is %s", x.name, row.State)
			}
			got := c.wants(row, x.text, x.why)
			if len(got) == 1 && (got[0].Earned.Minor != 0 || !got[0].Happened) {
				c.T.Errorf("%s: %+v", x.name, got)
			}
			var list struct {
				Items []struct {
					IntroductionID string `json:"introduction_id"`
				} `json:"items"`
			}
			c.rosaAt.Get("/customers/"+ana.ID+"/unearned", &list)
			if len(list.Items) != 1 || list.Items[0].IntroductionID != row.ID {
				c.T.Errorf("%s: the customer's profile lists %+v", x.name, list)
			}
			c.reads(ana, x.english, x.german)
			if x.why == rewards.WhyBudget {
				c.closes(row.ID)
				c.wants(row, "The case was closed: note: Spent.", rewards.WhyBudget)
				c.Browser().Open(c.linkOf(ana.ID) + "/mine").Shows("aufgebraucht")
			}
		}
		w.Verify("after the questions")
	})
}

// closes ends the case about an introduction with a sentence.
func (c *asked) closes(introductionID string) {
	c.T.Helper()
	var page struct {
		Items []struct {
			ID             string `json:"id"`
			IntroductionID string `json:"introduction_id"`
		} `json:"items"`
	}
	c.felix.Get("/cases", &page)
	for _, x := range page.Items {
		if x.IntroductionID == introductionID {
			c.felix.Post("/cases/"+x.ID+"/resolve", map[string]string{"action": rewards.ActionNote, "note": "Spent"}, nil)
		}
	}
}

// Who was introduced by whom, and how it ended, is answered to staff; the customer is not told what somebody else did.
func TestWhy_TheIntroductionDidNotCount(t *testing.T) {
	t.Parallel()
	apptest.Each(t, func(w *apptest.World) {
		c := newAsked(w)
		ana := c.somebody()
		with := func(email string) introductions.Manual {
			return introductions.Manual{IntroducerCustomerID: ana.ID, Submission: introductions.Submission{FirstName: "Cleo", Email: email, Note: "You two should talk.", How: introductions.HowSelf, Channel: "copy"}}
		}
		c.wants(c.introduced(with("")), "becomes a customer, and that has not happened yet", rewards.WhyNotYet)

		known := c.somebody()
		c.wants(c.introduced(with(known.Email())), "customer of ours already", rewards.WhyCustomer)
		c.wants(c.introduced(with(ana.Email())), "address of their own", rewards.WhySelf)
		c.wants(c.introduced(with(rosaMail)), "one of our colleagues", rewards.WhyColleague)

		// Two know the same person: whoever gets the yes is first.
		bo := c.somebody()
		first := c.introduced(introductions.Manual{IntroducerCustomerID: bo.ID, Submission: with("cleo@harbor.example").Submission})
		second := c.introduced(with("cleo@harbor.example"))
		c.saysYesAs(first.ID, "cleo@harbor.example")
		w.Skip((introductions.UndoMinutes + 1) * time.Minute)
		c.wants(second, "Not the first", rewards.WhySeconded)
		// Of all that Ana reads nothing: it looks like any other that waits for an answer.
		c.Browser().Open(c.linkOf(ana.ID)+"/mine").Hides("the first", "already", "colleague", "no thank-you")

		no := c.introduced(with(""))
		_, err := c.App.Introductions.Decline(c.Context(), introductions.Prospect{IntroductionID: no.ID})
		w.Must(err)
		c.wants(no, "said no", rewards.WhySaidNo)

		// A payment of somebody who never said yes, and one after the time in which it counts.
		early := c.introduced(with(""))
		c.pays(early.ID)
		c.wants(early, "900.00 EUR was paid on 2026-05-12, but the person had never said yes", rewards.WhyNoYes)
		lost := c.introduced(with(""))
		c.saysYes(lost.ID)
		_, err = c.App.Introductions.Lose(c.Context(), system, lost.ID, "timing", "")
		w.Must(err)
		c.wants(lost, "closed as lost", rewards.WhyLost)
		w.Skip(200 * day)
		c.pays(lost.ID)
		c.wants(lost, "when the time in which an order counts had ended", rewards.WhyWindow)
		c.wants(c.introduced(with("")), "", rewards.WhyNotYet)
		old := c.introduced(with(""))
		w.Skip(60 * day)
		c.wants(old, "Nobody answered in time", rewards.WhyRanOut)

		// Nobody stands behind it who could earn.
		c.wants(c.introduced(introductions.Manual{IntroducerStaffID: c.rosa.ID}), "colleagues earn nothing", rewards.WhyByStaff)
		favour := c.introduced(introductions.Manual{IntroducerCustomerID: bo.ID, ForCustomerID: ana.ID})
		c.saysYes(favour.ID)
		c.wants(c.pays(favour.ID), "favours earn nothing", rewards.WhyFavour)
		c.reads(bo, "Favours earn no thank-you", "kein Dankeschön von uns")

		// What was promised stands when the campaign ends.
		waits := c.introduced(with(""))
		_, err = c.App.Campaigns.End(c.Context(), system, c.campaign.ID)
		w.Must(err)
		c.wants(waits, "what it promised for this introduction stands", rewards.WhyNotYet)
		w.Verify("after the questions")
	})
}

func (c *asked) saysYesAs(id, email string) {
	c.T.Helper()
	_, err := c.App.Introductions.Accept(c.Context(), introductions.Prospect{IntroductionID: id}, introductions.Answer{How: introductions.ByEmail,
		Name: "Cleo", Email: email, ConsentText: "Yes, introduce us."})
	c.Must(err)
}

// What was earned and taken again, or is kept back, is answered with the amounts; the customer reads what is left and why once
// they have confirmed that it is them.
func TestWhy_WhatWasTakenFromIt(t *testing.T) {
	t.Parallel()
	apptest.Each(t, func(w *apptest.World) {
		c := newAsked(w)
		share := func(r *campaign.Rule) {
			r.AmountMinor, r.PercentBPS, r.Of, r.MaxMinor = 0, 1_000, campaign.OfFirstInvoice, 80_00
		}
		c.another(1_000_00, thanks(share))
		closed := func(who string) introductions.Introduction {
			row := c.introduced(introductions.Manual{IntroducerCustomerID: who})
			c.saysYes(row.ID)
			return c.pays(row.ID, func(n *introductions.NewDeal) { n.ChargeID = "ch_" + row.ID })
		}
		refund := func(i introductions.Introduction, minor int64) {
			w.Must(c.App.Introductions.Refunded(c.Context(), stripe, "ch_"+i.ID, minor, w.Now()))
			w.Sweep()
		}
		ana := c.somebody()
		row := closed(ana.ID)
		c.wants(row, "share would be 90.00 EUR; the offer gives at most 80.00 EUR", rewards.WhyMost)
		refund(row, 450_00)
		c.wants(row, "35.00 EUR of 80.00 EUR was taken back. The order behind it was refunded", rewards.WhyUndone)
		url := c.linkOf(ana.ID)
		b := w.Browser()
		b.Open(url+"/rewards").Hides("80.00", "at first")
		ask := b.Open(url + "/code?next=rewards").Main().Send()
		ask.Main().Fill("code", c.codeFor(ana.Email())).Send().Want(http.StatusOK).Shows("€45.00", "It was €80.00 at first. The order behind it was refunded.")
		// A second invoice is not what the offer gives something for.
		c.pays(row.ID)
		if got := c.whyOf(row.ID); len(got) != 2 || got[1].Why != string(rewards.WhyNotFirst) || !strings.Contains(got[1].Text, "was not the first") {
			t.Errorf("a later payment: %+v", got)
		}
		refund(row, 900_00)
		if got := c.whyOf(row.ID); got[0].Why != string(rewards.WhyUndone) || got[0].Earned.Minor != 0 {
			t.Errorf("after all was refunded: %+v", got)
		}

		held := closed(c.somebody().ID)
		id := c.rewardOf(held).ID
		c.felix.Post("/rewards/"+id+"/hold", map[string]string{"reason": "The order names another company."}, nil)
		if got := c.whyOf(held.ID); got[0].Why != string(rewards.WhyHeld) || !strings.Contains(got[0].Text, "A colleague stopped it") || got[0].RewardID != id {
			t.Errorf("held: %+v", got)
		}
		c.felix.Post("/rewards/"+id+"/reject", map[string]string{"reason": "Their own company.", "why": "self"}, nil)
		if got := c.whyOf(held.ID); got[0].Why != string(rewards.WhyRejected) || !strings.Contains(got[0].Text, "themselves or their own company") {
			t.Errorf("rejected: %+v", got)
		}

		bo := c.somebody()
		refused := closed(bo.ID)
		_, err := c.App.Rewards.Decline(c.Context(), bo.ID, c.rewardOf(refused).ID)
		w.Must(err)
		c.wants(refused, "did not want 80.00 EUR", rewards.WhyDeclined, rewards.WhyMost)

		// An older debt is paid out of the next reward.
		di := c.somebody()
		debt := closed(di.ID)
		w.Skip(31 * day)
		paid := c.rewardOf(debt)
		if paid.State != rewards.Issuing {
			t.Fatalf("after the refund window the reward is %s (%s)", paid.State, paid.HeldReason)
		}
		c.felix.Post("/rewards/"+paid.ID+"/mark-paid", map[string]string{"reference": "SEPA 1"}, nil)
		refund(debt, 600_00)
		next := closed(di.ID)
		w.Skip(31 * day)
		if got := c.whyOf(next.ID); !slices.ContainsFunc(got, func(x why) bool {
			return x.Why == string(rewards.WhyNetted) && strings.Contains(x.Text, "50.00 EUR of it paid back an older thank-you")
		}) {
			t.Errorf("netted: %+v, the debt is %+v", got, c.rewardOf(debt))
		}
		w.Verify("after the questions")
	})
}
