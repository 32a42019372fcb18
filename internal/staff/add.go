package staff

import (
	"context"
	"fmt"
	netmail "net/mail"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"goodword/internal/audit"
	"goodword/internal/db"
	"goodword/internal/fault"
	"goodword/internal/ident"
	"goodword/internal/mail"
)

// NewMember is what an account is made from. Email, Name and Role are required; Language is "en", Zone "UTC" when empty.
type NewMember struct {
	Email, Name                            string
	Role                                   Role
	Division, Phone, Title, Language, Zone string
	// Notify mails the set-up link to the new colleague; otherwise whoever added them passes it on.
	Notify bool
}

func (n NewMember) member(now time.Time) Member {
	m := Member{ID: ident.New(), Email: strings.TrimSpace(n.Email), Name: line(n.Name), Role: n.Role, State: Invited, Division: line(n.Division),
		Phone: line(n.Phone), Title: line(n.Title), Language: strings.ToLower(line(n.Language)), Zone: line(n.Zone), WorkFrom: 9, WorkUntil: 16, CreatedAt: now}
	if m.Language == "" {
		m.Language = "en"
	}
	if m.Zone == "" {
		m.Zone = "UTC"
	}
	return m
}

// check names every field that cannot be kept.
func (m Member) check() error {
	var c fault.Check
	c.Required("name", m.Name)
	c.That(utf8.RuneCountInString(m.Name) <= 100, "name", "This is too long.")
	if a, err := netmail.ParseAddress(m.Email); err != nil || a.Address != m.Email || len(m.Email) > 254 {
		c.AddKey("email", "problem.email", "Please write an e-mail address like name@example.com.")
	}
	c.That(slices.Contains(Roles, m.Role), "role", "The role is owner, finance, marketer, rep or viewer.")
	for field, value := range map[string]string{"division": m.Division, "phone": m.Phone, "title": m.Title} {
		c.That(utf8.RuneCountInString(value) <= 100, field, "This is too long.")
	}
	c.That(len(m.Language) >= 2 && len(m.Language) <= 3, "language", "Give the language as two letters, like en.")
	_, err := time.LoadLocation(m.Zone)
	c.That(err == nil && m.Zone != "Local" && m.Zone != "", "zone", "Give the time zone as in Europe/Berlin.")
	c.That(m.WorkFrom >= 0 && m.WorkUntil <= 24 && m.WorkFrom < m.WorkUntil, "work_until", "The working day must end after it begins.")
	return c.Err()
}

// line makes one line of what a person typed.
func line(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
}

// Add makes an account and returns it with the single-use link to set it up, good for seven days.
// Returns Invalid with every problem at its field, and Conflict at "email" when the address has an account.
func (s *Service) Add(ctx context.Context, actor audit.Actor, n NewMember) (Member, string, error) {
	m := n.member(s.now())
	if err := m.check(); err != nil {
		return Member{}, "", err
	}
	var url string
	err := s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		if err := insertMember(ctx, tx, m); err != nil {
			return err
		}
		var err error
		if url, err = s.issueSetup(ctx, tx, m.ID); err != nil {
			return err
		}
		if n.Notify {
			if err := s.Queue.Enqueue(ctx, tx, time.Time{}, SetupMail{ID: ident.New(), StaffID: m.ID, InvitedBy: actor.ID}); err != nil {
				return err
			}
		}
		return audit.Record(ctx, tx, s.now(), audit.Entry{Actor: actor, Action: "staff.added", Object: "staff", ObjectID: m.ID, After: roleState{m.Role, m.State}})
	})
	if err != nil {
		return Member{}, "", fmt.Errorf("add staff: %w", err)
	}
	return m, url, nil
}

type roleState struct {
	Role  Role  `json:"role"`
	State State `json:"state"`
}

// SetupMail is the job that mails a set-up link. ID makes one mail of however many runs.
type SetupMail struct {
	ID        string `json:"id"`
	StaffID   string `json:"staff_id"`
	InvitedBy string `json:"invited_by"`
}

// Kind names the job's type.
func (SetupMail) Kind() string { return "staff.setup_mail" }

// SetupMail makes a link of its own and mails it, because a token never enters a job's arguments. A repeated run makes
// another link that nobody learns of, and that ends after seven days.
func (s *Service) SetupMail(ctx context.Context, job SetupMail) error {
	m, err := memberByID(ctx, s.DB, job.StaffID)
	if err != nil {
		return err
	}
	if m.State == Disabled {
		return nil
	}
	by := ""
	if job.InvitedBy != "" {
		inviter, err := memberByID(ctx, s.DB, job.InvitedBy)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		by = inviter.Name
	}
	var url string
	err = s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		var err error
		url, err = s.issueSetup(ctx, tx, m.ID)
		return err
	})
	if err != nil {
		return err
	}
	return s.Mail.Send(ctx, mail.Message{
		Key: "staff_setup:" + job.ID, To: mail.Address{Name: m.Name, Email: m.Email}, Lang: m.Language,
		View: mail.StaffSetup{Name: m.Name, InvitedBy: by, Role: string(m.Role), ExpiresAt: s.wall().Add(setupLife).In(m.Location()), URL: url},
	})
}
