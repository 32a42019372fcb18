package risk

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"goodword/internal/fault"
	"goodword/internal/money"
	"goodword/internal/reward"
	"goodword/internal/setting"
)

// Trial is what is to be tried on past rewards.
type Trial struct {
	// Modes, Caps and RefundsMost replace those of the settings; nil leaves them as they are. A check in shadow counts here as
	// one that is on.
	Modes       map[string]string
	Caps        map[string]setting.Cap
	RefundsMost *int
	// Limit is how many of the newest rewards are looked at; 0 for 1,000, at most 10,000.
	Limit int
}

// The bounds of a trial.
const (
	trialUsual = 1_000
	trialMost  = 10_000
	samples    = 20
)

// Report is what a trial would have held. It is made without changing anything.
type Report struct {
	At time.Time
	// Rewards is how many were looked at, Held how many would have been held, New those of them that passed without a person.
	Rewards, Held, New int
	// Amounts are what would have been held, by currency.
	Amounts []money.Amount
	Checks  []Tried
	// Unchecked is how many could not be checked.
	Unchecked int
}

// Tried is what one check would have done.
type Tried struct {
	Check Name
	// Found is how many rewards it says something about, Held how many of them would have been held.
	Found, Held int
	// Samples are some of those that would have been held, the newest first.
	Samples []string
}

// Backtest runs the checks over past rewards as the trial says, and changes nothing: no finding, no count, no hold (F12). It looks
// at them with today's eyes, except that caps count what there was at the time. Returns Invalid.
func (s *Service) Backtest(ctx context.Context, t Trial) (Report, error) {
	set, _, err := s.before(ctx)
	if err != nil {
		return Report{}, err
	}
	if err := t.apply(&set); err != nil {
		return Report{}, err
	}
	rep := Report{At: s.now()}
	tried := map[Name]*Tried{}
	sums := map[string]int64{}
	var after reward.Reward
	for rep.Rewards < t.Limit {
		page, err := pastRewards(ctx, s.DB, after, min(500, t.Limit-rep.Rewards))
		if err != nil {
			return Report{}, err
		}
		if len(page) == 0 {
			break
		}
		for _, r := range page {
			rep.Rewards++
			if err := s.try(ctx, r, set, &rep, tried, sums); err != nil {
				return Report{}, err
			}
		}
		after = page[len(page)-1]
	}
	for _, r := range s.rules {
		if x, ok := tried[r.name]; ok {
			rep.Checks = append(rep.Checks, *x)
		}
	}
	for currency, minor := range sums {
		rep.Amounts = append(rep.Amounts, money.New(minor, currency))
	}
	slices.SortFunc(rep.Amounts, func(a, b money.Amount) int { return cmp.Compare(a.Currency, b.Currency) })
	return rep, nil
}

// try looks at one past reward.
func (s *Service) try(ctx context.Context, r reward.Reward, set setting.Settings, rep *Report, tried map[Name]*Tried, sums map[string]int64) error {
	q, err := s.ask(ctx, s.DB, r, set)
	if err != nil {
		return err
	}
	all, err := s.signals(ctx, q)
	if ctx.Err() != nil {
		return fmt.Errorf("look back: %w", ctx.Err())
	}
	if err != nil {
		rep.Unchecked++
		return nil //nolint:nilerr // it is counted: one reward that cannot be checked must not hide what the others show
	}
	held := Judge(biting(all))
	if held {
		rep.Held++
		sums[r.Currency] += r.AccruedMinor
		if r.ClearedBy == "" && r.State != reward.Held {
			rep.New++
		}
	}
	for _, f := range all {
		x := tried[f.Check]
		if x == nil {
			x = &Tried{Check: f.Check}
			tried[f.Check] = x
		}
		x.Found++
		if held {
			x.Held++
			if len(x.Samples) < samples {
				x.Samples = append(x.Samples, r.ID)
			}
		}
	}
	return nil
}

func (t *Trial) apply(set *setting.Settings) error {
	var c fault.Check
	c.That(t.Limit >= 0 && t.Limit <= trialMost, "limit", "At most 10,000.")
	if t.Limit == 0 {
		t.Limit = trialUsual
	}
	if t.Modes != nil {
		set.RiskModes = t.Modes
	}
	for name, mode := range t.Modes {
		c.That(slices.Contains(Names(), Name(name)), "modes", "There is no such check.")
		c.That(slices.Contains([]string{setting.CheckOn, setting.CheckShadow, setting.CheckOff}, mode), "modes", "A check is on, shadow or off.")
	}
	modes := map[string]string{}
	for name, mode := range set.RiskModes {
		if mode == setting.CheckShadow {
			mode = setting.CheckOn
		}
		modes[name] = mode
	}
	set.RiskModes = modes
	if t.Caps != nil {
		set.RiskCaps = t.Caps
	}
	for layer, limit := range t.Caps {
		c.That(slices.Contains(setting.RiskLayers, layer) && limit.Count >= 0 && limit.Days >= 1 && limit.Days <= 366, "caps."+layer, "Between 1 and 366 days.")
	}
	if t.RefundsMost != nil {
		set.RefundsMost = *t.RefundsMost
		c.That(*t.RefundsMost >= 0, "refunds_most", "It cannot be negative.")
	}
	return c.Err()
}
