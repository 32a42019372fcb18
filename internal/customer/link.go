package customer

import (
	"time"

	"github.com/uptrace/bun"
)

// Purpose says which page a private link opens. A link works for its own purpose only.
type Purpose string

// The purposes, with the addresses that they open.
const (
	ForCustomer    Purpose = "customer"    // /c/{token}
	ForProspect    Purpose = "prospect"    // /i/{token}
	ForUnsubscribe Purpose = "unsubscribe" // /u/{token}
)

func (p Purpose) path() string {
	switch p {
	case ForCustomer:
		return "/c/"
	case ForProspect:
		return "/i/"
	}
	return "/u/"
}

// Link is a row of table private_link: a capability for one purpose and one subject. A customer's link belongs to one
// invitation; a prospect's to one introduction; one to unsubscribe to whoever got the mail. The token is kept as a hash
// for look-up and sealed, because some pages must show the link again.
type Link struct {
	bun.BaseModel `bun:"table:private_link,alias:private_link"`

	ID             string    `bun:"id,pk"`
	TokenHash      string    `bun:"token_hash"`
	TokenSealed    string    `bun:"token_sealed"`
	Purpose        Purpose   `bun:"purpose"`
	CustomerID     string    `bun:"customer_id,nullzero"`
	InvitationID   string    `bun:"invitation_id,nullzero"`
	IntroductionID string    `bun:"introduction_id,nullzero"`
	ExpiresAt      time.Time `bun:"expires_at"`
	RevokedAt      time.Time `bun:"revoked_at,nullzero"`
	CreatedAt      time.Time `bun:"created_at"`
}

// Opened is what a prospect's living link leads to.
type Opened struct {
	LinkID, IntroductionID string
	// Version is the introduction's at this moment, so that its page needs no second look-up to know whether it is still as
	// it was drawn.
	Version int64
}

// Alive reports whether the link opens its page at now.
func (l Link) Alive(now time.Time) bool { return l.RevokedAt.IsZero() && now.Before(l.ExpiresAt) }

// NewLink is what a link is issued for.
type NewLink struct {
	Purpose        Purpose
	CustomerID     string // empty for a prospect
	InvitationID   string
	IntroductionID string
	ExpiresAt      time.Time
}

// Subject finds links; the fields that are set must be equal.
type Subject struct {
	Purpose        Purpose
	CustomerID     string
	InvitationID   string
	IntroductionID string
}
