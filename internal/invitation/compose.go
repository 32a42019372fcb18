package invitation

import (
	"fmt"
	"strings"

	"goodword/internal/campaign"
	"goodword/internal/customer"
	"goodword/internal/i18n"
	"goodword/internal/mail"
	"goodword/internal/setting"
)

// compose writes the mail in the reader's language, or in the one that the campaign has.
func (s *Service) compose(l letter, settings setting.Settings) mail.Message {
	words, lang, _ := l.campaign.Message(l.customer.Language, settings.DefaultLanguage)
	locale := i18n.For(lang)
	// The mail is about the first ask alone; the others wait on the page that comes after it.
	var asks []campaign.Ask
	suits := ""
	ask, asksSomething := l.campaign.FirstForm()
	if asksSomething {
		asks = []campaign.Ask{ask}
	}
	if ask == campaign.AskIntroduction {
		suits = l.campaign.SuitsIn(lang)
	}
	merged := words.Merged(campaign.Values{
		FirstName: l.customer.FirstName, Company: settings.Company, Suits: suits, Rep: l.rep.name,
		Reward: l.offer.RewardLine(locale, l.customer.GiftPolicy, asks),
	})
	subject, body, raw := merged.Subject, merged.Body, words.Body
	if l.reminder {
		subject, body, raw = merged.ReminderSubject, merged.ReminderBody, words.ReminderBody
	}
	view := mail.Invitation{Subject: subject, Body: body, RepName: l.rep.name}
	// Words that say whom it suits themselves need no second line about it.
	if !strings.Contains(raw, "{{suits}}") {
		view.Suits = suits
	}
	if asksSomething {
		view.Ask, view.URL, view.NotNowURL, view.ShareURL = string(ask), askURL(l.pageURL, ask), l.pageURL+"/later", l.shareURL
		if l.suggestion != nil && ask == campaign.AskIntroduction {
			view.SuggestedName, view.SuggestedURL = suggested(locale, *l.suggestion), l.pageURL+"/introduce?suggestion="+l.suggestion.ID
		}
	}
	m := mail.Message{
		Key: key(l), View: view, To: mail.Address{Name: l.customer.Name(), Email: l.customer.Email()}, Lang: lang,
		UnsubscribeURL: l.stopURL, Scope: l.campaign.ID,
	}
	if l.reminder {
		m.View = mail.InvitationReminder(view)
	}
	if l.rep.email != "" {
		m.FromName = locale.T("from.company", "name", l.rep.name, "company", settings.Company)
		m.ReplyTo = mail.Address{Name: l.rep.name, Email: l.rep.email}
	}
	return m
}

func suggested(l i18n.Locale, p customer.Suggestion) string {
	if p.Company == "" {
		return p.FirstName
	}
	return l.T("from.company", "name", p.FirstName, "company", p.Company)
}

// askURL opens the page of the first ask; those without one of their own begin on the customer's page.
func askURL(page string, ask campaign.Ask) string {
	switch ask {
	case campaign.AskIntroduction:
		return page + "/introduce"
	case campaign.AskTestimonial:
		return page + "/testimonial"
	}
	return page
}

// key names the mail for ever: one for the first mail, one for each reminder, one for each time it was asked for again.
func key(l letter) string {
	k := "invitation:" + l.invitation.ID
	if l.reminder {
		return fmt.Sprintf("%s:reminder:%d", k, l.invitation.RemindersSent+1)
	}
	if n := l.invitation.Resends; n > 0 {
		return fmt.Sprintf("%s:resend:%d", k, n)
	}
	return k
}
