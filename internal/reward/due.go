package reward

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"goodword/internal/campaign"
	"goodword/internal/db"
	"goodword/internal/ident"
	"goodword/internal/introduction"
	"goodword/internal/money"
)

// retryAfter is how long a reward rests whose owner cannot be paid now.
const retryAfter = 15 * time.Minute

// Due writes down what is about to be paid: for each approved reward whose rail is known it freezes a payout and hands it to
// the rail's job, in one transaction (M2). What its owner owes from earlier is taken out of it first. It is a sweep, and
// does nothing while payouts are paused or the clock cannot be trusted.
func (s *Service) Due(ctx context.Context) (int, error) {
	if ok, err := s.running(ctx, s.DB, ""); err != nil || !ok {
		return 0, err
	}
	now := s.now()
	ids, err := dueIDs(ctx, s.DB, func(q *bun.SelectQuery) *bun.SelectQuery {
		return q.Where("rw.state IN (?)", bun.List([]State{Approved, Failed})).Where("rw.rail <> ''").
			Where("rw.retry_at IS NULL OR rw.retry_at <= ? OR rw.held_reason = ? AND "+freeCode, now, HeldNoStock, now.Add(giftLeft)).
			Where("NOT EXISTS (SELECT 1 FROM payout_reward AS pr WHERE pr.reward_id = rw.id AND pr.live = ?)", true).
			// What stands still would fill the sweep, and what may go on would never be seen behind it.
			Where("NOT EXISTS (SELECT 1 FROM payout_switch AS sw WHERE sw.paused = ? AND sw.scope IN ('rail:' || rw.rail, 'campaign:' || rw.campaign_id))", true)
	})
	if err != nil {
		return 0, err
	}
	n := 0
	var errs []error
	for _, id := range ids {
		did, err := s.begin(ctx, id)
		switch {
		case err != nil:
			errs = append(errs, fmt.Errorf("begin payout of reward %s: %w", id, err))
		case did:
			n++
		}
	}
	if err := s.closeStockCases(ctx); err != nil {
		errs = append(errs, err)
	}
	return n, errors.Join(errs...)
}

// begin makes the payout of one reward. It reports false when there is nothing to do now.
func (s *Service) begin(ctx context.Context, id string) (bool, error) {
	r, err := byID(ctx, s.DB, id)
	if err != nil {
		return false, err
	}
	rail, ok := s.rails[r.Rail]
	if !ok {
		return s.unpayable(ctx, id, r.Rail, "rail.off")
	}
	payee, parameters, err := s.payee(ctx, r)
	if err != nil {
		return false, err
	}
	rules, err := s.taxRules(ctx)
	if err != nil {
		return false, err
	}
	// The rail is asked outside of the transaction; the answer is good for this try only.
	ready, why := rail.Ready(ctx, payee)
	if !ready && strings.HasPrefix(why, payeeActs) {
		return false, s.waits(ctx, id, r.Rail, payee, why)
	}
	if !ready {
		return s.unpayable(ctx, id, r.Rail, why)
	}
	destination := rail.Destination(payee)
	var did bool
	err = s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		did = false
		rows, err := s.withOlder(ctx, tx, r)
		if err != nil {
			return err
		}
		fresh := rows[len(rows)-1]
		if fresh.State != Approved && fresh.State != Failed || fresh.Rail != r.Rail || fresh.CharityID != r.CharityID {
			return nil
		}
		if _, live, err := lockLive(ctx, tx, fresh.ID); err != nil || live {
			return err
		}
		if ok, err := s.running(ctx, tx, fresh.Rail, fresh.CampaignID); err != nil || !ok {
			return err
		}
		did = true
		return s.intend(ctx, tx, fresh, rows[:len(rows)-1], intent{rail: rail, destination: destination, parameters: parameters, tax: rules})
	})
	if missing, ok := errors.AsType[noStock](err); ok {
		return false, s.waitForStock(ctx, id, missing.amount)
	}
	return did, err
}

// withOlder locks the reward, which comes last, and those for which its owner owes something, in the order of ids.
func (s *Service) withOlder(ctx context.Context, tx db.Tx, r Reward) ([]*Reward, error) {
	var ids []string
	var err error
	if r.CustomerID != "" {
		if ids, err = owing(ctx, tx, r.CustomerID, r.Currency); err != nil {
			return nil, err
		}
	}
	rows, err := lockAll(ctx, tx, append(ids, r.ID)...)
	if err != nil {
		return nil, err
	}
	var older []*Reward
	var own *Reward
	for _, row := range rows {
		if row.ID == r.ID {
			own = row
			continue
		}
		older = append(older, row)
	}
	return append(older, own), nil
}

// intent is what is frozen with a payout.
type intent struct {
	rail        Rail
	destination string
	parameters  Parameters
	tax         taxRules
}

// intend nets, freezes and posts: after it the payout exists, whatever becomes of this process.
func (s *Service) intend(ctx context.Context, tx db.Tx, r *Reward, older []*Reward, in intent) error {
	c := system("due", s.now())
	open, err := disputed(ctx, tx, *r)
	if err != nil {
		return err
	}
	if open {
		return s.hold(ctx, tx, r, HeldDispute, c)
	}
	if held, err := s.holdForTax(ctx, tx, r, unnetted(*r, older), in.tax, c); err != nil || held {
		return err
	}
	if err := s.netOlder(ctx, tx, r, older, c); err != nil {
		return err
	}
	r.RetryAt, r.Code = time.Time{}, in.parameters.Code
	if r.Payable().Zero() {
		return s.closeNetted(ctx, tx, r, c)
	}
	p := Payout{ID: ident.New(), Rail: in.rail.Name(), State: Queued, Currency: r.Currency, AmountMinor: r.Payable().Minor,
		Destination: in.destination, Parameters: in.parameters, CreatedAt: c.at, UpdatedAt: c.at, NextTryAt: c.at.Add(wakeEvery)}
	if err := insertPayout(ctx, tx, &p, payoutReward{PayoutID: p.ID, RewardID: r.ID, AmountMinor: p.AmountMinor, Live: true}); err != nil {
		return err
	}
	if p.Rail == campaign.RailGiftCode {
		// Payout and code belong together from the first moment: one without the other is never committed.
		if _, ok, err := s.bind(ctx, tx, p); err != nil {
			return err
		} else if !ok {
			return noStock{p.Amount()}
		}
	}
	if err := closeCasesOf(ctx, tx, r.ID, CasePayee, "The payout has begun.", c.at); err != nil {
		return err
	}
	c.event, c.fact = Issue, p.ID+":0"
	if err := s.step(ctx, tx, r, c); err != nil {
		return err
	}
	if in.rail.ByHand() {
		return s.openCase(ctx, tx, Case{Kind: CaseByHand, Subject: p.ID, PayoutID: p.ID, RewardID: r.ID, IntroductionID: r.IntroductionID,
			Detail: fmt.Sprintf("Please pay %s and enter the reference.", p.Amount())})
	}
	return s.Queue.Enqueue(ctx, tx, time.Time{}, Send{PayoutID: p.ID})
}

// netOlder lets the reward pay what its owner owes from earlier ones, the oldest first (M16).
func (s *Service) netOlder(ctx context.Context, tx db.Tx, r *Reward, older []*Reward, c change) error {
	for _, o := range older {
		part := min(o.OwedMinor, r.Payable().Minor)
		if part <= 0 || o.Advocate() != r.Advocate() {
			continue
		}
		before, oBefore := r.public(), o.public()
		c.part = part
		if err := s.write(ctx, tx, r, entry{change: c, what: "netted", before: before, kind: string(Recover), legs: r.net(part)}); err != nil {
			return err
		}
		o.OwedMinor -= part
		if o.OwedMinor == 0 && o.State == Clawback {
			done := c
			done.event, done.part = Recover, 0
			if err := s.step(ctx, tx, o, done); err != nil {
				return err
			}
			continue
		}
		if err := s.write(ctx, tx, o, entry{change: c, what: "partly_recovered", before: oBefore}); err != nil {
			return err
		}
	}
	return nil
}

// closeNetted ends a reward that went into older receivables altogether: nothing is left for a rail to pay.
func (s *Service) closeNetted(ctx context.Context, tx db.Tx, r *Reward, c change) error {
	c.event = Issue
	if err := s.step(ctx, tx, r, c); err != nil {
		return err
	}
	c.event = Settle
	if err := s.step(ctx, tx, r, c); err != nil {
		return err
	}
	return s.Queue.Enqueue(ctx, tx, time.Time{}, Mail{Name: mailPaid, RewardID: r.ID})
}

// unpayable puts the reward off and tells a person why it cannot be paid; why is a catalogue key.
func (s *Service) unpayable(ctx context.Context, id string, rail campaign.Rail, why string) (bool, error) {
	if why == whyNoGift {
		return false, s.waitForStock(ctx, id, money.Amount{})
	}
	why = words(why)
	_, err := s.locked(ctx, id, func(ctx context.Context, tx db.Tx, r *Reward) error {
		if r.State != Approved && r.State != Failed || r.Rail != rail {
			return nil
		}
		now := s.now()
		r.RetryAt = now.Add(retryAfter)
		if err := save(ctx, tx, r, now); err != nil {
			return err
		}
		return s.openCase(ctx, tx, Case{Kind: CasePayee, Subject: r.ID, RewardID: r.ID, IntroductionID: r.IntroductionID,
			Detail: fmt.Sprintf("%s cannot be paid by %s: %s", r.Payable(), rail, why)})
	})
	return false, err
}

// payee returns whom the reward is for, as rails see them, and what a payout would freeze.
func (s *Service) payee(ctx context.Context, r Reward) (Payee, Parameters, error) {
	p := Payee{Beneficiary: r.Beneficiary, CustomerID: r.CustomerID, Currency: r.Currency, AmountMinor: r.Payable().Minor, At: s.now(), Store: s.DB}
	if r.Rail == campaign.RailTransfer {
		set, err := s.Settings.Get(ctx)
		if err != nil {
			return p, Parameters{}, err
		}
		p.LeastMinor = set.TransferMinMinor
		if p.Account, err = AccountOf(ctx, s.DB, r.CustomerID); err != nil {
			return p, Parameters{}, err
		}
	}
	in := Parameters{RewardID: r.ID}
	if r.Rail == campaign.RailDonation && r.CharityID != "" {
		var err error
		if p.Charity, err = campaign.CharityByID(ctx, s.DB, r.CharityID); err != nil {
			return p, in, err
		}
		in.CharityID = r.CharityID
	}
	if r.Rail == campaign.RailPromotionCode {
		in.Code = s.code(r.ID)
	}
	if r.CustomerID != "" {
		c, err := s.Customers.ByID(ctx, s.DB, r.CustomerID)
		p.StripeCustomer = c.CreditTo()
		return p, in, err
	}
	var i introduction.Introduction
	i, err := introductionOf(ctx, s.DB, r.IntroductionID)
	if err != nil {
		return p, in, err
	}
	p.StripeCustomer = i.StripeCustomer
	if r.Rail == campaign.RailPromotionCode {
		in.FirstTransaction = true
		if i.ProtectedUntil.After(s.now()) {
			in.ExpiresAt = i.ProtectedUntil.Unix()
		}
	}
	return p, in, nil
}

// code makes the promotion code of a reward: always the same for the same reward, and not to be guessed.
func (s *Service) code(rewardID string) string {
	const letters = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
	sum := s.Keys.Blind("promotion_code", rewardID)
	out := make([]byte, 10)
	for i := range out {
		// Two hexadecimal digits fold evenly onto 32 letters.
		out[i] = letters[(unhex(sum[2*i])<<4|unhex(sum[2*i+1]))%byte(len(letters))]
	}
	return string(out)
}

func unhex(c byte) byte {
	if c >= 'a' {
		return c - 'a' + 10
	}
	return c - '0'
}
