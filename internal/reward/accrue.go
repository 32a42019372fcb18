package reward

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/uptrace/bun"

	"goodword/internal/campaign"
	"goodword/internal/customer"
	"goodword/internal/db"
	"goodword/internal/fault"
	"goodword/internal/ident"
	"goodword/internal/introduction"
	"goodword/internal/ledger"
	"goodword/internal/money"
	"goodword/internal/testimonial"
)

// Earnings is the service as introductions see it: it implements introduction.Earnings.
type Earnings struct{ s *Service }

// Earnings returns the service as introductions see it.
func (s *Service) Earnings() Earnings { return Earnings{s} }

var _ introduction.Earnings = Earnings{}

// Accrue promises what the introduction's offer gives for the fact, to each side once per rule (M13). What the budget no
// longer covers, or what is in another currency than the offer, becomes a case instead; what a cap forbids, an event.
func (e Earnings) Accrue(ctx context.Context, tx db.Tx, f introduction.Earned) error {
	offer, err := campaign.OfferByID(ctx, tx, f.Introduction.OfferID)
	if err != nil {
		return err
	}
	for _, n := range offer.Earned(f.On) {
		rule := offer.Rules[n]
		if f.Later && rule.Of != campaign.OfInvoices {
			continue
		}
		if rule.To == campaign.ToCustomer && !f.Introduction.RewardsIntroducer() ||
			rule.To == campaign.ToProspect && !f.Introduction.RewardsProspect() {
			continue
		}
		if err := e.s.earn(ctx, tx, f, offer, n); err != nil {
			return fmt.Errorf("accrue rule %d of introduction %s: %w", n, f.Introduction.ID, err)
		}
	}
	return nil
}

// earn brings one rule up to what the introduction has earned by now.
func (s *Service) earn(ctx context.Context, tx db.Tx, f introduction.Earned, offer campaign.Offer, n int) error {
	rule, now := offer.Rules[n], s.now()
	r := Reward{CampaignID: offer.CampaignID, OfferID: offer.ID, Rule: n, EarnedOn: rule.On, Beneficiary: rule.To,
		IntroductionID: f.Introduction.ID, Currency: offer.Currency, MaturesAt: now.AddDate(0, 0, offer.HoldDays)}
	if rule.To == campaign.ToProspect && rule.On == campaign.OnAccepted {
		// A welcome code is no thank-you for a sale: it has no refund window to wait for.
		r.MaturesAt = now
	}
	if rule.To == campaign.ToCustomer {
		r.CustomerID = f.Introduction.IntroducerID
	}
	r.CloserID = closer(f)
	rows, err := lockGroup(ctx, tx, r.group())
	if err != nil {
		return err
	}
	base, err := s.base(ctx, tx, f.Introduction, offer, rule, "")
	if err != nil {
		return err
	}
	target, err := rule.Amount(base)
	if err != nil {
		return err
	}
	due := target.Minor - have(rows) - kept(rows)
	if f.Later && len(rows) == 0 {
		// What a cap or an empty budget refused before stays refused: only the new payment earns.
		without, err := s.base(ctx, tx, f.Introduction, offer, rule, f.Deal.ID)
		if err != nil {
			return err
		}
		before, err := rule.Amount(without)
		if err != nil {
			return err
		}
		due = target.Minor - before.Minor
	}
	if due <= 0 {
		return nil
	}
	if f.Deal != nil {
		r.DealID = f.Deal.ID
		net := f.Deal.Net().Minor
		r.BaseMinor = &net
	}
	r.Cause = cause("introduction", f.Introduction.ID, n, rule.To)
	if f.Later {
		r.Cause += ":" + f.Deal.ID
	}
	r.AccruedMinor, r.AmountMinor = due, due
	return s.promise(ctx, tx, &r, rule, len(rows) == 0, change{actor: f.Actor, at: now})
}

func cause(kind, id string, rule int, to campaign.Party) string {
	return kind + ":" + id + ":" + strconv.Itoa(rule) + ":" + string(to)
}

// closer names the colleague or key on whose word alone the fact rests (M19). It goes by what was written down then, because
// a fact may earn later, by a sweep or when somebody retries.
func closer(f introduction.Earned) string {
	switch f.On {
	case campaign.OnWon:
		if f.Deal != nil && f.Deal.Source == introduction.FromHand {
			return f.Deal.ActorID
		}
	case campaign.OnQualified:
		return f.Introduction.QualifiedBy
	case campaign.OnAccepted:
		return f.Introduction.YesBy
	}
	return ""
}

// have is what a group has been given and is due to it, or shall never be given again.
func have(rows []*Reward) int64 {
	sum := int64(0)
	for _, r := range rows {
		sum += r.Effective() + r.ForgoneMinor
	}
	return sum
}

// kept is what the owner of a group keeps although it was taken back.
func kept(rows []*Reward) int64 {
	sum := int64(0)
	for _, r := range rows {
		sum += r.WrittenOffMinor
	}
	return sum
}

// base is what a rule looks at: all counted payments for a share of invoices, else the deal that closed it, less refunds.
// except leaves one deal out. A payment in another currency than the offer is never converted (M26): it counts nothing and
// opens a case.
func (s *Service) base(ctx context.Context, tx db.Tx, i introduction.Introduction, o campaign.Offer, r campaign.Rule, except string) (money.Amount, error) {
	sum := money.New(0, o.Currency)
	if r.On != campaign.OnWon || r.PercentBPS == 0 && len(r.Tiers) == 0 && r.MinMinor == 0 {
		return sum, nil
	}
	deals, err := dealsOf(ctx, tx, i.ID)
	if err != nil {
		return sum, err
	}
	for _, d := range deals {
		closing := d.ID == i.DealID
		late := r.WithinDays > 0 && d.At.After(i.WonAt.AddDate(0, 0, r.WithinDays))
		if d.ID == except || !closing && (r.Of != campaign.OfInvoices || late) {
			continue
		}
		if d.Currency != o.Currency {
			err := s.openCase(ctx, tx, Case{Kind: CaseCurrency, Subject: d.ID, IntroductionID: i.ID,
				Detail: fmt.Sprintf("Deal of %s, but the offer is in %s.", d.Amount(), o.Currency)})
			if err != nil {
				return sum, err
			}
			continue
		}
		if sum, err = sum.Add(d.Net()); err != nil {
			return sum, fmt.Errorf("deals of introduction %s: %w", i.ID, err)
		}
	}
	return sum, nil
}

// promise reserves the budget and makes the reward: both or nothing (M14). first is false for a further part of something
// that was earned before, which no cap counts again.
func (s *Service) promise(ctx context.Context, tx db.Tx, r *Reward, rule campaign.Rule, first bool, c change) error {
	r.ID, r.State, r.CreatedAt = ident.New(), Pending, c.at
	var owner customer.Customer
	if r.CustomerID != "" {
		var err error
		if owner, err = s.Customers.ByID(ctx, tx, r.CustomerID); err != nil {
			return err
		}
		r.Rails = rule.Allowed(owner.GiftPolicy)
		if len(r.Rails) == 0 {
			return nil // their gift rule: nothing was promised
		}
	} else {
		r.Rails = rule.Rails
	}
	known, err := s.firstWay(ctx, tx, *r, owner)
	if err != nil {
		return err
	}
	r.take(known, c.at)
	// The budget's row is the one gate of the campaign: whoever holds it counts and reserves alone, so that neither caps nor
	// budget can be overrun and no posting fails.
	left, err := ledger.Lock(ctx, tx, ledger.Avail(r.CampaignID), r.Currency)
	if err != nil {
		return err
	}
	if first {
		capped, err := s.capped(ctx, tx, *r, rule, owner)
		if err != nil {
			return err
		}
		if capped != "" {
			return s.recordCapped(ctx, tx, *r, capped, c)
		}
	}
	if left < r.AmountMinor {
		return s.openCase(ctx, tx, Case{Kind: CaseBudget, Subject: r.Cause, IntroductionID: r.IntroductionID,
			Detail: fmt.Sprintf("%s was earned, but only %s of the campaign's budget is left.", r.Amount(), money.New(left, r.Currency))})
	}
	fresh, err := insert(ctx, tx, r)
	if err != nil || !fresh {
		return err
	}
	c.fact = "1"
	return s.write(ctx, tx, r, entry{change: c, kind: "accrue", what: "accrued", legs: r.accrual()})
}

// firstWay is the way that needs no question: the one that is set already, the only one, the one that the customer chose before,
// and for a prospect the first that we have. It is empty where its owner has to be asked.
func (s *Service) firstWay(ctx context.Context, tx db.Tx, r Reward, owner customer.Customer) (way, error) {
	open, err := charitiesFor(ctx, tx, r.OfferID, owner.Country, r.Rails)
	if err != nil {
		return way{}, err
	}
	rail := s.firstRail(r, owner, open)
	if rail != campaign.RailDonation || len(open) == 0 {
		return way{rail: rail}, nil
	}
	return s.charityWay(ctx, tx, r, owner, open)
}

func (s *Service) firstRail(r Reward, owner customer.Customer, open []campaign.Charity) campaign.Rail {
	have := s.usable(r.Rails, open)
	switch {
	case len(have) == 0:
		// Nothing can pay it now; a person is told when it is due.
		return r.Rails[0]
	case slices.Contains(have, r.Rail):
		return r.Rail
	case r.Beneficiary == campaign.ToProspect, len(have) == 1:
		return have[0]
	case slices.Contains(have, campaign.Rail(owner.PreferredRail)):
		return campaign.Rail(owner.PreferredRail)
	}
	return ""
}

// usable are the rails of the list that this installation has; a donation needs a charity that takes it.
func (s *Service) usable(rails []campaign.Rail, open []campaign.Charity) []campaign.Rail {
	var out []campaign.Rail
	for _, name := range rails {
		if _, ok := s.rails[name]; ok && (name != campaign.RailDonation || len(open) > 0) {
			out = append(out, name)
		}
	}
	return out
}

// capped names the cap that the reward would break, "" if none. The campaign's budget is locked. Caps bound what customers
// earn; a prospect buys for the first time only once.
func (s *Service) capped(ctx context.Context, tx db.Tx, r Reward, rule campaign.Rule, owner customer.Customer) (string, error) {
	if r.CustomerID == "" {
		return "", nil
	}
	type limit struct {
		name string
		most int
		counted
	}
	limits := []limit{{"per_customer", rule.Caps.PerCustomer, counted{reward: r}}}
	if owner.CompanyID != "" {
		limits = append(limits, limit{"per_company", rule.Caps.PerCompany, counted{reward: r, companyID: owner.CompanyID}})
	}
	if p := rule.Caps.PerPeriod; p != nil {
		limits = append(limits, limit{"per_period", p.Count, counted{reward: r, since: r.CreatedAt.AddDate(0, 0, -p.Days)}})
	}
	for _, l := range limits {
		if l.most == 0 {
			continue
		}
		n, err := countSources(ctx, tx, l.counted)
		if err != nil {
			return "", err
		}
		if n >= l.most {
			return l.name, nil
		}
	}
	return "", nil
}

// recordCapped keeps why nothing was earned, so that it can be explained.
func (s *Service) recordCapped(ctx context.Context, tx db.Tx, r Reward, limit string, c change) error {
	c.reason = limit
	r.ID = ""
	after := r.public()
	after.Capped, after.Rule = limit, &r.Rule
	return s.record(ctx, tx, r, entry{change: c, what: "capped"}, after)
}

// accrueAgain makes the reward that a case about an empty budget stands for: what was promised stays promised. The case's
// subject is the cause. Returns Conflict while the budget does not cover it, or when the fact has been undone.
func (s *Service) accrueAgain(ctx context.Context, tx db.Tx, cs Case, c change) error {
	parts := strings.Split(cs.Subject, ":")
	if len(parts) < 4 {
		return fmt.Errorf("case %s is about %q", cs.ID, cs.Subject)
	}
	n, err := strconv.Atoi(parts[2])
	if err != nil {
		return fmt.Errorf("case %s is about %q: %w", cs.ID, cs.Subject, err)
	}
	if parts[0] == "testimonial" {
		t, err := testimonialOf(ctx, tx, parts[1])
		if err != nil {
			return err
		}
		err = s.TestimonialEarnings().Accrue(ctx, tx, testimonial.Earned{TestimonialID: t.ID, CustomerID: t.CustomerID, CampaignID: t.CampaignID,
			OfferID: t.OfferID, At: c.at, Actor: c.actor})
		if err != nil {
			return err
		}
		return made(ctx, tx, cs.Subject)
	}
	i, err := introductionOf(ctx, tx, parts[1])
	if err != nil {
		return err
	}
	offer, err := campaign.OfferByID(ctx, tx, i.OfferID)
	if err != nil {
		return err
	}
	rule, ok := offer.Rule(n)
	if !ok {
		return fmt.Errorf("offer %s has no rule %d", offer.ID, n)
	}
	f := introduction.Earned{On: rule.On, Introduction: i, At: c.at, Actor: c.actor}
	if !stands(i, rule.On) {
		return &fault.Error{Code: fault.Conflict, Message: "What it was earned for has been undone."}
	}
	if strings.Contains(cs.Subject, ":again:") {
		if err := s.level(ctx, tx, i, []campaign.Stage{rule.On}, c); err != nil {
			return err
		}
		return made(ctx, tx, cs.Subject)
	}
	deals, err := dealsOf(ctx, tx, i.ID)
	if err != nil {
		return err
	}
	for _, d := range deals {
		if rule.On == campaign.OnWon && (len(parts) == 4 && d.ID == i.DealID || len(parts) == 5 && d.ID == parts[4]) {
			f.Deal, f.Later = &d, len(parts) == 5
		}
	}
	if err := s.earn(ctx, tx, f, offer, n); err != nil {
		return err
	}
	return made(ctx, tx, cs.Subject)
}

// stands reports whether what an introduction has earned at a stage is still true.
func stands(i introduction.Introduction, on campaign.Stage) bool {
	switch on {
	case campaign.OnWon:
		return i.State == introduction.Won
	case campaign.OnQualified:
		return !i.QualifiedAt.IsZero()
	}
	return i.State.Credited() || i.State == introduction.Lost
}

// made refuses to go on while there is no reward for the cause.
func made(ctx context.Context, tx db.Tx, cause string) error {
	ok, err := hasCause(ctx, tx, cause)
	if err == nil && !ok {
		err = &fault.Error{Code: fault.Conflict, Message: "The campaign's budget does not cover it yet."}
	}
	return err
}

// earnAgain earns a further part of what r stands for: what was taken back wrongly or is given back in another form.
func (s *Service) earnAgain(ctx context.Context, tx db.Tx, r Reward, minor int64, number int, c change) error {
	offer, err := campaign.OfferByID(ctx, tx, r.OfferID)
	if err != nil {
		return err
	}
	rule, ok := offer.Rule(r.Rule)
	if !ok {
		return fmt.Errorf("offer %s has no rule %d", offer.ID, r.Rule)
	}
	fresh := Reward{CampaignID: r.CampaignID, OfferID: r.OfferID, Rule: r.Rule, EarnedOn: r.EarnedOn, Beneficiary: r.Beneficiary,
		CustomerID: r.CustomerID, IntroductionID: r.IntroductionID, TestimonialID: r.TestimonialID, DealID: r.DealID,
		Currency: r.Currency, AccruedMinor: minor, AmountMinor: minor, BaseMinor: r.BaseMinor, Rail: r.Rail, CharityID: r.CharityID, MaturesAt: r.MaturesAt,
		CloserID: cmp.Or(c.closer, r.CloserID), ClearedBy: c.clearedBy}
	if c.clearedBy != "" {
		fresh.AloneNote = r.AloneNote
	}
	fresh.Cause = again(r, number)
	return s.promise(ctx, tx, &fresh, rule, false, c)
}

// again is the cause of a further part.
func again(r Reward, number int) string {
	kind := "introduction"
	if r.IntroductionID == "" {
		kind = "testimonial"
	}
	return cause(kind, r.source(), r.Rule, r.Beneficiary) + ":again:" + strconv.Itoa(number)
}

// Owed tells what the introducer has earned by an introduction so far.
func (e Earnings) Owed(ctx context.Context, idb bun.IDB, introductionID string) (introduction.Owed, error) {
	rows, err := ofColumn(ctx, idb, "introduction_id", introductionID)
	if err != nil {
		return introduction.Owed{}, err
	}
	var o introduction.Owed
	for _, r := range rows {
		if r.Beneficiary != campaign.ToCustomer || r.Effective() == 0 {
			continue
		}
		if o.Amount.Currency == "" {
			o.Amount.Currency = r.Currency
		}
		if o.Amount, err = o.Amount.Add(money.New(r.Effective(), r.Currency)); err != nil {
			return introduction.Owed{}, fmt.Errorf("sum up introduction %s: %w", introductionID, err)
		}
		if r.MaturesAt.After(o.PayableAt) {
			o.PayableAt = r.MaturesAt
		}
		o.Choose = o.Choose || r.Rail == "" && r.Choosable()
	}
	return o, nil
}
