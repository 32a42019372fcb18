package campaign

import "goodword/internal/customer"

// Template is a campaign to start from, with all words written.
type Template struct {
	// Key is what Plan.Template and the API call it.
	Key string
	// Name and About are for staff, by language.
	Name  map[string]string
	About map[string]string
	Plan  Plan
}

// TemplateByKey returns one of the templates; false when there is none of that name. The plan is the caller's to change.
func TemplateByKey(key string) (Template, bool) {
	for _, t := range Templates() {
		if t.Key == key {
			return t, true
		}
	}
	return Template{}, false
}

// Templates returns the seven campaigns to start from, made anew at each call.
func Templates() []Template {
	return []Template{
		{
			Key:   "order_placed",
			Name:  map[string]string{"en": "Order placed", "de": "Auftrag erteilt"},
			About: map[string]string{"en": "The high point: somebody has just decided for us and can say why.", "de": "Der beste Moment: Jemand hat sich gerade für uns entschieden und weiß, warum."},
			Plan: plan("order_placed", []Ask{AskIntroduction, AskTestimonial},
				Trigger{Kind: TriggerEvent, Event: "order.placed", DelayDays: 1, AgainAfterDays: 180}, Audience{}, introductionTerms(), 1),
		},
		{
			Key:   "priming",
			Name:  map[string]string{"en": "Priming", "de": "Vorfreude"},
			About: map[string]string{"en": "The first excitement: a promise and a soft announcement. It asks for nothing.", "de": "Die erste Freude: ein Versprechen und eine leise Ankündigung. Es wird um nichts gebeten."},
			Plan: plan("priming", []Ask{AskPrime},
				Trigger{Kind: TriggerEvent, Event: "project.started", DelayDays: 2}, Audience{}, noTerms(), 0),
		},
		{
			Key:   "thanked",
			Name:  map[string]string{"en": "They thanked us", "de": "Dank bekommen"},
			About: map[string]string{"en": "Something went well and they said so. Ask while it is fresh.", "de": "Etwas lief gut, und jemand hat es gesagt. Fragen, solange es frisch ist."},
			Plan: plan("thanked", []Ask{AskIntroduction, AskTestimonial},
				Trigger{Kind: TriggerEvent, Event: "thanked", AgainAfterDays: 90}, Audience{}, introductionTerms(), 1),
		},
		{
			Key:   "renewal",
			Name:  map[string]string{"en": "Renewal", "de": "Verlängerung"},
			About: map[string]string{"en": "Somebody stays with us: two months before the date they look back anyway.", "de": "Jemand bleibt bei uns: Zwei Monate vor dem Termin wird ohnehin zurückgeblickt."},
			Plan: plan("renewal", []Ask{AskIntroduction, AskTestimonial},
				Trigger{Kind: TriggerSweep, Every: "day", AgainAfterDays: 300}, Audience{RenewsWithinDays: 60}, introductionTerms(), 1),
		},
		{
			Key:   "blind_spot",
			Name:  map[string]string{"en": "Blind spot", "de": "Blinder Fleck"},
			About: map[string]string{"en": "Every month those whom nobody has ever asked.", "de": "Jeden Monat alle, die noch nie gefragt wurden."},
			Plan: plan("blind_spot", []Ask{AskIntroduction},
				Trigger{Kind: TriggerSweep, Every: "month"}, Audience{Filter: &customer.Filter{Asked: customer.AskedNever}}, introductionTerms(), 1),
		},
		{
			Key:   "reconnect",
			Name:  map[string]string{"en": "Reconnect", "de": "Wieder melden"},
			About: map[string]string{"en": "For those who have been silent for two years: news and a personal line, no request.", "de": "Für alle, von denen wir zwei Jahre nichts gehört haben: Neues und eine persönliche Zeile, keine Bitte."},
			Plan: plan("reconnect", []Ask{AskReconnect},
				Trigger{Kind: TriggerSweep, Every: "month", AgainAfterDays: 365}, Audience{SilentDays: 730}, noTerms(), 0),
		},
		{
			Key:   "two_lines",
			Name:  map[string]string{"en": "Say it in two lines", "de": "In zwei Zeilen"},
			About: map[string]string{"en": "Two honest lines that others may read.", "de": "Zwei ehrliche Zeilen, die andere lesen dürfen."},
			Plan:  plan("two_lines", []Ask{AskTestimonial, AskIntroduction}, Trigger{Kind: TriggerNow}, Audience{}, testimonialTerms(), 1),
		},
	}
}

func plan(key string, asks []Ask, t Trigger, a Audience, terms Terms, reminders int) Plan {
	p := Plan{
		Name: englishNames[key], Template: key, Asks: asks, Trigger: t, Audience: a, Offer: terms,
		Suits:     map[string]string{},
		Nudges:    Nudges{UnsentDays: 1, UnansweredDays: 4},
		Messages:  map[string]Words{"en": wordsEN[key], "de": wordsDE[key]},
		Reminders: Reminders{AfterDays: []int{7}, Max: reminders},
	}
	if asks[0].Form() {
		p.Suits = map[string]string{
			"en": "somebody who does the same work as you at another company",
			"de": "Menschen mit der gleichen Aufgabe wie Sie in einem anderen Unternehmen",
		}
	} else {
		p.Nudges = Nudges{}
	}
	return p
}

var englishNames = map[string]string{
	"order_placed": "Order placed", "priming": "Priming", "thanked": "They thanked us", "renewal": "Renewal",
	"blind_spot": "Blind spot", "reconnect": "Reconnect", "two_lines": "Say it in two lines",
}

// introductionTerms are a good default for long sales: a small thank-you for the meeting, the main one for the win, and a
// welcome for the one who was introduced. Fixed amounts tell nobody what the new customer pays.
func introductionTerms() Terms {
	return Terms{
		Currency: "EUR", BudgetMinor: 500_000, HoldDays: 30, ProtectionDays: 180, DefaultRail: RailInvoiceCredit,
		Rewards: []Rule{
			{To: ToCustomer, On: OnQualified, AmountMinor: 2_000, Rails: []Rail{RailInvoiceCredit, RailPromotionCode, RailManual}, Caps: Caps{PerPeriod: &Period{Days: 365, Count: 10}}},
			{To: ToCustomer, On: OnWon, AmountMinor: 10_000, Rails: []Rail{RailInvoiceCredit, RailPromotionCode, RailManual}, Caps: Caps{PerPeriod: &Period{Days: 365, Count: 10}}},
			{To: ToProspect, On: OnAccepted, AmountMinor: 5_000, Rails: []Rail{RailPromotionCode}},
		},
	}
}

func testimonialTerms() Terms {
	t := introductionTerms()
	t.Rewards = append([]Rule{
		{To: ToCustomer, On: OnTestimonial, AmountMinor: 1_000, Rails: []Rail{RailInvoiceCredit, RailPromotionCode, RailManual}, Caps: Caps{PerCustomer: 1}},
	}, t.Rewards...)
	return t
}

func noTerms() Terms {
	return Terms{Currency: "EUR", HoldDays: 30, ProtectionDays: 180, Rewards: []Rule{}}
}
