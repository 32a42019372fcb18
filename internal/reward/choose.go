package reward

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"goodword/internal/audit"
	"goodword/internal/campaign"
	"goodword/internal/customer"
	"goodword/internal/db"
	"goodword/internal/fault"
)

// The days of a choice. They count from the approval.
const (
	// ChooseDays is how long the customer may choose before the campaign's default applies.
	ChooseDays = 14
	// ExpireDays is how long an approved reward waits where there is no default.
	ExpireDays = 90
)

// reminders say when the customer is reminded before a reward expires, counted from the approval, and how much time is left
// to them at least, even where the sweep comes late.
var reminders = []struct{ days, left int }{{30, 44}, {76, 14}}

// Option is one way to pay that a customer may choose.
type Option struct {
	Rail campaign.Rail
	// Charity is whom a donation goes to, of those that the offer names; the zero Charity for every other rail.
	Charity campaign.Charity
	// Ready is false when they could not be paid this way now; Why is then the catalogue key of the reason.
	Ready bool
	Why   string
	// SetUp is true where it may be chosen all the same, because the customer themselves can make it ready.
	SetUp bool
}

// Options returns the ways in which a customer may have rewards that rules of an offer pay, in the offer's order, each rail
// once: those that their gift rule allows and this installation has. The page asks before anything is earned.
func (s *Service) Options(ctx context.Context, c customer.Customer, offer campaign.Offer, rules ...campaign.Rule) ([]Option, error) {
	open, err := takers(ctx, s.DB, offer, c.Country)
	if err != nil {
		return nil, err
	}
	var out []Option
	for _, rule := range rules {
		for _, o := range s.options(ctx, s.DB, asked{c, offer.Currency, rule, open}) {
			if !slices.ContainsFunc(out, func(x Option) bool { return x.Rail == o.Rail }) {
				out = append(out, o)
			}
		}
	}
	return out, nil
}

// asked is whose options for what are looked for: open are the charities that they may give to.
type asked struct {
	customer customer.Customer
	currency string
	rule     campaign.Rule
	open     []campaign.Charity
}

func (s *Service) options(ctx context.Context, idb bun.IDB, a asked) []Option {
	if a.rule.To != campaign.ToCustomer {
		return nil
	}
	var out []Option
	for _, name := range s.usable(a.rule.Allowed(a.customer.GiftPolicy), a.open) {
		to := []campaign.Charity{{}}
		if name == campaign.RailDonation {
			to = a.open
		}
		for _, charity := range to {
			ready, why := s.rails[name].Ready(ctx, Payee{Beneficiary: campaign.ToCustomer, CustomerID: a.customer.ID, StripeCustomer: a.customer.CreditTo(),
				Currency: a.currency, AmountMinor: a.rule.AmountMinor, Charity: charity, At: s.now(), Store: idb})
			out = append(out, Option{Rail: name, Charity: charity, Ready: ready, Why: why, SetUp: slices.Contains(setUp, why)})
		}
	}
	return out
}

// OptionsFor returns the ways in which the owner may have this reward; none when it cannot be chosen any more.
func (s *Service) OptionsFor(ctx context.Context, r Reward) ([]Option, error) {
	if !r.Choosable() {
		return nil, nil
	}
	c, err := s.Customers.ByID(ctx, s.DB, r.CustomerID)
	if err != nil {
		return nil, err
	}
	set, err := s.Settings.Get(ctx)
	if err != nil {
		return nil, err
	}
	options, err := s.optionsOf(ctx, s.DB, c, r)
	if err != nil {
		return nil, err
	}
	for i, o := range options {
		if o.Rail == campaign.RailTransfer && (o.Ready || o.SetUp) && r.Payable().Minor < set.TransferMinMinor {
			options[i] = Option{Rail: o.Rail, Why: whyTooLittle}
		}
	}
	return options, nil
}

// optionsOf are the ways in which a customer may have a reward of theirs.
func (s *Service) optionsOf(ctx context.Context, idb bun.IDB, c customer.Customer, r Reward) ([]Option, error) {
	open, err := charitiesFor(ctx, idb, r.OfferID, c.Country, r.Rails)
	if err != nil {
		return nil, err
	}
	return s.options(ctx, idb, asked{c, r.Currency, campaign.Rule{To: r.Beneficiary, Rails: r.Rails, AmountMinor: r.Payable().Minor}, open}), nil
}

// Choose sets how a customer wants the reward, and remembers it for the next. It may be changed until the payout is on its
// way; after a refusal another way is tried. The same choice again changes nothing. A donation is chosen with Give.
// Returns NotFound also for somebody else's reward, Invalid at "rail", and Conflict when it is too late.
func (s *Service) Choose(ctx context.Context, customerID, rewardID string, rail campaign.Rail) (Reward, error) {
	return s.choose(ctx, customerID, rewardID, way{rail: rail})
}

// Give is Choose for a reward that its owner gives to one of the charities that the offer names.
func (s *Service) Give(ctx context.Context, customerID, rewardID, charityID string) (Reward, error) {
	return s.choose(ctx, customerID, rewardID, way{campaign.RailDonation, campaign.Charity{ID: charityID}})
}

func (s *Service) choose(ctx context.Context, customerID, rewardID string, w way) (Reward, error) {
	r, err := byID(ctx, s.DB, rewardID)
	if err != nil {
		return Reward{}, err
	}
	if r.CustomerID == "" || r.CustomerID != customerID {
		return Reward{}, unknown()
	}
	if w, err = s.mayChoose(ctx, r, w); err != nil {
		return Reward{}, err
	}
	return s.locked(ctx, rewardID, func(ctx context.Context, tx db.Tx, r *Reward) error {
		if r.comes(w) {
			return nil
		}
		if !r.Choosable() {
			return moved(*r)
		}
		c := change{actor: audit.Actor{Kind: audit.KindCustomer, ID: customerID}, at: s.now()}
		if err := s.Customers.PreferRail(ctx, tx, customerID, string(w.rail)); err != nil {
			return err
		}
		return s.setWay(ctx, tx, r, w, c)
	})
}

// mayChoose returns the way with its charity, if the owner may choose it.
func (s *Service) mayChoose(ctx context.Context, r Reward, w way) (way, error) {
	options, err := s.OptionsFor(ctx, r)
	if err != nil {
		return w, err
	}
	if r.comes(w) {
		return w, nil
	}
	if !r.Choosable() {
		return w, moved(r)
	}
	for _, o := range options {
		if o.Rail != w.rail || o.Charity.ID != w.charity.ID {
			continue
		}
		if o.Ready || o.SetUp {
			return way{o.Rail, o.Charity}, nil
		}
		return w, &fault.Error{Code: fault.Invalid, Key: "error.invalid", Message: "Please check the marked fields.",
			Problems: []fault.Problem{{Field: "rail", Key: o.Why, Message: "This way does not work for you yet. Please choose another."}}}
	}
	var c fault.Check
	c.AddKey("rail", "problem.choose", "Please choose one of the ways offered.")
	return w, c.Err()
}

// comes reports whether the reward comes this way already.
func (r Reward) comes(w way) bool { return r.Rail == w.rail && r.CharityID == w.charity.ID }

// setWay writes the choice on a locked reward. A refused payout that goes another way ends with it.
func (s *Service) setWay(ctx context.Context, tx db.Tx, r *Reward, w way, c change) error {
	if err := s.endPayout(ctx, tx, r, c); err != nil {
		return err
	}
	if r.State == Held && (r.HeldReason == HeldPayee || r.HeldReason == HeldTaxForm) {
		if err := s.unhold(ctx, tx, r, c); err != nil {
			return err
		}
	}
	before := r.public()
	r.take(w, c.at)
	r.ChooseBy, r.ExpiresAt, r.RetryAt = time.Time{}, time.Time{}, time.Time{}
	if r.HeldReason == HeldNoStock {
		r.HeldReason = "" // it no longer waits for what it waited for
	}
	return s.write(ctx, tx, r, entry{change: c, what: "chosen", before: before})
}

// Decline is "no thanks": the customer does not want the reward. Again changes nothing.
// Returns NotFound also for somebody else's reward, and Conflict when it is on its way or paid.
func (s *Service) Decline(ctx context.Context, customerID, rewardID string) (Reward, error) {
	return s.locked(ctx, rewardID, func(ctx context.Context, tx db.Tx, r *Reward) error {
		switch {
		case r.CustomerID == "" || r.CustomerID != customerID:
			return unknown()
		case !r.DeclinedAt.IsZero():
			return nil
		case !r.Choosable():
			return moved(*r)
		}
		c := change{actor: audit.Actor{Kind: audit.KindCustomer, ID: customerID}, at: s.now(), reason: "declined"}
		r.DeclinedAt = c.at
		return s.forgo(ctx, tx, r, c)
	})
}

// ask begins the time in which the customer is asked how the reward shall come: until the default applies, or until it
// expires where none can.
func (s *Service) ask(ctx context.Context, tx db.Tx, r *Reward, now time.Time) error {
	w, err := s.defaultFor(ctx, tx, *r)
	if err != nil {
		return err
	}
	r.ChooseBy, r.ExpiresAt = time.Time{}, time.Time{}
	if w.rail != "" {
		r.ChooseBy = now.AddDate(0, 0, ChooseDays)
	} else {
		r.ExpiresAt = now.AddDate(0, 0, ExpireDays)
	}
	return nil
}

// defaultFor is the campaign's default where it can be used for the reward, a donation to the first charity that the offer names;
// else nothing.
func (s *Service) defaultFor(ctx context.Context, idb bun.IDB, r Reward) (way, error) {
	offer, err := campaign.OfferByID(ctx, idb, r.OfferID)
	if err != nil {
		return way{}, err
	}
	c, err := s.Customers.ByID(ctx, idb, r.CustomerID)
	if err != nil {
		return way{}, err
	}
	options, err := s.optionsOf(ctx, idb, c, r)
	if err != nil {
		return way{}, err
	}
	for _, o := range options {
		if o.Rail == offer.DefaultRail && o.Ready {
			return way{o.Rail, o.Charity}, nil
		}
	}
	return way{}, nil
}

// DefaultRail takes the campaign's default for rewards whose owners did not choose in time. Where it cannot be used any
// more, the reward waits on until it expires. It is a sweep.
func (s *Service) DefaultRail(ctx context.Context) (int, error) {
	now := s.now()
	ids, err := dueIDs(ctx, s.DB, func(q *bun.SelectQuery) *bun.SelectQuery {
		return q.Where("rw.state = ?", Approved).Where("rw.rail = ''").Where("rw.choose_by <= ?", now)
	})
	if err != nil {
		return 0, err
	}
	return s.each(ctx, ids, func(ctx context.Context, tx db.Tx, r *Reward) (bool, error) {
		if r.State != Approved || r.Rail != "" || r.ChooseBy.IsZero() || r.ChooseBy.After(now) {
			return false, nil
		}
		w, err := s.defaultFor(ctx, tx, *r)
		if err != nil {
			return false, err
		}
		c := system("default_rail", now)
		if w.rail != "" {
			return true, s.setWay(ctx, tx, r, w, c)
		}
		before := r.public()
		r.ChooseBy, r.ExpiresAt = time.Time{}, now.AddDate(0, 0, ExpireDays-ChooseDays)
		return true, s.write(ctx, tx, r, entry{change: c, what: "waiting", before: before})
	})
}

// Remind asks again, twice in all, before a reward expires. It is a sweep.
func (s *Service) Remind(ctx context.Context) (int, error) {
	now := s.now()
	total := 0
	for n, r := range reminders {
		ids, err := dueIDs(ctx, s.DB, func(q *bun.SelectQuery) *bun.SelectQuery {
			return q.Where("rw.state = ?", Approved).Where("rw.rail = ''").Where("rw.reminded = ?", n).
				Where("rw.expires_at <= ?", now.AddDate(0, 0, ExpireDays-r.days))
		})
		if err != nil {
			return total, err
		}
		did, err := s.each(ctx, ids, func(ctx context.Context, tx db.Tx, row *Reward) (bool, error) {
			if row.State != Approved || row.Rail != "" || row.Reminded != n {
				return false, nil
			}
			before := row.public()
			row.Reminded++
			if least := now.AddDate(0, 0, r.left); row.ExpiresAt.Before(least) {
				row.ExpiresAt = least
			}
			if err := s.write(ctx, tx, row, entry{change: system("remind", now), what: "reminded", before: before}); err != nil {
				return false, err
			}
			return true, s.Queue.Enqueue(ctx, tx, time.Time{}, Mail{Name: mailReminder, RewardID: row.ID, Number: row.Reminded})
		})
		total += did
		if err != nil {
			return total, err
		}
	}
	return total, nil
}

// codeGrace is how long after its end a code is still watched: its use may be told late.
const codeGrace = 7 * 24 * time.Hour

// Expire ends approved rewards that nobody wanted in spite of two reminders, and issued codes that ended unused. It is a sweep.
func (s *Service) Expire(ctx context.Context) (int, error) {
	now := s.now()
	ids, err := dueIDs(ctx, s.DB, func(q *bun.SelectQuery) *bun.SelectQuery {
		return q.WhereGroup(" AND ", func(q *bun.SelectQuery) *bun.SelectQuery {
			return q.Where("rw.state = ? AND rw.rail = '' AND rw.expires_at <= ? AND rw.reminded >= ?", Approved, now, len(reminders)).
				WhereOr("rw.state = ? AND rw.expires_at <= ? AND rw.wanted_minor IS NULL", Issued, now.Add(-codeGrace))
		})
	})
	if err != nil {
		return 0, err
	}
	return s.each(ctx, ids, func(ctx context.Context, tx db.Tx, r *Reward) (bool, error) {
		unwanted := r.State == Approved && r.Rail == "" && !r.ExpiresAt.After(now) && r.Reminded >= len(reminders)
		unused := r.State == Issued && r.lapses() && r.Voidable() && !r.ExpiresAt.After(now.Add(-codeGrace)) && r.WantedMinor == nil
		if r.ExpiresAt.IsZero() || !unwanted && !unused {
			return false, nil
		}
		c := system("expire", now)
		c.event = Expire
		return true, s.step(ctx, tx, r, c)
	})
}

// each locks the rows one by one, each in a transaction of its own, and looks again whether fn still has something to do.
// fn reports whether it moved the row. One row that fails does not keep the others back.
func (s *Service) each(ctx context.Context, ids []string, fn func(context.Context, db.Tx, *Reward) (bool, error)) (int, error) {
	n := 0
	var errs []error
	for _, id := range ids {
		var did bool
		_, err := s.locked(ctx, id, func(ctx context.Context, tx db.Tx, r *Reward) error {
			var err error
			did, err = fn(ctx, tx, r)
			return err
		})
		switch {
		case err != nil:
			errs = append(errs, err)
		case did:
			n++
		}
	}
	return n, errors.Join(errs...)
}
