package testimonial

import (
	"context"
	"fmt"
	"slices"
	"time"

	"goodword/internal/audit"
	"goodword/internal/campaign"
	"goodword/internal/customer"
	"goodword/internal/db"
	"goodword/internal/event"
	"goodword/internal/fault"
	"goodword/internal/i18n"
	"goodword/internal/ident"
	"goodword/internal/setting"
)

// Submit takes the customer's words, once for each invitation: sent again it returns the first result, and after a
// withdrawal it is a new version. What the offer promises for a testimonial is owed at this moment, whatever it says and
// whatever becomes of it.
// Returns Invalid with every problem at its field, NotFound for an unknown customer.
func (s *Service) Submit(ctx context.Context, a Author, sub Submission) (Testimonial, error) {
	sub = sub.cleaned()
	if err := sub.validate(); err != nil {
		return Testimonial{}, err
	}
	set, err := s.Settings.Get(ctx)
	if err != nil {
		return Testimonial{}, fmt.Errorf("submit testimonial: %w", err)
	}
	var row Testimonial
	err = s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		now := s.now()
		who, err := s.Customers.ByID(ctx, tx, a.CustomerID)
		if err != nil {
			return err
		}
		row = Testimonial{ID: ident.New(), CustomerID: who.ID, CampaignID: a.CampaignID, OfferID: a.OfferID, InvitationID: a.InvitationID,
			State: Submitted, Revision: 1, SubmittedAt: now, CreatedAt: now, UpdatedAt: now}
		row.fill(sub, who)
		if row.Disclosure, err = s.disclosure(ctx, tx, row, who, set); err != nil {
			return err
		}
		fresh, err := insert(ctx, tx, &row)
		if err != nil {
			return err
		}
		by := change{what: "submitted", actor: customerActor(who.ID), at: now}
		if !fresh {
			return s.again(ctx, tx, &row, sub, who, by)
		}
		if err := insertRevision(ctx, tx, row, "customer", now); err != nil {
			return err
		}
		return s.accepted(ctx, tx, row, sub, by)
	})
	if err != nil {
		return Testimonial{}, err
	}
	return row, nil
}

// again is what a second submission for one invitation comes to.
func (s *Service) again(ctx context.Context, tx db.Tx, row *Testimonial, sub Submission, who customer.Customer, by change) error {
	have, err := byInvitation(ctx, tx, row.InvitationID)
	if err != nil {
		return err
	}
	disclosure := row.Disclosure
	if *row, err = lock(ctx, tx, have.ID); err != nil {
		return err
	}
	if row.CustomerID != who.ID {
		return unknown()
	}
	if row.State != Withdrawn {
		return nil
	}
	row.Disclosure = disclosure
	return s.revise(ctx, tx, row, sub, who, by)
}

// accepted records what came with a fresh text: consents, the event, what is owed, thanks.
func (s *Service) accepted(ctx context.Context, tx db.Tx, row Testimonial, sub Submission, by change) error {
	if err := s.setConsents(ctx, tx, row, sub, by.at); err != nil {
		return err
	}
	if err := record(ctx, tx, row, by); err != nil {
		return err
	}
	if row.InvitationID != "" {
		if err := s.Invitations.Answered(ctx, tx, row.InvitationID); err != nil {
			return fmt.Errorf("submit testimonial %s: %w", row.ID, err)
		}
	}
	if row.OfferID != "" {
		err := s.Earnings.Accrue(ctx, tx, Earned{TestimonialID: row.ID, CustomerID: row.CustomerID, CampaignID: row.CampaignID,
			OfferID: row.OfferID, InvitationID: row.InvitationID, At: by.at, Actor: by.actor})
		if err != nil {
			return fmt.Errorf("submit testimonial %s: %w", row.ID, err)
		}
	}
	return s.enqueue(ctx, tx, Mail{Name: mailThanks, TestimonialID: row.ID})
}

// Edit replaces the author's words by a new version, which is decided on anew; what was published is taken down until then.
// Nothing more is earned. Returns NotFound for somebody else's, Invalid, and Conflict for a quote not yet confirmed.
func (s *Service) Edit(ctx context.Context, a Author, id string, sub Submission) (Testimonial, error) {
	sub = sub.cleaned()
	if err := sub.validate(); err != nil {
		return Testimonial{}, err
	}
	return s.own(ctx, a, id, func(ctx context.Context, tx db.Tx, row *Testimonial) error {
		who, err := s.Customers.ByID(ctx, tx, row.CustomerID)
		if err != nil {
			return err
		}
		return s.revise(ctx, tx, row, sub, who, change{what: "edited", actor: customerActor(a.CustomerID), at: s.now()})
	})
}

func (s *Service) revise(ctx context.Context, tx db.Tx, row *Testimonial, sub Submission, who customer.Customer, by change) error {
	by.before = *row
	if err := row.apply(Edit, by.at); err != nil {
		return err
	}
	row.fill(sub, who)
	row.Revision++
	if err := save(ctx, tx, row, by.at); err != nil {
		return err
	}
	if err := insertRevision(ctx, tx, *row, "customer", by.at); err != nil {
		return err
	}
	if err := s.setConsents(ctx, tx, *row, sub, by.at); err != nil {
		return err
	}
	return record(ctx, tx, *row, by)
}

func (t *Testimonial) fill(sub Submission, who customer.Customer) {
	t.Rating, t.Text, t.SignedAs, t.Role, t.Tags = sub.Rating, sub.Text, sub.SignedAs, sub.Role, sub.Tags
	if t.Language = sub.Lang; t.Language == "" {
		t.Language = who.Language
	}
	switch sub.SignedAs {
	case SignAnonymous:
		t.Name, t.Role = "", ""
	case SignFirst:
		t.Name = who.FirstName
		if company := who.CompanyName(); company != "" {
			t.Name += ", " + company
		}
	default:
		if t.Name = sub.Name; t.Name == "" {
			t.Name = who.Name()
		}
	}
}

// disclosure returns what must stand beside the testimonial: that its author was offered something, or works with us.
func (s *Service) disclosure(ctx context.Context, tx db.Tx, row Testimonial, who customer.Customer, set setting.Settings) (string, error) {
	for _, a := range who.Addresses {
		if a.Kind != customer.Email {
			continue
		}
		_, err := s.Staff.ByEmail(ctx, tx, a.Value)
		if err == nil {
			return i18n.For(row.Language).T("testimonial.disclosure_insider"), nil
		}
		if !fault.Is(err, fault.NotFound) {
			return "", fmt.Errorf("disclosure: %w", err)
		}
	}
	if row.OfferID == "" {
		return "", nil
	}
	offer, err := campaign.OfferByID(ctx, tx, row.OfferID)
	if err != nil {
		return "", err
	}
	for _, p := range offer.Promises(campaign.ToCustomer, who.GiftPolicy) {
		if p.On == campaign.OnTestimonial {
			return set.In(set.DisclosureText, row.Language), nil
		}
	}
	return "", nil
}

// setConsents writes a decision for each channel whose decision is new: grants with the text shown, refusals without.
func (s *Service) setConsents(ctx context.Context, tx db.Tx, row Testimonial, sub Submission, now time.Time) error {
	have, err := s.Customers.Consents(ctx, tx, customer.AboutTestimonial, row.ID)
	if err != nil {
		return err
	}
	for _, ch := range Channels {
		granted := slices.Contains(sub.Consents, ch)
		old, known := have[ch]
		if granted == old.Granted && (known || !granted) && (!granted || old.TextShown == sub.ConsentTexts[ch]) {
			continue
		}
		c := customer.Consent{SubjectKind: customer.AboutTestimonial, SubjectID: row.ID, Channel: ch, Granted: granted, Method: "form", At: now}
		if granted {
			c.TextShown = sub.ConsentTexts[ch]
		} else {
			c.Method = "withdrawal"
		}
		if err := s.Customers.RecordConsent(ctx, tx, c); err != nil {
			return fmt.Errorf("consent of testimonial %s: %w", row.ID, err)
		}
	}
	return nil
}

// Public is what events and the audit say of a testimonial: no personal data, no text and no rating.
type Public struct {
	ID         string `json:"id"`
	State      State  `json:"state"`
	Revision   int    `json:"revision"`
	Reason     string `json:"reason,omitempty"`
	CampaignID string `json:"campaign_id,omitempty"`
}

func (t Testimonial) public() Public {
	return Public{ID: t.ID, State: t.State, Revision: t.Revision, Reason: t.Reason, CampaignID: t.CampaignID}
}

type change struct {
	what   string
	actor  audit.Actor
	reason string
	before Testimonial
	at     time.Time
}

func record(ctx context.Context, tx db.Tx, row Testimonial, c change) error {
	after, before := row.public(), c.before.public()
	err := event.Record(ctx, tx, event.Event{Type: "testimonial." + c.what, At: c.at, ActorKind: string(c.actor.Kind), ActorID: c.actor.ID,
		CustomerID: row.CustomerID, CampaignID: row.CampaignID, InvitationID: row.InvitationID, TestimonialID: row.ID, Data: after, Previous: before})
	if err != nil {
		return fmt.Errorf("testimonial %s %s: %w", row.ID, c.what, err)
	}
	err = audit.Record(ctx, tx, c.at, audit.Entry{Actor: c.actor, Action: "testimonial." + c.what, Object: "testimonial", ObjectID: row.ID,
		Reason: c.reason, Before: before, After: after})
	if err != nil {
		return fmt.Errorf("testimonial %s %s: %w", row.ID, c.what, err)
	}
	return nil
}

func customerActor(id string) audit.Actor { return audit.Actor{Kind: audit.KindCustomer, ID: id} }
