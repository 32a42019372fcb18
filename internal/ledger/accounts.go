package ledger

import "strings"

// The accounts of trust.md 5.1. Each exists once per currency and comes into being with its first posting. Ids in names
// are opaque, so that erasing a person does not touch the books. Parameters: c a campaign's id, r a reward's id.

// Control is the sum of all budgets ever authorised (debit, memo).
func Control() string { return "M:control" }

// Avail is what is left of campaign c's budget (credit, memo, never below zero).
func Avail(c string) string { return "M:avail:" + c }

// Committed is the part of c's budget that open rewards have taken (credit, memo, never below zero).
func Committed(c string) string { return "M:committed:" + c }

// Spent is the part of c's budget that has been paid out (credit, memo, never below zero).
func Spent(c string) string { return "M:spent:" + c }

// Rewards is the cost of c's rewards (debit).
func Rewards(c string) string { return "E:rewards:" + c }

// Recoveries is what c got back after paying (credit).
func Recoveries(c string) string { return "E:recoveries:" + c }

// BadDebt is what was given up (debit).
const BadDebt = "E:bad_debt"

// Fees is what rail took for its service (debit).
func Fees(rail string) string { return "E:fees:" + rail }

// Breakage is what was issued and never used (credit).
const Breakage = "E:breakage"

// Pending is what is owed for r in its hold period (credit, never below zero).
func Pending(r string) string { return "L:pending:" + r }

// Held is what is owed for r while it is on hold (credit, never below zero).
func Held(r string) string { return "L:held:" + r }

// Payable is what is owed for r once approved (credit, never below zero).
func Payable(r string) string { return "L:payable:" + r }

// Clearing is what was handed to a rail for r, outcome not yet certain (credit, never below zero).
func Clearing(r string) string { return "X:clearing:" + r }

// OutstandingPromo is r's promotion code, issued and not yet used (credit, never below zero).
func OutstandingPromo(r string) string { return "L:outstanding:promo:" + r }

// OutstandingCredit is r's invoice credit, issued and not yet used (credit, never below zero).
func OutstandingCredit(r string) string { return "L:outstanding:credit:" + r }

// Charity is what is due to a charity (credit, never below zero).
func Charity(id string) string { return "L:charity:" + id }

// Unclaimed is what nobody claimed and the law does not let us keep (credit, never below zero).
const Unclaimed = "L:unclaimed"

// Stripe, GiftCards and Bank mirror real balances (debit; they may be below zero).
const (
	Stripe    = "A:stripe"
	GiftCards = "A:giftcards"
	Bank      = "A:bank"
)

// Clawback is what advocate owes back (debit, never below zero).
func Clawback(advocate string) string { return "A:clawback:" + advocate }

// BillingOffset is the discounts and credits that billing has granted (credit).
const BillingOffset = "O:billing_offset"

// memo reports whether the account belongs to the budget, which balances by itself.
func memo(account string) bool { return strings.HasPrefix(account, "M:") }

// normal returns the side on which the account's balance is counted up. Table ledger_account checks the same.
func normal(account string) Side {
	switch {
	case account == "M:control":
		return D
	case strings.HasPrefix(account, "M:"), strings.HasPrefix(account, "L:"), strings.HasPrefix(account, "X:"),
		strings.HasPrefix(account, "O:"), strings.HasPrefix(account, "E:recoveries"), account == Breakage:
		return C
	}
	return D
}

// guarded reports whether the balance must never be below zero. Table ledger_account checks the same.
func guarded(account string) bool {
	return strings.HasPrefix(account, "L:") || strings.HasPrefix(account, "X:") ||
		memo(account) && account != "M:control" || strings.HasPrefix(account, "A:clawback:")
}

// known reports whether the name has the form of those that the functions above make: a letter, and after each colon
// one or more printable ASCII characters without space.
func known(account string) bool {
	parts := strings.Split(account, ":")
	switch parts[0] {
	case "M", "E", "L", "X", "A", "O":
	default:
		return false
	}
	if len(parts) < 2 || len(account) > 200 {
		return false
	}
	for _, p := range parts {
		if p == "" || strings.ContainsFunc(p, func(r rune) bool { return r <= ' ' || r > '~' }) {
			return false
		}
	}
	return true
}
