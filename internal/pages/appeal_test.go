package pages_test

import (
	"strings"
	"testing"
	"time"

	"goodword/internal/apptest"
	"goodword/internal/audit"
	"goodword/internal/db"
	"goodword/internal/i18n"
	"goodword/internal/introduction"
	"goodword/internal/money"
	"goodword/internal/reward"
	"goodword/internal/staff"
)

// S8: that somebody was a customer, or had been introduced before, is theirs: its introducer reads what everybody reads whose reward does
// not fit the terms.
func TestRejected_SaysNothingOfWhomTheyIntroduced(t *testing.T) {
	t.Parallel()
	for _, lang := range i18n.Languages() {
		l := i18n.For(lang)
		for _, why := range []string{"customer", "duplicate"} {
			if got, want := l.T("reward.rejected."+why), l.T("reward.rejected.terms"); got != want {
				t.Errorf("%s, %s: %q, want %q", lang, why, got, want)
			}
		}
	}
}

// The owner of a reward that a check has stopped reads that somebody looks, after a rejection why, and has a way to a person
// (GDPR 22). What colleagues noted is not on their page.
func TestAppeal_FromBeingCheckedToTheAnswer(t *testing.T) {
	t.Parallel()
	apptest.Each(t, func(w *apptest.World) {
		p := newPlace(t, w)
		finn := w.Member(staff.NewMember{Email: "finn@brightwater.example", Name: "Finn", Role: staff.Finance})
		olga := w.Member(staff.NewMember{Email: "olga@brightwater.example", Name: "Olga", Role: staff.Owner})
		actor := func(m staff.Member) audit.Actor {
			return audit.Actor{Kind: audit.KindStaff, ID: m.ID, Name: m.Name, Role: string(m.Role)}
		}
		b := w.Browser()
		p.confirms(b)
		id, benURL := p.introduces(b)
		w.Browser().Open(benURL+"/yes").Main().Choose("how", "email").Fill("email", benMail).Send().Want(200)
		w.Skip(20 * time.Minute)
		// Ben pays as Ana does.
		_, err := w.App.Introductions.RecordDeal(w.Context(), introduction.NewDeal{IntroductionID: id, Source: introduction.FromStripe, ExternalID: "in_1",
			Amount: money.New(500_00, "EUR"), StripeCustomer: p.ana.StripeCustomer, Actor: system})
		w.Must(err)
		w.Skip(31 * 24 * time.Hour)
		w.Settle()
		b.Open(p.anaURL+"/rewards").Shows("Being checked", "Somebody looks at it before it is paid")

		rows, err := w.App.Rewards.ForCustomer(w.Context(), p.ana.ID)
		w.Must(err)
		by, err := reward.ReviewerOf(actor(finn))
		w.Must(err)
		_, err = w.App.Rewards.Reject(w.Context(), by, rows[0].ID, reward.Rejection{Note: "Ben Ossen is a straw man.", Why: "self"})
		w.Must(err)
		w.Settle()
		page := b.Open(p.anaURL+"/rewards").Shows("introducing yourself or your own company", "A person reads it and decides again").Hides("straw man")
		if m := w.Mail(anaMail, "A change to your thank-you"); strings.Contains(m.Text, "straw man") || !strings.Contains(m.Text, "introducing yourself") {
			t.Errorf("the mail says %q", m.Text)
		}
		page.FormWith("appeal", "1").Press("appeal", "1").Want(422).Shows("Please say in a sentence why")
		b.Open(p.anaURL+"/rewards").FormWith("appeal", "1").Fill("text", "We share an accountant.").Press("appeal", "1").Want(200).Shows("A person looks at it and answers here")
		w.Settle()
		w.Mail(olga.Email, "does not agree")

		cases, err := w.App.Rewards.Cases(w.Context(), reward.CaseFilter{State: reward.CaseOpen, Kind: reward.CaseAppeal}, db.Page{})
		w.Must(err)
		if len(cases.Items) != 1 {
			t.Fatalf("%d appeals, want 1", len(cases.Items))
		}
		_, err = w.App.Rewards.ResolveCase(w.Context(), actor(olga), cases.Items[0].ID, reward.Resolution{Action: reward.ActionGrant, Note: "You are right."})
		w.Must(err)
		b.Open(p.anaURL+"/rewards").Shows("you get it after all", "You are right.")
	})
}
