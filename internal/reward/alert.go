package reward

import (
	"context"
	"fmt"
	"time"

	"goodword/internal/db"
	"goodword/internal/ident"
	"goodword/internal/mail"
	"goodword/internal/staff"
)

// The names of alerts.
const (
	AlertBooks = "books" // the books do not hold
	AlertRails = "rails" // a rail shows something else than the books
	// AlertCharity: money is with us that should be with a charity.
	AlertCharity = "charity"
)

// Alert is the job that tells one colleague that something is wrong with money.
type Alert struct {
	// ID is the alert's own, the same for all who get it.
	ID      string `json:"id"`
	Name    string `json:"name"`
	StaffID string `json:"staff_id"`
	// Count says how many findings or new cases there are; Detail is the first, without anything about a person.
	Count  int64  `json:"count"`
	Detail string `json:"detail"`
	// CaseKind is the first case's; empty for AlertBooks.
	CaseKind string `json:"case_kind,omitempty"`
}

// Kind names the job's type.
func (Alert) Kind() string { return "reward.alert" }

// alert tells every active owner and finance colleague.
func (s *Service) alert(ctx context.Context, tx db.Tx, a Alert) error {
	list, err := s.Staff.List(ctx, tx)
	if err != nil {
		return fmt.Errorf("whom to alert: %w", err)
	}
	a.ID = ident.New()
	for _, m := range list {
		if m.State != staff.Active || m.Role != staff.Owner && m.Role != staff.Finance {
			continue
		}
		a.StaffID = m.ID
		if err := s.Queue.Enqueue(ctx, tx, time.Time{}, a); err != nil {
			return fmt.Errorf("alert: %w", err)
		}
	}
	return nil
}

// SendAlert mails one alert. It may run twice: the mail goes once.
func (s *Service) SendAlert(ctx context.Context, job Alert) error {
	m, err := s.Staff.ByID(ctx, s.DB, job.StaffID)
	if err != nil || m.State != staff.Active {
		return err
	}
	sw, err := switchOf(ctx, s.DB, ScopeAll)
	if err != nil {
		return err
	}
	return s.Mail.Send(ctx, mail.Message{Key: "money_alert:" + job.ID + ":" + m.ID, To: mail.Address{Name: m.Name, Email: m.Email}, Lang: m.Language,
		View: mail.MoneyAlert{Name: m.Name, Kind: job.Name, Count: int(job.Count), First: job.Detail, What: job.CaseKind, Paused: sw.Paused,
			URL: s.BaseURL + "/console/rewards?tab=cases"}})
}
