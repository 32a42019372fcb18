package staff

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"goodword/internal/audit"
	"goodword/internal/db"
	"goodword/internal/fault"
	"goodword/internal/ident"
)

// Sessions end after this time without use, and after this time in any case.
const (
	SessionIdle     = 12 * time.Hour
	SessionAbsolute = 7 * 24 * time.Hour
)

// seenEvery is how exactly the last use of sessions and keys is known. A read must not cost a write.
const seenEvery = 15 * time.Minute

// Client is where a request to sign in comes from.
type Client struct {
	IP        string
	RequestID string
	// Previous is the session that the browser brought along; signing in ends it.
	Previous ident.Token
}

func (c Client) actor(m Member) audit.Actor {
	return audit.Actor{Kind: audit.KindStaff, ID: m.ID, Name: m.Name, Role: string(m.Role), IP: c.IP, RequestID: c.RequestID}
}

// SignIn starts a session and returns its token for the cookie. The token is always new.
//
// Returns Unauthenticated with the same message for an unknown address, a wrong password, and an account that is not active;
// all three cost the same queries and the same hashing. Returns TooMany after ten tries from one network address; other
// network addresses keep at least one try, so nobody can lock an owner out.
func (s *Service) SignIn(ctx context.Context, email, password string, from Client) (ident.Token, Member, error) {
	if err := s.throttled(email, from.IP); err != nil {
		return "", Member{}, err
	}
	if len(password) > 4*passwordMost {
		password = password[:4*passwordMost]
	}
	m, hash, err := memberWithPassword(ctx, s.DB, email, "")
	if err != nil && !fault.Is(err, fault.NotFound) {
		return "", Member{}, err
	}
	ok, err := s.hasher.matches(ctx, password, hash)
	if err != nil {
		return "", Member{}, err
	}
	if !ok || m.State != Active {
		return "", Member{}, s.refuse(ctx, m, from)
	}
	token, now := ident.NewToken(), s.wall()
	err = s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		// The account may have been disabled since the look-up.
		fresh, err := memberByID(ctx, tx, m.ID)
		if err != nil {
			return err
		}
		if fresh.State != Active {
			return badSignIn()
		}
		m = fresh
		if from.Previous != "" {
			if _, err := takeToken(ctx, tx, from.Previous.Hash(), sessionToken, time.Time{}); err != nil {
				return err
			}
		}
		row := tokenRow{TokenHash: token.Hash(), StaffID: m.ID, Kind: sessionToken, CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(SessionAbsolute)}
		if err := insertToken(ctx, tx, row); err != nil {
			return err
		}
		return audit.Record(ctx, tx, s.now(), audit.Entry{Actor: from.actor(m), Action: "staff.signed_in", Object: "staff", ObjectID: m.ID})
	})
	if err != nil {
		return "", Member{}, fmt.Errorf("sign in: %w", err)
	}
	s.throttle.forgive(throttleKey(email), from.IP)
	return token, m, nil
}

// refuse keeps the refusal in the audit; for an unknown address with an empty id, so that both cost the same.
func (s *Service) refuse(ctx context.Context, m Member, from Client) error {
	err := s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		return audit.Record(ctx, tx, s.now(), audit.Entry{
			Actor:  audit.Actor{Kind: audit.KindSystem, Name: "sign-in", IP: from.IP, RequestID: from.RequestID},
			Action: "staff.sign_in_refused", Object: "staff", ObjectID: m.ID,
		})
	})
	if err != nil {
		return fmt.Errorf("refuse sign-in: %w", err)
	}
	return badSignIn()
}

func badSignIn() error {
	return &fault.Error{Code: fault.Unauthenticated, Message: "The address or the password is not right."}
}

func (s *Service) throttled(email, ip string) error {
	if wait, ok := s.throttle.take(throttleKey(email), ip); !ok {
		return fault.Newf(fault.TooMany, "Too many tries. Please wait %d minutes.", int(wait/time.Minute)+1)
	}
	return nil
}

// throttleKey bounds what a stranger can make us remember.
func throttleKey(email string) string {
	sum := sha256.Sum256([]byte(strings.ToLower(strings.TrimSpace(email))))
	return hex.EncodeToString(sum[:8])
}

// SignOut ends a session. An unknown token is no error.
func (s *Service) SignOut(ctx context.Context, token ident.Token, from Client) error {
	err := s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		m, _, err := memberByToken(ctx, tx, token.Hash(), sessionToken, s.wall())
		if fault.Is(err, fault.NotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		if _, err := takeToken(ctx, tx, token.Hash(), sessionToken, time.Time{}); err != nil {
			return err
		}
		return audit.Record(ctx, tx, s.now(), audit.Entry{Actor: from.actor(m), Action: "staff.signed_out", Object: "staff", ObjectID: m.ID})
	})
	if err != nil {
		return fmt.Errorf("sign out: %w", err)
	}
	return nil
}

// Authenticate returns the member to whom a session belongs. Returns Unauthenticated for a session that is unknown, was
// idle or alive for too long, or belongs to an account that is not active: disabling takes effect at once.
func (s *Service) Authenticate(ctx context.Context, token ident.Token) (Member, error) {
	now := s.wall()
	m, row, err := memberByToken(ctx, s.DB, token.Hash(), sessionToken, now)
	if fault.Is(err, fault.NotFound) || err == nil && (m.State != Active || now.Sub(row.SeenAt) >= SessionIdle) {
		return Member{}, signInFirst()
	}
	if err != nil {
		return Member{}, err
	}
	if now.Sub(row.SeenAt) >= seenEvery {
		err := s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error { return seeToken(ctx, tx, row.TokenHash, now) })
		if err != nil {
			return Member{}, fmt.Errorf("keep session of staff %s alive: %w", m.ID, err)
		}
	}
	return m, nil
}

func signInFirst() error {
	return &fault.Error{Code: fault.Unauthenticated, Message: "Please sign in first.", Key: "error.unauthenticated"}
}

// EndSessions ends every session of a member. Returns NotFound.
func (s *Service) EndSessions(ctx context.Context, actor audit.Actor, id string) error {
	err := s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		if _, err := lock(ctx, tx, id); err != nil {
			return err
		}
		if err := deleteTokens(ctx, tx, id, sessionToken); err != nil {
			return err
		}
		return audit.Record(ctx, tx, s.now(), audit.Entry{Actor: actor, Action: "staff.sessions_ended", Object: "staff", ObjectID: id})
	})
	if err != nil {
		return fmt.Errorf("end sessions of staff %s: %w", id, err)
	}
	return nil
}

// Purge is the sweep that deletes sessions and set-up links that have ended. It returns how many went.
func (s *Service) Purge(ctx context.Context) (int64, error) {
	var n int64
	err := s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		var err error
		n, err = purgeTokens(ctx, tx, s.wall(), s.wall().Add(-SessionIdle))
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("purge sessions: %w", err)
	}
	return n, nil
}
