package reward

import (
	"fmt"
	"time"

	"goodword/internal/campaign"
	"goodword/internal/ledger"
	"goodword/internal/money"
)

// account returns the ledger account that the state owns, and false for the states that own none of its own.
func (r Reward) account(s State) (string, bool) {
	switch s {
	case Pending:
		return ledger.Pending(r.ID), true
	case Held:
		return ledger.Held(r.ID), true
	case Approved, Failed:
		return ledger.Payable(r.ID), true
	case Issuing:
		return ledger.Clearing(r.ID), true
	case Issued:
		switch r.Rail {
		case campaign.RailPromotionCode:
			return ledger.OutstandingPromo(r.ID), true
		case campaign.RailInvoiceCredit:
			return ledger.OutstandingCredit(r.ID), true
		}
	}
	return "", false
}

// Books returns the account that the reward's state owns and what must lie on it; the account is empty, and the amount
// zero, for a state that owns none (I5).
func (r Reward) Books() (account string, balance money.Amount) {
	account, ok := r.account(r.State)
	switch {
	case !ok:
		return "", money.New(0, r.Currency)
	case r.State == Issued:
		return account, money.New(r.IssuedMinor, r.Currency)
	}
	return account, r.Payable()
}

// settledTo is the account that a settled payout goes to.
func (r Reward) settledTo() string {
	switch r.Rail {
	case campaign.RailTransfer:
		return ledger.Stripe
	case campaign.RailGiftCode:
		return ledger.GiftCards
	case campaign.RailDonation:
		return ledger.Charity(r.Charity)
	case campaign.RailManual:
		return ledger.Bank
	}
	account, _ := r.account(Issued)
	return account
}

// Advocate names who owes a receivable: the customer, or the introduction for a prospect's reward.
func (r Reward) Advocate() string {
	if r.CustomerID != "" {
		return r.CustomerID
	}
	return r.IntroductionID
}

// apply moves the reward by the table and returns the legs of trust.md 5.2 that belong to the move; none where nothing
// moves. part is what the event concerns, in minor units: what is taken by Adjust and given back by Reinstate; the other
// events concern all that the state holds. It changes nothing on Conflict.
func (r *Reward) apply(e Event, part int64, at time.Time) ([]ledger.Leg, error) {
	to, err := r.Next(e)
	if err != nil {
		return nil, err
	}
	before := *r
	r.State = to
	if to != Held {
		r.HeldReason, r.HeldNote = "", ""
	}
	switch e {
	case Hold, Release, Approve, Issue, Fail:
		switch e {
		case Approve:
			r.ApprovedAt = at
		case Release:
			r.RetryAt = time.Time{} // it was how long to wait for what held it
		}
		from, ok := before.account(before.State)
		target, known := before.account(to)
		if !ok || !known {
			return nil, fmt.Errorf("reward %s: no account for %s from %s to %s", r.ID, e, before.State, to)
		}
		return move(from, target, before.Payable()), nil
	case Adjust:
		if part <= 0 || part > before.Payable().Minor || part >= before.AmountMinor {
			*r = before
			return nil, fmt.Errorf("reward %s: cannot take %d of %s", r.ID, part, before.Payable())
		}
		return r.give(before, part), nil
	case Reverse:
		if before.State.Open() {
			if before.NettedMinor > 0 {
				*r = before
				return nil, fmt.Errorf("reward %s: what it has paid must be taken back first", r.ID)
			}
			return r.give(before, before.AmountMinor), nil
		}
		r.StateBefore = before.State
		return r.claw(r.AmountMinor), nil
	case Settle:
		r.IssuedMinor, r.IssuedAt = before.Payable().Minor, at
		return move(ledger.Clearing(r.ID), r.settledTo(), before.Payable(), ledger.Committed(r.CampaignID), ledger.Spent(r.CampaignID)), nil
	case VoidUnused:
		from := before.settledTo()
		d := before.IssuedMinor
		r.IssuedMinor, r.AmountMinor, r.ReversedMinor = 0, r.AmountMinor-d, r.ReversedMinor+d
		return move(from, ledger.Rewards(r.CampaignID), money.New(d, r.Currency), ledger.Spent(r.CampaignID), ledger.Avail(r.CampaignID)), nil
	case Redeem:
		from, ok := before.account(Issued)
		if !ok {
			return nil, nil // a gift code or a donation: its value left with the settlement, or leaves with the remittance
		}
		return move(from, ledger.BillingOffset, money.New(before.IssuedMinor, r.Currency)), nil
	case Expire:
		from, _ := before.account(before.State)
		if before.State == Issued {
			return move(from, ledger.Breakage, money.New(before.IssuedMinor, r.Currency)), nil
		}
		return move(from, ledger.Unclaimed, before.Payable(), ledger.Committed(r.CampaignID), ledger.Spent(r.CampaignID)), nil
	case Recover:
		// What netting brings back is posted with the reward that pays, and what a rail fetches back with its answer; the rest
		// was paid back to the bank.
		d := money.New(r.OwedMinor, r.Currency)
		r.OwedMinor = 0
		return move(ledger.Bank, ledger.Clawback(r.Advocate()), d), nil
	case WriteOff:
		return r.forgive(), nil
	case Reinstate:
		if part <= 0 || part > before.OwedMinor {
			*r = before
			return nil, fmt.Errorf("reward %s: cannot give back %d of %d", r.ID, part, before.OwedMinor)
		}
		r.StateBefore = ""
		return r.unclaw(part), nil
	}
	*r = before
	return nil, fmt.Errorf("reward %s: nothing is defined for %s", r.ID, e)
}

// accrual returns the legs of "accrue".
func (r Reward) accrual() []ledger.Leg {
	return move(ledger.Rewards(r.CampaignID), ledger.Pending(r.ID), r.Amount(),
		ledger.Avail(r.CampaignID), ledger.Committed(r.CampaignID))
}

// give takes d back that was never paid: the cost is undone and the budget free again.
func (r *Reward) give(before Reward, d int64) []ledger.Leg {
	from, _ := before.account(before.State)
	r.AmountMinor, r.ReversedMinor = r.AmountMinor-d, r.ReversedMinor+d
	return move(from, ledger.Rewards(r.CampaignID), money.New(d, r.Currency), ledger.Committed(r.CampaignID), ledger.Avail(r.CampaignID))
}

// claw takes d back whose value is gone: its owner owes it now. What paid an older receivable is gone first.
func (r *Reward) claw(d int64) []ledger.Leg {
	r.AmountMinor, r.ClawedMinor, r.OwedMinor = r.AmountMinor-d, r.ClawedMinor+d, r.OwedMinor+d
	r.NettedMinor = max(0, r.NettedMinor-d)
	return move(ledger.Clawback(r.Advocate()), ledger.Recoveries(r.CampaignID), money.New(d, r.Currency))
}

// unclaw gives d back that is still owed.
func (r *Reward) unclaw(d int64) []ledger.Leg {
	r.AmountMinor, r.ClawedMinor, r.OwedMinor = r.AmountMinor+d, r.ClawedMinor-d, r.OwedMinor-d
	return move(ledger.Recoveries(r.CampaignID), ledger.Clawback(r.Advocate()), money.New(d, r.Currency))
}

// forgive gives up what is owed: its owner keeps it.
func (r *Reward) forgive() []ledger.Leg {
	d := r.OwedMinor
	r.OwedMinor, r.WrittenOffMinor = 0, r.WrittenOffMinor+d
	return move(ledger.BadDebt, ledger.Clawback(r.Advocate()), money.New(d, r.Currency))
}

// net pays d of an older receivable of the same owner out of the reward, which is payable.
func (r *Reward) net(d int64) []ledger.Leg {
	r.NettedMinor += d
	return move(ledger.Payable(r.ID), ledger.Clawback(r.Advocate()), money.New(d, r.Currency),
		ledger.Committed(r.CampaignID), ledger.Spent(r.CampaignID))
}

// move returns a debit and a credit of the same amount for each pair of accounts; nothing where nothing moves.
func move(debit, credit string, a money.Amount, memo ...string) []ledger.Leg {
	if a.Zero() || debit == credit {
		return nil
	}
	legs := []ledger.Leg{ledger.Debit(debit, a), ledger.Credit(credit, a)}
	if len(memo) == 2 {
		legs = append(legs, ledger.Debit(memo[0], a), ledger.Credit(memo[1], a))
	}
	return legs
}
