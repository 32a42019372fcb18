package staff

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"goodword/internal/audit"
	"goodword/internal/db"
	"goodword/internal/fault"
)

// Patch is what changes about a member; nil fields stay.
type Patch struct {
	Email, Name                            *string
	Role                                   *Role
	Division, Phone, Title, Language, Zone *string
	// DeputyID may be empty for none; AwayUntil zero for back again.
	DeputyID            *string
	AwayUntil           *time.Time
	WorkFrom, WorkUntil *int
}

// Update changes a member. ifVersion is the version that the editor saw; a negative one means any. A changed role ends the
// member's sessions.
//
// Returns NotFound, Invalid with every problem at its field, and Conflict when the member was changed in between, the
// address has another account, or the last active owner would lose the role.
func (s *Service) Update(ctx context.Context, actor audit.Actor, id string, p Patch, ifVersion int64) (Member, error) {
	var m Member
	err := s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		var err error
		if m, err = lock(ctx, tx, id); err != nil {
			return err
		}
		if ifVersion >= 0 && m.Version != ifVersion+1 {
			return &fault.Error{Code: fault.Conflict, Message: "Somebody changed this in the meantime. Please look again.", Key: "error.conflict"}
		}
		before := m
		p.apply(&m)
		if err := m.check(); err != nil {
			return err
		}
		if err := s.checkDeputy(ctx, tx, m); err != nil {
			return err
		}
		if err := save(ctx, tx, m); err != nil {
			return err
		}
		if m.Role != before.Role {
			if before.Role == Owner {
				if err := ownersLeft(ctx, tx); err != nil {
					return err
				}
			}
			if err := deleteTokens(ctx, tx, id, sessionToken); err != nil {
				return err
			}
		}
		return audit.Record(ctx, tx, s.now(), audit.Entry{Actor: actor, Action: "staff.updated", Object: "staff", ObjectID: id,
			Before: before.kept(), After: m.kept()})
	})
	if err != nil {
		return Member{}, fmt.Errorf("update staff %s: %w", id, err)
	}
	return m, nil
}

func (p Patch) apply(m *Member) {
	if p.Email != nil {
		m.Email = strings.TrimSpace(*p.Email)
	}
	for _, f := range []struct{ to, from *string }{{&m.Name, p.Name}, {&m.Division, p.Division}, {&m.Phone, p.Phone}, {&m.Title, p.Title},
		{&m.Language, p.Language}, {&m.Zone, p.Zone}, {&m.DeputyID, p.DeputyID}} {
		if f.from != nil {
			*f.to = line(*f.from)
		}
	}
	if p.Role != nil {
		m.Role = *p.Role
	}
	if p.AwayUntil != nil {
		m.AwayUntil = p.AwayUntil.UTC().Truncate(time.Microsecond)
	}
	if p.WorkFrom != nil {
		m.WorkFrom = *p.WorkFrom
	}
	if p.WorkUntil != nil {
		m.WorkUntil = *p.WorkUntil
	}
}

// kept is what the audit keeps of a member.
func (m Member) kept() any {
	return struct {
		Role     Role   `json:"role"`
		State    State  `json:"state"`
		Email    string `json:"email"`
		Division string `json:"division"`
		DeputyID string `json:"deputy_id"`
	}{m.Role, m.State, m.Email, m.Division, m.DeputyID}
}

func (s *Service) checkDeputy(ctx context.Context, tx db.Tx, m Member) error {
	if m.DeputyID == "" {
		return nil
	}
	var c fault.Check
	d, err := memberByID(ctx, tx, m.DeputyID)
	switch {
	case fault.Is(err, fault.NotFound), err == nil && d.State == Disabled:
		c.Add("deputy_id", "This colleague does not exist or is no longer here.")
	case err != nil:
		return err
	case d.ID == m.ID:
		c.Add("deputy_id", "Nobody can be their own deputy.")
	}
	return c.Err()
}

// ByID returns a member. Returns NotFound.
func (s *Service) ByID(ctx context.Context, idb bun.IDB, id string) (Member, error) {
	return memberByID(ctx, idb, id)
}

// Here reports whether a colleague exists and was not disabled, so that something may be given to them.
func Here(ctx context.Context, idb bun.IDB, id string) (bool, error) {
	m, err := memberByID(ctx, idb, id)
	if fault.Is(err, fault.NotFound) {
		return false, nil
	}
	return err == nil && m.State != Disabled, err
}

// ByEmail returns the member with an address, without case. Returns NotFound.
func (s *Service) ByEmail(ctx context.Context, idb bun.IDB, email string) (Member, error) {
	m, _, err := memberWithPassword(ctx, idb, email, "")
	return m, err
}

// List lists all members, disabled ones last, by name.
func (s *Service) List(ctx context.Context, idb bun.IDB) ([]Member, error) { return members(ctx, idb) }
