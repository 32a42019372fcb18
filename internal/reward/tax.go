package reward

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"goodword/internal/audit"
	"goodword/internal/campaign"
	"goodword/internal/db"
	"goodword/internal/fault"
	"goodword/internal/money"
	"goodword/internal/setting"
	"goodword/internal/staff"
)

// The United States want to know who got how much in a calendar year (trust.md L15). What counts is what has come to a payee
// there, in dollars, less what has come back in the same year; nothing is converted. Whether a discount counts is the
// company's decision, a setting. It is not kept anywhere: the books say it.
const (
	TaxCountry  = "US"
	TaxCurrency = "USD"
)

// TaxForms are the kinds of forms that a payee can hand in.
var TaxForms = []string{"W-9", "W-8BEN", "W-8BEN-E", "W-8ECI", "W-8EXP", "W-8IMY"}

// TaxForm is a row of table tax_form: that finance has a form of a payee's, never what it says. The zero Kind stands for none.
type TaxForm struct {
	bun.BaseModel `bun:"table:tax_form,alias:tf"`

	CustomerID string `bun:"customer_id,pk"`
	// Kind is one of TaxForms, ReceivedOn a day as 2026-05-12.
	Kind       string    `bun:"kind"`
	ReceivedOn string    `bun:"received_on"`
	NotedBy    string    `bun:"noted_by"`
	NotedAt    time.Time `bun:"noted_at,nullzero"`
	// ToldAt is when the payee was last asked for a form.
	ToldAt    time.Time `bun:"told_at,nullzero"`
	Version   int64     `bun:"version"`
	CreatedAt time.Time `bun:"created_at"`
	UpdatedAt time.Time `bun:"updated_at"`
}

// publicForm is what the audit says of a form.
type publicForm struct {
	Kind       string `json:"kind"`
	ReceivedOn string `json:"received_on,omitempty"`
}

func (f TaxForm) public() publicForm { return publicForm{f.Kind, f.ReceivedOn} }

// taxRules are the settings that the totals of a year go by.
type taxRules struct {
	set  setting.Settings
	zone *time.Location
	// rails are those that count.
	rails []campaign.Rail
}

func (s *Service) taxRules(ctx context.Context) (taxRules, error) {
	set, err := s.Settings.Get(ctx)
	if err != nil {
		return taxRules{}, err
	}
	t := taxRules{set: set, zone: set.Location(), rails: []campaign.Rail{campaign.RailTransfer, campaign.RailGiftCode, campaign.RailManual}}
	for _, way := range set.TaxWays {
		t.rails = append(t.rails, campaign.Rail(way))
	}
	return t, nil
}

// year is a calendar year where the company is.
type year struct {
	number int
	// from is its first moment, to the first of the next.
	from, to time.Time
}

func (t taxRules) year(number int) year {
	begin := func(n int) time.Time { return time.Date(n, time.January, 1, 0, 0, 0, 0, t.zone).UTC() }
	return year{number, begin(number), begin(number + 1)}
}

func (t taxRules) yearOf(at time.Time) year { return t.year(at.In(t.zone).Year()) }

// needsForm reports whether paying minor of a locked reward now would bring its owner to the year's threshold while there is no
// form. The owner's row stays locked until the transaction ends, so that of two payouts at once the second sees the first;
// what is with a rail counts as paid, because its outcome is open.
func (s *Service) needsForm(ctx context.Context, tx db.Tx, r Reward, minor int64, t taxRules, now time.Time) (TaxForm, bool, error) {
	if r.CustomerID == "" || r.Currency != TaxCurrency || minor <= 0 || !slices.Contains(t.rails, r.Rail) {
		return TaxForm{}, false, nil
	}
	c, err := s.Customers.ByID(ctx, tx, r.CustomerID)
	// Where somebody lived is erased with them; that must not let go what waited for their form.
	if err != nil || c.Country != TaxCountry && !c.Erased() {
		return TaxForm{}, false, err
	}
	form, err := lockTaxForm(ctx, tx, r.CustomerID, now)
	if err != nil || form.Kind != "" {
		return form, false, err
	}
	y := t.yearOf(now)
	weight, err := taxWeight(ctx, tx, taxQuery{rails: t.rails, year: y, customerID: r.CustomerID})
	if err != nil {
		return form, false, err
	}
	return form, weight+minor >= t.set.TaxThreshold(y.number), nil
}

// taxAgain is how long a reward that waits for a form rests until it is weighed again, in case something else has changed: the
// year, a setting, the country, or what was taken back.
const taxAgain = time.Hour

// holdForTax holds a locked reward that must not be paid without a tax form, and asks its owner for one, once a year. It reports
// false, and changes nothing, when minor of it may be paid.
func (s *Service) holdForTax(ctx context.Context, tx db.Tx, r *Reward, minor int64, t taxRules, c change) (bool, error) {
	form, needed, err := s.needsForm(ctx, tx, *r, minor, t, c.at)
	if err != nil || !needed {
		return false, err
	}
	r.RetryAt = c.at.Add(taxAgain)
	if err := s.hold(ctx, tx, r, HeldTaxForm, c); err != nil {
		return false, err
	}
	if !form.ToldAt.Before(t.yearOf(c.at).from) {
		return true, nil
	}
	form.ToldAt = c.at
	if err := saveTaxForm(ctx, tx, &form, c.at); err != nil {
		return false, err
	}
	return true, s.Queue.Enqueue(ctx, tx, time.Time{}, Mail{Name: mailTax, RewardID: r.ID, Number: int(r.Version)})
}

// unnetted is what is left to pay of a reward once its owner's older debts are taken out of it.
func unnetted(r Reward, older []*Reward) int64 {
	left := r.Payable().Minor
	for _, o := range older {
		if o.Advocate() == r.Advocate() {
			left -= min(o.OwedMinor, left)
		}
	}
	return left
}

// GoOnTaxed takes up rewards that waited for a tax form and need not any more. It is a sweep.
func (s *Service) GoOnTaxed(ctx context.Context) (int, error) {
	now := s.now()
	ids, err := dueIDs(ctx, s.DB, func(q *bun.SelectQuery) *bun.SelectQuery {
		return q.Where("rw.state = ?", Held).Where("rw.held_reason = ?", HeldTaxForm).
			Where("rw.retry_at IS NULL OR rw.retry_at <= ? OR EXISTS (SELECT 1 FROM tax_form AS tf WHERE tf.customer_id = rw.customer_id AND tf.kind <> '')", now)
	})
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	rules, err := s.taxRules(ctx)
	if err != nil {
		return 0, err
	}
	return s.each(ctx, ids, func(ctx context.Context, tx db.Tx, r *Reward) (bool, error) {
		if r.State != Held || r.HeldReason != HeldTaxForm {
			return false, nil
		}
		c := system("tax_form", now)
		_, needed, err := s.needsForm(ctx, tx, *r, r.Payable().Minor, rules, now)
		if err != nil {
			return false, err
		}
		if needed {
			r.RetryAt = now.Add(taxAgain)
			return false, save(ctx, tx, r, now)
		}
		return true, s.unhold(ctx, tx, r, c)
	})
}

// NoteTaxForm writes down that finance has a customer's tax form: its kind and the day on which it came. What waited for it goes
// on by itself. The same again changes nothing. Returns Forbidden, NotFound and Invalid.
func (s *Service) NoteTaxForm(ctx context.Context, actor audit.Actor, customerID, kind, receivedOn string) error {
	if err := may(actor, staff.DecideRewards); err != nil {
		return err
	}
	rules, err := s.taxRules(ctx)
	if err != nil {
		return err
	}
	now := s.now()
	var check fault.Check
	check.That(slices.Contains(TaxForms, kind), "kind", "There is no such form.")
	on, err := time.Parse(time.DateOnly, receivedOn)
	check.That(err == nil && on.Year() >= 2000, "received_on", "A day is written like 2026-05-12.")
	check.That(err != nil || receivedOn <= now.In(rules.zone).Format(time.DateOnly), "received_on", "This day has not come yet.")
	if err := check.Err(); err != nil {
		return err
	}
	return s.changeTaxForm(ctx, actor, customerID, "tax_form.received", func(f *TaxForm) {
		f.Kind, f.ReceivedOn, f.NotedBy, f.NotedAt = kind, receivedOn, actor.ID, now
	})
}

// ForgetTaxForm takes NoteTaxForm back: there is no form, or none that holds any more. What is on its way stays so. Where none was
// noted it changes nothing. Returns Forbidden, NotFound, and Invalid without a reason.
func (s *Service) ForgetTaxForm(ctx context.Context, actor audit.Actor, customerID, reason string) error {
	if err := may(actor, staff.DecideRewards); err != nil {
		return err
	}
	if err := reasonNeeded(reason); err != nil {
		return err
	}
	return s.changeTaxForm(ctx, actor, customerID, "tax_form.forgotten", func(f *TaxForm) {
		f.Kind, f.ReceivedOn, f.NotedBy, f.NotedAt, f.ToldAt = "", "", "", time.Time{}, time.Time{}
	}, reason)
}

func (s *Service) changeTaxForm(ctx context.Context, actor audit.Actor, customerID, action string, change func(*TaxForm), reason ...string) error {
	err := s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		if _, err := s.Customers.ByID(ctx, tx, customerID); err != nil {
			return err
		}
		now := s.now()
		f, err := lockTaxForm(ctx, tx, customerID, now)
		if err != nil {
			return err
		}
		before := f.public()
		change(&f)
		if f.public() == before {
			return nil
		}
		if err := saveTaxForm(ctx, tx, &f, now); err != nil {
			return err
		}
		e := audit.Entry{Actor: actor, Action: action, Object: "customer", ObjectID: customerID, Before: before, After: f.public()}
		if len(reason) > 0 {
			e.Reason = reason[0]
		}
		return audit.Record(ctx, tx, now, e)
	})
	if err != nil {
		return fmt.Errorf("tax form of customer %s: %w", customerID, err)
	}
	return nil
}

// TaxFormOf returns the form that is on file of a customer; its Kind is empty where there is none.
func (s *Service) TaxFormOf(ctx context.Context, customerID string) (TaxForm, error) {
	forms, err := taxFormsOf(ctx, s.DB, []string{customerID})
	return forms[customerID], err
}

// TaxLine is what one payee got in a year, in cents of US dollars.
type TaxLine struct {
	CustomerID string `bun:"customer_id"`
	// Country is TaxCountry, or empty where it is not known: somebody should find out.
	Country string `bun:"country"`
	// PaidMinor came to them in the year, BackMinor of it came back in the year. EarlierMinor came back in the year of what
	// they had got before: it changes no year's total.
	PaidMinor    int64 `bun:"paid_minor"`
	BackMinor    int64 `bun:"back_minor"`
	EarlierMinor int64 `bun:"earlier_minor"`
	// HeldMinor waits for their form now.
	HeldMinor int64 `bun:"-"`
	// Form has an empty Kind where there is none on file.
	Form TaxForm `bun:"-"`
}

// TotalMinor is what is left of what came to them in the year.
func (l TaxLine) TotalMinor() int64 { return l.PaidMinor - l.BackMinor }

// TaxYear is what payees in the United States, or nobody knows where, got in a calendar year.
type TaxYear struct {
	Year int
	// Zone is the time zone that the year begins and ends in.
	Zone string
	// Threshold is the total from which on a form is needed.
	Threshold money.Amount
	// Rails are the ways that count.
	Rails []campaign.Rail
	// Lines are by the payees' ids: one for everybody whose figures are not all zero.
	Lines []TaxLine
}

// Reached reports whether a payee's total has come to the threshold.
func (y TaxYear) Reached(l TaxLine) bool { return l.TotalMinor() >= y.Threshold.Minor }

// TaxYear adds a year up, from the books as they are now. The zero year is the present one. Returns Invalid for a year that the
// programme cannot have seen.
func (s *Service) TaxYear(ctx context.Context, number int) (TaxYear, error) {
	return s.taxYear(ctx, number, "")
}

// TaxOf is TaxYear for one customer, with one line whatever they got. Returns NotFound.
func (s *Service) TaxOf(ctx context.Context, customerID string, number int) (TaxYear, error) {
	c, err := s.Customers.ByID(ctx, s.DB, customerID)
	if err != nil {
		return TaxYear{}, err
	}
	y, err := s.taxYear(ctx, number, customerID)
	if err != nil || len(y.Lines) > 0 {
		return y, err
	}
	form, err := s.TaxFormOf(ctx, customerID)
	y.Lines = []TaxLine{{CustomerID: customerID, Country: c.Country, Form: form}}
	return y, err
}

func (s *Service) taxYear(ctx context.Context, number int, customerID string) (TaxYear, error) {
	rules, err := s.taxRules(ctx)
	if err != nil {
		return TaxYear{}, err
	}
	present := rules.yearOf(s.now())
	if number == 0 {
		number = present.number
	}
	if number < 2000 || number > 2099 {
		var check fault.Check
		check.Add("year", "A year is written like 2026.")
		return TaxYear{}, check.Err()
	}
	y := TaxYear{Year: number, Zone: rules.zone.String(), Threshold: money.New(rules.set.TaxThreshold(number), TaxCurrency), Rails: rules.rails}
	y.Lines, err = taxTotals(ctx, s.DB, taxQuery{rails: rules.rails, year: rules.year(number), customerID: customerID})
	if err != nil {
		return TaxYear{}, err
	}
	if number == present.number {
		held, err := taxHeld(ctx, s.DB, customerID)
		if err != nil {
			return TaxYear{}, err
		}
		y.Lines = withHeld(y.Lines, held)
	}
	return y, s.addForms(ctx, y.Lines)
}

// withHeld adds what waits to the lines, which stay in the order of ids.
func withHeld(lines, held []TaxLine) []TaxLine {
	byID := func(l TaxLine, id string) int { return cmp.Compare(l.CustomerID, id) }
	for _, h := range held {
		at, known := slices.BinarySearchFunc(lines, h.CustomerID, byID)
		if !known {
			lines = slices.Insert(lines, at, TaxLine{CustomerID: h.CustomerID, Country: h.Country})
		}
		lines[at].HeldMinor = h.PaidMinor
	}
	return lines
}

func (s *Service) addForms(ctx context.Context, lines []TaxLine) error {
	for part := range slices.Chunk(lines, sweepSize) {
		ids := make([]string, len(part))
		for i, l := range part {
			ids[i] = l.CustomerID
		}
		forms, err := taxFormsOf(ctx, s.DB, ids)
		if err != nil {
			return err
		}
		for i := range part {
			part[i].Form = forms[part[i].CustomerID]
		}
	}
	return nil
}
