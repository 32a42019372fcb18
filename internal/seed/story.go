package seed

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"path"

	"goodword/internal/audit"
	"goodword/internal/campaign"
	"goodword/internal/customer"
	"goodword/internal/db"
	"goodword/internal/fault"
	"goodword/internal/ident"
	"goodword/internal/introduction"
	"goodword/internal/invitation"
	"goodword/internal/money"
	"goodword/internal/reward"
	"goodword/internal/testimonial"
)

// tokenIn returns the token at the end of a link.
func tokenIn(link string) (ident.Token, error) {
	u, err := url.Parse(link)
	if err != nil {
		return "", fmt.Errorf("read set-up link: %w", err)
	}
	return ident.Token(path.Base(u.Path)), nil
}

// moved lets history go on where somebody was overtaken: an introduction that expired, a code that is over.
func moved(err error) error {
	switch fault.CodeOf(err) {
	case fault.Conflict, fault.Gone, fault.Invalid, fault.NotFound:
		return nil
	}
	return err
}

// react decides what one invited customer does in the weeks after the mail.
func (h *teller) react(inv invitation.Invitation) {
	if inv.CustomerID == h.everybody[0].ID {
		return // Ana's story is the newcomer's to play
	}
	if h.chance(22) {
		for range 1 + h.rand.IntN(2) {
			h.later(0.2+h.rand.Float64()*18, func(ctx context.Context) error { return h.introduce(ctx, inv) })
		}
	}
	if h.chance(13) {
		h.later(0.2+h.rand.Float64()*15, func(ctx context.Context) error { return h.testify(ctx, inv) })
	}
}

func (h *teller) link(ctx context.Context, inv invitation.Invitation) (customer.Link, error) {
	return h.Customers.Links.Find(ctx, h.DB, customer.Subject{Purpose: customer.ForCustomer, InvitationID: inv.ID})
}

func (h *teller) introduce(ctx context.Context, inv invitation.Invitation) error {
	id, err := h.hand(ctx, inv, h.chance(15))
	if err != nil || id == "" || h.chance(15) {
		return moved(err)
	}
	h.later(0.1+h.rand.Float64()*9, func(ctx context.Context) error { return h.answer(ctx, id) })
	return nil
}

// hand writes an introduction and sends it on, unless it is a mere lead: then its id is empty.
func (h *teller) hand(ctx context.Context, inv invitation.Invitation, lead bool) (id string, err error) {
	link, err := h.link(ctx, inv)
	if err != nil {
		return "", err
	}
	a := introduction.Author{CustomerID: inv.CustomerID, InvitationID: inv.ID, OfferID: inv.OfferID, CampaignID: inv.CampaignID, LinkID: link.ID}
	sub := introduction.Submission{FirstName: pick(h, firstNames), Note: pick(h, notes), How: introduction.HowSelf, Source: pick(h, introduction.Sources)}
	if lead {
		sub.How, sub.Company = introduction.HowLead, pick(h, companyHeads)+" "+pick(h, companyTails)
	}
	row, err := h.Introductions.Submit(ctx, a, sub)
	if err != nil || lead {
		return "", err
	}
	_, err = h.Introductions.Share(ctx, a, row.ID, pick(h, introduction.Channels))
	return row.ID, err
}

func (h *teller) answer(ctx context.Context, id string) error {
	switch n := h.rand.IntN(100); {
	case n < 50:
		err := h.accept(ctx, id, h.chance(60))
		if err == nil {
			h.later(0.3+h.rand.Float64()*2, func(ctx context.Context) error { return h.advance(ctx, id, 0) })
		}
		return moved(err)
	case n < 62:
		return moved(h.postpone(ctx, id, pick(h, []int{1, 3, 6})))
	case n < 76:
		p, err := h.prospect(ctx, id)
		if err != nil {
			return moved(err)
		}
		_, err = h.Introductions.Decline(ctx, p)
		return moved(err)
	}
	return nil
}

// prospect is the one who was introduced, with their link in hand.
func (h *teller) prospect(ctx context.Context, id string) (introduction.Prospect, error) {
	link, err := h.Customers.Links.Find(ctx, h.DB, customer.Subject{Purpose: customer.ForProspect, IntroductionID: id})
	return introduction.Prospect{LinkID: link.ID, IntroductionID: id}, err
}

func (h *teller) accept(ctx context.Context, id string, tell bool) error {
	p, err := h.prospect(ctx, id)
	if err != nil {
		return err
	}
	_, err = h.Introductions.Accept(ctx, p, introduction.Answer{How: introduction.ByEmail, Name: pick(h, firstNames) + " " + pick(h, lastNames),
		Email: prospectAddress(), Tell: tell, ConsentText: "Yes, introduce us. Brightwater may write to me about this."})
	return err
}

func (h *teller) postpone(ctx context.Context, id string, months int) error {
	p, err := h.prospect(ctx, id)
	if err != nil {
		return err
	}
	_, err = h.Introductions.Later(ctx, p, months, prospectAddress(), "One mail then, and nothing else.")
	return err
}

func prospectAddress() string { return fmt.Sprintf("prospect-%s@prospects.example", ident.NewCode(6)) }

// advance moves an introduction through the rep's hands, to a close or a loss.
func (h *teller) advance(ctx context.Context, id string, step int) error {
	row, err := h.Introductions.ByID(ctx, id)
	if err != nil {
		return err
	}
	who := actor(h.reps[0])
	for _, r := range h.reps {
		if r.ID == row.OwnerID {
			who = actor(r)
		}
	}
	if step == len(introduction.Steps) {
		if h.chance(62) {
			return h.win(ctx, id)
		}
		_, err := h.Introductions.Lose(ctx, who, id, pick(h, introduction.LostReasons), "")
		return moved(err)
	}
	if h.chance(9) {
		_, err := h.Introductions.Lose(ctx, who, id, pick(h, introduction.LostReasons), "")
		return moved(err)
	}
	if _, err := h.Introductions.Advance(ctx, who, id, introduction.Steps[step]); err != nil {
		return moved(err)
	}
	if h.chance(25) {
		if _, err := h.Introductions.AddNote(ctx, who, id, "Spoke on the phone. Two sites, about thirty people, wants an offer for the smaller one first.", false); err != nil {
			return moved(err)
		}
	}
	h.later(3+h.rand.Float64()*15, func(ctx context.Context) error { return h.advance(ctx, id, step+1) })
	return nil
}

func (h *teller) win(ctx context.Context, id string) error {
	h.deals++
	amount := money.New(int64(80_000+h.rand.IntN(4_000_000)), "EUR")
	_, err := h.Introductions.RecordDeal(ctx, introduction.NewDeal{IntroductionID: id, Source: introduction.FromCRM,
		ExternalID: fmt.Sprintf("CRM-%04d", h.deals), Amount: amount, Actor: audit.System("demonstration")})
	if err == nil && h.chance(8) {
		// A late change of mind: half of it comes back after the reward was promised.
		number := h.deals
		h.later(12, func(ctx context.Context) error { return h.unwind(ctx, id, number) })
	}
	return moved(err)
}

func (h *teller) unwind(ctx context.Context, id string, number int) error {
	_, err := h.Introductions.Unwind(ctx, h.owner, id, fmt.Sprintf("Order CRM-%04d was cancelled.", number))
	return moved(err)
}

func (h *teller) testify(ctx context.Context, inv invitation.Invitation) error {
	link, err := h.link(ctx, inv)
	if err != nil {
		return moved(err)
	}
	q := pick(h, quotes)
	sub := testimonial.Submission{Rating: q.stars, Text: q.text, SignedAs: testimonial.SignFull, Lang: q.lang,
		Consents: []string{"website", "sales", "name"}, ConsentTexts: map[string]string{
			"website": "Brightwater may show this on its website.", "sales": "Brightwater may show this in sales talks.", "name": "Brightwater may show my name with it.",
		}}
	_, err = h.Testimonials.Submit(ctx, testimonial.Author{CustomerID: inv.CustomerID, InvitationID: inv.ID, OfferID: inv.OfferID,
		CampaignID: inv.CampaignID, LinkID: link.ID}, sub)
	return moved(err)
}

// desk is what staff do between two steps of history: decide on testimonials and rewards, pay by hand, choose for customers.
// Today's queues are left as they are, so that there is something to decide.
func (h *teller) desk(ctx context.Context) error {
	if h.Now.Sub(h.at) < fresh {
		return nil
	}
	waiting, err := h.Testimonials.List(ctx, testimonial.Filter{States: []testimonial.State{testimonial.Submitted}}, db.Page{Limit: 200})
	if err != nil {
		return err
	}
	for _, t := range waiting.Items {
		if _, err := h.Testimonials.Approve(ctx, h.marketer, t.ID); err != nil {
			return moved(err)
		}
		if _, err := h.Testimonials.Publish(ctx, h.marketer, t.ID); moved(err) != nil {
			return err
		}
	}
	return errors.Join(h.choose(ctx), h.pay(ctx), h.remit(ctx))
}

// choose lets customers say how their rewards shall come.
func (h *teller) choose(ctx context.Context) error {
	open, err := h.Rewards.List(ctx, reward.Filter{States: []reward.State{reward.Pending, reward.Approved}}, db.Page{Limit: 200})
	if err != nil {
		return err
	}
	for _, r := range open.Items {
		if r.Rail != "" || r.CustomerID == "" {
			continue
		}
		options, err := h.Rewards.OptionsFor(ctx, r)
		if err != nil {
			return err
		}
		var ready []campaign.Rail
		var charities []campaign.Charity
		for _, o := range options {
			switch {
			case o.Ready && o.Rail == campaign.RailDonation:
				charities = append(charities, o.Charity)
			case o.Ready:
				ready = append(ready, o.Rail)
			}
		}
		if len(ready) == 0 || h.chance(20) {
			continue
		}
		chosen := pick(h, ready)
		if gives, err := h.give(ctx, r, charities); err != nil {
			return err
		} else if gives {
			continue
		}
		if _, err := h.Rewards.Choose(ctx, r.CustomerID, r.ID, chosen); moved(err) != nil {
			return err
		}
	}
	return nil
}

// pay approves what waits for a person and marks as paid what finance pays by hand.
func (h *teller) pay(ctx context.Context) error {
	held, err := h.Rewards.List(ctx, reward.Filter{States: []reward.State{reward.Held}}, db.Page{Limit: 200})
	if err != nil {
		return err
	}
	for _, r := range held.Items {
		if h.chance(40) {
			if _, err := h.Rewards.Release(ctx, h.finance, r.ID, "Order and invoice looked at."); moved(err) != nil {
				return err
			}
			if _, err := h.Rewards.Approve(ctx, h.finance, r.ID, "Order and invoice looked at."); moved(err) != nil {
				return err
			}
		}
	}
	byHand, err := h.Rewards.List(ctx, reward.Filter{States: []reward.State{reward.Issuing}, Rail: campaign.RailManual}, db.Page{Limit: 200})
	if err != nil {
		return err
	}
	for _, r := range byHand.Items {
		if _, err := h.Rewards.MarkPaid(ctx, h.finance, r.ID, "SEPA "+ident.NewCode(8)); moved(err) != nil {
			return err
		}
	}
	return nil
}
