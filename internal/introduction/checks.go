package introduction

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"goodword/internal/audit"
	"goodword/internal/db"
	"goodword/internal/ident"
)

// Origin is the browser and the address that a request came from. It is only ever kept as keyed hashes.
type Origin struct {
	// Device is the browser's cookie; empty for a new one.
	Device ident.Token
	IP     netip.Addr
	// Prospect is true for the answer, false for the introduction itself.
	Prospect bool
}

// Checks looks for signs of abuse. Package risk implements it. Whatever it finds, nobody outside is answered otherwise, or
// later, because of it (S7, S8), and nothing is rejected by it.
type Checks interface {
	// Noticed is told of an introduction that was made, answered or won, in the same transaction.
	Noticed(ctx context.Context, tx db.Tx, row Introduction, from Origin) error
	// Cleared is told that a person has looked at an introduction and let it go on.
	Cleared(ctx context.Context, tx db.Tx, introductionID string, actor audit.Actor) error
}

// Lock locks an introduction in the caller's transaction, for what is found out about it. Returns NotFound.
func Lock(ctx context.Context, tx db.Tx, id string) (Introduction, error) { return lock(ctx, tx, id) }

// Flag puts a locked introduction up for review because of what a check found, once: what a person has cleared is put up again
// only by a person, or when something else is found.
func Flag(ctx context.Context, tx db.Tx, row *Introduction, what string, now time.Time) error {
	if row.Review == "to_review" || row.Review == "cleared" && row.Flagged == what {
		return nil
	}
	err := update(ctx, tx, row, change{what: "flagged", actor: audit.System("risk.look"), reason: what, at: now}, func(i *Introduction) {
		i.Flagged, i.Review = what, "to_review"
	})
	if err != nil {
		return fmt.Errorf("flag introduction %s: %w", row.ID, err)
	}
	return nil
}
