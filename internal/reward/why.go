package reward

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"goodword/internal/campaign"
	"goodword/internal/customer"
	"goodword/internal/db"
	"goodword/internal/event"
	"goodword/internal/introduction"
	"goodword/internal/money"
)

// WhyNot is why a rule earned nothing by an introduction, or less than it promised.
type WhyNot string

// The reasons. Those before what it is given for has happened:
const (
	WhyNotYet     WhyNot = "not_yet"
	WhyUndo       WhyNot = "undo"       // the yes can still be taken back
	WhySaidNo     WhyNot = "said_no"    // declined
	WhyRanOut     WhyNot = "ran_out"    // expired without an answer
	WhyWithdrawn  WhyNot = "withdrawn"  // by the introducer
	WhyLost       WhyNot = "lost"       // no order came of it
	WhySeconded   WhyNot = "seconded"   // somebody else's introduction of the same person came first
	WhyCustomer   WhyNot = "customer"   // the person was a customer already
	WhySelf       WhyNot = "self"       // they introduced themselves
	WhyColleague  WhyNot = "colleague"  // the person introduced is one of us
	WhySuppressed WhyNot = "suppressed" // the person wants no contact
	WhyEnded      WhyNot = "ended"      // the campaign ended before it was sent
	WhyNoYes      WhyNot = "no_yes"     // paid, but never said yes
	WhyWindow     WhyNot = "window"     // paid after the time in which a close counts
)

// Those that let nothing be earned although it has happened:
const (
	WhyNoRule     WhyNot = "no_rule"     // the offer promises this side nothing
	WhyByStaff    WhyNot = "by_staff"    // introduced by a colleague
	WhyNobody     WhyNot = "nobody"      // a public placement, behind which nobody stands
	WhyFavour     WhyNot = "favour"      // introduced to another customer and not to us
	WhyGiftRule   WhyNot = "gift_rule"   // the customer's gift rule allows none of the ways
	WhyCapPerson  WhyNot = "cap_person"  // the most for one customer
	WhyCapCompany WhyNot = "cap_company" // the most for one company
	WhyCapPeriod  WhyNot = "cap_period"  // the most for one customer in a time
	WhyBudget     WhyNot = "budget"
	WhyCurrency   WhyNot = "currency" // paid in another currency than the offer's
	WhyMinimum    WhyNot = "minimum"  // worth less than the least that counts
	WhyZero       WhyNot = "zero"     // the share comes to nothing
	WhyOther      WhyNot = "other"
)

// And those that took something from what was earned:
const (
	WhyHeld     WhyNot = "held"
	WhyUndone   WhyNot = "undone"   // refunded, disputed, retracted, or undone by staff
	WhyRejected WhyNot = "rejected" // by a person
	WhyDeclined WhyNot = "declined" // by its owner
	WhyExpired  WhyNot = "expired"
	WhyNetted   WhyNot = "netted"  // paid an older debt
	WhyMost     WhyNot = "most"    // the most that a share gives
	WhyRefused  WhyNot = "refused" // the rail did not take it
	WhyNotFirst WhyNot = "not_first"
)

// Explained is what one rule of an introduction's offer has come to. A payment that earned nothing beside the rest has one of its
// own, with Deal.
type Explained struct {
	// Rule is the number of the offer's rule, or -1.
	Rule int
	To   campaign.Party
	On   campaign.Stage
	// Happened is true when what the rule is about has happened.
	Happened bool
	// Earned is what there is of it now.
	Earned money.Amount
	Why    WhyNot
	// Waiting is true while a person may still decide otherwise.
	Waiting bool
	// Text says it to staff in English sentences.
	Text string
	// RewardID is the reward that it is about, Deal the payment; empty otherwise.
	RewardID, Deal string
}

// told are the reasons that the introducer may read as they are; every other is only that the conditions were not met. What the
// person whom they introduced did, or what a check found, is nobody else's business (S8).
var toldWhy = []WhyNot{WhyNoRule, WhyFavour, WhyGiftRule, WhyCapPerson, WhyCapCompany, WhyCapPeriod, WhyBudget, WhyUndone}

// Key is the catalogue key of what the introducer is told; empty where there is nothing to tell, or where a reward tells it.
func (e Explained) Key() string {
	switch {
	case e.To != campaign.ToCustomer || !e.Happened || e.RewardID != "" || e.Deal != "" || e.Why == "":
		return ""
	case e.Waiting:
		return "why.waiting"
	case slices.Contains(toldWhy, e.Why):
		return "why." + string(e.Why)
	}
	return "why.other"
}

// explaining is what there is to know of an introduction.
type explaining struct {
	i       introduction.Introduction
	offer   campaign.Offer
	open    bool // the campaign is not over
	owner   customer.Customer
	rewards []Reward
	deals   []introduction.Deal
	cases   []Case
	caps    []Public
	now     time.Time
}

// Why answers, for every rule of the introduction's offer, why it has earned nothing or less. What has earned all that it
// promised has no entry. It only reads.
func (s *Service) Why(ctx context.Context, i introduction.Introduction) ([]Explained, error) {
	x, err := s.explaining(ctx, i)
	if err != nil {
		return nil, fmt.Errorf("explain introduction %s: %w", i.ID, err)
	}
	var out []Explained
	promised := map[campaign.Party]bool{}
	for n, rule := range x.offer.Rules {
		if rule.On == campaign.OnTestimonial {
			continue
		}
		promised[rule.To] = true
		out = append(out, x.rule(n, rule)...)
	}
	if !promised[campaign.ToCustomer] {
		e := Explained{Rule: -1, To: campaign.ToCustomer, On: campaign.OnWon, Happened: !i.WonAt.IsZero(), Earned: money.New(0, x.offer.Currency), Why: WhyNoRule,
			Text: fmt.Sprintf("Version %d of the offer promises the introducer nothing for an introduction.", x.offer.Number)}
		if why, text := x.nobody(campaign.ToCustomer); why != "" {
			e.Why, e.Text = why, text
		}
		out = append(out, e)
	}
	return append(out, x.payments()...), nil
}

func (s *Service) explaining(ctx context.Context, i introduction.Introduction) (x explaining, err error) {
	x.i, x.now = i, s.now()
	if x.offer, err = campaign.OfferByID(ctx, s.DB, i.OfferID); err != nil {
		return x, err
	}
	c, err := campaign.ByID(ctx, s.DB, i.CampaignID)
	if err != nil {
		return x, err
	}
	x.open = c.Open()
	if i.IntroducerID != "" {
		if x.owner, err = s.Customers.ByID(ctx, s.DB, i.IntroducerID); err != nil {
			return x, err
		}
	}
	if x.rewards, err = ofColumn(ctx, s.DB, "introduction_id", i.ID); err != nil {
		return x, err
	}
	if x.deals, err = allDealsOf(ctx, s.DB, i.ID); err != nil {
		return x, err
	}
	cases, err := listCases(ctx, s.DB, CaseFilter{IntroductionID: i.ID}, db.Page{Limit: storyLimit})
	if err != nil {
		return x, err
	}
	x.cases = cases.Items
	events, err := event.Timeline(ctx, s.DB, event.Filter{IntroductionID: i.ID, Types: []string{"reward.capped"}}, db.Page{Limit: storyLimit})
	if err != nil {
		return x, err
	}
	for _, e := range events.Items {
		var p Public
		if err := json.Unmarshal(e.Data, &p); err != nil {
			return x, fmt.Errorf("read event %s: %w", e.ID, err)
		}
		x.caps = append(x.caps, p)
	}
	return x, nil
}

func (x explaining) rule(n int, rule campaign.Rule) []Explained {
	e := Explained{Rule: n, To: rule.To, On: rule.On, Happened: x.happened(rule.On), Earned: money.New(0, x.offer.Currency)}
	var rows []Reward
	for _, r := range x.rewards {
		if r.Rule == n && r.Beneficiary == rule.To {
			rows = append(rows, r)
			e.Earned.Minor += r.Effective()
		}
	}
	if len(rows) > 0 {
		return x.less(e, rule, rows)
	}
	if e.Happened {
		e.Waiting = x.waiting(n, rule)
	}
	for _, look := range []func() (WhyNot, string){
		func() (WhyNot, string) { return x.nobody(rule.To) },
		func() (WhyNot, string) { return x.before(rule.On) },
		func() (WhyNot, string) { return x.nothing(n, rule) },
	} {
		if e.Why, e.Text = look(); e.Why != "" {
			break
		}
	}
	return []Explained{e}
}

// happened reports whether an introduction has got as far as a stage.
func (x explaining) happened(on campaign.Stage) bool {
	switch on {
	case campaign.OnWon:
		return !x.i.WonAt.IsZero()
	case campaign.OnQualified:
		return !x.i.QualifiedAt.IsZero()
	}
	return !x.i.AcceptedAt.IsZero() && x.i.UndoUntil.IsZero()
}

// nobody is why a side can earn nothing at all.
func (x explaining) nobody(to campaign.Party) (WhyNot, string) {
	switch {
	case x.i.ForCustomerID != "":
		return WhyFavour, "The person was introduced to another customer and not to us: that is a favour, and favours earn nothing."
	case to == campaign.ToProspect:
		return "", ""
	case x.i.IntroducerStaffID != "":
		return WhyByStaff, "A colleague made this introduction, and colleagues earn nothing."
	case x.i.IntroducerID == "":
		return WhyNobody, "It came through a public placement, so there is no introducer who could earn."
	}
	return "", ""
}

// before is why it has not come to what the rule rewards.
func (x explaining) before(on campaign.Stage) (WhyNot, string) {
	if x.happened(on) {
		return "", ""
	}
	if why, text := x.uncounted(); why != "" && on == campaign.OnWon {
		return why, text
	}
	switch x.i.State {
	case introduction.ScreenedOut:
		return x.screened()
	case introduction.Declined:
		return WhySaidNo, "The person said no."
	case introduction.Expired:
		return WhyRanOut, "Nobody answered in time."
	case introduction.Withdrawn:
		return WhyWithdrawn, "The introducer withdrew it."
	case introduction.Lost:
		return WhyLost, "It was closed as lost before that."
	case introduction.Accepted:
		if !x.i.UndoUntil.IsZero() && on == campaign.OnAccepted {
			return WhyUndo, "The yes can still be taken back; what it earns is promised after that, within minutes."
		}
	}
	text := "It is given when " + stageText(on) + ", and that has not happened yet."
	switch {
	case x.open:
	case x.i.State == introduction.Draft:
		return WhyEnded, "The campaign ended before it was sent."
	default:
		text += " The campaign has ended; what it promised for this introduction stands."
	}
	return WhyNotYet, text
}

func stageText(on campaign.Stage) string {
	switch on {
	case campaign.OnAccepted:
		return "the person says yes"
	case campaign.OnQualified:
		return "the first meeting has taken place"
	}
	return "the person becomes a customer"
}

func (x explaining) screened() (WhyNot, string) {
	switch x.i.OutcomeReason {
	case introduction.ReasonSeconded:
		return WhySeconded, "Not the first: somebody else's introduction of the same person counts in this campaign."
	case introduction.ReasonCustomer:
		return WhyCustomer, "The person was a customer of ours already."
	case introduction.ReasonSelf:
		return WhySelf, "The introducer gave an address of their own."
	case introduction.ReasonStaff:
		return WhyColleague, "The person introduced is one of our colleagues."
	case introduction.ReasonSuppressed:
		return WhySuppressed, "The person does not want to hear from us."
	}
	return WhyOther, "It was screened out."
}

// uncounted is why a payment that arrived did not close the introduction.
func (x explaining) uncounted() (WhyNot, string) {
	for _, d := range x.deals {
		if d.Counted {
			return "", ""
		}
	}
	if len(x.deals) == 0 {
		return "", ""
	}
	d := x.deals[len(x.deals)-1]
	paid := fmt.Sprintf("%s was paid on %s", d.Amount(), d.At.UTC().Format(time.DateOnly))
	for _, c := range x.cases {
		switch c.Kind {
		case "deal_after_end":
			if end := x.i.ProtectedUntil; !end.IsZero() && d.At.After(end) {
				return WhyWindow, fmt.Sprintf("%s, after %s, when the time in which an order counts had ended.", paid, end.UTC().Format(time.DateOnly))
			}
			return WhySeconded, paid + ", but by then somebody else's introduction of the same person counted."
		case "deal_without_yes":
			return WhyNoYes, paid + ", but the person had never said yes to this introduction."
		}
	}
	return "", ""
}

// nothing is why a rule earned nothing although what it rewards has happened.
func (x explaining) nothing(n int, rule campaign.Rule) (WhyNot, string) {
	for _, c := range x.caps {
		if c.Rule != nil && *c.Rule != n || c.To != rule.To || c.On != rule.On {
			continue
		}
		return capText(c.Capped, rule.Caps)
	}
	if rule.To == campaign.ToCustomer && len(rule.Allowed(x.owner.GiftPolicy)) == 0 {
		return WhyGiftRule, "The introducer's gift rule allows none of the ways in which it could be paid."
	}
	for _, c := range x.cases {
		if c.Kind != CaseBudget || c.Subject != cause("introduction", x.i.ID, n, rule.To) {
			continue
		}
		text := "The campaign's budget did not cover it. " + c.Detail
		if c.State == CaseOpen {
			return WhyBudget, text + " Raise the budget and resolve the case by trying again."
		}
		return WhyBudget, text + " The case was closed: " + c.Resolution + "."
	}
	base, foreign := x.base(rule)
	switch target, err := rule.Amount(base); {
	case foreign != "":
		return WhyCurrency, fmt.Sprintf("It was paid in %s and the offer is in %s. Nothing is converted: a person decides, by the case.", foreign, x.offer.Currency)
	case err == nil && target.Minor == 0 && x.i.State == introduction.Unwound:
		return WhyUndone, undoneText(x.i.OutcomeReason)
	case err == nil && base.Minor < least(rule):
		return WhyMinimum, fmt.Sprintf("The order came to %s, and the rule begins at %s.", base, money.New(least(rule), x.offer.Currency))
	case err == nil && target.Minor == 0:
		return WhyZero, fmt.Sprintf("The share of %s comes to nothing.", base)
	}
	return WhyOther, "No reason is on record for it. The audit log of the introduction tells what was done."
}

// waiting reports whether an open case may still let the rule earn something.
func (x explaining) waiting(n int, rule campaign.Rule) bool {
	return slices.ContainsFunc(x.cases, func(c Case) bool {
		return c.State == CaseOpen && (c.Kind == CaseCurrency || c.Kind == CaseBudget && c.Subject == cause("introduction", x.i.ID, n, rule.To))
	})
}

// least is from which worth a rule gives anything.
func least(r campaign.Rule) int64 {
	low := r.MinMinor
	if len(r.Tiers) > 0 {
		low = max(low, r.Tiers[0].FromMinor)
	}
	return low
}

func capText(limit string, caps campaign.Caps) (WhyNot, string) {
	switch {
	case limit == "per_customer" && caps.PerCustomer > 0:
		return WhyCapPerson, fmt.Sprintf("A cap was reached: at most %d for one customer.", caps.PerCustomer)
	case limit == "per_company" && caps.PerCompany > 0:
		return WhyCapCompany, fmt.Sprintf("A cap was reached: at most %d for one company, whoever introduces.", caps.PerCompany)
	case limit == "per_period" && caps.PerPeriod != nil:
		return WhyCapPeriod, fmt.Sprintf("A cap was reached: at most %d for one customer in %d days.", caps.PerPeriod.Count, caps.PerPeriod.Days)
	}
	return WhyCapPerson, "A cap of the offer was reached."
}

// base is what the counted payments come to for a rule, in the offer's currency, and another currency that was paid in, if any.
// It is Service.base for who only reads.
func (x explaining) base(rule campaign.Rule) (sum money.Amount, foreign string) {
	sum = money.New(0, x.offer.Currency)
	for _, d := range x.deals {
		late := rule.WithinDays > 0 && d.At.After(x.i.WonAt.AddDate(0, 0, rule.WithinDays))
		if !d.Counted || d.ID != x.i.DealID && (rule.Of != campaign.OfInvoices || late) {
			continue
		}
		if d.Currency != x.offer.Currency {
			foreign = d.Currency
			continue
		}
		sum.Minor += d.Net().Minor
	}
	return sum, foreign
}

// less is what was taken from the rewards of a rule, or keeps them.
func (x explaining) less(e Explained, rule campaign.Rule, rows []Reward) []Explained {
	var out []Explained
	add := func(r Reward, why WhyNot, text string) {
		one := e
		one.RewardID, one.Why, one.Text = r.ID, why, text
		out = append(out, one)
	}
	for _, r := range rows {
		gone := money.New(r.AccruedMinor-r.Effective(), r.Currency)
		switch {
		case !r.DeclinedAt.IsZero():
			add(r, WhyDeclined, fmt.Sprintf("Its owner did not want %s.", gone))
		case r.RejectedWhy != "":
			add(r, WhyRejected, fmt.Sprintf("A person rejected it on %s: %s", r.RejectedAt.UTC().Format(time.DateOnly), RejectText(r.RejectedWhy)))
		case r.State == Expired:
			add(r, WhyExpired, "It expired: nobody chose in time how it should come.")
		case gone.Minor > 0 && r.Reason != "":
			add(r, WhyUndone, fmt.Sprintf("%s of %s was taken back. %s", gone, money.New(r.AccruedMinor, r.Currency), undoneText(r.Reason)))
		case gone.Minor > 0:
			add(r, WhyUndone, fmt.Sprintf("%s of %s was taken back.", gone, money.New(r.AccruedMinor, r.Currency)))
		}
		switch r.State {
		case Held:
			add(r, WhyHeld, upperFirst(heldText(r.HeldReason))+".")
		case Failed:
			add(r, WhyRefused, "The way that was chosen refused the payment; a case says why.")
		}
		if r.NettedMinor > 0 {
			add(r, WhyNetted, fmt.Sprintf("%s of it paid back an older thank-you that had been undone.", money.New(r.NettedMinor, r.Currency)))
		}
	}
	if rule.MaxMinor > 0 && rule.PercentBPS > 0 {
		base, _ := x.base(rule)
		open := rule
		open.MaxMinor = 0
		if all, err := open.Amount(base); err == nil && all.Minor > rule.MaxMinor {
			add(rows[0], WhyMost, fmt.Sprintf("The share would be %s; the offer gives at most %s.", all, money.New(rule.MaxMinor, x.offer.Currency)))
		}
	}
	return out
}

// payments explains payments after the close that earned nothing.
func (x explaining) payments() []Explained {
	if x.i.State != introduction.Won && x.i.State != introduction.Unwound {
		return nil
	}
	rules := slices.DeleteFunc(slices.Clone(x.offer.Rules), func(r campaign.Rule) bool { return r.On != campaign.OnWon || r.Of != campaign.OfInvoices })
	var out []Explained
	for _, d := range x.deals {
		if d.Counted {
			continue
		}
		e := Explained{Rule: -1, To: campaign.ToCustomer, On: campaign.OnWon, Happened: true, Earned: money.New(0, x.offer.Currency), Deal: d.ID, Why: WhyNotFirst}
		paid := fmt.Sprintf("The payment of %s on %s", d.Amount(), d.At.UTC().Format(time.DateOnly))
		late := func(r campaign.Rule) bool {
			return r.WithinDays > 0 && d.At.After(x.i.WonAt.AddDate(0, 0, r.WithinDays))
		}
		switch {
		case x.i.State == introduction.Unwound:
			e.Text = paid + " came after the close had been undone. A case asks a person to decide."
		case len(rules) == 0:
			e.Text = paid + " was not the first, and the offer rewards the first only."
		case !slices.ContainsFunc(rules, func(r campaign.Rule) bool { return !late(r) }):
			e.Why = WhyWindow
			e.Text = fmt.Sprintf("%s came later than the %d days in which payments count.", paid, rules[0].WithinDays)
		default:
			e.Text = paid + " is taken for one that was counted already: it was reported in another way than the close."
		}
		out = append(out, e)
	}
	return out
}

// undoneText says in a sentence why something was taken back; a person's own words come as they are.
func undoneText(reason string) string {
	switch reason {
	case "refunded":
		return "The order behind it was refunded."
	case "dispute_lost":
		return "The payment behind it was disputed, and the dispute was lost."
	case "retracted":
		return "The person took the yes back."
	case "staff":
		return "A colleague undid the close."
	case "declined":
		return "Its owner did not want it."
	case "":
		return "The close was undone."
	}
	return "The reason on record: " + strings.TrimRight(reason, ". ") + "."
}

// RejectText says to staff what the owner of a rejected reward is told; why is one of RejectReasons.
func RejectText(why string) string {
	switch why {
	case "self":
		return "they introduced themselves or their own company."
	case "customer":
		return "the person was a customer already."
	case "duplicate":
		return "the person had been introduced before."
	case "staff":
		return "colleagues and their families cannot earn."
	case "terms":
		return "it does not fit the terms of the campaign."
	}
	return "it could not be confirmed."
}

func upperFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
