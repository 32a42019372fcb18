package pages_test

import (
	"strings"
	"testing"
	"time"

	"goodword/internal/apptest"
	"goodword/internal/audit"
	"goodword/internal/campaign"
	"goodword/internal/customer"
	"goodword/internal/introduction"
	"goodword/internal/money"
	"goodword/internal/staff"
)

// Whoever needs a tax form reads why and what to do, on the page and in one mail, and need do nothing else once it is there.
func TestTax_TheOwnerReadsWhatToDo(t *testing.T) {
	t.Parallel()
	for language, c := range map[string]struct{ before, after, subject, what string }{
		"en": {"It waits for a tax form from you. In the United States we may pay $2,000.00 or more", "On its way", "We need a tax form from you", "do not send the form or your tax number by mail"},
		"de": {"Es wartet auf ein Steuerformular von Ihnen.", "Unterwegs", "brauchen wir ein Steuerformular", "weder das Formular noch Ihre Steuernummer per Mail"},
	} {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			apptest.Each(t, func(w *apptest.World) {
				p := newPlace(t, w, func(plan *campaign.Plan, d *customer.Draft) {
					d.Language, d.Country = language, "US"
					plan.Offer.Currency = "USD"
					plan.Offer.Rewards = []campaign.Rule{{To: campaign.ToCustomer, On: campaign.OnWon, AmountMinor: 2_000_00, Rails: []campaign.Rail{campaign.RailManual}}}
				})
				m := w.Member(staff.NewMember{Email: "finn@brightwater.example", Name: "Finn", Role: staff.Finance})
				finn := audit.Actor{Kind: audit.KindStaff, ID: m.ID, Name: m.Name, Role: string(m.Role)}
				b := w.Browser()
				id, benURL := p.introduces(b)
				w.Browser().Open(benURL+"/yes").Main().Choose("how", "email").Fill("email", benMail).Send().Want(200)
				w.Skip(20 * time.Minute)
				_, err := w.App.Introductions.RecordDeal(w.Context(), introduction.NewDeal{IntroductionID: id, Source: introduction.FromStripe, ExternalID: "in_1",
					Amount: money.New(9_000_00, "USD"), Actor: system})
				w.Must(err)
				w.Skip(31 * 24 * time.Hour)
				w.Settle()
				rows, err := w.App.Rewards.ForCustomer(w.Context(), p.ana.ID)
				w.Must(err)
				_, err = w.App.Rewards.Approve(w.Context(), finn, rows[0].ID, "")
				w.Must(err)
				w.Sweep()
				b.Open(p.anaURL+"/rewards").Shows(c.before, "W-9", "W-8BEN")
				if m := w.Mail(anaMail, c.subject); !strings.Contains(m.Text, c.what) {
					t.Errorf("the mail says %q", m.Text)
				}
				w.Must(w.App.Rewards.NoteTaxForm(w.Context(), finn, p.ana.ID, "W-9", w.Now().UTC().Format(time.DateOnly)))
				w.Sweep()
				b.Open(p.anaURL + "/rewards").Shows(c.after).Hides("W-9")
			})
		})
	}
}
