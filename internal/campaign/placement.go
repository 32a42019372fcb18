package campaign

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"goodword/internal/audit"
	"goodword/internal/db"
	"goodword/internal/fault"
	"goodword/internal/ident"
)

// codeLength makes a public code that can be typed from paper; a guess of one that exists gains nothing.
const codeLength = 8

// Placement is a row of table placement: a public QR or link on a poster, receipt or signature. It names nobody.
type Placement struct {
	bun.BaseModel `bun:"table:placement,alias:placement"`

	ID         string `bun:",pk"`
	Code       string
	CampaignID string
	Name       string
	CreatedAt  time.Time
	EndedAt    time.Time `bun:",nullzero"`
}

// ShareLink is a row of table share_link: a customer's reusable link, which they may pass on. It opens nothing of theirs.
type ShareLink struct {
	bun.BaseModel `bun:"table:share_link,alias:share_link"`

	Code       string `bun:",pk"`
	CustomerID string
	CampaignID string
	// OfferID is what the campaign promised when the link was made.
	OfferID   string
	CreatedAt time.Time
	RevokedAt time.Time `bun:",nullzero"`
}

// AddPlacement makes a public code for a place, such as "Poster in the entrance". Returns NotFound, Invalid, and Conflict
// for a campaign that has ended.
func (s *Service) AddPlacement(ctx context.Context, actor audit.Actor, campaignID, name string) (Placement, error) {
	name = strings.TrimSpace(name)
	var check fault.Check
	check.Required("name", name)
	check.That(utf8.RuneCountInString(name) <= maxName, "name", "Please use at most 120 characters.")
	if err := check.Err(); err != nil {
		return Placement{}, err
	}
	p := Placement{ID: ident.New(), Code: ident.NewCode(codeLength), CampaignID: campaignID, Name: name, CreatedAt: s.now()}
	err := s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		c, err := ByID(ctx, tx, campaignID)
		if err != nil {
			return err
		}
		if c.State == Ended {
			return fault.New(fault.Conflict, "This campaign has ended.")
		}
		if err := insertPlacement(ctx, tx, p); err != nil {
			return err
		}
		return audit.Record(ctx, tx, p.CreatedAt, audit.Entry{Actor: actor, Action: "placement.created", Object: "placement", ObjectID: p.ID})
	})
	if err != nil {
		return Placement{}, fmt.Errorf("add placement to campaign %s: %w", campaignID, err)
	}
	return p, nil
}

// EndPlacement closes a public code. Ending twice changes nothing. Returns NotFound.
func (s *Service) EndPlacement(ctx context.Context, actor audit.Actor, id string) error {
	return s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		if err := endPlacement(ctx, tx, id, s.now()); err != nil {
			return err
		}
		return audit.Record(ctx, tx, s.now(), audit.Entry{Actor: actor, Action: "placement.ended", Object: "placement", ObjectID: id})
	})
}

// Placements returns the placements of a campaign, or of all campaigns when campaignID is empty, the newest first.
func (s *Service) Placements(ctx context.Context, campaignID string, p db.Page) (db.List[Placement], error) {
	return placements(ctx, s.DB, campaignID, p)
}

// PlacementByCode returns the placement behind /q/{code}. Returns NotFound for an unknown code, and Gone together with
// the placement when it has ended.
func (s *Service) PlacementByCode(ctx context.Context, idb bun.IDB, code string) (Placement, error) {
	p, err := placementByCode(ctx, idb, code)
	if err == nil && !p.EndedAt.IsZero() {
		return p, &fault.Error{Code: fault.Gone, Message: "This has ended.", Key: "error.gone"}
	}
	return p, err
}

// PlacementURL returns the address of a placement.
func (s *Service) PlacementURL(code string) string { return s.BaseURL + "/q/" + code }

// ShareURL returns the address of a share link.
func (s *Service) ShareURL(code string) string { return s.BaseURL + "/r/" + code }

// ShareLink returns the customer's reusable code for a campaign and makes it the first time, under the offer of that
// moment. Returns NotFound for an unknown campaign.
func (s *Service) ShareLink(ctx context.Context, tx db.Tx, customerID, campaignID string) (code string, err error) {
	c, err := ByID(ctx, tx, campaignID)
	if err != nil {
		return "", err
	}
	codes, err := ShareCodesTx(ctx, tx, c, []string{customerID}, s.now())
	return codes[customerID], err
}

// ShareCodesTx returns the share codes of many customers for one campaign, by customer, and makes those that are missing;
// now is business time.
func ShareCodesTx(ctx context.Context, tx db.Tx, c Campaign, customerIDs []string, now time.Time) (map[string]string, error) {
	rows := make([]ShareLink, len(customerIDs))
	for i, id := range customerIDs {
		rows[i] = ShareLink{Code: ident.NewCode(codeLength), CustomerID: id, CampaignID: c.ID, OfferID: c.OfferID, CreatedAt: now}
	}
	// One order everywhere, so that two workers with the same customers cannot wait for one another.
	slices.SortFunc(rows, func(a, b ShareLink) int { return cmp.Compare(a.CustomerID, b.CustomerID) })
	return shareCodes(ctx, tx, c.ID, rows)
}

// ShareByCode returns the share link behind /r/{code}. Returns NotFound for an unknown code, and Gone together with the
// link when it was revoked.
func (s *Service) ShareByCode(ctx context.Context, idb bun.IDB, code string) (ShareLink, error) {
	l, err := shareByCode(ctx, idb, code)
	if err == nil && !l.RevokedAt.IsZero() {
		return l, &fault.Error{Code: fault.Gone, Message: "This link has ended.", Key: "error.gone"}
	}
	return l, err
}

// RevokeSharesTx ends every share link of a customer, in the caller's transaction; now is business time.
func RevokeSharesTx(ctx context.Context, tx db.Tx, customerID string, now time.Time) error {
	return revokeShares(ctx, tx, customerID, now)
}
