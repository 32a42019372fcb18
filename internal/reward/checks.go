package reward

import (
	"context"
	"fmt"

	"goodword/internal/db"
	"goodword/internal/setting"
)

// Checks looks for signs of abuse. Package risk implements it. It finds and never decides.
type Checks interface {
	// Examine looks at a reward that is about to be approved and keeps what it finds. It names the check that a person must
	// decide about, "" if nothing keeps the reward. An error approves nothing (F5).
	Examine(ctx context.Context, tx db.Tx, r Reward, set setting.Settings) (string, error)
	// Failed keeps that the checks could not be made, and why.
	Failed(ctx context.Context, tx db.Tx, r Reward, why error) error
	// Decided is told that a person has released the reward, or taken it back.
	Decided(ctx context.Context, tx db.Tx, r Reward, released bool, by string) error
}

// examine is Checks.Examine, whose panic is an error like any other.
func (s *Service) examine(ctx context.Context, tx db.Tx, r Reward, set setting.Settings) (found string, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("examine reward %s: panic: %v", r.ID, p)
		}
	}()
	return s.Checks.Examine(ctx, tx, r, set)
}
