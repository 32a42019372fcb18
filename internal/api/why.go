package api

import (
	"context"

	"goodword/internal/db"
	"goodword/internal/introduction"
	"goodword/internal/money"
	"goodword/internal/report"
	"goodword/internal/reward"
)

// whyOut is why a rule earned nothing, or less than it promised.
type whyOut struct {
	Rule     int          `json:"rule" doc:"The number of the offer's rule, from 0; -1 for none."`
	To       string       `json:"to" doc:"customer or prospect"`
	On       string       `json:"on"`
	Happened bool         `json:"happened" doc:"Whether what the rule rewards has happened."`
	Earned   money.Amount `json:"earned" doc:"What there is of it now."`
	Why      string       `json:"why"`
	Waiting  bool         `json:"waiting" doc:"A person may still decide otherwise."`
	Text     string       `json:"text"`
	RewardID string       `json:"reward_id,omitempty"`
	DealID   string       `json:"deal_id,omitempty" doc:"The payment that earned nothing."`
}

func whyNot(e reward.Explained) whyOut {
	return whyOut{Rule: e.Rule, To: string(e.To), On: string(e.On), Happened: e.Happened, Earned: e.Earned, Why: string(e.Why), Waiting: e.Waiting,
		Text: e.Text, RewardID: e.RewardID, DealID: e.Deal}
}

// unearnedOut is an introduction of a customer that got somewhere and earned them nothing, or less than was promised.
type unearnedOut struct {
	IntroductionID string   `json:"introduction_id"`
	Name           string   `json:"name" doc:"The person introduced; empty once the data was deleted."`
	State          string   `json:"state"`
	Why            []whyOut `json:"why"`
}

// got are the states in which an introducer may have earned something.
var got = []introduction.State{introduction.Accepted, introduction.InPipeline, introduction.Won, introduction.Unwound, introduction.ScreenedOut}

// listUnearned answers "why did they get nothing for it?" for the newest introductions of a customer.
func (a *api) listUnearned(ctx context.Context, in *byID) (*body[list[unearnedOut]], error) {
	if _, err := a.Customers.ByID(ctx, a.DB, in.ID); err != nil {
		return nil, err
	}
	page, err := a.Introductions.List(ctx, introduction.Filter{IntroducerID: in.ID, States: got}, db.Page{Limit: 50})
	if err != nil {
		return nil, err
	}
	var refs report.Refs
	for _, i := range page.Items {
		refs.Prospects = append(refs.Prospects, i.ID)
	}
	names, err := a.Reports.Names(ctx, refs)
	if err != nil {
		return nil, err
	}
	out := list[unearnedOut]{Items: []unearnedOut{}}
	for _, i := range page.Items {
		all, err := a.Rewards.Why(ctx, i)
		if err != nil {
			return nil, err
		}
		one := unearnedOut{IntroductionID: i.ID, Name: names.Prospects[i.ID], State: string(i.State), Why: []whyOut{}}
		for _, e := range all {
			if e.To == "customer" && (e.Happened || i.State == introduction.ScreenedOut) {
				one.Why = append(one.Why, whyNot(e))
			}
		}
		if len(one.Why) > 0 {
			out.Items = append(out.Items, one)
		}
	}
	return &body[list[unearnedOut]]{out}, nil
}
