package reward

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"goodword/internal/campaign"
)

// AnswerClass is what an answer of a rail proves (trust.md M4).
type AnswerClass string

// The classes.
const (
	// AnsweredOK: the effect exists.
	AnsweredOK AnswerClass = "ok"
	// AnsweredNo: refused for certain; there is no effect and never will be under this key.
	AnsweredNo AnswerClass = "refused"
	// AnsweredShort: refused for certain, because our balance there does not cover it; it may go under a new key once it does.
	AnsweredShort AnswerClass = "short"
	// AnsweredPayee: refused for certain, because of the payee's account.
	AnsweredPayee AnswerClass = "payee"
	// AnsweredConflict: another request with the key is under way (409).
	AnsweredConflict AnswerClass = "conflict"
	// AnsweredLater: not looked at (429); the same key may go again later.
	AnsweredLater AnswerClass = "later"
	// Answered5xx: an error that the rail keeps under the key; the effect may exist or appear later.
	Answered5xx AnswerClass = "5xx"
	// NotAnswered: timeout, reset, cut body: nothing is known.
	NotAnswered AnswerClass = "none"
)

// Answer is what came of a call to a rail.
type Answer struct {
	Class AnswerClass
	// Object is the rail's id of what was made; set with AnsweredOK.
	Object string
	// Note is the rail's reason for staff: a code, never a person's data.
	Note string
	// TakenMinor is what a Void of money took back in this reversal, in minor units; a Void of anything else takes all or nothing.
	TakenMinor int64
}

// Payee is whom a rail is asked about: what the rails need to know of a reward's owner.
type Payee struct {
	Beneficiary campaign.Party
	// CustomerID is empty for a prospect.
	CustomerID string
	// StripeCustomer is the customer's, else their company's, else for a prospect the one on the introduction.
	StripeCustomer string
	Currency       string
	// AmountMinor is how much shall be paid; 0 as long as that is not known.
	AmountMinor int64
	// Account is where a transfer would go; its State is empty where a rail has to look for it by itself.
	Account Account
	// Charity is whom the reward is given to; the zero Charity for every rail but donation.
	Charity campaign.Charity
	// LeastMinor is the least that may be transferred at once; 0 where it does not matter.
	LeastMinor int64
	// At is the business time of the question.
	At time.Time
	// Store is where a rail looks that keeps rows of its own: the running transaction, if there is one.
	Store bun.IDB
}

// Rail is one way to pay. Implementations are stateless: everything that must survive is on the payout.
type Rail interface {
	// Name is the rail's name in offers.
	Name() campaign.Rail
	// Ready reports whether the payee can be paid now, with a catalogue key that says why not. It goes by what is known here
	// and asks nobody, because it is called in transactions, too.
	Ready(ctx context.Context, p Payee) (ok bool, why string)
	// Destination returns the rail's own id of the payee, to be frozen on the payout; empty where there is none.
	Destination(p Payee) string
	// Send asks the rail to pay under the payout's Key. It returns only after an answer or the end of ctx, and never an
	// error: every failure is a class.
	Send(ctx context.Context, p Payout) Answer
	// LookUp asks by strongly consistent lists, never by search, whether the payout's effect exists.
	// Returns AnsweredOK with the object, AnsweredNo when it is absent, or a class that proves nothing.
	LookUp(ctx context.Context, p Payout) Answer
	// Void takes back what is unused, under a key of its own derived from the payout's id and epoch. It looks before it acts,
	// so that it may be called again after an answer was lost.
	// AnsweredNo means that it is used, in whole or in part, and its value gone. Of money it takes back as much of the payout's
	// BackMinor as the payee still has, and says how much.
	Void(ctx context.Context, p Payout) Answer
	// ByHand reports that no call is made: finance pays and marks the payout as paid with a reference.
	ByHand() bool
}
