package pages

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"goodword/frontend/pages"
	"goodword/internal/campaign"
	"goodword/internal/customer"
	"goodword/internal/fault"
	"goodword/internal/introduction"
	"goodword/internal/testimonial"
	"goodword/internal/web"
)

// hello is the first page behind a customer's link.
func (p *Pages) hello(c echo.Context, g *guest) error {
	var err error
	v := pages.Hello{Shell: p.guestShell(g, "hello.page"), FirstName: g.who.FirstName, MineURL: g.base + "/mine"}
	if g.open {
		words, in, _ := g.campaign.Message(g.who.Language, g.set.DefaultLanguage)
		// What it suits and what is promised stand on lines of their own, so those of the text are left out.
		merged := words.Merged(campaign.Values{FirstName: g.who.FirstName, Company: g.set.Company})
		v.Heading, v.Body, v.Suits = merged.PageTitle, lines(merged.PageBody), g.campaign.SuitsIn(in)
		v.Gets, v.Thanks = g.gets(), g.thanks()
		if v.Asks, err = p.askLinks(g); err != nil {
			return err
		}
	}
	made, err := p.Introductions.ForCustomer(g.ctx, g.who.ID)
	if err != nil {
		return err
	}
	for _, i := range made {
		if shown := i.Shown(p.now()); under(shown) {
			v.Open = append(v.Open, p.line(g, i))
			if !g.sees(i.ID) {
				v.StepUp = &pages.Anchor{Text: g.l.T("hello.step_up_link"), URL: g.base + "/code?next=mine"}
			}
		}
	}
	url, err := p.Customers.Links.URLOf(g.link)
	if err != nil {
		return err
	}
	if v.QR, err = drawInline(url); err != nil {
		return err
	}
	if g.link.InvitationID != "" {
		p.visit(c, "invitation", g.link.InvitationID)
	} else {
		p.visit(c, "customer", g.who.ID)
	}
	return web.Render(c, http.StatusOK, pages.ShowHello(v))
}

// under reports whether an introduction is still on its way.
func under(s introduction.State) bool {
	switch s {
	case introduction.Submitted, introduction.Ready, introduction.Invited, introduction.Undeliverable, introduction.Accepted, introduction.InPipeline:
		return true
	}
	return false
}

// gets says what the introduced person gets, thanks what the reader gets by the asks of this campaign.
func (g *guest) gets() []string {
	if !g.asks(campaign.AskIntroduction) {
		return nil
	}
	var out []string
	for _, o := range g.offer.Promises(campaign.ToProspect, customer.GiftPerson) {
		out = append(out, o.ForOther(g.l, ""))
	}
	return out
}

func (g *guest) thanks() []string {
	var out []string
	for _, o := range g.offer.Promises(campaign.ToCustomer, g.who.GiftPolicy) {
		if o.On == campaign.OnTestimonial && g.asks(campaign.AskTestimonial) || o.On != campaign.OnTestimonial && g.asks(campaign.AskIntroduction) {
			out = append(out, o.ForReader(g.l))
		}
	}
	return out
}

// askLinks are the campaign's asks that have a page, in its order; what was done already comes last.
func (p *Pages) askLinks(g *guest) ([]pages.Anchor, error) {
	if !g.open {
		return nil, nil
	}
	var out, done []pages.Anchor
	for _, a := range g.campaign.Asks {
		switch a {
		case campaign.AskIntroduction:
			out = append(out, pages.Anchor{Text: g.l.T("hello.introduce"), URL: g.base + "/introduce"})
		case campaign.AskTestimonial:
			said, err := p.hasSaid(g)
			if err != nil {
				return nil, err
			}
			if said {
				done = append(done, pages.Anchor{Text: g.l.T("hello.testimonial_said"), URL: g.base + "/testimonial"})
			} else {
				out = append(out, pages.Anchor{Text: g.l.T("hello.testimonial"), URL: g.base + "/testimonial"})
			}
		}
	}
	return append(out, done...), nil
}

// hasSaid reports whether the testimonial that this link asks for is written.
func (p *Pages) hasSaid(g *guest) (bool, error) {
	row, err := p.saidHere(g)
	if fault.Is(err, fault.NotFound) {
		return false, nil
	}
	return err == nil && row.State != testimonial.AwaitingAuthor && row.State != testimonial.ChangeRequested, err
}

// line is one introduction as its introducer may read it on this device.
func (p *Pages) line(g *guest, i introduction.Introduction) pages.Line {
	now := p.now()
	name := i.FirstName
	if name == "" || !g.sees(i.ID) {
		name = g.l.T("hello.somebody")
	}
	v := pages.Line{Name: name, State: p.stateOf(g, i, name), URL: g.base + "/introductions/" + i.ID}
	if shown := i.Shown(now); under(shown) || shown == introduction.Won {
		v.Steps = g.steps(i, shown)
	}
	if !i.SharedAt.IsZero() {
		v.When = g.l.T("mine.sent_at", "date", g.l.Date(i.SharedAt.In(g.zone)))
	} else {
		v.When = g.l.T("mine.made_at", "date", g.l.Date(i.CreatedAt.In(g.zone)))
	}
	return v
}

// stateOf says where it stands: a step only with the prospect's tick, never why somebody said no.
func (p *Pages) stateOf(g *guest, i introduction.Introduction, name string) string {
	if step := i.ShownStep(); step != "" {
		return g.l.T("introduction.step." + step)
	}
	if i.How == introduction.HowLead && i.Shown(p.now()) == introduction.Ready {
		return g.l.T("mine.suggested")
	}
	key := "introduction.state." + string(i.Shown(p.now()))
	if i.FirstName == "" || !g.sees(i.ID) {
		if nameless := key + ".somebody"; g.l.Has(nameless) {
			key = nameless
		}
	}
	return g.l.T(key, "name", name)
}

// stepsToCustomer is how many dots there are without the reward.
const stepsToCustomer = 4

// steps are the dots: sent, said yes, in good hands, customer, and the reward where there is one.
func (g *guest) steps(i introduction.Introduction, shown introduction.State) []pages.Step {
	reached := map[introduction.State]int{introduction.Invited: 1, introduction.Accepted: 2, introduction.InPipeline: 3, introduction.Won: 4}[shown]
	var out []pages.Step
	for n, key := range []string{"sent", "yes", "hands", "customer"} {
		out = append(out, pages.Step{Text: g.l.T("done.step." + key), Done: n < reached})
	}
	if i.RewardsIntroducer() && len(g.thanks()) > 0 {
		out = append(out, pages.Step{Text: g.l.T("done.step.reward")})
	}
	return out
}
