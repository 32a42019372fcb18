package reward

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/uptrace/bun"

	"goodword/internal/campaign"
	"goodword/internal/db"
	"goodword/internal/fault"
	"goodword/internal/ident"
	"goodword/internal/money"
)

// giftLeft is how long a gift code must still be good for when it is given to somebody.
const giftLeft = 30 * 24 * time.Hour

// The catalogue keys of why a gift code cannot be had.
const (
	whyNoGift    = "rail.no_gift_code"
	whyCustomers = "rail.gift_customers"
)

// giftSeal is the purpose under which codes are encrypted and blinded.
const giftSeal = "gift_code"

// giftCode is a row of table gift_code: one code of our stock. It is never encoded to JSON.
type giftCode struct {
	bun.BaseModel `bun:"table:gift_code,alias:gc"`

	ID          string `bun:"id,pk"`
	UploadID    string `bun:"upload_id"`
	Currency    string `bun:"currency"`
	AmountMinor int64  `bun:"amount_minor"`
	Label       string `bun:"label"`
	Sealed      string `bun:"sealed"` // giftSecret
	Blind       string `bun:"blind"`
	// ExpiresAt is the end of its last day.
	ExpiresAt time.Time `bun:"expires_at,nullzero"`
	PayoutID  string    `bun:"payout_id,nullzero"`
	RewardID  string    `bun:"reward_id,nullzero"`
	BoundAt   time.Time `bun:"bound_at,nullzero"`
	ShownAt   time.Time `bun:"shown_at,nullzero"`
	// WrittenOffAt is when a code that ended in stock was taken out of the books.
	WrittenOffAt time.Time `bun:"written_off_at,nullzero"`
	// Bindings counts to how many payouts it was given; all but the last were taken back unseen.
	Bindings  int       `bun:"bindings"`
	CreatedAt time.Time `bun:"created_at"`
}

// giftSecret is what is sealed of a code.
type giftSecret struct {
	Code string `json:"code"`
	PIN  string `json:"pin,omitempty"`
}

// object is the rail's id of what was given: this code for this payout.
func (c giftCode) object() string {
	return "gc_" + ident.Compact(c.ID) + "_" + strconv.Itoa(c.Bindings)
}

// noStock means that there is no code for a payout of this amount.
type noStock struct{ amount money.Amount }

func (e noStock) Error() string { return "no gift code of " + e.amount.String() + " in stock" }

// gifts is the rail that pays out of our own stock of codes. A code is bound to its payout in the transaction that writes the
// payout down, so a payout always has one; Send confirms it. The payout's id is the natural key: it has one code at most,
// and a code has one payout at most, both by unique indexes.
type gifts struct{ s *Service }

func (gifts) Name() campaign.Rail { return campaign.RailGiftCode }

func (gifts) ByHand() bool { return false }

func (gifts) Destination(Payee) string { return "" }

// Ready asks whether there is a code of the amount, or of any where the amount is not known yet. A code is shown only behind a
// code by mail to an address that we know, which prospects do not have.
func (g gifts) Ready(ctx context.Context, p Payee) (ok bool, why string) {
	if p.Beneficiary != campaign.ToCustomer {
		return false, whyCustomers
	}
	there, err := hasFree(ctx, p.Store, money.New(p.AmountMinor, p.Currency), g.s.now().Add(giftLeft))
	switch {
	case err != nil:
		return false, "rail.off"
	case !there:
		return false, whyNoGift
	}
	return true, ""
}

// Send confirms the code that is bound to the payout, and binds one where there is none.
func (g gifts) Send(ctx context.Context, p Payout) Answer {
	return g.s.inClaim(ctx, p, func(ctx context.Context, tx db.Tx) (Answer, error) {
		c, ok, err := g.s.bind(ctx, tx, p)
		switch {
		case err != nil:
			return Answer{}, err
		case !ok:
			return Answer{Class: AnsweredLater, Note: HeldNoStock}, nil
		}
		return Answer{Class: AnsweredOK, Object: c.object()}, nil
	})
}

// LookUp finds the code that is bound to the payout.
func (g gifts) LookUp(ctx context.Context, p Payout) Answer {
	c, ok, err := boundTo(ctx, g.s.DB, p.ID)
	switch {
	case err != nil:
		return Answer{Class: NotAnswered, Note: "database"}
	case !ok:
		return Answer{Class: AnsweredNo, Note: "absent"}
	}
	return Answer{Class: AnsweredOK, Object: c.object()}
}

// Void puts a code that nobody has seen back into stock. One that is back already is taken back.
func (g gifts) Void(ctx context.Context, p Payout) Answer {
	return g.s.inClaim(ctx, p, func(ctx context.Context, tx db.Tx) (Answer, error) {
		c, ok, err := boundTo(ctx, tx, p.ID)
		switch {
		case err != nil:
			return Answer{}, err
		case ok && !c.ShownAt.IsZero():
			return Answer{Class: AnsweredNo, Note: "shown"}, nil
		}
		return Answer{Class: AnsweredOK, Object: p.RailObject}, unbind(ctx, tx, p.ID)
	})
}

// inClaim is what a rail of our own does to p: it runs fn in a transaction while the claim holds. A worker that has lost it changes
// nothing (M23).
func (s *Service) inClaim(ctx context.Context, p Payout, fn func(context.Context, db.Tx) (Answer, error)) Answer {
	var a Answer
	err := s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		a = Answer{Class: NotAnswered, Note: "fenced"}
		fresh, err := lockPayout(ctx, tx, p.ID)
		if err != nil || fresh.Fence != p.Fence || !slices.Contains([]PayoutState{Sending, Unknown, Reversing}, fresh.State) {
			return err
		}
		a, err = fn(ctx, tx)
		return err
	})
	if err != nil {
		return Answer{Class: NotAnswered, Note: "database"}
	}
	return a
}

// bind gives the locked payout a code of exactly its amount: the one that it has, else a free one. It reports false when
// there is none.
func (s *Service) bind(ctx context.Context, tx db.Tx, p Payout) (giftCode, bool, error) {
	if c, ok, err := boundTo(ctx, tx, p.ID); err != nil || ok {
		return c, ok, err
	}
	return takeFree(ctx, tx, p, s.now())
}

// waitForStock is outOfStock for a reward that is not locked yet; the zero amount stands for all of it.
func (s *Service) waitForStock(ctx context.Context, id string, missing money.Amount) error {
	_, err := s.locked(ctx, id, func(ctx context.Context, tx db.Tx, r *Reward) error {
		if r.State != Approved && r.State != Failed || r.Rail != campaign.RailGiftCode {
			return nil
		}
		if missing.Minor == 0 {
			missing = r.Payable()
		}
		return s.outOfStock(ctx, tx, r, missing)
	})
	return err
}

// outOfStock lets a reward wait for a code of its value: it stays approved, finance is told once for each value, and the
// sweep goes on with it when there is one.
func (s *Service) outOfStock(ctx context.Context, tx db.Tx, r *Reward, missing money.Amount) error {
	c := system("due", s.now())
	r.RetryAt = c.at.Add(retryAfter)
	before := r.public()
	switch {
	case r.Payable() != missing:
		// An older debt takes a part of it, so a code of its own value would not help either.
		if err := save(ctx, tx, r, c.at); err != nil {
			return err
		}
		return s.openCase(ctx, tx, Case{Kind: CasePayee, Subject: r.ID, RewardID: r.ID, IntroductionID: r.IntroductionID,
			Detail: fmt.Sprintf("%s is left of this reward after an older debt, and there is no gift code of that value.", missing)})
	case r.HeldReason == HeldNoStock:
		if err := save(ctx, tx, r, c.at); err != nil {
			return err
		}
	default:
		r.HeldReason = HeldNoStock
		if err := s.write(ctx, tx, r, entry{change: c, what: "waiting_for_stock", before: before}); err != nil {
			return err
		}
	}
	return s.openCase(ctx, tx, Case{Kind: CaseStock, Subject: stockSubject(missing),
		Detail: fmt.Sprintf("There is no gift code of %s in stock, and somebody waits for one. Take codes into stock; what waits goes on by itself.", missing)})
}

// stockSubject names what a case about the stock is about.
func stockSubject(a money.Amount) string { return "gift_code:" + a.Currency + ":" + a.Decimal() }

// closeStockCases ends the cases about values that nobody waits for any more.
func (s *Service) closeStockCases(ctx context.Context) error {
	open, err := openCasesOf(ctx, s.DB, CaseStock)
	if err != nil || len(open) == 0 {
		return err
	}
	waiting, err := waitingForStock(ctx, s.DB)
	if err != nil {
		return err
	}
	for _, c := range open {
		if slices.ContainsFunc(waiting, func(w Waiting) bool { return stockSubject(w.Amount) == c.Subject }) {
			continue
		}
		err := s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
			fresh, err := lockCase(ctx, tx, c.ID)
			if err != nil || fresh.State != CaseOpen {
				return err
			}
			by := system("due", s.now())
			return s.resolve(ctx, tx, &fresh, ActionNote, "Nobody waits for such a code any more.", by)
		})
		if err != nil {
			return fmt.Errorf("close case %s: %w", c.ID, err)
		}
	}
	return nil
}

// unseal opens what is kept of a code.
func (s *Service) unseal(c giftCode) (giftSecret, error) {
	var secret giftSecret
	plain, err := s.Keys.Open(giftSeal, c.Sealed)
	if err == nil {
		err = json.Unmarshal(plain, &secret)
	}
	if err != nil {
		return giftSecret{}, fmt.Errorf("open gift code %s: %w", c.ID, err)
	}
	return secret, nil
}

// notShown is the answer to whoever asks for a code that cannot be shown now.
func notShown() error {
	return &fault.Error{Code: fault.Conflict, Key: "error.gift_later", Message: "This gift code cannot be shown at the moment. Please try again later."}
}
