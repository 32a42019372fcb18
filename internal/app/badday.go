package app

import (
	"context"
	"fmt"
	"time"

	"goodword/internal/campaign"
	"goodword/internal/db"
	"goodword/internal/reward"
	"goodword/internal/stripesim"
)

// badDay is how the stand-in behaves once somebody has pressed the button: in calls and events of a thousand.
var badDay = stripesim.Faults{
	DropBefore: 90, DropAfter: 130, Late: 130, Duplicate: 60, ServerError: 30, ServerErrorEffect: 40, ServerErrorLater: 40,
	RateLimit: 80, Unavailable: 40, Reset: 30, Truncated: 30, Slow: 60,
	WebhookNever: 50, WebhookLost: 150, WebhookTwice: 200, WebhookTwin: 150, WebhookDelayed: 300, WebhookMaxDelay: 6 * time.Hour, WebhookShuffle: true,
}

// weather is what the play page says about the stand-in's day.
type weather struct {
	Bad bool
	// Unknown and Cases are how many payouts have no certain outcome and how many cases about money are open.
	Unknown, Cases string
	// Payouts are those that moved last, to be followed.
	Payouts []playPayout
}

// playPayout is a payout with the address of its story.
type playPayout struct {
	Amount, Rail, State, Story string
	Settled                    bool
}

func (a *App) weather(ctx context.Context) (weather, error) {
	w := weather{Bad: a.opts.Sim.Faults() != stripesim.Faults{}}
	open := []reward.PayoutState{reward.Sending, reward.Unknown, reward.Reversing}
	unknown, err := a.Rewards.Payouts(ctx, reward.PayoutFilter{States: open}, db.Page{Limit: countMost})
	if err != nil {
		return weather{}, err
	}
	cases, err := a.Rewards.Cases(ctx, reward.CaseFilter{State: reward.CaseOpen, Queue: reward.QueueMoney}, db.Page{Limit: countMost})
	if err != nil {
		return weather{}, err
	}
	w.Unknown, w.Cases = count(len(unknown.Items), unknown.Next), count(len(cases.Items), cases.Next)
	newest, err := a.Rewards.Payouts(ctx, reward.PayoutFilter{}, db.Page{Limit: 8})
	if err != nil {
		return weather{}, err
	}
	for _, p := range newest.Items {
		if p.Rail == campaign.RailManual && p.State == reward.Queued {
			continue // it waits for a person and for no answer
		}
		w.Payouts = append(w.Payouts, playPayout{Amount: p.Amount().String(), Rail: p.Rail.Words(), State: stateWords[p.State],
			Story: "/console/rewards/" + p.Parameters.RewardID, Settled: p.State == reward.Settled})
	}
	return w, nil
}

// countMost bounds what the play page counts.
const countMost = 200

func count(n int, next string) string {
	if next != "" {
		return fmt.Sprintf("more than %d", n)
	}
	return fmt.Sprint(n)
}

var stateWords = map[reward.PayoutState]string{
	reward.Queued: "to be sent", reward.Sending: "being sent", reward.Unknown: "outcome unknown", reward.Refused: "refused", reward.Settled: "settled",
	reward.Reversing: "being taken back", reward.PartReversed: "taken back in part", reward.PaidBack: "taken back", reward.Cancelled: "cancelled",
}
