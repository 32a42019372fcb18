// Package ledger keeps the books: double entry, append only, balanced by the database itself. It knows no reward, only
// account names. One named journal stands for one fact, so that a fact cannot be posted twice.
package ledger

import (
	"time"

	"goodword/internal/money"
)

// Side is the side of a leg or of an account's balance.
type Side string

// The sides.
const (
	D Side = "D" // debit
	C Side = "C" // credit
)

// Leg is one line of a journal.
type Leg struct {
	Account string
	Side    Side
	// Amount is greater than zero and at most MaxLeg. Its currency is ISO 4217, or "CODE" for percent-off codes of
	// unknown value, one for each code.
	Amount money.Amount
}

// MaxLeg is the greatest amount of one leg in minor units.
const MaxLeg = 1_000_000_000_000_000

// Debit returns the leg that debits account with a.
func Debit(account string, a money.Amount) Leg { return Leg{Account: account, Side: D, Amount: a} }

// Credit returns the leg that credits account with a.
func Credit(account string, a money.Amount) Leg { return Leg{Account: account, Side: C, Amount: a} }

// Journal is one fact in the books.
type Journal struct {
	// Key names the fact: "accrue:<reward id>". The first journal with a key stands.
	Key string
	// Kind is the event of trust.md 5.2: authorise, accrue, hold, release, approve, adjust, issue, settle, …
	Kind string
	At   time.Time
	// What the fact is about; empty where it does not concern one.
	RewardID       string
	CampaignID     string
	IntroductionID string
	// ActorKind and ActorID are those of the audit.Actor who caused it.
	ActorKind string
	ActorID   string
	// Legs are two or more. In each currency debits equal credits, both among the budget's memo accounts (M:) and
	// among all others.
	Legs []Leg
}
