package stripesim

import "strings"

// operation reads a call and changes or shows the model. It checks everything before it changes anything.
type operation func(*model, *call) (any, error)

type route struct {
	method, pattern string
	run             operation
}

// routes is the part of Stripe's API that is modelled.
var routes = []route{
	{"GET", "/v1/account", getOwnAccount},
	{"GET", "/v1/balance", getBalance},
	{"GET", "/v1/balance_transactions", listMovements},
	{"GET", "/v1/balance_transactions/{id}", getMovement},

	{"POST", "/v1/customers", createCustomer},
	{"GET", "/v1/customers", listCustomers},
	{"GET", "/v1/customers/search", searchCustomers},
	{"GET", "/v1/customers/{id}", getCustomer},
	{"POST", "/v1/customers/{id}", updateCustomer},
	{"DELETE", "/v1/customers/{id}", deleteCustomer},
	{"POST", "/v1/customers/{id}/balance_transactions", createCredit},
	{"GET", "/v1/customers/{id}/balance_transactions", listCredits},
	{"GET", "/v1/customers/{id}/balance_transactions/{entry}", getCredit},
	{"POST", "/v1/customers/{id}/balance_transactions/{entry}", updateCredit},

	{"POST", "/v1/coupons", createCoupon},
	{"GET", "/v1/coupons", listCoupons},
	{"GET", "/v1/coupons/{id}", getCoupon},
	{"POST", "/v1/coupons/{id}", updateCoupon},
	{"DELETE", "/v1/coupons/{id}", deleteCoupon},
	{"POST", "/v1/promotion_codes", createPromotionCode},
	{"GET", "/v1/promotion_codes", listPromotionCodes},
	{"GET", "/v1/promotion_codes/{id}", getPromotionCode},
	{"POST", "/v1/promotion_codes/{id}", updatePromotionCode},

	{"POST", "/v1/accounts", createAccount},
	{"GET", "/v1/accounts", listAccounts},
	{"GET", "/v1/accounts/{id}", getAccount},
	{"POST", "/v1/accounts/{id}", updateAccount},
	{"POST", "/v1/account_links", createAccountLink},

	{"POST", "/v1/transfers", createTransfer},
	{"GET", "/v1/transfers", listTransfers},
	{"GET", "/v1/transfers/{id}", getTransfer},
	{"POST", "/v1/transfers/{id}", updateTransfer},
	{"POST", "/v1/transfers/{id}/reversals", createReversal},
	{"GET", "/v1/transfers/{id}/reversals", listReversals},
	{"GET", "/v1/transfers/{id}/reversals/{reversal}", getReversal},
	{"POST", "/v1/payouts", createPayout},
	{"GET", "/v1/payouts", listPayouts},
	{"GET", "/v1/payouts/{id}", getPayout},

	{"GET", "/v1/charges", listCharges},
	{"GET", "/v1/charges/{id}", getCharge},
	{"POST", "/v1/refunds", createRefund},
	{"GET", "/v1/refunds", listRefunds},
	{"GET", "/v1/refunds/{id}", getRefund},
	{"GET", "/v1/payment_intents", listIntents},
	{"GET", "/v1/payment_intents/{id}", getIntent},
	{"GET", "/v1/disputes", listDisputes},
	{"GET", "/v1/disputes/{id}", getDispute},
	{"GET", "/v1/invoices", listInvoices},
	{"GET", "/v1/invoices/{id}", getInvoice},
	{"GET", "/v1/checkout/sessions", listSessions},
	{"GET", "/v1/checkout/sessions/{id}", getSession},
	{"GET", "/v1/events", listEvents},
	{"GET", "/v1/events/{id}", getEvent},
}

// matched is a route with the ids of its path.
type matched struct {
	run  operation
	path map[string]string
}

// match finds the route of a call; a word beats an id, because the words come first in the table.
func match(method, path string) (*matched, bool) {
	parts := strings.Split(path, "/")
	for _, r := range routes {
		pattern := strings.Split(r.pattern, "/")
		if r.method != method || len(pattern) != len(parts) {
			continue
		}
		ids, same := map[string]string{}, true
		for i, word := range pattern {
			if name, isID := strings.CutPrefix(word, "{"); isID && parts[i] != "" {
				ids[strings.TrimSuffix(name, "}")] = parts[i]
			} else if word != parts[i] {
				same = false
				break
			}
		}
		if same {
			return &matched{run: r.run, path: ids}, true
		}
	}
	return nil, false
}
