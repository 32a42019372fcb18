package customer

import (
	"context"
	"strings"
	"time"

	"goodword/internal/mail"
)

// AddressChangedMail is the job that tells the old address of a new one.
type AddressChangedMail struct {
	CustomerID   string    `json:"customer_id"`
	OldAddressID string    `json:"old_address_id"`
	ChangedAt    time.Time `json:"changed_at"`
}

// Kind names the job's type.
func (AddressChangedMail) Kind() string { return "customer.address_changed_mail" }

// AddressChangedMail sends the notice once, unless the old address or the person's data is gone by now.
func (s *Service) AddressChangedMail(ctx context.Context, job AddressChangedMail) error {
	c, err := byID(ctx, s.DB, job.CustomerID)
	if err != nil {
		return err
	}
	var old Address
	for _, a := range c.Addresses {
		if a.ID == job.OldAddressID {
			old = a
		}
	}
	if c.Erased() || !old.Usable() {
		return nil
	}
	// No link: the address may be somebody else's by now.
	return s.Mail.Send(ctx, mail.Message{
		Key: "address_changed:" + old.ID + ":" + job.ChangedAt.UTC().Format(time.RFC3339Nano),
		To:  mail.Address{Name: c.Name(), Email: old.Value}, Lang: c.Language,
		View: mail.AddressChanged{FirstName: c.FirstName, NewAddress: mask(c.Email()), ChangedAt: job.ChangedAt},
	})
}

// mask shows the first letter and the domain of an address: "a…@example.com".
func mask(email string) string {
	local, domain, ok := strings.Cut(email, "@")
	if !ok || local == "" {
		return ""
	}
	for _, r := range local {
		return string(r) + "…@" + domain
	}
	return ""
}
