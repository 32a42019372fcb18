// Package risk looks for signs that a reward is not what it seems: somebody introduced themselves, a customer of ours, or
// the same people in a ring. It finds and shows; a person decides. A check that cannot be made holds the money (F5).
package risk

import (
	"cmp"
	"slices"
	"time"

	"goodword/internal/customer"
	"goodword/internal/setting"
)

// Name is a check's name, also in the settings and as catalogue key "risk.<name>", which says in a sentence what was found.
type Name string

// The checks. Strong ones hold by themselves; of the weak ones it takes two.
const (
	// Self: prospect and introducer share a mailbox, phone number, Stripe customer or card.
	Self Name = "self"
	// SameCompany (weak): both write from the same employer's domain. Colleagues introduce each other rightly.
	SameCompany Name = "same_company"
	// SameName (weak): both have the same first and last name.
	SameName Name = "same_name"
	// SameDevice and SameNetwork (weak): the answer came from the introducer's browser or network.
	SameDevice  Name = "same_device"
	SameNetwork Name = "same_network"
	// Existing: the prospect was a customer before the introduction.
	Existing Name = "existing_customer"
	// OpenDeal: another introduction of the same person is under way or won, in whatever campaign.
	OpenDeal Name = "open_deal"
	// Colleague: one of the two is on our staff.
	Colleague Name = "staff"
	// TooMany: more in some days than the caps of the settings allow.
	TooMany Name = "too_many"
	// Disposable: a throw-away mail address.
	Disposable Name = "disposable_mail"
	// Masked (weak): an address that forwards to a hidden one.
	Masked Name = "masked_mail"
	// SharedPayee: somebody else is paid to the same account.
	SharedPayee Name = "shared_payee"
	// SharedDevice (weak): another customer has introduced from the same browser.
	SharedDevice Name = "shared_device"
	// Ring: the people introduced each other in a circle.
	Ring Name = "ring"
	// Refunds: rewards of this customer were taken back again and again because the purchase was.
	Refunds Name = "refunds"
	// OwnClose: whoever closed the deal by hand belongs to one of the two.
	OwnClose Name = "own_close"
)

// Signal is what one check found.
type Signal struct {
	Check    Name
	Strong   bool
	Evidence []Evidence
}

// Evidence is one fact behind a signal. It holds no address, number or name: what is to be shown of other people is looked up
// by who may see it.
type Evidence struct {
	// What is the catalogue key's last part: "mailbox", "phone", "introducer_cap".
	What string `json:"what"`
	// N is how many there are, Most how many were allowed, in Days.
	N    int `json:"n,omitempty"`
	Most int `json:"most,omitempty"`
	Days int `json:"days,omitempty"`
	// Domain is a mail domain, never an address.
	Domain string `json:"domain,omitempty"`
	// Customers and Introductions are the others concerned.
	Customers     []string `json:"customers,omitempty"`
	Introductions []string `json:"introductions,omitempty"`
}

// Person is one side, as far as it is known.
type Person struct {
	// ID is the customer's; empty for a prospect who is none.
	ID    string
	First string
	Last  string
	// Blinds are the keyed hashes of mailboxes and phone numbers, by kind. They outlive the deletion of both.
	Mailboxes, Phones []string
	// Domains are those of employers; those of mail providers are left out.
	Domains []string
	// Payers are Stripe customers, their company's among them; Cards are hashes of what these paid with.
	Payers, Cards []string
	// Devices and Networks are hashes of browsers and of the /24 or /64 that they came from.
	Devices, Networks []string
}

// Known is a customer of ours whom the prospect turns out to be.
type Known struct {
	ID       string
	Division string
	Stage    customer.Stage
	Since    time.Time
	// Through is the introduction that made them one.
	Through string
}

// Counted is one cap and how far it is used.
type Counted struct {
	Layer string
	Place int
	Cap   setting.Cap
}

// Shared is something that others have too.
type Shared struct {
	// What is "account", "payer", "card" or "device".
	What      string
	Customers []string
}

// Facts is everything that the checks may look at. It is gathered before they run; they ask nothing themselves.
type Facts struct {
	Introducer, Prospect Person
	// IntroductionID is empty for a testimonial's reward.
	IntroductionID string
	Division       string
	// Introduced is when; Favour and Colleagues' own introductions earn nothing and are not judged.
	Introduced time.Time
	Known      []Known
	// Others are introductions of the same person that count or are under way.
	Others []string
	// IntroducerIsStaff and ProspectIsStaff are by mailbox.
	IntroducerIsStaff, ProspectIsStaff bool
	Counts                             []Counted
	// Throwaway and Relay are domains of the prospect's or introducer's address that a list names.
	Throwaway, Relay []string
	Shared           []Shared
	// Circle are the customers between the introducer and themselves, by who introduced whom.
	Circle []string
	// Undone is how many of the customer's deals were undone after they had earned; UndoneMost is how many are let pass.
	Undone, UndoneMost int
	// Closer is the colleague who closed by hand; nil when nobody did.
	Closer *Person
}

// Judge reports whether the signals together are reason to ask a person: one strong one, or two weak ones.
func Judge(signals []Signal) bool {
	weak := 0
	for _, s := range signals {
		if s.Strong {
			return true
		}
		weak++
	}
	return weak >= 2
}

// leading is the signal that a hold is named after: the first strong one in the order of the rules, else the first.
func leading(signals []Signal) Name {
	if len(signals) == 0 {
		return ""
	}
	best := slices.MinFunc(signals, func(a, b Signal) int { return cmp.Compare(rank(a), rank(b)) })
	return best.Check
}

func rank(s Signal) int {
	if s.Strong {
		return 0
	}
	return 1
}
