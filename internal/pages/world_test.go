package pages_test

import (
	"strings"
	"testing"

	"goodword/internal/apptest"
	"goodword/internal/audit"
	"goodword/internal/campaign"
	"goodword/internal/customer"
	"goodword/internal/invitation"
	"goodword/internal/staff"
)

const (
	anaMail = "ana.krueger@kranich.example"
	benMail = "ben.ossen@harbor.example"
	note    = "You told me about the night shifts nobody can plan."
)

var system = audit.System("pages.test")

// place is an installation with a live campaign, a rep, and Ana with her private link.
type place struct {
	*apptest.World
	rosa     staff.Member
	ana      customer.Customer
	campaign campaign.Campaign
	invited  invitation.Invitation
	anaURL   string
}

type change func(*campaign.Plan, *customer.Draft)

func newPlace(t *testing.T, w *apptest.World, changes ...change) *place {
	t.Helper()
	p := &place{World: w}
	p.rosa = w.Member(staff.NewMember{Email: "rosa@brightwater.example", Name: "Rosa Lindqvist", Role: staff.Rep, Phone: "+44 117 496 0001", Zone: "Europe/London"})
	plan := campaign.Plan{Name: "Good words", OwnerID: p.rosa.ID, Asks: []campaign.Ask{campaign.AskIntroduction, campaign.AskTestimonial},
		Suits: map[string]string{"en": "a warehouse manager with 20 people or more", "de": "eine Lagerleitung ab 20 Leuten"}, Nudges: campaign.Nudges{UnsentDays: 1, UnansweredDays: 4},
		Trigger: campaign.Trigger{Kind: campaign.TriggerNow},
		Messages: map[string]campaign.Words{
			"en": {Subject: "Who else, {{first_name}}?", Body: "Somebody you know may need this.", PageTitle: "Whom would you introduce to us?", PageBody: "One name and one line are enough.\n\n{{reward}}"},
			"de": {Subject: "Wer noch, {{first_name}}?", Body: "Jemand könnte das brauchen.", PageTitle: "Wen würden Sie empfehlen?", PageBody: "Ein Name und eine Zeile genügen."},
		},
		Offer: campaign.Terms{Currency: "EUR", BudgetMinor: 10_000_00, HoldDays: 30, ProtectionDays: 180, Text: "Terms", DefaultRail: campaign.RailManual,
			Rewards: []campaign.Rule{
				{To: campaign.ToCustomer, On: campaign.OnWon, AmountMinor: 100_00, Rails: []campaign.Rail{campaign.RailInvoiceCredit, campaign.RailManual}},
				{To: campaign.ToCustomer, On: campaign.OnTestimonial, AmountMinor: 10_00, Rails: []campaign.Rail{campaign.RailManual, campaign.RailInvoiceCredit}},
				{To: campaign.ToProspect, On: campaign.OnAccepted, AmountMinor: 50_00, Rails: []campaign.Rail{campaign.RailPromotionCode}},
			}}}
	draft := customer.Draft{FirstName: "Ana", LastName: "Krüger", Email: anaMail, Company: "Kranich Spedition", Language: "en", Country: "GB", Zone: "Europe/London",
		OwnerID: p.rosa.ID, StripeCustomer: w.StripeCustomer(anaMail, "Ana Krüger")}
	for _, c := range changes {
		c(&plan, &draft)
	}
	var err error
	p.ana, err = w.App.Customers.Create(w.Context(), system, draft)
	w.Must(err)
	p.campaign, err = w.App.Campaigns.Create(w.Context(), system, plan)
	w.Must(err)
	p.campaign, err = w.App.Campaigns.Launch(w.Context(), system, p.campaign.ID)
	w.Must(err)
	w.Settle()
	p.invited, p.anaURL, err = w.App.Invitations.Create(w.Context(), system, p.campaign.ID, p.ana.ID, invitation.ByLink)
	w.Must(err)
	return p
}

// introduces lets Ana introduce Ben on her device and tap a channel; it returns Ben's private link.
func (p *place) introduces(b *apptest.Browser) (id, benURL string) {
	p.T.Helper()
	second := b.Open(p.anaURL+"/introduce").Main().Fill("first_name", "Ben").Fill("note", note).Press("how", "self").Want(200)
	second.Main().Press("channel", "copy").Want(200)
	made, err := p.App.Introductions.ForCustomer(p.Context(), p.ana.ID)
	p.Must(err)
	for _, i := range made {
		if i.FirstName == "Ben" {
			url, err := p.App.Introductions.ProspectURL(p.Context(), i.ID)
			p.Must(err)
			return i.ID, url
		}
	}
	p.T.Fatal("Ben was not introduced")
	return "", ""
}

// confirms lets this device confirm the code that is mailed to Ana.
func (p *place) confirms(b *apptest.Browser) {
	p.T.Helper()
	asked := b.Open(p.anaURL+"/code?next=mine").Main().Press("action", "send").Want(200)
	code, _, _ := strings.Cut(p.Mail(anaMail, "is your code").Subject, " ")
	asked.Main().Fill("code", code).Press("action", "confirm").Want(200)
}

// rows counts the rows and versions of every table that a page could touch but the visits (S4).
func (p *place) rows() map[string][2]int64 {
	p.T.Helper()
	out := map[string][2]int64{}
	for table, version := range map[string]string{"customer": "SUM(version)", "introduction": "SUM(version)", "testimonial": "SUM(version)",
		"invitation": "SUM(version)", "reward": "SUM(version)", "private_link": "0", "consent": "0", "step_code": "SUM(tries)", "step_device": "0",
		"share_link": "0", "event": "0", "audit_entry": "0", "task": "0", "ledger_journal": "0", "suppression": "0", "slot": "0", "mail_message": "0"} {
		var n, versions int64
		err := p.App.DB.NewSelect().TableExpr(table).ColumnExpr("COUNT(*)").ColumnExpr("COALESCE("+version+", 0)").Scan(p.Context(), &n, &versions)
		p.Must(err)
		out[table] = [2]int64{n, versions}
	}
	return out
}
