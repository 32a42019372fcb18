package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"goodword/frontend"
	"goodword/frontend/pages"
	"goodword/internal/campaign"
	"goodword/internal/customer"
	"goodword/internal/fault"
	"goodword/internal/i18n"
	"goodword/internal/introduction"
	"goodword/internal/mail"
	"goodword/internal/setting"
)

// sample is a campaign as one invented customer would see it.
type sample struct {
	campaign campaign.Campaign
	offer    campaign.Offer
	settings setting.Settings
	locale   i18n.Locale
	lang     string
	// reader is the invented customer's first name, rep whoever looks.
	reader, rep string
	baseURL     string
}

// preview renders a campaign that need not be saved, with the templates that its readers will get.
func (a *api) preview(ctx context.Context, p campaign.Plan, kind string, l i18n.Locale) (*body[previewOut], error) {
	settings, err := a.Settings.Get(ctx)
	if err != nil {
		return nil, err
	}
	s := sample{settings: settings, locale: l, lang: l.Lang(), reader: "Ana", rep: actorOf(ctx).Name, baseURL: a.BaseURL,
		campaign: campaign.Campaign{Name: p.Name, Asks: p.Asks, Suits: p.Suits, Messages: p.Messages},
		offer: campaign.Offer{Currency: p.Offer.Currency, BudgetMinor: p.Offer.BudgetMinor, HoldDays: p.Offer.HoldDays, ProtectionDays: p.Offer.ProtectionDays,
			Terms: p.Offer.Text, DefaultRail: p.Offer.DefaultRail, Rules: p.Offer.Rewards}}
	if kind == "page" {
		html, err := s.page(ctx)
		return &body[previewOut]{previewOut{HTML: html}}, err
	}
	m := s.mail(kind == "reminder")
	r, err := a.Mails.Render(m, a.Identity())
	if err != nil {
		return nil, fmt.Errorf("preview mail: %w", err)
	}
	return &body[previewOut]{previewOut{Subject: r.Subject, HTML: r.HTML, Text: r.Text}}, nil
}

// mail is what package invitation composes for a customer.
func (s sample) mail(reminder bool) mail.Message {
	words, lang, _ := s.campaign.Message(s.lang, s.settings.DefaultLanguage)
	ask, something := s.campaign.FirstForm()
	var asks []campaign.Ask
	suits := ""
	if something {
		asks = []campaign.Ask{ask}
	}
	if ask == campaign.AskIntroduction {
		suits = s.campaign.SuitsIn(lang)
	}
	merged := words.Merged(campaign.Values{FirstName: s.reader, Company: s.settings.Company, Suits: suits, Rep: s.rep,
		Reward: s.offer.RewardLine(i18n.For(lang), customer.GiftPerson, asks)})
	view := mail.Invitation{Subject: merged.Subject, Body: merged.Body, RepName: s.rep}
	raw := words.Body
	if reminder {
		view.Subject, view.Body, raw = merged.ReminderSubject, merged.ReminderBody, words.ReminderBody
	}
	if !strings.Contains(raw, "{{suits}}") {
		view.Suits = suits
	}
	if something {
		view.Ask, view.URL, view.NotNowURL = string(ask), s.baseURL+"/", s.baseURL+"/"
		if s.campaign.Asked(campaign.AskIntroduction) {
			view.ShareURL = s.baseURL + "/r/" + strings.Repeat("x", 8)
		}
	}
	m := mail.Message{Key: "preview", View: view, To: mail.Address{Name: s.reader, Email: "ana@example.com"}, Lang: lang, UnsubscribeURL: s.baseURL + "/"}
	if reminder {
		m.View = mail.InvitationReminder(view)
	}
	return m
}

// page is the first page that the mail leads to.
func (s sample) page(ctx context.Context) (string, error) {
	words, in, _ := s.campaign.Message(s.lang, s.settings.DefaultLanguage)
	l := i18n.For(in)
	merged := words.Merged(campaign.Values{FirstName: s.reader, Company: s.settings.Company})
	palette := s.settings.Palette()
	v := pages.Hello{FirstName: s.reader, Heading: merged.PageTitle, Body: lines(merged.PageBody), Suits: s.campaign.SuitsIn(in), MineURL: "#",
		Shell: pages.Shell{Locale: l, Title: merged.PageTitle, Company: s.settings.Company, CSS: frontend.PageCSS(),
			Brand: "--brand:" + palette.Brand + ";--brand-ink:" + palette.OnBrand + ";--brand-dark:" + palette.DarkBrand,
			Icon:  "data:,", Imprint: s.settings.Company, PrivacyURL: s.settings.PrivacyURL, TermsURL: s.settings.TermsURL}}
	if s.settings.LogoSVG != "" {
		v.Logo = "/logo.svg"
	}
	if s.campaign.Asked(campaign.AskIntroduction) {
		v.Asks = append(v.Asks, pages.Anchor{Text: l.T("hello.introduce"), URL: "#"})
		for _, p := range s.offer.Promises(campaign.ToProspect, customer.GiftPerson) {
			v.Gets = append(v.Gets, p.ForOther(l, ""))
		}
	}
	if s.campaign.Asked(campaign.AskTestimonial) {
		v.Asks = append(v.Asks, pages.Anchor{Text: l.T("hello.testimonial"), URL: "#"})
	}
	for _, p := range s.offer.Promises(campaign.ToCustomer, customer.GiftPerson) {
		ask := campaign.AskIntroduction
		if p.On == campaign.OnTestimonial {
			ask = campaign.AskTestimonial
		}
		if s.campaign.Asked(ask) {
			v.Thanks = append(v.Thanks, p.ForReader(l))
		}
	}
	var b bytes.Buffer
	if err := pages.ShowHello(v).Render(templ.WithNonce(ctx, ""), &b); err != nil {
		return "", fmt.Errorf("preview page: %w", err)
	}
	return b.String(), nil
}

func lines(text string) []string {
	var out []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	return out
}

// framePolicy lets the console show a preview in a frame: no script, nothing from elsewhere, only our own host around it.
const framePolicy = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; form-action 'none'; base-uri 'none'; frame-ancestors 'self'; sandbox allow-same-origin"

func frame(c echo.Context, out *body[previewOut], err error) error {
	if err != nil {
		return err
	}
	c.Response().Header().Set("Content-Security-Policy", framePolicy)
	return c.HTML(http.StatusOK, out.Body.HTML)
}

// savedPreview shows a campaign as it is saved.
func (a *api) savedPreview(c echo.Context) error {
	ctx := c.Request().Context()
	found, err := a.Campaigns.ByID(ctx, a.DB, c.Param("id"))
	if err != nil {
		return err
	}
	o, err := a.offer(ctx, found)
	if err != nil {
		return err
	}
	kind, err := previewKind(c.QueryParam("kind"))
	if err != nil {
		return err
	}
	out, err := a.preview(ctx, found.Plan(o), kind, i18n.For(c.QueryParam("language")))
	return frame(c, out, err)
}

// draftPreview shows a campaign as it stands in the editor: a form that posts into a frame, because a frame whose content
// comes from script would be under the console's own policy, which allows no inline style.
func (a *api) draftPreview(c echo.Context) error {
	if err := c.Request().ParseForm(); err != nil {
		return fault.Wrap(fault.Malformed, "The request could not be read.", nil)
	}
	form := c.Request().PostForm
	var in campaignIn
	decoder := json.NewDecoder(strings.NewReader(form.Get("campaign")))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&in); err != nil {
		return &fault.Error{Code: fault.Malformed, Message: "The request could not be read.", Problems: []fault.Problem{{Field: "campaign", Message: "This is no campaign as JSON."}}}
	}
	kind, err := previewKind(form.Get("kind"))
	if err != nil {
		return err
	}
	out, err := a.preview(c.Request().Context(), in.plan(), kind, i18n.For(form.Get("language")))
	return frame(c, out, err)
}

func previewKind(kind string) (string, error) {
	for _, k := range previewKinds {
		if k == kind {
			return k, nil
		}
	}
	return "", invalid("kind", "Please choose one of: "+strings.Join(previewKinds, ", ")+".")
}

// promised says in sentences what an introduction's own offer gives to each side.
func promised(o campaign.Offer, i introduction.Introduction, introducer string) []string {
	l := i18n.For(i18n.Fallback)
	prospect := i.FirstName
	if prospect == "" {
		prospect = "the prospect"
	}
	when := map[campaign.Stage]string{campaign.OnAccepted: " said yes", campaign.OnQualified: " was met", campaign.OnWon: " is a customer"}
	out := []string{}
	add := func(who string, promises []campaign.Promise) {
		for _, p := range promises {
			if when[p.On] != "" {
				out = append(out, who+" gets "+p.What(l)+" once "+prospect+when[p.On]+".")
			}
		}
	}
	if i.RewardsIntroducer() {
		add(introducer, o.Promises(campaign.ToCustomer, customer.GiftPerson))
	}
	if i.RewardsProspect() {
		add(prospect, o.Promises(campaign.ToProspect, customer.GiftPerson))
	}
	return out
}
