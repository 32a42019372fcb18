package reward

import (
	"context"
	"time"

	"goodword/internal/db"
	"goodword/internal/fault"
	"goodword/internal/introduction"
	"goodword/internal/mail"
)

// SentBackMail is the job that tells a customer that their bank sent back what Stripe paid out to it.
type SentBackMail struct {
	CustomerID string `json:"customer_id"`
	// Payout is Stripe's id of what came back.
	Payout string `json:"payout"`
}

// Kind names the job's type.
func (SentBackMail) Kind() string { return "reward.sent_back_mail" }

// TellSentBack tells the owner of an account that their bank sent a payout of Stripe's back (M29). However often it is called
// for one payout, they get one mail. It reports false, and does nothing, for an account that is nobody's here.
func (s *Service) TellSentBack(ctx context.Context, account, payout string) (bool, error) {
	a, err := accountByID(ctx, s.DB, account)
	if fault.Is(err, fault.NotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	err = s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		return s.Queue.EnqueueUnique(ctx, tx, time.Time{}, SentBackMail{CustomerID: a.CustomerID, Payout: payout})
	})
	return true, err
}

// SentBackMail sends the notice once, unless the person's data is gone by now.
func (s *Service) SentBackMail(ctx context.Context, job SentBackMail) error {
	c, err := s.Customers.ByID(ctx, s.DB, job.CustomerID)
	if err != nil || c.Erased() || c.Email() == "" {
		return err
	}
	url, err := s.customerURL(ctx, c.ID, "")
	if err != nil {
		return err
	}
	rep, from, reply, err := s.rep(ctx, c, introduction.Introduction{}, c.Language)
	if err != nil {
		return err
	}
	return s.Mail.Send(ctx, mail.Message{Key: "payee_sent_back:" + c.ID + ":" + job.Payout, To: mail.Address{Name: c.Name(), Email: c.Email()}, Lang: c.Language,
		FromName: from, ReplyTo: reply, View: mail.PayeeSentBack{FirstName: c.FirstName, RepName: rep, URL: url + bankPage}})
}
