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
// when the person has given an address of their own (F3).
func (s *Service) screen(ctx context.Context, tx db.Tx, row Introduction) (string, error) {
	if row.Email != "" {
		reason, err := s.screenAddress(ctx, tx, row)
		if err != nil || reason != "" {
			return reason, err
		}
	}
	other, err := credited(ctx, tx, row.CampaignID, row.ProspectBlind, row.ID)
	if err != nil {
		return "", err
	}
	if other != "" {
		return ReasonSeconded, nil
	}
	if row.How == HowPortal {
		// The portal writes to a person once ever.
		sent, err := portalSent(ctx, tx, row.ProspectBlind, row.ID)
		if err != nil || sent {
			return ReasonSeconded, err
		}
	}
	return "", nil
}

// screenAddress finds out whom the address belongs to. A customer of another division is as good as a new person.
func (s *Service) screenAddress(ctx context.Context, tx db.Tx, row Introduction) (string, error) {
	if row.ForCustomerID != "" {
		return "", nil
	}
	if _, err := s.Staff.ByEmail(ctx, tx, row.Email); err == nil {
		return ReasonStaff, nil
	} else if !fault.Is(err, fault.NotFound) {
		return "", fmt.Errorf("screen introduction %s: %w", row.ID, err)
	}
	if row.IntroducerID != "" {
		who, err := s.Customers.ByID(ctx, tx, row.IntroducerID)
		if err != nil {
			return "", fmt.Errorf("screen introduction %s: %w", row.ID, err)
		}
		for _, a := range who.Addresses {
			if a.Kind == customer.Email && customer.IdentityKey(a.Value) == customer.IdentityKey(row.Email) {
				return ReasonSelf, nil
			}
		}
	}
	known, err := s.Customers.ByEmail(ctx, tx, row.Email)
	if fault.Is(err, fault.NotFound) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("screen introduction %s: %w", row.ID, err)
	}
	if existing(known, row) {
		return ReasonCustomer, nil
	}
	return "", nil
}

// screenFirst is screen while nobody but the introducer has spoken: then the stop list counts as well. A yes of the
// person's own goes before what they said earlier.
func (s *Service) screenFirst(ctx context.Context, tx db.Tx, row Introduction) (string, error) {
	reason, err := s.screen(ctx, tx, row)
	if err != nil || reason != "" || row.Email == "" {
		return reason, err
	}
	stopped, err := s.StopList.Suppressed(ctx, tx, row.Email, row.CampaignID, mail.Marketing)
	if err != nil {
		return "", fmt.Errorf("screen introduction %s: %w", row.ID, err)
	}
	if stopped {
		return ReasonSuppressed, nil
	}
	return "", nil
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
