package invitation

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"goodword/internal/audit"
	"goodword/internal/campaign"
	"goodword/internal/customer"
	"goodword/internal/db"
	"goodword/internal/fault"
	"goodword/internal/mail"
)

// Scope says what a customer wants to hear no more of.
type Scope string

// The scopes of the unsubscribe form.
const (
	ScopeCampaign Scope = "campaign"
	ScopeAll      Scope = "all"
)

// suppressed returns which of the people are on the stop list for marketing of a campaign, by their mail address. Few are
// on it at all, so that one question for all of them spares the others a question of their own.
func (s *Service) suppressed(ctx context.Context, idb bun.IDB, campaignID string, people []customer.Customer) (map[string]bool, error) {
	blinds := make([]string, 0, len(people))
	for _, p := range people {
		blinds = append(blinds, s.Customers.StopList.Blind(p.Email()))
	}
	listed, err := listedAmong(ctx, idb, blinds)
	if err != nil {
		return nil, err
	}
	out := map[string]bool{}
	for i, p := range people {
		if !listed[blinds[i]] {
			continue
		}
		stopped, err := s.Customers.StopList.Suppressed(ctx, idb, p.Email(), campaignID, mail.Marketing)
		if err != nil {
			return nil, fmt.Errorf("customer %s: %w", p.ID, err)
		}
		if stopped {
			out[p.ID] = true
		}
	}
	return out, nil
}

// Unsubscribe ends the mails of one campaign, or every ask, for the customer behind a link; about people they introduced
// they still hear. Twice changes nothing. The link may be the one to unsubscribe or that of the customer's page; where it
// belongs to no invitation, its campaign is not known and every ask ends.
// Returns Invalid for another scope and for a link that belongs to no customer.
func (s *Service) Unsubscribe(ctx context.Context, link customer.Link, scope Scope) error {
	if scope != ScopeCampaign && scope != ScopeAll {
		return &fault.Error{Code: fault.Invalid, Message: "Please choose what to stop.", Key: "error.invalid",
			Problems: []fault.Problem{{Field: "scope", Key: "problem.choose", Message: "Please choose one."}}}
	}
	if link.CustomerID == "" {
		return fault.New(fault.Invalid, "This link belongs to no customer.")
	}
	err := s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		c, err := s.Customers.ByID(ctx, tx, link.CustomerID)
		if err != nil {
			return err
		}
		campaignID := ""
		if scope == ScopeCampaign && link.InvitationID != "" {
			i, err := byID(ctx, tx, link.InvitationID)
			if err != nil {
				return err
			}
			campaignID = i.CampaignID
		}
		for _, a := range c.Addresses {
			if a.Kind != customer.Email {
				continue
			}
			stopScope := mail.All
			if campaignID != "" {
				stopScope = campaignID
			}
			if err := s.Customers.StopList.Suppress(ctx, tx, a.Value, stopScope, mail.Unsubscribed); err != nil {
				return err
			}
		}
		if campaignID == "" && c.StoppedAt.IsZero() {
			if err := s.Customers.Stop(ctx, tx, c.ID); err != nil {
				return err
			}
		}
		return s.stopOpen(ctx, tx, audit.Actor{Kind: audit.KindCustomer, ID: c.ID}, c.ID, campaignID, ReasonUnsubscribed)
	})
	if err != nil {
		return fmt.Errorf("unsubscribe customer %s: %w", link.CustomerID, err)
	}
	return nil
}

// StopAll ends every open invitation of a customer in the caller's transaction: they asked for no more, complained, or
// were erased. Reason is one of the short names.
func (s *Service) StopAll(ctx context.Context, tx db.Tx, actor audit.Actor, customerID, reason string) error {
	return s.stopOpen(ctx, tx, actor, customerID, "", reason)
}

// Erase is the customer.Eraser of this package: open invitations end, and share links open nothing any more. Rows stay,
// because they hold ids only; the links' tokens are destroyed by package customer.
func (s *Service) Erase(ctx context.Context, tx db.Tx, customerID string) error {
	if err := s.StopAll(ctx, tx, audit.System("customer.erase"), customerID, customer.SkipErased); err != nil {
		return err
	}
	return campaign.RevokeSharesTx(ctx, tx, customerID, s.now())
}

func (s *Service) stopOpen(ctx context.Context, tx db.Tx, actor audit.Actor, customerID, campaignID, reason string) error {
	open, err := openOf(ctx, tx, customerID, campaignID)
	if err != nil {
		return err
	}
	for _, id := range open {
		if _, err := s.move(ctx, tx, actor, id, verbStop, "stopped", func(i *Invitation) { i.StoppedReason = reason }); err != nil {
			return err
		}
	}
	return nil
}

// Stop ends one invitation: no mail and no reminder goes out any more; its page stays open. Stopping twice, or one that
// was answered, changes nothing. Returns NotFound.
func (s *Service) Stop(ctx context.Context, actor audit.Actor, id, reason string) error {
	err := s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		_, err := s.move(ctx, tx, actor, id, verbStop, "stopped", func(i *Invitation) { i.StoppedReason = reason })
		return err
	})
	if err != nil {
		return fmt.Errorf("stop invitation %s: %w", id, err)
	}
	return nil
}

// NotNow is the customer's "not now": this ask ends quietly, and the contact budget counts from today. Returns NotFound.
func (s *Service) NotNow(ctx context.Context, id string) error {
	err := s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		i, err := byID(ctx, tx, id)
		if err != nil {
			return err
		}
		actor := audit.Actor{Kind: audit.KindCustomer, ID: i.CustomerID}
		if _, err := s.move(ctx, tx, actor, id, verbStop, "stopped", func(i *Invitation) { i.StoppedReason = ReasonNotNow }); err != nil {
			return err
		}
		return s.Customers.Asked(ctx, tx, i.CustomerID, s.now())
	})
	if err != nil {
		return fmt.Errorf("put off invitation %s: %w", id, err)
	}
	return nil
}

// Answered notes, in the caller's transaction, that the customer answered: with a draft that was sent, a testimonial or
// any other form of the campaign. No reminder follows. Twice changes nothing; a late answer counts. Returns NotFound.
func (s *Service) Answered(ctx context.Context, tx db.Tx, id string) error {
	i, err := byID(ctx, tx, id)
	if err != nil {
		return err
	}
	actor := audit.Actor{Kind: audit.KindCustomer, ID: i.CustomerID}
	if _, err := s.move(ctx, tx, actor, id, verbAnswer, "answered", func(i *Invitation) { i.AnsweredAt = s.now() }); err != nil {
		return fmt.Errorf("answer invitation %s: %w", id, err)
	}
	return nil
}

// Expire is the sweep that ends invitations whose time is over, and planned ones whose campaign has ended.
func (s *Service) Expire(ctx context.Context) error {
	const chunk = 200
	for {
		over, orphaned, err := expired(ctx, s.DB, s.now(), chunk)
		if err != nil {
			return err
		}
		err = s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
			actor := audit.System("invitation.expire")
			for _, id := range over {
				if _, err := s.move(ctx, tx, actor, id, verbExpire, "expired", nil); err != nil {
					return err
				}
			}
			for _, id := range orphaned {
				if _, err := s.move(ctx, tx, actor, id, verbStop, "stopped", func(i *Invitation) { i.StoppedReason = ReasonEnded }); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("expire invitations: %w", err)
		}
		if len(over) < chunk && len(orphaned) < chunk {
			return nil
		}
	}
}

// move is the one shape of a transition: lock, apply, save, record.
func (s *Service) move(ctx context.Context, tx db.Tx, actor audit.Actor, id string, v verb, what string, set func(*Invitation)) (Invitation, error) {
	i, err := lock(ctx, tx, id)
	if err != nil {
		return Invitation{}, err
	}
	moved, err := i.apply(v)
	if err != nil || !moved {
		return i, err
	}
	// A claim ends with the state in which it was made.
	i.ClaimedAt = time.Time{}
	if set != nil {
		set(&i)
	}
	if err := save(ctx, tx, i); err != nil {
		return Invitation{}, err
	}
	return i, s.record(ctx, tx, actor, i, what, s.now())
}
