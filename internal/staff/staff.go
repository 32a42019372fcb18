// Package staff keeps the people with an account: their roles and what each role may do, sign-in, sessions and API keys,
// who stands in for whom, and the half hours that a prospect may choose from.
package staff

import (
	"time"

	"github.com/uptrace/bun"
)

// State says whether a member can sign in.
type State string

// The states of a member.
const (
	Invited  State = "invited" // has a set-up link, no password yet
	Active   State = "active"
	Disabled State = "disabled"
)

// Member is a row of table staff, without its password.
type Member struct {
	bun.BaseModel `bun:"table:staff,alias:staff"`

	ID       string `bun:"id,pk"`
	Email    string `bun:"email"`
	Name     string `bun:"name"`
	Role     Role   `bun:"role"`
	State    State  `bun:"state"`
	Division string `bun:"division"`
	Phone    string `bun:"phone"`
	// Title is shown to customers and prospects beside the name.
	Title    string `bun:"title"`
	Language string `bun:"language"`
	// Zone is an IANA time zone; working hours are in it.
	Zone string `bun:"zone"`
	// DeputyID is who acts while the member is away; AwayUntil is zero when they are here.
	DeputyID  string    `bun:"deputy_id,nullzero"`
	AwayUntil time.Time `bun:"away_until,nullzero"`
	// WorkFrom and WorkUntil are full hours, Monday to Friday.
	WorkFrom  int       `bun:"work_from"`
	WorkUntil int       `bun:"work_until"`
	Version   int64     `bun:"version"`
	CreatedAt time.Time `bun:"created_at"`
}

// Away reports whether the member is on leave at now.
func (m Member) Away(now time.Time) bool { return now.Before(m.AwayUntil) }

// Location is the member's time zone, UTC if it is not known on this machine.
func (m Member) Location() *time.Location {
	if loc, err := time.LoadLocation(m.Zone); err == nil && m.Zone != "Local" {
		return loc
	}
	return time.UTC
}

// Key is a row of table api_key, without its token.
type Key struct {
	bun.BaseModel `bun:"table:api_key,alias:api_key"`

	ID   string `bun:"id,pk"`
	Name string `bun:"name"`
	Role Role   `bun:"role"`
	// Hint is how the token begins, to tell keys apart.
	Hint string `bun:"hint"`
	// MadeBy is the colleague by whose hand it acts; empty where nobody knows.
	MadeBy    string    `bun:"made_by"`
	CreatedAt time.Time `bun:"created_at"`
	UsedAt    time.Time `bun:"used_at,nullzero"`
	RevokedAt time.Time `bun:"revoked_at,nullzero"`
}
