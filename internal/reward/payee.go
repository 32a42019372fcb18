package reward

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"goodword/internal/audit"
	"goodword/internal/campaign"
	"goodword/internal/customer"
	"goodword/internal/db"
	"goodword/internal/fault"
	"goodword/internal/i18n"
	"goodword/internal/ident"
	"goodword/internal/mail"
)

// AccountState is what a payee's account at Stripe may do, as Stripe said last.
type AccountState string

// The states of an account.
const (
	AccountNone       AccountState = "none"       // there is none yet
	AccountPending    AccountState = "pending"    // its owner has not given their details
	AccountChecking   AccountState = "checking"   // Stripe looks at the details
	AccountReady      AccountState = "ready"      // it takes transfers
	AccountRestricted AccountState = "restricted" // Stripe needs something from its owner
	AccountDisabled   AccountState = "disabled"   // Stripe does not let it take transfers
)

// The catalogue keys that say why a payee cannot get a transfer. What begins with payeeActs is for the payee to end, not for
// staff; of those, setUp lists what they end at Stripe.
const (
	payeeActs    = "rail.payee."
	whyStart     = payeeActs + "start"
	whyFinish    = payeeActs + "finish"
	whyNeeds     = payeeActs + "needs"
	whyChecking  = payeeActs + "checking"
	whyPaused    = payeeActs + "paused"
	whyDisabled  = payeeActs + "disabled"
	whyCurrency  = payeeActs + "currency"
	whyTooLittle = payeeActs + "too_little"
)

var setUp = []string{whyStart, whyFinish, whyNeeds, whyChecking, whyPaused}

const (
	// PauseAfterChange is how long nothing is paid to somebody whose destination was changed (S3).
	PauseAfterChange = 72 * time.Hour
	// settleIn is how long whoever chose a transfer may take over their account before they are reminded.
	settleIn = time.Hour
	// lookEvery is how often an account that rewards wait for is looked at when Stripe says nothing by itself.
	lookEvery = time.Hour
)

// Account is a row of table payee: a customer's account at Stripe. The zero value is that of somebody who has none.
type Account struct {
	bun.BaseModel `bun:"table:payee,alias:py"`

	CustomerID string `bun:"customer_id,pk"`
	// ID is Stripe's id of the account, empty until there is one.
	ID      string `bun:"account"`
	Country string `bun:"country"`
	// Number counts the requests for an account; it is part of their idempotency keys.
	Number int `bun:"number"`
	// AskedAt is when the present key was used first.
	AskedAt time.Time    `bun:"asked_at,nullzero"`
	State   AccountState `bun:"state"`
	// Reason is Stripe's code of what is missing or wrong.
	Reason string `bun:"reason"`
	// Currencies are those that arrive without being converted, in capitals, separated by spaces.
	Currencies string `bun:"currencies"`
	// PausedUntil is when the time after a change of the destination ends.
	PausedUntil time.Time `bun:"paused_until,nullzero"`
	// ToldAt is when the owner was told that something is missing; empty once the account is ready again.
	ToldAt    time.Time `bun:"told_at,nullzero"`
	LookedAt  time.Time `bun:"looked_at,nullzero"`
	ReadyAt   time.Time `bun:"ready_at,nullzero"`
	Version   int64     `bun:"version"`
	CreatedAt time.Time `bun:"created_at"`
	UpdatedAt time.Time `bun:"updated_at"`
}

// Key is the idempotency key of the request for the account.
func (a Account) Key() string {
	return fmt.Sprintf("pa_%s:%d", ident.Compact(a.CustomerID), a.Number)
}

// Capability is what Stripe says of an account.
type Capability struct {
	State      AccountState
	Reason     string
	Currencies []string
}

// Hindrance returns the catalogue key of what keeps the account from getting a transfer, "" if nothing does.
func (a Account) Hindrance(p Payee) string {
	switch {
	case p.AmountMinor > 0 && p.AmountMinor < p.LeastMinor:
		return whyTooLittle
	case a.State == AccountDisabled:
		return whyDisabled
	case a.State == AccountRestricted:
		return whyNeeds
	case a.State == AccountChecking:
		return whyChecking
	case a.State == AccountPending:
		return whyFinish
	case a.State != AccountReady:
		return whyStart
	case !slices.Contains(strings.Fields(a.Currencies), p.Currency):
		return whyCurrency
	case p.At.Before(a.PausedUntil):
		return whyPaused
	}
	return ""
}

// PublicAccount is what the audit says of an account.
type PublicAccount struct {
	Account     string       `json:"account"`
	State       AccountState `json:"state"`
	Reason      string       `json:"reason,omitempty"`
	Currencies  string       `json:"currencies,omitempty"`
	PausedUntil *time.Time   `json:"paused_until,omitempty"`
}

func (a Account) public() PublicAccount {
	p := PublicAccount{Account: a.ID, State: a.State, Reason: a.Reason, Currencies: a.Currencies}
	if !a.PausedUntil.IsZero() {
		at := a.PausedUntil.UTC()
		p.PausedUntil = &at
	}
	return p
}

// AccountFor returns a customer's account; the one of somebody who has none has the state AccountNone.
func (s *Service) AccountFor(ctx context.Context, customerID string) (Account, error) {
	return AccountOf(ctx, s.DB, customerID)
}

// moveAccount changes a customer's account in a transaction and records what has changed. fn reports false to leave it.
func (s *Service) moveAccount(ctx context.Context, actor audit.Actor, customerID, action string, fn func(context.Context, db.Tx, *Account) (bool, error)) (Account, error) {
	var a Account
	err := s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		var err error
		if a, err = lockAccount(ctx, tx, customerID, s.now()); err != nil {
			return err
		}
		before := a.public()
		changed, err := fn(ctx, tx, &a)
		if err != nil || !changed {
			return err
		}
		if err := saveAccount(ctx, tx, &a, s.now()); err != nil {
			return err
		}
		return audit.Record(ctx, tx, s.now(), audit.Entry{Actor: actor, Action: action, Object: "payee", ObjectID: customerID,
			Before: before, After: a.public()})
	})
	if err != nil {
		return Account{}, fmt.Errorf("account of customer %s: %w", customerID, err)
	}
	return a, nil
}

// AskAccount prepares the request for a customer's account: what it returns is on disk, so that the same request goes out
// again under the same Key if its answer is lost. Where there is an account already it comes back unchanged.
// Returns NotFound.
func (s *Service) AskAccount(ctx context.Context, actor audit.Actor, customerID string) (Account, error) {
	c, err := s.Customers.ByID(ctx, s.DB, customerID)
	if err != nil {
		return Account{}, err
	}
	return s.moveAccount(ctx, actor, customerID, "payee.asked", func(_ context.Context, _ db.Tx, a *Account) (bool, error) {
		now := s.now()
		switch {
		case a.ID != "":
			return false, nil
		case a.AskedAt.IsZero():
		case now.Sub(a.AskedAt) < KeyLife:
			return false, nil
		default:
			a.Number++ // the key is too old; a second account that nobody knows of holds no money
		}
		a.AskedAt, a.Country = now, c.Country
		return true, nil
	})
}

// AccountRefused gives a request for an account up that was answered with anything but an account: the next has another key.
func (s *Service) AccountRefused(ctx context.Context, actor audit.Actor, asked Account) error {
	_, err := s.moveAccount(ctx, actor, asked.CustomerID, "payee.refused", func(_ context.Context, _ db.Tx, a *Account) (bool, error) {
		if a.Number != asked.Number || a.ID != "" {
			return false, nil
		}
		a.Number, a.AskedAt = a.Number+1, time.Time{}
		return true, nil
	})
	return err
}

// AccountMade keeps the id of the account that was asked for. Again changes nothing.
func (s *Service) AccountMade(ctx context.Context, actor audit.Actor, asked Account, id string) (Account, error) {
	return s.moveAccount(ctx, actor, asked.CustomerID, "payee.made", func(_ context.Context, _ db.Tx, a *Account) (bool, error) {
		if a.Number != asked.Number || a.ID != "" {
			return false, nil
		}
		a.ID, a.State, a.Reason, a.AskedAt = id, AccountPending, "", time.Time{}
		return true, nil
	})
}

// ReplaceAccount forgets a customer's account so that another can be asked for: nothing is paid to them for PauseAfterChange,
// and every mail address on file is told (S3). What is on its way goes where it was frozen to go. Where there is no account
// it changes nothing.
func (s *Service) ReplaceAccount(ctx context.Context, actor audit.Actor, customerID string) (Account, error) {
	c, err := s.Customers.ByID(ctx, s.DB, customerID)
	if err != nil {
		return Account{}, err
	}
	return s.moveAccount(ctx, actor, customerID, "payee.replaced", func(ctx context.Context, tx db.Tx, a *Account) (bool, error) {
		if a.ID == "" {
			return false, nil
		}
		now := s.now()
		*a = Account{CustomerID: a.CustomerID, Country: a.Country, Number: a.Number + 1, State: AccountNone, PausedUntil: now.Add(PauseAfterChange),
			Version: a.Version, CreatedAt: a.CreatedAt}
		for _, address := range c.Addresses {
			if address.Kind != customer.Email || !address.Usable() {
				continue
			}
			if err := s.Queue.Enqueue(ctx, tx, time.Time{}, PayeeMail{CustomerID: customerID, AddressID: address.ID, ChangedAt: now}); err != nil {
				return false, err
			}
		}
		return true, nil
	})
}

// AccountSeen keeps what Stripe says of an account, as it was at the time of the look: what was seen earlier than what is
// kept changes nothing. Rewards that waited for it go on by the sweep. An account that is none of ours changes nothing.
func (s *Service) AccountSeen(ctx context.Context, actor audit.Actor, id string, seen Capability, at time.Time) error {
	known, err := accountByID(ctx, s.DB, id)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	at = at.UTC().Truncate(time.Microsecond)
	currencies := strings.ToUpper(strings.Join(slices.Sorted(slices.Values(seen.Currencies)), " "))
	if known.State == seen.State && known.Reason == seen.Reason && known.Currencies == currencies {
		return noteLook(ctx, s.DB, id, at)
	}
	_, err = s.moveAccount(ctx, actor, known.CustomerID, "payee.changed", func(_ context.Context, _ db.Tx, a *Account) (bool, error) {
		if a.ID != id || a.LookedAt.After(at) {
			return false, nil
		}
		if seen.State == AccountReady && a.State != AccountReady {
			a.ReadyAt, a.ToldAt = s.now(), time.Time{}
		}
		a.State, a.Reason, a.Currencies, a.LookedAt = seen.State, seen.Reason, currencies, at
		return true, nil
	})
	return err
}

// AccountsToLook returns the accounts that rewards wait for and that Stripe has said nothing about for an hour.
func (s *Service) AccountsToLook(ctx context.Context) ([]string, error) {
	return waitedFor(ctx, s.DB, s.now().Add(-lookEvery))
}

// EraseAccount forgets a customer's account and what they said against a rejection, in the transaction that erases them. Payouts keep where they went.
func (s *Service) EraseAccount(ctx context.Context, tx db.Tx, customerID string) error {
	if err := forgetAppeals(ctx, tx, customerID); err != nil {
		return err
	}
	return deleteAccount(ctx, tx, customerID)
}

// waits puts a reward off whose owner cannot get a transfer for a reason that is theirs: for a while where it ends by itself
// or they are just about to end it; else it is held, and they are told, once until their account is ready again (M22).
func (s *Service) waits(ctx context.Context, id string, rail campaign.Rail, payee Payee, why string) error {
	_, err := s.locked(ctx, id, func(ctx context.Context, tx db.Tx, r *Reward) error {
		if r.State != Approved && r.State != Failed || r.Rail != rail {
			return nil
		}
		c := system("due", s.now())
		begun := r.RailChosenAt
		if r.ApprovedAt.After(begun) {
			begun = r.ApprovedAt
		}
		switch {
		case why == whyPaused:
			a, err := AccountOf(ctx, tx, payee.CustomerID)
			if err != nil {
				return err
			}
			r.RetryAt = a.PausedUntil
		case why == whyChecking:
			r.RetryAt = c.at.Add(retryAfter)
		case (why == whyStart || why == whyFinish) && c.at.Before(begun.Add(settleIn)):
			r.RetryAt = begun.Add(settleIn)
		default:
			return s.holdForPayee(ctx, tx, r, why, "", c)
		}
		return save(ctx, tx, r, c.at)
	})
	return err
}

// holdForPayee holds a reward until its owner does something, and tells them. refused is the rail's reason for not paying to an
// account that we took for ready; the next look says whether it is.
func (s *Service) holdForPayee(ctx context.Context, tx db.Tx, r *Reward, why, refused string, c change) error {
	c.event = Hold
	r.HeldReason, r.HeldNote, r.RetryAt = HeldPayee, words(why), time.Time{}
	if err := s.step(ctx, tx, r, c); err != nil {
		return err
	}
	a, err := lockAccount(ctx, tx, r.CustomerID, c.at)
	if err != nil {
		return err
	}
	told := !a.ToldAt.IsZero()
	if !told {
		a.ToldAt = c.at
	}
	if refused != "" && a.State == AccountReady {
		a.State, a.Reason, a.LookedAt = AccountRestricted, refused, time.Time{}
	}
	if err := saveAccount(ctx, tx, &a, c.at); err != nil || told {
		return err
	}
	return s.Queue.Enqueue(ctx, tx, time.Time{}, Mail{Name: mailPayee, RewardID: r.ID, Number: int(r.Version)})
}

// words are those of a catalogue key for staff.
func words(key string) string {
	if l := i18n.For("en"); l.Has(key) {
		return l.T(key)
	}
	return key
}

// unhold lets a reward go on that was held for its owner: it had been approved, so nobody decides again.
func (s *Service) unhold(ctx context.Context, tx db.Tx, r *Reward, c change) error {
	c.event, c.reason = Release, ""
	if err := s.step(ctx, tx, r, c); err != nil {
		return err
	}
	r.RetryAt = time.Time{}
	open, err := disputed(ctx, tx, *r)
	if err != nil {
		return err
	}
	if open {
		return s.hold(ctx, tx, r, HeldDispute, c)
	}
	c.event = Approve
	return s.step(ctx, tx, r, c)
}

// GoOn takes up rewards that waited for their owner's account, now that it is ready. It is a sweep.
func (s *Service) GoOn(ctx context.Context) (int, error) {
	now := s.now()
	ids, err := dueIDs(ctx, s.DB, func(q *bun.SelectQuery) *bun.SelectQuery {
		return q.Join("JOIN payee AS py ON py.customer_id = rw.customer_id").Where("rw.rail = ?", campaign.RailTransfer).
			Where("py.state = ?", AccountReady).
			WhereGroup(" AND ", func(q *bun.SelectQuery) *bun.SelectQuery {
				return q.Where("rw.state = ? AND rw.held_reason = ? AND py.ready_at >= rw.updated_at", Held, HeldPayee).
					WhereOr("rw.state IN (?) AND rw.retry_at > ? AND py.ready_at >= rw.updated_at AND (py.paused_until IS NULL OR py.paused_until <= ?)",
						bun.List([]State{Approved, Failed}), now, now)
			})
	})
	if err != nil {
		return 0, err
	}
	return s.each(ctx, ids, func(ctx context.Context, tx db.Tx, r *Reward) (bool, error) {
		c := system("go_on", now)
		switch {
		case r.Rail != campaign.RailTransfer:
			return false, nil
		case r.State == Held && r.HeldReason == HeldPayee:
			return true, s.unhold(ctx, tx, r, c)
		case r.State == Approved || r.State == Failed:
			r.RetryAt = time.Time{}
			return true, save(ctx, tx, r, c.at)
		}
		return false, nil
	})
}

// PayeeMail is the job that tells an address on file that the destination of a customer's money was changed.
type PayeeMail struct {
	CustomerID string    `json:"customer_id"`
	AddressID  string    `json:"address_id"`
	ChangedAt  time.Time `json:"changed_at"`
}

// Kind names the job's type.
func (PayeeMail) Kind() string { return "reward.payee_mail" }

// PayeeMail sends the notice once, unless the address or the person's data is gone by now. It holds no link: whoever reads it
// may not be who changed it.
func (s *Service) PayeeMail(ctx context.Context, job PayeeMail) error {
	c, err := s.Customers.ByID(ctx, s.DB, job.CustomerID)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(c.Addresses, func(a customer.Address) bool { return a.ID == job.AddressID })
	if i < 0 || c.Erased() || !c.Addresses[i].Usable() {
		return nil
	}
	return s.Mail.Send(ctx, mail.Message{
		Key: "payee_changed:" + job.AddressID + ":" + job.ChangedAt.UTC().Format(time.RFC3339Nano),
		To:  mail.Address{Name: c.Name(), Email: c.Addresses[i].Value}, Lang: c.Language,
		View: mail.PayeeChanged{FirstName: c.FirstName, ChangedAt: job.ChangedAt, PaysAgainAt: job.ChangedAt.Add(PauseAfterChange)},
	})
}
