package pages

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"goodword/frontend/pages"
	"goodword/internal/campaign"
	"goodword/internal/db"
	"goodword/internal/fault"
	"goodword/internal/introduction"
	"goodword/internal/invitation"
	"goodword/internal/money"
	"goodword/internal/reward"
	"goodword/internal/testimonial"
	"goodword/internal/web"
)

// mine is everything that a customer did here.
func (p *Pages) mine(c echo.Context, g *guest) error {
	v := pages.Mine{Shell: p.guestShell(g, "mine.title"), FirstName: g.who.FirstName, RewardsURL: g.base + "/rewards", BackURL: g.base}
	made, err := p.Introductions.ForCustomer(g.ctx, g.who.ID)
	if err != nil {
		return err
	}
	for _, i := range made {
		line := p.line(g, i)
		if err := p.tell(g, i, &line); err != nil {
			return err
		}
		if err := p.why(g, i, &line); err != nil {
			return err
		}
		v.Introductions = append(v.Introductions, line)
	}
	if v.Rewards, err = p.earned(g, made); err != nil {
		return err
	}
	for i := range v.Rewards {
		v.Rewards[i].Code = ""
	}
	if (len(made) > 0 || len(v.Rewards) > 0) && !g.device.Verified {
		v.StepUp = &pages.Anchor{Text: g.l.T("hello.step_up_link"), URL: g.base + "/code?next=mine"}
	}
	said, err := p.Testimonials.ForCustomer(g.ctx, g.who.ID)
	if err != nil {
		return err
	}
	for _, t := range said {
		v.Testimonials = append(v.Testimonials, g.testimonialLine(t))
	}
	if v.Next, err = p.askLinks(g); err != nil {
		return err
	}
	v.Rights = []pages.Anchor{
		{Text: g.l.T("mine.less"), URL: g.base + "/stop"},
		{Text: g.l.T("mine.data"), URL: g.base + "/data"},
		{Text: g.l.T("mine.correct"), URL: g.base + "/data"},
	}
	return web.Render(c, http.StatusOK, pages.ShowMine(v))
}

// why says why there is no thank-you for an introduction that came to something, and leaves out the step that promises one.
// What was screened out looks like any other until its end (S8), so nothing is said of it.
func (p *Pages) why(g *guest, i introduction.Introduction, line *pages.Line) error {
	switch i.Shown(p.now()) {
	case introduction.Accepted, introduction.InPipeline, introduction.Won, introduction.Unwound:
	default:
		return nil
	}
	all, err := p.Rewards.Why(g.ctx, i)
	if err != nil {
		return err
	}
	for _, e := range all {
		if e.Key() == "" {
			continue
		}
		if line.Why = g.l.T(e.Key()); len(line.Steps) > stepsToCustomer {
			line.Steps = line.Steps[:stepsToCustomer]
		}
		return nil
	}
	return nil
}

func (g *guest) testimonialLine(t testimonial.Testimonial) pages.Line {
	const enough = 80
	text := []rune(t.Text)
	if len(text) > enough {
		text = append(text[:enough], '…')
	}
	if len(text) == 0 {
		text = []rune(g.l.N("page.stars", t.Rating))
	}
	return pages.Line{Name: string(text), State: g.l.T("testimonial.state." + string(t.State)), URL: g.base + "/testimonial?quote=" + t.ID,
		When: g.l.Date(t.CreatedAt.In(g.zone))}
}

// earned are the customer's rewards in words. Names and amounts are for a device that may see them.
func (p *Pages) earned(g *guest, made []introduction.Introduction) ([]pages.Earned, error) {
	rewards, err := p.Rewards.ForCustomer(g.ctx, g.who.ID)
	if err != nil {
		return nil, err
	}
	names := map[string]string{}
	for _, i := range made {
		names[i.ID] = i.FirstName
	}
	var out []pages.Earned
	for _, r := range rewards {
		given, _, err := p.Rewards.GivenBy(g.ctx, r)
		if err != nil {
			return nil, err
		}
		e := pages.Earned{ID: r.ID, For: g.l.T("reward.for_testimonial"), State: g.l.T(r.Key(), "date", g.l.Date(r.MaturesAt.In(g.zone))), Detail: g.detail(r, given, p.now())}
		if r.IntroductionID != "" {
			e.For = g.l.T("reward.for_somebody")
			if name := names[r.IntroductionID]; name != "" && g.sees(r.IntroductionID) {
				e.For = g.l.T("reward.for", "name", name)
			}
		}
		if !r.DeclinedAt.IsZero() {
			e.State = g.l.T("reward.declined")
		}
		if g.device.Verified {
			e.Amount = g.l.Money(r.Amount())
			e.Code, e.Less = r.ShownCode(), g.less(r)
		}
		if r.Choosable() {
			if err := p.choices(g, r, &e); err != nil {
				return nil, err
			}
		}
		if e.Gift, err = p.gift(g, r); err != nil {
			return nil, err
		}
		if e.Appeal, err = p.appeal(g, r); err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, nil
}

// gift is the gift code of a reward that came as one. The code itself is for a device that confirmed a code by mail, and for
// an owner who has asked for it (S3).
func (p *Pages) gift(g *guest, r reward.Reward) (*pages.Gift, error) {
	code, ok, err := p.Rewards.GiftOf(g.ctx, r)
	if err != nil || !ok {
		return nil, err
	}
	if !g.device.Verified {
		return &pages.Gift{StepUp: &pages.Anchor{Text: g.l.T("hello.step_up_link"), URL: g.codeURL("rewards")}}, nil
	}
	v := &pages.Gift{Label: code.Label, Code: code.Code, PIN: code.PIN}
	if !code.ExpiresAt.IsZero() {
		v.UseBy = g.l.T("gift.use_by", "date", g.l.Date(code.ExpiresAt))
	}
	return v, nil
}

// appeal is what the owner of a rejected reward may say against it, or has said (GDPR 22).
func (p *Pages) appeal(g *guest, r reward.Reward) (*pages.Appeal, error) {
	a, said, err := p.Rewards.AppealOf(g.ctx, r.ID)
	if err != nil || !said && !r.Appealable(p.now()) {
		return nil, err
	}
	v := &pages.Appeal{Open: !said, Text: g.l.T("appeal.open")}
	if said {
		key := map[string]string{reward.AppealOpen: "appeal.sent", reward.AppealGranted: "appeal.granted", reward.AppealRefused: "appeal.refused"}[a.State]
		v.Text = g.l.T(key, "date", g.l.Date(a.CreatedAt.In(g.zone)))
		if a.Answer != "" && g.device.Verified {
			v.Answer = g.l.T("appeal.answer", "answer", a.Answer)
		}
	}
	return v, nil
}

// detail says why it waits, or how it comes; given is to whom it goes where it is a donation.
func (g *guest) detail(r reward.Reward, given reward.Given, now time.Time) string {
	switch {
	case r.State == reward.Held && r.HeldReason == reward.HeldTaxForm:
		limit := g.set.TaxThreshold(now.In(g.set.Location()).Year())
		return g.l.T("reward.held.tax_form", "limit", g.l.Money(money.New(limit, reward.TaxCurrency)))
	case r.State == reward.Held:
		if key := "reward.held." + r.HeldReason; g.l.Has(key) {
			return g.l.T(key)
		}
		return g.l.T("reward.held.review")
	case r.RejectedWhy != "":
		return g.l.T("reward.rejected." + r.RejectedWhy)
	case r.State == reward.Reversed || r.State == reward.Clawback || r.State == reward.Recovered:
		if key := "reward.back." + r.Reason; g.l.Has(key) {
			return g.l.T(key)
		}
		return g.l.T("reward.back.other")
	case r.State == reward.Approved && r.Rail == "" && !r.ChooseBy.IsZero():
		return g.l.T("reward.choose_by", "date", g.l.Date(r.ChooseBy.In(g.zone)))
	case r.State.Open() && r.HeldReason == reward.HeldNoStock:
		return g.l.T("reward.waits.out_of_stock")
	case given.Charity != "" && r.State != reward.Expired:
		return g.gives(given, now)
	case r.Rail != "" && r.State != reward.Expired:
		return g.l.T("reward.comes", "rail", g.l.T("rail."+string(r.Rail)))
	}
	return ""
}

// less says what was taken from a reward of which something is left.
func (g *guest) less(r reward.Reward) []string {
	var out []string
	if left := r.Effective(); left > 0 && left < r.AccruedMinor {
		reason := g.l.T("reward.back.other")
		if key := "reward.back." + r.Reason; g.l.Has(key) {
			reason = g.l.T(key)
		}
		out = append(out, g.l.T("reward.less", "amount", g.l.Money(r.Accrued()), "reason", reason))
	}
	if r.NettedMinor > 0 {
		out = append(out, g.l.T("reward.netted", "amount", g.l.Money(money.New(r.NettedMinor, r.Currency))))
	}
	return out
}

// gives says to whom a donation goes and when, or when it went there.
func (g *guest) gives(given reward.Given, now time.Time) string {
	key, on := "reward.gives_by", given.DueOn.In(g.zone)
	switch {
	case !given.SentOn.IsZero():
		key, on = "reward.given_on", given.SentOn // a day, the same in every zone
	case given.DueOn.IsZero():
		key = "reward.gives"
	case given.DueOn.Before(now):
		key = "reward.gives_late"
	}
	return g.l.T(key, "charity", given.Charity, "date", g.l.Date(on))
}

func (p *Pages) choices(g *guest, r reward.Reward, e *pages.Earned) error {
	options, err := p.Rewards.OptionsFor(g.ctx, r)
	if err != nil {
		return err
	}
	e.Rail, e.Declinable = string(r.Rail), g.device.Verified
	if r.CharityID != "" {
		e.Rail = giveTo + r.CharityID
	}
	for _, o := range options {
		one := pages.Option{Value: string(o.Rail), Text: g.rail(o.Rail)}
		if o.Charity.ID != "" {
			one.Value, one.Text = giveTo+o.Charity.ID, g.l.T("rail.give", "charity", o.Charity.Name)
			one.Help = g.l.T("rail.give_help", "charity", o.Charity.Name, "days", g.l.N("count.days", o.Charity.RemitDays))
		}
		if !o.Ready && g.l.Has(o.Why) {
			one.Help = g.l.T(o.Why)
		}
		e.Choices = append(e.Choices, one)
	}
	return nil
}

// giveTo begins the value of a choice that gives a reward to a charity; its id follows.
const giveTo = string(campaign.RailDonation) + ":"

// choose takes a choice as the form has it.
func (p *Pages) choose(g *guest, rewardID, value string) error {
	if charity, ok := strings.CutPrefix(value, giveTo); ok {
		_, err := p.Rewards.Give(g.ctx, g.who.ID, rewardID, charity)
		return err
	}
	_, err := p.Rewards.Choose(g.ctx, g.who.ID, rewardID, campaign.Rail(value))
	return err
}

func (p *Pages) rewards(c echo.Context, g *guest) error {
	return p.showRewards(c, g, rewardForm{saved: c.QueryParam("saved")})
}

type rewardForm struct {
	saved, reward, rail, text string
	problems                  pages.Problems
}

func (p *Pages) showRewards(c echo.Context, g *guest, f rewardForm) error {
	v := pages.Rewards{Shell: p.guestShell(g, "mine.rewards"), Form: p.form(c, g.formID("rewards")), Wrong: f.reward, Said: f.text, BackURL: g.base + "/mine"}
	v.Action, v.Problems = g.base+"/rewards", f.problems
	made, err := p.Introductions.ForCustomer(g.ctx, g.who.ID)
	if err != nil {
		return err
	}
	if v.Items, err = p.earned(g, made); err != nil {
		return err
	}
	if f.saved != "" {
		v.Saved = g.l.T("reward.saved")
	}
	if !g.device.Verified && len(v.Items) > 0 {
		v.StepUp = &pages.Anchor{Text: g.l.T("hello.step_up_link"), URL: g.base + "/code?next=rewards"}
	}
	if slices.ContainsFunc(v.Items, func(e pages.Earned) bool { return e.Rail == string(campaign.RailTransfer) }) {
		v.Bank = &pages.Anchor{Text: g.l.T("reward.bank"), URL: g.base + "/bank"}
	}
	return web.Render(c, status(f.problems), pages.ShowRewards(v))
}

// postRewards takes a choice, "no thank-you", words against a rejection, or the wish to see a gift code. Declining gives something up for good and a code
// that was seen is spent, so both ask for the code by mail first.
func (p *Pages) postRewards(c echo.Context, g *guest) error {
	f := rewardForm{reward: value(c, "reward"), rail: value(c, "rail"), text: value(c, "text")}
	err := p.posted(c, g.formID("rewards"), 0)
	switch {
	case err != nil:
	case value(c, "decline") != "":
		if !g.device.Verified {
			return stepNeeded()
		}
		_, err = p.Rewards.Decline(g.ctx, g.who.ID, f.reward)
	case value(c, "appeal") != "":
		_, err = p.Rewards.Appeal(g.ctx, g.who.ID, f.reward, f.text)
	case value(c, "reveal") != "":
		if !g.device.Verified {
			return stepNeeded()
		}
		if _, err = p.Rewards.Reveal(g.ctx, g.who.ID, f.reward); err == nil {
			return web.SeeOther(c, g.base+"/rewards")
		}
	case f.rail == "":
		var check fault.Check
		check.AddKey("rail", "problem.choose", "Please choose one.")
		err = check.Err()
	default:
		if err = p.choose(g, f.reward, f.rail); err == nil && f.rail == string(campaign.RailTransfer) {
			return p.afterTransfer(c, g)
		}
	}
	if f.problems = problems(g.l, err); len(f.problems) > 0 {
		return p.showRewards(c, g, f)
	}
	if err != nil {
		return err
	}
	return web.SeeOther(c, g.base+"/rewards?saved=1")
}

// afterTransfer leads whoever has chosen a transfer on to their bank account if that is not ready yet.
func (p *Pages) afterTransfer(c echo.Context, g *guest) error {
	a, err := p.Rewards.AccountFor(g.ctx, g.who.ID)
	if err != nil {
		return err
	}
	if a.State == reward.AccountReady {
		return web.SeeOther(c, g.base+"/rewards?saved=1")
	}
	return web.SeeOther(c, g.base+"/bank")
}

func stepNeeded() error {
	return &fault.Error{Code: fault.Forbidden, Key: "error.step_needed", Message: "Please confirm first that it is you."}
}

// prefer remembers how the customer wants rewards to come.
func (p *Pages) prefer(g *guest, rail string) error {
	return p.DB.InTx(g.ctx, func(ctx context.Context, tx db.Tx) error { return p.Customers.PreferRail(ctx, tx, g.who.ID, rail) })
}

// data shows what we keep about the customer, on a device that confirmed a code (S3).
func (p *Pages) data(c echo.Context, g *guest) error {
	if !g.device.Verified {
		return web.SeeOther(c, g.codeURL("data"))
	}
	return p.showData(c, g, dataForm{saved: c.QueryParam("saved")})
}

type dataForm struct {
	saved, email string
	problems     pages.Problems
}

func (p *Pages) showData(c echo.Context, g *guest, f dataForm) error {
	v := pages.Data{Shell: p.guestShell(g, "data.title"), Form: p.form(c, g.formID("data")), Email: f.email, BackURL: g.base + "/mine"}
	v.Action, v.Problems = g.base+"/data", f.problems
	add := func(key, value string) {
		if value != "" {
			v.Facts = append(v.Facts, pages.Fact{Name: g.l.T("data." + key), Value: value})
		}
	}
	add("name", g.who.Name())
	for _, a := range g.who.Addresses {
		add(string(a.Kind)+"_held", a.Value)
	}
	add("company", g.who.CompanyName())
	add("country", g.who.Country)
	if !g.who.LastOrderAt.IsZero() {
		add("last_order", g.l.Date(g.who.LastOrderAt.In(g.zone)))
	}
	if f.saved != "" {
		v.Saved = g.l.T("data.saved")
	}
	return web.Render(c, status(f.problems), pages.ShowData(v))
}

// postData exports everything or corrects the address. A link alone is not enough for either (S3).
func (p *Pages) postData(c echo.Context, g *guest) error {
	if !g.device.Verified {
		return stepNeeded()
	}
	f := dataForm{email: value(c, "email")}
	err := p.posted(c, g.formID("data"), 0)
	if err == nil && value(c, "action") == "export" {
		return p.export(c, g)
	}
	if err == nil {
		err = p.Customers.CorrectAddress(g.ctx, g.actor(), g.who.ID, f.email)
	}
	if f.problems = problems(g.l, err); len(f.problems) > 0 {
		return p.showData(c, g, f)
	}
	if err != nil {
		return err
	}
	return web.SeeOther(c, g.base+"/data?saved=1")
}

// held is the file that a customer takes along: what they gave us, in a form that a program can read.
type held struct {
	Name          string           `json:"name"`
	Company       string           `json:"company,omitempty"`
	Country       string           `json:"country,omitempty"`
	Language      string           `json:"language,omitempty"`
	Addresses     []heldAddress    `json:"addresses"`
	Tags          []string         `json:"tags,omitempty"`
	Introductions []heldIntro      `json:"introductions"`
	Testimonials  []heldSaid       `json:"testimonials"`
	Rewards       []heldReward     `json:"rewards"`
	Consents      []heldConsent    `json:"consents"`
	TaxForm       *heldForm        `json:"tax_form,omitempty"`
	Suggestions   []heldSuggestion `json:"suggestions,omitempty"`
}

type heldAddress struct {
	Kind  string `json:"kind"`
	Value string `json:"value"`
}

type heldIntro struct {
	FirstName string `json:"first_name"`
	Note      string `json:"note"`
	Source    string `json:"source,omitempty"`
	State     string `json:"state"`
	At        string `json:"at"`
}

type heldSaid struct {
	Rating int    `json:"rating,omitempty"`
	Text   string `json:"text"`
	State  string `json:"state"`
	At     string `json:"at"`
}

type heldReward struct {
	AmountMinor int64  `json:"amount_minor"`
	Currency    string `json:"currency"`
	State       string `json:"state"`
	At          string `json:"at"`
}

type heldConsent struct {
	Channel string `json:"channel"`
	Granted bool   `json:"granted"`
	Text    string `json:"text,omitempty"`
	At      string `json:"at"`
}

type heldForm struct {
	Kind       string `json:"kind"`
	ReceivedOn string `json:"received_on"`
}

type heldSuggestion struct {
	FirstName string `json:"first_name"`
	Company   string `json:"company,omitempty"`
}

const instant = "2006-01-02T15:04:05Z"

func (p *Pages) export(c echo.Context, g *guest) error {
	a, err := p.Customers.Access(g.ctx, g.actor(), g.who.ID)
	if err != nil {
		return err
	}
	h := held{Name: a.Customer.Name(), Company: a.Customer.CompanyName(), Country: a.Customer.Country, Language: a.Customer.Language, Tags: a.Customer.Tags}
	for _, one := range a.Customer.Addresses {
		h.Addresses = append(h.Addresses, heldAddress{Kind: string(one.Kind), Value: one.Value})
	}
	for _, one := range a.Consents {
		h.Consents = append(h.Consents, heldConsent{Channel: one.Channel, Granted: one.Granted, Text: one.TextShown, At: one.At.UTC().Format(instant)})
	}
	for _, one := range a.Suggestions {
		h.Suggestions = append(h.Suggestions, heldSuggestion{FirstName: one.FirstName, Company: one.Company})
	}
	made, err := p.Introductions.ForCustomer(g.ctx, g.who.ID)
	if err != nil {
		return err
	}
	for _, i := range made {
		h.Introductions = append(h.Introductions, heldIntro{FirstName: i.FirstName, Note: i.Note, Source: i.Source, State: string(i.Shown(p.now())), At: i.CreatedAt.UTC().Format(instant)})
	}
	said, err := p.Testimonials.ForCustomer(g.ctx, g.who.ID)
	if err != nil {
		return err
	}
	for _, t := range said {
		h.Testimonials = append(h.Testimonials, heldSaid{Rating: t.Rating, Text: t.Text, State: string(t.State), At: t.CreatedAt.UTC().Format(instant)})
	}
	rewards, err := p.Rewards.ForCustomer(g.ctx, g.who.ID)
	if err != nil {
		return err
	}
	for _, r := range rewards {
		h.Rewards = append(h.Rewards, heldReward{AmountMinor: r.AmountMinor, Currency: r.Currency, State: string(r.State), At: r.CreatedAt.UTC().Format(instant)})
	}
	form, err := p.Rewards.TaxFormOf(g.ctx, g.who.ID)
	if err != nil {
		return err
	}
	if form.Kind != "" {
		h.TaxForm = &heldForm{form.Kind, form.ReceivedOn}
	}
	body, err := json.MarshalIndent(h, "", "  ")
	if err != nil {
		return err
	}
	c.Response().Header().Set("Content-Disposition", `attachment; filename="my-data.json"`)
	return c.Blob(http.StatusOK, "application/json; charset=utf-8", body)
}

// notNow puts this ask off.
func (p *Pages) notNow(c echo.Context, g *guest) error { return p.showNotNow(c, g, nil) }

func (p *Pages) showNotNow(c echo.Context, g *guest, wrong pages.Problems) error {
	v := pages.Ask{Shell: p.guestShell(g, "not_now.title"), Form: p.form(c, g.formID("later")), Heading: g.l.T("not_now.title"),
		Text: []string{g.l.T("not_now.text")}, Back: g.l.T("not_now.keep"), Go: g.l.T("not_now.go"), GoName: "answer", GoValue: "not_now",
		Links: []pages.Anchor{{Text: g.l.T("mine.less"), URL: g.base + "/stop"}}}
	v.Action, v.Problems = g.base+"/later", wrong
	if c.QueryParam("done") != "" || g.link.InvitationID == "" {
		v.Done, v.Go, v.Text, v.BackURL = g.l.T("not_now.done"), "", nil, g.base
	}
	return web.Render(c, status(wrong), pages.ShowAsk(v))
}

func (p *Pages) postNotNow(c echo.Context, g *guest) error {
	if err := p.posted(c, g.formID("later"), 0); err != nil {
		return p.showNotNow(c, g, problems(g.l, err))
	}
	if value(c, "answer") != "not_now" || g.link.InvitationID == "" {
		return web.SeeOther(c, g.base)
	}
	err := p.Invitations.NotNow(g.ctx, g.link.InvitationID)
	if ps := problems(g.l, err); len(ps) > 0 {
		return p.showNotNow(c, g, ps)
	}
	if err != nil {
		return err
	}
	return web.SeeOther(c, g.base+"/later?done=1")
}

// stop asks less, or no more at all, or again.
func (p *Pages) stop(c echo.Context, g *guest) error { return p.showStop(c, g, nil) }

// The choices of the page; contract.md names the two of the unsubscribe form.
var stopScopes = []string{"less", "campaign", "all", "resume"}

func (p *Pages) showStop(c echo.Context, g *guest, wrong pages.Problems) error {
	v := pages.Ask{Shell: p.guestShell(g, "stop.title"), Form: p.form(c, g.formID("stop")), Heading: g.l.T("stop.title"),
		Name: "scope", Legend: g.l.T("stop.title"), Go: g.l.T("page.save"), Help: []string{g.l.T("stop.still")}, BackURL: g.base + "/mine"}
	v.Action, v.Problems = g.base+"/stop", wrong
	for _, s := range stopScopes {
		paused := g.who.AskLess || !g.who.StoppedAt.IsZero()
		if s == "campaign" && g.link.InvitationID == "" || s == "resume" && !paused || s == "less" && g.who.AskLess {
			continue
		}
		v.Options = append(v.Options, pages.Option{Value: s, Text: g.l.T("stop." + s)})
	}
	if c.QueryParam("done") != "" {
		v.Done = g.l.T("stop.done")
	}
	return web.Render(c, status(wrong), pages.ShowAsk(v))
}

func (p *Pages) postStop(c echo.Context, g *guest) error {
	scope := value(c, "scope")
	err := p.posted(c, g.formID("stop"), 0)
	if err == nil {
		err = p.saveStop(g, scope)
	}
	if ps := problems(g.l, err); len(ps) > 0 {
		return p.showStop(c, g, ps)
	}
	if err != nil {
		return err
	}
	return web.SeeOther(c, g.base+"/stop?done=1")
}

func (p *Pages) saveStop(g *guest, scope string) error {
	if !slices.Contains(stopScopes, scope) {
		var check fault.Check
		check.AddKey("scope", "problem.choose", "Please choose one.")
		return check.Err()
	}
	switch scope {
	case "campaign", "all":
		return p.Invitations.Unsubscribe(g.ctx, g.link, invitation.Scope(scope))
	}
	return p.DB.InTx(g.ctx, func(ctx context.Context, tx db.Tx) error {
		if scope == "resume" {
			if err := p.Customers.Resume(ctx, tx, g.who.ID); err != nil {
				return err
			}
		}
		return p.Customers.AskLess(ctx, tx, g.who.ID, scope == "less")
	})
}
