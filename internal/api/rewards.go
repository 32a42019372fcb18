package api

import (
	"context"
	"slices"
	"strings"
	"time"

	"goodword/internal/campaign"
	"goodword/internal/ident"
	"goodword/internal/ledger"
	"goodword/internal/money"
	"goodword/internal/report"
	"goodword/internal/reward"
	"goodword/internal/staff"
)

func (a *api) listRewards(ctx context.Context, in *rewardsQuery) (*body[list[RewardOut]], error) {
	page, err := a.Rewards.List(ctx, reward.Filter{States: typed[reward.State](in.State), CustomerID: in.CustomerID, CampaignID: in.CampaignID,
		IntroductionID: in.IntroductionID, Rail: campaign.Rail(in.Rail)}, in.page())
	if err != nil {
		return nil, err
	}
	shape, err := a.rewards(ctx, page.Items)
	if err != nil {
		return nil, err
	}
	return listed(page, shape), nil
}

func (a *api) introductionRewards(ctx context.Context, id string) ([]RewardOut, error) {
	rows, err := a.Rewards.ForIntroduction(ctx, id)
	if err != nil {
		return nil, err
	}
	shape, err := a.rewards(ctx, rows)
	if err != nil {
		return nil, err
	}
	return each(rows, shape), nil
}

// rewards looks up the names around some rewards and returns how to show one of them.
func (a *api) rewards(ctx context.Context, rows []reward.Reward) (func(reward.Reward) RewardOut, error) {
	var refs report.Refs
	for _, r := range rows {
		refs.Customers, refs.Campaigns, refs.Staff = append(refs.Customers, r.CustomerID), append(refs.Campaigns, r.CampaignID), append(refs.Staff, r.ApprovedBy)
		refs.Charities = append(refs.Charities, r.CharityID)
		if r.Beneficiary == campaign.ToProspect {
			refs.Prospects = append(refs.Prospects, r.IntroductionID)
		}
	}
	names, err := a.Reports.Names(ctx, refs)
	if err != nil {
		return nil, err
	}
	now := a.now()
	verdicts, err := a.verdicts(ctx, rows)
	if err != nil {
		return nil, err
	}
	return func(r reward.Reward) RewardOut {
		amount := func(minor int64) money.Amount { return money.Amount{Minor: minor, Currency: r.Currency} }
		by := names.Staff[r.ApprovedBy]
		if by == "" && !ident.Valid(r.ApprovedBy) {
			by = r.ApprovedBy // a sweep, by its name
		}
		out := RewardOut{ID: r.ID, Version: r.Version, State: string(r.State), StateText: stateText[r.State], Beneficiary: string(r.Beneficiary), CustomerID: r.CustomerID,
			Payee: names.Customers[r.CustomerID], IntroductionID: r.IntroductionID, TestimonialID: r.TestimonialID, CampaignID: r.CampaignID,
			CampaignName: names.Campaigns[r.CampaignID], OfferID: r.OfferID, EarnedOn: string(r.EarnedOn), Amount: r.Amount(), Accrued: amount(r.AccruedMinor),
			Reversed: amount(r.ReversedMinor), Netted: amount(r.NettedMinor), Base: sum(r.BaseMinor, r.Currency), Rails: texts(r.Rails), Rail: string(r.Rail), CharityID: r.CharityID, Charity: names.Charities[r.CharityID],
			HeldReason: r.HeldReason, HeldNote: r.HeldNote, Reason: r.Reason, MaturesAt: r.MaturesAt.UTC(), ChooseBy: at(r.ChooseBy), ExpiresAt: at(r.ExpiresAt),
			ApprovedAt: at(r.ApprovedAt), ApprovedBy: by, CloserID: r.CloserID, IssuedAt: at(r.IssuedAt), CreatedAt: r.CreatedAt.UTC(),
			UpdatedAt: r.UpdatedAt.UTC(), DecidedAlone: r.AloneNote, Alone: verdicts[r.ID].Alone}
		out.Actions, out.Blocked = part(rewardActions(ctx, r, now), decisions, verdicts[r.ID])
		if r.Rail == campaign.RailDonation && givenText[r.State] != "" {
			out.StateText = givenText[r.State]
		}
		if r.Beneficiary == campaign.ToProspect {
			out.Payee = names.Prospects[r.IntroductionID]
		}
		return out
	}, nil
}

// stateText says where a reward stands in words for staff.
var stateText = map[reward.State]string{
	reward.Pending: "Waiting for the refund window", reward.Held: "Being checked", reward.Approved: "Ready", reward.Issuing: "On its way", reward.Failed: "Refused by the rail",
	reward.Issued: "Paid", reward.Redeemed: "Used", reward.Clawback: "To be paid back", reward.Reversed: "Taken back", reward.Expired: "Expired",
	reward.Recovered: "Paid back", reward.WrittenOff: "Written off",
}

// givenText is stateText for what was given to charity.
var givenText = map[reward.State]string{reward.Issued: "Given, to be remitted", reward.Redeemed: "Remitted"}

// decisions are the verbs that whoever had a hand in a reward leaves to somebody else (M19).
var decisions = []string{"approve", "release"}

// verdicts says which rewards whoever asks had a hand in; nothing to who does not decide about any.
func (a *api) verdicts(ctx context.Context, rows []reward.Reward) (map[string]reward.Verdict, error) {
	if !allowed(ctx, staff.DecideRewards) {
		return nil, nil
	}
	return a.Rewards.Verdicts(ctx, actorOf(ctx), rows)
}

// part leaves the verbs that may be said, and takes out, with the reason, those of a kind that may not.
func part(verbs, of []string, v reward.Verdict) (may []string, blocked []blockedOut) {
	may, blocked = []string{}, []blockedOut{}
	for _, verb := range verbs {
		if v.Why != "" && slices.Contains(of, verb) {
			blocked = append(blocked, blockedOut{Action: verb, Why: v.Why})
			continue
		}
		may = append(may, verb)
	}
	return may, blocked
}

// rewardActions are the verbs that the state and the hold period leave; the service has the last word.
func rewardActions(ctx context.Context, r reward.Reward, now time.Time) []string {
	if !allowed(ctx, staff.DecideRewards) {
		return []string{}
	}
	early := now.Before(r.MaturesAt)
	return slices.DeleteFunc(filled(r.Actions()), func(verb string) bool { return verb == "approve" && early })
}

func (a *api) rewardAnswer(ctx context.Context, r reward.Reward, err error) (*body[rewardStoryOut], error) {
	if err != nil {
		return nil, err
	}
	return a.getReward(ctx, &byID{ID: r.ID})
}

func (a *api) getReward(ctx context.Context, in *byID) (*body[rewardStoryOut], error) {
	story, err := a.Rewards.Story(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	shape, err := a.rewards(ctx, []reward.Reward{story.Reward})
	if err != nil {
		return nil, err
	}
	steps, err := a.rewardSteps(ctx, story.Steps)
	if err != nil {
		return nil, err
	}
	if steps, err = a.withSource(ctx, story.Reward, steps); err != nil {
		return nil, err
	}
	out := rewardStoryOut{RewardOut: shape(story.Reward), Steps: steps, Payouts: []payoutOut{}, Cases: []caseOut{}, Findings: []findingOut{},
		Deals: each(story.Deals, deal)}
	if out.Made, err = a.made(ctx, story); err != nil {
		return nil, err
	}
	if out.Why, err = a.whyLess(ctx, story.Reward); err != nil {
		return nil, err
	}
	found, err := a.findings(ctx, []string{story.Reward.IntroductionID}, []string{story.Reward.ID})
	if err != nil {
		return nil, err
	}
	out.Findings = both(found[story.Reward.ID], found[story.Reward.IntroductionID])
	if allowed(ctx, staff.DecideRewards) {
		said, err := a.appeals(ctx, []string{story.Reward.ID})
		if err != nil {
			return nil, err
		}
		out.Appeal = said[story.Reward.ID]
	}
	if allowed(ctx, staff.ReadMoney) {
		payees, err := a.Reports.Payees(ctx, []string{story.Reward.ID})
		if err != nil {
			return nil, err
		}
		out.Payouts, out.Cases = each(story.Payouts, payout(payees)), each(story.Cases, moneyCase)
		if r := story.Reward; r.Rail == campaign.RailTransfer && r.CustomerID != "" {
			account, err := a.Rewards.AccountFor(ctx, r.CustomerID)
			if err != nil {
				return nil, err
			}
			out.Account = &payeeOut{State: string(account.State), Reason: account.Reason, Currencies: filled(strings.Fields(account.Currencies)),
				PausedUntil: at(account.PausedUntil), LookedAt: at(account.LookedAt)}
		}
	}
	return &body[rewardStoryOut]{out}, nil
}

// rewardSteps tells the life of a reward. What happened on the rail and in cases is for those who may read money.
func (a *api) rewardSteps(ctx context.Context, rows []reward.Step) ([]rewardStepOut, error) {
	money := allowed(ctx, staff.ReadMoney)
	rows = slices.DeleteFunc(rows, func(s reward.Step) bool {
		return !money && !strings.HasPrefix(s.What, "reward.") && !strings.HasPrefix(s.What, "mail.")
	})
	actors := each(rows, func(s reward.Step) report.Who { return report.Who{Kind: s.ActorKind, ID: s.ActorID} })
	if err := a.Reports.NameActors(ctx, actors); err != nil {
		return nil, err
	}
	out := make([]rewardStepOut, len(rows))
	for i, s := range rows {
		out[i] = rewardStepOut{At: s.At.UTC(), What: s.What, Text: s.Text, Actor: actors[i], Postings: []legOut{}}
		if s.Amount.Currency != "" {
			out[i].Amount = &s.Amount
		}
		if money {
			out[i].Postings, out[i].Reason, out[i].Journal = each(s.Postings, leg), s.Reason, s.Journal
		}
	}
	return out, nil
}

func (a *api) approveReward(ctx context.Context, in *nod[noteOnlyIn]) (*body[rewardStoryOut], error) {
	r, err := a.Rewards.Approve(ctx, actorOf(ctx), in.ID, in.said().Reason)
	return a.rewardAnswer(ctx, r, err)
}

func (a *api) holdReward(ctx context.Context, in *act[reasonIn]) (*body[rewardStoryOut], error) {
	r, err := a.Rewards.Hold(ctx, actorOf(ctx), in.ID, in.Body.Reason)
	return a.rewardAnswer(ctx, r, err)
}

func (a *api) releaseReward(ctx context.Context, in *nod[noteOnlyIn]) (*body[rewardStoryOut], error) {
	r, err := a.Rewards.Release(ctx, actorOf(ctx), in.ID, in.said().Reason)
	return a.rewardAnswer(ctx, r, err)
}

func (a *api) rejectReward(ctx context.Context, in *act[rejectIn]) (*body[rewardStoryOut], error) {
	by, err := reward.ReviewerOf(actorOf(ctx))
	if err != nil {
		return nil, err
	}
	r, err := a.Rewards.Reject(ctx, by, in.ID, reward.Rejection{Note: in.Body.Reason, Why: in.Body.Why})
	return a.rewardAnswer(ctx, r, err)
}

func (a *api) retryReward(ctx context.Context, in *nod[noteOnlyIn]) (*body[rewardStoryOut], error) {
	r, err := a.Rewards.Retry(ctx, actorOf(ctx), in.ID, in.said().Reason)
	return a.rewardAnswer(ctx, r, err)
}

func (a *api) writeOffReward(ctx context.Context, in *act[reasonIn]) (*body[rewardStoryOut], error) {
	r, err := a.Rewards.WriteOff(ctx, actorOf(ctx), in.ID, in.Body.Reason)
	return a.rewardAnswer(ctx, r, err)
}

func (a *api) markRewardPaid(ctx context.Context, in *act[paidIn]) (*body[rewardStoryOut], error) {
	r, err := a.Rewards.MarkPaid(ctx, actorOf(ctx), in.ID, in.Body.Reference)
	return a.rewardAnswer(ctx, r, err)
}

func (a *api) rewardPaidBack(ctx context.Context, in *act[paidIn]) (*body[rewardStoryOut], error) {
	r, err := a.Rewards.PaidBack(ctx, actorOf(ctx), in.ID, in.Body.Reference)
	return a.rewardAnswer(ctx, r, err)
}

// payout returns how to show a payout of one of the rewards whose payees are given.
func payout(of map[string]report.Payee) func(reward.Payout) payoutOut {
	return func(p reward.Payout) payoutOut {
		to := of[p.Parameters.RewardID]
		return payoutOut{ID: p.ID, Rail: string(p.Rail), State: string(p.State), Amount: p.Amount(), Reversed: money.Amount{Minor: p.ReversedMinor, Currency: p.Currency},
			Destination: p.Destination, RewardID: p.Parameters.RewardID, Beneficiary: string(to.Beneficiary), Payee: to.Name, CustomerID: to.CustomerID,
			IntroductionID: to.IntroductionID, CampaignID: to.CampaignID, CampaignName: to.CampaignName, Key: p.Key(), Epoch: p.Epoch, Claims: p.Fence, FirstSentAt: at(p.FirstSentAt),
			LastSentAt: at(p.LastSentAt), LastAnswer: string(p.LastAnswer), NextTryAt: at(p.NextTryAt), RailObject: p.RailObject, RailNote: p.RailNote,
			SettledAt: at(p.SettledAt), CreatedAt: p.CreatedAt.UTC(), UpdatedAt: p.UpdatedAt.UTC()}
	}
}

func (a *api) listPayouts(ctx context.Context, in *payoutsQuery) (*body[list[payoutOut]], error) {
	page, err := a.Rewards.Payouts(ctx, reward.PayoutFilter{States: typed[reward.PayoutState](in.State), Rail: campaign.Rail(in.Rail), RewardID: in.RewardID}, in.page())
	if err != nil {
		return nil, err
	}
	payees, err := a.Reports.Payees(ctx, each(page.Items, func(p reward.Payout) string { return p.Parameters.RewardID }))
	if err != nil {
		return nil, err
	}
	return listed(page, payout(payees)), nil
}

func (a *api) getSwitch(ctx context.Context, _ *nothing) (*body[switchOut], error) {
	rows, err := a.Rewards.Switches(ctx)
	if err != nil {
		return nil, err
	}
	var refs report.Refs
	for _, s := range rows {
		refs.Staff = append(refs.Staff, s.ActorID)
	}
	names, err := a.Reports.Names(ctx, refs)
	if err != nil {
		return nil, err
	}
	out := switchOut{Scopes: each(rows, func(s reward.Switch) scopeOut {
		return scopeOut{Scope: s.Scope, Paused: s.Paused, Reason: s.Reason, ActorID: s.ActorID, Actor: names.Staff[s.ActorID], ChangedAt: at(s.ChangedAt)}
	})}
	for _, s := range rows {
		if s.Scope == reward.ScopeAll && s.Paused {
			out.Paused = true
		}
	}
	return &body[switchOut]{out}, nil
}

func (a *api) putSwitch(ctx context.Context, in *create[switchIn]) (*body[switchOut], error) {
	scope := in.Body.Scope
	if scope == "" {
		scope = reward.ScopeAll
	}
	do := a.Rewards.Resume
	if in.Body.Paused {
		do = a.Rewards.Pause
	}
	if _, err := do(ctx, actorOf(ctx), scope, in.Body.Reason); err != nil {
		return nil, err
	}
	return a.getSwitch(ctx, &nothing{})
}

func moneyCase(c reward.Case) caseOut {
	return caseOut{ID: c.ID, Kind: c.Kind, Subject: c.Subject, Detail: c.Detail, State: c.State, RewardID: c.RewardID, PayoutID: c.PayoutID,
		IntroductionID: c.IntroductionID, Resolution: c.Resolution, ResolvedBy: c.ResolvedBy, Actions: filled(c.Actions()), Blocked: []blockedOut{}, Findings: []findingOut{}, OpenedAt: c.OpenedAt.UTC(), ResolvedAt: at(c.ResolvedAt)}
}

func (a *api) listCases(ctx context.Context, in *casesQuery) (*body[list[caseOut]], error) {
	state := in.State
	if state == "" {
		state = "open"
	}
	page, err := a.Rewards.Cases(ctx, reward.CaseFilter{State: state, Kind: in.Kind, Queue: in.Queue, RewardID: in.RewardID, IntroductionID: in.IntroductionID}, in.page())
	if err != nil {
		return nil, err
	}
	out := listed(page, moneyCase)
	return out, a.weigh(ctx, page.Items, out.Body.Items)
}

func (a *api) resolveCase(ctx context.Context, in *act[resolveIn]) (*body[caseOut], error) {
	c, err := a.Rewards.ResolveCase(ctx, actorOf(ctx), in.ID, reward.Resolution{Action: in.Body.Action, Note: in.Body.Note, Why: in.Body.Why})
	if err != nil {
		return nil, err
	}
	return &body[caseOut]{moneyCase(c)}, nil
}

func (a *api) listAccounts(ctx context.Context, in *accountsQuery) (*body[list[accountOut]], error) {
	page, err := ledger.Accounts(ctx, a.DB, in.Prefix, in.page())
	if err != nil {
		return nil, err
	}
	return listed(page, func(x ledger.Account) accountOut {
		return accountOut{Name: x.Name, Currency: x.Currency, Normal: sideName[x.Normal], BalanceMinor: x.BalanceMinor}
	}), nil
}

var sideName = map[ledger.Side]string{ledger.D: "debit", ledger.C: "credit"}

func journal(j ledger.Posted) journalOut {
	return journalOut{ID: j.ID, Key: j.Key, Kind: j.Kind, At: j.At.UTC(), RewardID: j.RewardID, CampaignID: j.CampaignID, IntroductionID: j.IntroductionID,
		ActorKind: j.ActorKind, ActorID: j.ActorID, Seq: j.Seq, Hash: j.Hash, Legs: each(j.Legs, leg)}
}

func leg(l ledger.Leg) legOut {
	return legOut{Account: l.Account, Side: sideName[l.Side], Amount: l.Amount}
}

func (a *api) listJournals(ctx context.Context, in *journalsQuery) (*body[list[journalOut]], error) {
	page, err := ledger.Journals(ctx, a.DB, ledger.Filter{Kind: in.Kind, RewardID: in.RewardID, CampaignID: in.CampaignID, IntroductionID: in.IntroductionID,
		Account: in.Account, From: in.From.UTC(), To: in.To.UTC()}, in.page())
	if err != nil {
		return nil, err
	}
	return listed(page, journal), nil
}
