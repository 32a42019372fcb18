package seed

import (
	"context"
	"fmt"
	"time"

	"goodword/internal/customer"
	"goodword/internal/db"
	"goodword/internal/introduction"
	"goodword/internal/invitation"
	"goodword/internal/money"
	"goodword/internal/reward"
)

// lately puts what happens in the last days on the agenda, all of it reckoned back from now: orders that are followed by an
// ask, and a last morning that leaves something in every queue.
func (h *teller) lately() {
	for n := 1; n < int(fresh/day); n++ {
		for k := range 2 {
			// Twelve apart, so that divisions and owners take turns; Ana and the two of the story are not among them.
			who := 12*(2*n+k) + 1 + n%3
			before := time.Duration(n)*day + time.Duration(1+(5*n+3*k)%9)*time.Hour
			h.on(h.Now.Add(-before), func(ctx context.Context) error { return h.order(ctx, h.everybody[who%len(h.everybody)]) })
		}
	}
	h.on(h.Now.Add(-150*time.Minute), h.morning)
}

// order is a customer's new order. The campaign for orders asks them a day later; some answer.
func (h *teller) order(ctx context.Context, c customer.Customer) error {
	worth := money.New(int64(200_000+h.rand.IntN(6_000_000)), "EUR")
	if err := h.Customers.RecordFact(ctx, h.marketer, c.ID, customer.Fact{Type: "order.placed", Value: &worth}); err != nil {
		return err
	}
	h.later(2.1+h.rand.Float64()*3, func(ctx context.Context) error {
		page, err := h.Invitations.List(ctx, invitation.Filter{CampaignID: h.orders.ID, CustomerID: c.ID, States: []invitation.State{invitation.Sent}}, db.Page{Limit: 1})
		if err != nil || len(page.Items) == 0 {
			return err
		}
		switch n := h.rand.IntN(10); {
		case n < 4:
			return h.introduce(ctx, page.Items[0])
		case n < 7:
			return h.testify(ctx, page.Items[0])
		}
		return nil
	})
	return nil
}

// morning is today: of those whom the newest campaign asked, one opens the mail, and others answer in their ways.
func (h *teller) morning(ctx context.Context) error {
	var open []invitation.Invitation
	err := h.invited(ctx, h.newest.ID, func(inv invitation.Invitation) {
		if inv.State == invitation.Sent {
			open = append(open, inv)
		}
	})
	if err != nil {
		return err
	}
	if len(open) < 5 {
		return fmt.Errorf("only %d of the newest campaign have not answered", len(open))
	}
	before := func(minutes int, do func(context.Context) error) {
		h.on(h.Now.Add(-time.Duration(minutes)*time.Minute), do)
	}
	look := func(minutes int, kind, id string) {
		before(minutes, func(context.Context) error { h.Visits.Record(kind, id, false); return nil })
	}
	// sent opens the mail and introduces somebody, who opens the page and answers later; nil is no answer yet.
	sent := func(inv invitation.Invitation, minutes, later int, then func(ctx context.Context, id string) error) {
		look(minutes+4, "invitation", inv.ID)
		before(minutes, func(ctx context.Context) error {
			id, err := h.hand(ctx, inv, false)
			if err != nil {
				return moved(err)
			}
			look(later+1, "prospect", id)
			if then != nil {
				before(later, func(ctx context.Context) error { return moved(then(ctx, id)) })
			}
			return nil
		})
	}
	// A yes can be undone for a quarter of an hour; this one no longer.
	sent(open[0], 110, 22, func(ctx context.Context, id string) error { return h.accept(ctx, id, true) })
	sent(open[1], 90, 50, func(ctx context.Context, id string) error { return h.postpone(ctx, id, 3) })
	sent(open[2], 40, 18, nil)
	look(16, "invitation", open[3].ID)
	before(12, func(ctx context.Context) error { return h.testify(ctx, open[3]) })
	look(6, "invitation", open[4].ID)
	before(30, h.close)
	before(20, h.doubt)
	return nil
}

// close brings in the order of an introduction that has come far.
func (h *teller) close(ctx context.Context) error {
	page, err := h.Introductions.List(ctx, introduction.Filter{States: []introduction.State{introduction.InPipeline}}, db.Page{Limit: 200})
	if err != nil || len(page.Items) == 0 {
		return err
	}
	return h.win(ctx, page.Items[len(page.Items)-1].ID)
}

// doubt is finance looking twice at a reward.
func (h *teller) doubt(ctx context.Context) error {
	page, err := h.Rewards.List(ctx, reward.Filter{States: []reward.State{reward.Pending}}, db.Page{Limit: 1})
	if err != nil || len(page.Items) == 0 {
		return err
	}
	_, err = h.Rewards.Hold(ctx, h.finance, page.Items[0].ID, "The order names another company than the introduction.")
	return moved(err)
}
