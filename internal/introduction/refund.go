package introduction

import (
	"context"
	"fmt"
	"strings"
	"time"

	"goodword/internal/audit"
	"goodword/internal/campaign"
	"goodword/internal/db"
)

// Refunded takes the cumulative refund of a charge, as Stripe reports it. Only the greatest amount seen counts, so reports
// may come twice, out of order, or before the payment itself (M15).
func (s *Service) Refunded(ctx context.Context, actor audit.Actor, chargeID string, cumulativeMinor int64, at time.Time) error {
	return s.level(ctx, report{actor: actor, chargeID: chargeID, refundedMinor: cumulativeMinor, at: at})
}

// DisputeReport is what Stripe says of one dispute of a charge.
type DisputeReport struct {
	ID       string
	ChargeID string
	// Status is Stripe's: needs_response, under_review, warning_needs_response, warning_under_review, warning_closed, won or
	// lost.
	Status string
	At     time.Time
}

// state folds Stripe's statuses: an inquiry only holds, and one that was closed is as good as won.
func (d DisputeReport) state() string {
	switch d.Status {
	case "won", "warning_closed", "prevented", "charge_refunded":
		// A refund counts by itself.
		return DisputeWon
	case "lost":
		return DisputeLost
	}
	return DisputeOpen
}

// Disputed takes the state of a dispute: open holds what the deal earned, lost undoes the deal, won releases or reinstates.
// Reports may come twice, in any order, or before the payment itself (M17).
func (s *Service) Disputed(ctx context.Context, actor audit.Actor, r DisputeReport) error {
	return s.level(ctx, report{actor: actor, chargeID: r.ChargeID, at: r.At,
		dispute: &chargeDispute{ID: r.ID, ChargeID: r.ChargeID, State: r.state(), At: r.At.UTC().Truncate(time.Microsecond)}})
}

// report is what was said of a charge.
type report struct {
	actor         audit.Actor
	chargeID      string
	refundedMinor int64
	dispute       *chargeDispute
	at            time.Time
}

func (s *Service) level(ctx context.Context, r report) error {
	if strings.TrimSpace(r.chargeID) == "" {
		return nil
	}
	if r.at.IsZero() {
		r.at = s.now()
	}
	err := s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		now := s.now()
		c, err := raiseCharge(ctx, tx, charge{ID: r.chargeID, RefundedMinor: max(r.refundedMinor, 0), UpdatedAt: r.at.UTC().Truncate(time.Microsecond)})
		if err != nil {
			return err
		}
		if r.dispute != nil {
			if err := putDispute(ctx, tx, *r.dispute); err != nil {
				return err
			}
		}
		deals, err := dealsOfCharge(ctx, tx, r.chargeID)
		if err != nil {
			return err
		}
		for _, d := range deals {
			row, err := lock(ctx, tx, d.IntroductionID)
			if err != nil {
				return err
			}
			if err := s.applyLevel(ctx, tx, &row, d, c, change{actor: r.actor, at: now}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("charge %s: %w", r.chargeID, err)
	}
	return nil
}

// applyLevel brings a deal, and what it earned, to what is known of its charge. The introduction is locked; the deal is as
// it stands in the database.
func (s *Service) applyLevel(ctx context.Context, tx db.Tx, row *Introduction, d Deal, c charge, by change) error {
	if c.ID == "" {
		return nil
	}
	dispute, err := disputeLevel(ctx, tx, c.ID)
	if err != nil {
		return err
	}
	old := d
	d.RefundedMinor, d.Dispute = c.RefundedMinor, dispute
	if d.RefundedMinor == old.RefundedMinor && d.Dispute == old.Dispute {
		return nil
	}
	if err := saveDeal(ctx, tx, &d); err != nil {
		return err
	}
	if !d.Counted {
		return nil
	}
	if err := s.undoOrRestore(ctx, tx, row, old, d, by); err != nil {
		return err
	}
	return s.holdOrRelease(ctx, tx, *row, old, d, by)
}

// undoOrRestore reacts to what a counted deal is still worth.
func (s *Service) undoOrRestore(ctx context.Context, tx db.Tx, row *Introduction, old, d Deal, by change) error {
	if old.Net() == d.Net() {
		return nil
	}
	left, err := s.netOf(ctx, tx, row.ID)
	if err != nil {
		return err
	}
	reversal := Reversal{Deal: &d, On: []campaign.Stage{campaign.OnWon}, Reason: "refunded", At: by.at, Actor: by.actor}
	if d.Dispute == DisputeLost {
		reversal.Reason = "dispute_lost"
	}
	switch {
	case row.State == Won && left == 0:
		by.what, by.reason = "unwound", reversal.Reason
		row.OutcomeReason = reversal.Reason
		if err := step(ctx, tx, row, Unwind, by); err != nil {
			return err
		}
		reversal.Introduction = *row
		return s.Earnings.Reverse(ctx, tx, reversal)
	case row.State == Unwound && old.Dispute == DisputeLost && d.Dispute == DisputeWon && left > 0:
		other, err := credited(ctx, tx, row.CampaignID, row.ProspectBlind, row.ID)
		if err != nil {
			return err
		}
		if other != "" {
			return s.Earnings.OpenCase(ctx, tx, Case{Kind: "deal_after_unwind", Subject: row.ID, IntroductionID: row.ID,
				Detail: "The dispute was won, but another introduction of the same person counts by now.", At: by.at})
		}
		by.what, by.reason = "rewon", "dispute_won"
		row.OutcomeReason = ""
		if err := step(ctx, tx, row, Rewin, by); err != nil {
			return err
		}
		reversal.Introduction, reversal.Reason = *row, "dispute_won"
		if err := s.Earnings.Reinstate(ctx, tx, reversal); err != nil {
			return err
		}
	case row.State != Won:
		return nil
	}
	return s.Earnings.Adjust(ctx, tx, Adjustment{Introduction: *row, Deal: d, At: by.at, Actor: by.actor})
}

// holdOrRelease keeps what is disputed from being paid.
func (s *Service) holdOrRelease(ctx context.Context, tx db.Tx, row Introduction, old, d Deal, by change) error {
	dispute := Dispute{Introduction: row, Deal: d, At: by.at, Actor: by.actor}
	switch {
	case d.Dispute == DisputeOpen && old.Dispute != DisputeOpen:
		return s.Earnings.Hold(ctx, tx, dispute)
	case old.Dispute == DisputeOpen && d.Dispute != DisputeOpen && row.State == Won:
		// Also after a lost one: what other payments have earned is free again.
		return s.Earnings.Release(ctx, tx, dispute)
	}
	return nil
}

// netOf sums what the counted deals of an introduction are still worth. They may be in several currencies; only zero or
// not matters.
func (s *Service) netOf(ctx context.Context, tx db.Tx, introductionID string) (int64, error) {
	deals, err := dealsOf(ctx, tx, introductionID)
	if err != nil {
		return 0, err
	}
	sum := int64(0)
	for _, d := range deals {
		if d.Counted {
			sum += d.Net().Minor
		}
	}
	return sum, nil
}
