package api

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"goodword/internal/campaign"
	"goodword/internal/customer"
	"goodword/internal/db"
	"goodword/internal/i18n"
	"goodword/internal/ledger"
	"goodword/internal/money"
	"goodword/internal/report"
	"goodword/internal/reward"
	"goodword/internal/staff"
)

// made says which rule of which version promised a reward, and what bounds it.
func (a *api) made(ctx context.Context, s reward.Story) (madeOut, error) {
	out := madeOut{OfferNumber: s.Offer.Number, Rule: s.Reward.Rule, Limits: []string{}, HoldDays: s.Offer.HoldDays, CostCentre: s.Offer.CostCentre}
	names, err := a.Reports.Names(ctx, report.Refs{Staff: []string{s.Offer.AuthorID}})
	if err != nil {
		return madeOut{}, err
	}
	out.Author = names.Staff[s.Offer.AuthorID]
	l := i18n.For(i18n.Fallback)
	for _, p := range s.Offer.Promises(s.Reward.Beneficiary, customer.GiftPerson) {
		if p.Rule == s.Reward.Rule {
			out.Promise = fmt.Sprintf("%s for the %s, %s.", p.What(l), p.To, stageWords[p.On])
		}
	}
	if rule, ok := s.Offer.Rule(s.Reward.Rule); ok {
		out.Limits = limits(rule, s.Offer.Currency)
	}
	if !allowed(ctx, staff.ReadMoney) {
		return out, nil
	}
	left, err := ledger.Balance(ctx, a.DB, ledger.Avail(s.Offer.CampaignID), s.Offer.Currency)
	if err != nil {
		return madeOut{}, err
	}
	budget := s.Offer.Budget()
	out.Budget, out.Left = &budget, &money.Amount{Minor: left, Currency: s.Offer.Currency}
	return out, nil
}

// stageWords say in the middle of a sentence what something is promised for.
var stageWords = map[campaign.Stage]string{campaign.OnAccepted: "for a yes", campaign.OnQualified: "for the first meeting", campaign.OnWon: "once the person is a customer",
	campaign.OnTestimonial: "for a testimonial, whatever it says"}

func limits(r campaign.Rule, currency string) []string {
	out := []string{}
	if r.MinMinor > 0 {
		out = append(out, fmt.Sprintf("Only for orders of %s or more.", money.New(r.MinMinor, currency)))
	}
	if r.Caps.PerCustomer > 0 {
		out = append(out, fmt.Sprintf("At most %d for one customer.", r.Caps.PerCustomer))
	}
	if r.Caps.PerCompany > 0 {
		out = append(out, fmt.Sprintf("At most %d for one company.", r.Caps.PerCompany))
	}
	if p := r.Caps.PerPeriod; p != nil {
		out = append(out, fmt.Sprintf("At most %d for one customer in %d days.", p.Count, p.Days))
	}
	return out
}

// withSource puts what happened to the introduction or testimonial before, between and after what happened to the reward.
func (a *api) withSource(ctx context.Context, r reward.Reward, steps []rewardStepOut) ([]rewardStepOut, error) {
	var page db.List[report.Entry]
	var err error
	if r.IntroductionID != "" {
		page, err = a.Reports.IntroductionTimeline(ctx, r.IntroductionID, db.Page{Limit: 200})
	} else {
		page, err = a.Reports.TestimonialTimeline(ctx, r.TestimonialID, db.Page{Limit: 200})
	}
	if err != nil {
		return nil, err
	}
	var out []rewardStepOut
	for _, e := range slices.Backward(page.Items) {
		if strings.HasPrefix(e.Type, "introduction.") || strings.HasPrefix(e.Type, "testimonial.") {
			out = append(out, rewardStepOut{At: e.At, What: e.Type, Text: e.Text, Actor: e.Actor, Postings: []legOut{}})
		}
	}
	out = append(out, steps...)
	slices.SortStableFunc(out, func(a, b rewardStepOut) int { return a.At.Compare(b.At) })
	return out, nil
}

// whyLess explains what was taken from a reward, or keeps it.
func (a *api) whyLess(ctx context.Context, r reward.Reward) ([]whyOut, error) {
	if r.IntroductionID == "" {
		return []whyOut{}, nil
	}
	i, err := a.Introductions.ByID(ctx, r.IntroductionID)
	if err != nil {
		return nil, err
	}
	all, err := a.Rewards.Why(ctx, i)
	if err != nil {
		return nil, err
	}
	out := []whyOut{}
	for _, e := range all {
		if e.RewardID == r.ID {
			out = append(out, whyNot(e))
		}
	}
	return out, nil
}
