package campaign_test

import (
	"errors"
	"testing"

	"pgregory.net/rapid"

	"goodword/internal/campaign"
	"goodword/internal/customer"
	"goodword/internal/i18n"
	"goodword/internal/money"
)

func eur(minor int64) money.Amount { return money.New(minor, "EUR") }

func TestAmount_EachWayToReward(t *testing.T) {
	t.Parallel()
	tiers := []campaign.Tier{{FromMinor: 0, AmountMinor: 1000}, {FromMinor: 100_000, AmountMinor: 2500}, {FromMinor: 500_000, AmountMinor: 10_000}}
	for _, c := range []struct {
		name string
		rule campaign.Rule
		base int64
		want int64
	}{
		{"fixed", campaign.Rule{AmountMinor: 5000}, 0, 5000},
		{"fixed below its minimum", campaign.Rule{AmountMinor: 5000, MinMinor: 10_000}, 9999, 0},
		{"fixed at its minimum", campaign.Rule{AmountMinor: 5000, MinMinor: 10_000}, 10_000, 5000},
		{"percentage", campaign.Rule{PercentBPS: 500, MaxMinor: 100_000}, 20_000, 1000},
		{"percentage rounded down", campaign.Rule{PercentBPS: 333, MaxMinor: 100_000}, 100, 3},
		{"percentage at its cap", campaign.Rule{PercentBPS: 1000, MaxMinor: 5000}, 1_000_000, 5000},
		{"lowest tier", campaign.Rule{Tiers: tiers}, 0, 1000},
		{"just below a tier", campaign.Rule{Tiers: tiers}, 99_999, 1000},
		{"on a tier", campaign.Rule{Tiers: tiers}, 100_000, 2500},
		{"above all tiers", campaign.Rule{Tiers: tiers}, 9_000_000, 10_000},
	} {
		got, err := c.rule.Amount(eur(c.base))
		if err != nil || got != eur(c.want) {
			t.Errorf("%s: got %s, %v; want %s", c.name, got, err, eur(c.want))
		}
	}
}

func TestAmount_RefusesNegativeBaseAndForeignCurrency(t *testing.T) {
	t.Parallel()
	if _, err := (campaign.Rule{AmountMinor: 1}).Amount(eur(-1)); !errors.Is(err, money.ErrRange) {
		t.Errorf("negative base: %v, want ErrRange", err)
	}
	o := campaign.Offer{Currency: "USD", Rules: []campaign.Rule{{AmountMinor: 1}}}
	if _, err := o.Amount(0, eur(1)); !errors.Is(err, money.ErrCurrency) {
		t.Errorf("EUR deal on a USD offer: %v, want ErrCurrency", err)
	}
	if _, err := o.Amount(1, money.New(1, "USD")); err == nil {
		t.Error("a rule that does not exist earned something")
	}
}

// A percentage is exact whatever the order and size of invoices and refunds: what is owed depends only on the sum.
func TestAmount_PercentageProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		currency := rapid.SampledFrom([]string{"JPY", "USD", "KWD"}).Draw(t, "currency")
		rule := campaign.Rule{
			PercentBPS: rapid.Int64Range(1, 10_000).Draw(t, "bps"), MaxMinor: rapid.Int64Range(1, 1_000_000_000).Draw(t, "max"),
			MinMinor: rapid.Int64Range(0, 1000).Draw(t, "min"),
		}
		var sum, paid int64
		for range rapid.IntRange(1, 20).Draw(t, "invoices") {
			sum += rapid.Int64Range(0, 10_000_000).Draw(t, "invoice")
			total, err := rule.Amount(money.New(sum, currency))
			if err != nil {
				t.Fatal(err)
			}
			if total.Minor < paid {
				t.Fatalf("more paid in, less earned: %d after %d", total.Minor, paid)
			}
			paid = total.Minor
		}
		got, err := rule.Amount(money.New(sum, currency))
		if err != nil {
			t.Fatal(err)
		}
		exact := sum * rule.PercentBPS / 10_000
		if sum < rule.MinMinor {
			exact = 0
		}
		if w := min(exact, rule.MaxMinor); got.Minor != w || got.Currency != currency || got.Minor > rule.MaxPossible() || got.Minor > sum {
			t.Fatalf("%d bps of %d: got %d, want %d", rule.PercentBPS, sum, got.Minor, w)
		}
	})
}

func TestExposure_IsRecipientsTimesPromiseBoundedByBudget(t *testing.T) {
	t.Parallel()
	o := campaign.Offer{Currency: "EUR", BudgetMinor: 618_000, Rules: []campaign.Rule{
		{To: campaign.ToCustomer, On: campaign.OnWon, AmountMinor: 1000},
		{To: campaign.ToProspect, On: campaign.OnAccepted, AmountMinor: 400},
		{To: campaign.ToCustomer, On: campaign.OnTestimonial, AmountMinor: 100},
	}}
	if got := o.MaxPerIntroduction(); got != eur(1400) {
		t.Errorf("per introduction %s, want 14.00", got)
	}
	for _, c := range []struct {
		people int
		want   int64
	}{{0, 0}, {-1, 0}, {1, 1500}, {412, 618_000}, {413, 618_000}, {1 << 62, 618_000}} {
		if got := o.Exposure(c.people); got != eur(c.want) {
			t.Errorf("%d people: %s, want %s", c.people, got, eur(c.want))
		}
	}
}

func TestPromises_FollowTheGiftRule(t *testing.T) {
	t.Parallel()
	o := campaign.Offer{Currency: "EUR", HoldDays: 30, Rules: []campaign.Rule{
		{To: campaign.ToCustomer, On: campaign.OnWon, AmountMinor: 5000, Rails: []campaign.Rail{campaign.RailInvoiceCredit, campaign.RailManual}},
		{To: campaign.ToCustomer, On: campaign.OnTestimonial, AmountMinor: 1000, Rails: []campaign.Rail{campaign.RailManual}},
		{To: campaign.ToProspect, On: campaign.OnAccepted, AmountMinor: 2000, Rails: []campaign.Rail{campaign.RailPromotionCode}},
	}}
	asks := []campaign.Ask{campaign.AskIntroduction, campaign.AskTestimonial}
	en, de := i18n.For("en"), i18n.For("de")
	for _, c := range []struct {
		gift customer.GiftPolicy
		asks []campaign.Ask
		l    i18n.Locale
		want string
	}{
		{customer.GiftPerson, asks, en, "As a thank-you you get €50.00 when somebody you introduce becomes a customer. You get another €10.00 for writing about us, whatever you write."},
		{customer.GiftPerson, asks[:1], en, "As a thank-you you get €50.00 when somebody you introduce becomes a customer."},
		{customer.GiftCompany, asks, en, "As a thank-you you get €50.00 (credit on your next invoice) when somebody you introduce becomes a customer."},
		{customer.GiftCompany, asks, de, "Als Dankeschön bekommen Sie 50,00\u00a0€ (Guthaben auf Ihrer nächsten Rechnung), wenn jemand, den Sie uns vorstellen, Kunde wird."},
		{customer.GiftNone, asks, en, ""},
	} {
		if got := o.RewardLine(c.l, c.gift, c.asks); got != c.want {
			t.Errorf("%s: got  %q\nwant %q", c.gift, got, c.want)
		}
	}
	if got := o.Promises(campaign.ToProspect, customer.GiftNone); len(got) != 1 {
		t.Errorf("the prospect is promised %d things under the introducer's gift rule, want 1", len(got))
	}
	if got, want := o.Promises(campaign.ToCustomer, customer.GiftPerson)[0].ForOther(en, "Ana"), "Ana gets €50.00 as a thank-you when you become a customer."; got != want {
		t.Errorf("the prospect reads %q, want %q", got, want)
	}
}

// Every promise has its sentences in every language.
func TestPromises_EverySentenceExists(t *testing.T) {
	t.Parallel()
	for _, lang := range i18n.Languages() {
		l := i18n.For(lang)
		for _, to := range []campaign.Party{campaign.ToCustomer, campaign.ToProspect} {
			for _, on := range []campaign.Stage{campaign.OnAccepted, campaign.OnQualified, campaign.OnWon, campaign.OnTestimonial} {
				if to == campaign.ToProspect && on == campaign.OnTestimonial {
					continue
				}
				kinds := []string{"you", "other"}
				if to == campaign.ToCustomer {
					kinds = append(kinds, "more")
				}
				for _, kind := range kinds {
					if k := "promise." + kind + "." + string(to) + "." + string(on); !l.Has(k) {
						t.Errorf("%s lacks %s", lang, k)
					}
				}
			}
		}
		for _, p := range []campaign.Promise{
			{Amount: eur(100), PercentBPS: 500, Of: campaign.OfDeal}, {Amount: eur(100), PercentBPS: 500, Of: campaign.OfFirstInvoice},
			{Amount: eur(100), PercentBPS: 500, Of: campaign.OfInvoices, WithinDays: 90}, {Amount: eur(100), From: eur(50)}, {Amount: eur(100)},
		} {
			if got := p.What(l); got == "" || got[0] == 'p' && len(got) > 8 && got[:8] == "promise." {
				t.Errorf("%s: %q for %+v", lang, got, p)
			}
		}
	}
}
