package risk

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"goodword/internal/customer"
	"goodword/internal/db"
	"goodword/internal/introduction"
	"goodword/internal/reward"
	"goodword/internal/setting"
	"goodword/internal/staff"
)

// rule is one check: what it needs to know beyond the two people, and what follows from it.
type rule struct {
	name Name
	// gather adds to the facts; nil where the people are enough. It may read anything and writes nothing but counts.
	gather func(s *Service, ctx context.Context, q question, f *Facts) error
	judge  func(Facts) *Signal
	// paid rules are about who is paid: they look at a customer's reward, and not at an introduction before it has earned.
	paid bool
}

// rules lists every check in the order in which they lead.
var rules = []rule{
	{name: Self, gather: (*Service).gatherCards, judge: self},
	{name: Colleague, gather: (*Service).gatherStaff, judge: colleague},
	{name: Existing, gather: (*Service).gatherKnown, judge: existing},
	{name: OpenDeal, gather: (*Service).gatherOthers, judge: openDeal},
	{name: Disposable, gather: (*Service).gatherThrowaway, judge: disposable},
	{name: TooMany, gather: (*Service).gatherCounts, judge: tooMany},
	{name: Refunds, gather: (*Service).gatherUndone, judge: refunds, paid: true},
	{name: SharedPayee, gather: (*Service).gatherShared, judge: sharedPayee, paid: true},
	{name: Ring, gather: (*Service).gatherCircle, judge: ring, paid: true},
	{name: OwnClose, gather: (*Service).gatherCloser, judge: ownClose, paid: true},
	{name: SameCompany, judge: sameCompany},
	{name: SameName, judge: sameName},
	{name: SameDevice, gather: (*Service).gatherDevices, judge: sameDevice},
	{name: SameNetwork, gather: (*Service).gatherNetworks, judge: sameNetwork},
	{name: SharedDevice, gather: (*Service).gatherSharedDevice, judge: sharedDevice, paid: true},
	{name: Masked, judge: masked},
}

// Names lists every check.
func Names() []Name {
	var out []Name
	for _, r := range rules {
		out = append(out, r.name)
	}
	return out
}

// question is what the checks are asked about: an introduction, or a reward with the introduction that earned it.
type question struct {
	idb bun.IDB
	// tx is set where something may be counted; looking back counts nothing.
	tx    *db.Tx
	i     introduction.Introduction
	r     reward.Reward
	set   setting.Settings
	at    time.Time
	staff []staff.Member
	// who is the introducer, or the author of a testimonial; the zero Customer for none.
	who customer.Customer
	// mailboxes are the prospect's in clear, for look-ups.
	mailboxes []string
	origins   map[string]origin
}

// applies reports whether a rule has anything to say about the question.
func (r rule) applies(q question) bool { return !r.paid || q.r.CustomerID != "" }

// people gathers what is known of both sides.
func (s *Service) people(ctx context.Context, q *question, f *Facts) error {
	var err error
	id := q.i.IntroducerID
	if q.r.CustomerID != "" {
		id = q.r.CustomerID
	}
	if id != "" {
		if q.who, err = s.Customers.ByID(ctx, q.idb, id); err != nil {
			return err
		}
		f.Introducer = s.person(q.who)
	}
	if q.i.ID == "" {
		return nil
	}
	f.IntroductionID, f.Division, f.Introduced = q.i.ID, q.i.Division, q.i.CreatedAt
	p := &f.Prospect
	p.First, p.Last = q.i.FirstName, q.i.LastName
	if q.i.ProspectBlind != "" {
		// It may be a mailbox's or a number's; the two never meet.
		p.Mailboxes, p.Phones = []string{q.i.ProspectBlind}, []string{q.i.ProspectBlind}
	}
	if q.i.Email != "" {
		q.mailboxes = append(q.mailboxes, customer.IdentityKey(q.i.Email))
	}
	if e164, ok := customer.NormalizePhone(q.i.Phone, q.who.Country); ok {
		p.Phones = append(p.Phones, s.blind("tel:"+e164))
	}
	if q.i.StripeCustomer != "" {
		p.Payers = append(p.Payers, q.i.StripeCustomer)
	}
	if q.i.ProspectCustomerID != "" {
		known, err := s.Customers.ByID(ctx, q.idb, q.i.ProspectCustomerID)
		if err != nil {
			return err
		}
		p.ID = known.ID
		for _, a := range known.Addresses {
			if a.Kind == customer.Email {
				q.mailboxes = append(q.mailboxes, a.Identity)
			}
		}
		if known.StripeCustomer != "" {
			p.Payers = append(p.Payers, known.StripeCustomer)
		}
	}
	for _, m := range q.mailboxes {
		p.Mailboxes = append(p.Mailboxes, s.blind(m))
	}
	p.Domains = s.employers(q.mailboxes)
	for _, d := range domains(q.mailboxes) {
		if isRelay(d) {
			f.Relay = append(f.Relay, d)
		}
	}
	if q.origins, err = originsOf(ctx, q.idb, q.i.ID); err != nil {
		return err
	}
	return nil
}

// person reads a customer of ours. What their company pays by is theirs too.
func (s *Service) person(c customer.Customer) Person {
	p := Person{ID: c.ID, First: c.FirstName, Last: c.LastName}
	var mailboxes []string
	for _, a := range c.Addresses {
		if a.Kind == customer.Email {
			mailboxes = append(mailboxes, a.Identity)
			p.Mailboxes = append(p.Mailboxes, s.blind(a.Identity))
		} else {
			p.Phones = append(p.Phones, s.blind("tel:"+a.ValueNorm))
		}
	}
	p.Domains = s.employers(mailboxes)
	if c.StripeCustomer != "" {
		p.Payers = append(p.Payers, c.StripeCustomer)
	}
	if c.Company != nil && c.Company.StripeCustomer != "" {
		p.Payers = append(p.Payers, c.Company.StripeCustomer)
	}
	return p
}

// blind is introduction's keyed hash of a mailbox or number, so that both can be compared after the prospect was forgotten.
func (s *Service) blind(value string) string { return s.Keys.Blind("identity", value) }

func domains(mailboxes []string) []string {
	var out []string
	for _, m := range mailboxes {
		if d := customer.Domain(m); d != "" && !slices.Contains(out, d) {
			out = append(out, d)
		}
	}
	return out
}

func (s *Service) employers(mailboxes []string) []string {
	return slices.DeleteFunc(domains(mailboxes), func(d string) bool { return !s.lists.employer(d) })
}

func (s *Service) gatherCards(ctx context.Context, q question, f *Facts) error {
	var err error
	if f.Introducer.Cards, err = cardsOf(ctx, q.idb, f.Introducer.Payers); err != nil {
		return err
	}
	f.Prospect.Cards, err = cardsOf(ctx, q.idb, f.Prospect.Payers)
	return err
}

func (s *Service) gatherStaff(_ context.Context, q question, f *Facts) error {
	for _, m := range q.staff {
		mailbox := s.blind(customer.IdentityKey(m.Email))
		f.IntroducerIsStaff = f.IntroducerIsStaff || slices.Contains(f.Introducer.Mailboxes, mailbox)
		f.ProspectIsStaff = f.ProspectIsStaff || slices.Contains(f.Prospect.Mailboxes, mailbox)
	}
	return nil
}

func (s *Service) gatherKnown(ctx context.Context, q question, f *Facts) error {
	rows, err := knownAs(ctx, q.idb, q.mailboxes, f.Prospect.Payers)
	if err != nil {
		return err
	}
	for _, c := range rows {
		// Whom the close has tied to this introduction was looked at when it closed; a lead of then is a customer by now.
		if c.ID == q.i.ProspectCustomerID {
			continue
		}
		f.Known = append(f.Known, Known{ID: c.ID, Division: c.Division, Stage: c.Stage, Since: c.CreatedAt, Through: c.FromIntroductionID})
	}
	return nil
}

func (s *Service) gatherOthers(ctx context.Context, q question, f *Facts) error {
	var err error
	if q.i.ID != "" {
		f.Others, err = creditedBefore(ctx, q.idb, q.i)
	}
	return err
}

func (s *Service) gatherThrowaway(_ context.Context, q question, f *Facts) error {
	if err := s.lists.load(); err != nil {
		return err
	}
	all := slices.Clone(q.mailboxes)
	for _, a := range q.who.Addresses {
		if a.Kind == customer.Email {
			all = append(all, a.Identity)
		}
	}
	for _, d := range domains(all) {
		if named(s.lists.throwaway, d) != "" {
			f.Throwaway = append(f.Throwaway, d)
		}
	}
	return nil
}

// gatherCounts counts an introduction when it is looked at for the first time, and a reward when it is about to be paid.
func (s *Service) gatherCounts(ctx context.Context, q question, f *Facts) error {
	var all []counting
	if q.i.ID != "" {
		from := q.origins[sideIntroducer]
		for _, c := range []counting{{layer: "campaign", key: q.i.CampaignID}, {layer: "device", key: from.Device},
			{layer: "introducer", key: q.i.IntroducerID}, {layer: "network", key: from.Net}} {
			c.subject, c.at = q.i.ID, q.i.CreatedAt
			all = append(all, c)
		}
	}
	if q.r.CustomerID != "" {
		all = append(all, counting{layer: "payee", key: q.r.CustomerID, subject: q.r.ID, at: q.r.CreatedAt})
	}
	// Everybody locks in this order.
	slices.SortFunc(all, counting.compare)
	for _, c := range all {
		limit := q.set.RiskCaps[c.layer]
		if c.key == "" || limit.Count == 0 {
			continue
		}
		c.since = c.at.AddDate(0, 0, -limit.Days)
		var n int
		var err error
		if q.tx != nil {
			n, err = place(ctx, *q.tx, c)
		} else {
			n, err = placeThen(ctx, q.idb, c)
		}
		if err != nil {
			return err
		}
		f.Counts = append(f.Counts, Counted{Layer: c.layer, Place: n, Cap: limit})
	}
	return nil
}

func (s *Service) gatherUndone(ctx context.Context, q question, f *Facts) error {
	var err error
	f.UndoneMost = q.set.RefundsMost
	f.Undone, err = undone(ctx, q.idb, q.r.CustomerID)
	return err
}

func (s *Service) gatherShared(ctx context.Context, q question, f *Facts) error {
	cards, err := cardsOf(ctx, q.idb, f.Introducer.Payers)
	if err != nil {
		return err
	}
	for _, look := range []struct {
		what string
		ids  func() ([]string, error)
	}{
		{"account", func() ([]string, error) { return byAccount(ctx, q.idb, q.who) }},
		{"payer", func() ([]string, error) { return byPayer(ctx, q.idb, q.who) }},
		{"card", func() ([]string, error) { return byCard(ctx, q.idb, q.who, cards) }},
	} {
		ids, err := look.ids()
		if err != nil {
			return err
		}
		if len(ids) > 0 {
			f.Shared = append(f.Shared, Shared{What: look.what, Customers: ids})
		}
	}
	return nil
}

func (s *Service) gatherSharedDevice(ctx context.Context, q question, f *Facts) error {
	devices, err := devicesOf(ctx, q.idb, "customer_id", q.who.ID)
	if err != nil {
		return err
	}
	ids, err := byDevice(ctx, q.idb, q.who, devices)
	if len(ids) > 0 {
		f.Shared = append(f.Shared, Shared{What: "device", Customers: ids})
	}
	return err
}

// circleMost is how many people a circle is followed through.
const circleMost = 6

// gatherCircle walks from the introducer to whoever introduced them, and so on: a circle ends at the prospect.
func (s *Service) gatherCircle(ctx context.Context, q question, f *Facts) error {
	if f.Prospect.ID == "" {
		return nil
	}
	path, seen := []string{q.who.ID}, map[string]bool{q.who.ID: true}
	at := path
	for range circleMost {
		up, err := introducersOf(ctx, q.idb, at)
		if err != nil {
			return err
		}
		if slices.Contains(up, f.Prospect.ID) {
			f.Circle = slices.Concat(path, []string{f.Prospect.ID})
			return nil
		}
		at = slices.DeleteFunc(up, func(id string) bool { return seen[id] })
		for _, id := range at {
			seen[id] = true
		}
		if len(at) == 0 {
			return nil
		}
		path = append(path, at...)
	}
	return nil
}

func (s *Service) gatherCloser(ctx context.Context, q question, f *Facts) error {
	if q.r.CloserID == "" {
		return nil
	}
	// Whoever closes by help of a key closes all the same.
	behind, err := s.Staff.Hands(ctx, q.idb, q.r.CloserID)
	if err != nil {
		return err
	}
	for _, m := range q.staff {
		if m.ID != behind[q.r.CloserID] {
			continue
		}
		mailbox := customer.IdentityKey(m.Email)
		_, last := customer.SplitName(strings.TrimSpace(m.Name))
		f.Closer = &Person{Mailboxes: []string{s.blind(mailbox)}, Domains: s.employers([]string{mailbox}), Last: last}
	}
	return nil
}

func (s *Service) gatherDevices(ctx context.Context, q question, f *Facts) error {
	var err error
	if q.i.ID == "" || q.i.IntroducerID == "" {
		return nil
	}
	if f.Introducer.Devices, err = devicesOf(ctx, q.idb, "customer_id", q.i.IntroducerID); err != nil {
		return err
	}
	if f.Prospect.Devices, err = devicesOf(ctx, q.idb, "introduction_id", q.i.ID); err != nil {
		return err
	}
	f.Introducer.Devices = append(f.Introducer.Devices, q.origins[sideIntroducer].Device)
	f.Prospect.Devices = append(f.Prospect.Devices, q.origins[sideProspect].Device)
	return nil
}

func (s *Service) gatherNetworks(_ context.Context, q question, f *Facts) error {
	f.Introducer.Networks = []string{q.origins[sideIntroducer].Net}
	f.Prospect.Networks = []string{q.origins[sideProspect].Net}
	return nil
}

// signals runs every check that is not off over one question. A check that fails or panics fails all of it, by name.
func (s *Service) signals(ctx context.Context, q question) ([]found, error) {
	var f Facts
	if err := guarded("people", func() error {
		if err := s.lists.load(); err != nil {
			return err
		}
		return s.people(ctx, &q, &f)
	}); err != nil {
		return nil, err
	}
	var out []found
	for _, r := range s.rules {
		mode := q.set.RiskMode(string(r.name))
		if mode == setting.CheckOff || !r.applies(q) {
			continue
		}
		var sig *Signal
		err := guarded(r.name, func() error {
			if r.gather != nil {
				if err := r.gather(s, ctx, q, &f); err != nil {
					return err
				}
			}
			sig = r.judge(f)
			return nil
		})
		if err != nil {
			return nil, err
		}
		if sig != nil {
			out = append(out, found{Signal: *sig, mode: mode})
		}
	}
	return out, nil
}

// found is a signal with what it may do.
type found struct {
	Signal
	mode string
}

// biting are the signals of checks that are on.
func biting(all []found) []Signal {
	var out []Signal
	for _, f := range all {
		if f.mode == setting.CheckOn {
			out = append(out, f.Signal)
		}
	}
	return out
}

// checkTime bounds one check. What takes longer has failed.
const checkTime = 5 * time.Second

// failure is a check that could not be made.
type failure struct {
	check Name
	cause error
}

func (e *failure) Error() string { return fmt.Sprintf("check %s: %v", e.check, e.cause) }
func (e *failure) Unwrap() error { return e.cause }

// guarded makes a panic an error like any other: a check that breaks must hold the money, not the program.
func guarded(name Name, fn func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &failure{check: name, cause: fmt.Errorf("panic: %v", p)}
		}
	}()
	if err := fn(); err != nil {
		return &failure{check: name, cause: err}
	}
	return nil
}

// earns reports whether anybody may earn by an introduction: only then is there something to look at.
func earns(i introduction.Introduction) bool {
	return i.State != introduction.Draft && i.State != introduction.ScreenedOut && (i.RewardsIntroducer() || i.RewardsProspect())
}
