package reward

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"goodword/internal/campaign"
	"goodword/internal/customer"
	"goodword/internal/db"
	"goodword/internal/fault"
	"goodword/internal/i18n"
	"goodword/internal/introduction"
	"goodword/internal/mail"
	"goodword/internal/money"
	"goodword/internal/staff"
)

// The mails of a reward.
const (
	mailReady    = "ready"
	mailReminder = "reminder"
	mailPaid     = "paid"
	mailReversed = "reversed"
	mailWelcome  = "welcome"
	mailRemitted = "remitted" // a donation is with its charity
	mailTax      = "tax_form" // the owner has to hand in a tax form
	mailPayee    = "payee"    // the owner has to do something before they can be paid
)

// Mail is the job that sends one of a reward's mails.
type Mail struct {
	Name     string `json:"name"`
	RewardID string `json:"reward_id"`
	// Number tells repeated mails of one kind apart.
	Number int `json:"number,omitempty"`
	// TakenMinor is what was taken back, LeftMinor what remained, Owed whether it had been paid.
	TakenMinor int64 `json:"taken_minor,omitempty"`
	LeftMinor  int64 `json:"left_minor,omitempty"`
	Owed       bool  `json:"owed,omitempty"`
}

// Kind names the job's type.
func (Mail) Kind() string { return "reward.mail" }

// mailPaid tells the owner of a settled reward: the prospect gets the code by mail, the customer finds theirs on the page.
func (s *Service) mailPaid(ctx context.Context, tx db.Tx, r Reward) error {
	name := mailPaid
	if r.Beneficiary == campaign.ToProspect {
		name = mailWelcome
	}
	return s.Queue.Enqueue(ctx, tx, time.Time{}, Mail{Name: name, RewardID: r.ID})
}

// mailReversed tells a customer what was taken back. A prospect has no thank-you to lose.
func (s *Service) mailReversed(ctx context.Context, tx db.Tx, r Reward, taken int64, owed bool) error {
	if r.Beneficiary != campaign.ToCustomer || !r.DeclinedAt.IsZero() || taken <= 0 {
		return nil
	}
	return s.Queue.Enqueue(ctx, tx, time.Time{}, Mail{Name: mailReversed, RewardID: r.ID, Number: int(r.Version), TakenMinor: taken,
		LeftMinor: r.AccruedMinor - r.ReversedMinor - r.ClawedMinor, Owed: owed})
}

// SendMail sends a mail if it is still true when the job runs.
func (s *Service) SendMail(ctx context.Context, job Mail) error {
	r, err := byID(ctx, s.DB, job.RewardID)
	if err != nil {
		return err
	}
	if !current(job.Name, r) {
		return nil
	}
	var i introduction.Introduction
	if r.IntroductionID != "" {
		if i, err = introductionOf(ctx, s.DB, r.IntroductionID); err != nil {
			return err
		}
	}
	var m mail.Message
	var ok bool
	if job.Name == mailWelcome {
		m, ok, err = s.toProspect(ctx, r, i)
	} else {
		m, ok, err = s.toCustomer(ctx, job, r, i)
	}
	if err != nil || !ok {
		return err
	}
	m.Key = "reward_" + job.Name + ":" + r.ID
	if job.Number > 0 {
		m.Key += ":" + strconv.Itoa(job.Number)
	}
	return s.Mail.Send(ctx, m)
}

// current reports whether the mail still says the truth.
func current(name string, r Reward) bool {
	switch name {
	case mailReady, mailReminder:
		return r.State == Approved && r.Rail == ""
	case mailPayee:
		return r.State == Held && r.HeldReason == HeldPayee
	case mailTax:
		return r.State == Held && r.HeldReason == HeldTaxForm
	case mailRemitted:
		return r.State == Redeemed && r.Rail == campaign.RailDonation
	case mailPaid, mailWelcome:
		return r.State == Issued || r.State == Redeemed
	}
	return true
}

func (s *Service) toCustomer(ctx context.Context, job Mail, r Reward, i introduction.Introduction) (mail.Message, bool, error) {
	c, err := s.Customers.ByID(ctx, s.DB, r.CustomerID)
	if err != nil || c.Erased() || c.Email() == "" {
		return mail.Message{}, false, err
	}
	url, err := s.customerURL(ctx, c.ID, i.InvitationID)
	if err != nil {
		return mail.Message{}, false, err
	}
	url += rewardsPage
	rep, from, reply, err := s.rep(ctx, c, i, c.Language)
	if err != nil {
		return mail.Message{}, false, err
	}
	m := mail.Message{To: mail.Address{Name: c.Name(), Email: c.Email()}, Lang: c.Language, FromName: from, ReplyTo: reply}
	who := i.FirstName
	switch job.Name {
	case mailReady, mailReminder:
		view, err := s.ready(ctx, r, c, who, url)
		if err != nil {
			return mail.Message{}, false, err
		}
		m.View = view
		if job.Name == mailReminder {
			m.View = mail.RewardReminder{FirstName: c.FirstName, Reward: r.Amount(), ProspectName: who, URL: url,
				ChooseBy: last(r), DefaultRail: view.DefaultRail}
		}
	case mailPayee:
		m.View = mail.RewardPayee{FirstName: c.FirstName, Reward: r.Payable(), RepName: rep, URL: url}
	case mailTax:
		rules, err := s.taxRules(ctx)
		if err != nil {
			return mail.Message{}, false, err
		}
		limit := money.New(rules.set.TaxThreshold(rules.yearOf(s.now()).number), TaxCurrency)
		m.View = mail.RewardTaxForm{FirstName: c.FirstName, Reward: r.Payable(), Limit: limit, RepName: rep, URL: url}
	case mailPaid:
		given, _, err := s.GivenBy(ctx, r)
		if err != nil || r.Rail == campaign.RailDonation && given.DueOn.IsZero() {
			return mail.Message{}, false, err // it paid an older debt, and nothing was given
		}
		m.View = mail.RewardPaid{FirstName: c.FirstName, Reward: r.Amount(), Rail: string(r.Rail), Charity: given.Charity, DueOn: given.DueOn,
			ProspectName: who, RepName: rep, URL: url}
	case mailRemitted:
		given, ok, err := s.GivenBy(ctx, r)
		if err != nil || !ok || given.SentOn.IsZero() {
			return mail.Message{}, false, err
		}
		m.View = mail.DonationSent{FirstName: c.FirstName, Reward: r.Amount(), Charity: given.Charity, SentOn: given.SentOn, ProspectName: who, RepName: rep, URL: url}
	case mailReversed:
		reason := ""
		if r.ForgoneMinor > 0 {
			reason = r.Reason
		}
		if r.RejectedWhy != "" {
			// What was noted is for colleagues.
			reason = i18n.For(c.Language).T("reward.rejected." + r.RejectedWhy)
		}
		m.View = mail.RewardReversed{FirstName: c.FirstName, ProspectName: who, Taken: money.New(job.TakenMinor, r.Currency),
			Left: money.New(job.LeftMinor, r.Currency), Owed: job.Owed, Reason: reason, RepName: rep, URL: url}
	default:
		return mail.Message{}, false, fault.Newf(fault.Invalid, "There is no reward mail %q.", job.Name)
	}
	return m, true, nil
}

func (s *Service) ready(ctx context.Context, r Reward, c customer.Customer, who, url string) (mail.RewardReady, error) {
	view := mail.RewardReady{FirstName: c.FirstName, Reward: r.Amount(), ProspectName: who, URL: url, ChooseBy: last(r)}
	if r.ChooseBy.IsZero() {
		return view, nil
	}
	w, err := s.defaultFor(ctx, s.DB, r)
	view.DefaultRail = string(w.rail)
	return view, err
}

// last is the last day of the choice.
func last(r Reward) time.Time {
	if r.ChooseBy.IsZero() {
		return r.ExpiresAt
	}
	return r.ChooseBy
}

func (s *Service) toProspect(ctx context.Context, r Reward, i introduction.Introduction) (mail.Message, bool, error) {
	if i.Email == "" || i.ContactBlocked || r.ShownCode() == "" {
		return mail.Message{}, false, nil
	}
	payouts, err := payoutsOf(ctx, s.DB, r.ID)
	if err != nil {
		return mail.Message{}, false, err
	}
	v := mail.ProspectWelcomeCode{FirstName: i.FirstName, Code: r.ShownCode(), Discount: r.Amount()}
	for _, p := range payouts {
		if p.Parameters.ExpiresAt > 0 {
			v.ExpiresAt = time.Unix(p.Parameters.ExpiresAt, 0).UTC()
		}
	}
	var c customer.Customer
	if i.IntroducerID != "" {
		if c, err = s.Customers.ByID(ctx, s.DB, i.IntroducerID); err != nil {
			return mail.Message{}, false, err
		}
		v.IntroducerName = c.FirstName
	}
	link, err := s.Customers.Links.Find(ctx, s.DB, customer.Subject{Purpose: customer.ForProspect, IntroductionID: i.ID})
	if err == nil {
		v.URL, err = s.Customers.Links.URLOf(link)
	}
	if err != nil && !fault.Is(err, fault.NotFound) {
		return mail.Message{}, false, err
	}
	rep, from, reply, err := s.rep(ctx, c, i, i.Language)
	if err != nil {
		return mail.Message{}, false, err
	}
	v.RepName = rep
	return mail.Message{To: mail.Address{Name: i.FirstName, Email: i.Email}, Lang: i.Language, View: v, FromName: from, ReplyTo: reply}, true, nil
}

// rep is who signs: the owner of the introduction, else the customer's; nobody where there is none.
func (s *Service) rep(ctx context.Context, c customer.Customer, i introduction.Introduction, lang string) (name, from string, reply mail.Address, err error) {
	id := i.OwnerID
	if id == "" {
		id = c.OwnerID
	}
	if id == "" {
		return "", "", mail.Address{}, nil
	}
	m, err := s.Staff.ByID(ctx, s.DB, id)
	if err != nil {
		return "", "", mail.Address{}, fmt.Errorf("who signs: %w", err)
	}
	set, err := s.Settings.Get(ctx)
	if err != nil {
		return "", "", mail.Address{}, err
	}
	if m.State == staff.Disabled {
		return "", "", mail.Address{}, nil
	}
	from = i18n.For(lang).T("from.company", "name", m.Name, "company", set.Company)
	return m.Name, from, mail.Address{Name: m.Name, Email: m.Email}, nil
}

// linkDays is how long a customer's link opens that is made for a mail.
const linkDays = 180

// customerURL is the first page of the customer, behind the private link of the invitation if there is one, and a
// fresh link where none lives.
func (s *Service) customerURL(ctx context.Context, customerID, invitationID string) (string, error) {
	subjects := []customer.Subject{
		{Purpose: customer.ForCustomer, CustomerID: customerID, InvitationID: invitationID},
		{Purpose: customer.ForCustomer, CustomerID: customerID},
	}
	for _, sub := range subjects {
		link, err := s.Customers.Links.Find(ctx, s.DB, sub)
		if fault.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return "", err
		}
		return s.Customers.Links.URLOf(link)
	}
	var url string
	err := s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		token, err := s.Customers.Links.Issue(ctx, tx, customer.NewLink{Purpose: customer.ForCustomer, CustomerID: customerID,
			InvitationID: invitationID, ExpiresAt: s.now().AddDate(0, 0, linkDays)})
		url = s.Customers.Links.TokenURL(customer.ForCustomer, token)
		return err
	})
	return url, err
}

// The pages behind a customer's link that mails lead to.
const (
	rewardsPage = "/rewards"
	bankPage    = "/bank"
)
