package introduction

import (
	"context"
	"fmt"
	"slices"

	"goodword/internal/fault"
	"goodword/internal/ident"
)

// Recognition is what a Stripe object says about where its payer comes from.
type Recognition struct {
	// IntroductionID is metadata.goodword_introduction.
	IntroductionID string
	// ClientReference is client_reference_id of a checkout.
	ClientReference string
	// CodeIntroductionIDs are the introductions whose prospect got one of the promotion codes that were used. The caller
	// looks the codes up in its own books.
	CodeIntroductionIDs []string
	StripeCustomer      string
	Email               string
}

// RecogniseStripe returns the introduction that a payment belongs to: by metadata, client reference, promotion code,
// Stripe customer, mail address, in this order. Of several for one person the one that counts wins, then the oldest yes.
// Returns NotFound when the payer was not introduced.
func (s *Service) RecogniseStripe(ctx context.Context, r Recognition) (string, error) {
	for _, id := range append([]string{r.IntroductionID, r.ClientReference}, r.CodeIntroductionIDs...) {
		if !ident.Valid(id) {
			continue
		}
		row, err := byID(ctx, s.DB, id)
		if err == nil && row.State != Draft {
			return row.ID, nil
		}
		if err != nil && !fault.Is(err, fault.NotFound) {
			return "", fmt.Errorf("recognise payment: %w", err)
		}
	}
	for _, by := range []struct{ column, value string }{{"stripe_customer", r.StripeCustomer}, {"prospect_blind", s.blind(r.Email, "", "")}} {
		if by.value == "" {
			continue
		}
		rows, err := matching(ctx, s.DB, by.column, by.value)
		if err != nil {
			return "", err
		}
		if row, ok := best(rows); ok {
			return row.ID, nil
		}
	}
	return "", &fault.Error{Code: fault.NotFound, Key: "error.not_found", Message: "The payer was not introduced."}
}

// worth orders the states by how much an introduction there deserves a payment. What ended without a yes deserves none.
var worth = map[State]int{Won: 6, InPipeline: 5, Accepted: 5, Lost: 4, Unwound: 3, Invited: 2, Ready: 2, Undeliverable: 1}

// best chooses among the introductions of one payer: the most deserving state, then the oldest yes, then the oldest row.
func best(rows []Introduction) (Introduction, bool) {
	rows = slices.DeleteFunc(slices.Clone(rows), func(i Introduction) bool { return worth[i.State] == 0 })
	if len(rows) == 0 {
		return Introduction{}, false
	}
	return slices.MinFunc(rows, func(a, b Introduction) int {
		if d := worth[b.State] - worth[a.State]; d != 0 {
			return d
		}
		if d := a.AcceptedAt.Compare(b.AcceptedAt); d != 0 {
			return d
		}
		return a.CreatedAt.Compare(b.CreatedAt)
	}), true
}
