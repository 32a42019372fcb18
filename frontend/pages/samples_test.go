package pages_test

import (
	"github.com/a-h/templ"

	"goodword/frontend"
	"goodword/frontend/pages"
	"goodword/internal/i18n"
)

// evil is in every text that people may type.
const evil = `<script>alert(1)</script>"'&`

const longName = "Maximiliane-Theodora von und zu Hohenlohe-Waldenburg-Schillingsfürst " + evil

func shell(l i18n.Locale, title string) pages.Shell {
	return pages.Shell{Locale: l, Title: title, Company: "Nordwind Lagertechnik", CSS: frontend.PageCSS(), Script: "/assets/pages.js",
		Brand: "--brand:#1f5f4a;--brand-ink:#ffffff;--brand-dark:#5fb394", Icon: "data:image/svg+xml,x",
		Imprint: "Nordwind Lagertechnik GmbH, Hafenstraße 12, 20457 Hamburg", PrivacyURL: "https://example.com/privacy", TermsURL: "https://example.com/terms"}
}

func guest(l i18n.Locale, title string) pages.Shell {
	s := shell(l, title)
	s.NotMe = &pages.Press{Action: "/c/token/not-me", Nonce: "n", Text: l.T("hello.not_me", "name", "Ana")}
	return s
}

func form(action string, wrong ...pages.Problem) pages.Form {
	return pages.Form{Action: action, Nonce: "nonce", Draft: "draft", Problems: wrong}
}

func options(l i18n.Locale, prefix string, values ...string) []pages.Option {
	var out []pages.Option
	for _, v := range values {
		out = append(out, pages.Option{Value: v, Text: l.T(prefix + v)})
	}
	return out
}

func steps(l i18n.Locale, reached int) []pages.Step {
	var out []pages.Step
	for i, k := range []string{"sent", "yes", "hands", "customer", "reward"} {
		out = append(out, pages.Step{Text: l.T("done.step." + k), Done: i < reached})
	}
	return out
}

const qr = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 21 21" role="img" aria-label="QR"><path d="M0 0h7v7H0zM14 0h7v7h-7z"/></svg>`

var sources = []string{"peer", "colleague", "neighbour", "supplier", "customer"}

func warm(l i18n.Locale, name string) pages.Warm {
	return pages.Warm{Shell: shell(l, "x"), Introducer: name, First: "Ana", From: "Kranich Spedition", Initial: "A",
		Note:    "Ben, you told me about the night shifts nobody can plan. Rosa fixed exactly that for us in two weeks.",
		Heading: l.T("warm.title", "name", "Ana", "company", "Nordwind Lagertechnik"), WhatWeDo: "We plan warehouses so that nobody waits for a pallet.",
		Quote: &pages.Quote{Text: "Nobody waits any more. " + evil, By: "Ana Krüger, Kranich Spedition", Rating: 4, Disclosure: "The author was offered a thank-you for writing this, whatever it says."},
		Offer: []string{"As a welcome you get €50.00 (a discount code) when you say yes."}, Until: "14 May 2027",
		Thanks: []string{"Ana gets €100.00 as a thank-you when you become a customer."},
		YesURL: "/i/t/yes", LaterURL: "/i/t/later", NoURL: "/i/t/no", OtherURL: "/i/t/other", Given: l.T("warm.given", "name", "Ana", "what", l.T("given.first_name")), DataURL: "/i/t/data",
		Rep: pages.Rep{Name: "Rosa Lindqvist", Email: "rosa@nordwind.example"}}
}

func yes(l i18n.Locale) pages.Yes {
	return pages.Yes{Shell: shell(l, "x"), Form: form("/i/t/yes"), Heading: l.T("warm.yes_title"), Rep: "Rosa Lindqvist", Zone: "Europe/Berlin (CEST)",
		Slots:    []pages.Option{{Value: "2026-05-13T07:00:00Z", Text: "Wednesday, 13 May 2026, 09:00 CEST"}, {Value: "2026-05-13T07:30:00Z", Text: "Wednesday, 13 May 2026, 09:30 CEST"}},
		TellText: l.T("warm.tell", "name", "Ana"), Consent: l.T("warm.consent", "company", "Nordwind Lagertechnik"), Go: l.T("warm.confirm"), BackURL: "/i/t"}
}

// samples are all pages in the states that look.md names: empty, long, wrong, done.
func samples(l i18n.Locale) map[string]templ.Component {
	line := func(name, state string, reached int) pages.Line {
		return pages.Line{Name: name, State: l.T("introduction.state."+state, "name", name), URL: "/c/t/introductions/1", When: l.T("mine.sent_at", "date", "12 May 2026"), Steps: steps(l, reached)}
	}
	introduce := func(wrong ...pages.Problem) pages.Introduce {
		v := pages.Introduce{Shell: guest(l, l.T("introduce.title")), Form: form("/c/t/introduce", wrong...), Suits: "a warehouse manager with 20 people or more",
			Chips: []string{l.T("introduce.chip.need"), l.T("introduce.chip.change")}, Names: []pages.Chip{{Text: "Ben (Acme)", Value: "Ben", URL: "/c/t/introduce?suggestion=1"}},
			LeadText: l.T("introduce.lead_text"), BackURL: "/c/t"}
		for _, s := range sources {
			v.Ideas = append(v.Ideas, pages.Option{Value: s, Text: l.T("source." + s), Help: l.T("introduce.idea." + s)})
		}
		return v
	}
	wrong := introduce(pages.Problem{Field: "first_name", Message: l.T("problem.required")}, pages.Problem{Field: "expects", Message: l.T("problem.expects")})
	wrong.How, wrong.Portal, wrong.Note = "portal", true, evil
	wrong.PortalText, wrong.ExpectsText = l.T("introduce.portal_text", "company", "Nordwind"), l.T("introduce.expects", "company", "Nordwind")
	send := pages.Send{Shell: guest(l, "x"), Form: form("/c/t/introductions/1"), Name: "Ben", Heading: l.T("send.title", "name", "Ben"), Text: l.T("send.text", "name", "Ben"),
		Preview: warm(l, "Ana Krüger"), Note: "Ben, you told me", Message: l.T("send.hi", "name", "Ben") + "\n\n" + evil, BackURL: "/c/t", Remind: true,
		Ways: options(l, "channel.", "share", "whatsapp", "sms", "mail", "copy", "qr"), DoneURL: "/c/t/introductions/1/done"}
	send.Preview.Inside = true
	sent := send
	sent.Sent, sent.Show, sent.QR = l.T("send.sent", "name", "Ben"), "qr", qr
	copied := sent
	copied.Show = "copy"
	yesWrong := yes(l)
	yesWrong.Problems = pages.Problems{{Field: "how", Message: l.T("problem.choose")}, {Field: "email", Message: l.T("problem.email")}}
	yesWrong.How, yesWrong.Email, yesWrong.AskName, yesWrong.AskSentBy = "email", evil, true, true
	testimonial := func(wrong ...pages.Problem) pages.Testimonial {
		return pages.Testimonial{Shell: guest(l, l.T("testimonial.title")), Form: form("/c/t/testimonial", wrong...), Heading: l.T("testimonial.title"), Rating: 4, Text: "", SignedAs: "full", Name: "Ana Krüger",
			Chips: []string{l.T("testimonial.chip.person"), l.T("testimonial.chip.smooth")}, Channels: options(l, "consent.", "website", "sales", "social", "ads"),
			Signs: options(l, "testimonial.sign_", "full", "first_company", "anonymous"), OwnText: l.T("testimonial.allow_own", "company", "Nordwind"), PublicText: l.T("testimonial.allow_public"),
			LogoText: l.T("testimonial.logo"), Thanks: []string{"As a thank-you for your time you get €10.00, whatever you write."}, Disclosure: "The author was offered a thank-you for writing this, whatever it says.", BackURL: "/c/t"}
	}
	earned := []pages.Earned{
		{ID: "1", For: l.T("reward.for", "name", longName), Amount: "€100.00", State: l.T("reward.state.choose"), Detail: l.T("reward.choose_by", "date", "14 May 2026"),
			Choices: []pages.Option{{Value: "invoice_credit", Text: l.T("rail.invoice_credit")}, {Value: "manual", Text: l.T("rail.manual")}}, Declinable: true},
		{ID: "2", For: l.T("reward.for_testimonial"), Amount: "€10.00", State: l.T("reward.state.issued"), Code: "k7m2-p9ab"},
		{ID: "3", For: l.T("reward.for_somebody"), State: l.T("reward.state.pending", "date", "14 May 2026")},
		{ID: "4", For: l.T("reward.for", "name", "Ben"), Amount: "€25.00", State: l.T("reward.state.issued"), Gift: &pages.Gift{Label: "Bookshop voucher", UseBy: l.T("gift.use_by", "date", "31 December 2027")}},
		{ID: "5", For: l.T("reward.for", "name", longName), Amount: "€25.00", State: l.T("reward.state.issued"), Gift: &pages.Gift{Label: longName, Code: "GIFT-7QX2-99KD-PLMN-3481-5567-AAZZ", PIN: "4711"}},
		{ID: "6", For: l.T("reward.for_somebody"), State: l.T("reward.state.issued"), Gift: &pages.Gift{StepUp: &pages.Anchor{Text: l.T("hello.step_up_link"), URL: "/c/t/code?next=rewards"}}},
	}
	hello := pages.Hello{Shell: guest(l, l.T("hello.page")), FirstName: "Ana", Heading: "Whom would you introduce to us?", Body: []string{"One name and one line in your own words. You send it yourself, and nobody hears from us who has not said yes."},
		Suits: "a warehouse manager with 20 people or more", Gets: []string{"The person you introduce gets €50.00 as a welcome with a yes."}, Thanks: []string{"As a thank-you you get €100.00 when somebody you introduce becomes a customer."},
		Asks: []pages.Anchor{{Text: l.T("hello.introduce"), URL: "/c/t/introduce"}, {Text: l.T("hello.testimonial"), URL: "/c/t/testimonial"}}, MineURL: "/c/t/mine", QR: qr}
	full := hello
	full.FirstName = longName
	full.Open = []pages.Line{line("Ben", "invited", 1), line(longName, "in_pipeline", 3)}
	full.StepUp = &pages.Anchor{Text: l.T("hello.step_up_link"), URL: "/c/t/code"}
	answered := pages.Answered{Shell: shell(l, l.T("warm.thanks")), Form: form("/i/t"), Heading: l.T("warm.thanks"), Next: []string{l.T("warm.next_email", "rep", "Rosa Lindqvist", "when", "Tuesday, 14 May 2026, 15:00 CEST")},
		Undo: l.T("warm.undo_until", "time", "10:15"), Slot: "Wednesday, 13 May 2026, 09:00 CEST", Calendar: "/i/t/talk.ics", Rep: pages.Rep{Name: "Rosa Lindqvist", Title: "Warehouse planner", Email: "rosa@nordwind.example", Phone: "+49 40 1234567"},
		Code: "k7m2-p9ab", CodeText: l.T("warm.code", "what", "€50.00"), Steps: []pages.Step{{Text: l.T("warm.step.yes"), Done: true}, {Text: l.T("warm.step.talk")}, {Text: l.T("warm.step.customer")}},
		ChangeURL: "/i/t/yes", DataURL: "/i/t/data", NoURL: "/i/t/no"}
	ask := pages.Ask{Shell: shell(l, l.T("no.title")), Form: form("/i/t/no"), Heading: l.T("no.title"), Text: []string{l.T("no.text"), l.T("no.introducer", "name", "Ana")}, Back: l.T("no.keep"), Go: l.T("warm.no"), GoName: "answer", GoValue: "no"}
	later := pages.Ask{Shell: shell(l, l.T("later.title")), Form: form("/i/t/later", pages.Problem{Field: "months", Message: l.T("problem.choose")}), Heading: l.T("later.title"), Name: "months", Legend: l.T("later.when"),
		Options: []pages.Option{{Value: "1", Text: l.N("later.months", 1)}, {Value: "3", Text: l.N("later.months", 3)}}, Inputs: []pages.Input{{Name: "email", Label: l.T("page.email"), Help: l.T("later.email_help"), Type: "email", Optional: true, Value: evil}},
		Go: l.T("later.go"), Help: []string{l.T("later.calendar")}, Links: []pages.Anchor{{Text: l.N("later.months", 1), URL: "/i/t/later.ics?months=1"}}, BackURL: "/i/t"}
	long := warm(l, longName)
	bare := pages.Warm{Shell: shell(l, "x"), Heading: l.T("public.title", "company", "Nordwind Lagertechnik"), WhatWeDo: "We plan warehouses.", YesURL: "/q/x/yes", LaterURL: "/q/x/later", NoURL: "/q/x/no"}
	return map[string]templ.Component{
		"hello":           pages.ShowHello(hello),
		"hello_full":      pages.ShowHello(full),
		"introduce":       pages.ShowIntroduce(introduce()),
		"introduce_wrong": pages.ShowIntroduce(wrong),
		"send":            pages.ShowSend(send),
		"send_sent":       pages.ShowSend(sent),
		"send_copy":       pages.ShowSend(copied),
		"story":           pages.ShowStory(pages.Story{Shell: guest(l, "x"), Heading: "Ben: x", Line: pages.Line{Steps: steps(l, 3), When: "12 May", Told: []string{evil}}, Next: []pages.Anchor{{Text: l.T("done.another"), URL: "/c/t/introduce"}}}),
		"done":            pages.ShowDone(pages.Done{Shell: guest(l, l.T("done.title")), Form: form("/c/t/introductions/1/done"), Heading: l.T("done.title"), Name: "Ben", Steps: steps(l, 1), Usually: []string{l.T("done.text", "name", "Ben"), l.T("done.usually")}, Sources: options(l, "done.source.", append(sources, "other")...), Rails: options(l, "rail.", "invoice_credit", "manual"), Saved: l.T("done.saved"), Next: []pages.Anchor{{Text: l.T("hello.testimonial"), URL: "/"}, {Text: l.T("done.another"), URL: "/"}, {Text: l.T("done.finish"), URL: "/"}}}),
		"warm":            pages.ShowWarm(warm(l, "Ana Krüger")),
		"warm_long":       pages.ShowWarm(long),
		"warm_public":     pages.ShowWarm(bare),
		"yes":             pages.ShowYes(yes(l)),
		"yes_wrong":       pages.ShowYes(yesWrong),
		"answered":        pages.ShowAnswered(answered),
		"ask_no":          pages.ShowAsk(ask),
		"ask_later":       pages.ShowAsk(later),
		"notice":          pages.ShowNotice(pages.Notice{Shell: shell(l, "x"), Heading: l.T("error.title.internal"), Text: []string{l.T("error.internal")}, RequestID: "ABCDEF", Message: evil, MessageLabel: l.T("send.message"), Rep: pages.Rep{Name: "Rosa", Email: "rosa@nordwind.example"}}),
		"mine":            pages.ShowMine(pages.Mine{Shell: guest(l, "x"), Introductions: []pages.Line{line("Ben", "won", 4), line(longName, "lost", 0)}, Rewards: earned, Testimonials: []pages.Line{{Name: evil, State: l.T("testimonial.state.published"), URL: "/", When: "x"}}, RewardsURL: "/c/t/rewards", Next: hello.Asks, Rights: []pages.Anchor{{Text: l.T("mine.less"), URL: "/"}, {Text: l.T("mine.data"), URL: "/"}}, BackURL: "/c/t", StepUp: full.StepUp}),
		"mine_empty":      pages.ShowMine(pages.Mine{Shell: guest(l, "x"), Rights: []pages.Anchor{{Text: l.T("mine.less"), URL: "/"}}, BackURL: "/c/t"}),
		"rewards":         pages.ShowRewards(pages.Rewards{Shell: guest(l, "x"), Form: form("/c/t/rewards", pages.Problem{Field: "rail", Message: l.T("problem.choose")}), Items: earned, Wrong: "1", BackURL: "/c/t/mine"}),
		"rewards_appeal": pages.ShowRewards(pages.Rewards{Shell: guest(l, "x"), Form: form("/c/t/rewards", pages.Problem{Field: "text", Message: l.T("problem.appeal")}), Wrong: "9", Said: evil, BackURL: "/c/t/mine",
			Items: []pages.Earned{{ID: "9", For: longName, State: l.T("reward.state.reversed"), Detail: l.T("reward.rejected.self"), Appeal: &pages.Appeal{Open: true, Text: l.T("appeal.open")}},
				{ID: "8", For: longName, State: l.T("reward.state.reversed"), Appeal: &pages.Appeal{Text: l.T("appeal.refused"), Answer: l.T("appeal.answer", "answer", evil)}}}}),
		"rewards_empty":     pages.ShowRewards(pages.Rewards{Shell: guest(l, "x"), Form: form("/c/t/rewards"), Saved: l.T("reward.saved"), BackURL: "/c/t/mine"}),
		"data":              pages.ShowData(pages.Data{Shell: guest(l, "x"), Form: form("/c/t/data"), Facts: []pages.Fact{{Name: l.T("data.name"), Value: longName}}, Email: evil, BackURL: "/c/t/mine"}),
		"testimonial":       pages.ShowTestimonial(testimonial()),
		"testimonial_wrong": pages.ShowTestimonial(testimonial(pages.Problem{Field: "text", Message: l.T("problem.own_words")})),
		"said":              pages.ShowSaid(pages.Said{Shell: guest(l, "x"), Form: form("/c/t/testimonial"), Heading: l.T("testimonial.said"), State: l.T("testimonial.state.submitted"), Text: []string{l.T("testimonial.next")}, Quote: pages.Quote{Text: evil, Rating: 5, By: longName, Disclosure: "x"}, EditURL: "/", Withdrawable: true, Next: hello.Asks}),
	}
}
