package billing

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/stripe/stripe-go/v76"

	"goodword/internal/audit"
	"goodword/internal/customer"
	"goodword/internal/fault"
	"goodword/internal/ident"
	"goodword/internal/reward"
)

// payeeKey is the metadata by which a connected account finds back to our customer. It is the customer's id and no more.
const payeeKey = "payee_id"

// bankDetails is Stripe's name for the requirement to name a bank account, or another one.
const bankDetails = "external_account"

// BackPath is where Stripe sends a payee back to, with the id of their private link behind it: an id opens nothing by itself,
// so Stripe never learns the link.
const BackPath = "/bank/"

// Payees lets customers have an account at Stripe to which rewards are transferred, and keeps what Stripe says of it. It is
// safe for concurrent use.
type Payees struct {
	client  *Client
	rewards *reward.Service
	base    string
	clock   func() time.Time
}

// NewPayees returns the Payees. base is what addresses of this installation begin with; clock is the business clock.
func NewPayees(client *Client, rewards *reward.Service, base string, clock func() time.Time) *Payees {
	if client == nil || rewards == nil || base == "" || clock == nil {
		panic("billing.NewPayees: a dependency is missing")
	}
	return &Payees{client: client, rewards: rewards, base: base, clock: clock}
}

// On reports whether there is a Stripe to have an account at.
func (p *Payees) On() bool { return p.client.On() }

// Start returns the address of Stripe's own page, good once and for a few minutes, on which a customer gives their details;
// link is the private link that they came by. Their account is made first if there is none. A lost answer is asked for again
// under the same key. Returns Unavailable while Stripe does not answer or is not set up, and Conflict when it makes no account.
func (p *Payees) Start(ctx context.Context, actor audit.Actor, link customer.Link) (string, error) {
	if !p.client.On() {
		return "", off()
	}
	a, err := p.rewards.AskAccount(ctx, actor, link.CustomerID)
	if err != nil {
		return "", err
	}
	if a.ID == "" {
		if a, err = p.open(ctx, actor, a); err != nil {
			return "", err
		}
	}
	back := p.base + BackPath + link.ID
	kind := "account_onboarding"
	call, x := observed(ctx)
	// Each link is new, so each request has a key of its own: two links do no harm.
	made, err := p.client.api.AccountLinks.New(&stripe.AccountLinkParams{Params: params(call, "pl_"+ident.Compact(ident.New())+":0"),
		Account: stripe.String(a.ID), Type: stripe.String(kind), ReturnURL: stripe.String(back), RefreshURL: stripe.String(back + "?again=1")})
	if err != nil {
		return "", silent(*x, err)
	}
	if made.URL == "" {
		return "", fault.New(fault.Unavailable, "Stripe gave no address.")
	}
	return made.URL, nil
}

// open makes the account at Stripe.
func (p *Payees) open(ctx context.Context, actor audit.Actor, a reward.Account) (reward.Account, error) {
	call, x := observed(ctx)
	in := &stripe.AccountParams{Params: params(call, a.Key()), Type: stripe.String(string(stripe.AccountTypeExpress)),
		Capabilities: &stripe.AccountCapabilitiesParams{Transfers: &stripe.AccountCapabilitiesTransfersParams{Requested: stripe.Bool(true)}},
		Metadata:     map[string]string{payeeKey: a.CustomerID}}
	if a.Country != "" {
		in.Country = stripe.String(a.Country)
	}
	made, err := p.client.api.Accounts.New(in)
	id := ""
	if err == nil {
		id = made.ID
	}
	switch classify(*x, err) {
	case reward.AnsweredOK:
		if id == "" {
			return a, silent(*x, err)
		}
		return p.rewards.AccountMade(ctx, actor, a, id)
	case reward.AnsweredNo, reward.Answered5xx:
		// Stripe keeps that answer under the key; an account that appears later holds nothing.
		return a, errors.Join(silent(*x, err), p.rewards.AccountRefused(ctx, actor, a))
	}
	return a, silent(*x, err)
}

// silent is what a person is told when Stripe does not do what they asked for.
func silent(x exchange, err error) error {
	if err == nil {
		err = errors.New("answer without an id")
	} else {
		err = errors.New(note(x, err)) // Stripe's message may name people
	}
	return &fault.Error{Code: fault.Unavailable, Key: "bank.failed", Message: "Stripe did not answer. Please try again in a few minutes.", Cause: err}
}

// Look asks Stripe how an account stands and keeps the answer: the last state wins. An account that is none of ours is nobody's.
func (p *Payees) Look(ctx context.Context, actor audit.Actor, account string) error {
	if account == "" || !p.client.On() {
		return nil
	}
	at := p.clock()
	call, x := observed(ctx)
	in := &stripe.AccountParams{Params: params(call, "")}
	got, err := p.client.api.Accounts.GetByID(account, in)
	switch {
	case err == nil:
		return p.rewards.AccountSeen(ctx, actor, account, capability(got), at)
	case refusedFor(err, stripe.ErrorCodeAccountInvalid), refusedFor(err, stripe.ErrorCodeResourceMissing):
		return p.rewards.AccountSeen(ctx, actor, account, reward.Capability{State: reward.AccountDisabled, Reason: note(*x, err)}, at)
	}
	return fmt.Errorf("look at account: %w", err)
}

// sentBack takes that the bank of an account has sent back what Stripe paid out to it. Our transfer stands: the money is its
// owner's and lies in their account at Stripe, so nothing is booked. Their account is looked at, and they are told once.
func (p *Payees) sentBack(ctx context.Context, actor audit.Actor, account, payout string) error {
	if account == "" {
		return nil // the operator's own bank
	}
	ours, err := p.rewards.TellSentBack(ctx, account, payout)
	if err != nil || !ours {
		return err
	}
	return p.Look(ctx, actor, account)
}

// LookAgain looks at the accounts that rewards wait for, in case Stripe's word of them was lost. One that cannot be looked at keeps
// none of the others back. It is a sweep.
func (p *Payees) LookAgain(ctx context.Context) (int, error) {
	if !p.client.On() {
		return 0, nil
	}
	ids, err := p.rewards.AccountsToLook(ctx)
	if err != nil {
		return 0, err
	}
	looked := 0
	var errs []error
	for _, id := range ids {
		if err := p.Look(ctx, audit.System("payees.look"), id); err != nil {
			errs = append(errs, err)
			continue
		}
		looked++
	}
	return looked, errors.Join(errs...)
}

// capability reads what an account may do out of Stripe's Account.
func capability(a *stripe.Account) reward.Capability {
	c := reward.Capability{State: reward.AccountPending, Currencies: currencies(a)}
	due, reason := []string{}, ""
	if q := a.Requirements; q != nil {
		due, reason = append(append(due, q.PastDue...), q.CurrentlyDue...), string(q.DisabledReason)
	}
	able := a.Capabilities != nil && a.Capabilities.Transfers == stripe.AccountCapabilityStatusActive
	switch {
	case able && !a.PayoutsEnabled && slices.Contains(due, bankDetails):
		// Stripe would take a transfer, but could not pay it out: the bank has sent the last one back.
		c.State, c.Reason = reward.AccountRestricted, bankDetails
	case able:
		c.State = reward.AccountReady
	case strings.HasPrefix(reason, "rejected.") || reason == "listed" || reason == "platform_paused":
		c.State, c.Reason = reward.AccountDisabled, reason
	case !a.DetailsSubmitted:
	case len(due) > 0:
		c.State, c.Reason = reward.AccountRestricted, reason
		if reason == "" {
			c.Reason = due[0]
		}
	case reason == "" || strings.HasPrefix(reason, "requirements.pending") || reason == "under_review":
		c.State, c.Reason = reward.AccountChecking, reason
	default:
		c.State, c.Reason = reward.AccountDisabled, reason
	}
	return c
}

// currencies are those that reach the payee's bank as they are: nothing is ever converted for us (M26).
func currencies(a *stripe.Account) []string {
	seen := map[string]bool{}
	if a.DefaultCurrency != "" {
		seen[strings.ToUpper(string(a.DefaultCurrency))] = true
	}
	if a.ExternalAccounts != nil {
		for _, x := range a.ExternalAccounts.Data {
			switch {
			case x.BankAccount != nil:
				seen[strings.ToUpper(string(x.BankAccount.Currency))] = true
			case x.Card != nil:
				seen[strings.ToUpper(string(x.Card.Currency))] = true
			}
		}
	}
	out := make([]string, 0, len(seen))
	for name := range seen {
		if name != "" {
			out = append(out, name)
		}
	}
	return out
}
