package reward

import (
	"context"
	"fmt"
	"time"

	"goodword/internal/money"
)

// Effect is one thing of value at a rail, as its lists show it.
type Effect struct {
	// Object is the rail's id.
	Object string
	// Payout is the Name of the payout that the object says it belongs to, RewardID its reward; empty where it says nothing.
	Payout, RewardID string
	Amount           money.Amount
	// BackMinor is what was taken back there: all of a code that was switched off unused.
	BackMinor int64
	// FeeMinor is what the rail kept for itself.
	FeeMinor int64
	// Destination is the rail's id of whom it is for; empty where it is for whoever has it.
	Destination string
	// At is when it was made; EndsAt is when it ends by itself, zero for never. What has ended does not show whether it was
	// taken back before.
	At, EndsAt time.Time
}

// Payees walks the rail's own ids of everybody who was or could be paid: those after the given one, none at the end.
type Payees func(ctx context.Context, after string) ([]string, error)

// Statement is what a Rail implements besides, if it can list everything that it holds: such a rail is reconciled.
type Statement interface {
	Rail
	// Account names the account at the rail that the key opens, with what tells its test side from its live side.
	// Empty while the rail is off.
	Account(ctx context.Context) (string, error)
	// Effects calls page with everything of value that the rail holds, of every age, a page at a time. It may bring what is not
	// ours, and must bring what is ours by any of metadata, object or payee. It goes by strongly consistent lists, never by
	// search and never by a window of time. Returns an error unless the list is complete.
	Effects(ctx context.Context, payees Payees, page func([]Effect) error) error
}

// What a comparison can find; a case of that kind is opened.
const (
	CaseMissingHere  = "rail_missing_here"  // paid there, and not here
	CaseMissingThere = "rail_missing_there" // settled here, and not there
	CaseAmount       = "rail_amount"
	CaseOtherMoney   = "rail_currency"
	CaseDestination  = "rail_destination"
	CaseReversal     = "rail_reversal"  // taken back there and not here, or the other way round
	CaseDuplicate    = "rail_duplicate" // two objects for one payout
	CaseMetadata     = "rail_metadata"  // the object bears the name of another payout or reward, or none
	CaseOld          = "rail_old"       // made there before we had written down that we would pay
	CaseAccount      = "rail_account"   // the key opens another account than before
	CaseFee          = "rail_fee"       // the rail kept something for itself
)

// RailCases lists the kinds of cases that comparisons open.
var RailCases = []string{CaseMissingHere, CaseMissingThere, CaseAmount, CaseOtherMoney, CaseDestination, CaseReversal, CaseDuplicate,
	CaseMetadata, CaseOld, CaseAccount, CaseFee}

// clocksApart is how far the rail's clock may be behind ours.
const clocksApart = 5 * time.Minute

// difference is one thing that does not fit.
type difference struct {
	kind   string
	payout Payout // zero where we know none
	effect Effect
	detail string
}

// fingerprint is the same whenever the same is found again, and another when it changes.
func (d difference) fingerprint() string {
	e := d.effect
	return fmt.Sprintf("%s %s %s %s %d %d %d %s", d.kind, d.payout.ID, e.Object, e.Amount, e.BackMinor, e.FeeMinor, e.At.Unix(), e.Destination)
}

// differs says what about the effect does not fit the payout whose it is, the worst first; nothing while the payout is under way.
func differs(p Payout, e Effect, now time.Time) (difference, bool) {
	d := difference{payout: p, effect: e}
	is := func(kind, format string, args ...any) (difference, bool) {
		d.kind = kind
		d.detail = fmt.Sprintf("%s for payout %s of %s: ", e.Object, p.Name(), p.Amount()) + fmt.Sprintf(format, args...)
		return d, true
	}
	switch {
	case p.State == Refused || p.State == Cancelled:
		return is(CaseMissingHere, "%s shows %s, but here the payout was %s.", p.Rail, e.Amount, p.State)
	case p.State.open():
		return d, false
	case e.Payout != p.Name() || e.RewardID != p.Parameters.RewardID:
		return is(CaseMetadata, "at %s it bears the payout %q and the reward %q.", p.Rail, e.Payout, e.RewardID)
	case e.Amount.Currency != p.Currency:
		return is(CaseOtherMoney, "%s shows %s.", p.Rail, e.Amount)
	case e.Amount.Minor != p.AmountMinor:
		return is(CaseAmount, "%s shows %s.", p.Rail, e.Amount)
	case e.Destination != p.Destination:
		return is(CaseDestination, "%s shows it for %q, we meant %q.", p.Rail, e.Destination, p.Destination)
	case e.BackMinor != p.ReversedMinor && (e.EndsAt.IsZero() || now.Before(e.EndsAt)):
		return is(CaseReversal, "%s shows %s taken back, the books %s.", p.Rail, money.New(e.BackMinor, p.Currency), money.New(p.ReversedMinor, p.Currency))
	case e.At.Before(p.CreatedAt.Add(-clocksApart)):
		return is(CaseOld, "%s made it at %s, before we had written down at %s that we would pay.", p.Rail,
			e.At.UTC().Format(time.RFC3339), p.CreatedAt.UTC().Format(time.RFC3339))
	case e.FeeMinor != 0:
		return is(CaseFee, "%s kept %s, which the books do not know.", p.Rail, money.New(e.FeeMinor, p.Currency))
	}
	return d, false
}
