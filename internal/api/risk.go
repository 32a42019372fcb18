package api

import (
	"context"
	"time"

	"goodword/internal/i18n"
	"goodword/internal/money"
	"goodword/internal/report"
	"goodword/internal/reward"
	"goodword/internal/risk"
	"goodword/internal/setting"
	"goodword/internal/staff"
)

// reviews reports whether whoever asks decides about what the checks find; the others see that somebody looks, not at what.
func reviews(ctx context.Context) bool {
	return allowed(ctx, staff.DecideRewards) || allowed(ctx, staff.ReviewIntroductions)
}

// findings returns what the checks said about introductions and rewards, by the subject's id.
func (a *api) findings(ctx context.Context, introductions, rewards []string) (map[string][]findingOut, error) {
	out := map[string][]findingOut{}
	if !reviews(ctx) {
		return out, nil
	}
	found, err := a.Risk.Findings(ctx, introductions, rewards)
	if err != nil {
		return nil, err
	}
	others := allowed(ctx, staff.DecideRewards)
	var refs report.Refs
	for _, list := range found {
		for _, f := range list {
			for _, e := range f.Evidence {
				if others {
					refs.Customers = append(refs.Customers, e.Customers...)
				}
			}
		}
	}
	names, err := a.Reports.Names(ctx, refs)
	if err != nil {
		return nil, err
	}
	l := i18n.For(i18n.Fallback)
	for id, list := range found {
		for _, f := range list {
			if f.State == risk.Gone {
				continue
			}
			one := findingOut{Name: string(f.Name), Text: l.T("risk." + string(f.Name)), Strong: f.Strong, Shadow: f.Mode == setting.CheckShadow,
				State: f.State, Evidence: []evidenceOut{}, FoundAt: f.FoundAt.UTC()}
			for _, e := range f.Evidence {
				fact := evidenceOut{What: e.What, Text: evidenceText(l, f.Name, e), Customers: []named{}, Introductions: filled(e.Introductions)}
				if others {
					fact.Customers = each(e.Customers, func(id string) named { return named{ID: id, Name: names.Customers[id]} })
				}
				one.Evidence = append(one.Evidence, fact)
			}
			out[id] = append(out[id], one)
		}
	}
	return out, nil
}

// evidenceText says one fact in words; what needs none beyond the finding's own sentence is "".
func evidenceText(l i18n.Locale, check risk.Name, e risk.Evidence) string {
	key := "risk.evidence." + string(check) + "." + e.What
	if !l.Has(key) {
		key = "risk.evidence." + e.What
	}
	if !l.Has(key) {
		return e.What
	}
	return l.T(key, "n", e.N, "most", e.Most, "days", e.Days, "domain", e.Domain)
}

// appeals returns what owners say against the rejection of some rewards, by the reward's id.
func (a *api) appeals(ctx context.Context, rewardIDs []string) (map[string]*appealOut, error) {
	said, err := a.Rewards.AppealsOf(ctx, rewardIDs)
	if err != nil {
		return nil, err
	}
	out := make(map[string]*appealOut, len(said))
	for id, p := range said {
		out[id] = &appealOut{Text: p.Text, State: p.State, Answer: p.Answer, CreatedAt: p.CreatedAt.UTC(), DecidedAt: at(p.DecidedAt)}
	}
	return out, nil
}

// capOut is how many in how many days.
type capOut struct {
	Count int `json:"count" minimum:"0" maximum:"1000000"`
	Days  int `json:"days" minimum:"1" maximum:"366"`
}

func capsOut(caps map[string]setting.Cap) map[string]capOut {
	out := map[string]capOut{}
	for layer, c := range caps {
		out[layer] = capOut(c)
	}
	return out
}

func capsIn(caps map[string]capOut) map[string]setting.Cap {
	if caps == nil {
		return nil
	}
	out := map[string]setting.Cap{}
	for layer, c := range caps {
		out[layer] = setting.Cap(c)
	}
	return out
}

type backtestIn struct {
	Modes       map[string]string `json:"modes,omitempty" doc:"on, shadow or off by check; a check in shadow counts as on. Left out: as in the settings."`
	Caps        map[string]capOut `json:"caps,omitempty" doc:"By layer: introducer, device, network, campaign, payee. Left out: as in the settings."`
	RefundsMost *int              `json:"refunds_most,omitempty" minimum:"0" maximum:"1000"`
	Limit       int               `json:"limit,omitempty" minimum:"0" maximum:"10000" doc:"How many of the newest rewards are looked at; 1,000 if left out."`
}

// backtestOut is what the checks would have held.
type backtestOut struct {
	At        time.Time      `json:"at"`
	Rewards   int            `json:"rewards" doc:"How many were looked at."`
	Held      int            `json:"held" doc:"How many would have been held."`
	New       int            `json:"new" doc:"Those of them that went on without a person."`
	Amounts   []money.Amount `json:"amounts" doc:"What would have been held, by currency."`
	Unchecked int            `json:"unchecked"`
	Checks    []triedOut     `json:"checks"`
}

type triedOut struct {
	Check   string   `json:"check"`
	Text    string   `json:"text"`
	Found   int      `json:"found" doc:"How many rewards it says something about."`
	Held    int      `json:"held" doc:"How many of these would have been held, also because of other checks."`
	Samples []string `json:"samples" doc:"Some of the rewards that would have been held."`
}

const aboutBacktest = `Runs the checks for abuse over past rewards and says what they would have held. It changes nothing: no hold, no finding, no count.`

func (a *api) backtestRisk(ctx context.Context, in *create[backtestIn]) (*body[backtestOut], error) {
	rep, err := a.Risk.Backtest(ctx, risk.Trial{Modes: in.Body.Modes, Caps: capsIn(in.Body.Caps), RefundsMost: in.Body.RefundsMost, Limit: in.Body.Limit})
	if err != nil {
		return nil, err
	}
	l := i18n.For(i18n.Fallback)
	return &body[backtestOut]{backtestOut{At: rep.At, Rewards: rep.Rewards, Held: rep.Held, New: rep.New, Amounts: filled(rep.Amounts), Unchecked: rep.Unchecked,
		Checks: each(rep.Checks, func(t risk.Tried) triedOut {
			return triedOut{Check: string(t.Check), Text: l.T("risk." + string(t.Check)), Found: t.Found, Held: t.Held, Samples: filled(t.Samples)}
		})}}, nil
}

// ringOut is a group of customers who share what they should not.
type ringOut struct {
	Shared    []string `json:"shared" doc:"account, payer, card, device, or circle for introductions that lead back."`
	Customers []named  `json:"customers"`
}

func (a *api) listRings(ctx context.Context, _ *nothing) (*body[list[ringOut]], error) {
	groups, err := a.Risk.Groups(ctx)
	if err != nil {
		return nil, err
	}
	const most = 200
	groups = groups[:min(len(groups), most)]
	var refs report.Refs
	for _, g := range groups {
		refs.Customers = append(refs.Customers, g.Customers...)
	}
	names, err := a.Reports.Names(ctx, refs)
	if err != nil {
		return nil, err
	}
	return whole(groups, func(g risk.Group) ringOut {
		return ringOut{Shared: g.What, Customers: each(g.Customers, func(id string) named { return named{ID: id, Name: names.Customers[id]} })}
	}), nil
}

// caseDecisions are the ways to end a review or an appeal that whoever had a hand in the reward leaves to somebody else.
var caseDecisions = []string{reward.ActionRelease, reward.ActionGrant, reward.ActionRefuse}

// caseVerdicts says which reviews and appeals are about rewards that whoever asks had a hand in.
func (a *api) caseVerdicts(ctx context.Context, cases []reward.Case) (map[string]reward.Verdict, error) {
	if !allowed(ctx, staff.DecideRewards) {
		return nil, nil
	}
	return a.Rewards.CaseVerdicts(ctx, actorOf(ctx), cases)
}

// weigh adds what a reviewer needs to the cases that wait for a decision.
func (a *api) weigh(ctx context.Context, rows []reward.Case, cases []caseOut) error {
	var introductions, rewards []string
	for _, c := range cases {
		if c.Kind == reward.CaseReview || c.Kind == reward.CaseAppeal {
			introductions, rewards = append(introductions, c.IntroductionID), append(rewards, c.RewardID)
		}
	}
	if len(rewards) == 0 {
		return nil
	}
	found, err := a.findings(ctx, introductions, rewards)
	if err != nil {
		return err
	}
	verdicts, err := a.caseVerdicts(ctx, rows)
	if err != nil {
		return err
	}
	appeals, err := a.appeals(ctx, rewards)
	if err != nil {
		return err
	}
	for i, c := range cases {
		cases[i].Actions, cases[i].Blocked = part(c.Actions, caseDecisions, verdicts[c.ID])
		if c.Kind != reward.CaseReview && c.Kind != reward.CaseAppeal {
			continue
		}
		cases[i].Findings = both(found[c.RewardID], found[c.IntroductionID])
		cases[i].Appeal = appeals[c.RewardID]
	}
	return nil
}

// both are the findings about a reward and those about its introduction that say something else.
func both(reward, introduction []findingOut) []findingOut {
	out := filled(reward)
	known := map[string]bool{}
	for _, f := range reward {
		known[f.Name] = true
	}
	for _, f := range introduction {
		if !known[f.Name] {
			out = append(out, f)
		}
	}
	return out
}
