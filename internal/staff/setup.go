package staff

import (
	"context"
	"fmt"
	"time"

	"goodword/internal/audit"
	"goodword/internal/db"
	"goodword/internal/fault"
	"goodword/internal/ident"
)

const setupLife = 7 * 24 * time.Hour

func (s *Service) issueSetup(ctx context.Context, tx db.Tx, staffID string) (string, error) {
	token, now := ident.NewToken(), s.wall()
	err := insertToken(ctx, tx, tokenRow{TokenHash: token.Hash(), StaffID: staffID, Kind: setupToken, CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(setupLife)})
	return s.BaseURL + "/console/setup/" + token.Plain(), err
}

// RenewSetup ends a member's set-up links and returns a new one: for a lost link, and for a forgotten password.
// Returns NotFound, and Conflict for a disabled account.
func (s *Service) RenewSetup(ctx context.Context, actor audit.Actor, id string) (string, error) {
	var url string
	err := s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		m, err := lock(ctx, tx, id)
		if err != nil {
			return err
		}
		if m.State == Disabled {
			return fault.New(fault.Conflict, "This account is disabled.")
		}
		if err := deleteTokens(ctx, tx, id, setupToken); err != nil {
			return err
		}
		if url, err = s.issueSetup(ctx, tx, id); err != nil {
			return err
		}
		return audit.Record(ctx, tx, s.now(), audit.Entry{Actor: actor, Action: "staff.setup_renewed", Object: "staff", ObjectID: id})
	})
	if err != nil {
		return "", fmt.Errorf("renew set-up of staff %s: %w", id, err)
	}
	return url, nil
}

// SetupFor tells whose account a set-up link belongs to, for the page that asks for the password. It changes nothing.
// Returns Gone for a link that is unknown, used or too old.
func (s *Service) SetupFor(ctx context.Context, token ident.Token) (Member, error) {
	m, _, err := memberByToken(ctx, s.DB, token.Hash(), setupToken, s.wall())
	if fault.Is(err, fault.NotFound) || err == nil && m.State == Disabled {
		return Member{}, setupGone()
	}
	return m, err
}

func setupGone() error {
	return &fault.Error{Code: fault.Gone, Message: "This set-up link was used or is too old. Ask an owner for a new one.", Key: "error.link_old"}
}

// CompleteSetup sets the password and ends the link, the member's other links and all their sessions.
// Returns Gone for a link that is unknown, used or too old, and Invalid at "password" for one that is too weak.
func (s *Service) CompleteSetup(ctx context.Context, token ident.Token, password string, from Client) (Member, error) {
	m, err := s.SetupFor(ctx, token)
	if err != nil {
		return Member{}, err
	}
	if err := CheckPassword(password, m); err != nil {
		return Member{}, err
	}
	hash, err := s.hasher.hash(ctx, password)
	if err != nil {
		return Member{}, err
	}
	err = s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		// Whoever deletes the token may use it, so a link works once however many try at the same time.
		used, err := takeToken(ctx, tx, token.Hash(), setupToken, s.wall())
		if err != nil {
			return err
		}
		if !used {
			return setupGone()
		}
		if m, err = lock(ctx, tx, m.ID); err != nil {
			return err
		}
		if m.State == Disabled {
			return setupGone()
		}
		m.State = Active
		if err := save(ctx, tx, m); err != nil {
			return err
		}
		if err := setPassword(ctx, tx, m.ID, hash); err != nil {
			return err
		}
		if err := deleteTokens(ctx, tx, m.ID, setupToken, sessionToken); err != nil {
			return err
		}
		return audit.Record(ctx, tx, s.now(), audit.Entry{Actor: from.actor(m), Action: "staff.setup_completed", Object: "staff", ObjectID: m.ID})
	})
	if err != nil {
		return Member{}, fmt.Errorf("complete set-up: %w", err)
	}
	return m, nil
}

// PasswordChange is what a signed-in member changes their password with.
type PasswordChange struct {
	StaffID  string
	Old, New string
	// Keep is the session that stays; the others end if EndOthers is set.
	Keep      ident.Token
	EndOthers bool
	From      Client
}

// ChangePassword sets a new password. Returns Invalid at "old" or "new", and TooMany after too many wrong ones.
func (s *Service) ChangePassword(ctx context.Context, p PasswordChange) error {
	m, old, err := memberWithPassword(ctx, s.DB, "", p.StaffID)
	if err != nil {
		return err
	}
	if err := s.throttled(m.Email, p.From.IP); err != nil {
		return err
	}
	ok, err := s.hasher.matches(ctx, p.Old, old)
	if err != nil {
		return err
	}
	if !ok {
		var c fault.Check
		c.Add("old", "This is not your password.")
		return c.Err()
	}
	s.throttle.forgive(throttleKey(m.Email), p.From.IP)
	if err := CheckPassword(p.New, m); err != nil {
		return renameField(err, "new")
	}
	hash, err := s.hasher.hash(ctx, p.New)
	if err != nil {
		return err
	}
	err = s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		if _, err := lock(ctx, tx, m.ID); err != nil {
			return err
		}
		if err := setPassword(ctx, tx, m.ID, hash); err != nil {
			return err
		}
		if p.EndOthers {
			if err := deleteOtherSessions(ctx, tx, m.ID, p.Keep.Hash()); err != nil {
				return err
			}
		}
		return audit.Record(ctx, tx, s.now(), audit.Entry{Actor: p.From.actor(m), Action: "staff.password_changed", Object: "staff", ObjectID: m.ID})
	})
	if err != nil {
		return fmt.Errorf("change password of staff %s: %w", m.ID, err)
	}
	return nil
}

func renameField(err error, field string) error {
	e := fault.As(err)
	for i := range e.Problems {
		e.Problems[i].Field = field
	}
	return e
}
