package staff

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"goodword/internal/audit"
	"goodword/internal/db"
	"goodword/internal/fault"
	"goodword/internal/ident"
)

// keyPrefix tells our keys from others, for people and for scanners of leaked secrets.
const keyPrefix = "gw_"

// AddKey makes an API key and returns it with its token, which is never shown again.
// Returns Invalid with every problem at its field.
func (s *Service) AddKey(ctx context.Context, actor audit.Actor, name string, role Role) (Key, ident.Token, error) {
	name = line(name)
	var c fault.Check
	c.Required("name", name)
	c.That(utf8.RuneCountInString(name) <= 100, "name", "This is too long.")
	c.That(slices.Contains(Roles, role), "role", "The role is owner, finance, marketer, rep or viewer.")
	if err := c.Err(); err != nil {
		return Key{}, "", err
	}
	token := ident.Token(keyPrefix + ident.NewToken().Plain())
	k := Key{ID: ident.New(), Name: name, Role: role, Hint: token.Plain()[:len(keyPrefix)+4] + "…", CreatedAt: s.now()}
	err := s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		if actor.Kind != audit.KindSystem {
			hands, err := s.Hands(ctx, tx, actor.ID)
			if err != nil {
				return err
			}
			k.MadeBy = hands[actor.ID]
		}
		if err := insertKey(ctx, tx, k, token.Hash()); err != nil {
			return err
		}
		return audit.Record(ctx, tx, s.now(), audit.Entry{Actor: actor, Action: "api_key.added", Object: "api_key", ObjectID: k.ID,
			After: map[string]any{"name": k.Name, "role": k.Role}})
	})
	if err != nil {
		return Key{}, "", fmt.Errorf("add API key: %w", err)
	}
	return k, token, nil
}

// Hands names who stands behind each of some ids that have acted: a colleague for themselves, behind an API key whoever made it.
// So nobody is two people with the help of a key. What is neither, or a key of unknown making, stands for itself.
func (s *Service) Hands(ctx context.Context, idb bun.IDB, ids ...string) (map[string]string, error) {
	made, err := makers(ctx, idb, ids)
	if err != nil {
		return nil, err
	}
	out := make(map[string]string, len(ids))
	for _, id := range ids {
		out[id] = id
		if by := made[id]; by != "" {
			out[id] = by
		}
	}
	return out, nil
}

// ListKeys lists all keys, revoked ones too, newest first.
func (s *Service) ListKeys(ctx context.Context) ([]Key, error) { return keys(ctx, s.DB) }

// RevokeKey ends a key at once. Revoking twice changes nothing. Returns NotFound.
func (s *Service) RevokeKey(ctx context.Context, actor audit.Actor, id string) error {
	err := s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		revoked, err := revokeKey(ctx, tx, id, s.now())
		if err != nil || !revoked {
			return err
		}
		return audit.Record(ctx, tx, s.now(), audit.Entry{Actor: actor, Action: "api_key.revoked", Object: "api_key", ObjectID: id})
	})
	if err != nil {
		return fmt.Errorf("revoke API key %s: %w", id, err)
	}
	return nil
}

// AuthenticateKey returns the key to which a token belongs. Returns Unauthenticated for an unknown or revoked one.
func (s *Service) AuthenticateKey(ctx context.Context, token ident.Token) (Key, error) {
	if !strings.HasPrefix(token.Plain(), keyPrefix) {
		return Key{}, badKey()
	}
	k, err := keyByHash(ctx, s.DB, token.Hash())
	if fault.Is(err, fault.NotFound) || err == nil && !k.RevokedAt.IsZero() {
		return Key{}, badKey()
	}
	if err != nil {
		return Key{}, err
	}
	if now := s.now(); now.Sub(k.UsedAt) >= seenEvery {
		if err := s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error { return seeKey(ctx, tx, k.ID, now) }); err != nil {
			return Key{}, fmt.Errorf("note use of API key %s: %w", k.ID, err)
		}
	}
	return k, nil
}

func badKey() error {
	return &fault.Error{Code: fault.Unauthenticated, Message: "This API key is not valid.", Key: "error.unauthenticated"}
}
