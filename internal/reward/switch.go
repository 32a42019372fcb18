package reward

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"goodword/internal/audit"
	"goodword/internal/campaign"
	"goodword/internal/db"
	"goodword/internal/fault"
	"goodword/internal/staff"
)

// ScopeAll is the scope of every payout.
const ScopeAll = "all"

// RailScope is the scope of one rail.
func RailScope(r campaign.Rail) string { return "rail:" + string(r) }

// CampaignScope is the scope of one campaign.
func CampaignScope(id string) string { return "campaign:" + id }

// Switch is a row of table payout_switch: whether payouts of a scope are paused, by whom and why.
type Switch struct {
	bun.BaseModel `bun:"table:payout_switch,alias:sw"`

	Scope     string    `bun:"scope,pk"`
	Paused    bool      `bun:"paused"`
	Reason    string    `bun:"reason"`
	ActorID   string    `bun:"actor_id"`
	ChangedAt time.Time `bun:"changed_at"`
}

// Switches returns every scope that was ever paused, paused or not; ScopeAll is always among them.
func (s *Service) Switches(ctx context.Context) ([]Switch, error) { return switches(ctx, s.DB) }

// Pause stops payouts of a scope (ScopeAll, RailScope, CampaignScope) at once, in every process and over restarts (M20):
// what is with a rail already is finished, nothing new is asked of it. Again keeps the first reason.
// Returns Forbidden, and Invalid without a reason or for an unknown scope.
func (s *Service) Pause(ctx context.Context, actor audit.Actor, scope, reason string) (Switch, error) {
	return s.turn(ctx, actor, scope, true, reason)
}

// Resume lets payouts of a scope go on. Returns as Pause does.
func (s *Service) Resume(ctx context.Context, actor audit.Actor, scope, reason string) (Switch, error) {
	return s.turn(ctx, actor, scope, false, reason)
}

func (s *Service) turn(ctx context.Context, actor audit.Actor, scope string, pause bool, reason string) (Switch, error) {
	// The command line acts as the system: whoever has a shell on the machine may stop and start payouts.
	if actor.Kind != audit.KindSystem {
		if err := may(actor, staff.SwitchPayouts); err != nil {
			return Switch{}, err
		}
	}
	var c fault.Check
	c.Required("reason", reason)
	c.That(len(reason) <= maxText, "reason", "Please keep this shorter.")
	c.That(knownScope(scope), "scope", "Please choose all, rail:NAME or campaign:ID.")
	if err := c.Err(); err != nil {
		return Switch{}, err
	}
	var sw Switch
	err := s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		_, err := s.flip(ctx, tx, scope, pause, reason, change{actor: actor, at: s.now()})
		if err != nil {
			return err
		}
		sw, err = switchOf(ctx, tx, scope)
		return err
	})
	return sw, err
}

func knownScope(scope string) bool {
	if scope == ScopeAll {
		return true
	}
	if id, ok := strings.CutPrefix(scope, "campaign:"); ok {
		return id != ""
	}
	name, ok := strings.CutPrefix(scope, "rail:")
	for _, r := range campaign.Rails() {
		if ok && string(r) == name {
			return true
		}
	}
	return false
}

// flip sets the switch in a running transaction, and records it and reports true if that changes anything.
func (s *Service) flip(ctx context.Context, tx db.Tx, scope string, pause bool, reason string, c change) (bool, error) {
	sw := Switch{Scope: scope, Paused: pause, Reason: reason, ActorID: c.actor.ID, ChangedAt: c.at}
	if sw.ActorID == "" {
		sw.ActorID = c.actor.Name
	}
	before, err := switchOf(ctx, tx, scope)
	if err != nil {
		return false, err
	}
	changed, err := setSwitch(ctx, tx, sw)
	if err != nil || !changed {
		return false, err
	}
	action := "payouts.resumed"
	if pause {
		action = "payouts.paused"
	}
	err = audit.Record(ctx, tx, c.at, audit.Entry{Actor: c.actor, Action: action, Object: "payouts", ObjectID: scope, Reason: reason,
		Before: map[string]bool{"paused": before.Paused}, After: map[string]bool{"paused": pause}})
	if err != nil {
		return false, fmt.Errorf("switch %s: %w", scope, err)
	}
	return true, nil
}

// running reports whether payouts may go on: the clock can be trusted and no switch is off.
func (s *Service) running(ctx context.Context, idb bun.IDB, rail campaign.Rail, campaigns ...string) (bool, error) {
	if !s.ClockOK() {
		return false, nil
	}
	off, err := isPaused(ctx, idb, rail, campaigns)
	return err == nil && !off, err
}

func paused() error {
	return &fault.Error{Code: fault.Conflict, Message: "Payouts are paused now."}
}
