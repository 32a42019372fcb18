package reward

import (
	"context"
	"fmt"
	"strings"

	"goodword/internal/audit"
	"goodword/internal/db"
	"goodword/internal/ledger"
)

// What a Finding can be, beside those of packages ledger and audit.
const (
	WrongAccount = "wrong_account" // I5: a reward's state and its accounts disagree
	NotWhole     = "not_whole"     // I6: what was earned is not what is left plus what was taken back
	WrongCost    = "wrong_cost"    // I6: a campaign's cost or recoveries are not those of its rewards
	WrongPayout  = "wrong_payout"  // I8: a payout, its effect at the rail and its rewards disagree
	WrongBudget  = "wrong_budget"  // I9: a campaign's budget is not available + committed + spent
	WrongDebt    = "wrong_debt"    // I5: what somebody owes is not what their rewards say
	WrongStock   = "wrong_stock"   // I8, I11: gift codes, their payouts and the books disagree
	// WrongDonation: I8, I11: donations, their payouts, remittances and the books disagree.
	WrongDonation = "wrong_donation"
	NoReward      = "no_reward" // I5: money of a reward that does not exist
	NoCause       = "no_cause"  // I12: a reward without a fact or a rule behind it
	BadHead       = "bad_head"  // I2: a kept head is not what was signed, or contradicts another
)

// Finding is one thing that does not hold.
type Finding struct {
	// Kind is one of the constants above, or of packages ledger and audit.
	Kind string
	// Table and Row name the row.
	Table, Row string
	// Detail says in words what was found.
	Detail string
}

func (f Finding) String() string { return f.Table + " " + f.Row + ": " + f.Detail }

// Summary says how much Verify has seen.
type Summary struct {
	Rewards, Payouts, Findings int64
	Ledger                     ledger.Summary
	Audit                      audit.Summary
}

// Heads are ends of the two sealed chains kept from earlier; the zero value has none.
type Heads struct {
	Ledger []ledger.Head
	Audit  []audit.Head
}

// Verify proves the books and that the states agree with them: everything that ledger.Verify and audit.Verify prove, and for
// rewards, payouts, campaigns and debts the invariants I5, I6, I8, I9 and I12. Whatever does not hold goes to report, and
// then all payouts pause (M20). It may run while others work: what looks wrong is looked at again in one statement.
func (s *Service) Verify(ctx context.Context, known Heads, report func(Finding)) (Summary, error) {
	var findings int64
	var first string
	sum, err := s.check(ctx, known, func(f Finding) {
		if first == "" {
			first = f.String()
		}
		findings++
		report(f)
	})
	sum.Findings = findings
	if err != nil || findings == 0 {
		return sum, err
	}
	return sum, s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error { return s.stopFor(ctx, tx, findings, first) })
}

// check is Verify without its consequences.
func (s *Service) check(ctx context.Context, known Heads, find func(Finding)) (Summary, error) {
	var sum Summary
	var err error
	sum.Ledger, err = ledger.Verify(ctx, s.DB, func(f ledger.Finding) { find(Finding{f.Kind, f.Table, f.Row, f.Detail}) }, known.Ledger...)
	if err != nil {
		return sum, err
	}
	sum.Audit, err = audit.Verify(ctx, s.DB, func(f audit.Finding) { find(Finding{f.Kind, f.Table, f.Row, f.Detail}) }, known.Audit...)
	if err != nil {
		return sum, err
	}
	if err := s.verifyStates(ctx, &sum, find); err != nil {
		return sum, fmt.Errorf("verify rewards: %w", err)
	}
	return sum, nil
}

// verifyBatch is how many rewards are in memory at a time.
const verifyBatch = 500

func (s *Service) verifyStates(ctx context.Context, sum *Summary, find func(Finding)) error {
	for after := ""; ; {
		rows, err := rewardsAfter(ctx, s.DB, after, verifyBatch)
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			break
		}
		if err := s.verifyBatch(ctx, rows, find); err != nil {
			return err
		}
		sum.Rewards += int64(len(rows))
		after = rows[len(rows)-1].ID
	}
	if err := s.verifySums(ctx, find); err != nil {
		return err
	}
	for _, q := range questions {
		names, err := q.ask(ctx, s.DB)
		if err != nil {
			return err
		}
		for _, name := range names {
			find(Finding{q.kind, q.table, name, q.detail})
		}
	}
	var err error
	sum.Payouts, err = countPayouts(ctx, s.DB)
	return err
}

// accounts are the names of all accounts that a reward can own.
func (r Reward) accounts() []string {
	return []string{ledger.Pending(r.ID), ledger.Held(r.ID), ledger.Payable(r.ID), ledger.Clearing(r.ID),
		ledger.OutstandingPromo(r.ID), ledger.OutstandingCredit(r.ID)}
}

// wrong says what is wrong with the reward's accounts, "" if nothing (I5).
func (r Reward) wrong(balance func(name string) int64) string {
	own, want := r.Books()
	for _, name := range r.accounts() {
		expected := int64(0)
		if name == own {
			expected = want.Minor
		}
		if got := balance(name); got != expected {
			return fmt.Sprintf("it is %s with %s, but %s holds %d instead of %d", r.State, r.Amount(), strings.TrimSuffix(name, ":"+r.ID), got, expected)
		}
	}
	return ""
}

func (s *Service) verifyBatch(ctx context.Context, rows []Reward, find func(Finding)) error {
	var names []string
	for _, r := range rows {
		names = append(names, r.accounts()...)
	}
	balances, err := balancesOf(ctx, s.DB, names)
	if err != nil {
		return err
	}
	for _, r := range rows {
		if r.wrong(func(name string) int64 { return balances[[2]string{name, r.Currency}] }) != "" {
			if err := s.lookAgain(ctx, r, find); err != nil {
				return err
			}
		}
		if r.AccruedMinor != r.AmountMinor+r.ReversedMinor+r.ClawedMinor {
			find(Finding{NotWhole, "reward", r.ID, "what was earned is not what is left plus what was taken back"})
		}
	}
	return nil
}

func (s *Service) lookAgain(ctx context.Context, r Reward, find func(Finding)) error {
	fresh, balances, err := rewardNow(ctx, s.DB, r.ID, r.accounts())
	if err != nil {
		return err
	}
	what := fresh.wrong(func(name string) int64 {
		for _, b := range balances {
			if b.Name == name {
				return b.Balance
			}
		}
		return 0
	})
	if what != "" {
		find(Finding{WrongAccount, "reward", r.ID, what})
	}
	return nil
}

func (s *Service) verifySums(ctx context.Context, find func(Finding)) error {
	list, err := campaigns(ctx, s.DB)
	if err != nil {
		return err
	}
	for _, c := range list {
		if err := c.read(ctx, s.DB); err != nil {
			return err
		}
		c.check(find)
	}
	if err := s.verifyStock(ctx, find); err != nil {
		return err
	}
	if err := s.verifyDonations(ctx, find); err != nil {
		return err
	}
	owed, err := debtors(ctx, s.DB)
	if err != nil {
		return err
	}
	for _, d := range owed {
		if err := d.read(ctx, s.DB); err != nil {
			return err
		}
		if d.Owed != d.Booked {
			find(Finding{WrongDebt, "ledger_account", ledger.Clawback(d.Advocate) + " " + d.Currency,
				fmt.Sprintf("it holds %d, but the rewards say %d", d.Booked, d.Owed)})
		}
	}
	return nil
}

func (c campaignSums) check(find func(Finding)) {
	for _, x := range []struct {
		kind, what string
		got, want  int64
	}{
		{WrongCost, "the cost of its rewards", c.Rewards, c.Cost},
		{WrongCost, "what was recovered", c.Recoveries, c.Clawed},
		{WrongBudget, "the committed budget", c.Committed, c.Open},
		{WrongBudget, "the committed and spent budget", c.Committed + c.Spent, c.Cost},
		{WrongBudget, "the authorised budget", c.Avail + c.Committed + c.Spent, c.Authorised},
	} {
		if x.got != x.want {
			find(Finding{x.kind, "campaign", c.CampaignID, fmt.Sprintf("%s is %d %s in the books and %d by its rewards and authorisations", x.what, x.got, c.Currency, x.want)})
		}
	}
	if c.Avail < 0 {
		find(Finding{WrongBudget, "campaign", c.CampaignID, "the available budget is below zero"})
	}
}
