package ledger

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"goodword/internal/db"
	"goodword/internal/fault"
	"goodword/internal/ident"
	"goodword/internal/money"
)

// maxLegs keeps sums of legs far from 64 bits.
const maxLegs = 1000

// Post writes the journal in the caller's transaction and reports whether it did: false, without an error, if a journal
// with this key exists, whatever its legs.
//
// Returns Conflict with the key "ledger.overdraw" if a guarded account would fall below zero. The transaction is lost then;
// use Lock first where that is to be expected. A journal that is not balanced or not complete is a programming
// mistake and returns Internal.
func Post(ctx context.Context, tx db.Tx, j Journal) (posted bool, err error) {
	if err := j.check(); err != nil {
		return false, fmt.Errorf("post %s: %w", j.Key, fault.Wrap(fault.Internal, "", err))
	}
	free, err := claim(ctx, tx, j.Key)
	if err != nil {
		return false, fmt.Errorf("post %s: %w", j.Key, err)
	}
	if !free {
		return false, nil
	}
	row := journalRow{
		ID: ident.New(), Key: j.Key, Kind: j.Kind, At: j.At.UTC().Truncate(time.Microsecond),
		RewardID: j.RewardID, CampaignID: j.CampaignID, IntroductionID: j.IntroductionID,
		ActorKind: j.ActorKind, ActorID: j.ActorID, Legs: len(j.Legs),
	}
	legs := j.ordered(row.ID)
	if err := write(ctx, tx, accountsOf(legs), legs, row); err != nil {
		if db.Constraint(err) == "ledger_account_floor" {
			err = &fault.Error{Code: fault.Conflict, Key: "ledger.overdraw", Message: "There is not enough left for this.", Cause: err}
		}
		return false, fmt.Errorf("post %s: %w", j.Key, err)
	}
	return true, nil
}

// check finds what the database would refuse, so that the programmer reads a sentence instead of a constraint's name.
func (j Journal) check() error {
	switch {
	case j.Key == "" || j.Kind == "" || j.At.IsZero() || j.ActorKind == "":
		return errors.New("key, kind, time or actor is missing")
	case len(j.Legs) < 2 || len(j.Legs) > maxLegs:
		return fmt.Errorf("%d legs", len(j.Legs))
	}
	type book struct {
		currency string
		memo     bool
	}
	sums := map[book]int64{}
	for i, l := range j.Legs {
		switch {
		case !known(l.Account):
			return fmt.Errorf("leg %d: no such account", i+1)
		case l.Side != D && l.Side != C:
			return fmt.Errorf("leg %d: no such side", i+1)
		case l.Amount.Minor <= 0 || l.Amount.Minor > MaxLeg:
			return fmt.Errorf("leg %d: amount out of range", i+1)
		case !money.Known(l.Amount.Currency) && l.Amount.Currency != "CODE":
			return fmt.Errorf("leg %d: %w", i+1, money.ErrCurrency)
		}
		sums[book{l.Amount.Currency, memo(l.Account)}] += l.signed(D)
	}
	for b, sum := range sums {
		if sum != 0 {
			return fmt.Errorf("debits and credits differ by %s", money.New(sum, b.currency))
		}
	}
	return nil
}

// signed returns the amount, negative if the leg is not on side.
func (l Leg) signed(side Side) int64 {
	if l.Side == side {
		return l.Amount.Minor
	}
	return -l.Amount.Minor
}

// ordered returns the legs in the one order in which all journals touch accounts, so that two of them never wait for
// each other: the budget first, then by name. On one account what counts up comes first: it must not look overdrawn
// half-way.
func (j Journal) ordered(id string) []legRow {
	legs := slices.Clone(j.Legs)
	slices.SortStableFunc(legs, func(a, b Leg) int {
		return cmp.Or(
			compareAccounts(a.Account, b.Account),
			cmp.Compare(a.Amount.Currency, b.Amount.Currency),
			cmp.Compare(b.signed(normal(b.Account)), a.signed(normal(a.Account))),
		)
	})
	rows := make([]legRow, len(legs))
	for i, l := range legs {
		rows[i] = legRow{JournalID: id, Number: i + 1, Account: l.Account, Currency: l.Amount.Currency, Side: l.Side, AmountMinor: l.Amount.Minor}
	}
	return rows
}

func compareAccounts(a, b string) int {
	if memo(a) != memo(b) {
		if memo(a) {
			return -1
		}
		return 1
	}
	return cmp.Compare(a, b)
}

// accountsOf returns the accounts of ordered legs, each once.
func accountsOf(legs []legRow) []Account {
	var out []Account
	for _, l := range legs {
		if n := len(out); n > 0 && out[n-1].Name == l.Account && out[n-1].Currency == l.Currency {
			continue
		}
		out = append(out, Account{Name: l.Account, Currency: l.Currency, Normal: normal(l.Account), Guarded: guarded(l.Account)})
	}
	return out
}
