package reward

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"goodword/internal/campaign"
	"goodword/internal/customer"
	"goodword/internal/db"
	"goodword/internal/ident"
	"goodword/internal/money"
)

// whyNoCharity is the catalogue key of why nothing can be given.
const whyNoCharity = "rail.no_charity"

// donation is a row of table donation: what one payout has given to a charity.
type donation struct {
	bun.BaseModel `bun:"table:donation,alias:dn"`

	PayoutID     string    `bun:"payout_id,pk"`
	RewardID     string    `bun:"reward_id"`
	CharityID    string    `bun:"charity_id"`
	Registration string    `bun:"registration"`
	Currency     string    `bun:"currency"`
	AmountMinor  int64     `bun:"amount_minor"`
	GivenAt      time.Time `bun:"given_at"`
	DueAt        time.Time `bun:"due_at"`
	TakenBackAt  time.Time `bun:"taken_back_at,nullzero"`
	RemittanceID string    `bun:"remittance_id,nullzero"`
}

// object is the rail's id of what was given.
func (d donation) object() string { return "do_" + ident.Compact(d.PayoutID) }

// donations is the rail that gives a reward to charity. It asks nobody outside: what is given is due to the charity in our own books
// until finance remits it. The payout's id is the natural key: it gives once, however often it is asked, and what was
// taken back is not given again.
type donations struct{ s *Service }

func (donations) Name() campaign.Rail { return campaign.RailDonation }

func (donations) ByHand() bool { return false }

// Destination is the charity's registration, after which its account in the books is named.
func (donations) Destination(p Payee) string { return p.Charity.Registration }

// Ready asks whether there is a charity that takes donations now.
func (donations) Ready(_ context.Context, p Payee) (ok bool, why string) {
	if p.Beneficiary != campaign.ToCustomer || !p.Charity.Takes("") {
		return false, whyNoCharity
	}
	return true, ""
}

// Send gives what the payout is worth, once. A charity that takes nothing more is a certain refusal.
func (d donations) Send(ctx context.Context, p Payout) Answer {
	return d.s.inClaim(ctx, p, func(ctx context.Context, tx db.Tx) (Answer, error) {
		row, known, err := donationOf(ctx, tx, p.ID)
		if err != nil {
			return Answer{}, err
		}
		if !known {
			charity, err := campaign.CharityByID(ctx, tx, p.Parameters.CharityID)
			if err != nil {
				return Answer{}, err
			}
			if !charity.Takes("") {
				return Answer{Class: AnsweredNo, Note: "charity_ended"}, nil
			}
			now := d.s.now()
			row = donation{PayoutID: p.ID, RewardID: p.Parameters.RewardID, CharityID: charity.ID, Registration: p.Destination, Currency: p.Currency,
				AmountMinor: p.AmountMinor, GivenAt: now, DueAt: now.AddDate(0, 0, charity.RemitDays)}
			if err := insertDonation(ctx, tx, &row); err != nil {
				return Answer{}, err
			}
		}
		if !row.TakenBackAt.IsZero() {
			return Answer{Class: AnsweredNo, Note: "taken_back"}, nil
		}
		return Answer{Class: AnsweredOK, Object: row.object()}, nil
	})
}

// LookUp finds what the payout has given.
func (d donations) LookUp(ctx context.Context, p Payout) Answer {
	row, ok, err := donationOf(ctx, d.s.DB, p.ID)
	switch {
	case err != nil:
		return Answer{Class: NotAnswered, Note: "database"}
	case !ok || !row.TakenBackAt.IsZero():
		return Answer{Class: AnsweredNo, Note: "absent"}
	}
	return Answer{Class: AnsweredOK, Object: row.object()}
}

// Void takes back what has not been remitted. What lies in a remittance that is not paid yet has to wait for its end: the sum
// of it is with the bank, perhaps.
func (d donations) Void(ctx context.Context, p Payout) Answer {
	return d.s.inClaim(ctx, p, func(ctx context.Context, tx db.Tx) (Answer, error) {
		taken, err := takeBackDonation(ctx, tx, p.ID, d.s.now())
		if err != nil || taken {
			return Answer{Class: AnsweredOK, Object: p.RailObject}, err
		}
		row, known, err := donationOf(ctx, tx, p.ID)
		switch {
		case err != nil:
			return Answer{}, err
		case !known:
			return Answer{Class: NotAnswered, Note: "absent"}, nil
		case !row.TakenBackAt.IsZero():
			return Answer{Class: AnsweredOK, Object: p.RailObject}, nil
		}
		run, err := remittanceByID(ctx, tx, row.RemittanceID)
		if err != nil {
			return Answer{}, err
		}
		if run.State == RemittancePaid {
			return Answer{Class: AnsweredNo, Note: "remitted"}, nil
		}
		return Answer{Class: AnsweredLater, Note: "in_remittance"}, nil
	})
}

// charitiesFor returns the charities that an offer names and that somebody of a country may give to now; none where
// none of the rails is a donation.
func charitiesFor(ctx context.Context, idb bun.IDB, offerID, country string, rails []campaign.Rail) ([]campaign.Charity, error) {
	if !slices.Contains(rails, campaign.RailDonation) {
		return nil, nil
	}
	offer, err := campaign.OfferByID(ctx, idb, offerID)
	if err != nil {
		return nil, err
	}
	return takers(ctx, idb, offer, country)
}

func takers(ctx context.Context, idb bun.IDB, offer campaign.Offer, country string) ([]campaign.Charity, error) {
	known, err := campaign.CharitiesOf(ctx, idb, offer.Charities)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(known, func(c campaign.Charity) bool { return !c.Takes(country) }), nil
}

// way is how a reward comes: a rail and, for a donation, to whom.
type way struct {
	rail    campaign.Rail
	charity campaign.Charity
}

// take sets the way on a reward.
func (r *Reward) take(w way, now time.Time) {
	r.Rail, r.CharityID, r.Charity = w.rail, w.charity.ID, w.charity.Registration
	r.RailChosenAt = time.Time{}
	if w.rail != "" {
		r.RailChosenAt = now
	}
}

// charityWay is a donation to the charity that needs no question: the one that is set already, the only one, or the one that the
// customer gave to last.
func (s *Service) charityWay(ctx context.Context, tx db.Tx, r Reward, owner customer.Customer, open []campaign.Charity) (way, error) {
	id := r.CharityID
	if id == "" && len(open) > 1 {
		var err error
		if id, err = lastCharity(ctx, tx, owner.ID); err != nil {
			return way{}, err
		}
	}
	for _, c := range open {
		if c.ID == id || len(open) == 1 {
			return way{campaign.RailDonation, c}, nil
		}
	}
	return way{}, nil
}

// Given is what the owner of a reward may know of the charity that they give it to.
type Given struct {
	// Charity is its name, DueOn the day by which it gets the money; the zero Time until it is given.
	Charity string
	DueOn   time.Time
	// SentOn is the day on which the money went to it; the zero Time until then.
	SentOn time.Time
}

// GivenBy returns to whom a reward is given and how far that is; false for one that comes another way.
func (s *Service) GivenBy(ctx context.Context, r Reward) (Given, bool, error) {
	if r.Rail != campaign.RailDonation || r.CharityID == "" {
		return Given{}, false, nil
	}
	c, err := campaign.CharityByID(ctx, s.DB, r.CharityID)
	if err != nil {
		return Given{}, false, err
	}
	g := Given{Charity: c.Name}
	if r.State.Open() {
		return g, true, nil
	}
	row, ok, err := donationByReward(ctx, s.DB, r.ID)
	if err != nil || !ok {
		return g, err == nil, err
	}
	g.DueOn = row.DueAt
	if row.RemittanceID == "" {
		return g, true, nil
	}
	run, err := remittanceByID(ctx, s.DB, row.RemittanceID)
	if err != nil {
		return Given{}, false, err
	}
	if run.State == RemittancePaid {
		if g.SentOn, err = time.Parse(time.DateOnly, run.PaidOn); err != nil {
			return Given{}, false, fmt.Errorf("remittance %s: %w", run.ID, err)
		}
	}
	return g, true, nil
}

// DueDonations is what is due to one charity in one currency.
type DueDonations struct {
	CharityID, Charity string
	Amount             money.Amount
	Donations          int64
	// DueAt is when the oldest of them has to be there.
	DueAt   time.Time
	Overdue bool
	// RemittanceID is the one that is open; empty where none is.
	RemittanceID string
}

// DonationsDue returns what is due to charities, by name and currency, also what lies in a remittance that is not paid yet.
func (s *Service) DonationsDue(ctx context.Context) ([]DueDonations, error) {
	rows, err := dueDonations(ctx, s.DB)
	if err != nil {
		return nil, err
	}
	now := s.now()
	out := make([]DueDonations, len(rows))
	for i, r := range rows {
		due := r.DueAt.UTC()
		out[i] = DueDonations{CharityID: r.CharityID, Charity: r.Name, Amount: money.New(r.AmountMinor, r.Currency), Donations: r.Donations,
			DueAt: due, Overdue: !due.After(now), RemittanceID: r.RemittanceID}
	}
	return out, nil
}

func overdueSubject(registration, currency string, due time.Time) string {
	return "donation:" + registration + ":" + currency + ":" + due.UTC().Format(time.DateOnly)
}

// Overdue tells finance once of money that is with us although it should be with a charity, and closes the case when it is there.
// It is a sweep.
func (s *Service) Overdue(ctx context.Context) (int, error) {
	rows, err := dueDonations(ctx, s.DB)
	if err != nil {
		return 0, err
	}
	open, err := openCasesOf(ctx, s.DB, CaseOverdue)
	if err != nil {
		return 0, err
	}
	now, n := s.now(), 0
	var still []string
	for _, r := range rows {
		if r.DueAt.After(now) {
			continue
		}
		subject := overdueSubject(r.Registration, r.Currency, r.DueAt)
		still = append(still, subject)
		if slices.ContainsFunc(open, func(c Case) bool { return c.Subject == subject }) {
			continue
		}
		fresh, err := s.tellOverdue(ctx, subject, r)
		if err != nil {
			return n, err
		}
		if fresh {
			n++
		}
	}
	for _, c := range open {
		if slices.Contains(still, c.Subject) {
			continue
		}
		err := s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
			return closeCasesAbout(ctx, tx, CaseOverdue, c.Subject, "The money is with the charity.", now)
		})
		if err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// tellOverdue opens a case and alerts, unless that was done for the same day before.
func (s *Service) tellOverdue(ctx context.Context, subject string, r dueRow) (bool, error) {
	var fresh bool
	err := s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		fresh = false
		known, err := hadCase(ctx, tx, CaseOverdue, subject)
		if err != nil || known {
			return err
		}
		c := Case{Kind: CaseOverdue, Subject: subject, Detail: fmt.Sprintf("%s in %d donations is due to %s (%s), the oldest since %s. Make a remittance, pay it and enter the reference.",
			money.New(r.AmountMinor, r.Currency), r.Donations, r.Name, r.Registration, r.DueAt.UTC().Format(time.DateOnly))}
		if fresh, err = s.openFresh(ctx, tx, c); err != nil || !fresh {
			return err
		}
		return s.alert(ctx, tx, Alert{Name: AlertCharity, Count: r.Donations, Detail: c.Detail, CaseKind: CaseOverdue})
	})
	if err != nil {
		return false, fmt.Errorf("case %s: %w", subject, err)
	}
	return fresh, nil
}

// Remitted ends the rewards whose money is with its charity and tells their owners. It is a sweep, so that a remittance of
// thousands is one posting at once and their owners' news a little later.
func (s *Service) Remitted(ctx context.Context) (int, error) {
	ids, err := dueIDs(ctx, s.DB, func(q *bun.SelectQuery) *bun.SelectQuery {
		return q.Where("rw.state = ?", Issued).Where("rw.rail = ?", campaign.RailDonation).Where(isRemitted)
	})
	if err != nil {
		return 0, err
	}
	return s.each(ctx, ids, func(ctx context.Context, tx db.Tx, r *Reward) (bool, error) {
		if r.State != Issued || r.Rail != campaign.RailDonation {
			return false, nil
		}
		c := system("remitted", s.now())
		c.event = Redeem
		if err := s.step(ctx, tx, r, c); err != nil {
			return false, err
		}
		if r.WantedMinor != nil {
			return true, nil // it is being taken back, and the answer will be that it is too late
		}
		return true, s.Queue.Enqueue(ctx, tx, time.Time{}, Mail{Name: mailRemitted, RewardID: r.ID})
	})
}
