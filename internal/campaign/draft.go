package campaign

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"goodword/internal/customer"
	"goodword/internal/fault"
	"goodword/internal/money"
)

// Audience is whom a campaign is for: a saved segment or a filter of its own; both empty means every customer.
// The two numbers of days count from the moment of asking, so that a campaign that goes on always means the same people.
type Audience struct {
	SegmentID string           `json:"segment_id,omitempty"`
	Filter    *customer.Filter `json:"filter,omitempty"`
	// RenewsWithinDays keeps those whose contract renews in at most so many days.
	RenewsWithinDays int `json:"renews_within_days,omitempty"`
	// SilentDays keeps those who have ordered nothing for so many days.
	SilentDays int `json:"silent_days,omitempty"`
}

// At returns the filter that finds the audience at now. Where it names no stages, it means people who buy or bought from us.
func (a Audience) At(now time.Time) customer.Filter {
	var f customer.Filter
	if a.Filter != nil {
		f = *a.Filter
	}
	if a.SegmentID != "" {
		f.SegmentID = a.SegmentID
	}
	if len(f.Stages) == 0 {
		f.Stages = []customer.Stage{customer.Active, customer.Former}
	}
	if a.RenewsWithinDays > 0 {
		f.RenewsBefore = now.AddDate(0, 0, a.RenewsWithinDays)
	}
	if a.SilentDays > 0 {
		f.OrderedBefore = now.AddDate(0, 0, -a.SilentDays)
	}
	return f
}

func (a Audience) check(c *fault.Check) {
	c.That(a.SegmentID == "" || a.Filter == nil, "audience", "Please choose a segment or a filter, not both.")
	if a.Filter != nil {
		for _, p := range a.Filter.Check("audience.filter") {
			c.AddKey(p.Field, p.Key, p.Message)
		}
	}
	within(c, "audience.renews_within_days", a.RenewsWithinDays, 0, 400)
	within(c, "audience.silent_days", a.SilentDays, 0, maxDays)
}

// Terms are an offer as the editor writes it, in the shape of contract.md.
type Terms struct {
	Currency       string `json:"currency"`
	BudgetMinor    int64  `json:"budget_minor"`
	HoldDays       int    `json:"hold_days"`
	ProtectionDays int    `json:"protection_days"`
	// Text is the terms that people can read.
	Text        string `json:"terms"`
	CostCentre  string `json:"cost_centre"`
	DefaultRail Rail   `json:"default_rail"`
	Rewards     []Rule `json:"rewards"`
	// Charities are the ids of those to whom customers may give; see Offer.
	Charities []string `json:"charities,omitempty"`
}

// Written returns the offer in the shape in which it is edited.
func (o Offer) Written() Terms {
	return Terms{
		Currency: o.Currency, BudgetMinor: o.BudgetMinor, HoldDays: o.HoldDays, ProtectionDays: o.ProtectionDays,
		Text: o.Terms, CostCentre: o.CostCentre, DefaultRail: o.DefaultRail, Rewards: o.Rules, Charities: o.Charities,
	}
}

// Plan is a campaign as the editor writes it, in the shape of contract.md.
type Plan struct {
	Name     string `json:"name"`
	Template string `json:"template,omitempty"`
	Division string `json:"division,omitempty"`
	// OwnerID is the rep who gets the introductions of customers without an owner; empty is nobody.
	OwnerID   string            `json:"owner_id,omitempty"`
	Asks      []Ask             `json:"asks"`
	Suits     map[string]string `json:"suits"`
	Nudges    Nudges            `json:"nudges"`
	Audience  Audience          `json:"audience"`
	Trigger   Trigger           `json:"trigger"`
	Offer     Terms             `json:"offer"`
	Messages  map[string]Words  `json:"messages"`
	Reminders Reminders         `json:"reminders"`
}

// Patch changes some parts of a campaign; nil leaves a part as it is. A part is replaced as a whole.
type Patch struct {
	Name      *string            `json:"name,omitempty"`
	Division  *string            `json:"division,omitempty"`
	OwnerID   *string            `json:"owner_id,omitempty"`
	Asks      *[]Ask             `json:"asks,omitempty"`
	Suits     *map[string]string `json:"suits,omitempty"`
	Nudges    *Nudges            `json:"nudges,omitempty"`
	Audience  *Audience          `json:"audience,omitempty"`
	Trigger   *Trigger           `json:"trigger,omitempty"`
	Offer     *Terms             `json:"offer,omitempty"`
	Messages  *map[string]Words  `json:"messages,omitempty"`
	Reminders *Reminders         `json:"reminders,omitempty"`
}

// Plan returns the campaign with an offer in the shape in which it is edited.
func (c Campaign) Plan(o Offer) Plan {
	return Plan{
		Name: c.Name, Template: c.Template, Division: c.Division, OwnerID: c.OwnerID, Asks: c.Asks, Suits: c.Suits, Nudges: c.Nudges,
		Audience: c.Audience, Trigger: c.Trigger, Offer: o.Written(), Messages: c.Messages, Reminders: c.Reminders,
	}
}

func (p Plan) with(c Patch) Plan {
	set(&p.Name, c.Name)
	set(&p.Division, c.Division)
	set(&p.OwnerID, c.OwnerID)
	set(&p.Asks, c.Asks)
	set(&p.Suits, c.Suits)
	set(&p.Nudges, c.Nudges)
	set(&p.Audience, c.Audience)
	set(&p.Trigger, c.Trigger)
	set(&p.Offer, c.Offer)
	set(&p.Messages, c.Messages)
	set(&p.Reminders, c.Reminders)
	return p
}

func set[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

// ReadPlan reads a campaign as JSON and refuses what it does not know, so that a misspelt field, or a reward that is to
// depend on a rating, is never taken for nothing. Returns Malformed naming the field where it can.
func ReadPlan(r io.Reader) (Plan, error) {
	d := json.NewDecoder(r)
	d.DisallowUnknownFields()
	var p Plan
	if err := d.Decode(&p); err != nil {
		return Plan{}, malformed(err)
	}
	if _, err := d.Token(); err != io.EOF {
		return Plan{}, fault.New(fault.Malformed, "There is something after the campaign's end.")
	}
	return p, nil
}

var unknownField = regexp.MustCompile(`unknown field "([^"]+)"`)

func malformed(err error) error {
	out := fault.Wrap(fault.Malformed, "We could not read this campaign.", err)
	var kind *json.UnmarshalTypeError
	if m := unknownField.FindStringSubmatch(err.Error()); m != nil {
		out.Problems = []fault.Problem{{Field: m[1], Message: "There is no such field."}}
	} else if errors.As(err, &kind) {
		out.Problems = []fault.Problem{{Field: kind.Field, Message: "This is of the wrong kind."}}
	}
	return out
}

const (
	maxText    = 5000
	maxName    = 120
	maxAmount  = 1_000_000_000_000 // ten thousand million in the usual minor units: no sum of rules can overflow
	maxRules   = 12
	maxDays    = 3650
	maxSubject = 150
)

var language = regexp.MustCompile(`^[a-z]{2,3}$`)

// check adds every problem of the plan, each at its field; known are the charities of the offer that exist. It accepts an
// unfinished campaign; ready asks for the rest.
func (p Plan) check(c *fault.Check, known []Charity, now time.Time) {
	c.Required("name", p.Name)
	c.That(utf8.RuneCountInString(p.Name) <= maxName, "name", "Please use at most 120 characters.")
	c.That(p.Template == "" || slices.ContainsFunc(Templates(), func(t Template) bool { return t.Key == p.Template }), "template", "There is no such template.")
	p.checkAsks(c)
	p.checkWords(c)
	within(c, "nudges.unsent_days", p.Nudges.UnsentDays, 0, 30)
	within(c, "nudges.unanswered_days", p.Nudges.UnansweredDays, 0, 30)
	p.Audience.check(c)
	p.Trigger.check(c, now)
	p.Reminders.check(c)
	p.Offer.check(c, p.Asks)
	p.Offer.checkCharities(c, known)
}

func within(c *fault.Check, field string, v, low, high int) {
	c.That(v >= low && v <= high, field, fmt.Sprintf("Please choose a number from %d to %d.", low, high))
}

func (p Plan) checkAsks(c *fault.Check) {
	for i, a := range p.Asks {
		field := fmt.Sprintf("asks.%d", i)
		c.That(slices.Contains(Asks(), a), field, "This is not one of the asks.")
		c.That(slices.Index(p.Asks, a) == i, field, "This ask is there twice.")
	}
	form := slices.ContainsFunc(p.Asks, Ask.Form)
	for i, a := range p.Asks {
		c.That(!form || a.Form() || !slices.Contains(Asks(), a), fmt.Sprintf("asks.%d", i),
			"Prime, reconnect and insight ask for nothing, so they stand alone.")
	}
}

func (p Plan) checkWords(c *fault.Check) {
	for _, lang := range languages(p.Suits) {
		field := "suits." + lang
		c.That(language.MatchString(lang), field, "Please use a language like en or de.")
		c.That(utf8.RuneCountInString(p.Suits[lang]) <= 200, field, "Please use at most 200 characters.")
		c.That(!strings.ContainsAny(p.Suits[lang], "{}\n"), field, "Please write one line without braces.")
		lint(c, field, p.Suits[lang])
	}
	for _, lang := range languages(p.Messages) {
		field := "messages." + lang
		c.That(language.MatchString(lang), field, "Please use a language like en or de.")
		w := p.Messages[lang]
		for _, t := range w.texts() {
			at := field + "." + t.name
			limit := maxText
			if t.line {
				limit = maxSubject
				c.That(!strings.ContainsAny(t.text, "\r\n"), at, "Please write one line.")
			}
			c.That(utf8.RuneCountInString(t.text) <= limit, at, fmt.Sprintf("Please use at most %d characters.", limit))
			for _, unknown := range unknownWords(t.text) {
				c.Add(at, fmt.Sprintf("There is no merge word %q; there are %s.", unknown, strings.Join(MergeWords(), ", ")))
			}
			lint(c, at, t.text)
		}
	}
}

func lint(c *fault.Check, field, text string) {
	for _, phrase := range Lint(text) {
		c.Add(field, fmt.Sprintf("%q asks for praise or makes the thank-you depend on it. Please ask for an honest word.", phrase))
	}
}

type text struct {
	name, text string
	line       bool
}

func (w Words) texts() []text {
	return []text{
		{"subject", w.Subject, true}, {"body", w.Body, false}, {"page_title", w.PageTitle, true}, {"page_body", w.PageBody, false},
		{"reminder_subject", w.ReminderSubject, true}, {"reminder_body", w.ReminderBody, false},
	}
}

// triggers are the facts that can start a campaign for one customer.
var triggerEvents = []string{"order.placed", "project.started", "renewed", "thanked", "contacted", "milestone.reached"}

// TriggerEvents lists the types of facts that a trigger of kind "event" may name.
func TriggerEvents() []string { return slices.Clone(triggerEvents) }

func (t Trigger) check(c *fault.Check, now time.Time) {
	switch t.Kind {
	case TriggerNow:
	case TriggerAt:
		if t.At == nil {
			c.AddKey("trigger.at", "problem.required", "Please fill this in.")
		} else {
			c.That(t.At.Before(now.AddDate(2, 0, 0)), "trigger.at", "Please choose a date within two years.")
		}
	case TriggerEvent:
		c.That(slices.Contains(triggerEvents, t.Event), "trigger.event", "Please choose one of "+strings.Join(triggerEvents, ", ")+".")
		within(c, "trigger.delay_days", t.DelayDays, 0, 365)
		within(c, "trigger.again_after_days", t.AgainAfterDays, 0, maxDays)
	case TriggerSweep:
		c.That(slices.Contains([]string{"day", "week", "month"}, t.Every), "trigger.every", "Please choose day, week or month.")
		within(c, "trigger.again_after_days", t.AgainAfterDays, 0, maxDays)
	case "":
		c.AddKey("trigger.kind", "problem.required", "Please fill this in.")
	default:
		c.Add("trigger.kind", "Please choose now, at, event or sweep.")
	}
}

func (r Reminders) check(c *fault.Check) {
	within(c, "reminders.max", r.Max, 0, 3)
	c.That(r.Max <= len(r.AfterDays), "reminders.max", "Please say for each reminder after how many days it goes out.")
	c.That(len(r.AfterDays) <= 3, "reminders.after_days", "Please use at most three reminders.")
	for i, d := range r.AfterDays {
		field := fmt.Sprintf("reminders.after_days.%d", i)
		within(c, field, d, 1, 90)
		c.That(i == 0 || d > r.AfterDays[i-1], field, "Each reminder comes after the one before.")
	}
}

func (t Terms) check(c *fault.Check, asks []Ask) {
	c.That(money.Known(t.Currency), "offer.currency", "Please choose a currency that we can pay in, like EUR.")
	c.That(t.BudgetMinor >= 0 && t.BudgetMinor <= maxAmount, "offer.budget_minor", "Please choose an amount of zero or more.")
	within(c, "offer.hold_days", t.HoldDays, 0, 365)
	within(c, "offer.protection_days", t.ProtectionDays, 0, maxDays)
	c.That(utf8.RuneCountInString(t.Text) <= 20_000, "offer.terms", "Please use at most 20,000 characters.")
	lint(c, "offer.terms", t.Text)
	c.That(utf8.RuneCountInString(t.CostCentre) <= maxName, "offer.cost_centre", "Please use at most 120 characters.")
	c.That(len(t.Rewards) <= maxRules, "offer.rewards", "Please use at most twelve rewards.")
	if t.DefaultRail != "" {
		c.That(slices.ContainsFunc(t.Rewards, func(r Rule) bool { return slices.Contains(r.Rails, t.DefaultRail) }), "offer.default_rail",
			"Please choose one of the ways that a reward of this offer is paid.")
	}
	for i, r := range t.Rewards {
		r.check(c, fmt.Sprintf("offer.rewards.%d.", i), asks)
	}
}

func (r Rule) check(c *fault.Check, at string, asks []Ask) {
	c.That(r.To == ToCustomer || r.To == ToProspect, at+"to", "Please choose customer or prospect.")
	switch r.On {
	case OnAccepted, OnQualified, OnWon:
		c.That(len(asks) == 0 || slices.Contains(asks, AskIntroduction), at+"on", "This campaign does not ask for introductions.")
	case OnTestimonial:
		c.That(r.To != ToProspect, at+"to", "Only the customer writes a testimonial.")
		c.That(len(asks) == 0 || slices.Contains(asks, AskTestimonial), at+"on", "This campaign does not ask for testimonials.")
	default:
		c.Add(at+"on", "Please choose accepted, qualified, won or testimonial_submitted.")
	}
	r.checkAmount(c, at)
	r.checkRails(c, at)
	c.That(r.Caps.PerCustomer >= 0, at+"caps.per_customer", "Please choose zero (no limit) or more.")
	c.That(r.Caps.PerCompany >= 0, at+"caps.per_company", "Please choose zero (no limit) or more.")
	if p := r.Caps.PerPeriod; p != nil {
		within(c, at+"caps.per_period.days", p.Days, 1, maxDays)
		within(c, at+"caps.per_period.count", p.Count, 1, 1_000_000)
	}
}

func (r Rule) checkAmount(c *fault.Check, at string) {
	ways := 0
	for _, used := range []bool{r.AmountMinor != 0, r.PercentBPS != 0, len(r.Tiers) > 0} {
		if used {
			ways++
		}
	}
	c.That(ways == 1, at+"amount_minor", "Please give exactly one of an amount, a percentage and tiers.")
	inRange := func(v int64) bool { return v >= 0 && v <= maxAmount }
	c.That(inRange(r.AmountMinor), at+"amount_minor", "Please choose an amount above zero.")
	c.That(inRange(r.MaxMinor), at+"max_minor", "Please choose an amount above zero.")
	c.That(inRange(r.MinMinor), at+"min_minor", "Please choose an amount of zero or more.")
	c.That(r.MinMinor == 0 || r.On == OnWon, at+"min_minor", "Only a reward for a win can look at the deal.")

	if r.PercentBPS != 0 {
		c.That(r.PercentBPS > 0 && r.PercentBPS <= 10_000, at+"percent_bps", "Please choose from 1 (0.01 %) to 10000 (100 %).")
		c.That(r.On == OnWon, at+"percent_bps", "A percentage needs a deal, so it is earned on won.")
		c.That(slices.Contains([]Base{OfFirstInvoice, OfInvoices, OfDeal}, r.Of), at+"of", "Please choose first_invoice, invoices or deal.")
		c.That(r.MaxMinor > 0, at+"max_minor", "Please say what a percentage may reach at most.")
	} else {
		c.That(r.Of == "", at+"of", "Only a percentage has a base.")
		c.That(r.MaxMinor == 0, at+"max_minor", "Only a percentage has a maximum.")
	}
	if r.Of == OfInvoices {
		within(c, at+"within_days", r.WithinDays, 1, maxDays)
	} else {
		c.That(r.WithinDays == 0, at+"within_days", "Only a percentage of invoices has a time.")
	}
	c.That(len(r.Tiers) == 0 || r.On == OnWon, at+"tiers", "Tiers need a deal, so they are earned on won.")
	c.That(len(r.Tiers) <= 10, at+"tiers", "Please use at most ten tiers.")
	for i, t := range r.Tiers {
		field := fmt.Sprintf("%stiers.%d.", at, i)
		c.That(inRange(t.FromMinor), field+"from_minor", "Please choose an amount of zero or more.")
		c.That(t.AmountMinor > 0 && inRange(t.AmountMinor), field+"amount_minor", "Please choose an amount above zero.")
		if i > 0 {
			c.That(t.FromMinor > r.Tiers[i-1].FromMinor, field+"from_minor", "Each tier begins above the one before.")
			c.That(t.AmountMinor > r.Tiers[i-1].AmountMinor, field+"amount_minor", "Each tier is worth more than the one before.")
		}
	}
}

// prospectRails are the ways that need no customer account of the one who gets it. A gift code does: it is shown only after a
// code by mail to an address on file.
var prospectRails = []Rail{RailPromotionCode, RailManual}

func (r Rule) checkRails(c *fault.Check, at string) {
	c.That(len(r.Rails) > 0, at+"rails", "Please choose at least one way to pay it.")
	for i, rail := range r.Rails {
		field := fmt.Sprintf("%srails.%d", at, i)
		if !slices.Contains(Rails(), rail) {
			c.Add(field, "This is not one of the ways to pay.")
			continue
		}
		c.That(slices.Index(r.Rails, rail) == i, field, "This way is there twice.")
		c.That(r.To != ToProspect || slices.Contains(prospectRails, rail), field, "A prospect has no account yet; choose promotion_code or manual.")
	}
}

// ready adds what a campaign still needs before it can be launched.
func (p Plan) ready(c *fault.Check, known []Charity) {
	c.That(len(p.Asks) > 0, "asks", "Please choose what the campaign asks for.")
	c.That(len(p.Messages) > 0, "messages", "Please write the words in at least one language.")
	for _, lang := range languages(p.Messages) {
		w, at := p.Messages[lang], "messages."+lang+"."
		c.Required(at+"subject", w.Subject)
		c.Required(at+"body", w.Body)
		if p.Reminders.Max > 0 {
			c.Required(at+"reminder_subject", w.ReminderSubject)
			c.Required(at+"reminder_body", w.ReminderBody)
		}
	}
	p.Offer.readyCharities(c, known)
	o := Offer{Currency: p.Offer.Currency, Rules: p.Offer.Rewards}
	most := max(o.MaxPerIntroduction().Minor, o.MaxPerTestimonial().Minor)
	c.That(p.Offer.BudgetMinor >= most, "offer.budget_minor", "The budget does not cover the rewards of one introduction or testimonial.")
}

// Warning is something a marketer should think about; it does not keep a campaign from being launched.
type Warning struct {
	Field   string `json:"field"`
	Message string `json:"message"`
}

// Warnings returns what deserves a second thought.
func (p Plan) Warnings() []Warning {
	var out []Warning
	warn := func(field, message string) { out = append(out, Warning{field, message}) }
	for i, r := range p.Offer.Rewards {
		at := fmt.Sprintf("offer.rewards.%d", i)
		if r.PercentBPS > 0 {
			warn(at+".percent_bps", "A percentage lets the introducer work out what the new customer pays. A fixed or stepped thank-you does not.")
		}
		if len(r.Allowed(customer.GiftCompany)) == 0 && r.To == ToCustomer {
			warn(at+".rails", "Customers whose gift rule is company only cannot be promised this; add invoice_credit or donation.")
		}
	}
	if slices.Contains(p.Asks, AskIntroduction) {
		for _, lang := range languages(p.Messages) {
			if strings.TrimSpace(p.Suits[lang]) == "" {
				warn("suits."+lang, "Say whom it suits: customers stay silent when they cannot picture who fits.")
			}
		}
	}
	if p.Offer.BudgetMinor > 0 && len(p.Offer.Rewards) == 0 {
		warn("offer.budget_minor", "There is a budget, but no reward to spend it on.")
	}
	if len(p.Offer.Rewards) > 0 && p.Offer.HoldDays == 0 {
		warn("offer.hold_days", "Without days to wait, rewards are paid before a refund can be seen.")
	}
	return out
}
