package testimonial

import (
	"context"
	"fmt"

	"goodword/internal/customer"
	"goodword/internal/db"
	"goodword/internal/fault"
	"goodword/internal/i18n"
	"goodword/internal/mail"
)

const (
	mailThanks   = "thanks"
	mailChange   = "change_requested"
	mailApproved = "approved"
	mailQuote    = "quote"
)

// Mail is the job that sends one of a testimonial's mails.
type Mail struct {
	Name          string `json:"name"`
	TestimonialID string `json:"testimonial_id"`
	// Revision is the version of the text that the mail is about.
	Revision int `json:"revision,omitempty"`
}

// Kind names the job's type.
func (Mail) Kind() string { return "testimonial.mail" }

// SendMail sends a mail if it is still true when the job runs.
func (s *Service) SendMail(ctx context.Context, job Mail) error {
	row, err := byID(ctx, s.DB, job.TestimonialID)
	if err != nil {
		return err
	}
	who, err := s.Customers.ByID(ctx, s.DB, row.CustomerID)
	if err != nil {
		return err
	}
	if who.Erased() || who.Email() == "" || row.State == Withdrawn || job.Revision > 0 && job.Revision != row.Revision {
		return nil
	}
	set, err := s.Settings.Get(ctx)
	if err != nil {
		return err
	}
	page, err := s.pageURL(ctx, row)
	if err != nil {
		return err
	}
	m := mail.Message{Key: "testimonial_" + job.Name + ":" + row.ID, To: mail.Address{Name: who.Name(), Email: who.Email()}, Lang: who.Language, Scope: row.CampaignID}
	if job.Revision > 0 {
		m.Key += fmt.Sprintf(":%d", job.Revision)
	}
	rep := ""
	if who.OwnerID != "" {
		switch member, err := s.Staff.Deputy(ctx, s.DB, who.OwnerID); {
		case err == nil:
			rep = member.Name
			m.FromName = i18n.For(who.Language).T("from.company", "name", member.Name, "company", set.Company)
			m.ReplyTo = mail.Address{Name: member.Name, Email: member.Email}
		case !fault.Is(err, fault.NotFound):
			return err
		}
	}
	url := page + "/testimonial"
	switch {
	case job.Name == mailThanks:
		m.View = mail.TestimonialThanks{FirstName: who.FirstName, URL: url, RepName: rep}
	case job.Name == mailChange && row.State == ChangeRequested:
		m.View = mail.TestimonialChangeRequested{FirstName: who.FirstName, Request: row.Reason, URL: url, RepName: rep}
	case job.Name == mailApproved && row.Decided():
		allowed, err := s.consented(ctx, s.DB, row.ID)
		if err != nil {
			return err
		}
		v := mail.TestimonialApproved{FirstName: who.FirstName, URL: url, RepName: rep}
		for _, p := range Places {
			if allowed[p] {
				v.Channels = append(v.Channels, p)
			}
		}
		m.View = v
	case job.Name == mailQuote && row.State == AwaitingAuthor:
		m.View = mail.TestimonialQuote{FirstName: who.FirstName, Text: row.Text, URL: url + "?quote=" + row.ID, RepName: rep}
	default:
		return nil
	}
	return s.Mail.Send(ctx, m)
}

// linkDays is how long a link opens that is made for a mail.
const linkDays = 180

// pageURL returns the author's private page, the one of the testimonial's invitation if there is one.
func (s *Service) pageURL(ctx context.Context, row Testimonial) (string, error) {
	p := customer.ForCustomer
	for _, sub := range []customer.Subject{{Purpose: p, CustomerID: row.CustomerID, InvitationID: row.InvitationID}, {Purpose: p, CustomerID: row.CustomerID}} {
		link, err := s.Customers.Links.Find(ctx, s.DB, sub)
		if err == nil {
			return s.Customers.Links.URLOf(link)
		}
		if !fault.Is(err, fault.NotFound) {
			return "", err
		}
	}
	var url string
	err := s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		token, err := s.Customers.Links.Issue(ctx, tx, customer.NewLink{Purpose: p, CustomerID: row.CustomerID, InvitationID: row.InvitationID,
			ExpiresAt: s.now().AddDate(0, 0, linkDays)})
		url = s.Customers.Links.TokenURL(p, token)
		return err
	})
	return url, err
}
