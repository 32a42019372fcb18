package reward

import (
	"context"
	"time"
)

// Liability is what is owed in one currency at one moment, by where it lies in the books; all in minor units.
type Liability struct {
	Currency string
	// PendingMinor is in the hold period, HeldMinor on hold, PayableMinor approved, ClearingMinor with a rail,
	// OutstandingMinor issued as codes or credit and not used yet, CharityMinor given to charities and not remitted yet,
	// UnclaimedMinor expired without being wanted.
	PendingMinor, HeldMinor, PayableMinor, ClearingMinor, OutstandingMinor, CharityMinor, UnclaimedMinor int64
	// TotalMinor is the sum of them.
	TotalMinor int64
	// ReceivableMinor is what customers owe us.
	ReceivableMinor int64
	// PaidMinor is what had been paid in all until then, less what was voided unused; ReversedMinor is what had been taken
	// back in all, before and after it was paid.
	PaidMinor, ReversedMinor int64
}

// Liability returns what was owed at a moment, by currency; the zero time is now.
func (s *Service) Liability(ctx context.Context, at time.Time) ([]Liability, error) {
	if at.IsZero() {
		at = s.now()
	}
	sums, err := balancesAt(ctx, s.DB, at)
	if err != nil {
		return nil, err
	}
	var out []Liability
	for _, sum := range sums {
		if len(out) == 0 || out[len(out)-1].Currency != sum.Currency {
			out = append(out, Liability{Currency: sum.Currency})
		}
		l := &out[len(out)-1]
		switch sum.Kind {
		case "receivable":
			l.ReceivableMinor -= sum.Minor
			continue
		case "paid":
			l.PaidMinor = sum.Minor
			continue
		case "reversed":
			l.ReversedMinor = sum.Minor
			continue
		case "pending":
			l.PendingMinor = sum.Minor
		case "held":
			l.HeldMinor = sum.Minor
		case "payable":
			l.PayableMinor = sum.Minor
		case "clearing":
			l.ClearingMinor = sum.Minor
		case "outstanding":
			l.OutstandingMinor = sum.Minor
		case "charity":
			l.CharityMinor = sum.Minor
		case "unclaimed":
			l.UnclaimedMinor = sum.Minor
		}
		l.TotalMinor += sum.Minor
	}
	return out, nil
}
