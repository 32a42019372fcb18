package reward

import (
	"context"
	"time"

	"goodword/internal/audit"
	"goodword/internal/campaign"
	"goodword/internal/db"
)

// Gift is what the owner of a reward may know of the gift code that it came as.
type Gift struct {
	// Label is what it is good for, in the words of whoever stocked it; may be empty.
	Label string
	// ExpiresAt is the end of its last day, the zero Time where it has none.
	ExpiresAt time.Time
	// ShownAt is when it was shown for the first time. Code and PIN are empty until then; most codes have no PIN.
	ShownAt   time.Time
	Code, PIN string
}

// GiftOf returns the gift code of a reward, false where it has none that its owner may have. It shows nothing that Reveal
// has not shown before.
func (s *Service) GiftOf(ctx context.Context, r Reward) (Gift, bool, error) {
	if r.Rail != campaign.RailGiftCode || r.State != Issued && r.State != Redeemed || r.WantedMinor != nil {
		return Gift{}, false, nil
	}
	c, ok, err := codeOf(ctx, s.DB, r.ID)
	if err != nil || !ok {
		return Gift{}, false, err
	}
	g, err := s.gift(c)
	return g, err == nil, err
}

func (s *Service) gift(c giftCode) (Gift, error) {
	g := Gift{Label: c.Label, ExpiresAt: c.ExpiresAt.UTC(), ShownAt: c.ShownAt}
	if c.ExpiresAt.IsZero() {
		g.ExpiresAt = time.Time{}
	}
	if c.ShownAt.IsZero() {
		return g, nil
	}
	secret, err := s.unseal(c)
	g.Code, g.PIN = secret.Code, secret.PIN
	return g, err
}

// Reveal shows a customer their gift code and keeps when that was: from then on its value is gone. Whoever calls it has made
// sure, by a code to the address on file, that it is the customer (S3). Again returns the same and changes nothing.
//
// Returns NotFound also for somebody else's reward, and Conflict while there is no code to show, while it is being taken
// back, or while payouts are paused.
func (s *Service) Reveal(ctx context.Context, customerID, rewardID string) (Gift, error) {
	var c giftCode
	_, err := s.locked(ctx, rewardID, func(ctx context.Context, tx db.Tx, r *Reward) error {
		switch {
		case r.CustomerID == "" || r.CustomerID != customerID:
			return unknown()
		case r.Rail != campaign.RailGiftCode || r.State != Issued && r.State != Redeemed:
			return moved(*r)
		}
		p, ok, err := lockLive(ctx, tx, r.ID)
		if err != nil {
			return err
		}
		if !ok {
			return notShown()
		}
		if c, ok, err = boundTo(ctx, tx, p.ID); err != nil {
			return err
		}
		switch {
		case ok && r.State == Redeemed && !c.ShownAt.IsZero():
			return nil
		case !ok || r.State != Issued || p.State != Settled || r.WantedMinor != nil:
			return notShown()
		}
		if running, err := s.running(ctx, tx, p.Rail, r.CampaignID); err != nil {
			return err
		} else if !running {
			return notShown()
		}
		by := change{event: Redeem, actor: audit.Actor{Kind: audit.KindCustomer, ID: customerID}, at: s.now(), reason: "shown"}
		c.ShownAt = by.at
		if err := show(ctx, tx, c.ID, by.at); err != nil {
			return err
		}
		err = audit.Record(ctx, tx, by.at, audit.Entry{Actor: by.actor, Action: "gift_code.shown", Object: "gift_code", ObjectID: c.ID,
			After: map[string]string{"reward_id": r.ID, "payout_id": p.ID}})
		if err != nil {
			return err
		}
		return s.step(ctx, tx, r, by)
	})
	if err != nil {
		return Gift{}, err
	}
	return s.gift(c)
}
