package introduction

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"goodword/internal/campaign"
	"goodword/internal/customer"
	"goodword/internal/db"
	"goodword/internal/fault"
	"goodword/internal/mail"
)

// blind returns the keyed hash by which one person is recognised over all spellings of an address, or of a number where
// there is no address; "" if neither is known.
func (s *Service) blind(email, phone, country string) string {
	if email != "" {
		return s.Keys.Blind("identity", customer.IdentityKey(email))
	}
	if phone == "" {
		return ""
	}
	if e164, ok := customer.NormalizePhone(phone, country); ok {
		phone = e164
	}
	return s.Keys.Blind("identity", "tel:"+phone)
}

// screen returns the reason for which the system will not go on with this person, or "". It looks again at acceptance,
// when the person has given an address of their own (F3). Everything is asked before anything is decided, here and below:
// somebody whom we know must not be answered sooner than a stranger (S7).
func (s *Service) screen(ctx context.Context, tx db.Tx, row Introduction) (string, error) {
	reason, err := s.screenAddress(ctx, tx, row)
	if err != nil {
		return "", err
	}
	other, err := credited(ctx, tx, row.CampaignID, row.ProspectBlind, row.ID)
	if err != nil {
		return "", err
	}
	sent := false
	if row.How == HowPortal {
		// The portal writes to a person once ever.
		if sent, err = portalSent(ctx, tx, row.ProspectBlind, row.ID); err != nil {
			return "", err
		}
	}
	if reason == "" && (other != "" || sent) {
		reason = ReasonSeconded
	}
	return reason, nil
}

// screenAddress finds out whom the address belongs to. A customer of another division is as good as a new person.
func (s *Service) screenAddress(ctx context.Context, tx db.Tx, row Introduction) (string, error) {
	if row.Email == "" || row.ForCustomerID != "" {
		return "", nil
	}
	failed := func(err error) (string, error) { return "", fmt.Errorf("screen introduction %s: %w", row.ID, err) }
	_, err := s.Staff.ByEmail(ctx, tx, row.Email)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return failed(err)
	}
	colleague, self := err == nil, false
	if row.IntroducerID != "" {
		who, err := s.Customers.ByID(ctx, tx, row.IntroducerID)
		if err != nil {
			return failed(err)
		}
		for _, a := range who.Addresses {
			self = self || a.Kind == customer.Email && customer.IdentityKey(a.Value) == customer.IdentityKey(row.Email)
		}
	}
	known, err := s.Customers.GlanceByEmail(ctx, tx, row.Email)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return failed(err)
	}
	switch {
	case colleague:
		return ReasonStaff, nil
	case self:
		return ReasonSelf, nil
	case err == nil && existing(known, row):
		return ReasonCustomer, nil
	}
	return "", nil
}

// screenFirst is screen while nobody but the introducer has spoken: then the stop list counts as well. A yes of the
// person's own goes before what they said earlier.
func (s *Service) screenFirst(ctx context.Context, tx db.Tx, row Introduction) (string, error) {
	reason, err := s.screen(ctx, tx, row)
	if err != nil || row.Email == "" {
		return reason, err
	}
	stopped, err := s.StopList.Suppressed(ctx, tx, row.Email, row.CampaignID, mail.Marketing)
	if err != nil {
		return "", fmt.Errorf("screen introduction %s: %w", row.ID, err)
	}
	if reason == "" && stopped {
		reason = ReasonSuppressed
	}
	return reason, nil
}

// existing reports whether a person we know is a customer of the division that the introduction is for.
func existing(known customer.Customer, row Introduction) bool {
	return known.Stage == customer.Active && known.FromIntroductionID != row.ID &&
		(row.Division == "" || known.Division == "" || known.Division == row.Division)
}

// assignee returns the rep who answers: the customer's own, else the campaign's, else a marketer; or whoever stands in for
// them; "" when nobody is there.
func (s *Service) assignee(ctx context.Context, idb bun.IDB, c campaign.Campaign, who customer.Customer) (string, error) {
	for _, id := range []string{who.OwnerID, c.OwnerID, c.AuthorID} {
		if id == "" {
			continue
		}
		m, err := s.Staff.Deputy(ctx, idb, id)
		if fault.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return "", fmt.Errorf("find a rep: %w", err)
		}
		return m.ID, nil
	}
	return "", nil
}
