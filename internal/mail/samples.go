package mail

import (
	"time"

	"goodword/internal/money"
)

// Samples returns one message of each template with made-up people, in the order in which they meet them. They are
// what previews, the screenshots and the golden tests show; nobody gets them.
func Samples(lang string) []Message {
	zone := time.FixedZone("CEST", 2*60*60)
	at := time.Date(2026, 5, 12, 15, 0, 0, 0, zone)
	fifty := money.New(5000, "EUR")
	base := "https://goodword.example"
	ana, ben, rosa := Address{"Ana Ruiz", "ana@ruiz.example"}, Address{"Ben Okafor", "ben@acme.example"}, Address{"Rosa Marsh", "rosa@example.com"}
	page, warm := base+"/c/2b7f0c1aJp5Zt9QyM8Lw3XuRd4k", base+"/i/9GhT2kLm5NpQ7rSvWx3Yz8AbCdE"
	body := "Hi Ana,\n\nyour new line has been running for six weeks, and it seems to run well.\n\nYou surely know someone with the same worry you had last autumn. A line from you is worth more to them than any leaflet of ours. Ben gets 10% off the first order, and you get €50.00 when it comes to one."
	suits, suggested := "a warehouse manager with 20 people or more", "Ben at Acme"
	note := "Ben, these are the people who sorted out our night shifts.\nTalk to Rosa, she listens first."
	if lang == "de" {
		body = "Hallo Ana,\n\nIhre neue Anlage läuft jetzt seit sechs Wochen, und wie es scheint, läuft sie gut.\n\nSie kennen bestimmt jemanden mit derselben Sorge, die Sie im letzten Herbst hatten. Ein Satz von Ihnen ist mehr wert als jeder Prospekt von uns. Ben bekommt 10 % auf die erste Bestellung, und Sie bekommen 50,00 €, wenn es dazu kommt."
		suits, suggested = "eine Lagerleitung mit 20 Leuten oder mehr", "Ben bei Acme"
		note = "Ben, das sind die Leute, die unsere Nachtschichten in Ordnung gebracht haben.\nSprich mit Rosa, sie hört erst einmal zu."
	}
	subject := map[string]string{"de": "Wem dürfen wir als Nächstes helfen?"}[lang]
	if subject == "" {
		subject = "Whom may we help next?"
	}
	invitation := Invitation{Subject: subject, Body: body, Suits: suits, Ask: "introduction", URL: page + "/introduce", SuggestedName: suggested,
		SuggestedURL: page + "/introduce?for=1", NotNowURL: page + "?later=1", ShareURL: base + "/r/k7m2p9", RepName: rosa.Name}
	to := func(who Address, v View) Message {
		return Message{Key: "sample:" + v.template(), View: v, To: who, FromName: "Rosa at Example", ReplyTo: rosa, Lang: lang,
			UnsubscribeURL: "", Scope: "01890000-0000-7000-8000-000000000001"}
	}
	stoppable := func(who Address, v View) Message {
		m := to(who, v)
		m.UnsubscribeURL = base + "/u/5TgB6yHn7UjM8iKl9OpQ1aZ2wSx"
		return m
	}
	asking := func(v View) Message { return stoppable(ana, v) }
	return []Message{
		asking(invitation),
		asking(InvitationReminder(invitation)),
		to(ana, FreshLink{FirstName: "Ana", URL: page}),
		to(ana, StepCode{FirstName: "Ana", Code: "482913", Minutes: 10}),
		asking(NudgeUnsent{FirstName: "Ana", ProspectName: "Ben", URL: page + "/introduce?draft=1", OffURL: page + "?quiet=1", RepName: rosa.Name}),
		asking(NudgeUnanswered{FirstName: "Ana", ProspectName: "Ben", URL: page + "/introduce?line=1", Line: note, OffURL: page + "?quiet=1", RepName: rosa.Name}),
		to(ana, IntroductionAccepted{FirstName: "Ana", ProspectName: "Ben", RepName: rosa.Name, URL: page, ContactBy: at, Reward: fifty}),
		to(rosa, RepAccepted{RepName: "Rosa", ProspectName: ben.Name, ProspectCompany: "Acme Storage", IntroducerName: ana.Name, IntroducerCompany: "Ruiz Logistics",
			Note: note, How: "email", ContactEmail: ben.Email, ContactPhone: "+44 20 7946 0958", AnswerBy: at, Campaign: "Order placed", URL: base + "/console/introductions/1"}),
		to(ben, ProspectConfirmation{FirstName: "Ben", IntroducerName: ana.Name, RepName: rosa.Name, RepEmail: rosa.Email, RepPhone: "+44 20 7946 0999", How: "slot",
			SlotAt: at.AddDate(0, 0, 2), UndoUntil: at.Add(15 * time.Minute), CalendarURL: warm + "/talk.ics", CodeFollows: true, URL: warm}),
		to(ben, ProspectWelcomeCode{FirstName: "Ben", IntroducerName: ana.Name, Code: "WELCOME-7K2M", PercentBPS: 1000, ExpiresAt: at.AddDate(0, 2, 0), RepName: rosa.Name, URL: warm}),
		stoppable(ben, ProspectIntroduction{FirstName: "Ben", IntroducerName: ana.Name, IntroducerCompany: "Ruiz Logistics", Note: note, DeletedAt: at.AddDate(0, 0, 31),
			PrivacyURL: "https://example.com/privacy", RepName: rosa.Name, URL: warm}),
		to(ana, TestimonialQuote{FirstName: "Ana", Text: note, RepName: rosa.Name, URL: page + "/testimonial"}),
		to(ben, ProspectLater{FirstName: "Ben", IntroducerName: ana.Name, Note: note, RepName: rosa.Name, URL: warm}),
		to(ben, ProspectReplyConfirm{FirstName: "Ben", IntroducerName: ana.Name, RepName: rosa.Name, RepEmail: rosa.Email, Words: "Sounds good, give me a call next week.", UndoUntil: at.Add(15 * time.Minute), URL: warm}),
		to(ana, IntroductionMeeting{FirstName: "Ana", ProspectName: "Ben", RepName: rosa.Name, URL: page, Line: "Ben and I looked at his night shifts. You were right."}),
		to(ana, IntroductionWon{FirstName: "Ana", ProspectName: "Ben", RepName: rosa.Name, URL: page + "/rewards", Reward: fifty, PayableAt: at.AddDate(0, 0, 30), Choose: true}),
		to(ana, Thanks{FirstName: "Ana", ProspectName: "Ben", RepName: rosa.Name, Line: "His night shifts start on Monday, and he still talks about your dispatch board.", URL: page + "/introduce"}),
		to(ana, IntroductionStopped{FirstName: "Ana", ProspectName: "Ben", RepName: rosa.Name, URL: page}),
		to(ana, RewardReady{FirstName: "Ana", Reward: fifty, ProspectName: "Ben", URL: page + "/rewards", ChooseBy: at.AddDate(0, 0, 14), DefaultRail: "invoice_credit"}),
		to(ana, RewardReminder{FirstName: "Ana", Reward: fifty, ProspectName: "Ben", URL: page + "/rewards", ChooseBy: at.AddDate(0, 0, 14)}),
		to(ana, RewardPaid{FirstName: "Ana", Reward: fifty, Rail: "invoice_credit", ProspectName: "Ben", RepName: rosa.Name, URL: page + "/rewards"}),
		to(ana, RewardReversed{FirstName: "Ana", ProspectName: "Ben", Taken: money.New(2000, "EUR"), Left: money.New(3000, "EUR"), RepName: rosa.Name, URL: page + "/rewards"}),
		to(ana, TestimonialThanks{FirstName: "Ana", URL: page + "/testimonial", RepName: rosa.Name}),
		to(ana, TestimonialChangeRequested{FirstName: "Ana", Request: "May we leave out the name of your colleague, who has not been asked?", URL: page + "/testimonial", RepName: rosa.Name}),
		to(ana, TestimonialApproved{FirstName: "Ana", Channels: []string{"website", "sales"}, URL: page + "/testimonial", RepName: rosa.Name}),
		to(rosa, RepLeadTask{RepName: "Rosa", IntroducerName: ana.Name, ProspectName: "Ben", ProspectCompany: "Acme Storage", Sentences: note, DueAt: at.AddDate(0, 0, 3), URL: base + "/console/tasks/1"}),
		to(rosa, RepTask{RepName: "Rosa", Kind: "recovery", Title: "Call Ana about the late delivery", CustomerName: "Ana Ruiz", DueAt: at, URL: base + "/console/tasks/2"}),
		to(rosa, MoneyAlert{Name: "Rosa", Kind: "books", Count: 2, First: "reward 0197: it is approved with EUR 50.00, but L:payable holds 0 instead of 5000", Paused: true,
			URL: base + "/console/rewards?tab=cases"}),
		to(rosa, StaffSetup{Name: "Rosa", InvitedBy: "Mara Lind", Role: "rep", ExpiresAt: at.AddDate(0, 0, 3), URL: base + "/console/setup/3EdC4rFv5TgB6yHn7UjM8iKl9Op"}),
		to(ana, RewardPayee{FirstName: "Ana", Reward: money.New(5000, "EUR"), RepName: rosa.Name, URL: base + "/c/3EdC4rFv5TgB6yHn7UjM8iKl9Op/rewards"}),
		to(ana, RewardTaxForm{FirstName: "Ana", Reward: money.New(25000, "USD"), Limit: money.New(200000, "USD"), RepName: rosa.Name, URL: page + "/rewards"}),
		to(ana, DonationSent{FirstName: "Ana", Reward: fifty, Charity: "Library on Wheels", SentOn: at, ProspectName: "Ben", RepName: rosa.Name, URL: page + "/rewards"}),
		to(ana, PayeeChanged{FirstName: "Ana", ChangedAt: at, PaysAgainAt: at.Add(72 * time.Hour)}),
		to(ana, PayeeSentBack{FirstName: "Ana", RepName: rosa.Name, URL: page + "/bank"}),
		to(ana, AddressChanged{FirstName: "Ana", NewAddress: "a…@newjob.example", ChangedAt: at, RepName: rosa.Name}),
	}
}
