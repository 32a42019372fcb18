package pages_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"goodword/internal/apptest"
	"goodword/internal/campaign"
	"goodword/internal/customer"
	"goodword/internal/reward"
	"goodword/internal/stripesim"
)

// byTransfer lets Ana choose among a transfer and credit, and puts her into the country of the euro.
func byTransfer(p *campaign.Plan, d *customer.Draft) {
	p.Offer.Rewards[0].Rails = []campaign.Rail{campaign.RailTransfer, campaign.RailInvoiceCredit}
	d.Country = "DE"
}

// S3: a link alone neither shows nor changes where the money goes.
func TestBank_ALinkAloneIsNotEnough(t *testing.T) {
	t.Parallel()
	apptest.Each(t, func(w *apptest.World) {
		p := newPlace(t, w, byTransfer)
		if page := w.Browser().Open(p.anaURL + "/bank"); !strings.HasSuffix(page.Path(), "/code") {
			t.Errorf("the account is shown at %s, want the code first", page.Path())
		}
		for _, action := range []string{"start", "look", "replace"} {
			answer, err := http.PostForm(p.anaURL+"/bank", url.Values{"action": {action}})
			w.Must(err)
			w.Must(answer.Body.Close())
			if answer.StatusCode != http.StatusForbidden {
				t.Errorf("%s with the link only is answered %d, want 403", action, answer.StatusCode)
			}
		}
		a, err := w.App.Rewards.AccountFor(w.Context(), p.ana.ID)
		w.Must(err)
		if a.State != reward.AccountNone || len(w.Sim.Dump().Accounts) != 0 {
			t.Errorf("account %+v was made", a)
		}
	})
}

// A newcomer's way: chosen on the page, set up on Stripe's page, paid, and back.
func TestBank_FromTheChoiceThroughStripesPageToYours(t *testing.T) {
	t.Parallel()
	apptest.Each(t, func(w *apptest.World) {
		p := newPlace(t, w, byTransfer)
		b := w.Browser()
		p.confirms(b)
		id, benURL := p.introduces(b)
		w.Browser().Open(benURL+"/yes").Main().Choose("how", "email").Fill("email", benMail).Send().Want(200)
		w.Skip(20 * time.Minute)
		_, err := w.Sim.Checkout(stripesim.Order{CustomerEmail: benMail, AmountMinor: 500_00, Currency: "eur", ClientReferenceID: id})
		w.Must(err)
		w.Settle()

		chosen := b.Open(p.anaURL+"/rewards").Shows("A bank transfer", "You give your bank details there once").Main().Choose("rail", "transfer").Send().Want(200)
		if !strings.HasSuffix(chosen.Path(), "/bank") {
			t.Fatalf("the choice leads to %s, want the bank account", chosen.Path())
		}
		on := chosen.Shows("we never see them").Main().Press("action", "start").Want(200)
		a, err := w.App.Rewards.AccountFor(w.Context(), p.ana.ID)
		w.Must(err)
		at := strings.Index(on.Source, "/_sim/onboard/"+a.ID)
		if a.ID == "" || at < 0 {
			t.Fatalf("the page does not lead to Stripe's page of account %q", a.ID)
		}
		if link := on.Source[at : at+strings.IndexByte(on.Source[at:], '"')]; strings.Contains(link, p.anaURL[strings.LastIndexByte(p.anaURL, '/')+1:]) {
			t.Error("Stripe is told Ana's private link")
		}
		// Back before the details are given: it says so, and looks again when asked.
		token, err := w.App.Customers.Links.Find(w.Context(), w.App.DB, customer.Subject{Purpose: customer.ForCustomer, InvitationID: p.invited.ID})
		w.Must(err)
		back := b.Open(w.URL + "/bank/" + token.ID).Shows("Please finish giving your details")
		if !strings.HasSuffix(back.Path(), "/bank") {
			t.Errorf("back at %s", back.Path())
		}
		w.Browser().Open(w.URL + "/bank/" + token.ID).Shows("open your page again with the link").Hides(p.anaURL)
		w.Sim.PauseWebhooks(true) // a lost word of Stripe's
		w.Must(w.Sim.Onboard(a.ID))
		back.Main().Press("action", "look").Want(200).Shows("Your bank account is ready")
		w.Sim.PauseWebhooks(false)

		w.Skip(31 * 24 * time.Hour)
		w.Settle()
		b.Open(p.anaURL+"/rewards").Shows("Yours", "a bank transfer")
		var paid []stripesim.Effect
		for _, e := range w.Sim.Effects() {
			if e.Kind == "transfer" {
				paid = append(paid, e)
			}
		}
		if len(paid) != 1 || paid[0].AmountMinor != 100_00 || paid[0].Payee != a.ID {
			t.Errorf("transfers %+v, want one of 100.00 to %s", paid, a.ID)
		}

		// Another account: told by mail, paused for three days.
		b.Open(p.anaURL+"/bank?do=replace").Shows("nothing is transferred to you for three days").Main().Press("action", "replace").Want(200).Shows("Open Stripe's page")
		w.Settle()
		letter := w.Mail(anaMail, "Your bank account was changed")
		if strings.Contains(letter.Text, p.anaURL) {
			t.Error("the notice carries a link to the page")
		}
		next, err := w.App.Rewards.AccountFor(w.Context(), p.ana.ID)
		w.Must(err)
		if next.ID == a.ID || next.PausedUntil.Sub(w.App.Now()) != 72*time.Hour && next.PausedUntil.Sub(w.App.Now()).Round(time.Minute) != 72*time.Hour {
			t.Errorf("account %s paused until %s", next.ID, next.PausedUntil)
		}
	})
}

// While Stripe is down nothing is lost and the page says what to do.
func TestBank_StripeDown(t *testing.T) {
	t.Parallel()
	apptest.Each(t, func(w *apptest.World) {
		p := newPlace(t, w, byTransfer)
		b := w.Browser()
		p.confirms(b)
		w.Sim.Script("/v1/accounts", stripesim.Fault{Kind: stripesim.FaultUnavailable})
		b.Open(p.anaURL+"/bank").Main().Press("action", "start").Want(422).Shows("Stripe did not answer")
		b.Open(p.anaURL+"/bank").Main().Press("action", "start").Want(200).Shows("Open Stripe's page")
	})
}
